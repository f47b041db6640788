"""Drafts: everything needed to go on at the same question after a crash, as plain data."""

from __future__ import annotations

from typing import Any

from desktop.survey.session.session import AnswerRefused, Options, Session
from desktop.survey.session.snapshot import Carried, seed_of, snapshot
from desktop.survey.xform.model import Form, FormError, NodeDef

FORMAT = 2


def save(session: Session, at: str = "") -> dict[str, Any]:
    """The draft of a session; `at` is the path of the question the person stands at."""
    return {
        "format": FORMAT,
        "form_id": session.form.form_id,
        "version": session.form.version,
        "answers": snapshot(session),
        "language": session.language,
        "touched": sorted(session.touched),
        "reasons": dict(session.reasons),
        "remarks": dict(session.remarks),
        "at": at,
    }


def restore(
    form: Form, draft: dict[str, Any], options: Options | None = None, labels: dict[str, str] | None = None
) -> tuple[Session, list[str]]:
    """A session that goes on from a draft, and words for every answer that no longer fits a changed form.

    `labels` are the questions' words in the form the draft was begun with, by name. Raises FormError for a draft of
    another form or of a newer program.
    """
    if draft.get("format") != FORMAT:
        raise FormError("这份草稿由更新版本的程序保存，本程序读不了；草稿原样保留。")
    if draft.get("form_id") != form.form_id:
        raise FormError("这份草稿属于另一张表单；草稿原样保留。")
    carried = seed_of(form, draft["answers"])
    session = Session(form, options or Options(), carried.seed, first_load=False)
    _put_chosen(session, carried)
    if draft.get("language") in form.languages:
        session.language = draft["language"]
    session.touched.update(draft.get("touched") or ())
    session.reasons.update(draft.get("reasons") or {})
    session.remarks.update(draft.get("remarks") or {})
    lost = _lost(session, carried, labels or {}) if draft.get("version", "") != form.version else []
    return session, lost


def _put_chosen(session: Session, carried: Carried) -> None:
    """What a person chose comes back when the filter offers it again, also after the draft was put away."""
    wanted = {(definition.path, left): chosen for definition, left, chosen in carried.chosen}
    if wanted:
        for node in session.root.subtree():
            chosen = wanted.get((node.definition.path, node.text))
            if chosen is not None and node.chosen is None:
                node.chosen = chosen


def _lost(session: Session, carried: Carried, labels: dict[str, str]) -> list[str]:
    lost = [
        f"新版表单里没有“{labels.get(name) or name}”这一题，原来填的“{_short(text)}”没有带过来。"
        for name, text in carried.homeless
        if not labels or name in labels
    ]
    for definition, text in carried.unfit:
        lost.append(f"“{_label(session, definition)}”换了题型，原来填的“{_short(text)}”放不进去，请重填。")
    for node in session.root.subtree():
        control = session.form.questions.get(node.definition.path)
        if control is None or control.kind not in ("select1", "select", "rank"):
            continue
        wish = node.text if node.chosen is None else node.chosen
        if not wish:
            continue
        offered = {choice.value for choice in session.choices(node)}
        missing = [value for value in ([wish] if wish in offered else wish.split()) if value not in offered]
        if missing and node.relevant:
            lost.append(f"“{_label(session, node.definition)}”选过的“{'、'.join(missing)}”不在新版选项里，请重选。")
    return list(dict.fromkeys(lost))


def _label(session: Session, definition: NodeDef) -> str:
    try:
        node = next(n for n in session.root.subtree() if n.definition is definition)
    except StopIteration:
        return definition.name
    try:
        return (session.view(node).label or definition.name).strip()
    except AnswerRefused:
        return definition.name


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
