"""退款 of what was overpaid, and a deposit that is settled: how much may go is said before."""

from __future__ import annotations

from typing import Any

from desktop.app.money.refunds import (
    DepositSplit,
    Refundable,
    deposit_split,
    refund_receipt,
    refundable,
    settle_deposit,
)
from desktop.app.records.records import today
from desktop.common.money import format_yuan
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.widgets.editors import FieldSpec
from desktop.ui.widgets.record_form import Section


def refund_dialog(owner: Any, receipt: str, about: str) -> RecordDialog:
    """Asks how much of a receipt goes back, on which day and why; booked when it is saved."""
    shell, ws = owner.shell, owner.ws
    fields = (
        FieldSpec("amount_fen", "money", required=True, caption=owner.tr("退款金额")),
        FieldSpec("on_date", "date", required=True, caption=owner.tr("退款日期")),
        FieldSpec("voucher_no"),
        FieldSpec("note", "long", True, required=True, caption=owner.tr("退款原因")),
    )

    def save(values: dict[str, Any]) -> str:
        return refund_receipt(ws, receipt, int(values["amount_fen"]), values["note"] or "", on=values["on_date"],
                              voucher_no=values["voucher_no"] or "")  # fmt: skip

    dialog = RecordDialog(
        shell, owner.tr("退款"), "receipt", [Section("", fields)], save, go=owner.tr("退款并记账"),
        values={"on_date": today()}, about=about, parent=owner,
    )  # fmt: skip
    dialog.saved.connect(lambda _made: shell.toast(owner.tr("退款已登记并记账")))

    def tell(found: Refundable) -> None:
        dialog.set_remark(owner.tr("最多能退 {v} 元（{why}）").format(v=format_yuan(found.fen), why=found.why))

    def ask() -> None:
        day = dialog.form.values().get("on_date")
        if day:
            shell.gates.read(lambda _w: refundable(ws, receipt, day), tell, owner=dialog, key=f"refund-{id(dialog)}")

    dialog.form.editors["on_date"].changed.connect(ask)
    ask()
    return dialog


def deposit_dialog(owner: Any, contract: str, about: str) -> RecordDialog:
    """Asks what of a deposit is kept for arrears and what goes back; as it would be, from what is owed today."""
    shell, ws = owner.shell, owner.ws
    fields = (
        FieldSpec("amount_fen", "money", required=True, caption=owner.tr("抵欠款")),
        FieldSpec("deposit_fen", "money", required=True, caption=owner.tr("退还")),
        FieldSpec("ended_date", "date", required=True, caption=owner.tr("日期")),
        FieldSpec("purpose", caption=owner.tr("凭证号")),
        FieldSpec("note", "long", True),
    )

    def save(values: dict[str, Any]) -> DepositSplit:
        return settle_deposit(
            ws, contract, keep_fen=int(values["amount_fen"]), return_fen=int(values["deposit_fen"]),
            on=values["ended_date"], reason=values["note"] or "", voucher_no=values["purpose"] or "",
        )  # fmt: skip

    dialog = RecordDialog(
        shell, owner.tr("结算押金"), "contract", [Section("", fields)], save, go=owner.tr("登记并记账"),
        values={"ended_date": today()}, about=about, parent=owner,
    )  # fmt: skip
    dialog.saved.connect(lambda done: shell.toast(owner.tr("押金抵欠款 {a} 元，退还 {b} 元").format(
        a=format_yuan(done.kept_fen), b=format_yuan(done.returned_fen))))  # fmt: skip

    def tell(split: DepositSplit) -> None:
        if dialog.form.values().get("amount_fen") is None:
            dialog.form.take({"amount_fen": split.kept_fen, "deposit_fen": split.returned_fen})
        words = owner.tr("押金现存 {a} 元，欠款 {b} 元；抵欠款的记作收到租金")
        dialog.set_remark(words.format(a=format_yuan(split.held_fen), b=format_yuan(split.arrears_fen)))
        dialog._tell()

    shell.gates.read(lambda _w: deposit_split(ws, contract), tell, owner=dialog, title=owner.tr("结算押金"))
    return dialog
