"""What encryption costs: plain SQLite, SQLCipher as we open it, SQLCipher's other settings, SQLite3MultipleCiphers.

    python -m tests.bench.bench_cipher [--rows 100000] [--repeat 3] [--only NAME…]

Every variant runs in a process of its own and prints one JSON line: a bulk insert of rows with 40 columns and three
indexes, 10,000 point reads, one full scan with cold pages, opening, 300 commits of one row at synchronous=FULL. The
best of the repeats counts (CPU seconds). SQLite3MultipleCiphers takes part when `apsw-sqlite3mc` is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop.store import cipher_database

KEY = bytes(range(32))
COLUMNS = 40
WORDS = ("样例乡", "一般农户", "脱不享受政策", "务工", "健康", "初中", "砖混", "水泥路", "是", "否")


def rows(count: int) -> list[tuple[Any, ...]]:
    """Invented households: an identifier, codes, words, numbers and a remark."""
    draw = random.Random(11)
    made = []
    for n in range(count):
        cells: list[Any] = [f"{draw.getrandbits(128):032x}", f"360299{draw.randrange(10**6):06}", f"{n:07}"]
        cells += [draw.choice(WORDS) for _ in range(20)]
        cells += [draw.randrange(10**7) for _ in range(15)]
        cells += [None, "备注" * draw.randrange(12)]
        made.append(tuple(cells))
    return made


def settings(connection: Any) -> Any:
    """The settings of the product for engines that it does not open itself."""
    for statement in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {statement}")
    return connection


def plain(path: Path) -> Any:
    """The standard library's SQLite, not encrypted."""
    import sqlite3

    return settings(sqlite3.connect(path, isolation_level=None))


def sqlcipher(path: Path) -> Any:
    """As the product opens it: raw key, page HMAC, memory not wiped."""
    return cipher_database.connect(path, KEY, create=True)


def sqlcipher_memory_security(path: Path) -> Any:
    """The same with locked and wiped memory."""
    connection = cipher_database.connect(path, KEY, create=True)
    connection.execute("PRAGMA cipher_memory_security = ON")
    return connection


def sqlcipher_passphrase(path: Path) -> Any:
    """SQLCipher deriving its key from a passphrase on every connection."""
    import sqlcipher3.dbapi2 as module

    connection = module.connect(str(path), isolation_level=None)
    connection.execute("PRAGMA key = 'correct horse battery staple'")
    return settings(connection)


class _ApswCursorConnection:
    """The few calls of the benchmark on an apsw connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Any = ()) -> Any:
        return _ApswCursor(self._connection.execute(statement, values))

    def executemany(self, statement: str, values: Any) -> Any:
        return self._connection.executemany(statement, values)

    def close(self) -> None:
        self._connection.close()


class _ApswCursor:
    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def fetchone(self) -> Any:
        return next(iter(self._cursor), None)


def multiple_ciphers(cipher: str) -> Callable[[Path], Any]:
    """SQLite3MultipleCiphers with one of its ciphers and a raw key."""

    def connect(path: Path) -> Any:
        import apsw

        connection = apsw.Connection(str(path))
        connection.execute(f"PRAGMA cipher = '{cipher}'")
        connection.execute(
            f'PRAGMA key = "raw:{KEY.hex()}"' if cipher != "sqlcipher" else f"PRAGMA key = \"x'{KEY.hex()}'\""
        )
        return settings(_ApswCursorConnection(connection))

    return connect


VARIANTS: dict[str, Callable[[Path], Any]] = {
    "plain": plain,
    "sqlcipher": sqlcipher,
    "sqlcipher-memory-security": sqlcipher_memory_security,
    "sqlcipher-passphrase": sqlcipher_passphrase,
    "sqlite3mc-chacha20": multiple_ciphers("chacha20"),
    "sqlite3mc-sqlcipher": multiple_ciphers("sqlcipher"),
    "sqlite3mc-aegis": multiple_ciphers("aegis"),
}


def measure(name: str, count: int) -> dict[str, Any]:
    """One variant, once; CPU seconds unless the name says otherwise."""
    connect = VARIANTS[name]
    data = rows(count)
    ids = [row[0] for row in data]
    random.Random(7).shuffle(ids)
    result: dict[str, Any] = {"variant": name, "rows": count}

    def timed(label: str, work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> None:
        start = clock()
        work()
        result[label] = round(clock() - start, 4)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        db = connect(path)
        names = ", ".join(f"c{n}" for n in range(1, COLUMNS))
        db.execute(f"CREATE TABLE household (id TEXT PRIMARY KEY, {names})")
        for column in ("c1", "c2"):
            db.execute(f"CREATE INDEX by_{column} ON household ({column})")

        def insert() -> None:
            db.execute("BEGIN")
            db.executemany(f"INSERT INTO household VALUES ({', '.join('?' * COLUMNS)})", data)
            db.execute("COMMIT")

        timed("bulk_insert_s", insert)
        start = time.perf_counter()
        for n in range(300):
            db.execute("UPDATE household SET c5 = ? WHERE id = ?", (str(n), ids[n]))
        result["commit_ms_wall"] = round((time.perf_counter() - start) / 300 * 1000, 3)
        db.close()

        def reopen() -> None:
            nonlocal db
            db = connect(path)
            db.execute("SELECT count(*) FROM household WHERE id = 'x'").fetchone()

        timed("open_s", reopen)
        timed(
            "full_scan_s", lambda: db.execute("SELECT sum(c25), sum(length(c39)) FROM household NOT INDEXED").fetchone()
        )
        db.close()
        reopen()

        def points() -> None:
            for each in ids[:10_000]:
                db.execute("SELECT * FROM household WHERE id = ?", (each,)).fetchone()

        timed("point_10k_s", points)
        db.close()
        result["size_mb"] = round(path.stat().st_size / 2**20, 1)
        result["clear"] = path.read_bytes()[:15] == b"SQLite format 3"
    return result


def best(name: str, count: int, repeat: int) -> dict[str, Any]:
    """The best figures of several runs, each in a fresh process."""
    runs = []
    for _ in range(repeat):
        command = [sys.executable, "-m", "tests.bench.bench_cipher", "--one", name, "--rows", str(count)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout))
    return {key: min(run[key] for run in runs) if key.endswith(("_s", "_wall")) else runs[0][key] for key in runs[0]}


def main() -> None:
    """Run all variants that are installed and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(VARIANTS))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.rows)))
        return
    for name in options.only:
        if name.startswith("sqlite3mc") and importlib.util.find_spec("apsw") is None:
            continue
        print(json.dumps(best(name, options.rows, options.repeat)), flush=True)


if __name__ == "__main__":
    main()
