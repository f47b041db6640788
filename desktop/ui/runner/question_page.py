"""The question page: the boxes of one page or of a whole section in one card, the current one marked, scrolled to."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QScrollArea, QScroller, QVBoxLayout, QWidget

from desktop.survey.session.nodes import FormNode
from desktop.survey.session.outline import ADD, HEADING, Page, Part
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.note_boxes import AddBox, HeadingBox, NoteBox, TableHeadBox, WarningBox
from desktop.ui.runner.page_box import PageBox
from desktop.ui.runner.question_box import QuestionBox
from desktop.ui.theme import theme
from desktop.ui.widgets.labels import ElidedLabel

AT_ONCE, CHUNK = 14, 5
"""Boxes made at once, enough for any screen, and those made in one go afterwards."""


PASSED_ON = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Minus, Qt.Key.Key_Tab,
             Qt.Key.Key_Z, Qt.Key.Key_Y)  # fmt: skip
"""Keys that with Ctrl are commands of the runner, whatever field has the focus."""


class _Rounded(QFrame):
    """The card around the boxes."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = QVBoxLayout(self)
        self.lines.setContentsMargins(1, 1, 1, 1)
        self.lines.setSpacing(0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        radius = theme().radius("card")
        box = self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5)
        path.addRoundedRect(box, radius, radius)
        painter.fillPath(path, theme().color("surface_alt"))
        painter.setPen(QPen(theme().color("border"), 1))
        painter.drawPath(path)


class _Area(QScrollArea):
    """The scrolling area; arrow keys are the runner's, PgUp and PgDn scroll."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            super().keyPressEvent(event)
        else:
            event.ignore()


class QuestionPage(QWidget):
    """`QuestionPage(filling)`: `show_pages(pages)`, `stand_at(node)`, `step(±1)`; only what is shown has widgets.

    Signals: `current_changed(node)`, `left_end(step)` when a step leads off the page, `row_wanted(path)`,
    `row_unwanted(node)`, `toast(words, undo)`, `reason_asked(node)`.
    """

    current_changed = Signal(object)
    left_end = Signal(int)
    row_wanted = Signal(str)
    row_unwanted = Signal(object)
    toast = Signal(str, object)
    reason_asked = Signal(object)

    def __init__(self, filling: Filling, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filling = filling
        self.pages: list[Page] = []
        self.boxes: list[PageBox] = []
        self.current: PageBox | None = None
        lines = QVBoxLayout(self)
        lines.setContentsMargins(20, 12, 10, 0)
        lines.setSpacing(8)
        head = QHBoxLayout()
        head.setContentsMargins(2, 0, 10, 0)
        self.title = ElidedLabel("", "section")
        self.fact = ElidedLabel("", "caption")
        self.fact.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.title, 3)
        head.addWidget(self.fact, 1)
        lines.addLayout(head)
        self.area = _Area()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.area.viewport().setAutoFillBackground(False)
        QScroller.grabGesture(self.area.viewport(), QScroller.ScrollerGestureType.TouchGesture)  # a finger scrolls
        lines.addWidget(self.area, 1)
        self._holder: QWidget | None = None
        self._card: _Rounded | None = None
        self._waiting: list[Part] = []
        """Parts of a long section without widgets yet; they get them a few at a time, when nothing else is done."""
        self._more = QTimer(self)
        self._more.setSingleShot(True)
        self._more.setInterval(0)
        self._more.timeout.connect(lambda: self._build(CHUNK))
        self._parts: list[tuple[int, int]] = []
        self.moving = False
        self.composing = False
        """Whether an input method composes: every key belongs to it then."""
        filling.changed.connect(self._changed)

    # -- building ----------------------------------------------------------------------------------------------

    def show_pages(self, pages: Iterable[Page], *, anew: bool = False, until: FormNode | None = None) -> None:
        """Show these pages; widgets that are there already for the same parts are kept.

        Of a long section the first boxes are made now, and all up to the question `until`; the rest follows.
        """
        self.pages = list(pages)
        parts = [part for page in self.pages for part in page.parts]
        keys = [(id(part.node), id(part.control)) for part in parts]
        if keys == self._parts and not anew and self._holder is not None:
            self._show_wanted(self.boxes)
            return
        self._parts = keys
        self.current = None
        holder = QWidget()
        holder.setAutoFillBackground(False)
        outer = QVBoxLayout(holder)
        outer.setContentsMargins(0, 0, 10, 16)
        card = _Rounded()
        outer.addWidget(card)
        outer.addStretch(1)
        self.boxes = []
        self._more.stop()
        self._holder, self._card, self._waiting = holder, card, parts
        wanted = next((i for i, part in enumerate(parts) if part.node is until), 0)
        self._build(max(AT_ONCE, wanted + 8))
        self.area.setWidget(holder)  # deletes the one before
        holder.setAutoFillBackground(False)

    def _build(self, many: int) -> None:
        """Make the next boxes that wait; those that are not asked now cost little and are not counted."""
        assert self._card is not None
        made = 0
        while self._waiting and made < many:
            part = self._waiting.pop(0)
            box = self._box(part)
            self.boxes.append(box)
            self._card.lines.addWidget(box)
            box.setVisible(box.wanted())
            made += 1
        self._mark_first()
        if self._waiting:
            self._more.start()

    def build_all(self) -> None:
        """Make all boxes that still wait."""
        while self._waiting:
            self._build(len(self._waiting))
        self._more.stop()

    def _box(self, part: Part) -> PageBox:
        filling = self.filling
        box: PageBox
        if part.kind == ADD:
            box = AddBox(filling, part.node, part.control)
            path = self._repeat_path(part)
            box.add_asked.connect(lambda: self.row_wanted.emit(path))
        elif part.kind == HEADING:
            box = HeadingBox(filling, part.node, part.control)
            box.remove_asked.connect(lambda node=part.node: self.row_unwanted.emit(node))
        elif filling.is_warning(part.node):
            box = WarningBox(filling, part.node)
            box.reason_asked.connect(lambda node=part.node: self.reason_asked.emit(node))
        elif "label" in part.control.appearance.split():
            box = TableHeadBox(filling, part.node)
        elif filling.is_note(part.node):
            box = NoteBox(filling, part.node)
        else:
            box = QuestionBox(filling, part.node, part.control)
            box.stepped.connect(self._stepped)
            box.toast.connect(self.toast)
            for field in (box.editor, *box.editor.findChildren(QWidget)):
                field.installEventFilter(self)
        box.clicked.connect(lambda box=box: self._pointed_at(box))
        return box

    def _repeat_path(self, part: Part) -> str:
        assert part.control.path is not None
        head = part.node.path() if part.node.definition.path else ""
        return f"{head}/{part.control.path[-1]}"

    def _mark_first(self) -> None:
        first = True
        for box in self.boxes:
            shown = box.isVisibleTo(self._holder) if self._holder is not None else False
            if box.first != (first and shown):
                box.first = first and shown
                box.update()
            first = first and not shown

    def _show_wanted(self, boxes: Iterable[PageBox]) -> bool:
        """Show and hide boxes as relevance says; whether any changed."""
        turned = [box for box in boxes if box.wanted() == box.isHidden()]
        if not turned:
            return False
        card = self._card
        if card is not None:
            card.lines.setEnabled(False)  # the card is laid out once, not for each box
        for box in turned:
            box.setVisible(box.isHidden())
        if card is not None:
            card.lines.setEnabled(True)
            card.lines.invalidate()
        self._mark_first()
        return True

    def _changed(self, nodes: frozenset[FormNode]) -> None:
        """Update in place what changed; words, choices and rules that name other answers are looked at each time."""
        self._show_wanted(self.boxes)
        for box in self.boxes:
            if not box.isHidden() and (not box.fixed or box.node in nodes or box is self.current):
                box.refresh()
        if self.current is not None and self.current.isHidden():
            self.current = None

    # -- moving ------------------------------------------------------------------------------------------------

    def stopping(self) -> list[PageBox]:
        """The boxes Enter comes to, in order."""
        return [box for box in self.boxes if box.stops and not box.isHidden()]

    def stand_first(self, step: int = 1) -> None:
        """Stand at the first (or last) box; on a page of notes alone nothing is current."""
        if step < 0:
            self.build_all()
        stops = self.stopping()
        if stops:
            self.stand(stops[0] if step > 0 else stops[-1])
        else:
            self._unmark()
            self.area.setFocus(Qt.FocusReason.OtherFocusReason)
            notes = [box for box in self.boxes if not box.isHidden()]
            self.current_changed.emit(notes[0].node if notes else None)

    def stand_at(self, node: FormNode) -> bool:
        """Stand at a question of this page; False when it is not here."""
        if self._waiting and all(box.node is not node for box in self.boxes):
            self.build_all()
        for box in self.boxes:
            if box.node is node and not box.isHidden() and box.stops:
                self.stand(box)
                return True
        return False

    def stand(self, box: PageBox, *, focus: bool = True) -> None:
        """Make a box the current one."""
        self.moving = True
        try:
            before = self.current
            if before is not box:
                self._unmark()
                self.current = box
                box.here(True)
            if focus:
                box.take_focus()
        finally:
            self.moving = False
        # the layout settles the new heights first; what becomes taller must not be half out of sight
        QTimer.singleShot(0, lambda: self._bring(box))
        self.current_changed.emit(box.node)

    def _bring(self, box: PageBox) -> None:
        from shiboken6 import isValid

        if isValid(box) and box in self.boxes:
            if isinstance(box, QuestionBox) and box.editor.opens_list:
                self.area.ensureVisible(0, box.y() + box.height() + 190, 0, 0)  # room for the list below the field
            if box.height() >= self.area.viewport().height():  # a question higher than the page begins at its words
                card = box.parentWidget()
                self.area.verticalScrollBar().setValue(box.y() + (card.y() if card is not None else 0))
                return
            self.area.ensureWidgetVisible(box, 0, min(60, max(0, (self.area.viewport().height() - box.height()) // 2)))

    def show_focus(self) -> None:
        """Bring the option with the focus into sight, where its question is higher than the page."""
        held = QApplication.focusWidget()
        if held is not None and self._holder is not None and self._holder.isAncestorOf(held):
            self.area.ensureWidgetVisible(held, 0, 24)

    def _unmark(self) -> None:
        before, self.current = self.current, None
        if before is not None:
            if isinstance(before, QuestionBox):
                before.commit()
            before.here(False)

    def _pointed_at(self, box: PageBox) -> None:
        if box.stops and box is not self.current:
            self.stand(box)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in PASSED_ON and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                event.ignore()  # fields would move their cursor: these keys are the runner's
                return True
        elif event.type() == QEvent.Type.InputMethod:
            self.composing = bool(event.preeditString())  # type: ignore[attr-defined]
        elif event.type() == QEvent.Type.FocusOut:
            self.composing = False
        elif event.type() == QEvent.Type.FocusIn and not self.moving:
            for box in self.boxes:
                if isinstance(box, QuestionBox) and box is not self.current and box.isAncestorOf(watched):  # type: ignore[arg-type]
                    QTimer.singleShot(0, lambda box=box: self._focused(box))
                    break
        return super().eventFilter(watched, event)

    def _focused(self, box: PageBox) -> None:
        from shiboken6 import isValid

        if isValid(box) and box in self.boxes and box is not self.current and not box.isHidden():
            self.stand(box, focus=False)

    def step(self, step: int) -> None:
        """To the next or previous box; off the page at its end."""
        stops = self.stopping()
        if self._waiting and (self.current is None or self.current in stops[-2:]):
            self.build_all()
            stops = self.stopping()
        if self.current in stops:
            there = stops.index(self.current) + step
        else:
            there = 0 if step > 0 else len(stops) - 1
            if self.current is None and not stops:
                there = len(stops)
        if 0 <= there < len(stops) and stops:
            self.stand(stops[there])
        else:
            if isinstance(self.current, QuestionBox):
                self.current.commit()
            self.left_end.emit(step)

    def _stepped(self, far: bool) -> None:
        """Choosing means going on: within the page, and beyond it only when the form says `quick`."""
        if self._waiting:
            self.build_all()
        stops = self.stopping()
        if self.current in stops and stops.index(self.current) + 1 < len(stops):
            self.step(1)
        elif far:
            self.left_end.emit(1)


__all__ = ["QuestionPage"]
