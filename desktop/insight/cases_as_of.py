"""How cases stood on a past day: their state from the steps taken by then, blank what only a later step filled in.

A case without any step (taken over from a ledger) shows what it shows today. An asset has the status that its entries
give for the day, with the cause and plan of that time (`registry.asset_status`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from desktop.registry.asset_status import on_day as asset_on
from desktop.registry.asset_status import statuses_on
from desktop.registry.procedures import PROCEDURES
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
ACTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "disposal": {"appraise": (), "approve": (), "trade": (), "settle": (), "write_off": (), "hand_on": ()},
    "finding": {"report": (), "close": ("closed_date",), "send_back": ()},
    "registration": {"approve": (), "certify": ()},
    "handover": {"complete": ()},
    "contract": {"terminate": ()},
    "complaint": {"answer": ()},
    "notice": {"end": ()},
}
"""Steps whose fields tell of the act itself, with fields their effects fill besides. Fields of other steps (the term of
a contract) were settled before the step was taken, and stay."""


def on_day(sql: Sql, table: str, rows: Iterable[dict[str, Any]], day: str) -> list[dict[str, Any]]:
    """The rows as they stood on a day (ISO); tables without a procedure come back unchanged, as do rows that had it
    all behind them by then."""
    if table == "asset":
        assets = [dict(asset) for asset in rows]
        then = statuses_on(sql, day, [asset["id"] for asset in assets])
        return [asset_on(asset, then) for asset in assets]
    procedure = PROCEDURES.get(table)
    if procedure is None:
        return list(rows)
    acts = ACTS.get(table, {})
    filled = {s.name: (*s.needs, *s.offers, *acts[s.name]) for s in procedure.steps if s.name in acts}
    taken: dict[str, list[tuple[str, str, str, str]]] = {}
    for case, on, step, before, after in sql.rows(
        f"SELECT case_id,on_date,step,from_state,to_state FROM step_taken WHERE case_table=? AND {LIVE} "
        "AND on_date IS NOT NULL ORDER BY on_date,id",
        (table,),
    ):
        taken.setdefault(case, []).append((on, step or "", before or "", after or ""))
    out = []
    for found in rows:
        row = found
        steps = taken.get(row["id"], [])
        later = [s for s in steps if s[0] > day]
        if later:
            row = dict(found)
            earlier = [s for s in steps if s[0] <= day]
            row["state"] = earlier[-1][3] if earlier else later[0][2] or procedure.initial
            kept = {c for s in earlier for c in filled.get(s[1], ())}
            for column in {c for s in later for c in filled.get(s[1], ())} - kept:
                if column in row:
                    row[column] = [] if isinstance(row[column], list) else None
        out.append(row)
    return out
