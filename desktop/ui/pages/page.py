"""What every page is: a widget with a name in the navigation, a state to come back to, and kinds of rows it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.ui.navigation import Address
from desktop.ui.workers import Gates, Task


class Shell(Protocol):
    """What the window offers its pages."""

    gates: Gates

    def open(self, address: Address) -> None:
        """Go to a place."""

    def toast(self, text: str, undo: Callable[[], object] | None = None) -> None:
        """Say what happened, with undo."""

    def say_unsaved(self, owner: QWidget, words: str) -> None:
        """What a person typed here is not stored yet, and why; "" when it is (or is given up)."""

    def show_task(self, task: Task, title: str = "") -> None:
        """Show a long task with progress and 停下 (after 0.4 s)."""

    def show_error(self, error: BaseException, doing: str = "") -> None:
        """Show an error in its dialog."""

    def fit_navigation(self) -> None:
        """The page wants the navigation folded, or no more (`Page.wants_rail`)."""

    def place_changed(self, address: Address) -> None:
        """The page now shows another record: the back stack follows without a new step."""


class Page(QWidget):
    """`Page(shell, parent=None)`: base of all pages; fill `self.lines` (QVBoxLayout without margins).

    A page overrides `show_address` (a record to show), `refresh(kinds)` with `kinds` it shows in `shows`, and
    `state`/`restore` for what is remembered (filters, splitter). `bind(keys, function)` binds a key while the page or
    something in it has the focus or nothing else takes it.
    """

    shows: frozenset[str] = frozenset()
    """Kinds of rows (tables) that make this page refresh after a write."""
    wants_rail = False
    """Whether the navigation is folded to icons now, for a page that needs the width at times."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shell = shell
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.lines = QVBoxLayout(self)
        self.lines.setContentsMargins(0, 0, 0, 0)
        self.lines.setSpacing(0)
        self._stale = False

    def bind(self, keys: str, function: Callable[[], object], word: str = "") -> QShortcut:
        """Press `keys` anywhere while this page is shown; `word` is what the list of keys says of it (帮助 › 键位).

        A key that is printed on one of the page's buttons needs no word.
        """
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setWhatsThis(word)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(function)
        return shortcut

    def show_address(self, address: Address) -> None:
        """Show what the address names."""

    def shown_under(self) -> str:
        """The navigation entry that is marked while this page is shown; "" for the page's own."""
        return ""

    @property
    def foot(self) -> int:
        """Height in px of a row of commands at the bottom, which a toast leaves free."""
        return 0

    def explain(self) -> bool:
        """F1: say at once what the place one stands at means; False to open the page's topic in 帮助."""
        return False

    def entered(self) -> None:
        """The page is shown now: set the focus where work begins."""

    def committed(self, kinds: frozenset[str]) -> None:
        """Rows changed: refresh now when visible, else when shown next."""
        if not self.shows & kinds:
            return
        if self.isVisible():
            self.refresh()
        else:
            self._stale = True

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if self._stale:
            self._stale = False
            self.refresh()

    def refresh(self) -> None:
        """Fetch again what is shown."""

    def may_leave(self) -> bool:
        """False when something unsaved keeps the person here (the page has said why)."""
        return True

    def may_close(self) -> bool:
        """The same when the window closes or locks; what cannot be stored must not keep it open for long."""
        return self.may_leave()

    def state(self) -> dict[str, Any]:
        """What to remember of this page between starts (plain JSON values)."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what `state` gave."""


@dataclass(frozen=True)
class PageSpec:
    """A page that exists: its name (navigation) and how it is made, at its first visit; `rail` folds the navigation."""

    name: str
    make: Callable[[Shell], Page]
    rail: bool = False
