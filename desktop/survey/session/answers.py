"""Answers by data type: text as forms store it, values as expressions see them.

Rules of JavaRosa's data types: whole numbers are 32-bit, a decimal keeps a point, truth is `1` or `0`, a date drops its
time. Text that does not fit its type is no answer (empty), never a wrong one.
"""

from __future__ import annotations

import math
import re
from datetime import tzinfo
from typing import TypeAlias

from desktop.survey.xpath.moments import Moment, parse_moment, parse_time
from desktop.survey.xpath.values import number_of_text, text_of_number

Atom: TypeAlias = str | float | bool | Moment

INT_LIMIT = 2**31
TEXT_LIMIT = 100_000
"""Characters of one answer; longer text is refused, see `Session.answer`."""

INTEGERS = frozenset(("int", "integer"))
DECIMALS = frozenset(("decimal", "double", "float"))
_DATETIME = re.compile(r"\d{4,}-\d\d-\d\dT\S+")


def read(text: str, data_type: str, zone: tzinfo) -> tuple[str, Atom]:
    """Text of an instance or an answer, made fit for its type: (stored text, value)."""
    if text == "":
        return "", ""
    if data_type in ("string", "text") or data_type not in _READERS:
        return text, text
    return _READERS[data_type](text, zone)


def _integer(text: str, _zone: tzinfo) -> tuple[str, Atom]:
    number = _any_number(text)
    if number != number or math.isinf(number):
        return "", ""
    whole = math.trunc(number)
    if not -INT_LIMIT <= whole < INT_LIMIT:
        return "", ""
    return str(whole), float(whole)


def _decimal(text: str, _zone: tzinfo) -> tuple[str, Atom]:
    number = _any_number(text)
    if number != number or math.isinf(number):
        return "", ""
    return decimal_text(number), number


def _any_number(text: str) -> float:
    number = number_of_text(text)
    if number != number:
        try:
            number = float(text.strip())
        except ValueError:
            return math.nan
    return number


def decimal_text(number: float) -> str:
    """A decimal as stored: always with a point."""
    shown = text_of_number(number)
    return shown if "." in shown or "e" in shown else f"{shown}.0"


def _boolean(text: str, _zone: tzinfo) -> tuple[str, Atom]:
    lowered = text.strip().lower()
    if lowered in ("1", "true"):
        return "1", True
    if lowered in ("0", "false"):
        return "0", False
    return "", ""


def _date(text: str, zone: tzinfo) -> tuple[str, Atom]:
    moment = parse_moment(text, zone)
    if moment is None:
        return "", ""
    # the date as written, whatever the zone of the time beside it
    day = parse_moment(text.strip().partition("T")[0], zone) or moment
    return day.iso_date(), day


def _datetime(text: str, zone: tzinfo) -> tuple[str, Atom]:
    stripped = text.strip()
    if _DATETIME.fullmatch(stripped) is None:
        return "", ""
    moment = parse_moment(stripped, zone)
    return ("", "") if moment is None else (stripped, moment)


def _time(text: str, _zone: tzinfo) -> tuple[str, Atom]:
    stripped = text.strip()
    if parse_time(stripped) is None or re.search(r"\.(\D|$)", stripped):
        return "", ""
    return stripped, stripped


def _point(text: str) -> str | None:
    pieces = text.split()
    if not 2 <= len(pieces) <= 4:
        return None
    numbers = [number_of_text(piece) for piece in pieces]
    if any(number != number for number in numbers) or abs(numbers[0]) > 90 or abs(numbers[1]) > 180:
        return None
    numbers.extend([0.0] * (4 - len(numbers)))
    return " ".join(decimal_text(number) for number in numbers)


def _geopoint(text: str, _zone: tzinfo) -> tuple[str, Atom]:
    point = _point(text)
    return ("", "") if point is None else (point, point)


def _geoline(text: str, _zone: tzinfo) -> tuple[str, Atom]:
    points = [_point(part) for part in text.split(";") if part.strip()]
    if not points or any(point is None for point in points):
        return "", ""
    joined = ";".join(point for point in points if point is not None)
    return joined, joined


def _choice_list(text: str, _zone: tzinfo) -> tuple[str, Atom]:
    joined = " ".join(text.split())
    return joined, joined


_READERS = {
    "int": _integer,
    "integer": _integer,
    "decimal": _decimal,
    "double": _decimal,
    "float": _decimal,
    "boolean": _boolean,
    "date": _date,
    "dateTime": _datetime,
    "time": _time,
    "geopoint": _geopoint,
    "geotrace": _geoline,
    "geoshape": _geoline,
    "select": _choice_list,
    "list": _choice_list,
}


def store(value: Atom, data_type: str, zone: tzinfo) -> tuple[str, Atom]:
    """A computed value as stored in a node of a type: (text, value)."""
    if type(value) is str:
        if value == "" or data_type in ("string", "text") or data_type not in _READERS:
            return value, value
        if data_type in ("int", "integer", "decimal") and number_of_text(value) != number_of_text(value):
            # JavaRosa keeps computed text that is no number
            return value, value
        return _READERS[data_type](value, zone)
    if isinstance(value, bool):
        return ("1", True) if value else ("0", False)
    if isinstance(value, float):
        if value != value:
            return "", ""
        if data_type == "boolean":
            return ("1", True) if abs(value) > 1e-12 else ("0", False)
        if math.isinf(value):
            return text_of_number(value), value
        if data_type in INTEGERS:
            whole = math.trunc(value)
            return str(whole), float(whole)
        if abs(value - round(value)) < 1e-9:
            value = float(round(value))
        return text_of_number(value), value
    if isinstance(value, Moment):
        if data_type == "date":
            day = value.start_of_day()
            return day.iso_date(), day
        if data_type == "time":
            return value.iso_time(), value
        return value.iso_datetime(), value
    return str(value), str(value)
