"""The command that writes records as a workbook: a plain file, by a named person's command, logged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desktop.app.commands.common import PassphraseFile, Place, UserName, conditions, opened, say
from desktop.app.papers.table_files import save_records


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
        from desktop.app.records.table_editing import write_editable

        with opened(place, passphrase_file, user) as ws:
            count = write_editable(
                ws, name, output, where=conditions(where or []), columns=columns or (), with_id=with_id, purpose=purpose
            )
        say(f"已写出 {output}：{count} 行可改。改好后用 xiangce import table 带回，先看差异再写入。")
        return
    with opened(place, passphrase_file, user) as ws:
        saved = save_records(
            ws, name, output, where=conditions(where or []), as_of=as_of, with_id=with_id, purpose=purpose
        )
    say(f"已写出 {output}：{saved.rows} 行，{saved.columns} 列。")
