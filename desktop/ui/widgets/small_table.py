"""A small table in a detail pane or card: as high as its rows, one row current, Enter opens it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from desktop.ui.models.record_table import Column, Index
from desktop.ui.models.static_table import StaticTableModel
from desktop.ui.theme import theme
from desktop.ui.widgets.cell_delegate import CellDelegate
from desktop.ui.widgets.painting import paint_focus_ring
from desktop.ui.widgets.record_list import RecordHeader, one_cell


class SmallTable(QTableView):
    """`SmallTable(columns, parent=None, fill=False)`: `set_rows([(id, values)])`; `opened(id)`, `current_changed(id)`.

    As high as its rows; with `fill` it takes the room it gets and scrolls. ↑↓ move, Enter or a double click opens,
    Ctrl+C copies the current row.
    """

    opened = Signal(str)
    current_changed = Signal(str)

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None, *, fill: bool = False) -> None:
        super().__init__(parent)
        self._fill = fill
        self.rows = self.make_model(columns)
        self.setItemDelegate(CellDelegate(self))
        header = RecordHeader(self)
        header.setSectionsClickable(False)
        self.setHorizontalHeader(header)
        vertical = self.verticalHeader()
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setMinimumSectionSize(20)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if not fill:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setModel(self.rows)
        for i, column in enumerate(self.rows.columns):
            self.setColumnWidth(i, round(column.width * max(theme().scale, 1.0)))
            if column.stretch:
                header.setSectionResizeMode(i, QHeaderView.ResizeMode.Stretch)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.rows.id_at(index.row())))
        theme().changed.connect(self._fit)
        self._fit()

    def make_model(self, columns: Sequence[Column]) -> StaticTableModel:
        """The model of the rows; a table with ticks brings another."""
        return StaticTableModel(columns, self)

    def set_rows(self, rows: Sequence[tuple[str, tuple[Any, ...]]]) -> None:
        """Replace the rows, keeping the current one when it is still there."""
        keep = self.current_id()
        self.rows.set_rows(rows)
        row = self.rows.row_of(keep) if keep else -1
        if row >= 0:
            self.selectRow(row)
        self._fit()

    def current_id(self) -> str:
        """Id of the current row, "" when there is none."""
        return self.rows.id_at(self.currentIndex().row())

    def go_to(self, record: str) -> None:
        """Make a row current."""
        row = self.rows.row_of(record)
        if row >= 0:
            self.selectRow(row)

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(round(28 * max(theme().scale, 1.0)))
        if not self._fill:
            self.setFixedHeight(self.sizeHint().height())

    def sizeHint(self) -> QSize:
        rows = self.rows.rowCount() * self.verticalHeader().defaultSectionSize()
        return QSize(300, theme().px("table_header") + rows)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()
        if current.row() != previous.row():
            self.current_changed.emit(self.rows.id_at(current.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.current_id():
                self.opened.emit(self.current_id())
        elif event.matches(QKeySequence.StandardKey.Copy):
            row = self.currentIndex().row()
            cells = [one_cell(str(self.rows.index(row, i).data() or "")) for i in range(len(self.rows.columns))]
            QGuiApplication.clipboard().setText("\t".join(cells))
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are shortcuts of the page, not a search."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        index = self.currentIndex()
        if index.isValid() and self.hasFocus():
            top, height = self.rowViewportPosition(index.row()), self.rowHeight(index.row())
            paint_focus_ring(QPainter(self.viewport()), QRect(0, top, self.viewport().width(), height - 1))

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        if not self.currentIndex().isValid() and self.rows.rowCount():
            self.selectRow(0)
        self.viewport().update()
