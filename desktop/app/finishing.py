"""Finishes a visit: what its form wrote becomes records, in one unit of work, with the visit as provenance.

A cleared answer writes NULL, an untouched or merely prefilled one nothing, an irrelevant one nothing. What was seen
when the records were lent travels as `pred`, so that a change merged meanwhile is a conflict for a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from desktop.app.attaching import ANSWERS as SUBMISSION
from desktop.app.editing import complete_place
from desktop.app.forms import form_info, form_versions, load_form_of
from desktop.app.left_out import LeftOut, left_out
from desktop.app.lending import Lending
from desktop.app.past_visits import (
    STATE_MIME,
    XML_MIME,
    made_by,
    previous_answers,
    submissions_of,
)
from desktop.app.records import today
from desktop.app.visit import (
    Visit,
    delete_draft,
    drafts_of,
    keep,
    now_utc,
    refresh_subject,
    rights_needed,
    save_header,
    save_labels,
    session_options,
)
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.ids import is_id, new_id, parse_id
from desktop.registry.checks import DATES, clean_values
from desktop.registry.labels import table_label
from desktop.registry.survey_identity import KEYS, survey_record_id
from desktop.store.register import WriteScope
from desktop.store.unit_of_work import Seen
from desktop.survey.session import drafts as session_drafts
from desktop.survey.session.audit import NAME as AUDIT
from desktop.survey.session.entities import EntityWrite, entity_writes, row_identity
from desktop.survey.session.hidden_answers import hidden_answers
from desktop.survey.session.session import AnswerRefused, Session, Violation
from desktop.survey.session.submission import mark_edited, seed_from_xml, submission_xml

NAME_COLUMN = {"person": "name", "asset": "name"}
"""Tables whose entity label is a column: XLSForm reserves the word `name`."""
PARENT_COLUMN = {"income_record": "household_id", "safeguard_check": "household_id", "lead": "household_id",
                 "measure": "household_id", "inspection": "asset_id", "finding": "asset_id"}  # fmt: skip
"""Records about the subject of the visit, which the form need not name again."""

LOG = "other"
"""Kind of the attachment that holds the log of events."""


@dataclass(frozen=True)
class Written:
    """A record that the visit made (`create`), changed (`update`), left as it was (`same`) or took back (`remove`)."""

    table: str
    id: str
    action: str
    label: str


@dataclass(frozen=True)
class Finished:
    """The outcome: what still bars finishing (then nothing was written), or the visit that was written."""

    violations: tuple[Violation, ...] = ()
    unit_id: str = ""
    visit_id: str = ""
    records: tuple[Written, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    """Answers that were given and then no longer asked for: nothing was written from them."""

    @property
    def done(self) -> bool:
        """Whether the visit is in the register."""
        return bool(self.visit_id)


@dataclass
class Change:
    """One record as it will be written."""

    table: str
    id: str
    label: str
    values: dict[str, Any]
    seen: Seen | None


def finish_visit(ws: Workspace, visit: Visit) -> Finished:
    """Write the visit into the register, or say what still bars it.

    Raises NotAllowed, InputRefused (an answer no record can hold; the draft stays), StorageFailed; then nothing was
    written and the draft is kept.
    """
    drafts = drafts_of(ws)
    for right in sorted(rights_needed(visit.session.form)):
        ws.require(right)
    keep(ws, visit, visit.place)
    violations = visit.session.finalise()
    if violations:
        return Finished(violations=tuple(violations), left_out=left_out(visit.session))
    refresh_subject(visit)
    visit_id = visit.correction_of or visit.key
    changes, dropped = _plan(ws, visit, visit_id)
    if not visit.correction_of and ws.register.row("visit", visit_id) is not None:
        delete_draft(drafts, visit.key)  # it was written before the machine stopped
        return Finished(unit_id="", visit_id=visit_id)
    reason = f"走访：{visit.form.title}"
    if visit.correction_of:
        reason = f"更正走访：{visit.correction_reason}"
    written: list[Written] = []
    with ws.write(reason, right="edit-people", source=f"visit:{visit_id}") as scope:
        for change in changes:
            written.append(_write(ws, scope, change))
        for change in dropped:
            scope.remove(change.table, change.id, change.seen)
            written.append(Written(change.table, change.id, "remove", change.label))
        for person, (kind, date) in visit.gone.items():
            seen = visit.lending.seen("person", person)
            values = clean_values(ws.register.table("person"), {"change_kind": kind, "change_date": date})
            scope.change("person", person, values, seen)
            written.append(Written("person", person, "update", ""))
        _attach_answers(ws, scope, visit, visit_id)
    assert scope.result is not None
    delete_draft(drafts, visit.key)
    return Finished(
        unit_id=scope.result.unit_id, visit_id=visit_id, records=tuple(written), left_out=left_out(visit.session)
    )


def correct_visit(ws: Workspace, visit_id: str, reason: str) -> Visit:
    """Open a finished visit for correction: its answers as they were given, its lists as they were lent.

    Finishing it writes only what differs, with the reason. Raises UsageError (no such visit, no reason, its answers
    are not on this machine), NotAllowed.
    """
    drafts = drafts_of(ws)
    if not reason.strip():
        raise UsageError("请写明为什么更正。")
    visit = finished_visit(ws, visit_id)
    for right in sorted(rights_needed(visit.session.form)):
        ws.require(right)
    session, lending, info = visit.session, visit.lending, visit.form
    visit.baseline = baseline = entity_writes(session)
    mark_edited(session)
    visit.correction_reason = reason.strip()
    for change in _changes(ws, visit, visit_id, baseline):
        lending.look_at(change.table, change.id)
    visit.previous = previous_answers(
        ws, session, info.form_id, (visit.subject_table, visit.subject_id), before=visit_id
    )
    save_header(drafts, ws, visit)
    save_labels(drafts, ws, visit, {"baseline": [_plain_write(w) for w in baseline], "original": visit.original_xml})
    keep(ws, visit, "")
    return visit


def finished_visit(ws: Workspace, visit_id: str) -> Visit:
    """A finished visit as it was answered, for reading, printing, or correcting; nothing is kept of it as a draft.

    Raises UsageError (no such visit, its answers are not on this machine).
    """
    row = ws.register.row("visit", visit_id)
    if row is None or row["removed"]:
        raise UsageError("没有这次走访，可能已被撤回。")
    found = submissions_of(ws, visit_id)
    if not found:
        raise UsageError("这次走访的答卷不在这台电脑上，打不开；请先合并含答卷的包。")
    last = found[-1]
    info = next(
        (i for i in form_versions(ws, str(row["form_id"])) if i.digest == row.get("form_digest")), None
    ) or form_info(ws, str(row["form_id"]))
    form = load_form_of(ws, info)
    lending = Lending(ws)
    lending.hidden = made_by(ws, visit_id)
    state = last.state
    if state.get("lent"):
        lending.take_back(state["lent"], b"")
    lending.see_now()
    options = session_options(ws, form, lending)
    misfits: list[str] = []
    if state.get("draft"):
        session, misfits = session_drafts.restore(form, state["draft"], options, state.get("labels"))
    else:
        session = Session(form, options, seed_from_xml(form, last.xml), first_load=False)
    visit = Visit(
        key=new_id(), form=info, session=session, lending=lending, begun_at=now_utc(), correction_of=visit_id,
        misfits=misfits, original_xml=last.xml,
    )  # fmt: skip
    visit.files = _files_of(ws, visit_id)
    refresh_subject(visit)
    return visit


def take_member_out(ws: Workspace, visit: Visit, path: str, kind: str, date: str) -> None:
    """Take a row out of a repeat. A person of the register stays one: where he went is written instead.

    `path` is the row, `kind` where the person went (change_kind), `date` when. Raises AnswerRefused when the form
    itself decides how many rows there are, InputRefused without kind or date.
    """
    node = visit.session.node(path)
    person = row_identity(visit.session, node).replace("-", "")
    known = ("person", person) in visit.lending.pinned
    if known and not (kind.strip() and date.strip()):
        raise InputRefused("这个人在登记册里：请写明去向和日期，人的登记会保留。")
    if known:
        clean_values(ws.register.table("person"), {"change_kind": kind, "change_date": date})
    visit.session.remove_repeat(node)
    if known:
        visit.gone[person] = (kind.strip(), date.strip())


# -- what is written ---------------------------------------------------------------------------------------------------


def _plan(ws: Workspace, visit: Visit, visit_id: str) -> tuple[list[Change], list[Change]]:
    """The records to write, the visit's own first; and those a correction takes back."""
    now = _changes(ws, visit, visit_id, entity_writes(visit.session))
    if not visit.correction_of:
        return now, []
    before = {(c.table, c.id): c for c in _changes(ws, visit, visit_id, visit.baseline)}
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


def _changes(ws: Workspace, visit: Visit, visit_id: str, writes: Sequence[EntityWrite]) -> list[Change]:
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
            "AND COALESCE(p.start_date,'')<=? ORDER BY i.due_date,i.id LIMIT 1",
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


def _write(ws: Workspace, scope: WriteScope, change: Change) -> Written:
    here = ws.register.row(change.table, change.id)
    if here is None and change.seen is not None and change.seen.heads:
        raise InputRefused(
            f"{table_label(change.table)}“{change.label}”的登记已被撤回，没有提交；已填的内容都在草稿里。",
            hint="请先恢复登记，或在表里改选另一户。",
        )
    if here is None:
        scope.insert(change.table, {k: v for k, v in change.values.items() if v is not None}, change.id)
        return Written(change.table, change.id, "create", change.label)
    if here["removed"] and change.table in OWN and change.values:
        scope.restore(change.table, change.id)  # taken back once, and said again now
    operations = scope.change(change.table, change.id, change.values, change.seen)
    return Written(change.table, change.id, "update" if operations else "same", change.label)


def _plain_write(write: EntityWrite) -> list[Any]:
    return [write.dataset, write.entity_id, write.action, write.label, write.source, write.values, write.reasons]


def plain_writes(rows: Sequence[Sequence[Any]]) -> list[EntityWrite]:
    """What `_plain_write` kept."""
    return [EntityWrite(r[0], r[1], r[2], r[3], r[4], dict(r[5]), dict(r[6])) for r in rows]


# -- the answers beside the visit --------------------------------------------------------------------------------------


def _attach_answers(ws: Workspace, scope: WriteScope, visit: Visit, visit_id: str) -> None:
    """The submission, the state it can be corrected from, and the files named in it."""
    from desktop.app.visit import question_labels

    rows, _ = visit.lending.to_plain()
    state = {
        "draft": session_drafts.save(visit.session),
        "lent": [[t, i, v, {}, True] for t, i, v, _, listed in rows if listed],
        "labels": question_labels(visit.session),
        "left_out": [[out.label, out.answer, out.because] for out in left_out(visit.session)],
    }
    stem = f"{visit.form.form_id}"
    scope.attach(
        "visit", visit_id, json.dumps(state, ensure_ascii=False).encode("utf-8"), name=f"{stem}.json", mime=STATE_MIME,
        kind=SUBMISSION,
    )  # fmt: skip
    if visit.audit is not None:
        for hidden in hidden_answers(visit.session):
            visit.audit.note_change("not relevant", hidden.node.path(), hidden.text, "")
        scope.attach("visit", visit_id, visit.audit.finish().encode("utf-8"), name=AUDIT, mime="text/csv", kind=LOG)
    scope.attach(
        "visit", visit_id, submission_xml(visit.session).encode("utf-8"), name=f"{stem}.xml", mime=XML_MIME,
        kind=SUBMISSION,
    )  # fmt: skip
    known = {m.digest for m in _files_of(ws, visit_id).values()}
    used = used_files(visit.session)
    for name, held in visit.files.items():
        if name in used and held.digest not in known:
            scope.work.attach_row(
                {
                    "record_table": "visit", "record_id": visit_id, "sha256": held.digest, "size": held.size,
                    "mime": held.mime, "name": held.name,
                    "kind": "photo" if held.mime.startswith("image/") else "other",
                }
            )


def used_files(session: Session) -> set[str]:
    """The answers of the relevant questions that take files."""
    return {
        node.text
        for node in session.root.subtree()
        if node.text and node.relevant
        and (control := session.form.questions.get(node.definition.path)) is not None and control.kind == "upload"
    }  # fmt: skip


def _files_of(ws: Workspace, visit_id: str) -> dict[str, Any]:
    from desktop.app.visit import Media

    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT name,sha256,mime,size FROM attachment WHERE record_id=? AND kind<>? AND removed=0 "
            "AND canonical_id IS NULL ORDER BY id",
            (visit_id, SUBMISSION),
        )
    return {str(n): Media(str(n), str(d), str(m or ""), int(s or 0)) for n, d, m, s in rows}
