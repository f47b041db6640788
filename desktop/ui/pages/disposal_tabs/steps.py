"""办理 of a disposal: next steps with what bars them, who must approve, the values, the way it went."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.app.cases.cases import CaseDetail, case_facts
from desktop.app.cases.disposals import approval_words
from desktop.common.money import format_yuan
from desktop.registry.disposal_procedure import DISPOSAL
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.navigation import Address
from desktop.ui.pages.case_pane import StepsTab
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import ElidedLabel


class DisposalStepsTab(StepsTab):
    """The steps, and beside the facts of the case what the asset is worth."""

    facts = ("kind", "reason", "reason_text", "applicant", "applied_date", "appraiser", "appraised_date", "decision_id",
             "approval_level", "approval_doc_no", "trade_platform", "buyer", "receiver_party_id", "received_asset_id",
             "proceeds_date", "voucher_no", "write_off_date", "note")  # fmt: skip

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.limit = ElidedLabel("", "caption")
        self.notice_button = Button(self.tr("拟处置公示"), icon="notice", small=True)
        self.notice_button.clicked.connect(self.draft_notice)
        self.receive_button = Button(self.tr("登记换入资产"), icon="plus", small=True)
        self.receive_button.clicked.connect(lambda: self._pane().receive())
        self.pick_button = Button(self.tr("选册中资产"), icon="asset", small=True)
        self.pick_button.setToolTip(self.tr("换入的资产已经在册中"))
        self.pick_button.clicked.connect(lambda: self._pane().pick_received())
        self.swap_row = QWidget()
        row = QHBoxLayout(self.swap_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.receive_button)
        row.addWidget(self.pick_button)
        row.addStretch(1)
        self.lines.insertWidget(1, self.swap_row)
        self.lines.insertWidget(1, self.limit)
        self.lines.insertWidget(2, self.notice_button)

    def load(self, record: str) -> Any:
        detail = self.pane.shown
        if not isinstance(detail, CaseDetail):
            return [], ""
        facts = case_facts(self.ws, detail, self.facts)
        asset = detail.asset
        worth = [
            (word, value)
            for word, value in (
                ("原值", asset.get("original_value_fen")), ("净值", _net(asset)),
                ("评估价", detail.values.get("appraised_fen")),
                ("收到差价" if detail.values.get("kind") == "swap" else "成交价", detail.values.get("proceeds_fen")),
                ("补付差价", detail.values.get("paid_fen")),
            )
            if value is not None
        ]  # fmt: skip
        facts = [*((w, f"{format_yuan(int(v))} 元") for w, v in worth), *facts]
        return facts, approval_words(self.ws, record)[1]

    def show_data(self, detail: CaseDetail, data: Any) -> None:
        facts, limit = data
        super().show_data(detail, facts)
        before = detail.state in ("applied", "appraised", "met")
        self.limit.setText(self.tr("按审批限额：{words}").format(words=limit) if before else "")
        self.limit.setVisible(before)
        swapping = detail.values.get("kind") == "swap" and not DISPOSAL.frozen("received_asset_id", detail.state)
        self.swap_row.setVisible(self.may_edit and swapping)
        named = bool(detail.values.get("received_asset_id"))
        self.receive_button.setVisible(not named)
        self.pick_button.setText(self.tr("改选换入资产") if named else self.tr("选册中资产"))
        self.notice_button.setVisible(self.may_edit and detail.state == "approved")

    def _pane(self) -> Any:
        return self.pane

    def draft_notice(self) -> None:
        """A draft notice from this disposal, opened in 公示公告."""
        from desktop.app.cases.notices import make_notice

        ws, record = self.ws, self.pane.record
        write_once(
            self.notice_button, self.shell.gates, lambda _w: make_notice(ws, "disposal", record),
            lambda made: self.shell.open(Address("notice", str(made), "sheet")), title=self.notice_button.text(),
        )  # fmt: skip


def _net(asset: Any) -> int | None:
    original = asset.get("original_value_fen")
    return None if original is None else int(original) - int(asset.get("depreciation_fen") or 0)
