"""Text as townships type it: trimming, half-width forms, old private-use characters, encodings of text files.

Names keep their characters; only what is invisible or plainly wrong is touched (DOMAIN §2.0, §3.4).
NFKC-like narrowing is for numbers and identifiers alone.
"""

from __future__ import annotations

import csv
import re
from functools import cache, lru_cache

from desktop.common.errors import FileDamaged
from desktop.common.resources import resource_path

BLANKS = " \t\r\n\v\f\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
"""What counts as blank, as a regular-expression class: no-break, full-width and zero-width ones too."""

_EDGES = re.compile(f"^[{BLANKS}]+|[{BLANKS}]+$")
_ANY_BLANK = re.compile(f"[{BLANKS}]+")
_BREAK = re.compile(f"[{BLANKS}]*[\r\n\v\f\u2028\u2029][{BLANKS}]*")
_PRIVATE = re.compile("[\ue000-\uf8ff]")

PLACEHOLDERS = frozenset(
    (
        "/",
        "//",
        "\\",
        "／",
        "／／",
        "-",
        "--",
        "---",
        "－",
        "——",
        "—",
        "–",
        "―",
        "_",
        "__",
        "*",
        "**",
        ".",
        "。",
        "、",
    )
    + ("无", "暂无", "没有", "未填", "空", "空白", "未知", "不详", "不清楚", "不适用")
    + ("N/A", "n/a", "NA", "#N/A", "null", "NULL", "None", "none", "?", "??", "？", "？？")
)
"""What people write into a cell to say that it is empty; 0 is an answer and is not here."""

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_WIDE.update({0x3000: 0x20, 0x2212: 0x2D, 0x2013: 0x2D, 0x3002: 0x2E, 0x2018: 0x27, 0x2019: 0x27})


def trim(text: str) -> str:
    """The text without blanks at both ends (full-width and zero-width ones too)."""
    return _EDGES.sub("", text)


@lru_cache(maxsize=65536)
def clean(text: str) -> str:
    """A typed cell as one line: edges trimmed, line breaks taken out, old private-use characters replaced.

    Blanks inside stay (a name may have one); a line break vanishes, between Latin words it becomes a blank.
    """
    text = _EDGES.sub("", text)
    if not text.isprintable():
        text = _BREAK.sub(_join_lines, text)
        text = map_private(text)
    return text


def _join_lines(match: re.Match[str]) -> str:
    before, after = (
        match.string[match.start() - 1 : match.start()],
        match.string[match.end() : match.end() + 1],
    )
    return " " if before.isascii() and after.isascii() and before.isalnum() and after.isalnum() else ""


def compact(text: str) -> str:
    """The text without any blank: the form in which names of places and works are compared."""
    return _ANY_BLANK.sub("", text)


def narrow(text: str) -> str:
    """Full-width digits, Latin letters and signs as ASCII. Never for names."""
    return text.translate(_WIDE)


def is_placeholder(text: str) -> bool:
    """Whether the (trimmed) text only says that there is nothing: `/`, `—`, `无` …"""
    return text in PLACEHOLDERS


@cache
def _private_map() -> dict[int, str]:
    table: dict[int, str] = {}
    with resource_path("codelists", "gbk_pua_map.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            table[int(row["old_pua"][2:], 16)] = row["char"]
    return table


def map_private(text: str) -> str:
    """Old GBK private-use characters (U+E815–U+E864, from old databases) as the characters meant.

    Others of the private zone stay: nobody knows what they mean (`private_characters` finds them).
    """
    return text.translate(_private_map()) if _PRIVATE.search(text) else text


def private_characters(text: str) -> list[str]:
    """The private-use characters that remain after `map_private`: they must be typed again."""
    return _PRIVATE.findall(map_private(text)) if _PRIVATE.search(text) else []


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and its encoding: UTF-8 with or without mark, UTF-16 with mark, GB 18030 (GBK).

    FileDamaged when it is none of them.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _decode(data, encoding), encoding
    if b"\x00" in data[:4096]:
        raise FileDamaged("这个文件不是文本文件，无法按 CSV 读取。", hint="没有导入任何内容，请检查文件后重试。")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decode(data, "gb18030"), "gb18030"


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileDamaged(
            "文件的文字编码无法识别（不是 UTF-8，也不是 GBK/GB18030）。",
            hint="没有导入任何内容，请用 Excel 或 WPS 打开后另存为 xlsx 再导入。",
        ) from error
