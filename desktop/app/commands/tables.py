"""The command that writes records as a workbook: a plain file, by a named person's command, logged."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.app import records
from desktop.app.commands.common import PassphraseFile, Place, UserName, opened, pairs, say
from desktop.app.details import value_words
from desktop.app.masking import masked
from desktop.app.plain_exports import log_plain_export
from desktop.common.atomic_file import write_atomically
from desktop.registry.labels import label, table_label
from desktop.registry.rows import BOOKKEEPING, SEARCH_ONLY

SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
"""Text cells never become formulas, links or numbers."""


def table(
    place: Place,
    name: Annotated[str, typer.Argument(metavar="TABLE", help="household、person、asset …")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="F.xlsx", help="写出的工作簿")],
    where: Annotated[list[str] | None, typer.Option("--where", help="字段=值")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="某日有效的内容")] = None,
    with_id: Annotated[bool, typer.Option("--with-id", help="证件号码不遮盖")] = False,
    purpose: Annotated[str, typer.Option("--purpose", help="用途，写入导出记录")] = "",
    editable: Annotated[bool, typer.Option("--editable", help="写成可改的表，改好后用 import table 带回")] = False,
    columns: Annotated[list[str] | None, typer.Option("--column", help="可改的表只要这些字段")] = None,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """把记录写成 Excel 表；会记入导出记录。"""
    if editable:
        from desktop.app.table_editing import write_editable

        with opened(place, passphrase_file, user, write=True) as ws:
            count = write_editable(
                ws, name, output, where=pairs(where or []), columns=columns or (), with_id=with_id, purpose=purpose
            )
        say(f"已写出 {output}：{count} 行可改。改好后用 xiangce import table 带回，先看差异再写入。")
        return
    with opened(place, passphrase_file, user, write=True) as ws:
        ws.require("plain-export")
        rows = records.list_records(ws, name, where=pairs(where or []), as_of=as_of)
        if not with_id:
            rows = [masked(r) for r in rows]
        columns = [
            c
            for c in (rows[0] if rows else {})
            if c not in (*BOOKKEEPING, *SEARCH_ONLY) and any(r[c] not in (None, [], "") for r in rows)
        ]
        with ws.register.storage_errors():
            write_atomically(output, lambda file: _write(file, name, columns, rows))
        log_plain_export(ws, f"table {name}", purpose, columns, len(rows), with_id=with_id)
    say(f"已写出 {output}：{len(rows)} 行，{len(columns)} 列。")


def _write(file: Any, name: str, columns: list[str], rows: list[dict[str, Any]]) -> None:
    import xlsxwriter  # large, and only this command needs it

    with xlsxwriter.Workbook(file, SAFE) as book:
        sheet = book.add_worksheet(table_label(name))
        bold = book.add_format({"bold": True})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(columns):
            sheet.write_string(0, at, label(name, column), bold)
        for line, row in enumerate(rows, 1):
            for at, column in enumerate(columns):
                value = row[column]
                if value is None or value == []:
                    continue
                if column.endswith("_fen") and isinstance(value, int):
                    if abs(value) < 10**15:  # a spreadsheet keeps 15 digits
                        sheet.write_number(line, at, Decimal(value).scaleb(-2), money)
                    else:
                        sheet.write_string(line, at, value_words(name, column, value))
                elif isinstance(value, int):
                    sheet.write_number(line, at, value)
                else:
                    sheet.write_string(line, at, value_words(name, column, value))
