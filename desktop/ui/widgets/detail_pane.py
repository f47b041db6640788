"""The pane beside a list: title, chips, one line of facts, buttons, tabs with counts, key figures, a page per tab."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.chips import ChipLabel
from desktop.ui.widgets.figures import KeyFigures
from desktop.ui.widgets.labels import ElidedLabel, Panel
from desktop.ui.widgets.painting import Chip, paint_focus_ring


class TabBar(QWidget):
    """`TabBar(parent=None)`: words with counts and a line under the current one; signal `changed(key)`.

    `set_tabs([(key, word, count_text), …])`, `set_count(key, text)`, `set_value(key)`, `value()`. ← and → move.
    """

    changed = Signal(str)
    _PAD = 10

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tabs: list[tuple[str, str, str]] = []
        self._current = ""
        self._over = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_tabs(self, tabs: Sequence[tuple[str, str, str]]) -> None:
        """Replace the tabs."""
        self._tabs = list(tabs)
        if self._current not in [t[0] for t in tabs]:
            self._current = tabs[0][0] if tabs else ""
        self._speak()

    def set_count(self, key: str, text: str) -> None:
        """The small number beside a tab's word; "" for none."""
        self._tabs = [(k, word, text if k == key else count) for k, word, count in self._tabs]
        self._speak()

    def value(self) -> str:
        """Key of the current tab."""
        return self._current

    def keys(self) -> list[str]:
        """All keys in order."""
        return [t[0] for t in self._tabs]

    def set_value(self, key: str, *, tell: bool = False) -> None:
        """Make a tab current."""
        if key in self.keys() and key != self._current:
            self._current = key
            self._speak()
            if tell:
                self.changed.emit(key)

    def step(self, by: int) -> None:
        """To the neighbour, round the end."""
        keys = self.keys()
        if keys:
            self.set_value(keys[(keys.index(self._current) + by) % len(keys)], tell=True)

    def _speak(self) -> None:
        names = {k: f"{word} {count}".strip() for k, word, count in self._tabs}
        self.setAccessibleName(self.tr("页签：{name}").format(name=names.get(self._current, "")))
        self.update()

    def _boxes(self) -> list[tuple[QRectF, tuple[str, str, str]]]:
        body, small = QFontMetrics(theme().font("body", bold=True)), QFontMetrics(theme().font("caption"))
        left, found = 12.0, []
        for tab in self._tabs:
            width = body.horizontalAdvance(tab[1]) + 2 * self._PAD
            width += small.horizontalAdvance(tab[2]) + 4 if tab[2] else 0
            found.append((QRectF(left, 0, width, self.height() - 1), tab))
            left += width + 2
        return found

    def sizeHint(self) -> QSize:
        boxes = self._boxes()
        width = int(boxes[-1][0].right()) + 12 if boxes else 80
        return QSize(width, 35)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 35)

    def _at(self, event: QMouseEvent) -> str:
        return next((tab[0] for box, tab in self._boxes() if box.contains(event.position())), "")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        key = self._at(event)
        if key:
            self.set_value(key, tell=True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over = self._at(event)
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._over = ""
        self.update()
        super().leaveEvent(event)  # type: ignore[arg-type]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.step(-1 if event.key() == Qt.Key.Key_Left else 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), c("border"))
        plain, bold, small = theme().font(), theme().font(bold=True), theme().font("caption")
        for box, (key, word, count) in self._boxes():
            on = key == self._current
            painter.setFont(bold if on else plain)
            painter.setPen(c("accent") if on else c("text") if key == self._over else c("text_2"))
            width = QFontMetrics(bold).horizontalAdvance(word)
            text = QRectF(box.left() + self._PAD, 0, width + 2, box.height())
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, word)
            if count:
                shown = width if on else QFontMetrics(plain).horizontalAdvance(word)
                painter.setFont(small)
                painter.setPen(c("text_3"))
                side = QRectF(text.left() + shown + 4, 0, 80, box.height())
                painter.drawText(side, Qt.AlignmentFlag.AlignVCenter, count)
            if on:
                painter.fillRect(QRectF(box.left(), self.height() - 2, box.width(), 2), c("accent"))
                if self.hasFocus():
                    paint_focus_ring(painter, box, 3)


class DetailPane(Panel):
    """`DetailPane(parent=None)`: shell of a record's detail.

    `set_head(title, chips, facts)`; `add_button(Button)` at the right of the head; `add_tab(key, word, widget,
    scroll=True)`; `figures` is the key-figure strip (hidden while empty); `set_count(key, text)`. Signal
    `tab_changed(key)`. Ctrl+Tab and Ctrl+Shift+Tab change the tab while the focus is inside.
    """

    tab_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", parent)
        self.setMinimumWidth(theme().px("detail_min_w"))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(14, 10, 14, 8)
        head.setSpacing(8)
        words = QVBoxLayout()
        words.setSpacing(3)
        first = QHBoxLayout()
        first.setSpacing(8)
        self._title = ElidedLabel("", "question")
        self._title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(8)
        first.addWidget(self._title)
        first.addLayout(self._chips)
        first.addStretch(1)
        self._facts = ElidedLabel("", "second")
        words.addLayout(first)
        words.addWidget(self._facts)
        head.addLayout(words, 1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        head.addLayout(self._buttons)
        lines.addLayout(head)
        self.tabs = TabBar()
        lines.addWidget(self.tabs)
        self.figures = KeyFigures()
        self.figures.hide()
        lines.addWidget(self.figures)
        self.stack = QStackedWidget()
        lines.addWidget(self.stack, 1)
        self._pages: dict[str, QWidget] = {}
        self._tabs: list[tuple[str, str, str]] = []
        self.tabs.changed.connect(self._show)
        for keys, by, word in (
            ("Ctrl+Tab", 1, self.tr("下一个标签")), ("Ctrl+Shift+Tab", -1, self.tr("上一个标签")),
        ):  # fmt: skip
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setWhatsThis(word)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda by=by: self.tabs.step(by))

    def set_head(self, title: str, chips: Sequence[Chip] = (), facts: str = "") -> None:
        """Title, chips and the line of facts."""
        self._title.setText(title)
        self._title.updateGeometry()
        self._facts.setText(facts)
        while self._chips.count():
            widget = self._chips.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for chip in chips:
            self._chips.addWidget(ChipLabel(chip))

    def title(self) -> str:
        """The title shown."""
        return self._title.text()

    def add_button(self, button: Button) -> Button:
        """Append a button to the head."""
        self._buttons.addWidget(button)
        return button

    def add_tab(self, key: str, word: str, widget: QWidget, *, scroll: bool = True) -> None:
        """Add a tab; with `scroll` its page scrolls when it is higher than the pane."""
        self._tabs.append((key, word, ""))
        self.tabs.set_tabs(self._tabs)
        page: QWidget = widget
        if scroll:
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setWidget(widget)
            area.viewport().setAutoFillBackground(False)
            widget.setAutoFillBackground(False)
            page = area
        self._pages[key] = page
        self.stack.addWidget(page)

    def set_count(self, key: str, text: str) -> None:
        """The small number beside a tab."""
        self._tabs = [(k, w, text if k == key else n) for k, w, n in self._tabs]
        self.tabs.set_count(key, text)

    def show_tab(self, key: str) -> None:
        """Make a tab current."""
        self.tabs.set_value(key, tell=True)

    def _show(self, key: str) -> None:
        self.stack.setCurrentWidget(self._pages[key])
        self.tab_changed.emit(key)
