"""The pages on a real register: real widgets and keys, real services and files; nothing is replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.app.records.details import asset_detail, history_lines, household_detail
from desktop.app.records.editing import open_record, save_record
from desktop.app.workspace import Workspace
from desktop.insight.lists import ListQuery, asset_ids, household_ids, villages
from desktop.reports.preview import Preview
from desktop.ui.application import palette_hits
from desktop.ui.main_window import MainWindow
from desktop.ui.models.record_table import cell_text
from desktop.ui.navigation import Address
from desktop.ui.pages.asset import AssetPage
from desktop.ui.pages.home import HomePage
from desktop.ui.pages.household import HouseholdPage
from desktop.ui.pages.page import Page, PageSpec
from desktop.ui.pages.print_preview import PrintPage
from desktop.ui.pages.settings import SettingsPage
from desktop.ui.theme import theme
from desktop.ui.widgets.share_editor import ShareRow
from tests.ui.conftest import close_window, shown_window

P = TypeVar("P", bound=Page)


@pytest.fixture
def window(qtbot: QtBot, ws: Workspace, kept: QSettings) -> Iterator[MainWindow]:
    """The window with the pages this module tries, and what Ctrl+K finds."""
    with ws.register.reading() as sql:
        known = villages(sql)
    specs = [
        PageSpec("home", lambda shell: HomePage(shell, ws)),
        PageSpec("household", lambda shell: HouseholdPage(shell, ws, known)),
        PageSpec("asset", lambda shell: AssetPage(shell, ws, known)),
        PageSpec("print", lambda shell: PrintPage(shell, ws, known), rail=True),
        PageSpec("settings", lambda shell: SettingsPage(shell, ws, kept)),
    ]
    made = shown_window(qtbot, ws, kept, specs, finder=lambda text: palette_hits(ws, text))
    yield made
    close_window(qtbot, made)


def go(qtbot: QtBot, window: MainWindow, kind: type[P], keys: str) -> P:
    """To a page by its keys (Ctrl+2 …), when it has its rows."""
    number = getattr(Qt.Key, f"Key_{keys}")
    qtbot.keyClick(window, number, Qt.KeyboardModifier.ControlModifier)
    page = window.current_page()
    assert isinstance(page, kind)
    qtbot.waitUntil(lambda: not window.gates.busy())
    return page


def settled(qtbot: QtBot, window: MainWindow, ready: Callable[[], object]) -> None:
    """Wait until something is so and nothing runs any more."""
    qtbot.waitUntil(lambda: bool(ready()) and not window.gates.busy())


def press(qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key press on whatever has the focus."""
    widget = QApplication.focusWidget()
    assert widget is not None
    qtbot.keyClick(widget, key, modifier)


CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def test_home_says_what_waits_and_leads_there(qtbot: QtBot, window: MainWindow) -> None:
    page = window.current_page()
    assert isinstance(page, HomePage)
    qtbot.waitUntil(lambda: bool(page.rows))
    words = [row.todo.what for row in page.rows]
    assert "3 处冲突要您定" in words and "该备份了" in words
    assert page.villages.rows.rowCount() == 12
    backup = next(row for row in page.rows if row.todo.what == "该备份了")
    backup.setFocus()
    qtbot.keyClick(backup, Qt.Key.Key_Return)
    assert isinstance(window.current_page(), SettingsPage)


def test_households_are_found_as_one_types(qtbot: QtBot, window: MainWindow, ws: Workspace) -> None:
    page = go(qtbot, window, HouseholdPage, "2")
    assert page.model.rowCount() == 40 and page.title.fact() == "共 40 户"
    qtbot.keyClick(page.list.table, Qt.Key.Key_F, CTRL)
    assert page.filters.search.hasFocus()
    with ws.register.reading() as sql:
        name = household_detail(ws, household_ids(sql, ListQuery())[5]).head_name  # type: ignore[union-attr]
    page.filters.search.setText(name)
    settled(qtbot, window, lambda: 0 < page.model.rowCount() < 40)
    qtbot.waitUntil(lambda: page.model.index(0, 0).data() == name)  # the row itself comes a moment after its place
    assert "筛选后" in page.title.fact() and page.filters.clear_button.isVisible()
    press(qtbot, Qt.Key.Key_Escape)
    settled(qtbot, window, lambda: page.model.rowCount() == 40)
    assert not page.filters.clear_button.isVisible()
    page.filters.search.setText("没有这样的人")
    settled(qtbot, window, lambda: page.model.rowCount() == 0)
    assert not page.list.table.isVisible()


def test_moving_down_the_list_shows_the_household(qtbot: QtBot, window: MainWindow) -> None:
    page = go(qtbot, window, HouseholdPage, "2")
    page.list.table.setFocus()
    for _ in range(3):
        press(qtbot, Qt.Key.Key_Down)
    record = page.model.id_at(3)
    settled(qtbot, window, lambda: page.detail_pane.shown is not None and page.detail_pane.shown.id == record)
    assert page.detail_pane.reading.title() == page.model.index(3, 0).data()
    numbers = [page.detail_pane.tab("overview").members.rows.index(0, 3).data()]
    assert "********" in numbers[0]
    page.detail_pane.tab("overview").members.setFocus()
    qtbot.keyPress(page.detail_pane.tab("overview").members, Qt.Key.Key_I, ALT)
    assert "*" not in page.detail_pane.tab("overview").members.rows.index(0, 3).data()
    qtbot.keyRelease(page.detail_pane.tab("overview").members, Qt.Key.Key_I, ALT)
    assert "*" in page.detail_pane.tab("overview").members.rows.index(0, 3).data()


def test_a_household_is_edited_saved_and_undone(qtbot: QtBot, window: MainWindow, ws: Workspace) -> None:
    page = go(qtbot, window, HouseholdPage, "2")
    pane = page.detail_pane
    settled(qtbot, window, lambda: pane.shown is not None)
    record, before = pane.record, ws.register.row("household", pane.record)
    press(qtbot, Qt.Key.Key_F2)
    form = pane.form().form
    settled(qtbot, window, lambda: form.editors["phone"].read()["phone"] == before["phone"])  # type: ignore[index]
    assert not pane.form().save_button.isEnabled()
    phone, income = form.editors["phone"].widget, form.editors["net_income_fen"].widget
    phone.setFocus()
    phone.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(phone, "10012345678")
    income.setFocus()
    income.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(income, "4.2w")
    assert form.changes() == {"phone": "10012345678", "net_income_fen": 4_200_000}
    qtbot.keyClick(income, Qt.Key.Key_S, CTRL)
    settled(qtbot, window, lambda: pane.currentWidget() is pane.reading)
    after = ws.register.row("household", record)
    assert after is not None and after["net_income_fen"] == 4_200_000 and after["phone"] == "10012345678"
    assert window.toast_text() == "已保存 2 项" and window.status.saved_text().startswith("已保存")
    press(qtbot, Qt.Key.Key_Z, CTRL)
    settled(qtbot, window, lambda: ws.register.row("household", record) == before)
    assert any(line.void for line in history_lines(ws, "household", record))


def test_a_wrong_field_keeps_the_record_from_being_saved(qtbot: QtBot, window: MainWindow) -> None:
    page = go(qtbot, window, HouseholdPage, "2")
    pane = page.detail_pane
    settled(qtbot, window, lambda: pane.shown is not None and pane.tab("overview").members.rows.rowCount())
    pane.tab("overview").members.setFocus()
    pane.tab("overview").members.selectRow(0)
    press(qtbot, Qt.Key.Key_Return)
    edit = pane.form("person")
    settled(qtbot, window, lambda: edit.form.editors["id_no"].read()["id_no"])
    field = edit.form.editors["id_no"].widget
    field.setFocus()
    field.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(field, "440799199001010010")
    assert not edit.save_button.isEnabled() and "末位不对" in edit.bar.hint()
    qtbot.keyClick(field, Qt.Key.Key_S, CTRL)
    assert pane.currentWidget() is edit


def test_an_unfinished_edit_comes_back_and_a_change_in_between_is_a_conflict(
    qtbot: QtBot, window: MainWindow, ws: Workspace
) -> None:
    page = go(qtbot, window, HouseholdPage, "2")
    pane = page.detail_pane
    settled(qtbot, window, lambda: pane.shown is not None)
    record = pane.record
    press(qtbot, Qt.Key.Key_F2)
    form = pane.form().form
    settled(qtbot, window, lambda: form.editors["head_name"].read()["head_name"])
    address = form.editors["address"].widget
    address.setFocus()
    qtbot.keyClicks(address, "A1")
    page.list.table.setFocus()
    press(qtbot, Qt.Key.Key_Down)  # leaving keeps a draft
    settled(qtbot, window, lambda: page.record != record)
    assert "草稿" in window.toast_text()
    save_record(ws, open_record(ws, "household", record), {"address": "别处写的"})
    page.go_to(record)
    settled(qtbot, window, lambda: pane.record == record and pane.currentWidget() is pane.reading)
    pane.begin_edit()
    settled(qtbot, window, lambda: form.editors["address"].read()["address"] == "A1")
    assert pane.form().note.isVisible()
    pane.form().save()
    settled(qtbot, window, lambda: pane.currentWidget() is pane.reading)
    assert any(c.row_id == record for c in ws.register.conflicts())


def test_a_new_household_stands_in_the_list(qtbot: QtBot, window: MainWindow, ws: Workspace) -> None:
    page = go(qtbot, window, HouseholdPage, "2")
    qtbot.keyClick(page.list.table, Qt.Key.Key_N, CTRL)
    edit = page.detail_pane.form()
    qtbot.waitUntil(lambda: page.detail_pane.currentWidget() is edit)
    assert not edit.save_button.isEnabled()
    name = edit.form.editors["head_name"]
    name.widget.setText("陈虚例")  # type: ignore[attr-defined]
    name.changed.emit()
    village = edit.form.editors["division_code"].widget
    village.set_value(page.village.itemData(1))  # type: ignore[attr-defined]
    edit.form.changed.emit()
    assert edit.form.problems() == []
    edit.save()
    settled(qtbot, window, lambda: page.model.rowCount() == 41 and page.detail_pane.reading.title() == "陈虚例")
    row = ws.register.row("household", page.record)
    assert row is not None and row["division_id"] and row["head_name"] == "陈虚例"


def test_assets_show_sums_that_are_exact_and_shares_that_are_fractions(
    qtbot: QtBot, window: MainWindow, ws: Workspace
) -> None:
    page = go(qtbot, window, AssetPage, "3")
    settled(qtbot, window, lambda: page.detail_pane.shown is not None and page.list.sums()[0])
    with ws.register.reading() as sql:
        ids = asset_ids(sql, ListQuery())
    column = page.model.columns[2]
    fens = [(ws.register.row("asset", record) or {})["original_value_fen"] for record in ids]
    from desktop.common.money import parse_money

    total = sum(parse_money(cell_text(column, fen), "wan") for fen in fens)
    assert parse_money(page.list.sums()[1].removesuffix(" 万元"), "wan") == total == sum(fens)
    assert page.detail_pane.tab("rights").share_sum.text().endswith("1")
    qtbot.mouseClick(page.category._buttons[1], Qt.MouseButton.LeftButton)
    settled(qtbot, window, lambda: page.list.sums()[0].startswith("经营性合计"))
    assert page.model.rowCount() < len(ids)


def test_shares_change_from_a_day_on_and_the_old_ones_end_the_day_before(
    qtbot: QtBot, window: MainWindow, ws: Workspace
) -> None:
    page = go(qtbot, window, AssetPage, "3")
    pane = page.detail_pane
    settled(qtbot, window, lambda: pane.shown is not None)
    asset = pane.record
    qtbot.keyClick(page.list.table, Qt.Key.Key_H, ALT)
    dialog = pane.tab("rights").dialog
    assert dialog is not None and dialog.isVisible()
    settled(qtbot, window, lambda: dialog.editor.rows())
    old = dialog.editor.rows()[0]
    dialog.start.set_value("2026-05-01", "day")
    dialog.editor.set_rows(
        [ShareRow(old.party, old.name, Fraction(1, 3)), ShareRow("", "样例镇虚丰公司", Fraction(1, 3))]
    )
    assert dialog.problem() == "合计 2/3，还差 1/3" and not dialog.go.isEnabled()
    dialog.editor._rows[1].fraction.setText("2/3")
    dialog.editor._rows[1].fraction.textEdited.emit("2/3")
    assert "依据文件" in dialog.problem()
    dialog.source.setFocus()
    qtbot.keyClicks(dialog.source, "XY-2026-3")
    qtbot.keyClick(dialog.source, Qt.Key.Key_Return, CTRL)
    settled(qtbot, window, lambda: not dialog.isVisible())
    detail = asset_detail(ws, asset)
    assert detail is not None
    owned = [right for right in detail.rights if right.kind == "ownership"]
    assert [(right.valid_from, right.valid_to) for right in owned][-1] == ("2026-05-01", "")
    assert owned[-2].valid_to == "2026-05-01"
    assert [(h.name, h.fraction) for h in owned[-1].holders] == [(old.name, "1/3"), ("样例镇虚丰公司", "2/3")]
    settled(qtbot, window, lambda: pane.tab("rights").share_sum.text() == "1/3 + 2/3 = 1")


def test_fund_parts_are_one_list_and_their_sum_stands_beside_the_value(
    qtbot: QtBot, window: MainWindow, ws: Workspace
) -> None:
    page = go(qtbot, window, AssetPage, "3")
    pane = page.detail_pane
    settled(qtbot, window, lambda: pane.shown is not None)
    asset, value = pane.record, pane.shown.values["original_value_fen"]  # type: ignore[union-attr]
    pane.reading.show_tab("money")
    qtbot.mouseClick(pane.tab("money").funds_button, Qt.MouseButton.LeftButton)
    dialog = pane.tab("money").dialog
    settled(qtbot, window, lambda: dialog.parts)
    while len(dialog.parts) > 1:
        qtbot.mouseClick(dialog.parts[-1].remove, Qt.MouseButton.LeftButton)
    first = dialog.parts[0]
    first.source.set_value("central")
    first.amount.set_value(value - 1)
    dialog.tell()
    assert dialog.sum.text().endswith("比原值少 0.01 元")
    qtbot.keyClick(dialog, Qt.Key.Key_A, ALT)
    second = dialog.parts[1]
    assert dialog.problem() == "有一行没有选来源"
    second.source.set_value("self")
    second.amount.setFocus()
    qtbot.keyClicks(second.amount, "0.01")
    assert dialog.sum.text().endswith("等于原值") and dialog.problem() == ""
    qtbot.keyClick(second.amount, Qt.Key.Key_Return, CTRL)
    settled(qtbot, window, lambda: not dialog.isVisible())
    kept = (ws.register.row("asset", asset) or {})["fund_parts"]
    assert [(part["source"], part["amount_fen"]) for part in kept] == [("central", value - 1), ("self", 1)]


def test_the_print_is_what_is_shown_and_is_saved_as_it_is(
    qtbot: QtBot, window: MainWindow, ws: Workspace, tmp_path: Path
) -> None:
    page = go(qtbot, window, PrintPage, "4")
    settled(qtbot, window, lambda: page.pages() and page.view.has_picture())
    assert window.nav.is_rail() and page.number.text() == f"1 / {page.pages()} 页"
    qtbot.keyClick(page, Qt.Key.Key_PageDown)
    assert page.number.text().startswith("2 /")
    target = tmp_path / "台账.pdf"
    page.save_to(target)
    settled(qtbot, window, target.exists)
    with Preview(target) as pdf:
        text = "".join(pdf.text(i) for i in range(pdf.page_count))
        assert pdf.page_count == page.pages()
        assert "合计" in "".join(text.split())


def test_a_card_and_a_dossier_are_printed_from_the_record(
    qtbot: QtBot, window: MainWindow, ws: Workspace, tmp_path: Path
) -> None:
    for number, kind, word in (("2", HouseholdPage, "打印一户一档"), ("3", AssetPage, "打印资产卡片")):
        page = go(qtbot, window, kind, number)
        settled(qtbot, window, lambda page=page: page.record and page.detail_pane.shown is not None)
        pane = page.detail_pane
        assert word in pane.more.entries()
        target = tmp_path / f"{word}.pdf"
        pane.print_to(target)
        settled(qtbot, window, target.exists)
        assert "已存" in window.toast_text()


def test_every_paper_of_the_print_centre_is_shown_with_its_own_options(
    qtbot: QtBot, window: MainWindow, ws: Workspace, tmp_path: Path
) -> None:
    page = go(qtbot, window, PrintPage, "4")
    settled(qtbot, window, lambda: page.pages() and page.view.has_picture())
    assert page.chosen.count() > 25 and page.unit.isVisible() and not page.copies.isVisible()
    page.choose("form:asset_check")
    settled(qtbot, window, lambda: page.pages() >= 3 and page.note.text().startswith("1 份"))
    assert page.copies.isVisible() and not page.unit.isVisible() and not page.workbook_button.isVisible()
    page.choose("labels")
    settled(qtbot, window, lambda: "枚标签" in page.note.text())
    page.choose("list:idle")
    settled(qtbot, window, lambda: "分毫不差" in page.note.text() and page.workbook_button.isEnabled())
    page.save_workbook(tmp_path / "闲置.xlsx")
    settled(qtbot, window, (tmp_path / "闲置.xlsx").exists)
    page.choose("list:complaints")
    settled(qtbot, window, lambda: page.failed.isVisible())
    assert not page.pages() and not page.print_button.isEnabled()
    assert page.state()["template"] == "list:complaints"


def test_the_palette_finds_people_assets_and_pages(qtbot: QtBot, window: MainWindow, ws: Workspace) -> None:
    with ws.register.reading() as sql:
        record = household_ids(sql, ListQuery())[7]
    name = household_detail(ws, record).head_name  # type: ignore[union-attr]
    qtbot.keyClick(window, Qt.Key.Key_K, CTRL)
    palette = window.palette_dialog
    assert palette is not None and palette.isVisible()
    assert [hit.title for hit in palette.hits()][:3] == ["首页", "住户", "资产台账"]
    palette.field.setText(name)
    qtbot.waitUntil(lambda: any(hit.address == Address("household", record) for hit in palette.hits()))
    while palette.hits()[palette.list.currentIndex().row()].address != Address("household", record):
        qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    page = window.current_page()
    assert isinstance(page, HouseholdPage)
    settled(qtbot, window, lambda: page.record == record and page.detail_pane.reading.title() == name)
    window.activateWindow()  # offscreen has no window manager that would give it back
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_Left, ALT)
    assert isinstance(window.current_page(), HomePage)
    qtbot.keyClick(window, Qt.Key.Key_Right, ALT)
    assert window.current_page() is page


def test_settings_back_up_and_dress(qtbot: QtBot, window: MainWindow, ws: Workspace, tmp_path: Path) -> None:
    page = go(qtbot, window, SettingsPage, "5")
    settled(qtbot, window, lambda: page.users.rows.rowCount() == 1)
    qtbot.mouseClick(page.backup_button, Qt.MouseButton.LeftButton)
    settled(qtbot, window, lambda: page.backups.rows.rowCount() == 1)
    assert window.toast_text().startswith("已备份")
    target = tmp_path / "U盘" / "备份.xcbak"
    target.parent.mkdir()
    page.back_up_to(target)
    settled(qtbot, window, target.exists)
    qtbot.mouseClick(page.mode._buttons[2], Qt.MouseButton.LeftButton)
    assert theme().mode == "dark"
    qtbot.mouseClick(page.text_size._buttons[2], Qt.MouseButton.LeftButton)
    assert theme().text_size == "large" and theme().pt("body") == pytest.approx(12.0)


def test_a_narrow_window_shows_list_and_detail_one_at_a_time(qtbot: QtBot, window: MainWindow) -> None:
    page = go(qtbot, window, HouseholdPage, "2")
    settled(qtbot, window, lambda: page.detail_pane.shown is not None)
    window.resize(1024, 640)
    qtbot.waitUntil(lambda: window.nav.is_rail() and not page.detail.isVisible())
    page.list.table.setFocus()
    press(qtbot, Qt.Key.Key_Return)
    assert page.detail.isVisible() and not page.list.isVisible()
    page.detail_pane.tab("overview").members.setFocus()
    press(qtbot, Qt.Key.Key_Escape)
    assert page.list.isVisible() and not page.detail.isVisible()


def test_lists_remember_filter_sort_and_place(qtbot: QtBot, window: MainWindow, ws: Workspace) -> None:
    page = go(qtbot, window, HouseholdPage, "2")
    page.village.set_value(page.village.itemData(2))
    settled(qtbot, window, lambda: 0 < page.model.rowCount() < 40)
    state = page.state()
    again = HouseholdPage(window, ws, [("x", "y")] + [
        (page.village.itemData(i), page.village.itemText(i)) for i in range(1, page.village.count())
    ])  # fmt: skip
    holder = QWidget()
    qtbot.addWidget(holder)
    again.setParent(holder)
    again.restore(state)
    settled(qtbot, window, lambda: again.model.rowCount() == page.model.rowCount())
    assert again.filters.values() == page.filters.values()
    assert again.list.table.current_id() == page.list.table.current_id()
