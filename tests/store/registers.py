"""Registers for tests: the same journal on SQLite, SQLCipher and PostgreSQL, with clocks a test can set.

`SMALL` is a schema that has one of everything the journal knows: an open table, a placed one with a cell of two
columns, a list cell and a derived column, a child table of it, and one the county alone writes. `NEWER` is what the
next version might make of it: one more cell, one more table.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    text,
)
from sqlalchemy.pool import StaticPool

from desktop.common.clock import HybridClock
from desktop.store import dumping
from desktop.store.database import Sql
from desktop.store.journal import OP_COLUMNS, operation
from desktop.store.journal_tables import JOURNAL
from desktop.store.operations import Operation
from desktop.store.provenance import Unit
from desktop.store.register import Register, get_meta
from desktop.store.schema import CellSpec, Schema, TableSpec
from tests.journal_guard import past_the_journal

ENGINES = ("sqlite", "sqlcipher", "postgresql")
NOON = 1_760_000_000_000
"""Where the clocks of tests start: a day in October 2025, milliseconds UTC."""
YEAR = 365 * 86_400_000

PARTY = TableSpec(1, "party", (CellSpec(1, "name", ("name",)),))
HOUSEHOLD_CELLS = (
    CellSpec(1, "division", ("division_id", "division_code")),
    CellSpec(2, "phone", ("phone",)),
    CellSpec(3, "amount", ("quantity", "unit")),
    CellSpec(4, "parts", ("source", "fen"), "household_part"),
    CellSpec(5, "size", ("size",)),
)
PERSON = TableSpec(
    3, "person", (CellSpec(1, "household_id", ("household_id",)), CellSpec(2, "name", ("name",))), ("household_id",)
)
SETTING = TableSpec(8, "setting", (CellSpec(1, "value", ("value",)),), county_only=True)
VISIT = TableSpec(30, "visit", (CellSpec(1, "note", ("note",)), CellSpec(2, "mood", ("mood", "weather"))))


def _household(cells: tuple[CellSpec, ...]) -> TableSpec:
    return TableSpec(
        2,
        "household",
        cells,
        place_column="division_code",
        derive=lambda row: {"phone_tail": (row.get("phone") or "")[-2:]},
        derived_columns=("phone_tail",),
        integers={"size": (1 << 63) - 1, "fen": (1 << 63) - 1},
    )


SMALL = Schema((PARTY, _household(HOUSEHOLD_CELLS), PERSON, SETTING))
NEWER = Schema(
    (PARTY, _household((*HOUSEHOLD_CELLS, CellSpec(9, "wish", ("wish", "urgency")))), PERSON, SETTING, VISIT)
)


def metadata_of(schema: Schema) -> MetaData:
    """The typed tables of a schema, as a model class would declare them."""
    metadata = MetaData()
    for spec in schema.tables:
        columns = [
            Column("id", Text, primary_key=True),
            Column("canonical_id", Text),
            Column("removed", Integer, nullable=False),
            Column("in_conflict", Integer, nullable=False),
        ]
        columns += [_column(name) for name in (*spec.value_columns, *spec.derived_columns)]
        Table(spec.name, metadata, *columns)
        for cell in spec.cells:
            if cell.child_table:
                owner = Column(f"{spec.name}_id", Text, primary_key=True)
                position = Column("position", Integer, primary_key=True)
                Table(cell.child_table, metadata, owner, position, *(_column(name) for name in cell.columns))
    return metadata


def _column(name: str) -> Column[Any]:
    return Column(name, BigInteger if name in ("size", "fen") else Text)


# --- places to keep a register ----------------------------------------------------------------------------------


def memory_engine() -> Engine:
    """SQLite in memory, one connection, transactions as `cipher_database.open_engine` makes them."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False, "isolation_level": None}
    )
    event.listen(engine, "begin", _begin)
    return engine


def file_engine(path: Path) -> Engine:
    """Plain SQLite in a file."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "isolation_level": None})
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA journal_mode=WAL"))
    event.listen(engine, "begin", _begin)
    return engine


def cipher_engine(path: Path) -> Engine:
    """SQLCipher as the product opens it."""
    from desktop.store.cipher_database import open_engine

    return open_engine(path, b"k" * 32, create=not path.exists())


def postgres_engine(url: str, folder: str | None = None) -> Engine:
    """PostgreSQL; with `folder` all tables lie in that schema of the database."""
    options = {"connect_args": {"options": f"-c search_path={folder}"}} if folder else {}
    return create_engine(url, **options)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def make_tables(engine: Engine, schema: Schema) -> None:
    """Journal and typed tables of a new register."""
    JOURNAL.create_all(engine)
    metadata_of(schema).create_all(engine)


def table_names(schema: Schema) -> list[str]:
    """Every table of a register with this schema."""
    return [t.name for t in (*JOURNAL.sorted_tables, *metadata_of(schema).sorted_tables)]


def copy_register(source: Engine, target: Engine, schema: Schema) -> None:
    """Make `target` (tables made, anything in them) hold what `source` holds, as a copied file or a backup would."""
    if source.dialect.name == "sqlite":
        with source.connect() as a, target.connect() as b:
            raw_a, raw_b = a.connection.driver_connection, b.connection.driver_connection
            assert isinstance(raw_a, sqlite3.Connection)
            assert isinstance(raw_b, sqlite3.Connection)
            a.rollback()
            b.rollback()
            raw_a.backup(raw_b)
        return
    with past_the_journal(), source.connect() as a, target.begin() as b:
        there = a.exec_driver_sql("SELECT current_schema()").scalar()
        for name in table_names(schema):
            b.exec_driver_sql(f'DELETE FROM "{name}"')
            b.exec_driver_sql(f'INSERT INTO "{name}" SELECT * FROM "{there}"."{name}"')


def clear_register(engine: Engine, schema: Schema) -> None:
    """Empty every table."""
    with past_the_journal(), engine.begin() as connection:
        for name in table_names(schema):
            connection.exec_driver_sql(f'DELETE FROM "{name}"')


class EnginePool:
    """Databases to put registers into, made once and emptied when they are taken again; `start` gives all back."""

    def __init__(self, url: str | None) -> None:
        self.url = url
        self.made: dict[int, list[Engine]] = {}
        self.used: dict[int, int] = {}

    def start(self) -> None:
        self.used.clear()

    def take(self, schema: Schema) -> Engine:
        """An empty register's tables: on PostgreSQL in a schema of the database `url`, else on SQLite in memory."""
        there, at = self.made.setdefault(id(schema), []), self.used.get(id(schema), 0)
        self.used[id(schema)] = at + 1
        if at < len(there):
            clear_register(there[at], schema)
            return there[at]
        engine = memory_engine() if self.url is None else self._folder(self.url)
        make_tables(engine, schema)
        there.append(engine)
        return engine

    def _folder(self, url: str) -> Engine:
        name = f"d{sum(map(len, self.made.values()))}"
        admin = postgres_engine(url)
        with admin.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        admin.dispose()
        return postgres_engine(url, name)

    def close(self) -> None:
        for engines in self.made.values():
            for engine in engines:
                engine.dispose()


# --- registers --------------------------------------------------------------------------------------------------


@dataclass
class TestClock:
    """A wall clock that a test sets; every look at it is a millisecond later."""

    __test__ = False
    at: int = NOON

    def __call__(self) -> int:
        self.at += 1
        return self.at


_replicas = itertools.count(1)


def open_register(
    engine: Engine, schema: Schema = SMALL, *, device: bytes = b"A" * 32, now: Callable[[], int] | None = None
) -> Register:
    """A register on tables that are there; its replica id is fresh, but the same in every run of a test."""
    register = Register(schema, engine, engine, device, user="测", now=now or TestClock())
    with register.reading() as sql:
        last = int(get_meta(sql, "clock_ms") or 0)
    replica = device[:2] + next(_replicas).to_bytes(6, "big")
    register._clock = HybridClock(replica, last, register.now)
    return register


@dataclass
class Package:
    """What a package file carries: operations with the units of work and replicas they came from."""

    operations: list[Operation]
    units: list[Unit]
    replicas: dict[bytes, bytes]
    taken: list[Operation] = field(default_factory=list)


def everything(register: Register) -> list[Operation]:
    """All operations a register holds, in order of arrival."""
    with register.reading() as sql:
        return [operation(row) for row in sql.rows(f"SELECT {OP_COLUMNS} FROM op ORDER BY seq")]


def pack_up(register: Register, operations: Iterable[Operation] | None = None) -> Package:
    """A package with these operations (all, when none are named) and what belongs to them."""
    chosen = everything(register) if operations is None else list(operations)
    units = {op.unit for op in chosen}
    replicas = {op.op_id[8:] for op in chosen}
    with register.reading() as sql:
        rows = sql.rows("SELECT unit_id,device,who,reason,at_ms,source FROM unit")
        makers = sql.rows("SELECT replica_id,device FROM replica")
    return Package(
        chosen,
        [Unit(bytes(r[0]), bytes(r[1]), *r[2:]) for r in rows if bytes(r[0]) in units],
        {bytes(r): bytes(d) for r, d in makers if bytes(r) in replicas},
    )


def deliver(package: Package, target: Register) -> list[Operation]:
    """Merge a package; returns the operations that were new."""
    return target.receive(package.operations, package.units, package.replicas)


def merge(source: Register, target: Register) -> list[Operation]:
    """Everything from one register to another."""
    return deliver(pack_up(source), target)


def limit(register: Register, device: bytes, *codes: str) -> None:
    """Certify a device for divisions, as a merge does that brings its certificate."""
    register.settle_scope({device: ",".join(codes)})


def table_rows(register: Register, table: str) -> dict[str, dict[str, Any]]:
    """What SQL sees in a typed table, by id."""
    with register.read() as connection:
        found = connection.execute(text(f'SELECT * FROM "{table}"')).mappings()
        return {row["id"]: dict(row) for row in found}


def child_rows(register: Register, table: str) -> list[tuple[Any, ...]]:
    """What SQL sees in a child table of a list cell, in order."""
    with register.read() as connection:
        return [tuple(r) for r in connection.execute(text(f'SELECT * FROM "{table}" ORDER BY 1,2'))]


@contextmanager
def consistent(*registers: Register) -> Iterator[None]:
    """After the block the registers' tables are what their journals say, and stay so when built anew."""
    yield
    for register in registers:
        assert register.check_tables() == []
        before = register.digest()
        assert before == whole_digest(register)
        register.rebuild()
        assert register.digest() == before
        assert register.check_tables() == []


def whole_digest(register: Register) -> str:
    """The digest computed from every record, nothing kept."""
    with register.reading() as sql:
        return dumping.digest(sql, register.journal)


def digest_of_dump(dump: str) -> str:
    """The digest as the holder of a dump can take it, with SHA-256 alone."""

    def part(line: str) -> tuple[int, str]:
        record = json.loads(line)
        return record["t"], record["r"][:10]

    parts = itertools.groupby(dump.splitlines(keepends=True), key=part)
    one_each = [hashlib.sha256("".join(lines).encode()).digest() for _, lines in parts]
    return hashlib.sha256(b"".join(one_each)).hexdigest()


def raw(register: Register, statement: str, *params: Any) -> list[Any]:
    """Rows of a statement on the register's journal tables."""
    with register.reading() as sql:
        assert isinstance(sql, Sql)
        return sql.rows(statement, params)
