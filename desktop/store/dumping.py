"""The shared state in canonical form: dump and digest, and the state as known at a moment."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from desktop.store.admission import limits_of, standing_before
from desktop.store.database import Sql, quoted
from desktop.store.evaluate import RowState, evaluate_row, same_classes
from desktop.store.journal import OP_COLUMNS, Journal, operation
from desktop.store.operations import SAME_AS, Operation, Value, unpack
from desktop.store.schema import TableSpec
from desktop.store.unit_of_work import shown_row


def dump_lines(sql: Sql, journal: Journal, *, scope: str | None = None) -> Iterator[str]:
    """One JSON line a record (or class of records that are the same): table number, id, members, and per cell number
    the distinct values of its heads, the shown one first; `x` is 1 for removed, 2 for a removal in conflict.

    Numbers, not names, so that an older laptop writes the same bytes for what it does not know.
    """
    inside = _rows_in_scope(sql, journal, scope) if scope is not None else None
    for table, representative, members, state in journal.all_states(sql):
        if not state.heads and not state.exists and not state.tombs:
            continue
        if inside is not None and not any(m.hex() in inside.get(table, ()) for m in members):
            continue
        yield _line(table, representative, members, state)


def _line(table: int, representative: bytes, members: list[bytes], state: RowState) -> str:
    cells: dict[str, list[Any]] = {}
    for cell in sorted(state.heads):
        heads = state.heads[cell]
        values = {json.dumps(h.value, ensure_ascii=False, sort_keys=True): h.value for h in heads}
        shown = json.dumps(heads[-1].value, ensure_ascii=False, sort_keys=True)
        cells[str(cell)] = [values[shown], *(values[k] for k in sorted(values) if k != shown)]
    line: dict[str, Any] = {"t": table, "r": representative.hex(), "c": cells}
    if len(members) > 1:
        line["m"] = [m.hex() for m in members]
    if state.tombs:
        line["x"] = 1 if state.removed else 2 if any(h.value[0] for h in state.tombs) else 0
    if not state.exists:
        line["o"] = 1
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def _rows_in_scope(sql: Sql, journal: Journal, scope: str) -> dict[int, set[str]]:
    """Rows that lie in a division, by table number: placed there themselves or through their parent."""
    inside: dict[int, set[str]] = {}
    every: set[str] = set()
    rounds = (
        [s for s in journal.schema.tables if s.place_column],
        [s for s in journal.schema.tables if s.parent_columns and not s.place_column],
    )
    for spec in rounds[0]:
        assert spec.place_column is not None
        rows = sql.rows(f"SELECT id FROM {quoted(spec.name)} WHERE {quoted(spec.place_column)} LIKE ?", (scope + "%",))
        inside[spec.id] = {r for (r,) in rows}
        every |= inside[spec.id]
    for spec in rounds[1]:
        parents = ",".join(quoted(c) for c in spec.parent_columns)
        inside[spec.id] = {
            row[0] for row in sql.stream(f"SELECT id,{parents} FROM {quoted(spec.name)}") if every.intersection(row[1:])
        }
        every |= inside[spec.id]
    return inside


def rows_known_at(sql: Sql, journal: Journal, spec: TableSpec, at_ms: int) -> list[dict[str, Value]]:
    """The rows of a table from the operations that had arrived here by then (UTC milliseconds)."""
    later = sql.scalar("SELECT MIN(first_seq) FROM arrival WHERE at_ms>?", (at_ms,))
    limit = int(later) if later is not None else 1 << 62
    outside, void = standing_before(sql, journal.schema, limits_of(sql, journal.own_device), limit)
    operations: dict[bytes, list[Operation]] = defaultdict(list)
    pairs = []
    for raw in sql.stream(f"SELECT {OP_COLUMNS} FROM op WHERE tbl=? AND seq<?", (spec.id, limit)):
        op = operation(raw)
        if op.op_id in void or op.op_id in outside:
            continue
        operations[op.row].append(op)
        if op.kind == SAME_AS:
            other, same = unpack(op.value)
            if same:
                pairs.append((op.row, bytes(other)))
    representative = same_classes(pairs)
    classes: dict[bytes, list[Operation]] = defaultdict(list)
    for row, ops in operations.items():
        classes[representative.get(row, row)] += ops
    out = []
    for row in sorted(classes):
        state = evaluate_row(classes[row], sorted({op.row for op in classes[row]}))
        if state.exists and not state.removed:
            out.append({"id": row.hex(), **shown_row(spec, state)})
    return out
