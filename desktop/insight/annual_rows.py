"""The rows that a year's assessment pack is made of, for a place and a period: every figure is a sum over them.

Assets as they stood on the last day, contracts with what fell due, came in and was owed, cases dated in the period.
Days are ISO text, money is integer 分; a place is a division code's beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.insight.asset_values import bases, on_books, written_off
from desktop.insight.contract_book import accounts_of
from desktop.registry.asset_status import codes_on
from desktop.registry.asset_value import values_on
from desktop.registry.procedures import PROCEDURES
from desktop.registry.receivables import OWING_STATES, SETTLING
from desktop.store.database import Sql, quoted
from desktop.store.schema import TableSpec, child_key

LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True)
class Period:
    """From a first to a last day, both counted: a year, or of the present year what is over of it."""

    first: str
    last: str

    def has(self, day: object) -> bool:
        """Whether a day (or what is known of it) lies in it; an unknown one does not."""
        return bool(day) and self.first <= str(day) <= self.last


def year_period(year: int, today: str) -> Period:
    """A whole year, or the present one up to today."""
    return Period(f"{year}-01-01", min(f"{year}-12-31", today))


@dataclass(frozen=True, slots=True)
class AssetYear:
    """One asset on the books on the last day of a year, with its values and its status then."""

    id: str
    asset_no: str
    name: str
    category: str
    subcategory: str
    place: str
    owned: bool
    status: str
    original_fen: int | None
    depreciation_fen: int | None
    impairment_fen: int | None
    net_fen: int | None


def asset_years(sql: Sql, division: str, days: Sequence[str]) -> dict[str, list[AssetYear]]:
    """For each day the assets on the books then, by category, place and number; the register is read once."""
    heads = {
        row[0]: row[1:]
        for row in sql.stream(
            f"SELECT id,asset_no,name,category,subcategory,division_code,status FROM asset WHERE {LIVE}"
        )
        if (row[5] or "").startswith(division)
    }
    owners = sql.rows(
        f"SELECT asset_id,COALESCE(valid_from,''),valid_to FROM \"right\" WHERE kind='ownership' AND {LIVE} "
        "AND COALESCE(withdrawn,0)=0"
    )
    gone = {day: written_off(sql, day) for day in days}
    owned = {day: {a for a, start, end in owners if start <= day and (not end or day < end)} for day in days}
    then = {day: codes_on(sql, day) for day in days}
    found: dict[str, list[AssetYear]] = {day: [] for day in days}
    for asset, basis in bases(sql):
        head = heads.get(asset)
        if head is None:
            continue
        number, name, category, subcategory, place, status = head
        for day in days:
            if asset in gone[day] or not on_books(basis, day):
                continue
            worth = values_on(basis, day)
            found[day].append(AssetYear(
                asset, number or "", name or "", category or "", subcategory or "", place or "", asset in owned[day],
                then[day].get(asset, status) or "", worth.original, worth.depreciation, worth.impairment,
                worth.net,
            ))  # fmt: skip
    for rows in found.values():
        rows.sort(key=lambda a: (a.category, a.place, a.asset_no, a.name, a.id))
    return found


@dataclass(frozen=True, slots=True)
class ContractYear:
    """One contract in a period: in force on its last day or not, due and received in it, owed at its end; 分."""

    id: str
    contract_no: str
    place: str
    assets: str
    operator: str
    mode: str
    term_start: str
    term_end: str
    in_force: bool
    due_fen: int
    received_fen: int
    arrears_fen: int


_CONTRACT = ("id", "contract_no", "division_code", "mode", "operator_party_id", "term_start", "term_end", "state",
             "ended_date", "signed_date")  # fmt: skip


def contract_years(sql: Sql, division: str, period: Period) -> list[ContractYear]:
    """The contracts in force, due, paid or owed in a period, by place and number."""
    marks = ",".join("?" * len(OWING_STATES))
    rows = [
        dict(zip(_CONTRACT, r, strict=True))
        for r in sql.rows(
            f"SELECT {','.join(_CONTRACT)} FROM contract WHERE {LIVE} AND state IN ({marks})", tuple(OWING_STATES)
        )
    ]
    held: dict[str, list[tuple[str, str]]] = {}
    for contract, name, place in sql.in_chunks(
        "SELECT c.contract_id,a.name,a.division_code FROM contract_asset c JOIN asset a ON a.id=c.asset_id "
        "WHERE c.contract_id IN (*) ORDER BY c.contract_id,c.position",
        [r["id"] for r in rows],
    ):
        held.setdefault(contract, []).append((name or "", place or ""))
    for row in rows:  # a contract without a place lies where its first asset does
        row["place"] = row["division_code"] or next((p for _, p in held.get(row["id"], ())), "")
    rows = [r for r in rows if r["place"].startswith(division)]
    accounts = accounts_of(sql, period.last, rows)
    kinds = ",".join("?" * len(SETTLING))
    came = {
        contract: int(fen)
        for contract, fen in sql.rows(
            f"SELECT contract_id,SUM(amount_fen) FROM receipt WHERE {LIVE} AND contract_id IS NOT NULL "
            f"AND kind IN ({kinds}) AND on_date>=? AND on_date<=? GROUP BY contract_id",
            (*SETTLING, period.first, period.last),
        )
    }
    operators = dict(
        sql.in_chunks("SELECT id,name FROM party WHERE id IN (*)", {r["operator_party_id"] for r in rows} - {None})
    )
    found = []
    for row in rows:
        account = accounts[row["id"]]
        due = sum(d.amount for d in account.dues if period.has(d.on))
        start, end, ended = row["term_start"] or row["signed_date"] or "", row["term_end"], row["ended_date"]
        in_force = start <= period.last and (not end or end >= period.last) and (not ended or ended > period.last)
        received = came.get(row["id"], 0)
        if in_force or due or received or account.arrears:
            found.append(ContractYear(
                row["id"], row["contract_no"] or "", row["place"],
                "、".join(n for n, _ in held.get(row["id"], ()) if n),
                operators.get(row["operator_party_id"]) or "", row["mode"] or "", row["term_start"] or "", end or "",
                in_force, due, received, account.arrears,
            ))  # fmt: skip
    return sorted(found, key=lambda c: (c.place, c.contract_no, c.id))


def dated_rows(sql: Sql, spec: TableSpec, dates: Sequence[str], period: Period, also: str = "") -> list[dict[str, Any]]:
    """Living rows of a table with a date in a period (or for which `also`, in SQL, holds), with their lists."""
    columns = ("id", *spec.value_columns)
    hit = " OR ".join([*(f"({quoted(d)}>=? AND {quoted(d)}<=?)" for d in dates), *([also] if also else [])])
    rows = [
        dict(zip(columns, r, strict=True))
        for r in sql.rows(
            f"SELECT {','.join(quoted(c) for c in columns)} FROM {quoted(spec.name)} WHERE {LIVE} AND ({hit}) "
            "ORDER BY id",
            tuple(day for _ in dates for day in (period.first, period.last)),
        )
    ]
    for cell in spec.cells:
        if cell.child_table is None:
            continue
        key = child_key(spec)
        parts: dict[str, list[dict[str, Any]]] = {}
        for part in sql.in_chunks(
            f"SELECT {','.join(quoted(c) for c in (key, *cell.columns))} FROM {quoted(cell.child_table)} "
            f"WHERE {key} IN (*) ORDER BY {key},position",
            [r["id"] for r in rows],
        ):
            parts.setdefault(part[0], []).append(dict(zip(cell.columns, part[1:], strict=True)))
        for row in rows:
            row[cell.name] = parts.get(row["id"], [])
    return rows


def with_places(sql: Sql, rows: Iterable[Mapping[str, Any]], division: str) -> list[dict[str, Any]]:
    """The rows that lie in a division, with `place`: their own code, else that of their asset."""
    found = [dict(r) for r in rows]
    assets = {str(r["asset_id"]) for r in found if not r.get("division_code") and r.get("asset_id")}
    places = dict(sql.in_chunks("SELECT id,division_code FROM asset WHERE id IN (*)", assets))
    for row in found:
        row["place"] = str(row.get("division_code") or places.get(str(row.get("asset_id"))) or "")
    return [r for r in found if r["place"].startswith(division)]


def states_on(sql: Sql, table: str, rows: Sequence[Mapping[str, Any]], day: str) -> dict[str, str]:
    """Row id → the state its case had reached by a day; a case without steps stands as it does now."""
    initial = PROCEDURES[table].initial
    states = {str(r["id"]): str(r.get("state") or initial) for r in rows}
    steps: dict[str, list[tuple[str, str, str]]] = {}
    for case, on, before, after in sql.in_chunks(
        f"SELECT case_id,on_date,from_state,to_state FROM step_taken WHERE {LIVE} AND case_id IN (*) "
        "ORDER BY case_id,on_date,id",
        list(states),
    ):
        steps.setdefault(case, []).append((on or "", before or initial, after or initial))
    for case, taken in steps.items():
        reached = [after for on, _, after in taken if on <= day]
        states[case] = reached[-1] if reached else taken[0][1]
    return states


def count(rows: Iterable[Any], test: Callable[[Any], bool]) -> int:
    """How many rows pass."""
    return sum(1 for row in rows if test(row))
