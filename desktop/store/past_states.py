"""The state of a few records as it was: from what had been said by a day, or from what had arrived here by a day.

`past_tables.py` answers for whole tables; this answers for one record with its dependents at once, as often
as a slider moves. What an unlimited reader may differ in: operations of limited devices count as they count today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from desktop.store.database import Sql
from desktop.store.evaluate import RowState, evaluate_row, void_targets
from desktop.store.journal import OP_COLUMNS, Journal, operation
from desktop.store.operations import ROW_KINDS, Operation


@dataclass(frozen=True)
class Said:
    """One live statement: its table and row, when it was said (its author's clock) and when it arrived here, both
    UTC milliseconds, and whether it counts today."""

    operation: Operation
    said_ms: int
    arrived_ms: int
    live: bool

    @property
    def begins(self) -> bool:
        """Whether it is the record's first entry."""
        return self.operation.kind in ROW_KINDS


def statements(sql: Sql, journal: Journal, table: int, rows: Iterable[bytes]) -> list[Said]:
    """Every admitted statement about the rows (and those they are the same as), in order of arrival."""
    members = {m for found in journal.classes(sql, table, rows).values() for m in found}
    raw = list(
        sql.in_chunks(
            f"SELECT {OP_COLUMNS},void,seq FROM op WHERE tbl=? AND row_id IN (*) AND admitted=1", members, (table,)
        )
    )
    units = {
        bytes(unit): int(at or 0)
        for unit, at in sql.in_chunks("SELECT unit_id,at_ms FROM unit WHERE unit_id IN (*)", {bytes(r[7]) for r in raw})
    }
    arrived = _arrival_times(sql, {int(r[9]) for r in raw})
    return [
        Said(operation(r[:8]), units.get(bytes(r[7]), 0), arrived.get(int(r[9]), 0), not r[8])
        for r in sorted(raw, key=lambda r: int(r[9]))
    ]


def states_said_by(journal: Journal, said: Iterable[Said], members: dict[bytes, list[bytes]], at_ms: int) -> dict[
    bytes, RowState
]:  # fmt: skip
    """The classes' states from what had been said by then and still counts today (what was mended is mended)."""
    return _states([s.operation for s in said if s.live and s.said_ms <= at_ms], members)


def states_arrived_by(
    sql: Sql, said: Iterable[Said], members: dict[bytes, list[bytes]], at_ms: int
) -> dict[bytes, RowState]:
    """The classes' states as this register knew them: from what had arrived by then, void as it was then."""
    then = [s.operation for s in said if s.arrived_ms <= at_ms]
    void = _void_then(sql, {op.op_id for op in then}, at_ms)
    return _states([op for op in then if op.op_id not in void], members)


def _states(operations: Iterable[Operation], members: dict[bytes, list[bytes]]) -> dict[bytes, RowState]:
    by_row: dict[bytes, list[Operation]] = defaultdict(list)
    for op in operations:
        by_row[op.row].append(op)
    return {
        representative: evaluate_row((op for m in rows for op in by_row.get(m, ())), sorted(rows))
        for representative, rows in members.items()
    }


def _void_then(sql: Sql, targets: set[bytes], at_ms: int) -> set[bytes]:
    """Which of the operations were void: retracted by what had arrived by then and was not itself retracted."""
    edges: dict[bytes, set[bytes]] = defaultdict(set)
    wanted, known = set(targets), set(targets)
    while wanted:
        found = [
            (bytes(by), bytes(target))
            for by, target in sql.in_chunks('SELECT "by",target FROM void_edge WHERE target IN (*)', wanted)
        ]
        sequence = {
            bytes(op): int(seq)
            for op, seq in sql.in_chunks("SELECT op_id,seq FROM op WHERE op_id IN (*)", {by for by, _ in found})
        }
        times = _arrival_times(sql, set(sequence.values()))
        for by, target in found:
            if by in sequence and times.get(sequence[by], 0) <= at_ms:
                edges[by].add(target)
        wanted = {by for by, _ in found} - known
        known |= wanted
    return void_targets(edges)


def _arrival_times(sql: Sql, sequence: set[int]) -> dict[int, int]:
    """When each arrival number came in, UTC milliseconds."""
    out = {}
    for seq in sequence:
        at = sql.scalar("SELECT at_ms FROM arrival WHERE first_seq<=? ORDER BY first_seq DESC LIMIT 1", (seq,))
        out[seq] = int(at or 0)
    return out
