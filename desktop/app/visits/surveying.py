"""Filling forms at the door: begin a visit, keep every answer at once, go on after a crash, finish, correct.

A visit in work lives in `drafts.db` under its key; finishing (`finishing.py`) makes it a record of the register.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from desktop.app.visits.finishing import (
    Finished,
    Written,
    correct_visit,
    finish_visit,
    plain_writes,
    take_member_out,
)
from desktop.app.visits.forms import (
    FormInfo,
    add_form,
    form_info,
    form_versions,
    list_forms,
    load_form_of,
    retire_form,
)
from desktop.app.visits.left_out import LeftOut, left_out
from desktop.app.visits.lending import Lending
from desktop.app.visits.past_visits import (
    AuditLine,
    PastVisit,
    PreviousAnswers,
    made_by,
    past_visits,
    previous_answers,
    visit_audit,
)
from desktop.app.visits.visit import (
    ANSWERS,
    DRAFT,
    FORMAT,
    LABELS,
    LENT,
    TOUCHED,
    Media,
    Visit,
    delete_draft,
    drafts_of,
    keep,
    keep_media,
    list_of,
    media,
    now_utc,
    refresh_subject,
    rights_needed,
    save_header,
    save_labels,
    session_options,
)
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.common.ids import new_id
from desktop.common.pinyin import initials
from desktop.registry.labels import record_word, table_label
from desktop.survey.session import drafts as session_drafts
from desktop.survey.session.audit import AuditLog
from desktop.survey.session.session import AnswerRefused, Session
from desktop.survey.xform.model import FormError

__all__ = [
    "AuditLine", "DraftInfo", "Finished", "FormInfo", "LeftOut", "Media", "PastVisit", "PreviousAnswers", "Visit",
    "Written", "add_form", "begin_visit", "continue_visit", "correct_visit", "drop_visit", "find_drafts",
    "finish_visit", "form_info", "form_versions", "keep", "keep_media", "left_out", "list_drafts", "list_forms",
    "media", "past_visits", "previous_answers", "retire_form", "take_member_out", "visit_audit",
]  # fmt: skip


@dataclass(frozen=True)
class DraftInfo:
    """A visit in work, in a list. `kept_at` is local."""

    key: str
    form_id: str
    title: str
    subject_table: str | None
    subject_id: str | None
    subject_label: str
    user: str
    begun_at: datetime
    kept_at: datetime
    correction_of: str | None


def begin_visit(ws: Workspace, form_id: str, subject_table: str | None = None, subject_id: str | None = None) -> Visit:
    """Begin a visit with a form, about a record of the register or open; the register fills in what it knows.

    Raises UsageError (no such form or record), NotAllowed, InputRefused (the form cannot work).
    """
    drafts = drafts_of(ws)
    info = form_info(ws, form_id)
    form = load_form_of(ws, info)
    for right in sorted(rights_needed(form)):
        ws.require(right)
    subject = _subject(ws, info, subject_table, subject_id)
    lending = Lending(ws, subject)
    if subject is not None:
        lending.pin(*subject)
    session = Session(form, session_options(ws, form, lending))
    visit = Visit(key=new_id(), form=info, session=session, lending=lending, begun_at=now_utc())
    visit.audit = AuditLog.of(session, ws.user)
    if subject is not None:
        _choose(visit, subject)
    refresh_subject(visit)
    visit.previous = previous_answers(ws, session, info.form_id, (visit.subject_table, visit.subject_id))
    save_header(drafts, ws, visit)
    save_labels(drafts, ws, visit, {})
    keep(ws, visit)
    return visit


def continue_visit(ws: Workspace, key: str) -> Visit:
    """Go on with a visit in work, at the same question, also when form or register changed meanwhile (`misfits`).

    Raises UsageError when there is no such draft, FormError when its form is no longer here; the draft stays.
    """
    drafts = drafts_of(ws)
    head = drafts.load(DRAFT, key)
    if head is None:
        raise UsageError("没有这份草稿，可能已经提交或删除。")
    said: Mapping[str, Any] = head.payload
    if said.get("format") != FORMAT:
        raise FormError("这份草稿由更新版本的程序保存，本程序读不了；草稿原样保留。")
    if not said["correction_of"] and ws.register.row("visit", key) is not None:
        delete_draft(drafts, key)
        raise UsageError("这次走访已经提交，在登记册里；草稿已清理。")
    info = _form_of_draft(ws, said)
    form = load_form_of(ws, info)
    labels = drafts.load(LABELS, key)
    extra: Mapping[str, Any] = {} if labels is None else labels.payload
    subject = (said["subject_table"], said["subject_id"]) if said["subject_id"] else None
    lending = Lending(ws, subject)
    if said["correction_of"]:
        lending.hidden = made_by(ws, said["correction_of"])
    lent = drafts.load(LENT, key)
    if lent is not None:
        lending.take_back(lent.payload, lent.seen)
    body = drafts.load(ANSWERS, key)
    options = session_options(ws, form, lending)
    misfits: list[str] = []
    if body is None:
        session = Session(form, options)
    else:
        kept_apart = drafts.load(TOUCHED, key)
        draft = body.payload["draft"]
        if kept_apart is not None:
            draft["touched"] = [*kept_apart.payload, *draft["touched"]]
        session, misfits = session_drafts.restore(form, draft, options, extra.get("labels"))
    if info.digest != said["digest"] and not misfits:
        misfits.append(f"《{info.title}》在打开草稿以后换了新版，已填的内容都带过来了。")
    visit = Visit(
        key=key, form=info, session=session, lending=lending,
        begun_at=datetime.fromtimestamp(said["begun_ms"] / 1000, UTC), subject_table=said["subject_table"],
        subject_id=said["subject_id"], subject_label=said["subject_label"], correction_of=said["correction_of"],
        correction_reason=said["reason"], baseline=plain_writes(extra.get("baseline") or ()),
        original_xml=extra.get("original") or "",
    )  # fmt: skip
    if body is not None:
        visit.files = {n: Media(n, d, m, s) for n, (d, m, s) in body.payload["files"].items()}
        visit.gone = {person: (kind, date) for person, (kind, date) in body.payload["gone"].items()}
        visit.place = _still_there(session, body.payload["draft"]["at"])
    visit.audit = AuditLog.of(session, ws.user, list(body.payload["audit"]) if body is not None else None)
    if visit.audit is not None:
        visit.audit.note("form resume")
    visit.misfits = [*misfits, *lending.news(), *_clock_words(head.updated_at, body.updated_at if body else 0)]
    visit.previous = previous_answers(
        ws, session, info.form_id, (visit.subject_table, visit.subject_id), before=visit.correction_of or ""
    )
    return visit


def list_drafts(ws: Workspace) -> list[DraftInfo]:
    """The visits in work on this machine, the one last worked at first."""
    drafts = drafts_of(ws)
    kept = {head.id: head.updated_at for head in drafts.heads(ANSWERS)}
    out = []
    for head in drafts.heads(DRAFT):
        draft = drafts.load(DRAFT, head.id)
        if draft is None:
            continue
        said = draft.payload
        at = max(kept.get(head.id, 0), head.updated_at)
        out.append(
            DraftInfo(
                head.id, said["form_id"], said["title"], said["subject_table"], said["subject_id"],
                said["subject_label"], draft.user, _local(said["begun_ms"]), _local(at), said["correction_of"],
            )
        )
    return sorted(out, key=lambda info: (info.kept_at, info.key), reverse=True)


def find_drafts(ws: Workspace, text: str) -> list[DraftInfo]:
    """The visits in work whose subject or form holds the text, or whose initials begin with it."""
    typed = text.strip().lower()
    if not typed:
        return []
    return [
        info
        for info in list_drafts(ws)
        if typed in f"{info.subject_label} {info.title}".lower()
        or (typed.isascii() and initials(info.subject_label).startswith(typed))
    ]


def drop_visit(ws: Workspace, key: str) -> bool:
    """Give up a visit in work; False when there was none. Nothing of it is in the register."""
    return delete_draft(drafts_of(ws), key)


# -- inside ------------------------------------------------------------------------------------------------------------


def _subject(ws: Workspace, info: FormInfo, table: str | None, row_id: str | None) -> tuple[str, str] | None:
    if table is None or row_id is None:
        return None
    table = "division" if table == "village" else table
    if info.subject_table is not None and table != info.subject_table:
        raise UsageError(f"《{info.title}》不是给{table_label(table)}填的。")
    row = ws.register.row(table, row_id)
    if row is None or row["removed"]:
        raise UsageError(f"没有这条{record_word(table)}，可能已移除或撤回；请刷新列表。")
    return table, row_id


def _choose(visit: Visit, subject: tuple[str, str]) -> None:
    """Answer for the person what was chosen before the form was opened: which village, which household."""
    table, row_id = subject
    held = visit.lending.pinned.get(subject)
    place = "" if held is None else held.values.get("code" if table == "division" else "division_code", "")
    session = visit.session
    for path, control in session.form.questions.items():
        if any(session.form.is_repeat(path[:length]) for length in range(1, len(path))):
            continue
        answer = ""
        if "division" in control.appearance.split():
            answer = place
        elif control.kind == "select1" and list_of(control) == table:
            answer = row_id
        if not answer:
            continue
        with contextlib.suppress(AnswerRefused):  # then the person chooses himself
            node = session.node("/" + "/".join(path))
            if node.relevant and not node.readonly and not node.text:
                session.answer(node, answer)
                session.touched.discard(node.path())


def _form_of_draft(ws: Workspace, said: Mapping[str, Any]) -> FormInfo:
    """The form in use with the draft's id; a retired one is used to its end."""
    try:
        return form_info(ws, said["form_id"])
    except UsageError:
        versions = form_versions(ws, said["form_id"])
        if not versions:
            raise FormError(f"《{said['title']}》这张表已不在本册，草稿原样保留。") from None
        return next((info for info in versions if info.digest == said["digest"]), versions[0])


def _still_there(session: Session, path: str) -> str:
    try:
        return session.node(path).path() if path else ""
    except AnswerRefused:
        return ""


def _clock_words(*kept_ms: int) -> list[str]:
    now = datetime.now(UTC).timestamp() * 1000
    if max(kept_ms) - now > 60_000:
        then = _local(max(kept_ms)).strftime("%Y年%m月%d日 %H:%M")
        return [f"这台电脑的时间比上次保存草稿时（{then}）还早，请核对电脑的日期；草稿没有受影响。"]
    return []


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000).astimezone()
