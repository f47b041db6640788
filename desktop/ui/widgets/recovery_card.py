"""The recovery card on the screen: nine groups, what to do with them; and the check that it was written down."""

from __future__ import annotations

import secrets

from PySide6.QtCore import QMarginsF, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.reports.preview import Preview
from desktop.reports.recovery_card import RecoveryCard, recovery_card_pdf
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Card, Label, StatusWord


class RecoveryCardView(QWidget):
    """`RecoveryCardView(code, caption, parent=None)`: shows the card, prints it, or checks that it was copied by hand.

    `secured()` is emitted once the card was sent to a printer or two of its groups were typed back correctly.
    """

    secured = Signal()

    def __init__(self, code: str, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.groups = code.split("-")
        self._caption = caption
        self.done = False
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(Label(self.tr("恢复卡"), "strong"), 1)
        self.state = StatusWord(self.tr("还没打印"), "circle", "warning")
        head.addWidget(self.state)
        lines.addLayout(head)
        card = Card(margins=(18, 16, 18, 16))
        card.body.setSpacing(6)
        title = Label(self.tr("乡册 恢复卡"), "question")
        for label in (title, below := Label(caption, "caption")):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            card.body.addWidget(label)
        below.setWordWrap(True)
        card.body.addLayout(self._grid())
        steps = self.tr(
            "1. 忘记口令时，在解锁页点“用恢复卡”，照抄这 9 组。\n"
            "2. 不含 I、L、O、U，不分大小写；抄错一组会指出是哪一组。\n"
            "3. 卡丢了就在“设置 › 用户”里换新卡，旧卡作废。"
        )
        card.body.addWidget(Label(steps, "second", wrap=True))
        lines.addWidget(card)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.print_button = Button(self.tr("打印恢复卡"), icon="print", key="Ctrl+P")
        self.print_button.clicked.connect(self.send_to_printer)
        self.copy_button = Button(self.tr("没有打印机，手抄后核对"), "quiet")
        self.copy_button.clicked.connect(self.ask_back)
        row.addWidget(self.print_button)
        row.addWidget(self.copy_button)
        row.addStretch(1)
        lines.addLayout(row)
        self.check = QWidget()
        checks = QHBoxLayout(self.check)
        checks.setContentsMargins(0, 0, 0, 0)
        checks.setSpacing(8)
        self.asked: list[int] = []
        self.answers: list[TextField] = []
        self._words: list[Label] = []
        for _ in range(2):
            word, field = Label("", "second"), TextField()
            field.setFixedWidth(84)
            field.textEdited.connect(lambda _t: self._judge())
            self._words.append(word)
            self.answers.append(field)
            checks.addWidget(word)
            checks.addWidget(field)
        checks.addStretch(1)
        self.check.hide()
        lines.addWidget(self.check)

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(6)
        grid.setContentsMargins(0, 6, 0, 6)
        font = theme().font("question", bold=True)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 1)
        for i, group in enumerate(self.groups):
            cell = QLabel(group)
            cell.setFont(font)
            cell.setAlignment(Qt.AlignmentFlag.AlignCenter)
            cell.setFrameShape(QFrame.Shape.NoFrame)
            cell.setProperty("group", True)
            cell.setMinimumHeight(34)
            cell.setAccessibleName(self.tr("第 {n} 组 {g}").format(n=i + 1, g=" ".join(group)))
            grid.addWidget(cell, i // 3, i % 3)
        return grid

    def ask_back(self) -> None:
        """Ask for two of the groups."""
        first = secrets.randbelow(len(self.groups))
        second = (first + 1 + secrets.randbelow(len(self.groups) - 1)) % len(self.groups)
        self.asked = sorted((first, second))
        for number, word, field in zip(self.asked, self._words, self.answers, strict=True):
            word.setText(self.tr("第 {n} 组").format(n=number + 1))
            field.clear()
            field.mark("")
        self.check.show()
        self.answers[0].setFocus()

    def _judge(self) -> None:
        right = 0
        for number, field in zip(self.asked, self.answers, strict=True):
            typed = field.text().strip().upper()
            right += typed == self.groups[number]
            field.mark("error" if len(typed) >= 4 and typed != self.groups[number] else "")
        if right == len(self.answers):
            self._secure(self.tr("已抄好"))

    def _secure(self, words: str) -> None:
        self.done = True
        self.state.show_status(words, "ok", "success")
        self.secured.emit()

    def send_to_printer(self) -> None:
        """The system's print dialog; the card is drawn in memory, no file is made."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setResolution(300)
        printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        printer.setPageOrientation(QPageLayout.Orientation.Portrait)
        printer.setPageMargins(QMarginsF(0, 0, 0, 0))
        printer.setFullPage(True)
        if QPrintDialog(printer, self).exec() == QPrintDialog.DialogCode.Accepted:
            self.print_on(printer)

    def print_on(self, printer: QPrinter) -> None:
        """Draw the card on a printer."""
        with Preview(recovery_card_pdf(RecoveryCard(self.groups, self._caption))) as preview:
            picture = preview.render(0, 300 / 72)
        painter = QPainter()
        if not painter.begin(printer):
            self.state.show_status(self.tr("打印机没有响应"), "alert", "danger")
            return
        image = QImage(picture.rgba, picture.width, picture.height, QImage.Format.Format_RGBA8888)
        painter.drawImage(QRectF(painter.viewport()), image)
        painter.end()
        self._secure(self.tr("已送打印机"))
