"""Text fields: plain, search, passphrase; and the select box."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QListView, QSizePolicy, QToolButton, QWidget

from desktop.common.pinyin import initials
from desktop.ui.icons import icon, paint_icon
from desktop.ui.theme import repolish, theme
from desktop.ui.widgets.painting import paint_box


class TextField(QLineEdit):
    """`TextField(text="", placeholder="", parent=None)`: a line edit of the control height.

    `mark("error"|"warning"|"")` draws the coloured frame; the words belong beside the field, never in the colour alone.
    """

    def __init__(self, text: str = "", placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setPlaceholderText(placeholder)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), theme().px("control"))

    def minimumSizeHint(self) -> QSize:
        return QSize(48, theme().px("control"))

    def mark(self, state: str) -> None:
        """Frame the field as error, warning or not at all."""
        if self.property("state") != state:
            repolish(self, state=state)

    def setReadOnly(self, read_only: bool) -> None:
        super().setReadOnly(read_only)
        repolish(self)


class SearchField(TextField):
    """`SearchField(placeholder, delay_ms=120, parent=None)`: tells `searched(text)` as one types, after a short pause.

    Esc empties the field (when it is empty the key goes on to the page), ↓ emits `left_down` (to the table), Enter
    tells at once and emits `returnPressed`.
    Nothing is told while an input method composes.
    """

    searched = Signal(str)
    left_down = Signal()

    def __init__(self, placeholder: str, delay_ms: int = 120, parent: QWidget | None = None) -> None:
        super().__init__("", placeholder, parent)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(delay_ms)
        self._wait.timeout.connect(self._tell)
        self._told = ""
        self._lens = QAction(icon("search", "text_3"), "", self)
        self.addAction(self._lens, QLineEdit.ActionPosition.LeadingPosition)
        self.textChanged.connect(lambda _text: self._wait.start())
        self.setAccessibleName(placeholder)
        theme().changed.connect(self._dress)

    def _dress(self) -> None:
        self._lens.setIcon(icon("search", "text_3"))

    def _tell(self) -> None:
        if self.text() != self._told:
            self._told = self.text()
            self.searched.emit(self._told)

    def flush(self) -> None:
        """Tell at once."""
        self._wait.stop()
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.flush()
        elif event.key() == Qt.Key.Key_Down:
            self.flush()
            self.left_down.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.flush()
            self.returnPressed.emit()
        else:
            super().keyPressEvent(event)


class PassphraseField(TextField):
    """`PassphraseField(placeholder="", parent=None)`: hidden text with 显示 at its right; `caps_lock(bool)`.

    Caps Lock is judged from what is typed (an upper-case letter without Shift), since Qt does not report the key.
    """

    caps_lock = Signal(bool)

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__("", placeholder, parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        self._eye = QToolButton(self)
        self._eye.setText(self.tr("显示"))
        self._eye.setCursor(Qt.CursorShape.PointingHandCursor)
        self._eye.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._eye.setAutoRaise(True)
        self._eye.setObjectName("inField")
        self._eye.clicked.connect(self._toggle)
        self._caps = False

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        size = self._eye.sizeHint()
        top = (self.height() - size.height()) // 2
        self._eye.setGeometry(self.width() - size.width() - 6, top, size.width(), size.height())
        self.setTextMargins(0, 0, size.width() + 4, 0)

    def _toggle(self) -> None:
        hidden = self.echoMode() == QLineEdit.EchoMode.Password
        self.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)
        self._eye.setText(self.tr("隐去") if hidden else self.tr("显示"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_CapsLock:
            self._say_caps(False)
        letter = event.text()
        if len(letter) == 1 and letter.isascii() and letter.isalpha():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._say_caps(letter.isupper() != shift)
        super().keyPressEvent(event)

    def _say_caps(self, on: bool) -> None:
        if on != self._caps:
            self._caps = on
            self.caps_lock.emit(on)


class Select(QComboBox):
    """`Select(items=(), caption="", editable=False, parent=None)`: a box with an optional caption before the choice.

    `items`: words, or (word, data) pairs. `value()` is the data of the choice (the word when it has none);
    signal `picked(object)` only when a person chooses. An editable one completes while one types, anywhere in the word.
    """

    picked = Signal(object)

    def __init__(
        self,
        items: Iterable[str | tuple[str, Any]] = (),
        caption: str = "",
        *,
        editable: bool = False,
        placeholder: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._caption, self._placeholder = caption, placeholder
        self.blank_word = ""
        """The choice that stands for no value (未填), shown in grey."""
        view = QListView(self)
        view.setObjectName("popup")
        view.setUniformItemSizes(True)
        self.setView(view)
        self.setMaxVisibleItems(14)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if editable:
            self.setEditable(True)
            self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            edit = self.line()
            edit.setProperty("bare", True)
            edit.setPlaceholderText(placeholder)
            completer = QCompleter(self.model(), self)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            popup = QListView()
            popup.setObjectName("popup")
            completer.setPopup(popup)
            self.setCompleter(completer)
            edit.installEventFilter(self)
        self.set_items(items)
        if caption:
            self.setAccessibleName(caption)
        self.activated.connect(lambda _index: self.picked.emit(self.value()))

    def line(self) -> QLineEdit:
        """The line one types in; only of an editable box."""
        line = self.lineEdit()
        assert line is not None
        return line

    def set_items(self, items: Iterable[str | tuple[str, Any]], chosen: Any = None) -> None:
        """Replace the choices, keeping the present one when it is still there."""
        keep = chosen if chosen is not None else (self.value() if self.count() else None)
        self.blockSignals(True)
        self.clear()
        for item in items:
            if isinstance(item, str):
                self.addItem(item)
            else:
                self.addItem(item[0], item[1])
        if keep is not None:
            self.set_value(keep)
        elif self._placeholder and not self.isEditable():
            self.setCurrentIndex(-1)
        self.blockSignals(False)
        self.updateGeometry()
        self.update()

    def value(self) -> Any:
        """Data of the choice; for typed text that is no choice, the text."""
        if self.isEditable() and self.currentText() != self.itemText(self.currentIndex()):
            return self.currentText()
        data = self.currentData()
        return data if data is not None else self.currentText()

    def set_value(self, value: Any) -> None:
        """Choose by data or word; an unknown word is shown as typed text when editable, else nothing is chosen."""
        index = self.findData(value)
        if index < 0:
            index = self.findText(str(value)) if value is not None else -1
        self.setCurrentIndex(index)
        if index < 0 and self.isEditable() and value is not None:
            self.setEditText(str(value))
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme().font())
        longest = max((metrics.horizontalAdvance(self.itemText(i)) for i in range(min(self.count(), 60))), default=48)
        if self._caption:
            shown = metrics.horizontalAdvance(self.currentText())
            longest = min(max(shown, 28), 160) + metrics.horizontalAdvance(self._caption) + 8
        return QSize(min(longest, 260) + 9 + 30, theme().px("control"))

    minimumSizeHint = sizeHint

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        if self.isEditable():
            self.line().setGeometry(9, 2, self.width() - 9 - 26, self.height() - 4)

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().eventFilter(watched, event)

    def showPopup(self) -> None:
        metrics = QFontMetrics(theme().font())
        widest = max((metrics.horizontalAdvance(self.itemText(i)) for i in range(self.count())), default=0)
        self.view().setMinimumWidth(max(self.width(), min(widest + 44, 480)))
        super().showPopup()

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]  # a value never changes by scrolling past it

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        enabled = self.isEnabled()
        focused = self.hasFocus() or (self.isEditable() and self.line().hasFocus())
        fill = c("surface") if enabled else c("sunken")
        line = c("focus") if focused else c("border_strong") if enabled else c("border")
        if self.property("state") in ("error", "warning"):
            line = c("danger" if self.property("state") == "error" else "warning")
        strong = focused or bool(self.property("state"))
        paint_box(painter, QRectF(self.rect()), fill, line, 2 if strong else 1, theme().radius("control"))
        paint_icon(painter, QRectF(self.width() - 23, (self.height() - 12) / 2, 12, 12), "down", c("text_3"))
        if self.isEditable():
            return
        font = theme().font()
        painter.setFont(font)
        metrics = QFontMetrics(font)
        left = 10
        if self._caption:
            painter.setPen(c("text_3"))
            width = metrics.horizontalAdvance(self._caption)
            painter.drawText(QRectF(left, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, self._caption)
            left += width + 8
        text = self.currentText() if self.currentIndex() >= 0 else self._placeholder
        unfilled = bool(self.blank_word) and self.currentText() == self.blank_word
        painter.setPen(c("text") if self.currentIndex() >= 0 and enabled and not unfilled else c("text_3"))
        room = self.width() - left - 26
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, 0, room + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, shown)


class NameCompleter(QCompleter):
    """Names offered while one types: any part of the name, or the initials of its pinyin; others may be typed too."""

    def __init__(self, names: Iterable[str], parent: QWidget) -> None:
        super().__init__(parent)
        model = QStandardItemModel(self)
        for name in names:
            item = QStandardItem(name)
            item.setData(f"{name} {initials(name)}", Qt.ItemDataRole.UserRole)
            model.appendRow(item)
        self.setModel(model)
        self.setCompletionRole(Qt.ItemDataRole.UserRole)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setMaxVisibleItems(8)
        popup = QListView()
        popup.setObjectName("popup")
        self.setPopup(popup)

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        return str(index.data(Qt.ItemDataRole.DisplayRole) or "")
