"""Workbooks: compiled and filled when right, every mistake named with sheet, row and column when wrong."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import openpyxl
import pytest

from desktop.common.errors import FileDamaged
from desktop.survey.session.session import Session
from desktop.survey.xlsform.compile import check_form, compile_workbook
from desktop.survey.xlsform.findings import Finding, WorkbookRefused
from tests.survey import conformance

Table = list[list[str]]


def workbook(survey: Table, choices: Table | None = None, **sheets: Table) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "survey"
    for row in survey:
        page.append(row)
    for name, rows in {**({"choices": choices} if choices else {}), **sheets}.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


GOOD: Table = [
    ["type", "name", "label", "relevant", "calculation", "constraint", "constraint_message", "required"],
    ["integer", "size", "人口数", "", "", ". > 0 and . < 31", "要在 1 到 30 之间", "yes"],
    ["begin repeat", "member", "成员", "", "", "", "", ""],
    ["text", "name", "姓名", "", "", "", "", ""],
    ["integer", "age", "${name}的年龄", "", "", "", "", ""],
    ["end repeat", "", "", "", "", "", "", ""],
    ["calculate", "oldest", "", "", "max(${age})", "", "", ""],
    ["select_one water", "water", "饮水", "${size} > 2", "", "", "", ""],
]
CHOICES: Table = [["list_name", "name", "label"], ["water", "tap", "自来水"], ["water", "well", "井水"]]


def errors(data: bytes) -> list[tuple[str, int, str, str]]:
    return [(f.sheet, f.row, f.col, f.code) for f in check_form(data) if f.severity == "error"]


def test_a_good_workbook_becomes_a_form_that_can_be_filled() -> None:
    compiled = compile_workbook(workbook(GOOD, CHOICES), name="household")
    session = Session(compiled.form())
    session.answer("/household/size", "3")
    row = session.add_repeat("/household/member")
    session.answer(f"{row.path()}/name", "样甲")
    session.answer(f"{row.path()}/age", "40")
    assert session.node("/household/oldest").text == "40"
    assert session.view(f"{row.path()}/age").label == "样甲的年龄 "
    assert [choice.label for choice in session.view("/household/water").choices] == ["自来水", "井水"]
    violation = session.answer("/household/size", "31")
    assert violation is not None and violation.message == "要在 1 到 30 之间"


def test_the_second_time_comes_from_the_cache(tmp_path: Path) -> None:
    data = workbook(GOOD, CHOICES)
    first = compile_workbook(data, cache=tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == 1
    assert compile_workbook(data, cache=tmp_path) == first
    next(tmp_path.glob("*.json")).write_text("{", encoding="utf-8")
    assert compile_workbook(data, cache=tmp_path).xform == first.xform


def test_all_mistakes_are_named_at_once_with_their_places() -> None:
    survey: Table = [
        ["type", "name", "label", "relevant", "calculation"],
        ["integr", "a", "甲", "", ""],
        ["text", "b c", "乙", "", ""],
        ["select_one nothing", "c", "丙", "${aa} = 1", ""],
        ["text", "c", "丁", "${a} = ‘是’", ""],
        ["calculate", "d", "", "", ""],
        ["calculate", "e", "", "", "summ(${a}) + 1"],
        ["calculate", "f", "", "", "if(${a}, 1)"],
        ["text", "", "无名", "", ""],
        ["text", "g", "${zz}好", "${a} >", ""],
        ["begin group", "h", "组", "", ""],
        ["end repeat", "", "", "", ""],
        ["begin group", "i", "组", "", ""],
    ]
    choices: Table = [["list_name", "name", "label"], ["x", "1", "一"], ["x", "1", "二"], ["x", "", "三"]]
    assert errors(workbook(survey, choices)) == [
        ("survey", 2, "A", "type_unknown"),
        ("survey", 3, "B", "name_invalid"),
        ("survey", 4, "A", "list_unknown"),
        ("survey", 4, "D", "reference_unknown"),
        ("survey", 5, "B", "name_duplicate"),
        ("survey", 5, "D", "formula_quotes"),
        ("survey", 6, "A", "calculation_missing"),
        ("survey", 7, "E", "function_wrong"),
        ("survey", 8, "E", "function_wrong"),
        ("survey", 9, "A", "name_missing"),
        ("survey", 10, "C", "reference_unknown"),
        ("survey", 10, "D", "formula_syntax"),
        ("survey", 12, "A", "block_mismatch"),
        ("survey", 13, "A", "block_open"),
        ("choices", 3, "B", "choice_duplicate"),
        ("choices", 4, "A", "choice_without_name"),
    ]
    with pytest.raises(WorkbookRefused, match="表单有 16 处错误") as refused:
        compile_workbook(workbook(survey, choices))
    assert len([f for f in refused.value.findings if f.severity == "error"]) == 16


def test_circles_that_pyxform_lets_through_are_named() -> None:
    survey: Table = [
        ["type", "name", "label", "calculation", "relevant"],
        ["calculate", "a", "", "${b} + 1", ""],
        ["calculate", "b", "", "${c} + 1", ""],
        ["calculate", "c", "", "${a} + 1", ""],
        ["text", "d", "丁", "", "${d} = ''"],
    ]
    found = [f for f in check_form(workbook(survey)) if f.severity == "error"]
    assert [(f.row, f.col, f.code) for f in found] == [
        (2, "D", "cycle"),
        (3, "D", "cycle"),
        (4, "D", "cycle"),
        (5, "E", "reference_self"),
    ]
    assert "a → b → c" in found[0].message


def test_what_is_no_workbook_is_refused_in_words() -> None:
    for data in (b"", b"hello", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 broken"):
        with pytest.raises(FileDamaged):
            compile_workbook(data)
        assert [finding.code for finding in check_form(data)] == ["unreadable"]
    assert [finding[3] for finding in errors(workbook([["type"]], other=[["x"]]))] == ["header_missing"]


def test_a_form_with_ten_thousand_rows_is_read() -> None:
    rows: Table = [["type", "name", "label"], *[["text", f"q{i}", f"问题{i}"] for i in range(10_000)]]
    compiled = compile_workbook(workbook(rows))
    session = Session(compiled.form())
    session.answer("/data/q9999", "末")
    assert session.node("/data/q9999").text == "末"


def test_every_recorded_workbook_gets_a_useful_word(tmp_path: Path) -> None:
    with tarfile.open(conformance.archive("xlsforms.tar.xz")) as archive:
        archive.extractall(tmp_path, filter="data")
    seen = 0
    for path in sorted(tmp_path.rglob("*.xls*")):
        found: list[Finding] = check_form(path.read_bytes())
        seen += 1
        for finding in found:
            assert finding.message and finding.code != "unreadable", (path.name, finding)
            assert any("\u4e00" <= char <= "\u9fff" for char in finding.message)
            if finding.severity == "error" and finding.code != "sheet_missing":
                assert finding.row, (path.name, finding)
    assert seen == 60
