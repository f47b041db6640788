"""变更记录 of one record on a page of its own: a slider over its days, all changes, then and now side by side."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from desktop.app.records.record_history import Change, Comparison, RecordHistory, compare, record_history
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.registry.labels import table_label
from desktop.registry.tables import SCHEMA
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.page import Page, Shell
from desktop.ui.widgets.buttons import Button, CheckBox
from desktop.ui.widgets.cell_delegate import Tinted
from desktop.ui.widgets.chips import ChipLabel
from desktop.ui.widgets.date_slider import DateSlider
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import Card, ElidedLabel, Label, Note
from desktop.ui.widgets.masking import masked
from desktop.ui.widgets.page_rows import ActionBar, TitleRow
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable


def history_address(table: str, record: str) -> Address:
    """Where a record's history lies."""
    return Address("history", f"{table}:{record}")


class HistoryPage(Page):
    """`HistoryPage(shell, ws)`: an address's `record` is `table:id`; links lead here, the navigation does not.

    The slider's keys work anywhere on the page (Ctrl+← Ctrl+→ to the previous or next change, Home today).
    """

    shows = frozenset(spec.name for spec in SCHEMA.tables)

    def __init__(self, shell: Shell, ws: Workspace) -> None:
        super().__init__(shell)
        self._ws = ws
        self.table, self.record = "", ""
        self.history: RecordHistory | None = None
        self.comparison: Comparison | None = None
        self._shown: list[Change] = []
        self.title = TitleRow(self.tr("变更记录"))
        self.back = self.title.set_back(self.tr("返回"), self._go_back)
        self.lines.addWidget(self.title)
        self.lines.addWidget(self._make_days())
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self._make_changes())
        self.splitter.addWidget(self._make_comparison())
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([790, 412])
        self.lines.addWidget(self.splitter, 1)
        self.bar = ActionBar()
        self.chosen = ElidedLabel("", "second")
        self.chosen.setMinimumWidth(200)
        self.undo_button = Button(self.tr("撤回这次改动，写原因"), "primary", "undo")
        self.undo_button.clicked.connect(self.withdraw)
        self.bar.add_left(self.chosen, 2)
        self.bar.add_right(self.undo_button)
        self.lines.addWidget(self.bar)
        self.bind("Ctrl+Left", lambda: self.slider.step_change(-1), self.tr("到上一次变更"))
        self.bind("Ctrl+Right", lambda: self.slider.step_change(1), self.tr("到下一次变更"))

    # -- parts -------------------------------------------------------------------------------------------------

    def _make_days(self) -> QWidget:
        holder = QWidget()
        outer = QVBoxLayout(holder)
        outer.setContentsMargins(16, 0, 16, 12)
        card = Card(margins=(14, 8, 14, 6))
        lines = QVBoxLayout()
        lines.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Label(self.tr("看哪一天的样子"), "strong"))
        self.day = TextField()
        self.day.setFixedWidth(112)
        self.day.setAccessibleName(self.tr("日期"))
        self.mode = Segments([("happened", self.tr("按发生日期")), ("recorded", self.tr("按记录日期"))], "happened")
        row.addWidget(self.day)
        row.addWidget(self.mode)
        self.keys = ElidedLabel(self.tr("← → 一天，Ctrl+← → 到上一次、下一次改动"), "caption")
        row.addWidget(self.keys, 1)
        self.today_button = Button(self.tr("回到今天"), key="Home", small=True)
        row.addWidget(self.today_button)
        self.slider = DateSlider()
        lines.addLayout(row)
        lines.addWidget(self.slider)
        card.body.addLayout(lines)
        outer.addWidget(card)
        self.slider.changed.connect(lambda _day: self._day_chosen())
        self.mode.changed.connect(lambda _mode: self._mode_chosen())
        self.today_button.clicked.connect(lambda: self.slider.set_value(_today(), tell=True))
        self.day.editingFinished.connect(self._day_typed)
        return holder

    def _make_changes(self) -> QWidget:
        side = QWidget()
        lines = QVBoxLayout(side)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        self.kinds = Segments([("", self.tr("全部"))], "", small=True)
        self.source = Select([(self.tr("全部"), "")], self.tr("来自"))
        row.addWidget(self.kinds)
        row.addStretch(1)
        row.addWidget(self.source)
        lines.addLayout(row)
        self.changes = SmallTable(
            [
                Column("when", self.tr("记录时间"), 128),
                Column("what", self.tr("项目"), 176, "name"),
                Column("words", self.tr("原值 → 新值"), 190, stretch=True),
                Column("who", self.tr("谁"), 62),
                Column("source", self.tr("来自"), 108, "quiet"),
                Column("state", "", 72, "status"),
            ],
            fill=True,
        )
        lines.addWidget(self.changes, 1)
        self.kinds.changed.connect(lambda _k: self._show_changes())
        self.source.currentIndexChanged.connect(lambda _i: self._show_changes())
        self.changes.current_changed.connect(lambda _id: self._tell())
        self.changes.opened.connect(lambda _id: self._to_change())
        return side

    def _make_comparison(self) -> QWidget:
        side = QWidget()
        side.setMinimumWidth(330)
        lines = QVBoxLayout(side)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(14, 8, 14, 8)
        head.setSpacing(8)
        self.day_title = Label("", "strong")
        self.differing = ChipLabel(Chip("", "warning", "clock"))
        self.only = CheckBox(self.tr("只看不同的"))
        head.addWidget(self.day_title)
        head.addStretch(1)
        head.addWidget(self.differing)
        lines.addLayout(head)
        self.facts = SmallTable(
            [
                Column("name", self.tr("项目"), 118, "name"),
                Column("then", self.tr("当天"), 140),
                Column("now", self.tr("今天"), 120, stretch=True),
            ],
            fill=True,
        )
        lines.addWidget(self.facts, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(14, 8, 14, 8)
        foot.setSpacing(8)
        self.note = Note("info", "")
        foot.addWidget(self.only)
        foot.addWidget(self.note)
        lines.addLayout(foot)
        self.only.toggled.connect(lambda _on: self._show_facts())
        return side

    # -- which record ------------------------------------------------------------------------------------------

    def shown_under(self) -> str:
        return self.table

    def show_address(self, address: Address) -> None:
        table, _, record = address.record.partition(":")
        if (table, record) != (self.table, self.record):
            self.table, self.record, self.history, self.comparison = table, record, None, None
            self._shown = []
            self.changes.set_rows([])  # nothing of the record before is withdrawn here while this one's is fetched
            self.facts.set_rows([])
            self.source.set_items([(self.tr("全部"), "")])
            self._tell()
            self.slider.set_days([], _today())
            self.slider.set_value(_today())
            self.kinds.set_value("")
        self.refresh()

    def entered(self) -> None:
        self.slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Everything anew: what was said, and what it looked like on the day."""
        ws, table, record = self._ws, self.table, self.record
        if not record:
            return
        self.shell.gates.read(
            lambda _w: record_history(ws, table, record),
            lambda found: self._take(table, record, found),
            owner=self,
            key=f"history-{id(self)}",
            title=self.tr("取变更记录"),
        )
        self._compare()

    def _go_back(self) -> None:
        self.shell.open(Address(self.table, self.record, part="history"))

    # -- changes -----------------------------------------------------------------------------------------------

    def _take(self, table: str, record: str, found: RecordHistory) -> None:
        if (table, record) != (self.table, self.record):
            return
        self.history = found
        self.back.setText(found.title or table_label(table))
        self.title.set_fact(self.tr("共 {n} 次改动，只增不删").format(n=len(found.changes)))
        self._mode_days()
        counts: dict[str, int] = {}
        for change in found.changes:
            counts[change.table] = counts.get(change.table, 0) + 1
        words = [(name, f"{table_label(name)} {n}") for name, n in counts.items()]
        everything = self.tr("全部 {n}").format(n=len(found.changes))
        self.kinds.set_choices([("", everything), *(words if len(words) > 1 else [])])
        sources = sorted({change.source for change in found.changes})
        chosen = self.source.value() if self.source.value() in sources else ""
        self.source.set_items([(self.tr("全部"), ""), *((word, word) for word in sources)], chosen)
        self._show_changes()

    def _mode_days(self) -> None:
        if self.history is not None:
            self.slider.set_days(self.history.days[self._mode()], _today())

    def _mode(self) -> Any:
        return self.mode.value() or "happened"

    def _show_changes(self) -> None:
        if self.history is None:
            return
        kind, source = self.kinds.value(), self.source.value() or ""
        self._shown = [
            change
            for change in self.history.changes
            if kind in ("", change.table) and source in ("", change.source)
        ]
        rows = []
        for i, change in enumerate(self._shown):
            state = Chip(self.tr("已撤回"), "neutral", "undo") if change.void else None
            what = f"{change.about} · {change.what}" if change.about else change.what
            cells = (f"{change.when:%Y-%m-%d %H:%M}", what, change_words(change), change.who, change.source, state)
            rows.append((str(i), cells))
        self.changes.set_rows(rows)
        if rows and not self.changes.current_id():
            self.changes.go_to("0")
        self._tell()

    def current(self) -> Change | None:
        """The change that is chosen."""
        key = self.changes.current_id()
        return self._shown[int(key)] if key and int(key) < len(self._shown) else None

    def _tell(self) -> None:
        change = self.current()
        words = ""
        if change is not None:
            words = self.tr("选中：{what} {words}").format(what=change.what, words=change_words(change)).strip()
            words += self.tr("，原因：{reason}").format(reason=change.reason) if change.reason else ""
        self.chosen.setText(words)
        can = change is not None and not change.void
        self.undo_button.setEnabled(can)
        self.bar.set_hint(self.tr("撤回会新记一条，旧的都留着") if can else "")

    def _to_change(self) -> None:
        """Enter on a change: the day on which it was made."""
        change = self.current()
        if change is not None:
            self.slider.set_value(change.when.date().isoformat(), tell=True)

    def withdraw(self) -> None:
        """Withdraw the unit of work the chosen change belongs to, after asking for a reason."""
        change, ws = self.current(), self._ws
        if change is None:
            return
        self.dialog = ReasonDialog(
            self.tr("撤回：{what}").format(what=change.reason or change.what),
            self.tr("同一次写入的改动一起撤回，回到改动之前；撤回本身也记一条。"),
            self.tr("撤回"),
            self.tr("先不撤回"),
            self,
        )
        dialog = self.dialog

        def take_back() -> None:
            reason = dialog.reason()
            self.shell.gates.write(
                lambda _w: take_back_unit(ws, change.unit_id, reason),
                lambda _done: self.shell.toast(self.tr("已撤回")),
                owner=self,
                title=self.tr("撤回"),
            )

        dialog.accepted.connect(take_back)
        dialog.open()

    # -- then and now ------------------------------------------------------------------------------------------

    def _mode_chosen(self) -> None:
        self._mode_days()
        self._compare()

    def _day_chosen(self) -> None:
        self._compare()

    def _day_typed(self) -> None:
        try:
            day = dt.date.fromisoformat(self.day.text().strip())
        except ValueError:
            self.day.setText(self.slider.value())
            return
        self.slider.set_value(day.isoformat(), tell=True)

    def _compare(self) -> None:
        ws, table, record, day, mode = self._ws, self.table, self.record, self.slider.value(), self._mode()
        self.day.setText(day)
        if not record:
            return
        self.shell.gates.read(
            lambda _w: compare(ws, table, record, day, mode),
            lambda found: self._compared(record, day, mode, found),
            owner=self,
            key=f"compare-{id(self)}",
            title=self.tr("取这一天的样子"),
        )

    def _compared(self, record: str, day: str, mode: str, found: Comparison) -> None:
        if (record, day, mode) != (self.record, self.slider.value(), self._mode()):
            return
        self.comparison = found
        self._show_facts()

    def _show_facts(self) -> None:
        found = self.comparison
        if found is None:
            return
        day = self.tr("今天") if found.day == _today() else self.tr("{day} 当天").format(day=found.day)
        self.day_title.setText(day)
        self.differing.setVisible(bool(found.differences))
        self.differing.show_chip(
            Chip(self.tr("{n} 处和今天不同").format(n=found.differences), "warning", "clock")
        )
        rows: list[tuple[str, tuple[Any, ...]]] = []
        for i, fact in enumerate(found.facts):
            if fact.differs or not self.only.isChecked():
                name = f"{fact.about} · {fact.name}" if fact.about not in ("", "成员", "权属") else fact.name
                then = masked(fact.then)
                rows.append((str(i), (name, Tinted(then) if fact.differs else then, masked(fact.now))))
        self.facts.set_rows(rows)
        if not found.existed:
            self.note.show_words(self.tr("这一天还没有这条记录"), "", "", "info")
        elif self._mode() == "happened":
            self.note.show_words(
                self.tr("按今天知道的算：补记的权属、成员增减，从它自己的日期起算"), "", "", "info"
            )
        else:
            self.note.show_words(self.tr("只算这本册到那天为止收到的内容，后来撤回的也照当时的样子"), "", "", "info")

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.changes.setColumnHidden(4, self.width() < 1100)  # what changed matters more than where it came from

    def state(self) -> dict[str, Any]:
        return {"mode": self._mode(), "sizes": self.splitter.sizes()}

    def restore(self, state: dict[str, Any]) -> None:
        if state.get("mode") in ("happened", "recorded"):
            self.mode.set_value(str(state["mode"]))
        sizes = state.get("sizes")
        if isinstance(sizes, list) and len(sizes) == 2 and all(sizes):
            self.splitter.setSizes([int(size) for size in sizes])


def change_words(change: Change) -> str:
    """原值 → 新值, numbers of people masked; "" for a first entry."""
    if not change.new and not change.old:
        return ""
    return f"{masked(change.old)} → {masked(change.new)}"


def _today() -> str:
    return dt.date.today().isoformat()  # noqa: DTZ011  (as the clock on the wall)
