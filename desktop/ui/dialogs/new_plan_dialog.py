"""A new distribution: for which village, year and level; the rest is the wizard's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QWidget

from desktop.app.records.records import today
from desktop.registry import codelists
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.segments import Segments


class NewPlanDialog(QDialog):
    """`NewPlanDialog(villages, village="", parent=None)`: `values()` for `distributing.new_plan` once accepted."""

    def __init__(
        self, villages: Sequence[tuple[str, str]], village: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        lines, head = begin_dialog(self, self.tr("拟收益分配方案"), least=theme().px("dialog_w"))
        lines.addLayout(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self.village = Select([(name, code) for code, name in villages])
        if village:
            self.village.set_value(village)
        year = int(today()[:4])
        self.year = Select([(str(y), y) for y in range(year + 1, year - 5, -1)])
        self.year.set_value(year)
        self.level = Segments([(i.code, i.name) for i in codelists.items("distribution_level")], "household")
        self.name = TextField(placeholder=self.tr("不填则按村和年度命名"))
        for at, (caption, widget) in enumerate(
            ((self.tr("村"), self.village), (self.tr("年度"), self.year), (self.tr("分到"), self.level),
             (self.tr("名称"), self.name))
        ):  # fmt: skip
            grid.addWidget(Label(caption, "second"), at, 0)
            grid.addWidget(widget, at, 1)
        lines.addLayout(grid)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.stay = Button(self.tr("先不拟"), key="Esc")
        self.go = Button(self.tr("拟方案"), "primary", key="Ctrl+Enter")
        self.go.setEnabled(bool(villages))
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.accept)

    def values(self) -> dict[str, Any]:
        """Year, place, level and title."""
        return {
            "year": int(self.year.value()), "division_code": str(self.village.value()), "level": self.level.value(),
            "title": self.name.text().strip(),
        }  # fmt: skip
