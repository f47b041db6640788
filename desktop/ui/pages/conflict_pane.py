"""数据交换 · 冲突: records in conflict at the left, the card of one at the right; cases and changes outside scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.app.distribution.settling import STATES
from desktop.app.exchange.exchanging import (
    ConflictView,
    Waiting,
    conflict_views,
    decide_scope,
    outside_scope,
    resolve_all,
    take_back_decision,
)
from desktop.app.exchange.package_files import CaseView, case_views
from desktop.app.workspace import Workspace
from desktop.store.unit_of_work import Committed
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.conflict_card import ConflictCard, RecordConflicts
from desktop.ui.pages.conflict_list import ConflictList, RecordLine
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.figures import Bar
from desktop.ui.widgets.labels import Label, Panel, rule
from desktop.ui.widgets.masking import masked
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segment, Segments
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.workers import Priority, Work


@dataclass(frozen=True)
class Found:
    """What waits for a person after merging."""

    conflicts: list[ConflictView]
    cases: list[CaseView]
    outside: list[Waiting]


class ConflictPane(QWidget):
    """`ConflictPane(shell, ws, villages)`: `refresh()`; keys 1–9, F2, PgUp, PgDn, Ctrl+Enter through the page.

    `counted(n)` tells how much waits altogether.
    """

    counted = Signal(int)

    def __init__(self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._shell, self._ws = shell, ws
        self._may = ws.may("resolve")
        self._records: dict[str, RecordConflicts] = {}
        self._done: list[RecordLine] = []
        self._found = Found([], [], [])
        self._saving = False
        self._proved = False
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(16, 8, 16, 8)
        top.setSpacing(10)
        words = (("conflict", self.tr("冲突")), ("case", self.tr("疑点")), ("outside", self.tr("范围外")))
        self.kinds = Segments(words, "conflict")
        self.kinds.changed.connect(lambda _k: self._show_kind())
        top.addWidget(self.kinds)
        self.said = Label("", "caption")
        top.addWidget(self.said, 1)
        lines.addLayout(top)
        lines.addWidget(rule())
        self.stack = QStackedWidget()
        self.stack.addWidget(self._conflict_page(villages))
        self.stack.addWidget(self._case_page())
        self.stack.addWidget(self._outside_page())
        lines.addWidget(self.stack, 1)
        self.setFocusProxy(self.card)

    # -- parts -------------------------------------------------------------------------------------------------

    def _conflict_page(self, villages: Sequence[tuple[str, str]]) -> QWidget:
        page = QWidget()
        lines = QVBoxLayout(page)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.body = QStackedWidget()
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        side = Panel("surface")
        side.setFixedWidth(round(236 * max(theme().scale, 1.0)))
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(12, 9, 12, 10)
        head.setSpacing(6)
        self.progress_word = Label("", "bold")
        self.progress = Bar()
        head.addWidget(self.progress_word)
        head.addWidget(self.progress)
        column.addLayout(head)
        column.addWidget(rule())
        self.list = ConflictList()
        self.list.chosen.connect(self._show_record)
        column.addWidget(self.list, 1)
        row.addWidget(side)
        row.addWidget(rule("v"))
        self.card = ConflictCard(villages, self._after, self._may)
        self.card.changed.connect(self._tell)
        row.addWidget(self.card, 1)
        self.body.addWidget(both)
        self.empty = EmptyState("ok", self.tr("没有冲突"), self.tr("合并数据包后，两边都改过的内容会列在这里"))
        self.body.addWidget(self.empty)
        lines.addWidget(self.body, 1)
        self.bar = ActionBar()
        self.back_button = Button(self.tr("上一条"), icon="left", key="PgUp")
        self.later_button = Button(self.tr("先放着"), key="PgDn")
        self.open_button = Button(self.tr("看这条记录"))
        self.go_button = Button("", "primary", key="Ctrl+Enter", bind=False)
        for button in (self.back_button, self.later_button, self.open_button):
            self.bar.add_left(button)
        self.bar.add_right(self.go_button)
        self.back_button.clicked.connect(lambda: self.list.step(-1))
        self.later_button.clicked.connect(lambda: self.list.step(1))
        self.open_button.clicked.connect(self._open_record)
        self.go_button.clicked.connect(self.decide)
        self.go_button.setVisible(self._may)
        lines.addWidget(self.bar)
        return page

    def _case_page(self) -> QWidget:
        page = Panel("surface")
        lines = QVBoxLayout(page)
        lines.setContentsMargins(0, 0, 0, 0)
        self.cases = SmallTable(
            [
                Column("record", self.tr("记录"), 110, "quiet"),
                Column("title", self.tr("名称"), 240, "name"),
                Column("message", self.tr("疑点"), 300, stretch=True),
                Column("open", self.tr("处理"), 110, "status"),
            ],
            fill=True,
        )
        self.cases.opened.connect(self._open_case)
        self.no_cases = EmptyState("ok", self.tr("没有疑点"), self.tr("几条记录合在一起对不上时，列在这里"))
        lines.addWidget(self.cases, 1)
        lines.addWidget(self.no_cases, 1)
        return page

    def _outside_page(self) -> QWidget:
        page = Panel("surface")
        lines = QVBoxLayout(page)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.outside = SmallTable(
            [
                Column("record", self.tr("记录"), 220, "name"),
                Column("what", self.tr("改了什么"), 200, stretch=True),
                Column("who", self.tr("谁"), 100),
                Column("device", self.tr("设备"), 160, "quiet"),
            ],
            fill=True,
        )
        lines.addWidget(self.outside, 1)
        bar = ActionBar()
        self.outside_bar = bar
        self.refuse_button = Button(self.tr("不计入"), "danger")
        self.admit_button = Button(self.tr("允许计入"), "primary")
        self.all_button = Button(self.tr("全部允许"))
        bar.add_right(self.all_button)
        bar.add_right(self.refuse_button)
        bar.add_right(self.admit_button)
        self.refuse_button.clicked.connect(lambda: self._decide_scope(False))
        self.admit_button.clicked.connect(lambda: self._decide_scope(True))
        self.all_button.clicked.connect(lambda: self._decide_scope(True, everything=True))
        lines.addWidget(bar)
        may = self._ws.may("admin") and self._ws.level == "county"
        for button in (self.refuse_button, self.admit_button, self.all_button):
            button.setVisible(may)
        bar.set_hint(self.tr("不计入的内容也留着备查") if may else self.tr("由县级决定是否计入；决定会随下发包回来"))
        return page

    # -- what waits --------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Fetch what waits: conflicts and what lies outside at once; the facts that do not hold are proved meanwhile,
        which takes seconds where there are 200,000 households."""
        ws, read = self._ws, self._shell.gates.read

        def at_once(_work: Work) -> tuple[list[ConflictView], list[Waiting]]:
            return conflict_views(ws), outside_scope(ws)

        self._proved = False
        read(at_once, self._show, owner=self, key=f"conflicts-{id(self)}", title=self.tr("取冲突"))
        read(
            lambda _work: case_views(ws), self._show_proved, owner=self, key=f"cases-{id(self)}",
            title=self.tr("取疑点"), priority=Priority.LONG,
        )  # fmt: skip

    def _show_proved(self, cases: list[CaseView]) -> None:
        self._found, self._proved = replace(self._found, cases=cases), True
        self._show_cases(cases)
        self._count()

    def _count(self) -> None:
        """How much of each kind waits; told only when all of it is known."""
        found = self._found
        cases = self.tr("疑点 {n}").format(n=len(found.cases)) if self._proved else self.tr("疑点 …")
        self.kinds.set_choices(
            [
                Segment("conflict", self.tr("冲突 {n}").format(n=len(found.conflicts)), "fork", "danger"),
                Segment("case", cases, "alert", "warning"),
                Segment("outside", self.tr("范围外 {n}").format(n=len(found.outside)), "flag", "warning"),
            ]
        )
        if self._proved:
            self.counted.emit(len(found.conflicts) + len(found.cases) + len(found.outside))

    def _show(self, came: tuple[list[ConflictView], list[Waiting]]) -> None:
        found = self._found = Found(came[0], self._found.cases, came[1])
        records: dict[str, RecordConflicts] = {}
        for view in found.conflicts:
            key = f"{view.table}|{view.row_id}"
            if key in records:
                records[key].views.append(view)
            else:
                records[key] = RecordConflicts([view])
        for key, record in records.items():  # choices made but not yet confirmed survive a refresh
            old = self._records.get(key)
            if old is not None:
                cases = {view.case for view in record.views}
                record.decisions = {case: d for case, d in old.decisions.items() if case in cases}
        unchanged = self.card.record is not None and records.get(self.card.record.key) is not None and (
            records[self.card.record.key].views == self.card.record.views
        )  # fmt: skip
        if unchanged and self.card.record is not None:
            records[self.card.record.key] = self.card.record
        self._records = records
        self._done = [line for line in self._done if line.key not in records]
        current = self.list.key()
        self.list.set_lines([*map(self._line, records.values()), *self._done], current)
        if not unchanged or self.list.key() != (self.card.record.key if self.card.record else ""):
            self._show_record(self.list.key())
        self.body.setCurrentIndex(0 if records or self._done else 1)
        self.bar.setVisible(bool(records))
        self._show_outside(found.outside)
        self._tell()
        self._count()

    def _line(self, record: RecordConflicts) -> RecordLine:
        first = record.views[0]
        sides = len({(c.device, c.who) for view in record.views for c in view.choices})
        about = self.tr("{n} 处都改了").format(n=sides) if sides > 1 else self.tr("同一处改了两回")
        removal = any(view.field == "removed" for view in record.views)
        word = self.tr("改与删") if removal else self.tr("{n} 项").format(n=len(record.views))
        return RecordLine(record.key, first.title, f"{about} · {first.record_word}", Chip(word, "danger", "fork"))

    def _show_cases(self, cases: Sequence[CaseView]) -> None:
        go = Chip(self.tr("去处理"), "accent", "right")
        self.cases.set_rows([(str(i), (c.record_word, c.title, c.message, go)) for i, c in enumerate(cases)])
        self.cases.setVisible(bool(cases))
        self.no_cases.setVisible(not cases)

    def _show_outside(self, outside: Sequence[Waiting]) -> None:
        self.outside.set_rows([(w.op_id, (w.record, w.change, w.who, w.device)) for w in outside])
        for button in (self.refuse_button, self.admit_button, self.all_button):
            button.setEnabled(bool(outside))

    def show_kind(self, kind: str) -> None:
        """Show conflict, case or outside."""
        self.kinds.set_value(kind)
        self._show_kind()

    def _show_kind(self) -> None:
        kind = self.kinds.value()
        self.stack.setCurrentIndex(("conflict", "case", "outside").index(kind))
        target = {"conflict": self.card, "case": self.cases, "outside": self.outside}[kind]
        target.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell()

    def _show_record(self, key: str) -> None:
        record = self._records.get(key)
        if record is not self.card.record or record is None:
            self.card.show_record(record)
        self._tell()

    def _after(self, record: RecordConflicts) -> list[str]:
        """What happens when one confirms."""
        said = []
        for view in record.views:
            decision = record.decision(view)
            if decision.made:
                sentence = self.tr("“{field}”记为“{value}”，写入{unit}的登记册。")
                value = masked(decision.words)
                said.append(sentence.format(field=view.field_word, value=value, unit=self._ws.unit_name))
        if left := record.open_count():
            said.append(self.tr("还差 {n} 项，都定了才写入。").format(n=left))
        if any((view.table, view.field) in STATES for view in record.views):
            said.append(self.tr("账上的凭证、待发的名单和冲销单，随这一决定改成一致。"))
        said.append(self.tr("各方原来写的都留在变更记录里，这次决定可以撤回。"))
        if self._ws.level == "county":
            said.append(self.tr("下发包会告诉各台设备采用了哪一个、是谁定的。"))
        else:
            said.append(self.tr("下次报送会告诉县级采用了哪一个、是谁定的。"))
        return said

    def _tell(self) -> None:
        open_records, done = len(self._records), len(self._done)
        total = open_records + done
        self.progress_word.setText(self.tr("{n} 条，已定 {k} 条").format(n=total, k=done))
        self.progress.set_value(done / total if total else 0.0)
        record = self.card.record
        left = record.open_count() if record else 0
        several = open_records > 1
        word = self.tr("确定，看下一条") if several else self.tr("确定")
        self.go_button.setText(self.tr("{word}（还差 {n} 项）").format(word=word, n=left) if left else word)
        self.go_button.setEnabled(record is not None and not left and not self._saving)
        self.back_button.setEnabled(several)
        self.later_button.setEnabled(several)
        sides = len(self.card.cells[0]) if self.card.cells else 0
        keys = "  ".join(self.tr("{n} 用 {side}").format(n=i + 1, side=chr(65 + i)) for i in range(sides))
        hint = self.tr("{keys}  F2 手填").format(keys=keys) if self._may else self.tr("您的岗位只能看")
        self.bar.set_hint(hint)

    # -- acts --------------------------------------------------------------------------------------------------

    def active(self) -> bool:
        """Whether the card takes keys now."""
        return self.kinds.value() == "conflict" and self.card.record is not None

    def take(self, side: int) -> None:
        """1–9."""
        if self.active():
            self.card.take(side)

    def own(self) -> None:
        """F2."""
        if self.active() and not self.card.own():
            self._shell.toast(self.tr("这一项由几格组成，到记录里改"))

    def step(self, by: int) -> None:
        """PgUp, PgDn."""
        if self.active():
            self.list.step(by)
            self.card.setFocus(Qt.FocusReason.OtherFocusReason)

    def decide(self) -> None:
        """Ctrl+Enter: write the choices of this record as one unit of work, then show the next."""
        record, ws = self.card.record, self._ws
        if not self.active() or record is None or record.open_count() or self._saving or not self._may:
            return
        choices = record.choices()
        self._saving = True
        self._tell()
        self._shell.gates.write(
            lambda _w: resolve_all(ws, choices),
            lambda committed: self._decided(record, committed),
            owner=self,
            title=self.tr("处理冲突"),
            fail=self._not_decided,
        )

    def _decided(self, record: RecordConflicts, committed: Committed) -> None:
        self._saving = False
        line = self._line(record)
        words = "、".join(masked(record.decision(v).words) for v in record.views)
        chip = Chip(self.tr("已定"), "success", "ok")
        self._done.insert(0, RecordLine(line.key, line.title, f"{words} · {self._ws.user}", chip, True))
        following = self._following(record.key)
        self._records.pop(record.key, None)
        self.list.set_lines([*map(self._line, self._records.values()), *self._done], following)
        self._show_record(self.list.key() if self._records else "")
        self.refresh()
        self.card.setFocus(Qt.FocusReason.OtherFocusReason)
        unit = committed.unit_id
        self._shell.toast(self.tr("已定：{name}").format(name=line.title), lambda: self.take_back(unit, record.key))

    def _following(self, key: str) -> str:
        keys = list(self._records)
        at = keys.index(key) if key in keys else -1
        return keys[(at + 1) % len(keys)] if len(keys) > 1 else ""

    def _not_decided(self, error: BaseException) -> None:
        self._saving = False
        self._tell()
        self._shell.show_error(error, self.tr("处理冲突"))

    def take_back(self, unit: str, key: str) -> None:
        """撤销: the conflicts stand open again."""
        ws = self._ws

        def undone(_committed: Committed) -> None:
            self._done = [line for line in self._done if line.key != key]
            self.refresh()
            self._shell.toast(self.tr("已撤销，这条又是冲突"))

        self._shell.gates.write(lambda _w: take_back_decision(ws, unit), undone, owner=self, title=self.tr("撤销决定"))

    def _open_record(self) -> None:
        record = self.card.record
        if record is not None and record.views[0].table in ("household", "asset"):
            self._shell.open(Address(record.views[0].table, record.views[0].row_id))

    def _open_case(self, number: str) -> None:
        case = self._found.cases[int(number)]
        if case.open_table in ("household", "asset") and case.open_id:
            self._shell.open(Address(case.open_table, case.open_id))

    def _decide_scope(self, admit: bool, *, everything: bool = False) -> None:
        ws = self._ws
        wanted = ["all"] if everything else [self.outside.current_id()]
        if not wanted[0]:
            return
        said = self.tr("已允许 {n} 处") if admit else self.tr("{n} 处不计入，仍留着备查")

        def done(count: int) -> None:
            self._shell.toast(said.format(n=count))
            self.refresh()

        self._shell.gates.write(
            lambda _w: decide_scope(ws, wanted, admit=admit), done, owner=self, title=self.tr("决定范围外的变更")
        )
