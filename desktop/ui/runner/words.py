"""Labels of forms as rich text: the little markdown XLSForms may hold, everything else shown as it is written."""

from __future__ import annotations

import html
import re

_STYLED = re.compile(
    r"&lt;span style=(?:&quot;|&#x27;)color:\s*([#\w]+);?(?:&quot;|&#x27;)&gt;(.*?)&lt;/span&gt;", re.S
)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_ITALIC = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])(.+?)(?<=[^\s*_])\1(?![\w*])")
_ITEM = re.compile(r"^(?:[-*+]|\d+\.)\s+(.*)$")


_MARKS = re.compile(r"[*_#\[\\<>&\n\"'+-]|^\d+\.")
"""What a text without markup and without characters HTML knows does not hold."""


def rich(text: str) -> str:
    """HTML of a label: **bold**, *emphasis* (bold too: the design has no italics), # headings, lists, links as words.

    A backslash before a mark keeps the mark. Nothing of the text becomes markup otherwise.
    """
    if _MARKS.search(text) is None:
        return text.strip()
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(html.escape(found[1]))
        return f"\x00{len(kept) - 1}\x00"

    text = re.sub(r"\\([\\*_#\[\]()+.-])", keep, text.strip())
    lines = []
    for line in html.escape(text).split("\n"):
        line = _LINK.sub(r"\1", line)
        heading = _HEADING.match(line)
        if heading:
            line = f"<b>{heading[2]}</b>"
        item = _ITEM.match(line)
        if item and not heading:
            line = f"• {item[1]}" if not line[0].isdigit() else line
        line = _BOLD.sub(r"<b>\2</b>", line)
        line = _ITALIC.sub(r"<b>\2</b>", line)
        lines.append(line)
    shown = "<br>".join(lines)
    shown = _STYLED.sub(r"\2", shown)  # colours of the form would not hold in the dark theme; the words stay
    return re.sub(r"\x00(\d+)\x00", lambda m: kept[int(m[1])], shown)


def plain(text: str) -> str:
    """The same as plain words on one line."""
    return html.unescape(re.sub(r"<[^>]+>", " ", rich(text))).strip()
