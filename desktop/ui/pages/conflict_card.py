"""One record's conflicts as a card: per field what it was, who says what, and what it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.app.exchange.exchanging import Choice, ChoiceView, ConflictView
from desktop.registry.value_words import words
from desktop.ui.record_fields import asset_sections, household_sections, person_sections
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.editors import Editor, FieldSpec, make_editor
from desktop.ui.widgets.labels import ElidedLabel, Label, Panel, StatusWord, rule
from desktop.ui.widgets.masking import masked
from desktop.ui.widgets.painting import paint_radio


@dataclass
class Decision:
    """How one field stands: a statement's number (from 1), or an own value with its words."""

    take: int | None = None
    value: Any = None
    words: str = ""

    @property
    def made(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.take) or bool(self.words)


@dataclass
class RecordConflicts:
    """All open conflicts of one record, with the person's choices so far."""

    views: list[ConflictView]
    decisions: dict[str, Decision] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The record's name among others."""
        return f"{self.views[0].table}|{self.views[0].row_id}"

    def decision(self, view: ConflictView) -> Decision:
        """How a field stands."""
        return self.decisions.setdefault(view.case, Decision())

    def open_count(self) -> int:
        """Fields that still wait."""
        return sum(1 for view in self.views if not self.decision(view).made)

    def choices(self) -> list[Choice]:
        """What to write."""
        made = [(view, self.decision(view)) for view in self.views]
        return [Choice(view.case, d.take or None, d.value) for view, d in made]


def when_text(choice: ChoiceView) -> str:
    """Local day and time of a statement."""
    return datetime.fromtimestamp(choice.at_ms / 1000).astimezone().strftime("%m-%d %H:%M")


def columns_of(views: Sequence[ConflictView]) -> tuple[list[ChoiceView], list[list[int | None]]]:
    """The sides of a card: the same machine and person stand in one column; per field the choice in each column."""
    sides: list[ChoiceView] = []
    placed: list[list[int | None]] = []
    for view in views:
        row: list[int | None] = [None] * len(sides)
        for number, choice in enumerate(view.choices):
            at = next(
                (i for i, side in enumerate(sides)
                 if (side.device, side.who) == (choice.device, choice.who) and row[i] is None), None
            )  # fmt: skip
            if at is None:
                sides.append(choice)
                row.append(number)
            else:
                row[at] = number
        placed.append(row)
    return sides, [row + [None] * (len(sides) - len(row)) for row in placed]


class ChoiceCell(QAbstractButton):
    """One statement: a radio mark and the value, below it who and when if they differ from the column's head."""

    def __init__(self, value: str, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption, self._current, self._focused = caption, False, False
        self.setText(value)
        self.setCheckable(True)
        self.setAccessibleName(f"{value} {caption}".strip())
        self.setToolTip(value)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def set_current(self, on: bool, focused: bool) -> None:
        """Frame it: the keys act on its row."""
        self._current, self._focused = on, on and focused
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, round((56 if self._caption else 42) * max(theme().scale, 1.0)))

    def minimumSizeHint(self) -> QSize:
        return QSize(90, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        on = self.isChecked()
        fill = c("accent_soft") if on else c("hover") if self._current or self.underMouse() else c("surface")
        painter.fillRect(self.rect(), fill)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), c("grid"))
        painter.fillRect(QRectF(0, 0, 1, self.height()), c("grid"))
        line = 40 * max(theme().scale, 1.0) if self._caption else self.height()
        paint_radio(painter, QRectF(10, 0, 16, line), on, self.isEnabled())
        font = theme().font(bold=on)
        painter.setFont(font)
        painter.setPen(c("text"))
        room = self.width() - 42
        text = QFontMetrics(font).elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(33, 0, room + 4, line), Qt.AlignmentFlag.AlignVCenter, text)
        if self._caption:
            small = theme().font("caption")
            painter.setFont(small)
            painter.setPen(c("text_2"))
            text = QFontMetrics(small).elidedText(self._caption, Qt.TextElideMode.ElideRight, room)
            box = QRectF(33, line - 8, room + 4, self.height() - line + 4)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
        if self._focused:
            _paint_row_ring(painter, self)


def _paint_row_ring(painter: QPainter, cell: QWidget) -> None:
    """The part of the focus ring around a row that lies in one of its cells: above and below."""
    width = theme().px("focus")
    painter.fillRect(QRectF(0, 0, cell.width(), width), theme().color("focus"))
    painter.fillRect(QRectF(0, cell.height() - width, cell.width(), width), theme().color("focus"))


class _Row(QWidget):
    """A cell of plain words with the grid's lines."""

    def __init__(self, content: QWidget, fill: str = "surface", first: bool = False) -> None:
        super().__init__()
        self._fill, self._first, self.current, self._focused = fill, first, False, False
        row = QHBoxLayout(self)
        row.setContentsMargins(12 if first else 10, 0, 8, 0)
        row.addWidget(content, 1)

    def set_current(self, on: bool, focused: bool) -> None:
        """Tint the row that the keys act on, and frame it while the card has the focus."""
        self.current, self._focused = on, on and focused
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        painter.fillRect(self.rect(), c("hover" if self.current else self._fill))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), c("grid"))
        if not self._first:
            painter.fillRect(QRectF(0, 0, 1, self.height()), c("grid"))
        if self._focused:
            _paint_row_ring(painter, self)


class ConflictCard(QWidget):
    """`ConflictCard(villages, after, parent=None)`: `show_record(RecordConflicts | None)`; `changed()` after a choice.

    ↑↓ move between fields, 1–9 take a side, F2 opens an editor for a value of one's own. `after(record)` gives the
    sentences under 确定之后.
    """

    changed = Signal()

    def __init__(
        self, villages: Sequence[tuple[str, str]], after: Any, may: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._villages, self._after, self._may = villages, after, may
        self.record: RecordConflicts | None = None
        self._at = 0
        self.cells: list[dict[int, ChoiceCell]] = []
        self._rows: list[list[_Row]] = []
        self._results: list[tuple[Label, QHBoxLayout]] = []
        self._editors: dict[int, Editor] = {}
        self._specs: dict[tuple[str, str], FieldSpec] = {}
        for table, sections in (
            ("household", household_sections()), ("person", person_sections()), ("asset", asset_sections()),
        ):  # fmt: skip
            for section in sections:
                self._specs.update({(table, spec.column): spec for spec in section.fields})
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(14, 9, 14, 9)
        head.setSpacing(10)
        self.title = Label("", "question")
        self.fact = ElidedLabel("", "second")
        self.state = StatusWord()
        head.addWidget(self.title)
        head.addWidget(self.fact, 1)
        head.addWidget(self.state)
        lines.addLayout(head)
        lines.addWidget(rule())
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        lines.addWidget(self.area, 1)
        theme().changed.connect(self._again)

    def _again(self) -> None:
        self.show_record(self.record)

    # -- building ----------------------------------------------------------------------------------------------

    def show_record(self, record: RecordConflicts | None) -> None:
        """Show a record's conflicts; None for none."""
        self.record, self._at = record, 0
        self.cells, self._rows, self._results, self._editors = [], [], [], {}
        inner = Panel("surface")
        lines = QVBoxLayout(inner)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        if record is not None:
            lines.addLayout(self._grid(record))
            self._after_lines = QVBoxLayout()
            self._after_lines.setContentsMargins(14, 12, 14, 12)
            self._after_lines.setSpacing(4)
            lines.addLayout(self._after_lines)
        lines.addStretch(1)
        self.area.setWidget(inner)
        first = record.views[0] if record else None
        self.title.setText(first.title if first else "")
        self.fact.setText(first.record_word if first else "")
        self._tell()

    def _grid(self, record: RecordConflicts) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        sides, self._placed = columns_of(record.views)
        heads = [Label(self.tr("字段"), "muted"), self._head(self.tr("共同的上一版"), "")]
        for number, side in enumerate(sides, 1):
            heads.append(self._head(f"{_side(number)}  {side.who}", self._about(side), number))
        heads.append(self._head(self.tr("合并后"), self.tr("可直接改，改动记您的名字")))
        for column, head in enumerate(heads):
            cell = _Row(head, "surface_alt", first=column == 0)
            cell.setMinimumHeight(round(52 * max(theme().scale, 1.0)))
            grid.addWidget(cell, 0, column)
        widths = [118, 130, *([190] * len(sides)), 210]
        for column, width in enumerate(widths):
            grid.setColumnMinimumWidth(column, round(width * max(theme().scale, 1.0)) if column < 2 else 120)
            grid.setColumnStretch(column, 0 if column < 2 else width)
        for at, view in enumerate(record.views):
            self._field_row(grid, at, view, sides)
        return grid

    def _head(self, words: str, caption: str, number: int = 0) -> QWidget:
        widget = QWidget()
        lines = QVBoxLayout(widget)
        lines.setContentsMargins(0, 6, 0, 6)
        lines.setSpacing(1)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(ElidedLabel(words, "bold"), 1)
        if number and self._may:
            button = Button(self.tr("全用 {side}").format(side=_side(number)), small=True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _on=False, number=number: self.take_all(number))
            row.addWidget(button)
        lines.addLayout(row)
        if caption:
            lines.addWidget(ElidedLabel(caption, "caption"))
        return widget

    def _about(self, choice: ChoiceView) -> str:
        return " · ".join(part for part in (choice.device, f"{when_text(choice)} {choice.reason}".strip()) if part)

    def _field_row(self, grid: QGridLayout, at: int, view: ConflictView, sides: Sequence[ChoiceView]) -> None:
        name = _Row(ElidedLabel(view.field_word, "bold"), first=True)
        before = _Row(ElidedLabel(masked(view.ancestor), "second"))
        plain = [name, before]
        self._rows.append(plain)
        grid.addWidget(name, at + 1, 0)
        grid.addWidget(before, at + 1, 1)
        cells: dict[int, ChoiceCell] = {}
        for column, number in enumerate(self._placed[at]):
            if number is None:
                plain.append(_Row(Label("", "muted")))
                grid.addWidget(plain[-1], at + 1, column + 2)
                continue
            choice, side = view.choices[number], sides[column]
            same = (choice.at_ms, choice.reason) == (side.at_ms, side.reason)
            cell = ChoiceCell(masked(choice.value), "" if same else self._about(choice))
            cell.setEnabled(self._may)
            cell.clicked.connect(lambda _on=False, at=at, column=column: self.take(column + 1, at))
            cells[column] = cell
            grid.addWidget(cell, at + 1, column + 2)
        self.cells.append(cells)
        result = QWidget()
        row = QHBoxLayout(result)
        row.setContentsMargins(0, 3, 0, 3)
        row.setSpacing(6)
        said = ElidedLabel("", "bold")
        row.addWidget(said, 1)
        self._results.append((said, row))
        if self._may and self._spec(view) is not None:
            button = Button(self.tr("改"), small=True, key="F2", bind=False)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _on=False, at=at: self.own(at))
            row.addWidget(button)
        plain.append(_Row(result, "surface_alt"))
        grid.addWidget(plain[-1], at + 1, len(sides) + 2)

    def _spec(self, view: ConflictView) -> FieldSpec | None:
        spec = self._specs.get((view.table, view.field))
        return spec if spec is not None and not spec.precision else None

    # -- choosing ----------------------------------------------------------------------------------------------

    def current(self) -> int:
        """Number of the field the keys act on, from 0."""
        return self._at

    def go(self, at: int) -> None:
        """To another field."""
        if self.record is not None and 0 <= at < len(self.record.views):
            self._at = at
            self.area.ensureWidgetVisible(self._rows[at][0])
            self._tell()

    def take(self, side: int, at: int | None = None) -> None:
        """Take a side (1 = A) for a field, then go to the next that waits."""
        record, at = self.record, self._at if at is None else at
        if record is None or not self._may or side - 1 >= len(self._placed[at]):
            return
        number = self._placed[at][side - 1]
        if number is None:
            return
        self._close_editor(at)
        view = record.views[at]
        record.decisions[view.case] = Decision(number + 1, None, view.choices[number].value)
        self._next(at)

    def take_all(self, side: int) -> None:
        """Take a side for every field it speaks of."""
        for at in range(len(self._placed)):
            self.take(side, at)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def own(self, at: int | None = None) -> bool:
        """F2: an editor for a value of one's own; False when this field cannot be edited here."""
        record, at = self.record, self._at if at is None else at
        if record is None or not self._may:
            return False
        view = record.views[at]
        spec = self._spec(view)
        if spec is None:
            return False
        self._at = at
        if at not in self._editors:
            editor = make_editor(view.table, spec, self._villages)
            shown = next((c for c in view.choices if c.shown), view.choices[-1])
            editor.load({view.field: shown.raw})
            editor.changed.connect(lambda: self._edited(at))
            self._editors[at] = editor
            said, row = self._results[at]
            said.hide()
            row.insertWidget(0, editor.widget, 1)
            editor.widget.show()  # the layout would show it only later, and the focus would not come
        self._edited(at)
        self._editors[at].widget.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def leave_own(self) -> bool:
        """Esc in an editor: back to nothing chosen; False when none is open."""
        if self._at not in self._editors or self.record is None:
            return False
        self._close_editor(self._at)
        self.record.decisions.pop(self.record.views[self._at].case, None)
        self._tell()
        self.changed.emit()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _edited(self, at: int) -> None:
        record = self.record
        assert record is not None
        view, editor = record.views[at], self._editors[at]
        value = editor.read()[view.field]
        if editor.problem():
            record.decisions.pop(view.case, None)
        else:
            word = words(view.table, view.field, value) if value is not None else self.tr("未填")
            record.decisions[view.case] = Decision(None, value, word or self.tr("未填"))
        self._tell()
        self.changed.emit()

    def _close_editor(self, at: int) -> None:
        editor = self._editors.pop(at, None)
        if editor is not None:
            editor.widget.hide()
            editor.widget.deleteLater()
            self._results[at][0].show()

    def _next(self, at: int) -> None:
        record = self.record
        assert record is not None
        count = len(record.views)
        order = [*range(at + 1, count), *range(at)]
        self._at = next((i for i in order if not record.decision(record.views[i]).made), at)
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        record = self.record
        if record is None:
            self.state.show_status("", "")
            return
        for at, view in enumerate(record.views):
            decision = record.decision(view)
            for column, cell in self.cells[at].items():
                number = self._placed[at][column]
                cell.setChecked(decision.take is not None and number is not None and decision.take == number + 1)
                cell.set_current(at == self._at, self.hasFocus())
            for row in self._rows[at]:
                row.set_current(at == self._at, self.hasFocus())
            said = self._results[at][0]
            said.setText(masked(decision.words) if decision.made else self.tr("未定"))
            said.set_tone("" if decision.made else "danger")
        total, left = len(record.views), record.open_count()
        if left:
            said_state = self.tr("{n} 项要您定，已定 {k} 项").format(n=total, k=total - left)
            self.state.show_status(said_state, "fork", "danger")
        else:
            self.state.show_status(self.tr("{n} 项都定了").format(n=total), "ok", "success")
        self._tell_after(record)
        self.update()

    def _tell_after(self, record: RecordConflicts) -> None:
        while self._after_lines.count():
            widget = self._after_lines.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._after_lines.addWidget(Label(self.tr("确定之后"), "strong"))
        for number, sentence in enumerate(self._after(record), 1):
            self._after_lines.addWidget(Label(f"{number}. {sentence}", "second", wrap=True))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.go(self._at + (1 if event.key() == Qt.Key.Key_Down else -1))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().color("surface"))

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        self._tell()

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self._tell()


def _side(number: int) -> str:
    return chr(64 + number)
