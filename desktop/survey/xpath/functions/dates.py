"""Functions on dates and times (JavaRosa's rules, see `moments.py`)."""

from __future__ import annotations

import math

from desktop.survey.xpath.context import Context
from desktop.survey.xpath.functions.registry import function
from desktop.survey.xpath.moments import (
    DAY_MS,
    Moment,
    format_moment,
    moment_of_day,
    parse_moment,
    parse_time_of_day,
)  # fmt: skip
from desktop.survey.xpath.values import NAN, Atom, number_of_text, to_int

_DAY_LIMIT = 2_900_000
"""Days from 1970 to about the year 9900; beyond it nothing is a date."""


def to_moment(context: Context, value: Atom, keep_time: bool) -> Moment | float | str:
    """A value as a date. Empty stays empty and what is no date becomes NaN, so that a half-typed answer never stops
    a form (JavaRosa stops it)."""
    zone = context.env.zone
    if isinstance(value, Moment):
        return value if keep_time else value.start_of_day()
    if isinstance(value, bool):
        return NAN
    if isinstance(value, float):
        if value != value or math.isinf(value) or abs(value) > _DAY_LIMIT:
            return NAN
        return Moment(int(value * DAY_MS), zone) if keep_time else moment_of_day(int(to_int(value)), zone)
    if value == "":
        return ""
    moment = parse_moment(value, zone)
    if moment is not None:
        return moment
    number = number_of_text(value)
    return to_moment(context, number, keep_time) if number == number else NAN


@function("today", least=0)
def today(context: Context) -> Moment:
    """Today, at midnight."""
    return context.env.now().start_of_day()


@function("now", least=0)
def now(context: Context) -> Moment:
    """This instant."""
    return context.env.now()


@function("date", least=1, take="scalar")
def date(context: Context, value: Atom) -> Moment | float | str:
    """A value as a date; text with a time keeps it."""
    return to_moment(context, value, False)


@function("date-time", least=1, take="scalar")
def date_time(context: Context, value: Atom) -> Moment | float | str:
    """A value as a date and time."""
    return to_moment(context, value, True)


@function("decimal-date-time", least=1, take="scalar")
def decimal_date_time(context: Context, value: Atom) -> float | str:
    """Days since 1970-01-01T00:00Z with the part of the day."""
    moment = value if isinstance(value, float) and not isinstance(value, bool) else to_moment(context, value, True)
    return moment.ms / DAY_MS if isinstance(moment, Moment) else moment


@function("decimal-time", least=1, take="scalar")
def decimal_time(context: Context, value: Atom) -> float | str:
    """The part of the local day that has passed at that time."""
    if isinstance(value, float) and not isinstance(value, bool):
        return value - math.floor(value) if math.isfinite(value) else NAN
    if value == "":
        return ""
    moment: Moment | None = None
    if isinstance(value, Moment):
        moment = value
    elif isinstance(value, str):
        moment = parse_moment(value, context.env.zone) or parse_time_of_day(value, context.env.now())
    if moment is None:
        return NAN
    local = moment.local()
    return (((local.hour * 60 + local.minute) * 60 + local.second) * 1000 + local.microsecond // 1000) / DAY_MS


@function("format-date", "format-date-time", least=2, take="scalar,text")
def format_date(context: Context, value: Atom, pattern: str) -> str:
    """A date written by a pattern, empty when it is none."""
    moment = to_moment(context, value, True)
    return format_moment(moment, pattern) if isinstance(moment, Moment) else ""
