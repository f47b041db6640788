"""The part of one font that a document uses, as PDF objects: outlines, widths, a text map for all planes.

Characters get two-byte codes in the order in which they are first printed, so a page can be written before the
next one is known, and the file depends on the printed text alone. Each character has a code of its own, so that copying
and searching give back exactly what was printed, U+2CB4A as well as U+4E00 (ISO 32000-1, 9.10.3).
"""

from __future__ import annotations

import hashlib
import struct

from reportlab.pdfbase.pdfdoc import PDFArrayCompact, PDFDictionary, PDFName, PDFObjectReference, PDFString

from desktop.reports.sfnt import FontFile, component_glyphs
from desktop.reports.streamed_pdf import StreamedDocument

_MAX_CODES = 65_535
_BLOCK = 100  # most entries of a bfchar block (Adobe Technical Note 5014)


class FontSubset:
    """Collects the characters that a document prints from one font."""

    def __init__(self, file: FontFile, resource: str) -> None:
        self.file = file
        self.resource = resource
        self._glyphs = [0]
        self._characters = [0xFFFD]

    @property
    def used(self) -> bool:
        """Whether any character came from this font."""
        return len(self._glyphs) > 1

    def add(self, codepoint: int, glyph: int) -> int:
        """The code under which the document shows this character."""
        if len(self._glyphs) > _MAX_CODES:
            raise ValueError("more characters than one PDF font can hold")
        self._glyphs.append(glyph)
        self._characters.append(codepoint)
        return len(self._glyphs) - 1

    def write(self, document: StreamedDocument) -> PDFObjectReference:
        """Write the font's objects into the document and return the reference to the Type 0 font."""
        metrics = self.file.metrics()
        program = self.program()
        tag = "".join(chr(65 + byte % 26) for byte in hashlib.sha256(program).digest()[:6])
        name = PDFName(f"{tag}+{self.file.postscript_name()}")
        outlines = document.write_stream(program, {"Length1": len(program)})
        descriptor = document.write_object(
            PDFDictionary({
                "Type": PDFName("FontDescriptor"),
                "FontName": name,
                "Flags": 4 | (2 if metrics.serif else 0) | (0x40000 if metrics.bold else 0),
                "FontBBox": PDFArrayCompact(metrics.box),
                "ItalicAngle": 0,
                "Ascent": metrics.ascent,
                "Descent": metrics.descent,
                "CapHeight": 733,
                "StemV": 140 if metrics.bold else 80,
                "FontFile2": outlines,
            })
        )
        widths = [self.file.advance(glyph) for glyph in self._glyphs]
        descendant = document.write_object(
            PDFDictionary({
                "Type": PDFName("Font"),
                "Subtype": PDFName("CIDFontType2"),
                "BaseFont": name,
                "CIDSystemInfo": PDFDictionary({
                    "Registry": PDFString("Adobe"), "Ordering": PDFString("Identity"), "Supplement": 0,
                }),
                "FontDescriptor": descriptor,
                "DW": 1000,
                "W": PDFArrayCompact([0, PDFArrayCompact(widths)]),
                "CIDToGIDMap": PDFName("Identity"),
            })
        )
        text_map = document.write_stream(self.text_map().encode("ascii"))
        return document.write_object(
            PDFDictionary({
                "Type": PDFName("Font"),
                "Subtype": PDFName("Type0"),
                "BaseFont": name,
                "Encoding": PDFName("Identity-H"),
                "DescendantFonts": PDFArrayCompact([descendant]),
                "ToUnicode": text_map,
            })
        )

    def text_map(self) -> str:
        """The ToUnicode CMap: each code's character in UTF-16BE, with surrogates beyond the BMP."""
        codes = range(1, len(self._characters))
        lines = [f"<{code:04X}> <{chr(self._characters[code]).encode('utf-16-be').hex().upper()}>" for code in codes]
        blocks = [lines[at : at + _BLOCK] for at in range(0, len(lines), _BLOCK)]
        maps = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
            f"{maps}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        )

    def program(self) -> bytes:
        """A TrueType program with just these glyphs, numbered by code (and the parts of composite ones after them)."""
        glyphs = list(self._glyphs)
        extra: dict[int, int] = {}
        outlines: list[bytes] = []
        for glyph in glyphs:  # grows while composite outlines name parts
            outline = self.file.outline(glyph)
            parts = component_glyphs(outline)
            if parts:
                patched = bytearray(outline)
                for at, part in parts:
                    if part not in extra:
                        extra[part] = len(glyphs)
                        glyphs.append(part)
                    struct.pack_into(">H", patched, at, extra[part])
                outline = bytes(patched)
            outlines.append(outline + b"\0" * (-len(outline) % 4))
        offsets = [0]
        for outline in outlines:
            offsets.append(offsets[-1] + len(outline))
        head = bytearray(self.file.table("head"))
        struct.pack_into(">L", head, 8, 0)
        struct.pack_into(">h", head, 50, 1)
        hhea = bytearray(self.file.table("hhea"))
        struct.pack_into(">H", hhea, 34, len(glyphs))
        maxp = bytearray(self.file.table("maxp"))
        struct.pack_into(">H", maxp, 4, len(glyphs))
        tables = {
            "cvt ": self.file.table("cvt "),
            "fpgm": self.file.table("fpgm"),
            "glyf": b"".join(outlines),
            "head": bytes(head),
            "hhea": bytes(hhea),
            "hmtx": b"".join(struct.pack(">Hh", *self.file.horizontal(glyph)) for glyph in glyphs),
            "loca": struct.pack(f">{len(offsets)}L", *offsets),
            "maxp": bytes(maxp),
            "prep": self.file.table("prep"),
        }
        return _assembled({tag: data for tag, data in tables.items() if data})


def _assembled(tables: dict[str, bytes]) -> bytes:
    """A font file from its tables (already in tag order), with its check sums (OpenType specification, otff)."""
    count = len(tables)
    power = count.bit_length() - 1
    header = struct.pack(">LHHHH", 0x10000, count, 16 << power, power, (count - (1 << power)) * 16)
    offset = 12 + 16 * count
    directory: list[bytes] = []
    body: list[bytes] = []
    head_at = 0
    for tag, data in tables.items():
        if tag == "head":
            head_at = offset
        padded = data + b"\0" * (-len(data) % 4)
        directory.append(struct.pack(">4sLLL", tag.encode("ascii"), _check_sum(padded), offset, len(data)))
        body.append(padded)
        offset += len(padded)
    font = bytearray(header + b"".join(directory) + b"".join(body))
    struct.pack_into(">L", font, head_at + 8, (0xB1B0AFBA - _check_sum(bytes(font))) & 0xFFFFFFFF)
    return bytes(font)


def _check_sum(data: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(data) // 4}L", data)
    return sum(words) & 0xFFFFFFFF
