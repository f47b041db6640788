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
USUAL_TITLES = {
    "收款人户名": "name", "收款人姓名": "name", "收款人名称": "name", "姓名": "name", "收款人": "name",
    "收款人账号": "account", "收款账号": "account", "卡号": "account", "银行账号": "account", "账户": "account",
    "收款银行": "bank", "开户银行": "bank", "收款人开户行": "bank", "代发金额": "amount", "交易金额": "amount",
    "发放金额": "amount", "附言": "note", "摘要": "note", "用途": "note",
}  # fmt: skip
"""Titles banks use for these columns in their own workbooks, besides those of the configuration."""
SUCCEEDED = ("成功", "已入账", "入账完成", "已到账", "已代发")
"""Results that say the money arrived, where the configuration names none; any other word is asked about."""
_HEADER_ROWS = 30
_LOST_FROM = 10**15
"""A number of a spreadsheet keeps 15 digits; those behind are not the account's."""
_PAYER = ("付款", "转出", "代发单位", "手续费")
"""Words of titles that speak of the payer, not of who was paid."""
_NOT_YET = re.compile("[未没不无非否待]|受理|提交|部分|预处理|审核|复核")
"""In a result beside a word of success: it was not, or not yet, or only that somebody took the order."""
_SUMS = ("合计", "总计", "小计", "总笔数", "总金额", "成功笔数", "失败笔数")


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
    """One row of the bank's answer; amounts in 分, None when the cell holds none.

    `outcome` is "paid", "failed", or "" for a result that says neither (处理中, a code nobody explained), which stands
    in `result`. In `account` a star stands for digits the bank hid or its spreadsheet lost.
    """

    row: int
    name: str
    account: str
    amount_fen: int | None
    outcome: str
    result: str
    reason: str
    reference: str

    def fits_account(self, account: str) -> bool:
        """Whether our account can be the one in this row."""
        own = re.sub(r"\D", "", account)
        head, star, tail = self.account.partition("*")
        if not star:
            return bool(own) and own == self.account
        return len(own) >= len(head) + len(tail) > 0 and own.startswith(head) and own.endswith(tail)


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

    from desktop.exchange.workbook.memory_workbook import workbook_bytes

    try:
        book = openpyxl.load_workbook(io.BytesIO(template.read_bytes()))  # a broken file too is closed at once
    except Exception as error:  # openpyxl raises whatever its parts raise on a broken file
        raise FileDamaged(f"无法打开银行的模板“{template.name}”，没有写出文件。") from error
    sheet = book[layout["sheet"]] if layout.get("sheet") in book.sheetnames else book.worksheets[0]
    titles = {title_text(title): content for title, content in layout["columns"]}
    titles |= {title: content for title, content in USUAL_TITLES.items() if title not in titles}
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
    return workbook_bytes(book)


def read_bank_return(path: Path, layout: Mapping[str, Any], reference_title: str = "备注") -> list[ReturnRow]:
    """The rows of the bank's answer; sums and remarks below are left out.

    A column is found by a title of the configuration, else by the only title that holds one of its words. Raises
    InputRefused when no header with account (or name), amount and result is found.
    """
    book = read_workbook(path)
    seen: list[str] = []
    for sheet in book.sheets:
        for number, cells in enumerate(sheet.rows[:_HEADER_ROWS], 1):
            titles = [title_text(c) for c in cells]
            places = _places(titles, layout, title_text(reference_title))
            if "amount" in places and "result" in places and ("account" in places or "name" in places):
                return [
                    found
                    for line, row in enumerate(sheet.rows[number:], number + 1)
                    if (found := _return_row(line, row, places, layout)) is not None
                ]
            if sum(1 for t in titles if t) > sum(1 for t in seen if t):
                seen = titles
    shown = "、".join(t for t in seen if t)[:80]
    raise InputRefused(
        "没有找到回盘表的表头（户名或账号、金额、处理结果），没有写入任何内容。",
        hint=f"表里的列是：{shown}。请核对设置里银行回盘表的列标题。" if shown else "请核对设置里银行回盘表的列标题。",
    )


def _places(titles: Sequence[str], layout: Mapping[str, Any], reference: str) -> dict[str, int]:
    """Column of each content; a title given in full goes before one that only holds a word of it."""
    keys = ("account", "name", "amount", "result", "reason")
    wanted = {key: [title_text(t) for t in layout.get(key, [])] for key in keys}
    wanted["reference"] = [reference, "业务编号", "附言", "摘要", "用途"]
    places: dict[str, int] = {}
    for key, words in wanted.items():
        at = next((i for i, t in enumerate(titles) if t in words and i not in places.values()), None)
        if at is not None:
            places[key] = at
    free = [(i, t) for i, t in enumerate(titles) if t and not any(w in t for w in _PAYER)]
    for key, words in wanted.items():
        for word in words if key not in places else ():
            holding = [i for i, t in free if word in t and i not in places.values()]
            if len(holding) == 1:
                places[key] = holding[0]
                break
    return places


def _return_row(
    line: int, row: Sequence[Any], places: Mapping[str, int], layout: Mapping[str, Any]
) -> ReturnRow | None:
    def cell(key: str) -> Any:
        at = places.get(key)
        return row[at] if at is not None and at < len(row) else ""

    if any(plain_text(value).startswith(_SUMS) for value in row):
        return None
    name, account, result = plain_text(cell("name")), account_text(cell("account")), plain_text(cell("result"))
    value = cell("amount")
    fen: int | None
    try:
        fen = float_fen(value, 100) if isinstance(value, float) else parse_money(str(value), "yuan")
    except MoneyError:
        fen = None
    if fen is None and not account:
        return None  # a remark, an empty row
    reason = plain_text(cell("reason"))
    outcome = outcome_of(result, layout)
    return ReturnRow(
        line, name, account, fen, outcome, result, reason or (result if outcome == "failed" else ""),
        plain_text(cell("reference")),
    )  # fmt: skip


def outcome_of(result: str, layout: Mapping[str, Any]) -> str:
    """"paid", "failed", or "" for a result that says neither; a longer one (交易成功) by the words it holds.

    A longer result that takes success back or speaks of an earlier step (未能成功, 受理成功) is asked about.
    """
    succeeded = [str(word) for word in layout.get("succeeded", SUCCEEDED)]
    if any(str(word) in result for word in layout.get("failed", [])):
        return "failed"
    if result in succeeded:
        return "paid"
    return "paid" if any(word in result for word in succeeded) and not _NOT_YET.search(result) else ""


def account_text(value: Any) -> str:
    """An account of a cell: its digits, with one star for those that were hidden or lost in a number cell."""
    if isinstance(value, float):
        digits = str(int(value)) if value.is_integer() and value > 0 else ""
        return digits[:15] + "*" if value >= _LOST_FROM else digits
    return re.sub(r"\*+", "*", re.sub(r"[^\d*]", "", re.sub("[xX×＊]", "*", narrow(str(value or "")))))


def title_text(value: Any) -> str:
    """A column's title without blanks and without its unit in brackets."""
    return re.sub(r"[（(].*?[)）]", "", compact(narrow(str(value or ""))))


def plain_text(value: Any) -> str:
    """A cell as text; a whole number without its decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return compact(narrow(str(value or "")))
