"""Asks for an asset: scanned, or a number, name or initials typed; Enter takes the one chosen."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.cases.inspections import asset_of_code, find_assets
from desktop.app.workspace import Workspace
from desktop.insight.lists import AssetRow
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import SearchField
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.small_table import SmallTable

SHOWN = 12


class AssetPicker(QDialog):
    """`AssetPicker(shell, ws, title, parent)`: `chosen(id, name)`."""

    chosen = Signal(str, str)

    def __init__(self, shell: Shell, ws: Workspace, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell, self._ws = shell, ws
        self._names: dict[str, str] = {}
        self._listed: str | None = None
        self._entered_early = False
        self.setWindowTitle(title)
        self.setMinimumWidth(theme().px("dialog_w"))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 14, 18, 14)
        lines.setSpacing(8)
        lines.addWidget(Label(title, "strong"))
        self.search = SearchField(self.tr("扫资产二维码，或输入编号、名称、首字母"))
        lines.addWidget(self.search)
        self.table = SmallTable(
            [
                Column("name", self.tr("资产"), 220, "name", stretch=True), Column("village", self.tr("村"), 90),
                Column("number", self.tr("编号"), 120, "quiet"),
            ], fill=True,
        )  # fmt: skip
        self.table.setMinimumHeight(300)
        lines.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        stay = Button(self.tr("先不选"), key="Esc", small=True)
        self.go = Button(self.tr("选这一项"), "primary", key="Enter", small=True, bind=False)
        stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.take)
        row.addWidget(stay)
        row.addWidget(self.go)
        lines.addLayout(row)
        self.search.searched.connect(self._ask)
        self.search.textChanged.connect(self._typed)
        self.search.returnPressed.connect(self._entered)
        self.search.left_down.connect(self.table.setFocus)
        self.table.opened.connect(lambda _id: self.take())
        self._ask()
        self.search.setFocus()

    def _typed(self, _text: str) -> None:
        self._entered_early = False

    def _ask(self) -> None:
        ws, text = self._ws, self.search.text().strip()

        self._shell.gates.read(
            lambda _w: find_assets(ws, text, SHOWN), lambda rows: self._show(text, rows), owner=self,
            key=f"pick-{id(self)}",
        )  # fmt: skip

    def _show(self, text: str, rows: list[AssetRow]) -> None:
        self._listed = text
        self._names = {r.id: r.name for r in rows}
        self.table.set_rows([(r.id, (r.name, r.village, r.asset_no)) for r in rows])
        if rows:
            self.table.selectRow(0)
        self.go.setEnabled(bool(rows))
        early, self._entered_early = self._entered_early, False
        if early and len(rows) == 1:
            self.take()

    def _entered(self) -> None:
        """Enter in the field: a scanned code is taken at once, else the row that is current.

        Before the rows of what is typed have come, those of an earlier text stand there: none of them is meant. The
        only row that then comes is taken; of several a person chooses.
        """
        text = self.search.text()
        known = asset_of_code(self._ws, text)
        rows = find_assets(self._ws, text) if known else []
        if rows:
            self.chosen.emit(known, rows[0].name)
            self.accept()
        elif self._listed == text.strip():
            self.take()
        else:
            self._entered_early = True

    def take(self) -> None:
        """The current row."""
        record = self.table.current_id()
        if record:
            self.chosen.emit(record, self._names.get(record, ""))
            self.accept()
