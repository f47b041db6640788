"""One asset reported twice: same village, amount, year and name (R-AS-06), within a sheet or across sheets."""

from __future__ import annotations

from typing import Any

from rapidfuzz import fuzz

from desktop.common.text import compact
from desktop.exchange.workbook.ledger.model import AssetSheet, Ledger

_LIKE = 80.0
"""Names at least so alike (percent) may mean one asset when village and amount agree."""
_CROWD = 40
"""In a village where so many assets have one amount, only equal names count."""


def find_duplicates(ledger: Ledger) -> None:
    """Set later mentions of an asset aside: exact and equal but for blanks are errors, probable ones are asked."""
    first_of: dict[tuple[Any, int], tuple[AssetSheet, int]] = {}
    buckets: dict[tuple[Any, int], list[tuple[AssetSheet, int]]] = {}
    for sheet in ledger.sheets:
        codes = [place.code if place else None for place in sheet.column("place")]
        for at, key in enumerate(zip(codes, sheet.column("original_value_fen"), strict=True)):
            if not key[1]:
                continue
            earlier = first_of.setdefault(key, (sheet, at))
            if earlier[1] != at or earlier[0] is not sheet:
                buckets.setdefault(key, [earlier]).append((sheet, at))
    for rows in buckets.values():
        crowd = len(rows) > _CROWD
        by_name: dict[str, tuple[AssetSheet, int]] = {}
        first: list[tuple[AssetSheet, int]] = []
        for sheet, at in rows:
            name = compact(sheet.column("name")[at] or "")
            other = by_name.get(name) if name else None
            code = ""
            if other is not None and _same_year(other, (sheet, at)):
                code = _exactness(other, (sheet, at))
            elif not crowd:
                other = next((p for p in first if _probable(p, (sheet, at))), None)
                code = "duplicate_probable" if other else ""
            if other is None or not code:
                if name:
                    by_name.setdefault(name, (sheet, at))
                first.append((sheet, at))
                continue
            _report(ledger, sheet, at, other, code)


def _year(sheet: AssetSheet, at: int) -> int | None:
    year = sheet.column("project_year")[at]
    built = sheet.column("built_date")[at]
    found: int | None = year if year is not None else (int(built[:4]) if built else None)
    return found


def _same_year(one: tuple[AssetSheet, int], two: tuple[AssetSheet, int]) -> bool:
    a, b = _year(*one), _year(*two)
    return a is None or b is None or a == b


def _number(place: tuple[AssetSheet, int]) -> str | None:
    number: str | None = place[0].column("asset_no")[place[1]]
    return number


def _exactness(one: tuple[AssetSheet, int], two: tuple[AssetSheet, int]) -> str:
    """Equal names: exact, or only after taking blanks out; with two different numbers in one sheet only probable."""
    a, b = _number(one), _number(two)
    if one[0] is two[0] and a and b and a != b:
        return "duplicate_probable"
    raw = [place[0].raw["name"][place[1]] for place in (one, two)]
    return "duplicate_exact" if raw[0] == raw[1] else "duplicate_after_trimming"


def _probable(one: tuple[AssetSheet, int], two: tuple[AssetSheet, int]) -> bool:
    if not _same_year(one, two):
        return False
    a, b = _number(one), _number(two)
    names = [compact(p[0].column("name")[p[1]] or "") for p in (one, two)]
    if a and a == b:
        return fuzz.ratio(*names) >= 50.0
    if a and b:
        return False
    return fuzz.ratio(*names) >= _LIKE


def _report(ledger: Ledger, sheet: AssetSheet, at: int, other: tuple[AssetSheet, int], code: str) -> None:
    row = other[0].rows[other[1]]
    where = f"本表第 {row} 行" if other[0] is sheet else f"“{other[0].name}”第 {row} 行"
    sure = code != "duplicate_probable"
    message = f"与{where}是同一资产（村、金额{'、名称' if sure else ''}相同），请确认后不再重复登记。"
    finding = ledger.log.add(
        sheet, at, "name", code, "error" if sure else "warning", message,
        proposed=f"与{other[0].name}第{row}行相同",
    )  # fmt: skip
    finding.rows = [row]
    ledger.log.effects[-1].set_aside = f"与{where}重复"
    sheet.set_aside[at] = f"与{where}重复"
