"""Open conflicts as a person sees them: who said what, when, on which machine, and what it was before."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from desktop.store.database import Sql
from desktop.store.evaluate import Head, RowState
from desktop.store.journal import OP_COLUMNS, Journal, operation
from desktop.store.operations import FIELD, REMOVE, Operation, split_ids
from desktop.store.provenance import readable, stated_before, units_by_id
from desktop.store.schema import TOMBSTONE


@dataclass(frozen=True)
class Choice:
    """One of the statements in conflict."""

    op_id: str
    value: Any
    raw: Any
    who: str
    reason: str
    at_ms: int
    device: str
    shown: bool


@dataclass(frozen=True)
class Conflict:
    """One cell (or removal) of one record that a person must decide."""

    case: str
    table: str
    row_id: str
    cell: str
    cell_id: int
    ancestor: Any
    choices: tuple[Choice, ...]


def case_id(table: int, row: bytes, cell: int) -> str:
    """A short stable name of the case, the same on every machine."""
    return hashlib.sha256(b"%d|%s|%d" % (table, row, cell)).hexdigest()[:10]


def open_conflicts(sql: Sql, journal: Journal) -> list[Conflict]:
    """All open conflicts, by table and record."""
    wanted: dict[int, dict[bytes, list[int]]] = defaultdict(lambda: defaultdict(list))
    for table, row, cell in sql.rows("SELECT tbl,row_id,cell FROM conflict ORDER BY tbl,row_id,cell"):
        wanted[table][bytes(row)].append(cell)
    out: list[Conflict] = []
    for table, rows in wanted.items():
        for _, representative, members, state in journal.states(sql, table, rows):
            spec = journal.schema.by_id.get(table)
            for cell in state.conflicts:
                name = (
                    "removed"
                    if cell == TOMBSTONE
                    else spec.by_id[cell].name
                    if spec and cell in spec.by_id
                    else str(cell)
                )
                choices, ancestor = _choices(sql, journal, table, members, state, cell)
                out.append(
                    Conflict(
                        case_id(table, representative, cell),
                        spec.name if spec else str(table),
                        representative.hex(),
                        name,
                        cell,
                        ancestor,
                        choices,
                    )
                )
    return sorted(out, key=lambda c: (c.table, c.row_id, c.cell_id))


def _choices(
    sql: Sql, journal: Journal, table: int, members: list[bytes], state: RowState, cell: int
) -> tuple[tuple[Choice, ...], Any]:
    spec = journal.schema.by_id.get(table)
    if cell == TOMBSTONE:
        heads = list(state.tombs)
        seen = {s for h in heads for s in split_ids(h.value[1])}
        edits = {h.op.op_id: h for cell_heads in state.heads.values() for h in cell_heads if h.op.op_id not in seen}
        heads += list(edits.values())
    else:
        heads = state.heads[cell]
    units = units_by_id(sql, {h.op.unit for h in heads})
    preds = {p for h in heads for p in split_ids(h.op.pred)} if cell != TOMBSTONE else set()
    known = journal.operations_by_id(sql, preds)
    ancestors = {repr(stated_before(h.op, known)): stated_before(h.op, known) for h in heads if h.op.pred}
    ancestor = next(iter(ancestors.values())) if len(ancestors) == 1 and cell != TOMBSTONE else None
    choices = []
    for head in sorted(heads, key=lambda h: h.op.op_id):
        unit = units.get(head.op.unit)
        value, raw = _said(head, cell)
        choices.append(
            Choice(
                op_id=head.op.op_id.hex(),
                value=readable(spec, cell, value) if cell != TOMBSTONE else value,
                raw=raw,
                who=unit.who if unit else "",
                reason=unit.reason if unit else "",
                at_ms=unit.at_ms if unit else 0,
                device=unit.device.hex() if unit else "",
                shown=cell != TOMBSTONE and head.op.op_id == state.heads[cell][-1].op.op_id,
            )
        )
    return tuple(choices), readable(spec, cell, ancestor) if cell != TOMBSTONE else None


def _said(head: Head, cell: int) -> tuple[Any, Any]:
    if cell != TOMBSTONE:
        return head.value, head.value
    if head.op.kind == REMOVE:
        removed = bool(head.value[0])
        return ("移除" if removed else "保留"), removed
    return "保留（有后来的修改）", False


def built_on(sql: Sql, unit_id: bytes) -> list[Operation]:
    """Live operations of other units that name an operation of this unit as what they saw."""
    row = sql.one("SELECT first_seq FROM unit WHERE unit_id=?", (unit_id,))
    if row is None:
        return []
    rows: dict[int, set[bytes]] = defaultdict(set)
    ids: set[bytes] = set()
    for op_id, table, row_id in sql.rows("SELECT op_id,tbl,row_id FROM op WHERE seq>=? AND unit=?", (row[0], unit_id)):
        ids.add(bytes(op_id))
        if table:
            rows[table].add(bytes(row_id))
    out = []
    for table, found in rows.items():
        for raw in sql.in_chunks(
            f"SELECT {OP_COLUMNS} FROM op WHERE tbl=? AND row_id IN (*) AND void=0 AND kind IN ({FIELD},{REMOVE})",
            found,
            (table,),
        ):
            op = operation(raw)
            if op.unit != unit_id and ids.intersection(split_ids(op.pred)):
                out.append(op)
    return sorted(out)
