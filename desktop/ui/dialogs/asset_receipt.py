"""Money received for an asset without a contract (a dividend, a subsidy, a sale), and the reversal of a receipt."""

from __future__ import annotations

from typing import Any

from desktop.app.money.money_books import today
from desktop.app.money.receipts import NEEDS_CONTRACT, contracts_in_force, reverse_receipt
from desktop.app.records.editing import new_record
from desktop.common.money import format_yuan
from desktop.registry import codelists
from desktop.ui.case_fields import section
from desktop.ui.dialogs.asset_picker import AssetPicker
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.dialogs.record_dialog import RecordDialog

COLUMNS = ("kind", "amount_fen", "on_date", "income_year", "payer", "voucher_no", "note")


def asset_receipt_dialog(owner: Any, asset: str, name: str) -> RecordDialog:
    """Asks for a receipt of an asset that no contract brings; it is booked when it is saved.

    Contracts in force are named at the foot: their rent belongs under them, or it would stay owed.
    """
    shell, ws = owner.shell, owner.ws
    kinds = {"kind": [(i.name, i.code) for i in codelists.items("receipt_kind") if i.code not in NEEDS_CONTRACT]}
    form = [section("receipt", COLUMNS, kinds, required=("kind", "amount_fen", "on_date"))]
    dialog = RecordDialog(
        shell, owner.tr("登记收款（没有合同的）"), "receipt", form,
        lambda values: new_record(ws, "receipt", {**values, "asset_id": asset}), go=owner.tr("登记并记账"),
        values={"on_date": today(), "income_year": int(today()[:4])}, about=name, parent=owner,
    )  # fmt: skip
    dialog.saved.connect(lambda _made: shell.toast(owner.tr("收款已登记并记账")))

    def warn(numbers: list[str]) -> None:
        if numbers:
            words = owner.tr("这项资产有履行中的合同（{names}），租金请登记在合同下")
            dialog.set_remark(words.format(names="、".join(numbers[:3])))

    shell.gates.read(lambda _w: contracts_in_force(ws, asset), warn, owner=dialog)
    return dialog


def pick_asset_receipt(owner: Any) -> AssetPicker:
    """Asks for the asset first, then for its receipt, which is left in `owner.dialog`."""
    picker = AssetPicker(owner.shell, owner.ws, owner.tr("哪项资产收的款"), owner)

    def ask(asset: str, name: str) -> None:
        owner.dialog = asset_receipt_dialog(owner, asset, name)
        owner.dialog.open()

    picker.chosen.connect(ask)
    return picker


def reversal_dialog(owner: Any, receipt: str, on: str, fen: int) -> ReasonDialog:
    """冲销 of a receipt: a reason, then a negative entry beside it."""
    shell, ws = owner.shell, owner.ws
    text = owner.tr("{on} 收的 {v} 元用一笔负数冲掉，两笔都留着。").format(on=on, v=format_yuan(fen))
    dialog = ReasonDialog(
        owner.tr("冲销这笔收款"), text, owner.tr("冲销"), owner.tr("先不冲销"), day=owner.tr("冲销日期"), parent=owner
    )

    def go() -> None:
        reason, day = dialog.reason(), dialog.day()
        shell.gates.write(
            lambda _w: reverse_receipt(ws, receipt, reason, day),
            lambda _id: shell.toast(owner.tr("已冲销")),
            owner=owner,
            title=owner.tr("冲销"),
        )

    dialog.accepted.connect(go)
    return dialog
