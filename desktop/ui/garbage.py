"""Collects Python's cyclic garbage on the UI thread alone, because a widget must not be destroyed on another thread.

Python runs its collector on whatever thread happens to allocate. When that is a worker, widgets caught in a reference
cycle (a page and its callbacks) would be deleted there, and Qt's timers and windows do not survive that. So while gates
are open the automatic collector is off and a timer on the UI thread does its work.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_holders = 0


class UiThreadCollector(QObject):
    """`UiThreadCollector(parent=None)`: from its making to `close()` garbage is collected on this thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        global _holders
        super().__init__(parent)
        _holders += 1
        gc.disable()
        self._open = True
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the oldest generation whose threshold is passed, as Python itself would."""
        for generation in (2, 1, 0):
            limit = gc.get_threshold()[generation]
            if limit and gc.get_count()[generation] > limit:
                gc.collect(generation)
                return

    def close(self) -> None:
        """Give the work back to Python when nobody else holds it."""
        global _holders
        if not self._open:
            return
        self._open = False
        self._timer.stop()
        _holders -= 1
        if _holders == 0:
            gc.enable()
