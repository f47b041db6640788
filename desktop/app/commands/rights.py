"""The command that tells who holds which right on an asset, on any day, with everything that was and was corrected."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import typer

from desktop.app.assets.contributions import Contributions, contributions
from desktop.app.assets.ownership import affected_distributions
from desktop.app.assets.right_questions import committee_questions
from desktop.app.commands.common import AsJson, PassphraseFile, Place, UserName, opened, say, say_json
from desktop.app.records import records
from desktop.app.records.details import RightLine, rights_known
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.common.money import format_yuan


def rights(
    place: Place,
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="资产编号或标识")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="某日谁持有，如 2025-06-30")] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="本册在某时刻已知的内容")] = None,
    everything: Annotated[bool, typer.Option("--all", help="也列出已更正的和已终止的")] = False,
    by_contribution: Annotated[
        bool, typer.Option("--contributions", help="列出各笔资金和按出资算的份额，供核对")
    ] = False,
    as_json: AsJson = False,
    passphrase_file: PassphraseFile = None,
    user: UserName = None,
) -> None:
    """一项资产的权利：谁、多少份额、从哪天到哪天、凭什么；份额合计恰好为 1。"""
    with opened(place, passphrase_file, user) as ws:
        found = find_asset(ws, asset)
        day = records.day(as_of) if as_of else None
        if by_contribution:
            _say_contributions(contributions(ws, found, day or records.today()), as_json=as_json)
            return
        lines = rights_known(ws, found, known_at, day)
        if day is None and not everything:
            lines = tuple(line for line in lines if not line.withdrawn and not line.valid_to)
        questions = committee_questions(ws, found)
        affected = {line.id: affected_distributions(ws, found, line) for line in lines if line.withdrawn}
    if as_json:
        say_json([
            {
                "id": r.id, "kind": r.kind, "valid_from": r.valid_from, "valid_to": r.valid_to,
                "source_doc": r.source_doc, "withdrawn": r.withdrawn, "note": r.note,
                "shares": [{"party": h.party_id, "name": h.name, "share": h.fraction} for h in r.holders],
            }
            for r in lines
        ])  # fmt: skip
        return
    for line in lines:
        say(_words(line))
        for case in affected.get(line.id, ()):
            say(f"  按这一条分过：{case.title}（{case.state}）")
    if not lines:
        say("没有登记权利。" if day is None else f"{day} 没有登记在册的权利。")
    for question in questions:
        say(f"请确认：{question.name}是村委会，还是农村集体经济组织。")


def _say_contributions(found: Contributions, *, as_json: bool) -> None:
    """Each source with its amount, its fraction of the whole, and who it plainly counts for."""
    rows = [
        {"source": c.source, "amount_fen": c.amount_fen, "share": str(Fraction(c.amount_fen, found.total_fen)),
         "party": c.party, "name": c.party_name}
        for c in found.lines
    ]  # fmt: skip
    if as_json:
        say_json(rows)
        return
    for line, row in zip(found.lines, rows, strict=True):
        say(f"{line.name}\t{format_yuan(line.amount_fen)} 元\t{row['share']}\t{line.party_name or '（要问归谁）'}")
    say(f"合计 {format_yuan(found.total_fen)} 元，份额合计 1。")
    if found.remark:
        say(f"{found.remark}。")


def find_asset(ws: Workspace, text: str) -> str:
    """An asset by its number, or by its id or the beginning of it. UsageError when none or several are meant."""
    with ws.register.reading() as sql:
        rows = sql.rows(
            "SELECT id FROM asset WHERE asset_no=? AND removed=0 AND canonical_id IS NULL LIMIT 2", (text,)
        )
    if len(rows) == 1:
        return str(rows[0][0])
    if rows:
        raise UsageError(f"资产编号 {text} 在册中不止一项，请用标识。")
    return records.find_id(ws, "asset", text)


def _words(line: RightLine) -> str:
    holders = "、".join(h.name + ("" if h.fraction == "1" else f" {h.fraction}") for h in line.holders)
    until = f"到 {line.valid_to} 前" if line.valid_to else "长期"
    mark = "（已更正）" if line.withdrawn else ""
    since = f"{line.valid_from} 起" if line.valid_from else "起始不详"
    return f"{line.kind_word}{mark}\t{holders or '没有权利人'}\t{since}，{until}\t{line.source_doc}"
