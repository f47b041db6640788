"""收款 of a contract: every receipt with what it is for, reversed ones marked; a wrong one is reversed here."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.app.money.contracts import ReceiptLine
from desktop.common.money import format_yuan
from desktop.ui.dialogs.asset_receipt import reversal_dialog
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.dialogs.receipt_dialog import ReceiptDialog
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.dialogs.refund import deposit_dialog, refund_dialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label, StatusWord
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class ReceiptsTab(RecordTab):
    """Alt+R records one; 冲销 needs a reason and leaves both entries readable."""

    key = "receipts"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: ReceiptDialog | ReasonDialog | RecordDialog | None = None
        self._lines: dict[str, ReceiptLine] = {}
        self.receipts = SmallTable(
            [
                Column("on", self.tr("日期"), 92, "date"),
                Column("kind", self.tr("款项"), 112, "name"),
                Column("amount", self.tr("金额 元"), 112, "money"),
                Column("voucher", self.tr("凭证号"), 90, "quiet"),
                Column("note", self.tr("付款人和备注"), 120, stretch=True),
                Column("state", "", 82, "status"),
            ]
        )
        self.sum = StatusWord()
        self.add_button = Button(self.tr("登记收款"), icon="plus", small=True)
        self.add_button.clicked.connect(self.add_receipt)
        self.reverse_button = Button(self.tr("冲销"), icon="undo", small=True)
        self.reverse_button.clicked.connect(self.reverse)
        self.refund_button = Button(self.tr("退款"), icon="minus", small=True)
        self.refund_button.clicked.connect(self.refund)
        self.deposit_button = Button(self.tr("结算押金"), small=True)
        self.deposit_button.clicked.connect(self.settle_deposit)
        side: list[QWidget] = [self.sum]
        if self.may_edit:
            side += [self.deposit_button, self.refund_button, self.reverse_button, self.add_button]
        self.lines.addWidget(Titled(self.tr("收款"), self.receipts, side))
        self.none = Label(self.tr("还没有收过款"), "second")
        self.lines.addWidget(self.none)
        self.lines.addStretch(1)
        self.receipts.current_changed.connect(lambda _id: self._tell())

    @classmethod
    def word(cls) -> str:
        return "收款"

    def show_data(self, detail: Any, _data: Any) -> None:
        lines = detail.contract.receipts
        self._lines = {line.id: line for line in lines}
        self.receipts.set_rows([(line.id, self._cells(line)) for line in lines])
        self.receipts.setVisible(bool(lines))
        self.none.setVisible(not lines)
        deposit = detail.contract.line.deposit_fen
        words = self.tr("押金现存 {v} 元").format(v=format_yuan(deposit)) if deposit else ""
        self.sum.show_status(words, "", "neutral")
        self.deposit_button.setVisible(self.may_edit and deposit > 0)
        self._tell()

    def _cells(self, line: ReceiptLine) -> tuple[Any, ...]:
        state = None
        if line.reversal_of:
            state = Chip(self.tr("冲销"), "neutral", "undo")
        elif line.reversed:
            state = Chip(self.tr("已冲销"), "neutral", "x")
        elif line.refund_of:
            state = Chip(self.tr("退款"), "neutral", "minus")
        elif line.refunded_fen:
            state = Chip(self.tr("退过款"), "warning", "minus")
        words = "，".join(w for w in (line.payer, line.note) if w)
        return line.on, line.kind, line.amount_fen, line.voucher_no, words, state

    def _tell(self) -> None:
        line = self._lines.get(self.receipts.current_id())
        self.reverse_button.setEnabled(line is not None and not line.reversed and not line.reversal_of)
        self.refund_button.setEnabled(
            line is not None and not line.reversed and not line.reversal_of and not line.refund_of and line.refundable
        )
        self.add_button.setEnabled(self.pane.shown is not None and self.pane.shown.state != "cancelled")

    def add_receipt(self) -> None:
        """登记收款, with what it settles shown before."""
        detail = self.pane.shown
        if self.may_edit and detail is not None:
            self.dialog = ReceiptDialog(self.shell, self.ws, detail.contract, self)
            self.dialog.open()

    def reverse(self) -> None:
        """冲销 of the receipt that is current."""
        line = self._lines.get(self.receipts.current_id())
        if line is not None:
            self.dialog = reversal_dialog(self, self.receipts.current_id(), line.on, line.amount_fen)
            self.dialog.open()

    def refund(self) -> None:
        """退款 of what was overpaid with the receipt that is current."""
        line = self._lines.get(self.receipts.current_id())
        if line is not None and self.may_edit:
            about = self.tr("{on} 收的{kind} {v} 元").format(on=line.on, kind=line.kind, v=format_yuan(line.amount_fen))
            self.dialog = refund_dialog(self, line.id, about)
            self.dialog.open()

    def settle_deposit(self) -> None:
        """结算押金: a part for arrears, the rest returned."""
        detail = self.pane.shown
        if detail is not None and self.may_edit:
            self.dialog = deposit_dialog(self, detail.contract.line.id, detail.contract.line.operator)
            self.dialog.open()
