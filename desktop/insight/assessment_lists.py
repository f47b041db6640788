"""Assessments by place and year: how far each has come, its grade and open problems, and which places lack one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.insight.lists import place_names
from desktop.registry.assessment import places_to_assess
from desktop.registry.assessment_procedure import ASSESSMENT
from desktop.registry.codelists import word
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """One place in one year; `id` is "" where no assessment was begun."""

    id: str
    code: str
    place: str
    year: int
    kind: str
    first_year: int | None
    state: str
    state_word: str
    self_score: str
    review_score: str
    score: str
    grade: str
    findings: int
    open_findings: int

    @property
    def lacks(self) -> bool:
        """Whether nothing was begun here."""
        return not self.id


def assessment_lines(
    sql: Sql, years: Sequence[int], division: str = "", *, all_places: bool = True, kind: str = ""
) -> list[AssessmentLine]:
    """Living assessments of these years in a division (code prefix), by year and place; summings-up behind them.

    With `all_places` every place that is to be assessed (policy `assessment.level`) has a line, begun or not; with
    `kind` only those of one kind are listed, else all, and the lines of places without one are about the annual one.
    """
    marks = ",".join("?" * len(years))
    names = place_names(sql)
    rows = sql.rows(
        "SELECT id,division_code,year,COALESCE(kind,'annual'),first_year,COALESCE(state,'draft'),self_score,"
        f"review_score,score,grade FROM assessment WHERE {LIVE} AND COALESCE(state,'draft')<>'cancelled' "
        f"AND year IN ({marks}) AND COALESCE(division_code,'') LIKE ?",
        (*years, division + "%"),
    )
    found = {
        str(i): (int(n), int(n) - int(done))
        for i, n, done in sql.in_chunks(
            "SELECT assessment_id,COUNT(id),SUM(CASE WHEN COALESCE(state,'found') IN ('closed','void') THEN 1 ELSE 0 "
            f"END) FROM finding WHERE {LIVE} AND assessment_id IN (*) GROUP BY assessment_id",
            [r[0] for r in rows],
        )
    }
    lines = [
        AssessmentLine(
            r[0], r[1] or "", names.get(r[1] or "", r[1] or ""), int(r[2]), r[3], r[4], r[5],
            ASSESSMENT.states.get(r[5], r[5]), r[6] or "", r[7] or "", r[8] or "", word("assessment_grade", r[9]),
            *found.get(r[0], (0, 0)),
        )
        for r in rows
    ]  # fmt: skip
    if kind:
        lines = [line for line in lines if line.kind == kind]
    if all_places:
        due = kind or "annual"
        there = {(line.code, line.year) for line in lines if line.kind == due}
        lines += [
            AssessmentLine("", code, names.get(code, name), year, due, None, "", "没有开始", "", "", "", "", 0, 0)
            for code, _, name in places_to_assess(sql, division)
            for year in years
            if (code, year) not in there
        ]
    return sorted(lines, key=lambda x: (x.year, x.kind != "annual", x.code, x.id))
