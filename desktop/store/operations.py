"""Operations: the immutable statements a register consists of, and the canonical bytes of their values.

Values are None, int, str, or lists of these (composite cells, list cells), packed as msgpack. Floats are refused:
money is integer 分, decimals are exact text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgpack

from desktop.common.errors import UsageError
from desktop.store.schema import TableSpec

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
    return bytes(_packer(value))


def unpack(data: bytes) -> Value:
    """The value of canonical bytes."""
    return msgpack.unpackb(data, raw=False, strict_map_key=False)


def _packer(value: Value) -> bytes:
    _check(value)
    return bytes(msgpack.packb(value, use_bin_type=True))


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


def unknown_columns(spec: TableSpec, columns: Iterable[str]) -> list[str]:
    """Columns (or list cells) that the table does not have."""
    return [c for c in columns if c not in spec.by_column and not (c in spec.by_name and spec.by_name[c].child_table)]


def cells_of(spec: TableSpec, values: Mapping[str, Value]) -> dict[int, Value]:
    """Cell values of a new row, cells in order; cells without a value are left out.

    `values` maps columns (and list-cell names) to values. UsageError names an unknown column.
    """
    unknown = unknown_columns(spec, values)
    if unknown:
        raise UsageError(f"表 {spec.name} 没有字段 {'、'.join(unknown)}。")
    out: dict[int, Value] = {}
    for cell in spec.cells:
        if cell.child_table is not None:
            rows = values.get(cell.name)
            if rows:
                out[cell.id] = plain(rows)
        elif len(cell.columns) == 1:
            value = values.get(cell.columns[0])
            if value is not None and value != "":
                out[cell.id] = value if type(value) is str or type(value) is int else plain(value)
        else:
            parts = [plain(values.get(c)) for c in cell.columns]
            if any(p is not None for p in parts):
                out[cell.id] = parts
    return out


def columns_of(spec: TableSpec, cells: Mapping[int, Value]) -> dict[str, Value]:
    """Plain column values of a row from its cell values; list cells are left to their child tables."""
    row: dict[str, Value] = {}
    for cell in spec.cells:
        if cell.child_table is not None:
            continue
        value = cells.get(cell.id)
        if len(cell.columns) == 1:
            row[cell.columns[0]] = value
        else:
            parts: Sequence[Value] = value if isinstance(value, list) else ()
            for i, column in enumerate(cell.columns):
                row[column] = parts[i] if i < len(parts) else None
    return row
