"""PostgreSQL registers open with words, and writers of one register wait for each other."""

from __future__ import annotations

import pytest

from desktop.common.errors import RegisterLocked, StorageFailed, UsageError
from desktop.store import postgres_database
from desktop.store.storage_failure import storage_errors


def test_an_address_is_recognised() -> None:
    assert postgres_database.is_postgres("postgresql://u@h/d") and postgres_database.is_postgres("postgres://h/d")
    assert not postgres_database.is_postgres("/home/册") and not postgres_database.is_postgres("册.xcr")


@pytest.mark.parametrize("wrong", ["mysql://u@h/d", "postgresql://h:port/d"])
def test_a_wrong_address_is_a_usage_error(wrong: str) -> None:
    with pytest.raises(UsageError, match="写法有误"):
        postgres_database.open_engine(wrong)


def test_an_unreached_server_has_a_sentence_without_the_password() -> None:
    with pytest.raises(RegisterLocked, match="连不上数据库服务器") as caught:
        postgres_database.open_engine("postgresql://u:sesame@127.0.0.1:1/d")
    assert "sesame" not in str(caught.value)


def test_locks_keep_two_merges_apart_and_are_freed(postgres_database_url: str) -> None:
    engine = postgres_database.open_engine(postgres_database_url)
    try:
        with engine.connect() as one, engine.connect() as two:
            with postgres_database.exclusive(one, "r1"):
                with pytest.raises(RegisterLocked, match="合并或升级"), postgres_database.exclusive(two, "r1"):
                    pass
                with postgres_database.exclusive(two, "r2"):
                    pass
            with postgres_database.exclusive(two, "r1"):
                pass
        with engine.begin() as one:
            postgres_database.lock_transaction(one, "r1")
            with engine.connect() as two, pytest.raises(RegisterLocked, match="正被别人写入"), storage_errors():
                two.exec_driver_sql("SET lock_timeout = '50ms'")
                postgres_database.lock_transaction(two, "r1")
        with engine.begin() as one:
            postgres_database.lock_transaction(one, "r1")
    finally:
        engine.dispose()


def test_a_reading_engine_refuses_writes(postgres_database_url: str) -> None:
    engine = postgres_database.open_engine(postgres_database_url, readonly=True)
    try:
        with pytest.raises(StorageFailed, match="不可写"), storage_errors(), engine.begin() as c:
            c.exec_driver_sql("CREATE TABLE t (a int)")
    finally:
        engine.dispose()


def test_keys_of_registers_differ() -> None:
    keys = {postgres_database.advisory_key(f"{n:032x}", use) for n in range(50) for use in ("write", "merge")}
    assert len(keys) == 100 and all(-(2**63) <= key < 2**63 for key in keys)


@pytest.fixture
def postgres_database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("postgres_database"))
