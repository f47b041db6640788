"""产业资金占比: which part of a year's assistance funds went to industry, by place and year, as exact fractions.

Seed 002 §二(一) 逐年提高帮扶资金中产业发展资金占比. What counts is configuration (`industry_share.*` in `policies`):
the sources that are 帮扶（衔接）资金, the kinds of project that are 产业, the categories of assets without a project.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from desktop.common.formula import Formula
from desktop.insight.lists import place_names
from desktop.registry.codelists import word
from desktop.registry.policies import policy
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
UNPLACED = "（未分到下级）"
"""Funds that lie at the place itself, such as a county's own projects."""
FORMULAS = (
    Formula(
        "产业资金占比",
        "一年里算作帮扶（衔接）资金的各来源中，用于产业的占多少。哪些来源、哪些项目和资产算产业，是县里的规定。"
        "没有这类资金的年份没有占比，不是 0。",
        "昌江县文件二（一）：逐年提高产业发展资金占比",
    ),
)
"""How the share is said to a person who asks."""


@dataclass(frozen=True, slots=True)
class YearShare:
    """One place in one year, 分; `before` is the share of the year before, None when it had no such funds."""

    code: str
    place: str
    year: int
    total_fen: int
    industry_fen: int
    before: Fraction | None

    @property
    def share(self) -> Fraction | None:
        """Industry of all; None when there were no funds (no share is not a share of zero)."""
        return Fraction(self.industry_fen, self.total_fen) if self.total_fen else None

    @property
    def change(self) -> Fraction | None:
        """Exact change against the year before; None when either has no share."""
        return None if self.share is None or self.before is None else self.share - self.before

    @property
    def fell(self) -> bool:
        """Whether the share is smaller than the year before, however little."""
        return self.change is not None and self.change < 0


@dataclass
class IndustryShares:
    """The lines place by place, years ascending; and what could not be counted."""

    lines: list[YearShare] = field(default_factory=list)
    without_year: int = 0
    """Projects and assets with funds that count, but no year."""
    without_source: int = 0
    """Projects with an approved sum whose sources are neither stated nor found at their assets."""


@dataclass(frozen=True, slots=True)
class FundPart:
    """What one project (or one asset without a project) brings to its year, 分."""

    owner: str
    name: str
    kind: str
    place: str
    year: int | None
    industry: bool
    fen: int


def year_parts(sql: Sql, division: str, years: Sequence[int]) -> list[FundPart]:
    """Everything that counts in these years within a division, by place and name."""
    wanted = set(years)
    found = [part for part in _parts(sql, division, IndustryShares()) if part.year in wanted]
    return sorted(found, key=lambda part: (part.place, part.name, part.owner))


def industry_shares(sql: Sql, division: str = "", until: int | None = None) -> IndustryShares:
    """Shares of a place (code prefix) and of the places one level below it, up to a year."""
    found = IndustryShares()
    sums: dict[str, dict[int, list[int]]] = {}
    width = next((n for n in (6, 9, 12) if n > len(division)), 0)
    for part in _parts(sql, division, found):
        if part.year is None:
            found.without_year += 1
            continue
        if until is not None and part.year > until:
            continue
        below = part.place[:width] if width and len(part.place) >= width else f"{division}~"
        for key in ("", below) if width else ("",):
            line = sums.setdefault(key, {}).setdefault(part.year, [0, 0])
            line[0] += part.fen
            line[1] += part.fen if part.industry else 0
    names = place_names(sql)
    own = names.get(division) or "合计"
    for key in sorted(sums):
        place = own if not key else UNPLACED if key.endswith("~") else names.get(key, key)
        found.lines += _years(key, place, sums[key])
    if list(sums) == ["", f"{division}~"]:  # nothing lies below: the same figures twice would say nothing
        found.lines = [line for line in found.lines if not line.code]
    return found


def _years(code: str, place: str, years: dict[int, list[int]]) -> Iterator[YearShare]:
    before: YearShare | None = None
    for year in range(min(years), max(years) + 1):
        total, industry = years.get(year, (0, 0))
        line = YearShare(code, place, year, total, industry, before.share if before is not None else None)
        yield line
        before = line


def _parts(sql: Sql, division: str, found: IndustryShares) -> Iterator[FundPart]:
    """Every 分 that counts, once: a project's own sources, else those of its assets; then assets without a project."""
    sources = set(policy(sql, "industry_share.sources"))
    kinds = set(policy(sql, "industry_share.project_kinds"))
    categories = set(policy(sql, "industry_share.asset_categories"))

    def counted(statement: str) -> dict[str, tuple[int, bool]]:
        """Owner → (分 of the sources that count, whether any source is written down)."""
        sums: dict[str, tuple[int, bool]] = {}
        for owner, source, fen in sql.stream(statement):
            before, _ = sums.get(owner, (0, False))
            sums[owner] = (before + (int(fen or 0) if source in sources else 0), True)
        return sums

    stated = counted("SELECT project_id,source,amount_fen FROM project_fund_part WHERE amount_fen<>0")
    made = counted(
        "SELECT a.project_id,f.source,f.amount_fen FROM asset a JOIN asset_fund_part f ON f.asset_id=a.id "
        "WHERE a.project_id IS NOT NULL AND a.removed=0 AND a.canonical_id IS NULL AND f.amount_fen<>0"
    )
    projects: set[str] = set()
    for project, name, code, year, kind, state, approved in sql.rows(
        f"SELECT id,name,division_code,year,kind,state,approved_fen FROM project WHERE {LIVE} ORDER BY id"
    ):
        projects.add(project)
        if not (code or "").startswith(division) or state == "cancelled":
            continue
        fen, known = stated.get(project) or made.get(project) or (0, False)
        if fen:
            word_of = word("project_kind", kind) or "（未填类型）"
            yield FundPart(project, name or "", word_of, code or "", year, kind in kinds, fen)
        elif not known and approved:
            found.without_source += 1
    if not sources:
        return
    own = "a.id,a.name,a.division_code,a.project_year,a.built_date,a.category,a.project_id"
    for asset, name, code, year, built, category, project, fen in sql.stream(
        f"SELECT {own},SUM(f.amount_fen) FROM asset a JOIN asset_fund_part f ON f.asset_id=a.id WHERE a.removed=0 "
        f"AND a.canonical_id IS NULL AND f.source IN ({','.join('?' * len(sources))}) GROUP BY {own}",
        tuple(sorted(sources)),
    ):
        if project in projects or not (code or "").startswith(division) or not fen:
            continue
        when = year or (int(built[:4]) if built else None)
        kind = f"资产（{word('asset_category', category) or '未填大类'}）"
        yield FundPart(asset, name or "", kind, code or "", when, category in categories, int(fen))


def percent(share: Fraction | None, *, signed: bool = False) -> str:
    """A share as it is printed: per cent to 0.01, halves away from zero; "" for None."""
    if share is None:
        return ""
    exact = Decimal(share.numerator * 10000) / Decimal(share.denominator)
    # a quotient cut off at 28 digits never lies on the wrong side of a half: shares have far smaller denominators
    shown = exact.quantize(Decimal(1), ROUND_HALF_UP) / 100
    return f"{shown:+.2f}" if signed and share else f"{shown:.2f}" if signed else f"{shown:.2f}%"


def share_records(sql: Sql, division: str, day: str) -> Sequence[dict[str, Any]]:
    """The rows of the standard list, as its columns name them."""
    return [
        {
            "id": f"{line.code}-{line.year}", "place": line.place, "year": str(line.year),
            "total_fen": line.total_fen, "industry_fen": line.industry_fen, "share": percent(line.share) or None,
            "before": percent(line.before) or None, "change": percent(line.change, signed=True) or None,
            "fell": "下降" if line.fell else "",
        }
        for line in industry_shares(sql, division, int(day[:4])).lines
    ]  # fmt: skip


def share_notes(sql: Sql, division: str, day: str) -> str:
    """What the figures are made of and what they leave out, for the foot of the list."""
    found = industry_shares(sql, division, int(day[:4]))
    said = ["帮扶（衔接）资金和产业项目的范围按县里定的办法；增减按没有舍入的占比计算"]
    if found.without_source:
        said.append(f"有 {found.without_source:,} 个项目有批复资金而没有填资金来源，没有计入")
    if found.without_year:
        said.append(f"有 {found.without_year:,} 项没有年度，没有计入")
    return "；".join(said) + "。"
