"""Commands that change who holds a right: 变更, 更正, 终止, and the answer to 村委会 or 农村集体经济组织."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import typer

from desktop.app.assets.ownership import ShareOf, affected_distributions, change_shares, correct_shares, end_right
from desktop.app.assets.right_questions import committee_questions, confirm_committee, hand_to_collective
from desktop.app.commands.common import PassphraseFile, Place, UserName, note, opened, say
from desktop.app.commands.rights import find_asset
from desktop.app.records import records
from desktop.app.records.details import RightLine, rights_of
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.common.shares import parse_share
from desktop.registry.codelists import code_for, word

shares_app = typer.Typer(
    name="shares", help="权利份额：变更、更正、终止，核对村委会和集体经济组织。", no_args_is_help=True
)
Asset = Annotated[str, typer.Argument(metavar="ASSET", help="资产编号或标识")]
Holders = Annotated[
    list[str], typer.Argument(metavar="HOLDER=SHARE…", help="权利人（名称或标识）=份额，如 样例村经联社=2/3")
]
Doc = Annotated[str, typer.Option("--doc", help="依据文件的名称和文号")]
Kind = Annotated[str, typer.Option("--kind", help="权利（词或代码），默认所有权")]


@shares_app.command("change")
def change(
    place: Place, asset: Asset, holders: Holders,
    start: Annotated[str, typer.Option("--from", help="从哪天起，如 2025-07-01")], doc: Doc, kind: Kind = "ownership",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """变更：事情真的变了，旧的一段到前一天为止；还没有登记的，从这天起登记。"""
    day = records.day(start)
    with opened(place, passphrase_file, user, write=True) as ws:
        found, code = find_asset(ws, asset), _kind(kind)
        held = _holders(ws, holders)
        old = next((r for r in _rights(ws, found) if r.kind == code and not r.valid_to and not r.withdrawn), None)
        done = change_shares(ws, found, code, held, start=day, source_doc=doc, old=old)
    say(f"{word('rights', code)}从 {day} 起已变更；可用 xiangce undo 撤回，批次 {done.unit_id}。")


@shares_app.command("correct")
def correct(
    place: Place, asset: Asset, holders: Holders, doc: Doc, kind: Kind = "ownership",
    on: Annotated[str | None, typer.Option("--on", help="改哪一段：这一天的那一段，默认现行的")] = None,
    start: Annotated[str | None, typer.Option("--from", help="开始日期也记错了的，改成这天")] = None,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """更正：原来记错了，另记一条，记错的留着备查；按它分过的收益不动，列在后面。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        found, code = find_asset(ws, asset), _kind(kind)
        line = _line(ws, found, code, records.day(on) if on else None)
        affected = affected_distributions(ws, found, line)
        done = correct_shares(
            ws, found, line, _holders(ws, holders), source_doc=doc, start=records.day(start) if start else None
        )
    say(f"{line.kind_word}已更正；可用 xiangce undo 撤回，批次 {done.unit_id}。")
    for case in affected:
        note(f"按记错的份额分过：{case.title}（{case.state}）")


@shares_app.command("end")
def end(
    place: Place, asset: Asset, doc: Doc,
    kind: Annotated[str, typer.Option("--kind", help="权利（词或代码）；所有权和收益权不能空着")],
    on: Annotated[str, typer.Option("--on", help="从哪天起不再持有")],
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """终止一项权利（使用、处置、监督等）。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        found = find_asset(ws, asset)
        line = _line(ws, found, _kind(kind), None)
        done = end_right(ws, line, on=records.day(on), source_doc=doc)
    say(f"{line.kind_word}已终止；可用 xiangce undo 撤回，批次 {done.unit_id}。")


@shares_app.command("committees")
def committees(place: Place, passphrase_file: PassphraseFile = None, user: UserName = None) -> None:
    """名下有所有权或收益权、还没有核对过的村委会。"""
    with opened(place, passphrase_file, user) as ws:
        questions = committee_questions(ws)
    for q in questions:
        known = "、".join(name for _, name in q.collectives) or "没有登记"
        say(f"{q.party}\t{q.name}\t{q.assets} 项资产\t同村的集体经济组织：{known}")
    say(f"共 {len(questions)} 个，要核对是村委会，还是农村集体经济组织。")
    if questions:
        raise typer.Exit(1)


@shares_app.command("confirm")
def confirm(
    place: Place, party: Annotated[str, typer.Argument(metavar="PARTY", help="村委会的标识")], doc: Doc,
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """核对：确是村委会，以后不再问。"""
    with opened(place, passphrase_file, user, write=True) as ws:
        confirm_committee(ws, _committee(ws, party), doc)
    say("已记下：确是村委会。")


@shares_app.command("to-collective")
def to_collective(
    place: Place, party: Annotated[str, typer.Argument(metavar="PARTY", help="村委会的标识")],
    start: Annotated[str, typer.Option("--from", help="从哪天起归集体经济组织")], doc: Doc,
    collective: Annotated[str, typer.Option("--collective", metavar="ID", help="册中集体经济组织的标识")] = "",
    name: Annotated[str, typer.Option("--name", help="还没有登记的，写它的名称")] = "",
    passphrase_file: PassphraseFile = None, user: UserName = None,
) -> None:  # fmt: skip
    """核对：应是农村集体经济组织，村委会名下现行的权利从这天起都改到它名下。"""
    if bool(collective) == bool(name.strip()):
        raise UsageError("用 --collective 给出册中的集体经济组织，或用 --name 写它的名称。")
    with opened(place, passphrase_file, user, write=True) as ws:
        known = records.find_id(ws, "party", collective) if collective else ""
        done = hand_to_collective(
            ws, _committee(ws, party), collective=known, name=name, start=records.day(start), source_doc=doc
        )
    say(f"已改到集体经济组织名下；可用 xiangce undo 撤回，批次 {done.unit_id}。")


def _committee(ws: Workspace, text: str) -> str:
    found = records.find_id(ws, "party", text)
    row = ws.register.row("party", found)
    if row is None or row.get("removed") or row.get("kind") != "village_committee":
        raise UsageError(f"{text} 不是册中的村委会；见 xiangce shares committees。")
    return found


def _kind(text: str) -> str:
    found = code_for("rights", text)
    if not found:
        raise UsageError(f"没有权利 {text}；如 所有权、收益权。")
    return found


def _rights(ws: Workspace, asset: str) -> tuple[RightLine, ...]:
    with ws.register.reading() as sql:
        return tuple(rights_of(sql, asset))


def _line(ws: Workspace, asset: str, kind: str, on: str | None) -> RightLine:
    for line in _rights(ws, asset):
        if line.kind != kind or line.withdrawn:
            continue
        if (on is None and not line.valid_to) or (
            on is not None and line.valid_from <= on and (not line.valid_to or on < line.valid_to)
        ):
            return line
    raise UsageError(f"{on or '现在'}没有登记这项资产的{word('rights', kind)}。")


def _holders(ws: Workspace, given: list[str]) -> list[ShareOf]:
    """Names or ids with their fractions; a name the register does not know becomes a new party, as in the window."""
    with ws.register.reading() as sql:
        known: dict[str, list[str]] = {}
        for party, name in sql.rows("SELECT id,name FROM party WHERE removed=0 AND canonical_id IS NULL ORDER BY id"):
            known.setdefault(name or "", []).append(party)
    ids = {party: name for name, parties in known.items() for party in parties}
    out = []
    for text in given:
        who, mark, share = text.rpartition("=")
        who = who.strip()
        if not mark or not who:
            raise UsageError(f"“{text}”要写成 权利人=份额，如 样例村经联社=2/3。")
        try:
            part = Fraction(1) if share.strip() == "1" else parse_share(share)
        except ValueError:
            raise UsageError(f"“{share}”不是份额，应写作 1/3、1 或 50%。") from None
        parties = [who] if who in ids else known.get(who, [])
        if len(parties) > 1:
            raise UsageError(f"叫“{who}”的权利人在册中不止一个，请用标识。")
        out.append(ShareOf(parties[0] if parties else "", ids.get(who, who), part))
    return out
