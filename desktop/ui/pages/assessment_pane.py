"""One assessment 年度评估 in its dialog: the track 自评 → 镇评 → 县评 → 归档, its problems, files and changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog

from desktop.app.annual.assessing import add_assessment_finding, assessment_findings
from desktop.app.cases.cases import CaseDetail
from desktop.app.cases.procedures import StepView
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.insight.case_lists import FindingRow
from desktop.ui.case_fields import finding_sections, section
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.attachments_tab import AttachmentsTab
from desktop.ui.pages.case_pane import CasePane, StepsTab, finding_chip
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section
from desktop.ui.widgets.small_table import SmallTable


class AssessmentSteps(StepsTab):
    """办理 of an assessment."""

    facts = ("self_score", "self_by", "self_text", "review_score", "review_by", "review_text", "grade", "score",
             "decided_by", "decision_text", "decision_doc", "note")  # fmt: skip


class AssessmentFindings(RecordTab):
    """问题 an assessment found: Enter opens one in 检查整改, where it is put right."""

    key = "findings"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: RecordDialog | None = None
        self.add = Button(self.tr("登记问题"), icon="plus", small=True)
        self.add.clicked.connect(self.add_finding)
        self.nothing = EmptyState("inspect", self.tr("还没有登记问题"),
                                  self.tr("评估发现的问题在这里登记，在检查整改里办到销号"))  # fmt: skip
        self.table = SmallTable([
            Column("what", self.tr("问题"), 240, "name", stretch=True),
            Column("responsible", self.tr("责任人"), 90),
            Column("due", self.tr("期限"), 96, "date"),
            Column("state", self.tr("状态"), 120, "status"),
        ])  # fmt: skip
        self.table.opened.connect(self.open_finding)
        self.lines.addWidget(self.nothing)
        self.lines.addWidget(self.table)
        self.lines.addWidget(self.add)
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "问题"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        return str(len(assessment_findings(ws, record)) or "")

    def load(self, record: str) -> list[FindingRow]:
        return assessment_findings(self.ws, record)

    def show_data(self, detail: CaseDetail, data: list[FindingRow]) -> None:
        self.nothing.setVisible(not data)
        self.table.setVisible(bool(data))
        self.table.set_rows([(f.id, (f.what, f.responsible, f.due, finding_chip(f))) for f in data])
        self.add.setVisible(self.may_edit and detail.state not in ("closed", "cancelled"))

    def open_finding(self, record: str) -> None:
        """The problem in 检查整改; the dialogs before it are closed."""
        pane = self.pane
        assert isinstance(pane, AssessmentPane)
        pane.left.emit()
        self.shell.open(Address("inspection", record))

    def add_finding(self) -> None:
        """A problem is written down; it goes the way of every other problem."""
        ws, record, shown = self.ws, self.pane.record, self.pane.shown
        code = str(shown.values.get("division_code") or "")
        places = [p for p in self.pane.villages if p[0] != code]
        self.dialog = RecordDialog(
            self.shell, self.tr("登记评估发现的问题"), "finding", finding_sections()[:1],
            lambda values: add_assessment_finding(ws, record, values), go=self.tr("登记"),
            values={"found_date": today(), "found_by": ws.user, "division_code": code or None},
            villages=[(code, shown.village or code), *places] if code else places, parent=self,
        )  # fmt: skip
        self.dialog.saved.connect(lambda _made: self.pane.show_record(record))
        self.dialog.open()


class AssessmentPane(CasePane):
    """One assessment."""

    table = "assessment"
    icon = "check"
    left = Signal()
    """A person goes on elsewhere: the dialogs this stands in close."""

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return (AssessmentSteps, AssessmentFindings, AttachmentsTab, HistoryTab)

    def sections(self, table: str) -> Sequence[Section]:
        return [
            section("assessment", ("self_score", "self_by", "self_text"), title=self.tr("自评")),
            section("assessment", ("note",)),
        ]

    def fill_menu(self) -> None:
        self.more.add(self.tr("打印评估材料"), self.print_pack, "print")

    def head_words(self, detail: CaseDetail) -> tuple[str, Sequence[Chip], str]:
        v, words = detail.values, detail.words
        five = v.get("kind") == "five_year"
        years = f"{v.get('first_year')}—{v.get('year')}" if five else str(v.get("year") or "")
        title = self.tr("{place} {years} 年{kind}").format(
            place=detail.village, years=years, kind=(words.get("kind") or self.tr("年度评估")).removeprefix("年")
        )
        grade = [Chip(words["grade"])] if words.get("grade") else []
        facts = " · ".join(
            f"{word} {v[column]}"
            for word, column in ((self.tr("自评"), "self_score"), (self.tr("镇评"), "review_score"),
                                 (self.tr("县评"), "score"))
            if v.get(column)
        )  # fmt: skip
        return title, grade, facts

    def step_values(self, step: StepView) -> dict[str, Any]:
        values = super().step_values(step)
        mine = {"submit": "self_by", "review": "review_by", "decide": "decided_by"}.get(step.name)
        others = {values.get(c) for c in ("self_by", "review_by", "decided_by") if c != mine}
        if mine and not values.get(mine) and self.ws.user not in others:
            values[mine] = self.ws.user
        return values

    def print_pack(self) -> None:
        """The papers of its year, in 打印中心."""
        if self.shown is None:
            return
        v = self.shown.values
        key = "annual-sum" if v.get("kind") == "five_year" else "annual"
        self.left.emit()
        self.shell.open(Address("print", str(v.get("division_code") or ""), f"{key}?year={v.get('year')}"))


def close_dialogs(widget: Any) -> None:
    """Close the dialogs a widget stands in, the innermost first."""
    at = widget
    while at is not None:
        if isinstance(at, QDialog):
            at.reject()
        at = at.parentWidget()
