"""`--help` in Chinese: headings, remarks and value kinds that the command-line library writes in English."""

from __future__ import annotations

import re
from typing import Any

import typer
import typer.main

_WORDS = {
    r"^Usage: ": "用法：", r"^Options:$": "选项：", r"^Arguments:$": "参数：", r"^Commands:$": "命令：",
    r"Show this message and exit\.": "显示这段说明。", r"\[required\]": "[必填]", r"; required\]": "；必填]",
    r"\[default:": "[默认", r"\[env var:": "[环境变量",
}  # fmt: skip
_USAGE = {
    "[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]…", "[[": "[", "]]": "]", "{": "", "}": "", "]...": "]",
}  # fmt: skip
_KINDS = {"str": "文字", "int": "整数", "float": "小数", "path": "路径", "bool": "是或否", "list[str]": "文字…",
          "int range": "整数"}  # fmt: skip
_KIND = re.compile(r"<(" + "|".join(map(re.escape, _KINDS)) + r")>")


def in_chinese(text: str) -> str:
    """A help text with the library's own words in Chinese; columns keep their places."""
    for pattern, word in _WORDS.items():
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    usage, rest = text.split("\n\n", 1) if "\n\n" in text else (text, "")
    for english, word in _USAGE.items():
        usage = usage.replace(english, word)
    return _KIND.sub(_kind, f"{usage}\n\n{rest}")


def _kind(found: re.Match[str]) -> str:
    word = _KINDS[found[1]]
    return word + " " * (len(found[0]) - sum(1 if c in "…" or c.isascii() else 2 for c in word))


def command_of(app: typer.Typer) -> Any:
    """The command line to run, with its help in Chinese."""
    return _chinese(typer.main.get_command(app))


def _chinese(command: Any) -> Any:
    english = command.get_help
    command.get_help = lambda context: in_chinese(english(context))
    for below in getattr(command, "commands", {}).values():
        _chinese(below)
    return command
