"""A township's asset ledger of our own making: clean sheets first, then the errors of `demo_ledger_errors`.

Laid out as townships keep it (three-row heads, village 小计, 合计, a summary, a supplement in 元, a hidden old sheet);
all names, numbers and amounts are invented. The maker knows what an import must find and what it must bring.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from desktop.app.demo.assets import AssetMaker, Village
from desktop.app.demo.places import LEDGER_VILLAGES, TOWN, village
from desktop.app.demo.sheet import Planted, SheetDraft
from desktop.common.money import FEN
from desktop.registry import codelists

OPERATING, PUBLIC, HOUSEHOLD, SUPPLEMENT = "经营性资产", "公益性资产", "到户类资产", "上半年补报"
SHEET_OF = {"operating": OPERATING, "public": PUBLIC, "household": HOUSEHOLD}
SERIES = {OPERATING: "SX-JY-", PUBLIC: "SX-GY-", HOUSEHOLD: "SX-DH-"}
FIRST_ROW = 6
ASSETS = 120
COLUMNS = (
    "serial", "asset_no", "name", "project_name", "project_year", "subcategory", "quantity", "unit", "built",
    "village", "original", "central", "province", "city", "county", "social", "self", "depreciation", "net", "owner",
    "user", "income", "overseer", "mode", "operator", "term", "expected", "actual", "linked", "keeper", "status",
    "confirmation", "noticed", "note",
)  # fmt: skip
AT = {name: col for col, name in enumerate(COLUMNS, 1)}
FUNDS = ("central", "province", "city", "county", "social", "self")
VALUES = ("original", *FUNDS, "depreciation", "net")
MONEY = (*VALUES, "expected", "actual")
_HEAD = (
    ("序号",), ("资产编号",), ("资产名称",), ("项目名称",), ("项目年度",), ("资产小类",), ("数量",), ("计量单位",),
    ("购建时间",), ("坐落地点",), ("资产原值及资金来源（万元）", "合计"),
    ("资产原值及资金来源（万元）", "财政资金", "中央"),
    ("资产原值及资金来源（万元）", "财政资金", "省级"), ("资产原值及资金来源（万元）", "财政资金", "市级"),
    ("资产原值及资金来源（万元）", "财政资金", "区级"), ("资产原值及资金来源（万元）", "社会帮扶"),
    ("资产原值及资金来源（万元）", "自筹及其他"), ("累计折旧（万元）",), ("净值（万元）",),
    ("权属", "所有权人"), ("权属", "使用权人"),
    ("权属", "收益权人"), ("权属", "监督单位"), ("运营", "方式"), ("运营", "经营主体"), ("运营", "合同期限"),
    ("收益（万元）", "年预期收益"), ("收益（万元）", "2025年实际收益"), ("带动户数",), ("管护责任人",), ("资产状态",),
    ("确权登记时间、文号",), ("是否公示",), ("备注",),
)  # fmt: skip
OWNER_OF_VILLAGE = "{}经济联合社"


@dataclass
class LedgerRow:
    """One asset as it stands in a sheet; `typed` are the cells as written, `taken` once it has its error."""

    asset_no: str
    category: str
    place: Village
    amounts: dict[str, int]
    """The right amounts in 分 by money column."""
    typed: dict[str, Any]
    built: str | None = None
    owners: list[tuple[str, int, int]] = field(default_factory=list)
    filed: str = ""
    """The category of the sheet it stands in."""
    sheet: str = ""
    row: int = 0
    taken: bool = False


@dataclass
class DemoLedger:
    """The ledger with its errors, the decisions on them, and what it holds when they are taken."""

    sheets: list[SheetDraft]
    planted: list[Planted]
    assets: list[LedgerRow]
    """Every asset once, as it is right."""


@dataclass
class Draft:
    """The ledger while it is made: sheets by name, their rows, and what was planted."""

    rng: random.Random
    sheets: dict[str, SheetDraft]
    rows: dict[str, list[LedgerRow]]
    planted: list[Planted] = field(default_factory=list)
    subtotals: dict[str, list[tuple[int, list[int]]]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)


def make_rows(rng: random.Random, heads: Mapping[str, Sequence[str]]) -> list[LedgerRow]:
    """Invented assets of the town's villages; `heads` are names of household heads by village code."""
    villages = [village(name) for name in LEDGER_VILLAGES]
    maker = AssetMaker(rng, TOWN, {v.code: (v.code, "") for v in villages})
    rows: list[LedgerRow] = []
    seen: set[tuple[str, Any]] = set()
    given = {v.code: list(heads.get(v.code, ())) for v in villages}
    number = 0
    while len(rows) < ASSETS:
        place = villages[number % len(villages)]
        maker.add(number, place)
        number += 1
        asset = maker.assets[-1]
        keys = {(place.code, asset["original_value_fen"]), (place.code, asset["name"])}
        if keys & seen or any(not fen for _, fen in asset["fund_parts"]):
            continue
        if asset["category"] == "household":
            if not given[place.code]:
                continue
            owner = given[place.code].pop(0)
        else:
            owner = OWNER_OF_VILLAGE.format(place.name)
        seen |= keys
        rows.append(_row(rng, asset, place, owner))
    return rows


def _row(rng: random.Random, asset: dict[str, Any], place: Village, owner: str) -> LedgerRow:
    amounts = {"original": asset["original_value_fen"], **dict(asset["fund_parts"])}
    worn = asset["depreciation_fen"]
    if worn:
        amounts["depreciation"] = worn
    amounts["net"] = asset["original_value_fen"] - (worn or 0)
    operating = asset["category"] == "operating"
    leased = asset["operation_mode"] == "lease"
    year = asset["project_year"]
    if leased:
        amounts["expected"], amounts["actual"] = asset["expected_income_fen"], asset["actual_income_fen"]
    status = "normal" if leased else asset["status"]
    firm = "样例县虚丰果品有限公司"
    typed = {
        "name": asset["name"],
        "project_name": asset["project_name"],
        "project_year": year,
        "subcategory": _subcategory(asset["subcategory"]),
        "quantity": int(asset["quantity"]),
        "unit": asset["unit"],
        "village": place.name,
        "owner": owner,
        "user": firm if leased else owner,
        "income": owner,
        "overseer": "双水镇农业农村办",
        "mode": {"lease": "租赁", "self": "自营"}.get(asset["operation_mode"] or ""),
        "operator": firm if leased else None,
        "term": _term(rng, year) if leased else None,
        "linked": asset["linked_households"] if operating else None,
        "keeper": asset["keeper"],
        "status": {"normal": "正常", "idle": "闲置", "inefficient": "低效", "damaged": "损毁"}[status],
        "confirmation": asset["confirm_doc_no"],
        "noticed": rng.choice(("是", "是", "√", "已公示")),
    }
    kind = "household" if asset["category"] == "household" else "collective"
    row = LedgerRow("", asset["category"], place, amounts, typed, owners=[(f"{kind}:{owner}", 1, 1)])
    row.typed["built"], row.built = _built(rng, int(asset["built_date"][:4]), int(asset["built_date"][5:7]))
    return row


def _subcategory(code: str) -> str:
    return re.split(r"[（/]", codelists.word("asset_subcategory", code))[0]


def _term(rng: random.Random, year: int) -> str:
    """A contract of fourteen years, so that none has run out on the ledger's day."""
    first, last = year + 1, year + 14
    return rng.choice((f"{first}-01-01～{last}-12-31", f"{first}.1-{last}.12", f"{first}年1月至{last}年12月"))


def _built(rng: random.Random, year: int, month: int) -> tuple[Any, str]:
    """A date in one of the ways people type it, and what it means."""
    day = rng.randint(2, 27)
    full, part = f"{year}-{month:02d}-{day:02d}", f"{year}-{month:02d}"
    figures = str(year).translate({ord("0") + n: c for n, c in enumerate("〇一二三四五六七八九")})
    return rng.choice(
        (
            (dt.date(year, month, day), full), (full, full), (year * 10000 + month * 100 + day, full),
            (f"{year}/{month}/{day}", full), (f"{year}年{month}月{day}日", full), (f"{year}.{month:02d}", part),
            (f"{year}年{month}月", part), (year * 100 + month, part), (f"{figures}年{month}月", part),
            (f"{year % 100}年{month}月", part),
        )
    )  # fmt: skip


def cell_amount(fen: int | None, unit: str = "wan") -> float | int | None:
    """分 as it is typed in the unit."""
    if fen is None:
        return None
    amount = Decimal(fen) / FEN[unit]
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def lay_out(rng: random.Random, rows: Sequence[LedgerRow]) -> Draft:
    """The three ledger sheets with heads, rows by village, and rows for their sums."""
    draft = Draft(rng, {}, {OPERATING: [], PUBLIC: [], HOUSEHOLD: []})
    for row in rows:
        row.filed = row.filed or row.category
        draft.rows[SHEET_OF[row.filed]].append(row)
    for name, own in draft.rows.items():
        own.sort(key=lambda r: LEDGER_VILLAGES.index(r.place.name))
        sheet = draft.sheets[name] = SheetDraft(name)
        head(sheet, f"双水镇帮扶项目资产管理台账（{name}）", "万元")
        draft.subtotals[name] = []
        at, block = FIRST_ROW, []
        for number, row in enumerate(own, 1):
            row.sheet, row.row, row.asset_no = name, at, f"{SERIES[name]}{number:03d}"
            row.typed["serial"], row.typed["asset_no"] = number, row.asset_no
            block.append(at)
            at += 1
            last = number == len(own) or own[number].place != row.place
            if last and name != HOUSEHOLD:
                draft.subtotals[name].append((at, block))
                block = []
                at += 1
        draft.totals[name] = at
        for row in own:
            for key in MONEY:
                row.typed[key] = cell_amount(row.amounts.get(key))
    return draft


def head(sheet: SheetDraft, title: str, unit: str) -> None:
    """Title, 填报单位, date and unit, and the three-row head with its merges."""
    last = len(COLUMNS)
    sheet.put(1, 1, title, "title")
    sheet.merge(1, 1, 1, last)
    sheet.put(2, 1, "填报单位（盖章）：双水镇人民政府", "plain")
    sheet.put(2, 11, "填报日期：2026年6月30日", "plain")
    sheet.put(2, 24, f"单位：{unit}", "plain")
    for col, path in enumerate(_HEAD, 1):
        for level, text in enumerate(path):
            left = col > 1 and _HEAD[col - 2][: level + 1] == path[: level + 1]
            if not left:
                sheet.put(3 + level, col, text, "head")
                right = col
                while right < last and _HEAD[right][: level + 1] == path[: level + 1]:
                    right += 1
                bottom = 5 if level == len(path) - 1 else 3 + level
                sheet.merge(3 + level, col, bottom, right)
    sheet.widths.update({AT["name"]: 26, AT["project_name"]: 30, AT["owner"]: 20, AT["user"]: 24, AT["income"]: 20})
    sheet.widths.update({AT["operator"]: 24, AT["term"]: 24, AT["asset_no"]: 12, AT["note"]: 20})


def write_rows(draft: Draft, name: str) -> None:
    """The rows as typed, their sums and the lines below."""
    sheet = draft.sheets[name]
    for row in draft.rows[name]:
        for key, col in AT.items():
            sheet.put(row.row, col, row.typed.get(key))
    for at, block in draft.subtotals.get(name, []):
        sheet.put(at, 1, "小计")
        sheet.merge(at, 1, at, 3)
        for key in MONEY:
            sheet.sum_rows(at, AT[key], block)
    total = draft.totals[name]
    sheet.put(total, 1, "合计")
    sheet.merge(total, 1, total, 3)
    parts = [at for at, _ in draft.subtotals.get(name, [])] or [r.row for r in draft.rows[name]]
    for key in MONEY:
        sheet.sum_rows(total, AT[key], parts)
    sheet.put(total + 1, 1, "说明：金额单位为万元，保留两位小数；状态填正常、闲置、低效、损毁、流失、已处置。", "plain")
    sheet.put(total + 2, 1, "填报人：陈样华", "plain")
    sheet.put(total + 2, 10, "审核人：梁例明", "plain")
    sheet.put(total + 2, 20, "分管领导：谭拟辉", "plain")
    sheet.put(total + 2, 28, "联系电话：10000000001", "plain")
