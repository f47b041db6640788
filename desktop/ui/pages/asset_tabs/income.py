"""收益 of an asset: what came in, year by year, and the distributions it took part in."""

from __future__ import annotations

from typing import Any

from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.insight.distribution_list import distributions_of_asset, receipts_of_asset
from desktop.registry.codelists import word
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.distribution_pane import state_chip
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.small_table import SmallTable


class IncomeTab(RecordTab):
    """Receipts and distributions; Enter on a distribution opens it."""

    key = "income"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.none = Label(self.tr("还没有收款"), "muted")
        self.receipts = SmallTable([
            Column("day", self.tr("收款日期"), 100, "date"), Column("year", self.tr("归属年度"), 80),
            Column("kind", self.tr("类别"), 110), Column("payer", self.tr("付款人"), 120, stretch=True),
            Column("fen", self.tr("金额 元"), 120, "money"),
        ])  # fmt: skip
        self.sum = Label("", "second")
        self.plans = SmallTable([
            Column("title", self.tr("分配方案"), 200, "name", stretch=True), Column("year", self.tr("年度"), 60),
            Column("state", self.tr("办理"), 100, "status"), Column("fen", self.tr("用本资产收益 元"), 130, "money"),
        ])  # fmt: skip
        self.plans.opened.connect(lambda plan: self.shell.open(Address("distribution", plan)))
        self.lines.addWidget(Titled(self.tr("收款"), self.receipts))
        self.lines.addWidget(self.none)
        self.lines.addWidget(self.sum)
        self.lines.addWidget(Titled(self.tr("参加的分配"), self.plans))
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "收益"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        with ws.register.reading() as sql:
            n = len(receipts_of_asset(sql, record))
        return str(n) if n else ""

    def load(self, record: str) -> Any:
        with self.ws.register.reading() as sql:
            return receipts_of_asset(sql, record), distributions_of_asset(sql, record)

    def show_data(self, _detail: Any, data: Any) -> None:
        receipts, plans = data
        self.receipts.set_rows([
            (i, (day, str(year or ""), word("receipt_kind", kind or "other"), payer, fen))
            for i, day, kind, payer, fen, year in receipts
        ])  # fmt: skip
        self.receipts.setVisible(bool(receipts))
        self.none.setVisible(not receipts)
        total = sum(r[4] for r in receipts)
        given = sum(p[4] for p in plans if p[3] not in ("dropped", "reversed"))
        self.sum.setText(
            self.tr("合计收款 {a} 元，已列入分配 {b} 元").format(a=format_yuan(total), b=format_yuan(given))
            if receipts else ""
        )  # fmt: skip
        self.plans.set_rows([
            (i, (title, str(year or ""), state_chip(state), fen)) for i, title, year, state, fen in plans
        ])  # fmt: skip
