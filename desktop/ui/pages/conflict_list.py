"""The records in conflict, one under another: open ones first, those decided in this sitting below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.ui.theme import theme
from desktop.ui.widgets.painting import Chip, chip_size, paint_chip

_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class RecordLine:
    """One record: its key, name, a line about it, and its state; `done` ones cannot be chosen."""

    key: str
    title: str
    about: str
    chip: Chip
    done: bool = False


class _LineDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, round(54 * max(theme().scale, 1.0)))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        line: RecordLine = index.data(_ROLE)
        c = theme().color
        box = QRectF(option.rect)  # type: ignore[attr-defined]
        state: Any = option.state  # type: ignore[attr-defined]
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(box, c("selection"))
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), c("accent"))
        elif state & QStyle.StateFlag.State_MouseOver and not line.done:
            painter.fillRect(box, c("hover"))
        painter.fillRect(QRectF(box.left(), box.bottom() - 1, box.width(), 1), c("grid"))
        size = chip_size(line.chip)
        left, right = box.left() + 12, box.right() - 12
        half = box.height() / 2
        paint_chip(painter, QRectF(right - size.width(), box.top() + 7, size.width(), size.height()), line.chip)
        name = theme().font(bold=not line.done)
        painter.setFont(name)
        painter.setPen(c("text_3") if line.done else c("selection_text" if selected else "text"))
        room = right - size.width() - 8 - left
        text = QFontMetrics(name).elidedText(line.title, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QRectF(left, box.top() + 5, room, half - 5), Qt.AlignmentFlag.AlignVCenter, text)
        small = theme().font("caption")
        painter.setFont(small)
        painter.setPen(c("text_2") if selected else c("text_3"))
        text = QFontMetrics(small).elidedText(line.about, Qt.TextElideMode.ElideRight, int(right - left))
        low = QRectF(left, box.top() + half, right - left, half - 5)
        painter.drawText(low, Qt.AlignmentFlag.AlignVCenter, text)


class ConflictList(QListWidget):
    """`ConflictList(parent=None)`: `set_lines([RecordLine])`; `chosen(key)` when another record becomes current."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(_LineDelegate(self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._quiet = False
        self.currentItemChanged.connect(self._current)
        theme().changed.connect(self.doItemsLayout)

    def set_lines(self, lines: Sequence[RecordLine], current: str = "") -> None:
        """Replace the lines; `current` (or the first open one) becomes current."""
        self._quiet = True
        self.clear()
        for line in lines:
            item = QListWidgetItem()
            item.setData(_ROLE, line)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{line.title} {line.about} {line.chip.text}")
            if line.done:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.addItem(item)
        self._quiet = False
        keys = [line.key for line in lines if not line.done]
        self.go_to(current if current in keys else keys[0] if keys else "")

    def key(self) -> str:
        """The current record's key."""
        row = self.currentRow()
        return str(self.item(row).data(_ROLE).key) if row >= 0 else ""

    def go_to(self, key: str) -> None:
        """Make a record current."""
        for row in range(self.count()):
            line: RecordLine = self.item(row).data(_ROLE)
            if line.key == key and not line.done:
                self.setCurrentRow(row)
                return

    def step(self, by: int) -> None:
        """To the next or previous open record, round the end."""
        rows = [r for r in range(self.count()) if not self.item(r).data(_ROLE).done]
        if not rows:
            return
        here = rows.index(self.currentRow()) if self.currentRow() in rows else 0
        self.setCurrentRow(rows[(here + by) % len(rows)])

    def _current(self) -> None:
        if not self._quiet and self.key():
            self.chosen.emit(self.key())
