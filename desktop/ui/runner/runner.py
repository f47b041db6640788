"""The runner: outline, one page of questions or a section, help, review; every command has its key (DESIGN §5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.survey.session import open_points as points
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.open_points import OpenPoint
from desktop.survey.session.outline import ADD, Page, Section
from desktop.survey.session.session import AnswerRefused
from desktop.ui.dialogs.message import MessageDialog
from desktop.ui.pages.page import Shell
from desktop.ui.runner.filling import REASONS, Filling
from desktop.ui.runner.help_column import HelpColumn
from desktop.ui.runner.options import CAPS
from desktop.ui.runner.outline_view import OutlineView, numeral
from desktop.ui.runner.prompts import PickDialog, RemarkDialog
from desktop.ui.runner.question_box import AddBox, PageBox, QuestionBox, WarningBox
from desktop.ui.runner.question_page import QuestionPage
from desktop.ui.runner.review import ReviewPage
from desktop.ui.runner.words import plain
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.figures import Bar
from desktop.ui.widgets.labels import ElidedLabel, Label, Panel, StatusWord, rule
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.segments import Segments

HELP_FROM = 1200 - 48
"""Width from which the help column stands (window 1200, DESIGN §3)."""
OUTLINE_FROM = 780
"""Width from which the outline stands; at 200 % scaling only the question is left."""

Removing = Callable[[FormNode], bool]


class Runner(QWidget):
    """`Runner(filling, shell, title, fact)`: `begin(place)`; Esc emits `left()`, Ctrl+Enter `finish_asked()`.

    `removing(node)` may take over the removal of a row (it asks where a person went); True when it did.
    """

    left = Signal()
    finish_asked = Signal()

    def __init__(
        self, filling: Filling, shell: Shell, title: str, fact: str = "", *, removing: Removing | None = None,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.filling, self.shell, self._removing = filling, shell, removing
        filling.setParent(self)
        self.outline = filling.outline
        self.page: Page | None = None
        """The page the person stands on; in the section view one of those shown."""
        self.dialog: QWidget | None = None
        """The small dialog standing open, for tests and for one at a time."""
        self.last_answer_ms = 0.0
        self.setMinimumSize(320, 240)  # parts fold away before the window could become too small for them
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self._make_head(title, fact))
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
        self.question_page = QuestionPage(filling)
        self.review = ReviewPage(filling)
        self.stack.addWidget(self.question_page)
        self.stack.addWidget(self.review)
        middle.addWidget(self.stack, 1)
        middle.addWidget(self._make_actions())
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
        filling.saved.connect(self._show_saved)
        filling.save_failed.connect(self._show_unsaved)
        filling.refused.connect(lambda _node, words: self.shell.toast(words))
        filling.language_changed.connect(lambda: self.show_page(self.page, self.filling.place, anew=True))

    # -- parts -------------------------------------------------------------------------------------------------

    def _make_head(self, title: str, fact: str) -> QWidget:
        head = Panel("surface")
        head.setFixedHeight(theme().px("page_header_h"))
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        self.title = Label(title, "title")
        self.title.setMaximumWidth(360)
        self.fact = ElidedLabel(fact, "second")
        row.addWidget(self.title)
        row.addSpacing(4)
        row.addWidget(self.fact, 1)
        self.progress = Label("", "second")
        self.bar = Bar()
        self.bar.setFixedWidth(120)
        self.saved = StatusWord("", "", "neutral")
        self.view_switch = Segments([("page", self.tr("逐题")), ("section", self.tr("整节"))], "page", small=True)
        self.view_switch.changed.connect(lambda _key: self.show_page(self.page, self.filling.place))
        self.view_switch.setToolTip(self.tr("一次一题，或整节一起看"))
        self.language = Select([(_language_word(name), name) for name in self.filling.session.form.languages])
        self.language.set_value(self.filling.session.language)
        self.language.setAccessibleName(self.tr("题目语言"))
        self.language.picked.connect(lambda name: self.filling.set_language(str(name)))
        self.flag_button = Button(self.tr("没有待补"), icon="flag", key="F8", bind=False)
        self.flag_button.clicked.connect(self.next_open)
        self.pause_button = Button(self.tr("暂停离开"), key="Esc", bind=False)
        self.pause_button.clicked.connect(self.pause)
        for widget in (self.progress, self.bar, self.saved, self.view_switch, self.language, self.flag_button,
                       self.pause_button):  # fmt: skip
            row.addWidget(widget)
        self.language.setVisible(self.language.count() > 1)
        for widget in (self.flag_button, self.pause_button):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return head

    def _make_actions(self) -> QWidget:
        bar = ActionBar()
        self.back_button = Button(self.tr("上一题"), icon="left", key="Shift+Enter", bind=False)
        self.skip_button = Button(self.tr("先跳过，待补"), icon="flag", key="F6", bind=False)
        self.reason_button = Button(self.tr("不知道、不愿答"), key="F7", bind=False)
        self.remark_button = Button(self.tr("备注"), icon="edit", key="Shift+F2", bind=False)
        self.next_button = Button(self.tr("下一题"), "primary", key="Enter", bind=False)
        self.finish_button = Button(self.tr("结束调查"), "primary", key="Ctrl+Enter", bind=False)
        bar.add_left(self.back_button)
        for button in (self.skip_button, self.reason_button, self.remark_button, self.next_button, self.finish_button):
            bar.add_right(button)
        self.action_bar = bar
        for button, action in (
            (self.back_button, self.back), (self.skip_button, self.skip), (self.reason_button, self.missing),
            (self.remark_button, self.remark), (self.next_button, self.next), (self.finish_button, self.finish),
        ):  # fmt: skip
            button.clicked.connect(action)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # a click must not take the focus from the question
        self.finish_button.hide()
        return bar

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
            self._show_saved(self.filling.last_saved)
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
        if self.view_switch.value() != "section":
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
        if node is None and self.view_switch.value() == "section":
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
        self.progress.setText(self.tr("已答 {n} 题，共 {m} 题").format(n=answered, m=asked))
        self.bar.set_value(answered / asked if asked else 0)
        count = len(self.filling.noticed)
        self.flag_button.setText(self.tr("{n} 处待处理").format(n=count) if count else self.tr("没有待处理"))
        self.help.refresh()

    def _show_buttons(self) -> None:
        review = self.reviewing
        for button in (self.skip_button, self.reason_button, self.remark_button, self.next_button):
            button.setVisible(not review)
        self.finish_button.setVisible(review)
        bars = self.review.bars() if review else 0
        self.finish_button.setEnabled(not bars)
        self.action_bar.set_hint(self.tr("还差 {n} 处，F8 逐处过去").format(n=bars) if bars else "")

    def _show_saved(self, when: dt.datetime) -> None:
        local = when.astimezone() if when.tzinfo is not None else when
        self.saved.show_status(self.tr("已保存 {time}").format(time=local.strftime("%H:%M:%S")), "ok", "success")

    def _show_unsaved(self, reason: str) -> None:
        self.saved.show_status(self.tr("未保存：{reason}").format(reason=reason), "alert", "danger")

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

    def skip(self) -> None:
        """F6: 待补, and on."""
        box = self.box()
        if isinstance(box, QuestionBox) and not box.node.readonly:
            path = box.node.path()
            if self.filling.session.reasons.get(path) == "to_collect":
                self.filling.set_reason(box.node, "")
                return
            self.filling.set_reason(box.node, "to_collect")
            self.question_page.step(1)

    def missing(self) -> None:
        """F7: why there is no answer."""
        box = self.box()
        if not isinstance(box, QuestionBox) or box.node.readonly:
            return
        node = box.node
        now = self.filling.session.reasons.get(node.path(), "")
        choices = [(code, self.tr(word)) for code, word in REASONS if code != "to_collect"]
        if now:
            choices.append(("", self.tr("取消，照常填")))
        about = self.tr("已填的答案会清掉。") if node.text else ""
        dialog = PickDialog(self.tr("这一题为什么没有答案"), about, choices, now, self.window())
        dialog.taken.connect(lambda code: self._missing_taken(node, code))
        self._open(dialog)

    def _missing_taken(self, node: FormNode, code: str) -> None:
        self.filling.set_reason(node, code)
        box = self.box()
        if code and box is not None and box.node is node:
            self.question_page.step(1)

    def remark(self) -> None:
        """Shift+F2."""
        box = self.box()
        if box is None or isinstance(box, AddBox):
            return
        node = box.node
        label = plain(self.filling.session.view(node).label or "")
        text = self.filling.session.remarks.get(node.path(), "")
        dialog = RemarkDialog(self.tr("本题备注"), label, text, self.window())
        dialog.taken.connect(lambda words: self.filling.set_remark(node, words))
        self._open(dialog)

    def _ask_own_reason(self, node: FormNode) -> None:
        text = self.filling.session.reasons.get(node.path(), "")
        label = plain(self.filling.session.view(node).label or "")
        dialog = RemarkDialog(self.tr("什么原因"), label, text, self.window())
        dialog.taken.connect(lambda words: self.filling.set_reason(node, words))
        self._open(dialog)

    def as_last_time(self) -> None:
        """F9: the answer of the visit before, and on."""
        box = self.box()
        if isinstance(box, QuestionBox) and box.as_last_time():
            self.question_page.step(1)

    def photo(self) -> None:
        """F10: at this question, else at the first one of the page that takes a photo."""
        box = self.box()
        if isinstance(box, QuestionBox) and box.editor.take_photo():
            return
        for other in self.question_page.stopping():
            if isinstance(other, QuestionBox) and other.editor.wants_photo():
                self.question_page.stand(other)
                other.editor.take_photo()
                return
        self.shell.toast(self.tr("这一页没有要拍照的题"))

    def helper(self) -> None:
        """F3: what helps with this field."""
        box = self.box()
        if isinstance(box, QuestionBox) and box.editor.help_word():
            box.editor.helper()

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

    def add_row(self, path: str) -> None:
        """Another row of a repeat, and there."""
        node = self.filling.add_row(path)
        if node is not None:
            page = self.outline.page_of(node)
            if page is not None:
                first = next((n for n in page.questions() if _is_below(n, node)), None)
                self.show_page(page, first.path() if first is not None else "")

    def remove_row(self, node: FormNode) -> None:
        """Take a row away; a member of the register is asked after first, answers are asked about."""
        if self._removing is not None and self._removing(node):
            return
        asked = self.filling.session.form.questions
        filled = len([below for below in node.subtree() if below.text and below.definition.path in asked])
        if not filled:
            self._remove_now(node)
            return
        name = plain(self.outline.heading(node))
        dialog = MessageDialog(
            self.tr("删掉“{name}”").format(name=name),
            self.tr("这一条已经填了 {n} 题，删掉以后找不回来。").format(n=filled),
            [("stay", self.tr("先不删"), "plain"), ("go", self.tr("删掉这一条"), "danger")],
            parent=self.window(),
        )
        dialog.finished.connect(lambda _r: self._remove_now(node) if dialog.chosen == "go" else None)
        self._open(dialog)

    def _remove_now(self, node: FormNode) -> None:
        if self.filling.remove_row(node):
            self.shell.toast(self.tr("已删掉一条"))

    def remove_here(self) -> None:
        """Ctrl+−: the row the person stands in."""
        box = self.box()
        node = box.node if box is not None else None
        while node is not None and node.definition.repeat is None:
            node = node.parent
        if node is not None:
            self.remove_row(node)

    def pause(self) -> None:
        """Esc: everything is kept, then away."""
        self._leave_box()
        if self.filling.keep_now():
            self.left.emit()

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

    def _open(self, dialog: QWidget) -> None:
        self.dialog = dialog
        dialog.finished.connect(lambda _r: self._dialog_over(dialog))  # type: ignore[attr-defined]
        dialog.open()  # type: ignore[attr-defined]

    def _dialog_over(self, dialog: QWidget) -> None:
        if self.dialog is dialog:
            self.dialog = None
        box = self.box()
        if box is not None:
            box.take_focus()
        dialog.deleteLater()

    # -- keys --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys the field with the focus did not want. An open input-method composition owns all keys."""
        if self.question_page.composing:
            return
        clock = QElapsedTimer()
        clock.start()
        if not self._key(event):
            super().keyPressEvent(event)
        self.last_answer_ms = clock.nsecsElapsed() / 1e6

    def _key(self, event: QKeyEvent) -> bool:
        key, mods = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        none, shift, ctrl = (
            Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
        )  # fmt: skip
        enter = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        commands: dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], object]] = {
            (Qt.Key.Key_F3, none): self.helper, (Qt.Key.Key_F6, none): self.skip, (Qt.Key.Key_F7, none): self.missing,
            (Qt.Key.Key_F8, none): self.next_open, (Qt.Key.Key_F9, none): self.as_last_time,
            (Qt.Key.Key_F10, none): self.photo, (Qt.Key.Key_F2, shift): self.remark,
            (Qt.Key.Key_Escape, none): self.pause,
            (Qt.Key.Key_Up, ctrl): lambda: self.section_step(-1),
            (Qt.Key.Key_Down, ctrl): lambda: self.section_step(1),
            (Qt.Key.Key_PageUp, ctrl): lambda: self.chapter_step(-1),
            (Qt.Key.Key_PageDown, ctrl): lambda: self.chapter_step(1),
            (Qt.Key.Key_Minus, ctrl): self.remove_here,
        }  # fmt: skip
        command = commands.get((key, mods))
        if command is not None:
            command()
        elif enter and mods == none:
            self.next()
        elif enter and mods == shift:
            self.back()
        elif enter and mods == ctrl:
            self.finish()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right) and mods == none:
            return self._arrow(key)
        elif mods == none and len(event.text()) == 1 and event.text().upper() in CAPS:
            return self.choose(CAPS.index(event.text().upper()) + 1)
        else:
            return False
        return True

    def choose(self, number: int) -> bool:
        """A key cap was pressed."""
        box = self.box()
        if isinstance(box, QuestionBox):
            return box.editor.choose(number)
        if isinstance(box, (WarningBox, AddBox)):
            return box.choose(number)
        return False

    def _arrow(self, key: Qt.Key) -> bool:
        step = -1 if key in (Qt.Key.Key_Up, Qt.Key.Key_Left) else 1
        if self.reviewing:
            return self.review.arrow(step)
        box = self.box()
        if isinstance(box, QuestionBox) and box.editor.arrow(step):
            return True
        if isinstance(box, WarningBox) and box.arrow(step):
            return True
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return False
        if box is None:
            bar = self.question_page.area.verticalScrollBar()
            bar.setValue(bar.value() + step * 60)
            return True
        stops = self.question_page.stopping()
        there = stops.index(box) + step if box in stops else -1
        if 0 <= there < len(stops):
            self.question_page.step(step)
        return True

    # -- size --------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        width = self.width() / max(theme().scale, 1.0)
        wide, middle = width >= HELP_FROM, width >= OUTLINE_FROM
        for widget in (self.help, self._help_rule):
            widget.setVisible(wide)
        for widget in (self.outline_view, self._outline_rule):
            widget.setVisible(middle)
        self.bar.setVisible(wide)
        self.fact.setVisible(middle)
        self.progress.setVisible(width >= 900)
        self.view_switch.setVisible(middle)
        self.language.setVisible(middle and self.language.count() > 1)
        self.skip_button.setText(self.tr("先跳过，待补") if wide else self.tr("待补"))
        self.reason_button.setText(self.tr("不知道、不愿答") if wide else self.tr("不知道"))
        self.back_button.setText(self.tr("上一题") if middle else "")


def _language_word(name: str) -> str:
    """中文 (zh) → 中文."""
    return name.partition(" (")[0]


def _is_below(node: FormNode, top: FormNode) -> bool:
    current: FormNode | None = node
    while current is not None:
        if current is top:
            return True
        current = current.parent
    return False
