"""What `check` proves about people: identity number, sex and birth, relation, school, labour, health, changes.

Rules R-ID-01 to -03, -05 to -07, -09, -10, R-HH-05, R-HH-08, R-ED, R-LB, R-HL-01, R-MD-01 of `validation_rule.csv`. The
database picks out who is doubtful, here is said what of; 700,000 people are never all brought here. Ages are those of
the day of the check, from whole birth dates alone. What was never asked of a family (no school, no schooling of
anybody) is no contradiction. Words carry no number of a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from desktop.common.idnumber import check_digit, check_id_number, to_18
from desktop.common.money import format_yuan
from desktop.registry.codelists import shipped, word
from desktop.registry.distribution_checks import DEPARTED
from desktop.registry.invariants import Invariant
from desktop.registry.policies import POLICIES, policy
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
GONE = ",".join(f"'{change}'" for change in sorted(DEPARTED))
STAYING = f"p.removed=0 AND p.canonical_id IS NULL AND COALESCE(p.change_kind,'') NOT IN ({GONE})"
BORN = (
    "COALESCE(p.birth_date,CASE WHEN LENGTH(p.id_no)=18 THEN "
    "SUBSTR(p.id_no,7,4)||'-'||SUBSTR(p.id_no,11,2)||'-'||SUBSTR(p.id_no,13,2) END)"
)
"""The birth date as stored, else as the number has it."""
ABLE = ("ordinary", "skilled")
UNABLE = ("none", "lost")
PHYSICAL, SEVERE = "4", ("1", "2")
"""`disability_category.csv`, `disability_grade.csv`: one and two are severe."""
NO_NUMBER = ("none_newborn", "none_other")
"""Kinds of certificate that say there is no number (`certificate_type.csv`)."""
VIRTUAL = "999999"
"""With these begins a number that the national system made up for somebody who has none (R-ID-10)."""
NO_POST = ("无", "否", "没有", "0")
_COLUMNS = (
    "id", "household_id", "cert_type", "id_no", "sex", "birth_date", "relation", "education", "student_status",
    "dropout_reason", "health", "disability_no", "labor_skill", "work_state", "public_post", "medical_resident",
    "medical_worker", "phone", "work_income_month_fen", "change_kind", "change_date", "missing_reasons",
)  # fmt: skip

_UNSCHOOLED = (
    "(p.student_status IS NULL AND p.dropout_reason IS NULL AND (p.education IS NULL "
    f"OR ({BORN}<=? AND {BORN}>?)))"
)
"""With neither schooling nor school, or of school age and not at school."""

Person = Mapping[str, Any]


def settings(sql: Sql, key: str) -> dict[str, Any]:
    """A rule of several parts: what the county set, the default for the rest."""
    return {**POLICIES[key].default, **policy(sql, key)}


def years_before(on: str, years: int) -> str:
    """The last birth date of whoever has completed so many years on a day."""
    return f"{int(on[:4]) - years:04d}{on[4:]}"


def age_on(born: str | None, on: str) -> int | None:
    """Completed years on a day; None unless the whole birth date is known and not ahead."""
    if not born or len(born) != 10 or born > on:
        return None
    return int(on[:4]) - int(born[:4]) - (born[5:] > on[5:])


def number_problems(sql: Sql, on: str) -> Iterator[Invariant]:
    """R-ID-01, -02, -03, -05: length, check digit and birth date of every number, in one pass over the numbers."""
    wrong: dict[str, None] = {}
    today = on.replace("-", "")
    for number in sql.values(f"SELECT id_no FROM person WHERE {LIVE} AND id_no IS NOT NULL"):
        if len(number) == 18:
            try:
                if check_digit(number[:17]) == number[17] and number[6:14] <= today and _is_birth(number):
                    continue
            except ValueError:
                pass
        if not number.startswith(VIRTUAL):
            wrong[number] = None
    for row, number, kind in sql.in_chunks(
        f"SELECT id,id_no,COALESCE(cert_type,'') FROM person WHERE {LIVE} AND id_no IN (*) ORDER BY id", wrong
    ):
        found = _number_problem(str(number), str(kind), today)
        if found is not None:
            yield Invariant(found[0], "person", row, found[1])


def _is_birth(number: str) -> bool:
    """Whether an 18-digit number has a day on which somebody in a register may be born."""
    if "19" <= number[6:8] <= "20" and "01" <= number[10:12] <= "12" and "01" <= number[12:14] <= "28":
        return True
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14])).year >= 1900
    except ValueError:
        return False


def _number_problem(number: str, kind: str, today: str) -> tuple[str, str] | None:
    """(rule, words) of a number that cannot stand with its kind of certificate; None when it can."""
    if kind in ("hk_mo_permit", "tw_permit"):
        return None
    disability = kind.startswith("disability") or (not kind.startswith("id_card") and len(number) in (20, 22))
    own = number[:18] if disability else number
    wanted = (20, 22) if disability else (15,) if kind == "id_card_15" else (18,) if kind == "id_card_18" else (15, 18)
    if len(number) not in wanted:
        digits = "、".join(str(n) for n in wanted)
        return "id_number_length", f"证件号码有 {len(number)} 位，应为 {digits} 位，请对照证件改正"
    checked = check_id_number(own)
    if checked.problem is None:
        ahead = (own if len(own) == 18 else to_18(own))[6:14] > today
        return ("id_number_birth", "证件号码里的出生日期还没有到，请对照证件改正") if ahead else None
    if checked.problem == "date":
        return "id_number_birth", "证件号码里的出生日期不是有效日期，请对照证件改正"
    if checked.problem == "check_digit" and number.endswith("000"):
        words = "证件号码末三位是 000、校验不符，像是在表格里丢了位数，请对照证件重新采集，不能推算"
        return "id_number_lost_digits", words
    if checked.problem == "check_digit":
        return "id_number_check_digit", "证件号码校验不符，有一位写错了，请对照证件改正"
    return "id_number_length", "证件号码里有不该有的字，请对照证件改正"


def person_problems(sql: Sql, on: str) -> Iterator[Invariant]:
    """Everything of one person that contradicts itself, in one pass over the people."""
    ages, bounds = settings(sql, "people.ages"), settings(sql, "income.bounds")
    columns = ",".join(f"p.{c}" for c in _COLUMNS)
    conditions, values = _doubtful(on, ages, bounds)
    asked = "education IS NOT NULL OR student_status IS NOT NULL"
    if sql.one(f"SELECT 1 FROM person WHERE {asked} LIMIT 1") is not None:
        conditions += f" OR {_UNSCHOOLED}"
        values += [years_before(on, ages["school_from"]), years_before(on, ages["school_to"] + 1)]
    last = (date.fromisoformat(on) + timedelta(days=1)).isoformat()  # clocks may differ by hours
    heads: dict[str, str] = {}
    unasked: list[Person] = []
    for row in sql.stream(
        f"SELECT {columns},{BORN} FROM person p WHERE p.removed=0 AND p.canonical_id IS NULL AND "
        f"(p.change_kind IS NOT NULL OR p.change_date IS NOT NULL OR {conditions})",
        values,
    ):
        person: dict[str, Any] = dict(zip((*_COLUMNS, "born"), row, strict=True))
        person["age"] = age_on(person["born"], on)
        yield from _changed(person, last)
        if person["change_kind"] in DEPARTED:
            if person["relation"] == "head":
                heads[person["household_id"]] = person["change_kind"]
            continue
        yield from _identity(person)
        yield from _schooling(person)
        yield from _labour(person, ages)
        yield from _work(person, ages, bounds)
        yield from _health(person)
        if not person["student_status"] and not person["dropout_reason"]:
            if person["education"]:
                yield from _unschooled(person, on, ages)
            else:
                unasked.append(person)
    families = {
        home for (home,) in sql.in_chunks(
            f"SELECT DISTINCT household_id FROM person WHERE removed=0 AND ({asked}) AND household_id IN (*)",
            {str(p["household_id"]) for p in unasked},
        )
    }  # fmt: skip
    for alone in unasked:
        if alone["household_id"] in families:
            yield from _unschooled(alone, on, ages)
    for (home,) in sql.in_chunks(
        f"SELECT DISTINCT p.household_id FROM person p WHERE {STAYING} AND p.household_id IN (*)", heads
    ):
        said = f"户主已登记{heads[home]}，请指定新的户主"
        yield Invariant("head_departed", "household", home, said, "warning")


def _doubtful(on: str, ages: Mapping[str, int], bounds: Mapping[str, int]) -> tuple[str, list[Any]]:
    """The condition that picks out whoever may break a rule, and its values: wider than the rules, never narrower."""
    conditions: list[str] = []
    values: list[Any] = []

    def either(condition: str, *given: Any) -> None:
        conditions.append(condition)
        values.extend(given)

    at = "SUBSTR(p.id_no,17,1)"
    either("p.id_no IS NULL OR p.id_no LIKE ?", f"{VIRTUAL}%")
    either(f"(p.sex='1' AND LENGTH(p.id_no)=18 AND {at} IN ('0','2','4','6','8'))")
    either(f"(p.sex='2' AND LENGTH(p.id_no)=18 AND {at} IN ('1','3','5','7','9'))")
    either(
        "(LENGTH(p.id_no)=18 AND p.birth_date IS NOT NULL AND p.birth_date<>SUBSTR(SUBSTR(p.id_no,7,4)||'-'||"
        "SUBSTR(p.id_no,11,2)||'-'||SUBSTR(p.id_no,13,2),1,LENGTH(p.birth_date)))"
    )
    for sex, other in (("F", "1"), ("M", "2")):
        kin = [i.code for i in shipped("relation_to_head") if i.more.get("expected_sex") == sex]
        either(f"(p.sex='{other}' AND p.relation IN ({','.join('?' * len(kin))}))", *kin)
    either("LENGTH(p.phone)<>11 OR SUBSTR(p.phone,1,1)<>'1'")
    either("(p.education IS NOT NULL AND p.student_status IS NOT NULL)")
    for (least, most), names in _stages_of_ages().items():
        outside = f"({BORN}>? OR {BORN}<=?)"
        either(
            f"(p.student_status IN ({','.join('?' * len(names))}) AND {outside})", *names, years_before(on, least),
            years_before(on, most + 1),
        )  # fmt: skip
    either("(p.dropout_reason IN ('因病','因残') AND p.health='healthy')")
    either("(p.labor_skill<>'none' AND (p.student_status IS NOT NULL OR " + BORN + ">?))",
           years_before(on, ages["labor_from"]))  # fmt: skip
    either(f"(p.labor_skill IN ('none','lost','weak_or_half') AND p.health='healthy' AND p.student_status IS NULL "
           f"AND {BORN}<=? AND {BORN}>?)",
           years_before(on, ages["labor_from"]), years_before(on, ages["labor_to"] + 1))  # fmt: skip
    either("(p.labor_skill IN ('none','lost') AND p.work_state LIKE ?)", "%务工%")
    either("p.disability_no IS NOT NULL")
    either("(p.health LIKE ? AND p.disability_no IS NULL)", "%disabled%")
    either("p.public_post IS NOT NULL")
    either("p.medical_resident=p.medical_worker")
    either("(p.work_income_month_fen>0 AND (p.work_income_month_fen<? OR p.work_income_month_fen>?))",
           bounds["month_least_fen"], bounds["month_most_fen"])  # fmt: skip
    return " OR ".join(conditions), values


def _identity(p: Person) -> Iterator[Invariant]:
    """R-ID-06, -07, -09, -10, R-HH-05, R-HH-08: the number against sex, birth and certificate; relation and phone."""
    number, found = p["id_no"] or "", _Said(p)
    if not number and p["cert_type"] not in NO_NUMBER:
        why = "待补采" if "id_no" in str(p["missing_reasons"] or "") else "也没有写明为什么没有"
        yield found.warning("id_number_missing", f"没有证件号码，{why}")
    elif number.startswith(VIRTUAL):
        yield found.warning("id_number_missing", "证件号码是虚拟号（以 999999 开头），请补采真实号码或写明没有")
    if len(number) == 18 and check_id_number(number).problem is None:  # a wrong number says nothing of anybody
        by_number = "1" if int(number[16]) % 2 else "2"
        if p["sex"] in ("1", "2") and p["sex"] != by_number:
            said = f"性别写的是{_SEX[p['sex']]}，证件号码第 17 位是{_SEX[by_number]}，请对照证件"
            yield found.warning("sex_differs", said)
        own = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
        if p["birth_date"] and not own.startswith(p["birth_date"]):
            yield found.warning("birth_differs", f"出生日期写的是 {p['birth_date']}，与证件号码里的不同，请对照证件")
    facts = _relations().get(p["relation"] or "")
    if facts and p["sex"] in ("1", "2") and facts in ("M", "F") and (facts == "M") != (p["sex"] == "1"):
        said = f"与户主关系是{word('relation_to_head', p['relation'])}，性别却是{_SEX[p['sex']]}，请核对"
        yield found.warning("relation_sex", said)
    if p["phone"] and not re.fullmatch(r"1[0-9]{10}", p["phone"]):
        yield found.warning("phone_form", "联系电话不是 11 位手机号，请确认能不能联系到")


def _schooling(p: Person) -> Iterator[Invariant]:
    """R-ED-01, -02, -04 of whoever has a schooling; `_unschooled` asks about those who have none."""
    found, student, age = _Said(p), p["student_status"], p["age"]
    if p["education"] and student:
        said = "文化程度和在校生状况同时填了：在校的不填文化程度，已离校的不填在校生状况"
        yield found.error("education_twice", said)
    stage = _stages().get(student or "")
    if stage is not None and age is not None and not stage[0] <= age <= stage[1]:
        yield found.warning("student_age", f"{age} 岁，在校生状况是{word('student_status', student)}，请核实")
    if p["dropout_reason"] in ("因病", "因残") and p["health"] == "healthy":
        yield found.warning("dropout_health", f"未上学原因是{p['dropout_reason']}，健康状况却是健康，请核实")


def _labour(p: Person, ages: Mapping[str, int]) -> Iterator[Invariant]:
    """R-LB-01 to R-LB-04: what is said of labour fits age, school, health and work; one of them a person."""
    labor, age, student, found = p["labor_skill"], p["age"], p["student_status"], _Said(p)
    if not labor:
        return
    word_ = word("labor_skill", labor)
    number = str(p["disability_no"] or "")
    works = "务工" in str(p["work_state"] or "") and p["work_state"] != "未务工"
    if labor != "none" and (student or (age is not None and age < ages["labor_from"])):
        who = "在校生" if student else f"{age} 岁"
        yield found.warning("labor_of_minor", f"{who}的劳动技能应是无劳动力，写的是{word_}，请核实")
    elif labor in ABLE and len(number) >= 20 and number[18] == PHYSICAL and number[19] in SEVERE:
        yield found.warning("labor_of_disabled", f"残疾证是一、二级肢体残疾，劳动技能却是{word_}，请核实")
    elif labor in UNABLE and works:
        yield found.warning("working_unable", f"劳动技能是{word_}，务工状态却是{p['work_state']}，请核实")
    elif (
        labor not in ABLE and p["health"] == "healthy" and not student and age is not None
        and ages["labor_from"] <= age <= ages["labor_to"]
    ):  # fmt: skip
        yield found.warning("healthy_unable", f"{age} 岁、健康、不在校，劳动技能却是{word_}，请核实")


def _work(p: Person, ages: Mapping[str, int], bounds: Mapping[str, int]) -> Iterator[Invariant]:
    """R-LB-05, and R-IN-03 of what is earned in a month."""
    found, age = _Said(p), p["age"]
    posts = [t for t in re.split(r"[、，,;；]", str(p["public_post"] or "")) if t.strip() and t.strip() not in NO_POST]
    if posts and age is not None and not ages["post_from"] <= age <= ages["post_to"]:
        said = f"{age} 岁任公益性岗位，应在 {ages['post_from']} 到 {ages['post_to']} 岁之间，请核实"
        yield found.warning("post_age", said)
    if len(posts) > ages["posts_most"]:
        yield found.warning("posts_many", f"一人任 {len(posts)} 个公益性岗位，请核实")
    fen, least, most = p["work_income_month_fen"], bounds["month_least_fen"], bounds["month_most_fen"]
    if fen and fen > 0 and not least <= fen <= most:
        said = f"务工月收入 {format_yuan(fen)} 元，不在 {format_yuan(least)} 到 {format_yuan(most)} 元之间，请核实"
        yield found.warning("income_bounds", said)


def _health(p: Person) -> Iterator[Invariant]:
    """R-ID-09, R-HL-01, R-MD-01: disability number against identity and health; one insurance of two."""
    number, found = str(p["disability_no"] or ""), _Said(p)
    disabled = "disabled" in str(p["health"] or "").split(",")
    if number:
        own = str(p["id_no"] or "")
        own = to_18(own) if len(own) == 15 and own.isascii() and own.isdigit() else own
        if len(number) not in (20, 22) or number[18] not in "1234567" or number[19] not in "1234":
            said = "残疾证号应是 18 位身份证号加类别（1 到 7）、等级（1 到 4），补办的再加两位，请对照证件改正"
            yield found.error("disability_number", said)
        elif len(own) == 18 and number[:18] != own:
            yield found.error("disability_number", "残疾证号前 18 位与身份证号不同，请对照证件改正")
    if disabled and not number:
        yield found.warning("disability_without_number", "健康状况有残疾，没有残疾证号，请补填或劝办证")
    if number and p["health"] and not disabled:
        said = f"有残疾证号，健康状况是{'健康' if p['health'] == 'healthy' else '其他'}，没有选残疾，请核实"
        yield found.warning("disability_without_number", said)
    if p["medical_resident"] is not None and p["medical_resident"] == p["medical_worker"]:
        both = p["medical_resident"] == 1
        said = "都是“是”，只能参加一种" if both else "都是“否”，请核实是否参保"
        yield found.error("medical_insurance", f"居民医保和职工医保{said}")


def _changed(p: Person, last: str) -> Iterator[Invariant]:
    """DOMAIN §2.3 成员变动: a change has its day, which has come, and nobody dies or leaves before he is born."""
    found = _Said(p)
    if p["change_kind"] in DEPARTED and not p["change_date"]:
        yield found.warning("change_without_day", f"登记了{p['change_kind']}，没有写日期，请补填")
    if p["change_date"] and not p["change_kind"]:
        yield found.warning("change_without_day", "写了变动日期，没有写是什么变动，请补填")
    if p["change_date"] and p["change_date"] > last:
        yield found.error("day_ahead", f"变动日期 {p['change_date']} 还没有到，请核对")
    if p["change_date"] and p["born"] and p["change_date"] < p["born"]:
        yield found.error("change_before_birth", f"变动日期 {p['change_date']} 早于出生日期，请核对")


def _unschooled(p: Person, on: str, ages: Mapping[str, int]) -> Iterator[Invariant]:
    """R-ED-03, and R-ED-01 of those with neither schooling nor school."""
    age, found = p["age"], _Said(p)
    of_age = age is not None and ages["school_from"] <= age <= ages["school_to"]
    if of_age and _of_school_age(str(p["born"]), on, ages):
        yield found.error("out_of_school", f"{age} 岁，义务教育阶段，没有在校，也没有写原因，请补填")
    elif not p["education"]:
        yield found.error("education_missing", "文化程度和在校生状况都没有填，要填一项")


def _of_school_age(born: str, on: str, ages: Mapping[str, int]) -> bool:
    """Whether somebody was old enough on the last 1 September."""
    begun = f"{int(on[:4]) - (on[5:] < '09-01')}-09-01"
    return (age_on(born, begun) or 0) >= ages["school_from"]


class _Said:
    """Makes findings of one person."""

    def __init__(self, person: Person) -> None:
        self._row = str(person["id"])

    def error(self, rule: str, message: str) -> Invariant:
        return Invariant(rule, "person", self._row, message)

    def warning(self, rule: str, message: str) -> Invariant:
        return Invariant(rule, "person", self._row, message, "warning")


_SEX = {"1": "男", "2": "女"}


@cache
def _relations() -> dict[str, str]:
    """Relation → M, F, or something that says nothing of sex."""
    return {i.code: str(i.more.get("expected_sex") or "") for i in shipped("relation_to_head")}


@cache
def _stages() -> dict[str, tuple[int, int]]:
    """Student status → least and greatest age (`student_status.csv`)."""
    return {
        i.code: (int(i.more.get("age_min_hint") or 0), int(i.more.get("age_max_hint") or 200))
        for i in shipped("student_status")
    }


@cache
def _stages_of_ages() -> dict[tuple[int, int], tuple[str, ...]]:
    found: dict[tuple[int, int], list[str]] = {}
    for name, ages in _stages().items():
        found.setdefault(ages, []).append(name)
    return {ages: tuple(names) for ages, names in found.items()}


PIECES = (number_problems, person_problems)
"""The rules in pieces that end soon: between two of them a check can be stopped."""
