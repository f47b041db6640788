"""The books of money for window and command line: values of a day, ledgers, arrears, reminders, the project library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from desktop.app.past_reading import past_day, reading_at
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.asset_income import INCOME_TABLES, IncomeYear, income_years
from desktop.insight.asset_values import (
    VALUE_TABLES,
    YearLine,
    bases,
    basis_of,
    last_charge_year,
    on_books,
    written_off,
    years_of,
)
from desktop.insight.contract_book import CONTRACT_TABLES, VIEWS, ContractLine, contract_lines, in_view, matches
from desktop.insight.project_funds import ProjectLine, project_lines
from desktop.insight.value_ledger import CUTS, LEDGER_TABLES, AssetBook, Ledger, cut, ledger
from desktop.registry.asset_value import Basis, Rule, Values, values_on
from desktop.registry.codelists import shipped, word

LIVE = "removed=0 AND canonical_id IS NULL"


def today() -> str:
    """Today on this machine, ISO."""
    return date.today().isoformat()  # noqa: DTZ011


def checked_day(text: str | None) -> str:
    """A typed day, today when there is none; UsageError when it is no day."""
    if not text:
        return today()
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise UsageError(f"“{text}”不是日期，应写作 2025-06-30。") from None


def checked_division(text: str) -> str:
    """A typed division code or its beginning; UsageError when it is none: an empty answer would read as no assets."""
    if text.strip() and not (text.strip().isdecimal() and len(text.strip()) <= 12):
        raise UsageError(f"“{text}”不是区划代码，应是 12 位以内的数字，如 360299101203。")
    return text.strip()


@dataclass(frozen=True)
class AssetValues:
    """One asset's values on a day with what they rest on."""

    values: Values
    basis: Basis
    rule_words: str
    years: tuple[YearLine, ...]
    changes: tuple[ChangeLine, ...]
    income: tuple[IncomeYear, ...]


@dataclass(frozen=True)
class ChangeLine:
    """A value change as shown, oldest first."""

    id: str
    on: str
    kind: str
    amount_fen: int
    reason: str
    source_doc: str
    after: Values


def asset_values(
    ws: Workspace, asset_id: str, as_of: str | None = None, known_at: str | None = None
) -> AssetValues | None:
    """An asset's values as of a day, as known at a moment; None when it is not in the register."""
    day = checked_day(as_of)
    with reading_at(ws, (*VALUE_TABLES, *INCOME_TABLES), known_at) as sql:
        basis = basis_of(sql, asset_id)
        if basis is None:
            return None
        changes = tuple(
            ChangeLine(i, on or "", word("value_change_kind", kind), int(fen or 0), reason or "", doc or "",
                       values_on(basis, on) if on else values_on(basis, day))
            for i, on, kind, fen, reason, doc in sql.rows(
                "SELECT id,on_date,kind,amount_fen,reason,source_doc FROM value_change WHERE asset_id=? AND "
                f"{LIVE} ORDER BY on_date,id",
                (asset_id,),
            )
        )  # fmt: skip
        income = tuple(income_years(sql, asset_id, until=day))
    last = max(int(day[:4]), min(last_charge_year(basis) or 0, int(day[:4]) + 60))
    return AssetValues(values_on(basis, day), basis, rule_words(basis.rule), tuple(years_of(basis, last)), changes,
                       income)  # fmt: skip


def asset_income(ws: Workspace, asset_id: str) -> list[IncomeYear]:
    """The years of an asset's income up to today, newest first."""
    with ws.register.reading() as sql:
        return income_years(sql, asset_id, until=today())


def expected_of(ws: Workspace, asset: str, year: int) -> dict[str, Any]:
    """What was stated for a year: expected 分 and remark; empty when nothing was."""
    with ws.register.reading() as sql:
        row = sql.one(
            f"SELECT expected_fen,note FROM asset_income WHERE asset_id=? AND year=? AND {LIVE} ORDER BY id LIMIT 1",
            (asset, year),
        )
    return {} if row is None else {"expected_fen": row[0], "note": row[1]}


def expect_income(ws: Workspace, asset: str, values: Mapping[str, Any]) -> str:
    """State what an asset is expected to bring in a year: one line a year, changed when it is stated again; its id.

    InputRefused for a year out of reach or an amount below zero.
    """
    year, fen = int(values.get("year") or 0), values.get("expected_fen")
    if not 1978 <= year <= int(today()[:4]) + 30:
        raise InputRefused(f"“{values.get('year')}”不是要填预期收益的年度，没有保存。")
    if fen is None or int(fen) < 0:
        raise InputRefused("年预期收益要填，不能小于 0；没有保存。")
    with ws.register.reading() as sql:
        known = sql.scalar(
            f"SELECT id FROM asset_income WHERE asset_id=? AND year=? AND {LIVE} ORDER BY id LIMIT 1", (asset, year)
        )
    stated = {"expected_fen": int(fen), "note": values.get("note")}
    if known is None:
        return new_record(ws, "asset_income", {"asset_id": asset, "year": year, **stated}, "填年预期收益")
    save_record(ws, open_record(ws, "asset_income", str(known)), stated, "改年预期收益")
    return str(known)


def rule_words(rule: Rule | None) -> str:
    """A depreciation rule as a line: 平均年限法，240 个月，残值率 5%（县定）."""
    if rule is None:
        return "按填报的累计折旧"
    if rule.method == "none":
        return "不计提折旧" + ("（按资产小类）" if rule.origin == "never" else "")
    parts = [word("depreciation_method", rule.method)]
    parts.append(f"{rule.months} 个月" if rule.method == "straight_line" else f"总工作量 {float(rule.total_units):g}")
    parts.append(f"残值率 {float(rule.residual * 100):g}%")
    return "，".join(parts) + ("（县定办法）" if rule.origin == "county" else "")


@dataclass(frozen=True)
class ValueLine:
    """One asset in a list of values, 分."""

    id: str
    asset_no: str
    name: str
    division_code: str
    values: Values


def value_lines(
    ws: Workspace, as_of: str | None = None, division: str = "", known_at: str | None = None
) -> list[ValueLine]:
    """Every asset on the books on a day with its values, as known at a moment, by division and number."""
    day, division = checked_day(as_of), checked_division(division)
    with reading_at(ws, VALUE_TABLES, known_at) as sql:
        gone = written_off(sql, day)
        found = {a: values_on(b, day) for a, b in bases(sql) if a not in gone and on_books(b, day)}
        rows = sql.rows(
            f"SELECT id,asset_no,name,division_code FROM asset WHERE {LIVE} AND COALESCE(division_code,'') LIKE ? "
            "ORDER BY division_code,asset_no,id",
            (division + "%",),
        )
    return [ValueLine(i, no or "", name or "", code or "", found[i]) for i, no, name, code in rows if i in found]


def total_ledger(
    ws: Workspace, by: str, as_of: str | None = None, division: str = "", category: str = "",
    known_at: str | None = None,
) -> Ledger:  # fmt: skip
    """One cut of the ledger of a day, as this register knew it at a moment (ISO; now without one).

    UsageError for a cut or category that does not exist, a day in the future, and what is no day or moment.
    """
    if by not in CUTS:
        raise UsageError(f"--by 只能是 {'、'.join(CUTS)}。")
    known = [item.code for item in shipped("asset_category")]
    if category and category not in known:
        raise UsageError(f"--category 只能是 {'、'.join(known)}。")
    day, place = past_day(as_of) or today(), checked_division(division)
    with reading_at(ws, LEDGER_TABLES, known_at) as sql:
        if known_at:
            return ledger(sql, by, day, place, category)
        return cut(sql, AssetBook.of(ws.register).entries(sql, day, place, category, (by,)), by, day, place)


def contracts(
    ws: Workspace, *, view: str = "", text: str = "", division: str = "", as_of: str | None = None,
    known_at: str | None = None,
) -> list[ContractLine]:  # fmt: skip
    """Contracts of a view (key of `VIEWS`): the oldest arrears first in `owing`, the soonest end in `expiring`."""
    if view not in VIEWS:
        raise UsageError(f"没有“{view}”这种合同清单。")
    division = checked_division(division)
    with reading_at(ws, CONTRACT_TABLES, known_at) as sql:
        lines = contract_lines(sql, checked_day(as_of))
    found = [line for line in lines if in_view(line, view) and matches(line, text, division)]
    if view == "owing":
        found.sort(key=lambda line: (-line.oldest_days, -line.arrears_fen, line.id))
    elif view in ("expiring", "over"):
        found.sort(key=lambda line: (line.term_end or "", line.id))
    return found


def projects(ws: Workspace, text: str = "", division: str = "") -> list[ProjectLine]:
    """The project library, by typed text (number, name) and division."""
    with ws.register.reading() as sql:
        lines = project_lines(sql)
    typed = text.strip().lower()
    return [
        p
        for p in lines
        if p.division_code.startswith(division)
        and (not typed or typed in p.name.lower() or typed in p.project_no.lower())
    ]


def ledger_rows(found: Ledger) -> list[dict[str, Any]]:
    """A ledger as flat rows, each with its depth; the total last."""
    rows: list[dict[str, Any]] = []

    def add(line: Any, depth: int) -> None:
        rows.append({
            "depth": depth, "key": line.key, "name": line.name, "count": line.count, "unknown": line.unknown,
            "original_fen": line.original_fen, "depreciation_fen": line.depreciation_fen,
            "impairment_fen": line.impairment_fen, "net_fen": line.net_fen,
        })  # fmt: skip
        for child in line.children:
            add(child, depth + 1)

    for line in found.lines:
        add(line, 0)
    add(found.total, 0)
    return rows


def counts_by_view(lines: list[ContractLine]) -> Mapping[str, int]:
    """How many contracts each view holds (filter chips)."""
    return {view: sum(in_view(line, view) for line in lines) for view in VIEWS}
