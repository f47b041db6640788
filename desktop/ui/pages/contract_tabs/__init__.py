"""The tabs of a contract, one module each."""

from __future__ import annotations

from desktop.ui.pages.attachments_tab import AttachmentsTab
from desktop.ui.pages.contract_tabs.dues import DuesTab
from desktop.ui.pages.contract_tabs.receipts import ReceiptsTab
from desktop.ui.pages.contract_tabs.steps import ContractStepsTab
from desktop.ui.pages.contract_tabs.terms import TermsTab
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.record_tab import RecordTab


def contract_tabs() -> tuple[type[RecordTab], ...]:
    """In the order 应收, 收款, 内容, 办理, 附件, 变更记录."""
    return (DuesTab, ReceiptsTab, TermsTab, ContractStepsTab, AttachmentsTab, HistoryTab)
