"""Fields for exact values: money in 分, identification numbers, dates with their precision. They never mend."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCalendarWidget, QHBoxLayout, QVBoxLayout, QWidget

from desktop.common.dates import DateError, PartialDate, Precision, parse_partial_date
from desktop.common.idnumber import birth_date, check_digit, check_id_number, mask_id, normalise, sex
from desktop.common.money import MoneyError, format_yuan, parse_money
from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.segments import Segments


class ValueField(TextField):
    """Base: a text field with a value, a word on what is wrong or doubtful, and something painted at its right end.

    Signals: `value_changed()`; `message_changed(text, tone)` with tone "", warning, danger or success.
    """

    value_changed = Signal()
    message_changed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self._problem = ""
        self._side, self._side_role, self._side_icon = "", "text_3", ""

    def problem(self) -> str:
        """What is wrong with what was typed, "" when nothing is; a page does not save while there is a problem."""
        return self._problem

    def _say(self, text: str, tone: str = "danger") -> None:
        self._problem = text if tone == "danger" else ""
        self.mark("error" if self._problem else "warning" if tone == "warning" and text else "")
        self.message_changed.emit(text, tone if text else "")

    def _show_side(self, text: str, role: str = "text_3", icon: str = "") -> None:
        self._side, self._side_role, self._side_icon = text, role, icon
        width = QFontMetrics(theme().font("caption")).horizontalAdvance(text) + (20 if icon else 0)
        self.setTextMargins(0, 0, width + 4 if width else 0, 0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._side and not self._side_icon:
            return
        painter = QPainter(self)
        color = theme().color(self._side_role)
        font = theme().font("caption")
        width = QFontMetrics(font).horizontalAdvance(self._side)
        right = self.width() - 9
        painter.setFont(font)
        painter.setPen(color)
        place = QRectF(right - width - 1, 0, width + 2, self.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self._side)
        if self._side_icon:
            left = right - width - (18 if self._side else 14)
            paint_icon(painter, QRectF(left, (self.height() - 14) / 2, 14, 14), self._side_icon, color)


class MoneyField(ValueField):
    """`MoneyField(unit_word="元", usual_fen=None, parent=None)`: an amount in integer 分, or None.

    While focused plain digits, on leaving 8,200.00; `0.82w` and `0.82万` are 8,200 元. With `usual_fen` (the median of
    the column) an amount a hundred times as large or more is doubted, never changed.
    """

    def __init__(self, unit_word: str = "", usual_fen: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fen: int | None = None
        self._usual = usual_fen
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._show_side(unit_word or self.tr("元"))
        self.textEdited.connect(lambda _text: self._read())

    def value(self) -> int | None:
        """分, None when empty (or wrong: see `problem`)."""
        return self._fen

    def set_value(self, fen: int | None) -> None:
        """Show an amount."""
        self._fen = fen
        self._say("")
        self._show()

    def set_usual(self, fen: int | None) -> None:
        """The median of the column, for doubting 元 against 万元."""
        self._usual = fen

    def _show(self) -> None:
        if self._fen is None:
            self.setText("")
        elif self.hasFocus() and not self.isReadOnly():
            plain = format_yuan(self._fen).replace(",", "")
            self.setText(plain.removesuffix(".00"))
        else:
            self.setText(format_yuan(self._fen))

    def _read(self) -> None:
        typed = self.text().strip()
        before = self._fen
        if not typed:
            self._fen = None
            self._say("")
        else:
            try:
                self._fen = parse_money(re.sub(r"[wW]$", "万", typed), "yuan")
            except MoneyError as error:
                self._fen = None
                fine = error.reason == "not_whole_fen"
                self._say(self.tr("比分还小，记不下；最多两位小数") if fine else self.tr("不是金额"))
            else:
                self._doubt()
        if self._fen != before:
            self.value_changed.emit()

    def _doubt(self) -> None:
        usual, fen = self._usual, self._fen
        if usual and fen and abs(fen) >= usual * 5_000:
            self._say(self.tr("比同列多四位，是不是把元写进了万元？"), "warning")
        elif usual and fen and abs(fen) >= usual * 100:
            self._say(self.tr("比同列多两位以上，是不是多写了两位？"), "warning")
        else:
            self._say("")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self._problem:
            self._show()
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self._problem:
            self._show()


class IdField(ValueField):
    """`IdField(parent=None)`: a citizen identification number in groups 6-8-4 with a counter and live checks.

    Full-width digits, blanks and a small x are taken; wrong digits are named, never changed. At rest the number is
    masked; `reveal(bool)` shows it while Alt+I is held. `set_citizen(False)` for other certificates: no grouping, no
    check. `read_out(birth_iso, sex_code)` is emitted when a complete number passes.
    """

    read_out = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._raw = ""
        self._citizen = True
        self._revealed = False
        self.textEdited.connect(self._edited)
        self._check()

    def value(self) -> str | None:
        """The number without blanks, None when empty."""
        return self._raw or None

    def set_value(self, number: str | None) -> None:
        """Show a number."""
        self._raw = number or ""
        self._check()
        self._show()

    def set_citizen(self, citizen: bool) -> None:
        """Whether the number is a citizen identification number (居民身份证, 户口簿)."""
        self._citizen = citizen
        self._check()
        self._show()

    def reveal(self, shown: bool) -> None:
        """Show or mask the number at rest."""
        self._revealed = shown
        self._show()

    def _grouped(self) -> str:
        if not self._citizen or len(self._raw) == 15:
            return self._raw
        return " ".join(part for part in (self._raw[:6], self._raw[6:14], self._raw[14:]) if part)

    def _show(self) -> None:
        open_ = (self.hasFocus() and not self.isReadOnly()) or self._revealed
        self.setText(self._grouped() if open_ else mask_id(self._raw) if self._raw else "")

    def _edited(self, text: str) -> None:
        ahead = len(normalise(text[: self.cursorPosition()])[0])
        number, _steps = normalise(text)
        self._raw = number[:18] if self._citizen else number
        self._show()
        shown, seen, place = self.text(), 0, 0
        while place < len(shown) and seen < ahead:
            seen += shown[place] != " "
            place += 1
        self.setCursorPosition(place)
        self._check()
        self.value_changed.emit()

    def _check(self) -> None:
        number = self._raw
        if not number or not self._citizen:
            self._say("")
            self._show_side("" if number or not self._citizen else "0 / 18")
            return
        found = check_id_number(number)
        if found.ok:
            full = found.proposed or found.text
            born, kind = birth_date(full), sex(full)
            today = dt.date.today()  # noqa: DTZ011
            age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
            word = self.tr("男") if kind == "1" else self.tr("女")
            self._show_side(self.tr("{sex}，{age} 岁").format(sex=word, age=age), "success", "ok")
            self._say("")
            self.read_out.emit(born.isoformat(), kind)
            return
        self._show_side(f"{len(number)} / 18")
        if len(number) < 18 and self.hasFocus():
            self._say("")
            self._problem = self.tr("证件号码没写全")
            return
        self._say(self._sentence(found.problem, number))
        self._show_side("", "danger", "error")

    def _sentence(self, problem: str | None, number: str) -> str:
        if problem == "check_digit":
            return self.tr("末位不对，按前 17 位应为 {x}。请对照证件。").format(x=check_digit(number[:17]))
        if problem == "date":
            return self.tr("第 7 至 14 位不是日期。请对照证件。")
        if problem == "length":
            return self.tr("只有 {n} 位，应为 18 位。请对照证件。").format(n=len(number))
        if problem == "placeholder":
            return self.tr("不是真的号码。还没有的留空，列入待补。")
        return self.tr("里面有不是数字的字。请对照证件。")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show()
        self._check()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show()
        self._check()


_YYMM = re.compile(r"(\d{2})(0[1-9]|1[0-2])")


class PartialDateField(QWidget):
    """`PartialDateField(parent=None, whole_days=False, enough="day")`: a date known to the day, month or year, or 不详.

    `value()` is a `PartialDate` or None; `set_value(iso, precision)`. What was typed sets the precision: 2111, 2021.11,
    二〇二一年, 2021年底. With `whole_days` the choice of precision is not offered, and a date that is not known to
    `enough` (day, month or year: a form may ask for a month) is unfinished. ↓ opens the calendar, T is today, Y
    keeps the year only.
    """

    value_changed = Signal()
    message_changed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None, *, whole_days: bool = False, enough: str = "day") -> None:
        super().__init__(parent)
        self._enough = enough
        self._date: PartialDate | None = None
        self._problem = ""
        self._whole_days = whole_days
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        words = (("day", self.tr("日")), ("month", self.tr("月")), ("year", self.tr("年")), ("", self.tr("不详")))
        self.precision = Segments(words, small=True)
        self.field = _DateLine(self)
        self.field.setMinimumWidth(104)
        if whole_days:
            self.precision.hide()  # showing it before it has a parent would open a window of its own
        row.addWidget(self.precision)
        row.addWidget(self.field, 1)
        self.precision.changed.connect(self._coarser)
        self.field.textEdited.connect(lambda _text: self._read(final=False))
        self.field.editingFinished.connect(lambda: self._read(final=True))
        self.setFocusProxy(self.field)

    def value(self) -> PartialDate | None:
        """The date, None when not known."""
        return self._date

    def set_value(self, iso: str | None, precision: str | None = "day") -> None:
        """Show a stored date (ISO, full or shortened) and its precision."""
        if not iso:
            self._date = None
        else:
            parts = [int(part) for part in iso.split("-")]
            day = dt.date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
            kept: Precision = precision if precision in ("day", "month", "year", "year_end") else "day"  # type: ignore[assignment]
            self._date = PartialDate(day, kept)
        self._say("")
        self._show()

    def set_date(self, date: PartialDate) -> None:
        """Take a date (from the calendar)."""
        self._date = date
        self._say("")
        self._show()
        self.value_changed.emit()

    def problem(self) -> str:
        """What is wrong with what was typed."""
        return self._problem

    def unfinished(self) -> bool:
        """Whether something stands there that is no date (yet), or with `whole_days` no day."""
        return (self._date is None or self._too_coarse(self._date)) and bool(self.field.text().strip())

    def _too_coarse(self, date: PartialDate) -> bool:
        order = ("year", "month", "day")
        known = "year" if date.precision == "year_end" else date.precision
        return self._whole_days and order.index(known) < order.index(self._enough)

    def setReadOnly(self, read_only: bool) -> None:
        """Show only."""
        self.field.setReadOnly(read_only)
        self.precision.setEnabled(not read_only)

    def _show(self) -> None:
        if self._date is None:
            self.field.setText("")
            self.precision.set_value("")
            return
        end = self._date.precision == "year_end"
        self.field.setText(self.tr("{year} 年底").format(year=self._date.date.year) if end else self._date.iso())
        self.precision.set_value("year" if end else self._date.precision)

    def _say(self, text: str, tone: str = "danger") -> None:
        self._problem = text if tone == "danger" else ""
        self.field.mark("error" if self._problem else "")
        self.message_changed.emit(text, tone if text else "")

    def _read(self, *, final: bool) -> None:
        typed = self.field.text().strip()
        before = self._date
        if not typed:
            self._date = None
            self._say("")
            self.precision.set_value("")
        else:
            short = _YYMM.fullmatch(typed)
            try:
                found = parse_partial_date(f"20{short[1]}-{short[2]}" if short else typed)
            except DateError as error:
                self._date = None
                if final:
                    self._say(self._sentence(error))
            else:
                self._date = found
                self._say("")
                self.precision.set_value("year" if found.precision == "year_end" else found.precision)
                if final:
                    self._show()
                    if self._too_coarse(found):
                        day = self._enough == "day"
                        self._say(self.tr("要写到日，如 2026-06-30") if day else self.tr("要写到月，如 2026-06"))
        if self._date != before:
            self.value_changed.emit()

    def _sentence(self, error: DateError) -> str:
        if error.reason == "lunar":
            return self.tr("农历日期请换成公历，不知道的只写到年")
        if error.reason in ("approximate", "serial", "ambiguous") and error.proposal is not None:
            return self.tr("说不准。是 {date} 就照这样写").format(date=error.proposal.iso())
        return self.tr("没有这个日期。可只写到月或年：2021-11、2021")

    def _coarser(self, key: str) -> None:
        """A precision was chosen: what is not known is dropped; what is not there cannot be added."""
        if not key:
            self._date = None
        elif self._date is not None:
            date = self._date.date
            if key == "year":
                self._date = PartialDate(date.replace(month=1, day=1), "year")
            elif key == "month" and self._date.precision == "day":
                self._date = PartialDate(date.replace(day=1), "month")
            self.field.setFocus()
        self._say("")
        self._show()
        self.value_changed.emit()


class _DateLine(TextField):
    """The typed part of a date field."""

    def __init__(self, owner: PartialDateField) -> None:
        super().__init__("", self.tr("年-月-日"), owner)
        self.setToolTip(self.tr("可写 2026-11-28、20261128、11 月写 2026.11；按 ↓ 看日历，按 T 是今天"))
        self._owner = owner
        self._popup: QWidget | None = None

    def sizeHint(self) -> QSize:
        return QSize(120, super().sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.isReadOnly():
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Down:
            self._calendar()
        elif event.key() == Qt.Key.Key_T and not event.modifiers():
            self._owner.set_date(PartialDate(dt.date.today(), "day"))  # noqa: DTZ011
        elif event.key() == Qt.Key.Key_Y and not event.modifiers() and self._owner.value() is not None:
            self._owner.precision.set_value("year")
            self._owner.precision.changed.emit("year")
        else:
            super().keyPressEvent(event)

    def _calendar(self) -> None:
        popup = QWidget(self, Qt.WindowType.Popup)
        lines = QVBoxLayout(popup)
        lines.setContentsMargins(1, 1, 1, 1)
        calendar = QCalendarWidget()
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        value = self._owner.value()
        if value is not None:
            calendar.setSelectedDate(value.date)  # type: ignore[arg-type]

        def take(date: Any) -> None:
            popup.close()
            self._owner.set_date(PartialDate(dt.date(date.year(), date.month(), date.day()), "day"))

        calendar.activated.connect(take)
        calendar.clicked.connect(take)
        lines.addWidget(calendar)
        popup.move(self.mapToGlobal(QPoint(0, self.height() + 2)))
        popup.show()
        calendar.setFocus()
        self._popup = popup
