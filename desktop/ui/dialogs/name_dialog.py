"""Asks for a name: of a view that is kept, of a file that is made."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label


class NameDialog(QDialog):
    """`NameDialog(title, body, value, go, check, parent=None)`: `name()` once accepted; Enter accepts, Esc leaves.

    `check(name)` gives a sentence shown below the field ("" for none) and whether the name may be used.
    """

    def __init__(
        self,
        title: str,
        body: str,
        value: str,
        go: str,
        check: Callable[[str], tuple[str, bool]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._check = check
        self.setWindowTitle(title)
        self.setMinimumWidth(theme().px("dialog_w") - 80)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        lines.setSpacing(8)
        lines.addWidget(Label(title, "strong"))
        lines.addWidget(Label(body, "second", wrap=True))
        self.field = TextField(value)
        self.field.setAccessibleName(title)
        lines.addWidget(self.field)
        self.said = Label("", "caption", wrap=True)
        lines.addWidget(self.said)
        row = QHBoxLayout()
        row.addStretch(1)
        self.stay = Button(self.tr("先不"), key="Esc", small=True)
        self.go = Button(go, "primary", key="Enter", small=True)
        row.addWidget(self.stay)
        row.addWidget(self.go)
        lines.addLayout(row)
        self.field.textChanged.connect(lambda _t: self._tell())
        self.field.returnPressed.connect(self._enter)
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.accept)
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell()

    def name(self) -> str:
        """What was written."""
        return self.field.text().strip()

    def _enter(self) -> None:
        if self.go.isEnabled():
            self.accept()

    def _tell(self) -> None:
        words, good = self._check(self.name())
        self.said.setText(words)
        self.go.setEnabled(good)
