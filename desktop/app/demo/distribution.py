"""Distributions of the demo township: one being paid with a payment that came back, one still a draft."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from desktop.app.cases.procedures import take_step
from desktop.app.distribution import distributing, distribution_recipients, distribution_view, paying
from desktop.app.records.editing import new_record
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused

SECOND_USER = "何试秀"
"""Who writes the plans down, so that another reviews them."""


def fill_distributions(ws: Workspace) -> None:
    """Plans for the first two villages that have income to distribute and people to give it to."""
    made = 0
    for code in _villages_with_income(ws):
        plan = _plan(ws, code)
        if plan is None:
            continue
        made += 1
        if made == 1:
            _pay(ws, plan, code)
        else:
            return


def _villages_with_income(ws: Workspace) -> list[str]:
    found: dict[str, int] = {}
    with ws.register.reading() as sql:
        places = dict(sql.rows("SELECT id,division_code FROM receipt WHERE removed=0"))
    for choice in distribution_view.undistributed(ws):
        code = str(places.get(choice.id) or "")
        if code:
            found[code] = found.get(code, 0) + choice.left_fen
    return sorted(found, key=lambda code: (-found[code], code))


def _plan(ws: Workspace, code: str) -> str | None:
    """A draft over the village's latest receipts: people first, upkeep and public works, the rest kept."""
    latest = sorted(distribution_view.undistributed(ws, code), key=lambda c: c.on_date)[-3:]
    plan = distributing.new_plan(ws, year=int(today()[:4]), division_code=code)
    distributing.take_receipts(ws, plan, {c.id: None for c in latest})
    distributing.set_uses(
        ws, plan,
        [("risk_people", "40%", ""), ("maintenance", "10%", "设备检修"), ("village_public", "20%", "路灯电费"),
         ("collective", "20%", "")],
        kept="rest",
    )  # fmt: skip
    try:
        distribution_recipients.draw(ws, plan, "risk_people", {"monitored_type": "*"}, method="people")
    except InputRefused:  # nobody is monitored there, or nobody's household has a size
        try:
            distribution_recipients.draw(ws, plan, "risk_people", {}, method="equal")
        except InputRefused:
            return None
    return None if distribution_view.plan_view(ws, plan).errors else plan


def _pay(ws: Workspace, plan: str, code: str) -> None:
    """From the meeting to payments, as two people do it; one payment comes back."""
    on = date.fromisoformat(today())
    days = [(on - timedelta(days=back)).isoformat() for back in (24, 22, 20, 18, 16, 9, 1)]
    decision = new_record(ws, "decision", {
        "title": "收益分配方案", "kind": "distribution", "division_code": code, "proposed_date": days[0],
        "consulted_date": days[1], "party_date": days[2], "resolved_date": days[3], "should_attend": 35, "attended": 31,
        "agreed": 30, "resolution_public_date": days[3], "chair": "陈样宏", "recorder": "林虚静",
    })  # fmt: skip
    reviewer, ws.register.user = ws.register.user, SECOND_USER
    try:
        _step(ws, plan, "submit", days[3])
        _step(ws, plan, "report", days[3], {"decision_id": decision})
    finally:
        ws.register.user = reviewer
    _step(ws, plan, "approve", days[4])
    with ws.write("公示收益分配（演示）", right="edit-assets") as scope:
        row: dict[str, Any] = {
            "kind": "income_plan", "title": "收益分配方案公示", "subject_table": "distribution", "subject_id": plan,
            "division_code": code, "start_date": days[4], "end_date": days[5], "state": "ended",
            "result": "公示期内没有收到异议", "result_date": days[6], "places": [["村务公开栏"]],
            "body": "收益分配方案经会议表决通过，现予公示。", "contact_address": "镇农业农村办",
        }  # fmt: skip
        notice = scope.insert("notice", row)
        for name, before, after, day in (("post", "draft", "running", days[4]), ("end", "running", "ended", days[6])):
            scope.insert("step_taken", {
                "case_table": "notice", "case_id": notice, "step": name, "from_state": before, "to_state": after,
                "on_date": day, "taken_by": SECOND_USER,
            })  # fmt: skip
    _step(ws, plan, "confirm", days[6])
    _step(ws, plan, "start_paying", days[6])
    people = [p.id for p in paying.payments_of(ws, plan) if p.kind != "use"]
    paying.pay_batch(ws, people[: max(1, len(people) // 2)], on=days[6], doc="签领表")
    paying.return_payments(ws, {people[0]: "账号已销户"}, on=days[6])


def _step(ws: Workspace, plan: str, name: str, on: str, values: dict[str, Any] | None = None) -> None:
    take_step(ws, "distribution", plan, name, values, on=on)
