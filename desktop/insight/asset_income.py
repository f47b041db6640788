"""What assets bring in 收益: expected by year against what was received, asset by asset, to the 分 (DOMAIN §2.11).

A receipt belongs to its asset. One under a contract over several assets without naming any is split by their original
values, largest remainder, so that the parts are exactly the receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.common.formula import Formula
from desktop.common.money import largest_remainder
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
INCOME_TABLES = ("asset", "asset_income", "contract", "receipt")
"""What income is computed from."""
INCOME_KINDS = ("rent", "dividend", "penalty", "other")
"""Kinds of receipts that are income; deposits and returned principal are not, proceeds of disposal go their own way."""
FORMULAS = (
    Formula(
        "资产一年的收益", "这一年为它收到的租金、分红、违约金和其他收入，冲销的减去。押金、收回的本金和处置收入不算。"
        "一份合同管几项资产、收款又没有写明是哪一项的，按各项原始价值分开，尾数给舍去最多的。",
        "新会区文件二（五）：年度收益与分配",
    ),
)
"""How income of assets is said to a person who asks."""


@dataclass(frozen=True, slots=True)
class IncomeYear:
    """One asset's year: expected (None = nothing stated) and received, 分."""

    year: int
    expected_fen: int | None
    received_fen: int

    @property
    def short_fen(self) -> int | None:
        """Expected less received; None when nothing was stated."""
        return None if self.expected_fen is None else self.expected_fen - self.received_fen


def received(sql: Sql, *, until: str | None = None, ids: Sequence[str] | None = None) -> dict[str, dict[int, int]]:
    """Asset → year → 分 received as income, up to a day; reversals count as negative."""
    kinds = ",".join("?" * len(INCOME_KINDS))
    contracts = None
    if ids is not None:
        contracts = list(
            dict.fromkeys(
                c for (c,) in sql.in_chunks("SELECT contract_id FROM contract_asset WHERE asset_id IN (*)", ids)
            )
        )
    shares = _shares(sql, contracts)
    out: dict[str, dict[int, int]] = {}
    statement = (
        f"SELECT asset_id,contract_id,COALESCE(income_year,CAST(SUBSTR(on_date,1,4) AS INTEGER)),SUM(amount_fen) "
        f"FROM receipt WHERE {LIVE} AND kind IN ({kinds}) AND on_date IS NOT NULL AND on_date<=? "
        "AND amount_fen IS NOT NULL"
    )
    before = (*INCOME_KINDS, until or "9999-12-31")
    if ids is None:
        rows = sql.rows(f"{statement} GROUP BY 1,2,3", before)
    else:  # by the asset itself, or by its contract where no asset is named
        rows = [
            *sql.in_chunks(f"{statement} AND asset_id IN (*) GROUP BY 1,2,3", ids, before),
            *sql.in_chunks(
                f"{statement} AND asset_id IS NULL AND contract_id IN (*) GROUP BY 1,2,3", contracts or (), before
            ),
        ]
    wanted = None if ids is None else set(ids)
    for asset, contract, year, fen in rows:
        for owner, part in _parts(asset, contract, int(fen), shares):
            if wanted is None or owner in wanted:
                years = out.setdefault(owner, {})
                years[int(year)] = years.get(int(year), 0) + part
    return out


def _parts(
    asset: str | None, contract: str | None, fen: int, shares: dict[str, dict[str, int]]
) -> list[tuple[str, int]]:
    if asset:
        return [(asset, fen)]
    weights = shares.get(contract or "", {})
    if not weights:
        return []
    if not sum(weights.values()):
        weights = dict.fromkeys(weights, 1)
    return list(largest_remainder(fen, weights).items())


def _shares(sql: Sql, contracts: Sequence[str] | None = None) -> dict[str, dict[str, int]]:
    """Contract → its assets with their original values, in the contract's order: of all, or of those named."""
    shares: dict[str, dict[str, int]] = {}
    statement = (
        "SELECT c.contract_id,c.asset_id,a.original_value_fen FROM contract_asset c JOIN asset a ON a.id=c.asset_id"
    )
    order = " ORDER BY c.contract_id,c.position"
    found = (
        sql.rows(statement + order)
        if contracts is None
        else sql.in_chunks(f"{statement} WHERE c.contract_id IN (*){order}", contracts)
    )
    for contract, asset, fen in found:
        shares.setdefault(contract, {}).setdefault(asset, max(int(fen or 0), 0))
    return shares


def income_years(sql: Sql, asset_id: str, *, until: str | None = None) -> list[IncomeYear]:
    """The years of one asset for which income was expected or received, newest first.

    Expected is what was stated for the year, else what falls due in it under the asset's contracts.
    """
    came = received(sql, until=until, ids=[asset_id]).get(asset_id, {})
    expected = dues_by_year(sql, asset_id, until or "9999-12-31") | {
        int(year): int(fen)
        for year, fen in sql.rows(
            f"SELECT year,expected_fen FROM asset_income WHERE asset_id=? AND {LIVE} AND year IS NOT NULL "
            "AND expected_fen IS NOT NULL ORDER BY id",
            (asset_id,),
        )
    }
    years = sorted({*came, *expected}, reverse=True)
    return [IncomeYear(y, expected.get(y), came.get(y, 0)) for y in years]


def dues_by_year(sql: Sql, asset_id: str, until: str) -> dict[int, int]:
    """Year → 分 that fall due under the contracts of an asset up to a day; of several assets each has its part."""
    contracts = sql.column("SELECT DISTINCT contract_id FROM contract_asset WHERE asset_id=?", (asset_id,))
    if not contracts:
        return {}
    shares = _shares(sql, contracts)
    out: dict[int, int] = {}
    for contract, on, fen in sql.in_chunks(
        "SELECT d.contract_id,d.due_date,d.amount_fen FROM contract_due d JOIN contract c ON c.id=d.contract_id "
        "WHERE c.removed=0 AND c.canonical_id IS NULL AND c.state IN ('active','ended','terminated') "
        "AND d.due_date<=? AND d.due_date<=CASE WHEN c.state='terminated' THEN COALESCE(c.ended_date,'9999') "
        "ELSE '9999' END AND d.amount_fen IS NOT NULL AND d.contract_id IN (*)",
        contracts,
        (until,),
    ):
        for owner, part in _parts(None, contract, int(fen), shares):
            if owner == asset_id:
                out[int(on[:4])] = out.get(int(on[:4]), 0) + part
    return out
