"""Which operations a package for somebody carries: what he has not acknowledged and what lies in his divisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from desktop.store.admission import OPEN, Places, covers, place_statement
from desktop.store.database import Sql
from desktop.store.journal import OP_COLUMNS, operation
from desktop.store.operations import FIELD, ROW_KINDS, Operation
from desktop.store.provenance import Unit, units_by_id
from desktop.store.schema import Schema


@dataclass(frozen=True)
class Selection:
    """Operations with the units and replicas they need to be understood, and the arrival number reached."""

    operations: list[Operation]
    units: list[Unit]
    replicas: dict[bytes, bytes]
    up_to: int


def select_up(sql: Sql, device: bytes, after: int, *, relay: bool) -> Selection:
    """For the county: this device's own operations that arrived after `after`; with `relay` everybody's."""
    up_to = _last(sql)
    rows = (operation(r[:8]) for r in sql.stream(f"SELECT {OP_COLUMNS} FROM op WHERE seq>? ORDER BY seq", (after,)))
    if relay:
        return _complete(sql, list(rows), up_to)
    own = {bytes(r) for (r,) in sql.rows("SELECT replica_id FROM replica WHERE device=?", (device,))}
    return _complete(sql, [op for op in rows if op.op_id[8:] in own], up_to)


def select_down(sql: Sql, schema: Schema, codes: Iterable[str], after: int) -> Selection:
    """For a device with these divisions: admitted operations on rows that ever lay there, on open rows, on operations.

    A row that only now came into the divisions brings its whole past, and its members' and rights' past, along.
    """
    prefixes = tuple(codes)
    up_to = _last(sql)
    fresh = [
        operation(r)
        for r in sql.stream(f"SELECT {OP_COLUMNS} FROM op WHERE seq>? AND admitted=1 ORDER BY seq", (after,))
    ]
    placed = {spec.id for spec in schema.tables if spec.place_column or spec.parent_columns}
    rows = {op.row for op in fresh if op.table in placed}
    places = Places(sql, schema, rows, {})
    places.grow()
    chosen = [op for op in fresh if op.table not in placed or covers(prefixes, places.known[op.row])]
    moved = {op.row for op in chosen if _moves(schema, op) and OPEN not in places.known[op.row]}
    if after and moved:
        have = {op.op_id for op in chosen}
        chosen += [op for op in _whole_past(sql, schema, moved) if op.op_id not in have]
    return _complete(sql, chosen, up_to)


def _moves(schema: Schema, op: Operation) -> bool:
    spec = schema.by_id.get(op.table)
    return spec is not None and op.kind == FIELD and place_statement(spec, op.kind, op.cell, op.value) is not None


def _whole_past(sql: Sql, schema: Schema, rows: set[bytes]) -> list[Operation]:
    """Everything about these rows and the rows that lie where they lie."""
    found: dict[bytes, Operation] = {}
    wanted = set(rows)
    done: set[bytes] = set()
    while wanted:
        done |= wanted
        for spec in schema.tables:
            if not spec.place_column and not spec.parent_columns:
                continue
            for r in sql.in_chunks(
                f"SELECT {OP_COLUMNS} FROM op WHERE tbl=? AND row_id IN (*) AND admitted=1", wanted, (spec.id,)
            ):
                op = operation(r)
                found[op.op_id] = op
        children: set[bytes] = set()
        for spec in schema.tables:
            for column in spec.parent_columns:
                children |= {
                    bytes.fromhex(child)
                    for (child,) in sql.in_chunks(
                        f'SELECT id FROM "{spec.name}" WHERE {column} IN (*)', [w.hex() for w in wanted]
                    )
                }
        wanted = children - done
    return sorted(found.values())


def _complete(sql: Sql, operations: list[Operation], up_to: int) -> Selection:
    units = units_by_id(sql, {op.unit for op in operations})
    replicas = {
        bytes(r): bytes(d)
        for r, d in sql.in_chunks(
            "SELECT replica_id,device FROM replica WHERE replica_id IN (*)", {op.op_id[8:] for op in operations}
        )
    }
    return Selection(operations, [units[u] for u in sorted(units)], replicas, up_to)


def _last(sql: Sql) -> int:
    return int(sql.scalar("SELECT COALESCE(MAX(seq),0) FROM op"))


def attachment_digests(operations: Iterable[Operation], schema: Schema) -> set[str]:
    """Digests of the files that inserts of attachments among these operations name."""
    from desktop.store.operations import unpack

    spec = schema.by_name["attachment"]
    cell = spec.by_column["sha256"]
    at = cell.columns.index("sha256")
    out = set()
    for op in operations:
        if op.table == spec.id and op.kind in ROW_KINDS:
            value = unpack(op.value).get(cell.id)
            if value and value[at]:
                out.add(str(value[at]))
    return out
