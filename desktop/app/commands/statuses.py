"""Commands for the status of an asset day by day: shown, changed, filled in for the past, corrected, withdrawn."""

from __future__ import annotations

from typing import Annotated

import typer

from desktop.app.assets.status_history import (
    add_past_status,
    change_status,
    correct_status,
    find_entry,
    status_words,
    withdraw_status,
)
from desktop.app.commands.common import AsJson, PassphraseFile, Place, UserName, opened, say, say_json
from desktop.app.commands.rights import find_asset
from desktop.app.past_reading import reading_at
from desktop.app.records import records
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.registry.asset_status import STATUS_TABLES, periods_of, statuses_on
from desktop.registry.codelists import code_for, word

status_app = typer.Typer(
    name="status", help="资产状态：从哪天起是什么状态，改、补记、更正、撤掉。", no_args_is_help=True
)
Asset = Annotated[str, typer.Argument(metavar="ASSET", help="资产编号或标识")]
Status = Annotated[str, typer.Argument(metavar="STATUS", help="状态（词或代码），如 闲置")]
Reason = Annotated[str | None, typer.Option("--reason", help="状态原因")]
Measure = Annotated[str | None, typer.Option("--measure", help="盘活（整改）措施")]
Due = Annotated[str | None, typer.Option("--due", help="措施的完成期限，如 2026-12-31")]
Doc = Annotated[str, typer.Option("--doc", help="依据文件的名称和文号")]
On = Annotated[str | None, typer.Option("--on", help="哪一条：这一天所在的那一条，默认现在的")]


@status_app.command("show")
def show(
    place: Place, asset: Asset,
    as_of: Annotated[str | None, typer.Option("--as-of", help="只看这一天是什么状态")] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="本册在某时刻已知的内容")] = None,
    everything: Annotated[bool, typer.Option("--all", help="也列出已更正的")] = False,
    as_json: AsJson = False, passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """一项资产的状态经过：从哪天起是什么状态、为什么、凭什么。"""
    with opened(place, passphrase_file, user) as ws:
        found = find_asset(ws, asset)
        day = records.day(as_of) if as_of else None
        with reading_at(ws, STATUS_TABLES, known_at) as sql:
            periods = periods_of(sql, found, withdrawn=everything)
            if day:
                held = statuses_on(sql, day, [found]).get(found)
                periods = [held or next(p for p in reversed(periods) if not p.withdrawn)] if periods else []
    if as_json:
        say_json([
            {
                "id": p.id, "from": p.start, "until": p.end, "status": p.status, "reason": p.reason,
                "measure": p.measure, "due": p.due_date, "source_doc": p.source_doc, "withdrawn": p.withdrawn,
                "note": p.note,
            }
            for p in periods
        ])  # fmt: skip
        return
    for p in periods:
        more = [("原因", p.reason), ("措施", p.measure), ("期限", p.due_date), ("依据", p.source_doc), ("备注", p.note)]
        said = "；".join(f"{name}：{value}" for name, value in more if value)
        say(status_words(p) + (f"（{said}）" if said else ""))
    if not periods:
        say("那时册里还没有这项资产。")


@status_app.command("change")
def change(
    place: Place, asset: Asset, status: Status,
    since: Annotated[str | None, typer.Option("--since", help="从哪天起，默认今天")] = None,
    reason: Reason = None, measure: Measure = None, due: Due = None, doc: Doc = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """改状态：真的变了，从这一天起是另一种状态。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        found, code = find_asset(ws, asset), _code(status)
        done = change_status(
            ws, found, code, since=since, reason=reason, measure=measure, due=due, source_doc=doc
        )
    say(f"{records.day(since) if since else records.today()} 起改为{word('asset_status', code)}；"
        f"可用 xiangce undo 撤回，批次 {done.unit_id}。")  # fmt: skip


@status_app.command("add")
def add(
    place: Place, asset: Asset, status: Status,
    since: Annotated[str, typer.Option("--since", help="从哪天起")],
    reason: Reason = None, measure: Measure = None, due: Due = None, doc: Doc = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """补记：过去的一段，从这一天起，到下一条开始为止；现在的状态不变。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        found, code = find_asset(ws, asset), _code(status)
        done = add_past_status(
            ws, found, code, since=since, reason=reason, measure=measure, due=due, source_doc=doc
        )
    say(f"已补记 {records.day(since)} 起{word('asset_status', code)}；可用 xiangce undo 撤回，批次 {done.unit_id}。")


@status_app.command("correct")
def correct(
    place: Place, asset: Asset, doc: Doc, on: On = None,
    status: Annotated[str | None, typer.Option("--status", help="应是什么状态")] = None,
    since: Annotated[str | None, typer.Option("--since", help="应从哪天起")] = None,
    reason: Reason = None, measure: Measure = None, due: Due = None,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """更正：这一条原来记错了，另记一条，记错的留着备查。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        entry = _entry(ws, asset, on)
        done = correct_status(
            ws, entry, source_doc=doc, status=_code(status) if status else None, since=since, reason=reason,
            measure=measure, due=due,
        )  # fmt: skip
    say(f"已更正；可用 xiangce undo 撤回，批次 {done.unit_id}。")


@status_app.command("withdraw")
def withdraw(
    place: Place, asset: Asset, why: Annotated[str, typer.Option("--why", help="为什么撤掉")], on: On = None,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """撤掉：没有这回事，前一条接着算；撤掉的留着备查。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        done = withdraw_status(ws, _entry(ws, asset, on), why)
    say(f"已撤掉；可用 xiangce undo 撤回，批次 {done.unit_id}。")


def _entry(ws: Workspace, asset: str, on: str | None) -> str:
    return find_entry(ws, find_asset(ws, asset), records.day(on) if on else None).id


def _code(text: str) -> str:
    found = code_for("asset_status", text)
    if not found:
        raise UsageError(f"没有状态 {text}；如 正常、闲置、低效、损毁。")
    return found
