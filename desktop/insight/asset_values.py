"""What assets are worth on a day, for many assets at once: the rows are read in bulk, `registry.asset_value` computes.

An asset is on the books 在账 on a day when it was built by then and not written off (a disposal's `write_off_date`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from desktop.registry.asset_value import Basis, Change, Rule, Values, exact, rule_of, values_on
from desktop.registry.policies import policy
from desktop.store.database import Sql

COLUMNS = (
    "id", "category", "subcategory", "built_date", "original_value_fen", "depreciation_fen", "depreciation_method",
    "useful_life_months", "residual_rate", "opening_date", "total_units",
)  # fmt: skip
VALUE_TABLES = ("asset", "value_change", "disposal", "setting")
"""What the values of assets follow from."""
_CHANGES = ("asset_id", "on_date", "kind", "amount_fen", "depreciation_fen", "remaining_months")


@dataclass(frozen=True, slots=True)
class DepreciationPolicy:
    """The county's rules: kinds never depreciated, and the rules of kinds."""

    never: tuple[str, ...]
    rules: Mapping[str, Mapping[str, Any]]


def depreciation_policy(sql: Sql) -> DepreciationPolicy:
    """As configured, or the defaults."""
    return DepreciationPolicy(tuple(policy(sql, "depreciation.never")), dict(policy(sql, "depreciation.rules")))


def bases(sql: Sql, ids: Sequence[str] | None = None) -> Iterator[tuple[str, Basis]]:
    """What the values of live assets follow from: of all of them, or of those named."""
    rules = depreciation_policy(sql)
    changes = _grouped_changes(sql, ids)
    work = _grouped_work(sql, ids)
    statement = f"SELECT {','.join(COLUMNS)} FROM asset WHERE removed=0 AND canonical_id IS NULL"
    found = sql.stream(statement) if ids is None else sql.in_chunks(f"{statement} AND id IN (*)", ids)
    known: dict[tuple[Any, ...], Rule | None] = {}
    for row in found:
        key = (row[1], row[2], *row[6:9], row[10])
        if key not in known:
            known[key] = rule_of(dict(zip(COLUMNS, row, strict=True)), rules.never, rules.rules)
        yield row[0], Basis(
            original=row[4], built=row[3], stated=row[5], opening=row[9], rule=known[key],
            changes=changes.get(row[0], ()), work=work.get(row[0], ()),
        )  # fmt: skip


def basis_of(sql: Sql, asset_id: str) -> Basis | None:
    """The basis of one asset; None when it is not in the register."""
    return next((basis for _, basis in bases(sql, [asset_id])), None)


def values_of(sql: Sql, day: str, ids: Sequence[str] | None = None) -> dict[str, Values]:
    """Asset id → its values on a day, whether or not it is on the books then."""
    return {asset: values_on(basis, day) for asset, basis in bases(sql, ids)}


def written_off(sql: Sql, day: str) -> set[str]:
    """Assets that a disposal had taken off the books by a day."""
    return set(
        sql.column(
            "SELECT asset_id FROM disposal WHERE removed=0 AND canonical_id IS NULL AND write_off_date IS NOT NULL "
            "AND write_off_date<=?",
            (day,),
        )
    )


def on_books(basis: Basis, day: str) -> bool:
    """Whether it was built by the day; an unknown date counts as built."""
    return (basis.built or "") <= day


def added_funds(sql: Sql, day: str, ids: Sequence[str] | None = None) -> dict[str, dict[str, int]]:
    """Asset → source → 分 that additions up to a day brought, where their sources were stated ("" = not named)."""
    statement = (
        "SELECT c.asset_id,p.source,p.amount_fen FROM value_change_fund_part p JOIN value_change c "
        "ON c.id=p.value_change_id WHERE c.removed=0 AND c.canonical_id IS NULL AND c.on_date<=? "
        "AND c.kind IN ('addition','revaluation_up')"
    )
    found = (
        sql.rows(statement, (day,)) if ids is None else sql.in_chunks(f"{statement} AND c.asset_id IN (*)", ids, (day,))
    )
    grouped: dict[str, dict[str, int]] = {}
    for asset, source, fen in found:
        parts = grouped.setdefault(asset, {})
        parts[source or ""] = parts.get(source or "", 0) + int(fen or 0)
    return grouped


def _grouped_changes(sql: Sql, ids: Sequence[str] | None) -> dict[str, list[Change]]:
    statement = (
        f"SELECT {','.join(_CHANGES)} FROM value_change WHERE removed=0 AND canonical_id IS NULL "
        "AND on_date IS NOT NULL AND amount_fen IS NOT NULL"
    )
    found = sql.stream(statement) if ids is None else sql.in_chunks(f"{statement} AND asset_id IN (*)", ids)
    grouped: dict[str, list[Change]] = {}
    for asset, on, kind, amount, depreciation, months in found:
        grouped.setdefault(asset, []).append(Change(on, kind or "", int(amount), depreciation, months))
    for changes in grouped.values():
        if len(changes) > 1:
            changes.sort(key=lambda c: c[:3])  # day, kind, amount
    return grouped


def _grouped_work(sql: Sql, ids: Sequence[str] | None) -> dict[str, list[tuple[str, Fraction]]]:
    statement = "SELECT asset_id,until_date,units FROM asset_work"
    found = sql.stream(statement) if ids is None else sql.in_chunks(f"{statement} WHERE asset_id IN (*)", ids)
    grouped: dict[str, list[tuple[str, Fraction]]] = {}
    for asset, until, text in found:
        units = exact(text, None)
        if until and units is not None and units > 0:
            grouped.setdefault(asset, []).append((until, units))
    for lines in grouped.values():
        lines.sort()
    return grouped


@dataclass(frozen=True, slots=True)
class YearLine:
    """One year of an asset: what was charged in it, and how it stood at its end."""

    year: int
    charged: int
    values: Values


def years_of(basis: Basis, last: int) -> list[YearLine]:
    """Year by year from the year it was built to `last`; empty while the original value or the date is unknown."""
    if basis.original is None or not basis.built:
        return []
    lines: list[YearLine] = []
    before = 0
    for year in range(int(basis.built[:4]), last + 1):
        values = values_on(basis, f"{year}-12-31")
        worn = values.depreciation or 0
        lines.append(YearLine(year, worn - before, values))
        before = worn
    return lines


def last_charge_year(basis: Basis) -> int | None:
    """The last year with a charge under a straight-line rule; None otherwise."""
    if basis.rule is None or basis.rule.method != "straight_line" or not basis.built:
        return None
    return int(basis.built[:4]) + (int(basis.built[5:7]) + basis.rule.months - 1) // 12


def bounds_problems(sql: Sql) -> Iterator[tuple[str, str]]:
    """(asset, what is wrong) wherever values leave their bounds on the day of any change, or at the opening."""
    for asset, basis in bases(sql):
        if basis.original is None or not (basis.changes or basis.opening):
            continue
        days = [c.on for c in basis.changes] + ([basis.opening] if basis.opening else [])
        for day in days:
            values = values_on(basis, day)
            if (values.original or 0) < 0:
                yield asset, f"{day} 的原值减成了负数"
            elif (values.impairment or 0) < 0:
                yield asset, f"{day} 转回的减值多于已计提的减值"
            elif (values.net or 0) < 0:
                yield asset, f"{day} 的累计折旧和减值大于原值"
            else:
                continue
            break
