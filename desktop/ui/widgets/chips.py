"""Chips: neutral or coloured tags, quick filter chips, key caps as labels."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme
from desktop.ui.widgets.painting import (
    Chip,
    chip_size,
    key_cap_size,
    paint_box,
    paint_chip,
    paint_focus_ring,
    paint_key_cap,
)


class ChipLabel(QWidget):
    """`ChipLabel(chip, heading="状态", parent=None)`: shows one `Chip`; screen readers hear 状态：已逾期."""

    def __init__(self, chip: Chip, heading: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = heading
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_chip(chip)

    def show_chip(self, chip: Chip) -> None:
        """Show another chip."""
        self.chip = chip
        self.setAccessibleName(chip.spoken(self._heading) if self._heading else chip.text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return chip_size(self.chip)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_chip(QPainter(self), QRectF(self.rect()), self.chip)


class FilterChip(QAbstractButton):
    """`FilterChip(text, small=False, parent=None)`: a round checkable quick filter; `toggled(bool)`."""

    def __init__(self, text: str, small: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._small = small
        self.setText(text)
        self.setCheckable(True)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self.updateGeometry)

    def _ticked(self) -> bool:
        return self.isChecked() and not self._small

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme().font(points=9.5))
        width = metrics.horizontalAdvance(self.text()) + 22 + (17 if self._ticked() else 0)
        return QSize(width, 22 if self._small else theme().px("control_small"))

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        on = self.isChecked()
        fill = c("accent_soft") if on else c("hover") if self.underMouse() else c("surface")
        line = c("accent") if on else c("border")
        paint_box(painter, QRectF(self.rect()), fill, line, 1, self.height() / 2 - 0.5)
        left = 11.0
        color = c("accent") if on else c("text_2")
        if self._ticked():
            paint_icon(painter, QRectF(left, (self.height() - 12) / 2, 12, 12), "check", color)
            left += 17
        painter.setFont(theme().font(points=9.5))
        painter.setPen(color)
        painter.drawText(
            QRectF(left, 0, self.width() - left, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text()
        )
        if self.hasFocus():
            paint_focus_ring(painter, self.rect(), self.height() / 2 - 1)


class KeyCap(QWidget):
    """`KeyCap(text, parent=None)`: a printed key, e.g. Ctrl+K."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        return key_cap_size(self._text)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().color
        paint_key_cap(QPainter(self), QRectF(self.rect()), self._text, c("text_3"), c("surface_alt"))
