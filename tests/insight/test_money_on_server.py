"""Every question about funds and contracts is answered by a register on a server as by one in a folder."""

from __future__ import annotations

from desktop.app.assets.asset_overview import overview
from desktop.app.cases.decisions import decision_detail
from desktop.app.cases.procedures import take_step
from desktop.app.home import home_summary
from desktop.app.keeping.self_check import check_register
from desktop.app.money.contracts import asset_operation, contract_choices, contract_detail, new_contract
from desktop.app.money.money_books import asset_values, contracts, total_ledger, value_lines
from desktop.app.money.project_library import assets_without_project, project_detail
from desktop.app.records.editing import new_record
from desktop.app.workspace import create_workspace
from desktop.insight.contract_lists import ContractBook
from desktop.insight.decision_lists import decision_ids
from desktop.insight.interest_conflicts import interest_hints
from desktop.insight.lists import ListQuery, asset_ids
from desktop.insight.project_lists import ProjectBook
from desktop.insight.value_ledger import CUTS, differences
from desktop.registry.rent_schedule import RentRule
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.conftest import PASSPHRASE
from tests.app.money.books import TOWN, asset, party


def test_a_server_answers_everything_about_money(postgres_database: str) -> None:
    ws, _ = create_workspace(
        postgres_database, unit_name="双水镇人民政府", level="town", division_code=TOWN, user="镇样例",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with ws:
        owner, firm = party(ws, "双水村联合社", "collective"), party(ws, "样例公司")
        project = new_record(ws, "project", {"name": "商铺项目", "state": "accepted", "fund_parts": [["central", 500]]})
        shop = asset(ws, "铺面", owner=owner, original_value_fen=500, fund_parts=[["central", 500]], project_id=project,
                     built_date="2020-01-01", depreciation_method="straight_line", useful_life_months=100,
                     residual_rate="0", opening_date="2021-01-31", depreciation_fen=50)  # fmt: skip
        new_record(ws, "value_change", {"asset_id": shop, "on_date": "2022-01-01", "kind": "addition",
                                        "amount_fen": 100, "fund_parts": [["self", 100]]})  # fmt: skip
        decision = new_record(ws, "decision", {"title": "出租", "kind": "lease", "resolved_date": "2023-12-01"})
        made = new_contract(
            ws,
            {"contract_no": "一", "mode": "lease", "lessor_party_id": owner, "operator_party_id": firm,
             "assets": [[shop]], "signed_date": "2023-12-01", "term_start": "2024-01-01", "term_end": "2025-12-31"},
            RentRule("year", "2024-01-01", amount_fen=1_000),
        )  # fmt: skip
        take_step(ws, "contract", made, "activate", on="2024-01-01")
        new_record(ws, "receipt", {"contract_id": made, "on_date": "2024-02-01", "amount_fen": 700, "kind": "rent"})
        new_record(ws, "linkage", {"asset_id": shop, "household_id": "0" * 32, "mode": "job", "jobs": 1})

        for by in CUTS:
            found = total_ledger(ws, by, "2024-12-31")
            assert (found.total.count, found.total.original_fen) == (1, 600) and differences(found) == []
        values = asset_values(ws, shop, "2024-12-31")
        assert values is not None and values.values.original == 600 and value_lines(ws, "2024-12-31")
        (owing,) = contracts(ws, view="owing", as_of="2025-01-02")
        assert owing.arrears_fen == 1_300
        detail = contract_detail(ws, made, "2025-01-02")
        assert detail is not None and detail.account.ages == (1_000, 0, 0, 0, 300)
        assert asset_operation(ws, shop, "2025-01-02").income[0].expected_fen == 1_000
        assert contract_choices(ws).assets and assets_without_project(ws, project) == []
        assert overview(ws).arrears.contracts == 1 and home_summary(ws).contracts.owing == 1
        assert project_detail(ws, project) is not None and decision_detail(ws, decision) is not None
        with ws.register.reading() as sql:
            assert interest_hints(sql) == [] and ContractBook().ids(sql, ListQuery(text="样例")) == [made]
            assert decision_ids(sql, ListQuery(equal={"open": "1"})) == [decision]
            assert ProjectBook().ids(sql, ListQuery()) == [project]
            assert asset_ids(sql, ListQuery(equal={"unowned": "1", "not_normal": "1"})) == []
        # the linked household is not there, the contract's term is over
        assert {p.rule for p in check_register(ws)} == {"reference", "contract_expired"}
