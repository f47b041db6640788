"""Where ID number, birth date, age, sex and disability number of a person contradict each other, and who stands twice.

R-ID-04, R-ID-06, R-ID-07, R-ID-09 of `validation_rule.csv`. Ages are judged by village first: a village that counts
虚岁, or whose ages were worked out at another date, is one finding with its rows.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from typing import Any

from desktop.common.text import clean, compact, is_placeholder
from desktop.exchange.workbook.roster.identity import (
    _plain,
    completed_years,
    id_date,
    id_sex,
    read_birth,
)
from desktop.exchange.workbook.roster.model import Log, Roster
from desktop.exchange.workbook.roster.words import code_by_name, relations

KEEP = "keep"
"""The value that keeps the later row of a person found in two households and sets the first one aside."""
_PATTERN_SHARE = 0.6
_PATTERN_ROWS = 8
"""An age pattern of a village needs at least this many rows and this share of the rows that can be told apart."""


def check_birth_dates(roster: Roster, log: Log, today: dt.date) -> None:
    """Birth-date cells against ID numbers (R-ID-07): the stated age decides which of the two is doubted."""
    for i in range(len(roster)):
        id18 = roster.id18[i]
        if id18 is None or len(id18) != 18 or not roster.has(i, "birth_date"):
            continue
        raw = roster.raw["birth_date"][i]
        if raw.__class__ is str and raw == f"{id18[6:10]}-{id18[10:12]}-{id18[12:14]}":
            continue
        stated = read_birth(raw, today)
        own = id_date(id18)
        if stated.iso is None or own is None or own.isoformat().startswith(stated.iso):
            continue
        age = roster.stated_age[i]
        by_birth = stated.date is not None and age is not None and _fits(stated.date, age, roster.at(i))
        if by_birth and age is not None and not _fits(own, age, roster.at(i)):
            code = "id_number_differs_from_birth_and_age"
            said = f"证件号里的出生日期是 {own.isoformat()}，与填写的出生日期、年龄都不符"
            log.add(i, "id_no", code, "error", said + "，像是别人的证件号，须对照证件登记")
            if not roster.settled(i, "id_no", code):
                roster.id_problem[i] = True
                roster.birth[i] = stated.date
                roster.birth_text[i] = (stated.iso, stated.precision or "day")
            continue
        message = f"出生日期写 {stated.iso}，证件号里是 {own.isoformat()}，请对照证件确认"
        log.add(i, "birth_date", "birth_date_differs_from_id", "warning", message, own.isoformat())


def _fits(birth: dt.date, age: int, at: dt.date) -> bool:
    """Whether an age is a completed or a nominal one (虚岁) of that birth date."""
    return age in (completed_years(birth, at), at.year - birth.year + 1)


def check_sexes(roster: Roster, log: Log) -> None:
    """Sex cells against character 17 of the ID number (R-ID-06); the relation decides which of the two is doubted."""
    facts = relations()
    for i in range(len(roster)):
        id18, stated = roster.id18[i], roster.value("sex", i)
        if id18 is None or len(id18) != 18 or stated is None or roster.id_problem[i]:
            continue
        by_id = id_sex(id18)
        if by_id == stated:
            continue
        word = {"1": "男", "2": "女"}
        relation = roster.relation[i]
        wanted = {"M": "1", "F": "2"}.get(facts[relation].sex if relation else "", "")
        if relation == "spouse":
            household = roster.households[roster.household_of[i]]
            head = next((m for m in household.members if roster.relation[m] == "head" and m != i), None)
            head_sex = roster.sex[head] if head is not None else None
            wanted = {"1": "2", "2": "1"}.get(head_sex or "", "")
        message = f"性别写“{word[stated]}”，证件号第 17 位是“{word[by_id]}”，请对照证件确认"
        right = stated if wanted == stated else by_id
        log.add(i, ("sex", "id_no"), "sex_differs_from_id", "warning", message, word[right])
        if wanted == stated:
            roster.sex[i] = stated
            said = f"证件号第 17 位是“{word[by_id]}”，而性别和与户主关系都是“{word[stated]}”"
            log.add(i, "id_no", "id_number_differs_from_sex", "warning", said + "，证件号可能写错，请对照证件确认")


def check_ages(roster: Roster, log: Log) -> None:
    """Stated ages against completed years at the reference date, village by village."""
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for i in range(len(roster)):
        birth = roster.birth[i]
        roster.age.append(completed_years(birth, roster.at(i)) if birth else None)
        if roster.has(i, "age"):
            raw = roster.raw["age"][i]
            if roster.stated_age[i] is None and raw not in ("", None) and not is_placeholder(clean(str(raw))):
                message = f"年龄“{clean(str(raw))}”不是数字"
                log.add(i, "age", "age_not_number", "warning", message, roster.age[i])
            elif birth and roster.stated_age[i] is not None:
                village = str(roster.households[roster.household_of[i]].values.get("village_name") or "")
                groups[roster.sheet_at[i], village].append(i)
    for rows in groups.values():
        _check_ages_of_village(roster, log, rows)
    for i, age in enumerate(roster.age):
        if age is None:
            roster.age[i] = roster.stated_age[i]


def _check_ages_of_village(roster: Roster, log: Log, rows: list[int]) -> None:
    at = roster.at(rows[0])
    kinds: dict[str, list[int]] = defaultdict(list)
    right: list[int] = []
    for i in rows:
        birth, stated = roster.birth[i], roster.stated_age[i]
        if birth is None or stated is None:
            continue
        full = completed_years(birth, at)
        if stated == full:
            right.append(i)
            continue
        if stated == at.year - birth.year + 1:
            kinds["nominal"].append(i)
        if stated == at.year - birth.year:
            kinds["year_only"].append(i)
        if stated == full - 1:
            kinds["a_year_ago"].append(i)
    patterns = {
        "nominal": ("age_nominal_in_village", "年龄都按虚岁填写（出生年到填报年加 1），导入后一律按证件日期计算周岁"),
        "year_only": ("age_by_year_only", "年龄都只按年份相减、没有看生日，导入后一律按证件日期计算周岁"),
        "a_year_ago": ("age_of_last_year", "年龄都比填报日期时小 1 岁，像是去年的表，导入后一律按证件日期计算周岁"),
    }
    explained: set[int] = set()
    if kinds:
        kind = max(kinds, key=lambda k: len(kinds[k]))
        found = kinds[kind]
        if len(found) >= _PATTERN_ROWS and len(found) >= _PATTERN_SHARE * (len(rows)):
            code, message = patterns[kind]
            where = roster.households[roster.household_of[found[0]]].values.get("village_name") or "本表"
            numbers = [roster.row_at[i] for i in found]
            log.add(found[0], "age", code, "warning", f"{where}共 {len(found)} 人的{message}", rows=numbers)
            explained = set(found)
    for i in rows:
        birth, stated = roster.birth[i], roster.stated_age[i]
        if birth is None or stated is None or i in explained or stated == (full := completed_years(birth, at)):
            continue
        if abs(stated - full) == 1 and roster.birth_text[i] and (roster.birth_text[i] or ("", ""))[1] != "day":
            continue
        hint = "，像是虚岁" if stated == at.year - birth.year + 1 else ""
        message = f"年龄写 {stated}，按出生日期到 {at.isoformat()} 应为 {full} 周岁{hint}"
        log.add(i, "age", "age_differs_from_birth", "warning", message, full)


_PERSON_CELLS = ("name", "sex", "id_no", "birth_date", "relation", "nation", "education", "student_status", "health")


def name_key(text: str) -> str:
    """A name without what people add or vary: brackets, blanks, the shape of the separator."""
    if text.isalpha():
        return text
    return re.sub(r"[•．‧・∙●.]", "·", re.sub(r"\(.*?\)", "", compact(text)))


def find_duplicates(roster: Roster, log: Log) -> None:
    """Who stands twice (R-ID-04): the same person again is set aside, one number for two people is an error."""
    by_id: dict[str, list[int]] = defaultdict(list)
    by_birth: dict[tuple[str, dt.date], list[int]] = defaultdict(list)
    for i in range(len(roster)):
        id18 = roster.id18[i]
        if id18:
            by_id[id18].append(i)
        birth = roster.birth[i]
        if birth and roster.name(i):
            by_birth[name_key(roster.name(i)), birth].append(i)
    for group in by_id.values():
        if len(group) > 1:
            _same_number(roster, log, group)
    for group in by_birth.values():
        if len(group) > 1:
            _same_birth(roster, log, [i for i in group if i not in roster.dropped])


def _order(roster: Roster, i: int) -> tuple[bool, int]:
    """Rows of a supplement count as later than rows of the list itself."""
    return i in roster.households[roster.household_of[i]].extra, i


def _place(roster: Roster, i: int, other: int) -> str:
    same = roster.sheet_at[i] == roster.sheet_at[other]
    return f"第 {roster.row_at[other]} 行" if same else f"“{roster.sheet_of(other).name}”第 {roster.row_at[other]} 行"


def _same_number(roster: Roster, log: Log, group: list[int]) -> None:
    group = sorted(group, key=lambda i: _order(roster, i))
    people: dict[str, list[int]] = defaultdict(list)
    for i in group:
        people[name_key(roster.name(i))].append(i)
    for same in people.values():
        first = same[0]
        for i in same[1:]:
            _set_aside(roster, log, first, i)
    if len(people) < 2:
        return
    firsts = [same[0] for same in people.values()]
    sound = [i for i in firsts if not roster.id_problem[i]]
    for i in firsts:
        others = [o for o in firsts if o != i]
        where = "、".join(_place(roster, i, o) for o in others)
        rows = [roster.row_at[o] for o in others]
        if sound == [i]:
            message = f"{where}用了同一证件号，而本行与出生日期相符：请确认本行无误"
            log.add(i, "id_no", "id_number_duplicate", "warning", message, rows=rows)
        else:
            message = f"与{where}的证件号相同，姓名却不同：须对照证件，错的一方重新登记"
            log.add(i, "id_no", "id_number_duplicate", "error", message, rows=rows)
            if not roster.settled(i, "id_no", "id_number_duplicate"):
                roster.id_problem[i] = True


def _set_aside(roster: Roster, log: Log, first: int, i: int) -> None:
    kept = (roster.sheet_of(i).name, roster.row_at[i]) in roster.choices.kept
    same_household = roster.household_of[first] == roster.household_of[i]
    where, rows = _place(roster, i, first), [roster.row_at[first]]
    if same_household:
        cells = [c for c in _PERSON_CELLS if roster.has(first, c) and roster.has(i, c)]
        exact = all(roster.raw[c][first] == roster.raw[c][i] for c in cells)
        trimmed = all(roster.text[c][first] == roster.text[c][i] for c in cells)
        code = "duplicate_exact" if exact else ("duplicate_after_trimming" if trimmed else "duplicate_same_id")
        message = f"与{where}是同一人（证件号相同），本行不导入"
    else:
        code = "person_in_two_households"
        message = f"此人已登记在{where}的另一户，须确认现在属于哪一户；未确认前本行不导入"
    options = ["skip"] if same_household else ["skip", KEEP]
    log.add(i, "name", code, "error", message, rows=rows, options=options)
    log.add(i, "id_no", "id_number_duplicate", "error", f"证件号与{where}相同", rows=rows, options=["skip"])
    roster.dropped[first if kept else i] = code


def _same_birth(roster: Roster, log: Log, group: list[int]) -> None:
    """The same name and birth date where an ID number is missing or broken on one side."""
    group = sorted(group, key=lambda i: _order(roster, i))
    for k, i in enumerate(group[1:], 1):
        for first in group[:k]:
            if roster.id18[first] and roster.id18[i]:
                if roster.household_of[first] != roster.household_of[i]:
                    continue
                message = f"与{_place(roster, i, first)}同户、同名、同一天出生，证件号却不同：请确认是否同一人"
            else:
                message = f"与{_place(roster, i, first)}同名、同一天出生，请确认是否同一人"
            log.add(i, "name", "duplicate_probable", "warning", message, rows=[roster.row_at[first]], options=["skip"])
            break


def check_disability(roster: Roster, log: Log) -> None:
    """Disability numbers against ID numbers and health (R-ID-09, R-HL-01); the number's own category and grade."""
    names = code_by_name("health_status_survey")
    for i in range(len(roster)):
        codes = (roster.value("health", i) or "").split(",")
        reading = roster.word("health", i)
        raw = roster.raw["disability_no"][i] if roster.has(i, "disability_no") else ""
        text = clean(str(raw)) if raw not in ("", None) else ""
        if not text or is_placeholder(text):
            if "disabled" in codes:
                message = "健康状况为残疾，却没有残疾证号：有证请补填，无证请改健康状况"
                log.add(i, ("disability_no", "health"), "disability_no_missing", "warning", message)
            continue
        if roster.has(i, "health") and reading.value and "disabled" not in codes:
            others = [n for n, c in names.items() if c in codes and c != "healthy"]
            message = "填了残疾证号，健康状况却没有“残疾”，请确认"
            log.add(i, "health", "health_without_disability", "warning", message, "、".join([*others, "残疾"]))
        _check_disability_no(roster, log, i, raw)


def _check_disability_no(roster: Roster, log: Log, i: int, raw: Any) -> None:
    if isinstance(raw, float | int) and not isinstance(raw, bool):
        message = "Excel 把残疾证号存成数字，末几位已经丢失：须对照残疾证重新登记"
        log.add(i, "disability_no", "disability_no_lost_precision", "error", message)
        return
    plain, steps = _plain(str(raw))
    plain = plain.upper()
    if not re.fullmatch(r"\d{17}[\dX]\d{2}([0-9A-Z]{2})?", plain):
        if re.fullmatch(r"[\dA-Z]+", plain) and len(plain) not in (20, 22):
            message = f"残疾证号有 {len(plain)} 位，应为 20 位（补办的 22 位），须对照残疾证登记"
            log.add(i, "disability_no", "disability_no_length", "error", message)
        else:
            log.add(i, "disability_no", "disability_no_invalid", "error", "残疾证号无法识别，须对照残疾证登记")
        return
    id18 = roster.id18[i]
    if id18 and plain[:18] != id18:
        message = "残疾证号前 18 位与身份证号不同，须对照两证登记"
        log.add(i, "disability_no", "disability_no_differs_from_id", "error", message)
        return
    if plain[18] not in "1234567":
        message = f"残疾证号第 19 位（类别）是 {plain[18]}，只能是 1–7，须对照残疾证登记"
        log.add(i, "disability_no", "disability_category_invalid", "error", message)
        return
    if plain[19] not in "1234":
        message = f"残疾证号第 20 位（等级）是 {plain[19]}，只能是 1–4，须对照残疾证登记"
        log.add(i, "disability_no", "disability_grade_invalid", "error", message)
        return
    said = dict(roster.word("health", i).extra)
    for name, at, title in (("disability_category", 18, "类别"), ("disability_grade", 19, "等级")):
        if name in said and said[name] != plain[at]:
            message = f"健康状况写的残疾{title}与残疾证号不同，请对照残疾证确认"
            log.add(i, "health", "health_differs_from_disability_no", "warning", message)
    if steps:
        log.add(i, "disability_no", "disability_no_format", "info", "残疾证号里的空格、符号已规范", plain)
    elif len(plain) == 22:
        log.add(i, "disability_no", "disability_no_22_digits", "info", "22 位残疾证号（补办），按原样登记")
    roster.disability_no[i] = plain
