"""决策记录: how a village decided, by 四议两公开; what is wrong with it, and which contracts and plans rest on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from desktop.app.cases.decisions import DecisionDetail, decision_detail
from desktop.insight.decision_lists import DecisionRow, decision_count, decision_ids, decision_rows
from desktop.insight.lists import ListQuery
from desktop.registry.labels import label, table_label
from desktop.store.database import Sql
from desktop.ui.case_fields import decision_sections
from desktop.ui.models.list_source import ListSource
from desktop.ui.models.record_table import Column, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.attachments_tab import AttachmentsTab
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.list_page import ListPage, ListWords
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.figures import Figure
from desktop.ui.widgets.labels import Label, Note
from desktop.ui.widgets.page_rows import FilterBar
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.widgets.state_track import StateTrack, TrackNode

FACTS = ("kind", "chair", "recorder", "result", "note")


def decision_chip(row: DecisionRow, tr: Any) -> Chip:
    """Wrong before missing before whole."""
    if row.wrong:
        return Chip(tr("有问题"), "danger", "alert")
    if row.gaps:
        return Chip(tr("{n} / 6").format(n=row.done), "warning", "half")
    return Chip(tr("齐全"), "success", "ok")


class DecisionTab(RecordTab):
    """What is wrong or missing in words, the facts, and what rests on the decision."""

    key = "decision"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.track = StateTrack()
        self.lines.addWidget(self.track)
        self.note = Note("warning", "")
        self.lines.addWidget(self.note)
        self.facts = FactGrid()
        self.lines.addWidget(Titled(self.tr("会议"), self.facts))
        self.cited = SmallTable(
            [Column("what", self.tr("类别"), 100), Column("name", self.tr("名称"), 260, "name", stretch=True)]
        )
        self.cited.opened.connect(self._open)
        self.lines.addWidget(Titled(self.tr("引用这次决策的"), self.cited))
        self.none = Label(self.tr("还没有合同、分配或处置引用它"), "second")
        self.lines.addWidget(self.none)
        self.lines.addStretch(1)
        self._tables: dict[str, str] = {}

    @classmethod
    def word(cls) -> str:
        return "四议两公开"

    def show_data(self, detail: DecisionDetail, _data: Any) -> None:
        known = [bool(day) for _word, day in detail.days]
        first = known.index(False) if False in known else len(known)
        self.track.show_nodes([
            TrackNode(word, day, "done" if day else "current" if i == first else "future")
            for i, (word, day) in enumerate(detail.days)
        ])  # fmt: skip
        row = detail.row
        self.note.setVisible(bool(row.wrong or row.gaps))
        title = self.tr("与规定不符") if row.wrong else self.tr("还没有办齐")
        self.note.show_words(title, "；".join((*row.wrong, *row.gaps)), "", "danger" if row.wrong else "warning")
        self.facts.show_facts([(label("decision", c), detail.words[c]) for c in FACTS if detail.words.get(c)])
        self._tables = {c.row_id: c.table for c in detail.cited_by}
        self.cited.set_rows([
            (c.row_id, (table_label(c.table), c.name or self.tr("（未编号）"))) for c in detail.cited_by
        ])  # fmt: skip
        self.cited.setVisible(bool(detail.cited_by))
        self.none.setVisible(not detail.cited_by)

    def _open(self, record: str) -> None:
        table = self._tables.get(record, "")
        if table in ("contract", "distribution", "disposal"):
            self.shell.open(Address(table, record))


class DecisionPane(RecordPane):
    """One decision; `shown` is a `DecisionDetail`."""

    table = "decision"
    icon = "check"
    edit_right = "edit-assets"

    def none_chosen(self) -> str:
        return self.tr("在左边选一次决策")

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return (DecisionTab, AttachmentsTab, HistoryTab)

    def sections(self, table: str) -> Sequence[Section]:
        return decision_sections()

    def load(self, record: str) -> DecisionDetail | None:
        return decision_detail(self.ws, record)

    def remove_words(self, detail: DecisionDetail) -> tuple[str, str]:
        sentence = self.tr("“{name}”移出决策记录；引用它的合同和方案会提示缺少依据。可以撤销。")
        return self.tr("移除这条决策记录"), sentence.format(name=detail.row.title)

    def show_head(self, detail: DecisionDetail) -> None:
        row, values = detail.row, detail.values
        chips = [decision_chip(row, self.tr)]
        if row.in_conflict:
            chips.append(Chip.of("conflict"))
        facts = " · ".join(w for w in (row.kind_word, row.village, row.resolved) if w)
        self.reading.set_head(row.title or self.tr("（未写事项）"), chips, facts)
        unknown = self.tr("未填")

        def people(column: str) -> str:
            n = values.get(column)
            return unknown if n is None else self.tr("{n} 人").format(n=n)

        def share(part: str, whole: str) -> str:
            a, b = values.get(part), values.get(whole)
            return "" if a is None or not b else f"{a / b:.0%}"

        self.show_figures([
            Figure(self.tr("应到"), people("should_attend"), ""),
            Figure(self.tr("实到"), people("attended"), share("attended", "should_attend")),
            Figure(self.tr("同意"), people("agreed"), share("agreed", "attended")),
            Figure(self.tr("办到"), self.tr("{n} / 6 步").format(n=row.done), ""),
        ])  # fmt: skip


class DecisionPage(ListPage):
    """`DecisionPage(shell, ws, villages)`: decisions of the villages; Ctrl+N a new one."""

    page_name = "decision"
    icon = "check"
    shows = frozenset({"decision", "contract", "distribution", "disposal", "registration", "attachment"})
    edit_right = "edit-assets"
    list_width = 470

    def words(self) -> ListWords:
        return ListWords(
            title=self.tr("决策记录"),
            search=self.tr("事项、村"),
            none_yet=self.tr("还没有决策记录"),
            how=self.tr("出租、分配、处置前，把四议两公开记在这里"),
            new=self.tr("登记决策"),
            unit=self.tr("次"),
        )

    def columns(self) -> Sequence[Column]:
        return (
            Column("title", self.tr("决策事项"), 190, "name", stretch=True),
            Column("resolved", self.tr("决议日期"), 96, "date"),
            Column("state", self.tr("状态"), 92, "status"),
            Column("village", self.tr("村"), 80, optional=True),
            Column("kind", self.tr("类型"), 90, sort="", optional=True),
        )

    def source(self) -> ListSource:
        return ListSource(self.ws, decision_ids, decision_rows, self._cells, decision_summary)

    def _cells(self, row: DecisionRow) -> tuple[Any, ...]:
        chip = Chip.of("conflict") if row.in_conflict else decision_chip(row, self.tr)
        return row.title, row.resolved, chip, row.village, row.kind_word

    def make_detail(self) -> DecisionPane:
        return DecisionPane(self.shell, self.ws, self.villages)

    def fill_filters(self, filters: FilterBar) -> None:
        self.add_village_filter(filters)
        self.add_code_filter(filters, "kind", self.tr("类型"), "decision_kind")
        filters.add_chip("open", self.tr("没办齐"))

    def new_defaults(self) -> dict[str, Any]:
        """In the village that is filtered by."""
        return {"division_code": self.village.value() or None}


def decision_summary(sql: Sql, _query: ListQuery) -> Summary:
    """How many there are."""
    return Summary(decision_count(sql))
