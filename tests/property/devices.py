"""Devices of a property test: registers with clocks, drafts and backups, what was said on them, and what must hold.

`Devices` has no rules: `test_merge.py` adds what people and packages do, and asks `_check` after every step about the
device that acted.
"""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import Engine

from desktop.store.register import Register
from desktop.store.schema import Schema
from desktop.store.unit_of_work import Seen
from tests.property.oracle import Oracle, Placing
from tests.store.registers import (
    NEWER,
    EnginePool,
    TestClock,
    child_rows,
    copy_register,
    digest_of_dump,
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
WIDE, HOME, PARTY = range(3)
"""How much an example speaks of: everything, two households and a person, one party: few records meet often."""
FEW = {HOME: {2: ROWS[2][:2], 3: ROWS[3][:1]}, PARTY: {1: ROWS[1][:1]}}


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


class Devices(RuleBasedStateMachine):
    """The machines of one example, and all that was acknowledged on any of them."""

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
        self.focus = WIDE
        self.decided: list[bytes] = []
        """Operations that were admitted or refused once."""

    # --- machines ---------------------------------------------------------------------------------------------

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

    def _record(self, table: int, i: int) -> tuple[int, str]:
        """A record that everybody may make, of those the example speaks of."""
        few = FEW.get(self.focus)
        if few is None:
            return table, ROWS[table][i]
        table = table if table in few else min(few)
        return table, few[table][i % len(few[table])]

    def _columns(self, device: Device, table: int) -> list[str]:
        if self.focus == HOME and table == 2:
            return ["phone", "phone", "division_code"]
        columns = COLUMN_OF.get(table, ["value"] if table == 8 else ["note", "mood"])
        return [*columns, "wish"] if table == 2 and device.schema is NEWER else columns

    def _change(self, device: Device, table: int, row: str, column: str, seed: int) -> None:
        spec = device.schema.by_id[table]
        cell = (spec.by_column.get(column) or spec.by_name[column]).id
        saw = self._on_screen(device, table, row, cell)
        value = self._change_of(table, column, random.Random(seed))
        written = self._write(device, lambda w: w.change(TABLE_OF[table], row, {column: value}))
        assert len(written) <= 1
        self._note(device, written, table, row, {cell: saw})

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

    def _known_rows(self, device: Device) -> list[tuple[int, str]]:
        lines = [(ln["t"], m) for ln in self._dump(device) if "o" not in ln for m in ln.get("m", [ln["r"]])]
        return [(t, r) for t, r in lines if t in (1, 2, 3, 8) or device.schema is NEWER]

    def all_value(self, op_id: bytes, cell: int) -> Any:
        value = Oracle([self.all[op_id]], PLACING).value[op_id]
        return value.get(cell) if self.all[op_id].kind == 1 else value

    def _counts(self, device: Device, op: Any) -> bool:
        return op.op_id in self._oracle(device).live

    def _conflicts_of(self, device: Device, table: int, row: str) -> list[Any]:
        classes = [{ln["r"], *ln.get("m", ())} for ln in self._dump(device) if ln["t"] == table]
        members = next((found for found in classes if row in found), {row})
        return [c for c in device.register.conflicts() if c.table == TABLE_OF[table] and c.row_id in members]

    def _as_seen(self, device: Device) -> Any:
        return [
            (c.case, c.cell, c.ancestor, [(x.op_id, x.value, x.shown) for x in c.choices])
            for c in device.register.conflicts()
        ]

    def _undo(self, device: Device, unit: bytes) -> list[Any]:
        named = [o.op_id for o in everything(device.register) if o.unit == unit]
        return self._write(device, lambda w: w.retract(named))

    def _marks(self, device: Device) -> Any:
        return raw(device.register, "SELECT op_id,void,admitted FROM op ORDER BY op_id")

    # --- what must hold ----------------------------------------------------------------------------------------

    def _dump(self, device: Device) -> list[dict[str, Any]]:
        out = StringIO()
        device.register.dump(out)
        # what was kept of the digest is still true of every record
        assert device.register.digest() == digest_of_dump(out.getvalue())
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
