"""Cards and labels from the records: sums as stored, photos from the encrypted store, the print remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
from PIL import Image

from tests.app.conftest import Said


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
