"""Invented households for filling the shipped forms."""

from __future__ import annotations

from tests.survey.form_filling import VILLAGE, identity

HOUSEHOLD = {
    "name": "0190aa00000070008000000000000001", "label": "样大 一组 4 人", "division_code": VILLAGE,
    "group_name": "一组", "address": "样例村 1 号", "head_name": "样大", "phone": "10012345678",
    "household_type": "general",
    "monitored_type": "", "category": "", "stated_size": "4", "urban_rural": "农村", "house_grade": "B",
    "land_arable_mu": "2.5", "land_forest_mu": "0", "net_income_fen": "6000000", "toilet_kind": "卫生厕所",
    "toilet_ok": "1", "power_life": "1", "risk_type": "",
}  # fmt: skip
EMPTY = {**HOUSEHOLD, "name": "0190aa00000070008000000000000002", "label": "仿老 二组", "head_name": "仿老",
         "group_name": "二组", "stated_size": "1", "net_income_fen": ""}  # fmt: skip
OF_LIFTED = {**HOUSEHOLD, "name": "0190aa00000070008000000000000003", "label": "拟三", "head_name": "拟三",
             "household_type": "lifted", "monitored_type": "unstable_lifted"}  # fmt: skip


def person(number: int, name: str, household: str, birth: str, sex: str, relation: str, **more: str) -> dict[str, str]:
    """A person as the register lends it."""
    return {
        "name": f"0190bb0000007000800000000000000{number}", "label": name, "household_id": household,
        "cert_type": "id_card_18", "id_no": identity(birth, sex), "sex": sex, "relation": relation, "nation": "01",
        **more,
    }  # fmt: skip


HEAD = person(1, "样大", HOUSEHOLD["name"], "19750312", "1", "head", education="junior", health="healthy",
              labor_skill="ordinary", work_state="未务工", medical_resident="1", pension_resident="1",
              dibao_state="未享受")  # fmt: skip
WIFE = person(2, "仿二", HOUSEHOLD["name"], "19770815", "2", "spouse", education="primary", health="healthy",
              labor_skill="ordinary", medical_resident="1", pension_resident="1", dibao_state="未享受")  # fmt: skip
MOTHER = person(3, "拟三", HOUSEHOLD["name"], "19500101", "2", "mother", education="illiterate", health="chronic",
                medical_resident="1", pension_resident="1", dibao_state="农村低保")  # fmt: skip
SON = person(4, "样四", HOUSEHOLD["name"], "20080901", "1", "son", student_status="普通高中一年级", school="样例中学",
             health="healthy", medical_resident="1", dibao_state="未享受")  # fmt: skip
OLD_MAN = person(5, "仿老", EMPTY["name"], "19400505", "1", "head", education="illiterate", health="healthy",
                 medical_resident="1", pension_resident="1", dibao_state="未享受")  # fmt: skip
LISTS = {"household": [HOUSEHOLD, EMPTY, OF_LIFTED], "person": [HEAD, WIFE, MOTHER, SON, OLD_MAN]}

GOOD_WATER = {
    "water_quantity": "good", "water_quality": "basic", "water_convenience": "good", "water_reliability": "good",
}  # fmt: skip
LIVING = {"slope_risk": "0", **GOOD_WATER}
CLOSING = {"leaflet_given": "1", "signature_kind": "paper", "signed_by": "样大", "confirmed": "OK"}
FINE = {"food_ok": "1", "clothes_ok": "1", "has_risk": "0", "measure_rows": "0"}
INCOME = {
    "income_kinds": "wage_local business_plant property_other transfer_pension", "wage_local": "38000",
    "business_plant": "6500.5", "property_other": "800", "transfer_pension": "4560",
    "expense_kinds": "op_plant self_pay_medical", "op_plant": "2860.25", "self_pay_medical": "1200",
}  # fmt: skip
REGISTERED = {"visitors": "试员", "village": VILLAGE, "household": HOUSEHOLD["name"], "household_ok": "1"}
BABY = {
    "name": "模五", "change": "出生", "change_date": "2026-05-20", "cert_type": "none_newborn", "sex_asked": "2",
    "birth_asked": "2026-05-20", "relation": "daughter", "health": "healthy", "medical": "resident", "relief": "none",
}  # fmt: skip
FIVE = {
    **REGISTERED, "stated_size": "5", "new_members": "1",
    "member": [
        {"work_state": "县内务工", "work_place": "样例县", "work_months": "6", "work_income_month": "3200.5"},
        {"work_state": "未务工", "work_willing": "1", "skill": "缝纫"},
        {"self_care": "能自理", "labor_now": "none", "work_state": "未务工", "doctor_contract": "1",
         "medical_aid": "0"},
        {"student_now": "普通高中二年级"},
        BABY,
    ],
    **LIVING, **INCOME, **FINE, **CLOSING,
}  # fmt: skip
OLD_ALONE = {
    "visitors": "试员", "village": VILLAGE, "known": "new", "group_name": "三组", "urban_rural": "农村",
    "household_type": "general", "category": "tekun", "stated_size": "1", "new_members": "1", "living_size": "1",
    "member": [{
        "name": "虚老", "cert_type": "id_card_18", "id_no": identity("19440210", "1"), "relation": "head",
        "education_now": "illiterate", "health": "chronic disabled", "illness_kind": "高血压",
        "disability_no": identity("19440210", "1") + "42", "self_care": "部分自理", "labor_now": "lost",
        "work_state": "未务工", "medical": "resident", "doctor_contract": "1", "pension": "resident",
        "relief": "rural_tekun",
    }],
    "house_grade": "N", "house_otherwise": "care", "toilet_kind": "无厕", "power_life": "1", "land_kinds": "none",
    **LIVING, "income_kinds": "transfer_tekun transfer_pension", "transfer_tekun": "10800", "transfer_pension": "2400",
    "expense_kinds": "none", "food_ok": "1", "clothes_ok": "1", "has_risk": "1", "risk_type": "illness disability",
    "discovery_channel": "cadre_visit", "risk_story": "独居，行动不便", "measure_rows": "1",
    "measure": [{"measure_group": "comprehensive", "measure_code": "sec_tekun", "measure_amount": "10800",
                 "measure_fund": "county", "measure_effect": "good"}],
    **CLOSING,
}  # fmt: skip
