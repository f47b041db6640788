"""Payments 发放 of a distribution: sign-off by batch, what came back, paid again to the account known now.

The bank's file and its answer are in `bank_payments`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.app.cases.procedures import take_step_many
from desktop.app.records.editing import open_record, save_record
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.recipients import facts_of
from desktop.registry.codelists import word
from desktop.registry.distribution import listed
from desktop.registry.distribution_steps import repaying_id as repaying_id
from desktop.store.unit_of_work import Committed

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PaymentLine:
    """One payment as shown: to whom, how much (分), in which state; of the account only its end."""

    id: str
    kind: str
    recipient_id: str
    name: str
    village: str
    group: str
    people: int
    amount_fen: int
    state: str
    paid_date: str
    account_tail: str
    payee: str
    return_reason: str
    repays: bool

    @property
    def state_word(self) -> str:
        """The state as shown; a second payment says that it makes good a first."""
        shown = word("payment_state", self.state)
        return f"补发·{shown}" if self.repays else shown


@dataclass(frozen=True)
class PaymentTotals:
    """Payments by state: state → (how many, 分)."""

    by_state: Mapping[str, tuple[int, int]]

    def count(self, state: str) -> int:
        """How many are in a state."""
        return self.by_state.get(state, (0, 0))[0]

    def fen(self, state: str) -> int:
        """What they come to."""
        return self.by_state.get(state, (0, 0))[1]


def payments_of(ws: Workspace, plan: str) -> list[PaymentLine]:
    """The payments of a distribution in the order of its lines, second payments after the first."""
    row = ws.register.row("distribution", plan)
    if row is None:
        raise UsageError("没有这个分配方案，可能已被撤回；请刷新列表。")
    lines = listed(row, "lines")
    order = {line[2]: at for at, line in enumerate(lines)}
    order |= {use: len(lines) + at for at, (use, *_) in enumerate(listed(row, "uses"))}
    names = {line[2]: line[3] or "" for line in lines}
    with ws.register.reading() as sql:
        facts = facts_of(sql, lines)
        rows = sql.rows(
            "SELECT id,recipient_kind,recipient_id,amount_fen,COALESCE(state,'waiting'),paid_date,bank_account,payee,"
            "return_reason,repays_id FROM payment WHERE distribution_id=? AND removed=0 AND canonical_id IS NULL",
            (plan,),
        )
    found = []
    for i, kind, recipient, fen, state, paid, account, payee, reason, repays in rows:
        known = facts.get(recipient)
        name = names.get(recipient) or (word("income_use", recipient) if kind == "use" else "")
        found.append(PaymentLine(
            i, kind or "", recipient or "", name, known.village if known else "", known.group if known else "",
            known.people if known else 0, int(fen or 0), state, paid or "", str(account or "")[-4:], payee or "",
            reason or "", bool(repays),
        ))  # fmt: skip
    return sorted(found, key=lambda p: (order.get(p.recipient_id, len(order) + len(lines)), p.repays, p.id))


def payment_totals(payments: Sequence[PaymentLine]) -> PaymentTotals:
    """Counts and sums by state."""
    found: dict[str, tuple[int, int]] = {}
    for payment in payments:
        count, fen = found.get(payment.state, (0, 0))
        found[payment.state] = (count + 1, fen + payment.amount_fen)
    return PaymentTotals(found)


def pay_batch(
    ws: Workspace, payments: Sequence[str], *, on: str | None = None, doc: str = "", progress: Progress | None = None
) -> Committed:
    """Payments were handed over (签领表 or bank): 待发 → 已发, each with its voucher, in one unit of work."""
    day = on or today()
    return take_step_many(
        ws, "payment", payments, "pay", {"paid_date": day}, on=day, source_doc=doc, progress=progress
    )


def return_payments(ws: Workspace, reasons: Mapping[str, str], *, on: str | None = None) -> Committed:
    """Payments came back: 已发 → 退回, each with its reason."""
    each = {i: {"return_reason": reason} for i, reason in reasons.items()}
    return take_step_many(ws, "payment", list(reasons), "return", on=on, each=each)


def repay(ws: Workspace, payment: str, values: Mapping[str, Any] | None = None, *, on: str | None = None) -> Committed:
    """Pay again what came back: a new payment 待发, to the account or payee given, else to the household's of now.

    What came back for a closed account would come back again if it went out to the same one.
    """
    given = dict(values or {})
    if not {"bank_name", "bank_account"} & set(given):
        given |= account_now(ws, payment)
    return take_step_many(ws, "payment", [payment], "repay", given, on=on)


def account_now(ws: Workspace, payment: str) -> dict[str, str]:
    """Bank and account that the recipient's household has now, empty when it has none (or is no household)."""
    row = ws.register.row("payment", payment) or {}
    home = row.get("recipient_id")
    if row.get("recipient_kind") == "person":
        home = (ws.register.row("person", str(home)) or {}).get("household_id")
    elif row.get("recipient_kind") != "household":
        return {}
    known = ws.register.row("household", str(home)) or {}
    if not known.get("bank_account"):
        return {}
    return {"bank_name": str(known.get("bank_name") or ""), "bank_account": str(known["bank_account"])}


def set_payee(ws: Workspace, payment: str, values: Mapping[str, Any]) -> Committed:
    """Payee, bank or account of a payment 改领款人和账号; "" takes one back. InputRefused once it was handed over."""
    record = open_record(ws, "payment", payment)
    if (record.values.get("state") or "waiting") != "waiting":
        raise InputRefused("只有待发的才能改领款人和账号；没有保存。")
    return save_record(ws, record, {c: values[c] or None for c in PAYEE if c in values}, "发放：改领款人和账号")


PAYEE = ("payee", "bank_name", "bank_account")
"""What of a waiting payment a person may change: who receives it and where."""
