"""Backups, restoring and users, for window and command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine

from desktop.app.home import keep_counts
from desktop.app.rights import may
from desktop.app.workspace import Workspace
from desktop.common.errors import StorageFailed, UsageError
from desktop.registry.tables import SCHEMA
from desktop.store import attachment_care, backup, dumping, key_folder, keys, server_drafts
from desktop.store.database import Sql
from desktop.store.drafts import Drafts, rows_of
from desktop.store.journal import Journal
from desktop.store.keys import Role, Unlocked
from desktop.store.opening import note_key_file
from desktop.store.register import get_meta, set_meta
from desktop.store.register_folder import RegisterFolder

Progress = Callable[[int, int], None]


def digest_of(engine: Engine) -> str:
    """Digest of a database that is not an open register (a backup being checked), from every record."""
    with engine.connect() as connection:
        return dumping.digest(Sql(connection), Journal(SCHEMA))


def back_up(ws: Workspace, target: Path, progress: Progress | None = None) -> str:
    """Back the whole register (with attachments) up into one encrypted file; returns its digest.

    Raises StorageFailed, Cancelled, UsageError for a register on a server.
    """
    folder, unlocked = _folder(ws)
    if target.exists():
        raise UsageError(f"{target.name} 已存在，没有覆盖；请换一个文件名。")
    manifest = backup.make(folder, unlocked, target, reason="manual", digest_of=digest_of, progress=progress)
    return manifest.digest


def back_up_here(ws: Workspace, reason: str) -> Path | None:
    """Back up into the register's own folder (before an import or merge, on close).

    Of a register on a server the drafts of this machine, beside them; None when there are none.
    """
    folder = ws.register.facts.get("folder")
    if not isinstance(folder, RegisterFolder):
        drafts = ws.register.facts.get("drafts")
        unlocked = _unlocked(ws)
        if not isinstance(drafts, Drafts):
            return None
        return server_drafts.keep_copy(unlocked.file.register_id, drafts, unlocked.keys.drafts)
    return backup.make_kept(folder, ws.register.facts["unlocked"], reason)


def on_server(ws: Workspace) -> bool:
    """Whether the records lie on a server: then only the drafts of this machine are backed up here."""
    return not isinstance(ws.register.facts.get("folder"), RegisterFolder)


def drafts_place(ws: Workspace) -> Path:
    """Where the drafts of a register on a server lie on this machine."""
    return server_drafts.drafts_folder(_unlocked(ws).file.register_id)


def kept_drafts(ws: Workspace) -> list[Path]:
    """The copies of the drafts that were made on closing, the newest first."""
    return server_drafts.kept_copies(_unlocked(ws).file.register_id)


def back_up_drafts(ws: Workspace, target: Path) -> int:
    """The drafts of this machine in one encrypted file; how many. UsageError when the file is there, StorageFailed."""
    if target.exists():
        raise UsageError(f"{target.name} 已存在，没有覆盖；请换一个文件名。")
    with _drafts_of(ws) as (drafts, key):
        return server_drafts.copy_drafts(drafts, key, target)


def bring_back_drafts(ws: Workspace, source: Path) -> tuple[int, int]:
    """Drafts of such a file back to this machine: how many were taken, and how many not, for newer ones are here.

    Raises FileDamaged for a file of another register or a damaged one, UsageError when there is none.
    """
    if not source.is_file():
        raise UsageError(f"没有文件 {source.name}，没有取回。")
    with _drafts_of(ws) as (drafts, key):
        return drafts.take(rows_of(source, key))


@contextmanager
def _drafts_of(ws: Workspace) -> Iterator[tuple[Drafts, bytes]]:
    """The drafts of a server's register on this machine, also when it was opened for reading only."""
    unlocked, drafts = _unlocked(ws), ws.register.facts.get("drafts")
    if isinstance(drafts, Drafts):
        yield drafts, unlocked.keys.drafts
        return
    drafts = server_drafts.open_drafts(unlocked.file.register_id, unlocked.keys.drafts)
    try:
        yield drafts, unlocked.keys.drafts
    finally:
        drafts.close()


def end_session(ws: Workspace) -> Path | None:
    """Close the register as the window does: first a backup if anything was written since the last, then a tidy-up.

    Returns the backup made. The register is closed whatever happens; a full disk is raised afterwards.
    """
    made = None
    try:
        folder = ws.register.facts.get("folder")
        if isinstance(folder, RegisterFolder) and ws.register.writer is not None:
            with ws.register.reading() as sql:
                last = int(sql.scalar("SELECT MAX(seq) FROM op") or 0)
                backed_up = int(get_meta(sql, "backed_up_seq") or 0)
            if last > backed_up:
                made = back_up_here(ws, "close")
                with ws.register.bookkeeping() as sql:
                    set_meta(sql, "backed_up_seq", str(last))
                with ws.register.reading() as sql:
                    attachment_care.collect(
                        sql, ws.register.schema, folder, _unlocked(ws).keys, ws.register.facts["attachments"],
                        ws.register.facts["drafts"],
                    )  # fmt: skip
        elif ws.register.writer is not None:
            made = back_up_here(ws, "close")
        with suppress(StorageFailed):  # counted again at the next opening
            keep_counts(ws)
    finally:
        ws.close()
    return made


def restore_backup(
    source: Path, target: Path, *, passphrase: str | None = None, recovery: str | None = None, user: str | None = None,
    progress: Progress | None = None,
) -> tuple[str, ...]:  # fmt: skip
    """Restore a backup into a new folder; returns digests of attachments that were not at hand.

    Raises WrongPassphrase, FileDamaged, UsageError (the folder is not empty), StorageFailed.
    """
    unlocked = backup.unlock(source, passphrase=passphrase, recovery=recovery, user=user)
    restored = backup.restore(source, target, unlocked, digest_of=digest_of, progress=progress)
    return restored.missing_attachments


def users(ws: Workspace) -> list[keys.User]:
    """Everyone who may (or might once) open the register."""
    return list(_unlocked(ws).file.users)


def add_user(ws: Workspace, name: str, role: Role, passphrase: str) -> None:
    """A new user with a passphrase of his own."""
    ws.require("admin")
    keys.check_passphrase(passphrase)
    _keep(ws, keys.add_user(_unlocked(ws), name, role, passphrase))


def change_passphrase(ws: Workspace, name: str, passphrase: str) -> None:
    """A new passphrase for oneself, or by an administrator for others."""
    if name != ws.user:
        ws.require("admin")
    keys.check_passphrase(passphrase)
    _keep(ws, keys.change_passphrase(_unlocked(ws), name, passphrase))


def stop_user(ws: Workspace, name: str) -> None:
    """Take a user's access away; the name stays in the history. UsageError for the last administrator."""
    ws.require("admin")
    _leave_an_administrator(ws, name)
    _keep(ws, keys.stop_user(_unlocked(ws), name))


def change_role(ws: Workspace, name: str, role: Role) -> None:
    """Give a user another role. UsageError when no administrator would be left."""
    ws.require("admin")
    if not may(role, "admin"):
        _leave_an_administrator(ws, name)
    _keep(ws, keys.change_role(_unlocked(ws), name, role))


def resume_user(ws: Workspace, name: str, passphrase: str) -> None:
    """Let a stopped user in again, with a new passphrase."""
    ws.require("admin")
    keys.check_passphrase(passphrase)
    _keep(ws, keys.resume_user(_unlocked(ws), name, passphrase))


def new_recovery_code(ws: Workspace) -> str:
    """A new recovery code to print; the old one opens nothing any more."""
    ws.require("admin")
    unlocked, code = keys.renew_recovery_code(_unlocked(ws))
    _keep(ws, unlocked)
    return str(code)


def _leave_an_administrator(ws: Workspace, leaving: str) -> None:
    """UsageError when nobody else could add users or devices: only the recovery card would be left then."""
    file = _unlocked(ws).file
    person = file.user(leaving)
    if person is None or not may(person.role, "admin"):
        return
    if not any(u.id != person.id and may(u.role, "admin") for u in file.active_users):
        raise UsageError("这是最后一个能管理用户和设备的用户，没有改变；请先添加另一个县级管理员。")


def _folder(ws: Workspace) -> tuple[RegisterFolder, Unlocked]:
    folder = ws.register.facts.get("folder")
    if not isinstance(folder, RegisterFolder):
        raise UsageError("服务器上的册由数据库服务器备份，这里只备份本机的草稿。")
    return folder, _unlocked(ws)


def _unlocked(ws: Workspace) -> Unlocked:
    unlocked = ws.register.facts["unlocked"]
    assert isinstance(unlocked, Unlocked)
    return unlocked


def _keep(ws: Workspace, unlocked: Unlocked) -> None:
    """Store a changed key file where this register keeps it."""
    folder = ws.register.facts.get("folder")
    if isinstance(folder, RegisterFolder):
        with ws.register.storage_errors():
            key_folder.save(folder, unlocked.file)
        with ws.register.bookkeeping() as sql:
            note_key_file(sql, unlocked.file)
    else:
        with ws.register.bookkeeping() as sql:
            set_meta(sql, "key_file", unlocked.file.to_bytes().decode("utf-8"))
    ws.register.facts["unlocked"] = unlocked
