"""变更记录 as a page: the slider over the days of change, then and now side by side, withdrawing with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.workspace import Workspace, create_workspace
from desktop.store.key_slot import FAST_FOR_TESTS
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.pages.history import HistoryPage, history_address
from desktop.ui.pages.household import HouseholdPage
from desktop.ui.widgets.cell_delegate import Tinted
from tests.ui.conftest import held_back

CTRL = Qt.KeyboardModifier.ControlModifier


def at(ws: Workspace, day: str) -> None:
    """From now on it is nine o'clock on this day."""
    moment = int(datetime.fromisoformat(f"{day}T09:00").astimezone().timestamp() * 1000)
    ws.register.now = lambda: moment


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    """A register with one household that changed twice."""
    made, _code = create_workspace(
        tmp_path / "册", unit_name="样例镇", level="town", division_code="440705104", user="样管",
        passphrase="样例口令一二三四五", profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with made:
        at(made, "2024-01-10")
        home = new_record(made, "household", {"head_name": "陈样生", "division_code": "440705104201"})
        new_record(made, "person", {"household_id": home, "name": "陈样生", "relation": "head"})
        at(made, "2024-06-01")
        save_record(made, open_record(made, "household", home), {"helper_name": "谢拟民"})
        at(made, "2024-09-01")
        save_record(made, open_record(made, "household", home), {"helper_name": "林例芳"}, "换人")
        made.register.now = lambda: int(datetime.now().timestamp() * 1000)
        yield made


def history_page(qtbot: QtBot, window: MainWindow) -> HistoryPage:
    """From the household's tab to its page."""
    window.open(Address("household", part="history"))
    page = window.current_page()
    assert isinstance(page, HouseholdPage)
    qtbot.waitUntil(lambda: page.detail.shown is not None and not window.gates.busy())
    tab = page.detail.tab("history")
    assert tab.table.rows.rowCount() == 4
    qtbot.mouseClick(tab.days_button, Qt.MouseButton.LeftButton)
    found = window.current_page()
    assert isinstance(found, HistoryPage)
    qtbot.waitUntil(lambda: found.history is not None and found.comparison is not None and not window.gates.busy())
    return found


def test_the_slider_goes_from_change_to_change(qtbot: QtBot, window: MainWindow) -> None:
    page = history_page(qtbot, window)
    assert page.title.fact() == "共 4 次改动，只增不删" and page.back.text() == "陈样生"
    assert page.slider.hasFocus() and page.slider.value() == date.today().isoformat()
    assert [b.segment.text for b in page.kinds._buttons] == ["全部 4", "住户 3", "家庭成员 1"]
    assert page.differing.isHidden()
    qtbot.keyClick(page.slider, Qt.Key.Key_Left, CTRL)
    assert page.slider.value() == "2024-09-01"
    qtbot.keyClick(page.slider, Qt.Key.Key_Left)
    assert page.slider.value() == "2024-08-31"
    qtbot.waitUntil(lambda: page.comparison is not None and page.comparison.day == "2024-08-31")
    qtbot.waitUntil(lambda: page.differing.chip.text == "1 处和今天不同" and page.differing.isVisible())
    page.only.setChecked(True)
    assert page.facts.rows.rowCount() == 1
    assert page.facts.rows._rows[0][1] == ("帮扶责任人", Tinted("谢拟民"), "林例芳")
    qtbot.keyClick(page.slider, Qt.Key.Key_End)
    qtbot.keyClick(page.slider, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: page.note.text().startswith("这一天还没有这条记录"))
    qtbot.keyClick(page.slider, Qt.Key.Key_Home)
    page.day.setText("2024-06-15")
    page.day.editingFinished.emit()
    assert page.slider.value() == "2024-06-15"
    page.day.setText("没有这天")
    page.day.editingFinished.emit()
    assert page.day.text() == "2024-06-15"


def test_a_change_is_withdrawn_with_a_reason(qtbot: QtBot, window: MainWindow, ws: Workspace) -> None:
    page = history_page(qtbot, window)
    page.changes.go_to("0")
    change = page.current()
    assert change is not None and (change.old, change.new, change.reason) == ("谢拟民", "林例芳", "换人")
    assert "谢拟民 → 林例芳，原因：换人" in page.chosen.text()
    qtbot.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
    assert not page.dialog.go_button.isEnabled()
    qtbot.keyClicks(page.dialog.field, "mistake")
    qtbot.mouseClick(page.dialog.go_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.toast_text() == "已撤回" and not window.gates.busy())
    assert (ws.register.row("household", page.record) or {})["helper_name"] == "谢拟民"
    qtbot.waitUntil(lambda: any(c.void and c.new == "林例芳" for c in page.history.changes))  # type: ignore[union-attr]
    qtbot.mouseClick(page.mode._buttons[1], Qt.MouseButton.LeftButton)
    page.slider.set_value("2024-10-01", tell=True)
    qtbot.waitUntil(lambda: page.comparison is not None and page.comparison.day == "2024-10-01")
    facts = {f.name: (f.then, f.now) for f in page.comparison.facts}  # type: ignore[union-attr]
    assert facts["帮扶责任人"] == ("林例芳", "谢拟民")  # as it was known then
    home, chosen = page.record, str(page.source.itemData(1))
    page.source.set_value(chosen)
    page.refresh()
    qtbot.waitUntil(lambda: not window.gates.busy())
    assert page.source.value() == chosen, "rows fetched anew leave the choice of a person alone"
    with ws.register.reading() as sql:
        person = str(sql.scalar("SELECT id FROM person"))
    with held_back(window.gates, "history-") as late:
        window.open(history_address("person", person))
    assert page.changes.rows.rowCount() == 0 and not page.undo_button.isEnabled() and not page.current()
    late.set()
    qtbot.waitUntil(lambda: page.changes.rows.rowCount() == 1 and not window.gates.busy())
    window.open(history_address("household", home))
    qtbot.waitUntil(lambda: page.changes.rows.rowCount() > 1 and not window.gates.busy())
    qtbot.mouseClick(page.back, Qt.MouseButton.LeftButton)
    back = window.current_page()
    assert isinstance(back, HouseholdPage) and back.detail.reading.tabs.value() == "history"
