"""The list of projects for the window: which match, in which order, with what their assets add up to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from desktop.common.pinyin import initials
from desktop.insight.lists import ListQuery
from desktop.insight.project_funds import ProjectLine, project_lines
from desktop.store.database import Sql
from desktop.store.register import Register, shown_state

ORDERS: dict[str, Callable[[ProjectLine], Any]] = {
    "name": lambda p: (initials(p.name), p.name, p.id),
    "year": lambda p: (p.year or 0, p.id),
    "village": lambda p: (p.division_code, p.year or 0, p.id),
    "funds": lambda p: (p.funds_fen, p.id),
    "assets": lambda p: (p.assets_fen, p.id),
    "state": lambda p: (p.state, p.id),
}


@dataclass(frozen=True)
class ProjectTotals:
    """Count of all projects, and the sums of those listed, 分."""

    count: int
    funds_fen: int
    assets_fen: int


class ProjectBook:
    """The project library of a register: read once for a state of it, then filtered as one types.

    Adding up the fund parts of 30,000 assets takes a tenth of a second; ids, rows, sums and the detail ask.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._state: tuple[Any, ...] = ()
        self._lines: list[ProjectLine] = []
        self._by_id: dict[str, ProjectLine] = {}
        self._initials: dict[str, str] = {}

    @classmethod
    def of(cls, register: Register) -> ProjectBook:
        """The book of an open register, the same for whoever asks."""
        return register.facts.setdefault("project_book", cls())  # type: ignore[no-any-return]

    def lines(self, sql: Sql) -> list[ProjectLine]:
        """All projects, by division, year and number."""
        state = shown_state(sql)
        with self._lock:  # ids and sums are asked for at the same time, on two threads
            if state != self._state:
                self._lines, self._state = project_lines(sql), state
                self._by_id = {p.id: p for p in self._lines}
                self._initials = {p.id: initials(p.name) for p in self._lines}
            return self._lines

    def line(self, sql: Sql, project: str) -> ProjectLine | None:
        """One project; None when it is not in the register."""
        self.lines(sql)
        return self._by_id.get(project)

    def listed(self, sql: Sql, query: ListQuery) -> list[ProjectLine]:
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
            if typed in p.name.lower() or typed in p.project_no.lower():
                return True
            return self._initials.get(p.id, "").startswith(typed)

        found = [p for p in self.lines(sql) if fits(p)]
        if query.sort:
            found.sort(key=ORDERS[query.sort], reverse=query.descending)
        return found

    def ids(self, sql: Sql, query: ListQuery) -> list[str]:
        """Identifiers of the projects that match, in order."""
        return [p.id for p in self.listed(sql, query)]

    def rows(self, sql: Sql, ids: Sequence[str]) -> list[ProjectLine]:
        """The rows of a page, in the order of the ids."""
        self.lines(sql)
        return [self._by_id[i] for i in ids if i in self._by_id]

    def totals(self, sql: Sql, query: ListQuery) -> ProjectTotals:
        """Count of all, and the sums at the foot of the list."""
        shown = self.listed(sql, query)
        return ProjectTotals(len(self.lines(sql)), sum(p.funds_fen for p in shown), sum(p.assets_fen for p in shown))
