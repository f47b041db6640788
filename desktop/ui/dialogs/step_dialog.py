"""One step of a case in a dialog: its fields, the day it happened, the paper, and a reason where one is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.app.cases.procedures import StepView, take_step
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.registry.procedures import PROCEDURES
from desktop.ui.case_fields import ELSEWHERE, Choices, section
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.record_form import CAPTION
from desktop.ui.widgets.value_fields import PartialDateField


class StepDialog(RecordDialog):
    """`StepDialog(shell, ws, table, record, step, values, …)`: takes the step; what bars it is said before and after.

    What was seen of the case when the dialog opened travels with the step.
    """

    def __init__(
        self, shell: Shell, ws: Workspace, table: str, record: str, step: StepView, values: Mapping[str, Any], *,
        choices: Choices | None = None, villages: Sequence[tuple[str, str]] = (), about: str = "",
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        known = PROCEDURES[table].step(step.name)
        assert known is not None
        asked = [c for c in (*known.needs, *known.offers) if PROCEDURES[table].asks(c, values)]
        columns = [c for c in asked if c not in ELSEWHERE]
        part = section(table, columns, choices, required=[c for c in known.needs if c not in ELSEWHERE])
        seen = ws.register.seen(table, record)

        def save(typed: dict[str, Any]) -> object:
            return take_step(
                ws, table, record, step.name, typed, on=self.day(), source_doc=self.paper.text().strip(),
                note=self.note.toPlainText().strip(), seen=seen,
            )  # fmt: skip

        super().__init__(
            shell, step.word, table, [part] if columns else [], save, go=step.word, values=values, villages=villages,
            about=about, columns=2, parent=parent,
        )  # fmt: skip
        self._reason_needed = step.reason_needed
        self._fixed_bars: tuple[str, ...] = ()
        inner = self.form.widget()
        lines = inner.layout()
        assert isinstance(lines, QVBoxLayout)
        lines.insertLayout(lines.count() - 1, self._more())
        if step.reason_needed or not columns:
            self.note.setFocus(Qt.FocusReason.OtherFocusReason)
        self.form.setMinimumHeight(min(inner.sizeHint().height() + 8, 480))
        self._fixed_bars = tuple(step.bars)
        self._judge()

    def _more(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        self.on = PartialDateField(whole_days=True)
        self.on.set_value(today(), "day")
        self.paper = TextField(placeholder=self.tr("文件名称和文号，可不填"))
        self.note = QPlainTextEdit()
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(theme().px("control") * 2)
        self.note.textChanged.connect(self._judge)
        self.on.value_changed.connect(self._judge)
        rows = (
            (self.tr("办理日期"), self.on), (self.tr("依据文件"), self.paper),
            (self.tr("原因") if self._reason_needed else self.tr("说明"), self.note),
        )  # fmt: skip
        for row, (word, widget) in enumerate(rows):
            caption = Label(word, "second")
            caption.setFixedWidth(round(CAPTION * max(theme().scale, 1.0)))
            caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            widget.setAccessibleName(word)
            grid.addWidget(caption, row, 0)
            grid.addWidget(widget, row, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def day(self) -> str | None:
        """The day the step happened, ISO."""
        date = self.on.value()
        return date.iso() if date is not None and date.precision == "day" else None

    def _tell(self) -> None:
        super()._tell()
        if hasattr(self, "note"):  # the base class asks before the lower half is there
            self._judge()

    def _judge(self) -> None:
        problems = self.form.problems()
        if self.day() is None:
            problems.append(self.tr("办理日期要写到日"))
        if self._reason_needed and not self.note.toPlainText().strip():
            problems.append(self.tr("要写原因"))
        self.go.setEnabled(not problems)
        self.hint.setText(problems[0] if problems else "")
        self.hint.set_tone("")
        if not problems and self._fixed_bars:
            self.set_bars(self._fixed_bars)
