"""Payments 发放 of a distribution: sign-off by batch, the bank's file out and back, what came back paid again.

A bank account leaves the register only in the bank's file, which is logged as a plain export.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.app.amount_matching import matched_names
from desktop.app.editing import open_record, save_record
from desktop.app.plain_exports import log_plain_export
from desktop.app.procedures import take_step_many
from desktop.app.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.money import format_yuan
from desktop.exchange.workbook.bank_file import BankRow, ReturnRow, read_bank_return, write_bank_file
from desktop.exchange.workbook.findings import Finding
from desktop.insight.recipients import facts_of
from desktop.registry.codelists import word
from desktop.registry.distribution import listed
from desktop.registry.policies import policy
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
    """Pay again what came back: a new payment 待发, to a new account or payee when given."""
    return take_step_many(ws, "payment", [payment], "repay", dict(values or {}), on=on)


def set_payee(ws: Workspace, payment: str, payee: str) -> Committed:
    """Somebody else receives it 改领款人; "" takes that back. InputRefused once it was handed over."""
    record = open_record(ws, "payment", payment)
    if (record.values.get("state") or "waiting") != "waiting":
        raise InputRefused("只有待发的才能改领款人；没有保存。")
    return save_record(ws, record, {"payee": payee.strip() or None}, "发放：改领款人")


# --- the bank -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BankFile:
    """What went into the bank's file, and who is not in it for lack of an account."""

    rows: int
    total_fen: int
    without_account: int


def write_payment_file(ws: Workspace, plan: str, target: Path, *, template: Path | None = None) -> BankFile:
    """Write the waiting payments as the bank's workbook; logged as a plain export with its columns, never content.

    Raises InputRefused (nothing waits, nobody has an account, the template does not fit), NotAllowed, StorageFailed.
    """
    ws.require("plain-export")
    row = ws.register.row("distribution", plan)
    if row is None:
        raise UsageError("没有这个分配方案，可能已被撤回；请刷新列表。")
    names = {line[2]: line[3] or "" for line in listed(row, "lines")}
    with ws.register.reading() as sql:
        layout = policy(sql, "distribution.bank_file")
        waiting = sql.rows(
            "SELECT id,recipient_kind,recipient_id,amount_fen,bank_name,bank_account,payee FROM payment "
            "WHERE distribution_id=? AND removed=0 AND canonical_id IS NULL AND COALESCE(state,'waiting')='waiting'",
            (plan,),
        )
        facts = facts_of(sql, listed(row, "lines"))
    order = {line[2]: at for at, line in enumerate(listed(row, "lines"))}
    people = [p for p in waiting if p[1] in ("household", "person", "party")]
    rows = [
        BankRow(
            payee or names.get(recipient, ""), str(account), bank or "", int(fen or 0),
            str(layout.get("note_text") or "").replace("{year}", str(row.get("year") or "")).replace(
                "{reference}", reference_of(i)
            ),
            facts[recipient].village if recipient in facts else "", reference_of(i),
        )
        for i, _, recipient, fen, bank, account, payee in sorted(people, key=lambda p: order.get(p[2], len(order)))
        if account
    ]  # fmt: skip
    if not waiting:
        raise InputRefused("没有待发的，没有写出文件。", hint="方案到“发放”一步才有发放名单。")
    if not rows:
        raise InputRefused(
            "待发的都没有登记银行账号，没有写出文件。", hint="请在住户里补登开户银行和账号，或用签领表发放。"
        )
    with ws.register.storage_errors():
        write_bank_file(target, rows, layout, template)
    titles = [str(title) for title, _ in layout["columns"]]
    about = str(row.get("title") or "")
    log_plain_export(ws, "bank payment file", about, titles, len(rows), with_id=True, file=target)
    return BankFile(len(rows), sum(r.amount_fen for r in rows), len(people) - len(rows))


def reference_of(payment: str) -> str:
    """A payment's short number for the bank's remark column: the end of its identifier."""
    return payment[-8:]


@dataclass(frozen=True)
class BankReturn:
    """What the bank's answer says: payments that went through and that failed, and rows that fit none."""

    paid: tuple[str, ...]
    failed: Mapping[str, str]
    findings: tuple[Finding, ...]
    rows: int


def look_at_return(ws: Workspace, plan: str, source: Path) -> BankReturn:
    """Read the bank's answer and match it with the payments; nothing is written.

    A row fits the payment with its number, else with its account and amount, else with name and amount; a row that
    fits none or several is a finding.
    """
    with ws.register.reading() as sql:
        layout = policy(sql, "distribution.bank_return")
        rows = sql.rows(
            "SELECT id,recipient_id,amount_fen,bank_account,payee,COALESCE(state,'waiting') FROM payment "
            "WHERE distribution_id=? AND removed=0 AND canonical_id IS NULL AND COALESCE(state,'waiting') IN "
            "('waiting','paid') ORDER BY id",
            (plan,),
        )
    row = ws.register.row("distribution", plan) or {}
    names = {line[2]: line[3] or "" for line in listed(row, "lines")}
    known = [(i, payee or names.get(r, ""), str(acc or ""), int(fen or 0), st) for i, r, fen, acc, payee, st in rows]
    answer = read_bank_return(source, layout)
    taken: set[str] = set()
    paid: list[str] = []
    failed: dict[str, str] = {}
    findings: list[Finding] = []
    for entry in answer:
        fitting = [p for p in known if p[0] not in taken and _fits(entry, p)]
        if len(fitting) != 1:
            said = "与待发名单对不上" if not fitting else f"与 {len(fitting)} 笔都对得上"
            amount = "" if entry.amount_fen is None else f"，金额 {format_yuan(entry.amount_fen)} 元"
            words = f"这一行{said}{amount}"
            findings.append(Finding(source.name, entry.row, None, "bank_row_unmatched", "error", words))
            continue
        payment, _, _, _, state = fitting[0]
        taken.add(payment)
        if entry.failed:
            failed[payment] = entry.reason or "银行退回"
        elif state == "waiting":
            paid.append(payment)
    return BankReturn(tuple(paid), failed, tuple(findings), len(answer))


def take_return(ws: Workspace, answer: BankReturn, *, on: str | None = None, doc: str = "") -> list[Committed]:
    """Write what the bank answered: what went through is 已发, what failed goes out and comes back with its reason."""
    with ws.register.reading() as sql:
        waiting = {
            i
            for (i,) in sql.in_chunks(
                "SELECT id FROM payment WHERE COALESCE(state,'waiting')='waiting' AND id IN (*)", list(answer.failed)
            )
        }
    out = []
    first = [*answer.paid, *sorted(waiting)]
    if first:
        out.append(pay_batch(ws, first, on=on, doc=doc))
    if answer.failed:
        out.append(return_payments(ws, answer.failed, on=on))
    if not out:
        raise InputRefused("回盘表里没有要登记的，没有写入任何内容。")
    return out


def _fits(entry: ReturnRow, payment: tuple[str, str, str, int, str]) -> bool:
    i, name, account, fen, _ = payment
    if entry.amount_fen is not None and entry.amount_fen != fen:
        return False
    if entry.reference and reference_of(i) in entry.reference:
        return True
    if entry.account:
        return bool(account) and "".join(c for c in account if c.isdigit()) == entry.account
    return bool(entry.name) and matched_names(entry.name, name)
