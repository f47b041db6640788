"""Standard lists as PDF and as workbook: the same rows, sums to the 分, with the day and the state they are for."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from desktop.app.papers.list_rows import ListChoice, ListRow, list_rows
from desktop.app.papers.plain_exports import log_plain_export
from desktop.app.papers.printing import place_name
from desktop.app.papers.standard_lists import StandardList, column_kind, column_title
from desktop.app.papers.table_files import save_list
from desktop.app.past_reading import known_words, past_day, reading_at
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.atomic_file import write_atomically
from desktop.exchange.workbook.table_workbook import CellKind, TableColumn
from desktop.reports.plain_list import ListHead, write_list
from desktop.reports.table_model import A3_LANDSCAPE, A4_LANDSCAPE, Align, Column, Kind, NothingToPrint, TableRow

Progress = Callable[[int, int], None]
_CELLS: dict[Kind, CellKind] = {Kind.YUAN: "money", Kind.COUNT: "number"}


def list_pdf(
    ws: Workspace, wanted: StandardList, choice: ListChoice, *, paper: str = "A4", filled_by: str = "",
    reviewed_by: str = "", responsible: str = "", progress: Progress | None = None,
) -> tuple[bytes, int, int]:  # fmt: skip
    """A list as a PDF in memory: the bytes, how many rows and pages.

    Raises NothingToPrint, GlyphMissing (with the row named), PaperTooNarrow, UsageError, NotAllowed.
    """
    ws.require("print")
    rows, now = _rows(ws, wanted, choice)
    local = now.astimezone()
    head = ListHead(
        title=f"{place_name(ws)}{wanted.title}", unit_name=ws.unit_name,
        date=f"{local.year}年{local.month}月{local.day}日",
        unit="单位：元" if any(column_kind(wanted.table, c) is Kind.YUAN for c in wanted.columns) else "",
        filled_by=filled_by, reviewed_by=reviewed_by, responsible=responsible, counted=wanted.counted,
        as_of=choice.as_of or f"{local:%Y-%m-%d}", known_at=known_words(choice.known_at, now),
        digest=ws.register.digest(), made_at=now, group_sums=wanted.computed is None,
        grand_total=wanted.computed is None, notes=list_notes(ws, wanted, choice, f"{local:%Y-%m-%d}"),
    )  # fmt: skip
    columns = [
        Column("序号", Kind.SERIAL),
        *(
            Column(
                column_title(wanted, c).replace("（元）", ""), column_kind(wanted.table, c), weight=c.weight,
                least=c.least, summed=c.summed, align=Align.LEFT,
            )
            for c in wanted.columns
        ),
    ]  # fmt: skip
    stream = io.BytesIO()
    sheet = A3_LANDSCAPE if paper == "A3" else A4_LANDSCAPE
    printed = write_list(
        columns, [TableRow(r.village, r.label, ("", *r.cells)) for r in rows], head, stream, paper=sheet,
        progress=progress,
    )  # fmt: skip
    return stream.getvalue(), len(rows), printed.pages


def print_standard_list(
    ws: Workspace, wanted: StandardList, choice: ListChoice, target: Path, *, paper: str = "A4",
    progress: Progress | None = None,
) -> tuple[int, int]:  # fmt: skip
    """Write a list as a PDF file; rows and pages. Logged. Raises as `list_pdf`, StorageFailed."""
    data, rows, pages = list_pdf(ws, wanted, choice, paper=paper, progress=progress)
    with ws.register.storage_errors():
        write_atomically(target, data)
    log_plain_export(ws, f"print list {wanted.name}", wanted.title, [c.name for c in wanted.columns], rows, file=target)
    return rows, pages


def save_standard_list(
    ws: Workspace, wanted: StandardList, choice: ListChoice, target: Path, *, purpose: str = ""
) -> int:
    """Write a list as a workbook; how many rows. Logged. Raises NothingToPrint, NotAllowed, StorageFailed."""
    rows, now = _rows(ws, wanted, choice)
    grouped = [] if wanted.computed else [TableColumn("村")]
    columns = [
        *grouped,
        *(
            TableColumn(column_title(wanted, column), _CELLS.get(column_kind(wanted.table, column), "text"))
            for column in wanted.columns
        ),
    ]
    about = days_of(ws, choice.as_of, choice.known_at, now)
    notes = list_notes(ws, wanted, choice, today())
    about += [("说明", notes)] if notes else []
    saved = save_list(
        ws, wanted.title, target, columns, [*(["village"] if grouped else []), *(c.name for c in wanted.columns)],
        ((r.village, *r.cells) if grouped else r.cells for r in rows), len(rows), about=about, purpose=purpose,
    )  # fmt: skip
    return saved.rows


def list_notes(ws: Workspace, wanted: StandardList, choice: ListChoice, now: str) -> str:
    """What stands below a list; "" for most."""
    if wanted.notes is None:
        return ""
    with reading_at(ws, wanted.made_of, choice.known_at) as sql:
        return wanted.notes(sql, choice.division or ws.division_code, choice.as_of or now)


def _rows(ws: Workspace, wanted: StandardList, choice: ListChoice) -> tuple[list[ListRow], datetime]:
    now = datetime.now(UTC)
    choice = replace(choice, as_of=past_day(choice.as_of))
    rows = list_rows(ws, wanted, choice, f"{now.astimezone():%Y-%m-%d}")
    if not rows:
        raise NothingToPrint
    return rows, now


def days_of(ws: Workspace, as_of: str | None, known_at: str | None, now: datetime) -> list[tuple[str, str]]:
    """What a workbook says about its days, as papers do at their foot."""
    return [
        ("数据截至", as_of or f"{now.astimezone():%Y-%m-%d}"), ("含此时前的变更", known_words(known_at, now)),
        ("数据指纹", ws.register.digest()[:16]),
    ]  # fmt: skip
