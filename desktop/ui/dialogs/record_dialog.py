"""A small form in a dialog: one record is entered and saved, or one step of a case with its day, paper and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.dialogs.write_once import write_once
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import ElidedLabel, Label, rule
from desktop.ui.widgets.record_form import RecordForm, Section

Save = Callable[[dict[str, Any]], object]


class RecordDialog(QDialog):
    """`RecordDialog(shell, title, table, sections, save, …)`: Ctrl+Enter calls `save(values)` on the writing thread.

    `values` are shown at first; `save` gets all columns of the form as they stand. `done(result)` after it was saved;
    when it is refused the dialog stays open with what was typed, and the refusal is said in words.
    """

    saved = Signal(object)

    def __init__(
        self, shell: Shell, title: str, table: str, sections: Sequence[Section], save: Save, *, go: str,
        values: Mapping[str, Any] | None = None, villages: Sequence[tuple[str, str]] = (), about: str = "",
        columns: int = 2, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._shell, self._save, self._title = shell, save, title
        self.setWindowTitle(title)
        self.setFixedWidth(theme().px("dialog_wide_w" if columns > 1 else "dialog_w"))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(18, 12, 18, 10)
        head.setSpacing(10)
        head.addWidget(Label(title, "question"))
        head.addWidget(ElidedLabel(about, "second"), 1)
        lines.addLayout(head)
        lines.addWidget(rule())
        self.form = RecordForm(table, sections, villages, columns=columns)
        self.form.setMinimumHeight(min(self.form.widget().sizeHint().height() + 8, 460))
        lines.addWidget(self.form, 1)
        self.remark = Label("", "second", "warning", wrap=True)
        self.remark.setContentsMargins(18, 0, 18, 10)
        self.remark.hide()
        lines.addWidget(self.remark)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setContentsMargins(18, 12, 18, 12)
        foot.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        self.stay = Button(self.tr("先不办"), key="Esc")
        self.go = Button(go, "primary", key="Ctrl+Enter")
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.record)
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.form.load(values or {})
        self.form.changed.connect(self._tell)
        self._tell()
        self.form.focus_first()

    def set_bars(self, bars: Sequence[str]) -> None:
        """What bars saving whatever is typed: said at the foot."""
        if bars:
            self.hint.setText(self.tr("还差：{what}").format(what="；".join(bars)))
            self.hint.set_tone("warning")
            self.hint.setToolTip("\n".join(bars))

    def set_remark(self, words: str) -> None:
        """Something to know before saving, above the buttons; it bars nothing."""
        self.remark.setText(words)
        self.remark.setVisible(bool(words))

    def record(self) -> None:
        """Ctrl+Enter."""
        if self.form.problems():
            self._tell()
            return
        values = self.form.values()
        write_once(
            self, self._shell.gates, lambda _work: self._save(values), self._saved, title=self._title,
            fail=self._failed,
        )  # fmt: skip

    def _saved(self, result: object) -> None:
        self.saved.emit(result)
        self.accept()

    def _failed(self, error: BaseException) -> None:
        self.go.setEnabled(True)
        self._shell.show_error(error, self._title)

    def _tell(self) -> None:
        problems = self.form.problems()
        self.go.setEnabled(not problems)
        self.hint.setText(problems[0] if problems else "")
        self.hint.set_tone("")
