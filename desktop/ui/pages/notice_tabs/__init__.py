"""The tabs of a notice, one module each."""

from __future__ import annotations

from desktop.ui.pages.attachments_tab import AttachmentsTab
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.notice_tabs.objections import ObjectionsTab
from desktop.ui.pages.notice_tabs.steps import NoticeStepsTab
from desktop.ui.pages.record_tab import RecordTab


def notice_tabs() -> tuple[type[RecordTab], ...]:
    """In the order 办理, 异议, 附件, 变更记录."""
    return (NoticeStepsTab, ObjectionsTab, AttachmentsTab, HistoryTab)
