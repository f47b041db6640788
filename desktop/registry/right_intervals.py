"""Intervals of one right on an asset: those somebody holds whole on every day never cover a day twice."""

from __future__ import annotations

from desktop.common.errors import InputRefused
from desktop.registry.codelists import word
from desktop.store.database import Sql

WHOLE = ("ownership", "income")
"""Rights that somebody holds on every day, whole."""
IN_FORCE = "removed=0 AND canonical_id IS NULL AND COALESCE(withdrawn,0)=0"


def refuse_overlap(sql: Sql, asset: str, kind: str, start: str, end: str | None, *, besides: str = "") -> None:
    """InputRefused when another interval of a whole right covers a day from `start` until before `end` (None: open)."""
    if kind not in WHOLE:
        return
    for row, begins, ends in sql.rows(
        f'SELECT id,COALESCE(valid_from,\'\'),valid_to FROM "right" WHERE asset_id=? AND kind=? AND {IN_FORCE}',
        (asset, kind),
    ):
        if row != besides and (end is None or begins < end) and (ends is None or start < ends):
            since = begins or "开始"
            raise InputRefused(
                f"{since}起已登记{word('rights', kind)}，两段不能重叠；没有保存。",
                hint="真的变了用变更，记错了用更正。",
            )
