"""Step 5 发放签收: payments ticked by batch, the sign-off sheet, the bank's file and its answer, what came back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout

from desktop.app.distribution import bank_payments, paying
from desktop.app.distribution.bank_payments import BankFile, BankReturn
from desktop.app.distribution.distribution_case import PlanCase
from desktop.app.distribution.paying import PaymentLine
from desktop.app.records.records import today
from desktop.common.money import format_yuan
from desktop.ui.case_fields import section
from desktop.ui.dialogs.message import MessageDialog, confirm
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.plan_steps.step import PlanStep
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.labels import Card, ElidedLabel, Label, Panel, rule
from desktop.ui.widgets.menu_button import MenuButton
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.tick_table import TickTable
from desktop.ui.widgets.value_fields import PartialDateField

CHIPS = {
    "waiting": ("neutral", "circle"), "paid": ("success", "ok"), "returned": ("danger", "turn"),
    "repaid": ("accent", "half"), "cancelled": ("neutral", "minus"),
}  # fmt: skip


class PayingStep(PlanStep):
    """What is ticked is registered as paid, or as returned with a reason, in one unit of work."""

    def __init__(self, wizard: object) -> None:
        super().__init__(wizard)  # type: ignore[arg-type]
        self._case: PlanCase | None = None
        card = Card()
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(8)
        self.filter = Segments([("", self.tr("全部"))], "", small=True)
        self.filter.changed.connect(lambda _k: self._fill())
        self.fact = ElidedLabel("", "muted")
        self.print_button = Button(self.tr("签领表"), icon="print", key="Ctrl+P", small=True)
        self.print_button.clicked.connect(lambda: self.wizard.print_paper("sign-off"))
        self.bank = MenuButton(self.tr("银行代发"), icon="down")
        self.bank.add(self.tr("写代发表"), self.write_bank_file)
        self.bank.add(self.tr("按银行的空表填"), lambda: self.write_bank_file(ask_template=True))
        self.bank.add_rule()
        self.bank.add(self.tr("读回盘表"), self.read_return)
        head.addWidget(self.filter)
        head.addWidget(self.fact, 1)
        head.addWidget(self.print_button)
        head.addWidget(self.bank)
        card.body.addLayout(head)
        card.body.addWidget(rule())
        self.table = TickTable([
            Column("name", self.tr("领款对象"), 186, "name"),
            Column("place", self.tr("村组"), 110),
            Column("amount", self.tr("金额 元"), 110, "money"),
            Column("account", self.tr("账号"), 90, "quiet", empty=self.tr("未填")),
            Column("state", self.tr("状态"), 110, "status"),
            Column("day", self.tr("发放日期"), 96, "date"),
            Column("note", self.tr("说明"), 140, stretch=True),
        ])  # fmt: skip
        self.table.ticks_changed.connect(self._tell)
        card.body.addWidget(self.table, 1)
        self.empty = EmptyState(
            "share", self.tr("还没有发放名单"), self.tr("方案公示期满、确认之后，开始发放")
        )
        card.body.addWidget(self.empty, 1)
        foot = Panel("foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        self.ticked = Label("", "bold")
        row.addWidget(self.ticked, 1)
        row.addWidget(Label(self.tr("办理日期"), "second"))
        self.on = PartialDateField(whole_days=True)
        self.on.setAccessibleName(self.tr("办理日期"))
        self.on.value_changed.connect(lambda *_: self._tell())
        row.addWidget(self.on)
        self.payee_button = Button(self.tr("改领款人、账号"), small=True)
        self.payee_button.clicked.connect(self.change_payee)
        self.again_button = Button(self.tr("补发"), small=True)
        self.again_button.clicked.connect(self.pay_again)
        self.back_button = Button(self.tr("登记退回"), small=True)
        self.back_button.clicked.connect(self.take_back)
        self.pay_button = Button("", "primary", small=True)
        self.pay_button.clicked.connect(self.pay)
        for button in (self.payee_button, self.again_button, self.back_button, self.pay_button):
            row.addWidget(button)
        card.body.addWidget(foot)
        self.lines.addWidget(card, 1)

    def day(self) -> str | None:
        """The day of what is registered, ISO: money paid in September is written down in November with its own day."""
        date = self.on.value()
        return date.iso() if date is not None and date.precision == "day" else None

    def show_case(self, case: PlanCase) -> None:
        if self._case is None or self._case.view.id != case.view.id:
            self.on.set_value(today(), "day")
        self._case = case
        totals = paying.payment_totals(case.payments)
        words = {"waiting": self.tr("待发"), "paid": self.tr("已发"), "returned": self.tr("退回"),
                 "repaid": self.tr("已补发"), "cancelled": self.tr("已取消")}  # fmt: skip
        choices = [("", self.tr("全部 {n}").format(n=len(case.payments)))]
        choices += [(state, f"{words[state]} {totals.count(state)}") for state in words if totals.count(state)]
        keep = self.filter.value() if self.filter.value() in [key for key, _ in choices] else ""
        self.filter.set_choices(choices, keep)
        paid, whole = totals.fen("paid"), sum(p.amount_fen for p in case.payments if p.state in ("waiting", "paid"))
        self.fact.setText(
            self.tr("已发 {a} / {b} 元").format(a=format_yuan(paid), b=format_yuan(whole)) if case.payments else ""
        )
        self.fact.update()
        self._fill()

    def _shown(self) -> Sequence[PaymentLine]:
        case, wanted = self._case, self.filter.value()
        return [p for p in case.payments if not wanted or p.state == wanted] if case else []

    def _fill(self) -> None:
        shown = self._shown()
        everything = bool(self._case and self._case.payments)
        self.table.setVisible(everything)
        self.empty.setVisible(not everything)
        self.table.set_rows([(p.id, self._cells(p)) for p in shown])
        self.table.set_ticks(set(self.table.ticks()) & {p.id for p in shown})
        self._tell()

    def _cells(self, p: PaymentLine) -> tuple[object, ...]:
        tone, icon = CHIPS.get(p.state, ("neutral", "circle"))
        tail = self.tr("尾号 {t}").format(t=p.account_tail) if p.account_tail else "" if p.kind == "use" else None
        note = p.return_reason or (self.tr("由{who}代领").format(who=p.payee) if p.payee else "")
        chip = Chip(p.state_word, tone, icon)  # type: ignore[arg-type]
        return (p.name, f"{p.village}{p.group}", p.amount_fen, tail, chip, p.paid_date, note)

    def chosen(self, *states: str) -> list[PaymentLine]:
        """The ticked payments that are in one of these states."""
        ticked = set(self.table.ticks())
        return [p for p in (self._case.payments if self._case else ()) if p.id in ticked and p.state in states]

    def _tell(self) -> None:
        ticked = set(self.table.ticks())
        lines = [p for p in (self._case.payments if self._case else ()) if p.id in ticked]
        total = sum(p.amount_fen for p in lines)
        self.ticked.setText(
            self.tr("勾选 {n} 笔，{v} 元").format(n=len(lines), v=format_yuan(total)) if lines
            else self.tr("空格勾选，Ctrl+A 全选")
        )  # fmt: skip
        dated = self.day() is not None
        may = self.ws.may("edit-assets")
        waiting, paid, back = self.chosen("waiting"), self.chosen("paid"), self.chosen("returned")
        open_now = bool(self._case and self._case.view.state == "paying")
        self.pay_button.setText(self.tr("登记已发 {n} 笔").format(n=len(waiting)) if waiting else self.tr("登记已发"))
        self.pay_button.setEnabled(may and bool(waiting) and open_now and dated)
        self.back_button.setEnabled(may and bool(paid) and dated)
        self.payee_button.setEnabled(may and len(waiting) == 1)
        self.again_button.setEnabled(may and len(back) == 1 and open_now and dated)
        self.bank.setEnabled(self.ws.may("plain-export") and open_now)

    # -- acting ------------------------------------------------------------------------------------------------

    def pay(self) -> None:
        """The ticked ones were handed over."""
        ids, on = [p.id for p in self.chosen("waiting")], self.day()
        if ids and on is not None:
            words = self.tr("已登记发放 {n} 笔").format(n=len(ids))
            self.wizard.write(
                lambda work: paying.pay_batch(self.ws, ids, on=on, progress=work.progress), words, long=True, once=True
            )

    def take_back(self) -> None:
        """The ticked ones came back."""
        ids = [p.id for p in self.chosen("paid")]
        dialog = ReasonDialog(
            self.tr("登记退回 {n} 笔").format(n=len(ids)), self.tr("退回的钱重新记为应付，可以补发。"),
            self.tr("登记退回"), self.tr("先不登记"), self,
        )  # fmt: skip
        if ids and dialog.exec():
            reasons, on = dict.fromkeys(ids, dialog.reason()), self.day()
            words = self.tr("已登记退回 {n} 笔").format(n=len(ids))
            self.wizard.write(lambda: paying.return_payments(self.ws, reasons, on=on), words)

    def pay_again(self) -> None:
        """One that came back is paid again, to the account that stands in the form."""
        back = self.chosen("returned")
        if len(back) != 1:
            return
        known = self.ws.register.row("payment", back[0].id) or {}
        values = {c: known.get(c) for c in paying.PAYEE} | paying.account_now(self.ws, back[0].id)
        reason = self.tr("退回原因：{r}").format(r=back[0].return_reason or self.tr("没有写"))
        self._ask_payee(
            self.tr("补发"), f"{back[0].name}　{format_yuan(back[0].amount_fen)} 元　{reason}", values,
            lambda typed: paying.repay(self.ws, back[0].id, typed, on=self.day()), self.tr("列为补发"),
            self.tr("已列为补发，待发"),
        )  # fmt: skip

    def change_payee(self) -> None:
        """Somebody else receives the ticked payment, or it goes to another account."""
        chosen = self.chosen("waiting")
        if len(chosen) != 1:
            return
        known = self.ws.register.row("payment", chosen[0].id) or {}
        self._ask_payee(
            self.tr("改领款人、账号"), self.tr("领款人空着就由本人领"), {c: known.get(c) for c in paying.PAYEE},
            lambda typed: paying.set_payee(self.ws, chosen[0].id, typed), self.tr("保存"), self.tr("已保存"),
        )  # fmt: skip

    def _ask_payee(
        self, title: str, about: str, values: Mapping[str, object], save: Callable[[dict[str, object]], object],
        go: str, said: str,
    ) -> None:  # fmt: skip
        dialog = RecordDialog(
            self.shell, title, "payment", [section("payment", paying.PAYEE)], save, go=go, values=values, about=about,
            columns=1, parent=self,
        )  # fmt: skip
        if dialog.exec():
            self.wizard.reload()
            self.shell.toast(said)

    def write_bank_file(self, ask_template: bool = False) -> None:
        """The bank's workbook; it holds accounts, so who writes it is asked and logged."""
        template: Path | None = None
        if ask_template:
            given, _ = QFileDialog.getOpenFileName(self, self.tr("选银行的空表"), "", self.tr("工作簿 (*.xlsx)"))
            if not given:
                return
            template = Path(given)
        name, _ = QFileDialog.getSaveFileName(self, self.tr("写银行代发表"), "代发表.xlsx", self.tr("工作簿 (*.xlsx)"))
        if not name:
            return
        body = self.tr("文件里有户名和银行账号，是明文。谁写的、多少笔会记入导出记录。用完请删除。")
        earlier = bank_payments.written_before(self.ws, self.wizard.plan)
        if earlier:
            said = self.tr("\n{when} 已写过代发表；那一份如已交给银行，请先读回盘表，不要两份都交。")
            body += said.format(when=earlier)
        if not confirm(self.tr("写银行代发表"), body, self.tr("写出"), self.tr("先不写"), parent=self):
            return
        plan = self.wizard.plan
        self.shell.gates.write(
            lambda _w: bank_payments.write_payment_file(self.ws, plan, Path(name), template=template),
            self._file_written, owner=self, title=self.tr("写银行代发表"),
        )  # fmt: skip

    def _file_written(self, done: BankFile) -> None:
        words = self.tr("代发表已写出：{n} 笔，{v} 元").format(n=done.rows, v=format_yuan(done.total_fen))
        if done.without_account:
            words += self.tr("；{n} 户（人）没有账号，不在表中").format(n=done.without_account)
        if done.filled:
            words += self.tr("；{n} 笔的账号取自住户现在的登记").format(n=done.filled)
        self.wizard.reload()
        self.shell.toast(words)

    def read_return(self) -> None:
        """The bank's answer: looked at first, then written."""
        name, _ = QFileDialog.getOpenFileName(self, self.tr("选回盘表"), "", self.tr("表格 (*.xlsx *.xls *.csv)"))
        if name:
            plan = self.wizard.plan
            self.shell.gates.read(
                lambda _w: bank_payments.look_at_return(self.ws, plan, Path(name)),
                lambda found: self.show_return(found, Path(name).name), owner=self, title=self.tr("读回盘表"),
            )  # fmt: skip

    def show_return(self, found: BankReturn, name: str) -> None:
        """Say what would be written and ask."""
        words = self.tr("成功 {a} 笔，失败 {b} 笔。失败的登记退回，原因照回盘表。").format(
            a=len(found.paid), b=len(found.failed)
        )
        if found.known:
            words += self.tr("另有 {n} 行早已登记，不重复登记。").format(n=found.known)
        if found.silent:
            words += self.tr("名单里 {n} 笔有账号的待发，回盘表里没有。").format(n=found.silent)
        if found.findings:
            shown = "\n".join(f"第 {f.row} 行：{f.message}" for f in found.findings[:6])
            more = len(found.findings) - 6
            rest = self.tr("\n还有 {n} 行").format(n=more) if more > 0 else ""
            words += self.tr("\n下面的行对不上，放下不登记：\n") + shown + rest
        if not found.paid and not found.failed:
            seen = [("stay", self.tr("知道了"), "primary")]
            MessageDialog(self.tr("回盘表里没有要登记的"), words, seen, parent=self).exec()  # type: ignore[arg-type]
            return
        on = self.day()
        if confirm(self.tr("登记回盘结果"), words, self.tr("登记"), self.tr("先不登记"), parent=self):
            self.wizard.write(
                lambda: bank_payments.take_return(self.ws, found, on=on, doc=name)[-1], self.tr("回盘结果已登记")
            )


