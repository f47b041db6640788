"""住户: the list of households with filters, and the chosen household beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from desktop.app.workspace import Workspace
from desktop.insight.lists import ListQuery, count_by, household_ids, household_rows
from desktop.registry import codelists
from desktop.ui.models.record_table import Column, Query, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.household_detail import HouseholdDetailPane
from desktop.ui.pages.list_page import ListPage
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.page_rows import FilterBar, TitleRow
from desktop.ui.widgets.painting import Chip


class HouseholdSource:
    """Rows of the household list, from the register."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    def count_and_ids(self, query: Query) -> Sequence[str]:
        """Ids of the households that match."""
        with self._ws.register.reading() as sql:
            return household_ids(sql, household_query(query))

    def rows(self, ids: Sequence[str]) -> Sequence[tuple[Any, ...] | None]:
        """Cells of a page."""
        with self._ws.register.reading() as sql:
            found = {row.id: row for row in household_rows(sql, ids)}
        cells: list[tuple[Any, ...] | None] = []
        for record in ids:
            row = found.get(record)
            if row is None:
                cells.append(None)
                continue
            monitored = Chip(row.monitored_type, "warning", "alert") if row.monitored_type else None
            kind = monitored or (Chip(row.household_type) if row.household_type else None)
            conflict = Chip.of("conflict") if row.in_conflict else None
            place = f"{row.village}{row.group_name}"
            cells.append((row.head_name or "（未填户主）", place, row.members, kind, conflict))
        return cells

    def summary(self, query: Query) -> Summary:
        """How many households there are in all."""
        with self._ws.register.reading() as sql:
            return Summary(sum(count_by(sql, "household", "household_type").values()))


def household_query(query: Query) -> ListQuery:
    """The list's question as the register's lists understand it."""
    filters = query.filters
    equal = {key: str(filters[key]) for key in ("household_type", "monitored_type") if filters.get(key)}
    return ListQuery(
        text=query.text, division=str(filters.get("village") or ""), equal=equal,
        only_conflicts=bool(filters.get("conflict")), sort=query.sort, descending=query.descending,
    )  # fmt: skip


class HouseholdPage(ListPage):
    """`HouseholdPage(shell, ws, villages)`: list, filters, detail, new household (Ctrl+N), edit (F2)."""

    page_name = "household"
    shows = frozenset({"household", "person"})
    list_width = 520

    def __init__(self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]]) -> None:
        super().__init__(shell)
        self._ws = ws
        self._total = 0
        title = TitleRow(self.tr("住户"))
        if ws.may("import"):
            self.import_button = title.add_action(Button(self.tr("导入"), icon="import"))
            self.import_button.clicked.connect(lambda: shell.open(Address("import", part="roster")))
        self.new_button = Button(self.tr("新建住户"), "primary", "plus", "Ctrl+N")
        self.new_button.clicked.connect(self.begin_new)
        if ws.may("edit-people"):
            title.add_action(self.new_button)
        filters = FilterBar(self.tr("姓名、首字母、村或证件尾号"), self)
        everything = self.tr("全部")
        self.village = filters.add_select(
            "village", Select([(everything, ""), *((name, code) for code, name in villages)], self.tr("村"))
        )
        kinds = [(item.name, item.code) for item in codelists.items("household_type")]
        filters.add_select("household_type", Select([(everything, ""), *kinds], self.tr("户类型")))
        watched = [(item.name, item.code) for item in codelists.items("monitored_type")]
        filters.add_select("monitored_type", Select([(everything, ""), *watched], self.tr("监测")))
        filters.add_chip("conflict", self.tr("有冲突"))
        columns = [
            Column("head_name", self.tr("户主"), 84, "name"),
            Column("village", self.tr("村、组"), 132, stretch=True),
            Column("members", self.tr("人口"), 46, "number", sort=""),
            Column("household_type", self.tr("类别"), 138, "chip"),
            Column("conflict", self.tr("疑点"), 72, "chip", sort=""),
        ]
        self.detail_pane = HouseholdDetailPane(shell, ws, villages)
        self.detail_pane.closed.connect(self.close_detail)
        self.detail_pane.added.connect(self.go_to)
        self.assemble(title, filters, columns, HouseholdSource(ws), self.detail_pane)
        to_import = Button(self.tr("导入花名册"), "primary", small=True)
        to_import.clicked.connect(lambda: shell.open(Address("import", part="roster")))
        to_new = Button(self.tr("新建住户"), small=True)
        to_new.clicked.connect(self.begin_new)
        clear = Button(self.tr("清除筛选"), "primary", small=True)
        clear.clicked.connect(filters.clear)
        self.list.set_empty(
            EmptyState("household", self.tr("还没有住户"), self.tr("可以导入花名册，或新建一户"), [to_import, to_new]),
            EmptyState("search", self.tr("没有符合的"), self.tr("换个说法，或放宽条件"), [clear]),
        )

    def begin_new(self) -> None:
        """Ctrl+N: an empty household, in the village that is filtered by."""
        self._detail_open = True
        self._arrange()
        self.detail_pane.begin_new({"division_code": self.village.value() or None})

    def show_record(self, record: str) -> None:
        self.detail_pane.show_record(record)

    def edit_record(self) -> None:
        self.detail_pane.begin_edit()

    def may_change_record(self) -> bool:
        return self.detail_pane.may_leave()

    def may_leave(self) -> bool:
        return self.detail_pane.may_leave()

    def show_summary(self, summary: Summary) -> None:
        self._total = summary.total
        shown = self.model.rowCount()
        words = self.tr("共 {n:,} 户").format(n=summary.total)
        if self.filters.is_filtering():
            words += self.tr("，筛选后 {n:,} 户").format(n=shown)
        self.title.set_fact(words)
