"""Documents of blocks: nothing is lost or cut, headings stay with what follows, headers repeat, codes can be read."""

from __future__ import annotations

from io import BytesIO

import pypdfium2
import pytest
import segno
from PIL import Image

from desktop.reports.document import (
    Blank,
    Choices,
    Document,
    Fact,
    Facts,
    Gap,
    Grid,
    GridColumn,
    Line,
    Picture,
    Pictures,
    Signatures,
    Text,
    Together,
    heading,
    title,
)
from desktop.reports.document_layout import write_documents
from desktop.reports.fonts import GlyphMissing
from desktop.reports.label_sheet import SHEETS, Label, write_labels
from desktop.reports.picture_box import PictureUnreadable, draw_qr_code
from desktop.reports.table_model import NothingToPrint


def pages_of(*documents: Document) -> list[str]:
    stream = BytesIO()
    count = write_documents(documents, stream)
    texts = read(stream.getvalue())
    assert len(texts) == count
    return texts


def read(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def jpeg(width: int, height: int) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (width, height), (30, 90, 160)).save(stream, "JPEG")
    return stream.getvalue()


def test_every_block_says_its_words() -> None:
    document = Document("样例", (
        title("蓢头村䶮记"), Line("左边", "中间", "右边"), Text("正文第一段，有缩进。", indent=2),
        Facts([[Fact("名称", "样例水渠"), Fact("数量", "3 条")], [Fact("坐落", "样例村", 2)]]),
        Grid((GridColumn("来源"), GridColumn("金额", align="right")), [("中央", "1.00"), ("省级", "2.50")],
             foot=("合计", "3.50")),
        Choices(("正常", "闲置", "损毁"), ticked=frozenset((1,))), Blank(2), Pictures((Picture(jpeg(90, 60), "全景"),)),
        Together((heading("签字"), Signatures(("移交人", "接收人", "监交人")))),
    ), footmark="数据截至 2026-06-30")  # fmt: skip
    (page,) = pages_of(document)
    for words in ("蓢头村䶮记", "左边", "中间", "右边", "正文第一段，有缩进。", "样例水渠", "合计", "3.50", "闲置",
                  "全景", "监交人", "数据截至 2026-06-30", "第 1 页，共 1 页"):  # fmt: skip
        assert words in page, words


def test_a_long_table_goes_on_with_its_header_and_no_row_is_lost() -> None:
    rows = [(f"第{n}项", f"{n}.00") for n in range(1, 181)]
    grid = Grid((GridColumn("名称", 3), GridColumn("金额（元）", 1, "right")), rows, foot=("合计", "完"))
    pages = pages_of(Document("长表", (title("长表"), grid)))
    assert len(pages) > 2 and all("金额（元）" in page for page in pages)
    text = "".join(pages)
    assert all(f"第{n}项" in text for n in range(1, 181)) and "完" in pages[-1]


def test_a_heading_does_not_stand_alone_at_the_foot() -> None:
    for filler in range(20, 60):
        blocks = [Text(f"第{n}行") for n in range(filler)] + [
            heading("照片说明"),
            Pictures((Picture(jpeg(40, 30), "图片一"),)),
        ]
        pages = pages_of(Document("标题", blocks))
        (at,) = [n for n, page in enumerate(pages) if "照片说明" in page]
        assert "图片一" in pages[at]


def test_documents_count_their_own_pages() -> None:
    long = Document("长", [Text(f"第{n}行") for n in range(80)])
    pages = pages_of(long, Document("短", (Text("一行"),)))
    assert ["共 3 页" in p for p in pages] == [True, True, True, False] and "第 1 页，共 1 页" in pages[-1]


def test_what_cannot_be_printed_stops_the_print() -> None:
    with pytest.raises(GlyphMissing, match="卡片 7"):
        pages_of(Document("卡片 7", (Text("\ue170"),)))
    with pytest.raises(PictureUnreadable):
        pages_of(Document("卡片 8", (Pictures((Picture(b"not a picture"),)),)))


def test_the_code_on_paper_is_the_code_of_the_identifier() -> None:
    """The drawn squares, looked at as a picture, are the modules of the QR code (read back, not assumed)."""
    text = "0198f0aa12347890abcdef0123456789"
    stream = BytesIO()
    write_documents([Document("码", (title("码"),), code=text)], stream)
    page = pypdfium2.PdfDocument(stream.getvalue())[0]
    bitmap = page.render(scale=8).to_pil().convert("L")
    matrix = segno.make(text, error="m", micro=False).matrix
    size, paper = 24 * 72 / 25.4, Document("", ()).paper
    left, top = paper.width - paper.right - size, paper.top
    step = size / (len(matrix) + 4)
    for row, line in enumerate(matrix):
        for column, dark in enumerate(line):
            x, y = left + (column + 2.5) * step, top + (row + 2.5) * step
            assert (bitmap.getpixel((int(x * 8), int(y * 8))) < 128) == bool(dark), (row, column)
    assert draw_qr_code(text, 0, 0, 10).startswith("q 0 g")


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_label_sheets_fit_on_the_paper_and_begin_where_asked(name: str) -> None:
    sheet = SHEETS[name]
    right = sheet.left + sheet.across * sheet.width + (sheet.across - 1) * sheet.gap_x
    low = sheet.top + sheet.down * sheet.height + (sheet.down - 1) * sheet.gap_y
    assert right <= 210.01 and low <= 297.01
    labels = [
        Label(f"{n:032x}", f"SX-{n}", "很长很长的资产名称" * 4, "样例村", "样例村股份经济合作联合社", "样管护")
        for n in range(9)
    ]
    stream = BytesIO()
    on_sheet = sheet.across * sheet.down
    pages = write_labels(labels, sheet, stream, start=on_sheet, unit_name="样例镇人民政府")
    texts = read(stream.getvalue())
    assert pages == len(texts) == 1 + -(-8 // on_sheet) and "SX-0" in texts[0] and "SX-1" in texts[1]
    assert "SX-8" in texts[-1]
    with pytest.raises(NothingToPrint):
        write_labels([], sheet, BytesIO())


@pytest.mark.parametrize("gap", [0.0, 12.0])
def test_nobody_signs_a_page_that_says_nothing_else(gap: float) -> None:
    pages_seen = set()
    for rows in range(20, 48):
        blocks = [
            title("移交清单"),
            Grid((GridColumn("资产"), GridColumn("数量")), [(f"样例水渠 {n}", "1") for n in range(rows)]),
            *([Gap(gap)] if gap else []), Signatures(("移交人", "接收人")),
        ]  # fmt: skip
        pages = pages_of(Document("清单", blocks))
        pages_seen.add(len(pages))
        assert "移交人" in pages[-1] and f"样例水渠 {rows - 1}" in pages[-1], (rows, pages[-1])
        assert all(f"样例水渠 {n}" in "".join(pages) for n in range(rows))
    assert pages_seen == {1, 2}
