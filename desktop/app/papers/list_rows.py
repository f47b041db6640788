"""The rows of a standard list: references by name, village by village, as of a day or as this register knew it then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar

from desktop.app.papers.standard_lists import ListColumn, StandardList, column_kind
from desktop.app.past_reading import reading_at
from desktop.app.records.masking import masked_value
from desktop.app.records.record_words import value_words
from desktop.app.records.records import VALID_TIME, records_in
from desktop.app.workspace import Workspace
from desktop.common.bulk import collector_paused
from desktop.common.errors import UsageError
from desktop.insight.asset_values import VALUE_TABLES, values_of
from desktop.insight.cases_as_of import on_day
from desktop.insight.lists import place_names
from desktop.registry.asset_status import STATUS_TABLES
from desktop.registry.lessor import lessor_on, lessors_of_row
from desktop.registry.procedures import PROCEDURES
from desktop.reports.table_model import Kind
from desktop.store.database import Sql

NO_VILLAGE = "（未填村）"
_REFERENCES = {
    "asset_id": ("asset", "name"), "household_id": ("household", "head_name"), "plan_id": ("inspection_plan", "title"),
    "contract_id": ("contract", "contract_no"), "project_id": ("project", "name"),
}  # fmt: skip


@dataclass(frozen=True)
class ListChoice:
    """Which rows: a division (code prefix), column values, a day of valid time, a moment of knowledge."""

    division: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    as_of: str | None = None
    known_at: str | None = None


@dataclass(frozen=True)
class ListRow:
    """A row as it is shown: its village, cells (text, whole numbers, 分), and how a message names it.

    `village` is the heading of its group, None in a list without groups.
    """

    id: str
    village: str | None
    label: str
    cells: tuple[str | int | None, ...]


def list_rows(ws: Workspace, wanted: StandardList, choice: ListChoice, today: str) -> list[ListRow]:
    """The rows of a list, village by village. UsageError for an unknown field or a date that is none.

    With `as_of`, cases stand as they stood on that day; assets are worth what they were worth on it.
    """
    day = choice.as_of or today
    if wanted.computed is not None:
        return _computed_rows(ws, wanted, choice, day)
    with reading_at(ws, _tables(ws, wanted), choice.known_at) as sql, collector_paused():
        rows = records_in(
            sql, ws.register.table(wanted.table), {**wanted.where, **choice.where}, choice.as_of,
            among={c: (v,) for c, v in wanted.where.items()} | (
                dict(wanted.among) if not choice.as_of or wanted.table == "asset" else {}
            ),
            columns=_columns_read(wanted, choice), within=choice.division,
        )  # fmt: skip
        if choice.as_of and wanted.table != "asset":  # of assets the records themselves are those of the day
            rows = on_day(sql, wanted.table, rows, day)
        if any(column.name == "lessor_party_id" for column in wanted.columns):
            for row in rows:
                row["lessor_party_id"] = lessor_on(lessors_of_row(row), day).party
        names = Names(ws, sql)
        kept = _kept(names, wanted, choice, rows, day)
        if wanted.table == "asset" and _WORTH & {column.name for column in wanted.columns}:
            worth = values_of(sql, day, [row["id"] for _, row in kept])
            for _, row in kept:
                values = worth[row["id"]]
                row["original_value_fen"], row["net_value_fen"] = values.original, values.net
        return _sorted_rows(names, wanted, kept)


_WORTH = {"original_value_fen", "net_value_fen"}
"""What an asset is worth on the day of the list; computed only for lists that show it."""
_HELD = {column for columns in VALID_TIME.values() for column in columns} | {"withdrawn", "built_date"}
"""What says from when to when a record holds."""


def _columns_read(wanted: StandardList, choice: ListChoice) -> set[str]:
    """Columns that a list shows, chooses and sorts by: an asset has 70, and a list of 30,000 shows nine."""
    shown = {column.name for column in wanted.columns}
    places = {"division_code", "asset_id", "state", wanted.dated}
    places |= {"lessors"} if "lessor_party_id" in shown else set()
    return shown | places | set(wanted.asks) | set(wanted.where) | set(choice.where) | _HELD


def _tables(ws: Workspace, wanted: StandardList) -> set[str]:
    """What a list is made of."""
    spec = ws.register.table(wanted.table)
    names = {column.name for column in wanted.columns} | ({"asset_id"} & set(spec.by_column))
    tables = {wanted.table, "division", "step_taken", *(other for name, (other, _) in _REFERENCES.items()
                                                        if name in names)}  # fmt: skip
    tables |= {"party"} if any(name.endswith("_party_id") for name in names) else set()
    tables |= {"asset"} if "assets" in names else set()
    return tables | set(VALUE_TABLES) | set(STATUS_TABLES) if wanted.table == "asset" else tables


def _kept(
    names: Names, wanted: StandardList, choice: ListChoice, rows: list[dict[str, Any]], day: str
) -> list[tuple[str, dict[str, Any]]]:
    """The rows that belong to the list, each with the code of its place."""
    kept = []
    for row in rows:
        if wanted.belongs is not None and not wanted.belongs(row, day):
            continue
        if choice.as_of and wanted.dated and row.get(wanted.dated) and str(row[wanted.dated]) > choice.as_of:
            continue
        code = names.place(row)
        if choice.division and not code.startswith(choice.division):
            continue
        kept.append((code, row))
    return kept


def _sorted_rows(names: Names, wanted: StandardList, kept: list[tuple[str, dict[str, Any]]]) -> list[ListRow]:
    first = names.teller(wanted.table, wanted.columns[0].name)
    kept.sort(key=lambda item: (not item[0], item[0], str(first(item[1]) or ""), item[1]["id"]))
    tellers = [names.cell_teller(wanted.table, column) for column in wanted.columns]
    return [
        ListRow(row["id"], names.village(code), f"第 {number} 行", tuple([tell(row) for tell in tellers]))
        for number, (code, row) in enumerate(kept, 1)
    ]


def _computed_rows(ws: Workspace, wanted: StandardList, choice: ListChoice, day: str) -> list[ListRow]:
    assert wanted.computed is not None
    names = [column.name for column in wanted.columns]
    unknown = [name for name in choice.where if name not in names]
    if unknown:
        raise UsageError(f"{wanted.title}没有字段 {'、'.join(unknown)}；可用的：{'、'.join(names)}。")
    with reading_at(ws, wanted.made_of, choice.known_at) as sql:
        found = wanted.computed(sql, choice.division or ws.division_code, day)
    kept = [r for r in found if all(str(r.get(n) or "") == v for n, v in choice.where.items())]
    return [
        ListRow(str(row["id"]), None, f"第 {at} 行", tuple(row.get(n) for n in names)) for at, row in enumerate(kept, 1)
    ]


class Names:
    """What references are called: assets, parties, contracts, households, villages; read when first asked for."""

    SHOWN: ClassVar[dict[str, str]] = {**dict(_REFERENCES.values()), "party": "name"}
    """Table → the column by which its records are called."""

    def __init__(self, ws: Workspace, sql: Sql | None) -> None:
        """`sql`: a reader of the past that stays open; None reads the register as it is, when something is asked."""
        self.ws, self.sql = ws, sql
        with self._reading() as reader:
            self.places = place_names(reader)
        self._tables: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._tellers: dict[tuple[str, str], Callable[[Mapping[str, Any]], str | None]] = {}

    def read_all(self, tables: Iterable[str]) -> None:
        """Read the names of these tables now, while a reader of the past is open; the others are read as they are."""
        for table in self.SHOWN.keys() & set(tables):
            self.rows(table)
        self.sql = None

    def _reading(self) -> AbstractContextManager[Sql]:
        return self.ws.register.reading() if self.sql is None else nullcontext(self.sql)

    def rows(self, table: str) -> dict[str, Mapping[str, Any]]:
        """All rows of a table by id: only what they are called and where they lie."""
        if table not in self._tables:
            columns = ("id", self.SHOWN[table], *(["division_code"] if table == "asset" else []))
            with self._reading() as sql:
                named = sql.rows(f"SELECT {','.join(columns)} FROM {table}")
            found = [dict(zip(columns, r, strict=True)) for r in named]
            self._tables[table] = {row["id"]: row for row in found}
        return self._tables[table]

    def place(self, row: Mapping[str, Any]) -> str:
        """The division code a row lies in: its own, or that of its asset."""
        if row.get("division_code"):
            return str(row["division_code"])
        asset = self.rows("asset").get(str(row.get("asset_id"))) if row.get("asset_id") else None
        return str((asset or {}).get("division_code") or "")

    def village(self, code: str) -> str:
        """The heading of a row's group."""
        return self.places.get(code) or NO_VILLAGE

    def cell_teller(self, table: str, column: ListColumn) -> Callable[[Mapping[str, Any]], str | int | None]:
        """How the cells of a column are said: integers as they are, everything else in words."""
        name = column.name
        if column_kind(table, column) is Kind.TEXT:
            return self.teller(table, name)
        return lambda row: None if row.get(name) is None else int(row[name])

    def teller(self, table: str, name: str) -> Callable[[Mapping[str, Any]], str | None]:
        """How a column's values are said, references by name; decided once, since a list may have 90,000 rows."""
        if name in _REFERENCES:
            other, shown = _REFERENCES[name]
            return self._reference(name, self.rows(other), shown)
        if name.endswith("_party_id"):
            return self._reference(name, self.rows("party"), "name")
        if name == "assets":
            return self._assets
        if name == "places":
            return self._places_of
        default = PROCEDURES[table].initial if name == "state" and table in PROCEDURES else None
        said: dict[Any, str] = {}

        def tell(row: Mapping[str, Any]) -> str | None:
            value = row.get(name)
            if value is None or value == "" or value == []:
                if default is None:
                    return None
                value = default
            if isinstance(value, list):
                return value_words(table, name, masked_value(name, value))
            found = said.get(value)
            if found is None:
                found = said[value] = value_words(table, name, masked_value(name, value))
            return found

        return tell

    def said(self, table: str, name: str, row: Mapping[str, Any]) -> str | None:
        """A value in words, references by name."""
        tell = self._tellers.get((table, name))
        if tell is None:
            tell = self._tellers[table, name] = self.teller(table, name)
        return tell(row)

    @staticmethod
    def _places_of(row: Mapping[str, Any]) -> str | None:
        """Where a notice hangs."""
        return "、".join(str(p["place"]) for p in row["places"] if p.get("place")) if row.get("places") else None

    @staticmethod
    def _reference(
        name: str, others: Mapping[str, Mapping[str, Any]], shown: str
    ) -> Callable[[Mapping[str, Any]], str | None]:
        called = {key: str(other.get(shown) or "") or None for key, other in others.items()}
        return lambda row: called.get(str(row.get(name)))

    def _assets(self, row: Mapping[str, Any]) -> str | None:
        """The names of a case's assets."""
        parts, assets = row.get("assets"), self.rows("asset")
        if not parts:
            return None
        return "、".join(str((assets.get(str(p["asset_id"])) or {}).get("name") or "？") for p in parts)
