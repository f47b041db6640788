"""Barcodes from an image, where a decoder is installed; without one a keyboard scanner types them."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any


def available() -> bool:
    """Whether images can be decoded here (the optional package zxing-cpp)."""
    return importlib.util.find_spec("zxingcpp") is not None


def decode(path: str) -> str:
    """The first barcode or QR code of an image file, '' when there is none."""
    from PIL import Image

    decoder: Any = importlib.import_module("zxingcpp")
    with Image.open(path) as image:
        found = decoder.read_barcodes(image.convert("L"))
    return str(found[0].text) if found else ""
