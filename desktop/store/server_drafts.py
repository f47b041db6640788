"""Drafts of a register on a server: encrypted, in the user's own data folder of this machine, not on the server.

An answer is kept where it was given: the disk of this machine answers in a millisecond and still does when the line is
down, so "已保存" stays true; only finishing needs the server. The key is derived from the register's own, so whoever
may open the register reads them, and nobody else. A draft is gone on with on the machine where it was begun.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from platformdirs import user_data_path

from desktop.store.drafts import Drafts
from desktop.store.storage_failure import storage_errors


def drafts_folder(register_id: str) -> Path:
    """The folder of one server register's drafts on this machine."""
    return user_data_path("xiangce", appauthor=False) / "server-drafts" / register_id


def open_drafts(register_id: str, key: bytes) -> Drafts:
    """The drafts of a server register on this machine, made when there are none yet.

    Several programs of one user may have them open. Raises StorageFailed when the folder cannot be written.
    """
    folder = drafts_folder(register_id)
    with storage_errors():
        folder.mkdir(parents=True, exist_ok=True)
        if sys.platform != "win32":
            with suppress(OSError):
                folder.chmod(0o700)
        return Drafts(folder / "drafts.db", key)
