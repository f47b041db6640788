"""Every short meeting of two or three people over one record, one by one: what chance finds seldom is met each time.

The rules are those of `test_merge.py`, and so is the oracle that is asked after each step.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.property.devices import EAST, HOME, PARTY, ROWS
from tests.property.test_merge import AT_ONCE, REACHES, Exchange
from tests.store.registers import EnginePool, deliver, everything, pack_up

SAID = ["nothing", "edit", "remove", "remove and restore", "edit and remove"]
LAST = ["nothing", "edit", "remove", "restore", "decide"]


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    made = EnginePool(None)
    yield made
    made.close()


def begun(pool: EnginePool, focus: int, scoped: str = "", skews: tuple[int, int, int] = (0, 0, 0)) -> Exchange:
    machine = type("Meeting", (Exchange,), {"places": pool})()
    machine.begin(newer=False, scoped=scoped, skews=list(skews), shared=True, focus=focus)
    return machine  # type: ignore[no-any-return]


@pytest.mark.parametrize("first", SAID)
def test_a_quarrel_and_its_end(pool: EnginePool, first: str) -> None:
    """Two speak without hearing each other, a third made the same record; they meet, and one has the last word."""
    row = ROWS[1][0]
    for second, last, third in itertools.product(SAID, LAST, (False, True)):
        if third and (SAID.index(second) > SAID.index(first) or last not in ("decide", "remove")):
            continue  # the same meeting with the names changed, or one without a point
        ahead = (SAID.index(first) + SAID.index(second) + LAST.index(last)) % 2
        meeting = begun(pool, PARTY, skews=(ahead, 0, 0))
        one, two, other = meeting.devices
        meeting.make_the_same_row(d=0, table=1, i=0, seed=1)
        deliver(pack_up(one.register), two.register)
        if third:
            meeting.make_the_same_row(d=2, table=1, i=0, seed=2)
            deliver(pack_up(other.register), two.register)
        for device, words, seed in ((one, first, 3), (two, second, 4)):
            for word in ("edit", "remove") if words == "edit and remove" else (words,):
                meeting._say(device, 1, row, word, "name", seed)
        deliver(pack_up(one.register), two.register)
        meeting._check(two)
        conflicts = meeting._conflicts_of(two, 1, row)
        if last == "decide" and conflicts:
            meeting._decide(two, conflicts[0], 1, undo=False)
            for conflict in meeting._conflicts_of(two, 1, row):
                meeting._decide(two, conflict, 0, undo=True)
        else:
            meeting._say(two, 1, row, last, "name", 5)
        operations = everything(two.register)  # the latest first, and without what came from the third
        for part in (operations[::-2], operations):
            deliver(pack_up(two.register, part), other.register)
            meeting._check(other)
        meeting.teardown()


@pytest.mark.parametrize("what", sorted(set(REACHES)))
@pytest.mark.parametrize("keep", [True, False])
def test_a_limited_device_reaches_out(pool: EnginePool, what: str, keep: bool) -> None:
    for undo, seed in ((0, 1), (1, 2), (2, 3)):
        meeting = begun(pool, HOME, scoped=EAST)
        meeting.a_limited_device_reaches_out(d=0, what=what, keep=keep, undo=undo, seed=seed)
        meeting.county_decides(d=0, n=undo, keep=not keep, again=True, undo=undo)
        meeting.county_decides(d=0, n=0, keep=keep, again=False, undo=1)
        meeting.rebuild(d=0)
        meeting.teardown()


def test_certificates_that_come_late(pool: EnginePool) -> None:
    for seed in range(3):
        meeting = begun(pool, HOME)
        for i in range(2):
            meeting.quarrel(a=1, b=0, r=i, say=("edit", "edit", "nothing"), c=2 * (seed % 2), seed=seed, end=1)
        meeting.a_certificate_comes(code=EAST, luck=0)
        meeting.quarrel(a=1, b=0, r=seed, say=("edit", "nothing", "nothing"), c=seed, seed=seed, end=1)
        meeting.a_certificate_comes(code="4407051002", luck=0)
        meeting.rebuild(d=0)
        meeting.teardown()


def test_words_of_one_unit_and_drafts_over_merges(pool: EnginePool) -> None:
    for seed, order in enumerate([("same",), *itertools.permutations(AT_ONCE)]):
        meeting = begun(pool, HOME)
        for r in (1, 0):
            meeting.quarrel(a=0, b=1, r=r, say=("edit", "edit", "nothing"), c=0, seed=seed, end=1)
            meeting.many_words_in_one_unit(d=0, r=r, c=r, seed=seed + 9, order=list(order))
        for what in ("phone", "size", "remove"):
            meeting.save_draft(d=0, what=what, other=1, seed=seed)
        for words in (("same", "different", "nothing"), ("different", "different", "same"), ("same", "same", "edit")):
            meeting.quarrel(a=0, b=1, r=seed, say=words, c=0, seed=seed, end=7 if seed % 2 else 5)
        meeting.teardown()
