"""The runner: outline, one page of questions or a section, help, review; every command has its key (DESIGN §5)."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.survey.session import open_points as points
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.open_points import OpenPoint
from desktop.survey.session.outline import ADD, Page, Section
from desktop.survey.session.session import AnswerRefused
from desktop.ui.pages.page import Shell
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.help_column import HelpColumn
from desktop.ui.runner.note_boxes import AddBox, WarningBox
from desktop.ui.runner.outline_view import OutlineView, numeral
from desktop.ui.runner.page_box import PageBox
from desktop.ui.runner.question_box import QuestionBox
from desktop.ui.runner.question_commands import Removing
from desktop.ui.runner.review import ReviewPage
from desktop.ui.runner.runner_frame import HELP_FROM, OUTLINE_FROM, RunnerActions, RunnerHead
from desktop.ui.runner.runner_keys import handle_key
from desktop.ui.runner.undo_commands import UndoCommands
from desktop.ui.runner.words import plain
from desktop.ui.theme import theme
from desktop.ui.widgets.labels import rule


class Runner(UndoCommands):
    """`Runner(filling, shell, title, fact)`: `begin(place)`; Esc emits `left()`, Ctrl+Enter `finish_asked()`.

    `removing(node)` may take over the removal of a row (it asks where a person went); True when it did.
    """

    left = Signal()
    finish_asked = Signal()

    def __init__(
        self, filling: Filling, shell: Shell, title: str, fact: str = "", *, removing: Removing | None = None,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(filling, shell, removing, parent)
        filling.setParent(self)
        self.page: Page | None = None
        """The page the person stands on; in the section view one of those shown."""
        self.last_answer_ms = 0.0
        self.setMinimumSize(320, 240)  # parts fold away before the window could become too small for them
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.head = RunnerHead(filling.session, title, fact)
        lines.addWidget(self.head)
        lines.addWidget(rule())
        body = QHBoxLayout()
        body.setSpacing(0)
        self.outline_view = OutlineView(filling)
        self.outline_view.chosen.connect(self._outline_chosen)
        self._outline_rule = rule("v")
        body.addWidget(self.outline_view)
        body.addWidget(self._outline_rule)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        self.stack = QStackedWidget()
        self.review = ReviewPage(filling)
        self.stack.addWidget(self.question_page)
        self.stack.addWidget(self.review)
        middle.addWidget(self.stack, 1)
        self.actions_bar = RunnerActions()
        middle.addWidget(self.actions_bar)
        body.addLayout(middle, 1)
        self.help = HelpColumn(filling)
        self._help_rule = rule("v")
        body.addWidget(self._help_rule)
        body.addWidget(self.help)
        lines.addLayout(body, 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._refresh_around)
        self._connect()

    def _connect(self) -> None:
        page, filling = self.question_page, self.filling
        page.current_changed.connect(self._current_changed)
        page.left_end.connect(self._left_end)
        page.row_wanted.connect(self.add_row)
        page.row_unwanted.connect(self.remove_row)
        page.toast.connect(lambda words, undo: self.shell.toast(words, undo))
        page.reason_asked.connect(self._ask_own_reason)
        self.review.chosen.connect(self.jump)
        self.help.as_last_asked.connect(self.as_last_time)
        self.help.remark_asked.connect(self.remark)
        filling.changed.connect(lambda _nodes: self._later.start())
        filling.reshaped.connect(self._reshaped)
        filling.saved.connect(self.head.show_saved)
        filling.save_failed.connect(self.head.show_unsaved)
        filling.refused.connect(lambda _node, words: self.shell.toast(words))
        filling.language_changed.connect(lambda: self.show_page(self.page, self.filling.place, anew=True))
        head, bar = self.head, self.actions_bar
        head.view_switch.changed.connect(lambda _key: self.show_page(self.page, self.filling.place))
        head.language.picked.connect(lambda name: self.filling.set_language(str(name)))
        for button, action in (
            (head.flag_button, self.next_open), (head.pause_button, self.pause), (bar.back, self.back),
            (bar.undo, self.undo), (bar.redo, self.redo), (bar.skip, self.skip), (bar.missing, self.missing),
            (bar.remark, self.remark), (bar.next, self.next),
            (bar.finish, self.finish),
        ):  # fmt: skip
            button.clicked.connect(action)

    # -- places ------------------------------------------------------------------------------------------------

    def begin(self, place: str = "") -> None:
        """Show the question of a path; the first one when it is gone or ''."""
        node = None
        if place:
            try:
                node = self.filling.session.node(place)
            except AnswerRefused:
                node = None
        page = self.outline.page_of(node) if node is not None else None
        if page is None or not self.outline.is_asked(page):
            page, node = self.outline.step(None, 1), None
        elif node is not None:
            for earlier in self._before(page):
                self.filling.seen.update(earlier.questions())
            self.filling.notice(list(self.filling.seen))
        if self.filling.last_saved is not None:
            self.head.show_saved(self.filling.last_saved)
        self.show_page(page, node.path() if node is not None else "")

    def _before(self, page: Page) -> list[Page]:
        found = []
        for candidate in self.outline.all_pages():
            if candidate is page:
                break
            found.append(candidate)
        return found

    def unit(self, page: Page) -> list[Page]:
        """The pages shown at once with this one."""
        if self.head.view_switch.value() != "section":
            return [page]
        pages = self.outline.pages(page.section)
        if page.section.is_repeat:
            return [p for p in pages if p.chapter is page.chapter] if page.chapter is not None else [page]
        return pages

    def show_page(self, page: Page | None, place: str = "", *, step: int = 1, anew: bool = False) -> None:
        """Show a page and stand at a question of it: the one of `place`, else the first (or last)."""
        if page is None:
            self.show_review()
            return
        self.page = page
        self.stack.setCurrentWidget(self.question_page)
        node = None
        if place:
            try:
                node = self.filling.session.node(place)
            except AnswerRefused:
                node = None
        until = node if node is not None else next(iter(page.questions()), None)
        self.question_page.show_pages(self.unit(page), anew=anew, until=until)
        self._show_buttons()
        if node is None and self.head.view_switch.value() == "section":
            shown = page.questions()
            node = next((n for n in (shown if step > 0 else shown[::-1]) if self._stops(n)), None)
        if node is None or not self.question_page.stand_at(node):
            self.question_page.stand_first(step)
        self._refresh_around()

    def _stops(self, node: FormNode) -> bool:
        return any(box.node is node and box.stops and not box.isHidden() for box in self.question_page.boxes)

    def show_review(self) -> None:
        """The page before finishing."""
        self._leave_box()
        self.help.show_box(None)
        self.review.show_points()
        self.stack.setCurrentWidget(self.review)
        self._show_buttons()
        self.review.take_focus()
        self._refresh_around()

    @property
    def reviewing(self) -> bool:
        """Whether the review page is shown."""
        return self.stack.currentWidget() is self.review

    def jump(self, node: FormNode) -> None:
        """To a question anywhere in the form."""
        page = self.outline.page_of(node)
        if page is not None:
            self._leave_box()
            self.show_page(page, node.path())

    def box(self) -> PageBox | None:
        """The box the person stands at."""
        return None if self.reviewing else self.question_page.current

    def _leave_box(self) -> None:
        box = self.question_page.current
        if isinstance(box, QuestionBox):
            box.commit()

    def _outline_chosen(self, page: Page) -> None:
        self._leave_box()
        self.show_page(page)

    def _current_changed(self, node: FormNode | None) -> None:
        box = self.question_page.current
        place = box.node if box is not None else node
        if box is not None and isinstance(box, AddBox):
            place = None
        self.filling.stand_at(place)
        if place is not None and (self.page is None or place not in self.page.questions()):
            found = self.outline.page_of(place)
            if found is not None and found is not self.page:
                self.page = found
        self._show_titles()
        self.help.show_box(box)
        self._later.start()

    def _left_end(self, step: int) -> None:
        if self.page is None:
            return
        unit = self.question_page.pages
        edge = unit[-1] if step > 0 else unit[0]
        target = self.outline.step(edge, step)
        if target is None and step < 0:
            self.shell.toast(self.tr("已经是第一题"))
            return
        self.show_page(target, step=step)

    def _reshaped(self) -> None:
        """Rows came or went: the pages are others now."""
        if self.page is None or self.reviewing:
            self._later.start()
            return
        place = self.question_page.current.node if self.question_page.current is not None else None
        page = self.outline.page_of(place) if place is not None and place.alive else None
        if page is None:
            section = self.page.section
            page = next((p for p in self.outline.pages(section) if self.outline.is_asked(p)), None)
            page = page or self.outline.step(None, 1)
            self.show_page(page)
            return
        if isinstance(self.question_page.current, AddBox):
            self._later.start()
            return
        self.page = page
        unit = self.unit(page)
        keys = [(id(part.node), id(part.control)) for p in unit for part in p.parts]
        if keys != self.question_page._parts:
            self.show_page(page, place.path() if place is not None else "")
        else:
            self.question_page.pages = unit
        self._later.start()

    # -- words around the question -----------------------------------------------------------------------------

    def _show_titles(self) -> None:
        page = self.page
        if page is None:
            return
        shown = [section for section in self.outline.sections if self.outline.is_shown(section)]
        number = numeral(shown.index(page.section) + 1) if page.section in shown else ""
        words = [f"{number}　{plain(self.outline.title(page.section))}".strip("　")]
        if page.chapter is not None:
            words.append(plain(self.outline.heading(page.chapter)))
        inner = self._inner_heading(page)
        if inner and inner not in words:
            words.append(inner)
        self.question_page.title.setText(" · ".join(words))
        self.question_page.title.updateGeometry()
        self.question_page.title.update()

    def _inner_heading(self, page: Page) -> str:
        """The label of a field-list inside a row, e.g. 身份."""
        questions = [part.node for part in page.parts if part.kind != ADD]
        if not questions or page.chapter is None:
            return ""
        parent = questions[0].parent
        if parent is None or parent is page.chapter or parent.definition.repeat is not None:
            return ""
        return plain(self.outline.heading(parent))

    def _refresh_around(self) -> None:
        self._later.stop()
        self.outline_view.refresh(None if self.reviewing else self.page)
        answered = asked = 0
        for section in self.outline.sections:
            if self.outline.is_shown(section):
                progress = self.outline.progress(section)
                answered += progress.answered
                asked += progress.asked
        self.head.show_progress(answered, asked, len(self.filling.noticed))
        self.actions_bar.show_undo(self.filling.log.can_undo, self.filling.log.can_redo)
        self.help.refresh()

    def _show_buttons(self) -> None:
        self.actions_bar.show_review(self.reviewing, self.review.bars() if self.reviewing else 0)

    # -- commands ----------------------------------------------------------------------------------------------

    def next(self) -> None:
        """Enter: on to the next question; what is wrong or missing is pointed out once, then let on."""
        if self.reviewing:
            self.finish()
            return
        box = self.question_page.current
        if isinstance(box, QuestionBox):
            step_inside = getattr(box.editor, "next_field", None)
            if step_inside is not None and step_inside():
                return
            if box.point_out():
                return
        self.question_page.step(1)

    def back(self) -> None:
        """Shift+Enter."""
        if self.reviewing:
            self.show_page(self.outline.step(None, -1), step=-1)
            return
        self._leave_box()
        self.question_page.step(-1)

    def next_open(self) -> None:
        """F8: the next open item: what was passed by or marked, else the next required question."""
        self._leave_box()
        found = self.filling.noticed_points()
        if not found:
            found = [point for point in self.filling.open_points() if point.kind != points.WARNING]
        if not found:
            self.shell.toast(self.tr("没有要处理的了"))
            return
        self.jump(self._after_here(found).node)

    def _after_here(self, found: list[OpenPoint]) -> OpenPoint:
        box = self.box()
        if box is None:
            return found[0]
        order = {node: i for i, node in enumerate(n for p in self.outline.all_pages() for n in p.questions())}
        here = order.get(box.node, -1)
        return next((point for point in found if order.get(point.node, -1) > here), found[0])

    def section_step(self, step: int) -> None:
        """Ctrl+↑↓: the section before or after."""
        self._leave_box()
        shown = [section for section in self.outline.sections if self.outline.is_shown(section)]
        if self.reviewing:
            target = shown[-1] if step < 0 and shown else None
        else:
            here = shown.index(self.page.section) if self.page is not None and self.page.section in shown else 0
            if here + step >= len(shown):
                self.show_review()
                return
            target = shown[here + step] if here + step >= 0 else None
        if target is not None:
            self._show_section(target)

    def _show_section(self, section: Section) -> None:
        page = next((p for p in self.outline.pages(section) if self.outline.is_asked(p)), None)
        if page is not None:
            self.show_page(page)

    def chapter_step(self, step: int) -> None:
        """Ctrl+PgUp, Ctrl+PgDn: the inner part or row before or after."""
        if self.page is None or self.reviewing:
            return
        chapters = self.outline.chapters(self.page.section)
        here = next((i for i, (node, _p) in enumerate(chapters) if node is self.page.chapter), -1)
        if 0 <= here + step < len(chapters):
            self._leave_box()
            self.show_page(chapters[here + step][1])

    def switch_view(self) -> None:
        """Ctrl+Tab: one page at a time, or the whole section."""
        switch = self.head.view_switch
        switch.set_value("page" if switch.value() == "section" else "section")
        switch.changed.emit(switch.value())

    def save_now(self) -> None:
        """Ctrl+S: keep what is being typed too, and show when it was kept."""
        self._leave_box()
        self.filling.touch()
        self.filling.keep_now()

    def pause(self) -> None:
        """Esc: everything is kept, then away."""
        self._leave_box()
        if self.filling.keep_now():
            self.left.emit()
        else:
            self.say_unsaved()

    def say_unsaved(self) -> None:
        """Leaving now would lose the last answers: say so, and stay."""
        self.shell.toast(self.tr("最后几题还没有存下，先不离开。{why}").format(why=self.filling.failure))

    def finish(self) -> None:
        """Ctrl+Enter: finish from the review page; from a question to the review first; out of a text of lines on."""
        box = self.box()
        if isinstance(box, QuestionBox) and box.editor.several_lines and box.editor.target().hasFocus():
            self.next()
            return
        if not self.reviewing:
            self._leave_box()
            self.show_review()
            return
        if self.review.bars():
            self.shell.toast(self.tr("还有 {n} 处要先处理").format(n=self.review.bars()))
            self.review.take_focus()
            return
        if self.filling.keep_now():
            self.finish_asked.emit()

    # -- keys --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys the field with the focus did not want. An open input-method composition owns all keys."""
        if self.question_page.composing:
            return
        clock = QElapsedTimer()
        clock.start()
        if not handle_key(self, event):
            super().keyPressEvent(event)
        self.last_answer_ms = clock.nsecsElapsed() / 1e6

    def choose(self, number: int) -> bool:
        """A key cap was pressed."""
        box = self.box()
        if isinstance(box, QuestionBox):
            return box.editor.choose(number)
        if isinstance(box, (WarningBox, AddBox)):
            return box.choose(number)
        return False

    # -- size --------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.width() / max(theme().scale, 1.0)
        wide, outline = width >= HELP_FROM, width >= OUTLINE_FROM
        for widget in (self.help, self._help_rule):
            widget.setVisible(wide)
        for widget in (self.outline_view, self._outline_rule):
            widget.setVisible(outline)
        self.head.fit(width)
        self.actions_bar.fit(width - 233 * (int(wide) + int(outline)), wide=wide)
