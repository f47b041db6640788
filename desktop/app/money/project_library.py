"""The project library 项目库 for the window: one project with its money, its assets, and where the two differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.app.money.contracts import LinkLine, link_lines
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.insight.industry_share import IndustryShares, industry_shares
from desktop.insight.project_funds import ProjectLine
from desktop.insight.project_lists import ProjectBook
from desktop.registry.codelists import word
from desktop.registry.value_words import words


@dataclass(frozen=True)
class ProjectAsset:
    """An asset that a project made; 分."""

    id: str
    name: str
    asset_no: str
    original_value_fen: int | None
    status: str


@dataclass(frozen=True)
class ProjectDetail:
    """A project in full. `words` are its values as shown, by column."""

    id: str
    line: ProjectLine
    values: Mapping[str, Any]
    words: Mapping[str, str]
    assets: tuple[ProjectAsset, ...]
    links: tuple[LinkLine, ...]
    in_conflict: bool


def project_detail(ws: Workspace, project_id: str) -> ProjectDetail | None:
    """The project; None when it is not there."""
    values = ws.register.row("project", project_id)
    with ws.register.reading() as sql:
        line = ProjectBook.of(ws.register).line(sql, project_id)
        if values is None or line is None:
            return None
        assets = tuple(
            ProjectAsset(i, name or "", no or "", fen, word("asset_status", status))
            for i, name, no, fen, status in sql.rows(
                "SELECT id,name,asset_no,original_value_fen,status FROM asset WHERE project_id=? AND removed=0 "
                "AND canonical_id IS NULL ORDER BY asset_no,name,id",
                (project_id,),
            )
        )
        conflict = bool(sql.scalar("SELECT in_conflict FROM project WHERE id=?", (project_id,)))
        links = link_lines(sql, "project_id", project_id)
    shown = {c: words("project", c, v) for c, v in values.items() if not isinstance(v, list)}
    return ProjectDetail(project_id, line, values, shown, assets, links, conflict)


def industry_years(ws: Workspace, division: str) -> IndustryShares:
    """产业资金占比 of a place and those below it, up to this year."""
    with ws.register.reading() as sql:
        return industry_shares(sql, division, int(today()[:4]))


def assets_without_project(ws: Workspace, project_id: str) -> list[tuple[str, str]]:
    """(words, id) of assets that no project claims, those of the project's name first; at most 2,000."""
    row = ws.register.row("project", project_id) or {}
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT id,name,asset_no FROM asset WHERE project_id IS NULL AND removed=0 AND canonical_id IS NULL "
            "AND name IS NOT NULL ORDER BY CASE WHEN project_name=? THEN 0 ELSE 1 END,name,id LIMIT 2000",
            (row.get("name"),),
        )
    return [(f"{name}（{no}）" if no else name, i) for i, name, no in rows]
