"""Editors of numbers: whole and decimal, amounts of money in exact 分, a range with a slider."""

from __future__ import annotations

import re
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from desktop.common.money import format_capitals, format_yuan
from desktop.common.text import narrow
from desktop.survey.session.nodes import FormNode
from desktop.survey.xpath.values import number_of_text
from desktop.ui.runner.editors import AnswerEditor, LineEditor
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.prompts import MonthsDialog
from desktop.ui.theme import theme
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.value_fields import MoneyField


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

    def put(self, text: str) -> None:
        self.field.set_value(int((_decimal(text) * 100).to_integral_value()) if text else None)
        self._show_capitals()

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
        dialog = MonthsDialog(self.window())
        dialog.taken.connect(self._take)
        dialog.open()

    def _take(self, fen: int) -> None:
        self.field.set_value(fen)
        self._show_capitals()
        self.commit()
        self.field.setFocus()

    def words_of(self, text: str) -> str:
        number = _decimal(text)
        return self.tr("{yuan} 元").format(yuan=format_yuan(int((number * 100).to_integral_value())))


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


def _decimal(text: str) -> Decimal:
    number = number_of_text(text)
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d*)?", text) else Decimal(str(number)) if number == number else (
        Decimal(0)
    )  # fmt: skip


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
