"""A decision record 四议两公开 for the window: its days, its quorum, what is wrong or missing, what rests on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.app.workspace import Workspace
from desktop.insight.decision_lists import Citation, DecisionRow, citations, decision_lines
from desktop.registry.decision import PUBLICATIONS, STEPS
from desktop.registry.labels import label
from desktop.registry.value_words import words


@dataclass(frozen=True)
class DecisionDetail:
    """A decision in full."""

    id: str
    row: DecisionRow
    values: Mapping[str, Any]
    words: Mapping[str, str]
    days: tuple[tuple[str, str], ...]
    """(step in words, day or "") of the four deliberations and two publications, in order."""
    cited_by: tuple[Citation, ...]


def decision_detail(ws: Workspace, decision_id: str) -> DecisionDetail | None:
    """The decision; None when it is not there."""
    values = ws.register.row("decision", decision_id)
    with ws.register.reading() as sql:
        rows = decision_lines(sql, [decision_id])
        if values is None or not rows:
            return None
        cited = tuple(citations(sql, decision_id))
    days = tuple((label("decision", c), str(values.get(c) or "")) for c in (*STEPS, *PUBLICATIONS))
    shown = {c: words("decision", c, v) for c, v in values.items()}
    return DecisionDetail(decision_id, rows[0], values, shown, days, cited)
