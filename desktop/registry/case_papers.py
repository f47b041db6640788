"""What guards ask of a case's papers: files of a kind, decisions that were taken, rows of list cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from desktop.store.database import Sql


def has_file(sql: Sql, row_id: str, kinds: Iterable[str]) -> bool:
    """Whether a record has a living attachment of one of these kinds."""
    wanted = tuple(kinds)
    marks = ",".join("?" * len(wanted))
    return bool(
        sql.scalar(
            f"SELECT 1 FROM attachment WHERE record_id=? AND kind IN ({marks}) AND removed=0 AND canonical_id IS NULL "
            "LIMIT 1",
            (row_id, *wanted),
        )
    )


def decision_bars(sql: Sql, decision_id: str | None, kind: str, on: str) -> list[str]:
    """What is wrong with the decision a case cites: not there, of another kind, not resolved, no majority, later."""
    if not decision_id:
        return []
    found = sql.one(
        "SELECT kind,resolved_date,attended,should_attend,agreed FROM decision WHERE id=? AND removed=0", (decision_id,)
    )
    if found is None:
        return ["决策记录不在册中"]
    bars = []
    if found[0] not in (None, kind, "other"):
        bars.append("决策记录是另一类事项的")
    if not found[1]:
        bars.append("决策记录没有会议决议日期")
    elif found[1] > on:
        bars.append(f"会议 {found[1]} 才开")
    if found[2] is not None and found[4] is not None and found[4] * 2 <= found[2]:
        bars.append("会议同意的没有超过实到人数的一半")
    return bars


def list_rows(value: Any, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of a list cell by column, whether they come from the register (mappings) or as typed (lists)."""
    rows = []
    for row in value or []:
        rows.append(dict(row) if isinstance(row, Mapping) else dict(zip(columns, row, strict=False)))
    return rows
