"""Prints a public notice as an official page: GB/T 9704-2012 as repeated in DOMAIN §3.3, on A4 upright.

Type area 156 × 225 mm, 22 lines of 28 characters, title 2号, text 3号, page number 4号 at the foot. The free faces of
ARCHITECTURE §10 stand for 小标宋, 仿宋, 黑体 and 楷体. Tables are set in 五号 with their head on every page; a narrow
list stands in two halves side by side, as on a board. Doubtful words can be framed; a print carries no frames.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import BinaryIO, Literal

from desktop.common.atomic_file import write_atomically
from desktop.reports.fonts import DocumentFonts, Face, GlyphMissing, Style
from desktop.reports.streamed_pdf import Origin, PageCanvas
from desktop.reports.table_model import MM
from desktop.reports.text_wrap import break_lines

WIDTH, HEIGHT = 210 * MM, 297 * MM
LEFT, AREA = 28 * MM, 156 * MM
TOP, DEEP = HEIGHT - 37 * MM, 225 * MM
PITCH = DEEP / 22
SIGNED_LINES = 2
"""Lines of issuer and date."""
TEXT, TITLE, FOOT, CELL = 15.75, 22.0, 14.0, 10.5
_TABLE_SIZES = (CELL, 9.0, 8.0, 7.0)
_RED = "0.698 0.165 0.122 RG"

Span = tuple[int, int]
ParagraphKind = Literal["text", "heading", "subheading", "plain"]


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; `plain` has no indent. `frames` are the doubtful parts, as positions in the text."""

    text: str
    kind: ParagraphKind = "text"
    frames: tuple[Span, ...] = ()


@dataclass(frozen=True)
class ListTable:
    """A table under its caption: cells as they are printed, `numbers` tells which columns stand on the right."""

    caption: Paragraph
    heads: tuple[str, ...]
    numbers: tuple[bool, ...]
    rows: Sequence[Sequence[str]]
    sums: Sequence[str] | None = None
    frames: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    """Doubtful cells as (row, column); row −1 is the head."""


@dataclass(frozen=True)
class NoticePaper:
    """A notice as it is printed, top to bottom."""

    title: Paragraph
    blocks: tuple[Paragraph | ListTable, ...]
    issuer: str = ""
    date: str = ""
    made_at: datetime | None = None


def paragraph_kind(text: str) -> ParagraphKind:
    """一、 in 黑体, （一） in 楷体, all else as text (GB/T 9704)."""
    if re.match(r"[一二三四五六七八九十]+、", text):
        return "heading"
    return "subheading" if re.match(r"（[一二三四五六七八九十]+）", text) else "text"


def print_notice(notice: NoticePaper, path: str | os.PathLike[str]) -> int:
    """Write the notice as a PDF file, whole or not at all; how many pages. GlyphMissing, OSError from the disk."""
    data, pages = notice_pdf(notice)
    write_atomically(path, data)
    return pages


def notice_pdf(notice: NoticePaper) -> tuple[bytes, int]:
    """The notice as a PDF in memory, and how many pages it has."""
    stream = BytesIO()
    try:
        pages = _Page(notice, stream).draw()
    except GlyphMissing as error:
        raise error.at("公示") from None
    return stream.getvalue(), pages


class _Page:
    """Draws from the top down and begins a new page when the next thing does not fit."""

    def __init__(self, notice: NoticePaper, stream: BinaryIO) -> None:
        self.notice = notice
        self.fonts = DocumentFonts()
        made_at = notice.made_at or datetime.now(UTC)
        self.canvas = PageCanvas(stream, (WIDTH, HEIGHT), Origin(notice.title.text, made_at))
        self.y = TOP
        self.started = False

    def draw(self) -> int:
        self._title()
        closing = self._closing_lines()
        for number, block in enumerate(self.notice.blocks):
            if isinstance(block, Paragraph):
                self._paragraph(block, closing.get(number))
            else:
                _TableOnPage(self, block).draw()
        self._signed()
        self.canvas.showPage()
        for index in range(self.canvas.page_count):
            face = self.fonts.face(Style.SERIF)
            words = f"— {index + 1} —"
            x = (WIDTH - face.width(words) * FOOT / 1000) / 2
            self.canvas.add_to_page(index, _shown(face, words, FOOT, x, HEIGHT - 37 * MM - DEEP - 7 * MM - FOOT))
        pages = self.canvas.page_count
        self.canvas.finish(self.fonts.write(self.canvas.document))
        return pages

    @property
    def bottom(self) -> float:
        return TOP - DEEP

    def room(self, height: float) -> bool:
        """Whether so much height is left on the page."""
        return self.y - height >= self.bottom - 0.01

    def new_page(self) -> None:
        self.canvas.showPage()
        self.y = TOP

    def text(self, face: Face, words: str, size: float, x: float, y: float) -> None:
        self.canvas.put(_shown(face, words, size, x, y))

    def frame(self, x: float, y: float, width: float, height: float) -> None:
        self.canvas.put(f"q {_RED} 1.2 w {x:.2f} {y:.2f} {width:.2f} {height:.2f} re S Q")

    def _title(self) -> None:
        face = self.fonts.face(Style.SERIF_BOLD)
        title = self.notice.title
        lines = balanced_lines(face, title.text, AREA * 1000 / TITLE)
        at = 0
        for line in lines:
            at = title.text.find(line, at)
            width = face.width(line) * TITLE / 1000
            x = LEFT + (AREA - width) / 2
            self.y -= PITCH * 1.15
            self.text(face, line, TITLE, x, self.y + 6)
            self._frames(face, line, at, title.frames, TITLE, x, self.y + 6)
            at += len(line)
        self.y -= PITCH * 0.6

    def _closing_lines(self) -> dict[int, int]:
        """The paragraphs behind the last table, by their place, with how many lines follow each before the end."""
        found: dict[int, int] = {}
        after = 0
        for number in range(len(self.notice.blocks) - 1, -1, -1):
            block = self.notice.blocks[number]
            if not isinstance(block, Paragraph):
                break
            found[number] = after
            after += len(self._lines_of(block))
        return found

    def _face_of(self, paragraph: Paragraph) -> Face:
        style = {"heading": Style.SANS, "subheading": Style.KAI}.get(paragraph.kind, Style.SERIF)
        return self.fonts.face(style)

    def _lines_of(self, paragraph: Paragraph) -> list[str]:
        face, text = self._face_of(paragraph), paragraph.text.strip()
        limit = AREA * 1000 / TEXT
        indent = 0 if paragraph.kind == "plain" else 2
        first = break_lines(face, text, limit - indent * 1000)[0] if text else ""
        rest = text[text.find(first) + len(first) :].strip()
        return [first, *(break_lines(face, rest, limit) if rest else [])]

    def _leaves_signature_alone(self, lines: int, number: int, after: int | None) -> bool:
        """Whether from this line on the text must go over to the signature's page: two lines of it, or three where
        one would stay behind alone."""
        if after is None or not (self.notice.issuer or self.notice.date):
            return False
        left = lines - number + after
        turning = left == 2 or (left < 2 and number == 0) or (left == lines == 3 and number == 0)
        return turning and self.y < TOP and not self.room(PITCH * (left + SIGNED_LINES))

    def _paragraph(self, paragraph: Paragraph, after: int | None = None) -> None:
        """Draw a paragraph; `after` are the lines of text that follow it to the end, None when a table follows."""
        face = self._face_of(paragraph)
        indent = 0 if paragraph.kind == "plain" else 2
        text = paragraph.text.strip()
        shift = paragraph.text.find(text) if text else 0
        lines = self._lines_of(paragraph)
        if len(lines) == 1 and paragraph.kind != "text" and not self.room(PITCH * 2):
            self.new_page()  # a heading does not stand alone at the foot
        at = 0
        for number, line in enumerate(lines):
            if not self.room(PITCH) or self._leaves_signature_alone(len(lines), number, after):
                self.new_page()
            at = text.find(line, at)
            x = LEFT + (indent * TEXT if number == 0 else 0)
            self.y -= PITCH
            self.text(face, line, TEXT, x, self.y + 7)
            self._frames(face, line, at + shift, paragraph.frames, TEXT, x, self.y + 7)
            at += len(line)

    def _frames(
        self, face: Face, line: str, at: int, frames: Sequence[Span], size: float, x: float, y: float
    ) -> None:
        for start, end in frames:
            first, last = max(start, at) - at, min(end, at + len(line)) - at
            if first < last:
                left = face.width(line[:first]) * size / 1000
                width = face.width(line[first:last]) * size / 1000
                self.frame(x + left - 1.5, y - size * 0.25, width + 3, size * 1.25)

    def _signed(self) -> None:
        issuer, date = self.notice.issuer, self.notice.date
        if not issuer and not date:
            return
        if not self.room(PITCH * SIGNED_LINES):
            self.new_page()
        face = self.fonts.face(Style.SERIF)
        if self.room(PITCH * (SIGNED_LINES + 1)):
            self.y -= PITCH  # a line apart from the text, where there is one
        date_width = face.width(date) * TEXT / 1000
        issuer_width = face.width(issuer) * TEXT / 1000
        right = LEFT + AREA - 4 * TEXT
        centre = right - date_width / 2
        x = min(centre - issuer_width / 2, LEFT + AREA - issuer_width)
        for words, left in ((issuer, max(LEFT, x)), (date, right - date_width)):
            self.y -= PITCH
            self.text(face, words, TEXT, left, self.y + 7)


class _TableOnPage:
    """One table: widths first, then rows down the pages."""

    def __init__(self, page: _Page, table: ListTable) -> None:
        self.page = page
        self.table = table
        self.face = page.fonts.face(Style.SERIF)
        self.bold = page.fonts.face(Style.SANS)
        self.size, self.halves, self.widths = self._widths()
        rows = [self._lines(row, self.face) for row in table.rows]
        self.ragged = [any(len(cells[i]) > 1 for cells in rows) for i in range(len(table.heads))]
        """Columns in which a text takes more than one line: all of such a column begins at the left."""

    def draw(self) -> None:
        table, page = self.table, self.page
        if table.caption.text:
            if not page.room(PITCH + 4 * self._height(table.heads, self.bold)):
                page.new_page()
            page._paragraph(table.caption)
        page.y -= 4
        if self.halves == 2:
            self._draw_halves()
        else:
            self._draw_whole()
        if table.sums is not None:
            height = self._height(table.sums, self.bold)
            if not page.room(height):
                self._next_page()
            self._sums(height)
        page.y -= 6

    def _widths(self) -> tuple[float, int, list[float]]:
        table = self.table
        for size in _TABLE_SIZES:
            natural = [self._natural(i, size) for i in range(len(table.heads))]
            gap = sum(natural)
            if 2 * gap <= AREA and len(table.rows) > 8:
                return size, 2, _spread(natural, AREA / 2, table.numbers)
            if gap <= AREA:
                return size, 1, _spread(natural, AREA, table.numbers)
            fixed = sum(w for w, number in zip(natural, table.numbers, strict=True) if number)
            texts = [w for w, number in zip(natural, table.numbers, strict=True) if not number]
            room = AREA - fixed
            if texts and room >= 4 * size * len(texts):
                return size, 1, _narrowed(natural, table.numbers, room)
        raise GlyphTooWide()

    def _natural(self, column: int, size: float) -> float:
        words = [self.table.heads[column], *(row[column] for row in self.table.rows)]
        if self.table.sums is not None:
            words.append(self.table.sums[column])
        face = self.bold if len(words) < 2 else self.face
        return max(max(self.bold.width(words[0]), *(face.width(w) for w in words)) * size / 1000 + 7, 2.3 * size)

    def _lines(self, cells: Sequence[str], face: Face) -> list[list[str]]:
        return [
            break_lines(face, cell, (width - 6) * 1000 / self.size)
            for cell, width in zip(cells, self.widths, strict=True)
        ]

    def _height(self, cells: Sequence[str], face: Face) -> float:
        return max(len(lines) for lines in self._lines(cells, face)) * self.size * 1.3 + 5

    def _draw_whole(self) -> None:
        self._head(LEFT)
        for number, row in enumerate(self.table.rows):
            height = self._height(row, self.face)
            if not self.page.room(height):
                self._next_page()
            self._row(LEFT, row, height, self.face, number)

    def _draw_halves(self) -> None:
        rows, page = self.table.rows, self.page
        at = 0
        while at < len(rows):
            head = self._height(self.table.heads, self.bold)
            height = self.size * 1.3 + 5
            fit = max(1, int((page.y - page.bottom - head) / height))
            if fit < 3 and page.y < TOP - 1:
                page.new_page()
                continue
            left_over = len(rows) - at
            half = min(fit, -(-left_over // 2))
            top = page.y
            for side in range(2):
                page.y = top
                begin = at + side * half
                part = rows[begin : min(begin + half, len(rows))]
                self._head(LEFT + side * AREA / 2)
                for number, row in enumerate(part):
                    self._row(LEFT + side * AREA / 2, row, height, self.face, begin + number)
            page.y = top - head - half * height
            at += 2 * half
            if at < len(rows):
                page.new_page()

    def _next_page(self) -> None:
        self.page.new_page()
        self._head(LEFT)

    def _head(self, left: float) -> None:
        self._row(left, self.table.heads, self._height(self.table.heads, self.bold), self.bold, -1)

    def _sums(self, height: float) -> None:
        cells = list(self.table.sums or ())
        blank = next((i for i, cell in enumerate(cells) if not cell and not self.table.numbers[i]), None)
        if blank is not None:
            cells[blank] = "合计"
        if self.halves == 1:
            self._row(LEFT, cells, height, self.bold, -2)
            return
        said = "　".join(
            [cells[blank] if blank is not None else "合计"]
            + [f"{h} {c}" for h, c in zip(self.table.heads, cells, strict=True) if c and c != "合计"]
        )
        page = self.page
        page.y -= height
        page.canvas.put(f"0.5 w {LEFT:.2f} {page.y:.2f} {AREA:.2f} {height:.2f} re S")
        page.text(self.bold, said, self.size, LEFT + 5, page.y + (height - self.size) / 2 + 1.5)

    def _row(self, left: float, cells: Sequence[str], height: float, face: Face, number: int) -> None:
        page, x = self.page, left
        page.y -= height
        for column, (lines, width) in enumerate(zip(self._lines(cells, face), self.widths, strict=True)):
            page.canvas.put(f"0.5 w {x:.2f} {page.y:.2f} {width:.2f} {height:.2f} re S")
            y = page.y + height - (height - len(lines) * self.size * 1.3) / 2 - self.size * 1.02
            for line in lines:
                taken = face.width(line) * self.size / 1000
                right = self.table.numbers[column] and number != -1
                start = x + width - taken - 4 if right else x + max(3, (width - taken) / 2)
                if not right and number != -1 and self.ragged[column]:
                    start = x + 3
                page.text(face, line, self.size, start, y)
                y -= self.size * 1.3
            if (number, column) in self.table.frames:
                page.frame(x + 1, page.y + 1, width - 2, height - 2)
            x += width


class GlyphTooWide(ValueError):
    """The columns of a notice's table do not fit on A4; the caller says it in words."""


def balanced_lines(face: Face, text: str, limit: float) -> list[str]:
    """A title's lines, about equally long, no more of them than needed."""
    lines = break_lines(face, text, limit)
    if len(lines) < 2:
        return lines
    found = [
        tried
        for narrower in range(int(face.width(text) / len(lines)) + 500, int(limit), 500)
        if len(tried := break_lines(face, text, narrower)) == len(lines)
    ]
    whole = [tried for tried in found if all(line[-1] in _AFTER for line in tried[:-1])]
    return (whole or found or [lines])[0]


_AFTER = "次度村镇县区组等及和的、，”》）"
"""Characters after which a title's line may end without cutting a word (词意完整)."""


def _spread(natural: Sequence[float], room: float, numbers: Sequence[bool]) -> list[float]:
    """The room that is left goes to the texts, by their width; to all when there are none."""
    left = room - sum(natural)
    texts = [w if not number else 0.0 for w, number in zip(natural, numbers, strict=True)]
    weights = texts if sum(texts) else list(natural)
    return [w + left * share / sum(weights) for w, share in zip(natural, weights, strict=True)]


def _narrowed(natural: Sequence[float], numbers: Sequence[bool], room: float) -> list[float]:
    """Numbers keep their width; texts that are narrow enough too; the others share what is left and wrap."""
    out = list(natural)
    open_ones = [i for i, number in enumerate(numbers) if not number]
    while open_ones:
        fair = room / len(open_ones)
        narrow = [i for i in open_ones if natural[i] <= fair]
        if not narrow:
            for i in open_ones:
                out[i] = fair
            break
        for i in narrow:
            room -= natural[i]
            open_ones.remove(i)
    return out


def _shown(face: Face, words: str, size: float, x: float, y: float) -> str:
    return f"BT 1 0 0 1 {x:.2f} {y:.2f} Tm{face.show(words, f'{size:g}')} ET"
