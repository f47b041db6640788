"""Open conflicts as a person sees them: who said what, when, on which machine, and what it was before."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.store.database import Sql, quoted
from desktop.store.evaluate import RowState
from desktop.store.journal import OP_COLUMNS, Journal, operation
from desktop.store.operations import FIELD, REMOVE, ROW_KINDS, SAME_AS, Operation, split_ids, unpack
from desktop.store.provenance import Unit, readable, stated_before, units_by_id
from desktop.store.schema import SAMENESS, TOMBSTONE, TableSpec


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
    """One cell of one record that a person must decide; `cell` is `removed` when a removal met an edit or a
    restoration, `same_as` when records found to be the same were also found to be different.
    """

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
        for _, representative, _, state in journal.states(sql, table, rows):
            spec = journal.schema.by_id.get(table)
            for cell in state.conflicts:
                choices, ancestor = _choices(sql, journal, table, representative, state, cell)
                out.append(
                    Conflict(
                        case_id(table, representative, cell),
                        spec.name if spec else str(table),
                        representative.hex(),
                        _name(spec, cell),
                        cell,
                        ancestor,
                        choices,
                    )
                )
    return sorted(out, key=lambda c: (c.table, c.row_id, c.cell_id))


def _name(spec: TableSpec | None, cell: int) -> str:
    if cell == TOMBSTONE:
        return "removed"
    if cell == SAMENESS:
        return "same_as"
    return spec.by_id[cell].name if spec and cell in spec.by_id else str(cell)


def _choices(
    sql: Sql, journal: Journal, table: int, row: bytes, state: RowState, cell: int
) -> tuple[tuple[Choice, ...], Any]:
    spec = journal.schema.by_id.get(table)
    if cell == TOMBSTONE:
        said = _removal_choices(state)
    elif cell == SAMENESS:
        said = _sameness_choices(journal.sameness(sql, table, row, same=True), 1)
        said += _sameness_choices(journal.sameness(sql, table, row, same=False), 0)
    else:
        said = [(h.op, readable(spec, cell, h.value), h.value, h == state.heads[cell][-1]) for h in state.heads[cell]]
    units = units_by_id(sql, {op.unit for op, _, _, _ in said})
    nobody = Unit(b"", b"", "", "", 0, "")
    choices = []
    for op, value, raw, shown in sorted(said, key=lambda item: item[0].op_id):
        unit = units.get(op.unit, nobody)
        choices.append(
            Choice(op.op_id.hex(), value, raw, unit.who, unit.reason, unit.at_ms, unit.device.hex(), shown)
        )
    return tuple(choices), _ancestor(sql, journal, spec, state, cell)


def _ancestor(sql: Sql, journal: Journal, spec: TableSpec | None, state: RowState, cell: int) -> Any:
    """What the cell was when the statements in conflict parted: the last one that all of them rest on."""
    if cell in (TOMBSTONE, SAMENESS):
        return None
    heads = [h.op for h in state.heads[cell] if h.op.pred]
    known: dict[bytes, Operation] = {}
    rests: list[dict[bytes, Operation]] = []
    """For each head, what it rests on, near or far: operation → the one above it."""
    for head in heads:
        below: dict[bytes, Operation] = {}
        above = [head]
        while above and len(below) < _FAR:
            wanted = {p: op for op in above for p in split_ids(op.pred) if p not in below}
            known |= journal.operations_by_id(sql, set(wanted) - set(known))
            below |= wanted
            above = [known[p] for p in wanted if p in known and known[p].pred]
        rests.append(below)
    common = set.intersection(*map(set, rests)) & set(known) if rests else set()
    if not common:
        return None
    last = max(common)
    return readable(spec, cell, stated_before(rests[0][last], {last: known[last]}))


_FAR = 200
"""So many statements back the parting is looked for."""


Said = tuple[Operation, Any, Any, bool]
"""An operation in conflict, what it says readably and raw, whether it is on screen."""


def _removal_choices(state: RowState) -> list[Said]:
    seen = {s for h in state.tombs for s in split_ids(h.value[1])}
    edits = {h.op.op_id: h.op for heads in state.heads.values() for h in heads if h.op.op_id not in seen}
    said: list[Said] = []
    for head in state.tombs:
        removed = bool(head.value[0])
        said.append((head.op, "移除" if removed else "保留", removed, False))
    return said + [(op, "保留（有后来的修改）", False, False) for op in edits.values()]


def _sameness_choices(statements: list[Operation], same: int) -> list[Said]:
    return [
        (op, {"same": same, "rows": [op.row.hex(), bytes(unpack(op.value)[0]).hex()]}, same, bool(same))
        for op in statements
    ]


def built_on(sql: Sql, journal: Journal, unit_id: bytes) -> list[Operation]:
    """Live operations of other units that rest on this unit, as `resting_on`."""
    row = sql.one("SELECT first_seq FROM unit WHERE unit_id=?", (unit_id,))
    if row is None:
        return []
    said = sql.rows("SELECT op_id,kind,tbl,row_id FROM op WHERE seq>=? AND unit=?", (row[0], unit_id))
    return resting_on(sql, journal, said)


def resting_on(sql: Sql, journal: Journal, said: Iterable[Sequence[Any]]) -> list[Operation]:
    """Live operations that rest on those `said` (op_id, kind, table, row) and are not among them: they supersede what
    was said, change or remove a record that was made, retract or decide on an operation, or make a record that belongs
    to one that was made.
    """
    ids: set[bytes] = set()
    rows: dict[int, set[bytes]] = defaultdict(set)
    made: dict[int, set[bytes]] = defaultdict(set)
    for op_id, kind, table, row_id in said:
        ids.add(bytes(op_id))
        if table:
            rows[table].add(bytes(row_id))
            if kind in ROW_KINDS:
                made[table].add(bytes(row_id))
    out: dict[bytes, Operation] = {}
    for table, found in rows.items():
        for op in _live(sql, table, found, (FIELD, REMOVE, SAME_AS)):
            if op.op_id not in ids and (op.row in made[table] or not ids.isdisjoint(split_ids(op.pred))):
                out[op.op_id] = op
    parents = [r.hex() for found in made.values() for r in found]
    for spec in journal.schema.tables:
        for column in spec.parent_columns:
            children = sql.in_chunks(f"SELECT id FROM {quoted(spec.name)} WHERE {quoted(column)} IN (*)", parents)
            for op in _live(sql, spec.id, {bytes.fromhex(c) for (c,) in children}, ROW_KINDS):
                if op.op_id not in ids:
                    out[op.op_id] = op
    about = {bytes(by) for (by,) in sql.in_chunks('SELECT "by" FROM void_edge WHERE admitted=1 AND target IN (*)', ids)}
    live = sql.in_chunks(f"SELECT {OP_COLUMNS} FROM op WHERE void=0 AND op_id IN (*)", about - ids)
    out.update((op.op_id, op) for op in map(operation, live))
    return sorted(out.values())


def _live(sql: Sql, table: int, rows: Iterable[bytes], kinds: Iterable[int]) -> Iterator[Operation]:
    wanted = ",".join(str(k) for k in kinds)
    for raw in sql.in_chunks(
        f"SELECT {OP_COLUMNS} FROM op WHERE tbl=? AND row_id IN (*) AND void=0 AND admitted=1 AND kind IN ({wanted})",
        rows,
        (table,),
    ):
        yield operation(raw)
