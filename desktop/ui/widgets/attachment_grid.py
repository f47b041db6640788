"""Files of a record as tiles: photos as small pictures fetched from the encrypted store, others with their type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QImage, QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.app.records.attaching import AttachmentLine
from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme
from desktop.ui.widgets.painting import paint_focus_ring

Index = QModelIndex | QPersistentModelIndex
PICTURE = QSize(124, 92)
"""A tile's picture, twice the strip of the runner, in device-independent pixels at medium text."""
MOST_KEPT = 400
"""Small pictures kept in memory (about 0.1 MB each) while one goes from record to record."""
CAPTION = 40
"""Two lines below the picture."""


class _Tiles(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: list[AttachmentLine] = []
        self.pictures: dict[str, QImage | None] = {}

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return line
        if role == Qt.ItemDataRole.DecorationRole:
            return self.pictures.get(line.sha256)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{line.kind_word}，{line.name}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{line.name}\n{line.note}".strip()
        return None


class AttachmentGrid(QListView):
    """`AttachmentGrid(parent=None)`: `show_lines([AttachmentLine])`, `current()`; `wanted(line)` asks for a picture.

    Whoever listens to `wanted` fetches the picture on a worker and gives it with `set_picture(sha256, image)` (None
    when it cannot be read). `opened(line)` by Enter or double click, `remove_asked(line)` by Del.
    """

    opened = Signal(object)
    remove_asked = Signal(object)
    current_changed = Signal(object)
    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles = _Tiles(self)
        self._asked: set[str] = set()
        self.setModel(self._tiles)
        self.setItemDelegate(_TileDelegate(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSpacing(4)
        self.setMouseTracking(True)
        self.setAcceptDrops(False)
        self.setDragEnabled(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(self.tr("附件"))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.doubleClicked.connect(lambda index: self.opened.emit(self._tiles.lines[index.row()]))

    def show_lines(self, lines: Sequence[AttachmentLine]) -> None:
        """Replace the tiles, keeping the current one when it is still there."""
        kept = self.current()
        self._tiles.beginResetModel()
        self._tiles.lines = list(lines)
        self._tiles.endResetModel()
        row = next((i for i, line in enumerate(lines) if kept is not None and line.id == kept.id), 0)
        if lines:
            self.setCurrentIndex(self._tiles.index(row))
        self.current_changed.emit(self.current())
        here = {line.sha256 for line in lines}
        if len(self._tiles.pictures) > MOST_KEPT:
            self._tiles.pictures = {k: v for k, v in self._tiles.pictures.items() if k in here}
            self._asked &= here
        for line in lines:
            if line.picture and line.sha256 not in self._tiles.pictures and line.sha256 not in self._asked:
                self._asked.add(line.sha256)
                self.wanted.emit(line)

    def set_picture(self, sha256: str, image: QImage | None) -> None:
        """The small picture has come."""
        self._tiles.pictures[sha256] = image
        self.viewport().update()

    def has_picture(self, sha256: str) -> bool:
        """Whether a tile shows its picture."""
        return self._tiles.pictures.get(sha256) is not None

    def current(self) -> AttachmentLine | None:
        """The current file."""
        row = self.currentIndex().row()
        return self._tiles.lines[row] if 0 <= row < len(self._tiles.lines) else None

    def lines(self) -> list[AttachmentLine]:
        """All files shown."""
        return list(self._tiles.lines)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.current_changed.emit(self.current())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        line = self.current()
        if line is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(line)
        elif line is not None and event.key() == Qt.Key.Key_Delete:
            self.remove_asked.emit(line)
        else:
            super().keyPressEvent(event)


class _TileDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        grow = max(theme().scale, 1.0)
        return QSize(round((PICTURE.width() + 12) * grow), round((PICTURE.height() + CAPTION + 12) * grow))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        c, grow = theme().color, max(theme().scale, 1.0)
        line: AttachmentLine = index.data(Qt.ItemDataRole.UserRole)
        image: QImage | None = index.data(Qt.ItemDataRole.DecorationRole)
        box = QRectF(option.rect).adjusted(1, 1, -1, -1)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        chosen, over = bool(state & QStyle.StateFlag.State_Selected), bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if chosen or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(c("selection") if chosen else c("hover"))
            painter.drawRoundedRect(box, 4, 4)
        place = QRectF(box.left() + 5, box.top() + 5, PICTURE.width() * grow, PICTURE.height() * grow)
        painter.fillRect(place, c("sunken"))
        if image is not None:
            size = image.size().scaled(place.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            left = place.center().x() - size.width() / 2
            painter.drawImage(QRectF(left, place.center().y() - size.height() / 2, size.width(), size.height()), image)
        else:
            mark = QRectF(place.center().x() - 14, place.center().y() - 22, 28, 28)
            paint_icon(painter, mark, "photo" if line.picture else "file", c("text_3"))
            painter.setPen(c("text_3"))
            painter.setFont(theme().font("caption"))
            words = line.name.rpartition(".")[2].upper()[:5] if not line.picture else ""
            under = QRectF(place.left(), mark.bottom() + 2, place.width(), 20 * grow)
            painter.drawText(under, Qt.AlignmentFlag.AlignCenter, words)
        painter.setPen(c("border"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place)
        self._words(painter, line, QRectF(place.left(), place.bottom() + 3, place.width(), CAPTION * grow), chosen)
        if chosen and state & QStyle.StateFlag.State_HasFocus:
            paint_focus_ring(painter, QRect(option.rect).adjusted(0, 0, -1, -1), 4)  # type: ignore[attr-defined]
        painter.restore()

    def _words(self, painter: QPainter, line: AttachmentLine, box: QRectF, chosen: bool) -> None:
        c = theme().color
        middle = Qt.TextElideMode.ElideMiddle
        when = line.taken_at[:10]
        for i, (text, role, font) in enumerate(
            (
                (f"{line.kind_word} {when}".strip(), "selection_text" if chosen else "text", theme().font()),
                (line.name, "text_2" if chosen else "text_3", theme().font("caption")),
            )
        ):
            row = QRectF(box.left(), box.top() + i * box.height() / 2, box.width(), box.height() / 2)
            painter.setFont(QFont(font))
            painter.setPen(c(role))
            shown = QFontMetrics(font).elidedText(text, middle, round(row.width()))
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
