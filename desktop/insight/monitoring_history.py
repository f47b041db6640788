"""When a household became a monitored one 监测对象, and when that ended: read from the journal.

The register keeps the kind of monitoring (`household.monitored_type`); that it was set is the identification 识别, that
it was emptied again the removal of the risk 标注风险消除 (DOMAIN §2.7). The day is that of the statement, local time.
What was taken back does not count, nor what was set and emptied on one day: somebody corrected a slip.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from desktop.registry.tables import SCHEMA
from desktop.store.database import Sql
from desktop.store.operations import FIELD, INSERT, unpack

_TABLE = SCHEMA.by_name["household"]
_CELL = _TABLE.by_column["monitored_type"].id


@dataclass(frozen=True)
class Course:
    """What became of a household's monitoring: ISO days."""

    identified: str
    """The last time it began; of a household that came in with it, the day it was taken in."""
    known: bool
    """Whether it began in this register: otherwise it began on that day or before."""
    ended: str
    """The day it was emptied, "" while it is monitored."""


def courses(sql: Sql, households: Iterable[str]) -> dict[str, Course]:
    """Household → its course; those that never were monitored are left out."""
    return _read(sql, [bytes.fromhex(h) for h in households])


def ended_courses(sql: Sql) -> dict[str, Course]:
    """The courses of all households that were monitored and no longer are."""
    changed = [
        bytes(row)
        for (row,) in sql.rows(
            f"SELECT DISTINCT row_id FROM op WHERE tbl={_TABLE.id} AND kind={FIELD} AND cell={_CELL} AND void=0 "
            f"AND admitted=1 AND row_id IN (SELECT row_id FROM op WHERE tbl={_TABLE.id} GROUP BY row_id "
            "HAVING COUNT(*)>1)"
        )
    ]
    open_ = {
        row for (row,) in sql.in_chunks(
            "SELECT id FROM household WHERE removed=0 AND canonical_id IS NULL AND monitored_type IS NULL "
            "AND id IN (*)", [row.hex() for row in changed]
        )
    }  # fmt: skip
    return {h: c for h, c in _read(sql, [r for r in changed if r.hex() in open_]).items() if c.ended}


def _read(sql: Sql, rows: Iterable[bytes]) -> dict[str, Course]:
    said: dict[bytes, list[tuple[bytes, bool, str | None]]] = {}
    for row, op, kind, value in sql.in_chunks(
        f"SELECT row_id,op_id,kind,value FROM op WHERE tbl={_TABLE.id} AND (kind={INSERT} OR (kind={FIELD} "
        f"AND cell={_CELL})) AND void=0 AND admitted=1 AND row_id IN (*)",
        rows,
    ):
        given = unpack(bytes(value))
        if kind == INSERT:
            given = given.get(_CELL)
        said.setdefault(bytes(row), []).append((bytes(op), kind == FIELD, given))
    out = {}
    for row, statements in said.items():
        found = _course(sorted(statements))
        if found is not None:
            out[row.hex()] = found
    return out


def _course(statements: Iterable[tuple[bytes, bool, str | None]]) -> Course | None:
    found: Course | None = None
    for op, changed, value in statements:
        day = _day(op)
        if value and (found is None or found.ended):
            found = Course(day, changed, "")
        elif not value and found is not None and not found.ended:
            found = None if found.identified == day else Course(found.identified, found.known, day)
    return found


def _day(op_id: bytes) -> str:
    """The local day of an operation: its identifier begins with its milliseconds."""
    return datetime.fromtimestamp(int.from_bytes(op_id[:6]) / 1000).date().isoformat()  # noqa: DTZ006
