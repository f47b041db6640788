"""Commands for files of records: attach one to a record, write one out; `show REGISTER attachment` lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desktop.app import attaching, records
from desktop.app.commands.common import PassphraseFile, Place, UserName, opened, say


def attach(
    place: Place,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="household、person、asset、right")],
    row_id: Annotated[str, typer.Argument(metavar="ID", help="记录标识（可只写开头 8 位以上）")],
    source: Annotated[Path, typer.Argument(metavar="FILE", help="照片、扫描件等")],
    kind: Annotated[str, typer.Option("--kind", help="、".join(attaching.KINDS))] = "other",
    note: Annotated[str, typer.Option("--note", help="备注")] = "",
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """给一条记录添加附件，输出附件的标识。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        say(attaching.attach_file(ws, table, records.find_id(ws, table, row_id), source, kind, note))


def write_out(
    place: Place,
    row_id: Annotated[str, typer.Argument(metavar="ATTACHMENT", help="附件标识")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="F", help="写出的文件")],
    purpose: Annotated[str, typer.Option("--purpose", help="用途，写入导出记录")] = "",
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """把一个附件写成普通文件；会记入导出记录。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        size = attaching.write_attachment(ws, records.find_id(ws, "attachment", row_id), output, purpose)
    say(f"已写出 {output}：{size} 字节。")
