"""A long task on the screen: what, n / m, time left after 3 s, and 停下; appears after 0.4 s."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.theme import tokens
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.figures import Bar
from desktop.ui.widgets.labels import Card, ElidedLabel, Label


class ProgressLine(Card):
    """`ProgressLine(parent=None, *, delay=True)`: `start(title)`, `set_progress(done, total, detail="")`, `finish()`.

    `stop_asked` is emitted by 停下 or Esc. With `delay` it shows itself only after 0.4 s. `total` 0 means unknown.
    """

    stop_asked = Signal()

    def __init__(self, parent: QWidget | None = None, *, delay: bool = True) -> None:
        super().__init__(parent, (12, 10, 12, 10))
        self._delay = delay
        lines = QVBoxLayout()
        lines.setSpacing(6)
        top = QHBoxLayout()
        self._title = ElidedLabel("", "bold")
        self._count = Label("", "second")
        top.addWidget(self._title, 1)
        top.addWidget(self._count)
        self._bar = Bar()
        low = QHBoxLayout()
        self._detail = ElidedLabel("", "caption")
        self.stop_button = Button(self.tr("停下"), key="Esc", small=True)
        self.stop_button.clicked.connect(self._stop)
        low.addWidget(self._detail, 1)
        low.addWidget(self.stop_button)
        for part in (top, low):
            lines.addLayout(part)
        lines.insertWidget(1, self._bar)
        self.body.addLayout(lines)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.timeout.connect(self.show)
        self._began = 0.0
        self._running = False
        self.hide()

    def start(self, title: str) -> None:
        """A task begins."""
        self._began = time.monotonic()
        self._running = True
        self._title.setText(title)
        self._count.setText("")
        self._detail.setText("")
        self._bar.set_value(0)
        self.stop_button.setEnabled(True)
        if self._delay:
            self._wait.start(int(tokens()["size_px"]["progress_delay_ms"]))
        else:
            self.show()

    def set_progress(self, done: int, total: int, detail: str = "") -> None:
        """How far it is."""
        if not self._running:
            return
        self._count.setText(f"{done:,} / {total:,}" if total else f"{done:,}")
        self._bar.set_value(done / total if total else 0.0)
        words = [detail] if detail else []
        spent = time.monotonic() - self._began
        if spent > 3 and total and 0 < done < total:
            left = int(spent / done * (total - done)) + 1
            if left < 90:
                words.append(self.tr("约剩 {n} 秒").format(n=left))
            else:
                words.append(self.tr("约剩 {n} 分钟").format(n=round(left / 60)))
        self._detail.setText("，".join(words))

    def finish(self) -> None:
        """The task is over."""
        self._running = False
        self._wait.stop()
        self.hide()

    def is_running(self) -> bool:
        """Whether a task is under way."""
        return self._running

    def _stop(self) -> None:
        if self._running:
            self.stop_button.setEnabled(False)
            self._detail.setText(self.tr("正在停下"))
            self.stop_asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._running:
            self._stop()
        else:
            super().keyPressEvent(event)
