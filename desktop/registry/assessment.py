"""Assessments 年度评估 of a place and year, and the five-year summing-up 五年总结验收 (seed 004 §四(十三)).

Seeds 000 §六(二十八), 001, 003 §五(四): every town is assessed once a year; after five years a summing-up looks back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from desktop.registry.policies import policy
from desktop.registry.rows import RegisterRow, cell
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
DECIDED = ("decided", "closed")
"""States in which the county's grade stands."""


class Assessment(RegisterRow, table=True):
    """One place looked at for one year: what it says itself 自评, the town's review 镇评, the county's grade 县评."""

    __tablename__ = "assessment"
    register_id: ClassVar[int] = 61
    place_column: ClassVar[str | None] = "division_code"

    division_id: str | None = cell(1, name="division", max_length=32)
    division_code: str | None = cell(1, max_length=17)
    kind: str | None = cell(2)
    """Code of `assessment_kind.csv`: `annual` (also when empty) or `five_year`."""
    year: int | None = cell(3, index=True)
    """The year assessed; of a summing-up the last one."""
    first_year: int | None = cell(4)
    """The first year of a summing-up."""
    self_text: str | None = cell(5)
    """自评情况."""
    self_score: str | None = cell(6, name="self_result")
    """Points as an exact decimal text, up to the policy `assessment.full_score`."""
    self_by: str | None = cell(6)
    review_text: str | None = cell(7)
    """镇评意见."""
    review_score: str | None = cell(8, name="review_result")
    review_by: str | None = cell(8)
    grade: str | None = cell(9, name="decision")
    """Code of `assessment_grade.csv`."""
    score: str | None = cell(9)
    decided_by: str | None = cell(9)
    decision_text: str | None = cell(10)
    decision_doc: str | None = cell(11)
    """评定文号."""
    state: str | None = cell(12)
    note: str | None = cell(13)


LENGTH_OF_LEVEL = {"county": 6, "town": 9, "village": 12}
"""Digits of the code of a place at the level that is assessed (GB/T 2260, 10114)."""


def places_to_assess(sql: Sql, division: str = "") -> list[tuple[str, str, str]]:
    """The divisions that are assessed every year, as (code, id, name), by code.

    All of the level that the policy `assessment.level` names, except those of `assessment.without`.
    """
    left_out = _left_out(sql)
    rows = sql.rows(
        f"SELECT code,id,COALESCE(short_name,name),name FROM division WHERE {LIVE} "
        "AND level=? AND code LIKE ? ORDER BY code,COALESCE(as_of,'') DESC",
        (str(policy(sql, "assessment.level")), division + "%"),
    )
    found: dict[str, tuple[str, str, str]] = {}
    for code, row, name, official in rows:
        if not left_out & {str(code), str(name), str(official)}:
            found.setdefault(str(code), (str(code), str(row), str(name or code)))
    return list(found.values())


def assessed_for(sql: Sql, division: str) -> list[str]:
    """The places (codes) whose annual assessments speak of this one; [] when it is not assessed.

    Of a county whose towns are assessed its towns; of a village in such a county its town: the county assesses towns,
    and what it found there holds for their villages. Without a list of places the place itself.
    """
    level = str(policy(sql, "assessment.level"))
    if level == "none":
        return []
    length = LENGTH_OF_LEVEL.get(level, len(division))
    if len(division) < length:
        return [code for code, _, _ in places_to_assess(sql, division)] or [division]
    place = division[:length]
    names = {str(n) for row in sql.rows(f"SELECT short_name,name FROM division WHERE {LIVE} AND code=?", (place,))
             for n in row if n}  # fmt: skip
    return [] if _left_out(sql) & {place, *names} else [place]


def years_without(sql: Sql, division: str, years: Sequence[int]) -> dict[int, int]:
    """Year → how many of the places that are assessed for this one have no annual assessment that the county decided,
    of the years in which some have none."""
    places = assessed_for(sql, division)
    done = {
        (str(code), int(year))
        for code, year in sql.rows(
            f"SELECT division_code,year FROM assessment WHERE {LIVE} AND COALESCE(kind,'annual')='annual' "
            f"AND state IN ({','.join('?' * len(DECIDED))}) AND year IS NOT NULL",
            DECIDED,
        )
    }
    own: set[int] = set()
    if len(places) == 1 and division.startswith(places[0]):  # a village assessed itself although nobody asks for it
        own = {year for code, year in done if code == division}
    counts = {year: sum((code, year) not in done for code in places) for year in years if year not in own}
    return {year: n for year, n in counts.items() if n}


def _left_out(sql: Sql) -> set[str]:
    return {str(name).strip() for name in policy(sql, "assessment.without")}
