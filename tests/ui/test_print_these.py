"""打印这些: what the list of assets shows goes to the print centre, in its order, and the paper says by what."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.app.list_views import ListView, save_view
from desktop.app.papers.asset_selection import selection_words
from desktop.app.workspace import Workspace
from desktop.ui.main_window import MainWindow
from desktop.ui.pages.asset import AssetPage
from desktop.ui.pages.print_preview import PrintPage
from tests.app.cases.assets_for_cases import add_asset, town_register
from tests.ui.conftest import settled

IDLE = {"status": "idle", "status_reason": "空置", "status_measure": "招租", "status_due": "2027-01-01"}


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with town_register(tmp_path) as made:
        for n in range(4):
            more = IDLE if n % 2 else {}
            add_asset(made, f"样例商铺 {n} 号", 20_000_000 + n, number=f"YL-{n}", **more)
        save_view(made, "asset", ListView("闲着的", {"not_normal": True}))
        yield made


def printed(qtbot: QtBot, window: MainWindow) -> PrintPage:
    """The print centre with the paper laid out."""
    page = window.current_page()
    assert isinstance(page, PrintPage)
    qtbot.waitUntil(lambda: page.pages() > 0 and not window.gates.busy())
    return page


def test_what_is_listed_is_what_is_printed(
    qtbot: QtBot, window: MainWindow, go: Callable[..., Any], ws: Workspace
) -> None:
    assets = go("asset")
    assert isinstance(assets, AssetPage)
    settled(qtbot, window)
    assert assets.print_button.text() == "打印这些"
    assets.filters.set_values({**assets.filters.defaults(), "status": "idle"})
    assets.ask()
    qtbot.waitUntil(lambda: assets.model.rowCount() == 2 and not window.gates.busy())
    assets.print_button.click()
    page = printed(qtbot, window)
    asked = page.wanted().selection
    assert page.template.key == "assets" and asked is not None
    assert selection_words(ws, asked) == "资产状态 闲置" and page.note.text().startswith("2 项，")
    assert page.selection.currentText() == "清单里的：资产状态 闲置" and page.selection.isVisible()
    page.selection.set_value("view:闲着的")
    page.make()
    printed(qtbot, window)
    view = page.wanted().selection
    assert view is not None and view.name == "闲着的" and page.note.text().startswith("2 项，")
    page.selection.set_value("")
    page.make()
    qtbot.waitUntil(lambda: page.note.text().startswith("4 项，"))
    assert page.wanted().selection is None
    page.choose("ledger:category")
    assert not page.selection.isVisible() and page.wanted().selection is None

    window.go_back()
    settled(qtbot, window)
    assets = window.current_page()
    assert isinstance(assets, AssetPage)
    first = assets.model.ids()[0]
    assets.model.set_ticked([0])
    assets.print_these()
    page = printed(qtbot, window)
    qtbot.waitUntil(lambda: page.note.text().startswith("1 项，"))
    chosen = page.wanted().selection
    assert chosen is not None and chosen.ids == (first,)
    assert json.dumps(page.state())  # nothing in it that cannot be kept
