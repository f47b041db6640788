"""The steps of a wizard down its left side, each with a word on what was chosen there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme
from desktop.ui.widgets.painting import paint_box


class WizardSteps(QWidget):
    """`WizardSteps([(word, detail), …])`: done with a tick, current on white, future with its number."""

    def __init__(self, words: list[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._current = 0
        self.setFixedHeight(len(words) * self._row())
        self.set_current(0)

    def _row(self) -> int:
        return QFontMetrics(theme().font()).height() + QFontMetrics(theme().font("caption")).height() + 20

    def set_current(self, step: int) -> None:
        """Make a step current."""
        self._current = step
        self.setAccessibleName(self.tr("第 {n} 步：{w}").format(n=step + 1, w=self._words[step][0]))
        self.update()

    def set_detail(self, step: int, detail: str) -> None:
        """The word below a step."""
        self._words[step] = (self._words[step][0], detail)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(224, len(self._words) * self._row())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c = theme().color
        height, body = self._row(), QFontMetrics(theme().font()).height()
        for i, (word, detail) in enumerate(self._words):
            top = i * height
            done, on = i < self._current, i == self._current
            if on:
                box = QRectF(0, top, self.width(), height - 4)
                paint_box(painter, box, c("surface"), c("surface"), 0, theme().radius("control"))
                painter.fillRect(QRectF(0, top, 3, height - 4), c("accent"))
            dot = QRectF(14.5, top + 8.5, 21, 21)
            painter.setPen(c("success") if done else c("accent") if on else c("border_strong"))
            painter.setBrush(c("accent") if on else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(dot)
            if done:
                paint_icon(painter, dot.adjusted(4, 4, -4, -4), "check", c("success"))
            else:
                painter.setFont(theme().font("caption"))
                painter.setPen(c("on_accent") if on else c("text_2"))
                painter.drawText(dot, Qt.AlignmentFlag.AlignCenter, str(i + 1))
            painter.setFont(theme().font(bold=on))
            painter.setPen(c("accent") if on else c("text_2"))
            painter.drawText(QRectF(48, top + 6, self.width() - 56, body), Qt.AlignmentFlag.AlignVCenter, word)
            painter.setFont(theme().font("caption"))
            painter.setPen(c("text_3"))
            low = QRectF(48, top + 6 + body, self.width() - 56, body)
            shown = QFontMetrics(painter.font()).elidedText(detail, Qt.TextElideMode.ElideRight, int(low.width()))
            painter.drawText(low, Qt.AlignmentFlag.AlignVCenter, shown)
