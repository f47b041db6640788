"""Signatures and drawings: a pad for mouse, pen or finger; on a picture with the appearance `annotate`."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.survey.session.nodes import FormNode
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.media_editors import PICTURES, StoredFileEditor, choose_file
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.painting import paint_focus_ring


def png(image: QImage) -> bytes:
    """A picture as PNG."""
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub knows bytes alone
    return bytes(held.data())


class DrawPad(QWidget):
    """`DrawPad(parent=None)`: draws with mouse, pen or finger; `drawn()` after each stroke, `image()`, `clear()`."""

    drawn = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strokes: list[list[QPointF]] = []
        self.background = QImage()
        self.setFixedSize(480, 180)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_background(self, image: QImage) -> None:
        """Draw on a picture (or on the drawing kept before)."""
        self.background = image
        self.strokes = []
        self.update()

    def is_empty(self) -> bool:
        """Whether nothing was drawn and there is no ground."""
        return not self.strokes and self.background.isNull()

    def image(self) -> QImage:
        """What is on the pad, at twice its size, on white."""
        image = QImage(self.size() * 2, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.scale(2, 2)
        self._draw(painter, Qt.GlobalColor.black)
        painter.end()
        return image

    def undo(self) -> None:
        """Take the last stroke away."""
        if self.strokes:
            self.strokes.pop()
            self.update()
            self.drawn.emit()

    def clear(self) -> None:
        """Begin anew."""
        self.strokes = []
        self.background = QImage()
        self.update()
        self.drawn.emit()

    def _draw(self, painter: QPainter, ink: Qt.GlobalColor) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if not self.background.isNull():
            size = self.background.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
            painter.drawImage(QRectF(left, top, size.width(), size.height()), self.background)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink, 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        for stroke in self.strokes:
            path = QPainterPath(stroke[0])
            for point in stroke[1:]:
                path.lineTo(point)
            if len(stroke) == 1:
                path.lineTo(stroke[0] + QPointF(0.1, 0))
            painter.drawPath(path)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.isEnabled():
            self.strokes.append([event.position()])
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.strokes and event.buttons():
            self.strokes[-1].append(event.position())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.drawn.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace:
            self.undo()
        elif event.key() == Qt.Key.Key_Delete:
            self.clear()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        # ink on white in both themes, as it will be printed
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(c("border_strong"), 1))
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        self._draw(painter, Qt.GlobalColor.black)
        if self.hasFocus():
            paint_focus_ring(painter, self.rect(), theme().radius("control"))


class DrawEditor(StoredFileEditor):
    """A signature or drawing: kept after a short pause; with `annotate` on a picture that is chosen first."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(6)
        self.pad = DrawPad()
        self.pad.setAccessibleName(self.view.label or self.view.name)
        if "annotate" in self.view.appearance or "draw" in self.view.appearance:
            self.pad.setFixedSize(560, 320)
        lines.addWidget(self.pad)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.ground = Button(self.tr("选底图"), icon="file", key="F10", small=True, bind=False)
        self.ground.clicked.connect(self.take_photo)
        self.back = Button(self.tr("退一笔"), "quiet", key="Backspace", small=True, bind=False)
        self.anew = Button(self.tr("重来"), "quiet", key="Del", small=True, bind=False)
        self.back.clicked.connect(self.pad.undo)
        self.anew.clicked.connect(self.pad.clear)
        for button in (self.ground, self.back, self.anew):
            row.addWidget(button)
        self.note = Label("", "caption")
        row.addWidget(self.note)
        row.addStretch(1)
        lines.addLayout(row)
        self.ground.setVisible("annotate" in self.view.appearance)  # not before it has a parent: a window would open
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(600)
        self._soon.timeout.connect(self.commit)
        self.pad.drawn.connect(self._soon.start)
        self._mine = ""
        self.setFocusProxy(self.pad)
        self.refresh()

    def target(self) -> QWidget:
        return self.pad

    def take_photo(self) -> bool:
        if "annotate" not in self.view.appearance or self.node.readonly:
            return False

        def take(path: str) -> None:
            image = QImage(path)
            if image.isNull():
                self.said.emit(self.tr("这个文件不是能用的图片"), "danger")
                return
            self.pad.set_background(image.scaled(1600, 1600, Qt.AspectRatioMode.KeepAspectRatio))
            self.commit()

        choose_file(self, self.tr("选底图"), self.tr("照片 ({kinds})").format(kinds=PICTURES), take)
        return True

    def commit(self) -> None:
        if not self._soon.isActive() and (not self.pad.strokes or self._mine):
            return
        self._soon.stop()
        if self.pad.is_empty():
            if self.node.text:
                self.give("")
            return
        if self.keep(png(self.pad.image()), ".png"):
            self._mine = self.node.text
            self.note.setText(self.tr("已存"))

    def refresh(self) -> None:
        self.pad.setEnabled(not self.node.readonly)
        if self.node.text == self._mine:
            return
        self._mine = self.node.text
        data = self.content()
        image = QImage()
        if data is not None:
            image.loadFromData(data)
        self.pad.set_background(image)
        self.note.setText(self.tr("已存") if self.node.text else "")

    def words_of(self, text: str) -> str:
        return self.tr("已签")
