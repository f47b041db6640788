"""Contracts of the demo township: its leases with yearly rents, most paid, some in arrears, some running out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from desktop.app.demo.assets import Lease
from desktop.common.ids import new_id
from desktop.registry.posting import post_receipt
from desktop.registry.rent_schedule import RentRule, rent_dues
from desktop.store.register import Register


def fill_contracts(register: Register, leases: Sequence[Lease]) -> None:
    """A contract in force for every lease, with its receipts and their vouchers, and the incomes that were expected."""
    contracts: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    receipts: list[dict[str, Any]] = []
    incomes: list[dict[str, Any]] = []
    today = date.today().isoformat()  # noqa: DTZ011
    for number, lease in enumerate(leases):
        contract = _contract(number, lease)
        contracts.append(contract)
        steps.append({
            "case_table": "contract", "case_id": contract["id"], "step": "activate", "from_state": "draft",
            "to_state": "active", "on_date": contract["signed_date"], "taken_by": "区虚远",
        })  # fmt: skip
        due = [(on, fen) for on, fen, _ in contract["rent_dues"] if on <= today]
        paid = due[: len(due) - (0, 0, 0, 1, 0, 0, 2)[number % 7]]
        receipts += [_receipt(contract, lease, on, fen) for on, fen in paid]
        incomes += [{"asset_id": lease.asset["id"], "year": int(on[:4]), "expected_fen": fen} for on, fen in due]
        if contract["deposit_fen"]:
            receipts.append(
                _receipt(contract, lease, contract["signed_date"], contract["deposit_fen"], kind="deposit")
            )
    with register.write("登记合同和收款（演示）") as scope:
        scope.insert_many("contract", contracts)
        scope.insert_many("step_taken", steps)
        scope.insert_many("receipt", receipts)
        scope.insert_many("asset_income", incomes)
        for row in receipts:
            post_receipt(scope, row["id"], row)


def _contract(number: int, lease: Lease) -> dict[str, Any]:
    asset = lease.asset
    start, end = asset["contract_start"], asset["contract_end"]
    rent = asset["expected_income_fen"]
    rule = RentRule("year", f"{start[:4]}-03-01", amount_fen=rent, growth_percent="5" if number % 3 == 0 else "0",
                    growth_every=3)  # fmt: skip
    dues = rent_dues(rule, start, end)
    return {
        "id": new_id(), "contract_no": f"FX租〔{start[:4]}〕{number + 1:03d}号", "mode": "lease",
        "lessor_party_id": lease.owner, "operator_party_id": lease.firm, "division_id": asset["division_id"],
        "division_code": asset["division_code"], "signed_date": f"{int(start[:4]) - 1}-12-10", "term_start": start,
        "term_end": end, "amount_fen": sum(fen for _, fen in dues),
        "deposit_fen": rent // 4 // 10_000 * 10_000 or None if number % 2 == 0 else None,
        "rent_rule": rule.to_json(), "rent_dues": [[on, fen, None] for on, fen in dues], "state": "active",
        "assets": [[asset["id"]]],
    }  # fmt: skip


def _receipt(contract: dict[str, Any], lease: Lease, on: str, fen: int, kind: str = "rent") -> dict[str, Any]:
    return {
        "id": new_id(), "contract_id": contract["id"], "asset_id": lease.asset["id"], "on_date": on, "amount_fen": fen,
        "kind": kind, "income_year": int(on[:4]), "division_id": contract["division_id"],
        "division_code": contract["division_code"],
    }  # fmt: skip
