"""The column at the right of the runner: last time's answers, guidance on the question, its remark."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.ui.runner.filling import Filling
from desktop.ui.runner.page_box import PageBox, RichLabel
from desktop.ui.runner.question_box import QuestionBox
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label, Panel, rule

WIDTH = 232


class HelpColumn(Panel):
    """`HelpColumn(filling)`: `show_box(box)`; `as_last_asked()`, `remark_asked()`."""

    as_last_asked = Signal()
    remark_asked = Signal()

    def __init__(self, filling: Filling, parent: QWidget | None = None) -> None:
        super().__init__("surface", parent)
        self.filling = filling
        self.setFixedWidth(WIDTH)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(area)
        body = QWidget()
        area.setWidget(body)
        area.viewport().setAutoFillBackground(False)
        body.setAutoFillBackground(False)
        lines = QVBoxLayout(body)
        lines.setContentsMargins(14, 14, 14, 14)
        lines.setSpacing(4)
        lines.addWidget(Label(self.tr("上次答案"), "strong"))
        self.when = Label("", "caption", wrap=True)
        self.before = Label("", "", wrap=True)
        self.last_button = Button(self.tr("沿用上次"), key="F9", small=True, bind=False)
        self.last_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.last_button.clicked.connect(self.as_last_asked)
        for widget in (self.when, self.before):
            lines.addWidget(widget)
        lines.addWidget(self.last_button, 0, Qt.AlignmentFlag.AlignLeft)
        lines.addSpacing(10)
        lines.addWidget(rule("grid"))
        lines.addSpacing(8)
        self.guide_title = Label(self.tr("填报口径"), "strong")
        lines.addWidget(self.guide_title)
        self.hint = RichLabel(points=10)
        self.guidance = RichLabel(points=10)
        self.unfold = Button(self.tr("展开详细说明"), "quiet", small=True)
        self.unfold.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.unfold.clicked.connect(self._unfold)
        self._open = False
        lines.addWidget(self.hint)
        lines.addWidget(self.guidance)
        lines.addWidget(self.unfold, 0, Qt.AlignmentFlag.AlignLeft)
        lines.addSpacing(10)
        self.guide_rule = rule("grid")
        lines.addWidget(self.guide_rule)
        lines.addSpacing(8)
        lines.addWidget(Label(self.tr("本题备注"), "strong"))
        self.remark = Label("", "", wrap=True)
        lines.addWidget(self.remark)
        lines.addStretch(1)
        self._box: PageBox | None = None
        self.show_box(None)
        theme().changed.connect(self.refresh)

    def show_box(self, box: PageBox | None) -> None:
        """Show what belongs to the current question."""
        if box is not self._box:
            self._open = False
        self._box = box
        self.refresh()

    def refresh(self) -> None:
        """Show the present state."""
        from shiboken6 import isValid

        box = self._box if self._box is not None and isValid(self._box) else None
        node = None if box is None else box.node
        before = "" if node is None else self.filling.previous_text(node)
        self.when.setText(self.filling.previous_word)
        self.when.setVisible(bool(self.filling.previous_word))
        if not self.filling.has_previous():
            self.before.setText(self.tr("这是第一次，没有上次"))
        elif before and isinstance(box, QuestionBox):
            self.before.setText(box.editor.words_of(before))
        else:
            self.before.setText(self.tr("上次没有填这题") if isinstance(box, QuestionBox) else "")
        self.before.setProperty("role", "")
        self.last_button.setVisible(bool(before) and node is not None and before != node.text)
        view = None if node is None else self.filling.session.view(node)
        hint = (view.hint or "").strip() if view is not None else ""
        guidance = (view.guidance or "").strip() if view is not None else ""
        self.hint.set_words(hint)
        self.hint.set_look(10, role="text_2")
        self.hint.setVisible(bool(hint))
        self.guidance.set_words(guidance)
        self.guidance.set_look(10, role="text_2")
        self.guidance.setVisible(bool(guidance) and self._open)
        self.unfold.setVisible(bool(guidance) and not self._open)
        for widget in (self.guide_title, self.guide_rule):
            widget.setVisible(bool(hint or guidance))
        remark = "" if node is None else self.filling.session.remarks.get(node.path(), "")
        self.remark.setText(remark or self.tr("没有备注"))

    def _unfold(self) -> None:
        self._open = True
        self.refresh()
