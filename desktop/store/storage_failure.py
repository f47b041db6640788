"""One place that turns what disk and database report into sentences: nothing acknowledged is lost, and
what to do.

Errors that are our own defects (a wrong statement, a broken constraint) pass through unchanged.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from desktop.common.errors import FileDamaged, RegisterLocked, StorageFailed, XiangceError

_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26
"""SQLite's primary result codes (sqlite.org/rescode.html)."""

_TEXTS = {
    "database or disk is full": _FULL,
    "disk I/O error": _IOERR,
    "unable to open database file": _CANTOPEN,
    "attempt to write a readonly database": _READONLY,
    "database disk image is malformed": _CORRUPT,
    "file is not a database": _NOTADB,
    "database is locked": _BUSY,
}
_SAFE = "之前保存的内容都在，"
_DISK_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), getattr(errno, "EFBIG", errno.ENOSPC)}
_NOT_WRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM}


def disk_full() -> StorageFailed:
    """The medium or the quota is used up."""
    return StorageFailed(f"磁盘已满，这次改动没有保存；{_SAFE}", hint="请清理磁盘空间后重试。")


def disk_failing() -> StorageFailed:
    """Reading or writing fails."""
    return StorageFailed(
        f"读写磁盘出错，这次改动没有保存；{_SAFE}",
        hint="请检查磁盘、U 盘或网络连接后重试，并尽快做一次备份。",
    )


def not_writable() -> StorageFailed:
    """The folder or medium may not be written."""
    return StorageFailed(f"册所在的位置不可写，这次改动没有保存；{_SAFE}", hint="请检查文件夹权限或写保护开关后重试。")


def database_damaged() -> FileDamaged:
    """Pages fail their check, or the file is no database of this key."""
    return FileDamaged(
        "册的数据库文件已损坏，或不属于这个册；没有写入任何内容，",
        hint="请保留原文件夹，从最近的备份恢复到新文件夹。",
    )


def translated(error: BaseException) -> XiangceError | None:
    """The sentence for an error of disk or database; None when it is none of these."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, PoolTimeout):
        return RegisterLocked("册正忙，等待超时，这次改动没有保存；请稍候重试。")
    if isinstance(error, OSError):
        return _from_system(error)
    code = _sqlite_code(error)
    if code is not None:
        return _from_sqlite(code)
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str) or type(error).__module__.startswith("psycopg"):
        return _from_postgres(state or "", error)
    return None


@contextmanager
def storage_errors() -> Iterator[None]:
    """Raise StorageFailed, FileDamaged or RegisterLocked for what disk and database raise in the block."""
    try:
        yield
    except XiangceError:
        raise
    except Exception as error:
        known = translated(error)
        if known is None:
            raise
        raise known from error


def breaks_connection(error: Any) -> bool:
    """Whether a SQLite connection is unfit for use (SQLCipher keeps the error and refuses all else)."""
    return _sqlite_code(error) in (_IOERR, _CORRUPT, _NOTADB, _CANTOPEN)


def is_damage(error: Any) -> bool:
    """Whether the error says that the file's content is wrong (and not that the disk or a lock is in the way)."""
    return isinstance(error, FileDamaged) or _sqlite_code(error) in (_CORRUPT, _NOTADB)


def _sqlite_code(error: Any) -> int | None:
    """SQLite's primary result code; the driver's backup call raises without one, but with SQLite's fixed text."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return code & 0xFF
    if type(error).__module__.startswith("sqlcipher3"):
        return next((code for text, code in _TEXTS.items() if str(error).startswith(text)), None)
    return None


def _from_system(error: OSError) -> XiangceError:
    if error.errno in _DISK_FULL:
        return disk_full()
    if error.errno in _NOT_WRITABLE:
        return not_writable()
    return disk_failing()


def _from_sqlite(code: int) -> XiangceError | None:
    if code == _FULL:
        return disk_full()
    if code in (_IOERR, _CANTOPEN):
        return disk_failing()
    if code == _READONLY:
        return not_writable()
    if code in (_CORRUPT, _NOTADB):
        return database_damaged()
    if code in (_BUSY, _LOCKED):
        return RegisterLocked("册正被另一个程序写入，这次改动没有保存；请稍候重试。")
    return None


def _from_postgres(state: str, error: BaseException) -> XiangceError | None:
    if state in ("53100", "53200"):
        return disk_full()
    if state in ("58030", "XX001", "XX002"):
        return disk_failing()
    if state == "25006":
        return not_writable()
    if state in ("40001", "40P01", "55P03"):
        return RegisterLocked("册正被别人写入，这次改动没有保存；请重试。")
    if state.startswith("28"):
        return RegisterLocked("数据库服务器拒绝了用户名或口令；数据未受影响，请核对连接设置。")
    lost = type(error).__name__ in ("OperationalError", "InterfaceError") and not state
    if lost or state.startswith(("08", "57P0", "53300")):
        return RegisterLocked("连不上数据库服务器；已保存的内容都在服务器上，请检查网络后重试。")
    return None
