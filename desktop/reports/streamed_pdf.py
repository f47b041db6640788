"""A reportlab canvas whose pages go to the file as they are finished, so a print of any length takes little memory.

reportlab keeps every object until the end and then joins all of them; here a page's content is compressed and written
when the page is shown, and only its small dictionary is kept. The rest of the canvas (lines, shapes, pictures,
encryption) works as usual; text is drawn through `fonts.py`. Equal calls give equal bytes: the only time in the
file is `made_at`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from reportlab.pdfbase.pdfdoc import (
    PDFArrayCompact,
    PDFCrossReferenceTable,
    PDFDictionary,
    PDFDocument,
    PDFFile,
    PDFIndirectObject,
    PDFName,
    PDFObjectReference,
    PDFStream,
    PDFString,
    PDFTrailer,
)
from reportlab.pdfgen.canvas import Canvas

_PDF_VERSION = (1, 7)
_LEVEL = 4  # zlib: measured on register pages, 6 takes twice the time for 4 % less


@dataclass(frozen=True)
class Origin:
    """What a print says about itself in its metadata.

    `as_of` is the date the data are for, `known_at` the moment up to which changes are in it, `digest` the register's
    digest; they are written as given. `made_at` is the file's time; equal input gives equal bytes.
    """

    title: str
    made_at: datetime
    as_of: str = ""
    known_at: str = ""
    digest: str = ""
    producer: str = "乡册"

    def footmark(self) -> str:
        """The small print at the foot of a list: both days and the register's fingerprint, those that are given."""
        parts = [
            f"数据截至 {self.as_of}" if self.as_of else "",
            f"含 {self.known_at} 前的变更" if self.known_at else "",
            f"数据指纹 {self.digest[:16]}" if self.digest else "",
        ]
        return "　".join(part for part in parts if part)


class StreamedDocument(PDFDocument):  # type: ignore[misc]  # reportlab has no types
    """reportlab's document, written to an open file object by object."""

    def __init__(self, stream: BinaryIO, origin: Origin) -> None:
        super().__init__(compression=1, invariant=1, pdfVersion=_PDF_VERSION, lang="zh-CN")
        self.info = _Information(origin)
        self._stream = stream
        self._offset = 0
        header = PDFFile(_PDF_VERSION)
        self._put(header.format(self))
        self._encryption_ready = False

    def write_object(self, content: Any) -> PDFObjectReference:
        """Write an object now and return the reference to it."""
        self._prepare_encryption()
        reference = self.Reference(content, f"W{self.objectcounter + 1}")
        self._write(reference.name)
        return reference

    def write_stream(self, data: bytes, entries: Mapping[str, Any] | None = None) -> PDFObjectReference:
        """Write a compressed stream now."""
        dictionary = PDFDictionary({**(entries or {}), "Filter": PDFName("FlateDecode")})
        return self.write_object(PDFStream(dictionary, zlib.compress(data, _LEVEL)))

    def format(self) -> bytes:
        """Write everything that is not written yet, the cross-reference table and the trailer."""
        self._prepare_encryption()
        catalog, info = self.Reference(self.Catalog), self.Reference(self.info)
        encryption = self.encrypt.info()
        encryption_reference = self.Reference(encryption) if encryption else None
        number = 1
        while number in self.numberToId:  # objects may name new ones while they are written
            name = self.numberToId[number]
            if name not in self.idToOffset:
                self._write(name)
            number += 1
        table = PDFCrossReferenceTable()
        table.addsection(0, [self.numberToId[n] for n in range(1, number)])
        start = self._put(table.format(self))
        trailer = PDFTrailer(
            startxref=start, Size=number, Root=catalog, Info=info, Encrypt=encryption_reference, ID=self.ID(),
        )
        self._put(trailer.format(self))
        return b""

    def _prepare_encryption(self) -> None:
        if not self._encryption_ready:
            self._encryption_ready = True
            self.encrypt.prepare(self)

    def _write(self, name: str) -> None:
        content = self.idToObject[name]
        self.idToOffset[name] = self._put(PDFIndirectObject(name, content).format(self))
        self.idToObject[name] = None

    def _put(self, data: bytes) -> int:
        at = self._offset
        self._stream.write(data)
        self._offset = at + len(data)
        return at


class PageCanvas(Canvas):  # type: ignore[misc]  # reportlab has no types
    """A canvas over a `StreamedDocument`; `finish()` ends the file, and closing the stream is the caller's."""

    def __init__(self, stream: BinaryIO, page_size: tuple[float, float], origin: Origin) -> None:
        super().__init__(stream, pagesize=page_size, pageCompression=1, invariant=1)
        self.document = StreamedDocument(stream, origin)
        self._doc = self.document
        self._late: list[tuple[Any, PDFObjectReference]] = []
        self._make_preamble()

    @property
    def page_count(self) -> int:
        """Pages shown so far."""
        return len(self.document.Pages.pages)

    def put(self, operators: str) -> None:
        """Append content stream operators (ISO 32000-1, annex A) to the page."""
        self._code.append(operators)

    def showPage(self) -> None:
        """Write the page's content and begin the next page."""
        super().showPage()
        page = self.document.Pages.pages[-1]
        content = page.stream.encode("latin-1")
        page.stream = None
        self._late.append((page, self.document.write_stream(content)))
        page.Contents = self._late[-1][1]

    def add_to_page(self, index: int, operators: str) -> None:
        """Add operators to a page already shown, such as the number of pages; once for each page."""
        page, content = self._late[index]
        foot = self.document.write_stream(operators.encode("latin-1"))
        page.Contents = PDFArrayCompact([content, foot])

    def finish(self, fonts: Mapping[str, PDFObjectReference]) -> None:
        """Name the fonts and end the file."""
        self.document.idToObject["BasicFonts"].dict.update(fonts)
        self.document.GetPDFData(self)

    def _make_preamble(self) -> None:
        """None: reportlab's would name Helvetica, which is not embedded, on every page."""
        self._preamble = ""


class _Information(PDFDictionary):  # type: ignore[misc]  # reportlab has no types
    """The document information dictionary."""

    def __init__(self, origin: Origin) -> None:
        moment = origin.made_at
        offset = moment.strftime("%z")
        stamp = moment.strftime("D:%Y%m%d%H%M%S") + (f"{offset[:3]}'{offset[3:5]}'" if offset else "")
        texts = {
            "Title": origin.title,
            "Producer": origin.producer,
            "Creator": origin.producer,
            "CreationDate": stamp,
            "ModDate": stamp,
            "AsOf": origin.as_of,
            "KnownAt": origin.known_at,
            "Digest": origin.digest,
        }
        super().__init__({name: PDFString(text) for name, text in texts.items() if text})
        self._signed = repr(sorted(texts.items())).encode()

    def digest(self, signature: Any) -> None:
        """reportlab makes the file's ID from this."""
        signature.update(self._signed)
