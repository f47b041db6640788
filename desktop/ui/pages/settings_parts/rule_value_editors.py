"""Editors of a rule with one value: yes or no, a choice, a line, money, a day, a share; and what all promise."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.registry.policy_shapes import (
    Choice,
    Day,
    Days,
    Money,
    Shape,
    Share,
    Text,
    Whole,
    Words,
    YesNo,
)
from desktop.ui.theme import theme
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.value_fields import MoneyField, PartialDateField

EMPTY = object()
"""Nothing is filled in: the part is left out."""


def tr(text: str) -> str:
    """The translation of a text of any of the editors."""
    return QCoreApplication.translate("rule_editors", text)


def px(width: int) -> int:
    """A width at the text size of this machine."""
    return round(width * max(theme().scale, 1.0))


class RuleEditor(QWidget):
    """Base: `set_value(value)`, `value()` (ValueError with a sentence when it cannot be one), `changed`."""

    changed = Signal()

    def set_value(self, value: Any) -> None:
        """Show a stored value; `EMPTY` for none."""
        raise NotImplementedError

    def value(self) -> Any:
        """What is typed, as it is stored; `EMPTY` when nothing is."""
        raise NotImplementedError

    def _row(self, *widgets: QWidget) -> QHBoxLayout:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget)
        return row


class YesNoEditor(RuleEditor):
    """Two words side by side."""

    def __init__(self, shape: YesNo) -> None:
        super().__init__()
        self.segments = Segments([("yes", shape.yes), ("no", shape.no)])
        self._row(self.segments).addStretch(1)
        self.segments.changed.connect(lambda _k: self.changed.emit())

    def set_value(self, value: Any) -> None:
        self.segments.set_value("yes" if value is True else "no")

    def value(self) -> Any:
        return self.segments.value() == "yes"


class ChoiceEditor(RuleEditor):
    """One of a few words; in a table a box with nothing as its first choice."""

    def __init__(self, shape: Choice, narrow: bool = False) -> None:
        super().__init__()
        options = list(shape.options.items())
        self.box = Select([("—", ""), *((word, key) for key, word in options)]) if narrow else None
        self.segments = None if narrow else Segments(options)
        if self.box is not None:
            self._row(self.box)
            self.box.picked.connect(lambda _v: self.changed.emit())
        elif self.segments is not None:
            self._row(self.segments).addStretch(1)
            self.segments.changed.connect(lambda _k: self.changed.emit())

    def set_value(self, value: Any) -> None:
        chosen = "" if value is EMPTY else value
        if self.box is not None:
            self.box.set_value(chosen)
        elif self.segments is not None:
            self.segments.set_value(chosen)

    def value(self) -> Any:
        chosen = self.box.value() if self.box is not None else self.segments.value() if self.segments else ""
        return chosen or EMPTY


class LineEditor(RuleEditor):
    """A line of text that a shape reads: numbers, days, shares of money, words."""

    def __init__(self, shape: Shape, width: int = 0, unit: str = "") -> None:
        super().__init__()
        self.shape = shape
        self.line = TextField()
        row = self._row(self.line)
        if width:
            self.line.setFixedWidth(px(width))
        if unit:
            row.addWidget(Label(unit, "second"))
        if width:
            row.addStretch(1)
        self.line.textEdited.connect(lambda _t: self.changed.emit())

    def set_value(self, value: Any) -> None:
        if value is EMPTY:
            self.line.setText("")
        elif isinstance(self.shape, Days):
            self.line.setText("、".join(str(n) for n in value))
        elif isinstance(self.shape, Words):
            self.line.setText("、".join(str(word) for word in value))
        else:
            self.line.setText(self.shape.show(value) if isinstance(self.shape, Text) else str(value))

    def value(self) -> Any:
        text = self.line.text().strip()
        if isinstance(self.shape, Text):
            return self.shape.read(text)
        if not text:
            return EMPTY
        if isinstance(self.shape, Days):
            parts = [part for part in re.split(r"[、,，;；\s]+", text) if part]
            if not all(part.isascii() and part.isdigit() for part in parts):
                raise ValueError(tr("要写天数，几个之间用顿号分开，如 90、60、30、7"))
            return sorted((int(part) for part in parts), reverse=True)
        if isinstance(self.shape, Words):
            return [part for part in re.split(r"[、,，;；]+", text) if part.strip()]
        if isinstance(self.shape, Whole):
            if not (text.isascii() and text.isdigit()):
                raise ValueError(tr("要写整数"))
            return int(text)
        return text.removesuffix("%").strip()


class MoneyRuleEditor(RuleEditor):
    """An amount; 20万 may be typed."""

    def __init__(self, shape: Money, width: int = 180) -> None:
        super().__init__()
        self.shape = shape
        self.field = MoneyField(" " if width < 150 else "")
        self.field.setFixedWidth(px(width)) if width >= 150 else self.field.setMinimumWidth(px(width))
        row = self._row(self.field)
        if width >= 150:
            hint = tr("不填就是不限") if shape.optional else tr("填 0 就是{word}").format(word=shape.zero)
            row.addWidget(Label(hint if shape.optional or shape.zero else "", "caption"))
            row.addStretch(1)
        self.field.value_changed.connect(self.changed)
        self.field.message_changed.connect(lambda _t, _tone: self.changed.emit())

    def set_value(self, value: Any) -> None:
        self.field.set_value(None if value is EMPTY else value)

    def value(self) -> Any:
        if self.field.problem():
            raise ValueError(self.field.problem())
        fen = self.field.value()
        return fen if fen is not None else None if self.shape.optional else EMPTY


class DayEditor(RuleEditor):
    """A day."""

    def __init__(self, _shape: Day) -> None:
        super().__init__()
        self.field = PartialDateField(whole_days=True)
        self.field.setFixedWidth(px(200))
        self._row(self.field).addStretch(1)
        self.field.value_changed.connect(self.changed)

    def set_value(self, value: Any) -> None:
        self.field.set_value(None if value is EMPTY else value, "day")

    def value(self) -> Any:
        date = self.field.value()
        if self.field.problem():
            raise ValueError(self.field.problem())
        return EMPTY if date is None else date.iso()


class ShareEditor(RuleEditor):
    """达到 or 超过, and the fraction."""

    def __init__(self, shape: Share) -> None:
        super().__init__()
        self.how = Segments([("", tr("达到")), (">", tr("超过"))], "")
        self.line = TextField(placeholder="2/3")
        self.line.setFixedWidth(px(90))
        self._row(self.how, Label(shape.of, "second"), self.line).addStretch(1)
        self.how.changed.connect(lambda _k: self.changed.emit())
        self.line.textEdited.connect(lambda _t: self.changed.emit())

    def set_value(self, value: Any) -> None:
        self.how.set_value(">" if str(value).startswith(">") else "")
        self.line.setText("" if value is EMPTY else str(value).lstrip(">≥ "))

    def value(self) -> Any:
        return f"{self.how.value()}{self.line.text().strip()}" if self.line.text().strip() else EMPTY
