"""处置 of an asset: how it leaves, past and present; a new disposal begins here."""

from __future__ import annotations

from desktop.app.cases.disposals import disposals_of
from desktop.app.records.details import AssetDetail
from desktop.app.workspace import Workspace
from desktop.insight.case_lists import DisposalRow
from desktop.registry.disposal import DISPOSAL_DONE
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.case_pane import state_chip
from desktop.ui.pages.disposal import disposal_dialog
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.small_table import SmallTable


class DisposalTab(RecordTab):
    """The disposals of one asset; Enter opens one in 处置."""

    key = "disposal"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: RecordDialog | None = None
        self.begin = Button(self.tr("发起处置"), "primary", "dispose", small=True)
        self.begin.clicked.connect(self.begin_disposal)
        self.again = Button(self.tr("再发起处置"), icon="dispose", small=True)
        self.again.clicked.connect(self.begin_disposal)
        self.nothing = EmptyState("dispose", self.tr("还没有处置"), self.tr("转让、报废、核销等都从这里发起"),
                                  [self.begin] if self.may_edit else [])  # fmt: skip
        self.table = SmallTable([
            Column("kind", self.tr("方式"), 90, "name"),
            Column("reason", self.tr("原因"), 180, stretch=True),
            Column("applied", self.tr("申请日期"), 96, "date"),
            Column("proceeds", self.tr("成交 元"), 110, "money"),
            Column("state", self.tr("状态"), 100, "status"),
        ])  # fmt: skip
        self.table.opened.connect(lambda record: self.shell.open(Address("disposal", record)))
        self.lines.addWidget(self.nothing)
        self.lines.addWidget(self.table)
        self.lines.addWidget(self.again)
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "处置"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        return str(len(disposals_of(ws, record)) or "")

    def load(self, record: str) -> list[DisposalRow]:
        return disposals_of(self.ws, record)

    def show_data(self, detail: AssetDetail, data: list[DisposalRow]) -> None:
        self.nothing.setVisible(not data)
        self.table.setVisible(bool(data))
        self.table.set_rows([
            (d.id, (d.kind, d.reason, d.applied, d.proceeds_fen, state_chip(d.state, d.state_word))) for d in data
        ])  # fmt: skip
        under_way = any(d.state not in DISPOSAL_DONE or d.state == "written_off" for d in data)
        self.again.setVisible(self.may_edit and bool(data) and not under_way)

    def begin_disposal(self) -> None:
        """Asks what and why, then opens the case."""
        detail = self.pane.shown
        if detail is not None and self.may_edit:
            self.dialog = disposal_dialog(self, detail.id, detail.name)
            self.dialog.open()
