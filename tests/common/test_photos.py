"""Photos as they are kept: size, orientation, no camera data, rare characters in watermarks, broken ones refused."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from PIL import Image

from desktop.common.errors import InputRefused
from desktop.common.photos import prepare_photo, taken_at


def jpeg(size: tuple[int, int], orientation: int = 1, when: str = "") -> bytes:
    """A photo, red at the left, blue at the right."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = picture.getexif()
    exif[274] = orientation
    if when:
        exif[306] = when
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


def test_a_photo_is_upright_small_and_without_camera_data() -> None:
    kept = Image.open(io.BytesIO(prepare_photo(jpeg((4000, 3000), orientation=6))))
    assert kept.size == (1200, 1600) and not dict(kept.getexif()) and kept.format == "JPEG"
    red, _green, blue = kept.getpixel((600, 100))  # type: ignore[misc]
    assert red > 200 and blue < 60  # what was left is on top after a turn to the right


def test_a_small_photo_is_not_enlarged_and_transparency_becomes_paper() -> None:
    assert Image.open(io.BytesIO(prepare_photo(jpeg((640, 480))))).size == (640, 480)
    out = io.BytesIO()
    Image.new("RGBA", (50, 40), (0, 0, 0, 0)).save(out, "PNG")
    kept = Image.open(io.BytesIO(prepare_photo(out.getvalue())))
    assert kept.getpixel((10, 10)) == (255, 255, 255)


def test_the_camera_tells_the_time() -> None:
    assert taken_at(jpeg((80, 60), when="2026:11:12 09:41:00")) == datetime(2026, 11, 12, 9, 41)
    assert taken_at(jpeg((80, 60), when="0000:00:00 00:00:00")) is None
    assert taken_at(jpeg((80, 60))) is None


def test_rare_characters_stand_in_the_watermark() -> None:
    """Each of them has a shape of its own: an empty box would be the same for both."""
    white = Image.new("RGB", (400, 300), "white")
    out = io.BytesIO()
    white.save(out, "PNG")

    def band(text: str) -> bytes:
        return Image.open(io.BytesIO(prepare_photo(out.getvalue(), [text]))).crop((0, 260, 60, 300)).tobytes()

    shapes = {band(character) for character in "㛃𬭊𫖯䶮蓢"}
    assert len(shapes) == 5


@pytest.mark.parametrize("data", [b"", b"MZ no picture", jpeg((200, 100))[:600]])
def test_what_is_no_whole_picture_is_refused(data: bytes) -> None:
    with pytest.raises(InputRefused, match="没有保存"):
        prepare_photo(data)
