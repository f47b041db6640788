"""收支 of a household: periods side by side, below the items of the period chosen; unknown is 未填 with its reason."""

from __future__ import annotations

from typing import Any

from desktop.app.details import HouseholdDetail
from desktop.app.household_records import IncomeLine, counts_of, income_of
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class IncomeTab(RecordTab):
    """↑↓ in the periods shows their items."""

    key = "income"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        unknown = self.tr("未填")
        self.lines_shown: dict[str, IncomeLine] = {}
        self.periods = SmallTable(
            [
                Column("period", self.tr("期间"), 96, "name", stretch=True),
                Column("size", self.tr("人口"), 44, "number"),
                Column("net", self.tr("家庭纯收入 元"), 104, "money", empty=unknown),
                Column("per_head", self.tr("人均纯收入 元"), 100, "money", empty=unknown),
                Column("reference", self.tr("人均参考收入 元"), 112, "money"),
                Column("conflict", "", 56, "status"),
            ]
        )
        self.periods.current_changed.connect(self._show_items)
        self.lines.addWidget(Titled(self.tr("各期收入"), self.periods))
        self.sums, self.items = FactGrid(), FactGrid()
        self.sum_part = Titled(self.tr("合计"), self.sums)
        self.item_part = Titled(self.tr("分项"), self.items)
        self.lines.addWidget(self.sum_part)
        self.lines.addWidget(self.item_part)
        self.none = Label(self.tr("还没有收支：入户调查以后在这里"), "muted")
        self.lines.addWidget(self.none)
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "收支"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        return str(counts_of(ws, record)["income_record"] or "")

    def load(self, record: str) -> list[IncomeLine]:
        return income_of(self.ws, record)

    def show_data(self, _detail: HouseholdDetail, data: Any) -> None:
        found: list[IncomeLine] = data
        self.lines_shown = {line.id: line for line in found}
        self.periods.set_rows(
            [
                (
                    line.id,
                    (
                        line.period_word,
                        line.size,
                        line.figures.net_income,
                        line.figures.per_capita,
                        line.figures.reference_per_capita if line.counts_reference else None,
                        Chip.of("conflict") if line.in_conflict else None,
                    ),
                )
                for line in found
            ]
        )
        for part in (self.periods.parentWidget(), self.sum_part, self.item_part):
            if part is not None:
                part.setVisible(bool(found))
        self.none.setVisible(not found)
        if found:
            if self.periods.current_id() not in self.lines_shown:
                self.periods.selectRow(0)
            self._show_items(self.periods.current_id() or found[0].id)

    def _show_items(self, period: str) -> None:
        line = self.lines_shown.get(period)
        if line is None:
            return
        figures = line.figures
        sums = [
            (self.tr("工资性收入"), figures.wage),
            (self.tr("生产经营性收入"), figures.business_gross),
            (self.tr("财产性收入"), figures.property),
            (self.tr("转移性收入"), figures.transfer),
            (self.tr("生产经营性支出"), figures.business_cost),
            (self.tr("理赔收入"), figures.claim),
            (self.tr("合规自付支出"), figures.compliant_self_pay),
        ]
        if line.counts_reference:
            sums.append((self.tr("监测参考收入"), figures.reference_net))
        self.sums.show_facts([(name, self._yuan(fen)) for name, fen in sums])
        self.items.show_facts([(name, self._yuan(fen, why)) for name, fen, why in line.items])
        self.item_part.setVisible(bool(line.items))

    def _yuan(self, fen: int | None, why: str = "") -> str:
        if fen is None:
            return why or self.tr("未填")
        return self.tr("{v} 元").format(v=format_yuan(fen))
