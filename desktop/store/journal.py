"""The journal: operations go in, the tables follow. The only module that writes shared tables.

Everything is derived from the set of operations by `evaluate.py`; this module finds what a change touched, evaluates that,
and writes it. Callers hold one transaction (`Sql`) and commit it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from desktop.common.errors import PackageRefused
from desktop.store.admission import settle_admission
from desktop.store.database import Sql
from desktop.store.evaluate import RowState, evaluate_row, same_classes, void_retracts
from desktop.store.materialise import Materialiser
from desktop.store.operations import (
    ADMIT,
    REFUSE,
    RETRACT,
    SAME_AS,
    Operation,
    Value,
    split_ids,
    unpack,
)
from desktop.store.schema import Schema

RowKey = tuple[int, bytes]
OP_COLUMNS = "op_id,kind,tbl,row_id,cell,value,pred,unit"
INSERT_OP = f"INSERT INTO op (seq,{OP_COLUMNS},void,admitted) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
ABOUT_OPERATIONS = (RETRACT, ADMIT, REFUSE)


def operation(row: Sequence[Any]) -> Operation:
    """An Operation from a database row in OP_COLUMNS order."""
    op_id, kind, table, row_id, cell, value, pred, unit = row
    return Operation(bytes(op_id), kind, table, bytes(row_id), cell, bytes(value), bytes(pred), bytes(unit))


class Journal:
    """Reads and writes operations of one register; knows its shared tables."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.materialiser = Materialiser(schema)

    # --- writing -----------------------------------------------------------------------------------------------

    def next_seq(self, sql: Sql) -> int:
        """The arrival number the next operation gets."""
        return int(sql.scalar("SELECT COALESCE(MAX(seq),0) FROM op")) + 1

    def append_new_rows(self, sql: Sql, seq: int, rows: Sequence[tuple[Operation, Mapping[int, Value]]]) -> None:
        """Bulk path: inserts of rows that have no operation yet, all of one table, with their cell values."""
        sql.many(INSERT_OP, [(seq + i, *op, 0, 1) for i, (op, _) in enumerate(rows)])
        if rows:
            self.materialiser.write_new(sql, rows[0][0].table, [(op.row.hex(), cells) for op, cells in rows])

    def append(
        self, sql: Sql, seq: int, operations: Sequence[Operation], admitted: Sequence[int] | None = None
    ) -> None:
        """Store operations that are not there yet, and bring everything they touch into line."""
        if not operations:
            return
        flags = admitted if admitted is not None else [1] * len(operations)
        sql.many(
            INSERT_OP,
            [(seq + i, *op, 0, flag) for i, (op, flag) in enumerate(zip(operations, flags, strict=True))],
        )
        edges = [
            (target, op.op_id, op.kind, flag)
            for op, flag in zip(operations, flags, strict=True)
            if op.kind in ABOUT_OPERATIONS
            for target in set(split_ids(unpack(op.value)))
        ]
        sql.many('INSERT INTO void_edge (target,"by",kind,admitted) VALUES (?,?,?,?)', edges)
        touched: set[RowKey] = {(op.table, op.row) for op in operations if op.table}
        if self._about_others(sql, operations) or self._anything_waits(sql):
            touched |= self._settle(sql, recompute=self._touches_decisions(sql, operations))
        same_tables = self._tables_with_sameness(sql)
        for table in {t for t, _ in touched} & same_tables:
            touched |= self._settle_sameness(sql, table)
        self.refresh(sql, touched)

    def _about_others(self, sql: Sql, operations: Sequence[Operation]) -> bool:
        """Whether operations name others, or are named by a retract, admit or refuse that arrived before them."""
        if any(op.kind in ABOUT_OPERATIONS for op in operations):
            return True
        if sql.one("SELECT 1 FROM void_edge LIMIT 1") is None:
            return False
        named = sql.in_chunks("SELECT 1 FROM void_edge WHERE target IN (*)", [op.op_id for op in operations])
        return next(named, None) is not None

    def _anything_waits(self, sql: Sql) -> bool:
        """Whether an operation or a retract of a scoped device waits for its row's place to be known."""
        return (
            sql.one("SELECT 1 FROM op WHERE admitted <> 1 LIMIT 1") is not None
            or sql.one("SELECT 1 FROM void_edge WHERE admitted=0 LIMIT 1") is not None
        )

    def _touches_decisions(self, sql: Sql, operations: Sequence[Operation]) -> bool:
        """Whether admit or refuse decisions change, so that scope must be computed from the start."""
        if any(op.kind in (ADMIT, REFUSE) for op in operations):
            return True
        targets = {t for op in operations if op.kind == RETRACT for t in split_ids(unpack(op.value))}
        if any(k in (ADMIT, REFUSE) for (k,) in sql.in_chunks("SELECT kind FROM op WHERE op_id IN (*)", targets)):
            return True
        named = sql.in_chunks(
            f"SELECT 1 FROM void_edge WHERE kind<>{RETRACT} AND target IN (*)",
            [op.op_id for op in operations],
        )
        return next(named, None) is not None

    def _settle(self, sql: Sql, *, recompute: bool) -> set[RowKey]:
        """Voids and admission until both rest: a retract can void a decision, an admission can let a retract act."""
        touched = self._settle_voids(sql)
        touched |= settle_admission(sql, self.schema, recompute=recompute)
        while more := self._settle_voids(sql):
            touched |= more
            touched |= settle_admission(sql, self.schema, recompute=recompute)
        return touched

    def _settle_voids(self, sql: Sql) -> set[RowKey]:
        """Recompute what is void; the rows of operations that became void or live again."""
        edges: dict[bytes, list[bytes]] = defaultdict(list)
        for target, by in sql.rows(f'SELECT target,"by" FROM void_edge WHERE kind={RETRACT} AND admitted=1'):
            edges[bytes(by)].append(bytes(target))
        ineffective = void_retracts(edges)
        void_now = {t for r, targets in edges.items() if r not in ineffective for t in targets}
        changed: dict[int, list[bytes]] = {0: [], 1: []}
        touched: set[RowKey] = set()
        for op_id, table, row_id, void in sql.rows(
            f"SELECT op_id,tbl,row_id,void FROM op WHERE op_id IN (SELECT target FROM void_edge WHERE kind={RETRACT})"
        ):
            want = int(bytes(op_id) in void_now)
            if want != void:
                changed[want].append(bytes(op_id))
                touched.add((table, bytes(row_id)))
        for want, ids in changed.items():
            sql.run_in_chunks(f"UPDATE op SET void={want} WHERE op_id IN (*)", ids)
        return touched

    def _tables_with_sameness(self, sql: Sql) -> set[int]:
        return {int(t) for (t,) in sql.rows(f"SELECT DISTINCT tbl FROM op WHERE kind={SAME_AS}")}

    def _settle_sameness(self, sql: Sql, table: int) -> set[RowKey]:
        """Recompute which rows of a table are the same; the rows whose class changed."""
        pairs = []
        for row_id, value in sql.rows(
            f"SELECT row_id,value FROM op WHERE kind={SAME_AS} AND tbl=? AND void=0 AND admitted=1", (table,)
        ):
            other, same = unpack(bytes(value))
            if same:
                pairs.append((bytes(row_id), bytes(other)))
        now = same_classes(pairs)
        before = {
            bytes(r): bytes(c) for r, c in sql.rows("SELECT row_id,canonical FROM same_class WHERE tbl=?", (table,))
        }
        if now == before:
            return set()
        sql.run("DELETE FROM same_class WHERE tbl=?", (table,))
        sql.many(
            "INSERT INTO same_class (tbl,row_id,canonical) VALUES (?,?,?)",
            [(table, r, c) for r, c in now.items()],
        )
        changed = {r for r in now.keys() | before.keys() if now.get(r) != before.get(r)}
        classes = {now[r] for r in changed if r in now} | {before[r] for r in changed if r in before}
        changed |= {r for r, c in now.items() if c in classes}
        return {(table, r) for r in changed}

    def refresh(self, sql: Sql, touched: Iterable[RowKey]) -> None:
        """Evaluate the touched rows' classes and write tables and conflicts."""
        by_table: dict[int, set[bytes]] = defaultdict(set)
        for table, row in touched:
            if table:
                by_table[table].add(row)
        for table, rows in by_table.items():
            states = list(self.states(sql, table, rows))
            self.materialiser.write_states(sql, states)
            members = [m for _, _, found, _ in states for m in found]
            sql.run_in_chunks("DELETE FROM conflict WHERE tbl=? AND row_id IN (*)", members, (table,))
            sql.many(
                "INSERT INTO conflict (tbl,row_id,cell) VALUES (?,?,?)",
                [(table, rep, cell) for _, rep, _, state in states for cell in state.conflicts],
            )

    # --- reading -----------------------------------------------------------------------------------------------

    def classes(self, sql: Sql, table: int, rows: Iterable[bytes]) -> dict[bytes, list[bytes]]:
        """Representative → members for the classes of the rows; a row on its own is its own class."""
        rows = set(rows)
        rep = {
            bytes(r): bytes(c)
            for r, c in sql.in_chunks(
                "SELECT row_id,canonical FROM same_class WHERE tbl=? AND row_id IN (*)", rows, (table,)
            )
        }
        out = {row: [row] for row in rows if row not in rep}
        for row, canonical in sql.in_chunks(
            "SELECT row_id,canonical FROM same_class WHERE tbl=? AND canonical IN (*)",
            set(rep.values()),
            (table,),
        ):
            out.setdefault(bytes(canonical), []).append(bytes(row))
        return out

    def states(
        self, sql: Sql, table: int, rows: Iterable[bytes], *, keep: Callable[[Operation], bool] | None = None
    ) -> Iterator[tuple[int, bytes, list[bytes], RowState]]:
        """(table, representative, members, state) of the classes of the rows."""
        classes = self.classes(sql, table, rows)
        operations: dict[bytes, list[Operation]] = defaultdict(list)
        members = [m for found in classes.values() for m in found]
        for row in sql.in_chunks(
            f"SELECT {OP_COLUMNS} FROM op WHERE tbl=? AND row_id IN (*) AND void=0 AND admitted=1",
            members,
            (table,),
        ):
            op = operation(row)
            operations[op.row].append(op)
        for representative, found in classes.items():
            state = evaluate_row(op for m in found for op in operations.get(m, ()))
            yield table, representative, sorted(found), state

    def state(self, sql: Sql, table: int, row: bytes) -> RowState:
        """State of one row's class."""
        for _, _, _, state in self.states(sql, table, [row]):
            return state
        return RowState()

    def operations_by_id(self, sql: Sql, ids: Iterable[bytes]) -> dict[bytes, Operation]:
        """Operations by id, also void ones; those not here are left out."""
        found = (operation(r) for r in sql.in_chunks(f"SELECT {OP_COLUMNS} FROM op WHERE op_id IN (*)", ids))
        return {op.op_id: op for op in found}

    # --- receiving ---------------------------------------------------------------------------------------------

    def receive(self, sql: Sql, operations: Iterable[Operation]) -> list[Operation]:
        """Take in operations of other devices: what is here already is skipped, the rest appended; returns the new ones.

        The caller has stored units, replicas and device scopes. PackageRefused when an id is known with other content.
        """
        incoming: dict[bytes, Operation] = {}
        for op in operations:
            known = incoming.setdefault(op.op_id, op)
            if known != op:
                raise PackageRefused(f"包里有两条编号相同、内容不同的变更（{op.op_id.hex()}），没有合并任何内容。")
        here = self.operations_by_id(sql, incoming)
        for op_id, op in here.items():
            if incoming[op_id] != op:
                raise PackageRefused(f"包里的变更 {op_id.hex()} 与本库已有的同号变更内容不同，没有合并任何内容。")
        fresh = sorted(op for op_id, op in incoming.items() if op_id not in here)
        if fresh:
            limited = {
                bytes(r)
                for (r,) in sql.rows("SELECT replica_id FROM replica WHERE device IN (SELECT device FROM device_scope)")
            }
            flags = [0 if op.op_id[8:] in limited else 1 for op in fresh]
            self.append(sql, self.next_seq(sql), fresh, flags)
        return fresh

    # --- everything --------------------------------------------------------------------------------------------

    def all_states(self, sql: Sql, only: int | None = None) -> Iterator[tuple[int, bytes, list[bytes], RowState]]:
        """Every class of every table (or of one), by table; rows that are on their own in id order, then classes."""
        tables = (
            [only]
            if only is not None
            else [t for (t,) in sql.rows("SELECT DISTINCT tbl FROM op WHERE tbl<>0 ORDER BY tbl")]
        )
        for table in tables:
            grouped = {
                bytes(r): bytes(c) for r, c in sql.rows("SELECT row_id,canonical FROM same_class WHERE tbl=?", (table,))
            }
            members: dict[bytes, list[bytes]] = defaultdict(list)
            for row, canonical in grouped.items():
                members[canonical].append(row)
            batch: list[tuple[bytes, list[Operation]]] = []
            current: bytes | None = None
            for raw in sql.stream(
                f"SELECT {OP_COLUMNS} FROM op WHERE tbl=? AND void=0 AND admitted=1 ORDER BY row_id", (table,)
            ):
                op = operation(raw)
                if op.row in grouped:
                    continue
                if op.row != current:
                    if len(batch) >= 2000:
                        yield from ((table, row, [row], evaluate_row(ops)) for row, ops in batch)
                        batch = []
                    current = op.row
                    batch.append((op.row, []))
                batch[-1][1].append(op)
            yield from ((table, row, [row], evaluate_row(ops)) for row, ops in batch)
            if members:
                yield from sorted(self.states(sql, table, members), key=lambda item: item[1])

    def rebuild(self, sql: Sql) -> None:
        """All tables and derived marks anew from the operations alone."""
        self.materialiser.clear(sql)
        sql.run("DELETE FROM conflict")
        sql.run("DELETE FROM same_class")
        sql.run("UPDATE op SET void=0 WHERE void<>0")
        self._settle(sql, recompute=True)
        for table in self._tables_with_sameness(sql):
            self._settle_sameness(sql, table)
        batch: list[tuple[int, bytes, list[bytes], RowState]] = []
        for item in self.all_states(sql):
            batch.append(item)
            if len(batch) >= 5000:
                self._write_batch(sql, batch)
                batch = []
        self._write_batch(sql, batch)

    def _write_batch(self, sql: Sql, batch: list[tuple[int, bytes, list[bytes], RowState]]) -> None:
        self.materialiser.write_states(sql, batch)
        sql.many(
            "INSERT INTO conflict (tbl,row_id,cell) VALUES (?,?,?)",
            [(table, rep, cell) for table, rep, _, state in batch for cell in state.conflicts],
        )
