"""What a notice says, as fields: title, basis, text, places, whom to object to, and from when to when it hangs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.registry.notice_privacy import Doubt
from desktop.registry.notice_procedure import announces_only, days_between, last_day, opens_on
from desktop.ui.theme import theme
from desktop.ui.widgets.code_select import CodeSelect
from desktop.ui.widgets.day_strip import DayStrip
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label, StatusWord, rule
from desktop.ui.widgets.value_fields import PartialDateField

LINES = ("title", "basis", "issuer", "contact", "contact_address", "contact_phone", "supervise_phone")


class NoticeWords(QWidget):
    """`NoticeWords()`: `load(values, draft)`, `typed()`, `show_period(typed, days)`, `stand_at(doubt)`; `edited()`."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loading = False
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 10, 16, 12)
        rows.setSpacing(10)
        rows.addLayout(self._words())
        rows.addWidget(rule("grid"))
        rows.addLayout(self._period())
        self.strip = DayStrip()
        rows.addWidget(self.strip)
        self.after = Label("", "caption")
        rows.addWidget(self.after)
        rows.addStretch(1)

    def _words(self) -> QGridLayout:
        self.fields: dict[str, TextField] = {name: TextField() for name in LINES}
        self.places = TextField(placeholder=self.tr("村公示栏、祠堂旁，几处用顿号分开"))
        self.kind = CodeSelect("notice_type")
        self.body = QPlainTextEdit()
        self.body.setTabChangesFocus(True)
        self.body.setToolTip(self.tr("单独一行写【表】，名单就排在那里；以“一、”开头的一行是小标题"))
        self.body.setFixedHeight(round(104 * max(theme().scale, 1.0)))
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        wide: tuple[tuple[str, QWidget], ...] = (
            (self.tr("标题"), self.fields["title"]), (self.tr("依据"), self.fields["basis"]),
            (self.tr("正文"), self.body), (self.tr("张贴处"), self.places),
        )  # fmt: skip
        for row, (word, widget) in enumerate(wide):
            grid.addWidget(_caption(word), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(widget, row, 1, 1, 3)
            widget.setAccessibleName(word)
        self.kind.setSizePolicy(self.fields["title"].sizePolicy())
        grid.addWidget(_caption(self.tr("种类")), len(wide), 0)
        grid.addWidget(self.kind, len(wide), 1)
        grid.addWidget(_caption(self.tr("落款")), len(wide), 2)
        grid.addWidget(self.fields["issuer"], len(wide), 3)
        for widget, word in ((self.kind, self.tr("种类")), (self.fields["issuer"], self.tr("落款"))):
            widget.setAccessibleName(word)
        pairs = (
            (("contact_address", self.tr("异议地址")), ("contact", self.tr("联系人"))),
            (("contact_phone", self.tr("办公电话")), ("supervise_phone", self.tr("监督电话"))),
        )
        for row, pair in enumerate(pairs, len(wide) + 1):
            for column, (name, word) in enumerate(pair):
                grid.addWidget(_caption(word), row, column * 2)
                grid.addWidget(self.fields[name], row, column * 2 + 1)
                self.fields[name].setAccessibleName(word)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        for field in (*self.fields.values(), self.places):
            field.textEdited.connect(lambda _t: self._edited())
        self.body.textChanged.connect(self._edited)
        self.kind.picked.connect(lambda _k: self._edited())
        return grid

    def _period(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.start = PartialDateField(whole_days=True)
        self.start.setFixedWidth(round(150 * max(theme().scale, 1.0)))
        self.days = TextField()
        self.days.setFixedWidth(56)
        self.days.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.days.setAccessibleName(self.tr("公示天数"))
        self.enough = StatusWord()
        self.period_word = Label(self.tr("公示期"), "strong")
        for widget in (self.period_word, Label(self.tr("从"), "second"), self.start, Label(self.tr("起贴"), "second"),
                       self.days, Label(self.tr("天"), "second")):  # fmt: skip
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.enough)
        self.start.value_changed.connect(self._edited)
        self.days.textEdited.connect(lambda _t: self._edited())
        return row

    def _edited(self) -> None:
        if not self._loading:
            self.edited.emit()

    def load(self, values: Mapping[str, Any], draft: bool) -> None:
        """Show what is kept; only a draft may be changed."""
        self._loading = True
        for name, field in self.fields.items():
            field.setText(str(values.get(name) or ""))
            field.setCursorPosition(0)
        self.kind.set_value(values.get("kind") or "")
        self.places.setText("、".join(place_of(p) for p in values.get("places") or []))
        self.body.setPlainText(str(values.get("body") or ""))
        self.start.set_value(values.get("start_date"), "day")
        start, end = values.get("start_date"), values.get("end_date")
        self.days.setText(str(days_between(str(start), str(end))) if start and end else "")
        self._loading = False
        for field in (*self.fields.values(), self.places, self.days):
            field.setReadOnly(not draft)
        self.body.setReadOnly(not draft)
        self.start.setReadOnly(not draft)
        self.kind.setEnabled(draft)

    def typed(self) -> dict[str, Any]:
        """Every field as it stands."""
        found: dict[str, Any] = {name: field.text().strip() or None for name, field in self.fields.items()}
        date, days = self.start.value(), self.days.text().strip()
        start = date.iso() if date is not None and date.precision == "day" else None
        count = int(days) if days.isascii() and days.isdigit() and 0 < int(days) < 1000 else 0
        only = announces_only(str(self.kind.value()))
        return {
            **found, "kind": self.kind.value() or None, "body": self.body.toPlainText().strip() or None,
            "places": [[p.strip()] for p in self.places.text().replace("，", "、").split("、") if p.strip()],
            "start_date": start, "end_date": last_day(start, count) if start and count and not only else None,
        }  # fmt: skip

    def show_period(self, typed: Mapping[str, Any], needed: int) -> None:
        """The days of the notice as a strip, and whether they are as many as the county asks (`needed`)."""
        start, end = typed.get("start_date"), typed.get("end_date")
        only = announces_only(str(typed.get("kind") or ""))
        self.strip.show_period(start, end)
        self.days.setEnabled(not only)
        if only:
            self.enough.show_status(self.tr("公告只报结果，不收异议"), "info", "accent")
            self.after.setText("")
        elif not start or not end:
            self.enough.show_status(self.tr("起贴日期和天数要写"), "flag", "warning")
            self.after.setText("")
        else:
            days = days_between(start, end)
            short = days < needed
            words = self.tr("少于 {n} 天") if short else self.tr("不少于县定 {n} 天")
            tone = ("error", "danger") if short else ("ok", "success")
            self.enough.show_status(words.format(n=needed), *tone)  # type: ignore[arg-type]
            after = self.tr("首尾两天都算，周末也算。{day} 起才能办下一步；末日那天要拍期满照。")
            self.after.setText(after.format(day=opens_on(end)[5:]))

    def stand_at(self, doubt: Doubt) -> QWidget:
        """Select a doubtful word; the field it stands in."""
        if doubt.field == "body":
            block = self.body.document().findBlockByNumber(doubt.line)
            cursor = self.body.textCursor()
            cursor.setPosition(block.position() + doubt.start)
            cursor.setPosition(block.position() + doubt.end, cursor.MoveMode.KeepAnchor)
            self.body.setTextCursor(cursor)
            self.body.setFocus(Qt.FocusReason.OtherFocusReason)
            return self.body
        field = self.fields.get(doubt.field, self.places)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        if doubt.field in self.fields:
            field.setSelection(doubt.start, doubt.end - doubt.start)
        return field


def _caption(word: str) -> Label:
    caption = Label(word, "second")
    caption.setFixedWidth(round(66 * max(theme().scale, 1.0)))
    caption.setFixedHeight(theme().px("control"))
    caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return caption


def place_of(row: Any) -> str:
    """A place of posting, however its line is given."""
    return str((row.get("place") if isinstance(row, Mapping) else row[0]) or "")
