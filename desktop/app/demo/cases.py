"""Cases of the demo register: a plan with problems found, a disposal begun, a notice on the board, care that is due.

Days count back from today, so that the demo shows what is late, due and done whenever it is made.
"""

from __future__ import annotations

from datetime import date, timedelta

from desktop.app.annual.assessing import add_assessment_finding, begin_assessment
from desktop.app.cases import inspections
from desktop.app.cases.disposals import begin_disposal
from desktop.app.cases.notices import make_notice, post_notice, receive_objection
from desktop.app.cases.procedures import take_step
from desktop.app.records.editing import new_record
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.store.register import Register

MOST_CHECKED = 12
FOUND = (
    ("idle", "闲置 7 个月，没有盘活方案"),
    ("no_contract", "合同到期未续，仍在使用"),
    ("damaged", "门封条两处开裂，运行费用偏高"),
    ("other", "标识牌脱落"),
)
PEOPLE = ("单样平", "曾仿来", "谢拟民", "仇拟海")


def fill_cases(register: Register) -> None:
    """Write the cases; each goes by its real steps."""
    ws = Workspace(register, "")
    with register.reading() as sql:
        operating = sql.column("SELECT id FROM asset WHERE category='operating' ORDER BY asset_no DESC LIMIT 6")
        public = sql.column("SELECT id FROM asset WHERE category='public' ORDER BY asset_no DESC LIMIT 3")
    _inspections(ws)
    _care(ws, public)
    begin_disposal(ws, operating[0], {"kind": "scrap", "reason": "life_end", "applied_date": _ago(12)})
    _notice(ws, operating[1:4])
    _assessment(ws)


def _inspections(ws: Workspace) -> None:
    year = today()[:4]
    plan = new_record(ws, "inspection_plan", {
        "title": f"{year} 年资产检查", "kind": "asset_regular", "division_code": ws.division_code,
        "start_date": _ago(40), "due_date": _ago(-5), "criteria": '{"category":"operating"}', "inspectors": ws.user,
    })  # fmt: skip
    inspections.make_due_list(ws, plan)
    waiting = inspections.waiting_assets(ws, plan, today())
    found: list[str] = []
    for number, due in enumerate(waiting[: min(MOST_CHECKED, len(waiting) * 2 // 3)]):
        problems = [{"kind": kind, "what": what, "seriousness": "general"} for kind, what in FOUND[number : number + 1]]
        done = inspections.record_inspection(
            ws, {"on_date": _ago(30 - number), "inspectors": ws.user, "method": "site", "found": "yes"},
            problems, inspection=due.inspection,
        )  # fmt: skip
        found += done.findings
    for finding, person, days in zip(found, PEOPLE, (8, -3, 4), strict=False):
        take_step(
            ws, "finding", finding, "assign",
            {"responsible": person, "due_date": _ago(days), "measure": "限期整改，附整改后照片"}, on=_ago(25),
        )  # fmt: skip


def _care(ws: Workspace, assets: list[str]) -> None:
    with ws.write("定管护频次（演示）", table="asset") as scope:
        for asset in assets:
            scope.change("asset", asset, {"keep_cycle_months": 3, "keep_fund_fen": 120_000})
    for asset, days in zip(assets, (120, 20), strict=False):
        inspections.record_round(ws, asset, {"on_date": _ago(days), "work": "清淤、补灯", "cost_fen": 30_000})


def _notice(ws: Workspace, assets: list[str]) -> None:
    case = new_record(ws, "registration", {
        "title": "第 2 批确权", "division_code": ws.division_code, "applicant": ws.unit_name,
        "basis": "仿府〔2026〕3 号", "assets": [[a] for a in assets],
    })  # fmt: skip
    take_step(ws, "registration", case, "check", {"checked_by": "单样平", "checked_date": _ago(4)}, on=_ago(4))
    notice = make_notice(
        ws, "registration", case, start=_ago(3), days=10,
        values={"places": [["镇政府公示栏"]], "contact_address": "镇政府二楼", "contact_phone": "0790-5550100"},
    )  # fmt: skip
    post_notice(ws, notice, _ago(3))
    receive_objection(ws, notice, "有一项面积写大了", on=_ago(1))


def _assessment(ws: Workspace) -> None:
    """Last year's assessment waits for the town's review, with one problem found."""
    made = begin_assessment(ws, ws.division_code, int(today()[:4]) - 1)
    add_assessment_finding(ws, made, {"kind": "ledger", "what": "两项资产没有填购建时间", "found_date": _ago(9),
                                      "found_by": PEOPLE[0], "seriousness": "minor"})  # fmt: skip
    take_step(
        ws, "assessment", made, "submit",
        {"self_text": "台账、检查、收益分配都按计划完成", "self_score": "91.5", "self_by": PEOPLE[0]}, on=_ago(8),
    )  # fmt: skip


def _ago(days: int) -> str:
    return (date.fromisoformat(today()) - timedelta(days=days)).isoformat()
