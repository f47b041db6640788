"""A keyboard scanner anywhere on a page: a code that arrives faster than anybody types, ended by Enter.

The labels' QR codes hold the asset's identifier only (32 hexadecimal digits); a bar code may hold the asset's number.
The scanner types like a keyboard, so its characters are heard wherever the focus is.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

FASTER_THAN_MS = 60
"""Between two characters; a person needs longer, even at speed."""
LEAST = 6


class CodeScanner(QObject):
    """`CodeScanner(page)`: `scanned(code)` between `start()` and `stop()`: it hears only while its page is shown."""

    scanned = Signal(str)

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._text = ""
        self._last = 0

    def start(self) -> None:
        """The page is shown."""
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)  # again is once: Qt keeps one

    def stop(self) -> None:
        """The page is hidden: every event of the program goes by without us."""
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self._text = ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and watched.isWidgetType():
            first = QApplication.focusWidget() or self._page.window()
            return watched is first and self._heard(event)  # parents hear an ignored key again
        return False

    def _heard(self, event: QKeyEvent) -> bool:
        """Whether the key ended a scan, which nobody else shall take for an Enter."""
        if not self._page.isVisible() or QApplication.activeModalWidget() is not None:
            self._text = ""
            return False
        now = event.timestamp()
        if now - self._last > FASTER_THAN_MS:
            self._text = ""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            code, self._text = self._text, ""
            if len(code) >= LEAST:
                self._last = now
                self.scanned.emit(code)
                return True
            return False
        if event.text() and event.text().isprintable():
            self._text += event.text()
            self._last = now
        return False
