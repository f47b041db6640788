"""What an objection 异议 must say: raised against what hung, settled with words, fixed once the result is written.

Its handling is the step that opens the way for the notice and for its case, so that a date alone settles nothing. Asked
wherever an objection is written; what two laptops make of one another's is named by `check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from desktop.registry.labels import label
from desktop.store.database import Sql

LIVE = "removed=0 AND canonical_id IS NULL"
HANDLING = ("handled_date", "handling", "upheld")
"""What settling it writes, all together."""
FIXED_BY_RESULT = ("received_date", "what", *HANDLING)
"""What the result of its notice speaks of."""


def new_objection_bars(sql: Sql, row: Mapping[str, Any], today: str) -> list[str]:
    """Why this is no objection that can be written down, in short clauses; [] when it is."""
    if not str(row.get("what") or "").strip():
        return ["没有写异议内容"]
    notice = sql.one(f"SELECT COALESCE(state,'draft'),start_date FROM notice WHERE id=? AND {LIVE}",
                     (row.get("notice_id") or "",))  # fmt: skip
    if notice is None:
        return ["没有写是对哪份公示的异议"]
    state, start = notice
    if state in ("draft", "cancelled"):
        return ["公示还没有张贴，没有可以异议的内容"]
    received = str(row.get("received_date") or "")
    if not received:
        return ["没有写收到日期"]
    if start and received < str(start):
        return [f"收到日期早于公示开始日期 {start}"]
    if received > today and not (start and str(start) > today):  # a notice may be posted before its first day
        return ["收到日期在今天之后"]
    return handling_bars(row, today)


def edited_objection_bars(
    sql: Sql, before: Mapping[str, Any], values: Mapping[str, Any], today: str
) -> list[str]:
    """Why an objection cannot be changed so; `values` are the columns that are typed."""
    changed = [c for c in values if values[c] != before.get(c)]
    if "notice_id" in changed and before.get("notice_id"):
        return [f"{label('objection', 'notice_id')}不能再改"]
    state = sql.scalar("SELECT COALESCE(state,'draft') FROM notice WHERE id=?", (before.get("notice_id") or "",))
    shut = [c for c in changed if c in FIXED_BY_RESULT]
    if state == "ended" and shut and before.get("handled_date"):
        names = "、".join(label("objection", c) for c in shut)
        return [f"公示结果已经登记，{names}不能再改；先撤回“登记结果”"]
    return handling_bars({**before, **values}, today) if shut else []


def handling_bars(row: Mapping[str, Any], today: str) -> list[str]:
    """What a handled objection lacks; [] for one that is open or handled with everything."""
    handled, received = str(row.get("handled_date") or ""), str(row.get("received_date") or "")
    if not handled:
        return []
    missing = [label("objection", c) for c in HANDLING if row.get(c) is None or not str(row.get(c)).strip()]
    if missing:
        return [f"没有写{'、'.join(missing)}"]
    if received and handled < received:
        return [f"处理日期早于收到日期 {received}"]
    return ["处理日期在今天之后"] if handled > today else []


def objection_problems(sql: Sql) -> Iterator[tuple[str, str, str, str]]:
    """Objections that were settled by less than words: (rule, table, record, words)."""
    columns = ("received_date", *HANDLING)
    for row, *values in sql.rows(
        f"SELECT id,{','.join(columns)} FROM objection WHERE {LIVE} AND handled_date IS NOT NULL ORDER BY id"
    ):
        said = handling_bars(dict(zip(columns, values, strict=True)), "9999-12-31")
        if said:
            yield "objection_handling", "objection", row, f"异议记为已处理，{'；'.join(said)}，请补填"
