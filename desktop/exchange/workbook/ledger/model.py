"""A ledger as columns: per sheet the raw cells of each field, the values read from them, and the log of findings.

Rules are plain functions over whole columns; a row is addressed by its index in them. `values` holds what goes in when
nobody decides anything; a finding carries in its effect what changes when a decision is taken.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from desktop.common.divisions import Villages
from desktop.exchange.workbook.findings import SPREAD, Finding, Severity
from desktop.exchange.workbook.formula import Recalculation
from desktop.exchange.workbook.mapping import RowKinds, SheetMapping
from desktop.exchange.workbook.reader import SheetGrid

PATTERN_LEAST, PATTERN_SHARE = 30, 0.3
"""A warning or error found in so many rows, and in this share of a sheet's rows, is one pattern with its rows."""


@dataclass(slots=True)
class AssetSheet:
    """One sheet of the ledger. Lists in `raw` and `values` run parallel to `rows` (1-based sheet rows)."""

    grid: SheetGrid
    mapping: SheetMapping
    kinds: RowKinds
    rows: list[int]
    raw: dict[str, list[Any]]
    values: dict[str, list[Any]] = field(default_factory=dict)
    category: str | None = None
    """What sheet name or title say."""
    unit: str = "wan"
    row_factor: dict[int, int] = field(default_factory=dict)
    """Row index → 分 per unit, where a whole row was typed in another unit than the sheet's."""
    again: Recalculation | None = None
    """Its formulas worked out again, once they were."""
    set_aside: dict[int, str] = field(default_factory=dict)
    """Row index → why this row stays out whatever else is decided (a duplicate)."""

    @property
    def name(self) -> str:
        return self.grid.name

    def has(self, name: str) -> bool:
        return name in self.raw

    def column(self, name: str) -> list[Any]:
        """The values of a field, all None when the sheet has no such column."""
        found = self.values.get(name)
        if found is None:
            found = self.values[name] = [None] * len(self.rows)
        return found


@dataclass(slots=True)
class Effect:
    """What a decision on a finding does to a row: `proposed` sets these values, `kept` those when it is skipped."""

    finding: Finding
    sheet: AssetSheet
    at: int
    proposed: dict[str, Any] | None = None
    kept: dict[str, Any] | None = None
    set_aside: str = ""
    """The row stays out unless the decision is the value `keep`."""


@dataclass(slots=True)
class Log:
    """Findings in the order in which they were made, and the effects of deciding on them."""

    findings: list[Finding] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    _about: dict[tuple[int, int, str], list[Effect]] = field(default_factory=dict)

    def about(self, sheet: AssetSheet, at: int, name: str) -> list[Effect]:
        """The findings made so far on one cell."""
        return self._about.get((id(sheet), at, name), [])

    def add(
        self,
        sheet: AssetSheet,
        at: int,
        name: str,
        code: str,
        severity: Severity,
        message: str,
        *,
        proposed: Any = None,
        patch: dict[str, Any] | None = None,
        kept: dict[str, Any] | None = None,
        options: list[Any] | None = None,
        raw: Any = ...,
    ) -> Finding:
        """A finding about one cell of a data row; `patch` is what taking the proposal sets."""
        finding = Finding(
            sheet.name,
            sheet.rows[at],
            sheet.mapping.letter(name),
            code,
            severity,
            message,
            sheet.raw[name][at] if raw is ... and name in sheet.raw else (None if raw is ... else raw),
            proposed,
            options=options or [],
            field=name,
        )
        self.findings.append(finding)
        effect = Effect(finding, sheet, at, patch, kept)
        self.effects.append(effect)
        self._about.setdefault((id(sheet), at, name), []).append(effect)
        return finding

    def many(
        self,
        sheet: AssetSheet,
        name: str,
        code: str,
        severity: Severity,
        message: str,
        cells: list[tuple[int, Any]],
        *,
        set_value: str | None = None,
    ) -> None:
        """The same reading in many cells of a column: (row index, value read); one finding when it fills the column."""
        if not cells:
            return
        if len(cells) > SPREAD:
            rows = [sheet.rows[at] for at, _ in cells]
            self.findings.append(
                Finding(
                    sheet.name,
                    rows[0],
                    sheet.mapping.letter(name),
                    code,
                    severity,
                    f"{message}（共 {len(rows)} 行）",
                    sheet.raw[name][cells[0][0]],
                    cells[0][1],
                    rows,
                    field=name,
                )
            )
            return
        for at, value in cells:
            self.add(
                sheet,
                at,
                name,
                code,
                severity,
                message,
                proposed=value,
                patch={set_value: value} if set_value else None,
            )

    def place(
        self,
        sheet: SheetGrid,
        row: int,
        col: str,
        code: str,
        severity: Severity,
        message: str,
        raw: Any,
        proposed: Any = None,
        rows: list[int] | None = None,
    ) -> Finding:
        """A finding about a cell that is no record's: header, subtotal, another sheet."""
        finding = Finding(sheet.name, row, col, code, severity, message, raw, proposed, rows)
        self.findings.append(finding)
        return finding

    def fold(self) -> None:
        """Make one finding of a warning or error that runs through a column; its effects then follow that one."""
        groups: dict[tuple[str, str | None, str], list[Effect]] = {}
        for effect in self.effects:
            found = effect.finding
            if found.severity != "info" and found.rows is None:
                groups.setdefault((found.sheet, found.col, found.code), []).append(effect)
        gone: set[int] = set()
        for group in groups.values():
            if len(group) < PATTERN_LEAST or len(group) < PATTERN_SHARE * len(group[0].sheet.rows):
                continue
            first = group[0].finding
            first.rows = [e.sheet.rows[e.at] for e in group]
            first.message = f"{first.message}（共 {len(group)} 行，可一并处理）"
            if any(e.finding.proposed != first.proposed for e in group):
                first.proposed = None
            for effect in group[1:]:
                gone.add(id(effect.finding))
                effect.finding = first
        about_rows = {id(e.finding) for e in self.effects}
        placed: dict[tuple[str, str | None, str], list[Finding]] = {}
        for found in self.findings:
            if id(found) not in about_rows and found.row is not None and id(found) not in gone:
                placed.setdefault((found.sheet, found.col, found.code), []).append(found)
        for alike in placed.values():
            if len(alike) < PATTERN_LEAST:
                continue
            head = alike[0]
            head.message = f"{head.message}（共 {len(alike)} 处）"
            head.rows = [row for f in alike for row in (f.rows or [f.row or 0])]
            head.proposed = None
            gone.update(id(f) for f in alike[1:])
        self.findings = [f for f in self.findings if id(f) not in gone]


@dataclass(slots=True)
class Ledger:
    """The whole workbook while it is checked."""

    sheets: list[AssetSheet]
    villages: Villages
    reference: dt.date
    log: Log = field(default_factory=Log)
    collective: dict[str, str] = field(default_factory=dict)
    """Village name → the full name of its collective economic organisation."""
