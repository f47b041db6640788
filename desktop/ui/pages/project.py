"""项目库: projects with the money they had and the assets they made; where the two differ is named by source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from desktop.app.money.project_library import ProjectDetail, assets_without_project, project_detail
from desktop.app.records.editing import open_record, save_record
from desktop.common.money import format_wan, format_yuan
from desktop.insight.lists import ListQuery
from desktop.insight.project_funds import ProjectLine
from desktop.insight.project_lists import ProjectBook
from desktop.registry.labels import label
from desktop.store.database import Sql
from desktop.ui.case_fields import section
from desktop.ui.dialogs.funds_dialog import FundsDialog
from desktop.ui.dialogs.industry_dialog import IndustryDialog
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.list_source import ListSource
from desktop.ui.models.record_table import Column, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.attachments_tab import AttachmentsTab
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.list_page import ListPage, ListWords
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.figures import Figure
from desktop.ui.widgets.labels import Label, StatusWord
from desktop.ui.widgets.page_rows import FilterBar, TitleRow
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section
from desktop.ui.widgets.small_table import SmallTable

FACTS = ("project_no", "year", "fund_doc_no", "kind", "competent_dept", "fund_mode", "start_date", "completed_date",
         "accepted_date", "linked_households", "follow_up", "note")  # fmt: skip
STATE_CHIPS = {
    "accepted": ("success", "ok"), "handed_over": ("success", "ok"), "cancelled": ("neutral", "minus"),
    "listed": ("neutral", "circle"),
}  # fmt: skip


def project_sections() -> list[Section]:
    """A project's own fields; its fund parts have their own dialog."""
    return [
        section("project", ("name", "project_no", "year", "kind", "state", "division_code", "competent_dept"),
                title="项目", required=("name",)),
        section("project", ("fund_doc_no", "fund_mode", "approved_fen"), title="资金"),
        section("project", ("start_date", "completed_date", "accepted_date", "linked_households"), title="进度"),
        section("project", ("follow_up", "note")),
    ]  # fmt: skip


class ProjectFundsTab(RecordTab):
    """资金 of a project beside the fund parts of its assets, source by source; its assets below."""

    key = "funds"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: FundsDialog | RecordDialog | None = None
        self.funds = SmallTable(
            [
                Column("source", self.tr("资金来源"), 160, "name", stretch=True),
                Column("project", self.tr("项目资金 元"), 128, "money"),
                Column("assets", self.tr("所属资产 元"), 128, "money"),
                Column("difference", self.tr("差额 元"), 116, "money"),
            ]
        )
        self.sum = StatusWord()
        self.funds_button = Button(self.tr("改项目资金"), icon="edit", small=True)
        self.funds_button.clicked.connect(self.edit_funds)
        side = [self.sum, self.funds_button] if self.may_edit else [self.sum]
        self.lines.addWidget(Titled(self.tr("资金对账"), self.funds, side))
        self.no_funds = Label(self.tr("项目和所属资产都没有登记资金来源"), "second")
        self.lines.addWidget(self.no_funds)
        self.assets = SmallTable(
            [
                Column("name", self.tr("所属资产"), 200, "name", stretch=True),
                Column("no", self.tr("编号"), 110, "quiet"),
                Column("value", self.tr("原值 元"), 124, "money", empty=self.tr("未填")),
                Column("status", self.tr("状态"), 76),
            ]
        )
        self.assets.opened.connect(lambda record: self.shell.open(Address("asset", record, "money")))
        self.asset_button = Button(self.tr("归入资产"), icon="plus", small=True)
        self.asset_button.clicked.connect(self.add_asset)
        self.lines.addWidget(Titled(self.tr("资产"), self.assets, [self.asset_button] if self.may_edit else []))
        self.facts = FactGrid()
        self.lines.addWidget(Titled(self.tr("项目情况"), self.facts))
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "资金和资产"

    def show_data(self, detail: ProjectDetail, _data: Any) -> None:
        line = detail.line
        self.funds.set_rows([
            (s.source, (s.name, s.project_fen or None, s.assets_fen or None, s.difference_fen or None))
            for s in line.sources
        ])  # fmt: skip
        self.funds.setVisible(bool(line.sources))
        self.no_funds.setVisible(not line.sources)
        different = line.different()
        if not line.sources or not line.assets:
            self.sum.show_status(self.tr("还没有归入资产") if not line.assets else "", "", "neutral")
        elif different:
            words = self.tr("{n} 个来源不相等").format(n=len(different))
            self.sum.show_status(words, "alert", "warning")
        else:
            self.sum.show_status(self.tr("项目资金等于资产资金"), "ok", "success")
        self.assets.set_rows([(a.id, (a.name, a.asset_no, a.original_value_fen, a.status)) for a in detail.assets])
        self.assets.setVisible(bool(detail.assets))
        self.facts.show_facts([(label("project", c), detail.words[c]) for c in FACTS if detail.words.get(c)])

    def edit_funds(self) -> None:
        """The fund parts, in the dialog that assets have."""
        detail = self.pane.shown
        if self.may_edit and detail is not None:
            self.dialog = FundsDialog(self.shell, self.ws, detail, self, table="project", against="approved_fen")
            self.dialog.open()

    def add_asset(self) -> None:
        """归入资产: an asset that belongs to no project yet."""
        detail, ws = self.pane.shown, self.ws
        if detail is None or not self.may_edit:
            return

        def save(values: dict[str, Any]) -> object:
            asset = str(values.get("project_id") or "")
            changes = {"project_id": detail.id, "project_name": detail.values.get("name")}
            return save_record(ws, open_record(ws, "asset", asset), changes)

        def show(found: list[tuple[str, str]]) -> None:
            if self.pane.record != detail.id:
                return
            form = section("asset", ("project_id",), {"project_id": found}, required=("project_id",))
            self.dialog = RecordDialog(
                self.shell, self.tr("归入资产"), "asset", [form], save, go=self.tr("归入"), columns=1,
                about=detail.line.name, parent=self,
            )  # fmt: skip
            caption = self.dialog.form.editors["project_id"].widget
            caption.setAccessibleName(self.tr("资产"))
            self.dialog.open()

        self.shell.gates.read(
            lambda _w: assets_without_project(ws, detail.id), show, owner=self, key=f"dialog-{id(self)}",
            title=self.tr("取资产"),
        )  # fmt: skip


class ProjectPane(RecordPane):
    """One project; `shown` is a `ProjectDetail`."""

    table = "project"
    icon = "flag"
    edit_right = "edit-assets"

    def none_chosen(self) -> str:
        return self.tr("在左边选一个项目")

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return (ProjectFundsTab, AttachmentsTab, HistoryTab)

    def sections(self, table: str) -> Sequence[Section]:
        return project_sections()

    def load(self, record: str) -> ProjectDetail | None:
        return project_detail(self.ws, record)

    def remove_words(self, detail: ProjectDetail) -> tuple[str, str]:
        sentence = self.tr("“{name}”移出项目库，所属资产不动；变更记录留着，可以撤销。")
        return self.tr("移除这个项目"), sentence.format(name=detail.line.name)

    def show_head(self, detail: ProjectDetail) -> None:
        line = detail.line
        chips = [project_chip(line)] if line.state else []
        if detail.in_conflict:
            chips.append(Chip.of("conflict"))
        year = self.tr("{y} 年度").format(y=line.year) if line.year else ""
        facts = " · ".join(w for w in (line.project_no, line.kind, line.village, year) if w)
        self.reading.set_head(line.name or self.tr("（未写名称）"), chips, facts)
        self.show_figures(self._figures(line))

    def _figures(self, line: ProjectLine) -> list[Figure]:
        unknown = self.tr("未填")
        approved = unknown if line.approved_fen is None else format_wan(line.approved_fen)
        rest = line.assets_fen - line.funds_fen
        below = self.tr("与项目资金相等") if not rest else self.tr("相差 {v} 元").format(v=format_yuan(abs(rest)))
        return [
            Figure(self.tr("批复资金 万元"), approved, ""),
            Figure(self.tr("项目资金 万元"), format_wan(line.funds_fen), self.tr("按来源登记")),
            Figure(self.tr("形成资产"), self.tr("{n} 项").format(n=line.assets), ""),
            Figure(self.tr("资产资金 万元"), format_wan(line.assets_fen), below if line.assets else "",
                   "" if not line.assets else "warning" if rest else "success"),
        ]  # fmt: skip


def project_chip(line: ProjectLine) -> Chip:
    """A project's state as a chip."""
    tone, icon = STATE_CHIPS.get(line.state, ("accent", "half"))
    return Chip(line.state_word, tone, icon)  # type: ignore[arg-type]


class ProjectPage(ListPage):
    """`ProjectPage(shell, ws, villages)`: the project library; Ctrl+N a new project."""

    page_name = "project"
    icon = "flag"
    shows = frozenset({"project", "asset", "attachment", "linkage"})
    edit_right = "edit-assets"
    list_width = 500

    def fill_title(self, title: TitleRow) -> None:
        share = title.add_action(Button(self.tr("产业占比"), icon="chart"))
        share.clicked.connect(self.show_industry)

    def show_industry(self) -> None:
        """Which part of each year's assistance funds went to industry."""
        self.industry = IndustryDialog(self.shell, self.ws, self.villages, self)
        self.industry.open()

    def words(self) -> ListWords:
        return ListWords(
            title=self.tr("项目库"),
            search=self.tr("项目名称、编号、首字母"),
            none_yet=self.tr("还没有项目"),
            how=self.tr("登记项目后，把它形成的资产归入"),
            new=self.tr("登记项目"),
            unit=self.tr("个"),
        )

    def columns(self) -> Sequence[Column]:
        return (
            Column("name", self.tr("项目名称"), 176, "name", stretch=True),
            Column("year", self.tr("年度"), 60),
            Column("funds", self.tr("资金 万元"), 100, "wan"),
            Column("state", self.tr("状态"), 92, "status"),
            Column("assets", self.tr("资产资金 万元"), 120, "wan", optional=True),
            Column("village", self.tr("村"), 80, optional=True),
            Column("kind", self.tr("类型"), 110, sort="", optional=True),
            Column("project_no", self.tr("编号"), 110, "quiet", sort="", optional=True),
        )

    def source(self) -> ListSource:
        book = ProjectBook.of(self.ws.register)

        def summary(sql: Sql, query: ListQuery) -> Summary:
            found = book.totals(sql, query)
            return Summary(found.count, {"funds": found.funds_fen, "assets": found.assets_fen})

        return ListSource(self.ws, book.ids, book.rows, project_cells, summary)

    def make_detail(self) -> ProjectPane:
        return ProjectPane(self.shell, self.ws, self.villages)

    def fill_filters(self, filters: FilterBar) -> None:
        self.add_village_filter(filters)
        self.add_code_filter(filters, "state", self.tr("状态"), "project_state")
        filters.add_chip("different", self.tr("资金对不上"))

    def new_defaults(self) -> dict[str, Any]:
        """In the village that is filtered by."""
        return {"division_code": self.village.value() or None, "state": "listed"}

    def show_summary(self, summary: Summary) -> None:
        super().show_summary(summary)
        left = self.tr("项目资金合计") if summary.sums["funds"] else ""
        self.list.set_sums(left, self.tr("{v} 万元").format(v=format_wan(summary.sums["funds"])) if left else "")


def project_cells(line: ProjectLine) -> tuple[Any, ...]:
    """The cells of a row."""
    return (
        line.name, str(line.year or ""), line.funds_fen or None, project_chip(line) if line.state else None,
        line.assets_fen or None, line.village, line.kind, line.project_no,
    )  # fmt: skip
