"""Payments through the bank 银行代发: its file out, its answer row by row, and what each row means for the register.

A bank account leaves the register only in the bank's file, which is logged as a plain export.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from desktop.app.distribution.amount_matching import matched_names
from desktop.app.distribution.paying import pay_batch, return_payments
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.workspace import Workspace
from desktop.common.clock import op_time
from desktop.common.errors import InputRefused, UsageError
from desktop.common.money import format_yuan
from desktop.exchange.workbook.bank_file import BankRow, ReturnRow, read_bank_return, write_bank_file
from desktop.exchange.workbook.findings import Finding
from desktop.insight.recipients import facts_of
from desktop.registry.distribution import Payment, listed
from desktop.registry.distribution_steps import accounts_of
from desktop.registry.policies import policy
from desktop.store.database import Sql
from desktop.store.unit_of_work import Committed

_WHAT = "bank payment file"


@dataclass(frozen=True)
class BankFile:
    """What went into the bank's file, who is not in it for lack of an account, whose account was taken over just now.

    `earlier` is when a file of this plan was last written while some of these payments waited already, "" for never.
    """

    rows: int
    total_fen: int
    without_account: int
    filled: int = 0
    earlier: str = ""


def write_payment_file(ws: Workspace, plan: str, target: Path, *, template: Path | None = None) -> BankFile:
    """Write the waiting payments as the bank's workbook; logged as a plain export with its columns, never content.

    Payments without an account take the one their household has got since. Raises InputRefused (nothing waits, nobody
    has an account, the template does not fit), NotAllowed, StorageFailed.
    """
    ws.require("plain-export")
    row = ws.register.row("distribution", plan)
    if row is None:
        raise UsageError("没有这个分配方案，可能已被撤回；请刷新列表。")
    filled = _fill_missing_accounts(ws, plan)
    names = {line[2]: line[3] or "" for line in listed(row, "lines")}
    with ws.register.reading() as sql:
        layout = policy(sql, "distribution.bank_file")
        waiting = sql.rows(
            "SELECT id,recipient_kind,recipient_id,amount_fen,bank_name,bank_account,payee FROM payment "
            "WHERE distribution_id=? AND removed=0 AND canonical_id IS NULL AND COALESCE(state,'waiting')='waiting'",
            (plan,),
        )
        facts = facts_of(sql, listed(row, "lines"))
        earlier = _last_file(sql, plan, [p[0] for p in waiting])
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
    about = f"{row.get('title') or ''}（{plan[-8:]}）"
    log_plain_export(ws, _WHAT, about, titles, len(rows), with_id=True, file=target)
    return BankFile(len(rows), sum(r.amount_fen for r in rows), len(people) - len(rows), filled, earlier)


def _fill_missing_accounts(ws: Workspace, plan: str) -> int:
    """Give waiting payments without an account the one their household has now; how many."""
    row = ws.register.row("distribution", plan) or {}
    with ws.register.reading() as sql:
        without = sql.rows(
            "SELECT id,recipient_id FROM payment WHERE distribution_id=? AND removed=0 AND canonical_id IS NULL AND "
            "COALESCE(state,'waiting')='waiting' AND COALESCE(bank_account,'')=''",
            (plan,),
        )
        known = accounts_of(sql, listed(row, "lines"))
    found = {i: known[recipient] for i, recipient in without if known.get(recipient, (None, None))[1]}
    if found:
        with ws.write("发放：取住户登记的账号", right="edit-assets") as scope:
            for payment, (bank, account) in found.items():
                scope.change("payment", payment, {"bank_name": bank, "bank_account": account})
    return len(found)


def written_before(ws: Workspace, plan: str) -> str:
    """When a bank's file of a plan was last written while what waits now waited, "" for never: two would pay twice."""
    with ws.register.reading() as sql:
        waiting = sql.column(
            "SELECT id FROM payment WHERE distribution_id=? AND removed=0 AND canonical_id IS NULL "
            "AND COALESCE(state,'waiting')='waiting'",
            (plan,),
        )
        return _last_file(sql, plan, waiting)


def _last_file(sql: Sql, plan: str, waiting: Sequence[str]) -> str:
    """Local time of the last file written on this register, "" when none of the payments was there then."""
    last = sql.scalar(
        "SELECT MAX(at_ms) FROM plain_export WHERE what=? AND purpose LIKE ?", (_WHAT, f"%（{plan[-8:]}）")
    )
    if not last or not waiting:
        return ""
    made: dict[bytes, bytes] = {}
    ids = [bytes.fromhex(i) for i in waiting]
    asked = "SELECT row_id,op_id FROM op WHERE tbl=? AND row_id IN (*)"
    for row, op in sql.in_chunks(asked, ids, (Payment.register_id,)):
        made[bytes(row)] = min(bytes(op), made.get(bytes(row), bytes(op)))  # in Python: PostgreSQL has no MIN of bytes
    if all(op_time(first).timestamp() * 1000 > last for first in made.values()):
        return ""
    return datetime.fromtimestamp(last / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def reference_of(payment: str) -> str:
    """A payment's short number for the bank's remark column: the end of its identifier."""
    return payment[-8:]


# --- the answer -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RowFate:
    """What one row of the answer means: `paid`, `returned`, `known` (written down before) or `open` (asked about)."""

    row: int
    name: str
    amount_fen: int | None
    fate: str
    words: str


@dataclass(frozen=True)
class BankReturn:
    """What the bank's answer says, row by row; `silent` counts waiting payments with an account it does not name."""

    paid: tuple[str, ...]
    failed: Mapping[str, str]
    findings: tuple[Finding, ...]
    fates: tuple[RowFate, ...]
    silent: int

    @property
    def rows(self) -> int:
        """How many rows the answer has."""
        return len(self.fates)

    @property
    def known(self) -> int:
        """Rows that say what the register says already."""
        return sum(1 for f in self.fates if f.fate == "known")


@dataclass
class _Payment:
    id: str
    name: str
    account: str
    amount_fen: int
    state: str


def look_at_return(ws: Workspace, plan: str, source: Path) -> BankReturn:
    """Read the bank's answer and match it with the payments; nothing is written.

    A row means the payment with its number, else with its account, else with its name; amount and account must agree
    to the 分 and the digit. A row that means none or several, says something else than the register or comes twice
    with two results is a finding with the reason, and its payment stays as it is.
    """
    if ws.register.row("distribution", plan) is None:
        raise UsageError("没有这个分配方案，可能已被撤回；请刷新列表。")
    with ws.register.reading() as sql:
        layout = policy(sql, "distribution.bank_return")
        rows = sql.rows(
            "SELECT id,recipient_id,amount_fen,bank_account,payee,COALESCE(state,'waiting') FROM payment "
            "WHERE distribution_id=? AND removed=0 AND canonical_id IS NULL AND recipient_kind<>'use' AND "
            "COALESCE(state,'waiting')<>'cancelled' ORDER BY id",
            (plan,),
        )
    row = ws.register.row("distribution", plan) or {}
    names = {line[2]: line[3] or "" for line in listed(row, "lines")}
    known = [_Payment(i, p or names.get(r, ""), str(acc or ""), int(fen or 0), st) for i, r, fen, acc, p, st in rows]
    answer = read_bank_return(source, layout)
    taken: dict[str, ReturnRow] = {}
    fates: dict[int, RowFate] = {}
    for entry in answer:
        fate, words, payment = _judge(entry, known, taken)
        if payment is not None:
            first = taken.setdefault(payment.id, entry)
            if first is not entry and first.outcome != entry.outcome:
                at = fates[first.row]
                said = f"与第 {entry.row} 行是同一笔，两行结果不同，都没有登记"
                fates[first.row] = RowFate(at.row, at.name, at.amount_fen, "open", said)
                fate, words = "open", f"与第 {first.row} 行是同一笔，两行结果不同，都没有登记"
        fates[entry.row] = RowFate(entry.row, entry.name, entry.amount_fen, fate, words)
    paid = tuple(i for i, entry in taken.items() if fates[entry.row].fate == "paid")
    failed = {i: entry.reason or "银行退回" for i, entry in taken.items() if fates[entry.row].fate == "returned"}
    findings = tuple(
        Finding(source.name, f.row, None, "bank_row_unmatched", "error", _finding_words(f))
        for f in fates.values() if f.fate == "open"
    )  # fmt: skip
    silent = sum(1 for p in known if p.state == "waiting" and p.account and p.id not in taken)
    return BankReturn(paid, failed, findings, tuple(fates.values()), silent)


def _finding_words(fate: RowFate) -> str:
    amount = "" if fate.amount_fen is None else f"{format_yuan(fate.amount_fen)} 元，"
    return f"{fate.name or '没有户名'}，{amount}{fate.words}"


def _judge(entry: ReturnRow, known: list[_Payment], taken: dict[str, ReturnRow]) -> tuple[str, str, _Payment | None]:
    """Fate, words and the payment a row stands for (None when it stands for none)."""
    meant = _meant(entry, known)
    if not meant:
        return "open", "户名、账号都不在这个方案的名单里", None
    if entry.amount_fen is None:
        return "open", "金额不是数，没法核对", None
    same_sum = [p for p in meant if p.amount_fen == entry.amount_fen]
    if not same_sum:
        return "open", _sum_words(entry.amount_fen, meant), None
    fitting = [p for p in same_sum if not entry.account or not p.account or entry.fits_account(p.account)]
    if not fitting:
        ours = same_sum[0].account[-4:]
        words = f"账号（尾号 {entry.account[-4:]}）与登记的（尾号 {ours}）不同，请向银行核实钱到了谁的账上"
        return "open", words, None
    if entry.account and not any(p.account for p in fitting):
        return "open", "名单里没有登记他的账号，请核实后再登记", None
    live = [p for p in fitting if p.state in ("waiting", "paid") and p.id not in taken]
    if not entry.outcome:
        said = f"处理结果“{entry.result}”" if entry.result else "没有写处理结果，"
        return "open", f"{said}看不出成功还是失败", None
    if len(live) > 1:
        return "open", f"与名单里 {len(live)} 笔都对得上，请逐笔登记", None
    if not live:
        return _seen_before(entry, fitting, taken)
    (payment,) = live
    if entry.outcome == "failed":
        return "returned", f"登记退回：{entry.reason or '银行退回'}", payment
    return ("paid", "登记已发", payment) if payment.state == "waiting" else ("known", "已登记已发，不重复登记", payment)


def _seen_before(
    entry: ReturnRow, fitting: list[_Payment], taken: dict[str, ReturnRow]
) -> tuple[str, str, _Payment | None]:
    again = next((p for p in fitting if p.id in taken), None)
    if again is not None:
        first = taken[again.id]
        return "open", f"与第 {first.row} 行重复，只按那一行登记", again if first.outcome != entry.outcome else None
    if entry.outcome == "failed":
        return "known", "已登记退回，不重复登记", None
    return "open", "这一笔已登记退回，回盘却说成功，请向银行核实", None


def _sum_words(fen: int, meant: list[_Payment]) -> str:
    if len(meant) > 1:
        return f"名单里同名或同账号的 {len(meant)} 笔，没有一笔是这个金额"
    ours = meant[0].amount_fen
    return f"名单里是 {format_yuan(ours)} 元，相差 {format_yuan(abs(fen - ours))} 元"


def _meant(entry: ReturnRow, known: list[_Payment]) -> list[_Payment]:
    """The payments a row can speak of: by our number, else by the whole account, else by the name."""
    by_number = [p for p in known if entry.reference and reference_of(p.id) in entry.reference]
    if by_number:
        return by_number
    whole = entry.account and "*" not in entry.account
    by_account = [p for p in known if whole and entry.fits_account(p.account)]
    return by_account or [p for p in known if entry.name and matched_names(entry.name, p.name)]


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
