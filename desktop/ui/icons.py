"""The product's own line icons, tinted from the tokens: as QIcon for Qt's widgets, or painted into a rectangle."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop.common.resources import resource_path
from desktop.ui.theme import theme

SIZES = (14, 16, 20, 28, 32)


@lru_cache(maxsize=128)
def _renderer(name: str) -> QSvgRenderer:
    data = resource_path("icons", f"{name}.svg").read_bytes()
    return QSvgRenderer(QByteArray(data))


@lru_cache(maxsize=2048)
def _tinted(name: str, pixels: int, rgba: int) -> QPixmap:
    """The icon as a square of `pixels` physical pixels in one colour."""
    image = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name).render(painter, QRectF(0, 0, pixels, pixels))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(image.rect(), QColor.fromRgba(rgba))
    painter.end()
    return QPixmap.fromImage(image)


def icon_pixmap(name: str, size: int, color: QColor, ratio: float = 1.0) -> QPixmap:
    """Icon of `size` logical pixels in a colour, for a device pixel ratio."""
    pixmap = QPixmap(_tinted(name, max(1, round(size * ratio)), color.rgba()))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def paint_icon(painter: QPainter, rect: QRect | QRectF, name: str, color: QColor) -> None:
    """Paint an icon centred in `rect`, as large as its shorter side."""
    box = QRectF(rect)
    size = min(box.width(), box.height())
    ratio = painter.device().devicePixelRatioF() if painter.device() is not None else 1.0
    left = box.center().x() - size / 2
    top = box.center().y() - size / 2
    target = QRectF(round(left * ratio) / ratio, round(top * ratio) / ratio, size, size)
    painter.drawPixmap(target.topLeft(), icon_pixmap(name, round(size), color, ratio))


def icon(name: str, role: str = "text_2", selected_role: str = "accent") -> QIcon:
    """A QIcon with its normal, disabled and selected look in the current theme."""
    made = QIcon()
    looks = (
        (QIcon.Mode.Normal, role),
        (QIcon.Mode.Active, role),
        (QIcon.Mode.Disabled, "text_disabled"),
        (QIcon.Mode.Selected, selected_role),
    )
    for mode, color_role in looks:
        for size in SIZES:
            for ratio in (1.0, 2.0):
                pixmap = icon_pixmap(name, size, theme().color(color_role), ratio)
                made.addPixmap(pixmap, mode, QIcon.State.Off)
    return made


def paint_mark(painter: QPainter, rect: QRectF, radius: float | None = None) -> None:
    """Paint the product's mark, a seal with 册, filling `rect`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().color("seal"))
    corner = rect.width() * 0.1 if radius is None else radius
    painter.drawRoundedRect(rect, corner, corner)
    font = QFont()
    font.setFamilies(["Noto Serif SC", "Noto Serif CJK SC", *theme().families])
    font.setWeight(QFont.Weight.Bold)
    font.setPixelSize(max(6, round(rect.height() * 0.6)))
    painter.setFont(font)
    painter.setPen(theme().color("surface") if theme().mode == "light" else theme().color("on_accent"))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, "册")
    painter.restore()


def window_icon() -> QIcon:
    """The application's icon at the usual sizes, drawn from the tokens."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_mark(painter, QRectF(0, 0, size, size))
        painter.end()
        made.addPixmap(pixmap)
    return made
