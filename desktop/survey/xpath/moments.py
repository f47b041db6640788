"""Dates and times inside expressions: one instant with the zone in which its day is read.

JavaRosa's rules, so that a form gives the same answers on a phone and here: a date is the local midnight; as text it
is `YYYY-MM-DD`; as a number it is whole days since 1970-01-01 (local); `decimal-date-time` alone sees the hours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)

_DATE = re.compile(r"(-?\d{1,6})-(\d{1,2})-(\d{1,2})")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?\s*(Z|[+-]\d{1,2}(?::?\d{2})?)?")
_LOOKS_LIKE_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:T\S+)?\Z")


class Moment:
    """An instant, in milliseconds since 1970-01-01T00:00Z, seen from a time zone."""

    __slots__ = ("_days", "ms", "zone")

    def __init__(self, ms: int, zone: tzinfo) -> None:
        self.ms = ms
        self.zone = zone
        self._days: int | None = None

    def __repr__(self) -> str:
        return f"Moment({self.iso_datetime()})"

    def local(self) -> datetime:
        """The wall-clock time in its zone."""
        return (_EPOCH_UTC + timedelta(milliseconds=self.ms)).astimezone(self.zone)

    def days(self) -> int:
        """Whole local days since 1970-01-01."""
        if self._days is None:
            self._days = (self.local().date() - EPOCH).days
        return self._days

    def exact_days(self) -> float:
        """Days and parts of a day since the local midnight of 1970-01-01."""
        return (self.ms - midnight(EPOCH, self.zone)) / DAY_MS

    def iso_date(self) -> str:
        """`YYYY-MM-DD` of the local day."""
        return self.local().date().isoformat()

    def iso_time(self) -> str:
        """`hh:mm:ss.fff±hh:mm` of the local time."""
        return iso_time(self.local())

    def iso_datetime(self) -> str:
        """`YYYY-MM-DDThh:mm:ss.fff±hh:mm`."""
        local = self.local()
        return f"{local.date().isoformat()}T{iso_time(local)}"

    def start_of_day(self) -> Moment:
        """Midnight of the same local day."""
        return Moment(midnight(self.local().date(), self.zone), self.zone)


def iso_time(local: datetime) -> str:
    """The time of day with milliseconds and offset."""
    offset = local.utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    minutes = abs(minutes)
    clock = f"{local.hour:02}:{local.minute:02}:{local.second:02}.{local.microsecond // 1000:03}"
    return f"{clock}{'Z' if minutes == 0 else f'{sign}{minutes // 60:02}:{minutes % 60:02}'}"


def midnight(day: date, zone: tzinfo) -> int:
    """Milliseconds of the start of a local day."""
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=zone))


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00Z."""
    return (moment - _EPOCH_UTC) // timedelta(milliseconds=1)


def moment_of_day(days: int, zone: tzinfo) -> Moment:
    """The local midnight that many days after 1970-01-01. Raises OverflowError outside the years 1–9999."""
    return Moment(midnight(EPOCH + timedelta(days=days), zone), zone)


def parse_date(text: str) -> date | None:
    """`YYYY-MM-DD` (short forms `2020-1-5` too), or None."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _offset(text: str) -> timedelta | None:
    if text == "Z":
        return timedelta()
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 23 or minutes > 59:
        return None
    delta = timedelta(hours=hours, minutes=minutes)
    return -delta if text[0] == "-" else delta


def parse_time(text: str) -> tuple[timedelta, timedelta | None] | None:
    """Time of day, and offset from UTC where one is written. None when it is no time."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    fraction = int(((match[4] or "") + "000")[:3])
    clock = timedelta(hours=hour, minutes=minute, seconds=second, milliseconds=fraction)
    if match[5] is None:
        return clock, None
    offset = _offset(match[5])
    return None if offset is None else (clock, offset)


def parse_moment(text: str, zone: tzinfo) -> Moment | None:
    """A date or date-time in ISO 8601 as forms write it, local where no offset stands. None when it is neither."""
    text = text.strip()
    day_text, separator, time_text = text.partition("T")
    day = parse_date(day_text)
    if day is None:
        return None
    try:
        if not separator:
            return Moment(midnight(day, zone), zone)
        clock = parse_time(time_text)
        if clock is None:
            return None
        written = timezone(clock[1]) if clock[1] is not None else zone
        return Moment(to_ms(datetime(day.year, day.month, day.day, tzinfo=written) + clock[0]), zone)
    except (OverflowError, ValueError):
        return None


def parse_time_of_day(text: str, now: Moment) -> Moment | None:
    """A time of day placed on today's date, or None."""
    clock = parse_time(text)
    if clock is None:
        return None
    today = now.local().date()
    written = timezone(clock[1]) if clock[1] is not None else now.zone
    return Moment(to_ms(datetime(today.year, today.month, today.day, tzinfo=written) + clock[0]), now.zone)


def looks_like_date(text: str) -> bool:
    """Whether plain text of an untyped node has the form of a date or date-time."""
    return _LOOKS_LIKE_DATE.match(text) is not None


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def format_moment(moment: Moment, pattern: str) -> str:
    """OpenRosa's `format-date`: %Y %y %m %n %b %d %e %H %h %M %S %3 %a %W."""
    local = moment.local()
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char != "%" or position >= len(pattern):
            parts.append(char)
            continue
        code = pattern[position]
        position += 1
        parts.append(_FORMATS[code](local) if code in _FORMATS else char + code)
    return "".join(parts)


_FORMATS: dict[str, Callable[[datetime], str]] = {
    "%": lambda local: "%",
    "Y": lambda local: f"{local.year:04}",
    "y": lambda local: f"{local.year % 100:02}",
    "m": lambda local: f"{local.month:02}",
    "n": lambda local: str(local.month),
    "b": lambda local: _MONTHS[local.month - 1],
    "d": lambda local: f"{local.day:02}",
    "e": lambda local: str(local.day),
    "H": lambda local: f"{local.hour:02}",
    "h": lambda local: str(local.hour),
    "M": lambda local: f"{local.minute:02}",
    "S": lambda local: f"{local.second:02}",
    "3": lambda local: f"{local.microsecond // 1000:03}",
    "a": lambda local: _WEEKDAYS[local.weekday()],
    "W": lambda local: str(local.isocalendar()[1]),
}
