"""Prints a table of any length: repeated header, 小计 that stay with their last row, 合计, signatures, page x of y.

The rows are gone through twice: once to count and sum (`table_scan`), once to draw. Only the page in hand and the
cells lately printed are held in memory. A missing glyph, a full disk or a cancel leaves no file.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from desktop.common.atomic_file import replacing
from desktop.reports.fonts import DocumentFonts, GlyphMissing, Style
from desktop.reports.streamed_pdf import Origin, PageCanvas
from desktop.reports.table_cells import ColumnPen, Printed, centred_lines
from desktop.reports.table_geometry import PAD, ROW_PAD, arrange
from desktop.reports.table_model import Cell, Kind, Paper, SourceChanged, Table, TableRow
from desktop.reports.table_page import SMALL_SIZE, Furniture, TablePage
from desktop.reports.table_scan import PROGRESS_EVERY, Progress, Scan, Sums, scan, summed, without_empty
from desktop.reports.text_wrap import break_lines

GROUP_GREY, TOTAL_GREY = "0.95", "0.9"


@dataclass(frozen=True)
class PrintedTable:
    """What was printed: pages, rows, groups, and the sums by column key (None: no row had a value)."""

    pages: int
    rows: int
    groups: int
    sums: dict[str, int | None]


def print_tables(
    tables: Sequence[Table],
    paper: Paper,
    origin: Origin,
    path: str | os.PathLike[str],
    *,
    progress: Progress | None = None,
) -> list[PrintedTable]:
    """Print tables, each beginning a new page, into a PDF file that is there whole or not at all.

    Raises NothingToPrint, GlyphMissing, GroupScattered, PaperTooNarrow, OSError, and what `progress` raises.
    """
    with replacing(path) as stream:
        return write_tables(tables, paper, origin, stream, progress=progress)


def write_tables(
    tables: Sequence[Table], paper: Paper, origin: Origin, stream: BinaryIO, *, progress: Progress | None = None
) -> list[PrintedTable]:
    """The same into an open stream, for previews in memory."""
    counted = [without_empty(table, scan(table, progress)) for table in tables]
    rows_in_all = sum(found.total.rows for _, found in counted)
    fonts = DocumentFonts()
    canvas = PageCanvas(stream, (paper.width, paper.height), origin)
    printed: list[PrintedTable] = []
    rows_done = 0

    def advance(rows: int) -> None:
        if progress:
            progress(rows_done + rows, rows_in_all)

    for table, found in counted:
        before = canvas.page_count
        TablePrinter(canvas, fonts, table, paper, found).print(advance)
        rows_done += found.total.rows
        pages = canvas.page_count - before
        keyed = zip(table.columns, found.total.values, strict=True)
        sums = {column.key: value for column, value in keyed if column.key}
        printed.append(PrintedTable(pages, found.total.rows, found.groups, sums))
    _number_pages(canvas, fonts, paper)
    canvas.finish(fonts.write(canvas.document))
    advance(0)
    return printed


def _page_label(rows: int, table: Table) -> str:
    return f"本页合计（{rows:,} {table.words.counted}）"


def _number_pages(canvas: PageCanvas, fonts: DocumentFonts, paper: Paper) -> None:
    face = fonts.face(Style.SERIF)
    for index in range(canvas.page_count):
        text = f"第 {index + 1} 页，共 {canvas.page_count} 页"
        x = (paper.width - face.width(text) * SMALL_SIZE / 1000) / 2
        shown = face.show(text, f"{SMALL_SIZE:g}")
        canvas.add_to_page(index, f"BT 1 0 0 1 {x:.2f} {paper.bottom:.2f} Tm{shown} ET")


@dataclass(frozen=True)
class _SumRow:
    height: float
    operators: str
    grey: str


class TablePrinter:
    def __init__(
        self, canvas: PageCanvas, fonts: DocumentFonts, table: Table, paper: Paper, found: Scan
    ) -> None:
        self._canvas = canvas
        self._fonts = fonts
        self._table = table
        self._found = found
        self._columns = table.columns
        self._geometry = arrange(table.headings, paper, found, fonts, table.words.least_row)
        self._sizes = self._geometry.sizes
        self._furniture = Furniture(table.words, self._geometry, paper, fonts)
        self._pens = [ColumnPen(slot, self._sizes, fonts) for slot in self._geometry.slots]
        self._summed = summed(self._columns)
        self._sum_pens = {
            index: ColumnPen(self._geometry.slots[index], self._sizes, fonts, bold=True) for index in self._summed
        }
        self._merged = self._summed[0] if self._summed else len(self._columns)
        serials = [index for index, column in enumerate(self._columns) if column.kind is Kind.SERIAL]
        self._serial = serials[0] if serials else None
        self._page = TablePage(self._furniture, self._geometry, first=True, merged=self._merged)
        self._full_room = self._furniture.next_top - self._geometry.header_height - self._furniture.floor
        self._page_sums = Sums(len(self._columns))
        self._page_reserve = 0.0
        if table.words.page_sums:
            self._page_reserve = self._sum_row(_page_label(found.total.rows, table), found.total, GROUP_GREY).height

    def print(self, advance: Callable[[int], None]) -> None:
        """Draw all rows; SourceChanged when they are not those that were counted."""
        columns = len(self._columns)
        words = self._table.words
        total, sums = Sums(columns), Sums(columns)
        rows = iter(self._table.rows)
        row = next(rows, None)
        while row is not None:
            following = next(rows, None)
            total.rows += 1
            sums.rows += 1
            cells = row.cells
            values = sums.values
            for index in self._summed:
                cell = cells[index]
                if cell is not None:
                    values[index] = (values[index] or 0) + cell  # type: ignore[operator]
            closing: list[_SumRow] = []
            if following is None or following.group != row.group:
                total.add_values(sums)
                if words.group_sums and row.group is not None:
                    label = f"{row.group} 小计（{sums.rows:,} {words.counted}）"
                    closing.append(self._sum_row(label, sums, GROUP_GREY))
                if following is None and words.grand_total:
                    label = f"合　计（{total.rows:,} {words.counted}）"
                    closing.append(self._sum_row(label, total, TOTAL_GREY))
                sums = Sums(columns)
            reserve = sum(entry.height for entry in closing)
            if following is None:
                reserve += self._furniture.closing_height
            self._row(row, total.rows, reserve + self._page_reserve)
            self._count_on_page(cells)
            if following is None and words.page_sums:
                self._close_page_sums(before_total=True)
            for entry in closing:
                self._page.add_sum(entry.height, entry.operators, entry.grey)
            if not total.rows % PROGRESS_EVERY:
                advance(total.rows)
            row = following
        if total.rows != self._found.total.rows or any(
            total.values[index] != self._found.total.values[index] for index in self._summed
        ):
            raise SourceChanged
        if self._page.room < self._furniture.closing_height:
            self._turn_page()
        self._page.close()
        self._turn_page(last=True)

    def _count_on_page(self, cells: Sequence[Cell]) -> None:
        """Add a row that was drawn to the sums of its page."""
        if not self._page_reserve:
            return
        self._page_sums.rows += 1
        for index in self._summed:
            cell = cells[index]
            if cell is not None:
                self._page_sums.values[index] = (self._page_sums.values[index] or 0) + cell  # type: ignore[operator]

    def _close_page_sums(self, *, before_total: bool = False) -> None:
        """Write 本页合计 below the page's rows and begin to count anew; a single page needs none beside its 合计."""
        sums, self._page_sums = self._page_sums, Sums(len(self._columns))
        if before_total and self._table.words.grand_total and sums.rows == self._found.total.rows:
            return
        if sums.rows:
            entry = self._sum_row(_page_label(sums.rows, self._table), sums, GROUP_GREY)
            self._page.add_sum(entry.height, entry.operators, entry.grey)

    def _row(self, row: TableRow, number: int, reserve: float) -> None:
        """Put a row on the page, on a new one when it and what must stay with it do not fit."""
        cells = row.cells
        if self._serial is not None:
            cells = [*cells[: self._serial], number, *cells[self._serial + 1 :]]
        try:
            printed = [
                pen.known.get(cell) or pen.print(cell) for pen, cell in zip(self._pens, cells, strict=True)
            ]
        except GlyphMissing as error:
            raise error.at(row.label, error.field) from None
        lines = max([entry.lines for entry in printed])
        height = self._sizes.height(lines)
        if height + reserve > self._page.room:
            if height + reserve > self._full_room:
                self._tall_row(printed, lines, reserve)
                return
            if self._page_reserve:
                self._close_page_sums()
            self._turn_page()
        operators = [
            entry.placed.get(lines) or pen.place(entry, lines) for pen, entry in zip(self._pens, printed, strict=True)
        ]
        self._page.add(height, "\n".join(operators))

    def _tall_row(self, printed: list[Printed], lines: int, reserve: float) -> None:
        """A row taller than a page goes on over the following pages, line by line."""
        smallest = self._sizes.height(1)
        reserve = min(reserve, max(0.0, self._full_room - smallest))
        at = 0
        while at < lines:
            left = lines - at
            count = min(left, self._lines_in(self._page.room))
            if count == left and self._lines_in(self._page.room - reserve) < left:
                count -= 1  # the last line goes to the next page together with what must stay with it
            if count < 1:
                self._turn_page()
                continue
            operators = [
                pen.place_lines(entry.parts[at : at + count], count)
                for pen, entry in zip(self._pens, printed, strict=True)
            ]
            self._page.add(self._sizes.height(count), "\n".join(operators))
            at += count

    def _lines_in(self, room: float) -> int:
        room += 1e-6
        if room < self._sizes.height(1):
            return 0
        return max(1, math.floor((room - ROW_PAD) / self._sizes.leading))

    def _sum_row(self, label: str, sums: Sums, grey: str) -> _SumRow:
        face = self._fonts.face(Style.SERIF_BOLD)
        sizes = self._sizes
        slots = self._geometry.slots
        texts: list[str] = []
        if self._merged:
            last = slots[self._merged - 1]
            width = last.x + last.width - slots[0].x
            try:
                texts = break_lines(face, label, (width - 2 * PAD) * 1000 / sizes.text)
            except GlyphMissing as error:
                raise error.at(label if label.isascii() else "小计行") from None
        lines = max(1, len(texts))
        height = sizes.height(lines)
        shown: list[str] = []
        if texts:
            shown.append(centred_lines(face, sizes.text, texts, slots[0].x, width, 0.0, height, sizes.leading))
        for index, pen in self._sum_pens.items():
            value: Cell = sums.values[index]
            shown.append(pen.place(pen.known.get(value) or pen.print(value), lines))
        return _SumRow(height, "\n".join(shown), grey)

    def _turn_page(self, *, last: bool = False) -> None:
        self._canvas.put(self._page.operators())
        self._canvas.showPage()
        if not last:
            self._page = TablePage(self._furniture, self._geometry, first=False, merged=self._merged)
