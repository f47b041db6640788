"""A finding as a row of 核对疑点: place, whose cell, what is wrong, value and proposal, what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject

from desktop.app.exchange import import_review as review_words
from desktop.app.exchange.import_columns import shown
from desktop.app.exchange.import_review import Review
from desktop.app.exchange.importing import Kind, Reading
from desktop.exchange.workbook.findings import Finding
from desktop.exchange.workbook.mapping import SheetMapping
from desktop.ui.widgets.painting import Chip


def finding_id(finding: Finding) -> str:
    """The id of a finding's row."""
    return "|".join(str(part) for part in finding.key)


class FindingRows(QObject):
    """`FindingRows(kind, reading, mappings, several)`: `row(finding, review)` gives id and cells.

    `several`: whether more than one sheet is read, so that a place names its sheet. Numbers of people are masked while
    `revealed` is off; rows are kept, since thousands are filled again after each decision, until `forget()`.
    """

    def __init__(self, kind: Kind, reading: Reading, mappings: Mapping[str, SheetMapping], several: bool) -> None:
        super().__init__()
        self.kind, self.reading, self.mappings, self.several = kind, reading, mappings, several
        self.revealed = False
        self._kept: dict[int, tuple[str, tuple[Any, ...]]] = {}

    def forget(self) -> None:
        """Other findings, or numbers shown otherwise."""
        self._kept = {}

    def row(self, f: Finding, review: Review) -> tuple[str, tuple[Any, ...]]:
        """Id and cells; those no decision changes are kept, since thousands of rows are filled again after each."""
        kept = self._kept.get(id(f))
        if kept is None:
            field = review_words.field_word(f, self.mappings.get(f.sheet), self.kind)
            words = (self._place(f), self._object(f), field, self.said(f.message), self._values(f))
            kept = self._kept[id(f)] = (finding_id(f), (Chip.of(f.severity), *words, self._open_word(f)))
        decision = review.decisions.get(f.key)
        if decision is None:
            return kept
        said = review_words.decided_words(self.kind, f, decision)
        stays = decision.take == "skip" and f.severity == "error"
        taken = Chip(said, "warning" if stays else "success", "flag" if stays else "ok")
        return kept[0], (*kept[1][:-1], taken)

    def _open_word(self, f: Finding) -> Chip:
        """What happens to a finding nobody decides."""
        if f.severity == "info":
            return Chip(self.tr("已照此读取"), "neutral", "ok")
        if f.severity == "error":
            return Chip(self.tr("选择处理"), "accent")
        return Chip(self.tr("按建议读取") if f.proposed is not None else self.tr("照原样写入"), "neutral")

    def _place(self, f: Finding) -> str:
        place = review_words.place_of(f)
        return f"{f.sheet} {place}" if self.several or f.sheet not in self.mappings else place

    def _object(self, f: Finding) -> str:
        return review_words.object_of(f, self.reading.workbook, self.mappings.get(f.sheet))

    def said(self, text: str) -> str:
        return text if self.revealed else review_words.safe_text(text)

    def _values(self, f: Finding) -> str:
        raw = review_words.value_text(f.raw, masked=not self.revealed) or self.tr("（空）")
        if f.proposed is None:
            return raw
        return f"{raw} → {review_words.value_text(f.proposed, masked=not self.revealed)}"

    def cell_text(self, value: Any) -> str:
        """A cell of the source as it may stand on the screen."""
        return shown(value) if self.revealed else review_words.safe_text(shown(value))
