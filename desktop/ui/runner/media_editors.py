"""Editors of what is no text: photos from file or camera, signature and drawing, sound and other files."""

from __future__ import annotations

import datetime as dt
import importlib.util
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.records.photos import LARGEST_SIDE, prepare_photo
from desktop.common.errors import XiangceError
from desktop.survey.session.nodes import FormNode
from desktop.ui.icons import paint_icon
from desktop.ui.runner.editors import AnswerEditor
from desktop.ui.runner.filling import Filling
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.painting import paint_box, paint_focus_ring

PICTURES = "*.jpg *.jpeg *.png *.webp *.bmp *.tif *.tiff"


def choose_file(parent: QWidget, title: str, kinds: str, take: Callable[[str], object]) -> QFileDialog:
    """Ask for a file without blocking."""
    dialog = QFileDialog(parent.window(), title, "", kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(take)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def camera_available() -> bool:
    """Whether the extra with Qt's camera module is installed and a camera is there."""
    if importlib.util.find_spec("PySide6.QtMultimedia") is None:
        return False
    try:
        from PySide6.QtMultimedia import QMediaDevices
    except ImportError:
        return False
    return bool(QMediaDevices.videoInputs())


class StoredFileEditor(AnswerEditor):
    """Base: keeps bytes under a name and stores the name as the answer."""

    wants_digits = False
    kind = "file"

    def keep(self, data: bytes, suffix: str) -> bool:
        """Keep the content and answer with its name; False when that failed (it was said)."""
        stamp = dt.datetime.now().strftime("%Y%m%d-%H%M%S")  # noqa: DTZ005 a local name, not a record's time
        name = f"{self.view.name}-{self._row_mark()}{stamp}{suffix}"
        try:
            self.filling.give_file(self.node, name, data)
        except XiangceError as error:
            self.said.emit(self.tr("没有存入：{reason}").format(reason=error.message), "danger")
            return False
        return True

    def _row_mark(self) -> str:
        """Positions of the rows it stands in, so that names of two rows differ."""
        marks = []
        node: FormNode | None = self.node
        while node is not None:
            if node.definition.repeat is not None:
                marks.append(str(node.position))
            node = node.parent
        return "".join(f"{mark}-" for mark in reversed(marks))

    def content(self) -> bytes | None:
        """The bytes of the present answer."""
        if not self.node.text or self.filling.media is None:
            return None
        return self.filling.media.get(self.node.text)

    def remove(self) -> None:
        """Take the answer away."""
        if self.node.text and not self.node.readonly:
            before = self.node.text
            self.give("")
            self.said.emit(self.tr("已删，按 Ctrl+Z 找回"), "undo:" + before)

    def words_of(self, text: str) -> str:
        return self.tr("已有一份")


class PhotoEditor(StoredFileEditor):
    """A photo: F10 camera (where the extra is installed), Enter on the picture looks at it, Del takes it away."""

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self.thumb = _Thumb(self)
        row.addWidget(self.thumb)
        side = QVBoxLayout()
        side.setSpacing(4)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        has_camera = camera_available()
        self.camera = Button(self.tr("拍照"), icon="photo", key="F10", small=True, bind=False)
        self.camera.clicked.connect(self.take_photo)
        self.file = Button(self.tr("选照片文件"), icon="file", key="" if has_camera else "F10", small=True, bind=False)
        self.file.clicked.connect(self.choose_photo)
        self.drop = Button(self.tr("删掉"), "quiet", key="Del", small=True, bind=False)
        self.drop.clicked.connect(self.remove)
        for button in (self.camera, self.file, self.drop):
            buttons.addWidget(button)
        buttons.addStretch(1)
        side.addLayout(buttons)
        self.note = Label("", "caption", wrap=True)
        side.addWidget(self.note)
        side.addStretch(1)
        row.addLayout(side, 1)
        self.camera.setVisible(has_camera)
        self._has_camera = has_camera
        self._shown: str | None = None
        self.setFocusProxy(self.thumb)
        self.refresh()

    def target(self) -> QWidget:
        return self.thumb

    def wants_photo(self) -> bool:
        return not self.node.readonly

    def take_photo(self) -> bool:
        if self.node.readonly:
            return True
        if self._has_camera:
            from desktop.ui.runner.camera import CameraDialog

            dialog = CameraDialog(self.window())
            dialog.taken.connect(self.use)
            dialog.open()
        else:
            self.choose_photo()
        return True

    def choose_photo(self) -> None:
        """A photo from a file (a phone's card, a stick)."""

        def take(path: str) -> None:
            try:
                self.use(Path(path).read_bytes())
            except OSError:
                self.said.emit(self.tr("这个文件读不出来，没有存入"), "danger")

        choose_file(self, self.tr("选照片"), self.tr("照片 ({kinds})").format(kinds=PICTURES), take)

    def use(self, data: bytes) -> None:
        """Make small, mark with time, place and name, keep."""
        control = self.filling.session.form.questions[self.node.definition.path]
        limit = control.attributes.get("orx:max-pixels") or self.node.definition.bind.attributes.get("orx:max-pixels")
        largest = int(limit) if limit and limit.isdigit() else LARGEST_SIDE
        try:
            photo = prepare_photo(data, self.filling.watermark(), largest=largest)
        except XiangceError as error:
            self.said.emit(error.message, "danger")
            return
        if self.keep(photo.data, ".jpg"):
            self.said.emit(
                self.tr("照片模糊，建议重拍") if photo.blurred else self.tr("已存进本户，不留在相册"),
                "warning" if photo.blurred else "success",
            )

    def refresh(self) -> None:
        for button in (self.camera, self.file):
            button.setEnabled(not self.node.readonly)
        self.drop.setVisible(bool(self.node.text) and not self.node.readonly)
        if self.node.text == self._shown:
            return
        self._shown = self.node.text
        data = self.content()
        picture = QPixmap()
        if data is not None:
            picture.loadFromData(data)
        self.thumb.show_picture(picture, bool(self.node.text))
        if self.node.text:
            kb = len(data) // 1024 if data else 0
            self.note.setText(
                self.tr("照片文件不在这台电脑上") if data is None else self.tr("已存，{n} KB").format(n=max(kb, 1))
            )
        else:
            self.note.setText("" if self._has_camera else self.tr("本机没有摄像头组件，从文件选"))

    def look(self) -> None:
        """The picture at its full size."""
        data = self.content()
        picture = QPixmap()
        if data is None or not picture.loadFromData(data):
            return
        dialog = QDialog(self.window())
        dialog.setWindowTitle(self.tr("照片"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        lines = QVBoxLayout(dialog)
        lines.setContentsMargins(0, 0, 0, 0)
        from PySide6.QtWidgets import QLabel

        shown = QLabel()
        room = self.window().size() - QSize(80, 80)
        shown.setPixmap(
            picture.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
            if picture.width() > room.width() or picture.height() > room.height()
            else picture
        )
        lines.addWidget(shown)
        dialog.open()


class _Thumb(QWidget):
    """The small picture, or a dashed frame where one is wanted."""

    def __init__(self, owner: PhotoEditor) -> None:
        super().__init__(owner)
        self._owner = owner
        self._picture = QPixmap()
        self._there = False
        self.setFixedSize(96, 72)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(owner.view.label or "")

    def show_picture(self, picture: QPixmap, there: bool) -> None:
        """Show a picture (null: none)."""
        self._picture, self._there = picture, there
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self._owner.remove()
        elif event.key() == Qt.Key.Key_Space:
            self._owner.look() if self._there else self._owner.take_photo()
        else:
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._owner.look() if self._there else self._owner.take_photo()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        box = QRectF(self.rect())
        if self._there and not self._picture.isNull():
            paint_box(painter, box, c("sunken"), c("border"), 1, theme().radius("control"))
            scaled = self._picture.scaled(
                self.size() - QSize(4, 4), Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )  # fmt: skip
            painter.drawPixmap((self.width() - scaled.width()) // 2, (self.height() - scaled.height()) // 2, scaled)
        else:
            pen = QPen(c("border_strong"), 1, Qt.PenStyle.DashLine)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(pen)
            painter.setBrush(c("surface"))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            mark = QRectF(box.center().x() - 10, box.center().y() - 10, 20, 20)
            paint_icon(painter, mark, "alert" if self._there else "photo", c("text_3"))
        if self.hasFocus():
            paint_focus_ring(painter, self.rect(), theme().radius("control"))


class FileEditor(StoredFileEditor):
    """Sound, video or any file, chosen from the disk."""

    LARGEST = 64 << 20

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        control = filling.session.form.questions[node.definition.path]
        self.media = control.media_type.partition("/")[0]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        words = {"audio": self.tr("选录音文件"), "video": self.tr("选视频文件")}
        self.choose_button = Button(words.get(self.media, self.tr("选文件")), icon="file", key="F10", bind=False)
        self.choose_button.clicked.connect(self.take_photo)
        self.drop = Button(self.tr("删掉"), "quiet", key="Del", small=True, bind=False)
        self.drop.clicked.connect(self.remove)
        self.note = Label("", "second")
        for widget in (self.choose_button, self.note, self.drop):
            row.addWidget(widget)
        row.addStretch(1)
        self.setFocusProxy(self.choose_button)
        self.refresh()

    def target(self) -> QWidget:
        return self.choose_button

    def take_photo(self) -> bool:
        if self.node.readonly:
            return True
        kinds = {
            "audio": self.tr("录音 (*.m4a *.mp3 *.wav *.aac *.amr *.ogg)"),
            "video": self.tr("视频 (*.mp4 *.mov *.avi *.3gp)"),
        }.get(self.media, self.tr("所有文件 (*)"))
        choose_file(self, self.choose_button.text(), kinds, self.use)
        return True

    def use(self, path: str) -> None:
        """Keep a file."""
        source = Path(path)
        try:
            if not 0 < source.stat().st_size <= self.LARGEST:
                self.said.emit(self.tr("是空文件，或超过 64 MB；没有存入"), "danger")
                return
            data = source.read_bytes()
        except OSError:
            self.said.emit(self.tr("这个文件读不出来，没有存入"), "danger")
            return
        if self.keep(data, source.suffix.lower()[:8]):
            self.said.emit(self.tr("已存进本户"), "success")

    def refresh(self) -> None:
        self.choose_button.setEnabled(not self.node.readonly)
        self.drop.setVisible(bool(self.node.text) and not self.node.readonly)
        data = self.content()
        if not self.node.text:
            self.note.setText("")
        elif data is None:
            self.note.setText(self.tr("文件不在这台电脑上"))
        else:
            self.note.setText(self.tr("已存，{n} KB").format(n=max(1, len(data) // 1024)))
