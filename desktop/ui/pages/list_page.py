"""A page with a list at the left and the chosen record's detail at the right; below 1100 px one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QSplitter, QWidget

from desktop.ui.models.record_table import Column, Query, RecordSource, RecordTableModel, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.page import Page, Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.labels import rule
from desktop.ui.widgets.page_rows import FilterBar, TitleRow
from desktop.ui.widgets.record_list import RecordList

APART_BELOW = 1100 - 48
"""Page width below which list and detail are shown one at a time (DESIGN §3: window 1100, navigation a rail)."""


class ListPage(Page):
    """Base of 住户 and 资产台账: a subclass gives its parts to `assemble` and overrides `show_record` and others."""

    page_name = ""
    list_width = 606

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(shell, parent)
        self.record = ""
        self._asked_for = ""
        self._must_show = False
        self._summary: Summary | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(60)  # moving down a list with a held key does not load each detail
        self._settle.timeout.connect(self._show_current)
        self._detail_open = False

    def assemble(
        self, title: TitleRow, filters: FilterBar, columns: Sequence[Column], source: RecordSource, detail: QWidget
    ) -> None:
        """Put the parts together and ask for the first rows."""
        self.title, self.filters, self.detail = title, filters, detail
        self.model = RecordTableModel(columns, source, self.shell.gates, self)
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
        self.splitter.addWidget(detail)
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
        self.bind("F6", self._to_the_other_side)
        escape = QShortcut(QKeySequence("Esc"), self.list)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(filters.escape)

    # -- for subclasses ----------------------------------------------------------------------------------------

    def query(self) -> Query:
        """The query for what the filter bar asks now (sorting is added)."""
        values = self.filters.values()
        text = str(values.pop("text"))
        return Query(text=text, filters=values)

    def show_record(self, record: str) -> None:
        """Load a record's detail; "" for none."""

    def show_summary(self, summary: Summary) -> None:
        """Counts and sums came."""

    def may_change_record(self) -> bool:
        """False while an unsaved edit holds the detail (it has said so)."""
        return True

    # -- asking ------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for the rows of the present filter, in the present order."""
        query = self.query()
        kept = self.model.query
        self.model.ask(Query(query.text, query.filters, kept.sort, kept.descending))

    def refresh(self) -> None:
        self.model.refresh()
        if self.record:
            self.show_record(self.record)

    def go_to(self, record: str) -> None:
        """Make a record current, now or when the list has it; when the filter hides it the filter is cleared."""
        self._asked_for, self._must_show = record, True
        if self.model.rowCount() and self.list.table.go_to(record):
            self._asked_for = ""
            self._show_current()

    def _summarised(self, summary: Summary) -> None:
        self._summary = summary
        self.show_summary(summary)

    def _loaded(self, _count: int) -> None:
        if self._summary is not None:
            self.show_summary(self._summary)  # the count that was filtered may come before or after the totals
        if not self._asked_for:
            return
        wanted, self._asked_for = self._asked_for, ""
        if not self.list.table.go_to(wanted) and self._must_show and self.filters.is_filtering():
            self._asked_for = wanted
            self.filters.clear()

    def show_address(self, address: Address) -> None:
        if address.record and address.record != self.record:
            self.go_to(address.record)
            self._detail_open = True
            self._arrange()

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
        if not self.may_change_record():
            self.list.table.go_to(self.record)
            return
        self.record = record
        if record:
            self.shell.place_changed(Address(self.page_name, record))
        self.show_record(record)

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
        self.edit_record()

    def edit_record(self) -> None:
        """For subclasses: open the current record's form."""

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

    # -- memory ------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        return {
            "filters": self.filters.values(),
            "sizes": self.splitter.sizes(),
            "sort": [self.model.query.sort, self.model.query.descending],
            "record": self.list.table.current_id(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        if isinstance(state.get("filters"), dict):
            self.filters.set_values(state["filters"])
        if isinstance(state.get("sizes"), list) and len(state["sizes"]) == 2 and all(state["sizes"]):
            self.splitter.setSizes([int(size) for size in state["sizes"]])
        sort = state.get("sort")
        if isinstance(sort, list) and len(sort) == 2:
            self.model.query = Query(sort=str(sort[0]), descending=bool(sort[1]))
        self._asked_for, self._must_show = str(state.get("record", "")), False
        self.ask()
