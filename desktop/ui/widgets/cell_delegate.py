"""Paints the cells of record lists: figures, chips, status words, placeholders, ticks and the focus ring of the row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from desktop.ui.models.record_table import Column, RecordTableModel, cell_text
from desktop.ui.theme import theme
from desktop.ui.widgets.painting import (
    Chip,
    chip_size,
    fitted_figure,
    paint_chip,
    paint_status_word,
    paint_tick_box,
    tone_text,
)

Index = QModelIndex | QPersistentModelIndex

PAD = 8


@dataclass(frozen=True)
class Tinted:
    """A text on a tinted ground: it differs from what stands beside it."""

    text: str


class CellDelegate(QStyledItemDelegate):
    """`CellDelegate(parent)`: draws every cell of a `RecordTableModel` from its column's kind."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dress()
        theme().changed.connect(self._dress)

    def _dress(self) -> None:
        self._font = theme().font()
        self._metrics = QFontMetrics(self._font)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, theme().px("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model: Any = index.model()
        column: Column = model.columns[index.column()]
        c = theme().color
        rect: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, c("selection"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, c("hover"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), c("grid"))
        box = QRectF(rect.left() + PAD, rect.top(), rect.width() - 2 * PAD, rect.height() - 1)
        if index.column() == 0 and getattr(model, "has_ticks", bool)():
            paint_tick_box(painter, QRectF(box.left(), box.top(), 16, box.height()), model.data(index, model.TickRole))
            box.setLeft(box.left() + 24)
        if not model.data(index, RecordTableModel.ReadyRole):
            painter.fillRect(QRectF(box.left(), box.center().y() - 3, min(48.0, box.width() * 0.6), 6), c("sunken"))
            return
        value = model.data(index, RecordTableModel.ValueRole)
        painter.setFont(self._font)
        if isinstance(value, Tinted) and not selected:
            painter.fillRect(rect.adjusted(0, 0, 0, -1), c("warning_soft"))
        if isinstance(value, Chip) and column.kind == "chip":
            size = chip_size(value)
            top = round(box.center().y() - size.height() / 2)
            paint_chip(painter, QRectF(box.left(), top, min(size.width(), box.width()), size.height()), value)
            return
        if isinstance(value, Chip):
            color = c("selection_text") if selected else tone_text(value.tone)
            paint_status_word(painter, box, value, color)
            return
        text = cell_text(column, value)
        role = "text_3" if value is None else "text_2" if column.kind == "quiet" else "text"
        role = "selection_text" if selected else role
        painter.setPen(c(role))
        side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
        if column.right:
            font, shown = fitted_figure(text, self._font, box.width())
            painter.setFont(font)
            painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
            return
        shown = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()) + 1)
        painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), shown)

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """The full text as tool tip, only where the cell cuts it."""
        if event.type() == QEvent.Type.ToolTip and index.isValid():
            text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
            needed = self._metrics.horizontalAdvance(text) + 2 * PAD
            value = index.data(RecordTableModel.ValueRole)
            needed += 31 if isinstance(value, Chip) else 0
            if needed > option.rect.width():  # type: ignore[attr-defined]
                QToolTip.showText(event.globalPos(), text, view)
            else:
                QToolTip.hideText()
            return True
        return super().helpEvent(event, view, option, index)
