"""Breaks Chinese text with Latin words and numbers in it into lines of a width, and never loses a character.

Closing punctuation does not begin a line and opening punctuation does not end one (GB/T 15834-2011, 5.1); words and
numbers stay whole unless one alone is wider than the line.
"""

from __future__ import annotations

import re

from desktop.reports.fonts import Face

_CLOSING = "，。、；：！？）》〉」』】〕］｝％…—·～”’,.;:!?)]}%"
_OPENING = "（《〈「『【〔［｛“‘([{￥$№"
_ATOM = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[A-Za-z0-9.,:/%+\-_#&@'*=]+|[^\s])[{re.escape(_CLOSING)}]*|\s+"
)


def break_lines(face: Face, text: str, limit: float) -> list[str]:
    """Lines no wider than `limit` (1/1000 of the font size); a line feed in the text always breaks, blank lines go."""
    if "\n" not in text and face.width(text) <= limit:
        return [text]
    lines: list[str] = []
    for paragraph in text.splitlines():
        if paragraph.strip():
            lines += _break_paragraph(face, paragraph.strip(), limit)
    return lines or [""]


def _break_paragraph(face: Face, text: str, limit: float) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for atom in _ATOM.findall(text):
        width = face.width(atom)
        if used + width <= limit or (atom.isspace() and line):
            line += atom
            used += width
            continue
        if line.strip():
            lines.append(line.rstrip())
        line, used = "", 0
        if atom.isspace():
            continue
        if width > limit:
            *full, atom = _break_atom(face, atom, limit)
            lines += full
            width = face.width(atom)
        line, used = atom, width
    if line.strip() or not lines:
        lines.append(line.rstrip())
    return lines


def _break_atom(face: Face, atom: str, limit: float) -> list[str]:
    """Something without a place to break: character by character, at least one a line."""
    parts: list[str] = []
    part, used = "", 0
    for character in atom:
        width = face.width(character)
        if part and used + width > limit:
            carried = ""
            if character in _CLOSING and len(part) > 1 and face.width(part[-1]) + width <= limit:
                part, carried = part[:-1], part[-1]  # a closing mark takes a character along to the next line
            parts.append(part)
            part, used = carried, face.width(carried)
        part += character
        used += width
    return [*parts, part]
