"""自查 in the window: from 首页 to a finding and its record, stopped, mended, checked again, saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app.workspace import Workspace
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.pages.asset import AssetPage
from desktop.ui.pages.check import CheckPage
from desktop.ui.pages.history import HistoryPage
from desktop.ui.pages.home import HomePage
from tests.app.cases.assets_for_cases import COLLECTIVE, add_asset, add_party, add_right, town_register
from tests.ui.conftest import settled

CTRL = Qt.KeyboardModifier.ControlModifier


class Planted:
    """The ids of what is wrong."""

    assets: list[str]
    rights: list[str]


@pytest.fixture
def planted() -> Planted:
    """Filled when the register is made."""
    return Planted()


@pytest.fixture
def ws(tmp_path: Path, planted: Planted) -> Iterator[Workspace]:
    """Three assets in which three things are wrong: below the guards, as two laptops may leave them."""
    with town_register(tmp_path) as made:
        owner = add_party(made, COLLECTIVE)
        planted.assets = [add_asset(made, f"样例商铺 {n} 号", 20_000_000 + n, number=f"YL-{n}") for n in range(3)]
        planted.rights = [add_right(made, asset, "ownership", [(owner, 1, 1)]) for asset in planted.assets]
        with made.write("弄坏", right="admin") as scope:
            scope.change("asset", planted.assets[0], {"fund_parts": [["central", 1]]})
            scope.change("right", planted.rights[1], {"shares": []})
            scope.change("asset", planted.assets[2], {"operation_mode": "lease"})
        yield made


def press(qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key on whatever has the focus."""
    widget = QApplication.focusWidget()
    assert widget is not None
    qtbot.keyClick(widget, key, modifier)


def listed(page: CheckPage) -> list[tuple[str, ...]]:
    """The rows as they stand on the screen."""
    rows = page.table.rows
    return [
        tuple(str(rows.index(r, c).data() or "") for c in range(len(rows.columns))) for r in range(rows.rowCount())
    ]


def checked(qtbot: QtBot, window: MainWindow, go: Callable[..., Any]) -> CheckPage:
    """The page after a whole check."""
    page = go("check")
    assert isinstance(page, CheckPage)
    page.start()
    settled(qtbot, window)
    return page


def test_home_leads_to_the_check_and_a_finding_to_its_record(
    qtbot: QtBot, window: MainWindow, go: Callable[..., Any], planted: Planted
) -> None:
    home = go("home")
    assert isinstance(home, HomePage) and "还没有查过" in home.check_link.accessibleName()
    qtbot.mouseClick(home.check_link, Qt.MouseButton.LeftButton)
    page = window.current_page()
    assert isinstance(page, CheckPage) and page.stack.currentWidget() is page.unchecked
    assert not page.filters.isVisible() and not page.bar.isVisible() and not page.save_button.isVisible()
    assert QApplication.focusWidget() is page.start_button
    press(qtbot, Qt.Key.Key_Return)
    assert page.again.text() == "停下"
    settled(qtbot, window)
    assert listed(page) == [
        ("要改正", "资产价值和使用", "资产 样例商铺 0 号（YL-0），双水村", "各资金来源之和不等于原始价值"),
        ("要改正", "权属", "权利 样例商铺 1 号 所有权，双水村", "没有写权利人，请补填"),
        ("请核实", "合同和收款", "资产 样例商铺 2 号（YL-2），双水村", "运营方式是租赁，没有登记合同"),
    ]
    assert page.title.fact().endswith(" 查过，要改正 2 处，请核实 1 处")
    assert QApplication.focusWidget() is page.table and page.chosen.text().endswith("之和不等于原始价值")
    press(qtbot, Qt.Key.Key_Down)
    press(qtbot, Qt.Key.Key_Return)
    settled(qtbot, window)
    asset = window.current_page()
    assert isinstance(asset, AssetPage)
    qtbot.waitUntil(lambda: asset.record == planted.assets[1] and not window.gates.busy())
    assert asset.detail.reading.tabs.value() == "rights"
    window.go_back()
    settled(qtbot, window)
    assert window.current_page() is page and page.current() is not None and page.current().row_id == planted.rights[1]
    home = go("home")
    assert "要改正 2 处" in home.check_link.accessibleName()


def test_one_may_go_on_with_other_work_and_hears_when_it_is_done(
    qtbot: QtBot, window: MainWindow, go: Callable[..., Any]
) -> None:
    page = go("check")
    page.start()
    window.open(Address("home"))
    home = window.current_page()
    assert isinstance(home, HomePage) and window.nav.current() == "home"
    settled(qtbot, window)
    assert window.toast_text() == "自查好了：要改正 2 处，请核实 1 处"
    qtbot.waitUntil(lambda: "要改正 2 处" in home.check_link.accessibleName() and not window.gates.busy())
    go("check")
    assert len(listed(page)) == 3 and QApplication.focusWidget() is page.table


def test_findings_are_divided_counted_and_filtered(qtbot: QtBot, window: MainWindow, go: Callable[..., Any]) -> None:
    page = checked(qtbot, window, go)
    words = [b.text() for b in page.groups._buttons]
    assert words == ["全部 3", "要改正 2", "请核实 1", "要关注 0"]
    page.groups._buttons[2].click()
    assert [row[0] for row in listed(page)] == ["请核实"]
    page.filters.clear()
    assert [page.kind.itemText(i) for i in range(page.kind.count())] == [
        "全部", "资产价值和使用 1", "权属 1", "合同和收款 1"
    ]  # fmt: skip
    page.kind.setCurrentIndex(2)
    assert [row[1] for row in listed(page)] == ["权属"]
    assert [b.text() for b in page.groups._buttons] == ["全部 1", "要改正 1", "请核实 0", "要关注 0"]
    page.groups._buttons[2].click()
    assert listed(page) == [] and page.stack.currentWidget() is page.none and page.filters.isVisible()
    page.filters.clear()
    assert [page.village.itemText(i) for i in range(page.village.count())] == ["全部", "双水村 3"]
    page.village.setCurrentIndex(1)
    assert len(listed(page)) == 3
    page.filters.search.setText("YL-2")
    page.filters.search.flush()
    assert [row[2] for row in listed(page)] == ["资产 样例商铺 2 号（YL-2），双水村"]


def test_what_was_mended_is_gone_when_checked_again(
    qtbot: QtBot, window: MainWindow, go: Callable[..., Any], ws: Workspace, planted: Planted
) -> None:
    page = checked(qtbot, window, go)
    with ws.write("改正", right="admin") as scope:
        scope.change("asset", planted.assets[0], {"fund_parts": [["central", 20_000_000]]})
        scope.change("asset", planted.assets[2], {"operation_mode": None})
    qtbot.waitUntil(lambda: "之后册里有改动" in page.title.fact())
    assert len(listed(page)) == 3
    before = page.result
    qtbot.keyClick(window, Qt.Key.Key_R, CTRL)
    qtbot.waitUntil(lambda: page.result is not before and not window.gates.busy())
    assert [row[1] for row in listed(page)] == ["权属"] and "改动" not in page.title.fact()
    scope_of = ws.register.row("right", planted.rights[0])
    assert scope_of is not None
    with ws.write("改正", right="admin") as scope:
        scope.change("right", planted.rights[1], {"shares": scope_of["shares"]})
    page.again.click()
    settled(qtbot, window)
    assert page.stack.currentWidget() is page.sound and not page.bar.isVisible()
    assert page.sound.text() == "没有发现问题" and "条变更，和" in page.sound._hint.text()
    assert page.title.fact().endswith("查过，没有发现问题")


def test_a_check_is_stopped_and_the_last_result_stays(
    qtbot: QtBot, window: MainWindow, go: Callable[..., Any]
) -> None:
    page = checked(qtbot, window, go)
    before = page.result
    page.again.click()
    assert page.task is not None
    page.again.click()
    settled(qtbot, window)
    assert page.task is None and page.result is before and len(listed(page)) == 3
    assert window.toast_text() == "已停下，这次没有查完" and page.again.text() == "再查一次"


def test_what_stands_on_no_page_opens_its_changes(
    qtbot: QtBot, window: MainWindow, go: Callable[..., Any], ws: Workspace
) -> None:
    with ws.write("弄坏", right="admin") as scope:
        profile = scope.insert("village_profile", {
            "division_code": "440705104201", "period": "2025", "households": 10, "population": 30,
            "dibao_households": 12,
        })  # fmt: skip
    page = checked(qtbot, window, go)
    key = next(str(i) for i, p in enumerate(page.result.problems) if p.table == "village_profile")
    assert page.result.problems[int(key)].kind == "村情"
    page.table.go_to(key)
    page.open_button.click()
    settled(qtbot, window)
    history = window.current_page()
    assert isinstance(history, HistoryPage) and (history.table, history.record) == ("village_profile", profile)
    assert history.history is not None and history.history.changes


def test_the_list_is_saved_and_that_it_left_is_remembered(
    qtbot: QtBot, window: MainWindow, go: Callable[..., Any], ws: Workspace, tmp_path: Path
) -> None:
    page = checked(qtbot, window, go)
    page.groups._buttons[1].click()
    qtbot.keyClick(window, Qt.Key.Key_E, CTRL)
    qtbot.waitUntil(lambda: page.save_dialog is not None)
    dialog = page.save_dialog
    assert dialog.isVisible() and dialog.all.text() == "现在列出的 2 行"
    dialog.reject()
    page.write_table(tmp_path / "自查.xlsx", ticked=False, with_id=False, purpose="交村里核")
    settled(qtbot, window)
    cells = [[c for c in row if c is not None] for row in load_workbook(tmp_path / "自查.xlsx").worksheets[0].values]
    assert ["要改正", "权属", "双水村", "权利 样例商铺 1 号 所有权，双水村", "没有写权利人，请补填"] in cells
    assert not [row for row in cells if "请核实" in row]
    with ws.register.reading() as sql:
        logged = sql.rows("SELECT what,purpose,rows FROM plain_export")
    assert [tuple(row) for row in logged] == [("list 自查", "交村里核", 2)]
