"""A plan from receipts to sums: uses in order, recipients from the register, every 分 arranged or kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.app.cases.notices import make_notice
from desktop.app.cases.procedures import steps_of, take_step
from desktop.app.county.configuring import set_setting
from desktop.app.distribution import distributing, distribution_recipients, distribution_view
from desktop.app.records.editing import new_record, open_record, remove_record, save_record
from desktop.app.records.records import today
from desktop.common.errors import InputRefused
from desktop.registry.invariants import invariant_problems
from desktop.registry.posting import balances
from tests.app.distribution.distribution_cases import (
    ON,
    VILLAGE,
    Case,
    balanced,
    begin,
    decide,
    hang_notice,
    receive,
    step,
    village,
)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = village(tmp_path)
    with made.ws:
        yield made


def broken(case: Case) -> set[str]:
    with case.ws.register.reading() as sql:
        return {p.rule for p in invariant_problems(sql)}


def test_the_published_case_leaves_its_82_yuan_as_carried_over(case: Case) -> None:
    """DOMAIN §2.11 [S16]: 431.728292 万元 received, 217 + 214.72 published, 82.92 元 unexplained there, 结余 here."""
    receive(case, 300_000_000, 72_679_103, 37_049_189, 10_000_000, 12_000_000)
    begin(case, level="village")
    view = distribution_view.plan_view(case.ws, case.plan)
    assert view.balance.received_fen == 431_728_292
    distributing.set_uses(case.ws, case.plan, [("consolidate", "217万元", ""), ("village_public", "214.72万元", "")])
    view = distribution_view.plan_view(case.ws, case.plan)
    assert view.balance.open_fen == 8_292
    assert any("还有 82.92 元没有安排用途，也没有留作结余" in p.message for p in view.errors)
    (submit, _) = steps_of(case.ws, "distribution", case.plan)
    assert not submit.allowed and any("82.92" in bar for bar in submit.bars)
    distributing.keep_rest(case.ws, case.plan)
    view = distribution_view.plan_view(case.ws, case.plan)
    assert view.balance.kept_fen == 8_292 and view.balance.balanced and not view.errors
    assert view.balance.distributable_fen == 431_720_000


def test_recipients_are_drawn_by_conditions_and_split_by_people(case: Case) -> None:
    receive(case, 100_000)
    balanced(case)
    view = distribution_view.plan_view(case.ws, case.plan)
    lines = view.lines_of("risk_people")
    assert sorted(line.amount_fen for line in lines) == [7_429, 11_143, 14_857, 18_571]
    assert sum(line.amount_fen for line in lines) == 52_000 and view.balance.balanced
    assert {line.basis for line in lines} == {"监测对象", "低保对象"}
    assert all(len(line.account_tail) == 4 for line in lines)
    assert view.row["snapshot_date"] == today()
    count, _ = distribution_recipients.draw(case.ws, case.plan, "risk_people", {"monitored_type": "*"}, method="equal")
    assert count == 3
    count, _ = distribution_recipients.draw(
        case.ws, case.plan, "risk_people", {"category": "dibao", "group": "二组"}, method="class",
        amounts={"低保对象": 52_000},
    )  # fmt: skip
    assert count == 1 and distribution_view.plan_view(case.ws, case.plan).balance.balanced
    with pytest.raises(InputRefused, match="没有“weather”这个条件"):
        distribution_recipients.draw(case.ws, case.plan, "risk_people", {"weather": "x"})
    with pytest.raises(InputRefused, match="没有符合条件"):
        distribution_recipients.draw(case.ws, case.plan, "risk_people", {"group": "九组"})


def test_persons_are_drawn_by_age_on_the_day(case: Case) -> None:
    receive(case, 90_000)
    begin(case, level="person")
    distributing.set_uses(case.ws, case.plan, [("help_no_labor", "rest", "")])
    count, _ = distribution_recipients.draw(
        case.ws, case.plan, "help_no_labor", {"age_from": 60}, method="equal", on="2026-05-01"
    )
    assert count == 4, "heads born 1960 are 66, second members born 1972 are 54"
    assert {line.recipient.kind for line in distribution_view.plan_view(case.ws, case.plan).lines} == {"person"}
    with pytest.raises(InputRefused, match="没有符合条件"):
        distribution_recipients.draw(case.ws, case.plan, "help_no_labor", {"age_from": 67}, on="2026-05-01")


def test_forbidden_uses_are_refused_with_the_rules_words(case: Case) -> None:
    receive(case, 100_000)
    begin(case)
    for typed, note in (("津贴补贴和福利补助", ""), ("vehicle", ""), ("village_public", "偿还债务")):
        with pytest.raises(InputRefused, match="收益不能用于"):
            distributing.set_uses(case.ws, case.plan, [(typed, "1.00", note)])
    with pytest.raises(InputRefused, match="没有“聚餐”这个用途"):
        distributing.set_uses(case.ws, case.plan, [("聚餐", "1.00", "")])
    with pytest.raises(InputRefused, match="比可分配收益多 1.00 元"):
        distributing.set_uses(case.ws, case.plan, [("maintenance", "1001.00", "")], kept="rest")


def test_the_countys_order_and_limits_hold(case: Case) -> None:
    receive(case, 100_000)
    begin(case, level="village")
    set_setting(case.ws, "distribution.use_order", ["village_public", "maintenance"])
    limits = {"maintenance": {"max_percent": "10"}, "risk_people": {"min_percent": 50}}
    set_setting(case.ws, "distribution.use_limits", limits)
    distributing.set_uses(case.ws, case.plan, [("maintenance", "100.01", ""), ("村级公益事业", "rest", "")])
    view = distribution_view.plan_view(case.ws, case.plan)
    assert [u.use for u in view.balance.uses] == ["village_public", "maintenance"]
    said = [p.message for p in view.errors]
    assert "县里规定项目运营管护不高于可分配收益的 10%（100.00 元），现在是 100.01 元" in said
    assert any("不低于 50%，方案里没有这一项" in m for m in said)
    with pytest.raises(InputRefused, match="超过 100%"):
        distributing.set_uses(case.ws, case.plan, [("maintenance", "150%", "")])
    uses = [("maintenance", "10%", ""), ("village_public", "400", ""), ("risk_people", "rest", "")]
    distributing.set_uses(case.ws, case.plan, uses)
    assert not distribution_view.plan_view(case.ws, case.plan).errors


def test_who_is_gone_twice_or_over_the_cap_is_named(case: Case) -> None:
    receive(case, 100_000)
    balanced(case)
    homes = list(case.homes.items())
    save_record(case.ws, open_record(case.ws, "person", case.heads[homes[0][0]]), {"change_kind": "死亡"})
    remove_record(case.ws, open_record(case.ws, "household", homes[2][1]))
    set_setting(case.ws, "distribution.household_cap_fen", 11_000)
    lines = distribution_view.plan_view(case.ws, case.plan).row["lines"]
    with_twice = [*lines, {**lines[3]}]
    save_record(case.ws, open_record(case.ws, "distribution", case.plan), {"lines": with_twice})
    problems = {(p.code, p.line) for p in distribution_view.plan_view(case.ws, case.plan).errors}
    codes = {code for code, _ in problems}
    assert {"gone", "not_in_register", "twice", "over_cap", "overlined"} <= codes
    messages = [p.message for p in distribution_view.plan_view(case.ws, case.plan).errors]
    assert any("户主已登记死亡，请变更户主、改领款人或去掉" in m for m in messages)
    with pytest.raises(InputRefused, match="不能提交村级会议"):
        step(case, "submit")


def test_the_same_year_and_use_again_is_said_or_refused(case: Case) -> None:
    receive(case, 100_000)
    balanced(case)
    receive(case, 100_000)
    second = distributing.new_plan(case.ws, year=2026, division_code=VILLAGE)
    assert case.ws.register.row("distribution", second)["title"].endswith("2026年第2次收益分配")  # type: ignore[index]
    distributing.take_receipts(case.ws, second, {case.receipts[-1]: None})
    distributing.set_uses(case.ws, second, [("risk_people", "rest", "")])
    distribution_recipients.draw(case.ws, second, "risk_people", {}, method="equal")
    view = distribution_view.plan_view(case.ws, second)
    assert not view.errors and {p.code for p in view.problems} == {"same_year_use"}
    set_setting(case.ws, "distribution.same_year_use", "refuse")
    assert distribution_view.plan_view(case.ws, second).errors


def test_officials_and_their_kin_among_the_recipients_are_hinted_at(case: Case) -> None:
    receive(case, 100_000)
    balanced(case)
    head, other = list(case.homes)[:2]
    officials = [{"name": "样外人", "household_id": case.homes[head]}, {"name": other}]
    set_setting(case.ws, "interest.officials", officials)
    view = distribution_view.plan_view(case.ws, case.plan)
    said = {line.recipient.name: [p.message for p in line.problems] for line in view.lines if line.problems}
    assert said == {head: ["与村镇干部同户，请核实"], other: ["与村镇干部同户，请核实"]}
    assert not view.errors, "a hint bars nothing"
    assert [p.message for p in view.interests] == ["与村镇干部同户，请核实"] * 2
    case.as_user("村样例")
    step(case, "submit")
    step(case, "report", decision_id=decide(case))
    case.as_user("镇样例")
    step(case, "approve")
    notice = make_notice(case.ws, "distribution", case.plan, "income_plan")
    said_in_public = json.dumps(case.ws.register.row("notice", notice), ensure_ascii=False)
    assert head in said_in_public and "干部" not in said_in_public and "利益" not in said_in_public


def test_a_receipt_is_not_given_out_twice(case: Case) -> None:
    first, second = receive(case, 100_000, 50_000)
    balanced(case)
    other = distributing.new_plan(case.ws, year=2026, division_code=VILLAGE)
    assert distribution_view.undistributed(case.ws, VILLAGE) == []
    with pytest.raises(InputRefused, match="已在别的方案中分配"):
        distributing.take_receipts(case.ws, other, {first: None})
    distributing.take_receipts(case.ws, case.plan, {second: 20_000})
    assert [c.left_fen for c in distribution_view.undistributed(case.ws, VILLAGE)] == [100_000, 30_000]
    with case.ws.write("押金") as scope:  # as a contract brings it
        deposit = scope.insert("receipt", {"on_date": "2026-02-01", "amount_fen": 30_000, "kind": "deposit",
                                           "division_code": VILLAGE})  # fmt: skip
    with pytest.raises(InputRefused, match="押金、本金"):
        distributing.take_receipts(case.ws, other, {deposit: None})


def test_steps_ask_for_decision_second_person_and_notice(case: Case) -> None:
    receive(case, 100_000)
    balanced(case)
    case.as_user("村样例")
    step(case, "submit")
    with pytest.raises(InputRefused, match="没有填决策记录"):
        step(case, "report")
    poor = new_record(case.ws, "decision", {
        "title": "分配", "kind": "distribution", "proposed_date": "2026-03-05", "consulted_date": "2026-03-01",
        "should_attend": 30, "attended": 19, "agreed": 9,
    })  # fmt: skip
    with pytest.raises(InputRefused) as refused:
        step(case, "report", decision_id=poor)
    for word in ("没有填党员大会审议、会议决议、决议公开", "早于党组织提议", "实到 19 人，不足应到 30 人的 2/3",
                 "没有超过实到 19 人的 1/2"):  # fmt: skip
        assert word in str(refused.value)
    step(case, "report", decision_id=decide(case))
    with pytest.raises(InputRefused, match="现在是“镇级审核”，分配明细不能再改"):
        distribution_recipients.drop_recipients(case.ws, case.plan, "risk_people", [case.homes[next(iter(case.homes))]])
    with pytest.raises(InputRefused, match="审核人不能是提交方案的人"):
        step(case, "approve")
    step(case, "back_to_draft", note="补写依据", on="2026-02-28")
    with pytest.raises(InputRefused, match="办理日期 2026-02-26 早于“退回修改”的日期 2026-02-28"):
        step(case, "submit")
    step(case, "submit", on="2026-02-28")
    step(case, "report", on="2026-03-01")
    case.as_user("镇样例")
    step(case, "approve")
    with pytest.raises(InputRefused, match="还没有公示"):
        step(case, "confirm")
    notice = hang_notice(case)
    said = {"notice_id": notice, "what": "漏了一户", "received_date": "2026-03-08"}
    objection = new_record(case.ws, "objection", said)
    with pytest.raises(InputRefused, match="还有 1 条异议没有处理"):
        step(case, "confirm")
    handled = {"handled_date": "2026-03-09", "handling": "已核", "upheld": 0}
    save_record(case.ws, open_record(case.ws, "objection", objection), handled)
    with pytest.raises(InputRefused, match="分配明细不能再改"):
        take_step(case.ws, "distribution", case.plan, "confirm", {"lines": []}, on=ON)
    step(case, "confirm")
    with case.ws.register.reading() as sql:
        books = {b.account: b.balance_fen for b in balances(sql, VILLAGE)}
    assert books == {
        "bank": 100_000, "operating_income": 0, "distributable": 0, "payable_household": -52_000,
        "payable_use": -10_000, "carried_over": -38_000,
    }  # fmt: skip
    assert not broken(case)


def test_what_is_carried_over_must_be_in_the_books(case: Case) -> None:
    receive(case, 100_000)
    begin(case, level="village")
    distributing.set_carried_over(case.ws, case.plan, 5_000)
    distributing.set_uses(case.ws, case.plan, [("maintenance", "rest", "")])
    case.as_user("村样例")
    step(case, "submit")
    step(case, "report", decision_id=decide(case))
    case.as_user("镇样例")
    step(case, "approve")
    hang_notice(case)
    with pytest.raises(InputRefused, match="账上收益结余只有 0.00 元"):
        step(case, "confirm")
    with pytest.raises(InputRefused, match="借贷不平，相差 1.00 元"):
        new_record(case.ws, "voucher", {"on_date": ON, "lines": [["opening", 5_000], ["carried_over", -4_900]]})
    opening = new_record(case.ws, "voucher", {
        "on_date": "2026-01-01", "summary": "期初结余", "division_code": VILLAGE,
        "lines": [["bank", 5_000], ["carried_over", -5_000]],
    })  # fmt: skip
    with pytest.raises(InputRefused, match="凭证记账后不能改"):
        save_record(case.ws, open_record(case.ws, "voucher", opening), {"summary": "改一改"})
    with pytest.raises(InputRefused, match="凭证记账后不能改"):
        remove_record(case.ws, open_record(case.ws, "voucher", opening))
    with pytest.raises(InputRefused, match="已经记账，收款金额（元）不能再改"):
        save_record(case.ws, open_record(case.ws, "receipt", case.receipts[0]), {"amount_fen": 1})
    step(case, "confirm")
    assert not broken(case)


def test_check_finds_a_changed_voucher_and_a_plan_that_does_not_balance(case: Case) -> None:
    receive(case, 100_000)
    balanced(case)
    with case.ws.write("越过规则", right="edit-assets") as scope:
        voucher = scope.sql.scalar("SELECT id FROM voucher")
        wrong = [["bank", 99_999, None, None], ["operating_income", -99_998, None, None]]
        scope.change("voucher", voucher, {"lines": wrong})
        scope.change("distribution", case.plan, {"state": "confirmed", "kept_fen": 1})
        scope.insert("receipt", {"on_date": ON, "amount_fen": 5, "kind": "rent", "division_code": VILLAGE})
    assert {"voucher_balance", "voucher_changed", "receipt_voucher", "plan_balance", "distribution_voucher",
            "state_without_step"} <= broken(case)  # fmt: skip


def test_a_slip_of_the_keyboard_in_a_plan_is_refused_in_words(case: Case) -> None:
    receive(case, 100_000)
    balanced(case)
    before = case.ws.register.digest()
    with pytest.raises(InputRefused, match="分配年度应写四位"):
        distributing.new_plan(case.ws, year=26, division_code=VILLAGE)
    with pytest.raises(InputRefused, match="金额不能是负数"):
        distributing.set_uses(case.ws, case.plan, [("risk_people", "-100", "")])
    for wrong in (
        lambda: distribution_recipients.drop_recipients(case.ws, case.plan, "risk_people", ["12345678"]),
        lambda: distribution_recipients.split_again(
            case.ws, case.plan, "risk_people", "weight", weights={"无此户": "2"}
        ),
    ):
        with pytest.raises(InputRefused, match="不在这个用途的名单里"):
            wrong()
    assert case.ws.register.digest() == before
