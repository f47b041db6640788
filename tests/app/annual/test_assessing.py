"""年度评估: begun once for a place and year; self, town, county by different people; closed when all is put right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.app.annual.annual_pack import pack_pdf, prepare_pack
from desktop.app.annual.assessing import add_assessment_finding, assessments, begin_assessment
from desktop.app.cases.procedures import steps_of, take_step
from desktop.app.county.configuring import set_setting
from desktop.app.records.editing import open_record, remove_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.registry.assessment import years_without
from desktop.registry.invariants import invariant_problems
from tests.app.annual.test_annual_pack import text_of
from tests.app.conftest import Said
from tests.app.money.books import TOWN, VILLAGE, asset, register_at

SELF = {"self_text": "按计划完成", "self_score": "92.5", "self_by": "样一"}
REVIEW = {"review_text": "属实", "review_score": "88", "review_by": "仿二"}
DECISION = {"grade": "良好", "score": "85", "decided_by": "拟三", "decision_doc": "样评〔2026〕1号"}


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        yield made


def through(ws: Workspace, row: str, *, to: str = "decided") -> None:
    """Take the steps with past days."""
    for name, values, day in (("submit", SELF, "2026-01-10"), ("review", REVIEW, "2026-01-20"),
                              ("decide", DECISION, "2026-02-01")):  # fmt: skip
        take_step(ws, "assessment", row, name, values, on=day)
        if (ws.register.row("assessment", row) or {})["state"] == to:
            return


def test_an_assessment_goes_its_way_and_is_closed_when_its_problems_are(ws: Workspace) -> None:
    row = begin_assessment(ws, TOWN, 2025)
    with pytest.raises(InputRefused, match="已有一份评估"):
        begin_assessment(ws, TOWN, 2025)
    through(ws, row)
    problem = add_assessment_finding(ws, row, {"what": "台账不全", "found_date": "2026-01-15"})
    assert (ws.register.row("finding", problem) or {})["division_code"] == TOWN
    with pytest.raises(InputRefused, match="还有 1 个没有销号"):
        take_step(ws, "assessment", row, "close", on="2026-02-02")
    (line,) = assessments(ws, 2025)
    assert (line.state_word, line.grade, line.score, line.findings, line.open_findings) == (
        "已评定", "良好", "85", 1, 1
    )  # fmt: skip
    take_step(ws, "finding", problem, "void", note="查过没有这回事", on="2026-02-03")
    take_step(ws, "assessment", row, "close", on="2026-03-01")
    assert steps_of(ws, "assessment", row) == []
    with pytest.raises(InputRefused, match="已归档"):
        add_assessment_finding(ws, row, {"what": "又一个", "found_date": "2026-03-02"})


@pytest.mark.parametrize(
    ("step", "values", "said"),
    [
        ("submit", {**SELF, "self_score": "101"}, "0 到 100"), ("submit", {**SELF, "self_score": "很好"}, "0 到 100"),
        ("submit", {**SELF, "self_text": ""}, "自评情况"), ("review", {**REVIEW, "review_by": "样 一"}, "不能是自评人"),
        ("decide", {**DECISION, "decided_by": "仿二"}, "不能是镇评人"),
        ("decide", {**DECISION, "score": "95"}, "是“优秀”"), ("decide", {**DECISION, "grade": "很好"}, "不在代码表中"),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_refused(ws: Workspace, step: str, values: dict[str, str], said: str) -> None:
    row = begin_assessment(ws, TOWN, 2025)
    if step != "submit":
        through(ws, row, to={"review": "reviewing", "decide": "reviewed"}[step])
    before = ws.register.row("assessment", row)
    with pytest.raises(InputRefused, match=said):
        take_step(ws, "assessment", row, step, values, on="2026-02-02")
    assert ws.register.row("assessment", row) == before


def test_full_score_and_bands_are_configuration(ws: Workspace) -> None:
    set_setting(ws, "assessment.full_score", 1000)
    set_setting(ws, "assessment.bands", {})
    row = begin_assessment(ws, TOWN, 2025)
    through(ws, row, to="reviewed")
    take_step(ws, "assessment", row, "decide", {**DECISION, "score": "950"}, on="2026-02-02")
    assert (ws.register.row("assessment", row) or {})["score"] == "950"


def test_several_people_are_each_somebody(ws: Workspace) -> None:
    row = begin_assessment(ws, TOWN, 2022)
    take_step(ws, "assessment", row, "submit", {**SELF, "self_by": "样甲、样乙"}, on="2023-01-10")
    with pytest.raises(InputRefused, match="镇评人不能是自评人"):
        take_step(ws, "assessment", row, "review", {**REVIEW, "review_by": "样 乙"}, on="2023-01-11")


def test_places_that_lack_one_are_named(ws: Workspace) -> None:
    row = begin_assessment(ws, TOWN, 2024)
    lines = assessments(ws, 2023, 2025)
    assert [(x.place, x.year, x.lacks) for x in lines] == [
        ("双水镇", 2023, True), ("双水镇", 2024, False), ("双水镇", 2025, True)
    ]  # fmt: skip
    take_step(ws, "assessment", row, "submit", SELF, on="2025-01-10")
    take_step(ws, "assessment", row, "cancel", note="重做", on="2025-01-11")
    assert all(x.lacks for x in assessments(ws, 2023, 2025))
    again = begin_assessment(ws, TOWN, 2024)
    assert again != row
    with ws.write("县里的区划", right="admin") as scope:  # as a package of the county brings it
        scope.insert("division", {"code": "440705103", "name": "罗坑镇", "level": "town"})
    assert {x.code for x in assessments(ws, 2023)} == {TOWN}
    set_setting(ws, "assessment.level", "village")
    assert {x.code[:9] for x in assessments(ws, 2023)} == {TOWN} and len(assessments(ws, 2023)) > 5
    every = len(assessments(ws, 2023))
    set_setting(ws, "assessment.without", [VILLAGE, assessments(ws, 2023)[-1].place])
    assert len(assessments(ws, 2023)) == every - 2
    set_setting(ws, "assessment.level", "none")
    assert assessments(ws, 2023) == [] and prepare_pack(ws, TOWN, 2021, 2023).missing == {}
    remove_record(ws, open_record(ws, "assessment", again))
    for wrong in (2031, 1999):
        with pytest.raises(UsageError):
            begin_assessment(ws, TOWN, wrong)
    with pytest.raises(UsageError, match="不在本册"):
        begin_assessment(ws, "999999", 2024)


def test_what_was_begun_by_mistake_is_undone_and_begun_again(ws: Workspace) -> None:
    row = begin_assessment(ws, TOWN, 2025)
    (unit,) = {e.unit_id for e in ws.register.history("assessment", row)}
    ws.register.undo(unit)
    assert assessments(ws, 2025)[0].lacks
    again = begin_assessment(ws, TOWN, 2025)
    assert assessments(ws, 2025)[0].id == again


def test_two_of_one_year_are_a_case_for_a_person(ws: Workspace) -> None:
    """Two laptops that begin by the window make the same record; two entered by hand are told by `check`."""
    with ws.write("两份", right="edit-assets") as scope:
        for _ in range(2):
            scope.insert("assessment", {"division_code": VILLAGE, "year": 2025})
    with ws.register.reading() as sql:
        found = [p for p in invariant_problems(sql) if p.rule == "assessment_twice"]
    assert len(found) == 2 and "作废" in found[0].message


def test_five_years_and_the_pack_show_grades(ws: Workspace) -> None:
    asset(ws, "样例厂房", original_value_fen=100, built_date="2020-01-01")
    for year in (2022, 2025):
        through(ws, begin_assessment(ws, TOWN, year))
    five = begin_assessment(ws, TOWN, 2025, "five_year")
    assert (ws.register.row("assessment", five) or {})["first_year"] == 2021
    through(ws, five)
    pack = prepare_pack(ws, "", 2021, 2025)
    assert pack.missing_words() == "2021 年、2023 年、2024 年"
    pages = text_of(pack_pdf(ws, pack).data)
    assert "办理情况没有评估已评定没有评估没有评估已评定" in "".join(pages)
    assert "五年总结验收" in "".join(pages)
    one = text_of(pack_pdf(ws, prepare_pack(ws, "", 2025)).data)
    assert "年度评估已评定，良好，85分" in one[0]


def test_the_commands(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", TOWN, "--level", "town", "--user", "镇样例")
    assert "要填区划代码、评估年度" in xiangce("add", place, "assessment", "note=样", code=3).err
    row = xiangce("add", place, "assessment", f"division_code={TOWN}", "year=2025").out.strip()
    assert "交自评" in xiangce("steps", place, "assessment", row).out
    xiangce("step", place, "assessment", row, "submit", *(f"{k}={v}" for k, v in SELF.items()), "--on", "2026-01-10")
    xiangce("add", place, "finding", f"assessment_id={row}", f"division_code={TOWN}", "what=台账不全",
            "found_date=2026-01-15")  # fmt: skip
    said = xiangce("assessments", place, "--year", "2025").out
    assert "双水镇\t2025\t待镇评" in said and "没有开始" not in said
    lacking = xiangce("assessments", place, "--year", "2024", "--to", "2025", "--lacking", code=1)
    assert "双水镇\t2024\t没有开始" in lacking.out and "2025" not in lacking.out
    (line,) = xiangce("assessments", place, "--year", "2025", "--json").json
    assert (line["findings"], line["open_findings"], line["state"]) == (1, 1, "reviewing")
    assert "不是年度" in xiangce("assessments", place, "--year", "今年", code=2).err


def test_a_village_is_assessed_with_its_town(ws: Workspace) -> None:
    """Which years lack a result follows from how the county assesses: by towns, by villages, not at all."""
    def missing(place: str, *years: int) -> dict[int, int]:
        with ws.register.reading() as sql:
            return years_without(sql, place, years)

    assert missing(VILLAGE, 2023, 2024) == missing(TOWN, 2023, 2024) == {2023: 1, 2024: 1}
    through(ws, begin_assessment(ws, TOWN, 2024), to="decided")
    assert missing(VILLAGE, 2023, 2024) == missing(TOWN, 2023, 2024) == {2023: 1}
    through(ws, begin_assessment(ws, VILLAGE, 2023), to="decided")
    assert missing(VILLAGE, 2023) == {} and missing(TOWN, 2023) == {2023: 1}
    set_setting(ws, "assessment.without", ["双水镇"])
    assert missing(VILLAGE, 2022) == missing(TOWN, 2022) == {}, "left out by the county, it lacks nothing"
    set_setting(ws, "assessment.without", [])
    set_setting(ws, "assessment.level", "village")
    assert missing(VILLAGE, 2023, 2024) == {2024: 1}
    villages = missing(TOWN, 2023)[2023]
    assert villages > 5 and missing(TOWN, 2024) == {2024: villages + 1}
    set_setting(ws, "assessment.level", "county")
    assert missing(VILLAGE, 2022) == {2022: 1}
    set_setting(ws, "assessment.level", "none")
    assert missing(VILLAGE, 2022) == missing(TOWN, 2022) == {}
