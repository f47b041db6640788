"""Who is whose: one head, one spouse, relations that fit sex and age, the head's name, the stated size.

R-HH-01 to R-HH-07 of `validation_rule.csv`, over the households that `roster_grouping` put together.
"""

from __future__ import annotations

from typing import Any

from desktop.exchange.workbook.roster.contradictions import name_key
from desktop.exchange.workbook.roster.household_words import read_count
from desktop.exchange.workbook.roster.model import HouseholdDraft, Log, Roster
from desktop.exchange.workbook.roster.words import relations

_OF_SEX = {
    "1": {"child": "son", "parent": "father", "grandchild": "grandson", "grandparent": "grandfather"},
    "2": {"child": "daughter", "parent": "mother", "grandchild": "granddaughter", "grandparent": "grandmother"},
}
_TWO_WAY: dict[str, tuple[str, ...]] = {
    "父子": ("son", "father"),
    "父女": ("daughter", "father"),
    "母子": ("son", "mother"),
    "母女": ("daughter", "mother"),
    "夫妇": ("spouse",),
    "夫妻": ("spouse",),
    "媳妇": ("spouse", "daughter_in_law"),
    "婆婆": ("mother_in_law_husband_side", "grandmother", "maternal_grandmother"),
}
_OTHER_SEX = {
    "son": "daughter",
    "daughter_in_law": "son_in_law",
    "grandson": "granddaughter",
    "maternal_grandson": "maternal_granddaughter",
    "father": "mother",
    "father_in_law_wife_side": "mother_in_law_wife_side",
    "father_in_law_husband_side": "mother_in_law_husband_side",
    "grandfather": "grandmother",
    "maternal_grandfather": "maternal_grandmother",
    "great_grandson": "great_granddaughter",
    "nephew": "niece",
}
_OTHER_SEX |= {b: a for a, b in _OTHER_SEX.items()}

GENERATION_YEARS = 16
"""A parent is at least this much older than a child (R-HH-06)."""


def check_households(roster: Roster, log: Log) -> None:
    """All kinship rules, household by household; fills `head` and each household's counted size."""
    for household in roster.households:
        members = roster.living_members(household)
        if not members:
            continue
        _check_head(roster, log, household, members)
        _check_spouses(roster, log, household, members)
        for i in members:
            _check_relation(roster, log, household, i)
        _check_size(roster, log, household, members)


def guess_relation(roster: Roster, i: int, head: int | None) -> str | None:
    """The relation that age and sex leave open, when it is only one; None when it cannot be told."""
    if head is None or i == head:
        return None
    written = roster.text["relation"][i]
    sex, years = roster.sex[i], _older(roster, head, i)
    if sex not in _OF_SEX or years is None:
        return None
    household = roster.households[roster.household_of[i]]
    married = any(roster.relation[m] == "spouse" for m in roster.living_members(household) if m != i)
    facts = relations()
    if written in _TWO_WAY:
        fitting = []
        for relation in _TWO_WAY[written]:
            wanted, generation = facts[relation].sex, facts[relation].generation or 0
            if wanted in "MF" and wanted != ("M" if sex == "1" else "F"):
                continue
            if relation == "spouse":
                if abs(years) < GENERATION_YEARS and not married and sex != roster.sex[head]:
                    fitting.append(relation)
            elif (years if generation < 0 else -years) >= GENERATION_YEARS * abs(generation):
                fitting.append(relation)
        return fitting[0] if len(fitting) == 1 else None
    if GENERATION_YEARS <= years < 45:
        return _OF_SEX[sex]["child"]
    if years <= -GENERATION_YEARS and years > -45:
        return _OF_SEX[sex]["parent"]
    if abs(years) < GENERATION_YEARS and not married and sex != roster.sex[head]:
        return "spouse"
    return None


def _older(roster: Roster, a: int, b: int) -> int | None:
    """How many years a is older than b."""
    first, second = roster.birth[a], roster.birth[b]
    if first and second:
        return (second - first).days // 365 if second >= first else -((first - second).days // 365)
    older, younger = roster.age[a], roster.age[b]
    return older - younger if older is not None and younger is not None else None


def _named(code: str | None) -> str | None:
    return relations()[code].name if code else None


def _check_head(roster: Roster, log: Log, household: HouseholdDraft, members: list[int]) -> None:
    heads = [i for i in members if roster.relation[i] == "head"]
    written = household.values.get("head_name") or ""
    by_name = [i for i in members if written and name_key(roster.name(i)) == name_key(written)]
    if not heads:
        candidate = by_name[0] if by_name else members[0]
        hint = "，户主姓名一栏写的是此人" if by_name else ""
        message = f"这一户没有户主{hint}，须指定一人为户主"
        log.add(candidate, "relation", "head_missing", "error", message, "户主" if by_name else None)
        household.head = candidate if by_name else None
        return
    named = [i for i in heads if i in by_name]
    head = named[0] if named else heads[0]
    household.head = head
    for i in heads:
        if i != head:
            message = f"这一户有 {len(heads)} 个户主，只能有一个，须改此人与户主的关系"
            log.add(i, "relation", "head_more_than_one", "error", message, _named(guess_relation(roster, i, head)))
    source = household.source.get("head_name")
    if written and not by_name and source is not None:
        if "name" in roster.person_missing[head] or "?" in written or "？" in written:
            return  # a lost character: the name itself is asked
        message = "户主姓名与本户任何成员都不符，请确认户主是谁"
        log.add(source, "head_name", "head_name_not_a_member", "error", message, roster.name(head))
    elif by_name and head not in by_name and source is not None:
        relation = _named(roster.relation[by_name[0]]) or "成员"
        message = f"户主姓名写的是本户的{relation}，与户主的成员是另一人，请确认户主是谁"
        log.add(source, "head_name", "head_name_differs", "error", message, roster.name(head))


def _check_spouses(roster: Roster, log: Log, household: HouseholdDraft, members: list[int]) -> None:
    spouses = [i for i in members if roster.relation[i] == "spouse"]
    head = household.head
    if not spouses or head is None:
        return
    if len(spouses) > 1:

        def unlikely(i: int) -> tuple[bool, int]:
            years = _older(roster, head, i)
            return roster.sex[i] == roster.sex[head], abs(years) if years is not None else 999

        keep = min(spouses, key=unlikely)
        for i in spouses:
            if i != keep:
                message = f"这一户有 {len(spouses)} 个配偶，只能有一个，须改此人与户主的关系"
                guess = guess_relation(roster, i, head)
                log.add(i, "relation", "spouse_more_than_one", "error", message, _named(guess))
        spouses = [keep]
    spouse = spouses[0]
    stated_head, stated_spouse = roster.value("sex", head), roster.value("sex", spouse)
    if stated_head and stated_head == stated_spouse:
        right = roster.sex[head] != roster.sex[spouse]
        at = spouse
        if right and roster.sex[head] != stated_head:
            at = head
        word = {"1": "男", "2": "女"}
        message = f"户主与配偶的性别都写“{word[stated_head]}”，须对照证件改正"
        log.add(
            at,
            ("sex", "relation"),
            "spouse_same_sex",
            "error",
            message,
            word.get(roster.sex[at] or "") if right else None,
        )
    elif roster.sex[head] and roster.sex[head] == roster.sex[spouse]:
        message = "户主与配偶按证件号是同一性别，须对照证件确认"
        log.add(spouse, "relation", "spouse_same_sex", "error", message)


def _check_relation(roster: Roster, log: Log, household: HouseholdDraft, i: int) -> None:
    reading = roster.word("relation", i)
    guess = _named(guess_relation(roster, i, household.head)) if reading.value is None else None
    if reading.level and roster.has(i, "relation"):
        log.reading(i, "relation", reading, guess)
        if reading.value is None:
            roster.person_missing[i]["relation"] = "to_collect"
            if roster.text["relation"][i]:
                roster.person_notes[i].append(f"与户主关系原写“{roster.text['relation'][i]}”")
    relation = roster.relation[i]
    if relation is None:
        return
    facts = relations()[relation]
    sex = roster.sex[i]
    if facts.sex in ("M", "F") and sex in ("1", "2") and (facts.sex == "M") != (sex == "1"):
        word = "男" if sex == "1" else "女"
        message = f"与户主关系是“{facts.name}”，此人却是{word}性，请确认关系或性别"
        log.add(i, "relation", "relation_differs_from_sex", "warning", message, _named(_OTHER_SEX.get(relation)))
    head = household.head
    if head is None or head == i or not facts.generation or relation in ("uncle", "nephew", "niece"):
        return
    years = _older(roster, head, i)
    if years is None or roster.id_problem[i] or roster.id_problem[head]:
        return
    in_law = relation.endswith("_in_law") or "_in_law_" in relation
    needed = abs(facts.generation) * GENERATION_YEARS - (6 if in_law else 0)
    apart = years if facts.generation < 0 else -years
    if apart < needed:
        if apart < 0:
            message = f"“{facts.name}”的年龄与户主颠倒，请确认关系或出生日期"
        else:
            message = f"“{facts.name}”与户主只差 {apart} 岁，请确认关系或出生日期"
        log.add(i, "relation", "relation_age_unlikely", "warning", message)


def _check_size(roster: Roster, log: Log, household: HouseholdDraft, members: list[int]) -> None:
    source = household.source.get("stated_size")
    if source is None:
        return
    raw: Any = roster.raw["stated_size"][source]
    text = roster.text["stated_size"][source]
    stated = read_count(text) if text else None
    counted = len(members)
    if stated is None:
        if raw in ("", None):
            message = f"没有填家庭人口，本户列了 {counted} 人"
            log.add(source, "stated_size", "household_size_missing", "info", message, counted)
        else:
            log.add(source, "stated_size", "household_size_not_number", "warning", "家庭人口不是数字", counted)
        return
    household.values["stated_size"] = stated
    left_out = sum(1 for i in household.members if roster.dropped.get(i) == "decision")
    if stated not in (counted, counted + left_out):
        message = f"家庭人口写 {stated} 人，本户列了 {counted} 人，须补人或改数"
        log.add(source, "stated_size", "household_size_mismatch", "error", message, counted)
