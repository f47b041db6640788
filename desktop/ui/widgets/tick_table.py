"""A small table whose rows can be ticked: which receipts a plan takes, which payments were handed over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from desktop.ui.models.record_table import Column, Index, RecordTableModel
from desktop.ui.models.static_table import StaticTableModel
from desktop.ui.widgets.small_table import SmallTable

_BOX = 32
"""Points from the left edge in which a click ticks."""


class TickModel(StaticTableModel):
    """Rows with a tick each; a row whose id is in `fixed` keeps its tick as it is."""

    TickRole = RecordTableModel.TickRole

    def __init__(self, columns: Sequence[Column], parent: Any = None) -> None:
        super().__init__(columns, parent)
        self.ticked: set[str] = set()
        self.fixed: set[str] = set()

    def has_ticks(self) -> bool:
        """Boxes are always shown."""
        return True

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == self.TickRole and index.isValid():
            return self.id_at(index.row()) in self.ticked
        return super().data(index, role)

    def show_ticks(self) -> None:
        """Paint the boxes anew."""
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, 0), [self.TickRole])


class TickTable(SmallTable):
    """`TickTable(columns, parent=None)`: a `SmallTable` that fills its room; `ticks_changed()`; Space, Ctrl+A.

    `set_ticks(ids)`, `ticks()` in the order of the rows; `may_tick` False shows the boxes and leaves them.
    """

    ticks_changed = Signal()

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(columns, parent, fill=True)
        self.may_tick = True

    def make_model(self, columns: Sequence[Column]) -> StaticTableModel:
        return TickModel(columns, self)

    @property
    def model_ticked(self) -> TickModel:
        """The model."""
        assert isinstance(self.rows, TickModel)
        return self.rows

    def set_ticks(self, ids: Iterable[str]) -> None:
        """Tick these rows and no others; tells nobody."""
        self.model_ticked.ticked = set(ids)
        self.model_ticked.show_ticks()

    def ticks(self) -> list[str]:
        """Ids of the ticked rows, in their order."""
        model = self.model_ticked
        return [i for row in range(model.rowCount()) if (i := model.id_at(row)) in model.ticked]

    def tick(self, record: str, on: bool | None = None) -> None:
        """Tick, untick or (None) turn one row."""
        model = self.model_ticked
        if not self.may_tick or not record or record in model.fixed:
            return
        on = record not in model.ticked if on is None else on
        (model.ticked.add if on else model.ticked.discard)(record)
        model.show_ticks()
        self.ticks_changed.emit()

    def tick_all(self) -> None:
        """Tick every row that may be; when all are ticked, untick them."""
        model = self.model_ticked
        if not self.may_tick:
            return
        everybody = {model.id_at(row) for row in range(model.rowCount())} - model.fixed
        model.ticked = model.ticked - everybody if everybody <= model.ticked else model.ticked | everybody
        model.show_ticks()
        self.ticks_changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.position().x() < _BOX:
            self.tick(self.rows.id_at(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.tick(self.current_id())
        elif event.key() == Qt.Key.Key_A and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.tick_all()
        else:
            super().keyPressEvent(event)
