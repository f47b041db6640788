"""A year's book for an assessment: the rows of one place and year, read once, for the figures and the lists alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from desktop.app.distribution.distribution_paper import year_rows
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.insight.annual_rows import (
    AssetYear,
    ContractYear,
    Period,
    asset_years,
    contract_years,
    dated_rows,
    states_on,
    with_places,
    year_period,
)
from desktop.insight.assessment_lists import AssessmentLine, assessment_lines
from desktop.insight.industry_share import FundPart, year_parts
from desktop.insight.lists import place_names
from desktop.registry.tables import SCHEMA
from desktop.reports.distribution_tables import YearRow
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class PackPlace:
    """What is assessed: a division with its name; `level` is `county`, `town` or `village`."""

    code: str
    name: str
    level: str
    path: str = ""
    """The name with those of the places it lies in, e.g. 样例县仿溪镇拟塘村."""


@dataclass
class YearBook:
    """Everything of one place in one year. Rows of cases are as stored, with `place` and what they had become."""

    year: int
    period: Period
    assets: list[AssetYear]
    contracts: list[ContractYear]
    receipts: Rows
    plans: list[YearRow]
    uses: dict[str, str]
    inspections: Rows
    findings: Rows
    complaints: Rows
    care: Rows
    disposals: Rows
    notices: Rows
    handovers: Rows
    registrations: Rows
    decisions: Rows
    parts: list[FundPart]
    assessments: list[AssessmentLine]
    sums: dict[Any, Any] = field(default_factory=dict)
    """Figures worked out once."""
    below: list[PlaceBook] = field(default_factory=list)
    """The same year of the towns of a county, or of the villages of a town."""

    @property
    def whole(self) -> bool:
        """Whether the year is over."""
        return self.period.last.endswith("12-31")


@dataclass(frozen=True)
class PlaceBook:
    """A place one level below, with its part of the book; `code` is "" for what lies in none of them."""

    code: str
    name: str
    book: YearBook


_WIDTH = {"county": 9, "town": 12}
"""Digits of a division's code one level below (GB/T 10114)."""


def below(book: YearBook, place: PackPlace, names: Mapping[str, str]) -> list[PlaceBook]:
    """The book parted by the places one level below, by code; what lies at the place itself comes last."""
    width = _WIDTH.get(place.level)
    if width is None:
        return []

    def part(code: str) -> str:
        return code[:width] if len(code) >= width else ""

    rows: dict[str, Callable[[Any], str]] = {
        "assets": lambda r: part(r.place), "contracts": lambda r: part(r.place), "plans": lambda r: part(r.code),
        "parts": lambda r: part(r.place), "assessments": lambda r: part(r.code),
        **dict.fromkeys(
            ("receipts", "inspections", "findings", "complaints", "care", "disposals", "notices", "handovers",
             "registrations", "decisions"), lambda r: part(r["place"]),
        ),
    }  # fmt: skip
    parted: dict[str, dict[str, Any]] = {}
    none: dict[str, Any] = {name: [] for name in rows}
    for name, of in rows.items():
        for row in getattr(book, name):
            if name == "assessments" and row.code == place.code:
                continue  # of the place itself, and no part of it
            parted.setdefault(of(row), {}).setdefault(name, []).append(row)
    return [
        PlaceBook(
            code, names.get(code, code) if code else f"{place.name}本级",
            replace(book, **{**none, **found}, sums={}, below=[]),
        )
        for code, found in sorted(parted.items(), key=lambda item: (not item[0], item[0]))
    ]  # fmt: skip


def places_below(ws: Workspace, place: PackPlace) -> list[str]:
    """The codes of the divisions one level below a place; none for a village."""
    width = _WIDTH.get(place.level)
    with ws.register.reading() as sql:
        return sorted(c for c in place_names(sql) if len(c) == width and c.startswith(place.code)) if width else []


def pack_place(ws: Workspace, division: str = "") -> PackPlace:
    """The place of a pack: the register's own without a code. UsageError when the register does not know it."""
    code = division.strip() or ws.division_code
    with ws.register.reading() as sql:
        found = {
            str(at): (str(name or ""), str(level or ""))
            for at, name, level in sql.rows(
                "SELECT code,COALESCE(NULLIF(short_name,''),name),level FROM division "
                f"WHERE code IN (?,?,?) AND {LIVE} ORDER BY COALESCE(as_of,'')",
                (code[:6], code[:9], code),
            )
        }
    name, level = found.get(code, ("", ws.level))
    if not name and code == ws.division_code:
        name = ws.unit_name
    if name:
        above = [found[c][0] for c in (code[:6], code[:9]) if c != code and c in found]
        return PackPlace(code, name, level, "".join(above) + name)
    if code in found:
        raise UsageError(f"区划 {code} 在本册里没有名称，没有生成文件；写上名称再打印。")
    raise UsageError(f"本册没有区划 {code}，没有生成文件；应写 6 位（县）、9 位（镇）或 12 位（村）代码。")


_PEOPLE = frozenset((
    "household", "person", "income_record", "safeguard_check", "lead", "measure", "visit", "survey_form", "attachment",
    "village_profile", "voucher",
))  # fmt: skip
PACK_TABLES = tuple(spec.name for spec in SCHEMA.tables if spec.name not in _PEOPLE)
"""What a year's papers are made of: read as known at a moment, the papers are those of then."""


def year_books(
    ws: Workspace, sql: Sql, place: PackPlace, years: Sequence[int], known_at: str | None = None
) -> list[YearBook]:
    """The books of several years, in their order, from a reader of today's register.

    Or of `PACK_TABLES` as known at a moment (`known_at`): then nothing has happened after its day.
    """
    now = min(today(), (known_at or "").strip()[:10] or today())
    periods = {year: year_period(year, now) for year in years}
    assets = asset_years(sql, place.code, [p.last for p in periods.values()])
    parts = year_parts(sql, place.code, list(periods))
    return [
        _book(ws, sql, place, year, period, assets[period.last], [x for x in parts if x.year == year])
        for year, period in periods.items()
    ]


def _book(
    ws: Workspace, sql: Sql, place: PackPlace, year: int, period: Period, assets: list[AssetYear],
    parts: list[FundPart],
) -> YearBook:  # fmt: skip
    def dated(table: str, *dates: str, also: str = "", within: Period = period) -> Rows:
        return with_places(sql, dated_rows(sql, ws.register.table(table), dates, within, also), place.code)

    first, last = period.first, period.last
    plans, uses = year_rows(sql, year, place.code)
    still = f"(found_date<'{first}' AND (closed_date IS NULL OR closed_date>='{first}'))"
    unanswered = f"(received_date<'{first}' AND (answered_date IS NULL OR answered_date>='{first}'))"
    book = YearBook(
        year, period, assets, contract_years(sql, place.code, period),
        dated("receipt", "on_date"), plans, uses,
        [
            r for r in dated("inspection", "due_date", "on_date", within=Period(first, f"{year}-12-31"))
            if r["on_date"] or r["plan_id"]
        ],
        dated("finding", "found_date", also=still), dated("complaint", "received_date", also=unanswered),
        dated("maintenance_round", "on_date"), dated("disposal", "applied_date", "proceeds_date", "write_off_date"),
        dated("notice", "start_date"), dated("handover", "on_date"), dated("registration", "doc_date"),
        dated("decision", "resolved_date"), parts,
        assessment_lines(sql, [year], place.code, all_places=place.level != "village"),
    )  # fmt: skip
    for table, rows in (
        ("finding", book.findings), ("complaint", book.complaints), ("disposal", book.disposals),
        ("notice", book.notices), ("handover", book.handovers), ("registration", book.registrations),
    ):  # fmt: skip
        states = states_on(sql, table, rows, last)
        for row in rows:
            row["state"] = states[row["id"]]
    book.findings = [r for r in book.findings if r["state"] != "void"]
    book.notices = [r for r in book.notices if r["state"] in ("running", "ended")]
    book.handovers = [r for r in book.handovers if r["state"] == "done"]
    book.registrations = [r for r in book.registrations if r["state"] in ("approved", "certified")]
    objections = dict(
        sql.in_chunks(
            f"SELECT notice_id,COUNT(id) FROM objection WHERE {LIVE} AND notice_id IN (*) GROUP BY notice_id",
            [r["id"] for r in book.notices],
        )
    )
    for row in book.notices:
        row["objections"] = int(objections.get(row["id"], 0))
    book.below = below(book, place, place_names(sql))
    return book


def closed_by(row: dict[str, Any], day: str, column: str = "closed_date") -> bool:
    """Whether something had been closed (answered) by a day."""
    return bool(row.get(column)) and str(row[column]) <= day


def overdue_on(finding: dict[str, Any], day: str) -> bool:
    """Whether a problem was late on a day: its deadline past, not closed, and not waiting for its re-check."""
    due = finding.get("due_date")
    return bool(due) and str(due) < day and not closed_by(finding, day) and finding["state"] != "done"
