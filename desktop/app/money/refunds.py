"""Money that goes back 退款: what a tenant has overpaid, and a deposit that is kept in part for arrears.

A refund is a receipt of its own with the negative amount, under the kind and year of the one it gives back, and names
it: income, receivables and books are less by it from its day on. What was distributed already does not go back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.app.money.receipts import EARLIEST, LIVE
from desktop.app.records.records import day, today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.money import format_yuan
from desktop.insight.contract_book import account_of, deposit_balances
from desktop.registry.distribution_checks import receipts_left
from desktop.registry.distribution_plan import DISTRIBUTED_KINDS
from desktop.registry.posting import post_receipt
from desktop.registry.receivables import SETTLING
from desktop.store.database import Sql

COPIED = ("contract_id", "asset_id", "kind", "income_year", "payer", "division_id", "division_code")


@dataclass(frozen=True)
class Refundable:
    """What of a receipt can be given back on a day, in 分, and what keeps it from being more, in words."""

    fen: int
    why: str


def refundable(ws: Workspace, receipt_id: str, on: str) -> Refundable:
    """How much of a receipt may go back on a day (ISO); UsageError when there is no such receipt."""
    row = _receipt(ws, receipt_id)
    with ws.register.reading() as sql:
        return _refundable(sql, row, on)


def refund_receipt(
    ws: Workspace, receipt_id: str, amount_fen: int, reason: str, *, on: str | None = None, voucher_no: str = ""
) -> str:
    """Give back a part of a receipt (分): another receipt with the negative amount and its voucher; its id.

    Rent and dividends: at most what was received beyond what had fallen due on that day. Raises InputRefused
    (more than that, distributed, no reason, days out of order), UsageError; then nothing was written.
    """
    row = _receipt(ws, receipt_id)
    when = _day(on, "退款")
    problems = []
    if not reason.strip():
        problems.append("没有写退款原因")
    if amount_fen <= 0:
        problems.append("退款金额应大于零")
    if when < str(row.get("on_date") or ""):
        problems.append(f"退款日期早于收款日期 {row['on_date']}")
    if problems:
        raise InputRefused("；".join(problems) + "。没有保存。")
    with ws.write(f"退款：{reason.strip()}", table="receipt") as scope:
        free = _refundable(scope.sql, row, when)
        if amount_fen > free.fen:
            raise InputRefused(f"这笔收款最多退 {format_yuan(free.fen)} 元（{free.why}）；没有保存。")
        values = {
            **{c: row.get(c) for c in COPIED}, "on_date": when, "amount_fen": -amount_fen, "refund_of": receipt_id,
            "voucher_no": voucher_no.strip() or None, "note": f"退款：{reason.strip()}",
        }  # fmt: skip
        made = scope.insert("receipt", values)
        post_receipt(scope, made, values)
    return str(made)


def _receipt(ws: Workspace, receipt_id: str) -> dict[str, Any]:
    row = ws.register.row("receipt", receipt_id)
    if row is None or row.get("removed"):
        raise UsageError("没有这笔收款，可能已被移除或撤回。")
    return {**row, "id": receipt_id}


def _refundable(sql: Sql, row: Mapping[str, Any], on: str) -> Refundable:
    kind, receipt = str(row.get("kind") or "other"), str(row["id"])
    if row.get("refund_of") or row.get("reversal_of") or int(row.get("amount_fen") or 0) <= 0:
        return Refundable(0, "这一笔本身是退款或冲销")
    if kind in ("deposit", "deposit_return"):
        return Refundable(0, "押金用“押金退还”办")
    if sql.scalar(f"SELECT COUNT(*) FROM receipt WHERE reversal_of=? AND {LIVE}", (receipt,)):
        return Refundable(0, "这笔收款已经冲销")
    amount = int(row.get("amount_fen") or 0)
    back = -int(sql.scalar(f"SELECT COALESCE(SUM(amount_fen),0) FROM receipt WHERE refund_of=? AND {LIVE}", (receipt,)))
    left = amount - back
    said = f"收到 {format_yuan(amount)} 元"
    limits = [(left, said + (f"，已退 {format_yuan(back)} 元" if back else ""))]
    if kind in DISTRIBUTED_KINDS:
        free = receipts_left(sql, [receipt]).get(receipt, left)
        if free < left:
            given = format_yuan(left - free)
            limits.append((max(free, 0), f"{given} 元已列入收益分配，要退先冲销那份分配方案"))
    if kind in SETTLING and row.get("contract_id"):
        limits.append(_overpaid(sql, str(row["contract_id"]), on))
    fen, why = min(limits, key=lambda found: found[0])
    return Refundable(fen, why)


def _overpaid(sql: Sql, contract: str, on: str) -> tuple[int, str]:
    """What a contract's tenant had paid on a day beyond what had fallen due, less what went back after it."""
    account = account_of(sql, contract, on)
    if account is None:
        return 0, "合同不在册中"
    kinds = ",".join("?" * len(SETTLING))
    later = int(sql.scalar(
        f"SELECT COALESCE(SUM(amount_fen),0) FROM receipt WHERE contract_id=? AND on_date>? AND kind IN ({kinds}) "
        f"AND refund_of IS NOT NULL AND {LIVE}",
        (contract, on, *SETTLING),
    ))  # fmt: skip
    fen = account.received + later - account.due(on)
    said = f"{on} 为止应收 {format_yuan(account.due(on))} 元，收到 {format_yuan(account.received + later)} 元"
    return max(fen, 0), f"{said}，多收的才能退"


# --- deposits -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DepositSplit:
    """A deposit that is settled: what is kept for arrears, what goes back, what stays; 分."""

    held_fen: int
    arrears_fen: int
    kept_fen: int
    returned_fen: int

    @property
    def left_fen(self) -> int:
        """What of the deposit is still held afterwards."""
        return self.held_fen - self.kept_fen - self.returned_fen


def deposit_split(
    ws: Workspace, contract_id: str, *, keep_fen: int | None = None, return_fen: int | None = None,
    on: str | None = None,
) -> DepositSplit:  # fmt: skip
    """How a deposit would be settled: kept for the arrears as far as it reaches, the rest returned, unless said else.

    Raises InputRefused when more is kept than is owed, or more leaves than is held; UsageError for no such contract.
    """
    when = _day(on, "退押金")
    with ws.register.reading() as sql:
        account = account_of(sql, contract_id, when)
        if account is None:
            raise UsageError("没有这份合同，可能已被移除或撤回。")
        held = min(deposit_balances(sql, d, [contract_id]).get(contract_id, 0) for d in (when, today()))
    owed = max(account.due(when) - account.received, 0)
    kept = min(owed, held) if keep_fen is None else keep_fen
    back = held - kept if return_fen is None else return_fen
    problems = []
    if held <= 0:
        problems.append("没有押金可退")
    if kept < 0 or back < 0:
        problems.append("金额不能小于零")
    if kept > owed:
        problems.append(f"{when} 欠 {format_yuan(owed)} 元，抵 {format_yuan(kept)} 元多了")
    if kept + back > held > 0:
        problems.append(f"押金现存 {format_yuan(held)} 元，抵和退一共 {format_yuan(kept + back)} 元")
    if not problems and not kept and not back:
        problems.append("没有写抵多少、退多少")
    if problems:
        raise InputRefused("；".join(problems) + "。没有保存。")
    return DepositSplit(held, owed, kept, back)


def settle_deposit(
    ws: Workspace, contract_id: str, *, keep_fen: int | None = None, return_fen: int | None = None,
    on: str | None = None, reason: str = "", voucher_no: str = "",
) -> DepositSplit:  # fmt: skip
    """Keep a part of a deposit for arrears and return the rest, in one unit of work with the vouchers.

    What is kept leaves the deposit and comes in as rent, so that both accounts and the bank agree to the 分.
    Raises as `deposit_split`.
    """
    when = _day(on, "退押金")
    split = deposit_split(ws, contract_id, keep_fen=keep_fen, return_fen=return_fen, on=when)
    contract = ws.register.row("contract", contract_id) or {}
    with ws.register.reading() as sql:
        payer = sql.scalar("SELECT name FROM party WHERE id=?", (contract.get("operator_party_id"),))
        assets = sql.column("SELECT DISTINCT asset_id FROM contract_asset WHERE contract_id=?", (contract_id,))
    kind = "dividend" if contract.get("mode") == "equity" else "rent"
    common = {
        "contract_id": contract_id, "asset_id": assets[0] if len(assets) == 1 else None, "on_date": when,
        "income_year": int(when[:4]), "payer": payer, "division_id": contract.get("division_id"),
        "division_code": contract.get("division_code"), "voucher_no": voucher_no.strip() or None,
    }  # fmt: skip
    why = f"：{reason.strip()}" if reason.strip() else ""
    rows = []
    if split.kept_fen:
        rows.append({**common, "kind": "deposit_return", "amount_fen": split.kept_fen, "note": f"押金抵欠款{why}"})
        rows.append({**common, "kind": kind, "amount_fen": split.kept_fen, "note": f"押金抵欠款{why}"})
    if split.returned_fen:
        rows.append({**common, "kind": "deposit_return", "amount_fen": split.returned_fen, "note": f"退还押金{why}"})
    with ws.write(f"押金：抵欠款 {format_yuan(split.kept_fen)} 元，退还 {format_yuan(split.returned_fen)} 元",
                  table="receipt") as scope:  # fmt: skip
        for values in rows:
            post_receipt(scope, scope.insert("receipt", values), values)
    return split


def _day(on: str | None, what: str) -> str:
    when = day(on) if on and on.strip() else today()
    if when > today():
        raise InputRefused(f"{what}日期在今天之后，没有保存。")
    if when < EARLIEST:
        raise InputRefused(f"{what}日期早于 {EARLIEST[:4]} 年，请核对年份；没有保存。")
    return when
