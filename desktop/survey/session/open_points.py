"""What is still open in a filling: required and wrong answers, 待补, and soft warnings that nobody explained.

A soft warning is a note with the appearance `warning`: it is shown when its condition holds, asks for a reason and
never bars finishing. Its reason is kept with the missing reasons, under the note's path.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import Session
from desktop.survey.xform.model import Control, NodeDef

REQUIRED, WRONG, COLLECT, WARNING = "required", "wrong", "to_collect", "warning"


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """One open point. `bars` says whether finishing waits for it."""

    kind: str
    node: FormNode
    message: str

    @property
    def bars(self) -> bool:
        """Whether the visit cannot be finished before it is settled."""
        return self.kind in (REQUIRED, WRONG)


def is_note(session: Session, node: FormNode) -> bool:
    """Whether a node only shows words: a note, or the head of a table list."""
    control = session.form.questions.get(node.definition.path)
    return control is not None and shows_words_only(control, node.definition)


def shows_words_only(control: Control, definition: NodeDef) -> bool:
    """Whether a question of the form asks nothing (the head of a table list is a select with appearance `label`)."""
    if control.kind in ("select", "select1"):
        return "label" in control.appearance.split()
    return control.kind == "input" and definition.bind.readonly is True


def is_warning(session: Session, node: FormNode) -> bool:
    """Whether a node is a soft warning."""
    control = session.form.questions.get(node.definition.path)
    return control is not None and "warning" in control.appearance.split() and is_note(session, node)


def open_point(session: Session, node: FormNode) -> OpenPoint | None:
    """What is open at one question or note, None when nothing is."""
    if not node.relevant or node.definition.children:
        return None
    path = node.path()
    if is_warning(session, node):
        if session.reasons.get(path):
            return None
        return OpenPoint(WARNING, node, session.view(node).label or "")
    if session.reasons.get(path) == "to_collect" and not node.text:
        return OpenPoint(COLLECT, node, "")
    violation = session.violation(node)
    if violation is None:
        return None
    return OpenPoint(REQUIRED if violation.kind == "required" else WRONG, node, violation.message)


def open_points(session: Session) -> list[OpenPoint]:
    """Everything that is open, in the order of the form."""
    found: list[OpenPoint] = []
    for node in session.root.subtree():
        if node.definition.path in session.form.questions:
            point = open_point(session, node)
            if point is not None:
                found.append(point)
    return found
