"""Files that are about to be put beside a record: what kind each is, what is refused and why, how photos are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.app.records.attaching import Attached, PhotoWish, attach_files, guess_kind, kind_rule, refusal
from desktop.app.workspace import Workspace
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button, CheckBox
from desktop.ui.widgets.code_select import CodeSelect
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import ElidedLabel, Label, rule


def size_words(size: int) -> str:
    """Bytes as KB or MB."""
    return f"{-(-size // 1024):,} KB" if size < 1 << 20 else f"{size / (1 << 20):,.1f} MB"


class _FileRow(QWidget):
    """One file with its kind; says below why it cannot be kept."""

    changed = Signal()

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(8)
        size = path.stat().st_size if path.is_file() else 0
        self.kind = CodeSelect("attachment_kind", self.tr("种类"))
        self.kind.set_value(guess_kind(path))
        self.kind.setFixedWidth(190)
        about = Label(size_words(size), "caption")
        about.setFixedWidth(64)
        row.addWidget(ElidedLabel(path.name), 1)
        row.addWidget(about)
        row.addWidget(self.kind)
        lines.addLayout(row)
        self.why = Label("", "caption", wrap=True)
        self.why.set_tone("danger")
        lines.addWidget(self.why)
        self.kind.currentIndexChanged.connect(lambda _i: self._check())
        self._check()

    def _check(self) -> None:
        self.problem = refusal(self.path, str(self.kind.value()))
        asked = kind_rule(str(self.kind.value())).ask
        self.why.setText(self.problem or asked)
        self.why.set_tone("danger" if self.problem else "")
        self.why.setVisible(bool(self.problem or asked))
        self.changed.emit()


class AddFilesDialog(QDialog):
    """`AddFilesDialog(shell, ws, table, record, paths, place="", parent=None)`: `added(Attached)` after it stands.

    `place` is proposed for the watermark. Ctrl+Enter adds, Esc leaves; files that cannot be kept are left out.
    """

    added = Signal(object)

    def __init__(
        self,
        shell: Shell,
        ws: Workspace,
        table: str,
        record: str,
        paths: Sequence[Path],
        place: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._table, self._record = shell, ws, table, record
        lines, head = begin_dialog(self, self.tr("添加附件"), least=theme().px("dialog_w") + 120)
        lines.addLayout(head)
        lines.addWidget(Label(self.tr("存进登记册后加密，原来的文件不动。"), "second"))
        inner = QWidget()
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(0, 0, 6, 0)
        rows.setSpacing(8)
        self.rows = [_FileRow(path) for path in paths]
        for row in self.rows:
            rows.addWidget(row)
            row.changed.connect(self._tell)
        rows.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        area.setMinimumHeight(min(240, 24 + sum(row.sizeHint().height() + 8 for row in self.rows)))
        lines.addWidget(area, 1)
        self.note = TextField(placeholder=self.tr("备注，可不填"))
        lines.addWidget(self.note)
        self.photos = QWidget()
        photos = QVBoxLayout(self.photos)
        photos.setContentsMargins(0, 0, 0, 0)
        photos.setSpacing(6)
        photos.addWidget(Label(self.tr("照片"), "strong"))
        self.scaled = CheckBox(self.tr("缩到 1600 像素以内，约 300 KB，去掉相机和定位信息"), True)
        self.marked = CheckBox(self.tr("加水印：时间、地点、记录人"))
        self.place = TextField(place, self.tr("地点"))
        self.original = CheckBox(self.tr("原图另存一份"))
        mark = QHBoxLayout()
        mark.setSpacing(8)
        mark.addWidget(self.marked)
        mark.addWidget(self.place, 1)
        photos.addWidget(self.scaled)
        photos.addLayout(mark)
        photos.addWidget(self.original)
        lines.addWidget(self.photos)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        self.stay = Button(self.tr("先不添加"), key="Esc")
        self.go = Button(self.tr("添加"), "primary", key="Ctrl+Enter")
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.write)
        self.scaled.toggled.connect(lambda _on: self._tell())
        self.marked.toggled.connect(lambda _on: self._tell())
        self._tell()

    def set_kind(self, kind: str) -> None:
        """All files are of this kind (a photo asked for by name); photos get their watermark and keep the original."""
        for row in self.rows:
            row.kind.set_value(kind)
        if kind_rule(kind).picture:
            self.marked.setChecked(True)
            self.original.setChecked(True)

    def _good(self) -> list[tuple[Path, str]]:
        return [(row.path, str(row.kind.value())) for row in self.rows if not row.problem]

    def _tell(self) -> None:
        good = self._good()
        bad = len(self.rows) - len(good)
        self.go.setText(self.tr("添加 {n} 个文件").format(n=len(good)))
        self.go.setEnabled(bool(good))
        self.hint.setText(self.tr("{n} 个放不进来，原因写在那一行").format(n=bad) if bad else "")
        self.photos.setVisible(any(kind_rule(kind).picture and kind != "original" for _path, kind in good))
        self.marked.setEnabled(self.scaled.isChecked())
        self.place.setEnabled(self.scaled.isChecked() and self.marked.isChecked())
        self.original.setEnabled(self.scaled.isChecked())

    def wish(self) -> PhotoWish:
        """How photos are to be kept."""
        lines: tuple[str, ...] = ()
        if self.marked.isChecked():
            who = f"{self._ws.user} · {self._ws.unit_name}"
            lines = tuple(line for line in ("{time}", self.place.text().strip(), who) if line)
        scaled = self.scaled.isChecked()
        return PhotoWish(scaled, lines if scaled else (), scaled and self.original.isChecked())

    def write(self) -> None:
        """Put the files in; the dialog stays open when that did not work."""
        files, ws, table, record = self._good(), self._ws, self._table, self._record
        note, wish = self.note.text().strip(), self.wish()
        task = write_once(
            self, self._shell.gates,
            lambda work: attach_files(ws, table, record, files, note, photos=wish, progress=work.progress),
            self._done, kinds=("attachment",), title=self.tr("添加附件"), fail=self._failed,
        )  # fmt: skip
        if task is not None:
            self._shell.show_task(task)

    def _done(self, made: Attached) -> None:
        self.accept()
        self.added.emit(made)

    def _failed(self, error: BaseException) -> None:
        self._tell()
        self._shell.show_error(error, self.tr("添加附件"))
