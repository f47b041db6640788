"""Reads from a TrueType file what printing needs: which characters it has, how wide they are, their outlines.

Files are mapped, not read: opening one costs a few milliseconds and no memory to speak of, and only the outlines that
are printed are touched. Opened files are immutable and shared by all documents of the process.
"""

from __future__ import annotations

import mmap
import struct
import sys
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import zstandard

from desktop.common.resources import resource_path

Buffer = bytes | mmap.mmap

# composite glyph flags (OpenType specification, glyf table)
_ARGS_ARE_WORDS, _HAS_SCALE, _MORE, _HAS_XY_SCALE, _HAS_2X2 = 0x1, 0x8, 0x20, 0x40, 0x80


@dataclass(frozen=True)
class Metrics:
    """Numbers for a PDF font descriptor, in 1/1000 of the em."""

    ascent: int
    descent: int
    box: tuple[int, int, int, int]
    bold: bool
    serif: bool


class FontFile:
    """One TrueType font with `glyf` outlines; ValueError when it is none."""

    def __init__(self, data: Buffer) -> None:
        self._data = data
        tag, count = struct.unpack_from(">4sH", data)
        if tag not in (b"\0\1\0\0", b"true"):
            raise ValueError("not a TrueType font with glyf outlines")
        self._tables: dict[str, tuple[int, int]] = {}
        for index in range(count):
            name, _, offset, length = struct.unpack_from(">4sLLL", data, 12 + 16 * index)
            self._tables[name.decode("ascii")] = (offset, length)
        head = self.table("head")
        self.units_per_em: int = struct.unpack_from(">H", head, 18)[0]
        self._long_offsets = struct.unpack_from(">h", head, 50)[0] == 1
        self._advances: int = struct.unpack_from(">H", self.table("hhea"), 34)[0]
        self.glyph_count: int = struct.unpack_from(">H", self.table("maxp"), 4)[0]
        self._starts, self._ends, self._first_glyphs = self._character_map()
        self._hmtx = self._tables["hmtx"][0]
        self._loca = self._tables["loca"][0]
        self._glyf = self._tables["glyf"][0]

    def table(self, tag: str) -> bytes:
        """The bytes of one table, empty when the font has none."""
        offset, length = self._tables.get(tag, (0, 0))
        return self._data[offset : offset + length]

    def glyph(self, codepoint: int) -> int:
        """The glyph of a character, 0 when the font has none."""
        index = bisect_right(self._starts, codepoint) - 1
        if index < 0 or codepoint > self._ends[index]:
            return 0
        return self._first_glyphs[index] + codepoint - self._starts[index]

    def advance(self, glyph: int) -> int:
        """Width of a glyph in 1/1000 of the em."""
        index = min(glyph, self._advances - 1)
        units: int = struct.unpack_from(">H", self._data, self._hmtx + 4 * index)[0]
        return units if self.units_per_em == 1000 else round(units * 1000 / self.units_per_em)

    def horizontal(self, glyph: int) -> tuple[int, int]:
        """Advance and left side bearing in font units, as `hmtx` holds them."""
        last = self._advances - 1
        if glyph <= last:
            advance, bearing = struct.unpack_from(">Hh", self._data, self._hmtx + 4 * glyph)
            return advance, bearing
        advance = struct.unpack_from(">H", self._data, self._hmtx + 4 * last)[0]
        at = self._hmtx + 4 * self._advances + 2 * (glyph - self._advances)
        return advance, struct.unpack_from(">h", self._data, at)[0]

    def outline(self, glyph: int) -> bytes:
        """The `glyf` record of a glyph; empty for a blank."""
        if self._long_offsets:
            start, end = struct.unpack_from(">LL", self._data, self._loca + 4 * glyph)
        else:
            start, end = (2 * x for x in struct.unpack_from(">HH", self._data, self._loca + 2 * glyph))
        return self._data[self._glyf + start : self._glyf + end]

    def metrics(self) -> Metrics:
        """What a PDF font descriptor asks for."""
        scale = 1000 / self.units_per_em
        head, hhea, os2 = self.table("head"), self.table("hhea"), self.table("OS/2")
        ascent, descent = struct.unpack_from(">hh", hhea, 4)
        x0, y0, x1, y1 = (round(v * scale) for v in struct.unpack_from(">hhhh", head, 36))
        weight = struct.unpack_from(">H", os2, 4)[0] if len(os2) > 6 else 400
        family = os2[30:32] if len(os2) > 42 else b""
        name = self.postscript_name()
        serif = "Serif" in name or "Rare" in name or family[:1] == b"\1"
        return Metrics(round(ascent * scale), round(descent * scale), (x0, y0, x1, y1), weight >= 600, serif)

    def postscript_name(self) -> str:
        """Name record 6, without characters that a PDF name cannot hold."""
        names = self.table("name")
        count, strings = struct.unpack_from(">HH", names, 2)
        for index in range(count):
            platform, _, _, name_id, length, offset = struct.unpack_from(">6H", names, 6 + 12 * index)
            if name_id == 6:
                raw = names[strings + offset : strings + offset + length]
                text = raw.decode("utf-16-be" if platform in (0, 3) else "latin-1")
                return "".join(c for c in text if c.isascii() and (c.isalnum() or c == "-"))
        return "Unnamed"

    def _character_map(self) -> tuple[array[int], array[int], array[int]]:
        """Groups of the format 12 subtable (all planes) as three arrays: first, last character, first glyph."""
        cmap = self.table("cmap")
        (count,) = struct.unpack_from(">H", cmap, 2)
        for index in range(count):
            _, _, offset = struct.unpack_from(">HHL", cmap, 4 + 8 * index)
            if struct.unpack_from(">H", cmap, offset)[0] == 12:
                (groups,) = struct.unpack_from(">L", cmap, offset + 12)
                flat = array("I", cmap[offset + 16 : offset + 16 + 12 * groups])
                if sys.byteorder == "little":
                    flat.byteswap()
                return flat[0::3], flat[1::3], flat[2::3]
        raise ValueError("the font has no character map for all planes")


def component_glyphs(outline: bytes) -> list[tuple[int, int]]:
    """Where a composite outline names its parts: (offset in the record, glyph); empty for a simple outline."""
    if len(outline) < 10 or struct.unpack_from(">h", outline)[0] >= 0:
        return []
    parts: list[tuple[int, int]] = []
    at, flags = 10, _MORE
    while flags & _MORE:
        flags, glyph = struct.unpack_from(">HH", outline, at)
        parts.append((at + 2, glyph))
        at += 8 if flags & _ARGS_ARE_WORDS else 6
        at += 2 if flags & _HAS_SCALE else 4 if flags & _HAS_XY_SCALE else 8 if flags & _HAS_2X2 else 0
    return parts


@cache
def shipped_font(file_name: str) -> FontFile:
    """A font of `resources/fonts`, opened once per process; `.zst` files are unpacked into memory when first needed."""
    path = resource_path("fonts", file_name)
    return FontFile(_unpacked(path) if path.suffix == ".zst" else _mapped(path))


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _unpacked(path: Path) -> bytes:
    return zstandard.ZstdDecompressor().decompress(path.read_bytes())
