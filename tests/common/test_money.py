"""Exact money: what was typed is what is stored, to the 分."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.common.money import (
    MoneyError,
    format_capitals,
    format_wan,
    format_yuan,
    largest_remainder,
    parse_money,
    text_unit,
    wan_decimals,
)


@pytest.mark.parametrize(
    ("value", "unit", "fen"),
    [
        (431.728292, "wan", 431_728_292),
        (0.1 + 0.2, "wan", 300_000),
        ("31.99万元", "wan", 31_990_000),
        ("31.99万元", "yuan", 31_990_000),
        ("500元", "wan", 50_000),
        ("６０．０３", "wan", 60_030_000),
        ("'38.68", "wan", 38_680_000),
        ("61.00 ", "wan", 61_000_000),
        ("￥1,234.56", "yuan", 123_456),
        ("(4.05)", "wan", -4_050_000),
        (-4.05, "wan", -4_050_000),
        ("1.2亿元", "wan", 12_000_000_000),
        (Decimal("0.01"), "yuan", 1),
        (0, "wan", 0),
    ],
)
def test_amounts(value: object, unit: str, fen: int) -> None:
    assert parse_money(value, unit) == fen  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "blank"),
        ("待定", "not_number"),
        (0.001, "not_whole_fen"),
        ("1.2.3", "not_number"),
        ("1,23", "not_number"),
        (float("inf"), "not_number"),
        ("9" * 40, "not_number"),
    ],
)
def test_no_amount(value: object, reason: str) -> None:
    with pytest.raises(MoneyError) as error:
        parse_money(value, "yuan")  # type: ignore[arg-type]
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (820_000, "捌仟贰佰元整"), (0, "零元整"), (5, "伍分"), (105, "壹元零伍分"), (10, "壹角整"),
        (1_000_500, "壹万零伍元整"), (100_000_500, "壹佰万零伍元整"), (1_001_000_000, "壹仟零壹万元整"),
        (1_234_567_891, "壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元玖角壹分"), (-300, "负叁元整"),
    ],
)  # fmt: skip
def test_amounts_in_capitals(fen: int, words: str) -> None:
    assert format_capitals(fen) == words


def test_an_approximate_amount_is_refused_with_what_it_says() -> None:
    with pytest.raises(MoneyError) as error:
        parse_money("约45.3万", "wan")
    assert (error.value.reason, error.value.near) == ("approximate", 45_300_000)


@given(st.integers(-(10**13), 10**13))
def test_a_float_cell_gives_back_the_typed_amount(fen: int) -> None:
    assert parse_money(fen / 10**6, "wan") == fen
    assert parse_money(fen / 100, "yuan") == fen


def test_formats_never_round() -> None:
    assert format_yuan(123_456) == "1,234.56"
    assert format_wan(431_728_292) == "431.728292"
    assert format_wan(-4_050_000) == "-4.05"
    assert format_wan(64_651_200_000, 2) == "64,651.20"
    assert wan_decimals([333_333, 10_000]) == 6
    assert wan_decimals([10_000, 123_400]) == 4
    with pytest.raises(ValueError, match="decimals"):
        format_wan(431_728_292, 2)


def test_text_unit() -> None:
    assert text_unit("31.99万元") == "wan"
    assert text_unit("500 元") == "yuan"
    assert text_unit("500") is None


@given(st.integers(0, 10**12), st.lists(st.integers(0, 1000), min_size=1, max_size=30).filter(any))
def test_largest_remainder_adds_up(total: int, weights: list[int]) -> None:
    parts = largest_remainder(total, dict(enumerate(weights)))
    assert sum(parts.values()) == total
    whole = sum(weights)
    assert all(abs(parts[n] - Fraction(total) * w / whole) < 1 for n, w in enumerate(weights))
