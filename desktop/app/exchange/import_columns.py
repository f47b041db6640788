"""Which column of a workbook is which: what was recognised, remembered or chosen, sheet by sheet, with samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal

from desktop.app.exchange.importing import Kind, Reading, remembered_mapping
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.common.text import compact
from desktop.exchange.workbook.findings import plain
from desktop.exchange.workbook.ledger.money import money_columns
from desktop.exchange.workbook.ledger.parties import RIGHTS
from desktop.exchange.workbook.ledger.totals import is_leftover
from desktop.exchange.workbook.mapping import SheetMapping, apply_mapping, classify_rows, mapping_json, recognise, words
from desktop.exchange.workbook.reader import SheetGrid, column_letters

Matched = Literal["same", "synonym", "remembered", "chosen", "none"]
MATCHED_WORDS: dict[Matched, str] = {
    "same": "名称一样", "synonym": "同义的列名", "remembered": "上次记住的", "chosen": "您选的", "none": "没对上",
}  # fmt: skip
_SAMPLED_ROWS = 300
_ROSTER_MONEY = ("net_income", "per_capita_income")
_DATES = ("built", "birth_date")


@dataclass(frozen=True)
class ColumnView:
    """One column of the sheet: where, its header path, what stands in it, our field ("" = not imported)."""

    number: int
    letter: str
    header: str
    samples: tuple[str, ...]
    field: str
    matched: Matched
    conversion: str


@dataclass
class SheetColumns:
    """One sheet with its columns as they stand now; `taken`: whether it is imported."""

    grid: SheetGrid
    kind: Kind
    mapping: SheetMapping | None
    taken: bool
    unit_changed: bool = False
    matched: dict[int, Matched] = field(default_factory=dict)
    samples: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The sheet's name."""
        return self.grid.name

    def missing(self) -> list[str]:
        """Labels of fields without which no record can be read."""
        known = words(self.kind)
        have = self.mapping.columns if self.mapping else {}
        return [known.fields[name].label for name in known.required if name not in have]


def sheets_of(ws: Workspace, reading: Reading) -> list[SheetColumns]:
    """All sheets of the workbook; columns remembered for the same headers are taken before recognised ones."""
    found = {m.sheet: m for m in reading.mappings}
    kept = remembered_mapping(ws, reading) or {}
    out = []
    for grid in reading.workbook.sheets:
        mapping = found.get(grid.name)
        remembered = mapping is not None and grid.name in kept
        if remembered:
            mapping = apply_mapping(grid, reading.kind, kept[grid.name])
        sheet = SheetColumns(grid, reading.kind, mapping, taken=mapping is not None and not _left_alone(grid))
        if mapping is not None:
            _match(sheet, "remembered" if remembered else "synonym")
            _sample(sheet)
        out.append(sheet)
    return out


def fields_of(kind: Kind) -> list[tuple[str, str]]:
    """All our fields of a kind: name and label; money sources say so."""
    return [
        (name, f"资金：{entry.label}" if name.startswith("fund_") and name != "fund_doc_no" else entry.label)
        for name, entry in words(kind).fields.items()
    ]


def column_views(sheet: SheetColumns) -> list[ColumnView]:
    """The sheet's columns that have a header, in order."""
    mapping = sheet.mapping
    if mapping is None:
        return []
    by_column = {col: name for name, col in mapping.columns.items()}
    out = []
    for col in sorted({*mapping.headers, *by_column}):
        name = by_column.get(col, "")
        out.append(
            ColumnView(
                col, column_letters(col), mapping.headers.get(col, "").replace("/", " › "),
                sheet.samples.get(col, ()), name, sheet.matched.get(col, "none") if name else "none",
                _conversion(sheet, name),
            )
        )  # fmt: skip
    return out


def choose_field(sheet: SheetColumns, column: int, name: str) -> None:
    """Say which field a column is ("" = not imported); a column that had the field before gives it up."""
    assert sheet.mapping is not None
    if name and name not in words(sheet.kind).fields:
        raise UsageError("没有这样的字段。")
    columns = {n: c for n, c in sheet.mapping.columns.items() if c != column and n != name}
    if name:
        columns[name] = column
        sheet.matched[column] = "chosen"
    _apply(sheet, columns, sheet.mapping.header_rows)


def choose_unit(sheet: SheetColumns, unit: str) -> None:
    """Say in which unit the sheet's amounts are: `wan` or `yuan`."""
    assert sheet.mapping is not None
    sheet.mapping = replace(sheet.mapping, unit=unit)
    sheet.unit_changed = True


def choose_header(sheet: SheetColumns, first: int, last: int) -> None:
    """Say which rows (1-based, inclusive) are the header; columns are recognised anew within them.

    Raises UsageError when the rows lie outside the sheet or are more than four.
    """
    if not 1 <= first <= last <= sheet.grid.n_rows or last - first > 3:
        raise UsageError("表头应是表内连续的一至四行。")
    alone = replace(
        sheet.grid, rows=[row if first <= at <= last else [] for at, row in enumerate(sheet.grid.rows[:last], 1)]
    )
    known = recognise(alone, sheet.kind)
    columns = dict(known.columns) if known is not None else {}
    taken = sheet.taken or sheet.mapping is None
    sheet.matched = {}
    _apply(sheet, columns, list(range(first, last + 1)))
    _match(sheet, "synonym")
    _sample(sheet)
    sheet.taken = taken


def saved_mapping(sheets: Sequence[SheetColumns]) -> dict[str, dict[str, Any]]:
    """The mapping of the sheets that are imported, as `plan_import` takes it."""
    taken = [s.mapping for s in sheets if s.taken and s.mapping is not None]
    return {m["sheet"]: m for m in mapping_json(taken)["sheets"]}


def chosen_sheets(sheets: Sequence[SheetColumns]) -> list[str]:
    """Names to pass on when a person left a sheet out or asked for a hidden one; empty = as found."""
    usual = [s.taken == (s.mapping is not None and not _left_alone(s.grid)) for s in sheets]
    if all(usual):
        return []
    return [s.name for s in sheets if s.taken or (s.mapping is None and not _left_alone(s.grid))]


def confirmed(reading: Reading, sheets: Sequence[SheetColumns]) -> Reading:
    """The reading with the columns as confirmed (what `remember_mapping` keeps)."""
    return replace(reading, mappings=tuple(s.mapping for s in sheets if s.taken and s.mapping is not None))


def _left_alone(grid: SheetGrid) -> bool:
    return grid.state != "visible" or is_leftover(grid)


def _apply(sheet: SheetColumns, columns: dict[str, int], header_rows: list[int]) -> None:
    unit = sheet.mapping.unit if sheet.mapping is not None and sheet.unit_changed else ""
    saved = {
        "header_rows": header_rows, "unit": unit, "columns": {n: column_letters(c) for n, c in columns.items()},
    }  # fmt: skip
    sheet.mapping = apply_mapping(sheet.grid, sheet.kind, saved)


def _match(sheet: SheetColumns, how: Matched) -> None:
    assert sheet.mapping is not None
    known = words(sheet.kind).fields
    for name, col in sheet.mapping.columns.items():
        leaf = sheet.mapping.headers.get(col, "").rpartition("/")[2]
        same = compact(known[name].label) == leaf
        sheet.matched[col] = "same" if same and how == "synonym" else how


def _sample(sheet: SheetColumns) -> None:
    """The first three different values of each column, from the first rows."""
    mapping = sheet.mapping
    assert mapping is not None
    top = replace(sheet.grid, rows=sheet.grid.rows[: mapping.first_row + _SAMPLED_ROWS])
    rows = classify_rows(top, mapping).data or range(mapping.first_row, top.n_rows + 1)
    cells = [top.rows[row - 1] for row in rows]
    for col in mapping.headers:
        different = dict.fromkeys(text for line in cells if col <= len(line) and (text := shown(line[col - 1])))
        sheet.samples[col] = tuple(islice(different, 3))


def shown(value: Any) -> str:
    """A cell as a person sees it in the sheet; "" when it is empty."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return " ".join(str(value).split())


def _conversion(sheet: SheetColumns, name: str) -> str:
    assert sheet.mapping is not None
    money = name in money_columns() if sheet.kind == "assets" else name in _ROSTER_MONEY
    if money:
        unit = sheet.mapping.unit if sheet.unit_changed else sheet.mapping.header_units.get(name) or sheet.mapping.unit
        return {"wan": "万元换成元", "yuan": "元"}.get(unit, "单位未写明")
    if name in _DATES:
        return "精度照写法"
    if sheet.kind == "assets" and name in RIGHTS:
        return "拆成份额"
    return ""
