"""Photos as they are kept: upright, at most 1600 px, JPEG at quality 80, no camera data, watermarked if wanted."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import zstandard
from PIL import Image, ImageDraw, ImageFont, ImageOps

from desktop.common.errors import InputRefused
from desktop.common.resources import resource_path

LONGEST_SIDE = 1600
"""Pixels: faces of a board and numbers on a plate stay readable, a photo stays about 300 KB."""
QUALITY = 80
MOST_PIXELS = 120_000_000
"""A picture larger than this is no photo of a township's camera, but might fill the memory."""
_FONTS = ("NotoSansSC-Regular.ttf", "LXGWWenKai-Regular.ttf", "XiangceRare.ttf.zst")
_TAKEN = (36867, 306)
"""EXIF: DateTimeOriginal, DateTime."""


def prepare_photo(data: bytes, watermark: Sequence[str] = (), *, longest: int = LONGEST_SIDE) -> bytes:
    """The photo as JPEG: turned upright, scaled down to `longest` px (never up), its metadata left out.

    `watermark`: lines (time, place, user) written at the lower left on a dark band. Raises InputRefused when the bytes
    are no picture that can be read; nothing of them is kept then.
    """
    picture = _opened(data)
    try:
        picture.draft("RGB", (longest, longest))  # a JPEG is decoded at a fraction of its size: a tenth of the time
        upright = ImageOps.exif_transpose(picture)
        flat = _on_white(upright)
        flat.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputRefused("这张照片读不完整，可能没有传完；没有保存。") from error
    lines = [line for line in watermark if line]
    if lines:
        _write(flat, lines)
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def taken_at(data: bytes) -> datetime | None:
    """When the camera says the photo was taken (local time without zone); None when it does not say."""
    try:
        exif = _opened(data).getexif()
        values = [exif.get_ifd(0x8769).get(tag) or exif.get(tag) for tag in _TAKEN]
    except (InputRefused, OSError, ValueError, SyntaxError):
        return None
    for value in values:
        try:
            return datetime.strptime(str(value).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
        except ValueError:
            continue
    return None


def is_picture(data: bytes) -> bool:
    """Whether the bytes are a picture that can be read (its head at least)."""
    try:
        _opened(data)
    except InputRefused:
        return False
    return True


def _opened(data: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(data))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputRefused(
            "这个文件打不开，不是能读的照片；没有保存。", hint="手机拍的 HEIC 照片，请先存为 JPEG。"
        ) from error
    if picture.width * picture.height > MOST_PIXELS:
        raise InputRefused("这张照片超过 1.2 亿像素，没有保存。", hint="请先缩小再添加。")
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    """RGB; what was transparent is white, as paper is."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        flat = Image.new("RGB", layer.size, "white")
        flat.paste(layer, mask=layer.getchannel("A"))
        return flat
    return picture.convert("RGB")


@lru_cache(maxsize=8)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    path = resource_path("fonts", name)
    if path.suffix != ".zst":
        return ImageFont.truetype(str(path), size)
    return ImageFont.truetype(io.BytesIO(zstandard.ZstdDecompressor().decompress(path.read_bytes())), size)


def _font_of(character: str, size: int) -> ImageFont.FreeTypeFont:
    """The first font that has the character: names hold rare ones, and an empty box would be a false name."""
    for name in _FONTS:
        font = _font(name, size)
        if bytes(font.getmask(character)) != bytes(font.getmask("\U0010fffd")):
            return font
    return _font(_FONTS[0], size)


def _runs(line: str, size: int) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    runs: list[tuple[str, ImageFont.FreeTypeFont]] = []
    for character in line:
        font = _font(_FONTS[0], size) if character.isspace() else _font_of(character, size)
        if runs and runs[-1][1] is font:
            runs[-1] = (runs[-1][0] + character, font)
        else:
            runs.append((character, font))
    return runs


def _width(line: str, size: int) -> float:
    return sum(font.getlength(text) for text, font in _runs(line, size))


def _write(picture: Image.Image, lines: Sequence[str]) -> None:
    """Lines on a half-transparent dark band at the lower left; text that is too wide is written smaller."""
    size = max(14, round(max(picture.size) / 44))
    room, width = picture.width - 2 * size, max(_width(line, size) for line in lines)
    if width > room > 0:
        size = max(10, int(size * room / width))
        width = max(_width(line, size) for line in lines)
    step, pad = round(size * 1.4), round(size * 0.5)
    top = picture.height - step * len(lines) - pad
    draw = ImageDraw.Draw(picture, "RGBA")
    draw.rectangle((0, top, min(picture.width, width + 3 * pad), picture.height), fill=(0, 0, 0, 120))
    for i, line in enumerate(lines):
        left, base = float(pad), top + pad / 2 + i * step + size  # all runs of a line stand on one base line
        for text, font in _runs(line, size):
            draw.text((left, base), text, font=font, fill=(255, 255, 255, 255), anchor="ls")
            left += font.getlength(text)
