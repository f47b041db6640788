"""What the journal must know of a table: stable numbers of tables and cells, and where a row lies.

A *cell* is what moves together in a merge: one column, several columns (quantity + unit), or a whole list kept in a
child table (the shares of a right). Table and cell numbers are written into operations and never change their meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

WHOLE_ROW = 0
"""Cell number of an insert: the operation speaks for every cell of the row."""
TOMBSTONE = 65535
"""Cell number of removals and restorations."""
SAMENESS = 65534
"""Cell number of `same_as` statements."""
LAST_FIELD_CELL = 65000

Derive = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class CellSpec:
    """One cell: its number, its name, and the columns (or the child table) that hold its value."""

    id: int
    name: str
    columns: tuple[str, ...]
    child_table: str | None = None
    """Child table of a list cell; `columns` are then the child's value columns in canonical order."""


@dataclass(frozen=True)
class TableSpec:
    """One shared table."""

    id: int
    name: str
    cells: tuple[CellSpec, ...]
    parent_columns: tuple[str, ...] = ()
    """Columns that name another row; the row lies where that row lies (person → household)."""
    place_column: str | None = None
    """Column with the division code the row lies in."""
    county_only: bool = False
    """Only the county may write it (settings, code lists); operations of scoped devices wait for its decision."""
    derive: Derive | None = None
    """Computes derived columns from the row's values (search keys, net value); never journalled."""
    derived_columns: tuple[str, ...] = ()
    integers: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Columns (of list cells too) that hold integers → largest absolute value; all others hold text."""
    by_name: Mapping[str, CellSpec] = field(init=False, repr=False, compare=False, default_factory=dict)
    by_id: Mapping[int, CellSpec] = field(init=False, repr=False, compare=False, default_factory=dict)
    by_column: Mapping[str, CellSpec] = field(init=False, repr=False, compare=False, default_factory=dict)
    slots: Mapping[str, tuple[int, int, int, int | None]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """Column → (cell, position in the cell, columns of the cell, largest integer or None for text)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {c.name: c for c in self.cells})
        object.__setattr__(self, "by_id", {c.id: c for c in self.cells})
        columns = {col: c for c in self.cells if c.child_table is None for col in c.columns}
        object.__setattr__(self, "by_column", columns)
        slots = {
            col: (c.id, c.columns.index(col), len(c.columns), self.integers.get(col)) for col, c in columns.items()
        }
        object.__setattr__(self, "slots", slots)
        if len(self.by_id) != len(self.cells):
            raise ValueError(f"table {self.name}: a cell number is used twice")
        for c in self.cells:
            if not 0 < c.id <= LAST_FIELD_CELL:
                raise ValueError(f"table {self.name}: cell number {c.id} out of range")

    @property
    def value_columns(self) -> tuple[str, ...]:
        """All plain columns of the row that come from cells, in cell order."""
        return tuple(col for c in self.cells if c.child_table is None for col in c.columns)


def child_key(spec: TableSpec) -> str:
    """Name of the column in a child table that holds the owner's id."""
    return f"{spec.name}_id"


class Schema:
    """The shared tables of a register, by number and by name."""

    def __init__(self, tables: Iterable[TableSpec]) -> None:
        self.tables: tuple[TableSpec, ...] = tuple(sorted(tables, key=lambda t: t.id))
        self.by_id: dict[int, TableSpec] = {t.id: t for t in self.tables}
        self.by_name: dict[str, TableSpec] = {t.name: t for t in self.tables}
        if len(self.by_id) != len(self.tables) or len(self.by_name) != len(self.tables):
            raise ValueError("a table number or name is used twice")

    def __getitem__(self, name: str) -> TableSpec:
        return self.by_name[name]
