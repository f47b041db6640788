"""退款 and 结算押金 in the window: the limit is said before, books and the tab follow."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.app.money.contracts import contract_detail
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace
from desktop.ui.main_window import MainWindow
from tests.app.money.books import register_at
from tests.app.money.test_contracts import leased
from tests.ui.conftest import settled


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        yield made


def test_what_was_overpaid_goes_back_and_a_deposit_is_settled(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    window.resize(1366, 698)
    lease = leased(ws)
    rent = {"contract_id": lease, "kind": "rent", "on_date": "2024-01-15", "amount_fen": 1_500_000}
    paid = new_record(ws, "receipt", rent)
    new_record(ws, "receipt", {**rent, "kind": "deposit", "amount_fen": 500_000})
    page = go("contract", lease, part="receipts")
    tab = page.detail.tab("receipts")
    settled(qtbot, window)
    tab.receipts.go_to(paid)
    assert tab.refund_button.isEnabled() and tab.deposit_button.isVisible()
    tab.refund()
    dialog = tab.dialog
    dialog.form.editors["on_date"].field.set_value("2024-02-01")
    dialog.form.editors["on_date"].changed.emit()
    qtbot.waitUntil(lambda: "最多能退 3,000.00 元" in dialog.remark.text() and not window.gates.busy())
    dialog.form.take({"amount_fen": 300_001, "on_date": "2024-02-01", "note": "多收"})
    if place := os.environ.get("XIANGCE_SHOTS"):
        dialog.grab().save(f"{place}/refund.png")
    dialog.record()
    settled(qtbot, window)
    assert "最多退 3,000.00 元" in window.message.body.text() + window.message.windowTitle()
    window.message.reject()
    dialog.form.take({"amount_fen": 100_000, "on_date": "2024-02-01", "note": "多收"})
    dialog.record()
    settled(qtbot, window)
    detail = contract_detail(ws, lease, "2024-03-01")
    assert detail is not None and detail.line.received_fen == 1_400_000
    qtbot.waitUntil(lambda: tab.receipts.rows.rowCount() == 3 and not window.gates.busy())
    states = {str(tab.receipts.rows.index(r, 2).data()): r for r in range(3)}
    assert "-1,000.00" in "".join(states).replace("−", "-")
    tab.settle_deposit()
    dialog = tab.dialog
    qtbot.waitUntil(lambda: "押金现存 5,000.00 元" in dialog.remark.text() and not window.gates.busy())
    assert dialog.form.values()["amount_fen"] == 500_000 and dialog.form.values()["deposit_fen"] == 0
    dialog.form.take({"amount_fen": 200_000, "deposit_fen": 300_000})
    if place := os.environ.get("XIANGCE_SHOTS"):
        dialog.grab().save(f"{place}/deposit.png")
    dialog.record()
    settled(qtbot, window)
    detail = contract_detail(ws, lease, "2026-11-28")
    assert detail is not None and detail.line.deposit_fen == 0 and detail.line.received_fen == 1_600_000
    if place := os.environ.get("XIANGCE_SHOTS"):
        window.grab().save(f"{place}/refund-tab.png")
    (shop,) = [a for a, _n, _p in detail.assets]
    page = go("asset", shop)
    page.detail_pane.show_tab("income")
    settled(qtbot, window)
    income = page.detail_pane.tab("income")
    refund = next(r.id for r in detail.receipts if r.refund_of)
    income.receipts.go_to(refund)
    assert not income.refund_button.isEnabled() and income.reverse_button.isEnabled()
    income.receipts.go_to(paid)
    assert income.refund_button.isEnabled()
