"""Which fields of a household, a person and an asset the forms show, in which order and with which editor."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.ui.widgets.editors import FieldSpec as F
from desktop.ui.widgets.record_form import Section


def _tr(text: str) -> str:
    return QCoreApplication.translate("record_fields", text)


def household_sections() -> list[Section]:
    """The household's own fields."""
    return [
        Section(
            _tr("基本情况"),
            (
                F("head_name", required=True),
                F("division_code", "village", required=True),
                F("group_name"),
                F("phone"),
                F("household_type", "code"),
                F("monitored_type", "code"),
                F("category", "codes"),
                F("risk_type", "codes"),
                F("stated_size", "integer"),
                F("helper_name"),
                F("address", wide=True),
            ),
        ),
        Section(
            _tr("收入"),
            (
                F("net_income_fen", "money"),
                F("per_capita_income_fen", "money"),
                F("income_period"),
                F("all_no_labor", "yesno"),
                F("bank_name"),
                F("bank_account"),
            ),
        ),
        Section(
            _tr("住房、饮水和出行"),
            (
                F("house_grade", "code"),
                F("house_structure"),
                F("house_area_m2"),
                F("water_safe", "yesno"),
                F("toilet_kind"),
                F("toilet_ok", "yesno"),
                F("road_kind"),
                F("road_km"),
                F("power_life", "yesno"),
                F("power_prod", "yesno"),
                F("tv", "yesno"),
                F("fuel"),
            ),
        ),
        Section(
            _tr("土地"),
            (
                F("land_arable_mu"),
                F("land_forest_mu"),
                F("land_returned_forest_mu"),
                F("land_orchard_mu"),
                F("land_pasture_mu"),
                F("land_water_mu"),
                F("in_coop", "yesno"),
            ),
        ),
        Section(_tr("备注"), (F("note", "long", wide=True),)),
    ]


def person_sections() -> list[Section]:
    """A member's fields."""
    return [
        Section(
            _tr("身份"),
            (
                F("name", required=True),
                F("relation", "code"),
                F("cert_type", "code"),
                F("id_no", "id", certificate="cert_type"),
                F("sex", "code"),
                F("birth_date", "date", wide=True, precision="birth_precision"),
                F("nation", "code"),
                F("political", "code"),
                F("marital", "code"),
                F("phone"),
            ),
        ),
        Section(
            _tr("教育、健康和劳动"),
            (
                F("education", "code"),
                F("student_status", "code"),
                F("school"),
                F("grade"),
                F("health", "codes"),
                F("illness_kind"),
                F("disability_no"),
                F("self_care"),
                F("labor_skill", "code"),
                F("skill"),
                F("work_state"),
                F("work_place"),
                F("work_months", "integer"),
                F("work_income_month_fen", "money"),
                F("employer"),
                F("public_post"),
            ),
        ),
        Section(
            _tr("保障"),
            (
                F("medical_resident", "yesno"),
                F("medical_worker", "yesno"),
                F("serious_illness_ins", "yesno"),
                F("doctor_contract", "yesno"),
                F("pension_resident", "yesno"),
                F("pension_worker", "yesno"),
                F("dibao_state"),
                F("tekun_state"),
            ),
        ),
        Section(_tr("备注"), (F("note", "long", wide=True),)),
    ]


def asset_sections() -> list[Section]:
    """An asset's own fields; fund parts and rights have their own editors."""
    return [
        Section(
            _tr("资产"),
            (
                F("name", required=True, wide=True),
                F("asset_no"),
                F("category", "code"),
                F("subcategory", "code"),
                F("status", "code"),
                F("division_code", "village"),
                F("address"),
                F("spec"),
                F("quantity"),
                F("unit"),
                F("built_date", "date", wide=True, precision="built_precision"),
                F("status_reason"),
                F("status_measure"),
                F("status_due", "date"),
            ),
        ),
        Section(
            _tr("价值和项目"),
            (
                F("original_value_fen", "money"),
                F("depreciation_fen", "money"),
                F("project_name"),
                F("project_year", "integer"),
                F("fund_doc_no"),
                F("fund_mode", "code"),
                F("competent_dept"),
                F("collective_ledger_ref"),
            ),
        ),
        Section(
            _tr("折旧和期初"),
            (
                F("depreciation_method", "code"),
                F("useful_life_months", "integer"),
                F("residual_rate"),
                F("total_units"),
                F("opening_date", "date"),
            ),
        ),
        Section(
            _tr("专账管理和监督"),
            (
                F("admin_unit"),
                F("admin_person"),
                F("ledger_account"),
                F("fund_account"),
                F("supervisor"),
            ),
        ),
        Section(
            _tr("经营和管护"),
            (
                F("operation_mode", "code"),
                F("industry_model", "code"),
                F("linkage_mode", "code"),
                F("contract_no"),
                F("contract_start", "date"),
                F("contract_end", "date"),
                F("contract_text"),
                F("expected_income_fen", "money"),
                F("actual_income_fen", "money"),
                F("actual_income_year", "integer"),
                F("keeper"),
                F("keep_fund_fen", "money"),
                F("keep_cycle_months", "integer"),
                F("keep_team"),
                F("linked_households", "integer"),
                F("jobs", "integer"),
            ),
        ),
        Section(
            _tr("确权"),
            (
                F("confirm_doc_no"),
                F("confirm_date", "date", wide=True, precision="confirm_precision"),
                F("cert_no"),
                F("noticed"),
                F("ledger_system"),
            ),
        ),
        Section(_tr("备注"), (F("note", "long", wide=True),)),
    ]
