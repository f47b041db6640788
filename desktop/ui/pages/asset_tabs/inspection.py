"""检查 of an asset: every look at it, its problems, the rounds of care with their cost, and complaints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.cases.inspections import (
    Checked,
    ComplaintLine,
    InspectionLine,
    RoundLine,
    care_of_asset,
    complaint_to_finding,
    complaints_of,
    findings_of,
    inspections_of,
    record_round,
    rounds_of,
)
from desktop.app.records.details import AssetDetail
from desktop.app.records.editing import new_record
from desktop.app.records.records import today
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.insight.case_lists import FindingRow
from desktop.insight.inspection_lists import CareLine
from desktop.ui.case_fields import finding_sections, section
from desktop.ui.dialogs.case_dialog import CaseDialog
from desktop.ui.dialogs.inspect_dialog import InspectDialog
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.case_pane import finding_chip, state_chip
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.small_table import SmallTable


@dataclass(frozen=True)
class _Data:
    inspections: list[InspectionLine]
    findings: list[FindingRow]
    rounds: list[RoundLine]
    care: CareLine | None
    complaints: list[ComplaintLine]


class InspectionTab(RecordTab):
    """Looks, problems and care of one asset; each can be written down here."""

    key = "inspection"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: RecordDialog | None = None
        self.case: CaseDialog | None = None
        row = QHBoxLayout()
        row.setSpacing(8)
        self.check = Button(self.tr("登记检查"), "primary", "inspect", small=True)
        self.finding = Button(self.tr("登记问题"), icon="plus", small=True)
        self.round = Button(self.tr("登记管护"), icon="plus", small=True)
        self.complaint = Button(self.tr("登记投诉"), icon="plus", small=True)
        self.form = Button(self.tr("填核查表"), icon="survey", small=True)
        self.form.clicked.connect(lambda: self.shell.open(Address("survey", self.pane.record, "asset")))
        for button, act in ((self.check, self.begin_check), (self.finding, self.begin_finding),
                            (self.round, self.begin_round), (self.complaint, self.begin_complaint)):  # fmt: skip
            row.addWidget(button)
            button.clicked.connect(act)
            button.setVisible(self.may_edit)
        self.form.setVisible(self.ws.may("edit-people"))
        row.insertWidget(1, self.form)
        row.addStretch(1)
        self.lines.addLayout(row)
        self.looks = SmallTable([
            Column("day", self.tr("检查日期"), 96, "date"),
            Column("plan", self.tr("计划"), 150, stretch=True),
            Column("who", self.tr("检查人"), 84),
            Column("found", self.tr("实物"), 64),
            Column("condition", self.tr("状况"), 64),
            Column("problems", self.tr("问题"), 52, "number"),
        ])  # fmt: skip
        self.no_looks = Label(self.tr("还没有检查过"), "second")
        self.lines.addWidget(Titled(self.tr("检查记录"), _stack(self.looks, self.no_looks)))
        self.problems = SmallTable([
            Column("what", self.tr("问题"), 200, "name", stretch=True),
            Column("responsible", self.tr("责任人"), 80),
            Column("due", self.tr("期限"), 96, "date"),
            Column("state", self.tr("状态"), 116, "status"),
        ])  # fmt: skip
        self.problems.opened.connect(lambda record: self.shell.open(Address("inspection", record)))
        self.no_problems = Label(self.tr("没有问题"), "second")
        self.lines.addWidget(Titled(self.tr("问题整改"), _stack(self.problems, self.no_problems)))
        self.complaints = SmallTable([
            Column("what", self.tr("反映内容"), 200, "name", stretch=True),
            Column("day", self.tr("收到日期"), 96, "date"),
            Column("state", self.tr("状态"), 100, "status"),
        ])  # fmt: skip
        self.complaints.opened.connect(self.open_complaint)
        self.heard = Titled(self.tr("投诉"), self.complaints)
        self.lines.addWidget(self.heard)
        self.due = Label("", "second", wrap=True)
        self.rounds = SmallTable([
            Column("day", self.tr("管护日期"), 96, "date"),
            Column("keeper", self.tr("管护人"), 84),
            Column("work", self.tr("管护内容"), 180, stretch=True),
            Column("cost", self.tr("支出 元"), 96, "money"),
            Column("source", self.tr("经费来源"), 96),
        ])  # fmt: skip
        self.care = Titled(self.tr("管护"), _stack(self.due, self.rounds))
        self.lines.addWidget(self.care)
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "检查"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        open_ones = [f for f in findings_of(ws, record) if f.state not in ("closed", "void")]
        return str(len(open_ones) or "")

    def load(self, record: str) -> _Data:
        return _Data(
            inspections_of(self.ws, record), findings_of(self.ws, record), rounds_of(self.ws, record),
            care_of_asset(self.ws, record, today()), complaints_of(self.ws, record),
        )  # fmt: skip

    def show_data(self, detail: AssetDetail, data: _Data) -> None:
        self.looks.set_rows([
            (i.id, (i.on_date or self.tr("待查 {day}").format(day=i.due_date[5:]), i.plan, i.inspectors, i.found,
                    i.condition, i.findings or None))
            for i in data.inspections
        ])  # fmt: skip
        self.looks.setVisible(bool(data.inspections))
        self.no_looks.setVisible(not data.inspections)
        self.problems.set_rows([(f.id, (f.what, f.responsible, f.due, finding_chip(f))) for f in data.findings])
        self.problems.setVisible(bool(data.findings))
        self.no_problems.setVisible(not data.findings)
        self.complaints.set_rows([
            (c.id, (c.what, c.received, state_chip(c.state, c.state_word))) for c in data.complaints
        ])  # fmt: skip
        self.heard.setVisible(bool(data.complaints))
        public = detail.values.get("category") == "public"
        self.care.setVisible(public or bool(data.rounds))
        self.round.setVisible(self.may_edit and public)
        self.rounds.set_rows([(r.id, (r.on_date, r.keeper, r.work, r.cost_fen, r.fund_source)) for r in data.rounds])
        self.rounds.setVisible(bool(data.rounds))
        self.due.setText(self._due_words(detail, data.care))

    def _due_words(self, detail: AssetDetail, care: CareLine | None) -> str:
        if care is None:
            return self.tr("没有定管护频次；在“修改”里填管护人、频次和经费")
        late = self.tr("，已逾期") if care.late else ""
        words = self.tr("{who} 每 {n} 个月管护一次，下次 {day}{late}。").format(
            who=care.keeper or self.tr("（没有管护人）"), n=care.cycle_months, day=care.next_due, late=late
        )
        spent = self.tr("今年支出 {sum} 元").format(sum=format_yuan(care.cost_fen))
        if care.budget_fen is not None:
            spent += self.tr("，经费 {sum} 元").format(sum=format_yuan(care.budget_fen))
            if care.cost_fen > care.budget_fen:
                spent += self.tr("，超出 {sum} 元").format(sum=format_yuan(care.cost_fen - care.budget_fen))
        return f"{words}{spent}。"

    # -- writing -----------------------------------------------------------------------------------------------

    def begin_check(self) -> None:
        """One look at this asset."""
        detail = self.pane.shown
        if detail is not None:
            dialog = InspectDialog(self.shell, self.ws, detail.id, detail.name, "", self)
            dialog.checked.connect(self._checked)
            self.dialog = dialog
            dialog.open()

    def _checked(self, done: Checked) -> None:
        ws, gates, title = self.ws, self.shell.gates, self.tr("撤回检查")
        self.shell.toast(
            self.tr("检查已存"), lambda: gates.write(lambda _w: take_back_unit(ws, done.unit_id), title=title)
        )

    def begin_finding(self) -> None:
        """A problem seen without a whole check."""
        detail, ws = self.pane.shown, self.ws
        if detail is None:
            return
        place = {c: detail.values.get(c) for c in ("division_id", "division_code")}

        def save(values: dict[str, Any]) -> str:
            return new_record(ws, "finding", {**place, **values, "asset_id": detail.id}, "登记问题")

        values = {"found_date": today(), "found_by": ws.user, "seriousness": "general",
                  "division_code": place["division_code"]}  # fmt: skip
        self._ask(self.tr("登记问题"), "finding", [finding_sections()[0]], save, values)

    def begin_round(self) -> None:
        """A round of care."""
        detail, ws = self.pane.shown, self.ws
        if detail is None:
            return
        form = [section("maintenance_round", ("on_date", "keeper", "work", "cost_fen", "fund_source", "note"),
                        required=("on_date", "work"))]  # fmt: skip
        values = {"on_date": today(), "keeper": detail.values.get("keeper")}
        self._ask(
            self.tr("登记管护"), "maintenance_round", form, lambda typed: record_round(ws, detail.id, typed), values
        )

    def begin_complaint(self) -> None:
        """A complaint, and the problem it becomes."""
        detail, ws = self.pane.shown, self.ws
        if detail is None:
            return
        form = [section("complaint", ("what", "received_date", "channel", "caller", "phone"),
                        required=("what", "received_date"))]  # fmt: skip

        def save(typed: dict[str, Any]) -> str:
            place = {c: detail.values.get(c) for c in ("division_id", "division_code")}
            made = new_record(ws, "complaint", {**place, **typed, "asset_id": detail.id}, "登记投诉")
            return complaint_to_finding(ws, made)

        self._ask(self.tr("登记投诉，转为问题整改"), "complaint", form, save, {"received_date": today()})

    def open_complaint(self, record: str) -> None:
        """A complaint with its steps: passed on, answered."""
        self.case = CaseDialog(self.shell, self.ws, "complaint", record, self.pane.villages, self)
        self.case.finished.connect(lambda _r: self.reload())
        self.case.open()

    def _ask(self, title: str, table: str, form: Any, save: Any, values: dict[str, Any]) -> None:
        detail = self.pane.shown
        self.dialog = RecordDialog(
            self.shell, title, table, form, save, go=self.tr("存下"), values=values, villages=self.pane.villages,
            about=detail.name, parent=self,
        )  # fmt: skip
        self.dialog.open()


def _stack(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    lines = QVBoxLayout(holder)
    lines.setContentsMargins(0, 0, 0, 0)
    lines.setSpacing(4)
    for widget in widgets:
        lines.addWidget(widget)
    return holder
