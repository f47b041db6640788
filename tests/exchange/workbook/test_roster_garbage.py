"""Whatever stands in the cells: the plan comes, its findings are JSON, and what is ready has no open error."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from desktop.common.errors import InputRefused
from desktop.exchange.workbook.findings import as_json, decisions_from
from tests.exchange.workbook.roster_grids import HEADINGS, grid, plan_of, rows

ODD: list[Any] = [
    *("", " ", "无", "/", "?", "—", "’", "\n", "\u200b", "\ue863", "\ue001", "😀", "²", "٣", "x" * 300, "(", "nan"),
    *(
        0.0,
        -1.0,
        1e15,
        3.6e17,
        1e308,
        1e-9,
        12.5,
        True,
        "1E+17",
        "1e5",
        "１２３",
        "1,2",
        "万",
        "约万",
        "五",
        "十一",
        "〇",
    ),
    *(dt.datetime(2020, 1, 1), dt.date(1970, 1, 1), dt.time(1, 2), dt.timedelta(days=3), "9999-12-31", "2024-02-29"),
    *("1990-02-30", "19900230", "农历", "3个月", "二〇二〇年", "户主", "配偶", "之子", "男", "女", "残疾", "健康,残疾"),
    *("99999999999999999X", "360299199001010028", "36029919900101002x", "10000000001/10000000002"),
    *("江联村", "丽阳镇", "小计：3户5人", "合计", "姓名"),
]

spoiled = st.lists(
    st.tuples(st.integers(0, 10), st.sampled_from(HEADINGS), st.one_of(st.sampled_from(ODD), st.text(max_size=12))),
    max_size=25,
)
takes = st.lists(st.sampled_from(["proposed", "skip", "value", None]), min_size=1, max_size=7)
values = st.sampled_from(["keep", "之子", None, "360299199001010028", "1", 3.0])


@given(spoiled, st.booleans(), st.booleans(), takes, values, st.sets(st.sampled_from(HEADINGS[9:]), max_size=8))
def test_any_cells_and_any_decisions_give_a_plan(
    cells: list[tuple[int, str, Any]],
    repeated: bool,
    merged: bool,
    decided: list[str | None],
    value: Any,
    without: set[str],
) -> None:
    table = [dict(r) for r in rows(repeated)]
    for at, heading, new in cells:
        table[at][heading] = new
    ranges = [(3, c, 7, c) for c in range(1, 9)] if merged else []
    sheet = grid(table, headings=[h for h in HEADINGS if h not in without], merged=ranges)
    try:
        plan = plan_of(sheet)
    except InputRefused:
        return
    entries = json.loads(json.dumps([as_json(f) for f in plan.findings], ensure_ascii=False))
    for at, entry in enumerate(entries):
        entry["take"], entry["value"] = decided[at % len(decided)], value
    again = plan_of(sheet, decisions=decisions_from(entries))
    for one in (plan, again):
        assert all(not r.open_errors and r.values["members"] for r in one.ready())
        assert sum(len(r.values["members"]) for r in one.records) <= len(table)
        assert one.totals["persons"] == sum(len(r.values["members"]) for r in one.ready())
