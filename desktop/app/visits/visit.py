"""A visit in work: the session of its form, what the register lent it, the draft it is kept in after every answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from desktop.app.rights import Right
from desktop.app.visits.forms import FormInfo
from desktop.app.visits.lending import ORDER, Lending
from desktop.app.workspace import RIGHT_OF_TABLE, Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.registry.labels import table_label
from desktop.store.attachments import Attachments
from desktop.store.drafts import Drafts
from desktop.survey.session import drafts as session_drafts
from desktop.survey.session.audit import AuditLog
from desktop.survey.session.entities import EntityWrite
from desktop.survey.session.session import AnswerRefused, Options, Session
from desktop.survey.xform.model import Form

DRAFT = "visit"
"""Kind of the draft that says what a visit in work is; the kinds below hold its parts under the same key."""
ANSWERS, LENT, LABELS, TOUCHED = "visit-answers", "visit-lent", "visit-labels", "visit-touched"
FORMAT = 1
TOUCHED_APART = 64
"""So many touched paths are written anew with each answer; then they are kept apart, written once."""
LARGEST_FILE = 64 << 20
"""Bytes of one photo or file of a visit."""
SUBJECT_TABLES = ("household", "asset", "division")


@dataclass(frozen=True)
class Media:
    """A file given as an answer; `name` is the answer's text."""

    name: str
    digest: str
    mime: str
    size: int


@dataclass
class Visit:
    """A form being filled about a household, an asset or a village."""

    key: str
    form: FormInfo
    session: Session
    lending: Lending
    begun_at: datetime
    """UTC."""
    subject_table: str | None = None
    subject_id: str | None = None
    subject_label: str = ""
    previous: Mapping[str, str] = field(default_factory=dict)
    """Answers of the last finished visit with this form and subject, by path of the question as it stands now."""
    place: str = ""
    """Path of the question to go on at."""
    misfits: list[str] = field(default_factory=list)
    """What of an old draft did not fit the changed form or the changed register, in sentences."""
    correction_of: str | None = None
    """The finished visit that is being corrected."""
    correction_reason: str = ""
    files: dict[str, Media] = field(default_factory=dict)
    gone: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Members taken out of the rows: person → (change_kind, change_date)."""
    baseline: list[EntityWrite] = field(default_factory=list)
    """For a correction: what the visit wrote as it was finished."""
    original_xml: str = ""
    audit: AuditLog | None = None
    """The log of events, for a form that asks for one."""
    touched_kept: frozenset[str] = frozenset()
    """Touched paths that are kept apart from the answers."""
    choosers: tuple[tuple[str, tuple[str, ...]], ...] | None = None
    """(table, path) of the questions that choose the subject, found when first asked."""


def drafts_of(ws: Workspace) -> Drafts:
    """Where drafts are kept (of a register on a server: on this machine); UsageError for one opened for reading."""
    drafts = ws.register.facts.get("drafts")
    if not isinstance(drafts, Drafts):
        raise UsageError("这个册是只读打开的，或这台电脑上存草稿的地方打不开，不能填表；请以可写方式重新打开。")
    return drafts


def rights_needed(form: Form) -> set[Right]:
    """What one must be allowed to do to finish a filling of this form."""
    needed: set[Right] = {"edit-people"}
    needed.update(RIGHT_OF_TABLE[t.dataset] for t in form.entities if t.dataset in ("asset", "inspection", "finding"))
    return needed


def session_options(ws: Workspace, form: Form, lending: Lending) -> Options:
    """What a filling takes from this register and machine: lists, user, device."""
    return Options(
        properties={"username": ws.user, "deviceid": f"xiangce:{ws.register.device.hex()[:16]}"},
        lists=lending.lists(name for name in ORDER if name in form.instances),
    )


def keep(ws: Workspace, visit: Visit, place: str = "") -> datetime:
    """Keep the visit as it stands, with the question the person stands at; durable when it returns.

    The local time it was kept. Raises StorageFailed: what was kept before is still there.
    """
    drafts = drafts_of(ws)
    if place:
        visit.place = place
    if refresh_subject(visit):
        save_header(drafts, ws, visit)
    if visit.lending.changed:
        rows, seen = visit.lending.to_plain()
        drafts.save(LENT, visit.key, rows, seen=seen, user=ws.user)
        visit.lending.changed = False
    if visit.audit is not None and place:
        visit.audit.at(place)
    draft = session_drafts.save(visit.session, visit.place)
    touched = visit.session.touched
    if len(touched) - len(visit.touched_kept) > TOUCHED_APART or not visit.touched_kept <= touched:
        drafts.save(TOUCHED, visit.key, sorted(touched), user=ws.user)
        visit.touched_kept = frozenset(touched)
    draft["touched"] = sorted(touched - visit.touched_kept)
    payload = {
        "audit": visit.audit.rows if visit.audit is not None else [],
        "draft": draft,
        "files": {m.name: [m.digest, m.mime, m.size] for m in visit.files.values()},
        "gone": {person: list(where) for person, where in visit.gone.items()},
    }
    drafts.save(
        ANSWERS, visit.key, payload, attachments=(m.digest for m in visit.files.values()), user=ws.user
    )  # fmt: skip
    return datetime.now().astimezone()


def save_header(drafts: Drafts, ws: Workspace, visit: Visit) -> None:
    """Keep what the visit is: which form, about whom, since when."""
    header = {
        "format": FORMAT, "form_id": visit.form.form_id, "title": visit.form.title, "version": visit.form.version,
        "digest": visit.form.digest, "origin": visit.form.origin, "subject_table": visit.subject_table,
        "subject_id": visit.subject_id, "subject_label": visit.subject_label,
        "begun_ms": int(visit.begun_at.timestamp() * 1000), "correction_of": visit.correction_of,
        "reason": visit.correction_reason,
    }  # fmt: skip
    drafts.save(DRAFT, visit.key, header, user=ws.user)


def save_labels(drafts: Drafts, ws: Workspace, visit: Visit, extra: Mapping[str, Any]) -> None:
    """Keep the questions' words, so that a changed form can say what it has no place for."""
    drafts.save(LABELS, visit.key, {"labels": question_labels(visit.session), **extra}, user=ws.user)


def delete_draft(drafts: Drafts, key: str) -> bool:
    """Forget a visit in work."""
    found = drafts.delete(DRAFT, key)
    for kind in (ANSWERS, LENT, LABELS, TOUCHED):
        drafts.delete(kind, key)
    return found


def question_labels(session: Session) -> dict[str, str]:
    """The words of the questions by name, as far as they can be said without an answer."""
    found: dict[str, str] = {}
    for node in session.root.subtree():
        name = node.definition.name
        if node.definition.path in session.form.questions and name not in found:
            said = session.view(node).label
            if said:
                found[name] = " ".join(said.split())
    for path, control in session.form.questions.items():
        if path[-1] not in found and control.label is not None:
            try:
                said = session.texts.shown(control.label, session.root)
            except (AnswerRefused, InputRefused):
                continue
            if said:
                found[path[-1]] = " ".join(said.split())
    return found


# -- files -------------------------------------------------------------------------------------------------------------


def keep_media(ws: Workspace, visit: Visit, path: str, data: bytes, name: str, mime: str) -> str:
    """Keep a photo, recording or file, encrypted, as the answer of a question; the answer's text (a file name).

    Raises InputRefused (empty, too large, the question takes no answer now), StorageFailed; nothing changed then.
    """
    if not 0 < len(data) <= LARGEST_FILE:
        raise InputRefused(f"{name} 是空文件，或超过 {LARGEST_FILE >> 20} MB；没有保存。")
    node = visit.session.node(path)
    if node.readonly:
        raise InputRefused("这一题现在是只读的，没有保存。")
    put = ws.register.attach_bytes
    if put is None:
        raise UsageError("这个册没有附件存放处，没有保存。")
    digest = put(data)
    answer = _file_name(name, digest, visit.files)
    visit.files[answer] = Media(answer, digest, mime, len(data))
    visit.session.answer(node, answer)
    keep(ws, visit, visit.place)
    return answer


def media(ws: Workspace, visit: Visit, name: str) -> bytes:
    """The content of a file given as an answer. UsageError when there is none, AttachmentMissing, FileDamaged."""
    held = visit.files.get(name)
    if held is None or ws.register.read_attachment is None:
        raise UsageError(f"这次走访里没有文件 {name}。")
    return ws.register.read_attachment(held.digest)


def _file_name(name: str, digest: str, known: Mapping[str, Media]) -> str:
    """A file name that is unique in the visit and says nothing of the folder it came from."""
    base = name.replace("\\", "/").rpartition("/")[2].strip() or "file"
    held = known.get(base)
    if held is None or held.digest == digest:
        return base
    stem, dot, ending = base.rpartition(".")
    return f"{stem}-{digest[:8]}.{ending}" if dot else f"{base}-{digest[:8]}"


def digest_of(data: bytes) -> str:
    """SHA-256 in lowercase hex."""
    return hashlib.sha256(data).hexdigest()


def attachments_of(ws: Workspace) -> Attachments | None:
    """The register's encrypted files, None on a server."""
    found = ws.register.facts.get("attachments")
    return found if isinstance(found, Attachments) else None


# -- whom it is about --------------------------------------------------------------------------------------------------


def refresh_subject(visit: Visit) -> bool:
    """Find out anew whom the visit is about; whether that changed."""
    table, row_id, said = subject_of(visit)
    if row_id is None:
        return False
    if (table, row_id, said) == (visit.subject_table, visit.subject_id, visit.subject_label):
        return False
    moved = (table, row_id) != (visit.subject_table, visit.subject_id)
    visit.subject_table, visit.subject_id, visit.subject_label = table, row_id, said
    refresh = getattr(visit.previous, "about", None)
    if moved and refresh is not None:
        refresh(table, row_id)
    return True


def subject_of(visit: Visit) -> tuple[str | None, str | None, str]:
    """(table, id, label) of the record the form declares outside its repeats; id None while nobody was chosen."""
    session = visit.session
    for target in session.form.entities:
        if target.dataset not in SUBJECT_TABLES or _in_repeat(session.form, target.path):
            continue
        entity = _node(session, target.path)
        row_id = "" if entity is None else next(
            (a.text for a in entity.ruled_attributes() if a.definition.name.rpartition(":")[2].lstrip("@") == "id"), ""
        )  # fmt: skip
        if row_id and entity is not None:
            return target.dataset, row_id.replace("-", ""), _label_of(visit, target.dataset, row_id, entity)
        return target.dataset, None, ""
    if visit.choosers is None:
        visit.choosers = tuple(
            (table, path)
            for path, control in session.form.questions.items()
            if (table := list_of(control)) in SUBJECT_TABLES and table and not _in_repeat(session.form, path)
        )
    for table, path in visit.choosers:
        node = _node(session, path)
        if node is not None and node.text:
            return table, node.text, _label_of(visit, table, node.text, None)
    return visit.subject_table, visit.subject_id, visit.subject_label


def list_of(control: Any) -> str | None:
    """The register's list that a question chooses from, None for any other question."""
    if control.itemset is None:
        return None
    source = control.itemset.nodes.source.replace('"', "'")
    return next((table for table in ORDER if f"instance('{table}')" in source), None)


def _in_repeat(form: Form, path: tuple[str, ...]) -> bool:
    return any(form.is_repeat(path[:length]) for length in range(1, len(path)))


def _node(session: Session, path: Iterable[str]) -> Any:
    node: Any = session.document
    for name in path:
        likes = node.instances(name)
        if not likes:
            return None
        node = likes[0]
    return node


def _label_of(visit: Visit, table: str, row_id: str, entity: Any) -> str:
    held = visit.lending.pinned.get((table, row_id))
    if held is not None and held.values.get("label"):
        return held.values["label"]
    label = None if entity is None else entity.first_named("label")
    said = "" if label is None else label.string_value()
    return said or f"新登记的{table_label(table)}"


def now_utc() -> datetime:
    """This instant, UTC."""
    return datetime.now(UTC)
