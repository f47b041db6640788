"""Brings an older register forward in numbered steps, each in one transaction with its version, after a
backup.

`user_version` packs major and minor (on PostgreSQL a table of one row holds the same number). A newer
minor is read and written by older programs of the same major; a newer major is refused with words and left
as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from desktop.common.errors import InputRefused
from desktop.store.storage_failure import storage_errors


class Version(NamedTuple):
    """Version of a register's tables: another major cannot be read by older programs, another minor can."""

    major: int
    minor: int

    @property
    def packed(self) -> int:
        """As stored in `user_version`."""
        return self.major << 16 | self.minor

    @classmethod
    def unpack(cls, packed: int) -> Version:
        """From `user_version`."""
        return cls(packed >> 16, packed & 0xFFFF)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class Step(NamedTuple):
    """One upgrade: `run` changes tables (never operations) from the version before to `version`."""

    version: Version
    run: Callable[[Connection], None]


class NewerRegister(InputRefused):
    """The register was upgraded by a newer program."""

    def __init__(self, found: Version, known: Version) -> None:
        super().__init__(
            f"这个册已由更新版本的程序升级（册格式 {found}，本机程序支持到 {known}），没有打开；",
            hint="册未作任何改动，请先升级本机程序。",
        )
        self.found = found


def read_version(connection: Connection) -> Version:
    """The version of the tables; 0.0 in a new database."""
    if connection.dialect.name != "postgresql":
        return Version.unpack(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    if connection.exec_driver_sql("SELECT to_regclass('register_version')").scalar_one() is None:
        return Version(0, 0)
    return Version.unpack(connection.exec_driver_sql("SELECT packed FROM register_version").scalar() or 0)


def write_version(connection: Connection, version: Version) -> None:
    """Store the version; part of the transaction that makes or changes the tables."""
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(f"PRAGMA user_version = {version.packed:d}")
        return
    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS register_version (packed bigint NOT NULL)")
    connection.exec_driver_sql("DELETE FROM register_version")
    connection.exec_driver_sql("INSERT INTO register_version VALUES (%s)", (version.packed,))


def check_version(connection: Connection, known: Version) -> Version:
    """The version found; NewerRegister when its major is newer than `known`."""
    found = read_version(connection)
    if found.major > known.major:
        raise NewerRegister(found, known)
    return found


def upgrade(engine: Engine, steps: Sequence[Step], *, backup: Callable[[], object]) -> list[Version]:
    """Run the steps this register lacks, in order, and return their versions.

    `backup` is called once before the first; when it raises, nothing was changed. A step that fails leaves
    the version before it, so that the next start tries again from there. Raises NewerRegister.
    """
    versions = [step.version for step in steps]
    if versions != sorted(set(versions)):
        raise ValueError("upgrade steps must be numbered upwards")
    if not steps:
        return []
    with storage_errors():
        with engine.connect() as connection:
            found = check_version(connection, steps[-1].version)
        missing = [step for step in steps if step.version > found]
        if not missing:
            return []
        backup()
        for step in missing:
            with engine.begin() as connection:
                if check_version(connection, steps[-1].version) >= step.version:
                    continue  # another client upgraded meanwhile
                step.run(connection)
                write_version(connection, step.version)
    return [step.version for step in missing]
