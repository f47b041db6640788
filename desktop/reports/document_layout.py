"""Puts a document's blocks on pages: broken where they may be, headers repeated, page x of y, whole files or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from desktop.common.atomic_file import write_atomically
from desktop.reports.document import (
    Blank,
    Block,
    Choices,
    Document,
    Facts,
    Field,
    Gap,
    Grid,
    Line,
    PageBreak,
    Pictures,
    Signatures,
    Text,
    Together,
)
from desktop.reports.fonts import DocumentFonts, GlyphMissing, Style
from desktop.reports.picture_box import draw_picture, draw_qr_code
from desktop.reports.streamed_pdf import PageCanvas
from desktop.reports.table_model import MM
from desktop.reports.text_wrap import break_lines

_RULE = "0.5 w 0.25 G"
_PAD = 4.0
_HEADER_SHADE = "0.95 g"
_QR_MM = 24.0


@dataclass(frozen=True)
class _Piece:
    """A part that is not broken: its height and how it draws itself with its top at y."""

    height: float
    draw: Callable[[float], None]
    header: _Piece | None = None
    """Drawn again above this piece when it begins a page."""
    breaks: bool = False


def print_documents(documents: Iterable[Document], path: str | os.PathLike[str]) -> int:
    """Write documents one after another into a PDF file that is there whole or not at all; how many pages.

    Raises GlyphMissing (nothing is written), OSError.
    """
    stream = BytesIO()
    pages = write_documents(documents, stream)
    write_atomically(path, stream.getvalue())
    return pages


def write_documents(documents: Iterable[Document], stream: BinaryIO) -> int:
    """The same into an open stream; each document counts its own pages. Raises GlyphMissing."""
    fonts = DocumentFonts()
    canvas: PageCanvas | None = None
    for document in documents:
        if canvas is None:
            canvas = PageCanvas(stream, (document.paper.width, document.paper.height), document.origin())
        canvas.setPageSize((document.paper.width, document.paper.height))
        try:
            DocumentPages(canvas, fonts, document).write()
        except GlyphMissing as error:
            raise (error if error.record else error.at(document.title)) from None
    if canvas is None:
        raise ValueError("no documents to print")
    canvas.finish(fonts.write(canvas.document))
    return canvas.page_count


class DocumentPages:
    """The pages of one document."""

    def __init__(self, canvas: PageCanvas, fonts: DocumentFonts, document: Document) -> None:
        self.canvas = canvas
        self.fonts = fonts
        self.document = document
        paper = document.paper
        self.left = paper.left
        self.width = paper.width - paper.left - paper.right
        self.top = paper.height - paper.top
        self.bottom = paper.bottom + (14 if document.numbered or document.footmark else 0)
        self.y = self.top
        self.first_page = canvas.page_count

    # --- pages ---------------------------------------------------------------------------------------------------

    def write(self, *, foot: bool = True) -> None:
        """All blocks, then the foot of every page, unless a volume writes its own."""
        self._code()
        blocks = self.document.blocks
        for at, (block, following) in enumerate(zip(blocks, (*blocks[1:], None), strict=True)):
            if isinstance(block, Text) and block.with_next and following is not None:
                needed = sum(p.height for p in self._pieces(block)) + self._first_height(following)
                if needed > self.y - self.bottom and self.y < self.top:
                    self._next_page()
            self._block(block, self._signed_below(blocks[at + 1 :]))
        self.canvas.showPage()
        if not foot:
            return
        total = self.canvas.page_count - self.first_page
        for number in range(total):
            self.canvas.add_to_page(self.first_page + number, self._foot(number + 1, total))

    def _signed_below(self, following: Sequence[Block]) -> float:
        """The height of the lines to sign that come next, gaps included; 0 when something else does."""
        height = 0.0
        for block in following:
            if not isinstance(block, Gap | Signatures):
                return 0.0
            height += sum(p.height for p in self._pieces(block))
            if isinstance(block, Signatures):
                return height
        return 0.0

    def _block(self, block: Block, signed: float = 0.0) -> None:
        if isinstance(block, Together):
            pieces = [p for inner in block.blocks for p in self._pieces(inner)]
            height = sum(p.height for p in pieces)
            if height > self.y - self.bottom and height <= self.top - self.bottom:
                self._next_page()
            self._place(pieces)
        elif isinstance(block, PageBreak):
            if self.y < self.top:
                self._next_page()
        else:
            self._place(self._pieces(block), 0.0 if isinstance(block, Gap) else signed)

    def _first_height(self, block: Block) -> float:
        """The height of what cannot be parted from a heading above the block: its header with its first row."""
        if isinstance(block, PageBreak):
            return 0.0
        blocks = block.blocks if isinstance(block, Together) else (block,)
        pieces = [p for inner in blocks for p in self._pieces(inner)]
        return sum(p.height for p in (pieces[:2] if isinstance(block, Grid) else pieces[:1]))

    def _place(self, pieces: Sequence[_Piece], signed: float = 0.0) -> None:
        """Piece by piece down the pages; the last takes `signed` (pt) along, so that nobody signs an empty page."""
        with_header = len(pieces) == 2 and pieces[1].header is pieces[0]
        last = 0 if with_header else len(pieces) - 1
        for at, piece in enumerate(pieces):
            needed = piece.height
            if at == last:
                whole = sum(p.height for p in pieces[last:]) + signed
                needed = whole if whole <= self.top - self.bottom else needed
            if needed > self.y - self.bottom and self.y < self.top:
                self._next_page()
                if piece.header is not None:
                    piece.header.draw(self.y)
                    self.y -= piece.header.height
            piece.draw(self.y)
            self.y -= piece.height

    def _next_page(self) -> None:
        self.canvas.showPage()
        self.y = self.top

    def _foot(self, number: int, total: int) -> str:
        y = self.document.paper.bottom
        parts = []
        if self.document.footmark:
            parts.append(self._shown(self.document.footmark, 8, Style.SANS, self.left, y))
        if self.document.numbered:
            text = f"第 {number} 页，共 {total} 页"
            width = self._measure(text, 8, Style.SANS)
            parts.append(self._shown(text, 8, Style.SANS, self.left + self.width - width, y))
        return "\n".join(parts)

    def _code(self) -> None:
        if not self.document.code:
            return
        size = _QR_MM * MM
        x, y = self.left + self.width - size, self.top - size
        self.canvas.put(draw_qr_code(self.document.code, x, y, size))
        if self.document.code_caption:
            width = self._measure(self.document.code_caption, 7.5, Style.SANS)
            self._text(self.document.code_caption, 7.5, Style.SANS, x + (size - width) / 2, y - 9)

    # --- blocks as pieces ------------------------------------------------------------------------------------------

    def _pieces(self, block: Block) -> list[_Piece]:
        if isinstance(block, Text):
            return self._paragraph(block)
        if isinstance(block, Line):
            return [self._line(block)]
        if isinstance(block, Facts):
            return self._facts(block)
        if isinstance(block, Grid):
            return self._grid(block)
        if isinstance(block, Pictures):
            return self._pictures(block)
        if isinstance(block, Signatures):
            return [self._signatures(block)]
        if isinstance(block, Choices):
            return self._choices(block)
        if isinstance(block, Blank):
            return [self._blank(block.size) for _ in range(block.lines)]
        if isinstance(block, Field):
            return [self._field(block)]
        if isinstance(block, Gap):
            return [_Piece(block.points, lambda y: None)]
        raise TypeError(type(block).__name__)

    def _paragraph(self, block: Text) -> list[_Piece]:
        face = self.fonts.face(block.style)
        limit = (self.width - self._beside_code()) * 1000 / block.size
        room = "口" * int(block.indent)  # stands in for the indent: the breaker strips blanks at a line's beginning
        lines = break_lines(face, room + block.text, limit)
        lines[0] = lines[0][len(room) :]
        step = block.size * block.leading
        pieces = []
        for at, line in enumerate(lines):
            before = block.before if at == 0 else 0
            after = block.after if at == len(lines) - 1 else 0
            shift = block.indent * block.size if at == 0 else 0

            def draw(y: float, line: str = line, before: float = before, shift: float = shift) -> None:
                width = face.width(line) * block.size / 1000
                spare = self.width - width
                x = self.left + (shift if block.align == "left" else spare / 2 if block.align == "centre" else spare)
                self._text(line, block.size, block.style, x, y - before - (step + block.size * 0.75) / 2)

            pieces.append(_Piece(before + step + after, draw))
        return pieces

    def _beside_code(self) -> float:
        """Room to leave at the right for the code at the top of the first page (both sides, so titles stay central)."""
        beside = self.document.code and self.canvas.page_count == self.first_page
        return 2 * (_QR_MM * MM + 8) if beside and self.top - self.y < _QR_MM * MM + 12 else 0

    def _line(self, block: Line) -> _Piece:
        height = block.size * 1.5 + block.after

        def draw(y: float) -> None:
            base = y - block.size * 1.1
            right = self.width - self._beside_code() / 2
            self._text(block.left, block.size, Style.SERIF, self.left, base)
            for text, place in ((block.centre, 0.5), (block.right, 1.0)):
                width = self._measure(text, block.size, Style.SERIF)
                self._text(text, block.size, Style.SERIF, self.left + (right - width) * place, base)

        return _Piece(height, draw)

    def _facts(self, block: Facts) -> list[_Piece]:
        pieces = []
        part = self.width / block.parts
        for row in block.rows:
            cells = []
            for fact in row:
                style = Style.SERIF_BOLD if fact.strong else Style.SERIF
                room = part * fact.span - block.caption_width - 2 * _PAD
                face = self.fonts.face(style)
                caption_room = (block.caption_width - 2 * _PAD) * 1000 / block.size
                captions = break_lines(self.fonts.face(Style.SANS), fact.caption, caption_room)
                cells.append((fact, captions, break_lines(face, fact.value, room * 1000 / block.size), style))
            lines = max((max(len(c), len(v)) for _, c, v, _ in cells), default=1)
            step = block.size * 1.35
            height = lines * step + 2 * _PAD

            def draw(y: float, cells: list = cells, height: float = height, step: float = step) -> None:  # type: ignore[type-arg]
                x = self.left
                for fact, captions, values, style in cells:
                    width = part * fact.span
                    box = f"{x:.2f} {y - height:.2f} {block.caption_width:.2f} {height:.2f} re"
                    self.canvas.put(f"q {_HEADER_SHADE} {box} f Q")
                    self.canvas.put(f"{_RULE} {x:.2f} {y - height:.2f} {width:.2f} {height:.2f} re S {box} S")
                    self._lines(captions, block.size, Style.SANS, x + _PAD, y, height, step)
                    self._lines(values, block.size, style, x + block.caption_width + _PAD, y, height, step)
                    x += width

            pieces.append(_Piece(height, draw))
        return pieces

    def _grid(self, block: Grid) -> list[_Piece]:
        total = sum(c.weight for c in block.columns)
        widths = [self.width * c.weight / total for c in block.columns]
        titles = [c.title for c in block.columns]
        header = self._grid_row(block, widths, titles, Style.SANS_BOLD, shaded=True, head=True)
        pieces = [header]
        for row in block.rows:
            piece = self._grid_row(block, widths, row, Style.SERIF)
            pieces.append(_Piece(piece.height, piece.draw, header))
        if block.foot is not None:
            piece = self._grid_row(block, widths, block.foot, Style.SERIF_BOLD, shaded=True)
            pieces.append(_Piece(piece.height, piece.draw, header))
        return pieces

    def _grid_row(
        self,
        block: Grid,
        widths: Sequence[float],
        cells: Sequence[str],
        style: Style,
        *,
        shaded: bool = False,
        head: bool = False,
    ) -> _Piece:
        face = self.fonts.face(style)
        wrapped = [
            break_lines(face, text, (width - 2 * _PAD) * 1000 / block.size)
            for text, width in zip(cells, widths, strict=True)
        ]
        step = block.size * 1.35
        height = max(max(len(lines) for lines in wrapped) * step + 2 * _PAD, 0 if head else block.row_height)

        def draw(y: float) -> None:
            x = self.left
            if shaded:
                self.canvas.put(f"q {_HEADER_SHADE} {x:.2f} {y - height:.2f} {self.width:.2f} {height:.2f} re f Q")
            for column, width, lines in zip(block.columns, widths, wrapped, strict=True):
                self.canvas.put(f"{_RULE} {x:.2f} {y - height:.2f} {width:.2f} {height:.2f} re S")
                self._lines(lines, block.size, style, x + _PAD, y, height, step, width - 2 * _PAD,
                            "centre" if head else column.align)  # fmt: skip
                x += width

        return _Piece(height, draw)

    def _pictures(self, block: Pictures) -> list[_Piece]:
        gap = 6.0
        width = (self.width - gap * (block.in_a_row - 1)) / block.in_a_row
        box = block.height_mm * MM
        pieces = []
        for start in range(0, len(block.pictures), block.in_a_row):
            row = block.pictures[start : start + block.in_a_row]

            def draw(y: float, row: Sequence = row) -> None:  # type: ignore[type-arg]
                for at, picture in enumerate(row):
                    x = self.left + at * (width + gap)
                    draw_picture(self.canvas, picture.data, x, y - box, width, box)
                    face = self.fonts.face(Style.SANS)
                    caption = break_lines(face, picture.caption, width * 1000 / 8)[0] if picture.caption else ""
                    self._text(caption, 8, Style.SANS, x, y - box - 10)

            pieces.append(_Piece(box + 18, draw))
        return pieces

    def _signatures(self, block: Signatures) -> _Piece:
        size = 10.5
        step = self.width / max(1, len(block.words))

        def draw(y: float) -> None:
            base = y - block.before - size
            for at, word in enumerate(block.words):
                x = self.left + at * step
                room = step - 10 - self._measure(f"{word}：", size, Style.SERIF)
                line = "＿" * max(2, min(6, int(room / size)))
                self._text(f"{word}：{line}", size, Style.SERIF, x, base)
                if block.dated:
                    self._text("　　年　　月　　日", size, Style.SERIF, x + size, base - 20)

        return _Piece(block.before + size * 1.5 + (20 if block.dated else 0), draw)

    def _choices(self, block: Choices) -> list[_Piece]:
        face = self.fonts.face(Style.SERIF)
        room = self.width - 2 * block.size
        longest = max((face.width(w) * block.size / 1000 for w in block.words), default=0) + 2.6 * block.size
        columns = max(1, min(4, int(room / longest))) if longest <= room else 1
        step = room / columns
        pieces = []
        for start in range(0, len(block.words), columns):
            row = list(enumerate(block.words))[start : start + columns]
            wrapped = [(i, break_lines(face, w, (step - 2.2 * block.size) * 1000 / block.size)) for i, w in row]
            height = max(len(lines) for _, lines in wrapped) * block.size * 1.5

            def draw(y: float, wrapped: list = wrapped) -> None:  # type: ignore[type-arg]
                for at, (index, lines) in enumerate(wrapped):
                    x = self.left + block.size + at * step
                    self._box(x, y - block.size * 1.2, block.size * 0.8, index in block.ticked)
                    for number, line in enumerate(lines):
                        base = y - block.size * (1.1 + 1.5 * number)
                        self._text(line, block.size, Style.SERIF, x + 1.3 * block.size, base)

            pieces.append(_Piece(height, draw))
        return pieces

    def _box(self, x: float, y: float, size: float, ticked: bool) -> None:
        self.canvas.put(f"0.7 w 0 G {x:.2f} {y:.2f} {size:.2f} {size:.2f} re S")
        if ticked:
            start, low, end = ((x + size * dx, y + size * dy) for dx, dy in ((0.2, 0.5), (0.42, 0.22), (0.85, 0.8)))
            self.canvas.put(f"1.2 w {_at(start)} m {_at(low)} l {_at(end)} l S")

    def _blank(self, size: float) -> _Piece:
        height = size * 2.1

        def draw(y: float) -> None:
            base = y - height + 3
            start, end = (self.left + size, base), (self.left + self.width, base)
            self.canvas.put(f"0.4 w 0.5 G {_at(start)} m {_at(end)} l S")

        return _Piece(height, draw)

    def _field(self, block: Field) -> _Piece:
        face = self.fonts.face(block.style)
        lines = break_lines(face, block.label, self.width * 0.78 * 1000 / block.size)
        step = block.size * 1.5
        height = len(lines) * step + 6

        def draw(y: float) -> None:
            base = y
            for line in lines:
                base -= step
                self._text(line, block.size, block.style, self.left, base + 2)
            start = self.left + self._measure(lines[-1], block.size, block.style) + 5
            self.canvas.put(f"0.4 w 0.5 G {_at((start, base))} m {_at((self.left + self.width, base))} l S")

        return _Piece(height, draw)

    # --- text ------------------------------------------------------------------------------------------------------

    def _lines(
        self,
        lines: Sequence[str],
        size: float,
        style: Style,
        x: float,
        top: float,
        height: float,
        step: float,
        room: float = 0,
        align: str = "left",
    ) -> None:
        """Lines centred over the height of a cell."""
        y = top - (height - len(lines) * step) / 2 - (step + size * 0.75) / 2
        for line in lines:
            spare = room - self._measure(line, size, style) if align != "left" else 0
            self._text(line, size, style, x + (spare / 2 if align == "centre" else spare), y)
            y -= step

    def _measure(self, text: str, size: float, style: Style) -> float:
        return self.fonts.face(style).width(text) * size / 1000

    def _text(self, text: str, size: float, style: Style, x: float, y: float) -> None:
        if text:
            self.canvas.put(self._shown(text, size, style, x, y))

    def _shown(self, text: str, size: float, style: Style, x: float, y: float) -> str:
        return f"q 0 g BT 1 0 0 1 {x:.2f} {y:.2f} Tm{self.fonts.face(style).show(text, f'{size:g}')} ET Q"


def _at(point: tuple[float, float]) -> str:
    return f"{point[0]:.2f} {point[1]:.2f}"
