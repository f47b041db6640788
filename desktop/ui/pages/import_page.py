"""数据导入: four steps from a workbook to written records; nothing is written before step 4 is confirmed.

This module holds the steps and what runs between them; writing and taking back lie in `import_writing`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QFileDialog, QStackedWidget

from desktop.app.exchange import import_columns as columns
from desktop.app.exchange import import_review as review_words
from desktop.app.exchange import importing
from desktop.app.exchange.import_columns import SheetColumns
from desktop.app.exchange.import_review import Review
from desktop.app.exchange.importing import KIND_WORDS, Kind, Reading
from desktop.app.workspace import Workspace
from desktop.common.errors import Cancelled, XiangceError
from desktop.exchange.workbook.findings import DecisionRefused, Decisions
from desktop.exchange.workbook.plan import ImportPlan
from desktop.ui.navigation import Address
from desktop.ui.pages.import_columns import ColumnsStep
from desktop.ui.pages.import_file import FileStep
from desktop.ui.pages.import_findings import FindingsStep
from desktop.ui.pages.import_write import WriteStep
from desktop.ui.pages.import_writing import ImportWriting
from desktop.ui.pages.page import Page, Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.page_rows import ActionBar, TitleRow
from desktop.ui.widgets.step_bar import StepBar
from desktop.ui.workers import Task, Work

FILE, COLUMNS, FINDINGS, WRITE = range(4)
_REPLAN_MS = 250
"""A pause after the last decision before the rules run again over the workbook."""


class ImportPage(Page):
    """`ImportPage(shell, ws)`: the wizard. `take_file(path)` does what choosing a file does.

    An address's `part` is the kind of table: assets or roster.
    """

    def __init__(self, shell: Shell, ws: Workspace) -> None:
        super().__init__(shell)
        self._ws = ws
        self.reading: Reading | None = None
        self.sheets: list[SheetColumns] = []
        self.review = Review()
        self.plan: ImportPlan | None = None
        self._good: Decisions = {}
        self._planning: Task | None = None
        self._stale = False
        self._busy: Task | None = None
        self._step = FILE
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_REPLAN_MS)
        self._wait.timeout.connect(self.replan)
        self.title = TitleRow(self.tr("数据导入"), low=True)
        self.steps = StepBar([self.tr("选文件"), self.tr("对应列"), self.tr("核对疑点"), self.tr("写入")])
        self.steps.clicked.connect(self.go)
        self.title.add_widget(self.steps)
        self.lines.addWidget(self.title)
        self.stack = QStackedWidget()
        self.file, self.columns = FileStep(), ColumnsStep()
        self.findings, self.write = FindingsStep(), WriteStep()
        self.writing = ImportWriting(self, shell, ws)
        for step in (self.file, self.columns, self.findings, self.write):
            self.stack.addWidget(step)
        self.lines.addWidget(self.stack, 1)
        self._make_bar()
        self._connect()
        self._keys()
        self.go(FILE)

    # -- parts -------------------------------------------------------------------------------------------------

    def _make_bar(self) -> None:
        self.bar = ActionBar()
        self.back_button = Button(self.tr("上一步"), icon="left")
        self.undo_button = Button(self.tr("撤销处理"), icon="undo", key="Ctrl+Z", bind=False)
        self.next_open_button = Button("", key="F8", bind=False)
        self.next_button = Button("", "primary", key="Ctrl+Enter", bind=False)
        self.bar.add_left(self.back_button)
        self.bar.add_left(self.undo_button)
        self.bar.add_right(self.next_open_button)
        self.bar.add_right(self.next_button)
        self.lines.addWidget(self.bar)
        self.back_button.clicked.connect(self.back)
        self.undo_button.clicked.connect(self.undo)
        self.next_open_button.clicked.connect(self.next_open)
        self.next_button.clicked.connect(self.forward)

    def _connect(self) -> None:
        self.file.chosen.connect(self.take_file)
        self.columns.changed.connect(self.tell)
        self.findings.decided.connect(self._decided)
        self.findings.list_button.clicked.connect(self.ask_list)
        self.write.undo_asked.connect(self.take_back)
        self.write.undo_before_asked.connect(self.take_back_before)
        self.write.open_asked.connect(self._open_list)
        self.write.again_asked.connect(self.begin_again)

    def _keys(self) -> None:
        for keys, act, word in (
            ("Ctrl+Return", self.forward, self.tr("下一步")),
            ("F8", self.next_open, self.tr("到下一处没定的疑点")),
            ("Ctrl+Z", self.undo, ""),
            ("Ctrl+P", self.ask_list, ""),
            ("Esc", self.escape, self.tr("停下正在做的")),
            ("Alt+I", lambda: self._reveal(True), self.tr("按住看证件号码全文（会记下）")),
        ):
            self.bind(keys, act, word)
        for number in (1, 2, 3):
            word = self.tr("用第 {n} 种办法处理这处疑点").format(n=number)
            self.bind(str(number), partial(self._choose, number), word)
        space = QShortcut(QKeySequence("Space"), self.findings.table)
        space.setContext(Qt.ShortcutContext.WidgetShortcut)
        space.activated.connect(self.findings.cycle)

    def _choose(self, number: int) -> None:
        if self._step == FINDINGS:
            self.findings.choose(number)

    # -- steps -------------------------------------------------------------------------------------------------

    def step(self) -> int:
        """The step shown, from 0."""
        return self._step

    def go(self, step: int) -> None:
        """To a step that may be shown now."""
        if self._busy is not None or self.writing.unit:
            return
        if (step > FILE and self.reading is None) or (step > COLUMNS and self.plan is None):
            return
        self._step = step
        self.stack.setCurrentIndex(step)
        self.steps.set_current(step)
        self.tell()
        (self.file, self.columns, self.findings, self.write)[step].setFocus(Qt.FocusReason.OtherFocusReason)

    def show_address(self, address: Address) -> None:
        if address.part in KIND_WORDS and self._step == FILE:
            self.file.kinds.set_value(address.part)

    def entered(self) -> None:
        self.stack.currentWidget().setFocus(Qt.FocusReason.OtherFocusReason)

    def back(self) -> None:
        """上一步."""
        if self._step > FILE and not self.writing.unit:
            self.go(self._step - 1)

    def forward(self) -> None:
        """下一步, or at the end 写入."""
        if self._busy is not None or not self.next_button.isEnabled():
            return
        if self._step == COLUMNS:
            self._take_columns()
        elif self._step == FINDINGS and self._stale:
            self.replan()
        elif self._step == FINDINGS:
            self._preview()
        elif self._step == WRITE:
            self.commit()

    def _stop_planning(self) -> None:
        self._wait.stop()
        if self._planning is not None:
            self._planning.stop()
            self._planning = None

    def begin_again(self) -> None:
        """Another file."""
        self._stop_planning()
        self.reading, self.plan, self.sheets = None, None, []
        self.review, self._good = Review(), {}
        self.writing.forget()
        self.file.clear()
        self.title.set_fact("")
        self.go(FILE)

    def tell(self) -> None:
        """Words and buttons of the bar for the step."""
        step, plan = self._step, self.plan
        self.bar.setVisible(not self.writing.unit and step != FILE)
        self.undo_button.setVisible(step == FINDINGS)
        self.undo_button.setEnabled(self.review.can_undo())
        self.next_open_button.setVisible(step in (COLUMNS, FINDINGS))
        if step == COLUMNS:
            problem = self.columns.problem()
            self.bar.set_hint(problem or self.columns.summary(), "danger" if problem else "")
            self.next_open_button.setText(self.tr("跳到没对上的"))
            self.next_button.setText(self.tr("下一步：核对疑点"))
            self.next_button.setEnabled(not problem)
        elif step == FINDINGS and plan is not None:
            self._tell_findings(plan)
        elif step == WRITE and plan is not None:
            outcome = review_words.outcome_of(plan)
            self.bar.set_hint(self.tr("写入之前会自动备份；写入后可以整批撤回"))
            word = self.tr("再写一遍 {what}") if self.writing.before else self.tr("写入 {what}")
            unit = self.tr("户") if outcome.kind == "roster" else self.tr("项")
            self.next_button.setText(word.format(what=f"{outcome.records:,} {unit}"))
            self.next_button.setEnabled(outcome.records > 0 and self.writing.asked)

    def _tell_findings(self, plan: ImportPlan) -> None:
        outcome = review_words.outcome_of(plan)
        open_errors = len(self.findings.open_errors())
        said = self.tr("可写入 {what}").format(what=outcome.words)
        if outcome.left_out:
            said += self.tr("；其余 {n}先不写入，不会丢").format(n=outcome.left_words)
        if self._wait.isActive() or self._planning is not None:
            said = self.tr("正在按处理重算…")
        elif self._stale:
            said = self.tr("重算停下了，数字还是原来的")
        self.bar.set_hint(said)
        self.next_open_button.setText(self.tr("还有 {n} 处错误没处理").format(n=open_errors))
        self.next_open_button.setVisible(open_errors > 0)
        self.next_button.setText(self.tr("接着重算") if self._stale else self.tr("下一步：写入"))
        self.next_button.setEnabled(outcome.records > 0 and not self._wait.isActive() and self._planning is None)

    def _fact(self, kind: Kind, name: str) -> None:
        self.title.set_fact(f"{KIND_WORDS[kind]} · {name}")

    # -- 1 the file --------------------------------------------------------------------------------------------

    def take_file(self, path: Path) -> None:
        """Read a workbook on a worker; a refused one is answered on the page."""
        if self._busy is not None:
            return
        kind: Kind = "roster" if self.file.kind() == "roster" else "assets"
        ws = self._ws
        self.file.clear()

        def function(work: Work) -> tuple[Reading, list[SheetColumns]]:
            reading = importing.read_for_import(ws, path, kind, lambda done, total: work.progress(done, total))
            return reading, columns.sheets_of(ws, reading)

        self._run(function, lambda made: self._read(*made), lambda e: self._not_read(path, e), self.tr("读取文件"))

    def _run(self, function: Any, done: Any, fail: Any, title: str) -> None:
        """One long read with progress; the page takes no other meanwhile."""
        task = self.shell.gates.read(function, done, owner=self, title=title, fail=fail)
        self._busy = task
        task.finished.connect(self._idle)
        self.shell.show_task(task, title)

    def _idle(self) -> None:
        self._busy = None

    def _read(self, reading: Reading, sheets: list[SheetColumns]) -> None:
        self._busy = None
        self._stop_planning()
        self.reading, self.sheets, self.plan = reading, sheets, None
        self.review, self._good = Review(), {}
        self.writing.forget()
        self._fact(reading.kind, reading.workbook.file_name)
        self.columns.show_sheets(sheets)
        self.go(COLUMNS)

    def _not_read(self, path: Path, error: BaseException) -> None:
        if isinstance(error, XiangceError) and not isinstance(error, Cancelled):
            self.file.refuse(path, error)
        elif not isinstance(error, Cancelled):
            self.shell.show_error(error, self.tr("读取文件"))

    # -- 2 the columns -----------------------------------------------------------------------------------------

    def _take_columns(self) -> None:
        """Keep the columns when asked, then plan."""
        assert self.reading is not None
        reading = columns.confirmed(self.reading, self.sheets)
        if self.columns.remember.isChecked():
            ws = self._ws
            self.shell.gates.write(
                lambda _w: importing.remember_mapping(ws, reading), owner=self, title=self.tr("记住对应")
            )
        mappings = {m.sheet: m for m in reading.mappings}
        self.findings.begin(self.reading.kind, self.reading, mappings, self.review)
        self.plan = None
        self._plan(self._first_planned)

    # -- 3 the findings ----------------------------------------------------------------------------------------

    def _plan(self, done: Any) -> None:
        """Run the rules over the workbook with the decisions so far, on a worker; an older run is stopped."""
        assert self.reading is not None
        ws, reading, asked = self._ws, self.reading, self.review.copy()
        sheets, mapping = columns.chosen_sheets(self.sheets), columns.saved_mapping(self.sheets)
        self._stop_planning()

        def function(work: Work) -> ImportPlan:
            return importing.plan_import(
                ws, reading, sheets=sheets, mapping=mapping, decisions=asked,
                progress=lambda at, total: work.progress(at, total),
            )  # fmt: skip

        def finished(plan: ImportPlan) -> None:
            if self._planning is task:
                self._planning, self._stale = None, False
                self._good = asked
                self.review.settle(plan, asked)
                done(plan)

        def failed(error: BaseException) -> None:
            if self._planning is task:
                self._planning = None
                self._not_planned(error)

        task = self.shell.gates.read(function, finished, owner=self, title=self.tr("检查"), fail=failed)
        task.finished.connect(lambda: failed(Cancelled("")))  # a stopped read that ended all the same tells nothing
        self._planning = task
        self.shell.show_task(task, self.tr("检查每一格"))

    def _planned(self, plan: ImportPlan) -> None:
        self.plan = plan
        self.findings.show_plan(plan)
        self.tell()

    def _first_planned(self, plan: ImportPlan) -> None:
        self._planned(plan)
        self.go(FINDINGS)

    def _not_planned(self, error: BaseException) -> None:
        if isinstance(error, DecisionRefused) and self.plan is not None:
            self.review.refused(self._good)
            self.findings.fill()
            self.tell()
            self.shell.show_error(error, self.tr("采用这个值"))
            return
        self._stale = True
        self.tell()
        if not isinstance(error, Cancelled):
            self.shell.show_error(error, self.tr("检查"))

    def replan(self) -> None:
        """Run the rules again with the decisions as they stand."""
        self._wait.stop()
        if self.reading is not None and self.plan is not None:
            self._plan(self._planned)
            self.tell()

    def _decided(self) -> None:
        self._wait.start()
        self.tell()

    def undo(self) -> None:
        """Ctrl+Z: the last decision, or after writing the whole import."""
        if self._step == FINDINGS:
            self.findings.undo()
        elif self._step == WRITE and self.writing.unit:
            self.take_back()

    def next_open(self) -> None:
        """F8."""
        if self._step == COLUMNS:
            self.columns.next_open()
        elif self._step == FINDINGS and not self.findings.next_open():
            self.shell.toast(self.tr("错误都处理过了"))

    def escape(self) -> None:
        """Esc: leave a value being typed, or stop what runs."""
        if self._step == FINDINGS and self.findings.give_up_own():
            return
        running = self._busy or self._planning
        if running is not None:
            running.stop()

    def ask_list(self) -> None:
        """Ctrl+P: the list of open questions to take along."""
        if self._step != FINDINGS or self.plan is None:
            return
        proposed = self.tr("补采单_{name}.xlsx").format(name=Path(self.plan.file_name).stem)
        name, _kind = QFileDialog.getSaveFileName(self, self.tr("存补采单"), proposed, "Excel (*.xlsx)")
        if name:
            self.save_list(Path(name if name.lower().endswith(".xlsx") else f"{name}.xlsx"))

    def save_list(self, target: Path) -> None:
        """Write the list; numbers in it are masked."""
        ws, plan = self._ws, self.plan
        assert plan is not None
        self.shell.gates.write(
            lambda _w: importing.write_findings_file(ws, plan, target),
            lambda _d: self.shell.toast(self.tr("已存 {name}").format(name=target.name)),
            owner=self,
            title=self.tr("存补采单"),
        )

    def _reveal(self, on: bool) -> None:
        """Show numbers while Alt+I is held."""
        if self._step != FINDINGS:
            return
        app = QApplication.instance()
        assert app is not None
        (app.installEventFilter if on else app.removeEventFilter)(self)
        self.findings.reveal(on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        ends = (QEvent.Type.KeyRelease, QEvent.Type.ApplicationDeactivate, QEvent.Type.WindowDeactivate)
        if event.type() in ends and not (event.type() == QEvent.Type.KeyRelease and event.isAutoRepeat()):  # type: ignore[attr-defined]
            self._reveal(False)
        return super().eventFilter(watched, event)

    # -- 4 writing ---------------------------------------------------------------------------------------------

    def _preview(self) -> None:
        assert self.plan is not None
        self.writing.preview(self.plan)
        self.go(WRITE)
        self.ready_to_write()

    def ready_to_write(self) -> None:
        """Enter writes as soon as the button is on."""
        if self._step == WRITE and self.isVisible():
            self.next_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def commit(self) -> None:
        """写入: one unit of work with progress; Esc stops it and nothing is written."""
        if self.plan is not None:
            self.writing.commit(self.plan)

    def writing_began(self, task: Task) -> None:
        """A write runs: nothing else is taken meanwhile."""
        self._busy = task
        task.finished.connect(self._idle)
        self.next_button.setEnabled(False)
        self.back_button.setEnabled(False)
        self.bar.set_hint(self.tr("正在写入，Esc 停下就什么都不写"))
        self.shell.show_task(task)

    def writing_ended(self, *, written: bool) -> None:
        """It stands, or nothing of it does."""
        self._busy = None
        self.back_button.setEnabled(True)
        if written:
            self.steps.set_current(4)
        self.tell()

    def taken_back(self, *, own: bool) -> None:
        """An import was taken back; `own`: the one just written, after which a file must be read anew."""
        if own:
            self.plan = None
            self.reading = None
        self.bar.setVisible(self._step == WRITE and self.plan is not None)

    def take_back(self) -> None:
        """撤回 what was just written."""
        self.writing.take_back()

    def take_back_before(self) -> None:
        """撤回 the earlier import of this file."""
        self.writing.take_back_before()

    def _open_list(self) -> None:
        kind = self.plan.kind if self.plan is not None else "assets"
        self.shell.open(Address("household" if kind == "roster" else "asset"))
