"""Code lists 代码表: shipped as dated data in resources, extended or retired by the county, shown by their words."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from desktop.common.errors import UsageError
from desktop.common.resources import resource_path
from desktop.registry.column_words import WORDS_OF_COLUMN

LIST_OF_COLUMN: dict[tuple[str, str], str] = {
    ("household", "household_type"): "household_type",
    ("household", "monitored_type"): "monitored_type",
    ("household", "category"): "low_income_category",
    ("household", "house_grade"): "house_safety_grade",
    ("household", "risk_type"): "risk_type",
    ("person", "cert_type"): "certificate_type",
    ("person", "sex"): "gbt2261_1_sex",
    ("person", "relation"): "relation_to_head",
    ("person", "nation"): "gbt3304_ethnic",
    ("person", "political"): "political_status_survey",
    ("person", "marital"): "gbt2261_2_marital",
    ("person", "education"): "education_survey",
    ("person", "student_status"): "student_status",
    ("person", "health"): "health_status_survey",
    ("person", "labor_skill"): "labor_skill",
    ("asset", "category"): "asset_category",
    ("asset", "subcategory"): "asset_subcategory",
    ("asset", "operation_mode"): "operation_mode",
    ("asset", "status"): "asset_status",
    ("asset_fund_part", "source"): "fund_source",
    ("right", "kind"): "rights",
    ("party", "ownership_level"): "ownership_level",
    ("asset", "industry_model"): "industry_model",
    ("asset", "linkage_mode"): "linkage_mode",
    ("asset", "depreciation_method"): "depreciation_method",
    ("asset", "fund_mode"): "fund_mode",
    ("project", "kind"): "project_kind",
    ("project", "state"): "project_state",
    ("project", "fund_mode"): "fund_mode",
    ("project_fund_part", "source"): "fund_source",
    ("value_change", "kind"): "value_change_kind",
    ("value_change_fund_part", "source"): "fund_source",
    ("linkage", "mode"): "linkage_mode",
    ("contract", "mode"): "operation_mode",
    ("receipt", "kind"): "receipt_kind",
    ("decision", "kind"): "decision_kind",
    ("voucher_line", "account"): "account",
    ("distribution", "level"): "distribution_level",
    ("distribution_use", "use"): "income_use",
    ("distribution_line", "use"): "income_use",
    ("payment", "state"): "payment_state",
    ("disposal", "kind"): "disposal_type",
    ("disposal", "reason"): "disposal_reason",
    ("disposal_destination", "use"): "income_use",
    ("disposal", "status_before"): "asset_status",
    ("inspection_plan", "kind"): "inspection_type",
    ("inspection", "condition"): "asset_status",
    ("finding", "kind"): "finding_kind",
    ("assessment", "kind"): "assessment_kind",
    ("assessment", "grade"): "assessment_grade",
    ("notice", "kind"): "notice_type",
    ("attachment", "kind"): "attachment_kind",
    ("safeguard_check", "house_grade"): "house_safety_grade",
    ("lead", "channel"): "discovery_channel",
    ("lead", "risk_type"): "risk_type",
    ("lead", "proposed_type"): "monitored_type",
    ("measure", "measure_code"): "assistance_measure",
    ("measure", "fund_source"): "fund_source",
    ("measure", "risk_type"): "risk_type",
    ("measure", "effect"): "measure_effect",
    ("lead", "verdict"): "lead_verdict",
    ("lead", "measures_wanted"): "measure_group",
    ("visit", "mode"): "visit_mode",
    ("visit", "signature_kind"): "signature_kind",
    ("visit", "wanted"): "measure_group",
    ("safeguard_check", "house_otherwise"): "house_otherwise",
    ("safeguard_check", "water_quantity"): "water_grade",
    ("safeguard_check", "water_quality"): "water_grade",
    ("safeguard_check", "water_convenience"): "water_grade",
    ("safeguard_check", "water_reliability"): "water_grade",
}
"""Which list a column's codes come from."""

SEVERAL = {("household", "category"), ("household", "risk_type"), ("person", "health"), ("lead", "risk_type"),
           ("lead", "measures_wanted"), ("visit", "wanted")}  # fmt: skip
"""Columns that hold several codes, joined by a comma."""


@dataclass(frozen=True)
class CodeItem:
    """One item: its code, its word, and the other columns of the list."""

    code: str
    name: str
    more: Mapping[str, str]


@cache
def shipped(list_name: str) -> tuple[CodeItem, ...]:
    """The items of a shipped list in its order; UsageError when there is no such list.

    The code is the `id` (or `code`) column; lists without one (student_status) use the word itself.
    """
    path = resource_path("codelists") / f"{list_name}.csv"
    if not path.is_file():
        raise UsageError(f"没有代码表 {list_name}。")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        items = []
        for row in csv.DictReader(stream):
            name = row.get("name_zh") or row.get("name") or ""
            code = row.get("id") or row.get("code") or row.get("grade") or name
            items.append(CodeItem(code, name, row))
    return tuple(items)


@cache
def _words(list_name: str) -> dict[str, str]:
    return {item.code: item.name for item in shipped(list_name)}


def word(list_name: str, code: str | None) -> str:
    """The word for a code; the code itself when the list does not know it; "" for None."""
    if not code:
        return ""
    return _words(list_name).get(code, code)


def words(table: str, column: str, value: object) -> str:
    """A stored value as it is shown: codes by their words, several joined by 、; other values unchanged."""
    if value is None:
        return ""
    list_name = LIST_OF_COLUMN.get((table, column))
    if list_name is None:
        own = WORDS_OF_COLUMN.get((table, column))
        if own is not None:
            return own.get(str(value), str(value))
        return _state_word(table, str(value)) if column == "state" else str(value)
    if (table, column) in SEVERAL:
        return "、".join(word(list_name, part) for part in str(value).split(","))
    return word(list_name, str(value))


def _state_word(table: str, state: str) -> str:
    """A state by the word its procedure gives it."""
    from desktop.registry.procedures import PROCEDURES  # which knows the tables, which ask here for words

    procedure = PROCEDURES.get(table)
    return state if procedure is None else procedure.states.get(state, state)


def code_for(list_name: str, text: str) -> str | None:
    """The code of a typed word or code; None when the list has neither."""
    known = _words(list_name)
    if text in known:
        return text
    return next((code for code, name in known.items() if name == text), None)


def items(list_name: str, added: Sequence[CodeItem] = (), retired: frozenset[str] = frozenset()) -> list[CodeItem]:
    """The items in use: shipped ones and those the county added, without those it retired."""
    renamed = {item.code: item for item in added}
    out = [renamed.pop(item.code, item) for item in shipped(list_name) if item.code not in retired]
    return out + [item for code, item in renamed.items() if code not in retired]
