"""What every box of a question page has: its look as the current one, the label of the form as rich text."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from desktop.survey.session.nodes import FormNode
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.words import plain, rich
from desktop.ui.theme import theme

NUMBER_W = 30
LINE_W = 640
"""Longest line of words (DESIGN §3)."""

TABLE_LABEL_W = 220
"""Width of a row's words in a table list."""


class RichLabel(QLabel):
    """A label of the form: markdown-light as rich text, wrapped; `set_look(strong)` for the current question."""

    def __init__(self, text: str = "", points: float = 11.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setMaximumWidth(LINE_W)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._points, self._weight = points, QFont.Weight.Normal
        self._source: str | None = None
        self.set_words(text)

    def set_words(self, text: str) -> None:
        """Show other words."""
        if text != self._source:
            self._source = text
            self.setText(rich(text))
            self.setAccessibleName(plain(text))

    def words(self) -> str:
        """The words as plain text."""
        return plain(self._source or "")

    def set_look(self, points: float, *, bold: bool = False, role: str = "text") -> None:
        """Size, weight and colour."""
        font = theme().font(points=points)
        font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Medium if role == "text" else QFont.Weight.Normal)
        if font != self.font():
            self.setFont(font)
        palette = self.palette()
        if palette.color(QPalette.ColorRole.WindowText) != theme().color(role):
            palette.setColor(QPalette.ColorRole.WindowText, theme().color(role))
            self.setPalette(palette)


class PageBox(QFrame):
    """Base of everything on a question page. `here(bool)`, `refresh()`; `clicked()` when the person points at it."""

    clicked = Signal()
    stops = True
    """Whether Enter comes to it."""
    fixed = False
    """Whether its words and choices stay the same unless its own node changes."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filling, self.node = filling, node
        self.current = False
        self.first = False
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def here(self, current: bool) -> None:
        """The person stands here (or no more)."""
        if current != self.current:
            self.current = current
            self.dress()
            self.update()

    def dress(self) -> None:
        """Look of the present state."""

    def refresh(self) -> None:
        """Show the node as it is now."""

    def take_focus(self) -> None:
        """Set the focus where work begins."""
        self.setFocus()

    def wanted(self) -> bool:
        """Whether it is on the page now."""
        return self.node.alive and self.node.relevant

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()
        super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        painter.fillRect(self.rect(), c("surface") if self.current else c("surface_alt"))
        if not self.first:
            painter.fillRect(0, 0, self.width(), 1, c("grid"))
        if self.current:
            painter.fillRect(0, 0, 3, self.height(), c("accent"))
