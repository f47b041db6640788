"""Writes a plain table as .xlsx: text stays text, money exact, header pinned, a second sheet says what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
"""Text cells never become formulas, links or numbers; nothing is written to a temporary file."""
MOST_ROWS = 1_048_575
"""Rows of a sheet without its header."""
EXACT_DIGITS = 15
"""A spreadsheet keeps this many digits of a number; a longer one is written as text."""

CellKind = Literal["text", "number", "money", "wan"]
_FORMATS = {"money": "#,##0.00", "wan": "#,##0.0000##", "number": "#,##0"}


@dataclass(frozen=True)
class TableColumn:
    """One column: its heading; `money` and `wan` take int 分 and show 元 or 万元; `width` in characters."""

    title: str
    kind: CellKind = "text"
    width: float = 12


def write_table(
    file: Any,
    name: str,
    columns: Sequence[TableColumn],
    rows: Iterable[Sequence[Any]],
    about: Sequence[tuple[str, str]] = (),
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write a workbook into an open binary file; how many rows. None is an empty cell.

    `about`: (what, value) lines of the sheet 说明. `progress` is told the rows written so far and may raise.
    Raises ValueError for more rows than a sheet holds.
    """
    import xlsxwriter  # large, and only those who save a table need it

    count = 0
    with xlsxwriter.Workbook(file, SAFE) as book:
        sheet = book.add_worksheet(sheet_name(name))
        head = book.add_format({"bold": True, "bg_color": "#EFEDE8", "bottom": 1, "text_wrap": True, "valign": "top"})
        formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        formats["text"] = book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 1)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(0, at, column.title, head)
        for count, row in enumerate(rows, 1):
            if count > MOST_ROWS:
                raise ValueError("more rows than a sheet holds")
            for at, (column, value) in enumerate(zip(columns, row, strict=True)):
                _write(sheet, count, at, column.kind, value, formats)
            if progress is not None and count % 500 == 0:
                progress(count)
        if columns and count:
            sheet.autofilter(0, 0, count, len(columns) - 1)
        if about:
            notes = book.add_worksheet("说明")
            notes.set_column(0, 0, 14)
            notes.set_column(1, 1, 80)
            for line, (what, value) in enumerate(about):
                notes.write_string(line, 0, what)
                notes.write_string(line, 1, value)
    return count


def sheet_name(name: str) -> str:
    """A name Excel takes: no []:*?/\\, at most 31 characters."""
    return "".join("_" if c in "[]:*?/\\" else c for c in name)[:31].strip("'") or "表"


def _write(sheet: Any, line: int, at: int, kind: CellKind, value: Any, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if kind == "text" or not isinstance(value, int) or isinstance(value, bool):
        sheet.write_string(line, at, str(value), formats["text"])
        return
    exact = Decimal(value).scaleb({"money": -2, "wan": -6}.get(kind, 0))
    if len(str(abs(value))) > EXACT_DIGITS:
        sheet.write_string(line, at, f"{exact:,}", formats["text"])
    else:
        sheet.write_number(line, at, exact, formats[kind])
