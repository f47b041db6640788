"""The steps of a wizard: done with a tick, current filled, future with its number."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme


class StepBar(QWidget):
    """`StepBar(words, parent=None)`: for a `TitleRow`; `set_current(i)`; `clicked(i)` for a click on a done step."""

    clicked = Signal(int)
    _DOT, _GAP, _LINE = 20, 6, 22

    def __init__(self, words: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = list(words)
        self._current = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_current(0)

    def current(self) -> int:
        """Number of the current step, from 0."""
        return self._current

    def set_current(self, step: int) -> None:
        """Make a step current; those before it are done."""
        self._current = step
        total = len(self._words)
        word = self._words[min(step, total - 1)]
        self.setAccessibleName(self.tr("第 {n} 步，共 {total} 步：{word}").format(n=step + 1, total=total, word=word))
        self.updateGeometry()
        self.update()

    def _boxes(self) -> list[QRectF]:
        left, boxes = 0.0, []
        for i, word in enumerate(self._words):
            metrics = QFontMetrics(theme().font(bold=i == self._current))
            width = self._DOT + self._GAP + metrics.horizontalAdvance(word) + 2
            boxes.append(QRectF(left, 0, width, self.height()))
            left += width + self._LINE + 2 * self._GAP
        return boxes

    def sizeHint(self) -> QSize:
        width = 0
        for i, word in enumerate(self._words):
            metrics = QFontMetrics(theme().font(bold=i == self._current))
            width += self._DOT + self._GAP + metrics.horizontalAdvance(word) + 2
        width += (len(self._words) - 1) * (self._LINE + 2 * self._GAP)
        return QSize(width, theme().px("control_small"))

    minimumSizeHint = sizeHint

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for i, box in enumerate(self._boxes()):
            if i < self._current and box.contains(event.position()):
                self.clicked.emit(i)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c = theme().color
        middle = self.height() / 2
        boxes = self._boxes()
        for i, (box, word) in enumerate(zip(boxes, self._words, strict=True)):
            done, on = i < self._current, i == self._current
            dot = QRectF(box.left() + 0.5, middle - self._DOT / 2 + 0.5, self._DOT - 1, self._DOT - 1)
            line = c("success") if done else c("accent") if on else c("border_strong")
            painter.setPen(QPen(line, 1))
            painter.setBrush(c("accent") if on else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(dot)
            if done:
                paint_icon(painter, dot.adjusted(4, 4, -4, -4), "check", c("success"))
            else:
                painter.setFont(theme().font("caption"))
                painter.setPen(c("on_accent") if on else c("text_3"))
                painter.drawText(dot, Qt.AlignmentFlag.AlignCenter, str(i + 1))
            painter.setFont(theme().font(bold=on))
            painter.setPen(c("accent") if on else c("text_2") if done else c("text_3"))
            left = box.left() + self._DOT + self._GAP
            painter.drawText(QRectF(left, 0, box.width(), self.height()), Qt.AlignmentFlag.AlignVCenter, word)
            if i + 1 < len(boxes):
                painter.setPen(QPen(c("border_strong"), 1))
                start = box.right() + self._GAP
                painter.drawLine(int(start), int(middle), int(start + self._LINE), int(middle))
