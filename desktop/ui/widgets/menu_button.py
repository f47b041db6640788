"""A button that opens a menu of actions: ⋯ in the head of a record, 视图 in a list's title row."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop.ui.icons import icon as menu_icon
from desktop.ui.widgets.buttons import Button


class MenuButton(Button):
    """`MenuButton(text="", icon="more", tip="")`: `add(word, function, icon="", key="")`, `add_rule()`, `clear()`.

    Enter, Space or a click opens the menu below the button; `key` is only printed, the page binds it.
    `about_to_show` may be set to a function that fills the menu anew each time.
    """

    def __init__(self, text: str = "", icon: str = "more", tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, icon=icon, tip=tip, parent=parent)
        self.menu_shown = QMenu(self)
        self.about_to_show: Callable[[], object] | None = None
        self.clicked.connect(self.open_menu)

    def add(self, word: str, function: Callable[[], object], icon: str = "", key: str = "") -> QAction:
        """Append an action."""
        action = self.menu_shown.addAction(word.replace("&", "&&") + (f"\t{key}" if key else ""))
        if icon:
            action.setIcon(menu_icon(icon))
        action.triggered.connect(lambda _checked=False: function())
        return action

    def drop(self, action: QAction) -> None:
        """Take an action away again."""
        self.menu_shown.removeAction(action)
        action.deleteLater()

    def add_rule(self) -> None:
        """A line between groups of actions."""
        self.menu_shown.addSeparator()

    def clear(self) -> None:
        """Empty the menu."""
        self.menu_shown.clear()

    def entries(self) -> list[str]:
        """Words of the actions."""
        return [action.text().split("\t")[0] for action in self.menu_shown.actions() if not action.isSeparator()]

    def choose(self, word: str) -> None:
        """Trigger the action with this word, as a click on it would."""
        for action in self.menu_shown.actions():
            if action.text().split("\t")[0] == word:
                action.trigger()
                return
        raise LookupError(word)

    def open_menu(self) -> None:
        """Show the menu below the button, kept inside the screen."""
        if self.about_to_show is not None:
            self.about_to_show()
        corner = self.mapToGlobal(self.rect().bottomRight())
        corner.setX(corner.x() - self.menu_shown.sizeHint().width())
        self.menu_shown.popup(corner)
        self.menu_shown.setFocus(Qt.FocusReason.PopupFocusReason)
