"""Backups that are known to work: made by SQLite's backup API, sealed in one file, re-opened and checked,
restored whole.

A backup is never a copy of the open database file. Restoring makes a new folder with a new generation; the
register that was there before is left alone.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from desktop.common.atomic_file import PARTIAL_SUFFIX, FolderMissing, replacing, sync_folder
from desktop.common.errors import FileDamaged, UsageError
from desktop.common.version import product_version
from desktop.store import backup_file, keys, register_folder, session_end
from desktop.store.attachments import Attachments
from desktop.store.backup_file import DAMAGED, BackupReader, Manifest, Progress
from desktop.store.backup_plan import KeptBackup, superfluous
from desktop.store.cipher_database import connect, connect_scratch, integrity_problems, open_engine
from desktop.store.key_folder import save
from desktop.store.keys import Keys, Unlocked
from desktop.store.register_folder import RegisterFolder
from desktop.store.storage_failure import disk_full, storage_errors

SUFFIX = ".xcbak"
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_NAME = re.compile(r"(\d{8}T\d{6}\.\d{6}Z)-[a-z]+\.xcbak")
_PAGES_AT_ONCE = 4096

DigestOf = Callable[[Engine], str]
"""Computes the register's digest on a reading engine."""


@dataclass(frozen=True)
class Restored:
    """A restored register: where it lies, its key file of the new generation, and attachments that were not at hand."""

    folder: RegisterFolder
    unlocked: Unlocked
    missing_attachments: tuple[str, ...]


def make(
    folder: RegisterFolder,
    unlocked: Unlocked,
    target: Path,
    *,
    reason: str,
    digest_of: DigestOf | None = None,
    with_attachments: bool = True,
    progress: Progress | None = None,
) -> Manifest:
    """Back the register up into one encrypted file, then re-open that file and check it.

    May run while the register is in use: the copy is one snapshot. `target` gets its name only when the check
    succeeded. Raises StorageFailed (disk full, asked before anything is written too), FileDamaged, Cancelled.
    """
    keys_ = unlocked.keys
    attachments = Attachments(folder.attachments, keys_.attachments)
    if not target.parent.is_dir():
        raise FolderMissing(target)
    with storage_errors(), _scratch(folder.backups) as scratch:
        sizes = {digest: attachments.path(digest).stat().st_size for digest in attachments.digests()}
        _need_space(folder, target.parent, sum(sizes.values()) if with_attachments else 0)
        database, drafts = scratch / "register.db", scratch / "drafts.db"
        _copy_database(folder.database, database, keys_.database, progress)
        has_drafts = folder.drafts.exists()
        if has_drafts:
            _copy_database(folder.drafts, drafts, keys_.drafts, None)
        manifest = Manifest(
            register_id=unlocked.file.register_id,
            generation=unlocked.file.generation,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            reason=reason,
            program=product_version(),
            digest=_digest(database, keys_, digest_of),
            database_size=database.stat().st_size,
            database_sha256=backup_file.file_sha256(database),
            drafts_size=drafts.stat().st_size if has_drafts else 0,
            drafts_sha256=backup_file.file_sha256(drafts) if has_drafts else "",
            attachments=sizes,
            holds_attachments=with_attachments,
        )
        with replacing(target) as stream:
            backup_file.write(
                stream, unlocked.file, keys_, manifest, database, drafts if has_drafts else None, attachments.path,
                progress,
            )  # fmt: skip
            stream.flush()
            database.unlink()
            drafts.unlink(missing_ok=True)
            stream.seek(0)
            # equal bytes have an equal digest: it need not be computed again
            _verify(BackupReader(stream, keys_), keys_, scratch / "check", None)
    return manifest


def make_kept(
    folder: RegisterFolder,
    unlocked: Unlocked,
    reason: str,
    *,
    digest_of: DigestOf | None = None,
    budget: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Back up into the register's own `backups/` (attachments are named, not copied) and thin the older ones.

    `reason` is one lowercase word: close, upgrade, merge, import, manual.
    """
    now = datetime.now(UTC)
    target = folder.backups / f"{now.strftime(_STAMP)}-{reason}{SUFFIX}"
    if not _NAME.fullmatch(target.name):
        raise ValueError("the reason is one lowercase word")
    with storage_errors():
        folder.backups.mkdir(exist_ok=True)
        _clear_leftovers(folder.backups)
        make(folder, unlocked, target, reason=reason, digest_of=digest_of, with_attachments=False, progress=progress)
        for old in superfluous(kept(folder), now.astimezone(), budget=budget):
            (folder.backups / old.name).unlink(missing_ok=True)
        sync_folder(folder.backups)
    return target


def kept(folder: RegisterFolder) -> list[KeptBackup]:
    """The backups in the register's own folder, oldest first; other files there are left alone."""
    found = []
    for path in folder.backups.glob(f"*{SUFFIX}"):
        match = _NAME.fullmatch(path.name)
        if match:
            made = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
            found.append(KeptBackup(path.name, made, path.stat().st_size))
    return sorted(found, key=lambda b: (b.made_at, b.name))


def attachments_named(folder: RegisterFolder, keys_: Keys) -> set[str]:
    """Digests named by kept backups: these attachment files must not be collected.

    A damaged backup names nothing and can restore nothing; it hides no others.
    """
    named: set[str] = set()
    with storage_errors():
        for backup in kept(folder):
            with suppress(FileDamaged), (folder.backups / backup.name).open("rb") as stream:
                named |= BackupReader(stream, keys_).manifest.attachments.keys()
    return named


def unlock(
    path: Path, *, passphrase: str | None = None, recovery: str | None = None, user: str | None = None
) -> Unlocked:
    """Open a backup with a passphrase or recovery code as it was when the backup was made."""
    file = backup_file.read_key_file(path)
    if recovery is not None:
        return keys.unlock_with_recovery_code(file, recovery, user=user)
    return keys.unlock(file, passphrase=passphrase or "", user=user)


def read_manifest(path: Path, keys_: Keys) -> Manifest:
    """What a backup holds, without reading the rest."""
    with storage_errors(), path.open("rb") as stream:
        return BackupReader(stream, keys_).manifest


def verify(path: Path, keys_: Keys, *, digest_of: DigestOf | None = None, scratch: Path | None = None) -> Manifest:
    """Read the whole backup back: every byte, the database's pages, and the digest when asked. Raises
    FileDamaged.

    `scratch` is where the encrypted parts lie meanwhile; by default beside the backup.
    """
    with storage_errors(), _scratch(scratch or path.parent) as place, path.open("rb") as stream:
        reader = BackupReader(stream, keys_)
        _verify(reader, keys_, place / "check", digest_of)
        return reader.manifest


def restore(
    path: Path,
    target: Path,
    unlocked: Unlocked,
    *,
    digest_of: DigestOf | None = None,
    attachments_from: Path | None = None,
    progress: Progress | None = None,
) -> Restored:
    """Restore a backup into a new folder with a new generation; `target` appears only when everything is
    sound.

    `unlocked` comes from `unlock(path, …)`. A kept backup only names its attachments: they are copied from
    `attachments_from`, by default the register folder the backup lies in; the missing ones are reported.
    Raises UsageError when something lies at `target` already, FileDamaged, StorageFailed, Cancelled.
    """
    target = target.absolute()
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise UsageError("恢复的位置已有文件，没有恢复任何内容；请另选一个空文件夹。")
    keys_ = unlocked.keys
    with storage_errors():
        target.parent.mkdir(parents=True, exist_ok=True)
        with _scratch(target.parent) as scratch, path.open("rb") as stream:
            reader = BackupReader(stream, keys_)
            fresh = register_folder.make(scratch / "register")
            attachments = Attachments(fresh.attachments, keys_.attachments)
            reader.extract(fresh.database, fresh.drafts, attachments.path, progress)
            _check_database(fresh.database, keys_, reader.manifest, digest_of)
            source = attachments_from or path.absolute().parent.parent / fresh.attachments.name
            missing = _bring_attachments(reader.manifest, attachments, Attachments(source, keys_.attachments))
            again = keys.new_generation(unlocked)
            save(fresh, again.file)
            session_end.end(fresh)
            _sync_tree(fresh.path)
            if target.exists():
                target.rmdir()
            fresh.path.replace(target)
            sync_folder(target.parent)
    return Restored(RegisterFolder(target), again, missing)


def _copy_database(source: Path, target: Path, key: bytes, progress: Progress | None) -> None:
    """One snapshot through SQLite's backup API into a database under the same key."""
    reading = connect(source, key, readonly=True)
    try:
        writing = connect_scratch(target, key)
        try:
            # a read transaction of our own pins the snapshot: writers neither wait nor make the copy start anew
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
            size = int(reading.execute("PRAGMA page_size").fetchone()[0])

            def step(status: int, remaining: int, total: int) -> None:
                if progress:
                    progress((total - remaining) * size, total * size)

            reading.backup(writing, pages=_PAGES_AT_ONCE, progress=step, sleep=0)
            reading.execute("ROLLBACK")
        finally:
            writing.close()
    finally:
        reading.close()


def _digest(database: Path, keys_: Keys, digest_of: DigestOf | None) -> str:
    if digest_of is None:
        return ""
    engine = open_engine(database, keys_.database, readonly=True)
    try:
        return digest_of(engine)
    finally:
        engine.dispose()


def _check_database(database: Path, keys_: Keys, manifest: Manifest, digest_of: DigestOf | None) -> None:
    engine = open_engine(database, keys_.database, readonly=True)
    try:
        if integrity_problems(engine):
            raise FileDamaged(DAMAGED)
        if digest_of is not None and manifest.digest and digest_of(engine) != manifest.digest:
            raise FileDamaged(DAMAGED)
    finally:
        engine.dispose()


def _verify(reader: BackupReader, keys_: Keys, place: Path, digest_of: DigestOf | None) -> None:
    reader.extract(place / "register.db", place / "drafts.db", None)
    _check_database(place / "register.db", keys_, reader.manifest, digest_of)


def _bring_attachments(manifest: Manifest, into: Attachments, source: Attachments) -> tuple[str, ...]:
    missing = []
    for digest in manifest.attachments:
        if digest in into:
            continue
        if digest in source:
            into.path(digest).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source.path(digest), into.path(digest))
        if not into.is_sound(digest):
            into.path(digest).unlink(missing_ok=True)
            missing.append(digest)
    return tuple(missing)


def _need_space(folder: RegisterFolder, target: Path, attachments: int) -> None:
    """Room for the copy (later for the parts read back) beside the register, and for the sealed file."""
    databases = sum(
        part.stat().st_size
        for database in (folder.database, folder.drafts)
        for part in (database, database.with_name(database.name + "-wal"))
        if part.exists()
    )
    same_disk = folder.backups.stat().st_dev == target.stat().st_dev
    sealed = databases + attachments + (1 << 20)
    if (
        shutil.disk_usage(target).free < sealed + (databases if same_disk else 0)
        or shutil.disk_usage(folder.backups).free < databases
    ):
        raise disk_full()


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb+") as stream:
                os.fsync(stream.fileno())
    sync_folder(folder)


@contextmanager
def _scratch(place: Path) -> Iterator[Path]:
    """A folder for encrypted parts, gone afterwards."""
    with tempfile.TemporaryDirectory(
        prefix=".xiangce-", suffix=PARTIAL_SUFFIX, dir=place, ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


def _clear_leftovers(place: Path) -> None:
    """Remove what a killed backup left behind; an hour is longer than any backup runs."""
    before = time.time() - 3600
    for leftover in place.glob(f".*{PARTIAL_SUFFIX}"):
        with suppress(OSError):
            if leftover.stat().st_mtime < before:
                if leftover.is_dir():
                    shutil.rmtree(leftover)
                else:
                    leftover.unlink()
