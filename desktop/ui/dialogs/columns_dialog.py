"""Which columns a list shows and in which order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.models.record_table import Column
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label, rule


class ColumnsDialog(QDialog):
    """`ColumnsDialog(columns, shown, parent=None)`: Space ticks, Alt+↑↓ moves; `chosen()` are the keys in order.

    The first column names the row and stays.
    """

    def __init__(self, columns: Sequence[Column], shown: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = list(columns)
        lines, head = begin_dialog(self, self.tr("显示哪些列"), least=theme().px("dialog_w") - 80)
        lines.addLayout(head)
        lines.addWidget(Label(self.tr("勾上的会显示，从上到下就是从左到右。宽度在表头上拖。"), "second"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("列"))
        self.list.setSpacing(3)
        self.list.setDragDropMode(QListWidget.DragDropMode.InternalMove)
        lines.addWidget(self.list, 1)
        moves = QHBoxLayout()
        self.up = Button(self.tr("上移"), icon="up", key="Alt+↑", small=True)
        self.down = Button(self.tr("下移"), icon="down", key="Alt+↓", small=True)
        self.plain = Button(self.tr("恢复原样"), "quiet", small=True)
        for button in (self.up, self.down):
            moves.addWidget(button)
        moves.addStretch(1)
        moves.addWidget(self.plain)
        lines.addLayout(moves)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.stay = Button(self.tr("先不改"), key="Esc")
        self.go = Button(self.tr("用这些列"), "primary", key="Ctrl+Enter")
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.plain.clicked.connect(lambda: self._fill([c.key for c in self._columns if not c.optional]))
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.accept)
        self._fill(shown)

    def _fill(self, shown: Sequence[str]) -> None:
        by_key = {column.key: column for column in self._columns}
        rest = [column.key for column in self._columns if column.key not in shown]
        self.list.clear()
        for key in [*shown, *rest]:
            item = QListWidgetItem(by_key[key].title or self.tr("（无标题）"))
            item.setData(Qt.ItemDataRole.UserRole, key)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            if key == self._columns[0].key:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if key in shown else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        there = row + by
        if row >= 0 and 0 <= there < self.list.count():
            self.list.insertItem(there, self.list.takeItem(row))
            self.list.setCurrentRow(there)

    def tick(self, key: str, on: bool) -> None:
        """Tick a column, as Space does."""
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(Qt.ItemDataRole.UserRole) == key:
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    def chosen(self) -> list[str]:
        """Keys of the ticked columns in order."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return [str(i.data(Qt.ItemDataRole.UserRole)) for i in items if i.checkState() == Qt.CheckState.Checked]
