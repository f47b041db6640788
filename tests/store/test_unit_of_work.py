"""Units of work: all or nothing, unchanged values write nothing, and what was seen is what is superseded."""

from __future__ import annotations

import json

import pytest

from desktop.common.errors import NotAllowed, UsageError
from desktop.store.register import Register
from desktop.store.schema import TOMBSTONE
from desktop.store.unit_of_work import Seen
from tests.store.conftest import MakeRegister
from tests.store.registers import child_rows, deliver, everything, merge, pack_up, table_rows

VILLAGE = "440705100101"


def household(register: Register, **values: object) -> str:
    with register.write("登记") as w:
        return str(w.insert("household", {"division_code": VILLAGE, "phone": "100", **values}))


def test_a_record_is_in_table_and_journal_at_once(new_register: MakeRegister) -> None:
    r = new_register()
    with r.write("登记", source="visit:1") as w:
        row = w.insert("household", {"division_code": VILLAGE, "phone": "10012", "parts": [["a", 5], ["b", 7]]})
    assert w.result is not None
    assert (w.result.operations, w.result.kinds) == (1, {"household"})
    assert table_rows(r, "household")[row]["phone_tail"] == "12"
    assert child_rows(r, "household_part") == [(row, 0, "a", 5), (row, 1, "b", 7)]
    assert r.row("household", row) == {
        "id": row, "removed": 0, "division_id": None, "division_code": VILLAGE, "phone": "10012", "quantity": None,
        "unit": None, "size": None, "parts": [{"source": "a", "fen": 5}, {"source": "b", "fen": 7}],
    }  # fmt: skip
    (unit,) = r.units()
    assert (unit.reason, unit.source, unit.unit_id.hex()) == ("登记", "visit:1", w.result.unit_id)


def test_an_error_in_the_block_leaves_nothing(new_register: MakeRegister) -> None:
    r = new_register()
    kept = household(r)
    before = r.digest()
    with pytest.raises(ZeroDivisionError), r.write("断") as w:
        w.change("household", kept, {"phone": "7"})
        w.insert_many("party", [{"name": "甲"}])
        raise ZeroDivisionError
    assert r.digest() == before
    assert table_rows(r, "party") == {}
    assert len(r.units()) == 1


def test_a_cancelled_import_leaves_nothing(new_register: MakeRegister) -> None:
    r = new_register()

    def stop(done: int) -> None:
        raise NotAllowed("停")

    with pytest.raises(NotAllowed), r.write("导入") as w:
        w.insert_many("party", ({"name": f"n{i}"} for i in range(2500)), stop)
    assert everything(r) == []


def test_unchanged_values_write_nothing(new_register: MakeRegister) -> None:
    r = new_register()
    row = household(r, quantity="3", unit="m", parts=[["a", 1]])
    with r.write("无改动") as w:
        assert w.change("household", row, {"phone": "100", "quantity": "3", "parts": [["a", 1]], "size": None}) == 0
    assert w.result is not None
    assert w.result.operations == 0
    assert len(r.units()) == 1  # nothing happened: no unit either


def test_a_cell_of_two_columns_moves_as_one(new_register: MakeRegister) -> None:
    r = new_register()
    row = household(r, quantity="3", unit="m")
    with r.write("改") as w:
        assert w.change("household", row, {"quantity": "4"}) == 1
    assert [r.row("household", row)[c] for c in ("quantity", "unit")] == ["4", "m"]  # type: ignore[index]
    with r.write("清") as w:
        w.change("household", row, {"quantity": None, "unit": ""})
    assert r.row("household", row)["unit"] is None  # type: ignore[index]


def test_several_changes_in_one_unit_follow_each_other(new_register: MakeRegister) -> None:
    r = new_register()
    with r.write("一次") as w:
        a = w.insert("household", {"phone": "1"})
        b = w.insert("household", {"phone": "1"})
        for n in range(3):
            w.change("household", a, {"phone": f"a{n}"})
            w.change("household", b, {"phone": f"b{n}"})
        w.remove("household", b)
    assert r.conflicts() == []
    assert [(x["phone"], x["removed"]) for x in (table_rows(r, "household")[i] for i in (a, b))] == [
        ("a2", 0),
        ("b2", 1),
    ]


def test_a_merge_while_a_draft_is_open_becomes_a_conflict(new_register: MakeRegister) -> None:
    a, b = new_register("A"), new_register("B")
    row = household(a)
    merge(a, b)
    seen = Seen.from_plain(json.loads(json.dumps(a.seen("household", row).to_plain())))  # kept in a draft
    with b.write("改") as w:
        w.change("household", row, {"phone": "b"})
    merge(b, a)
    with a.write("草稿") as w:
        w.change("household", row, {"phone": "a", "size": 2}, seen)
    (conflict,) = a.conflicts()
    assert (conflict.cell, {c.value for c in conflict.choices}, conflict.ancestor) == ("phone", {"a", "b"}, "100")


def test_a_value_left_as_it_was_seen_does_not_undo_a_merge(new_register: MakeRegister) -> None:
    a, b = new_register("A"), new_register("B")
    row = household(a)
    merge(a, b)
    seen = a.seen("household", row)
    with b.write("改") as w:
        w.change("household", row, {"phone": "b"})
    merge(b, a)
    with a.write("草稿") as w:
        w.change("household", row, {"phone": "100"}, seen)
    assert a.row("household", row)["phone"] == "b"  # type: ignore[index]
    assert a.conflicts() == []


def test_removing_what_was_seen_spares_an_edit_made_meanwhile(new_register: MakeRegister) -> None:
    r = new_register()
    row = household(r)
    seen = r.seen("household", row)
    with r.write("改") as w:
        w.change("household", row, {"phone": "7"})
    with r.write("移除") as w:
        w.remove("household", row, seen)
    assert r.row("household", row)["removed"] == 0  # type: ignore[index]
    assert [c.cell for c in r.conflicts()] == ["removed"]


def test_removing_and_restoring_twice_writes_once(new_register: MakeRegister) -> None:
    r = new_register()
    row = household(r)
    with r.write("移除") as w:
        w.remove("household", row)
        w.remove("household", row)
    assert w.result is not None
    assert w.result.operations == 1
    with r.write("恢复") as w:
        w.restore("household", row)
        w.restore("household", row)
    assert w.result is not None
    assert w.result.operations == 1


def test_a_decision_supersedes_only_what_was_on_screen(new_register: MakeRegister) -> None:
    a, b, c = new_register("A"), new_register("B"), new_register("C")
    row = household(a)
    for other in (b, c):
        merge(a, other)
    for register, phone in ((a, "a"), (b, "b"), (c, "c")):
        with register.write("改") as w:
            w.change("household", row, {"phone": phone})
    merge(b, a)
    seen = a.seen("household", row)
    merge(c, a)  # a third statement arrives while the first two are compared
    with a.write("裁决") as w:
        w.resolve("household", row, 2, "a", seen)
    assert {x.value for x in a.conflicts()[0].choices} == {"a", "c"}


def test_rows_that_everybody_makes_are_made_once(new_register: MakeRegister) -> None:
    a, b = new_register("A"), new_register("B")
    shared = "ab" * 16
    for register in (a, b):
        with register.write("建") as w:
            assert w.ensure("party", shared, {"name": "村委会"})
            assert not w.ensure("party", shared, {"name": "村委会"})
    merge(a, b)
    merge(b, a)
    assert a.digest() == b.digest()
    assert a.conflicts() == []
    assert list(table_rows(a, "party")) == [shared]


def test_bulk_rows_with_ids_of_their_own(new_register: MakeRegister) -> None:
    r, other = new_register("A"), new_register("B")
    early, undone = "0e" * 16, "0d" * 16
    with other.write("建") as w:
        w.insert("household", {"phone": "1"}, early)
    with other.write("改") as w:
        w.change("household", early, {"phone": "早"})
    deliver(pack_up(other, everything(other)[1:]), r)  # the edit arrives before its row
    with r.write("导入") as w:
        w.insert_many("household", [{"id": undone, "phone": "x"}])
    assert w.result is not None
    r.undo(w.result.unit_id)
    with r.write("导入") as w:
        w.insert_many("household", [{"id": i, "phone": "neu"} for i in (early, undone, "0f" * 16)])
    assert {c.row_id for c in r.conflicts()} == {early}
    assert table_rows(r, "household")[undone]["phone"] == "neu"
    for again in ([{"id": undone}], [{"id": "0a" * 16}, {"id": "0a" * 16}]):
        with pytest.raises(UsageError, match="编号"), r.write("导入") as w:
            w.insert_many("household", again)


@pytest.mark.parametrize("what", ["change", "remove", "restore"])
def test_there_is_no_such_record(new_register: MakeRegister, what: str) -> None:
    r = new_register()
    with pytest.raises(UsageError, match="没有这条记录"), r.write("改") as w:
        getattr(w, what)("party", "ff" * 16, *([{"name": "x"}] if what == "change" else []))


def test_usage_errors(new_register: MakeRegister) -> None:
    r = new_register()
    row = household(r)
    with pytest.raises(UsageError, match="nope"), r.write("改") as w:
        w.insert("nope", {})
    with pytest.raises(UsageError, match="nope"), r.write("改") as w:
        w.change("household", row, {"nope": 1})
    with pytest.raises(UsageError, match="已有这条记录"), r.write("改") as w:
        w.insert("household", {}, row)
    with pytest.raises(UsageError, match="它自己"), r.write("改") as w:
        w.same_as("household", row, row)
    with pytest.raises(UsageError, match="没有这条记录"), r.write("改") as w:
        w.same_as("household", row, "ff" * 16)


def test_deciding_for_a_removal_or_against_it(new_register: MakeRegister) -> None:
    for out in (True, False):
        r = new_register()
        row = household(r)
        seen = r.seen("household", row)
        with r.write("改") as w:
            w.change("household", row, {"phone": "7"})
        with r.write("移除") as w:
            w.remove("household", row, seen)
        with r.write("裁决") as w:
            w.resolve("household", row, TOMBSTONE, out)
        assert r.conflicts() == []
        assert table_rows(r, "household")[row]["removed"] == int(out)
        assert table_rows(r, "household")[row]["phone"] == "7"


def test_pages_hear_which_kinds_changed(new_register: MakeRegister) -> None:
    a, b = new_register("A"), new_register("B")
    row = household(a)
    merge(a, b)
    heard: list[frozenset[str]] = []
    b.listeners.append(heard.append)
    with a.write("改") as w:
        w.change("household", row, {"phone": "2"})
    assert w.result is not None
    a.undo(w.result.unit_id)
    merge(a, b)
    undo = everything(a)[-1].op_id
    with a.write("撤回撤回") as w:
        w.retract([undo])
    assert w.result is not None
    assert w.result.kinds == {"household"}
    merge(a, b)  # brings a retraction alone: the page of households has to hear of it
    assert heard == [{"household"}, {"household"}]
