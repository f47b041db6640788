"""Puts the rows of a roster together into households, whether cells are merged, repeated in every row or left blank.

A merged range that swallows the first row of the next household (or starts a row early) is set right only when the
stated sizes prove it, and is always reported.
"""

from __future__ import annotations

import re
from typing import Any

from desktop.common.text import clean, is_placeholder
from desktop.exchange.workbook.roster.contradictions import name_key
from desktop.exchange.workbook.roster.home import choose_source
from desktop.exchange.workbook.roster.household_words import read_count
from desktop.exchange.workbook.roster.model import HOUSEHOLD_FIELDS, HouseholdDraft, Log, Roster, RosterSheet

_KEYS = ("household_no", "head_name", "serial")


def group_households(roster: Roster, log: Log) -> None:
    """Fills `households`, `household_of` and each household's `source` cells."""
    start = 0
    for index, sheet in enumerate(roster.sheets):
        rows = range(start, start + len(sheet.member_rows))
        start += len(sheet.member_rows)
        if not rows:
            continue
        sheet.repeated = _repeats(roster, sheet, rows)
        first = len(roster.households)
        _group_sheet(roster, sheet, index, rows)
        if not sheet.repeated:
            _mend_boundaries(roster, log, first)
    roster.household_of = [0] * len(roster)
    for number, household in enumerate(roster.households):
        for i in household.members + household.extra:
            roster.household_of[i] = number
    for household in roster.households:
        if household.members:
            _choose_sources(roster, household)


def _repeats(roster: Roster, sheet: RosterSheet, rows: range) -> bool:
    """Whether household cells stand in nearly every row: more rows with a key than one-per-household can give."""
    for name in ("household_no", "head_name", "household_type", "stated_size", "village"):
        if name in sheet.columns:
            texts = roster.text[name]
            filled = sum(1 for i in rows if texts[i])
            heads = sum(1 for i in rows if roster.relation[i] == "head")
            return filled > 0.9 * len(rows) and heads < 0.9 * len(rows)
    return False


def _keys(roster: Roster, sheet: RosterSheet, rows: range) -> list[tuple[str, str, str]]:
    """Household number, head's name and serial number of each row; the same empty key for rows without any."""
    none = ("", "", "")
    numbers, heads, serials = (roster.text[name] for name in _KEYS)
    keys: list[tuple[str, str, str]] = []
    for i in rows:
        number, head, serial = numbers[i], heads[i], serials[i]
        if number or head or serial:
            keys.append((number, name_key(head), "" if sheet.repeated else serial))
        else:
            keys.append(none)
    return keys


def _group_sheet(roster: Roster, sheet: RosterSheet, index: int, rows: range) -> None:
    by_number: dict[tuple[str, str], HouseholdDraft] = {}
    by_head: dict[tuple[str, str], HouseholdDraft] = {}
    keyed = any(name in sheet.columns for name in _KEYS)
    current: HouseholdDraft | None = None
    current_key = ("", "", "")
    for i, key in zip(rows, _keys(roster, sheet, rows), strict=True):
        number, head, serial = key
        village = roster.text["village"][i]
        is_head = roster.relation[i] == "head"
        if current is not None:
            if not any(key):
                if keyed or not is_head:
                    current.members.append(i)
                    continue
            elif sheet.repeated and _same_repeated(roster, sheet, current_key, key, is_head, current):
                current.members.append(i)
                continue
        known = (
            by_number.get((number, head)) if number else (None if serial or is_head else by_head.get((village, head)))
        )
        if known is not None and any(key):
            if known is current:
                known.members.append(i)
            else:
                known.extra.append(i)
            continue
        current = HouseholdDraft(key=number or serial or head, sheet=index, members=[i])
        current_key = key
        roster.households.append(current)
        if number:
            by_number[number, head] = current
        if head:
            by_head[village, head] = current


def _same_repeated(
    roster: Roster, sheet: RosterSheet, current: tuple[str, str, str], key: tuple[str, str, str], is_head: bool,
    household: HouseholdDraft,
) -> bool:  # fmt: skip
    if "household_no" in sheet.columns and (current[0] or key[0]):
        return current[0] == key[0] or (not key[0] and not is_head)
    if current[1] or key[1]:
        has_head = any(roster.relation[m] == "head" for m in household.members)
        return current[1] == key[1] and not (is_head and has_head)
    return not is_head


def _stated(roster: Roster, household: HouseholdDraft) -> int | None:
    text = roster.text["stated_size"][household.members[0]]
    return read_count(text) if text else None


def _mend_boundaries(roster: Roster, log: Log, first: int) -> None:
    """Moves rows over the border of two neighbouring households when only that makes both stated sizes right."""
    sheet = roster.sheets[roster.households[first].sheet]
    households = roster.households[first:]
    for k in range(len(households) - 1):
        one, two = households[k], households[k + 1]
        stated_one, stated_two = _stated(roster, one), _stated(roster, two)
        if stated_one is None or stated_two is None:
            continue
        surplus = len(one.members) - stated_one
        if surplus > 0 and len(two.members) + surplus == stated_two and stated_one > 0:
            moved = one.members[-surplus:]
            if not _border(roster, moved[0], two):
                continue
            _report_border(roster, log, sheet, one, two, moved, swallowed=True)
            del one.members[-surplus:]
            two.members[:0] = moved
        elif surplus < 0 and len(two.members) + surplus == stated_two:
            moved = two.members[:-surplus]
            if roster.relation[moved[0]] == "head" or roster.relation[two.members[-surplus]] != "head":
                continue
            _report_border(roster, log, sheet, one, two, moved, swallowed=False)
            one.members.extend(moved)
            two.cells_at = two.members[0]
            del two.members[:-surplus]


def _border(roster: Roster, i: int, following: HouseholdDraft) -> bool:
    """Whether row i begins the following household: its head, or the person its head-name cell names."""
    at = following.members[0]
    named = name_key(roster.text["head_name"][at]) == name_key(roster.name(i)) != ""
    without = not any(roster.relation[m] == "head" for m in following.members)
    return named or (without and roster.relation[i] == "head")


def _report_border(
    roster: Roster, log: Log, sheet: RosterSheet, one: HouseholdDraft, two: HouseholdDraft, moved: list[int], *,
    swallowed: bool,
) -> None:  # fmt: skip
    """One finding at the household's first merged cell, one at the row that was read into the wrong household."""
    column = min(sheet.columns[n] for n in (*HOUSEHOLD_FIELDS, "serial") if n in sheet.columns)
    first, last = roster.row_at[one.members[0]], roster.row_at[one.members[-1]]
    merged = any(r[0] <= roster.row_at[moved[0]] <= r[2] and r[0] < r[2] for r in sheet.grid.merged)
    begin = roster.row_at[two.members[0]]
    what = "合并单元格" if merged else "户信息"
    code = "merge_range_covers_next_household" if merged and swallowed else "household_border_misplaced"
    rows = list(range(first, last + 1)) if swallowed else [roster.row_at[i] for i in moved]
    where = "、".join(str(roster.row_at[i]) for i in moved)
    if swallowed:
        message = f"第 {first}–{last} 行的{what}多占了下一户的第 {where} 行，按家庭人口数和户主归回下一户，请核对"
    else:
        message = f"第 {begin} 行的{what}多占了上一户的第 {where} 行，按家庭人口数和户主归回上一户，请核对"
        first = begin
    raw = sheet.grid.value(first, column)
    log.put(sheet, first, column, code, "warning", message, raw, rows=rows, i=None)
    note = f"这一行属于{'下' if swallowed else '上'}一户，{what}却把它划到另一户"
    log.add(moved[0], ("head_name", "name"), code, "warning", note, rows=[roster.row_at[i] for i in moved])


def _choose_sources(roster: Roster, household: HouseholdDraft) -> None:
    """Where each household cell is read from; in a merged or blank layout the row that carries the cells."""
    sheet = roster.sheet_of(household.members[0])
    for name in (*HOUSEHOLD_FIELDS, "serial"):
        if name in sheet.columns:
            source = choose_source(roster, household, name)
            if source is not None:
                household.source[name] = source


_TOTAL = re.compile(r"小计|合计|总计|共计")
_COUNTS = re.compile(r"(\d+)\s*户.*?(\d+)\s*人")


def check_subtotals(roster: Roster, log: Log) -> None:
    """村小计 rows that state households and persons (62户185人) against the rows above them."""
    for index, sheet in enumerate(roster.sheets):
        mine = [h for h in roster.households if h.sheet == index and h.members]
        since = 0
        for row in sheet.subtotals:
            column, text = _first_text(sheet, row)
            match = _COUNTS.search(text)
            if not match:
                continue
            whole = bool(re.search(r"合计|总计|共计", text))
            start = 0 if whole else since
            inside = [h for h in mine if start < roster.row_at[h.members[0]] < row]
            people = sum(1 for h in inside for i in roster.living_members(h) if i not in h.extra)
            stated = (int(match[1]), int(match[2]))
            if stated != (len(inside), people):
                right = f"{len(inside)}户{people}人"
                message = f"小计写 {match[0]}，表中逐行数得 {right}，须核对是小计写错还是漏列"
                proposed = text.replace(match[0], right)
                log.put(sheet, row, column, "subtotal_count_differs", "error", message, text, proposed)
            since = row


def _first_text(sheet: RosterSheet, row: int) -> tuple[int, str]:
    for column in range(1, sheet.grid.n_cols + 1):
        value: Any = sheet.grid.value(row, column)
        if value not in ("", None):
            return column, clean(str(value))
    return 1, ""


def check_household_numbers(roster: Roster, log: Log) -> None:
    """户编号: missing among filled ones, of another length, or used by two households."""
    for index, sheet in enumerate(roster.sheets):
        if "household_no" not in sheet.columns:
            continue
        mine = [h for h in roster.households if h.sheet == index and h.members and "household_no" in h.source]
        texts = {id(h): roster.text["household_no"][h.source["household_no"]] for h in mine}
        lengths = [len(t) for t in texts.values() if t]
        usual = max(set(lengths), key=lengths.count) if lengths else 0
        first: dict[str, HouseholdDraft] = {}
        for household in mine:
            text, at = texts[id(household)], household.source["household_no"]
            if not text or is_placeholder(text):
                if len(lengths) > len(mine) // 2:
                    log.add(at, "household_no", "household_no_missing", "warning", "没有填户编号，请补填")
                continue
            household.values["national_household_no"] = text
            if len(text) != usual and lengths.count(usual) > 0.8 * len(lengths):
                message = f"户编号有 {len(text)} 位，本表多为 {usual} 位，请核对"
                log.add(at, "household_no", "household_no_format", "warning", message)
            other = first.setdefault(text, household)
            if other is not household:
                where = roster.row_at[other.source["household_no"]]
                message = f"与第 {where} 行的另一户户编号相同，户主却不同，须改正一户的编号"
                log.add(at, "household_no", "household_number_duplicate", "error", message, rows=[where])
