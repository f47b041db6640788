"""Operations: the immutable statements a register consists of, and the canonical bytes of their values.

Values are None, int, str, or lists of these (composite cells, list cells), packed as msgpack. Floats are refused:
money is integer 分, decimals are exact text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgpack

from desktop.common.errors import UsageError
from desktop.store.schema import LAST_FIELD_CELL, SAMENESS, TOMBSTONE, WHOLE_ROW, CellSpec, TableSpec

INSERT, FIELD, REMOVE, ATTACH, SAME_AS, RETRACT, ADMIT, REFUSE = range(1, 9)
KIND_NAMES = {
    INSERT: "insert",
    FIELD: "field",
    REMOVE: "remove",
    ATTACH: "attach",
    SAME_AS: "same_as",
    RETRACT: "retract",
    ADMIT: "admit",
    REFUSE: "refuse",
}
ROW_KINDS = (INSERT, ATTACH)
"""Kinds that speak for a whole row."""
NO_ROW = bytes(16)
"""Row of operations about operations (retract, admit, refuse)."""

Value = Any
"""None, int, str, or a list of these."""


class Operation(NamedTuple):
    """One immutable operation; equal op_id with other content is a forgery or a defect and is refused."""

    op_id: bytes
    kind: int
    table: int
    row: bytes
    cell: int
    value: bytes
    pred: bytes
    unit: bytes


def split_ids(packed: bytes) -> list[bytes]:
    """The 16-byte ids in a packed list."""
    return [packed[i : i + 16] for i in range(0, len(packed), 16)]


def join_ids(ids: Iterable[bytes]) -> bytes:
    """Ids packed in their total order, each once."""
    return b"".join(sorted(set(ids)))


def pack(value: Value) -> bytes:
    """Canonical bytes of a value; TypeError for floats and other types that have no canonical form."""
    _check(value)
    return bytes(msgpack.packb(value, use_bin_type=True))


def unpack(data: bytes) -> Value:
    """The value of canonical bytes."""
    return msgpack.unpackb(data, raw=False, strict_map_key=False)


def _check(value: Value) -> None:
    if value is None or type(value) is str or type(value) is int or type(value) is bytes:
        return
    if type(value) is list or type(value) is tuple:
        for part in value:
            _check(part)
        return
    if type(value) is dict:
        for key, part in value.items():
            _check(key)
            _check(part)
        return
    raise TypeError(f"values of type {type(value).__name__} are not stored")


def plain(value: Value) -> Value:
    """A value as it is stored: bool becomes 0/1, tuples lists, empty text None; floats are refused."""
    if value is None or value == "":
        return None
    kind = type(value)
    if kind is str or kind is int:
        return value
    if kind is bool:
        return int(value)
    if kind is list or kind is tuple:
        return [plain(part) for part in value]
    raise TypeError(f"values of type {kind.__name__} are not stored")


def check(op: Operation) -> None:
    """ValueError when an operation of another device is not well formed (wrong sizes, values that cannot be read).

    Kinds, tables and cells this version does not know pass: they are kept and relayed.
    """
    if not (len(op.op_id) == len(op.row) == len(op.unit) == 16 and len(op.pred) % 16 == 0):
        raise ValueError("ids have 16 bytes")
    if not (0 < op.kind < 1 << 15 and 0 <= op.table < 1 << 31 and 0 <= op.cell <= TOMBSTONE):
        raise ValueError("number out of range")
    if op.kind not in KIND_NAMES:
        return
    if (op.table == 0) is (op.kind < RETRACT):
        raise ValueError("records have a table, statements about operations have none")
    try:
        value = unpack(op.value)
        _check(value)
    except Exception as error:  # msgpack raises many kinds on damaged bytes
        raise ValueError("value cannot be read") from error
    if not _WELL_FORMED[op.kind](op, value):
        raise ValueError(f"not a {KIND_NAMES[op.kind]}")


def _row_value(op: Operation, value: Value) -> bool:
    cells = type(value) is dict and all(type(c) is int and 0 < c <= LAST_FIELD_CELL for c in value)
    return cells and op.cell == WHOLE_ROW and not any(_holds_map(v) for v in value.values())


def _field_value(op: Operation, value: Value) -> bool:
    return 0 < op.cell <= LAST_FIELD_CELL and not _holds_map(value)


def _holds_map(value: Value) -> bool:
    return type(value) in (dict, bytes) or (type(value) is list and any(_holds_map(part) for part in value))


def _removal(op: Operation, value: Value) -> bool:
    parts = type(value) is list and len(value) == 2 and value[0] in (0, 1) and type(value[1]) is bytes
    return parts and len(value[1]) % 16 == 0 and op.cell == TOMBSTONE


def _same(op: Operation, value: Value) -> bool:
    parts = type(value) is list and len(value) == 2 and type(value[0]) is bytes and value[1] in (0, 1)
    return parts and len(value[0]) == 16 and value[0] != op.row and op.cell == SAMENESS


def _names_operations(op: Operation, value: Value) -> bool:
    return type(value) is bytes and len(value) % 16 == 0 and op.row == NO_ROW


_WELL_FORMED: Mapping[int, Callable[[Operation, Value], bool]] = {
    INSERT: _row_value,
    ATTACH: _row_value,
    FIELD: _field_value,
    REMOVE: _removal,
    SAME_AS: _same,
    RETRACT: _names_operations,
    ADMIT: _names_operations,
    REFUSE: _names_operations,
}


# --- values of records -------------------------------------------------------------------------------------------


def unknown_columns(spec: TableSpec, columns: Iterable[str]) -> list[str]:
    """Columns (or list cells) that the table does not have."""
    return [c for c in columns if c not in spec.by_column and not (c in spec.by_name and spec.by_name[c].child_table)]


def refuse_unknown(spec: TableSpec, columns: Iterable[str]) -> None:
    """UsageError that names the columns (or list cells) the table does not have."""
    unknown = unknown_columns(spec, columns)
    if unknown:
        raise UsageError(f"表 {spec.name} 没有字段 {'、'.join(unknown)}。")


def entered(spec: TableSpec, column: str, value: Value) -> Value:
    """A value as it is stored in this column: text, or a whole number; UsageError when it is neither."""
    stored = plain(value)
    fits = fitting(stored, spec.integers.get(column))
    if fits is None and stored is not None:
        kind = "整数" if column in spec.integers else "文字"
        raise UsageError(f"表 {spec.name} 的字段 {column} 要填{kind}，没有保存。")
    return fits


def entered_list(spec: TableSpec, cell: CellSpec, rows: Value) -> list[Value] | None:
    """A list cell's value as it is stored; its lines may be lists in column order or mappings by column."""
    out = []
    for line in rows or ():
        parts = [line.get(c) for c in cell.columns] if type(line) is dict else list(line)
        if len(parts) > len(cell.columns):
            raise UsageError(f"表 {spec.name} 的 {cell.name} 一行只有 {len(cell.columns)} 项，没有保存。")
        out.append([entered(spec, c, part) for c, part in zip(cell.columns, parts, strict=False)])
    return out or None


def fitting(value: Value, limit: int | None) -> Value:
    """What a typed column can hold of a value: text (`limit` None) or integers up to `limit`; None when it cannot.

    Another version may have stated something this version's column has no room for; the operation is kept as it is.
    """
    kind = type(value)
    if limit is None:
        if kind is str:
            return value if "\0" not in value else value.replace("\0", "")
        return str(value) if kind is int else None
    return value if kind is int and -limit <= value <= limit else None


def cells_of(spec: TableSpec, values: Mapping[str, Value]) -> dict[int, Value]:
    """Cell values of a new row; cells without a value are left out.

    `values` maps columns (and list-cell names) to values. UsageError names an unknown column or an unfit value.
    """
    slots = spec.slots
    found: dict[int, Value] = {}
    strange = False
    for name, value in values.items():
        slot = slots.get(name)
        if value is None or value == "":
            strange = strange or slot is None
            continue
        if slot is None:
            cell = spec.by_name.get(name)
            if cell is None or cell.child_table is None:
                strange = True
            elif rows := entered_list(spec, cell, value):
                found[cell.id] = rows
            continue
        cell_id, at, width, limit = slot
        # by far most values are text without a NUL, or small integers where integers belong
        if limit is None:
            if type(value) is not str or "\0" in value:
                value = entered(spec, name, value)
        elif type(value) is not int or not -limit <= value <= limit:
            value = entered(spec, name, value)
        if width == 1:
            found[cell_id] = value
        elif cell_id in found:
            found[cell_id][at] = value
        else:
            parts = [None] * width
            parts[at] = value
            found[cell_id] = parts
    if strange:  # perhaps a name the table does not have
        refuse_unknown(spec, values)
    return found


def pack_row(cells: Mapping[int, Value]) -> bytes:
    """Canonical bytes of cells that `cells_of` made: their values need no second look."""
    return bytes(msgpack.packb(cells, use_bin_type=True))


def columns_of(spec: TableSpec, cells: Mapping[int, Value]) -> dict[str, Value]:
    """Plain column values of a row from its cell values; list cells are left to their child tables."""
    row: dict[str, Value] = {}
    for cell in spec.cells:
        if cell.child_table is not None:
            continue
        value = cells.get(cell.id)
        if len(cell.columns) == 1:
            row[cell.columns[0]] = fitting(value, spec.integers.get(cell.columns[0]))
        else:
            row.update(zip(cell.columns, parts_of(spec, cell, value), strict=True))
    return row


def parts_of(spec: TableSpec, cell: CellSpec, value: Value) -> list[Value]:
    """The column values of a cell of several columns (or of one line of a list cell)."""
    parts: Sequence[Value] = value if isinstance(value, list | tuple) else ()
    return [
        fitting(parts[i], spec.integers.get(column)) if i < len(parts) else None
        for i, column in enumerate(cell.columns)
    ]
