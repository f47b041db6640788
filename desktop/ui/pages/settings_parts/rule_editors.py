"""One editor per kind of value of a county's rule, here of rules with several values: what is typed becomes the stored
value, or a sentence why not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.registry.policy_shapes import (
    ByYear,
    Choice,
    Codes,
    Columns,
    Day,
    Days,
    Group,
    Money,
    Part,
    Percent,
    Rate,
    Shape,
    Share,
    Table,
    Text,
    Whole,
    Words,
    YesNo,
)
from desktop.ui.models.record_table import Column
from desktop.ui.pages.settings_parts.rule_value_editors import (
    EMPTY,
    ChoiceEditor,
    DayEditor,
    LineEditor,
    MoneyRuleEditor,
    RuleEditor,
    ShareEditor,
    YesNoEditor,
    px,
    tr,
)
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button, CheckBox
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.small_table import SmallTable


class TicksEditor(RuleEditor):
    """Items of a code list to be ticked; one that is not offered any more stays while it is ticked."""

    def __init__(self, shape: Codes) -> None:
        super().__init__()
        self.shape = shape
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self.ticks: dict[str, CheckBox] = {}
        self._first: list[str] = []
        for code, word in shape.choices():
            self._add(code, word)

    def _add(self, code: str, word: str) -> None:
        tick = CheckBox(word)
        at = len(self.ticks)
        self._grid.addWidget(tick, at // 2, at % 2)
        tick.toggled.connect(lambda _on: self.changed.emit())
        self.ticks[code] = tick

    def set_value(self, value: Any) -> None:
        chosen = self._first = [] if value is EMPTY else [str(code) for code in value]
        for code in chosen:
            if code not in self.ticks:
                self._add(code, self.shape.word(code) or code)
        for code, tick in self.ticks.items():
            tick.setChecked(code in chosen)

    def value(self) -> Any:
        ticked = [code for code, tick in self.ticks.items() if tick.isChecked()]
        return self._first if sorted(ticked) == sorted(self._first) else ticked  # their order means nothing


class OrderEditor(RuleEditor):
    """Items of a code list in an order: Alt+↑ and Alt+↓, or the buttons, move one."""

    def __init__(self, shape: Codes) -> None:
        super().__init__()
        self.shape = shape
        self.table = SmallTable(
            [Column("at", tr("先后"), 56, "number"), Column("word", tr("用途"), 200, "name", stretch=True)]
        )
        self.up = Button(tr("往前"), icon="up", key="Alt+↑", small=True)
        self.down = Button(tr("往后"), icon="down", key="Alt+↓", small=True)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.table.current_changed.connect(lambda _code: self._allow())
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(6)
        lines.addWidget(self.table)
        row = QHBoxLayout()
        row.addWidget(self.up)
        row.addWidget(self.down)
        row.addStretch(1)
        lines.addLayout(row)
        self._codes: list[str] = []
        self._unset = True

    def set_value(self, value: Any) -> None:
        first = [] if value is EMPTY else [str(code) for code in value]
        self._unset = not first
        self._codes = first + [code for code, _word in self.shape.choices() if code not in first]
        self._show()

    def value(self) -> Any:
        listed = [code for code, _word in self.shape.choices()]
        return [] if self._unset and self._codes == listed else list(self._codes)

    def _show(self) -> None:
        here = self.table.current_id()
        self.table.set_rows([(code, (n, self.shape.word(code) or code)) for n, code in enumerate(self._codes, 1)])
        if self._codes:
            self.table.go_to(here if here in self._codes else self._codes[0])
        self._allow()

    def _allow(self) -> None:
        code = self.table.current_id()
        self.up.setEnabled(code in self._codes[1:])
        self.down.setEnabled(code in self._codes[:-1])

    def _move(self, by: int) -> None:
        code = self.table.current_id()
        if not code:
            return
        at = self._codes.index(code)
        if 0 <= at + by < len(self._codes):
            self._codes.insert(at + by, self._codes.pop(at))
            self._show()
            self.table.go_to(code)
            self.changed.emit()


class WordsEditor(RuleEditor):
    """One text a line; what an entry holds besides its name stays with the name."""

    def __init__(self, shape: Words) -> None:
        super().__init__()
        self.shape = shape
        self.box = QPlainTextEdit()
        self.box.setTabChangesFocus(True)
        self.box.setMinimumHeight(theme().px("control") * 4)
        self._row(self.box)
        self._kept: dict[str, Any] = {}
        self.box.textChanged.connect(self.changed)

    def set_value(self, value: Any) -> None:
        entries = [] if value is EMPTY else value
        names = [str(e.get("name") or "") if isinstance(e, dict) else str(e) for e in entries]
        self._kept = {name: e for name, e in zip(names, entries, strict=True) if isinstance(e, dict)}
        self.box.blockSignals(True)
        self.box.setPlainText("\n".join(names))
        self.box.blockSignals(False)

    def value(self) -> Any:
        names = [line.strip() for line in self.box.toPlainText().splitlines() if line.strip()]
        return [self._kept.get(name, name) for name in dict.fromkeys(names)]


class GroupEditor(RuleEditor):
    """Named parts below one another."""

    def __init__(self, shape: Group) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self.parts: dict[str, RuleEditor] = {}
        self._titles = {part.key: part.title for part in shape.parts}
        for at, part in enumerate(shape.parts):
            editor = LineEditor(part.shape) if isinstance(part.shape, Words) else make_rule_editor(part.shape)
            caption = Label(part.title, "second")
            caption.setFixedHeight(theme().px("control"))
            grid.addWidget(caption, at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(editor, at, 1)
            editor.changed.connect(self.changed)
            editor.setAccessibleName(part.title)
            self.parts[part.key] = editor

    def set_value(self, value: Any) -> None:
        values = {} if value is EMPTY else value
        for key, editor in self.parts.items():
            editor.set_value(values.get(key, EMPTY))

    def value(self) -> Any:
        return _gathered(self.parts, self._titles)


class ItemsEditor(RuleEditor):
    """A line for each item of a code list, or year, with a field for each column; empty lines are left out."""

    def __init__(self, shape: Table | ByYear) -> None:
        super().__init__()
        self.shape = shape
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(4)
        for at, part in enumerate(shape.columns, 1):
            self._grid.addWidget(Label(f"{part.title}{_unit(part)}", "caption"), 0, at)
            self._grid.setColumnStretch(at, 1)
        self.cells: dict[str, dict[str, RuleEditor]] = {}
        for code, word in shape.items():
            self._add(code, word)

    def _add(self, code: str, word: str) -> None:
        row = len(self.cells) + 1
        label = Label(word, wrap=True)
        label.setFixedWidth(px(132))
        self._grid.addWidget(label, row, 0)
        made: dict[str, RuleEditor] = {}
        for at, part in enumerate(self.shape.columns, 1):
            editor = _cell_editor(part.shape)
            editor.changed.connect(self.changed)
            editor.setAccessibleName(f"{word}{part.title}")
            self._grid.addWidget(editor, row, at)
            made[part.key] = editor
        self.cells[code] = made

    def set_value(self, value: Any) -> None:
        values = {} if value is EMPTY else value
        for code in values:
            if code not in self.cells:
                self._add(code, self.shape.word(code))
        for code, editors in self.cells.items():
            entry = values.get(code, {})
            for key, editor in editors.items():
                editor.set_value(values.get(code, EMPTY) if self.shape.single else entry.get(key, EMPTY))

    def value(self) -> Any:
        out: dict[str, Any] = {}
        titles = {part.key: part.title for part in self.shape.columns}
        for code, editors in self.cells.items():
            try:
                entry = _gathered(editors, titles)
            except ValueError as error:
                raise ValueError(f"{self.shape.word(code)}：{error}") from None
            if entry:
                out[code] = next(iter(entry.values())) if self.shape.single else entry
        return out


class ColumnsEditor(RuleEditor):
    """Columns of a sheet: title and content a line."""

    def __init__(self, shape: Columns) -> None:
        super().__init__()
        self.shape = shape
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(4)
        self.rows: list[tuple[TextField, Select, QWidget]] = []
        self.more = Button(tr("加一列"), icon="plus", small=True)
        self.more.clicked.connect(self._another)
        self._lines.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)

    def _add(self, title: str, content: str) -> None:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        line = TextField(title, tr("列标题"))
        box = Select([(word, key) for key, word in self.shape.contents.items()])
        box.set_value(content)
        gone = Button(icon="x", kind="quiet", tip=tr("去掉这一列"), small=True)
        for widget in (line, box, gone):
            row.addWidget(widget)
        entry = (line, box, holder)
        line.textEdited.connect(lambda _t: self.changed.emit())
        box.picked.connect(lambda _v: self.changed.emit())
        gone.clicked.connect(lambda: self._drop(entry))
        self.rows.append(entry)
        self._lines.insertWidget(len(self.rows) - 1, holder)

    def _another(self) -> None:
        self._add("", next(iter(self.shape.contents)))
        self.rows[-1][0].setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _drop(self, entry: tuple[TextField, Select, QWidget]) -> None:
        self.rows.remove(entry)
        entry[2].hide()
        entry[2].deleteLater()
        self.changed.emit()

    def set_value(self, value: Any) -> None:
        for entry in list(self.rows):
            self.rows.remove(entry)
            entry[2].hide()
            entry[2].deleteLater()
        for title, content in [] if value is EMPTY else value:
            self._add(str(title), str(content))

    def value(self) -> Any:
        return [[line.text().strip(), str(box.value())] for line, box, _holder in self.rows]


def _gathered(parts: dict[str, RuleEditor], titles: dict[str, str]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, editor in parts.items():
        try:
            found = editor.value()
        except ValueError as error:
            raise ValueError(f"{titles[key]}：{error}") from None
        if found is not EMPTY:
            out[key] = found
    return out


def _unit(part: Part) -> str:
    if isinstance(part.shape, Money):
        return tr("（元）")
    if isinstance(part.shape, Percent):
        return " %"
    return tr("（{unit}）").format(unit=part.shape.unit) if isinstance(part.shape, Whole) else ""


def _cell_editor(shape: Shape) -> RuleEditor:
    if isinstance(shape, Money):
        return MoneyRuleEditor(shape, 84)
    if isinstance(shape, Choice):
        return ChoiceEditor(shape, narrow=True)
    return LineEditor(shape)


def make_rule_editor(shape: Shape) -> RuleEditor:
    """The editor for a kind of value."""
    if isinstance(shape, Codes):
        return OrderEditor(shape) if shape.ordered else TicksEditor(shape)
    if isinstance(shape, Whole):
        return LineEditor(shape, 90, shape.unit)
    if isinstance(shape, Days):
        return LineEditor(shape, 220, tr("天"))
    if isinstance(shape, Percent | Rate | Text):
        return LineEditor(shape)
    makers: Sequence[tuple[type[Shape], Any]] = (
        (YesNo, YesNoEditor), (Choice, ChoiceEditor), (Money, MoneyRuleEditor), (Day, DayEditor), (Share, ShareEditor),
        (Words, WordsEditor), (Group, GroupEditor), (Table, ItemsEditor), (ByYear, ItemsEditor),
        (Columns, ColumnsEditor),
    )  # fmt: skip
    return next(make(shape) for kind, make in makers if isinstance(shape, kind))
