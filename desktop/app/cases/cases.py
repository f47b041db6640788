"""A case (disposal, problem, notice, registration …) as a page shows it: head, track, steps and the way it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.app.cases.procedures import StepLine, StepView, TrackState, steps_of, steps_taken, track_of
from desktop.app.records.record_names import RecordNames
from desktop.app.workspace import Workspace
from desktop.registry.labels import label
from desktop.registry.procedures import PROCEDURES
from desktop.registry.value_words import words

MOST_NAMED = 12
"""Assets of a case that are named; a longer list is counted."""


@dataclass(frozen=True)
class CaseDetail:
    """One case. `values` are as stored, `words` as shown; the asset it is about, when it is about one."""

    id: str
    table: str
    values: Mapping[str, Any]
    words: Mapping[str, str]
    village: str
    asset: Mapping[str, Any]
    state: str
    state_word: str
    track: tuple[TrackState, ...]
    steps: tuple[StepView, ...]
    taken: tuple[StepLine, ...]
    files: Mapping[str, int]
    """How many living files of each kind it has."""


def case_detail(ws: Workspace, table: str, row_id: str) -> CaseDetail | None:
    """The case with everything a page shows of it; None when it is not there."""
    values = ws.register.row(table, row_id)
    if values is None or values.get("removed"):
        return None
    procedure = PROCEDURES[table]
    state = str(values.get("state") or procedure.initial)
    asset_id = str(values.get("asset_id") or "")
    asset = (ws.register.row("asset", asset_id) or {}) if asset_id else {}
    code = str(values.get("division_code") or asset.get("division_code") or "")
    with ws.register.reading() as sql:
        village = sql.scalar(
            "SELECT COALESCE(short_name,name) FROM division WHERE code=? AND removed=0 ORDER BY as_of DESC", (code,)
        )
        files = {
            str(kind): int(n)
            for kind, n in sql.rows(
                "SELECT COALESCE(kind,'other'),COUNT(*) FROM attachment WHERE record_id=? AND removed=0 "
                "AND canonical_id IS NULL GROUP BY COALESCE(kind,'other')",
                (row_id,),
            )
        }
    shown = {c: words(table, c, v) for c, v in values.items() if not isinstance(v, list)}
    return CaseDetail(
        row_id, table, values, shown, str(village or ""), asset, state, procedure.states.get(state, state),
        tuple(track_of(ws, table, row_id)), tuple(steps_of(ws, table, row_id)), tuple(steps_taken(ws, table, row_id)),
        files,
    )  # fmt: skip


def case_facts(ws: Workspace, detail: CaseDetail, columns: tuple[str, ...]) -> list[tuple[str, str]]:
    """Facts of a case that are filled in, as (label, words); references by the name of what they point to."""
    names = RecordNames(ws)
    out = []
    for column in columns:
        value = detail.values.get(column)
        if value in (None, "", []):
            continue
        name = label(detail.table, column).removesuffix("（元）")
        if column == "assets" and isinstance(value, list) and len(value) > MOST_NAMED:
            said = names.said(detail.table, column, value[:MOST_NAMED]) + f" 等 {len(value)} 项"
        else:
            said = names.said(detail.table, column, value, detail.values)
        out.append((name, said))
    return out


@dataclass(frozen=True)
class CaseLine:
    """A registration or handover that an asset is part of."""

    id: str
    title: str
    state: str
    state_word: str


def cases_about(ws: Workspace, table: str, asset: str) -> list[CaseLine]:
    """The registrations or handovers an asset stands on, newest first. ValueError for other tables."""
    if table not in ("registration", "handover"):
        raise ValueError(f"{table} has no list of assets")
    procedure = PROCEDURES[table]
    with ws.register.reading() as sql:
        rows = sql.rows(
            f"SELECT c.id,c.title,c.state FROM {table} c JOIN {table}_asset a ON a.{table}_id=c.id WHERE a.asset_id=? "
            "AND c.removed=0 AND c.canonical_id IS NULL ORDER BY c.id DESC",
            (asset,),
        )
    return [
        CaseLine(r[0], r[1] or "", r[2] or procedure.initial, procedure.states.get(r[2] or procedure.initial, ""))
        for r in rows
    ]


def decision_choices(ws: Workspace, division_code: str = "") -> list[tuple[str, str]]:
    """Decisions that can be cited, newest first, as (words, id)."""
    near = "AND (division_code IS NULL OR division_code LIKE ? OR ? LIKE division_code||?) " if division_code else ""
    with ws.register.reading() as sql:
        rows = sql.rows(
            f"SELECT id,title,resolved_date FROM decision WHERE removed=0 AND canonical_id IS NULL {near}"
            "ORDER BY COALESCE(resolved_date,'') DESC,id LIMIT 300",
            (division_code + "%", division_code, "%") if division_code else (),
        )
    return [(" ".join(p for p in (r[2], r[1]) if p), r[0]) for r in rows]


def party_choices(ws: Workspace) -> list[tuple[str, str]]:
    """Holders of rights, by name, as (name, id)."""
    with ws.register.reading() as sql:
        rows = sql.rows("SELECT id,name FROM party WHERE removed=0 AND canonical_id IS NULL ORDER BY name,id")
    return [(r[1], r[0]) for r in rows if r[1]]


def plan_choices(ws: Workspace) -> list[tuple[str, str]]:
    """Inspection plans, the latest first, as (title, id)."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT id,title FROM inspection_plan WHERE removed=0 AND canonical_id IS NULL "
            "ORDER BY COALESCE(start_date,'') DESC,id DESC LIMIT 100"
        )
    return [(r[1] or "—", r[0]) for r in rows]
