"""Income of assets: a receipt under a contract over several assets is split exactly; years add up to the receipts."""

from __future__ import annotations

from pathlib import Path

from desktop.app.cases.procedures import take_step
from desktop.app.money.contracts import new_contract
from desktop.app.records.editing import new_record
from desktop.insight.asset_income import income_years, received
from desktop.registry.rent_schedule import RentRule
from tests.app.money.books import asset, party, register_at


def test_a_receipt_over_several_assets_is_split_by_their_values(tmp_path: Path) -> None:
    with register_at(tmp_path) as ws:
        owner, firm = party(ws, "双水村联合社", "collective"), party(ws, "样例公司")
        shops = [asset(ws, f"铺面{n}", owner=owner, original_value_fen=value) for n, value in enumerate((200, 100))]
        made = new_contract(
            ws,
            {"contract_no": "一", "mode": "lease", "lessor_party_id": owner, "operator_party_id": firm,
             "assets": [[s] for s in shops], "signed_date": "2023-12-01", "term_start": "2024-01-01",
             "term_end": "2025-12-31"},
            RentRule("year", "2024-01-01", amount_fen=1_000),
        )  # fmt: skip
        take_step(ws, "contract", made, "activate", on="2024-01-01")
        new_record(ws, "receipt", {"contract_id": made, "on_date": "2024-02-01", "amount_fen": 1_000, "kind": "rent"})
        new_record(ws, "receipt", {"contract_id": made, "asset_id": shops[1], "on_date": "2025-02-01",
                                   "amount_fen": 50, "kind": "penalty"})  # fmt: skip
        new_record(ws, "receipt", {"contract_id": made, "on_date": "2025-02-01", "amount_fen": 7, "kind": "deposit"})
        new_record(ws, "asset_income", {"asset_id": shops[1], "year": 2025, "expected_fen": 400})
        with ws.register.reading() as sql:
            everything = received(sql)
            assert everything == {shops[0]: {2024: 667}, shops[1]: {2024: 333, 2025: 50}}
            assert [received(sql, ids=[s]) for s in shops] == [{s: everything[s]} for s in shops]
            years = [(y.year, y.expected_fen, y.received_fen) for y in income_years(sql, shops[1], until="2025-12-31")]
            assert years == [(2025, 400, 50), (2024, 333, 333)]
