"""Saves a workbook that openpyxl holds without its temporary files: names and account numbers would lie there in clear.

openpyxl writes every sheet to a file in the system's folder for temporary files before it packs it; after a power cut
that file stays, and a deleted one can be brought back.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.workbook import Workbook
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter


def workbook_bytes(book: Workbook) -> bytes:
    """The workbook as .xlsx, made in memory alone."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        _InMemory(book, archive).save()
    return stream.getvalue()


class _InMemory(ExcelWriter):  # type: ignore[misc]  # openpyxl says nothing of its types
    """openpyxl's own writer, with the sheets in memory."""

    def write_worksheet(self, ws: Any) -> None:
        """One sheet into the archive."""
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts, ws._drawing.images = ws._charts, ws._images
        content = io.BytesIO()
        writer = WorksheetWriter(ws, content)
        writer.write()
        ws._rels = writer._rels
        self._archive.writestr(ws.path[1:], content.getvalue())
        self.manifest.append(ws)
