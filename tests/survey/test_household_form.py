"""农户入户调查表 filled for five households: what is asked, what is refused, what is only said, what is written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from desktop.survey.session import drafts
from desktop.survey.session.entities import EntityWrite, entity_writes
from desktop.survey.session.session import AnswerRefused
from desktop.survey.session.submission import submission_xml
from tests.survey import households as people
from tests.survey.form_filling import VILLAGE, Answers, Filling, identity, shipped_form


def visit(answers: Answers = people.REGISTERED) -> Filling:
    """A visit with the register's lists and these answers given."""
    filling = Filling("household_visit", **people.LISTS)
    assert filling.fill(answers) == []
    return filling


def writes(filling: Filling) -> dict[str, EntityWrite]:
    """What is written, by identifier."""
    return {write.entity_id: write for write in entity_writes(filling.session)}


def with_row(answers: Answers, row: int, **changes: str) -> dict[str, Any]:
    """The same answers with one member's changed."""
    members = [dict(member) for member in answers["member"]]
    members[row - 1].update(changes)
    return {**answers, "member": members}


def test_a_family_of_five_is_filled_and_written() -> None:
    filling = visit(people.FIVE)
    assert filling.open_points() == [] and filling.session.finalise() == []
    assert filling.session.engine.problems == {}
    assert filling.text("net_income") == "47000.25" and filling.text("per_capita_income") == "9400.05"
    assert filling.text("counted") == "5" and filling.text("labor_count") == "2"
    found = writes(filling)
    household = found[people.HOUSEHOLD["name"]]
    assert (household.dataset, household.action, household.label) == ("household", "update", "样大")
    assert household.values["net_income_fen"] == "4700025" and household.values["per_capita_income_fen"] == "940005"
    assert household.values["income_period"] == "2025" and household.values["stated_size"] == "5"
    assert household.values["head_person_id"] == people.HEAD["name"] and household.values["water_safe"] == "1"
    assert household.values["land_arable_mu"] == "2.5" and household.values["land_forest_mu"] == "0"
    assert household.values["risk_type"] is None and household.values["all_no_labor"] == "0"
    persons = [write for write in found.values() if write.dataset == "person"]
    assert [write.action for write in persons] == ["update"] * 4 + ["create"]
    assert [write.label for write in persons] == ["样大", "仿二", "拟三", "样四", "模五"]
    baby = persons[-1]
    assert len(baby.entity_id) == 32 and baby.values["household_id"] == people.HOUSEHOLD["name"]
    assert (
        baby.values["birth_date"] == "2026-05-20" and baby.values["sex"] == "2" and baby.values["change_kind"] == "出生"
    )
    assert baby.values["cert_type"] == "none_newborn" and baby.values["id_no"] is None
    assert persons[0].values["work_income_month_fen"] == "320050" and "change_kind" not in persons[0].values
    assert persons[3].values["student_status"] == "普通高中二年级" and persons[3].values["education"] is None
    assert persons[3].values["labor_skill"] == "none"
    xml = submission_xml(filling.session)
    assert "模五" in xml and 'dataset="person"' in xml


def test_the_register_fills_the_form_and_the_certificate_speaks_for_itself() -> None:
    filling = visit()
    assert [filling.text("name", row) for row in range(1, 5)] == ["样大", "仿二", "拟三", "样四"]
    assert filling.text("phone") == "10012345678" and filling.text("land_kinds") == "arable"
    assert filling.text("land_arable") == "2.5" and not filling.shown("land_forest")
    assert (filling.text("sex", 1), filling.text("birth_date", 1), filling.text("age", 1)) == ("1", "1975-03-12", "51")
    assert filling.text("age", 4) == "17" and filling.text("in_school", 4) == "1" and filling.text("age", 3) == "76"
    assert not filling.shown("sex_asked", 1) and not filling.shown("birth_asked", 1)
    label = filling.session.view(filling.node("household_ok")).label or ""
    assert label.strip() == "是这一户吗？户主 样大，一组，登记 4 人"
    assert filling.text("relief", 3) == "rural_dibao" and filling.text("medical", 1) == "resident"
    with pytest.raises(AnswerRefused, match="条数由表单决定"):
        filling.session.remove_repeat(filling.node("member", 1))


def test_another_household_brings_other_members() -> None:
    filling = visit()
    filling.answer("name", "样改", 1)
    filling.answer("household", people.EMPTY["name"])
    assert filling.text("household_ok") == "" and len(filling.session.root.instances("member")) == 0
    assert filling.text("household_id") == "" and not filling.shown("stated_size")
    assert filling.refused("household_ok", "0") == "请回到上一题重新选择住户。"
    filling.answer("household_ok", "1")
    assert filling.text("name") == "仿老" and filling.text("group_name") == "二组"
    assert writes(filling)[people.OLD_MAN["name"]].values["household_id"] == people.EMPTY["name"]


def test_who_has_left_is_not_brought_again() -> None:
    gone = {**people.WIFE, "change_kind": "婚出"}
    filling = Filling("household_visit", household=people.LISTS["household"], person=[people.HEAD, gone, people.SON])
    assert filling.fill(people.REGISTERED) == []
    assert [filling.text("name", row) for row in (1, 2)] == ["样大", "样四"] and filling.text("registered") == "2"


def test_an_old_person_alone_is_new_to_the_register() -> None:
    filling = visit(people.OLD_ALONE)
    assert filling.session.finalise() == []
    assert {"no_labor_note", "single_dibao_note", "disability_note", "unmatched_illness"} <= filling.notes()
    assert filling.text("disability_kind") == "肢体" and filling.text("disability_grade") == "2"
    assert filling.text("house_ok") == "1" and filling.text("per_capita_income") == "13200.00"
    household, person = (
        next(w for w in writes(filling).values() if w.dataset == kind) for kind in ("household", "person")
    )
    assert household.action == person.action == "create" and household.label == "虚老"
    assert person.values["household_id"] == household.entity_id and household.values["division_code"] == VILLAGE
    assert person.values["tekun_state"] == "农村特困" and person.values["dibao_state"] == "未享受"
    assert person.values["health"] == "chronic,disabled" and household.values["all_no_labor"] == "1"
    assert household.values["risk_type"] == "illness,disability" and household.values["category"] == "tekun"
    assert not filling.shown("toilet_ok") and not filling.shown("land_arable")


def test_a_child_out_of_school_breaks_the_education_safeguard() -> None:
    changed = with_row(people.FIVE, 4, in_school="0", education_now="primary", labor_now="none", work_state="未务工",
                       pension="none", dropout_now="其他", dropout_more="在家，已上门劝返")  # fmt: skip
    members = changed["member"]
    members[3].pop("student_now")
    registered_later = [dict(p) for p in people.LISTS["person"]]
    registered_later[3]["id_no"] = identity("20121101", "1")
    filling = Filling("household_visit", household=people.LISTS["household"], person=registered_later)
    for key in ("labor_now", "work_state", "pension"):
        members[3].pop(key)
    assert filling.fill(changed) == []
    assert filling.text("age", 4) == "13" and filling.text("education_ok") == "0"
    assert {"dropout_note", "education_gap", "risk_missing_note"} <= filling.notes()
    assert "safeguards_all" not in filling.notes()
    assert filling.open_points() == []
    son = writes(filling)[people.SON["name"]]
    assert son.values["student_status"] is None and son.values["education"] == "primary"
    assert son.values["dropout_reason"] == "其他"
    filling.answer("dropout_now", "因病", 4)
    assert filling.text("education_ok") == "1" and "dropout_health_note" in filling.notes()
    assert not filling.shown("dropout_more", 4)
    filling.answer("dropout_now", "", 4)
    assert filling.open_points() == ["member[4].dropout_now"]


def test_at_school_or_educated_never_both() -> None:
    filling = visit()
    assert filling.shown("student_now", 4) and not filling.shown("education_now", 4)
    filling.answer("in_school", "0", 4)
    assert filling.shown("education_now", 4) and not filling.shown("student_now", 4)
    assert filling.text("dropout_now", 4) == "" and not filling.shown("dropout_now", 4)
    filling.answer("in_school", "1", 4)
    filling.answer("student_now", "小学", 4)
    assert "student_age_note" in filling.notes()


def test_nobody_left() -> None:
    filling = visit({
        "visitors": "试员", "village": VILLAGE, "household": people.EMPTY["name"], "household_ok": "1",
        "stated_size": "0", "member": [{"change": "死亡", "change_date": "2026-03-01"}], **people.LIVING,
        "income_kinds": "none", "expense_kinds": "none", "confirmed": "OK",
    })  # fmt: skip
    assert filling.session.finalise() == []
    assert filling.text("net_income") == "0.00" and filling.text("per_capita_income") == ""
    assert "size_zero_note" in filling.notes() and "head_note" not in filling.notes()
    assert not filling.shown("has_risk") and not filling.shown("food_ok") and not filling.shown("signature_kind")
    found = writes(filling)
    dead = found[people.OLD_MAN["name"]].values
    assert dead["change_kind"] == "死亡" and dead["change_date"] == "2026-03-01" and "relation" not in dead
    assert found[people.EMPTY["name"]].values["per_capita_income_fen"] is None


def test_income_may_be_negative_but_wants_a_reason() -> None:
    filling = visit({**people.FIVE, "business_plant": "1000", "wage_local": "500", "op_plant": "90000.99"})
    assert filling.text("net_income") == "-83140.99" and filling.text("per_capita_income") == "-16628.20"
    assert filling.open_points() == ["negative_reason"]
    assert {"drop_note"} <= filling.notes()
    filling.answer("negative_reason", "台风绝收")
    assert filling.open_points() == []


CASES: list[tuple[int, dict[str, str], str, str, str]] = [
    (4, {"wage_migrant": "38000", "business_plant": "6500", "property_asset_dividend": "800", "transfer_dibao": "4560",
         "op_animal": "2860"}, "47000.00", "11750.00", "11750.00"),
    (3, {"wage_local": "12000", "business_animal": "4000", "transfer_other": "3600", "op_trade": "1500"},
     "18100.00", "6033.33", "6033.33"),
    (3, {"wage_local": "12000", "business_animal": "4000", "transfer_other": "3600", "op_trade": "1500",
         "claim": "2000", "self_pay_medical": "9000"}, "18100.00", "6033.33", "3700.00"),
    (3, {"wage_post": "0.1", "transfer_eco": "0.2", "property_other": "0.02"}, "0.32", "0.11", "0.11"),
    (7, {"wage_local": "999999999.99", "transfer_pension": "0.01"}, "1000000000.00", "142857142.86", "142857142.86"),
    (2, {"op_plant": "0.01"}, "-0.01", "0.00", "0.00"),
]  # fmt: skip


@pytest.mark.parametrize(("size", "amounts", "net", "per_capita", "reference"), CASES)
def test_income_is_exact(size: int, amounts: dict[str, str], net: str, per_capita: str, reference: str) -> None:
    costs = {name for name in amounts if name.startswith(("op_", "self_pay_"))}
    answers = {"visitors": "试员", "village": VILLAGE, "known": "new", "stated_size": str(size), "new_members": "0"}
    kinds = {
        "income_kinds": " ".join(sorted(set(amounts) - costs)) or "none",
        "expense_kinds": " ".join(sorted(costs)) or "none",
    }
    filling = visit({**answers, **kinds, **amounts})
    assert filling.text("net_income") == net
    assert (filling.text("per_capita_income"), filling.text("reference_per_capita")) == (per_capita, reference)
    assert Decimal(filling.text("per_capita_income_fen")) == Decimal(per_capita) * 100
    filling.answer("stated_size", "0")
    assert filling.text("per_capita_income") == "" and filling.text("net_income") == net
    filling.answer("stated_size", "")
    assert filling.text("per_capita_income") == "" and filling.text("reference_per_capita") == ""


def test_an_unknown_amount_is_not_zero() -> None:
    filling = visit({**people.REGISTERED, **people.INCOME})
    assert filling.text("net_income") == "47000.25"
    filling.answer("wage_local", "")
    filling.session.set_reason(filling.node("wage_local").path(), "refused")
    assert filling.text("net_income") == "" and filling.text("per_capita_income") == "" and filling.shown("income_open")
    filling.answer("wage_local", "0")
    assert filling.text("net_income") == "9000.25"
    filling.answer("income_kinds", "wage_local wage_post")
    assert "wage_post" in filling.open_points() and not filling.shown("business_plant")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("id_no", identity("19750312", "1")[:17] + "A", "证件号码不对"),
        ("id_no", "440799199001010010", "证件号码不对"),
        ("id_no", identity("20990312", "1"), "证件号码不对"),
        ("id_no", "44079919750312", "证件号码不对"),
        ("id_no", "44079919900101001x", "大写 X"),
        ("health", "healthy chronic", "不能与其他情况同选"),
        ("work_months", "13", "0 到 12"),
        ("work_income_month", "12.345", "最多两位小数"),
        ("work_income_month", "-3", "写 0 或正数"),
        ("change_date", "2026-07-01", "不能晚于走访日期"),
    ],
)
def test_members_answers_are_checked(name: str, value: str, words: str) -> None:
    filling = visit()
    filling.answer("work_state", "县内务工", 1)
    if name == "change_date":
        filling.answer("change", "迁出", 1)
    assert words in filling.refused(name, value, 1)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("visited_at", "2026-07-01", "不能晚于今天"),
        ("village", "4407", "12 位数字"),
        ("phone", "1001234567", "11 位数字"),
        ("stated_size", "31", "0 到 30"),
        ("stated_size", "-1", "0 到 30"),
        ("income_year", "2027", "今年之间"),
        ("income_kinds", "none wage_local", "不能与其他同选"),
        ("land_arable", "a", ""),
        ("land_arable", "-1", "写 0 或正数"),
    ],
)
def test_the_households_answers_are_checked(name: str, value: str, words: str) -> None:
    assert words in visit().refused(name, value)


def test_good_numbers_pass() -> None:
    filling = visit()
    assert filling.refused("id_no", "44079919900101001X", 1) == ""
    assert filling.refused("id_no", "440799199001010028", 2) == ""
    assert filling.refused("id_no", "36029920000229003" + "1", 1) == ""
    filling.answer("cert_type", "id_card_15", 1)
    assert filling.refused("id_no", "360299550315118", 1) == ""
    filling.answer("id_no", "360299550315118", 1)
    assert (filling.text("sex", 1), filling.text("birth_date", 1), filling.text("age", 1)) == ("2", "1955-03-15", "71")
    filling.answer("cert_type", "none_other", 1)
    assert not filling.shown("id_no", 1) and filling.shown("birth_asked", 1)
    filling.answer("health", "disabled", 2)
    number = filling.text("id_no", 2)
    assert "前 18 位要与身份证相同" in filling.refused("disability_no", identity("19770815", "2", 9) + "42", 2)
    assert filling.refused("disability_no", number + "42", 2) == "" and filling.refused(
        "disability_no", number + "84", 2
    )


def test_the_family_must_agree_with_itself_before_it_is_closed() -> None:
    filling = visit(people.FIVE)
    filling.answer("stated_size", "6")
    assert "size_note" in filling.notes() and filling.open_points() == ["confirmed"]
    filling.answer("stated_size", "5")
    assert filling.open_points() == []
    filling.answer("relation", "head", 2)
    assert "head_note" in filling.notes() and filling.open_points() == ["confirmed"]
    filling.answer("relation", "son", 2)
    assert "relation_sex_note" in filling.notes() and filling.open_points() == []
    filling.answer("change", "死亡", 1)
    filling.answer("change_date", "2026-01-02", 1)
    assert "户主要恰好一人" in filling.session.validate()[0].message


def test_nobody_stands_twice_and_generations_fit() -> None:
    filling = visit(people.FIVE)
    filling.answer("id_no", filling.text("id_no", 1), 4)
    assert {"same_id_note", "generation_note"} <= filling.notes() and "confirmed" in filling.open_points()
    filling.answer("id_no", people.SON["id_no"], 4)
    assert not {"same_id_note", "generation_note"} & filling.notes() and filling.open_points() == []
    filling.answer("id_no", identity("19770815", "1"), 2)
    assert "spouse_sex_note" in filling.notes()
    filling.answer("cert_type", "disability_20", 3)
    card = people.MOTHER["id_no"] + "31"
    assert filling.refused("id_no", card, 3) == "" and filling.refused("id_no", card[:18] + "91", 3)
    filling.answer("id_no", card, 3)
    assert filling.text("age", 3) == "76" and filling.text("sex", 3) == "2"


def test_soft_checks_speak_and_do_not_bar() -> None:
    filling = visit(people.FIVE)
    filling.answer("medical", "none", 5)
    filling.answer("labor_now", "none", 2)
    filling.answer("work_income_month", "99", 1)
    filling.answer("transfer_pension", "4560")
    assert {"medical_note", "medical_gap", "labor_low_note", "work_income_note", "dibao_note"} <= filling.notes()
    filling.answer("has_risk", "1")
    filling.answer("risk_type", "disability no_labor")
    filling.answer("risk_story", "无")
    assert {"risk_disabled_note", "unmatched_disability", "developmental_note"} <= filling.notes()
    assert filling.open_points() == []
    assert "最多选五项" in filling.refused("risk_type", "illness study disability accident housing water")
    filling.answer("risk_type", "natural_disaster other")
    assert filling.open_points() == ["disaster_kind", "risk_other"]
    filling.answer("water_quality", "fail")
    assert {"water_gap", "water_issue"} - filling.notes() == {"water_issue"} and "water_issue" in filling.open_points()


def test_a_draft_comes_back_in_the_middle_of_the_members() -> None:
    filling = visit(with_row(people.FIVE, 1, work_place="虚例县"))
    again, lost = drafts.restore(shipped_form("household_visit"), drafts.save(filling.session), filling.options)
    assert lost == []
    assert submission_xml(again) == submission_xml(filling.session)
