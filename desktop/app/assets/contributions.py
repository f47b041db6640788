"""Shares by contribution 按出资算: an asset's fund parts, who each counts for, and the exact fractions that follow.

DOMAIN names no owner for a source, and practice differs: money from above for a village's project is usually owned by
its collective (DOMAIN §0 note 9), what town, village, household or an enterprise put in themselves belongs to whoever
did. So each source is asked; only what is plain is proposed, and a village committee is never proposed: whether it or
the collective 农村集体经济组织 is meant is a person's answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from desktop.app.assets.ownership import ShareOf
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.money import format_yuan, largest_remainder
from desktop.insight.asset_values import added_funds
from desktop.registry.codelists import whole, word
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
GIVEN = ("fiscal", "assist", "social")
"""Groups of sources (fund_source.csv, parent) that come from outside the village."""
OWN_PURSE = ("town",)
"""Fiscal sources that may stay with the government that paid them: asked, not proposed."""
LARGEST = (1 << 31) - 1
"""What a share's numerator and denominator can hold (`right_share`)."""


@dataclass(frozen=True)
class Contribution:
    """One source of an asset's money: its code and word, 分, and the party (id, name) proposed for it, "" if asked."""

    source: str
    name: str
    amount_fen: int
    party: str
    party_name: str


@dataclass(frozen=True)
class Contributions:
    """All sources of an asset by a day, what does not tie out with its original value, and what must be asked."""

    lines: tuple[Contribution, ...]
    total_fen: int
    remark: str
    committees: tuple[str, ...]
    """Village committees among the parties whose kind nobody confirmed: choosing one is a question."""


def contributions(ws: Workspace, asset: str, day: str) -> Contributions:
    """An asset's sources up to a day (ISO), additions with stated sources among them.

    Raises UsageError (no such asset), InputRefused (no sources: nothing to compute from).
    """
    with ws.register.reading() as sql:
        row = sql.one(f"SELECT division_code,original_value_fen FROM asset WHERE id=? AND {LIVE}", (asset,))
        if row is None:
            raise UsageError("没有这项资产，可能已被移除或撤回。")
        sums: dict[str, int] = {}
        for source, fen in sql.rows(
            "SELECT source,amount_fen FROM asset_fund_part WHERE asset_id=? ORDER BY position", (asset,)
        ):
            sums[source or ""] = sums.get(source or "", 0) + int(fen or 0)
        listed = sum(sums.values())
        for source, fen in added_funds(sql, day, [asset]).get(asset, {}).items():
            sums[source] = sums.get(source, 0) + fen
        proposed = _proposed(sql, asset, str(row[0] or ""))
        committees = tuple(
            sql.column(
                f"SELECT id FROM party WHERE kind='village_committee' AND COALESCE(kind_confirmed,0)=0 AND {LIVE}"
            )
        )
        names = dict(sql.rows(f"SELECT id,name FROM party WHERE {LIVE}"))
    if any(fen < 0 for fen in sums.values()):
        raise InputRefused("有的资金来源是负数，份额算不了。", hint="请先在“资金”页签核对资金来源。")
    sums = {source: fen for source, fen in sums.items() if fen}
    if not sums:
        raise InputRefused("这项资产没有填资金来源，份额算不了。", hint="请先在“资金”页签填资金来源。")
    parents = {item.code: item.more.get("parent", "") for item in whole("fund_source")}
    lines = []
    for source, fen in sums.items():
        given = parents.get(source) in GIVEN and source not in OWN_PURSE
        party = proposed if given else ""
        said = word("fund_source", source) if source else "（未写来源）"
        lines.append(Contribution(source, said, fen, party, names.get(party) or ""))
    rest = None if row[1] is None else int(row[1]) - listed
    remark = ""
    if rest:
        remark = f"资金来源合计比原值{'少' if rest > 0 else '多'} {format_yuan(abs(rest))} 元，份额只按列出的来源算"
    return Contributions(tuple(lines), sum(sums.values()), remark, committees)


def shares_of(found: Contributions, owners: Mapping[int, tuple[str, str]]) -> list[ShareOf]:
    """Each owner's fraction of the whole, in the order of the lines; their sum is exactly 1.

    `owners`: line → (party id or "", name). Where the exact fraction is too long to be kept, whole 元 (and more) are
    counted by largest remainder. InputRefused while a line has no owner.
    """
    sums: dict[str, int] = {}
    chosen: dict[str, tuple[str, str]] = {}
    for at, line in enumerate(found.lines):
        party, name = owners.get(at, ("", ""))
        if not (party or name.strip()):
            raise InputRefused(f"“{line.name}”的 {format_yuan(line.amount_fen)} 元还没有写归谁。")
        key = party or name.strip()
        chosen.setdefault(key, (party, name.strip()))
        sums[key] = sums.get(key, 0) + line.amount_fen
    unit = 1
    while True:
        whole = found.total_fen // unit
        parts = sums if unit == 1 else largest_remainder(whole, {k: Fraction(v) for k, v in sums.items()})
        shares = {key: Fraction(fen, whole) for key, fen in parts.items()}
        if max(share.denominator for share in shares.values()) <= LARGEST:
            return [ShareOf(*chosen[key], share) for key, share in shares.items() if share]
        unit *= 100


def _proposed(sql: Sql, asset: str, division: str) -> str:
    """Who money from outside counts for when it is plain: the village's only collective; "" must be asked."""
    if len(division) < 12:
        return ""
    found = sql.column(
        f"SELECT id FROM party WHERE kind='collective' AND division_code=? AND {LIVE} LIMIT 2", (division,)
    )
    return str(found[0]) if len(found) == 1 else ""
