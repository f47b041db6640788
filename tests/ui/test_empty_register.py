"""A register on its first day: every page says what is not there yet and how it begins; nothing blames a filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings

from desktop.app.workspace import Workspace, create_workspace
from desktop.store.key_slot import FAST_FOR_TESTS
from desktop.ui.pages.asset_overview import AssetOverviewPage
from desktop.ui.pages.home import HomePage
from desktop.ui.pages.list_page import ListPage
from desktop.ui.pages.survey import SurveyPage
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.labels import Label
from tests.ui.conftest import all_pages


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    """A register made this minute."""
    made, _code = create_workspace(
        tmp_path / "册", unit_name="双水镇人民政府", level="town", division_code="440705104", user="镇样例",
        passphrase="样例口令一二三四五", profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with made:
        yield made


def test_every_page_says_how_it_begins(ws: Workspace, kept: QSettings, go: Callable[..., Any]) -> None:
    home = go("home")
    assert isinstance(home, HomePage) and home.no_villages.isVisible() and not home.villages.isVisible()
    lists = 0
    for spec in all_pages(ws, kept):
        page = go(spec.name)
        if isinstance(page, (ListPage, SurveyPage)):
            lists += 1
            shown = [w.text() for w in page.list.findChildren(EmptyState) if w.isVisible()]
            assert len(shown) == 1 and shown != ["没有符合的"], (spec.name, shown)
        if isinstance(page, ListPage):
            asked = [w.text() for w in page.detail.findChildren(Label) if w.isVisible() and "在左边选" in w.text()]
            assert not asked, (spec.name, asked)
        if isinstance(page, AssetOverviewPage):
            assert page.empty.isVisible()
    assert lists >= 8
