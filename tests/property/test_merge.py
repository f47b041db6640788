"""Any number of devices, any edits, any delivery: the same operations are the same register, and nothing is lost.

`HYPOTHESIS_PROFILE=thorough` runs it as long as it takes to believe it; `MERGE_EXAMPLES` and `MERGE_STEPS` override.
"""

from __future__ import annotations

import itertools
import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine

from desktop.store.register import Register
from desktop.store.schema import SAMENESS, TOMBSTONE, Schema
from desktop.store.unit_of_work import Seen
from tests.property.oracle import Oracle, Placing
from tests.store.registers import (
    NEWER,
    NOON,
    SMALL,
    YEAR,
    EnginePool,
    TestClock,
    child_rows,
    copy_register,
    deliver,
    everything,
    limit,
    open_register,
    pack_up,
    raw,
    table_rows,
)

PLACING = {
    1: Placing(),
    2: Placing(code=(1, 1)),
    3: Placing(parents=((1, None),)),
    8: Placing(county_only=True),
    30: Placing(),
}
EAST, WEST = "4407051001", "4407051002"
ROWS = {table: [f"{table:02x}{i:030x}" for i in range(3)] for table in (1, 2, 3, 8)}
VISITS = [f"30{i:030x}" for i in range(2)]
TABLE_OF = {1: "party", 2: "household", 3: "person", 8: "setting", 30: "visit"}
COLUMN_OF = {
    1: ["name"],
    2: ["phone", "quantity", "unit", "parts", "size", "division_code"],
    3: ["name", "household_id"],
}
MAX_DEVICES = 6

small = st.integers(0, 5)
years = st.integers(-30, 30)
seeds = st.integers(0, 1 << 16)


@dataclass
class Device:
    """A laptop or the county: a register, its clock, and what was once backed up from it."""

    register: Register
    engine: Engine
    clock: TestClock
    key: bytes
    schema: Schema
    drafts: list[tuple[Seen, int, str]] = field(default_factory=list)
    backups: list[Engine] = field(default_factory=list)


@dataclass
class Said:
    """A value a person put into a cell, what was on screen for that cell, and in which unit of work."""

    op: bytes
    table: int
    row: str
    cell: int
    value: Any
    saw: set[str]


class Exchange(RuleBasedStateMachine):
    """Devices write, exchange and are copied; the oracle is asked after every step about the device that acted."""

    places: EnginePool

    def __init__(self) -> None:
        super().__init__()
        self.places.start()
        self.devices: list[Device] = []
        self.all: dict[bytes, Any] = {}
        self.home: dict[bytes, tuple[Any, bytes, bytes]] = {}
        """Operation → (its unit, its replica, the device's key), as packages must name them."""
        self.device_of: dict[bytes, bytes] = {}
        self.scopes: dict[bytes, tuple[str, ...]] = {}
        self.said: list[Said] = []
        self.values = itertools.count(100)

    # --- devices -----------------------------------------------------------------------------------------------

    @initialize(
        newer=st.booleans(),
        scoped=st.sampled_from(["", EAST, EAST]),
        skews=st.lists(st.integers(-3, 3), min_size=3, max_size=3),
        shared=st.booleans(),
    )
    def begin(self, newer: bool, scoped: str, skews: list[int], shared: bool) -> None:
        if scoped:
            self.scopes = {b"B" * 32: (scoped,)}
        for letter, skew, schema in zip(b"ABC", skews, (SMALL, SMALL, NEWER if newer else SMALL), strict=True):
            self._device(bytes([letter]) * 32, schema, TestClock(NOON + skew * YEAR))
        if shared:  # what everybody has before they part
            first = self.devices[0]
            rows = [{"id": r, "division_code": c, "phone": r[-1:]} for r, c in zip(ROWS[2], (EAST, WEST), strict=False)]
            people = [{"id": r, "household_id": h, "name": "甲"} for r, h in zip(ROWS[3], ROWS[2], strict=True)]
            self._write(first, lambda w: (w.insert_many("household", rows), w.insert_many("person", people)))
            for other in self.devices[1:]:
                deliver(pack_up(first.register), other.register)

    def _device(self, key: bytes, schema: Schema, clock: TestClock, copy_of: Engine | None = None) -> Device:
        engine = self.places.take(schema)
        if copy_of is not None:
            copy_register(copy_of, engine, schema)
        device = Device(open_register(engine, schema, device=key, now=clock), engine, clock, key, schema)
        if copy_of is None:
            for scoped, codes in self.scopes.items():
                limit(device.register, scoped, *codes)
        self.devices.append(device)
        return device

    def at(self, number: int) -> Device:
        return self.devices[number % len(self.devices)]

    @rule(d=small, what=st.sampled_from(["copy", "back up", "restore", "restore", "clock", "reopen"]), years=years)
    def something_happens_to_the_machine(self, d: int, what: str, years: int) -> None:
        device = self.at(d)
        if what == "copy" and len(self.devices) < MAX_DEVICES:  # the folder is copied, and both go on
            self._device(device.key, device.schema, TestClock(max(1, NOON + years * YEAR)), device.engine)
        elif what == "back up" and len(device.backups) < 2:
            kept = self.places.take(device.schema)
            copy_register(device.engine, kept, device.schema)
            device.backups.append(kept)
        elif what == "restore" and device.backups:  # goes on without what was written since
            copy_register(device.backups[-1], device.engine, device.schema)
            device.drafts.clear()
            self._reopen(device)
            self._check(device)
        elif what == "clock":
            device.clock.at = max(1, NOON + years * YEAR)
        else:
            self._reopen(device)

    def _reopen(self, device: Device) -> None:
        device.register = open_register(device.engine, device.schema, device=device.key, now=device.clock)

    # --- writing -----------------------------------------------------------------------------------------------

    def _write(self, device: Device, what: Any, reason: str = "改") -> list[Any]:
        """Run one unit of work; what it wrote is acknowledged from here on."""
        before = {op.op_id for op in everything(device.register)}
        with device.register.write(reason) as w:
            what(w)
        assert w.result is not None
        written = [op for op in everything(device.register) if op.op_id not in before]
        assert len(written) == w.result.operations
        packed = pack_up(device.register, written)
        units = {u.unit_id: u for u in packed.units}
        for op in written:
            assert op.op_id not in self.all, "an operation id was issued twice"
            self.all[op.op_id] = op
            self.home[op.op_id] = (units[op.unit], op.op_id[8:], device.key)
            self.device_of[op.op_id[8:]] = device.key
        self._check(device)
        return written

    def _on_screen(self, device: Device, table: int, row: str, cell: int) -> set[str]:
        """All values a person sees for a cell: the shown one and those in conflict with it."""
        for line in self._dump(device):
            if line["t"] == table and row in (line["r"], *line.get("m", ())):
                return {json.dumps(v) for v in line["c"].get(str(cell), [])}
        return set()

    def _note(self, device: Device, written: list[Any], table: int, row: str, saw: dict[int, set[str]]) -> None:
        values = Oracle(written, PLACING).value
        for op in written:
            if (op.table, op.row.hex()) != (table, row):
                continue
            if op.kind == 1:
                for cell, value in values[op.op_id].items():
                    self.said.append(Said(op.op_id, table, row, cell, value, set()))
            elif op.kind == 2:
                self.said.append(Said(op.op_id, table, row, op.cell, values[op.op_id], saw.get(op.cell, set())))

    def _new_values(self, table: int, pick: random.Random) -> dict[str, Any]:
        """Values of a new row; mostly values nobody else has, so that a lost one is found out."""
        one = lambda: f"v{next(self.values)}" if pick.random() < 0.7 else f"v{pick.randrange(3)}"  # noqa: E731
        if table == 2:
            code = pick.choice([EAST + "01", WEST + "01", None])
            rows = [[f"s{pick.randrange(3)}", next(self.values)] for _ in range(pick.randrange(3))]
            made = {"division_code": code, "phone": one(), "quantity": one(), "unit": "m", "parts": rows}
            return made | {"size": next(self.values)}
        if table == 3:
            return {"household_id": pick.choice(ROWS[2]), "name": one()}
        return {"value" if table == 8 else "note" if table == 30 else "name": one()}

    def _change_of(self, table: int, column: str, pick: random.Random) -> Any:
        if pick.random() < 0.1:
            return None
        if column == "parts":
            return [[f"s{pick.randrange(3)}", next(self.values)] for _ in range(pick.randrange(3))]
        if column == "size":
            return next(self.values) if pick.random() < 0.7 else pick.randrange(2)
        if column == "division_code":
            return pick.choice([EAST, WEST]) + pick.choice(["01", "02"])
        if column == "household_id":
            return pick.choice(ROWS[2])
        return f"v{next(self.values)}" if pick.random() < 0.7 else f"v{pick.randrange(3)}"

    @rule(d=small, table=st.sampled_from([1, 2, 2, 3, 8]), i=st.integers(0, 2), seed=seeds)
    def make_the_same_row(self, d: int, table: int, i: int, seed: int) -> None:
        """Two laptops that worked alone make the same row."""
        device, row = self.at(d), ROWS[table][i]
        values = self._new_values(table, random.Random(seed))
        written = self._write(device, lambda w: w.ensure(TABLE_OF[table], row, values))
        self._note(device, written, table, row, {})

    @rule(d=small, n=st.integers(1, 3), seed=seeds, given=st.booleans())
    def import_rows(self, d: int, n: int, seed: int, given: bool) -> None:
        """The bulk path, also onto ids that others' operations may have named before."""
        device, pick = self.at(d), random.Random(seed)
        free = [r for r in ROWS[2] if device.register.row("household", r) is None]
        rows = [self._new_values(2, pick) | ({"id": r} if given else {}) for r in (free if given else ROWS[2])[:n]]
        if not given:
            for values in rows:
                values["id"] = f"bb{next(self.values):030x}"
        written = self._write(device, lambda w: w.insert_many("household", rows))
        for values in rows:
            self._note(device, written, 2, values["id"], {})

    def _known_rows(self, device: Device) -> list[tuple[int, str]]:
        lines = [(ln["t"], m) for ln in self._dump(device) if "o" not in ln for m in ln.get("m", [ln["r"]])]
        return [(t, r) for t, r in lines if t in (1, 2, 3, 8) or device.schema is NEWER]

    @rule(d=small, r=st.integers(0, 30), c=small, seed=seeds)
    def change(self, d: int, r: int, c: int, seed: int) -> None:
        device = self.at(d)
        rows = self._known_rows(device)
        if not rows:
            return
        table, row = rows[r % len(rows)]
        columns = COLUMN_OF.get(table, ["value"] if table == 8 else ["note", "mood"])
        if table == 2 and device.schema is NEWER:
            columns = [*columns, "wish"]
        column = columns[c % len(columns)]
        spec = device.schema.by_id[table]
        cell = (spec.by_column.get(column) or spec.by_name[column]).id
        saw = self._on_screen(device, table, row, cell)
        value = self._change_of(table, column, random.Random(seed))
        written = self._write(device, lambda w: w.change(TABLE_OF[table], row, {column: value}))
        assert len(written) <= 1
        self._note(device, written, table, row, {cell: saw})

    @precondition(lambda self: any(d.schema is NEWER for d in self.devices))
    @rule(i=st.integers(0, 1), seed=seeds)
    def newer_table(self, i: int, seed: int) -> None:
        device = next(d for d in self.devices if d.schema is NEWER)
        values = self._new_values(30, random.Random(seed))
        written = self._write(device, lambda w: w.ensure("visit", VISITS[i], values))
        self._note(device, written, 30, VISITS[i], {})

    @rule(d=small, r=st.integers(0, 30), back=st.booleans())
    def remove_or_restore(self, d: int, r: int, back: bool) -> None:
        device = self.at(d)
        rows = self._known_rows(device)
        if rows:
            table, row = rows[r % len(rows)]
            self._write(device, lambda w: (w.restore if back else w.remove)(TABLE_OF[table], row))

    @rule(d=small, table=st.sampled_from([2, 2, 3]), a=st.integers(0, 9), b=st.integers(0, 9), same=st.booleans())
    def same_or_different(self, d: int, table: int, a: int, b: int, same: bool) -> None:
        device = self.at(d)
        rows = sorted(r for t, r in self._known_rows(device) if t == table)
        if len(rows) > 1 and a % len(rows) != b % len(rows):
            x, y = rows[a % len(rows)], rows[b % len(rows)]
            self._write(device, lambda w: (w.same_as if same or a % 2 else w.different)(TABLE_OF[table], x, y))

    # --- drafts ------------------------------------------------------------------------------------------------

    @rule(d=small, r=st.integers(0, 30))
    def open_draft(self, d: int, r: int) -> None:
        device = self.at(d)
        rows = [(t, x) for t, x in self._known_rows(device) if t == 2]
        if rows:
            table, row = rows[r % len(rows)]
            seen = device.register.seen(TABLE_OF[table], row)
            device.drafts.append((Seen.from_plain(json.loads(json.dumps(seen.to_plain()))), table, row))

    @precondition(lambda self: any(d.drafts for d in self.devices))
    @rule(d=small, what=st.sampled_from(["phone", "phone", "size", "remove"]), other=small, seed=seeds)
    def save_draft(self, d: int, what: str, other: int, seed: int) -> None:
        """What a person saw when the draft was opened is what the change supersedes, whatever was merged since."""
        device = self.at(d) if self.at(d).drafts else next(x for x in self.devices if x.drafts)
        busy = self.at(other)
        row = device.drafts[0][2]
        if busy is not device and busy.register.row("household", row) is not None:  # meanwhile somebody else …
            column = "phone" if what == "remove" else what
            cell = busy.schema["household"].by_column[column].id
            saw = self._on_screen(busy, 2, row, cell)
            value = self._change_of(2, column, random.Random(seed))
            written = self._write(busy, lambda w: w.change("household", row, {column: value}))
            self._note(busy, written, 2, row, {cell: saw})
            deliver(pack_up(busy.register), device.register)
        seen, table, row = device.drafts.pop(0)
        if device.register.row("household", row) is None:
            return  # the record was undone meanwhile
        spec = device.schema["household"]
        if what == "remove":
            self._write(device, lambda w: w.remove("household", row, seen))
            heads = self._oracle(device).rows
            now = next(x for (t, _), x in heads.items() if t == table and bytes.fromhex(row) in x.members)
            unseen = {h for cell in now.heads.values() for h in cell} - seen.everything
            assert not (unseen and now.removed), "a removal took an edit with it that nobody had seen"
            return
        cell = spec.by_column[what].id
        mine = f"d{next(self.values)}" if what == "phone" else next(self.values)
        heads_before = set(raw_heads(device.register, table, row, cell))
        saw = {json.dumps(self.all_value(h, cell)) for h in seen.heads.get(cell, ())}
        written = self._write(device, lambda w: w.change("household", row, {what: mine}, seen))
        assert len(written) == 1
        self._note(device, written, table, row, {cell: saw})
        if heads_before - set(seen.heads.get(cell, ())) and self._counts(device, written[0]):
            cells = {c.cell_id for c in self._conflicts_of(device, table, row)}
            assert cell in cells, "merged over a draft in silence"

    def all_value(self, op_id: bytes, cell: int) -> Any:
        value = Oracle([self.all[op_id]], PLACING).value[op_id]
        return value.get(cell) if self.all[op_id].kind == 1 else value

    def _counts(self, device: Device, op: Any) -> bool:
        return op.op_id in self._oracle(device).live

    def _conflicts_of(self, device: Device, table: int, row: str) -> list[Any]:
        classes = [{ln["r"], *ln.get("m", ())} for ln in self._dump(device) if ln["t"] == table]
        members = next((found for found in classes if row in found), {row})
        return [c for c in device.register.conflicts() if c.table == TABLE_OF[table] and c.row_id in members]

    # --- decisions ---------------------------------------------------------------------------------------------

    @rule(d=small, n=small, take=small, undo=st.booleans())
    def decide(self, d: int, n: int, take: int, undo: bool) -> None:
        """Resolving leaves fewer conflicts; undoing the decision brings the original ones back."""
        device = self.at(d)
        open_ = [c for c in device.register.conflicts() if c.table in device.schema.by_name]
        if not open_:
            return
        conflict = open_[n % len(open_)]
        table = device.schema[conflict.table].id
        choice = conflict.choices[take % len(conflict.choices)]
        before, dump = self._as_seen(device), self._dump(device)
        saw = {json.dumps(c.raw) for c in conflict.choices}
        written = self._write(
            device, lambda w: w.resolve(conflict.table, conflict.row_id, conflict.cell_id, choice.raw), "decide"
        )
        if conflict.cell_id not in (TOMBSTONE, SAMENESS):
            self._note(device, written, table, conflict.row_id, {conflict.cell_id: saw})
        still = {c.case for c in device.register.conflicts()}
        assert conflict.case not in still
        if conflict.cell_id not in (TOMBSTONE, SAMENESS):
            known = [c for c in device.register.conflicts() if c.table in device.schema.by_name]
            assert len(known) == len(open_) - 1
        if undo:
            assert written
            self._undo(device, written[0].unit)
            assert self._as_seen(device) == before
            assert self._dump(device) == dump

    def _as_seen(self, device: Device) -> Any:
        return [
            (c.case, c.cell, c.ancestor, [(x.op_id, x.value, x.shown) for x in c.choices])
            for c in device.register.conflicts()
        ]

    def _undo(self, device: Device, unit: bytes) -> list[Any]:
        named = [o.op_id for o in everything(device.register) if o.unit == unit]
        return self._write(device, lambda w: w.retract(named))

    @rule(d=small, n=st.integers(0, 60), again=st.booleans())
    def undo(self, d: int, n: int, again: bool) -> None:
        """Undo any unit of work, a merge's or an undo among them; undoing the undo changes nothing in sum."""
        device = self.at(d)
        units = sorted({op.unit: op.op_id for op in everything(device.register)}.items(), key=lambda item: item[1])
        if not units:
            return
        before = device.register.digest()
        done = self._undo(device, units[n % len(units)][0])
        if again:
            self._undo(device, done[0].unit)
            assert device.register.digest() == before

    @precondition(lambda self: self.scopes)
    @rule(d=small, n=small, keep=st.booleans(), undo=st.integers(0, 3))
    def county_decides(self, d: int, n: int, keep: bool, undo: int) -> None:
        """Admit or refuse what a limited device said; undo that, undo the undo, …"""
        device = self.at(d)
        limited = next(x for x in self.devices if x.key in self.scopes)
        if keep and device is not limited:
            far = f"fa{next(self.values):030x}"
            values = {"division_code": WEST, "phone": far[-3:]}
            made = self._write(limited, lambda w: w.insert("household", values, far))
            self._note(limited, made, 2, far, {})
            deliver(pack_up(limited.register), device.register)
        scoped = [op.op_id for op in everything(device.register) if self.device_of[op.op_id[8:]] in self.scopes]
        waiting = [o for o in scoped if o not in self._oracle(device).admitted] if keep else scoped
        if not waiting:
            return
        chosen = [waiting[n % len(waiting)]]
        states = [self._dump(device)]
        written = self._write(device, lambda w: (w.admit if keep else w.refuse)(chosen))
        states.append(self._dump(device))
        for turn in range(undo):
            written = self._undo(device, written[0].unit)
            assert self._dump(device) == states[turn % 2]

    # --- exchange ----------------------------------------------------------------------------------------------

    @rule(a=small, b=small, seed=seeds, part=st.sampled_from([0.3, 0.7, 1.0, 1.0]), twice=st.booleans())
    def exchange(self, a: int, b: int, seed: int, part: float, twice: bool) -> None:
        """A package arrives: whole, in part, shuffled, in pieces, once more."""
        source, target, pick = self.at(a), self.at(b), random.Random(seed)
        operations = everything(source.register)
        pick.shuffle(operations)
        operations = operations[: int(len(operations) * part + 0.5)]
        pieces = pick.randint(1, 3)
        for piece in [operations[k::pieces] for k in range(pieces)] + ([operations] if twice else []):
            deliver(pack_up(source.register, piece), target.register)
        self._check(target)
        if twice:
            digest = target.register.digest()
            assert deliver(pack_up(source.register, operations), target.register) == []
            assert target.register.digest() == digest

    @rule(d=small)
    def rebuild(self, d: int) -> None:
        device = self.at(d)
        before, marks = device.register.digest(), self._marks(device)
        device.register.rebuild()
        assert device.register.digest() == before
        assert self._marks(device) == marks
        self._check(device)

    def _marks(self, device: Device) -> Any:
        return raw(device.register, "SELECT op_id,void,admitted FROM op ORDER BY op_id")

    # --- what must hold ----------------------------------------------------------------------------------------

    def _dump(self, device: Device) -> list[dict[str, Any]]:
        out = StringIO()
        device.register.dump(out)
        return sorted((json.loads(line) for line in out.getvalue().splitlines()), key=lambda ln: (ln["t"], ln["r"]))

    def _oracle(self, device: Device) -> Oracle:
        limits = {key: codes for key, codes in self.scopes.items() if key != device.key}
        return Oracle(everything(device.register), PLACING, limits, self.device_of)

    def _check(self, device: Device) -> None:
        oracle = self._oracle(device)
        for op_id, void, admitted in self._marks(device):
            assert (bool(void), admitted == 1) == oracle.standing()[bytes(op_id)], op_id.hex()
        assert self._dump(device) == oracle.dump()
        found = {(t, bytes(r).hex(), c) for t, r, c in raw(device.register, "SELECT tbl,row_id,cell FROM conflict")}
        assert found == oracle.conflicts()
        self._check_tables(device, oracle)

    def _check_tables(self, device: Device, oracle: Oracle) -> None:
        """The typed tables hold the shown values, for every member of a class."""
        for spec in device.schema.tables:
            there, children = table_rows(device.register, spec.name), {}
            for cell in spec.cells:
                if cell.child_table:
                    children[cell.id] = child_rows(device.register, cell.child_table)
            wanted_children: dict[int, list[Any]] = {c: [] for c in children}
            for (table, representative), row in oracle.rows.items():
                if table != spec.id or not row.exists:
                    continue
                for member in row.members:
                    got = there.pop(member.hex())
                    assert got["canonical_id"] == (None if member == representative else representative.hex())
                    assert (got["removed"], got["in_conflict"]) == (int(row.removed), int(bool(row.conflicts)))
                    for cell in spec.cells:
                        value = row.shown(cell.id)
                        if cell.child_table:
                            lines = [(member.hex(), i, *line) for i, line in enumerate(value or [])]
                            wanted_children[cell.id] += lines
                        elif len(cell.columns) == 1:
                            assert got[cell.columns[0]] == value
                        else:
                            assert [got[c] for c in cell.columns] == (value or [None] * len(cell.columns))
                    if spec.name == "household":
                        assert got["phone_tail"] == (row.shown(2) or "")[-2:]
            assert there == {}
            assert children == {c: sorted(lines) for c, lines in wanted_children.items()}
        assert device.register.check_tables() == []

    def teardown(self) -> None:
        """Everybody learns everything, each in an order of its own: one state, and no acknowledged word is missing."""
        if not self.all:
            return
        operations = list(self.all.values())
        for number, device in enumerate(self.devices):
            random.Random(number).shuffle(operations)
            for start in range(0, len(operations), 7):
                part = operations[start : start + 7]
                units = {op.unit: self.home[op.op_id][0] for op in part}
                replicas = {self.home[op.op_id][1]: self.home[op.op_id][2] for op in part}
                device.register.receive(part, units.values(), replicas)
            self._check(device)
        for key in {d.key if d.key in self.scopes else b"" for d in self.devices}:
            alike = [d for d in self.devices if (d.key if d.key in self.scopes else b"") == key]
            assert len({d.register.digest() for d in alike}) == 1
        self._nothing_vanished(self.devices[0])

    def _nothing_vanished(self, device: Device) -> None:
        """A value that nobody who had it on screen replaced, removed from the set or was refused is still a head."""
        live = self._oracle(device).live
        dump = {(ln["t"], m): ln["c"] for ln in self._dump(device) for m in ln.get("m", [ln["r"]])}
        for said in self.said:
            if said.op not in live:
                continue
            text = json.dumps(said.value)
            if any(text in other.saw and other.op in live for other in self.said if other.cell == said.cell):
                continue
            heads = [json.dumps(v) for v in dump[said.table, said.row].get(str(said.cell), [])]
            assert text in heads, f"cell {said.cell} of table {said.table} lost a value"


def raw_heads(register: Register, table: int, row: str, cell: int) -> tuple[bytes, ...]:
    return register.seen(TABLE_OF[table], row).heads.get(cell, ())


def _budget(examples: int, steps: int) -> hypothesis.settings:
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
    examples = int(os.environ.get("MERGE_EXAMPLES", 2000 if thorough else examples))
    steps = int(os.environ.get("MERGE_STEPS", 60 if thorough else steps))
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, print_blob=True,
        suppress_health_check=list(HealthCheck), phases=[p for p in Phase if p is not Phase.explain],
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest) -> Iterator[EnginePool]:
    made = EnginePool(request.getfixturevalue("postgres_database") if request.param == "postgresql" else None)
    yield made
    made.close()


def test_any_exchange_converges_and_loses_nothing(places: EnginePool) -> None:
    machine = type("ExchangeHere", (Exchange,), {"places": places})
    budget = _budget(50, 30) if places.url is None else _budget(12, 20)
    run_state_machine_as_test(machine, settings=budget)


