"""The asset ledger as plain rows in print order: village by village, with holders, fund parts and words.

Rows can be asked for on a day of valid time (rights in force, assets built by then) and as this register knew them at a
moment; both are stated on the print.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from desktop.insight.asset_values import added_funds, values_of
from desktop.insight.lists import place_names
from desktop.insight.value_ledger import LEDGER_TABLES
from desktop.registry.asset_status import KEPT, STATUS_TABLES, on_day, statuses_on
from desktop.registry.asset_value import Values
from desktop.registry.codelists import word
from desktop.registry.value_words import words
from desktop.store.database import Sql
from desktop.store.register import Register

LIVE = "removed=0 AND canonical_id IS NULL"
PAGE = 500
NO_VILLAGE = "（未填村）"
COLUMNS = (
    "id", "asset_no", "name", "project_name", "project_year", "category", "subcategory", "spec", "quantity", "unit",
    "built_date", "built_precision", "division_code", "address", "original_value_fen", "depreciation_fen",
    "net_value_fen", "operation_mode", "contract_start", "contract_end", "contract_text", "expected_income_fen",
    "actual_income_fen", "keeper", "status", "confirm_doc_no", "noticed", "note", "in_conflict",
)  # fmt: skip


@dataclass(frozen=True)
class LedgerQuery:
    """Which assets: a division (code prefix), a category, exact column values; and of which past."""

    division: str = ""
    category: str = ""
    equal: Mapping[str, str] = field(default_factory=dict)
    as_of: str | None = None
    """Day of valid time, ISO."""
    known_at_ms: int | None = None
    """Moment of this register's knowledge, UTC milliseconds."""
    only: tuple[str, ...] | None = None
    """These assets alone; `in_their_order` instead of village by village."""
    in_their_order: bool = False


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One asset: its column values, the village's name, holders by right in words, fund parts (source code → 分)."""

    values: Mapping[str, Any]
    village: str
    holders: Mapping[str, str]
    levels: str
    funds: Mapping[str, int]
    worth: Values | None = None
    """What it is worth on the day asked for (today without one), computed; `values` has what is stated."""


class AssetLedger:
    """The entries in print order, each time they are asked for; a page at a time is held in memory."""

    def __init__(self, register: Register, query: LedgerQuery) -> None:
        self.register = register
        self.query = query
        at = query.known_at_ms
        self._past = None if at is None else register.tables_known_at((*LEDGER_TABLES, *STATUS_TABLES), at)
        with self._reading() as sql:
            self.villages = place_names(sql)
        self.ids = self._matching_ids()

    def _reading(self) -> AbstractContextManager[Sql]:
        return self.register.reading() if self._past is None else self._past.reading()

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[LedgerEntry]:
        for start in range(0, len(self.ids), PAGE):
            with self._reading() as sql:
                yield from self._page(sql, self.ids[start : start + PAGE])

    def _matching_ids(self) -> list[str]:
        where, params = [LIVE], []
        if self.query.division:
            where.append("division_code LIKE ?")
            params.append(self.query.division + "%")
        if self.query.category:
            where.append("category=?")
            params.append(self.query.category)
        if self.query.as_of:
            where.append("COALESCE(built_date,'')<=?")
            params.append(self.query.as_of)
        then = {}
        for column, value in self.query.equal.items():
            self.register.table("asset").by_column[column]  # an unknown column is an error, not SQL
            if column in KEPT and self.query.as_of:
                then[column] = value
                continue
            where.append(f"COALESCE(CAST({column} AS VARCHAR(200)),'')=?")
            params.append(value)
        order = "division_code IS NULL,division_code,asset_no IS NULL,asset_no,id"
        columns = ",".join(("id", *then))
        with self._reading() as sql:
            rows = sql.rows(f"SELECT {columns} FROM asset WHERE {' AND '.join(where)} ORDER BY {order}", params)
        if not then:
            return self._only([row[0] for row in rows])
        with self._reading() as sql:
            held = statuses_on(sql, str(self.query.as_of), [row[0] for row in rows])
        found = (on_day(dict(zip(("id", *then), row, strict=True)), held) for row in rows)
        return self._only([r["id"] for r in found if all(str(r[c] or "") == value for c, value in then.items())])

    def _only(self, found: list[str]) -> list[str]:
        """Of these the assets that are wanted."""
        if self.query.only is None:
            return found
        first, second = (self.query.only, found) if self.query.in_their_order else (found, self.query.only)
        wanted = set(second)
        return [asset for asset in first if asset in wanted]

    def _page(self, sql: Sql, ids: Sequence[str]) -> Iterator[LedgerEntry]:
        then = statuses_on(sql, self.query.as_of, ids) if self.query.as_of else {}
        rows = {
            r[0]: on_day(dict(zip(COLUMNS, r, strict=True)), then)
            for r in sql.in_chunks(f"SELECT {','.join(COLUMNS)} FROM asset WHERE id IN (*)", ids)
        }
        funds: dict[str, dict[str, int]] = {}
        for asset, source, fen in sql.in_chunks(
            "SELECT asset_id,source,amount_fen FROM asset_fund_part WHERE asset_id IN (*) ORDER BY asset_id,position",
            ids,
        ):
            parts = funds.setdefault(asset, {})
            parts[source or "other"] = parts.get(source or "other", 0) + int(fen or 0)
        holders = self._holders(sql, ids)
        day = self.query.as_of or date.today().isoformat()  # noqa: DTZ011
        for asset, added in added_funds(sql, day, ids).items():
            parts = funds.setdefault(asset, {})
            for source, fen in added.items():
                parts[source or "other"] = parts.get(source or "other", 0) + fen
        worth = values_of(sql, day, ids)
        for asset in ids:
            if asset in rows:
                yield self._entry(rows[asset], funds.get(asset, {}), holders.get(asset, []), worth.get(asset))

    def _holders(self, sql: Sql, ids: Sequence[str]) -> dict[str, list[tuple[str, str, int, int, str]]]:
        """Asset → (right kind, party name, numerator, denominator, ownership level) of the rights in force."""
        on = self.query.as_of
        out: dict[str, list[tuple[str, str, int, int, str]]] = {}
        for asset, kind, start, end, name, numerator, denominator, level in sql.in_chunks(
            "SELECT r.asset_id,r.kind,r.valid_from,r.valid_to,p.name,s.numerator,s.denominator,p.ownership_level "
            'FROM "right" r JOIN right_share s ON s.right_id=r.id LEFT JOIN party p ON p.id=s.party_id '
            "WHERE r.removed=0 AND r.canonical_id IS NULL AND COALESCE(r.withdrawn,0)=0 AND r.asset_id IN (*) "
            "ORDER BY r.asset_id,r.kind,r.valid_from,s.position",
            ids,
        ):
            if in_force(start, end, on):
                out.setdefault(asset, []).append(
                    (kind, name or "", int(numerator or 0), int(denominator or 1), level or "")
                )
        return out

    def _entry(
        self, row: Mapping[str, Any], funds: Mapping[str, int], held: Sequence[tuple[str, str, int, int, str]],
        worth: Values | None = None,
    ) -> LedgerEntry:  # fmt: skip
        by_kind: dict[str, list[str]] = {}
        levels: list[str] = []
        for kind, name, numerator, denominator, level in held:
            share = "" if numerator == denominator else f" {numerator}/{denominator}"
            by_kind.setdefault(kind, []).append(name + share)
            if kind == "ownership" and level and word("ownership_level", level) not in levels:
                levels.append(word("ownership_level", level))
        village = self.villages.get(str(row.get("division_code") or ""), NO_VILLAGE)
        holders = {k: "、".join(v) for k, v in by_kind.items()}
        return LedgerEntry(row, village, holders, "、".join(levels), funds, worth)


def in_force(start: str | None, end: str | None, day: str | None) -> bool:
    """Whether an interval [start, end) covers a day; without a day, whether it is still open."""
    if day is None:
        return not end
    return (start or "") <= day and (not end or day < end)


def contract_words(values: Mapping[str, Any]) -> str | None:
    """合同期限 as printed: dates when there are any, else what was written."""
    start, end = values.get("contract_start"), values.get("contract_end")
    if start or end:
        return f"{start or '…'}～{end or '…'}"
    return values.get("contract_text")


def built_words(values: Mapping[str, Any]) -> str | None:
    """购建时间 with its precision: 2021-11-05, 2021-11, 2021, 2021年底."""
    text, precision = values.get("built_date"), values.get("built_precision")
    if not text:
        return None
    if precision == "month":
        return str(text)[:7]
    if precision in ("year", "year_end"):
        return str(text)[:4] + ("年底" if precision == "year_end" else "")
    return str(text)


def value_word(column: str, values: Mapping[str, Any]) -> str | None:
    """A coded value as its word; None when it is not filled."""
    return words("asset", column, values.get(column)) or None
