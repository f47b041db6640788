"""What a person has to decide, what resting on a unit means, and what deciding and undoing does."""

from __future__ import annotations

from desktop.store.register import Register
from tests.store.conftest import MakeRegister
from tests.store.registers import everything, merge, table_rows


def two_laptops(new_register: MakeRegister) -> tuple[Register, Register, str]:
    a, b = new_register("A"), new_register("B")
    with a.write("建") as w:
        row = w.insert("household", {"phone": "1", "quantity": "5", "unit": "m", "parts": [["s", 1]]})
    merge(a, b)
    return a, b, str(row)


def both_change(a: Register, b: Register, row: str, **values: tuple[object, object]) -> None:
    for register, take in ((a, 0), (b, 1)):
        with register.write(f"改{take}", user=f"人{take}") as w:
            w.change("household", row, {c: v[take] for c, v in values.items()})
    merge(b, a)
    merge(a, b)


def test_a_conflict_shows_both_sides_and_what_it_was(new_register: MakeRegister) -> None:
    a, b, row = two_laptops(new_register)
    both_change(a, b, row, phone=("2", "3"))
    (mine,), (theirs,) = a.conflicts(), b.conflicts()
    assert mine == theirs
    assert (mine.table, mine.row_id, mine.cell, mine.ancestor) == ("household", row, "phone", "1")
    assert sorted((c.value, c.raw, c.who, c.reason, c.device[:2]) for c in mine.choices) == [
        ("2", "2", "人0", "改0", "41"),
        ("3", "3", "人1", "改1", "42"),
    ]
    assert sum(c.shown for c in mine.choices) == 1


def test_composite_and_list_cells_conflict_as_wholes(new_register: MakeRegister) -> None:
    a, b, row = two_laptops(new_register)
    both_change(a, b, row, quantity=("6", "5"), unit=("m", "km"), parts=([["s", 2]], [["t", 1]]))
    by_cell = {c.cell: c for c in a.conflicts()}
    assert sorted(c.raw for c in by_cell["amount"].choices) == [["5", "km"], ["6", "m"]]
    assert {"quantity": "6", "unit": "m"} in [c.value for c in by_cell["amount"].choices]
    assert by_cell["parts"].ancestor == [{"source": "s", "fen": 1}]
    with a.write("裁决") as w:
        for conflict in by_cell.values():
            w.resolve("household", row, conflict.cell_id, min(c.raw for c in conflict.choices))
    assert a.conflicts() == []
    assert a.row("household", row)["parts"] == [{"source": "s", "fen": 2}]  # type: ignore[index]
    assert a.row("household", row)["unit"] == "km"  # type: ignore[index]


def test_different_cells_of_a_record_merge_without_a_word(new_register: MakeRegister) -> None:
    a, b, row = two_laptops(new_register)
    with a.write("改") as w:
        w.change("household", row, {"phone": "2"})
    with b.write("改") as w:
        w.change("household", row, {"size": 3})
    merge(a, b)
    merge(b, a)
    assert a.conflicts() == b.conflicts() == []
    assert [a.row("household", row)[c] for c in ("phone", "size")] == ["2", 3]  # type: ignore[index]


def test_undoing_a_decision_brings_the_conflict_back(new_register: MakeRegister) -> None:
    a, b, row = two_laptops(new_register)
    both_change(a, b, row, phone=("2", "3"))
    before, digest = a.conflicts(), a.digest()
    with a.write("裁决", source="resolve") as w:
        w.resolve("household", row, 2, "4")
    assert a.conflicts() == []
    merge(a, b)
    assert b.conflicts() == []
    assert w.result is not None
    a.undo(w.result.unit_id)
    assert (a.conflicts(), a.digest()) == (before, digest)
    merge(a, b)
    assert b.conflicts() == before


def test_two_decisions_made_apart_are_a_conflict_again(new_register: MakeRegister) -> None:
    a, b, row = two_laptops(new_register)
    both_change(a, b, row, phone=("2", "3"))
    for register, value in ((a, "2"), (b, "3")):
        with register.write("裁决") as w:
            w.resolve("household", row, 2, value)
    merge(a, b)
    assert {c.value for c in b.conflicts()[0].choices} == {"2", "3"}


def test_the_same_and_yet_different_is_a_case_that_can_be_decided_either_way(new_register: MakeRegister) -> None:
    for same in (1, 0):
        r = new_register()
        with r.write("建") as w:
            x, y = w.insert("party", {"name": "甲"}), w.insert("party", {"name": "甲"})
        with r.write("同") as w:
            w.same_as("party", x, y)
        with r.write("异") as w:
            w.different("party", y, x)
        (case,) = r.conflicts()
        assert (case.cell, sorted(c.raw for c in case.choices)) == ("same_as", [0, 1])
        with r.write("裁决") as w:
            w.resolve("party", case.row_id, case.cell_id, same)
        assert r.conflicts() == []
        assert sum(x["canonical_id"] is not None for x in table_rows(r, "party").values()) == same
        assert w.result is not None
        r.undo(w.result.unit_id)
        assert r.conflicts() == [case]


def test_what_rests_on_a_unit_is_listed_before_it_is_undone(new_register: MakeRegister) -> None:
    r = new_register()
    with r.write("导入") as first:
        home = first.insert("household", {"phone": "1"})
    with r.write("加人") as w:
        w.insert("person", {"household_id": home, "name": "样"})
    with r.write("补") as w:
        w.change("household", home, {"size": 4})  # a cell the import had not stated
    with r.write("无关") as w:
        w.insert("party", {"name": "x"})
    assert first.result is not None
    later = r.built_on(first.result.unit_id)
    assert later == [everything(r)[1], everything(r)[2]]
    r.undo(first.result.unit_id)
    assert [op.kind for op in r.built_on(first.result.unit_id)] == [1, 2, 6]
