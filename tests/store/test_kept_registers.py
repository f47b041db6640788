"""Registers that earlier programs made open, mean the same, work and exchange packages with registers of today."""

from __future__ import annotations

import hashlib
import json
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from desktop.app.exchange import exchanging
from desktop.app.records.editing import new_record
from desktop.app.records.records import list_records
from desktop.app.workspace import Workspace, open_workspace
from desktop.registry.tables import METADATA
from desktop.store.growth import missing_columns
from desktop.store.journal_tables import JOURNAL
from tests.store.registers import whole_digest

KEPT = sorted((Path(__file__).parent / "kept_registers").glob("*.zip"))
VILLAGE = "440705104201"


@pytest.fixture(params=KEPT, ids=lambda path: path.stem)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A copy of a kept pair of registers, and what its maker found in them."""
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(tmp_path)
    return tmp_path, json.loads((tmp_path / "expected.json").read_text(encoding="utf-8"))


def opened(kept: tuple[Path, dict[str, Any]], name: str, *, writable: bool = True) -> Workspace:
    return open_workspace(kept[0] / name, passphrase=kept[1]["passphrase"], writable=writable)


def found(ws: Workspace, expected: dict[str, Any]) -> dict[str, Any]:
    """What a kept register's maker noted, `digest` being the plain SHA-256 of the dump that its program took."""
    rows = {table: len(list_records(ws, table)) for table in expected["rows"]}
    dump = StringIO()
    ws.register.dump(dump)
    digest = hashlib.sha256(dump.getvalue().encode()).hexdigest()
    assert ws.register.digest() == whole_digest(ws.register)
    return {"digest": digest, "rows": rows, "conflicts": len(ws.register.conflicts())}


@pytest.mark.parametrize("name", ["county", "laptop"])
@pytest.mark.parametrize("writable", [True, False])
def test_an_earlier_register_is_brought_forward_and_means_the_same(
    kept: tuple[Path, dict[str, Any]], name: str, writable: bool
) -> None:
    expected = kept[1][name]
    with opened(kept, name, writable=writable) as ws:
        assert found(ws, expected) == expected
        assert ws.register.check_tables() == []
        with ws.register.read() as connection:
            assert missing_columns(connection, METADATA) == {}
            there = inspect(connection)
            for table in (*METADATA.sorted_tables, *JOURNAL.sorted_tables):
                names = {index["name"] for index in there.get_indexes(table.name)}
                assert {index.name for index in table.indexes} <= names, table.name
    with opened(kept, name) as ws:  # once is enough, and a rebuild by today's program changes nothing
        ws.register.rebuild()
        assert found(ws, expected) == expected


def test_earlier_registers_work_and_exchange(kept: tuple[Path, dict[str, Any]]) -> None:
    folder = kept[0]
    with opened(kept, "county") as county, opened(kept, "laptop") as laptop:
        report = exchanging.merge(county, folder / "unmerged.xcp")
        assert (report.fresh > 0, report.conflicts, report.outside_scope) == (True, 1, 0)
        (conflict,) = exchanging.conflict_views(county)
        exchanging.resolve(county, conflict.case, take=1)
        values = {"title": "公示", "places": [["村委会公告栏"]], "division_code": VILLAGE}
        with laptop.write("拟公示") as scope:  # a kind of record the register did not know when it was made
            notice = scope.insert("notice", values)
        new_record(laptop, "household", {"head_name": "孙虚", "division_code": VILLAGE})
        exchanging.export(laptop, folder / "up.xcp")
        assert exchanging.merge(county, folder / "up.xcp").outside_scope == 0
        exchanging.export(county, folder / "down.xcp", to=["村样"])
        exchanging.merge(laptop, folder / "down.xcp")
        for ws in (county, laptop):
            assert [r["id"] for r in list_records(ws, "notice")] == [notice]
            assert len(list_records(ws, "household")) == 4
            assert ws.register.conflicts() == []
            assert ws.register.check_tables() == []
        assert county.register.digest(VILLAGE) == laptop.register.digest(VILLAGE)
