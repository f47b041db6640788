"""防返贫监测排查表 and 半年信息化复核表: a lead checked at the door, a review done at the desk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.survey import households as people
from tests.survey.form_filling import VILLAGE, Filling

CHOSEN = {"village": VILLAGE, "household": people.HOUSEHOLD["name"], "household_ok": "1"}
SAFE = {"food_ok": "1", "clothes_ok": "1", "education_ok": "1", "medical_ok": "1", "house_ok": "1", "water_ok": "1"}
AMOUNTS = ("wage", "business_gross", "property", "transfer", "business_cost", "claim", "compliant_self_pay")
SCREENING: dict[str, Any] = {
    "visitors": "试员", **CHOSEN, "discovery_channel": "dept_alert", "found_on": "2026-06-20",
    "risk_found": "illness", "affected": people.MOTHER["name"], "story": "拟三住院", "labor": "2",
    "wage": "38000", "business_gross": "6500", "property": "800", "transfer": "4560", "business_cost": "2860",
    "claim": "0", "compliant_self_pay": "26000", **SAFE, "verdict": "propose", "proposed_type": "sudden",
    "verdict_reason": "自付医疗费用大", "measures_wanted": "health industry", "authorised": "1", "leaflet_given": "1",
    "signed_by": "样大",
}  # fmt: skip


def screening(**changes: str) -> Filling:
    """A screening visit with the answers that still apply."""
    filling = Filling("risk_screening", **people.LISTS)
    filling.fill({**SCREENING, **changes}, sound=False)
    return filling


def test_a_lead_is_checked_and_proposed() -> None:
    filling = Filling("risk_screening", **people.LISTS)
    assert filling.fill(SCREENING) == []
    assert filling.session.finalise() == [] and filling.session.engine.problems == {}
    assert filling.text("size") == "4" and filling.text("per_capita_income") == "11750.00"
    assert filling.text("reference_per_capita") == "5250.00"
    assert {"income_total", "reference_total", "rigid_note", "household_note", "line_missing_note"} <= filling.notes()
    assert not {"developmental_note", "unmatched_illness"} & filling.notes()
    assert filling.choices("affected") == [p["name"] for p in people.LISTS["person"][:4]]
    write = filling.record("household")
    assert (write.dataset, write.action, write.values) == ("household", "update", {"risk_type": "illness"})


@pytest.mark.parametrize(
    ("size", "amounts", "net", "per_capita", "reference"),
    [
        ("4", ("38000", "6500", "800", "4560", "2860", "0", "0"), "47000.00", "11750.00", "11750.00"),
        ("3", ("12000", "4000", "0", "3600", "1500", "2000", "9000"), "18100.00", "6033.33", "3700.00"),
        ("3", ("0", "100.1", "0", "0", "200.2", "0", "0"), "-100.10", "-33.37", "-33.37"),
        ("0", ("100", "0", "0", "0", "0", "0", "0"), "100.00", "", ""),
    ],
)
def test_income_of_twelve_months_is_exact(
    size: str, amounts: tuple[str, ...], net: str, per_capita: str, reference: str
) -> None:
    filling = screening(size=size, labor="0", **dict(zip(AMOUNTS, amounts, strict=True)))
    assert filling.text("net_income") == net and filling.text("per_capita_income") == per_capita
    assert filling.text("reference_per_capita") == reference
    assert filling.shown("negative_reason") == net.startswith("-")
    assert filling.shown("size_zero_note") == (size == "0")
    filling.answer("transfer", "")
    assert filling.text("net_income") == "" and "transfer" in filling.open_points()


def test_an_opinion_must_follow_from_what_was_found() -> None:
    filling = screening()
    filling.answer("house_ok", "0")
    assert "house_risk_note" in filling.notes() and "gap_story" in filling.open_points()
    assert "与前面不符" in filling.refused("verdict", "no_risk")
    filling.answer("risk_found", "none")
    assert not filling.shown("story") and not filling.shown("affected")
    assert filling.session.node("/data/opinion/verdict").path() in [v.path for v in filling.session.validate()]
    filling.answer("verdict", "watch")
    assert not filling.shown("authorised") and not filling.shown("measures_wanted")
    assert filling.record("household").values == {"risk_type": None}


def test_the_kind_proposed_fits_where_the_family_comes_from() -> None:
    assert screening().choices("proposed_type") == ["marginal", "sudden"]
    lifted = screening(household=people.OF_LIFTED["name"], proposed_type="unstable_lifted")
    assert lifted.choices("proposed_type") == ["unstable_lifted", "sudden"]
    assert "monitored_already" in lifted.notes()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("risk_found", "illness none", "不能与其他同选"),
        ("risk_found", "illness study disability accident housing water", "最多选五项"),
        ("labor", "5", "不能多于家庭人口数"),
        ("wage", "3.999", "最多两位小数"),
        ("found_on", "2026-07-02", "不能晚于走访日期"),
        ("authorised", "0", "先签申请及承诺授权书"),
    ],
)
def test_screening_answers_are_checked(name: str, value: str, words: str) -> None:
    assert words in screening().refused(name, value)


def test_measures_are_matched_with_risks() -> None:
    filling = screening(risk_found="illness study", measures_wanted="comprehensive")
    assert {"unmatched_illness", "unmatched_study", "developmental_note"} <= filling.notes()
    filling.answer("measures_wanted", "education social employment")
    assert not {"unmatched_illness", "unmatched_study", "developmental_note"} & filling.notes()


REVIEW: dict[str, Any] = {
    "reviewers": "试员", "modes": "system phone", **CHOSEN, "people_change": "none", "trend": "same",
    "big_expense": "0", "education_ok": "1", "medical_ok": "1", "house_ok": "1", "water_ok": "1", "policy_paid": "1",
    "flags": "none",
    "result": "unchanged",
}  # fmt: skip


def test_an_unchanged_household_is_reviewed_in_a_minute() -> None:
    filling = Filling("half_year_review", **people.LISTS)
    assert filling.fill(REVIEW) == []
    assert filling.session.finalise() == [] and filling.text("period") == "2026H1"
    assert filling.text("size_now") == "4" and filling.text("reg_net") == "60000.00"
    assert filling.notes() == {"last_income"}
    write = filling.record("household")
    assert write.values == {"stated_size": "4", "phone": "10012345678", "water_safe": "1"}


def test_a_changed_household_cannot_be_called_unchanged() -> None:
    filling = Filling("half_year_review", **people.LISTS)
    filling.fill(REVIEW)
    assert "不是没有变化" in filling.refused("people_change", "none 出生")
    filling.answer("size_now", "5")
    assert set(filling.open_points()) == {"people_change"}
    filling.answer("people_change", "出生")
    assert set(filling.open_points()) == {"people_story", "result"}
    filling.fill({"people_story": "六月添一女", "trend": "sharp", "half_income": "15000", "drop_reason": "歇工"})
    assert "income_drop_note" in filling.notes()
    filling.fill({"house_ok": "0", "gap_story": "漏雨", "house_grade": "C", "result": "updated"})
    assert "watch_note" in filling.notes() and filling.open_points() == []
    filling.answer("result", "visit")
    assert filling.open_points() == ["visit_by"]
    assert "不能早于复核日期" in filling.refused("visit_by", "2026-06-01")
    assert filling.record("household").values["house_grade"] == "C"
    filling.answer("modes", "phone")
    assert not filling.shown("flags")
    filling.answer("half", "H2")
    assert "period_note" in filling.notes()
