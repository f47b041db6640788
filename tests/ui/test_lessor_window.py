"""换出租方 in the window: who lets a contract's assets since they changed hands, by whom each due is owed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.app.money.lessors import take_back_lessor
from desktop.app.workspace import Workspace
from desktop.ui.main_window import MainWindow
from tests.app.cases.assets_for_cases import add_party
from tests.app.money.books import register_at
from tests.app.money.test_contracts import leased
from tests.app.money.test_lessors import DAY, lessors, owned_by, shop_of
from tests.ui.conftest import settled


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        yield made


def test_the_successor_is_shown_and_can_be_said_by_hand(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    window.resize(1366, 698)
    lease = leased(ws)
    town = add_party(ws, "双水镇资产公司", "enterprise", "state_town")
    owned_by(ws, shop_of(ws, lease), {town: Fraction(1)})
    page = go("contract", lease, part="dues")
    settled(qtbot, window)
    dues = page.detail.tab("dues")
    whose = [dues.dues.rows.index(r, 5).data() for r in range(3)]
    assert whose[2] == "双水镇资产公司" and whose[0] == whose[1] != whose[2] and not dues.dues.isColumnHidden(5)
    if place := os.environ.get("XIANGCE_SHOTS"):
        window.grab().save(f"{place}/lessor-dues.png")
    page.detail.show_tab("terms")
    settled(qtbot, window)
    terms = page.detail.tab("terms")
    assert terms.lessors_part.isVisible() and terms.lessors.rows.rowCount() == 2
    if place := os.environ.get("XIANGCE_SHOTS"):
        qtbot.wait(300)
        window.grab().save(f"{place}/lessor-terms.png")
    take_back_lessor(ws, lease, DAY, "先撤掉")
    page = go("contract", lease, part="terms")
    settled(qtbot, window)
    terms = page.detail.tab("terms")
    qtbot.waitUntil(lambda: not terms.lessors_part.isVisible() and not window.gates.busy())
    terms.change_lessor()
    qtbot.waitUntil(lambda: terms.dialog is not None and terms.dialog.isVisible())
    terms.dialog.form.take({"signed_date": DAY, "purpose": "划转批复"})
    if place := os.environ.get("XIANGCE_SHOTS"):
        terms.dialog.grab().save(f"{place}/lessor-dialog.png")
    terms.dialog.record()
    settled(qtbot, window)
    assert lessors(ws, lease)[1:] == [(DAY, "双水镇资产公司")]
    qtbot.waitUntil(lambda: terms.lessors_part.isVisible() and not window.gates.busy())
