"""The pages of a notice as they will hang on the board: shown one at a time, turned, enlarged, drawn on a printer."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QImage, QPainter, QResizeEvent
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.reports.preview import PagePicture, Preview
from desktop.ui.pages.page import Shell
from desktop.ui.pages.page_view import PRINT_DPI, PageView
from desktop.ui.workers import Priority


class NoticePages(QWidget):
    """`NoticePages(shell)`: `show_pdf(bytes)`, `turn(by)`, `set_zoom(z)`; `turned()` when another page is shown."""

    turned = Signal()

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shell = shell
        self.preview: Preview | None = None
        self.page = 0
        self._zoom = 0.0
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        self.view = PageView()
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setWidget(self.view)
        lines.addWidget(self.area)

    @property
    def count(self) -> int:
        """How many pages there are; 0 before the first is made."""
        return self.preview.page_count if self.preview is not None else 0

    def show_pdf(self, pdf: bytes) -> None:
        """Show these pages in place of the old ones, at the same page where there still is one."""
        if self.preview is not None:
            self.preview.close()
        self.preview = Preview(pdf)
        self.page = min(self.page, self.preview.page_count - 1)
        self.render_page()

    def clear(self) -> None:
        """No pages: those of another notice are neither shown nor printed."""
        if self.preview is not None:
            self.preview.close()
        self.preview = None
        self.view.show_picture(None, 1.0)

    def set_zoom(self, zoom: float) -> None:
        """Multiples of the paper's own size; 0 fits the page into the window."""
        self._zoom = zoom
        self.render_page()

    def turn(self, by: int) -> None:
        """To another page."""
        if 0 <= self.page + by < self.count:
            self.page += by
            self.turned.emit()
            self.render_page()

    def render_page(self) -> None:
        """Draw the page anew, in the background."""
        preview, page = self.preview, self.page
        if preview is None or not self.isVisible():
            return
        ratio = self.devicePixelRatioF()
        zoom = self._zoom
        width, height = preview.page_size(page)
        room = self.area.viewport().size()
        fit = max(0.1, min((room.width() - 40) / width, (room.height() - 40) / height))
        scale = (zoom * 96 / 72 if zoom else fit) * ratio
        self.shell.gates.read(
            lambda _w: preview.render(page, scale) if preview is self.preview else None,
            lambda picture: self.view.show_picture(picture, ratio) if preview is self.preview else None,
            owner=self, key=f"notice-page-{id(self)}", priority=Priority.NOW, fail=lambda _error: None,
        )  # fmt: skip

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.render_page()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.render_page()

    def print_on(self, printer: QPrinter) -> bool:
        """Draw all pages on a printer; False when it does not answer. A notice has few pages."""
        painter = QPainter()
        preview = self.preview
        if preview is None or not painter.begin(printer):
            return False
        for page in range(preview.page_count):
            if page:
                printer.newPage()
            picture: PagePicture = preview.render(page, PRINT_DPI / 72)
            image = QImage(picture.rgba, picture.width, picture.height, QImage.Format.Format_RGBA8888)
            painter.drawImage(QRectF(painter.viewport()), image)
        painter.end()
        return True
