"""One editor per kind of value of a record's field, all with the same few functions, for `RecordForm`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QCoreApplication, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QMenu, QPlainTextEdit, QSizePolicy, QWidget

from desktop.insight.household_records import period_word
from desktop.registry import codelists, value_words
from desktop.registry.survey_identity import read_period
from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme
from desktop.ui.widgets.code_select import CodeSelect, code_choices
from desktop.ui.widgets.fields import NameCompleter, Select, TextField
from desktop.ui.widgets.painting import paint_box
from desktop.ui.widgets.value_fields import IdField, MoneyField, PartialDateField

FieldKind = Literal[
    "text", "long", "money", "integer", "code", "codes", "village", "date", "yesno", "id", "choice", "lines", "period"
]


@dataclass(frozen=True)
class FieldSpec:
    """One field of a form: its column, kind of editor, and whether it takes the whole width.

    `precision`: the column that holds a date's precision ("" = only whole days are kept).
    `certificate`: for an ID number, the column of its kind. `choices`: for `choice`, (word, value) in order.
    `lines`: a list cell with one text a row, one line each. `caption`: its name where it is not the column's own.
    """

    column: str
    kind: FieldKind = "text"
    wide: bool = False
    precision: str = ""
    certificate: str = ""
    required: bool = False
    choices: tuple[tuple[str, Any], ...] = ()
    caption: str = ""


PLACES: dict[str, str] = {}
"""Names of the register's places by code, told when its pages are made: a record may lie at a town, and the choice is
of villages.
"""


class Editor(QObject):
    """Base: `widget`, `load(values)`, `read()` → {column: value}, `problem()`; `changed`, `message(text, tone)`."""

    changed = Signal()
    message = Signal(str, str)

    def __init__(self, table: str, spec: FieldSpec, widget: QWidget) -> None:
        super().__init__(widget)
        self.table, self.spec, self.widget = table, spec, widget

    def load(self, values: Mapping[str, Any]) -> None:
        """Show the record's value."""
        raise NotImplementedError

    def read(self) -> dict[str, Any]:
        """The columns as they would be stored; None = not filled in."""
        raise NotImplementedError

    def problem(self) -> str:
        """Why this cannot be saved."""
        return ""

    def is_empty(self) -> bool:
        """Whether nothing is filled in."""
        return all(value is None for value in self.read().values())


class TextEditor(Editor):
    """A line of text."""

    def __init__(self, table: str, spec: FieldSpec) -> None:
        self.line = TextField()
        super().__init__(table, spec, self.line)
        self.line.textEdited.connect(lambda _t: self.changed.emit())

    def load(self, values: Mapping[str, Any]) -> None:
        self.line.setText("" if values.get(self.spec.column) is None else str(values[self.spec.column]))

    def read(self) -> dict[str, Any]:
        return {self.spec.column: self.line.text().strip() or None}

    def offer(self, names: Sequence[str]) -> None:
        """Offer these while one types; anything else may be typed."""
        completer = NameCompleter(names, self.line)
        completer.activated.connect(lambda _t: self.changed.emit())
        self.line.setCompleter(completer)


class IntegerEditor(TextEditor):
    """A whole number."""

    def read(self) -> dict[str, Any]:
        typed = self.line.text().strip()
        return {self.spec.column: int(typed) if typed.isascii() and typed.lstrip("-").isdigit() else None}

    def problem(self) -> str:
        typed = self.line.text().strip()
        wrong = bool(typed) and not (typed.isascii() and typed.lstrip("-").isdigit())
        self.line.mark("error" if wrong else "")
        return self.tr("要写整数") if wrong else ""


class PeriodEditor(TextEditor):
    """A year, half a year or twelve months, shown and read as people write it."""

    def load(self, values: Mapping[str, Any]) -> None:
        super().load({self.spec.column: period_word(str(values.get(self.spec.column) or "")) or None})

    def problem(self) -> str:
        typed = self.line.text().strip()
        words = ""
        if typed:
            try:
                read_period(self.table, typed)
            except ValueError as error:
                words = str(error)
        self.line.mark("error" if words else "")
        return words


class LongEditor(Editor):
    """Several lines of text; Enter makes a line, Tab moves on."""

    def __init__(self, table: str, spec: FieldSpec) -> None:
        self.box = QPlainTextEdit()
        self.box.setTabChangesFocus(True)
        self.box.setFixedHeight(theme().px("control") * 2)
        super().__init__(table, spec, self.box)
        self.box.textChanged.connect(self.changed)

    def load(self, values: Mapping[str, Any]) -> None:
        self.box.blockSignals(True)
        self.box.setPlainText(str(values.get(self.spec.column) or ""))
        self.box.blockSignals(False)

    def read(self) -> dict[str, Any]:
        return {self.spec.column: self.box.toPlainText().strip() or None}


class LinesEditor(LongEditor):
    """A list cell with one text a row: one line each."""

    def load(self, values: Mapping[str, Any]) -> None:
        rows = values.get(self.spec.column) or []
        texts = [str(next(iter(r.values())) if isinstance(r, Mapping) else r[0]) for r in rows]
        super().load({self.spec.column: "\n".join(texts)})

    def read(self) -> dict[str, Any]:
        lines = [line.strip() for line in self.box.toPlainText().splitlines() if line.strip()]
        return {self.spec.column: [[line] for line in lines] or None}


class MoneyEditor(Editor):
    """An amount in 分."""

    def __init__(self, table: str, spec: FieldSpec) -> None:
        self.field = MoneyField()
        super().__init__(table, spec, self.field)
        self.field.value_changed.connect(self.changed)
        self.field.message_changed.connect(self.message)

    def load(self, values: Mapping[str, Any]) -> None:
        self.field.set_value(values.get(self.spec.column))

    def read(self) -> dict[str, Any]:
        return {self.spec.column: self.field.value()}

    def problem(self) -> str:
        return self.field.problem()


class SelectEditor(Editor):
    """One of a few: villages, yes or no. 未填 is the first choice."""

    def __init__(
        self, table: str, spec: FieldSpec, items: Sequence[tuple[str, Any]], box: Select | None = None
    ) -> None:
        self.box = box or Select()
        self.box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.box.setMinimumWidth(96)
        super().__init__(table, spec, self.box)
        self._known = [value for _word, value in items]
        self.box.blank_word = self.tr("未填")
        if box is None:
            self.box.set_items([(self.box.blank_word, ""), *items])
        self.box.picked.connect(lambda _v: self.changed.emit())

    def load(self, values: Mapping[str, Any]) -> None:
        value = values.get(self.spec.column)
        if value is not None and value not in self._known:
            self._known.append(value)  # a code the county retired stays as it is until someone changes it
            known = PLACES.get(str(value), "") if self.spec.kind == "village" else ""
            self.box.addItem(known or value_words.words(self.table, self.spec.column, value), value)
        self.box.set_value("" if value is None else value)

    def read(self) -> dict[str, Any]:
        value = self.box.value()
        return {self.spec.column: None if value == "" else value}


class CodeEditor(SelectEditor):
    """One item of a code list, asked anew with each record: the county may have added one or ended one."""

    def __init__(self, table: str, spec: FieldSpec) -> None:
        blank = QCoreApplication.translate("SelectEditor", "未填")
        self._codes = CodeSelect(codelists.LIST_OF_COLUMN[(table, spec.column)], first=[(blank, "")])
        super().__init__(table, spec, (), self._codes)

    def load(self, values: Mapping[str, Any]) -> None:
        self._codes.set_value("")
        self._codes.renew()
        value = values.get(self.spec.column)
        if value is not None and self._codes.findData(value) < 0:
            self._codes.addItem(value_words.words(self.table, self.spec.column, value), value)
        self._codes.set_value("" if value is None else value)


class _CodesButton(QAbstractButton):
    """Shows several words; opens a menu to tick them."""

    changed = Signal()

    def __init__(self, items: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._menu = QMenu(self)
        self._actions: dict[str, QAction] = {}
        for word, code in items:
            self._add(word, code)
        self._quiet = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: self._menu.popup(self.mapToGlobal(self.rect().bottomLeft())))

    def sizeHint(self) -> QSize:
        return QSize(140, theme().px("control"))

    def codes(self) -> list[str]:
        return sorted(code for code, action in self._actions.items() if action.isChecked())

    def _add(self, word: str, code: str) -> None:
        action = self._menu.addAction(word)
        action.setCheckable(True)
        action.toggled.connect(lambda _on: self._tell())
        self._actions[code] = action

    def renew(self, items: Sequence[tuple[str, str]]) -> None:
        """Other choices, none ticked."""
        self._quiet = True
        self._menu.clear()
        self._actions.clear()
        for word, code in items:
            self._add(word, code)
        self._quiet = False

    def set_codes(self, codes: Sequence[str], word_of: Callable[[str], str] = str) -> None:
        self._quiet = True
        for code in codes:
            if code not in self._actions:
                self._add(word_of(code), code)
        for code, action in self._actions.items():
            action.setChecked(code in codes)
        self._quiet = False
        self._show()

    def _tell(self) -> None:
        self._show()
        if not self._quiet:
            self.changed.emit()

    def _show(self) -> None:
        words = "、".join(action.text() for action in self._actions.values() if action.isChecked())
        self.setText(words)
        self.setToolTip(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        ring = self.hasFocus()
        line = c("focus") if ring else c("border_strong")
        paint_box(painter, QRectF(self.rect()), c("surface"), line, 2 if ring else 1, theme().radius("control"))
        paint_icon(painter, QRectF(self.width() - 23, (self.height() - 12) / 2, 12, 12), "down", c("text_3"))
        words = self.text() or QCoreApplication.translate("SelectEditor", "未填")
        painter.setPen(c("text") if self.text() else c("text_3"))
        painter.setFont(theme().font())
        room = self.width() - 38
        shown = QFontMetrics(theme().font()).elidedText(words, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(10, 0, room + 4, self.height()), Qt.AlignmentFlag.AlignVCenter, shown)


class CodesEditor(Editor):
    """Several codes of a list, stored sorted and joined by a comma; the list is asked anew with each record."""

    def __init__(self, table: str, spec: FieldSpec) -> None:
        self._list = codelists.LIST_OF_COLUMN[(table, spec.column)]
        self.button = _CodesButton(code_choices(self._list))
        super().__init__(table, spec, self.button)
        self.button.changed.connect(self.changed)

    def load(self, values: Mapping[str, Any]) -> None:
        stored = values.get(self.spec.column)
        self.button.renew(code_choices(self._list))
        self.button.set_codes(
            [code for code in str(stored or "").split(",") if code], lambda code: codelists.word(self._list, code)
        )

    def read(self) -> dict[str, Any]:
        return {self.spec.column: ",".join(self.button.codes()) or None}


class DateEditor(Editor):
    """A date, with its precision where a column keeps it."""

    def __init__(self, table: str, spec: FieldSpec) -> None:
        self.field = PartialDateField(whole_days=not spec.precision)
        self.field.setMaximumWidth(round(360 * max(theme().scale, 1.0)))
        super().__init__(table, spec, self.field)
        self.field.value_changed.connect(self.changed)
        self.field.message_changed.connect(self.message)

    def load(self, values: Mapping[str, Any]) -> None:
        precision = values.get(self.spec.precision) if self.spec.precision else "day"
        self.field.set_value(values.get(self.spec.column), precision)

    def read(self) -> dict[str, Any]:
        date = self.field.value()
        found: dict[str, Any] = {self.spec.column: None if date is None else date.date.isoformat()}
        if self.spec.precision:
            found[self.spec.precision] = None if date is None else date.precision
        return found

    def problem(self) -> str:
        date = self.field.value()
        if date is not None and date.precision != "day" and not self.spec.precision:
            return self.tr("要写到日，如 2026-06-30")
        return self.field.problem()


class IdEditor(Editor):
    """An identification number; its certificate's kind decides whether it is checked."""

    def __init__(self, table: str, spec: FieldSpec) -> None:
        self.field = IdField()
        super().__init__(table, spec, self.field)
        self.field.value_changed.connect(self.changed)
        self.field.message_changed.connect(self.message)

    def load(self, values: Mapping[str, Any]) -> None:
        self.set_certificate(values.get(self.spec.certificate))
        self.field.set_value(values.get(self.spec.column))

    def set_certificate(self, code: str | None) -> None:
        """Another kind of certificate was chosen."""
        self.field.set_citizen(code in (None, "", *CITIZEN_CARDS))

    def read(self) -> dict[str, Any]:
        return {self.spec.column: self.field.value()}

    def problem(self) -> str:
        return self.field.problem()


CITIZEN_CARDS = ("id_card_18", "id_card_15")
"""Codes of certificates that carry a citizen identification number."""


def make_editor(table: str, spec: FieldSpec, villages: Sequence[tuple[str, str]]) -> Editor:
    """The editor for a field; `villages` are (code, name)."""
    if spec.kind == "money":
        return MoneyEditor(table, spec)
    if spec.kind == "integer":
        return IntegerEditor(table, spec)
    if spec.kind == "long":
        return LongEditor(table, spec)
    if spec.kind == "date":
        return DateEditor(table, spec)
    if spec.kind == "id":
        return IdEditor(table, spec)
    if spec.kind == "village":
        return SelectEditor(table, spec, [(name, code) for code, name in villages])
    if spec.kind == "yesno":
        translate = QCoreApplication.translate
        return SelectEditor(table, spec, [(translate("SelectEditor", "是"), 1), (translate("SelectEditor", "否"), 0)])
    if spec.kind == "choice":
        return SelectEditor(table, spec, spec.choices)
    if spec.kind == "period":
        return PeriodEditor(table, spec)
    if spec.kind == "lines":
        return LinesEditor(table, spec)
    if spec.kind == "codes":
        return CodesEditor(table, spec)
    if spec.kind == "code":
        return CodeEditor(table, spec)
    return TextEditor(table, spec)
