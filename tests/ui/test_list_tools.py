"""What every list offers: views kept under a name, columns in order and width, and what it shows as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from desktop.app.list_views import WindowMemory, list_views
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.pages.household import HouseholdPage
from tests.ui.conftest import close_window, held_back, shown_window

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot: QtBot, ws: Workspace, kept: QSettings) -> Iterator[MainWindow]:
    """The window on the register, which remembers what was set up for the lists."""
    made = shown_window(qtbot, ws, kept, memory=WindowMemory(ws))
    yield made
    close_window(qtbot, made)


def household_page(qtbot: QtBot, window: MainWindow) -> HouseholdPage:
    """住户 with its rows."""
    window.open(Address("household"))
    page = window.current_page()
    assert isinstance(page, HouseholdPage)
    qtbot.waitUntil(lambda: page.model.rowCount() > 0 and not window.gates.busy())
    return page


def choose_columns(qtbot: QtBot, page: HouseholdPage, *keys: str) -> None:
    """Tick further columns in the dialog and take them."""
    page.tools.more.choose("选列")
    dialog = page.tools.columns_dialog
    assert dialog is not None
    for key in keys:
        dialog.tick(key, True)
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)


def test_a_view_brings_back_filter_order_and_columns(qtbot: QtBot, window: MainWindow, ws: Workspace) -> None:
    page = household_page(qtbot, window)
    total = page.model.rowCount()
    page.filters.search.setText("虚岭")
    page.list.table._sort_by(4)  # 人均纯收入, from small to large
    choose_columns(qtbot, page, "phone")
    page.list.table.setColumnWidth(1, 222)
    qtbot.waitUntil(lambda: 0 < page.model.rowCount() < total and not window.gates.busy())
    shown, ids = page.list.table.columns_shown(), list(page.model.ids())
    page.tools.ask_name()
    dialog = page.tools.name_dialog
    assert dialog is not None and not dialog.go.isEnabled()
    qtbot.keyClicks(dialog.field, "x" * 21)
    assert not dialog.go.isEnabled() and "最多 20 个字" in dialog.said.text()
    dialog.field.setText("虚岭收入")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.tools.views.text() == "视图：虚岭收入" and not window.gates.busy())
    page.filters.clear()
    page.list.table.show_columns([])
    page.list.table._sort_by(0)
    qtbot.waitUntil(lambda: page.model.rowCount() == total and not window.gates.busy())
    assert page.tools.views.text() == "我的视图" and page.list.table.columns_shown() != shown
    page.tools._fill_views()
    page.tools.views.choose("虚岭收入")
    qtbot.waitUntil(lambda: list(page.model.ids()) == ids)
    assert page.list.table.columns_shown() == shown and page.filters.search.text() == "虚岭"
    assert dict(shown)["village"] == 222
    page.tools.delete()
    qtbot.waitUntil(lambda: not list_views(ws, "household"))


def test_what_was_typed_is_remembered_but_never_in_clear(
    qtbot: QtBot, window: MainWindow, ws: Workspace, kept: QSettings, tmp_path: Path
) -> None:
    page = household_page(qtbot, window)
    page.filters.search.setText("陈样秘")
    page.list.table.show_columns([("head_name", 90), ("phone", 130), ("village", 120)])
    qtbot.waitUntil(lambda: not window.gates.busy())
    window.remember()
    secret = "陈样秘".encode()
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert not [p for p in files if secret in p.read_bytes()]
    assert "陈样秘" not in "".join(str(kept.value(key)) for key in kept.allKeys())
    again = shown_window(qtbot, ws, kept, memory=WindowMemory(ws))
    qtbot.addWidget(again)
    again.open(Address("household"))
    other = again.current_page()
    assert isinstance(other, HouseholdPage)
    assert other.filters.search.text() == "陈样秘"
    assert [key for key, _width in other.list.table.columns_shown()] == ["head_name", "phone", "village"]


def test_ctrl_e_saves_what_the_list_shows(qtbot: QtBot, window: MainWindow, ws: Workspace, tmp_path: Path) -> None:
    page = household_page(qtbot, window)
    name = page.model.index(1, 0).data()
    with ws.write("改名", table="household") as scope:
        record = page.model.id_at(1)
        scope.change("household", record, {"head_name": "=1+1样"}, ws.register.seen("household", record))
    choose_columns(qtbot, page, "head_id_no")
    qtbot.waitUntil(lambda: page.model.index(1, 0).data() not in (name, None) and not window.gates.busy())
    window.activateWindow()  # offscreen has no window manager that would give it back after a dialog
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(page.list.table, Qt.Key.Key_E, CTRL)
    dialog = page.tools.save_dialog
    assert dialog is not None and dialog.all.text() == "现在列出的 40 行"
    dialog.whole.setChecked(True)
    assert not dialog.go.isEnabled() and dialog.hint.text() == "还差用途"
    dialog.reject()
    for target, whole in ((tmp_path / "遮.xlsx", False), (tmp_path / "全.xlsx", True)):
        page.tools.write_table(target, ticked=False, with_id=whole, purpose="报县局核对" if whole else "")
        qtbot.waitUntil(lambda target=target: target.exists() and not window.gates.busy())
        book = openpyxl.load_workbook(target)
        sheet, about = book.worksheets
        head = [cell.value for cell in sheet[1]]
        assert head == ["户主", "村、组", "人口", "类别", "人均纯收入 元", "疑点", "户主证件号"] and sheet.max_row == 41
        numbers = [str(row[6].value) for row in sheet.iter_rows(min_row=2) if row[6].value]
        assert numbers and all(("*" in number) != whole for number in numbers)
        evil = next(cell for cell in sheet["A"] if cell.value == "=1+1样")
        assert evil.data_type == "s"
        fen = (ws.register.row("household", page.model.id_at(2)) or {})["per_capita_income_fen"]
        assert f"{sheet.cell(4, 5).value:,.2f}" == format_yuan(fen)
        assert {row[0].value: row[1].value for row in about.iter_rows()}["行数"] == "40"
    with ws.register.reading() as sql:
        logged = [tuple(r) for r in sql.rows("SELECT what,purpose,rows,with_id FROM plain_export ORDER BY at_ms")]
    assert logged == [("list 住户", "", 40, 0), ("list 住户", "报县局核对", 40, 1)]


def test_ticked_rows_alone_and_a_refusal_without_the_right(
    qtbot: QtBot, window: MainWindow, ws: Workspace, tmp_path: Path
) -> None:
    page = household_page(qtbot, window)
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(page.list.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(page.list.table, Qt.Key.Key_Space)
    assert len(page.model.ticked()) == 3
    page.tools.write_table(tmp_path / "三.xlsx", ticked=True, with_id=False, purpose="")
    qtbot.waitUntil(lambda: (tmp_path / "三.xlsx").exists() and not window.gates.busy())
    assert openpyxl.load_workbook(tmp_path / "三.xlsx").worksheets[0].max_row == 4
    ws.register.role = "surveyor"
    page.tools.write_table(tmp_path / "不.xlsx", ticked=True, with_id=False, purpose="")
    qtbot.waitUntil(lambda: window.message is not None and window.message.isVisible())
    assert not (tmp_path / "不.xlsx").exists() and "不能导出明文" in window.message.body.text()  # type: ignore[union-attr]
    window.message.accept()  # type: ignore[union-attr]


def test_ticked_rows_are_changed_together_with_a_preview_and_undo(
    qtbot: QtBot, window: MainWindow, ws: Workspace
) -> None:
    page = household_page(qtbot, window)
    page.list.table.setFocus()
    qtbot.keyClick(page.list.table, Qt.Key.Key_A, CTRL)
    qtbot.keyClick(page.list.table, Qt.Key.Key_Space)
    button = page.tools.bulk_button
    assert len(page.model.ticked()) == 40 and button is not None and button.isVisible()
    before = ws.register.digest()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    dialog = page.tools.bulk_dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.plan is not None)
    dialog.field.set_value("helper_name")
    line = dialog.editor().widget
    line.setFocus()
    with held_back(window.gates, "bulk-") as late:
        dialog._ask()
    assert late.came.wait(20)
    qtbot.keyClicks(line, "yangbang")
    dialog._soon.stop()
    late.set()
    qtbot.waitUntil(lambda: not window.gates.busy())
    assert dialog.plan is None and not dialog.go.isEnabled(), "the preview is of what stood there before"
    dialog._ask()
    qtbot.waitUntil(lambda: dialog.plan is not None and dialog.plan.lines[0].after == "yangbang")
    assert dialog.counts.text() == "将改 40 户" and dialog.preview.rows.rowCount() == 40
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.toast_text() == "已改 40 户" and not window.gates.busy())
    assert not page.model.has_ticks() and not button.isVisible()
    assert all((ws.register.row("household", i) or {})["helper_name"] == "yangbang" for i in page.model.ids())
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: not window.gates.busy() and ws.register.digest() == before)


def test_ticks_outlive_the_filter_and_all_rows_are_ticked_at_once(qtbot: QtBot, window: MainWindow) -> None:
    page = household_page(qtbot, window)
    page.model.set_ticked([0, 5])
    first, second = page.model.id_at(0), page.model.id_at(5)
    page.filters.search.setText(str(page.model.index(0, 0).data()))
    qtbot.waitUntil(lambda: 0 < page.model.rowCount() < 40 and not window.gates.busy())
    if second not in page.model.ids():
        assert page.model.ticked() == [first, second]
        assert page.list.ticked_text() == "已勾选 2 行，1 行没列出"
    page.filters.clear()
    qtbot.waitUntil(lambda: page.model.rowCount() == 40 and not window.gates.busy())
    page.list.table.setFocus()
    page.model.clear_ticks()
    told: list[int] = []
    page.model.dataChanged.connect(lambda *_a: told.append(1))
    page.list.table.selectAll()
    qtbot.keyClick(page.list.table, Qt.Key.Key_Space)
    assert len(page.model.ticked()) == 40 and len(told) == 1


def test_a_table_goes_out_is_edited_and_comes_back_with_its_differences_first(
    qtbot: QtBot, window: MainWindow, ws: Workspace, tmp_path: Path
) -> None:
    page = household_page(qtbot, window)
    assert {"导出可改的表", "带回改好的表"} <= set(page.tools.more.entries())
    target = tmp_path / "住户（可改）.xlsx"
    page.tools.write_editable(target)
    qtbot.waitUntil(lambda: target.exists() and not window.gates.busy())
    before = ws.register.digest()
    page.tools.read_returned(target)
    qtbot.waitUntil(lambda: "没有改动" in window.toast_text() and not window.gates.busy())

    book = openpyxl.load_workbook(target)
    sheet = book.worksheets[0]
    titles = [str(c.value) for c in sheet[1]]
    sheet.cell(2, titles.index("户类型") + 1).value = "脱贫户"
    sheet.cell(3, titles.index("户类型") + 1).value = "没有这种户"
    sheet.cell(4, titles.index("村民小组") + 1).value = "九十九组"
    book.save(target)
    page.tools.read_returned(target)
    qtbot.waitUntil(lambda: page.tools.returned_dialog is not None and not window.gates.busy())
    dialog = page.tools.returned_dialog
    assert dialog is not None and dialog.counts.text() == "将改 2 处，1 处不能写入"
    assert dialog.table.rows.rowCount() == 3 and dialog.go.text().startswith("写入 2 处")
    dialog.only_doubtful.click()
    assert dialog.table.rows.rowCount() == 1
    assert ws.register.digest() == before
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.toast_text() == "已写入 2 处" and not window.gates.busy())
    assert ws.register.digest() != before
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: not window.gates.busy() and ws.register.digest() == before)


def test_at_twice_the_scale_one_button_stays_and_the_others_go_into_the_menu(
    qtbot: QtBot, window: MainWindow
) -> None:
    page = household_page(qtbot, window)
    imported = next(button for button in page.title.buttons() if button.text() == "导入")
    window.resize(683, 349)
    qtbot.waitUntil(lambda: imported.isHidden())
    assert "导入" in page.tools.more.entries() and page.new_button.isVisible() and page.tools.views.text() == ""
    page.tools.more.choose("导入")
    assert window.current_page() is not page
    window.open(Address("household"))
    window.resize(1366, 698)
    qtbot.waitUntil(lambda: imported.isVisible())
    assert "导入" not in page.tools.more.entries() and page.tools.views.text() == "我的视图"
