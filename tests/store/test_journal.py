"""Merging is a union of operations: order, repetition and early arrival change nothing."""

from __future__ import annotations

import random

import pytest

from desktop.common.errors import PackageRefused
from desktop.store.operations import FIELD, INSERT, Operation, pack
from desktop.store.provenance import Unit
from desktop.store.register import Register
from tests.journal_guard import past_the_journal
from tests.store.conftest import MakeRegister
from tests.store.registers import NEWER, NOON, YEAR, Package, deliver, everything, merge, pack_up, raw, table_rows


def history_of(new_register: MakeRegister) -> Register:
    """A register with a bit of everything in it."""
    r = new_register("A")
    with r.write("建") as w:
        home = w.insert("household", {"division_code": "4407", "phone": "1", "parts": [["a", 1]]})
        twin = w.insert("household", {"division_code": "4407", "phone": "2"})
        person = w.insert("person", {"household_id": home, "name": "样"})
    with r.write("改") as w:
        w.change("household", home, {"phone": "3", "parts": [["a", 2]]})
        w.same_as("household", home, twin)
        w.remove("person", person)
    last = r.units()[0].unit_id.hex()
    undone = r.undo(last)
    r.undo(undone.unit_id)
    return r


@pytest.mark.parametrize("seed", range(4))
def test_any_order_and_any_pieces_give_the_same_state(new_register: MakeRegister, seed: int) -> None:
    source = history_of(new_register)
    target = new_register("B")
    ops = everything(source)
    random.Random(seed).shuffle(ops)
    for start in range(0, len(ops), 2):
        deliver(pack_up(source, ops[start : start + 2]), target)
    deliver(pack_up(source, ops[:3]), target)
    assert target.digest() == source.digest()
    assert table_rows(target, "household") == table_rows(source, "household")


def test_a_package_merged_again_changes_nothing(new_register: MakeRegister) -> None:
    source = history_of(new_register)
    target = new_register("B")
    assert len(merge(source, target)) == len(everything(source))
    before = raw(target, "SELECT * FROM op ORDER BY seq"), raw(target, "SELECT * FROM arrival")
    assert merge(source, target) == []
    assert (raw(target, "SELECT * FROM op ORDER BY seq"), raw(target, "SELECT * FROM arrival")) == before


def test_a_far_future_clock_neither_pulls_nor_loses(new_register: MakeRegister) -> None:
    ahead, here = new_register("A", at=NOON + 30 * YEAR), new_register("B")
    with ahead.write("建") as w:
        row = w.insert("party", {"name": "未来"})
    merge(ahead, here)
    with here.write("改") as w:
        w.change("party", row, {"name": "现在"})
    assert here.row("party", row)["name"] == "现在"  # type: ignore[index]
    assert here.conflicts() == []
    mine = everything(here)[-1].op_id
    assert int.from_bytes(mine[:6], "big") < NOON + YEAR


def test_a_restored_backup_never_issues_an_id_again(new_register: MakeRegister) -> None:
    r = new_register("A")
    with r.write("一") as w:
        w.insert("party", {"name": "一"})
    merge(r, copy := new_register("A", at=NOON - 5))  # same device, an earlier clock, as a restored copy has
    for register in (r, copy):
        with register.write("二") as w:
            w.insert("party", {"name": "二"})
    ids = [op.op_id for register in (r, copy) for op in everything(register)]
    assert len(set(ids)) == len(ids) - 1  # only the first is known to both
    merge(r, copy)
    merge(copy, r)
    assert r.digest() == copy.digest()


def test_the_same_id_with_other_content_is_refused(new_register: MakeRegister) -> None:
    source, target = new_register("A"), new_register("B")
    with source.write("建") as w:
        w.insert("party", {"name": "真"})
    package = pack_up(source)
    forged = [package.operations[0]._replace(value=pack({1: "假"}))]
    with pytest.raises(PackageRefused, match="编号相同"):
        deliver(Package(package.operations + forged, package.units, package.replicas), target)
    assert everything(target) == []
    deliver(package, target)
    with pytest.raises(PackageRefused, match="同号"):
        deliver(Package(forged, package.units, package.replicas), target)
    assert target.digest() == source.digest()


@pytest.mark.parametrize("missing", ["units", "replicas"])
def test_operations_from_nowhere_are_refused(new_register: MakeRegister, missing: str) -> None:
    source, target = new_register("A"), new_register("B")
    with source.write("建") as w:
        w.insert("party", {"name": "甲"})
    package = pack_up(source)
    setattr(package, missing, [] if missing == "units" else {})
    with pytest.raises(PackageRefused, match="没有说明"):
        deliver(package, target)
    assert everything(target) == []
    assert target.units() == []


def test_a_malformed_operation_refuses_the_whole_package(new_register: MakeRegister) -> None:
    source, target = new_register("A"), new_register("B")
    with source.write("建") as w:
        w.insert("party", {"name": "甲"})
        w.insert("party", {"name": "乙"})
    package = pack_up(source)
    package.operations[1] = package.operations[1]._replace(value=b"\xc1")
    with pytest.raises(PackageRefused, match="格式有误"):
        deliver(package, target)
    assert everything(target) == []


def test_what_a_newer_version_says_is_kept_and_relayed(new_register: MakeRegister) -> None:
    newer, old, county = new_register("A", NEWER), new_register("B"), new_register("C", NEWER)
    with newer.write("建") as w:
        row = w.insert("household", {"phone": "1", "wish": "新", "urgency": "高"})
        w.insert("visit", {"note": "见"})
    with newer.write("改") as w:
        w.change("household", row, {"urgency": "低"})
    merge(newer, old)
    with old.write("改") as w:
        w.change("household", row, {"phone": "2"})
    merge(old, county)
    merge(old, newer)
    assert newer.digest() == old.digest() == county.digest()
    assert table_rows(county, "household") == table_rows(newer, "household")
    assert table_rows(county, "household")[row]["urgency"] == "低"


def test_a_value_this_version_has_no_room_for_does_not_stop_a_merge(new_register: MakeRegister) -> None:
    """Text in a number's column, a list in a text's, a number beyond 64 bits: kept, and empty in the table."""
    r = new_register("A")
    replica, unit, row = b"newerone", b"u" * 16, b"\x09" * 16
    oid = lambda n: n.to_bytes(8, "big") + replica  # noqa: E731
    ops = [
        Operation(oid(1), INSERT, 2, row, 0, pack({2: ["a", "b"], 5: "many", 4: ["x", ["a", 1, 2], 5]}), b"", unit),
        Operation(oid(2), FIELD, 2, row, 5, pack((1 << 64) - 1), oid(1), unit),
        Operation(oid(3), 77, 2, row, 5, b"\xc1", b"", unit),
    ]
    package = Package(ops, [Unit(unit, b"N" * 32, "", "", 0, "")], {replica: b"N" * 32})
    deliver(package, r)
    assert table_rows(r, "household")[row.hex()]["size"] is None
    assert r.row("household", row.hex())["parts"] == [  # type: ignore[index]
        {"source": None, "fen": None}, {"source": "a", "fen": 1}, {"source": None, "fen": None},
    ]  # fmt: skip
    assert everything(r) == ops
    with r.write("改") as w:
        w.change("household", row.hex(), {"size": 3})
    assert table_rows(r, "household")[row.hex()]["size"] == 3


def test_undo_and_its_undo(new_register: MakeRegister) -> None:
    r = new_register()
    with r.write("建") as w:
        row = w.insert("party", {"name": "一"})
    states = [r.digest()]
    with r.write("改") as w:
        w.change("party", row, {"name": "二"})
    states.append(r.digest())
    assert w.result is not None
    unit = w.result.unit_id
    for expected in (0, 1, 0, 1):
        unit = r.undo(unit).unit_id
        assert r.digest() == states[expected]


def test_undoing_an_edit_in_the_middle_brings_what_it_replaced_back(new_register: MakeRegister) -> None:
    """A void operation supersedes nothing: the first value and the last one stand side by side."""
    r = new_register()
    with r.write("建") as w:
        row = w.insert("party", {"name": "一"})
    with r.write("改") as w:
        w.change("party", row, {"name": "二"})
    assert w.result is not None
    middle = w.result.unit_id
    with r.write("再改") as w:
        w.change("party", row, {"name": "三"})
    assert [op.unit.hex() for op in r.built_on(middle)] == [w.result.unit_id]  # type: ignore[union-attr]
    r.undo(middle)
    assert {c.value for c in r.conflicts()[0].choices} == {"一", "三"}


def test_a_retract_that_arrives_first_waits_for_what_it_names(new_register: MakeRegister) -> None:
    source, target = new_register("A"), new_register("B")
    with source.write("建") as w:
        w.insert("party", {"name": "一"})
    assert w.result is not None
    source.undo(w.result.unit_id)
    insert, retract = everything(source)
    deliver(pack_up(source, [retract]), target)
    deliver(pack_up(source, [insert]), target)
    assert table_rows(target, "party") == {}
    assert target.digest() == source.digest()


def test_rebuild_mends_tables_and_marks(new_register: MakeRegister) -> None:
    r = history_of(new_register)
    before = r.digest()
    with past_the_journal(), r.bookkeeping() as sql:
        sql.run("UPDATE household SET phone='damaged'")
        sql.run("DELETE FROM person")
        sql.run("DELETE FROM household_part")
        sql.run("INSERT INTO party (id,removed,in_conflict) VALUES ('x',0,0)")
        sql.run("DELETE FROM void_edge")
        sql.run("UPDATE op SET void=0")
    assert len(r.check_tables()) >= 4
    r.rebuild()
    assert r.check_tables() == []
    assert r.digest() == before


def test_records_found_to_be_the_same_show_one_state(new_register: MakeRegister) -> None:
    r = new_register()
    with r.write("建") as w:
        a, b, c = sorted(w.insert("household", {"phone": p}) for p in ("1", "2", "3"))
    before = r.digest()
    with r.write("同") as w:
        w.same_as("household", c, b)
        w.same_as("household", a, b)
    rows = table_rows(r, "household")
    assert [rows[x]["canonical_id"] for x in (a, b, c)] == [None, a, a]
    assert len({rows[x]["phone"] for x in (a, b, c)}) == 1
    assert [c_.cell for c_ in r.conflicts()] == ["phone"]
    with r.write("改") as w2:
        w2.change("household", c, {"size": 4})
    assert {x["size"] for x in table_rows(r, "household").values()} == {4}
    for unit in (w2.result, w.result):
        assert unit is not None
        r.undo(unit.unit_id)
    assert r.digest() == before


def test_a_record_that_leaves_a_class_changes_what_the_others_show(new_register: MakeRegister) -> None:
    r = new_register()
    with r.write("建") as w:
        a, b, c = (f"0{n}" * 16 for n in "abc")
        for row, name in ((a, "甲"), (c, "甲"), (b, "乙")):
            w.ensure("party", row, {"name": name})
    with r.write("同") as w:
        w.same_as("party", a, c)
    with r.write("同") as w:
        w.same_as("party", b, c)
    assert [x.cell for x in r.conflicts()] == ["name"]
    assert w.result is not None
    r.undo(w.result.unit_id)
    assert r.conflicts() == []
    assert {i: x["name"] for i, x in table_rows(r, "party").items()} == {a: "甲", b: "乙", c: "甲"}
