"""收益分配: the list of distributions with their state and sums; one opens in the wizard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.app.distribution.distributing import new_plan
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.insight.distribution_list import (
    DistributionRow,
    distribution_ids,
    distribution_rows,
    distribution_totals,
)
from desktop.insight.lists import ListQuery
from desktop.registry.distribution_steps import DISTRIBUTION
from desktop.store.database import Sql
from desktop.ui.dialogs.new_plan_dialog import NewPlanDialog
from desktop.ui.models.list_source import ListSource
from desktop.ui.models.record_table import Column, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.distribution_pane import DistributionPane, state_chip
from desktop.ui.pages.distribution_wizard import PlanWizard
from desktop.ui.pages.list_page import ListPage, ListWords
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.page_rows import FilterBar
from desktop.ui.widgets.painting import Chip

PLAN = "plan"
"""Part of an address that opens the wizard."""


class DistributionPage(ListPage):
    """`DistributionPage(shell, ws, villages)`: Enter or 打开方案 opens the wizard; Ctrl+N begins a plan."""

    page_name = "distribution"
    icon = "share"
    shows = frozenset({
        "distribution", "payment", "receipt", "notice", "objection", "decision", "step_taken", "household", "person",
        "setting",
    })  # fmt: skip
    edit_right = "edit-assets"
    list_width = 580

    def __init__(
        self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(shell, ws, villages, parent)
        self._list_parts = [self.lines.itemAt(i).widget() for i in range(self.lines.count())]
        self._wizard: PlanWizard | None = None
        pane = self.detail
        assert isinstance(pane, DistributionPane)
        pane.wizard_asked.connect(self.open_plan)

    @property
    def wizard(self) -> PlanWizard:
        """The wizard, made when a plan is opened first: its six steps are more than the list and take longer."""
        if self._wizard is None:
            self._wizard = PlanWizard(self.shell, self.ws, self.villages)
            self._wizard.left.connect(self._show_list)
            self._wizard.hide()
            self.lines.addWidget(self._wizard, 1)
        return self._wizard

    def words(self) -> ListWords:
        return ListWords(
            title=self.tr("收益分配"),
            search=self.tr("方案名称"),
            none_yet=self.tr("还没有分配方案"),
            how=self.tr("登记收款之后，拟一个方案"),
            new=self.tr("拟方案"),
            unit=self.tr("个"),
        )

    def columns(self) -> Sequence[Column]:
        return (
            Column("title", self.tr("方案"), 190, "name", stretch=True),
            Column("village", self.tr("村"), 74, sort=""),
            Column("total", self.tr("收益 元"), 116, "money", sort=""),
            Column("state", self.tr("办理"), 92, "status"),
            Column("recipients", self.tr("户（人）"), 70, "number", sort="", optional=True),
            Column("waiting", self.tr("待发"), 60, "number", sort="", optional=True),
            Column("kept", self.tr("结余 元"), 110, "money", sort="", optional=True),
            Column("year", self.tr("年度"), 60, "number", optional=True),
        )

    def source(self) -> ListSource:
        return ListSource(self.ws, distribution_ids, distribution_rows, _cells, _summary)

    def make_detail(self) -> DistributionPane:
        return DistributionPane(self.shell, self.ws, self.villages)

    def fill_filters(self, filters: FilterBar) -> None:
        self.add_village_filter(filters)
        year = int(today()[:4])
        years = [(str(y), str(y)) for y in range(year, year - 8, -1)]
        filters.add_select("year", Select([(self.tr("全部"), ""), *years], self.tr("年度")))
        states = [(word, code) for code, word in DISTRIBUTION.states.items()]
        filters.add_select("state", Select([(self.tr("全部"), ""), *states], self.tr("办理")))
        self.add_conflict_filter(filters)

    def show_summary(self, summary: Summary) -> None:
        super().show_summary(summary)
        n, fen = summary.facts["shown"], summary.sums["total"]
        self.list.set_sums(
            self.tr("合计 {n:,} 个").format(n=n) if n else "",
            self.tr("收益 {v} 元").format(v=format_yuan(fen)) if n else "",
        )

    # -- the wizard --------------------------------------------------------------------------------------------

    def begin_new(self) -> None:
        """Ctrl+N: place, year and level, then the wizard."""
        dialog = NewPlanDialog(self.villages, str(self.village.value() or ""), self)
        if not dialog.exec():
            return
        values = dialog.values()
        self.shell.gates.write(
            lambda _w: new_plan(self.ws, **values), self.open_plan, owner=self, title=self.tr("拟方案")
        )

    def open_plan(self, plan: str) -> None:
        """Show a plan in the wizard."""
        if not plan:
            return
        for part in self._list_parts:
            part.hide()
        self.wizard.show()
        self.wizard.open_plan(plan)
        self.shell.place_changed(Address(self.page_name, plan, PLAN))

    def _show_list(self) -> None:
        self.wizard.hide()
        for part in self._list_parts:
            part.show()
        self._arrange()
        self.refresh()
        self.list.setFocus()

    def in_wizard(self) -> bool:
        """Whether a plan is open in the wizard."""
        return self._wizard is not None and bool(self._wizard.plan)

    def show_address(self, address: Address) -> None:
        if address.part == PLAN and address.record:
            self.open_plan(address.record)
            return
        if self.in_wizard() and address.record:
            self.wizard.leave()
        super().show_address(address)

    def refresh(self) -> None:
        if self.in_wizard():
            self.wizard.reload()
        else:
            super().refresh()

    def entered(self) -> None:
        if not self.in_wizard():
            super().entered()

    def may_leave(self) -> bool:
        return self.wizard.put_down() if self.in_wizard() else super().may_leave()

    def may_close(self) -> bool:
        if self.in_wizard():
            self.wizard.put_down()
            return True  # an amount that cannot be stored does not keep the window from locking
        return super().may_close()

    def _opened(self, record: str) -> None:
        super()._opened(record)
        self.open_plan(record)


def _cells(row: DistributionRow) -> tuple[Any, ...]:
    state = Chip.of("conflict") if row.in_conflict else state_chip(row.state)
    return (
        row.title, row.village, row.total_fen, state, row.recipients or None, row.waiting or None, row.kept_fen,
        row.year,
    )  # fmt: skip


def _summary(sql: Sql, query: ListQuery) -> Summary:
    shown, fen = distribution_totals(sql, query)
    everything, _ = distribution_totals(sql, ListQuery())
    return Summary(everything, {"total": fen}, {"shown": shown})
