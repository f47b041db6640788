"""What guards ask of a case's papers: files of a kind, and the rows of list cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from desktop.store.database import Sql


def has_file(sql: Sql, row_id: str, kinds: Iterable[str], *, since: str = "") -> bool:
    """Whether a record has a living attachment of one of these kinds.

    `since`: the id of a record (a step taken); only attachments made after it count, as their ids tell.
    """
    wanted = tuple(kinds)
    marks = ",".join("?" * len(wanted))
    return bool(
        sql.scalar(
            f"SELECT 1 FROM attachment WHERE record_id=? AND kind IN ({marks}) AND removed=0 AND canonical_id IS NULL "
            "AND id>? LIMIT 1",
            (row_id, *wanted, since),
        )
    )


def list_rows(value: Any, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of a list cell by column, whether they come from the register (mappings) or as typed (lists)."""
    rows = []
    for row in value or []:
        rows.append(dict(row) if isinstance(row, Mapping) else dict(zip(columns, row, strict=False)))
    return rows
