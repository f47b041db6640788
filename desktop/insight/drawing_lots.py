"""Draws a sample that anybody can draw again: a sealed list, a seed said later and in front of people (design 19).

The list is its identifiers in order; its fingerprint is the SHA-256 of them, one a line. Each identifier's lot is the
SHA-256 of seed, line feed, identifier; the smallest lots are drawn. Strata share the sample by their size, largest
remainder first. The same list and seed give the same sample on any machine and with any SHA-256 tool.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from desktop.common.errors import InputRefused, UsageError
from desktop.common.money import largest_remainder


@dataclass(frozen=True)
class Drawn:
    """A sample: its identifiers in the order of their lots, and the reserves after them, stratum by stratum."""

    chosen: tuple[str, ...]
    reserves: tuple[str, ...]
    fingerprint: str
    population: int


def fingerprint(ids: Iterable[str]) -> str:
    """SHA-256 (hex) of the identifiers in ascending order, one a line."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()


def lot(seed: str, identifier: str) -> str:
    """The lot of one identifier under a seed, hex; smaller is drawn earlier."""
    return hashlib.sha256(f"{seed}\n{identifier}".encode()).hexdigest()


def sample_size(population: int, *, count: int | None = None, rate: Fraction | None = None) -> int:
    """How many are drawn: a number, or a share of the list rounded up. UsageError (more than there are)."""
    if (count is None) == (rate is None):
        raise UsageError("抽取要么写数量，要么写比例。")
    if count is not None:
        if count < 1:
            raise UsageError("抽取数量应大于 0。")
        if count > population:
            raise UsageError(f"范围内只有 {population} 项，抽不出 {count} 项；没有抽取。")
        return count
    assert rate is not None
    if not 0 < rate <= 1:
        raise UsageError("抽取比例应大于 0，不超过 1（如 0.2 或 1/5）。")
    return -(-population * rate.numerator // rate.denominator)


def draw(
    strata: Mapping[str, Iterable[str]], seed: str, size: int, *, reserves: int = 0, sealed: str | None = None
) -> Drawn:
    """Draw `size` identifiers from strata (one stratum "" for none), and so many reserves.

    InputRefused when the list is no longer the sealed one (both fingerprints are named), UsageError without a seed.
    """
    if not seed.strip():
        raise UsageError("没有写种子，不能抽取。")
    lists = {name: sorted(set(ids)) for name, ids in strata.items()}
    everyone = [i for ids in lists.values() for i in ids]
    mark = fingerprint(everyone)
    if sealed is not None and sealed != mark:
        raise InputRefused(
            f"名单和封存时不一样，没有抽取。封存的指纹 {sealed[:16]}…，现在的指纹 {mark[:16]}…。",
            hint="请查明名单的变动，重新封存后再抽。",
        )
    if not everyone:
        raise InputRefused("范围内没有可抽的，没有抽取。")
    parts = largest_remainder(min(size, len(everyone)), {n: len(ids) for n, ids in lists.items() if ids})
    chosen: list[str] = []
    spare: list[tuple[str, str]] = []
    for name, ids in lists.items():
        order = sorted(ids, key=lambda i: (lot(seed, i), i))
        chosen += order[: parts.get(name, 0)]
        spare += [(lot(seed, i), i) for i in order[parts.get(name, 0) :]]
    return Drawn(tuple(chosen), tuple(i for _, i in sorted(spare)[:reserves]), mark, len(everyone))
