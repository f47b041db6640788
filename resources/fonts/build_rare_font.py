"""Makes `XiangceRare.ttf.zst` from HanaMinB: CJK Extensions B to F, as far as the other shipped fonts miss them.

    python resources/fonts/build_rare_font.py HanaMinB.ttf        (Debian: fonts-hanazono; needs fontTools)

With it the shipped fonts together hold every ideograph up to Extension F, which is what implementation level 3 of
GB 18030-2022 asks for. HanaMinB's outlines are polygons with many points on a straight line; points whose absence
moves the outline by no more than `TOLERANCE` (2/1024 of the character's height: 6 µm at 8 pt) are left out. The OFL
reserves the original's name, so the result has its own. The same input gives the same bytes.
"""

from __future__ import annotations

import sys
from array import array
from pathlib import Path

import zstandard
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates

HERE = Path(__file__).resolve().parent
FIRST, LAST = 0x20000, 0x2EBE0
TOLERANCE = 2.0
FAMILY = "Xiangce Rare"
NAMES = {
    0: "Subset of HanaMinB, Copyright 2008-2017 GlyphWiki Project (kamichi@fonts.jp); outlines thinned.",
    1: FAMILY,
    2: "Regular",
    3: "XiangceRare-Regular; 1.0",
    4: FAMILY,
    5: "Version 1.0",
    6: "XiangceRare-Regular",
    13: "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
    14: "https://openfontlicense.org",
}
Point = tuple[int, int]


def main(source: str) -> None:
    covered = set().union(*(TTFont(path, lazy=True).getBestCmap() for path in HERE.glob("*.ttf")))
    options = subset.Options()
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.drop_tables += ["vmtx", "vhea", "GDEF", "FFTM", "GSUB", "BASE", "gasp"]
    font = subset.load_font(source, options)
    wanted = sorted(c for c in font.getBestCmap() if FIRST <= c <= LAST and c not in covered)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    glyf = font["glyf"]
    for name in font.getGlyphOrder():
        glyf[name] = thinned(glyf[name], glyf)
    font["name"].names = []
    for name_id, text in NAMES.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)
    font["head"].created = font["head"].modified = 3_600_000_000  # fixed: the same input, the same bytes
    font.recalcTimestamp = False
    plain = HERE / "XiangceRare.ttf"
    font.save(plain)
    data = plain.read_bytes()
    plain.unlink()
    packed = zstandard.ZstdCompressor(level=22).compress(data)
    (HERE / "XiangceRare.ttf.zst").write_bytes(packed)
    print(f"{len(wanted)} characters, {len(data):,} bytes, {len(packed):,} packed")  # noqa: T201


def thinned(glyph: Glyph, glyf: object) -> Glyph:
    """The glyph without the points that its polygons can spare."""
    if glyph.numberOfContours <= 0 or not all(flag & 1 for flag in glyph.flags):
        return glyph
    points: list[Point] = []
    ends: list[int] = []
    start = 0
    for end in glyph.endPtsOfContours:
        contour = spared([(x, y) for x, y in glyph.coordinates[start : end + 1]])
        start = end + 1
        if len(contour) > 2:
            points += contour
            ends.append(len(points) - 1)
    result = Glyph()
    result.numberOfContours = len(ends)
    result.endPtsOfContours = ends
    result.coordinates = GlyphCoordinates(points)
    result.flags = array("B", [1] * len(points))
    result.program = glyph.program
    result.recalcBounds(glyf)
    return result


def spared(contour: list[Point]) -> list[Point]:
    """Douglas–Peucker on a closed contour, split at the point farthest from its lowest left one."""
    count = len(contour)
    if count < 4:
        return contour
    first = min(range(count), key=contour.__getitem__)
    points = contour[first:] + contour[:first] + [contour[first]]
    x0, y0 = points[0]
    far = max(range(count), key=lambda i: (points[i][0] - x0) ** 2 + (points[i][1] - y0) ** 2)
    kept = {0, far}
    todo = [(0, far), (far, count)]
    while todo:
        a, b = todo.pop()
        (xa, ya), (xb, yb) = points[a], points[b]
        dx, dy = xb - xa, yb - ya
        length = (dx * dx + dy * dy) ** 0.5 or 1.0
        worst, at = TOLERANCE, 0
        for i in range(a + 1, b):
            x, y = points[i]
            distance = abs((x - xa) * dy - (y - ya) * dx) / length
            if distance > worst:
                worst, at = distance, i
        if at:
            kept.add(at)
            todo += [(a, at), (at, b)]
    return [points[i] for i in sorted(kept)]


if __name__ == "__main__":
    main(sys.argv[1])
