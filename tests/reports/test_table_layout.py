"""Tables of any length: repeated header, sums that stay with their rows, page x of y, whole files or none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.common.errors import Cancelled
from desktop.reports.fonts import DocumentFonts, GlyphMissing
from desktop.reports.preview import Preview
from desktop.reports.streamed_pdf import Origin
from desktop.reports.table_geometry import arrange
from desktop.reports.table_layout import PrintedTable, print_tables, write_tables
from desktop.reports.table_model import (
    A4_LANDSCAPE,
    Column,
    GroupScattered,
    Heading,
    Headings,
    Kind,
    NothingToPrint,
    PaperTooNarrow,
    SourceChanged,
    Table,
    TableRow,
    Words,
)
from desktop.reports.table_scan import scan
from tests.reports.register_samples import MOMENT, page_texts

ORIGIN = Origin("表", MOMENT, as_of="2026-11-24", known_at="2026-11-24T08:00:00Z", digest="3f9a" * 16)
COLUMNS: Headings = (
    Column("序号", Kind.SERIAL),
    Column("名称", weight=1, least=6),
    Heading(
        "金额",
        (Column("原值", Kind.WAN, summed=True, key="value"), Column("户数", Kind.COUNT, summed=True, key="n")),
    ),
    Column("备注", weight=1, least=4, blank=""),
)
WORDS = Words(
    "试样表", "填报单位（盖章）：仿溪镇", "填报日期：2026 年", "单位：万元", ("填报人：", "审核人："), "说明：无。"
)


def row(
    group: str | None, name: str, fen: int | None = 100, count: int | None = 1, note: str | None = None
) -> TableRow:
    return TableRow(group, f"记录 {name}", (None, name, fen, count, note))


def draw(rows: list[TableRow], headings: Headings = COLUMNS, words: Words = WORDS) -> tuple[PrintedTable, list[str]]:
    stream = BytesIO()
    (printed,) = write_tables([Table(words, headings, rows)], A4_LANDSCAPE, ORIGIN, stream)
    return printed, page_texts(stream.getvalue())


def test_header_unit_and_page_number_stand_on_every_page() -> None:
    printed, pages = draw([row("甲村", f"项{n}") for n in range(200)])
    assert printed.pages == len(pages) > 4
    for number, page in enumerate(pages, start=1):
        for word in ("序号", "名称", "金额", "原值", "户数", "备注", "单位：万元"):
            assert word in page.replace("\n", "")
        assert f"第 {number} 页，共 {len(pages)} 页" in page
    assert "试样表（续）" in pages[1] and "试样表（续）" not in pages[0]
    assert "填报单位" in pages[0] and "填报单位" not in pages[1]


@pytest.mark.parametrize("count", range(18, 60, 3))
def test_sums_stay_with_the_last_row_and_signatures_with_the_total(count: int) -> None:
    rows = [row(f"{village}村", f"{village}{n}") for village in "甲乙" for n in range(count)]
    _, pages = draw(rows)
    joined = "\n".join(pages)
    assert joined.count("小计") == 2 and joined.count("合　计") == 1 and joined.count("填报人：") == 1
    for page in pages:
        lines = page.split("\n")
        for at, line in enumerate(lines):
            if "小计" in line:
                assert re.match(rf"\d+ {line[0]}{count - 1} ", lines[at - 1]), lines[at - 1]
            if "合　计" in line:
                assert "小计" in lines[at - 1]
                assert "填报人：" in lines[at + 1]


@settings(max_examples=25)
@given(st.lists(st.integers(min_value=-(10**12), max_value=10**14), min_size=1, max_size=60), st.integers(1, 7))
def test_printed_rows_add_up_to_printed_sums(amounts: list[int], size: int) -> None:
    rows = [row(f"{n // size}村", f"项{n}", fen) for n, fen in enumerate(amounts)]
    printed, pages = draw(rows)
    assert printed.sums == {"value": sum(amounts), "n": len(amounts)}
    group, total = Decimal(0), Decimal(0)
    shown: list[Decimal] = []
    for line in "\n".join(pages).split("\n"):
        match = re.search(r" (-?[\d,]+(?:\.\d+)?) +([\d,]+) *$", line)
        if not match:
            continue
        amount = Decimal(match[1].replace(",", ""))
        if "小计" in line:
            assert amount == group
            group = Decimal(0)
        elif "合　计" in line:
            assert amount == total
        else:
            group, total = group + amount, total + amount
            shown.append(amount)
    assert [int(amount * 1_000_000) for amount in shown] == amounts
    assert total * 1_000_000 == sum(amounts)


def test_unknown_is_not_zero() -> None:
    printed, (page,) = draw([row("甲村", "一", None, 0), row("甲村", "二", 0, None), row("乙村", "三", None, None)])
    assert "1 一 — 0" in page
    assert "2 二 0 —" in page
    assert "甲村 小计（2 项） 0 0" in page
    assert "乙村 小计（1 项） — —" in page
    assert printed.sums == {"value": 0, "n": 0}


def test_a_cell_longer_than_a_page_goes_on_over_the_next_ones() -> None:
    long = "".join(f"第{n}条。" for n in range(2000))
    _, pages = draw([row("甲村", "一"), row("甲村", "二", note=long), row("乙村", "三")])
    assert len(pages) > 2
    text = re.sub(r"\s", "", "".join(pages))
    for n in range(0, 2000, 97):
        assert f"第{n}条。" in text
    assert text.count("条。") == 2000
    assert "合计（3项）" in text


def test_long_names_wrap_inside_their_column() -> None:
    rows = [row("甲村", "长" * 67)]
    stream = BytesIO()
    write_tables([Table(WORDS, COLUMNS, rows)], A4_LANDSCAPE, ORIGIN, stream)
    slot = arrange(COLUMNS, A4_LANDSCAPE, scan(Table(WORDS, COLUMNS, rows)), DocumentFonts()).slots[1]
    document = pypdfium2.PdfDocument(stream.getvalue())
    text_page = document[0].get_textpage()
    boxes = [
        text_page.get_charbox(index)
        for index in range(text_page.count_chars())
        if text_page.get_text_range(index, 1) == "长"
    ]
    assert len(boxes) == 67
    assert len({round(box[1]) for box in boxes}) > 1
    for left, _, right, _ in boxes:
        assert slot.x < left < right < slot.x + slot.width
    text_page.close()
    document.close()


def test_numbers_get_the_width_they_need() -> None:
    _, (page,) = draw([row("甲村", "一", 123_456_789_012_345_678)])
    assert "123,456,789,012.345678" in page


def test_columns_that_do_not_fit_are_refused() -> None:
    wide = tuple(Column(f"栏{n}", least=9) for n in range(20))
    with pytest.raises(PaperTooNarrow, match="A4 纸放不下"):
        draw([TableRow(None, "一", ("字",) * 20)], wide)


def test_columns_hidden_when_empty_leave_no_trace() -> None:
    headings: Headings = (
        Column("名称", weight=1),
        Heading("空", (Column("无", Kind.WAN, hidden_when_empty=True),)),
        Column("值", Kind.WAN, summed=True, key="v"),
    )
    printed, (page,) = draw([TableRow(None, "一", ("甲", 0, 5)), TableRow(None, "二", ("乙", None, 7))], headings)
    assert "空" not in page and "甲 0.000005" in page and printed.sums == {"v": 12}


def test_no_rows_print_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingToPrint, match="本范围没有记录"):
        print_tables([Table(WORDS, COLUMNS, [])], A4_LANDSCAPE, ORIGIN, tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_scattered_groups_are_refused() -> None:
    with pytest.raises(GroupScattered, match="甲村"):
        draw([row("甲村", "一"), row("乙村", "二"), row("甲村", "三")])


def test_rows_that_change_between_the_passes_are_refused() -> None:
    class Changing:
        passes = 0

        def __iter__(self) -> Iterator[TableRow]:
            self.passes += 1
            return iter([row("甲村", "一", self.passes)])

    with pytest.raises(SourceChanged):
        write_tables([Table(WORDS, COLUMNS, Changing())], A4_LANDSCAPE, ORIGIN, BytesIO())


def test_floats_are_no_money() -> None:
    with pytest.raises(TypeError, match="原值"):
        draw([TableRow("甲村", "一", (None, "名", 1.5, 1, None))])  # type: ignore[arg-type]


@pytest.mark.parametrize("character", ["\ue863", "\U0002ebf0"])
def test_a_missing_glyph_names_the_record_and_leaves_no_file(tmp_path: Path, character: str) -> None:
    target = tmp_path / "a.pdf"
    rows = [row("甲村", f"项{n}") for n in range(300)]
    rows[250] = row("甲村", f"陈{character}")._replace(label="第 251 行（资产编号 FX-251）")
    with pytest.raises(GlyphMissing) as caught:
        print_tables([Table(WORDS, COLUMNS, rows)], A4_LANDSCAPE, ORIGIN, target)
    assert caught.value.codepoint == ord(character)
    assert f"U+{ord(character):04X}" in str(caught.value)
    assert "第 251 行（资产编号 FX-251）的“名称”" in str(caught.value)
    assert "陈" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("words", "place"), [(Words("题\ue863"), "题头"), (Words("题", notes="\ue863"), "题头")])
def test_a_missing_glyph_in_the_words_is_named_too(words: Words, place: str) -> None:
    with pytest.raises(GlyphMissing, match=place):
        draw([row(None, "一")], words=words)


def test_a_missing_glyph_in_a_group_name_is_named_too() -> None:
    with pytest.raises(GlyphMissing, match="U\\+E863"):
        draw([row("\ue863村", "一")])


@pytest.mark.parametrize("stop_at", [1, 2, 3, 5])
def test_cancelling_leaves_what_was_there(tmp_path: Path, stop_at: int) -> None:
    target = tmp_path / "a.pdf"
    target.write_bytes(b"old")
    calls = 0

    def progress(done: int, total: int) -> None:
        nonlocal calls
        calls += 1
        if calls == stop_at:
            raise Cancelled("已停止")

    rows = [row("甲村", f"项{n}") for n in range(900)]
    with pytest.raises(Cancelled):
        print_tables([Table(WORDS, COLUMNS, rows)], A4_LANDSCAPE, ORIGIN, target, progress=progress)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_progress_counts_up_to_all_rows() -> None:
    seen: list[tuple[int, int]] = []
    rows = [row("甲村", f"项{n}") for n in range(600)]
    write_tables(
        [Table(WORDS, COLUMNS, rows)] * 2, A4_LANDSCAPE, ORIGIN, BytesIO(), progress=lambda *at: seen.append(at)
    )
    drawing = [at for at in seen if at[1]]
    assert drawing == sorted(drawing) and drawing[-1] == (1200, 1200)
    assert {total for _, total in drawing} == {1200}


def test_a_full_disk_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        print_tables([Table(WORDS, COLUMNS, [row("甲村", "一")])], A4_LANDSCAPE, ORIGIN, tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_equal_input_gives_equal_bytes_and_time_is_the_only_other() -> None:
    rows = [row(f"{n // 9}村", f"项𬭊𣒍{n}", n * 7) for n in range(120)]
    files = [BytesIO() for _ in range(3)]
    for stream in files[:2]:
        write_tables([Table(WORDS, COLUMNS, rows)], A4_LANDSCAPE, ORIGIN, stream)
    later = Origin(ORIGIN.title, MOMENT.replace(hour=9), ORIGIN.as_of, ORIGIN.known_at, ORIGIN.digest)
    write_tables([Table(WORDS, COLUMNS, rows)], A4_LANDSCAPE, later, files[2])
    first, again, other = (stream.getvalue() for stream in files)
    assert first == again
    assert first != other and len(first) == len(other)


def test_the_file_says_where_it_comes_from_and_embeds_all_fonts() -> None:
    stream = BytesIO()
    write_tables([Table(WORDS, COLUMNS, [row("甲村", "𣒍")])], A4_LANDSCAPE, ORIGIN, stream)
    data = stream.getvalue()
    document = pypdfium2.PdfDocument(data)
    said = document.get_metadata_dict()
    document.close()
    assert (said["Title"], said["Producer"]) == ("表", "乡册")
    assert said["CreationDate"] == "D:20261124080000+00'00'"
    assert b"/Digest (" + b"3f9a" * 16 + b")" in data
    assert b"/AsOf (2026-11-24)" in data and b"/KnownAt (2026-11-24T08:00:00Z)" in data
    assert data.count(b"/FontFile2 ") == data.count(b"/CIDFontType2") == data.count(b"/Type0") > 3
    assert b"/Type1" not in data and b"/TrueType" not in data


def test_tables_of_one_file_begin_new_pages_and_share_the_page_count() -> None:
    stream = BytesIO()
    words = [Words(f"表{n}") for n in "一二"]
    tables = [Table(entry, COLUMNS, [row("甲村", "一")]) for entry in words]
    printed = write_tables(tables, A4_LANDSCAPE, ORIGIN, stream)
    pages = page_texts(stream.getvalue())
    assert [entry.pages for entry in printed] == [1, 1]
    assert "表一" in pages[0] and "第 1 页，共 2 页" in pages[0]
    assert "表二" in pages[1] and "第 2 页，共 2 页" in pages[1]


def test_a_rendered_page_has_ink_inside_its_margins_only() -> None:
    stream = BytesIO()
    write_tables(
        [Table(WORDS, COLUMNS, [row("甲村", f"项{n}") for n in range(40)])], A4_LANDSCAPE, ORIGIN, stream
    )
    with Preview(stream.getvalue()) as preview:
        picture = preview.render(0, 1.0)
    assert (picture.width, picture.height) == (842, 596)
    assert len(picture.rgba) == picture.width * picture.height * 4
    assert set(picture.rgba[3::4]) == {255}
    ink = [at // 4 for at in range(0, len(picture.rgba), 4) if picture.rgba[at] < 128]
    columns = {at % picture.width for at in ink}
    lines = {at // picture.width for at in ink}
    assert min(columns) >= 26 and max(columns) <= 842 - 26
    assert min(lines) >= 26 and max(lines) <= 596 - 24
    assert len(ink) > 5000
