"""办理 of a notice: the sheet, its period, what may come next and what still bars it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from desktop.app.cases.cases import CaseDetail
from desktop.app.cases.notices import make_result_announcement
from desktop.registry.notice_procedure import announces_only
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.navigation import Address
from desktop.ui.pages.case_pane import StepsTab
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.day_strip import DayStrip


class NoticeStepsTab(StepsTab):
    """The sheet is where a draft is written; here it is posted, ended or taken off."""

    facts = ("kind", "basis", "places", "contact", "contact_phone", "contact_address", "supervise_phone", "issuer",
             "result", "result_date", "note")  # fmt: skip

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.strip = DayStrip()
        self.lines.insertWidget(0, self.strip)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.sheet = Button(self.tr("打开公示稿"), "primary", "notice", small=True)
        self.subject = Button(self.tr("打开事项"), small=True)
        self.result = Button(self.tr("拟结果公告"), small=True)
        for button in (self.sheet, self.subject, self.result):
            row.addWidget(button)
        row.addStretch(1)
        self.lines.insertLayout(0, row)
        self.sheet.clicked.connect(lambda: self.shell.open(Address("notice", self.pane.record, "sheet")))
        self.subject.clicked.connect(self.open_subject)
        self.result.clicked.connect(self.announce)

    def show_data(self, detail: CaseDetail, data: object) -> None:
        super().show_data(detail, data)
        values = detail.values
        self.strip.show_period(values.get("start_date"), values.get("end_date"))
        page = {"disposal": "disposal", "distribution": "distribution"}.get(str(values.get("subject_table")))
        self._subject = Address(page, str(values.get("subject_id"))) if page else None
        self.subject.setVisible(self._subject is not None)
        announced = not announces_only(str(values.get("kind") or ""))
        self.result.setVisible(self.may_edit and detail.state == "ended" and announced)

    def open_subject(self) -> None:
        """The case it is about."""
        if self._subject is not None:
            self.shell.open(self._subject)

    def announce(self) -> None:
        """A draft announcement of the result, opened as a sheet."""
        ws, record = self.ws, self.pane.record
        write_once(
            self.result, self.shell.gates, lambda _w: make_result_announcement(ws, record),
            lambda made: self.shell.open(Address("notice", str(made), "sheet")), title=self.result.text(),
        )  # fmt: skip
