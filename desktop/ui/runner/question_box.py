"""One question on the page: number, label, editor, what is wrong with it, last time's answer."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.survey.session.nodes import FormNode
from desktop.survey.session.outline import TO_COLLECT
from desktop.survey.xform.model import Control
from desktop.ui.runner.editor_of import editor_of
from desktop.ui.runner.editors import AnswerEditor
from desktop.ui.runner.filling import REASONS, Filling
from desktop.ui.runner.page_box import NUMBER_W, TABLE_LABEL_W, PageBox, RichLabel
from desktop.ui.runner.words import plain
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.chips import ChipLabel
from desktop.ui.widgets.labels import Label, StatusWord
from desktop.ui.widgets.painting import Chip


class QuestionBox(PageBox):
    """A question with its editor."""

    stepped = Signal(bool)
    toast = Signal(str, object)
    """Words, and what undoes it (or None)."""

    def __init__(self, filling: Filling, node: FormNode, control: Control, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.control = control
        self.view = filling.session.view(node)
        number = filling.outline.numbers.get(control.order, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 14)
        row.setSpacing(8)
        self.number = Label(str(number) if number else "")
        self.number.setFixedWidth(NUMBER_W - 4)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.number, 0, Qt.AlignmentFlag.AlignTop)
        self.lines = QVBoxLayout()
        self.lines.setSpacing(8)
        row.addLayout(self.lines, 1)
        head = QHBoxLayout()
        head.setSpacing(8)
        self.label = RichLabel()
        head.addWidget(self.label, 10)
        head.addStretch(1)
        self.mark = ChipLabel(Chip(""))
        self.mark.hide()
        head.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        self.lines.addLayout(head)
        self.hint: RichLabel | None = None
        self.picture: QLabel | None = None
        self._show_picture()
        self.editor: AnswerEditor = editor_of(filling, node)
        self._table = "list-nolabel" in self.view.appearance
        line = head if self._table else QHBoxLayout()
        line.setSpacing(10)
        if self._table:
            row.setContentsMargins(16, 4, 16, 4)
            self.label.setFixedWidth(TABLE_LABEL_W)
            line.setStretch(0, 0)
            line.setStretch(1, 0)
            line.insertWidget(1, self.editor, 1)
        else:
            line.addWidget(self.editor, 1)
        self.helper_button: Button | None = None
        if self.editor.help_word():
            self.helper_button = Button(self.editor.help_word(), "quiet", key="F3", bind=False)
            self.helper_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.helper_button.clicked.connect(self.editor.helper)
            line.addWidget(self.helper_button, 0, Qt.AlignmentFlag.AlignTop)
        if not self._table:
            self.lines.addLayout(line)
        self.message: StatusWord | None = None
        self.last: Label | None = None
        self._said = ("", "")
        self.warned = False
        """Whether its open state was pointed at: the next Enter goes on."""
        self.editor.said.connect(self._editor_said)
        self.editor.stepped.connect(self.stepped)
        self.setAccessibleName(plain(self.view.label or ""))
        self.fixed = self._is_fixed()
        self.refresh()
        self.dress()

    def _is_fixed(self) -> bool:
        texts = self.filling.session.texts
        constraint = self.node.definition.bind.constraint
        itemset = self.control.itemset
        return (
            texts.is_fixed(self.control.label, self.node)
            and texts.is_fixed(self.control.hint, self.node)
            and (itemset is None or "[" not in itemset.nodes.source)
            and (constraint is None or "/" not in constraint.source)
        )

    @property
    def stops(self) -> bool:  # type: ignore[override]
        """Read-only questions are passed by."""
        return not self.node.readonly

    def _show_picture(self) -> None:
        name = self.view.media("image")
        if not name or self.filling.media is None:
            return
        data = self.filling.media.get(name.removeprefix("jr://images/"))
        picture = QPixmap()
        if data is not None and picture.loadFromData(data):
            self.picture = QLabel()
            self.picture.setPixmap(
                picture if picture.height() <= 200
                else picture.scaledToHeight(200, Qt.TransformationMode.SmoothTransformation)
            )  # fmt: skip
            self.lines.addWidget(self.picture)

    # -- look --------------------------------------------------------------------------------------------------

    def dress(self) -> None:
        strong = self.current
        self.label.set_look(11 if self._table else 13 if strong else 11, bold=strong)
        font = theme().font(points=13 if strong and not self._table else 11)
        self.number.setFont(font)
        palette = self.number.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme().color("accent" if strong else "text_3"))
        self.number.setPalette(palette)
        if self.helper_button is not None:
            self.helper_button.setVisible(strong)
        self._show_last()

    def refresh(self) -> None:
        words = self.view.label or self.view.name
        if self.node.required and not self.node.readonly:
            words = f"{words.rstrip()} *"
        self.label.set_words(words)
        hint = self.view.hint
        if hint and hint.strip():
            if self.hint is None:
                self.hint = RichLabel(points=9)
                self.hint.set_look(9, role="text_3")
                self.lines.insertWidget(1, self.hint)
            self.hint.set_words(hint)
        if self.hint is not None:
            self.hint.setVisible(bool(hint and hint.strip()))
        self.editor.refresh()
        self._show_mark()
        self._show_message()
        self._show_last()

    def _show_mark(self) -> None:
        path = self.node.path()
        reason = "" if self.node.text else self.filling.session.reasons.get(path, "")
        word = dict(REASONS).get(reason, reason)
        if reason:
            self.mark.show_chip(
                Chip(word, "warning", "flag") if reason == TO_COLLECT
                else Chip(word, "neutral", "minus" if reason == "not_applicable" else "help")
            )  # fmt: skip
        elif path in self.filling.session.remarks:
            self.mark.show_chip(Chip(self.tr("有备注"), "accent", "edit"))
        self.mark.setVisible(bool(reason or path in self.filling.session.remarks))

    def _show_message(self) -> None:
        words, tone = self._said
        if not words:
            violation = self.filling.session.violation(self.node)
            if violation is not None and (violation.kind == "constraint" or self.warned):
                words, tone = violation.message, "danger"
                typing = self.current and self.editor.wants_digits and not self.warned
                if violation.kind == "constraint" and typing and self.node not in self.filling.seen:
                    words = ""  # still being typed: said on leaving
        if not words and self.message is None:
            return
        if self.message is None:
            self.message = StatusWord()
            self.lines.addWidget(self.message, 0, Qt.AlignmentFlag.AlignLeft)
        icons = {"danger": "error", "warning": "alert", "success": "ok"}
        self.message.show_status(words, icons.get(tone, ""), tone or "neutral")  # type: ignore[arg-type]
        self.message.setVisible(bool(words))

    def _show_last(self) -> None:
        before = self.filling.previous_text(self.node)
        wanted = bool(before) and before != self.node.text and not self._table
        if not wanted:
            if self.last is not None:
                self.last.hide()
            return
        if self.last is None:
            self.last = Label("", "caption")
            self.lines.addWidget(self.last)
        key = self.tr("　F9 沿用") if self.current else ""
        self.last.setText(self.tr("上次：{words}").format(words=self.editor.words_of(before)) + key)
        self.last.show()

    def _editor_said(self, words: str, tone: str) -> None:
        if tone == "toast":
            self.toast.emit(words, None)
            return
        if tone.startswith("undo:"):
            before = tone[5:]
            self.toast.emit(words, lambda: self.filling.answer(self.node, before))
            return
        self._said = (words, tone)
        self._show_message()

    # -- commands ----------------------------------------------------------------------------------------------

    def take_focus(self) -> None:
        self.editor.target().setFocus(Qt.FocusReason.OtherFocusReason)

    def commit(self) -> None:
        """Hand over what was typed."""
        self.editor.commit()

    def point_out(self) -> bool:
        """On leaving with Enter: say what is wrong or missing, once; whether there was anything new to say."""
        self.commit()
        problem = self.editor.problem()
        if problem:
            fresh = not self.warned
            self.warned = True
            self._said = (problem, "danger")
            self._show_message()
            return fresh
        if self._said[1] == "danger":
            self._said = ("", "")
        if self.filling.session.violation(self.node) is None:
            self.warned = False
            self._show_message()
            return False
        fresh = not self.warned
        self.warned = True
        self._show_message()
        return fresh

    def as_last_time(self) -> bool:
        """F9; whether there was something to take over."""
        before = self.filling.previous_text(self.node)
        if not before or self.node.readonly:
            return False
        self.filling.answer(self.node, before)
        return True
