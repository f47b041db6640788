"""The balance bar: what is arranged, open and kept as one bar with the equation above; it must reach 0.00."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.common.money import format_yuan
from desktop.ui.theme import theme
from desktop.ui.widgets.labels import ElidedLabel, Panel, StatusWord


@dataclass(frozen=True)
class BarPart:
    """One segment: what a click leads to, its word, 分, and what it is: use, open or kept."""

    key: str
    word: str
    fen: int
    kind: str = "use"


class BalanceBar(Panel):
    """`BalanceBar(parent=None)`: `show_balance(parts, status, ok, hint, equation)`; `clicked(key)` on a segment.

    Widths follow the amounts but leave each label its room: the order is exact, the scale is not; the equation is.
    """

    clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("action", parent)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 8, 16, 8)
        lines.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(10)
        self._status = StatusWord()
        self._hint = ElidedLabel("", "second")
        self._equation = ElidedLabel("", "second")
        self._equation.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._status)
        row.addWidget(self._hint, 2)
        row.addWidget(self._equation, 3)
        lines.addLayout(row)
        self.bar = _Bar(self)
        lines.addWidget(self.bar)

    def show_balance(
        self, parts: Sequence[BarPart], status: str, ok: bool, hint: str = "", equation: str = ""
    ) -> None:
        """Show the segments and the words; `ok` when nothing is open."""
        self._status.show_status(status, "ok" if ok else "alert", "success" if ok else "warning")
        for label, text in ((self._hint, hint), (self._equation, equation)):
            label.setText(text)
            label.updateGeometry()
            label.update()
        self.bar.parts = [part for part in parts if part.fen]
        self.setAccessibleName(f"{status}。{equation}")
        self.bar.update()

    def status(self) -> str:
        """The words at the left."""
        return self._status.text()

    def equation(self) -> str:
        """The equation."""
        return self._equation.text()


class _Bar(QWidget):
    def __init__(self, owner: BalanceBar) -> None:
        super().__init__(owner)
        self._owner = owner
        self.parts: list[BarPart] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(400, 26)

    minimumSizeHint = sizeHint

    def boxes(self) -> list[tuple[QRectF, BarPart]]:
        """The segments in their places."""
        if not self.parts:
            return []
        metrics = QFontMetrics(theme().font("caption"))
        least = [metrics.horizontalAdvance(_label(part)) + 14.0 for part in self.parts]
        room = self.width() - 2.0
        if sum(least) > room:  # more uses than labels fit: widths by amount alone, words cut
            least = [18.0] * len(self.parts)
        spare = max(room - sum(least), 0.0)
        total = sum(abs(part.fen) for part in self.parts)
        found, left = [], 1.0
        for part, width in zip(self.parts, least, strict=True):
            wide = width + spare * abs(part.fen) / total
            found.append((QRectF(left, 0.5, wide, self.height() - 1), part))
            left += wide
        return found

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for box, part in self.boxes():
            if box.contains(event.position()):
                self._owner.clicked.emit(part.key)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c = theme().color
        painter.setFont(theme().font("caption"))
        metrics = QFontMetrics(theme().font("caption"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(c("sunken"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        for at, (box, part) in enumerate(self.boxes()):
            fill, ink = _colours(part, at)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.fillRect(box, fill)
            if part.kind == "open":
                painter.setPen(QPen(c("warning"), 2, Qt.PenStyle.DashLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box.adjusted(1.5, 1.5, -1.5, -1.5))
            elif at:
                painter.setPen(QPen(c("surface"), 1))
                painter.drawLine(box.topLeft(), box.bottomLeft())
            painter.setPen(ink)
            text = metrics.elidedText(_label(part), Qt.TextElideMode.ElideRight, int(box.width()) - 6)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(QPen(c("border_strong"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)


def _label(part: BarPart) -> str:
    return f"{part.word} {format_yuan(part.fen)}"


def _colours(part: BarPart, at: int) -> tuple[QColor, QColor]:
    c = theme().color
    if part.kind == "open":
        return c("warning_soft"), c("warning")
    if part.kind == "kept":
        return c("success_soft"), c("text")
    if at == 0:
        return c("selection"), c("selection_text")
    return (c("accent_soft") if at % 2 else c("neutral_soft")), c("text")
