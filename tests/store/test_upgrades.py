"""An older register is brought forward step by step after a backup; a newer one is refused with words."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from desktop.store import cipher_database, postgres_database
from desktop.store.upgrades import NewerRegister, Step, Version, read_version, upgrade, write_version


@pytest.fixture(params=["sqlcipher", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    if request.param == "postgresql":
        made = postgres_database.open_engine(request.getfixturevalue("postgres_database"))
    else:
        made = cipher_database.open_engine(tmp_path / "r.db", bytes(32), create=True)
    request.addfinalizer(made.dispose)
    return made


def add(column: str) -> Step:
    def run(connection: Connection) -> None:
        connection.exec_driver_sql(f"ALTER TABLE t ADD COLUMN {column} text")

    return Step(Version(1, {"b": 1, "c": 2}[column]), run)


def broken(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE t ADD COLUMN c text")
    raise ZeroDivisionError


def prepared(engine: Engine) -> None:
    with engine.begin() as c:
        c.exec_driver_sql("CREATE TABLE t (a text)")
        write_version(c, Version(1, 0))


def columns(engine: Engine) -> int:
    with engine.connect() as c:
        return len(c.exec_driver_sql("SELECT * FROM t").keys())


def version(engine: Engine) -> Version:
    with engine.connect() as c:
        return read_version(c)


def test_missing_steps_run_once_after_one_backup(engine: Engine) -> None:
    assert version(engine) == (0, 0)
    prepared(engine)
    backups: list[Version] = []
    steps = [add("b"), add("c")]
    assert upgrade(engine, steps, backup=lambda: backups.append(version(engine))) == [(1, 1), (1, 2)]
    assert upgrade(engine, steps, backup=lambda: backups.append(version(engine))) == []
    assert backups == [(1, 0)] and version(engine) == (1, 2) and columns(engine) == 3


def test_a_failing_step_leaves_the_version_before_it(engine: Engine) -> None:
    prepared(engine)
    with pytest.raises(ZeroDivisionError):
        upgrade(engine, [add("b"), Step(Version(2, 0), broken)], backup=lambda: None)
    assert version(engine) == (1, 1) and columns(engine) == 2
    assert upgrade(engine, [add("b"), add("c")], backup=lambda: None) == [(1, 2)]


def test_no_backup_no_upgrade(engine: Engine) -> None:
    prepared(engine)

    def full() -> None:
        raise OSError(28, "full")

    with pytest.raises(Exception, match="磁盘已满"):
        upgrade(engine, [add("b")], backup=full)
    assert version(engine) == (1, 0) and columns(engine) == 1


def test_a_newer_major_is_refused_and_a_newer_minor_is_not(engine: Engine) -> None:
    prepared(engine)
    with engine.begin() as c:
        write_version(c, Version(1, 7))
    assert upgrade(engine, [add("b"), add("c")], backup=pytest.fail) == []
    with engine.begin() as c:
        write_version(c, Version(2, 0))
    with pytest.raises(NewerRegister, match="请先升级本机程序"):
        upgrade(engine, [add("b"), add("c")], backup=pytest.fail)
    assert columns(engine) == 1


def test_steps_must_be_numbered_upwards(engine: Engine) -> None:
    with pytest.raises(ValueError):
        upgrade(engine, [add("c"), add("b")], backup=pytest.fail)
    assert Version.unpack(Version(3, 9).packed) == (3, 9) and str(Version(3, 9)) == "3.9"
