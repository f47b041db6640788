"""A few photos side by side, one for each kind that is wanted; a missing one is a dashed place with its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme
from desktop.ui.widgets.painting import paint_focus_ring


@dataclass(frozen=True)
class PhotoPlace:
    """One place: the kind of photo, its word, the file shown ("" when it is missing), whether it must be there."""

    kind: str
    word: str
    digest: str = ""
    wanted: bool = False


class _Place(QWidget):
    clicked = Signal()

    def __init__(self, place: PhotoPlace) -> None:
        super().__init__()
        self.place = place
        self.image: QImage | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(230)
        self.setFixedHeight(150)
        missing = self.tr("缺{word}") if place.wanted else self.tr("加{word}")
        self.words = place.word if place.digest else missing.format(word=place.word)
        self.setAccessibleName(self.words)
        self.setToolTip(self.words)

    def sizeHint(self) -> QSize:
        return QSize(200, 150)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        c = theme().color
        box = QRectF(0.5, 0.5, self.width() - 1, 122)
        painter.setFont(theme().font("caption"))
        if self.place.digest:
            painter.fillRect(box, c("sunken"))
            if self.image is not None and not self.image.isNull():
                size = self.image.size().scaled(box.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
                left = box.left() + (box.width() - size.width()) / 2
                top = box.top() + (box.height() - size.height()) / 2
                painter.drawImage(QRectF(left, top, size.width(), size.height()), self.image)
            else:
                paint_icon(painter, QRectF(box.center().x() - 14, box.center().y() - 14, 28, 28), "photo", c("text_3"))
            painter.setPen(c("text_2"))
            painter.drawText(QRectF(0, 126, self.width(), 20), Qt.AlignmentFlag.AlignLeft, self.words)
        else:
            tone = "warning" if self.place.wanted else "border_strong"
            painter.fillRect(box, c("warning_soft" if self.place.wanted else "surface_alt"))
            pen = QPen(c(tone), 1)
            pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawRect(box)
            text = c("warning" if self.place.wanted else "text_2")
            paint_icon(painter, QRectF(box.center().x() - 10, box.center().y() - 22, 20, 20), "plus", text)
            painter.setPen(text)
            below = QRectF(0, box.center().y() + 4, self.width(), 20)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.words)
        if self.hasFocus():
            paint_focus_ring(painter, box, 2)


class PhotoStrip(QWidget):
    """`PhotoStrip(parent=None)`: `show_places([PhotoPlace, …])`; `wanted(kind)` for an empty one, `opened(digest)`."""

    wanted = Signal(str)
    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(12)
        self.places: list[_Place] = []

    def show_places(self, places: Sequence[PhotoPlace]) -> None:
        """Replace the places."""
        while self._row.count():
            item = self._row.takeAt(0)
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.places = []
        for place in places:
            shown = _Place(place)
            digest, kind = place.digest, place.kind
            shown.clicked.connect(
                lambda digest=digest, kind=kind: self.opened.emit(digest) if digest else self.wanted.emit(kind)
            )
            self.places.append(shown)
            self._row.addWidget(shown)
        self._row.addStretch(1)

    def set_picture(self, digest: str, image: QImage | None) -> None:
        """A picture has come."""
        for shown in self.places:
            if shown.place.digest == digest:
                shown.image = image
                shown.update()
