"""A form being filled, as the runner's widgets see it: commands in, changed nodes out, every answer kept at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.common.errors import InputRefused, XiangceError
from desktop.survey.session import open_points as points
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.open_points import OpenPoint
from desktop.survey.session.outline import Outline
from desktop.survey.session.session import AnswerRefused, Session, Violation

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
            return self.session.violation(node)
        try:
            violation = self.session.answer(node, text)
        except XiangceError as error:
            self.refused.emit(node, error.message)
            self.changed.emit(frozenset((node,)))
            return None
        if text:
            self.session.reasons.pop(node.path(), None)
        self._took(node)
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
        """Remove an instance; answers, reasons and remarks of the rows behind move up with them."""
        carried = self._side_tables(node)
        try:
            self.session.remove_repeat(node)
        except XiangceError as error:
            self.refused.emit(None, error.message)
            return False
        for table, entries in carried:
            for owner, value in entries:
                if owner.alive:
                    table[owner.path()] = value
        parent = node.parent
        self._took(parent if parent is not None else node)
        return True

    def _side_tables(self, node: FormNode) -> list[tuple[dict[str, str], list[tuple[FormNode, str]]]]:
        """Reasons and remarks of the rows of a repeat by node, taken out: their paths count positions."""
        parent = node.parent
        rows = [] if parent is None else list(parent.instances(node.definition.name))
        found: list[tuple[dict[str, str], list[tuple[FormNode, str]]]] = []
        for table in (self.session.reasons, self.session.remarks):
            entries = []
            for row in rows:
                for below in row.subtree():
                    path = below.path()
                    if path in table:
                        entries.append((below, table.pop(path)))
            found.append((table, entries))
        return found

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

    def _took(self, node: FormNode) -> None:
        engine = self.session.engine
        changed = frozenset((*engine.changed, node))
        reshaped = bool(engine.added) or any(not n.alive for n in changed) or node.definition.repeat is not None
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
