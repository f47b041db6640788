"""What came in together: each arrival of operations with its package, and what was in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desktop.store.database import Sql
from desktop.store.provenance import Unit

LAST = (1 << 63) - 1


@dataclass(frozen=True)
class Arrival:
    """One package that brought something new here. `first_seq` names it; `standing` of its operations are not void."""

    first_seq: int
    at_ms: int
    package: bytes
    sender: bytes
    file_name: str
    operations: int
    standing: int
    units: int


@dataclass(frozen=True)
class ArrivedUnit:
    """A unit of work with how many of its operations arrived together, and the numbers of their tables."""

    unit: Unit
    operations: int
    standing: int
    tables: tuple[int, ...]


def arrivals(sql: Sql, limit: int = 50) -> list[Arrival]:
    """The latest packages that brought something, newest first."""
    found = sql.rows(
        "SELECT a.first_seq,a.at_ms,a.package,p.peer,p.file_name FROM arrival a "
        "LEFT JOIN package_log p ON p.digest=a.package AND p.direction='in' "
        "WHERE a.package IS NOT NULL ORDER BY a.first_seq DESC LIMIT ?",
        (limit,),
    )
    out = []
    for first, at, package, peer, name in found:
        count, standing, units = sql.one(
            "SELECT COUNT(*),COALESCE(SUM(1-void),0),COUNT(DISTINCT unit) FROM op WHERE seq BETWEEN ? AND ?",
            (first, last_of(sql, first)),
        )
        out.append(
            Arrival(int(first), int(at), bytes(package), bytes(peer or b""), str(name or ""), int(count), int(standing),
                    int(units))
        )  # fmt: skip
    return out


def arrival_of(sql: Sql, first_seq: int) -> Arrival | None:
    """The package that brought the operations from `first_seq` on, None when there is no such arrival."""
    at = sql.scalar("SELECT COUNT(*) FROM arrival WHERE package IS NOT NULL AND first_seq>=?", (first_seq,))
    newest = arrivals(sql, int(at)) if at else []
    return newest[-1] if newest and newest[-1].first_seq == first_seq else None


def last_of(sql: Sql, first_seq: int) -> int:
    """Arrival number of the last operation that came with `first_seq`."""
    following = sql.scalar("SELECT MIN(first_seq) FROM arrival WHERE first_seq>?", (first_seq,))
    return LAST if following is None else int(following) - 1


def arrived_ids(sql: Sql, first_seq: int) -> list[bytes]:
    """Every operation of an arrival."""
    return [bytes(row[0]) for row in arrived_operations(sql, first_seq)]


def arrived_operations(sql: Sql, first_seq: int) -> list[Sequence[Any]]:
    """(op_id, kind, table, row) of every operation of an arrival."""
    return sql.rows(
        "SELECT op_id,kind,tbl,row_id FROM op WHERE seq BETWEEN ? AND ?", (first_seq, last_of(sql, first_seq))
    )


def arrived_units(sql: Sql, first_seq: int) -> list[ArrivedUnit]:
    """The units of work that an arrival brought (or a part of), the latest first."""
    parts: dict[bytes, tuple[int, int, tuple[int, ...]]] = {}
    for unit, table, count, standing in sql.rows(
        "SELECT unit,tbl,COUNT(*),SUM(1-void) FROM op WHERE seq BETWEEN ? AND ? GROUP BY unit,tbl ORDER BY tbl",
        (first_seq, last_of(sql, first_seq)),
    ):
        before = parts.get(bytes(unit), (0, 0, ()))
        parts[bytes(unit)] = before[0] + int(count), before[1] + int(standing), (*before[2], int(table))
    rows = sql.in_chunks("SELECT unit_id,device,who,reason,at_ms,source FROM unit WHERE unit_id IN (*)", parts)
    units = [Unit(bytes(r[0]), bytes(r[1]), *r[2:]) for r in rows]
    return [ArrivedUnit(u, *parts[u.unit_id]) for u in sorted(units, key=lambda u: (-u.at_ms, u.unit_id))]
