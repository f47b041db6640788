"""One writing process at a time: a lock the system frees when the process ends however it ends, with its
owner shown.

The lock is the operating system's (flock, or LockFile on Windows) on `register.lock`; the text inside only
tells whose it is and is never trusted as a lock, so that a crash or a reused process number locks nobody out.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import platform
import sys
import time
import weakref
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from desktop.common.errors import RegisterLocked, StorageFailed
from desktop.store.storage_failure import not_writable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_TRIES = 8
_PAUSE = 0.04
"""Seconds between tries: someone who only looks who holds the lock holds it himself for an instant."""
_WINDOWS_BYTE = 1 << 30
"""Windows locks are mandatory: lock a byte far behind the text, so that others can read whose it is."""


@dataclass(frozen=True)
class Owner:
    """Who holds a register for writing; `since` is UTC in ISO 8601, `contact` is for a second start."""

    user: str
    machine: str
    pid: int
    since: str
    contact: str = ""

    def sentence(self) -> str:
        """Chinese, for the message of the second opener; the time is local."""
        try:
            since = datetime.fromisoformat(self.since).astimezone().strftime("%Y-%m-%d %H:%M")
        except ValueError:
            since = "未知时间"
        return f"{self.user}（电脑 {self.machine}，进程 {self.pid}，{since} 起）"


class RegisterHeld(RegisterLocked):
    """Another process writes to the register; `owner` is None when it did not leave its name."""

    def __init__(self, owner: Owner | None) -> None:
        by = owner.sentence() if owner else "另一个程序"
        super().__init__(f"这个册正由{by}打开写入；数据未受影响，", hint="可以只读查看，或等对方关闭后再打开。")
        self.owner = owner


class WriteLock:
    """The right to write to one register, held until `release` or the end of the process."""

    def __init__(self, path: Path, descriptor: int, owner: Owner) -> None:
        self.path = path
        self.owner = owner
        self._descriptor: int | None = descriptor
        _held.add(self)

    def release(self) -> None:
        """Let others write; doing it twice is harmless."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
        with contextlib.suppress(OSError):
            _unlock(descriptor)
        os.close(descriptor)

    def forget_in_child(self) -> None:
        """In a forked child: close the inherited handle, so that the lock dies with the parent."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> WriteLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


_held: weakref.WeakSet[WriteLock] = weakref.WeakSet()


def _forget_all_in_child() -> None:
    for lock in list(_held):
        lock.forget_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all_in_child)


def acquire(path: Path, *, user: str = "", contact: str = "") -> WriteLock:
    """Take the lock. Raises RegisterHeld naming the owner, StorageFailed when the place is not writable."""
    owner = Owner(
        user=user or _system_user(),
        machine=platform.node() or "未知",
        pid=os.getpid(),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        contact=contact,
    )
    descriptor = _open(path)
    try:
        for attempt in range(_TRIES):
            if _try_lock(descriptor):
                break
            if attempt == _TRIES - 1:
                raise RegisterHeld(_read_owner(descriptor))
            time.sleep(_PAUSE)
        _write_owner(descriptor, owner)
    except BaseException:
        os.close(descriptor)
        raise
    return WriteLock(path, descriptor, owner)


def holder(path: Path) -> Owner | None:
    """Who holds the lock now; None when nobody does (text left by a crash does not count)."""
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    try:
        if _try_lock(descriptor):
            _unlock(descriptor)
            return None
        return _read_owner(descriptor) or Owner("另一个程序", "未知", 0, "")
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    except OSError as error:
        raise not_writable() from error


def _write_owner(descriptor: int, owner: Owner) -> None:
    raw = json.dumps(asdict(owner), ensure_ascii=False).encode("utf-8")
    with contextlib.suppress(OSError):  # a full disk must not keep anyone from the register; the lock holds
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, raw)


def _read_owner(descriptor: int) -> Owner | None:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        raw = json.loads(os.read(descriptor, 4096))
        return Owner(str(raw["user"]), str(raw["machine"]), int(raw["pid"]), str(raw["since"]), str(raw["contact"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "未知用户"


if sys.platform == "win32":

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _WINDOWS_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _WINDOWS_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # a file system without locks (some network shares): refuse rather than write twice
            raise StorageFailed(
                "册所在的位置不支持文件锁，不能安全写入；", hint="请把册放到本机磁盘上再打开。"
            ) from None
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
