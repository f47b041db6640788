"""The digest's parts: which stretches of the shared state changed since their digest was last taken.

A part is the records of one table whose identifiers begin with the same five bytes. Identifiers begin with the time
they were made, so a part is what was made within a quarter of a second, and parts of earlier years rest. Whatever
writes shared tables says here which records may look different; `dumping.py` reads only those parts again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from desktop.store.database import Sql

PART_BYTES = 5
ROW_BYTES = 16
_MARK = (
    "INSERT INTO digest_part (tbl,part,mark,digest) VALUES (?,?,1,NULL) "
    "ON CONFLICT (tbl,part) DO UPDATE SET mark=digest_part.mark+1,digest=NULL"
)


class Part(NamedTuple):
    """One part as it is kept; `digest` is None when it has to be taken anew, empty when nothing lies in the part."""

    table: int
    part: bytes
    mark: int
    digest: bytes | None


def part_of(row: bytes) -> bytes:
    """The part a record belongs to."""
    return row[:PART_BYTES]


def rows_between(part: bytes) -> tuple[bytes, bytes]:
    """The first and the last identifier that a part can hold."""
    free = ROW_BYTES - len(part)
    return part + b"\x00" * free, part + b"\xff" * free


def mark_changed(sql: Sql, table: int, rows: Iterable[bytes]) -> None:
    """These records of a table may look different now."""
    sql.many(_MARK, [(table, part) for part in sorted({part_of(row) for row in rows})])


def mark_everything(sql: Sql) -> None:
    """Nothing is known of any part (the tables were built anew, or come from before parts were kept)."""
    sql.run("DELETE FROM digest_part")
    sql.run(
        "INSERT INTO digest_part (tbl,part,mark,digest) "
        f"SELECT DISTINCT tbl,SUBSTR(row_id,1,{PART_BYTES}),1,{_no_bytes(sql)} FROM op WHERE tbl<>0"
    )


def _no_bytes(sql: Sql) -> str:
    return "NULL::bytea" if sql.dialect == "postgresql" else "NULL"


def parts(sql: Sql) -> list[Part]:
    """Every part in the order of the dump."""
    rows = sql.rows("SELECT tbl,part,mark,digest FROM digest_part ORDER BY tbl,part")
    return [Part(int(t), bytes(p), int(m), None if d is None else bytes(d)) for t, p, m, d in rows]


def keep(sql: Sql, taken: Iterable[Part]) -> None:
    """Keep digests that were taken, each unless its part changed meanwhile."""
    sql.many(
        "UPDATE digest_part SET digest=? WHERE tbl=? AND part=? AND mark=?",
        [(p.digest, p.table, p.part, p.mark) for p in taken],
    )
