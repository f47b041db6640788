"""Cards and labels from the records: sums as stored, photos from the encrypted store, the print remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
from PIL import Image

from desktop.app.workspace import open_workspace
from desktop.insight.lists import ListQuery, asset_ids, asset_rows, asset_totals
from tests.app.conftest import PASSPHRASE, Said


def test_a_card_shows_what_the_register_knows(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", "440705104", "--level", "town", "--user", "镇样例")
    asset = xiangce(
        "add", place, "asset", "name=样例水渠", "asset_no=SX-GY-001", "category=public", "division_code=440705104201",
        "original_value_fen=10000001", 'fund_parts=[["central",10000000],["self",1]]', "keep_team=管水队",
        "contract_text=长期",
    ).out.strip()  # fmt: skip
    party = xiangce("add", place, "party", "name=样例村经济合作社", "kind=collective").out.strip()
    xiangce("add", place, "right", f"asset_id={asset}", "kind=ownership", f'shares=[["{party}",1,1]]',
            "valid_from=2022-01-01", "source_doc=确权〔2022〕1 号")  # fmt: skip
    Image.new("RGB", (640, 480), (90, 140, 90)).save(tmp_path / "全景.jpg")
    xiangce("attach", place, "asset", asset, tmp_path / "全景.jpg")
    said = xiangce("print", place, "asset-card", asset, "-o", tmp_path / "card.pdf")
    assert "1 张卡片" in said.out
    text = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(tmp_path / "card.pdf"))
    for words in (
        "样例水渠",
        "SX-GY-001",
        "100,000.01",
        "0.01",
        "样例村经济合作社",
        "确权〔2022〕1 号",
        "全景.jpg",
        "长期",
    ):
        assert words in text, words
    xiangce("print", place, "labels", "--sheet", "2x7", "-o", tmp_path / "labels.pdf")
    (page,) = pypdfium2.PdfDocument(tmp_path / "labels.pdf")
    assert "样例水渠" in page.get_textpage().get_text_range()
    assert "没有标签纸" in xiangce("print", place, "labels", "--sheet", "9x9", "-o", tmp_path / "x.pdf", code=2).err
    assert (
        "没有记录"
        in xiangce("print", place, "asset-card", "--where", "name=没有", "-o", tmp_path / "x.pdf", code=3).err
    )
    assert not (tmp_path / "x.pdf").exists()


def test_every_paper_and_page_has_the_value_of_the_day(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", "440705104", "--level", "town", "--user", "镇样例")
    asset = xiangce(
        "add", place, "asset", "name=样例水渠", "asset_no=SX-GY-001", "category=public", "division_code=440705104201",
        "built_date=2024-05-01", "original_value_fen=60420000", "depreciation_fen=15100000",
        'fund_parts=[["central",60420000]]',
    ).out.strip()  # fmt: skip
    change = ("add", place, "value_change", f"asset_id={asset}", "on_date=2025-03-10")
    xiangce(*change, "kind=addition", "amount_fen=99", "reason=扩建")
    xiangce(*change, "kind=impairment", "amount_fen=1000", "reason=受损")

    def text(*command: object) -> str:
        xiangce("print", place, *command, "-o", tmp_path / "纸.pdf")
        return "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(tmp_path / "纸.pdf"))

    card = text("asset-card", asset)
    for words in ("604,200.99", "151,000.00", "减值准备（元）", "10.00", "453,190.99", "价值变动（未列来源）", "0.99"):
        assert words in card, words
    assert "604,200.99" not in text("asset-card", asset, "--as-of", "2024-12-31")
    register = text("assets", "--money-unit", "yuan")
    assert "604,200.99" in register and "453,190.99" in register
    assert "原始价值中有 0.99 元没有列资金来源" in register.replace("\r\n", "")
    assert "没有列资金来源" not in text("assets", "--as-of", "2024-12-31")
    with open_workspace(place, passphrase=PASSPHRASE) as ws, ws.register.reading() as sql:
        (row,) = asset_rows(sql, asset_ids(sql, ListQuery()))
        assert (row.original_value_fen, row.net_value_fen) == (60_420_099, 45_319_099)
        assert asset_totals(sql, ListQuery()).original_value_fen == 60_420_099
        assert asset_totals(sql, ListQuery(equal={"category": "operating"})).original_value_fen == 0
