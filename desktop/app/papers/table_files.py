"""Records and lists as workbooks: plain files by a named person's command, numbers masked unless asked, logged.

A password on the workbook is not offered: none of the libraries kept here encrypts .xlsx, and a protected sheet is no
protection. What must travel safely goes as a package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.records import records
from desktop.app.records.masking import masked
from desktop.app.records.record_names import RecordNames
from desktop.app.records.record_words import says_nothing
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import InputRefused, UsageError
from desktop.exchange.workbook.table_workbook import MOST_ROWS, TableColumn, write_table
from desktop.registry.labels import YES_NO, label, table_label
from desktop.registry.rows import BOOKKEEPING


@dataclass(frozen=True)
class Saved:
    """A workbook that was written."""

    path: Path
    rows: int
    columns: int


def save_records(
    ws: Workspace,
    table: str,
    target: Path,
    *,
    where: Mapping[str, str] | None = None,
    as_of: str | None = None,
    with_id: bool = False,
    purpose: str = "",
) -> Saved:
    """All records of a table with every column that is filled in somewhere (`xiangce table`).

    Raises NotAllowed, UsageError (unknown table or field, complete numbers without a purpose), StorageFailed.
    """
    _require(ws, with_id, purpose)
    rows = records.list_records(ws, table, where=where, as_of=as_of)
    if not with_id:
        rows = [masked(r) for r in rows]
    names = [
        c
        for c in (rows[0] if rows else {})
        if c not in BOOKKEEPING and any(r[c] not in (None, [], "") and not says_nothing(table, c, r) for r in rows)
    ]
    columns = [TableColumn(label(table, c), _kind(table, c, rows)) for c in names]
    known = RecordNames(ws)
    known.prepare(table, rows)
    kinds = [(c, column.kind) for c, column in zip(names, columns, strict=True)]
    cells = ([_cell(known, table, c, row, kind) for c, kind in kinds] for row in rows)
    return _save(ws, f"table {table}", table_label(table), target, columns, names, cells, len(rows), with_id, purpose)


def save_list(
    ws: Workspace,
    name: str,
    target: Path,
    columns: Sequence[TableColumn],
    keys: Sequence[str],
    rows: Iterable[Sequence[Any]],
    count: int,
    *,
    about: Sequence[tuple[str, str]] = (),
    with_id: bool = False,
    purpose: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Saved:
    """What a list of the window shows (Ctrl+E): `keys` name the columns in the export log, `count` rows are expected.

    The cells come as the list has them: whoever calls masks numbers of people unless `with_id`. Raises as
    `save_records`.
    """
    _require(ws, with_id, purpose)
    if count > MOST_ROWS:
        raise InputRefused(f"有 {count:,} 行，一张表最多 {MOST_ROWS:,} 行；没有写出。", hint="请先筛选。")
    return _save(ws, f"list {name}", name, target, columns, keys, rows, count, with_id, purpose, about, progress)


def _require(ws: Workspace, with_id: bool, purpose: str) -> None:
    ws.require("plain-export")
    if with_id and not purpose.strip():
        raise UsageError("写出完整的证件号、电话要说明用途，没有写出。")


def _save(
    ws: Workspace,
    what: str,
    title: str,
    target: Path,
    columns: Sequence[TableColumn],
    keys: Sequence[str],
    rows: Iterable[Sequence[Any]],
    count: int,
    with_id: bool,
    purpose: str,
    about: Sequence[tuple[str, str]] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Saved:
    lines = [
        ("内容", title), *about, ("行数", f"{count:,}"), ("单位", ws.unit_name), ("导出人", ws.user),
        ("导出时间", datetime.now().strftime("%Y-%m-%d %H:%M")),  # noqa: DTZ005  (as the clock on the wall)
        ("证件号、电话", "完整" if with_id else "已遮盖"), ("用途", purpose or "未填"),
    ]  # fmt: skip
    told = (lambda done: progress(done, count)) if progress is not None else None
    written = 0

    def write(file: Any) -> None:
        nonlocal written
        written = write_table(file, title, columns, rows, lines, told)

    with ws.register.storage_errors():
        write_atomically(target, write)
    log_plain_export(ws, what, purpose, list(keys), written, with_id=with_id, file=target)
    return Saved(target, written, len(columns))


def _kind(table: str, column: str, rows: Sequence[Mapping[str, Any]]) -> Any:
    if (table, column) in YES_NO:
        return "text"
    if column.endswith("_fen"):
        return "money"
    values = [r[column] for r in rows if r[column] is not None]
    whole = all(isinstance(v, int) and not isinstance(v, bool) for v in values)
    return "number" if whole else "text"


def _cell(names: RecordNames, table: str, column: str, row: Mapping[str, Any], kind: str) -> Any:
    value = row[column]
    if value is None or value == []:
        return None
    if kind in ("money", "number") and isinstance(value, int):
        return value
    return names.said(table, column, value, row)
