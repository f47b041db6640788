"""The list of decision records 四议两公开: which match, how far each has come, and what is wrong with it.

`equal` filters: `kind` (code of `decision_kind.csv`) and `open` (only those with something missing or wrong).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.insight.lists import ListQuery, place_names
from desktop.registry.codelists import word
from desktop.registry.decision import PUBLICATIONS, STEPS, decision_gaps, decision_problems
from desktop.registry.policies import policy
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
_COLUMNS = (
    "id", "title", "kind", "division_code", *STEPS, *PUBLICATIONS, "should_attend", "attended", "agreed", "in_conflict",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision in a list. `wrong` and `gaps` are clauses without personal data."""

    id: str
    title: str
    kind: str
    kind_word: str
    village: str
    division_code: str
    resolved: str
    done: int
    """How many of the six days (四议 and 两公开) are known."""
    wrong: tuple[str, ...]
    gaps: tuple[str, ...]
    in_conflict: bool


ORDERS: dict[str, Callable[[DecisionRow], Any]] = {
    "title": lambda d: (d.title, d.id),
    "resolved": lambda d: (d.resolved, d.id),
    "village": lambda d: (d.division_code, d.resolved, d.id),
    "state": lambda d: (bool(d.wrong), bool(d.gaps), d.resolved, d.id),
}


def decision_lines(sql: Sql, ids: Sequence[str] | None = None) -> list[DecisionRow]:
    """Live decisions, the latest resolution first: all, or those named."""
    attend, agree = policy(sql, "decision.attend_share"), policy(sql, "decision.agree_share")
    names = place_names(sql)
    statement = f"SELECT {','.join(_COLUMNS)} FROM decision WHERE {LIVE}"
    found = sql.rows(statement) if ids is None else sql.in_chunks(f"{statement} AND id IN (*)", ids)
    lines = []
    for r in found:
        row = dict(zip(_COLUMNS, r, strict=True))
        lines.append(DecisionRow(
            id=row["id"], title=row["title"] or "", kind=row["kind"] or "",
            kind_word=word("decision_kind", row["kind"]), village=names.get(row["division_code"], ""),
            division_code=row["division_code"] or "", resolved=row["resolved_date"] or "",
            done=sum(bool(row[c]) for c in (*STEPS, *PUBLICATIONS)),
            wrong=tuple(decision_problems(row, attend, agree)), gaps=tuple(decision_gaps(row, published=True)),
            in_conflict=bool(row["in_conflict"]),
        ))  # fmt: skip
    return sorted(lines, key=lambda d: (d.resolved, d.id), reverse=True)


def listed_decisions(sql: Sql, query: ListQuery) -> list[DecisionRow]:
    """Those that match, in order."""
    typed = query.text.strip().lower()
    found = [
        d
        for d in decision_lines(sql)
        if d.division_code.startswith(query.division)
        and (not query.equal.get("kind") or d.kind == query.equal["kind"])
        and (not query.equal.get("open") or d.wrong or d.gaps)
        and (not query.only_conflicts or d.in_conflict)
        and (not typed or typed in d.title.lower() or typed in d.village.lower() or typed in d.kind_word)
    ]
    return sorted(found, key=ORDERS[query.sort], reverse=query.descending) if query.sort else found


def decision_ids(sql: Sql, query: ListQuery) -> list[str]:
    """Identifiers of those that match, in order."""
    return [d.id for d in listed_decisions(sql, query)]


def decision_count(sql: Sql) -> int:
    """How many decisions there are, whatever is asked for."""
    return int(sql.scalar("SELECT COUNT(*) FROM decision WHERE removed=0 AND canonical_id IS NULL") or 0)


def decision_rows(sql: Sql, ids: Sequence[str]) -> list[DecisionRow]:
    """The rows of a page, in the order of the ids."""
    found = {d.id: d for d in decision_lines(sql, ids)}
    return [found[i] for i in ids if i in found]


@dataclass(frozen=True, slots=True)
class Citation:
    """Something that rests on a decision: its table, its id, how it is called."""

    table: str
    row_id: str
    name: str


def citations(sql: Sql, decision_id: str) -> list[Citation]:
    """Contracts, distributions, disposals and registrations that cite a decision."""
    out: list[Citation] = []
    for table, name in (("contract", "contract_no"), ("distribution", "title"), ("registration", "title")):
        rows = sql.rows(f"SELECT id,{name} FROM {table} WHERE decision_id=? AND {LIVE} ORDER BY id", (decision_id,))
        out += [Citation(table, i, called or "") for i, called in rows]
    rows = sql.rows(
        "SELECT d.id,a.name FROM disposal d LEFT JOIN asset a ON a.id=d.asset_id WHERE d.decision_id=? AND d.removed=0 "
        "AND d.canonical_id IS NULL ORDER BY d.id",
        (decision_id,),
    )
    return out + [Citation("disposal", i, called or "") for i, called in rows]
