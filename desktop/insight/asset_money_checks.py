"""What `check` proves about money and contracts of assets: sums, bounds, terms, and what idle assets lack.

Each finding is an `Invariant`: rule, record, and words without personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from desktop.common.money import format_yuan
from desktop.common.uscc import is_uscc
from desktop.insight.asset_values import bounds_problems
from desktop.insight.contract_book import accounts_of, deposit_balances
from desktop.insight.project_funds import project_differences
from desktop.registry.codelists import word
from desktop.registry.contract_procedure import EFFECTIVE, FOREVER, RENTED, parts_meet
from desktop.registry.decision import PUBLICATIONS, STEPS, decision_problems
from desktop.registry.invariants import Invariant
from desktop.registry.lessor import Lessor, lessors_of
from desktop.registry.policies import policy
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"


def asset_money_problems(sql: Sql, day: str | None = None) -> list[Invariant]:
    """Everything, as of a day (today when left out)."""
    on = day or date.today().isoformat()  # noqa: DTZ011
    return [found for piece in PIECES for found in piece(sql, on)]


def _values(sql: Sql, _on: str) -> Iterator[Invariant]:
    for asset, what in bounds_problems(sql):
        yield Invariant("value_out_of_bounds", "asset", asset, what + "，请核对价值变动")


def _rules(sql: Sql, _on: str) -> Iterator[Invariant]:
    """A depreciation rule that cannot work, or that stands at a kind which is never depreciated."""
    never = set(policy(sql, "depreciation.never"))
    for asset, category, sub, method, months, built, opening, stated, units in sql.rows(
        "SELECT id,category,subcategory,depreciation_method,useful_life_months,built_date,opening_date,"
        f"depreciation_fen,total_units FROM asset WHERE {LIVE} AND depreciation_method IS NOT NULL ORDER BY id"
    ):
        if method == "none":
            continue
        if never & {category, sub}:
            kind = word("asset_subcategory", sub) or word("asset_category", category)
            yield Invariant("depreciation_of_never", "asset", asset, f"{kind}不计提折旧，却填了折旧方法")
        elif method == "straight_line" and not months:
            yield Invariant("depreciation_rule", "asset", asset, "填了平均年限法，没有填使用年限")
        elif method == "straight_line" and not built:
            yield Invariant("depreciation_rule", "asset", asset, "要计提折旧，没有填购建时间")
        elif method == "units" and not units:
            yield Invariant("depreciation_rule", "asset", asset, "填了工作量法，没有填预计总工作量")
        elif stated and not opening:
            yield Invariant(
                "opening_date_missing", "asset", asset,
                f"按办法计提折旧，台账上的累计折旧 {format_yuan(stated)} 元没有期初日期，未被采用",
            )  # fmt: skip


def _additions(sql: Sql, _on: str) -> Iterator[Invariant]:
    """The sources of an addition add to it."""
    for change, amount, total in sql.rows(
        "SELECT c.id,c.amount_fen,SUM(p.amount_fen) FROM value_change c JOIN value_change_fund_part p "
        "ON p.value_change_id=c.id WHERE c.removed=0 AND c.canonical_id IS NULL GROUP BY c.id,c.amount_fen"
    ):
        if int(total or 0) != int(amount or 0):
            yield Invariant("addition_sources_sum", "value_change", change, "各资金来源之和不等于变动金额")
    for change, kind, amount in sql.rows(f"SELECT id,kind,amount_fen FROM value_change WHERE {LIVE}"):
        if amount is None or amount <= 0 or not kind:
            yield Invariant("value_change_amount", "value_change", change, "价值变动应有类型和大于零的金额")


def _projects(sql: Sql, _on: str) -> Iterator[Invariant]:
    for project in project_differences(sql):
        yield Invariant("project_funds", "project", project.id, project.words())


def _schedules(sql: Sql, _on: str) -> Iterator[Invariant]:
    """The dues of a lease in force add to its fixed sum."""
    marks = ",".join("?" * len(RENTED))
    for contract, amount, total in sql.rows(
        "SELECT c.id,c.amount_fen,SUM(d.amount_fen) FROM contract c JOIN contract_due d ON d.contract_id=c.id "
        f"WHERE c.removed=0 AND c.canonical_id IS NULL AND c.amount_fen IS NOT NULL AND c.mode IN ({marks}) "
        "AND COALESCE(c.state,'draft') IN ('active','ended') GROUP BY c.id,c.amount_fen",
        RENTED,
    ):
        if int(total or 0) != int(amount):
            words = f"应收计划合计 {format_yuan(int(total or 0))} 元，不等于合同金额 {format_yuan(int(amount))} 元"
            yield Invariant("schedule_sum", "contract", contract, words)


def _receipts(sql: Sql, on: str) -> Iterator[Invariant]:
    """Receipts against dues, deposits and the receipts they reverse; their vouchers are proved in `registry.books`."""
    rows = [
        dict(zip(("id", "state", "ended_date"), r, strict=True))
        for r in sql.rows(f"SELECT id,state,ended_date FROM contract WHERE {LIVE} ORDER BY id")
    ]
    for contract, account in accounts_of(sql, FOREVER, rows).items():
        if account.advance < 0:
            yield Invariant("receipts_negative", "contract", contract, "冲销的金额多于收到的金额")
        elif account.advance > 0 and account.dues:
            words = f"收款比应收计划多 {format_yuan(account.advance)} 元，请核对或补充计划"
            yield Invariant("receipts_over_schedule", "contract", contract, words)
    states = {r["id"]: r["state"] for r in rows}
    for contract, fen in deposit_balances(sql, on, list(states)).items():
        if fen < 0:
            yield Invariant("deposit_negative", "contract", contract, "退还的押金多于收到的押金")
        elif fen and states[contract] in ("ended", "terminated"):
            words = f"合同已结束，押金 {format_yuan(fen)} 元还没有退还或转抵"
            yield Invariant("deposit_open", "contract", contract, words)
    seen: set[str] = set()
    for receipt, reverses, fen, other, removed in sql.rows(
        "SELECT r.id,r.reversal_of,r.amount_fen,o.amount_fen,o.removed FROM receipt r LEFT JOIN receipt o "
        "ON o.id=r.reversal_of WHERE r.removed=0 AND r.canonical_id IS NULL AND r.reversal_of IS NOT NULL ORDER BY r.id"
    ):
        if other is None or removed:
            yield Invariant("reversal_without", "receipt", receipt, "冲销的收款不在册中")
        elif int(fen or 0) != -int(other):
            yield Invariant("reversal_amount", "receipt", receipt, "冲销金额与原收款不等")
        elif reverses in seen:
            yield Invariant("reversal_twice", "receipt", receipt, "同一笔收款冲销了两次")
        seen.add(reverses)


def _refunds(sql: Sql, _on: str) -> Iterator[Invariant]:
    """A refund gives back a part of a receipt that is there, under the same contract and kind, and not more than it."""
    for refund, kind, contract, fen, when, other, removed, was, of, begun in sql.rows(
        "SELECT r.id,r.kind,r.contract_id,r.amount_fen,r.on_date,o.amount_fen,o.removed,o.kind,"
        "o.contract_id,o.on_date FROM receipt r LEFT JOIN receipt o ON o.id=r.refund_of WHERE r.removed=0 "
        "AND r.canonical_id IS NULL AND r.refund_of IS NOT NULL AND r.reversal_of IS NULL ORDER BY r.id"
    ):
        if other is None or removed:
            yield Invariant("refund_without", "receipt", refund, "退款所退的收款不在册中")
        elif (kind, contract) != (was, of):
            yield Invariant("refund_elsewhere", "receipt", refund, "退款与所退的收款不是同一合同、同一款项")
        elif int(fen or 0) >= 0:
            yield Invariant("refund_amount", "receipt", refund, "退款应是负数")
        elif str(when or "") < str(begun or ""):
            yield Invariant("refund_day", "receipt", refund, "退款日期早于收款日期")
    for receipt, fen, back in sql.rows(
        "SELECT o.id,o.amount_fen,SUM(r.amount_fen) FROM receipt r JOIN receipt o ON o.id=r.refund_of "
        "WHERE r.removed=0 AND r.canonical_id IS NULL AND o.removed=0 AND o.canonical_id IS NULL "
        "GROUP BY o.id,o.amount_fen ORDER BY o.id"
    ):
        gone = sql.scalar(f"SELECT COUNT(*) FROM receipt WHERE reversal_of=? AND {LIVE}", (receipt,))
        if int(fen or 0) * (not gone) + int(back or 0) < 0:
            over = format_yuan(-int(back) - int(fen or 0) * (not gone))
            yield Invariant("refund_too_much", "receipt", receipt, f"退款比收到的多 {over} 元")


def _terms(sql: Sql, _on: str) -> Iterator[Invariant]:
    """A contract in force on an asset whose 运营方式 needs none."""
    needless = {"self": "自营", "idle": "闲置"}
    for contract, mode in sql.rows(
        "SELECT c.id,MIN(a.operation_mode) FROM contract c JOIN contract_asset x ON x.contract_id=c.id JOIN asset a "
        "ON a.id=x.asset_id WHERE c.removed=0 AND c.canonical_id IS NULL AND c.state='active' AND a.removed=0 "
        "AND a.operation_mode IN ('self','idle') AND x.part IS NULL GROUP BY c.id ORDER BY c.id"
    ):
        words = f"合同在履行，资产的运营方式却是“{needless.get(mode, mode)}”"
        yield Invariant("contract_mode", "contract", contract, words)


def _overlaps(sql: Sql, _on: str) -> Iterator[Invariant]:
    """Two contracts on the whole of one asset, or on one part of it, at one time; the whole and a part of it are asked
    about. Contracts on other parts may run side by side (`contract_procedure.parts_meet`)."""
    told: set[str] = set()
    of: str = ""
    running: list[tuple[str, str, str]] = []
    """(contract, part, last day) of the asset that is looked at."""
    for contract, asset, part, start, end, ended, state in sql.rows(
        "SELECT c.id,x.asset_id,COALESCE(x.part,''),c.term_start,COALESCE(c.term_end,?),c.ended_date,c.state "
        f"FROM contract c JOIN contract_asset x ON x.contract_id=c.id WHERE {EFFECTIVE} "
        "ORDER BY x.asset_id,c.term_start,c.id",
        (FOREVER,),
    ):
        if asset != of:
            of, running = asset, []
        running = [r for r in running if r[2] >= start]
        met = [p for i, p, _ in running if i != contract and parts_meet(p, part)]
        if met and contract not in told:
            told.add(contract)
            same = any(p == part for p in met)
            words = "与同一资产的另一份合同期限重叠" if same else (
                "与同一资产另一部分（或整项）的合同期限重叠，请核实是不是同一块；不含那一部分的，在部分里写“除……外”"
            )
            yield Invariant("contracts_overlap", "contract", contract, words, "error" if same else "warning")
        running.append((contract, part, min(end, ended) if state == "terminated" and ended else end))


def _lessors(sql: Sql, on: str) -> Iterator[Invariant]:
    """The lessor holds the asset (or its use) throughout the term; assets without any recorded right are left out."""
    held: dict[tuple[str, str], list[tuple[str, str]]] = {}
    known: set[str] = set()
    for asset, party, start, end in sql.stream(
        "SELECT r.asset_id,s.party_id,COALESCE(r.valid_from,''),COALESCE(r.valid_to,'9999-12-31') FROM \"right\" r "
        "JOIN right_share s ON s.right_id=r.id WHERE r.removed=0 AND r.canonical_id IS NULL "
        "AND COALESCE(r.withdrawn,0)=0 AND r.kind IN ('ownership','operation')"
    ):
        known.add(asset)
        held.setdefault((asset, party), []).append((start, end))
    told: set[str] = set()
    letting = lessors_of(sql)
    for contract, asset, start, end in sql.rows(
        "SELECT c.id,x.asset_id,c.term_start,COALESCE(c.term_end,c.term_start) FROM contract c "
        f"JOIN contract_asset x ON x.contract_id=c.id WHERE {EFFECTIVE} AND c.state='active' "
        "AND c.lessor_party_id IS NOT NULL ORDER BY c.id"
    ):
        if asset not in known or contract in told:
            continue
        for said in _letting_problems(letting[contract], {p: i for (a, p), i in held.items() if a == asset}, start, end,
                                      on):  # fmt: skip
            told.add(contract)
            yield Invariant(said[0], "contract", contract, said[1])
            break


def _letting_problems(
    lessors: Sequence[Lessor], held: Mapping[str | None, list[tuple[str, str]]], start: str, end: str, on: str
) -> Iterator[tuple[str, str]]:
    """What is wrong with the lessors of an asset: nobody lets what is not his on that day."""
    for n, lessor in enumerate(lessors):
        until = lessors[n + 1].since if n + 1 < len(lessors) else ""
        if until and until <= start:
            continue
        intervals = held.get(lessor.party, [])
        last = n + 1 == len(lessors)
        if not intervals:
            yield "lessor_without_right", "出租（发包）方在册中没有这项资产的权利"
            continue
        begins = max(lessor.since, start)
        if lessor.since and not covers(intervals, begins):
            yield "lessor_not_owner", f"接任的出租（发包）方 {lessor.since} 起还没有这项资产的权利，请核对日期"
        closes = min(until or end, end)
        if last and begins <= on <= end and not covers(intervals, on):
            yield "lessor_not_owner", f"资产换了所有权人，出租（发包）方到 {on} 还没有换，请登记接任的"
        elif last and not covers(intervals, end):
            yield "contract_beyond_right", "合同期超出了出租（发包）方的权利期限"
        elif not last and not covers(intervals, _eve(closes)):
            yield "lessor_not_owner", f"出租（发包）方在 {closes} 换人以前已没有这项资产的权利，请核对日期"


def _eve(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def covers(intervals: Iterable[tuple[str, str]], last: str) -> bool:
    """Whether one of the half-open intervals still holds on the last day of a term."""
    return any(start <= last < end for start, end in intervals)


def _renewals(sql: Sql, _on: str) -> Iterator[Invariant]:
    """A renewal begins on the day after the old term."""
    for contract, start, end, ended, state in sql.rows(
        "SELECT c.id,c.term_start,o.term_end,o.ended_date,o.state FROM contract c JOIN contract o ON o.id=c.renewal_of "
        "WHERE c.removed=0 AND c.canonical_id IS NULL AND COALESCE(c.state,'draft') NOT IN ('draft','cancelled') "
        "AND c.term_start IS NOT NULL AND o.term_end IS NOT NULL ORDER BY c.id"
    ):
        last = ended if state == "terminated" and ended else end
        gap = (date.fromisoformat(start) - date.fromisoformat(last)).days - 1
        if gap:
            words = f"续签与原合同之间空了 {gap} 天" if gap > 0 else f"续签与原合同重叠 {-gap} 天"
            yield Invariant("renewal_gap", "contract", contract, words)


def _decisions(sql: Sql, _on: str) -> Iterator[Invariant]:
    columns = (*STEPS, *PUBLICATIONS, "should_attend", "attended", "agreed")
    attend, agree = policy(sql, "decision.attend_share"), policy(sql, "decision.agree_share")
    for row in sql.rows(f"SELECT id,{','.join(columns)} FROM decision WHERE {LIVE} ORDER BY id"):
        said = decision_problems(dict(zip(columns, row[1:], strict=True)), attend, agree)
        if said:
            yield Invariant("decision_order", "decision", row[0], "；".join(said))


def _credit_codes(sql: Sql, _on: str) -> Iterator[Invariant]:
    for party, code in sql.rows(f"SELECT id,uscc FROM party WHERE {LIVE} AND uscc IS NOT NULL ORDER BY id"):
        if not is_uscc(code):
            yield Invariant("uscc", "party", party, "统一社会信用代码的校验位不符，请核对")


def _idle(sql: Sql, _on: str) -> Iterator[Invariant]:
    """闲置、低效 assets have a cause, a plan and a deadline (`asset_status.csv`)."""
    for asset, status, reason, measure, due in sql.rows(
        f"SELECT id,status,status_reason,status_measure,status_due FROM asset WHERE {LIVE} "
        "AND status IN ('idle','inefficient') ORDER BY id"
    ):
        missing = [w for w, value in (("原因", reason), ("盘活措施", measure), ("期限", due)) if not value]
        if missing:
            words = f"资产{word('asset_status', status)}，没有写{'、'.join(missing)}"
            yield Invariant("idle_without_plan", "asset", asset, words)


def _linkages(sql: Sql, on: str) -> Iterator[Invariant]:
    """带动户数 and 就业 as stated at an asset against the households linked with it on the day."""
    for asset, stated, jobs, households, linked_jobs in sql.rows(
        "SELECT a.id,a.linked_households,a.jobs,COUNT(DISTINCT l.household_id),SUM(COALESCE(l.jobs,0)) FROM linkage l "
        "JOIN asset a ON a.id=l.asset_id WHERE l.removed=0 AND l.canonical_id IS NULL AND a.removed=0 "
        "AND COALESCE(l.since_date,'')<=? AND (l.until_date IS NULL OR l.until_date>=?) "
        "GROUP BY a.id,a.linked_households,a.jobs ORDER BY a.id",
        (on, on),
    ):
        said = []
        if stated is not None and int(stated) != int(households):
            said.append(f"台账写带动 {stated} 户，联结名单有 {households} 户")
        if jobs is not None and int(jobs) != int(linked_jobs or 0):
            said.append(f"台账写就业 {jobs} 人，联结名单有 {int(linked_jobs or 0)} 人")
        if said:
            yield Invariant("linkage_count", "asset", asset, "；".join(said))


PIECES: tuple[Callable[[Sql, str], Iterable[Invariant]], ...] = (
    _values, _rules, _additions, _projects, _schedules, _receipts, _refunds, _terms, _overlaps, _lessors, _renewals,
    _decisions, _credit_codes, _idle, _linkages,
)  # fmt: skip
"""The rules in pieces: each is asked of the register by itself, as of a day."""
