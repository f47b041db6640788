"""What all commands share: opening a register with a passphrase, printing results, FIELD=VALUE pairs."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.app.records.record_names import RecordNames
from desktop.app.workspace import Workspace, open_workspace
from desktop.common.atomic_file import write_atomically
from desktop.common.errors import UsageError, WrongPassphrase
from desktop.store.storage_failure import storage_errors

Place = Annotated[str, typer.Argument(metavar="REGISTER", help="册所在的文件夹，或 postgresql:// 地址")]
PassphraseFile = Annotated[Path | None, typer.Option("--passphrase-file", help="口令文件（第一行）")]
UserName = Annotated[str | None, typer.Option("--user", help="用户名")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]


def passphrase_from(file: Path | None, *, prompt: str = "口令：", confirm: bool = False) -> str:
    """The passphrase from a file, from XIANGCE_PASSPHRASE, or asked; WrongPassphrase when there is none."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8-sig").splitlines()[0]
        except (OSError, IndexError, UnicodeError) as error:
            raise UsageError(f"读不到口令文件 {file.name}。") from error
    from_environment = os.environ.get("XIANGCE_PASSPHRASE")
    if from_environment is not None:
        return from_environment
    if not sys.stdin.isatty():
        raise WrongPassphrase("没有给出口令。", hint="请用 --passphrase-file，或设置环境变量 XIANGCE_PASSPHRASE。")
    typed = getpass.getpass(prompt)
    if confirm and getpass.getpass("再输一遍：") != typed:
        raise UsageError("两次输入的口令不一样，没有建立。")
    return typed


def opened(place: str, file: Path | None, user: str | None, *, write: bool = False) -> Workspace:
    """Open a register for a command."""
    return open_workspace(place, passphrase=passphrase_from(file), user=user, writable=write)


def pairs(arguments: Iterable[str]) -> dict[str, Any]:
    """FIELD=VALUE arguments; a value that begins with [ or { is JSON; UsageError names what is not a pair."""
    out: dict[str, Any] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or not name:
            raise UsageError(f"“{argument}”的写法应为 字段=值。")
        if value.startswith(("[", "{")):
            try:
                out[name] = json.loads(value)
            except ValueError:
                raise UsageError(f"{name} 的值不是完整的 JSON。") from None
        else:
            out[name] = value
    return out


def conditions(arguments: Iterable[str]) -> dict[str, str]:
    """FIELD=VALUE conditions, each value as it is typed; UsageError names what is not a pair."""
    found = (argument.partition("=") for argument in arguments)
    out: dict[str, str] = {}
    for name, equals, value in found:
        if not equals or not name:
            raise UsageError(f"条件“{name}{equals}{value}”的写法应为 字段=值。")
        out[name] = value
    return out


def say(text: str = "") -> None:
    """One line for a person."""
    typer.echo(text)


def note(text: str) -> None:
    """One line for a person beside an answer for programs."""
    typer.echo(text, err=True)


def say_json(value: Any) -> None:
    """One JSON document."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def write_text(path: Path, text: str) -> None:
    """A small text file, whole or not at all. Raises StorageFailed in words."""
    with storage_errors():
        write_atomically(path, text.encode("utf-8"))


def say_table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """Rows as a plain table with Chinese headings, tab-separated so that it pastes into a sheet."""
    say("\t".join(columns.values()))
    for row in rows:
        say("\t".join("" if row.get(c) is None else str(row[c]) for c in columns))


def clock(moment: str) -> str:
    """A moment as a person reads it: 2026-11-28 09:42 by the clock on the wall; the text itself when it is none."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return moment


def places(ws: Workspace | None, codes: Iterable[str]) -> str:
    """Divisions by name with their codes, joined; the codes alone without a register."""
    names = RecordNames(ws) if ws is not None else None
    return "、".join(names.place(code) if names is not None else code for code in codes)


def progress_line(what: str) -> Callable[[int, int], None] | None:
    """A progress printer for a terminal; None when nobody looks."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        end = "\n" if total and done >= total else "\r"
        sys.stderr.write(f"{what} {done} / {total}{end}")
        sys.stderr.flush()

    return show
