"""Whether the tables are what `rebuild` would make of the journal: every row, list and mark that differs is named."""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from desktop.store.admission import limits_of, standing_before
from desktop.store.database import Sql, quoted
from desktop.store.evaluate import RowState, same_classes
from desktop.store.journal import Journal
from desktop.store.materialise import ClassState, RowWriter
from desktop.store.operations import SAME_AS, unpack
from desktop.store.schema import CellSpec, TableSpec, child_key

ANY_TIME = 1 << 62
TOLD_EVERY = 1000
"""Rows between two reports of progress: often enough to be stopped at once, too seldom to be felt."""

Told = Callable[[str, int], object]
"""Hears which table is compared and how many of its records were; raises to stop. "" before the tables."""


class Difference(NamedTuple):
    """A record (by table name and id) about which tables and journal disagree, and in what, in words."""

    table: str
    row_id: str
    what: str


def differences(sql: Sql, journal: Journal, told: Told | None = None) -> list[Difference]:
    """Everything in which the tables are not what the journal says; there must be nothing."""
    heard = told or _unheard
    heard("", 0)
    return [
        *_wrong_standing(sql, journal),
        *_wrong_classes(sql, journal),
        *(found for spec in journal.schema.tables for found in _wrong_rows(sql, journal, spec, heard)),
    ]


def _unheard(_table: str, _done: int) -> None:
    """Nobody waits."""


def _wrong_standing(sql: Sql, journal: Journal) -> Iterator[Difference]:
    """Operations marked as void or as waiting that are not, and the other way round."""
    outside, void = standing_before(sql, journal.schema, limits_of(sql, journal.own_device), ANY_TIME)
    marked_outside, marked_void = (
        {bytes(o) for (o,) in sql.rows(f"SELECT op_id FROM op WHERE {condition}")}
        for condition in ("admitted<>1", "void<>0")
    )
    for wrong, what in ((outside ^ marked_outside, "是否计入"), (void ^ marked_void, "是否已撤回")):
        for table, row_id in sql.in_chunks("SELECT tbl,row_id FROM op WHERE op_id IN (*)", wrong):
            yield Difference(_name(journal, table), bytes(row_id).hex(), f"有一条变更{what}的标记与变更记录不一致。")


def _wrong_classes(sql: Sql, journal: Journal) -> Iterator[Difference]:
    """Rows that are kept as the same as another and are not, and the other way round."""
    pairs: dict[int, list[tuple[bytes, bytes]]] = defaultdict(list)
    kept: dict[int, dict[bytes, bytes]] = defaultdict(dict)
    for table, row_id, value in sql.rows(
        f"SELECT tbl,row_id,value FROM op WHERE kind={SAME_AS} AND void=0 AND admitted=1"
    ):
        other, same = unpack(bytes(value))
        if same:
            pairs[table].append((bytes(row_id), bytes(other)))
    for table, row_id, canonical in sql.rows("SELECT tbl,row_id,canonical FROM same_class"):
        kept[table][bytes(row_id)] = bytes(canonical)
    for table in pairs.keys() | kept.keys():
        want = same_classes(pairs[table])
        for row in sorted(want.keys() | kept[table].keys()):
            if want.get(row) != kept[table].get(row):
                yield Difference(_name(journal, table), row.hex(), "与哪些记录相同的标记与变更记录不一致。")


def _wrong_rows(sql: Sql, journal: Journal, spec: TableSpec, told: Told) -> Iterator[Difference]:
    """Rows, lists and open conflicts of one table that are not what the journal says.

    Tables, lists and journal are read side by side in the order of the ids, so that no table is ever held whole.
    """
    told(spec.name, 0)
    writer = journal.materialiser.writers[spec.id]
    there = _InOrder(_table(sql, writer))
    lists = {cell.id: _InOrder(_lines(sql, writer, cell)) for cell in writer.lists}
    undecided: dict[str, set[int]] = defaultdict(set)
    for row_id, cell in sql.rows("SELECT row_id,cell FROM conflict WHERE tbl=?", (spec.id,)):
        undecided[bytes(row_id).hex()].add(cell)
    for done, (member, representative, state) in enumerate(_members(journal.all_states(sql, spec.id)), 1):
        if done % TOLD_EVERY == 0:
            told(spec.name, done)
        row_id = member.hex()
        if member == representative and undecided.pop(row_id, set()) != set(state.conflicts):
            yield Difference(spec.name, row_id, "待处理的冲突与变更记录不一致。")
        if not state.exists:
            continue
        shown = state.shown_cells()
        want = writer.row(
            row_id,
            shown,
            canonical=None if member == representative else representative.hex(),
            removed=int(state.removed),
            in_conflict=int(bool(state.conflicts)),
        )
        if there.take(row_id) != want:
            yield Difference(spec.name, row_id, "表里的内容与变更记录不一致。")
        for cell in writer.lists:
            if (lists[cell.id].take(row_id) or []) != writer.child_rows(cell, row_id, shown.get(cell.id)):
                yield Difference(spec.name, row_id, f"{cell.name} 与变更记录不一致。")
    yield from (Difference(spec.name, row_id, "变更记录里没有这一行。") for row_id in there.passed_over())
    yield from (Difference(spec.name, row_id, "变更记录里没有这处冲突。") for row_id in undecided)
    for number, found in lists.items():
        yield from (Difference(spec.name, r, f"{spec.by_id[number].name} 没有所属的行。") for r in found.passed_over())


def _members(states: Iterable[ClassState]) -> Iterator[tuple[bytes, bytes, RowState]]:
    """(row, its representative, state) of every row of every class, in the order of the rows' ids.

    States come in the order of their representatives, the smallest ids of their classes; the others wait.
    """
    waiting: list[tuple[bytes, bytes]] = []
    state_of: dict[bytes, RowState] = {}
    for _, representative, members, state in states:
        while waiting and waiting[0][0] < representative:
            member, canonical = heapq.heappop(waiting)
            yield member, canonical, state_of[canonical]
        yield representative, representative, state
        if len(members) > 1:
            state_of[representative] = state
            for member in members:
                if member != representative:
                    heapq.heappush(waiting, (member, representative))
    while waiting:
        member, canonical = heapq.heappop(waiting)
        yield member, canonical, state_of[canonical]


class _InOrder:
    """What a sorted stream of (id, value) has for ids that are asked for in their order."""

    def __init__(self, stream: Iterator[tuple[str, Any]]) -> None:
        self._stream = stream
        self._next = next(stream, None)
        self._passed: list[str] = []

    def take(self, row_id: str) -> Any:
        """The value of an id, None when there is none; ids before it that nobody asked for are remembered."""
        while self._next is not None and self._next[0] < row_id:
            self._passed.append(self._next[0])
            self._next = next(self._stream, None)
        if self._next is None or self._next[0] != row_id:
            return None
        value = self._next[1]
        self._next = next(self._stream, None)
        return value

    def passed_over(self) -> list[str]:
        """The ids that nobody asked for, to the end of the stream."""
        while self._next is not None:
            self._passed.append(self._next[0])
            self._next = next(self._stream, None)
        return self._passed


def _table(sql: Sql, writer: RowWriter) -> Iterator[tuple[str, tuple[Any, ...]]]:
    names = ",".join(quoted(c) for c in writer.columns)
    for row in sql.stream(f"SELECT {names} FROM {quoted(writer.spec.name)} ORDER BY id"):
        yield row[0], tuple(row)


def _lines(sql: Sql, writer: RowWriter, cell: CellSpec) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The lines of a list cell, by their owner."""
    assert cell.child_table is not None
    columns = ",".join(quoted(c) for c in (child_key(writer.spec), "position", *cell.columns))
    found = sql.stream(f"SELECT {columns} FROM {quoted(cell.child_table)} ORDER BY 1,2")
    for owner, lines in itertools.groupby(found, key=lambda line: str(line[0])):
        yield owner, [tuple(line) for line in lines]


def _name(journal: Journal, table: int) -> str:
    spec = journal.schema.by_id.get(table)
    return spec.name if spec else ""
