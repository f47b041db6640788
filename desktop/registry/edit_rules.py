"""What of a record may no longer be edited, and what is written by steps alone: asked by every way of editing.

One record on the screen, many by a condition, a sheet that comes back: all ask here, so that none is a way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.common.errors import InputRefused
from desktop.registry.case_papers import papers_held
from desktop.registry.disposal import IN_HAND
from desktop.registry.labels import label
from desktop.registry.objection_rules import HANDLING, edited_objection_bars
from desktop.registry.posting import posted_bars
from desktop.registry.procedures import PROCEDURES
from desktop.store.database import Sql

INTERVAL = ("asset_id", "kind", "valid_from", "valid_to", "withdrawn")
"""Columns that say when which right on what holds."""
CERTIFIED_COLUMNS = ("confirm_doc_no", "confirm_date", "confirm_precision", "cert_no")
"""What a certificate writes into its assets."""
_ONE_BY_ONE: dict[str, tuple[str, ...]] = {
    "right": INTERVAL, "inspection": ("asset_id", "plan_id", "on_date"),
    "objection": ("notice_id", "received_date", "what", *HANDLING),
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
    if table == "asset":
        _refuse_asset(sql, before, values, changed)
    if table == "attachment" and {"record_table", "record_id", "sha256", "kind"} & set(changed):
        held = papers_held(sql, str(before.get("record_id") or ""))
        if held or changed != ["kind"]:
            raise InputRefused("附件归在哪条记录下、是哪个文件不能改；没有保存。", hint="另加一份，再移除原来的。")
    if table == "right" and changed:
        _refuse_right(sql, str(before["id"]), changed)
    if table == "inspection":
        _refuse_inspection(before, values, changed)
    if table == "objection":
        bars = edited_objection_bars(sql, before, values, today)
        if bars:
            raise InputRefused(f"{'；'.join(bars)}。没有保存。", hint="异议用“登记处理”办（命令行 notice settle）。")
    _refuse_posted(sql, table, before, changed)


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


def _refuse_asset(sql: Sql, before: Mapping[str, Any], values: Mapping[str, Any], changed: list[str]) -> None:
    """What the steps of a disposal and a certificate write."""
    states = (values.get("status"), before.get("status")) if "status" in changed else ()
    if "disposed" in states:
        raise InputRefused(
            "“已处置”由处置核销时写入，没有保存。", hint="请在“处置”里办理；早已处置的，按当时的日期补办。"
        )
    if "disposing" in states:
        running = sql.scalar(
            f"SELECT 1 FROM disposal c WHERE c.asset_id=? AND c.removed=0 AND c.canonical_id IS NULL AND {IN_HAND}",
            (before["id"],),
        )
        if values["status"] == "disposing" and not running:
            raise InputRefused("“处置中”由处置的步骤写入，没有保存。", hint="请在“处置”里办理。")
        if before.get("status") == "disposing" and running:
            raise InputRefused("这项资产正在处置，状态不能再改；没有保存。", hint="不再处置的，先在“处置”里终止。")
    shut = [c for c in changed if c in CERTIFIED_COLUMNS]
    if shut and certified(sql, str(before["id"])):
        names = "、".join(label("asset", c) for c in shut)
        raise InputRefused(f"这项资产已经发证，{names}不能再改；没有保存。", hint="发错证的，撤回“发证”那一步再重办。")


def _refuse_right(sql: Sql, row_id: str, changed: list[str]) -> None:
    """A right that stands in a certificate is changed, ended or put right with a paper (`ownership`)."""
    shut = [c for c in changed if c in (*INTERVAL, "shares")]
    asset = sql.scalar('SELECT asset_id FROM "right" WHERE id=? AND COALESCE(withdrawn,0)=0', (row_id,))
    if shut and asset and certified(sql, str(asset)):
        names = "、".join(label("right", c) for c in shut)
        raise InputRefused(
            f"这项权利已经写进确权证书，{names}不能直接改；没有保存。",
            hint="真的变了用“变更”，写错的用“更正”，不再有的用“终止”（命令行 shares）。",
        )


def certified(sql: Sql, asset: str) -> bool:
    """Whether a certificate was given for an asset."""
    return bool(
        sql.scalar(
            "SELECT 1 FROM registration_asset x JOIN registration c ON c.id=x.registration_id WHERE x.asset_id=? "
            "AND c.removed=0 AND c.canonical_id IS NULL AND c.state='certified' LIMIT 1",
            (asset,),
        )
    )


def _refuse_inspection(before: Mapping[str, Any], values: Mapping[str, Any], changed: list[str]) -> None:
    """A check that was made stays one of its asset and plan."""
    if not before.get("on_date"):
        return
    moved = [c for c in changed if c in ("asset_id", "plan_id") and before.get(c)]
    if moved or ("on_date" in changed and not values["on_date"]):
        names = "、".join(label("inspection", c) for c in moved or ["on_date"])
        raise InputRefused(f"这次检查已经有结果，{names}不能再改；没有保存。", hint="登记错了的，撤回那一次操作。")


def _refuse_posted(sql: Sql, table: str, before: Mapping[str, Any], changed: list[str]) -> None:
    """What a posted voucher says is reversed, never edited; nor does a posted receipt wander to another contract."""
    row_id = str(before["id"])
    if not changed or table not in ("voucher", "receipt"):
        return
    moved = [c for c in changed if c in ("contract_id", "asset_id") and before.get(c)]
    if table == "receipt" and moved and posted_bars(sql, table, row_id, ["amount_fen"]):
        names = "、".join(label(table, c) for c in moved)
        raise InputRefused(f"这笔收款已经记账，{names}不能再改；没有保存。", hint="记错的，先冲销，再重新登记。")
    shut = posted_bars(sql, table, row_id, changed)
    if shut and table == "voucher":
        raise InputRefused("凭证记账后不能改，也不能移除；没有保存。", hint="记错的，用一张相反的凭证冲销。")
    if shut:
        names = "、".join(label(table, c) for c in shut)
        raise InputRefused(f"这笔收款已经记账，{names}不能再改；没有保存。", hint="记错的，先冲销，再重新登记。")
