"""The way of a case as a track: done states with a tick and their day, the present one filled, later ones numbered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme


@dataclass(frozen=True)
class TrackNode:
    """One state: its word, a line below (a day, a name, what is missing), and `done`, `current` or `future`."""

    word: str
    below: str = ""
    status: str = "future"
    tone: str = ""
    """Colour role of the line below, when it calls for action."""


class StateTrack(QWidget):
    """`StateTrack(parent=None)`: `show_nodes([TrackNode, …])`; as wide as it gets, elided words have a tool tip."""

    _DOT = 22

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.nodes: list[TrackNode] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.sizeHint().height())

    def show_nodes(self, nodes: Sequence[TrackNode]) -> None:
        """Replace the states."""
        self.nodes = list(nodes)
        current = next((n for n in nodes if n.status == "current"), None)
        words = "，".join(f"{n.word}{'（' + n.below + '）' if n.below else ''}" for n in nodes)
        self.setAccessibleName(self.tr("办理进度：{now}").format(now=current.word if current else ""))
        self.setToolTip(words)
        self.setVisible(bool(self.nodes))
        self.update()

    def sizeHint(self) -> QSize:
        lines = QFontMetrics(theme().font(bold=True)).height() + QFontMetrics(theme().font("caption")).height()
        return QSize(360, self._DOT + lines + 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.nodes:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c = theme().color
        step = self.width() / len(self.nodes)
        middle = 8 + self._DOT / 2
        for i, node in enumerate(self.nodes):
            centre = step * (i + 0.5)
            done, on = node.status == "done", node.status == "current"
            if i:
                painter.setPen(QPen(c("success") if node.status != "future" else c("border"), 1.5))
                start, end = centre - step + self._DOT / 2 + 4, centre - self._DOT / 2 - 4
                painter.drawLine(round(start), round(middle), round(end), round(middle))
            dot = QRectF(centre - self._DOT / 2, middle - self._DOT / 2, self._DOT, self._DOT)
            line = c("success") if done else c("accent") if on else c("border_strong")
            painter.setPen(QPen(line, 1))
            painter.setBrush(c("accent") if on else c("surface"))
            painter.drawEllipse(dot)
            if done:
                paint_icon(painter, dot.adjusted(5, 5, -5, -5), "check", c("success"))
            else:
                painter.setFont(theme().font("caption", bold=on))
                painter.setPen(c("on_accent") if on else c("text_3"))
                painter.drawText(dot, Qt.AlignmentFlag.AlignCenter, str(i + 1))
            font = theme().font(bold=on)
            metrics = QFontMetrics(font)
            painter.setFont(font)
            painter.setPen(c("accent") if on else c("text") if done else c("text_2"))
            top = middle + self._DOT / 2 + 3
            word = metrics.elidedText(node.word, Qt.TextElideMode.ElideRight, int(step) - 2)
            painter.drawText(QRectF(centre - step / 2, top, step, metrics.height()), Qt.AlignmentFlag.AlignCenter, word)
            small = theme().font("caption")
            painter.setFont(small)
            below = QFontMetrics(small).elidedText(node.below, Qt.TextElideMode.ElideRight, int(step) - 2)
            painter.setPen(c(node.tone) if node.tone else c("accent") if on else c("text_3"))
            box = QRectF(centre - step / 2, top + metrics.height(), step, QFontMetrics(small).height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, below)
