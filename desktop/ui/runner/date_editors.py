"""Editors of dates and times: full dates, month and year alone, times of day, both together."""

from __future__ import annotations

import datetime as dt
import re

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.common.text import narrow
from desktop.survey.session.nodes import FormNode
from desktop.ui.runner.editors import AnswerEditor, LineEditor
from desktop.ui.runner.filling import Filling
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.value_fields import PartialDateField


class DateEditor(AnswerEditor):
    """A date. With `month-year` or `year` only that much is asked; the answer is then the first day, as ODK stores it.

    Spellings townships use are read (2111, 2021.11, 二〇二一年三月五日); T is today, ↓ the calendar.
    """

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        words = self.view.appearance
        self.precision = "year" if "year" in words else "month" if "month-year" in words else "day"
        self.field = PartialDateField(whole_days=True, enough=self.precision)
        self.field.field.setFixedWidth(160)
        self.field.field.setAccessibleName(self.view.label or self.view.name)
        example = {"day": self.tr("如 2026-11-28"), "month": self.tr("如 2026-11"), "year": self.tr("如 2026")}
        self.field.field.setPlaceholderText(example[self.precision])
        self._problem = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.field)
        self.keys = Label(self.tr("T 今天　↓ 日历") if self.precision == "day" else "", "caption")
        row.addWidget(self.keys)
        row.addStretch(1)
        self.field.message_changed.connect(self._said)
        self.field.field.editingFinished.connect(self.commit)
        self.field.value_changed.connect(self._changed)
        self.setFocusProxy(self.field.field)
        self._showing = False
        self.refresh()

    def target(self) -> QWidget:
        return self.field.field

    def _said(self, words: str, tone: str) -> None:
        self._problem = words if tone == "danger" else ""
        self.said.emit(words, tone)

    def problem(self) -> str:
        if self.field.problem():
            return self.field.problem()
        value = self.field.value()
        if value is not None and self._too_coarse(value.precision):
            return self._coarse_words()
        return ""

    def _too_coarse(self, precision: str) -> bool:
        order = ("year", "month", "day")
        known = "year" if precision == "year_end" else precision
        return order.index(known) < order.index(self.precision)

    def _coarse_words(self) -> str:
        if self.precision == "day":
            return self.tr("要写到日，如 2026-11-28；不知道哪一天按 F7")
        return self.tr("要写到月，如 2026-11；不知道按 F7")

    def _changed(self) -> None:
        value = self.field.value()
        if not self._showing and value is not None and value.precision == "day" and not self.field.field.hasFocus():
            self.commit()  # chosen in the calendar

    def commit(self) -> None:
        if self.field.field.isReadOnly():
            return
        value = self.field.value()
        if self.field.problem():
            return
        if value is None:
            if self.node.text and not self.field.field.text().strip():
                self.give("")
            return
        if self._too_coarse(value.precision):
            self._said(self._coarse_words(), "danger")
            self.field.field.mark("error")
            return
        day = value.date
        if self.precision == "year":
            day = day.replace(month=1, day=1)
        elif self.precision == "month":
            day = day.replace(day=1)
        if day.isoformat() != self.node.text:
            self.give(day.isoformat())
        elif self.field.field.text() != self._words(self.node.text):
            self._show(self.node.text)

    def discard(self) -> bool:
        before = self.field.field.text()
        self._show(self.node.text)
        self.field.field.setModified(False)
        return self.field.field.text() != before

    def refresh(self) -> None:
        self.field.setReadOnly(self.node.readonly)
        if self.field.field.hasFocus() and (self.field.problem() or self._is_typing()):
            return
        self._show(self.node.text)

    def _is_typing(self) -> bool:
        value = self.field.value()
        shown = "" if value is None else value.date.isoformat()
        return self.field.field.isModified() and shown != self.node.text and bool(self.field.field.text())

    def _show(self, text: str) -> None:
        self._showing = True
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            self.field.set_value(text, self.precision)
        elif self.field.value() is not None or self.field.field.text():
            self.field.set_value(None)
        self._showing = False

    def _words(self, text: str) -> str:
        return {"day": text, "month": text[:7], "year": text[:4]}[self.precision]

    def words_of(self, text: str) -> str:
        return self._words(text)


_TIME = re.compile(r"(\d{1,2})[:：.时](\d{1,2})分?|(\d{1,2})(\d{2})|(\d{1,2})[时点]?")


def read_time(typed: str) -> str | None:
    """A time of day as typed (9:05, 905, 9点) as HH:MM; None when it is none."""
    text = narrow(typed).replace(" ", "")
    add = 0
    for word, hours in (("上午", 0), ("早上", 0), ("下午", 12), ("晚上", 12)):
        if text.startswith(word):
            text, add = text[len(word) :], hours
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour = int(found[1] or found[3] or found[5])
    minute = int(found[2] or found[4] or 0)
    if add and hour < 12:
        hour += add
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


class TimeEditor(LineEditor):
    """A time of day."""

    def make_field(self) -> TextField:
        field = super().make_field()
        field.setFixedWidth(120)
        field.setPlaceholderText(self.tr("如 9:05"))
        self._problem = ""
        return field

    def read(self) -> str | None:
        typed = self.field.text().strip()
        found = read_time(typed) if typed else ""
        self._problem = self.tr("没有这个时刻，写成 9:05 这样") if found is None else ""
        if found and self.node.text.startswith(found):
            return self.node.text
        return found if not found else f"{found}:00.000{_offset()}"

    def commit(self) -> None:
        super().commit()
        self.field.mark("error" if self._problem else "")
        self.said.emit(self._problem, "danger" if self._problem else "")

    def problem(self) -> str:
        self.read()
        return self._problem

    def shown(self, text: str) -> str:
        return text[:5]

    def words_of(self, text: str) -> str:
        return text[:5]


class DateTimeEditor(AnswerEditor):
    """A date and a time of day; answered when both are there."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.date = PartialDateField(whole_days=True)
        self.date.field.setFixedWidth(140)
        self.date.field.setPlaceholderText(self.tr("如 2026-11-28"))
        self.time = TextField("", self.tr("如 9:05"))
        self.time.setFixedWidth(90)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.date)
        row.addWidget(self.time)
        row.addStretch(1)
        self.date.field.setAccessibleName(self.tr("日期"))
        self.time.setAccessibleName(self.tr("时刻"))
        for field in (self.date.field, self.time):
            field.editingFinished.connect(self.commit)
            field.installEventFilter(self)
        self.setFocusProxy(self.date.field)
        self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter in the date goes to the time first."""
        if event.type() == QEvent.Type.KeyPress and watched is self.date.field and not self.time.text():
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier  # type: ignore[attr-defined]
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:  # type: ignore[attr-defined]
                self.time.setFocus()
                return True
        return super().eventFilter(watched, event)

    def target(self) -> QWidget:
        return self.date.field

    def problem(self) -> str:
        value, time = self.date.value(), self.time.text().strip()
        if self.date.problem():
            return self.date.problem()
        if value is not None and value.precision != "day":
            return self.tr("要写到日，如 2026-11-28")
        if time and read_time(time) is None:
            return self.tr("没有这个时刻，写成 9:05 这样")
        if (value is None) != (not time):
            return self.tr("日期和时刻都要写")
        return ""

    def commit(self) -> None:
        problem = self.problem()
        both = self.date.value() is not None and self.time.text().strip()
        self.said.emit(problem if both or not (self.date.field.hasFocus() or self.time.hasFocus()) else "", "danger")
        if problem:
            return
        value = self.date.value()
        if value is None:
            if self.node.text:
                self.give("")
            return
        moment = read_time(self.time.text()) or "00:00"
        text = f"{value.date.isoformat()}T{moment}:00.000{_offset(value.date)}"
        if text[:16] != self.node.text[:16]:
            self.give(text)

    def refresh(self) -> None:
        self.date.setReadOnly(self.node.readonly)
        self.time.setReadOnly(self.node.readonly)
        text = self.node.text
        if text:
            self.date.set_value(text[:10])
            self.time.setText(text[11:16])
        elif not (self.date.field.hasFocus() or self.time.hasFocus()):
            self.date.set_value(None)
            self.time.setText("")

    def words_of(self, text: str) -> str:
        return text[:16].replace("T", " ")


def _offset(day: dt.date | None = None) -> str:
    """The machine's offset from UTC as stored with a time."""
    moment = dt.datetime.combine(day or dt.date.today(), dt.time(12)).astimezone()  # noqa: DTZ011
    text = moment.strftime("%z")
    return f"{text[:3]}:{text[3:]}"
