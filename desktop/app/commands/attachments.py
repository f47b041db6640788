"""Commands for files of records: attach one to a record, write one out; `show REGISTER attachment` lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desktop.app.commands.common import PassphraseFile, Place, UserName, opened, say
from desktop.app.records import attaching, records


def attach(
    place: Place,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="household、asset、contract 等")],
    row_id: Annotated[str, typer.Argument(metavar="ID", help="记录标识（可只写开头 8 位以上）")],
    source: Annotated[Path, typer.Argument(metavar="FILE", help="照片、扫描件等")],
    kind: Annotated[str, typer.Option("--kind", help="附件种类的代码，如 photo；用 config items 查")] = "other",
    note: Annotated[str, typer.Option("--note", help="备注")] = "",
    scale: Annotated[bool, typer.Option("--scale", help="照片缩到 1600 像素以内再存")] = False,
    watermark: Annotated[
        list[str] | None, typer.Option("--watermark", help="照片上的水印，一行一次；{time} 是拍摄时间")
    ] = None,
    keep_original: Annotated[bool, typer.Option("--keep-original", help="缩小或加水印时，原图另存一份")] = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """给一条记录添加附件，输出附件的标识。"""
    wish = attaching.PhotoWish(scale or bool(watermark), tuple(watermark or ()), keep_original)
    with opened(place, passphrase_file, user, write=True) as ws:
        found = records.find_id(ws, table, row_id)
        for made in attaching.attach_files(ws, table, found, [(source, kind)], note, photos=wish).ids:
            say(made)


def write_out(
    place: Place,
    row_id: Annotated[str, typer.Argument(metavar="ATTACHMENT", help="附件标识")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="F", help="写出的文件")],
    purpose: Annotated[str, typer.Option("--purpose", help="用途，写入导出记录")] = "",
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """把一个附件写成普通文件；会记入导出记录。"""
    with opened(place, passphrase_file, user) as ws:
        size = attaching.write_attachment(ws, records.find_id(ws, "attachment", row_id), output, purpose)
    say(f"已写出 {output}：{size} 字节。")
