"""项目资产核查表, 公益性资产管护检查表 and 村情调查表: found, used, kept, counted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from desktop.survey.session.entities import EntityWrite, entity_writes
from tests.survey.form_filling import VILLAGE, Filling

WORKSHOP = {
    "name": "0190cc00000070008000000000000001", "label": "样例帮扶车间", "division_code": VILLAGE, "asset_no": "样-001",
    "category": "operating", "subcategory": "workshop", "status": "normal", "keeper": "试管", "operation_mode": "lease",
    "contract_start": "2021-07-01", "contract_end": "2026-08-31", "original_value_fen": "43172829",
    "expected_income_fen": "3000000", "confirm_doc_no": "样确〔2021〕3 号", "noticed": "yes",
}  # fmt: skip
ROAD = {**WORKSHOP, "name": "0190cc00000070008000000000000002", "label": "样例村道", "asset_no": "样-002",
        "category": "public", "subcategory": "road", "operation_mode": ""}  # fmt: skip
ASSETS = {"asset": [WORKSHOP, ROAD]}
INSPECTED = {"inspectors": "试员、拟员", "village": VILLAGE}
CHECK: dict[str, Any] = {
    **INSPECTED, "asset": WORKSHOP["name"], "asset_ok": "1", "found": "1", "operator": "仿例公司", "has_contract": "1",
    "actual_income": "30000", "keeper_stays": "1", "photo_whole": "1.jpg", "position": "22.5 113.1 0 0",
    "issues": "none", "witness": "试管",
}  # fmt: skip


def check(**changes: str) -> Filling:
    """An asset check with the answers that still apply."""
    filling = Filling("asset_check", **ASSETS)
    filling.fill({**CHECK, **changes}, sound=False)
    return filling


def written(filling: Filling) -> EntityWrite:
    """The asset or village that is written."""
    found = [write for write in entity_writes(filling.session) if write.dataset in ("asset", "division")]
    assert len(found) == 1
    return found[0]


def test_an_asset_in_order_is_checked() -> None:
    filling = Filling("asset_check", **ASSETS)
    assert filling.fill(CHECK) == []
    assert filling.session.finalise() == [] and filling.session.engine.problems == {}
    assert filling.text("reg_value") == "431728.29" and Decimal(filling.text("expected_income")) == 30000
    assert filling.notes() == {"contract_soon_note"} and filling.text("contract_days") == "62"
    write = written(filling)
    assert (write.dataset, write.action, write.label) == ("asset", "update", "样例帮扶车间")
    assert write.values["actual_income_fen"] == "3000000" and write.values["actual_income_year"] == "2025"
    assert write.values["status"] == "normal" and write.values["status_reason"] is None
    assert write.values["keeper"] == "试管" and write.values["noticed"] == "yes"
    assert (write.values["latitude"], write.values["longitude"]) == ("22.5", "113.1")
    assert "original_value_fen" not in write.values


def test_what_is_not_normal_wants_cause_measure_and_deadline() -> None:
    filling = check(status="idle", actual_income="100")
    assert {"status_changed_note", "idle_income_note", "less_income_note"} <= filling.notes()
    assert set(filling.open_points()) == {"status_reason_now", "revive_plan", "revive_by", "issues"}
    filling.fill({"issues": "idle"})
    assert {"issue_story", "rectify_measure", "rectify_by", "rectify_due"} <= set(filling.open_points())
    assert "不能早于检查日期" in filling.refused("rectify_due", "2026-06-29")
    filling.answer("status", "disposed")
    assert {"disposal_type", "disposal_approval", "disposal_proceeds"} <= set(filling.open_points())
    assert not filling.shown("operation_mode") and not filling.shown("keeper_stays")
    filling.answer("disposal_type", "auction")
    assert filling.shown("disposal_appraisal")
    filling.answer("disposal_type", "stop")
    assert not filling.shown("disposal_appraisal")
    filling.answer("disposal_proceeds", "5")
    assert "proceeds_use" in filling.open_points()


def test_what_was_not_seen_is_not_normal() -> None:
    filling = check(found="0")
    messages = {v.path.rsplit("/", 1)[-1]: v.message for v in filling.session.validate()}
    assert "没有见到实物" in messages["status"] and "不是没有问题" in messages["issues"]
    assert not filling.shown("photo_whole")
    filling.answer("status", "lost")
    assert "recovery" in filling.open_points()


def test_contracts_and_keepers_are_looked_at() -> None:
    filling = check(contract_end="2025-12-31")
    assert "contract_over_note" in filling.notes() and not filling.shown("principal_back")
    filling.answer("operation_mode", "equity")
    assert filling.shown("principal_back")
    assert "应在开始日期之后" in filling.refused("contract_end", "2021-06-30")
    filling.answer("has_contract", "0")
    assert "contract_missing_note" in filling.notes() and not filling.shown("contract_end")
    filling.answer("operation_mode", "self")
    assert not filling.shown("has_contract")
    filling.answer("keeper_stays", "0")
    assert "new_keeper" in filling.open_points() and "keeper" not in written(filling).values
    filling.answer("new_keeper", "拟管")
    assert written(filling).values["keeper"] == "拟管"


def test_an_asset_outside_the_ledger_is_entered() -> None:
    filling = Filling("asset_check", **ASSETS)
    left = filling.fill({
        **INSPECTED, "known": "new", "name": "拟例水塔", "category": "public", "subcategory": "water",
        "original_value": "12345.67", "built_date": "2019-05-01", "unledgered_why": "移交遗漏", "found": "1",
        "status": "normal", "new_keeper": "试管", "noticed": "no", "photo_whole": "1.jpg", "issues": "mismatch notice",
        "issue_story": "账外", "rectify_measure": "补登", "rectify_by": "村委", "rectify_due": "2026-07-31",
        "witness": "试管",
    })  # fmt: skip
    assert left == [] and filling.session.finalise() == []
    assert "lighting" in filling.choices("subcategory") and "workshop" not in filling.choices("subcategory")
    write = written(filling)
    assert write.action == "create" and write.label == "拟例水塔" and len(write.entity_id) == 32
    assert write.values["original_value_fen"] == "1234567" and write.values["built_precision"] == "month"
    assert not filling.shown("operation_mode")
    assert "confirm_note" in filling.notes()


INSPECTION: dict[str, Any] = {
    **INSPECTED, "asset": ROAD["name"], "asset_ok": "1", "works": "yes", "damages": "none", "hazard": "0",
    "keeper_stays": "1", "cycle": "month", "last_kept": "2026-06-10", "records": "1", "keep_funds": "collective",
    "keep_amount": "3000", "sign_up": "1", "earlier": "none", "photo": "1.jpg", "witness": "试管",
}  # fmt: skip


def test_a_road_in_order_is_inspected() -> None:
    filling = Filling("public_asset_inspection", **ASSETS)
    assert filling.fill(INSPECTION) == []
    assert filling.choices("asset") == [ROAD["name"]]
    assert filling.session.finalise() == [] and filling.notes() == {"kind_note", "status_note", "fine_note"}
    assert written(filling).values == {"status": "normal", "status_reason": None, "keeper": "试管"}
    assert "road_surface" in filling.choices("damages") and "lamp" not in filling.choices("damages")


def test_damage_and_danger_lead_to_work() -> None:
    filling = Filling("public_asset_inspection", **ASSETS)
    filling.fill({**INSPECTION, "works": "no", "damages": "road_slope other", "hazard": "1", "last_kept": "2026-01-01"})
    assert "late_note" in filling.notes() and filling.text("days_since") == "180"
    wanted = {"damage_other", "hazard_action", "status_reason_now", "repair_cost", "issue_story", "rectify_measure",
              "rectify_by", "rectify_due", "photo_damage"}  # fmt: skip
    assert set(filling.open_points()) == wanted
    filling.fill({"repair_cost": "20000", "rectify_due": "2026-08-30", "status_reason_now": "塌方"})
    assert "要马上修" in filling.refused("urgent", "0") and "due_note" in filling.notes()
    assert written(filling).values["status"] == "damaged"
    assert "要选出损坏" in filling.refused("damages", "none")
    filling.answer("keeper_stays", "0")
    filling.answer("has_keeper", "0")
    assert written(filling).values["keeper"] is None and not filling.shown("cycle")
    filling.answer("keep_funds", "none")
    assert "no_fund_note" in filling.notes() and not filling.shown("keep_amount")
    filling.answer("works", "gone")
    assert not filling.shown("damages") and not filling.shown("photo") and "gone_note" in filling.notes()


DIVISION = {"name": "0190dd00000070008000000000000001", "label": "样例村", "code": VILLAGE, "village_tag": "weak"}
COUNTS = {
    "households": "300", "natural_villages": "8", "population": "1200", "dibao_households": "12", "dibao_people": "25",
    "tekun_households": "5", "tekun_people": "6", "disabled_people": "30", "migrant_workers": "310",
    "party_members": "45", "medical_insured": "1150", "pension_insured": "700", "cultivated_mu": "950.5",
    "irrigated_mu": "600", "forest_mu": "2000", "returned_forest_mu": "0", "orchard_mu": "80", "pasture_mu": "0",
    "water_mu": "40", "per_capita_income": "21500", "ci_operating": "8.123456", "ci_contract": "3", "ci_invest": "1.5",
    "ci_subsidy": "6", "ci_other": "0.4", "bridging_funds": "30", "linkage_coverage": "81.5", "hard_road": "1",
    "bus": "1", "unsafe_water_households": "0", "tap_water_rate": "99", "natural_village_supply": "100",
    "power_natural_villages": "8", "unsafe_house_households": "0", "clinic": "1", "doctors": "1", "public_toilets": "3",
    "sanitary_toilet_rate": "98", "garbage_points": "6", "garbage_coverage": "100", "library": "1",
    "express_point": "1", "ecommerce_station": "1", "broadband": "1", "legal_adviser": "1", "plan_done": "1",
    "first_secretary": "1",
    "coops": "2", "tourism_households": "3", "feature_industry": "1", "main_industry": "柑橘",
}  # fmt: skip
PROFILE: dict[str, Any] = {
    "village": VILLAGE,
    "filled_by": "试员",
    "tags": "weak red",
    **COUNTS,
    "checked_by": "拟书记",
}


def profile() -> Filling:
    """A village profile, complete."""
    filling = Filling("village_profile", division=[DIVISION])
    assert filling.fill(PROFILE) == []
    return filling


def test_a_village_is_profiled() -> None:
    filling = profile()
    assert filling.session.finalise() == [] and filling.notes() == {"collective_note"}
    assert filling.text("collective_income") == "19.023456" and filling.text("collective_op_income") == "12.623456"
    write = written(filling)
    assert (write.dataset, write.entity_id, write.values) == ("division", DIVISION["name"], {"village_tag": "weak,red"})
    assert filling.session.node("/data/which/period").text == "2025"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("dibao_households", "301", "不能多于总户数"),
        ("dibao_people", "11", "不能少于低保户数"),
        ("party_members", "1201", "不能多于总人口"),
        ("irrigated_mu", "951", "不能大于耕地面积"),
        ("unsafe_house_households", "301", "不能多于总户数"),
        ("tap_water_rate", "101", "0 到 100"),
        ("ci_operating", "1.1234567", "最多六位小数"),
        ("tags", "none weak", "不能与其他同选"),
        ("village", "440799", "12 位数字"),
    ],
)
def test_village_figures_are_checked(name: str, value: str, words: str) -> None:
    assert words in profile().refused(name, value)


def test_village_figures_that_look_odd_are_said() -> None:
    filling = profile()
    for name, value in (("hard_road", "0"), ("doctors", "0"), ("medical_insured", "500"), ("population", "3000"),
                        ("ci_operating", "80000"), ("unsafe_water_households", "2")):  # fmt: skip
        filling.answer(name, value)
    assert {"road_note", "doctor_note", "insured_note", "size_note", "wan_note", "unsafe_note"} <= filling.notes()
    filling.answer("feature_industry", "0")
    assert not filling.shown("main_industry") and filling.open_points() == []
