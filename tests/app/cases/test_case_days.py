"""Days of a case stand in the order its procedure demands: late entry is let in, a wrong order barred and found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.app.cases.notices import make_notice
from desktop.app.cases.procedures import take_step
from desktop.app.distribution import paying
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.registry.invariants import invariant_problems
from tests.app.cases.assets_for_cases import (
    COLLECTIVE,
    VILLAGE,
    add_asset,
    add_party,
    add_photo,
    add_right,
    town_register,
)
from tests.app.distribution.distribution_cases import Case, balanced, decide, hang_notice, receive, step, village


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = village(tmp_path)
    with made.ws:
        receive(made, 100_000)
        balanced(made)
        made.as_user("村样例")
        step(made, "submit")
        step(made, "report", decision_id=decide(made))
        made.as_user("镇样例")
        yield made


def said_of(ws: Workspace) -> dict[str, str]:
    with ws.register.reading() as sql:
        return {p.rule: p.message for p in invariant_problems(sql)}


def test_what_happened_earlier_is_written_down_late_with_its_own_days(case: Case) -> None:
    """Every day of `step` lies in spring, all are entered today: nothing bars that, and `check` finds nothing."""
    step(case, "approve")
    hang_notice(case)
    step(case, "confirm")
    step(case, "start_paying")
    paying.pay_batch(case.ws, [p.id for p in paying.payments_of(case.ws, case.plan)], on="2026-03-11")
    step(case, "close", on="2026-03-12")
    assert said_of(case.ws) == {}


def test_a_notice_that_hung_before_the_review_does_not_carry_the_confirmation(case: Case) -> None:
    step(case, "approve", on="2026-03-05")
    hang_notice(case)
    with pytest.raises(InputRefused, match="公示 2026-03-03 开始，早于“审核通过，去公示”的日期 2026-03-05，要重新公示"):
        step(case, "confirm")
    again = make_notice(case.ws, "distribution", case.plan, start="2026-03-04",
                        values={"places": [["村口"]], "contact_address": "村委会"})  # fmt: skip
    with pytest.raises(InputRefused, match="开始日期 2026-03-04 早于“审核通过，去公示”的日期 2026-03-05"):
        take_step(case.ws, "notice", again, "post", on="2026-03-04")


def test_a_confirmation_is_not_dated_into_the_notice(case: Case) -> None:
    step(case, "approve")
    hang_notice(case)
    with pytest.raises(InputRefused, match="公示到 2026-03-09 期满"):
        step(case, "confirm", on="2026-03-09")
    with pytest.raises(InputRefused, match="办理日期 2026-03-01 早于“审核通过，去公示”的日期 2026-03-02"):
        step(case, "confirm", on="2026-03-01")
    with pytest.raises(InputRefused, match="办理日期在今天之后"):
        step(case, "confirm", on="2099-03-01")


def test_money_is_not_paid_before_the_plan_is_confirmed(case: Case) -> None:
    step(case, "approve")
    hang_notice(case)
    step(case, "confirm")
    step(case, "start_paying", on="2026-04-20")
    lines = [p.id for p in paying.payments_of(case.ws, case.plan)]
    with pytest.raises(InputRefused, match="发放日期 2026-03-09 早于方案“公示期满，确认”的日期 2026-03-10"):
        paying.pay_batch(case.ws, lines, on="2026-03-09")
    paying.pay_batch(case.ws, lines, on="2026-03-11")  # before somebody pressed 开始发放, which is paper alone
    with pytest.raises(InputRefused, match="办理日期 2026-03-10 早于“发放”的日期 2026-03-11"):
        paying.return_payments(case.ws, {lines[0]: "账号已销户"}, on="2026-03-10")


def test_a_decision_is_older_than_what_rests_on_it(case: Case) -> None:
    step(case, "back_to_draft", note="重来", on="2026-02-27")
    step(case, "submit", on="2026-02-27")
    late = new_record(case.ws, "decision", {
        "title": "补议", "kind": "distribution", "proposed_date": "2026-03-01", "consulted_date": "2026-03-01",
        "party_date": "2026-03-02", "resolved_date": "2026-03-03", "resolution_public_date": "2026-03-03",
        "should_attend": 30, "attended": 27, "agreed": 25,
    })  # fmt: skip
    with pytest.raises(InputRefused, match="办理日期 2026-02-28 早于会议决议（2026-03-03）"):
        step(case, "report", decision_id=late, on="2026-02-28")
    step(case, "report", decision_id=late, on="2026-03-03")


def test_the_own_day_of_a_step_counts_before_the_day_of_writing_it_down(tmp_path: Path) -> None:
    """核实 is entered today for a day in February: the notice of March stands, one of January does not."""
    with town_register(tmp_path) as ws:
        owner, asset = add_party(ws, COLLECTIVE), add_asset(ws, "保鲜冷库")
        for kind in ("ownership", "income"):
            add_right(ws, asset, kind, [(owner, 1, 1)])
        case = new_record(ws, "registration", {
            "title": "2024 年确权", "division_code": VILLAGE, "applicant": COLLECTIVE, "assets": [[asset]],
        })  # fmt: skip
        take_step(ws, "registration", case, "check", {"checked_by": "区拟样", "checked_date": "2024-02-20"})
        early = "早于“核实”的日期 2024-02-20"
        for start, end, bar in (("2024-01-05", "2024-01-12", early), ("2024-03-01", "2024-03-08", "")):
            notice = make_notice(ws, "registration", case, start=start,
                                 values={"places": [["村口"]], "contact_address": "镇政府"})  # fmt: skip
            if bar:
                with pytest.raises(InputRefused, match=bar):
                    take_step(ws, "notice", notice, "post", on=start)
                take_step(ws, "notice", notice, "cancel", note="日期写错")
                continue
            take_step(ws, "notice", notice, "post", on=start)
            add_photo(ws, tmp_path, "notice", notice, "photo_posted")
            with pytest.raises(InputRefused, match="2024-03-08 起才能登记结果"):
                take_step(ws, "notice", notice, "end", {"result": "没有异议", "result_date": "2024-03-06"}, on=end)
            take_step(ws, "notice", notice, "end", {"result": "没有异议"}, on=end)
        take_step(ws, "registration", case, "notice", on="2024-03-08")
        assert said_of(ws) == {}


def test_what_two_laptops_dated_the_wrong_way_round_is_named(case: Case) -> None:
    """Each laptop was right alone; below the guards the days are set as a merge may leave them."""
    step(case, "approve")
    notice = hang_notice(case)
    step(case, "confirm")
    step(case, "start_paying")
    (first, *_) = [p.id for p in paying.payments_of(case.ws, case.plan)]
    paying.pay_batch(case.ws, [first], on="2026-03-10")
    assert said_of(case.ws) == {}
    with case.ws.register.reading() as sql:
        approved = sql.scalar("SELECT id FROM step_taken WHERE case_id=? AND step='approve'", (case.plan,))
    with case.ws.write("另一台机器", right="edit-assets") as scope:
        scope.change("step_taken", approved, {"on_date": "2026-03-20"})
        scope.change("payment", first, {"paid_date": "2026-03-01"})
    review = "早于“审核通过，去公示”的日期 2026-03-20"
    assert {rule: words for rule, words in said_of(case.ws).items() if "voucher" not in rule} == {
        "days_out_of_order": f"“公示期满，确认”的日期 2026-03-10 {review}，请核对，记错的撤回重办",
        "notice_of_case": f"已办“公示期满，确认”，但公示 2026-03-03 开始，{review}，要重新公示，请核对",
        "paid_before_confirmed": "发放日期 2026-03-01 早于方案“公示期满，确认”的日期 2026-03-10，请核对",
    }  # fmt: skip
    with case.ws.write("撤下公示", right="edit-assets") as scope:
        scope.change("notice", notice, {"state": "cancelled"})
    assert said_of(case.ws)["notice_of_case"] == "已办“公示期满，确认”，但还没有公示，请核对"
