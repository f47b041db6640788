"""The navigation at the left: palette field, grouped entries with what waits today, settings and help at the foot."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.ui.icons import paint_icon
from desktop.ui.navigation import Entry, Group
from desktop.ui.theme import theme
from desktop.ui.widgets.labels import Label, Panel, rule
from desktop.ui.widgets.painting import paint_box, paint_focus_ring


class _NavItem(QAbstractButton):
    """One entry; in the rail only its icon, with the word as tool tip."""

    def __init__(self, entry: Entry, bar: NavBar) -> None:
        super().__init__(bar)
        self.entry, self._bar = entry, bar
        self.count = 0
        self.setText(entry.word)
        self.setCheckable(True)
        self.setAutoExclusive(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_count(0)

    def set_count(self, count: int) -> None:
        self.count = count
        spoken = self.tr("{word}，{n} 件等着").format(word=self.entry.word, n=count) if count else self.entry.word
        self.setAccessibleName(spoken)
        self.setToolTip(spoken if self._bar.is_rail() else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(36, theme().px("nav_item_h"))

    minimumSizeHint = sizeHint

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._bar.move_focus(self, 1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def nextCheckState(self) -> None:
        """The window, not the click, says which page is current."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        on, rail = self.isChecked(), self._bar.is_rail()
        box = QRectF(self.rect())
        if on or self.underMouse():
            paint_box(painter, box, c("surface") if on else c("hover"), c("surface"), 0, theme().radius("control"))
        if on:
            painter.setClipRect(QRectF(0, 0, 3, self.height()))
            paint_box(painter, box, c("accent"), c("accent"), 0, theme().radius("control"))
            painter.setClipping(False)
        color = c("accent") if on else c("text_2")
        left = (self.width() - 16) / 2 if rail else 8.0
        paint_icon(painter, QRectF(left, (self.height() - 16) / 2, 16, 16), self.entry.icon, color)
        if not rail:
            font = theme().font(bold=on)
            painter.setFont(font)
            painter.setPen(color)
            room = self.width() - 33 - (26 if self.count else 4)
            word = QFontMetrics(font).elidedText(self.entry.word, Qt.TextElideMode.ElideRight, room + 2)
            painter.drawText(QRectF(33, 0, room + 4, self.height()), Qt.AlignmentFlag.AlignVCenter, word)
        if self.count and not rail:
            painter.setFont(theme().font("caption", bold=True))
            painter.setPen(c("text_2"))
            place = QRectF(self.width() - 40, 0, 32, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, str(self.count))
        elif self.count:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(c("accent"))
            painter.drawEllipse(QRectF(self.width() - 12, 6, 5, 5))
        if self.hasFocus():
            paint_focus_ring(painter, box, theme().radius("control"))


class _PaletteField(QAbstractButton):
    """Looks like a field, opens the palette."""

    def __init__(self, bar: NavBar) -> None:
        super().__init__(bar)
        self._bar = bar
        self.setText(self.tr("搜索、跳转"))
        self.setToolTip(self.tr("搜索、跳转（Ctrl+K）"))
        self.setAccessibleName(self.tr("搜索、跳转"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(36, theme().px("control"))

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        ring = self.hasFocus()
        line = c("focus") if ring else c("border_strong")
        paint_box(painter, QRectF(self.rect()), c("surface"), line, 2 if ring else 1, theme().radius("control"))
        rail = self._bar.is_rail()
        left = (self.width() - 16) / 2 if rail else 9.0
        paint_icon(painter, QRectF(left, (self.height() - 16) / 2, 16, 16), "search", c("text_3"))
        if not rail:
            painter.setPen(c("text_3"))
            painter.setFont(theme().font("caption"))
            place = QRectF(31, 0, self.width() - 31, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self.text())
            painter.setFont(theme().font(points=8.5))
            place = QRectF(0, 0, self.width() - 7, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, "Ctrl+K")


class NavBar(Panel):
    """`NavBar(groups, foot, parent=None)`: the side bar; `chosen(page)` and `palette_asked` tell what was clicked.

    `groups`: `Group`s already reduced to the pages that exist and the role may use; `foot`: entries at the bottom.
    `set_rail(bool)` folds it to icons; `set_current(page)`; `set_count(page, n)` shows what waits today.
    """

    chosen = Signal(str)
    palette_asked = Signal()

    def __init__(self, groups: Sequence[Group], foot: Sequence[Entry], parent: QWidget | None = None) -> None:
        super().__init__("nav", parent)
        self._rail = False
        lines = QVBoxLayout(self)
        lines.setContentsMargins(8, 8, 8, 4)
        lines.setSpacing(0)
        self._lines = lines
        self._palette = _PaletteField(self)
        self._palette.clicked.connect(self.palette_asked)
        lines.addWidget(self._palette)
        lines.addSpacing(6)
        self._items: list[_NavItem] = []
        self._titles: list[Label] = []
        entries = QWidget()
        listed = QVBoxLayout(entries)
        listed.setContentsMargins(0, 0, 0, 0)
        listed.setSpacing(0)
        for group in groups:
            if not group.entries:
                continue
            if group.word:
                title = Label(group.word, "caption")
                title.setContentsMargins(8, 2, 8, 0)
                title.setFixedHeight(24)
                self._titles.append(title)
                listed.addWidget(title)
            for entry in group.entries:
                listed.addWidget(self._item(entry))
        listed.addStretch(1)
        self._area = QScrollArea()  # at 200 % the entries are more than the window is high (DESIGN §7)
        self._area.setWidget(entries)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setMinimumHeight(theme().px("nav_item_h"))
        for see_through in (self._area.viewport(), entries):
            see_through.setAutoFillBackground(False)
        lines.addWidget(self._area, 1)
        if foot:
            lines.addWidget(rule())
            lines.addSpacing(4)
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._foot.setSpacing(2)
        for entry in foot:
            self._foot.addWidget(self._item(entry))
        lines.addLayout(self._foot)
        theme().changed.connect(self._fit)
        self._fit()

    def _item(self, entry: Entry) -> _NavItem:
        item = _NavItem(entry, self)
        item.clicked.connect(lambda: self.chosen.emit(entry.page))
        self._items.append(item)
        return item

    def _fit(self) -> None:
        self.setFixedWidth(theme().px("nav_rail_w" if self._rail else "nav_w") - 1)

    def is_rail(self) -> bool:
        """Whether only icons are shown."""
        return self._rail

    def set_rail(self, rail: bool) -> None:
        """Fold to icons or unfold."""
        if rail == self._rail:
            return
        self._rail = rail
        self._lines.setContentsMargins(*((6, 10, 6, 6) if rail else (8, 8, 8, 4)))
        direction = QBoxLayout.Direction.TopToBottom if rail else QBoxLayout.Direction.LeftToRight
        self._foot.setDirection(direction)
        for title in self._titles:
            title.setVisible(not rail)
        for item in self._items:
            item.set_count(item.count)
        self._fit()
        self.update()

    def pages(self) -> list[str]:
        """Pages in the order of the bar, without the foot's place mattering."""
        return [item.entry.page for item in self._items]

    def current(self) -> str:
        """The page marked as current, "" when none is."""
        return next((item.entry.page for item in self._items if item.isChecked()), "")

    def set_current(self, page: str) -> None:
        """Mark the current page."""
        for item in self._items:
            item.setChecked(item.entry.page == page)
            if item.isChecked():
                self._area.ensureWidgetVisible(item, 0, 0)

    def set_count(self, page: str, count: int) -> None:
        """What waits today behind an entry."""
        for item in self._items:
            if item.entry.page == page:
                item.set_count(count)

    def move_focus(self, item: QWidget, step: int) -> None:
        """To the next entry with the arrow keys."""
        index = self._items.index(item) + step  # type: ignore[arg-type]
        if 0 <= index < len(self._items):
            self._items[index].setFocus(Qt.FocusReason.TabFocusReason)
            self._area.ensureWidgetVisible(self._items[index], 0, 0)
