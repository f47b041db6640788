"""附件: the files of any record, as a tab of its detail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from desktop.app.attaching import AttachmentLine, attachments_of, count_attachments
from desktop.app.workspace import Workspace
from desktop.ui.models.record_table import Column
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.small_table import SmallTable


class AttachmentsTab(RecordTab):
    """Files of the record shown; any pane may list it, for the table it edits."""

    key = "attachments"
    scrolls = False

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.files = SmallTable(
            [
                Column("name", self.tr("名称"), 200, "name", stretch=True),
                Column("kind", self.tr("种类"), 110),
                Column("size", self.tr("大小"), 90, "quiet"),
            ],
            fill=True,
        )
        self.lines.addWidget(self.files, 1)

    @classmethod
    def word(cls) -> str:
        return "附件"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        return str(count_attachments(ws, record) or "")

    def load(self, record: str) -> Sequence[AttachmentLine]:
        return attachments_of(self.ws, record)

    def show_data(self, _detail: Any, data: Sequence[AttachmentLine]) -> None:
        self.files.set_rows([(a.id, (a.name, a.kind_word, f"{a.size / 1024:,.0f} KB")) for a in data])
