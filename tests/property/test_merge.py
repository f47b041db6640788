"""Any number of devices, any edits, any delivery: the same operations are the same register, and nothing is lost.

`HYPOTHESIS_PROFILE=thorough` runs it as long as it takes to believe it; `MERGE_EXAMPLES` and `MERGE_STEPS` override.
`MERGE_SHRINK=0` shows a failure as it was met, at once.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from desktop.store.schema import SAMENESS, TOMBSTONE
from desktop.store.unit_of_work import Seen
from tests.property.devices import (
    EAST,
    FEW,
    HOME,
    MAX_DEVICES,
    PARTY,
    ROWS,
    TABLE_OF,
    VISITS,
    WEST,
    WIDE,
    Device,
    Devices,
    raw_heads,
)
from tests.store.registers import (
    NEWER,
    NOON,
    SMALL,
    YEAR,
    EnginePool,
    TestClock,
    copy_register,
    deliver,
    everything,
    limit,
    pack_up,
)

small = st.integers(0, 5)
years = st.integers(-30, 30)
seeds = st.integers(0, 1 << 16)
words = ["edit", "edit", "edit", "remove", "restore", "remove and restore", "same", "different"]
three_words = st.tuples(st.sampled_from(words), st.sampled_from(words), st.sampled_from([*words, "nothing"]))
AT_ONCE = ["edit", "remove", "same"]
REACHES = ["takes it", "takes it", "moved", "moved back", "cleared", "undoes an undo", "a member", "too early"]


def pick_of(items: list[str], at: int) -> str:
    """One of the items, whatever the number."""
    return items[at % len(items)]


class Exchange(Devices):
    """People write and decide, packages arrive, machines are copied, restored and set wrong."""

    @initialize(
        newer=st.booleans(),
        scoped=st.sampled_from(["", EAST, EAST]),
        skews=st.lists(st.integers(-3, 3), min_size=3, max_size=3),
        shared=st.booleans(),
        focus=st.sampled_from([WIDE, HOME, HOME, PARTY]),
    )
    def begin(self, newer: bool, scoped: str, skews: list[int], shared: bool, focus: int) -> None:
        self.focus = focus
        if scoped:
            self.scopes = {b"B" * 32: (scoped,)}
        for letter, skew, schema in zip(b"ABC", skews, (SMALL, SMALL, NEWER if newer else SMALL), strict=True):
            self._device(bytes([letter]) * 32, schema, TestClock(NOON + skew * YEAR))
        if shared and focus != PARTY:  # what everybody has before they part
            first = self.devices[0]
            rows = [{"id": r, "division_code": c, "phone": r[-1:]} for r, c in zip(ROWS[2], (EAST, WEST), strict=False)]
            people = [{"id": r, "household_id": h, "name": "甲"} for r, h in zip(ROWS[3], ROWS[2], strict=True)]
            self._write(first, lambda w: (w.insert_many("household", rows), w.insert_many("person", people)))
            for other in self.devices[1:]:
                deliver(pack_up(first.register), other.register)

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
            for key, codes in self.scopes.items():  # certificates that came since come again
                limit(device.register, key, *codes)
            self._check(device)
        elif what == "clock":
            device.clock.at = max(1, NOON + years * YEAR)
        else:
            self._reopen(device)

    @rule(code=st.sampled_from([EAST, EAST, WEST]), luck=st.integers(0, 2))
    def a_certificate_comes(self, code: str, luck: int) -> None:
        """A device that was free is limited, or one that was limited gets another division: all is judged anew."""
        key = b"B" * 32
        known = self.scopes.get(key, ())
        if code in known or luck:
            return
        self.scopes[key] = (*known, code)
        for device in self.devices:
            limit(device.register, key, code)
            self._check(device)

    # --- writing -----------------------------------------------------------------------------------------------

    @rule(d=small, table=st.sampled_from([1, 2, 2, 3, 8]), i=st.integers(0, 2), seed=seeds)
    def make_the_same_row(self, d: int, table: int, i: int, seed: int) -> None:
        """Two laptops that worked alone make the same row."""
        device, (table, row) = self.at(d), self._record(table, i)
        values = self._new_values(table, random.Random(seed))
        written = self._write(device, lambda w: w.ensure(TABLE_OF[table], row, values))
        self._note(device, written, table, row, {})

    @rule(d=small, n=st.integers(1, 3), seed=seeds, given=st.booleans())
    def import_rows(self, d: int, n: int, seed: int, given: bool) -> None:
        """The bulk path, also onto ids that others' operations may have named before."""
        device, pick = self.at(d), random.Random(seed)
        if self.focus == PARTY:
            return
        given = given or self.focus != WIDE
        free = [r for r in FEW.get(self.focus, ROWS)[2] if device.register.row("household", r) is None]
        rows = [self._new_values(2, pick) | ({"id": r} if given else {}) for r in (free if given else ROWS[2])[:n]]
        if not given:
            for values in rows:
                values["id"] = f"bb{next(self.values):030x}"
        written = self._write(device, lambda w: w.insert_many("household", rows))
        for values in rows:
            self._note(device, written, 2, values["id"], {})

    @rule(d=small, r=st.integers(0, 30), c=small, seed=seeds)
    def change(self, d: int, r: int, c: int, seed: int) -> None:
        device = self.at(d)
        rows = self._known_rows(device)
        if not rows:
            return
        table, row = rows[r % len(rows)]
        columns = self._columns(device, table)
        self._change(device, table, row, columns[c % len(columns)], seed)

    @rule(a=small, b=small, r=st.integers(0, 30), say=three_words, c=small, seed=seeds, end=st.integers(0, 7))
    def quarrel(self, a: int, b: int, r: int, say: tuple[str, str, str], c: int, seed: int, end: int) -> None:
        """Two people say something about one record without hearing each other; one then hears and speaks last."""
        one = self.at(a)
        two = self.at(b) if self.at(b) is not one else self.at(b + 1)
        rows = self._known_rows(one)
        if not rows:
            return
        table, row = rows[r % len(rows)]
        if table not in two.schema.by_id:
            return
        if two.register.row(TABLE_OF[table], row) is None:
            deliver(pack_up(one.register), two.register)
        column = pick_of(self._columns(one, table), c)
        self._say(one, table, row, say[0], column, seed)
        self._say(two, table, row, say[1], column, seed + 1)
        deliver(pack_up(one.register), two.register)
        self._check(two)
        self._say(two, table, row, say[2], column, seed + 2)
        open_ = self._conflicts_of(two, table, row)
        if open_ and end & 4:
            self._decide(two, open_[seed % len(open_)], c, undo=bool(end & 2))
        if end & 1:
            deliver(pack_up(two.register), one.register)
            self._check(one)

    def _say(self, device: Device, table: int, row: str, word: str, column: str, seed: int) -> None:
        name = TABLE_OF[table]
        if word == "nothing" or device.register.row(name, row) is None:
            return
        if word in ("remove", "remove and restore"):
            self._write(device, lambda w: w.remove(name, row))
        if word in ("restore", "remove and restore"):
            self._write(device, lambda w: w.restore(name, row))
        if word == "edit" and column in self._columns(device, table):
            self._change(device, table, row, column, seed)
        others = [r for t, r in self._known_rows(device) if t == table and r != row]
        if word in ("same", "different") and table in (2, 3) and others:
            self._write(device, lambda w: (w.same_as if word == "same" else w.different)(name, row, others[0]))

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

    @rule(d=small, r=st.integers(0, 30), c=small, seed=seeds, order=st.lists(st.sampled_from(AT_ONCE), unique=True))
    def many_words_in_one_unit(self, d: int, r: int, c: int, seed: int, order: list[str]) -> None:
        """Each word of a unit of work is said in the sight of those before it: nobody contradicts himself."""
        device = self.at(d)
        rows = self._known_rows(device)
        if not rows:
            return
        table, row = rows[r % len(rows)]
        name, column = TABLE_OF[table], pick_of([c for c in self._columns(device, table) if c != "parts"], c)
        cell = device.schema.by_id[table].by_column[column].id
        others = [x for t, x in rows if t == table and x != row]
        saw, last = self._on_screen(device, table, row, cell), self._change_of(table, column, random.Random(seed))

        def all_of_it(w: Any) -> None:
            for word in order:
                if word == "edit":
                    w.change(name, row, {column: self._change_of(table, column, random.Random(seed + 1))})
                elif word == "remove":
                    w.remove(name, row)
                elif word == "same" and table in (2, 3) and others:
                    w.same_as(name, row, others[0])
            w.restore(name, row)
            w.change(name, row, {column: last})

        if others and "same" in order:
            saw = saw | self._on_screen(device, table, others[0], cell)
        written = self._write(device, all_of_it)
        self._note(device, written, table, row, {cell: saw | {json.dumps(v) for v in self._values_of(written, cell)}})
        # a value that is on screen writes nothing; nor does the whole unit when nothing in it is new
        if written and written[-1].kind == 2 and self._counts(device, written[-1]):
            assert len(self._on_screen(device, table, row, cell)) == 1
            assert (device.register.row(name, row) or {})[column] == last
            assert not {cell, TOMBSTONE} & {c.cell_id for c in self._conflicts_of(device, table, row)}

    def _values_of(self, written: list[Any], cell: int) -> list[Any]:
        return [self.all_value(op.op_id, cell) for op in written if op.kind == 2 and op.cell == cell]

    # --- drafts ------------------------------------------------------------------------------------------------

    @rule(d=small, r=st.integers(0, 30))
    def open_draft(self, d: int, r: int) -> None:
        device = self.at(d)
        rows = [(t, x) for t, x in self._known_rows(device) if t == 2]
        if rows:
            table, row = rows[r % len(rows)]
            seen = device.register.seen(TABLE_OF[table], row)
            device.drafts.append((Seen.from_plain(json.loads(json.dumps(seen.to_plain()))), table, row))

    @rule(d=small, what=st.sampled_from(["phone", "phone", "size", "remove"]), other=small, seed=seeds)
    def save_draft(self, d: int, what: str, other: int, seed: int) -> None:
        """What a person saw when the draft was opened is what the change supersedes, whatever was merged since."""
        device = self.at(d)
        if not device.drafts:
            self.open_draft(d, seed)
        if not device.drafts:
            return
        busy = self.at(other) if self.at(other) is not device else self.at(other + 1)
        if busy.register.row("household", device.drafts[0][2]) is None:
            deliver(pack_up(device.register), busy.register)
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

    # --- decisions ---------------------------------------------------------------------------------------------

    @rule(d=small, n=small, take=small, undo=st.booleans())
    def decide(self, d: int, n: int, take: int, undo: bool) -> None:
        """Resolving leaves fewer conflicts; undoing the decision brings the original ones back."""
        device = self.at(d)
        open_ = [c for c in device.register.conflicts() if c.table in device.schema.by_name]
        if not open_:
            return
        self._decide(device, open_[n % len(open_)], take, undo=undo)

    def _decide(self, device: Device, conflict: Any, take: int, *, undo: bool) -> None:
        open_ = [c for c in device.register.conflicts() if c.table in device.schema.by_name]
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
    @rule(d=small, n=small, keep=st.booleans(), again=st.booleans(), undo=st.integers(0, 3))
    def county_decides(self, d: int, n: int, keep: bool, again: bool, undo: int) -> None:
        """Admit or refuse what a limited device said, also what was decided before; undo that, undo the undo, …"""
        device = self.at(d)
        limited = next(x for x in self.devices if x.key in self.scopes)
        here = {op.op_id for op in everything(device.register)}
        once = [o for o in self.decided if o in here]
        if again and once:
            self._decide_scope(device, once[n % len(once)], keep, undo)
            return
        if keep and device is not limited:
            far = f"fa{next(self.values):030x}"
            values = {"division_code": WEST, "phone": far[-3:]}
            made = self._write(limited, lambda w: w.insert("household", values, far))
            self._note(limited, made, 2, far, {})
            deliver(pack_up(limited.register), device.register)
        if not keep and device is not limited:  # something that counted must be there to be refused
            row = f"fc{next(self.values):030x}"
            self._write(limited, lambda w: w.insert("household", {"division_code": EAST + "01", "phone": "7"}, row))
            deliver(pack_up(limited.register), device.register)
        scoped = [op.op_id for op in everything(device.register) if self.device_of[op.op_id[8:]] in self.scopes]
        waiting = [o for o in scoped if o not in self._oracle(device).admitted] if keep else scoped
        if not waiting:
            return
        self._decide_scope(device, waiting[n % len(waiting)], keep, undo)

    def _decide_scope(self, device: Device, op: bytes, keep: bool, undo: int) -> None:
        self.decided.append(op)
        states = [self._dump(device)]
        written = self._write(device, lambda w: (w.admit if keep else w.refuse)([op]))
        states.append(self._dump(device))
        for turn in range(undo):
            written = self._undo(device, written[0].unit)
            assert self._dump(device) == states[turn % 2]

    @precondition(lambda self: self.scopes)
    @rule(d=small, what=st.sampled_from(REACHES), keep=st.booleans(), undo=st.integers(0, 3), seed=seeds)
    def a_limited_device_reaches_out(self, d: int, what: str, keep: bool, undo: int, seed: int) -> None:
        """It speaks of a row of the county's that lies elsewhere, or did once; others hear of it in any order."""
        county = next((x for x in (self.at(d), *self.devices) if x.key not in self.scopes), None)
        limited = next(x for x in self.devices if x.key in self.scopes)
        third = next((x for x in self.devices if x.key not in self.scopes and x is not county), None)
        if county is None:
            return
        row, member = f"fb{next(self.values):030x}", f"fd{next(self.values):030x}"
        if what == "too early":  # a member of a household that the county only then takes in, among others
            said = self._write(limited, lambda w: w.insert("person", {"household_id": row, "name": "乙"}, member))
            deliver(pack_up(limited.register, said), county.register)
            self._check(county)
            self._write(county, lambda w: w.insert_many("household", [{"id": row, "division_code": EAST + "01"}]))
            return
        place = EAST + "01" if what == "a member" else WEST
        self._write(county, lambda w: w.insert("household", {"division_code": place, "phone": row[-3:]}, row))
        (edited,) = self._write(county, lambda w: w.change("household", row, {"phone": f"e{row[-3:]}"}))
        if what in ("moved", "moved back", "cleared"):
            to = None if what == "cleared" else EAST + "02"
            (moved,) = self._write(county, lambda w: w.change("household", row, {"division_code": to}))
            if what == "moved back":
                self._undo(county, moved.unit)
        undone = self._undo(county, edited.unit) if what == "undoes an undo" else []
        deliver(pack_up(county.register), limited.register)
        if limited.register.row("household", row) is None:
            return
        said = self._write(limited, lambda w: w.change("household", row, {"size": next(self.values)}))
        if what == "takes it":
            said = self._write(limited, lambda w: w.change("household", row, {"division_code": EAST + "01"}))
            self._write(limited, lambda w: w.retract([edited.op_id]))
        elif what == "undoes an undo":
            self._write(limited, lambda w: w.retract([undone[0].op_id]))
        elif what == "a member":
            said = self._write(limited, lambda w: w.insert("person", {"household_id": row, "name": "乙"}, member))
        own = [op for op in everything(limited.register) if self.device_of[op.op_id[8:]] in self.scopes]
        for target in (third, county):
            if target is None:
                continue
            deliver(pack_up(limited.register, own), target.register)  # before what they rest on
            self._check(target)
            rest = everything(limited.register)
            random.Random(seed).shuffle(rest)
            first = [op for op in rest if op.row.hex() == row and op.kind == 1]
            for piece in (first, rest[::2], rest[1::2]):
                deliver(pack_up(limited.register, piece), target.register)
                self._check(target)
        self._decide_scope(county, said[0].op_id, keep, undo)

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


def _budget(examples: int, steps: int) -> hypothesis.settings:
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
    examples = int(os.environ.get("MERGE_EXAMPLES", 2000 if thorough else examples))
    steps = int(os.environ.get("MERGE_STEPS", 60 if thorough else steps))
    left_out = {Phase.explain, Phase.shrink} if os.environ.get("MERGE_SHRINK") == "0" else {Phase.explain}
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, print_blob=True,
        suppress_health_check=list(HealthCheck), phases=[p for p in Phase if p not in left_out],
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest) -> Iterator[EnginePool]:
    made = EnginePool(request.getfixturevalue("postgres_database") if request.param == "postgresql" else None)
    yield made
    made.close()


def test_any_exchange_converges_and_loses_nothing(places: EnginePool) -> None:
    machine = type("ExchangeHere", (Exchange,), {"places": places})
    budget = _budget(30, 20) if places.url is None else _budget(8, 14)
    run_state_machine_as_test(machine, settings=budget)


