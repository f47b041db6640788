"""Notices on paper: the page as it hangs on the board, refused while a word on it is doubtful; preview with frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from desktop.app.cases.notices import notice_doubts
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.registry.notice_privacy import Doubt, privacy_bars
from desktop.registry.notice_procedure import announces_only, days_between
from desktop.registry.notice_table import tables_from_json
from desktop.reports.notice_page import (
    GlyphTooWide,
    ListTable,
    NoticePaper,
    Paragraph,
    notice_pdf,
    paragraph_kind,
    print_notice,
)

TABLE_MARK = "【表】"
"""A line of the body with only this is where the next table stands; tables without one follow the body."""
_NUMERALS = "一二三四五六七八九十"


def print_notice_file(ws: Workspace, notice: str, target: Path) -> int:
    """Print a notice into a PDF file; logged; how many pages.

    Raises InputRefused while the privacy check finds something, UsageError, GlyphMissing, NotAllowed, StorageFailed.
    """
    ws.require("print")
    doubts = notice_doubts(ws, notice)
    if doubts:
        raise InputRefused(
            f"公示里有不能上墙的内容：{'；'.join(privacy_bars(doubts))}。没有生成文件。", hint="改好后再打印。"
        )
    paper = _paper(ws, _row(ws, notice), ())
    with ws.register.storage_errors():
        try:
            pages = print_notice(paper, target)
        except GlyphTooWide:
            raise _too_wide() from None
    log_plain_export(ws, "print notice", paper.title.text, ["notice"], 1, file=target)
    return pages


def log_printed_notice(ws: Workspace, title: str) -> None:
    """Remember that a notice went to a printer as it was shown."""
    log_plain_export(ws, "print notice", title, ["notice"], 1)


def preview_notice(ws: Workspace, notice: str, typed: Mapping[str, Any] | None = None) -> tuple[bytes, list[Doubt]]:
    """The notice as a PDF in memory with its doubtful words framed, and these; `typed` is what is not saved yet."""
    ws.require("print")
    row = {**_row(ws, notice), **(typed or {})}
    doubts = notice_doubts(ws, notice, dict(typed or {}))
    try:
        data, _ = notice_pdf(_paper(ws, row, doubts))
    except GlyphTooWide:
        raise _too_wide() from None
    return data, doubts


def _too_wide() -> InputRefused:
    return InputRefused("名单的列太多，A4 纸放不下，没有生成文件。", hint="请减少名单的列。")


def _row(ws: Workspace, notice: str) -> dict[str, Any]:
    row = ws.register.row("notice", notice)
    if row is None or row.get("removed"):
        raise UsageError("没有这条公示，可能已被移除或撤回。")
    return row


def _paper(ws: Workspace, row: Mapping[str, Any], doubts: Sequence[Doubt]) -> NoticePaper:
    tables = list(tables_from_json(row.get("body_columns"))) if _readable(row.get("body_columns")) else []
    blocks: list[Paragraph | ListTable] = []
    at = 0
    headings = 0
    for number, line in enumerate(str(row.get("body") or "").splitlines()):
        if line.strip() == TABLE_MARK:
            if at < len(tables):
                blocks.append(_table(tables, at, headings, doubts))
                at += 1
                headings += 1
        elif line.strip():
            kind = paragraph_kind(line.strip())
            headings += kind == "heading"
            blocks.append(Paragraph(line, kind, _spans(doubts, "body", number)))
    while at < len(tables):
        blocks.append(_table(tables, at, headings, doubts))
        at += 1
        headings += 1
    blocks += _closing(row, doubts)
    signed = str(row.get("start_date") or today())
    return NoticePaper(
        Paragraph(str(row.get("title") or "公示"), "plain", _spans(doubts, "title", 0)), tuple(blocks),
        str(row.get("issuer") or ws.unit_name), _day(signed, year=True), datetime.now(UTC),
    )  # fmt: skip


def _table(tables: Sequence[Any], at: int, headings: int, doubts: Sequence[Doubt]) -> ListTable:
    table = tables[at]
    words = table.words()
    several = len(tables) > 1 or headings
    number = f"{_NUMERALS[headings]}、" if several and headings < len(_NUMERALS) else ""
    caption = Paragraph(f"{number}{table.caption}", "heading" if table.caption else "plain", tuple(
        (d.start + len(number), d.end + len(number))
        for d in doubts if d.field == "table" and d.table == at and d.line == -1 and d.cell < 0
    ))  # fmt: skip
    framed = frozenset((d.line, d.cell) for d in doubts if d.field == "table" and d.table == at and d.cell >= 0)
    return ListTable(
        caption, tuple(c.title for c in table.columns), tuple(c.kind in ("yuan", "wan") for c in table.columns),
        words[: len(table.rows)], words[len(table.rows)] if table.summed else None, framed,
    )  # fmt: skip


def _closing(row: Mapping[str, Any], doubts: Sequence[Doubt]) -> list[Paragraph]:
    """The period, and how to object: unit, address, office telephone, supervision telephone (DOMAIN §3.2)."""
    out: list[Paragraph] = []
    start, end = row.get("start_date"), row.get("end_date")
    only = announces_only(str(row.get("kind") or ""))
    if start and end and not only and str(start) <= str(end):
        same_year = str(start)[:4] == str(end)[:4]
        last = _day(str(end), year=not same_year)
        period = f"公示期：{days_between(str(start), str(end))} 天（{_day(str(start), year=True)}至 {last}）。"
        out.append(Paragraph(period))
    sentence = _Sentence(row, doubts)
    if only:
        sentence.field("联系人：", "contact", "。")
        sentence.field("办公电话：", "contact_phone", "。")
    else:
        sentence.text("对公示内容有异议的，请在公示期内向")
        if not sentence.field("", "issuer", ""):
            sentence.text("本单位")
        sentence.field("（", "contact_address", "）")
        sentence.text("提出。")
        sentence.field("联系人：", "contact", "。")
        sentence.field("办公电话：", "contact_phone", "。")
    sentence.field("监督电话：", "supervise_phone", "。")
    if sentence.words:
        out.append(Paragraph(sentence.words, "text", tuple(sentence.frames)))
    return out


class _Sentence:
    """A sentence put together from columns, that knows where a doubtful part of a column came to stand."""

    def __init__(self, row: Mapping[str, Any], doubts: Sequence[Doubt]) -> None:
        self.row, self.doubts = row, doubts
        self.words = ""
        self.frames: list[tuple[int, int]] = []

    def text(self, words: str) -> None:
        self.words += words

    def field(self, before: str, name: str, after: str) -> bool:
        value = str(self.row.get(name) or "").strip()
        if not value:
            return False
        self.words += before
        self.frames += [(len(self.words) + start, len(self.words) + end) for start, end in _spans(self.doubts, name, 0)]
        self.words += value + after
        return True


def _spans(doubts: Sequence[Doubt], field: str, line: int) -> tuple[tuple[int, int], ...]:
    return tuple((d.start, d.end) for d in doubts if d.field == field and d.line == line)


def _readable(text: object) -> bool:
    try:
        tables_from_json(text)
    except ValueError:
        return False
    return True


def _day(iso: str, *, year: bool) -> str:
    day = date.fromisoformat(iso)
    return (f"{day.year} 年 " if year else "") + f"{day.month} 月 {day.day} 日"
