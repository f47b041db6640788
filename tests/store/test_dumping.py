"""Dump, digest, what was known when, and history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from desktop.common.ids import new_id
from desktop.store.journal import Journal
from desktop.store.materialise import ClassState
from desktop.store.register import Register
from tests.store.conftest import MakeRegister
from tests.store.registers import NOON, digest_of_dump, everything, limit, merge, whole_digest


def dump(register: Register) -> list[dict[str, object]]:
    out = StringIO()
    register.dump(out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_dump_is_numbers_and_heads(new_register: MakeRegister) -> None:
    r = new_register()
    with r.write("建") as w:
        w.ensure("household", "02" * 16, {"division_code": "4407", "phone": "1", "parts": [["a", 1]]})
        w.ensure("party", "01" * 16, {"name": "甲"})
    with r.write("移除") as w:
        w.remove("party", "01" * 16)
    assert dump(r) == [
        {"t": 1, "r": "01" * 16, "c": {"1": ["甲"]}, "x": 1},
        {"t": 2, "r": "02" * 16, "c": {"1": [[None, "4407"]], "2": ["1"], "4": [[["a", 1]]]}},
    ]


def test_equal_states_have_equal_digests_whoever_wrote_them(new_register: MakeRegister) -> None:
    a, b = new_register("A"), new_register("B")
    for register in (a, b):
        with register.write("建") as w:
            w.ensure("party", "01" * 16, {"name": "甲"})
    assert a.digest() == b.digest()
    with a.write("改") as w:
        w.change("party", "01" * 16, {"name": "乙"})
    assert a.digest() != b.digest()


def test_the_digest_reads_only_the_parts_that_changed(
    new_register: MakeRegister, monkeypatch: pytest.MonkeyPatch
) -> None:
    r = new_register()
    with r.write("建") as w:
        for number in range(20):
            w.ensure("party", f"{number:032x}"[::-1], {"name": str(number)})
    first = r.digest()
    read: list[int] = []
    states = Journal.all_states

    def counted(journal: Journal, *args: Any) -> Iterator[ClassState]:
        for item in states(journal, *args):
            read.append(1)
            yield item

    monkeypatch.setattr(Journal, "all_states", counted)
    assert r.digest() == first and read == []
    with r.write("改") as w:
        w.change("party", f"{7:032x}"[::-1], {"name": "改过"})
    second = r.digest()
    assert second != first and len(read) == 1
    with r.write("改回") as w:
        w.change("party", f"{7:032x}"[::-1], {"name": "7"})
    assert r.digest() == first
    with r.write("合") as w:  # a part whose only record became the same as one of another part
        w.same_as("party", f"{3:032x}"[::-1], f"{9:032x}"[::-1])
    assert r.digest() not in (first, second)
    monkeypatch.undo()
    assert r.digest() == whole_digest(r)


def test_the_digest_can_be_told_from_the_dump(new_register: MakeRegister) -> None:
    """Whoever holds a dump can check the digest with SHA-256 alone."""
    r = new_register()
    with r.write("建") as w:
        for first in ("01", "01", "02"):
            w.ensure("party", first * 5 + new_id()[10:], {"name": "甲"})
        w.ensure("household", "03" * 16, {"division_code": "4407"})
    out = StringIO()
    r.dump(out)
    lines = out.getvalue().splitlines(keepends=True)
    assert [line[:9] for line in lines] == sorted(line[:9] for line in lines)
    assert r.digest() == digest_of_dump(out.getvalue()) == whole_digest(r)


def test_a_scoped_digest_compares_a_laptop_with_the_county(new_register: MakeRegister) -> None:
    county, laptop = new_register("C"), new_register("L")
    with county.write("建") as w:
        for code in ("440705100101", "440705100202"):
            home = w.insert("household", {"division_code": code})
            w.insert("person", {"household_id": home, "name": code})
    merge(county, laptop)
    (far,) = [x["r"] for x in dump(county) if x["t"] == 2 and "440705100202" in str(x)]
    with county.write("改") as w:
        w.change("household", far, {"phone": "9"})
    assert county.digest() != laptop.digest()
    assert county.digest("4407051001") == laptop.digest("4407051001")
    assert county.digest("4407051002") != laptop.digest("4407051002")
    assert county.digest("440799") != county.digest()


def test_what_was_known_at_a_moment(new_register: MakeRegister) -> None:
    a, b = new_register("A"), new_register("B", at=NOON + 100_000)
    with a.write("建") as w:
        row = w.insert("party", {"name": "一"})
    merge(a, b)
    knew_first = b.now()
    with a.write("改") as w:
        w.change("party", row, {"name": "二"})
    assert b.known_at("party", b.now())[0]["name"] == "一"
    merge(a, b)
    knew_second = b.now()
    assert w.result is not None
    a.undo(w.result.unit_id)
    merge(a, b)
    moments = [(NOON, []), (knew_first, ["一"]), (knew_second, ["二"]), (b.now(), ["一"])]
    for at, names in moments:
        assert [x["name"] for x in b.known_at("party", at)] == names


def test_what_waited_for_the_county_was_not_known_before_it_was_let_in(new_register: MakeRegister) -> None:
    county, laptop = new_register("C"), new_register("L")
    limit(county, b"L" * 32, "4407051001")
    with laptop.write("建") as w:
        inside = w.insert("household", {"division_code": "440705100101"})
        outside = w.insert("household", {"division_code": "440705100201"})
    merge(laptop, county)
    before = county.now()
    waiting = [o.op_id for o in everything(county) if o.row.hex() == outside]
    with county.write("接收") as w:
        w.admit(waiting)
    assert [x["id"] for x in county.known_at("household", before)] == [inside]
    assert {x["id"] for x in county.known_at("household", county.now())} == {inside, outside}


def test_history_tells_who_said_what_and_what_counts(new_register: MakeRegister) -> None:
    r = new_register()
    with r.write("建", user="甲") as w:
        row = w.insert("household", {"phone": "1", "quantity": "2"})
    with r.write("改", user="乙") as w:
        w.change("household", row, {"phone": "3"})
    assert w.result is not None
    r.undo(w.result.unit_id, "弄错了")
    created, edited, undone = r.history("household", row)
    assert (created.kind, created.who, created.value) == (
        "insert", "甲", {"phone": "1", "amount": {"quantity": "2", "unit": None}},
    )  # fmt: skip
    assert (edited.kind, edited.cell, edited.value, edited.previous, edited.void) == ("field", "phone", "3", "1", True)
    assert (undone.kind, undone.reason, undone.value) == ("retract", "弄错了", [edited.op_id])
    assert [e.is_head for e in (created, edited)] == [True, False]
