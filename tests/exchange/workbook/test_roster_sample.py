"""The sample roster: every kind of planted error at its cell; after decisions 301 households and 1,002 persons."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from desktop.exchange.workbook.findings import Decision, as_json, read_decisions
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.reader import Workbook, read_workbook
from desktop.exchange.workbook.roster.rules import plan_roster
from desktop.registry.codelists import LIST_OF_COLUMN, shipped
from desktop.registry.household import Household, Person

SAMPLES = Path(__file__).parent / "samples"
TODAY = dt.date(2026, 1, 15)
LI, LIU, SHUANG = "丽阳镇", "鲇鱼山镇留阳村", "双水镇"

TRUTH = {
    "江联村": (62, 185),
    "余家村": (46, 161),
    "丰田村": (40, 142),
    "港南村": (32, 98),
    "留阳村": (61, 211),
    "岭头村": (34, 108),
    "沙蓢村": (26, 97),
}


@pytest.fixture(scope="module")
def workbook() -> Workbook:
    return read_workbook(SAMPLES / "住户花名册样表.xlsx")


@pytest.fixture(scope="module")
def plan(workbook: Workbook) -> ImportPlan:
    return plan_roster(workbook, today=TODAY)


@pytest.fixture(scope="module")
def decided(workbook: Workbook) -> ImportPlan:
    return plan_roster(workbook, decisions=read_decisions(SAMPLES / "roster_decisions.json"), today=TODAY)


def test_after_decisions_every_household_and_person_comes_in(decided: ImportPlan) -> None:
    counts = {v: (n["households"], n["persons"]) for v, n in decided.totals["by_village"].items()}
    assert counts == TRUTH
    assert decided.totals["households"] == 301
    assert decided.totals["persons"] == 1002
    assert len(list(decided.ready())) == 301
    assert {(r.sheet, r.row) for r in decided.left_out()} == {(LI, 595), (LI, 596), (LI, 597)}


def test_after_decisions_all_persons_are_distinct_and_every_household_has_one_head(decided: ImportPlan) -> None:
    numbers = [m["id_no"] for r in decided.ready() for m in r.values["members"] if m["id_no"]]
    assert len(numbers) == len(set(numbers))
    for record in decided.ready():
        members = record.values["members"]
        assert [m["relation"] for m in members].count("head") == 1
        assert [m["is_head"] for m in members].count(True) == 1
        assert record.values["division_code"] and len(record.values["division_code"]) == 12
        assert record.values["stated_size"] == len(members)


def test_without_decisions_the_sound_households_come_in_whole(plan: ImportPlan) -> None:
    ready, left = list(plan.ready()), [r for r in plan.left_out() if "source_row" in r.values]
    assert len(ready) + len(left) == 301
    assert all(not r.open_errors for r in ready)
    assert all(r.open_errors and r.set_aside for r in left)
    assert sum(len(r.values["members"]) for r in ready + left) == 1002


def test_the_report_date_is_read_from_the_headings(plan: ImportPlan) -> None:
    assert plan.totals["reference_date"] == "2025-06-30"


ERRORS_AND_WARNINGS = [
    # ID numbers
    (LI, "K", 6, "id_number_length"), (LI, "K", 151, "id_number_length"), (SHUANG, "I", 24, "id_number_length"),
    *[(LI, "K", row, "id_number_check_digit_wrong") for row in (26, 58, 240, 303, 371, 526)],
    (LIU, "F", 11, "id_number_check_digit_wrong"), (LIU, "F", 88, "id_number_check_digit_wrong"),
    *[(LI, "K", row, "id_number_lost_precision") for row in (54, 325, 338, 403, 558, 568)],
    *[(LIU, "F", row, "id_number_lost_precision") for row in (55, 92, 133, 163)],
    (SHUANG, "I", 32, "id_number_lost_precision"),
    (LI, "K", 237, "id_number_letter_for_digit"), (SHUANG, "I", 202, "id_number_letter_for_digit"),
    (LI, "K", 490, "id_number_date_invalid"), (LIU, "F", 13, "id_number_date_invalid"),
    (LIU, "F", 48, "id_number_date_in_future"), (LI, "K", 205, "id_number_15_digits"),
    (LIU, "F", 12, "id_number_15_digits"), (LI, "K", 53, "id_number_missing"), (LI, "K", 230, "id_number_missing"),
    (LI, "K", 287, "id_number_virtual"), (LI, "K", 441, "id_number_duplicate"), (LI, "K", 595, "id_number_duplicate"),
    (LI, "K", 479, "id_number_differs_from_birth_and_age"), (LI, "K", 441, "id_number_differs_from_birth_and_age"),
    # sex, birth, age
    (LI, "J", 41, "sex_differs_from_id"), (LI, "J", 355, "sex_differs_from_id"), (LI, "J", 428, "sex_differs_from_id"),
    (LIU, "G", 74, "sex_differs_from_id"), (SHUANG, "H", 174, "sex_differs_from_id"),
    *[(LI, "L", row, "birth_date_differs_from_id") for row in (59, 222)],
    *[(SHUANG, "J", row, "birth_date_differs_from_id") for row in (51, 133)],
    (LI, "L", 369, "birth_date_lunar"),
    *[(LI, "M", row, "age_differs_from_birth") for row in (66, 174, 575)],
    (LIU, "I", 131, "age_differs_from_birth"), (SHUANG, "K", 44, "age_differs_from_birth"),
    (LI, "M", 495, "age_nominal_in_village"),
    # who is whose
    (LI, "N", 86, "relation_missing"), (LI, "N", 365, "relation_missing"), (LI, "N", 107, "relation_ambiguous"),
    (LI, "N", 154, "relation_ambiguous"), (LIU, "E", 36, "relation_ambiguous"), (LI, "N", 122, "head_more_than_one"),
    (LI, "N", 164, "head_more_than_one"), (LI, "N", 346, "head_missing"), (LI, "F", 142, "head_name_differs"),
    (LI, "N", 394, "spouse_more_than_one"), (LI, "J", 428, "spouse_same_sex"),
    (LIU, "E", 139, "relation_differs_from_sex"), (LI, "H", 96, "household_size_mismatch"),
    (LI, "H", 214, "household_size_mismatch"), (LIU, "Q", 110, "household_value_differs"),
    (LI, "A", 29, "merge_range_covers_next_household"), (LI, "F", 31, "merge_range_covers_next_household"),
    (LI, "I", 595, "person_in_two_households"), (LI, "I", 596, "duplicate_exact"), (LI, "I", 597, "duplicate_exact"),
    (LI, "A", 351, "subtotal_count_differs"),
    # names
    (LIU, "D", 207, "name_question_mark"), (LI, "I", 362, "name_with_nickname"),
    # school, work, health
    (SHUANG, "M", 73, "education_and_student_both"), (SHUANG, "M", 132, "education_and_student_both"),
    (SHUANG, "N", 9, "out_of_school_without_reason"), (SHUANG, "N", 177, "student_status_differs_from_age"),
    (LI, "T", 297, "labor_but_minor_or_student"), (LIU, "M", 65, "working_without_labor"),
    (LI, "T", 379, "labor_but_severely_disabled"), (LI, "T", 503, "labor_not_in_list"),
    (SHUANG, "O", 123, "health_not_in_list"), *[(LI, "S", row, "disability_no_missing") for row in (379, 384, 589)],
    (SHUANG, "Q", 112, "disability_no_missing"), (LI, "S", 134, "disability_no_differs_from_id"),
    (LI, "S", 523, "disability_grade_invalid"),
    # the household's own cells
    (LI, "G", 257, "household_type_conflict"), (SHUANG, "D", 19, "household_type_ambiguous"),
    (SHUANG, "D", 86, "household_type_ambiguous"), (SHUANG, "D", 198, "household_type_multiple"),
    (LIU, "P", 177, "household_value_differs"), (LI, "V", 98, "house_unsafe_without_measure"),
    (LIU, "S", 179, "house_grade_with_remark"), (SHUANG, "R", 35, "house_grade_ambiguous"),
    (SHUANG, "R", 184, "house_grade_ambiguous"), (LI, "W", 43, "water_status_variant"),
    (SHUANG, "S", 66, "water_unsafe_without_measure"), (LI, "X", 14, "unit_text_in_number"),
    (LI, "X", 372, "unit_text_in_number"), (LI, "X", 266, "placeholder_for_empty"),
    *[(LI, "Y", row, "per_capita_not_divided") for row in (80, 127)], (SHUANG, "U", 180, "per_capita_not_divided"),
    (LI, "Y", 183, "per_capita_decimal_point"), (LI, "Y", 416, "income_negative"),
    (LI, "Z", 69, "risk_without_monitoring"), (LIU, "U", 100, "household_value_differs"),
    (LI, "Z", 270, "risk_disability_without_disabled"), (LI, "AA", 190, "helper_missing"),
    (LI, "AB", 311, "phone_duplicate"), (LI, "AB", 560, "phone_not_mobile"), (LIU, "W", 22, "phone_length"),
    (LIU, "W", 145, "phone_multiple"), (SHUANG, "X", 11, "phone_missing"),
    # remarks
    (LI, "AC", 485, "note_person_moved_out"), (LIU, "X", 70, "note_person_imprisoned"),
    (SHUANG, "Y", 21, "note_person_missing"), (SHUANG, "Y", 45, "note_person_deceased"),
    (SHUANG, "Y", 189, "note_person_married_out"),
]  # fmt: skip

INFOS = [
    (LI, "K", 12, "id_number_lowercase_x"), (LI, "K", 51, "id_number_spaces"), (LI, "K", 426, "id_number_quote"),
    (LI, "K", 446, "id_number_hyphens"), (LI, "K", 499, "id_number_line_break"), (LI, "K", 545, "id_number_fullwidth"),
    (LIU, "F", 144, "id_number_spaces"), (LIU, "F", 191, "id_number_x_variant"), (SHUANG, "I", 85, "id_number_quote"),
    (LI, "I", 235, "name_private_use_character"), (LI, "I", 244, "name_with_blank"), (LI, "I", 411, "name_separator"),
    (LI, "I", 434, "name_separator"), (LI, "I", 518, "spaces_around_text"), (LI, "J", 269, "sex_code_variant"),
    (LI, "J", 345, "sex_code_variant"), (SHUANG, "H", 58, "sex_code_variant"), (LI, "N", 64, "relation_alias"),
    (SHUANG, "G", 151, "relation_alias"), (LI, "O", 156, "nation_variant"), (LI, "O", 309, "nation_variant"),
    (LIU, "H", 168, "nation_variant"), (LI, "P", 203, "education_alias"), (LI, "P", 481, "education_alias"),
    (LI, "R", 330, "health_alias"), (LI, "R", 384, "health_multiple_values"), (LIU, "L", 56, "health_alias"),
    (LI, "T", 584, "labor_alias"), (SHUANG, "P", 111, "labor_alias"), (LI, "G", 586, "household_type_alias"),
    (LIU, "S", 20, "house_grade_variant"), (SHUANG, "S", 75, "water_variant"), (LI, "AB", 292, "phone_format"),
    (LI, "L", 445, "date_format_variant"), (LI, "L", 469, "date_format_variant"),
    (SHUANG, "J", 20, "birth_date_month_only"), (LIU, "A", 213, "repeated_header_row"), (LIU, "A", 212, "empty_row"),
    (LI, "S", 517, "disability_no_22_digits"),
]  # fmt: skip


def test_errors_and_warnings_stand_at_their_cells(plan: ImportPlan) -> None:
    found = {(f.sheet, f.col, f.row, f.code) for f in plan.findings if f.severity in ("error", "warning")}
    assert [c for c in ERRORS_AND_WARNINGS if c not in found] == []


def test_safe_normalisations_are_told_not_asked(plan: ImportPlan) -> None:
    found = {(f.sheet, f.col, f.row, f.code) for f in plan.findings if f.severity == "info"}
    assert [c for c in INFOS if c not in found] == []


def test_nobody_is_buried(plan: ImportPlan) -> None:
    counts = plan.counts()
    assert counts["error"] + counts["warning"] < 160
    assert counts["info"] < 100
    pattern = next(f for f in plan.findings if f.code == "age_nominal_in_village")
    assert pattern.rows and len(pattern.rows) >= 85


def test_a_lost_number_is_never_proposed(plan: ImportPlan) -> None:
    lost = [f for f in plan.findings if f.code == "id_number_lost_precision"]
    assert len(lost) == 11
    assert all(f.proposed is None for f in lost)


def test_wrong_numbers_stay_out_and_are_to_be_collected(decided: ImportPlan) -> None:
    by_place = {(m["source_sheet"], m["source_row"]): m for r in decided.ready() for m in r.values["members"]}
    for place in ((LI, 54), (LIU, 133), (SHUANG, 32), (LI, 441), (LI, 58)):
        person = by_place[place]
        assert person["id_no"] is None
        assert json.loads(person["missing_reasons"])["id_no"] == "to_collect"
    assert by_place[LI, 54]["birth_date"] == "1985-10-24"
    assert by_place[LI, 6]["id_no"] == "360299200401040013"
    assert by_place[LI, 53]["cert_type"] == "none_newborn"
    assert json.loads(by_place[LI, 53]["missing_reasons"])["id_no"] == "not_applicable"


def test_values_are_those_of_the_tables(decided: ImportPlan) -> None:
    first = next(r for r in decided.ready() if (r.sheet, r.row) == (LI, 4))
    assert first.values["household_type"] == "lifted"
    assert first.values["net_income_fen"] == 8306200
    assert first.values["per_capita_income_fen"] == 2768733
    assert first.values["group_name"] == "3组"
    assert first.values["division_code"] == "360202102202"
    assert first.values["house_grade"] == "A" and first.values["water_safe"] == 1
    head, wife, _son = first.values["members"]
    assert (head["name"], head["sex"], head["education"], head["labor_skill"]) == ("刘虚燕", "1", "junior", "skilled")
    assert (head["work_state"], head["work_place"]) == ("务工", "县内")
    assert (wife["relation"], wife["nation"], wife["health"]) == ("spouse", "01", "healthy")
    assert (wife["birth_date"], wife["birth_precision"], wife["stated_age"]) == ("1971-12-24", "day", 53)


def test_every_stored_code_is_in_its_list(decided: ImportPlan) -> None:
    for (table, column), name in LIST_OF_COLUMN.items():
        if table not in ("household", "person"):
            continue
        codes = {item.code for item in shipped(name)}
        rows = [r.values for r in decided.ready()]
        rows = rows if table == "household" else [m for r in rows for m in r["members"]]
        stored = {c for r in rows if r.get(column) for c in str(r[column]).split(",")}
        assert stored <= codes, column


def test_values_are_columns_of_the_tables(decided: ImportPlan) -> None:
    extra = {"members", "village_name", "town_name"}
    for record in decided.ready():
        assert record.values.keys() - extra <= Household.model_fields.keys()
        for member in record.values["members"]:
            assert member.keys() - {"is_head"} <= Person.model_fields.keys()


def test_the_swallowed_head_is_back_in_his_household(plan: ImportPlan) -> None:
    heads = {r.values["head_name"]: r.values["members"] for r in plan.ready() if r.sheet == LI and r.row in (29, 31)}
    assert [m["source_row"] for m in heads["林虚玲"]] == [29, 30]
    assert [m["source_row"] for m in heads["汪仿泰"]] == [31, 32, 33, 34, 35, 36]


def test_the_same_file_gives_the_same_plan(workbook: Workbook, decided: ImportPlan) -> None:
    again = plan_roster(workbook, decisions=read_decisions(SAMPLES / "roster_decisions.json"), today=TODAY)
    assert [as_json(f) for f in again.findings] == [as_json(f) for f in decided.findings]
    assert [(r.sheet, r.row, r.values, r.set_aside) for r in again.records] == [
        (r.sheet, r.row, r.values, r.set_aside) for r in decided.records
    ]


def test_a_broken_name_is_replaced_by_the_one_a_person_gives(workbook: Workbook, plan: ImportPlan) -> None:
    finding = next(f for f in plan.findings if f.code == "name_question_mark")
    given = {finding.key: Decision(*finding.key, "value", "王样䶮")}
    names = [m["name"] for r in plan_roster(workbook, decisions=given).records for m in r.values["members"]]
    assert "王样䶮" in names and finding.raw not in names
