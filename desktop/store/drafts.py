"""Unfinished answers and edits, saved at once in a database of their own, so that a merge never makes an
answer wait.

Each draft keeps the heads its author saw when it was opened (`seen`): at commit they become `pred`, so
that a change merged meanwhile shows as a conflict. A damaged file is set aside, never deleted; what can
still be read is taken over.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgpack
import sqlcipher3.dbapi2 as sqlcipher

from desktop.common.errors import FileDamaged, StorageFailed
from desktop.store.cipher_database import connect, read_through
from desktop.store.storage_failure import is_damage, storage_errors

_TABLE = """
CREATE TABLE IF NOT EXISTS draft (
    kind TEXT NOT NULL, id TEXT NOT NULL, payload BLOB NOT NULL, seen BLOB NOT NULL, attachments TEXT NOT
    NULL, user TEXT NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (kind, id)
)"""


@dataclass(frozen=True)
class Draft:
    """One unfinished piece of work. `updated_at` is milliseconds since 1970 UTC; `payload` plain msgpack values."""

    kind: str
    id: str
    payload: Any
    seen: bytes
    attachments: tuple[str, ...]
    user: str
    updated_at: int


@dataclass(frozen=True)
class DraftHead:
    """A draft without its content, for lists."""

    kind: str
    id: str
    user: str
    updated_at: int


class Drafts:
    """The drafts of one register; may be used from several threads.

    `set_aside` is the damaged file of an earlier time when one was found at opening, and `rescued` how
    many drafts could be taken over from it.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self.set_aside: Path | None = None
        self.rescued = 0
        self._guard = threading.Lock()
        with storage_errors():
            try:
                self._connection = _opened(path, key)
            except (FileDamaged, sqlcipher.DatabaseError) as error:
                if not is_damage(error):
                    raise
                read_through(path)  # a disk that cannot be read is no reason to set the file aside
                self._replace_damaged(key)

    @property
    def warning(self) -> str:
        """Chinese, for the user, when a damaged file was found; else empty."""
        if self.set_aside is None:
            return ""
        return (
            f"草稿文件已损坏：取回了 {self.rescued} 份草稿，原文件保留为 {self.set_aside.name}；"
            "已提交的资料不受影响，请核对未完成的填报。"
        )

    def save(
        self,
        kind: str,
        draft_id: str,
        payload: Any,
        *,
        seen: bytes = b"",
        attachments: Iterable[str] = (),
        user: str = "",
    ) -> None:
        """Keep the draft; durable when it returns. Raises StorageFailed, the earlier version then stays."""
        row = (kind, draft_id, msgpack.packb(payload), seen, ",".join(attachments), user, time.time_ns() // 1_000_000)
        with self._guard, storage_errors():
            self._connection.execute("INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def load(self, kind: str, draft_id: str) -> Draft | None:
        """The draft, or None."""
        with self._guard, storage_errors():
            row = self._connection.execute(
                "SELECT kind, id, payload, seen, attachments, user, updated_at FROM draft WHERE kind = ? AND id = ?",
                (kind, draft_id),
            ).fetchone()
        return None if row is None else _draft(row)

    def heads(self, kind: str | None = None) -> list[DraftHead]:
        """All drafts (of one kind), the latest first."""
        with self._guard, storage_errors():
            rows = self._connection.execute(
                "SELECT kind, id, user, updated_at FROM draft"
                " WHERE ?1 IS NULL OR kind = ?1 ORDER BY updated_at DESC, id",
                (kind,),
            ).fetchall()
        return [DraftHead(*row) for row in rows]

    def delete(self, kind: str, draft_id: str) -> bool:
        """Drop a draft that was committed or given up; False when there was none."""
        with self._guard, storage_errors():
            done = self._connection.execute("DELETE FROM draft WHERE kind = ? AND id = ?", (kind, draft_id))
            return bool(done.rowcount)

    def attachments(self) -> set[str]:
        """Digests of all files that drafts name."""
        with self._guard, storage_errors():
            rows = self._connection.execute("SELECT attachments FROM draft WHERE attachments <> ''").fetchall()
        return {digest for (text,) in rows for digest in text.split(",")}

    def take(self, rows: Iterable[Any]) -> tuple[int, int]:
        """Take over drafts of a backup that are not here, or older here; how many were taken, and how many not."""
        taken = left = 0
        with self._guard, storage_errors():
            found = self._connection.execute("SELECT kind, id, updated_at FROM draft").fetchall()
            here = {(kind, draft_id): at for kind, draft_id, at in found}
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for row in rows:
                    if here.get((row[0], row[1]), -1) >= row[6]:
                        left += 1
                        continue
                    self._connection.execute("INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?, ?, ?, ?)", row)
                    taken += 1
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        return taken, left

    def copy_into(self, connection: Any) -> None:
        """Copy the database into another open SQLCipher connection (for a backup)."""
        with self._guard, storage_errors():
            self._connection.backup(connection)

    def close(self) -> None:
        """Empty the log and let go of the file."""
        with self._guard, storage_errors():
            try:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                self._connection.close()

    def _replace_damaged(self, key: bytes) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        aside = self.path.with_name(f"drafts.damaged-{stamp}.db")
        rows = _readable_rows(self.path, key)
        for suffix in ("-wal", "-shm", ""):
            part = self.path.with_name(self.path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        self._connection = _opened(self.path, key)
        self._connection.executemany("INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        self.set_aside, self.rescued = aside, len(rows)


def rows_of(path: Path, key: bytes) -> list[Any]:
    """All rows of a copy of the drafts. FileDamaged when it cannot be opened with this key, or is not whole."""
    try:
        connection = connect(path, key, readonly=True)
        try:
            if [row[0] for row in connection.execute("PRAGMA quick_check(1)").fetchall()] != ["ok"]:
                raise FileDamaged("这份草稿备份已损坏，没有取回。")
            rows = connection.execute("SELECT * FROM draft").fetchall()
        finally:
            connection.close()
    except sqlcipher.Error as error:
        raise FileDamaged("这份草稿备份打不开：不是这本册的，或已损坏。没有取回。") from error
    return [tuple(row) for row in rows if _is_whole(row)]


def _opened(path: Path, key: bytes) -> Any:
    connection = connect(path, key, create=True)
    try:
        connection.execute(_TABLE)
        problems = [row[0] for row in connection.execute("PRAGMA quick_check(1)").fetchall()]
        if problems != ["ok"]:
            raise FileDamaged("草稿文件已损坏。")
    except BaseException:
        connection.close()
        raise
    return connection


def _readable_rows(path: Path, key: bytes) -> list[Any]:
    """The rows of a damaged file that can still be read, each asked on a connection of its own.

    SQLCipher keeps an error of one page and refuses everything afterwards, so a connection serves until it
    fails.
    """
    rows: dict[int, Any] = {}
    for step in (1, -1):
        order = "ASC" if step == 1 else "DESC"
        try:
            connection = connect(path, key, readonly=True)
        except (sqlcipher.Error, StorageFailed):
            return []
        try:
            cursor = connection.execute(f"SELECT rowid, * FROM draft NOT INDEXED ORDER BY rowid {order}")
            while (row := cursor.fetchone()) is not None:
                rows[row[0]] = row[1:]
        except sqlcipher.Error:
            pass
        finally:
            connection.close()
    return [row for row in rows.values() if _is_whole(row)]


def _is_whole(row: Any) -> bool:
    try:
        _draft(row)
    except (ValueError, TypeError, FileDamaged):
        return False
    return True


def _draft(row: Any) -> Draft:
    kind, draft_id, payload, seen, attachments, user, updated_at = row
    try:
        content = msgpack.unpackb(payload, strict_map_key=False)
    except (ValueError, msgpack.UnpackException) as error:
        raise FileDamaged("这份草稿的内容已损坏；已提交的资料不受影响。") from error
    named = tuple(attachments.split(",")) if attachments else ()
    return Draft(kind, draft_id, content, bytes(seen), named, user, updated_at)
