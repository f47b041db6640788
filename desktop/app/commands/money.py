"""Commands for funds and contracts: values, ledger, arrears, and what is done with a contract and its receipts."""

from __future__ import annotations

from typing import Annotated

import typer

from desktop.app.commands.common import (
    AsJson,
    PassphraseFile,
    Place,
    UserName,
    note,
    opened,
    pairs,
    say,
    say_json,
    say_table,
)
from desktop.app.money import contracts, lessors, money_books, receipts, refunds
from desktop.app.records import records
from desktop.app.records.editing import new_record
from desktop.app.records.record_names import RecordNames
from desktop.common.errors import InputRefused, UsageError
from desktop.common.money import format_wan, format_yuan
from desktop.insight.contract_book import ContractLine, arrears_total
from desktop.insight.lessor_book import LessorLine
from desktop.insight.value_ledger import differences
from desktop.registry.asset_value import Values
from desktop.registry.labels import table_label
from desktop.registry.receivables import AGE_WORDS
from desktop.registry.rent_schedule import PERIOD_WORDS, rule_from

AsOf = Annotated[str | None, typer.Option("--as-of", help="哪一天，默认今天，写作 2025-06-30")]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="本册在某时刻已知的内容，如 2025-06-30")]
Division = Annotated[str, typer.Option("--division", help="只看这个区划（代码）")]
contract_app = typer.Typer(
    name="contract", help="合同：由台账登记、生成应收计划、续签、收款、冲销。", no_args_is_help=True
)


def values(
    place: Place, as_of: AsOf = None, known_at: KnownAt = None, division: Division = "",
    asset: Annotated[str | None, typer.Option("--asset", help="只看一项资产，列出各年")] = None,
    as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """某一天各项资产的原值、累计折旧、减值和净值（元）。"""
    with opened(place, passphrase_file, user) as ws:
        if asset:
            found = money_books.asset_values(ws, records.find_id(ws, "asset", asset), as_of, known_at)
            if found is None:
                raise UsageError("没有这项资产，可能已被移除或撤回。")
            years = [{"year": y.year, "charged_fen": y.charged, **_fen(y.values)} for y in found.years]
            if as_json:
                say_json({**_fen(found.values), "rule": found.rule_words, "years": years})
                return
            say(
                f"{found.rule_words}；原值 {_yuan(found.values.original)}，"
                f"累计折旧 {_yuan(found.values.depreciation)}，减值 {_yuan(found.values.impairment)}，"
                f"净值 {_yuan(found.values.net)}"
            )
            shown = [{"year": y.year, "charged": _yuan(y.charged), **_shown(y.values)} for y in found.years]
            say_table(shown, {"year": "年度", "charged": "本年折旧", **_VALUE_WORDS})
            return
        lines = money_books.value_lines(ws, as_of, division, known_at)
    if as_json:
        say_json([
            {"id": v.id, "asset_no": v.asset_no, "name": v.name, "division_code": v.division_code, **_fen(v.values)}
            for v in lines
        ])  # fmt: skip
        return
    say_table(
        [{"no": v.asset_no, "name": v.name, **_shown(v.values)} for v in lines],
        {"no": "资产编号", "name": "资产名称", **_VALUE_WORDS},
    )
    known = [v.values for v in lines if v.values.original is not None]
    say(f"共 {len(lines)} 项，原值 {_yuan(sum(v.original or 0 for v in known))}，"
        f"净值 {_yuan(sum(v.net or 0 for v in known))}"
        + (f"；{len(lines) - len(known)} 项没有原值" if len(known) < len(lines) else ""))  # fmt: skip


_VALUE_WORDS = {
    "original": "原值（元）",
    "depreciation": "累计折旧（元）",
    "impairment": "减值（元）",
    "net": "净值（元）",
}


def _fen(v: Values) -> dict[str, int | None]:
    return {"original_fen": v.original, "depreciation_fen": v.depreciation, "impairment_fen": v.impairment,
            "net_fen": v.net}  # fmt: skip


def _shown(v: Values) -> dict[str, str]:
    return {"original": _yuan(v.original), "depreciation": _yuan(v.depreciation), "impairment": _yuan(v.impairment),
            "net": _yuan(v.net)}  # fmt: skip


def _yuan(fen: int | None) -> str:
    return "" if fen is None else format_yuan(fen)


def ledger(
    place: Place,
    by: Annotated[
        str, typer.Option("--by", help="category 类别、level 层级、source 来源、division 区划、status 状态")
    ] = "category",
    as_of: AsOf = None, known_at: KnownAt = None, division: Division = "",
    category: Annotated[str, typer.Option("--category", help="只看一个大类：operating、public、household")] = "",
    as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """总台账和明细台账：按类别、层级、来源、区划或状态合计（万元），逐级相等。"""
    with opened(place, passphrase_file, user) as ws:
        found = money_books.total_ledger(ws, by, as_of, division, category, known_at)
    rows = money_books.ledger_rows(found)
    wrong = differences(found)
    if as_json:
        say_json({"by": found.by, "as_of": found.as_of, "known_at": known_at, "division": found.division, "rows": rows,
                  "not_dated": found.not_dated, "differences": wrong})  # fmt: skip
    else:
        money = ["original_fen", "depreciation_fen", "impairment_fen", "net_fen"][: 1 if by == "source" else 4]
        words = {m: f"{w}（万元）" for m, w in zip(money, ("原值", "累计折旧", "减值", "净值"), strict=False)}
        say(f"截至 {found.as_of}" + (f"，按 {known_at} 已知的内容" if known_at else ""))
        say_table(
            [{"name": "　" * r["depth"] + r["name"], "count": r["count"], **{m: format_wan(r[m]) for m in money}}
             for r in rows],
            {"name": "项目", "count": "项数", **{m: words[m] for m in money}},
        )  # fmt: skip
        if found.total.unknown:
            say(f"其中 {found.total.unknown} 项没有原值，未计入金额。")
        if found.not_dated:
            say(f"其中 {found.not_dated} 项没有购建时间，按已建成计入。")
    if wrong:
        raise typer.Exit(1)


def arrears(
    place: Place, as_of: AsOf = None, known_at: KnownAt = None, division: Division = "",
    by_lessor: Annotated[bool, typer.Option("--by-lessor", help="按出租（发包）方合计：换过的，各算各的日子")] = False,
    as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """某一天的欠款和账龄，以及快到期的合同。"""
    with opened(place, passphrase_file, user) as ws:
        if by_lessor:
            _say_lessors(lessors.receivables_by_lessor(ws, division, as_of, known_at), as_json=as_json)
            return
        owing, soon, over = (
            money_books.contracts(ws, view=view, division=division, as_of=as_of, known_at=known_at)
            for view in ("owing", "expiring", "over")
        )
    total = arrears_total(owing)
    if as_json:
        say_json({
            "contracts": total.contracts, "arrears_fen": total.arrears_fen,
            "ages": dict(zip(AGE_WORDS, total.ages, strict=True)), "lines": [_arrears_json(c) for c in owing],
            "expiring": [_end_json(c) for c in soon], "over": [_end_json(c) for c in over],
        })  # fmt: skip
        return
    say_table(
        [{"no": c.contract_no, "operator": c.operator, "assets": c.assets, "owed": format_yuan(c.arrears_fen),
          **{w: format_yuan(a) if a else "" for w, a in zip(AGE_WORDS, c.ages, strict=True)}} for c in owing],
        {"no": "合同编号", "operator": "经营方", "assets": "资产", "owed": "欠款（元）", **{w: w for w in AGE_WORDS}},
    )  # fmt: skip
    say(f"共 {total.contracts} 份合同欠款 {format_yuan(total.arrears_fen)} 元。")
    for c in soon:
        say(f"{c.remind} 天内到期\t{c.contract_no}\t{c.operator}\t{c.term_end}\t还有 {c.left} 天")
    for c in over:
        say(f"已到期未办结\t{c.contract_no}\t{c.operator}\t{c.term_end}")


def _say_lessors(found: list[LessorLine], *, as_json: bool) -> None:
    if as_json:
        say_json([
            {"party": x.party, "name": x.name, "contracts": len(x.contracts), "due_fen": x.due_fen,
             "received_fen": x.received_fen, "arrears_fen": x.arrears_fen,
             "ages": dict(zip(AGE_WORDS, x.ages, strict=True))} for x in found
        ])  # fmt: skip
        return
    say_table(
        [{"name": x.name, "n": len(x.contracts), "due": format_yuan(x.due_fen), "in": format_yuan(x.received_fen),
          "owed": format_yuan(x.arrears_fen)} for x in found],
        {"name": "出租（发包）方", "n": "合同份数", "due": "到期应收（元）", "in": "已收（元）", "owed": "欠款（元）"},
    )  # fmt: skip
    say(f"共 {len(found)} 个，欠款 {format_yuan(sum(x.arrears_fen for x in found))} 元。")


def _arrears_json(c: ContractLine) -> dict[str, object]:
    return {"id": c.id, "contract_no": c.contract_no, "operator": c.operator, "assets": c.assets, "due_fen": c.due_fen,
            "received_fen": c.received_fen, "arrears_fen": c.arrears_fen, "oldest_days": c.oldest_days,
            "ages": dict(zip(AGE_WORDS, c.ages, strict=True))}  # fmt: skip


def _end_json(c: ContractLine) -> dict[str, object]:
    return {"id": c.id, "contract_no": c.contract_no, "operator": c.operator, "term_end": c.term_end, "left": c.left,
            "remind": c.remind}  # fmt: skip


ContractId = Annotated[str, typer.Argument(metavar="CONTRACT", help="合同的标识（或其开头）")]


@contract_app.command("from-ledger")
def from_ledger(
    place: Place, asset: Annotated[str, typer.Argument(metavar="ASSET", help="资产的标识（或其开头）")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """把台账上填的合同编号、期限和预期收益登记成一份合同（草拟）。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        made, missing = contracts.contract_from_ledger(ws, records.find_id(ws, "asset", asset))
    say(made)
    if missing:
        note(f"已登记为草拟，生效前还要填：{'、'.join(missing)}。")


@contract_app.command("schedule")
def schedule(
    place: Place, contract: ContractId,
    period: Annotated[str, typer.Option("--period", help="、".join(PERIOD_WORDS))] = "year",
    first_due: Annotated[str, typer.Option("--first-due", help="首次应付日期，默认合同开始日")] = "",
    amount: Annotated[int | None, typer.Option("--amount-fen", help="每期租金（分）")] = None,
    total: Annotated[int | None, typer.Option("--total-fen", help="总额（分），按期分摊，一分不差")] = None,
    growth: Annotated[str, typer.Option("--growth", help="递增比例 %")] = "0",
    every: Annotated[int, typer.Option("--every", help="每几期递增一次")] = 1,
    preview: Annotated[bool, typer.Option("--preview", help="只看，不写")] = False,
    as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """按规则生成应收计划。"""
    with opened(place, passphrase_file, user, write=not preview) as ws:
        full = records.find_id(ws, "contract", contract)
        row = ws.register.row("contract", full) or {}
        given = {"period": period, "first_due": first_due or row.get("term_start"), "amount_fen": amount,
                 "total_fen": total, "growth_percent": growth, "growth_every": every}  # fmt: skip
        rule = rule_from(given)
        if preview:
            start, end = str(row.get("term_start") or ""), str(row.get("term_end") or "")
            fen = row.get("amount_fen")
            made = contracts.preview_schedule(
                rule, start, end, str(row.get("mode") or ""), fen if isinstance(fen, int) else None
            )
        else:
            made = contracts.make_schedule(ws, full, rule)
    if as_json:
        say_json({"dues": [{"due_date": on, "amount_fen": fen} for on, fen in made.dues], "total_fen": made.total_fen,
                  "difference_fen": made.difference_fen})  # fmt: skip
        return
    say_table([{"on": on, "fen": format_yuan(fen)} for on, fen in made.dues], {"on": "应收日期", "fen": "金额（元）"})
    say(f"共 {len(made.dues)} 期，合计 {format_yuan(made.total_fen)} 元。")
    if made.difference_fen:
        note(f"与合同金额差 {format_yuan(abs(made.difference_fen))} 元。")


@contract_app.command("renew")
def renew(
    place: Place, contract: ContractId,
    until: Annotated[str, typer.Option("--until", help="续签到哪一天")],
    number: Annotated[str, typer.Option("--no", help="新合同编号")] = "",
    growth: Annotated[str, typer.Option("--growth", help="租金比原来递增 %")] = "0",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """续签：从原合同到期的第二天起，登记一份新合同（草拟）。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        say(contracts.renew(ws, records.find_id(ws, "contract", contract), until, contract_no=number,
                            growth_percent=growth))  # fmt: skip


@contract_app.command("receive")
def receive(
    place: Place, contract: ContractId,
    given: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE", help="on_date= amount_fen= kind= …")],
    preview: Annotated[bool, typer.Option("--preview", help="只看抵哪几期，不写")] = False,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """登记一笔收款并记账，先抵最早的一期。"""
    fields = pairs(given)
    with opened(place, passphrase_file, user, write=not preview) as ws:
        full = records.find_id(ws, "contract", contract)
        typed = str(fields.get("amount_fen") or "")
        if not typed:
            raise InputRefused("没有填收款金额（amount_fen=，以分为单位）；没有保存。")
        if not typed.lstrip("-").isdecimal():
            raise InputRefused(f"收款金额“{typed}”不是以分为单位的整数，38.85 元写作 3885；没有保存。")
        fen = int(typed)
        on, kind = money_books.checked_day(fields.get("on_date")), str(fields.get("kind") or "rent")
        state = (ws.register.row("contract", full) or {}).get("state") or "draft"
        shown = receipts.preview_allocation(ws, full, kind, fen, on)
        made = "" if preview else new_record(
            ws, "receipt", {**fields, "contract_id": full, "kind": kind, "on_date": on}
        )  # fmt: skip
    if made:
        say(made)
    for due, part, settled in shown.parts:
        note(f"抵 {due} 应收 {format_yuan(part)} 元{'，付清' if settled else ''}")
    if shown.advance_fen:
        note(f"多出 {format_yuan(shown.advance_fen)} 元，作预收")
    if state == "draft" and kind in ("rent", "dividend"):
        note("合同还没有生效，收款先作预收，生效后抵租金。")


@contract_app.command("reverse")
def reverse(
    place: Place, receipt: Annotated[str, typer.Argument(metavar="RECEIPT", help="收款的标识（或其开头）")],
    reason: Annotated[str, typer.Option("--reason", help="冲销原因")],
    on: Annotated[str | None, typer.Option("--on", help="冲销日期，默认今天")] = None,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """冲销一笔记错的收款。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        say(receipts.reverse_receipt(ws, records.find_id(ws, "receipt", receipt), reason, money_books.checked_day(on)))


@contract_app.command("refund")
def refund(
    place: Place, receipt: Annotated[str, typer.Argument(metavar="RECEIPT", help="多收的那一笔的标识（或其开头）")],
    amount: Annotated[int | None, typer.Option("--amount-fen", help="退多少（分），不写只看最多能退多少")] = None,
    reason: Annotated[str, typer.Option("--reason", help="退款原因")] = "",
    on: Annotated[str | None, typer.Option("--on", help="退款日期，默认今天")] = None,
    voucher: Annotated[str, typer.Option("--voucher", help="凭证号")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """退还多收的租金等：记一笔负数并记账，应收、收益、账一起减。"""
    day = money_books.checked_day(on)
    with opened(place, passphrase_file, user, write=amount is not None) as ws:
        full = records.find_id(ws, "receipt", receipt)
        if amount is None:
            free = refunds.refundable(ws, full, day)
            say(f"最多能退 {format_yuan(free.fen)} 元（{free.why}）。")
        else:
            say(refunds.refund_receipt(ws, full, amount, reason, on=day, voucher_no=voucher))


@contract_app.command("deposit")
def deposit(
    place: Place, contract: ContractId,
    keep: Annotated[int | None, typer.Option("--keep-fen", help="抵欠款多少（分），默认够抵多少抵多少")] = None,
    back: Annotated[int | None, typer.Option("--return-fen", help="退还多少（分），默认其余全退")] = None,
    on: Annotated[str | None, typer.Option("--on", help="日期，默认今天")] = None,
    reason: Annotated[str, typer.Option("--reason", help="说明")] = "",
    voucher: Annotated[str, typer.Option("--voucher", help="凭证号")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="只看，不写")] = False,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """结算押金：一部分抵欠款，其余退还，两边一分不差。"""
    day = money_books.checked_day(on)
    with opened(place, passphrase_file, user, write=not preview) as ws:
        full = records.find_id(ws, "contract", contract)
        if preview:
            split = refunds.deposit_split(ws, full, keep_fen=keep, return_fen=back, on=day)
        else:
            split = refunds.settle_deposit(
                ws, full, keep_fen=keep, return_fen=back, on=day, reason=reason, voucher_no=voucher
            )
    say(f"押金 {format_yuan(split.held_fen)} 元：抵欠款 {format_yuan(split.kept_fen)} 元，"
        f"退还 {format_yuan(split.returned_fen)} 元，还留 {format_yuan(split.left_fen)} 元。")  # fmt: skip


@contract_app.command("lessor")
def lessor(
    place: Place, contract: ContractId,
    since: Annotated[str | None, typer.Option("--from", help="从哪天起换；不写只列出各段的出租（发包）方")] = None,
    doc: Annotated[str, typer.Option("--doc", help="依据文件的名称和文号")] = "",
    party: Annotated[str, typer.Option("--party", help="接任的单位（标识），默认那天的所有权人")] = "",
    take_back: Annotated[str, typer.Option("--take-back", help="撤掉这一天记错的那一条，写原因")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """合同的出租（发包）方：资产换了主人以后谁接任，从哪天起。"""
    with opened(place, passphrase_file, user, write=since is not None) as ws:
        full = records.find_id(ws, "contract", contract)
        if since is not None and take_back:
            lessors.take_back_lessor(ws, full, records.day(since), take_back)
        elif since is not None:
            known = records.find_id(ws, "party", party) if party else ""
            lessors.change_lessor(ws, full, since, doc, known)
        found = contracts.contract_detail(ws, full, records.today())
    for begins, name, paper in found.line.lessors if found is not None else ():
        say(f"{begins or '签订时'} 起\t{name or '未填'}\t{paper}")


@contract_app.command("hints")
def hints(place: Place, as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """利益关系提示：镇村干部或其家人承租、领款（只提示，不拦）。"""
    from desktop.insight.interest_conflicts import HOWS, interest_hints

    with opened(place, passphrase_file, user) as ws, ws.register.reading() as sql:
        found = interest_hints(sql)
        names = RecordNames(ws)
        titles = [names.title(h.table, h.row_id) for h in found]
    if as_json:
        say_json([vars_of(h) for h in found])
        return
    for h, title in zip(found, titles, strict=True):
        role = "承租" if h.role == "lessee" else "领款"
        say(f"{role}\t{table_label(h.table)}\t{title}\t{h.name}\t{HOWS[h.how]}\t{h.official}")
    say(f"共 {len(found)} 处提示。")


def vars_of(hint: object) -> dict[str, object]:
    """A slotted dataclass as a mapping."""
    return {name: getattr(hint, name) for name in hint.__slots__}  # type: ignore[attr-defined]
