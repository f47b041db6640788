"""Photos as they are kept: turned upright, at most so many pixels, with place, time and name burnt in, as JPEG."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps, ImageStat, UnidentifiedImageError

from desktop.common.errors import InputRefused
from desktop.common.resources import resource_path

QUALITY = 80
LARGEST_SIDE = 1600
"""Pixels of the longer side where the form says nothing (ARCHITECTURE §10: JPEG q80, 1600 px)."""
BLURRED_BELOW = 12.0
"""Spread of edges (0–255) at a side of 480 px below which a photo is proposed to be taken again."""
_EXIF_TAKEN = 36867


@dataclass(frozen=True)
class Photo:
    """A photo ready to be kept. `taken` is when the camera says it was made, None when it says nothing."""

    data: bytes
    width: int
    height: int
    blurred: bool
    taken: dt.datetime | None


def prepare_photo(data: bytes, lines: Sequence[str] = (), *, largest: int = LARGEST_SIDE) -> Photo:
    """A photo of any usual format, made small and marked with `lines` at its foot.

    Position and other data inside the file are left out. Raises InputRefused when it is no picture or a huge one.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            taken = _taken(opened)
            upright = ImageOps.exif_transpose(opened)
            image = upright.convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise InputRefused("这个文件不是能用的图片，没有存入；请选 JPG 或 PNG 照片。") from error
    image.thumbnail((largest, largest), Image.Resampling.LANCZOS)
    blurred = is_blurred(image)
    if lines:
        _mark(image, lines)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Photo(out.getvalue(), image.width, image.height, blurred, taken)


def is_blurred(image: Image.Image) -> bool:
    """Whether hardly an edge is to be seen: out of focus, shaken, or the lens covered."""
    small = image.convert("L")
    small.thumbnail((480, 480))
    edges = small.filter(ImageFilter.FIND_EDGES)
    if edges.width > 8 and edges.height > 8:
        edges = edges.crop((2, 2, edges.width - 2, edges.height - 2))
    return bool(ImageStat.Stat(edges).stddev[0] < BLURRED_BELOW)


def _taken(image: Image.Image) -> dt.datetime | None:
    try:
        said = image.getexif().get_ifd(0x8769).get(_EXIF_TAKEN)
        return dt.datetime.strptime(str(said), "%Y:%m:%d %H:%M:%S") if said else None  # noqa: DTZ007 local, as cameras say
    except (ValueError, KeyError, OSError):
        return None


def _mark(image: Image.Image, lines: Sequence[str]) -> None:
    """White words with a dark edge at the lower left, readable on any ground."""
    size = max(14, image.width // 45)
    path = next(iter(sorted(resource_path("fonts").glob("NotoSansSC-Regular*.ttf"))), None)
    font = ImageFont.truetype(str(path), size) if path is not None else ImageFont.load_default(size)
    draw = ImageDraw.Draw(image)
    height = round(size * 1.35)
    top = image.height - height * len(lines) - size // 2
    for line in lines:
        draw.text((size // 2, top), line, font=font, fill=(255, 255, 255), stroke_width=2, stroke_fill=(20, 20, 20))
        top += height
