"""Disposals for window and command line: begun for an asset, the proceeds split among the owners, sums to the 分."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.app.editing import new_record, open_record, save_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from desktop.insight.case_lists import DisposalRow, disposal_ids, disposal_rows
from desktop.insight.lists import ListQuery
from desktop.registry.case_papers import list_rows
from desktop.registry.codelists import word
from desktop.registry.disposal_procedure import (
    DEDUCTION,
    DESTINATION,
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
            "SELECT 1 FROM disposal WHERE asset_id=? AND COALESCE(state,'applied') NOT IN ('stopped','rejected') "
            "AND removed=0 AND canonical_id IS NULL LIMIT 1",
            (asset,),
        )
    if other:
        raise InputRefused("这项资产已有一件处置，没有再建。", hint="请接着办那一件，或先终止它。")
    return new_record(ws, "disposal", {"applicant": ws.unit_name, **values, "asset_id": asset}, "发起处置")


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
