"""Open a record, change it, save it: what was seen travels with the edit, so that a merge in between is a conflict."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgpack

from desktop.app.assets.status_history import first_day
from desktop.app.money.receipts import complete_receipt
from desktop.app.records.records import today
from desktop.app.records.survey_records import (
    check_survey_values,
    follow_household,
    insert_survey_record,
    refuse_other_record,
    refuse_unexplained,
)
from desktop.app.workspace import RIGHT_OF_TABLE, Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.ids import parse_id
from desktop.registry.asset_status import follow_status
from desktop.registry.case_papers import papers_held, refuse_without_papers
from desktop.registry.checks import NOT_AHEAD, PARENTS, clean_values, refuse_incomplete
from desktop.registry.edit_rules import INTERVAL, refuse_edit
from desktop.registry.labels import label, record_word, table_label
from desktop.registry.objection_rules import new_objection_bars
from desktop.registry.posting import by_hand_bars, post_receipt
from desktop.registry.procedures import PROCEDURES
from desktop.registry.removal_rules import refuse_removal
from desktop.registry.right_intervals import refuse_overlap
from desktop.registry.survey_identity import SURVEY_RECORDS
from desktop.store.database import Sql
from desktop.store.drafts import Drafts
from desktop.store.unit_of_work import Committed, Seen


@dataclass(frozen=True)
class OpenRecord:
    """A record as it was opened for editing."""

    table: str
    id: str
    values: Mapping[str, Any]
    seen: Seen


def open_record(ws: Workspace, table: str, row_id: str) -> OpenRecord:
    """The record's values and what was seen of it; UsageError when it is not there."""
    seen = ws.register.seen(table, row_id)
    values = ws.register.row(table, row_id)
    if values is None:
        raise UsageError(f"没有这条{record_word(table)}，可能已被撤回；请刷新列表。")
    return OpenRecord(table, row_id, values, seen)


def save_record(ws: Workspace, record: OpenRecord, changes: Mapping[str, Any], reason: str = "") -> Committed:
    """Save changed fields; fields that are as they were write nothing.

    Raises InputRefused (a value that cannot be stored), NotAllowed, StorageFailed; then nothing was saved.
    """
    _refuse_kept_elsewhere(record.table)
    since, paper = "", ""
    if record.table == "asset":
        changes = dict(changes)
        since, paper = (str(changes.pop(c, None) or "").strip() for c in STATUS_SAID)
    values = clean_values(ws.register.table(record.table), changes)
    check_survey_values(ws, record.table, values)
    refuse_other_record(record.table, record.values, values)
    complete_place(ws, record.table, values)
    refuse_lacking(ws, record.table, values, new=False)
    with ws.register.reading() as sql:
        refuse_edit(sql, record.table, {**record.values, "id": record.id}, values, today())
    changed = [c for c in values if values[c] != record.values.get(c)]
    source = refuse_unexplained(ws, record.table, record.id, changed, reason)
    what = reason or f"修改{table_label(record.table)}：" + "、".join(label(record.table, c) for c in values)
    if source:
        what = f"更正走访：{reason.strip()}"
    with ws.write(what, table=record.table, source=source) as scope:
        if record.table == "right" and any(values.get(c) != record.values.get(c) for c in values if c in INTERVAL):
            _refuse_overlapping(scope.sql, {**record.values, **values}, besides=record.id)
        scope.change(record.table, record.id, values, record.seen)
        if record.table == "income_record":
            follow_household(ws, scope, record.values, values)
        if record.table == "asset" and (since or paper):
            follow_status(scope, first_day(since), source_doc=paper or None)
    assert scope.result is not None
    return scope.result


STATUS_SAID = ("status_since", "status_doc")
"""Said with a changed status of an asset, and kept in its entry: since when (today when left out), by which paper."""


def _refuse_overlapping(sql: Sql, row: Mapping[str, Any], *, besides: str = "") -> None:
    if not row.get("withdrawn"):
        end = str(row["valid_to"]) if row.get("valid_to") else None
        asset, kind, start = (str(row.get(c) or "") for c in ("asset_id", "kind", "valid_from"))
        refuse_overlap(sql, asset, kind, start, end, besides=besides)


def new_record(ws: Workspace, table: str, values: Mapping[str, Any], reason: str = "") -> str:
    """Add a record; its id. Raises as `save_record`."""
    if table == "attachment":  # a row without its file would be an attachment nobody can open
        raise UsageError("附件请用 xiangce attach 添加；没有保存。")
    if table == "payment":  # one that no plan owes would be paid out like the others
        raise InputRefused("发放记录由方案的“开始发放”列出，不另外新建；没有保存。", hint="漏了的，退回修改方案。")
    _refuse_kept_elsewhere(table)
    cleaned = clean_values(ws.register.table(table), values)
    check_survey_values(ws, table, cleaned)
    complete_place(ws, table, cleaned)
    refuse_lacking(ws, table, cleaned, new=True)
    procedure = PROCEDURES.get(table)
    if procedure is not None and cleaned.get("state") not in (None, procedure.initial):
        raise InputRefused("状态只能按步骤改变，没有保存。", hint="先新建，再按步骤办理。")
    if table == "receipt":
        cleaned = complete_receipt(ws, cleaned)
    if table in ("objection", "voucher"):
        with ws.register.reading() as sql:
            bars = by_hand_bars(sql, cleaned) if table == "voucher" else new_objection_bars(sql, cleaned, today())
        if bars:
            raise InputRefused(f"{'；'.join(bars)}。没有保存。")
    with ws.write(reason or f"新建{table_label(table)}", table=table) as scope:
        if table == "right":
            _refuse_overlapping(scope.sql, cleaned)
        survey = table in SURVEY_RECORDS
        made = insert_survey_record(ws, scope, table, cleaned) if survey else scope.insert(table, cleaned)
        if table == "receipt":
            post_receipt(scope, made, cleaned)
    return str(made)


def remove_record(ws: Workspace, record: OpenRecord, reason: str = "") -> Committed:
    """Take a record out of the register (it can be restored); a household takes its members along.

    InputRefused for a fact on which others rest (`removal_rules`): it is ended, reversed or put right instead.
    """
    _refuse_kept_elsewhere(record.table)
    source = refuse_unexplained(ws, record.table, record.id, ws.register.table(record.table).value_columns, reason)
    what = f"更正走访：{reason.strip()}" if source else reason or f"移除{table_label(record.table)}"
    with ws.write(what, table=record.table, source=source) as scope:
        refuse_removal(scope.sql, record.table, [record.id])
        members = _members(scope.sql, record.id) if record.table == "household" else []
        refuse_removal(scope.sql, "person", members)
        for member in members:
            scope.remove("person", member)
        case = str(record.values.get("record_id") or "") if record.table == "attachment" else ""
        papers = papers_held(scope.sql, case) if case else set()
        scope.remove(record.table, record.id, record.seen)
        if papers:
            scope.work.finish()
            refuse_without_papers(scope.sql, case, papers)
    assert scope.result is not None
    return scope.result


def restore_record(ws: Workspace, table: str, row_id: str, reason: str = "") -> Committed:
    """Put a removed record back; InputRefused for a right whose days another one holds by now."""
    _refuse_kept_elsewhere(table)
    with ws.write(reason or f"恢复{table_label(table)}", table=table) as scope:
        if table == "right":
            _refuse_overlapping(scope.sql, ws.register.row(table, row_id) or {}, besides=row_id)
        scope.restore(table, row_id)
    assert scope.result is not None
    return scope.result


def keep_draft(ws: Workspace, record: OpenRecord, changes: Mapping[str, Any]) -> None:
    """Keep an unfinished edit with what was seen; durable when it returns. Nothing where no drafts are kept."""
    drafts = ws.register.facts.get("drafts")
    if isinstance(drafts, Drafts):
        drafts.save(
            f"edit:{record.table}", record.id, {"changes": dict(changes)},
            seen=msgpack.packb(record.seen.to_plain()), user=ws.user,
        )  # fmt: skip


def draft_of(ws: Workspace, table: str, row_id: str) -> tuple[OpenRecord, dict[str, Any]] | None:
    """An edit that was begun and not finished: the record as it was seen then, and the changes."""
    drafts = ws.register.facts.get("drafts")
    draft = drafts.load(f"edit:{table}", row_id) if isinstance(drafts, Drafts) else None
    if draft is None:
        return None
    seen = Seen.from_plain(msgpack.unpackb(draft.seen))
    values = ws.register.row(table, row_id)
    return None if values is None else (OpenRecord(table, row_id, values, seen), dict(draft.payload["changes"]))


def drop_draft(ws: Workspace, table: str, row_id: str) -> None:
    """Forget an edit that was saved or given up."""
    drafts = ws.register.facts.get("drafts")
    if isinstance(drafts, Drafts):
        drafts.delete(f"edit:{table}", row_id)


class DraftsInOrder:
    """Drafts of edits, kept and dropped as was asked last, whichever thread comes first.

    `keep` and `drop` (the form's thread) say what is wanted and return at once; `write` (any thread) makes it so.
    Otherwise a draft that a slow thread still wrote would come back after the record was saved or the edit given up.
    """

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._wanted: dict[tuple[str, str], tuple[OpenRecord, dict[str, Any] | None]] = {}
        self._asking, self._writing = threading.Lock(), threading.Lock()

    def keep(self, record: OpenRecord, changes: Mapping[str, Any]) -> None:
        """The edit as it stands; without changes there is no draft."""
        with self._asking:
            self._wanted[record.table, record.id] = (record, dict(changes) or None)

    def drop(self, record: OpenRecord) -> None:
        """The edit was saved or given up."""
        self.keep(record, {})

    def write(self) -> None:
        """Write what is wanted now; durable when it returns."""
        with self._writing:  # what is taken later is written later
            with self._asking:
                wanted, self._wanted = self._wanted, {}
            for record, changes in wanted.values():
                if changes is None:
                    drop_draft(self._ws, record.table, record.id)
                else:
                    keep_draft(self._ws, record, changes)


ONE_BY_ONE = frozenset(("attachment", "step_taken", "voucher", "receipt", "payment", "status_change"))
"""What is posted is reversed, never edited; a file and a step are not cells of a sheet."""


def refuse_many(table: str) -> None:
    """UsageError for records that are never changed many at once, be it by a sheet or by a condition."""
    if RIGHT_OF_TABLE.get(table, "admin") == "admin" or table in ONE_BY_ONE:
        raise UsageError(f"{table_label(table)}不能批量修改。")


def _refuse_kept_elsewhere(table: str) -> None:
    """Rules and code items have checks of their own (`configuring`, `code_items`), and what steps were taken by whom is
    what guards rest on: no way past them."""
    if table in ("setting", "code_item"):
        raise InputRefused(
            f"{table_label(table)}不在这里改；内容没有改变。",
            hint="规定用 config set、unset，代码表用 config item-add、item-set、item-end；在窗口里用 设置。",
        )
    if table == "status_change":
        raise InputRefused(
            "状态变动不在这里改；内容没有改变。", hint="在资产的“状态经过”里改、补记、更正，或用 xiangce status。"
        )
    if table == "step_taken":
        raise InputRefused(
            "办理经过由办理的步骤记下，不在这里改；内容没有改变。", hint="办错的一步，撤回那一次操作，再重办。"
        )


def _members(sql: Sql, household: str) -> list[str]:
    return sql.column(
        "SELECT id FROM person WHERE household_id=? AND removed=0 AND canonical_id IS NULL", (household,)
    )


def refuse_lacking(ws: Workspace, table: str, values: dict[str, Any], *, new: bool) -> None:
    """InputRefused when the record would lack what it needs, or belong to a record that is not in the register."""
    refuse_incomplete(table, values, new=new)
    ahead = [label(table, c) for c in NOT_AHEAD.get(table, ()) if str(values.get(c) or "") > today()]
    if ahead:
        raise InputRefused(f"{'、'.join(ahead)}在今天之后。没有保存。")
    for (child, column), parent in PARENTS.items():
        if child == table and values.get(column):
            try:
                values[column] = parse_id(str(values[column]))
                found = ws.register.row(parent, values[column])
            except ValueError:
                found = None
            if found is None or found["removed"]:
                raise InputRefused(f"{label(table, column)}不在册中，请先登记或另选一个。没有保存。")


def complete_place(ws: Workspace, table: str, values: dict[str, Any]) -> None:
    """A division given by code gets its row's id, and the other way round; an unknown one is refused."""
    if not {"division_id", "division_code"} <= set(ws.register.table(table).by_column):
        return
    code, division = values.get("division_code"), values.get("division_id")
    if not code and not division:
        return
    with ws.register.reading() as sql:
        row = sql.one(
            "SELECT id,code FROM division WHERE (code=? OR id=?) AND removed=0 "
            "ORDER BY COALESCE(as_of,'') DESC LIMIT 1",
            (code or "", division or ""),
        )
    if row is None:
        raise UsageError(f"区划 {code or division} 不在本册的区划表中，没有保存。")
    values["division_id"], values["division_code"] = row[0], row[1]
