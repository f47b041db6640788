"""Drafts of a register on a server: encrypted, in the user's own data folder of this machine, not on the server.

An answer is kept where it was given: the disk of this machine answers in a millisecond and still does when the line is
down, so "已保存" stays true; only finishing needs the server. The key is derived from the register's own, so whoever
may open the register reads them, and nobody else. A draft is gone on with on the machine where it was begun.

The server's own backup does not know them: they are copied, encrypted as they are, when the register is closed (into
`backups` beside them) and whenever somebody asks, and brought back from such a copy.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_data_path

from desktop.common.atomic_file import PARTIAL_SUFFIX, FolderMissing, sync_folder
from desktop.common.errors import FileDamaged
from desktop.store.cipher_database import connect_scratch
from desktop.store.drafts import Drafts, rows_of
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


SUFFIX = ".xcdrafts"
KEPT = 12
"""Copies kept on this machine; the oldest go first."""


def copy_drafts(drafts: Drafts, key: bytes, target: Path) -> int:
    """One encrypted file with everything unfinished, opened again and counted; how many drafts it holds.

    Raises FolderMissing, StorageFailed; `target` gets its name only when the copy is whole.
    """
    if not target.parent.is_dir():
        raise FolderMissing(target)
    partial = target.with_name(target.name + PARTIAL_SUFFIX)
    with storage_errors():
        try:
            partial.unlink(missing_ok=True)
            writing = connect_scratch(partial, key)
            try:
                drafts.copy_into(writing)
                writing.execute("PRAGMA journal_mode = DELETE").fetchall()
            finally:
                writing.close()
            count = len(rows_of(partial, key))
            partial.replace(target)
            sync_folder(target.parent)
        finally:
            partial.unlink(missing_ok=True)
    return count


def kept_copies(register_id: str) -> list[Path]:
    """The copies on this machine, the newest first."""
    return sorted((drafts_folder(register_id) / "backups").glob(f"*{SUFFIX}"), reverse=True)


def keep_copy(register_id: str, drafts: Drafts, key: bytes) -> Path | None:
    """A copy beside the drafts, unless nothing changed since the last; the oldest are dropped. Raises StorageFailed."""
    heads = {(head.kind, head.id, head.updated_at) for head in drafts.heads()}
    kept = kept_copies(register_id)
    if kept:
        with suppress(FileDamaged):
            if {(row[0], row[1], row[6]) for row in rows_of(kept[0], key)} == heads:
                return kept[0]
    elif not heads:
        return None
    folder = drafts_folder(register_id) / "backups"
    with storage_errors():
        folder.mkdir(exist_ok=True)
    target = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}{SUFFIX}"
    copy_drafts(drafts, key, target)
    for old in kept_copies(register_id)[KEPT:]:
        with suppress(OSError):
            old.unlink()
    return target
