"""Commands for income distribution: plan, recipients, amounts, payments and the bank's file; steps move the case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.app.commands.common import (
    AsJson,
    PassphraseFile,
    Place,
    UserName,
    opened,
    pairs,
    progress_line,
    say,
    say_json,
)
from desktop.app.commands.records import RowId
from desktop.app.distribution import (
    amount_matching,
    bank_payments,
    distributing,
    distribution_recipients,
    distribution_view,
    paying,
)
from desktop.app.distribution.distribution_view import PlanView
from desktop.app.money.money_books import checked_division
from desktop.app.past_reading import reading_at
from desktop.app.records import records
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.money import MoneyError, format_yuan, parse_money
from desktop.registry.codelists import word
from desktop.registry.posting import balances

distribution_app = typer.Typer(
    help="收益分配：方案、名单、金额、发放、银行代发。", add_completion=False, rich_markup_mode=None
)
Use = Annotated[str, typer.Option("--use", help="用途，如 支持易返贫易致贫人群（或代码）")]
On = Annotated[str | None, typer.Option("--on", help="日期，默认今天")]


def _plan(ws: Workspace, text: str) -> str:
    return records.find_id(ws, "distribution", text)


def _fen(text: str) -> int:
    try:
        return parse_money(text, "yuan")
    except MoneyError:
        raise UsageError(f"“{text}”不是金额，应写作 1234.56。") from None


@distribution_app.command("new")
def new(
    place: Place,
    year: Annotated[int, typer.Option("--year", help="分配年度")],
    division: Annotated[str, typer.Option("--division", help="村（镇）的区划代码")],
    level: Annotated[str, typer.Option("--level", help="到村、到项目、到户、到人")] = "到户",
    title: Annotated[str, typer.Option("--title", help="方案名称，默认按村和年度")] = "",
    every: Annotated[bool, typer.Option("--all-receipts", help="带上本村全部未分配的收款")] = False,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """拟一个分配方案，输出它的标识。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        made = distributing.new_plan(ws, year=year, division_code=division, level=level, title=title)
        if every:
            choices = distribution_view.undistributed(ws, division)
            if choices:
                distributing.take_receipts(ws, made, {c.id: None for c in choices})
        say(made)


@distribution_app.command("receipts")
def receipts(
    place: Place,
    division: Annotated[str, typer.Option("--division", help="区划代码开头")] = "",
    as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """可分配而未分配的收款。"""
    with opened(place, passphrase_file, user) as ws:
        found = distribution_view.undistributed(ws, checked_division(division))
    if as_json:
        say_json([vars(c) for c in found])
        return
    for c in found:
        say(f"{c.id}\t{c.on_date}\t{c.title}\t{c.kind}\t{format_yuan(c.amount_fen)}\t余 {format_yuan(c.left_fen)}"
            + "".join(f"\t归 {name} {format_yuan(fen)}" for name, fen in c.owners))  # fmt: skip
    say(f"{len(found)} 笔，可分配 {format_yuan(sum(c.left_fen for c in found))} 元。")


@distribution_app.command("take")
def take(
    place: Place, row_id: RowId,
    wanted: Annotated[list[str], typer.Argument(metavar="RECEIPT[=元]…", help="收款标识，可写用多少元；默认全部余额")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """方案里用哪些收款。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        chosen: dict[str, int | None] = {}
        for text in wanted:
            receipt, _, amount = text.partition("=")
            chosen[records.find_id(ws, "receipt", receipt)] = _fen(amount) if amount else None
        distributing.take_receipts(ws, _plan(ws, row_id), chosen)
        _say_sums(distribution_view.plan_view(ws, _plan(ws, row_id)))


@distribution_app.command("uses")
def uses(
    place: Place, row_id: RowId,
    wanted: Annotated[list[str], typer.Argument(
        metavar="USE=AMOUNT…", help="用途=元，或 10%，或 余下；结余=元 或 余下；说明写在 USE=AMOUNT:说明")],
    carried: Annotated[str, typer.Option("--carried-over", help="上期结余（元），books 为账上全部")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """定用途：各项金额和结余。"""
    rows: list[tuple[str, str, str]] = []
    kept: str | None = None
    for text in wanted:
        name, equals, rest = text.partition("=")
        if not equals:
            raise UsageError(f"“{text}”的写法应为 用途=金额。")
        amount, _, note = rest.partition(":")
        if name in ("结余", "kept"):
            kept = amount
        else:
            rows.append((name, amount, note))
    with opened(place, passphrase_file, user, write=True) as ws:
        plan = _plan(ws, row_id)
        if carried:
            distributing.set_carried_over(ws, plan, None if carried == "books" else _fen(carried))
        distributing.set_uses(ws, plan, rows, kept=kept)
        _say_sums(distribution_view.plan_view(ws, plan))


@distribution_app.command("recipients")
def recipients(
    place: Place, row_id: RowId, use: Use,
    where: Annotated[list[str] | None, typer.Option(
        "--where", help="条件：village group household_type monitored_type category asset age_from age_to sex "
        "labor_skill health student_status；monitored_type=* 为各类监测对象")] = None,
    method: Annotated[str, typer.Option("--method", help="分法：people、equal、weight、class、amount")] = "people",
    amounts: Annotated[list[str] | None, typer.Option("--amount", help="按类时：类=元")] = None,
    on: On = None, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """按条件从册中选出户（人），并按人口、按户、按系数、按类或逐户填分到每户（人）。"""
    by_class = {name: _fen(str(value)) for name, value in pairs(amounts or []).items()}
    with opened(place, passphrase_file, user, write=True) as ws:
        plan = _plan(ws, row_id)
        count, _ = distribution_recipients.draw(
            ws, plan, use, pairs(where or []), method=method, amounts=by_class or None, on=on
        )
        say(f"选出 {count} 户（人）。")
        view = distribution_view.plan_view(ws, plan)
        if view.interests:
            say(f"其中 {len(view.interests)} 户（人）与村镇干部同名、同户或是其家人，请核实；不影响办理，不写进公示。")
        _say_sums(view)


@distribution_app.command("split")
def split(
    place: Place, row_id: RowId, use: Use,
    method: Annotated[str, typer.Option("--method", help="people、equal、weight、class、amount")],
    weights: Annotated[list[str] | None, typer.Option("--weight", help="系数：领款对象标识=系数")] = None,
    amounts: Annotated[list[str] | None, typer.Option("--amount", help="按类时：类=元")] = None,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """换一种分法重分。"""
    by_class = {name: _fen(str(value)) for name, value in pairs(amounts or []).items()}
    with opened(place, passphrase_file, user, write=True) as ws:
        plan = _plan(ws, row_id)
        distribution_recipients.split_again(
            ws, plan, use, method, weights={k: str(v) for k, v in pairs(weights or []).items()},
            amounts=by_class or None,
        )  # fmt: skip
        _say_sums(distribution_view.plan_view(ws, plan))


@distribution_app.command("amounts")
def amounts(
    place: Place, row_id: RowId, use: Use,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="金额表（xlsx、xls、csv）：户主或姓名、金额")],
    yes: Annotated[bool, typer.Option("--yes", help="有问题的行放下，其余写入")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看，不写入")] = False,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """从表格读入各户（人）的金额。"""
    with opened(place, passphrase_file, user, write=not dry_run) as ws:
        plan = _plan(ws, row_id)
        found = amount_matching.match_file(ws, plan, use, source)
        for f in found.findings:
            say(f"{f.sheet}!{f.col or ''}{f.row}\t{f.message}")
        if not dry_run:
            amount_matching.take_amounts(ws, plan, found, despite_findings=yes)
        said = "可写入" if dry_run else "已写入"
        say(f"{said} {len(found.amounts)} 户（人），{format_yuan(found.total_fen)} 元。")
        if found.unnamed:
            say(f"名单里另有 {found.unnamed} 户（人）表中没有。")
        open_rows = any(f.severity == "error" for f in found.findings)
    if open_rows:
        raise typer.Exit(1)


@distribution_app.command("drop")
def drop(
    place: Place, row_id: RowId, use: Use,
    wanted: Annotated[list[str], typer.Argument(metavar="RECIPIENT…", help="领款对象的标识")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """从名单里去掉户（人）。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        plan = _plan(ws, row_id)
        distribution_recipients.drop_recipients(ws, plan, use, wanted)
        _say_sums(distribution_view.plan_view(ws, plan))


@distribution_app.command("show")
def show(
    place: Place, row_id: RowId, as_json: AsJson = False,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """方案的收益、用途、结余和要处理的问题；有问题时退出码为 1。"""
    with opened(place, passphrase_file, user) as ws:
        view = distribution_view.plan_view(ws, _plan(ws, row_id))
        payments = paying.payments_of(ws, view.id)
    if as_json:
        say_json(_as_json(view, payments))
    else:
        say(str(view.row.get("title") or ""))
        for c in view.receipts:
            say(f"  收益\t{c.title}\t{format_yuan(c.taken_fen)}")
        _say_sums(view)
        for p in view.problems:
            at = "" if p.line is None else f"第 {p.line + 1} 行 "
            say(f"{'要处理' if p.severity == 'error' else '请核实'}\t{at}{p.message}")
        totals = paying.payment_totals(payments)
        for state, (count, fen) in totals.by_state.items():
            say(f"  {word('payment_state', state)}\t{count} 笔\t{format_yuan(fen)}")
    if view.errors:
        raise typer.Exit(1)


@distribution_app.command("copy")
def copy(place: Place, row_id: RowId, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """照一个方案另拟一个草稿（冲销后重做，或照上次），输出它的标识。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        say(distributing.copy_as_draft(ws, _plan(ws, row_id)))


@distribution_app.command("pay")
def pay(
    place: Place, row_id: RowId,
    wanted: Annotated[list[str] | None, typer.Argument(metavar="PAYMENT…", help="发放记录的标识，默认全部待发")] = None,
    on: On = None,
    doc: Annotated[str, typer.Option("--doc", help="依据，如签领表或银行回单号")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """登记已发放（签领）。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        plan = _plan(ws, row_id)
        lines = paying.payments_of(ws, plan)
        if wanted:
            chosen = [records.find_id(ws, "payment", w) for w in wanted]
        else:
            chosen = [p.id for p in lines if p.state == "waiting"]
        if not chosen:
            raise InputRefused("没有待发的，没有写入任何内容。")
        paying.pay_batch(ws, chosen, on=on, doc=doc, progress=progress_line("发放"))
        total = sum(p.amount_fen for p in lines if p.id in set(chosen))
        say(f"已登记发放 {len(chosen)} 笔，{format_yuan(total)} 元。")


@distribution_app.command("repay")
def repay(
    place: Place,
    payment: Annotated[str, typer.Argument(metavar="PAYMENT", help="退回的发放记录")],
    account: Annotated[str, typer.Option("--account", help="新账号，默认用住户现在登记的")] = "",
    bank: Annotated[str, typer.Option("--bank", help="开户银行")] = "",
    payee: Annotated[str, typer.Option("--payee", help="由谁代领")] = "",
    on: On = None, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """退回的列为补发（待发），输出新的发放记录的标识。"""
    given = {"bank_account": account, "bank_name": bank, "payee": payee}
    with opened(place, passphrase_file, user, write=True) as ws:
        old = records.find_id(ws, "payment", payment)
        paying.repay(ws, old, {k: v for k, v in given.items() if v}, on=on)
        say(paying.repaying_id(old))


@distribution_app.command("bank-file")
def bank_file(
    place: Place, row_id: RowId,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="F.xlsx", help="写出的代发表")],
    template: Annotated[Path | None, typer.Option("--template", help="银行给的空表，按列标题填")] = None,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """写银行代发表（含账号的明文文件，记入导出记录）。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        done = bank_payments.write_payment_file(ws, _plan(ws, row_id), output, template=template)
    say(f"已写出 {output}：{done.rows} 笔，{format_yuan(done.total_fen)} 元。")
    if done.filled:
        say(f"其中 {done.filled} 笔的账号取自住户现在的登记。")
    if done.without_account:
        say(f"另有 {done.without_account} 户（人）没有登记账号，不在表中。")
    if done.earlier:
        say(f"这个方案在 {done.earlier} 已写过代发表；那一份如已交给银行，请先读回盘表，不要两份都交。")


@distribution_app.command("bank-return")
def bank_return(
    place: Place, row_id: RowId,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="银行回盘表")],
    on: On = None,
    yes: Annotated[bool, typer.Option("--yes", help="对不上的行放下，其余登记")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看，不写入")] = False,
    as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """读入银行回盘表，逐行说明结果：成功的登记已发，失败的登记退回和原因。"""
    with opened(place, passphrase_file, user, write=not dry_run) as ws:
        found = bank_payments.look_at_return(ws, _plan(ws, row_id), source)
        if as_json:
            say_json({"rows": [vars(f) for f in found.fates], "silent": found.silent})
        else:
            for f in found.fates:
                amount = "" if f.amount_fen is None else format_yuan(f.amount_fen)
                say(f"第 {f.row} 行\t{f.name}\t{amount}\t{f.words}")
        if found.findings and not yes and not dry_run:
            wrong = f"有 {len(found.findings)} 行对不上，没有写入任何内容。"
            raise InputRefused(wrong, hint="核对后加 --yes 登记其余的。")
        if not dry_run:
            bank_payments.take_return(ws, found, on=on, doc=source.name)
    if not as_json:
        said = "可登记" if dry_run else "已登记"
        before = f"，早已登记 {found.known} 行" if found.known else ""
        ends = f"；对不上 {len(found.findings)} 行{before}。"
        say(f"{said}：已发 {len(found.paid)} 笔，退回 {len(found.failed)} 笔{ends}")
        if found.silent:
            say(f"名单里另有 {found.silent} 笔待发的有账号，回盘表里没有。")
    if found.findings:
        raise typer.Exit(1)


def books(
    place: Place,
    division: Annotated[str, typer.Option("--division", help="区划代码开头")] = "",
    until: Annotated[str | None, typer.Option("--until", help="截至日期，如 2025-12-31")] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="本册在某时刻已知的内容")] = None,
    as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """账：各科目的借方、贷方和余额，从凭证算出。"""
    with opened(place, passphrase_file, user) as ws, reading_at(ws, ("voucher",), known_at) as sql:
        found = balances(sql, checked_division(division), records.day(until) if until else None)
    if as_json:
        say_json([{**vars(b), "balance_fen": b.balance_fen} for b in found])
        return
    for b in found:
        side = "平" if not b.balance_fen else "借" if b.balance_fen > 0 else "贷"
        amounts_said = f"{format_yuan(b.debit_fen)}\t{format_yuan(b.credit_fen)}"
        say(f"{b.name}\t{amounts_said}\t{side} {format_yuan(abs(b.balance_fen))}")
    total = sum(b.balance_fen for b in found)
    say("借贷平衡。" if not total else f"借贷不平，相差 {format_yuan(abs(total))} 元。")
    if total:
        raise typer.Exit(1)


def _say_sums(view: PlanView) -> None:
    b = view.balance
    for use in b.uses:
        lined = f"\t{use.lines} 户（人），已分 {format_yuan(use.lined_fen)}" if use.lines else ""
        say(f"  {use.word}\t{format_yuan(use.amount_fen)}{lined}")
    say(f"  结余\t{format_yuan(b.kept_fen)}")
    say(
        f"收益 {format_yuan(b.received_fen)} + 上期结余 {format_yuan(b.carried_over_fen)} = "
        f"已安排 {format_yuan(b.arranged_fen)} + 未安排 {format_yuan(b.open_fen)} + 结余 {format_yuan(b.kept_fen)}"
    )


def _as_json(view: PlanView, payments: list[Any]) -> dict[str, Any]:
    b = view.balance
    return {
        "id": view.id, "title": view.row.get("title"), "state": view.state,
        "received_fen": b.received_fen, "carried_over_fen": b.carried_over_fen, "kept_fen": b.kept_fen,
        "distributable_fen": b.distributable_fen, "arranged_fen": b.arranged_fen, "open_fen": b.open_fen,
        "balanced": b.balanced,
        "uses": [{"use": u.use, "amount_fen": u.amount_fen, "lines": u.lines, "open_fen": u.open_fen} for u in b.uses],
        "lines": [
            {"use": ln.use, "kind": ln.recipient.kind, "recipient": ln.recipient.id, "name": ln.recipient.name,
             "weight": ln.weight, "amount_fen": ln.amount_fen, "basis": ln.basis}
            for ln in view.lines
        ],
        "problems": [vars(p) for p in view.problems],
        "payments": [{"id": p.id, "recipient": p.recipient_id, "amount_fen": p.amount_fen, "state": p.state}
                     for p in payments],
    }  # fmt: skip
