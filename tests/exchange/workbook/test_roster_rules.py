"""Each rule on a clean roster with one thing spoiled: the finding stands at its cell, nothing else is asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from desktop.common.errors import InputRefused
from desktop.exchange.workbook.findings import decisions_from
from desktop.exchange.workbook.reader import column_letters
from tests.exchange.workbook.roster_grids import (
    FIRST,
    HEADINGS,
    HOUSEHOLD,
    age,
    asked,
    grid,
    id_number,
    letter,
    plan_of,
    rows,
)


def test_a_clean_roster_asks_nothing_in_any_layout() -> None:
    for repeated in (False, True):
        plan = plan_of(grid(rows(repeated)))
        assert plan.findings == []
        assert (plan.totals["households"], plan.totals["persons"]) == (4, 11)
    assert {r.values["village_name"] for r in plan.records} == {"江联村", "余家村"}


def test_a_roster_without_household_columns_is_grouped_by_its_heads() -> None:
    own = [h for h in HEADINGS if h not in HOUSEHOLD]
    plan = plan_of(grid(rows(), headings=own))
    assert (plan.totals["households"], plan.totals["persons"]) == (4, 11)
    assert asked(plan) == set()


def test_repeated_rows_without_numbers_are_grouped_by_village_and_head() -> None:
    some = [h for h in HEADINGS if h not in ("序号", "户编号")]
    plan = plan_of(grid(rows(True), headings=some))
    assert (plan.totals["households"], plan.totals["persons"]) == (4, 11)
    assert asked(plan) == set()


# heading, member row (0 = first), new value, code, severity
ID_NUMBER = id_number("1970-05-06", "男")
CASES: list[tuple[str, int, Any, str, str]] = [
    ("身份证号码", 0, float(ID_NUMBER), "id_number_lost_precision", "error"),
    ("身份证号码", 0, "3.60299E+17", "id_number_lost_precision", "error"),
    ("身份证号码", 0, ID_NUMBER[:15] + "000", "id_number_lost_precision", "error"),
    ("身份证号码", 0, ID_NUMBER[:-1], "id_number_length", "error"),
    ("身份证号码", 0, ID_NUMBER + "1", "id_number_length", "error"),
    ("身份证号码", 0, ID_NUMBER[:-1] + ("1" if ID_NUMBER[-1] != "1" else "2"), "id_number_check_digit_wrong", "error"),
    ("身份证号码", 0, ID_NUMBER.replace("0", "O", 1), "id_number_letter_for_digit", "error"),
    ("身份证号码", 0, ID_NUMBER[:6] + "19700230" + ID_NUMBER[14:], "id_number_date_invalid", "error"),
    ("身份证号码", 0, ID_NUMBER[:6] + "20700506" + ID_NUMBER[14:], "id_number_date_in_future", "error"),
    ("身份证号码", 0, "", "id_number_missing", "warning"),
    ("身份证号码", 0, "不详", "id_number_missing", "warning"),
    ("身份证号码", 0, "遗失补办中", "id_number_missing", "warning"),
    ("身份证号码", 0, "身份证在外地", "id_number_not_number", "error"),
    ("身份证号码", 0, "999999197005060011", "id_number_virtual", "warning"),
    ("身份证号码", 0, ID_NUMBER + "44", "id_number_is_disability_no", "error"),
    ("性别", 0, "女", "sex_differs_from_id", "warning"),
    ("性别", 0, "不清", "sex_not_in_list", "error"),
    ("出生日期", 0, "1970-05-16", "birth_date_differs_from_id", "warning"),
    ("出生日期", 0, "1970-13-06", "birth_date_invalid", "warning"),
    ("出生日期", 0, "农历四月初二", "birth_date_lunar", "warning"),
    ("出生日期", 0, "2070-05-06", "birth_date_in_future", "warning"),
    ("出生日期", 0, "70.5.6", "birth_date_two_digit_year", "warning"),
    ("出生日期", 0, 25694.0, "birth_date_serial_number", "warning"),
    ("年龄", 0, 65.0, "age_differs_from_birth", "warning"),
    ("年龄", 0, "五十", "age_not_number", "warning"),
    ("与户主关系", 1, "", "relation_missing", "error"),
    ("与户主关系", 1, "夫妇", "relation_ambiguous", "warning"),
    ("与户主关系", 2, "父子", "relation_ambiguous", "warning"),
    ("与户主关系", 2, "远亲", "relation_not_in_list", "error"),
    ("与户主关系", 2, "之女", "relation_differs_from_sex", "warning"),
    ("与户主关系", 3, "户主", "head_more_than_one", "error"),
    ("与户主关系", 3, "配偶", "spouse_more_than_one", "error"),
    ("与户主关系", 0, "之子", "head_missing", "error"),
    ("与户主关系", 2, "之父", "relation_age_unlikely", "warning"),
    ("家庭人口", 0, 5.0, "household_size_mismatch", "error"),
    ("家庭人口", 0, "若干", "household_size_not_number", "warning"),
    ("户主姓名", 0, "李样二", "head_name_differs", "error"),
    ("户主姓名", 0, "某某", "head_name_not_a_member", "error"),
    ("姓名", 0, "陈样?", "name_question_mark", "error"),
    ("姓名", 0, "陈样□", "name_question_mark", "error"),
    ("姓名", 2, "陈样三（阿三）", "name_with_nickname", "warning"),
    ("姓名", 2, "陈样3", "name_with_digits", "warning"),
    ("姓名", 2, "", "name_missing", "error"),
    ("文化程度", 3, "小学", "education_and_student_both", "error"),
    ("在校生状况", 3, "", "out_of_school_without_reason", "error"),
    ("在校生状况", 3, "辍学", "out_of_school_with_reason", "warning"),
    ("在校生状况", 3, "学前教育", "student_status_differs_from_age", "warning"),
    ("文化程度", 0, "", "education_and_student_missing", "error"),
    ("文化程度", 0, "不知道", "education_not_in_list", "warning"),
    ("劳动能力", 3, "普通劳动力", "labor_but_minor_or_student", "warning"),
    ("劳动能力", 2, "无劳动力", "healthy_adult_without_labor", "warning"),
    ("劳动能力", 2, "有劳动力", "labor_not_in_list", "warning"),
    ("健康状况", 0, "健康、残疾", "health_healthy_with_illness", "error"),
    ("健康状况", 0, "一般", "health_not_in_list", "warning"),
    ("残疾证号", 0, float(ID_NUMBER + "43"), "disability_no_lost_precision", "error"),
    ("残疾证号", 0, ID_NUMBER + "4", "disability_no_length", "error"),
    ("残疾证号", 0, ID_NUMBER + "83", "disability_category_invalid", "error"),
    ("残疾证号", 0, ID_NUMBER + "45", "disability_grade_invalid", "error"),
    ("残疾证号", 0, "3602991970050600" + "9943", "disability_no_differs_from_id", "error"),
    ("户类型", 0, "监测户", "household_type_ambiguous", "warning"),
    ("户类型", 0, "特困、低保", "household_type_conflict", "warning"),
    ("户类型", 0, "低保户、脱贫户", "household_type_multiple", "warning"),
    ("户类型", 0, "某类户", "household_type_not_in_list", "warning"),
    ("住房等级", 0, "C级", "house_unsafe_without_measure", "warning"),
    ("住房等级", 0, "危房", "house_grade_ambiguous", "warning"),
    ("饮水安全", 0, "否", "water_unsafe_without_measure", "warning"),
    ("饮水安全", 0, "井水", "water_not_in_list", "warning"),
    ("家庭年纯收入（元）", 0, "4.86万元", "unit_text_in_number", "error"),
    ("家庭年纯收入（元）", 0, "48600元", "unit_text_in_number", "warning"),
    ("家庭年纯收入（元）", 0, "约4.8万", "approximate_text", "error"),
    ("家庭年纯收入（元）", 0, "较好", "income_not_number", "error"),
    ("家庭年纯收入（元）", 0, -48600.0, "income_negative", "error"),
    ("家庭年纯收入（元）", 0, 4.86, "unit_wan_in_yuan_table", "error"),
    ("家庭年纯收入（元）", 0, "", "income_missing", "warning"),
    ("人均纯收入（元）", 0, 48600.0, "per_capita_not_divided", "error"),
    ("人均纯收入（元）", 0, 121500.0, "per_capita_decimal_point", "error"),
    ("人均纯收入（元）", 0, 13000.0, "per_capita_differs", "error"),
    ("致贫返贫风险", 0, "因残", "risk_disability_without_disabled", "warning"),
    ("致贫返贫风险", 0, "因懒", "risk_not_in_list", "warning"),
    ("帮扶责任人", 0, "钱样五（已调离）", "helper_left_office", "warning"),
    ("行政村", 0, "江莲村", "village_name_typo", "warning"),
    ("行政村", 0, "不存村", "village_not_in_town", "error"),
    ("行政村", 0, "", "village_missing", "error"),
    ("乡镇", 0, "鲇鱼山镇", "town_name_differs", "warning"),
    ("户编号", 0, "", "household_no_missing", "warning"),
    ("户编号", 0, "360299000004", "household_number_duplicate", "error"),
    ("联系电话", 0, "1000000001", "phone_length", "warning"),
    ("联系电话", 0, "0798-8330000", "phone_not_mobile", "warning"),
    ("联系电话", 0, "10000000001、10000000009", "phone_multiple", "warning"),
    ("联系电话", 0, "问村长", "phone_not_number", "warning"),
    ("民族", 0, "某族", "nation_not_in_list", "warning"),
    ("备注", 2, "2023年病故", "note_person_deceased", "warning"),
    ("备注", 3, "已嫁出", "note_person_married_out", "warning"),
    ("备注", 3, "与2组重复", "note_says_duplicate", "warning"),
]  # fmt: skip

ALSO = {
    ("行政村", "不存村"): set(),
    ("乡镇", "鲇鱼山镇"): {"village_not_in_town"},
    ("户主姓名", "某某"): set(),
    ("户编号", "360299000004"): set(),
    ("性别", "女"): {"spouse_same_sex"},
    ("与户主关系", "之父"): set(),
    ("致贫返贫风险", "因残"): {"risk_without_monitoring"},
    ("残疾证号", ID_NUMBER + "83"): {"health_without_disability"},
    ("残疾证号", ID_NUMBER + "45"): {"health_without_disability"},
    ("残疾证号", ID_NUMBER + "4"): {"health_without_disability"},
    ("残疾证号", float(ID_NUMBER + "43")): {"health_without_disability"},
    ("残疾证号", "36029919700506009943"): {"health_without_disability"},
    ("姓名", ""): {"head_name_not_a_member"},
}
"""Findings that follow from the spoiled cell besides its own."""


@pytest.mark.parametrize(("heading", "at", "value", "code", "severity"), CASES)
def test_a_spoiled_cell_is_found_where_it_stands(heading: str, at: int, value: Any, code: str, severity: str) -> None:
    table = rows()
    table[at][heading] = value
    plan = plan_of(grid(table))
    found = asked(plan)
    if code == "household_number_duplicate":
        assert (letter(heading), FIRST + 7, code, severity) in found  # the later of the two
    else:
        assert (letter(heading), FIRST + at, code, severity) in found
    rest = {k for _c, _r, k, _s in found} - {code} - ALSO.get((heading, value), set())
    assert rest == set()
    blocked = [r for r in plan.left_out() if "source_row" in r.values]
    assert bool(blocked) == (any(s == "error" for *_x, s in found))


SAFE: list[tuple[str, int, Any, str]] = [
    ("身份证号码", 0, ID_NUMBER[:6] + " " + ID_NUMBER[6:14] + " " + ID_NUMBER[14:], "id_number_spaces"),
    ("身份证号码", 0, "'" + ID_NUMBER, "id_number_quote"),
    ("身份证号码", 0, ID_NUMBER[:6] + "-" + ID_NUMBER[6:14] + "-" + ID_NUMBER[14:], "id_number_hyphens"),
    ("身份证号码", 0, ID_NUMBER + "\n", "id_number_line_break"),
    ("身份证号码", 0, ID_NUMBER + "\u00a0", "id_number_spaces"),
    ("身份证号码", 0, ID_NUMBER.translate({48 + k: 0xFF10 + k for k in range(10)}), "id_number_fullwidth"),
    ("性别", 0, "M", "sex_code_variant"),
    ("性别", 0, "", "sex_missing"),
    ("出生日期", 0, "1970.5.6", "date_format_variant"),
    ("出生日期", 0, 19700506.0, "date_format_variant"),
    ("出生日期", 0, "1970年5月", "birth_date_month_only"),
    ("与户主关系", 1, "老婆", "relation_alias"),
    ("与户主关系", 0, "户 主", "relation_alias"),
    ("民族", 0, "01", "nation_variant"),
    ("民族", 0, "漢", "nation_variant"),
    ("文化程度", 0, "初中毕业", "education_alias"),
    ("在校生状况", 3, "初一", "student_status_alias"),
    ("健康状况", 0, "良好", "health_alias"),
    ("劳动能力", 0, "普通", "labor_alias"),
    ("户类型", 0, "已脱贫户", "household_type_alias"),
    ("住房等级", 0, "ａ", "house_grade_variant"),
    ("饮水安全", 0, "√", "water_variant"),
    ("联系电话", 0, "100 0000 0001", "phone_format"),
    ("行政村", 0, "江联村委会", "village_name_variant"),
    ("行政村", 0, "昌江区丽阳镇江联村", "village_name_with_prefix"),
    ("行政村", 0, "江联村3组", "village_name_with_group"),
    ("村民小组", 0, "第一组", "group_name_variant"),
    ("姓名", 2, "陈 样三", "name_with_blank"),
    ("姓名", 2, "陈样三　", "spaces_around_text"),
    ("姓名", 2, "陈样\ue863", "name_private_use_character"),
    ("姓名", 2, "买买提•样三", "name_separator"),
    ("户主姓名", 0, "陈 样一", "spaces_around_text"),
    ("家庭年纯收入（元）", 0, "48,600", "number_as_text"),
    ("残疾证号", 0, "/", "placeholder_for_empty"),
    ("在校生状况", 0, "—", "placeholder_for_empty"),
    ("备注", 0, "无", "placeholder_for_empty"),
    ("民族", 0, "汉族\n", "line_break_in_text"),
]


@pytest.mark.parametrize(("heading", "at", "value", "code"), SAFE)
def test_a_safe_spelling_is_told_and_the_household_goes_in(heading: str, at: int, value: Any, code: str) -> None:
    table = rows()
    table[at][heading] = value
    plan = plan_of(grid(table))
    assert asked(plan) == set()
    assert (letter(heading), FIRST + at, code) in {(f.col, f.row, f.code) for f in plan.findings}
    assert plan.totals["persons"] == 11


def test_a_disability_number_and_health_must_agree() -> None:
    table = rows()
    table[0]["残疾证号"] = ID_NUMBER + "43"
    assert asked(plan_of(grid(table))) == {(letter("健康状况"), FIRST, "health_without_disability", "warning")}
    table[0]["残疾证号"], table[0]["健康状况"] = "", "残疾"
    assert asked(plan_of(grid(table))) == {(letter("残疾证号"), FIRST, "disability_no_missing", "warning")}
    table[0]["残疾证号"], table[0]["健康状况"] = ID_NUMBER + "42", "肢体残疾二级"
    assert asked(plan_of(grid(table))) == {(letter("劳动能力"), FIRST, "labor_but_severely_disabled", "warning")}
    table[0]["健康状况"] = "肢体残疾三级"
    assert (letter("健康状况"), FIRST, "health_differs_from_disability_no", "warning") in asked(plan_of(grid(table)))


def test_dates_as_real_dates_are_read_silently() -> None:
    table = rows()
    table[0]["出生日期"] = dt.datetime(1970, 5, 6)
    assert plan_of(grid(table)).findings == []


def test_a_newborn_without_papers_has_a_state_not_a_number() -> None:
    table = rows()
    table[9]["身份证号码"], table[9]["备注"] = "", "新生儿，未上户口"
    plan = plan_of(grid(table))
    child = plan.records[3].values["members"][2]
    assert (child["id_no"], child["cert_type"]) == (None, "none_newborn")
    assert '"id_no":"not_applicable"' in child["missing_reasons"]


def test_ages_of_a_whole_village_by_nominal_years_are_one_finding() -> None:
    table: list[dict[str, Any]] = []
    for copy in range(4):
        for row in rows():
            row = dict(row)
            for heading in ("户编号", "联系电话"):
                if row.get(heading):
                    row[heading] = row[heading][:-2] + str(copy) + row[heading][-1]
            row["身份证号码"] = id_number(row["出生日期"], row["性别"], 10 + copy)
            row["姓名"] = row["姓名"][:-1] + "甲乙丙丁"[copy] + row["姓名"][-1]
            if row.get("户主姓名"):
                row["户主姓名"] = row["姓名"]
            row["年龄"] = float(2025 - int(row["出生日期"][:4]) + 1)
            table.append(row)
    plan = plan_of(grid(table))
    found = [f for f in plan.findings if f.severity != "info"]
    assert {f.code for f in found} == {"age_nominal_in_village"}
    assert sum(len(f.rows or []) for f in found) == 44
    assert len(found) == 2  # one for each village


def test_the_reference_date_is_inferred_when_no_heading_states_it() -> None:
    table = [dict(r) for r in rows()] * 1
    more = [dict(r, 姓名=r["姓名"] + "二", 身份证号码=id_number(r["出生日期"], r["性别"], 7)) for r in rows()]
    for row in more:
        if row.get("户编号"):
            row["户编号"], row["联系电话"] = "9" + row["户编号"][1:], "101" + row["联系电话"][3:]
            row["户主姓名"] = row["姓名"]
    plan = plan_of(grid(table + more, title="花名册"))
    assert not [f for f in plan.findings if f.code.startswith("age_")]


def test_a_merged_range_that_swallows_the_next_head_is_put_right_and_told() -> None:
    table = rows()
    swallowed = {h: table[4].pop(h) for h in list(table[4]) if h in HOUSEHOLD}
    table[5] = {**swallowed, **table[5]}
    merged = [(FIRST, c, FIRST + 4, c) for c in range(1, 9)]
    plan = plan_of(grid(table, merged=merged))
    codes = {(f.col, f.row) for f in plan.findings if f.code == "merge_range_covers_next_household"}
    assert codes == {("A", FIRST), ("F", FIRST + 4)}
    assert (plan.totals["households"], plan.totals["persons"]) == (4, 11)
    assert [len(r.values["members"]) for r in plan.records] == [4, 2, 1, 4]


def test_a_household_block_that_begins_a_row_early_is_put_right_and_told() -> None:
    table = rows()
    early = {h: table[4].pop(h) for h in list(table[4]) if h in HOUSEHOLD}
    table[3] = {**early, **table[3]}
    plan = plan_of(grid(table))
    assert [len(r.values["members"]) for r in plan.records] == [4, 2, 1, 4]
    assert {f.code for f in plan.findings} == {"household_border_misplaced"}


def test_the_same_person_twice_is_set_aside_once() -> None:
    exact = rows()
    exact.append(dict(rows(True)[1]))
    plan = plan_of(grid(exact))
    assert (letter("姓名"), FIRST + 11, "duplicate_exact", "error") in asked(plan)
    assert (plan.totals["households"], plan.totals["persons"]) == (4, 11)
    spaced = rows()
    spaced.append({**rows(True)[1], "姓名": "李 样二"})
    assert (letter("姓名"), FIRST + 11, "duplicate_after_trimming", "error") in asked(plan_of(grid(spaced)))


def test_a_person_in_two_households_goes_where_a_person_says() -> None:
    table = rows()
    table[10] = {**table[10], **{h: table[1][h] for h in ("姓名", "身份证号码", "出生日期", "年龄")}}
    plan = plan_of(grid(table))
    finding = next(f for f in plan.findings if f.code == "person_in_two_households")
    assert (finding.row, finding.rows, finding.options) == (FIRST + 10, [FIRST + 1], ["skip", "keep"])
    assert plan.totals["households"] == 3  # the later household would be short of a member
    entry = {"sheet": "花名册", "row": FIRST + 10, "col": letter("姓名"), "code": "person_in_two_households"}
    size = {"sheet": "花名册", "row": FIRST, "col": letter("家庭人口"), "code": "household_size_mismatch"}
    kept = plan_of(grid(table), decisions=decisions_from([{**entry, "take": "value", "value": "keep"}]))
    assert (letter("家庭人口"), FIRST, "household_size_mismatch", "error") in asked(kept)
    assert size["code"] in {f.code for f in kept.findings}


def test_one_number_for_two_people_is_asked_of_both() -> None:
    table = rows()
    table[4]["身份证号码"] = table[9]["身份证号码"] = id_number("1965-02-03", "女")
    table[9] = {**table[9], "性别": "女", "与户主关系": "之女"}
    found = asked(plan_of(grid(table)))
    assert (letter("身份证号码"), FIRST + 9, "id_number_differs_from_birth_and_age", "error") in found
    assert (letter("身份证号码"), FIRST + 9, "id_number_duplicate", "error") in found
    assert (letter("身份证号码"), FIRST + 4, "id_number_duplicate", "warning") in found


def test_rows_of_a_household_that_contradict_each_other_are_found_at_the_odd_one() -> None:
    table = rows(True)
    table[1]["住房等级"], table[2]["联系电话"], table[9]["家庭人口"] = "B级", "10000000077", 5.0
    found = asked(plan_of(grid(table)))
    assert found == {
        (letter("住房等级"), FIRST + 1, "household_value_differs", "warning"),
        (letter("联系电话"), FIRST + 2, "household_value_differs", "warning"),
        (letter("家庭人口"), FIRST + 9, "household_value_differs", "error"),
    }


def test_the_same_phone_in_two_households() -> None:
    table = rows()
    table[4]["联系电话"] = table[0]["联系电话"]
    assert asked(plan_of(grid(table))) == {(letter("联系电话"), FIRST + 4, "phone_duplicate", "warning")}


def test_monitored_households_need_a_risk_and_a_helper() -> None:
    table = rows()
    table[0]["户类型"], table[0]["帮扶责任人"] = "边缘易致贫户", ""
    found = asked(plan_of(grid(table)))
    assert found == {
        (letter("致贫返贫风险"), FIRST, "risk_missing_for_monitored", "warning"),
        (letter("帮扶责任人"), FIRST, "helper_missing", "warning"),
    }


def test_subtotals_section_titles_signatures_and_repeated_headers_are_no_people() -> None:
    table = rows()
    head = dict(zip(HEADINGS, HEADINGS, strict=True))
    made = [*table[:6], {"序号": "江联村小计：2户7人"}, head, {}, *table[6:], {"序号": "填报人：钱样五"}]
    plan = plan_of(grid(made))
    assert (plan.totals["households"], plan.totals["persons"]) == (4, 11)
    assert asked(plan) == {("A", FIRST + 6, "subtotal_count_differs", "error")}
    assert {f.code for f in plan.findings if f.severity == "info"} == {"repeated_header_row", "empty_row"}


def test_comments_hidden_rows_and_hidden_sheets_are_shown() -> None:
    comments = {(FIRST, HEADINGS.index("联系电话") + 1): "已换号 10000000099"}
    seen = grid(rows(), comments=comments, hidden_rows={FIRST + 2}, hidden_cols={HEADINGS.index("民族") + 1})
    old = grid(rows(), name="旧表", state="hidden")
    plan = plan_of(seen, old)
    codes = {(f.sheet, f.code) for f in plan.findings}
    here = {("花名册", code) for code in ("comment_on_cell", "hidden_row", "hidden_column")}
    assert codes == here | {("旧表", "leftover_hidden_sheet")}
    assert plan.totals["persons"] == 11


def test_a_pattern_over_a_column_is_one_finding() -> None:
    table = [dict(r, 姓名=f"{r['姓名']}{k}") for k in "甲乙丙丁" for r in rows()]
    for at, row in enumerate(table):
        row["身份证号码"] = float(id_number(row["出生日期"], row["性别"], at)[:17] + "0")
        for heading in ("户编号", "联系电话"):
            if row.get(heading):
                row[heading] = f"{row[heading][:-2]}{at:02d}"
        if row.get("户主姓名"):
            row["户主姓名"] = row["姓名"]
    plan = plan_of(grid(table))
    lost = [f for f in plan.findings if f.code == "id_number_lost_precision"]
    assert len(lost) == 1 and len(lost[0].rows or []) == 44
    assert plan.totals["households"] == 0
    entry = {"sheet": "花名册", "row": lost[0].row, "col": lost[0].col, "code": lost[0].code, "take": "proposed"}
    decided = plan_of(grid(table), decisions=decisions_from([entry]))
    assert decided.totals["persons"] == 44
    assert all(m["id_no"] is None for r in decided.ready() for m in r.values["members"])


def test_a_decided_value_is_checked_again() -> None:
    table = rows()
    table[0]["身份证号码"] = ID_NUMBER[:-1]
    entry = {
        "sheet": "花名册", "row": FIRST, "col": letter("身份证号码"), "code": "id_number_length", "take": "value",
    }  # fmt: skip
    wrong = plan_of(grid(table), decisions=decisions_from([{**entry, "value": ID_NUMBER[:-2]}]))
    assert wrong.totals["households"] == 3
    assert any(f.open and "改后的值仍不正确" in f.message for f in wrong.findings)
    right = plan_of(grid(table), decisions=decisions_from([{**entry, "value": ID_NUMBER}]))
    assert right.totals["households"] == 4
    assert right.records[0].values["members"][0]["id_no"] == ID_NUMBER
    empty = plan_of(grid(table), decisions=decisions_from([{**entry, "value": None}]))
    assert empty.totals["households"] == 4
    assert empty.records[0].values["members"][0]["id_no"] is None


def test_taking_a_warning_without_a_proposal_changes_nothing() -> None:
    table = rows()
    table[0]["户类型"], table[0]["致贫返贫风险"] = "边缘易致贫户", "因残"
    entry = {"sheet": "花名册", "row": FIRST, "col": letter("致贫返贫风险"), "code": "risk_disability_without_disabled"}
    plan = plan_of(grid(table), decisions=decisions_from([{**entry, "take": "proposed"}]))
    assert plan.records[0].values["risk_type"] == "disability"
    assert [f.take for f in plan.findings if f.code == entry["code"]] == ["proposed"]


def test_a_text_file_is_not_told_that_its_numbers_are_texts() -> None:
    table = [{k: str(int(v)) if isinstance(v, float) else str(v) for k, v in r.items()} for r in rows()]
    assert plan_of(grid(table, typed=False)).findings == []
    told = plan_of(grid(table)).findings
    assert {f.code for f in told} == {"number_as_text"} and all(f.severity == "info" for f in told)


def test_columns_that_few_rosters_have_are_read_and_checked() -> None:
    more = ["监测对象类别", "低收入类别", "婚姻状况", "居民医保", "职工医保", "公益性岗位", "务工月数"]
    table = [{**r, "居民医保": "是", "职工医保": "否"} for r in rows()]
    table[0] |= {"监测对象类别": "边缘易致贫户", "户类型": "一般农户", "低收入类别": "低保对象", "致贫返贫风险": "因病"}
    table[0] |= {"婚姻状况": "已婚", "务工月数": "6"}
    table[6] |= {"公益性岗位": "保洁员"}
    table[1]["职工医保"], table[2]["居民医保"], table[4]["居民医保"] = "是", "否", "不清楚吧"
    headings = [*HEADINGS, *more]
    plan = plan_of(grid(table, headings=headings))
    columns = {name: column_letters(headings.index(name) + 1) for name in more}
    assert asked(plan) == {
        (columns["职工医保"], FIRST + 1, "medical_insurance_both", "error"),
        (columns["居民医保"], FIRST + 2, "medical_insurance_none", "error"),
        (columns["居民医保"], FIRST + 4, "flag_not_yes_or_no", "warning"),
        (columns["公益性岗位"], FIRST + 6, "public_post_differs_from_age", "warning"),
    }
    first = plan.records[0].values
    assert (first["household_type"], first["monitored_type"], first["category"]) == ("general", "marginal", "dibao")
    head = first["members"][0]
    assert (head["marital"], head["medical_resident"], head["medical_worker"], head["work_months"]) == ("20", 1, 0, 6)


def test_skip_leaves_a_household_or_a_dead_member_out() -> None:
    table = rows()
    table[0]["家庭人口"], table[6]["备注"], table[9]["备注"] = 5.0, "", "2023年病故"
    size = {
        "sheet": "花名册",
        "row": FIRST,
        "col": letter("家庭人口"),
        "code": "household_size_mismatch",
        "take": "skip",
    }
    dead = {"sheet": "花名册", "row": FIRST + 9, "col": letter("备注"), "code": "note_person_deceased", "take": "skip"}
    plan = plan_of(grid(table), decisions=decisions_from([size, dead]))
    assert (plan.totals["households"], plan.totals["persons"]) == (3, 6)


def test_a_workbook_without_a_roster_is_refused() -> None:
    with pytest.raises(InputRefused, match="没有找到住户花名册"):
        plan_of(grid([], headings=["资产名称", "原值"]))


def test_clean_ages_fit_the_reference_date() -> None:
    assert age("1970-05-06") == 55
    assert age("1970-07-01") == 54
