"""走访 of a household: finished visits with what they found; Enter opens the visits page at this household."""

from __future__ import annotations

from typing import Any

from desktop.app.records.details import HouseholdDetail
from desktop.app.records.household_records import VisitLine, counts_of, visits_of
from desktop.app.workspace import Workspace
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class VisitsTab(RecordTab):
    """The list; 去入户 begins a visit, the visits page shows the course and corrects."""

    key = "visits"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.lines_shown: dict[str, VisitLine] = {}
        self.visits = SmallTable(
            [
                Column("day", self.tr("走访日期"), 90, "date"),
                Column("form", self.tr("调查表"), 140, "name", stretch=True),
                Column("mode", self.tr("方式"), 56),
                Column("who", self.tr("走访人"), 90),
                Column("result", self.tr("结论"), 116),
                Column("state", "", 76, "status"),
            ]
        )
        self.visits.opened.connect(lambda _v: self.go())
        self.visits.current_changed.connect(self._show_issue)
        self.go_button = Button(self.tr("去入户、看经过"), icon="survey", small=True)
        self.go_button.clicked.connect(self.go)
        self.lines.addWidget(Titled(self.tr("走访"), self.visits, [self.go_button]))
        self.issue = FactGrid(1)
        self.lines.addWidget(self.issue)
        self.none = Label(self.tr("还没有走访过"), "muted")
        self.lines.addWidget(self.none)
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "走访"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        return str(counts_of(ws, record)["visit"] or "")

    def load(self, record: str) -> list[VisitLine]:
        return visits_of(self.ws, record)

    def go(self) -> None:
        """The visits page, with this household chosen."""
        if self.pane.record:
            self.shell.open(Address("survey", self.pane.record, part="household"))

    def show_data(self, _detail: HouseholdDetail, data: Any) -> None:
        found: list[VisitLine] = data
        self.lines_shown = {line.id: line for line in found}
        self.visits.set_rows(
            [(x.id, (x.visited_at, x.title, x.mode, x.visitors, x.result, self._state(x))) for x in found]
        )
        self.none.setVisible(not found)
        if found:
            if self.visits.current_id() not in self.lines_shown:
                self.visits.selectRow(0)
            self._show_issue(self.visits.current_id() or found[0].id)
        else:
            self.issue.show_facts([])

    def _state(self, line: VisitLine) -> Chip | None:
        if line.in_conflict:
            return Chip.of("conflict")
        return Chip(self.tr("有待办"), "warning", "flag") if line.issue_open else None

    def _show_issue(self, visit: str) -> None:
        line = self.lines_shown.get(visit)
        self.issue.show_facts([(self.tr("发现的问题"), line.issue)] if line is not None and line.issue else [])
