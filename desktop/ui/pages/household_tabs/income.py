"""收支 of a household: periods side by side, below the items of the period chosen; unknown is 未填 with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from desktop.app.records.household_records import IncomeLine, counts_of, income_of
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.household_tabs.periods import PeriodsTab
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.widgets.painting import Chip


class IncomeTab(PeriodsTab):
    """↑↓ in the periods shows their items."""

    key = "income"
    record_table = "income_record"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        unknown = self.tr("未填")
        columns = [
            Column("period", self.tr("期间"), 96, "name", stretch=True),
            Column("size", self.tr("人口"), 44, "number"),
            Column("net", self.tr("家庭纯收入 元"), 104, "money", empty=unknown),
            Column("per_head", self.tr("人均纯收入 元"), 100, "money", empty=unknown),
            Column("reference", self.tr("人均参考收入 元"), 112, "money"),
            Column("conflict", "", 56, "status"),
        ]
        self.sums, self.items = FactGrid(), FactGrid()
        self.item_part = Titled(self.tr("分项"), self.items)
        parts = [Titled(self.tr("合计"), self.sums), self.item_part]
        self.build(self.tr("各期收入"), columns, parts, self.tr("还没有收支：入户调查以后在这里，也可以手工新增"))

    @classmethod
    def word(cls) -> str:
        return "收支"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        return str(counts_of(ws, record)["income_record"] or "")

    def load(self, record: str) -> list[IncomeLine]:
        return income_of(self.ws, record)

    def defaults(self) -> Mapping[str, Any]:
        """The year that is over, for as many as the household has now."""
        members = getattr(self.pane.shown, "members", ())
        return {"period": str(date.today().year - 1), "size": len(members) or None}  # noqa: DTZ011 the calendar here

    def cells(self, line: IncomeLine) -> tuple[Any, ...]:
        figures = line.figures
        return (
            line.period_word, line.size, figures.net_income, figures.per_capita,
            figures.reference_per_capita if line.counts_reference else None,
            Chip.of("conflict") if line.in_conflict else None,
        )  # fmt: skip

    def show_line(self, line: IncomeLine) -> None:
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
