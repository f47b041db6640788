"""Asks for a reason before something that is written down with one: a withdrawal, a changed state."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.app.records.records import today
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.value_fields import PartialDateField


class ReasonDialog(QDialog):
    """`ReasonDialog(title, body, go, stay, parent=None)`: `reason()` once accepted; a reason must be written."""

    def __init__(
        self, title: str, body: str, go: str, stay: str, parent: QWidget | None = None, *, day: str = ""
    ) -> None:
        """`day` asks for a day too (today at first), under this caption."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(theme().px("dialog_w"))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        lines.setSpacing(8)
        lines.addWidget(Label(title, "strong"))
        lines.addWidget(Label(body, "second", wrap=True))
        self.field = QPlainTextEdit()
        self.field.setTabChangesFocus(True)
        self.field.setPlaceholderText(self.tr("原因"))
        self.field.setAccessibleName(self.tr("原因"))
        self.field.setFixedHeight(theme().px("control") * 2)
        lines.addWidget(self.field)
        self.on = PartialDateField(whole_days=True)
        self.on.set_value(today())
        if day:
            when = QHBoxLayout()
            when.addWidget(Label(day, "second"))
            when.addWidget(self.on, 1)
            self.on.setAccessibleName(day)
            lines.addLayout(when)
        row = QHBoxLayout()
        row.addStretch(1)
        self.stay_button = Button(stay, key="Esc", small=True)
        self.go_button = Button(go, "primary", key="Ctrl+Enter", small=True)
        row.addWidget(self.stay_button)
        row.addWidget(self.go_button)
        lines.addLayout(row)
        self.go_button.setEnabled(False)
        for changed in (self.field.textChanged, self.on.value_changed):
            changed.connect(lambda: self.go_button.setEnabled(bool(self.reason() and self.day())))
        self.stay_button.clicked.connect(self.reject)
        self.go_button.clicked.connect(self.accept)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def day(self) -> str:
        """The day chosen, ISO; "" while it is none."""
        date = self.on.value()
        return date.iso() if date is not None and date.precision == "day" and not self.on.problem() else ""

    def reason(self) -> str:
        """What was written."""
        return self.field.toPlainText().strip()
