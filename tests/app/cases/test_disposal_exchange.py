"""置换 and 无偿划转: what comes in is registered, new rights begin where the old ones end, and the check passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest

from desktop.app.cases.case_documents import print_case
from desktop.app.cases.disposals import begin_disposal, receive_asset, received_values
from desktop.app.cases.procedures import steps_of, take_step
from desktop.app.keeping.self_check import check_register
from desktop.app.money.money_books import total_ledger
from desktop.app.records.details import asset_detail
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from tests.app.cases.assets_for_cases import (
    COLLECTIVE,
    TOWN_COMPANY,
    VILLAGE,
    add_asset,
    add_party,
    add_photo,
    add_right,
    town_register,
)
from tests.app.conftest import Said


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with town_register(tmp_path) as made:
        with made.write("公示不在这里试", right="admin") as scope:
            scope.insert("setting", {"key": "disposal.without_notice", "value": '["swap","donate"]'})
        yield made


def machines(ws: Workspace) -> str:
    """An asset owned 2/3 and 1/3, let by nobody; its income is the collective's, and the town supervises."""
    collective, company = add_party(ws, COLLECTIVE), add_party(ws, TOWN_COMPANY, "enterprise", "state_town")
    asset = add_asset(ws, "缝纫设备", 26_800_000, number="SX-9", built_date="2020-01-01")
    add_right(ws, asset, "ownership", [(collective, 2, 3), (company, 1, 3)])
    add_right(ws, asset, "income", [(collective, 1, 1)])
    add_right(ws, asset, "supervision", [(add_party(ws, "双水镇农业农村办", "department", "state_town"), 1, 1)])
    return asset


def approved(ws: Workspace, folder: Path, asset: str, kind: str) -> str:
    """A disposal of this kind up to the notice, with its papers."""
    case = begin_disposal(ws, asset, {"kind": kind, "reason": "market", "applied_date": "2024-09-02"})
    decision = new_record(ws, "decision", {
        "title": "处置缝纫设备", "kind": "disposal", "division_code": VILLAGE, "proposed_date": "2024-09-08",
        "consulted_date": "2024-09-10", "party_date": "2024-09-18", "resolved_date": "2024-09-22",
        "resolution_public_date": "2024-09-23", "should_attend": 32, "attended": 28, "agreed": 27,
    })  # fmt: skip
    if kind == "swap":
        add_photo(ws, folder, "disposal", case, "appraisal", "评估.pdf")
        appraisal = {"appraiser": "例诚评估所", "appraised_fen": 18_240_000, "appraised_date": "2024-09-16"}
        take_step(ws, "disposal", case, "appraise", appraisal, on="2024-09-16")
    take_step(ws, "disposal", case, "meet", {"decision_id": decision}, on="2024-09-23")
    approval = {"approval_level": "county", "approval_doc_no": "新农处〔2024〕4 号"}
    take_step(ws, "disposal", case, "approve", approval, on="2024-10-13")
    take_step(ws, "disposal", case, "notice", on="2024-10-22")
    return case


def held(ws: Workspace, asset: str, day: str) -> dict[str, list[tuple[str, str]]]:
    """Right → (holder, fraction) on a day."""
    detail = asset_detail(ws, asset, as_of=day)
    assert detail is not None
    return {r.kind: [(h.name, h.fraction) for h in r.holders] for r in detail.rights}


def test_a_swap_brings_an_asset_in_and_closes_the_rights_on_what_is_given(ws: Workspace, tmp_path: Path) -> None:
    asset = machines(ws)
    other = add_party(ws, "仿例机械公司", "enterprise", "enterprise")
    case = approved(ws, tmp_path, asset, "swap")
    trade = {"buyer": "仿例机械公司", "receiver_party_id": other, "proceeds_fen": 0, "proceeds_date": "2024-11-06"}
    with pytest.raises(InputRefused, match="还没有登记换入的资产"):
        take_step(ws, "disposal", case, "trade", trade, on="2024-11-06")
    assert received_values(ws, case)["original_value_fen"] == 18_240_000
    with pytest.raises(InputRefused, match=r"要填.*名称"):
        receive_asset(ws, case, {})
    with pytest.raises(InputRefused):
        receive_asset(ws, case, {"name": "换入冷库", "original_value_fen": -5})
    cold = receive_asset(ws, case, {"name": "换入冷库", "asset_no": "SX-10", "original_value_fen": 19_240_000,
                                    "built_date": "2022-05-01"})  # fmt: skip
    with pytest.raises(InputRefused, match="差价只有一方付"):
        take_step(ws, "disposal", case, "trade", {**trade, "proceeds_fen": 5, "paid_fen": 6}, on="2024-11-06")
    with pytest.raises(InputRefused, match="不能小于|负"):
        take_step(ws, "disposal", case, "trade", {**trade, "paid_fen": -6}, on="2024-11-06")
    with pytest.raises(InputRefused, match="就是换出的这一项"):
        take_step(ws, "disposal", case, "trade", {**trade, "received_asset_id": asset}, on="2024-11-06")
    take_step(ws, "disposal", case, "trade", {**trade, "paid_fen": 1_000_000}, on="2024-11-06")
    with pytest.raises(InputRefused, match="不能再改"):
        receive_asset(ws, case, {"name": "又一个", "original_value_fen": 1})
    take_step(ws, "disposal", case, "settle", on="2024-11-13")
    add_photo(ws, tmp_path, "disposal", case, "signed", "移交清单.pdf")
    done = {"write_off_date": "2024-11-30", "voucher_no": "记 11-031"}
    taken = take_step(ws, "disposal", case, "write_off", done, on="2024-11-30")
    assert held(ws, asset, "2024-11-30") == {} and held(ws, cold, "2024-11-29") == {}
    assert held(ws, cold, "2024-11-30") == {
        "ownership": [(COLLECTIVE, "2/3"), (TOWN_COMPANY, "1/3")], "income": [(COLLECTIVE, "1")],
    }  # fmt: skip
    row = ws.register.row("asset", cold)
    assert row is not None and row["fund_parts"] == [{"source": "reinvest", "amount_fen": 19_240_000}]
    assert (ws.register.row("asset", asset) or {})["status"] == "disposed" and row["status"] == "normal"
    assert total_ledger(ws, "category", "2024-11-29").total.count == 2
    assert total_ledger(ws, "category", "2024-11-30").total.original_fen == 19_240_000
    assert check_register(ws) == []
    print_case(ws, "disposal", case, tmp_path / "审批表.pdf")
    text = "".join("".join(p.get_textpage().get_text_range().split()) for p in pypdfium2.PdfDocument(
        tmp_path / "审批表.pdf"))  # fmt: skip
    assert "换入资产SX-10换入冷库" in text and "10,000.00元" in text and "接收方仿例机械公司" in text
    take_back_unit(ws, taken.unit_id)
    assert held(ws, cold, "2024-12-01") == {} and held(ws, asset, "2024-12-01")["ownership"]
    assert check_register(ws) == []


def test_a_free_transfer_within_the_register_hands_the_owners_rights_on(ws: Workspace, tmp_path: Path) -> None:
    asset = machines(ws)
    county = add_party(ws, "样例县国有资产公司", "enterprise", "state_county")
    case = approved(ws, tmp_path, asset, "donate")
    assert {s.name for s in steps_of(ws, "disposal", case)} == {"write_off", "hand_on", "stop"}
    with pytest.raises(InputRefused, match="“无偿划转”的处置不走“登记成交”"):
        take_step(ws, "disposal", case, "trade", {"buyer": "谁"}, on="2024-11-06")
    with pytest.raises(InputRefused, match="没有填接收方"):
        take_step(ws, "disposal", case, "hand_on", on="2024-11-30")
    receiver = {"receiver_party_id": county}
    with pytest.raises(InputRefused, match="缺三方签字的移交清单"):
        take_step(ws, "disposal", case, "hand_on", receiver, on="2024-11-30")
    add_photo(ws, tmp_path, "disposal", case, "signed", "移交清单.pdf")
    with pytest.raises(InputRefused, match="接收方不在册中"):
        take_step(ws, "disposal", case, "hand_on", {"receiver_party_id": "0" * 32}, on="2024-11-30")
    with pytest.raises(InputRefused):
        take_step(ws, "disposal", case, "hand_on", receiver, on="2999-01-01")
    taken = take_step(ws, "disposal", case, "hand_on", receiver, on="2024-11-30")
    before, after = held(ws, asset, "2024-11-29"), held(ws, asset, "2024-11-30")
    assert before["ownership"] == [(COLLECTIVE, "2/3"), (TOWN_COMPANY, "1/3")]
    assert after == {
        "ownership": [("样例县国有资产公司", "1")], "income": [("样例县国有资产公司", "1")],
        "supervision": [("双水镇农业农村办", "1")],
    }  # fmt: skip
    assert (ws.register.row("asset", asset) or {})["status"] == "normal"
    assert total_ledger(ws, "level", "2024-11-30").lines[0].key == "state_county"
    assert check_register(ws) == []
    with ws.write("弄坏", right="admin") as scope:
        scope.remove("party", county)
        spared = scope.sql.scalar("SELECT id FROM setting WHERE key='disposal.without_notice'")
        scope.change("setting", spared, {"value": "[]"})
    found = {p.rule: p.message for p in check_register(ws) if p.table == "disposal"}
    assert found["notice_of_case"].startswith("已办“公示期满”，但还没有公示") and "接收方不在册中" in found["reference"]
    assert scope.result is not None
    take_back_unit(ws, scope.result.unit_id)
    assert begin_disposal(ws, asset, {"kind": "scrap", "reason": "market", "applied_date": "2025-02-01"})
    take_back_unit(ws, taken.unit_id)
    assert held(ws, asset, "2024-12-01")["ownership"] == before["ownership"]


def test_a_free_transfer_out_of_the_register_ends_all_rights(ws: Workspace, tmp_path: Path) -> None:
    asset = machines(ws)
    school = add_party(ws, "样例县第一小学", "other", "state_county")
    case = approved(ws, tmp_path, asset, "donate")
    add_photo(ws, tmp_path, "disposal", case, "signed", "移交清单.pdf")
    done = {"write_off_date": "2024-11-30", "voucher_no": "记 11-031"}
    with pytest.raises(InputRefused, match="没有写接收方"):
        take_step(ws, "disposal", case, "write_off", done, on="2024-11-30")
    take_step(ws, "disposal", case, "write_off", {**done, "receiver_party_id": school}, on="2024-11-30")
    assert held(ws, asset, "2024-11-30") == {} and held(ws, asset, "2024-11-29")["supervision"]
    assert total_ledger(ws, "category", "2024-11-30").total.count == 0
    assert check_register(ws) == []


def test_only_a_swap_has_an_asset_coming_in(ws: Workspace, tmp_path: Path) -> None:
    asset = machines(ws)
    case = begin_disposal(ws, asset, {"kind": "transfer", "reason": "market", "applied_date": "2024-09-02"})
    with pytest.raises(InputRefused, match="不是置换"):
        receive_asset(ws, case, {"name": "冷库"})
    save_record(ws, open_record(ws, "disposal", case), {"kind": "swap"})
    assert received_values(ws, case)["original_value_fen"] is None  # not appraised yet
    with pytest.raises(InputRefused, match="要填原值"):
        receive_asset(ws, case, {"name": "冷库"})


def test_the_command_takes_the_same_steps(
    xiangce: Callable[..., Said], tmp_path: Path, ws: Workspace
) -> None:
    asset = machines(ws)
    county = add_party(ws, "样例县国有资产公司", "enterprise", "state_county")
    case = approved(ws, tmp_path, asset, "donate")
    add_photo(ws, tmp_path, "disposal", case, "signed", "移交清单.pdf")
    place = ws.place
    ws.close()
    assert "hand_on" in xiangce("steps", place, "disposal", case).out
    said = xiangce("step", place, "disposal", case, "hand_on", "--on", "2024-11-30", code=3).err
    assert "没有填接收方" in said
    xiangce("step", place, "disposal", case, "hand_on", f"receiver_party_id={county}", "--on", "2024-11-30")
    assert "样例县国有资产公司" in xiangce("rights", place, "SX-9", "--as-of", "2024-11-30").out
    assert xiangce("check", place).code == 0
