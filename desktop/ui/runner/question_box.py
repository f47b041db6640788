"""One question on the page: number, label, editor, what is wrong with it, last time's answer; or a note, a warning."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.survey.session.nodes import FormNode
from desktop.survey.session.outline import TO_COLLECT
from desktop.survey.xform.model import Control
from desktop.ui.runner.choice_editors import TableHead, label_of
from desktop.ui.runner.editor_of import editor_of
from desktop.ui.runner.editors import AnswerEditor
from desktop.ui.runner.filling import REASONS, Filling
from desktop.ui.runner.options import ChoiceButton, FlowLayout, cap_of
from desktop.ui.runner.words import plain, rich
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.chips import ChipLabel
from desktop.ui.widgets.labels import Icon, Label, StatusWord
from desktop.ui.widgets.painting import Chip

NUMBER_W = 30
LINE_W = 640
"""Longest line of words (DESIGN §3)."""

TABLE_LABEL_W = 220
"""Width of a row's words in a table list."""

WARNING_REASONS = ("核对过，数字没错", "情况有变化", "上次填错")
"""Reasons offered for a soft warning; anything else is written."""


class RichLabel(QLabel):
    """A label of the form: markdown-light as rich text, wrapped; `set_look(strong)` for the current question."""

    def __init__(self, text: str = "", points: float = 11.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setMaximumWidth(LINE_W)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._points, self._weight = points, QFont.Weight.Normal
        self._source: str | None = None
        self.set_words(text)

    def set_words(self, text: str) -> None:
        """Show other words."""
        if text != self._source:
            self._source = text
            self.setText(rich(text))
            self.setAccessibleName(plain(text))

    def words(self) -> str:
        """The words as plain text."""
        return plain(self._source or "")

    def set_look(self, points: float, *, bold: bool = False, role: str = "text") -> None:
        """Size, weight and colour."""
        font = theme().font(points=points)
        font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Medium if role == "text" else QFont.Weight.Normal)
        if font != self.font():
            self.setFont(font)
        palette = self.palette()
        if palette.color(QPalette.ColorRole.WindowText) != theme().color(role):
            palette.setColor(QPalette.ColorRole.WindowText, theme().color(role))
            self.setPalette(palette)


class PageBox(QFrame):
    """Base of everything on a question page. `here(bool)`, `refresh()`; `clicked()` when the person points at it."""

    clicked = Signal()
    stops = True
    """Whether Enter comes to it."""
    fixed = False
    """Whether its words and choices stay the same unless its own node changes."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filling, self.node = filling, node
        self.current = False
        self.first = False
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def here(self, current: bool) -> None:
        """The person stands here (or no more)."""
        if current != self.current:
            self.current = current
            self.dress()
            self.update()

    def dress(self) -> None:
        """Look of the present state."""

    def refresh(self) -> None:
        """Show the node as it is now."""

    def take_focus(self) -> None:
        """Set the focus where work begins."""
        self.setFocus()

    def wanted(self) -> bool:
        """Whether it is on the page now."""
        return self.node.alive and self.node.relevant

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()
        super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        painter.fillRect(self.rect(), c("surface") if self.current else c("surface_alt"))
        if not self.first:
            painter.fillRect(0, 0, self.width(), 1, c("grid"))
        if self.current:
            painter.fillRect(0, 0, 3, self.height(), c("accent"))


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


class TableHeadBox(PageBox):
    """The heads of a table list, above its rows."""

    stops = False

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(16 + NUMBER_W + 4 + TABLE_LABEL_W + 10, 8, 16, 6)
        row.addWidget(TableHead([label_of(choice) for choice in filling.session.view(node).choices]))


class NoteBox(PageBox):
    """Words of the form."""

    stops = False

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(8)
        spot = QWidget()
        spot.setFixedWidth(NUMBER_W - 4)
        inner = QHBoxLayout(spot)
        inner.setContentsMargins(0, 2, 0, 0)
        inner.addStretch(1)
        inner.addWidget(Icon("info", "accent"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(spot)
        self.label = RichLabel(points=10)
        self.label.set_look(10, role="text_2")
        row.addWidget(self.label, 10)
        row.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        self.label.set_words(self.filling.session.view(self.node).label or "")


class WarningBox(PageBox):
    """A soft warning: what is doubtful, and reasons to choose from; any lets on, none is needed to go on."""

    reason_asked = Signal()

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(16 + NUMBER_W + 4, 8, 16, 10)
        frame = QFrame()
        frame.setProperty("note", "warning")
        inner = QHBoxLayout(frame)
        inner.setContentsMargins(10, 8, 10, 8)
        inner.setSpacing(8)
        inner.addWidget(Icon("alert", "warning"), 0, Qt.AlignmentFlag.AlignTop)
        lines = QVBoxLayout()
        lines.setSpacing(6)
        self.label = RichLabel(points=10)
        lines.addWidget(self.label)
        self.second = Label(self.tr("没错就选一个原因，可以继续。"), "second", wrap=True)
        lines.addWidget(self.second)
        body = QWidget()
        flow = FlowLayout(gap=6)
        self.buttons: list[ChoiceButton] = []
        for place, word in enumerate((*WARNING_REASONS, self.tr("其他，写明"))):
            button = ChoiceButton(word, cap_of(place))
            button.clicked.connect(lambda _=False, place=place: self.choose(place + 1))
            flow.addWidget(button)
            self.buttons.append(button)
        body.setLayout(flow)
        lines.addWidget(body)
        inner.addLayout(lines, 1)
        row.addWidget(frame)
        self.refresh()

    def refresh(self) -> None:
        self.label.set_words(self.filling.session.view(self.node).label or "")
        self.setAccessibleName(self.label.words())
        reason = self.filling.session.reasons.get(self.node.path(), "")
        for word, button in zip(WARNING_REASONS, self.buttons, strict=False):
            button.set_on(word == reason)
        other = bool(reason) and reason not in WARNING_REASONS
        self.buttons[-1].set_on(other)
        self.second.setText(
            self.tr("原因：{reason}").format(reason=reason) if other else self.tr("没错就选一个原因，可以继续。")
        )

    def take_focus(self) -> None:
        on = next((button for button in self.buttons if button.on), self.buttons[0])
        on.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self, number: int) -> bool:
        """A reason by its number; the last opens a field for one's own words."""
        if not 1 <= number <= len(self.buttons):
            return False
        if number == len(self.buttons):
            self.reason_asked.emit()
            return True
        word = WARNING_REASONS[number - 1]
        path = self.node.path()
        self.filling.set_reason(self.node, "" if self.filling.session.reasons.get(path) == word else word)
        return True

    def arrow(self, step: int) -> bool:
        """← → between the reasons."""
        here = next((i for i, button in enumerate(self.buttons) if button.hasFocus()), None)
        if here is None or not 0 <= here + step < len(self.buttons):
            return False
        self.buttons[here + step].setFocus()
        return True


class HeadingBox(PageBox):
    """The heading of an inner group or row."""

    stops = False
    remove_asked = Signal()

    def __init__(self, filling: Filling, node: FormNode, control: Control, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 4)
        self.label = Label("", "strong")
        row.addWidget(self.label, 1)
        if control.kind == "repeat" and filling.outline.may_add(control):
            remove = Button(self.tr("删掉这一条"), "quiet", small=True)
            remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            remove.clicked.connect(self.remove_asked)
            row.addWidget(remove)
        self.refresh()

    def refresh(self) -> None:
        self.label.setText(plain(self.filling.outline.heading(self.node)))


class AddBox(PageBox):
    """The offer of another row: 1 adds one, Enter goes on."""

    add_asked = Signal()

    def __init__(self, filling: Filling, node: FormNode, control: Control, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.control = control
        row = QHBoxLayout(self)
        row.setContentsMargins(16 + NUMBER_W + 4, 12, 16, 14)
        lines = QVBoxLayout()
        lines.setSpacing(8)
        self.label = RichLabel()
        lines.addWidget(self.label)
        self.button = ChoiceButton(self.tr("加一条"), "1")
        self.button.clicked.connect(self.add_asked)
        holder = QHBoxLayout()
        holder.addWidget(self.button)
        holder.addWidget(Label(self.tr("不加就按 Enter 继续"), "caption"))
        holder.addStretch(1)
        lines.addLayout(holder)
        row.addLayout(lines, 1)
        self.refresh()
        self.dress()

    def dress(self) -> None:
        self.label.set_look(13 if self.current else 11, bold=self.current)

    def title(self) -> str:
        """The label of the repeat without a row's own part."""
        return self.filling.session.texts.literal(self.control.label, self.filling.session.root)

    def refresh(self) -> None:
        assert self.control.path is not None
        there = len(self.node.instances(self.control.path[-1]))
        name = self.title()
        if there:
            self.label.set_words(self.tr("还有{name}吗？已有 {n} 条").format(name=name, n=there))
        else:
            self.label.set_words(self.tr("有{name}吗？").format(name=name))

    def wanted(self) -> bool:
        return self.node.alive and self.node.relevant

    def choose(self, number: int) -> bool:
        """1 adds a row."""
        if number == 1:
            self.add_asked.emit()
        return number == 1

    def take_focus(self) -> None:
        self.button.setFocus(Qt.FocusReason.OtherFocusReason)

