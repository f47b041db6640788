"""A bound volume: contents name the page each part begins on, pages are numbered throughout, empty parts say so."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pypdfium2
import pytest

from desktop.reports.document import Document, PageBreak, Text, title
from desktop.reports.fonts import GlyphMissing
from desktop.reports.streamed_pdf import Origin
from desktop.reports.table_model import A4_LANDSCAPE, Column, Kind, Table, TableRow, Words
from desktop.reports.volume import MOST_PARTS, VolumePart, write_volume

ORIGIN = Origin("评估材料", datetime(2026, 11, 28, tzinfo=UTC))
COVER = Document("封面", [title("样例镇")])


def table(name: str, rows: int) -> Table:
    columns = [Column("序号", Kind.SERIAL), Column("名称", least=6), Column("金额", Kind.YUAN, summed=True, key="fen")]
    return Table(Words(name), columns, [TableRow("样例村", f"{n}", ("", f"第{n}项", 101)) for n in range(rows)])


def pages(data: bytes) -> list[str]:
    return ["".join(p.get_textpage().get_text_range().split()) for p in pypdfium2.PdfDocument(data)]


def test_contents_pages_and_sums() -> None:
    told: list[tuple[int, int]] = []
    parts = [
        VolumePart("主要指标", Document("指标", [Text("一"), PageBreak(), Text("二")])),
        VolumePart("资产清单", table("资产清单", 90), "90 项"),
        VolumePart("处置台账", None, "没有记录"),
        VolumePart("合同清单", table("合同清单", 2), "2 份"),
    ]
    stream = BytesIO()
    made = write_volume(COVER, parts, ORIGIN, stream, progress=lambda done, total: told.append((done, total)))
    text = pages(stream.getvalue())
    assert [p.page for p in made] == [3, 5, 0, 5 + made[1].pages] and made[1].pages > 1
    assert made[1].table is not None and made[1].table.sums == {"fen": 90 * 101}
    assert len(text) == 2 + sum(p.pages for p in made)
    for part, where in zip(parts, made, strict=True):
        if where.page:
            assert f"{part.title}{part.note}".replace(" ", "") in text[1]
            first = part.content.title if isinstance(part.content, Document) else part.title
            assert first in text[where.page - 1] or where.page == 3
            behind = text[1].split(f"{part.title}{part.note}".replace(" ", ""))[1].lstrip("…")
            assert behind.startswith(str(where.page))
    assert "处置台账没有记录" in text[1]
    assert "第" not in text[0] and all(f"第{n}页，共{len(text)}页" in t for n, t in enumerate(text[1:], 2))
    assert told[-1] == (92, 92)
    sizes = [p.get_size() for p in pypdfium2.PdfDocument(stream.getvalue())]
    assert sizes[0][0] < sizes[0][1] and sizes[4] == pytest.approx((A4_LANDSCAPE.width, A4_LANDSCAPE.height), abs=0.1)
    again = BytesIO()
    write_volume(COVER, parts, ORIGIN, again)
    assert again.getvalue() == stream.getvalue()  # equal content, equal bytes


def test_what_cannot_be_printed_is_named() -> None:
    with pytest.raises(GlyphMissing):
        write_volume(Document("封面", [title("\U0010fffd")]), [], ORIGIN, BytesIO())
    with pytest.raises(ValueError, match="do not fit"):
        write_volume(COVER, [VolumePart("空", None)] * (MOST_PARTS + 1), ORIGIN, BytesIO())
