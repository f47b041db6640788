"""The tabs of an asset, one module each; a tab that does not exist yet is simply not in the list."""

from __future__ import annotations

from desktop.ui.pages.asset_tabs.disposal import DisposalTab
from desktop.ui.pages.asset_tabs.funds import FundsTab
from desktop.ui.pages.asset_tabs.income import IncomeTab
from desktop.ui.pages.asset_tabs.inspection import InspectionTab
from desktop.ui.pages.asset_tabs.operation import OperationTab
from desktop.ui.pages.asset_tabs.rights import RightsTab
from desktop.ui.pages.attachments_tab import AttachmentsTab
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.record_tab import RecordTab


def asset_tabs() -> tuple[type[RecordTab], ...]:
    """In the order 权属, 资金, 经营, 收益, 检查, 处置, 附件, 变更记录 (DESIGN §8): a new tab is a line here.

    `AttachmentsTab` and `HistoryTab` serve every table, so they lie beside the panes.
    """
    return (
        RightsTab,
        FundsTab,
        OperationTab,
        IncomeTab,
        InspectionTab,
        DisposalTab,
        AttachmentsTab,
        HistoryTab,
    )
