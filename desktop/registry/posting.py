"""Posting 记账: which voucher a receipt, a distribution and a payment bring, and what the books say on a day.

Debits are positive, credits negative, in 分; the lines of a voucher sum to zero. A voucher's identifier follows from
what it books, so that two laptops that post the same step make the same voucher and none is booked twice. A posted
voucher is never changed; a reversal books the opposite lines and names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.common.errors import InputRefused
from desktop.common.ids import named_id
from desktop.common.money import format_yuan
from desktop.registry.codelists import word
from desktop.registry.distribution import listed
from desktop.store.database import Sql
from desktop.store.register import WriteScope

BANK = "bank"
INCOME_ACCOUNT = {
    "rent": "operating_income", "dividend": "investment_income", "penalty": "other_income",
    "disposal": "disposal_income", "other": "other_income",
}  # fmt: skip
"""Kind of receipt → the income account it is credited to."""
CREDIT_OF_RECEIPT = {**INCOME_ACCOUNT, "deposit": "deposit", "deposit_return": "deposit", "principal": "investment"}
PAYABLE = {"household": "payable_household", "person": "payable_household"}
"""Recipient kind → the account that owes it; others are `payable_use`."""
FIXED_ONCE_POSTED = ("amount_fen", "kind", "on_date", "division_id", "division_code", "reversal_of",
                     "refund_of")  # fmt: skip
"""What of a receipt its voucher says: changed by a reversal alone."""

Line = list[Any]
"""[account, amount in 分, party or None, note or None], as the voucher's `lines` cell holds it."""


def voucher_id(table: str, row_id: str, what: str = "posted") -> str:
    """The identifier every laptop gives to the voucher of this event."""
    return named_id("voucher", table, row_id, what)


def by_hand_bars(sql: Sql, row: Mapping[str, Any]) -> list[str]:
    """Why a voucher cannot be written by hand: it claims what it does not book, or reverses what has a way of its own.

    Vouchers of receipts, distributions and payments are posted with them and reversed with them.
    """
    if row.get("source_table") or row.get("source_id"):
        return ["凭证的来源由收款、分配和发放记账时写下，不能手填"]
    if not row.get("reversal_of"):
        return []
    other = sql.one(
        "SELECT source_id,removed FROM voucher WHERE id=? AND canonical_id IS NULL", (row["reversal_of"],)
    )
    if other is None or other[1]:
        return ["被冲销的凭证不在册中"]
    if other[0]:
        return ["收款、分配和发放的凭证随它们一起冲销，不能单冲凭证"]
    if sql.scalar("SELECT COUNT(*) FROM voucher WHERE reversal_of=? AND removed=0", (row["reversal_of"],)):
        return ["这张凭证已经冲销过"]
    posted: dict[str, int] = {}
    for account, fen in sql.rows("SELECT account,amount_fen FROM voucher_line WHERE voucher_id=?",
                                 (row["reversal_of"],)):  # fmt: skip
        posted[account] = posted.get(account, 0) + int(fen or 0)
    for line in row.get("lines") or ():
        posted[line[0]] = posted.get(line[0], 0) + int(line[1] or 0)
    return ["冲销凭证的分录要与原凭证逐科目相反"] if any(posted.values()) else []


def balance_problem(lines: Sequence[Sequence[Any] | Mapping[str, Any]]) -> str | None:
    """Why these lines are no voucher, in words; None when they sum to zero."""
    if len(lines) < 2:
        return "凭证至少要有两条分录"
    amounts = [line.get("amount_fen") if isinstance(line, Mapping) else line[1] for line in lines]
    if any(not isinstance(fen, int) or isinstance(fen, bool) for fen in amounts):
        return "分录的金额应是以分为单位的整数"
    total = sum(fen for fen in amounts if fen)
    return f"借贷不平，相差 {format_yuan(abs(total))} 元" if total else None


def receipt_lines(row: Mapping[str, Any]) -> list[Line]:
    """A receipt's lines: money into the bank against income, deposit or principal; a returned deposit goes out, as does
    a refund, whose amount is negative."""
    amount = int(row.get("amount_fen") or 0)
    kind = row.get("kind") or "other"
    if kind == "deposit_return":
        amount = -amount
    return [[BANK, amount, None, None], [CREDIT_OF_RECEIPT.get(kind, "other_income"), -amount, None, None]]


def distribution_lines(row: Mapping[str, Any], income: Mapping[str, int]) -> list[Line]:
    """A confirmed distribution: income and what was carried over become distributable, and that is owed or kept.

    `income` is what is taken from each income account (分).
    """
    carried, kept = int(row.get("carried_over_fen") or 0), int(row.get("kept_fen") or 0)
    total = sum(income.values()) + carried
    lines: list[Line] = [[account, fen, None, None] for account, fen in sorted(income.items()) if fen]
    if carried:
        lines.append(["carried_over", carried, None, "上期结余"])
    lines.append(["distributable", -total, None, "转入"])
    lines.append(["distributable", total, None, "分配"])
    owed: dict[str, int] = {}
    for use, fen, *_ in listed(row, "uses"):
        if use == "reserve":
            kept += fen or 0
            continue
        named = [line for line in listed(row, "lines") if line[0] == use]
        for line in named:
            account = PAYABLE.get(line[1], "payable_use")
            owed[account] = owed.get(account, 0) + (line[5] or 0)
        rest = (fen or 0) - sum(line[5] or 0 for line in named)
        if rest:
            owed["payable_use"] = owed.get("payable_use", 0) + rest
    lines += [[account, -fen, None, None] for account, fen in sorted(owed.items()) if fen]
    if kept:
        lines.append(["carried_over", -kept, None, "结余"])
    return lines


def payment_lines(row: Mapping[str, Any], sign: int = 1) -> list[Line]:
    """A payment takes what is owed from the bank; with `sign` −1 the bank sent it back."""
    fen = sign * int(row.get("amount_fen") or 0)
    return [[PAYABLE.get(str(row.get("recipient_kind")), "payable_use"), fen, None, None], [BANK, -fen, None, None]]


def opposite(lines: Iterable[Sequence[Any]]) -> list[Line]:
    """The lines of a reversal."""
    return [[line[0], -line[1], *line[2:]] for line in lines]


def post(
    scope: WriteScope,
    table: str,
    row_id: str,
    what: str,
    on_date: str,
    summary: str,
    lines: Sequence[Line],
    place: Mapping[str, Any],
    *,
    reversal_of: str | None = None,
    note: str | None = None,
) -> str:
    """Post a voucher for an event unless it is posted already; its id. InputRefused when it does not balance."""
    lines = [line for line in lines if line[1]]
    if not lines:
        return ""
    problem = balance_problem(lines)
    if problem:
        raise InputRefused(f"凭证没有记账：{problem}。内容没有改变。")
    made = voucher_id(table, row_id, what)
    scope.ensure("voucher", made, {
        "on_date": on_date, "summary": summary, "lines": [list(line) for line in lines],
        "division_id": place.get("division_id"), "division_code": place.get("division_code"),
        "source_table": table, "source_id": row_id, "reversal_of": reversal_of, "note": note,
    })  # fmt: skip
    return made


def post_receipt(scope: WriteScope, row_id: str, row: Mapping[str, Any]) -> str:
    """Book a receipt (a reversing one names the voucher it reverses). "" when it has no date or amount yet."""
    if not row.get("amount_fen") or not row.get("on_date"):
        return ""
    reverses = row.get("reversal_of")
    kind = word("receipt_kind", row.get("kind") or "other")
    what = "冲销" if reverses else "退还" if row.get("refund_of") else "收到"
    return post(
        scope, "receipt", row_id, "posted", str(row["on_date"]), f"{what}{kind}",
        receipt_lines(row), row, reversal_of=voucher_id("receipt", str(reverses)) if reverses else None,
    )  # fmt: skip


def post_missing_receipts(scope: WriteScope, ids: Iterable[str] = ()) -> int:
    """Book the receipts that have no voucher yet (all, or those named); how many there were."""
    wanted = set(ids)
    done = 0
    for row in unposted_receipts(scope.sql):
        if not wanted or row["id"] in wanted:
            done += bool(post_receipt(scope, row["id"], row))
    return done


def unposted_receipts(sql: Sql) -> list[dict[str, Any]]:
    """Receipts with date and amount that no voucher books."""
    names = ("id", "on_date", "amount_fen", "kind", "division_id", "division_code", "reversal_of", "refund_of")
    rows = sql.rows(
        f"SELECT {','.join('r.' + n for n in names)} FROM receipt r WHERE r.removed=0 AND r.canonical_id IS NULL "
        "AND r.on_date IS NOT NULL AND COALESCE(r.amount_fen,0)<>0 AND NOT EXISTS (SELECT 1 FROM voucher v "
        "WHERE v.source_id=r.id AND v.removed=0 AND v.canonical_id IS NULL) ORDER BY r.on_date,r.id"
    )
    return [dict(zip(names, r, strict=True)) for r in rows]


def posted_bars(sql: Sql, table: str, row_id: str, changed: Iterable[str]) -> list[str]:
    """What a posted voucher forbids to edit: the columns of this record that it says; [] when nothing is posted."""
    if table == "voucher":
        return sorted(changed)
    if table != "receipt":
        return []
    shut = [c for c in changed if c in FIXED_ONCE_POSTED]
    if not shut:
        return []
    posted = sql.scalar(
        "SELECT COUNT(*) FROM voucher WHERE source_id=? AND removed=0 AND canonical_id IS NULL", (row_id,)
    )
    return shut if posted else []


@dataclass(frozen=True)
class AccountBalance:
    """One account on a day; 分, debits positive."""

    account: str
    debit_fen: int
    credit_fen: int

    @property
    def balance_fen(self) -> int:
        """Debits less credits."""
        return self.debit_fen - self.credit_fen

    @property
    def name(self) -> str:
        """The account's word."""
        return word("account", self.account)


def balances(sql: Sql, division: str = "", until: str | None = None) -> list[AccountBalance]:
    """Turnover and balance of each account from the vouchers, in a division (code prefix), to the end of a day."""
    where = ["v.removed=0 AND v.canonical_id IS NULL"]
    params: list[Any] = []
    if division:
        where.append("v.division_code LIKE ?")
        params.append(division + "%")
    if until:
        where.append("v.on_date<=?")
        params.append(until)
    rows = sql.rows(
        "SELECT l.account,SUM(CASE WHEN l.amount_fen>0 THEN l.amount_fen ELSE 0 END),"
        "SUM(CASE WHEN l.amount_fen<0 THEN -l.amount_fen ELSE 0 END) FROM voucher v JOIN voucher_line l "
        f"ON l.voucher_id=v.id WHERE {' AND '.join(where)} GROUP BY l.account ORDER BY l.account",
        tuple(params),
    )
    return [AccountBalance(str(a), int(d or 0), int(c or 0)) for a, d, c in rows]


def carried_over_balance(sql: Sql, division: str, without: str = "") -> int:
    """收益结余 that the books hold for exactly this division, in 分; `without` leaves one case's own vouchers out."""
    total = sql.scalar(
        "SELECT SUM(l.amount_fen) FROM voucher v JOIN voucher_line l ON l.voucher_id=v.id WHERE v.removed=0 "
        "AND v.canonical_id IS NULL AND l.account='carried_over' AND COALESCE(v.division_code,'')=? "
        "AND COALESCE(v.source_id,'')<>?",
        (division, without),
    )
    return -int(total or 0)
