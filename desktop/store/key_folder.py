"""Keeps `register.json` twice on disk, and makes guessing passphrases slow: waits grow and survive a restart.

Nothing is ever wiped after wrong tries: a forgotten passphrase must not cost a township its register.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress

from desktop.common.atomic_file import write_atomically
from desktop.common.errors import FileDamaged, WrongPassphrase
from desktop.store.keys import KeyFile, Unlocked, unlock, unlock_with_recovery_code
from desktop.store.recovery_code import RecoveryCodeMistyped
from desktop.store.register_folder import RegisterFolder

LARGEST_FILE = 1 << 20
FREE_TRIES = 3
LONGEST_WAIT = 300
"""Seconds; the wait after the fourth wrong try is 2 s and doubles up to this."""


class TooManyTries(WrongPassphrase):
    """Too many wrong tries: `seconds` must pass before the next one."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"口令连续输错多次，请等 {seconds} 秒后再试；册内数据未受影响。")
        self.seconds = seconds


def load(folder: RegisterFolder) -> KeyFile:
    """Read the key file, or its second copy when it is damaged; FileDamaged when neither can be read."""
    try:
        return _read(folder.key_file.read_bytes())
    except (FileDamaged, OSError) as error:
        try:
            return _read(folder.key_file_copy.read_bytes())
        except OSError:
            raise error from None
        except FileDamaged:
            raise error from None


def save(folder: RegisterFolder, file: KeyFile) -> None:
    """Write the key file and its copy, each whole or not at all."""
    raw = file.to_bytes()
    write_atomically(folder.key_file, raw)
    write_atomically(folder.key_file_copy, raw)


def repair(folder: RegisterFolder) -> bool:
    """Make both copies equal again, keeping a damaged one as `register.damaged.json`; True when there was.

    Called by whoever opens the register for writing.
    """
    file = load(folder)
    raw = file.to_bytes()
    damaged = False
    for path in (folder.key_file, folder.key_file_copy):
        try:
            found = path.read_bytes()
            _read(found)
        except FileNotFoundError:
            found = b""
            damaged = True
        except FileDamaged:
            write_atomically(folder.path / "register.damaged.json", found)
            damaged = True
        if found != raw:
            write_atomically(path, raw)
    return damaged


def open_key_file(
    folder: RegisterFolder,
    *,
    passphrase: str | None = None,
    recovery: str | None = None,
    user: str | None = None,
    now: Callable[[], float] = time.time,
) -> Unlocked:
    """Open the register's key file with a passphrase or the recovery code, counting wrong tries.

    Raises WrongPassphrase, TooManyTries, RecoveryCodeMistyped (not counted: a typing error), FileDamaged.
    """
    file = load(folder)
    failures, until = _tries(folder)
    # a clock set back must not lock anyone out for longer than the longest wait
    waiting = min(until - now(), LONGEST_WAIT)
    if waiting > 0:
        raise TooManyTries(max(1, round(waiting)))
    try:
        if recovery is not None:
            unlocked = unlock_with_recovery_code(file, recovery, user=user)
        else:
            unlocked = unlock(file, passphrase=passphrase or "", user=user)
    except RecoveryCodeMistyped:
        raise
    except WrongPassphrase:
        failures += 1
        _remember(folder, failures, now() + wait_after(failures))
        raise
    if failures:
        with suppress(OSError):
            folder.tries.unlink()
    return unlocked


def wait_after(failures: int) -> int:
    """Seconds to wait after so many wrong tries in a row."""
    return 0 if failures <= FREE_TRIES else min(LONGEST_WAIT, 2 ** min(failures - FREE_TRIES, 20))


def _read(raw: bytes) -> KeyFile:
    return KeyFile.from_bytes(raw[:LARGEST_FILE])


def _tries(folder: RegisterFolder) -> tuple[int, float]:
    try:
        raw = json.loads(folder.tries.read_bytes()[:1000])
        return max(0, int(raw["failures"])), float(raw["until"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0.0


def _remember(folder: RegisterFolder, failures: int, until: float) -> None:
    with suppress(OSError):  # a read-only medium cannot count; Argon2id still slows every try
        write_atomically(folder.tries, json.dumps({"failures": failures, "until": until}).encode("ascii"))
