"""A table of records for lists of any length: ids in one array, rows fetched by the page on worker threads.

The order and the filter are the source's business (SQL on a worker); the model holds ids and a cache of pages. Rows
that have not come yet are empty placeholders, so that scrolling never waits. `RecordSource` is what a source gives.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from desktop.common.errors import Cancelled
from desktop.common.money import format_wan, wan_decimals
from desktop.ui.widgets.masking import masked_number
from desktop.ui.workers import Gates, Priority, Task, Work

Index = QModelIndex | QPersistentModelIndex

PAGE_ROWS = 64
CACHED_PAGES = 160
"""Pages kept (10,240 rows): what one scrolls back to is there at once, a 200,000-row list stays small."""

CellKind = Literal["text", "name", "quiet", "number", "money", "wan", "chip", "status", "date", "masked"]


@dataclass(frozen=True)
class Column:
    """One column of a list.

    `kind`: text; name (what the row is called); quiet (text_3); number (int, with thousands commas); money (int 分,
    shown in 元); wan (int 分 shown in 万元, all with the decimals the column's most exact amount needs); chip or status
    (a `Chip` or None); date (text as it is); masked (a number of a person: masked on the screen and when copied).
    `empty` is shown for None: on the screen unknown is 未填 or nothing, never 0. `sort` is the source's sort key
    ("" = not sortable; default the column's key). `optional` columns are shown when a person chooses them (选列).
    """

    key: str
    title: str
    width: int = 96
    kind: CellKind = "text"
    empty: str = ""
    stretch: bool = False
    sort: str | None = None
    decimals: int = 2
    optional: bool = False

    @property
    def sort_key(self) -> str:
        """What the source sorts by."""
        return self.key if self.sort is None else self.sort

    @property
    def right(self) -> bool:
        """Whether the cell is a figure, aligned right."""
        return self.kind in ("number", "money", "wan")


@dataclass(frozen=True)
class Query:
    """What a list asks its source: typed text, filters by key, sort key and direction."""

    text: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False


class RecordSource(Protocol):
    """Where a list gets its rows. Both functions run on worker threads and may be called at the same time."""

    def count_and_ids(self, query: Query) -> Sequence[str]:
        """The ids that answer the query, in order (len() is the count)."""

    def rows(self, ids: Sequence[str]) -> Sequence[tuple[Any, ...] | None]:
        """One tuple of cell values per id, in the order of the model's columns; None for an id that is gone."""


@dataclass(frozen=True)
class Summary:
    """What a source may add through an optional `summary(query)`: count of all records and sums by column key (分)."""

    total: int = 0
    sums: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


class RecordTableModel(QAbstractTableModel):
    """`RecordTableModel(columns, source, gates, parent=None)`: `ask(query)` shows something, `refresh()` after a write.

    `loaded(n)` after ids came, `summarised(Summary)` when the source gives one, `failed(error)`, `loading(bool)`.
    `IdRole` gives a row's id, `ValueRole` a cell's value, `ReadyRole` whether the row has come.
    """

    IdRole = Qt.ItemDataRole.UserRole + 1
    ValueRole = Qt.ItemDataRole.UserRole + 2
    ReadyRole = Qt.ItemDataRole.UserRole + 3
    TickRole = Qt.ItemDataRole.UserRole + 4

    loaded = Signal(int)
    summarised = Signal(object)
    failed = Signal(object)
    loading = Signal(bool)
    ticks_changed = Signal(int)

    def __init__(
        self, columns: Sequence[Column], source: RecordSource, gates: Gates, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = list(columns)
        self.source, self.gates = source, gates
        self.query = Query()
        self._ids: Sequence[str] = ()
        self._pages: OrderedDict[int, Sequence[tuple[Any, ...] | None]] = OrderedDict()
        self._stale: OrderedDict[int, Sequence[tuple[Any, ...] | None]] = OrderedDict()
        self._asked: dict[int, Task] = {}
        self._wanted: list[int] = []
        self._generation = 0
        self._ticked: set[str] = set()
        self._asking = False
        self._said = False
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(0)
        self._gather.timeout.connect(self._fetch)

    # -- asking ------------------------------------------------------------------------------------------------

    def ask(self, query: Query) -> None:
        """Show what answers the query; what is shown stays until the answer is there."""
        self.query = query
        self._load(keep_rows=False)

    def refresh(self) -> None:
        """The same question again, after a write: rows stay visible while they are fetched anew."""
        self._load(keep_rows=True)

    def is_loading(self) -> bool:
        """Whether the ids are being fetched."""
        return self._asking

    def _load(self, *, keep_rows: bool) -> None:
        self._generation += 1
        self._said = False
        generation, query, source = self._generation, self.query, self.source
        self._asking = True
        self.loading.emit(True)

        def function(work: Work) -> tuple[Sequence[str], Sequence[tuple[Any, ...] | None]]:
            ids = source.count_and_ids(query)
            work.check()
            return ids, source.rows(ids[:PAGE_ROWS]) if ids else ()  # the first page comes with its ids

        self.gates.read(
            function,
            lambda found: self._show_ids(generation, found[0], found[1], keep_rows),
            owner=self,
            key=f"ids-{id(self)}",
            fail=lambda error: self._fail(generation, error),
        )
        summary = getattr(source, "summary", None)
        if summary is not None:
            self.gates.read(
                lambda _work: summary(query),
                lambda found: self.summarised.emit(found) if generation == self._generation else None,
                owner=self,
                key=f"summary-{id(self)}",
                priority=Priority.AHEAD,
                fail=lambda error: self._fail(generation, error),
            )

    def _fail(self, generation: int, error: BaseException) -> None:
        if generation == self._generation:
            self._asking = False
            self.loading.emit(False)
            self.failed.emit(error)

    def _show_ids(
        self, generation: int, ids: Sequence[str], first: Sequence[tuple[Any, ...] | None], keep_rows: bool
    ) -> None:
        if generation != self._generation:
            return
        same = keep_rows and len(ids) == len(self._ids) and list(ids) == list(self._ids)
        self._asking = False
        for task in self._asked.values():
            task.stop()
        self._asked.clear()
        if same:
            self._stale, self._pages = self._pages, OrderedDict([(0, first)])
            self._need_decimals(first)
            last = self.index(len(ids) - 1, len(self.columns) - 1)
            if last.isValid():
                self.dataChanged.emit(self.index(0, 0), last)
        else:
            self.beginResetModel()
            self._need_decimals(first, fresh=not keep_rows)
            self._ids = ids
            self._pages.clear()
            self._stale.clear()
            if ids:
                self._pages[0] = first
            self.endResetModel()
        self.loading.emit(False)
        self.loaded.emit(len(ids))

    # -- rows --------------------------------------------------------------------------------------------------

    def _row(self, row: int) -> tuple[Any, ...] | None:
        page = row // PAGE_ROWS
        rows = self._pages.get(page)
        if rows is None:
            self._want(page)
            rows = self._stale.get(page)
            if rows is None:
                return None
        else:
            self._pages.move_to_end(page)
        place = row - page * PAGE_ROWS
        return rows[place] if place < len(rows) else None

    def _want(self, page: int) -> None:
        if page not in self._asked and page not in self._wanted:
            self._wanted.append(page)
            if not self._gather.isActive():
                self._gather.start()

    def _fetch(self) -> None:
        """Ask for the pages painted since the last turn of the event loop; pages scrolled past are given up."""
        wanted, self._wanted = self._wanted, []
        if not wanted:
            return
        low, high = min(wanted) - 1, max(wanted) + 1
        for page, task in list(self._asked.items()):
            if not low <= page <= high:
                task.stop()
                del self._asked[page]
        for page in (low, high):
            ahead = 0 <= page * PAGE_ROWS < len(self._ids)
            if ahead and page not in self._pages and page not in self._asked:
                self._request(page, Priority.AHEAD)
        for page in wanted:
            self._request(page, Priority.NOW)

    def _request(self, page: int, priority: Priority) -> None:
        ids = list(self._ids[page * PAGE_ROWS : (page + 1) * PAGE_ROWS])
        generation, source = self._generation, self.source
        self._asked[page] = self.gates.read(
            lambda work: source.rows(ids),
            lambda rows: self._take(generation, page, rows),
            owner=self,
            priority=priority,
            fail=lambda error: self._lose(generation, page, error),
        )

    def _take(self, generation: int, page: int, rows: Sequence[tuple[Any, ...] | None]) -> None:
        if generation != self._generation:
            return
        self._asked.pop(page, None)
        self._stale.pop(page, None)
        self._pages[page] = rows
        while len(self._pages) > CACHED_PAGES:
            self._pages.popitem(last=False)
        first = page * PAGE_ROWS
        last = min(first + PAGE_ROWS, len(self._ids)) - 1
        if self._need_decimals(rows):  # the rows above are written with more decimals from now on
            first, last = 0, len(self._ids) - 1
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _need_decimals(self, rows: Sequence[tuple[Any, ...] | None], *, fresh: bool = False) -> bool:
        """Give each 万元 column the decimals its most exact amount seen so far needs; whether one needs more now."""
        more = False
        for place, column in enumerate(self.columns):
            if column.kind == "wan":
                need = wan_decimals(row[place] for row in rows if row is not None and row[place] is not None)
                if need > column.decimals or (fresh and need != column.decimals):
                    self.columns[place] = replace(column, decimals=need)
                    more = True
        return more

    def _lose(self, generation: int, page: int, error: BaseException) -> None:
        """A page could not be fetched: its rows stay empty until the next question, and it is said once."""
        if generation != self._generation or isinstance(error, Cancelled):
            return  # given up while one scrolled: it may have been asked for anew since
        if self._asked.pop(page, None) is not None:
            self._pages[page] = ()
            if not self._said:
                self._said = True
                self.failed.emit(error)

    # -- ids and ticks -----------------------------------------------------------------------------------------

    def ids(self) -> Sequence[str]:
        """All ids in order."""
        return self._ids

    def id_at(self, row: int) -> str:
        """Id of a row, "" when there is none."""
        return self._ids[row] if 0 <= row < len(self._ids) else ""

    def row_of(self, record: str) -> int:
        """Row of an id, -1 when it is not in the list."""
        try:
            return self._ids.index(record)  # a scan of 200,000 ids takes a few ms, a dictionary of them 80
        except ValueError:
            return -1

    def values_at(self, row: int) -> tuple[Any, ...] | None:
        """Cell values of a row, None while it has not come."""
        return self._row(row)

    def ticked(self) -> list[str]:
        """Ids ticked with the space bar: those of the list in its order, then those the filter hides now."""
        if not self._ticked:
            return []
        here = [record for record in self._ids if record in self._ticked]
        return here + sorted(self._ticked.difference(here))

    def hidden_ticks(self) -> int:
        """How many ticked records the present filter hides."""
        return len(self._ticked.difference(self._ids)) if self._ticked else 0

    def set_ticked(self, rows: Sequence[int], on: bool | None = None) -> None:
        """Tick or untick rows; without `on` they are all ticked unless all are already."""
        records = [self.id_at(row) for row in rows]
        value = on if on is not None else not all(record in self._ticked for record in records)
        (self._ticked.update if value else self._ticked.difference_update)(records)
        if rows:
            self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), 0), [self.TickRole])
        self.ticks_changed.emit(len(self._ticked))

    def clear_ticks(self) -> None:
        """Untick everything."""
        self._ticked.clear()
        self.ticks_changed.emit(0)
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, 0), [self.TickRole])

    def has_ticks(self) -> bool:
        """Whether any row is ticked."""
        return bool(self._ticked)

    # -- Qt ----------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == self.IdRole:
            return self._ids[row]
        if role == self.TickRole:
            return self._ids[row] in self._ticked
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self.columns[column].right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        values = self._row(row)
        if role == self.ReadyRole:
            return values is not None
        if values is None:
            return None
        if role == self.ValueRole:
            return values[column]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cell_text(self.columns[column], values[column])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.columns[column].title}：{cell_text(self.columns[column], values[column])}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole and column.sort_key == self.query.sort:
            return self.tr("{title}，降序").format(title=column.title) if self.query.descending else self.tr(
                "{title}，升序"
            ).format(title=column.title)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Ask the source for the same rows in another order; -1 is the source's own order."""
        key = self.columns[column].sort_key if 0 <= column < len(self.columns) else ""
        descending = bool(key) and order == Qt.SortOrder.DescendingOrder
        if (key, descending) != (self.query.sort, self.query.descending):
            self.ask(replace(self.query, sort=key, descending=descending))


def cell_text(column: Column, value: Any) -> str:
    """A cell's text as shown and copied. Money (int 分) exactly: 元 with two decimals, 万元 with `decimals` or more."""
    if value is None:
        return column.empty
    if column.kind == "money":
        return yuan_text(value)
    if column.kind == "wan":
        return format_wan(value, max(column.decimals, wan_decimals([value])))
    if column.kind == "number":
        return f"{value:,}"
    if column.kind == "masked":
        return masked_number(str(value))
    return str(getattr(value, "text", value))


def yuan_text(fen: int) -> str:
    """分 as 元: 8,200.00."""
    sign, amount = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{amount // 100:,}.{amount % 100:02d}"
