"""Dates in all the ways townships write them."""

import datetime as dt

import pytest

from desktop.common.dates import DateError, parse_partial_date


@pytest.mark.parametrize(
    ("value", "iso", "precision"),
    [
        (dt.datetime(2018, 3, 2), "2018-03-02", "day"),
        (dt.date(2018, 3, 2), "2018-03-02", "day"),
        (20180608.0, "2018-06-08", "day"),
        ("2016.12", "2016-12", "month"),
        (2016.12, "2016-12", "month"),
        ("2016年6月", "2016-06", "month"),
        ("二〇二一年6月", "2021-06", "month"),
        ("二〇一七年十二月", "2017-12", "month"),
        ("二○一七年十月二十日", "2017-10-20", "day"),
        ("16年8月", "2016-08", "month"),
        ("2018/10/5", "2018-10-05", "day"),
        ("2018年6月8日", "2018-06-08", "day"),
        ("２０１８．６．８", "2018-06-08", "day"),
        ("202007", "2020-07", "month"),
        ("2018年底", "2018", "year_end"),
        ("2019年", "2019", "year"),
        (2019, "2019", "year"),
        ("2018-06-08 00:00:00", "2018-06-08", "day"),
        ("75年8月", "1975-08", "month"),
    ],
)
def test_dates(value: object, iso: str, precision: str) -> None:
    date = parse_partial_date(value)
    assert (date.iso(), date.precision) == (iso, precision)


@pytest.mark.parametrize(
    ("value", "reason", "proposal"),
    [
        (43466, "serial", "2019-01-01"),
        ("43466", "serial", "2019-01-01"),
        ("约2017年", "approximate", "2017"),
        ("2018.13", "invalid", None),
        ("2021-02-29", "invalid", None),
        ("2021-11-31", "invalid", None),
        (2016.1, "ambiguous", "2016"),
        ("农历二月初三", "lunar", None),
        ("五年", "not_date", None),
        ("", "blank", None),
        (True, "not_date", None),
    ],
)
def test_no_certain_date(value: object, reason: str, proposal: str | None) -> None:
    with pytest.raises(DateError) as error:
        parse_partial_date(value)
    near = error.value.proposal
    assert (error.value.reason, near.iso() if near else None) == (reason, proposal)


def test_the_last_day_it_may_mean() -> None:
    assert parse_partial_date("2024.2").last_day() == dt.date(2024, 2, 29)
    assert parse_partial_date("2024年").last_day() == dt.date(2024, 12, 31)
    assert parse_partial_date("2024年底").last_day() == dt.date(2024, 12, 31)
