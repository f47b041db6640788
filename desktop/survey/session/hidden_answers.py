"""Answers a person gave whose question is no longer asked: kept, left out of the finished visit, and listed as such.

An answer comes back when the condition turns back, so what is listed also says which question's answer hid it.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.common.idnumber import mask_id
from desktop.survey.session.choices import choices_of
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.open_points import is_note
from desktop.survey.session.session import Session
from desktop.survey.xform.dependencies import CALCULATE, RELEVANT
from desktop.survey.xform.model import Names


@dataclass(frozen=True, slots=True)
class HiddenAnswer:
    """One answer that is not asked for now; `text` is '' where only a missing reason was given."""

    node: FormNode
    text: str
    reason: str
    because: FormNode | None
    """The question whose answer hid it; None when no question did (the day, a list of the register)."""


def hidden_answers(session: Session) -> list[HiddenAnswer]:
    """The answers and missing reasons given by a person that are hidden now, in the order of the form.

    What the register or a formula filled in and nobody touched is no answer of this visit and is left out.
    """
    found = []
    reads: dict[int, dict[Names, list[Names]]] | None = None
    for node in session.root.subtree():
        if node.relevant or node.definition.path not in session.form.questions or is_note(session, node):
            continue
        path = node.path()
        text = node.text if node.chosen is None else node.chosen
        given = bool(text) and path in session.touched and node.definition.bind.calculate is None
        reason = "" if text else session.reasons.get(path, "")
        if given or reason:
            reads = reads if reads is not None else _reads(session)
            found.append(HiddenAnswer(node, text, reason, _cause(session, node, reads)))
    return found


def answer_words(session: Session, node: FormNode, text: str) -> str:
    """An answer in words: choices by their labels, certificate numbers masked; '' stays ''."""
    control = session.form.questions.get(node.definition.path)
    if control is None or not text:
        return text
    if control.kind in ("select1", "select", "rank"):
        named = {choice.value: choice.label or choice.value for choice in choices_of(session, control, node)}
        values = [text] if control.kind == "select1" else text.split()
        return (" → " if control.kind == "rank" else "、").join(named.get(value, value) for value in values)
    if control.kind == "trigger":
        return "已核对"
    if control.kind == "upload":
        return "一份文件"
    if "id-number" in control.appearance.split():
        return mask_id(text)
    return text


def _reads(session: Session) -> dict[int, dict[Names, list[Names]]]:
    """What conditions and formulas read: by kind of rule, by the field they belong to."""
    found: dict[int, dict[Names, list[Names]]] = {RELEVANT: {}, CALCULATE: {}}
    for definition, walks in session.form.plan.routes.items():
        for rule, _, _ in walks:
            if rule.kind in found:
                found[rule.kind].setdefault(rule.target.path, []).append(definition.path)
    return found


def _cause(
    session: Session,
    node: FormNode,
    reads: dict[int, dict[Names, list[Names]]],
    seen: frozenset[FormNode] = frozenset(),
) -> FormNode | None:
    """The question to answer otherwise: what the outermost condition that does not hold reads, answered last."""
    hiding: FormNode | None = None
    current: FormNode | None = node
    while current is not None:
        if not current.own_relevant:
            hiding = current
        current = current.parent
    if hiding is None:
        return None
    waiting = list(reads[RELEVANT].get(hiding.definition.path, ()))
    known: set[Names] = set()
    questions: list[FormNode] = []
    while waiting:
        path = waiting.pop()
        if path in known:
            continue
        known.add(path)
        if path in session.form.questions and session.form.nodes[path].bind.calculate is None:
            questions += session.actions.related(path, hiding)
        else:
            waiting += reads[CALCULATE].get(path, ())
    for question in sorted(questions, key=lambda n: (n.path() in session.touched, n.definition.order), reverse=True):
        if question.relevant:
            return question
        if question not in seen:
            further = _cause(session, question, reads, seen | {question})
            if further is not None:
                return further
    return None
