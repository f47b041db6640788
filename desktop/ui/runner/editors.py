"""What all editors of answers have in common, and those one types into: text, numbers, money, ID, barcode, range."""

from __future__ import annotations

import re
from decimal import Decimal

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSlider, QVBoxLayout, QWidget

from desktop.common.money import format_capitals
from desktop.common.text import narrow
from desktop.registry import codelists
from desktop.survey.session.answers import TEXT_LIMIT
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.views import NodeView
from desktop.survey.xpath.values import number_of_text
from desktop.ui.runner.filling import Filling
from desktop.ui.theme import theme
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.value_fields import IdField, MoneyField

SETTLE_MS = 700
"""A pause in typing after which the text so far is kept, so that a dead battery costs no more than a word."""


class AnswerEditor(QWidget):
    """Base of all editors: shows a node's answer and hands new ones to the filling.

    Signals: `said(words, tone)` what is wrong or doubtful before the rules are asked; `stepped()` when choosing means
    going on. `wants_digits`: whether digit keys belong to the field.
    """

    said = Signal(str, str)
    stepped = Signal(bool)
    """Go on: True also to the next page (appearance `quick`)."""
    wants_digits = True
    several_lines = False
    """Whether Enter makes a line, so that Ctrl+Enter goes on."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filling, self.node = filling, node
        self.view: NodeView = filling.session.view(node)

    def give(self, text: str) -> None:
        """Hand an answer to the session."""
        self.filling.answer(self.node, text)

    def commit(self) -> None:
        """Hand over what was typed and not yet given."""

    def refresh(self) -> None:
        """Show the node as it is now."""

    def problem(self) -> str:
        """What was typed and cannot be an answer, in words; '' when all is well."""
        return ""

    def target(self) -> QWidget:
        """The widget that takes the focus."""
        return self

    def choose(self, number: int) -> bool:
        """A key cap (1–9, then letters from 10) was pressed; whether it meant anything here."""
        return False

    def arrow(self, step: int) -> bool:
        """↑ or ↓; whether it meant anything here."""
        return False

    def help_word(self) -> str:
        """What F3 does here, '' when it does nothing."""
        return ""

    def helper(self) -> None:
        """F3."""

    def take_photo(self) -> bool:
        """F10; whether it meant anything here."""
        return False

    def wants_photo(self) -> bool:
        """Whether F10 is for it, from anywhere on the page."""
        return False

    def words_of(self, text: str) -> str:
        """An answer in words, for the line 上次."""
        return text


class LineEditor(AnswerEditor):
    """An answer typed into one line; kept on leaving, on Enter and after a pause."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.field = self.make_field()
        self.field.setAccessibleName(self.view.label or self.view.name)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(10)
        self.row.addWidget(self.field)
        self.row.addStretch(1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SETTLE_MS)
        self._pause.timeout.connect(self.commit)
        self.field.textEdited.connect(lambda _t: self._pause.start())
        self.field.editingFinished.connect(self.commit)
        self.setFocusProxy(self.field)
        self.refresh()

    def make_field(self) -> TextField:
        """The field."""
        field = TextField()
        field.setMaxLength(TEXT_LIMIT + 1)
        field.setFixedWidth(440)
        return field

    def target(self) -> QWidget:
        return self.field

    def read(self) -> str | None:
        """The text as an answer; None while it cannot be one (then nothing is given)."""
        return self.field.text().strip()

    def shown(self, text: str) -> str:
        """An answer as it stands in the field."""
        return text

    def commit(self) -> None:
        self._pause.stop()
        if self.field.isReadOnly():
            return
        text = self.read()
        if text is not None and text != self.node.text:
            self.give(text)

    def refresh(self) -> None:
        if self.field.isReadOnly() != self.node.readonly:
            self.field.setReadOnly(self.node.readonly)
        if self._pause.isActive() and self.field.hasFocus():
            return  # someone is typing: the field is ahead of the session
        wanted = self.shown(self.node.text)
        if self.field.text() != wanted and self.read() != self.node.text:
            self.field.setText(wanted)


class TextEditor(LineEditor):
    """Text of one line."""

    def make_field(self) -> TextField:
        field = super().make_field()
        if "numbers" in self.view.appearance:
            field.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
            field.setFixedWidth(260)
        return field

    def read(self) -> str | None:
        text = self.field.text()
        return narrow(text).strip() if "numbers" in self.view.appearance else text.strip()


class SecretEditor(TextEditor):
    """Text that is not shown."""

    def make_field(self) -> TextField:
        field = super().make_field()
        field.setEchoMode(TextField.EchoMode.Password)
        return field


class NumberEditor(LineEditor):
    """A whole or decimal number: full-width digits are taken, what is no number is said and never mended."""

    whole = False

    def make_field(self) -> TextField:
        field = super().make_field()
        field.setFixedWidth(160)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
        self.problem_words = ""
        return field

    def read(self) -> str | None:
        typed = narrow(self.field.text()).replace(",", "").replace(" ", "").strip()
        self._say("")
        if not typed:
            return ""
        pattern = r"[+-]?\d+" if self.whole else r"[+-]?(\d+\.?\d*|\.\d+)"
        if not re.fullmatch(pattern, typed):
            self._say(self.tr("要写整数，如 12") if self.whole else self.tr("要写数字，如 12.5"))
            return None
        if self.whole:
            number = int(typed)
            if not -(2**31) <= number < 2**31:
                self._say(self.tr("这个数太大，记不下"))
                return None
            return str(number)
        # the session stores decimals in its own spelling (8200.0); the same number is the same answer
        if self.node.text and Decimal(typed) == _decimal(self.node.text):
            return self.node.text
        return typed

    def _say(self, words: str) -> None:
        if words != self.problem_words:
            self.problem_words = words
            self.field.mark("error" if words else "")
            self.said.emit(words, "danger" if words else "")

    def problem(self) -> str:
        self.read()
        return self.problem_words

    def shown(self, text: str) -> str:
        return text.removesuffix(".0")

    def words_of(self, text: str) -> str:
        return text.removesuffix(".0")


class IntegerEditor(NumberEditor):
    """A whole number."""

    whole = True


class MoneyEditor(LineEditor):
    """An amount in 元: `MoneyField` with the amount in capitals beside it; F3 opens months × amount."""

    field: MoneyField

    def make_field(self) -> TextField:
        field = MoneyField()
        field.setFixedWidth(212)
        field.message_changed.connect(self.said)
        return field

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.capitals = Label("", "muted")
        self.row.insertWidget(1, self.capitals)
        self.field.value_changed.connect(self._show_capitals)
        before = filling.previous_text(node)
        if before and number_of_text(before) == number_of_text(before):
            self.field.set_usual(round(number_of_text(before) * 100))
        self._show_capitals()

    def read(self) -> str | None:
        if self.field.problem():
            return None
        fen = self.field.value()
        if fen is None:
            return ""
        if self.node.text and _decimal(self.node.text) * 100 == fen:
            return self.node.text
        return f"{fen // 100}.{fen % 100:02d}" if fen >= 0 else f"-{-fen // 100}.{-fen % 100:02d}"

    def problem(self) -> str:
        return self.field.problem()

    def refresh(self) -> None:
        self.field.setReadOnly(self.node.readonly)
        if (self._pause.isActive() and self.field.hasFocus()) or self.field.problem():
            return
        text = self.node.text
        fen = None if not text else int((_decimal(text) * 100).to_integral_value())
        if fen != self.field.value():
            self.field.set_value(fen)
            self._show_capitals()

    def _show_capitals(self) -> None:
        if hasattr(self, "capitals"):
            fen = self.field.value()
            self.capitals.setText("" if fen is None else format_capitals(fen))

    def help_word(self) -> str:
        return self.tr("按月数 × 月均算")

    def helper(self) -> None:
        from desktop.ui.runner.prompts import MonthsDialog

        dialog = MonthsDialog(self.window())
        dialog.taken.connect(self._take)
        dialog.open()

    def _take(self, fen: int) -> None:
        self.field.set_value(fen)
        self._show_capitals()
        self.commit()
        self.field.setFocus()

    def words_of(self, text: str) -> str:
        from desktop.common.money import format_yuan

        number = _decimal(text)
        return self.tr("{yuan} 元").format(yuan=format_yuan(int((number * 100).to_integral_value())))


class IdEditor(LineEditor):
    """A certificate number: grouped, counted and checked while typed; masked at rest."""

    field: IdField

    def make_field(self) -> TextField:
        field = IdField()
        field.setFixedWidth(300)
        field.message_changed.connect(self.said)
        return field

    def read(self) -> str | None:
        return self.field.value() or ""

    def refresh(self) -> None:
        self.field.setReadOnly(self.node.readonly)
        self.field.set_citizen(self._is_citizen())
        if self._pause.isActive() and self.field.hasFocus():
            return
        if self.node.text != (self.field.value() or ""):
            self.field.set_value(self.node.text)

    def problem(self) -> str:
        return self.field.problem()

    def _is_citizen(self) -> bool:
        """By the certificate type asked in the same group before it; without one it is an identity card."""
        kinds = {item.code for item in codelists.items("certificate_type")}
        parent = self.node.parent
        for sibling in parent.form_children() if parent is not None else ():
            if sibling is self.node:
                break
            if sibling.text in kinds:
                return sibling.text.startswith("id_card")
        return True

    def words_of(self, text: str) -> str:
        from desktop.common.idnumber import mask_id

        return mask_id(text)


class MultilineEditor(AnswerEditor):
    """Text of several lines; Enter makes a line (in an empty field it goes on), Ctrl+Enter goes on."""

    several_lines = True

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        self.field = QPlainTextEdit()
        self.field.setTabChangesFocus(True)
        self.field.setAccessibleName(self.view.label or self.view.name)
        self.field.setFixedHeight(theme().px("control") * 2 + 24)
        self.field.setMaximumWidth(640)
        lines.addWidget(self.field)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SETTLE_MS)
        self._pause.timeout.connect(self.commit)
        self.field.textChanged.connect(self._pause.start)
        self.field.installEventFilter(self)
        self.setFocusProxy(self.field)
        self.refresh()

    def target(self) -> QWidget:
        return self.field

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            self.commit()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            go = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            empty = not self.field.toPlainText()  # an empty first line is never meant: Enter goes on
            if go and (empty or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier):
                event.ignore()  # the runner's
                return True
        return super().eventFilter(watched, event)

    def commit(self) -> None:
        self._pause.stop()
        text = self.field.toPlainText().strip()
        if not self.field.isReadOnly() and text != self.node.text:
            self.give(text)

    def refresh(self) -> None:
        self.field.setReadOnly(self.node.readonly)
        if self._pause.isActive() and self.field.hasFocus():
            return
        if self.field.toPlainText().strip() != self.node.text:
            self.field.setPlainText(self.node.text)
            self._pause.stop()


class BarcodeEditor(TextEditor):
    """A barcode: a scanner types it and ends with Enter; from an image where a decoder is installed (F3)."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.field.setPlaceholderText(self.tr("用扫码枪扫，或手输"))
        from desktop.ui.runner import barcodes

        self._decoder = barcodes.available()
        if not self._decoder:
            self.row.insertWidget(1, Label(self.tr("本机没有从图片识别条码的组件"), "caption"))

    def help_word(self) -> str:
        return self.tr("从图片识别") if self._decoder else ""

    def helper(self) -> None:
        if not self._decoder:
            return
        from desktop.ui.runner import barcodes
        from desktop.ui.runner.media_editors import choose_file

        def take(path: str) -> None:
            found = barcodes.decode(path)
            if found:
                self.field.setText(found)
                self.commit()
            else:
                self.said.emit(self.tr("图片里没有认出条码，换一张或手输"), "warning")

        choose_file(self, self.tr("选条码图片"), self.tr("图片 (*.png *.jpg *.jpeg *.bmp)"), take)


class RangeEditor(AnswerEditor):
    """A number between two ends in steps: a slider and a field."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        control = filling.session.form.questions[node.definition.path]
        start, end, step = (self._number(control.attributes.get(k, ""), d) for k, d in (
            ("start", "0"), ("end", "10"), ("step", "1")))  # fmt: skip
        self._low, self._high = min(start, end), max(start, end)
        self._step = abs(step) or Decimal(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, int((self._high - self._low) / self._step))
        self.slider.setFixedWidth(320)
        self.slider.setFixedHeight(theme().px("control"))
        self.slider.setAccessibleName(self.view.label or self.view.name)
        self.field = TextField()
        self.field.setFixedWidth(88)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        row.addWidget(Label(_plain(self._low), "caption"))
        row.addWidget(self.slider)
        row.addWidget(Label(_plain(self._high), "caption"))
        row.addWidget(self.field)
        row.addStretch(1)
        self._problem = ""
        self.slider.valueChanged.connect(self._slid)
        self.field.editingFinished.connect(self.commit)
        self.setFocusProxy(self.field)
        self.refresh()

    @staticmethod
    def _number(text: str, default: str) -> Decimal:
        return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else Decimal(default)

    def target(self) -> QWidget:
        return self.field

    def _slid(self, place: int) -> None:
        self.give(_plain(self._low + self._step * place))

    def arrow(self, step: int) -> bool:
        self.slider.setValue(self.slider.value() - step if self.node.text else 0)
        if not self.node.text:
            self._slid(self.slider.value())
        return True

    def problem(self) -> str:
        return self._problem

    def commit(self) -> None:
        typed = narrow(self.field.text()).strip()
        self._problem = ""
        if typed:
            fits = re.fullmatch(r"-?\d+(\.\d+)?", typed) is not None
            number = Decimal(typed) if fits else Decimal(0)
            if not fits or not self._low <= number <= self._high or (number - self._low) % self._step:
                self._problem = self.tr("要在 {low} 到 {high} 之间，每格 {step}").format(
                    low=_plain(self._low), high=_plain(self._high), step=_plain(self._step)
                )
        self.field.mark("error" if self._problem else "")
        self.said.emit(self._problem, "danger" if self._problem else "")
        if not self._problem and not (typed and self.node.text and Decimal(typed) == _decimal(self.node.text)):
            self.give(typed)

    def refresh(self) -> None:
        text = self.node.text
        self.slider.blockSignals(True)
        if text:
            self.slider.setValue(int((_decimal(text) - self._low) / self._step))
        self.slider.blockSignals(False)
        self.slider.setEnabled(not self.node.readonly)
        self.field.setReadOnly(self.node.readonly)
        if not self.field.hasFocus() or not self._problem:
            self.field.setText(text.removesuffix(".0"))


class AcknowledgeEditor(AnswerEditor):
    """One thing to confirm: 1 or Space ticks it."""

    wants_digits = False

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        from desktop.ui.runner.options import ChoiceButton

        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.button = ChoiceButton(self.tr("已核对"), "1", multiple=True)
        self.button.setAccessibleName(self.view.label or self.view.name)
        self.button.clicked.connect(lambda: self.choose(1))
        row.addWidget(self.button)
        row.addStretch(1)
        self.setFocusProxy(self.button)
        self.refresh()

    def target(self) -> QWidget:
        return self.button

    def choose(self, number: int) -> bool:
        if number != 1 or self.node.readonly:
            return False
        self.give("" if self.node.text else "OK")
        return True

    def refresh(self) -> None:
        self.button.set_on(bool(self.node.text))
        self.button.setEnabled(not self.node.readonly)

    def words_of(self, text: str) -> str:
        return self.tr("已核对") if text else ""


class ShownEditor(AnswerEditor):
    """A value that can only be read."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.field = TextField()
        self.field.setReadOnly(True)
        self.field.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.field.setFixedWidth(320)
        row.addWidget(self.field)
        row.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        self.field.setText(self.node.text or self.tr("未填"))


def _decimal(text: str) -> Decimal:
    number = number_of_text(text)
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d*)?", text) else Decimal(str(number)) if number == number else (
        Decimal(0)
    )  # fmt: skip


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
