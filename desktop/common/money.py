"""Money between paper and storage: integer 分 inside, exact decimals at the edges, never a rounded float.

A workbook's float is taken back to the decimal somebody typed: the shortest decimal that is this float, accepted when
it is within 1e-9 of whole 分 in the typed unit (Excel's arithmetic leaves 0.30000000000000004).
Anything else is refused, not rounded.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import isfinite
from typing import Literal, TypeVar

from desktop.common.formula import Formula
from desktop.common.text import compact, narrow

Unit = Literal["yuan", "wan"]
FEN: dict[str, int] = {"yuan": 100, "wan": 1_000_000}
"""分 in one 元 and in one 万元."""
FORMULAS = (
    Formula(
        "金额和四舍五入",
        "金额都记到分。万元列按需要印 2 到 6 位小数，把每一行都印全，所以不用四舍五入，印出来的合计就是各行之和。"
        "读不成整分的数（例如 1.005 元）不收，要人来定。",
        "程序自定：纸上的合计等于各行之和",
    ),
)
"""How amounts are said to a person who asks."""

_NUMBER = re.compile(r"([-+]?)(\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))(\.\d+)?")
_TEXT = re.compile(r"[¥￥]?([-+]?[\d,]*\.?\d*)(亿元|亿|万元|万|元整|元|圆|角|分)?整?")
_ABOUT = re.compile(r"约|大概|左右|大约|近|余|多|几|上下|估|暂估|不足|超|以上|以下|~|～|-{2}")
_TEXT_UNITS = {
    "亿元": 10**10,
    "亿": 10**10,
    "万元": 10**6,
    "万": 10**6,
    "元整": 100,
    "元": 100,
    "圆": 100,
    "角": 10,
    "分": 1,
}
_TOLERANCE = Decimal("1e-9")

Key = TypeVar("Key", bound=Hashable)

Reason = Literal["blank", "not_number", "approximate", "not_whole_fen"]


class MoneyError(ValueError):
    """A text or number is no exact amount; `reason` says which way, `near` the 分 read from an approximate one."""

    def __init__(self, reason: Reason, near: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.near = near


def parse_money(value: str | float | Decimal, unit: Unit) -> int:
    """分 of an amount typed in the unit; a unit inside the text (31.99万元, 500元) wins.

    Accepts thousands separators, ¥, full-width digits, a leading apostrophe, blanks. Raises MoneyError (a ValueError).
    """
    if isinstance(value, str):
        return _from_text(value, FEN[unit])
    if isinstance(value, bool):
        raise MoneyError("not_number")
    if isinstance(value, float):
        return float_fen(value, FEN[unit])
    return _whole(Decimal(value), FEN[unit])


def float_fen(value: float, per_unit: int) -> int:
    """分 of a spreadsheet's float, `per_unit` 分 each: exact when the float is the one nearest to whole 分."""
    if not isfinite(value * per_unit):
        raise MoneyError("not_number")
    fen = round(value * per_unit)
    if fen / per_unit == value and -(1 << 53) < fen < 1 << 53:
        return fen
    return _whole(Decimal(repr(value)), per_unit)


def _whole(amount: Decimal, per_unit: int) -> int:
    exact = amount * per_unit
    fen = exact.to_integral_value()
    if abs(exact - fen) > _TOLERANCE * per_unit:
        raise MoneyError("not_whole_fen")
    if abs(fen) >= 1 << 63:  # beyond what a register stores, and any amount
        raise MoneyError("not_number")
    return int(fen)


def _from_text(text: str, per_unit: int) -> int:
    text = compact(narrow(text)).lstrip("'`‘’").replace("，", ",")
    if not text:
        raise MoneyError("blank")
    about = _ABOUT.search(text) is not None
    if about:
        text = _ABOUT.sub("", text)
    negative = text.startswith("(") and text.endswith(")")
    match = _TEXT.fullmatch(text[1:-1] if negative else text)
    if not match or not _NUMBER.fullmatch(match[1]):
        raise MoneyError("not_number")
    try:
        amount = Decimal(match[1].replace(",", ""))
    except InvalidOperation as error:
        raise MoneyError("not_number") from error
    fen = _whole(-amount if negative else amount, _TEXT_UNITS.get(match[2] or "", per_unit))
    if about:
        raise MoneyError("approximate", fen)
    return fen


def text_unit(text: str) -> Unit | None:
    """The unit an amount's text carries itself, None when it has none."""
    found = re.search(r"(万元|万|元|圆)(?:整|左右|上下)?$", compact(narrow(text)))
    if not found:
        return None
    return "wan" if found[1].startswith("万") else "yuan"


def format_yuan(fen: int, decimals: int = 2) -> str:
    """元 with thousands separators, e.g. 123456 → `1,234.56`. Exact: `decimals` below 2 only drop zeros."""
    return _format(fen, 2, decimals)


def format_wan(fen: int, decimals: int | None = None) -> str:
    """万元 with thousands separators; without `decimals` with as many as the amount needs (2 to 6).

    Never rounds: ValueError when the decimals asked for do not show the whole amount.
    """
    return _format(fen, 6, wan_decimals([fen]) if decimals is None else decimals)


_CAPITALS = "零壹贰叁肆伍陆柒捌玖"


def format_capitals(fen: int) -> str:
    """An amount in capital characters as on receipts: 捌仟贰佰元整 (正确填写票据和结算凭证的基本规定, 1997)."""
    if fen < 0:
        return "负" + format_capitals(-fen)
    yuan, cents = divmod(fen, 100)
    words, gap = "", False
    for size, unit in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万"), (1, "")):
        group, yuan = divmod(yuan, size)
        if not group:
            gap = gap or bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _group(group) + unit
        gap = False
    if words:
        words += "元"
    tenths, hundredths = divmod(cents, 10)
    if not cents:
        return (words or "零元") + "整"
    if tenths:
        words += _CAPITALS[tenths] + "角"
    elif words:
        words += "零"
    return words + (_CAPITALS[hundredths] + "分" if hundredths else "整")


def _group(number: int) -> str:
    """Up to four digits in capitals."""
    words, gap = "", False
    for size, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit, number = divmod(number, size)
        if not digit:
            gap = gap or bool(words)
            continue
        words += ("零" if gap else "") + _CAPITALS[digit] + unit
        gap = False
    return words


def _format(fen: int, scale: int, decimals: int) -> str:
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    whole, part = divmod(fen, 10**scale)
    digits = f"{part:0{scale}d}"
    if digits[decimals:].strip("0"):
        raise ValueError("more decimals are needed to show the amount exactly")
    digits = digits[:decimals].ljust(decimals, "0")
    return f"{sign}{whole:,}.{digits}" if decimals else f"{sign}{whole:,}"


def wan_decimals(fens: Iterable[int]) -> int:
    """The decimals (2–6) a 万元 column needs so that its most exact amount is shown whole."""
    need = 2
    for fen in fens:
        while need < 6 and fen % 10 ** (6 - need):
            need += 1
        if need == 6:
            break
    return need


def largest_remainder(total_fen: int, weights: Mapping[Key, int | Fraction]) -> dict[Key, int]:
    """Split an amount by weights so that the parts add up exactly: largest remainder first, ties in order.

    A negative total is split like the positive one. ValueError for no or negative weights.
    """
    whole = sum(weights.values(), Fraction(0))
    if whole <= 0 or any(w < 0 for w in weights.values()):
        raise ValueError("weights must be positive and at least one above zero")
    sign, total = (-1, -total_fen) if total_fen < 0 else (1, total_fen)
    shares = {key: Fraction(total) * weight / whole for key, weight in weights.items()}
    parts = {key: int(share) for key, share in shares.items()}
    rest = total - sum(parts.values())
    for key in sorted(shares, key=lambda k: parts[k] - shares[k])[:rest]:
        parts[key] += 1
    return {key: sign * part for key, part in parts.items()}
