"""Nobody but the journal writes shared tables: in tests every other write fails, whatever library call makes it.

SQLite asks the guard when a statement is prepared; on PostgreSQL, which cannot ask, the guard reads each statement
before it is sent. A test that spoils tables on purpose says so with `past_the_journal()`.
"""

from __future__ import annotations

import functools
import inspect
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import Pool

from desktop.common.errors import XiangceError
from desktop.registry.tables import METADATA
from desktop.store.journal import Journal
from desktop.store.materialise import Materialiser
from desktop.store.past_tables import PastTables
from desktop.store.register import Register

KEPT_BY_THE_JOURNAL = frozenset(
    {t.name for t in METADATA.sorted_tables}
    | {"op", "void_edge", "same_class", "conflict"}
    | {"household_part", "visit"}  # of the schemas in tests/store/registers.py
)
SMALL_REGISTER = 6000
"""Operations up to which a register is compared with its journal at the end of a test (some 150 ms)."""
_WRITES = {sqlite3.SQLITE_INSERT: "insert into", sqlite3.SQLITE_UPDATE: "update", sqlite3.SQLITE_DELETE: "delete from"}
_STATEMENT = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?)\s+"?(\w+)"?', re.IGNORECASE)
_here = threading.local()
trespasses: list[str] = []
"""Writes past the journal that were refused since the last test, also those whose error somebody swallowed."""
written: dict[int, Register] = {}
"""By engine: registers with a unit of work since they were last compared."""


@contextmanager
def past_the_journal() -> Iterator[None]:
    """In this block this thread may write what only the journal writes."""
    _here.depth = getattr(_here, "depth", 0) + 1
    try:
        yield
    finally:
        _here.depth -= 1


def _refused(what: str) -> bool:
    if getattr(_here, "depth", 0):
        return False
    trespasses.append(what)
    return True


def _authorize(action: int, first: str | None, second: str | None, database: str | None, source: str | None) -> int:
    if action in _WRITES and first in KEPT_BY_THE_JOURNAL and _refused(f"{_WRITES[action]} {first}"):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _connected(raw: Any, record: Any) -> None:
    if hasattr(raw, "set_authorizer"):
        raw.set_authorizer(_authorize)


def _about_to_execute(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
    if connection.dialect.name == "postgresql":
        found = _STATEMENT.match(statement)
        if found and found[1] in KEPT_BY_THE_JOURNAL and _refused(found[0].strip()):
            raise PermissionError(f"not by way of the journal: {found[0].strip()}")


def _allowed(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*args: Any, **named: Any) -> Any:
        with past_the_journal():
            return function(*args, **named)

    return run


def _noting(transaction: Callable[[Register], Any]) -> Callable[[Register], Any]:
    @functools.wraps(transaction)
    def run(register: Register) -> Any:
        written[id(register.writer)] = register
        return transaction(register)

    return run


def install() -> None:
    """From now on, for every engine of this process."""
    event.listen(Pool, "connect", _connected)
    event.listen(Engine, "before_cursor_execute", _about_to_execute)
    for owner in (Journal, Materialiser, PastTables):  # the last fills a copy in memory
        for name, function in vars(owner).items():
            if inspect.isfunction(function) and not inspect.isgeneratorfunction(function):
                setattr(owner, name, _allowed(function))
    Register._transaction = _noting(Register._transaction)  # type: ignore[method-assign]
    closing = Register.close

    def close(register: Register) -> None:
        if register.reader.dialect.name == "postgresql" and written.pop(id(register.writer), None):
            _compare(register)  # its database goes away with the test
        closing(register)

    Register.close = close  # type: ignore[method-assign]


def compare_written() -> None:
    """Compare every small register written since the last call with its journal; refused writes are told, too."""
    found, registers = trespasses.copy(), list(written.values())
    trespasses.clear()
    written.clear()
    assert not found, f"shared tables are written by the journal alone: {found}"
    for register in registers:
        _compare(register)


def _compare(register: Register) -> None:
    folder = register.facts.get("folder")
    if folder is not None and not folder.database.exists():
        return
    reader = register.reader
    try:
        with register.reading() as sql:
            if not reader.dialect.has_table(sql.connection, "op"):
                return  # it lay in memory and is gone
            if sql.scalar("SELECT COUNT(*) FROM op") > SMALL_REGISTER:
                return
        differing = register.check_tables()
    except XiangceError:
        return  # damaged on purpose: the test says what it expects of it
    except OperationalError as error:
        if reader.dialect.name != "postgresql" and "unable to open database file" not in str(error):
            raise
        return  # the database went away with the test; what closed its register was compared then
    finally:
        if reader.pool.__class__.__name__ != "StaticPool":
            reader.dispose()
    assert differing == [], f"tables and journal differ: {differing[:5]}"
