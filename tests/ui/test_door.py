"""First run, unlocking and locking: a register is made, opened, locked and opened with its recovery card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from desktop.app.demo.register import PASSPHRASE, make_demo
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace, open_workspace
from desktop.ui import application as application_module
from desktop.ui.application import Application
from desktop.ui.navigation import Address
from desktop.ui.pages.check import CheckPage
from desktop.ui.pages.first_run import FirstRunPage, Made
from desktop.ui.pages.unlock import UnlockPage
from desktop.ui.workers import Gates


def test_the_wizard_makes_a_register_and_insists_on_the_recovery_card(
    qtbot: QtBot, gates: Gates, tmp_path: Path
) -> None:
    page = FirstRunPage(gates, tmp_path / "册")
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(lambda: page.county.count() > 0)
    page.level_options["town"].click()
    page.forward()
    assert page.step() == 1 and page.unit.text().endswith("人民政府")
    place = Path(page.folder.text())
    page.forward()
    assert page.step() == 2 and not page.go.isEnabled()
    qtbot.keyClicks(page.name, "Ou")
    qtbot.keyClicks(page.passphrase.first, "xiang-ce-2026")
    qtbot.keyClicks(page.passphrase.second, "xiang-ce-2027")
    assert page.problem() == "两次输的还不一样" and not place.exists()
    page.passphrase.second.clear()
    qtbot.keyClicks(page.passphrase.second, "xiang-ce-2026")
    assert page.problem() == ""
    qtbot.keyClick(page.passphrase.second, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.step() == 3, timeout=20_000)
    assert place.is_dir() and not page.go.isEnabled() and page.card is not None
    qtbot.mouseClick(page.card.copy_button, Qt.MouseButton.LeftButton)
    first, second = page.card.asked
    qtbot.keyClicks(page.card.answers[0], "ZZZZ" if page.card.groups[first] != "ZZZZ" else "YYYY")
    assert page.card.answers[0].property("state") == "error" and not page.go.isEnabled()
    page.card.answers[0].clear()
    qtbot.keyClicks(page.card.answers[0], page.card.groups[first].lower())
    qtbot.keyClicks(page.card.answers[1], page.card.groups[second])
    assert page.card.done and page.go.isEnabled()
    code = "-".join(page.card.groups)
    page.forward()
    page.next_options[""].click()
    with qtbot.waitSignal(page.made) as made:
        page.forward()
    result = made.args[0]
    assert isinstance(result, Made) and result.next_page == ""
    result.workspace.close()
    with open_workspace(place, recovery=code, user="Ou") as ws:
        assert ws.level == "town" and ws.user == "Ou"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo register."""
    place = tmp_path_factory.mktemp("door") / "册"
    make_demo(place, households=10).close()
    return place


def test_unlocking_counts_wrong_passphrases_and_opens_with_the_right_one(
    qtbot: QtBot, gates: Gates, demo: Path
) -> None:
    page = UnlockPage(gates, str(demo))
    qtbot.addWidget(page)
    page.show()
    assert page.user() == "区虚远" and PASSPHRASE in page.hint.text()
    qtbot.keyClicks(page.field, "WRONG-passphrase")
    qtbot.keyClick(page.field, Qt.Key.Key_Return)
    qtbot.waitUntil(page.note.isVisible, timeout=20_000)
    assert "已试 1 次" in page.note.text() and page.button.isEnabled()
    page.field.setText(PASSPHRASE)
    with qtbot.waitSignal(page.opened, timeout=20_000) as opened:
        qtbot.keyClick(page.field, Qt.Key.Key_Return)
    ws = opened.args[0]
    assert isinstance(ws, Workspace) and ws.user == "区虚远"
    ws.close()


def test_caps_lock_is_noticed(qtbot: QtBot, gates: Gates, demo: Path) -> None:
    page = UnlockPage(gates, str(demo))
    qtbot.addWidget(page)
    page.show()
    qtbot.keyClick(page.field, "A")
    assert page.caps.isVisible()
    qtbot.keyClick(page.field, "a")
    assert not page.caps.isVisible()


def test_a_mistyped_recovery_card_names_its_group(qtbot: QtBot, gates: Gates, demo: Path) -> None:
    page = UnlockPage(gates, str(demo))
    qtbot.addWidget(page)
    page.show()
    qtbot.mouseClick(page.recover, Qt.MouseButton.LeftButton)
    page.codes.setText("AAAA-AAAA-AAAA")
    qtbot.keyClick(page.codes, Qt.Key.Key_Return)
    qtbot.waitUntil(page.note.isVisible, timeout=20_000)
    assert "9 组" in page.note.text()


@pytest.fixture
def application(qtbot: QtBot, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """The application with settings of its own, at the unlock page of the demo register."""
    kept = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr(application_module.preferences, "settings", lambda: kept)
    made = Application(str(demo))
    made.start()
    yield made
    if made.window is not None:
        made.window.close()
    if made.door is not None:
        made.door.close()
    made.shut_down()


def test_the_application_unlocks_shows_pages_and_locks_again(qtbot: QtBot, application: Application) -> None:
    door = application.door.centralWidget()  # type: ignore[union-attr]
    assert isinstance(door, UnlockPage)
    qtbot.waitUntil(door.field.isVisible)
    door.field.setText(PASSPHRASE)
    qtbot.keyClick(door.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: application.window is not None, timeout=20_000)
    window = application.window
    assert window is not None and application.door is None
    assert window.windowTitle() == "乡册 — 样例县仿溪镇人民政府"
    assert window.nav.pages()[:4] == ["home", "household", "survey", "asset"]
    window.open(Address("asset"))
    qtbot.waitUntil(lambda: not window.gates.busy())
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: application.window is None and application.door is not None)
    assert isinstance(application.door.centralWidget(), UnlockPage)  # type: ignore[union-attr]
    assert application.workspace is None and not (Path(application.kept.value("places")[0]) / "lock.held").exists()


def test_the_palette_leads_to_the_self_check_which_ends_with_the_window(
    qtbot: QtBot, application: Application, demo: Path
) -> None:
    ws = open_workspace(demo, passphrase=PASSPHRASE)
    application.show_register(ws)
    window = application.window
    assert window is not None
    window.show_palette()
    palette = window.palette_dialog
    assert palette is not None
    palette.field.setText("zc")
    palette.field.flush()
    assert "自查" in [hit.title for hit in palette.hits()]
    palette.field.setText("自查")
    palette.field.flush()
    qtbot.waitUntil(lambda: "帮助" in [hit.detail for hit in palette.hits()])
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    page = window.current_page()
    assert isinstance(page, CheckPage) and page.stack.currentWidget() is page.unchecked
    page.start()
    window.close()
    qtbot.waitUntil(lambda: application.window is None)
    assert not (demo / "lock.held").exists()


def test_closing_the_window_backs_up_what_was_written(qtbot: QtBot, application: Application, demo: Path) -> None:
    def backups() -> list[Path]:
        return sorted((demo / "backups").glob("*.xcbak"))

    for written in (True, False):
        ws = open_workspace(demo, passphrase=PASSPHRASE)
        application.show_register(ws)
        window, before = application.window, backups()
        assert window is not None
        if written:
            new_record(ws, "party", {"kind": "enterprise", "name": "样例社"})
        qtbot.waitUntil(lambda w=window: not w.gates.busy())  # type: ignore[misc]
        window.close()
        qtbot.waitUntil(lambda: application.window is None)
        assert len(backups()) - len(before) == (1 if written else 0)  # nothing new to keep, no new backup


def test_what_opening_found_damaged_is_said_before_work_begins(
    qtbot: QtBot, application: Application, demo: Path
) -> None:
    ws = open_workspace(demo, passphrase=PASSPHRASE)
    ws.register.facts["warnings"] = ("草稿文件已损坏：取回了 2 份草稿。",)
    application.show_register(ws)
    qtbot.waitUntil(lambda: application.warning is not None and application.warning.isVisible())
    warning = application.warning
    assert warning is not None and "取回了 2 份草稿" in warning.body.text()
    warning.accept()
