"""Who is still to be visited with a form: households, assets or villages by village, not yet visited ones first.

A visit counts when it was finished with that form since the beginning of the period (a year, a half-year).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from desktop.insight.lists import LIVE, ListQuery, asset_ids, asset_rows, household_ids, household_rows, villages
from desktop.store.database import Sql

Subject = Literal["household", "asset", "division"]
COLUMN: dict[str, str] = {"household": "household_id", "asset": "asset_id", "division": "division_code"}


@dataclass(frozen=True)
class Task:
    """One subject of visits. `kind` is a word (户类型, 资产类别); `visited_at` is the last visit with the form."""

    id: str
    name: str
    place: str
    kind: str
    members: int | None
    visited_at: str
    done: bool


def period_start(today: date, *, half_year: bool = False) -> str:
    """The first day of the year, or of the half-year, as ISO text."""
    return date(today.year, 7 if half_year and today.month > 6 else 1, 1).isoformat()


def last_visits(sql: Sql, subject: Subject, form_id: str) -> dict[str, str]:
    """Date of the last finished visit with a form, by subject: ids, for villages their codes."""
    column = COLUMN[subject]
    rows = sql.rows(
        f"SELECT {column},MAX(COALESCE(visited_at,'')) FROM visit WHERE form_id=? AND {LIVE} AND {column} IS NOT NULL "
        f"GROUP BY {column}",
        (form_id,),
    )
    return dict(rows)


def task_ids(
    sql: Sql, subject: Subject, form_id: str, since: str, query: ListQuery, *, only_open: bool = False
) -> list[str]:
    """Ids of the subjects that match, those not visited since a day first, within each part by village."""
    visited = last_visits(sql, subject, form_id)
    key: dict[str, str] = {}
    if subject == "household":
        ids = household_ids(sql, query)
    elif subject == "asset":
        ids = asset_ids(sql, query)
    else:
        ids, key = _villages(sql, query)
    done = {i for i in ids if visited.get(key.get(i, i), "") >= since}
    waiting = [i for i in ids if i not in done]
    return waiting if only_open else [*waiting, *(i for i in ids if i in done)]


def task_counts(sql: Sql, subject: Subject, form_id: str, since: str, division: str = "") -> tuple[int, int]:
    """(visited since a day, all) in a division."""
    query = ListQuery(division=division)
    every = task_ids(sql, subject, form_id, since, query)
    return len(every) - len(task_ids(sql, subject, form_id, since, query, only_open=True)), len(every)


def task_rows(sql: Sql, subject: Subject, form_id: str, since: str, ids: Sequence[str]) -> list[Task]:
    """The rows of a page, in the order of the ids; ids that are gone are left out."""
    visited = last_visits(sql, subject, form_id)

    def day(key: str) -> tuple[str, bool]:
        last = visited.get(key, "")
        return last, bool(last) and last >= since

    if subject == "household":
        return [
            Task(r.id, r.head_name, f"{r.village}{r.group_name}", r.monitored_type or r.household_type, r.members,
                 *day(r.id))
            for r in household_rows(sql, ids)
        ]  # fmt: skip
    if subject == "asset":
        return [
            Task(r.id, r.name, r.village, r.subcategory or r.category, None, *day(r.id)) for r in asset_rows(sql, ids)
        ]
    found = {
        row_id: (name, code)
        for row_id, name, code in sql.in_chunks(
            "SELECT id,COALESCE(short_name,name),code FROM division WHERE id IN (*)", ids
        )
    }
    return [Task(i, found[i][0], found[i][1], "", None, *day(found[i][1])) for i in ids if i in found]


def _villages(sql: Sql, query: ListQuery) -> tuple[list[str], dict[str, str]]:
    """Ids of the villages that match, in code order, and their codes."""
    typed = query.text.strip()
    wanted = {code for code, name in villages(sql, query.division) if typed in name or typed in code}
    rows = sql.rows(
        f"SELECT id,code,name_initials FROM division WHERE level='village' AND code LIKE ? AND {LIVE} ORDER BY code",
        (query.division + "%",),
    )
    kept = [
        (row_id, code)
        for row_id, code, initials in rows
        if code in wanted or (typed.isascii() and (initials or "").startswith(typed.lower()))
    ]
    return [row_id for row_id, _ in kept], dict(kept)
