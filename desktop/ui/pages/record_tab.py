"""One tab of a record's detail: its word, its count, its widget, and how it loads what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.app.workspace import Workspace

if TYPE_CHECKING:
    from desktop.ui.pages.record_pane import RecordPane


class RecordTab(QWidget):
    """Base of a tab; a subclass in a module of its own, listed in its pane's tabs (`asset_tabs/__init__.py`).

    A tab is made when it is first shown, and loads when it is shown for a record it has not loaded yet. It overrides

    - `key` (never changes: links name it), `word()` (its name on the screen), `scrolls` (False: it scrolls itself);
    - `count(ws, record)`: the small number beside the word, "" for none; on a worker thread before the tab exists;
    - `__init__(pane)`: build widgets into `self.lines`; `shell`, `ws`, `pane` and `may_edit` are there;
    - `load(record)`: ask a service in `app`, on a worker thread, touching no widget; what it returns goes to
    - `show_data(detail, data)`: `detail` is the record's head as the pane loaded it, `data` what `load` gave.

    `reload()` asks again (after a write of the tab's own; a write to a table the page `shows` reloads everything).
    """

    key = ""
    scrolls = True

    def __init__(self, pane: RecordPane) -> None:
        super().__init__()
        self.pane, self.shell, self.ws = pane, pane.shell, pane.ws
        self.may_edit = pane.may_edit
        self.lines = QVBoxLayout(self)
        self.lines.setContentsMargins(14, 10, 14, 14)
        self.lines.setSpacing(12)

    @classmethod
    def word(cls) -> str:
        """The tab's name on the screen."""
        raise NotImplementedError

    @classmethod
    def may_show(cls, ws: Workspace) -> bool:
        """Whether the user's role sees this tab at all."""
        return True

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        """The small number beside the word; on a worker thread."""
        return ""

    def load(self, record: str) -> Any:
        """What the tab needs besides the record's head; on a worker thread."""
        return None

    def show_data(self, detail: Any, data: Any) -> None:
        """Show it."""

    def reload(self) -> None:
        """Ask again for the record shown."""
        self.pane.reload_tab(self.key)
