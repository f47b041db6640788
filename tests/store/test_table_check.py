"""What differs between tables and journal is named row by row, and nobody but the journal can make them differ."""

from __future__ import annotations

import pytest

from desktop.store.register import Register
from tests import journal_guard
from tests.journal_guard import past_the_journal
from tests.store.conftest import MakeRegister
from tests.store.registers import limit, merge


@pytest.fixture
def told(new_register: MakeRegister) -> tuple[Register, dict[str, str]]:
    """A county with a household, its double, a member, a conflict, something undone and something out of scope."""
    county, laptop = new_register("A"), new_register("B")
    limit(county, b"B" * 32, "4407")
    with county.write("建") as w:
        home = w.insert("household", {"division_code": "4407", "phone": "1", "parts": [["a", 1]]})
        twin = w.insert("household", {"division_code": "4407", "phone": "1"})
        person = w.insert("person", {"household_id": home, "name": "样"})
    with county.write("并") as w:
        w.same_as("household", home, twin)
    merge(county, laptop)
    for register, phone in ((county, "2"), (laptop, "3")):
        with register.write("改") as w:
            w.change("household", home, {"phone": phone})
    with laptop.write("外") as w:
        far = w.insert("household", {"division_code": "5101"})
    merge(laptop, county)
    with county.write("误") as w:
        w.change("person", person, {"name": "错"})
    assert w.result is not None
    county.undo(w.result.unit_id)
    assert county.check_tables() == []
    return county, {"home": home, "twin": twin, "person": person, "far": far, "low": min(home, twin)}


@pytest.mark.parametrize(
    ("spoil", "who", "what"),
    [
        ("UPDATE person SET name='损' WHERE id='{person}'", "person", "表里的内容"),
        ("UPDATE household SET in_conflict=0 WHERE id='{twin}'", "twin", "表里的内容"),
        ("UPDATE household SET phone_tail='9' WHERE id='{home}'", "home", "表里的内容"),
        ("DELETE FROM person", "person", "表里的内容"),
        ("UPDATE household_part SET fen=2 WHERE household_id='{home}'", "home", "parts"),
        ("DELETE FROM household_part WHERE household_id='{twin}'", "twin", "parts"),
        ("INSERT INTO party (id,removed,in_conflict) VALUES ('0a',0,0)", "0a", "没有这一行"),
        ("INSERT INTO household_part (household_id,position) VALUES ('0b',0)", "0b", "没有所属的行"),
        ("DELETE FROM conflict", "low", "冲突"),
        ("UPDATE op SET void=0", "person", "是否已撤回"),
        ("UPDATE op SET admitted=1", "far", "是否计入"),
        ("DELETE FROM same_class", "home", "相同"),
    ],
)
def test_what_differs_is_named(told: tuple[Register, dict[str, str]], spoil: str, who: str, what: str) -> None:
    register, rows = told
    with past_the_journal(), register.bookkeeping() as sql:
        sql.run(spoil.format(**rows))
    found = register.check_tables()
    assert any(d.row_id == rows.get(who, who) and what in d.what for d in found), found
    register.rebuild()
    assert register.check_tables() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE household SET phone='9'",
        "DELETE FROM household",
        "INSERT INTO party (id,removed,in_conflict) VALUES ('0a',0,0)",
        "UPDATE op SET void=1",
        "DELETE FROM household_part",
    ],
)
def test_no_shared_table_is_written_past_the_journal(
    told: tuple[Register, dict[str, str]], statement: str
) -> None:
    register, _ = told
    with pytest.raises(Exception, match=r"not authorized|not by way of the journal"), register.bookkeeping() as sql:
        sql.run(statement)
    assert len(journal_guard.trespasses) == 1
    journal_guard.trespasses.clear()
    with register.write("记") as w:
        w.insert("party", {"name": "样"})
    with register.bookkeeping() as sql:
        sql.run("INSERT INTO meta (name,value) VALUES ('x','1')")
    assert journal_guard.trespasses == []
