"""One page of a table: collects rows from the top down and writes rules, shades and texts in one go.

Rules are 0.5 pt, the frame 1.2 pt; 小计 stands on 5 % grey and 合计 on 10 % (DESIGN §7, print).
"""

from __future__ import annotations

from desktop.reports.fonts import DocumentFonts, Face, GlyphMissing, Style
from desktop.reports.table_cells import centred_lines
from desktop.reports.table_geometry import Geometry
from desktop.reports.table_model import Paper, Words
from desktop.reports.text_wrap import break_lines

TITLE_SIZE, LINE_SIZE, SMALL_SIZE, NOTE_SIZE, MARK_SIZE = 17.0, 9.5, 9.0, 8.5, 7.0
_FOOT = 16.0  # room for the page number
_TITLE_ROOM, _LINE_ROOM, _CONTINUED_ROOM = 31.0, 17.0, 15.0


class Furniture:
    """What stands around the rows, prepared once: title, line under it, header, closing lines."""

    def __init__(self, words: Words, geometry: Geometry, paper: Paper, fonts: DocumentFonts) -> None:
        self._words = words
        self._geometry = geometry
        self._paper = paper
        self._serif = fonts.face(Style.SERIF)
        self._bold = fonts.face(Style.SERIF_BOLD)
        try:
            self.first = self._first_head()
            self.continued = self._continued_head()
            self._mark = self._footmark()
            self.closing_height, self._closing = self._closing_lines()
        except GlyphMissing as error:
            raise error.at("题头或落款") from None
        try:
            self._header = self._header_operators(fonts.face(Style.SANS))
        except GlyphMissing as error:
            raise error.at("表头") from None

    @property
    def first_top(self) -> float:
        """Where the header begins on the first page."""
        line = _LINE_ROOM if self._words.left or self._words.centre or self._words.right else 4.0
        return self._paper.height - self._paper.top - _TITLE_ROOM - line

    @property
    def next_top(self) -> float:
        """Where the header begins on the following pages."""
        return self._paper.height - self._paper.top - _CONTINUED_ROOM

    @property
    def floor(self) -> float:
        """Lowest place for a row."""
        return self._paper.bottom + _FOOT

    def header(self, top: float) -> str:
        """Operators for the header rows, their texts and the rules between them."""
        return f"q 1 0 0 1 0 {top:.2f} cm\n{self._header}\nQ"

    def footmark(self) -> str:
        """Operators for the small print at the foot."""
        return self._mark

    def closing(self, top: float) -> str:
        """Operators for signatures and notes, below `top`."""
        return f"q 1 0 0 1 0 {top:.2f} cm BT\n{self._closing}\nET Q" if self._closing else ""

    def _first_head(self) -> str:
        words, paper = self._words, self._paper
        width = paper.width - paper.left - paper.right
        size = min(TITLE_SIZE, width * 1000 / max(1, self._bold.width(words.title)))
        y = paper.height - paper.top - TITLE_SIZE
        x = paper.left + (width - self._bold.width(words.title) * size / 1000) / 2
        shown = [_text(self._bold, words.title, x, y, round(size, 2))]
        y -= 14 + LINE_SIZE
        left, right = self._geometry.left, self._geometry.right
        if words.left:
            shown.append(_text(self._serif, words.left, left, y, LINE_SIZE))
        if words.centre:
            span = self._serif.width(words.centre) * LINE_SIZE / 1000
            shown.append(_text(self._serif, words.centre, left + (right - left - span) / 2, y, LINE_SIZE))
        if words.right:
            span = self._serif.width(words.right) * LINE_SIZE / 1000
            shown.append(_text(self._serif, words.right, right - span, y, LINE_SIZE))
        return _block(shown)

    def _continued_head(self) -> str:
        words, paper = self._words, self._paper
        y = paper.height - paper.top - SMALL_SIZE
        shown = [_text(self._serif, f"{words.title}（续）", self._geometry.left, y, SMALL_SIZE)]
        if words.right:
            span = self._serif.width(words.right) * SMALL_SIZE / 1000
            shown.append(_text(self._serif, words.right, self._geometry.right - span, y, SMALL_SIZE))
        return _block(shown)

    def _footmark(self) -> str:
        if not self._words.footmark:
            return ""
        return _block([_text(self._serif, self._words.footmark, self._geometry.left, self._paper.bottom, MARK_SIZE)])

    def _closing_lines(self) -> tuple[float, str]:
        words, geometry = self._words, self._geometry
        shown: list[str] = []
        y = 0.0
        if words.signatures:
            y -= 10 + LINE_SIZE
            widths = [self._serif.width(part) * LINE_SIZE / 1000 for part in words.signatures]
            gap = (geometry.right - geometry.left - sum(widths)) / max(1, len(widths) - 1)
            x = geometry.left
            for part, width in zip(words.signatures, widths, strict=True):
                shown.append(_text(self._serif, part, x, y, LINE_SIZE))
                x += width + gap
        if words.notes:
            y -= 8
            limit = (geometry.right - geometry.left) * 1000 / NOTE_SIZE
            for line in break_lines(self._serif, words.notes, limit):
                y -= NOTE_SIZE * 1.3
                shown.append(_text(self._serif, line, geometry.left, y, NOTE_SIZE))
        return (-y + 4 if shown else 0.0), "\n".join(shown)

    def _header_operators(self, face: Face) -> str:
        sizes = self._geometry.sizes
        texts: list[str] = []
        rules: list[str] = []
        right = self._geometry.right
        for cell in self._geometry.header:
            lines = break_lines(face, cell.title, (cell.width - 2) * 1000 / sizes.text)
            texts.append(
                centred_lines(
                    face, sizes.text, lines, cell.x, cell.width, -cell.bottom, cell.bottom - cell.top, sizes.leading
                )
            )
            if cell.x + cell.width < right - 0.01:
                edge = f"{cell.x + cell.width:.2f}"
                rules.append(f"{edge} {-cell.top:.2f} m {edge} {-cell.bottom:.2f} l")
            rules.append(f"{cell.x:.2f} {-cell.bottom:.2f} m {cell.x + cell.width:.2f} {-cell.bottom:.2f} l")
        return "BT\n" + "\n".join(texts) + "\nET 0.5 w\n" + "\n".join(rules) + " S"


class TablePage:
    """The rows of one page."""

    def __init__(self, furniture: Furniture, geometry: Geometry, *, first: bool, merged: int) -> None:
        self._furniture = furniture
        self._geometry = geometry
        self._merged = merged
        self._head = furniture.first if first else furniture.continued
        self._top = furniture.first_top if first else furniture.next_top
        self.y = self._top - geometry.header_height
        self._body_top = self.y
        self._fills: list[str] = []
        self._texts: list[str] = []
        self._edges: list[float] = []
        self._merged_rows: list[tuple[float, float]] = []
        self._closing = ""

    @property
    def has_rows(self) -> bool:
        """Whether a row stands on the page."""
        return bool(self._edges)

    @property
    def room(self) -> float:
        """Points left for rows."""
        return self.y - self._furniture.floor

    def add(self, height: float, operators: str) -> None:
        """Put a row below the last one."""
        self.y -= height
        self._edges.append(self.y)
        self._texts.append(f"q 1 0 0 1 0 {self.y:.2f} cm BT\n{operators}\nET Q")

    def add_sum(self, height: float, operators: str, grey: str) -> None:
        """Put a row of sums, shaded, its first columns merged."""
        top = self.y
        self.add(height, operators)
        left, right = self._geometry.left, self._geometry.right
        self._fills.append(f"{left:.2f} {self.y:.2f} {right - left:.2f} {height:.2f} re")
        self._fills[-1] = f"{grey} g {self._fills[-1]} f"
        self._merged_rows.append((top, self.y))

    def close(self) -> None:
        """Put signatures and notes below the rows."""
        self._closing = self._furniture.closing(self.y)

    def operators(self) -> str:
        """The whole page."""
        parts = [self._head]
        if self._fills:
            parts += [*self._fills, "0 g"]
        if self.has_rows:
            parts += [self._furniture.header(self._top), *self._texts, self._rules()]
        parts += [self._closing, self._furniture.footmark()]
        return "\n".join(part for part in parts if part)

    def _rules(self) -> str:
        geometry = self._geometry
        left, right = f"{geometry.left:.2f}", f"{geometry.right:.2f}"
        lines = ["0.5 w"]
        for edge in self._edges[:-1]:
            y = f"{edge:.2f}"
            lines.append(f"{left} {y} m {right} {y} l")
        whole = [(self._body_top, self.y)]
        broken = _without(whole[0], self._merged_rows)
        for index, slot in enumerate(geometry.slots[1:], start=1):
            for top, bottom in broken if index < self._merged else whole:
                lines.append(f"{slot.x:.2f} {top:.2f} m {slot.x:.2f} {bottom:.2f} l")
        frame = f"{left} {self.y:.2f} {geometry.right - geometry.left:.2f} {self._top - self.y:.2f} re"
        return "\n".join(lines) + f" S\n1.2 w {frame} S"


def _without(span: tuple[float, float], holes: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The parts of a span (top, bottom) between the holes, which run down the page."""
    parts: list[tuple[float, float]] = []
    top = span[0]
    for hole_top, hole_bottom in holes:
        if top - hole_top > 0.01:
            parts.append((top, hole_top))
        top = hole_bottom
    if top - span[1] > 0.01:
        parts.append((top, span[1]))
    return parts


def _text(face: Face, text: str, x: float, y: float, size: float) -> str:
    return f"1 0 0 1 {x:.2f} {y:.2f} Tm{face.show(text, f'{size:g}')}"


def _block(shown: list[str]) -> str:
    return "BT\n" + "\n".join(shown) + "\nET"
