"""风险与措施 of a household: leads with what the first look found, and the help given, amounts summed to the 分."""

from __future__ import annotations

from datetime import date
from typing import Any

from desktop.app.records.details import HouseholdDetail
from desktop.app.records.household_records import LeadLine, MeasureLine, counts_of, period_word, risks_of
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.household_tabs.by_hand import ByHand
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class RisksTab(RecordTab):
    """Leads above, measures below."""

    key = "risks"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.leads_shown: dict[str, LeadLine] = {}
        self.leads = SmallTable(
            [
                Column("day", self.tr("发现日期"), 88, "date"),
                Column("risks", self.tr("风险"), 150, "name", stretch=True),
                Column("channel", self.tr("线索来源"), 104),
                Column("verdict", self.tr("入户核实意见"), 136),
                Column("conflict", "", 56, "status"),
            ]
        )
        self.leads.current_changed.connect(self._show_lead)
        lead_hand = ByHand(self, "lead", self.leads, lambda: {"found_date": _today().isoformat()})
        self.lead_part = Titled(self.tr("风险线索"), self.leads, lead_hand.buttons)
        self.lines.addWidget(self.lead_part)
        self.lines.addWidget(lead_hand.origin)
        self.story = FactGrid(1)
        self.lines.addWidget(self.story)
        self.measures = SmallTable(
            [
                Column("period", self.tr("年度"), 60, "date"),
                Column("measure", self.tr("措施"), 150, "name", stretch=True),
                Column("whom", self.tr("给谁"), 60),
                Column("amount", self.tr("金额 元"), 86, "money"),
                Column("fund", self.tr("资金来源"), 116),
                Column("effect", self.tr("效果"), 70),
            ]
        )
        self.sum = Label("", "caption")
        measure_hand = ByHand(self, "measure", self.measures, lambda: {"period": str(_today().year)})
        self.hands = (lead_hand, measure_hand)
        self.measure_part = Titled(self.tr("帮扶措施"), self.measures, [self.sum, *measure_hand.buttons])
        self.lines.addWidget(self.measure_part)
        self.lines.addWidget(measure_hand.origin)
        self.none = Label(self.tr("没有风险线索，也没有帮扶措施"), "muted")
        self.lines.addWidget(self.none)
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "风险与措施"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        found = counts_of(ws, record)
        return str(found["lead"] + found["measure"] or "")

    def load(self, record: str) -> tuple[list[LeadLine], list[MeasureLine]]:
        return risks_of(self.ws, record)

    def show_data(self, _detail: HouseholdDetail, data: Any) -> None:
        leads: list[LeadLine]
        measures: list[MeasureLine]
        leads, measures = data
        self.leads_shown = {line.id: line for line in leads}
        self.leads.set_rows(
            [
                (x.id, (x.found_date, x.risks, x.channel, x.verdict, Chip.of("conflict") if x.in_conflict else None))
                for x in leads
            ]
        )
        self.measures.set_rows(
            [
                (
                    x.id,
                    (period_word(x.period).removesuffix("年"), x.measure, x.for_whom, x.amount_fen, x.fund, x.effect),
                )
                for x in measures
            ]
        )
        total = sum(x.amount_fen for x in measures if x.amount_fen is not None)
        self.sum.setText(self.tr("合计 {v} 元").format(v=format_yuan(total)) if total else "")
        self.story.setVisible(bool(leads))
        if leads and self.leads.current_id() not in self.leads_shown:
            self.leads.selectRow(0)
        if measures and self.measures.current_id() not in {line.id for line in measures}:
            self.measures.selectRow(0)
        for hand, many in zip(self.hands, (len(leads), len(measures)), strict=True):
            hand.show_rows(many)
        self.none.setVisible(not leads and not measures)
        if leads:
            self._show_lead(self.leads.current_id() or leads[0].id)

    def _show_lead(self, lead: str) -> None:
        line = self.leads_shown.get(lead)
        if line is None:
            return
        facts = [
            (self.tr("具体情况"), line.story),
            (self.tr("涉及的人"), line.persons),
            (self.tr("建议类别"), line.proposed),
        ]
        self.story.show_facts([(name, said) for name, said in facts if said])


def _today() -> date:
    return date.today()  # noqa: DTZ011 the calendar here
