"""帮助: the topics shipped in `resources/help`, found by words and pinyin initials as one types; all offline.

A topic is a Markdown file: its title, lines `组：` `页：` `词：` `内容：`, a blank line, then the text. `页` names the
pages whose F1 opens it (`PAGE#HEADING`: at a place in it), `词` what people may call it, `内容` what the program itself
adds below the text (键位, 口径, 诊断). Links lead to `topic:NAME` (or `topic:NAME#HEADING`) and `page:NAME`; what
stands in 「」 is a word of the screen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from desktop.common import pinyin
from desktop.common.resources import resource_path

LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_MARKS = re.compile(r"^#+ |^[-*] |^\d+\. |^\| ?|\*\*|`", re.MULTILINE)


@dataclass(frozen=True)
class Topic:
    """One topic: `key` is the file's name without its number, `text` the Markdown below the head."""

    key: str
    title: str
    group: str
    text: str
    pages: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    """(page, heading at which F1 on this page opens the topic), where it is not the beginning."""
    words: tuple[str, ...] = ()
    content: str = ""
    """What the program adds below the text: `keys`, `figures`, `diagnosis` or nothing."""

    def headings(self) -> tuple[str, ...]:
        """The headings within the text."""
        return tuple(line.lstrip("# ") for line in self.text.splitlines() if line.startswith("#"))

    def links(self) -> tuple[str, ...]:
        """Where the text's links lead."""
        return tuple(target for _word, target in LINK.findall(self.text))


@dataclass(frozen=True)
class TopicHit:
    """A topic that was found, and the line that holds the words ("" when the title does)."""

    topic: Topic
    line: str = ""


_CONTENTS = {"键位": "keys", "口径": "figures", "诊断": "diagnosis"}


def read_topic(name: str, text: str) -> Topic:
    """A topic from its file's name and text; ValueError when the head is not as it must be."""
    lines = text.splitlines()
    if not lines or not lines[0].startswith("# "):
        raise ValueError(f"{name}: a topic begins with its title")
    head: dict[str, str] = {}
    at = 1
    while at < len(lines) and lines[at].strip():
        word, colon, rest = lines[at].partition("：")
        if not colon or word not in ("组", "页", "词", "内容"):
            raise ValueError(f"{name}: not a line of the head: {lines[at]}")
        head[word] = rest.strip()
        at += 1
    pages = [page.partition("#")[::2] for page in head.get("页", "").split()]
    return Topic(
        re.sub(r"^\d+-", "", name), lines[0][2:].strip(), head.get("组", ""), "\n".join(lines[at:]).strip() + "\n",
        tuple(page for page, _ in pages), tuple((page, at) for page, at in pages if at),
        tuple(head.get("词", "").split()), _CONTENTS.get(head.get("内容", ""), ""),
    )  # fmt: skip


@cache
def topics() -> tuple[Topic, ...]:
    """All topics in their order; ResourceMissing when the installation lost them."""
    files = sorted(resource_path("help").glob("*.md"))
    return tuple(read_topic(file.stem, file.read_text(encoding="utf-8")) for file in files)


def topic(key: str) -> Topic | None:
    """A topic by its key."""
    return next((t for t in topics() if t.key == key), None)


def topic_of_page(page: str) -> Topic | None:
    """What F1 opens on a page; the first topic that names it."""
    return next((t for t in topics() if page in t.pages), None)


def plain(text: str) -> str:
    """Markdown as plain text, for searching and for the line shown with a hit."""
    return _MARKS.sub("", LINK.sub(r"\1", text))


def search(asked: str, among: Sequence[Topic], more: dict[str, str] | None = None) -> list[TopicHit]:
    """Topics that hold all words asked for, the best first; every topic when nothing is asked.

    Titles and words people use are also found by pinyin initials. `more` is what the program adds to a topic's text.
    """
    words = asked.lower().split()
    if not words:
        return [TopicHit(t) for t in among]
    found: list[tuple[int, int, TopicHit]] = []
    for order, each in enumerate(among):
        lines = [line.strip() for line in plain(f"{each.text}\n{(more or {}).get(each.key, '')}").splitlines()]
        ranks: list[int] = []
        line = ""
        for word in words:
            rank = _rank(word, each)
            if rank is None:
                line = line or next((t for t in lines if word in t.lower()), "")
                rank = 3 if any(word in t.lower() for t in lines) else None
            if rank is None:
                break
            ranks.append(rank)
        else:
            found.append((max(ranks), order, TopicHit(each, line if max(ranks) == 3 else "")))
    return [hit for _rank_, _order, hit in sorted(found, key=lambda f: f[:2])]


def named(asked: str, among: Sequence[Topic]) -> list[Topic]:
    """Topics called so, by title, words people use, headings or initials; not by what their text says."""
    words = asked.lower().split()
    return [each for each in among if words and all(_rank(word, each) is not None for word in words)]


def _rank(word: str, each: Topic) -> int | None:
    """0 in the title, 1 in a word people use or a heading, 2 by initials; None for neither."""
    if word in each.title.lower():
        return 0
    called = (*each.words, *each.headings())
    if any(word in w.lower() for w in called):
        return 1
    if word.isascii() and any(word in pinyin.initials(w) for w in (each.title, *called)):
        return 2
    return None
