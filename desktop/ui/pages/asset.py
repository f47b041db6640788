"""资产台账: the list of assets by category with filters and sums, and the chosen asset beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from desktop.app.workspace import Workspace
from desktop.common.money import format_wan
from desktop.insight.lists import ListQuery, asset_ids, asset_rows, asset_totals, count_by
from desktop.registry import codelists
from desktop.ui.models.record_table import Column, Query, Summary, wan_text
from desktop.ui.navigation import Address
from desktop.ui.pages.asset_detail import AssetDetailPane
from desktop.ui.pages.list_page import ListPage
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.page_rows import FilterBar, TitleRow
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segments

STATUS_CHIPS = {
    "normal": ("success", "ok"),
    "inefficient": ("warning", "alert"),
    "idle": ("danger", "error"),
    "damaged": ("danger", "error"),
    "lost": ("danger", "error"),
    "disposing": ("accent", "half"),
    "disposed": ("neutral", "lock"),
    "building": ("neutral", "circle"),
}


def status_chip(code: str, word: str) -> Chip | None:
    """The state of an asset as icon, word and colour (DESIGN §2.4)."""
    if not code:
        return None
    tone, icon = STATUS_CHIPS.get(code, ("neutral", "circle"))
    return Chip(word, tone, icon)  # type: ignore[arg-type]


class AssetSource:
    """Rows of the asset list, from the register."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    def count_and_ids(self, query: Query) -> Sequence[str]:
        """Ids of the assets that match."""
        with self._ws.register.reading() as sql:
            return asset_ids(sql, asset_query(query))

    def rows(self, ids: Sequence[str]) -> Sequence[tuple[Any, ...] | None]:
        """Cells of a page."""
        with self._ws.register.reading() as sql:
            found = {row.id: row for row in asset_rows(sql, ids)}
        cells: list[tuple[Any, ...] | None] = []
        for record in ids:
            row = found.get(record)
            if row is None:
                cells.append(None)
                continue
            state = Chip.of("conflict") if row.in_conflict else status_chip(row.status_code, row.status)
            cells.append((row.name, row.village, row.original_value_fen, state))
        return cells

    def summary(self, query: Query) -> Summary:
        """Sums of what is shown, and how many assets each category has."""
        with self._ws.register.reading() as sql:
            shown = asset_totals(sql, asset_query(query))
            everything = asset_totals(sql, ListQuery())
            counts = count_by(sql, "asset", "category")
        facts = {"counts": counts, "shown": shown.count, "all_value": everything.original_value_fen}
        return Summary(everything.count, {"original_value": shown.original_value_fen}, facts)


def asset_query(query: Query) -> ListQuery:
    """The list's question as the register's lists understand it."""
    filters = query.filters
    equal = {key: str(filters[key]) for key in ("category", "status", "subcategory") if filters.get(key)}
    return ListQuery(
        text=query.text, division=str(filters.get("village") or ""), equal=equal,
        only_conflicts=bool(filters.get("conflict")), sort=query.sort, descending=query.descending,
    )  # fmt: skip


class AssetPage(ListPage):
    """`AssetPage(shell, ws, villages)`: list, filters, sums, detail, new asset (Ctrl+N), edit (F2), print (Ctrl+P)."""

    page_name = "asset"
    shows = frozenset({"asset", "right", "party", "attachment"})
    list_width = 470

    def __init__(self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]]) -> None:
        super().__init__(shell)
        self._ws = ws
        title = TitleRow(self.tr("资产台账"))
        if ws.may("import"):
            self.import_button = title.add_action(Button(self.tr("导入"), icon="import"))
            self.import_button.clicked.connect(lambda: shell.open(Address("import", part="assets")))
        if ws.may("print"):
            self.print_button = title.add_action(Button(self.tr("打印台账"), icon="print", key="Ctrl+P"))
            self.print_button.clicked.connect(lambda: shell.open(Address("print", part="assets")))
        self.new_button = Button(self.tr("登记资产"), "primary", "plus", "Ctrl+N")
        self.new_button.clicked.connect(self.begin_new)
        if ws.may("edit-assets"):
            title.add_action(self.new_button)
        filters = FilterBar(self.tr("名称、编号、首字母、村"), self, search_width=200)
        self._categories = [(item.code, item.name.removesuffix("资产")) for item in codelists.items("asset_category")]
        self.category = Segments([("", self.tr("全部")), *self._categories], "")
        filters.add_segments("category", self.category)
        everything = self.tr("全镇") if ws.level == "town" else self.tr("全部")
        self.village = filters.add_select(
            "village", Select([(everything, ""), *((name, code) for code, name in villages)], self.tr("村"))
        )
        states = [(item.name, item.code) for item in codelists.items("asset_status")]
        filters.add_select("status", Select([(self.tr("全部"), ""), *states], self.tr("状态")))
        filters.add_chip("conflict", self.tr("有冲突"))
        columns = [
            Column("name", self.tr("资产名称"), 196, "name", stretch=True),
            Column("village", self.tr("村"), 70),
            Column("original_value", self.tr("原值 万元"), 100, "wan", empty=self.tr("未填")),
            Column("status", self.tr("状态"), 88, "status"),
        ]
        self.detail_pane = AssetDetailPane(shell, ws, villages)
        self.detail_pane.closed.connect(self.close_detail)
        self.detail_pane.added.connect(self.go_to)
        self.assemble(title, filters, columns, AssetSource(ws), self.detail_pane)
        to_import = Button(self.tr("导入台账"), "primary", small=True)
        to_import.clicked.connect(lambda: shell.open(Address("import", part="assets")))
        to_new = Button(self.tr("登记资产"), small=True)
        to_new.clicked.connect(self.begin_new)
        clear = Button(self.tr("清除筛选"), "primary", small=True)
        clear.clicked.connect(filters.clear)
        self.list.set_empty(
            EmptyState("asset", self.tr("还没有资产"), self.tr("可以导入台账，或登记一项"), [to_import, to_new]),
            EmptyState("search", self.tr("没有符合的"), self.tr("换个说法，或放宽条件"), [clear]),
        )
        self.bind("Alt+H", self.detail_pane.change_shares)

    def begin_new(self) -> None:
        """Ctrl+N: an empty asset, in the village and category that are filtered by."""
        self._detail_open = True
        self._arrange()
        wanted = {"division_code": self.village.value() or None, "category": self.category.value() or None}
        self.detail_pane.begin_new({**wanted, "status": "normal"})

    def show_record(self, record: str) -> None:
        self.detail_pane.show_record(record)

    def edit_record(self) -> None:
        self.detail_pane.begin_edit()

    def may_change_record(self) -> bool:
        return self.detail_pane.may_leave()

    def may_leave(self) -> bool:
        return self.detail_pane.may_leave()

    def show_summary(self, summary: Summary) -> None:
        counts = summary.facts["counts"]
        words = [(code, f"{name} {counts.get(code, 0):,}") for code, name in self._categories]
        self.category.set_choices([("", self.tr("全部 {n:,}").format(n=summary.total)), *words])
        value = format_wan(summary.facts["all_value"])
        self.title.set_fact(self.tr("{n:,} 项，原值 {v} 万元").format(n=summary.total, v=value))
        shown = summary.facts["shown"]
        name = dict(self._categories).get(self.category.value(), "")
        left = self.tr("{name}合计 {n:,} 项").format(name=name, n=shown)
        right = self.tr("{v} 万元").format(v=wan_text(summary.sums["original_value"]))
        self.list.set_sums(left if shown else "", right if shown else "")
