"""The recovery card 恢复卡: the printed code that opens a register when every passphrase is forgotten.

One card of A5 size in the upper half of an A4 sheet, to be cut out and locked away (design 11). The code is a
secret: print it, do not keep the file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import BinaryIO

from desktop.common.atomic_file import write_atomically
from desktop.reports.fonts import DocumentFonts, Face, GlyphMissing, Style
from desktop.reports.streamed_pdf import Origin, PageCanvas
from desktop.reports.table_model import A4_PORTRAIT, MM
from desktop.reports.text_wrap import break_lines

INSTRUCTIONS = (
    "忘记口令时，在登录页点“用恢复卡”，按次序照抄这 9 组。",
    "不分大小写；没有字母 I、L、O、U，看到像的就是数字 1 和 0；抄错一组会指出是哪一组。",
    "谁拿到这张卡都能打开登记册：请锁进单位档案柜，不要拍照、不要存成文件。",
    "卡丢了请立刻在“设置 › 用户”里换新卡，旧卡作废。",
)


@dataclass(frozen=True)
class RecoveryCard:
    """What a card says: the code's groups in order, whose register it opens, when it was made."""

    groups: Sequence[str]
    caption: str
    """Unit, machine and date, e.g. 样例县仿溪镇 · 仿溪 03 号机 · 2026-11-24."""
    title: str = "乡册 恢复卡"
    instructions: Sequence[str] = INSTRUCTIONS
    made_at: datetime | None = None


def print_recovery_card(card: RecoveryCard, path: str | os.PathLike[str]) -> None:
    """Write the card as a PDF file; GlyphMissing when the caption cannot be printed, OSError from the disk."""
    write_atomically(path, recovery_card_pdf(card))


def recovery_card_pdf(card: RecoveryCard) -> bytes:
    """The card as a PDF in memory, for preview and for printing without a file."""
    stream = BytesIO()
    try:
        _draw(card, stream)
    except GlyphMissing as error:
        raise error.at("恢复卡") from None
    return stream.getvalue()


def _draw(card: RecoveryCard, stream: BinaryIO) -> None:
    paper = A4_PORTRAIT
    fonts = DocumentFonts()
    canvas = PageCanvas(stream, (paper.width, paper.height), Origin(card.title, card.made_at or datetime.now(UTC)))
    left, width = 15 * MM, paper.width - 30 * MM
    top, height = paper.height - 15 * MM, 133 * MM
    canvas.put(f"0.5 w [3 3] 0 d {left:.2f} {top - height:.2f} {width:.2f} {height:.2f} re S [] 0 d")
    serif, bold, code = fonts.face(Style.SERIF), fonts.face(Style.SERIF_BOLD), fonts.face(Style.SANS_BOLD)
    y = top - 36
    _centred(canvas, bold, card.title, 20, left, width, y)
    y -= 24
    _centred(canvas, serif, card.caption, 10.5, left, width, y)
    columns = 3
    box_width, box_height, gap = 46 * MM, 13.5 * MM, 4 * MM
    first = left + (width - columns * box_width - (columns - 1) * gap) / 2
    y -= 16
    for index, group in enumerate(card.groups):
        x = first + index % columns * (box_width + gap)
        bottom = y - (index // columns + 1) * box_height - index // columns * gap
        canvas.put(f"0.8 w {x:.2f} {bottom:.2f} {box_width:.2f} {box_height:.2f} re S")
        _text(canvas, serif, str(index + 1), 8, x + 5, bottom + box_height - 11)
        spaced = " ".join(group)
        _centred(canvas, code, spaced, 20, x, box_width, bottom + box_height / 2 - 7)
    lines = -(-len(card.groups) // columns)
    y -= lines * box_height + (lines - 1) * gap + 24
    inset = left + 22
    for number, instruction in enumerate(card.instructions, start=1):
        wrapped = break_lines(serif, instruction, (width - 44 - 14) * 1000 / 10)
        _text(canvas, serif, f"{number}.", 10, inset, y)
        for line in wrapped:
            _text(canvas, serif, line, 10, inset + 14, y)
            y -= 15
    y -= 9
    _text(canvas, serif, "保管人：＿＿＿＿＿＿＿＿", 10, inset, y)
    _text(canvas, serif, "存放处：＿＿＿＿＿＿＿＿＿＿＿＿", 10, left + width / 2, y)
    _centred(canvas, serif, "沿虚线剪下", 8, left, width, top - height - 14)
    canvas.showPage()
    canvas.finish(fonts.write(canvas.document))


def _text(canvas: PageCanvas, face: Face, text: str, size: float, x: float, y: float) -> None:
    canvas.put(f"BT 1 0 0 1 {x:.2f} {y:.2f} Tm{face.show(text, f'{size:g}')} ET")


def _centred(
    canvas: PageCanvas, face: Face, text: str, size: float, left: float, width: float, y: float
) -> None:
    _text(canvas, face, text, size, left + (width - face.width(text) * size / 1000) / 2, y)
