"""The window: navigation, a stack of pages with back and forward, status bar, palette, toasts, tasks and errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QSettings, Qt, QTime, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QMenuBar, QStackedWidget, QVBoxLayout, QWidget

from desktop.ui import navigation
from desktop.ui.dialogs.message import MessageDialog, error_dialog
from desktop.ui.dialogs.palette import Finder, Hit, Palette
from desktop.ui.icons import window_icon
from desktop.ui.navigation import Address, BackStack
from desktop.ui.pages.page import Page, PageSpec
from desktop.ui.theme import theme
from desktop.ui.widgets.labels import rule
from desktop.ui.widgets.nav_bar import NavBar
from desktop.ui.widgets.progress import ProgressLine
from desktop.ui.widgets.status_bar import StatusBar
from desktop.ui.widgets.toast import Toast
from desktop.ui.workers import Gates, Task

HELP = "help"
"""The page that F1 opens."""
CLOSE_WAITS_S = 2.0
"""How long closing the window waits for a write that runs; a longer one (a merge) keeps the window open."""
RAIL_BELOW = 1200
"""Window width below which the navigation folds to icons (DESIGN §3)."""


class PageMemory(Protocol):
    """Remembers the state of each page between starts."""

    def page_state(self, name: str) -> dict[str, Any]:
        """What was kept; {} when there is nothing."""

    def keep_page_state(self, name: str, state: dict[str, Any]) -> None:
        """Keep it."""


class MainWindow(QMainWindow):
    """`MainWindow(specs, gates, place="", settings=None, finder=None, memory=None, parent=None)`: the `Shell` of pages.

    `specs`: pages that exist (and that the role may use); the first is opened. `place`: unit shown in the title.
    `settings`: where the window's size is kept, in the clear; `memory`: where the state of each page is kept,
    encrypted, since a filter may hold a name. `closing` is emitted once before the window goes. `lock_asked` follows
    Ctrl+L.
    """

    closing = Signal()
    lock_asked = Signal()
    committed = Signal(object)

    def __init__(
        self,
        specs: Sequence[PageSpec],
        gates: Gates,
        *,
        place: str = "",
        settings: QSettings | None = None,
        finder: Finder | None = None,
        memory: PageMemory | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.gates = gates
        self._specs = {spec.name: spec for spec in specs}
        self._pages: dict[str, Page] = {}
        self._settings, self._finder, self._memory = settings, finder, memory
        if settings is not None:
            settings.remove("pages")  # earlier versions kept what was typed in a search field here, in the clear
        self._back = BackStack()
        self.palette_dialog: Palette | None = None
        self.message: MessageDialog | None = None
        self._commands: list[Hit] = []
        self.setWindowTitle(self.tr("乡册 — {place}").format(place=place) if place else self.tr("乡册"))
        self.setWindowIcon(window_icon())
        self.setMinimumSize(theme().px("window_min_w") // 2, theme().px("window_min_h") // 2)
        names = [spec.name for spec in specs]
        self.nav = NavBar(navigation.groups(names), navigation.foot(names))
        self.nav.chosen.connect(lambda page: self.open(Address(page)))
        self.nav.palette_asked.connect(self.show_palette)
        self._stack = QStackedWidget()
        self.status = StatusBar()
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        columns = QHBoxLayout()
        columns.setSpacing(0)
        columns.addWidget(self.nav)
        columns.addWidget(rule("v"))
        columns.addWidget(self._stack, 1)
        lines.addLayout(columns, 1)
        lines.addWidget(self.status)
        self.setCentralWidget(body)
        self._toast = Toast(body)
        self.progress = ProgressLine(body)
        self.progress.setFixedWidth(theme().px("toast_w"))
        self.progress.stop_asked.connect(self._stop_task)
        self._task: Task | None = None
        self._make_menu()
        self._make_keys()
        self._unsaved: dict[int, str] = {}
        self._saved_at: QTime | None = None
        gates.write_started.connect(self.status.show_saving)
        gates.write_ended.connect(self._write_ended)
        gates.committed.connect(self._committed)
        gates.unhandled.connect(self.show_error)
        theme().changed.connect(self._dress)
        if names:
            self.open(Address(names[0]))

    def _dress(self) -> None:
        self.setWindowIcon(window_icon())
        self._fit_nav()

    # -- places ------------------------------------------------------------------------------------------------

    def page(self, name: str) -> Page:
        """A page, made at its first visit."""
        if name not in self._pages:
            page = self._specs[name].make(self)
            page.restore(self._kept(name))
            self._pages[name] = page
            self._stack.addWidget(page)
        return self._pages[name]

    def page_names(self) -> list[str]:
        """Every page the role may use, in order."""
        return list(self._specs)

    def current_page(self) -> Page | None:
        """The page shown."""
        widget = self._stack.currentWidget()
        return widget if isinstance(widget, Page) else None

    def open(self, address: Address) -> None:
        """Go to a place and remember it; unknown pages are ignored."""
        if address.page in self._specs and self._may_leave(address):
            self._back.visit(address)
            self._show(address)

    def place_changed(self, address: Address) -> None:
        """The page shows another record: where Alt+← comes back to."""
        here = self._back.current()
        if here is not None and here.page == address.page:
            self._back.replace(address)

    def go_back(self) -> None:
        """Alt+←."""
        self._step(self._back.back, self._back.forward)

    def go_forward(self) -> None:
        """Alt+→."""
        self._step(self._back.forward, self._back.back)

    def _step(self, step: Callable[[], Address | None], undo: Callable[[], Address | None]) -> None:
        place = step()
        if place is None:
            return
        if self._may_leave(place):
            self._show(place)
        else:
            undo()

    def _may_leave(self, address: Address) -> bool:
        page = self.current_page()
        return page is None or page is self._pages.get(address.page) or page.may_leave()

    def _show(self, address: Address) -> None:
        page = self.page(address.page)
        self._stack.setCurrentWidget(page)
        page.show_address(address)
        self.nav.set_current(page.shown_under() or address.page)
        self._fit_nav()
        page.entered()

    def fit_navigation(self) -> None:
        """The page shown wants the navigation folded, or no more."""
        self._fit_nav()

    def _fit_nav(self) -> None:
        here = self._back.current()
        page = self._pages.get(here.page) if here is not None else None
        wants = bool(here and (self._specs[here.page].rail or (page is not None and page.wants_rail)))
        self.nav.set_rail(wants or self.width() < RAIL_BELOW * max(theme().scale, 1.0))

    # -- talking to the person ---------------------------------------------------------------------------------

    def toast(self, text: str, undo: Callable[[], object] | None = None) -> None:
        """Say what happened, with undo."""
        here = self._back.current()
        page = self._pages.get(here.page) if here is not None else None
        self._toast.left_margin = self.nav.width() + 12
        self._toast.bottom_margin = theme().px("status_bar_h") + 10 + (page.foot if page is not None else 0)
        self._toast.show_message(text, undo)

    def toast_text(self) -> str:
        """The toast standing now, "" when none does."""
        return self._toast.text() if self._toast.isVisible() else ""

    def show_task(self, task: Task, title: str = "") -> None:
        """Show a task's progress at the lower right after 0.4 s; Esc there or 停下 stops it."""
        self._task = task
        self.progress.start(title or task.title)
        task.progressed.connect(self.progress.set_progress)
        task.finished.connect(lambda: self._task_over(task))
        self._place_progress()

    def _task_over(self, task: Task) -> None:
        if self._task is task:
            self._task = None
            self.progress.finish()

    def _stop_task(self) -> None:
        if self._task is not None:
            self._task.stop()

    def show_error(self, error: BaseException, doing: str = "") -> None:
        """Show an error; the dialog does not block the event loop."""
        dialog = error_dialog(error, doing, self, diagnosis=HELP in self._specs)
        dialog.finished.connect(
            lambda _r: self.open(Address(HELP, part="diagnosis")) if dialog.chosen == "diagnosis" else None
        )
        self.message = dialog
        self.message.open()

    def set_commands(self, commands: Sequence[Hit]) -> None:
        """Commands the palette offers besides the pages."""
        self._commands = list(commands)

    def show_help(self) -> None:
        """F1: what this page is for; in a form being filled, what this question means."""
        page, here = self.current_page(), self._back.current()
        if page is None or here is None or page.explain():
            return
        self.open(Address(HELP, part=f"page:{here.page}"))

    def show_keys(self) -> None:
        """Ctrl+/: the list of keys."""
        self.open(Address(HELP, part="keys"))

    def show_palette(self) -> None:
        """Ctrl+K."""
        pages = [
            Hit(navigation.page_word(name), icon=_icon_of(name), address=Address(name)) for name in self.nav.pages()
        ]
        self.palette_dialog = Palette(self.gates, [*pages, *self._commands], self._finder, self._take_hit, self)
        top = self.mapToGlobal(self.rect().topLeft())
        self.palette_dialog.move(top.x() + (self.width() - self.palette_dialog.width()) // 2, top.y() + 72)
        self.palette_dialog.open()

    def _take_hit(self, hit: Hit) -> None:
        if hit.command is not None:
            hit.command()
        elif hit.address is not None:
            self.open(hit.address)

    def say_unsaved(self, owner: QWidget, words: str) -> None:
        """The saved state says 未保存 while any page holds something typed that is not stored."""
        before = dict(self._unsaved)
        self._unsaved.pop(id(owner), None)
        if words:
            self._unsaved[id(owner)] = words
        if before == self._unsaved:
            return
        if self._unsaved:
            self.status.show_typing(next(iter(self._unsaved.values())))
        elif not self.gates.writing():
            self.status.show_saved(self._saved_at)

    # -- writes ------------------------------------------------------------------------------------------------

    def _write_ended(self, error: BaseException | None) -> None:
        if error is None:
            if not self.gates.writing():
                self._saved_at = QTime.currentTime()
                if self._unsaved:
                    self.status.show_typing(next(iter(self._unsaved.values())))
                else:
                    self.status.show_saved(self._saved_at)
        else:
            self.status.show_unsaved(str(getattr(error, "message", "")) or self.tr("程序出了问题"))

    def _committed(self, kinds: frozenset[str]) -> None:
        for page in self._pages.values():
            page.committed(kinds)
        self.committed.emit(kinds)

    # -- keys and menu -----------------------------------------------------------------------------------------

    def _make_keys(self) -> None:
        def key(keys: str, function: Callable[[], object], word: str) -> None:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setWhatsThis(word)
            shortcut.activated.connect(function)

        key("F1", self.show_help, self.tr("本页说明"))
        key("Ctrl+/", self.show_keys, self.tr("键位表"))
        key("Ctrl+K", self.show_palette, self.tr("搜索、跳转：人、资产、村、页面"))
        key("Alt+Left", self.go_back, self.tr("回到刚才的页"))
        key("Alt+Right", self.go_forward, self.tr("再往前"))
        key("F11", self._full_screen, self.tr("全屏"))
        key("Ctrl+L", self.lock_asked.emit, self.tr("立刻锁定"))
        for i, name in enumerate(self.nav.pages()[:9]):
            key(f"Ctrl+{i + 1}", partial(self.open, Address(name)), navigation.page_word(name))

    def _make_menu(self) -> None:
        """The native menu is hidden; Alt alone shows it for those who look for 文件 编辑 查看 帮助."""
        bar = QMenuBar(self)
        self.setMenuBar(bar)
        file = bar.addMenu(self.tr("文件(&F)"))
        file.addAction(self.tr("锁定")).triggered.connect(self.lock_asked)
        file.addAction(self.tr("退出")).triggered.connect(self.close)
        view = bar.addMenu(self.tr("查看(&V)"))
        for name in self.nav.pages():
            view.addAction(navigation.page_word(name)).triggered.connect(
                lambda _=False, name=name: self.open(Address(name))
            )
        view.addSeparator()
        view.addAction(self.tr("全屏")).triggered.connect(self._full_screen)
        if HELP in self._specs:
            words = bar.addMenu(self.tr("帮助(&H)"))
            words.addAction(self.tr("本页说明")).triggered.connect(self.show_help)
            for word, topic in (
                (self.tr("键位"), "keys"), (self.tr("口径"), "figures"), (self.tr("导出诊断"), "diagnosis"),
                (self.tr("更新说明"), "news"),
            ):  # fmt: skip
                words.addAction(word).triggered.connect(
                    lambda _=False, topic=topic: self.open(Address(HELP, part=topic))
                )
        bar.hide()
        self._alt_alone = False

    def keyPressEvent(self, event: Any) -> None:
        self._alt_alone = event.key() == Qt.Key.Key_Alt
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: Any) -> None:
        if event.key() == Qt.Key.Key_Alt and self._alt_alone:
            self.menuBar().setVisible(not self.menuBar().isVisible())
        self._alt_alone = False
        super().keyReleaseEvent(event)

    def _full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    # -- size and memory ---------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_nav()
        self._place_progress()

    def _place_progress(self) -> None:
        body = self.centralWidget()
        if body is not None:
            self.progress.adjustSize()
            left = body.width() - self.progress.width() - 16
            self.progress.move(left, body.height() - self.progress.height() - self.status.height() - 16)
            self.progress.raise_()

    def _kept(self, name: str) -> dict[str, Any]:
        return self._memory.page_state(name) if self._memory is not None else {}

    def remember(self) -> None:
        """Keep the pages' states and the window's size."""
        if self._memory is not None:
            for name, page in self._pages.items():
                self._memory.keep_page_state(name, page.state())
        if self._settings is None:
            return
        self._settings.setValue("window/geometry", self.saveGeometry())
        self._settings.sync()

    def closeEvent(self, event: QCloseEvent) -> None:
        page = self.current_page()
        if page is not None and not page.may_close():
            event.ignore()
            return
        if not self.gates.finish_writes(CLOSE_WAITS_S):
            self.toast(self.tr("正在写入登记册，写好再关"))
            event.ignore()
            return
        self.remember()
        self.closing.emit()
        super().closeEvent(event)

    def open_at_size(self) -> None:
        """Show at the remembered place, else at 1366 × 698 or what the screen holds."""
        kept = self._settings.value("window/geometry") if self._settings is not None else None
        if kept is None or not self.restoreGeometry(kept):
            screen = QApplication.primaryScreen().availableGeometry()
            self.resize(min(theme().px("client_w"), screen.width()), min(theme().px("client_h"), screen.height() - 30))
        self.show()


def _icon_of(page: str) -> str:
    for group in navigation.groups([page]):
        for entry in group.entries:
            return entry.icon
    return page
