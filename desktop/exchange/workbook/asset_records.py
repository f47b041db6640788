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
        self._columns = {id(s): _columns_of(s) for s in ledger.sheets}
        self._years = {id(s): _income_year(s) for s in ledger.sheets}
        self._kept = _to_collect(ledger)

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
        return (self._record(*p) for p in self._places)

    def _record(self, sheet: AssetSheet, at: int) -> PlannedRecord:
        key = id(sheet)
        values: dict[str, Any] = {}
        for name, column in self._columns[key]:
            value = column[at]
            if value is not None:
                values[name] = value
        place = sheet.values["place"][at]
        if place is not None:
            values["division_code"] = place.code
            values["village"] = place.name
        if "built_date" not in values:
            values.pop("built_precision", None)
        if "contract_start" not in values and "contract_end" not in values and "contract_term" in sheet.values:
            term = sheet.values["contract_term"][at]
            if term is not None:
                values["contract_text"] = term
        if "actual_income_fen" in values and self._years[key] is not None:
            values["actual_income_year"] = self._years[key]
        parts = [(n.removeprefix("fund_"), c[at]) for n, c in self._funds(sheet) if c[at]]
        if parts:
            values["fund_parts"] = parts
        held = {right: p for right in RIGHTS if (p := sheet.column(f"{right}_party")[at])}
        if "operation" not in held and (operator := sheet.column("operator")[at]):
            held["operation"] = [Holder(operator, _operator_kind(operator)).entry()]
        if held:
            values["holders"] = held
        if (level := sheet.column("ownership_level")[at]) is not None:
            values["ownership_level"] = level
            if level in ("joint", "undetermined") and "ownership" not in held:
                note = f"所有权人原填“{sheet.values['ownership'][at]}”"
                values["note"] = "；".join(filter(None, (values.get("note"), note)))
        reasons = self._kept.get((key, at))
        if reasons:
            values["missing_reasons"] = json.dumps(dict.fromkeys(sorted(reasons), "to_collect"), separators=(",", ":"))
        values["source_file"], values["source_sheet"], values["source_row"] = self._file, sheet.name, sheet.rows[at]
        errors = self._open.get((key, at), [])
        aside = sheet.set_aside.get(at, "")
        if not aside and errors:
            aside = "有未处理的错误：" + "；".join(dict.fromkeys(f.message for f in errors))
        return PlannedRecord(sheet.name, sheet.rows[at], values, errors, aside)

    def _funds(self, sheet: AssetSheet) -> list[tuple[str, list[Any]]]:
        return [(n, sheet.values[f"{n}_fen"]) for n in FUND_COLUMNS if f"{n}_fen" in sheet.values]

    def ready_places(self) -> Iterator[tuple[AssetSheet, int]]:
        """Sheet and row index of the records that go in, without making the records."""
        for sheet, at in self._places:
            if at not in sheet.set_aside and (id(sheet), at) not in self._open:
                yield sheet, at


def _columns_of(sheet: AssetSheet) -> list[tuple[str, list[Any]]]:
    return [(name, sheet.values[name]) for name in _COLUMNS if name in sheet.values]


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
