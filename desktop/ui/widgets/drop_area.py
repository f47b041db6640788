"""Where files are dropped or chosen: a dashed area with an icon, one line what, one line which, and a button."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout, QWidget

from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Icon, Label
from desktop.ui.widgets.painting import paint_focus_ring


class DropArea(QFrame):
    """`DropArea(icon, title, hint, button, filters, several=False, parent=None)`: `chosen([Path, …])`.

    `filters`: the file dialog's name filter. Enter or Ctrl+O opens the dialog; dropped files that are no local files
    are left alone.
    """

    chosen = Signal(list)

    def __init__(
        self,
        icon: str,
        title: str,
        hint: str,
        button: str,
        filters: str,
        *,
        several: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._filters, self._several, self._over = filters, several, False
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 16, 16, 16)
        lines.setSpacing(4)
        lines.addStretch(1)
        self._icon = Icon(icon, "text_3", 28)
        self._title = Label(title, "bold")
        self._hint = Label(hint, "caption")
        self.button = Button(button, "primary", key="Ctrl+O")
        self.button.clicked.connect(self.choose)
        for widget in (self._icon, self._title, self._hint):
            lines.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        lines.addSpacing(8)
        lines.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        lines.addStretch(1)
        theme().changed.connect(self.update)

    def choose(self) -> None:
        """Ask for files."""
        if self._several:
            names, _kind = QFileDialog.getOpenFileNames(self, self.button.text(), "", self._filters)
        else:
            name, _kind = QFileDialog.getOpenFileName(self, self.button.text(), "", self._filters)
            names = [name] if name else []
        if names:
            self.chosen.emit([Path(name) for name in names])

    def _paths(self, event: QDropEvent) -> Sequence[Path]:
        found = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        return found if self._several else found[:1]

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._paths(event):
            self._over = True
            self.update()
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: object) -> None:
        self._over = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._over = False
        self.update()
        paths = list(self._paths(event))
        if paths:
            event.acceptProposedAction()
            self.chosen.emit(paths)

    def keyPressEvent(self, event: object) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):  # type: ignore[attr-defined]
            self.choose()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c = theme().color
        painter.setPen(QPen(c("accent") if self._over else c("border_strong"), 1, Qt.PenStyle.DashLine))
        painter.setBrush(c("accent_soft") if self._over else c("surface"))
        radius = theme().radius("card")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        if self.hasFocus():
            paint_focus_ring(painter, self.rect(), radius)
