"""The shell: navigation shows only what exists, back and forward, toasts with undo, tasks that stop, errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop.common.errors import Cancelled, StorageFailed
from desktop.ui import main_window
from desktop.ui.dialogs.message import error_code, error_dialog
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address, BackStack
from desktop.ui.pages.page import Page, PageSpec
from desktop.ui.workers import Gates, Work


class Plain(Page):
    """A page that remembers what it was asked."""

    shows = frozenset({"asset"})

    def __init__(self, shell: object) -> None:
        super().__init__(shell)  # type: ignore[arg-type]
        self.addresses: list[Address] = []
        self.refreshed = 0
        self.leave = True

    def show_address(self, address: Address) -> None:
        self.addresses.append(address)

    def refresh(self) -> None:
        self.refreshed += 1

    def may_leave(self) -> bool:
        return self.leave


@pytest.fixture
def window(qtbot: QtBot, gates: Gates) -> Iterator[MainWindow]:
    """A shell with three plain pages."""
    made = MainWindow([PageSpec(name, Plain) for name in ("home", "asset", "settings")], gates, place="样例镇")
    qtbot.addWidget(made)
    made.resize(1366, 698)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made


def plain(window: MainWindow, name: str) -> Plain:
    """A page of the shell."""
    page = window.page(name)
    assert isinstance(page, Plain)
    return page


def test_only_pages_that_exist_are_offered(window: MainWindow) -> None:
    assert window.nav.pages() == ["home", "asset", "settings"]
    assert window.nav.current() == "home"
    window.open(Address("no such page"))
    assert window.nav.current() == "home"


def test_keys_lead_to_pages_and_back(qtbot: QtBot, window: MainWindow) -> None:
    alt, ctrl = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(window, Qt.Key.Key_2, ctrl)
    assert window.nav.current() == "asset"
    window.open(Address("asset", "1" * 32))
    window.place_changed(Address("asset", "2" * 32))  # the row moved on: no new step back
    qtbot.keyClick(window, Qt.Key.Key_3, ctrl)
    qtbot.keyClick(window, Qt.Key.Key_Left, alt)
    assert plain(window, "asset").addresses[-1] == Address("asset", "2" * 32)
    qtbot.keyClick(window, Qt.Key.Key_Right, alt)
    assert window.nav.current() == "settings"
    plain(window, "settings").leave = False
    qtbot.keyClick(window, Qt.Key.Key_Left, alt)
    assert window.nav.current() == "settings"  # something unsaved holds the page


def test_the_back_stack_forgets_what_lay_ahead() -> None:
    stack = BackStack()
    for name in "abc":
        stack.visit(Address(name))
    assert stack.back() == Address("b") and stack.back() == Address("a") and stack.back() is None
    stack.visit(Address("d"))
    assert stack.forward() is None and stack.back() == Address("a")


def test_pages_refresh_when_their_rows_changed(qtbot: QtBot, window: MainWindow) -> None:
    asset = plain(window, "asset")
    window.gates.write(lambda work: work.changed("household"))
    window.gates.write(lambda work: work.changed("asset"))
    qtbot.waitUntil(lambda: not window.gates.busy())
    assert asset.refreshed == 0  # not visible: it waits
    window.open(Address("asset"))
    assert asset.refreshed == 1
    threading.Thread(target=lambda: window.gates.notify(["asset"])).start()
    qtbot.waitUntil(lambda: asset.refreshed == 2)
    assert window.status.saved_text().startswith("已保存")


def test_a_toast_undoes_once(qtbot: QtBot, window: MainWindow) -> None:
    undone: list[int] = []
    window.toast("已停用", lambda: undone.append(1))
    assert window.toast_text() == "已停用"
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [1] and window.toast_text() == ""


def test_a_long_task_shows_itself_and_can_be_stopped(qtbot: QtBot, window: MainWindow) -> None:
    errors: list[BaseException] = []

    def function(work: Work) -> None:
        for i in range(20_000):
            work.progress(i, 20_000, "第一表")
            time.sleep(0.001)

    window.show_task(window.gates.write(function, title="导入", fail=errors.append))
    assert not window.progress.isVisible()
    qtbot.waitUntil(window.progress.isVisible)
    qtbot.mouseClick(window.progress.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], Cancelled)
    qtbot.waitUntil(lambda: not window.progress.isVisible())
    assert window.message is None  # stopping is not an error


def test_the_window_is_not_closed_under_a_write(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main_window, "CLOSE_WAITS_S", 0.05)
    release = threading.Event()
    window.gates.write(lambda _w: release.wait(20), title="合并数据包")
    assert not window.close() and window.isVisible() and window.toast_text() == "正在写入登记册，写好再关"
    release.set()
    qtbot.waitUntil(lambda: not window.gates.busy())
    assert window.close()


def test_a_failed_write_says_what_is_safe(qtbot: QtBot, window: MainWindow) -> None:
    def function(work: Work) -> None:
        raise StorageFailed("磁盘已满，没有写入。", hint="已保存的数据没有受影响。")

    window.gates.write(function, title="备份")
    qtbot.waitUntil(lambda: window.message is not None)
    assert window.message is not None and window.message.windowTitle() == "备份没有完成"
    assert "没有受影响" in window.message.body.text()
    assert window.status.saved_text() == "未保存：磁盘已满，没有写入。"
    window.message.close()


def test_an_unexpected_error_shows_a_code_and_no_data(qtbot: QtBot) -> None:
    try:
        raise KeyError("440799199001010010")
    except KeyError as error:
        dialog = error_dialog(error, "合并")
        code = error_code(error)
    qtbot.addWidget(dialog)
    texts = dialog.body.text() + dialog._detail.toPlainText()
    assert "440799" not in texts and "test_shell.py" in texts
    dialog.show()
    from desktop.ui.widgets.buttons import Button

    copy = next(b for b in dialog.findChildren(Button) if b.text() == "复制编号")
    copy.click()
    assert QGuiApplication.clipboard().text() == code


def test_a_narrow_window_folds_the_navigation(qtbot: QtBot, window: MainWindow) -> None:
    assert not window.nav.is_rail()
    window.resize(1100, 640)
    qtbot.waitUntil(window.nav.is_rail)
    window.resize(1366, 698)
    qtbot.waitUntil(lambda: not window.nav.is_rail())
