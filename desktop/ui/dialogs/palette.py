"""The palette (Ctrl+K): pages, commands and records by characters, pinyin initials or number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.common import pinyin
from desktop.ui.icons import paint_icon
from desktop.ui.navigation import Address
from desktop.ui.theme import theme
from desktop.ui.widgets.fields import SearchField
from desktop.ui.widgets.painting import key_cap_size, paint_key_cap
from desktop.ui.workers import Gates, Priority


@dataclass(frozen=True)
class Hit:
    """One thing the palette offers: where it leads (an address, or a command to call)."""

    title: str
    detail: str = ""
    icon: str = "right"
    address: Address | None = None
    command: Callable[[], object] | None = None


Finder = Callable[[str], Sequence[Hit]]
"""Finds records for what was typed; runs on a reading thread."""

_HitRole = Qt.ItemDataRole.UserRole + 1


class _HitDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, theme().px("row"))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        hit: Hit = index.data(_HitRole)
        c = theme().color
        rect = option.rect  # type: ignore[attr-defined]
        on = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
        if on:
            painter.fillRect(rect, c("selection"))
        box = QRectF(rect)
        color = c("selection_text") if on else c("text")
        paint_icon(painter, QRectF(box.left() + 14, box.center().y() - 8, 16, 16), hit.icon, c("text_2"))
        painter.setFont(theme().font())
        painter.setPen(color)
        metrics = QFontMetrics(theme().font())
        left = box.left() + 40
        title = metrics.elidedText(hit.title, Qt.TextElideMode.ElideRight, int(box.width() * 0.6))
        painter.drawText(QRectF(left, box.top(), box.width(), box.height()), Qt.AlignmentFlag.AlignVCenter, title)
        left += metrics.horizontalAdvance(title) + 14
        painter.setPen(c("text_2"))
        room = box.right() - left - 70
        detail = metrics.elidedText(hit.detail, Qt.TextElideMode.ElideRight, max(0, int(room)))
        painter.drawText(QRectF(left, box.top(), room, box.height()), Qt.AlignmentFlag.AlignVCenter, detail)
        if on:
            size = key_cap_size("Enter")
            top = box.center().y() - size.height() / 2
            place = QRectF(box.right() - size.width() - 12, top, size.width(), size.height())
            paint_key_cap(painter, place, "Enter", c("text_3"), c("surface_alt"))


class Palette(QDialog):
    """`Palette(gates, places, finder, opened, parent)`: `places` are pages and commands, `finder` finds records.

    Typed text is matched by characters and pinyin initials; `>` shows commands and pages alone. ↑↓ choose, Enter opens.
    """

    def __init__(
        self,
        gates: Gates,
        places: Sequence[Hit],
        finder: Finder | None,
        opened: Callable[[Hit], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self._gates, self._places, self._finder, self._opened = gates, list(places), finder, opened
        self._awaited, self._entered_early = "", False
        self.setWindowTitle(self.tr("搜索、跳转"))
        self.setFixedWidth(640)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        frame = QFrame()
        frame.setProperty("dialog", True)
        outer.addWidget(frame)
        lines = QVBoxLayout(frame)
        lines.setContentsMargins(1, 12, 1, 8)
        lines.setSpacing(6)
        holder = QVBoxLayout()
        holder.setContentsMargins(12, 0, 12, 0)
        self.field = SearchField(self.tr("户主、成员、资产、页面：汉字、首字母、编号或证件尾号"), delay_ms=60)
        self.field.searched.connect(self._search)
        self.field.installEventFilter(self)
        holder.addWidget(self.field)
        lines.addLayout(holder)
        self.list = QListView()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setItemDelegate(_HitDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.clicked.connect(lambda _index: self._take())
        self._model = QStandardItemModel(self)
        self.list.setModel(self._model)
        lines.addWidget(self.list)
        self._search("")

    def hits(self) -> list[Hit]:
        """What is offered now."""
        return [self._model.item(row).data(_HitRole) for row in range(self._model.rowCount())]

    def _search(self, text: str) -> None:
        asked = text.strip()
        self._awaited, self._entered_early = "", False
        self._show(self._matching_places(asked.lstrip(">").strip()))
        if asked and not asked.startswith(">") and self._finder is not None:
            finder = self._finder
            self._awaited = asked
            self._gates.read(
                lambda _work: finder(asked),
                lambda found: self._add_records(asked, found),
                owner=self,
                key="palette",
                priority=Priority.NOW,
                fail=lambda _error: self._add_records(asked, ()),
            )

    def _matching_places(self, text: str) -> list[Hit]:
        if not text:
            return self._places
        low = text.lower()
        return [
            hit
            for hit in self._places
            if low in hit.title.lower() or pinyin.initials(hit.title).lower().startswith(low)
        ]

    def _add_records(self, asked: str, found: Sequence[Hit]) -> None:
        if self.field.text().strip() == asked:
            places = self._matching_places(asked)
            named = [hit for hit in places if hit.title == asked]  # a page called by its whole name comes first
            self._show([*named, *found, *(hit for hit in places if hit not in named)])
            early, self._awaited, self._entered_early = self._entered_early, "", False
            if early:
                self._take()

    def _show(self, hits: Sequence[Hit]) -> None:
        self._model.clear()
        for hit in hits[:40]:
            item = QStandardItem(hit.title)
            item.setData(hit, _HitRole)
            item.setEditable(False)
            self._model.appendRow(item)
        if hits:
            self.list.setCurrentIndex(self._model.index(0, 0))
        rows = min(max(len(hits), 1), 10)
        self.list.setFixedHeight(rows * theme().px("row"))
        self.adjustSize()

    def _enter(self) -> None:
        """Enter: what is first. While records are still being looked for, the first is not known unless it is a page
        called by its whole name: then it is opened when they are there."""
        if self._awaited and not any(hit.title == self._awaited for hit in self._matching_places(self._awaited)):
            self._entered_early = True
        else:
            self._take()

    def _take(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            hit: Hit = index.data(_HitRole)
            self.accept()
            self._opened(hit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                row = self.list.currentIndex().row() + (1 if event.key() == Qt.Key.Key_Down else -1)
                if 0 <= row < self._model.rowCount():
                    self.list.setCurrentIndex(self._model.index(row, 0))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.field.flush()
                self._enter()
                return True
        return super().eventFilter(watched, event)
