"""From operations to tables: the shown values of touched rows are written into the typed columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from desktop.store.database import Sql, quoted
from desktop.store.evaluate import RowState
from desktop.store.operations import Value, fitting, parts_of
from desktop.store.schema import CellSpec, Schema, TableSpec


class RowWriter:
    """Writes rows of one table; built once per table, used for millions of rows."""

    def __init__(self, spec: TableSpec) -> None:
        self.spec = spec
        self.columns = (
            "id",
            "canonical_id",
            "removed",
            "in_conflict",
            *spec.value_columns,
            *spec.derived_columns,
        )
        names = ",".join(quoted(c) for c in self.columns)
        marks = ",".join("?" * len(self.columns))
        table = quoted(spec.name)
        self.insert_sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        updates = ",".join(f"{quoted(c)}=excluded.{quoted(c)}" for c in self.columns[1:])
        self.upsert_sql = f"{self.insert_sql} ON CONFLICT (id) DO UPDATE SET {updates}"
        self.lists = tuple(c for c in spec.cells if c.child_table is not None)
        self._limits = {c: spec.integers.get(c) for c in spec.value_columns}
        place = {column: i for i, column in enumerate(self.columns)}
        plain = [c for c in spec.cells if c.child_table is None]
        self._single = {c.id: (place[c.columns[0]], self._limits[c.columns[0]]) for c in plain if len(c.columns) == 1}
        self._several = {c.id: (place[c.columns[0]], c) for c in plain if len(c.columns) > 1}
        self._values = slice(4, 4 + len(spec.value_columns))

    def row(
        self,
        row_id: str,
        cells: Mapping[int, Value],
        *,
        canonical: str | None = None,
        removed: int = 0,
        in_conflict: int = 0,
    ) -> tuple[Any, ...]:
        """The parameters for one row."""
        row: list[Any] = [None] * len(self.columns)
        row[:4] = row_id, canonical, removed, in_conflict
        single, several = self._single, self._several
        for cell, value in cells.items():
            if cell in single:
                at, limit = single[cell]
                # by far most values are text without a NUL, or small integers
                if limit is None and type(value) is str and "\0" not in value:
                    row[at] = value
                else:
                    row[at] = fitting(value, limit)
            elif cell in several:
                at, spec = several[cell]
                row[at : at + len(spec.columns)] = parts_of(self.spec, spec, value)
        if self.spec.derive is not None:
            derived = self.spec.derive(dict(zip(self.spec.value_columns, row[self._values], strict=True)))
            row[self._values.stop :] = [derived.get(c) for c in self.spec.derived_columns]
        return tuple(row)

    def child_rows(self, cell: CellSpec, row_id: str, value: Value) -> list[tuple[Any, ...]]:
        """Rows of a list cell's child table."""
        if not isinstance(value, list):
            return []
        return [(row_id, i, *parts_of(self.spec, cell, line)) for i, line in enumerate(value)]


def child_key(spec: TableSpec) -> str:
    """Name of the column in a child table that holds the owner's id."""
    return f"{spec.name}_id"


def child_insert_sql(spec: TableSpec, cell: CellSpec) -> str:
    """INSERT statement for a list cell's child table."""
    assert cell.child_table is not None
    names = ",".join(quoted(c) for c in (child_key(spec), "position", *cell.columns))
    marks = ",".join("?" * (2 + len(cell.columns)))
    return f"INSERT INTO {quoted(cell.child_table)} ({names}) VALUES ({marks})"


class Materialiser:
    """Brings the tables into line with the states of rows."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.writers = {spec.id: RowWriter(spec) for spec in schema.tables}

    def write_new(self, sql: Sql, table: int, rows: Sequence[tuple[str, Mapping[int, Value]]]) -> None:
        """Rows that did not exist before, with their cell values."""
        writer = self.writers[table]
        sql.many(writer.insert_sql, [writer.row(row_id, cells) for row_id, cells in rows])
        for cell in writer.lists:
            children = [r for row_id, cells in rows for r in writer.child_rows(cell, row_id, cells.get(cell.id))]
            sql.many(child_insert_sql(writer.spec, cell), children)

    def write_states(self, sql: Sql, states: Iterable[tuple[int, bytes, list[bytes], RowState]]) -> None:
        """States of classes: (table, representative, members, state). Members show the class's values."""
        rows: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        gone: dict[int, list[str]] = defaultdict(list)
        children: dict[tuple[int, int], list[tuple[Any, ...]]] = defaultdict(list)
        stale: dict[int, list[str]] = defaultdict(list)
        for table, representative, members, state in states:
            writer = self.writers.get(table)
            if writer is None:
                continue  # a table from a newer version: its operations are kept and relayed
            rep = representative.hex()
            shown = state.shown_cells()
            for member in members:
                row_id = member.hex()
                if not state.exists:
                    gone[table].append(row_id)
                    continue
                rows[table].append(
                    writer.row(
                        row_id,
                        shown,
                        canonical=None if member == representative else rep,
                        removed=int(state.removed),
                        in_conflict=int(bool(state.conflicts)),
                    )
                )
                if writer.lists:
                    stale[table].append(row_id)
                    for cell in writer.lists:
                        children[table, cell.id] += writer.child_rows(cell, row_id, shown.get(cell.id))
        for table, found in rows.items():
            sql.many(self.writers[table].upsert_sql, found)
        for table, ids in gone.items():
            sql.run_in_chunks(f"DELETE FROM {quoted(self.writers[table].spec.name)} WHERE id IN (*)", ids)
            if self.writers[table].lists:
                stale[table] += ids
        for table, ids in stale.items():
            spec = self.writers[table].spec
            for cell in self.writers[table].lists:
                assert cell.child_table is not None
                key = quoted(child_key(spec))
                sql.run_in_chunks(f"DELETE FROM {quoted(cell.child_table)} WHERE {key} IN (*)", ids)
                sql.many(child_insert_sql(spec, cell), children[table, cell.id])

    def clear(self, sql: Sql) -> None:
        """Empty every shared table (before a rebuild)."""
        for writer in self.writers.values():
            sql.run(f"DELETE FROM {quoted(writer.spec.name)}")
            for cell in writer.lists:
                assert cell.child_table is not None
                sql.run(f"DELETE FROM {quoted(cell.child_table)}")
