"""What a paged document is made of: texts, boxes of facts, small tables, pictures, a code, lines to sign.

Cards, certificates, dossiers, forms and notices are lists of these blocks; `document_layout.py` puts them on pages.
Sizes are points, widths of pictures and codes millimetres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from desktop.reports.fonts import Style
from desktop.reports.streamed_pdf import Origin
from desktop.reports.table_model import A4_PORTRAIT, Paper

Alignment = Literal["left", "centre", "right"]


@dataclass(frozen=True)
class Text:
    """A paragraph. `indent` is the first line's, in characters; `leading` the line distance as a multiple of size."""

    text: str
    size: float = 10.5
    style: Style = Style.SERIF
    align: Alignment = "left"
    indent: float = 0
    before: float = 0
    after: float = 4
    leading: float = 1.5
    with_next: bool = False
    """Whether it stays on the page of what follows, as headings do."""


def title(text: str, size: float = 20) -> Text:
    """The document's title, centred, bold."""
    return Text(text, size, Style.SERIF_BOLD, "centre", after=10, leading=1.3)


def heading(text: str) -> Text:
    """A section's heading."""
    return Text(text, 12, Style.SANS_BOLD, before=8, after=4, leading=1.3, with_next=True)


@dataclass(frozen=True)
class Line:
    """One line with words at the left, in the middle and at the right, as under a register's title."""

    left: str = ""
    centre: str = ""
    right: str = ""
    size: float = 9.5
    after: float = 4


@dataclass(frozen=True)
class Fact:
    """A caption with its value in a box; `span` is how many of the row's parts it takes."""

    caption: str
    value: str
    span: int = 1
    strong: bool = False


@dataclass(frozen=True)
class Facts:
    """Ruled boxes of facts, row by row; each row's spans add up to `parts`."""

    rows: Sequence[Sequence[Fact]]
    parts: int = 2
    caption_width: float = 76
    size: float = 9.5


@dataclass(frozen=True)
class GridColumn:
    """A column of a small table; `weight` is its share of the width."""

    title: str
    weight: float = 1.0
    align: Alignment = "left"


@dataclass(frozen=True)
class Grid:
    """A small ruled table whose header is repeated on each page; the caller writes the cells as they are shown."""

    columns: Sequence[GridColumn]
    rows: Sequence[Sequence[str]]
    size: float = 9
    foot: Sequence[str] | None = None
    """A last row in bold, such as 合计."""
    row_height: float = 0
    """Least height of a row (points): room to write by hand."""


@dataclass(frozen=True)
class Picture:
    """A JPEG or PNG as bytes with a line below it."""

    data: bytes
    caption: str = ""


@dataclass(frozen=True)
class Pictures:
    """Pictures side by side, all in boxes of the same size, never enlarged beyond them."""

    pictures: Sequence[Picture]
    in_a_row: int = 3
    height_mm: float = 42


@dataclass(frozen=True)
class Signatures:
    """Lines to sign side by side: 移交人、接收人、监交人 …, each with a date when `dated`."""

    words: Sequence[str]
    dated: bool = True
    before: float = 14


@dataclass(frozen=True)
class Choices:
    """Answers to tick on paper: □ words in as many columns as fit; those in `ticked` carry ☑."""

    words: Sequence[str]
    ticked: frozenset[int] = frozenset()
    size: float = 10


@dataclass(frozen=True)
class Blank:
    """Empty ruled room to write in: so many lines."""

    lines: int = 1
    size: float = 10.5


@dataclass(frozen=True)
class Field:
    """A label with a ruled line to write on behind it."""

    label: str
    size: float = 10.5
    style: Style = Style.SERIF


@dataclass(frozen=True)
class Gap:
    """Room between blocks, points."""

    points: float = 8


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a new page."""


@dataclass(frozen=True)
class Together:
    """Blocks that stay on one page when they fit on one."""

    blocks: Sequence[Block]


Block = Text | Line | Facts | Grid | Pictures | Signatures | Choices | Blank | Field | Gap | PageBreak | Together


@dataclass(frozen=True)
class Document:
    """A whole document. `code` is drawn as a QR code at the top right of the first page, with `code_caption` below."""

    title: str
    blocks: Sequence[Block]
    paper: Paper = A4_PORTRAIT
    code: str = ""
    code_caption: str = ""
    footmark: str = ""
    """Small print at the foot of each page."""
    numbered: bool = True
    as_of: str = ""
    known_at: str = ""
    digest: str = ""
    made_at: datetime | None = None
    """The file's time stamp (now, when not given): with it, equal content gives equal bytes."""

    def origin(self) -> Origin:
        """The file's metadata."""
        return Origin(self.title, self.made_at or datetime.now(UTC), self.as_of, self.known_at, self.digest)
