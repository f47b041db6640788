"""A notice on the board: the signature never hangs on a page of its own."""

from __future__ import annotations

import pypdfium2
import pytest

from desktop.reports.notice_page import ListTable, NoticePaper, Paragraph, notice_pdf

OBJECTIONS = (
    "对公示内容有异议的，请在公示期内向样例县仿溪镇人民政府（镇政府二楼）提出。联系人：区虚远。"
    "办公电话：0790-5550100。监督电话：0790-5550101。"
)


def pages_of(closing: list[str], before: int) -> list[list[str]]:
    """The lines of each page without its number."""
    blocks = [Paragraph(f"第 {n} 行正文。") for n in range(before)] + [Paragraph(words) for words in closing]
    title = Paragraph("关于仿溪镇帮扶项目资产确权登记的公示")
    data, count = notice_pdf(NoticePaper(title, tuple(blocks), "样例县仿溪镇人民政府", "2026 年 11 月 25 日"))
    pdf = pypdfium2.PdfDocument(data)
    return [pdf[i].get_textpage().get_text_range().splitlines()[:-1] for i in range(count)]


@pytest.mark.parametrize("closing", [[OBJECTIONS], ["公示期：10 天。", "联系人：区虚远。"], [OBJECTIONS[:40]]])
def test_two_lines_of_the_text_stand_with_the_signature(closing: list[str]) -> None:
    seen = set()
    for before in range(8, 24):
        pages = pages_of(closing, before)
        seen.add(len(pages))
        assert pages[-1][-2:] == ["样例县仿溪镇人民政府", "2026 年 11 月 25 日"]
        assert len(pages[-1]) >= 4, (before, pages[-1])
    assert seen == {1, 2}


def test_the_text_itself_is_whole_and_in_order() -> None:
    for before in range(8, 24):
        said = "".join(line for page in pages_of([OBJECTIONS], before) for line in page)
        assert OBJECTIONS in said and all(f"第 {n} 行正文。" in said for n in range(before))


def test_a_column_with_a_name_of_two_lines_begins_at_the_left_in_every_row() -> None:
    names = ("仿河村5kW 光伏电站", "模洲村高标准农田配套机耕路和灌溉渠系改造提升工程（二期）及附属设施", "水塔")
    rows = [(name, "虚岭村", f"{n}00.00") for n, name in enumerate(names, 1)]
    table = ListTable(Paragraph("资产清单"), ("资产名称", "所在村", "原值（元）"), (False, False, True), rows)
    data, _ = notice_pdf(NoticePaper(Paragraph("关于仿溪镇资产的公示"), (table,)))
    page = pypdfium2.PdfDocument(data)[0].get_textpage()

    def left(words: str) -> float:
        at, _count = page.search(words).get_next() or (None, 0)
        assert at is not None
        return float(page.get_charbox(at)[0])

    assert left("仿河村") == pytest.approx(left("水塔"), abs=2) == pytest.approx(left("模洲村"), abs=2)
