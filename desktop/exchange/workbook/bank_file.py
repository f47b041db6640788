"""The bank's payment workbook 代发表, filled as the bank gives it, and the bank's answer 回盘 read back.

Which columns there are is configuration (`distribution.bank_file`, `distribution.bank_return`). Cells are written as
text, so that an account keeps its digits and nothing becomes a formula.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.common.atomic_file import write_atomically
from desktop.common.errors import FileDamaged, InputRefused
from desktop.common.money import MoneyError, float_fen, format_yuan, parse_money
from desktop.common.text import compact, narrow
from desktop.exchange.workbook.reader import read_workbook

CONTENTS = ("serial", "name", "account", "bank", "amount", "note", "division", "reference")
"""What a column of the bank's table may hold."""
_HEADER_ROWS = 30


@dataclass(frozen=True)
class BankRow:
    """One payment as the bank gets it; `reference` is our own short number of it."""

    name: str
    account: str
    bank: str
    amount_fen: int
    note: str
    division: str
    reference: str

    def text(self, content: str, serial: int) -> str:
        """The cell's text for a kind of content."""
        if content == "serial":
            return str(serial)
        if content == "amount":
            return format_yuan(self.amount_fen).replace(",", "")
        return str(getattr(self, content))


@dataclass(frozen=True)
class ReturnRow:
    """One row of the bank's answer; amounts in 分, None when the cell holds none."""

    row: int
    name: str
    account: str
    amount_fen: int | None
    failed: bool
    reason: str
    reference: str


def layout_problem(layout: Mapping[str, Any]) -> str | None:
    """Why a configured layout cannot be used, in words."""
    columns = layout.get("columns")
    if not isinstance(columns, list) or not columns:
        return "没有写各列"
    for column in columns:
        if not isinstance(column, list | tuple) or len(column) != 2 or column[1] not in CONTENTS:
            return f"有一列的内容不认识，可用的：{'、'.join(CONTENTS)}"
    if not {"account", "amount"} <= {c[1] for c in columns}:
        return "至少要有账号和金额"
    return None


def write_bank_file(
    path: Path, rows: Sequence[BankRow], layout: Mapping[str, Any], template: Path | None = None
) -> None:
    """Write the payments: into a new workbook with the configured columns, or into the bank's own.

    In a template the columns are found by their titles; what stands above and beside them stays. Raises InputRefused
    (the layout or the template does not fit), StorageFailed.
    """
    problem = layout_problem(layout)
    if problem:
        raise InputRefused(f"银行代发表的设置不完整：{problem}；没有写出文件。")
    data = _fresh(rows, layout) if template is None else _filled(rows, layout, template)
    write_atomically(path, data)


def _fresh(rows: Sequence[BankRow], layout: Mapping[str, Any]) -> bytes:
    import xlsxwriter  # large, and only writing needs it

    stream = io.BytesIO()
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(stream, safe) as book:
        sheet = book.add_worksheet(str(layout.get("sheet") or "代发明细"))
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True})
        top = max(int(layout.get("header_row") or 1), 1) - 1
        for at, (title, content) in enumerate(layout["columns"]):
            sheet.set_column(at, at, {"account": 26, "name": 14, "note": 24, "bank": 18}.get(content, 10), text)
            sheet.write_string(top, at, title, bold)
            for line, row in enumerate(rows, 1):
                sheet.write_string(top + line, at, row.text(content, line), text)
    return stream.getvalue()


def _filled(rows: Sequence[BankRow], layout: Mapping[str, Any], template: Path) -> bytes:
    import openpyxl
    from openpyxl.cell import MergedCell

    try:
        book = openpyxl.load_workbook(template)
    except Exception as error:  # openpyxl raises whatever its parts raise on a broken file
        raise FileDamaged(f"无法打开银行的模板“{template.name}”，没有写出文件。") from error
    sheet = book[layout["sheet"]] if layout.get("sheet") in book.sheetnames else book.worksheets[0]
    titles = {title_text(title): content for title, content in layout["columns"]}
    for number in range(1, min(sheet.max_row, _HEADER_ROWS) + 1):
        places = {
            titles[title_text(cell.value)]: cell.column
            for cell in sheet[number]
            if cell.value is not None and title_text(cell.value) in titles
        }
        if {"account", "amount"} <= set(places):
            break
    else:
        raise InputRefused(
            "模板里没有找到账号和金额两列，没有写出文件。", hint="请核对银行代发表设置里的列标题与模板是否一致。"
        )
    for line, row in enumerate(rows, 1):
        for content, column in places.items():
            cell = sheet.cell(number + line, column)
            if isinstance(cell, MergedCell):
                raise InputRefused("模板表头下面有合并单元格，没有写出文件。", hint="请先在模板中取消合并。")
            cell.value = row.text(content, line)
            cell.number_format = "@"
            cell.data_type = "s"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read_bank_return(path: Path, layout: Mapping[str, Any], reference_title: str = "备注") -> list[ReturnRow]:
    """The rows of the bank's answer. Raises InputRefused when no header with account (or name) and amount is found."""
    book = read_workbook(path)
    keys = ("name", "account", "amount", "result", "reason")
    wanted = {key: {title_text(t) for t in layout.get(key, [])} for key in keys}
    wanted["reference"] = {title_text(reference_title), "业务编号", "附言", "摘要"}
    failed_words = [str(w) for w in layout.get("failed", [])]
    for sheet in book.sheets:
        for number, cells in enumerate(sheet.rows[:_HEADER_ROWS], 1):
            titles = [title_text(c) for c in cells]
            places: dict[str, int] = {}
            for key in ("account", "name", "amount", "result", "reason", "reference"):
                at = next((i for i, t in enumerate(titles) if t in wanted[key] and i not in places.values()), None)
                if at is not None:
                    places[key] = at
            if "amount" in places and "result" in places and ("account" in places or "name" in places):
                return [
                    found
                    for line, row in enumerate(sheet.rows[number:], number + 1)
                    if (found := _return_row(line, row, places, failed_words)) is not None
                ]
    raise InputRefused(
        "没有找到回盘表的表头（户名或账号、金额、处理结果），没有写入任何内容。",
        hint="请核对设置里银行回盘表的列标题。",
    )


def _return_row(line: int, row: Sequence[Any], places: Mapping[str, int], failed: Sequence[str]) -> ReturnRow | None:
    def text(key: str) -> str:
        at = places.get(key)
        return plain_text(row[at]) if at is not None and at < len(row) else ""

    name, account, result = text("name"), re.sub(r"\D", "", text("account")), text("result")
    at = places["amount"]
    value = row[at] if at < len(row) else ""
    fen: int | None
    try:
        fen = float_fen(value, 100) if isinstance(value, float) else parse_money(str(value), "yuan")
    except MoneyError:
        fen = None
    if fen is None and not account:
        return None  # a total, a remark, an empty row
    reason = text("reason")
    bad = any(word in result for word in failed)
    return ReturnRow(line, name, account, fen, bad, reason or (result if bad else ""), text("reference"))


def title_text(value: Any) -> str:
    """A column's title without blanks and without its unit in brackets."""
    return re.sub(r"[（(].*?[)）]", "", compact(narrow(str(value or ""))))


def plain_text(value: Any) -> str:
    """A cell as text; a whole number without its decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return compact(narrow(str(value or "")))
