"""自查: every sum, share, state and reference of the register proved; what fails is listed and opens its record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget

from desktop.app.keeping.self_check import (
    LAST_CHECK,
    SEVERITIES,
    CheckResult,
    Problem,
    changed_since,
    last_check,
    run_check,
)
from desktop.app.papers.table_files import Saved, save_list
from desktop.app.records.record_places import RecordPlace, place_of
from desktop.app.workspace import Workspace
from desktop.common.errors import Cancelled
from desktop.exchange.workbook.table_workbook import TableColumn
from desktop.registry.tables import SCHEMA
from desktop.ui.dialogs.save_table_dialog import SaveTableDialog
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.history import history_address
from desktop.ui.pages.home import when_words
from desktop.ui.pages.page import Page, Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.page_rows import ActionBar, FilterBar, TitleRow
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.workers import Priority, Task, Work

_CHIPS = {
    "error": Chip(SEVERITIES["error"], "danger", "error"), "warning": Chip(SEVERITIES["warning"], "warning", "alert"),
    "alert": Chip(SEVERITIES["alert"], "accent", "info"),
}  # fmt: skip
_PAGE_OF_TABLE = {"finding": "inspection"}
"""Kinds of records whose page has another name than their table."""
NO_VILLAGE = "-"
"""The choice of problems that lie in no village."""


class CheckPage(Page):
    """`CheckPage(shell, ws)`: opened from 首页 and Ctrl+K; the last result stays until the register is closed.

    Nothing is checked before a person asks: it reads the whole register. Enter or a double click opens the record.
    """

    shows = frozenset(spec.name for spec in SCHEMA.tables)

    def __init__(self, shell: Shell, ws: Workspace) -> None:
        super().__init__(shell)
        self.ws = ws
        self.result: CheckResult | None = None
        self.task: Task | None = None
        self.save_dialog: SaveTableDialog | None = None
        self._shown: list[int] = []
        self._changed = False
        self.title = TitleRow(self.tr("自查"))
        self.title.set_back(self.tr("首页"), lambda: shell.open(Address("home")))
        self.save_button = Button(self.tr("存为 Excel"), icon="save", key="Ctrl+E")
        self.save_button.clicked.connect(self.save_table)
        if ws.may("plain-export"):
            self.title.add_action(self.save_button)
        self.again = self.title.add_action(Button(self.tr("再查一次"), "primary", "turn", key="Ctrl+R"))
        self.again.clicked.connect(self._again)
        self.lines.addWidget(self.title)
        self.lines.addWidget(self._make_filters())
        self.stack = QStackedWidget()
        self.table = SmallTable(
            [
                Column("severity", "", 82, "status"),
                Column("kind", self.tr("类别"), 118, "quiet"),
                Column("record", self.tr("哪条记录"), 330, "name"),
                Column("message", self.tr("什么不对"), 400, stretch=True),
            ],
            fill=True,
        )
        self.table.opened.connect(self.open_record)
        self.table.current_changed.connect(lambda _key: self._tell())
        self.start_button = Button(self.tr("现在查"), "primary")
        self.start_button.clicked.connect(self.start)
        self.unchecked = EmptyState(
            "inspect", self.tr("打开册以后还没有查过"),
            self.tr("查数据库文件、变更记录，和所有合计、份额、办理状态、日期、引用；只看不改，随时可停"),
            [self.start_button],
        )  # fmt: skip
        self.sound = EmptyState("ok", self.tr("没有发现问题"))
        self.none = EmptyState("search", self.tr("没有符合的"), self.tr("换一类、换一个村，或清除筛选"))
        for part in (self.table, self.unchecked, self.sound, self.none):
            self.stack.addWidget(part)
        self.lines.addWidget(self.stack, 1)
        self.bar = ActionBar()
        self.chosen = Label("", "second", wrap=True)
        self.open_button = Button(self.tr("打开这条记录"), "primary", key="Enter")
        self.open_button.clicked.connect(lambda: self.open_record(self.table.current_id()))
        self.bar.add_left(self.chosen, 8)
        self.bar.add_right(self.open_button)
        self.lines.addWidget(self.bar)
        self._show_result()

    def _make_filters(self) -> FilterBar:
        self.filters = FilterBar(self.tr("找记录、找问题"), self)
        self.groups = Segments([("", self.tr("全部")), *SEVERITIES.items()], "")
        self.kind = Select([(self.tr("全部"), "")], self.tr("类别"))
        self.village = Select([(self.tr("全部"), "")], self.tr("村"))
        self.filters.add_segments("severity", self.groups)
        self.filters.add_select("kind", self.kind)
        self.filters.add_select("village", self.village)
        self.filters.changed.connect(self._show_rows)
        self.filters.left_down.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        return self.filters

    # -- checking ----------------------------------------------------------------------------------------------

    def shown_under(self) -> str:
        return "home"

    def entered(self) -> None:
        self._show_result()
        here = self.stack.currentWidget()
        target = self.start_button if here is self.unchecked else self.table if here is self.table else self.again
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _again(self) -> None:
        if self.task is None:
            self.start()
        else:
            self.task.stop()

    def start(self) -> None:
        """Check everything on a thread of its own, with progress; 停下 ends it and leaves the last result."""
        if self.task is not None:
            return
        ws = self.ws

        def check(work: Work) -> CheckResult:
            return run_check(ws, work.progress)

        self.task = task = self.shell.gates.read(
            check, owner=self, title=self.tr("自查"), fail=self._failed, priority=Priority.LONG
        )
        task.progressed.connect(self._progressed)
        task.finished.connect(self._over)
        self.shell.show_task(task, self.tr("自查"))
        began_here = self.start_button.hasFocus()
        self._show_state()
        if began_here:
            self.again.setFocus(Qt.FocusReason.OtherFocusReason)  # 停下

    def _progressed(self, _done: int, _total: int, what: str) -> None:
        if self.task is not None:
            self.title.set_fact(self.tr("正在查 {what}").format(what=what))

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            self.shell.toast(self.tr("已停下，这次没有查完"))
        else:
            self.shell.show_error(error, self.tr("自查"))

    def _over(self) -> None:
        had_focus = self.again.hasFocus()
        self.task = None
        before = self.result
        self._show_result()
        if self.result is before:
            return
        self.shell.gates.notify((LAST_CHECK,))  # 首页 says it
        if not self.isVisible() and self.result is not None:
            self.shell.toast(self.tr("自查好了：{found}").format(found=self.result.words))
        elif had_focus:
            self.entered()

    def refresh(self) -> None:
        """Something was written: the findings are those of before, which is said."""
        ws, result = self.ws, self.result
        if result is None:
            return
        self.shell.gates.read(
            lambda _w: changed_since(ws, result), lambda changed: self._take_changed(result, changed), owner=self,
            key=f"check-{id(self)}", fail=lambda _e: None, priority=Priority.AHEAD,
        )  # fmt: skip

    def _take_changed(self, result: CheckResult, changed: bool) -> None:
        if result is self.result:
            self._changed = changed
            self._show_state()

    # -- showing -----------------------------------------------------------------------------------------------

    def _show_result(self) -> None:
        found = last_check(self.ws)
        if found is not self.result:
            self.result, self._changed = found, False
            self.filters.set_values(self.filters.defaults())
        self._show_state()
        self._show_rows()

    def _show_state(self) -> None:
        """The fact beside the title and what the buttons do now."""
        running, result = self.task is not None, self.result
        self.again.setText(self.tr("停下") if running else self.tr("再查一次"))
        self.again.set_icon_name("x" if running else "turn")
        self.again.set_kind("plain" if running else "primary")
        self.again.setVisible(running or result is not None)
        if running:
            self.again.show()  # before the other goes: the focus has somewhere to stay
        self.start_button.setEnabled(not running)
        if running:
            self.title.set_fact(self.tr("正在查"))
        elif result is None:
            self.title.set_fact("")
        else:
            words = self.tr("{when} 查过，{found}").format(when=when_words(self, result.at), found=result.words)
            self.title.set_fact(words + (self.tr("；之后册里有改动") if self._changed else ""))
            looked = self.tr("{when} 查过数据库文件、{ops:,} 条变更，和 {n:,} 条记录的合计、份额、办理状态、日期、引用")
            when = when_words(self, result.at)
            self.sound.show_words(
                self.tr("没有发现问题"), looked.format(when=when, ops=result.operations, n=result.records)
            )

    def matching(self, *, but: str = "") -> Iterator[tuple[int, Problem]]:
        """Problems that meet the filters (all filters, or all but one), with their place in the result."""
        wanted = self.filters.values()
        text = str(wanted["text"])
        for i, problem in enumerate(self.result.problems if self.result is not None else ()):
            cells = {"severity": problem.severity, "kind": problem.kind, "village": problem.village or NO_VILLAGE}
            if text in problem.sentence and all(
                key == but or wanted[key] in ("", None, cell) for key, cell in cells.items()
            ):
                yield i, problem

    def _show_rows(self) -> None:
        self._count()
        rows: list[tuple[str, tuple[Any, ...]]] = []
        self._shown = []
        for i, problem in self.matching():
            self._shown.append(i)
            record = problem.record or self.tr("册的文件")
            rows.append((str(i), (_CHIPS[problem.severity], problem.kind, record, problem.message)))
        self.table.set_rows(rows)
        if rows and not self.table.current_id():
            self.table.go_to(rows[0][0])
        result = self.result
        found = bool(result is not None and result.problems)
        self.filters.setVisible(found)
        self.bar.setVisible(found)
        self.save_button.setEnabled(bool(rows))
        self.save_button.setVisible(found and self.ws.may("plain-export"))
        part = self.unchecked if result is None else self.table if rows else self.none if found else self.sound
        self.stack.setCurrentWidget(part)
        self._tell()

    def _count(self) -> None:
        """How many there are of each group, kind and village within the other filters."""
        groups = Counter(p.severity for _i, p in self.matching(but="severity"))
        words = [(key, f"{word} {groups[key]:,}") for key, word in SEVERITIES.items()]
        self.groups.set_choices([("", self.tr("全部 {n:,}").format(n=sum(groups.values()))), *words])
        kinds = Counter(p.kind for _i, p in self.matching(but="kind"))
        villages = Counter(p.village for _i, p in self.matching(but="village"))
        self._offer(self.kind, {kind: kind for kind in kinds}, kinds)
        names = {name: name for name in sorted(villages) if name}
        if villages[""]:
            names[NO_VILLAGE], villages[NO_VILLAGE] = self.tr("不在哪个村"), villages.pop("")
        self._offer(self.village, names, villages)

    def _offer(self, select: Select, words: dict[str, str], counts: Counter[str]) -> None:
        chosen = str(select.value() or "")
        if chosen and chosen not in words:  # none of it is left within the other filters: it stays chosen, with 0
            words[chosen] = self.tr("不在哪个村") if chosen == NO_VILLAGE else chosen
        items = [(f"{word} {counts[key]:,}", key) for key, word in words.items()]
        select.set_items([(self.tr("全部"), ""), *items], chosen)

    def current(self) -> Problem | None:
        """The problem that is chosen."""
        key = self.table.current_id()
        return self.result.problems[int(key)] if key and self.result is not None else None

    def _tell(self) -> None:
        problem = self.current()
        self.chosen.setText(problem.sentence if problem is not None else "")
        self.open_button.setEnabled(problem is not None and bool(problem.row_id))

    # -- a finding's record ------------------------------------------------------------------------------------

    def open_record(self, key: str) -> None:
        """Enter: to the page where the record is mended; where it has none, to its changes."""
        if not key or self.result is None:
            return
        problem, ws = self.result.problems[int(key)], self.ws
        if not problem.row_id or problem.table not in SCHEMA.by_name:
            self.shell.toast(self.tr("这一条说的是册的文件，没有记录可打开"))
            return
        self.shell.gates.read(
            lambda _w: place_of(ws, problem.table, problem.row_id),
            lambda place: self.open_place(problem.table, problem.row_id, place),
            owner=self,
            key=f"check-place-{id(self)}",
            title=self.tr("打开记录"),
            priority=Priority.NOW,
        )

    def open_place(self, table: str, row_id: str, place: RecordPlace | None) -> None:
        """Go to where a record is seen; None: to its changes."""
        if place is None:
            self.shell.open(history_address(table, row_id))
        else:
            self.shell.open(Address(_PAGE_OF_TABLE.get(place.table, place.table), place.row_id, place.tab))

    # -- Excel -------------------------------------------------------------------------------------------------

    def save_table(self) -> None:
        """Ctrl+E: what is listed now as a workbook; first what for."""
        if not self._shown:
            return
        self.save_dialog = SaveTableDialog(self.tr("自查"), len(self._shown), 0, 5, False, self)
        dialog = self.save_dialog
        dialog.accepted.connect(lambda: dialog.ask_place(self.write_table))
        dialog.open()

    def write_table(self, target: Path, *, ticked: bool, with_id: bool, purpose: str) -> None:
        """Write the workbook; that it left is remembered."""
        result, ws, name = self.result, self.ws, self.tr("自查")
        if result is None:
            return
        listed = [result.problems[i] for i in self._shown]
        columns = [
            TableColumn(self.tr("轻重"), "text", 10), TableColumn(self.tr("类别"), "text", 16),
            TableColumn(self.tr("村"), "text", 14), TableColumn(self.tr("哪条记录"), "text", 44),
            TableColumn(self.tr("什么不对"), "text", 70),
        ]  # fmt: skip
        filtered = self.filters.words() or self.tr("全部")
        about = [(self.tr("查的时间"), f"{result.at:%Y-%m-%d %H:%M}"), (self.tr("筛选"), filtered)]

        def write(work: Work) -> Saved:
            return save_list(
                ws, name, target, columns, ["severity", "kind", "village", "record", "message"], _cells(listed),
                len(listed), about=about, with_id=with_id, purpose=purpose, progress=work.progress,
            )  # fmt: skip

        task = self.shell.gates.write(
            write,
            lambda saved: self.shell.toast(
                self.tr("已存 {n:,} 行到 {name}").format(n=saved.rows, name=saved.path.name)
            ),
            owner=self,
            title=self.tr("存为 Excel"),
        )
        self.shell.show_task(task)


def _cells(listed: Sequence[Problem]) -> Iterator[Sequence[str]]:
    for p in listed:
        yield SEVERITIES[p.severity], p.kind, p.village, p.record, p.message
