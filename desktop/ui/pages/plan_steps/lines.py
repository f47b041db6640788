"""Step 3 分到户、到人: a use's recipients with their amounts, typed in the row, split by a method, checked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from desktop.app.distribution import amount_matching, distribution_recipients
from desktop.app.distribution.amount_matching import MatchedAmounts
from desktop.app.distribution.distribution_case import PlanCase, with_amounts
from desktop.app.distribution.distribution_view import PlanLine
from desktop.common.money import format_yuan
from desktop.registry.distribution_plan import PlanProblem
from desktop.ui.dialogs.message import confirm
from desktop.ui.dialogs.recipients_dialog import AddRecipientDialog, ClassAmountsDialog, RecipientsDialog
from desktop.ui.models.record_table import Column, Index
from desktop.ui.pages.plan_steps.step import PlanStep
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.labels import Card, ElidedLabel, Label, Note, Panel, rule
from desktop.ui.widgets.menu_button import MenuButton
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.widgets.value_fields import MoneyField

_WEIGHT, _BASIS, _AMOUNT, _ACCOUNT = 3, 4, 5, 6


class AmountTable(SmallTable):
    """Rows with an amount that is typed in its own cell: digits begin, Enter goes on to the next row.

    `typed(record, fen)` with each key that makes an amount, `wrong(record, why)` when what stands there is none,
    `given_up(why)` when such a thing was left; `left()` when the cell is left by a key, the mouse, or because the
    window loses the focus.
    """

    typed = Signal(str, object)
    wrong = Signal(str, str)
    given_up = Signal(str)
    left = Signal()

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(columns, parent, fill=True)
        self.editable = False
        self.field = MoneyField(unit_word=" ", parent=self.viewport())
        self.field.hide()
        self.field.value_changed.connect(lambda: self.typed.emit(self.current_id(), self.field.value()))
        self.field.message_changed.connect(self._said)
        self._was_wrong = False
        self._loaded = ""
        self.field.editingFinished.connect(self.left)
        self.field.returnPressed.connect(lambda: self._step(1))
        self.verticalScrollBar().valueChanged.connect(lambda _v: self._place())
        self.amounts: dict[str, int | None] = {}
        self.field.installEventFilter(self)

    def show_amounts(self, amounts: dict[str, int | None]) -> None:
        """What the field shows for each row."""
        self.amounts = amounts
        if not self.field.hasFocus():
            self._load()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if hasattr(self, "field"):  # Qt tells of the first row while the table is being built
            self._load()

    def _said(self, text: str, tone: str) -> None:
        if tone == "danger":
            self._was_wrong = True
            self.wrong.emit(self.current_id(), text)
        elif self._was_wrong:
            self._was_wrong = False
            if self.field.value() is None:  # taken out: the field tells of no new value, for it had none before
                self.typed.emit(self.current_id(), None)

    def _load(self) -> None:
        record = self.current_id()
        self.field.setVisible(bool(self.editable and record))
        if record and record == self._loaded and self.field.hasFocus():
            self._place()  # the rows came anew while one types: what is typed is newer
        elif record:
            wrong, self._was_wrong = self.field.problem(), False
            self._loaded = record
            self.field.blockSignals(True)
            self.field.set_value(self.amounts.get(record) or None)
            self.field.blockSignals(False)
            self._place()
            if wrong:
                self.given_up.emit(wrong)

    def _place(self) -> None:
        index = self.currentIndex()
        if index.isValid():
            box: QRect = self.visualRect(self.rows.index(index.row(), _AMOUNT))
            self.field.setGeometry(box.adjusted(1, 1, -1, -2))

    def begin(self) -> None:
        """Put the cursor into the amount of the current row."""
        if self.editable and self.current_id():
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _step(self, by: int) -> None:
        if self.field.problem():
            return  # what is no amount is mended or taken out first
        self.left.emit()
        row = self.currentIndex().row() + by
        if 0 <= row < self.rows.rowCount():
            self.selectRow(row)
            self.scrollTo(self.rows.index(row, 0))
            self.begin()

    def eventFilter(self, watched: object, event: object) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if step is not None:
                self._step(step)
                return True
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.editable and event.text().isdigit():
            self.begin()
            self.field.setText(event.text())
            self.field.textEdited.emit(event.text())
        elif self.editable and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.begin()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "field"):
            self._place()


class LinesStep(PlanStep):
    """`use` is the use shown; the card at the left of the wizard chooses it."""

    def __init__(self, wizard: object) -> None:
        super().__init__(wizard)  # type: ignore[arg-type]
        self._case: PlanCase | None = None
        self.use = ""
        self._typed: dict[str, int] = {}
        card = Card()
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(8)
        self.title = Label("", "strong")
        self.fact = ElidedLabel("", "muted")
        self.methods = Segments(list(distribution_recipients.METHODS.items()), "people", small=True)
        self.methods.changed.connect(self._method)
        self.add_button = Button(self.tr("加户"), icon="plus", small=True)
        self.add_button.clicked.connect(self._add)
        self.more = MenuButton(tip=self.tr("更多"))
        self.more.add(self.tr("重新选名单"), self.choose, "filter")
        self.more.add(self.tr("粘贴金额"), self.paste)
        self.more.add(self.tr("从表格读金额"), self.read_file, "import")
        self.more.add_rule()
        self.more.add(self.tr("去掉这一户（人）"), self.drop, "minus", "Del")
        head.addWidget(self.title)
        head.addWidget(self.fact, 1)
        for widget in (self.methods, self.add_button, self.more):
            head.addWidget(widget)
        card.body.addLayout(head)
        card.body.addWidget(rule())
        self.table = AmountTable([
            Column("name", self.tr("户主（姓名）"), 106, "name"),
            Column("village", self.tr("村组"), 118),
            Column("people", self.tr("人口"), 52, "number"),
            Column("weight", self.tr("系数"), 56),
            Column("basis", self.tr("依据"), 96),
            Column("amount", self.tr("金额 元"), 116, "money"),
            Column("account", self.tr("收款账号"), 96, "quiet", empty=self.tr("未填")),
            Column("check", self.tr("检查"), 120, "status", stretch=True),
        ])  # fmt: skip
        self.table.typed.connect(self._amount)
        self.table.wrong.connect(self._wrong)
        self.table.given_up.connect(self._given_up)
        self.table.left.connect(self.flush)
        self.interest = Note("warning", "", link=self.tr("看是谁"))
        self.interest.link_clicked.connect(self.wizard.go_to_interest)
        self.interest.hide()
        self.lines.setSpacing(8)
        self.lines.addWidget(self.interest)
        card.body.addWidget(self.table, 1)
        choose = Button(self.tr("选名单"), "primary", small=True)
        choose.clicked.connect(self.choose)
        self.empty = EmptyState(
            "household", self.tr("这个用途还没有分到户（人）"), self.tr("按条件从册中选，也可以不分到户"), [choose]
        )
        card.body.addWidget(self.empty, 1)
        foot = Panel("foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        self.count = Label("", "bold")
        self.how = ElidedLabel("", "second")
        self.sum = Label("", "bold")
        row.addWidget(self.count)
        row.addWidget(self.how, 1)
        row.addWidget(self.sum)
        card.body.addWidget(foot)
        self.lines.addWidget(card, 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(900)
        self._later.timeout.connect(self.flush)

    # -- showing -----------------------------------------------------------------------------------------------

    def show_case(self, case: PlanCase) -> None:
        self._case = case
        codes = [u.use for u in case.view.balance.uses]
        if self.use not in codes:
            lined = [u.use for u in case.view.balance.uses if u.lines]
            self.use = (lined or codes or [""])[0]
        self._fill()

    def show_use(self, use: str) -> None:
        """Show another use's recipients."""
        if use and use != self.use:
            self.flush()
            self.use, self._typed = use, {}
            self._fill()

    def lines_shown(self) -> Sequence[PlanLine]:
        """The lines of the use."""
        return self._case.view.lines_of(self.use) if self._case else ()

    def _fill(self) -> None:
        case = self._case
        if case is None:
            return
        use = next((u for u in case.view.balance.uses if u.use == self.use), None)
        lines = self.lines_shown()
        people = sum(line.recipient.people for line in lines)
        self.title.setText(use.word if use else self.tr("还没有用途"))
        self.fact.setText(self.tr("{n:,} 户（人） {p:,} 人").format(n=len(lines), p=people) if lines else "")
        self.fact.update()
        entry = case.view.criteria.get(self.use)
        if isinstance(entry, dict):
            self.methods.set_value(str(entry.get("method") or "people"))
        editable = case.view.editable
        for widget in (self.methods, self.add_button, self.more):
            widget.setVisible(editable and use is not None and (bool(lines) or widget is self.add_button))
        found = len(case.view.interests)
        self.interest.setVisible(bool(found))
        if found:
            self.interest.show_words(
                self.tr("名单里有 {n} 户（人）与村镇干部同名、同户或是其家人，请核实有没有利益关系").format(n=found),
                self.tr("只提示经办人：不影响提交，也不写进公示"), self.tr("看是谁"), "warning",
            )  # fmt: skip
        self.table.setVisible(bool(lines))
        self.empty.setVisible(not lines)
        self.table.setColumnHidden(_WEIGHT, self.methods.value() != "weight")
        self._fit()
        self.table.editable = editable
        self.table.set_rows([(line.recipient.id, self._cells(line)) for line in lines])
        self.table.show_amounts({
            line.recipient.id: self._typed.get(line.recipient.id, line.amount_fen) for line in lines
        })  # fmt: skip
        self._tell()

    def _fit(self) -> None:
        """On a narrow window what is wrong with a row goes before where its money goes."""
        narrow = self.width() < 700
        for column in (_BASIS, _ACCOUNT):
            self.table.setColumnHidden(column, narrow)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _cells(self, line: PlanLine) -> tuple[object, ...]:
        problem = next(iter(sorted(line.problems, key=lambda p: p.severity != "error")), None)
        chip = None
        if problem is not None:
            bad = problem.severity == "error"
            chip = Chip(problem.message, "danger" if bad else "warning", "error" if bad else "alert")
        r = line.recipient
        place = f"{r.village}{r.group}" if not self._one_village() else r.group or r.village
        tail = self.tr("尾号 {t}").format(t=line.account_tail) if line.account_tail else None
        amount = self._typed.get(r.id, line.amount_fen)
        weight = line.weight if self.methods.value() == "weight" else ""
        return (r.name, place, r.people or None, weight, line.basis, amount or None, tail, chip)

    def _one_village(self) -> bool:
        return len({line.recipient.village for line in self.lines_shown()}) <= 1

    def _tell(self) -> None:
        """Sums of what is typed, in the foot and in the balance bar."""
        case = self._case
        if case is None:
            return
        lines = self.lines_shown()
        use = next((u for u in case.view.balance.uses if u.use == self.use), None)
        amounts = [self._typed.get(line.recipient.id, line.amount_fen) for line in lines]
        filled = sum(1 for fen in amounts if fen)
        self.count.setText(self.tr("{n:,} 户（人）已填").format(n=filled) if lines else "")
        method = self.methods.value()
        rest = self.tr("，除不尽的分按最大余数法给到户") if method in ("people", "equal", "weight") else ""
        self.how.setText(f"{distribution_recipients.METHODS.get(method, '')}{rest}" if lines else "")
        self.how.update()
        self.sum.setText(f"{format_yuan(sum(amounts))} / {format_yuan(use.amount_fen)}" if use and lines else "")
        self.wizard.show_balance(with_amounts(case.view, self.use, self._typed))

    # -- typing ------------------------------------------------------------------------------------------------

    def _wrong(self, record: str, why: str) -> None:
        """What stands in the cell is no amount: nothing of the row is saved until it is."""
        self._typed.pop(record, None)
        self.shell.say_unsaved(self, why)
        self._tell()

    def _given_up(self, why: str) -> None:
        self.shell.say_unsaved(self, "")
        self.shell.toast(self.tr("没有记下：{why}").format(why=why))

    def unsaved(self) -> str:
        return self.table.field.problem() if self.table.field.isVisible() else ""

    def forget(self) -> None:
        self._later.stop()
        self._typed = {}
        self.shell.say_unsaved(self, "")

    def _amount(self, record: str, fen: object) -> None:
        if not record or self.table.field.problem():
            return
        self.shell.say_unsaved(self, self.tr("正在填金额"))
        self._typed[record] = fen if isinstance(fen, int) else 0
        self._later.start()
        line = next((ln for ln in self.lines_shown() if ln.recipient.id == record), None)
        if line is not None:
            self.table.rows.set_row(record, self._cells(line))
        self._tell()

    def flush(self) -> None:
        self._later.stop()
        wrong = self.unsaved()
        self.shell.say_unsaved(self, wrong)
        if not self._typed or self._case is None:
            return
        typed, plan, use = self._typed, self.wizard.plan, self.use
        self._typed = {}

        def failed(error: BaseException) -> None:
            if self.use == use and self.wizard.plan == plan:
                self._typed = {**typed, **self._typed}  # what was typed stays in sight and is tried again
                self.shell.say_unsaved(self, self.tr("金额没有存进去"))
            self.shell.show_error(error, self.tr("保存金额"))

        words = self.tr("已保存 {n} 户（人）的金额").format(n=len(typed))
        self.wizard.write(
            lambda: distribution_recipients.set_amounts(self.ws, plan, use, typed), words, failed=failed
        )

    def _method(self, method: str) -> None:
        self.flush()
        plan, use = self.wizard.plan, self.use
        if not self.lines_shown() or method == "amount":
            self._tell()
            return
        amounts = None
        if method == "class":
            classes = sorted({line.basis for line in self.lines_shown()})
            dialog = ClassAmountsDialog(classes, self)
            if not dialog.exec():
                self._fill()
                return
            amounts = dialog.values()
        self.wizard.write(
            lambda: distribution_recipients.split_again(self.ws, plan, use, method, amounts=amounts),
            self.tr("已{how}重分").format(how=distribution_recipients.METHODS[method]),
        )

    # -- the list ----------------------------------------------------------------------------------------------

    def choose(self) -> None:
        """Draw the recipients by conditions."""
        case = self._case
        if case is None or not self.use:
            return
        dialog = RecipientsDialog(self.wizard, case, self.use, self)
        if not dialog.exec():
            return
        plan, use = self.wizard.plan, self.use
        where, method, amounts = dialog.criteria(), dialog.method(), dialog.amounts()
        self._typed = {}
        self.wizard.write(
            lambda: distribution_recipients.draw(self.ws, plan, use, where, method=method, amounts=amounts)[1],
            self.tr("名单已选"),
        )

    def _add(self) -> None:
        case = self._case
        if case is None or not self.use:
            return
        dialog = AddRecipientDialog(self.wizard, str(case.view.row.get("division_code") or ""), self)
        if dialog.exec() and dialog.chosen():
            plan, use, record = self.wizard.plan, self.use, dialog.chosen()
            self.wizard.write(
                lambda: distribution_recipients.add_recipients(self.ws, plan, use, [("household", record)]),
                self.tr("已加 1 户"),
            )

    def drop(self) -> None:
        """Take the current recipient out."""
        record = self.table.current_id()
        if record and self._case is not None and self._case.view.editable:
            plan, use = self.wizard.plan, self.use
            self._typed.pop(record, None)
            self.wizard.write(
                lambda: distribution_recipients.drop_recipients(self.ws, plan, use, [record]),
                self.tr("已去掉 1 户（人）"),
            )

    def paste(self) -> None:
        """Amounts from the clipboard."""
        text, plan, use = QGuiApplication.clipboard().text(), self.wizard.plan, self.use
        self.shell.gates.read(
            lambda _w: amount_matching.match_pasted(self.ws, plan, use, text), self._matched, owner=self,
            title=self.tr("粘贴金额"),
        )  # fmt: skip

    def read_file(self) -> None:
        """Amounts from a sheet."""
        from pathlib import Path

        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("选金额表"), "", self.tr("表格 (*.xlsx *.xlsm *.xls *.csv)")
        )
        if name:
            plan, use = self.wizard.plan, self.use
            self.shell.gates.read(
                lambda _w: amount_matching.match_file(self.ws, plan, use, Path(name)), self._matched, owner=self,
                title=self.tr("读金额表"),
            )  # fmt: skip

    def _matched(self, found: MatchedAmounts) -> None:
        """Say what was read and what is doubtful before anything is written."""
        wrong = [f for f in found.findings if f.severity == "error"]
        words = self.tr("对上 {n} 户（人），{v} 元。").format(n=len(found.amounts), v=format_yuan(found.total_fen))
        if found.unnamed:
            words += self.tr("名单里另有 {n} 户（人）表中没有，金额不动。").format(n=found.unnamed)
        if wrong:
            shown = "\n".join(f"第 {f.row} 行：{f.message}" for f in wrong[:8])
            more = self.tr("\n……共 {n} 行").format(n=len(wrong)) if len(wrong) > 8 else ""
            words += self.tr("\n下面的行放下，不写入：\n") + shown + more
        if confirm(self.tr("写入金额"), words, self.tr("写入"), self.tr("先不写"), parent=self):
            plan = self.wizard.plan
            self.wizard.write(
                lambda: amount_matching.take_amounts(self.ws, plan, found, despite_findings=True),
                self.tr("已写入 {n} 户（人）的金额").format(n=len(found.amounts)),
            )

    def go_to_problem(self, problem: PlanProblem) -> None:
        if problem.use:
            self.show_use(problem.use)
        if problem.line is None or self._case is None:
            return
        line = next((ln for ln in self._case.view.lines if ln.at == problem.line), None)
        if line is not None:
            self.table.go_to(line.recipient.id)
            self.table.scrollTo(self.table.currentIndex())
            self.table.begin()

    def entered(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.table.hasFocus():
            self.drop()
        else:
            super().keyPressEvent(event)
