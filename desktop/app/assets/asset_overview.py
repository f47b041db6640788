"""资产总览: the county's or town's assets at a glance, every figure with the list it comes from.

By category, ownership established by village, what is not normal, income due and received by year, arrears by age,
contracts that run out. As of today; amounts in 分.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.app.money.money_books import today
from desktop.app.workspace import Workspace
from desktop.insight.asset_income import INCOME_KINDS
from desktop.insight.contract_book import ArrearsTotal, ContractLine, arrears_total, in_view
from desktop.insight.contract_lists import ContractBook
from desktop.insight.lists import place_names
from desktop.insight.value_ledger import AssetBook, Ledger, cut
from desktop.registry.codelists import shipped, word
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
BAD = ("inefficient", "idle", "damaged", "lost")


@dataclass(frozen=True)
class CategoryLine:
    """One category: how many assets, their values, and how many are not normal, by status code."""

    code: str
    name: str
    count: int
    original_fen: int
    net_fen: int
    bad: tuple[tuple[str, int], ...]
    """(status word, how many), those there are."""


@dataclass(frozen=True)
class OwnedLine:
    """One village: how many of its assets have an owner on record."""

    code: str
    name: str
    owned: int
    count: int


@dataclass(frozen=True)
class YearIncome:
    """One year: what fell due under contracts or was expected, and what was received, 分."""

    year: int
    expected_fen: int
    received_fen: int


@dataclass(frozen=True)
class Overview:
    """Everything the page shows."""

    as_of: str
    ledger: Ledger
    categories: tuple[CategoryLine, ...]
    owned: tuple[OwnedLine, ...]
    years: tuple[YearIncome, ...]
    arrears: ArrearsTotal
    expiring: tuple[ContractLine, ...]
    over: int


def overview(ws: Workspace, division: str = "") -> Overview:
    """The overview of a division (code prefix), as of today."""
    day = today()
    with ws.register.reading() as sql:
        entries = AssetBook.of(ws.register).entries(sql, day, division, cuts=("category",))
        ledger = cut(sql, entries, "category", day, division)
        lines = [line for line in ContractBook.of(ws.register).lines(sql) if line.division_code.startswith(division)]
        status = dict(sql.rows(f"SELECT id,status FROM asset WHERE {LIVE} AND status IN ({','.join('?' * 4)})", BAD))
        bad: dict[tuple[str, str], int] = {}
        for entry in entries:
            if entry.asset in status:
                key = (entry.category, status[entry.asset])
                bad[key] = bad.get(key, 0) + 1
        categories = []
        for item in shipped("asset_category"):
            found = next((line for line in ledger.lines if line.key == item.code), None)
            if found is not None:
                worse = tuple((word("asset_status", s), bad[item.code, s]) for s in BAD if (item.code, s) in bad)
                categories.append(
                    CategoryLine(item.code, item.name, found.count, found.original_fen, found.net_fen, worse)
                )
        return Overview(
            day, ledger, tuple(categories), _owned(sql, division, [e.asset for e in entries]),
            _years(sql, day, division, [line.id for line in lines]), arrears_total(lines),
            tuple(sorted((c for c in lines if in_view(c, "expiring")), key=lambda c: (c.term_end or "", c.id))),
            sum(in_view(c, "over") for c in lines),
        )  # fmt: skip


def _owned(sql: Sql, division: str, assets: list[str]) -> tuple[OwnedLine, ...]:
    """By village, the least established first; assets without a village stand at the end."""
    names = place_names(sql)
    with_owner = set(
        sql.column(
            "SELECT DISTINCT asset_id FROM \"right\" WHERE kind='ownership' AND removed=0 AND canonical_id IS NULL "
            "AND COALESCE(withdrawn,0)=0 AND valid_to IS NULL"
        )
    )
    places = dict(
        sql.rows(
            f"SELECT id,division_code FROM asset WHERE {LIVE} AND COALESCE(division_code,'') LIKE ?", (division + "%",)
        )
    )
    width = 9 if len(division) < 9 and len({(c or "")[:9] for c in places.values()}) > 1 else 12
    counts: dict[str, list[int]] = {}
    for asset in assets:
        count = counts.setdefault(str(places.get(asset) or "")[:width], [0, 0])
        count[0] += asset in with_owner
        count[1] += 1
    lines = [OwnedLine(c, names.get(c, c) or "（未填村）", owned, n) for c, (owned, n) in counts.items()]
    return tuple(sorted(lines, key=lambda x: (x.owned / x.count, x.code)))


def _years(sql: Sql, day: str, division: str, contracts: list[str]) -> tuple[YearIncome, ...]:
    """The last five years: dues of contracts in force or ended up to today, receipts by the year they belong to."""
    due: dict[int, int] = {}
    for on, fen in sql.in_chunks(
        "SELECT d.due_date,d.amount_fen FROM contract_due d JOIN contract c ON c.id=d.contract_id WHERE c.state IN "
        "('active','ended','terminated') AND d.due_date<=? AND d.due_date<=COALESCE(c.ended_date,'9999') "
        "AND d.contract_id IN (*)",
        contracts,
        (day,),
    ):
        due[int(on[:4])] = due.get(int(on[:4]), 0) + int(fen or 0)
    came: dict[int, int] = {}
    kinds = ",".join("?" * len(INCOME_KINDS))
    for year, fen in sql.rows(
        f"SELECT income_year,SUM(amount_fen) FROM receipt WHERE {LIVE} AND kind IN ({kinds}) "
        "AND income_year IS NOT NULL AND COALESCE(division_code,'') LIKE ? GROUP BY income_year",
        (*INCOME_KINDS, division + "%"),
    ):
        came[int(year)] = int(fen or 0)
    this = int(day[:4])
    return tuple(YearIncome(y, due.get(y, 0), came.get(y, 0)) for y in range(this - 4, this + 1))
