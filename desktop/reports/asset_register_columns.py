"""The columns of the asset register: 19 on A4 as in design 12b, 33 on A3 as in the ledgers in use.

A column of fund parts that is empty in the whole register (其他财政) is left out of the print.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.reports.fund_columns import FUND_COLUMNS
from desktop.reports.table_model import Align, Cell, Column, Heading, Headings, Kind

if TYPE_CHECKING:
    from desktop.reports.asset_register import AssetRegisterRow

CellsOf = Callable[["AssetRegisterRow", Sequence[int | None]], Sequence[Cell]]


@dataclass(frozen=True)
class Wording:
    """How a register words its columns: 万元 or 元, least decimals of 万元, 县 or 区, the year of the actual income."""

    wan: bool = True
    least_decimals: int = 2
    county: str = "县"
    income_year: str = ""

    @property
    def unit(self) -> str:
        """The unit of the amounts."""
        return "万元" if self.wan else "元"

    def money(self, title: str, key: str, *, least: float = 3.0, hidden_when_empty: bool = False) -> Column:
        """A column of amounts."""
        return Column(
            title,
            Kind.WAN if self.wan else Kind.YUAN,
            weight=0.2,
            least=least,
            summed=True,
            key=key,
            least_decimals=self.least_decimals,
            hidden_when_empty=hidden_when_empty,
        )


@dataclass(frozen=True)
class RegisterColumns:
    """The headings of a paper size, and how a row with its spread fund parts fills them."""

    headings: Callable[[Wording], Headings]
    cells: CellsOf


def _text(title: str, least: float, weight: float, align: Align = Align.LEFT, blank: str = "—") -> Column:
    return Column(title, weight=weight, least=least, align=align, blank=blank)


def _centred(title: str, least: float, weight: float = 0.2) -> Column:
    return _text(title, least, weight, Align.CENTRE)


def _original(title: str, wording: Wording, levels: Sequence[str], social: str, own: str) -> Heading:
    fiscal = [
        wording.money(level, key, hidden_when_empty=key == "other_fiscal")
        for level, key in zip(levels, FUND_COLUMNS, strict=False)
    ]
    return Heading(
        title,
        (
            wording.money("合计", "original", least=3.6),
            Heading("财政资金", tuple(fiscal)),
            wording.money(social, "social"),
            wording.money(own, "own"),
        ),
    )


def _a4_headings(wording: Wording) -> Headings:
    income = f"{wording.income_year} 年收益" if wording.income_year else "年收益"
    return (
        Column("序号", Kind.SERIAL),
        _text("资产名称", 8, 3.0),
        _centred("坐落", 3.2, 0.9),
        _centred("建成\n时间", 5.3),
        _original("原始价值及资金来源", wording, ("中央", "省", "市", wording.county, "其他"), "社会\n帮扶", "自筹"),
        wording.money("累计\n折旧", "depreciation"),
        wording.money("净值", "net"),
        _text("所有权人", 7, 2.4),
        _text("经营方式、\n经营主体", 7, 3.0),
        Heading(income, (wording.money("应收", "expected_income"), wording.money("实收", "actual_income"))),
        _centred("资产\n状态", 2.1),
    )


def _a4_cells(row: AssetRegisterRow, funds: Sequence[int | None]) -> Sequence[Cell]:
    operation = row.operation_mode
    if row.operator:
        operation = f"{operation}：{row.operator}" if operation else row.operator
    return (
        None,
        row.name,
        row.address,
        row.built_date,
        row.original_value_fen,
        *funds,
        row.depreciation_fen,
        row.net_value_fen,
        row.owner,
        operation,
        row.expected_income_fen,
        row.actual_income_fen,
        row.status,
    )


def _a3_headings(wording: Wording) -> Headings:
    unit = wording.unit
    actual = f"{wording.income_year}年\n实际收益" if wording.income_year else "实际收益"
    return (
        Column("序号", Kind.SERIAL),
        _text("资产编号", 6.2, 0.3),
        _text("资产名称", 6, 3.0),
        _text("项目名称", 6, 3.0),
        _centred("项目\n年度", 2.3),
        _text("资产小类", 4, 0.6),
        _text("规格\n型号", 2.8, 0.5),
        _centred("数量", 2.3),
        _centred("计量\n单位", 2.0, 0.1),
        _centred("购建时间", 5.3, 0.1),
        _text("坐落地点", 4, 1.0),
        _original(
            f"资产原始价值及资金来源（{unit}）",
            wording,
            ("中央", "省级", "市级", f"{wording.county}级", "其他"),
            "社会\n帮扶",
            "自筹及\n其他",
        ),
        wording.money(f"累计折旧\n（{unit}）", "depreciation"),
        wording.money(f"净值\n（{unit}）", "net"),
        Heading(
            "权属",
            (
                _text("所有权人", 4.8, 1.8),
                _text("权属\n层级", 4.0, 0.9),
                _text("收益权人", 4.8, 1.4),
                _text("监督单位", 4, 1.0),
            ),
        ),
        Heading("运营", (_centred("方式", 2.0, 0.2), _text("经营主体", 4, 1.8), _text("合同期限", 6.6, 0.2))),
        Heading(
            f"收益（{unit}）",
            (wording.money("年预期\n收益", "expected_income"), wording.money(actual, "actual_income", least=4.0)),
        ),
        _text("管护\n责任人", 3, 0.3),
        _centred("资产\n状态", 2.1, 0.1),
        _text("确权登记\n时间、文号", 6.0, 0.2),
        _centred("是否\n公示", 2.2, 0.1),
        _text("备注", 3, 1.2, blank=""),
    )


def _a3_cells(row: AssetRegisterRow, funds: Sequence[int | None]) -> Sequence[Cell]:
    return (
        None,
        row.asset_no,
        row.name,
        row.project,
        row.year,
        row.subcategory,
        row.spec,
        row.quantity,
        row.unit,
        row.built_date,
        row.address,
        row.original_value_fen,
        *funds,
        row.depreciation_fen,
        row.net_value_fen,
        row.owner,
        row.owner_level,
        row.income_holder,
        row.supervisor,
        row.operation_mode,
        row.operator,
        row.contract_period,
        row.expected_income_fen,
        row.actual_income_fen,
        row.keeper,
        row.status,
        row.confirm_doc,
        row.notice,
        row.note,
    )


A4_COLUMNS = RegisterColumns(_a4_headings, _a4_cells)
A3_COLUMNS = RegisterColumns(_a3_headings, _a3_cells)
