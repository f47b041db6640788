"""The tabs of a disposal, one module each."""

from __future__ import annotations

from desktop.ui.pages.attachments_tab import AttachmentsTab
from desktop.ui.pages.disposal_tabs.destinations import DestinationsTab
from desktop.ui.pages.disposal_tabs.steps import DisposalStepsTab
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.record_tab import RecordTab


def disposal_tabs() -> tuple[type[RecordTab], ...]:
    """In the order 办理, 收入去向, 附件, 变更记录."""
    return (DisposalStepsTab, DestinationsTab, AttachmentsTab, HistoryTab)
