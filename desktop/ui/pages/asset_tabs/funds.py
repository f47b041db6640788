"""资金 of an asset: its fund parts by source, their sum beside the original value to the 分."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.app.details import AssetDetail
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.ui.dialogs.funds_dialog import FundsDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import StatusWord
from desktop.ui.widgets.small_table import SmallTable


class FundsTab(RecordTab):
    """Fund parts; 改资金来源 opens them as one list, because they are one cell."""

    key = "money"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: FundsDialog | None = None
        self.funds = SmallTable(
            [
                Column("source", self.tr("资金来源"), 200, "name", stretch=True),
                Column("amount", self.tr("金额 元"), 140, "money"),
                Column("wan", self.tr("金额 万元"), 120, "wan"),
            ]
        )
        self.fund_sum = StatusWord()
        self.funds_button = Button(self.tr("改资金来源"), icon="edit", small=True)
        self.funds_button.clicked.connect(self.edit_funds)
        side: list[QWidget] = [self.fund_sum, self.funds_button] if self.may_edit else [self.fund_sum]
        self.lines.addWidget(Titled(self.tr("资金来源"), self.funds, side))
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "资金"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        row = ws.register.row("asset", record)
        return str(len((row or {}).get("fund_parts") or ()) or "")

    def show_data(self, detail: AssetDetail, _data: Any) -> None:
        self.funds.set_rows([(str(i), (name, fen, fen)) for i, (name, fen) in enumerate(detail.fund_parts)])
        total, value = sum(fen for _name, fen in detail.fund_parts), detail.values.get("original_value_fen")
        if not detail.fund_parts:
            self.fund_sum.show_status(self.tr("还没有登记资金来源"), "", "neutral")
        elif value is None:
            self.fund_sum.show_status(self.tr("合计 {v} 元").format(v=format_yuan(total)), "", "neutral")
        elif total == value:
            self.fund_sum.show_status(self.tr("合计 {v} 元，等于原值").format(v=format_yuan(total)), "ok", "success")
        else:
            words = self.tr("合计 {v} 元，与原值差 {d} 元")
            self.fund_sum.show_status(
                words.format(v=format_yuan(total), d=format_yuan(abs(total - value))), "alert", "warning"
            )

    def edit_funds(self) -> None:
        """The fund parts, in their own dialog."""
        detail = self.pane.shown
        if self.may_edit and detail is not None:
            self.dialog = FundsDialog(self.shell, self.ws, detail, self)
            self.dialog.open()
