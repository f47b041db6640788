"""Inspection: lists anybody can draw again, checks that become problems, problems put right by others' eyes, care."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from desktop.app.cases import inspections
from desktop.app.cases.procedures import steps_of, take_step
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.drawing_lots import draw, fingerprint, sample_size
from desktop.registry.invariants import invariant_problems
from tests.app.cases.assets_for_cases import VILLAGE, add_asset, add_photo, register_place, town_register
from tests.app.conftest import Said


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with town_register(tmp_path) as made:
        yield made


def _plan(ws: Workspace, **more: object) -> str:
    return new_record(ws, "inspection_plan", {
        "title": "2024 年下半年资产检查", "kind": "asset_regular", "division_code": "440705104",
        "start_date": "2024-10-01", "due_date": "2024-11-30", "criteria": '{"category":"operating"}', **more,
    })  # fmt: skip


def test_a_sample_can_be_drawn_again_with_any_tool(ws: Workspace) -> None:
    ids = [add_asset(ws, f"冷库 {n}") for n in range(12)]
    add_asset(ws, "村道", category="public")
    plan = _plan(ws)
    sealed = inspections.seal_list(ws, plan)
    assert sealed["fingerprint"] == hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
    seed = "2024 年 11 月 24 日福彩 3D 268"
    by_hand = sorted(ids, key=lambda i: hashlib.sha256(f"{seed}\n{i}".encode()).hexdigest())[:3]
    drawn = inspections.draw_sample(ws, plan, seed=seed, rate=Fraction(1, 5), reserves=2)
    assert list(drawn.chosen) == by_hand and drawn.population == 12 and not set(drawn.reserves) & set(by_hand)
    assert inspections.draw_sample(ws, plan, seed=seed, count=3).chosen == drawn.chosen
    with pytest.raises(InputRefused, match="结果不能改"):
        inspections.draw_sample(ws, plan, seed="换个种子", count=3)
    assert inspections.make_due_list(ws, plan) == 3 and inspections.make_due_list(ws, plan) == 0

    early = _plan(ws, title="先列清单后抽样")
    assert inspections.make_due_list(ws, early) == 12
    inspections.record_inspection(ws, {"on_date": "2024-11-20"}, inspection=inspections.due_row(ws, early, ids[0]))
    chosen = inspections.draw_sample(ws, early, seed=seed, count=3).chosen
    assert inspections.make_due_list(ws, early) == 0
    waiting = {a.asset for a in inspections.waiting_assets(ws, early, "2024-11-20")}
    assert waiting == set(chosen) - {ids[0]} and inspections.due_row(ws, early, ids[0]), "what was looked at stays"

    other = _plan(ws, title="另一个")
    inspections.seal_list(ws, other)
    add_asset(ws, "后来的冷库")
    with pytest.raises(InputRefused, match="名单和封存时不一样.*现在的指纹"):
        inspections.draw_sample(ws, other, seed=seed, count=3)
    with pytest.raises(UsageError, match="没有写种子"):
        inspections.draw_sample(ws, _plan(ws), seed=" ", count=3)
    with pytest.raises(UsageError, match="检查范围只能用"):
        inspections.scope_of(ws, _plan(ws, criteria='{"owner":"x"}'))


def test_strata_share_the_sample_by_their_size() -> None:
    strata = {"甲村": [f"a{n}" for n in range(7)], "乙村": [f"b{n}" for n in range(2)], "丙村": ["c0"]}
    drawn = draw(strata, "种子", 5)
    assert [sum(i[0] == s for i in drawn.chosen) for s in "abc"] == [4, 1, 0]
    assert drawn.fingerprint == fingerprint(i for ids in strata.values() for i in ids)
    assert sample_size(33, rate=Fraction(1, 5)) == 7 and sample_size(3, count=3) == 3
    with pytest.raises(UsageError, match="只有 3 项，抽不出 9 项"):
        sample_size(3, count=9)
    with pytest.raises(UsageError):
        sample_size(3)


def test_a_check_becomes_problems_and_progress(ws: Workspace) -> None:
    asset = add_asset(ws, "农机", quantity="3", unit="台")
    add_asset(ws, "冷库")
    plan = _plan(ws)
    assert inspections.make_due_list(ws, plan) == 2
    (first, _) = sorted(inspections.waiting_assets(ws, plan, "2024-12-01"), key=lambda d: d.asset != asset)
    assert first.name == "农机" and first.late
    answers = {"on_date": "2024-11-09", "inspectors": "区虚远", "found": "partly", "condition": "idle",
               "quantity_found": "2", "keeper_ok": 0, "sign_ok": 1, "method": "site"}  # fmt: skip
    proposed = inspections.findings_proposed(ws, asset, answers)
    assert [(k, w) for k, w in proposed] == [
        ("ledger", "现场只找到一部分"), ("idle", "现场状况是闲置"), ("ledger", "账上 3台，实有 2台"),
        ("no_keeper", "管护不到位"),
    ]  # fmt: skip
    for wrong, words in (({"found": "胡乱"}, "partly（部分在）"), ({"on_date": "2099-01-01"}, "在今天之后")):
        with pytest.raises(InputRefused, match=words):
            inspections.record_inspection(ws, {**answers, **wrong}, inspection=first.inspection)
    with pytest.raises(InputRefused, match="没有填检查日期"):
        inspections.record_inspection(ws, {"found": "yes"}, inspection=first.inspection)
    done = inspections.record_inspection(
        ws, answers, [{"kind": k, "what": w} for k, w in proposed[1:3]], inspection=first.inspection
    )
    with pytest.raises(InputRefused, match="已查过"):
        inspections.record_inspection(ws, {"on_date": "2024-11-10"}, inspection=first.inspection)
    row = ws.register.row("finding", done.findings[0])
    assert row is not None and (row["found_by"], row["division_code"]) == ("区虚远", VILLAGE)
    assert ws.register.row("asset", asset)["status"] == "normal"  # type: ignore[index]
    (line,) = inspections.progress_of(ws, plan, "2024-12-01")
    assert (line.due, line.done, line.found, line.closed, line.overdue) == (2, 1, 2, 0, 0)


def test_a_problem_is_put_right_and_looked_at_by_somebody_else(ws: Workspace, tmp_path: Path) -> None:
    asset = add_asset(ws, "冷库")
    finding = new_record(ws, "finding", {
        "asset_id": asset, "division_code": VILLAGE, "kind": "damaged", "what": "门封条破损",
        "found_date": "2024-11-09",
    })  # fmt: skip
    with pytest.raises(InputRefused, match="没有填责任人、整改期限"):
        take_step(ws, "finding", finding, "assign")
    with pytest.raises(InputRefused, match="整改期限早于发现日期"):
        take_step(ws, "finding", finding, "assign", {"responsible": "谢拟民", "due_date": "2024-11-01"})
    order = {"responsible": "谢拟民", "responsible_unit": "样坪村", "due_date": "2024-11-25"}
    take_step(ws, "finding", finding, "assign", order, on="2024-11-10")
    with pytest.raises(InputRefused, match="整改期限不能再改"):
        save_record(ws, open_record(ws, "finding", finding), {"due_date": "2025-01-01"})
    for values, why in (({}, "没有填新的整改期限"), ({"due_date": "2024-11-20"}, "新的期限要晚于 2024-11-25")):
        with pytest.raises(InputRefused, match=why):
            take_step(ws, "finding", finding, "put_off", values, note="等配件")
    inspections.put_off(ws, finding, "2024-11-30", "等配件")
    inspections.put_off(ws, finding, "2024-12-05", "配件缺货")
    with pytest.raises(InputRefused, match="已延期 2 次"):
        inspections.put_off(ws, finding, "2024-12-20", "再等等")
    row = ws.register.row("finding", finding)
    assert row is not None and (row["first_due_date"], row["due_date"]) == ("2024-11-25", "2024-12-05")
    assert row["put_off_reason"] == "等配件；配件缺货"
    (unit,) = inspections.overdue_units(ws, "2024-12-09")
    assert (unit.unit, unit.open, unit.overdue, unit.longest_days) == ("样坪村", 1, 1, 4)

    report = {"done_date": "2024-12-04", "done_text": "换门封条 2 条"}
    with pytest.raises(InputRefused, match="缺整改佐证"):
        take_step(ws, "finding", finding, "report", report)
    add_photo(ws, tmp_path, "finding", finding, "photo_mended")
    take_step(ws, "finding", finding, "report", report)
    check = {"rechecked_by": "谢拟民", "rechecked_date": "2024-12-05", "recheck_result": "封条完好"}
    with pytest.raises(InputRefused, match="复查人不能是整改责任人；缺复查照"):
        take_step(ws, "finding", finding, "close", check)
    take_step(ws, "finding", finding, "send_back", {**check, "rechecked_by": "林例芳", "recheck_result": "还漏"},
              on="2024-12-05")  # fmt: skip
    with pytest.raises(InputRefused, match="整改日期 2024-12-04 早于“退回再改”的日期 2024-12-05"):
        take_step(ws, "finding", finding, "report", report)
    mended = {**report, "done_date": "2024-12-06"}
    with pytest.raises(InputRefused, match="缺退回之后的整改佐证"):  # what was shown before was not enough
        take_step(ws, "finding", finding, "report", mended)
    add_photo(ws, tmp_path, "finding", finding, "photo_mended")
    take_step(ws, "finding", finding, "report", mended)
    add_photo(ws, tmp_path, "finding", finding, "photo_recheck")
    again = {**check, "rechecked_by": "林例芳", "rechecked_date": "2024-12-07"}
    ws.register.user = "谢拟民"
    with pytest.raises(InputRefused, match="不能给自己办销号"):
        take_step(ws, "finding", finding, "close", again, on="2024-12-07")
    ws.register.user = "镇样例"
    take_step(ws, "finding", finding, "close", again, on="2024-12-07")
    row = ws.register.row("finding", finding)
    assert row is not None and (row["state"], row["closed_date"]) == ("closed", "2024-12-07")
    assert steps_of(ws, "finding", finding) == []
    with ws.register.reading() as sql:
        assert invariant_problems(sql) == []
    with ws.write("另一台机器", right="edit-assets") as scope:
        scope.change("finding", finding, {"rechecked_by": "谢拟民"})
    with ws.register.reading() as sql:
        assert [p.rule for p in invariant_problems(sql)] == ["finding_recheck"]


def test_complaints_become_problems_and_are_answered(ws: Workspace) -> None:
    asset = add_asset(ws, "路灯", category="public")
    complaint = new_record(ws, "complaint", {"asset_id": asset, "what": "路灯不亮", "received_date": "2024-11-01"})
    finding = inspections.complaint_to_finding(ws, complaint)
    row = ws.register.row("finding", finding)
    assert row is not None and (row["what"], row["division_code"]) == ("路灯不亮", VILLAGE)
    with pytest.raises(InputRefused, match="已经转办"):
        inspections.complaint_to_finding(ws, complaint)
    answer = {"answer": "已换灯", "answered_date": "2024-11-20"}
    with pytest.raises(InputRefused, match="转办的问题还没有销号"):
        take_step(ws, "complaint", complaint, "answer", answer)
    take_step(ws, "finding", finding, "void", note="灯是好的")
    take_step(ws, "complaint", complaint, "answer", answer)


def test_care_is_due_by_its_cycle_and_counted_against_its_budget(ws: Workspace) -> None:
    road = add_asset(ws, "村道", category="public", keep_cycle_months=3, keep_fund_fen=120_000, keeper="李拟",
                     built_date="2023-11-30")  # fmt: skip
    add_asset(ws, "冷库")
    (line,) = inspections.care_of(ws, "2024-02-28")
    assert (line.next_due, line.late, line.last) == ("2024-02-29", False, "")
    with pytest.raises(InputRefused, match="没有填管护日期"):
        inspections.record_round(ws, road, {"work": "清沟"})
    inspections.record_round(ws, road, {"on_date": "2024-03-05", "work": "清沟", "cost_fen": 30_050})
    inspections.record_round(ws, road, {"on_date": "2023-12-05", "work": "补坑", "cost_fen": 10_000})
    (line,) = inspections.care_of(ws, "2024-06-10", only_due=True)
    assert (line.next_due, line.late, line.cost_fen, line.budget_fen) == ("2024-06-05", True, 30_050, 120_000)
    assert inspections.care_of(ws, "2024-06-01", only_due=True) == []


def test_the_commands_draw_list_record_and_count(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = register_place(tmp_path)
    with_village = f"division_code={VILLAGE}"
    asset = xiangce("add", place, "asset", "name=冷库", "category=operating", with_village).out.strip()
    plan = xiangce("add", place, "inspection_plan", "title=检查", "due_date=2024-11-30", with_village).out.strip()
    assert "已封存 1 项" in xiangce("sample", place, "--plan", plan, "--seal").out
    drawn = xiangce("sample", place, "--plan", plan, "--seed", "268", "--rate", "1/2", "--json").json
    assert drawn["chosen"] == [asset]
    assert "比例" in xiangce("sample", place, "--plan", plan, "--seed", "268", "--rate", "x", code=2).err
    assert "1 项" in xiangce("inspect", "list", place, plan).out
    assert "冷库" in xiangce("inspect", place, "due", plan).out
    said = xiangce(
        "inspect", "record", place, asset, "on_date=2024-11-09", "condition=闲置", "--plan", plan, "--finding",
        "闲置:闲置 7 个月",
    ).out.split()  # fmt: skip
    assert len(said) == 2 and "1/1" in xiangce("inspect", "progress", place, plan).out
    take = ("step", place, "finding", said[1], "assign", "responsible=李拟", "due_date=2024-11-30")
    xiangce(*take, "--on", "2024-11-10")
    assert "李拟\t1\t1\t1" in xiangce("inspect", "overdue", place, "--on", "2024-12-01").out
    assert "共 0 项" in xiangce("inspect", "care", place).out
