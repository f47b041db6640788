"""经营 of an asset: how it is run and kept, and what it is made of."""

from __future__ import annotations

from typing import Any

from desktop.app.details import AssetDetail
from desktop.ui.pages.asset_words import filled_facts
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab

RUNNING = ("operation_mode", "contract_no", "contract_start", "contract_end", "contract_text", "keeper",
           "linked_households", "jobs", "status_reason")  # fmt: skip
ABOUT = ("asset_no", "category", "subcategory", "spec", "quantity", "unit", "address", "project_name", "project_year",
         "fund_doc_no", "competent_dept", "note")  # fmt: skip


class OperationTab(RecordTab):
    """Facts as they stand in the asset's own fields."""

    key = "running"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.running = FactGrid()
        self.about = FactGrid()
        self.lines.addWidget(Titled(self.tr("经营和管护"), self.running))
        self.lines.addWidget(Titled(self.tr("资产和项目"), self.about))
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "经营"

    def show_data(self, detail: AssetDetail, _data: Any) -> None:
        self.running.show_facts(filled_facts(detail, RUNNING))
        self.about.show_facts(filled_facts(detail, ABOUT))
