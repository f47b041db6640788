"""The wizard of one distribution (design 05): six steps, the sums at the left, the balance bar that must reach 0.00."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.app.distribution.distribution_case import PlanCase, assets_of_receipts, plan_case
from desktop.app.distribution.distribution_paper import PAPER_WORDS, PaperSummary, prepare, print_paper
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.registry.distribution_plan import PlanBalance, PlanProblem
from desktop.registry.distribution_steps import DISTRIBUTION
from desktop.store.unit_of_work import Committed
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.pages.plan_steps.archive import ArchiveStep
from desktop.ui.pages.plan_steps.lines import LinesStep
from desktop.ui.pages.plan_steps.meeting import MeetingStep
from desktop.ui.pages.plan_steps.paying import PayingStep
from desktop.ui.pages.plan_steps.receipts import ReceiptsStep
from desktop.ui.pages.plan_steps.step import PlanStep
from desktop.ui.pages.plan_steps.uses import UsesStep
from desktop.ui.theme import theme
from desktop.ui.widgets.balance_bar import BalanceBar, BarPart
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Card, Label, Panel, rule
from desktop.ui.widgets.page_rows import ActionBar, TitleRow
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.widgets.step_bar import StepBar

RECEIPTS, USES, LINES, MEETING, PAYING, ARCHIVE = range(6)
NARROW = 1100
"""Width below which the title gives way to the steps, and the sums at the left to what is worked on."""
STEP_OF_STATE = {
    "draft": LINES, "village_meeting": MEETING, "town_review": MEETING, "noticing": MEETING, "confirmed": MEETING,
    "paying": PAYING, "closed": ARCHIVE, "reversed": ARCHIVE, "reversal": ARCHIVE, "dropped": ARCHIVE,
}  # fmt: skip


class PlanWizard(QWidget):
    """`PlanWizard(shell, ws, villages, parent=None)`: `open_plan(id)`; `left()` when one goes back to the list."""

    left = Signal()

    def __init__(
        self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.shell, self.ws, self.villages = shell, ws, list(villages)
        self.plan = ""
        self.case: PlanCase | None = None
        self._fresh = True
        self._writing: Counter[str] = Counter()
        self._once: set[tuple[str, str]] = set()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.title = TitleRow("", low=True)
        self.title.set_back(self.tr("收益分配"), self.leave)
        self.step_bar = StepBar([
            self.tr("选收益"), self.tr("定用途"), self.tr("分到户、到人"), self.tr("会议和公示"), self.tr("发放签收"),
            self.tr("归档"),
        ])  # fmt: skip
        self.step_bar.clicked.connect(self.show_step)
        self.title.add_widget(self.step_bar)
        lines.addWidget(self.title)
        body = QHBoxLayout()
        margin = theme().px("l")
        body.setContentsMargins(margin, 0, margin, 12)
        body.setSpacing(12)
        self.side = self._make_side()
        body.addWidget(self.side)
        self.stack = QStackedWidget()
        self.steps: list[PlanStep] = [
            ReceiptsStep(self), UsesStep(self), LinesStep(self), MeetingStep(self), PayingStep(self), ArchiveStep(self),
        ]  # fmt: skip
        for step in self.steps:
            self.stack.addWidget(step)
        body.addWidget(self.stack, 1)
        lines.addLayout(body, 1)
        lines.addWidget(rule())
        self.bar = BalanceBar()
        self.bar.clicked.connect(self._bar_clicked)
        lines.addWidget(self.bar)
        lines.addWidget(rule())
        self.action_bar = ActionBar()
        self.back_button = Button(self.tr("上一步"), icon="left")
        self.back_button.clicked.connect(lambda: self.show_step(self.stack.currentIndex() - 1))
        self.leave_button = Button(self.tr("存好离开"), key="Esc")
        self.leave_button.clicked.connect(self.leave)
        self.print_button = Button(self.tr("打印明细表"), icon="print", key="Ctrl+P")
        self.print_button.clicked.connect(lambda: self.print_paper("distribution"))
        self.problem_button = Button(self.tr("跳到下一处问题"), key="F8")
        self.problem_button.clicked.connect(self.go_to_problem)
        self.next_button = Button("", "primary")
        self.next_button.clicked.connect(self.go_on)
        self.action_bar.add_left(self.back_button)
        self.action_bar.add_left(self.leave_button)
        for button in (self.print_button, self.problem_button, self.next_button):
            self.action_bar.add_right(button)
        lines.addWidget(self.action_bar)
        self._problem_at = -1

    def _make_side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(round(300 * max(theme().scale, 1.0)))
        lines = QVBoxLayout(side)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(10)
        self.sources = SmallTable(
            [Column("name", self.tr("可分配收益"), 150, stretch=True), Column("fen", self.tr("元"), 116, "money")],
            fill=True,
        )  # fmt: skip
        self.uses = SmallTable(
            [Column("use", self.tr("用途"), 150, "status", stretch=True), Column("fen", self.tr("元"), 116, "money")],
            fill=True,
        )  # fmt: skip
        self.sources_sum, self.uses_sum = Label("", "bold"), Label("", "bold")
        for table, total, weight in ((self.sources, self.sources_sum, 4), (self.uses, self.uses_sum, 6)):
            card = Card()
            card.body.addWidget(table, 1)
            foot = Panel("foot")
            row = QHBoxLayout(foot)
            row.setContentsMargins(8, 6, 8, 6)
            row.addWidget(Label(self.tr("合计"), "bold"))
            total.setAlignment(Qt.AlignmentFlag.AlignRight)
            row.addWidget(total, 1)
            card.body.addWidget(foot)
            lines.addWidget(card, weight)
        self.uses.current_changed.connect(self._use_chosen)
        return side

    # -- loading -----------------------------------------------------------------------------------------------

    def open_plan(self, plan: str) -> None:
        """Show a plan at the step it stands at; what the one before showed is out of sight until this one is read."""
        for step in self.steps:
            step.forget()
        if plan != self.plan or self.case is None or self.case.view.id != plan:
            self.case = None
            self.stack.hide()
            self.stack.setCurrentIndex(RECEIPTS)
            self._arrange()
        self._once.clear()
        self.plan, self._fresh, self._problem_at = plan, True, -1
        self.reload()

    def reload(self) -> None:
        """Ask for the case again."""
        plan = self.plan
        if plan:
            self.shell.gates.read(
                lambda _w: plan_case(self.ws, plan), self._show, owner=self, key="plan-case",
                title=self.tr("取分配方案"),
            )  # fmt: skip

    def _show(self, case: PlanCase) -> None:
        if case.view.id != self.plan:
            return
        if self._writing[self.plan] and self.case is not None:
            return  # it may be older than a write that is under way and would put back what was typed; that asks again
        self.case = case
        self._once.clear()
        self._show_title()
        self._show_side(case)
        for step in self.steps:
            step.show_case(case)
        if self._fresh:
            self._fresh = False
            self.stack.show()
            self.show_step(self._first_step(case))
        else:
            self._arrange()
        if self.stack.currentIndex() != LINES and self.stack.currentIndex() != USES:
            self.show_balance(case.view.balance)

    def _narrow(self) -> bool:
        return self.width() < NARROW * max(theme().scale, 1.0)

    def _show_title(self) -> None:
        """Title and state; on a narrow window in the small words that give way to the steps."""
        case = self.case
        if case is None:
            return
        title = str(case.view.row.get("title") or self.tr("收益分配"))
        state = DISTRIBUTION.states.get(case.view.state, case.view.state)
        narrow = self._narrow()
        self.title.set_title("" if narrow else title)
        self.title.set_fact(f"{title}　{state}" if narrow else f"{case.view.village}　{state}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_title()
        self._arrange()

    def _first_step(self, case: PlanCase) -> int:
        if case.view.state == "draft":
            balance = case.view.balance
            return RECEIPTS if not balance.total_fen else USES if not balance.uses or balance.open_fen else LINES
        return STEP_OF_STATE.get(case.view.state, MEETING)

    def _show_side(self, case: PlanCase) -> None:
        balance = case.view.balance
        rows: list[tuple[str, tuple[Any, ...]]] = [
            (c.id, (c.title, c.taken_fen)) for c in case.view.receipts
        ]
        if balance.carried_over_fen:
            rows.append(("carried", (self.tr("上期结余"), balance.carried_over_fen)))
        self.sources.set_rows(rows)
        self.sources_sum.setText(format_yuan(balance.total_fen))
        self._show_uses(balance)

    def _show_uses(self, balance: PlanBalance) -> None:
        wrong = {p.use for p in self.case.view.errors} if self.case else set()
        rows: list[tuple[str, tuple[Any, ...]]] = []
        for use in balance.uses:
            bad = use.open_fen != 0 or use.use in wrong
            chip = Chip(use.word, "warning" if bad else "neutral", "alert" if bad else "ok")
            rows.append((use.use, (chip, use.amount_fen)))
        if balance.kept_fen:
            rows.append(("kept", (Chip(self.tr("结余，转下次"), "neutral", "ok"), balance.kept_fen)))
        shown = self.uses.current_id()
        self.uses.blockSignals(True)
        self.uses.set_rows(rows)
        lines = self.steps[LINES]
        if isinstance(lines, LinesStep) and self.stack.currentIndex() == LINES:
            self.uses.go_to(lines.use)
        elif shown:
            self.uses.go_to(shown)
        self.uses.blockSignals(False)
        self.uses_sum.setText(format_yuan(balance.arranged_fen + balance.kept_fen))

    def show_balance(self, balance: PlanBalance) -> None:
        """The bar and the equation; steps call it while one types."""
        parts = [BarPart(u.use, u.word, u.amount_fen - max(u.open_fen, 0)) for u in balance.uses]
        unlined = sum(max(u.open_fen, 0) for u in balance.uses)
        if unlined:
            parts.append(BarPart("unlined", self.tr("未分到户"), unlined, "open"))
        if balance.open_fen > 0:
            parts.append(BarPart("open", self.tr("未安排"), balance.open_fen, "open"))
        if balance.kept_fen:
            parts.append(BarPart("kept", self.tr("结余"), balance.kept_fen, "kept"))
        if balance.open_fen > 0:
            status = self.tr("还差 {v} 元没有安排").format(v=format_yuan(balance.open_fen))
        elif balance.open_fen < 0:
            status = self.tr("多安排 {v} 元").format(v=format_yuan(-balance.open_fen))
        elif balance.unlined_fen > 0:
            status = self.tr("还差 {v} 元没有分到户").format(v=format_yuan(balance.unlined_fen))
        elif not balance.balanced:
            status = self.tr("分到户的多出 {v} 元").format(v=format_yuan(-balance.unlined_fen))
        else:
            status = self.tr("相差 0.00 元")
        equation = self.tr("收益和上期结余 {t} = 已安排 {a} + 未分 {o} + 结余 {k}").format(
            t=format_yuan(balance.total_fen), a=format_yuan(balance.arranged_fen - unlined),
            o=format_yuan(balance.open_fen + unlined), k=format_yuan(balance.kept_fen),
        )  # fmt: skip
        others = len(self.case.view.errors) if self.case else 0
        hint = self.tr("有 {n} 处要处理").format(n=others) if others and balance.balanced else ""
        self.bar.show_balance(parts, status, balance.balanced and not hint, hint, equation)
        self._show_uses(balance)
        self._balanced = balance.balanced
        self._allow()

    _balanced = False

    # -- steps -------------------------------------------------------------------------------------------------

    def show_step(self, at: int) -> None:
        """Go to a step; what is typed is saved first, and what cannot be keeps one here."""
        if not 0 <= at < len(self.steps) or not self.put_down():
            return
        self.stack.setCurrentIndex(at)
        self._arrange()
        if self.case is not None:
            self.show_balance(self.case.view.balance)
        self.steps[at].entered()

    def _arrange(self) -> None:
        at, case = self.stack.currentIndex(), self.case
        self.step_bar.set_current(at)
        self.side.setVisible(at in (RECEIPTS, USES, LINES) and (at == LINES or not self._narrow()))
        self.bar.setVisible(at <= MEETING)
        self.back_button.setEnabled(at > 0)
        words = [self.tr("下一步：定用途"), self.tr("下一步：分到户、到人"), self.tr("下一步：会议和公示"),
                 self.tr("下一步：发放签收"), self.tr("下一步：归档"), ""]  # fmt: skip
        self.next_button.setText(words[at])
        self.next_button.setVisible(at < ARCHIVE)
        self.problem_button.setVisible(at <= MEETING and bool(case and case.view.problems))
        self.print_button.setVisible(at in (USES, LINES, MEETING))
        self._allow()

    def _allow(self) -> None:
        """The balance bar lets go at 0.00 alone; what bars the way on stands beside the button."""
        at, case = self.stack.currentIndex(), self.case
        hint, ok = "", case is not None
        if case is None:
            pass
        elif at == RECEIPTS:
            ok = case.view.balance.total_fen > 0
            hint = "" if ok else self.tr("先选收益")
        elif at == USES:
            ok = bool(case.view.balance.uses)
            hint = "" if ok else self.tr("先定用途")
        elif at == LINES:
            errors = len(case.view.errors)
            ok = self._balanced and not errors
            if not self._balanced:
                hint = self.tr("相差到 0.00 才能往下")
            elif errors:
                hint = self.tr("还差 {n} 处").format(n=errors)
        elif at == MEETING:
            ok = bool(case.payments)
            hint = "" if ok else self.tr("确认并开始发放之后")
        self.next_button.setEnabled(ok)
        self.action_bar.set_hint(hint)

    def go_on(self) -> None:
        """The primary button."""
        self.show_step(self.stack.currentIndex() + 1)

    def leave(self) -> None:
        """Back to the list; everything typed is saved, and what cannot be keeps one here."""
        if not self.put_down():
            return
        self.plan = ""
        self.left.emit()

    def put_down(self) -> bool:
        """Save what is typed; False, and why in words, when it cannot be saved."""
        step = self.steps[self.stack.currentIndex()]
        step.flush()
        reason = step.unsaved()
        if reason:
            self.action_bar.set_hint(self.tr("还没有保存：{why}").format(why=reason), "danger")
        return not reason

    def go_to_problem(self) -> None:
        """F8: the next row, use or receipt with a problem; errors first."""
        case = self.case
        if case is None or not case.view.problems:
            return
        self._problem_at = (self._problem_at + 1) % len(case.view.problems)
        self._go_to(case.view.problems[self._problem_at])

    def go_to_interest(self) -> None:
        """The next recipient who is an official or one of his family."""
        problems = self.case.view.problems if self.case is not None else ()
        hints = [at for at, problem in enumerate(problems) if problem.code == "interest"]
        if hints:
            self._problem_at = next((at for at in hints if at > self._problem_at), hints[0])
            self._go_to(problems[self._problem_at])

    def _go_to(self, problem: PlanProblem) -> None:
        at = LINES if problem.line is not None or problem.code in ("unlined", "overlined", "nobody") else USES
        if problem.code.startswith("receipt") or problem.code == "no_income":
            at = RECEIPTS
        self.show_step(at)
        self.steps[at].go_to_problem(problem)
        self.action_bar.set_hint(problem.message, "danger" if problem.severity == "error" else "warning")

    def _use_chosen(self, use: str) -> None:
        lines = self.steps[LINES]
        if self.stack.currentIndex() == LINES and isinstance(lines, LinesStep) and use not in ("", "kept"):
            lines.show_use(use)

    def _bar_clicked(self, key: str) -> None:
        if key in ("open", "kept"):
            self.show_step(USES)
        elif key == "unlined":
            self.go_to_problem()
        elif key:
            self.show_step(LINES)
            self.uses.go_to(key)

    def assets_of_plan(self) -> list[str]:
        """Assets whose receipts the plan takes: for households linked to them."""
        return assets_of_receipts(self.ws, [c.id for c in self.case.view.receipts]) if self.case else []

    # -- writing -----------------------------------------------------------------------------------------------

    def write(
        self,
        function: Callable[..., Any],
        words: str,
        *,
        moved: bool = False,
        failed: Callable[[BaseException], object] | None = None,
        long: bool = False,
        once: bool = False,
    ) -> None:
        """Run a write, say what happened with undo, load again; `moved` when the case may stand at another step.

        A `long` one is given the `Work` and shows its progress. A second `once` of the same words is ignored until the
        case that the first one left has been shown: a button that is clicked twice.
        """
        gates, plan = self.shell.gates, self.plan
        if once:
            if (plan, words) in self._once:
                return
            self._once.add((plan, words))
        self._writing[plan] += 1

        def done(result: Any) -> None:
            self._writing[plan] -= 1
            self._fresh = self._fresh or moved
            self.wrote(result, words)

        def fail(error: BaseException) -> None:
            self._writing[plan] -= 1
            self._once.discard((plan, words))
            if failed is not None:
                failed(error)
            else:
                self.shell.show_error(error, words)
            self.reload()

        run: Callable[[Any], Any] = function if long else lambda _w: function()
        task = gates.write(run, done, owner=self, title=words, fail=fail)
        if long:
            self.shell.show_task(task)

    def wrote(self, result: Any, words: str) -> None:
        """Something of the plan was written: say so with undo, and load again."""
        undo = None
        if isinstance(result, Committed) and result.operations:
            undo = partial(self._undo, result.unit_id)
        if not (isinstance(result, Committed) and not result.operations):
            self.shell.toast(words, undo)
        self.reload()

    def _undo(self, unit: str) -> None:
        plan = self.plan
        self._writing[plan] += 1

        def ended() -> None:
            self._writing[plan] -= 1
            self.reload()

        task = self.shell.gates.write(lambda _w: take_back_unit(self.ws, unit), owner=self, title=self.tr("撤回"))
        task.finished.connect(ended)

    def print_paper(self, kind: str) -> None:
        """Ask where and write the paper as PDF or workbook."""
        plan, word = self.plan, PAPER_WORDS[kind]
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("存为"), f"{word}.pdf", self.tr("PDF 文件 (*.pdf);;工作簿 (*.xlsx)")
        )
        if name:
            self.shell.gates.write(
                lambda _w: print_paper(self.ws, prepare(self.ws, kind, plan), Path(name)),
                lambda done: self._printed(done, Path(name).name), owner=self, title=word,
            )  # fmt: skip

    def _printed(self, done: PaperSummary, name: str) -> None:
        pages = self.tr("，{n} 页").format(n=done.pages) if done.pages else ""
        self.shell.toast(self.tr("已写出 {name}：{rows} 行{pages}").format(name=name, rows=done.rows, pages=pages))
