"""Village profile 村情 of a year: the indicators of `village_indicator.csv` (DOMAIN §2.14). Money in 分."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field

from desktop.common.ids import named_id
from desktop.registry.rows import RegisterRow, cell, live_index

COLLECTIVE = ("ci_operating_fen", "ci_contract_fen", "ci_invest_fen", "ci_subsidy_fen", "ci_other_fen")
"""The five parts of a village's collective income."""


class VillageProfile(RegisterRow, table=True):
    """What a village counted in a year; yes and no as 1 and 0, None = not known."""

    __tablename__ = "village_profile"
    register_id: ClassVar[int] = 25
    place_column: ClassVar[str | None] = "division_code"
    __table_args__ = (live_index("village_profile_list", "division_code", "period", "id"),)

    division_id: str | None = cell(1, name="division", max_length=32)
    division_code: str | None = cell(1, max_length=17)
    period: str | None = cell(2)
    """Year, `2025`."""
    households: int | None = cell(3)
    natural_villages: int | None = cell(4)
    population: int | None = cell(5)
    dibao_households: int | None = cell(6)
    dibao_people: int | None = cell(7)
    tekun_households: int | None = cell(8)
    tekun_people: int | None = cell(9)
    disabled_people: int | None = cell(10)
    migrant_workers: int | None = cell(11)
    party_members: int | None = cell(12)
    cultivated_mu: str | None = cell(13)
    irrigated_mu: str | None = cell(14)
    forest_mu: str | None = cell(15)
    returned_forest_mu: str | None = cell(16)
    orchard_mu: str | None = cell(17)
    pasture_mu: str | None = cell(18)
    water_mu: str | None = cell(19)
    per_capita_income_fen: int | None = cell(20, sa_type=BigInteger)
    ci_operating_fen: int | None = cell(21, sa_type=BigInteger)
    ci_contract_fen: int | None = cell(22, sa_type=BigInteger)
    ci_invest_fen: int | None = cell(23, sa_type=BigInteger)
    ci_subsidy_fen: int | None = cell(24, sa_type=BigInteger)
    ci_other_fen: int | None = cell(25, sa_type=BigInteger)
    bridging_funds_fen: int | None = cell(26, sa_type=BigInteger)
    medical_insured: int | None = cell(27)
    pension_insured: int | None = cell(28)
    hard_road: int | None = cell(29)
    bus: int | None = cell(30)
    unsafe_water_households: int | None = cell(31)
    tap_water_rate: str | None = cell(32)
    natural_village_supply: str | None = cell(33)
    power_natural_villages: int | None = cell(34)
    unsafe_house_households: int | None = cell(35)
    coops: int | None = cell(36)
    tourism_households: int | None = cell(37)
    clinic: int | None = cell(38)
    public_toilets: int | None = cell(39)
    doctors: int | None = cell(40)
    garbage_points: int | None = cell(41)
    garbage_coverage: str | None = cell(42)
    sanitary_toilet_rate: str | None = cell(43)
    library: int | None = cell(44)
    feature_industry: int | None = cell(45)
    express_point: int | None = cell(46)
    ecommerce_station: int | None = cell(47)
    broadband: int | None = cell(48)
    legal_adviser: int | None = cell(49)
    plan_done: int | None = cell(50)
    linkage_coverage: str | None = cell(51)
    first_secretary: int | None = cell(52)
    first_secretary_name: str | None = cell(53)
    main_industry: str | None = cell(54)
    idle_resources: str | None = cell(55)
    problems: str | None = cell(56)
    checked_by: str | None = cell(57)
    filled_by: str | None = cell(58)
    filled_date: str | None = cell(59, max_length=10)
    missing_reasons: str | None = cell(60)
    note: str | None = cell(61)
    collective_income_fen: int | None = Field(default=None, sa_type=BigInteger)
    """The five parts together; None while one is unknown. Which of them a county target counts is its own affair."""

    @classmethod
    def derive(cls, row: dict[str, Any]) -> dict[str, Any]:
        parts = [row.get(column) for column in COLLECTIVE]
        known = [int(part) for part in parts if part is not None]
        return {"collective_income_fen": sum(known) if len(known) == len(parts) else None}


def operating_income(row: dict[str, Any], *, counts_other: bool) -> int | None:
    """经营性收入 of a village's collective, 分: without subsidies; other income by the county's rule (DOMAIN §2.14)."""
    columns = [c for c in COLLECTIVE if c != "ci_subsidy_fen" and (counts_other or c != "ci_other_fen")]
    parts = [row.get(column) for column in columns]
    known = [int(part) for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def village_profile_id(division_code: str, period: str) -> str:
    """The profile of one village and year, the same on every laptop."""
    return named_id("village_profile", division_code, period)
