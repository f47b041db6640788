"""Lists: ids at once, rows by the page on other threads, order and filter asked of the source, keys, copying, sums."""

from __future__ import annotations

import threading
import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from desktop.ui.models.record_table import Column, Query, RecordTableModel, cell_text
from desktop.ui.widgets.record_list import RecordList
from desktop.ui.workers import Gates
from tests.ui.conftest import InventedRows

COLUMNS = [
    Column("head", "户主", 90, "name"),
    Column("members", "人口", 46, "number"),
    Column("income", "人均纯收入 元", 110, "money"),
    Column("kind", "类别", 120, "chip", sort=""),
]


def shown(qtbot: QtBot, gates: Gates, source: InventedRows) -> RecordList:
    """A list of the source's rows, painted."""
    model = RecordTableModel(COLUMNS, source, gates)
    view = RecordList(model)
    model.setParent(view)
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    model.ask(Query())
    qtbot.waitUntil(lambda: model.rowCount() == source.count and model.values_at(0) is not None)
    return view


def test_rows_come_from_other_threads(qtbot: QtBot, gates: Gates, rows: InventedRows) -> None:
    view = shown(qtbot, gates, rows)
    assert threading.get_ident() not in rows.threads
    index = view.model.index(3, 2)
    assert index.data() == "8,312.53"
    assert view.model.index(3, 3).data() == "边缘户"
    assert view.range_text().endswith("共 1,000 行")


def test_two_hundred_thousand_rows_open_quickly_and_scroll_without_a_stall(qtbot: QtBot, gates: Gates) -> None:
    source = InventedRows(200_000)
    source.count_and_ids(Query())  # making the invented ids is not the list's work
    ids = source.count_and_ids(Query())
    source.count_and_ids = lambda query: ids  # type: ignore[method-assign]
    begin = time.thread_time()  # what the UI thread itself does: other processes may have the cores meanwhile
    view = shown(qtbot, gates, source)
    opened = time.thread_time() - begin
    slowest = 0.0
    for step in range(40):
        begin = time.thread_time()
        view.table.verticalScrollBar().setValue(step * 4_900)
        QApplication.processEvents()
        slowest = max(slowest, time.thread_time() - begin)
    bottom = view.model.rowCount() - 1
    view.table.scrollToBottom()
    qtbot.waitUntil(lambda: view.model.values_at(bottom) is not None)
    assert opened < 0.6 and slowest < 0.1, (opened, slowest)
    assert len(source.pages) < 200  # pages scrolled past are given up, not all fetched


def test_sorting_asks_the_source_and_keeps_the_current_record(qtbot: QtBot, gates: Gates, rows: InventedRows) -> None:
    view = shown(qtbot, gates, rows)
    record = view.model.id_at(7)
    view.table.go_to(record)
    header = view.table.horizontalHeader()
    for expected in (("head", False), ("head", True)):
        with qtbot.waitSignal(view.model.loaded):
            qtbot.mouseClick(
                header.viewport(), Qt.MouseButton.LeftButton, pos=_middle(header, 0)
            )
        assert (rows.queries[-1].sort, rows.queries[-1].descending) == expected
        assert view.table.current_id() == record
    assert view.model.headerData(0, Qt.Orientation.Horizontal, Qt.ItemDataRole.AccessibleTextRole) == "户主，降序"
    asked = len(rows.queries)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=_middle(header, 3))
    assert len(rows.queries) == asked  # a column without a sort key does nothing


def _middle(header: object, section: int) -> object:
    from PySide6.QtCore import QPoint

    left = header.sectionViewportPosition(section)  # type: ignore[attr-defined]
    return QPoint(left + 10, 10)


def test_keys_move_tick_open_and_type(qtbot: QtBot, gates: Gates, rows: InventedRows) -> None:
    view = shown(qtbot, gates, rows)
    table = view.table
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Home)
    assert table.current_id() == view.model.id_at(0)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert table.current_id() == view.model.id_at(1)
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.current_id() == view.model.id_at(999)
    qtbot.keyClick(table, Qt.Key.Key_Home)
    qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert view.model.ticked() == [view.model.id_at(0), view.model.id_at(1)]
    assert view.ticked_text() == "已勾选 2 行"
    with qtbot.waitSignal(view.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [view.model.id_at(1)]
    with qtbot.waitSignal(view.typed) as typed:
        qtbot.keyClick(table, Qt.Key.Key_C)
    assert typed.args == ["c"]


def test_copied_rows_are_text_and_cannot_become_formulas(qtbot: QtBot, gates: Gates) -> None:
    source = InventedRows(3)
    source.rows = lambda ids: [  # type: ignore[method-assign]
        ("=1+1", 4, -5, None), ("44079919900101001X", 4, 0, None), ("440799199001010010", None, 1, None)
    ]  # fmt: skip
    view = shown(qtbot, gates, source)
    view.table.selectAll()
    qtbot.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].split("\t") == ["户主", "人口", "人均纯收入 元", "类别"]
    assert lines[1].split("\t") == ["'=1+1", "4", "-0.05", ""]
    assert lines[2].split("\t") == ["44079919900101001X", "4", "0.00", ""]
    assert lines[3].split("\t") == ["'440799199001010010", "", "0.01", ""]


def test_nothing_to_show(qtbot: QtBot, gates: Gates, rows: InventedRows) -> None:
    view = shown(qtbot, gates, rows)
    never, none = QLabel("还没有住户"), QLabel("没有符合的")
    view.set_empty(never, none)
    view.set_filtering(lambda: True)
    with qtbot.waitSignal(view.model.loaded):
        view.model.ask(Query(text="没有这样的"))
    assert none.isVisible() and not view.table.isVisible()
    with qtbot.waitSignal(view.model.loaded):
        view.model.ask(Query())
    assert view.table.isVisible()


def test_a_refresh_keeps_rows_visible_until_new_ones_come(qtbot: QtBot, gates: Gates, rows: InventedRows) -> None:
    view = shown(qtbot, gates, rows)
    old = rows.rows
    rows.rows = lambda ids: [("改名", 1, 2, None) for _ in ids]  # type: ignore[method-assign]
    view.model.refresh()
    assert view.model.index(0, 0).data() == "样户0"
    qtbot.waitUntil(lambda: view.model.index(0, 0).data() == "改名")
    rows.rows = old  # type: ignore[method-assign]


def test_amounts_are_never_rounded() -> None:
    wan = Column("v", "原值 万元", kind="wan")
    assert cell_text(wan, 420_000_00) == "42.00"
    assert cell_text(wan, 1) == "0.000001"
    assert cell_text(wan, -67_243_601) == "-67.243601"
    assert cell_text(wan, 0) == "0.00" and cell_text(Column("v", "原值", empty="未填"), None) == "未填"
    assert cell_text(Column("v", "元", kind="money"), 123_456_789_05) == "123,456,789.05"


def test_a_column_of_wan_has_one_number_of_decimals_and_two_unless_an_amount_needs_more(
    qtbot: QtBot, gates: Gates
) -> None:
    source = InventedRows(200)
    amounts = dict.fromkeys(source.count_and_ids(Query()), 790000)
    source.rows = lambda ids: [("样户", amounts[record]) for record in ids]  # type: ignore[method-assign]
    model = RecordTableModel([COLUMNS[0], Column("v", "原值 万元", kind="wan")], source, gates)
    model.ask(Query())
    qtbot.waitUntil(lambda: model.rowCount() == 200)
    assert model.index(0, 1).data() == "0.79"
    amounts[model.id_at(150)] = 123_456_700  # finer, on a page that has not come yet
    qtbot.waitUntil(lambda: model.index(150, 1).data() == "123.4567")
    assert model.index(0, 1).data() == "0.7900"
    amounts[model.id_at(150)] = 0
    model.ask(Query(text="样"))  # another question begins with two again
    qtbot.waitUntil(lambda: model.index(0, 1).data() == "0.79")
