"""隐私检查 beside a notice: every doubtful word with the rule it meets, to be taken out or mended by hand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.registry.notice_privacy import Doubt
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import ElidedLabel, Icon, Label, StatusWord

SHOWN = 3
"""Doubtful words listed at once; the others follow when these are mended."""


class PrivacyCheck(QWidget):
    """`PrivacyCheck()`: `show_doubts(doubts, draft)`; `take_asked(doubt)`, `own_asked(doubt)`."""

    take_asked = Signal(object)
    own_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        check = QVBoxLayout(self)
        check.setContentsMargins(16, 8, 16, 8)
        check.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(Label(self.tr("隐私检查"), "strong"))
        head.addStretch(1)
        self.verdict = StatusWord()
        head.addWidget(self.verdict)
        check.addLayout(head)
        self.findings = QVBoxLayout()
        self.findings.setSpacing(6)
        check.addLayout(self.findings)

    def show_doubts(self, doubts: Sequence[Doubt], draft: bool) -> None:
        """List what is doubtful; buttons only on a draft."""
        while self.findings.count():
            widget = self.findings.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if doubts:
            self.verdict.show_status(self.tr("{n} 处要改").format(n=len(doubts)), "error", "danger")
            for doubt in doubts[:SHOWN]:
                self.findings.addWidget(self._doubt_row(doubt, draft))
            if len(doubts) > SHOWN:
                self.findings.addWidget(Label(self.tr("另有 {n} 处").format(n=len(doubts) - SHOWN), "second"))
            return
        self.verdict.show_status(self.tr("逐字查过，没有要改的"), "ok", "success")
        for words in (
            self.tr("没有证件号码和银行账号，电话只有办公电话"), self.tr("没有写健康状况，名单里没有不该有的列"),
        ):  # fmt: skip
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(8)
            row.addWidget(Icon("ok", "success"))
            row.addWidget(ElidedLabel(words), 1)
            self.findings.addWidget(line)

    def _doubt_row(self, doubt: Doubt, draft: bool) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(Icon("error", "danger"), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(ElidedLabel(self.tr("{where}“{word}”").format(where=doubt.where, word=doubt.word)))
        words.addWidget(ElidedLabel(self.tr("{rule}。建议去掉这几个字").format(rule=doubt.rule), "caption"))
        row.addLayout(words, 1)
        take = Button(self.tr("采用建议"), small=True)
        own = Button(self.tr("自己改"), small=True)
        take.clicked.connect(lambda: self.take_asked.emit(doubt))
        own.clicked.connect(lambda: self.own_asked.emit(doubt))
        if draft:
            row.addWidget(take)
            if doubt.field != "table":
                row.addWidget(own)
        return line
