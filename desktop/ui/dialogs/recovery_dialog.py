"""A new recovery card in a dialog that closes only when the card is printed or copied."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.recovery_card import RecoveryCardView


class RecoveryDialog(QDialog):
    """`RecoveryDialog(code, caption, parent=None)`."""

    def __init__(self, code: str, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("恢复卡"))
        self.setFixedWidth(460)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        self.card = RecoveryCardView(code, caption)
        lines.addWidget(self.card)
        row = QHBoxLayout()
        row.addStretch(1)
        self.close_button = Button(self.tr("收好了"), "primary")
        self.close_button.setEnabled(False)
        row.addWidget(self.close_button)
        lines.addLayout(row)
        self.card.secured.connect(lambda: self.close_button.setEnabled(True))
        self.close_button.clicked.connect(self.accept)

    def reject(self) -> None:
        """Esc and the window's cross only when the card is safe: the old one opens nothing any more."""
        if self.card.done:
            super().reject()
