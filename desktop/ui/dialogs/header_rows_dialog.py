"""Asks which rows of a sheet are its header, when they were not found or not rightly."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label


class HeaderRowsDialog(QDialog):
    """`HeaderRowsDialog(sheet, first, last, n_rows, parent=None)`: `rows()` once accepted, (first, last) 1-based."""

    def __init__(self, sheet: str, first: int, last: int, n_rows: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._n_rows = n_rows
        title = self.tr("改表头行")
        self.setWindowTitle(title)
        self.setMinimumWidth(theme().px("dialog_w"))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        lines.setSpacing(10)
        lines.addWidget(Label(title, "strong"))
        said = self.tr("工作表“{sheet}”里，哪几行是表头（一至四行）。改了以后各列重新对一遍。").format(sheet=sheet)
        lines.addWidget(Label(said, "second", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(8)
        self.first, self.last = TextField(str(first)), TextField(str(last))
        for word, field in ((self.tr("从第"), self.first), (self.tr("行到第"), self.last)):
            row.addWidget(Label(word))
            field.setFixedWidth(64)
            field.setValidator(QIntValidator(1, n_rows, field))
            field.setAlignment(Qt.AlignmentFlag.AlignCenter)
            field.setAccessibleName(word)
            field.textChanged.connect(lambda _t: self._tell())
            row.addWidget(field)
        row.addWidget(Label(self.tr("行")))
        row.addStretch(1)
        lines.addLayout(row)
        self.said = Label("", tone="danger")
        lines.addWidget(self.said)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.stay_button = Button(self.tr("先不改"), key="Esc", small=True)
        self.go_button = Button(self.tr("按这几行"), "primary", key="Ctrl+Enter", small=True)
        self.stay_button.clicked.connect(self.reject)
        self.go_button.clicked.connect(self.accept)
        foot.addWidget(self.stay_button)
        foot.addWidget(self.go_button)
        lines.addLayout(foot)
        self.first.setFocus(Qt.FocusReason.OtherFocusReason)
        self.first.selectAll()
        self._tell()

    def rows(self) -> tuple[int, int]:
        """What was typed."""
        return int(self.first.text() or 0), int(self.last.text() or 0)

    def _tell(self) -> None:
        first, last = self.rows()
        good = 1 <= first <= last <= self._n_rows and last - first <= 3
        self.said.setText("" if good else self.tr("表头应是表内连续的一至四行"))
        self.go_button.setEnabled(good)
