"""保障 of a household: 两不愁三保障 and water by period; a gap is said in red with what it is."""

from __future__ import annotations

from typing import Any

from desktop.app.details import HouseholdDetail
from desktop.app.household_records import SafeguardLine, counts_of, period_word, safeguards_of
from desktop.app.workspace import Workspace
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable

ITEMS = ("food_ok", "clothes_ok", "education_ok", "medical_ok", "house_ok", "water_ok")


class SafeguardsTab(RecordTab):
    """↑↓ in the periods shows what was found."""

    key = "safeguards"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.lines_shown: dict[str, SafeguardLine] = {}
        heads = (
            self.tr("吃"),
            self.tr("穿"),
            self.tr("义务教育"),
            self.tr("基本医疗"),
            self.tr("住房"),
            self.tr("饮水"),
        )
        self.periods = SmallTable(
            [
                Column("period", self.tr("期间"), 88, "name", stretch=True),
                *(Column(key, head, 72, "status") for key, head in zip(ITEMS, heads, strict=True)),
            ]
        )
        self.periods.current_changed.connect(self._show_facts)
        self.lines.addWidget(Titled(self.tr("两不愁三保障和饮水"), self.periods))
        self.facts = FactGrid(1)
        self.fact_part = Titled(self.tr("核对到的"), self.facts)
        self.lines.addWidget(self.fact_part)
        self.none = Label(self.tr("还没有核对过：入户调查、排查或复核以后在这里"), "muted")
        self.lines.addWidget(self.none)
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "保障"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        return str(counts_of(ws, record)["safeguard_check"] or "")

    def load(self, record: str) -> list[SafeguardLine]:
        return safeguards_of(self.ws, record)

    def show_data(self, _detail: HouseholdDetail, data: Any) -> None:
        found: list[SafeguardLine] = data
        self.lines_shown = {line.id: line for line in found}
        self.periods.set_rows(
            [
                (line.id, (period_word(line.period), *(self._chip(line.values.get(item)) for item in ITEMS)))
                for line in found
            ]
        )
        for part in (self.periods.parentWidget(), self.fact_part):
            if part is not None:
                part.setVisible(bool(found))
        self.none.setVisible(not found)
        if found:
            if self.periods.current_id() not in self.lines_shown:
                self.periods.selectRow(0)
            self._show_facts(self.periods.current_id() or found[0].id)

    def _chip(self, value: int | None) -> Chip:
        if value is None:
            return Chip(self.tr("未核"), "neutral")
        return Chip(self.tr("有"), "success", "ok") if value else Chip(self.tr("没有"), "danger", "alert")

    def _show_facts(self, period: str) -> None:
        line = self.lines_shown.get(period)
        if line is None:
            return
        when = [(self.tr("核对日期"), line.checked_date)] if line.checked_date else []
        self.facts.show_facts([*when, *line.facts])
