"""School, work and health of one person against age and each other (R-ED and R-LB rules of `validation_rule.csv`)."""

from __future__ import annotations

from functools import cache

from desktop.exchange.workbook.roster.model import Log, Roster
from desktop.exchange.workbook.roster.words import code_rows

SCHOOL_FROM = 6
SCHOOL_TO = 15
_STUDENT_TO = 22
"""Ages of compulsory schooling that are checked; a six-year-old only when already six on 1 September before."""


@cache
def _stages() -> dict[str, tuple[str, int, int]]:
    """Student status → stage, least and greatest age (`student_status.csv`)."""
    return {
        row["name_zh"]: (row["stage"], int(row["age_min_hint"] or 0), int(row["age_max_hint"] or 200))
        for row in code_rows("student_status")
    }


def check_lives(roster: Roster, log: Log) -> None:
    """All rules of this module for every member row that is not set aside."""
    for i in range(len(roster)):
        if i in roster.dropped:
            continue
        _check_school(roster, log, i)
        _check_labor(roster, log, i)


def _check_school(roster: Roster, log: Log, i: int) -> None:
    if not roster.has(i, "education") or not roster.has(i, "student_status"):
        return
    education, student = roster.word("education", i), roster.word("student_status", i)
    age = roster.age[i]
    written = roster.text["education"][i] if education.name or education.level else ""
    studying = student.value is not None
    out = dict(student.extra).get("dropout") or roster.text["dropout_reason"][i]
    if studying and education.value:
        message = "文化程度与在校生状况同时填写，只能填一项：在校的不填文化程度，已离校的不填在校生状况"
        grown = age is not None and not _age_fits(student.value, age)
        log.add(i, "education" if not grown else "student_status", "education_and_student_both", "error", message)
        log.add(
            i,
            "student_status" if not grown else "education",
            "education_and_student_both",
            "info",
            "与同行另一列同时填写",
        )
    elif not studying and not written and not out and student.level != "warning":
        if age is not None and SCHOOL_FROM <= age <= SCHOOL_TO and _must_be_in_school(roster, i):
            message = f"{age} 岁，文化程度和在校生状况都没有填：义务教育阶段须写明在校情况，不在校的写明原因"
            log.add(i, "student_status", "out_of_school_without_reason", "error", message)
        else:
            message = "文化程度和在校生状况都没有填，须填一项"
            grown = age is None or age > _STUDENT_TO
            own, other = ("education", "student_status") if grown else ("student_status", "education")
            log.add(i, own, "education_and_student_missing", "error", message)
            log.add(i, other, "education_and_student_missing", "info", "与同行另一列同时空着")
            return
        log.add(i, "education", "education_and_student_missing", "info", "与在校生状况同时空着")
    elif not studying and age is not None and SCHOOL_FROM <= age <= SCHOOL_TO and _must_be_in_school(roster, i):
        if out:
            message = f"{age} 岁不在校（{out}），请核实控辍保学情况"
            log.add(i, "student_status", "out_of_school_with_reason", "warning", message)
        else:
            message = f"{age} 岁不在校，也没有写原因：义务教育阶段须写明"
            log.add(i, "student_status", "out_of_school_without_reason", "error", message)
    if studying and age is not None and student.value and not _age_fits(student.value, age):
        message = f"在校生状况“{student.value}”与年龄 {age} 岁不符，请确认"
        log.add(i, "student_status", "student_status_differs_from_age", "warning", message)


def _must_be_in_school(roster: Roster, i: int) -> bool:
    """Whether the person was six on the last 1 September and had not yet ended the ninth year."""
    birth, at = roster.birth[i], roster.at(i)
    if birth is None:
        return (roster.age[i] or 0) > SCHOOL_FROM
    year = at.year if (at.month, at.day) >= (9, 1) else at.year - 1
    return (year - birth.year - ((birth.month, birth.day) > (9, 1))) >= SCHOOL_FROM


def _age_fits(status: str | None, age: int) -> bool:
    _stage, least, greatest = _stages().get(status or "", ("", 0, 200))
    return least <= age <= greatest


def _check_labor(roster: Roster, log: Log, i: int) -> None:
    if not roster.has(i, "labor_skill"):
        return
    labor, age = roster.value("labor_skill", i), roster.age[i]
    studying = roster.value("student_status", i) is not None
    health = (roster.value("health", i) or "").split(",")
    working = roster.value("work", i) == "working"
    disability = roster.disability_no[i]
    said = dict(roster.word("health", i).extra)
    category = disability[18] if disability else said.get("disability_category")
    grade = disability[19] if disability else said.get("disability_grade")
    able = labor in ("ordinary", "skilled")
    if labor is None:
        return
    if labor != "none" and (studying or (age is not None and age < 16)):
        why = "在校生" if studying else f"{age} 岁"
        log.add(i, "labor_skill", "labor_but_minor_or_student", "warning", f"{why}应为无劳动力，请确认", "无劳动力")
    elif able and grade in ("1", "2") and category in ("4", None):
        message = "一、二级肢体残疾却填有劳动力，请确认"
        log.add(i, "labor_skill", "labor_but_severely_disabled", "warning", message, "弱劳动力或半劳动力")
    elif labor in ("none", "lost") and working:
        message = "填无（丧失）劳动力却在务工，请确认劳动能力或务工情况"
        log.add(i, "labor_skill", "working_without_labor", "warning", message)
    elif not able and health == ["healthy"] and not studying and age is not None and 16 <= age <= 59:
        message = f"{age} 岁、健康、不在校，却不是普通或技能劳动力，请确认"
        log.add(i, "labor_skill", "healthy_adult_without_labor", "warning", message)
