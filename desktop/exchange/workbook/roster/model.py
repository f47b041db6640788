"""A roster as columns: every member row of every sheet in one set of arrays, households over them, a log of findings.

Rules are plain functions over a `Roster`; rows are addressed by their index `i` in the arrays. Cells keep the sheet,
row and column they came from, so that each finding names its cell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.exchange.workbook.findings import Finding
from desktop.exchange.workbook.reader import SheetGrid, column_letters
from desktop.exchange.workbook.roster.words import Level, Reading

HOUSEHOLD_FIELDS = (
    "town",
    "village",
    "group",
    "household_no",
    "head_name",
    "household_type",
    "monitored_type",
    "category",
    "stated_size",
    "house_grade",
    "water",
    "net_income",
    "per_capita_income",
    "risk",
    "helper",
    "phone",
    "address",
)


@dataclass(slots=True)
class RosterSheet:
    """One sheet: where its columns are and what its headings say."""

    grid: SheetGrid
    columns: dict[str, int]
    header_rows: tuple[int, ...]
    member_rows: list[int]
    units: dict[str, str] = field(default_factory=dict)
    """"wan" for a money column headed 万元."""
    reference: dt.date | None = None
    """The date the sheet says it was filled in at."""
    town: str = ""
    village: str = ""
    """A village named by the title or the sheet's name only."""
    subtotals: list[int] = field(default_factory=list)
    repeated: bool = False
    """Whether the household's cells stand in every row (nothing merged)."""

    @property
    def name(self) -> str:
        return self.grid.name


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decided, by place: cells to replace, rows to leave out or to keep, households to leave out."""

    edits: dict[tuple[str, int, int], Any] = field(default_factory=dict)
    dropped: frozenset[tuple[str, int]] = frozenset()
    kept: frozenset[tuple[str, int]] = frozenset()
    skipped: frozenset[tuple[str, int]] = frozenset()
    closed: frozenset[tuple[str, int | None, str | None, str]] = frozenset()
    """Findings that a decision settles as they are."""


@dataclass(slots=True)
class HouseholdDraft:
    """A household being put together: indices of its members and, per household field, of the row it was read from."""

    key: str
    sheet: int
    members: list[int]
    extra: list[int] = field(default_factory=list)
    """Rows of a supplement that name this household again."""
    source: dict[str, int] = field(default_factory=dict)
    cells_at: int | None = None
    """The row its cells stand in when that row belongs to the household above."""
    head: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    set_aside: str = ""


@dataclass
class Roster:
    """All sheets of a file. `raw[field][i]` is the cell as read, `read[field][i]` what its words mean."""

    sheets: list[RosterSheet]
    sheet_at: list[int] = field(default_factory=list)
    row_at: list[int] = field(default_factory=list)
    raw: dict[str, list[Any]] = field(default_factory=dict)
    text: dict[str, list[str]] = field(default_factory=dict)
    read: dict[str, list[Reading]] = field(default_factory=dict)
    codes: dict[str, list[str | None]] = field(default_factory=dict)
    """The values of `read`."""
    households: list[HouseholdDraft] = field(default_factory=list)
    household_of: list[int] = field(default_factory=list)
    id18: list[str | None] = field(default_factory=list)
    id_problem: list[bool] = field(default_factory=list)
    cert_type: list[str | None] = field(default_factory=list)
    birth: list[dt.date | None] = field(default_factory=list)
    birth_text: list[tuple[str, str] | None] = field(default_factory=list)
    """ISO text and precision to store."""
    sex: list[str | None] = field(default_factory=list)
    """The best known sex: of the ID number when it is valid, else as stated."""
    age: list[int | None] = field(default_factory=list)
    """Completed years at the reference date, from the best known birth date."""
    stated_age: list[int | None] = field(default_factory=list)
    relation: list[str | None] = field(default_factory=list)
    disability_no: list[str | None] = field(default_factory=list)
    dropped: dict[int, str] = field(default_factory=dict)
    """Rows set aside by themselves: index → why (duplicates)."""
    person_missing: list[dict[str, str]] = field(default_factory=list)
    person_notes: list[list[str]] = field(default_factory=list)
    social: list[dict[str, Any]] = field(default_factory=list)
    """Insurance and posts: column → value, by row."""
    choices: Choices = field(default_factory=Choices)

    def __len__(self) -> int:
        return len(self.row_at)

    def sheet_of(self, i: int) -> RosterSheet:
        return self.sheets[self.sheet_at[i]]

    def at(self, i: int) -> dt.date:
        """The date the row's sheet speaks of: ages are counted to it."""
        return self.sheets[self.sheet_at[i]].reference or dt.date(1970, 1, 1)

    def has(self, i: int, name: str) -> bool:
        """Whether the row's sheet has such a column."""
        return name in self.sheets[self.sheet_at[i]].columns

    def settled(self, i: int, name: str, code: str) -> bool:
        """Whether a person has decided the finding of this code at this cell."""
        sheet = self.sheets[self.sheet_at[i]]
        column = sheet.columns.get(name)
        return column is not None and (sheet.name, self.row_at[i], column_letters(column), code) in self.choices.closed

    def word(self, name: str, i: int) -> Reading:
        return self.read[name][i]

    def value(self, name: str, i: int) -> str | None:
        return self.codes[name][i]

    def name(self, i: int) -> str:
        return self.text["name"][i]

    def living_members(self, household: HouseholdDraft) -> list[int]:
        """The household's member rows that are not set aside."""
        return [i for i in household.members + household.extra if i not in self.dropped]


class Log:
    """Collects findings; `of[i]` are the positions of those that stand at member row `i`."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.findings: list[Finding] = []
        self.at: list[int | None] = []

    def add(
        self,
        i: int,
        name: str | Sequence[str],
        code: str,
        level: Level,
        message: str,
        proposed: Any = None,
        *,
        rows: Iterable[int] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """A finding at the cell of column `name` in member row `i`; of several names the first that the sheet has."""
        sheet = self.roster.sheet_of(i)
        names = (name,) if isinstance(name, str) else name
        field_name = next((n for n in names if n in sheet.columns), None)
        column = sheet.columns.get(field_name or "name", 1)
        row = self.roster.row_at[i]
        raw = sheet.grid.value(row, column)
        self.put(
            sheet, row, column, code, level, message, raw, proposed,
            rows=rows, options=options, i=i, name=field_name or "name",
        )  # fmt: skip

    def put(
        self,
        sheet: RosterSheet,
        row: int,
        column: int,
        code: str,
        level: Level,
        message: str,
        raw: Any,
        proposed: Any = None,
        *,
        rows: Iterable[int] | None = None,
        options: Sequence[str] = (),
        i: int | None = None,
        name: str = "",
    ) -> None:
        """A finding at any cell of a sheet."""
        self.findings.append(
            Finding(
                sheet=sheet.name,
                row=row,
                col=column_letters(column),
                code=code,
                severity=level or "info",
                message=message,
                raw=None if raw == "" else raw,
                proposed=proposed,
                rows=sorted(rows) if rows is not None else None,
                options=list(options),
                field=name,
            )
        )
        self.at.append(i)

    def reading(self, i: int, name: str, reading: Reading, proposed: Any = None) -> None:
        """The finding a reading carries, if any."""
        if reading.level:
            self.add(i, name, reading.code, reading.level, reading.message, proposed or reading.name)
