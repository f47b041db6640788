"""A field that finds one item of a long list while one types: by any characters, by pinyin initials, by number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QListView, QWidget

from desktop.common.pinyin import initials
from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme
from desktop.ui.widgets.fields import TextField

SHOWN_AT_ONCE = 200
"""Items listed for one search; more typing narrows them."""


@dataclass(frozen=True)
class Item:
    """One item: what is stored and what is shown."""

    value: str
    text: str


class _Found(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.items: list[Item] = []

    def show_items(self, items: Sequence[Item]) -> None:
        self.beginResetModel()
        self.items = list(items)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return self.items[index.row()].text if role == Qt.ItemDataRole.DisplayRole else None


class _FoundList(QListView):
    """The open list: a child of the window above everything else in it, so that no window comes or goes."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("popup")
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.found = _Found(self)
        self.setModel(self.found)
        self.hide()


class SearchList(TextField):
    """`SearchList(parent=None)`: `set_source(function giving items)`, `value()`, `set_value(value)`; `picked(value)`.

    ↓ or typing opens the list, ↑↓ move in it, Enter takes the current item, Esc closes. The source is asked only when
    the list opens. What was typed and is no item is never kept as an answer: `is_unfinished()`.
    """

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self.setPlaceholderText(self.tr("输入字或首字母，↓ 看全部"))
        self.setTextMargins(0, 0, 22, 0)
        self._source: Callable[[], Sequence[Item]] = list
        self._items: Sequence[Item] | None = None
        self._keys: dict[str, str] = {}
        self._value = ""
        self._words = ""
        self._list: _FoundList | None = None
        self.textEdited.connect(self._typed)

    # -- value -------------------------------------------------------------------------------------------------

    def set_source(self, source: Callable[[], Sequence[Item]]) -> None:
        """Where the items come from; asked anew at the next opening."""
        self._source = source
        self._items = None

    def items(self) -> Sequence[Item]:
        """The items."""
        if self._items is None:
            self._items = list(self._source())
        return self._items

    def value(self) -> str:
        """Value of the item chosen."""
        return self._value

    def set_value(self, value: str) -> None:
        """Show the item of a value; a value that is no item any more is shown as it is."""
        if value == self._value and self.text() == self._words and not (value and self._words == value):
            return
        self._value = value
        self._words = next((i.text for i in self.items() if i.value == value), value) if value else ""
        self.setText(self._words)
        self.setCursorPosition(0)

    def is_unfinished(self) -> bool:
        """Whether something was typed that is not the item chosen."""
        return self.text().strip() != self._words

    def settle(self) -> None:
        """Leaving: an emptied field clears the answer, an exact name is taken, anything else stays and is marked."""
        typed = self.text().strip()
        self.close_list()
        if typed == self._words:
            self.mark("")
            return
        if not typed:
            self._value = self._words = ""
            self.mark("")
            self.picked.emit("")
            return
        found = [item for item in self.items() if item.text == typed]
        if len(found) == 1:
            self._choose(found[0])
        else:
            self.mark("error")

    # -- list --------------------------------------------------------------------------------------------------

    def is_open(self) -> bool:
        """Whether the list stands open."""
        return self._list is not None and self._list.isVisible()

    def open_list(self, text: str = "") -> None:
        """Open the list on what matches."""
        if self.isReadOnly():
            return
        found = self.matching(text)
        if not found:
            self.close_list()
            return
        if self._list is None:
            self._list = _FoundList(self.window())
            self._list.clicked.connect(lambda index: self._take(index.row()))
            self.destroyed.connect(self._list.deleteLater)
        view = self._list
        view.found.show_items(found)
        at = next((i for i, item in enumerate(found) if item.value == self._value and not text), 0)
        view.setCurrentIndex(view.found.index(at, 0))
        row, window = max(view.sizeHintForRow(0), 28), self.window()
        place = self.mapTo(window, QPoint(0, self.height() + 2))
        rows = min(len(found), 8)
        room = (window.height() - place.y() - 8) // row
        if room < min(rows, 3):  # above the field only where hardly anything fits below: it would hide the question
            rows = min(rows, max(1, self.mapTo(window, QPoint(0, 0)).y() // row - 1))
            place = self.mapTo(window, QPoint(0, -rows * row - 10))
        else:
            rows = min(rows, room)
        view.resize(max(self.width(), 240), rows * row + 8)
        view.move(place.x(), max(0, place.y()))
        view.show()
        view.raise_()
        view.scrollTo(view.currentIndex())

    def close_list(self) -> None:
        """Close the list."""
        if self._list is not None:
            self._list.hide()

    def matching(self, typed: str) -> list[Item]:
        """Items that hold the text, or whose initials begin with it; begins-with first; at most 200."""
        text = typed.strip().lower()
        items = self.items()
        if not text:
            return list(items[:SHOWN_AT_ONCE])
        first, second = [], []
        latin = text.isascii()
        for item in items:
            words = item.text.lower()
            if words.startswith(text) or (latin and self._initials(item.text).startswith(text)):
                first.append(item)
            elif text in words or (latin and text in self._initials(item.text)) or item.value.lower() == text:
                second.append(item)
        return [*first, *second][:SHOWN_AT_ONCE]

    def _initials(self, text: str) -> str:
        key = self._keys.get(text)
        if key is None:
            key = self._keys[text] = initials(text)
        return key

    def _typed(self, text: str) -> None:
        self.mark("")
        self.open_list(text)

    def _take(self, row: int) -> None:
        if self._list is not None and 0 <= row < len(self._list.found.items):
            self._choose(self._list.found.items[row])

    def _choose(self, item: Item) -> None:
        self.close_list()
        self._value, self._words = item.value, item.text
        self.setText(item.text)
        self.setCursorPosition(0)
        self.mark("")
        self.picked.emit(item.value)

    # -- events ------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if not self.is_open():
                if key == Qt.Key.Key_Down:
                    self.open_list("" if not self.is_unfinished() else self.text())
                else:
                    event.ignore()
                return
            assert self._list is not None
            row = self._list.currentIndex().row() + (1 if key == Qt.Key.Key_Down else -1)
            if 0 <= row < self._list.found.rowCount():
                self._list.setCurrentIndex(self._list.found.index(row, 0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.is_open() and plain:
            assert self._list is not None
            self._take(self._list.currentIndex().row())
        elif key == Qt.Key.Key_Escape and self.is_open():
            self.close_list()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        if event.commitString() and not event.preeditString():
            self._typed(self.text())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if self.is_open():
            self.close_list()
        else:
            self.open_list("" if not self.is_unfinished() else self.text())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.settle()

    def hideEvent(self, event: object) -> None:
        self.close_list()
        super().hideEvent(event)  # type: ignore[arg-type]

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        box = QRectF(self.width() - 22, (self.height() - 12) / 2, 12, 12)
        paint_icon(painter, box, "down", theme().color("text_3"))
