"""保障 of a household: 两不愁三保障 and water by period; a gap is said in red with what it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from desktop.app.records.household_records import SafeguardLine, counts_of, period_word, safeguards_of
from desktop.app.workspace import Workspace
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.household_tabs.periods import PeriodsTab
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.widgets.painting import Chip

ITEMS = ("food_ok", "clothes_ok", "education_ok", "medical_ok", "house_ok", "water_ok")


class SafeguardsTab(PeriodsTab):
    """↑↓ in the periods shows what was found."""

    key = "safeguards"
    record_table = "safeguard_check"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        heads = (
            self.tr("吃"),
            self.tr("穿"),
            self.tr("义务教育"),
            self.tr("基本医疗"),
            self.tr("住房"),
            self.tr("饮水"),
        )
        columns = [
            Column("period", self.tr("期间"), 88, "name", stretch=True),
            *(Column(key, head, 72, "status") for key, head in zip(ITEMS, heads, strict=True)),
        ]
        self.facts = FactGrid(1)
        nothing = self.tr("还没有核对过：入户调查、排查或复核以后在这里，也可以手工新增")
        self.build(self.tr("两不愁三保障和饮水"), columns, [Titled(self.tr("核对到的"), self.facts)], nothing)

    @classmethod
    def word(cls) -> str:
        return "保障"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        return str(counts_of(ws, record)["safeguard_check"] or "")

    def load(self, record: str) -> list[SafeguardLine]:
        return safeguards_of(self.ws, record)

    def defaults(self) -> Mapping[str, Any]:
        """This year, checked today."""
        today = date.today()  # noqa: DTZ011 the calendar here
        return {"period": str(today.year), "checked_date": today.isoformat()}

    def cells(self, line: SafeguardLine) -> tuple[Any, ...]:
        return (period_word(line.period), *(self._chip(line.values.get(item)) for item in ITEMS))

    def _chip(self, value: int | None) -> Chip:
        if value is None:
            return Chip(self.tr("未核"), "neutral")
        return Chip(self.tr("有"), "success", "ok") if value else Chip(self.tr("没有"), "danger", "alert")

    def show_line(self, line: SafeguardLine) -> None:
        when = [(self.tr("核对日期"), line.checked_date)] if line.checked_date else []
        self.facts.show_facts([*when, *line.facts])
