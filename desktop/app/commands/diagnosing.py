"""The command that writes a diagnosis of program, machine and register: counts and versions, nothing of anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desktop.app.commands.common import PassphraseFile, Place, UserName, opened, say
from desktop.app.keeping.diagnosing import diagnosis, save_diagnosis


def diagnose(
    place: Place,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="F.txt", help="写成文件，不写只显示")] = None,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """显示诊断：版本、大小、各类记录的数目、出错的地方；没有姓名、证件、地点和文件名。"""
    with opened(place, passphrase_file, user) as ws:
        text = diagnosis(ws)
        say(text)
        if output is not None:
            save_diagnosis(ws, output, text)
            say(f"已写出 {output}，并记入导出记录。")
