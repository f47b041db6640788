"""管护到期: public assets whose round of care is due, with keeper, last round, cost of this year against the budget."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from desktop.app.cases.inspections import care_of
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.insight.inspection_lists import CareLine
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import ElidedLabel
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable


class CareDialog(QDialog):
    """`CareDialog(shell, ws, parent)`: Enter opens the asset, where a round is written down."""

    def __init__(self, shell: Shell, ws: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell, self._ws = shell, ws
        self._all: list[CareLine] = []
        lines, head = begin_dialog(self, self.tr("公益性资产管护"), 520)
        self.about = ElidedLabel("", "second")
        head.addWidget(self.about, 1)
        self.which = Segments([("due", self.tr("到期的")), ("all", self.tr("全部"))], "due")
        head.addWidget(self.which)
        lines.addLayout(head)
        self.table = SmallTable([
            Column("name", self.tr("资产"), 190, "name", stretch=True),
            Column("village", self.tr("村"), 80),
            Column("keeper", self.tr("管护人"), 80),
            Column("last", self.tr("上次"), 92, "date"),
            Column("state", self.tr("下次"), 150, "status"),
            Column("cost", self.tr("今年支出 元"), 100, "money"),
            Column("budget", self.tr("经费 元"), 100, "money", empty=self.tr("未定")),
        ], fill=True)  # fmt: skip
        lines.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        close = Button(self.tr("关上"), key="Esc", small=True)
        go = Button(self.tr("去登记管护"), "primary", key="Enter", small=True, bind=False)
        close.clicked.connect(self.reject)
        go.clicked.connect(self.open_asset)
        row.addWidget(close)
        row.addWidget(go)
        lines.addLayout(row)
        self.table.opened.connect(lambda _id: self.open_asset())
        self.which.changed.connect(lambda _k: self._show())
        shell.gates.read(lambda _w: care_of(ws, today()), self._fill, owner=self)

    def _fill(self, lines: Sequence[CareLine]) -> None:
        self._all = sorted(lines, key=lambda line: (line.next_due, line.village, line.asset_no))
        late = sum(1 for line in lines if line.late)
        words = self.tr("{n:,} 项定了频次，{late:,} 项已逾期").format(n=len(lines), late=late)
        self.about.setText(words if lines else self.tr("还没有资产定管护频次，在资产的“修改”里填"))
        self._show()

    def _show(self) -> None:
        day = today()
        rows = []
        for line in self._all:
            if self.which.value() == "due" and line.next_due > day:
                continue
            chip = Chip(line.next_due, "danger", "clock") if line.late else Chip(line.next_due)
            rows.append((line.asset, (line.name, line.village, line.keeper, line.last, chip, line.cost_fen,
                                      line.budget_fen)))  # fmt: skip
        self.table.set_rows(rows)

    def open_asset(self) -> None:
        """The asset with its rounds."""
        record = self.table.current_id()
        if record:
            self.accept()
            self._shell.open(Address("asset", record, "inspection"))
