"""Fills a form from data: answers by path or name, rows as lists. For scripts; the rules are those of the screen."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desktop.app.visits.visit import Visit, keep_media
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.session import AnswerRefused

REASONS = ("unknown", "refused", "not_applicable", "to_collect")


@dataclass
class Filled:
    """What became of the answers: those given in vain because their question was not asked, with its key."""

    unasked: list[str] = field(default_factory=list)
    given: int = 0


def fill_answers(ws: Workspace, visit: Visit, answers: Mapping[str, Any], folder: Path | None = None) -> Filled:
    """Give answers in the form's order, each when its question is asked.

    A key is a question's name, its path, or a repeat's name with a list of rows (objects of the same kind). A value is
    text, a number or truth value, null to clear, or an object: `{"value": …, "remark": …}`, `{"reason": "refused"}`,
    `{"file": "photo.jpg"}` (looked for in `folder`). Raises InputRefused naming what no question of the form is, and
    what it refuses.
    """
    flat: dict[str, Any] = {}
    _flatten(answers, "", flat)
    _refuse_unknown(visit, flat)
    filled = Filled()
    while True:
        before = len(flat)
        for node in list(visit.session.root.subtree()):
            if not node.relevant or node.readonly or node.definition.path not in visit.session.form.questions:
                continue
            key = next((k for k in _keys(node) if k in flat), None)
            if key is None:
                continue
            rows = len(visit.session.engine.added)
            _give(ws, visit, node, key, flat.pop(key), folder)
            filled.given += 1
            if len(visit.session.engine.added) != rows:
                break  # rows came: what is asked in them comes next
        else:
            if len(flat) == before and not _add_rows(visit, flat):
                filled.unasked = sorted(flat)
                return filled


def _give(ws: Workspace, visit: Visit, node: FormNode, key: str, value: Any, folder: Path | None) -> None:
    session = visit.session
    if isinstance(value, Mapping):
        unknown = set(value) - {"value", "remark", "reason", "file"}
        if unknown:
            raise InputRefused(f"“{key}”的答案写法不对：{'、'.join(sorted(unknown))}。没有提交。")
        if value.get("remark"):
            session.remarks[node.path()] = str(value["remark"])
        if value.get("reason"):
            if value["reason"] not in REASONS:
                raise InputRefused(f"“{key}”的缺项原因只能是 {'、'.join(REASONS)}。没有提交。")
            session.set_reason(node.path(), str(value["reason"]))
        if value.get("file"):
            source = (folder or Path()) / str(value["file"])
            if not source.is_file():
                raise InputRefused(f"“{key}”要的文件 {source.name} 不存在。没有提交。")
            mime = mimetypes.guess_type(source.name)[0] or "application/octet-stream"
            keep_media(ws, visit, node.path(), source.read_bytes(), source.name, mime)
            return
        if "value" not in value:
            return
        value = value["value"]
    try:
        session.answer(node, _text(value))
    except AnswerRefused as refused:
        raise InputRefused(f"“{key}”：{refused} 没有提交。") from refused


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list | tuple):
        return " ".join(_text(part) for part in value)
    return str(value)


def _flatten(answers: Mapping[str, Any], prefix: str, out: dict[str, Any]) -> None:
    for name, value in answers.items():
        key = name if name.startswith("/") else f"{prefix}{name}"
        if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
            for number, row in enumerate(value, 1):
                _flatten(row, f"{key}[{number}].", out)
        else:
            out[key] = value


def _keys(node: FormNode) -> tuple[str, ...]:
    """How a question may be called: its path, its name with the rows it stands in."""
    rows: list[str] = []
    current = node.parent
    while current is not None and current.parent is not None:
        if current.definition.repeat is not None:
            rows.append(f"{current.definition.name}[{current.position}]")
        current = current.parent
    return node.path(), ".".join([*reversed(rows), node.definition.name])


def _refuse_unknown(visit: Visit, flat: Mapping[str, Any]) -> None:
    """InputRefused naming the keys that no question of the form is called, whatever is asked now."""
    names = {path[-1] for path in visit.session.form.questions}
    paths = {"/" + "/".join(path) for path in visit.session.form.questions}
    wrong = [key for key in flat if not (_bare(key) in paths if key.startswith("/") else _bare(key) in names)]
    if wrong:
        raise InputRefused(f"表里没有这些题：{'、'.join(sorted(wrong)[:20])}。没有提交。")


def _bare(key: str) -> str:
    """A key without the numbers of rows; of a dotted one the question's name."""
    out, depth = "", 0
    for char in key if key.startswith("/") else key.rpartition(".")[2]:
        depth += (char == "[") - (char == "]")
        if not depth and char != "]":
            out += char
    return out


def _add_rows(visit: Visit, flat: Mapping[str, Any]) -> bool:
    """Add an instance to a repeat that people add to and for which more rows are given; whether one was added."""
    session = visit.session
    for definition in session.form.nodes.values():
        repeat = definition.repeat
        if repeat is None or repeat.count is not None or repeat.fixed or definition.parent is None:
            continue
        for parent in [n for n in session.root.subtree() if n.definition is definition.parent]:
            there = len(parent.instances(definition.name))
            stem = _keys_of_parent(parent) + definition.name
            path = f"{parent.path()}/{definition.name}[{there + 1}]"
            if parent.relevant and any(k.startswith((f"{stem}[{there + 1}].", f"{path}/")) for k in flat):
                session.add_repeat(f"{parent.path()}/{definition.name}")
                return True
    return False


def _keys_of_parent(parent: FormNode) -> str:
    rows: list[str] = []
    current: FormNode | None = parent
    while current is not None and current.parent is not None:
        if current.definition.repeat is not None:
            rows.append(f"{current.definition.name}[{current.position}]")
        current = current.parent
    return "".join(f"{row}." for row in reversed(rows))
