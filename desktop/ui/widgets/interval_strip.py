"""The intervals of a right end to end: who held which share from when to when, the one being made marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.theme import theme

MOST = 4
"""Intervals shown; earlier ones are left out, what is edited is always there."""


@dataclass(frozen=True)
class Interval:
    """One interval: the holders with their fractions, its days in words, and whether it is the one being made."""

    holders: str
    days: str
    new: bool = False


class IntervalStrip(QWidget):
    """`IntervalStrip(parent=None)`: `show_intervals([Interval, …])`, oldest first; hidden while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.intervals: list[Interval] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.sizeHint().height())
        self.hide()

    def show_intervals(self, intervals: Sequence[Interval]) -> None:
        """Replace them."""
        self.intervals = list(intervals)[-MOST:]
        self.setAccessibleName("；".join(f"{i.holders}，{i.days}" for i in intervals))
        self.setToolTip("\n".join(f"{i.days}　{i.holders}" for i in intervals))
        self.setVisible(bool(self.intervals))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, QFontMetrics(theme().font()).height() + QFontMetrics(theme().font("caption")).height() + 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.intervals:
            return
        painter = QPainter(self)
        c = theme().color
        width = self.width() / len(self.intervals)
        for i, interval in enumerate(self.intervals):
            box = QRectF(i * width + 0.5, 0.5, width - 1, self.height() - 1)
            painter.fillRect(box, c("accent_soft" if interval.new else "sunken"))
            painter.setPen(QPen(c("border_strong"), 1))
            painter.drawRect(box)
            if interval.new:
                painter.fillRect(QRectF(box.left(), box.top(), 2, box.height()), c("accent"))
            inner = box.adjusted(10, 3, -6, -3)
            for text, font, role, side in (
                (interval.holders, theme().font(bold=interval.new), "accent" if interval.new else "text_2",
                 Qt.AlignmentFlag.AlignTop),
                (interval.days, theme().font("caption"), "accent" if interval.new else "text_3",
                 Qt.AlignmentFlag.AlignBottom),
            ):  # fmt: skip
                painter.setFont(font)
                painter.setPen(c(role))
                cut = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, int(inner.width()))
                painter.drawText(inner, int(side | Qt.AlignmentFlag.AlignLeft), cut)
