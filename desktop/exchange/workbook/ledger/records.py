"""The planned assets, made from the ledger's columns when they are asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from desktop.exchange.workbook.findings import Finding
from desktop.exchange.workbook.ledger.model import AssetSheet, Ledger
from desktop.exchange.workbook.ledger.money import fund_columns
from desktop.exchange.workbook.ledger.parties import RIGHTS, Holder
from desktop.exchange.workbook.plan import PlannedRecord

_YEAR_HEADER = re.compile(r"(20\d{2})年")
_COLUMNS = (
    "asset_no", "name", "project_name", "project_year", "fund_doc_no", "category", "subcategory", "spec", "unit",
    "built_date", "built_precision", "address", "longitude", "latitude", "original_value_fen", "depreciation_fen",
    "competent_dept", "operation_mode", "contract_no", "contract_start", "contract_end", "expected_income_fen",
    "actual_income_fen", "keeper", "status", "status_reason", "confirm_doc_no", "confirm_date", "confirm_precision",
    "cert_no", "noticed", "ledger_system", "linked_households", "jobs", "quantity",
)  # fmt: skip
"""Registry columns of an asset that come straight from a column of values."""
_AT_ONCE = 1000


@dataclass(slots=True)
class AssetBatch:
    """Some assets of one sheet that go in, by the column: values by register column, holders by right."""

    count: int
    columns: dict[str, list[Any]]
    holders: dict[str, list[Any]]
    """Right → per asset its entries (see `Holder.entry`), or None."""
    villages: list[Any]
    """Code of the village of each asset, or None."""


class AssetRecords(Sequence[PlannedRecord]):
    """The planned assets, made on demand from the columns: a hundred thousand rows need no hundred thousand dicts."""

    def __init__(self, ledger: Ledger, file_name: str) -> None:
        self._places = [(sheet, at) for sheet in ledger.sheets for at in range(len(sheet.rows))]
        self._open: dict[tuple[int, int], list[Finding]] = {}
        for effect in ledger.log.effects:
            if effect.finding.open and not effect.set_aside:
                self._open.setdefault((id(effect.sheet), effect.at), []).append(effect.finding)
        kept = _to_collect(ledger)
        self._columns = {id(s): _Columns(s, file_name, kept.get(id(s), {})) for s in ledger.sheets}
        self._sheets = ledger.sheets

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> PlannedRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[PlannedRecord]: ...
    def __getitem__(self, index: int | slice) -> PlannedRecord | list[PlannedRecord]:
        if isinstance(index, slice):
            return [record for sheet, at in self._places[index] for record in self._made(sheet, at, at + 1)]
        sheet, at = self._places[index]
        return next(self._made(sheet, at, at + 1))

    def __iter__(self) -> Iterator[PlannedRecord]:
        for sheet in self._sheets:
            for first in range(0, len(sheet.rows), _AT_ONCE):
                yield from self._made(sheet, first, min(first + _AT_ONCE, len(sheet.rows)))

    def _made(self, sheet: AssetSheet, first: int, last: int) -> Iterator[PlannedRecord]:
        made = self._columns[id(sheet)]
        columns, holders = made.values(first, last), made.holders(first, last)
        columns["village"] = [p and p.name for p in made.places[first:last]]
        columns["ownership_level"] = made.levels[first:last]
        names = list(columns)
        for at, cells in enumerate(zip(*columns.values(), strict=True), first):
            values = {name: v for name, v in zip(names, cells, strict=True) if v is not None}
            held = {right: column[at - first] for right, column in holders.items() if column[at - first]}
            if held:
                values["holders"] = held
            errors = self._open.get((id(sheet), at), [])
            aside = sheet.set_aside.get(at, "")
            if not aside and errors:
                aside = "有未处理的错误：" + "；".join(dict.fromkeys(f.message for f in errors))
            yield PlannedRecord(sheet.name, sheet.rows[at], values, errors, aside)

    def ready_rows(self) -> Iterator[tuple[AssetSheet, list[int]]]:
        """Per sheet the indices of the rows that go in, in order."""
        for sheet in self._sheets:
            closed = {at for of, at in self._open if of == id(sheet)} | sheet.set_aside.keys()
            rows = range(len(sheet.rows))
            yield sheet, [at for at in rows if at not in closed] if closed else list(rows)

    def ready_batches(self, size: int) -> Iterator[AssetBatch]:
        """The assets that go in, up to `size` at a time."""
        for sheet, rows in self.ready_rows():
            made = self._columns[id(sheet)]
            for start in range(0, len(rows), size):
                part = rows[start : start + size]
                first, last = part[0], part[-1] + 1
                columns, holders = made.values(first, last), made.holders(first, last)
                if len(part) < last - first:
                    taken = [at - first for at in part]
                    columns = {name: [v[i] for i in taken] for name, v in columns.items()}
                    holders = {right: [v[i] for i in taken] for right, v in holders.items()}
                villages = columns.get("division_code") or [None] * len(part)
                yield AssetBatch(len(part), columns, holders, villages)


class _Columns:
    """The register's columns of one sheet's assets, made for any slice of its rows."""

    def __init__(self, sheet: AssetSheet, file_name: str, missing: dict[int, str]) -> None:
        self._sheet, self._file, self._missing = sheet, file_name, missing
        self._names = [name for name in _COLUMNS if name in sheet.values]
        self._funds = [name for name in fund_columns() if f"{name}_fen" in sheet.values]
        self._year = _income_year(sheet)
        self.places = sheet.column("place")
        self.levels = sheet.column("ownership_level")
        owners, parties = sheet.column("ownership"), sheet.column("ownership_party")
        notes = sheet.column("note")
        if not {"joint", "undetermined"}.isdisjoint(self.levels):
            notes = [
                "；".join(filter(None, (note, f"所有权人原填“{owner}”")))
                if level in ("joint", "undetermined") and not party
                else note
                for note, level, owner, party in zip(notes, self.levels, owners, parties, strict=True)
            ]
        self._notes = notes

    def values(self, first: int, last: int) -> dict[str, list[Any]]:
        """Values by register column, and `fund_parts`."""
        sheet = self._sheet
        columns: dict[str, list[Any]] = {name: sheet.values[name][first:last] for name in self._names}
        places = self.places[first:last]
        columns["division_code"] = [p and p.code for p in places]
        columns["note"] = self._notes[first:last]
        dates, precisions = columns.get("built_date"), columns.get("built_precision")
        if dates is not None and precisions is not None and None in dates:
            columns["built_precision"] = [p if d is not None else None for d, p in zip(dates, precisions, strict=True)]
        terms = sheet.column("contract_term")[first:last]
        if any(terms):
            begins, ends = sheet.column("contract_start")[first:last], sheet.column("contract_end")[first:last]
            columns["contract_text"] = [
                t if b is None and e is None else None for t, b, e in zip(terms, begins, ends, strict=True)
            ]
        income = columns.get("actual_income_fen")
        if self._year is not None and income is not None:
            columns["actual_income_year"] = [self._year if v is not None else None for v in income]
        columns["fund_parts"] = self._fund_parts(first, last)
        if self._missing:
            columns["missing_reasons"] = [self._missing.get(at) for at in range(first, last)]
        count = last - first
        columns["source_file"], columns["source_sheet"] = [self._file] * count, [sheet.name] * count
        columns["source_row"] = sheet.rows[first:last]
        return columns

    def _fund_parts(self, first: int, last: int) -> list[Any]:
        """Per asset the (source, 分) it has; None when it has none."""
        pairs: list[list[Any]] = []
        for fund in self._funds:
            name = fund.removeprefix("fund_")
            pairs.append([(name, v) if v else None for v in self._sheet.values[f"{fund}_fen"][first:last]])
        full = [column for column in pairs if None not in column]
        if len(full) == len(pairs):
            return list(map(list, zip(*pairs, strict=True))) if pairs else [None] * (last - first)
        return [[p for p in parts if p] or None for parts in zip(*pairs, strict=True)]

    def holders(self, first: int, last: int) -> dict[str, list[Any]]:
        """Right → per asset its holders' entries, or None; who runs it holds the operation unless said otherwise."""
        sheet = self._sheet
        held = {right: sheet.column(f"{right}_party")[first:last] for right in RIGHTS}
        operators = sheet.column("operator")[first:last]
        if any(operators):
            named = {o: [Holder(o, _operator_kind(o)).entry()] for o in set(operators) if o is not None}
            held["operation"] = [
                p or (None if o is None else named[o]) for p, o in zip(held["operation"], operators, strict=True)
            ]
        return {right: column for right, column in held.items() if any(column)}


def _operator_kind(text: str) -> str:
    return "enterprise" if len(text) > 4 else "person"


def _income_year(sheet: AssetSheet) -> int | None:
    """The year the 实际收益 header names."""
    col = sheet.mapping.columns.get("actual_income")
    match = _YEAR_HEADER.search(sheet.mapping.headers.get(col, "")) if col else None
    return int(match[1]) if match else None


_REASON_COLUMN = {
    "original_value": "original_value_fen", "depreciation": "depreciation_fen", "village": "division_id",
    "built": "built_date", "status": "status", "contract_term": "contract_start", "actual_income": "actual_income_fen",
    "asset_no": "asset_no",
}  # fmt: skip


def _to_collect(ledger: Ledger) -> dict[int, dict[int, str]]:
    """Fields that stay empty although somebody must still find their value: sheet → row index → reasons as JSON."""
    kept: dict[int, dict[int, set[str]]] = {}
    for effect in ledger.log.effects:
        finding = effect.finding
        column = _REASON_COLUMN.get(finding.field)
        if column is None or finding.severity == "info":
            continue
        name = "place" if column == "division_id" else column
        if effect.sheet.column(name)[effect.at] is None:
            kept.setdefault(id(effect.sheet), {}).setdefault(effect.at, set()).add(column)
    return {
        sheet: {
            at: json.dumps(dict.fromkeys(sorted(columns), "to_collect"), separators=(",", ":"))
            for at, columns in rows.items()
        }
        for sheet, rows in kept.items()
    }
