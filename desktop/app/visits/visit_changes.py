"""What the answers of a visit are as records: which are made, which columns change, what a correction takes back.

A cleared answer becomes NULL, an untouched or merely prefilled one nothing, an irrelevant one nothing. Records of one
household and period have the same id on every laptop.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from desktop.app.records.editing import complete_place
from desktop.app.records.records import today
from desktop.app.visits.visit import (
    Visit,
    now_utc,
)
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.common.ids import is_id, parse_id
from desktop.registry.checks import DATES, clean_values
from desktop.registry.labels import table_label
from desktop.registry.survey_identity import KEYS, survey_record_id
from desktop.store.unit_of_work import Seen
from desktop.survey.session.entities import EntityWrite, entity_writes
from desktop.survey.session.session import AnswerRefused, Session

NAME_COLUMN = {"person": "name", "asset": "name"}
"""Tables whose entity label is a column: XLSForm reserves the word `name`."""
PARENT_COLUMN = {"income_record": "household_id", "safeguard_check": "household_id", "lead": "household_id",
                 "measure": "household_id", "inspection": "asset_id", "finding": "asset_id"}  # fmt: skip
"""Records about the subject of the visit, which the form need not name again."""


@dataclass
class Change:
    """One record as it will be written."""

    table: str
    id: str
    label: str
    values: dict[str, Any]
    seen: Seen | None


def planned_changes(ws: Workspace, visit: Visit, visit_id: str) -> tuple[list[Change], list[Change]]:
    """The records to write, the visit's own first; and those a correction takes back."""
    now = changes_of(ws, visit, visit_id, entity_writes(visit.session))
    if not visit.correction_of:
        return now, []
    before = {(c.table, c.id): c for c in changes_of(ws, visit, visit_id, visit.baseline)}
    out: list[Change] = []
    for change in now:
        was = before.pop((change.table, change.id), None)
        if was is not None:
            always = OF_THE_FILLING if change.table == "visit" else ()
            cleared = {n: None for n in was.values if n not in change.values and n != "missing_reasons"}
            change.values = cleared | {
                n: v for n, v in change.values.items() if n in always or n not in was.values or was.values[n] != v
            }
        if change.values or change.table == "visit":
            out.append(change)
    dropped = [c for c in before.values() if c.table in OWN]
    return out, dropped


OWN = frozenset(("measure", "lead", "income_record", "safeguard_check"))
"""Records that belong to the visit: what a correction no longer says, is taken back."""
OF_THE_FILLING = frozenset(
    ("instance_id", "ended_at", "form_version", "form_digest", "title", "missing_reasons", "remarks")
)
"""Columns of a visit that say how it was filled; the others say what was answered."""


def changes_of(ws: Workspace, visit: Visit, visit_id: str, writes: Sequence[EntityWrite]) -> list[Change]:
    """Entity writes as records, the visit's own first."""
    own = Change("visit", visit_id, visit.form.title, {}, visit.lending.seen("visit", visit_id))
    changes = [own]
    counted: dict[tuple[str, ...], int] = {}
    schema = ws.register.schema.by_name
    inspection = _inspection(ws, visit, visit_id, writes)
    for write in writes:
        spec = schema.get(write.dataset)
        if spec is None:
            continue  # another program's list: the answers stay in the submission
        texts: dict[str, Any] = {n: _day_of(n, text) for n, text in write.values.items() if n in spec.by_column}
        if write.dataset == "visit":
            own.values.update(clean_values(spec, texts))
            continue
        if (column := NAME_COLUMN.get(write.dataset)) and write.label and _names(visit, write):
            texts[column] = write.label
        parent = PARENT_COLUMN.get(write.dataset)
        if parent and not texts.get(parent) and visit.subject_id:
            texts[parent] = visit.subject_id
        if write.dataset in ("lead", "inspection"):
            texts["visit_id"] = visit_id
        if write.dataset == "finding" and inspection:
            texts["inspection_id"] = inspection
        values = clean_values(spec, texts)
        row_id = inspection if write.dataset == "inspection" else _row_id(visit, write, values, counted)
        held = visit.lending.pinned.get((write.dataset, row_id))
        seen = None if held is None else held.seen
        here = ws.register.row(write.dataset, row_id) if seen is None else None
        if here is not None and write.dataset == "inspection":
            seen = ws.register.seen("inspection", row_id)
        elif here is not None and not here["removed"]:
            # it was not there when the draft was opened (and comes from elsewhere): nothing of it was seen
            seen = Seen(write.dataset, row_id, {}, frozenset())
        if "missing_reasons" in spec.by_column:
            before = held.raw.get("missing_reasons") if held is not None else None
            reasons = _reasons(before, values, write.reasons)
            if reasons != (before or None):
                values["missing_reasons"] = reasons
        if {"division_id", "division_code"} <= set(spec.by_column) and values.get("division_code"):
            complete_place(ws, write.dataset, values)
        changes.append(Change(write.dataset, row_id, write.label, values, seen))
    own.values = {**_visit_values(ws, visit, own.values), **{k: v for k, v in own.values.items() if v is not None}}
    return changes


def _inspection(ws: Workspace, visit: Visit, visit_id: str, writes: Sequence[EntityWrite]) -> str:
    """The inspection of this visit, "" for none: the asset's open row on a plan's list, so that the plan counts it.

    Of several plans the one due first; a correction keeps the row the visit wrote. Without a plan it is a new one.
    """
    found = [write for write in writes if write.dataset == "inspection" and is_id(write.entity_id)]
    if not found:
        return ""
    asset, day = found[0].values.get("asset_id") or visit.subject_id or "", found[0].values.get("on_date") or today()
    with ws.register.reading() as sql:
        before = sql.scalar("SELECT id FROM inspection WHERE visit_id=? AND canonical_id IS NULL", (visit_id,))
        listed = sql.scalar(
            "SELECT i.id FROM inspection i JOIN inspection_plan p ON p.id=i.plan_id AND p.removed=0 "
            "WHERE i.asset_id=? AND i.on_date IS NULL AND i.removed=0 AND i.canonical_id IS NULL "
            "AND COALESCE(p.start_date,'')<=? ORDER BY COALESCE(i.due_date,'9999-12-31'),i.id LIMIT 1",
            (asset.replace("-", ""), day[:10]),
        )
    return str(before or listed or parse_id(found[0].entity_id))


def _day_of(column: str, text: str | None) -> str | None:
    """A formula that copies a date gives it with a time; a column for days takes the day."""
    is_day = column in DATES or column.endswith("_date")
    return text[:10] if text and is_day and _MOMENT.match(text) else text


_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T")


def _names(visit: Visit, write: EntityWrite) -> bool:
    """Whether the entity's label is news: a record made here, or one whose label differs from the one lent."""
    held = visit.lending.pinned.get((write.dataset, write.entity_id.replace("-", "")))
    return held is None or held.values.get("label", "") != write.label


def _row_id(visit: Visit, write: EntityWrite, values: dict[str, Any], counted: dict[tuple[str, ...], int]) -> str:
    """The record's id: records of one household and period are the same on every laptop."""
    ordinal = 1
    if write.dataset == "measure":
        key = tuple(str(values.get(c) or "") for c in KEYS["measure"])
        ordinal = counted[key] = counted.get(key, 0) + 1
    same = survey_record_id(write.dataset, values, ordinal)
    if same is not None:
        return same
    if is_id(write.entity_id):
        return parse_id(write.entity_id)
    raise InputRefused(
        f"表单没有给{table_label(write.dataset)}记录编号，没有提交；草稿已保存。",
        hint="请告诉制表的人核对 entities 工作表。",
    )


def _reasons(before: object, values: Mapping[str, Any], given: Mapping[str, str]) -> str | None:
    """Why values are missing, after this visit: answered columns lose theirs, unanswered ones get the one given."""
    try:
        known: dict[str, str] = json.loads(str(before)) if before else {}
    except ValueError:
        known = {}
    for column, value in values.items():
        if value is not None:
            known.pop(column, None)
    known.update(given)
    return json.dumps(dict(sorted(known.items())), ensure_ascii=False) if known else None


def _visit_values(ws: Workspace, visit: Visit, said: Mapping[str, Any]) -> dict[str, Any]:
    """The visit's own columns: form, subject, times; what the form says of the visit comes on top."""
    session = visit.session
    household = visit.subject_id if visit.subject_table == "household" else None
    asset = visit.subject_id if visit.subject_table == "asset" else None
    reasons = {path: why for path, why in session.reasons.items() if _is_asked(session, path)}
    ended = max(now_utc(), visit.begun_at)  # a clock set back never makes a visit end before it began
    values: dict[str, Any] = {
        "form_id": visit.form.form_id, "form_version": visit.form.version, "form_digest": visit.form.digest,
        "title": visit.form.title, "household_id": household, "asset_id": asset,
        "division_code": _place(ws, visit), "ended_at": _iso(ended),
        "missing_reasons": json.dumps(reasons, ensure_ascii=False, sort_keys=True) if reasons else None,
        "remarks": json.dumps(session.remarks, ensure_ascii=False, sort_keys=True) if session.remarks else None,
        "instance_id": instance_id(session) or None,
    }  # fmt: skip
    if not visit.correction_of:
        values["started_at"] = _iso(visit.begun_at)
        values.setdefault("visited_at", visit.begun_at.astimezone().date().isoformat())
    if said.get("visited_at"):
        values.pop("visited_at", None)
    return values


def _is_asked(session: Session, path: str) -> bool:
    try:
        return session.node(path).relevant
    except AnswerRefused:
        return False


def _place(ws: Workspace, visit: Visit) -> str | None:
    held = visit.lending.pinned.get((visit.subject_table or "", visit.subject_id or ""))
    column = "code" if visit.subject_table == "division" else "division_code"
    if held is not None and held.values.get(column):
        return held.values[column]
    for write in entity_writes(visit.session):
        if write.values.get("division_code"):
            return write.values["division_code"]
    return ws.division_code


def instance_id(session: Session) -> str:
    """The OpenRosa instanceID of the submission."""
    for node in session.root.subtree():
        if node.definition.name.rpartition(":")[2] == "instanceID":
            return node.text
    return ""


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
