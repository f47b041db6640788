"""资产状态 in the window: since when is asked where it changes, and 状态经过 shows, fills in and corrects it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.app.assets.status_history import status_periods
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.ui.main_window import MainWindow
from tests.app.money.books import asset, register_at
from tests.ui.conftest import settled


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        asset(made, "样例铺面", asset_no="YL-1", status="normal", built_date="2020-01-01", original_value_fen=500_000)
        asset(made, "样例冷库", asset_no="YL-2", status="normal", built_date="2020-01-01", original_value_fen=500_000)
        yield made


def shot(window: MainWindow, name: str) -> None:
    if place := os.environ.get("XIANGCE_SHOTS"):
        window.grab().save(f"{place}/{name}.png")


def told(ws: Workspace, record: str) -> list[tuple[str, str | None]]:
    return [(p.start, p.status) for p in status_periods(ws, record)]


def test_the_form_asks_since_when_and_the_tab_shows_it(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    window.resize(1366, 698)
    (shop,) = [r for r, name in names(ws) if name == "样例铺面"]
    page = go("asset", shop)
    pane = page.detail_pane
    pane.begin_edit()
    settled(qtbot, window)
    form = pane.form("asset")
    assert not form.since.isVisible()
    form.form.take({"status": "idle", "status_reason": "退租"})
    form._tell()
    assert form.since.isVisible() and form.since.since() == today() and "闲置" in form.since.words.text()
    form.since.day.set_value("2999-01-01")
    form._tell()
    assert not form.save_button.isEnabled()
    form.since.day.set_value("2024-03-01")
    form.since.source.setText("会议纪要 3 号")
    form._tell()
    shot(window, "status-form")
    form.save()
    settled(qtbot, window)
    assert told(ws, shop) == [("", "normal"), ("2024-03-01", "idle")]
    pane.show_tab("running")
    settled(qtbot, window)
    part = pane.tab("running").status_part
    assert part.table.rows.rowCount() == 2
    assert part.table.rows.index(0, 0).data() == "2024-03-01 起"
    assert part.table.rows.index(1, 0).data() == "至 2024-02-29"
    shot(window, "status-tab")
    part.act.choose("补记过去的状态")
    part.dialog.form.take({"status": "damaged", "from_date": "2022-05-01", "reason": "台风"})
    part.dialog.record()
    settled(qtbot, window)
    assert told(ws, shop)[1] == ("2022-05-01", "damaged")
    part = pane.tab("running").status_part
    part.table.go_to(status_periods(ws, shop)[1].id)
    part.act.choose("更正这一条")
    part.dialog.form.take({"from_date": "2022-06-01", "source_doc": "更正说明"})
    if place := os.environ.get("XIANGCE_SHOTS"):
        part.dialog.grab().save(f"{place}/status-correct.png")
    part.dialog.record()
    settled(qtbot, window)
    assert told(ws, shop)[1] == ("2022-06-01", "damaged")
    part.table.go_to(status_periods(ws, shop)[1].id)
    part.act.choose("撤掉这一条")
    part.dialog.form.take({"note": "没有受灾"})
    part.dialog.record()
    settled(qtbot, window)
    assert told(ws, shop) == [("", "normal"), ("2024-03-01", "idle")]
    assert part.past.isVisible()
    part.past.setChecked(True)
    assert part.table.rows.rowCount() == 4
    part.act.choose("改状态")
    assert part.dialog.form.editors["from_date"].read() == {"from_date": today()}
    part.dialog.form.take({"status": "normal", "from_date": "2024-01-01"})
    part.dialog.record()
    settled(qtbot, window)
    assert "2024-03-01 起已登记为闲置" in window.message.body.text() + window.message.windowTitle()
    window.message.reject()
    part.dialog.form.take({"status": "normal", "from_date": "2024-09-01"})
    part.dialog.record()
    settled(qtbot, window)
    assert told(ws, shop)[-1] == ("2024-09-01", "normal")


def names(ws: Workspace) -> list[tuple[str, str]]:
    with ws.register.reading() as sql:
        return [(str(r), str(n)) for r, n in sql.rows("SELECT id,name FROM asset")]


def test_the_bulk_edit_asks_since_when(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    page = go("asset")
    page.model.set_ticked([0, 1])
    settled(qtbot, window)
    page.tools.bulk_button.click()
    dialog = page.tools.bulk_dialog
    dialog.field.set_value("status")
    dialog.editor().load({"status": "idle"})
    dialog.reason.setText("台风受损")
    dialog._changed()
    qtbot.waitUntil(lambda: dialog.plan is not None and dialog.plan.changing == 2)
    assert dialog.since.isVisible() and dialog.go.isEnabled()
    dialog.since.day.set_value("2999-01-01")
    dialog._tell()
    assert not dialog.go.isEnabled() and "今天或以前" in dialog.hint.text()
    dialog.since.day.set_value("2024-09-01")
    dialog._tell()
    if place := os.environ.get("XIANGCE_SHOTS"):
        dialog.grab().save(f"{place}/status-bulk.png")
    dialog.go.click()
    settled(qtbot, window)
    for record, _ in names(ws):
        assert told(ws, record) == [("", "normal"), ("2024-09-01", "idle")]
        assert status_periods(ws, record)[-1].reason == "台风受损"
