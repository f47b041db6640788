"""Registration and handover: rights that stand, a notice, a certificate; three signatures, a keeper, a supervisor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.app.assets.right_questions import (
    committee_questions,
    confirm_committee,
    hand_to_collective,
    keeper_history,
)
from desktop.app.cases.notices import make_notice
from desktop.app.cases.procedures import steps_of, take_step
from desktop.app.records.details import asset_detail
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from tests.app.cases.assets_for_cases import (
    COLLECTIVE,
    VILLAGE,
    add_asset,
    add_party,
    add_photo,
    add_right,
    town_register,
)


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with town_register(tmp_path) as made:
        yield made


def test_a_registration_ends_in_certificates(ws: Workspace, tmp_path: Path) -> None:
    owner = add_party(ws, COLLECTIVE)
    assets = [add_asset(ws, "保鲜冷库"), add_asset(ws, "帮扶车间")]
    add_right(ws, assets[0], "ownership", [(owner, 1, 1)], source_doc=None)
    case = new_record(ws, "registration", {
        "title": "2024 年确权", "division_code": VILLAGE, "applicant": COLLECTIVE, "assets": [[a] for a in assets],
    })  # fmt: skip
    (check, reject) = steps_of(ws, "registration", case)
    assert check.bars == (
        "1 项资产的所有权还没有写明，或份额合计不是 1", "2 项资产的收益权还没有写明，或份额合计不是 1"
    ) and reject.reason_needed  # fmt: skip
    add_right(ws, assets[1], "ownership", [(owner, 1, 1)])
    for asset in assets:
        add_right(ws, asset, "income", [(owner, 1, 1)], source_doc=None)
    checked = {"checked_by": "区拟样", "checked_date": "2024-02-20"}
    take_step(ws, "registration", case, "check", checked, on="2024-02-20")
    with pytest.raises(InputRefused, match="还没有公示"):
        take_step(ws, "registration", case, "notice", on="2024-03-08")
    notice = make_notice(ws, "registration", case, start="2024-03-01",
                         values={"places": [["村口"]], "contact_address": "镇政府"})  # fmt: skip
    take_step(ws, "notice", notice, "post", on="2024-03-01")
    add_photo(ws, tmp_path, "notice", notice, "photo_posted")
    take_step(ws, "notice", notice, "end", {"result": "没有异议"}, on="2024-03-08")
    take_step(ws, "registration", case, "notice", on="2024-03-08")
    with pytest.raises(InputRefused, match="确权日期 2024-02-01 早于“公示期满”的日期 2024-03-08"):
        take_step(ws, "registration", case, "approve", {"doc_no": "双水府确〔2024〕1 号", "doc_date": "2024-02-01"})
    paper = {"doc_no": "双水府确〔2024〕1 号", "doc_date": "2024-03-15"}
    take_step(ws, "registration", case, "approve", paper, on="2024-03-15")
    save_record(ws, open_record(ws, "asset", add_asset(ws, "别的")), {"cert_no": "0012-02"})
    with pytest.raises(InputRefused, match="证书号已用在别的资产上"):
        take_step(ws, "registration", case, "certify", {"cert_no": "0012"}, on="2024-03-20")
    take_step(ws, "registration", case, "certify", {"cert_no": "0013"}, on="2024-03-20")
    for number, asset in enumerate(assets, 1):
        detail = asset_detail(ws, asset)
        assert detail is not None
        assert (detail.values["confirm_doc_no"], detail.values["confirm_date"], detail.values["cert_no"]) == (
            "双水府确〔2024〕1 号", "2024-03-15", f"0013-0{number}",
        )  # fmt: skip
    papers = {r.source_doc for a in assets for r in asset_detail(ws, a).rights}  # type: ignore[union-attr]
    assert papers == {"双水府确〔2024〕1 号", "确权移交表第 4 条"}


def test_a_handover_is_signed_by_three_and_moves_keeper_and_supervision(ws: Workspace, tmp_path: Path) -> None:
    town, village = add_party(ws, "双水镇人民政府", "government", "state_town"), add_party(ws, COLLECTIVE)
    county = add_party(ws, "例县农业农村局", "department", "state_county")
    asset = add_asset(ws, "保鲜冷库", status="building", keeper="李拟")
    add_right(ws, asset, "supervision", [(county, 1, 1)], "2022-01-01")
    case = new_record(ws, "handover", {
        "title": "冷库移交", "division_code": VILLAGE, "assets": [[asset, "完好", None]], "from_party_id": town,
        "to_party_id": village, "signed_from": "甲样", "signed_to": "甲样", "signed_witness": "丙样",
    })  # fmt: skip
    with pytest.raises(InputRefused, match=r"应是三个人；缺三方签字的移交清单"):
        take_step(ws, "handover", case, "sign", on="2024-05-01")
    add_photo(ws, tmp_path, "handover", case, "signed", "清单.pdf")
    take_step(ws, "handover", case, "sign", {"signed_to": "乙样"}, on="2024-05-01")
    final = {"on_date": "2024-05-02", "keeper": "王仿", "source_doc": "移交清单〔2024〕2 号"}
    take_step(ws, "handover", case, "complete", final, on="2024-05-02")
    row = ws.register.row("asset", asset)
    assert row is not None and (row["keeper"], row["status"]) == ("王仿", "normal")
    for day, holder in (("2024-05-01", "例县农业农村局"), ("2024-05-02", "双水镇人民政府")):
        (right,) = asset_detail(ws, asset, as_of=day).rights  # type: ignore[union-attr]
        assert [h.name for h in right.holders] == [holder]
    assert [k.keeper for k in keeper_history(ws, asset)] == ["王仿", "李拟"]
    assert keeper_history(ws, asset)[0].reason.startswith("移交：移交")


def test_committee_or_collective_is_asked_and_never_merged(ws: Workspace) -> None:
    committee = add_party(ws, "样例村民委员会", "village_committee", "collective_village")
    collective = add_party(ws, COLLECTIVE)
    asset = add_asset(ws, "保鲜冷库")
    add_right(ws, asset, "ownership", [(committee, 2, 3), (collective, 1, 3)])
    add_right(ws, asset, "income", [(committee, 1, 1)])
    case = new_record(ws, "registration", {"title": "确权", "division_code": VILLAGE, "assets": [[asset]],
                                           "applicant": COLLECTIVE})  # fmt: skip
    (question,) = committee_questions(ws)
    assert question.assets == 1 and question.collectives == ((collective, COLLECTIVE),)
    with pytest.raises(InputRefused, match="请先确认是村委会，还是农村集体经济组织"):
        take_step(ws, "registration", case, "check", {"checked_by": "区拟样", "checked_date": "2024-02-20"})
    with pytest.raises(InputRefused, match="没有依据文件"):
        hand_to_collective(ws, committee, collective=collective, start="2024-01-01", source_doc=" ")
    with pytest.raises(InputRefused, match="才开始"):
        hand_to_collective(ws, committee, collective=collective, start="2021-12-20", source_doc="协议")
    hand_to_collective(ws, committee, collective=collective, start="2024-01-01", source_doc="移交协议〔2023〕9 号")
    assert committee_questions(ws) == []
    detail = asset_detail(ws, asset, as_of="2024-01-01")
    assert detail is not None
    assert {r.kind: [(h.name, h.fraction) for h in r.holders] for r in detail.rights} == {
        "ownership": [(COLLECTIVE, "1")], "income": [(COLLECTIVE, "1")],
    }  # fmt: skip
    before = asset_detail(ws, asset, as_of="2023-12-31")
    assert before is not None and [h.name for h in before.rights[0].holders] == ["样例村民委员会", COLLECTIVE]
    other = add_party(ws, "模山村民委员会", "village_committee")
    add_right(ws, add_asset(ws, "水塘"), "ownership", [(other, 1, 1)])
    assert len(committee_questions(ws)) == 1
    confirm_committee(ws, other, "村民会议决议 2024-02-01")
    assert committee_questions(ws) == []
