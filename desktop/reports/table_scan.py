"""First pass over a table's rows: sums, decimals and widest values, and whether the groups stand together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from desktop.reports.table_model import Column, GroupScattered, Kind, NothingToPrint, Table, TableRow, without

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all (0 while they are being counted); raising `Cancelled` in it stops the print."""

PROGRESS_EVERY = 256
_FEWEST_DECIMALS, _MOST_DECIMALS = 2, 6  # of 万元: six show any whole 分 (ARCHITECTURE §6)


class Sums:
    """Column sums of one group or of all rows; None where no row had a value."""

    __slots__ = ("rows", "values")

    def __init__(self, columns: int) -> None:
        self.rows = 0
        self.values: list[int | None] = [None] * columns

    def add(self, other: Sums) -> None:
        """Add another group's rows and sums to these."""
        self.rows += other.rows
        self.add_values(other)

    def add_values(self, other: Sums) -> None:
        """Add another group's sums to these, its rows being counted already."""
        for index, value in enumerate(other.values):
            if value is not None:
                self.values[index] = (self.values[index] or 0) + value


@dataclass
class Scan:
    """What printing must know about all rows before the first is drawn."""

    total: Sums
    groups: int
    decimals: list[int]
    least: list[int]
    greatest: list[int]


def scan(table: Table, progress: Progress | None = None) -> Scan:
    """Go through the rows once; NothingToPrint, GroupScattered, TypeError for an amount that is no integer."""
    columns = table.columns
    numbers = [index for index, column in enumerate(columns) if column.kind.is_number]
    units = [10 ** (_MOST_DECIMALS - _FEWEST_DECIMALS)] * len(columns)
    least, greatest = [0] * len(columns), [0] * len(columns)
    total, sums = Sums(len(columns)), Sums(len(columns))
    group: str | None = None
    seen: set[str | None] = set()
    exact = {index for index in numbers if columns[index].kind is Kind.WAN}
    done = 0

    def close_group() -> None:
        for index in numbers:
            value = sums.values[index]
            if value is not None:
                least[index], greatest[index] = min(least[index], value), max(greatest[index], value)
        total.add(sums)

    for row in table.rows:
        if row.group != group or not done:
            if done:
                close_group()
                sums = Sums(len(columns))
            group = row.group
            if group in seen:
                raise GroupScattered(group or "")
            seen.add(group)
        sums.rows += 1
        cells = row.cells
        values = sums.values
        for index in numbers:
            cell = cells[index]
            if cell is None:
                continue
            if cell.__class__ is not int:
                raise TypeError(f"column {columns[index].title!r} takes integers, not {type(cell).__name__}")
            known = values[index]
            values[index] = cell if known is None else known + cell
            if cell > greatest[index]:
                greatest[index] = cell
            elif cell < least[index]:
                least[index] = cell
            if index in exact:
                while cell % units[index]:
                    units[index] //= 10
        done += 1
        if progress and not done % PROGRESS_EVERY:
            progress(done, 0)
    if not done:
        raise NothingToPrint
    close_group()
    for index in numbers:
        value = total.values[index]
        if value is not None:
            least[index], greatest[index] = min(least[index], value), max(greatest[index], value)
    decimals = [
        max(_decimals(unit), column.least_decimals) for unit, column in zip(units, columns, strict=True)
    ]
    return Scan(total, len(seen), decimals, least, greatest)


def without_empty(table: Table, found: Scan) -> tuple[Table, Scan]:
    """The table without its columns that are to be hidden when empty, with what was found for the others."""
    hidden = {
        index
        for index, column in enumerate(table.columns)
        if column.hidden_when_empty and not found.least[index] and not found.greatest[index]
    }
    if not hidden:
        return table, found
    kept = [index for index in range(len(table.columns)) if index not in hidden]
    total = Sums(len(kept))
    total.rows = found.total.rows
    total.values = [found.total.values[index] for index in kept]
    narrowed = Table(table.words, without(table.headings, hidden), _Narrowed(table.rows, kept))
    decimals, least, greatest = ([values[i] for i in kept] for values in (found.decimals, found.least, found.greatest))
    return narrowed, Scan(total, found.groups, decimals, least, greatest)


class _Narrowed:
    """Rows with only some of their cells."""

    def __init__(self, rows: Iterable[TableRow], kept: Sequence[int]) -> None:
        self._rows = rows
        self._kept = kept

    def __iter__(self) -> Iterator[TableRow]:
        pick = itemgetter(*self._kept) if len(self._kept) > 1 else lambda cells: (cells[self._kept[0]],)
        for group, label, cells in self._rows:
            yield TableRow(group, label, pick(cells))


def summed(columns: Sequence[Column]) -> list[int]:
    """Indexes of the columns that 小计 and 合计 show."""
    return [index for index, column in enumerate(columns) if column.summed]


def _decimals(unit: int) -> int:
    return _MOST_DECIMALS + 1 - len(str(unit))
