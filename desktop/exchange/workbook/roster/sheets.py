"""Finds the rosters in a workbook and loads their rows into one `Roster`: header, units, dates, member rows.

Hidden sheets are left alone unless asked for; rows of subtotals, repeated headers, section titles and signatures are
told apart.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from desktop.common.divisions import Villages
from desktop.common.errors import InputRefused
from desktop.common.text import compact, narrow
from desktop.exchange.workbook.findings import Finding
from desktop.exchange.workbook.mapping import SheetMapping, apply_mapping, classify_rows, recognise, words
from desktop.exchange.workbook.reader import SheetGrid, Workbook, column_letters
from desktop.exchange.workbook.roster.model import Choices, Roster, RosterSheet
from desktop.exchange.workbook.roster.places import find_town
from desktop.exchange.workbook.roster.words import key

KIND = "roster"
_DATE = re.compile(r"(20\d\d)[年.\-/](1[0-2]|0?[1-9])(?:[月.\-/](3[01]|[12]\d|0?[1-9])?日?)?")
_COUNTED = re.compile(r"小计|合计|总计|共计")


def find_sheets(
    workbook: Workbook,
    villages: Villages,
    *,
    only: Collection[str] | None = None,
    saved: Mapping[str, dict[str, Any]] | None = None,
) -> tuple[list[RosterSheet], list[SheetMapping], list[Finding]]:
    """The roster sheets, their mappings, and findings about the sheets themselves. InputRefused when there is none."""
    sheets: list[RosterSheet] = []
    mappings: list[SheetMapping] = []
    findings: list[Finding] = []
    for grid in workbook.sheets:
        if only is not None and grid.name not in only:
            continue
        mapping = apply_mapping(grid, KIND, saved[grid.name]) if saved and grid.name in saved else recognise(grid, KIND)
        if mapping is None:
            continue
        if grid.state != "visible" and only is None:
            message = "隐藏的工作表，没有导入；确要导入请指定工作表"
            findings.append(Finding(grid.name, 1, "A", "leftover_hidden_sheet", "warning", message))
            continue
        sheet = _make_sheet(grid, mapping, villages, findings)
        if sheet.member_rows:
            sheets.append(sheet)
            mappings.append(mapping)
    if not sheets:
        raise InputRefused(
            "没有找到住户花名册：任何工作表里都认不出“姓名”等列。",
            hint="没有导入任何内容，请核对工作表，或用列对应文件指明各列。",
        )
    return sheets, mappings, findings


def _make_sheet(grid: SheetGrid, mapping: SheetMapping, villages: Villages, findings: list[Finding]) -> RosterSheet:
    kinds = classify_rows(grid, mapping)
    titles = [
        str(v) for row in range(1, mapping.header_rows[0]) for v in grid.rows[row - 1] if isinstance(v, str) and v
    ]
    units = {name: mapping.header_units.get(name) or mapping.unit for name in ("net_income", "per_capita_income")}
    sheet = RosterSheet(
        grid=grid,
        columns=dict(mapping.columns),
        header_rows=tuple(mapping.header_rows),
        member_rows=_member_rows(grid, mapping, kinds.data),
        units=units,
        reference=stated_date([*titles, grid.name]),
        subtotals=sorted(
            r
            for r in {*kinds.subtotal, *kinds.total, *kinds.note}
            if any(_COUNTED.search(str(v)) for v in grid.rows[r - 1])
        ),
    )
    sheet.town, sheet.village = find_town(villages, sheet, titles)
    for row in kinds.header_again:
        column = min(mapping.columns.values())
        raw = grid.value(row, column)
        message = "表头又出现了一次，这一行不导入"
        findings.append(
            Finding(grid.name, row, column_letters(column), "repeated_header_row", "info", message, raw or None)
        )
    empty = _empty_rows(grid, mapping, kinds.data)
    if empty:
        message = f"表中间有 {len(empty)} 个空行，已跳过"
        findings.append(Finding(grid.name, empty[0], "A", "empty_row", "info", message, rows=empty))
    return sheet


def _member_rows(grid: SheetGrid, mapping: SheetMapping, data: list[int]) -> list[int]:
    """The rows that name a person, or have at least two cells that only a person has."""
    name = mapping.columns.get("name", 0) - 1
    others = [mapping.columns[n] - 1 for n in ("id_no", "relation", "sex", "birth_date") if n in mapping.columns]
    rows: list[int] = []
    for row in data:
        cells = grid.rows[row - 1]
        width = len(cells)
        named = 0 <= name < width and cells[name] and str(cells[name]).strip()
        if named or sum(1 for c in others if c < width and cells[c] and str(cells[c]).strip()) >= 2:
            rows.append(row)
    return rows


def _empty_rows(grid: SheetGrid, mapping: SheetMapping, data: list[int]) -> list[int]:
    between = set(range(mapping.first_row, max(data, default=0))) - set(data)
    return sorted(r for r in between if not any(v not in ("", None) and str(v).strip() for v in grid.rows[r - 1]))


def stated_date(texts: Collection[str]) -> dt.date | None:
    """The date a heading states (填报日期：2025年6月30日); a bare month means its last day."""
    for text in texts:
        for match in _DATE.finditer(narrow(compact(text))):
            year, month = int(match[1]), int(match[2])
            last = calendar.monthrange(year, month)[1]
            if match[3] is None:
                return dt.date(year, month, last)
            if int(match[3]) <= last:
                return dt.date(year, month, int(match[3]))
    return None


def with_edits(sheets: list[RosterSheet], choices: Choices) -> list[RosterSheet]:
    """The sheets with decided cells in place of the typed ones; the originals stay as they are."""
    by_sheet: dict[str, dict[int, dict[int, Any]]] = {}
    for (name, row, column), value in choices.edits.items():
        by_sheet.setdefault(name, {}).setdefault(row, {})[column] = "" if value is None else value
    result: list[RosterSheet] = []
    for sheet in sheets:
        edits = by_sheet.get(sheet.name)
        if edits:
            rows = list(sheet.grid.rows)
            for row, cells in edits.items():
                line = list(rows[row - 1])
                line.extend([""] * (max(cells) - len(line)))
                for column, value in cells.items():
                    line[column - 1] = value
                rows[row - 1] = line
            old = sheet.grid
            grid = SheetGrid(
                old.name,
                rows,
                old.state,
                old.merged,
                old.hidden_rows,
                old.hidden_cols,
                old.comments,
                old.formulas,
                old.typed,
            )
        else:
            grid = sheet.grid
        result.append(
            RosterSheet(
                grid,
                sheet.columns,
                sheet.header_rows,
                sheet.member_rows,
                sheet.units,
                sheet.reference,
                sheet.town,
                sheet.village,
                sheet.subtotals,
            )
        )
    return result


def _columns(sheet: RosterSheet) -> list[tuple[Any, ...]]:
    """The member rows turned into columns; short rows are filled up with empty cells."""
    rows = [sheet.grid.rows[row - 1] for row in sheet.member_rows]
    width = max(map(len, rows))
    if any(len(row) != width for row in rows):
        rows = [row if len(row) == width else [*row, *[""] * (width - len(row))] for row in rows]
    return list(zip(*rows, strict=True))


def load(sheets: list[RosterSheet], choices: Choices) -> Roster:
    """All member rows as columns. Fields that a sheet does not have are empty there."""
    roster = Roster(sheets, choices=choices)
    for index, sheet in enumerate(sheets):
        roster.sheet_at.extend([index] * len(sheet.member_rows))
        roster.row_at.extend(sheet.member_rows)
    n = len(roster)
    tables = [_columns(sheet) for sheet in sheets]
    for name in words(KIND).fields:
        if not any(name in sheet.columns for sheet in sheets):
            roster.raw[name] = roster.text[name] = [""] * n
            continue
        raw: list[Any] = []
        for sheet, table in zip(sheets, tables, strict=True):
            column = sheet.columns.get(name)
            raw.extend(table[column - 1] if column and column <= len(table) else [""] * len(sheet.member_rows))
        roster.raw[name] = raw
        known = {v: key(v) for v in set(raw)}
        roster.text[name] = [known[v] for v in raw]
    roster.person_missing = [{} for _ in range(n)]
    roster.person_notes = [[] for _ in range(n)]
    roster.disability_no = [None] * n
    for i in range(n):
        if (sheets[roster.sheet_at[i]].name, roster.row_at[i]) in choices.dropped:
            roster.dropped[i] = "decision"
    return roster


def settle_reference(roster: Roster, explicit: dt.date | None, today: dt.date) -> None:
    """The date ages are counted to: as given, as a sheet states it, the one that explains most ages, or today."""
    stated = Counter(s.reference for s in roster.sheets if s.reference)
    common = explicit or (stated.most_common(1)[0][0] if stated else None)
    if common is None:
        common = _infer(roster, today) or today
    for sheet in roster.sheets:
        sheet.reference = explicit or sheet.reference or common


def _infer(roster: Roster, today: dt.date) -> dt.date | None:
    """The last day on which most stated ages are completed years; None when fewer than 4 in 5 agree."""
    changes: Counter[dt.date] = Counter()
    known = 0
    for i in range(len(roster)):
        birth, age = roster.birth[i], roster.stated_age[i]
        if birth is None or age is None or birth.year + age + 1 > 9999:
            continue
        known += 1
        month, date = (3, 1) if (birth.month, birth.day) == (2, 29) else (birth.month, birth.day)
        changes[dt.date(birth.year + age, month, date)] += 1
        changes[dt.date(birth.year + age + 1, month, date)] -= 1
    if known < 20:
        return None
    best, count, until = 0, 0, today
    days = sorted(changes)
    for at, start in enumerate(days):
        if start > today:
            break
        count += changes[start]
        if count > best:
            best = count
            following = days[at + 1] if at + 1 < len(days) else today
            until = min(following - dt.timedelta(days=1), today)
    return until if best >= 0.8 * known else None
