"""Ctrl+K: any household, person, asset or village by name, initials, number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from desktop.app.workspace import Workspace
from desktop.insight.lists import ListQuery, asset_ids, asset_rows, household_ids, household_rows, villages

HitKind = Literal["household", "asset", "village"]


@dataclass(frozen=True)
class Hit:
    """One thing found. For a village `id` is its code."""

    kind: HitKind
    id: str
    title: str
    subtitle: str


def find_anything(ws: Workspace, text: str, limit: int = 30) -> list[Hit]:
    """What matches the typed text: `@` asks for villages only, `#` for numbers only."""
    typed = text.strip()
    if not typed:
        return []
    only_villages, typed = typed.startswith("@"), typed.lstrip("@#")
    if not typed:
        return []
    with ws.register.reading() as sql:
        hits = [
            Hit("village", code, name, "村") for code, name in villages(sql) if typed in name or code.startswith(typed)
        ][:limit]
        if only_villages:
            return hits
        for row in household_rows(sql, household_ids(sql, ListQuery(text=typed))[:limit]):
            hits.append(
                Hit("household", row.id, row.head_name or "（未填户主）", f"{row.village} {row.group_name}".strip())
            )
        for asset in asset_rows(sql, asset_ids(sql, ListQuery(text=typed))[:limit]):
            hits.append(Hit("asset", asset.id, asset.name, f"{asset.village} {asset.asset_no}".strip()))
    return hits[:limit]
