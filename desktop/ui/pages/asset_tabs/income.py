"""收益 of an asset: what came in, year by year, and the distributions it took part in."""

from __future__ import annotations

from typing import Any

from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.insight.distribution_list import (
    distributions_of_asset,
    receipts_of_asset,
    refunds_of_asset,
    reversed_receipts,
)
from desktop.registry.codelists import word
from desktop.ui.dialogs.asset_receipt import asset_receipt_dialog, reversal_dialog
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.dialogs.refund import refund_dialog
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.distribution_pane import state_chip
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class IncomeTab(RecordTab):
    """Receipts and distributions; Enter on a distribution opens it. Money without a contract is entered here."""

    key = "income"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.none = Label(self.tr("还没有收款"), "muted")
        self.receipts = SmallTable([
            Column("day", self.tr("收款日期"), 100, "date"), Column("year", self.tr("归属年度"), 80),
            Column("kind", self.tr("类别"), 110), Column("payer", self.tr("付款人"), 120, stretch=True),
            Column("fen", self.tr("金额 元"), 120, "money"),
            Column("state", "", 82, "status"),
        ])  # fmt: skip
        self.sum = Label("", "second")
        self.plans = SmallTable([
            Column("title", self.tr("分配方案"), 200, "name", stretch=True), Column("year", self.tr("年度"), 60),
            Column("state", self.tr("办理"), 100, "status"), Column("fen", self.tr("用本资产收益 元"), 130, "money"),
        ])  # fmt: skip
        self.plans.opened.connect(lambda plan: self.shell.open(Address("distribution", plan)))
        self.dialog: RecordDialog | ReasonDialog | None = None
        self._receipts: dict[str, tuple[str, int, bool]] = {}
        self.add_button = Button(self.tr("登记收款"), icon="plus", small=True)
        self.add_button.setToolTip(self.tr("分红、补助、出售等没有合同的收款；有合同的在合同下登记"))
        self.reverse_button = Button(self.tr("冲销"), icon="undo", small=True)
        self.add_button.clicked.connect(self.add_receipt)
        self.reverse_button.clicked.connect(self.reverse)
        self.receipts.current_changed.connect(lambda _id: self._tell())
        self.refund_button = Button(self.tr("退款"), icon="minus", small=True)
        self.refund_button.clicked.connect(self.refund)
        side = [self.refund_button, self.reverse_button, self.add_button] if self.may_edit else []
        self.lines.addWidget(Titled(self.tr("收款"), self.receipts, side))
        self.lines.addWidget(self.none)
        self.lines.addWidget(self.sum)
        self.lines.addWidget(Titled(self.tr("参加的分配"), self.plans))
        self.no_plans = Label(self.tr("还没有参加过收益分配"), "second")
        self.lines.addWidget(self.no_plans)
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
            gone = reversed_receipts(sql, record)
            back = refunds_of_asset(sql, record)
            return receipts_of_asset(sql, record), distributions_of_asset(sql, record), gone, back

    def show_data(self, _detail: Any, data: Any) -> None:
        receipts, plans, gone, back = data
        self._receipts = {
            i: (day, fen, i in gone or (fen < 0 and i not in back)) for i, day, _kind, _payer, fen, _year in receipts
        }
        self.receipts.set_rows([
            (i, (day, str(year or ""), word("receipt_kind", kind or "other"), payer, fen,
                 self._state(i, gone, back, fen)))
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
        self.plans.setVisible(bool(plans))
        self.no_plans.setVisible(not plans)
        self._tell()

    def _state(self, receipt: str, gone: set[str], back: set[str], fen: int) -> Chip | None:
        if receipt in gone:
            return Chip(self.tr("已冲销"), "neutral", "x")
        if receipt in back:
            return Chip(self.tr("退款"), "neutral", "minus")
        return Chip(self.tr("冲销"), "neutral", "undo") if fen < 0 else None

    def _tell(self) -> None:
        line = self._receipts.get(self.receipts.current_id())
        self.reverse_button.setEnabled(line is not None and not line[2])
        self.refund_button.setEnabled(line is not None and not line[2] and line[1] > 0)

    def add_receipt(self) -> None:
        """登记收款 without a contract."""
        detail = self.pane.shown
        if detail is not None and self.may_edit:
            self.dialog = asset_receipt_dialog(self, detail.id, detail.name)
            self.dialog.open()

    def reverse(self) -> None:
        """冲销 of the receipt that is current."""
        record = self.receipts.current_id()
        line = self._receipts.get(record)
        if line is not None and self.may_edit:
            self.dialog = reversal_dialog(self, record, line[0], line[1])
            self.dialog.open()

    def refund(self) -> None:
        """退款 of what was overpaid with the receipt that is current."""
        record = self.receipts.current_id()
        line = self._receipts.get(record)
        if line is not None and self.may_edit:
            about = self.tr("{on} 收的 {v} 元").format(on=line[0], v=format_yuan(line[1]))
            self.dialog = refund_dialog(self, record, about)
            self.dialog.open()
