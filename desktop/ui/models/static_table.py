"""A small table whose rows are all there: members of a household, rights on an asset, lines of a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.common.money import wan_decimals
from desktop.ui.models.record_table import Column, RecordTableModel, cell_text

Index = QModelIndex | QPersistentModelIndex


class StaticTableModel(QAbstractTableModel):
    """`StaticTableModel(columns, parent=None)`: `set_rows([(id, (value, …)), …])`; columns as `RecordTableModel`."""

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = list(columns)
        self._rows: list[tuple[str, tuple[Any, ...]]] = []

    def set_rows(self, rows: Sequence[tuple[str, tuple[Any, ...]]]) -> None:
        """Replace all rows; a 万元 column shows all its values with the decimals its most exact one needs."""
        self.beginResetModel()
        for i, column in enumerate(self.columns):
            if column.kind == "wan":
                exact = wan_decimals(values[i] for _id, values in rows if values[i] is not None)
                self.columns[i] = replace(column, decimals=exact)
        self._rows = list(rows)
        self.endResetModel()

    def set_row(self, record: str, values: tuple[Any, ...]) -> None:
        """Replace the values of one row."""
        row = self.row_of(record)
        if row >= 0:
            self._rows[row] = (record, values)
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))

    def id_at(self, row: int) -> str:
        """Id of a row, "" when there is none."""
        return self._rows[row][0] if 0 <= row < len(self._rows) else ""

    def row_of(self, record: str) -> int:
        """Row of an id, -1 when there is none."""
        return next((row for row, (key, _values) in enumerate(self._rows) if key == record), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        column, value = self.columns[index.column()], self._rows[index.row()][1][index.column()]
        if role == RecordTableModel.ValueRole:
            return value
        if role == RecordTableModel.ReadyRole:
            return True
        if role == RecordTableModel.IdRole:
            return self._rows[index.row()][0]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cell_text(column, value)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.title}：{cell_text(column, value)}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self.columns[section].right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None
