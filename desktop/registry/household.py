"""Households 户 and their members 家庭成员 (DOMAIN §2.2, §2.3): the columns that are collected, one cell each."""

from __future__ import annotations

from typing import Any, ClassVar

from desktop.registry.rows import RegisterRow, cell, live_index


class Household(RegisterRow, table=True):
    """A household, the unit of monitoring (以家庭为单位)."""

    __tablename__ = "household"
    register_id: ClassVar[int] = 2
    place_column: ClassVar[str | None] = "division_code"
    __table_args__ = (
        live_index(
            "household_list", "division_code", "group_name", "head_name", "id", "head_name_initials", "household_type",
            "monitored_type", "in_conflict",
        ),
        live_index("household_number", "phone", "national_household_no", "id"),
    )  # fmt: skip

    national_household_no: str | None = cell(1)
    division_id: str | None = cell(2, name="division", max_length=32)
    division_code: str | None = cell(2, max_length=17)
    group_name: str | None = cell(3)
    head_person_id: str | None = cell(4, max_length=32)
    household_type: str | None = cell(5)
    """Code of `household_type.csv`."""
    monitored_type: str | None = cell(6)
    """Code of `monitored_type.csv`; None = not monitored."""
    category: str | None = cell(7)
    """Codes of `low_income_category.csv`, sorted, joined by a comma."""
    stated_size: int | None = cell(8)
    """家庭人口数 as typed; the counted one is the number of members."""
    living_size: int | None = cell(9)
    urban_rural: str | None = cell(10)
    phone: str | None = cell(11)
    bank_name: str | None = cell(12, name="bank")
    bank_account: str | None = cell(12)
    land_arable_mu: str | None = cell(13)
    land_forest_mu: str | None = cell(14)
    land_returned_forest_mu: str | None = cell(15)
    land_orchard_mu: str | None = cell(16)
    land_pasture_mu: str | None = cell(17)
    land_water_mu: str | None = cell(18)
    house_area_m2: str | None = cell(19)
    house_structure: str | None = cell(20)
    house_grade: str | None = cell(21)
    """A B C D N X (`house_safety_grade.csv`)."""
    water_safe: int | None = cell(22)
    toilet_kind: str | None = cell(23)
    toilet_ok: int | None = cell(24)
    road_kind: str | None = cell(25)
    road_km: str | None = cell(26)
    power_life: int | None = cell(27)
    power_prod: int | None = cell(28)
    tv: int | None = cell(29)
    fuel: str | None = cell(30)
    in_coop: int | None = cell(31)
    poverty_cause_main: str | None = cell(32)
    poverty_cause_other: str | None = cell(33)
    risk_type: str | None = cell(34)
    """Codes of `risk_type.csv` as stated in a roster, joined by a comma."""
    helper_name: str | None = cell(35)
    net_income_fen: int | None = cell(36)
    """家庭年纯收入 as stated, 分."""
    per_capita_income_fen: int | None = cell(37)
    """人均纯收入 as stated, 分."""
    income_period: str | None = cell(38)
    all_no_labor: int | None = cell(39)
    address: str | None = cell(40)
    longitude: str | None = cell(41, name="position")
    latitude: str | None = cell(41)
    missing_reasons: str | None = cell(42)
    """JSON object column → unknown|refused|not_applicable|to_collect, for values that are missing on purpose."""
    note: str | None = cell(43)
    source_file: str | None = cell(44, name="source")
    source_sheet: str | None = cell(44)
    source_row: int | None = cell(44)
    head_name: str | None = cell(45)
    """户主姓名 as written; the member row is `head_person_id`."""
    head_name_initials: str | None = None

    @classmethod
    def derive(cls, row: dict[str, Any]) -> dict[str, Any]:
        from desktop.common.pinyin import initials

        return {"head_name_initials": initials(row.get("head_name") or "")}


class Person(RegisterRow, table=True):
    """A member of a household."""

    __tablename__ = "person"
    register_id: ClassVar[int] = 3
    parent_columns: ClassVar[tuple[str, ...]] = ("household_id",)
    __table_args__ = (live_index("person_search", "household_id", "name", "name_initials", "id_no"),)

    household_id: str | None = cell(1, max_length=32, index=True)
    national_person_no: str | None = cell(2)
    name: str | None = cell(3)
    cert_type: str | None = cell(4, name="certificate")
    """Code of `certificate_type.csv`; moves together with the number."""
    id_no: str | None = cell(4, index=True)
    sex: str | None = cell(5, max_length=1)
    """GB/T 2261.1: 1 male, 2 female, 0 unknown, 9 not stated."""
    birth_date: str | None = cell(6, name="birth", max_length=10)
    birth_precision: str | None = cell(6)
    relation: str | None = cell(7)
    """Code of `relation_to_head.csv`."""
    nation: str | None = cell(8)
    """GB/T 3304 two digits."""
    political: str | None = cell(9)
    marital: str | None = cell(10)
    education: str | None = cell(11)
    student_status: str | None = cell(12)
    school: str | None = cell(13)
    grade: str | None = cell(14)
    dropout_reason: str | None = cell(15)
    health: str | None = cell(16)
    """Codes of `health_status_survey.csv`, sorted, joined by a comma."""
    illness_kind: str | None = cell(17)
    disability_no: str | None = cell(18)
    labor_skill: str | None = cell(19)
    work_willing: int | None = cell(20)
    skill: str | None = cell(21)
    work_state: str | None = cell(22)
    work_place: str | None = cell(23)
    work_months: int | None = cell(24)
    work_income_month_fen: int | None = cell(25)
    employer: str | None = cell(26)
    industry: str | None = cell(27)
    work_channel: str | None = cell(28)
    public_post: str | None = cell(29)
    self_care: str | None = cell(30)
    dibao_state: str | None = cell(31)
    tekun_state: str | None = cell(32)
    medical_resident: int | None = cell(33)
    medical_worker: int | None = cell(34)
    serious_illness_ins: int | None = cell(35)
    commercial_ins: int | None = cell(36)
    medical_aid: int | None = cell(37)
    doctor_contract: int | None = cell(38)
    pension_resident: int | None = cell(39)
    pension_worker: int | None = cell(40)
    mandarin: int | None = cell(41)
    phone: str | None = cell(42)
    change_kind: str | None = cell(43, name="change")
    change_date: str | None = cell(43, max_length=10)
    category: str | None = cell(44)
    missing_reasons: str | None = cell(45)
    note: str | None = cell(46)
    source_file: str | None = cell(47, name="source")
    source_sheet: str | None = cell(47)
    source_row: int | None = cell(47)
    stated_age: int | None = cell(48)
    name_initials: str | None = None
    name_pinyin: str | None = None

    @classmethod
    def derive(cls, row: dict[str, Any]) -> dict[str, Any]:
        from desktop.common.pinyin import full, initials

        name = row.get("name") or ""
        return {"name_initials": initials(name), "name_pinyin": full(name)}
