"""The command that makes the demo register and opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_data_path

from desktop.app.commands.common import progress_line, say
from desktop.app.demo import register as demo_register
from desktop.common.errors import UsageError

MOST_HOUSEHOLDS = 500_000
"""Two and a half times what the lists are made for; a slip of the finger would fill the disk."""


def demo(
    place: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="演示册的文件夹")] = None,
    households: Annotated[int, typer.Option("--households", help="户数")] = 400,
    seed: Annotated[int, typer.Option("--seed", help="随机种子，同一种子内容相同")] = 2026,
    workbooks: Annotated[Path | None, typer.Option("--workbooks", help="另在此文件夹写一份杂乱的台账和花名册")] = None,
    no_window: Annotated[bool, typer.Option("--no-window", help="只建立，不打开窗口")] = False,
) -> None:
    """建立演示册（内容全部虚构）并打开。"""
    if not 2 <= households <= MOST_HOUSEHOLDS:
        raise UsageError(f"--households 应在 2 到 {MOST_HOUSEHOLDS} 之间。")
    if workbooks is not None:
        from desktop.app.demo.workbooks import write_workbooks

        for path in write_workbooks(workbooks, seed=seed):
            say(f"已写出 {path}")
        if place is None and no_window:
            return
    folder = place or user_data_path("xiangce", appauthor=False) / "demo.xcr"
    if (folder / "register.json").exists():
        say(f"演示册已在 {folder}，用户 {demo_register.USER}，口令：{demo_register.PASSPHRASE}")
    else:
        say(f"正在建立演示册：{households} 户，全部虚构……")
        demo_register.make_demo(folder, households=households, seed=seed, progress=progress_line("住户")).close()
        say(f"已建立 {folder}，用户 {demo_register.USER}，口令：{demo_register.PASSPHRASE}")
    if not no_window:
        from desktop.app.window import open_window

        raise typer.Exit(open_window(folder))
