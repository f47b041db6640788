"""Facts of a record as caption and value, in columns: what a detail tab shows of the fields that are filled in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.widgets.labels import Label


class FactGrid(QWidget):
    """`FactGrid(columns=2, parent=None)`: `show_facts([(caption, value), …])`; values wrap, captions do not."""

    def __init__(self, columns: int = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self.facts: list[tuple[str, str]] = []

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Replace the facts."""
        if list(facts) == self.facts:
            return
        self.facts = list(facts)
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        rows = -(-len(self.facts) // self._columns) or 1
        for i, (caption, value) in enumerate(self.facts):
            column, row = divmod(i, rows)  # read downwards, like a form
            left = Label(caption, "muted")
            right = Label(value, wrap=True)
            right.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(left, row, column * 2, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(right, row, column * 2 + 1, Qt.AlignmentFlag.AlignTop)
        for column in range(self._columns):
            self._grid.setColumnStretch(column * 2 + 1, 1)


class Titled(QWidget):
    """`Titled(title, body, side=None)`: a small heading over a widget, with something at its right."""

    def __init__(self, title: str, body: QWidget, side: Sequence[QWidget] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        self.title = Label(title, "strong")
        head.addWidget(self.title)
        head.addStretch(1)
        for widget in side:
            head.addWidget(widget)
        lines.addLayout(head)
        lines.addWidget(body)
