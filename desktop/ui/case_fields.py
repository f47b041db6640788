"""How the fields of cases are asked: by a step's columns or in a small form, each with the editor that fits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from desktop.registry.checks import DATES, INTEGERS
from desktop.registry.codelists import LIST_OF_COLUMN, items
from desktop.registry.column_words import WORDS_OF_COLUMN
from desktop.ui.widgets.editors import FieldSpec
from desktop.ui.widgets.record_form import Section

Choices = Mapping[str, Sequence[tuple[str, str]]]
"""Column → (word, value) for references: decisions, parties, plans, problems."""

LONG = ("what", "measure", "done_text", "recheck_result", "result", "answer", "handling", "reason_text", "note", "work",
        "body", "basis", "self_text", "review_text", "decision_text")  # fmt: skip
YES_NO = ("upheld", "keeper_ok", "sign_ok")
ELSEWHERE = ("assets", "deductions", "destinations", "received_asset_id")
"""Cells that have an editor of their own, not a field in a small form."""


def field(table: str, column: str, choices: Choices | None = None, *, required: bool = False) -> FieldSpec:
    """The field for a column: money, date, code list, reference, lines or text."""
    wide = column in LONG or column == "places" or column in ("title", "asset_id")
    if column == "division_code":
        return FieldSpec(column, "village", required=required)
    if column == "places":
        return FieldSpec(column, "lines", True, required=required)
    own = WORDS_OF_COLUMN.get((table, column))
    if own is not None:
        return FieldSpec(column, "choice", choices=tuple((w, code) for code, w in own.items()), required=required)
    if choices is not None and column in choices:
        return FieldSpec(column, "choice", True, choices=tuple(choices[column]), required=required)
    if column in YES_NO:
        return FieldSpec(column, "yesno", required=required)
    if (table, column) in LIST_OF_COLUMN:
        return FieldSpec(column, "code", required=required)
    if column.endswith("_fen"):
        return FieldSpec(column, "money", required=required)
    if column in INTEGERS.get(table, ()):
        return FieldSpec(column, "integer", required=required)
    if column in DATES or column.endswith("_date"):
        return FieldSpec(column, "date", required=required)
    return FieldSpec(column, "long" if column in LONG else "text", wide, required=required)


def section(
    table: str, columns: Sequence[str], choices: Choices | None = None, *, title: str = "", required: Sequence[str] = ()
) -> Section:
    """One section of these columns."""
    return Section(title, tuple(field(table, c, choices, required=c in required) for c in columns))


def _tr(text: str) -> str:
    return QCoreApplication.translate("case_fields", text)


def disposal_sections() -> list[Section]:
    """A disposal's application, and what is known of its trade."""
    return [
        section("disposal", ("kind", "reason", "reason_text", "applicant", "applied_date"), title=_tr("申请")),
        section("disposal", ("appraiser", "appraised_fen", "appraised_date"), title=_tr("评估")),
        section("disposal", ("approval_doc_no", "trade_platform", "buyer", "proceeds_fen", "proceeds_date",
                             "voucher_no", "write_off_date"), title=_tr("审批和交易")),
        section("disposal", ("note",)),
    ]  # fmt: skip


def finding_sections() -> list[Section]:
    """A problem as it was found."""
    return [
        section("finding", ("what", "kind", "seriousness", "found_date", "found_by", "division_code"),
                title=_tr("问题"), required=("what", "found_date")),
        section("finding", ("responsible_unit", "responsible", "due_date", "measure"), title=_tr("整改要求")),
        section("finding", ("note",)),
    ]  # fmt: skip


def registration_sections() -> list[Section]:
    """A registration's application; its assets are those it was begun with."""
    return [
        section("registration", ("title", "applicant", "basis", "division_code", "note"), required=("title",)),
    ]  # fmt: skip


def handover_sections(parties: Sequence[tuple[str, str]] = ()) -> list[Section]:
    """A handover's head; the parties are asked where they can be chosen."""
    named = ("from_party_id", "to_party_id") if parties else ()
    return [
        section("handover", ("title", *named, "keeper", "division_code", "note"), dict.fromkeys(named, parties),
                required=("title", *named)),
    ]  # fmt: skip


def plan_sections() -> list[Section]:
    """An inspection plan; its criteria are asked as a category of assets, all of them when none is chosen."""
    categories = {"criteria": [(item.name, item.code) for item in items("asset_category")]}
    return [
        section("inspection_plan", ("title", "kind", "criteria", "division_code", "start_date", "due_date",
                                    "inspectors", "note"), categories, required=("title", "due_date")),
    ]  # fmt: skip


def decision_sections() -> list[Section]:
    """A decision record 四议两公开 as the minutes give it; the one form for it, wherever it is written down."""
    return [
        section("decision", ("title", "kind", "division_code"), title=_tr("事项"), required=("title",)),
        section("decision", ("proposed_date", "consulted_date", "party_date", "resolved_date"), title=_tr("四议")),
        section("decision", ("should_attend", "attended", "agreed", "chair", "recorder"), title=_tr("会议")),
        section("decision", ("resolution_public_date", "result_public_date"), title=_tr("两公开")),
        section("decision", ("result", "note")),
    ]  # fmt: skip
