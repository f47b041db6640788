"""Shows photos and papers of a record from memory: zoom, next and previous, rotate, print, save as a plain file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeySequence,
    QMouseEvent,
    QPageLayout,
    QPainter,
    QPaintEvent,
    QShortcut,
    QTransform,
    QWheelEvent,
)
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.records.attaching import AttachmentLine, attachment_content, log_photo_print, write_attachment
from desktop.app.workspace import Workspace
from desktop.reports.preview import Preview
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import ElidedLabel, Label

MOST_PAGES = 40
"""Pages of a PDF that are shown; a longer one is saved and read elsewhere."""
PDF_SCALE = 2.0


@dataclass(frozen=True)
class Shown:
    """What a file looks like: its pages as pictures (one for a photo), or why it cannot be shown."""

    pages: tuple[QImage, ...]
    problem: str = ""


def can_view(line: AttachmentLine) -> bool:
    """Whether the viewer shows it: pictures and PDF."""
    return line.picture or line.mime == "application/pdf"


def pictures_of(ws: Workspace, line: AttachmentLine) -> Shown:
    """Decrypts and decodes a file in memory; on a worker thread. Raises AttachmentMissing, FileDamaged."""
    data = attachment_content(ws, line)
    if line.mime == "application/pdf":
        try:
            with Preview(data) as pdf:
                pictures = [pdf.render(i, PDF_SCALE) for i in range(min(pdf.page_count, MOST_PAGES))]
        except ValueError:
            return Shown((), "这份 PDF 打不开，可能没有传完。")
        form = QImage.Format.Format_RGBA8888
        return Shown(tuple(QImage(p.rgba, p.width, p.height, form).copy() for p in pictures))
    image = QImage.fromData(data)
    return Shown((image,)) if not image.isNull() else Shown((), "这张照片打不开，可能没有传完。")


class PhotoCanvas(QWidget):
    """`PhotoCanvas(parent=None)`: `show_image(image)`; wheel and + − zoom, drag moves, `rotate()`, `fit()`."""

    zoomed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._turn = 0
        self._scale = 0.0
        self._shift = QPointF()
        self._grip: QPointF | None = None
        self.setMinimumSize(320, 240)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def show_image(self, image: QImage) -> None:
        """Show a picture, fitted."""
        self._image, self._turn = image, 0
        self.fit()

    def image(self) -> QImage:
        """The picture as it is turned."""
        return self._image.transformed(QTransform().rotate(self._turn)) if self._turn else self._image

    def fit(self) -> None:
        """The whole picture inside the window, never enlarged."""
        self._scale, self._shift = 0.0, QPointF()
        self.update()
        self.zoomed.emit()

    def scale(self) -> float:
        """How many screen pixels a picture's pixel takes."""
        if self._scale:
            return self._scale
        size = self.image().size()
        if size.isEmpty():
            return 1.0
        return min(1.0, self.width() / size.width(), self.height() / size.height())

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Enlarge or reduce around a point (the middle when none is given)."""
        old = self.scale()
        new = min(8.0, max(0.05, old * factor))
        point = (at or QPointF(self.rect().center())) - QPointF(self.rect().center())
        self._shift = point - (point - self._shift) * (new / old)
        self._scale = new
        self.update()
        self.zoomed.emit()

    def rotate(self) -> None:
        """A quarter turn to the right; only on the screen and on paper, the file stays as it is."""
        self._turn = (self._turn + 90) % 360
        self.fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("sunken"))
        image = self.image()
        if image.isNull():
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        width, height = image.width() * self.scale(), image.height() * self.scale()
        middle = QPointF(self.rect().center()) + self._shift
        painter.drawImage(QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height), image)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(1.2 if event.angleDelta().y() > 0 else 1 / 1.2, event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grip = event.position() - self._shift

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._scale = self.scale()
            self._shift = event.position() - self._grip
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._scale:
            self.fit()
        else:
            self.zoom(1 / self.scale(), event.position())


class PhotoViewer(QDialog):
    """`PhotoViewer(shell, ws, lines, current, parent=None)`: ← → next file, PgUp PgDn pages, + − 0 zoom, R rotate.

    Ctrl+P prints (logged), Ctrl+E saves as a plain file for a stated purpose (logged; only where the role may).
    """

    def __init__(
        self,
        shell: Shell,
        ws: Workspace,
        lines: Sequence[AttachmentLine],
        current: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shell, self._ws = shell, ws
        self._lines = [line for line in lines if can_view(line)]
        self._at = next((i for i, line in enumerate(self._lines) if line.id == current), 0)
        self._page = 0
        self._shown = Shown(())
        self.setWindowTitle(self.tr("查看附件"))
        self.resize(1000, 640)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        bar = QHBoxLayout()
        bar.setContentsMargins(14, 8, 14, 8)
        bar.setSpacing(8)
        self.name = ElidedLabel("", "bold")
        self.place = Label("", "second")
        bar.addWidget(self.name, 1)
        bar.addWidget(self.place)
        self.back = self._button(bar, self.tr("上一个"), "left", "Left", lambda: self.step(-1))
        self.forth = self._button(bar, self.tr("下一个"), "right", "Right", lambda: self.step(1))
        self.smaller = self._button(bar, self.tr("缩小"), "minus", "-", lambda: self.canvas.zoom(1 / 1.25))
        self.larger = self._button(bar, self.tr("放大"), "plus", "+", lambda: self.canvas.zoom(1.25))
        self.turn = self._button(bar, self.tr("向右转"), "turn", "R", lambda: self.canvas.rotate())
        self.print_button = Button(self.tr("打印"), icon="print", key="Ctrl+P", small=True)
        self.print_button.clicked.connect(self.send_to_printer)
        if ws.may("print"):
            bar.addWidget(self.print_button)
        self.save_button = Button(self.tr("存为文件"), icon="save", key="Ctrl+E", small=True)
        self.save_button.clicked.connect(self.save)
        if ws.may("plain-export"):
            bar.addWidget(self.save_button)
        self.close_button = Button(self.tr("关闭"), key="Esc", small=True)
        self.close_button.clicked.connect(self.reject)
        bar.addWidget(self.close_button)
        rows.addLayout(bar)
        self.canvas = PhotoCanvas()
        self.message = Label("", "second")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        rows.addWidget(self.canvas, 1)
        rows.addWidget(self.message, 1)
        self.message.hide()
        for keys, act in (
            ("0", self.canvas.fit),
            ("PgDown", lambda: self.turn_page(1)),
            ("PgUp", lambda: self.turn_page(-1)),
            ("=", lambda: self.canvas.zoom(1.25)),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)
        self.canvas.zoomed.connect(self._tell)
        self._fetch()

    def _button(self, bar: QHBoxLayout, word: str, icon: str, key: str, act: Callable[[], object]) -> Button:
        button = Button(icon=icon, tip=word, small=True)
        button.clicked.connect(lambda: act())
        QShortcut(QKeySequence(key), self).activated.connect(lambda: act())
        bar.addWidget(button)
        return button

    # -- what is shown -----------------------------------------------------------------------------------------

    def line(self) -> AttachmentLine:
        """The file shown."""
        return self._lines[self._at]

    def step(self, by: int) -> None:
        """To the next or previous file; stays at the ends."""
        there = min(max(self._at + by, 0), len(self._lines) - 1)
        if there != self._at:
            self._at = there
            self._fetch()

    def turn_page(self, by: int) -> None:
        """To the next or previous page of a PDF."""
        there = min(max(self._page + by, 0), len(self._shown.pages) - 1)
        if 0 <= there != self._page:
            self._page = there
            self.canvas.show_image(self._shown.pages[there])

    def ready(self) -> bool:
        """Whether the picture (or why there is none) is on the screen."""
        return bool(self._shown.pages or self._shown.problem)

    def _fetch(self) -> None:
        ws, line = self._ws, self.line()
        self._shown, self._page = Shown(()), 0
        self._tell()

        def fail(error: BaseException) -> None:
            self._show(line, Shown((), str(getattr(error, "message", "")) or self.tr("没取到，数据还在")))

        self._shell.gates.read(
            lambda _w: pictures_of(ws, line),
            lambda shown: self._show(line, shown),
            owner=self,
            key=f"viewer-{id(self)}",
            fail=fail,
        )

    def _show(self, line: AttachmentLine, shown: Shown) -> None:
        if line.id != self.line().id:
            return
        self._shown = shown
        self.canvas.setVisible(bool(shown.pages))
        self.message.setVisible(not shown.pages)
        self.message.setText(shown.problem)
        if shown.pages:
            self.canvas.show_image(shown.pages[0])
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell()

    def _tell(self) -> None:
        line, pages = self.line(), len(self._shown.pages)
        when = line.taken_at.replace("T", " ")[:16]
        self.name.setText("  ".join(part for part in (line.kind_word, line.name, when, line.note) if part))
        words = self.tr("第 {a} 个，共 {n} 个").format(a=self._at + 1, n=len(self._lines))
        if pages > 1:
            words += self.tr("；第 {a} 页，共 {n} 页").format(a=self._page + 1, n=pages)
        if pages:
            words += self.tr("；{p}%").format(p=round(self.canvas.scale() * 100))
        self.place.setText(words)
        self.back.setEnabled(self._at > 0)
        self.forth.setEnabled(self._at + 1 < len(self._lines))
        for button in (self.smaller, self.larger, self.turn, self.print_button):
            button.setEnabled(bool(pages))

    # -- leaving the register ----------------------------------------------------------------------------------

    def send_to_printer(self) -> None:
        """Ctrl+P: the system's print dialog, then the page as it is turned."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        image = self.canvas.image()
        wide = image.width() > image.height()
        side = QPageLayout.Orientation.Landscape if wide else QPageLayout.Orientation.Portrait
        printer.setPageOrientation(side)
        if QPrintDialog(printer, self).exec() == QPrintDialog.DialogCode.Accepted:
            self.print_on(printer)

    def print_on(self, printer: QPrinter) -> None:
        """Draw the picture as large as the page holds, with name and time below; it is written down."""
        painter = QPainter()
        if not painter.begin(printer):
            self._shell.toast(self.tr("打印机没有响应，没有打印"))
            return
        image, line, ws = self.canvas.image(), self.line(), self._ws
        page = QRectF(painter.viewport())
        words = page.height() * 0.04
        room = page.adjusted(0, 0, 0, -words)
        size = image.size().scaled(room.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawImage(QRectF((room.width() - size.width()) / 2, 0, size.width(), size.height()), image)
        painter.setFont(theme().font("caption"))
        when = line.taken_at.replace("T", " ")[:16]
        below = QRectF(page.left(), page.bottom() - words, page.width(), words)
        text = "  ".join(part for part in (line.kind_word, line.name, when) if part)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        self._shell.gates.write(lambda _w: log_photo_print(ws), title=self.tr("记打印"))
        self._shell.toast(self.tr("已送打印机"))

    def save(self) -> None:
        """Ctrl+E: why, and where to."""
        save_attachment_as(self._shell, self._ws, self.line(), self)


def save_attachment_as(shell: Shell, ws: Workspace, line: AttachmentLine, parent: QWidget) -> ReasonDialog:
    """Ask what for and where to, then write the file out; the export is logged."""
    dialog = ReasonDialog(
        parent.tr("存为文件：{name}").format(name=line.name),
        parent.tr("存出去的文件不再加密。谁、什么时候、做什么用，会记在导出记录里。"),
        parent.tr("选位置"),
        parent.tr("先不存"),
        parent,
    )
    dialog.field.setPlaceholderText(parent.tr("用途，如 报县局核查"))

    def choose() -> None:
        option = QFileDialog.Option.DontConfirmOverwrite  # an existing file is never overwritten: the service says so
        name, _kind = QFileDialog.getSaveFileName(parent, parent.tr("存为文件"), line.name, options=option)
        if name:
            save_attachment_to(shell, ws, line, Path(name), dialog.reason())

    dialog.accepted.connect(choose)
    dialog.open()
    return dialog


def save_attachment_to(shell: Shell, ws: Workspace, line: AttachmentLine, target: Path, purpose: str) -> None:
    """Write the file out and say so."""
    shell.gates.write(
        lambda _w: write_attachment(ws, line.id, target, purpose),
        lambda _n: shell.toast(f"已存为 {target.name}，记入导出记录"),
        title="存为文件",
    )
