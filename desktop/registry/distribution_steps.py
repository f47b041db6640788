"""The procedure of a distribution 收益分配 and of its payments 发放, from the draft to the archive.

draft → village meeting → town review → notice → confirmed → paying → closed. Before the notice a step back says why;
after it the plan is never edited, only reversed by a second distribution with the opposite amounts. Confirming and
paying post their vouchers in the same unit of work.
"""

from __future__ import annotations

from typing import Any

from desktop.common.ids import named_id
from desktop.common.money import format_yuan
from desktop.registry.case_days import milestone, steps_of_case
from desktop.registry.decision import cited_decision_bars
from desktop.registry.distribution import listed
from desktop.registry.distribution_checks import bars_of
from desktop.registry.distribution_plan import balance_of
from desktop.registry.notice import hung_out
from desktop.registry.policies import policy
from desktop.registry.posting import (
    INCOME_ACCOUNT,
    carried_over_balance,
    distribution_lines,
    opposite,
    payment_lines,
    post,
    post_missing_receipts,
    voucher_id,
)
from desktop.registry.procedure import CaseFacts, Procedure, Step
from desktop.store.database import Sql
from desktop.store.register import WriteScope

NOTICE_KIND = "income_plan"
PLAN = (
    "title", "year", "division_id", "division_code", "level", "project_id", "carried_over_fen", "kept_fen",
    "receipts", "uses", "lines", "method", "criteria", "snapshot_date",
)  # fmt: skip
"""What a plan is made of: edited until the town reviews it."""
OPEN = ("draft", "village_meeting")
BOOKED = ("confirmed", "paying", "closed")
"""States in which a distribution's voucher stands."""


def payment_id(distribution: str, kind: str, recipient: str) -> str:
    """The identifier every laptop gives to what this recipient gets of this distribution."""
    return named_id("payment", distribution, kind, recipient)


# --- guards ---------------------------------------------------------------------------------------------------------


def plan_bars(sql: Sql, facts: CaseFacts) -> list[str]:
    """The plan balances to 0.00 and everybody in it may stand there."""
    return bars_of(sql, facts.id, facts.row)


def decision_bars(sql: Sql, facts: CaseFacts) -> list[str]:
    """The decision cited went through all of 四议 in order, with the quorum the county asks (`decision.py`)."""
    cited = facts.row.get("decision_id")
    # none cited: the step names it among what is not filled in
    return cited_decision_bars(sql, cited, "distribution", facts.day or facts.on) if cited else []


def reviewer_bars(sql: Sql, facts: CaseFacts) -> list[str]:
    """Who submitted a plan does not review it (policy)."""
    if not policy(sql, "distribution.reviewer_not_author"):
        return []
    authors = {
        by
        for (by,) in sql.rows(
            "SELECT taken_by FROM step_taken WHERE case_id=? AND step IN ('submit','report') AND removed=0 "
            "AND canonical_id IS NULL",
            (facts.id,),
        )
    }
    return ["审核人不能是提交方案的人，由另一人审核"] if facts.by and facts.by in authors else []


def notice_done(sql: Sql, facts: CaseFacts) -> list[str]:
    """The notice hung its days after the town's review, and no objection is open."""
    return hung_out(sql, facts, NOTICE_KIND)


def books_bars(sql: Sql, facts: CaseFacts) -> list[str]:
    """What is carried over is really in the books of the village."""
    claimed = int(facts.row.get("carried_over_fen") or 0)
    if not claimed:
        return []
    held = carried_over_balance(sql, str(facts.row.get("division_code") or ""), facts.id)
    if claimed <= held:
        return []
    return [f"账上收益结余只有 {format_yuan(held)} 元，方案用了上期结余 {format_yuan(claimed)} 元；缺的先记期初凭证"]


def nothing_waits(sql: Sql, facts: CaseFacts) -> list[str]:
    """Every payment is paid or came back before the file is closed."""
    waiting = _count_payments(sql, facts.id, ("waiting",))
    return [f"还有 {waiting} 笔没有发放"] if waiting else []


def nothing_is_out(sql: Sql, facts: CaseFacts) -> list[str]:
    """Money that was paid comes back first; only then is the plan reversed."""
    out = _count_payments(sql, facts.id, ("paid",))
    return [f"已发 {out} 笔，先收回并逐笔登记退回"] if out else []


def _count_payments(sql: Sql, distribution: str, states: tuple[str, ...]) -> int:
    marks = ",".join("?" * len(states))
    return int(
        sql.scalar(
            "SELECT COUNT(*) FROM payment WHERE distribution_id=? AND removed=0 AND canonical_id IS NULL "
            f"AND COALESCE(state,'waiting') IN ({marks})",
            (distribution, *states),
        )
        or 0
    )


# --- effects --------------------------------------------------------------------------------------------------------


def book(scope: WriteScope, facts: CaseFacts) -> None:
    """Post the distribution's voucher; receipts in it that were not booked yet are booked first."""
    taken = {receipt: fen or 0 for receipt, fen in listed(facts.row, "receipts")}
    post_missing_receipts(scope, taken) if taken else None
    income: dict[str, int] = {}
    for receipt, kind in scope.sql.in_chunks("SELECT id,kind FROM receipt WHERE id IN (*)", list(taken)):
        account = INCOME_ACCOUNT.get(kind or "other", "other_income")
        income[account] = income.get(account, 0) + taken[receipt]
    post(
        scope, "distribution", facts.id, "confirmed", facts.on, f"收益分配：{facts.row.get('title') or ''}",
        distribution_lines(facts.row, income), facts.row,
    )  # fmt: skip


def make_payments(scope: WriteScope, facts: CaseFacts) -> None:
    """One payment for each recipient (and for each use without recipients), 待发, with the account known now."""
    accounts = accounts_of(scope.sql, listed(facts.row, "lines"))
    rows = []
    for kind, recipient, _, fen in owed_of(facts.row):
        bank, account = accounts.get(recipient, (None, None))
        rows.append({
            "id": payment_id(facts.id, kind, recipient), "distribution_id": facts.id, "recipient_kind": kind,
            "recipient_id": recipient, "amount_fen": fen, "state": "waiting", "bank_name": bank,
            "bank_account": account,
        })  # fmt: skip
    scope.ensure_many("payment", rows)


def owed_of(row: Any) -> list[tuple[str, str, str, int]]:
    """What a plan owes: (recipient kind, recipient, name, 分), one for each recipient, in the order of the lines.

    A use without recipients is owed as a whole, kind `use`; what is kept (reserve) is owed to nobody.
    """
    sums: dict[tuple[str, str], int] = {}
    names: dict[tuple[str, str], str] = {}
    for _, kind, recipient, name, _, fen, _ in listed(row, "lines"):
        key = (kind, recipient)
        sums[key] = sums.get(key, 0) + (fen or 0)
        names.setdefault(key, name or "")
    for use in balance_of(row).uses:
        if not use.lines and use.use != "reserve":
            sums[("use", use.use)] = use.amount_fen
            names[("use", use.use)] = use.word
    return [(kind, recipient, names[kind, recipient], fen) for (kind, recipient), fen in sums.items() if fen]


def accounts_of(sql: Sql, lines: list[Any]) -> dict[str, tuple[str | None, str | None]]:
    """Bank and account of each recipient; a person's is his household's."""
    found: dict[str, tuple[str | None, str | None]] = {}
    homes = {line[2]: line[2] for line in lines if line[1] == "household"}
    people = [line[2] for line in lines if line[1] == "person"]
    homes |= dict(sql.in_chunks("SELECT id,household_id FROM person WHERE id IN (*)", people))
    banks = {
        i: (bank, account)
        for i, bank, account in sql.in_chunks(
            "SELECT id,bank_name,bank_account FROM household WHERE id IN (*)", sorted({h for h in homes.values() if h})
        )
    }
    for recipient, home in homes.items():
        if home in banks:
            found[recipient] = banks[home]
    return found


def reverse(scope: WriteScope, facts: CaseFacts) -> None:
    """A second distribution with the opposite amounts and its voucher; waiting payments and notices are called off."""
    row = facts.row
    state = row.get("state") or "draft"
    opposite_id = named_id("distribution", "reversal", facts.id)
    values = {
        **{c: row.get(c) for c in ("year", "division_id", "division_code", "level", "project_id", "method")},
        "snapshot_date": row.get("snapshot_date"), "decision_id": row.get("decision_id"),
        "title": f"冲销：{row.get('title') or ''}", "state": "reversal", "reversal_of": facts.id,
        "carried_over_fen": -int(row.get("carried_over_fen") or 0) or None,
        "kept_fen": -int(row.get("kept_fen") or 0) or None,
        "receipts": [[r, -(fen or 0)] for r, fen in listed(row, "receipts")],
        "uses": [[use, -(fen or 0), note] for use, fen, note in listed(row, "uses")],
        "lines": [[*line[:5], -(line[5] or 0), line[6]] for line in listed(row, "lines")],
    }  # fmt: skip
    scope.ensure("distribution", opposite_id, {k: v for k, v in values.items() if v not in (None, [])})
    scope.ensure("step_taken", named_id("step_taken", "reversal", facts.id), {
        "case_table": "distribution", "case_id": opposite_id, "step": "reverse", "from_state": state,
        "to_state": "reversal", "on_date": facts.on, "taken_by": facts.by or None,
    })  # fmt: skip
    if state in BOOKED:
        posted = voucher_id("distribution", facts.id, "confirmed")
        lines = scope.sql.rows(
            "SELECT account,amount_fen,party_id,note FROM voucher_line WHERE voucher_id=? ORDER BY position", (posted,)
        )
        post(
            scope, "distribution", facts.id, "reversed", facts.on, f"冲销收益分配：{row.get('title') or ''}",
            opposite(lines), row, reversal_of=posted,
        )  # fmt: skip
    for (payment,) in scope.sql.rows(
        "SELECT id FROM payment WHERE distribution_id=? AND removed=0 AND canonical_id IS NULL "
        "AND COALESCE(state,'waiting')='waiting'",
        (facts.id,),
    ):
        scope.change("payment", payment, {"state": "cancelled"})
        _note_step(scope, ("payment", payment), "cancel", ("waiting", "cancelled"), facts)
    for notice, hanging in scope.sql.rows(
        "SELECT id,COALESCE(state,'draft') FROM notice WHERE subject_table='distribution' AND subject_id=? "
        "AND removed=0 AND canonical_id IS NULL AND COALESCE(state,'draft') IN ('draft','running')",
        (facts.id,),
    ):
        scope.change("notice", notice, {"state": "cancelled"})
        _note_step(scope, ("notice", notice), "cancel", (hanging, "cancelled"), facts)


def _note_step(scope: WriteScope, case: tuple[str, str], step: str, states: tuple[str, str], facts: CaseFacts) -> None:
    scope.insert("step_taken", {
        "case_table": case[0], "case_id": case[1], "step": step, "from_state": states[0], "to_state": states[1],
        "on_date": facts.on, "taken_by": facts.by or None, "note": "方案冲销",
    })  # fmt: skip


def pay(scope: WriteScope, facts: CaseFacts) -> None:
    """Post what was paid out."""
    _post_payment(scope, facts, "paid", "发放收益", 1)


def take_back(scope: WriteScope, facts: CaseFacts) -> None:
    """Post what came back: it is owed again."""
    _post_payment(scope, facts, "returned", "发放退回", -1)


def pay_again(scope: WriteScope, facts: CaseFacts) -> None:
    """A new payment 补发 for one that came back, 待发."""
    row = facts.row
    scope.ensure("payment", repaying_id(facts.id), {
        "distribution_id": row.get("distribution_id"), "recipient_kind": row.get("recipient_kind"),
        "recipient_id": row.get("recipient_id"), "amount_fen": row.get("amount_fen"), "state": "waiting",
        "bank_name": row.get("bank_name"), "bank_account": row.get("bank_account"), "payee": row.get("payee"),
        "repays_id": facts.id,
    })  # fmt: skip


def repaying_id(payment: str) -> str:
    """The second payment of one that came back: the same on every laptop, so that it is made good once."""
    return named_id("payment", "repays", payment)


def _post_payment(scope: WriteScope, facts: CaseFacts, what: str, summary: str, sign: int) -> None:
    place = scope.sql.one(
        "SELECT division_id,division_code FROM distribution WHERE id=?", (facts.row.get("distribution_id"),)
    )
    division = {"division_id": place[0], "division_code": place[1]} if place else {}
    on = str(facts.row.get("paid_date") or facts.on) if what == "paid" else facts.on
    reverses = voucher_id("payment", facts.id, "paid") if what == "returned" else None
    post(
        scope, "payment", facts.id, what, on, summary, payment_lines(facts.row, sign), division, reversal_of=reverses,
        note=paid_to(facts.row.get("bank_account")) if what == "paid" else None,
    )  # fmt: skip


def paid_to(account: Any) -> str | None:
    """What the voucher of a payment says of the account it went to: its end, enough to notice another one."""
    return f"账号尾号 {str(account)[-4:]}" if account else None


def paying_bars(sql: Sql, facts: CaseFacts) -> list[str]:
    """Payments are made while their distribution is being paid, and none was made before it was confirmed."""
    plan = str(facts.row.get("distribution_id") or "")
    if sql.scalar("SELECT state FROM distribution WHERE id=? AND removed=0", (plan,)) != "paying":
        return ["这个方案不在发放中"]
    taken = steps_of_case(sql, plan)
    since = milestone(DISTRIBUTION, {}, taken, len(taken), "paying")
    if since is None or (facts.day or facts.on) >= since.day:
        return []
    return [f"发放日期 {facts.day or facts.on} 早于方案{since.words} {since.day}"]


def returning_bars(sql: Sql, facts: CaseFacts) -> list[str]:
    """Money may come back while paying, after closing, and when another laptop reversed what was paid here."""
    state = sql.scalar(
        "SELECT state FROM distribution WHERE id=? AND removed=0", (facts.row.get("distribution_id"),)
    )
    return [] if state in ("paying", "closed", "reversed") else ["这个方案没有发放过"]


def cancelling_bars(sql: Sql, facts: CaseFacts) -> list[str]:
    """A payment is called off with its plan alone (or when two laptops met: one reversed, one made payments)."""
    state = sql.scalar("SELECT state FROM distribution WHERE id=?", (facts.row.get("distribution_id"),))
    return [] if state == "reversed" else ["方案没有冲销"]


DISTRIBUTION = Procedure(
    table="distribution",
    initial="draft",
    states={
        "draft": "拟定", "village_meeting": "村级会议", "town_review": "镇级审核", "noticing": "公示",
        "confirmed": "已确认", "paying": "发放", "closed": "归档",
        "reversed": "已冲销", "reversal": "冲销单", "dropped": "作废",
    },
    track=("draft", "village_meeting", "town_review", "noticing", "confirmed", "paying", "closed"),
    steps=(
        Step("submit", "提交村级会议", ("draft",), "village_meeting",
             needs=("title", "year", "division_code", "level", "uses"), guards=(plan_bars,)),
        Step("report", "登记决议，报镇审核", ("village_meeting",), "town_review", needs=("decision_id",),
             guards=(plan_bars, decision_bars)),
        Step("approve", "审核通过，去公示", ("town_review",), "noticing",
             guards=(plan_bars, decision_bars, reviewer_bars), right="review"),
        Step("confirm", "公示期满，确认", ("noticing",), "confirmed",
             guards=(plan_bars, decision_bars, notice_done, books_bars), effects=(book,)),
        Step("start_paying", "开始发放", ("confirmed",), "paying", effects=(make_payments,), binds=False),
        Step("close", "归档", ("paying",), "closed", guards=(nothing_waits,), binds=False),
        Step("reopen", "重新发放", ("closed",), "paying", reason_needed=True, binds=False),
        Step("back_to_draft", "退回修改", ("village_meeting", "town_review"), "draft", reason_needed=True),
        Step("drop", "作废", ("draft",), "dropped", reason_needed=True),
        Step("reverse", "冲销", ("noticing", "confirmed", "paying", "closed"), "reversed", guards=(nothing_is_out,),
             effects=(reverse,), right="review", reason_needed=True),
    ),
    frozen_after={
        **dict.fromkeys(PLAN, OPEN), "decision_id": (*OPEN, "town_review"), "reversal_of": (),
    },
)  # fmt: skip

PAYMENT = Procedure(
    table="payment",
    initial="waiting",
    states={"waiting": "待发", "paid": "已发", "returned": "退回", "repaid": "已补发", "cancelled": "已取消"},
    track=("waiting", "paid"),
    steps=(
        Step("pay", "发放", ("waiting",), "paid", needs=("paid_date",), offers=("payee",), day="paid_date",
             guards=(paying_bars,), effects=(pay,)),
        Step("return", "登记退回", ("paid",), "returned", needs=("return_reason",), guards=(returning_bars,),
             effects=(take_back,)),
        Step("repay", "补发", ("returned",), "repaid", offers=("bank_name", "bank_account", "payee"),
             guards=(paying_bars,), effects=(pay_again,)),
        Step("cancel", "取消", ("waiting",), "cancelled", guards=(cancelling_bars,), reason_needed=True),
    ),
    frozen_after={
        "distribution_id": (), "recipient_kind": (), "recipient_id": (), "amount_fen": (), "repays_id": (),
        "bank_name": ("waiting", "returned"), "bank_account": ("waiting", "returned"), "paid_date": ("waiting",),
        "payee": ("waiting", "returned"),
    },
)  # fmt: skip
