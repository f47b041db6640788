"""Where columns and header cells stand: numbers get the width they need, texts share the rest by weight.

The type is made smaller, down to 6 pt, only when the columns would not fit on the paper otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate

from desktop.common.money import format_wan, format_yuan
from desktop.reports.fonts import DocumentFonts, Face, Style
from desktop.reports.table_model import Align, Column, Heading, Headings, Kind, Paper, PaperTooNarrow, depth, leaves
from desktop.reports.table_scan import Scan
from desktop.reports.text_wrap import break_lines

TEXT_SIZE, NUMBER_SIZE = 8.0, 7.5
PAD = 2.6
"""Points between a rule and a text."""
ROW_PAD = 4.0
"""Points above and below the lines of a row, together."""
_SCALES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75)


@dataclass(frozen=True)
class Sizes:
    """Sizes of a table's type, in points."""

    text: float
    number: float
    leading: float
    row: float
    """Height of a row of one line."""

    @classmethod
    def scaled(cls, scale: float) -> Sizes:
        """The usual sizes, made smaller by `scale`."""
        text = round(TEXT_SIZE * scale, 2)
        return cls(text, round(NUMBER_SIZE * scale, 2), text * 1.17, 17.0 if scale > 0.9 else 16.0)

    def height(self, lines: int) -> float:
        """Height of a row whose fullest cell has so many lines."""
        return max(self.row, lines * self.leading + ROW_PAD)


@dataclass(frozen=True)
class Slot:
    """A column in its place."""

    column: Column
    x: float
    width: float
    decimals: int

    def number_text(self, value: int) -> str:
        """A number as the column writes it; zero is a plain 0."""
        if not value:
            return "0"
        if self.column.kind is Kind.WAN:
            return format_wan(value, self.decimals)
        return format_yuan(value) if self.column.kind is Kind.YUAN else f"{value:,}"


@dataclass(frozen=True)
class HeaderCell:
    """A header cell in its place; y runs down from the header's top."""

    title: str
    x: float
    width: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Geometry:
    """The table's skeleton on its paper."""

    sizes: Sizes
    slots: list[Slot]
    header: list[HeaderCell]
    header_height: float

    @property
    def left(self) -> float:
        """Left edge."""
        return self.slots[0].x

    @property
    def right(self) -> float:
        """Right edge."""
        return self.slots[-1].x + self.slots[-1].width


def arrange(
    headings: Headings, paper: Paper, found: Scan, fonts: DocumentFonts, least_row: float = 0.0
) -> Geometry:
    """Place columns and header; PaperTooNarrow when they do not fit in 6 pt type."""
    columns = list(leaves(headings))
    room = paper.width - paper.left - paper.right
    for scale in _SCALES:
        sizes = Sizes.scaled(scale)
        least = [_least_width(column, index, sizes, found, fonts) for index, column in enumerate(columns)]
        if sum(least) <= room:
            break
    else:
        raise PaperTooNarrow(paper.name)
    weights = [column.weight for column in columns]
    if not any(weights):
        weights = least
    spare = (room - sum(least)) / sum(weights)
    widths = [width + weight * spare for width, weight in zip(least, weights, strict=True)]
    edges = [paper.left, *(paper.left + x for x in accumulate(widths))]
    slots = [
        Slot(column, edges[i], widths[i], found.decimals[i]) for i, column in enumerate(columns)
    ]
    header, height = _place_header(headings, slots, sizes, fonts.face(Style.SANS))
    return Geometry(replace(sizes, row=max(sizes.row, least_row)), slots, header, height)


def _least_width(column: Column, index: int, sizes: Sizes, found: Scan, fonts: DocumentFonts) -> float:
    if column.kind is Kind.SERIAL:
        digits = max(2, len(str(found.total.rows)))
        return digits * 0.56 * sizes.text + 2 * PAD
    width = column.least * sizes.text
    if column.kind.is_number:
        slot = Slot(column, 0, 0, found.decimals[index])
        bold = fonts.face(Style.SANS_BOLD)
        extremes = (found.least[index], found.greatest[index])
        printed = max(bold.width(slot.number_text(value)) for value in extremes) * sizes.number / 1000
        width = max(width, printed)
    return width + 2 * PAD


def _place_header(
    headings: Headings, slots: list[Slot], sizes: Sizes, face: Face
) -> tuple[list[HeaderCell], float]:
    """Header cells by level; a level grows until the texts that end in it fit."""
    levels = depth(headings)
    cells: list[tuple[str, int, int, int, int]] = []  # title, first slot, end slot, first level, end level

    def place(below: Headings, level: int, at: int) -> int:
        for heading in below:
            if isinstance(heading, Heading):
                end = place(heading.below, level + 1, at)
                cells.append((heading.title, at, end, level, level + 1))
            else:
                end = at + 1
                cells.append((heading.title, at, end, level, levels))
            at = end
        return at

    place(headings, 0, 0)
    base = sizes.text + 7.0 if levels > 1 else sizes.row
    heights = [base] * levels

    def extent(first: int, end: int) -> tuple[float, float]:
        x = slots[first].x
        return x, slots[end - 1].x + slots[end - 1].width - x

    for title, first, end, level, below in sorted(cells, key=lambda cell: cell[4] - cell[3]):
        width = extent(first, end)[1] - 2
        lines = len(break_lines(face, title, width * 1000 / sizes.text))
        wanted = lines * sizes.leading + ROW_PAD
        lacking = wanted - sum(heights[level:below])
        if lacking > 0:
            heights[below - 1] += lacking
    tops = [0.0, *accumulate(heights)]
    placed = [
        HeaderCell(title, *extent(first, end), tops[level], tops[below]) for title, first, end, level, below in cells
    ]
    placed.sort(key=lambda cell: (cell.top, cell.x))  # read aloud or copied, the header goes row by row
    return placed, tops[-1]


def stands_centred(column: Column) -> bool:
    """Whether the column's texts are centred."""
    return column.kind is Kind.SERIAL or column.align is Align.CENTRE
