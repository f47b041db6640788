"""Disposals: steps say what they lack, proceeds are placed to the 分, writing off ends rights and deletes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.app.cases.disposals import (
    approval_words,
    begin_disposal,
    disposal_sums,
    propose_destinations,
    save_destinations,
)
from desktop.app.cases.notices import make_notice
from desktop.app.cases.procedures import steps_of, take_step
from desktop.app.records.details import asset_detail
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, NotAllowed
from desktop.registry.invariants import invariant_problems
from tests.app.cases.assets_for_cases import (
    COLLECTIVE,
    TOWN_COMPANY,
    VILLAGE,
    add_asset,
    add_party,
    add_photo,
    add_right,
    register_place,
    town_register,
)
from tests.app.conftest import Said

APPLIED = {"kind": "transfer", "reason": "market", "applied_date": "2024-09-02"}


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with town_register(tmp_path) as made:
        yield made


@pytest.fixture
def machines(ws: Workspace) -> tuple[str, str, str]:
    """An asset owned 2/3 and 1/3, and its owners."""
    collective, company = add_party(ws, COLLECTIVE), add_party(ws, TOWN_COMPANY, "enterprise", "state_town")
    asset = add_asset(ws, "帮扶车间缝纫设备", 26_800_000, depreciation_fen=10_720_000)
    add_right(ws, asset, "ownership", [(collective, 2, 3), (company, 1, 3)])
    add_right(ws, asset, "income", [(collective, 1, 1)])
    return asset, collective, company


def _decision(ws: Workspace, **more: object) -> str:
    values = {"title": "处置缝纫设备", "kind": "disposal", "division_code": VILLAGE, "proposed_date": "2024-09-08",
              "consulted_date": "2024-09-10", "party_date": "2024-09-18", "resolved_date": "2024-09-22",
              "resolution_public_date": "2024-09-23", "should_attend": 32, "attended": 28, "agreed": 27,
              **more}  # fmt: skip
    return new_record(ws, "decision", values)


def _up_to_notice(ws: Workspace, folder: Path, asset: str) -> str:
    case = begin_disposal(ws, asset, APPLIED)
    add_photo(ws, folder, "disposal", case, "appraisal", "评估.pdf")
    appraisal = {"appraiser": "例诚评估所", "appraised_fen": 18_240_000, "appraised_date": "2024-09-16"}
    take_step(ws, "disposal", case, "appraise", appraisal, on="2024-09-16")
    take_step(ws, "disposal", case, "meet", {"decision_id": _decision(ws)}, on="2024-09-23")
    approval = {"approval_level": "town", "approval_doc_no": "仿府处〔2024〕4 号"}
    take_step(ws, "disposal", case, "approve", approval, on="2024-10-13")
    notice = make_notice(
        ws, "disposal", case, start="2024-10-15", values={"places": [["村口"]], "contact_address": "镇政府二楼"}
    )
    with pytest.raises(InputRefused, match="公示还没有张贴"):
        take_step(ws, "disposal", case, "notice", on="2024-10-22")
    take_step(ws, "notice", notice, "post", on="2024-10-15")
    add_photo(ws, folder, "notice", notice, "photo_posted")
    take_step(ws, "notice", notice, "end", {"result": "没有异议"}, on="2024-10-22")
    take_step(ws, "disposal", case, "notice", on="2024-10-22")
    return case


def test_a_disposal_goes_all_its_way_and_closes_the_rights(
    ws: Workspace, machines: tuple[str, str, str], tmp_path: Path
) -> None:
    asset, collective, company = machines
    case = _up_to_notice(ws, tmp_path, asset)
    row = ws.register.row("asset", asset)
    assert row is not None and row["status"] == "disposing"
    early = {"buyer": "虚安公司", "proceeds_fen": 18_650_000, "proceeds_date": "2024-10-01"}
    with pytest.raises(InputRefused, match="到账日期 2024-10-01 早于“公示期满”的日期 2024-10-22"):
        take_step(ws, "disposal", case, "trade", early, on="2024-11-06")
    with pytest.raises(InputRefused, match="评估已过期"):
        take_step(ws, "disposal", case, "trade", {**early, "proceeds_date": "2025-09-17"}, on="2025-09-17")
    take_step(ws, "disposal", case, "trade", {**early, "proceeds_date": "2024-11-06"}, on="2024-11-06")

    costs = [["交易服务费", 186_500, "票 0031"], ["税费", 231_248, "完税证 0117"], ["拆装运费", 360_000, None]]
    save_destinations(ws, case, costs, [])
    proposed = propose_destinations(ws, case)
    assert [(p, fen) for p, _, fen, _ in proposed] == [(collective, 11_914_835), (company, 5_957_417)]
    short = [[collective, "reinvest", 8_000_000, "育秧大棚二期"], [collective, "public_post", 2_400_000, None],
             [collective, "reserve", 1_514_835, None], [company, "maintenance", 5_957_416, None]]  # fmt: skip
    save_destinations(ws, case, costs, short)
    sums = disposal_sums(ws, case)
    assert (sums.net_fen, sums.open_fen, sums.problem) == (17_872_252, 1, "去向合计还差 0.01 元")
    with pytest.raises(InputRefused, match=r"还差 0\.01 元"):
        take_step(ws, "disposal", case, "settle", on="2024-11-13")
    wrong_owner = [*short[:3], [company, "maintenance", 5_957_416, None], [collective, "reserve", 1, None]]
    save_destinations(ws, case, costs, wrong_owner)
    with pytest.raises(InputRefused, match=r"虚拟农业发展公司按份额应得 59,574\.17 元，现在是 59,574\.16 元"):
        take_step(ws, "disposal", case, "settle", on="2024-11-13")
    save_destinations(ws, case, costs, [*short[:3], [company, "maintenance", 5_957_417, None]])
    take_step(ws, "disposal", case, "settle", on="2024-11-13")
    with pytest.raises(InputRefused, match="收入去向不能再改"):
        save_destinations(ws, case, costs, short)

    done = {"write_off_date": "2024-11-30", "voucher_no": "记 11-031"}
    with pytest.raises(InputRefused, match="缺三方签字的移交清单"):
        take_step(ws, "disposal", case, "write_off", done, on="2024-11-30")
    add_photo(ws, tmp_path, "disposal", case, "signed", "移交清单.pdf")
    taken = take_step(ws, "disposal", case, "write_off", done, on="2024-11-30")
    detail = asset_detail(ws, asset)
    assert detail is not None and detail.values["status"] == "disposed"
    assert {r.kind: r.valid_to for r in detail.rights} == {"ownership": "2024-11-30", "income": "2024-11-30"}
    assert asset_detail(ws, asset, as_of="2024-11-29").rights and not asset_detail(ws, asset, as_of="2024-11-30").rights  # type: ignore[union-attr]
    with ws.register.reading() as sql:
        assert invariant_problems(sql) == []

    take_back_unit(ws, taken.unit_id)
    detail = asset_detail(ws, asset)
    assert detail is not None and detail.values["status"] == "disposing"
    assert {r.valid_to for r in detail.rights} == {""}


def test_steps_say_what_they_lack(ws: Workspace, machines: tuple[str, str, str], tmp_path: Path) -> None:
    asset, *_ = machines
    case = begin_disposal(ws, asset, {"kind": "transfer", "reason": "other"})
    with pytest.raises(InputRefused, match="已有一件处置"):
        begin_disposal(ws, asset, APPLIED)
    said = {s.name: s.bars for s in steps_of(ws, "disposal", case)}
    assert said["appraise"] == ("没有填申请日期", "原因是“其他”的，要写说明", "缺评估报告")
    assert "这种处置方式要先评估" in said["meet"]
    save_record(ws, open_record(ws, "disposal", case), {"reason_text": "设备闲置", "applied_date": "2024-09-02"})
    add_photo(ws, tmp_path, "disposal", case, "appraisal", "评估.pdf")
    appraisal = {"appraiser": "例诚评估所", "appraised_fen": 30_000_000, "appraised_date": "2024-09-16"}
    take_step(ws, "disposal", case, "appraise", appraisal, on="2024-09-16")
    for decision, why in (
        (_decision(ws, kind="lease"), "不是资产处置事项"), (_decision(ws, resolved_date=None), "没有填会议决议"),
        (_decision(ws, consulted_date=None, should_attend=None), "没有填两委商议、应到人数"),
        (_decision(ws, agreed=14), "同意 14 人，没有超过实到 28 人的 1/2"),
        (_decision(ws, attended=20, agreed=20), "实到 20 人，不足应到 32 人的 2/3"),
        (_decision(ws, party_date="2024-09-09"), "早于"),
        (_decision(ws, resolved_date="2024-12-01", resolution_public_date="2024-12-02"),
         "办理日期 2024-09-23 早于会议决议（2024-12-01）"),
    ):  # fmt: skip
        with pytest.raises(InputRefused, match=why):
            take_step(ws, "disposal", case, "meet", {"decision_id": decision}, on="2024-09-23")
    take_step(ws, "disposal", case, "meet", {"decision_id": _decision(ws)}, on="2024-09-23")
    assert approval_words(ws, case) == ("county", "价值 300,000.00 元，由县级审批")
    approval = {"approval_level": "town", "approval_doc_no": "仿府处〔2024〕4 号"}
    with pytest.raises(InputRefused, match=r"价值 300,000\.00 元，要由县级审批"):
        take_step(ws, "disposal", case, "approve", approval, on="2024-10-13")
    ws.register.role = "asset-manager"
    with pytest.raises(NotAllowed):
        take_step(ws, "disposal", case, "approve", {**approval, "approval_level": "county"}, on="2024-10-13")
    ws.register.role = "county-admin"
    with pytest.raises(InputRefused, match="没有写原因"):
        take_step(ws, "disposal", case, "reject")
    take_step(ws, "disposal", case, "reject", note="继续使用", on="2024-10-13")
    row = ws.register.row("asset", asset)
    assert row is not None and row["status"] == "normal"
    assert begin_disposal(ws, asset, APPLIED)


def test_scrapping_needs_no_trade_and_converting_keeps_the_rights(ws: Workspace, tmp_path: Path) -> None:
    owner = add_party(ws, COLLECTIVE)
    with ws.write("县里定", right="admin") as scope:
        for key, value in (("disposal.without_notice", '["convert","scrap"]'), ("disposal.report_needed", "false")):
            scope.insert("setting", {"key": key, "value": value})
    for kind, status, open_rights in (("scrap", "disposed", 0), ("convert", "normal", 1)):
        asset = add_asset(ws, f"旧设备 {kind}", 900_000)
        add_right(ws, asset, "ownership", [(owner, 1, 1)])
        case = begin_disposal(ws, asset, {"kind": kind, "reason": "life_end", "applied_date": "2024-09-02"})
        if kind == "scrap":
            values = {"appraiser": "例诚评估所", "appraised_fen": 0, "appraised_date": "2024-09-10"}
            take_step(ws, "disposal", case, "appraise", values, on="2024-09-10")
        take_step(ws, "disposal", case, "meet", {"decision_id": _decision(ws)}, on="2024-09-23")
        values = {"approval_level": "town", "approval_doc_no": "仿府处〔2024〕5 号"}
        take_step(ws, "disposal", case, "approve", values, on="2024-10-13")
        take_step(ws, "disposal", case, "notice", on="2024-10-14")
        contract = new_record(ws, "contract", {
            "contract_no": kind, "mode": "lease", "term_start": "2023-01-01", "term_end": "2030-01-01",
            "assets": [[asset]], "division_code": VILLAGE,
        })  # fmt: skip
        done = {"write_off_date": "2024-10-31", "voucher_no": "记 10-003"}
        if kind == "scrap":
            with pytest.raises(InputRefused, match="还有 1 份合同没有终止"):
                take_step(ws, "disposal", case, "write_off", done, on="2024-10-31")
            with ws.write("合同到此为止", right="edit-assets") as scope:
                scope.change("contract", contract, {"term_end": "2024-10-01"})
        take_step(ws, "disposal", case, "write_off", done, on="2024-10-31")
        detail = asset_detail(ws, asset)
        assert detail is not None and detail.values["status"] == status
        assert sum(1 for r in detail.rights if not r.valid_to) == open_rights


def test_what_two_laptops_broke_is_found(ws: Workspace, machines: tuple[str, str, str], tmp_path: Path) -> None:
    asset, collective, _ = machines
    case = _up_to_notice(ws, tmp_path, asset)
    values = {"buyer": "虚安公司", "proceeds_fen": 100, "proceeds_date": "2024-11-06", "state": "written_off",
              "write_off_date": "2024-11-30", "destinations": [[collective, "reserve", 99, None]]}  # fmt: skip
    with ws.write("另一台机器", right="edit-assets") as scope:
        scope.change("disposal", case, values)
        scope.change("asset", asset, {"status": "disposed"})
        scope.insert("step_taken", {"case_table": "disposal", "case_id": case, "to_state": "written_off"})
    with ws.register.reading() as sql:
        broken = {(p.rule, p.message) for p in invariant_problems(sql)}
    assert broken == {
        ("disposal_sum", "处置收入的去向合计还差 0.01 元，要改正"),
        ("right_after_disposal", "资产已核销，这项权利还没有终止，请终止到核销日"),
    }


def test_the_commands_take_a_disposal_along(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = register_place(tmp_path)
    asset = xiangce("add", place, "asset", "name=旧水泵", "category=public", f"division_code={VILLAGE}").out.strip()
    case = xiangce(
        "add", place, "disposal", f"asset_id={asset}", "kind=报停", "reason=life_end", "applicant=样例村",
        "applied_date=2024-09-02",
    ).out.strip()  # fmt: skip
    said = xiangce("steps", place, "disposal", case, "--json").json
    assert [s["name"] for s in said["steps"] if s["allowed"]] == ["meet", "stop"]
    assert "没有填决策记录" in xiangce("step", place, "disposal", case, "meet", code=3).err
    assert "没有写原因" in xiangce("step", place, "disposal", case, "stop", code=3).err
    xiangce("step", place, "disposal", case, "stop", "--note", "修好了")
    assert xiangce("show", place, "disposal", case, "--json").json[0]["state"] == "stopped"
