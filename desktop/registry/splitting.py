"""Splits an amount over recipients so that the parts add up to the 分: equally, by weight, by class.

Weights are exact (integers, decimals as text, fractions), never floats. What is left after whole 分 goes to the largest
remainders, ties in the order given, so that every laptop splits alike. A weight of zero or below is refused: who gets
nothing does not stand in the list.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from heapq import nsmallest
from math import lcm
from typing import TypeVar

from desktop.common.errors import InputRefused
from desktop.common.formula import Formula
from desktop.common.text import compact, narrow

Weight = int | Decimal | Fraction
Key = TypeVar("Key", bound=Hashable)

_WEIGHT = re.compile(r"\d{1,12}(\.\d{1,12})?|\d{1,12}/\d{1,12}")

FORMULAS = (
    Formula(
        "分到户、到人的尾数",
        "先按比例算到分（舍去不足 1 分的部分），剩下的几分依次给舍去最多的；一样多的，排在前面的先得。"
        "各户加起来一定等于总数，哪台电脑算都一样。",
        "程序自定：合计与各行相符",
    ),
)
"""How parts are said to a person who asks."""


def parse_weight(text: str | Weight) -> Fraction:
    """An exact weight from what was typed (`4`, `1.5`, `2/3`); ValueError for anything else, zero and below."""
    if isinstance(text, bool | float):
        raise ValueError("a weight is exact: text, integer, decimal or fraction")
    if isinstance(text, str):
        text = compact(narrow(text))
        if not _WEIGHT.fullmatch(text):
            raise ValueError("not a weight")
        top, _, bottom = text.partition("/")
        if bottom and not int(bottom):
            raise ValueError("not a weight")
        weight = Fraction(int(top), int(bottom)) if bottom else Fraction(Decimal(text))
    else:
        weight = Fraction(text)
    if weight <= 0:
        raise ValueError("a weight lies above zero")
    return weight


def split_exactly(total_fen: int, weights: Sequence[Weight]) -> list[int]:
    """The parts of `total_fen` in the order of the weights; they add up exactly.

    A negative total (a reversal) is split like the positive one. ValueError for no weights, or one that is not above
    zero; TypeError for a float.
    """
    if not weights:
        raise ValueError("nobody to split among")
    exact = _integers(weights)
    if min(exact) <= 0:
        raise ValueError("every weight must lie above zero")
    sign, total = (-1, -total_fen) if total_fen < 0 else (1, total_fen)
    whole = sum(exact)
    parts, rests = [], []
    for weight in exact:
        part, rest = divmod(total * weight, whole)
        parts.append(part)
        rests.append(rest)
    left = total - sum(parts)
    if left:
        for at in nsmallest(left, range(len(rests)), key=lambda i: (-rests[i], i)):
            parts[at] += 1
    return parts if sign > 0 else [-part for part in parts]


def split_equally(total_fen: int, count: int) -> list[int]:
    """Equal parts; the first ones take the 分 that do not divide."""
    return split_exactly(total_fen, [1] * count)


def split_by_key(total_fen: int, weights: Mapping[Key, Weight]) -> dict[Key, int]:
    """`split_exactly` for named recipients, ties in the order of the mapping."""
    return dict(zip(weights, split_exactly(total_fen, list(weights.values())), strict=True))


def amounts_by_class(classes: Iterable[str], amounts: Mapping[str, int]) -> list[int]:
    """The amount of each recipient's class in 分; InputRefused names the classes without an amount or below zero."""
    classes = list(classes)
    lacking = sorted({c or "未分类" for c in classes if amounts.get(c, -1) < 0})
    if lacking:
        raise InputRefused(f"没有定{'、'.join(lacking)}的金额，没有分配。")
    return [amounts[c] for c in classes]


def _integers(weights: Sequence[Weight]) -> list[int]:
    """The weights over a common denominator: integer arithmetic is what makes thousands of recipients quick."""
    if all(type(w) is int for w in weights):
        return [int(w) for w in weights]
    if any(isinstance(w, float) for w in weights):
        raise TypeError("a weight is never a float")
    fractions = [Fraction(w) for w in weights]
    scale = lcm(*{f.denominator for f in fractions})
    return [f.numerator * (scale // f.denominator) for f in fractions]
