"""A form being filled, as the runner's widgets see it: commands in, changed nodes out, every answer kept at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.common.errors import InputRefused, XiangceError
from desktop.survey.session import open_points as points
from desktop.survey.session.audit import AuditLog
from desktop.survey.session.hidden_answers import HiddenAnswer, hidden_answers
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.open_points import OpenPoint
from desktop.survey.session.outline import Outline
from desktop.survey.session.session import AnswerRefused, Session, Violation
from desktop.survey.session.undo import Step, UndoLog, changes_of

REASONS: tuple[tuple[str, str], ...] = (
    ("unknown", "不知道"),
    ("refused", "不愿答"),
    ("not_applicable", "不适用"),
    ("to_collect", "待补"),
)
"""Why an answer is missing (DOMAIN §2: unknown ≠ zero ≠ not applicable), code and word."""


class Media(Protocol):
    """Where photos, signatures and files of a filling are kept."""

    def put(self, path: str, name: str, data: bytes) -> str:
        """Keep a file as the answer of a question; the answer's text. Raises StorageFailed, InputRefused."""

    def get(self, name: str) -> bytes | None:
        """The content of a kept file, None when it is not there."""


class Filling(QObject):
    """`Filling(session, keep, …)`: `answer`, `set_reason`, `set_remark`, `add_row`, `remove_row`, `set_language`.

    `keep(place)` writes the draft and returns when it was done; it is called once after each round of commands.
    Signals: `changed(frozenset of nodes)` after each command, `reshaped()` when rows came or went, `saved(datetime)`
    only after `keep` returned, `save_failed(reason)`, `refused(node, words)`.
    """

    changed = Signal(object)
    reshaped = Signal()
    saved = Signal(object)
    save_failed = Signal(str)
    refused = Signal(object, str)
    language_changed = Signal()

    def __init__(
        self,
        session: Session,
        keep: Callable[[str], dt.datetime],
        *,
        previous: Mapping[str, str] | None = None,
        previous_word: str = "",
        villages: Sequence[tuple[str, str]] = (),
        media: Media | None = None,
        watermark: Callable[[], Sequence[str]] = lambda: (),
        beside: Sequence[MutableMapping[Any, Any]] = (),
        audit: AuditLog | None = None,
        correcting: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.outline = Outline(session)
        self.previous: Mapping[str, str] = previous if previous is not None else {}
        """Answers of the visit before, by path."""
        self.previous_word = previous_word
        """When and by whom, e.g. 2026-05-18　何试秀入户."""
        self.villages = list(villages)
        self.media = media
        self.watermark = watermark
        """Lines burnt into photos: time, place, who."""
        self.log = UndoLog(session, beside)
        """What can be taken back while the visit is open."""
        self.audit = audit
        """The log of events, for a form that asks for one: an answer taken back stands in it too."""
        self.correcting = correcting
        """Whether a finished visit is being corrected."""
        self.place = ""
        """Path of the question the person stands at."""
        self.seen: set[FormNode] = set()
        """Questions the person has stood at or passed: only there an empty required answer is pointed at."""
        self.noticed: dict[FormNode, OpenPoint] = {}
        """Open points where the person has been."""
        self.last_saved: dt.datetime | None = None
        self._here: FormNode | None = None
        self._keep = keep
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)  # after the screen has shown the answer
        self._soon.timeout.connect(self.keep_now)
        self.unsaved = False
        self.failure = ""
        """Why the last answers are not on the disk; '' when they are."""

    # -- commands ----------------------------------------------------------------------------------------------

    def answer(self, node: FormNode, text: str) -> Violation | None:
        """Give an answer; what does not fit the form's present state is refused in words and changes nothing."""
        if text == node.text:
            if text:
                self.session.touched.add(node.path())
                self.log.settle()
            return self.session.violation(node)
        try:
            violation = self.session.answer(node, text)
        except XiangceError as error:
            self.refused.emit(node, error.message)
            self.changed.emit(frozenset((node,)))
            return None
        if text:
            self.session.reasons.pop(node.path(), None)
        self._took(node, typed=_is_typed(self.session, node))
        return violation

    def give_file(self, node: FormNode, name: str, data: bytes) -> None:
        """Keep a file and answer with it. Raises StorageFailed, InputRefused; then nothing changed."""
        if self.media is None:
            raise InputRefused("这里不能存文件。")
        stored = self.media.put(node.path(), name, data)
        if node.text != stored:
            self.session.answer(node, stored)
        self.session.reasons.pop(node.path(), None)
        self._took(node)

    def set_reason(self, node: FormNode, reason: str) -> None:
        """Why an answer is missing, or why a soft warning is all right; '' takes it back. The answer is cleared."""
        if reason and node.text and not points.is_note(self.session, node):
            try:
                self.session.answer(node, "")
            except AnswerRefused as error:
                self.refused.emit(node, error.message)
                return
        self.session.set_reason(node.path(), reason)
        self._took(node)

    def set_remark(self, node: FormNode, text: str) -> None:
        """A remark on a question; '' takes it away."""
        if text:
            self.session.remarks[node.path()] = text
        else:
            self.session.remarks.pop(node.path(), None)
        self._took(node)

    def add_row(self, path: str) -> FormNode | None:
        """Add an instance to a repeat."""
        try:
            node = self.session.add_repeat(path)
        except XiangceError as error:
            self.refused.emit(None, error.message)
            return None
        self._took(node)
        return node

    def remove_row(self, node: FormNode) -> bool:
        """Remove an instance; what is said of the rows behind moves up with them."""
        try:
            self.session.remove_repeat(node)
        except XiangceError as error:
            self.refused.emit(None, error.message)
            return False
        parent = node.parent
        self._took(parent if parent is not None else node)
        return True

    # -- taking back -------------------------------------------------------------------------------------------

    def undo(self) -> Step | None:
        """Take back what was done last, with all that followed of it; None when there is nothing to take back."""
        return self._back_or_again(self.log.undo, "undo")

    def redo(self) -> Step | None:
        """Do again what was taken back last; None when there is nothing."""
        return self._back_or_again(self.log.redo, "redo")

    def _back_or_again(self, move: Callable[[], Step | None], event: str) -> Step | None:
        if self.audit is not None:
            self.audit.leave()  # what was answered stands in the log before it is taken back
        step = move()
        if step is None:
            return None
        if self.audit is not None:
            for path, old, new in changes_of(self.session, step, undone=event == "undo"):
                self.audit.note_change(event, path, old, new)
        self._tell(step.node, rows=bool(step.rows))
        return step

    def set_language(self, language: str) -> None:
        """Show the form in another of its languages."""
        self.session.set_language(language)
        self.language_changed.emit()
        self.touch()

    def stand_at(self, node: FormNode | None) -> None:
        """The person is at this question now; what he left behind empty or wrong is noticed."""
        if node is None:
            return
        if self._here is not None and self._here is not node:
            self.log.close_step()
            self.seen.add(self._here)
            self.notice((self._here,))
        self._here = node
        path = node.path()
        if path != self.place:
            self.place = path
            self.touch()

    def took(self, node: FormNode) -> None:
        """A command was carried out by somebody else: tell what changed."""
        self._took(node)

    def _took(self, node: FormNode, *, typed: bool = False) -> None:
        self.log.took(node, self.place, typed=typed)
        self._tell(node)

    def _tell(self, node: FormNode, *, rows: bool = False) -> None:
        engine = self.session.engine
        changed = frozenset((*engine.changed, node))
        reshaped = rows or bool(engine.added) or any(not n.alive for n in changed) or node.definition.repeat is not None
        engine.changed.clear()
        engine.added.clear()
        self.outline.take_changes(changed)
        asked = self.session.form.questions
        self.notice(n for n in changed if n.definition.path in asked)
        if reshaped or node.children:
            self.reshaped.emit()
        self.changed.emit(changed)
        self.touch()

    # -- keeping -----------------------------------------------------------------------------------------------

    def touch(self) -> None:
        """Something is to be kept; it is, as soon as the screen has been painted."""
        self.unsaved = True
        self._soon.start()

    def keep_now(self) -> bool:
        """Write the draft now; whether it is on the disk."""
        self._soon.stop()
        if not self.unsaved:
            return True
        try:
            self.last_saved = self._keep(self.place)
        except XiangceError as error:
            self.failure = error.message
            self.save_failed.emit(error.message)
            return False
        self.unsaved, self.failure = False, ""
        self.saved.emit(self.last_saved)
        return True

    # -- reading -----------------------------------------------------------------------------------------------

    def previous_text(self, node: FormNode) -> str:
        """The answer of the visit before, '' when there is none."""
        return self.previous.get(node.path(), "")

    def has_previous(self) -> bool:
        """Whether there is a visit before."""
        return next(iter(self.previous), None) is not None

    def is_note(self, node: FormNode) -> bool:
        """Whether a node only shows words (soft warnings too)."""
        return points.is_note(self.session, node)

    def is_warning(self, node: FormNode) -> bool:
        """Whether a node is a soft warning."""
        return points.is_warning(self.session, node)

    def point(self, node: FormNode) -> OpenPoint | None:
        """What is open at a question."""
        return points.open_point(self.session, node)

    def open_points(self) -> list[OpenPoint]:
        """Everything open in the form."""
        return points.open_points(self.session)

    def hidden_answers(self) -> list[HiddenAnswer]:
        """Answers that were given and are not asked for any more."""
        return hidden_answers(self.session)

    def noticed_points(self) -> list[OpenPoint]:
        """What is open where the person has been, in the order of the form: 待补, wrong answers, unexplained warnings,
        required questions passed by."""
        self.notice(list(self.noticed))
        place = {node: number for number, node in enumerate(self._in_order())}
        nodes = sorted((n for n in self.noticed if n in place), key=place.__getitem__)
        return [self.noticed[node] for node in nodes]

    def notice(self, nodes: Iterable[FormNode]) -> None:
        """Look again at questions: keep those that are open now and were seen, forget the others."""
        for node in nodes:
            point = self.point(node) if node.alive and not node.definition.children else None
            if point is not None and (node in self.seen or point.kind in (points.COLLECT, points.WARNING)):
                self.noticed[node] = point
            else:
                self.noticed.pop(node, None)

    def _in_order(self) -> list[FormNode]:
        return [node for page in self.outline.all_pages() for node in page.questions()]


def _is_typed(session: Session, node: FormNode) -> bool:
    """Whether the answer comes piece by piece from the keyboard, kept after each pause."""
    control = session.form.questions.get(node.definition.path)
    return control is not None and control.kind in ("input", "secret", "range")
