"""Scope is a function of the set of operations: whoever comes first, what lies outside waits for the county."""

from __future__ import annotations

import itertools

import pytest

from desktop.store.operations import INSERT
from desktop.store.register import Register
from tests.store.conftest import MakeRegister
from tests.store.registers import deliver, everything, limit, merge, pack_up, raw, table_rows

EAST, WEST = "440705100101", "440705100201"
LAPTOP = b"L" * 32


@pytest.fixture
def county_and_laptop(new_register: MakeRegister) -> tuple[Register, Register]:
    county, laptop = new_register("C"), new_register("L")
    limit(county, LAPTOP, EAST)
    return county, laptop


def waiting(register: Register) -> set[str]:
    return {bytes(r).hex() for (r,) in raw(register, "SELECT row_id FROM op WHERE admitted<>1")}


def test_inside_counts_and_outside_waits(county_and_laptop: tuple[Register, Register]) -> None:
    county, laptop = county_and_laptop
    with laptop.write("建") as w:
        near = w.insert("household", {"division_code": EAST})
        far = w.insert("household", {"division_code": WEST})
        w.insert("person", {"household_id": near, "name": "甲"})
        stranger = w.insert("person", {"household_id": far, "name": "乙"})
        party = w.insert("party", {"name": "公司"})
        rule = w.insert("setting", {"value": "1"})
    merge(laptop, county)
    assert waiting(county) == {far, stranger, rule}
    assert list(table_rows(county, "household")) == [near]
    assert list(table_rows(county, "party")) == [party]
    assert len(table_rows(laptop, "household")) == 2  # its own register never hides what it wrote


def test_a_row_that_once_lay_inside_stays_open_to_the_laptop(county_and_laptop: tuple[Register, Register]) -> None:
    county, laptop = county_and_laptop
    with county.write("建") as w:
        row = w.insert("household", {"division_code": EAST})
    merge(county, laptop)
    with county.write("迁") as w:
        w.change("household", row, {"division_code": WEST})
    with laptop.write("改") as w:
        w.change("household", row, {"phone": "7"})
    merge(laptop, county)
    assert table_rows(county, "household")[row]["phone"] == "7"


def test_every_order_of_arrival_admits_the_same(new_register: MakeRegister) -> None:
    laptop, other = new_register("L"), new_register("O")
    with other.write("建") as w:
        home = w.insert("household", {"division_code": WEST})
    merge(other, laptop)
    with laptop.write("改") as w:
        w.change("household", home, {"phone": "1"})
        person = w.insert("person", {"household_id": home, "name": "甲"})
    with other.write("迁") as w:
        w.change("household", home, {"division_code": EAST})
    source = new_register("S")
    merge(laptop, source)
    merge(other, source)
    digests = set()
    for order in itertools.islice(itertools.permutations(everything(source)), 0, 24, 5):
        county = new_register("C")
        limit(county, LAPTOP, EAST)
        for op in order:
            deliver(pack_up(source, [op]), county)
        assert waiting(county) == set()
        digests.add(county.digest())
    assert len(digests) == 1
    assert list(table_rows(county, "person")) == [person]


def test_admitting_and_refusing_travel_and_can_be_undone(county_and_laptop: tuple[Register, Register]) -> None:
    county, laptop = county_and_laptop
    with laptop.write("建") as w:
        row = w.insert("household", {"division_code": WEST})
        w.insert("person", {"household_id": row, "name": "甲"})
    merge(laptop, county)
    (outside,) = [op.op_id for op in everything(county) if op.table == 2]
    states = [county.digest()]
    with county.write("接收") as w:
        w.admit([outside])
    assert len(table_rows(county, "household")) == 1
    assert len(table_rows(county, "person")) == 0  # the person lies where the household lies: outside
    states.append(county.digest())
    assert w.result is not None
    unit = w.result.unit_id
    for expected in (0, 1, 0, 1):  # undo, undo of the undo, …
        unit = county.undo(unit).unit_id
        assert county.digest() == states[expected]
    with county.write("拒绝") as w:
        w.refuse([outside])
    assert table_rows(county, "household") == {}
    assert county.digest() == states[0]


def test_a_laptop_cannot_admit_itself(county_and_laptop: tuple[Register, Register]) -> None:
    county, laptop = county_and_laptop
    with laptop.write("建") as w:
        w.insert("household", {"division_code": WEST})
    mine = everything(laptop)[0].op_id
    with laptop.write("接收") as w:
        w.admit([mine])
    merge(laptop, county)
    assert table_rows(county, "household") == {}


def test_a_laptop_undoes_what_is_its_own_or_lies_inside_and_nothing_else(
    county_and_laptop: tuple[Register, Register],
) -> None:
    county, laptop = county_and_laptop
    with county.write("建") as w:
        near = w.insert("household", {"division_code": EAST})
    with county.write("建") as w:
        far = w.insert("household", {"division_code": WEST})
    with laptop.write("建") as w:
        refused = w.insert("household", {"division_code": WEST})
    merge(laptop, county)
    outside = [op.op_id for op in everything(county) if op.row.hex() == refused]
    with county.write("拒绝") as refusal:
        refusal.refuse(outside)
    merge(county, laptop)
    by_row = {op.row.hex(): op.op_id for op in everything(county) if op.table}
    assert refusal.result is not None
    decision = next(op.op_id for op in everything(county) if op.unit.hex() == refusal.result.unit_id)
    with laptop.write("撤") as w:
        w.retract([by_row[near], by_row[far], decision])
    assert w.result is not None
    merge(laptop, county)
    assert list(table_rows(county, "household")) == [far]
    laptop.undo(w.result.unit_id)  # undoing its own undo counts at the county, too
    merge(laptop, county)
    assert sorted(table_rows(county, "household")) == sorted([near, far])


def test_a_refused_retraction_does_not_act(county_and_laptop: tuple[Register, Register]) -> None:
    county, laptop = county_and_laptop
    with county.write("建") as w:
        row = w.insert("household", {"division_code": EAST})
    merge(county, laptop)
    first = everything(laptop)[0].op_id
    with laptop.write("撤") as w:
        w.retract([first])
    merge(laptop, county)
    assert table_rows(county, "household") == {}
    retraction = everything(county)[-1].op_id
    with county.write("拒绝") as w:
        w.refuse([retraction])
    assert list(table_rows(county, "household")) == [row]


def test_a_certificate_that_comes_late_judges_what_is_there(new_register: MakeRegister) -> None:
    early, late, laptop = new_register("C"), new_register("D"), new_register("L")
    with laptop.write("建") as w:
        w.insert("household", {"division_code": EAST})
        far = w.insert("household", {"division_code": WEST})
    limit(early, LAPTOP, EAST)
    merge(laptop, early)
    merge(laptop, late)
    limit(late, LAPTOP, EAST)
    assert waiting(early) == waiting(late) == {far}
    assert early.digest() == late.digest()
    for county in (early, late):
        limit(county, LAPTOP, WEST)  # a second certificate adds to the first
        assert waiting(county) == set()
    assert early.digest() == late.digest() == laptop.digest()


def test_clearing_a_place_opens_a_record_to_nobody(county_and_laptop: tuple[Register, Register]) -> None:
    county, laptop = county_and_laptop
    with county.write("建") as w:
        row = w.insert("household", {"division_code": WEST})
    with county.write("清") as w:
        w.change("household", row, {"division_code": None})
    merge(county, laptop)
    with laptop.write("改") as w:
        w.change("household", row, {"phone": "7"})
    merge(laptop, county)
    assert waiting(county) == {row}


def test_rows_in_bulk_let_in_what_waited_for_them(county_and_laptop: tuple[Register, Register]) -> None:
    county, laptop = county_and_laptop
    home = "0a" * 16
    with laptop.write("建") as w:
        w.insert("person", {"household_id": home, "name": "先到"})
    merge(laptop, county)
    assert table_rows(county, "person") == {}
    with county.write("导入") as w:
        w.insert_many("household", [{"id": home, "division_code": EAST}])
    assert len(table_rows(county, "person")) == 1


def test_a_row_of_the_county_is_not_claimed_by_inserting_it_again(new_register: MakeRegister) -> None:
    """Neither for the insert nor for what the laptop says afterwards, whichever arrives first."""
    county, laptop = new_register("C"), new_register("L")
    with county.write("建") as w:
        row = w.insert("household", {"division_code": WEST, "phone": "1"})
    with laptop.write("占") as w:
        w.ensure("household", row, {"division_code": EAST, "phone": "2"})
        w.insert("person", {"household_id": row, "name": "甲"})
    with laptop.write("移") as w:
        w.remove("household", row)
    source = new_register("S")
    merge(laptop, source)
    merge(county, source)
    digests = set()
    for order in (everything(source), everything(source)[::-1]):
        fresh = new_register("C")
        limit(fresh, LAPTOP, EAST)
        for op in order:
            deliver(pack_up(source, [op]), fresh)
        shown = table_rows(fresh, "household")[row]
        assert (shown["division_code"], shown["phone"], shown["removed"], shown["in_conflict"]) == (WEST, "1", 0, 0)
        assert table_rows(fresh, "person") == {}
        assert len(raw(fresh, "SELECT 1 FROM op WHERE admitted<>1")) == 3
        digests.add(fresh.digest())
        claims = [op for op in everything(fresh) if op.kind == INSERT and op.row.hex() == row]
        with fresh.write("允许") as w:  # the county may let it in: then it is a conflict, and the rest follows
            w.admit([op.op_id for op in claims if op.op_id[8:9] == b"L"])
        assert len(table_rows(fresh, "person")) == 1
    assert len(digests) == 1


def test_a_row_that_two_laptops_insert_is_a_conflict(new_register: MakeRegister) -> None:
    """Neither laptop has more right to it, and neither insert is lost."""
    row = "0c" * 16
    laptops = {letter: new_register(letter) for letter in "LM"}
    for (letter, laptop), place in zip(laptops.items(), (EAST, WEST), strict=True):
        with laptop.write("建") as w:
            w.ensure("household", row, {"division_code": place, "phone": letter})
    digests = set()
    for order in ("LM", "ML"):
        county = new_register("C")
        limit(county, LAPTOP, EAST)
        limit(county, b"M" * 32, WEST)
        for letter in order:
            merge(laptops[letter], county)
        assert waiting(county) == set()
        assert {c.cell for c in county.conflicts()} == {"division", "phone"}
        digests.add(county.digest())
    assert len(digests) == 1
