"""What a finished visit leaves out: answers given at the door whose question a later answer hid, in words."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.app.records.record_words import REASON_WORDS
from desktop.survey.session.hidden_answers import answer_words, hidden_answers
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import Session


@dataclass(frozen=True)
class LeftOut:
    """An answer that a condition hid: its path, the question, the answer in words, the question that hid it or ''."""

    path: str
    label: str
    answer: str
    because: str


def left_out(session: Session) -> tuple[LeftOut, ...]:
    """The answers that a condition hid, in words; certificate numbers are masked."""

    def label(node: FormNode) -> str:
        return " ".join((session.view(node).label or node.definition.name).split())

    return tuple(
        LeftOut(
            hidden.node.path(), label(hidden.node),
            answer_words(session, hidden.node, hidden.text) or REASON_WORDS.get(hidden.reason, hidden.reason),
            "" if hidden.because is None else label(hidden.because),
        )
        for hidden in hidden_answers(session)
    )  # fmt: skip
