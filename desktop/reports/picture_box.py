"""Pictures and QR codes on paper: pictures fitted into a box, codes as plain squares that any scanner reads."""

from __future__ import annotations

from io import BytesIO

import segno
from PIL import Image, UnidentifiedImageError
from reportlab.lib.utils import ImageReader

from desktop.common.errors import InputRefused
from desktop.reports.streamed_pdf import PageCanvas

_DOTS_A_POINT = 200 / 72
"""200 dots an inch are enough for a photo on a card; more only makes the file large."""


class PictureUnreadable(InputRefused):
    """Bytes that are no picture: the document is not made."""

    def __init__(self) -> None:
        super().__init__("有一张照片打不开，没有生成文件；照片本身没有改动。")


def draw_picture(canvas: PageCanvas, data: bytes, x: float, y: float, width: float, height: float) -> None:
    """Draw a JPEG or PNG into the box with its lower left corner at (x, y), whole and in proportion.

    Raises PictureUnreadable.
    """
    try:
        with Image.open(BytesIO(data)) as opened:
            opened.draft("RGB", (int(width * _DOTS_A_POINT), int(height * _DOTS_A_POINT)))
            picture = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise PictureUnreadable from error
    picture.thumbnail((int(width * _DOTS_A_POINT), int(height * _DOTS_A_POINT)))
    drawn_wide, drawn_high = picture.width / _DOTS_A_POINT, picture.height / _DOTS_A_POINT
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=80)
    stream.seek(0)
    canvas.drawImage(ImageReader(stream), x, y + height - drawn_high, drawn_wide, drawn_high)


def draw_qr_code(text: str, x: float, y: float, size: float) -> str:
    """Operators that draw the text as a QR code (error correction M) in a square, quiet zone of 2 modules included."""
    matrix = segno.make(text, error="m", micro=False).matrix
    modules = len(matrix) + 4
    step = size / modules
    parts = ["q 0 g"]
    for row, line in enumerate(matrix):
        start = None
        for column, dark in enumerate([*line, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                left, bottom = x + (start + 2) * step, y + size - (row + 3) * step
                parts.append(f"{left:.3f} {bottom:.3f} {(column - start) * step:.3f} {step:.3f} re")
                start = None
    return " ".join([*parts, "f Q"])
