"""Turns cell values into content stream operators, once for each value that a column holds.

A register repeats itself: villages, states, units, zeros. Each column keeps the operators of the values it has
printed, so that most cells of most rows cost one look-up. The operators place the text relative to the left page
edge and the bottom of its row, for a row of a given number of lines.
"""

from __future__ import annotations

from desktop.reports.fonts import DocumentFonts, Face, GlyphMissing, Style
from desktop.reports.table_geometry import PAD, Sizes, Slot, stands_centred
from desktop.reports.table_model import Cell
from desktop.reports.text_wrap import break_lines

_KEPT = 4096  # values remembered for each column; a column of distinct values gains nothing from more
_MIDDLE = 0.36  # of the size: how far the middle of a line lies above its baseline


class Printed:
    """A value's lines as operators, open at the height, and as they stand in rows of so many lines."""

    __slots__ = ("lines", "parts", "placed")

    def __init__(self, parts: list[tuple[str, str]]) -> None:
        self.parts = parts
        self.lines = len(parts) or 1
        self.placed: dict[int, str] = {}


class ColumnPen:
    """Prints the cells of one column."""

    def __init__(self, slot: Slot, sizes: Sizes, fonts: DocumentFonts, *, bold: bool = False) -> None:
        self.slot = slot
        self._sizes = sizes
        self._number = slot.column.kind.is_number
        if self._number:
            self._face: Face = fonts.face(Style.SANS_BOLD if bold else Style.SANS)
            self._size = sizes.number
        else:
            self._face = fonts.face(Style.SERIF_BOLD if bold else Style.SERIF)
            self._size = sizes.text
        self._written_size = f"{self._size:g}"
        self._per_unit = self._size / 1000
        self._limit = (slot.width - 2 * PAD) / self._per_unit
        self._centred = stands_centred(slot.column)
        self._heights: dict[tuple[int, int], list[str]] = {}
        self.known: dict[Cell, Printed] = {}

    def print(self, value: Cell) -> Printed:
        """The value's lines and operators; GlyphMissing with the column's title."""
        if len(self.known) >= _KEPT:
            self.known.clear()
        try:
            if value is None or value == "":
                texts = [self.slot.column.blank]
            elif self._number:
                texts = [self.slot.number_text(value)]  # type: ignore[arg-type]  # the scan has seen to it
            else:
                texts = break_lines(self._face, str(value), self._limit)
            printed = Printed([self._part(text) for text in texts if text])
        except GlyphMissing as error:
            raise error.at("", self.slot.column.title.replace("\n", "")) from None
        self.known[value] = printed
        return printed

    def place(self, printed: Printed, row_lines: int) -> str:
        """Operators for a row of so many lines, the text in its middle; kept for the next such row."""
        placed = printed.placed[row_lines] = self.place_lines(printed.parts, row_lines)
        return placed

    def place_lines(self, parts: list[tuple[str, str]], row_lines: int) -> str:
        """Operators for some of a value's lines."""
        if not parts:
            return ""
        heights = self._heights.get((len(parts), row_lines)) or self._new_heights(len(parts), row_lines)
        if len(parts) == 1:
            (before, after), = parts
            return f"{before}{heights[0]}{after}"
        return "\n".join([f"{before}{y}{after}" for (before, after), y in zip(parts, heights, strict=True)])

    def _part(self, text: str) -> tuple[str, str]:
        """A line's operators before and after its height."""
        # readers guess a line's direction from its characters; a lone one, as 0, would break copied rows apart
        shown = self._face.show(text if len(text) > 1 else f"{text} ", self._written_size)
        slot = self.slot
        if self._number:
            x = slot.x + slot.width - PAD - self._face.width(text) * self._per_unit
        elif self._centred:
            x = slot.x + (slot.width - self._face.width(text) * self._per_unit) / 2
        else:
            x = slot.x + PAD
        return f"1 0 0 1 {x:.2f} ", f" Tm{shown}"

    def _new_heights(self, lines: int, row_lines: int) -> list[str]:
        leading = self._sizes.leading
        middle = self._sizes.height(row_lines) / 2 + (lines - 1) * leading / 2
        heights = [f"{middle - _MIDDLE * self._size - line * leading:.2f}" for line in range(lines)]
        self._heights[lines, row_lines] = heights
        return heights


def centred_lines(
    face: Face, size: float, texts: list[str], x: float, width: float, bottom: float, height: float, leading: float
) -> str:
    """Operators for lines in the middle of a box."""
    y = bottom + height / 2 + (len(texts) - 1) * leading / 2 - _MIDDLE * size
    shown: list[str] = []
    for text in texts:
        start = x + (width - face.width(text) * size / 1000) / 2
        shown.append(f"1 0 0 1 {start:.2f} {y:.2f} Tm{face.show(text, f'{size:g}')}")
        y -= leading
    return "\n".join(shown)
