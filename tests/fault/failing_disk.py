"""Compiles the failing disk, runs a part of the product on it in a process of its own, and arms it from inside."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WRITES, SYNCS, READS, RENAMES = 1, 2, 4, 8
PERSISTENT, ONCE, FILLS_UP = 0, 1, 2
EIO, ENOSPC = 5, 28
ROOT = Path(__file__).parents[2]


def available() -> bool:
    """Whether a library can be compiled and preloaded here."""
    return sys.platform == "linux" and shutil.which("gcc") is not None


def compiled(folder: Path) -> Path:
    """The library, compiled into a folder."""
    library = folder / "failing_disk.so"
    source = Path(__file__).with_name("failing_disk.c")
    command = [
        "gcc",
        "-shared",
        "-fPIC",
        "-O1",
        "-Wall",
        "-Werror",
        "-o",
        str(library),
        str(source),
        "-ldl",
        "-lpthread",
    ]
    subprocess.run(command, check=True)
    return library


@dataclass(frozen=True)
class Fault:
    """Which calls on which file fail, from which call on, how. `after` −1 only counts."""

    path: str
    calls: int
    after: int
    error: int = EIO
    mode: int = PERSISTENT


class Disk:
    """Inside the tested process: the preloaded library."""

    def __init__(self, log: Path) -> None:
        self._library = ctypes.CDLL(None)
        self._library.failing_disk_seen.restype = ctypes.c_long
        self._library.failing_disk_fired.restype = ctypes.c_long
        self._log = log

    def arm(self, fault: Fault) -> None:
        """From now on calls are counted and fail."""
        self._library.failing_disk_arm(
            fault.path.encode(),
            fault.calls,
            ctypes.c_long(fault.after),
            fault.error,
            fault.mode,
            str(self._log).encode(),
        )

    def disarm(self) -> None:
        """The disk is sound again."""
        self._library.failing_disk_disarm()

    @property
    def seen(self) -> int:
        """Calls counted since armed."""
        return int(self._library.failing_disk_seen())

    @property
    def fired(self) -> int:
        """Failures injected since armed."""
        return int(self._library.failing_disk_fired())


@dataclass(frozen=True)
class Outcome:
    """What the tested process said: facts by name; and what the library wrote down."""

    facts: dict[str, Any]
    injected: tuple[str, ...]


def run(library: Path, scenario: str, folder: Path, faults: Sequence[Fault]) -> Outcome:
    """Run `tests.fault.scenarios.<scenario>` in a process whose disk fails; its result comes back as JSON."""
    log = folder / "injected.log"
    log.unlink(missing_ok=True)
    plan = json.dumps([[f.path, f.calls, f.after, f.error, f.mode] for f in faults])
    done = subprocess.run(
        [sys.executable, "-m", "tests.fault.scenarios", scenario, str(folder), plan],
        env={**os.environ, "LD_PRELOAD": str(library), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    lines = tuple(log.read_text().splitlines()) if log.exists() else ()
    return Outcome(json.loads(done.stdout.splitlines()[-1]), lines)
