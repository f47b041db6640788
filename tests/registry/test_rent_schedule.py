"""Rent schedules: every period once, sums exact, days clamped to the month; bad rules are refused in words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.common.errors import InputRefused
from desktop.registry.rent_schedule import PERIODS, RentRule, add_months, rent_dues, rule_from


def test_yearly_rent_that_grows_and_a_last_half_year() -> None:
    rule = rule_from({"period": "按年", "first_due": "2024-01-31", "amount_fen": "1000000", "growth_percent": "5"})
    assert rent_dues(rule, "2024-01-01", "2026-06-30") == [
        ("2024-01-31", 1_000_000), ("2025-01-31", 1_050_000), ("2026-01-31", 551_250),
    ]  # fmt: skip
    assert rule_from(rule.to_json()) == rule


def test_growth_every_three_years_and_a_total_to_the_fen() -> None:
    rule = RentRule("year", "2021-01-01", amount_fen=100_000, growth_percent="3.5", growth_every=3)
    assert [fen for _, fen in rent_dues(rule, "2021-01-01", "2027-12-31")] == [
        100_000, 100_000, 100_000, 103_500, 103_500, 103_500, 107_123,
    ]  # fmt: skip
    thirds = rent_dues(RentRule("year", "2021-03-01", total_fen=10_000), "2021-03-01", "2024-02-29")
    assert [fen for _, fen in thirds] == [3_334, 3_333, 3_333]
    once = rent_dues(RentRule("once", "2021-03-01", total_fen=10_000), "2021-03-01", "2024-02-29")
    assert once == [("2021-03-01", 10_000)]


def test_the_last_day_of_a_month_stays_the_last_day() -> None:
    monthly = rent_dues(RentRule("month", "2024-01-31", amount_fen=1), "2024-01-01", "2024-04-30")
    assert [on for on, _ in monthly] == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]
    assert add_months(date(2023, 11, 30), 3) == date(2024, 2, 29)


def test_odd_days_weigh_by_days() -> None:
    dues = rent_dues(RentRule("month", "2024-01-01", amount_fen=3_100), "2024-01-01", "2024-02-10")
    assert dues == [("2024-01-01", 3_100), ("2024-02-01", 1_069)]  # 10 of 29 days


@pytest.mark.parametrize(("given_", "words"), [
    ({"period": "week", "first_due": "2024-01-01", "amount_fen": 1}, "付款周期"),
    ({"period": "year", "first_due": "2024-02-30", "amount_fen": 1}, "首次应付日期"),
    ({"period": "year", "first_due": "2024-01-01"}, "只填一项"),
    ({"period": "year", "first_due": "2024-01-01", "amount_fen": 1, "total_fen": 2}, "只填一项"),
    ({"period": "year", "first_due": "2024-01-01", "amount_fen": -1}, "不能是负数"),
    ({"period": "year", "first_due": "2024-01-01", "amount_fen": 1, "growth_percent": "五"}, "递增比例"),
    ({"period": "year", "first_due": "2024-01-01", "amount_fen": 1, "growth_every": 0}, "递增间隔"),
    ({"period": "year", "first_due": "2024-01-01", "amount_fen": "一万"}, "以分为单位"),
])  # fmt: skip
def test_bad_rules_are_refused_in_words(given_: dict[str, object], words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        rule_from(given_)


def test_terms_that_cannot_be_scheduled() -> None:
    rule = RentRule("month", "2024-01-01", amount_fen=1)
    with pytest.raises(InputRefused, match="早于开始日"):
        rent_dues(rule, "2024-02-01", "2024-01-01")
    with pytest.raises(InputRefused, match="超过 1200 期"):
        rent_dues(rule, "2000-01-01", "2150-01-01")
    with pytest.raises(InputRefused, match="不是日期"):
        rent_dues(rule, "", "2024-01-01")
    for first in ("1900-01-01", "2924-01-01"):
        with pytest.raises(InputRefused, match=f"首次应付日期 {first} 离合同期限.*超过一年"):
            rent_dues(RentRule("year", first, amount_fen=1), "2024-01-01", "2026-12-31")
    assert rent_dues(RentRule("once", "2023-06-01", amount_fen=1), "2024-01-01", "2026-12-31")
    with pytest.raises(InputRefused, match="读不出来"):
        rule_from("{")


@given(
    start=st.dates(date(2010, 1, 1), date(2030, 12, 31)), length=st.integers(1, 6000),
    period=st.sampled_from(sorted(PERIODS)), total=st.integers(0, 10**11),
    growth=st.decimals(0, 20, places=2), every=st.integers(1, 5),
)  # fmt: skip
def test_a_total_is_split_to_the_fen_over_any_term(
    start: date, length: int, period: str, total: int, growth: object, every: int
) -> None:
    end = date.fromordinal(start.toordinal() + length)
    rule = RentRule(period, start.isoformat(), total_fen=total, growth_percent=str(growth), growth_every=every)
    dues = rent_dues(rule, start.isoformat(), end.isoformat())
    assert sum(fen for _, fen in dues) == total
    assert all(fen >= 0 for _, fen in dues)
    days = [on for on, _ in dues]
    assert days == sorted(set(days)) and days[0] == start.isoformat() and days[-1] <= end.isoformat()
