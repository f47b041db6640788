"""From operations to tables: the shown values of touched rows are written into the typed columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from desktop.store.database import Sql, quoted
from desktop.store.evaluate import RowState
from desktop.store.new_rows import NewRows
from desktop.store.operations import Value, fitting, parts_of
from desktop.store.schema import CellSpec, Schema, TableSpec, child_key

ClassState = tuple[int, bytes, list[bytes], RowState]
"""(table, representative, members, state) of a row, or of a class of rows that are the same."""


class _Reads(dict[str, Any]):
    """Values of a row that notes which columns are looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.read: set[str] = set()
        self.all_read = False

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def __iter__(self) -> Iterator[str]:
        self.all_read = True
        return super().__iter__()

    def keys(self) -> Any:
        self.all_read = True
        return super().keys()

    def items(self) -> Any:
        self.all_read = True
        return super().items()

    def values(self) -> Any:
        self.all_read = True
        return super().values()

    def read_any(self, columns: Iterable[str]) -> bool:
        """Whether one of the columns was looked at."""
        return self.all_read or not self.read.isdisjoint(columns)


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
        place = {column: i for i, column in enumerate(self.columns)}
        plain = [c for c in spec.cells if c.child_table is None]
        alone = [(c.id, c.columns[0]) for c in plain if len(c.columns) == 1]
        self._single = {number: (place[column], spec.integers.get(column)) for number, column in alone}
        self._several = {c.id: (place[c.columns[0]], c) for c in plain if len(c.columns) > 1}
        self._names = spec.value_columns
        self._values = slice(4, 4 + len(self._names))
        self._empty: list[Any] = [None] * len(self.columns)

    def row(
        self,
        row_id: str,
        cells: Mapping[int, Value],
        *,
        canonical: str | None = None,
        removed: int = 0,
        in_conflict: int = 0,
        look_through: _Reads | None = None,
    ) -> tuple[Any, ...]:
        """The parameters for one row; what does not fit a column is left out of it."""
        row = self._empty.copy()
        row[:4] = row_id, canonical, removed, in_conflict
        single, several = self._single, self._several
        for cell, value in cells.items():
            if cell in single:
                at, limit = single[cell]
                # by far most values are text without a NUL
                fits = limit is None and type(value) is str and "\0" not in value
                row[at] = value if fits else fitting(value, limit)
            elif cell in several:
                at, spec = several[cell]
                row[at : at + len(spec.columns)] = parts_of(self.spec, spec, value)
        return self._derived(row, look_through)

    def _derived(self, row: list[Any], values: dict[str, Any] | None = None) -> tuple[Any, ...]:
        if self.spec.derive is not None:
            values = {} if values is None else values
            values.update(zip(self._names, row[self._values], strict=True))
            derived = self.spec.derive(values)
            row[self._values.stop :] = [derived.get(c) for c in self.spec.derived_columns]
        return tuple(row)

    def changed_columns(
        self, cells: Iterable[int], row_id: str, shown: Mapping[int, Value], removed: int, in_conflict: int
    ) -> tuple[tuple[int, ...], tuple[Any, ...]]:
        """Positions of the columns that changed cells can have changed (derived ones too), and the whole row.

        A derived value that was computed without looking at a changed column is what it was before.
        """
        touched: list[int] = [2, 3]
        for cell in cells:
            if cell in self._single:
                touched.append(self._single[cell][0])
            elif cell in self._several:
                at, spec = self._several[cell]
                touched += range(at, at + len(spec.columns))
        values = _Reads()
        row = self.row(row_id, shown, removed=removed, in_conflict=in_conflict, look_through=values)
        if values.read_any(self.columns[i] for i in touched):
            touched += range(self._values.stop, len(self.columns))
        return tuple(sorted(touched)), row

    def update_sql(self, positions: Sequence[int]) -> str:
        """UPDATE of these columns of one row; parameters are their values and the id."""
        columns = ",".join(f"{quoted(self.columns[i])}=?" for i in positions)
        return f"UPDATE {quoted(self.spec.name)} SET {columns} WHERE id=?"

    def child_rows(self, cell: CellSpec, row_id: str, value: Value) -> list[tuple[Any, ...]]:
        """Rows of a list cell's child table."""
        if not isinstance(value, list):
            return []
        return [(row_id, i, *parts_of(self.spec, cell, line)) for i, line in enumerate(value)]


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

    def write_new(self, sql: Sql, row_ids: Sequence[str], new: NewRows) -> None:
        """Rows that did not exist before."""
        spec = new.spec
        columns = {"id": row_ids, **new.columns, **new.derived()}
        sql.insert(spec.name, columns, new.count, {"removed": 0, "in_conflict": 0})
        for cell in self.writers[spec.id].lists:
            assert cell.child_table is not None
            count, children = new.children(cell, row_ids)
            sql.insert(cell.child_table, children, count)

    def write_states(
        self, sql: Sql, states: Iterable[ClassState], touched: Mapping[bytes, set[int] | None] | None = None
    ) -> None:
        """Write the states of classes; members show the class's values.

        `touched`: rows that were there before and of which only these cells can have changed (None: all may have).
        """
        whole: list[ClassState] = []
        updates: dict[tuple[int, tuple[int, ...]], list[tuple[Any, ...]]] = defaultdict(list)
        lists: dict[tuple[int, int], list[tuple[str, Value]]] = defaultdict(list)
        for item in states:
            table, row, members, state = item
            writer = self.writers.get(table)
            if writer is None:
                continue  # a table from a newer version: its operations are kept and relayed
            cells = touched.get(row) if touched is not None and len(members) == 1 and state.exists else None
            if cells is None:
                whole.append(item)
                continue
            row_id, shown = row.hex(), state.shown_cells()
            positions, values = writer.changed_columns(
                cells, row_id, shown, int(state.removed), int(bool(state.conflicts))
            )
            updates[table, positions].append((*(values[i] for i in positions), row_id))
            for cell in writer.lists:
                if cell.id in cells:
                    lists[table, cell.id].append((row_id, shown.get(cell.id)))
        self._write_whole(sql, whole, lists)
        for (table, positions), rows in updates.items():
            sql.many(self.writers[table].update_sql(positions), rows)
        for (table, number), found in lists.items():
            self._write_list(sql, self.writers[table], self.writers[table].spec.by_id[number], found)

    def _write_whole(
        self, sql: Sql, states: Iterable[ClassState], lists: dict[tuple[int, int], list[tuple[str, Value]]]
    ) -> None:
        """Write every column of every member; what its list cells hold is left in `lists`."""
        rows: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        gone: dict[int, list[str]] = defaultdict(list)
        for table, representative, members, state in states:
            writer = self.writers[table]
            shown = state.shown_cells()
            for member in members:
                row_id = member.hex()
                if state.exists:
                    rows[table].append(
                        writer.row(
                            row_id,
                            shown,
                            canonical=None if member == representative else representative.hex(),
                            removed=int(state.removed),
                            in_conflict=int(bool(state.conflicts)),
                        )
                    )
                else:
                    gone[table].append(row_id)
                for cell in writer.lists:
                    lists[table, cell.id].append((row_id, shown.get(cell.id) if state.exists else None))
        for table, found in rows.items():
            sql.many(self.writers[table].upsert_sql, found)
        for table, ids in gone.items():
            sql.run_in_chunks(f"DELETE FROM {quoted(self.writers[table].spec.name)} WHERE id IN (*)", ids)

    def _write_list(self, sql: Sql, writer: RowWriter, cell: CellSpec, found: list[tuple[str, Value]]) -> None:
        assert cell.child_table is not None
        key = quoted(child_key(writer.spec))
        sql.run_in_chunks(f"DELETE FROM {quoted(cell.child_table)} WHERE {key} IN (*)", [row_id for row_id, _ in found])
        children = [r for row_id, value in found for r in writer.child_rows(cell, row_id, value)]
        sql.many(child_insert_sql(writer.spec, cell), children)

    def clear(self, sql: Sql) -> None:
        """Empty every shared table (before a rebuild)."""
        for writer in self.writers.values():
            sql.run(f"DELETE FROM {quoted(writer.spec.name)}")
            for cell in writer.lists:
                assert cell.child_table is not None
                sql.run(f"DELETE FROM {quoted(cell.child_table)}")
