"""Small dialogs of the runner: a remark, why an answer is missing, where a person went, months × amount."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.common.money import format_capitals, format_yuan
from desktop.ui.runner.options import ChoiceButton, cap_of
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.value_fields import MoneyField


class RemarkDialog(QDialog):
    """`RemarkDialog(title, text, parent)`: a text of several lines; `taken(text)`; Ctrl+Enter keeps, Esc leaves."""

    taken = Signal(str)

    def __init__(self, title: str, body: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(theme().px("dialog_w"))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        lines.setSpacing(8)
        lines.addWidget(Label(title, "strong"))
        if body:
            lines.addWidget(Label(body, "second", wrap=True))
        self.field = QPlainTextEdit(text)
        self.field.setTabChangesFocus(True)
        self.field.setAccessibleName(title)
        self.field.setFixedHeight(theme().px("control") * 3)
        lines.addWidget(self.field)
        row = QHBoxLayout()
        row.addStretch(1)
        self.stay_button = Button(self.tr("先不写"), key="Esc", small=True)
        self.go_button = Button(self.tr("记下"), "primary", key="Ctrl+Enter", small=True)
        self.stay_button.clicked.connect(self.reject)
        self.go_button.clicked.connect(self._take)
        row.addWidget(self.stay_button)
        row.addWidget(self.go_button)
        lines.addLayout(row)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self) -> None:
        self.taken.emit(self.field.toPlainText().strip())
        self.accept()


class PickDialog(QDialog):
    """`PickDialog(title, body, choices, parent)`: one of a few by digit, click or ↑↓ Enter; `taken(value)`."""

    taken = Signal(str)

    def __init__(
        self, title: str, body: str, choices: Sequence[tuple[str, str]], chosen: str = "",
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(theme().px("toast_w"))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        lines.setSpacing(8)
        lines.addWidget(Label(title, "strong"))
        if body:
            lines.addWidget(Label(body, "second", wrap=True))
        self.values = [value for value, _word in choices]
        self.buttons: list[ChoiceButton] = []
        for place, (value, word) in enumerate(choices):
            button = ChoiceButton(word, cap_of(place))
            button.set_on(value == chosen)
            button.clicked.connect(lambda _=False, place=place: self._take(place))
            lines.addWidget(button)
            self.buttons.append(button)
        row = QHBoxLayout()
        row.addStretch(1)
        stay = Button(self.tr("不改"), key="Esc", small=True)
        stay.clicked.connect(self.reject)
        row.addWidget(stay)
        lines.addLayout(row)
        self.buttons[max(0, self.values.index(chosen) if chosen in self.values else 0)].setFocus()

    def _take(self, place: int) -> None:
        self.taken.emit(self.values[place])
        self.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = ord(event.text()) - ord("1") if len(event.text()) == 1 and event.text().isdigit() else -1
        here = next((i for i, button in enumerate(self.buttons) if button.hasFocus()), -1)
        if 0 <= place < len(self.buttons):
            self._take(place)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and here >= 0:
            there = here + (1 if event.key() == Qt.Key.Key_Down else -1)
            self.buttons[min(max(there, 0), len(self.buttons) - 1)].setFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and here >= 0:
            self._take(here)
        else:
            super().keyPressEvent(event)


class MonthsDialog(QDialog):
    """`MonthsDialog(parent)`: months × amount of a month; `taken(分)`. Enter goes on and takes."""

    taken = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("按月数 × 月均算"))
        self.setMinimumWidth(theme().px("toast_w"))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        lines.setSpacing(8)
        lines.addWidget(Label(self.tr("按月数 × 月均算"), "strong"))
        row = QHBoxLayout()
        row.setSpacing(8)
        self.months = TextField()
        self.months.setFixedWidth(72)
        self.months.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.months.setAccessibleName(self.tr("月数"))
        self.each = MoneyField()
        self.each.setFixedWidth(160)
        self.each.setAccessibleName(self.tr("月均"))
        for widget in (self.months, Label(self.tr("个月 ×")), self.each):
            row.addWidget(widget)
        row.addStretch(1)
        lines.addLayout(row)
        self.sum = Label("", "section")
        self.words = Label("", "muted")
        lines.addWidget(self.sum)
        lines.addWidget(self.words)
        foot = QHBoxLayout()
        foot.addStretch(1)
        stay = Button(self.tr("不用"), key="Esc", small=True)
        self.go = Button(self.tr("用这个数"), "primary", key="Enter", small=True)
        stay.clicked.connect(self.reject)
        self.go.clicked.connect(self._take)
        foot.addWidget(stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.months.textEdited.connect(lambda _t: self._show())
        self.each.value_changed.connect(self._show)
        self._show()
        self.months.setFocus()

    def fen(self) -> int | None:
        """Months × amount, None while either is missing."""
        typed = self.months.text().strip()
        each = self.each.value()
        if not typed.isdecimal() or each is None or int(typed) > 1200:
            return None
        return int(typed) * each

    def _show(self) -> None:
        fen = self.fen()
        self.go.setEnabled(fen is not None)
        self.sum.setText("" if fen is None else self.tr("{yuan} 元").format(yuan=format_yuan(fen)))
        self.words.setText("" if fen is None else format_capitals(fen))

    def _take(self) -> None:
        fen = self.fen()
        if fen is not None:
            self.taken.emit(fen)
            self.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.months.hasFocus():
                self.each.setFocus()
            else:
                self._take()
            return
        super().keyPressEvent(event)
