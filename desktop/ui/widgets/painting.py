"""Small painting routines shared by widgets and table delegates: key caps, chips, status words, ticks, focus rings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPen

from desktop.ui.icons import paint_icon
from desktop.ui.theme import statuses, theme

Tone = Literal["neutral", "accent", "success", "warning", "danger"]

_STATUS_TONES: dict[str, Tone] = {
    "success": "success",
    "accent": "accent",
    "danger": "danger",
    "warning": "warning",
    "text_3": "neutral",
}


@dataclass(frozen=True)
class Chip:
    """What a chip or a status word says: text, tone (colour) and an icon name or "" for none."""

    text: str
    tone: Tone = "neutral"
    icon: str = ""

    @staticmethod
    def of(status: str, text: str | None = None) -> Chip:
        """The chip of a status of DESIGN §2.4 (`done`, `overdue`, …), with its own word unless `text` is given."""
        known = statuses()[status]
        return Chip(text if text is not None else known.word, _STATUS_TONES[known.color], known.icon)

    def spoken(self, heading: str) -> str:
        """How a screen reader says it, e.g. 状态：已逾期."""
        return f"{heading}：{self.text}"


def tone_colors(tone: Tone) -> tuple[QColor, QColor]:
    """Text and background colour of a tone."""
    if tone == "neutral":
        return theme().color("text_2"), theme().color("neutral_soft")
    return theme().color(tone), theme().color(f"{tone}_soft")


def tone_text(tone: Tone) -> QColor:
    """Colour of a status word without background."""
    return theme().color("text_3" if tone == "neutral" else tone)


# -- key caps ----------------------------------------------------------------------------------------------------


def key_cap_size(text: str) -> QSize:
    """Size a key cap needs."""
    metrics = QFontMetrics(theme().font(points=8.5))
    return QSize(max(18, metrics.horizontalAdvance(text) + 10), max(18, metrics.height() + 2))


def paint_key_cap(painter: QPainter, rect: QRectF, text: str, color: QColor, fill: QColor | None = None) -> None:
    """Paint a key cap; without `fill` it is only an outline in the text's colour (on a primary button)."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = QColor(color) if fill is None else theme().color("border")
    painter.setPen(QPen(line, 1))
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setFont(theme().font(points=8.5))
    painter.setPen(color)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


# -- chips -------------------------------------------------------------------------------------------------------

_CHIP_ICON = 13


def fitted_figure(text: str, font: QFont, room: float) -> tuple[QFont, str]:
    """A figure in type small enough for the room, at least seven tenths of its own; else … alone.

    A figure is never cut: 99,999,999.99 without its last digits reads as another sum.
    """
    needed = QFontMetricsF(font).horizontalAdvance(text)
    if needed <= room + 1:
        return font, text
    smaller = QFont(font)
    smaller.setPointSizeF(font.pointSizeF() * max(0.7, room / needed * 0.98))
    return smaller, text if QFontMetricsF(smaller).horizontalAdvance(text) <= room + 1 else "…"


def chip_size(chip: Chip) -> QSize:
    """Size a chip needs."""
    metrics = QFontMetrics(theme().font("caption"))
    width = metrics.horizontalAdvance(chip.text) + 14 + (_CHIP_ICON + 4 if chip.icon else 0)
    return QSize(width, max(20, metrics.height() + 4))


def paint_chip(painter: QPainter, rect: QRectF, chip: Chip) -> None:
    """Paint a chip into `rect` (its height is used as it is; text is elided when the rectangle is too narrow)."""
    color, fill = tone_colors(chip.tone)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(rect, theme().radius("chip"), theme().radius("chip"))
    left = rect.left() + 7
    if chip.icon:
        box = QRectF(left, rect.center().y() - _CHIP_ICON / 2, _CHIP_ICON, _CHIP_ICON)
        paint_icon(painter, box, chip.icon, color)
        left += _CHIP_ICON + 4
    font = theme().font("caption")
    painter.setFont(font)
    painter.setPen(color)
    room = rect.right() - 5 - left
    text = QFontMetrics(font).elidedText(chip.text, Qt.TextElideMode.ElideRight, int(room) + 1)
    painter.drawText(QRectF(left, rect.top(), room + 2, rect.height()), Qt.AlignmentFlag.AlignVCenter, text)
    painter.restore()


def paint_status_word(painter: QPainter, rect: QRectF, chip: Chip, color: QColor) -> None:
    """Paint icon and word without background, left in `rect`."""
    painter.save()
    left = rect.left()
    if chip.icon:
        size = theme().px("icon_small")
        paint_icon(painter, QRectF(left, rect.center().y() - size / 2, size, size), chip.icon, color)
        left += size + 4
    painter.setPen(color)
    metrics = QFontMetrics(painter.font())
    text = metrics.elidedText(chip.text, Qt.TextElideMode.ElideRight, max(0, int(rect.right() - left)))
    painter.drawText(QRectF(left, rect.top(), rect.right() - left, rect.height()), Qt.AlignmentFlag.AlignVCenter, text)
    painter.restore()


# -- frames ------------------------------------------------------------------------------------------------------


def paint_focus_ring(painter: QPainter, rect: QRect | QRectF, radius: float | None = None) -> None:
    """The 2 px ring inside a control."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=bool(radius))
    painter.setPen(QPen(theme().color("focus"), theme().px("focus")))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    box = QRectF(rect).adjusted(1, 1, -1, -1)
    if radius:
        painter.drawRoundedRect(box, radius, radius)
    else:
        painter.drawRect(box)
    painter.restore()


def paint_box(painter: QPainter, rect: QRectF, fill: QColor, line: QColor, width: float, radius: float) -> None:
    """A rounded box whose outline lies inside `rect`."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(line, width) if width else Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    half = width / 2
    painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius, radius)


def paint_tick_box(painter: QPainter, rect: QRectF, checked: bool, enabled: bool = True) -> None:
    """A check box of 16 × 16 centred in `rect`."""
    side = 16.0
    box = QRectF(rect.center().x() - side / 2, rect.center().y() - side / 2, side, side)
    painter.save()
    c = theme().color
    if checked:
        fill = c("accent") if enabled else c("text_disabled")
        paint_box(painter, box, fill, fill, 1, 3)
        painter.setPen(QPen(c("on_accent"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        x, y = box.left(), box.top()
        painter.drawPolyline([QPointF(x + 4, y + 8.3), QPointF(x + 7, y + 11.2), QPointF(x + 12, y + 5)])
    else:
        paint_box(painter, box, c("surface"), c("border_strong") if enabled else c("border"), 1.4, 3)
    painter.restore()


def paint_radio(painter: QPainter, rect: QRectF, checked: bool, enabled: bool = True) -> None:
    """A radio button of 16 × 16 centred in `rect`."""
    center = rect.center()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    c = theme().color
    if checked:
        painter.setPen(QPen(c("accent") if enabled else c("text_disabled"), 4.5))
        painter.setBrush(c("surface"))
        painter.drawEllipse(center, 5.5, 5.5)
    else:
        painter.setPen(QPen(c("border_strong") if enabled else c("border"), 1.4))
        painter.setBrush(c("surface"))
        painter.drawEllipse(center, 7, 7)
    painter.restore()
