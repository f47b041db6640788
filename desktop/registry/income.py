"""Income and expenditure 收入与支出 of a household in a period, and the one place where income is added up.

Fields, formulas and worked cases: DOMAIN §2.4. All amounts in 分; None is unknown, 0 an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field

from desktop.common.formula import Formula
from desktop.common.ids import named_id
from desktop.registry.rows import RegisterRow, cell, live_index

PARTS: dict[str, tuple[str, ...]] = {
    "wage": ("wage_migrant", "wage_local", "wage_post"),
    "business_gross": ("business_plant", "business_animal", "business_trade"),
    "property": ("property_asset_dividend", "property_other"),
    "transfer": (
        "transfer_family_planning", "transfer_dibao", "transfer_tekun", "transfer_pension", "transfer_eco",
        "transfer_other",
    ),
    "business_cost": ("op_plant", "op_animal", "op_trade"),
    "claim": (),
    "compliant_self_pay": ("self_pay_medical", "self_pay_edu", "self_pay_disaster"),
}  # fmt: skip
"""Class of income or expenditure → its items (`income_item.csv`, `expense_item.csv`)."""
GROSS = ("wage", "business_gross", "property", "transfer")
FORMULAS = (
    Formula(
        "家庭纯收入",
        "工资性收入＋生产经营性收入＋财产性收入＋转移性收入－生产经营性支出。有一项不知道，纯收入就是未填，不当作 0。",
        "全国防返贫监测信息采集表",
    ),
    Formula("人均纯收入", "家庭纯收入÷家庭人口，四舍五入到分。人口是 0 或没有填的，不算。", "全国防返贫监测信息采集表"),
    Formula(
        "监测参考收入", "家庭纯收入＋理赔收入－合规自付支出。县里可以定为不算。",
        "采集表有这一项；算法各地不同，未核实",
    ),
)
"""How income is said to a person who asks."""


@dataclass(frozen=True)
class Figures:
    """What a household's income amounts to, 分; None where a part of it is unknown."""

    wage: int | None
    business_gross: int | None
    property: int | None
    transfer: int | None
    business_cost: int | None
    claim: int | None
    compliant_self_pay: int | None
    gross_income: int | None
    net_income: int | None
    per_capita: int | None
    reference_net: int | None
    reference_per_capita: int | None


def income_figures(amounts: Mapping[str, int | None], size: int | None) -> Figures:
    """Add up a household's income. `amounts` are 分 by item or class; `size` is the number of persons.

    net = wage + business + property + transfer − cost; the reference income adds claims and takes compliant self-pay
    off. Per head to the 分, half up, also of a negative income; a size of 0 or unknown gives none (DOMAIN §2.4).
    """
    classes = {name: _class_total(name, items, amounts) for name, items in PARTS.items()}
    gross = _sum(classes[name] for name in GROSS)
    cost, claim, paid = classes["business_cost"], classes["claim"], classes["compliant_self_pay"]
    net = None if gross is None or cost is None else gross - cost
    reference = None if net is None or claim is None or paid is None else net + claim - paid
    return Figures(
        wage=classes["wage"], business_gross=classes["business_gross"], property=classes["property"],
        transfer=classes["transfer"], business_cost=cost, claim=claim, compliant_self_pay=paid,
        gross_income=gross, net_income=net, per_capita=per_head(net, size), reference_net=reference,
        reference_per_capita=per_head(reference, size),
    )  # fmt: skip


def per_head(amount_fen: int | None, size: int | None) -> int | None:
    """分 a head, half away from zero; None when the amount is unknown or there is nobody to divide by."""
    if amount_fen is None or not size or size < 0:
        return None
    return int((Decimal(amount_fen) / Decimal(size)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _class_total(name: str, items: tuple[str, ...], amounts: Mapping[str, int | None]) -> int | None:
    """The items' sum where items were asked, the class as stated otherwise; None while an asked part is unknown."""
    if any(item in amounts for item in items):
        return _sum(amounts.get(item) for item in items)
    return amounts.get(name)


def _sum(values: Any) -> int | None:
    total = 0
    for value in values:
        if value is None:
            return None
        total += int(value)
    return total


def _money(number: int) -> Any:
    return cell(number, sa_type=BigInteger)


class IncomeRecord(RegisterRow, table=True):
    """What a household earned and spent in a period: by item, or by class where a form asks no items."""

    __tablename__ = "income_record"
    register_id: ClassVar[int] = 21
    parent_columns: ClassVar[tuple[str, ...]] = ("household_id",)
    __table_args__ = (live_index("income_record_list", "household_id", "period", "net_income_fen", "id"),)

    household_id: str | None = cell(1, name="key", max_length=32)
    period: str | None = cell(1)
    """`2025` for a calendar year, `202506-202605` for twelve months."""
    size: int | None = cell(2)
    """Persons the income is divided by."""
    wage_migrant_fen: int | None = _money(3)
    wage_local_fen: int | None = _money(4)
    wage_post_fen: int | None = _money(5)
    business_plant_fen: int | None = _money(6)
    business_animal_fen: int | None = _money(7)
    business_trade_fen: int | None = _money(8)
    property_asset_dividend_fen: int | None = _money(9)
    property_other_fen: int | None = _money(10)
    transfer_family_planning_fen: int | None = _money(11)
    transfer_dibao_fen: int | None = _money(12)
    transfer_tekun_fen: int | None = _money(13)
    transfer_pension_fen: int | None = _money(14)
    transfer_eco_fen: int | None = _money(15)
    transfer_other_fen: int | None = _money(16)
    claim_fen: int | None = _money(17)
    op_plant_fen: int | None = _money(18)
    op_animal_fen: int | None = _money(19)
    op_trade_fen: int | None = _money(20)
    self_pay_medical_fen: int | None = _money(21)
    self_pay_edu_fen: int | None = _money(22)
    self_pay_disaster_fen: int | None = _money(23)
    stated_wage_fen: int | None = _money(24)
    """Stated for the whole class, where the items were not asked; likewise below."""
    stated_business_gross_fen: int | None = _money(25)
    stated_property_fen: int | None = _money(26)
    stated_transfer_fen: int | None = _money(27)
    stated_business_cost_fen: int | None = _money(28)
    stated_compliant_self_pay_fen: int | None = _money(29)
    negative_reason: str | None = cell(30)
    missing_reasons: str | None = cell(31)
    note: str | None = cell(32)
    gross_income_fen: int | None = Field(default=None, sa_type=BigInteger)
    net_income_fen: int | None = Field(default=None, sa_type=BigInteger)
    per_capita_fen: int | None = Field(default=None, sa_type=BigInteger)
    reference_net_fen: int | None = Field(default=None, sa_type=BigInteger)
    reference_per_capita_fen: int | None = Field(default=None, sa_type=BigInteger)

    @classmethod
    def derive(cls, row: dict[str, Any]) -> dict[str, Any]:
        found = figures_of(row)
        return {
            "gross_income_fen": found.gross_income,
            "net_income_fen": found.net_income,
            "per_capita_fen": found.per_capita,
            "reference_net_fen": found.reference_net,
            "reference_per_capita_fen": found.reference_per_capita,
        }


def figures_of(row: Mapping[str, Any]) -> Figures:
    """The figures of a stored record (columns of `income_record`)."""
    amounts: dict[str, int | None] = {}
    for name, items in PARTS.items():
        if any(row.get(f"{item}_fen") is not None for item in items):
            amounts.update({item: row.get(f"{item}_fen") for item in items})
        elif name == "claim":
            amounts[name] = row.get("claim_fen")
        else:
            amounts[name] = row.get(f"stated_{name}_fen")
    return income_figures(amounts, row.get("size"))


def income_record_id(household: str, period: str) -> str:
    """The record of one household and period, the same on every laptop: two visits write one record."""
    return named_id("income_record", household, period)
