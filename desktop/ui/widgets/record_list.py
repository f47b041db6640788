"""The list of a page: a virtual table with pinned header, a foot with range and keys or a sum line, empty states."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QItemSelection, QItemSelectionModel, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.icons import paint_icon
from desktop.ui.models.record_table import Index, RecordTableModel, cell_text
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.cell_delegate import CellDelegate
from desktop.ui.widgets.labels import ElidedLabel, Label, Panel
from desktop.ui.widgets.painting import paint_focus_ring


class RecordHeader(QHeaderView):
    """Header that draws its sort arrow beside the word and says it in its accessible text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setHighlightSections(False)
        self.setSectionsClickable(True)
        self.setStretchLastSection(False)
        self.setMinimumSectionSize(36)
        self._fit()
        theme().changed.connect(self._fit)

    def _fit(self) -> None:
        self.setFixedHeight(theme().px("table_header"))

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        model = self.model()
        if isinstance(model, RecordTableModel) and model.query.sort:
            column = model.columns[section]
            if column.sort_key == model.query.sort:
                width = painter.fontMetrics().horizontalAdvance(column.title)
                left = rect.right() - 8 - width - 14 if column.right else rect.left() + 8 + width + 3
                box = QRect(left, rect.center().y() - 5, 11, 11)
                paint_icon(painter, box, "down" if model.query.descending else "up", theme().color("text_3"))


class RecordTable(QTableView):
    """`RecordTable(model, parent=None)`: the table itself; use `RecordList` on pages.

    `opened(id)` by Enter or double click, `current_changed(id)`, `typed(text)` when letters are typed over the table.
    ↑↓ PgUp PgDn Home End move, Shift extends, Ctrl+A selects all, Space ticks, Ctrl+C copies the rows as text.
    """

    opened = Signal(str)
    current_changed = Signal(str)
    typed = Signal(str)
    columns_asked = Signal()

    def __init__(self, model: RecordTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keep = ""
        self._keep_top = 0
        self.setItemDelegate(CellDelegate(self))
        header = RecordHeader(self)
        self.setHorizontalHeader(header)
        vertical = self.verticalHeader()
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setModel(model)
        self._records = model
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(False)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda _at: self.columns_asked.emit())
        self._widths = {column.key: column.width for column in model.columns}
        self._placing = False
        self.show_columns([])
        header.sectionResized.connect(self._resized)
        header.sectionClicked.connect(self._sort_by)
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._recall)
        self.doubleClicked.connect(lambda index: self.opened.emit(model.id_at(index.row())))
        self._fit()
        theme().changed.connect(self._fit)

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme().px("row"))
        if hasattr(self, "_widths"):
            self._place_columns()

    # -- columns -----------------------------------------------------------------------------------------------

    def columns_shown(self) -> list[tuple[str, int]]:
        """(key, width at medium text) of the columns shown, from left to right."""
        header, columns = self.horizontalHeader(), self._records.columns
        order = [header.logicalIndex(place) for place in range(len(columns))]
        return [(columns[i].key, self._widths[columns[i].key]) for i in order if not self.isColumnHidden(i)]

    def show_columns(self, wanted: Sequence[tuple[str, int]]) -> None:
        """Show these columns in this order and width; an empty list is the list as it comes. Unknown keys are left
        out, and the first column, which names the row, always stays first."""
        header, columns = self.horizontalHeader(), self._records.columns
        number = {column.key: i for i, column in enumerate(columns)}
        known = [(key, width) for key, width in wanted if key in number]
        if not known:
            known = [(column.key, column.width) for column in columns if not column.optional]
        first = columns[0].key
        known = [(first, dict(known).get(first, columns[0].width)), *((k, w) for k, w in known if k != first)]
        for place, (key, width) in enumerate(known):
            self._widths[key] = min(max(width, 36), 900)
            header.moveSection(header.visualIndex(number[key]), place)
        shown = {key for key, _width in known}
        for key, i in number.items():
            self.setColumnHidden(i, key not in shown)
        self._place_columns()

    def _place_columns(self) -> None:
        """Widths as kept; the stretching column takes what is left, and none is squeezed below its width."""
        header, scale, columns = self.horizontalHeader(), max(theme().scale, 1.0), self._records.columns
        self._placing = True
        shown = [i for i in range(len(columns)) if not self.isColumnHidden(i)]
        widths = {i: round(self._widths[columns[i].key] * scale) for i in shown}
        spare = self.viewport().width() - sum(widths.values())
        stretching = next((i for i in shown if columns[i].stretch), shown[0])
        for i in shown:
            header.setSectionResizeMode(i, QHeaderView.ResizeMode.Interactive)
            self.setColumnWidth(i, widths[i] + (max(spare, self._give(i, spare)) if i == stretching else 0))
        self._placing = False

    def _give(self, column: int, spare: int) -> int:
        """How far the stretching column may shrink below its width: a quarter, so that a narrow list still fits."""
        least = -round(self._widths[self._records.columns[column].key] * max(theme().scale, 1.0) * 0.25)
        return max(least, spare) if spare < 0 else 0

    def _resized(self, section: int, _old: int, new: int) -> None:
        if not self._placing and new > 0:
            self._widths[self._records.columns[section].key] = round(new / max(theme().scale, 1.0))

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._place_columns()

    # -- current and selected ----------------------------------------------------------------------------------

    def current_id(self) -> str:
        """Id of the current row, "" when there is none."""
        return self._records.id_at(self.currentIndex().row())

    def selected_rows(self) -> list[int]:
        """Numbers of the selected rows in order."""
        selection = self.selectionModel().selection()
        parts = [selection.at(i) for i in range(selection.size())]
        return sorted({row for part in parts for row in range(part.top(), part.bottom() + 1)})

    def selected_ids(self) -> list[str]:
        """Ids of the selected rows in order."""
        return [self._records.id_at(row) for row in self.selected_rows()]

    def go_to(self, record: str) -> bool:
        """Make a record current and visible; False when it is not in the list."""
        row = self._records.row_of(record)
        if row < 0:
            return False
        self._set_row(row)
        return True

    def _set_row(self, row: int) -> None:
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        index = self._records.index(row, 0)
        self.selectionModel().setCurrentIndex(index, flags)
        self.scrollTo(index)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()
        if current.row() != previous.row() and current.isValid():
            self.current_changed.emit(self._records.id_at(current.row()))

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.viewport().update()

    def _remember(self) -> None:
        self._keep = self.current_id() or self._keep
        self._keep_top = self.verticalScrollBar().value()

    def _recall(self) -> None:
        if self._keep and self._records.row_of(self._keep) >= 0:
            self.verticalScrollBar().setValue(self._keep_top)
            self.go_to(self._keep)
        elif self._records.rowCount():
            self._set_row(0)
        else:
            self.current_changed.emit("")

    def want_current(self, record: str) -> None:
        """Make this record current as soon as the list has it."""
        self._keep = record
        self.go_to(record)

    # -- keys --------------------------------------------------------------------------------------------------

    @staticmethod
    def answered_keys() -> tuple[tuple[str, str], ...]:
        """What `keyPressEvent` answers, for the list of keys (帮助 › 键位)."""
        tr = QCoreApplication.translate
        return (
            ("Enter", tr("RecordTable", "打开这一行")), ("Space", tr("RecordTable", "打勾，可以勾许多行一起改")),
            ("Home", tr("RecordTable", "第一行")), ("End", tr("RecordTable", "最后一行")),
            ("Ctrl+C", tr("RecordTable", "复制选中的行，可以贴进 Excel")),
            (tr("RecordTable", "直接打字"), tr("RecordTable", "边打边查：汉字、拼音首字母、编号")),
        )  # fmt: skip

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = event.key(), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            if self.current_id():
                self.opened.emit(self.current_id())
        elif key == Qt.Key.Key_Space and plain:
            self._records.set_ticked(self.selected_rows())
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        elif key == Qt.Key.Key_Home and plain and self._records.rowCount():
            self._set_row(0)
        elif key == Qt.Key.Key_End and plain and self._records.rowCount():
            self._set_row(self._records.rowCount() - 1)
        elif plain and event.text().strip() and event.text().isprintable():
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Qt's own search would read every row; typing goes to the search field instead."""

    def copy_rows(self) -> None:
        """Selected rows (at most 20,000 that have come) as tab-separated text; ID numbers stay text in WPS."""
        shown, titles = [key for key, _width in self.columns_shown()], {c.key: c.title for c in self._records.columns}
        lines = ["\t".join(titles[key] for key in shown)]
        for row in self.selected_rows()[:20_000]:
            values = self._records.values_at(row)
            if values is not None:
                pairs = zip(self._records.columns, values, strict=False)
                cells = {column.key: one_cell(cell_text(column, value)) for column, value in pairs}
                lines.append("\t".join(cells[key] for key in shown))
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _sort_by(self, section: int) -> None:
        column = self._records.columns[section]
        if not column.sort_key:
            return
        same = self._records.query.sort == column.sort_key
        down = same and not self._records.query.descending
        self._records.sort(section, Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder)
        self.horizontalHeader().viewport().update()

    # -- painting ----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        index = self.currentIndex()
        if index.isValid() and self.hasFocus():
            top, height = self.rowViewportPosition(index.row()), self.rowHeight(index.row())
            header = self.horizontalHeader()
            width = min(self.viewport().width(), header.length() - header.offset())
            paint_focus_ring(QPainter(self.viewport()), QRect(0, top, width, height - 1))

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        self.viewport().update()
        if not self.currentIndex().isValid() and self._records.rowCount():
            self._set_row(0)

    def focusOutEvent(self, event: object) -> None:
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.viewport().update()


def one_cell(text: str) -> str:
    """Text safe to paste: no tabs or line ends; long digit strings and formula signs stay text."""
    flat = " ".join(text.split())
    digits = flat.isdigit() and len(flat) > 11
    formula = flat.startswith(("=", "@", "+")) or (flat.startswith("-") and not _is_figure(flat))
    return f"'{flat}" if digits or formula else flat


def _is_figure(text: str) -> bool:
    return text.lstrip("-").replace(",", "").replace(".", "", 1).isdigit()


class RecordList(QWidget):
    """`RecordList(model, parent=None)`: table, foot, and what stands in the table's place when it is empty.

    `set_empty(never, filtered)`: two `EmptyState`s (no records at all; none that fit). `set_filtering(function)`
    tells which of them. `set_sums(left, right)` pins a sum line instead of the range and keys foot;
    `add_tick_action(Button)` adds to the bar that stands there while rows are ticked.
    Signals of the table are repeated: `opened`, `current_changed`, `typed`.
    """

    opened = Signal(str)
    current_changed = Signal(str)
    typed = Signal(str)

    def __init__(self, model: RecordTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self.table = RecordTable(model)
        self._filtering: Callable[[], bool] = lambda: False
        self._never: QWidget | None = None
        self._none: QWidget | None = None
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.table)
        lines.addWidget(holder, 1)
        self._foot = Panel("foot")
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        self._range = ElidedLabel("", "caption")
        self._keys = Label(self.tr("↑↓ 移动   Enter 打开   空格 勾选"), "caption")
        row.addWidget(self._range, 1)
        row.addWidget(self._keys)
        lines.addWidget(self._foot)
        self._sums = Panel("sums")
        row = QHBoxLayout(self._sums)
        row.setContentsMargins(10, 0, 10, 0)
        self._sum_left, self._sum_right = ElidedLabel("", "bold"), Label("", "bold")
        row.addWidget(self._sum_left, 1)
        row.addWidget(self._sum_right)
        self._sums.hide()
        self._ticks = Panel("sums")
        row = QHBoxLayout(self._ticks)
        row.setContentsMargins(10, 0, 10, 0)
        row.setSpacing(8)
        self._ticked = Label("", "bold")
        self._tick_actions = QHBoxLayout()
        self._tick_actions.setSpacing(8)
        row.addWidget(self._ticked)
        row.addStretch(1)
        row.addLayout(self._tick_actions)
        untick = Button(self.tr("取消勾选"), "quiet", small=True)
        untick.clicked.connect(model.clear_ticks)
        row.addWidget(untick)
        self._ticks.hide()
        lines.addWidget(self._ticks)
        lines.addWidget(self._sums)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(400)
        self._slow.timeout.connect(self._say_loading)
        self.table.opened.connect(self.opened)
        self.table.current_changed.connect(self.current_changed)
        self.table.typed.connect(self.typed)
        self.table.verticalScrollBar().valueChanged.connect(self._show_range)
        model.loaded.connect(self._loaded)
        model.loading.connect(self._loading)
        model.ticks_changed.connect(self._show_ticks)
        self.setFocusProxy(self.table)
        theme().changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self._foot.setFixedHeight(theme().px("table_header"))
        self._sums.setFixedHeight(theme().px("row"))
        self._ticks.setFixedHeight(theme().px("row") + 4)

    def add_tick_action(self, button: Button) -> Button:
        """A button that stands at the foot while rows are ticked."""
        self._tick_actions.addWidget(button)
        return button

    def ticked_text(self) -> str:
        """What the bar says of the ticked rows, "" while none is."""
        return self._ticked.text() if self.model.has_ticks() else ""

    def _show_ticks(self, count: int) -> None:
        self._ticks.setVisible(bool(count))
        words = self.tr("已勾选 {n:,} 行").format(n=count)
        hidden = self.model.hidden_ticks()
        self._ticked.setText(words + (self.tr("，{n:,} 行没列出").format(n=hidden) if hidden else ""))

    def set_empty(self, never: QWidget, filtered: QWidget) -> None:
        """What to show without any record, and when none fits the filter."""
        self._never, self._none = never, filtered
        self._stack.addWidget(never)
        self._stack.addWidget(filtered)

    def set_filtering(self, filtering: Callable[[], bool]) -> None:
        """A function that says whether the list is filtered now."""
        self._filtering = filtering

    def set_sums(self, left: str, right: str) -> None:
        """Pin a sum line at the foot; empty words take it away."""
        self._sum_left.setText(left)
        self._sum_right.setText(right)
        self._sums.setVisible(bool(left or right))
        self._foot.setVisible(not (left or right))

    def sums(self) -> tuple[str, str]:
        """The sum line shown."""
        return self._sum_left.text(), self._sum_right.text()

    def range_text(self) -> str:
        """What the foot says about the rows in view."""
        return self._range.text()

    def _loading(self, on: bool) -> None:
        self._slow.start() if on else self._slow.stop()

    def _say_loading(self) -> None:
        self._range.setText(self.tr("正在取"))

    def _loaded(self, count: int) -> None:
        place: QWidget = self.table
        if count == 0 and self._never is not None and self._none is not None:
            place = self._none if self._filtering() else self._never
        self._stack.setCurrentWidget(place)
        self._show_range()
        if self.model.has_ticks():
            self._show_ticks(len(self.model.ticked()))

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._show_range()

    def _show_range(self) -> None:
        total = self.model.rowCount()
        if self.model.is_loading() or not total:
            self._range.setText("")
            return
        first = max(0, self.table.rowAt(0))
        fit = max(1, self.table.viewport().height() // max(1, self.table.rowHeight(0)))
        words = self.tr("第 {a:,} 至 {b:,} 行，共 {n:,} 行").format(a=first + 1, b=min(first + fit, total), n=total)
        self._range.setText(words)
