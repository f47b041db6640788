"""Recording receipts 收款: completed, checked, booked in the same unit of work, and reversed instead of edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.ids import named_id
from desktop.insight.contract_book import account_of
from desktop.registry.posting import post_receipt
from desktop.registry.receivables import SETTLING, Account, Due, Paid, allocate
from desktop.store.database import Sql

EARLIEST = "1978-01-01"
"""No asset of a village was let before; an earlier day is a slip of the keyboard (1026 for 2026)."""
LIVE = "removed=0 AND canonical_id IS NULL"
NEEDS_CONTRACT = ("deposit", "deposit_return")
"""Kinds of receipts that mean nothing without the contract they secure."""


def complete_receipt(ws: Workspace, values: Mapping[str, Any]) -> dict[str, Any]:
    """A new receipt's values with what follows from its contract: place, single asset, payer, year of the income.

    Raises InputRefused when it lacks what every receipt needs, or names a record that is not there.
    """
    out = dict(values)
    if out.get("refund_of"):
        raise InputRefused("退款不在这里登记，没有保存。", hint="用“退款”办（命令行 contract refund）。")
    problems = []
    if not out.get("kind"):
        problems.append("没有选款项")
    if not out.get("on_date"):
        problems.append("没有填收款日期")
    elif str(out["on_date"]) > today():
        problems.append("收款日期在今天之后")
    elif str(out["on_date"]) < EARLIEST:
        problems.append(f"收款日期早于 {EARLIEST[:4]} 年，请核对年份")
    amount = out.get("amount_fen")
    if amount is None or amount == 0 or (amount < 0 and not out.get("reversal_of")):
        problems.append("收款金额应大于零（退还押金也填正数；多收的用退款，记错了用冲销）")
    if not out.get("contract_id") and not out.get("asset_id"):
        problems.append("没有选合同或资产")
    elif not out.get("contract_id") and out.get("kind") in NEEDS_CONTRACT:
        problems.append("押金要登记在合同下")
    if problems:
        raise InputRefused("；".join(problems) + "。没有保存。")
    with ws.register.reading() as sql:
        if out.get("contract_id"):
            _from_contract(sql, out)
        if out.get("asset_id"):
            place = sql.one(f"SELECT division_id,division_code FROM asset WHERE id=? AND {LIVE}", (out["asset_id"],))
            if place is None:
                raise InputRefused("所选资产不在册中，没有保存。")
            if not out.get("division_code"):
                out["division_id"], out["division_code"] = place
        if out.get("kind") == "deposit_return" and not out.get("reversal_of"):
            _refuse_too_much_back(sql, out)
    if out.get("income_year") is None:
        out["income_year"] = int(str(out["on_date"])[:4])
    return out


def contracts_in_force(ws: Workspace, asset: str) -> list[str]:
    """The numbers (or terms) of the contracts that run on an asset today: their rent is received under them."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT DISTINCT c.contract_no,c.term_start FROM contract c JOIN contract_asset a ON a.contract_id=c.id "
            "WHERE a.asset_id=? AND c.state='active' AND c.removed=0 AND c.canonical_id IS NULL ORDER BY 1,2",
            (asset,),
        )
    return [str(number or f"{start} 起的") for number, start in rows]


def _from_contract(sql: Sql, out: dict[str, Any]) -> None:
    row = sql.one(
        "SELECT c.division_id,c.division_code,p.name FROM contract c LEFT JOIN party p ON p.id=c.operator_party_id "
        "WHERE c.id=? AND c.removed=0 AND c.canonical_id IS NULL",
        (out["contract_id"],),
    )
    if row is None:
        raise InputRefused("所选合同不在册中，没有保存。")
    if not out.get("division_code"):
        out["division_id"], out["division_code"] = row[0], row[1]
    if not out.get("payer"):
        out["payer"] = row[2]
    assets = sql.column(
        "SELECT DISTINCT asset_id FROM contract_asset WHERE contract_id=? AND asset_id IS NOT NULL",
        (out["contract_id"],),
    )
    if not out.get("asset_id") and len(assets) == 1:
        out["asset_id"] = assets[0]
    elif out.get("asset_id") and out["asset_id"] not in assets:
        raise InputRefused("所选资产不在这份合同里，没有保存。")


def _refuse_too_much_back(sql: Sql, out: Mapping[str, Any]) -> None:
    """A deposit is given back at most once."""
    held = sql.scalar(
        "SELECT SUM(CASE WHEN kind='deposit' THEN amount_fen ELSE -amount_fen END) FROM receipt "
        f"WHERE {LIVE} AND kind IN ('deposit','deposit_return') AND contract_id=?",
        (out.get("contract_id"),),
    )
    if int(out["amount_fen"]) > int(held or 0):
        raise InputRefused(f"押金现存 {int(held or 0) / 100:,.2f} 元，不够退还；没有保存。")


def taken_in(sql: Sql, receipt_id: str) -> bool:
    """Whether a live distribution takes this receipt in."""
    found = sql.scalar(
        "SELECT COUNT(*) FROM distribution_receipt r JOIN distribution d ON d.id=r.distribution_id "
        "WHERE r.receipt_id=? AND d.removed=0 AND d.canonical_id IS NULL AND COALESCE(d.state,'') NOT IN "
        "('reversed','reversal','dropped')",
        (receipt_id,),
    )
    return bool(found)


def reverse_receipt(ws: Workspace, receipt_id: str, reason: str, on: str) -> str:
    """Reverse a receipt: another one with the negative amount and its voucher; the id of the reversal.

    The reversal is the same record on every laptop: reversed on two of them, the money goes out of the books once.
    Raises InputRefused (reversed before, itself a reversal, no reason, taken in by a distribution), UsageError.
    """
    row = ws.register.row("receipt", receipt_id)
    if row is None or row.get("removed"):
        raise UsageError("没有这笔收款，可能已被移除或撤回。")
    if row.get("reversal_of"):
        raise InputRefused("这一笔本身就是冲销，不能再冲销；没有改变。")
    if not reason.strip():
        raise InputRefused("没有写冲销原因，没有改变。")
    if on > today():
        raise InputRefused("冲销日期在今天之后，没有改变。")
    with ws.register.reading() as sql:
        if sql.scalar(f"SELECT COUNT(*) FROM receipt WHERE reversal_of=? AND {LIVE}", (receipt_id,)):
            raise InputRefused("这笔收款已经冲销过，没有改变。")
        if sql.scalar(f"SELECT COALESCE(SUM(amount_fen),0) FROM receipt WHERE refund_of=? AND {LIVE}", (receipt_id,)):
            raise InputRefused("这笔收款退过款，先冲销退款；没有改变。")
        if taken_in(sql, receipt_id):
            raise InputRefused("这笔收款已列入收益分配，先冲销那份分配方案；没有改变。")
    copied = (
        "contract_id", "asset_id", "kind", "income_year", "payer", "division_id", "division_code", "refund_of",
    )  # fmt: skip
    values = {
        **{c: row.get(c) for c in copied}, "on_date": on, "amount_fen": -int(str(row["amount_fen"])),
        "reversal_of": receipt_id, "note": reason.strip(),
    }  # fmt: skip
    with ws.write(f"冲销收款：{reason.strip()}", table="receipt") as scope:
        made = named_id("receipt", "reverses", receipt_id)
        if not scope.ensure("receipt", made, values):  # it was removed once: this one stands beside it
            made = scope.insert("receipt", values)
        post_receipt(scope, made, values)
    return str(made)


@dataclass(frozen=True)
class AllocationPreview:
    """What a receipt would settle: the account before and after, and the parts of the new receipt."""

    before: Account
    after: Account
    parts: tuple[tuple[str, int, bool], ...]
    """(due day, 分 of this receipt, whether the due is settled by it)."""
    advance_fen: int
    """What of it would exceed all dues."""


def preview_allocation(ws: Workspace, contract_id: str, kind: str, amount_fen: int, on: str) -> AllocationPreview:
    """How a receipt would be allocated, before it is recorded. Kinds that settle no dues give no parts.

    Receipts recorded for later days count too, so that what is shown is what stands afterwards.
    """
    forever = "9999-12-31"
    with ws.register.reading() as sql:
        before = account_of(sql, contract_id, forever)
        if before is None:
            raise UsageError("没有这份合同，可能已被移除或撤回。")
        paid = [
            Paid(i, on_date, int(fen), reverses, refunds)
            for i, on_date, fen, reverses, refunds in sql.rows(
                "SELECT id,on_date,amount_fen,reversal_of,refund_of FROM receipt WHERE contract_id=? "
                f"AND on_date IS NOT NULL AND amount_fen IS NOT NULL AND {LIVE} AND kind IN ('rent','dividend')",
                (contract_id,),
            )
        ]
    if kind not in SETTLING:
        return AllocationPreview(before, before, (), 0)
    new = Paid("~", on, amount_fen)
    after = allocate([Due(d.on, d.amount) for d in before.dues], [*paid, new], forever)
    parts = tuple(
        (after.dues[p.due].on, p.amount, after.dues[p.due].owed == 0) for p in after.parts if p.receipt == "~"
    )
    return AllocationPreview(before, after, parts, amount_fen - sum(p[1] for p in parts))
