"""附件 in the window: added by dropping, kept small and marked, shown from memory, saved, removed with undo."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtPrintSupport import QPrinter
from pytestqt.qtbot import QtBot

from desktop.app.records.attaching import attachments_of
from desktop.app.workspace import Workspace
from desktop.reports.preview import Preview
from desktop.ui.dialogs.photo_viewer import save_attachment_to
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.pages.asset import AssetPage
from desktop.ui.pages.attachments_tab import AttachmentsTab


def photo(path: Path, size: tuple[int, int] = (2400, 1800), color: str = "steelblue") -> Path:
    """A photo with a camera's time in it."""
    picture = Image.new("RGB", size, color)
    exif = picture.getexif()
    exif[306] = "2026:11:12 09:41:00"
    picture.save(path, "JPEG", exif=exif)
    return path


def asset_tab(qtbot: QtBot, window: MainWindow) -> AttachmentsTab:
    """The tab of the first asset, loaded."""
    window.open(Address("asset", part="attachments"))
    page = window.current_page()
    assert isinstance(page, AssetPage)
    qtbot.waitUntil(lambda: page.detail.shown is not None and not window.gates.busy())
    tab = page.detail.tab("attachments")
    assert isinstance(tab, AttachmentsTab)
    qtbot.waitUntil(lambda: tab._record == page.record)
    return tab


def drop(tab: AttachmentsTab, paths: list[Path]) -> None:
    """Drop files on the tab as a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    tab.dropEvent(QDropEvent(QPointF(40, 40), action, data, button, Qt.KeyboardModifier.NoModifier))


def add(qtbot: QtBot, window: MainWindow, tab: AttachmentsTab, paths: list[Path]) -> None:
    """Drop and say yes."""
    drop(tab, paths)
    assert tab.dialog is not None
    qtbot.mouseClick(tab.dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(tab.grid.lines()) >= len(paths) and not window.gates.busy())


def undo(qtbot: QtBot, window: MainWindow) -> None:
    """Ctrl+Z; offscreen has no window manager that would give the window the focus back after a dialog."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def test_photos_are_kept_small_marked_and_never_in_clear(
    qtbot: QtBot, window: MainWindow, ws: Workspace, tmp_path: Path
) -> None:
    tab = asset_tab(qtbot, window)
    assert tab.nothing.isVisible()
    source, script = photo(tmp_path / "电站 1.jpg"), tmp_path / "坏.exe"
    script.write_bytes(b"MZ")
    drop(tab, [source, script])
    dialog = tab.dialog
    assert dialog is not None and dialog.go.text() == "添加 1 个文件" and "只放" in dialog.rows[1].why.text()
    dialog.rows[0].kind.set_value("photo_whole")
    dialog.marked.setChecked(True)
    dialog.original.setChecked(True)
    dialog.place.setText("虚岭村三组")
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(tab.grid.lines()) == 2 and not window.gates.busy())
    small, original = tab.grid.lines()
    assert (small.kind_word, small.taken_at, original.kind_word) == ("全景照", "2026-11-12T09:41:00", "原片")
    assert ws.register.read_attachment is not None
    kept = ws.register.read_attachment(small.sha256)
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.size == (1600, 1200) and not dict(picture.getexif())
        corner = picture.crop((0, 1100, 700, 1200)).convert("L")
        assert corner.getextrema()[1] > 240 and corner.getextrema()[0] < 70  # white letters on the dark band
    assert ws.register.read_attachment(original.sha256) == source.read_bytes()
    assert kept[:1000] not in b"".join(p.read_bytes() for p in (tmp_path / "册").rglob("*") if p.is_file())
    qtbot.waitUntil(lambda: tab.grid.has_picture(small.sha256))
    counts = {key: text for key, _word, text in tab.pane.reading.tabs._tabs}
    assert counts["attachments"] == "2" and "2 个文件" in tab.about.text()
    undo(qtbot, window)
    qtbot.waitUntil(lambda: not attachments_of(ws, tab._record) and not tab.grid.lines())


def test_the_viewer_goes_on_zooms_turns_prints_and_saves(
    qtbot: QtBot, window: MainWindow, ws: Workspace, tmp_path: Path
) -> None:
    tab = asset_tab(qtbot, window)
    papers = tmp_path / "合同.pdf"
    sheet = Image.new("RGB", (600, 800), "white")
    sheet.save(papers, "PDF", save_all=True, append_images=[sheet])
    add(qtbot, window, tab, [photo(tmp_path / "a.jpg"), papers, photo(tmp_path / "b.jpg", (800, 600), "darkred")])
    tab.grid.setFocus()
    tab.grid.setCurrentIndex(tab.grid.model().index(0, 0))
    qtbot.keyClick(tab.grid, Qt.Key.Key_Return)
    viewer = tab.viewer
    assert viewer is not None
    qtbot.waitUntil(viewer.ready)
    fitted = viewer.canvas.scale()
    assert fitted < 1 and "第 1 个，共 3 个" in viewer.place.text()
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_Plus)
    assert viewer.canvas.scale() == pytest.approx(fitted * 1.25)
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_R)
    assert viewer.canvas.image().height() == 1600
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "打印.pdf"))
    viewer.print_on(printer)
    with Preview(tmp_path / "打印.pdf") as pdf:
        assert pdf.page_count == 1 and "a.jpg" in pdf.text(0)
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: viewer.ready() and "共 2 页" in viewer.place.text())
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_PageDown)
    assert "第 2 页" in viewer.place.text()
    target = tmp_path / "出.pdf"
    save_attachment_to(window, ws, viewer.line(), target, "报县局核查")
    qtbot.waitUntil(lambda: target.exists() and not window.gates.busy())
    assert target.read_bytes() == papers.read_bytes()
    with ws.register.reading() as sql:
        logged = sql.rows("SELECT what,purpose FROM plain_export ORDER BY at_ms")
    assert [tuple(row) for row in logged] == [("print attachment", "附件打印"), ("attachment", "报县局核查")]
    viewer.reject()


def test_a_file_is_removed_and_brought_back(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    tab = asset_tab(qtbot, window)
    add(qtbot, window, tab, [photo(tmp_path / "a.jpg", (300, 200))])
    tab.grid.setFocus()
    qtbot.keyClick(tab.grid, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not tab.grid.lines() and tab.nothing.isVisible() and not window.gates.busy())
    assert window.toast_text() == "已移除 a.jpg"
    undo(qtbot, window)
    qtbot.waitUntil(lambda: len(tab.grid.lines()) == 1)
