"""Splits are exact to the 分 whatever the weights, the same on every machine, and refuse what is no weight."""

from __future__ import annotations

import random
import time
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.common.errors import InputRefused
from desktop.registry.splitting import amounts_by_class, parse_weight, split_by_key, split_equally, split_exactly

WEIGHTS = st.lists(
    st.one_of(
        st.integers(1, 10**9),
        st.fractions(min_value=Fraction(1, 10**6), max_value=10**6),
        st.decimals(min_value=Decimal("0.0001"), max_value=10**6, places=4),
    ),
    min_size=1,
    max_size=60,
)


@given(st.integers(-(10**13), 10**13), WEIGHTS)
def test_parts_add_up_and_differ_from_the_exact_share_by_less_than_one_fen(total: int, weights: list[Fraction]) -> None:
    parts = split_exactly(total, weights)
    assert sum(parts) == total and len(parts) == len(weights)
    whole = sum(map(Fraction, weights))
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(total) * Fraction(weight) / whole - part) < 1
    by_weight = sorted(zip(map(Fraction, weights), map(abs, parts), strict=True))
    for (wa, a), (wb, b) in pairwise(by_weight):
        assert wa == wb or a <= b, "who has more weight never gets less"


def test_the_rest_goes_to_the_largest_remainders_and_ties_by_order() -> None:
    assert split_equally(100, 3) == [34, 33, 33]
    assert split_exactly(10, [1, 1, 2]) == [3, 2, 5]
    assert split_exactly(5_200_000, [4, 2, 5, 3]) == [1_485_714, 742_857, 1_857_143, 1_114_286]
    assert split_exactly(-100, [1, 1, 1]) == [-34, -33, -33]
    assert split_by_key(100, {"甲": Fraction(1, 3), "乙": Fraction(2, 3)}) == {"甲": 33, "乙": 67}
    assert split_exactly(0, [1, 2]) == [0, 0]


@pytest.mark.parametrize("weights", [[], [0, 1], [1, -1], [0]])
def test_nobody_and_nothing_is_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError):
        split_exactly(100, weights)


def test_weights_are_exact() -> None:
    read = [parse_weight(t) for t in ("4", "１.５", "2/3", " 0.25 ")]
    assert read == [4, Fraction(3, 2), Fraction(2, 3), Fraction(1, 4)]
    for wrong in ("", "0", "-1", "0.0", "1/0", "四", "1e3", "nan", "1,5"):
        with pytest.raises(ValueError):
            parse_weight(wrong)
    with pytest.raises(ValueError):
        parse_weight(0.1)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        split_exactly(100, [0.5, 0.5])  # type: ignore[list-item]


def test_by_class_names_what_has_no_amount() -> None:
    assert amounts_by_class(["低保", "监测", "低保"], {"低保": 50_000, "监测": 30_000}) == [50_000, 30_000, 50_000]
    with pytest.raises(InputRefused, match="没有定特困的金额"):
        amounts_by_class(["低保", "特困"], {"低保": 1})


def test_thousands_of_households_split_at_once() -> None:
    """13,310 households (the county's number) in under 0.1 s; the bench measures it with 100,000 random cases."""
    rng = random.Random(7)
    weights = [rng.randint(1, 9) for _ in range(13_310)]
    best = 1.0
    for _ in range(3):
        start = time.process_time()
        parts = split_exactly(431_728_292, weights)
        best = min(best, time.process_time() - start)
    assert sum(parts) == 431_728_292 and min(parts) > 0
    assert best < 0.1, f"{best:.3f} s"
