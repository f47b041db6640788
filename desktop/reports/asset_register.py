"""The printed asset register 帮扶项目资产管理台账: one row an asset, 小计 by village, exact sums, three header rows.

A4 has the columns that a meeting needs (design 12b), A3 all columns of the township ledgers in use (the sample
workbook). Amounts are integer 分, printed in 万元 with the decimals that a column's most exact value needs, or in 元.
Unknown (None) prints as —, zero as 0.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO, Literal

from desktop.reports.asset_register_columns import A3_COLUMNS, A4_COLUMNS, RegisterColumns, Wording
from desktop.reports.fund_columns import FundColumns
from desktop.reports.streamed_pdf import Origin
from desktop.reports.table_layout import PrintedTable, print_tables, write_tables
from desktop.reports.table_model import A3_LANDSCAPE, A4_LANDSCAPE, Paper, Table, TableRow, Words
from desktop.reports.table_scan import Progress

PaperName = Literal["A4", "A3"]
MoneyUnit = Literal["wan", "yuan"]


@dataclass(frozen=True, slots=True)
class AssetRegisterRow:
    """One asset as it is printed: texts as the reader sees them, amounts in 分, None for unknown.

    `village` is the heading of its 小计. `owner` may name several with their shares, as the paper should say it.

    `funds` maps a source of `fund_source.csv` to 分. Where the parts add up to the original value, a source without a
    part is zero; otherwise it is unknown.
    """

    asset_no: str | None
    name: str | None
    village: str
    project: str | None = None
    year: str | None = None
    category: str | None = None
    subcategory: str | None = None
    spec: str | None = None
    quantity: str | None = None
    unit: str | None = None
    built_date: str | None = None
    address: str | None = None
    original_value_fen: int | None = None
    funds: Mapping[str, int] = field(default_factory=dict)
    depreciation_fen: int | None = None
    net_value_fen: int | None = None
    owner: str | None = None
    owner_level: str | None = None
    operator: str | None = None
    income_holder: str | None = None
    supervisor: str | None = None
    operation_mode: str | None = None
    contract_period: str | None = None
    expected_income_fen: int | None = None
    actual_income_fen: int | None = None
    keeper: str | None = None
    status: str | None = None
    confirm_doc: str | None = None
    notice: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class RegisterHead:
    """The words around a register and what its file says about itself.

    `unit_name` is 填报单位, `date` 填报日期 as printed. `income_year` names the year of the actual income. `made_at` is
    the file's time stamp (now, when not given): with it, equal rows give equal bytes.
    """

    title: str
    unit_name: str
    date: str
    filled_by: str = ""
    reviewed_by: str = ""
    responsible: str = ""
    phone: str = ""
    notes: str = ""
    as_of: str = ""
    known_at: str = ""
    digest: str = ""
    income_year: str = ""
    county_word: str = "县"
    """What the county-level fund column is called: 县 or 区."""
    money_unit: MoneyUnit = "wan"
    least_decimals: int = 2
    """Decimals that 万元 are printed with at least (2 to 6); a more exact value brings more."""
    binding_mm: float = 0.0
    """Extra left margin for binding 装订边."""
    group_sums: bool = True
    fund_sources: Mapping[str, str] | None = None
    """Fund sources with their parents, when the county has added some to the shipped list."""
    made_at: datetime | None = None

    def origin(self) -> Origin:
        """The file's metadata."""
        made_at = self.made_at or datetime.now(UTC)
        return Origin(self.title, made_at, self.as_of, self.known_at, self.digest)


@dataclass(frozen=True)
class PrintSummary:
    """What a register print holds; sums in 分, None where no row had a value."""

    pages: int
    rows: int
    villages: int
    total_original_fen: int | None
    total_depreciation_fen: int | None
    total_net_fen: int | None
    total_expected_income_fen: int | None
    total_actual_income_fen: int | None


def print_asset_register(
    rows: Iterable[AssetRegisterRow],
    head: RegisterHead,
    path: str | os.PathLike[str],
    *,
    paper: PaperName = "A4",
    progress: Progress | None = None,
) -> PrintSummary:
    """Print the register into a PDF file that is there whole or not at all.

    `rows` must come village by village and be iterable twice (a one-time iterator is read into memory). Raises
    NothingToPrint, GlyphMissing, GroupScattered, PaperTooNarrow, SourceChanged, OSError, and what `progress` raises.
    """
    table = register_table(rows, head, paper)
    (printed,) = print_tables([table], _sheet(head, paper), head.origin(), path, progress=progress)
    return _summary(printed)


def write_asset_register(
    rows: Iterable[AssetRegisterRow],
    head: RegisterHead,
    stream: BinaryIO,
    *,
    paper: PaperName = "A4",
    progress: Progress | None = None,
) -> PrintSummary:
    """The same into an open stream, for a preview that stays in memory."""
    table = register_table(rows, head, paper)
    (printed,) = write_tables([table], _sheet(head, paper), head.origin(), stream, progress=progress)
    return _summary(printed)


def register_table(rows: Iterable[AssetRegisterRow], head: RegisterHead, paper: PaperName) -> Table:
    """The register as a table; several of them (one a category) can be printed into one file by `print_tables`."""
    source: Iterable[AssetRegisterRow] = list(rows) if isinstance(rows, Iterator) else rows
    columns = A4_COLUMNS if paper == "A4" else A3_COLUMNS
    words = Words(
        title=head.title,
        left=f"填报单位（盖章）：{head.unit_name}",
        centre=f"填报日期：{head.date}",
        right="单位：万元" if head.money_unit == "wan" else "单位：元",
        signatures=(
            f"填报人：{head.filled_by or _LINE}",
            f"审核人：{head.reviewed_by or _LINE}",
            f"单位负责人（签字）：{head.responsible or _LINE}",
            f"联系电话：{head.phone or _LINE}",
        ),
        notes=f"说明：{head.notes}" if head.notes else "",
        footmark=head.origin().footmark(),
        group_sums=head.group_sums,
    )
    wording = Wording(head.money_unit == "wan", head.least_decimals, head.county_word, head.income_year)
    return Table(words, columns.headings(wording), _TableRows(source, columns, FundColumns(head.fund_sources)))


_LINE = "＿" * 6


class _TableRows:
    """Asset rows as table rows, each time they are asked for."""

    def __init__(self, rows: Iterable[AssetRegisterRow], columns: RegisterColumns, funds: FundColumns) -> None:
        self._rows = rows
        self._cells = columns.cells
        self._funds = funds

    def __iter__(self) -> Iterator[TableRow]:
        cells, spread = self._cells, self._funds.spread
        for number, row in enumerate(self._rows, start=1):
            parts = spread(row.funds, row.original_value_fen)
            label = f"第 {number} 行（资产编号 {row.asset_no}）" if row.asset_no else f"第 {number} 行"
            yield TableRow(row.village, label, cells(row, parts))


def _sheet(head: RegisterHead, paper: PaperName) -> Paper:
    sheet = A4_LANDSCAPE if paper == "A4" else A3_LANDSCAPE
    return sheet.bound(head.binding_mm) if head.binding_mm else sheet


def _summary(printed: PrintedTable) -> PrintSummary:
    sums = printed.sums
    return PrintSummary(
        pages=printed.pages,
        rows=printed.rows,
        villages=printed.groups,
        total_original_fen=sums["original"],
        total_depreciation_fen=sums["depreciation"],
        total_net_fen=sums["net"],
        total_expected_income_fen=sums["expected_income"],
        total_actual_income_fen=sums["actual_income"],
    )
