"""What a printed table is made of: columns under merged headings, rows in groups, the words around it.

Rows come from an iterable that can be gone through twice (a list, or an object that asks the register again), so a
table of any length is never held in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from desktop.common.errors import InputRefused, UsageError

MM = 72 / 25.4
"""Points in a millimetre."""


class Kind(Enum):
    """What a column's cells hold and how they are written."""

    TEXT = "text"
    SERIAL = "serial"
    """Running number 序号, counted by the layout; the row's own cell is not looked at."""
    COUNT = "count"
    """Whole number."""
    WAN = "wan"
    """Integer 分, written in 万元 with the decimals that the column's most exact value needs."""
    YUAN = "yuan"
    """Integer 分, written in 元."""

    @property
    def is_number(self) -> bool:
        """Whether cells are integers, set right-aligned in tabular figures."""
        return self in (Kind.COUNT, Kind.WAN, Kind.YUAN)


class Align(Enum):
    """Where a text stands in its cell; numbers always stand on the right."""

    LEFT = "left"
    CENTRE = "centre"


@dataclass(frozen=True)
class Column:
    """One column. `least` is its least width in characters; `weight` its share of the width that is left over."""

    title: str
    kind: Kind = Kind.TEXT
    align: Align = Align.LEFT
    weight: float = 0.0
    least: float = 2.0
    summed: bool = False
    blank: str = "—"
    """Written for None: unknown is not zero."""
    least_decimals: int = 2
    """Decimals that 万元 are printed with at least; a more exact value brings more."""
    key: str = ""
    """Under which its sum is reported."""
    hidden_when_empty: bool = False
    """Leave the column out when every value is zero or unknown."""


@dataclass(frozen=True)
class Heading:
    """A merged header cell over columns or further headings."""

    title: str
    below: tuple[Heading | Column, ...]


Headings = Sequence[Heading | Column]
Cell = str | int | None


class TableRow(NamedTuple):
    """One row: the group it belongs to (None: no groups), how messages name it, a cell for each column."""

    group: str | None
    label: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Paper:
    """A sheet in points, landscape or portrait, with its margins."""

    name: str
    width: float
    height: float
    left: float = 10 * MM
    right: float = 10 * MM
    top: float = 11 * MM
    bottom: float = 10 * MM

    def bound(self, extra_mm: float) -> Paper:
        """The same sheet with a wider left margin for binding 装订边."""
        return Paper(
            self.name, self.width, self.height, self.left + extra_mm * MM, self.right, self.top, self.bottom
        )


A4_LANDSCAPE = Paper("A4", 297 * MM, 210 * MM)
A4_PORTRAIT = Paper("A4", 210 * MM, 297 * MM, left=18 * MM, right=18 * MM, top=20 * MM, bottom=15 * MM)
A3_LANDSCAPE = Paper("A3", 420 * MM, 297 * MM)


@dataclass(frozen=True)
class Words:
    """The words around a table: title, the line under it, sums, signatures, notes."""

    title: str
    left: str = ""
    centre: str = ""
    right: str = ""
    signatures: tuple[str, ...] = ()
    notes: str = ""
    footmark: str = ""
    """Small print at the foot of each page, such as the state of the data."""
    counted: str = "项"
    """Measure word of the rows in 小计 and 合计."""
    group_sums: bool = True
    grand_total: bool = True
    page_sums: bool = False
    """Whether each page ends with the sum of its own rows 本页合计, as lists that are signed page by page need."""
    least_row: float = 0.0
    """Least height of a row in points: room for a signature."""


@dataclass(frozen=True)
class Table:
    """A table to be printed."""

    words: Words
    headings: Headings
    rows: Iterable[TableRow]

    @property
    def columns(self) -> list[Column]:
        """The columns from left to right."""
        return list(leaves(self.headings))


class NothingToPrint(InputRefused):
    """The rows asked for are none (DESIGN §6, 打印)."""

    def __init__(self) -> None:
        super().__init__("本范围没有记录，没有生成文件。", hint="请改选范围后再打印。")


class PaperTooNarrow(UsageError):
    """The columns do not fit on the paper in a readable size."""

    def __init__(self, paper: str) -> None:
        super().__init__(
            f"{paper} 纸放不下这些栏目，没有生成文件。", hint="请改用 A3 纸、把单位改成元，或少选几栏。"
        )


class GroupScattered(UsageError):
    """The rows of a group do not stand together: a 小计 in between would be wrong."""

    def __init__(self, group: str) -> None:
        super().__init__(f"“{group}”的记录没有排在一起，小计会出错，没有生成文件。", hint="请按村排序后再打印。")


class SourceChanged(InputRefused):
    """The rows differed between counting and printing them."""

    def __init__(self) -> None:
        super().__init__("打印时记录有变动，合计对不上，没有生成文件。", hint="请再打印一次。")


def leaves(headings: Headings) -> Iterator[Column]:
    """The columns under these headings, from left to right."""
    for heading in headings:
        if isinstance(heading, Column):
            yield heading
        else:
            yield from leaves(heading.below)


def depth(headings: Headings) -> int:
    """Header rows that these headings need."""
    return max((1 if isinstance(heading, Column) else 1 + depth(heading.below) for heading in headings), default=0)


def without(headings: Headings, hidden: set[int]) -> Headings:
    """The headings without the columns at these indexes; a heading over none goes with them."""
    at = 0

    def kept(level: Headings) -> tuple[Heading | Column, ...]:
        nonlocal at
        result: list[Heading | Column] = []
        for heading in level:
            if isinstance(heading, Column):
                if at not in hidden:
                    result.append(heading)
                at += 1
            else:
                below = kept(heading.below)
                if below:
                    result.append(Heading(heading.title, below))
        return tuple(result)

    return kept(headings)
