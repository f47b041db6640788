"""Lists with the register's look."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from desktop.reports.plain_list import HOUSEHOLD_COLUMNS, ListHead, print_list, write_list
from desktop.reports.table_model import A4_PORTRAIT, Column, Kind, TableRow
from tests.reports.register_samples import MOMENT, page_texts


def household(village: str, number: int, people: int) -> TableRow:
    contact = ("脱贫户", "100****0001", f"{village}{number}号", None)
    return TableRow(village, f"第 {number} 户", (None, "一组", f"陈仿{number}", "360299********001X", people, *contact))


def test_households_by_village_with_their_people(tmp_path: Path) -> None:
    rows = [household(village, n, n % 5 + 1) for village in ("虚岭村", "拟塘村") for n in range(40)]
    head = ListHead("仿溪镇住户名册", "仿溪镇人民政府", "2026 年", "单位：户、人", counted="户", made_at=MOMENT)
    printed = print_list(HOUSEHOLD_COLUMNS, iter(rows), head, tmp_path / "名册.pdf")
    pages = page_texts(tmp_path / "名册.pdf")
    assert (printed.rows, printed.groups, printed.sums["people"]) == (80, 2, 240)
    text = "\n".join(pages)
    assert "虚岭村 小计（40 户） 120" in text and "合　计（80 户） 240" in text
    assert text.count("证件号码") == len(pages) == printed.pages > 1
    assert text.count("360299********001X") == 80
    assert "填报人：" in pages[-1] and "单位：户、人" in pages[0]


def test_a_list_without_sums_signatures_and_groups_in_portrait() -> None:
    stream = BytesIO()
    columns = (Column("序号", Kind.SERIAL), Column("问题", weight=1, least=10))
    head = ListHead("问题清单", signed=False, grand_total=False, made_at=MOMENT)
    rows = [TableRow(None, f"第 {n} 条", (None, f"第 {n} 条问题")) for n in range(3)]
    printed = write_list(columns, rows, head, stream, paper=A4_PORTRAIT)
    (page,) = page_texts(stream.getvalue())
    assert printed.pages == 1 and printed.sums == {}
    assert "第 2 条问题" in page
    assert "计（" not in page and "填报人" not in page


def test_a_total_without_summed_columns_still_counts() -> None:
    stream = BytesIO()
    columns = (Column("序号", Kind.SERIAL), Column("问题", weight=1, least=10))
    rows = [TableRow("甲村", f"第 {n} 条", (None, "问题")) for n in range(3)]
    write_list(columns, rows, ListHead("问题清单", made_at=MOMENT), stream)
    (page,) = page_texts(stream.getvalue())
    assert "甲村 小计（3 条）" in page and "合　计（3 条）" in page
