"""The list of contracts for the window: which match, in which order, with what is owed today.

`equal` filters beside columns: `view` (a key of `contract_book.VIEWS`) and `mode` (code of `operation_mode.csv`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

from desktop.insight.contract_book import (
    VIEWS,
    ContractLine,
    arrears_total,
    contract_lines,
    in_view,
    matches,
)
from desktop.insight.lists import ListQuery
from desktop.registry.codelists import word
from desktop.store.database import Sql
from desktop.store.register import Register, shown_state

ORDERS: dict[str, Callable[[ContractLine], Any]] = {
    "contract_no": lambda c: (c.contract_no, c.id),
    "operator": lambda c: (c.operator, c.id),
    "village": lambda c: (c.division_code, c.contract_no, c.id),
    "term_end": lambda c: (c.term_end or "9999", c.id),
    "arrears": lambda c: (c.arrears_fen, c.oldest_days, c.id),
    "state": lambda c: (c.state, c.division_code, c.id),
}


def today() -> str:
    """Today on this machine, ISO."""
    return date.today().isoformat()  # noqa: DTZ011


@dataclass(frozen=True)
class ContractTotals:
    """What the list's head and foot say."""

    count: int
    by_view: dict[str, int]
    arrears_fen: int
    shown_arrears_fen: int


class ContractBook:
    """The contracts of a register: read once for a state of it and a day, then filtered as one types.

    Reading 3,000 contracts with ten years of dues and receipts takes half a second; every letter of a search asks.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._state: tuple[Any, ...] = ()
        self._lines: list[ContractLine] = []

    @classmethod
    def of(cls, register: Register) -> ContractBook:
        """The book of an open register, the same for whoever asks."""
        return register.facts.setdefault("contract_book", cls())  # type: ignore[no-any-return]

    def lines(self, sql: Sql) -> list[ContractLine]:
        """All contracts as of today."""
        state = (today(), shown_state(sql))
        with self._lock:  # ids and sums are asked for at the same time, on two threads
            if state != self._state:
                self._lines, self._state = contract_lines(sql, today()), state
            return self._lines

    def listed(self, sql: Sql, query: ListQuery) -> list[ContractLine]:
        """The contracts that match, in order: the oldest arrears, or the soonest end, first where asked for."""
        view, mode = query.equal.get("view", ""), word("operation_mode", query.equal.get("mode"))
        found = [
            line
            for line in self.lines(sql)
            if in_view(line, view)
            and matches(line, query.text, query.division)
            and (not mode or line.mode == mode)
            and (not query.only_conflicts or line.in_conflict)
        ]
        if query.sort:
            return sorted(found, key=ORDERS[query.sort], reverse=query.descending)
        if view == "owing":
            return sorted(found, key=lambda c: (-c.oldest_days, -c.arrears_fen, c.id))
        if view in ("expiring", "over"):
            return sorted(found, key=ORDERS["term_end"])
        return found

    def ids(self, sql: Sql, query: ListQuery) -> list[str]:
        """Identifiers of the contracts that match, in order."""
        return [line.id for line in self.listed(sql, query)]

    def rows(self, sql: Sql, ids: Sequence[str]) -> list[ContractLine]:
        """The rows of a page, as of today, in the order of the ids."""
        wanted = set(ids)
        found = {line.id: line for line in self.lines(sql) if line.id in wanted}
        return [found[i] for i in ids if i in found]

    def totals(self, sql: Sql, query: ListQuery) -> ContractTotals:
        """Counts by view within the division asked for, and what is owed in all and in the list."""
        everything = self.lines(sql)
        near = [line for line in everything if line.division_code.startswith(query.division)]
        view = query.equal.get("view", "")
        shown = [line for line in near if in_view(line, view) and matches(line, query.text, query.division)]
        return ContractTotals(
            len(everything), {view: sum(in_view(line, view) for line in near) for view in VIEWS},
            arrears_total(near).arrears_fen, arrears_total(shown).arrears_fen,
        )  # fmt: skip
