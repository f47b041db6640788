"""异议 of a notice: received, handled, upheld or not; who raised one is for the office, never for the board."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from desktop.app.cases.cases import CaseDetail
from desktop.app.cases.notices import ObjectionLine, handle_objection, objections_of, receive_objection
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.ui.case_fields import section
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class ObjectionsTab(RecordTab):
    """F4 登记 is the button here; Enter on one that waits opens its handling."""

    key = "objections"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: RecordDialog | None = None
        self._lines: dict[str, ObjectionLine] = {}
        row = QHBoxLayout()
        self.about = Label("", "second")
        row.addWidget(self.about, 1)
        self.add_button = Button(self.tr("登记异议"), icon="plus", key="F4", small=True)
        self.handle_button = Button(self.tr("登记处理"), small=True)
        row.addWidget(self.handle_button)
        row.addWidget(self.add_button)
        self.lines.addLayout(row)
        self.table = SmallTable([
            Column("what", self.tr("异议内容"), 200, "name", stretch=True),
            Column("received", self.tr("收到"), 90, "date"),
            Column("state", self.tr("处理"), 100, "status"),
            Column("handling", self.tr("处理情况"), 180),
        ])  # fmt: skip
        self.lines.addWidget(self.table)
        self.lines.addStretch(1)
        self.add_button.clicked.connect(self.receive)
        self.handle_button.clicked.connect(lambda: self.handle(self.table.current_id()))
        self.table.opened.connect(self.handle)

    @classmethod
    def word(cls) -> str:
        return "异议"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        return str(len(objections_of(ws, record)) or "")

    def load(self, record: str) -> list[ObjectionLine]:
        return objections_of(self.ws, record)

    def show_data(self, detail: CaseDetail, data: list[ObjectionLine]) -> None:
        self._lines = {line.id: line for line in data}
        rows = []
        for line in data:
            if line.handled:
                upheld = Chip(self.tr("成立"), "warning", "alert")
                chip = upheld if line.upheld else Chip(self.tr("不成立"), "success", "ok")
            else:
                chip = Chip(self.tr("待处理"), "danger", "clock")
            rows.append((line.id, (line.what, line.received, chip, line.handling)))
        self.table.set_rows(rows)
        waiting = sum(1 for line in data if not line.handled)
        self.about.setText(
            self.tr("{n} 条异议，{w} 条没有处理").format(n=len(data), w=waiting) if data else self.tr("没有收到异议")
        )
        open_now = self.may_edit and detail.state in ("running", "ended")
        self.add_button.setVisible(open_now)
        self.handle_button.setVisible(self.may_edit and waiting > 0)
        self.table.setVisible(bool(data))

    def receive(self) -> None:
        """Write down an objection."""
        ws, record = self.ws, self.pane.record

        def save(values: dict[str, Any]) -> str:
            return receive_objection(
                ws, record, values["what"] or "", on=values["received_date"] or today(), who=values["who"] or "",
                phone=values["phone"] or "",
            )  # fmt: skip

        form = [section("objection", ("what", "received_date", "who", "phone"), required=("what", "received_date"))]
        self.dialog = RecordDialog(self.shell, self.tr("登记异议"), "objection", form, save, go=self.tr("登记异议"),
                                   values={"received_date": today()}, parent=self)  # fmt: skip
        self.dialog.saved.connect(lambda _made: self.shell.toast(self.tr("异议已登记，处理完才能结束公示")))
        self.dialog.open()

    def handle(self, objection: str) -> None:
        """Write down how one was settled."""
        line = self._lines.get(objection) or next((x for x in self._lines.values() if not x.handled), None)
        if line is None or line.handled or not self.may_edit:
            return
        ws = self.ws

        def save(values: dict[str, Any]) -> object:
            return handle_objection(
                ws, line.id, values["handling"] or "", on=values["handled_date"] or today(),
                upheld=bool(values["upheld"]),
            )  # fmt: skip

        form = [section("objection", ("handling", "handled_date", "upheld"),
                        required=("handling", "handled_date", "upheld"))]  # fmt: skip
        self.dialog = RecordDialog(self.shell, self.tr("登记处理"), "objection", form, save, go=self.tr("登记处理"),
                                   values={"handled_date": today()}, about=line.what, parent=self)  # fmt: skip
        self.dialog.open()
