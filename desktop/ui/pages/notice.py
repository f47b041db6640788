"""公示公告: notices that are drafted, hang or are done; a draft opens as a sheet with the page that will be posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.app.cases.cases import CaseDetail
from desktop.app.cases.notices import make_notice
from desktop.app.records.records import list_records, today
from desktop.app.workspace import Workspace
from desktop.insight.case_lists import NoticeRow, notice_ids, notice_rows, stage_counts
from desktop.insight.lists import ListQuery
from desktop.registry.notice_procedure import opens_on
from desktop.store.database import Sql
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.list_source import ListSource
from desktop.ui.models.record_table import Column, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.case_pane import CasePane, state_chip
from desktop.ui.pages.list_page import ListPage, ListWords
from desktop.ui.pages.notice_sheet import NoticeSheet
from desktop.ui.pages.notice_tabs import notice_tabs
from desktop.ui.pages.page import Shell
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.editors import FieldSpec
from desktop.ui.widgets.page_rows import FilterBar
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section
from desktop.ui.widgets.segments import Segments


class NoticePane(CasePane):
    """One notice beside the list."""

    table = "notice"
    icon = "notice"

    def none_chosen(self) -> str:
        return self.tr("在左边选一份公示")

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return notice_tabs()

    def head_words(self, detail: CaseDetail) -> tuple[str, Sequence[Chip], str]:
        values = detail.values
        start, end = values.get("start_date"), values.get("end_date")
        period = self.tr("{a} 至 {b}").format(a=start, b=end) if start and end else str(start or "")
        facts = [detail.village, period]
        if detail.state == "running" and end:
            facts.append(self.tr("{day} 起可办下一步").format(day=opens_on(str(end))))
        return str(values.get("title") or ""), [Chip(detail.words.get("kind", ""))], " · ".join(f for f in facts if f)


class NoticePage(ListPage):
    """`NoticePage(shell, ws, villages)`: the list; `Address("notice", id, "sheet")` opens a notice as a sheet."""

    page_name = "notice"
    icon = "notice"
    shows = frozenset({"notice", "objection", "step_taken", "attachment"})
    edit_right = "edit-assets"
    list_width = 500

    def __init__(
        self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(shell, ws, villages, parent)
        self.dialog: RecordDialog | None = None
        self.sheet = NoticeSheet(shell, ws, self)
        self.sheet.left.connect(self.show_list)
        self.sheet.hide()
        self.lines.addWidget(self.sheet, 1)
        self._list_parts = [self.title, self.filters, self.splitter, self.lines.itemAt(2).widget()]

    def words(self) -> ListWords:
        return ListWords(
            title=self.tr("公示公告"), search=self.tr("标题、依据"), none_yet=self.tr("没有办理中的公示"),
            how=self.tr("确权、分配、处置办到公示这一步时会拟好；年度运营公告从这里拟"),
            new=self.tr("年度运营公告"), unit=self.tr("份"),
        )  # fmt: skip

    def columns(self) -> Sequence[Column]:
        return (
            Column("title", self.tr("标题"), 240, "name", stretch=True),
            Column("start", self.tr("起"), 56, "date"),
            Column("end", self.tr("止"), 56, "date"),
            Column("state", self.tr("状态"), 118, "status"),
            Column("kind", self.tr("类型"), 150, optional=True),
            Column("village", self.tr("村镇"), 80, optional=True),
            Column("objections", self.tr("异议"), 60, "number", sort="", optional=True),
        )

    def source(self) -> ListSource:
        return ListSource(
            self.ws, notice_ids, lambda sql, ids: notice_rows(sql, ids, today()), notice_cells, notice_summary
        )

    def make_detail(self) -> NoticePane:
        return NoticePane(self.shell, self.ws, self.villages)

    def fill_filters(self, filters: FilterBar) -> None:
        self.stage: Segments = Segments([("open", self.tr("办理中")), ("closed", self.tr("已结束"))], "open")
        filters.add_segments("stage", self.stage)
        self.add_code_filter(filters, "kind", self.tr("类型"), "notice_type")
        filters.add_chip("objection", self.tr("有异议未处理"))

    def show_summary(self, summary: Summary) -> None:
        counts: Mapping[str, int] = summary.facts["counts"]
        self.stage.set_choices([
            ("open", self.tr("办理中 {n:,}").format(n=counts["open"])),
            ("closed", self.tr("已结束 {n:,}").format(n=counts["closed"])),
        ])  # fmt: skip
        super().show_summary(summary)

    # -- sheet -------------------------------------------------------------------------------------------------

    def show_address(self, address: Address) -> None:
        if address.part == "sheet" and address.record:
            super().show_address(Address(address.page, address.record))
            self.show_sheet(address.record)
            return
        self.show_list()
        super().show_address(address)

    def show_sheet(self, notice: str) -> None:
        """The notice as a sheet over the whole page."""
        for part in self._list_parts:
            part.hide()
        self.sheet.show()
        self.sheet.open_notice(notice)

    def show_list(self) -> None:
        """Back to the list."""
        self.sheet.hide()
        for part in self._list_parts:
            part.show()

    def may_leave(self) -> bool:
        if self.sheet.isVisible():
            self.sheet.save()
        return super().may_leave()

    def begin_edit(self) -> None:
        """F2: the sheet."""
        if self.sheet.isHidden() and self.list.table.current_id():
            self.show_sheet(self.list.table.current_id())

    def begin_new(self) -> None:
        """Ctrl+N: an announcement of a year's operation, for the whole place or a village."""
        ws = self.ws
        places = [(self.tr("本单位全部"), ws.division_code), *((name, code) for code, name in self.villages)]
        year = int(today()[:4]) - 1
        years = [(str(y), y) for y in range(year + 1, year - 5, -1)]
        form = [Section("", (
            FieldSpec("division_code", "choice", True, choices=tuple(places), required=True, caption=self.tr("范围")),
            FieldSpec("title", "choice", choices=tuple(years), required=True, caption=self.tr("年度")),
        ))]  # fmt: skip

        def save(values: dict[str, Any]) -> str:
            return make_yearly(ws, str(values["division_code"]), int(values["title"]))

        self.dialog = RecordDialog(
            self.shell, self.tr("年度运营公告"), "notice", form, save, go=self.tr("拟公告"), columns=1,
            values={"division_code": ws.division_code, "title": year}, parent=self,
        )  # fmt: skip
        self.dialog.saved.connect(lambda made: self.shell.open(Address("notice", str(made), "sheet")))
        self.dialog.open()


def make_yearly(ws: Workspace, code: str, year: int) -> str:
    """A draft announcement of a year's operation of a place."""
    rows = list_records(ws, "division", where={"code": code})
    return make_notice(ws, "division", str(rows[0]["id"]), "asset_year", year=year)


def notice_cells(row: NoticeRow) -> tuple[Any, ...]:
    """The cells of a row."""
    chip = state_chip(row.state, row.state_word)
    if row.open_objections:
        chip = Chip(f"{row.open_objections} 条异议", "danger", "alert")
    elif row.over:
        chip = Chip("期满待登记", "warning", "clock")
    return (row.title, row.start[5:], row.end[5:], chip, row.kind, row.village, row.objections)


def notice_summary(sql: Sql, _query: ListQuery) -> Summary:
    """How many are under way and done."""
    counts = stage_counts(sql, "notice")
    return Summary(counts["all"], {}, {"counts": counts})


