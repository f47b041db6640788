"""Killed before any statement of a unit of work, a merge, an import or a rebuild: all of it is there, or nothing.

`test_kill.py` kills at moments; here the process ends itself with SIGKILL before its first, second, … last statement
(and before the commit), so that no boundary is missed, on SQLCipher and on PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from desktop.store.register import Register
from tests.store.registers import (
    NOON,
    SMALL,
    Package,
    TestClock,
    cipher_engine,
    copy_register,
    deliver,
    everything,
    limit,
    make_tables,
    memory_engine,
    open_register,
    pack_up,
    postgres_engine,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

EAST, WEST = "440705100101", "440705100201"
HOMES = [f"02{i:030x}" for i in range(5)]
Work = Callable[[Register], None]


@dataclass
class Place:
    """Where a register lies, for a process that opens it anew."""

    open: Callable[[], Engine]
    put_back: Callable[[], None]
    """Make it hold what it held when the test began."""

    def register(self) -> Register:
        return open_register(self.open(), SMALL, device=b"C" * 32, now=TestClock(NOON + 1_000_000))


@pytest.fixture(params=["sqlcipher", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A register with a past on each engine."""
    if request.param == "sqlcipher":
        path, kept = tmp_path / "register.db", tmp_path / "kept.db"
        engine = cipher_engine(path)
        make_tables(engine, SMALL)
        past(open_register(engine, SMALL, device=b"C" * 32))
        engine.dispose()
        shutil.copyfile(path, kept)

        def put_back() -> None:
            for left in tmp_path.glob("register.db*"):
                left.unlink()
            shutil.copyfile(kept, path)

        yield Place(lambda: cipher_engine(path), put_back)
        return
    url = request.getfixturevalue("postgres_database")
    admin = postgres_engine(url)
    with admin.begin() as connection:
        for name in ("here", "kept"):
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    admin.dispose()
    engine, kept_engine = postgres_engine(url, "here"), postgres_engine(url, "kept")
    for made in (engine, kept_engine):
        make_tables(made, SMALL)
    past(open_register(kept_engine, SMALL, device=b"C" * 32))
    engine.dispose()

    def copy_back() -> None:
        target = postgres_engine(url, "here")
        copy_register(kept_engine, target, SMALL)
        target.dispose()

    copy_back()
    yield Place(lambda: postgres_engine(url, "here"), copy_back)
    kept_engine.dispose()


def past(register: Register) -> None:
    """Rows, an edit, two rows that are the same, a limited device."""
    with register.write("建") as w:
        rows = [{"id": h, "division_code": EAST, "phone": h[-1], "parts": [["a", 1]]} for h in HOMES]
        w.insert_many("household", rows)
        w.ensure("party", "01" * 16, {"name": "村委会"})
    with register.write("改") as w:
        w.change("household", HOMES[0], {"phone": "9"})
    with register.write("同") as w:
        w.same_as("household", HOMES[3], HOMES[4])
    limit(register, b"L" * 32, EAST)


def a_unit_of_everything(register: Register) -> None:
    """Edits of each kind of cell, a row, a removal, sameness, an undo, all in one unit."""
    undone = [op.op_id for op in everything(register) if op.kind == 2][:1]
    with register.write("一次") as w:
        w.change("household", HOMES[0], {"phone": "7", "parts": [["b", 2], ["c", 3]], "quantity": "4"})
        w.ensure("party", "01" * 15 + "02", {"name": "公司"})
        w.remove("household", HOMES[1])
        w.same_as("household", HOMES[1], HOMES[2])
        w.retract(undone)
        w.change("household", HOMES[4], {"size": 3})


def an_import(register: Register) -> None:
    """More rows than one batch holds, with list cells."""
    rows = [{"id": f"0b{i:030x}", "division_code": WEST, "phone": str(i), "parts": [["a", i]]} for i in range(230)]
    with register.write("导入") as w:
        w.insert_many("household", rows)


def a_rebuild(register: Register) -> None:
    """All tables anew."""
    register.rebuild()


def package() -> Package:
    """What a limited laptop sends: edits inside and outside its divisions, an undo of its own undo, a removal."""
    engine = memory_engine()
    make_tables(engine, SMALL)
    laptop = open_register(engine, SMALL, device=b"L" * 32, now=TestClock(NOON + 500_000))
    with laptop.write("建") as w:
        w.ensure("household", HOMES[0], {"division_code": EAST, "phone": "5", "parts": [["z", 9]]})
        w.ensure("household", "0c" * 16, {"division_code": WEST})
        w.ensure("person", "03" * 16, {"household_id": HOMES[0], "name": "样"})
    with laptop.write("改") as w:
        w.change("household", HOMES[0], {"size": 8})
    assert w.result is not None
    undone = laptop.undo(w.result.unit_id)
    laptop.undo(undone.unit_id)
    with laptop.write("移除") as w:
        w.remove("person", "03" * 16)
    return pack_up(laptop)


def end_before(engine: Engine, statement: int) -> None:
    """Have this process end itself before its so-manieth statement or commit."""
    left = [statement]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)


def in_a_child(place: Place, work: Work, statement: int) -> tuple[bool, bool]:
    """Run the work in a process that ends before the statement; (it was killed, it acknowledged)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            register = place.register()
            end_before(register.reader, statement)
            work(register)
            os.write(writing, b"done")
        finally:
            os._exit(0)  # without pytest's own end
    os.close(writing)
    said = os.read(reading, 16)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    assert killed or said == b"done", "the child failed by itself"
    return killed, said == b"done"


def kill_everywhere(place: Place, work: Work, points: int = 10) -> None:
    """Kill before about so many statements in turn, the last ones and the commit among them, until the work is done.

    `JOURNAL_KILLS=all` kills before every single one.
    """
    register = place.register()
    before = register.digest()
    told: list[int] = []
    for moment in ("before_cursor_execute", "commit"):
        event.listen(register.reader, moment, lambda *_: told.append(1))
    work(register)
    statements = len(told)
    after = register.digest()
    register.reader.dispose()
    assert statements > 10
    step = 1 if os.environ.get("JOURNAL_KILLS") == "all" else max(1, statements // points)
    chosen = sorted({*range(1, statements, step), statements - 2, statements - 1, statements, statements + 9})
    acknowledged = killed = False
    for statement in chosen:
        place.put_back()
        killed, acknowledged = in_a_child(place, work, statement)
        register = place.register()
        digest = register.digest()
        assert register.check_tables() == [], f"statement {statement}"
        assert digest == (after if acknowledged else before), f"statement {statement}"
        register.rebuild()
        assert register.digest() == digest
        if statement == chosen[2]:  # and the register goes on as if nothing had been
            work(register)
            assert register.digest() == after
            assert register.check_tables() == []
        register.reader.dispose()
    assert acknowledged and not killed


def test_a_unit_of_work_is_whole_or_absent(place: Place) -> None:
    kill_everywhere(place, a_unit_of_everything)


def test_a_merge_is_whole_or_absent(place: Place) -> None:
    sent = package()
    kill_everywhere(place, lambda register: deliver(sent, register) and None)


def test_an_import_is_whole_or_absent(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.store.unit_of_work.BULK", 100)  # three batches of a few rows
    kill_everywhere(place, an_import)


def test_a_rebuild_is_whole_or_absent(place: Place) -> None:
    kill_everywhere(place, a_rebuild)
