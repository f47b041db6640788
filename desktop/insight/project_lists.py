"""The list of projects for the window: which match, in which order, with what their assets add up to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.common.pinyin import initials
from desktop.insight.lists import ListQuery
from desktop.insight.project_funds import ProjectLine, project_lines
from desktop.store.database import Sql

ORDERS: dict[str, Callable[[ProjectLine], Any]] = {
    "name": lambda p: (initials(p.name), p.name, p.id),
    "year": lambda p: (p.year or 0, p.id),
    "village": lambda p: (p.division_code, p.year or 0, p.id),
    "funds": lambda p: (p.funds_fen, p.id),
    "assets": lambda p: (p.assets_fen, p.id),
    "state": lambda p: (p.state, p.id),
}


def listed_projects(sql: Sql, query: ListQuery) -> list[ProjectLine]:
    """The projects that match; `equal` may hold `state` and `different` (only those whose sums differ)."""
    typed = query.text.strip().lower()

    def fits(p: ProjectLine) -> bool:
        if not p.division_code.startswith(query.division):
            return False
        if query.equal.get("state") and p.state != query.equal["state"]:
            return False
        if query.equal.get("different") and not (p.stated and p.assets and p.different()):
            return False
        if not typed:
            return True
        return typed in p.name.lower() or typed in p.project_no.lower() or initials(p.name).startswith(typed)

    found = [p for p in project_lines(sql) if fits(p)]
    if query.sort:
        found.sort(key=ORDERS[query.sort], reverse=query.descending)
    return found


def project_ids(sql: Sql, query: ListQuery) -> list[str]:
    """Identifiers of the projects that match, in order."""
    return [p.id for p in listed_projects(sql, query)]


def project_rows(sql: Sql, ids: Sequence[str]) -> list[ProjectLine]:
    """The rows of a page, in the order of the ids."""
    wanted = set(ids)
    found = {p.id: p for p in project_lines(sql) if p.id in wanted}
    return [found[i] for i in ids if i in found]


@dataclass(frozen=True)
class ProjectTotals:
    """Count of all projects, and the sums of those listed, 分."""

    count: int
    funds_fen: int
    assets_fen: int


def project_totals(sql: Sql, query: ListQuery) -> ProjectTotals:
    """Sums at the foot of the list."""
    shown = listed_projects(sql, query)
    count = int(sql.scalar("SELECT COUNT(*) FROM project WHERE removed=0 AND canonical_id IS NULL") or 0)
    return ProjectTotals(count, sum(p.funds_fen for p in shown), sum(p.assets_fen for p in shown))
