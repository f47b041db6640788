"""How a dialog begins: its title once for the window and once as the heading, room around, a row beside it."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout

from desktop.ui.theme import theme
from desktop.ui.widgets.labels import Label


def begin_dialog(
    dialog: QDialog, title: str, height: int = 0, *, width: int = 0, least: int = 0
) -> tuple[QVBoxLayout, QHBoxLayout]:
    """The lines of a dialog and the row of its heading, which the caller adds to and puts into the lines.

    `height` (px) is for a dialog that may be made larger, `least` (px) for one at least so wide; without them the
    width is fixed (that of a wide dialog unless `width` is given), the height as needed.
    """
    dialog.setWindowTitle(title)
    if height:
        dialog.resize(theme().px("dialog_wide_w"), height)
    elif least:
        dialog.setMinimumWidth(least)
    else:
        dialog.setFixedWidth(width or theme().px("dialog_wide_w"))
    lines = QVBoxLayout(dialog)
    lines.setContentsMargins(18, 14, 18, 14)
    lines.setSpacing(10)
    head = QHBoxLayout()
    head.setSpacing(10)
    head.addWidget(Label(title, "question"))
    return lines, head
