"""Registers on each engine for the journal's tests."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine

from desktop.store.register import Register
from desktop.store.schema import Schema
from tests.store.registers import (
    ENGINES,
    SMALL,
    EnginePool,
    TestClock,
    cipher_engine,
    make_tables,
    memory_engine,
    open_register,
    whole_digest,
)


class MakeRegister(Protocol):
    """Makes an empty register for a device (one letter) on the engine of this test."""

    def __call__(self, device: str = "A", schema: Schema = SMALL, at: int | None = None) -> Register: ...


@pytest.fixture(scope="session")
def postgres_pool(request: pytest.FixtureRequest) -> Iterator[EnginePool]:
    """Databases on the session's PostgreSQL that tests take in turn."""
    server = request.getfixturevalue("postgres_server")
    server.create_database("registers")
    pool = EnginePool(server.url("registers"))
    yield pool
    pool.close()
    server.drop_database("registers")


@pytest.fixture(params=ENGINES)
def new_register(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeRegister]:
    """Makes registers on SQLite, SQLCipher and PostgreSQL in turn; each is compared with a rebuild at the end."""
    numbers = itertools.count()
    opened: list[Register] = []
    pool: EnginePool | None = None
    if request.param == "postgresql":
        pool = request.getfixturevalue("postgres_pool")
        pool.start()

    def engine(schema: Schema) -> Engine:
        if pool is not None:
            return pool.take(schema)
        made = memory_engine()
        if request.param == "sqlcipher":
            made = cipher_engine(tmp_path / f"register{next(numbers)}.db")
        make_tables(made, schema)
        return made

    def make(device: str = "A", schema: Schema = SMALL, at: int | None = None) -> Register:
        made = engine(schema)
        clock = TestClock() if at is None else TestClock(at)
        register = open_register(made, schema, device=device.encode() * 32, now=clock)
        opened.append(register)
        return register

    yield make
    for register in opened:
        # every test ends by comparing the tables with what the journal says, before and after building them anew
        assert register.check_tables() == []
        before = register.digest()
        assert before == whole_digest(register)
        register.rebuild()
        assert register.digest() == before
        assert register.check_tables() == []
        if pool is None:
            register.close()
