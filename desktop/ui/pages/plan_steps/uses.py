"""Step 2 定用途: an amount for each use in the county's order, and what is kept; sums move while one types."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QWidget

from desktop.app.distribution import distributing
from desktop.app.distribution.distribution_case import PlanCase, with_uses
from desktop.common.money import format_yuan
from desktop.registry.distribution_plan import PlanProblem
from desktop.ui.pages.plan_steps.step import PlanStep
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Card, ElidedLabel, Label, Panel, rule
from desktop.ui.widgets.value_fields import MoneyField

KEPT = "kept"


class UsesStep(PlanStep):
    """Empty amount: the use is not in the plan. 余下 gives what is open to the use or to 结余."""

    def __init__(self, wizard: object) -> None:
        super().__init__(wizard)  # type: ignore[arg-type]
        self._case: PlanCase | None = None
        self._built: tuple[tuple[str, str], ...] | None = None
        self._rest_buttons: list[Button] = []
        self._dirty = False
        self.amounts: dict[str, MoneyField] = {}
        self.notes: dict[str, TextField] = {}
        self.shares: dict[str, Label] = {}
        self._names: list[ElidedLabel] = []
        card = Card()
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(8)
        head.addWidget(Label(self.tr("用途"), "strong"))
        head.addWidget(ElidedLabel(self.tr("先后来自县里的规定；不用的留空"), "muted"), 1)
        card.body.addLayout(head)
        card.body.addWidget(rule())
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(12, 8, 12, 8)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(4, 1)
        area.setWidget(inner)
        inner.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        card.body.addWidget(area, 1)
        foot = Panel("foot")
        self._foot = QHBoxLayout(foot)
        self._foot.setContentsMargins(12, 8, 12, 8)
        self._foot.setSpacing(10)
        self.problem = ElidedLabel("", "second")
        self._foot.addWidget(self.problem, 1)
        card.body.addWidget(foot)
        self.lines.addWidget(card, 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(900)  # an amount typed and a moment's rest is saved
        self._later.timeout.connect(self.flush)

    def show_case(self, case: PlanCase) -> None:
        self._case = case
        if self._dirty:
            return  # what is being typed is newer than what was loaded
        if self._built != case.uses:
            self._build(case)
        known = {u.use: u for u in case.view.balance.uses}
        for code, field in self.amounts.items():
            fen = case.view.balance.kept_fen if code == KEPT else known[code].amount_fen if code in known else None
            if not field.hasFocus():
                field.set_value(fen or None)
            field.setReadOnly(not case.view.editable)
        for code, note in self.notes.items():
            if not note.hasFocus():
                note.setText(known[code].note if code in known else "")
            note.setReadOnly(not case.view.editable)
        for button in self._rest_buttons:
            button.setVisible(case.view.editable)
        self._tell()

    def _build(self, case: PlanCase) -> None:
        for shown in (*self.amounts.values(), *self.notes.values(), *self.shares.values(), *self._rest_buttons,
                      *self._names):  # fmt: skip
            shown.hide()
            shown.deleteLater()
        self.amounts, self.notes, self.shares, self._rest_buttons, self._names = {}, {}, {}, [], []
        self._built = case.uses
        rows = [*case.uses, (KEPT, self.tr("结余，转下次"))]
        for at, (code, word) in enumerate(rows):
            label = ElidedLabel(word, "bold" if code == KEPT else "")
            label.setFixedWidth(round(232 * max(theme().scale, 1.0)))
            amount = MoneyField()
            amount.setFixedWidth(150)
            amount.setAccessibleName(word)
            share = Label("", "muted")
            share.setFixedWidth(58)
            share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            rest = Button(self.tr("余下"), small=True, tip=self.tr("把没有安排的都给这一项"))
            rest.clicked.connect(lambda _=False, code=code: self._give_rest(code))
            if code == KEPT:  # always in sight, below the uses
                for place, widget in enumerate((label, amount, share, rest)):
                    self._foot.insertWidget(place, widget)
            else:
                for place, widget in enumerate((label, amount, share, rest)):
                    self._grid.addWidget(widget, at, place)
                note = TextField(placeholder=self.tr("说明，可不填"))
                note.setAccessibleName(self.tr("{use}说明").format(use=word))
                note.textEdited.connect(lambda _t: self._touched())
                note.editingFinished.connect(self.flush)
                self.notes[code] = note
                self._grid.addWidget(note, at, 4)
            amount.value_changed.connect(self._touched)
            amount.message_changed.connect(lambda _t, tone: self._touched() if tone == "danger" else None)
            amount.editingFinished.connect(self.flush)
            amount.returnPressed.connect(lambda code=code: self._next(code))
            self.amounts[code], self.shares[code] = amount, share
            self._rest_buttons.append(rest)
            self._names.append(label)
        self._grid.setRowStretch(len(rows), 1)

    def typed(self) -> tuple[dict[str, int], int]:
        """Amounts by use as typed (only those above zero), and 结余."""
        amounts = {c: f.value() or 0 for c, f in self.amounts.items() if c != KEPT and f.value()}
        return amounts, self.amounts[KEPT].value() or 0 if KEPT in self.amounts else 0

    def _touched(self) -> None:
        self._dirty = True
        self._later.start()
        self._tell()
        self.shell.say_unsaved(self, self._why() or self.tr("正在填金额"))

    def _why(self) -> str:
        """Why what is typed cannot be saved."""
        wrong = next((f.problem() for f in self.amounts.values() if f.problem()), "")
        if wrong or self._case is None:
            return wrong
        amounts, kept = self.typed()
        over = sum(amounts.values()) + kept - self._case.view.balance.total_fen
        return self.tr("比可分配收益多 {v} 元").format(v=format_yuan(over)) if over > 0 else ""

    def unsaved(self) -> str:
        return self._why() if self._dirty else ""

    def forget(self) -> None:
        self._later.stop()
        self._dirty = False
        self.shell.say_unsaved(self, "")

    def _tell(self) -> None:
        """Shares and sums of what is typed."""
        case = self._case
        if case is None:
            return
        amounts, kept = self.typed()
        balance = with_uses(case.view.balance, amounts, kept)
        total = max(balance.total_fen, 1)
        for code, label in self.shares.items():
            fen = kept if code == KEPT else amounts.get(code, 0)
            label.setText(f"{fen * 1000 // total / 10:.1f}%" if fen else "")
        wrong = next((f.problem() for f in self.amounts.values() if f.problem()), "")
        errors = [p.message for p in case.view.errors if p.use and p.line is None and not self._dirty]
        said = wrong or (errors[0] if errors else "")
        self.problem.setText(said)
        self.problem.set_tone("danger" if said else "")
        self.problem.update()
        self.wizard.show_balance(balance)

    def _give_rest(self, code: str) -> None:
        case = self._case
        if case is None:
            return
        amounts, kept = self.typed()
        others = sum(fen for c, fen in amounts.items() if c != code) + (0 if code == KEPT else kept)
        rest = case.view.balance.total_fen - others
        if rest >= 0:
            self.amounts[code].set_value(rest or None)
            self._touched()
            self.flush()

    def _next(self, code: str) -> None:
        """Enter goes to the next amount."""
        codes = list(self.amounts)
        self.amounts[codes[(codes.index(code) + 1) % len(codes)]].setFocus(Qt.FocusReason.TabFocusReason)

    def flush(self) -> None:
        case = self._case
        self._later.stop()
        if case is None or not self._dirty or not case.view.editable:
            return
        why = self._why()
        if why:
            self.problem.setText(self.tr("{why}，还没有保存").format(why=why))
            self.problem.set_tone("danger")
            self.problem.update()
            self.shell.say_unsaved(self, why)
            return
        amounts, kept = self.typed()
        uses: list[tuple[str, str | int, str]] = [
            (code, fen, self.notes[code].text().strip()) for code, fen in amounts.items()
        ]
        self._dirty = False
        self.shell.say_unsaved(self, "")
        plan = self.wizard.plan
        self.wizard.write(
            lambda: distributing.set_uses(self.ws, plan, uses, kept=kept), self.tr("用途已保存"), failed=self._failed
        )

    def _failed(self, error: BaseException) -> None:
        self._dirty = True
        self.shell.say_unsaved(self, self.tr("用途没有存进去"))
        self.shell.show_error(error, self.tr("保存用途"))

    def go_to_problem(self, problem: PlanProblem) -> None:
        field = self.amounts.get(problem.use or KEPT)
        if field is not None:
            field.setFocus(Qt.FocusReason.OtherFocusReason)

    def entered(self) -> None:
        empty = next((f for f in self.amounts.values() if not f.value()), None)
        if empty is not None:
            empty.setFocus(Qt.FocusReason.OtherFocusReason)
