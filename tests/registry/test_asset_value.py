"""Values of an asset on any day: charges add up exactly, never below the residual, and no day is out of line."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.registry.asset_value import (
    Basis,
    Change,
    Rule,
    Values,
    charged_months,
    rule_of,
    values_on,
)

DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31)).map(date.isoformat)
RESIDUALS = st.sampled_from([Fraction(0), Fraction(5, 100), Fraction(3, 100), Fraction(1, 3)])


def line(months: int = 10, residual: str = "0.05") -> Rule:
    """A straight-line rule."""
    return Rule("straight_line", months, Fraction(residual))


def test_the_first_charge_counts_from_the_last_day_of_the_month_after_the_building() -> None:
    basis = Basis(100_000, "2020-01-15", rule=line())
    worn = {day: values_on(basis, day).depreciation for day in (
        "2020-01-31", "2020-02-28", "2020-02-29", "2020-03-30", "2020-11-29", "2020-11-30", "2031-01-01",
    )}  # fmt: skip
    assert list(worn.values()) == [0, 0, 9_500, 9_500, 85_500, 95_000, 95_000]
    assert charged_months("2021-01-31", "2021-02-28") == 1 and charged_months("2021-02-01", "2021-01-31") == 0


def test_an_addition_is_spread_over_the_months_that_are_left() -> None:
    """1,000 元 over 10 months; after 4 months 300 元 more: 600 left + 300, over 6 months from the month after."""
    basis = Basis(100_000, "2020-01-01", rule=line(10, "0"), changes=[Change("2020-05-10", "addition", 30_000)])
    assert values_on(basis, "2020-05-09") == Values(100_000, 30_000, 0, 70_000)
    assert values_on(basis, "2020-05-10") == Values(130_000, 30_000, 0, 100_000)
    assert values_on(basis, "2020-05-31") == Values(130_000, 40_000, 0, 90_000)
    assert values_on(basis, "2020-06-30") == Values(130_000, 55_000, 0, 75_000)
    assert values_on(basis, "2020-11-30") == Values(130_000, 130_000, 0, 0)


def test_what_is_taken_away_takes_its_depreciation_along() -> None:
    part = Change("2020-05-31", "reduction", 25_000)
    basis = Basis(100_000, "2020-01-01", rule=line(10, "0"), changes=[part])
    assert values_on(basis, "2020-05-31") == Values(75_000, 32_500, 0, 42_500)  # 30,000 × 3/4, then the month's 10,000
    named = Basis(100_000, "2020-01-01", rule=line(10, "0"), changes=[Change("2020-05-30", "reduction", 25_000, 5_000)])
    assert values_on(named, "2020-05-30") == Values(75_000, 25_000, 0, 50_000)


def test_impairment_lowers_what_is_charged_and_may_be_turned_back() -> None:
    changes = [Change("2020-05-31", "impairment", 30_000), Change("2020-07-31", "impairment_reversal", 10_000)]
    basis = Basis(100_000, "2020-01-01", rule=line(10, "0"), changes=changes)
    assert values_on(basis, "2020-05-31") == Values(100_000, 40_000, 30_000, 30_000)
    assert values_on(basis, "2020-06-30") == Values(100_000, 45_000, 30_000, 25_000)
    assert values_on(basis, "2020-08-31") == Values(100_000, 57_500, 20_000, 22_500)
    end = values_on(basis, "2021-12-31")
    assert (end.depreciation, end.impairment, end.net) == (80_000, 20_000, 0)


def test_the_stated_depreciation_stands_on_its_day() -> None:
    basis = Basis(100_000, "2020-01-01", stated=30_000, opening="2021-06-30", rule=line(60, "0"))
    assert values_on(basis, "2021-06-30").depreciation == 30_000
    assert values_on(basis, "2020-09-30").depreciation == 14_118  # 8 of 17 months
    assert values_on(basis, "2021-07-31").depreciation == 30_000 + 1_628  # 70,000 over the 43 months left
    assert values_on(basis, "2025-01-31").depreciation == 100_000
    untouched = Basis(100_000, "2020-01-01", stated=30_000)
    assert values_on(untouched, "2035-01-01") == Values(100_000, 30_000, 0, 70_000)
    assert values_on(Basis(None, stated=1), "2025-01-01") == Values(None, None, None, None)


def test_units_of_work() -> None:
    rule = Rule("units", residual=Fraction(1, 10), total_units=Fraction(1000))
    work = [("2020-12-31", Fraction(250)), ("2021-12-31", Fraction(500)), ("2022-12-31", Fraction(400))]
    basis = Basis(100_000, "2020-01-01", rule=rule, work=work)
    worn = [values_on(basis, day).depreciation for day in ("2020-12-30", "2020-12-31", "2021-12-31", "2023-01-01")]
    assert worn == [0, 22_500, 67_500, 90_000]
    later = Basis(100_000, "2020-01-01", stated=30_000, opening="2020-12-31", rule=rule, work=work)
    assert values_on(later, "2021-12-31").depreciation == 30_000 + 40_000  # 60,000 × 500/750


def test_a_life_estimated_anew_goes_on_from_there() -> None:
    more = Change("2021-06-30", "addition", 60_000, remaining_months=12)
    basis = Basis(100_000, "2020-01-01", rule=line(10, "0"), changes=[more])
    assert values_on(basis, "2021-06-30").depreciation == 100_000
    assert values_on(basis, "2021-07-31").depreciation == 105_000
    assert values_on(basis, "2022-06-30").depreciation == 160_000


def test_whose_rule_holds() -> None:
    county = {"road": {"method": "straight_line", "months": 240, "residual": "0.05"}}
    never = ("equity", "biological")
    own = {"subcategory": "road", "category": "public", "depreciation_method": "straight_line",
           "useful_life_months": 120, "residual_rate": "0"}  # fmt: skip
    found = rule_of(own, never, county)
    assert found is not None and (found.months, found.origin) == (120, "asset")
    found = rule_of({"subcategory": "road"}, never, county)
    assert found is not None and (found.months, found.residual, found.origin) == (240, Fraction(1, 20), "county")
    assert rule_of({"subcategory": "shop"}, never, county) is None
    found = rule_of({**own, "subcategory": "equity"}, never, county)
    assert found is not None and (found.method, found.origin) == ("none", "never")
    assert rule_of({**own, "residual_rate": "一成"}, never, county) is None
    assert rule_of({**own, "useful_life_months": None}, never, county) is None


@given(
    original=st.integers(0, 10**12), months=st.integers(1, 480), residual=RESIDUALS, built=DAYS
)  # fmt: skip
def test_charges_add_up_exactly_over_any_life(original: int, months: int, residual: Fraction, built: str) -> None:
    basis = Basis(original, built, rule=Rule("straight_line", months, residual))
    keep = (2 * original * residual.numerator + residual.denominator) // (2 * residual.denominator)
    end = values_on(basis, "2099-12-31")
    assert end.depreciation == original - keep and end.net == keep
    middle = values_on(basis, "2030-06-30")
    assert 0 <= (middle.depreciation or 0) <= original - keep


CHANGES = st.lists(
    st.builds(
        Change,
        on=DAYS,
        kind=st.sampled_from(["addition", "reduction", "impairment", "impairment_reversal", "revaluation_up"]),
        amount=st.integers(1, 50_000),
        depreciation=st.none(),
        remaining_months=st.none() | st.integers(0, 60),
    ),
    max_size=6,
).map(lambda found: sorted(found, key=lambda c: c.on))


@settings(max_examples=40, deadline=None)
@given(CHANGES, st.integers(1, 120), RESIDUALS, DAYS, st.none() | DAYS, st.integers(0, 60_000))
def test_whatever_changes_net_is_what_is_left_and_depreciation_never_jumps_back_without_a_reason(
    changes: list[Change], months: int, residual: Fraction, built: str, opening: str | None, stated: int
) -> None:
    basis = Basis(100_000, built, stated, opening, Rule("straight_line", months, residual), changes)
    decreases = {c.on for c in changes if c.kind == "reduction"} | ({opening} if opening else set())
    before = 0
    day = date(2014, 12, 31)
    while day < date(2036, 12, 31):
        day += timedelta(days=191)
        at = values_on(basis, day.isoformat())
        assert at.original is not None and at.depreciation is not None and at.impairment is not None
        assert at.net == at.original - at.depreciation - at.impairment
        assert at.depreciation >= 0
        since = (day - timedelta(days=191)).isoformat()
        if not any(since < d <= day.isoformat() for d in decreases):
            assert at.depreciation >= before
        before = at.depreciation
    if not any(c.kind in ("impairment", "impairment_reversal", "reduction") for c in changes) and not opening:
        keep = (at.original * residual.numerator * 2 + residual.denominator) // (2 * residual.denominator)
        assert at.depreciation <= at.original - keep
