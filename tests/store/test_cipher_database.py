"""Encrypted databases keep what was committed, and say clearly when they cannot be opened."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from desktop.common.errors import FileDamaged, RegisterLocked, StorageFailed
from desktop.store.cipher_database import checkpoint, integrity_problems, open_engine
from desktop.store.storage_failure import storage_errors

KEY = bytes(range(32))


def filled(path: Path, rows: int = 3000) -> Engine:
    engine = open_engine(path, KEY, create=True)
    with engine.begin() as c:
        c.exec_driver_sql("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
        c.exec_driver_sql("INSERT INTO t VALUES (?, ?)", [(i, "样例" * 50) for i in range(rows)])
    return engine


def count(engine: Engine) -> int:
    with engine.connect() as c:
        return int(c.exec_driver_sql("SELECT count(*) FROM t WHERE length(b) = 100").scalar_one())


def test_settings_are_as_promised(tmp_path: Path) -> None:
    engine = filled(tmp_path / "r.db", 1)
    with engine.connect() as c:
        got = {
            name: c.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in (
                "journal_mode",
                "synchronous",
                "temp_store",
                "mmap_size",
                "foreign_keys",
                "cell_size_check",
            )
        }
    assert got == {
        "journal_mode": "wal", "synchronous": 2, "temp_store": 2, "mmap_size": 0, "foreign_keys": 0,
        "cell_size_check": 1,
    }  # fmt: skip


def test_rows_survive_and_nothing_is_in_the_clear(tmp_path: Path) -> None:
    path = tmp_path / "册 一" / "r.db"
    path.parent.mkdir()
    engine = filled(path)
    for file in path.parent.iterdir():
        raw = file.read_bytes()
        assert "样例样例".encode() not in raw and b"CREATE TABLE" not in raw and b"SQLite format" not in raw
    checkpoint(engine)
    engine.dispose()
    assert [f.name for f in path.parent.iterdir()] == ["r.db"]
    again = open_engine(path, KEY)
    assert count(again) == 3000 and integrity_problems(again) == []
    again.dispose()


def test_ddl_is_part_of_the_transaction(tmp_path: Path) -> None:
    engine = filled(tmp_path / "r.db", 1)
    with pytest.raises(ZeroDivisionError), engine.begin() as c:
        c.exec_driver_sql("CREATE TABLE u (a)")
        raise ZeroDivisionError
    with engine.connect() as c:
        assert c.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE name = 'u'").scalar_one() == 0


def test_a_reading_engine_sees_one_snapshot_and_writes_nothing(tmp_path: Path) -> None:
    engine = filled(tmp_path / "r.db", 10)
    reader = open_engine(tmp_path / "r.db", KEY, readonly=True)
    with reader.connect() as r:
        assert r.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 10
        with engine.begin() as w:
            w.exec_driver_sql("DELETE FROM t")
        assert r.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 10
    assert count(reader) == 0
    with pytest.raises(StorageFailed, match="不可写"), storage_errors(), reader.begin() as r:
        r.exec_driver_sql("INSERT INTO t VALUES (1, 'x')")


def test_a_second_writer_waits(tmp_path: Path) -> None:
    engine = filled(tmp_path / "r.db", 1)
    done = []

    def other() -> None:
        with engine.begin() as c:
            c.exec_driver_sql("INSERT INTO t VALUES (100, 'b')")
            done.append("other")

    with engine.begin() as c:
        thread = threading.Thread(target=other)
        thread.start()
        c.exec_driver_sql("INSERT INTO t VALUES (99, 'a')")
        done.append("first")
    thread.join()
    assert done == ["first", "other"]


def test_a_busy_database_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.store.cipher_database.BUSY_SECONDS", 0.05)
    engine = filled(tmp_path / "r.db", 1)
    other = open_engine(tmp_path / "r.db", KEY)
    with (
        engine.begin(),
        pytest.raises(RegisterLocked, match="正被另一个程序写入"),
        storage_errors(),
        other.begin(),
    ):
        pass


def test_wrong_key_missing_empty_and_clear_files_have_their_sentences(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    engine = filled(path)
    checkpoint(engine)
    engine.dispose()
    before = path.read_bytes()
    with pytest.raises(FileDamaged, match="不属于这个册"):
        open_engine(path, bytes(32))
    assert path.read_bytes() == before
    with pytest.raises(FileDamaged, match="缺少数据库文件"):
        open_engine(tmp_path / "none.db", KEY)
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "empty.db").touch()
    with pytest.raises(FileDamaged, match="已损坏"):
        open_engine(tmp_path / "empty.db", KEY)
    (tmp_path / "clear.db").write_bytes(b"SQLite format 3\0" + bytes(4080))
    with pytest.raises(FileDamaged, match="未加密"):
        open_engine(tmp_path / "clear.db", KEY)


def test_a_flipped_bit_in_any_page_is_found(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    engine = filled(path)
    checkpoint(engine)
    engine.dispose()
    sound = path.read_bytes()
    for at in (5, 4096 * 3 + 17, len(sound) // 2, len(sound) - 1):
        flipped = bytearray(sound)
        flipped[at] ^= 0x10
        path.write_bytes(bytes(flipped))
        if at < 4096:
            with pytest.raises(FileDamaged):
                open_engine(path, KEY)
            continue
        damaged = open_engine(path, KEY)
        assert integrity_problems(damaged)
        with pytest.raises(FileDamaged, match="已损坏"), storage_errors():
            count(damaged)
        damaged.dispose()
    path.write_bytes(sound)
    assert count(open_engine(path, KEY)) == 3000


def test_a_truncated_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    engine = filled(path)
    checkpoint(engine)
    engine.dispose()
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(FileDamaged), storage_errors():
        damaged = open_engine(path, KEY)
        assert integrity_problems(damaged)
        count(damaged)


def test_our_own_defects_pass_through(tmp_path: Path) -> None:
    engine = filled(tmp_path / "r.db", 1)
    with pytest.raises(IntegrityError), storage_errors(), engine.begin() as c:
        c.exec_driver_sql("INSERT INTO t VALUES (0, 'twice')")
    with pytest.raises(DBAPIError), storage_errors(), engine.begin() as c:
        c.exec_driver_sql("SELEC")
    assert count(engine) == 1


@pytest.mark.parametrize(
    ("number", "words"),
    [(28, "磁盘已满"), (5, "读写磁盘出错"), (30, "不可写"), (13, "不可写"), (122, "磁盘已满")],
)
def test_errors_of_the_system_become_sentences(number: int, words: str) -> None:
    with pytest.raises(StorageFailed, match=words), storage_errors():
        raise OSError(number, os.strerror(number))


def test_a_full_database_says_so(tmp_path: Path) -> None:
    engine = filled(tmp_path / "r.db", 10)
    with pytest.raises(StorageFailed, match="磁盘已满"), storage_errors(), engine.begin() as c:
        pages = c.exec_driver_sql("PRAGMA page_count").scalar_one()
        c.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
        c.exec_driver_sql("INSERT INTO t VALUES (?, ?)", [(i, "样例" * 500) for i in range(100, 200)])
    assert count(engine) == 10
