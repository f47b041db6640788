"""One unit of work: changes collected and committed together with their journal entries, all or nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.common.clock import HybridClock
from desktop.common.errors import UsageError
from desktop.common.ids import new_id, new_ids
from desktop.store.database import Sql, no_garbage_collection
from desktop.store.evaluate import RowState, removal_value
from desktop.store.journal import Journal
from desktop.store.new_rows import stored_rows
from desktop.store.operations import (
    ADMIT,
    ATTACH,
    FIELD,
    INSERT,
    NO_ROW,
    REFUSE,
    REMOVE,
    RETRACT,
    ROW_KINDS,
    SAME_AS,
    Operation,
    Value,
    cells_of,
    columns_of,
    entered,
    entered_list,
    join_ids,
    pack,
    pack_row,
    parts_of,
    plain,
    refuse_unknown,
    split_ids,
    unpack,
)
from desktop.store.schema import SAMENESS, TOMBSTONE, WHOLE_ROW, CellSpec, TableSpec

BULK = 2000
RETRACT_CHUNK = 4096
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Seen:
    """What a person had on screen: the heads of each cell (and of the tombstone) of one record when it was opened."""

    table: str
    row_id: str
    heads: Mapping[int, tuple[bytes, ...]]
    everything: frozenset[bytes]

    def to_plain(self) -> dict[str, Any]:
        """Plain data for a draft."""
        return {
            "table": self.table,
            "row": self.row_id,
            "heads": {str(c): [h.hex() for h in ids] for c, ids in self.heads.items()},
            "everything": sorted(h.hex() for h in self.everything),
        }

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Seen:
        """The inverse of `to_plain`."""
        return cls(
            data["table"],
            data["row"],
            {int(c): tuple(bytes.fromhex(h) for h in ids) for c, ids in data["heads"].items()},
            frozenset(bytes.fromhex(h) for h in data["everything"]),
        )


def seen_of(table: str, row_id: str, state: RowState) -> Seen:
    """What a person sees of a row in this state."""
    heads = {cell: state.head_ids(cell) for cell in state.heads}
    heads[TOMBSTONE] = state.head_ids(TOMBSTONE)
    return Seen(table, row_id, heads, frozenset(state.all_head_ids()))


@dataclass(frozen=True)
class Committed:
    """What a unit of work did: its id, the kinds of records that changed, how many operations it wrote."""

    unit_id: str
    kinds: frozenset[str]
    operations: int


@dataclass
class UnitOfWork:
    """Collects changes inside one transaction; made by `Register.write`."""

    sql: Sql
    journal: Journal
    clock: HybridClock
    unit_id: bytes
    first_seq: int
    kinds: set[str] = field(default_factory=set)
    written: int = 0
    _pending: list[Operation] = field(default_factory=list)
    _open_rows: set[bytes] = field(default_factory=set)
    _far_reaching: bool = False
    """Whether a pending operation may change other rows than its own."""

    # --- records -----------------------------------------------------------------------------------------------

    def insert(self, table: str, values: Mapping[str, Value], row_id: str | None = None) -> str:
        """A new record; returns its id. `values` maps columns and list cells; None and "" are left out.

        UsageError when a record of the given `row_id` is here already (`ensure` is for rows everybody makes alike).
        """
        if row_id is not None and self._state(self._spec(table), row_id).exists:
            raise UsageError(f"已有这条记录：{table} {row_id}，没有新建。")
        return self._insert(INSERT, table, values, row_id or new_id())

    def attach_row(self, values: Mapping[str, Value]) -> str:
        """Journal that a file belongs to a record (the bytes are stored already); returns the attachment's id."""
        return self._insert(ATTACH, "attachment", values, new_id())

    def ensure(self, table: str, row_id: str, values: Mapping[str, Value]) -> bool:
        """Insert the record unless it is here already (rows that every laptop makes alike); True when it was new."""
        if self._state(self._spec(table), row_id).exists:
            return False
        self._insert(INSERT, table, values, row_id)
        return True

    def ensure_many(self, table: str, rows: Sequence[Mapping[str, Value]]) -> int:
        """`ensure` for many rows that bring their `id`; returns how many were new."""
        self._flush()
        spec = self._spec(table)
        ids = [bytes.fromhex(str(row["id"])) for row in rows]
        here = {
            bytes(r)
            for (r,) in self.sql.in_chunks(
                "SELECT DISTINCT row_id FROM op WHERE tbl=? AND row_id IN (*)", ids, (spec.id,)
            )
        }
        fresh = [row for row, row_id in zip(rows, ids, strict=True) if row_id not in here]
        new = len(self.insert_many(table, fresh))
        for row, row_id in zip(rows, ids, strict=True):
            if row_id in here:  # its insert may have been retracted, or not have arrived
                values = {k: v for k, v in row.items() if k != "id"}
                new += self.ensure(table, str(row["id"]), values)
        return new

    def insert_many(
        self, table: str, rows: Iterable[Mapping[str, Value]], progress: Progress | None = None
    ) -> list[str]:
        """Bulk path for imports: new records, each mapping may bring its own unused `id`; returns the ids.

        `progress` is told the number of rows written so far and may raise to cancel everything. UsageError when a
        record of a given id is here already.
        """
        return self.insert_columns(table, _by_column(rows), progress)

    def insert_columns(
        self, table: str, batches: Iterable[Mapping[str, Sequence[Value]]], progress: Progress | None = None
    ) -> list[str]:
        """`insert_many` for rows that come as columns of equal length, up to some thousand rows a batch."""
        self._flush()
        spec = self._spec(table)
        ids: list[str] = []
        with no_garbage_collection():
            for batch in batches:
                ids += self._write_new(spec, batch)
                if progress:
                    progress(len(ids))
        if ids and self.journal.anything_waits(self.sql):
            self._tell(self.journal.settle(self.sql))
        if ids:
            self.kinds.add(table)
        return ids

    def change(self, table: str, row_id: str, values: Mapping[str, Value], seen: Seen | None = None) -> int:
        """Change fields of a record; values that are as they were seen write nothing. Returns the operations written.

        `seen` is what was on screen when editing began; without it, what is shown now.
        """
        spec = self._spec(table)
        refuse_unknown(spec, values)
        state = self._state(spec, row_id)
        if not state.exists:
            raise UsageError(f"没有这条记录：{table} {row_id}。")
        pred_ops = {}
        if seen is not None:
            pred_ops = self.journal.operations_by_id(self.sql, {h for ids in seen.heads.values() for h in ids})
        written = 0
        for cell in _cells_named(spec, values):
            if seen is None:
                preds = state.head_ids(cell.id)
                shown = state.shown(cell.id)
            else:
                preds = seen.heads.get(cell.id, ())
                shown = _stated(pred_ops.get(max(preds)), cell.id) if preds else None
            value = _new_value(spec, cell, values, shown)
            if value != shown:
                self._field(spec, row_id, cell.id, value, preds)
                written += 1
        return written

    def resolve(self, table: str, row_id: str, cell: int, value: Value, seen: Seen | None = None) -> None:
        """Decide a conflict, whatever the value: one operation that supersedes the heads that were seen.

        `value` is a choice's `raw`, or for a cell any value; for the removal (TOMBSTONE) whether the record is out; for
        sameness (SAMENESS) whether the records are the same, which retracts the statements against it. `seen` is what
        was on screen; without it, the heads there are now.
        """
        spec = self._spec(table)
        if cell == TOMBSTONE:
            self._tomb(table, row_id, bool(value), seen)
        elif cell == SAMENESS:
            self._decide_sameness(spec, row_id, bool(value))
        else:
            known = spec.by_id.get(cell)
            state = self._state(spec, row_id)
            preds = state.head_ids(cell) if seen is None else seen.heads.get(cell, ())
            self._field(spec, row_id, cell, _entered_cell(spec, known, value) if known else plain(value), preds)

    def remove(self, table: str, row_id: str, seen: Seen | None = None) -> None:
        """Take a record out of the register; an edit this removal did not see becomes a conflict.

        A record that is out already, undisputed, writes nothing. UsageError when there is no such record.
        """
        state = self._existing(table, row_id)
        if seen is not None or not state.removed:
            self._tomb(table, row_id, True, seen)

    def restore(self, table: str, row_id: str, seen: Seen | None = None) -> None:
        """Put a removed record back (or decide for keeping when a removal met an edit).

        A record that is in, undisputed, writes nothing. UsageError when there is no such record.
        """
        state = self._existing(table, row_id)
        if seen is not None or state.removed or TOMBSTONE in state.conflicts:
            self._tomb(table, row_id, False, seen)

    # --- statements about records and operations ------------------------------------------------------------------

    def same_as(self, table: str, a: str, b: str) -> None:
        """Two records are the same person, household or asset."""
        self._sameness(table, a, b, 1)

    def different(self, table: str, a: str, b: str) -> None:
        """Two records are not the same; against a `same_as` this is a case."""
        self._sameness(table, a, b, 0)

    def retract(self, op_ids: Iterable[bytes]) -> None:
        """Make operations void: they are no heads and supersede nothing any more."""
        self._about(RETRACT, op_ids)

    def admit(self, op_ids: Iterable[bytes]) -> None:
        """The county lets operations outside a device's scope count."""
        self._about(ADMIT, op_ids)

    def refuse(self, op_ids: Iterable[bytes]) -> None:
        """The county keeps operations outside the register."""
        self._about(REFUSE, op_ids)

    # --- inside --------------------------------------------------------------------------------------------------

    def _decide_sameness(self, spec: TableSpec, row_id: str, same: bool) -> None:
        """Retract the statements of the row's class that say otherwise."""
        self._flush()
        against = self.journal.sameness(self.sql, spec.id, bytes.fromhex(row_id), same=not same)
        if against:
            self.retract(op.op_id for op in against)

    def _existing(self, table: str, row_id: str) -> RowState:
        state = self._state(self._spec(table), row_id)
        if not state.exists:
            raise UsageError(f"没有这条记录：{table} {row_id}。")
        return state

    def _tell(self, tables: Iterable[int]) -> None:
        by_id = self.journal.schema.by_id
        self.kinds.update(by_id[t].name for t in tables if t in by_id)

    def changed_here(
        self, table: str, columns: Sequence[str]
    ) -> tuple[dict[str, dict[str, Value]], list[str]]:
        """Records this unit has changed in these columns (each a cell of its own), with what was seen of them before;
        and the records it has made."""
        self._flush()
        spec = self._spec(table)
        if table not in self.kinds:
            return {}, []
        named = {spec.by_column[c].id: c for c in columns}
        made: dict[str, None] = {}
        seen: dict[tuple[str, int], bytes] = {}
        for kind, row, cell, pred in self.sql.rows(
            "SELECT kind,row_id,cell,pred FROM op WHERE seq>=? AND tbl=? ORDER BY seq", (self.first_seq, spec.id)
        ):
            if kind in ROW_KINDS:
                made[bytes(row).hex()] = None
            elif kind == FIELD and cell in named:
                seen.setdefault((bytes(row).hex(), cell), max(split_ids(bytes(pred)), default=b""))
        ops = self.journal.operations_by_id(self.sql, {op for op in seen.values() if op})
        changed: dict[str, dict[str, Value]] = {}
        for (row, cell), op in seen.items():
            if row not in made:
                changed.setdefault(row, {})[named[cell]] = _stated(ops.get(op), cell)
        return changed, list(made)

    def finish(self) -> None:
        """Write what is pending; called by `Register.write` before the commit."""
        self._flush()

    def _spec(self, table: str) -> TableSpec:
        spec = self.journal.schema.by_name.get(table)
        if spec is None:
            raise UsageError(f"没有表 {table}。")
        return spec

    def _insert(self, kind: int, table: str, values: Mapping[str, Value], row_id: str) -> str:
        spec = self._spec(table)
        self._add(
            Operation(
                self.clock.tick(),
                kind,
                spec.id,
                bytes.fromhex(row_id),
                WHOLE_ROW,
                pack_row(cells_of(spec, values)),
                b"",
                self.unit_id,
            )
        )
        self.kinds.add(table)
        return row_id

    def _add(self, op: Operation) -> None:
        self._pending.append(op)
        self._open_rows.add(op.row)
        if op.kind not in (INSERT, ATTACH, FIELD, REMOVE):
            self._far_reaching = True
        if len(self._pending) >= BULK:
            self._flush()

    def _flush(self) -> None:
        if self._pending:
            pending, self._pending = self._pending, []
            self._open_rows.clear()
            self._far_reaching = False
            self._tell(self.journal.append(self.sql, self.first_seq + self.written, pending))
            self.written += len(pending)

    def _write_new(self, spec: TableSpec, batch: Mapping[str, Sequence[Value]]) -> list[str]:
        """Write new rows; a batch with an id that operations spoke of before (arrived early, undone) the long way."""
        count = len(next(iter(batch.values()), ()))
        given = batch["id"] if any(batch.get("id", ())) else None
        new = stored_rows(spec, {name: v for name, v in batch.items() if name != "id"}, count)
        ids = [str(i) if i else new_id() for i in given] if given is not None else new_ids(count)
        rows = list(map(bytes.fromhex, ids)) if given is not None else []
        twice = len(set(rows)) < len(rows)
        known = self.journal.mentioned(self.sql, spec.id, rows) if rows else set()
        if twice or any(state.exists for _, _, _, state in self.journal.states(self.sql, spec.id, known)):
            raise UsageError(f"表 {spec.name}：给定的编号已有记录，没有导入。")
        op_ids, seq = self.clock.ticks(count), self.first_seq + self.written
        if known:
            made = zip(op_ids, rows, new.packed(), strict=True)
            operations = [Operation(o, INSERT, spec.id, r, WHOLE_ROW, v, b"", self.unit_id) for o, r, v in made]
            self._tell(self.journal.append(self.sql, seq, operations))
        else:
            self.journal.append_new_rows(self.sql, seq, self.unit_id, op_ids, ids, new)
        self.written += count
        return ids

    def _state(self, spec: TableSpec, row_id: str) -> RowState:
        """The row's state with what this unit of work said; pending operations on other rows stay pending."""
        row = bytes.fromhex(row_id)
        if self._pending:
            members = self.journal.members(self.sql, spec.id, row)
            if self._far_reaching or not self._open_rows.isdisjoint(members):
                self._flush()
        return self.journal.state(self.sql, spec.id, row)

    def _field(self, spec: TableSpec, row_id: str, cell: int, value: Value, preds: Iterable[bytes]) -> None:
        self._add(
            Operation(
                self.clock.tick(),
                FIELD,
                spec.id,
                bytes.fromhex(row_id),
                cell,
                pack(value),
                join_ids(preds),
                self.unit_id,
            )
        )
        self.kinds.add(spec.name)

    def _tomb(self, table: str, row_id: str, removed: bool, seen: Seen | None) -> None:
        spec = self._spec(table)
        state = self._state(spec, row_id)
        preds = state.head_ids(TOMBSTONE) if seen is None else seen.heads.get(TOMBSTONE, ())
        heads = state.all_head_ids() if seen is None else seen.everything
        self._add(
            Operation(
                self.clock.tick(),
                REMOVE,
                spec.id,
                bytes.fromhex(row_id),
                TOMBSTONE,
                removal_value(removed, heads),
                join_ids(preds),
                self.unit_id,
            )
        )
        self.kinds.add(table)

    def _sameness(self, table: str, a: str, b: str, same: int) -> None:
        spec = self._spec(table)
        for row_id in (a, b):
            self._existing(table, row_id)
        if bytes.fromhex(a) == bytes.fromhex(b):
            raise UsageError("不能把一条记录与它自己比较。")
        low, high = sorted((bytes.fromhex(a), bytes.fromhex(b)))
        self._add(Operation(self.clock.tick(), SAME_AS, spec.id, low, SAMENESS, pack([high, same]), b"", self.unit_id))
        self.kinds.add(table)

    def _about(self, kind: int, op_ids: Iterable[bytes]) -> None:
        self._flush()
        ids = sorted(set(op_ids))
        tables = self.sql.in_chunks("SELECT DISTINCT tbl FROM op WHERE op_id IN (*)", ids)
        self.kinds.update(self.journal.schema.by_id[t].name for (t,) in tables if t in self.journal.schema.by_id)
        for start in range(0, len(ids), RETRACT_CHUNK):
            packed = b"".join(ids[start : start + RETRACT_CHUNK])
            self._add(Operation(self.clock.tick(), kind, 0, NO_ROW, 0, pack(packed), b"", self.unit_id))


def _by_column(rows: Iterable[Mapping[str, Value]]) -> Iterator[dict[str, list[Value]]]:
    rows = iter(rows)
    while batch := list(itertools.islice(rows, BULK)):
        names = dict.fromkeys(name for row in batch for name in row) or {"id": None}
        yield {name: [row.get(name) for row in batch] for name in names}


def _cells_named(spec: TableSpec, values: Mapping[str, Value]) -> list[CellSpec]:
    """The cells that the named columns and lists belong to, in cell order."""
    wanted: dict[int, CellSpec] = {}
    for name in values:
        cell = spec.by_column.get(name) or spec.by_name[name]
        wanted[cell.id] = cell
    return [wanted[c] for c in sorted(wanted)]


def _new_value(spec: TableSpec, cell: CellSpec, values: Mapping[str, Value], shown: Value) -> Value:
    """The cell's new value: given columns, the others as they were shown."""
    if cell.child_table is not None:
        return entered_list(spec, cell, values[cell.name])
    if len(cell.columns) == 1:
        return entered(spec, cell.columns[0], values[cell.columns[0]])
    before = parts_of(spec, cell, shown)
    parts = [entered(spec, c, values[c]) if c in values else before[i] for i, c in enumerate(cell.columns)]
    return parts if any(p is not None for p in parts) else None


def _entered_cell(spec: TableSpec, cell: CellSpec, value: Value) -> Value:
    """A whole cell's value as a decision gives it."""
    if cell.child_table is not None or len(cell.columns) == 1:
        return _new_value(spec, cell, {cell.name if cell.child_table else cell.columns[0]: value}, None)
    parts = value.values() if isinstance(value, Mapping) else value or ()
    return _new_value(spec, cell, dict(zip(cell.columns, parts, strict=False)), None)


def _stated(op: Operation | None, cell: int) -> Value:
    if op is None:
        return None
    value = unpack(op.value)
    return value.get(cell) if op.kind in ROW_KINDS else value


def shown_row(spec: TableSpec, state: RowState) -> dict[str, Value]:
    """Columns and list cells of a state as they are shown, named."""
    cells = state.shown_cells()
    row = columns_of(spec, cells)
    for cell in spec.cells:
        if cell.child_table is not None:
            lines = cells.get(cell.id)
            row[cell.name] = [
                dict(zip(cell.columns, parts_of(spec, cell, line), strict=True))
                for line in (lines if isinstance(lines, list) else ())
            ]
    return row
