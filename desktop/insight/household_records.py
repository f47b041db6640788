"""What visits left at a household: income by period, safeguards, leads, measures, visits; newest first, codes as words.

Each query is answered from the index of its table that begins with the household.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.registry.codelists import whole, word
from desktop.registry.income import PARTS, Figures, figures_of
from desktop.registry.labels import label
from desktop.registry.policies import policy
from desktop.registry.safeguard import OK_COLUMNS, WATER
from desktop.registry.value_words import words
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
REASONS = {"unknown": "不知道", "refused": "拒答", "not_applicable": "不适用", "to_collect": "待补"}

@dataclass(frozen=True)
class IncomeLine:
    """Income and expenditure of one period. `items` are (words, 分 or None, why it is missing)."""

    id: str
    period: str
    size: int | None
    figures: Figures
    items: tuple[tuple[str, int | None, str], ...]
    counts_reference: bool
    """Whether the county counts the reference income at all."""
    in_conflict: bool

    @property
    def period_word(self) -> str:
        """2025 年; 2025 年 6 月—2026 年 5 月."""
        return period_word(self.period)


@dataclass(frozen=True)
class SafeguardLine:
    """What was found in one period: 1 safe, 0 not, None unknown. `facts` are (words, words)."""

    id: str
    period: str
    checked_date: str
    values: Mapping[str, int | None]
    """food_ok, clothes_ok, education_ok, medical_ok, house_ok, water_ok."""
    gaps: int
    facts: tuple[tuple[str, str], ...]
    in_conflict: bool


@dataclass(frozen=True)
class LeadLine:
    """A lead and what the first look at it found; words."""

    id: str
    found_date: str
    risks: str
    channel: str
    story: str
    verdict: str
    proposed: str
    persons: str
    in_conflict: bool


@dataclass(frozen=True)
class MeasureLine:
    """Help given; words, the amount in 分."""

    id: str
    period: str
    group: str
    measure: str
    for_whom: str
    amount_fen: int | None
    fund: str
    effect: str
    start_date: str
    in_conflict: bool


@dataclass(frozen=True)
class VisitLine:
    """A finished visit; words."""

    id: str
    visited_at: str
    title: str
    mode: str
    visitors: str
    result: str
    issue: str
    issue_open: bool
    in_conflict: bool


def period_word(period: str) -> str:
    """A period as it is said: 2025年, 2026年上半年, 2025年6月—2026年5月."""
    first, _, last = period.partition("-")
    if len(first) == 6 and len(last) == 6 and (first + last).isdigit():
        return f"{first[:4]}年{int(first[4:])}月—{last[:4]}年{int(last[4:])}月"
    if period[4:] in ("H1", "H2"):
        return f"{period[:4]}年{'上' if period.endswith('1') else '下'}半年"
    return f"{period}年" if len(period) == 4 and period.isdigit() else period


def income_lines(sql: Sql, household: str) -> list[IncomeLine]:
    """Income records, the latest period first."""
    counts = bool(policy(sql, "income.reference"))
    out = []
    for row in _rows(sql, "income_record", household, "period DESC,id"):
        reasons = _reasons(row)
        items = []
        for name, parts in PARTS.items():
            columns = [f"{part}_fen" for part in parts] or [f"{name}_fen"]
            stated = f"stated_{name}_fen"
            if stated in row and (row[stated] is not None or stated in reasons):
                columns = [stated]
            items += [
                (label("income_record", c).removesuffix("（元）"), row[c], reasons.get(c, ""))
                for c in columns
                if row[c] or c in reasons or (c == stated and row[c] is not None)
            ]
        out.append(
            IncomeLine(
                row["id"], row["period"] or "", row["size"], figures_of(row), tuple(items), counts,
                bool(row["in_conflict"]),
            )
        )
    return out


def safeguard_lines(sql: Sql, household: str) -> list[SafeguardLine]:
    """Safeguard checks, the latest first."""
    out = []
    for row in _rows(sql, "safeguard_check", household, "period DESC,checked_date DESC,id"):
        facts = []
        if row["house_grade"]:
            facts.append(_fact(row, "house_grade"))
        if row["house_otherwise"]:
            facts.append(_fact(row, "house_otherwise"))
        for column in ("slope_risk", "policy_paid"):
            if row[column] is not None:
                facts.append((label("safeguard_check", column), "是" if row[column] else "否"))
        facts += [_fact(row, column) for column in WATER if row[column]]
        if row["gap_story"]:
            facts.append((label("safeguard_check", "gap_story"), row["gap_story"]))
        facts += [(label("safeguard_check", c), REASONS.get(r, r)) for c, r in _reasons(row).items()]
        out.append(
            SafeguardLine(
                row["id"], row["period"] or "", row["checked_date"] or "", {c: row[c] for c in OK_COLUMNS},
                int(row["gaps"] or 0), tuple(facts), bool(row["in_conflict"]),
            )
        )
    return out


def lead_lines(sql: Sql, household: str) -> list[LeadLine]:
    """Leads, the latest first."""
    names = dict(sql.rows("SELECT id,name FROM person WHERE household_id=?", (household,)))
    out = []
    for row in _rows(sql, "lead", household, "found_date DESC,id DESC"):
        risks = [words("lead", "risk_type", row["risk_type"]), row["disaster_kind"], row["risk_other"]]
        concerned = [names.get(i, "") or "" for i in (row["persons"] or "").split(",") if i]
        out.append(
            LeadLine(
                row["id"], row["found_date"] or "", "、".join(r for r in risks if r),
                word("discovery_channel", row["channel"]),
                row["story"] or "", word("lead_verdict", row["verdict"]),
                word("monitored_type", row["proposed_type"]), "、".join(n for n in concerned if n),
                bool(row["in_conflict"]),
            )
        )
    return out


def measure_lines(sql: Sql, household: str) -> list[MeasureLine]:
    """Measures, the latest first."""
    groups = {item.code: item.more.get("group_zh", "") for item in whole("assistance_measure")}
    names = dict(sql.rows("SELECT id,name FROM person WHERE household_id=?", (household,)))
    return [
        MeasureLine(
            row["id"], row["period"] or "", groups.get(row["measure_code"] or "", ""),
            word("assistance_measure", row["measure_code"]), names.get(row["person_id"]) or row["for_whom"] or "全家",
            row["amount_fen"], word("fund_source", row["fund_source"]), word("measure_effect", row["effect"]),
            row["start_date"] or "", bool(row["in_conflict"]),
        )
        for row in _rows(sql, "measure", household, "period DESC,start_date DESC,id")
    ]  # fmt: skip


def visit_lines(sql: Sql, household: str) -> list[VisitLine]:
    """Finished visits, the latest first."""
    return [
        VisitLine(
            row["id"], row["visited_at"] or "", row["title"] or "", word("visit_mode", row["mode"]),
            row["visitors"] or "", row["result"] or "", row["issue"] or "",
            bool(row["issue"]) and not row["issue_done_date"], bool(row["in_conflict"]),
        )
        for row in _rows(sql, "visit", household, "visited_at DESC,id DESC")
    ]  # fmt: skip


def counts(sql: Sql, household: str) -> dict[str, int]:
    """How many records of each kind a household has."""
    return {
        table: int(sql.scalar(f"SELECT COUNT(*) FROM {table} WHERE household_id=? AND {LIVE}", (household,)) or 0)
        for table in ("income_record", "safeguard_check", "lead", "measure", "visit")
    }


def _fact(row: Mapping[str, Any], column: str) -> tuple[str, str]:
    return label("safeguard_check", column), words("safeguard_check", column, row[column])


def _rows(sql: Sql, table: str, household: str, order: str) -> list[dict[str, Any]]:
    columns = [column.name for column in _table(table).columns]
    return [
        dict(zip(columns, row, strict=True))
        for row in sql.rows(
            f"SELECT {','.join(columns)} FROM {table} WHERE household_id=? AND {LIVE} ORDER BY {order}", (household,)
        )
    ]


def _table(name: str) -> Any:
    from desktop.registry.tables import METADATA

    return METADATA.tables[name]


def _reasons(row: Mapping[str, Any]) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(row["missing_reasons"] or "{}")
    except ValueError:
        return {}
    return {column: REASONS.get(reason, reason) for column, reason in found.items()}
