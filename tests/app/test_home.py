"""The first page's figures are those of the records after whatever happened, though they are counted seldom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.app import home
from desktop.app.home import COUNTS, HomeSummary, home_summary, status_line
from desktop.app.keeping.safekeeping import end_session
from desktop.app.reading_ahead import INDEXES, read_ahead
from desktop.app.records.editing import new_record, open_record, remove_record, save_record
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace, create_workspace, open_workspace
from desktop.registry.tables import METADATA
from desktop.store.key_slot import FAST_FOR_TESTS
from desktop.store.register import get_meta
from tests.app.conftest import PASSPHRASE

VILLAGES = ("440705104201", "440705104202")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Workspace]:
    ws, _ = create_workspace(
        tmp_path / "镇.xcr", unit_name="样例镇", level="town", division_code="440705104", user="管样",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with ws:
        yield ws


def counted(ws: Workspace) -> HomeSummary:
    """The summary, after comparing it with a count from the start."""
    summary = home_summary(ws)
    with ws.register.reading() as sql:
        fresh = home._count(sql)
    assert summary.villages == tuple(v for v in fresh if v.code)
    assert summary.households == sum(v.households for v in fresh)
    assert summary.persons == sum(v.persons for v in fresh)
    assert summary.original_value_fen == sum(v.original_value_fen for v in fresh)
    return summary


def test_counts_follow_every_change_and_outlive_the_session(town: Workspace) -> None:
    assert counted(town).households == 0
    rows = [new_record(town, "household", {"division_code": v, "head_name": "王样"}) for v in (*VILLAGES, VILLAGES[0])]
    for row in rows:
        new_record(town, "person", {"household_id": row, "name": "王样"})
    asset = new_record(town, "asset", {"name": "光伏", "division_code": VILLAGES[0], "original_value_fen": 101})
    summary = counted(town)
    assert (summary.households, summary.persons, summary.assets, summary.original_value_fen) == (3, 3, 1, 101)
    assert [(v.households, v.persons) for v in summary.villages] == [(2, 2), (1, 1)]
    save_record(town, open_record(town, "household", rows[0]), {"division_code": VILLAGES[1]})
    assert [(v.households, v.persons) for v in counted(town).villages] == [(1, 1), (2, 2)]
    done = remove_record(town, open_record(town, "household", rows[0]))
    assert counted(town).persons == 2
    take_back_unit(town, done.unit_id)
    assert counted(town).persons == 3
    save_record(town, open_record(town, "asset", asset), {"original_value_fen": 202})
    last = counted(town)
    end_session(town)
    with open_workspace(town.place, passphrase=PASSPHRASE) as again:
        with again.register.reading() as sql:
            assert get_meta(sql, COUNTS)
        assert counted(again).villages == last.villages
        with again.write("未归村", table="household") as scope:
            scope.insert("household", {"head_name": "李例"})
        summary = counted(again)
        assert summary.households == 4 and sum(v.households for v in summary.villages) == 3


def test_a_scope_that_changes_counts_anew(town: Workspace) -> None:
    from tests.store.registers import deliver, open_register, pack_up

    other = open_register(town.register.writer, town.register.schema, device=b"L" * 32)  # type: ignore[arg-type]
    with other.write("建") as scope:
        scope.insert("household", {"division_code": VILLAGES[0], "head_name": "李例"})
    assert counted(town).households == 1
    town.register.settle_scope({b"L" * 32: VILLAGES[1]})
    summary = counted(town)
    assert (summary.households, summary.outside_scope) == (0, 1)
    assert deliver(pack_up(town.register), town.register) == []


def test_the_status_line_counts_what_was_not_sent(town: Workspace) -> None:
    before = status_line(town).unsent_operations
    new_record(town, "household", {"division_code": VILLAGES[0], "head_name": "王样"})
    status = status_line(town)
    assert status.unsent_operations == before + 1
    with town.register.reading() as sql:
        assert status.unsent_operations == sql.scalar("SELECT COUNT(*) FROM op")
    assert (status.conflicts, status.outside_scope, status.last_merge) == (0, 0, None)


def test_what_is_read_ahead_is_there(town: Workspace) -> None:
    read_ahead(town)
    for table, index in INDEXES:
        assert index in {i.name for i in METADATA.tables[table].indexes}
