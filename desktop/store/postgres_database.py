"""Opens a register on a PostgreSQL server, and lets writers of one register wait for each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from desktop.common.errors import RegisterLocked, UsageError
from desktop.store.storage_failure import storage_errors

SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://")


def is_postgres(place: str) -> bool:
    """Whether a REGISTER argument names a server and not a folder."""
    return place.startswith(SCHEMES)


def open_engine(url: str, *, readonly: bool = False, connections: int = 4) -> Engine:
    """A SQLAlchemy engine on a PostgreSQL server that is reached now.

    Raises UsageError (not a usable address, driver missing) or RegisterLocked (server not reached, login
    refused). No message repeats the address: it may hold a password.
    """
    try:
        address = make_url(url)
        if not address.drivername.startswith("postgres"):
            raise ArgumentError("not postgresql")
        settings = "-c timezone=UTC -c synchronous_commit=on -c standard_conforming_strings=on"
        if readonly:
            settings += " -c default_transaction_read_only=on"
        engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            pool_size=connections,
            max_overflow=connections,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"options": settings, "connect_timeout": 10, "application_name": "xiangce"},
        )
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise UsageError("数据库地址写法有误；应形如 postgresql://用户@服务器/库名。") from None
    except ModuleNotFoundError:
        raise UsageError("未安装 PostgreSQL 组件；请按 README 安装可选项 postgresql。") from None
    with storage_errors():
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1").scalar()
        except BaseException:
            engine.dispose()
            raise
    return engine


def advisory_key(register_id: str, use: str = "write") -> int:
    """The signed 64-bit number under which writers of this register wait for each other."""
    digest = hashlib.blake2b(f"{use}:{register_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def lock_transaction(connection: Connection, register_id: str) -> None:
    """Wait until no other transaction writes this register; freed when it ends or the client dies."""
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (advisory_key(register_id),))


@contextmanager
def exclusive(connection: Connection, register_id: str, use: str = "merge") -> Iterator[None]:
    """Hold a register-wide lock over several transactions (a merge, an upgrade).

    Raises RegisterLocked at once when another client holds it.
    """
    key = advisory_key(register_id, use)
    if not connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (key,)).scalar():
        raise RegisterLocked("另一位同事正在对这个册做合并或升级；数据未受影响，请稍候再试。")
    try:
        yield
    finally:
        if not connection.invalidated and not connection.closed:
            connection.rollback()
            connection.exec_driver_sql("SELECT pg_advisory_unlock(%s)", (key,))
            connection.commit()
