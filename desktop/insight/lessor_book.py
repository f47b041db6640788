"""Receivables and income by the party they belong to: dues by the lessor of their day, other money by who let it then.

A receipt follows the dues it settles: rent of last year that comes in late is the old lessor's. What is beyond the
schedule, and what settles no due (a penalty), is the lessor's of its own day; without a contract, the owners' by
their shares. Parts add up to the 分.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from desktop.common.money import largest_remainder
from desktop.insight.contract_book import accounts_of
from desktop.registry.lessor import holders_on, lessor_on, lessors_of
from desktop.registry.receivables import AGE_WORDS, SETTLING, age_class
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
FOREVER = "9999-12-31"


@dataclass
class LessorLine:
    """What contracts owe one lessor on a day, in 分."""

    party: str
    name: str
    contracts: set[str] = field(default_factory=set)
    due_fen: int = 0
    received_fen: int = 0
    """What was received of his dues, and what was paid in advance."""
    arrears_fen: int = 0
    ages: list[int] = field(default_factory=lambda: [0] * len(AGE_WORDS))


def lessor_lines(sql: Sql, day: str, division: str = "") -> list[LessorLine]:
    """Every lessor with what fell due, came in and is owed up to a day; sums equal those of the contracts."""
    columns = ("id", "state", "ended_date", "division_code")
    rows = [
        dict(zip(columns, r, strict=True))
        for r in sql.rows(f"SELECT {','.join(columns)} FROM contract WHERE {LIVE} ORDER BY id")
    ]
    rows = [row for row in rows if str(row["division_code"] or "").startswith(division)]
    lessors = lessors_of(sql)
    names = dict(sql.rows("SELECT id,name FROM party"))
    found: dict[str, LessorLine] = {}

    def line(contract: str, on: str) -> LessorLine:
        party = lessor_on(lessors[contract], on).party or ""
        made = found.setdefault(party, LessorLine(party, names.get(party) or "（未填出租方）"))
        made.contracts.add(contract)
        return made

    for contract, account in accounts_of(sql, day, rows).items():
        for due in account.dues:
            if due.on <= day:
                line(contract, due.on).due_fen += due.amount
            if due.paid:
                line(contract, due.on).received_fen += due.paid
            if due.overdue_days:
                owed = line(contract, due.on)
                owed.arrears_fen += due.owed
                owed.ages[age_class(due.overdue_days)] += due.owed
        if account.advance:
            line(contract, day).received_fen += account.advance
    return sorted(found.values(), key=lambda x: (-x.arrears_fen, x.name, x.party))


def owners_of_receipts(sql: Sql, ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Receipt → party → 分 of it that is his income; the parts of a receipt add up to what is left of it."""
    columns = ("id", "contract_id", "asset_id", "on_date", "kind", "amount_fen")
    rows = {
        r[0]: dict(zip(columns, r, strict=True))
        for r in sql.in_chunks(f"SELECT {','.join(columns)} FROM receipt WHERE {LIVE} AND id IN (*)", list(ids))
    }
    back = dict(sql.in_chunks(
        "SELECT COALESCE(refund_of,reversal_of),SUM(amount_fen) FROM receipt WHERE removed=0 AND canonical_id IS NULL "
        "AND COALESCE(refund_of,reversal_of) IN (*) GROUP BY 1",
        list(rows),
    ))  # fmt: skip
    contracts = sorted({str(row["contract_id"]) for row in rows.values() if row["contract_id"]})
    lessors = lessors_of(sql, contracts)
    states = [
        dict(zip(("id", "state", "ended_date"), r, strict=True))
        for r in sql.in_chunks("SELECT id,state,ended_date FROM contract WHERE id IN (*)", contracts)
    ]
    settled: dict[str, dict[str, int]] = {}
    for contract, account in accounts_of(sql, FOREVER, states).items():
        for part in account.parts:
            party = lessor_on(lessors[contract], account.dues[part.due].on).party or ""
            mine = settled.setdefault(part.receipt, {})
            mine[party] = mine.get(party, 0) + part.amount
    out = {}
    for receipt, row in rows.items():
        amount = int(row["amount_fen"] or 0) + int(back.get(receipt) or 0)
        parts = dict(settled.get(receipt, {})) if row["kind"] in SETTLING else {}
        rest = amount - sum(parts.values())
        if rest:
            for party, fen in _rest(sql, row, lessors, rest).items():
                parts[party] = parts.get(party, 0) + fen
        out[receipt] = parts
    return out


def _rest(sql: Sql, row: Mapping[str, object], lessors: Mapping[str, Sequence[object]], fen: int) -> dict[str, int]:
    day, contract = str(row["on_date"] or ""), str(row["contract_id"] or "")
    if contract in lessors:
        return {lessor_on(lessors[contract], day).party or "": fen}  # type: ignore[arg-type]
    asset = str(row["asset_id"] or "")
    for kind in ("income", "ownership"):
        shares = holders_on(sql, [asset], day, (kind,)).get(asset, {})
        if sum(shares.values(), Fraction(0)) == 1:
            return largest_remainder(fen, shares)
    return {"": fen}
