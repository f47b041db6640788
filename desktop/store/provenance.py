"""Who did what, when and why: the units of work behind operations, arrivals, and the history of one record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from desktop.store.database import Sql
from desktop.store.journal import OP_COLUMNS, Journal, operation
from desktop.store.operations import (
    ADMIT,
    FIELD,
    KIND_NAMES,
    REFUSE,
    REMOVE,
    RETRACT,
    ROW_KINDS,
    SAME_AS,
    Operation,
    split_ids,
    unpack,
)
from desktop.store.schema import TableSpec


@dataclass(frozen=True)
class Unit:
    """One unit of work as it travels with its operations."""

    unit_id: bytes
    device: bytes
    who: str
    reason: str
    at_ms: int
    source: str
    """What it came from: `""`, `import:<file digest>`, `visit:<id>`, `resolve`, `undo:<unit>` …"""


@dataclass(frozen=True)
class HistoryEntry:
    """One operation on a record, readable."""

    op_id: str
    kind: str
    cell: str
    value: Any
    previous: Any
    who: str
    reason: str
    at_ms: int
    device: str
    unit_id: str
    void: bool
    admitted: bool
    is_head: bool


def units_by_id(sql: Sql, ids: Iterable[bytes]) -> dict[bytes, Unit]:
    """Units of work by id."""
    rows = sql.in_chunks("SELECT unit_id,device,who,reason,at_ms,source FROM unit WHERE unit_id IN (*)", set(ids))
    return {bytes(r[0]): Unit(bytes(r[0]), bytes(r[1]), *r[2:]) for r in rows}


def readable(spec: TableSpec | None, cell: int, value: Any) -> Any:
    """A cell's value with its column names: plain for one column, a mapping for several, mappings in a list cell."""
    known = spec.by_id.get(cell) if spec else None
    if known is None or value is None:
        return value
    if known.child_table is not None:
        return [dict(zip(known.columns, part, strict=False)) for part in value]
    if len(known.columns) == 1:
        return value
    return dict(zip(known.columns, value, strict=False))


def history(sql: Sql, journal: Journal, table: TableSpec, row: bytes) -> list[HistoryEntry]:
    """Everything ever said about a record (and those it is the same as), oldest first, void entries included; also
    what retracted, admitted or refused it.
    """
    classes = journal.classes(sql, table.id, [row])
    members = {m for found in classes.values() for m in found} | {row}
    marked = list(
        sql.in_chunks(f"SELECT {OP_COLUMNS},void,admitted FROM op WHERE tbl=? AND row_id IN (*)", members, (table.id,))
    )
    said = {bytes(r[0]) for r in marked}
    about = {bytes(by) for (by,) in sql.in_chunks('SELECT "by" FROM void_edge WHERE target IN (*)', said)}
    marked += sql.in_chunks(f"SELECT {OP_COLUMNS},void,admitted FROM op WHERE op_id IN (*)", about)
    operations = {bytes(r[0]): (operation(r[:8]), r[8], r[9]) for r in marked}
    units = units_by_id(sql, (op.unit for op, _, _ in operations.values()))
    state = journal.state(sql, table.id, row)
    heads = state.all_head_ids() | {h.op.op_id for h in state.tombs}
    out = []
    for op_id in sorted(operations):
        op, void, admitted = operations[op_id]
        unit = units.get(op.unit)
        cell, value, previous = _content(table, op, {k: v[0] for k, v in operations.items()})
        out.append(
            HistoryEntry(
                op_id=op_id.hex(),
                kind=KIND_NAMES.get(op.kind, str(op.kind)),
                cell=cell,
                value=value,
                previous=previous,
                who=unit.who if unit else "",
                reason=unit.reason if unit else "",
                at_ms=unit.at_ms if unit else 0,
                device=unit.device.hex() if unit else "",
                unit_id=op.unit.hex(),
                void=bool(void),
                admitted=admitted == 1,
                is_head=op_id in heads,
            )
        )
    return sorted(out, key=lambda e: (e.at_ms, e.op_id))


def _content(spec: TableSpec, op: Operation, known: dict[bytes, Operation]) -> tuple[str, Any, Any]:
    if op.kind in ROW_KINDS:
        values = {
            (spec.by_id[c].name if c in spec.by_id else str(c)): readable(spec, c, v)
            for c, v in unpack(op.value).items()
        }
        return "", values, None
    if op.kind == FIELD:
        name = spec.by_id[op.cell].name if op.cell in spec.by_id else str(op.cell)
        return (
            name,
            readable(spec, op.cell, unpack(op.value)),
            readable(spec, op.cell, stated_before(op, known)),
        )
    if op.kind == REMOVE:
        return "removed", bool(unpack(op.value)[0]), None
    if op.kind == SAME_AS:
        other, same = unpack(op.value)
        return "same_as" if same else "different", bytes(other).hex(), None
    if op.kind in (RETRACT, ADMIT, REFUSE):
        # a whole import may be retracted at once: only what concerns this record
        return "", [t.hex() for t in split_ids(unpack(op.value)) if t in known], None
    return "", None, None


def stated_before(op: Operation, known: dict[bytes, Operation]) -> Any:
    """What the operation's predecessors said about its cell (the latest of them), None when unknown."""
    for pred in sorted(split_ids(op.pred), reverse=True):
        before = known.get(pred)
        if before is None:
            continue
        if before.kind in ROW_KINDS:
            return unpack(before.value).get(op.cell)
        return unpack(before.value)
    return None
