"""Step 1 选收益: which receipts the plan takes, how much of each, and 上期结余 from the books."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from desktop.app.distribution import distributing
from desktop.app.distribution.distribution_case import PlanCase
from desktop.common.money import format_yuan
from desktop.ui.models.record_table import Column
from desktop.ui.pages.plan_steps.step import PlanStep
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Card, ElidedLabel, Label, Panel, rule
from desktop.ui.widgets.tick_table import TickTable
from desktop.ui.widgets.value_fields import MoneyField


class ReceiptsStep(PlanStep):
    """Space ticks a receipt; the field below changes how much of the current one is taken."""

    def __init__(self, wizard: object) -> None:
        super().__init__(wizard)  # type: ignore[arg-type]
        self._case: PlanCase | None = None
        self._taken: dict[str, int] = {}
        card = Card()
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(8)
        self.title = Label(self.tr("可分配而未分配的收款"), "strong")
        self.fact = ElidedLabel("", "muted")
        self.all_button = Button(self.tr("全选"), key="Ctrl+A", small=True, bind=False)
        head.addWidget(self.title)
        head.addWidget(self.fact, 1)
        head.addWidget(self.all_button)
        card.body.addLayout(head)
        card.body.addWidget(rule())
        self.table = TickTable([
            Column("date", self.tr("收款日期"), 118, "date"),
            Column("asset", self.tr("资产（付款人）"), 200, "name", stretch=True),
            Column("kind", self.tr("类别"), 122),
            Column("owner", self.tr("归谁"), 150, "quiet"),
            Column("amount", self.tr("收款 元"), 110, "money"),
            Column("left", self.tr("可分配 元"), 110, "money"),
            Column("taken", self.tr("本次用 元"), 110, "money"),
        ])  # fmt: skip
        self.all_button.clicked.connect(self.table.tick_all)
        self.table.ticks_changed.connect(self._ticked)
        self.table.current_changed.connect(self._current)
        card.body.addWidget(self.table, 1)
        foot = Panel("foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(Label(self.tr("当前这笔用"), "second"))
        self.amount = MoneyField()
        self.amount.setFixedWidth(150)
        self.amount.editingFinished.connect(self._typed)
        row.addWidget(self.amount)
        row.addStretch(1)
        row.addWidget(Label(self.tr("上期结余"), "second"))
        self.carried = MoneyField()
        self.carried.setFixedWidth(150)
        self.carried.editingFinished.connect(self._carry)
        row.addWidget(self.carried)
        self.books_button = Button("", small=True)
        self.books_button.clicked.connect(self._carry_books)
        row.addWidget(self.books_button)
        card.body.addWidget(foot)
        self.lines.addWidget(card, 1)

    def show_case(self, case: PlanCase) -> None:
        self._case = case
        self._taken = {c.id: c.taken_fen for c in case.choices if c.taken_fen}
        editable = case.view.editable
        self.table.may_tick = editable
        self._fill()
        self.carried.set_value(int(case.view.row.get("carried_over_fen") or 0))
        for widget in (self.amount, self.carried):
            widget.setReadOnly(not editable)
        self.all_button.setVisible(editable and bool(case.choices))
        self.books_button.setText(self.tr("账上结余 {v} 元").format(v=format_yuan(case.carry_fen)))
        differs = case.carry_fen != int(case.view.row.get("carried_over_fen") or 0)
        self.books_button.setEnabled(editable and differs and case.carry_fen >= 0)
        self._current(self.table.current_id())

    def _fill(self) -> None:
        case = self._case
        if case is None:
            return
        self.table.set_rows([
            (c.id, (c.on_date, c.title if c.asset or not c.payer else c.payer, c.kind,
                    "、".join(name for name, _fen in c.owners), c.amount_fen, c.left_fen,
                    self._taken.get(c.id)))
            for c in case.choices
        ])  # fmt: skip
        self.table.set_ticks(self._taken)
        total = sum(self._taken.values())
        words = self.tr("已选 {n} 笔，{v} 元").format(n=len(self._taken), v=format_yuan(total))
        if not case.choices:
            words = self.tr("没有可分配的收款；先在合同或资产里登记收款")
        self.fact.setText(words)
        self.fact.update()

    def _current(self, record: str) -> None:
        case = self._case
        choice = next((c for c in case.choices if c.id == record), None) if case else None
        self.amount.set_value(self._taken.get(record, choice.left_fen) if choice else None)

    def _ticked(self) -> None:
        case = self._case
        if case is None:
            return
        left = {c.id: c.left_fen for c in case.choices}
        self._save({i: self._taken.get(i, left[i]) for i in self.table.ticks()})

    def _typed(self) -> None:
        record, fen = self.table.current_id(), self.amount.value()
        if self._case is None or not self._case.view.editable or not record or self.amount.problem():
            return
        if fen and fen != self._taken.get(record) and (record in self._taken or fen != self._left(record)):
            self._save({**self._taken, record: fen})

    def _left(self, record: str) -> int:
        return next((c.left_fen for c in self._case.choices if c.id == record), 0) if self._case else 0

    def _save(self, taken: dict[str, int]) -> None:
        self._taken = taken
        self._fill()
        plan = self.wizard.plan
        wanted: dict[str, int | None] = dict(taken)
        self.wizard.write(lambda: distributing.take_receipts(self.ws, plan, wanted), self.tr("收益已选"))

    def _carry(self) -> None:
        case, fen = self._case, self.carried.value() or 0
        if case is None or not case.view.editable or self.carried.problem():
            return
        if fen != int(case.view.row.get("carried_over_fen") or 0):
            plan = self.wizard.plan
            self.wizard.write(lambda: distributing.set_carried_over(self.ws, plan, fen), self.tr("上期结余已填"))

    def _carry_books(self) -> None:
        plan = self.wizard.plan
        self.wizard.write(lambda: distributing.set_carried_over(self.ws, plan), self.tr("上期结余已填"))
