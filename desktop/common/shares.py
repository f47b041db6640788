"""Shares 份额 as exact fractions: 50%, 1/3, 六成; the shares of one right always add to exactly 1."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from desktop.common.formula import Formula
from desktop.common.text import compact, narrow

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)[%﹪]")
_FRACTION = re.compile(r"(\d+)[/／](\d+)")
_OF = re.compile(r"([一二三四五六七八九十百\d]+)分之([一二三四五六七八九十百\d]+)")
_TENTHS = re.compile(r"([一二三四五六七八九])成半?")
_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九")}
FORMULAS = (
    Formula(
        "份额",
        "按分数记（例如 1/3），一项权利的份额加起来必须正好是 1。屏幕上的百分数只供看，算钱用分数，尾数给舍去最多的。",
        "程序自定：按份共有要分得清",
    ),
)
"""How shares are said to a person who asks."""


def parse_share(text: str) -> Fraction:
    """The share a text means; ValueError when it is none or not within 0 … 1."""
    text = compact(narrow(text))
    if match := _PERCENT.fullmatch(text):
        share = Fraction(Decimal(match[1])) / 100
    elif (match := _FRACTION.fullmatch(text)) and int(match[2]):
        share = Fraction(int(match[1]), int(match[2]))
    elif match := _OF.fullmatch(text):
        share = Fraction(_numeral(match[2]), _numeral(match[1]))
    elif match := _TENTHS.fullmatch(text):
        share = Fraction(_NUMERALS[match[1]], 10) + (Fraction(1, 20) if text.endswith("半") else 0)
    else:
        raise ValueError("not a share")
    if not 0 < share <= 1:
        raise ValueError("a share lies above 0 and up to 1")
    return share


def _numeral(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text == "百":
        return 100
    tens, mark, ones = text.rpartition("十")
    if not mark:
        return _NUMERALS[text]
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)


def holders(text: str) -> list[tuple[str, Fraction]]:
    """Holders with their shares in one cell, e.g. `镇政府60%、村经联社40%`; ValueError when they do not add to 1."""
    parts = [p for p in re.split(r"[、，,;；\n]+", compact(narrow(text))) if p]
    found: list[tuple[str, Fraction]] = []
    for part in parts:
        match = re.fullmatch(r"(.+?)[（(:：]?(?:占|持有|持)?((?:\d+(?:\.\d+)?%)|(?:\d+/\d+)|(?:.成半?))[)）]?", part)
        if not match:
            raise ValueError("a holder without a share")
        found.append((match[1].rstrip("占持有"), parse_share(match[2])))
    if not adds_to_one(share for _, share in found):
        raise ValueError("shares do not add to 1")
    return found


def adds_to_one(shares: Iterable[Fraction]) -> bool:
    """Whether the shares add to exactly 1."""
    return sum(shares, Fraction(0)) == 1
