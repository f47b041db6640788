"""Survey records of a household kept by hand in the window: added, corrected with a reason, removed, undone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app.county.configuring import set_setting
from desktop.app.records.records import list_records
from desktop.app.rights import RIGHTS
from desktop.app.visits import surveying
from desktop.app.workspace import Workspace, open_workspace
from desktop.ui.main_window import MainWindow
from desktop.ui.pages.edit_pane import EditPane
from desktop.ui.pages.household_pane import HouseholdPane
from desktop.ui.widgets.editors import TextEditor
from desktop.ui.widgets.fields import NameCompleter
from desktop.ui.workers import Gates
from tests.app.visits.surveys import FAMILY, PASSPHRASE, add_family, fill, make_register
from tests.app.visits.test_visit_records import RISK
from tests.ui.test_household_records import QuietShell
from tests.ui.test_runner import write

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with one visited household and one that nobody visited."""
    place = tmp_path_factory.mktemp("hand") / "册"
    with make_register(place) as ws:
        household, _ = add_family(ws)
        add_family(ws, "仿老")
        visit = surveying.begin_visit(ws, "household_visit", "household", household)
        fill(visit, {**FAMILY, **RISK})
        assert surveying.finish_visit(ws, visit).done
    return place


@pytest.fixture
def ws(folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(folder, tmp_path / "册")
    with open_workspace(tmp_path / "册", passphrase=PASSPHRASE) as opened:
        yield opened


def head(ws: Workspace, name: str) -> str:
    return next(str(row["id"]) for row in list_records(ws, "household") if row["head_name"] == name)


class Hand:
    """A household's pane and a hand on the keyboard."""

    def __init__(self, qtbot: QtBot, window: MainWindow, pane: HouseholdPane) -> None:
        self.qtbot, self.window, self.pane = qtbot, window, pane

    def settle(self, ready: Callable[[], object] = lambda: True) -> None:
        self.qtbot.waitUntil(lambda: bool(ready()) and not self.window.gates.busy())

    def press(self, *keys: Qt.Key | str, mod: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        for key in keys:
            widget = QApplication.focusWidget()
            assert widget is not None
            if isinstance(key, str):
                write(widget, key)
            else:
                QTest.keyClick(widget, key, mod)

    def tab(self, key: str) -> Any:
        self.pane.show_tab(key)
        self.settle()
        return self.pane.tab(key)

    def form(self, table: str) -> EditPane:
        self.settle(lambda: self.pane.currentWidget() is self.pane.form(table))
        return self.pane.form(table)

    def shot(self, name: str) -> None:
        if place := os.environ.get("XIANGCE_SHOTS"):
            self.window.grab().save(f"{place}/{name}.png")


def at(qtbot: QtBot, window: MainWindow, go: Callable[..., Any], household: str) -> Hand:
    page = go("household", household)
    hand = Hand(qtbot, window, page.detail_pane)
    hand.settle(lambda: page.detail_pane.shown is not None)
    return hand


def test_a_record_is_added_by_the_keyboard_and_taken_back(
    qtbot: QtBot, window: MainWindow, go: Callable[..., Any], ws: Workspace
) -> None:
    household = head(ws, "仿老")
    hand = at(qtbot, window, go, household)
    tab = hand.tab("income")
    (kept,) = tab.hands
    assert tab.none.isVisible() and kept.add_button.isVisible() and not kept.edit_button.isVisible()
    hand.shot("income-empty")
    kept.add_button.setFocus()
    hand.press(Qt.Key.Key_Space)
    form = hand.form("income_record")
    assert form.form.editors["period"].read()["period"].endswith("年")  # the year that is over stands there
    period = form.form.editors["period"].widget
    period.setFocus()
    hand.press(Qt.Key.Key_A, mod=CTRL)
    hand.press("2024年13月")
    assert not form.save_button.isEnabled()
    hand.press(Qt.Key.Key_A, mod=CTRL)
    hand.press("2024年")
    form.form.editors["wage_local_fen"].widget.setFocus()
    hand.press("38000.5")
    hand.shot("income-new")
    hand.press(Qt.Key.Key_S, mod=CTRL)
    hand.settle(lambda: tab.periods.rows.rowCount() == 1 and tab.isVisible())
    (row,) = [r for r in list_records(ws, "income_record") if r["household_id"] == household]
    assert (row["period"], row["wage_local_fen"], row["size"]) == ("2024", 3_800_050, 4)
    hand.settle(lambda: "手工登记" in kept.origin.text())
    tab.periods.setFocus()
    hand.press(Qt.Key.Key_F2)
    form = hand.form("income_record")
    hand.settle(lambda: form.title.text().startswith("修改"))
    assert not form.form.editors["period"].widget.isEnabled()  # another period is another record
    form.form.editors["note"].widget.setFocus()
    hand.press("核过")
    assert form.why_part.isHidden()
    hand.press(Qt.Key.Key_S, mod=CTRL)
    hand.settle(tab.isVisible)
    tab.periods.setFocus()
    hand.press(Qt.Key.Key_Delete)  # nothing of a visit: at once, with undo
    hand.settle(lambda: tab.periods.rows.rowCount() == 0)
    hand.press(Qt.Key.Key_Z, mod=CTRL)
    hand.settle(lambda: tab.periods.rows.rowCount() == 1)


@pytest.mark.qt_log_ignore("plugin does not support")  # the list of names is a window of its own
def test_what_a_visit_wrote_is_marked_and_corrected_with_a_reason(
    qtbot: QtBot, window: MainWindow, go: Callable[..., Any], ws: Workspace
) -> None:
    household = head(ws, "样大")
    hand = at(qtbot, window, go, household)
    tab = hand.tab("income")
    (kept,) = tab.hands
    hand.settle(lambda: "走访" in kept.origin.text())
    hand.shot("income-visited")
    tab.periods.setFocus()
    hand.press(Qt.Key.Key_Return)
    form = hand.form("income_record")
    hand.settle(lambda: form.title.text().startswith("修改"))
    wage = form.form.editors["wage_local_fen"].widget
    wage.setFocus()
    hand.press(Qt.Key.Key_A, mod=CTRL)
    hand.press("39000")
    assert form.why_part.isVisible() and not form.save_button.isEnabled() and "走访" in form.why_label.text()
    hand.shot("income-correct")
    hand.press(Qt.Key.Key_S, mod=CTRL)
    assert form.why.hasFocus()  # the reason is what lacks
    hand.press("与工资单核对")
    hand.press(Qt.Key.Key_S, mod=CTRL)
    hand.settle(tab.isVisible)
    (row,) = list_records(ws, "income_record")
    assert row["wage_local_fen"] == 3_900_000
    hand.settle(lambda: "后来更正过" in kept.origin.text())
    (visit,) = surveying.past_visits(ws, "household", household)
    assert any(line.reason == "更正走访：与工资单核对" for line in surveying.visit_audit(ws, visit.id))

    risks = hand.tab("risks")
    lead, measure = risks.hands
    hand.shot("risks")
    risks.leads.setFocus()
    hand.press(Qt.Key.Key_Delete)
    hand.settle(lambda: lead.dialog is not None)
    lead.dialog.field.setPlainText("填到别人家了")
    lead.dialog.go_button.click()
    window.activateWindow()
    hand.settle(window.isActiveWindow)
    hand.settle(lambda: risks.leads.rows.rowCount() == 0)
    assert list_records(ws, "lead") == []
    set_setting(ws, "interest.officials", ["样外人"])
    measure.add_button.click()
    form = hand.form("measure")
    form.form.editors["for_whom"].widget.setFocus()
    hand.press("仿二")
    provider = form.form.editors["provider"]
    assert isinstance(provider, TextEditor)
    qtbot.waitUntil(lambda: provider.line.completer() is not None)
    provider.widget.setFocus()
    hand.press("yw")  # the initials of 样外人
    offered = provider.line.completer()
    assert isinstance(offered, NameCompleter) and offered.currentCompletion() == "样外人"
    popup = offered.popup()
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert provider.line.text() == "样外人" and not popup.isVisible()
    provider.line.setText("县里的样例单位")  # what nobody offered may be written all the same
    provider.line.textEdited.emit("")
    form.form.editors["amount_fen"].widget.setFocus()
    hand.press("500")
    assert not form.save_button.isEnabled()  # which measure
    form.form.editors["measure_code"].load({"measure_code": "med_aid"})
    form.form.changed.emit()
    hand.shot("measure-new")
    hand.press(Qt.Key.Key_S, mod=CTRL)
    hand.settle(lambda: risks.measures.rows.rowCount() == 3)
    assert risks.sum.text() == "合计 1,734.56 元"
    made = next(m for m in list_records(ws, "measure") if m["provider"])
    assert made["provider"] == "县里的样例单位" and made["person_id"] and made["for_whom"] is None
    risks.measures.go_to(made["id"])
    measure.edit()
    form = hand.form("measure")
    qtbot.waitUntil(lambda: form.form.editors["for_whom"].read() == {"for_whom": "仿二"})
    assert not form.form.changes()  # the member is shown by his name, and stays the one who is meant
    form.give_up()


def test_who_may_not_edit_only_reads(
    qtbot: QtBot, gates: Gates, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RIGHTS, ws.role, frozenset({"print"}))
    shell = QuietShell(gates)
    pane = HouseholdPane(shell, ws)  # type: ignore[arg-type]
    qtbot.addWidget(shell)
    qtbot.addWidget(pane)
    pane.show()
    pane.show_record(head(ws, "样大"))
    qtbot.waitUntil(lambda: pane.shown is not None)
    pane.show_tab("income")
    tab = pane.tab("income")
    qtbot.waitUntil(lambda: tab.periods.rows.rowCount() == 1 and "走访" in tab.hands[0].origin.text())
    assert not tab.hands[0].buttons and not tab.hands[0].edit_button.isVisible()
    tab.periods.setFocus()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Delete):
        QTest.keyClick(tab.periods, key)
    assert pane.currentWidget() is pane.reading
