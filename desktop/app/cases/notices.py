"""Notices for window, command line and other services: made from a case, checked, posted by steps, objections settled.

`make_notice` is what a registration, distribution or disposal calls; the notice then goes its own way by steps
(`take_step(ws, "notice", id, "post" | "end" | "cancel")`), and `notice_bars` tells the case what still bars it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from desktop.app.cases.procedures import take_step
from desktop.app.records.editing import complete_place, new_record, open_record, save_record
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.notice_contents import NoticeDraft, notice_draft, result_words
from desktop.registry.checks import clean_values
from desktop.registry.codelists import word
from desktop.registry.labels import record_word, table_label
from desktop.registry.notice_privacy import Doubt, doubts_of, without_word
from desktop.registry.notice_procedure import announces_only, last_day, min_days
from desktop.registry.notice_table import NoticeTable, tables_from_json, tables_to_json
from desktop.store.unit_of_work import Committed

KIND_OF_SUBJECT = {
    "registration": "asset_register", "distribution": "income_plan", "disposal": "disposal", "division": "asset_year",
    "project": "project",
}  # fmt: skip
"""The usual kind of notice (`notice_type.csv`) by what it is about."""


DRAWN = ("registration", "distribution", "disposal", "division")
"""Tables whose cases give a notice its title, body and tables."""


def make_notice(
    ws: Workspace,
    subject_table: str,
    subject_id: str,
    kind: str | None = None,
    *,
    start: str | None = None,
    days: int | None = None,
    year: int | None = None,
    values: dict[str, Any] | None = None,
    tables: tuple[NoticeTable, ...] | None = None,
) -> str:
    """A draft notice about a case, with title, basis, body and tables from it; its id.

    `start` is the first day (ISO, today when left out), `days` how many days it hangs, both ends counted (the fewest
    allowed when left out). `values` and `tables` replace what would be proposed. Nothing is posted by this.
    Raises UsageError (no such case or kind), InputRefused, NotAllowed, StorageFailed.
    """
    kind = kind or KIND_OF_SUBJECT.get(subject_table)
    if kind is None:
        raise UsageError(f"没有写明为{table_label(subject_table)}做哪一类公示。")
    if subject_table not in ws.register.schema.by_name:
        raise UsageError(f"没有表 {subject_table}。")
    first = start or today()
    with ws.register.reading() as sql:
        fewest = min_days(sql, kind)
        draft = _draft(ws, sql, subject_table, subject_id, year, proposed=tables is None)
    end = None
    if not announces_only(kind):
        try:
            end = last_day(first, days or max(fewest, 1))
        except (ValueError, OverflowError):
            raise UsageError(f"“{first}”不是公示能开始的日期，应写作 2025-06-30。") from None
    row: dict[str, Any] = {
        "kind": kind, "title": _titled(draft.title, kind), "subject_table": subject_table, "subject_id": subject_id,
        "division_id": draft.division_id, "division_code": draft.division_code, "basis": draft.basis,
        "start_date": first, "end_date": end, "body": draft.body, "issuer": ws.unit_name,
        "body_columns": tables_to_json(draft.tables if tables is None else tables),
        **(values or {}),
    }  # fmt: skip
    return new_record(ws, "notice", row, f"拟{word('notice_type', kind)}")


def days_needed(ws: Workspace, kind: str) -> int:
    """The fewest days a notice of this kind hangs; 0 for an announcement."""
    with ws.register.reading() as sql:
        return min_days(sql, kind)


def post_notice(ws: Workspace, notice: str, on: str | None = None) -> Committed:
    """Post a draft on a day (ISO, today when left out). InputRefused naming what bars it."""
    return take_step(ws, "notice", notice, "post", on=on)


def refresh_notice(ws: Workspace, notice: str) -> Committed:
    """Draw the tables of a draft again from its case, keeping the words a person wrote. InputRefused once posted."""
    record = open_record(ws, "notice", notice)
    values = record.values
    with ws.register.reading() as sql:
        draft = _draft(ws, sql, str(values.get("subject_table") or ""), str(values.get("subject_id") or ""),
                       _year_of(values), proposed=True)  # fmt: skip
    return save_record(ws, record, {"body_columns": tables_to_json(draft.tables)}, "按事项重新生成公示名单")


def make_result_announcement(ws: Workspace, notice: str) -> str:
    """A draft 公示结果 announcement of a notice whose result is written down; its id. InputRefused before that."""
    row = _notice(ws, notice)
    if row.get("state") != "ended":
        raise InputRefused("公示结果还没有登记，不能做结果公告；内容没有改变。")
    with ws.register.reading() as sql:
        received, upheld = sql.one(
            "SELECT COUNT(*),COALESCE(SUM(COALESCE(upheld,0)),0) FROM objection WHERE notice_id=? AND removed=0 "
            "AND canonical_id IS NULL",
            (notice,),
        )
    title = str(row.get("title") or "").removesuffix("的公示").removesuffix("公示")
    body = f"{title}已公示。{result_words(row, int(received), int(upheld))}{row.get('result') or ''}"
    kept = ("division_id", "division_code", "places", "contact", "contact_phone", "contact_address",
            "supervise_phone", "issuer", "subject_table", "subject_id", "body_columns")  # fmt: skip
    kind = "income_result" if row.get("kind") == "income_plan" else "asset_year"
    kind = {"risk_in": "risk_in_result"}.get(str(row.get("kind")), kind)
    values = {c: row.get(c) for c in kept} | {
        "kind": kind, "title": f"{title}公示结果公告", "body": body, "start_date": today(),
        "places": [list(p.values()) if isinstance(p, dict) else p for p in row.get("places") or []],
    }  # fmt: skip
    return new_record(ws, "notice", values, "拟公示结果公告")


def notice_doubts(ws: Workspace, notice: str, typed: dict[str, Any] | None = None) -> list[Doubt]:
    """Every doubtful word of a notice, with what is typed and not saved; empty when it may be printed and posted."""
    row = {**_notice(ws, notice), **(typed or {})}
    with ws.register.reading() as sql:
        return doubts_of(sql, row)


def without_doubt(ws: Workspace, notice: str, doubt: Doubt) -> Committed:
    """Take the proposal for one doubtful word: it is left out. InputRefused when it cannot be simply left out."""
    record = open_record(ws, "notice", notice)
    row = record.values
    if doubt.field == "table":
        tables = list(tables_from_json(row.get("body_columns")))
        tables[doubt.table] = _table_without(tables[doubt.table], doubt)
        changes: dict[str, Any] = {"body_columns": tables_to_json(tables)}
    elif doubt.field == "places":
        places = [next(iter(p.values())) if isinstance(p, dict) else p[0] for p in row.get("places") or []]
        places[doubt.line] = without_word(str(places[doubt.line]), doubt)
        changes = {"places": [[p] for p in places if p]}
    else:
        changes = {doubt.field: without_word(str(row.get(doubt.field) or ""), doubt)}
    return save_record(ws, record, changes, "公示隐私检查：去掉不能上墙的内容")


def _table_without(table: NoticeTable, doubt: Doubt) -> NoticeTable:
    if doubt.line < 0 and doubt.cell >= 0:  # a column that may not be there goes with its cells
        kept = [i for i in range(len(table.columns)) if i != doubt.cell]
        return replace(
            table, columns=tuple(table.columns[i] for i in kept),
            rows=tuple(tuple(row[i] for i in kept) for row in table.rows),
        )  # fmt: skip
    if doubt.line < 0:
        return replace(table, caption=without_word(table.caption, doubt))
    rows = [list(row) for row in table.rows]
    rows[doubt.line][doubt.cell] = without_word(str(rows[doubt.line][doubt.cell]), doubt)
    return replace(table, rows=tuple(tuple(row) for row in rows))


@dataclass(frozen=True)
class ObjectionLine:
    """One objection as shown; who raised it is for the office, never for the board."""

    id: str
    received: str
    who: str
    what: str
    handled: str
    handling: str
    upheld: bool


def objections_of(ws: Workspace, notice: str) -> list[ObjectionLine]:
    """The objections to a notice, oldest first."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT id,received_date,who,what,handled_date,handling,upheld FROM objection WHERE notice_id=? "
            "AND removed=0 AND canonical_id IS NULL ORDER BY received_date,id",
            (notice,),
        )
    return [
        ObjectionLine(r[0], r[1] or "", r[2] or "", r[3] or "", r[4] or "", r[5] or "", bool(r[6])) for r in rows
    ]


def receive_objection(ws: Workspace, notice: str, what: str, *, on: str, who: str = "", phone: str = "") -> str:
    """Write down an objection; its id. InputRefused when nothing is said or the notice does not hang yet."""
    _notice(ws, notice)
    values = {"notice_id": notice, "received_date": on, "who": who, "phone": phone, "what": what}
    return new_record(ws, "objection", values, "登记公示异议")


def handle_objection(ws: Workspace, objection: str, handling: str, *, on: str, upheld: bool) -> Committed:
    """Write down how an objection was settled, and whether it was right. InputRefused without words or out of order."""
    record = open_record(ws, "objection", objection)
    values = {"handled_date": on, "handling": handling, "upheld": int(upheld)}
    return save_record(ws, record, values, "登记异议处理")  # `objection_rules` asks for words and days


def _notice(ws: Workspace, notice: str) -> dict[str, Any]:
    row = ws.register.row("notice", notice)
    if row is None or row.get("removed"):
        raise UsageError("没有这条公示，可能已被移除或撤回。")
    return row


def _draft(
    ws: Workspace, sql: Any, subject_table: str, subject_id: str, year: int | None, *, proposed: bool
) -> NoticeDraft:
    if subject_table in DRAWN and (subject_table != "division" or year):
        return notice_draft(sql, subject_table, subject_id, year=year)
    if ws.register.row(subject_table, subject_id) is None:
        raise UsageError(f"没有这条{record_word(subject_table)}，没有做公示。")
    place = {"division_code": (ws.register.row(subject_table, subject_id) or {}).get("division_code")}
    cleaned = clean_values(ws.register.table("notice"), place)
    complete_place(ws, "notice", cleaned)
    return NoticeDraft("", "", "", (), cleaned.get("division_id"), cleaned.get("division_code"))


def _titled(title: str, kind: str) -> str:
    """An announcement is called 公告, whatever the draft of its case says."""
    if announces_only(kind) and title.endswith("的公示"):
        return title.removeprefix("关于").removesuffix("的公示") + "结果公告"
    return title


def _year_of(values: Any) -> int | None:
    if values.get("subject_table") != "division":
        return None
    title = str(values.get("title") or "")
    return next((int(part) for part in title.split() if part.isdigit() and len(part) == 4), int(today()[:4]) - 1)
