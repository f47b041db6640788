"""What stands around the questions: the row above with progress and saved state, the row of commands below."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.survey.session.session import Session
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.figures import Bar
from desktop.ui.widgets.labels import ElidedLabel, Label, Panel, StatusWord
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.segments import Segments

HELP_FROM = 1200 - 48
"""Width from which the help column stands (window 1200, DESIGN §3)."""
OUTLINE_FROM = 780
"""Width from which the outline stands; at 200 % scaling only the question is left."""
PROGRESS_FROM = 900
"""Width from which the bar of progress stands in the head."""
GAP, HINT_ROOM = 8, 24 + 2 * 16
"""Pixels between two buttons of the row of commands; what its hint and its margins take."""


class RunnerHead(Panel):
    """`RunnerHead(session, title, fact)`: whom it is about, how far it is, when it was saved, view, language, pause."""

    def __init__(self, session: Session, title: str, fact: str, parent: QWidget | None = None) -> None:
        super().__init__("surface", parent)
        self.setFixedHeight(theme().px("page_header_h"))
        row = QHBoxLayout(self)
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
        self.view_switch.setToolTip(self.tr("一次一题，或整节一起看"))
        self.language = Select([(name.partition(" (")[0], name) for name in session.form.languages])
        self.language.set_value(session.language)
        self.language.setAccessibleName(self.tr("题目语言"))
        self.flag_button = Button(self.tr("没有待处理"), icon="flag", key="F8", bind=False)
        self.pause_button = Button(self.tr("暂停离开"), key="Esc", bind=False)
        for widget in (self.progress, self.bar, self.saved, self.view_switch, self.language, self.flag_button,
                       self.pause_button):  # fmt: skip
            row.addWidget(widget)
        self.language.setVisible(self.language.count() > 1)
        for button in (self.flag_button, self.pause_button):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_progress(self, answered: int, asked: int, noticed: int) -> None:
        """How far the form is, and what waits where one has been."""
        self.progress.setText(self.tr("已答 {n} 题，共 {m} 题").format(n=answered, m=asked))
        self.bar.set_value(answered / asked if asked else 0)
        words = self.tr("{n} 处待处理").format(n=noticed) if noticed else self.tr("没有待处理")
        if words != self.flag_button.text():
            self.flag_button.setText(words)

    def show_saved(self, when: dt.datetime) -> None:
        """Everything is on the disk since then."""
        local = when.astimezone() if when.tzinfo is not None else when
        self.saved.show_status(self.tr("已保存 {time}").format(time=local.strftime("%H:%M:%S")), "ok", "success")

    def show_unsaved(self, reason: str) -> None:
        """The last answers are not on the disk."""
        self.saved.show_status(self.tr("未保存：{reason}").format(reason=reason), "alert", "danger")

    def fit(self, width: float) -> None:
        """Leave out what a runner of this width has no room for."""
        self.bar.setVisible(width >= HELP_FROM)
        self.progress.setVisible(width >= PROGRESS_FROM)
        for widget in (self.fact, self.view_switch):
            widget.setVisible(width >= OUTLINE_FROM)
        self.language.setVisible(width >= OUTLINE_FROM and self.language.count() > 1)


class RunnerActions(ActionBar):
    """`RunnerActions()`: the commands of a question, or those of the review page; every button prints its key.

    They take no focus: a click must not take it from the question.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.back = Button(self.tr("上一题"), icon="left", key="Shift+Enter", tip=self.tr("上一题"), bind=False)
        self.skip = Button(self.tr("先跳过，待补"), icon="flag", key="F6", bind=False)
        self.missing = Button(self.tr("不知道、不愿答"), key="F7", bind=False)
        self.remark = Button(self.tr("备注"), icon="edit", key="Shift+F2", tip=self.tr("备注"), bind=False)
        self.next = Button(self.tr("下一题"), "primary", key="Enter", bind=False)
        self.finish = Button(self.tr("结束调查"), "primary", key="Ctrl+Enter", bind=False)
        self.undo = Button("", icon="undo", key="Ctrl+Z", tip=self.tr("撤销上一步"), bind=False)
        self.redo = Button("", icon="redo", key="Ctrl+Y", tip=self.tr("重做"), bind=False)
        for button in (self.back, self.undo, self.redo):
            self.add_left(button)
        for button in (self.skip, self.missing, self.remark, self.next, self.finish):
            self.add_right(button)
        for button in (self.back, self.undo, self.redo, self.skip, self.missing, self.remark, self.next, self.finish):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.show_review(False, 0)

    def show_undo(self, undo: bool, redo: bool) -> None:
        """Whether there is something to take back or to do again."""
        self.undo.setEnabled(undo)
        self.redo.setEnabled(redo)

    def show_review(self, review: bool, bars: int) -> None:
        """The buttons of the review page, or of a question; `bars`: how many points finishing waits for."""
        for button in (self.skip, self.missing, self.remark, self.next):
            button.setVisible(not review)
        self.finish.setVisible(review)
        self.finish.setEnabled(not bars)
        self.set_hint(self.tr("还差 {n} 处，F8 逐处过去").format(n=bars) if bars else "")

    def fit(self, room: float, *, wide: bool) -> None:
        """Shorter words where there is little room."""
        self.skip.setText(self.tr("先跳过，待补") if wide else self.tr("待补"))
        self.missing.setText(self.tr("不知道、不愿答") if wide else self.tr("不知道"))
        shown = (self.back, self.undo, self.redo, self.skip, self.missing, self.remark, self.next)
        for back, remark in ((True, True), (True, False), (False, False)):
            self.back.setText(self.tr("上一题") if back else "")
            self.remark.setText(self.tr("备注") if remark else "")
            if sum(button.sizeHint().width() + GAP for button in shown) + HINT_ROOM <= room:
                break
