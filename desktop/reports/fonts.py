"""Every character is printed from the first shipped font that has it, and one that none has stops the print.

A style is a chain of fonts: its own, then the other Noto face of the same weight, then LXGW WenKai, then the rare
ideographs. Glyphs are looked up once per document and character; after that, showing a text is one table
translation. Widths are in 1/1000 of the font size. No character is ever replaced by a box or a question mark.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum

from reportlab.pdfbase.pdfdoc import PDFObjectReference

from desktop.common.errors import XiangceError
from desktop.reports.font_embedding import FontSubset
from desktop.reports.sfnt import shipped_font
from desktop.reports.streamed_pdf import StreamedDocument


class Style(Enum):
    """A kind of type on paper; its value names the fonts tried, in this order."""

    SERIF = ("NotoSerifSC-Regular.ttf", "NotoSansSC-Regular.ttf", "LXGWWenKai-Regular.ttf", "XiangceRare.ttf.zst")
    SERIF_BOLD = ("NotoSerifSC-Bold.ttf", "NotoSansSC-Bold.ttf", "LXGWWenKai-Regular.ttf", "XiangceRare.ttf.zst")
    SANS = ("NotoSansSC-Regular.ttf", "NotoSerifSC-Regular.ttf", "LXGWWenKai-Regular.ttf", "XiangceRare.ttf.zst")
    SANS_BOLD = ("NotoSansSC-Bold.ttf", "NotoSerifSC-Bold.ttf", "LXGWWenKai-Regular.ttf", "XiangceRare.ttf.zst")
    KAI = ("LXGWWenKai-Regular.ttf", "NotoSerifSC-Regular.ttf", "NotoSansSC-Regular.ttf", "XiangceRare.ttf.zst")


class GlyphMissing(XiangceError):
    """A character that no shipped font has: printing stops, nothing is written.

    The message names the character by its code point and the record by the label the caller gave (a number, no name).
    """

    def __init__(self, codepoint: int, record: str = "", field: str = "") -> None:
        self.codepoint = codepoint
        self.record = record
        self.field = field
        place = f"{record}的“{field}”" if field else record
        why = "是系统自造区的字，别的电脑认不出" if is_private_use(codepoint) else "字体里没有"
        super().__init__(
            f"缺字：{place + '里' if place else ''}有一个打不出的字（U+{codepoint:04X}，{why}）。"
            "打印已停止，没有生成文件，登记的数据不受影响。",
            hint="请把这个字改成正式编码的字后再打印。",
        )

    def at(self, record: str, field: str = "") -> GlyphMissing:
        """The same error with its record and column named."""
        return GlyphMissing(self.codepoint, record, field)


def is_private_use(codepoint: int) -> bool:
    """Private-use characters look different on every machine (DOMAIN §3.4), so they are never printed."""
    return 0xE000 <= codepoint <= 0xF8FF or 0xF0000 <= codepoint <= 0x10FFFD


def find_glyph(style: Style, codepoint: int) -> tuple[str, int]:
    """The file that prints this character in this style, and its glyph there; GlyphMissing when none does."""
    if not is_private_use(codepoint):
        for file_name in style.value:
            glyph = shipped_font(file_name).glyph(codepoint)
            if glyph:
                return file_name, glyph
    raise GlyphMissing(codepoint)


def missing_characters(text: str, style: Style = Style.SERIF) -> list[int]:
    """Code points of a text that cannot be printed, for a check before printing."""
    found: dict[int, None] = {}
    for character in text:
        if not _is_ignorable(ord(character)) and not character.isspace():
            try:
                find_glyph(style, ord(character))
            except GlyphMissing:
                found[ord(character)] = None
    return list(found)


@dataclass(frozen=True)
class _Glyph:
    resource: str
    code: str
    width: int


class Face:
    """One style in one document: measures texts and writes them as operators."""

    def __init__(self, fonts: DocumentFonts, style: Style) -> None:
        self.style = style
        self._fonts = fonts
        self._main = fonts.resource(style.value[0])
        self._glyphs: dict[int, _Glyph] = {}
        self._codes = _Codes(self)
        self._widths = _Widths(self)

    def width(self, text: str) -> int:
        """Width in 1/1000 of the font size."""
        return sum(map(self._widths.__getitem__, text))

    def show(self, text: str, size: str) -> str:
        """Operators that show the text at the current point in this size (points, as written in the file)."""
        codes = text.translate(self._codes)
        if "-" in codes:
            return self._show_mixed(text, size)
        return f"/{self._main} {size} Tf<{codes}>Tj"

    def glyph(self, codepoint: int) -> _Glyph:
        """Look a character up and give it a code in the document; blanks become a space, invisible marks nothing."""
        known = self._glyphs.get(codepoint)
        if known is None:
            known = self._new_glyph(codepoint)
            self._glyphs[codepoint] = known
        return known

    def _new_glyph(self, codepoint: int) -> _Glyph:
        if _is_ignorable(codepoint):
            return _Glyph(self._main, "", 0)
        if codepoint != 0x20 and codepoint != 0x3000 and chr(codepoint).isspace():
            return self.glyph(0x20)
        file_name, glyph = find_glyph(self.style, codepoint)
        return self._fonts.glyph(file_name, codepoint, glyph)

    def is_main(self, glyph: _Glyph) -> bool:
        """Whether a glyph comes from the style's own font."""
        return glyph.resource == self._main

    def _show_mixed(self, text: str, size: str) -> str:
        parts: list[str] = []
        resource, codes = "", ""
        for character in text:
            glyph = self.glyph(ord(character))
            if glyph.resource != resource and glyph.code:
                if codes:
                    parts.append(f"/{resource} {size} Tf<{codes}>Tj")
                resource, codes = glyph.resource, ""
            codes += glyph.code
        parts.append(f"/{resource or self._main} {size} Tf<{codes}>Tj")
        return " ".join(parts)


class DocumentFonts:
    """The fonts of one document; `write` embeds what was used."""

    def __init__(self) -> None:
        self._faces: dict[Style, Face] = {}
        self._subsets: dict[str, FontSubset] = {}
        self._glyphs: dict[tuple[str, int], _Glyph] = {}

    def face(self, style: Style) -> Face:
        """The face of a style, made when first asked for."""
        if style not in self._faces:
            self._faces[style] = Face(self, style)
        return self._faces[style]

    def resource(self, file_name: str) -> str:
        """The name a font has in the pages' operators."""
        return self._subset(file_name).resource

    def glyph(self, file_name: str, codepoint: int, glyph: int) -> _Glyph:
        """A code for this character in this font, the same for all styles that use the font."""
        key = (file_name, codepoint)
        known = self._glyphs.get(key)
        if known is None:
            subset = self._subset(file_name)
            code = subset.add(codepoint, glyph)
            known = _Glyph(subset.resource, f"{code:04X}", subset.file.advance(glyph))
            self._glyphs[key] = known
        return known

    def write(self, document: StreamedDocument) -> dict[str, PDFObjectReference]:
        """Embed the fonts that were used and return their references by resource name."""
        return {
            subset.resource: subset.write(document) for subset in self._subsets.values() if subset.used
        }

    def _subset(self, file_name: str) -> FontSubset:
        if file_name not in self._subsets:
            self._subsets[file_name] = FontSubset(shipped_font(file_name), f"F{len(self._subsets) + 1}")
        return self._subsets[file_name]


class _Codes(dict[int, str]):
    """For `str.translate`: character to hexadecimal code; "-" where another font must step in."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self._face = face

    def __missing__(self, codepoint: int) -> str:
        glyph = self._face.glyph(codepoint)
        code = self[codepoint] = glyph.code if self._face.is_main(glyph) else "-"
        return code


class _Widths(dict[str, int]):
    def __init__(self, face: Face) -> None:
        super().__init__()
        self._face = face

    def __missing__(self, character: str) -> int:
        width = self[character] = self._face.glyph(ord(character)).width
        return width


def _is_ignorable(codepoint: int) -> bool:
    """Controls, joiners, byte order marks and variation selectors: nothing to see, so nothing can be missing."""
    if 0xFE00 <= codepoint <= 0xFE0F or 0xE0100 <= codepoint <= 0xE01EF:
        return True
    character = chr(codepoint)
    return unicodedata.category(character) in ("Cc", "Cf") and not character.isspace()
