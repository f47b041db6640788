"""Citizen identification numbers 公民身份号码 (GB 11643): normalise, check, read; lost digits are never mended.

Order of normalisation as in DOMAIN §2.3.1; a letter typed for a digit is only proposed. The address code is no ground
for refusal: numbers keep the code of the county of their time.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from operator import mul
from typing import Literal

from desktop.common.text import BLANKS, compact, narrow

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ZEROS = ord("0") * sum(_WEIGHTS)
_NOISE = re.compile(f"[{BLANKS}'`‘’\"“”_.·-]")
_LOOKALIKE = str.maketrans("OoQDIil|lZzSsB", "00001111122558")

IdProblem = Literal["blank", "length", "letters", "date", "check_digit", "placeholder"]


@dataclass(frozen=True, slots=True)
class IdCheck:
    """A number as normalised (`text`), what is wrong with it, and which steps changed what was typed.

    `proposed` is the 18-digit form of a 15-digit number, or the number with look-alike letters read as digits when that
    one passes every check.
    """

    text: str
    problem: IdProblem | None
    steps: tuple[str, ...] = ()
    proposed: str | None = None

    @property
    def ok(self) -> bool:
        return self.problem is None


def lost_precision(value: object) -> bool:
    """Whether a cell holds a number too large for a spreadsheet: its last digits are gone for good (DOMAIN §4.4)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 1e15


def check_digit(first17: str) -> str:
    """The 18th character for the first 17 digits (ISO 7064 MOD 11-2); ValueError when they are not 17 digits."""
    if len(first17) != 17 or not (first17.isascii() and first17.isdigit()):
        raise ValueError("17 digits are needed")
    return _CHECKS[(sum(map(mul, _WEIGHTS, first17.encode())) - _ZEROS) % 11]


def to_18(id15: str) -> str:
    """The 18-digit form of a first-generation number: 19 before the year, check digit behind; ValueError otherwise."""
    if len(id15) != 15 or not (id15.isascii() and id15.isdigit()):
        raise ValueError("15 digits are needed")
    body = id15[:6] + "19" + id15[6:]
    return body + check_digit(body)


def normalise(typed: str) -> tuple[str, tuple[str, ...]]:
    """The number without blanks, quotes and hyphens, half-width, with a capital X; and the steps that changed it."""
    steps: list[str] = []
    text = _NOISE.sub("", typed)
    if text != typed:
        steps.append("separators")
    half = narrow(text)
    if half != text:
        steps.append("full_width")
    upper = half.replace("×", "X").replace("✕", "X").replace("Χ", "X").replace("Х", "X")
    if upper != half:
        steps.append("cross_for_x")
    if upper.endswith("x"):
        upper = upper[:-1] + "X"
        steps.append("lower_case_x")
    return upper, tuple(steps)


def check_id_number(typed: str) -> IdCheck:
    """Normalise and check a typed number: length, digits, birth date, check digit, in this order."""
    text, steps = normalise(typed)
    if not text:
        return IdCheck(text, "blank", steps)
    if re.fullmatch(r"(\d)\1+", text):
        return IdCheck(text, "placeholder", steps)
    problem = _problem(text)
    if problem is None and len(text) == 15:
        return IdCheck(text, None, steps, to_18(text))
    if problem is not None:
        mended = text.translate(_LOOKALIKE)
        if mended != text and _problem(mended) is None:
            return IdCheck(text, "letters", steps, mended if len(mended) == 18 else to_18(mended))
    return IdCheck(text, problem, steps)


def _problem(text: str) -> IdProblem | None:
    if len(text) == 15:
        if not (text.isascii() and text.isdigit()):
            return "letters"
        return None if _date("19" + text[6:12]) else "date"
    if len(text) != 18:
        return "length"
    if not (text.isascii() and text[:17].isdigit() and (text[17].isdigit() or text[17] == "X")):
        return "letters"
    if _date(text[6:14]) is None:
        return "date"
    return None if check_digit(text[:17]) == text[17] else "check_digit"


def _date(digits: str) -> dt.date | None:
    try:
        date = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return date if date.year >= 1900 else None


def birth_date(id18: str) -> dt.date:
    """The birth date in an 18-digit number; ValueError when it is none."""
    date = _date(id18[6:14]) if len(id18) == 18 else None
    if date is None:
        raise ValueError("no birth date in this number")
    return date


def sex(id18: str) -> Literal["1", "2"]:
    """`1` male or `2` female (GB/T 2261.1) by the 17th digit; ValueError when the text is no 18-digit number."""
    if len(id18) != 18 or not id18[16].isdigit():
        raise ValueError("no 18-digit number")
    return "1" if int(id18[16]) % 2 else "2"


def mask_id(text: str) -> str:
    """The number as it may be shown: first six and last four characters, the rest starred; short texts wholly."""
    if len(text) < 14:
        return "*" * len(text)
    return text[:6] + "*" * (len(text) - 10) + text[-4:]


_LONG_NUMBER = re.compile(r"[0-9０-９][0-9０-９ \u00a0\-]{12,24}[0-9０-９XxＸｘ×]")


def mask_text(text: str) -> str:
    """A text with everything masked that has the form of an ID number, however it is spaced."""
    return _LONG_NUMBER.sub(lambda m: mask_number(m[0]), text)


def mask_number(number: str) -> str:
    """A number as it was written, masked without its blanks and hyphens; short ones stay."""
    short = re.sub(r"[\s\-]", "", compact(narrow(number)))
    return mask_id(short) if len(short) >= 14 else number
