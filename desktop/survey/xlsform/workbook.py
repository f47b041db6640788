"""Reads an XLSForm workbook into sheets of text cells that remember their row and column."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any

import python_calamine

from desktop.common.errors import FileDamaged
from desktop.survey.xform.model import FormError

ROW_LIMIT = 60_000
COLUMN_LIMIT = 400
BLANK_ROWS = 60
"""After more blank rows than these a sheet ends (pyxform)."""
SIZE_LIMIT = 40_000_000
UNPACKED_LIMIT = 400_000_000

_XLS_MAGIC = b"\xd0\xcf\x11\xe0"
_ZIP_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text, blanks at its ends removed, and its place as a person sees it."""

    text: str
    sheet: str
    row: int
    column: str


@dataclass(slots=True)
class Row:
    """A data row: cells by normalised header."""

    number: int
    cells: dict[str, Cell]

    def text(self, header: str) -> str:
        """The text under a header, '' when empty."""
        cell = self.cells.get(header)
        return "" if cell is None else cell.text


@dataclass(slots=True)
class Sheet:
    """A sheet with its header row."""

    name: str
    headers: dict[str, Cell] = field(default_factory=dict)
    """Normalised header → header cell."""
    repeated: list[Cell] = field(default_factory=list)
    """Header cells that say again what one before them said."""
    rows: list[Row] = field(default_factory=list)
    unread_from: int = 0
    """The first row with content after so many blank rows that nobody reads it, 0 when there is none."""


def file_kind(data: bytes) -> str:
    """`.xlsx` or `.xls` by the file's first bytes, whatever its name says. Raises FileDamaged for anything else."""
    if data[:4] == _ZIP_MAGIC:
        return ".xlsx"
    if data[:4] == _XLS_MAGIC:
        return ".xls"
    raise FileDamaged("这不是 Excel 工作簿（xlsx 或 xls），未读入。", hint="请用 Excel 或 WPS 打开后另存为 xlsx。")


def read_workbook(data: bytes) -> dict[str, Sheet]:
    """All sheets by lower-case name. Raises FileDamaged or FormError for what cannot be read safely."""
    if len(data) > SIZE_LIMIT:
        raise FormError(f"工作簿有 {len(data) // 1_000_000} MB，超过 40 MB，未读入。")
    if file_kind(data) == ".xlsx":
        _check_unpacked_size(data)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets: dict[str, Sheet] = {}
        for name in book.sheet_names:
            sheets[name.strip().lower()] = _sheet(name, book.get_sheet_by_name(name))
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise FileDamaged(
            "工作簿已损坏，读不出内容，未读入。", hint="请用 Excel 或 WPS 打开并另存一份再试。"
        ) from error
    return sheets


def _check_unpacked_size(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise FileDamaged("工作簿文件不完整，读不出内容，未读入。", hint="请重新拷贝一次文件。") from error
    if size > UNPACKED_LIMIT:
        raise FileDamaged("工作簿解开后过大，不像表单，未读入。")


def _sheet(name: str, source: Any) -> Sheet:
    sheet = Sheet(name)
    grid = source.to_python(skip_empty_area=False)
    if len(grid) > ROW_LIMIT:
        raise FormError(f"工作表“{name}”有 {len(grid)} 行，超过 {ROW_LIMIT} 行，未读入。")
    columns: dict[int, str] = {}
    blank = 0
    for index, line in enumerate(grid, 1):
        texts = [cell_text(value) for value in line[:COLUMN_LIMIT]]
        if not any(texts):
            blank += 1
            continue
        if blank > BLANK_ROWS and columns:
            sheet.unread_from = index
            break
        blank = 0
        if not columns:
            for at, text in enumerate(texts):
                if not text:
                    continue
                cell = Cell(text, name, index, column_letters(at))
                header = normal_header(text)
                if header in sheet.headers:
                    sheet.repeated.append(cell)
                else:
                    sheet.headers[header] = cell
                    columns[at] = header
            continue
        cells = {
            columns[at]: Cell(text, name, index, column_letters(at))
            for at, text in enumerate(texts)
            if text and at in columns
        }
        if cells:
            sheet.rows.append(Row(index, cells))
    return sheet


def cell_text(value: Any) -> str:
    """A cell's value as a form means it: whole numbers without a point, truth as TRUE/FALSE."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


def column_letters(index: int) -> str:
    """The letters of a column counted from 0: A, B … Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


_ALIASES = {
    "relevance": "relevant",
    "calculate": "calculation",
    "readonly": "read_only",
    "list name": "list_name",
    "command": "type",
    "tag": "name",
    "value": "value",
    "constraining message": "constraint_message",
    "constraint message": "constraint_message",
    "required message": "required_message",
    "choice filter": "choice_filter",
    "repeat count": "repeat_count",
    "count": "repeat_count",
    "caption": "label",
    "read only": "read_only",
    "skippable": "required",
}


def normal_header(text: str) -> str:
    """A header as pyxform understands it: case, blanks and `bind:` do not matter; a language stays after `::`."""
    parts = [part.strip() for part in re.split(r"::?", text.strip())]
    if parts and parts[0].lower() in ("bind", "control", "media") and len(parts) > 1:
        parts = parts[1:]
    head = re.sub(r"\s+", " ", parts[0].lower())
    head = _ALIASES.get(head, head.replace(" ", "_"))
    head = _ALIASES.get(head, head)
    return "::".join([head, *parts[1:]])


def base_header(header: str) -> str:
    """The header without its language."""
    return header.partition("::")[0]
