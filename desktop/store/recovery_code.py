"""The printed recovery code: 135 random bits in nine groups of four symbols; a mistyped group is named.

A group is three symbols and a check symbol over GF(32), weighted by place and group number, so that one
wrong symbol, two swapped symbols or two swapped groups are always noticed. The alphabet is Crockford's
base 32 (no I, L, O, U).
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass

from desktop.common.errors import WrongPassphrase

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = 9
DATA_SYMBOLS = 3
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})
_FIELD = 0b100101  # x⁵ + x² + 1, primitive over GF(2)


class RecoveryCodeMistyped(WrongPassphrase):
    """The code was copied wrongly; `groups` numbers the wrong groups from 1 (none: wrong length)."""

    def __init__(self, message: str, groups: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.groups = groups


@dataclass(frozen=True)
class RecoveryCode:
    """A recovery code as printed; `str()` gives the groups joined by hyphens. Never logged, never stored."""

    groups: tuple[str, ...]

    @classmethod
    def generate(cls) -> RecoveryCode:
        """A fresh code of 135 random bits."""
        return cls(tuple(_group(number) for number in range(1, GROUPS + 1)))

    @classmethod
    def parse(cls, text: str) -> RecoveryCode:
        """Read a typed code; case, width, spaces and hyphens do not matter, nor do I/L for 1 and O for 0.

        Raises RecoveryCodeMistyped naming the wrong groups.
        """
        plain = unicodedata.normalize("NFKC", text).upper().translate(_LOOKALIKES)
        symbols = "".join(ch for ch in plain if ch.isalnum())
        size = DATA_SYMBOLS + 1
        if len(symbols) != GROUPS * size:
            raise RecoveryCodeMistyped(
                f"恢复码应有 {GROUPS} 组、每组 {size} 个字符，现在共 {len(symbols)} 个；"
                "请对照打印件重新输入。"
            )
        groups = tuple(symbols[start : start + size] for start in range(0, len(symbols), size))
        wrong = tuple(n for n, group in enumerate(groups, 1) if not _group_fits(group, n))
        if wrong:
            named = "、".join(f"第 {n} 组" for n in wrong)
            raise RecoveryCodeMistyped(f"恢复码{named}有误；请对照打印件核对后重新输入。", wrong)
        return cls(groups)

    @property
    def secret(self) -> bytes:
        """What the key is derived from: the data symbols, without check symbols."""
        return "".join(group[:DATA_SYMBOLS] for group in self.groups).encode("ascii")

    def __str__(self) -> str:
        return "-".join(self.groups)

    def __repr__(self) -> str:
        return "RecoveryCode(…)"


def _group(number: int) -> str:
    values = [secrets.randbelow(32) for _ in range(DATA_SYMBOLS)]
    return "".join(ALPHABET[v] for v in [*values, _check(values, number)])


def _group_fits(group: str, number: int) -> bool:
    values = [ALPHABET.find(ch) for ch in group]
    return -1 not in values and values[-1] == _check(values[:-1], number)


def _check(values: list[int], number: int) -> int:
    """Σ αⁱ·vᵢ + number in GF(32); the check symbol itself has weight α⁰."""
    total = number
    weight = 1
    for value in values:
        weight = _times(weight, 2)
        total ^= _times(weight, value)
    return total


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 32:
            a ^= _FIELD
        b >>= 1
    return product
