"""From a ledger workbook to an import plan: assets with fund parts and holders, findings at their cells, rows left out.

A row goes in unless one of its errors is open. Decisions set values, leave rows out, or leave cells as typed; proposals
of warnings are taken unless decided otherwise, except where a person must choose (whose asset, which number).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from typing import Any

from desktop.common.bulk import collector_paused
from desktop.common.dates import DateError, parse_partial_date
from desktop.common.divisions import Villages, shipped_villages
from desktop.common.errors import InputRefused
from desktop.common.money import MoneyError, parse_money
from desktop.common.shares import holders as parse_holders
from desktop.common.text import clean, compact
from desktop.exchange.workbook.findings import DecisionRefused, Decisions, condense, decide, order
from desktop.exchange.workbook.ledger.columns import (
    read_built,
    read_categories,
    read_numbers,
    read_status,
    read_texts,
    read_villages,
)
from desktop.exchange.workbook.ledger.duplicates import find_duplicates
from desktop.exchange.workbook.ledger.model import AssetSheet, Effect, Ledger, Log
from desktop.exchange.workbook.ledger.money import (
    check_sums,
    find_other_units,
    money_columns,
    read_money,
    settle_units,
)
from desktop.exchange.workbook.ledger.numbers import check_numbers
from desktop.exchange.workbook.ledger.operation import (
    check_contracts,
    check_keepers,
    check_status,
    read_confirmations,
    read_modes,
    read_notices,
    read_term,
)
from desktop.exchange.workbook.ledger.parties import RIGHTS, Holder, check_holders, learn_collectives, read_holder
from desktop.exchange.workbook.ledger.records import AssetRecords
from desktop.exchange.workbook.ledger.totals import (
    check_summary,
    check_totals,
    fill_merged,
    is_leftover,
    refresh_formulas,
    tell_hidden,
    tell_leftover,
)
from desktop.exchange.workbook.ledger.words import CATEGORY_WORDS, category_in, code_of
from desktop.exchange.workbook.mapping import SheetMapping, apply_mapping, classify_rows, recognise
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.reader import Progress, SheetGrid, Workbook

KIND = "assets"
_DATE_LINE = re.compile(r"(?:填报|填表|报告|统计|截止|截至)(?:日期|时间|日)?[:：]?")


@collector_paused()
def plan_assets(
    workbook: Workbook,
    *,
    decisions: Decisions | None = None,
    sheets: Collection[str] | None = None,
    mapping: Mapping[str, dict[str, Any]] | None = None,
    reference: dt.date | None = None,
    today: dt.date | None = None,
    villages: Villages | None = None,
    progress: Progress | None = None,
) -> ImportPlan:
    """The plan of a ledger workbook. `reference`: the day contracts and dates are held against (default: as stated).

    `villages`: those of the register (default: the shipped list, narrowed to the town the sheets name). `sheets`
    chooses sheets by name, hidden ones too. Raises InputRefused when no sheet is a ledger, and whatever `progress`
    raises.
    """
    step = _steps(progress)
    log = Log()
    ledger_sheets = _find_sheets(workbook, sheets, mapping)
    if not ledger_sheets:
        raise InputRefused(
            "没有找到资产台账：没有哪张表的表头里有资产名称和其他台账列。",
            hint="没有导入任何内容，请检查文件，或用列对应文件指定各列。",
        )
    step()
    loaded = [_load(grid, found) for grid, found in ledger_sheets]
    when = reference or _stated_date(loaded) or today or dt.datetime.now().astimezone().date()
    ledger = Ledger(loaded, _narrowed(villages or shipped_villages(), workbook, loaded), when, log)
    for sheet in loaded:
        fill_merged(sheet, log)
        refresh_formulas(sheet, log)
        tell_hidden(sheet, log)
    settle_units(ledger)
    step()
    for sheet in loaded:
        find_other_units(ledger, sheet)
        read_texts(sheet, log)
        step()
        read_money(sheet, log)
        step()
    for sheet in loaded:
        read_built(sheet, ledger)
        read_numbers(sheet, log)
        read_categories(sheet, log)
        read_villages(sheet, ledger)
        read_status(sheet, log)
        read_notices(sheet, log)
        read_confirmations(sheet)
        step()
    find_duplicates(ledger)
    learn_collectives(ledger)
    check_numbers(ledger)
    for sheet in loaded:
        check_sums(sheet, log)
        check_holders(sheet, ledger)
        read_modes(sheet, ledger)
        check_contracts(sheet, ledger)
        check_status(sheet, log)
        check_keepers(sheet, log)
        check_totals(sheet, log)
        step()
    read_names = {sheet.name for sheet in loaded}
    for grid in workbook.sheets:
        asked = grid.name not in read_names and (sheets is None or grid.name in sheets)
        if asked and (is_leftover(grid) or not check_summary(grid, ledger)):
            tell_leftover(grid, log)
    _quiet_duplicates(log)
    log.fold()
    if decisions:
        decide(log.findings, decisions)
    _settle(ledger)
    step()
    return _plan(workbook, ledger)


def _steps(progress: Progress | None) -> Any:
    """A counter of the planning's stages; cancelling happens between them."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(min(done, 20), 20)

    return step


def _find_sheets(
    workbook: Workbook, chosen: Collection[str] | None, saved: Mapping[str, dict[str, Any]] | None
) -> list[tuple[SheetGrid, SheetMapping]]:
    found: list[tuple[SheetGrid, SheetMapping]] = []
    for grid in workbook.sheets:
        if chosen is not None and grid.name not in chosen:
            continue
        if chosen is None and is_leftover(grid):
            continue
        if saved and grid.name in saved:
            found.append((grid, apply_mapping(grid, KIND, saved[grid.name])))
            continue
        mapping = recognise(grid, KIND)
        if mapping is not None:
            found.append((grid, mapping))
    return found


def _load(grid: SheetGrid, mapping: SheetMapping) -> AssetSheet:
    kinds = classify_rows(grid, mapping)
    rows = kinds.data
    cells = [grid.rows[row - 1] for row in rows]
    width = max(mapping.columns.values())
    short = any(len(line) < width for line in cells)
    raw: dict[str, list[Any]] = {}
    if short:
        cells = [line if len(line) >= width else [*line, *[""] * (width - len(line))] for line in cells]
    columns = list(zip(*(line[:width] for line in cells), strict=True)) or [()] * width
    for name, col in mapping.columns.items():
        raw[name] = list(columns[col - 1])
    titles = [grid.name, *(v for line in grid.rows[: mapping.header_rows[0] - 1] for v in line if isinstance(v, str))]
    category = next((c for c in map(category_in, titles) if c), None)
    return AssetSheet(grid, mapping, kinds, rows, raw, category=category)


def _stated_date(sheets: list[AssetSheet]) -> dt.date | None:
    """The latest 填报日期 the sheets state."""
    dates: list[dt.date] = []
    for sheet in sheets:
        for line in sheet.grid.rows[: sheet.mapping.header_rows[0] - 1]:
            for value in line:
                if isinstance(value, str) and (match := _DATE_LINE.search(compact(value))):
                    try:
                        dates.append(parse_partial_date(compact(value)[match.end() :]).last_day())
                    except DateError:
                        continue
    return max(dates, default=None)


def _narrowed(villages: Villages, workbook: Workbook, sheets: list[AssetSheet]) -> Villages:
    """The villages of the towns that titles name, or that the 坐落地点 column speaks of; all when none is named."""
    texts = [workbook.file_name]
    for sheet in sheets:
        texts.append(sheet.name)
        texts += [v for line in sheet.grid.rows[: sheet.mapping.header_rows[0] - 1] for v in line if isinstance(v, str)]
        texts += {v for v in sheet.raw.get("town", ()) if isinstance(v, str)}
    codes = villages.towns_named_in(texts)
    if not codes:
        return _best_town(villages, sheets)
    return Villages([v for v in villages.entries if v.town_code in set(codes)])


def _best_town(villages: Villages, sheets: list[AssetSheet]) -> Villages:
    """When no title names a town: the one town that knows at least half of the village names and twice any other's."""
    typed = {compact(v) for s in sheets for v in s.raw.get("village", ()) if isinstance(v, str) and v}
    hits: dict[str, int] = {}
    for village in villages.entries:
        if village.name in typed or village.official in typed:
            hits[village.town_code] = hits.get(village.town_code, 0) + 1
    ranked = sorted(hits.items(), key=lambda item: -item[1])
    if ranked and ranked[0][1] * 2 >= len(typed) and (len(ranked) == 1 or ranked[0][1] >= 2 * ranked[1][1]):
        return villages.within(ranked[0][0])
    return villages


def _quiet_duplicates(log: Log) -> None:
    """About a row that is another's duplicate nothing more is said; a probable one keeps its errors and warnings."""
    probable = {(id(e.sheet), e.at) for e in log.effects if e.set_aside and e.finding.code == "duplicate_probable"}
    gone: set[int] = set()
    for effect in log.effects:
        if effect.at not in effect.sheet.set_aside or effect.set_aside:
            continue
        if effect.finding.severity == "info" or (id(effect.sheet), effect.at) not in probable:
            gone.add(id(effect.finding))
    if gone:
        log.findings = [f for f in log.findings if id(f) not in gone]
        log.effects = [e for e in log.effects if id(e.finding) not in gone]


def _settle(ledger: Ledger) -> None:
    """Carry the decisions out on the values."""
    for effect in ledger.log.effects:
        finding = effect.finding
        if effect.set_aside:
            keep = finding.take == "value" and clean(str(finding.value)) in ("keep", "保留", "不是重复")
            probable = finding.code == "duplicate_probable" and finding.take is None
            if keep or probable:
                effect.sheet.set_aside.pop(effect.at, None)
            continue
        if finding.take == "proposed":
            changes = effect.proposed
        elif finding.take == "value":
            changes = _decided(ledger, effect)
        elif finding.take == "skip":
            changes = effect.kept
        else:
            continue
        for name, value in (changes or {}).items():
            effect.sheet.column(name)[effect.at] = value


def _decided(ledger: Ledger, effect: Effect) -> dict[str, Any]:
    """The changes a typed value makes; DecisionRefused when it cannot be read."""
    finding, sheet, at = effect.finding, effect.sheet, effect.at
    name, value = finding.field, finding.value
    place = sheet.column("place")[at]
    try:
        if finding.code == "category_mismatch":
            return {"category": _code("category", value)}
        if value is None or value == "":
            return dict.fromkeys(effect.proposed or {})
        if name in money_columns():
            return {f"{name}_fen": parse_money(_number(value), sheet.unit)}  # type: ignore[arg-type]
        if name == "built":
            date = parse_partial_date(value)
            return {"built_date": date.iso(), "built_precision": date.precision}
        if name == "village":
            found = ledger.villages.match(str(value))
            if found.village is None:
                raise ValueError("no village")
            return {"place": found.village}
        if name in RIGHTS:
            return _decided_holders(ledger, name, str(value), place, sheet.column("category")[at] == "household")
        if name == "contract_term":
            term = read_term(str(value))
            return {
                "contract_term": clean(str(value)),
                "contract_start": term[0] if term else None,
                "contract_end": term[1] if term else None,
            }
        if name == "status":
            return {"status": _code("status", value)}
        if name == "subcategory":
            return {"subcategory": _code("subcategory", value)}
        if name == "operation_mode":
            return {"operation_mode": _code("mode", value)}
        if name in ("linked_households", "jobs", "project_year"):
            return {name: int(value)}
    except (MoneyError, DateError, ValueError) as error:
        raise DecisionRefused(
            f"处理意见里“{finding.sheet}”第 {finding.row} 行 {finding.col} 列的值无法识别。",
            hint="没有导入任何内容，请改正后重试。",
        ) from error
    return {name: clean(str(value))}


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _code(table: str, value: Any) -> str:
    code = code_of(table, str(value))
    if code is None:
        raise ValueError("not in the list")
    return code


def _decided_holders(ledger: Ledger, right: str, text: str, place: Any, household: bool) -> dict[str, Any]:
    """A decided holder is taken as written: 村委会 stays the committee, several holders need shares."""

    def read(name: str) -> Holder:
        holder = read_holder(ledger, name, place)
        if household and holder.kind == "person":
            return Holder(holder.name, "household")
        return holder

    try:
        entries = [read(name).entry(s.numerator, s.denominator) for name, s in parse_holders(text)]
        level = "joint" if len(entries) > 1 else None
    except ValueError:
        holder = read(text)
        entries, level = [holder.entry()], None
        if holder.kind == "collective":
            level = "collective_village"
    changes: dict[str, Any] = {f"{right}_party": entries}
    if right == "ownership" and level:
        changes["ownership_level"] = level
    return changes


def _plan(workbook: Workbook, ledger: Ledger) -> ImportPlan:
    names = [grid.name for grid in workbook.sheets]
    findings = order(condense(ledger.log.findings), names)
    records = AssetRecords(ledger, workbook.file_name)
    count, total = 0, 0
    by_category: dict[str, dict[str, int]] = {c: {"count": 0, "original_value_fen": 0} for c in CATEGORY_WORDS}
    by_village: dict[str, dict[str, int]] = {}
    codes: set[str] = set()
    for sheet, rows in records.ready_rows():
        categories, fens, places = (sheet.column(n) for n in ("category", "original_value_fen", "place"))
        alike: dict[tuple[Any, int], list[int]] = {}
        for at in rows:
            alike.setdefault((categories[at], id(places[at])), []).append(at)
        for (category, _), found in alike.items():
            place, fen = places[found[0]], sum(fens[at] or 0 for at in found)
            count += len(found)
            total += fen
            if place is not None:
                codes.add(place.code)
            for group, key in ((by_category, category), (by_village, place.name if place else "")):
                if key is not None:
                    entry = group.setdefault(key, {"count": 0, "original_value_fen": 0})
                    entry["count"] += len(found)
                    entry["original_value_fen"] += fen
    totals = {
        "assets": count,
        "original_value_fen": total,
        "set_aside": len(records) - count,
        "by_category": by_category,
        "by_village": by_village,
        "villages": sorted(codes),
        "reference": ledger.reference.isoformat(),
        "units": {sheet.name: sheet.unit for sheet in ledger.sheets},
    }
    return ImportPlan(KIND, workbook.file_name, workbook.sha256, records, findings, totals)
