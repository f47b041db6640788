"""The tabs of a problem, one module each."""

from __future__ import annotations

from desktop.ui.pages.attachments_tab import AttachmentsTab
from desktop.ui.pages.finding_tabs.steps import FindingStepsTab
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.record_tab import RecordTab


def finding_tabs() -> tuple[type[RecordTab], ...]:
    """In the order 整改, 附件, 变更记录."""
    return (FindingStepsTab, AttachmentsTab, HistoryTab)
