"""Pages of a PDF as pictures and as text, in memory: what the window's preview shows and what the tests read back.

PDFium is not thread-safe, so calls from several threads take turns.
"""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pypdfium2
import pypdfium2.raw as pdfium

_LOCK = threading.RLock()


@dataclass(frozen=True)
class PagePicture:
    """A rendered page: RGBA, four bytes a pixel, rows from the top without padding."""

    width: int
    height: int
    rgba: bytes


class Preview:
    """An open PDF; close it, or use it in a `with` block. ValueError when the bytes are no PDF."""

    def __init__(self, source: bytes | Path) -> None:
        with _LOCK:
            try:
                self._document = pypdfium2.PdfDocument(source)
            except pypdfium2.PdfiumError as error:
                raise ValueError("not a readable PDF") from error

    @property
    def page_count(self) -> int:
        """Number of pages."""
        with _LOCK:
            return len(self._document)

    def page_size(self, index: int) -> tuple[float, float]:
        """Width and height of a page in points."""
        with _LOCK:
            width, height = self._document.get_page_size(index)
            return float(width), float(height)

    def render(self, index: int, scale: float) -> PagePicture:
        """A page as pixels; at scale 1 a pixel is a point (72 to the inch)."""
        with _LOCK:
            page = self._document[index]
            try:
                bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True)
                try:
                    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
                    pixels = bytearray(bitmap.buffer)
                finally:
                    bitmap.close()
            finally:
                page.close()
        row = width * 4
        if stride != row:
            pixels = bytearray(b"".join(pixels[at : at + row] for at in range(0, height * stride, stride)))
        pixels[3::4] = b"\xff" * (width * height)  # the fourth byte is unused by PDFium in this format
        return PagePicture(width, height, bytes(pixels))

    def text(self, index: int) -> str:
        """The text of a page in the order it was drawn, all planes; lines are separated by line feeds."""
        with _LOCK:
            page = self._document[index]
            text_page = page.get_textpage()
            try:
                count = pdfium.FPDFText_CountChars(text_page)
                buffer = ctypes.create_string_buffer(4 * count + 8)
                units = pdfium.FPDFText_GetText(
                    text_page, 0, count, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
                )
                raw = buffer.raw[: 2 * max(0, units - 1)]
            finally:
                text_page.close()
                page.close()
        return raw.decode("utf-16-le", errors="replace").replace("\r\n", "\n")

    def close(self) -> None:
        """Free the document."""
        with _LOCK:
            self._document.close()

    def __enter__(self) -> Preview:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
