"""A statement can be given up in the middle, on both engines, and the connection serves on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from desktop.store.cipher_database import integrity_problems, open_engine
from desktop.store.database import Sql, transaction

COUNTED = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000) SELECT i FROM n"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT COUNT(*) FROM n"
KEY = bytes(range(32))


class Halted(Exception):
    """A person will not wait."""


class Person:
    """Says stop after a while."""

    def __init__(self, patience: float) -> None:
        self.until = time.monotonic() + patience
        self.asked = 0

    def __call__(self) -> None:
        self.asked += 1
        if time.monotonic() > self.until:
            raise Halted


@pytest.fixture(params=["folder", "server"])
def sql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sql]:
    if request.param == "folder":
        engine = open_engine(tmp_path / "样.db", KEY, create=True)
    else:
        url = str(request.getfixturevalue("postgres_database"))
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        yield Sql(connection)
    engine.dispose()


def test_a_statement_without_end_is_given_up(sql: Sql) -> None:
    person, began = Person(0.2), time.monotonic()
    with pytest.raises(Halted), sql.heeding(person):
        sql.scalar(ENDLESS)
    assert time.monotonic() - began < 30 and person.asked > 1
    sql.connection.rollback()
    assert sql.scalar("SELECT 1") == 1


def test_what_goes_on_is_not_disturbed_and_errors_stay_errors(sql: Sql) -> None:
    with sql.heeding(lambda: None):
        rows = list(sql.values(COUNTED))
    assert rows == list(range(1, 20_001))
    with pytest.raises(Exception, match="nowhere"), sql.heeding(lambda: None):
        sql.scalar("SELECT * FROM nowhere")
    sql.connection.rollback()
    person = Person(0)
    time.sleep(0.01)
    with pytest.raises(Halted), sql.heeding(person):
        while True:
            sql.rows(COUNTED)


def test_the_file_check_does_not_keep_whoever_will_not_wait(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "样.db", KEY, create=True)
    with transaction(engine) as sql:
        sql.run("CREATE TABLE t (a TEXT)")
        sql.many("INSERT INTO t VALUES (?)", [("样" * 900,)] * 4000)
    assert integrity_problems(engine, asked=lambda: None) == integrity_problems(engine) == []
    person = Person(0)
    time.sleep(0.01)
    with pytest.raises(Halted):
        integrity_problems(engine, asked=person)
    engine.dispose()
