"""Questions over inspections, findings and care: progress of a plan, what is overdue, whose round is due, at what cost.

Days are ISO text; money is integer 分. `today` is given by the caller, so that a list is the same when printed again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from desktop.common.errors import UsageError
from desktop.registry.codelists import word
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
CRITERIA = ("division", "category", "subcategory", "status", "operation_mode", "min_value_fen", "ids")


@dataclass(frozen=True)
class VillageProgress:
    """One village's part of a plan: checked of due, problems found, closed, overdue."""

    code: str
    village: str
    due: int
    done: int
    found: int
    closed: int
    overdue: int


@dataclass(frozen=True)
class DueAsset:
    """An asset on a plan's list that was not looked at yet."""

    inspection: str
    asset: str
    name: str
    asset_no: str
    village: str
    due_date: str
    late: bool


@dataclass(frozen=True)
class CareLine:
    """One public asset's care: keeper, cycle, last round, when the next is due; cost this year against the budget."""

    asset: str
    name: str
    asset_no: str
    village: str
    keeper: str
    cycle_months: int
    last: str
    next_due: str
    late: bool
    cost_fen: int
    budget_fen: int | None


@dataclass(frozen=True)
class UnitOverdue:
    """Open problems of one responsible unit or person."""

    unit: str
    open: int
    overdue: int
    longest_days: int


def read_criteria(text: object) -> dict[str, Any]:
    """A plan's conditions; UsageError when they are no conditions this program knows."""
    if not text:
        return {}
    try:
        found = json.loads(str(text))
    except ValueError:
        raise UsageError('检查范围应写成 JSON，如 {"category":"operating"}。') from None
    if not isinstance(found, dict) or set(found) - set(CRITERIA):
        raise UsageError(f"检查范围只能用 {'、'.join(CRITERIA)}。")
    return found


def assets_in_scope(sql: Sql, criteria: Mapping[str, Any], division_code: str | None) -> list[tuple[str, str, str]]:
    """The living assets a plan is about, as (id, division code, category), by id; disposed ones only when asked for."""
    conditions, params = [LIVE], []  # type: list[str], list[Any]
    prefix = str(criteria.get("division") or division_code or "")
    if prefix:
        conditions.append("division_code LIKE ?")
        params.append(prefix + "%")
    for column in ("category", "subcategory", "status", "operation_mode"):
        wanted = criteria.get(column)
        if wanted:
            values = wanted if isinstance(wanted, list) else [wanted]
            conditions.append(f"{column} IN ({','.join('?' * len(values))})")
            params += values
    if not criteria.get("status"):
        conditions.append("COALESCE(status,'')<>'disposed'")
    if criteria.get("min_value_fen"):
        conditions.append("original_value_fen>=?")
        params.append(int(criteria["min_value_fen"]))
    rows = sql.rows(
        f"SELECT id,COALESCE(division_code,''),COALESCE(category,'') FROM asset WHERE {' AND '.join(conditions)} "
        "ORDER BY id",
        tuple(params),
    )
    ids = set(criteria.get("ids") or ())
    return [tuple(r) for r in rows if not ids or r[0] in ids]


def plan_progress(sql: Sql, plan: str, today: str) -> list[VillageProgress]:
    """A plan's progress by village, by code; findings are those of its inspections."""
    names = _village_names(sql)
    due = {
        code: (int(total), int(done))
        for code, total, done in sql.rows(
            "SELECT COALESCE(a.division_code,''),COUNT(*),SUM(CASE WHEN i.on_date IS NULL THEN 0 ELSE 1 END) "
            "FROM inspection i JOIN asset a ON a.id=i.asset_id WHERE i.plan_id=? AND i.removed=0 "
            "AND i.canonical_id IS NULL GROUP BY COALESCE(a.division_code,'')",
            (plan,),
        )
    }
    found = {
        code: (int(total), int(closed), int(late))
        for code, total, closed, late in sql.rows(
            "SELECT COALESCE(a.division_code,''),COUNT(*),SUM(CASE WHEN f.state='closed' THEN 1 ELSE 0 END),"
            "SUM(CASE WHEN COALESCE(f.state,'found') NOT IN ('closed','void','done') AND f.due_date<? THEN 1 "
            "ELSE 0 END) FROM finding f JOIN inspection i ON i.id=f.inspection_id JOIN asset a ON a.id=i.asset_id "
            "WHERE i.plan_id=? AND f.removed=0 AND f.canonical_id IS NULL AND COALESCE(f.state,'found')<>'void' "
            "GROUP BY COALESCE(a.division_code,'')",
            (today, plan),
        )
    }
    return [
        VillageProgress(code, names.get(code, code), *due.get(code, (0, 0)), *found.get(code, (0, 0, 0)))
        for code in sorted({*due, *found})
    ]


def due_assets(sql: Sql, plan: str, today: str, limit: int = 500) -> list[DueAsset]:
    """The assets of a plan that were not looked at yet, by due date and number."""
    names = _village_names(sql)
    rows = sql.rows(
        "SELECT i.id,a.id,a.name,a.asset_no,a.division_code,i.due_date FROM inspection i "
        "JOIN asset a ON a.id=i.asset_id WHERE i.plan_id=? AND i.on_date IS NULL AND i.removed=0 "
        "AND i.canonical_id IS NULL ORDER BY i.due_date,a.division_code,a.asset_no,i.id LIMIT ?",
        (plan, limit),
    )  # fmt: skip
    return [
        DueAsset(r[0], r[1], r[2] or "", r[3] or "", names.get(r[4] or "", ""), r[5] or "", bool(r[5] and r[5] < today))
        for r in rows
    ]


def overdue_by_unit(sql: Sql, today: str, division: str = "") -> list[UnitOverdue]:
    """Open problems by responsible unit (or person), those with most overdue first."""
    found: dict[str, list[int]] = {}
    for unit, due, state in sql.rows(
        "SELECT COALESCE(NULLIF(responsible_unit,''),NULLIF(responsible,''),''),due_date,state FROM finding "
        f"WHERE {LIVE} AND COALESCE(state,'found') NOT IN ('closed','void') AND COALESCE(division_code,'') LIKE ?",
        (division + "%",),
    ):
        late = 0 if state == "done" else days_late(due, today)
        counts = found.setdefault(unit, [0, 0, 0])
        counts[0] += 1
        counts[1] += late > 0
        counts[2] = max(counts[2], late)
    return sorted((UnitOverdue(u or "（没有责任单位）", *c) for u, c in found.items()),
                  key=lambda u: (-u.overdue, -u.open, u.unit))  # fmt: skip


def days_late(due: str | None, today: str) -> int:
    """How many days after its deadline; 0 when it is not late or has none."""
    if not due or due >= today:
        return 0
    return (date.fromisoformat(today) - date.fromisoformat(due)).days


def care_lines(
    sql: Sql, today: str, division: str = "", *, only_due: bool = False, asset: str = ""
) -> list[CareLine]:
    """Public assets with a care cycle: next round by `keep_cycle_months`, cost of this year against `keep_fund_fen`.

    A first round is due one cycle after the day the asset was finished (or, unknown, now).
    """
    names = _village_names(sql)
    only = "AND asset_id=? " if asset else ""
    given = (asset,) if asset else ()
    rounds = f"FROM maintenance_round WHERE {LIVE} AND on_date IS NOT NULL {only}"
    last = dict(sql.rows(f"SELECT asset_id,MAX(on_date) {rounds}GROUP BY asset_id", given))
    cost = dict(sql.rows(
        f"SELECT asset_id,SUM(COALESCE(cost_fen,0)) {rounds}AND on_date LIKE ? GROUP BY asset_id",
        (*given, today[:4] + "%"),
    ))  # fmt: skip
    lines = []
    for row, name, number, code, keeper, cycle, built, budget in sql.rows(
        "SELECT id,name,asset_no,division_code,keeper,keep_cycle_months,built_date,keep_fund_fen FROM asset "
        f"WHERE {LIVE} AND category='public' AND keep_cycle_months>0 AND COALESCE(status,'')<>'disposed' "
        f"AND COALESCE(division_code,'') LIKE ? {'AND id=? ' if asset else ''}ORDER BY division_code,asset_no,id",
        (division + "%", *given),
    ):
        done = str(last.get(row, ""))
        start = done or (built + "-01-01"[len(built) - 4 :] if built else "")
        due = months_later(start, int(cycle)) if start else today
        late = due < today
        if only_due and due > today:
            continue
        lines.append(CareLine(
            row, name or "", number or "", names.get(code or "", ""), keeper or "", int(cycle), done, due, late,
            int(cost.get(row, 0)), None if budget is None else int(budget),
        ))  # fmt: skip
    return lines


def months_later(iso: str, months: int) -> str:
    """The same day so many months later, or the last day of that month."""
    day = date.fromisoformat(iso)
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, last).isoformat()
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def proposed_findings(asset: Mapping[str, Any], inspection: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an inspection's answers say is wrong, as (kind of finding, words); a person decides which to write down."""
    out: list[tuple[str, str]] = []
    if inspection.get("found") == "no":
        out.append(("lost", "现场没有找到这项资产"))
    elif inspection.get("found") == "partly":
        out.append(("ledger", "现场只找到一部分"))
    condition = inspection.get("condition")
    kinds = {"idle": "idle", "inefficient": "inefficient", "damaged": "damaged", "lost": "lost"}
    if condition in kinds and not (condition == "lost" and inspection.get("found") == "no"):
        out.append((kinds[str(condition)], f"现场状况是{word('asset_status', str(condition))}"))
    quantity, there = asset.get("quantity"), inspection.get("quantity_found")
    if there not in (None, "") and quantity not in (None, "") and str(there) != str(quantity):
        unit = asset.get("unit") or ""
        out.append(("ledger", f"账上 {quantity}{unit}，实有 {there}{unit}"))
    if inspection.get("keeper_ok") == 0:
        out.append(("no_keeper", "管护不到位"))
    if inspection.get("sign_ok") == 0:
        out.append(("other", "没有标识牌，或标识牌损坏"))
    return out


def _village_names(sql: Sql) -> dict[str, str]:
    return {
        str(code): str(name or "")
        for code, name in sql.rows("SELECT code,COALESCE(short_name,name) FROM division WHERE removed=0 ORDER BY as_of")
    }
