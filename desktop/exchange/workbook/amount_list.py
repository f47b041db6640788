"""A list of amounts by household or person, as a village keeps it in a sheet or pastes it: read, with what is doubtful.

The columns are found by their titles (户主 or 姓名, 证件号码, 组, 金额); nothing is matched with the register here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.common.errors import InputRefused
from desktop.common.money import MoneyError, Unit, float_fen, parse_money
from desktop.common.text import compact, narrow
from desktop.exchange.workbook.bank_file import plain_text, title_text
from desktop.exchange.workbook.findings import Finding
from desktop.exchange.workbook.reader import column_letters, read_workbook

NAMES = ("户主", "户主姓名", "姓名", "领款人", "农户", "受益人", "名称")
IDS = ("证件号码", "身份证号", "身份证号码", "公民身份号码", "户主证件号码", "户主身份证号")
GROUPS = ("组", "村民小组", "小组", "组别")
AMOUNTS = ("金额", "分配金额", "发放金额", "应发金额", "分红金额", "补助金额", "合计")
_TOTALS = ("合计", "总计", "小计", "共计")
_HEADER_ROWS = 20


@dataclass(frozen=True)
class AmountRow:
    """One row of the list; 分."""

    sheet: str
    row: int
    col: str
    name: str
    id_no: str
    group: str
    amount_fen: int


def read_amount_list(path: Path) -> tuple[list[AmountRow], list[Finding]]:
    """Rows and findings of a workbook or text file; InputRefused when no sheet has a name and an amount column."""
    for sheet in read_workbook(path).sheets:
        if sheet.state != "visible":
            continue
        found = _from_rows(sheet.name, sheet.rows)
        if found is not None:
            return found
    raise InputRefused("没有找到姓名（户主）和金额两列，没有读入任何内容。", hint="第一行应写明各列的名称。")


def read_pasted(text: str) -> tuple[list[AmountRow], list[Finding]]:
    """The same from pasted cells; without a header the first column is the name, the last the amount."""
    rows = [line.split("\t") for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    if not rows:
        raise InputRefused("剪贴板里没有内容，没有读入。")
    found = _from_rows("粘贴", rows)
    if found is None and all(len(row) >= 2 for row in rows):
        width = len(rows[0])
        found = _read("粘贴", rows, 0, {"name": 0, "amount": width - 1}, "yuan")
    if found is None:
        raise InputRefused("粘贴的内容没有姓名和金额两列，没有读入。")
    return found


def _from_rows(sheet: str, rows: Sequence[Sequence[Any]]) -> tuple[list[AmountRow], list[Finding]] | None:
    for at, cells in enumerate(rows[:_HEADER_ROWS]):
        titles = [title_text(c) for c in cells]
        places = {
            key: next(i for i, t in enumerate(titles) if t in known)
            for key, known in (("name", NAMES), ("id_no", IDS), ("group", GROUPS), ("amount", AMOUNTS))
            if any(t in known for t in titles)
        }
        if "amount" in places and ("name" in places or "id_no" in places):
            unit: Unit = "wan" if "万元" in compact(narrow(str(cells[places["amount"]]))) else "yuan"
            return _read(sheet, rows, at + 1, places, unit)
    return None


def _read(
    sheet: str, rows: Sequence[Sequence[Any]], start: int, places: dict[str, int], unit: Unit
) -> tuple[list[AmountRow], list[Finding]]:
    out: list[AmountRow] = []
    findings: list[Finding] = []
    col = column_letters(places["amount"] + 1)
    for number, cells in enumerate(rows[start:], start + 1):
        def text(key: str, cells: Sequence[Any] = cells) -> str:
            at = places.get(key)
            return plain_text(cells[at]) if at is not None and at < len(cells) else ""

        value = cells[places["amount"]] if places["amount"] < len(cells) else ""
        if not any(str(c).strip() for c in cells) or _is_total(cells):
            continue
        name, id_no = text("name"), text("id_no")
        if not name and not id_no:
            if str(value).strip():
                findings.append(Finding(sheet, number, col, "amount_without_name", "error", "有金额，没有姓名", value))
            continue
        try:
            fen = float_fen(value, 100 if unit == "yuan" else 1_000_000) if isinstance(value, float) else parse_money(
                str(value), unit
            )
        except MoneyError as error:
            said = {
                "blank": "没有填金额", "approximate": "是约数，须写准确金额", "not_whole_fen": "不是整分",
            }.get(error.reason, "不是金额")  # fmt: skip
            findings.append(Finding(sheet, number, col, "amount_not_exact", "error", f"金额{said}", value, error.near))
            continue
        if fen < 0:
            findings.append(Finding(sheet, number, col, "amount_negative", "error", "金额是负数", value))
            continue
        out.append(AmountRow(sheet, number, col, name, id_no.upper(), text("group"), fen))
    return out, findings


def _is_total(cells: Iterable[Any]) -> bool:
    """A row that begins with 合计 is a sum of others, whatever column the word stands in."""
    first = next((compact(narrow(str(c))) for c in cells if str(c).strip()), "")
    return first.startswith(_TOTALS)
