"""Assessments for window and command line: begun for a place and year, their problems, who lacks one (一年一评估)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from desktop.app.money.money_books import checked_division
from desktop.app.records.editing import complete_place, new_record
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.ids import named_id
from desktop.insight.assessment_lists import AssessmentLine, assessment_lines
from desktop.insight.case_lists import FindingRow, finding_ids, finding_rows
from desktop.insight.lists import ListQuery, place_names
from desktop.registry.checks import clean_values

LIVE = "removed=0 AND canonical_id IS NULL"
FIRST_YEAR = 2012
"""Assets of this kind exist since 2012 (DOMAIN §2.10)."""
SPAN = 5
"""Years of a summing-up 五年总结."""


def checked_year(text: str | int) -> int:
    """A year that has begun; UsageError otherwise."""
    typed = str(text).strip()
    this = date.today().year  # noqa: DTZ011  (the calendar on the wall)
    if not typed.isdecimal() or len(typed) != 4:
        raise UsageError(f"“{text}”不是年度，应写作 {this - 1}。")
    if not FIRST_YEAR <= int(typed) <= this:
        raise UsageError(f"年度应在 {FIRST_YEAR} 到 {this} 之间，没有 {typed} 年的数据。")
    return int(typed)


def begin_assessment(ws: Workspace, division: str, year: int, kind: str = "annual") -> str:
    """Begin an assessment (of a summing-up `year` is the last of five); its id, the same on every laptop.

    Raises InputRefused when there is one, UsageError (unknown place), NotAllowed, StorageFailed.
    """
    values: dict[str, Any] = {"division_code": division, "year": checked_year(year), "kind": kind}
    if kind == "five_year":
        values["first_year"] = int(values["year"]) - SPAN + 1
    values = clean_values(ws.register.table("assessment"), values)
    complete_place(ws, "assessment", values)
    with ws.register.reading() as sql:
        there = sql.scalar(
            f"SELECT 1 FROM assessment WHERE {LIVE} AND division_code=? AND year=? AND COALESCE(kind,'annual')=? "
            "AND COALESCE(state,'draft')<>'cancelled'",
            (division, values["year"], kind),
        )
    if there:
        raise InputRefused(f"这里 {year} 年已有一份评估，没有另开。")
    made = named_id("assessment", kind, str(values["year"]), division)
    if ws.register.row("assessment", made) is not None:  # begun once and withdrawn or cancelled: a new one
        return new_record(ws, "assessment", values, "开始年度评估")
    with ws.write("开始年度评估", table="assessment") as scope:
        scope.ensure("assessment", made, values)
    return made


def assessment_findings(ws: Workspace, assessment: str) -> list[FindingRow]:
    """The problems an assessment found, the earliest deadline first."""
    with ws.register.reading() as sql:
        ids = finding_ids(sql, ListQuery(equal={"assessment": assessment}), today())
        return finding_rows(sql, ids, today())


def places_of(ws: Workspace) -> list[tuple[str, str]]:
    """(name, code) of every place a pack can be about: the register's own, then towns and villages by code."""
    with ws.register.reading() as sql:
        names = place_names(sql)
    own = ws.division_code
    found = [(names[code], code) for code in sorted(names) if code != own and code.startswith(own)]
    return [(names.get(own, ws.unit_name), own), *found]


def add_assessment_finding(ws: Workspace, assessment: str, values: Mapping[str, Any]) -> str:
    """A problem that an assessment found: it goes the way of every other problem; its id. Raises as `new_record`."""
    row = ws.register.row("assessment", assessment)
    if row is None or row.get("removed"):
        raise UsageError("没有这份评估，可能已被移除或撤回。")
    if (row.get("state") or "draft") in ("closed", "cancelled"):
        raise InputRefused("评估已归档或作废，没有再登记问题。")
    place = {} if values.get("division_code") else {c: row.get(c) for c in ("division_id", "division_code")}
    return new_record(ws, "finding", {**place, **values, "assessment_id": assessment}, "登记评估发现的问题")


def assessments(
    ws: Workspace, first: int, last: int | None = None, division: str = "", kind: str = ""
) -> list[AssessmentLine]:
    """Every place with its assessment, or without one, in these years; of one kind or of all.

    Without a division those of the register's own: a town that merged the county's list of places answers for itself.
    """
    within = checked_division(division)
    with ws.register.reading() as sql:
        years = range(checked_year(first), checked_year(last or first) + 1)
        if not years:
            raise UsageError(f"起始年度 {first} 晚于 {last}。")
        return assessment_lines(sql, years, within or ws.division_code, kind=kind)
