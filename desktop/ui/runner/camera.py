"""Takes a photo with the machine's camera; needs the extra with Qt's add-on modules (PySide6-Addons)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label


class CameraDialog(QDialog):
    """`CameraDialog(parent)`: the live picture; Enter or Space takes the photo: `taken(bytes)`."""

    taken = Signal(bytes)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from PySide6 import QtMultimedia, QtMultimediaWidgets

        self.setWindowTitle(self.tr("拍照"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        lines = QVBoxLayout(self)
        self._view: Any = QtMultimediaWidgets.QVideoWidget()
        self._view.setMinimumSize(640, 480)
        lines.addWidget(self._view, 1)
        row = QHBoxLayout()
        self._said = Label(self.tr("不拍人脸；拍下即存入本户"), "caption")
        row.addWidget(self._said, 1)
        stay = Button(self.tr("不拍"), key="Esc")
        self._go = Button(self.tr("拍下"), "primary", "photo", "Enter")
        stay.clicked.connect(self.reject)
        self._go.clicked.connect(self._take)
        row.addWidget(stay)
        row.addWidget(self._go)
        lines.addLayout(row)
        self._camera: Any = QtMultimedia.QCamera(self)
        self._capture: Any = QtMultimedia.QImageCapture(self)
        self._session: Any = QtMultimedia.QMediaCaptureSession(self)
        self._session.setCamera(self._camera)
        self._session.setImageCapture(self._capture)
        self._session.setVideoOutput(self._view)
        self._capture.imageCaptured.connect(self._captured)
        self._capture.errorOccurred.connect(lambda *_: self._said.setText(self.tr("没有拍到，再试或选文件")))
        self._camera.errorOccurred.connect(lambda *_: self._said.setText(self.tr("摄像头打不开，可改选照片文件")))
        self._camera.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F10):
            self._take()
        else:
            super().keyPressEvent(event)

    def _take(self) -> None:
        self._capture.capture()

    def _captured(self, _number: int, image: Any) -> None:
        held = QByteArray()
        buffer = QBuffer(held)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "JPG", 92)
        self.taken.emit(bytes(held.data()))
        self.accept()

    def done(self, result: int) -> None:
        self._camera.stop()
        super().done(result)
