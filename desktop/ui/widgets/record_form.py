"""A form for one record: sections of labelled fields in two columns; tells what changed, never saves by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QGridLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.registry.labels import label
from desktop.ui.theme import theme
from desktop.ui.widgets.editors import Editor, FieldSpec, IdEditor, TextEditor, make_editor
from desktop.ui.widgets.labels import Label

CAPTION = 112
"""Width of a field's label: the longest of the registry, 统一社会信用代码, stands in it whole."""


@dataclass(frozen=True)
class Section:
    """A heading with its fields."""

    title: str
    fields: tuple[FieldSpec, ...]


class RecordForm(QScrollArea):
    """`RecordForm(table, sections, villages=(), columns=2, parent=None)`: `load(values)`, `changes()`, `problems()`.

    `changes()` holds only columns that differ from what was loaded; `problems()` are sentences with the field's name;
    `changed()` after each edit. Labels come from the registry's one list of field names.
    """

    changed = Signal()

    def __init__(
        self,
        table: str,
        sections: Sequence[Section],
        villages: Sequence[tuple[str, str]] = (),
        *,
        columns: int = 2,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.table = table
        self._columns = columns
        self._loaded: dict[str, Any] = {}
        self.editors: dict[str, Editor] = {}
        self._origins: dict[Editor, Label] = {}
        self._caption_w = _caption_width(table, sections)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        lines = QVBoxLayout(inner)
        lines.setContentsMargins(14, 10, 14, 14)
        lines.setSpacing(6)
        for section in sections:
            if section.title:
                lines.addSpacing(4)
                lines.addWidget(Label(section.title, "strong"))
            lines.addLayout(self._section(section, villages))
        lines.addStretch(1)
        self.setWidget(inner)
        inner.setAutoFillBackground(False)  # after setWidget, which turns it on
        self.viewport().setAutoFillBackground(False)

    def _section(self, section: Section, villages: Sequence[tuple[str, str]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        row = place = 0
        for spec in section.fields:
            editor = make_editor(self.table, spec, villages)
            self.editors[spec.column] = editor
            if spec.precision:
                self.editors[spec.precision] = editor
            caption = Label(_caption(self.table, spec), "second")
            caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            caption.setFixedWidth(self._caption_w)
            editor.widget.setAccessibleName(caption.text())
            message = Label("", "caption", wrap=True)
            message.hide()
            editor.message.connect(lambda text, tone, label=message: _show(label, text, tone))
            editor.changed.connect(self.changed)
            box = QWidget()
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            stack = QVBoxLayout(box)
            stack.setContentsMargins(0, 0, 0, 0)
            stack.setSpacing(3)
            stack.addWidget(editor.widget)
            stack.addWidget(message)
            origin = Label("", "caption")
            origin.hide()
            stack.addWidget(origin)
            self._origins[editor] = origin
            if spec.wide and place:
                row, place = row + 1, 0
            top = Qt.AlignmentFlag.AlignTop
            caption.setFixedHeight(theme().px("control"))
            grid.addWidget(caption, row, place * 2, top)
            span = 2 * self._columns - 1 if spec.wide else 1
            grid.addWidget(box, row, place * 2 + 1, 1, span, top)
            place += self._columns if spec.wide else 1
            if place >= self._columns:
                row, place = row + 1, 0
        for i in range(self._columns):
            grid.setColumnStretch(i * 2 + 1, 1)
        self._link_certificates(section)
        return grid

    def _link_certificates(self, section: Section) -> None:
        for spec in section.fields:
            editor = self.editors[spec.column]
            if isinstance(editor, IdEditor) and spec.certificate in self.editors:
                kind = self.editors[spec.certificate]
                kind.changed.connect(lambda e=editor, k=kind, c=spec.certificate: e.set_certificate(k.read()[c]))

    def lock(self, columns: Collection[str]) -> None:
        """These columns cannot be changed now, all others can."""
        for column, editor in self.editors.items():
            editor.widget.setEnabled(column not in columns)

    def offer(self, names: Mapping[str, Sequence[str]]) -> None:
        """Names to offer in these columns while one types."""
        for column, known in names.items():
            editor = self.editors.get(column)
            if isinstance(editor, TextEditor):
                editor.offer(known)

    def tell_origin(self, words: Mapping[str, str]) -> None:
        """Under each of these columns, where its value comes from."""
        for column, editor in self.editors.items():
            origin = self._origins.get(editor)
            if origin is not None:
                origin.setText(words.get(column, ""))
                origin.setVisible(bool(words.get(column)))

    def _each(self) -> list[Editor]:
        return list(dict.fromkeys(self.editors.values()))

    def load(self, values: Mapping[str, Any]) -> None:
        """Show a record; an empty mapping for a new one."""
        for editor in self._each():
            editor.load(values)
        self._loaded = {column: values.get(column) for column in self.editors}
        for editor in self._each():
            read = editor.read()
            # what the editor shows for the stored value is "unchanged", whatever its form (2021-11 and 2021-11-01)
            self._loaded.update({c: read[c] for c in read if values.get(c) not in (None, "")})

    def take(self, changes: Mapping[str, Any]) -> None:
        """Show changes that were kept as a draft, over what was loaded."""
        merged = {**self._loaded, **changes}
        for editor in self._each():
            editor.load(merged)

    def values(self) -> dict[str, Any]:
        """All columns as they stand."""
        found: dict[str, Any] = {}
        for editor in self._each():
            found.update(editor.read())
        return found

    def changes(self) -> dict[str, Any]:
        """Columns that differ from what was loaded."""
        return {column: value for column, value in self.values().items() if value != self._loaded.get(column)}

    def problems(self) -> list[str]:
        """Why the record cannot be saved now, field by field."""
        found = []
        for editor in self._each():
            words = editor.problem()
            if not words and editor.spec.required and editor.is_empty():
                words = self.tr("还没有填")
            if words:
                found.append(f"{editor.spec.caption or label(self.table, editor.spec.column)}：{words}")
        return found

    def focus_first(self) -> None:
        """To the first field that is wrong, else the first that is empty, else the first; nothing without fields."""
        editors = self._each()
        if not editors:
            return
        wrong = next((e for e in editors if e.problem()), None)
        empty = next((e for e in editors if e.is_empty()), None)
        chosen = wrong or empty or editors[0]
        chosen.widget.setFocus(Qt.FocusReason.TabFocusReason)
        self.ensureWidgetVisible(chosen.widget)


def _caption_width(table: str, sections: Sequence[Section]) -> int:
    """Wide enough for the longest name of a field, within what two columns leave."""
    metrics = QFontMetrics(theme().font())
    widest = max((metrics.horizontalAdvance(_caption(table, f)) for s in sections for f in s.fields), default=0)
    scale = max(theme().scale, 1.0)
    return max(round(CAPTION * scale), min(round(136 * scale), widest + 4))


def _caption(table: str, spec: FieldSpec) -> str:
    words = spec.caption or label(table, "division" if spec.kind == "village" else spec.column)
    return words.removesuffix("（元）") if spec.kind == "money" else words  # the unit stands in the field


def _show(target: Label, text: str, tone: str) -> None:
    target.setText(text)
    target.set_tone(tone)
    target.setVisible(bool(text))
