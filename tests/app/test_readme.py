"""The README speaks of commands and options that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from desktop.app.cli import app, arranged

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SEQUENCE = README.split("## The main job, end to end", 1)[1].split("```")[1]
TABLE = README.split("| for | commands |", 1)[1].split("\n\n", 1)[0]


def found(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words behind it."""
    command: Any = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize("name", re.findall(r"`([^`]+)`", TABLE))
def test_every_command_of_the_list_exists(name: str) -> None:
    command, rest = found(name.split())
    assert not rest and command.name != "xiangce"


_INNER = r"\$\(([^()]*)\)"
SPOKEN = [*re.sub(_INNER, "X", SEQUENCE).splitlines(), *re.findall(_INNER, SEQUENCE)]
LINES = [
    shlex.split(line.strip().split(" | ")[0], comments=True)[1:]
    for line in SPOKEN
    if line.strip().startswith("xiangce ")
]


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_every_line_of_the_main_job_is_a_command_with_its_options(words: list[str]) -> None:
    command, rest = found(arranged(words))
    options = {text for p in command.params for text in p.opts}
    assert not getattr(command, "commands", None)
    assert [word for word in rest if word.startswith("-") and word not in options] == []
    wanted = [p for p in command.params if p.required and p.param_type_name == "argument"]
    assert len([word for word in rest if not word.startswith("-")]) >= len(wanted)


def test_the_main_job_was_found() -> None:
    assert len(LINES) > 30
    assert {words[0] for words in LINES} >= {"demo", "new", "enrol", "import", "export", "merge", "resolve", "print"}
