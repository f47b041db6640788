"""Finishes a visit: what its form wrote becomes records, in one unit of work, with the visit as provenance.

A cleared answer writes NULL, an untouched or merely prefilled one nothing, an irrelevant one nothing. What was seen
when the records were lent travels as `pred`, so that a change merged meanwhile is a conflict for a person.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desktop.app.records.attaching import ANSWERS as SUBMISSION
from desktop.app.records.records import today
from desktop.app.visits.forms import form_info, form_versions, load_form_of
from desktop.app.visits.left_out import LeftOut, left_out
from desktop.app.visits.lending import Lending
from desktop.app.visits.past_visits import (
    STATE_MIME,
    XML_MIME,
    made_by,
    previous_answers,
    submissions_of,
)
from desktop.app.visits.visit import (
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
from desktop.app.visits.visit_changes import OWN, Change, changes_of, planned_changes
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.common.ids import new_id
from desktop.registry.asset_status import follow_status
from desktop.registry.checks import clean_values
from desktop.registry.labels import table_label
from desktop.store.register import WriteScope
from desktop.survey.session import drafts as session_drafts
from desktop.survey.session.audit import NAME as AUDIT
from desktop.survey.session.entities import EntityWrite, entity_writes, row_identity
from desktop.survey.session.hidden_answers import hidden_answers
from desktop.survey.session.session import Session, Violation
from desktop.survey.session.submission import mark_edited, seed_from_xml, submission_xml

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
    changes, dropped = planned_changes(ws, visit, visit_id)
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
        if "asset" in scope.kinds:
            follow_status(scope, _visit_day(changes), source_doc=f"走访：{visit.form.title}", over=True)
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
    for change in changes_of(ws, visit, visit_id, baseline):
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


def _visit_day(changes: Sequence[Change]) -> str:
    """The day of the visit, never ahead: what it saw holds from then on."""
    said = next((c.values.get("visited_at") for c in changes if c.table == "visit"), None)
    return min(str(said or today())[:10], today())


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
    from desktop.app.visits.visit import question_labels

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
    from desktop.app.visits.visit import Media

    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT name,sha256,mime,size FROM attachment WHERE record_id=? AND kind<>? AND removed=0 "
            "AND canonical_id IS NULL ORDER BY id",
            (visit_id, SUBMISSION),
        )
    return {str(n): Media(str(n), str(d), str(m or ""), int(s or 0)) for n, d, m, s in rows}
