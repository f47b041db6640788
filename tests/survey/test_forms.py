"""The shipped forms: free of findings, true to the code lists and the register, in both languages, easy to edit."""

from __future__ import annotations

import re
from typing import Any

import openpyxl
import pytest

from desktop.app.visits.forms import WRITABLE
from desktop.common.resources import data_root, form_path
from desktop.registry.codelists import LIST_OF_COLUMN, shipped
from desktop.registry.tables import MODELS
from desktop.survey.session.session import Session
from desktop.survey.xlsform.compile import check_form
from tests.survey.form_filling import shipped_form

FORMS = sorted(path.stem for path in (data_root() / "forms").glob("*.xlsx"))
NOT_CODED = {"none"}
"""“None of these”: a choice of the form that is never stored as a code."""
SAME_LIST = {
    "household_type", "monitored_type", "low_income_category", "certificate_type", "nation", "marital", "political",
    "education", "student_status", "health", "labor_skill", "house_grade", "risk_type", "discovery_channel",
    "income_item", "expense_item", "measure", "fund_source", "relation", "sex", "asset_category", "asset_subcategory",
    "asset_status", "operation_mode", "village_tag", "inspection_type", "disposal_type",
}  # fmt: skip
FILE_OF_LIST = {
    "nation": "gbt3304_ethnic", "marital": "gbt2261_2_marital", "sex": "gbt2261_1_sex", "relation": "relation_to_head",
    "political": "political_status_survey", "education": "education_survey", "health": "health_status_survey",
    "house_grade": "house_safety_grade", "measure": "assistance_measure",
}  # fmt: skip


def sheet(form: str, name: str) -> list[dict[str, Any]]:
    """The rows of one sheet by header."""
    with form_path(f"{form}.xlsx").open("rb") as file:
        rows = list(openpyxl.load_workbook(file, read_only=True)[name].iter_rows(values_only=True))
    head = [str(cell or "") for cell in rows[0]]
    return [
        {key: "" if value is None else str(value) for key, value in zip(head, row, strict=True)} for row in rows[1:]
    ]


def columns() -> dict[str, set[str]]:
    """The columns that a form may write, by table; bookkeeping and derived ones are not among them."""
    return {
        str(model.__tablename__): {c.name for c in model.__table__.columns if c.info.get("cell")}  # type: ignore[attr-defined]
        for model in MODELS
    }


@pytest.mark.parametrize("form", FORMS)
def test_a_form_has_no_findings(form: str) -> None:
    assert check_form(form_path(f"{form}.xlsx").read_bytes()) == []


@pytest.mark.parametrize("form", FORMS)
def test_what_a_form_writes_are_columns_of_the_register(form: str) -> None:
    known = columns()
    declared = {row["list_name"] for row in sheet(form, "entities")}
    assert declared and declared <= WRITABLE & set(known)
    for row in sheet(form, "survey"):
        if target := row.get("save_to", ""):
            table, _, column = target.rpartition("#")
            table = table or next(iter(declared))
            assert table in declared and column in known[table], target


@pytest.mark.parametrize("form", FORMS)
def test_choices_that_become_codes_are_those_of_the_code_lists(form: str) -> None:
    offered: dict[str, list[str]] = {}
    for row in sheet(form, "choices"):
        offered.setdefault(row["list_name"], []).append(row["name"])
    for name in SAME_LIST & set(offered):
        known = {item.code: item.name for item in shipped(FILE_OF_LIST.get(name, name))}
        extra = set(offered[name]) - set(known)
        assert extra <= NOT_CODED, (name, extra)
    for row in sheet(form, "survey"):
        table, _, column = row.get("save_to", "").rpartition("#")
        kind, _, name = row["type"].partition(" ")
        if kind == "select_one" and (table, column) in LIST_OF_COLUMN:
            codes = {item.code for item in shipped(LIST_OF_COLUMN[(table, column)])}
            assert set(offered[name]) <= codes, (row["name"], name)


@pytest.mark.parametrize("form", FORMS)
def test_everything_said_is_said_in_both_languages(form: str) -> None:
    for name in ("survey", "choices"):
        for row in sheet(form, name):
            for text in ("label", "hint", "constraint_message", "required_message"):
                chinese, english = row.get(f"{text}::中文 (zh)", ""), row.get(f"{text}::English (en)", "")
                assert bool(chinese) == bool(english), row
                assert set(re.findall(r"\$\{\w+\}", chinese)) >= set(re.findall(r"\$\{\w+\}", english)), row
            if row.get("constraint"):
                assert row["constraint_message::中文 (zh)"], row
    session = Session(shipped_form(form))
    assert session.form.languages == ("中文 (zh)", "English (en)") and session.language == "中文 (zh)"
    session.set_language("English (en)")


@pytest.mark.parametrize("form", FORMS)
def test_a_county_can_edit_the_workbook(form: str) -> None:
    book = openpyxl.load_workbook(form_path(f"{form}.xlsx"))
    assert book.sheetnames == ["说明", "survey", "choices", "entities", "settings"]
    for name in book.sheetnames[1:]:
        page = book[name]
        assert page.freeze_panes and page["A1"].font.b
        assert all(page.column_dimensions[cell.column_letter].width >= 9 for cell in page[1])
    words = " ".join(str(cell) for row in book["说明"].iter_rows(values_only=True) for cell in row if cell)
    assert "怎么改这张表" in words and "用途" in words


def test_all_forms_are_shipped() -> None:
    assert FORMS == [
        "asset_check", "half_year_review", "household_visit", "public_asset_inspection", "risk_screening",
        "village_profile",
    ]  # fmt: skip
