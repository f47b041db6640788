"""One SQL dialect for two engines: `?` placeholders, bytes and text in, on SQLite/SQLCipher and on PostgreSQL."""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine

TOGETHER, VARIABLES = 20, 400
"""Rows of one INSERT statement at most, and values in it: more of them gain nothing."""
CHUNK = 500
"""Identifiers per IN list: below every engine's limit, large enough that round trips do not count."""

Row = Sequence[Any]


def quoted(name: str) -> str:
    """An identifier as SQL needs it (`right` is a word of the language)."""
    return f'"{name}"'


class Sql:
    """Statements on one connection, written once for both engines."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name

    def _text(self, statement: str) -> str:
        return statement.replace("?", "%s") if self.dialect == "postgresql" else statement

    def run(self, statement: str, params: Row = ()) -> Any:
        """Execute and return the cursor result."""
        return self.connection.exec_driver_sql(self._text(statement), tuple(params))

    def rows(self, statement: str, params: Row = ()) -> list[Any]:
        """All rows as tuples."""
        return list(self.run(statement, params).fetchall())

    def one(self, statement: str, params: Row = ()) -> Any:
        """The first row, or None."""
        return self.run(statement, params).fetchone()

    def scalar(self, statement: str, params: Row = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(statement, params)
        return None if row is None else row[0]

    def column(self, statement: str, params: Row = ()) -> list[Any]:
        """The first column of all rows, straight from the driver: an array of 200,000 ids in half the time."""
        cursor = self.connection.connection.cursor()
        try:
            cursor.execute(self._text(statement), tuple(params))
            return [row[0] for row in cursor.fetchall()]
        finally:
            cursor.close()

    def many(self, statement: str, rows: Sequence[Row]) -> None:
        """Execute for each row of parameters."""
        if rows:
            self.connection.exec_driver_sql(self._text(statement), list(rows))

    def insert(
        self,
        table: str,
        columns: Mapping[str, Sequence[Any]],
        count: int,
        fixed: Mapping[str, int | bytes] | None = None,
    ) -> None:
        """Insert `count` rows given by the column; `fixed` columns hold one value in all of them.

        Several rows to a statement and constants in its text: half the time of `many` for narrow rows.
        """
        if not count:
            return
        fixed = {**(fixed or {}), **{c: v[0] for c, v in columns.items() if type(v[0]) is int and _all_alike(v)}}
        columns = {c: v for c, v in columns.items() if c not in fixed}
        names = ",".join(quoted(c) for c in (*columns, *fixed))
        one = "(" + ",".join([*"?" * len(columns), *map(self._literal, fixed.values())]) + ")"
        into = f"INSERT INTO {quoted(table)} ({names}) VALUES "
        if not columns:
            self.run(into + ",".join([one] * count))
            return
        together = max(1, min(TOGETHER, VARIABLES // len(columns)))
        whole = count - count % together
        rows = zip(*columns.values(), strict=True)
        if whole:
            values = itertools.chain.from_iterable(itertools.islice(rows, whole))
            groups = list(zip(*[values] * (together * len(columns)), strict=True))
            self.connection.exec_driver_sql(self._text(into + ",".join([one] * together)), groups)
        rest = list(rows)
        if rest:
            self.connection.exec_driver_sql(self._text(into + one), rest)

    def _literal(self, value: int | bytes) -> str:
        if isinstance(value, int):
            return str(value)
        return f"'\\x{value.hex()}'::bytea" if self.dialect == "postgresql" else f"x'{value.hex()}'"

    def stream(self, statement: str, params: Row = ()) -> Iterator[Any]:
        """Rows one by one, without holding them all."""
        # an option of this statement alone: set on the connection, it would make server-side cursors of writes too
        result = self.connection.exec_driver_sql(
            self._text(statement), tuple(params), execution_options={"stream_results": True}
        )
        yield from result.yield_per(2000) if self.dialect == "postgresql" else result

    def in_chunks(self, statement: str, values: Iterable[Any], before: Row = (), after: Row = ()) -> Iterator[Any]:
        """Rows of a statement whose `(*)` stands for an IN list, asked in chunks of values."""
        values = list(values)
        for start in range(0, len(values), CHUNK):
            part = values[start : start + CHUNK]
            marks = "(" + ",".join("?" * len(part)) + ")"
            yield from self.rows(statement.replace("(*)", marks), (*before, *part, *after))

    def run_in_chunks(self, statement: str, values: Iterable[Any], before: Row = ()) -> None:
        """Execute a statement whose `(*)` stands for an IN list, in chunks."""
        values = list(values)
        for start in range(0, len(values), CHUNK):
            part = values[start : start + CHUNK]
            self.run(statement.replace("(*)", "(" + ",".join("?" * len(part)) + ")"), (*before, *part))


def _all_alike(values: Sequence[Any]) -> bool:
    return type(values) is not range and values.count(values[0]) == len(values)


@contextmanager
def transaction(engine: Engine, *, lock: int | None = None) -> Iterator[Sql]:
    """One transaction. On PostgreSQL writers of one register wait for each other by an advisory lock."""
    with engine.begin() as connection:
        sql = Sql(connection)
        if lock is not None and sql.dialect == "postgresql":
            sql.run("SELECT pg_advisory_xact_lock(?)", (lock,))
        yield sql


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """For thousands of rows at once: they make no cycles, and the collector would walk them a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def now_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000
