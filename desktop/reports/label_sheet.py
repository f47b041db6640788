"""Labels 标签 on label sheets: the asset's name, number and village beside a QR code that holds its identifier only."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import BinaryIO

from desktop.common.atomic_file import write_atomically
from desktop.reports.fonts import DocumentFonts, GlyphMissing, Style
from desktop.reports.picture_box import draw_qr_code
from desktop.reports.streamed_pdf import Origin, PageCanvas
from desktop.reports.table_model import MM, NothingToPrint
from desktop.reports.text_wrap import break_lines


@dataclass(frozen=True)
class LabelSheet:
    """A sheet of labels, millimetres: how many across and down, their size, the margins, the distance between them."""

    name: str
    across: int
    down: int
    width: float
    height: float
    left: float
    top: float
    gap_x: float = 0
    gap_y: float = 0


SHEETS: dict[str, LabelSheet] = {
    "3x8": LabelSheet("A4 3 × 8（70 × 36 mm）", 3, 8, 70, 36, 0, 4.5),
    "2x7": LabelSheet("A4 2 × 7（99.1 × 38.1 mm）", 2, 7, 99.1, 38.1, 4.65, 15.15, 2.5),
    "2x5": LabelSheet("A4 2 × 5（99.1 × 57 mm）", 2, 5, 99.1, 57, 4.65, 6, 2.5),
    "2x4": LabelSheet("A4 2 × 4（99.1 × 67.7 mm）", 2, 4, 99.1, 67.7, 4.65, 13.1, 2.5),
}
"""Sizes of label sheets in common sale; own knowledge. The first page shows whether a sheet fits."""


@dataclass(frozen=True)
class Label:
    """One label: `code` is all the QR code holds."""

    code: str
    asset_no: str
    name: str
    village: str
    owner: str = ""
    keeper: str = ""


def print_labels(
    labels: Iterable[Label], sheet: LabelSheet, path: str | os.PathLike[str], *, start: int = 1, unit_name: str = ""
) -> int:
    """Write the labels into a PDF file, whole or not at all; how many pages.

    `start` is the first free label of the first sheet (counted from 1 along the rows). Raises NothingToPrint,
    GlyphMissing with the label named, OSError.
    """
    stream = BytesIO()
    pages = write_labels(labels, sheet, stream, start=start, unit_name=unit_name)
    write_atomically(path, stream.getvalue())
    return pages


def write_labels(
    labels: Iterable[Label], sheet: LabelSheet, stream: BinaryIO, *, start: int = 1, unit_name: str = ""
) -> int:
    """The same into an open stream."""
    fonts = DocumentFonts()
    canvas = PageCanvas(stream, (210 * MM, 297 * MM), Origin("资产标签", datetime.now(UTC)))
    places = _places(sheet, start)
    used = False
    for at, label in enumerate(labels):
        x, y, begins_page = next(places)
        if begins_page and used:
            canvas.showPage()
        used = True
        try:
            _draw(canvas, fonts, sheet, label, x, y, unit_name)
        except GlyphMissing as error:
            raise error.at(f"第 {at + 1} 张标签（资产编号 {label.asset_no or '—'}）") from None
    if not used:
        raise NothingToPrint
    canvas.showPage()
    canvas.finish(fonts.write(canvas.document))
    return canvas.page_count


def _places(sheet: LabelSheet, start: int) -> Iterator[tuple[float, float, bool]]:
    """Lower left corners in points, row by row, sheet after sheet; whether a sheet begins there."""
    on_sheet = sheet.across * sheet.down
    at = max(0, min(start - 1, on_sheet - 1))
    first = True
    while True:
        row, column = divmod(at, sheet.across)
        x = sheet.left + column * (sheet.width + sheet.gap_x)
        y = 297 - sheet.top - (row + 1) * sheet.height - row * sheet.gap_y
        yield x * MM, y * MM, at == 0 and not first
        first = False
        at = (at + 1) % on_sheet


def _draw(
    canvas: PageCanvas, fonts: DocumentFonts, sheet: LabelSheet, label: Label, x: float, y: float, unit_name: str
) -> None:
    width, height, pad = sheet.width * MM, sheet.height * MM, 3 * MM
    code = min(height - 2 * pad, 32 * MM)
    canvas.put(draw_qr_code(label.code, x + pad, y + (height - code) / 2, code))
    left, room = x + pad + code + 2 * MM, width - code - 2 * pad - 2 * MM
    scale = 1.0 if sheet.height < 50 else 1.25
    lines: list[tuple[str, float, Style]] = []
    name_size = 10 * scale
    wrapped = break_lines(fonts.face(Style.SANS_BOLD), label.name, room * 1000 / name_size)
    most = 2 if sheet.height < 50 else 3
    if len(wrapped) > most:
        wrapped = [*wrapped[: most - 1], wrapped[most - 1][:-1] + "…"]
    lines += [(line, name_size, Style.SANS_BOLD) for line in wrapped]
    lines.append((f"编号 {label.asset_no or '—'}", 8.5 * scale, Style.SANS))
    for caption, text in (("", label.village), ("权属 ", label.owner), ("管护 ", label.keeper), ("", unit_name)):
        if text:
            face = fonts.face(Style.SANS)
            (first, *more) = break_lines(face, caption + text, room * 1000 / (7.5 * scale))
            lines.append((first[:-1] + "…" if more else first, 7.5 * scale, Style.SANS))
    needed = sum(size * 1.3 for _, size, _ in lines)
    while needed > height - 2 * 1.5 * MM and len(lines) > len(wrapped) + 1:
        needed -= lines.pop()[1] * 1.3
    base = y + (height + needed) / 2
    for text, size, style in lines:
        base -= size * 1.3
        operators = fonts.face(style).show(text, f"{size:g}")
        canvas.put(f"q 0 g BT 1 0 0 1 {left:.2f} {base + size * 0.3:.2f} Tm{operators} ET Q")
