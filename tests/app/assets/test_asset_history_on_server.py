"""Dated statuses, refunds and successors of lessors on a county's PostgreSQL register answer as in a folder."""

from __future__ import annotations

from fractions import Fraction

from desktop.app.assets.status_history import add_past_status, change_status
from desktop.app.keeping.self_check import check_register
from desktop.app.money.lessors import receivables_by_lessor
from desktop.app.money.money_books import total_ledger
from desktop.app.money.refunds import refund_receipt, refundable, settle_deposit
from desktop.app.papers.list_rows import ListChoice, list_rows
from desktop.app.papers.standard_lists import LISTS
from desktop.app.workspace import create_workspace
from desktop.insight.lessor_book import owners_of_receipts
from desktop.registry.asset_status import codes_on
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.cases.assets_for_cases import add_party
from tests.app.conftest import PASSPHRASE
from tests.app.money.books import TOWN
from tests.app.money.test_contracts import leased
from tests.app.money.test_lessors import DAY, owned_by, shop_of
from tests.app.money.test_refunds import paid


def test_what_has_days_is_answered_on_a_server(postgres_database: str) -> None:
    ws, _ = create_workspace(
        postgres_database, unit_name="双水镇人民政府", level="town", division_code=TOWN, user="镇样例",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with ws:
        lease = leased(ws)
        shop = shop_of(ws, lease)
        change_status(ws, shop, "idle", since="2025-03-01", reason="退租")
        add_past_status(ws, shop, "damaged", since="2024-03-01")
        with ws.register.reading() as sql:
            assert codes_on(sql, "2024-06-01") == {shop: "damaged"} and codes_on(sql, "2025-03-01") == {}
        assert total_ledger(ws, "status", "2024-06-01").lines[0].key == "damaged"
        assert len(list_rows(ws, LISTS["idle"], ListChoice(as_of="2025-04-01", division=TOWN), "2026-11-28")) == 1
        assert list_rows(ws, LISTS["idle"], ListChoice(as_of="2024-06-01", division=TOWN), "2026-11-28") == []
        rent = paid(ws, lease, 1_500_000, "2024-01-15")
        paid(ws, lease, 100_000, "2024-01-15", "deposit")
        refund_receipt(ws, rent, 200_000, "多收", on="2024-02-01")
        assert refundable(ws, rent, "2024-02-01").fen == 100_000
        assert settle_deposit(ws, lease, keep_fen=60_000, return_fen=40_000, on="2026-02-01").left_fen == 0
        town = add_party(ws, "双水镇资产公司", "enterprise", "state_town")
        owned_by(ws, shop, {town: Fraction(1)}, DAY)
        found = {x.party: x for x in receivables_by_lessor(ws, as_of="2026-03-01")}
        assert found[town].arrears_fen == 1_200_000 and sum(x.received_fen for x in found.values()) == 1_360_000
        with ws.register.reading() as sql:
            assert sum(owners_of_receipts(sql, [rent])[rent].values()) == 1_300_000
        wrong = {p.rule for p in check_register(ws)}
        assert not {r for r in wrong if r.startswith(("status_", "refund_", "lessor_", "voucher", "journal"))}
