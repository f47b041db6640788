"""Answers that come late, and keys that come early: neither takes away what a person has chosen or typed since."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.app.cases.inspections import find_assets
from desktop.app.records.editing import DraftsInOrder, draft_of, open_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.insight.lists import villages
from desktop.ui.dialogs.asset_picker import AssetPicker
from desktop.ui.dialogs.palette import Hit, Palette
from desktop.ui.dialogs.write_once import is_writing, write_once
from desktop.ui.main_window import MainWindow
from desktop.ui.models.record_table import PAGE_ROWS, Column, Query, RecordTableModel
from desktop.ui.navigation import Address
from desktop.ui.pages.household import HouseholdPage
from desktop.ui.pages.page import PageSpec
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.segments import Segments
from desktop.ui.workers import Gates
from tests.ui.conftest import InventedRows, close_window, held_back, settled, shown_window

CTRL = Qt.KeyboardModifier.ControlModifier


def test_counts_that_come_do_not_take_the_segment_away_one_is_pressing(qtbot: QtBot) -> None:
    segments = Segments([("open", "未销号"), ("closed", "已销号")], "open")
    qtbot.addWidget(segments)
    segments.show()
    closed = segments._buttons[1]
    qtbot.mousePress(closed, Qt.MouseButton.LeftButton)
    segments.set_choices([("open", "未销号 3"), ("closed", "已销号 1,204")])
    qtbot.mouseRelease(segments._buttons[1], Qt.MouseButton.LeftButton)
    assert segments._buttons[1] is closed and segments.value() == "closed" and segments.word() == "已销号 1,204"
    segments.set_choices([("closed", "已销号"), ("all", "全部")])
    assert segments.value() == "closed" and [b.text() for b in segments._buttons] == ["已销号", "全部"]


def test_a_page_of_rows_given_up_and_asked_for_anew_is_neither_emptied_nor_called_lost(
    qtbot: QtBot, gates: Gates
) -> None:
    """One scrolls away and back at once: the reads that were stopped end after the new one was asked."""
    source, failed = InventedRows(PAGE_ROWS * 40), []
    model = RecordTableModel([Column("head", "户主")], source, gates)
    model.failed.connect(failed.append)
    model.ask(Query())
    qtbot.waitUntil(lambda: model.rowCount() > 0)
    release = threading.Event()
    for _ in range(2):
        gates.read(lambda _w: release.wait(20))  # both threads are busy
    for row in (10, 30, 10):
        model.values_at(row * PAGE_ROWS)
        model._fetch()
    release.set()
    qtbot.waitUntil(lambda: model.values_at(10 * PAGE_ROWS) is not None and not gates.busy())
    assert not failed
    model.deleteLater()


def test_a_form_whose_write_is_under_way_takes_nothing_and_writes_once(qtbot: QtBot, gates: Gates) -> None:
    form = QWidget()
    qtbot.addWidget(form)
    field = TextField()
    QVBoxLayout(form).addWidget(field)
    form.show()
    field.setFocus()
    release, done, fails = threading.Event(), [], []

    def refused(_work: object) -> None:
        release.wait(20)
        raise InputRefused("金额不是整分。")

    def write() -> object:
        return write_once(form, gates, refused, done.append, title="登记", fail=fails.append)

    assert write() is not None and is_writing(form) and write() is None
    assert not field.isEnabled()
    release.set()
    qtbot.waitUntil(lambda: len(fails) == 1)
    assert form.isEnabled() and field.hasFocus() and not is_writing(form) and not done
    assert write_once(form, gates, lambda _w: "made", done.append, title="登记") is not None
    qtbot.waitUntil(lambda: done == ["made"])


def test_enter_in_the_palette_waits_for_the_records_of_what_is_typed(qtbot: QtBot, gates: Gates) -> None:
    release, opened = threading.Event(), []

    def finder(text: str) -> Sequence[Hit]:
        release.wait(20)
        return [Hit(f"户主{text}")]

    palette = Palette(gates, [Hit("住户"), Hit("资产")], finder, opened.append)
    qtbot.addWidget(palette)
    palette.show()
    palette.field.setText("样甲")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert not opened and palette.isVisible()
    release.set()
    qtbot.waitUntil(lambda: [hit.title for hit in opened] == ["户主样甲"])
    assert not palette.isVisible()
    again = Palette(gates, [Hit("住户"), Hit("资产")], finder, opened.append)
    qtbot.addWidget(again)
    again.show()
    again.field.setText("资产")  # a page called by its whole name is known at once
    qtbot.keyClick(again.field, Qt.Key.Key_Return)
    assert opened[-1].title == "资产" and not again.isVisible()


def test_enter_in_the_asset_picker_never_takes_a_row_of_an_earlier_text(
    qtbot: QtBot, ws: Workspace, gates: Gates
) -> None:
    shell: Any = SimpleNamespace(gates=gates)
    chosen: list[str] = []

    def picker() -> AssetPicker:
        made = AssetPicker(shell, ws, "检查哪项资产")
        qtbot.addWidget(made)
        made.chosen.connect(lambda asset, _name: chosen.append(asset))
        made.show()
        qtbot.waitUntil(lambda: bool(made.table.current_id()))
        return made

    every = find_assets(ws, "", 12)
    wanted = next(row for row in every[1:] if len(find_assets(ws, row.name, 12)) == 1)
    first = picker()
    first.search.setText(wanted.name)
    qtbot.keyClick(first.search, Qt.Key.Key_Return)
    assert not chosen and first.table.current_id() == every[0].id, "the rows of the empty text stand there still"
    qtbot.waitUntil(lambda: chosen == [wanted.id])
    second = picker()
    second.search.setText(wanted.asset_no)  # as a scanner types it
    qtbot.keyClick(second.search, Qt.Key.Key_Return)
    assert chosen == [wanted.id, wanted.id]
    third = picker()
    third.search.setText("没有这样的资产")
    qtbot.keyClick(third.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not gates.busy())
    assert len(chosen) == 2 and third.isVisible()


@pytest.fixture
def window(qtbot: QtBot, ws: Workspace, kept: QSettings) -> Iterator[MainWindow]:
    """The window with its households alone."""
    with ws.register.reading() as sql:
        known = villages(sql)
    made = shown_window(qtbot, ws, kept, [PageSpec("household", lambda shell: HouseholdPage(shell, ws, known))])
    yield made
    close_window(qtbot, made)


def test_an_edit_form_shows_what_was_asked_for_last_and_its_draft_goes_with_it(
    qtbot: QtBot, window: MainWindow, ws: Workspace
) -> None:
    page = window.current_page()
    assert isinstance(page, HouseholdPage)
    pane = page.detail_pane
    qtbot.waitUntil(lambda: pane.shown is not None and not window.gates.busy())
    first, second = page.model.id_at(0), page.model.id_at(1)

    with held_back(window.gates, "打开修改") as release:  # F2, and on to the next household before the form comes
        page.begin_edit()
    window.open(Address("household", second))
    qtbot.waitUntil(lambda: pane.shown is not None and pane.shown.id == second)
    release.set()
    settled(qtbot, window)
    assert pane.currentWidget() is pane.reading and pane.record == second

    with held_back(window.gates, "打开修改") as release:  # F2, and a new household before the form comes
        page.begin_edit()
    page.begin_new()
    form = pane.form()
    assert pane.currentWidget() is form
    phone: Any = form.form.editors["phone"].widget
    phone.setFocus()
    qtbot.keyClicks(phone, "10000000001")
    release.set()
    settled(qtbot, window)
    assert form.form.changes()["phone"] == "10000000001" and form.title.text() == "新建住户"
    form._begin(new=False)
    pane.setCurrentWidget(pane.reading)

    page.go_to(first)
    qtbot.waitUntil(lambda: pane.shown is not None and pane.shown.id == first)
    page.begin_edit()
    qtbot.waitUntil(lambda: pane.currentWidget() is form and not window.gates.busy())
    phone.setFocus()
    phone.selectAll()
    qtbot.keyClicks(phone, "10000000002")
    with held_back(window.gates, "存草稿") as release:
        form._keep_draft()  # what the timer does after a moment's rest
    with held_back(window.gates, "保存") as saved:
        form.save()
    assert not form.isEnabled() and page.may_leave()  # what is being saved keeps nobody here
    page.go_to(second)
    page.begin_edit()
    qtbot.waitUntil(lambda: pane.currentWidget() is form and form.title.text() != "" and pane.record == second)
    title = form.title.text()
    saved.set()
    qtbot.waitUntil(lambda: (ws.register.row("household", first) or {}).get("phone") == "10000000002")
    release.set()
    settled(qtbot, window)
    assert pane.currentWidget() is form and form.title.text() == title and form.isEnabled(), "the next is edited on"
    assert draft_of(ws, "household", first) is None
    form.give_up()


def test_drafts_stand_as_they_were_asked_for_last(ws: Workspace) -> None:
    with ws.register.reading() as sql:
        one, other = (str(i) for i in sql.column("SELECT id FROM household ORDER BY id LIMIT 2"))
    drafts, first, second = DraftsInOrder(ws), open_record(ws, "household", one), open_record(ws, "household", other)
    drafts.keep(first, {"phone": "10000000003"})
    drafts.drop(first)  # before any thread came to write the first
    drafts.keep(second, {"phone": "1"})
    drafts.keep(second, {"phone": "10000000004"})
    threads = [threading.Thread(target=drafts.write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert draft_of(ws, "household", one) is None
    kept = draft_of(ws, "household", other)
    assert kept is not None and kept[1] == {"phone": "10000000004"}
