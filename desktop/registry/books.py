"""Proves the books: vouchers sum to zero and are as posted, and say what receipts, distributions and payments say.

Each question is one statement over the whole register, so that 30,000 assets with ten years of history are proved in
seconds; a problem names the record it is shown at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from desktop.common.money import format_yuan
from desktop.registry import codelists
from desktop.registry.county_items import county_items
from desktop.registry.distribution_checks import OFF, receipts_left
from desktop.registry.distribution_plan import balance_of
from desktop.registry.distribution_steps import BOOKED, owed_of, paid_to
from desktop.registry.voucher import Voucher
from desktop.store.database import Sql
from desktop.store.operations import FIELD

LIVE = "removed=0 AND canonical_id IS NULL"
Found = tuple[str, str, str, str]
"""(rule, table, record, words)."""


def book_problems(sql: Sql) -> Iterator[Found]:
    """Everything in the books that does not hold."""
    yield from _vouchers(sql)
    yield from _receipts(sql)
    yield from _distributions(sql)
    yield from _payments(sql)


def _vouchers(sql: Sql) -> Iterator[Found]:
    for voucher, total, lines in sql.rows(
        "SELECT v.id,COALESCE(SUM(l.amount_fen),0),COUNT(l.position) FROM voucher v LEFT JOIN voucher_line l "
        "ON l.voucher_id=v.id WHERE v.removed=0 AND v.canonical_id IS NULL GROUP BY v.id "
        "HAVING COALESCE(SUM(l.amount_fen),0)<>0 OR COUNT(l.position)<2"
    ):
        words = f"借贷不平，相差 {format_yuan(abs(int(total)))} 元" if total else "分录不全"
        yield "voucher_balance", "voucher", voucher, f"凭证{words}"
        del lines
    known = {item.code for item in codelists.merged("account", county_items(sql).get("account", ()))}
    for account, voucher in sql.rows(
        "SELECT l.account,MIN(v.id) FROM voucher_line l JOIN voucher v ON v.id=l.voucher_id "
        "WHERE v.removed=0 AND v.canonical_id IS NULL GROUP BY l.account"
    ):
        if account not in known:
            yield "voucher_account", "voucher", voucher, "凭证用了不在会计科目表中的科目"
    for (voucher,) in sql.rows(f"SELECT id FROM voucher WHERE {LIVE} AND on_date IS NULL"):
        yield "voucher_date", "voucher", voucher, "凭证没有日期"
    changed = sql.rows(
        "SELECT DISTINCT row_id FROM op WHERE tbl=? AND kind=? AND void=0", (Voucher.register_id, FIELD)
    )
    for (row,) in changed:
        yield "voucher_changed", "voucher", bytes(row).hex(), "凭证记账后被改过；请撤回修改，用相反的凭证冲销"
    for (voucher,) in sql.rows(
        "SELECT r.id FROM voucher r LEFT JOIN voucher v ON v.id=r.reversal_of AND v.removed=0 WHERE r.removed=0 "
        "AND r.canonical_id IS NULL AND r.reversal_of IS NOT NULL AND (v.id IS NULL OR "
        "(SELECT SUM(ABS(amount_fen)) FROM voucher_line WHERE voucher_id=r.id)<>"
        "(SELECT SUM(ABS(amount_fen)) FROM voucher_line WHERE voucher_id=r.reversal_of))"
    ):
        yield "voucher_reversal", "voucher", voucher, "冲销凭证与被冲销的凭证金额不等，或被冲销的不在册中"


def _receipts(sql: Sql) -> Iterator[Found]:
    # COALESCE (here and below) keeps SQLite from looking each line up by its account, of which half the book is one:
    # 22,500 receipts took 160 s
    sign = "CASE WHEN r.kind='deposit_return' THEN -r.amount_fen ELSE r.amount_fen END"
    for receipt, posted in sql.rows(
        "SELECT r.id,v.id FROM receipt r LEFT JOIN voucher v ON v.source_id=r.id AND v.removed=0 "
        "AND v.canonical_id IS NULL LEFT JOIN voucher_line l ON l.voucher_id=v.id AND COALESCE(l.account,'')='bank' "
        "WHERE r.removed=0 AND r.canonical_id IS NULL AND r.on_date IS NOT NULL AND COALESCE(r.amount_fen,0)<>0 "
        f"AND (v.id IS NULL OR COALESCE(l.amount_fen,0)<>({sign}))"
    ):
        words = "收款金额与凭证不符" if posted else "收款还没有记账"
        yield "receipt_voucher", "receipt", receipt, words
    for (voucher,) in sql.rows(
        "SELECT v.id FROM voucher v LEFT JOIN receipt r ON r.id=v.source_id AND r.removed=0 WHERE v.removed=0 "
        "AND v.canonical_id IS NULL AND v.source_table='receipt' AND r.id IS NULL"
    ):
        yield "voucher_source", "voucher", voucher, "凭证所记的收款已不在册中"
    for receipt, left in receipts_left(sql).items():
        if left < 0:
            yield "receipt_twice", "receipt", receipt, f"收款被分配了不止一次，多用 {format_yuan(-left)} 元"


def _distributions(sql: Sql) -> Iterator[Found]:
    cases = sql.rows(
        "SELECT id,state,carried_over_fen,kept_fen,reversal_of,level FROM distribution "
        f"WHERE {LIVE} AND COALESCE(state,'draft') NOT IN ('draft','dropped') ORDER BY id"
    )
    if not cases:
        return
    owed_in_books = {
        source: int(fen)
        for source, fen in sql.rows(
            "SELECT v.source_id,SUM(l.amount_fen) FROM voucher v JOIN voucher_line l ON l.voucher_id=v.id "
            "WHERE v.source_table='distribution' AND v.removed=0 AND v.canonical_id IS NULL "
            "AND COALESCE(l.account,'')='distributable' AND l.amount_fen>0 AND v.reversal_of IS NULL "
            "GROUP BY v.source_id"
        )
    }
    net_in_books = dict(
        sql.rows(
            "SELECT t.source_id,SUM(ABS(t.net)) FROM (SELECT v.source_id AS source_id,l.account AS account,"
            "SUM(l.amount_fen) AS net FROM voucher v JOIN voucher_line l ON l.voucher_id=v.id "
            "WHERE v.source_table='distribution' AND v.removed=0 AND v.canonical_id IS NULL "
            "GROUP BY v.source_id,l.account) t GROUP BY t.source_id"
        )
    )
    for case, state, carried, kept, reverses, _ in cases:
        row: dict[str, Any] = {
            "carried_over_fen": carried, "kept_fen": kept,
            "receipts": [list(r) for r in sql.rows(
                "SELECT receipt_id,amount_fen FROM distribution_receipt WHERE distribution_id=?", (case,))],
            "uses": [list(r) for r in sql.rows(
                "SELECT use,amount_fen,note FROM distribution_use WHERE distribution_id=? ORDER BY position", (case,))],
            "lines": [list(r) for r in sql.rows(
                "SELECT use,recipient_kind,recipient_id,name,weight,amount_fen,basis FROM distribution_line "
                "WHERE distribution_id=? ORDER BY position", (case,))],
        }  # fmt: skip
        plan = balance_of(row)
        if not plan.balanced:
            yield "plan_balance", "distribution", case, "分配方案不平：收益、用途、明细和结余对不上"
        booked = owed_in_books.get(case)
        if state in BOOKED and booked != plan.total_fen:
            said = "没有记账凭证" if booked is None else "与凭证金额不符"
            yield "distribution_voucher", "distribution", case, f"已确认的分配方案{said}"
        if state not in (*BOOKED, "reversed") and booked is not None:
            yield "distribution_voucher", "distribution", case, "没有确认的分配方案已有记账凭证"
        if state == "reversed" and net_in_books.get(case):
            yield "distribution_reversal", "distribution", case, "已冲销的分配方案在账上没有冲平"
        if reverses is not None:
            original = sql.scalar("SELECT state FROM distribution WHERE id=?", (reverses,))
            if original != "reversed":
                yield "distribution_reversal", "distribution", case, "冲销单所冲的方案不是已冲销状态"
        if state in ("paying", "closed"):
            yield from _against_payments(sql, case, row)


def _against_payments(sql: Sql, case: str, row: dict[str, Any]) -> Iterator[Found]:
    """A plan's lines and its payments say the same, recipient by recipient."""
    paid: dict[str, int] = {}
    for recipient, fen in sql.rows(
        f"SELECT recipient_id,amount_fen FROM payment WHERE distribution_id=? AND repays_id IS NULL AND {LIVE}", (case,)
    ):
        paid[recipient] = paid.get(recipient, 0) + int(fen or 0)
    owed = {recipient: fen for _, recipient, _, fen in owed_of(row)}
    wrong = sum(1 for r in owed.keys() | paid.keys() if owed.get(r) != paid.get(r))
    if wrong:
        yield "lines_payments", "distribution", case, f"分配明细与发放记录不一致，共 {wrong} 处"


def _payments(sql: Sql) -> Iterator[Found]:
    off = ",".join(f"'{s}'" for s in OFF)
    for payment, state, net in sql.rows(
        "SELECT p.id,COALESCE(p.state,'waiting'),COALESCE(b.net,0) FROM payment p LEFT JOIN ("
        "SELECT v.source_id AS source_id,SUM(-l.amount_fen) AS net FROM voucher v JOIN voucher_line l "
        "ON l.voucher_id=v.id WHERE v.source_table='payment' AND v.removed=0 AND v.canonical_id IS NULL "
        "AND COALESCE(l.account,'')='bank' GROUP BY v.source_id) b ON b.source_id=p.id "
        "WHERE p.removed=0 AND p.canonical_id IS NULL "
        "AND COALESCE(b.net,0)<>(CASE WHEN p.state='paid' THEN COALESCE(p.amount_fen,0) ELSE 0 END)"
    ):
        words = "已发的没有按金额记账" if state == "paid" else "没有发放或已退回的，账上没有冲平"
        yield "payment_voucher", "payment", payment, words
        del net
    for (payment,) in sql.rows(
        "SELECT p.id FROM payment p JOIN distribution d ON d.id=p.distribution_id WHERE p.removed=0 "
        f"AND p.canonical_id IS NULL AND p.state='paid' AND d.state IN ({off})"
    ):
        yield "paid_of_reversed", "payment", payment, "方案已冲销，这一笔却是已发，请收回后登记退回"
    for payment, account, note in sql.rows(
        "SELECT p.id,p.bank_account,v.note FROM payment p JOIN voucher v ON v.source_table='payment' "
        "AND v.source_id=p.id AND v.removed=0 AND v.canonical_id IS NULL AND v.reversal_of IS NULL "
        "WHERE p.removed=0 AND p.canonical_id IS NULL AND p.state='paid' AND v.note IS NOT NULL"
    ):
        if note != paid_to(account):
            now = f"尾号 {str(account)[-4:]}" if account else "没有账号"
            words = f"发放时的{note}，现在登记的是{now}，请核实钱到了哪个账号"
            yield "paid_to_another", "payment", payment, words
    for (payment,) in sql.rows(
        "SELECT p.id FROM payment p JOIN distribution d ON d.id=p.distribution_id WHERE p.removed=0 "
        "AND p.canonical_id IS NULL AND d.state='closed' AND COALESCE(p.state,'waiting')='waiting'"
    ):
        yield "waiting_of_closed", "payment", payment, "方案已归档，这一笔还没有发放"
