"""What window tests share: the dressed application, gates that end with the test, and a source of invented rows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop.app.workspace import Workspace
from desktop.insight.lists import villages
from desktop.ui.main_window import MainWindow
from desktop.ui.models.record_table import Query, Summary
from desktop.ui.navigation import Address
from desktop.ui.page_list import Surroundings, page_specs
from desktop.ui.pages.page import PageSpec
from desktop.ui.theme import theme
from desktop.ui.widgets.painting import Chip
from desktop.ui.workers import Gates


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says of every top-level window that it cannot hint sizes: not ours to mend."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[QApplication]:
    """The application in the light theme at medium text size."""
    theme().configure(mode="light", density="standard", text_size="medium")
    yield qapp


@pytest.fixture
def qtbot(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QtBot:
    """pytest-qt's, more patient: five seconds are little where other processes have the cores."""
    for name in ("waitUntil", "waitSignal", "waitSignals"):
        monkeypatch.setattr(qtbot, name, partial(getattr(qtbot, name), timeout=60_000))
    return qtbot


@pytest.fixture
def gates() -> Iterator[Gates]:
    """Real gates; their threads end with the test."""
    made = Gates()
    yield made
    assert made.close(), "a worker thread did not end"


@pytest.fixture
def ws(demo: Workspace) -> Workspace:
    """The register of a window: the demo's, where a module has no `ws` of its own."""
    return demo


@pytest.fixture
def kept(tmp_path: Path) -> QSettings:
    """The machine's plain settings."""
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


def all_pages(ws: Workspace, kept: QSettings) -> list[PageSpec]:
    """The pages as the application makes them."""
    with ws.register.reading() as sql:
        known = villages(sql)
    return page_specs(Surroundings(ws, known, kept))


def shown_window(
    qtbot: QtBot, ws: Workspace, kept: QSettings, specs: Sequence[PageSpec] | None = None, **options: Any
) -> MainWindow:
    """The window on a register with these pages (all of them), active and at rest; `close_window` ends it."""
    gates = Gates()
    ws.register.listeners.append(gates.notify)
    pages = specs if specs is not None else all_pages(ws, kept)
    made = MainWindow(pages, gates, place=ws.unit_name, settings=kept, **options)
    qtbot.addWidget(made)
    made.resize(1366, 698)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    settled(qtbot, made)
    return made


def close_window(qtbot: QtBot, window: MainWindow) -> None:
    """End a window's work; a worker thread that does not end fails the test."""
    settled(qtbot, window)
    assert window.gates.close()


def settled(qtbot: QtBot, window: MainWindow) -> None:
    """Until no work is under way, and none is about to be: moving to a row loads its detail a moment later."""
    QApplication.processEvents()  # pages hear of what a test itself has written

    def at_rest() -> bool:
        if window.gates.busy():
            return False
        return not isValid(window) or not any(map(_about_to_ask, window.findChildren(QTimer)))  # it may be closed

    qtbot.waitUntil(at_rest)


def _about_to_ask(timer: QTimer) -> bool:
    return timer.isActive() and timer.isSingleShot() and timer.interval() <= MOMENT_MS


MOMENT_MS = 150
"""Pages wait at most so long for the next key before they ask (`ListPage`, `SearchField`)."""


@pytest.fixture
def window(qtbot: QtBot, ws: Workspace, kept: QSettings) -> Iterator[MainWindow]:
    """The window with all its pages on the register `ws`."""
    made = shown_window(qtbot, ws, kept)
    yield made
    close_window(qtbot, made)


@pytest.fixture
def go(qtbot: QtBot, window: MainWindow) -> Callable[..., Any]:
    """Go to an address and wait until everything has come; the page."""

    def run(*address: Any, **more: Any) -> Any:
        window.open(Address(*address, **more))
        page = window.current_page()
        settled(qtbot, window)
        return page

    return run


class Held(threading.Event):
    """Set to let answers go; `came` is set as soon as there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Event()


@contextmanager
def held_back(gates: Gates, asked: str) -> Iterator[Held]:
    """Reads and writes asked here whose title, or the beginning of whose key, is `asked` keep their answers until the
    event is set: what comes late on a busy machine comes late in a test, every time."""
    release = Held()

    def late(gate: Callable[..., Any], function: Callable[[Any], Any], *args: Any, **more: Any) -> Any:
        def slow(work: Any) -> Any:
            result = function(work)
            release.came.set()
            assert release.wait(20)
            return result

        meant = more.get("title") == asked or str(more.get("key", "")).startswith(asked)
        return gate(slow if meant else function, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("read", "write"):
            patch.setattr(gates, name, partial(late, getattr(gates, name)))
        yield release


class InventedRows:
    """A `RecordSource` of `count` invented households; remembers which thread asked for what."""

    def __init__(self, count: int = 1000) -> None:
        self.count = count
        self.queries: list[Query] = []
        self.pages: list[int] = []
        self.threads: set[int] = set()

    def count_and_ids(self, query: Query) -> Sequence[str]:
        self.threads.add(threading.get_ident())
        self.queries.append(query)
        ids = [f"{i:032x}" for i in range(self.count)]
        if query.text:
            ids = [record for record in ids if query.text in self.name(record)]
        return ids[::-1] if query.descending else ids

    def rows(self, ids: Sequence[str]) -> Sequence[tuple[Any, ...] | None]:
        self.threads.add(threading.get_ident())
        self.pages.append(int(ids[0], 16))
        return [
            (self.name(record), int(record, 16) % 9, 831_250 + int(record, 16), Chip("边缘户", "warning", "alert"))
            for record in ids
        ]

    def summary(self, query: Query) -> Summary:
        return Summary(self.count, {"income": 123_456})

    @staticmethod
    def name(record: str) -> str:
        """The head's name of an invented record."""
        return f"样户{int(record, 16)}"


@pytest.fixture
def rows() -> InventedRows:
    """A thousand invented households."""
    return InventedRows()
