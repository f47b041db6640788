"""Dates as townships write them, with the precision they really have: day, month, year or 年底 (end of a year).

A guess is never taken silently: approximate, impossible, serial and lunar dates raise `DateError` with a proposal.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from desktop.common.text import compact, narrow

Precision = Literal["day", "month", "year", "year_end"]
DateReason = Literal["blank", "invalid", "serial", "approximate", "ambiguous", "lunar", "not_date"]

SERIAL_FROM, SERIAL_TO = 20000, 73050
"""Excel day numbers from October 1954 to the end of 2099: what a date looks like in a cell formatted as a number."""
_EPOCH = dt.date(1899, 12, 30)
_CENTURY = 40
"""Two-digit years below this are of the 2000s, others of the 1900s."""


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date and what of it is known; `date` holds the first day for a month or year, 31 December for 年底."""

    date: dt.date
    precision: Precision

    def iso(self) -> str:
        """`2021-11-05`, `2021-11` or `2021` (also for 年底): the form stored beside the precision."""
        return self.date.isoformat()[: {"day": 10, "month": 7}.get(self.precision, 4)]

    def last_day(self) -> dt.date:
        """The last day it may mean: how an open contract end or a limit is compared."""
        if self.precision == "month":
            return self.date.replace(day=calendar.monthrange(self.date.year, self.date.month)[1])
        return self.date if self.precision == "day" else dt.date(self.date.year, 12, 31)


class DateError(ValueError):
    """A cell is no certain date; `reason` says why, `proposal` what it may mean (None: collect it again)."""

    def __init__(self, reason: DateReason, proposal: PartialDate | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.proposal = proposal


_DIGITS = {c: str(n) for n, c in enumerate("〇一二三四五六七八九")} | {
    "零": "0",
    "○": "0",
    "Ｏ": "0",
    "O": "0",
    "两": "2",
}
_ABOUT = re.compile(r"约|大概|左右|大约|前后|估计|可能")
_YEAR_END = re.compile(r"(\d{4}|\d{2})年?(?:年?底|年?末|年终)")
_FULL = re.compile(
    r"(\d{4}|\d{2})[-/.年,、](\d{1,2})(?:[-/.月,、](\d{1,2})(?:日|号)?|月份?(?:初|中旬?|底|末|上旬|下旬)?)?"
    r"(?:[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_YEAR = re.compile(r"(\d{4})年?|(\d{2})年")
_HALF = re.compile(r"(\d{4}|\d{2})年?(?:上半年|下半年|年?初|年?中|春|夏|秋|冬|第?[一二三四1-4]季度)")
_TENS = re.compile(r"([一二三四五六七八九])?十([一二三四五六七八九])?(?=月|日|号)")


def parse_partial_date(value: Any) -> PartialDate:
    """The date a cell means: a date value, a number (20180608, 201806, 2018, 2016.12) or a text.

    Raises DateError: `blank`, `serial` (Excel day number), `approximate` (约2017年), `ambiguous` (the number 2016.1
    may be January or a lost zero of October), `lunar`, `invalid` (2018.13) or `not_date`.
    """
    if isinstance(value, dt.datetime):
        return PartialDate(value.date(), "day")
    if isinstance(value, dt.date):
        return PartialDate(value, "day")
    if isinstance(value, bool) or value is None:
        raise DateError("not_date" if value is not None else "blank")
    if isinstance(value, int | float):
        return _from_number(float(value))
    if not isinstance(value, str):
        raise DateError("not_date")
    return _from_text(value)


def _from_number(number: float) -> PartialDate:
    if number.is_integer():
        whole = int(number)
        if 19000101 <= whole <= 21001231:
            return _day(whole // 10000, whole // 100 % 100, whole % 100)
        if 190001 <= whole <= 210012:
            return _month(whole // 100, whole % 100)
        if 1900 <= whole <= 2100:
            return PartialDate(dt.date(whole, 1, 1), "year")
        if SERIAL_FROM <= whole <= SERIAL_TO:
            raise DateError("serial", PartialDate(_EPOCH + dt.timedelta(days=whole), "day"))
        raise DateError("not_date")
    if 1900 <= number < 2101:
        year, _, month = repr(number).partition(".")
        if month == "1":
            raise DateError("ambiguous", PartialDate(dt.date(int(year), 1, 1), "year"))
        if len(month) <= 2:
            return _month(int(year), int(month))
        raise DateError("invalid")
    if SERIAL_FROM <= number <= SERIAL_TO:
        raise DateError("serial", PartialDate(_EPOCH + dt.timedelta(days=int(number)), "day"))
    raise DateError("not_date")


@lru_cache(maxsize=65536)
def _parsed(text: str) -> PartialDate | tuple[DateReason, PartialDate | None]:
    try:
        return _text_date(text)
    except DateError as error:
        return error.reason, error.proposal


def _from_text(text: str) -> PartialDate:
    result = _parsed(text)
    if isinstance(result, tuple):
        raise DateError(*result)
    return result


def _text_date(raw: str) -> PartialDate:
    text = compact(narrow(raw)).strip("'`\"‘’“”()")
    if not text:
        raise DateError("blank")
    if "农历" in text or "阴历" in text or "旧历" in text or "腊月" in text or "正月" in text:
        raise DateError("lunar")
    text = text.replace("公历", "").replace("阳历", "")
    if _ABOUT.search(text):
        try:
            near = _text_date(_ABOUT.sub("", text))
        except DateError as error:
            near_or_none = error.proposal
        else:
            near_or_none = near
        raise DateError("approximate", near_or_none)
    text = _TENS.sub(_ten, text)
    text = "".join(_DIGITS.get(c, c) for c in text)
    if text.isdigit():
        if len(text) == 8:
            return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
        if len(text) == 6 and 1900 <= int(text[:4]) <= 2100:
            return _month(int(text[:4]), int(text[4:]))
        if len(text) == 5 and SERIAL_FROM <= int(text) <= SERIAL_TO:
            raise DateError("serial", PartialDate(_EPOCH + dt.timedelta(days=int(text)), "day"))
    if match := _FULL.fullmatch(text):
        year = _year(match[1])
        return _day(year, int(match[2]), int(match[3])) if match[3] else _month(year, int(match[2]))
    if match := _YEAR.fullmatch(text):
        return _whole_year(_year(match[1] or match[2]))
    if match := _YEAR_END.fullmatch(text):
        year = _whole_year(_year(match[1])).date.year
        return PartialDate(dt.date(year, 12, 31), "year_end")
    if match := _HALF.fullmatch(text):
        return _whole_year(_year(match[1]))
    raise DateError("not_date")


def _ten(match: re.Match[str]) -> str:
    return (_DIGITS[match[1]] if match[1] else "1") + (_DIGITS[match[2]] if match[2] else "0")


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < _CENTURY else 1900)


def _whole_year(year: int) -> PartialDate:
    if not 1900 <= year <= 2100:
        raise DateError("invalid")
    return PartialDate(dt.date(year, 1, 1), "year")


def _month(year: int, month: int) -> PartialDate:
    if not 1900 <= year <= 2100 or not 1 <= month <= 12:
        raise DateError("invalid")
    return PartialDate(dt.date(year, month, 1), "month")


def _day(year: int, month: int, day: int) -> PartialDate:
    if not 1900 <= year <= 2100:
        raise DateError("invalid")
    try:
        return PartialDate(dt.date(year, month, day), "day")
    except ValueError as error:
        raise DateError("invalid") from error
