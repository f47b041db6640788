"""变更记录 as a tab of any record: every change in words, newest first; one leads to the day it was made."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from desktop.app.records.record_history import Change, RecordHistory, record_history
from desktop.app.records.undoing import take_back_unit
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.history import change_words, history_address
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import ElidedLabel
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class HistoryTab(RecordTab):
    """Changes of the record shown, its members' or rights' among them; any pane may list it, for its own table."""

    key = "history"
    scrolls = False

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.changes: list[Change] = []
        self.columns = [
            Column("when", self.tr("记录时间"), 124),
            Column("what", self.tr("项目"), 138, "name"),
            Column("words", self.tr("原值 → 新值"), 150, stretch=True),
            Column("who", self.tr("谁"), 60),
            Column("state", "", 70, "status"),
        ]
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setSpacing(0)
        self.table = SmallTable(self.columns, fill=True)
        self.lines.addWidget(self.table, 1)
        self.bar = ActionBar()
        self.undo_button = Button(self.tr("撤回，写原因"), icon="undo")
        self.undo_button.setToolTip(self.tr("撤回会新记一条，旧的都留着"))
        self.days_button = Button(self.tr("看哪一天的样子"), "primary", "clock")
        self.reason = ElidedLabel("", "second")
        self.bar.add_left(self.reason)
        self.bar.add_right(self.undo_button)
        self.bar.add_right(self.days_button)
        self.lines.addWidget(self.bar)
        self.table.current_changed.connect(self._chosen)
        self.undo_button.clicked.connect(self.withdraw)
        self.days_button.clicked.connect(lambda: self.shell.open(history_address(pane.table, pane.record)))
        self._chosen("")

    @classmethod
    def word(cls) -> str:
        return "变更记录"

    def load(self, record: str) -> RecordHistory:
        return record_history(self.ws, self.pane.table, record)

    def show_data(self, _detail: Any, found: RecordHistory) -> None:
        self.changes = list(found.changes)
        rows = []
        for i, change in enumerate(self.changes):
            state = Chip(self.tr("已撤回"), "neutral", "undo") if change.void else None
            what = f"{change.about} · {change.what}" if change.about else change.what
            cells = (f"{change.when:%Y-%m-%d %H:%M}", what, change_words(change), change.who, state)
            rows.append((str(i), cells))
        self.table.set_rows(rows)
        self._chosen(self.table.current_id())

    def _chosen(self, key: str) -> None:
        change = self.changes[int(key)] if key and int(key) < len(self.changes) else None
        self.reason.setText(change.reason if change else "")
        self.undo_button.setEnabled(bool(change and not change.void))

    def withdraw(self) -> None:
        """Withdraw the unit of work the chosen line belongs to, after asking for a reason."""
        key = self.table.current_id()
        if not key:
            return
        change = self.changes[int(key)]
        dialog = ReasonDialog(
            self.tr("撤回：{reason}").format(reason=change.reason or change.what),
            self.tr("同一次写入的改动一起撤回，回到改动之前；撤回本身也记一条。"),
            self.tr("撤回"),
            self.tr("先不撤回"),
            self,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._write(change.unit_id, dialog.reason()))
        self.dialog = dialog
        dialog.open()

    def _write(self, unit_id: str, reason: str) -> None:
        ws = self.ws
        self.shell.gates.write(
            lambda _work: take_back_unit(ws, unit_id, reason),
            lambda _done: self.shell.toast(self.tr("已撤回")),
            owner=self,
            title=self.tr("撤回"),
        )
