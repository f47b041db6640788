"""One line of a form that asks since when a changed status holds, and by which paper: today unless somebody says so."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.app.records.records import today
from desktop.ui.theme import theme
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.value_fields import PartialDateField


class SinceRow(QWidget):
    """`SinceRow(paper=True)`: `ask(word)` names the status, `since()` is the day (ISO), `paper()` the words typed."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None, *, paper: bool = True, margin: int = 14) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(margin, 6, margin, 6)
        row.setSpacing(8)
        self.words = Label("", "second")
        self.day = PartialDateField(whole_days=True)
        self.day.setFixedWidth(round(136 * max(theme().scale, 1.0)))
        self.day.setAccessibleName(self.tr("状态从哪天起"))
        self.source = TextField(placeholder=self.tr("依据，如会议纪要、合同号"))
        self.source.setAccessibleName(self.tr("改状态的依据"))
        row.addWidget(self.words)
        row.addWidget(self.day)
        row.addWidget(self.source, 1)
        self.source.setVisible(paper)
        if not paper:
            row.addStretch(1)
        self.day.value_changed.connect(self.changed)
        self.reset()

    def reset(self) -> None:
        """Today, and no paper."""
        self.day.set_value(today())
        self.source.clear()

    def ask(self, word: str) -> None:
        """Which status the day is asked for."""
        self.words.setText(self.tr("从哪天起是“{status}”").format(status=word) if word else self.tr("从哪天起"))
        self.words.setMinimumWidth(self.words.sizeHint().width())

    def problem(self) -> str:
        """Why the day cannot stand, "" when it can."""
        date = self.day.value()
        if self.day.problem():
            return str(self.day.problem())
        if date is None or date.precision != "day":
            return self.tr("状态从哪天起，要写到日")
        return self.tr("状态从今天或以前的一天起") if date.iso() > today() else ""

    def since(self) -> str:
        """The day, ISO."""
        date = self.day.value()
        return date.iso() if date is not None else today()

    def paper(self) -> str:
        """The paper it rests on."""
        return self.source.text().strip()
