"""A laptop with a newer program: what an older county does not know it keeps, relays, and shows once it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text

from desktop.app.exchange import exchanging
from desktop.app.records.records import list_records
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.registry.tables import METADATA, SCHEMA
from desktop.store import opening
from desktop.store.key_slot import FAST_FOR_TESTS
from desktop.store.schema import CellSpec, Schema, TableSpec
from tests.exchange.laptops import PASSPHRASE, TOWN, Make, enrol, send

NUMBER, CELL = 64_000, 60_000
WISH = TableSpec(NUMBER, "wish", (CellSpec(1, "text", ("text",)), CellSpec(2, "household_id", ("household_id",))))
HOUSEHOLD = SCHEMA["household"]
NEWER = Schema(
    (*(t for t in SCHEMA.tables if t is not HOUSEHOLD), WISH,
     replace(HOUSEHOLD, cells=(*HOUSEHOLD.cells, CellSpec(CELL, "wifi", ("wifi",)))))
)  # fmt: skip


def newer_tables() -> MetaData:
    """Today's tables, a column more, a table more."""
    metadata = MetaData()
    for table in METADATA.sorted_tables:
        table.to_metadata(metadata)
    metadata.tables["household"].append_column(Column("wifi", Text))
    columns = [Column(name, Text, primary_key=name == "id") for name in ("id", "canonical_id", "text", "household_id")]
    Table("wish", metadata, *columns, Column("removed", Integer), Column("in_conflict", Integer))
    return metadata


@pytest.fixture
def make_newer(tmp_path: Path) -> Iterator[Callable[[str], Workspace]]:
    """Makes a town's laptop with the newer program."""
    made: list[Workspace] = []
    tables = newer_tables()

    def build(name: str, *, again: bool = False) -> Workspace:
        if again:
            register: Any = opening.open_register(
                tmp_path / name, schema=NEWER, tables=tables, passphrase=PASSPHRASE
            )
        else:
            register, _ = opening.create(
                tmp_path / name, schema=NEWER, tables=tables, unit_name=name, level="town", division_code=TOWN,
                user=f"{name}样", passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
            )  # fmt: skip
        made.append(Workspace(register, str(tmp_path / name)))
        return made[-1]

    yield build
    for ws in made:
        ws.close()


def test_what_the_county_does_not_know_it_keeps_and_relays(
    make: Make, make_newer: Callable[..., Workspace], tmp_path: Path
) -> None:
    county = make("county", level="county", division="440705")
    a, b, old = make_newer("a"), make_newer("b"), make("old")
    for ws in (a, b, old):
        enrol(county, ws, tmp_path, TOWN)
    with a.write("建") as w:
        home = w.insert("household", {"head_name": "王样", "division_code": f"{TOWN}201", "wifi": "有"})
        wish = w.insert("wish", {"text": "修路", "household_id": home})
    with a.write("改") as w:
        w.change("wish", wish, {"text": "修桥"})
        w.change("household", home, {"wifi": "没有"})
    assert send(a, county, tmp_path / "1.xcp").outside_scope == 0
    for name, ws in (("b", b), ("old", old)):
        send(county, ws, tmp_path / f"to-{name}.xcp")
    assert [r["text"] for r in list_records(b, "wish")] == ["修桥"]
    assert [r["wifi"] for r in list_records(b, "household")] == ["没有"]
    assert len({ws.register.digest(TOWN) for ws in (a, b, county, old)}) == 1
    assert county.register.check_tables() == old.register.check_tables() == []

    # an older machine's edit, removal and rebuild leave the unknown parts alone
    with old.write("改") as w:
        w.change("household", home, {"phone": "10000000001"})
    old.register.rebuild()
    send(old, county, tmp_path / "2.xcp")
    send(county, a, tmp_path / "3.xcp")
    row = a.register.row("household", home)
    assert row is not None and (row["phone"], row["wifi"]) == ("10000000001", "没有")

    # both edit what the county does not know: it is a conflict there, too, and the newer laptop decides it
    for ws, text in ((a, "修渠"), (b, "修井")):
        with ws.write("改") as w:
            w.change("wish", wish, {"text": text})
        send(ws, county, tmp_path / f"4{ws.unit_name}.xcp")
    assert [(c.table, c.cell) for c in county.register.conflicts()] == [(str(NUMBER), "1")]
    (unknown,) = exchanging.conflict_views(county)
    assert (unknown.record_word, unknown.field_word) == ("新版程序的记录", "新版程序的内容")
    with pytest.raises(UsageError, match="升级"):
        exchanging.resolve(county, unknown.case, take=1)
    send(county, b, tmp_path / "5.xcp")
    (case,) = exchanging.conflict_views(b)
    exchanging.resolve(b, case.case, take=1)
    send(b, county, tmp_path / "6.xcp")
    assert county.register.conflicts() == []


def test_a_register_that_gets_the_newer_program_shows_what_it_kept(
    make: Make, make_newer: Callable[..., Workspace], tmp_path: Path
) -> None:
    county, a, old = make("county", level="county", division="440705"), make_newer("a"), make("old")
    for ws in (a, old):
        enrol(county, ws, tmp_path, TOWN)
    with a.write("建") as w:
        home = w.insert("household", {"head_name": "王样", "division_code": f"{TOWN}201", "wifi": "有"})
        w.insert("wish", {"text": "修路", "household_id": home})
    send(a, county, tmp_path / "1.xcp")
    send(county, old, tmp_path / "2.xcp")
    digest = old.register.digest()
    old.close()
    grown = make_newer("old", again=True)
    assert grown.register.digest() == digest
    assert [r["text"] for r in list_records(grown, "wish")] == ["修路"]
    assert [r["wifi"] for r in list_records(grown, "household")] == ["有"]
    assert grown.register.check_tables() == []
