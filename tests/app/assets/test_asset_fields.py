"""What the seeds ask of an asset: every field is kept, read in words, printed on the card, and can be edited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2

from desktop.registry.codelists import code_for
from desktop.registry.value_words import words
from tests.app.conftest import Said

ASKED = {
    "competent_dept": "农业农村局",
    "industry_model": "土地集约型",
    "linkage_mode": "吸纳就业",
    "admin_unit": "镇资产办",
    "admin_person": "样管员",
    "ledger_account": "帮扶资产专账",
    "fund_account": "帮扶资产专户",
    "supervisor": "镇监督员",
    "keep_team": "管护队",
    "keep_cycle_months": "3",
    "keep_fund_fen": "120000",
    "collective_ledger_ref": "三资-018",
    "fund_mode": "先建后补",
    "operation_mode": "租赁",
    "keeper": "李样管",
}
"""seed_coverage.csv, module AS: field → a value as a person types it."""


def test_every_field_that_is_asked_for_is_kept_and_printed(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", "440705104", "--level", "town", "--user", "镇样例")
    asset = xiangce(
        "add", place, "asset", "name=样例车间", "category=operating", "division_code=440705104201"
    ).out.strip()
    xiangce("set", place, "asset", asset, *(f"{column}={value}" for column, value in ASKED.items()))
    (row,) = xiangce("show", place, "asset", asset, "--json").json
    for column, value in ASKED.items():
        assert words("asset", column, row[column]) == value, column
    assert "不在代码表中" in xiangce("set", place, "asset", asset, "linkage_mode=没有这种", code=3).err
    xiangce("print", place, "asset-card", asset, "-o", tmp_path / "card.pdf")
    card = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(tmp_path / "card.pdf"))
    for column in (
        "competent_dept",
        "linkage_mode",
        "admin_unit",
        "admin_person",
        "supervisor",
        "operation_mode",
        "keeper",
    ):
        assert ASKED[column] in card, column
    assert "1,200.00" in card


def test_sources_and_kinds_that_the_seeds_name_are_in_the_lists() -> None:
    for word in ("衔接推进乡村振兴补助资金", "东西部协作", "定点帮扶/帮扶单位", "社会捐赠（6·30 济困日等）"):
        assert code_for("fund_source", word), word
    for word in ("道路交通", "文化", "公共照明", "综合服务设施（党群服务中心等）", "供水饮水", "通讯网络", "电力"):
        assert code_for("asset_subcategory", word), word
    for word in ("先建后补", "以奖代补"):
        assert code_for("fund_mode", word), word
    for word in ("改革创新型", "乡村旅游型", "土地集约型"):
        assert code_for("industry_model", word), word


def test_a_project_is_followed_up(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", "440705104", "--level", "town", "--user", "镇样例")
    project = xiangce(
        "add", place, "project", "name=样例项目", "fund_mode=以奖代补", "division_code=440705104201"
    ).out.strip()
    xiangce("set", place, "project", project, "follow_up=2026 年 5 月回访，运转正常")
    assert "回访" in xiangce("show", place, "project", project).out
    xiangce("print", place, "list", "projects", "-o", tmp_path / "p.pdf")
    text = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(tmp_path / "p.pdf"))
    assert "样例项目" in text and "以奖代补" in text
