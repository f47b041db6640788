"""A page with a list at the left and the chosen record's detail at the right; below 1100 px one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QSplitter, QWidget

from desktop.app.rights import Right
from desktop.app.workspace import Workspace
from desktop.ui.models.record_table import Column, Query, RecordSource, RecordTableModel, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.list_tools import ListTools
from desktop.ui.pages.page import Page, Shell
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.code_select import CodeSelect
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import rule
from desktop.ui.widgets.page_rows import FilterBar, TitleRow
from desktop.ui.widgets.record_list import RecordList
from desktop.ui.widgets.segments import Segments

APART_BELOW = 1100 - 48
"""Page width below which list and detail are shown one at a time (DESIGN §3: window 1100, navigation a rail)."""


@dataclass(frozen=True)
class ListWords:
    """Words of a list page. Empty words leave the thing out: no `new`, no button and no Ctrl+N."""

    title: str
    search: str
    none_yet: str
    how: str = ""
    new: str = ""
    unit: str = ""
    """Counted by 户, 项, 份: 共 1,284 户，筛选后 86 户."""


FOLD_BELOW = 760
"""Page width below which the title row keeps its primary button alone (DESIGN §7: 200 % on 1366×768)."""


class ListPage(Page):
    """`XxxPage(shell, ws, villages)`: base of all registers: list, filter bar, sums, detail, states remembered.

    A new register page is about sixty lines: it names `page_name`, `icon`, `shows` (tables that refresh it) and
    `edit_right`, and overrides

    - `words()`: its `ListWords`;
    - `columns()`: its `Column`s;
    - `source()`: a `RecordSource`, mostly `ListSource(ws, ids, rows, cells, summary)` over functions in `insight`;
    - `fill_filters(bar)`: its selects, segments and chips; `self.add_village_filter(bar)`, `add_code_filter` and
      `add_conflict_filter` are there for those that want them;
    - `make_detail()`: its `RecordPane`;
    - `fill_title(title)`: buttons before the primary one; `new_defaults()`: what Ctrl+N fills in;
      `empty_buttons()`: the ways on when there is nothing yet; `show_summary(summary)`: sums at the foot.

    Everything else is here: searching as one types, sorting, F2, F6, Ctrl+N, one at a time on narrow windows, coming
    back to filter, order, columns, place and splitter, 我的视图, 存为 Excel (Ctrl+E), links with a record and a tab
    (`Address(page, record, part=tab)`).
    Then one line in `navigation` and one in `page_list`. `tests/ui/test_list_page.py` holds a whole small example.
    """

    page_name = ""
    icon = "file"
    edit_right: Right | None = None
    stage: Segments | None = None
    """Open or closed cases, where a page lists one of them at a time."""
    list_width = 520
    search_width = 224

    def __init__(
        self,
        shell: Shell,
        ws: Workspace,
        villages: Sequence[tuple[str, str]] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(shell, parent)
        self.ws, self.villages = ws, list(villages)
        self.record = ""
        self._asked_for = ""
        self._must_show = False
        self._stages: list[str] = []
        self._summary: Summary | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(60)  # moving down a list with a held key does not load each detail
        self._settle.timeout.connect(self._show_current)
        self._detail_open = False
        self._assemble()

    def _assemble(self) -> None:
        """Put the parts together."""
        words = self.words()
        self.title = title = TitleRow(words.title)
        self.tools = ListTools(self)
        title.add_action(self.tools.views)
        title.add_action(self.tools.more)
        self.fill_title(title)
        self.new_button = Button(words.new, "primary", "plus", "Ctrl+N")
        self.new_button.clicked.connect(self.begin_new)
        if words.new and self.may_edit():
            title.add_action(self.new_button)
        self.filters = filters = FilterBar(words.search, self, search_width=self.search_width)
        self.fill_filters(filters)
        self.detail_pane = self.detail = self.make_detail()
        self.detail.closed.connect(self.close_detail)
        self.detail.added.connect(self.go_to)
        self.model = RecordTableModel(self.columns(), self.source(), self.shell.gates, self)
        self.list = RecordList(self.model)
        self.list.set_filtering(filters.is_filtering)
        self.lines.addWidget(title)
        self.lines.addWidget(filters)
        self.lines.addWidget(rule())
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.list.setMinimumWidth(260)
        self.splitter.addWidget(self.list)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([self.list_width, 600])
        self.lines.addWidget(self.splitter, 1)
        filters.changed.connect(self.ask)
        filters.left_down.connect(lambda: self.list.setFocus(Qt.FocusReason.OtherFocusReason))
        self.list.current_changed.connect(self._current_changed)
        self.list.opened.connect(self._opened)
        self.list.typed.connect(self._typed)
        self.model.loaded.connect(self._loaded)
        self.model.summarised.connect(self._summarised)
        self.model.failed.connect(lambda error: self.shell.show_error(error, self.tr("取数")))
        self.bind("F2", self.begin_edit)
        self.bind("F6", self._to_the_other_side, self.tr("在清单和右边的内容之间来回"))
        escape = QShortcut(QKeySequence("Esc"), self.list)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(filters.escape)
        self.tools.connect_page()
        clear = Button(self.tr("清除筛选"), "primary", small=True)
        clear.clicked.connect(filters.clear)
        self.list.set_empty(
            EmptyState(self.icon, words.none_yet, words.how, self.empty_buttons()),
            EmptyState("search", self.tr("没有符合的"), self.tr("换个说法，或放宽条件"), [clear]),
        )

    # -- for subclasses ----------------------------------------------------------------------------------------

    def words(self) -> ListWords:
        """What the page is called and says."""
        raise NotImplementedError

    def columns(self) -> Sequence[Column]:
        """The columns of the list."""
        raise NotImplementedError

    def source(self) -> RecordSource:
        """Where the rows come from."""
        raise NotImplementedError

    def make_detail(self) -> RecordPane:
        """The pane at the right."""
        raise NotImplementedError

    def fill_title(self, title: TitleRow) -> None:
        """Buttons before the primary one."""

    def fill_filters(self, filters: FilterBar) -> None:
        """What is filtered by, besides the typed text."""

    def new_defaults(self) -> dict[str, Any]:
        """What a new record begins with: mostly what is filtered by."""
        return {}

    def empty_buttons(self) -> Sequence[Button]:
        """At most two ways on while there is no record at all."""
        if not self.words().new or not self.may_edit():
            return ()
        button = Button(self.words().new, "primary", small=True)
        button.clicked.connect(self.begin_new)
        return (button,)

    def show_summary(self, summary: Summary) -> None:
        """Counts and sums came: the fact beside the title."""
        unit = self.words().unit
        words = self.tr("共 {n:,} {unit}").format(n=summary.total, unit=unit)
        if self.filters.is_filtering():
            words += self.tr("，筛选后 {n:,} {unit}").format(n=self.model.rowCount(), unit=unit)
        self.title.set_fact(words)

    def may_edit(self) -> bool:
        """Whether the role may add and change records here."""
        return self.edit_right is None or self.ws.may(self.edit_right)

    def known_sort(self, key: str) -> str:
        """A sort key that was remembered, if a column still has it."""
        return key if any(column.sort_key == key for column in self.model.columns) else ""

    def add_village_filter(self, filters: FilterBar) -> Select:
        """The select 村, by division code, under the key `village`."""
        everything = self.tr("全镇") if self.ws.level == "town" else self.tr("全部")
        choices = [(everything, ""), *((name, code) for code, name in self.villages)]
        self.village = filters.add_select("village", Select(choices, self.tr("村")))
        return self.village

    def add_code_filter(self, filters: FilterBar, key: str, word: str, code_list: str) -> Select:
        """A select over the items of a code list, under a key."""
        return filters.add_select(key, CodeSelect(code_list, word, [(self.tr("全部"), "")], filters=True))

    def add_conflict_filter(self, filters: FilterBar) -> None:
        """The chip 有冲突, under the key `conflict`."""
        filters.add_chip("conflict", self.tr("有冲突"))

    def begin_new(self) -> None:
        """Ctrl+N: an empty record."""
        self._detail_open = True
        self._arrange()
        self.detail.begin_new(self.new_defaults())

    def query(self) -> Query:
        """The query for what the filter bar asks now (sorting is added)."""
        values = self.filters.values()
        text = str(values.pop("text"))
        return Query(text=text, filters=values)

    # -- asking ------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for the rows of the present filter, in the present order."""
        query = self.query()
        kept = self.model.query
        self.model.ask(Query(query.text, query.filters, kept.sort, kept.descending))

    def refresh(self) -> None:
        self.model.refresh()
        if self.record:
            self.detail.show_record(self.record)

    def go_to(self, record: str) -> None:
        """Make a record current, now or when the list has it; when the filter hides it the filter is cleared."""
        self._asked_for, self._must_show, self._stages = record, True, ["closed"]
        if self.model.rowCount() and self.list.table.go_to(record):
            self._asked_for = ""
            self._show_current()
        elif not self.model.is_loading() and (self.model.rowCount() or self.model.query != Query()):
            self.ask()  # the list that stands here does not have it: asked anew, then without what hides it

    def _summarised(self, summary: Summary) -> None:
        self._summary = summary
        self.show_summary(summary)

    def _loaded(self, count: int) -> None:
        self.detail.empty.set_quiet(not count)
        if self._summary is not None:
            self.show_summary(self._summary)  # the count that was filtered may come before or after the totals
        if not self._asked_for:
            return
        wanted, self._asked_for = self._asked_for, ""
        if self.list.table.go_to(wanted) or not self._must_show:
            if self._must_show:
                self._show_current()  # at once: what else the page asks for must see that a record was asked for
            return
        if self.filters.values() != self.filters.defaults():
            self._asked_for = wanted
            self.filters.clear()
        elif self.stage is not None and self._stages:  # a closed case, asked for while the open ones are listed
            self._asked_for = wanted
            self.stage.set_value(self._stages.pop())
            self.ask()

    def show_address(self, address: Address) -> None:
        if address.record and address.record != self.record:
            self.go_to(address.record)
            self._detail_open = True
            self._arrange()
        if address.part:
            self.detail.show_tab(address.part)

    def entered(self) -> None:
        if self.model.query == Query() and not self.model.rowCount() and not self.model.is_loading():
            self.ask()
        (self.detail if self._apart() and self._detail_open else self.list).setFocus(Qt.FocusReason.OtherFocusReason)

    # -- current record ----------------------------------------------------------------------------------------

    def _current_changed(self, record: str) -> None:
        self._settle.start()
        if not record:
            self._show_current()

    def _show_current(self) -> None:
        self._settle.stop()
        record = self.list.table.current_id()
        if record == self.record:
            return
        if not self.detail.may_leave():
            self.list.table.go_to(self.record)
            return
        self.record = record
        if record:
            self.shell.place_changed(Address(self.page_name, record))
        self.detail.show_record(record)

    def _opened(self, _record: str) -> None:
        self._show_current()
        self._detail_open = True
        self._arrange()
        self.detail.setFocus(Qt.FocusReason.OtherFocusReason)

    def _typed(self, text: str) -> None:
        self.filters.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.filters.search.setText(text)

    def begin_edit(self) -> None:
        """F2: edit the current record, bringing its detail into view first."""
        self._show_current()
        self._detail_open = True
        self._arrange()
        self.detail.begin_edit()

    def may_leave(self) -> bool:
        return self.detail.may_leave()

    def _to_the_other_side(self) -> None:
        inside = self.focusWidget() is not None and self.detail.isAncestorOf(self.focusWidget())
        self._detail_open = not inside
        self._arrange()
        (self.list if inside else self.detail).setFocus(Qt.FocusReason.OtherFocusReason)

    # -- one at a time on narrow windows -----------------------------------------------------------------------

    def _apart(self) -> bool:
        return self.width() < APART_BELOW * max(theme().scale, 1.0)

    def _arrange(self) -> None:
        if not hasattr(self, "splitter"):
            return
        apart = self._apart()
        self.list.setVisible(not apart or not self._detail_open)
        self.detail.setVisible(not apart or self._detail_open)

    def close_detail(self) -> bool:
        """Back from the detail to the list where only one is shown; True when that happened."""
        if self._apart() and self._detail_open:
            self._detail_open = False
            self._arrange()
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self.tools.fold(self.width() < FOLD_BELOW * max(theme().scale, 1.0))

    # -- memory ------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        return {
            "filters": self.filters.values(),
            "sizes": self.splitter.sizes(),
            "sort": [self.model.query.sort, self.model.query.descending],
            "record": self.list.table.current_id(),
            "columns": [list(column) for column in self.list.table.columns_shown()],
            "view": self.tools.current,
        }

    def restore(self, state: dict[str, Any]) -> None:
        if isinstance(state.get("filters"), dict):
            self.filters.set_values(state["filters"])
        if isinstance(state.get("sizes"), list) and len(state["sizes"]) == 2 and all(state["sizes"]):
            self.splitter.setSizes([int(size) for size in state["sizes"]])
        columns = state.get("columns")
        if isinstance(columns, list):
            self.list.table.show_columns([(str(key), int(width)) for key, width in columns])
        sort = state.get("sort")
        if isinstance(sort, list) and len(sort) == 2:
            self.model.query = Query(sort=self.known_sort(str(sort[0])), descending=bool(sort[1]))
        self.tools.show_name(str(state.get("view", "")))
        self._asked_for, self._must_show = str(state.get("record", "")), False
        self.ask()
