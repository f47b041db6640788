"""Lists of cases: disposals, problems and notices that match, in order, and the few columns a list shows.

`equal` filters beside columns: `stage` (`open` or `closed`), `late`, `soon`, `recheck` as "1". Days are ISO text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from desktop.insight.inspection_lists import days_late
from desktop.insight.lists import ListQuery
from desktop.registry.codelists import word
from desktop.registry.disposal import DISPOSAL_DONE
from desktop.registry.procedures import PROCEDURES
from desktop.registry.value_words import words
from desktop.store.database import Sql, order_terms


@dataclass(frozen=True)
class DisposalRow:
    """A disposal in a list; value and proceeds in 分, None = unknown."""

    id: str
    asset: str
    asset_no: str
    village: str
    kind: str
    reason: str
    state: str
    state_word: str
    applied: str
    value_fen: int | None
    proceeds_fen: int | None


@dataclass(frozen=True)
class FindingRow:
    """A problem in a list; `late` is how many days after its deadline, 0 when it is not."""

    id: str
    what: str
    asset: str
    village: str
    kind: str
    seriousness: str
    responsible: str
    unit: str
    due: str
    state: str
    state_word: str
    late: int
    days_left: int | None
    found: str


@dataclass(frozen=True)
class NoticeRow:
    """A notice in a list."""

    id: str
    title: str
    kind: str
    village: str
    start: str
    end: str
    state: str
    state_word: str
    objections: int
    open_objections: int
    over: bool
    """Whether its last day is past and its result is not written down."""


FINDING_DONE = ("closed", "void")
NOTICE_DONE = ("ended", "cancelled")

_DISPOSAL_ORDER = {
    "": "d.applied_date DESC,d.id DESC", "asset": "a.name,d.id", "village": "a.division_code,a.name,d.id",
    "kind": "d.kind,d.id", "state": "d.state,d.applied_date,d.id", "applied": "d.applied_date,d.id",
    "value": "COALESCE(d.appraised_fen,a.net_value_fen),d.id", "proceeds": "d.proceeds_fen,d.id",
}  # fmt: skip
_FINDING_ORDER = {
    "": "COALESCE(f.due_date,'9999'),f.id", "what": "f.what,f.id", "asset": "a.name,f.id",
    "responsible": "f.responsible,f.id", "due": "f.due_date,f.id", "state": "f.state,f.due_date,f.id",
    "kind": "f.kind,f.id", "found": "f.found_date,f.id", "village": "f.division_code,f.id",
}  # fmt: skip
_NOTICE_ORDER = {
    "": "n.start_date DESC,n.id DESC", "title": "n.title,n.id", "kind": "n.kind,n.id", "start": "n.start_date,n.id",
    "end": "n.end_date,n.id", "state": "n.state,n.id", "village": "n.division_code,n.id",
}  # fmt: skip


def disposal_ids(sql: Sql, query: ListQuery) -> list[str]:
    """Disposals that match, in order."""
    where, params = ["d.removed=0", "d.canonical_id IS NULL"], []  # type: list[str], list[Any]
    _stage(where, "d.state", "applied", DISPOSAL_DONE, query)
    if query.division:
        where.append("a.division_code LIKE ?")
        params.append(query.division + "%")
    for key, column in (("kind", "d.kind"), ("asset", "d.asset_id")):
        if query.equal.get(key):
            where.append(f"{column}=?")
            params.append(query.equal[key])
    _typed(where, params, query, ("a.name", "a.asset_no", "a.name_initials", "d.approval_doc_no", "d.buyer"))
    order = _ordered(_DISPOSAL_ORDER, query)
    return sql.column(
        f"SELECT d.id FROM disposal d LEFT JOIN asset a ON a.id=d.asset_id WHERE {' AND '.join(where)} "
        f"ORDER BY {order}",
        params,
    )


def disposal_rows(sql: Sql, ids: Sequence[str]) -> list[DisposalRow]:
    """The rows of a page, in the order of the ids."""
    found = {}
    for r in sql.in_chunks(
        "SELECT d.id,a.name,a.asset_no,COALESCE(v.short_name,v.name,''),d.kind,d.reason,d.state,d.applied_date,"
        "COALESCE(d.appraised_fen,a.net_value_fen,a.original_value_fen),d.proceeds_fen FROM disposal d "
        "LEFT JOIN asset a ON a.id=d.asset_id LEFT JOIN division v ON v.id=a.division_id WHERE d.id IN (*)",
        ids,
    ):
        state = r[6] or "applied"
        found[r[0]] = DisposalRow(
            r[0], r[1] or "", r[2] or "", r[3] or "", word("disposal_type", r[4]), word("disposal_reason", r[5]),
            state, PROCEDURES["disposal"].states.get(state, state), r[7] or "", r[8], r[9],
        )  # fmt: skip
    return [found[i] for i in ids if i in found]


def finding_ids(sql: Sql, query: ListQuery, today: str) -> list[str]:
    """Problems that match, in order; without an order the earliest deadline first."""
    where, params = ["f.removed=0", "f.canonical_id IS NULL"], []  # type: list[str], list[Any]
    _stage(where, "f.state", "found", FINDING_DONE, query)
    if query.division:
        where.append("f.division_code LIKE ?")
        params.append(query.division + "%")
    if query.equal.get("late"):
        where.append("f.due_date<? AND COALESCE(f.state,'found') NOT IN ('closed','void','done')")
        params.append(today)
    if query.equal.get("soon"):
        where.append("f.due_date>=? AND f.due_date<=? AND COALESCE(f.state,'found') NOT IN ('closed','void','done')")
        params += [today, _days_on(today, 7)]
    if query.equal.get("recheck"):
        where.append("f.state='done'")
    if query.equal.get("plan"):
        where.append("f.inspection_id IN (SELECT id FROM inspection WHERE plan_id=?)")
        params.append(query.equal["plan"])
    for key, column in (("asset", "f.asset_id"), ("assessment", "f.assessment_id")):
        if query.equal.get(key):
            where.append(f"{column}=?")
            params.append(query.equal[key])
    _typed(where, params, query, ("f.what", "a.name", "a.asset_no", "a.name_initials", "f.responsible",
                                  "f.responsible_unit"))  # fmt: skip
    order = _ordered(_FINDING_ORDER, query)
    return sql.column(
        f"SELECT f.id FROM finding f LEFT JOIN asset a ON a.id=f.asset_id WHERE {' AND '.join(where)} "
        f"ORDER BY {order}",
        params,
    )


def finding_rows(sql: Sql, ids: Sequence[str], today: str) -> list[FindingRow]:
    """The rows of a page, in the order of the ids."""
    found = {}
    for r in sql.in_chunks(
        "SELECT f.id,f.what,a.name,COALESCE(v.short_name,v.name,''),f.kind,f.seriousness,f.responsible,"
        "f.responsible_unit,f.due_date,f.state,f.found_date FROM finding f LEFT JOIN asset a ON a.id=f.asset_id "
        "LEFT JOIN division v ON v.id=f.division_id WHERE f.id IN (*)",
        ids,
    ):
        state = r[9] or "found"
        closed = state in (*FINDING_DONE, "done")  # put right and waiting to be looked at: no longer late
        found[r[0]] = FindingRow(
            r[0], r[1] or "", r[2] or "", r[3] or "", word("finding_kind", r[4]), r[5] or "", r[6] or "", r[7] or "",
            r[8] or "", state, PROCEDURES["finding"].states.get(state, state), 0 if closed else days_late(r[8], today),
            None if closed or not r[8] else _days_between(today, r[8]), r[10] or "",
        )  # fmt: skip
    return [found[i] for i in ids if i in found]


def finding_counts(sql: Sql, today: str, plan: str = "") -> dict[str, int]:
    """How many problems are open, closed, late, due within seven days, waiting for a re-check; of one plan or all."""
    of_plan = "AND inspection_id IN (SELECT id FROM inspection WHERE plan_id=?)" if plan else ""
    row = sql.one(
        "SELECT SUM(CASE WHEN COALESCE(state,'found') NOT IN ('closed','void') THEN 1 ELSE 0 END),"
        "SUM(CASE WHEN state='closed' THEN 1 ELSE 0 END),"
        "SUM(CASE WHEN COALESCE(state,'found') NOT IN ('closed','void','done') AND due_date<? THEN 1 ELSE 0 END),"
        "SUM(CASE WHEN COALESCE(state,'found') NOT IN ('closed','void','done') AND due_date>=? AND due_date<=? THEN 1 "
        "ELSE 0 END),SUM(CASE WHEN state='done' THEN 1 ELSE 0 END) FROM finding WHERE removed=0 "
        f"AND canonical_id IS NULL {of_plan}",
        (today, today, _days_on(today, 7), *([plan] if plan else [])),
    )
    return dict(zip(("open", "closed", "late", "soon", "recheck"), (int(n or 0) for n in row), strict=True))


def waiting_cases(sql: Sql, today: str) -> dict[str, int]:
    """What waits for a person today, by page: problems late or to be re-checked, notices over or disputed."""
    counts = finding_counts(sql, today)
    over = int(sql.scalar(
        "SELECT COUNT(*) FROM notice WHERE state='running' AND removed=0 AND canonical_id IS NULL AND (end_date<? "
        "OR id IN (SELECT notice_id FROM objection WHERE handled_date IS NULL AND removed=0))",
        (today,),
    ) or 0)  # fmt: skip
    return {"inspection": counts["late"] + counts["recheck"], "notice": over}


def notice_ids(sql: Sql, query: ListQuery) -> list[str]:
    """Notices that match, newest first."""
    where, params = ["n.removed=0", "n.canonical_id IS NULL"], []  # type: list[str], list[Any]
    _stage(where, "n.state", "draft", NOTICE_DONE, query)
    if query.division:
        where.append("n.division_code LIKE ?")
        params.append(query.division + "%")
    if query.equal.get("kind"):
        where.append("n.kind=?")
        params.append(query.equal["kind"])
    if query.equal.get("objection"):
        where.append("EXISTS (SELECT 1 FROM objection o WHERE o.notice_id=n.id AND o.handled_date IS NULL "
                     "AND o.removed=0)")  # fmt: skip
    _typed(where, params, query, ("n.title", "n.basis"))
    order = _ordered(_NOTICE_ORDER, query)
    return sql.column(f"SELECT n.id FROM notice n WHERE {' AND '.join(where)} ORDER BY {order}", params)


def notice_rows(sql: Sql, ids: Sequence[str], today: str) -> list[NoticeRow]:
    """The rows of a page, in the order of the ids."""
    objections: dict[str, tuple[int, int]] = {
        notice: (int(total), int(total) - int(handled))
        for notice, total, handled in sql.in_chunks(
            "SELECT notice_id,COUNT(id),SUM(CASE WHEN handled_date IS NULL THEN 0 ELSE 1 END) FROM objection "
            "WHERE removed=0 AND canonical_id IS NULL AND notice_id IN (*) GROUP BY notice_id",
            ids,
        )
    }
    found = {}
    for r in sql.in_chunks(
        "SELECT n.id,n.title,n.kind,COALESCE(v.short_name,v.name,''),n.start_date,n.end_date,n.state FROM notice n "
        "LEFT JOIN division v ON v.id=n.division_id WHERE n.id IN (*)",
        ids,
    ):
        state = r[6] or "draft"
        over = state == "running" and bool(r[5]) and r[5] < today
        found[r[0]] = NoticeRow(
            r[0], r[1] or "", words("notice", "kind", r[2]), r[3] or "", r[4] or "", r[5] or "", state,
            PROCEDURES["notice"].states.get(state, state), *objections.get(r[0], (0, 0)), over,
        )  # fmt: skip
    return [found[i] for i in ids if i in found]


def stage_counts(sql: Sql, table: str) -> dict[str, int]:
    """How many cases of a table are open and how many are done."""
    initial, done = {
        "disposal": ("applied", DISPOSAL_DONE), "finding": ("found", FINDING_DONE), "notice": ("draft", NOTICE_DONE),
    }[table]  # fmt: skip
    marks = ",".join(f"'{s}'" for s in done)
    row = sql.one(
        f"SELECT COUNT(*),SUM(CASE WHEN COALESCE(state,'{initial}') IN ({marks}) THEN 1 ELSE 0 END) FROM {table} "
        "WHERE removed=0 AND canonical_id IS NULL"
    )
    total, closed = int(row[0] or 0), int(row[1] or 0)
    return {"all": total, "open": total - closed, "closed": closed}


def _stage(where: list[str], column: str, initial: str, done: Sequence[str], query: ListQuery) -> None:
    stage = query.equal.get("stage")
    marks = ",".join(f"'{state}'" for state in done)
    if stage:
        where.append(f"COALESCE({column},'{initial}') {'NOT IN' if stage == 'open' else 'IN'} ({marks})")


def _typed(where: list[str], params: list[Any], query: ListQuery, columns: Sequence[str]) -> None:
    typed = query.text.strip()
    if typed:
        where.append("(" + " OR ".join(f"{c} LIKE ?" for c in columns) + ")")
        params += [f"{typed.lower()}%" if c.endswith("_initials") else f"%{typed}%" for c in columns]


def _ordered(orders: dict[str, str], query: ListQuery) -> str:
    order = orders.get(query.sort)
    if order is None:
        raise ValueError(f"{query.sort} is not a column that sorts")
    if not query.descending or not query.sort:
        return order
    return ",".join(f"{part} DESC" for part in order_terms(order))


def _days_on(iso: str, days: int) -> str:
    return (date.fromisoformat(iso) + timedelta(days=days)).isoformat()


def _days_between(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days
