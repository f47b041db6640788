"""A help topic's Markdown as the rich text of the window: headings, lists, tables, links, screen words, key caps."""

from __future__ import annotations

import html
import re

from desktop.app.help_topics import LINK
from desktop.ui.theme import theme

_SCREEN_WORD = re.compile(r"「([^」]+)」")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_WIDTH = ' width="150"'
_CAP = re.compile(r"`([^`]+)`")


def to_html(text: str) -> str:
    """The text in the colours and sizes of the present theme. Understands what topics use, shows the rest as it is."""
    blocks: list[str] = []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif line.startswith("```"):
            end = next((i for i in range(at + 1, len(lines)) if lines[i].startswith("```")), len(lines))
            blocks.append(_plain_block(lines[at + 1 : end]))
            at = end + 1
        elif line.startswith("#"):
            level = len(line) - len(line.lstrip("#"))
            blocks.append(_heading(level, line.lstrip("# ")))
            at += 1
        else:
            kind = _kind(line)
            end = at + 1
            while end < len(lines) and lines[end].strip() and _kind(lines[end]) == kind:
                end += 1
            blocks.append(_block(kind, lines[at:end]))
            at = end
    return f'<div style="color:{theme().color("text").name()}">{"".join(blocks)}</div>'


def _kind(line: str) -> str:
    if re.match(r"[-*] ", line):
        return "ul"
    if re.match(r"\d+\. ", line):
        return "ol"
    if line.startswith("|"):
        return "table"
    return "#" if line.startswith("#") else "p"


def _block(kind: str, lines: list[str]) -> str:
    if kind == "table":
        return _table(lines)
    if kind in ("ul", "ol"):
        items = "".join(
            f'<li style="margin-bottom:4px">{_inline(re.sub(r"^(?:[-*]|[0-9]+[.]) ", "", line))}</li>' for line in lines
        )
        return f'<{kind} style="margin-top:2px;margin-bottom:8px">{items}</{kind}>'
    words = "".join(lines)
    quiet = f"color:{theme().color('text_3').name()};" if words.startswith("出处：") else ""
    return f'<p style="{quiet}margin-top:0;margin-bottom:8px;line-height:150%">{_inline(words)}</p>'


def _heading(level: int, text: str) -> str:
    size = theme().pt({1: "title", 2: "section"}.get(level, "body_strong"))
    top = {1: 0, 2: 18}.get(level, 12)
    return (
        f'<p style="margin-top:{top}px;margin-bottom:6px"><a name="{html.escape(text)}"></a>'
        f'<span style="font-size:{size}pt;font-weight:700">'
        f"{_inline(text)}</span></p>"
    )


def _plain_block(lines: list[str]) -> str:
    return (
        f'<table width="100%" cellpadding="8" style="background-color:{theme().color("surface_alt").name()}"><tr><td>'
        + '<p style="white-space:pre-wrap;margin:0">'
        + "<br>".join(html.escape(line) for line in lines)
        + "</p></td></tr></table>"
    )


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    rows = [row for row in rows if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]
    grid, head = theme().color("grid").name(), theme().color("surface_alt").name()
    out = []
    for number, row in enumerate(rows):
        style = f' style="background-color:{head}"' if number == 0 else ""
        cells = "".join(
            f'<td{_WIDTH if place == 0 else ""} style="border-bottom:1px solid {grid};padding:4px 10px">'
            f"{'<b>' if number == 0 else ''}{_inline(cell)}{'</b>' if number == 0 else ''}</td>"
            for place, cell in enumerate(row)
        )
        out.append(f"<tr{style}>{cells}</tr>")
    return f'<table width="100%" cellspacing="0" style="margin-top:2px;margin-bottom:10px">{"".join(out)}</table>'


def _inline(text: str) -> str:
    accent, soft = theme().color("accent").name(), theme().color("neutral_soft").name()
    out, last = [], 0
    for match in LINK.finditer(text):
        out.append(_words(text[last : match.start()], soft))
        target = html.escape(match[2], quote=True)
        out.append(f'<a href="{target}" style="color:{accent};text-decoration:none">{_words(match[1], soft)}</a>')
        last = match.end()
    return "".join([*out, _words(text[last:], soft)])


def _words(text: str, soft: str) -> str:
    escaped = html.escape(text, quote=False)
    escaped = _CAP.sub(rf'<span style="background-color:{soft}">&nbsp;\1&nbsp;</span>', escaped)
    return _SCREEN_WORD.sub(r"「<b>\1</b>」", _BOLD.sub(r"<b>\1</b>", escaped))
