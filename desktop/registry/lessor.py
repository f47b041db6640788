"""Who lets an asset under a contract on any day 出租方: who signed it, and who has succeeded him since.

A contract goes on when its asset changes hands (Civil Code art. 725, 买卖不破租赁): the paper stays as it was signed,
and from the day of the change the new owner has its rights. What fell due before that day is the old lessor's, from
then on the new one's. DOMAIN is silent on whose the income is then; `check` names contracts whose lessor owns nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from desktop.store.database import Sql
from desktop.store.register import WriteScope

LIVE = "removed=0 AND canonical_id IS NULL"
LETTING = ("ownership", "operation")
"""Rights by which somebody may let an asset."""


class Lessor(NamedTuple):
    """A lessor from a day on ("" = since the contract was signed), and the paper of the change."""

    since: str
    party: str | None
    source_doc: str = ""


def lessors_of_row(row: Mapping[str, Any]) -> list[Lessor]:
    """The lessors of a contract's row (with its list cell), the first to sign first."""
    later = [
        Lessor(str(line["from_date"]), line["party_id"], line.get("source_doc") or "")
        for line in row.get("lessors") or () if line.get("from_date") and line.get("party_id")
    ]  # fmt: skip
    return [Lessor("", row.get("lessor_party_id")), *sorted(later)]


def lessors_of(sql: Sql, contracts: Sequence[str] | None = None) -> dict[str, list[Lessor]]:
    """Contract → its lessors in order: of all contracts, or of those named."""
    asked = "SELECT id,lessor_party_id FROM contract"
    rows = sql.rows(asked) if contracts is None else sql.in_chunks(f"{asked} WHERE id IN (*)", contracts)
    found = {contract: [Lessor("", party)] for contract, party in rows}
    asked = "SELECT contract_id,from_date,party_id,source_doc FROM contract_lessor"
    lines = sql.rows(asked) if contracts is None else sql.in_chunks(f"{asked} WHERE contract_id IN (*)", contracts)
    for contract, since, party, paper in sorted(lines, key=lambda r: (r[0], r[1] or "")):
        if contract in found and since and party:
            found[contract].append(Lessor(since, party, paper or ""))
    return found


def lessor_on(lessors: Sequence[Lessor], day: str) -> Lessor:
    """The lessor of a day (ISO)."""
    return next((lessor for lessor in reversed(lessors) if lessor.since <= day), lessors[0])


def holders_on(
    sql: Sql, assets: Iterable[str], day: str, kinds: Sequence[str] = ("ownership",)
) -> dict[str, dict[str, Fraction]]:
    """Asset → party → its share of these rights on a day; of several rights the greatest."""
    marks = ",".join("?" * len(kinds))
    found: dict[str, dict[str, Fraction]] = {}
    for asset, party, numerator, denominator in sql.in_chunks(
        'SELECT r.asset_id,s.party_id,s.numerator,s.denominator FROM "right" r JOIN right_share s ON s.right_id=r.id '
        f"WHERE r.kind IN ({marks}) AND r.removed=0 AND r.canonical_id IS NULL AND COALESCE(r.withdrawn,0)=0 "
        "AND COALESCE(r.valid_from,'')<=? AND (r.valid_to IS NULL OR r.valid_to>?) AND r.asset_id IN (*) "
        "ORDER BY r.asset_id,r.id,s.position",
        list(dict.fromkeys(assets)), (*kinds, day, day),
    ):  # fmt: skip
        if party and denominator:
            held = found.setdefault(asset, {})
            held[party] = max(held.get(party, Fraction(0)), Fraction(numerator, denominator))
    return found


def running_on(sql: Sql, assets: Iterable[str], day: str) -> list[str]:
    """Contracts in force on these assets that bind somebody on a day or after it."""
    return list(dict.fromkeys(
        contract
        for (contract,) in sql.in_chunks(
            "SELECT c.id FROM contract c JOIN contract_asset x ON x.contract_id=c.id WHERE c.removed=0 "
            "AND c.canonical_id IS NULL AND c.state IN ('active','ended','terminated') "
            "AND (c.term_end IS NULL OR c.term_end>=?) AND (c.ended_date IS NULL OR c.ended_date>=?) "
            "AND x.asset_id IN (*) ORDER BY c.id",
            list(assets), (day, day),
        )
    ))  # fmt: skip


def successor(sql: Sql, contract: str, lessors: Sequence[Lessor], day: str) -> str | None:
    """Who succeeds the lessor of a contract on a day; None when he may let it still, others held it the day before, or
    nobody owns all of it.

    Of joint owners the one with the greatest share signs for all; an even share is for people to decide.
    """
    assets = sql.column("SELECT DISTINCT asset_id FROM contract_asset WHERE contract_id=?", (contract,))
    now = lessor_on(lessors, day).party
    held = holders_on(sql, assets, day, LETTING)
    if not assets or all(now in held.get(asset, {}) for asset in assets):
        return None
    eve = holders_on(sql, assets, (date.fromisoformat(day) - timedelta(days=1)).isoformat(), LETTING)
    if eve and not any(now in held for held in eve.values()):
        return None
    owners = holders_on(sql, assets, day)
    common = set.intersection(*(set(owners.get(asset, {})) for asset in assets))
    if not common:
        return None
    shares = sorted(((min(owners[a][p] for a in assets), p) for p in common), reverse=True)
    if len(shares) > 1 and shares[0][0] == shares[1][0]:
        return None
    return shares[0][1]


def follow_owners(scope: WriteScope, assets: Iterable[str], day: str, source_doc: str) -> list[str]:
    """Let the new owner succeed as lessor in the contracts that run on these assets; the contracts that he has.

    For a change of ownership that this unit of work has written, from `day` (ISO) on. A lessor who did not hold the
    asset the day before either, while others did, is left to people: his contract was wrong already.
    """
    scope.finish()
    done = []
    contracts = running_on(scope.sql, assets, day)
    for contract, lessors in lessors_of(scope.sql, contracts).items():
        party = successor(scope.sql, contract, lessors, day)
        if party is not None and lessor_on(lessors, day).since < day:
            succeed(scope, contract, lessors, Lessor(day, party, source_doc))
            done.append(contract)
    return done


def succeed(scope: WriteScope, contract: str, lessors: Sequence[Lessor], new: Lessor) -> None:
    """Write a successor; one of the same day is taken the place of, later ones stay."""
    kept = [lessor for lessor in lessors if lessor.since and lessor.since != new.since]
    lines = [[x.since, x.party, x.source_doc or None] for x in sorted([*kept, new])]
    scope.change("contract", contract, {"lessors": lines})
