"""A decision record 四议两公开: who decided what on which day, how many came and agreed, when it was made public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.editors import FieldSpec as F
from desktop.ui.widgets.labels import ElidedLabel, Label, rule
from desktop.ui.widgets.record_form import RecordForm, Section

COLUMNS = (
    "proposed_date", "consulted_date", "party_date", "resolved_date", "should_attend", "attended", "agreed",
    "resolution_public_date", "result_public_date", "chair", "recorder", "result",
)  # fmt: skip


class DecisionDialog(QDialog):
    """`DecisionDialog(parent=None, values=None)`: `values()` are what changed, once accepted."""

    def __init__(self, parent: QWidget | None = None, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("决策记录"))
        self.setMinimumSize(theme().px("dialog_w") + 200, 480)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(4, 14, 4, 14)
        lines.setSpacing(8)
        head = QHBoxLayout()
        head.setContentsMargins(14, 0, 14, 0)
        head.addWidget(Label(self.tr("决策记录"), "question"))
        head.addWidget(ElidedLabel(self.tr("四议两公开"), "second"), 1)
        lines.addLayout(head)
        dated = tuple(F(c, "date") for c in COLUMNS[:4])
        counted = tuple(F(c, "integer") for c in COLUMNS[4:7])
        public = tuple(F(c, "date") for c in COLUMNS[7:9])
        self.form = RecordForm("decision", [
            Section(self.tr("四议"), dated),
            Section(self.tr("到会和表决"), (*counted, F("chair"), F("recorder"))),
            Section(self.tr("两公开"), public),
            Section(self.tr("决议"), (F("result", "long", wide=True),)),
        ])  # fmt: skip
        self.form.load(dict(values or {}))
        lines.addWidget(self.form, 1)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setContentsMargins(14, 0, 14, 0)
        self.hint = ElidedLabel("", "second")
        self.stay = Button(self.tr("先不记"), key="Esc")
        self.go = Button(self.tr("保存"), "primary", key="Ctrl+Enter")
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.form.changed.connect(self._tell)
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.accept)
        self._tell()

    def values(self) -> dict[str, Any]:
        """The columns that were filled in or changed."""
        return dict(self.form.changes())

    def _tell(self) -> None:
        problems = self.form.problems()
        self.hint.setText(problems[0] if problems else "")
        self.hint.update()
        self.go.setEnabled(not problems and bool(self.form.changes()))
