"""住户: the list of households with filters, and the chosen household beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from desktop.insight.lists import HouseholdList, HouseholdRow, ListQuery, count_by, household_rows
from desktop.store.database import Sql
from desktop.ui.models.list_source import ListSource
from desktop.ui.models.record_table import Column, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.household_pane import HouseholdPane
from desktop.ui.pages.list_page import ListPage, ListWords
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.page_rows import FilterBar, TitleRow
from desktop.ui.widgets.painting import Chip


class HouseholdPage(ListPage):
    """`HouseholdPage(shell, ws, villages)`: list, filters, detail, new household (Ctrl+N), edit (F2)."""

    page_name = "household"
    icon = "household"
    shows = frozenset({"household", "person", "attachment", "visit", "income_record", "safeguard_check", "lead",
                       "measure"})  # fmt: skip
    edit_right = "edit-people"
    list_width = 606

    def words(self) -> ListWords:
        return ListWords(
            title=self.tr("住户"),
            search=self.tr("姓名、首字母、村或证件尾号"),
            none_yet=self.tr("还没有住户"),
            how=self.tr("可以导入花名册，或新建一户"),
            new=self.tr("新建住户"),
            unit=self.tr("户"),
        )

    def columns(self) -> Sequence[Column]:
        return (
            Column("head_name", self.tr("户主"), 84, "name"),
            Column("village", self.tr("村、组"), 132, stretch=True),
            Column("members", self.tr("人口"), 46, "number", sort=""),
            Column("household_type", self.tr("类别"), 138, "chip"),
            Column("per_capita_income", self.tr("人均纯收入 元"), 112, "money", empty=self.tr("未填")),
            Column("conflict", self.tr("疑点"), 72, "chip", sort=""),
            Column("head_id_no", self.tr("户主证件号"), 150, "masked", sort="", optional=True),
            Column("phone", self.tr("联系电话"), 110, "masked", sort="", optional=True),
            Column("house_grade", self.tr("住房等级"), 80, optional=True),
            Column("helper_name", self.tr("帮扶责任人"), 96, optional=True),
        )

    def source(self) -> ListSource:
        listed = HouseholdList.of(self.ws.register)
        return ListSource(self.ws, listed.ids, household_rows, household_cells, household_summary)

    def make_detail(self) -> HouseholdPane:
        return HouseholdPane(self.shell, self.ws, self.villages)

    def fill_title(self, title: TitleRow) -> None:
        if self.ws.may("edit-people"):
            visit = title.add_action(Button(self.tr("入户"), icon="survey", key="F5", bind=False))
            visit.clicked.connect(self.visit)
            self.bind("F5", self.visit)
        if self.ws.may("import"):
            button = title.add_action(Button(self.tr("导入"), icon="import"))
            button.clicked.connect(self._to_import)

    def fill_filters(self, filters: FilterBar) -> None:
        self.add_village_filter(filters)
        self.add_code_filter(filters, "household_type", self.tr("户类型"), "household_type")
        self.add_code_filter(filters, "monitored_type", self.tr("监测"), "monitored_type")
        self.add_conflict_filter(filters)

    def empty_buttons(self) -> Sequence[Button]:
        to_import = Button(self.tr("导入花名册"), "primary", small=True)
        to_import.clicked.connect(self._to_import)
        return ([to_import] if self.ws.may("import") else []) + list(super().empty_buttons())

    def new_defaults(self) -> dict[str, Any]:
        """In the village that is filtered by."""
        return {"division_code": self.village.value() or None}

    def visit(self) -> None:
        """F5: to the survey page, with this household chosen."""
        self.shell.open(Address("survey", self.record, "household"))

    def _to_import(self) -> None:
        self.shell.open(Address("import", part="roster"))


def household_cells(row: HouseholdRow) -> tuple[Any, ...]:
    """The cells of a row."""
    monitored = Chip(row.monitored_type, "warning", "alert") if row.monitored_type else None
    kind = monitored or (Chip(row.household_type) if row.household_type else None)
    conflict = Chip.of("conflict") if row.in_conflict else None
    name, place = row.head_name or "（未填户主）", f"{row.village}{row.group_name}"
    return (
        name, place, row.members, kind, row.per_capita_income_fen, conflict, row.head_id_no or None, row.phone or None,
        row.house_grade, row.helper_name,
    )  # fmt: skip


def household_summary(sql: Sql, _query: ListQuery) -> Summary:
    """How many households there are in all."""
    return Summary(sum(count_by(sql, "household", "household_type").values()))
