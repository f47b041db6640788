"""The list of distributions: which match, in which order, and their sums, from plain SQL on a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desktop.insight.lists import ListQuery
from desktop.store.database import Sql, order_terms

LIVE = "d.removed=0 AND d.canonical_id IS NULL"
ORDER = {
    "": "COALESCE(d.year,0) DESC,d.division_code,d.id",
    "year": "d.year,d.division_code,d.id",
    "title": "d.title,d.id",
    "state": "d.state,d.id",
}


@dataclass(frozen=True)
class DistributionRow:
    """A distribution in a list; 分. `distributable` is what came in and was carried over, less what is kept."""

    id: str
    title: str
    village: str
    year: int | None
    state: str
    total_fen: int
    distributable_fen: int
    kept_fen: int
    recipients: int
    waiting: int
    in_conflict: bool


def distribution_ids(sql: Sql, query: ListQuery) -> list[str]:
    """Ids of the distributions that match, newest year first; reversing ones stand only where they are asked for."""
    where, params = _where(query)
    order = ORDER.get(query.sort, ORDER[""])
    if query.descending and query.sort:
        order = ",".join(f"{part} DESC" for part in order_terms(order))
    return sql.column(f"SELECT d.id FROM distribution d WHERE {' AND '.join(where)} ORDER BY {order}", params)


def distribution_rows(sql: Sql, ids: Sequence[str]) -> list[DistributionRow]:
    """The rows of a page, in the order of the ids; those that are gone are left out."""
    received = _sums(sql, "SELECT distribution_id,SUM(amount_fen) FROM distribution_receipt", ids)
    people = _sums(sql, "SELECT distribution_id,COUNT(DISTINCT recipient_id) FROM distribution_line", ids)
    waiting = _sums(
        sql, "SELECT distribution_id,COUNT(id) FROM payment", ids,
        "AND removed=0 AND canonical_id IS NULL AND COALESCE(state,'waiting')='waiting'",
    )  # fmt: skip
    found = {}
    for r in sql.in_chunks(
        "SELECT d.id,d.title,COALESCE(v.short_name,v.name,d.division_code),d.year,COALESCE(d.state,'draft'),"
        "d.carried_over_fen,d.kept_fen,d.in_conflict FROM distribution d LEFT JOIN division v ON v.id=d.division_id "
        "WHERE d.id IN (*)",
        ids,
    ):
        total = received.get(r[0], 0) + int(r[5] or 0)
        found[r[0]] = DistributionRow(
            r[0], r[1] or "", r[2] or "", r[3], r[4], total, total - int(r[6] or 0), int(r[6] or 0),
            people.get(r[0], 0), waiting.get(r[0], 0), bool(r[7]),
        )  # fmt: skip
    return [found[i] for i in ids if i in found]


def distribution_totals(sql: Sql, query: ListQuery) -> tuple[int, int]:
    """How many match, and their income together (分): received and carried over, the sum of `total_fen` of the rows."""
    where, params = _where(query)
    count, carried = sql.one(
        "SELECT COUNT(*),COALESCE(SUM(d.carried_over_fen),0) FROM distribution d "
        f"WHERE {' AND '.join(where)}",
        params,
    )
    received = sql.scalar(
        "SELECT COALESCE(SUM(r.amount_fen),0) FROM distribution d JOIN distribution_receipt r "
        f"ON r.distribution_id=d.id WHERE {' AND '.join(where)}",
        params,
    )
    return int(count), int(received or 0) + int(carried)


def distributions_of_asset(sql: Sql, asset: str) -> list[tuple[str, str, int | None, str, int]]:
    """Distributions that took this asset's receipts: id, title, year, state, 分 of this asset; newest first."""
    rows = sql.rows(
        "SELECT d.id,d.title,d.year,COALESCE(d.state,'draft'),SUM(l.amount_fen) FROM receipt r "
        "JOIN distribution_receipt l ON l.receipt_id=r.id JOIN distribution d ON d.id=l.distribution_id "
        f"WHERE {LIVE} AND d.reversal_of IS NULL AND r.removed=0 AND (r.asset_id=? OR r.contract_id IN "
        "(SELECT contract_id FROM contract_asset WHERE asset_id=?)) GROUP BY d.id,d.title,d.year,d.state "
        "ORDER BY d.year DESC,d.id",
        (asset, asset),
    )
    return [(i, title or "", year, state, int(fen or 0)) for i, title, year, state, fen in rows]


def receipts_of_asset(sql: Sql, asset: str) -> list[tuple[str, str, str, str, int, int | None]]:
    """Receipts of an asset or of contracts on it: id, day, kind, payer, 分, income year; newest first."""
    rows = sql.rows(
        "SELECT id,on_date,kind,payer,amount_fen,income_year FROM receipt WHERE removed=0 AND canonical_id IS NULL "
        "AND (asset_id=? OR contract_id IN (SELECT contract_id FROM contract_asset WHERE asset_id=?)) "
        "ORDER BY on_date DESC,id",
        (asset, asset),
    )
    return [(i, day or "", kind or "", payer or "", int(fen or 0), year) for i, day, kind, payer, fen, year in rows]


def reversed_receipts(sql: Sql, asset: str) -> set[str]:
    """Receipts of an asset (or of contracts on it) that another one reverses."""
    return set(
        sql.column(
            "SELECT reversal_of FROM receipt WHERE reversal_of IS NOT NULL AND removed=0 AND canonical_id IS NULL "
            "AND (asset_id=? OR contract_id IN (SELECT contract_id FROM contract_asset WHERE asset_id=?))",
            (asset, asset),
        )
    )


def refunds_of_asset(sql: Sql, asset: str) -> set[str]:
    """Receipts of an asset (or of contracts on it) that gave a part of another one back."""
    return set(
        sql.column(
            "SELECT id FROM receipt WHERE refund_of IS NOT NULL AND reversal_of IS NULL AND removed=0 "
            "AND canonical_id IS NULL "
            "AND (asset_id=? OR contract_id IN (SELECT contract_id FROM contract_asset WHERE asset_id=?))",
            (asset, asset),
        )
    )


def _where(query: ListQuery) -> tuple[list[str], tuple[Any, ...]]:
    where: list[str] = [LIVE]
    params: list[Any] = []
    if query.division:
        where.append("d.division_code LIKE ?")
        params.append(query.division + "%")
    if query.text.strip():
        where.append("d.title LIKE ?")
        params.append(f"%{query.text.strip()}%")
    if query.equal.get("state"):
        where.append("COALESCE(d.state,'draft')=?")
        params.append(query.equal["state"])
    else:
        where.append("d.reversal_of IS NULL")
    if query.equal.get("year"):
        where.append("d.year=?")
        params.append(int(query.equal["year"]))
    if query.only_conflicts:
        where.append("d.in_conflict=1")
    return where, tuple(params)


def _sums(sql: Sql, select: str, ids: Sequence[str], more: str = "") -> dict[str, int]:
    rows = sql.in_chunks(f"{select} WHERE distribution_id IN (*) {more} GROUP BY distribution_id", list(ids))
    return {str(i): int(n or 0) for i, n in rows}
