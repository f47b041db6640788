"""A table that goes out to be edited in a spreadsheet and comes back: which cells a person changed, and from what.

Beside the sheet to edit lies a hidden one with each row's identifier, the values that went out, and what was seen of
the row then (heads), so that a change made in the register meanwhile is a conflict and never overwritten. A blank cell
keeps what is there; `CLEAR` empties it. Rows may be sorted, hidden or deleted; new rows are told, not imported.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from python_calamine import CalamineWorkbook

from desktop.common.errors import InputRefused
from desktop.common.money import parse_money

FORMAT = "xiangce-edited-table-1"
HIDDEN = "_乡册"
CLEAR = "（清空）"
ID_TITLE = "标识（勿改）"
_SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_CHUNK = 30_000
"""A cell holds 32,767 characters at most."""
_HINT = "改动的格子才会写入；空白表示不改；要清空某格，写“（清空）”。请不要改动第一列标识。"


@dataclass(frozen=True)
class EditColumn:
    """A column of the sheet: the register's column, its title, and how cells are written and read."""

    name: str
    title: str
    kind: str = "text"
    """`text`, `integer` or `money` (stored in 分, shown in 元)."""
    choices: tuple[str, ...] = ()
    """Words offered in a list; others are refused when the sheet comes back."""
    fixed: bool = False
    """Shown to know the row by, not to be changed here."""


@dataclass(frozen=True)
class OutRow:
    """A row that goes out: stored values by column, their words as shown, and what was seen."""

    id: str
    values: Mapping[str, Any]
    shown: Mapping[str, str]
    seen: Mapping[str, Any]


@dataclass(frozen=True)
class CellChange:
    """A cell that a person changed: where it stands, what it was when it went out, what it says now (None: emptied)."""

    row: int
    col: str
    column: EditColumn
    exported: Any
    typed: str | None


@dataclass
class ReturnedRow:
    """A row that came back, with its changed cells; `seen` as it went out."""

    id: str
    row: int
    seen: Mapping[str, Any]
    changes: list[CellChange] = field(default_factory=list)


@dataclass
class ReturnedTable:
    """A sheet that came back; `unknown` rows (1-based) have no identifier of this sheet, `twice` repeat one word for
    word, `unclear` share one and say different things; `gone` counts rows that went out and are not in it.
    """

    table: str
    sheet: str
    columns: Sequence[EditColumn]
    rows: list[ReturnedRow]
    unknown: list[int]
    twice: list[int]
    missing_columns: list[str]
    extra_columns: list[str]
    unclear: list[int] = field(default_factory=list)
    gone: int = 0


def write_edit_sheet(
    stream: BinaryIO, table: str, title: str, columns: Sequence[EditColumn], rows: Iterable[OutRow], made: str
) -> int:
    """Write the workbook; how many rows."""
    with xlsxwriter.Workbook(stream, _SAFE) as book:
        sheet, hidden = book.add_worksheet(title), book.add_worksheet(HIDDEN)
        hidden.very_hidden()
        head = {"bold": True, "bg_color": "#E8ECF0", "border": 1, "text_wrap": True, "valign": "vcenter"}
        bold = book.add_format(head)
        grey = book.add_format({"font_color": "#8B8F95", "font_size": 8})
        fixed = book.add_format({"bg_color": "#F4F3EF"})
        money = book.add_format({"num_format": "#,##0.00"})
        plain = book.add_format({"num_format": "@"})
        by_kind = {"money": money, "integer": None, "text": plain}
        formats = [fixed if c.fixed else by_kind[c.kind] for c in columns]
        sheet.write_string(0, 0, ID_TITLE, bold)
        sheet.set_column(0, 0, 6, grey)
        for at, column in enumerate(columns, 1):
            sheet.write_string(0, at, column.title, bold)
            sheet.set_column(at, at, max(9, min(28, 2 * len(column.title) + 2)), formats[at - 1])
        sheet.write_comment(0, 0, _HINT)
        sheet.freeze_panes(1, 2)
        described = [[c.name, c.title, c.kind, list(c.choices), c.fixed] for c in columns]
        hidden.write_string(0, 0, json.dumps({"format": FORMAT, "table": table, "columns": described, "made": made},
                                             ensure_ascii=False)[:_CHUNK])  # fmt: skip
        count = 0
        for count, row in enumerate(rows, 1):
            sheet.write_string(count, 0, row.id, grey)
            for at, column in enumerate(columns, 1):
                _write_cell(sheet, count, at, column, row, formats[at - 1])
            out = [row.values.get(c.name) for c in columns]
            hidden.write_string(count, 0, row.id)
            packed = json.dumps([out, row.seen], ensure_ascii=False, separators=(",", ":"))
            for part in range(0, len(packed), _CHUNK):
                hidden.write_string(count, 1 + part // _CHUNK, packed[part : part + _CHUNK])
        for at, column in enumerate(columns, 1):
            if column.choices and not column.fixed and sum(len(c) + 1 for c in column.choices) <= 255:
                sheet.data_validation(1, at, max(count, 1), at, {
                    "validate": "list", "source": [*column.choices], "ignore_blank": True, "error_type": "warning",
                    "error_title": "不在选项中", "error_message": "请从下拉选项中选；空白表示不改。",
                })  # fmt: skip
        if count:
            sheet.autofilter(0, 0, count, len(columns))
    return count


def _write_cell(sheet: Any, line: int, at: int, column: EditColumn, row: OutRow, style: Any) -> None:
    value = row.values.get(column.name)
    if value is None or value == "":
        return
    if column.kind == "money" and abs(value) < 10**15:  # a spreadsheet keeps 15 digits
        sheet.write_number(line, at, Decimal(value).scaleb(-2), style)
    elif column.kind == "integer":
        sheet.write_number(line, at, value, style)
    else:
        sheet.write_string(line, at, row.shown.get(column.name, str(value)), style)


def read_edit_sheet(path: Path) -> ReturnedTable:
    """What came back. Raises InputRefused when the file is no sheet that went out from here."""
    if not path.is_file():
        raise InputRefused(f"没有找到 {path.name}，没有改动任何内容。")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))  # the file itself is closed at once
        names = book.sheet_names
        hidden = book.get_sheet_by_name(HIDDEN).to_python(skip_empty_area=False) if HIDDEN in names else []
        first = next((n for n in names if n != HIDDEN), "")
        grid = book.get_sheet_by_name(first).to_python(skip_empty_area=False) if first else []
    except (OSError, ValueError, RuntimeError) as error:
        raise InputRefused(f"打不开 {path.name}，没有改动任何内容。", hint="请确认是 xlsx 文件、没有加密。") from error
    except Exception as error:  # the reader's own errors have no common base
        raise InputRefused(f"{path.name} 读不出来，没有改动任何内容。") from error
    head = _head(hidden, path.name)
    columns = [EditColumn(n, t, k, tuple(choices), f) for n, t, k, choices, f in head["columns"]]
    if not grid:
        raise InputRefused(f"{path.name} 里没有内容，没有改动任何内容。")
    titles = [str(cell).strip() for cell in grid[0]]
    if ID_TITLE not in titles:
        raise InputRefused(f"{path.name} 缺少“{ID_TITLE}”一列，分不清各行是谁，没有改动任何内容。",
                           hint="请重新导出可改的表，在新表里改。")  # fmt: skip
    places = {c.name: titles.index(c.title) for c in columns if c.title in titles}
    returned = ReturnedTable(
        head["table"], first, columns, [], [], [], [c.title for c in columns if c.name not in places],
        [t for t in titles if t and t != ID_TITLE and t not in {c.title for c in columns}],
    )  # fmt: skip
    _rows(returned, grid, titles.index(ID_TITLE), places, _sent(hidden))
    return returned


def _head(hidden: Sequence[Sequence[Any]], name: str) -> dict[str, Any]:
    try:
        head = json.loads(str(hidden[0][0]))
        assert head["format"] == FORMAT
    except (IndexError, KeyError, ValueError, TypeError, AssertionError):
        raise InputRefused(
            f"{name} 不是从乡册导出的可改的表，没有改动任何内容。",
            hint="台账、花名册请用导入；要批量修改，请先导出可改的表。",
        ) from None
    return dict(head)


def _sent(hidden: Sequence[Sequence[Any]]) -> dict[str, tuple[list[Any], Mapping[str, Any]]]:
    sent = {}
    for line in hidden[1:]:
        if line and line[0]:
            values, seen = json.loads("".join(str(part) for part in line[1:]))
            sent[str(line[0])] = (values, seen)
    return sent


def _rows(
    returned: ReturnedTable, grid: Sequence[Sequence[Any]], id_at: int, places: Mapping[str, int],
    sent: Mapping[str, tuple[list[Any], Mapping[str, Any]]],
) -> None:  # fmt: skip
    met: dict[str, tuple[int, list[str]]] = {}
    unclear: set[str] = set()
    for number, line in enumerate(grid[1:], 2):
        row_id = str(line[id_at]).strip() if id_at < len(line) else ""
        if not any(cell not in ("", None) for cell in line):
            continue
        if row_id not in sent:
            returned.unknown.append(number)
            continue
        if row_id in met:
            first, said = met[row_id]
            if said == [_text(cell) for cell in line]:
                returned.twice.append(number)
                continue
            # a key pasted over another's: which row is meant cannot be told, and a wrong guess overwrites a record
            returned.unclear += [number] if row_id in unclear else [first, number]
            unclear.add(row_id)
            continue
        met[row_id] = number, [_text(cell) for cell in line]
        values, seen = sent[row_id]
        row = ReturnedRow(row_id, number, seen)
        for column, exported in zip(returned.columns, values, strict=True):
            at = places.get(column.name)
            if at is None or at >= len(line):
                continue
            change = _change(column, exported, line[at], number, at)
            if change is not None:
                row.changes.append(change)
        if row.changes:
            returned.rows.append(row)
    returned.rows = [row for row in returned.rows if row.id not in unclear]
    returned.gone = len(sent) - len(met)


def _change(column: EditColumn, exported: Any, cell: Any, row: int, at: int) -> CellChange | None:
    text = _text(cell)
    if not text:
        return None
    typed = None if text == CLEAR else text
    if typed is None:
        return CellChange(row, letters(at), column, exported, None) if exported not in (None, "") else None
    if _same(column, exported, cell, text):
        return None
    return CellChange(row, letters(at), column, exported, typed)


def _same(column: EditColumn, exported: Any, cell: Any, text: str) -> bool:
    """Whether a cell still says what went out, whatever the spreadsheet made of it."""
    if exported is None:
        return False
    if column.kind == "money":
        try:
            return bool(parse_money(text.replace(",", ""), "yuan") == exported)
        except (ValueError, ArithmeticError):
            return False
    if column.kind == "integer":
        return text == str(exported)
    return text in (str(exported), str(exported).strip())


def _text(cell: Any) -> str:
    """A cell as text: whole floats without a point, dates in ISO form."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        exact = Decimal(repr(cell))
        return format(exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact, "f")
    if hasattr(cell, "isoformat"):
        return str(cell.isoformat())[:10]
    return "" if cell is None else str(cell).strip()


def letters(at: int) -> str:
    """Column letters of a 0-based place: 0 → A, 26 → AA."""
    out = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        out = chr(65 + rest) + out
    return out
