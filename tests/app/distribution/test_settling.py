"""Two laptops take different steps of one distribution: a person decides, and books, payments and state agree again."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.app.cases.procedures import take_step_many
from desktop.app.distribution import paying
from desktop.app.exchange import exchanging
from desktop.app.money.receipts import reverse_receipt
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.registry.invariants import invariant_problems
from desktop.registry.posting import balances
from tests.app.distribution.distribution_cases import (
    ON,
    VILLAGE,
    Case,
    balanced,
    decide,
    fill,
    hang_notice,
    receive,
    step,
    to_paying,
)
from tests.exchange.conftest import make  # noqa: F401
from tests.exchange.laptops import Make, enrol, send


@pytest.fixture
def world(make: Make, tmp_path: Path) -> tuple[Workspace, Case, Case]:  # noqa: F811
    """A county, the case on one laptop and on another, not yet shared."""
    county, a, b = make("county", level="county", division="440705"), make("a"), make("b")
    for laptop in (a, b):
        enrol(county, laptop, tmp_path, "440705104")
    case = Case(a)
    fill(case, (4, 2))
    receive(case, 100_000)
    balanced(case)
    return county, case, Case(b, plan=case.plan)


def share(county: Workspace, case: Case, other: Case, folder: Path) -> None:
    send(case.ws, county, folder / "s1.xcp")
    send(county, other.ws, folder / "s2.xcp")


def meet(county: Workspace, case: Case, other: Case, folder: Path) -> None:
    send(case.ws, county, folder / "m1.xcp")
    send(other.ws, county, folder / "m2.xcp")


def problems(ws: Workspace) -> list[str]:
    with ws.register.reading() as sql:
        return [p.rule for p in invariant_problems(sql)]


def books(ws: Workspace) -> dict[str, int]:
    with ws.register.reading() as sql:
        return {b.account: b.balance_fen for b in balances(sql, VILLAGE) if b.balance_fen}


def decide_for(ws: Workspace, table: str, wanted: str) -> str:
    (conflict,) = [c for c in ws.register.conflicts() if (c.table, c.cell) == (table, "state")]
    (take,) = [n for n, choice in enumerate(conflict.choices, 1) if choice.value == wanted]
    return exchanging.resolve_all(ws, [exchanging.Choice(conflict.case, take)], "现场核实").unit_id


def states(ws: Workspace, plan: str) -> set[str]:
    return {p.state for p in paying.payments_of(ws, plan)}


def test_one_confirms_the_other_reverses(world: tuple[Workspace, Case, Case], tmp_path: Path) -> None:
    county, case, other = world
    case.as_user("村样例")
    step(case, "submit")
    step(case, "report", decision_id=decide(case))
    case.as_user("镇样例")
    step(case, "approve")
    hang_notice(case)
    share(county, case, other, tmp_path)
    step(case, "confirm")
    step(case, "start_paying")
    other.as_user("镇样二")
    step(other, "reverse", note="名单有误")
    meet(county, case, other, tmp_path)
    assert problems(county) == ["distribution_reversal"]
    (view,) = exchanging.conflict_views(county)
    assert view.ancestor == "公示", "where the two parted, though one went on two steps"

    unit = decide_for(county, "distribution", "reversed")
    assert not problems(county) and not county.register.conflicts() and states(county, case.plan) == {"cancelled"}
    assert books(county) == {"bank": 100_000, "operating_income": -100_000}
    exchanging.take_back_decision(county, unit)
    assert problems(county) == ["distribution_reversal"] and len(county.register.conflicts()) == 1

    decide_for(county, "distribution", "paying")
    assert not problems(county) and not county.register.conflicts() and states(county, case.plan) == {"waiting"}
    there = Case(county, plan=case.plan)
    paying.pay_batch(county, [p.id for p in paying.payments_of(county, case.plan)], on=ON)
    step(there, "close")
    assert not problems(county) and books(county)["bank"] == 38_000


def test_a_reversal_of_several_plans_is_withdrawn_for_one(
    world: tuple[Workspace, Case, Case], tmp_path: Path
) -> None:
    """Two plans reversed in one unit of work, one of them confirmed elsewhere: the decision on it leaves the other."""
    county, case, other = world
    second = Case(case.ws, homes=case.homes, heads=case.heads)
    receive(second, 80_000)
    balanced(second)
    for one in (case, second):
        one.as_user("村样例")
        step(one, "submit")
        step(one, "report", decision_id=decide(one))
        one.as_user("镇样例")
        step(one, "approve")
        hang_notice(one)
    share(county, case, other, tmp_path)
    step(case, "confirm")
    other.as_user("镇样二")
    take_step_many(other.ws, "distribution", [case.plan, second.plan], "reverse", on=ON, note="名单有误")
    meet(county, case, other, tmp_path)
    decide_for(county, "distribution", "confirmed")
    assert not county.register.conflicts() and not problems(county)
    rows = [county.register.row("distribution", plan) or {} for plan in (case.plan, second.plan)]
    assert [row["state"] for row in rows] == ["confirmed", "reversed"]
    with county.register.reading() as sql:
        assert sql.column("SELECT reversal_of FROM distribution WHERE reversal_of IS NOT NULL") == [second.plan]


def test_one_pays_the_other_reverses(world: tuple[Workspace, Case, Case], tmp_path: Path) -> None:
    county, case, other = world
    to_paying(case)
    share(county, case, other, tmp_path)
    first = paying.payments_of(case.ws, case.plan)[0]
    paying.pay_batch(case.ws, [first.id], on=ON)
    other.as_user("镇样二")
    step(other, "reverse", note="名单有误")
    meet(county, case, other, tmp_path)
    assert problems(county) == ["payment_voucher"]

    unit = decide_for(county, "payment", "cancelled")
    assert not problems(county) and books(county) == {"bank": 100_000, "operating_income": -100_000}
    exchanging.take_back_decision(county, unit)

    decide_for(county, "payment", "paid")
    assert problems(county) == ["paid_of_reversed"], "said until the money is back"
    paying.return_payments(county, {first.id: "方案冲销，已收回"}, on=ON)
    assert not problems(county) and books(county) == {"bank": 100_000, "operating_income": -100_000}


def test_one_pays_the_other_changes_the_account(world: tuple[Workspace, Case, Case], tmp_path: Path) -> None:
    county, case, other = world
    to_paying(case)
    share(county, case, other, tmp_path)
    first = paying.payments_of(case.ws, case.plan)[0]
    paying.pay_batch(case.ws, [first.id], on=ON)
    changed = paying.set_payee(other.ws, first.id, {"bank_account": "6217000000000999"})
    meet(county, case, other, tmp_path)
    (found,) = [p for p in exchanging.cases(county) if p.table == "payment"]
    assert found.rule == "paid_to_another" and "尾号 0000" in found.message and "尾号 0999" in found.message
    take_back_unit(county, changed.unit_id)
    assert not problems(county) and paying.payments_of(county, case.plan)[0].account_tail == "0000"


def test_both_reverse_one_receipt(world: tuple[Workspace, Case, Case], tmp_path: Path) -> None:
    county, case, other = world
    (paid,) = receive(Case(case.ws), 70_000)
    share(county, case, other, tmp_path)
    first = reverse_receipt(case.ws, paid, "记错", "2026-03-01")
    assert reverse_receipt(other.ws, paid, "重复登记", "2026-03-02") == first
    meet(county, case, other, tmp_path)
    assert books(county)["bank"] == 100_000 and not problems(county), "out of the books once"
    assert {c.cell for c in county.register.conflicts() if c.table == "receipt"} == {"on_date", "note"}
    (done,) = [u for u in case.ws.register.units() if u.reason.startswith("冲销收款")]
    take_back_unit(case.ws, done.unit_id.hex())
    assert reverse_receipt(case.ws, paid, "还是错的", "2026-03-03") == first and books(case.ws)["bank"] == 100_000
