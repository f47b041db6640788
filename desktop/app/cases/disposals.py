"""Disposals for window and command line: begun for an asset, the proceeds split among the owners, sums to the 分."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.app.records.editing import complete_place, new_record, open_record, refuse_lacking, save_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.case_lists import DisposalRow, disposal_ids, disposal_rows
from desktop.insight.lists import ListQuery
from desktop.registry.case_papers import list_rows
from desktop.registry.checks import clean_values
from desktop.registry.codelists import word
from desktop.registry.disposal_exchange import SWAP
from desktop.registry.disposal_procedure import (
    DEDUCTION,
    DESTINATION,
    DISPOSAL,
    LEVELS,
    disposal_value,
    level_needed,
    owner_parts,
    sums_problem,
)
from desktop.store.unit_of_work import Committed


@dataclass(frozen=True)
class OwnerPart:
    """One owner's part of the net proceeds, in 分, and what was placed for him so far."""

    party: str
    name: str
    part_fen: int
    placed_fen: int


@dataclass(frozen=True)
class DisposalSums:
    """Where the proceeds go, in 分: deductions first, then each owner's part by its fraction."""

    proceeds_fen: int
    deducted_fen: int
    placed_fen: int
    owners: tuple[OwnerPart, ...]
    problem: str

    @property
    def net_fen(self) -> int:
        """What is left for the owners."""
        return self.proceeds_fen - self.deducted_fen

    @property
    def open_fen(self) -> int:
        """What has no destination yet; negative when too much was placed."""
        return self.net_fen - self.placed_fen


def begin_disposal(ws: Workspace, asset: str, values: Mapping[str, Any]) -> str:
    """Begin a disposal of an asset; its id. InputRefused when another one of it is under way."""
    row = ws.register.row("asset", asset)
    if row is None or row.get("removed"):
        raise UsageError("没有这项资产，可能已被移除或撤回。")
    with ws.register.reading() as sql:
        other = sql.scalar(
            "SELECT 1 FROM disposal WHERE asset_id=? AND COALESCE(state,'applied') NOT IN "
            "('stopped','rejected','handed_on') "
            "AND removed=0 AND canonical_id IS NULL LIMIT 1",
            (asset,),
        )
    if other:
        raise InputRefused("这项资产已有一件处置，没有再建。", hint="请接着办那一件，或先终止它。")
    return new_record(ws, "disposal", {"applicant": ws.unit_name, **values, "asset_id": asset}, "发起处置")


def received_values(ws: Workspace, disposal: str) -> dict[str, Any]:
    """What the asset that comes in by a swap is proposed to be: of the same kind and place, worth what was given.

    Its value in 分 is the appraised one, plus what was paid in addition, less what was received; empty when unknown.
    """
    row = _disposal(ws, disposal)
    given = ws.register.row("asset", str(row.get("asset_id") or "")) or {}
    kept = ("category", "subcategory", "division_id", "division_code", "competent_dept", "ledger_system")
    value = row.get("appraised_fen")
    if value is not None:
        value = int(value) + int(row.get("paid_fen") or 0) - int(row.get("proceeds_fen") or 0)
    return {**{c: given.get(c) for c in kept if given.get(c)}, "original_value_fen": value}


def receive_asset(ws: Workspace, disposal: str, values: Mapping[str, Any]) -> str:
    """Register the asset that came in by a swap and name it in the disposal, in one unit of work; its id.

    Its money comes from what was given: one fund part 转投 of its value, unless parts are given. Its rights follow when
    the swap is written off. Raises InputRefused (no swap, traded already, no name or value), UsageError.
    """
    row = _disposal(ws, disposal)
    if row.get("kind") != SWAP:
        raise InputRefused("这件处置不是置换，没有换入资产。没有保存。")
    if DISPOSAL.frozen("received_asset_id", str(row.get("state") or DISPOSAL.initial)):
        raise InputRefused("已登记成交，换入资产不能再改。没有保存。")
    cleaned = clean_values(ws.register.table("asset"), {**received_values(ws, disposal), "status": "normal", **values})
    complete_place(ws, "asset", cleaned)
    refuse_lacking(ws, "asset", cleaned, new=True)
    value = cleaned.get("original_value_fen")
    if not value or int(value) < 0:
        raise InputRefused("换入资产要填原值（大于 0）。没有保存。")
    if not cleaned.get("fund_parts"):
        cleaned["fund_parts"] = [["reinvest", int(value)]]
    with ws.write("登记换入资产", table="asset") as scope:
        made = str(scope.insert("asset", cleaned))
        scope.change("disposal", disposal, {"received_asset_id": made})
    return made


def disposal_sums(ws: Workspace, disposal: str, typed: Mapping[str, Any] | None = None) -> DisposalSums:
    """The sums of a disposal, with what is typed and not saved."""
    row = {**_disposal(ws, disposal), **(typed or {})}
    deductions = list_rows(row.get("deductions"), DEDUCTION)
    destinations = list_rows(row.get("destinations"), DESTINATION)
    proceeds = int(row.get("proceeds_fen") or 0)
    deducted = sum(int(d.get("amount_fen") or 0) for d in deductions)
    placed: dict[str, int] = {}
    for line in destinations:
        party = str(line.get("party_id") or "")
        placed[party] = placed.get(party, 0) + int(line.get("amount_fen") or 0)
    with ws.register.reading() as sql:
        day = str(row.get("proceeds_date") or "9999-12-31")
        parts = owner_parts(sql, str(row.get("asset_id") or ""), max(0, proceeds - deducted), day)
        names = {
            p: str(sql.scalar("SELECT name FROM party WHERE id=?", (p,)) or "（不在册）") for p in {**parts, **placed}
        }
    owners = tuple(
        OwnerPart(p, names[p], parts.get(p, 0), placed.get(p, 0)) for p in dict.fromkeys((*parts, *placed)) if p
    )
    return DisposalSums(proceeds, deducted, sum(placed.values()), owners, sums_problem(row))


def propose_destinations(
    ws: Workspace, disposal: str, use: str = "collective", deductions: Sequence[Sequence[Any]] | None = None
) -> list[list[Any]]:
    """Destinations that close: each owner's part by his fraction, to one use (`income_use.csv`). Nothing is saved.

    `deductions` are those typed and not saved yet.
    InputRefused when the proceeds are not known, or the ownership of that day does not add to 1.
    """
    row = _disposal(ws, disposal)
    if row.get("proceeds_fen") is None:
        raise InputRefused("还没有登记成交，没有收入可分。")
    typed = {} if deductions is None else {"deductions": [list(d) for d in deductions]}
    sums = disposal_sums(ws, disposal, {"destinations": [], **typed})
    if sums.net_fen < 0:
        raise InputRefused("扣除的比成交价还多，请先改扣除。")
    if not sums.owners and sums.net_fen:
        raise InputRefused("成交日没有份额合计为 1 的所有权，分不了。", hint="请先把所有权份额登记清楚。")
    return [[o.party, use, o.part_fen, None] for o in sums.owners if o.part_fen]


def save_destinations(
    ws: Workspace, disposal: str, deductions: Sequence[Sequence[Any]], destinations: Sequence[Sequence[Any]]
) -> Committed:
    """Keep deductions and destinations as they stand; they need not close yet. Raises as `save_record`."""
    values = {"deductions": [list(r) for r in deductions], "destinations": [list(r) for r in destinations]}
    return save_record(ws, open_record(ws, "disposal", disposal), values, "安排处置收入去向")


def disposals_of(ws: Workspace, asset: str) -> list[DisposalRow]:
    """The disposals of an asset, newest first."""
    with ws.register.reading() as sql:
        return disposal_rows(sql, disposal_ids(sql, ListQuery(equal={"asset": asset})))


def approval_words(ws: Workspace, disposal: str) -> tuple[str, str]:
    """The lowest level that may approve, as code and in words with the value it rests on."""
    row = _disposal(ws, disposal)
    with ws.register.reading() as sql:
        value = disposal_value(sql, row)
        level = level_needed(sql, value)
    from desktop.common.money import format_yuan

    worth = "价值不明" if value is None else f"价值 {format_yuan(value)} 元"
    return level, f"{worth}，由{LEVELS[level]}级审批"


def disposal_title(ws: Workspace, disposal: str) -> str:
    """帮扶车间 转让: how a disposal is called in lists and papers."""
    row = _disposal(ws, disposal)
    asset = ws.register.row("asset", str(row.get("asset_id") or "")) or {}
    return f"{asset.get('name') or ''} {word('disposal_type', row.get('kind'))}".strip()


def _disposal(ws: Workspace, disposal: str) -> dict[str, Any]:
    row = ws.register.row("disposal", disposal)
    if row is None or row.get("removed"):
        raise UsageError("没有这件处置，可能已被移除或撤回。")
    return row
