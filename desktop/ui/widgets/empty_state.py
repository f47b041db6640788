"""What a list or a tab shows when there is nothing to show, while it loads, and when loading failed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Icon, Label


class EmptyState(QWidget):
    """`EmptyState(icon, title, hint="", buttons=(), parent=None)`: icon, one line what, one line how, ≤ 2 buttons.

    Enter presses the first button.
    """

    def __init__(
        self, icon: str, title: str, hint: str = "", buttons: Sequence[Button] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 24, 16, 24)
        lines.setSpacing(4)
        lines.addStretch(2)
        self._icon = Icon(icon, "text_3", 28)
        self._title = Label(title, "bold")
        self._hint = Label(hint, "caption")
        for widget in (self._icon, self._title, self._hint):
            lines.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for button in buttons:
            row.addWidget(button)
        row.addStretch(1)
        lines.addSpacing(6)
        lines.addLayout(row)
        lines.addStretch(3)
        self._hint.setVisible(bool(hint))
        self._buttons = list(buttons)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if buttons else Qt.FocusPolicy.NoFocus)

    def show_words(self, title: str, hint: str = "") -> None:
        """Other words."""
        self._title.setText(title)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))

    def set_quiet(self, quiet: bool) -> None:
        """Say nothing: beside a list without rows nothing can be chosen."""
        for part in (self._icon, self._title, self._hint):
            part.setVisible(not quiet and (part is not self._hint or bool(self._hint.text())))

    def text(self) -> str:
        """The title shown."""
        return self._title.text()

    def keyPressEvent(self, event: object) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._buttons:  # type: ignore[attr-defined]
            self._buttons[0].click()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]
