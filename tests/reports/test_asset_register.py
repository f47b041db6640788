"""The printed register: rows add up to 小计 and 合计 to the 分, rare names come back, A4 and A3 have their columns."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.reports.asset_register import print_asset_register
from desktop.reports.fonts import GlyphMissing
from desktop.reports.fund_columns import FUND_COLUMNS, FundColumns, shipped_sources
from desktop.reports.preview import Preview
from desktop.reports.table_model import NothingToPrint
from tests.reports.register_samples import asset, assets, head, page_texts, printed

NUMBER = re.compile(r"-?[\d,]+\.\d+|0|—")


def wan(text: str) -> Decimal | None:
    return None if text == "—" else Decimal(text.replace(",", ""))


def amounts(line: str) -> list[Decimal | None]:
    """The amounts of a one-line row or a sum row on A4: original, four fiscal, social, own, worn, net, due, got."""
    words = line.split()
    if "小计" in line or "计（" in line:
        return [wan(word) for word in words if NUMBER.fullmatch(word)]
    first = words.index("2021-11") + 1
    return [wan(word) for word in words[first:] if NUMBER.fullmatch(word)]


def lines_of(pages: list[str]) -> list[str]:
    return "\n".join(pages).split("\n")


def test_three_thirds_and_single_fen_are_not_rounded() -> None:
    rows = [asset(n, "虚岭村", 333_333) for n in (1, 2, 3)] + [asset(4, "拟塘村", 1_234_567_891)]
    summary, (page,) = printed(rows)
    assert summary.total_original_fen == 999_999 + 1_234_567_891
    assert page.count("0.333333") >= 3
    sums = {line.split()[0]: amounts(line)[0] for line in page.split("\n") if "小计" in line}
    assert sums == {"虚岭村": Decimal("0.999999"), "拟塘村": Decimal("1234.567891")}
    total = next(line for line in page.split("\n") if "合　计" in line)
    assert amounts(total)[0] == Decimal("1235.567890")


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.one_of(st.none(), st.integers(0, 10**10)),
            st.one_of(st.none(), st.integers(0, 10**8)),
            st.one_of(st.none(), st.integers(0, 10**7)),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_every_column_adds_up_as_printed(values: list[tuple[int, int | None, int | None, int | None]]) -> None:
    rows = [
        asset(
            n, f"{village}号村", fen, depreciation_fen=worn, actual_income_fen=income,
            net_value_fen=None if fen is None else fen - (worn or 0),
        )
        for n, (village, fen, worn, income) in enumerate(sorted(values, key=lambda value: value[0]))
    ]
    _, pages = printed(rows)
    group: list[Decimal | None] = [None] * 11
    total: list[Decimal | None] = [None] * 11
    seen = 0
    for line in lines_of(pages):
        if re.match(r"\d+ 仓库\d+ ", line):
            seen += 1
            for sums in (group, total):
                for index, amount in enumerate(amounts(line)):
                    if amount is not None:
                        sums[index] = (sums[index] or Decimal(0)) + amount
        elif "小计（" in line:
            assert amounts(line) == group
            group = [None] * 11
        elif "合　计（" in line:
            assert amounts(line) == total
    assert seen == len(rows)


def test_rows_come_back_as_they_were_given() -> None:
    row = asset(
        7, "虚岭村", 4_200_000_000,
        funds={"central": 2_000_000_000, "province": 1_500_000_000, "county": 700_000_000},
        depreciation_fen=1_050_000_000, net_value_fen=3_150_000_000, operation_mode="承包", operator="虚香豆店",
        expected_income_fen=None,
    )
    _, (page,) = printed([row], head(least_decimals=4))
    line = next(line for line in page.split("\n") if line.startswith("1 "))
    assert line.split() == [
        "1", "仓库7", "一组", "2021-11", "4,200.0000", "2,000.0000", "1,500.0000", "0", "700.0000", "0", "0",
        "1,050.0000", "3,150.0000", "村经联社", "承包：虚香豆店", "—", "—", "正常",
    ]  # fmt: skip


def test_rare_characters_are_in_the_text() -> None:
    names = ["㛃𬭊𫖯䶮仓", "𠅤𬱟𣒍仓"]
    rows = [asset(n, "蓢头村", 100, name=name) for n, name in enumerate(names)]
    rows.append(asset(9, "㙟㘵㙍村", 100, owner="陈样𠮾"))
    _, (page,) = printed(rows)
    for text in [*names, "蓢头村 小计", "㙟㘵㙍村 小计", "陈样𠮾"]:
        assert text in page


@pytest.mark.parametrize("field", ["name", "owner", "operator", "status"])
def test_a_missing_glyph_names_the_asset_number_and_leaves_no_file(tmp_path: Path, field: str) -> None:
    rows = assets([("虚岭村", 40)])
    rows[30] = replace(rows[30], **{field: "罕\ue815字"})
    with pytest.raises(GlyphMissing) as caught:
        print_asset_register(rows, head(), tmp_path / "台账.pdf")
    assert "第 31 行（资产编号 FX-031）" in str(caught.value)
    assert "U+E815" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_the_header_of_a3_has_the_columns_of_the_township_ledger() -> None:
    expected = (
        "序号 资产编号 资产名称 项目名称 项目年度 资产小类 规格型号 数量 计量单位 购建时间 坐落地点 "
        "资产原始价值及资金来源（万元） 合计 财政资金 中央 省级 市级 区级 社会帮扶 自筹及其他 "
        "累计折旧（万元） 净值（万元） 权属 所有权人 收益权人 监督单位 运营 方式 经营主体 合同期限 "
        "收益（万元） 年预期 2024年 实际收益 管护责任人 资产状态 确权登记 是否公示 备注"
    )
    _, pages = printed([asset(1, "虚岭村", 100)], head(county_word="区", income_year="2024"), "A3")
    text = re.sub(r"\s", "", pages[0])
    for title in expected.split():
        assert title in text, title


def test_a3_is_a_landscape_a3_sheet(tmp_path: Path) -> None:
    target = tmp_path / "a3.pdf"
    rows = [asset(n, "虚岭村", 100, project="某项目", note="备注说明") for n in range(90)]
    summary = print_asset_register(rows, head(), target, paper="A3")
    with Preview(target) as preview:
        assert [round(side) for side in preview.page_size(0)] == [1191, 842]
    pages = page_texts(target)
    assert summary.pages == len(pages) > 1
    assert all("资产编号" in page and "合同期限" in page for page in pages)
    assert "FX-089" in pages[-1]


def test_one_row_is_a_register_too() -> None:
    summary, (page,) = printed([asset(1, "虚岭村", 100)])
    assert (summary.pages, summary.rows, summary.villages, summary.total_original_fen) == (1, 1, 1, 100)
    assert "虚岭村 小计（1 项）" in page and "合　计（1 项）" in page and "第 1 页，共 1 页" in page


def test_an_empty_range_says_so(tmp_path: Path) -> None:
    with pytest.raises(NothingToPrint, match="本范围没有记录"):
        print_asset_register([], head(), tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_the_words_around_the_table() -> None:
    rows = assets([("虚岭村", 60)])
    words = head(filled_by="区虚远", notes="金额以万元计。", as_of="2026-11-24", digest="ab" * 32)
    _, pages = printed(rows, words)
    assert "填报单位（盖章）：仿溪镇人民政府" in pages[0]
    assert "填报日期：2026 年 11 月 24 日" in pages[0] and "单位：万元" in pages[0]
    last = pages[-1]
    for word in ("填报人：区虚远", "审核人：", "单位负责人（签字）：", "联系电话：", "说明：金额以万元计。"):
        assert word in last
    assert all("数据截至 2026-11-24" in page and f"数据指纹 {'ab' * 8}" in page for page in pages)


def test_amounts_in_yuan() -> None:
    _, (page,) = printed([asset(1, "虚岭村", 123_456_789)], head(money_unit="yuan"))
    assert "单位：元" in page and "1,234,567.89" in page


def test_no_subtotals_when_not_wanted() -> None:
    _, (page,) = printed(assets([("虚岭村", 2), ("拟塘村", 2)]), head(group_sums=False))
    assert "小计" not in page and "合　计（4 项）" in page


def test_a_one_time_iterator_is_printed_whole() -> None:
    summary, _ = printed(row for row in assets([("虚岭村", 3)]))
    assert summary.rows == 3


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    rows = assets([("虚岭村", 30), ("拟塘村", 40)])
    for name in ("一.pdf", "二.pdf"):
        print_asset_register(rows, head(), tmp_path / name)
    assert (tmp_path / "一.pdf").read_bytes() == (tmp_path / "二.pdf").read_bytes()


def test_a_binding_margin_moves_the_table(tmp_path: Path) -> None:
    lefts: list[int] = []
    for extra in (0.0, 10.0):
        print_asset_register(assets([("虚岭村", 3)]), head(binding_mm=extra), tmp_path / "a.pdf")
        with Preview(tmp_path / "a.pdf") as preview:
            picture = preview.render(0, 1.0)
        ink = (at // 4 for at in range(0, len(picture.rgba), 4) if picture.rgba[at] < 128)
        lefts.append(min(at % picture.width for at in ink))
    assert lefts[1] - lefts[0] == pytest.approx(28.3, abs=1.5)


@given(st.dictionaries(st.sampled_from(sorted(shipped_sources())), st.integers(1, 10**12)), st.booleans())
def test_fund_columns_add_up_to_the_parts(funds: dict[str, int], complete: bool) -> None:
    whole = sum(funds.values())
    cells = FundColumns().spread(funds, whole if complete else whole + 1)
    assert sum(cell or 0 for cell in cells) == whole
    assert (None in cells) == (not complete and len({_column(source) for source in funds}) < len(FUND_COLUMNS))


def _column(source: str) -> str:
    cells = FundColumns().spread({source: 1}, None)
    return FUND_COLUMNS[cells.index(1)]


def test_each_source_has_its_column() -> None:
    assert [_column(source) for source in ("central", "province", "city", "county")] == list(FUND_COLUMNS[:4])
    assert {_column(source) for source in ("town", "bond", "lottery", "land_quota")} == {"other_fiscal"}
    assert {_column(source) for source in ("east_west", "fixed_point", "social")} == {"social"}
    assert {_column(source) for source in ("self", "loan", "reinvest")} == {"own"}
    assert FundColumns({"county": "fiscal", "mine": "fiscal"}).spread({"mine": 5, "unheard": 2}, 7)[4:] == [5, 0, 2]


def test_other_fiscal_money_brings_its_column() -> None:
    _, (plain,) = printed([asset(1, "虚岭村", 100)])
    _, (other,) = printed([asset(1, "虚岭村", 100, funds={"bond": 100})])
    assert "其他" not in plain and "其他" in other
