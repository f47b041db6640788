"""What may not hang on a public board: numbers of people, accounts, health, risk (notice_type.csv, DOMAIN §2.16).

Every word of a notice is looked at: title, basis, body, places, contact, and each cell of its tables. Words that are
doubtful are data (`notice_word.csv`, and what the county adds to it), the forms of numbers stand here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from desktop.registry.codelists import merged, today
from desktop.registry.county_items import county_items
from desktop.registry.labels import label
from desktop.registry.notice_table import tables_from_json
from desktop.store.database import Sql

FIELDS = (
    "title", "basis", "body", "issuer", "contact", "contact_address", "contact_phone", "supervise_phone", "result",
)  # fmt: skip
"""Columns whose texts are printed."""


@dataclass(frozen=True)
class Doubt:
    """A doubtful word: where it stands, which rule it meets, what to do. `word` itself may be personal: screen only."""

    field: str
    """Column of the notice, or `places` or `table`."""
    line: int
    """Paragraph of a text, place, or row of a table (−1 for its head), from 0."""
    cell: int
    """Column of the table, else 0."""
    table: int
    start: int
    end: int
    word: str
    rule: str
    """The rule in words: 证件号码不上墙 …"""
    where: str
    """The place in words: 正文第 2 段, 名单第 3 行“说明”."""

    @property
    def sentence(self) -> str:
        """For a message: the place and the rule, without the word."""
        return f"{self.where}：{self.rule}"


@dataclass(frozen=True)
class NoticeWords:
    """The doubtful words in force: of health, of column titles, and names that may hold one."""

    health: tuple[str, ...]
    column: tuple[str, ...]
    allowed: tuple[str, ...]


ID_RULE = "证件号码不上墙"
PHONE_RULE = "个人电话不上墙，只写办公电话"
ACCOUNT_RULE = "银行账号不上墙"
MASKED_RULE = "遮住几位的号码也不上墙"
HEALTH_RULE = "健康状况不上墙"
COLUMN_RULE = "名单里不能有这一列"
PERSON_PHONE_RULE = "这是册中个人的电话，要写办公电话"

_WIDE = {ord("０") + i: str(i) for i in range(10)} | {ord("Ｘ"): "X", ord("ｘ"): "x", ord("－"): "-", ord("＊"): "*"}
_GAP = r"[ \u00a0\u3000\-—_]?"
_NUMBERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"(?<![\d.])\d(?:{_GAP}\d){{16}}{_GAP}[\dXx×](?![\d.])"), ID_RULE),
    (re.compile(rf"(?<![\d.])[1-8]\d{{5}}{_GAP}\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}(?![\d.])"),
     ID_RULE),
    (re.compile(r"\d{3,}[*•×xX●]{3,}[\dXx]*|[*•●]{4,}\d{3,}"), MASKED_RULE),
    (re.compile(rf"(?<![\d.])1\d{{2}}{_GAP}\d{{4}}{_GAP}\d{{4}}(?![\d.])"), PHONE_RULE),
    (re.compile(r"(?<![\d.])0\d{2,3}[ \-—]?\d{7,8}(?!\d)"), PHONE_RULE),
    (re.compile(r"(?:电话|手机|联系方式)[^\d]{0,4}(\d{7,8})(?!\d)"), PHONE_RULE),
    (re.compile(rf"(?<![\d.])\d(?:{_GAP}\d){{12,18}}(?![\d.])"), ACCOUNT_RULE),
)  # fmt: skip
"""18 and 15 digit ID numbers, masked ones, mobile and landline telephones, 13 to 19 digit accounts; in this order."""


def notice_words(sql: Sql) -> NoticeWords:
    """The shipped words, with those the county added and without those it retired."""
    day = today()
    kinds: dict[str, list[str]] = {"health": [], "column": [], "allowed": []}
    added = county_items(sql).get("notice_word", ())
    said = {item.code: item.more.get("parent", "") for item in added}  # a rule by name, or the word it is like
    for item in merged("notice_word", added):
        if item.in_use(day):
            rule = said.get(item.code, "")
            kinds[rule if rule in kinds else item.more.get("rule") or "health"].append(item.name)
    longest = {kind: tuple(sorted(names, key=lambda n: (-len(n), n))) for kind, names in kinds.items()}
    return NoticeWords(longest["health"], longest["column"], longest["allowed"])


def doubts_of(sql: Sql, notice: Mapping[str, Any]) -> list[Doubt]:
    """Every doubtful word of a notice in the order of the page; empty when it may be printed and posted."""
    words = notice_words(sql)
    found: list[Doubt] = []
    for name in FIELDS:
        for number, line in enumerate(str(notice.get(name) or "").splitlines()):
            where = label("notice", name) + (f"第 {number + 1} 段" if name == "body" else "")
            if name in ("contact_phone", "supervise_phone"):
                found += _office_phone(sql, name, line, where)
            else:
                found += (_doubt(hit, name, number, where) for hit in _hits(line, words))
    for number, row in enumerate(notice.get("places") or []):
        place = str(_first(row) or "")
        found += (_doubt(hit, "places", number, f"张贴地点第 {number + 1} 处") for hit in _hits(place, words))
    try:
        tables = tables_from_json(notice.get("body_columns"))
    except ValueError:
        return [*found, Doubt("table", -1, 0, 0, 0, 0, "", "名单读不出来，要重新生成", "名单")]
    for at, table in enumerate(tables):
        caption = table.caption or "名单"
        found += (_doubt(hit, "table", -1, caption, table=at, cell=-1) for hit in _hits(table.caption, words))
        for column, head in enumerate(table.columns):
            for hit in _column_hits(head.title, words):
                found.append(_doubt(hit, "table", -1, f"{caption}的列“{head.title}”", table=at, cell=column))
        for row_number, cells in enumerate(table.rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    where = f"{caption}第 {row_number + 1} 行“{table.columns[column].title}”"
                    found += (
                        _doubt(hit, "table", row_number, where, table=at, cell=column) for hit in _hits(cell, words)
                    )
    return found


def privacy_bars(doubts: Iterable[Doubt]) -> list[str]:
    """What bars printing and posting, in words without the doubtful words themselves; at most five and a count."""
    sentences = list(dict.fromkeys(d.sentence for d in doubts))
    shown = sentences[:5]
    if len(sentences) > len(shown):
        shown.append(f"另有 {len(sentences) - len(shown)} 处要改")
    return shown


def without_word(text: str, doubt: Doubt) -> str:
    """The paragraph or cell with the doubtful word left out: what the check proposes, a person decides."""
    lines = text.split("\n") if doubt.field == "body" else [text]
    line = lines[doubt.line if doubt.field == "body" else 0]
    cut = line[: doubt.start] + line[doubt.end :]
    cut = re.sub(r"[（(]\s*[)）]", "", cut)
    cut = re.sub(r"([，、；：])[，、；]+", r"\1", cut)
    lines[doubt.line if doubt.field == "body" else 0] = re.sub(r"^[，、；]+", "", cut)
    return "\n".join(lines)


_Hit = tuple[int, int, str, str]
"""Start, end, word, rule."""


def _doubt(hit: _Hit, field: str, line: int, where: str, *, table: int = 0, cell: int = 0) -> Doubt:
    start, end, word, rule = hit
    return Doubt(field, line, cell, table, start, end, word, rule, where)


def _hits(text: str, words: NoticeWords) -> Iterator[_Hit]:
    taken: list[tuple[int, int]] = []
    plain = text.translate(_WIDE)
    for pattern, rule in _NUMBERS:
        for match in pattern.finditer(plain):
            span = match.span(1) if match.groups() else match.span()
            if not _overlaps(span, taken):
                taken.append(span)
                yield (*span, text[slice(*span)], rule)
    allowed = [m.span() for word in words.allowed for m in re.finditer(re.escape(word), text)]
    for word in words.health:
        for match in re.finditer(rf"因?{re.escape(word)}(?:症)?", text):
            if not _overlaps(match.span(), taken) and not _overlaps(match.span(), allowed):
                taken.append(match.span())
                yield (*match.span(), match[0], HEALTH_RULE)


def _column_hits(title: str, words: NoticeWords) -> Iterator[_Hit]:
    hit = next((w for w in words.column if w in title), None)
    if hit is not None:
        start = title.index(hit)
        yield start, start + len(hit), hit, COLUMN_RULE
        return
    yield from _hits(title, words)


def _office_phone(sql: Sql, name: str, text: str, where: str) -> Iterator[Doubt]:
    """The telephone to object at is the office's: none that stands in the register as a person's or household's."""
    digits = re.sub(r"\D", "", text.translate(_WIDE))
    for pattern, rule in _NUMBERS[:3]:
        match = pattern.search(text.translate(_WIDE))
        if match:
            yield Doubt(name, 0, 0, 0, *match.span(), text[slice(*match.span())], rule, where)
            return
    if len(digits) >= 7 and _personal_phone(sql, digits):
        yield Doubt(name, 0, 0, 0, 0, len(text), text, PERSON_PHONE_RULE, where)


def _personal_phone(sql: Sql, digits: str) -> bool:
    for table in ("household", "person"):
        if sql.scalar(f"SELECT 1 FROM {table} WHERE phone=? AND removed=0 LIMIT 1", (digits,)):
            return True
    return False


def _overlaps(span: tuple[int, int], spans: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in spans)


def _first(row: Any) -> Any:
    if isinstance(row, Mapping):
        return row.get("place")
    return row[0] if row else ""
