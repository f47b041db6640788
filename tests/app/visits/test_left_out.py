"""Answers that a condition hid: kept in the draft, listed, left out of the finished visit, stated in its course."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from desktop.app.records.records import list_records
from desktop.app.visits import surveying
from desktop.app.workspace import Workspace
from desktop.survey.session.hidden_answers import answer_words, hidden_answers
from tests.app.conftest import Said
from tests.app.visits.surveys import FAMILY, add_family, fill, make_register, path
from tests.app.visits.test_visit_records import RISK


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with make_register(tmp_path / "册") as made:
        yield made


def test_what_a_condition_hid_is_kept_listed_and_not_written(ws: Workspace) -> None:
    household, _ = add_family(ws)
    visit = surveying.begin_visit(ws, "household_visit", "household", household)
    assert fill(visit, {**FAMILY, **RISK}) == []
    session = visit.session
    assert hidden_answers(session) == []
    session.set_reason(path(visit, "risk_story"), "refused")
    session.answer(path(visit, "has_risk"), "0")
    surveying.keep(ws, visit)
    visit = surveying.continue_visit(ws, visit.key)  # they are in the draft, also after a dead battery
    session = visit.session
    found = {h.node.definition.name: h for h in hidden_answers(session)}
    assert set(found) == {"risk_type", "risk_story"}
    why = found["risk_type"].because
    assert why is session.node(path(visit, "has_risk"))
    assert answer_words(session, found["risk_type"].node, found["risk_type"].text) == "因病"
    done = surveying.finish_visit(ws, visit)
    assert done.done and list_records(ws, "lead") == []
    assert [(out.answer, bool(out.because)) for out in done.left_out] == [("因病", True), ("大病住院", True)]
    made = ws.register.row("visit", done.visit_id)
    assert made is not None and made["missing_reasons"] is None  # nobody refused what is not asked
    row = ws.register.row("household", household)
    assert row is not None and row["risk_type"] is None
    course = surveying.visit_audit(ws, done.visit_id)
    hid = [(a.before, a.after) for a in course if "不再适用" in a.after]
    assert [before for before, _ in hid] == ["因病", "大病住院"]
    assert all(after.startswith("不再适用，没有写入（因为改了") for _, after in hid)

    again = surveying.correct_visit(ws, done.visit_id, "其实有风险")
    again.session.answer(path(again, "has_risk"), "1")  # the condition turns back: they are answers again
    assert again.session.node(path(again, "risk_type")).text == "illness" and hidden_answers(again.session) == []
    fixed = surveying.finish_visit(ws, again)
    assert fixed.done and fixed.left_out == ()
    (lead,) = list_records(ws, "lead")
    assert (lead["risk_type"], lead["story"]) == ("illness", "大病住院")
    course = surveying.visit_audit(ws, done.visit_id)
    assert sum("不再适用" in a.after for a in course) == 2


def test_prefilled_values_nobody_touched_are_no_answers_of_the_visit(ws: Workspace) -> None:
    household, _ = add_family(ws)
    visit = surveying.begin_visit(ws, "household_visit", "household", household)
    filled = [n for n in visit.session.root.subtree() if n.text and not n.relevant]
    assert filled, "the form prefills what is not asked yet"
    assert hidden_answers(visit.session) == []


def test_the_cause_is_found_through_formulas_and_hidden_questions() -> None:
    from desktop.survey.session.session import Session
    from desktop.survey.xlsform.compile import compile_workbook
    from tests.survey.test_xlsform import workbook

    survey = [
        ["type", "name", "label", "relevant", "calculation"],
        ["integer", "age", "年龄", "", ""],
        ["calculate", "adult", "", "", "if(${age} >= 16, 1, 0)"],
        ["begin group", "work", "务工", "${adult} = 1", ""],
        ["integer", "months", "几个月", "", ""],
        ["text", "where", "在哪里", "${months} > 0", ""],
        ["end group", "", "", "", ""],
        ["text", "boss", "老板电话", "${where} != ''", ""],
    ]
    session = Session(compile_workbook(workbook(survey), name="data").form())
    for name, text in (("age", "30"), ("work/months", "6"), ("work/where", "县城"), ("boss", "10012345678")):
        session.answer(f"/data/{name}", text)
    session.answer("/data/age", "3")
    age = session.node("/data/age")
    assert {h.node.definition.name: h.because for h in hidden_answers(session)} == {
        "months": age, "where": age, "boss": age,
    }  # fmt: skip
    session.answer("/data/age", "40")
    assert hidden_answers(session) == [] and session.node("/data/boss").relevant


def test_the_command_line_says_it_too(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    folder = tmp_path / "册"
    make_register(folder).close()
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "survey"
    for row in (
        ["type", "name", "label", "relevant"],
        ["text", "crop", "种什么", "not(${fallow} = 'yes')"],
        ["text", "fallow", "是否撂荒（yes、no）", ""],
        ["audit", "audit", "", ""],
    ):
        page.append(row)
    settings = book.create_sheet("settings")
    settings.append(["form_title", "form_id", "version"])
    settings.append(["地块", "plots", "1"])
    book.save(tmp_path / "地块.xlsx")
    xiangce("form", "add", folder, tmp_path / "地块.xlsx")
    answers = tmp_path / "答案.json"
    answers.write_text(json.dumps({"crop": "水稻", "fallow": "yes"}), encoding="utf-8")
    said = xiangce("form", "fill", folder, "plots", answers)
    assert "不再适用，不写入\t种什么\t水稻\t因为答了“是否撂荒（yes、no）”" in said.out and "已提交" in said.out
    done = xiangce("form", "fill", folder, "plots", answers, "--json").json
    assert done["not_relevant"] == [
        {"path": "/data/crop", "label": "种什么", "answer": "水稻", "because": "是否撂荒（yes、no）"}
    ]
    kept = xiangce("show", folder, "attachment", "--json").json
    log = next(a for a in kept if a["name"] == "audit.csv")
    xiangce("attachment", folder, log["id"], "-o", tmp_path / "audit.csv")
    assert "not relevant,/data/crop" in (tmp_path / "audit.csv").read_text(encoding="utf-8")
