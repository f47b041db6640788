"""首页: what waits for a person, how much there is by village, and whether the data are safe."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.app.home import HomeSummary, home_summary
from desktop.app.keeping.self_check import LAST_CHECK, CheckResult, last_check
from desktop.app.workspace import Workspace
from desktop.common.money import format_wan, format_yuan
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.page import Page, Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.labels import Card, ElidedLabel, Label, Link, StatusWord, rule
from desktop.ui.widgets.page_rows import TitleRow
from desktop.ui.widgets.painting import (
    Chip,
    Tone,
    chip_size,
    paint_chip,
    paint_focus_ring,
    paint_status_word,
    tone_text,
)
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.workers import Priority

STACKED_BELOW = 860
"""Page width in pixels (at medium text) below which the side column goes under the main one."""
WIDEST = 16_777_215
"""Qt's own upper bound of a widget's width."""
OLD_BACKUP = dt.timedelta(days=7)


@dataclass(frozen=True)
class Todo:
    """One thing that waits: its kind, what, a detail, its state, the word of the action and where it leads."""

    kind: str
    what: str
    detail: str
    state: Chip
    action: str
    address: Address


class TodoRow(QAbstractButton):
    """One row of the list of things to do; Enter, Space or a click opens it."""

    def __init__(self, todo: Todo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.todo = todo
        self.setText(todo.what)
        self.setAccessibleName(f"{todo.kind}：{todo.what}，{todo.detail}，{todo.state.text}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(480, theme().px("option_row"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        box = QRectF(self.rect())
        if self.hasFocus():
            painter.fillRect(box, c("selection"))
        elif self.underMouse():
            painter.fillRect(box, c("hover"))
        chip = Chip(self.todo.kind)
        size = chip_size(chip)
        paint_chip(painter, QRectF(14, (box.height() - size.height()) / 2, size.width(), size.height()), chip)
        metrics = QFontMetrics(theme().font())
        left, right = 100.0, box.width() - 14
        painter.setFont(theme().font())
        painter.setPen(c("accent"))
        action = QRectF(right - 84, 0, 85, box.height())
        end = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(action, end, self.todo.action)
        right -= 94
        width = metrics.horizontalAdvance(self.todo.state.text) + theme().px("icon_small") + 5
        if right - left > 2 * width + 120:  # on a narrow window the words go first; the state is in the spoken name
            state = QRectF(right - width, 0, width + 1, box.height())
            paint_status_word(painter, state, self.todo.state, tone_text(self.todo.state.tone))
            right -= width + 16
        painter.setPen(c("text"))
        what = metrics.elidedText(self.todo.what, Qt.TextElideMode.ElideRight, int(right - left))
        painter.drawText(QRectF(left, 0, right - left, box.height()), Qt.AlignmentFlag.AlignVCenter, what)
        left += metrics.horizontalAdvance(what) + 10
        painter.setPen(c("text_2"))
        detail = metrics.elidedText(self.todo.detail, Qt.TextElideMode.ElideRight, max(0, int(right - left)))
        painter.drawText(QRectF(left, 0, right - left, box.height()), Qt.AlignmentFlag.AlignVCenter, detail)
        if self.hasFocus():
            paint_focus_ring(painter, self.rect())


class HomePage(Page):
    """`HomePage(shell, ws)`: fetched when shown and after each write."""

    shows = frozenset({"household", "person", "asset", "right", "division", "contract", "receipt", LAST_CHECK})

    def __init__(self, shell: Shell, ws: Workspace) -> None:
        super().__init__(shell)
        self._ws = ws
        self.rows: list[TodoRow] = []
        self.title = TitleRow(self.tr("今日待办"))
        if ws.may("import"):
            button = self.title.add_action(Button(self.tr("导入"), icon="import"))
            button.clicked.connect(lambda: shell.open(Address("import")))
        people = self.title.add_action(Button(self.tr("看住户"), "primary", "household"))
        people.clicked.connect(lambda: shell.open(Address("household")))
        self.lines.addWidget(self.title)
        body = QWidget()
        columns = self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, body)
        columns.setContentsMargins(16, 0, 16, 14)
        columns.setSpacing(16)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(body)
        body.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        self.lines.addWidget(area, 1)
        left = QVBoxLayout()
        left.setSpacing(6)
        columns.addLayout(left, 1)
        self.waiting_title = Label(self.tr("要您处理的"), "section")
        self.waiting_fact = Label("", "caption")
        left.addLayout(_heading(self.waiting_title, self.waiting_fact))
        self.waiting = Card()
        left.addWidget(self.waiting)
        left.addSpacing(10)
        self.villages_fact = Label("", "caption")
        left.addLayout(_heading(Label(self.tr("各村"), "section"), self.villages_fact))
        card = Card()
        self.villages = SmallTable(
            [
                Column("name", self.tr("村"), 120, "name", stretch=True),
                Column("households", self.tr("户"), 90, "number"),
                Column("persons", self.tr("人"), 90, "number"),
                Column("assets", self.tr("资产"), 90, "number"),
                Column("value", self.tr("资产原值 万元"), 140, "wan"),
            ],
            fill=True,
        )
        self.villages.opened.connect(lambda _code: shell.open(Address("household")))
        card.body.addWidget(self.villages)
        start = Button(self.tr("去导入"), "primary", small=True)
        start.clicked.connect(lambda: shell.open(Address("import")))
        self.no_villages = EmptyState(
            "village", self.tr("还没有哪个村的记录"), self.tr("导入花名册或资产台账，也可以直接新建住户、登记资产"),
            [start] if ws.may("import") else [],
        )  # fmt: skip
        card.body.addWidget(self.no_villages)
        left.addWidget(card, 1)
        self.villages.setMinimumHeight(150)
        side = self._side = QWidget()
        right = QVBoxLayout(side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(6)
        columns.addWidget(side)
        right.addLayout(_heading(Label(self.tr("登记册里有"), "section")))
        self.counts = Card(margins=(14, 4, 14, 4))
        right.addWidget(self.counts)
        right.addSpacing(10)
        right.addLayout(_heading(Label(self.tr("数据是否稳妥"), "section")))
        self.safety = Card(margins=(14, 4, 14, 4))
        right.addWidget(self.safety)
        right.addStretch(1)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Two columns while there is room, else one below the other."""
        super().resizeEvent(event)
        scale = max(theme().scale, 1.0)
        wide = self.width() >= STACKED_BELOW * scale
        directions = QBoxLayout.Direction
        self._columns.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        self._side.setMinimumWidth(round(344 * scale) if wide else 0)
        self._side.setMaximumWidth(round(344 * scale) if wide else WIDEST)

    def refresh(self) -> None:
        ws = self._ws
        now = dt.datetime.now().astimezone()
        days = [self.tr(f"星期{day}") for day in "一二三四五六日"]
        self.title.set_fact(self.tr("{m} 月 {d} 日 {w}").format(m=now.month, d=now.day, w=days[now.weekday()]))
        self.shell.gates.read(
            lambda _w: home_summary(ws),
            self.show_summary,
            owner=self,
            key=f"home-{id(self)}",
            title=self.tr("首页"),
            priority=Priority.AHEAD,
        )

    def entered(self) -> None:
        (self.rows[0] if self.rows else self.villages).setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)
        self.refresh()

    def show_summary(self, summary: HomeSummary) -> None:
        """Show the figures."""
        self._show_waiting(todos(self, summary))
        self.villages.set_rows(
            [(v.code, (v.name, v.households, v.persons, v.assets, v.original_value_fen)) for v in summary.villages]
        )
        count = self.tr("{n} 个村有记录").format(n=len(summary.villages))
        self.villages_fact.setText(count if summary.villages else "")
        self.villages.setVisible(bool(summary.villages))
        self.no_villages.setVisible(not summary.villages)
        _fill(
            self.counts,
            [
                (self.tr("住户"), "household", "neutral", self.tr("{n:,} 户").format(n=summary.households)),
                (self.tr("人口"), "user", "neutral", self.tr("{n:,} 人").format(n=summary.persons)),
                (self.tr("资产"), "asset", "neutral", self.tr("{n:,} 项").format(n=summary.assets)),
                (
                    self.tr("资产原值"),
                    "chart",
                    "neutral",
                    self.tr("{v} 万元").format(v=format_wan(summary.original_value_fen)),
                ),
            ],
        )
        old = summary.last_backup is None or dt.datetime.now().astimezone() - summary.last_backup > OLD_BACKUP
        backup = self.tr("还没有备份") if summary.last_backup is None else when_words(self, summary.last_backup)
        merged = self.tr("没有收过") if summary.last_merge is None else when_words(self, summary.last_merge)
        _fill(
            self.safety,
            [
                (self.tr("备份"), "alert" if old else "ok", "warning" if old else "success", backup),
                (
                    self.tr("未报送变更"),
                    "exchange",
                    "neutral",
                    self.tr("{n:,} 条").format(n=summary.unsent_operations),
                ),
                (self.tr("上次收包"), "exchange", "neutral", merged),
                (
                    self.tr("冲突"),
                    "fork" if summary.conflicts else "ok",
                    "danger" if summary.conflicts else "success",
                    self.tr("{n:,} 处").format(n=summary.conflicts) if summary.conflicts else self.tr("没有"),
                ),
            ],
        )
        self._show_check(last_check(self._ws))

    def _show_check(self, result: CheckResult | None) -> None:
        """自查 with its last result and time, and the way to its page."""
        tone: Tone = "neutral"
        words = self.tr("还没有查过")
        if result is not None:
            tone = "danger" if result.count("error") else "warning" if result.problems else "success"
            pressing = result.words.partition("，")[0]  # there is room for one group
            words = f"{when_words(self, result.at)}，{pressing}"
        icon = {"danger": "error", "warning": "alert", "success": "ok"}.get(tone, "inspect")
        self.safety.body.addWidget(rule("grid"))
        self.check_link = Link(self.tr("去看"))
        self.check_link.setAccessibleName(self.tr("自查：{words}，去看").format(words=words))
        self.check_link.clicked.connect(lambda: self.shell.open(Address("check")))
        self.safety.body.addWidget(_line(self.tr("自查"), icon, tone, words, self.check_link))

    def _show_waiting(self, found: list[Todo]) -> None:
        if [row.todo for row in self.rows] == found and (found or self.waiting.body.count()):
            return
        _clear(self.waiting)
        first, self.rows = not self.rows, []
        self.waiting_fact.setText(self.tr("{n} 件").format(n=len(found)) if found else "")
        if not found:
            self.waiting.body.addWidget(EmptyState("ok", self.tr("没有等着处理的"), self.tr("冲突、报送和备份都妥了")))
        for i, todo in enumerate(found):
            if i:
                self.waiting.body.addWidget(rule("grid"))
            row = TodoRow(todo)
            row.clicked.connect(lambda _=False, address=todo.address: self.shell.open(address))
            self.rows.append(row)
            self.waiting.body.addWidget(row)
        if first and self.rows and self.villages.hasFocus():
            self.rows[0].setFocus(Qt.FocusReason.OtherFocusReason)


def todos(owner: QWidget, summary: HomeSummary) -> list[Todo]:
    """What waits for a person, the pressing first."""
    tr = owner.tr
    found = []
    if summary.crash_note:
        found.append(
            Todo(
                tr("上次"), tr("上次没有正常关闭"), tr("检查过了，数据完好"), Chip.of("warning"), tr("看备份"),
                Address("settings", part="backup"),
            )
        )  # fmt: skip
    if summary.conflicts:
        found.append(
            Todo(
                tr("合并"), tr("{n:,} 处冲突要您定").format(n=summary.conflicts), tr("两台机器改了同一项"),
                Chip.of("conflict"), tr("去处理"), Address("exchange", part="conflicts"),
            )
        )  # fmt: skip
    if summary.outside_scope:
        found.append(
            Todo(
                tr("范围"), tr("{n:,} 条变更在范围之外").format(n=summary.outside_scope), tr("等县里收或退"),
                Chip.of("todo"), tr("去看"), Address("exchange", part="scope"),
            )
        )  # fmt: skip
    if summary.contracts.over:
        found.append(
            Todo(
                tr("合同"), tr("{n:,} 份合同到期未办结").format(n=summary.contracts.over), tr("续签，或办理到期"),
                Chip.of("overdue"), tr("去看"), Address("contract", part="over"),
            )
        )  # fmt: skip
    if summary.contracts.expiring:
        found.append(
            Todo(
                tr("合同"), tr("{n:,} 份合同快到期").format(n=summary.contracts.expiring),
                tr("最早的剩 {n} 天").format(n=summary.contracts.soonest), Chip.of("due_soon", tr("提醒")), tr("去看"),
                Address("contract", part="expiring"),
            )
        )  # fmt: skip
    if summary.contracts.owing:
        found.append(
            Todo(
                tr("收款"), tr("{n:,} 份合同有欠款").format(n=summary.contracts.owing),
                tr("共欠 {v} 元").format(v=format_yuan(summary.contracts.owed_fen)), Chip.of("warning"), tr("去催收"),
                Address("contract", part="owing"),
            )
        )  # fmt: skip
    if summary.unsent_operations:
        found.append(
            Todo(
                tr("报送"), tr("{n:,} 条变更未报送").format(n=summary.unsent_operations), tr("导出变更包，交上级"),
                Chip.of("todo"), tr("去报送"), Address("exchange", part="export"),
            )
        )  # fmt: skip
    now = dt.datetime.now().astimezone()
    if summary.last_backup is None or now - summary.last_backup > OLD_BACKUP:
        detail = tr("还没有备份过") if summary.last_backup is None else when_words(owner, summary.last_backup)
        found.append(
            Todo(
                tr("备份"), tr("该备份了"), detail, Chip.of("due_soon", tr("过了一周")) if summary.last_backup else
                Chip.of("todo"), tr("去备份"), Address("settings", part="backup"),
            )
        )  # fmt: skip
    return found


def when_words(owner: QWidget, when: dt.datetime) -> str:
    """今天 18:04, 昨天 18:04, 11-20 18:04, or with the year."""
    now = dt.datetime.now().astimezone()
    days = (now.date() - when.date()).days
    clock = when.strftime("%H:%M")
    if days == 0:
        return owner.tr("今天 {t}").format(t=clock)
    if days == 1:
        return owner.tr("昨天 {t}").format(t=clock)
    return when.strftime("%m-%d %H:%M") if when.year == now.year else when.strftime("%Y-%m-%d")


def _heading(*parts: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    return row


def _clear(card: Card) -> None:
    while card.body.count():
        widget = card.body.takeAt(0).widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def _fill(card: Card, facts: list[tuple[str, str, Tone, str]]) -> None:
    _clear(card)
    for i, fact in enumerate(facts):
        if i:
            card.body.addWidget(rule("grid"))
        card.body.addWidget(_line(*fact))


def _line(word: str, icon: str, tone: Tone, value: str, link: QWidget | None = None) -> QWidget:
    """A word with its icon at the left, what it is at the right, and a link behind it."""
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(StatusWord(word, icon, tone))
    shown = ElidedLabel(value, "second")
    shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    row.addWidget(shown, 1)
    if link is not None:
        row.addWidget(link)
    line.setFixedHeight(round(34 * max(theme().scale, 1.0)))
    return line
