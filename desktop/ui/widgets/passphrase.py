"""Two passphrase fields with a strength bar: shared by the first-run wizard and the settings."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from desktop.common.errors import XiangceError
from desktop.store.keys import check_passphrase
from desktop.ui.theme import theme
from desktop.ui.widgets.fields import PassphraseField
from desktop.ui.widgets.labels import Label, StatusWord


class StrengthBar(QWidget):
    """Four parts, filled by strength 0 to 4."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strength = 0
        self.setFixedSize(150, 8)

    def set_strength(self, strength: int) -> None:
        """Fill this many parts."""
        self._strength = strength
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        tone = c("success") if self._strength >= 3 else c("warning")
        width = (self.width() - 9) / 4
        for i in range(4):
            left = round(i * (width + 3))
            painter.fillRect(left, 0, round(width), self.height(), tone if i < self._strength else c("sunken"))


def strength(passphrase: str) -> int:
    """0 to 4 by length and kinds of characters; a help, not a rule (`check_passphrase` decides)."""
    tests = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum() or not c.isascii())
    kinds = sum(any(test(c) for c in passphrase) for test in tests)
    if len(set(passphrase)) < 4:
        return min(1, len(passphrase))
    return min(4, len(passphrase) // 4 + (kinds > 1)) if passphrase else 0


class NewPassphrase(QWidget):
    """`NewPassphrase(parent=None)`: 口令, 再输一次, strength; `changed()`, `problem()`, `value()`."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None, *, caption_width: int = 76) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        self.first, self.second = PassphraseField(), PassphraseField()
        self.first.setAccessibleName(self.tr("口令"))
        self.second.setAccessibleName(self.tr("再输一次"))
        self.bar, self.word = StrengthBar(), StatusWord()
        self.caps = StatusWord(self.tr("大写锁定开着"), "alert", "warning")
        self.caps.hide()
        judged = QHBoxLayout()
        judged.setSpacing(10)
        judged.addWidget(self.bar)
        judged.addWidget(self.word)
        judged.addStretch(1)
        for row, (caption, field) in enumerate(((self.tr("口令"), self.first), (self.tr("再输一次"), self.second))):
            label = Label(caption, "second")
            label.setFixedWidth(caption_width)
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(label, row * 2, 0)
            grid.addWidget(field, row * 2, 1)
            field.textEdited.connect(lambda _t: self._tell())
            field.caps_lock.connect(self.caps.setVisible)
        grid.addLayout(judged, 1, 1)
        grid.addWidget(self.caps, 3, 1)
        self._tell()

    def value(self) -> str:
        """The passphrase typed."""
        return self.first.text()

    def problem(self) -> str:
        """Why it cannot be taken."""
        try:
            check_passphrase(self.value())
        except XiangceError as error:
            return error.message
        if self.value() != self.second.text():
            return self.tr("两次输的还不一样") if self.second.text() else self.tr("再输一次口令")
        return ""

    def _tell(self) -> None:
        typed = self.value()
        self.bar.set_strength(strength(typed))
        try:
            check_passphrase(typed)
        except XiangceError:
            words = self.tr("{n} 位，还不够").format(n=len(typed)) if typed else ""
            self.word.show_status(words, "alert" if typed else "", "warning")
        else:
            self.word.show_status(self.tr("够用：{n} 位").format(n=len(typed)), "ok", "success")
        self.changed.emit()
