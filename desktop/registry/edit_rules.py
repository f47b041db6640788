"""What of a record may no longer be edited, and what is written by steps alone: asked by every way of editing.

One record on the screen, many by a condition, a sheet that comes back: all ask here, so that none is a way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.common.errors import InputRefused
from desktop.registry.labels import label
from desktop.registry.objection_rules import HANDLING, edited_objection_bars
from desktop.registry.posting import posted_bars
from desktop.registry.procedures import PROCEDURES
from desktop.store.database import Sql

INTERVAL = ("asset_id", "kind", "valid_from", "valid_to", "withdrawn")
"""Columns that say when which right on what holds."""
_ONE_BY_ONE: dict[str, tuple[str, ...]] = {
    "right": INTERVAL, "objection": ("notice_id", "received_date", "what", *HANDLING),
}  # fmt: skip


def not_many_at_once(table: str, column: str) -> bool:
    """Whether a column is never changed of many records at once: it is moved by the steps of a case, holds the days of
    a right, or settles something."""
    procedure = PROCEDURES.get(table)
    moved = procedure is not None and (column == "state" or column in procedure.frozen_after)
    return moved or column in _ONE_BY_ONE.get(table, ())


def refuse_edit(sql: Sql, table: str, before: Mapping[str, Any], values: Mapping[str, Any], today: str) -> None:
    """InputRefused when a record that is as `before` may not take these cleaned values, with the right way instead."""
    _refuse_frozen(table, before, values)
    changed = [c for c in values if values[c] != before.get(c)]
    if table == "asset" and "status" in changed and "disposed" in (values["status"], before.get("status")):
        raise InputRefused(
            "“已处置”由处置核销时写入，没有保存。", hint="请在“处置”里办理；早已处置的，按当时的日期补办。"
        )
    if table == "objection":
        bars = edited_objection_bars(sql, before, values, today)
        if bars:
            raise InputRefused(f"{'；'.join(bars)}。没有保存。", hint="异议用“登记处理”办（命令行 notice settle）。")
    _refuse_posted(sql, table, str(before["id"]), changed)


def _refuse_frozen(table: str, before: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """A case's state moves by steps alone, and what a notice has published is not edited behind its back."""
    procedure = PROCEDURES.get(table)
    if procedure is None:
        return
    state = str(before.get("state") or procedure.initial)
    if "state" in values and (values["state"] or procedure.initial) != state:
        raise InputRefused("状态只能按步骤改变，没有保存。", hint="可用的步骤见详情页，或 xiangce steps。")
    shut = [c for c in values if procedure.frozen(c, state) and values[c] != before.get(c)]
    if shut:
        names = "、".join(label(table, c) for c in shut)
        raise InputRefused(f"现在是“{procedure.states.get(state, state)}”，{names}不能再改；没有保存。",
                           hint="需要改的，先退回或冲销。")  # fmt: skip


def _refuse_posted(sql: Sql, table: str, row_id: str, changed: list[str]) -> None:
    """What a posted voucher says is reversed, never edited."""
    if not changed or table not in ("voucher", "receipt"):
        return
    shut = posted_bars(sql, table, row_id, changed)
    if shut and table == "voucher":
        raise InputRefused("凭证记账后不能改，也不能移除；没有保存。", hint="记错的，用一张相反的凭证冲销。")
    if shut:
        names = "、".join(label(table, c) for c in shut)
        raise InputRefused(f"这笔收款已经记账，{names}不能再改；没有保存。", hint="记错的，先冲销，再重新登记。")
