"""Personal names as typed: what may be mended silently, and what a person must look at again (DOMAIN §3.4).

Names keep their characters; only blanks at the ends, blanks between the two characters of a Han name, old private-use
codes and the separator of minority names are normalised.
"""

from __future__ import annotations

import re
import unicodedata

from desktop.common.text import clean, compact, private_characters

_SEPARATORS = re.compile("[•．‧・∙⋅●●﹒･]|(?<=[\u4e00-\u9fff])\\.(?=[\u4e00-\u9fff])")
_BAD = re.compile(r"[?？□■�＊*#]")


def normalise_name(typed: str) -> tuple[str, tuple[str, ...]]:
    """The name and what was changed: `trimmed`, `inner_blank`, `private_use`, `separator`."""
    steps: list[str] = []
    text = clean(typed)
    if text != typed:
        steps.append("private_use" if any("\ue000" <= c <= "\uf8ff" for c in typed) else "trimmed")
    dotted = _SEPARATORS.sub("·", text)
    if dotted != text:
        steps.append("separator")
    if is_han(compact(dotted)) and compact(dotted) != dotted:
        dotted = compact(dotted)
        steps.append("inner_blank")
    return dotted, tuple(steps)


def is_han(text: str) -> bool:
    """Whether the text has only Han characters (any plane)."""
    return bool(text) and all(unicodedata.name(c, "").startswith("CJK ") or c == "〇" for c in text)


def unreadable(name: str) -> list[str]:
    """Characters that stand where a lost one was: question marks, boxes, unmapped private-use codes."""
    return _BAD.findall(name) + private_characters(name)


def looks_like_person(text: str) -> bool:
    """Whether a text has the form of one person's name: two to four Han characters, or a dotted minority name."""
    if "·" in text:
        return all(is_han(part) for part in text.split("·")) and len(text) <= 20
    return 2 <= len(text) <= 4 and is_han(text)
