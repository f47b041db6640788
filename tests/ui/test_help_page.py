"""帮助 in the window: F1 on every page, search as one types, links, keys as they are bound, the diagnosis saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app.help_topics import topic_of_page
from desktop.app.workspace import Workspace
from desktop.ui.key_list import cap_of, page_keys, runner_keys, window_keys
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.page_list import PAGE_NAMES
from desktop.ui.pages.help import HelpPage
from desktop.ui.pages.survey import SurveyPage
from desktop.ui.runner.runner_keys import RUNNER_KEYS
from desktop.ui.theme import theme

LONG = 20_000
"""Milliseconds to wait on a busy machine."""


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow) -> Callable[[str], HelpPage]:
    """The help page at a topic, everything there."""

    def run(part: str = "") -> HelpPage:
        window.open(Address("help", part=part))
        page = window.current_page()
        assert isinstance(page, HelpPage)
        qtbot.waitUntil(lambda: not window.gates.busy(), timeout=LONG)
        return page

    return run


def test_f1_opens_the_topic_of_every_page_and_leads_back(qtbot: QtBot, window: MainWindow) -> None:
    for name in sorted(PAGE_NAMES - {"help"}):
        window.open(Address(name))
        qtbot.waitUntil(lambda: not window.gates.busy(), timeout=LONG)
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_F1)
        page = window.current_page()
        assert isinstance(page, HelpPage) and page.shown is topic_of_page(name), name
        assert f"page:{name}" in page.text.toHtml()
        window.go_back()
        assert window.current_page() is window.page(name)


def test_f1_in_a_form_speaks_of_the_question(qtbot: QtBot, window: MainWindow) -> None:
    window.open(Address("survey"))
    page = window.current_page()
    assert isinstance(page, SurveyPage)
    qtbot.waitUntil(lambda: not window.gates.busy() and bool(page.list.table.current_id()), timeout=LONG)
    page.begin(page.list.table.current_id())
    qtbot.waitUntil(lambda: page.visit_pane is not None and not window.gates.busy(), timeout=LONG)
    qtbot.keyClick(QApplication.focusWidget() or page, Qt.Key.Key_F1)
    assert window.current_page() is page
    assert page.visit_pane is not None
    page.visit_pane.runner.pause()
    qtbot.waitUntil(lambda: page.visit_pane is None and not window.gates.busy(), timeout=LONG)


def test_search_as_one_types_and_with_the_keyboard_alone(
    qtbot: QtBot, window: MainWindow, opened: Callable[[str], HelpPage]
) -> None:
    page = opened("")
    assert page.field.hasFocus() and len(page.hits()) >= 24
    qtbot.keyClicks(page.field, "zj")
    page.field.flush()
    assert "value" in [hit.topic.key for hit in page.hits()]
    page.field.setText("整改通知")
    page.field.flush()
    assert [hit.topic.key for hit in page.hits()] == ["inspection"]
    assert page.shown is not None and page.shown.key == "inspection"
    assert len(page.text.extraSelections()) >= 1
    qtbot.keyClick(page.field, Qt.Key.Key_Enter)
    assert page.text.hasFocus()
    qtbot.keyClick(page.text, Qt.Key.Key_Escape)
    assert page.list.hasFocus()
    qtbot.keyClick(page.field, Qt.Key.Key_Escape)
    assert len(page.hits()) >= 24 and page.shown.key == "inspection"
    qtbot.keyClick(page.list, Qt.Key.Key_Down)
    assert page.shown.key != "inspection"
    page.field.setText("没有这样的词")
    page.field.flush()
    assert page.hits() == []


def test_links_lead_to_topics_and_pages(window: MainWindow, opened: Callable[[str], HelpPage]) -> None:
    page = opened("help")
    page.text.anchorClicked.emit(QUrl("topic:figures"))
    assert page.shown is not None and page.shown.key == "figures"
    assert "可分配收益" in page.text.toPlainText() and "现在：达到应到人数的 2/3" in page.text.toPlainText()
    window.go_back()
    assert page.shown.key == "help"
    page.text.anchorClicked.emit(QUrl("topic:figures#可分配收益"))
    assert page.shown.key == "figures" and page.text.verticalScrollBar().value() > 300
    page.text.anchorClicked.emit(QUrl("page:asset"))
    assert window.current_page() is window.page("asset")


def test_the_list_of_keys_is_what_is_bound(
    qtbot: QtBot, window: MainWindow, opened: Callable[[str], HelpPage]
) -> None:
    page = opened("keys")
    qtbot.waitUntil(lambda: not page._making.isActive() and not window.gates.busy(), timeout=LONG)
    text = page.text.toPlainText()
    for line in (*window_keys(window), *runner_keys()):
        assert line.cap in text and line.word in text
    assert len(runner_keys()) >= len(RUNNER_KEYS)
    bound = {cap_of(s.key()) for s in window.children() if isinstance(s, QShortcut) and s.whatsThis()}
    assert {"F1", "Ctrl+/", "Ctrl+K", "Alt+←", "Ctrl+L", "F11"} <= bound
    for name in PAGE_NAMES:
        for line in page_keys(window.page(name)):
            assert line.word in text, (name, line)
        said = {line.cap for line in page_keys(window.page(name))}
        for shortcut in window.page(name).children():
            cap = cap_of(shortcut.key()) if isinstance(shortcut, QShortcut) else "F2"
            if not cap.isdigit() and cap != "F2":  # a row of digits is told once; F2 where a record has 修改
                assert cap in said, (name, cap)
    assert cap_of(QKeySequence("Ctrl+Return")) == "Ctrl+Enter" and cap_of("PgDown") == "PgDn"


def test_the_diagnosis_is_shown_before_it_is_saved(
    qtbot: QtBot, window: MainWindow, ws: Workspace, tmp_path: Path, opened: Callable[[str], HelpPage]
) -> None:
    page = opened("value")
    assert page.save_button.isHidden()
    page = opened("diagnosis")
    qtbot.waitUntil(lambda: "【登记册】" in page.text.toPlainText(), timeout=LONG)
    assert page.save_button.isVisible()
    target = tmp_path / "诊断.txt"
    page.save_to(target)
    qtbot.waitUntil(lambda: window.toast_text() == "已存 诊断.txt", timeout=LONG)
    saved = target.read_text(encoding="utf-8")
    shown = page.text.toPlainText()
    assert all(line in shown for line in saved.splitlines() if line)
    with ws.register.reading() as sql:
        assert sql.rows("SELECT who,what FROM plain_export") == [(ws.user, "诊断")]
    window.open(Address("home"))
    window.show_error(RuntimeError("x"))
    assert window.message is not None
    window.message.buttons["diagnosis"].click()
    assert page.shown is not None and page.shown.key == "diagnosis" and window.current_page() is page


@pytest.mark.parametrize("width", [1024, 1366])
def test_it_fits_narrow_and_dark(
    qtbot: QtBot, window: MainWindow, opened: Callable[[str], HelpPage], width: int
) -> None:
    theme().configure(mode="dark")
    window.resize(width, 640)
    page = opened("figures")
    assert page.text.horizontalScrollBar().maximum() == 0
    assert page.list.horizontalScrollBar().maximum() == 0
    assert theme().color("text").name() in page.text.toHtml()
    menu = [action.text() for action in window.menuBar().actions()]
    assert menu[-1] == "帮助(&H)"
