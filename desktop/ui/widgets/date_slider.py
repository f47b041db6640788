"""A slider over the days between a first change and today, with a mark on every day on which something changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.theme import theme
from desktop.ui.widgets.painting import paint_focus_ring

_PAD = 22


class DateSlider(QWidget):
    """`DateSlider(parent=None)`: `set_days(marks, today)`, `set_value(iso)`, `value()`; `changed(iso)` while it moves.

    ← → one day, Ctrl+← Ctrl+→ to the previous or next change, Home today, End the first change.
    """

    changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._today = dt.date.today()  # noqa: DTZ011  (as the clock on the wall)
        self._first = self._today
        self._value = self._today
        self._marks: list[dt.date] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)

    def set_days(self, marks: Sequence[str], today: str) -> None:
        """Days with changes (ISO, in order) and the last day; the value is kept inside."""
        self._today = dt.date.fromisoformat(today)
        self._marks = [dt.date.fromisoformat(day) for day in marks]
        earliest = min([*self._marks, self._today])
        self._first = earliest - dt.timedelta(days=max(1, (self._today - earliest).days // 30))
        self._value = min(max(self._value, self._first), self._today)
        self._speak()

    def value(self) -> str:
        """The day shown, ISO."""
        return self._value.isoformat()

    def set_value(self, day: str, *, tell: bool = False) -> None:
        """Show a day, kept between the first and the last."""
        wanted = min(max(dt.date.fromisoformat(day), self._first), self._today)
        if wanted != self._value:
            self._value = wanted
            self._speak()
            if tell:
                self.changed.emit(self.value())

    def step_change(self, by: int) -> None:
        """To the previous (-1) or next (1) day on which something changed; today after the last."""
        if by < 0:
            found = [day for day in self._marks if day < self._value]
            self.set_value((found[-1] if found else self._first).isoformat(), tell=True)
        else:
            later = [day for day in self._marks if day > self._value]
            self.set_value((later[0] if later else self._today).isoformat(), tell=True)

    def _speak(self) -> None:
        before = sum(day <= self._value for day in self._marks)
        words = self.tr("日期 {day}，到这天有 {a} 天改动，共 {n} 天")
        self.setAccessibleName(words.format(day=self.value(), a=before, n=len(self._marks)))
        self.update()

    # -- geometry ----------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(400, round(46 * max(theme().scale, 1.0)))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def _x(self, day: dt.date) -> float:
        whole = max(1, (self._today - self._first).days)
        return _PAD + (self.width() - 2 * _PAD) * (day - self._first).days / whole

    def _day_at(self, x: float) -> dt.date:
        whole = max(1, (self._today - self._first).days)
        share = (x - _PAD) / max(1, self.width() - 2 * _PAD)
        near = self._first + dt.timedelta(days=round(min(max(share, 0.0), 1.0) * whole))
        close = [day for day in self._marks if abs(self._x(day) - x) <= 5]
        return min(close, key=lambda day: abs(self._x(day) - x)) if close else near  # a mark catches the mouse

    # -- mouse and keys ----------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.set_value(self._day_at(event.position().x()).isoformat(), tell=True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.set_value(self._day_at(event.position().x()).isoformat(), tell=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, far = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            by = -1 if key == Qt.Key.Key_Left else 1
            if far:
                self.step_change(by)
            else:
                self.set_value((self._value + dt.timedelta(days=by)).isoformat(), tell=True)
        elif key == Qt.Key.Key_Home:
            self.set_value(self._today.isoformat(), tell=True)
        elif key == Qt.Key.Key_End and self._marks:
            self.set_value(self._marks[0].isoformat(), tell=True)
        else:
            super().keyPressEvent(event)

    # -- painting ----------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, here = theme().color, self._x(self._value)
        middle = 14.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(c("sunken"))
        painter.drawRoundedRect(QRectF(_PAD, middle - 2, self.width() - 2 * _PAD, 4), 2, 2)
        painter.setBrush(c("accent"))
        painter.drawRoundedRect(QRectF(_PAD, middle - 2, here - _PAD, 4), 2, 2)
        for day in self._marks:
            painter.fillRect(QRectF(self._x(day) - 1, middle - 6, 2, 12), c("text_2"))
        painter.setPen(QPen(c("accent"), 2))
        painter.setBrush(c("surface"))
        painter.drawEllipse(QPointF(here, middle), 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(c("accent"))
        painter.drawEllipse(QPointF(here, middle), 4, 4)
        self._paint_words(painter, here)
        if self.hasFocus():
            paint_focus_ring(painter, self.rect(), 4)

    def _paint_words(self, painter: QPainter, here: float) -> None:
        c, font = theme().color, theme().font("caption")
        metrics = QFontMetrics(font)
        top, height = 26.0, self.height() - 28.0
        shown = self.tr("今天") if self._value == self._today else f"{self._value:%m-%d}"
        half = metrics.horizontalAdvance(shown) / 2 + 2
        taken = [(here - half - 8, here + half + 8)]

        def word(text: str, x: float, role: str) -> None:
            wide = metrics.horizontalAdvance(text) / 2 + 2
            painter.setPen(c(role))
            box = QRectF(x - wide, top, 2 * wide, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

        painter.setFont(font)
        places = [(self.tr("今天"), self._x(self._today))] if self._value != self._today else []
        first = self._first if self._first.day == self._first.month == 1 else None
        for year in range(self._first.year, self._today.year + 1):
            day = dt.date(year, 1, 1)
            if day >= self._first or year == self._first.year:
                places.append((str(year), self._x(max(day, first or self._first))))
        for text, x in places:
            wide = metrics.horizontalAdvance(text) / 2 + 2
            if all(x + wide < left or x - wide > right for left, right in taken):
                word(text, x, "text_3")
                taken.append((x - wide - 8, x + wide + 8))
        painter.setFont(theme().font("caption", bold=True))
        word(shown, here, "accent")
