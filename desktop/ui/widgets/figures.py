"""Figures at a glance: the key-figure strip, a plain bar, and bar rows with a label and a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.ui.theme import theme
from desktop.ui.widgets.labels import ElidedLabel, Label, rule
from desktop.ui.widgets.painting import fitted_figure


@dataclass(frozen=True)
class Figure:
    """One key figure: caption above, the value, a line below with an optional tone."""

    caption: str
    value: str
    below: str = ""
    tone: str = ""


class FigureLabel(ElidedLabel):
    """The value of a key figure: smaller type where there is little room, never without its last digits."""

    def paintEvent(self, event: QPaintEvent) -> None:
        if not any(character.isdigit() for character in self.text()):
            super().paintEvent(event)
            return
        painter = QPainter(self)
        room = self.contentsRect()
        font, shown = fitted_figure(self.text(), self.font(), room.width())
        self.setToolTip("" if shown == self.text() else self.text())
        painter.setFont(font)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)


class KeyFigures(QFrame):
    """`KeyFigures(parent=None)`: up to five figures side by side; `show_figures([Figure, …])`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        outer.addLayout(self._row)
        outer.addWidget(rule())
        self.figures: list[Figure] = []

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Replace the figures."""
        if list(figures) == self.figures:
            return
        self.figures = list(figures)
        while self._row.count():
            widget = self._row.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for i, figure in enumerate(figures):
            if i:
                self._row.addWidget(rule("v"))
            box = QWidget()
            lines = QVBoxLayout(box)
            lines.setContentsMargins(14, 7, 8, 8)
            lines.setSpacing(0)
            lines.addWidget(ElidedLabel(figure.caption, "caption"))
            lines.addWidget(FigureLabel(figure.value, "section"))
            lines.addWidget(ElidedLabel(figure.below, "caption", figure.tone))
            self._row.addWidget(box, 1)


class Bar(QWidget):
    """`Bar(value=0.0, role="accent", height=8, parent=None)`: a share from 0 to 1 in a sunken track."""

    def __init__(
        self, value: float = 0.0, role: str = "accent", height: int = 8, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._value, self._role = value, role
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_value(self, value: float) -> None:
        """Show another share."""
        self._value = min(max(value, 0.0), 1.0)
        self.update()

    def set_role(self, role: str) -> None:
        """Show another colour."""
        self._role = role
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("sunken"))
        painter.drawRoundedRect(QRectF(self.rect()), 2, 2)
        if self._value > 0:
            painter.setBrush(theme().color(self._role))
            painter.drawRoundedRect(QRectF(0, 0, max(2.0, self.width() * self._value), self.height()), 2, 2)


class BarRow(QWidget):
    """`BarRow(label, done, total, strong=False)`: name, bar and `done / total`, e.g. one village's progress."""

    def __init__(self, label: str, done: int, total: int, strong: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        name = ElidedLabel(label, "bold" if strong else "")
        name.setFixedWidth(64)
        row.addWidget(name)
        row.addWidget(Bar(done / total if total else 0.0), 1)
        count = Label(f"{done:,} / {total:,}", "bold" if strong else "")
        count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        count.setMinimumWidth(72)
        row.addWidget(count)
        self.setFixedHeight(26)
        self.setAccessibleName(f"{label} {done} / {total}")
