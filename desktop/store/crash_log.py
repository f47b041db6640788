"""Writes down what went wrong when a session ended badly, without personal data, and gives it back at the
next start.

Only kinds of errors and places in our code are written: no messages, no values, since these could name a
person. Messages of our own hierarchy are sentences without personal data and are kept.
"""

from __future__ import annotations

import faulthandler
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from desktop.common.errors import XiangceError

LARGEST = 256 * 1024
"""Bytes kept: the end of the log, where the latest is."""


def describe(error: BaseException) -> str:
    """Kinds of errors and places in the code, the cause first; without values."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    lines = []
    for each in reversed(chain):
        said = f": {each.message}" if isinstance(each, XiangceError) else ""
        lines.append(f"{type(each).__module__}.{type(each).__qualname__}{said}")
        lines += [
            f"  {'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(each.__traceback__)
        ]
    return "\n".join(lines)


def record(path: Path, error: BaseException) -> None:
    """Add an error to the log; never raises."""
    stamp = datetime.now(UTC).isoformat(timespec="seconds")
    entry = f"{stamp} Python {platform.python_version()} {sys.platform}\n{describe(error)}\n\n"
    with suppress(OSError), path.open("a", encoding="utf-8") as log:
        log.write(entry)


def take(path: Path) -> str | None:
    """The log of sessions that ended badly, or None; it is moved to `crash.previous.log` and shown once."""
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    text = raw[-LARGEST:].decode("utf-8", "replace").strip()
    with suppress(OSError):
        path.replace(path.with_name("crash.previous.log"))
    return text or None


def install(path: Path) -> Callable[[], None]:
    """Record every error nobody caught, in any thread, and crashes of native code; returns what undoes this."""
    before, before_thread = sys.excepthook, threading.excepthook
    native: IO[str] | None = None
    with suppress(OSError):
        native = path.open("a", encoding="utf-8")
        faulthandler.enable(native)

    def on_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, KeyboardInterrupt):
            record(path, error.with_traceback(trace))
        before(kind, error, trace)

    def on_thread_error(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            record(path, args.exc_value)
        before_thread(args)

    sys.excepthook, threading.excepthook = on_error, on_thread_error

    def undo() -> None:
        sys.excepthook, threading.excepthook = before, before_thread
        if native is not None:
            faulthandler.disable()
            native.close()
        with suppress(OSError):
            if path.stat().st_size == 0:
                path.unlink()

    return undo
