"""附件: the files of any record, as a tab of its detail: added by dialog or by dropping them, shown, saved, removed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QImageReader
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from desktop.app.records.attaching import (
    HOLDERS,
    Attached,
    AttachmentLine,
    attachment_content,
    attachments_of,
    count_attachments,
    remove_attachment,
)
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import RIGHT_OF_TABLE, Workspace
from desktop.ui.dialogs.add_files_dialog import AddFilesDialog, size_words
from desktop.ui.dialogs.photo_viewer import PhotoViewer, can_view, save_attachment_as
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.attachment_grid import PICTURE, AttachmentGrid
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.workers import Priority


class AttachmentsTab(RecordTab):
    """Files of the record shown; any pane whose table may have files lists it."""

    key = "attachments"
    scrolls = False

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: AddFilesDialog | None = None
        self.viewer: PhotoViewer | None = None
        self._record = ""
        self.may_add = pane.table in HOLDERS and self.ws.may(RIGHT_OF_TABLE[pane.table])
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setSpacing(0)
        self.grid = AttachmentGrid()
        add_here = Button(self.tr("添加文件"), "primary", small=True)
        add_here.clicked.connect(self.choose)
        hint = self.tr("照片、合同、会议记录都可以，也可以拖到这里") if self.may_add else ""
        self.nothing = EmptyState("photo", self.tr("还没有附件"), hint, [add_here] if self.may_add else [])
        head = QHBoxLayout()
        head.setContentsMargins(14, 8, 14, 4)
        self.about = Label("", "second")
        self.add_button = Button(self.tr("添加文件"), icon="plus", small=True)
        self.add_button.clicked.connect(self.choose)
        head.addWidget(self.about)
        head.addStretch(1)
        head.addWidget(self.add_button)
        full = QWidget()
        rows = QVBoxLayout(full)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(head)
        rows.addWidget(self.grid, 1)
        self.bar = ActionBar()
        self.chosen = Label("", "second")
        self.view_button = Button(self.tr("查看"), "primary", key="Enter")
        self.save_button = Button(self.tr("存为文件"), icon="save")
        self.remove_button = Button(self.tr("移除"), icon="minus", key="Del")
        self.bar.add_left(self.chosen)
        for button, wanted in (
            (self.remove_button, self.may_add),
            (self.save_button, self.ws.may("plain-export")),
            (self.view_button, True),
        ):
            if wanted:
                self.bar.add_right(button)
        rows.addWidget(self.bar)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.nothing)
        self._stack.addWidget(full)
        self.lines.addWidget(holder, 1)
        self.add_button.setVisible(self.may_add)
        self.setAcceptDrops(self.may_add)
        self.grid.wanted.connect(self._fetch)
        self.grid.opened.connect(self.view)
        self.grid.remove_asked.connect(self.remove)
        self.grid.current_changed.connect(self._chosen)
        self.view_button.clicked.connect(lambda: self.view(self.grid.current()))
        self.save_button.clicked.connect(self.save)
        self.remove_button.clicked.connect(lambda: self.remove(self.grid.current()))

    @classmethod
    def word(cls) -> str:
        return "附件"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        return str(count_attachments(ws, record) or "")

    def load(self, record: str) -> tuple[str, Sequence[AttachmentLine]]:
        return record, attachments_of(self.ws, record)

    def show_data(self, _detail: Any, data: tuple[str, Sequence[AttachmentLine]]) -> None:
        self._record, files = data
        self.grid.show_lines(files)
        total = sum(line.size for line in files) / (1 << 20)
        self.about.setText(self.tr("{n} 个文件，{m:,.1f} MB，加密存放").format(n=len(files), m=total))
        self._stack.setCurrentIndex(1 if files else 0)

    # -- pictures ----------------------------------------------------------------------------------------------

    def _fetch(self, line: AttachmentLine) -> None:
        ws, ratio = self.ws, self.devicePixelRatioF()
        self.shell.gates.read(
            lambda _w: small_picture(attachment_content(ws, line), PICTURE * 1.5 * ratio),
            lambda image: self.grid.set_picture(line.sha256, image),
            owner=self,
            priority=Priority.AHEAD,
            fail=lambda _error: self.grid.set_picture(line.sha256, None),  # the viewer says what is the matter
        )

    def _chosen(self, line: AttachmentLine | None) -> None:
        words = ""
        if line is not None:
            when = line.taken_at.replace("T", " ")[:16]
            taken = self.tr("{when} 拍").format(when=when) if when else ""
            words = "，".join(part for part in (line.kind_word, size_words(line.size), taken, line.note) if part)
        self.chosen.setText(words)
        self.view_button.setEnabled(line is not None and can_view(line))
        self.save_button.setEnabled(line is not None)
        self.remove_button.setEnabled(line is not None)

    # -- actions -----------------------------------------------------------------------------------------------

    def choose(self) -> None:
        """Ask for files to add."""
        names, _kind = QFileDialog.getOpenFileNames(self, self.tr("添加文件"))
        if names:
            self.add([Path(name) for name in names])

    def add(self, paths: Sequence[Path]) -> None:
        """Show what is about to be added; nothing is kept before the person says so."""
        if not self._record or not self.may_add:
            return
        place = "".join(str(part) for part in _place_of(self.pane.shown) if part)
        self.dialog = AddFilesDialog(self.shell, self.ws, self.pane.table, self._record, paths, place, self)
        self.dialog.added.connect(self._added)
        self.dialog.open()

    def _added(self, made: Attached) -> None:
        ws, gates, title = self.ws, self.shell.gates, self.tr("撤回添加")
        self.shell.toast(
            self.tr("已添加 {n} 个文件").format(n=len(made.ids)),
            lambda: gates.write(lambda _w: take_back_unit(ws, made.unit_id), kinds=("attachment",), title=title),
        )

    def view(self, line: AttachmentLine | None) -> None:
        """Open the viewer at a file; what it cannot show is offered as a file."""
        if line is None:
            return
        if not can_view(line):
            self.shell.toast(self.tr("这种文件要存出去再打开"))
            return
        self.viewer = PhotoViewer(self.shell, self.ws, self.grid.lines(), line.id, self)
        self.viewer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.viewer.open()

    def save(self) -> None:
        """The current file as a plain file, for a purpose; logged."""
        line = self.grid.current()
        if line is not None:
            save_attachment_as(self.shell, self.ws, line, self)

    def remove(self, line: AttachmentLine | None) -> None:
        """Take a file from the record; undo brings it back."""
        if line is None or not self.may_add:
            return
        ws, gates, title = self.ws, self.shell.gates, self.tr("恢复附件")
        gates.write(
            lambda _w: remove_attachment(ws, line.id),
            lambda unit: self.shell.toast(
                self.tr("已移除 {name}").format(name=line.name),
                lambda: gates.write(lambda _w: take_back_unit(ws, unit), kinds=("attachment",), title=title),
            ),
            owner=self,
            kinds=("attachment",),
            title=self.tr("移除附件"),
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.add(paths)


def small_picture(data: bytes, size: QSize) -> QImage | None:
    """A picture no larger than `size`, decoded at that size; None when it cannot be read. On a worker thread."""
    bytes_ = QByteArray(data)
    buffer = QBuffer(bytes_)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    full = reader.size()
    if full.isValid():
        scaled = full.scaled(size, Qt.AspectRatioMode.KeepAspectRatio)
        if scaled.width() < full.width():
            reader.setScaledSize(scaled)
    image = reader.read()
    return None if image.isNull() else image


def _place_of(detail: Any) -> tuple[Any, ...]:
    """Village, group and address of the record shown, for the watermark."""
    values = getattr(detail, "values", None) or (detail if isinstance(detail, dict) else {})
    return (getattr(detail, "village", ""), values.get("group_name"), values.get("address"))
