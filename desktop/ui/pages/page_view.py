"""One page of paper on the screen, as it will be printed; shared by the print centre and the sheet of a notice."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from desktop.reports.preview import PagePicture
from desktop.ui.theme import theme

PRINT_DPI = 300
"""How finely pages are drawn for a printer."""


class PageView(QWidget):
    """Shows one page picture, framed, at its own size."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self._size = QSize()

    def show_picture(self, picture: PagePicture | None, ratio: float) -> None:
        """Show a rendered page."""
        self._pixmap = QPixmap()
        if picture is not None:
            image = QImage(picture.rgba, picture.width, picture.height, QImage.Format.Format_RGBA8888)
            self._pixmap = QPixmap.fromImage(image)
            self._pixmap.setDevicePixelRatio(ratio)
            self._size = QSize(round(picture.width / ratio), round(picture.height / ratio))
        self.setMinimumSize(self._size + QSize(32, 32) if picture is not None else QSize(0, 0))
        self.update()

    def has_picture(self) -> bool:
        """Whether a page is shown."""
        return not self._pixmap.isNull()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("sunken"))
        if self._pixmap.isNull():
            return
        left, top = (self.width() - self._size.width()) // 2, (self.height() - self._size.height()) // 2
        painter.drawPixmap(left, top, self._pixmap)
        painter.setPen(theme().color("border_strong"))
        painter.drawRect(left - 1, top - 1, self._size.width() + 1, self._size.height() + 1)
