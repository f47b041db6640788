"""A damaged log is noticed before its commits are silently left out; a torn last write is nothing to worry about."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.store.cipher_database import connect
from desktop.store.log_check import LogState, examine, keep_if_damaged

KEY = bytes(range(32))
COMMITS = 12
FRAME = 24 + 4096


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A database and its log as a crash leaves them: copied while open, so that nothing is moved."""
    path = tmp_path / "open" / "register.db"
    path.parent.mkdir()
    db = connect(path, KEY, create=True)
    db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    for n in range(COMMITS):
        db.execute("INSERT INTO t VALUES (?, ?)", (n, "样例" * 3000))
    copy = tmp_path / "register.db"
    for suffix in ("", "-wal"):
        copy.with_name(copy.name + suffix).write_bytes(path.with_name(path.name + suffix).read_bytes())
    db.close()
    return copy


def log_of(database: Path) -> Path:
    return database.with_name(database.name + "-wal")


def replayed(database: Path) -> int:
    """How many commits SQLite finds."""
    db = connect(database, KEY)
    try:
        return int(db.execute("SELECT count(*) FROM t").fetchone()[0])
    finally:
        db.close()


def test_a_sound_log_holds_all_commits(crashed: Path) -> None:
    assert examine(log_of(crashed)) == LogState(COMMITS, 0)
    assert keep_if_damaged(crashed) == "" and replayed(crashed) == COMMITS


@pytest.mark.parametrize("at", [0, 5, 9, 17, 25, 32 + 3, 32 + 9, 32 + 20, 32 + 24 + 1000, "middle"])
def test_a_flipped_bit_is_noticed_and_counted_as_sqlite_replays(crashed: Path, at: int | str) -> None:
    log = log_of(crashed)
    raw = bytearray(log.read_bytes())
    place = len(raw) // 2 if at == "middle" else int(at)
    raw[place] ^= 8
    log.write_bytes(raw)
    state = examine(log)
    assert state is not None and state.lost_acknowledged
    said = keep_if_damaged(crashed)
    assert "日志有损坏" in said and f"最后 {state.behind_damage} 次保存" in said
    (aside,) = crashed.parent.glob("register.damaged-*.wal")
    assert aside.read_bytes() == raw and aside.name in said
    assert replayed(crashed) == state.readable
    assert COMMITS - 1 <= state.readable + state.behind_damage <= COMMITS


def test_a_torn_last_write_is_nothing_to_worry_about(crashed: Path) -> None:
    log = log_of(crashed)
    raw = log.read_bytes()
    for torn in (raw[:-1], raw[: -FRAME // 2], raw[:-FRAME], raw[:-2000] + bytes(2000)):
        log.write_bytes(torn)
        state = examine(log)
        assert state is not None and state.readable == COMMITS - 1 and not state.lost_acknowledged
        assert keep_if_damaged(crashed) == ""
    assert replayed(crashed) == COMMITS - 1


def test_frames_of_an_earlier_round_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    db = connect(path, KEY, create=True)
    db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
    for n in range(COMMITS):
        db.execute("INSERT INTO t VALUES (?, ?)", (n, "样例" * 3000))
    db.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    db.execute("INSERT INTO t VALUES (100, 'x')")
    assert log_of(path).stat().st_size > 10 * FRAME
    assert examine(log_of(path)) == LogState(1, 0)
    db.close()


def test_frames_of_a_cancelled_import_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    db = connect(path, KEY, create=True)
    db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    db.execute("PRAGMA cache_size = 10")  # pages of a large transaction reach the log before it is committed
    db.execute("BEGIN")
    db.executemany("INSERT INTO t VALUES (?, ?)", [(n, "样例" * 500) for n in range(500)])
    db.execute("ROLLBACK")
    for n in range(3):
        db.execute("INSERT INTO t VALUES (?, 'x')", (n,))
    assert log_of(path).stat().st_size > 100 * FRAME
    assert examine(log_of(path)) == LogState(3, 0)
    db.close()


def test_no_log_is_no_damage(tmp_path: Path) -> None:
    assert examine(tmp_path / "none") is None
    (tmp_path / "r.db-wal").touch()
    assert examine(tmp_path / "r.db-wal") is None and keep_if_damaged(tmp_path / "r.db") == ""
