"""Project assets 扶贫（帮扶）项目资产 and their fund parts (DOMAIN §2.10); rights on them lie in `right.py`."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from desktop.registry.rows import RegisterRow, cell, live_index


class Asset(RegisterRow, table=True):
    """One asset of the ledger 台账. Money is integer 分; the fund parts are one list that stays whole."""

    __tablename__ = "asset"
    register_id: ClassVar[int] = 4
    place_column: ClassVar[str | None] = "division_code"
    lists: ClassVar[dict[int, tuple[str, str, tuple[str, ...]]]] = {
        15: ("fund_parts", "asset_fund_part", ("source", "amount_fen")),
        53: ("work_done", "asset_work", ("until_date", "units")),
    }
    __table_args__ = (
        live_index(
            "asset_list", "category", "division_code", "name", "id", "name_initials", "asset_no", "original_value_fen",
            "net_value_fen", "status", "subcategory", "in_conflict",
        ),
    )  # fmt: skip

    asset_no: str | None = cell(1, index=True)
    name: str | None = cell(2)
    project_name: str | None = cell(3)
    project_year: int | None = cell(4)
    fund_doc_no: str | None = cell(5)
    category: str | None = cell(6, name="class")
    """`operating`, `public` or `household`; moves together with the subcategory."""
    subcategory: str | None = cell(6)
    spec: str | None = cell(7)
    quantity: str | None = cell(8, name="amount")
    """Exact decimal as text."""
    unit: str | None = cell(8)
    built_date: str | None = cell(9, name="built", max_length=10)
    built_precision: str | None = cell(9)
    """`day`, `month`, `year` or `year_end`."""
    division_id: str | None = cell(10, name="division", max_length=32)
    division_code: str | None = cell(10, max_length=17)
    address: str | None = cell(11)
    longitude: str | None = cell(12, name="position")
    latitude: str | None = cell(12)
    original_value_fen: int | None = cell(13, sa_type=BigInteger)
    depreciation_fen: int | None = cell(14, sa_type=BigInteger)
    competent_dept: str | None = cell(16)
    operation_mode: str | None = cell(17)
    contract_no: str | None = cell(18)
    contract_start: str | None = cell(19, name="contract_term", max_length=10)
    contract_end: str | None = cell(19, max_length=10)
    contract_text: str | None = cell(19)
    """合同期限 as written, when no dates can be read from it."""
    expected_income_fen: int | None = cell(20, sa_type=BigInteger)
    actual_income_fen: int | None = cell(21, name="actual_income", sa_type=BigInteger)
    actual_income_year: int | None = cell(21)
    keeper: str | None = cell(22)
    status: str | None = cell(23)
    status_reason: str | None = cell(24)
    confirm_doc_no: str | None = cell(25, name="confirmation")
    confirm_date: str | None = cell(25, max_length=10)
    confirm_precision: str | None = cell(25)
    cert_no: str | None = cell(26)
    noticed: str | None = cell(27)
    """是否公示: `yes`, `no`, or the written remark."""
    ledger_system: str | None = cell(28)
    linked_households: int | None = cell(29)
    jobs: int | None = cell(30)
    household_id: str | None = cell(31, max_length=32)
    """到户类: the household that holds it."""
    missing_reasons: str | None = cell(32)
    note: str | None = cell(33)
    source_file: str | None = cell(34, name="source")
    source_sheet: str | None = cell(34)
    source_row: int | None = cell(34)
    project_id: str | None = cell(35, max_length=32, index=True)
    industry_model: str | None = cell(36)
    """产业带动类型, code of `industry_model.csv` (seed 000 §二(五))."""
    linkage_mode: str | None = cell(37)
    """利益联结方式, code of `linkage_mode.csv`."""
    admin_unit: str | None = cell(38)
    """专门机构 (seed 001 §二(七)); with the next three: institution, person, ledger, account kept for the assets."""
    admin_person: str | None = cell(39)
    ledger_account: str | None = cell(40)
    """专账."""
    fund_account: str | None = cell(41)
    """专户."""
    supervisor: str | None = cell(42)
    """监督人."""
    keep_fund_fen: int | None = cell(43, sa_type=BigInteger)
    """管护经费 a year, 分."""
    keep_cycle_months: int | None = cell(44)
    """管护频次: one round in how many months."""
    keep_team: str | None = cell(45)
    """管护队伍."""
    collective_ledger_ref: str | None = cell(46)
    """Number in the village's 三资 ledger."""
    depreciation_method: str | None = cell(47, name="depreciation_rule")
    """Code of `depreciation_method.csv`; None = the stated accumulated depreciation stands."""
    useful_life_months: int | None = cell(47)
    residual_rate: str | None = cell(47)
    """残值率 as an exact decimal text: 0.05."""
    opening_date: str | None = cell(48, max_length=10)
    """期初: the day for which the stated accumulated depreciation is true."""
    fund_mode: str | None = cell(49)
    """Code of `fund_mode.csv`."""
    status_measure: str | None = cell(50)
    """盘活（整改）措施 for an idle or inefficient asset."""
    status_due: str | None = cell(51, max_length=10)
    """Deadline of that measure."""
    total_units: str | None = cell(52)
    """预计总工作量 for the depreciation method `units`, an exact decimal."""
    net_value_fen: int | None = Field(default=None, sa_type=BigInteger)
    name_initials: str | None = None

    @classmethod
    def derive(cls, row: dict[str, Any]) -> dict[str, Any]:
        """Net value 净值 = original value − accumulated depreciation (DOMAIN §2.10), unknown when the original is."""
        from desktop.common.pinyin import initials

        original, worn = row.get("original_value_fen"), row.get("depreciation_fen")
        net = None if original is None else original - (worn or 0)
        return {"net_value_fen": net, "name_initials": initials(row.get("name") or "")}


class AssetFundPart(SQLModel, table=True):
    """One source of an asset's money; written only by the journal from the asset's `fund_parts` cell."""

    __tablename__ = "asset_fund_part"

    asset_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    source: str | None = Field(default=None, max_length=32)
    """Code of `fund_source.csv`."""
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)


class AssetWork(SQLModel, table=True):
    """Units of work an asset did up to a day; written only by the journal from the asset's `work_done` cell."""

    __tablename__ = "asset_work"

    asset_id: str = Field(primary_key=True, max_length=32)
    position: int = Field(primary_key=True)
    until_date: str | None = Field(default=None, max_length=10)
    units: str | None = None
    """Exact decimal as text."""
