"""One SQL dialect for two engines: `?` placeholders, bytes and text in, on SQLite/SQLCipher and on PostgreSQL."""

from __future__ import annotations

import gc
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
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


NEVER_EMPTY = frozenset(("id", "op_id", "seq", "tbl", "row_id", "cell", "unit_id", "position", "first_seq", "at_ms"))
"""Columns that always hold something: their order is the same on both engines as it is."""
_ENDS_ORDER = re.compile(r"\b(?:LIMIT|OFFSET|FETCH|FOR|UNION|ROWS|RANGE)\b", re.IGNORECASE)
_ORDER = re.compile(r"\bORDER\s+BY\s+", re.IGNORECASE)


@lru_cache(maxsize=2048)
def _for_postgres(statement: str) -> str:
    """A statement as PostgreSQL takes it: its placeholders, and what is empty in the place where SQLite has it.

    SQLite sorts NULL before every value, PostgreSQL behind. A list must not change its order with the engine, so each
    term of an ORDER BY says what SQLite does: first ascending, last descending.
    """
    out, at = [], 0
    for found in _ORDER.finditer(statement):
        if found.start() < at:
            continue  # inside a term that was looked at
        terms, end = _terms(statement, found.end())
        out.append(statement[at : found.end()] + ",".join(_with_nulls(term) for term in terms))
        at = end
    return ("".join(out) + statement[at:]).replace("?", "%s")


def order_terms(order: str) -> list[str]:
    """The terms of an ORDER BY, commas inside brackets left alone."""
    return _terms(order, 0)[0]


def _terms(text: str, start: int) -> tuple[list[str], int]:
    """The terms that begin at `start`, and where the ORDER BY ends."""
    terms, depth, begin, at = [], 0, start, start
    while at < len(text):
        char = text[at]
        if char == "'":
            at = text.index("'", at + 1)
        elif char == "(":
            depth += 1
        elif char == ")":
            if not depth:
                break
            depth -= 1
        elif char == "," and not depth:
            terms.append(text[begin:at])
            begin = at + 1
        elif not depth and char.isspace() and _ENDS_ORDER.match(text, at + 1):
            break
        at += 1
    return [*terms, text[begin:at]], at


def _with_nulls(term: str) -> str:
    """A term with the place of what is empty, unless it says so itself or is never empty."""
    words = term.upper().split()
    column = term.split()[0].rpartition(".")[2] if words else ""
    if not words or "NULLS" in words or (column in NEVER_EMPTY and len(words) <= 2):
        return term
    return f"{term.rstrip()} NULLS {'LAST' if words[-1] == 'DESC' else 'FIRST'}"


class Sql:
    """Statements on one connection, written once for both engines."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name

    def _text(self, statement: str) -> str:
        return _for_postgres(statement) if self.dialect == "postgresql" else statement

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

    def values(self, statement: str, params: Row = ()) -> Iterator[Any]:
        """The first column of all rows one by one, straight from the driver: none of them is kept."""
        cursor = self.connection.connection.cursor()
        try:
            cursor.execute(self._text(statement), tuple(params))
            while part := cursor.fetchmany(5000):
                for row in part:
                    yield row[0]
        finally:
            cursor.close()

    @contextmanager
    def heeding(self, asked: Callable[[], object]) -> Iterator[None]:
        """While the block runs, `asked` is called every now and then, also in the middle of a long statement.

        What it raises ends the statement and the block: a person's 停下 need not wait for the database. `asked` may be
        called on another thread.
        """
        raised: list[BaseException] = []

        def goes_on() -> bool:
            if not raised:
                try:
                    asked()
                except BaseException as error:
                    raised.append(error)
            return not raised

        watch = _between_steps if self.dialect == "sqlite" else _from_outside
        try:
            with watch(self.connection.connection.driver_connection, goes_on):
                yield
        except Exception:
            if not raised:
                raise
        if raised:
            raise raised[0]

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
        for part in result.partitions(2000):  # one by one would ask the driver a Python call for each
            yield from part

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


HEED_EVERY = 0.05
"""Seconds between two looks whether to go on."""
_STEPS = 20_000
"""Steps of SQLite's machine between two looks at the clock: some milliseconds."""


@contextmanager
def _between_steps(driver: Any, goes_on: Callable[[], bool]) -> Iterator[None]:
    """SQLite asks between two steps of a statement, and gives it up."""
    next_look = time.monotonic()

    def ended() -> int:
        nonlocal next_look
        if time.monotonic() < next_look:
            return 0
        next_look = time.monotonic() + HEED_EVERY
        return int(not goes_on())

    driver.set_progress_handler(ended, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, _STEPS)


@contextmanager
def _from_outside(driver: Any, goes_on: Callable[[], bool]) -> Iterator[None]:
    """A server is told to give up what it does, again and again until nothing more is asked of it."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(HEED_EVERY):
            if not goes_on():
                driver.cancel()

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


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
