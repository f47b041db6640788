"""The tabs of a household, one module each; a tab that does not exist yet is simply not in the list."""

from __future__ import annotations

from desktop.ui.pages.attachments_tab import AttachmentsTab
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.household_tabs.income import IncomeTab
from desktop.ui.pages.household_tabs.overview import OverviewTab
from desktop.ui.pages.household_tabs.risks import RisksTab
from desktop.ui.pages.household_tabs.safeguards import SafeguardsTab
from desktop.ui.pages.household_tabs.visits import VisitsTab
from desktop.ui.pages.record_tab import RecordTab


def household_tabs() -> tuple[type[RecordTab], ...]:
    """In the order 概况, 成员, 收支, 保障, 风险与措施, 走访, 附件, 变更记录 (DESIGN §8): a new tab is a line here.

    `AttachmentsTab` and `HistoryTab` serve every table, so they lie beside the panes.
    """
    return (
        OverviewTab,
        IncomeTab,
        SafeguardsTab,
        RisksTab,
        VisitsTab,
        AttachmentsTab,
        HistoryTab,
    )
