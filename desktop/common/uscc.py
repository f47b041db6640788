"""Unified social credit codes 统一社会信用代码 (GB 32100-2015): 18 characters, the last one a check."""

from __future__ import annotations

from desktop.common.text import compact, narrow

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def normalise_uscc(typed: str) -> str:
    """Blanks out, half-width, upper case."""
    return compact(narrow(typed)).upper()


def uscc_check(first17: str) -> str:
    """The 18th character; ValueError when the first 17 are not of the code's alphabet (no I, O, S, V, Z)."""
    if len(first17) != 17 or any(c not in _ALPHABET for c in first17):
        raise ValueError("17 characters of the code's alphabet are needed")
    total = sum(_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(first17))
    return _ALPHABET[-total % 31]


def is_uscc(code: str) -> bool:
    """Whether a normalised code has 18 characters and the right check character."""
    if len(code) != 18 or any(c not in _ALPHABET for c in code):
        return False
    return uscc_check(code[:17]) == code[17]
