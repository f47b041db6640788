"""The base of every shared table and the way a SQLModel class tells the journal its cells."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from sqlalchemy import BigInteger, Index, Integer, Table, text
from sqlmodel import Field, SQLModel

from desktop.store.schema import CellSpec, Derive, TableSpec


def cell(number: int, *, name: str | None = None, default: Any = None, **options: Any) -> Any:
    """A column that belongs to the cell with this number; columns with one number move together in a merge.

    `name` names a cell of several columns; a single column's cell is named after the column.
    """
    # a length would be enforced by PostgreSQL alone, and fail a merge there that every laptop could do
    options.pop("max_length", None)
    info: dict[str, Any] = {"cell": number}
    if name:
        info["cell_name"] = name
    return Field(default=default, sa_column_kwargs={"info": info}, **options)


def live_index(name: str, *columns: str) -> Index:
    """An index from which a list of live rows is answered alone: their condition's columns are in it too."""
    live = text("removed = 0 AND canonical_id IS NULL")
    return Index(name, *columns, "removed", "canonical_id", sqlite_where=live, postgresql_where=live)


class RegisterRow(SQLModel):
    """A shared record: identifier and bookkeeping that the journal keeps.

    `canonical_id` is the representative when this row was found to be the same as another, else None;
    `removed` is 1 for a row taken out of the register (its values stay); `in_conflict` is 1 while a person must decide.
    """

    register_id: ClassVar[int]
    parent_columns: ClassVar[tuple[str, ...]] = ()
    place_column: ClassVar[str | None] = None
    county_only: ClassVar[bool] = False
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {}
    """List cells: number → (cell name, child table, value columns)."""

    id: str = Field(primary_key=True, max_length=32)
    canonical_id: str | None = Field(default=None, max_length=32)
    removed: int = Field(default=0)
    in_conflict: int = Field(default=0)

    @classmethod
    def derive(cls, row: dict[str, Any]) -> dict[str, Any]:
        """Derived columns from the row's values; none by default."""
        return {}


BOOKKEEPING = ("id", "canonical_id", "removed", "in_conflict")
SEARCH_ONLY = ("name_initials", "name_pinyin", "head_name_initials", "head_name_pinyin")
"""Derived columns that serve searching and say nothing to a reader."""


def table_spec(model: type[RegisterRow]) -> TableSpec:
    """The journal's view of a model class."""
    columns: dict[int, list[str]] = {}
    names: dict[int, str] = {}
    derived: list[str] = []
    for column in model.__table__.columns:  # type: ignore[attr-defined]
        number = column.info.get("cell")
        if number is None:
            if column.name not in BOOKKEEPING:
                derived.append(column.name)
            continue
        columns.setdefault(number, []).append(column.name)
        names.setdefault(number, column.info.get("cell_name") or column.name)
    cells = [CellSpec(n, names[n], tuple(cols)) for n, cols in columns.items()]
    cells += [CellSpec(n, name, cols, child) for n, (name, child, cols) in model.lists.items()]
    children = [SQLModel.metadata.tables[child] for _, child, _ in model.lists.values()]
    derive: Derive | None = cast(Derive, model.derive) if derived else None
    return TableSpec(
        id=model.register_id,
        name=str(model.__tablename__),
        cells=tuple(sorted(cells, key=lambda c: c.id)),
        parent_columns=model.parent_columns,
        place_column=model.place_column,
        county_only=model.county_only,
        derive=derive,
        derived_columns=tuple(derived),
        integers=_integers(model.__table__, *children),  # type: ignore[attr-defined]
    )


def _integers(*tables: Table) -> dict[str, int]:
    """Integer columns and what they hold on PostgreSQL; SQLite would take anything."""
    return {
        column.name: (1 << 63) - 1 if isinstance(column.type, BigInteger) else (1 << 31) - 1
        for table in tables
        for column in table.columns
        if isinstance(column.type, Integer)
    }
