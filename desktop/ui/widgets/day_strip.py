"""The days of a notice side by side: the first and the last marked, weekends counted like all others."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.theme import theme

_WEEK = "一二三四五六日"
MOST = 10
"""Days shown; a longer period shows its first and last days with a gap."""


class DayStrip(QWidget):
    """`DayStrip(parent=None)`: `show_period(start_iso, end_iso)`; nothing for an open or reversed period."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.days: list[dt.date | None] = []
        self._first = self._last = dt.date.min
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(46)

    def show_period(self, start: str | None, end: str | None) -> None:
        """Show the days from `start` to `end`, both counted."""
        self.days = []
        if start and end and start <= end:
            self._first, self._last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
            count = (self._last - self._first).days + 1
            days: list[dt.date | None] = [self._first + dt.timedelta(days=n) for n in range(count)]
            self.days = days if count <= MOST else [*days[: MOST - 4], None, *days[-3:]]
            self.setAccessibleName(self.tr("{a} 至 {b}，{n} 天").format(a=start, b=end, n=count))
        self.setVisible(bool(self.days))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, 46)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.days:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c = theme().color
        gap = 4.0
        width = (self.width() - gap * (len(self.days) - 1)) / len(self.days)
        bold, small = theme().font(bold=True), theme().font("caption")
        for i, day in enumerate(self.days):
            box = QRectF(i * (width + gap) + 0.5, 0.5, width - 1, self.height() - 1)
            edge = day in (self._first, self._last)
            painter.setPen(QPen(c("accent" if edge else "border"), 1))
            painter.setBrush(c("accent_soft" if edge else "surface_alt"))
            if day is None:
                painter.setPen(c("text_3"))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "…")
                continue
            painter.drawRoundedRect(box, theme().radius("control"), theme().radius("control"))
            number = (day - self._first).days + 1
            word = self.tr("首日") if number == 1 else self.tr("第 {n} 天").format(n=number)
            if day == self._last and number > 1:
                word = self.tr("末日")
            below = self.tr("周{d} {what}").format(d=_WEEK[day.weekday()], what=word)
            if QFontMetrics(small).horizontalAdvance(below) > width - 4:
                below = word
            painter.setPen(c("accent" if edge else "text"))
            painter.setFont(bold)
            painter.drawText(QRectF(box.left(), 4, box.width(), 20), Qt.AlignmentFlag.AlignCenter, f"{day:%m-%d}")
            painter.setFont(small)
            painter.setPen(c("accent" if edge else "text_2"))
            painter.drawText(QRectF(box.left(), 23, box.width(), 18), Qt.AlignmentFlag.AlignCenter, below)
