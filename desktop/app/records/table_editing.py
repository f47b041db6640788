"""Tables edited in a spreadsheet: out with what was seen, back with a preview of every difference, then one unit."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.records.editing import complete_place, refuse_lacking, refuse_many
from desktop.app.records.masking import PERSONAL, masked_value
from desktop.app.records.record_words import PLAIN_WORDS, value_words
from desktop.app.records.records import list_records, today
from desktop.app.records.survey_records import refuse_unexplained_many
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.dates import DateError, parse_partial_date
from desktop.common.errors import InputRefused, UsageError, XiangceError
from desktop.common.money import parse_money
from desktop.exchange.workbook.edited_table import (
    CLEAR,
    CellChange,
    EditColumn,
    OutRow,
    ReturnedRow,
    ReturnedTable,
    read_edit_sheet,
    write_edit_sheet,
)
from desktop.registry.checks import DATES, INTEGERS, PARTIAL_DATES, clean_values
from desktop.registry.codelists import LIST_OF_COLUMN, SEVERAL, items
from desktop.registry.edit_rules import not_many_at_once, refuse_edit
from desktop.registry.labels import label, table_label
from desktop.registry.tables import MODELS
from desktop.store.unit_of_work import Committed, Seen

KEYS: dict[str, tuple[str, ...]] = {
    "asset": ("asset_no", "name"), "household": ("head_name", "group_name"), "person": ("name",),
    "contract": ("contract_no",), "project": ("project_no", "name"), "party": ("name",),
}  # fmt: skip
"""Columns that tell a person which row it is; they are shown, and of these only names and numbers may be edited too."""
YES_NO = frozenset((("asset", "noticed"),))
"""Columns that store `yes` and `no`, or a remark, and are read as 是 and 否."""
_LEFT_OUT = frozenset(("missing_reasons", "source_file", "source_sheet", "source_row", "longitude", "latitude"))


@dataclass(frozen=True)
class CellEdit:
    """One difference: where it stands, what the register says now, what it becomes; all in words.

    `problem` says why it cannot be written; `met` what the register had become meanwhile (then it is a conflict).
    """

    row: int
    col: str
    column: str
    title: str
    old: str
    new: str
    problem: str = ""
    met: str = ""


@dataclass
class RowEdit:
    """A row's differences and the values that will be written."""

    id: str
    row: int
    name: str
    edits: list[CellEdit] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    seen: Seen | None = None


@dataclass
class EditPlan:
    """What a returned sheet would change; nothing is written until `apply_edits`."""

    table: str
    file_name: str
    rows: list[RowEdit]
    notes: list[str]
    """What else is to know: rows not of this sheet, columns gone or added."""

    @property
    def changes(self) -> int:
        """Cells that would be written."""
        return sum(len(row.values) for row in self.rows)

    @property
    def problems(self) -> list[CellEdit]:
        """Cells that cannot be written."""
        return [e for row in self.rows for e in row.edits if e.problem]

    @property
    def conflicts(self) -> list[CellEdit]:
        """Cells that somebody else changed after the table went out: written, they wait for a decision."""
        return [e for row in self.rows for e in row.edits if e.met]


def edit_columns(ws: Workspace, table: str, *, with_id: bool = False) -> list[EditColumn]:
    """The columns of a table that may go out to be edited; those for recognising a row come first."""
    refuse_many(table)
    spec = ws.register.table(table)
    model = next(m for m in MODELS if m.__tablename__ == table)
    keys = KEYS.get(table, ())
    names = [*keys, *(c for c in spec.value_columns if c not in keys)]
    columns = [EditColumn("division_code", label(table, "division_code"), fixed=True)] if spec.place_column else []
    for name in names:
        if name in _LEFT_OUT or name.endswith(("_id", "_precision")) or name == spec.place_column:
            continue
        if name in PERSONAL and not with_id:
            continue
        if not_many_at_once(table, name):
            continue
        assert name in model.model_fields
        list_name = None if (table, name) in SEVERAL else LIST_OF_COLUMN.get((table, name))
        words = tuple(item.name for item in items(list_name)) if list_name else ()
        kind = "money" if name.endswith("_fen") else "integer" if name in INTEGERS.get(table, ()) else "text"
        columns.append(EditColumn(name, label(table, name), kind, words))
    return columns


def write_editable(
    ws: Workspace, table: str, target: Path, *, where: Mapping[str, str] | None = None,
    columns: Sequence[str] = (), with_id: bool = False, purpose: str = "", ids: Sequence[str] | None = None,
) -> int:  # fmt: skip
    """Write a table to be edited and brought back; how many rows. Logged as a plain file.

    `columns` limits it to these; personal numbers only go out with `with_id`. Raises NotAllowed, UsageError,
    StorageFailed.
    """
    ws.require("plain-export")
    rows = list_records(ws, table, where=where)
    if ids is not None:
        wanted = set(ids)
        rows = [r for r in rows if r["id"] in wanted]
    known = edit_columns(ws, table, with_id=with_id)
    unknown = [c for c in columns if c not in {k.name for k in known}]
    if unknown:
        raise UsageError(f"{table_label(table)}没有可改的字段 {'、'.join(unknown)}。")
    keys = KEYS.get(table, ())
    wanted_columns = set(columns) or {c.name for c in known if any(r.get(c.name) not in (None, "") for r in rows)}
    used = [c for c in known if c.fixed or c.name in keys or c.name in wanted_columns]
    stream = io.BytesIO()
    made = datetime.now().astimezone().isoformat(timespec="seconds")
    count = write_edit_sheet(stream, table, table_label(table), used, _out(ws, table, rows, used), made)
    with ws.register.storage_errors():
        write_atomically(target, stream.getvalue())
    names = [c.name for c in used]
    log_plain_export(ws, f"table {table} (editable)", purpose, names, count, with_id=with_id, file=target)
    return count


def _out(
    ws: Workspace, table: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[EditColumn]
) -> Iterator[OutRow]:
    seen = ws.register.seen_many(table, [row["id"] for row in rows])
    for row in rows:
        values = {c.name: row.get(c.name) for c in columns}
        spoken = {c.name: _spoken(table, c, values[c.name]) for c in columns}
        yield OutRow(row["id"], spoken, {n: str(v) for n, v in spoken.items()}, _packed(seen[row["id"]]))


def _spoken(table: str, column: EditColumn, value: Any) -> Any:
    """A value as its cell says it: numbers as they are, everything else in words."""
    if value in (None, "") or column.kind != "text":
        return value
    return value_words(table, column.name, value)


def _packed(seen: Seen) -> dict[str, Any]:
    """What was seen, small: the heads most cells share, and those that differ."""
    by_heads: dict[tuple[bytes, ...], int] = {}
    for heads in seen.heads.values():
        by_heads[heads] = by_heads.get(heads, 0) + 1
    common = max(by_heads, key=lambda h: by_heads[h]) if by_heads else ()
    return {
        "c": sorted(seen.heads), "b": [h.hex() for h in common],
        "x": {str(c): [h.hex() for h in ids] for c, ids in seen.heads.items() if ids != common},
    }  # fmt: skip


def _unpacked(table: str, row_id: str, packed: Mapping[str, Any]) -> Seen:
    common = tuple(bytes.fromhex(h) for h in packed["b"])
    others = {int(c): tuple(bytes.fromhex(h) for h in ids) for c, ids in packed["x"].items()}
    heads = {int(c): others.get(int(c), common) for c in packed["c"]}
    return Seen(table, row_id, heads, frozenset(h for ids in heads.values() for h in ids))


def plan_edits(ws: Workspace, source: Path) -> EditPlan:
    """Every difference of a sheet that came back, and what cannot be written; nothing is changed.

    Raises InputRefused when the file is not such a sheet, UsageError for a table this program does not edit.
    """
    returned = read_edit_sheet(source)
    allowed = {c.name for c in edit_columns(ws, returned.table, with_id=True)}
    rows = [_planned(ws, returned, row, allowed) for row in returned.rows]
    return EditPlan(returned.table, source.name, [r for r in rows if r.edits], _notes(returned))


def _planned(ws: Workspace, returned: ReturnedTable, row: ReturnedRow, allowed: set[str]) -> RowEdit:
    table = returned.table
    current = ws.register.row(table, row.id)
    name = _name_of(table, current or {})
    out = RowEdit(row.id, row.row, name, seen=_unpacked(table, row.id, row.seen))
    for change in row.changes:
        old = None if current is None else current.get(change.column.name)
        edit = _edit(ws, table, change, old, allowed, gone=current is None or bool(current.get("removed")))
        if edit is None:
            continue
        cell, value = edit
        out.edits.append(cell)
        if not cell.problem:
            out.values[change.column.name] = value
    if out.values:
        try:
            cleaned = clean_values(ws.register.table(table), {**out.values})
            refuse_lacking(ws, table, cleaned, new=False)
            with ws.register.reading() as sql:
                refuse_edit(sql, table, {**(current or {}), "id": row.id}, cleaned, today())
        except XiangceError as error:
            out.edits = [_with_problem(e, _why(error)) if e.column in out.values else e for e in out.edits]
            out.values = {}
    return out


def _edit(
    ws: Workspace, table: str, change: CellChange, old: Any, allowed: set[str], *, gone: bool
) -> tuple[CellEdit, Any] | None:
    column = change.column
    problem, value = "", None
    if gone:
        problem = "册中已没有这条记录"
    elif column.fixed or column.name not in allowed:
        problem = "这一列不能在表格里改"
    elif change.typed is not None:
        try:
            value = _value(ws, table, column, change.typed)
        except (XiangceError, ValueError, ArithmeticError) as error:
            problem = _why(error) or f"“{change.typed}”不能识别"
    if not problem and value == old:
        return None  # somebody made the same change already
    exported = change.exported
    now = _spoken(table, column, old)
    met = "" if (now or None) == (exported or None) or problem else _said(table, column, old)
    new = CLEAR if change.typed is None else change.typed if problem else _said(table, column, value)
    was = _said(table, column, old)
    return CellEdit(change.row, change.col, column.name, column.title, was, new, problem, met), value


def _value(ws: Workspace, table: str, column: EditColumn, typed: str) -> Any:
    text = typed
    if (table, column.name) in YES_NO:
        text = {word: code for code, word in PLAIN_WORDS.items()}.get(typed, typed)
    elif column.kind == "money":
        text = str(parse_money(typed.replace(",", ""), "yuan"))
    elif column.name in PARTIAL_DATES or column.name in DATES or column.name.endswith("_date"):
        text = _day_text(typed)
    return clean_values(ws.register.table(table), {column.name: text})[column.name]


def _why(error: BaseException) -> str:
    """A refusal as it stands beside one cell: the other cells are saved."""
    return str(error).removesuffix("没有保存。").rstrip("。")


def _day_text(typed: str) -> str:
    """A date as people write it in a cell (2020年5月1日, 2020/5/1, 2020.5) in ISO form; other words as they are."""
    try:
        return parse_partial_date(typed).iso()
    except DateError:
        return typed


def _said(table: str, column: EditColumn, value: Any) -> str:
    return "（空）" if value in (None, "") else value_words(table, column.name, masked_value(column.name, value))


def _with_problem(edit: CellEdit, problem: str) -> CellEdit:
    return CellEdit(edit.row, edit.col, edit.column, edit.title, edit.old, edit.new, problem, "")


def _name_of(table: str, row: Mapping[str, Any]) -> str:
    return " ".join(str(row[k]) for k in KEYS.get(table, ()) if row.get(k))


def _notes(returned: ReturnedTable) -> list[str]:
    notes = []
    if returned.unknown:
        notes.append(f"第 {_listed(returned.unknown)} 行没有标识或标识不是这张表的，没有处理；新增记录请用导入或新建")
    if returned.twice:
        notes.append(f"第 {_listed(returned.twice)} 行与前面的行重复，没有处理")
    if returned.unclear:
        notes.append(f"第 {_listed(returned.unclear)} 行标识相同而内容不同，分不清是哪一条，都没有处理")
    if returned.gone:
        notes.append(f"表里少了 {returned.gone} 行，册里的这些记录不变")
    if returned.missing_columns:
        notes.append(f"表中已没有这些列，视为不改：{'、'.join(returned.missing_columns)}")
    if returned.extra_columns:
        notes.append(f"多出的列没有处理：{'、'.join(returned.extra_columns)}")
    return notes


def _listed(numbers: Sequence[int]) -> str:
    shown = "、".join(str(n) for n in numbers[:10])
    return shown + (f" 等 {len(numbers)}" if len(numbers) > 10 else "")


def apply_edits(ws: Workspace, plan: EditPlan, reason: str = "") -> Committed:
    """Write the differences in one unit of work, against what was seen when the table went out.

    Cells with a problem are left out. Raises InputRefused when nothing is left, NotAllowed, StorageFailed.
    """
    if not plan.changes:
        raise InputRefused("这张表里没有可以写入的改动，册没有改变。")
    what = reason or f"按表格修改{table_label(plan.table)}：{plan.file_name}"
    refuse_unexplained_many(ws, plan.table, {row.id: tuple(row.values) for row in plan.rows}, reason)
    with ws.write(what, table=plan.table, source="table") as scope:
        for row in plan.rows:
            if row.values:
                values = clean_values(ws.register.table(plan.table), row.values)
                complete_place(ws, plan.table, values)
                scope.change(plan.table, row.id, values, row.seen)
    assert scope.result is not None
    return scope.result
