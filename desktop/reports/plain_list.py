"""Prints any list with the register's look: rosters, findings, inspection lists; the caller says which columns.

ID numbers and telephone numbers are printed as the caller gives them: mask them before (`common.idnumber.mask_id`),
unless the person printing may and asked to show them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from desktop.reports.streamed_pdf import Origin
from desktop.reports.table_layout import PrintedTable, print_tables, write_tables
from desktop.reports.table_model import A4_LANDSCAPE, Align, Column, Headings, Kind, Paper, Table, TableRow, Words
from desktop.reports.table_scan import Progress

_LINE = "＿" * 6


@dataclass(frozen=True)
class ListHead:
    """The words around a list. `unit` is what stands on the right under the title, such as 单位：户、人."""

    title: str
    unit_name: str = ""
    date: str = ""
    unit: str = ""
    filled_by: str = ""
    reviewed_by: str = ""
    responsible: str = ""
    signed: bool = True
    """Whether the signature line is printed."""
    notes: str = ""
    counted: str = "条"
    """Measure word of the rows: 户, 人, 项."""
    group_sums: bool = True
    grand_total: bool = True
    as_of: str = ""
    known_at: str = ""
    digest: str = ""
    made_at: datetime | None = None

    def words(self) -> Words:
        """As the layout wants them."""
        signatures = (
            f"填报人：{self.filled_by or _LINE}",
            f"审核人：{self.reviewed_by or _LINE}",
            f"负责人（签字）：{self.responsible or _LINE}",
        )
        return Words(
            title=self.title,
            left=f"填报单位（盖章）：{self.unit_name}" if self.unit_name else "",
            centre=f"填报日期：{self.date}" if self.date else "",
            right=self.unit,
            signatures=signatures if self.signed else (),
            notes=f"说明：{self.notes}" if self.notes else "",
            footmark=self.origin().footmark(),
            counted=self.counted,
            group_sums=self.group_sums,
            grand_total=self.grand_total,
        )

    def origin(self) -> Origin:
        """The file's metadata."""
        made_at = self.made_at or datetime.now(UTC)
        return Origin(self.title, made_at, self.as_of, self.known_at, self.digest)


HOUSEHOLD_COLUMNS: Headings = (
    Column("序号", Kind.SERIAL),
    Column("村民小组", weight=1.0, least=5, align=Align.CENTRE),
    Column("户主", weight=0.8, least=5),
    Column("证件号码", weight=0.5, least=10, align=Align.CENTRE),
    Column("家庭人口", Kind.COUNT, least=4, summed=True, key="people"),
    Column("户类型", weight=1.5, least=6),
    Column("联系电话", weight=0.3, least=7, align=Align.CENTRE),
    Column("家庭住址", weight=2.5, least=8),
    Column("备注", weight=2.0, least=5, blank=""),
)
"""A household list: group 小组, head, ID number (masked), members, type, telephone, address, remark."""


def print_list(
    headings: Headings,
    rows: Iterable[TableRow],
    head: ListHead,
    path: str | os.PathLike[str],
    *,
    paper: Paper = A4_LANDSCAPE,
    progress: Progress | None = None,
) -> PrintedTable:
    """Print a list into a PDF file that is there whole or not at all; errors as `table_layout.print_tables`.

    `rows` must be iterable twice (a one-time iterator is read into memory) and stand group by group.
    """
    (printed,) = print_tables([_table(headings, rows, head)], paper, head.origin(), path, progress=progress)
    return printed


def write_list(
    headings: Headings,
    rows: Iterable[TableRow],
    head: ListHead,
    stream: BinaryIO,
    *,
    paper: Paper = A4_LANDSCAPE,
    progress: Progress | None = None,
) -> PrintedTable:
    """The same into an open stream, for a preview that stays in memory."""
    (printed,) = write_tables([_table(headings, rows, head)], paper, head.origin(), stream, progress=progress)
    return printed


def _table(headings: Headings, rows: Iterable[TableRow], head: ListHead) -> Table:
    return Table(head.words(), headings, list(rows) if isinstance(rows, Iterator) else rows)
