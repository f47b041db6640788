"""Safeguards 两不愁三保障 and water of a household in a period (DOMAIN §2.6)."""

from __future__ import annotations

from typing import Any, ClassVar

from desktop.common.ids import named_id
from desktop.registry.rows import RegisterRow, cell, live_index

WATER = ("water_quantity", "water_quality", "water_convenience", "water_reliability")
OK_COLUMNS = ("food_ok", "clothes_ok", "education_ok", "medical_ok", "house_ok", "water_ok")


class SafeguardCheck(RegisterRow, table=True):
    """What was found at a household: 1 safe, 0 not, None unknown."""

    __tablename__ = "safeguard_check"
    register_id: ClassVar[int] = 22
    parent_columns: ClassVar[tuple[str, ...]] = ("household_id",)
    __table_args__ = (live_index("safeguard_check_list", "household_id", "period", "id"),)

    household_id: str | None = cell(1, name="key", max_length=32)
    period: str | None = cell(1)
    """`2026`, `2026H1`."""
    checked_date: str | None = cell(2, max_length=10)
    food_ok: int | None = cell(3)
    clothes_ok: int | None = cell(4)
    education_ok: int | None = cell(5)
    medical_ok: int | None = cell(6)
    house_ok: int | None = cell(7)
    house_grade: str | None = cell(8, name="house")
    house_otherwise: str | None = cell(8)
    """Why a house of grade C, D or N counts as safe all the same (视为有安全住房)."""
    slope_risk: int | None = cell(9)
    """削坡建房隐患."""
    water_quantity: str | None = cell(10)
    """`good` 达标, `basic` 基本达标, `fail` 不达标; likewise the three below."""
    water_quality: str | None = cell(11)
    water_convenience: str | None = cell(12)
    water_reliability: str | None = cell(13)
    stated_water_ok: int | None = cell(14)
    """As answered where the four criteria were not asked."""
    policy_paid: int | None = cell(15)
    """该享受的政策资金都到账."""
    gap_story: str | None = cell(16)
    missing_reasons: str | None = cell(17)
    note: str | None = cell(18)
    water_ok: int | None = None
    gaps: int | None = None

    @classmethod
    def derive(cls, row: dict[str, Any]) -> dict[str, Any]:
        water = water_safe(row)
        known = [water if column == "water_ok" else row.get(column) for column in OK_COLUMNS]
        return {"water_ok": water, "gaps": sum(1 for value in known if value == 0)}


def water_safe(row: dict[str, Any]) -> int | None:
    """Safe only when all four criteria are at least 基本达标; as stated when they were not asked (T/CHES 18-2018)."""
    grades = [row.get(column) for column in WATER]
    if "fail" in grades:
        return 0
    if all(grades):
        return 1
    stated: int | None = row.get("stated_water_ok")
    return stated


def safeguard_check_id(household: str, period: str) -> str:
    """The check of one household and period, the same on every laptop."""
    return named_id("safeguard_check", household, period)
