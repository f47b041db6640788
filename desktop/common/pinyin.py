"""Pinyin of names for search: initials and full readings, as surnames and places are really read.

Readings come from pypinyin's character table; a surname table goes first, because the commonest
reading of 区, 单, 仇, 曾, 朴, 解, 查 … is not the surname's (DOMAIN §2.3). Digits and Latin letters stay
(lower case), everything else without a reading is dropped. Characters and the names last looked up are
cached, so imports stay fast.
"""

from __future__ import annotations

import os
import unicodedata
from functools import lru_cache

SURNAMES = {
    "区": "ou", "单": "shan", "仇": "qiu", "曾": "zeng", "朴": "piao", "解": "xie",
    "查": "zha", "盖": "ge", "缪": "miao", "乜": "nie", "洗": "xian", "覃": "qin",
    "员": "yun", "佴": "nai", "种": "chong", "召": "shao", "祭": "zhai", "牟": "mu",
    "隗": "wei", "翟": "zhai", "秘": "bi", "黑": "he", "折": "she", "乐": "yue",
    "郇": "xun", "句": "gou", "阚": "kan", "藏": "zang", "繁": "po", "卜": "bu",
    "薄": "bo", "能": "nai", "蔚": "yu",
}  # fmt: skip
"""Single-character surnames whose reading is not the character table's first one."""

COMPOUND_SURNAMES = {
    "尉迟": ("yu", "chi"), "单于": ("chan", "yu"), "万俟": ("mo", "qi"), "长孙": ("zhang", "sun"),
    "澹台": ("tan", "tai"), "令狐": ("ling", "hu"), "鲜于": ("xian", "yu"), "宰父": ("zai", "fu"),
    "谷梁": ("gu", "liang"), "拓跋": ("tuo", "ba"), "夹谷": ("jia", "gu"), "公冶": ("gong", "ye"),
    "呼延": ("hu", "yan"), "皇甫": ("huang", "fu"), "濮阳": ("pu", "yang"), "赫连": ("he", "lian"),
    "宗政": ("zong", "zheng"), "太叔": ("tai", "shu"), "申屠": ("shen", "tu"), "钟离": ("zhong", "li"),
    "闾丘": ("lv", "qiu"), "亓官": ("qi", "guan"), "司空": ("si", "kong"), "子车": ("zi", "ju"),
    "颛孙": ("zhuan", "sun"), "端木": ("duan", "mu"), "巫马": ("wu", "ma"), "漆雕": ("qi", "diao"),
    "乐正": ("yue", "zheng"), "壤驷": ("rang", "si"), "哥舒": ("ge", "shu"), "那拉": ("na", "la"),
}  # fmt: skip

PLACES = {
    "长": "chang", "厦": "xia", "都": "du", "涌": "chong", "圩": "xu", "埔": "bu", "朝": "chao", "重": "chong",
}  # fmt: skip
"""Readings usual in place and work names where the character table has another first (涌, 圩, 埔 as in Guangdong)."""

_READING: dict[str, str] = {}
_NAME_LENGTH = 4
"""A text of two to four characters is read as a person's name: its first character may be a surname."""

_PLACE_ENDS = frozenset("村镇乡街道区县市组屯寨坊社场店厂")
"""… unless it ends like a place or a work."""


def _load() -> None:
    """Fill the character table once, without pypinyin's phrase dictionary (which costs time and memory)."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin.pinyin_dict import pinyin_dict

    for code, readings in pinyin_dict.items():
        first = readings.partition(",")[0].replace("ü", "v")
        plain = "".join(c for c in unicodedata.normalize("NFD", first) if not unicodedata.combining(c))
        # ǖǘǚǜ decompose to u + diaeresis + tone; the diaeresis is kept as v
        if any(c in first for c in "ǖǘǚǜ"):
            plain = plain.replace("u", "v")
        _READING[chr(code)] = plain
    _READING["〇"] = "ling"
    for c in "abcdefghijklmnopqrstuvwxyz0123456789":
        _READING[c] = c
        _READING[chr(ord(c) + 0xFEE0)] = c
        _READING[c.upper()] = c
        _READING[chr(ord(c.upper()) + 0xFEE0)] = c
    _READING.update(PLACES)


def syllables(name: str) -> list[str]:
    """The reading of each character that has one, in order; digits and Latin letters stand for themselves.

    A text of two to four characters is taken for a person's name, so that its surname reads as a surname.
    """
    if not _READING:
        _load()
    head: tuple[str, ...] = ()
    if 2 <= len(name) <= _NAME_LENGTH and name[-1] not in _PLACE_ENDS:
        head = COMPOUND_SURNAMES.get(name[:2], ())
        if not head and name[0] in SURNAMES:
            head = (SURNAMES[name[0]],)
    reading = _READING.get
    return [*head, *(s for s in map(reading, name[len(head) :]) if s)]


class _Initials(dict[int, str | None]):
    """For `str.translate`: character → first letter of its reading; None, which leaves it out, when it has none."""

    def __missing__(self, code: int) -> str | None:
        if not _READING:
            _load()
        found = self[code] = (_READING.get(chr(code)) or "")[:1] or None
        return found


_INITIALS = _Initials()


@lru_cache(maxsize=8192)
def initials(name: str) -> str:
    """Pinyin initials for search, e.g. 区样例 → `oyl`, 蓢头村 → `ltc`; empty for an empty name."""
    if len(name) > _NAME_LENGTH:  # no person's name: each character for itself, looked up in C
        return name.translate(_INITIALS)
    return "".join([s[0] for s in syllables(name)])


@lru_cache(maxsize=8192)
def full(name: str) -> str:
    """Full pinyin without tones or blanks, e.g. 单试模 → `shanshimo`; ü is written v."""
    return "".join(syllables(name))
