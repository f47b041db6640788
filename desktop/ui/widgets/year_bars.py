"""Two bars a year beside each other, what should have come and what came, with their figures above (DESIGN 09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.theme import theme


@dataclass(frozen=True)
class YearPair:
    """One year: its word, both amounts, and how they read above the bars."""

    word: str
    first: int
    second: int
    first_text: str
    second_text: str


class YearBars(QWidget):
    """`YearBars(parent=None)`: `show_years([YearPair, …])`; `picked(word)` when a year is clicked."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.years: list[YearPair] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_years(self, years: Sequence[YearPair]) -> None:
        """Replace the years."""
        self.years = list(years)
        self.setAccessibleName("，".join(f"{y.word} {y.first_text} / {y.second_text}" for y in years))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(360, 160)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.years and 0 <= event.position().x() < self.width():
            self.picked.emit(self.years[int(event.position().x() / self.width() * len(self.years))].word)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.years:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, font = theme().color, theme().font("caption")
        painter.setFont(font)
        line = QFontMetrics(font).height()
        bottom, top = self.height() - line - 6, line + 4
        highest = max(max(y.first, y.second) for y in self.years) or 1
        step = self.width() / len(self.years)
        width = min(step * 0.36, 64.0)
        for i, year in enumerate(self.years):
            centre = step * (i + 0.5)
            for at, (value, text, role) in enumerate(
                ((year.first, year.first_text, "accent_soft"), (year.second, year.second_text, "accent"))
            ):
                height = (bottom - top) * max(value, 0) / highest
                left = centre - width - 2 if at == 0 else centre + 2
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(c(role))
                painter.drawRoundedRect(QRectF(left, bottom - height, width, height), 2, 2)
                painter.setPen(c("text" if at else "text_2"))
                box = QRectF(left - 12, bottom - height - line - 1, width + 24, line)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            painter.setPen(c("text_2"))
            painter.drawText(QRectF(centre - step / 2, bottom + 4, step, line), Qt.AlignmentFlag.AlignCenter, year.word)
        painter.setPen(c("border_strong"))
        painter.drawLine(0, bottom, self.width(), bottom)
