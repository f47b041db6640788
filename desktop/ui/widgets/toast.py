"""A short word on what just happened, with undo; bottom left above the status bar, one at a time, never for errors."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme, tokens
from desktop.ui.widgets.labels import ElidedLabel
from desktop.ui.widgets.painting import paint_box


class Toast(QWidget):
    """`Toast(parent)`: frameless child; `show_message(text, undo=None)`. Ctrl+Z or 撤销 calls `undo` while it stands.

    It stays 6 s, longer while the pointer or the focus is on it.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(36, 0, 10, 0)
        row.setSpacing(8)
        self._text = ElidedLabel()
        self._undo = QPushButton(self.tr("撤销 Ctrl+Z"))
        self._undo.setFlat(True)
        self._undo.setCursor(Qt.CursorShape.PointingHandCursor)
        self._undo.clicked.connect(self.undo)
        row.addWidget(self._text, 1)
        row.addWidget(self._undo)
        self._action: Callable[[], object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._maybe_hide)
        self._shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), parent)
        self._shortcut.activated.connect(self.undo)
        self._shortcut.setEnabled(False)
        self.bottom_margin = theme().px("status_bar_h") + 10
        self.left_margin = 12
        parent.installEventFilter(self)
        self.hide()
        theme().changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        c = theme().color
        self._text.setStyleSheet(f"color: {c('surface').name()}")
        self._undo.setStyleSheet(
            f"QPushButton {{ color: {c('surface').name()}; border: none; background: transparent; font-weight: 700; }}"
            f"QPushButton:focus {{ border: 1px solid {c('surface').name()}; border-radius: 3px; }}"
        )

    def show_message(self, text: str, undo: Callable[[], object] | None = None) -> None:
        """Say what happened; the previous toast is replaced."""
        self._action = undo
        self._text.setText(text)
        self._undo.setVisible(undo is not None)
        self._shortcut.setEnabled(undo is not None)
        self.setAccessibleName(text)
        self.setFixedSize(theme().px("toast_w"), theme().px("control") + 4)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(int(tokens()["size_px"]["toast_ms"]))

    def text(self) -> str:
        """The message shown."""
        return self._text.text()

    def undo(self) -> None:
        """Take back, once."""
        action, self._action = self._action, None
        self.hide()
        self._shortcut.setEnabled(False)
        if action is not None:
            action()

    def _maybe_hide(self) -> None:
        if self.underMouse() or self._undo.hasFocus():
            self._timer.start(1000)
            return
        self.hide()
        self._shortcut.setEnabled(False)
        self._action = None

    def _place(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        self.move(self.left_margin, parent.height() - self.height() - self.bottom_margin)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        paint_box(painter, QRectF(self.rect()), c("text"), c("text"), 0, theme().radius("control"))
        paint_icon(painter, QRectF(12, (self.height() - 16) / 2, 16, 16), "ok", c("surface"))
