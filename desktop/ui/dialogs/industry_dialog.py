"""产业占比: which part of each year's assistance funds went to industry, place by place; a year that fell is marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from desktop.app.annual.assessing import places_of
from desktop.app.money.project_library import industry_years
from desktop.app.workspace import Workspace
from desktop.insight.industry_share import IndustryShares, percent
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import ElidedLabel
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class IndustryDialog(QDialog):
    """`IndustryDialog(shell, ws, villages, parent)`: the years of a place, the latest first."""

    def __init__(
        self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell, self._ws = shell, ws
        self._villages = {code for code, _ in villages}
        lines, head = begin_dialog(self, self.tr("产业资金占比"), 480)
        self.place = Select(places_of(ws))
        self.place.setAccessibleName(self.tr("地区"))
        head.addWidget(self.place)
        self.about = ElidedLabel("", "second")
        head.addWidget(self.about, 1)
        lines.addLayout(head)
        self.table = SmallTable([
            Column("year", self.tr("年度"), 90, "name"),
            Column("total", self.tr("帮扶（衔接）资金 元"), 150, "money", stretch=True),
            Column("industry", self.tr("其中产业 元"), 140, "money"),
            Column("share", self.tr("占比"), 90),
            Column("before", self.tr("上年占比"), 90),
            Column("change", self.tr("增减 百分点"), 100),
            Column("mark", self.tr("标注"), 90, "status"),
        ], fill=True)  # fmt: skip
        lines.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(ElidedLabel(self.tr("哪些资金、哪些项目算，按设置里的办法"), "second"), 1)
        close = Button(self.tr("关上"), key="Esc", small=True)
        paper = Button(self.tr("打印比较表"), "primary", "print", small=True)
        close.clicked.connect(self.reject)
        paper.clicked.connect(self.print_list)
        row.addWidget(close)
        row.addWidget(paper)
        lines.addLayout(row)
        self.place.picked.connect(lambda _c: self.ask())
        self.ask()

    def ask(self) -> None:
        """Fetch the years of the chosen place."""
        ws, code = self._ws, str(self.place.value())
        self._shell.gates.read(
            lambda _w: industry_years(ws, code), self._fill, owner=self, key=f"industry-{id(self)}"
        )

    def _fill(self, found: IndustryShares) -> None:
        own = [line for line in found.lines if not line.code]
        self.table.set_rows([
            (str(x.year), (
                self.tr("{year} 年").format(year=x.year), x.total_fen, x.industry_fen, percent(x.share) or None,
                percent(x.before) or None, percent(x.change, signed=True) or None,
                Chip(self.tr("下降"), "warning", "down") if x.fell else None,
            ))
            for x in reversed(own)
        ])  # fmt: skip
        fell = sum(1 for x in own if x.fell)
        said = [self.tr("{n} 年里 {fell} 年下降").format(n=len(own), fell=fell) if own else self.tr("还没有项目资金")]
        if found.without_source:
            said.append(self.tr("{n:,} 个项目没有填资金来源，没有计入").format(n=found.without_source))
        self.about.setText("，".join(said))

    def print_list(self) -> None:
        """The same for the place and the places below it, in 打印中心."""
        code = str(self.place.value())
        self.reject()
        chosen = f"?division={code}" if code in self._villages else ""
        self._shell.open(Address("print", part=f"list:industry-share{chosen}"))
