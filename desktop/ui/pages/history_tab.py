"""变更记录 of one record: every change in words, newest first, each can be withdrawn with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt

from desktop.app.details import HistoryLine, history_lines
from desktop.app.undoing import take_back_unit
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.masking import masked
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class HistoryTab(RecordTab):
    """Changes of the record shown; any pane may list it, for the table it edits."""

    key = "history"
    scrolls = False

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self._lines: list[HistoryLine] = []
        self.columns = [
            Column("when", self.tr("记录时间"), 128),
            Column("what", self.tr("项目"), 110, "name"),
            Column("old", self.tr("原值"), 120, "quiet"),
            Column("new", self.tr("新值"), 130, stretch=True),
            Column("who", self.tr("谁"), 64),
            Column("device", self.tr("机器"), 76, "quiet"),
            Column("state", self.tr("状态"), 76, "status"),
        ]
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setSpacing(0)
        self.table = SmallTable(self.columns, fill=True)
        self.lines.addWidget(self.table, 1)
        self.bar = ActionBar()
        self.undo_button = Button(self.tr("撤回这次改动，写原因"), icon="undo")
        self.reason = Label("", "second")
        self.bar.add_left(self.reason)
        self.bar.add_right(self.undo_button)
        self.lines.addWidget(self.bar)
        self.table.current_changed.connect(self._chosen)
        self.undo_button.clicked.connect(self.withdraw)
        self._chosen("")

    @classmethod
    def word(cls) -> str:
        return "变更记录"

    def load(self, record: str) -> Sequence[HistoryLine]:
        return history_lines(self.ws, self.pane.table, record)

    def show_data(self, _detail: Any, found: Sequence[HistoryLine]) -> None:
        self._lines = list(found)
        rows = []
        for i, line in enumerate(self._lines):
            state = Chip(self.tr("已撤回"), "neutral", "undo") if line.void else None
            when = line.when.strftime("%Y-%m-%d %H:%M")
            rows.append((str(i), (when, line.what, masked(line.old), masked(line.new), line.who, line.device, state)))
        self.table.set_rows(rows)
        self._chosen(self.table.current_id())

    def _chosen(self, key: str) -> None:
        line = self._lines[int(key)] if key else None
        self.reason.setText(line.reason if line else "")
        self.undo_button.setEnabled(bool(line and not line.void))
        self.bar.set_hint(self.tr("撤回会新记一条，旧的都留着") if line and not line.void else "")

    def withdraw(self) -> None:
        """Withdraw the unit of work the chosen line belongs to, after asking for a reason."""
        key = self.table.current_id()
        if not key:
            return
        line = self._lines[int(key)]
        dialog = ReasonDialog(
            self.tr("撤回：{reason}").format(reason=line.reason or line.what),
            self.tr("同一次写入的改动一起撤回，回到改动之前；撤回本身也记一条。"),
            self.tr("撤回"),
            self.tr("先不撤回"),
            self,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._write(line, dialog.reason()))
        self.dialog = dialog
        dialog.open()

    def _write(self, line: HistoryLine, reason: str) -> None:
        ws = self.ws
        self.shell.gates.write(
            lambda work: take_back_unit(ws, line.unit_id, reason),
            lambda done: self.shell.toast(self.tr("已撤回")),
            owner=self,
            title=self.tr("撤回"),
        )
