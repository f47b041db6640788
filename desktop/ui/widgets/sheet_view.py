"""Shows parts of a source sheet as they are: its header with merged cells, and the rows around one cell. Read only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.theme import theme

Range = tuple[int, int, int, int]
Text = Callable[[Any], str]


def letters(column: int) -> str:
    """Column letters of a 1-based column."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


class _Sheet(QWidget):
    """Shared painting: one cell of a sheet."""

    _HEAD, _ROW = 22, 24

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme().changed.connect(self.updateGeometry)

    def _scaled(self, size: int) -> int:
        return round(size * max(theme().scale, 1.0))

    def _cell(
        self, painter: QPainter, box: QRectF, text: str, fill: str, color: str, *, right: bool = False,
        centre: bool = False, bold: bool = False, wrap: bool = False,
    ) -> None:  # fmt: skip
        c = theme().color
        painter.fillRect(box, c(fill))
        painter.setPen(QPen(c("border"), 1))
        painter.drawRect(box.adjusted(0.5, 0.5, 0.5, 0.5))
        if not text:
            return
        font = theme().font("caption", bold=bold)
        painter.setFont(font)
        painter.setPen(c(color))
        side = Qt.AlignmentFlag.AlignHCenter if centre else Qt.AlignmentFlag.AlignLeft
        side = Qt.AlignmentFlag.AlignRight if right else side
        inner = box.adjusted(5, 0, -4, 0)
        metrics = QFontMetrics(font)
        if wrap and metrics.horizontalAdvance(text) > inner.width() and box.height() > 2 * metrics.height():
            flags = int(side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWrapAnywhere)
            painter.drawText(inner, flags, text)
            return
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(inner.width()) + 1)
        painter.drawText(inner, int(side | Qt.AlignmentFlag.AlignVCenter), shown)


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class HeaderView(_Sheet):
    """`HeaderView(parent=None)`: `show_header(rows, header, merged, text)`, `set_current(column)`; `picked(column)`.

    As wide as the sheet: put it into a scroll area. Merged header cells keep their extent; those over several columns
    are tinted. The first data row stands below.
    """

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[int, list[Any]]] = []
        self._header: list[int] = []
        self._merged: list[Range] = []
        self._widths: list[int] = []
        self._text: Text = str
        self._current = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_header(
        self, rows: Sequence[tuple[int, Sequence[Any]]], header: Sequence[int], merged: Sequence[Range], text: Text
    ) -> None:
        """`rows`: (1-based number, values) of the header rows and the first data row."""
        self._rows = [(number, list(values)) for number, values in rows]
        self._header, self._merged, self._text = list(header), list(merged), text
        metrics = QFontMetrics(theme().font("caption"))
        count = max((len(values) for _n, values in self._rows), default=0)
        self._widths = []
        for column in range(1, count + 1):
            texts = [
                text(values[column - 1]) for number, values in self._rows
                if column <= len(values) and not self._wide(number, column)
            ]  # fmt: skip
            widest = max((metrics.horizontalAdvance(t) for t in texts), default=0)
            self._widths.append(min(max(widest + 14, self._scaled(44)), self._scaled(124)))
        self.updateGeometry()
        self.resize(self.sizeHint())
        self.update()

    def set_current(self, column: int) -> None:
        """Frame a column (0 = none)."""
        self._current = column
        self.update()

    def column_box(self, column: int) -> QRectF:
        """Where a column stands."""
        left = self._scaled(32) + sum(self._widths[: column - 1])
        return QRectF(left, 0, self._widths[column - 1] if column <= len(self._widths) else 0, self.height())

    def sizeHint(self) -> QSize:
        height = self._scaled(self._HEAD) + len(self._rows) * self._scaled(self._ROW)
        return QSize(self._scaled(32) + sum(self._widths) + 1, height + 1)

    def _wide(self, row: int, column: int) -> bool:
        return any(r[0] <= row <= r[2] and r[1] <= column <= r[3] and r[1] != r[3] for r in self._merged)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for column in range(1, len(self._widths) + 1):
            if self.column_box(column).contains(event.position()):
                self.picked.emit(column)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        head, row_height, side = self._scaled(self._HEAD), self._scaled(self._ROW), self._scaled(32)
        tops = {number: head + i * row_height for i, (number, _v) in enumerate(self._rows)}
        self._cell(painter, QRectF(0, 0, side, head), "", "sunken", "text_3")
        for column in range(1, len(self._widths) + 1):
            box = self.column_box(column)
            fill, color = ("accent_soft", "accent") if column == self._current else ("sunken", "text_3")
            self._cell(painter, QRectF(box.left(), 0, box.width(), head), letters(column), fill, color, centre=True)
        for number, values in self._rows:
            top = tops[number]
            self._cell(painter, QRectF(0, top, side, row_height), str(number), "sunken", "text_3", centre=True)
            is_head = number in self._header
            for column, width in enumerate(self._widths, 1):
                value = values[column - 1] if column <= len(values) else ""
                box = QRectF(self.column_box(column).left(), top, width, row_height)
                fill, color = ("surface_alt", "text_2") if is_head else ("surface", "text")
                self._cell(
                    painter, box, self._text(value), fill, color, centre=is_head, right=_is_figure(value),
                )  # fmt: skip
        for r1, c1, r2, c2 in self._merged:
            shown = [number for number, _v in self._rows if r1 <= number <= r2]
            if not shown or c1 > len(self._widths):
                continue
            value = next((v[c1 - 1] for n, v in self._rows if n == r1 and c1 <= len(v)), "")
            last = min(c2, len(self._widths))
            right = self.column_box(last).right()
            left = self.column_box(c1).left()
            box = QRectF(left, tops[shown[0]], right - left, len(shown) * row_height)
            if shown[0] not in self._header:
                continue
            group = c2 > c1
            fill, color = ("accent_soft", "accent") if group else ("surface_alt", "text_2")
            self._cell(painter, box, self._text(value), fill, color, centre=True, wrap=True)
        if self._current and self._current <= len(self._widths):
            painter.setPen(QPen(theme().color("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.column_box(self._current).adjusted(1, 1, 0, -1))


class RowsView(_Sheet):
    """`RowsView(parent=None)`: `show_cell(rows, titles, row, column, text)`: some rows with one cell framed.

    `titles`: column → header word. As many columns around the cell as fit are shown, the `lead` columns first.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[int, list[Any]]] = []
        self._titles: dict[int, str] = {}
        self._row = self._column = 0
        self._lead: list[int] = []
        self._tinted: set[int] = set()
        self._text: Text = str
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_cell(
        self,
        rows: Sequence[tuple[int, Sequence[Any]]],
        titles: Mapping[int, str],
        row: int,
        column: int,
        text: Text,
        *,
        lead: Sequence[int] = (),
        tinted: Collection[int] = (),
    ) -> None:
        """Frame the cell at `row`, `column` (1-based); `tinted` rows have the same problem in that column."""
        self._rows = [(number, list(values)) for number, values in rows]
        self._titles, self._row, self._column, self._text = dict(titles), row, column, text
        self._lead, self._tinted = list(lead), set(tinted)
        said = next((text(v[column - 1]) for n, v in self._rows if n == row and 0 < column <= len(v)), "")
        self.setAccessibleName(f"{letters(column) if column else ''}{row} {self._titles.get(column, '')} {said}")
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._rows = []
        self.update()

    def framed_text(self) -> str:
        """What stands in the framed cell."""
        return next(
            (self._text(v[self._column - 1]) for n, v in self._rows if n == self._row and self._column <= len(v)), ""
        )

    def _width(self, column: int) -> int:
        metrics = QFontMetrics(theme().font("caption"))
        texts = [self._text(values[column - 1]) for _n, values in self._rows if column <= len(values)]
        texts.append(f"{letters(column)} {self._titles.get(column, '')}")
        widest = max((metrics.horizontalAdvance(t) for t in texts), default=0)
        return min(max(widest + 16, self._scaled(48)), self._scaled(200 if column == self._column else 150))

    def _columns(self, room: int) -> list[tuple[int, int]]:
        """Columns that fit with their widths: the framed one first, then the leading ones, then neighbours."""
        last = max((len(values) for _n, values in self._rows), default=0)
        filled = {c for c in range(1, last + 1) if c in self._titles or any(
            c <= len(v) and v[c - 1] != "" for _n, v in self._rows)}  # fmt: skip
        wanted = [self._column, *self._lead]
        for step in range(1, last + 1):
            wanted += [self._column + step, self._column - step]
        taken: dict[int, int] = {}
        for column in wanted:
            if column in taken or column not in filled | {self._column} or column < 1:
                continue
            width = self._width(column)
            if sum(taken.values()) + width > room:
                if len(taken) > 2:
                    break
                continue
            taken[column] = width
        return sorted(taken.items())

    def sizeHint(self) -> QSize:
        return QSize(400, self._scaled(self._HEAD) + 5 * self._scaled(self._ROW) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        painter = QPainter(self)
        head, row_height, side = self._scaled(self._HEAD), self._scaled(self._ROW), self._scaled(40)
        columns = self._columns(self.width() - side - 2)
        self._cell(painter, QRectF(0, 0, side, head), "", "sunken", "text_3")
        left = float(side)
        frame: QRectF | None = None
        for column, width in columns:
            here = column == self._column
            box = QRectF(left, 0, width, head)
            fill, color = ("danger_soft", "danger") if here else ("sunken", "text_3")
            title = f"{letters(column)} {self._titles.get(column, '')}".strip()
            self._cell(painter, box, title, fill, color, centre=True, bold=here)
            for i, (number, values) in enumerate(self._rows):
                top = head + i * row_height
                if top > self.height():
                    break
                value = values[column - 1] if column <= len(values) else ""
                cell = QRectF(left, top, width, row_height)
                tint = here and number in self._tinted
                framed = here and number == self._row
                fill = "danger_soft" if framed else "warning_soft" if tint else "surface"
                self._cell(painter, cell, self._text(value), fill, "text", right=_is_figure(value))
                if framed:
                    frame = cell
            left += width
        for i, (number, _values) in enumerate(self._rows):
            box = QRectF(0, head + i * row_height, side, row_height)
            fill, color = ("danger_soft", "danger") if number == self._row else ("sunken", "text_3")
            self._cell(painter, box, str(number), fill, color, centre=True, bold=number == self._row)
        if frame is not None:
            painter.setPen(QPen(theme().color("danger"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(frame.adjusted(1, 1, 0, 0))
