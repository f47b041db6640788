"""资产台账: the list of assets by category with filters and sums, and the chosen asset beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from desktop.app.cases.inspections import asset_of_code
from desktop.app.workspace import Workspace
from desktop.common.money import format_wan
from desktop.insight.lists import AssetRow, ListQuery, asset_ids, asset_rows, asset_totals, count_by
from desktop.registry import codelists
from desktop.store.database import Sql
from desktop.ui.models.list_source import ListSource
from desktop.ui.models.record_table import Column, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.asset_pane import AssetPane
from desktop.ui.pages.asset_words import status_chip
from desktop.ui.pages.list_page import ListPage, ListWords
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.code_scanner import CodeScanner
from desktop.ui.widgets.page_rows import FilterBar, TitleRow
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segments


class AssetPage(ListPage):
    """`AssetPage(shell, ws, villages)`: list, filters, sums, detail, new asset (Ctrl+N), edit (F2), print (Ctrl+P)."""

    page_name = "asset"
    icon = "asset"
    shows = frozenset({
        "asset", "right", "party", "attachment", "finding", "inspection", "disposal", "maintenance_round",
        "registration", "handover", "complaint", "value_change", "contract", "receipt", "linkage",
        "status_change",
    })  # fmt: skip
    edit_right = "edit-assets"
    list_width = 470
    search_width = 200

    def __init__(
        self, shell: Any, ws: Workspace, villages: Sequence[tuple[str, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(shell, ws, villages, parent)
        self.scanner = CodeScanner(self)
        self.scanner.scanned.connect(self.scanned)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)
        self.scanner.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self.scanner.stop()
        super().hideEvent(event)

    def scanned(self, code: str) -> None:
        """A scanner read a label: its asset is shown, whatever the list is filtered by."""
        asset = asset_of_code(self.ws, code)
        if not asset:
            return  # typed fast, not scanned: what stands in the search field is searched for
        self.filters.set_values(self.filters.defaults())
        self.shell.open(Address("asset", asset))

    def words(self) -> ListWords:
        return ListWords(
            title=self.tr("资产台账"),
            search=self.tr("名称、编号、首字母、村"),
            none_yet=self.tr("还没有资产"),
            how=self.tr("可以导入台账，或登记一项"),
            new=self.tr("登记资产"),
            unit=self.tr("项"),
        )

    def columns(self) -> Sequence[Column]:
        return (
            Column("name", self.tr("资产名称"), 196, "name", stretch=True),
            Column("village", self.tr("村"), 70),
            Column("original_value", self.tr("原值 万元"), 100, "wan", empty=self.tr("未填")),
            Column("status", self.tr("状态"), 88, "status"),
            Column("asset_no", self.tr("编号"), 110, "quiet", optional=True),
            Column("category", self.tr("类别"), 110, sort="subcategory", optional=True),
            Column("subcategory", self.tr("小类"), 150, sort="subcategory", optional=True),
            Column("net_value", self.tr("净值 万元"), 100, "wan", empty=self.tr("未填"), optional=True),
            Column("operation_mode", self.tr("经营方式"), 100, optional=True),
            Column("contract_end", self.tr("合同到期"), 96, "date", optional=True),
            Column("expected_income", self.tr("年预期收益 元"), 120, "money", empty=self.tr("未填"), optional=True),
            Column("keeper", self.tr("管护人"), 84, optional=True),
            Column("project_year", self.tr("项目年度"), 76, optional=True),
        )

    def source(self) -> ListSource:
        return ListSource(self.ws, asset_ids, asset_rows, asset_cells, asset_summary)

    def make_detail(self) -> AssetPane:
        pane = AssetPane(self.shell, self.ws, self.villages)
        self.bind("Alt+H", pane.change_shares, self.tr("变更或更正份额"))
        return pane

    def fill_title(self, title: TitleRow) -> None:
        if self.ws.may("import"):
            button = title.add_action(Button(self.tr("导入"), icon="import"))
            button.clicked.connect(self._to_import)
        if self.ws.may("print"):
            self.print_button = title.add_action(Button(self.tr("打印这些"), icon="print", key="Ctrl+P"))
            self.print_button.setToolTip(self.tr("照现在的筛选和排序打印；勾选了的只打印勾选的"))
            self.print_button.clicked.connect(self.print_these)

    def fill_filters(self, filters: FilterBar) -> None:
        self._categories = [(item.code, item.name.removesuffix("资产")) for item in codelists.items("asset_category")]
        self.category = Segments([("", self.tr("全部")), *self._categories], "")
        filters.add_segments("category", self.category)
        self.add_village_filter(filters)
        self.add_code_filter(filters, "status", self.tr("状态"), "asset_status")
        filters.add_chip("not_normal", self.tr("非正常"))
        filters.add_chip("unowned", self.tr("未确权"))
        self.add_conflict_filter(filters)

    def print_these(self) -> None:
        """Ctrl+P: the register of what is listed now, in its order; of the ticked assets where some are."""
        query = self.model.query
        filters = {key: value for key, value in self.query().filters.items() if value}
        if self.query().text:
            filters["text"] = self.query().text
        ticked = tuple(self.model.ticked()) if self.model.has_ticks() else ()
        asked = {"filters": {} if ticked else filters, "sort": query.sort, "descending": query.descending,
                 "ids": list(ticked)}  # fmt: skip
        part = f"assets?{urlencode({'selection': json.dumps(asked, ensure_ascii=False)})}"
        self.shell.open(Address("print", part=part))

    def empty_buttons(self) -> Sequence[Button]:
        to_import = Button(self.tr("导入台账"), "primary", small=True)
        to_import.clicked.connect(self._to_import)
        return ([to_import] if self.ws.may("import") else []) + list(super().empty_buttons())

    def new_defaults(self) -> dict[str, Any]:
        """In the village and category that are filtered by."""
        wanted = {"division_code": self.village.value() or None, "category": self.category.value() or None}
        return {**wanted, "status": "normal"}

    def show_address(self, address: Address) -> None:
        """`part` may name filters instead of a tab: `category=operating&unowned=1`, as the figures of 资产总览 do."""
        if "=" in address.part:
            wanted = dict(part.split("=", 1) for part in address.part.split("&"))
            chips = {key: bool(value) for key, value in wanted.items() if key in ("not_normal", "unowned", "conflict")}
            self.filters.set_values({**self.filters.defaults(), **wanted, **chips})
            self.ask()
            return
        super().show_address(address)

    def show_summary(self, summary: Summary) -> None:
        counts = summary.facts["counts"]
        words = [(code, f"{name} {counts.get(code, 0):,}") for code, name in self._categories]
        self.category.set_choices([("", self.tr("全部 {n:,}").format(n=summary.total)), *words])
        value = format_wan(summary.facts["all_value"])
        self.title.set_fact(self.tr("{n:,} 项，原值 {v} 万元").format(n=summary.total, v=value))
        shown = summary.facts["shown"]
        name = dict(self._categories).get(self.category.value(), "")
        left = self.tr("{name}合计 {n:,} 项").format(name=name, n=shown)
        right = self.tr("{v} 万元").format(v=format_wan(summary.sums["original_value"]))
        self.list.set_sums(left if shown else "", right if shown else "")

    def _to_import(self) -> None:
        self.shell.open(Address("import", part="assets"))


def asset_cells(row: AssetRow) -> tuple[Any, ...]:
    """The cells of a row."""
    state = Chip.of("conflict") if row.in_conflict else status_chip(row.status_code, row.status)
    return (
        row.name, row.village, row.original_value_fen, state, row.asset_no, row.category, row.subcategory,
        row.net_value_fen, row.operation_mode, row.contract_end, row.expected_income_fen, row.keeper, row.project_year,
    )  # fmt: skip


def asset_summary(sql: Sql, query: ListQuery) -> Summary:
    """Sums of what is shown, and how many assets each category has."""
    shown, everything = asset_totals(sql, query), asset_totals(sql, ListQuery())
    counts = count_by(sql, "asset", "category")
    facts = {"counts": counts, "shown": shown.count, "all_value": everything.original_value_fen}
    return Summary(everything.count, {"original_value": shown.original_value_fen}, facts)
