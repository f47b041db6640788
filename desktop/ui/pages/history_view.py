"""变更记录 of one record: every change in words, newest first, each can be withdrawn with a reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.app.details import HistoryLine, history_lines
from desktop.app.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.masking import masked
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class HistoryView(QWidget):
    """`HistoryView(shell, ws, table, parent=None)`: `show_record(id)` loads it when the view is shown."""

    def __init__(self, shell: Shell, ws: Workspace, table: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._table_name = shell, ws, table
        self._record = ""
        self._shown = ""
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
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.table = SmallTable(self.columns, fill=True)
        lines.addWidget(self.table, 1)
        self.bar = ActionBar()
        self.undo_button = Button(self.tr("撤回这次改动，写原因"), icon="undo")
        self.reason = Label("", "second")
        self.bar.add_left(self.reason)
        self.bar.add_right(self.undo_button)
        lines.addWidget(self.bar)
        self.table.current_changed.connect(self._chosen)
        self.undo_button.clicked.connect(self.withdraw)
        self._chosen("")

    def show_record(self, record: str) -> None:
        """The record whose history is wanted; fetched now when visible, else when shown."""
        self._record = record
        self._shown = ""
        if self.isVisible():
            self._fetch()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if self._shown != self._record:
            self._fetch()

    def _fetch(self) -> None:
        record, ws, table = self._record, self._ws, self._table_name
        self._shown = record
        if not record:
            self.table.set_rows([])
            return
        self._shell.gates.read(
            lambda work: history_lines(ws, table, record),
            lambda found: self._show(record, found),
            owner=self,
            key=f"history-{id(self)}",
        )

    def _show(self, record: str, found: Sequence[HistoryLine]) -> None:
        if record != self._record:
            return
        self._lines = list(found)
        rows = []
        for i, line in enumerate(self._lines):
            state = Chip(self.tr("已撤回"), "neutral", "undo") if line.void else None
            when = line.when.strftime("%Y-%m-%d %H:%M")
            rows.append((str(i), (when, line.what, masked(line.old), masked(line.new), line.who, line.device, state)))
        self.table.set_rows(rows)

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
        ws = self._ws
        self._shell.gates.write(
            lambda work: take_back_unit(ws, line.unit_id, reason),
            lambda done: self._shell.toast(self.tr("已撤回")),
            owner=self,
            title=self.tr("撤回"),
        )
