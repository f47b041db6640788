"""Opens encrypted SQLite databases (SQLCipher) so that what is committed stays: WAL, synchronous=FULL, a
raw key.

The key is 256 random bits (keys.py), so SQLCipher derives nothing per connection. Temporary tables stay in
memory: no clear data reaches the disk. `cipher_memory_security` stays off: it locks and wipes every
allocation, costs a multiple (tests/bench/bench_cipher.py) and does not cover the copies in Python's memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from threading import Thread
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import QueuePool

from desktop.common.errors import FileDamaged, StorageFailed
from desktop.store.database import HEED_EVERY
from desktop.store.storage_failure import (
    breaks_connection,
    database_damaged,
    is_damage,
    not_writable,
    storage_errors,
)

BUSY_SECONDS = 5.0
CACHE_KIB = 128 * 1024
"""Filled only as far as a register needs it; the search index of 200,000 households takes some 90 MB."""
ONCE_CACHE_KIB = 8 * 1024
"""For a reader that goes through a register once, as a command does: more would only hold what was read."""
_CLEAR_HEADER = b"SQLite format 3\0"

# The driver looks for a way to adapt every value that is no str, int, float or bytearray, and builds an AttributeError
# when there is none: 1 µs for each None and each bytes, half the time of a bulk insert. These give the value itself.
sqlcipher.register_adapter(bytes, bytes.__bytes__)
sqlcipher.register_adapter(type(None), {}.get)


def connect(
    path: Path, key: bytes, *, readonly: bool = False, create: bool = False, busy_seconds: float = BUSY_SECONDS,
    cache_kib: int = CACHE_KIB,
) -> Any:  # fmt: skip
    """A bare sqlcipher3 connection in autocommit mode with all settings made; errors are the driver's own."""
    if len(key) != 32:
        raise ValueError("the key has 32 bytes")
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else _mode(path, readonly)}"
    connection = sqlcipher.connect(uri, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        for statement in _settings(key, readonly, cache_kib):
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def _mode(path: Path, readonly: bool) -> str:
    """How SQLite opens a file that is there (rw: a missing one is an error, never a fresh empty database).

    Even a reader writes beside the file, where others see it read. On a write-protected medium nobody can, nor can the
    file change meanwhile: it is read as it lies there, unless what was committed last is still in its log.
    """
    if os.access(path.parent, os.W_OK) or not path.exists():
        return "rw"
    if not readonly:
        raise not_writable()
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise StorageFailed(
            "登记册在写保护的盘上，上次又没有正常关闭，现在打不开；内容没有受影响，",
            hint="请把整个文件夹复制到硬盘上再打开。",
        )
    return "ro&immutable=1"


def connect_scratch(path: Path, key: bytes) -> Any:
    """A connection to a new encrypted file that is filled once, closed and checked; not safe against a crash."""
    connection = sqlcipher.connect(str(path), isolation_level=None)
    for statement in (*_settings(key, readonly=True), "PRAGMA query_only = OFF", "PRAGMA synchronous = OFF"):
        connection.execute(statement)
    return connection


def _settings(key: bytes, readonly: bool, cache_kib: int = CACHE_KIB) -> Iterable[str]:
    yield "PRAGMA cipher_log_level = NONE"  # the library would write to the console
    yield f"PRAGMA key = \"x'{key.hex()}'\""
    yield f"PRAGMA cache_size = -{cache_kib}"
    yield "PRAGMA temp_store = MEMORY"
    yield "PRAGMA mmap_size = 0"
    yield "PRAGMA foreign_keys = OFF"
    yield "PRAGMA trusted_schema = OFF"
    yield "PRAGMA cell_size_check = ON"
    yield "PRAGMA synchronous = FULL"
    if readonly:
        yield "PRAGMA query_only = ON"
    else:
        yield "PRAGMA journal_mode = WAL"
        yield f"PRAGMA journal_size_limit = {64 << 20}"  # a large import must not leave its log behind


def open_engine(
    db_path: str | Path,
    key: bytes,
    *,
    readonly: bool = False,
    create: bool = False,
    connections: int = 2,
    busy_seconds: float = BUSY_SECONDS,
    cache_kib: int = CACHE_KIB,
) -> Engine:
    """A SQLAlchemy engine on one encrypted database.

    Connections are kept, so that reads need not decrypt the same pages again. A transaction of a writing
    engine begins with BEGIN IMMEDIATE: it never fails half-way because another writer came first. A
    reading engine sees one snapshot per transaction and refuses every write.

    Raises FileDamaged (missing, empty, not encrypted, damaged or another register's file), StorageFailed,
    RegisterLocked.
    """
    path = Path(db_path)
    with storage_errors():
        if not create:
            _refuse_obvious_damage(path)

        def connected() -> Any:
            try:
                return connect(
                    path, key, readonly=readonly, create=create, busy_seconds=busy_seconds, cache_kib=cache_kib
                )
            except sqlcipher.DatabaseError as error:
                _blame_the_disk(error, path)
                raise

        engine = create_engine(
            "sqlite://",
            module=sqlcipher,
            creator=connected,
            poolclass=QueuePool,
            pool_size=connections,
            max_overflow=connections,
            pool_timeout=30,
        )
        begin = "BEGIN" if readonly else "BEGIN IMMEDIATE"

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        @event.listens_for(engine, "handle_error")
        def _drop_broken(context: ExceptionContext) -> None:
            if breaks_connection(context.original_exception):
                context.is_disconnect = True
            _blame_the_disk(context.original_exception, path)

        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
        except BaseException:
            engine.dispose()
            raise
    return engine


def _blame_the_disk(error: BaseException, path: Path) -> None:
    """SQLCipher takes a page it cannot read for a wrong one: raise OSError when it is the disk that fails."""
    if is_damage(error):
        read_through(path)


def integrity_problems(engine: Engine, *, limit: int = 20, asked: Callable[[], object] | None = None) -> list[str]:
    """What SQLCipher's page checks and SQLite's structure check find after an unclean end; [] is sound.

    Reads the whole file (about 8 s a GB). The texts are technical and hold no personal data. An error of the disk
    itself is raised, not reported as damage. `asked` is called every now and then; what it raises ends the waiting.
    """
    if asked is None:
        return _integrity_problems(engine, limit)
    # the page check hears nobody before its end: it is left to end by itself, reading, when a person will not wait
    found: Future[list[str]] = Future()

    def look() -> None:
        try:
            found.set_result(_integrity_problems(engine, limit))
        except BaseException as error:
            found.set_exception(error)

    Thread(target=look, daemon=True).start()
    while True:
        asked()
        try:
            return found.result(HEED_EVERY)
        except FutureTimeout:
            if found.done():
                raise


def _integrity_problems(engine: Engine, limit: int) -> list[str]:
    problems: list[str] = []
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        path = Path(cursor.execute("PRAGMA database_list").fetchone()[2])
        for statement in ("PRAGMA cipher_integrity_check", f"PRAGMA quick_check({limit})"):
            try:
                cursor.execute(statement)
                problems += [str(row[0]) for row in cursor.fetchall() if row[0] != "ok"]
            except sqlcipher.Error as error:
                if not is_damage(error):
                    raise
                problems.append(str(error))
        if problems:
            read_through(path)
    finally:
        # a damaged page leaves an error in the connection: never give it back to the pool
        connection.invalidate()
    return problems[:limit]


def read_through(path: Path) -> None:
    """OSError when it is the disk that cannot be read, and not the content that is wrong."""
    with path.open("rb") as stream:
        while stream.read(1 << 20):
            pass


def checkpoint(engine: Engine) -> None:
    """Move the log into the database file and empty it; called when a register is closed."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def _refuse_obvious_damage(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            head = stream.read(len(_CLEAR_HEADER))
    except FileNotFoundError:
        raise FileDamaged(
            f"册里缺少数据库文件 {path.name}；", hint="请核对文件夹是否复制完整，或从备份恢复到新文件夹。"
        ) from None
    if len(head) < len(_CLEAR_HEADER):
        raise database_damaged()
    if head == _CLEAR_HEADER:
        raise FileDamaged(f"{path.name} 是未加密的数据库，不是这个册的文件；", hint="请从备份恢复到新文件夹。")
