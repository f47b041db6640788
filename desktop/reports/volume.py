"""A bound volume: a cover and figures as documents, a table of contents, then tables, with pages numbered throughout.

Which page a part begins on is known when all of them are laid out; the contents are written on their page last, so
that the rows are gone through once and only one page is held in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from desktop.reports.document import Document
from desktop.reports.document_layout import DocumentPages
from desktop.reports.fonts import DocumentFonts, GlyphMissing, Style
from desktop.reports.streamed_pdf import Origin, PageCanvas
from desktop.reports.table_layout import PrintedTable, TablePrinter
from desktop.reports.table_model import A4_LANDSCAPE, A4_PORTRAIT, Paper, Table
from desktop.reports.table_scan import Progress, scan, without_empty

_SIZE, _STEP, _SMALL = 11.0, 24.0, 8.0
MOST_PARTS = 26
"""Parts that one page of contents has room for."""


@dataclass(frozen=True)
class VolumePart:
    """One part under its title in the contents: a document or a table; a note instead of a page when it is empty."""

    title: str
    content: Document | Table | None
    note: str = ""
    """What stands in the contents beside the title: how many rows, or that there are none."""
    paper: Paper = A4_LANDSCAPE


@dataclass(frozen=True)
class PrintedPart:
    """Where a part stands: its first page (1 is the cover; 0 when it is empty), its pages, what its table added up."""

    title: str
    page: int
    pages: int
    table: PrintedTable | None = None


def write_volume(
    cover: Document, parts: Sequence[VolumePart], origin: Origin, stream: BinaryIO, *,
    contents_title: str = "目　录", progress: Progress | None = None,
) -> list[PrintedPart]:  # fmt: skip
    """Write cover, contents and parts into an open stream. Raises GlyphMissing, GroupScattered, PaperTooNarrow."""
    if len(parts) > MOST_PARTS:
        raise ValueError(f"contents of {len(parts)} parts do not fit on a page")
    counted = {
        at: without_empty(part.content, scan(part.content, progress))
        for at, part in enumerate(parts)
        if isinstance(part.content, Table)
    }
    total = sum(found.total.rows for _, found in counted.values())
    fonts = DocumentFonts()
    canvas = PageCanvas(stream, (A4_PORTRAIT.width, A4_PORTRAIT.height), origin)
    _document(canvas, fonts, cover)
    canvas.setPageSize((A4_PORTRAIT.width, A4_PORTRAIT.height))
    contents_page = canvas.page_count
    canvas.showPage()
    papers: list[Paper] = [cover.paper] * contents_page + [A4_PORTRAIT]
    printed: list[PrintedPart] = []
    done = 0
    for at, part in enumerate(parts):
        before = canvas.page_count
        table = None
        if isinstance(part.content, Document):
            _document(canvas, fonts, part.content)
        elif at in counted:
            canvas.setPageSize((part.paper.width, part.paper.height))
            own, found = counted[at]
            TablePrinter(canvas, fonts, own, part.paper, found).print(_teller(progress, done, total))
            done += found.total.rows
            sums = {c.key: v for c, v in zip(own.columns, found.total.values, strict=True) if c.key}
            table = PrintedTable(canvas.page_count - before, found.total.rows, found.groups, sums)
        pages = canvas.page_count - before
        paper = part.content.paper if isinstance(part.content, Document) else part.paper
        papers += [paper] * pages
        printed.append(PrintedPart(part.title, before + 1 if pages else 0, pages, table))
    for page, paper in enumerate(papers):
        foot = _page_number(fonts, paper, page + 1, len(papers)) if page else ""
        body = _contents(fonts, contents_title, parts, printed) if page == contents_page else ""
        if foot or body:
            canvas.add_to_page(page, f"{body}\n{foot}")
    canvas.finish(fonts.write(canvas.document))
    if progress:
        progress(total, total)
    return printed


def _teller(progress: Progress | None, done: int, total: int) -> Callable[[int], None]:
    """Tells how many rows of all parts are printed."""

    def tell(rows: int) -> None:
        if progress:
            progress(done + rows, total)

    return tell


def _document(canvas: PageCanvas, fonts: DocumentFonts, document: Document) -> None:
    canvas.setPageSize((document.paper.width, document.paper.height))
    try:
        DocumentPages(canvas, fonts, document).write(foot=False)
    except GlyphMissing as error:
        raise (error if error.record else error.at(document.title)) from None


def _page_number(fonts: DocumentFonts, paper: Paper, number: int, total: int) -> str:
    text = f"第 {number} 页，共 {total} 页"
    x = (paper.width - _width(fonts, text, _SMALL, Style.SERIF)) / 2
    return _shown(fonts, text, _SMALL, Style.SERIF, x, paper.bottom)


def _contents(
    fonts: DocumentFonts, title: str, parts: Sequence[VolumePart], printed: Sequence[PrintedPart]
) -> str:  # fmt: skip
    """Title, note and page of each part, dots between; a part without a page says why."""
    paper = A4_PORTRAIT
    left, right = paper.left + 6, paper.width - paper.right - 6
    y = paper.height - paper.top - 24
    middle = (paper.width - _width(fonts, title, 18, Style.SERIF_BOLD)) / 2
    out = [_shown(fonts, title, 18, Style.SERIF_BOLD, middle, y)]
    y -= 40
    dot = _width(fonts, "…", _SIZE, Style.SERIF)
    for part, where in zip(parts, printed, strict=True):
        words = f"{part.title}　{part.note}" if part.note else part.title
        page = str(where.page) if where.page else "—"
        out.append(_shown(fonts, words, _SIZE, Style.SERIF, left, y))
        end = right - _width(fonts, page, _SIZE, Style.SERIF)
        out.append(_shown(fonts, page, _SIZE, Style.SERIF, end, y))
        start = left + _width(fonts, words, _SIZE, Style.SERIF) + 8
        count = int((end - 8 - start) / dot)
        if count > 0:
            out.append(_shown(fonts, "…" * count, _SIZE, Style.SERIF, end - 8 - count * dot, y))
        y -= _STEP
    return "\n".join(out)


def _width(fonts: DocumentFonts, text: str, size: float, style: Style) -> float:
    return fonts.face(style).width(text) * size / 1000


def _shown(fonts: DocumentFonts, text: str, size: float, style: Style, x: float, y: float) -> str:
    return f"BT 1 0 0 1 {x:.2f} {y:.2f} Tm{fonts.face(style).show(text, f'{size:g}')} ET"
