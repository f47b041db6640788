"""Sheets drafted cell by cell as people keep them: typed values, sums with stored values, merges, hidden parts.

Drafts know what was planted in them (`Planted`) and are written as .xlsx; the same draft gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from desktop.exchange.workbook.reader import column_letters

CREATED = dt.datetime(2026, 6, 30, 9, 0)  # noqa: DTZ001 - a fixed stamp in the file's properties
_FACES = {
    "title": {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"},
    "head": {"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1},
    "date": {"num_format": "yyyy-mm-dd", "border": 1},
    "body": {"border": 1, "valign": "vcenter"},
    "plain": {},
}
Face = Literal["title", "head", "date", "body", "plain"]


@dataclass(frozen=True, slots=True)
class Planted:
    """An error of our own making and what a person decides about it; `take` None: nothing has to be decided.

    `severity` and `code` are what the import must say of the cell; `note` is the person's reason.
    """

    sheet: str
    row: int
    col: str
    code: str
    severity: Literal["error", "warning", "info"]
    take: Literal["proposed", "value", "skip"] | None = None
    value: Any = None
    note: str = ""

    @property
    def key(self) -> tuple[str, int, str, str]:
        """Sheet, row, column letters and code: what finding and decision are matched by."""
        return (self.sheet, self.row, self.col, self.code)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with the value the file stores for it; `stored` None: worked out when the draft is written."""

    text: str
    stored: float | None = None
    rows: tuple[int, ...] = ()
    """Rows of the same column that it adds, to work the stored value out."""


@dataclass
class SheetDraft:
    """One sheet; rows and columns are 1-based."""

    name: str
    hidden: bool = False
    cells: dict[tuple[int, int], Any] = field(default_factory=dict)
    faces: dict[tuple[int, int], Face] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    widths: dict[int, float] = field(default_factory=dict)

    def put(self, row: int, col: int, value: Any, face: Face = "body") -> None:
        """Set a cell; None or "" leaves it empty."""
        if value is None or value == "":
            self.cells.pop((row, col), None)
            return
        self.cells[row, col] = value
        self.faces[row, col] = face

    def line(self, row: int, values: Iterable[Any], face: Face = "body") -> None:
        """Set a row from column A on."""
        for col, value in enumerate(values, 1):
            self.put(row, col, value, face)

    def merge(self, r1: int, c1: int, r2: int, c2: int) -> None:
        """Merge a range of more than one cell."""
        if (r1, c1) != (r2, c2):
            self.merges.append((r1, c1, r2, c2))

    def sum_rows(self, row: int, col: int, rows: Sequence[int], *, stored: float | None = None) -> None:
        """A SUM over rows of the column, runs of neighbours as ranges."""
        letter = column_letters(col)
        runs: list[list[int]] = []
        for r in rows:
            if runs and r == runs[-1][1] + 1:
                runs[-1][1] = r
            else:
                runs.append([r, r])
        parts = [f"{letter}{a}" if a == b else f"{letter}{a}:{letter}{b}" for a, b in runs]
        self.put(row, col, Formula(f"=SUM({','.join(parts)})", stored, tuple(rows)))

    def number(self, row: int, col: int) -> Decimal:
        """What a sum sees in the cell: its number, 0 for text or nothing."""
        value = self.cells.get((row, col))
        if isinstance(value, Formula):
            if value.stored is not None:
                return Decimal(str(value.stored))
            return sum((self.number(r, col) for r in value.rows), Decimal(0))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Decimal(str(value))
        return Decimal(0)


def write_book(path: Path, sheets: Sequence[SheetDraft]) -> None:
    """Write the drafts as one workbook."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"title": path.stem, "comments": "演示用，内容全部虚构", "created": CREATED})
        faces = {name: book.add_format(face) for name, face in _FACES.items()}
        for draft in sheets:
            _write_sheet(book.add_worksheet(draft.name), draft, faces)


def _write_sheet(sheet: Any, draft: SheetDraft, faces: dict[str, Any]) -> None:
    if draft.hidden:
        sheet.hide()
    for col in sorted({*draft.widths, *draft.hidden_columns}):
        sheet.set_column(col - 1, col - 1, draft.widths.get(col), None, {"hidden": col in draft.hidden_columns})
    for row in sorted(draft.hidden_rows):
        sheet.set_row(row - 1, None, None, {"hidden": True})
    for r1, c1, r2, c2 in draft.merges:
        face = faces[draft.faces.get((r1, c1), "body")]
        sheet.merge_range(r1 - 1, c1 - 1, r2 - 1, c2 - 1, "", face)
    for (row, col), value in sorted(draft.cells.items()):
        face = faces[draft.faces[row, col]]
        at = (row - 1, col - 1)
        if isinstance(value, Formula):
            sheet.write_formula(*at, value.text, face, float(draft.number(row, col)))
        elif isinstance(value, dt.date):
            sheet.write_datetime(*at, value, faces["date"])
        elif isinstance(value, str):
            sheet.write_string(*at, value, face)
        else:
            sheet.write_number(*at, value, face)
    for (row, col), text in sorted(draft.comments.items()):
        sheet.write_comment(row - 1, col - 1, text, {"author": "演示"})


def write_decisions(path: Path, planted: Iterable[Planted]) -> None:
    """What a person decided, as `--decisions` takes it: one object a line, UTF-8."""
    lines = []
    for p in planted:
        if p.take is None:
            continue
        entry: dict[str, Any] = {"sheet": p.sheet, "row": p.row, "col": p.col, "code": p.code, "take": p.take}
        if p.take == "value":
            entry["value"] = p.value
        if p.note:
            entry["note"] = p.note
        lines.append(json.dumps(entry, ensure_ascii=False))
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
