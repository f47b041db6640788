"""整改 of a problem: photos before, after and at the re-check; what may come next and what still bars it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFileDialog

from desktop.app.cases.cases import CaseDetail, case_facts
from desktop.app.records.attaching import AttachmentLine, attachment_content, attachments_of
from desktop.ui.dialogs.add_files_dialog import AddFilesDialog
from desktop.ui.dialogs.photo_viewer import PhotoViewer
from desktop.ui.pages.attachments_tab import small_picture
from desktop.ui.pages.case_pane import StepsTab
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.widgets.photo_strip import PhotoPlace, PhotoStrip
from desktop.ui.workers import Priority

WANTED = {"photo_problem": (), "photo_mended": ("assigned",), "photo_recheck": ("done",)}
"""Kinds of photo → the states in which one is missed."""


class FindingStepsTab(StepsTab):
    """The steps of a problem with its photos."""

    facts = ("what", "kind", "seriousness", "found_by", "responsible_unit", "responsible", "due_date", "first_due_date",
             "put_off_reason", "measure", "done_date", "done_text", "rechecked_by", "rechecked_date", "recheck_result",
             "assessment_id", "note")  # fmt: skip

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: AddFilesDialog | None = None
        self.viewer: PhotoViewer | None = None
        self._files: list[AttachmentLine] = []
        self.photos = PhotoStrip()
        self.photos.wanted.connect(self.choose_photo)
        self.photos.opened.connect(self.view)
        self.lines.insertWidget(0, Titled(self.tr("照片"), self.photos))

    @classmethod
    def word(cls) -> str:
        return "整改"

    def load(self, record: str) -> Any:
        detail = self.pane.shown
        facts = case_facts(self.ws, detail, self.facts) if isinstance(detail, CaseDetail) else []
        return facts, attachments_of(self.ws, record)

    def show_data(self, detail: CaseDetail, data: Any) -> None:
        facts, self._files = data
        super().show_data(detail, facts)
        words = {"photo_problem": self.tr("整改前照"), "photo_mended": self.tr("整改后照"),
                 "photo_recheck": self.tr("复查照")}  # fmt: skip
        places = []
        for kind, word in words.items():
            file = next((f for f in reversed(self._files) if f.kind == kind), None)
            missed = detail.state in WANTED[kind]
            if file is not None or self.may_edit:
                places.append(PhotoPlace(kind, word, file.sha256 if file is not None else "", missed))
        self.photos.show_places(places)
        ratio = self.devicePixelRatioF()
        for file in self._files:
            if any(p.digest == file.sha256 for p in places):
                self._fetch(file, QSize(260, 160) * ratio)

    def _fetch(self, file: AttachmentLine, size: QSize) -> None:
        ws = self.ws
        self.shell.gates.read(
            lambda _w: small_picture(attachment_content(ws, file), size),
            lambda image: self.photos.set_picture(file.sha256, image),
            owner=self, priority=Priority.AHEAD, fail=lambda _error: None,
        )  # fmt: skip

    def choose_photo(self, kind: str) -> None:
        """Ask for a photo of a kind; the dialog says what is about to be kept, with the watermark."""
        if not self.may_edit:
            return
        names, _ = QFileDialog.getOpenFileNames(self, self.tr("添加照片"), "", "*.jpg *.jpeg *.png *.webp *.bmp")
        if names:
            self.add([Path(name) for name in names], kind)

    def add(self, paths: list[Path], kind: str) -> None:
        """Show what is about to be added, as this kind of photo."""
        detail = self.pane.shown
        place = "".join(str(p) for p in (detail.village, detail.asset.get("name")) if p)
        self.dialog = AddFilesDialog(self.shell, self.ws, "finding", detail.id, paths, place, self)
        self.dialog.set_kind(kind)
        self.dialog.open()

    def view(self, digest: str) -> None:
        """A photo at full size."""
        file = next((f for f in self._files if f.sha256 == digest), None)
        if file is not None:
            self.viewer = PhotoViewer(self.shell, self.ws, self._files, file.id, self)
            self.viewer.open()
