"""How a contract 合同 goes: drafted, in force, ended or terminated; what bars its coming into force (DOMAIN §2.10)."""

from __future__ import annotations

import re

from desktop.common.text import narrow
from desktop.registry.case_papers import list_rows
from desktop.registry.contract import Contract
from desktop.registry.decision import cited_decision_bars
from desktop.registry.policies import policy
from desktop.registry.procedure import CaseFacts, Procedure, Step
from desktop.store.database import Sql
from desktop.store.register import WriteScope

RENTED = ("lease", "contract")
"""Modes that bring rent: they need a schedule before they come into force."""
TERMS = (
    "contract_no", "assets", "mode", "lessor_party_id", "operator_party_id", "signed_date", "term_start", "term_end",
    "amount_fen", "deposit_fen", "rent_rule", "rent_dues", "renewal_of", "purpose", "decision_id",
)  # fmt: skip
"""What is fixed once the contract is in force; sent back (退回修改) it may be changed again."""


FOREVER = "9999-12-31"
EFFECTIVE = (
    "c.removed=0 AND c.canonical_id IS NULL AND c.state IN ('active','ended','terminated') AND c.term_start IS NOT NULL"
)
"""Contracts (`c`) that bound somebody for their term, over or not."""


def schedule_needed(sql: Sql, facts: CaseFacts) -> list[str]:
    """A lease or contracting without dues would never be missed."""
    if facts.row.get("mode") in RENTED and not facts.row.get("rent_dues"):
        return ["没有应收计划"]
    return []


def decision_needed(sql: Sql, facts: CaseFacts) -> list[str]:
    """四议两公开 for contracts from the county's amount on, signed since the county's day."""
    row = facts.row
    dues = sum(int(d.get("amount_fen") or 0) for d in row.get("rent_dues") or ())
    amount = max(int(row.get("amount_fen") or 0), dues)
    limit, since = policy(sql, "contract.decision_limit_fen"), str(policy(sql, "contract.decision_from"))
    required = amount >= int(limit) and str(row.get("signed_date") or facts.on) >= since
    if not required and not row.get("decision_id"):
        return []
    return cited_decision_bars(sql, row.get("decision_id"), on=str(row.get("signed_date") or ""), act="签订日期")


def parts_meet(one: str | None, other: str | None) -> bool:
    """Whether two parts of one asset, as contracts name them, have something in common.

    The whole (no part named) meets every part: who lets the whole and a shop of it at one time lets that shop twice,
    and takes rent for it from two. Where the shop is left out of the whole, the contract says so (除 3 号铺面外).
    DOMAIN is silent on it: a term on paper means that nobody else has the thing meanwhile.
    """
    first, second = _part(one), _part(other)
    if first == second:
        return True
    left_out, other_out = _left_out(first), _left_out(second)
    if left_out is not None and other_out is not None:
        return True  # each leaves out a part, and both have what neither leaves out
    if left_out is not None or other_out is not None:
        rest, part = (left_out, second) if left_out is not None else (other_out, first)
        return part not in (rest, *re.split("[、，,和及与]", rest or ""))
    return not first or not second


def _part(text: str | None) -> str:
    return re.sub(r"\s", "", narrow(text or ""))


def _left_out(part: str) -> str | None:
    """What a part that is the rest leaves out (除3号铺面外 → 3号铺面); None for a part that is no rest."""
    found = re.fullmatch(r"(?:整项|全部)?[，,]?除了?(.+?)(?:之外|以外|外)(?:的?其余部分|的?其他部分)?", part)
    return found[1] if found else None


def not_let_twice(sql: Sql, facts: CaseFacts) -> list[str]:
    """No asset, and no part of one, is under two contracts at one time (`check` asks it of what was merged)."""
    start, end = str(facts.row.get("term_start") or ""), str(facts.row.get("term_end") or FOREVER)
    bars = []
    for asset in list_rows(facts.row.get("assets"), ("asset_id", "part")):
        for number, name, part, since, until in sql.rows(
            "SELECT c.contract_no,a.name,x.part,c.term_start,c.term_end FROM contract c JOIN contract_asset x "
            f"ON x.contract_id=c.id LEFT JOIN asset a ON a.id=x.asset_id WHERE {EFFECTIVE} AND c.id<>? "
            "AND x.asset_id=? AND c.term_start<=? AND COALESCE(CASE WHEN "
            "c.state='terminated' AND c.ended_date<COALESCE(c.term_end,?) THEN c.ended_date ELSE c.term_end END,?)>=? "
            "ORDER BY c.term_start,c.id",
            (facts.id, asset["asset_id"], end, FOREVER, FOREVER, start),
        ):
            if not parts_meet(asset.get("part"), part):
                continue
            term = f"{since or ''} 至 {until or '长期'}"
            if _part(asset.get("part")) == _part(part):
                bars.append(f"{name or ''}已在合同 {number or ''} 里（{term}），期限重叠")
            else:
                let = f"{part}已" if part else "整项已"
                bars.append(
                    f"{name or ''}{let}在合同 {number or ''} 里（{term}），期限重叠；"
                    "不含那一部分的，在部分里写“除……外”"
                )
            break
    return bars if start else []


def fixed_sum(sql: Sql, facts: CaseFacts) -> list[str]:
    """A fixed contract sum is the sum of its dues."""
    difference = sum_difference(facts.row.get("mode"), facts.row.get("amount_fen"), facts.row.get("rent_dues") or ())
    return [f"应收计划合计与合同金额差 {abs(difference) / 100:,.2f} 元"] if difference else []


def sum_difference(mode: str | None, amount: int | None, dues: object) -> int:
    """Σ dues − contract sum in 分 where the sum is fixed; elsewhere (equity, entrusting) it is the principal."""
    parts = [int(d.get("amount_fen") or 0) for d in dues]  # type: ignore[attr-defined]
    return sum(parts) - amount if mode in RENTED and amount is not None and parts else 0


def not_before_its_end(sql: Sql, facts: CaseFacts) -> list[str]:
    """A contract runs until its last day; before that it is terminated, with a reason."""
    end = facts.row.get("term_end")
    return [f"合同期到 {end} 才满，提前结束请用“终止”"] if end and facts.on < str(end) else []


def within_term(sql: Sql, facts: CaseFacts) -> list[str]:
    """A contract ends on a day of its term: what is due after that day is owed no more."""
    ended, start, end = (str(facts.row.get(c) or "") for c in ("ended_date", "term_start", "term_end"))
    if ended and start and ended < start:
        return [f"终止日期 {ended} 早于合同开始日期 {start}"]
    return [f"终止日期 {ended} 晚于合同结束日期 {end}"] if ended and end and ended > end else []


def nothing_received(sql: Sql, facts: CaseFacts) -> list[str]:
    """Money stands under this contract: it was no mere draft."""
    taken = int(sql.scalar(
        "SELECT COUNT(*) FROM receipt WHERE contract_id=? AND removed=0 AND canonical_id IS NULL", (facts.id,)
    ) or 0)  # fmt: skip
    return [f"有 {taken} 笔收款记在它名下，不能作废；重新生效后用“终止”"] if taken else []


def terms_to_assets(scope: WriteScope, facts: CaseFacts) -> None:
    """The ledger shows the contract in force: number, term and mode of its assets."""
    row = facts.row
    for line in row.get("assets") or ():
        scope.change("asset", line["asset_id"], {
            "contract_no": row.get("contract_no"), "contract_start": row.get("term_start"),
            "contract_end": row.get("term_end"), "operation_mode": row.get("mode"),
        })  # fmt: skip


def close_term(scope: WriteScope, facts: CaseFacts) -> None:
    """The day on which it ended."""
    if not facts.row.get("ended_date"):
        scope.change("contract", facts.id, {"ended_date": facts.on})


CONTRACT = Procedure(
    table=str(Contract.__tablename__),
    initial="draft",
    states={"draft": "草拟", "active": "履行中", "ended": "到期办结", "terminated": "已终止", "cancelled": "已作废"},
    track=("draft", "active", "ended"),
    steps=(
        Step(
            "activate", "生效", ("draft",), "active",
            needs=("contract_no", "assets", "mode", "lessor_party_id", "operator_party_id", "signed_date",
                   "term_start", "term_end"),
            offers=("decision_id",), day="signed_date",
            guards=(schedule_needed, fixed_sum, not_let_twice, decision_needed), effects=(terms_to_assets,),
        ),
        Step("end", "到期办结", ("active",), "ended", guards=(not_before_its_end,), effects=(close_term,)),
        Step("terminate", "终止", ("active",), "terminated", needs=("ended_date", "end_reason"), guards=(within_term,)),
        Step("back", "退回修改", ("active",), "draft", right="review", reason_needed=True, binds=False),
        Step("cancel", "作废", ("draft",), "cancelled", reason_needed=True, guards=(nothing_received,)),
    ),
    frozen_after={
        **dict.fromkeys(TERMS, ("draft",)), **dict.fromkeys(("ended_date", "end_reason"), ("draft", "active")),
        "lessors": (),
    },
)  # fmt: skip
