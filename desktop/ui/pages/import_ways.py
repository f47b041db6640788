"""What to do about a finding, beside the source: why, up to three ways by keys 1 to 3, a value of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.app.exchange import import_review as review_words
from desktop.app.exchange.import_columns import shown
from desktop.app.exchange.importing import Kind
from desktop.exchange.workbook.findings import Decision, Finding
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button, Option
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import ElidedLabel, Icon, Label
from desktop.ui.widgets.painting import Chip, Tone

TONES: dict[str, Tone] = {"error": "danger", "warning": "warning", "info": "accent"}


class WaysPane(QWidget):
    """`WaysPane(parent=None)`: `show_finding(kind, finding, title, why, decision, masked)`, `show_fold(words, hint)`.

    `chosen(1…3)` when a way is clicked; `typed()` when a value of one's own is confirmed (`own_value()`).
    """

    chosen = Signal(int)
    typed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(round(346 * max(theme().scale, 1.0)))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(4, 8, 16, 8)
        lines.setSpacing(5)
        head = QHBoxLayout()
        head.setSpacing(6)
        self._mark = Icon("error", "danger")
        self.why_title = ElidedLabel("", "strong", "danger")
        head.addWidget(self._mark)
        head.addWidget(self.why_title, 1)
        lines.addLayout(head)
        self.why = Label("", "second", wrap=True)
        self.why.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        lines.addWidget(self.why, 1)
        self.group = QButtonGroup(self)
        self.ways: list[Option] = []
        for number in (1, 2, 3):
            option = Option("", key=str(number))
            self.ways.append(option)
            self.group.addButton(option, number)
            option.clicked.connect(lambda _on=False, number=number: self.chosen.emit(number))
        self.own = QStackedWidget()
        self.own.setFixedHeight(self.ways[1].sizeHint().height())
        self.own.addWidget(self.ways[1])
        self.own.addWidget(self._own_row())
        lines.addWidget(self.ways[0])
        lines.addWidget(self.own)
        lines.addWidget(self.ways[2])

    def _own_row(self) -> QWidget:
        row_widget = QWidget()
        row = QHBoxLayout(row_widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.value = Select([], editable=True, placeholder=self.tr("应当是"))
        self.value.setSizePolicy(QWidget().sizePolicy())
        self.value.setAccessibleName(self.tr("应当是"))
        self.value.line().returnPressed.connect(self.typed)
        self.value_button = Button(self.tr("就用这个"), "primary", key="Enter")
        self.value_button.clicked.connect(self.typed)
        row.addWidget(self.value, 1)
        row.addWidget(self.value_button)
        return row_widget

    # -- what is shown -----------------------------------------------------------------------------------------

    def show_ways(self, on: bool) -> None:
        """Whether there is anything to choose."""
        for option in self.ways:
            option.setVisible(on)
        self.own.setVisible(on)

    def show_fold(self, words: str, hint: str) -> None:
        """The row that stands for all 已规范, or no row at all."""
        self.show_ways(False)
        self._mark.show_icon("info", "accent")
        self.why_title.setText(words)
        self.why_title.set_tone("accent")
        self.why.setText(hint)

    def show_finding(
        self, kind: Kind, finding: Finding, title: str, why: str, decision: Decision | None, *, masked: bool
    ) -> None:
        """Why it was found and what can be done; the way that was decided is marked."""
        self.show_ways(True)
        self._mark.show_icon(Chip.of(finding.severity).icon, TONES[finding.severity])
        self.why_title.setText(title)
        self.why_title.set_tone(TONES[finding.severity])
        self.why.setText(why)
        self.group.setExclusive(False)
        for option, way in zip(self.ways, review_words.ways_of(kind, finding, masked=masked), strict=True):
            option.setText(way.text)
            option.setAccessibleName(way.text)
            option.setEnabled(way.enabled)
            option.setChecked(decision is not None and decision.take == way.take)
            option.update()
        self.group.setExclusive(True)
        if decision is not None and decision.take == "value":
            said = review_words.decided_words(kind, finding, decision)
            self.ways[1].setText(self.tr("自己填：{value}").format(value=said.removeprefix("改为 ")))

    # -- a value of one's own ----------------------------------------------------------------------------------

    def ask_value(self, offered: Sequence[tuple[str, Any]], start: Any) -> None:
        """Let a value be typed or picked, beginning with `start`."""
        self.value.set_items(offered)
        self.value.setCurrentIndex(-1)
        self.value.setEditText(next((w for w, v in offered if v == start), shown(start)))
        self.own.setCurrentIndex(1)
        self.value.line().setFocus(Qt.FocusReason.OtherFocusReason)
        self.value.line().selectAll()

    def own_text(self) -> str | None:
        """What was typed; None while nothing is being typed."""
        return self.value.line().text().strip() if self.own.currentIndex() == 1 else None

    def leave_own(self) -> bool:
        """Back to the ways; False when no value was being typed."""
        typing = self.own.currentIndex() == 1
        self.own.setCurrentIndex(0)
        return typing
