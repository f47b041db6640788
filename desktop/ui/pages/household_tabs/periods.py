"""What a household's tabs of periods share: the periods as a table, below what the chosen one holds, else one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.app.records.details import HouseholdDetail
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.household_tabs.by_hand import ByHand
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.small_table import SmallTable


class PeriodsTab(RecordTab):
    """A subclass builds with `build(title, columns, parts, nothing)`, and gives `cells(line)` and `show_line(line)`.

    `load` gives its lines, newest first; each has an `id`. ↑↓ in the periods shows another.
    """

    record_table = ""
    """The table its records lie in."""

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.hands: tuple[ByHand, ...] = ()
        self.lines_shown: Mapping[str, Any] = {}
        self._parts: list[QWidget] = []

    def build(self, title: str, columns: Sequence[Column], parts: Sequence[QWidget], nothing: str) -> None:
        """The table of periods under its title, then the parts that show the chosen one."""
        self.periods = SmallTable(columns)
        self.periods.current_changed.connect(self._show_period)
        hand = ByHand(self, self.record_table, self.periods, self.defaults)
        self.hands = (hand,)
        self._parts = [hand.origin, *parts]
        self.none = Label(nothing, "muted")
        for widget in (Titled(title, self.periods, hand.buttons), *self._parts, self.none):
            self.lines.addWidget(widget)
        self.lines.addStretch(1)

    def defaults(self) -> Mapping[str, Any]:
        """What a new record of the tab begins with."""
        return {}

    def cells(self, line: Any) -> tuple[Any, ...]:
        """The cells of a period in the table."""
        raise NotImplementedError

    def show_line(self, line: Any) -> None:
        """Fill the parts with a period."""
        raise NotImplementedError

    def show_data(self, _detail: HouseholdDetail, data: Any) -> None:
        self.lines_shown = {line.id: line for line in data}
        self.periods.set_rows([(line.id, self.cells(line)) for line in data])
        for part in self._parts:
            part.setVisible(bool(data))
        self.none.setVisible(not data)
        self.hands[0].show_rows(len(data))
        if data:
            if self.periods.current_id() not in self.lines_shown:
                self.periods.selectRow(0)
            self._show_period(self.periods.current_id() or data[0].id)

    def _show_period(self, period: str) -> None:
        line = self.lines_shown.get(period)
        if line is not None:
            self.show_line(line)
