"""Makes and opens registers: key file, lock, version, databases, drafts, attachments; hands out an open `Register`.

A register is a folder (SQLCipher) or a `postgresql://` address. On a server the key file lies in the `meta` table.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import nacl.signing
from sqlalchemy import Connection, Engine, MetaData

from desktop.common.errors import FileDamaged, InputRefused, StorageFailed, UsageError
from desktop.store import (
    backup,
    cipher_database,
    crash_log,
    growth,
    key_folder,
    keys,
    lock,
    log_check,
    postgres_database,
    register_folder,
    server_drafts,
    session_end,
)
from desktop.store.attachments import AttachmentMissing, Attachments
from desktop.store.database import Sql, transaction
from desktop.store.drafts import Drafts
from desktop.store.journal_tables import JOURNAL
from desktop.store.key_slot import STANDARD, KdfProfile
from desktop.store.keys import KeyFile, Level, Role, Unlocked
from desktop.store.recovery_code import RecoveryCode
from desktop.store.register import Register, get_meta, set_meta
from desktop.store.register_folder import RegisterFolder
from desktop.store.schema import Schema
from desktop.store.storage_failure import storage_errors
from desktop.store.upgrades import Step, Version, check_version, upgrade, write_version

VERSION = Version(1, 0)
"""Version of the tables this program makes and reads."""
TURN_SECONDS = 30.0
"""How long a note beside the writing process waits for it to finish a transaction: a large import takes some 20 s."""
STEPS: tuple[Step, ...] = ()
"""Upgrades from released versions to VERSION, in order."""


def create(
    place: str | Path,
    *,
    schema: Schema,
    tables: MetaData,
    unit_name: str,
    level: Level,
    division_code: str,
    user: str,
    passphrase: str,
    role: Role = "county-admin",
    profile: KdfProfile = STANDARD,
) -> tuple[Register, RecoveryCode]:
    """A new register, open for writing, and the recovery code to be printed once.

    Raises UsageError when something lies there already, StorageFailed when it cannot be written.
    """
    keys.check_passphrase(passphrase)
    unlocked, code = keys.create(
        unit_name=unit_name, level=level, division_code=division_code, user=user, passphrase=passphrase, role=role,
        profile=profile,
    )  # fmt: skip
    if postgres_database.is_postgres(str(place)):
        return _create_on_server(str(place), schema, tables, unlocked), code
    with storage_errors():
        folder = register_folder.make(Path(place))
        held = lock.acquire(folder.lock, user=user)
        try:
            writer = cipher_database.open_engine(folder.database, unlocked.keys.database, create=True)
            _make_tables(writer, tables, unlocked.file)
            key_folder.save(folder, unlocked.file)  # last: a folder without it is no register
            session_end.begin(folder)
        except BaseException:
            held.release()
            shutil.rmtree(folder.path, ignore_errors=True)  # it was empty or not there: try again in the same place
            raise
    return _in_folder(schema, folder, writer, held, unlocked), code


def open_register(
    place: str | Path,
    *,
    schema: Schema,
    tables: MetaData,
    passphrase: str | None = None,
    recovery: str | None = None,
    user: str | None = None,
    writable: bool = True,
) -> Register:
    """Open a register with a passphrase or the recovery code, for writing or reading only.

    Raises WrongPassphrase, RegisterLocked (with the holder's name), FileDamaged, InputRefused (newer version).
    """
    if postgres_database.is_postgres(str(place)):
        return _open_on_server(str(place), schema, tables, passphrase, recovery, user, writable)
    with storage_errors():
        folder = register_folder.find(Path(place))
        unlocked = key_folder.open_key_file(folder, passphrase=passphrase, recovery=recovery, user=user)
    if not writable:
        with storage_errors():
            alone = not folder.clean_end.exists() and lock.holder(folder.lock) is None
            log_warning = log_check.keep_if_damaged(folder.database) if alone else ""
        register = _in_folder(schema, folder, None, None, unlocked)
        register.facts["log_warning"] = log_warning
        with register.reading() as sql:
            check_version(sql.connection, VERSION)
            _refuse_older_key_file(sql, unlocked.file)
            older = bool(growth.missing_columns(sql.connection, tables))
        if older:  # made by an older program: it is brought forward once, which only a writer may do
            register.close()
            opened = open_register(
                place, schema=schema, tables=tables, passphrase=passphrase, recovery=recovery, user=user
            )
            opened.close()
            return open_register(
                place, schema=schema, tables=tables, passphrase=passphrase, recovery=recovery, user=user, writable=False
            )
        return register
    held = lock.acquire(folder.lock, user=unlocked.user.name)
    writer = None
    try:
        with storage_errors():
            key_folder.repair(folder)
            clean = session_end.begin(folder)
            log_warning = "" if clean else log_check.keep_if_damaged(folder.database)
            writer = cipher_database.open_engine(folder.database, unlocked.keys.database)
            if not clean:
                _check_after_crash(writer)
            with writer.connect() as connection:
                check_version(connection, VERSION)
            upgrade(writer, STEPS, backup=lambda: backup.make_kept(folder, unlocked, "upgrade"))
            _grow(writer, tables, schema, lambda: backup.make_kept(folder, unlocked, "upgrade"))
            with transaction(writer) as sql:
                _refuse_older_key_file(sql, unlocked.file)
                note_key_file(sql, unlocked.file)
        register = _in_folder(schema, folder, writer, held, unlocked)
    except BaseException:
        if writer is not None:
            writer.dispose()
        held.release()
        raise
    register.facts["clean"] = clean
    register.facts["log_warning"] = log_warning
    register.facts["crash_note"] = crash_log.take(folder.crash_log) or ("" if clean else "上次没有正常关闭。")
    register.facts["warnings"] = tuple(w for w in (log_warning, register.facts["drafts_warning"]) if w)
    return register


def _in_folder(
    schema: Schema, folder: RegisterFolder, writer: Engine | None, held: lock.WriteLock | None, unlocked: Unlocked
) -> Register:
    """The register of a folder with everything beside its database; with `held` it is the writing one."""
    reader = cipher_database.open_engine(
        folder.database, unlocked.keys.database, readonly=True,
        cache_kib=cipher_database.ONCE_CACHE_KIB if writer is None else cipher_database.CACHE_KIB,
    )  # fmt: skip
    register = _assemble(schema, reader, writer, unlocked)
    attachments = Attachments(folder.attachments, unlocked.keys.attachments)
    register.read_attachment = attachments.read
    register.facts |= {"folder": folder, "attachments": attachments}
    register.side_writer = lambda: cipher_database.open_engine(
        folder.database, unlocked.keys.database, connections=1, busy_seconds=TURN_SECONDS
    )
    if writer is None or held is None:
        return register
    drafts = Drafts(folder.drafts, unlocked.keys.drafts)
    register.attach_bytes = attachments.put
    register.facts |= {"drafts": drafts, "drafts_warning": drafts.warning}
    register.on_close += [
        held.release,
        lambda: session_end.end(folder),
        lambda: _checkpoint(writer),
        drafts.close,
        crash_log.install(folder.crash_log),
    ]  # run from the last to the first
    return register


def note_key_file(sql: Sql, file: KeyFile) -> None:
    """Remember inside the encrypted database which key file is the newest: called whenever it was saved."""
    newest = str(file.revision)
    if get_meta(sql, "key_revision") != newest:  # a full disk must not keep anyone from opening
        set_meta(sql, "key_revision", newest)


def _refuse_older_key_file(sql: Sql, file: KeyFile) -> None:
    """FileDamaged when an older key file was put back, e.g. to let a stopped user in again."""
    if file.revision < int(get_meta(sql, "key_revision") or 0):
        raise FileDamaged(
            "册的钥匙文件 register.json 被换成了旧的一份（其中的用户或口令可能已停用），没有打开；",
            hint="册内数据未受影响，请从最近的备份取回该文件。",
        )


def _check_after_crash(writer: Engine) -> None:
    """Look through the database after a session that ended badly; FileDamaged when it is not sound."""
    if cipher_database.integrity_problems(writer):
        raise FileDamaged(
            "上次没有正常关闭，检查发现数据库文件有损坏的页；没有写入任何内容，",
            hint="请保留原文件夹，用 xiangce restore 从最近的备份恢复到新文件夹。",
        )


def _create_on_server(url: str, schema: Schema, tables: MetaData, unlocked: Unlocked) -> Register:
    engine = postgres_database.open_engine(url)
    with storage_errors(), engine.connect() as connection:
        if engine.dialect.has_table(connection, "meta"):
            raise UsageError("这个数据库里已经有册，不能在此新建；原有内容未动。")
    with storage_errors():
        _make_tables(engine, tables, unlocked.file)
        with transaction(engine) as sql:
            set_meta(sql, "key_file", unlocked.file.to_bytes().decode("utf-8"))
    return _on_server(schema, postgres_database.open_engine(url, readonly=True), engine, unlocked)


def _open_on_server(
    url: str, schema: Schema, tables: MetaData, passphrase: str | None, recovery: str | None, user: str | None,
    writable: bool,
) -> Register:  # fmt: skip
    reader = postgres_database.open_engine(url, readonly=True)
    with storage_errors(), reader.connect() as connection:
        if not reader.dialect.has_table(connection, "meta"):
            raise InputRefused("这个数据库里没有册；请核对地址，或先新建。")
        raw = get_meta(Sql(connection), "key_file") or ""
    file = KeyFile.from_bytes(raw.encode("utf-8"))
    if recovery is not None:
        unlocked = keys.unlock_with_recovery_code(file, recovery, user=user)
    else:
        unlocked = keys.unlock(file, passphrase=passphrase or "", user=user)
    with storage_errors(), reader.connect() as connection:
        check_version(connection, VERSION)
        older = bool(growth.missing_columns(connection, tables))
    writer = postgres_database.open_engine(url) if writable or older else None
    if writer is not None:  # one made by an older program is brought forward by a reader, too
        upgrade(writer, STEPS, backup=lambda: None)  # a server is backed up by its own means
        _grow(writer, tables, schema, lambda: None)
    if writer is not None and not writable:
        writer.dispose()
        writer = None
    register = _on_server(schema, reader, writer, unlocked)
    register.side_writer = lambda: postgres_database.open_engine(url)
    return register


def _on_server(schema: Schema, reader: Engine, writer: Engine | None, unlocked: Unlocked) -> Register:
    register = _assemble(schema, reader, writer, unlocked)

    def put(data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        assert writer is not None
        with transaction(writer) as sql:
            sql.run(
                "INSERT INTO attachment_bytes (sha256,data) VALUES (?,?) ON CONFLICT (sha256) DO NOTHING",
                (digest, data),
            )
        return digest

    def read(digest: str) -> bytes:
        with register.reading() as sql:
            data = sql.scalar("SELECT data FROM attachment_bytes WHERE sha256=?", (digest,))
        if data is None:
            raise AttachmentMissing(digest)
        return bytes(data)

    register.read_attachment = read
    if writer is not None:
        register.attach_bytes = put
        _keep_drafts_here(register, unlocked)
    return register


def _keep_drafts_here(register: Register, unlocked: Unlocked) -> None:
    """Drafts of a server register lie on this machine; where they cannot, the register opens without and says so."""
    try:
        drafts = server_drafts.open_drafts(unlocked.file.register_id, unlocked.keys.drafts)
    except (StorageFailed, FileDamaged) as error:
        register.facts["warnings"] = (f"这台电脑上存草稿的地方打不开，现在不能填表：{error.message}",)
        return
    register.facts |= {"drafts": drafts, "warnings": (drafts.warning,) if drafts.warning else ()}
    register.on_close.append(drafts.close)


def _make_tables(engine: Engine, tables: MetaData, file: KeyFile) -> None:
    seed = nacl.signing.SigningKey.generate()
    with transaction(engine) as sql:
        JOURNAL.create_all(sql.connection)
        tables.create_all(sql.connection)
        write_version(sql.connection, VERSION)
        set_meta(sql, "register_id", file.register_id)
        set_meta(sql, "device_seed", bytes(seed).hex())


def _grow(engine: Engine, tables: MetaData, schema: Schema, before: Callable[[], object]) -> None:
    """Tables, columns and indexes that this program knows and the register does not have yet."""
    with engine.connect() as connection:
        device = _device_of(connection)
    growth.grow(engine, JOURNAL, tables, schema, device, before)


def _device_of(connection: Connection) -> bytes:
    seed = bytes.fromhex(get_meta(Sql(connection), "device_seed") or "")
    return bytes(nacl.signing.SigningKey(seed).verify_key)


def _assemble(schema: Schema, reader: Engine, writer: Engine | None, unlocked: Unlocked) -> Register:
    with storage_errors(), reader.connect() as connection:
        device = _device_of(connection)
    file = unlocked.file
    return Register(
        schema=schema, reader=reader, writer=writer, device=device, user=unlocked.user.name,
        role=unlocked.user.role, storage_errors=storage_errors,
        advisory_lock=postgres_database.advisory_key(file.register_id),
        facts={
            "unit_name": file.unit_name, "level": file.level, "division_code": file.division_code,
            "register_id": file.register_id, "generation": file.generation, "unlocked": unlocked,
        },
    )  # fmt: skip


def _checkpoint(writer: Engine) -> None:
    with suppress(Exception):  # the log is replayed at the next opening
        cipher_database.checkpoint(writer)
