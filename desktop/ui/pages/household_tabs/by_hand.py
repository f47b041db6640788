"""Records of a household's tabs kept by hand: added, opened, removed; what a visit wrote goes only with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from desktop.app.records.editing import open_record, remove_record, restore_record
from desktop.app.records.survey_records import VisitMark, origin_words, visit_marks
from desktop.registry.labels import table_label
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.runner.prompts import RemarkDialog
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.small_table import SmallTable


class ByHand(QObject):
    """`ByHand(tab, name, table, defaults)`: buttons 新增, 修改, 移除 for a table of the tab; `name` is the record's.

    Enter or F2 on a row edits it, Del removes it. Without the right there are no buttons and rows only show.
    """

    def __init__(
        self, tab: RecordTab, name: str, table: SmallTable, defaults: Callable[[], Mapping[str, Any]] = dict
    ) -> None:
        super().__init__(tab)
        self._tab, self._name, self.table, self._defaults = tab, name, table, defaults
        self.dialog: QWidget | None = None
        self.origin = Label("", "caption")
        """Where the current row comes from; the tab puts it below the table."""
        self.add_button = Button(self.tr("新增"), icon="plus", small=True)
        self.edit_button = Button(self.tr("修改"), icon="edit", key="F2", small=True, bind=False)
        self.remove_button = Button(self.tr("移除"), icon="minus", key="Del", small=True, bind=False)
        for button in (self.add_button, self.edit_button, self.remove_button):
            button.setAccessibleName(f"{button.text()}{table_label(name)}")
        self.buttons = [self.add_button, self.edit_button, self.remove_button] if tab.may_edit else []
        self.add_button.clicked.connect(self.add)
        self.edit_button.clicked.connect(self.edit)
        self.remove_button.clicked.connect(self.remove)
        table.current_changed.connect(self._ask_origin)
        if tab.may_edit:
            table.opened.connect(lambda _row: self.edit())
            table.installEventFilter(self)

    def show_rows(self, many: int) -> None:
        """After the rows were set: without any only 新增 is offered."""
        self.table.setVisible(bool(many))
        self.origin.setVisible(bool(many))
        for button in (self.edit_button, self.remove_button):
            button.setVisible(bool(many) and self._tab.may_edit)
        if many:
            self._ask_origin(self.table.current_id())

    def _ask_origin(self, row: str) -> None:
        ws, name = self._tab.ws, self._name
        if row:
            self._tab.shell.gates.read(
                lambda _w: origin_words(ws, name, row), self._show_origin, owner=self._tab,
                key=f"origin-{id(self)}", fail=lambda _error: None,
            )  # fmt: skip

    def _show_origin(self, words: str) -> None:
        self.origin.setText(self.tr("选中的这条：{words}").format(words=words))

    def add(self) -> None:
        """A new record of this household."""
        household = self._tab.pane.record
        if household:
            self._tab.pane.add_row(self._name, self._defaults(), {"household_id": household})

    def edit(self) -> None:
        """The current row."""
        if self.table.current_id():
            self._tab.pane.edit_row(self._name, self.table.current_id())

    def remove(self) -> None:
        """Take the current row out; what a visit wrote goes with a reason."""
        row, ws, name = self.table.current_id(), self._tab.ws, self._name
        if row:
            self._tab.shell.gates.read(
                lambda _w: visit_marks(ws, name, row), lambda marks: self._ask(row, marks), owner=self._tab,
                key=f"remove-{id(self)}", title=self.tr("移除"),
            )  # fmt: skip

    def _ask(self, row: str, marks: Mapping[str, VisitMark]) -> None:
        if not marks:
            self._remove(row, "")
            return
        visit = max(marks.values(), key=lambda mark: mark.day)
        dialog = RemarkDialog(
            self.tr("移除这条{what}，为什么").format(what=table_label(self._name)),
            self.tr("它是 {visit}填的。移除记在这次走访的经过里，可以撤销。").format(visit=visit.words),
            "", self._tab.window(),
        )  # fmt: skip
        dialog.taken.connect(lambda why: self._remove(row, why) if why else None)
        dialog.finished.connect(lambda _r: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.dialog = dialog
        dialog.open()

    def _remove(self, row: str, why: str) -> None:
        ws, name, shell = self._tab.ws, self._name, self._tab.shell
        words = self.tr("恢复")
        back = lambda: shell.gates.write(lambda _w: restore_record(ws, name, row), title=words)  # noqa: E731
        shell.gates.write(
            lambda _w: remove_record(ws, open_record(ws, name, row), why),
            lambda _done: shell.toast(self.tr("已移除"), back), owner=self._tab, title=self.tr("移除"),
        )  # fmt: skip

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if plain and event.key() == Qt.Key.Key_Delete and self.table.current_id():
                self.remove()
                return True
        return super().eventFilter(watched, event)
