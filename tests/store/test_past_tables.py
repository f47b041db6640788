"""Tables as they were known at a moment, in memory: the same rows as `known_at` gives, whatever happened since."""

from __future__ import annotations

import random
from typing import Any

from desktop.store.database import Sql
from desktop.store.past_tables import PastTables
from desktop.store.register import Register
from tests.store.conftest import MakeRegister
from tests.store.registers import NOON, limit, merge

TABLES = ("party", "household", "person", "setting")


def _rows(past: PastTables, table: str) -> list[dict[str, Any]]:
    """Live rows of a table in memory, in the shape `known_at` gives."""
    columns = {
        "party": ("id", "name"), "person": ("id", "household_id", "name"), "setting": ("id", "value"),
        "household": ("id", "division_id", "division_code", "phone", "quantity", "unit", "size"),
    }[table]  # fmt: skip
    with past.reading() as sql:
        found = [
            dict(zip(columns, row, strict=True))
            for row in sql.rows(
                f"SELECT {','.join(columns)} FROM {table} WHERE removed=0 AND canonical_id IS NULL ORDER BY id"
            )
        ]
        if table == "household":
            for row in found:
                row["parts"] = [
                    {"source": source, "fen": fen}
                    for source, fen in sql.rows(
                        "SELECT source,fen FROM household_part WHERE household_id=? ORDER BY position", (row["id"],)
                    )
                ]
    return found


def _same_at(register: Register, at: int) -> None:
    past = register.tables_known_at(TABLES, at)
    for table in TABLES:
        known = [dict(r) for r in register.known_at(table, at)]
        assert _rows(past, table) == known, (table, at)
    past.close()


def test_any_moment_of_a_long_story_with_merges_undoing_and_sameness(new_register: MakeRegister) -> None:
    rng = random.Random(11)
    county, laptop = new_register("C"), new_register("L", at=NOON + 50_000)
    limit(county, b"L" * 32, "4407051001")
    homes: list[str] = []
    units: list[str] = []
    moments = [NOON - 1]
    for turn in range(24):
        writer = rng.choice((county, laptop))
        there = [h for h in homes if writer.row("household", h) is not None]
        with writer.write("改") as w:
            if not there or rng.random() < 0.4:
                code = rng.choice(("440705100101", "440705100201"))
                homes.append(w.insert("household", {"division_code": code, "size": turn, "parts": [["a", turn]]}))
                w.insert("person", {"household_id": homes[-1], "name": str(turn)})
            else:
                w.change("household", rng.choice(there), {"phone": str(turn), "parts": [["b", turn], ["c", None]]})
        if w.result is not None and w.result.operations and writer is county:
            units.append(w.result.unit_id)
        if rng.random() < 0.5:
            merge(laptop, county)
        if rng.random() < 0.3:
            merge(county, laptop)
        if rng.random() < 0.2 and units:
            county.undo(units.pop(rng.randrange(len(units))))
        known = [h for h in homes if county.row("household", h) is not None]
        if rng.random() < 0.08 and len(known) > 1:
            with county.write("同一户") as w:
                w.same_as("household", *rng.sample(known, 2))
        if rng.random() < 0.1 and known:
            with county.write("移除") as w:
                w.remove("household", rng.choice(known))
        moments.append(county.now())
    with county.reading() as sql:
        waiting = [bytes(o) for o in sql.column("SELECT op_id FROM op WHERE admitted<>1 ORDER BY op_id")]
    assert waiting
    with county.write("接收") as w:
        w.admit(waiting[:3])
    moments.append(county.now())
    for at in moments:
        _same_at(county, at)
    assert len({len(county.known_at("household", at)) for at in moments}) > 3


def test_the_memory_is_asked_like_the_register(new_register: MakeRegister) -> None:
    """Statements of a reader run on it unchanged, and derived columns are there."""
    r = new_register()
    with r.write("建") as w:
        home = w.insert("household", {"division_code": "4407", "phone": "1234", "quantity": "3"})
        w.insert("person", {"household_id": home, "name": "甲"})
    before = r.now()
    with r.write("改") as w:
        w.change("household", home, {"phone": "5678"})
    past = r.tables_known_at(("household", "person"), before)

    def ask(sql: Sql) -> list[Any]:
        return [
            *sql.column("SELECT phone_tail FROM household WHERE id=?", (home,)),
            *(n for (n,) in sql.in_chunks("SELECT name FROM person WHERE household_id IN (*)", [home])),
        ]

    with past.reading() as sql:
        assert ask(sql) == ["34", "甲"]
    with r.reading() as sql:
        assert ask(sql) == ["78", "甲"]
    past.close()
    past.close()
