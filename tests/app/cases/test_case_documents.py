"""Papers of cases: certificates by asset, handover lists that sum their rows, disposal and rectification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from desktop.app.cases.case_documents import certificate, handover_list, print_case
from desktop.app.records.records import today
from desktop.app.workspace import Workspace, create_workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.conftest import PASSPHRASE, Said

VILLAGE = "440705104201"


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    made, _ = create_workspace(
        tmp_path / "册.xcr",
        unit_name="双水镇人民政府",
        level="town",
        division_code="440705104",
        user="镇样例",
        passphrase=PASSPHRASE,
        profile=FAST_FOR_TESTS,
    )
    with made:
        yield made


def text_of(path: Path) -> list[str]:
    return ["".join(p.get_textpage().get_text_range().split()) for p in pypdfium2.PdfDocument(path)]


def two_assets(ws: Workspace) -> tuple[list[str], str]:
    with ws.write("样例", right="edit-assets") as scope:
        party = scope.insert("party", {"name": "样例村经济合作社", "kind": "collective"})
        assets = [
            scope.insert(
                "asset",
                {
                    "asset_no": f"SX-{n}",
                    "name": f"样例水渠{n}",
                    "division_code": VILLAGE,
                    "original_value_fen": 333333 * n,
                    "quantity": "2",
                    "unit": "条",
                },
            )
            for n in (1, 2)
        ]
        for asset in assets:
            scope.insert(
                "right",
                {
                    "asset_id": asset,
                    "kind": "ownership",
                    "valid_from": "2022-01-01",
                    "shares": [[party, 1, 1]],
                    "source_doc": "会议纪要 1 号",
                },
            )
    return assets, party


def begin(ws: Workspace, table: str, **values: Any) -> str:
    """A case of this kind; its id."""
    with ws.write("立案", right="edit-assets") as scope:
        return str(scope.insert(table, values))


def assert_said(text: str, *words: str) -> None:
    """A paper says all of this."""
    assert [w for w in words if w not in text] == []


def test_a_certificate_is_one_page_an_asset_and_only_when_certified(ws: Workspace, tmp_path: Path) -> None:
    assets, _ = two_assets(ws)
    case = begin(
        ws, "registration", title="确权", assets=[[a] for a in assets], state="approved",
        doc_no="双府确〔2026〕3 号", doc_date="2026-03-05",
    )  # fmt: skip
    with pytest.raises(InputRefused, match="还没有发证"):
        print_case(ws, "certificate", case, tmp_path / "证书.pdf")
    assert not (tmp_path / "证书.pdf").exists()
    with ws.write("发证", right="edit-assets") as scope:
        scope.change("registration", case, {"state": "certified", "cert_no": "SS-2026-0012"})
    assert print_case(ws, "certificate", case, tmp_path / "证书.pdf") == 2
    pages = text_of(tmp_path / "证书.pdf")
    for n, page in enumerate(pages, 1):
        assert_said(
            page, f"SS-2026-0012-{n:02d}", f"样例水渠{n}", "样例村经济合作社", "双府确〔2026〕3号",
            "2026年3月5日",
        )  # fmt: skip


def test_a_handover_list_sums_its_rows(ws: Workspace, tmp_path: Path) -> None:
    assets, party = two_assets(ws)
    case = begin(
        ws, "handover", title="水渠移交", assets=[[assets[0], "完好", "含闸门"], [assets[1], None, None]],
        from_party_id=party, on_date="2026-04-01", keeper="李样管",
    )  # fmt: skip
    print_case(ws, "handover", case, tmp_path / "移交.pdf")
    (page,) = text_of(tmp_path / "移交.pdf")
    assert_said(page, "3,333.33", "6,666.66", "9,999.99", "2项", "含闸门", "监交人", "2026年4月1日", "李样管")


def test_a_disposal_form_shows_where_the_proceeds_went(ws: Workspace, tmp_path: Path) -> None:
    assets, party = two_assets(ws)
    case = begin(
        ws, "disposal", asset_id=assets[0], kind="transfer", reason="tech", applicant="样例村",
        approval_level="town", proceeds_fen=100001, proceeds_date="2026-05-01",
        deductions=[["评估费", 1, None]], destinations=[[party, "village_public", 90000, None]],
    )  # fmt: skip
    print_case(ws, "disposal", case, tmp_path / "处置.pdf")
    text = "".join(text_of(tmp_path / "处置.pdf"))
    assert_said(
        text, "1,000.01元", "扣除：评估费", "900.00", "900.01", "未安排100.00", "村级公益事业", "转让",
        "审批层级镇",
    )  # fmt: skip


def test_a_rectification_notice_has_room_for_what_was_done(ws: Workspace, tmp_path: Path) -> None:
    assets, _ = two_assets(ws)
    case = begin(
        ws, "finding", asset_id=assets[0], kind="idle", what="水闸锈死", division_code=VILLAGE,
        found_date="2026-02-01", due_date="2026-03-01", responsible_unit="样例村委会",
    )  # fmt: skip
    print_case(ws, "rectification", case, tmp_path / "整改.pdf")
    (page,) = text_of(tmp_path / "整改.pdf")
    assert_said(page, "整改通知书", "样例村委会：", "水闸锈死", "2026年3月1日前", "复查意见", "双水镇人民政府")
    with pytest.raises(UsageError):
        print_case(ws, "rectification", "0" * 32, tmp_path / "无.pdf")


def test_the_command(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", "440705104", "--level", "town", "--user", "镇样例")
    case = xiangce(
        "add", place, "finding", "what=路灯不亮", "found_date=2026-02-01", f"division_code={VILLAGE}"
    ).out.strip()
    assert "整改通知书，1 页" in xiangce("print", place, "case", "rectification", case, "-o", tmp_path / "x.pdf").out
    assert "没有文书" in xiangce("print", place, "case", "poem", case, "-o", tmp_path / "y.pdf", code=2).err


def test_the_demo_has_a_certificate_and_a_handover_to_print(demo: Workspace) -> None:
    with demo.register.reading() as sql:
        (certified,) = sql.column("SELECT id FROM registration WHERE state='certified'")
        (done,) = sql.column("SELECT id FROM handover WHERE state='done'")
    assert [d.title for d in certificate(demo, certified)] == [f"权属证书 {today()[:4]}0041-0{n}" for n in (1, 2)]
    (paper,) = handover_list(demo, done)
    assert "公益性资产移交村管" in paper.title
