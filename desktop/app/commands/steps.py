"""Commands for cases with a procedure: which steps may come next, and taking one."""

from __future__ import annotations

from typing import Annotated

import typer

from desktop.app.cases.procedures import steps_of, steps_taken, take_step, track_of
from desktop.app.commands.common import AsJson, PassphraseFile, Place, UserName, opened, pairs, say, say_json
from desktop.app.commands.records import RowId, Table
from desktop.app.records import records
from desktop.registry.labels import label


def steps(
    place: Place, table: Table, row_id: RowId, as_json: AsJson = False,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """一件事现在能办哪些步骤，不能办的还差什么。"""
    with opened(place, passphrase_file, user) as ws:
        full = records.find_id(ws, table, row_id)
        found = steps_of(ws, table, full)
        track = track_of(ws, table, full)
        taken = steps_taken(ws, table, full)
    if as_json:
        say_json({
            "state": next((t.state for t in track if t.status == "current"), ""),
            "steps": [{**vars(s), "allowed": s.allowed} for s in found],
            "taken": [vars(line) for line in taken],
        })  # fmt: skip
        return
    say(" → ".join(f"【{t.word}】" if t.status == "current" else t.word for t in track))
    for line in taken:
        say(f"  {line.on_date}\t{line.word}\t{line.by}\t{line.note}")
    for step in found:
        missing = [label(table, n) for n in step.needs]
        said = [*step.bars, *([f"要填{'、'.join(missing)}"] if missing else [])]
        say(f"{step.name}\t{step.word}\t{'；'.join(said) if said else '可以办理'}")
    if not found:
        say("没有后续步骤。")


def step(
    place: Place, table: Table, row_id: RowId,
    name: Annotated[str, typer.Argument(metavar="STEP", help="步骤（见 xiangce steps）")],
    values: Annotated[list[str] | None, typer.Argument(metavar="FIELD=VALUE", help="字段=值")] = None,
    on: Annotated[str | None, typer.Option("--on", help="办理日期，默认今天")] = None,
    doc: Annotated[str, typer.Option("--doc", help="依据文件")] = "",
    note: Annotated[str, typer.Option("--note", help="说明；退回、终止时必须写原因")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """办理一个步骤。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        full = records.find_id(ws, table, row_id)
        result = take_step(ws, table, full, name, pairs(values or []), on=on, source_doc=doc, note=note)
        now = next((t.word for t in track_of(ws, table, full) if t.status == "current"), "")
        say(f"已办理，现在是“{now}”；可用 xiangce undo 撤回，批次 {result.unit_id}。")
