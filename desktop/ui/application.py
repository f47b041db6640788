"""Starts the window: which register, first-run wizard or unlocking, then the pages the role may use; locks again."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from platformdirs import user_documents_path
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow, QWidget

from desktop.app.help_topics import named, topics
from desktop.app.home import status_line
from desktop.app.keeping.safekeeping import end_session
from desktop.app.list_views import WindowMemory
from desktop.app.palette import find_anything
from desktop.app.reading_ahead import read_ahead
from desktop.app.rights import ROLE_WORDS
from desktop.app.visits.surveying import find_drafts
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError, XiangceError
from desktop.insight.lists import villages
from desktop.ui import preferences
from desktop.ui.dialogs.message import MessageDialog, error_dialog
from desktop.ui.dialogs.palette import Hit
from desktop.ui.icons import window_icon
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.page_list import Surroundings, page_specs
from desktop.ui.pages.first_run import FirstRunPage, Made
from desktop.ui.pages.home import when_words
from desktop.ui.pages.unlock import UnlockPage
from desktop.ui.theme import load_rare_font, theme
from desktop.ui.workers import Gates, Priority

LOCK_AFTER_MS = 5 * 60 * 1000
"""Without a key or a click for so long the window locks (DESIGN §7)."""


class Application(QObject):
    """`Application(place=None)`: shows the right window; one register at a time."""

    def __init__(self, place: str | None = None) -> None:
        super().__init__()
        self.kept = preferences.settings()
        self.gates: Gates | None = None
        self.door: QMainWindow | None = None
        self.window: MainWindow | None = None
        self.workspace: Workspace | None = None
        self.warning: MessageDialog | None = None
        self._place = place
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(LOCK_AFTER_MS)
        self._idle.timeout.connect(self.lock)
        self._soon = QTimer(self)  # counting a large register takes a while: once after a row of writes
        self._soon.setSingleShot(True)
        self._soon.setInterval(1500)
        self._soon.timeout.connect(self._refresh_status)

    def start(self) -> None:
        """Unlock the register named or opened last; else the first-run wizard."""
        known = [self._place] if self._place else preferences.places(self.kept)
        if known and known[0]:
            self.show_unlock(known[0])
        else:
            self.show_first_run()
        QTimer.singleShot(400, load_rare_font)  # 24 MB unpacked: after the window stands

    # -- before a register is open -----------------------------------------------------------------------------

    def _show_door(self, page: QWidget, title: str) -> None:
        door = QMainWindow()
        door.setWindowTitle(title)
        door.setWindowIcon(window_icon())
        door.setCentralWidget(page)
        screen = QApplication.primaryScreen().availableGeometry()
        door.resize(min(theme().px("client_w"), screen.width()), min(theme().px("client_h"), screen.height() - 30))
        old, self.door = self.door, door
        door.show()
        if old is not None:
            old.close()
            old.deleteLater()

    def _door_gates(self) -> Gates:
        if self.gates is None:
            self.gates = Gates()
            self.gates.unhandled.connect(self._show_error)
        return self.gates

    def show_unlock(self, place: str) -> None:
        """The unlock page of a register."""
        page = UnlockPage(self._door_gates(), place)
        page.opened.connect(self.show_register)
        page.other_asked.connect(self.choose_register)
        page.quit_asked.connect(QApplication.quit)
        self._show_door(page, self.tr("乡册 — 已锁定"))

    def show_first_run(self) -> None:
        """The wizard for a new register."""
        page = FirstRunPage(self._door_gates(), user_documents_path() / self.tr("乡册"))
        page.made.connect(self._take_made)
        page.open_asked.connect(self.choose_register)
        page.quit_asked.connect(QApplication.quit)
        self._show_door(page, self.tr("乡册 — 首次使用"))

    def choose_register(self) -> None:
        """Ask for a register's folder."""
        folder = QFileDialog.getExistingDirectory(self.door, self.tr("选登记册文件夹"))
        if folder:
            self.show_unlock(folder)

    def _take_made(self, made: Made) -> None:
        self.show_register(made.workspace)
        if made.next_page and self.window is not None:
            self.window.open(Address(made.next_page))

    # -- the register's window ---------------------------------------------------------------------------------

    def show_register(self, ws: Workspace) -> None:
        """The main window of an open register."""
        gates = self._door_gates()
        self.workspace = ws
        preferences.remember_place(self.kept, ws.place)
        ws.register.listeners.append(gates.notify)
        with ws.register.reading() as sql:
            known = villages(sql)
        window = MainWindow(
            page_specs(Surroundings(ws, known, self.kept)),
            gates,
            place=ws.unit_name,
            settings=self.kept,
            finder=lambda text: palette_hits(ws, text),
            memory=WindowMemory(ws),
        )
        gates.unhandled.disconnect(self._show_error)
        self.window = window
        window.status.show_user(f"{ws.user} · {ROLE_WORDS.get(ws.role, ws.role)}")  # type: ignore[call-overload]
        window.status.show_saved()
        window.lock_asked.connect(self.lock)
        window.closing.connect(self._close_register)
        window.committed.connect(lambda _kinds: self._soon.start())
        window.set_commands(
            [
                Hit(self.tr("锁定"), icon="lock", command=self.lock),
                Hit(self.tr("现在备份"), icon="save", address=Address("settings", part="backup")),
                Hit(self.tr("自查"), self.tr("合计、份额、状态有没有不对的"), "inspect", Address("check")),
            ]
        )
        window.open_at_size()
        if self.door is not None:
            self.door.close()
            self.door.deleteLater()
            self.door = None
        self._refresh_status()
        gates.read(lambda _w: read_ahead(ws), owner=window, fail=lambda _e: None, priority=Priority.AHEAD)
        QTimer.singleShot(0, self._tell_warnings)
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)
        self._idle.start()

    def _tell_warnings(self) -> None:
        """What opening found out about the register's files: said once, before work begins."""
        ws, window = self.workspace, self.window
        warnings = ws.register.facts.get("warnings", ()) if ws is not None else ()
        if window is None or not warnings:
            return
        self.warning = MessageDialog(
            self.tr("登记册的文件有过损坏"),
            "\n".join(warnings),
            [("ok", self.tr("知道了"), "primary")],
            icon="alert",
            tone="warning",
            parent=window,
        )
        self.warning.open()

    def _refresh_status(self) -> None:
        ws, window, gates = self.workspace, self.window, self.gates
        if ws is None or window is None or gates is None:
            return

        def show(summary: object) -> None:
            unsent, last = summary.unsent_operations, summary.last_backup  # type: ignore[attr-defined]
            window.status.show_unsent(unsent)
            words = when_words(window, last) if last else self.tr("还没有")
            window.status.show_backup(words, "" if last else "warning")
            window.nav.set_count("exchange", summary.conflicts)  # type: ignore[attr-defined]
            for page, waiting in summary.waiting.items():  # type: ignore[attr-defined]
                window.nav.set_count(page, waiting)

        gates.read(
            lambda _w: status_line(ws),
            show,
            owner=window,
            key="status",
            fail=lambda _e: None,
            priority=Priority.AHEAD,
        )

    def lock(self) -> None:
        """Ctrl+L or five idle minutes: close the register and ask for the passphrase; unfinished edits are drafts."""
        window, ws = self.window, self.workspace
        if window is None or ws is None:
            return
        if self.gates is not None and self.gates.writing():
            self._idle.start(10_000)  # a long import or merge is not cut off
            return
        place = ws.place
        if window.close():
            self.show_unlock(place)
        elif self.gates is not None and self.gates.writing():
            self._idle.start(10_000)  # what was typed last is written first

    def _close_register(self) -> None:
        """The window goes: end the threads, then close the register."""
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self._idle.stop()
        self._soon.stop()
        gates, self.gates = self.gates, None
        ws, self.workspace = self.workspace, None
        window, self.window = self.window, None
        if gates is not None:
            gates.close()
        if ws is not None:
            try:
                end_session(ws)
            except XiangceError as error:  # the register is closed all the same; what is missing is the backup
                self._show_error(error, self.tr("关闭时备份"))
        if window is not None:
            window.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel):
            self._idle.start(LOCK_AFTER_MS)
        return super().eventFilter(watched, event)

    def shut_down(self) -> None:
        """The end: a wizard left half way closes its register; it is unlocked at the next start."""
        page = self.door.centralWidget() if self.door is not None else None
        if self.gates is not None:
            self.gates.close()
            self.gates = None
        if isinstance(page, FirstRunPage):
            place = page.abandon()
            if place:
                preferences.remember_place(self.kept, place)

    def _show_error(self, error: BaseException, doing: str) -> None:
        self.message = error_dialog(error, doing, self.door)
        self.message.open()


def palette_hits(ws: Workspace, text: str) -> list[Hit]:
    """Records for the palette, then what the help has under this name."""
    icons = {"household": "household", "asset": "asset", "village": "village"}
    found = []
    if ws.may("edit-people"):
        with suppress(UsageError):  # opened for reading, or no room for drafts
            for draft in find_drafts(ws, text)[:3]:
                title = f"{draft.title}：{draft.subject_label}" if draft.subject_label else draft.title
                found.append(Hit(title, "草稿", "survey", Address("survey", draft.key, "draft")))
    for hit in find_anything(ws, text, 20):
        page = "household" if hit.kind in ("household", "village") else "asset"
        record = "" if hit.kind == "village" else hit.id
        found.append(Hit(hit.title, hit.subtitle, icons[hit.kind], Address(page, record)))
    found += [Hit(t.title, "帮助", "help", Address("help", part=t.key)) for t in named(text, topics())[:3]]
    return found


def run(place: Path | str | None = None) -> int:
    """Open the window on a register (or on the first-run wizard); returns the exit code when it is closed."""
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("xiangce")
    app.setApplicationDisplayName("乡册")
    app.setDesktopFileName("xiangce")
    app.setQuitOnLastWindowClosed(True)
    application = Application(str(place) if place is not None else None)
    preferences.dress(application.kept)
    app.setWindowIcon(window_icon())
    application.start()
    code = app.exec()
    application.shut_down()
    return code
