"""Knows whether the last writing session ended properly: a flag file that exists only between sessions."""

from __future__ import annotations

from desktop.common.atomic_file import sync_folder, write_atomically
from desktop.store.register_folder import RegisterFolder
from desktop.store.storage_failure import storage_errors


def begin(folder: RegisterFolder) -> bool:
    """Start a writing session; True when the one before ended properly (or there was none).

    False means a crash or a power cut: run the quick check before going on.
    """
    with storage_errors():
        clean = folder.clean_end.exists() or not folder.database.exists()
        if clean:
            folder.clean_end.unlink(missing_ok=True)
            sync_folder(folder.path)
        return clean


def end(folder: RegisterFolder) -> None:
    """The session ended properly: everything is written and closed."""
    with storage_errors():
        write_atomically(folder.clean_end, b"")
