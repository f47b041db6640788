"""The journal: operations go in, the tables follow. The only module that writes shared tables.

Everything is derived from the set of operations by `evaluate.py`; this module finds what a change touched, evaluates
that, and writes it. Callers hold one transaction (`Sql`) and commit it.
"""

from __future__ import annotations

import heapq
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal

from desktop.common.errors import PackageRefused
from desktop.store.admission import DECISIONS, OPEN, Flip, claims_ended, limits_of, settle_admission, statement_of
from desktop.store.database import Sql, no_garbage_collection
from desktop.store.digest_parts import mark_changed, mark_everything
from desktop.store.evaluate import RowState, evaluate_row, same_classes, void_targets
from desktop.store.materialise import ClassState, Materialiser
from desktop.store.new_rows import NewRows
from desktop.store.operations import (
    ADMIT,
    FIELD,
    INSERT,
    REFUSE,
    REMOVE,
    RETRACT,
    SAME_AS,
    Operation,
    check,
    split_ids,
    unpack,
)
from desktop.store.schema import WHOLE_ROW, Schema

RowKey = tuple[int, bytes]
Touched = dict[RowKey, set[int] | None]
"""Rows that may look different now, with the cells edits and removals spoke of; None: anything may be different."""
OP_COLUMNS = "op_id,kind,tbl,row_id,cell,value,pred,unit"
BATCH = 2000
JUDGED_BY = "scopes_judged_by"
"""Name in `meta`: the scopes by which the standing of operations was last computed."""
INSERT_OP = f"INSERT INTO op (seq,{OP_COLUMNS},void,admitted) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
INSERT_EDGE = 'INSERT INTO void_edge (target,"by",kind,admitted) VALUES (?,?,?,?)'
INSERT_CONFLICT = "INSERT INTO conflict (tbl,row_id,cell) VALUES (?,?,?)"
ABOUT_OPERATIONS = (RETRACT, ADMIT, REFUSE)


def operation(row: Sequence[Any]) -> Operation:
    """An Operation from a database row in OP_COLUMNS order."""
    op_id, kind, table, row_id, cell, value, pred, unit = row
    return Operation(bytes(op_id), kind, table, bytes(row_id), cell, bytes(value), bytes(pred), bytes(unit))


class Journal:
    """Reads and writes operations of one register; knows its shared tables.

    `own_device` is the key of this register's device: what it wrote always counts here, whatever its certificate says.
    """

    def __init__(self, schema: Schema, own_device: bytes = b"") -> None:
        self.schema = schema
        self.own_device = own_device
        self.materialiser = Materialiser(schema)

    # --- writing -----------------------------------------------------------------------------------------------

    def next_seq(self, sql: Sql) -> int:
        """The arrival number the next operation gets."""
        return int(sql.scalar("SELECT COALESCE(MAX(seq),0) FROM op")) + 1

    def append_new_rows(
        self, sql: Sql, seq: int, unit: bytes, op_ids: Sequence[bytes], row_ids: Sequence[str], new: NewRows
    ) -> None:
        """Bulk path of local writing: inserts of rows nothing was said about before, all of one table."""
        columns = {
            "seq": range(seq, seq + new.count),
            "op_id": list(map(bytearray, op_ids)),  # the driver takes these as they are, other than bytes
            "row_id": list(map(bytearray.fromhex, row_ids)),
            "value": list(map(bytearray, new.packed())),
        }
        same: dict[str, int | bytes] = {
            "kind": INSERT, "tbl": new.spec.id, "cell": WHOLE_ROW, "pred": b"", "unit": unit, "void": 0, "admitted": 1,
        }  # fmt: skip
        sql.insert("op", columns, new.count, same)
        mark_changed(sql, new.spec.id, map(bytes.fromhex, row_ids))
        self.materialiser.write_new(sql, row_ids, new)

    def mentioned(self, sql: Sql, table: int, rows: Iterable[bytes]) -> set[bytes]:
        """Those of the rows that some operation speaks of already, live or not."""
        rows = list(rows)
        spoken = sql.in_chunks("SELECT row_id FROM op WHERE tbl=? AND row_id IN (*)", rows, (table,))
        found = {bytes(r) for (r,) in spoken}
        if self._has_classes(sql, table):
            named = sql.in_chunks("SELECT row_id FROM same_class WHERE tbl=? AND row_id IN (*)", rows, (table,))
            found.update(bytes(r) for (r,) in named)
        return found

    def append(
        self, sql: Sql, seq: int, operations: Sequence[Operation], admitted: Sequence[int] | None = None
    ) -> set[int]:
        """Store operations that are not there yet, and bring everything they touch into line.

        Returns the numbers of the tables whose rows may look different now.
        """
        if not operations:
            return set()
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
        sql.many(INSERT_EDGE, edges)
        touched = _touched_cells(operations)
        sameness = {op.table for op in operations if op.kind == SAME_AS}
        named = self._named(sql, operations)
        decisions = any(op.kind in DECISIONS for op in operations) or any(k != RETRACT for k in named.values())
        limits = limits_of(sql, self.own_device)
        full = claims_ended(sql, limits, operations)
        look = full or bool(named) or decisions or not all(flags)
        if look or any(op.kind == RETRACT for op in operations) or self._may_let_in(sql, operations):
            dirty = {t for op in operations if op.kind == RETRACT for t in split_ids(unpack(op.value))} | named.keys()
            for flip in self._settle(sql, dirty, decisions=decisions, full=full):
                touched[flip.table, flip.row] = None
                if flip.kind == SAME_AS:
                    sameness.add(flip.table)
        return self._bring_into_line(sql, touched, sameness)

    def settle(self, sql: Sql, *, full: bool = False) -> set[int]:
        """Look again at what waits (scopes changed, rows came in bulk); `full`: at the standing of every operation.

        Returns the numbers of the tables whose rows may look different now.
        """
        full = self._scopes_changed(sql) == "turned" or full
        flips = self._settle(sql, set(), decisions=full, full=full)
        return self._bring_into_line(
            sql, dict.fromkeys((f.table, f.row) for f in flips), {f.table for f in flips if f.kind == SAME_AS}
        )

    def _scopes_changed(self, sql: Sql) -> Literal["", "grown", "turned"]:
        """What became of the devices' scopes since operations were last judged: nothing, more divisions, or a device
        that has operations here is limited now and was not, or the other way round (then all must be judged anew).
        """
        now = {bytes(d).hex(): str(codes) for d, codes in sql.rows("SELECT device,codes FROM device_scope")}
        text = json.dumps(now, sort_keys=True)
        applied = sql.scalar("SELECT value FROM meta WHERE name=?", (JUDGED_BY,))
        if applied == text or (applied is None and not now):
            return ""
        before: dict[str, str] = json.loads(applied) if applied else {}
        sql.run(
            "INSERT INTO meta (name,value) VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value=excluded.value",
            (JUDGED_BY, text),
        )
        for device, codes in now.items():
            was, is_now = (OPEN not in c.split(",") for c in (before.get(device, OPEN), codes))
            if was is not is_now and self._wrote_here(sql, bytes.fromhex(device)):
                return "turned"
        return "grown"

    def _wrote_here(self, sql: Sql, device: bytes) -> bool:
        return sql.one("SELECT 1 FROM replica WHERE device=? LIMIT 1", (device,)) is not None

    def _named(self, sql: Sql, operations: Sequence[Operation]) -> dict[bytes, int]:
        """Operations that a retract, admit or refuse named before they arrived → kind of what names them."""
        if sql.one("SELECT 1 FROM void_edge LIMIT 1") is None:
            return {}
        found: dict[bytes, int] = {}
        for target, kind in sql.in_chunks(
            "SELECT target,kind FROM void_edge WHERE target IN (*)", [op.op_id for op in operations]
        ):
            found[bytes(target)] = max(kind, found.get(bytes(target), 0))
        return found

    def _may_let_in(self, sql: Sql, operations: Sequence[Operation]) -> bool:
        """Whether something of a limited device waits and an operation here says where a row lies."""
        if not self.anything_waits(sql):
            return False
        by_id = self.schema.by_id
        return any(statement_of(by_id.get(op.table), op.kind, op.cell, op.value) is not None for op in operations)

    def anything_waits(self, sql: Sql) -> bool:
        """Whether an operation or a retract of a limited device waits for its row's place to be known."""
        return (
            sql.one("SELECT 1 FROM op WHERE admitted<>1 LIMIT 1") is not None
            or sql.one("SELECT 1 FROM void_edge WHERE admitted=0 LIMIT 1") is not None
        )

    def _settle(self, sql: Sql, dirty: set[bytes], *, decisions: bool, full: bool = False) -> list[Flip]:
        """Voids and admission after `dirty` operations may have become void or live; what counts differently now.

        Retractions of limited devices touch no decision, so two rounds of voids reach rest.
        """
        flips = self._settle_voids(sql, dirty)
        limits = limits_of(sql, self.own_device)
        if limits or full:
            decisions = decisions or any(flip.kind in DECISIONS for flip in flips)
            let_in, again = settle_admission(sql, self.schema, limits, decisions=decisions, full=full)
            flips += let_in + self._settle_voids(sql, again)
        return flips

    def _settle_voids(self, sql: Sql, dirty: set[bytes]) -> list[Flip]:
        """Recompute whether these operations are void, and what follows from it; those that changed."""
        flips: list[Flip] = []
        while dirty:
            edges: dict[bytes, list[bytes]] = defaultdict(list)
            loaded: set[bytes] = set()
            asked = dirty
            while asked:
                loaded |= asked
                found: set[bytes] = set()
                for target, by in sql.in_chunks(
                    f'SELECT target,"by" FROM void_edge WHERE kind={RETRACT} AND admitted=1 AND target IN (*)', asked
                ):
                    edges[bytes(by)].append(bytes(target))
                    found.add(bytes(by))
                asked = found - loaded
            void_now = void_targets(edges)
            changed: dict[int, list[bytes]] = {0: [], 1: []}
            follow: set[bytes] = set()
            for op_id, kind, table, row_id, void, value in sql.in_chunks(
                f"SELECT op_id,kind,tbl,row_id,void,CASE WHEN kind={RETRACT} THEN value END FROM op WHERE op_id IN (*)",
                dirty,
            ):
                want = int(bytes(op_id) in void_now)
                if want != void:
                    changed[want].append(bytes(op_id))
                    flips.append(Flip(bytes(op_id), kind, table, bytes(row_id)))
                    if kind == RETRACT:
                        follow.update(split_ids(unpack(bytes(value))))
            for want, ids in changed.items():
                sql.run_in_chunks(f"UPDATE op SET void={want} WHERE op_id IN (*)", ids)
            dirty = follow
        return flips

    def _bring_into_line(self, sql: Sql, touched: Touched, sameness: set[int]) -> set[int]:
        for table in sameness:
            touched.update(dict.fromkeys(self._settle_sameness(sql, table)))
        return self.refresh(sql, touched)

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
        changed = {r for r in now.keys() | before.keys() if now.get(r) != before.get(r)}
        sql.run_in_chunks("DELETE FROM same_class WHERE tbl=? AND row_id IN (*)", changed, (table,))
        sql.many(
            "INSERT INTO same_class (tbl,row_id,canonical) VALUES (?,?,?)",
            [(table, r, now[r]) for r in changed if r in now],
        )
        classes = {now[r] for r in changed if r in now} | {before[r] for r in changed if r in before}
        changed |= {r for r, c in now.items() if c in classes}
        return {(table, r) for r in changed}

    def refresh(self, sql: Sql, touched: Touched) -> set[int]:
        """Evaluate the touched rows' classes and write tables and conflicts; the numbers of the tables."""
        by_table: dict[int, dict[bytes, set[int] | None]] = defaultdict(dict)
        for (table, row), cells in touched.items():
            if table:
                by_table[table][row] = cells
        for table, cells_of in by_table.items():
            rows = sorted(cells_of)
            if self._has_classes(sql, table):
                rows = list(self.classes(sql, table, rows))  # a class at once, never half in one batch
            for start in range(0, len(rows), BATCH):
                states = list(self.states(sql, table, rows[start : start + BATCH]))
                self.materialiser.write_states(sql, states, cells_of)
                self._write_conflicts(sql, table, states)
            mark_changed(sql, table, {*cells_of, *rows})
        return set(by_table)

    def _write_conflicts(self, sql: Sql, table: int, states: list[ClassState]) -> None:
        if sql.one("SELECT 1 FROM conflict WHERE tbl=? LIMIT 1", (table,)) is not None:
            members = [m for _, _, found, _ in states for m in found]
            sql.run_in_chunks("DELETE FROM conflict WHERE tbl=? AND row_id IN (*)", members, (table,))
        sql.many(INSERT_CONFLICT, [(table, rep, cell) for _, rep, _, state in states for cell in state.conflicts])

    # --- reading -----------------------------------------------------------------------------------------------

    def _has_classes(self, sql: Sql, table: int) -> bool:
        return sql.one("SELECT 1 FROM same_class WHERE tbl=? LIMIT 1", (table,)) is not None

    def classes(self, sql: Sql, table: int, rows: Iterable[bytes]) -> dict[bytes, list[bytes]]:
        """Representative → members for the classes of the rows; a row on its own is its own class."""
        rows = set(rows)
        if not self._has_classes(sql, table):
            return {row: [row] for row in rows}
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
        self, sql: Sql, table: int, rows: Iterable[bytes]
    ) -> Iterator[ClassState]:
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
            state = evaluate_row((op for m in found for op in operations.get(m, ())), found)
            yield table, representative, sorted(found), state

    def state(self, sql: Sql, table: int, row: bytes) -> RowState:
        """State of one row's class."""
        for _, _, _, state in self.states(sql, table, [row]):
            return state
        return RowState()

    def members(self, sql: Sql, table: int, row: bytes) -> list[bytes]:
        """The rows of a row's class; the row alone when it is on its own."""
        return next(iter(self.classes(sql, table, [row]).values()))

    def sameness(self, sql: Sql, table: int, row: bytes, *, same: bool) -> list[Operation]:
        """Live statements within a row's class that its rows are the same (or, not `same`, that they differ)."""
        members = set(self.members(sql, table, row))
        found = []
        for raw in sql.in_chunks(
            f"SELECT {OP_COLUMNS} FROM op WHERE tbl=? AND row_id IN (*) AND kind={SAME_AS} AND void=0 AND admitted=1",
            members,
            (table,),
        ):
            op = operation(raw)
            other, says_same = unpack(op.value)
            if bool(says_same) is same and other in members:
                found.append(op)
        return sorted(found)

    def operations_by_id(self, sql: Sql, ids: Iterable[bytes]) -> dict[bytes, Operation]:
        """Operations by id, also void ones; those not here are left out."""
        found = (operation(r) for r in sql.in_chunks(f"SELECT {OP_COLUMNS} FROM op WHERE op_id IN (*)", ids))
        return {op.op_id: op for op in found}

    # --- receiving ---------------------------------------------------------------------------------------------

    def receive(self, sql: Sql, operations: Iterable[Operation]) -> tuple[list[Operation], set[int]]:
        """Take in operations of other devices: what is here already is skipped, the rest appended.

        Returns the new ones and the numbers of the tables whose rows may look different now. The caller has stored
        units, replicas and device scopes. PackageRefused when an operation is malformed, comes without its unit of
        work or its replica's device, or when an id is known with other content.
        """
        incoming: dict[bytes, Operation] = {}
        for op in operations:
            known = incoming.setdefault(op.op_id, op)
            if known is not op and known != op:
                raise PackageRefused(f"包里有两条编号相同、内容不同的变更（{op.op_id.hex()}），没有合并任何内容。")
        here = self.operations_by_id(sql, incoming)
        for op_id, op in here.items():
            if incoming[op_id] != op:
                raise PackageRefused(f"包里的变更 {op_id.hex()} 与本库已有的同号变更内容不同，没有合并任何内容。")
        fresh = sorted(op for op_id, op in incoming.items() if op_id not in here)
        scopes = self._scopes_changed(sql)
        tables = self.settle(sql, full=scopes == "turned") if scopes else set[int]()
        if not fresh:
            return [], tables
        _refuse_malformed(fresh)
        self._refuse_unexplained(sql, fresh)
        limited = limits_of(sql, self.own_device).keys()
        flags = [0 if op.op_id[8:] in limited else 1 for op in fresh]
        with no_garbage_collection():
            return fresh, tables | self.append(sql, self.next_seq(sql), fresh, flags)

    def _refuse_unexplained(self, sql: Sql, fresh: Sequence[Operation]) -> None:
        """Who, when and why must be known of every operation, and which device made it (its scope hangs on that)."""
        for wanted, statement in (
            ({op.op_id[8:] for op in fresh}, "SELECT replica_id FROM replica WHERE replica_id IN (*)"),
            ({op.unit for op in fresh}, "SELECT unit_id FROM unit WHERE unit_id IN (*)"),
        ):
            if len(list(sql.in_chunks(statement, wanted))) < len(wanted):
                raise PackageRefused("包里有变更没有说明出自哪台设备或哪次操作，没有合并任何内容。")

    # --- everything --------------------------------------------------------------------------------------------

    def all_states(
        self, sql: Sql, only: int | None = None, between: tuple[bytes, bytes] | None = None
    ) -> Iterator[ClassState]:
        """Every class of every table (or of one; or those whose representatives lie between two ids), by table and id
        of the representative.
        """
        tables = (
            [only]
            if only is not None
            else [t for (t,) in sql.rows("SELECT DISTINCT tbl FROM op WHERE tbl<>0 ORDER BY tbl")]
        )
        for table in tables:
            grouped = self._ids_in_classes(sql, table, "row_id", between)
            alone = self._states_alone(sql, table, grouped, between)
            heads = self._ids_in_classes(sql, table, "canonical", between)
            classes = sorted(self.states(sql, table, heads), key=_representative) if heads else []
            yield from heapq.merge(alone, classes, key=_representative) if classes else alone

    def _ids_in_classes(self, sql: Sql, table: int, column: str, between: tuple[bytes, bytes] | None) -> set[bytes]:
        """Rows of a table that are in a class with another, or the classes' representatives, by `column`."""
        within = "" if between is None else f" AND {column} BETWEEN ? AND ?"
        statement = f"SELECT DISTINCT {column} FROM same_class WHERE tbl=?{within}"
        return {bytes(r) for (r,) in sql.rows(statement, (table, *(between or ())))}

    def _states_alone(
        self, sql: Sql, table: int, grouped: Collection[bytes], between: tuple[bytes, bytes] | None
    ) -> Iterator[ClassState]:
        """The rows of a table that are in no class with another, in the order of their ids."""
        within = "" if between is None else " AND row_id BETWEEN ? AND ?"
        batch: list[tuple[bytes, list[Operation]]] = []
        current: bytes | None = None
        for raw in sql.stream(
            f"SELECT {OP_COLUMNS} FROM op WHERE tbl=?{within} AND void=0 AND admitted=1 ORDER BY row_id",
            (table, *(between or ())),
        ):
            op = operation(raw)
            if op.row in grouped:
                continue
            if op.row != current:
                if len(batch) >= BATCH:
                    yield from ((table, row, [row], evaluate_row(ops)) for row, ops in batch)
                    batch = []
                current = op.row
                batch.append((op.row, []))
            batch[-1][1].append(op)
        yield from ((table, row, [row], evaluate_row(ops)) for row, ops in batch)

    def rebuild(self, sql: Sql) -> None:
        """All tables and derived marks anew from the operations alone."""
        self.materialiser.clear(sql)
        sql.run("DELETE FROM conflict")
        sql.run("DELETE FROM same_class")
        sql.run("DELETE FROM void_edge")
        sql.run("UPDATE op SET void=0,admitted=1 WHERE void<>0 OR admitted<>1")
        limits = limits_of(sql, self.own_device)
        targets: set[bytes] = set()
        for op_id, kind, value in sql.rows("SELECT op_id,kind,value FROM op WHERE tbl=0"):
            if kind in ABOUT_OPERATIONS:
                named = set(split_ids(unpack(bytes(value))))
                flag = 0 if bytes(op_id)[8:] in limits else 1
                sql.many(INSERT_EDGE, [(target, bytes(op_id), kind, flag) for target in named])
                targets |= named
        self._scopes_changed(sql)
        self._settle(sql, targets, decisions=True, full=True)
        for (table,) in sql.rows(f"SELECT DISTINCT tbl FROM op WHERE kind={SAME_AS}"):
            self._settle_sameness(sql, table)
        batch: list[ClassState] = []
        for item in self.all_states(sql):
            batch.append(item)
            if len(batch) >= BATCH:
                self._write_batch(sql, batch)
                batch = []
        self._write_batch(sql, batch)
        mark_everything(sql)

    def _write_batch(self, sql: Sql, batch: list[ClassState]) -> None:
        self.materialiser.write_states(sql, batch)
        sql.many(INSERT_CONFLICT, [(table, rep, cell) for table, rep, _, state in batch for cell in state.conflicts])


def _representative(item: ClassState) -> bytes:
    return item[1]


def _touched_cells(operations: Iterable[Operation]) -> Touched:
    touched: Touched = {}
    for op in operations:
        key = (op.table, op.row)
        if op.kind == FIELD or op.kind == REMOVE:
            cells = touched.setdefault(key, set())
            if cells is not None:
                cells.add(op.cell)
        else:
            touched[key] = None
    return touched


def _refuse_malformed(operations: Iterable[Operation]) -> None:
    for op in operations:
        try:
            check(op)
        except ValueError:
            raise PackageRefused(f"包里的变更 {op.op_id.hex()} 格式有误，没有合并任何内容。") from None
