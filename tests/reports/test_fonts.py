"""Every character is printed from the first shipped font that has it, and one that none has is named."""

from __future__ import annotations

import unicodedata
from io import BytesIO
from pathlib import Path

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from desktop.common.resources import resource_path
from desktop.reports.font_embedding import FontSubset
from desktop.reports.fonts import DocumentFonts, GlyphMissing, Style, find_glyph, missing_characters
from desktop.reports.sfnt import component_glyphs, shipped_font

RARE = "㛃𬭊𫖯䶮蓢𠅤𬱟㙟㘵𣒍㙦㟓㙍滘箖磜浐竂硁坣鮜孖噉墘磻埇𠮾"
SIGNS = "0123456789.,-—·…（）〔〕《》“”‘’：；，。、％￥¥≥≤×÷√✓①⑩ⅠⅡ㎡㎏℃＿～"


@pytest.mark.parametrize("style", Style)
def test_rare_names_and_signs_have_glyphs(style: Style) -> None:
    assert missing_characters(RARE + SIGNS, style) == []


def test_every_ideograph_up_to_extension_f_has_a_glyph() -> None:
    ranges = [(0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2EBE0)]
    ideographs = [
        codepoint
        for first, last in ranges
        for codepoint in range(first, last + 1)
        if unicodedata.name(chr(codepoint), "").startswith("CJK UNIFIED IDEOGRAPH")
    ]
    assert len(ideographs) > 87_800
    assert missing_characters("".join(map(chr, ideographs))) == []


def test_every_character_of_the_shipped_lists_has_a_glyph() -> None:
    for path in sorted(resource_path("codelists").glob("*.csv")):
        if path.name == "gbk_pua_map.csv":  # lists private-use characters and what they stand for
            continue
        assert missing_characters(path.read_text(encoding="utf-8-sig")) == [], path.name


def test_the_first_font_that_has_a_character_prints_it() -> None:
    assert find_glyph(Style.SERIF, ord("村"))[0] == "NotoSerifSC-Regular.ttf"
    assert find_glyph(Style.SANS_BOLD, ord("村"))[0] == "NotoSansSC-Bold.ttf"
    assert find_glyph(Style.SERIF, ord("𰻝"))[0] == "NotoSansSC-Regular.ttf"
    assert find_glyph(Style.SERIF, ord("𣒍"))[0] == "XiangceRare.ttf.zst"


@pytest.mark.parametrize("codepoint", [0xE863, 0xF0000, 0x2EBF0, 0xD800, 0x10FFFF])
def test_a_character_without_glyph_is_named(codepoint: int) -> None:
    with pytest.raises(GlyphMissing) as caught:
        find_glyph(Style.SERIF, codepoint)
    message = str(caught.value.at("第 3 行（资产编号 FX-3）", "所有权人"))
    assert f"U+{codepoint:04X}" in message
    assert "第 3 行（资产编号 FX-3）的“所有权人”" in message
    assert missing_characters("村" + chr(codepoint)) == [codepoint]


def test_invisible_marks_take_no_room_and_blanks_are_spaces() -> None:
    face = DocumentFonts().face(Style.SERIF)
    assert face.width("村\ufe00\u200b\ufeff\U000e0100") == face.width("村") == 1000
    assert face.width("\u00a0") == face.width(" ") == face.width("\t")
    assert face.show("村\u200b", "8") == face.show("村", "8")


def test_figures_of_the_number_face_are_tabular() -> None:
    for style in (Style.SANS, Style.SANS_BOLD):
        face = DocumentFonts().face(style)
        assert len({face.width(digit) for digit in "0123456789"}) == 1


def test_text_from_several_fonts_switches_between_them() -> None:
    fonts = DocumentFonts()
    shown = fonts.face(Style.SERIF).show("李𣒍李", "8")
    assert [part.split()[0] for part in shown.split(" /")] == ["/F1", "F2", "F1"]


def test_the_text_map_is_right_beyond_the_bmp() -> None:
    subset = FontSubset(shipped_font("NotoSerifSC-Regular.ttf"), "F1")
    for character in "村𬭊":
        subset.add(ord(character), subset.file.glyph(ord(character)))
    assert "<0001> <6751>" in subset.text_map()
    assert "<0002> <D872DF4A>" in subset.text_map()


@pytest.mark.parametrize("file_name", ["NotoSerifSC-Regular.ttf", "LXGWWenKai-Regular.ttf", "XiangceRare.ttf.zst"])
def test_an_embedded_program_draws_the_same_outlines(file_name: str) -> None:
    file = shipped_font(file_name)
    whole = TTFont(BytesIO(_plain(resource_path("fonts", file_name))))
    order = whole.getGlyphOrder()
    composite = [g for g in range(file.glyph_count) if component_glyphs(file.outline(g))]
    glyphs = [*range(1, 60, 7), *composite[:3], file.glyph_count - 1]
    subset = FontSubset(file, "F1")
    codes = [subset.add(0x4E00 + n, glyph) for n, glyph in enumerate(glyphs)]
    part = TTFont(BytesIO(subset.program()), checkChecksums=2)
    for code, glyph in zip(codes, glyphs, strict=True):
        name = part.getGlyphOrder()[code]
        assert _outline(part, name) == _outline(whole, order[glyph])
        assert part["hmtx"][name] == whole["hmtx"][order[glyph]]


def _plain(path: Path) -> bytes:
    import zstandard

    data = path.read_bytes()
    return zstandard.ZstdDecompressor().decompress(data) if path.suffix == ".zst" else data


def _outline(font: TTFont, name: str) -> list[tuple[str, tuple[object, ...]]]:
    glyphs = font.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    return list(pen.value)


def test_licences_lie_beside_the_fonts() -> None:
    folder = resource_path("fonts")
    for family in ("NotoSansSC", "NotoSerifSC", "LXGWWenKai", "XiangceRare"):
        assert list(folder.glob(f"{family}*.ttf*"))
        assert "SIL OPEN FONT LICENSE" in (folder / f"OFL-{family}.txt").read_text(encoding="utf-8").upper()
