"""A case (disposal, problem, notice, registration …) as a page shows it: head, track, steps and the way it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.app.details import value_words
from desktop.app.procedures import StepLine, StepView, TrackState, steps_of, steps_taken, track_of
from desktop.app.workspace import Workspace
from desktop.registry.codelists import words
from desktop.registry.disposal_procedure import LEVELS
from desktop.registry.labels import label
from desktop.registry.procedures import PROCEDURES

WORDS_OF_COLUMN: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("disposal", "approval_level"): {code: f"{word}级" for code, word in LEVELS.items()},
    ("finding", "seriousness"): {"minor": "较轻", "general": "一般", "serious": "严重"},
    ("inspection", "found"): {"yes": "在", "no": "不在", "partly": "部分在"},
    ("inspection", "method"): {"site": "现场", "document": "查资料", "phone": "电话", "scan": "扫码"},
}
"""Coded columns whose few words are the product's own, no list that a county extends."""


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
    out = []
    for column in columns:
        value = detail.values.get(column)
        if value in (None, "", []):
            continue
        name = label(detail.table, column).removesuffix("（元）")
        if column == "assets" and isinstance(value, list):
            out.append((name, _asset_names(ws, [str(part.get("asset_id") or "") for part in value])))
            continue
        own = WORDS_OF_COLUMN.get((detail.table, column), {}).get(str(value), "")
        out.append((name, own or reference_words(ws, column, value) or value_words(detail.table, column, value)))
    return out


def _asset_names(ws: Workspace, ids: Sequence[str], most: int = 12) -> str:
    """The names of assets in their order; of a long list the first ones and a count."""
    with ws.register.reading() as sql:
        names = {i: str(n or "") for i, n in sql.in_chunks("SELECT id,name FROM asset WHERE id IN (*)", ids[:most])}
    said = "、".join(names.get(i, "") for i in ids[:most])
    return f"{said} 等 {len(ids)} 项" if len(ids) > most else said


def reference_words(ws: Workspace, column: str, value: object) -> str:
    """What a reference points to, by its name; "" when the column is no reference."""
    tables = {"asset_id": "asset", "decision_id": "decision", "from_party_id": "party", "to_party_id": "party",
              "party_id": "party", "inspection_id": "", "plan_id": "inspection_plan"}  # fmt: skip
    table = tables.get(column)
    if not table:
        return ""
    row = ws.register.row(table, str(value)) or {}
    if table == "decision":
        return " ".join(str(row[c]) for c in ("resolved_date", "title") if row.get(c))
    return str(row.get("name") or row.get("title") or "")


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
            "ORDER BY resolved_date DESC,id LIMIT 300",
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
            "ORDER BY start_date DESC,id DESC LIMIT 100"
        )
    return [(r[1] or "—", r[0]) for r in rows]
