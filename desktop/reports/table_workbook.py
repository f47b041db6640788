"""The same tables as on paper, as a workbook: one sheet a table, headings merged alike, sums as they are printed.

Amounts are numbers in 元 (or 万元) with their exact decimals; texts stay text and never become formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, BinaryIO

from desktop.reports.table_model import Align, Column, Heading, Kind, Table, depth
from desktop.reports.table_scan import Sums, scan, summed, without_empty

SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_DIGITS = 15
"""A spreadsheet keeps this many digits of a number; a longer one is written as text."""


def write_workbook(tables: Sequence[tuple[str, Table]], stream: BinaryIO, *, landscape: bool = True) -> None:
    """Write named tables into an open binary file. Raises NothingToPrint, GroupScattered as printing does."""
    import xlsxwriter  # large, and only those who save a table need it

    with xlsxwriter.Workbook(stream, SAFE) as book:
        formats = _Formats(book)
        for name, table in tables:
            _Sheet(book.add_worksheet(name[:31]), table, formats, landscape).write()


class _Formats:
    def __init__(self, book: Any) -> None:
        frame = {"border": 1, "valign": "vcenter", "font_size": 10}
        self.title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        self.plain = book.add_format({"font_size": 10})
        self.wrapped = book.add_format({"font_size": 10, "text_wrap": True, "valign": "top"})
        self.right = book.add_format({"font_size": 10, "align": "right"})
        self.head = book.add_format({**frame, "bold": True, "align": "center", "text_wrap": True})
        self.left = book.add_format({**frame, "text_wrap": True, "num_format": "@"})
        self.centre = book.add_format({**frame, "text_wrap": True, "align": "center", "num_format": "@"})
        self.money = book.add_format({**frame, "num_format": "#,##0.00"})
        self.wan = book.add_format({**frame, "num_format": "#,##0.00####"})
        self.count = book.add_format({**frame, "num_format": "0"})
        grey = {**frame, "bold": True, "bg_color": "#EFEDE8"}
        self.sum_label = book.add_format({**grey, "align": "center"})
        self.sum_money = book.add_format({**grey, "num_format": "#,##0.00"})
        self.sum_wan = book.add_format({**grey, "num_format": "#,##0.00####"})
        self.sum_count = book.add_format({**grey, "num_format": "0"})


class _Sheet:
    def __init__(self, sheet: Any, table: Table, formats: _Formats, landscape: bool) -> None:
        self._sheet, self._formats = sheet, formats
        self._table, self._found = without_empty(table, scan(table))
        self._columns = self._table.columns
        self._line = 0
        if landscape:
            sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def write(self) -> None:
        words, sheet, last = self._table.words, self._sheet, len(self._columns) - 1
        for at, column in enumerate(self._columns):
            width = 6 if column.kind is Kind.SERIAL else 15 if column.kind.is_number else max(10, column.least * 2)
            sheet.set_column(at, at, width + 2 * column.weight)
        self._merged(0, last, words.title, self._formats.title)
        sheet.set_row(0, 30)
        self._line = 1
        if words.left or words.centre or words.right:
            sheet.write_string(1, 0, "　".join(w for w in (words.left, words.centre) if w), self._formats.plain)
            if words.right:
                sheet.write_string(1, last, words.right, self._formats.right)
            self._line = 2
        top = self._line
        self._header()
        sheet.freeze_panes(self._line, 0)
        sheet.repeat_rows(top, self._line - 1)
        self._rows()
        if words.signatures:
            self._line += 1
            sheet.write_string(self._line, 0, "　　　　".join(words.signatures), self._formats.plain)
        if words.notes:
            self._line += 1
            self._merged(0, last, words.notes, self._formats.wrapped)
            sheet.set_row(self._line, 15 * (1 + len(words.notes) // 60))

    def _merged(self, first: int, last: int, text: str, style: Any, below: int | None = None) -> None:
        end = self._line if below is None else below
        if first == last and end == self._line:
            self._sheet.write_string(self._line, first, text, style)
        else:
            self._sheet.merge_range(self._line, first, end, last, text, style)

    def _header(self) -> None:
        levels, top = depth(self._table.headings), self._line

        def place(below: Sequence[Heading | Column], level: int, at: int) -> int:
            for heading in below:
                self._line = top + level
                if isinstance(heading, Heading):
                    end = at + sum(1 for _ in _leaves(heading))
                    self._merged(at, end - 1, heading.title, self._formats.head)
                    place(heading.below, level + 1, at)
                else:
                    end = at + 1
                    self._merged(at, at, heading.title, self._formats.head, top + levels - 1)
                at = end
            return at

        place(self._table.headings, 0, 0)
        self._line = top + levels

    def _rows(self) -> None:
        words, indexes = self._table.words, summed(self._columns)
        total, sums, serial = Sums(len(self._columns)), Sums(len(self._columns)), 0
        rows = iter(self._table.rows)
        row = next(rows, None)
        while row is not None:
            following = next(rows, None)
            serial += 1
            for at, (column, cell) in enumerate(zip(self._columns, row.cells, strict=True)):
                self._cell(at, column, serial if column.kind is Kind.SERIAL else cell)
            self._line += 1
            sums.rows += 1
            for index in indexes:
                cell = row.cells[index]
                if isinstance(cell, int):
                    sums.values[index] = (sums.values[index] or 0) + cell
            if following is None or following.group != row.group:
                total.add(sums)
                if words.group_sums and row.group is not None:
                    self._sum(f"{row.group} 小计（{sums.rows:,} {words.counted}）", sums)
                if following is None and words.grand_total:
                    self._sum(f"合计（{total.rows:,} {words.counted}）", total)
                sums = Sums(len(self._columns))
            row = following

    def _cell(self, at: int, column: Column, value: Any) -> None:
        f = self._formats
        if value is None:
            self._sheet.write_string(self._line, at, column.blank, f.centre)
        elif column.kind.is_number or column.kind is Kind.SERIAL:
            style = {Kind.YUAN: f.money, Kind.WAN: f.wan}.get(column.kind, f.count)
            self._number(at, column.kind, value, style)
        else:
            style = f.centre if column.align is Align.CENTRE else f.left
            self._sheet.write_string(self._line, at, str(value), style)

    def _number(self, at: int, kind: Kind, value: int, style: Any) -> None:
        exact = Decimal(value).scaleb({Kind.YUAN: -2, Kind.WAN: -6}.get(kind, 0))
        if len(str(abs(value))) > _DIGITS:
            self._sheet.write_string(self._line, at, f"{exact:,}", style)
        else:
            self._sheet.write_number(self._line, at, exact, style)

    def _sum(self, label: str, sums: Sums) -> None:
        f, indexes = self._formats, summed(self._columns)
        merged = indexes[0] if indexes else len(self._columns)
        if merged:
            self._merged(0, merged - 1, label, f.sum_label)
        for at in range(merged, len(self._columns)):
            value, kind = sums.values[at], self._columns[at].kind
            if at in indexes and value is not None:
                self._number(at, kind, value, {Kind.YUAN: f.sum_money, Kind.WAN: f.sum_wan}.get(kind, f.sum_count))
            else:
                self._sheet.write_blank(self._line, at, None, f.sum_label)
        self._line += 1


def _leaves(heading: Heading) -> Sequence[Column]:
    found: list[Column] = []
    for below in heading.below:
        found += _leaves(below) if isinstance(below, Heading) else [below]
    return found
