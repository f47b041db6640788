"""Drafts: everything needed to go on at the same question after a crash, as plain data."""

from __future__ import annotations

from typing import Any

from desktop.survey.session.session import AnswerRefused, Options, Session
from desktop.survey.session.submission import seed_from_xml, snapshot_xml
from desktop.survey.xform.model import Form, FormError

FORMAT = 1


def save(session: Session, at: str = "") -> dict[str, Any]:
    """The draft of a session; `at` is the path of the question the person stands at."""
    return {
        "format": FORMAT,
        "form_id": session.form.form_id,
        "version": session.form.version,
        "instance": snapshot_xml(session),
        "language": session.language,
        "chosen": {n.path(): n.chosen for n in session.root.subtree() if n.chosen is not None},
        "touched": sorted(session.touched),
        "reasons": dict(session.reasons),
        "remarks": dict(session.remarks),
        "at": at,
    }


def restore(form: Form, draft: dict[str, Any], options: Options | None = None) -> tuple[Session, list[str]]:
    """A session that goes on from a draft, and words for every answer that no longer fits a changed form.

    Raises FormError for a draft of another form or of a newer program.
    """
    if draft.get("format") != FORMAT:
        raise FormError("这份草稿由更新版本的程序保存，本程序读不了；草稿原样保留。")
    if draft.get("form_id") != form.form_id:
        raise FormError("这份草稿属于另一张表单；草稿原样保留。")
    options = options or Options()
    seed = seed_from_xml(form, draft["instance"])
    session = Session(form, options, seed, first_load=False)
    for path, chosen in (draft.get("chosen") or {}).items():
        try:
            session.node(path).chosen = chosen
        except AnswerRefused:
            continue
    if draft.get("language") in form.languages:
        session.language = draft["language"]
    session.touched.update(draft.get("touched") or ())
    session.reasons.update(draft.get("reasons") or {})
    session.remarks.update(draft.get("remarks") or {})
    lost: list[str] = []
    if draft.get("version", "") != form.version:
        lost = _lost(form, draft["instance"], session)
    return session, lost


def _lost(form: Form, before: str, session: Session) -> list[str]:
    from desktop.survey.xform import reader

    old, _ = reader.read_xml(before)
    known = {path[-1].rpartition(":")[2] for path in form.nodes}
    lost: list[str] = []
    for element in old.iter():
        if not reader.is_element(element):
            continue
        name = reader.local_name(element)
        if name not in known and not len(element) and (element.text or ""):
            lost.append(f"新版表单里没有字段 {name}，原来填的答案没有带过来。")
    for node in session.root.subtree():
        control = form.questions.get(node.definition.path)
        if control is not None and control.kind in ("select1", "select") and node.text and control.path is not None:
            offered = {choice.value for choice in session.choices(node)}
            missing = [value for value in node.text.split() if value not in offered]
            if missing:
                lost.append(f"字段 {node.definition.name} 选过的“{'、'.join(missing)}”不在新版选项里，请重选。")
    return lost
