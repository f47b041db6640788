"""Villages as ledgers write them, matched with a division list: exact, with prefixes, mistyped, or not there.

A mistyped name is only a proposal, and only when something besides the likeness speaks for it: the same sound, or the
village named elsewhere in the row. Nothing is ever matched on a bare town code (DOMAIN §4.2).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from rapidfuzz.distance import Levenshtein

from desktop.common.pinyin import full
from desktop.common.resources import resource_path
from desktop.common.text import clean, compact

MatchKind = Literal["exact", "variant", "detail", "typo", "unknown", "blank", "ambiguous"]

_ENDS = ("村民委员会", "居民委员会", "村委会", "居委会", "社区居委会", "村委", "居委", "行政村", "社区", "村", "村民村")
_PREFIX = re.compile(r"^(?:[^省]{2,3}省)?(?:[^市]{2,4}市)?(?:[^县区]{1,4}[县区])?(?:[^镇乡]{1,5}(?:镇|乡|街道))?")


@dataclass(frozen=True, slots=True)
class Village:
    """A village or community of a division list; `name` is the short form people write (梁家村, 双水社区)."""

    code: str
    name: str
    official: str
    town: str
    town_code: str
    county: str = ""

    @property
    def base(self) -> str:
        """The name without its kind: 梁家."""
        return _base(self.name)


@dataclass(frozen=True, slots=True)
class VillageMatch:
    """What a text means: `variant` = the same village written longer or shorter, `detail` = with a `rest` behind."""

    kind: MatchKind
    village: Village | None = None
    rest: str = ""
    candidates: tuple[Village, ...] = ()


def _base(name: str) -> str:
    for end in ("社区居委会", "村委会", "居委会", "社区", "村"):
        if name.endswith(end) and len(name) > len(end):
            return name.removesuffix(end)
    return name


def short_name(official: str) -> str:
    """The name people use: 梁家村委会 → 梁家村, 朱村村委会 → 朱村, 双水社区居委会 → 双水社区; other names stay."""
    for end, kind in (
        ("村民委员会", "村"),
        ("居民委员会", "社区"),
        ("村委会", "村"),
        ("社区居委会", "社区"),
        ("居委会", "社区"),
    ):
        stem = official.removesuffix(end)
        if stem and stem != official:
            return stem if stem.endswith(kind) else stem + kind
    return official


@dataclass(slots=True)
class Villages:
    """The villages of one place, ready for matching; results are cached per text and hints."""

    entries: list[Village]
    _index: dict[str, list[Village]] = field(default_factory=dict)
    _cache: dict[tuple[str, tuple[str, ...]], VillageMatch] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for village in self.entries:
            base = village.base
            forms = {village.name, village.official, base}
            if village.name.endswith("村"):
                forms |= {
                    base + end
                    for end in (
                        "村",
                        "村委",
                        "村委会",
                        "村民委员会",
                        "村村民委员会",
                        "行政村",
                        "村村委会",
                        "村民村委会",
                    )
                }
            else:
                forms |= {
                    base + end for end in ("社区", "居委", "居委会", "社区居委会", "居民委员会", "社区居民委员会")
                }
            for form in forms:
                if len(form) > 1:
                    self._index.setdefault(form, []).append(village)

    def within(self, prefix: str) -> Villages:
        """Those whose code begins with the prefix (county 6, town 9 digits)."""
        return Villages([v for v in self.entries if v.code.startswith(prefix)])

    def towns_named_in(self, texts: Iterable[str]) -> list[str]:
        """Codes of the towns named in the texts, those most villages away first removed: only names given in full."""
        names: dict[str, set[str]] = {}
        for village in self.entries:
            names.setdefault(village.town, set()).add(village.town_code)
        joined = "\n".join(compact(t) for t in texts)
        found = [n for n in names if n in joined]
        found = [n for n in found if not any(n != m and n in m for m in found)]
        return sorted(code for n in found for code in names[n])

    def match(self, text: str, hints: tuple[str, ...] = ()) -> VillageMatch:
        """The village a cell means; `hints` are other texts of the same row (name, project, owner)."""
        known = self._cache.get((text, hints))
        if known is None:
            known = self._cache[(text, hints)] = self._match(text, hints)
        return known

    def _match(self, text: str, hints: tuple[str, ...]) -> VillageMatch:
        plain = compact(clean(text))
        if not plain:
            return VillageMatch("blank")
        found = self._one(plain, hints)
        if found is not None:
            return found
        bare = _PREFIX.sub("", plain)
        for town in {v.town for v in self.entries}:
            if town in plain:
                bare = plain.rpartition(town)[2]
        if bare and bare != plain:
            found = self._one(bare, hints)
            if found is not None:
                return VillageMatch("variant", found.village) if found.kind == "exact" else found
        bare = bare or plain
        return self._longer(bare) or self._typo(bare, hints)

    def _one(self, plain: str, hints: tuple[str, ...]) -> VillageMatch | None:
        found = self._index.get(plain)
        if not found:
            return None
        if len(found) > 1:
            exact = [v for v in found if v.name == plain] or [v for v in found if v.name.endswith("村")]
            if len(exact) != 1:
                named = [v for v in found if any(v.name in h or v.town in h for h in hints)]
                if len(named) != 1:
                    return VillageMatch("ambiguous", candidates=tuple(found))
                exact = named
            found = exact
        return VillageMatch("exact" if plain == found[0].name else "variant", found[0])

    def _longer(self, plain: str) -> VillageMatch | None:
        """江联村3组: the village with more behind it."""
        for size in range(len(plain) - 1, 1, -1):
            head, rest = plain[:size], plain[size:]
            found = self._index.get(head)
            if (
                found
                and len(found) == 1
                and (head.endswith(("村", "社区", "会")) or rest[0] in "0123456789一二三四五六七八九十")
            ):
                return VillageMatch("detail", found[0], rest)
        return None

    def _typo(self, plain: str, hints: tuple[str, ...]) -> VillageMatch:
        base = plain
        for end in _ENDS:
            if plain.endswith(end) and len(plain) > len(end):
                base = plain.removesuffix(end)
                break
        near = [v for v in self.entries if Levenshtein.distance(base, v.base, score_cutoff=1) <= 1]
        if not near and len(base) >= 4:
            near = [v for v in self.entries if Levenshtein.distance(base, v.base, score_cutoff=2) <= 2]
        named = [v for v in near if any(v.name in h or h.startswith(v.base) for h in hints)]
        if len(named) == 1:
            return VillageMatch("typo", named[0], candidates=tuple(near))
        sound = full(base)
        alike = [v for v in near if full(v.base) == sound]
        if not near:
            alike = [v for v in self.entries if len(base) >= 2 and full(v.base) == sound]
        if len(alike) == 1:
            return VillageMatch("typo", alike[0], candidates=tuple(near or alike))
        return VillageMatch("unknown", candidates=tuple(near))

    def named_in(self, text: str) -> Village | None:
        """The one village a longer text names (an asset's or owner's name), None when none or several."""
        plain = compact(text)
        found = [v for v in self.entries if v.name in plain]
        found = [v for v in found if not any(v is not o and v.name in o.name for o in found)]
        if not found:
            found = [v for v in self.entries if plain.startswith(v.base)]
            longest = max((len(v.base) for v in found), default=0)
            found = [v for v in found if len(v.base) == longest]
        if len(found) > 1:
            first = min(plain.find(v.name) for v in found)
            found = [v for v in found if plain.find(v.name) == first]
        return found[0] if len(found) == 1 else None


@cache
def shipped_villages() -> Villages:
    """The villages of the shipped list (NBS, 2023-06-30)."""
    entries = []
    with resource_path("codelists", "divisions_village.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            entries.append(
                Village(
                    row["code12"], short_name(row["name"]), row["name"], row["town"], row["town_code9"], row["county"]
                )
            )
    return Villages(entries)
