"""Tables as this register knew them at a moment: the rows of one, or several as a database in memory.

Every question on a reader can be asked of that database unchanged: it has the same tables, columns and list cells, so
that a ledger known then is computed by the very code that computes today's. Rows about which nothing arrived since are
copied, the others are evaluated from the operations that had arrived. Nothing is written to a disk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from desktop.store.admission import limits_of, standing_before
from desktop.store.database import Sql, no_garbage_collection, quoted
from desktop.store.evaluate import evaluate_row, same_classes
from desktop.store.journal import OP_COLUMNS, Journal, operation
from desktop.store.materialise import RowWriter, child_insert_sql
from desktop.store.operations import SAME_AS, Operation, Value, unpack
from desktop.store.schema import TableSpec, child_key
from desktop.store.unit_of_work import shown_row

MANY = 20_000
"""More rows than this are evaluated by reading all operations of their table once."""


class PastTables:
    """Some tables as they were known; `reading()` gives a reader as often as wanted, `close()` lets the memory go."""

    def __init__(self, sql: Sql, journal: Journal, tables: Iterable[str], at_ms: int) -> None:
        """Raises KeyError for a table that does not exist. `at_ms`: UTC milliseconds."""
        # plain SQLite: there is no file, and one connection stays open for as long as the tables are wanted
        self._engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        limit, uncounted = _standing_then(sql, journal, at_ms)
        with no_garbage_collection(), self._engine.begin() as connection:
            memory = Sql(connection)
            memory.run("PRAGMA temp_store=MEMORY")  # or a large sort would go to a file in clear
            for name in dict.fromkeys(tables):
                _fill(sql, memory, journal.schema[name], limit, uncounted)

    @contextmanager
    def reading(self) -> Iterator[Sql]:
        """A reader; statements are those one would ask the register."""
        with self._engine.connect() as connection:
            yield Sql(connection)

    def close(self) -> None:
        """Let the memory go; safe to call twice."""
        self._engine.dispose()


def rows_known_at(sql: Sql, journal: Journal, spec: TableSpec, at_ms: int) -> list[dict[str, Value]]:
    """The live rows of a table from the operations that had arrived here by then (UTC milliseconds)."""
    limit, uncounted = _standing_then(sql, journal, at_ms)
    found = sql.stream(f"SELECT {OP_COLUMNS} FROM op WHERE tbl=? AND seq<?", (spec.id, limit))
    classes = _classes(op for op in map(operation, found) if op.op_id not in uncounted)
    states = ((row, evaluate_row(classes[row].operations, sorted(classes[row].members))) for row in sorted(classes))
    return [{"id": row.hex(), **shown_row(spec, state)} for row, state in states if state.exists and not state.removed]


def _standing_then(sql: Sql, journal: Journal, at_ms: int) -> tuple[int, set[bytes]]:
    """The first arrival number after a moment, and the operations that had arrived before it and did not count."""
    later = sql.scalar("SELECT MIN(first_seq) FROM arrival WHERE at_ms>?", (at_ms,))
    limit = int(later) if later is not None else 1 << 62
    outside, void = standing_before(sql, journal.schema, limits_of(sql, journal.own_device), limit)
    return limit, outside | void


@dataclass
class _Class:
    """Rows that are the same, and what was said about them."""

    members: set[bytes] = field(default_factory=set)
    operations: list[Operation] = field(default_factory=list)


def _classes(operations: Iterable[Operation]) -> dict[bytes, _Class]:
    """Operations that counted, by the class of the row they speak of; a class is named by its representative."""
    by_row: dict[bytes, list[Operation]] = defaultdict(list)
    pairs = []
    for op in operations:
        by_row[op.row].append(op)
        if op.kind == SAME_AS:
            other, same = unpack(op.value)
            if same:
                pairs.append((op.row, bytes(other)))
    representative = same_classes(pairs)
    classes: dict[bytes, _Class] = defaultdict(_Class)
    for row, said in by_row.items():
        found = classes[representative.get(row, row)]
        found.members.add(row)
        found.operations += said
    return classes


def _fill(sql: Sql, memory: Sql, spec: TableSpec, limit: int, uncounted: set[bytes]) -> None:
    writer = RowWriter(spec)
    _create(memory, spec, writer)
    changed = _changed_since(sql, spec, limit, uncounted)
    _copy(sql, memory, spec, writer, {row.hex() for row in changed})
    if not changed:
        return
    said = _operations(sql, spec, changed, limit)
    classes = _classes(op for op in said if op.row in changed and op.op_id not in uncounted)
    rows = []
    children: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for canonical, found in classes.items():
        members = sorted(found.members)
        state = evaluate_row(found.operations, members)
        if not state.exists:
            continue
        shown = state.shown_cells()
        for member in members:
            rows.append(
                writer.row(
                    member.hex(), shown, canonical=None if member == canonical else canonical.hex(),
                    removed=int(state.removed), in_conflict=int(bool(state.conflicts)),
                )
            )  # fmt: skip
            for cell in writer.lists:
                children[child_insert_sql(spec, cell)] += writer.child_rows(cell, member.hex(), shown.get(cell.id))
    memory.many(writer.insert_sql, rows)
    for statement, lines in children.items():
        memory.many(statement, lines)


def _create(memory: Sql, spec: TableSpec, writer: RowWriter) -> None:
    def typed(column: str) -> str:
        return f"{quoted(column)} {'INTEGER' if column in spec.integers else 'TEXT'}"

    fixed = "id TEXT PRIMARY KEY,canonical_id TEXT,removed INTEGER,in_conflict INTEGER"
    derived = [quoted(c) for c in spec.derived_columns]  # whatever they hold
    columns = ",".join([fixed, *map(typed, spec.value_columns), *derived])
    memory.run(f"CREATE TABLE {quoted(spec.name)} ({columns})")
    for column in spec.parent_columns:
        memory.run(f"CREATE INDEX {quoted(f'past_{spec.name}_{column}')} ON {quoted(spec.name)} ({quoted(column)})")
    for cell in writer.lists:
        assert cell.child_table is not None
        key = quoted(child_key(spec))
        columns = ",".join([f"{key} TEXT", "position INTEGER", *map(typed, cell.columns)])
        memory.run(f"CREATE TABLE {quoted(cell.child_table)} ({columns},PRIMARY KEY ({key},position))")


def _changed_since(sql: Sql, spec: TableSpec, limit: int, uncounted: set[bytes]) -> set[bytes]:
    """Rows that may have been otherwise: something about them arrived later, counts now and did not then or the other
    way round, or they were found to be the same as others."""
    changed = {bytes(r) for r in sql.column("SELECT DISTINCT row_id FROM op WHERE tbl=? AND seq>=?", (spec.id, limit))}
    for row, value in sql.rows(f"SELECT row_id,value FROM op WHERE tbl=? AND kind={SAME_AS}", (spec.id,)):
        changed |= {bytes(row), bytes(unpack(bytes(value))[0])}
    now_not = {
        bytes(op): bytes(row)
        for op, row in sql.rows(
            "SELECT op_id,row_id FROM op WHERE tbl=? AND seq<? AND (void<>0 OR admitted<>1)", (spec.id, limit)
        )
    }
    changed |= {row for op, row in now_not.items() if op not in uncounted}
    then_not = uncounted - now_not.keys()
    changed |= {
        bytes(row)
        for (row,) in sql.in_chunks("SELECT row_id FROM op WHERE tbl=? AND op_id IN (*)", then_not, (spec.id,))
    }
    return changed


def _operations(sql: Sql, spec: TableSpec, rows: set[bytes], limit: int) -> Iterator[Operation]:
    statement = f"SELECT {OP_COLUMNS} FROM op WHERE tbl=? AND seq<?"
    if len(rows) > MANY:
        yield from map(operation, sql.stream(statement, (spec.id, limit)))
    else:
        found = sql.in_chunks(f"{statement} AND row_id IN (*)", rows, (spec.id, limit))
        yield from map(operation, found)


def _copy(sql: Sql, memory: Sql, spec: TableSpec, writer: RowWriter, besides: set[str]) -> None:
    """Rows of today about which nothing has changed since."""
    names = ",".join(quoted(c) for c in writer.columns)
    rows = sql.stream(f"SELECT {names} FROM {quoted(spec.name)}")
    memory.many(writer.insert_sql, [tuple(row) for row in rows if row[0] not in besides])
    for cell in writer.lists:
        assert cell.child_table is not None
        names = ",".join(quoted(c) for c in (child_key(spec), "position", *cell.columns))
        lines = sql.stream(f"SELECT {names} FROM {quoted(cell.child_table)}")
        memory.many(child_insert_sql(spec, cell), [tuple(line) for line in lines if line[0] not in besides])
