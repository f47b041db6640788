"""The planned assets, made from the ledger's columns when they are asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, overload

from desktop.exchange.workbook.asset_model import AssetSheet, Ledger
from desktop.exchange.workbook.asset_money import FUND_COLUMNS
from desktop.exchange.workbook.asset_parties import RIGHTS, Holder
from desktop.exchange.workbook.findings import Finding
from desktop.exchange.workbook.plan import PlannedRecord

_YEAR_HEADER = re.compile(r"(20\d{2})年")
_COLUMNS = (
    "asset_no", "name", "project_name", "project_year", "fund_doc_no", "category", "subcategory", "spec", "unit",
    "built_date", "built_precision", "address", "longitude", "latitude", "original_value_fen", "depreciation_fen",
    "competent_dept", "operation_mode", "contract_no", "contract_start", "contract_end", "expected_income_fen",
    "actual_income_fen", "keeper", "status", "status_reason", "confirm_doc_no", "confirm_date", "confirm_precision",
    "cert_no", "noticed", "ledger_system", "linked_households", "jobs", "note", "quantity",
)  # fmt: skip
"""Registry columns of an asset that come straight from a column of values."""


class AssetRecords(Sequence[PlannedRecord]):
    """The planned assets, made on demand from the columns: a hundred thousand rows need no hundred thousand dicts."""

    def __init__(self, ledger: Ledger, file_name: str) -> None:
        self._file = file_name
        self._places = [(sheet, at) for sheet in ledger.sheets for at in range(len(sheet.rows))]
        self._open: dict[tuple[int, int], list[Finding]] = {}
        for effect in ledger.log.effects:
            if effect.finding.open and not effect.set_aside:
                self._open.setdefault((id(effect.sheet), effect.at), []).append(effect.finding)
        self._kept = _to_collect(ledger)
        self._shapes = {id(s): _Shape(s) for s in ledger.sheets}
        self._sheets = ledger.sheets

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> PlannedRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[PlannedRecord]: ...
    def __getitem__(self, index: int | slice) -> PlannedRecord | list[PlannedRecord]:
        if isinstance(index, slice):
            return [self._record(*p) for p in self._places[index]]
        return self._record(*self._places[index])

    def __iter__(self) -> Iterator[PlannedRecord]:
        for sheet in self._sheets:
            shape = self._shapes[id(sheet)]
            for at, cells in enumerate(zip(*shape.columns, strict=True)):
                yield self._made(sheet, at, shape, cells)

    def _record(self, sheet: AssetSheet, at: int) -> PlannedRecord:
        shape = self._shapes[id(sheet)]
        return self._made(sheet, at, shape, tuple(column[at] for column in shape.columns))

    def _made(self, sheet: AssetSheet, at: int, shape: _Shape, cells: tuple[Any, ...]) -> PlannedRecord:
        values = {name: v for name, v in zip(shape.names, cells, strict=False) if v is not None}
        place, operator, term, level, owner = cells[shape.others]
        if place is not None:
            values["division_code"] = place.code
            values["village"] = place.name
        if "built_date" not in values:
            values.pop("built_precision", None)
        if term is not None and "contract_start" not in values and "contract_end" not in values:
            values["contract_text"] = term
        if shape.year is not None and "actual_income_fen" in values:
            values["actual_income_year"] = shape.year
        parts = [(n, v) for n, v in zip(shape.funds, cells[shape.fund_cells], strict=True) if v]
        if parts:
            values["fund_parts"] = parts
        held = {right: p for right, p in zip(RIGHTS, cells[shape.party_cells], strict=True) if p}
        if operator is not None and "operation" not in held:
            held["operation"] = [Holder(operator, _operator_kind(operator)).entry()]
        if held:
            values["holders"] = held
        if level is not None:
            values["ownership_level"] = level
            if level in ("joint", "undetermined") and "ownership" not in held:
                values["note"] = "；".join(filter(None, (values.get("note"), f"所有权人原填“{owner}”")))
        key = (id(sheet), at)
        reasons = self._kept.get(key)
        if reasons:
            values["missing_reasons"] = json.dumps(dict.fromkeys(sorted(reasons), "to_collect"), separators=(",", ":"))
        row = sheet.rows[at]
        values["source_file"], values["source_sheet"], values["source_row"] = self._file, sheet.name, row
        errors = self._open.get(key, [])
        aside = sheet.set_aside.get(at, "")
        if not aside and errors:
            aside = "有未处理的错误：" + "；".join(dict.fromkeys(f.message for f in errors))
        return PlannedRecord(sheet.name, row, values, errors, aside)

    def ready_places(self) -> Iterator[tuple[AssetSheet, int]]:
        """Sheet and row index of the records that go in, without making the records."""
        for sheet, at in self._places:
            if at not in sheet.set_aside and (id(sheet), at) not in self._open:
                yield sheet, at


class _Shape:
    """The columns of one sheet in the order in which a record takes them."""

    def __init__(self, sheet: AssetSheet) -> None:
        self.names = [name for name in _COLUMNS if name in sheet.values]
        columns = [sheet.values[name] for name in self.names]
        others = ("place", "operator", "contract_term", "ownership_level", "ownership")
        self.others = slice(len(columns), len(columns) + len(others))
        columns += [sheet.column(name) for name in others]
        funds = [name for name in FUND_COLUMNS if f"{name}_fen" in sheet.values]
        self.funds = [name.removeprefix("fund_") for name in funds]
        self.fund_cells = slice(len(columns), len(columns) + len(funds))
        columns += [sheet.values[f"{name}_fen"] for name in funds]
        self.party_cells = slice(len(columns), len(columns) + len(RIGHTS))
        columns += [sheet.column(f"{right}_party") for right in RIGHTS]
        self.columns = columns
        self.year = _income_year(sheet)


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


def _to_collect(ledger: Ledger) -> dict[tuple[int, int], set[str]]:
    """Fields that stay empty although somebody must still find their value."""
    kept: dict[tuple[int, int], set[str]] = {}
    for effect in ledger.log.effects:
        finding = effect.finding
        column = _REASON_COLUMN.get(finding.field)
        if column is None or finding.severity == "info":
            continue
        name = "place" if column == "division_id" else column
        if effect.sheet.column(name)[effect.at] is None:
            kept.setdefault((id(effect.sheet), effect.at), set()).add(column)
    return kept
