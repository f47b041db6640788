"""Properties of cases: whatever steps are tried in whatever order, no sum, share, state or deadline is left broken."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.app.cases.disposals import begin_disposal, propose_destinations, save_destinations
from desktop.app.cases.notices import make_notice
from desktop.app.cases.procedures import take_step
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.workspace import Workspace
from desktop.common.errors import XiangceError
from desktop.registry.decision import PUBLICATIONS, STEPS
from desktop.registry.disposal_procedure import owner_parts
from desktop.registry.invariants import invariant_problems
from desktop.registry.procedures import PROCEDURES
from tests.app.cases.assets_for_cases import (
    VILLAGE,
    add_asset,
    add_party,
    add_photo,
    add_right,
    mark_checked,
    town_register,
)

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DAYS = ("2024-01-10", "2024-02-01", "2024-03-15", "2024-06-30")


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with town_register(tmp_path_factory.mktemp("册")) as made:
        with made.write("县里不要这些附件", right="admin") as scope:
            for key in ("disposal.report_needed", "disposal.signed_list_needed", "finding.proof_needed",
                        "finding.recheck_photo_needed", "notice.photo_needed"):  # fmt: skip
                scope.insert("setting", {"key": key, "value": "false"})
            scope.insert("setting", {"key": "disposal.without_notice", "value": '["transfer","scrap","convert"]'})
        yield made


@pytest.fixture(scope="module")
def parties(ws: Workspace) -> list[str]:
    return [add_party(ws, name) for name in ("甲社", "乙社", "丙社")]


@FEW
@given(weights=st.lists(st.integers(1, 643), min_size=1, max_size=3), net=st.integers(0, 10**11))
def test_proceeds_are_split_to_the_fen(ws: Workspace, parties: list[str], weights: list[int], net: int) -> None:
    asset = add_asset(ws, "设备")
    held = [(p, w, sum(weights)) for p, w in zip(parties, weights, strict=False)]
    add_right(ws, asset, "ownership", held)
    with ws.register.reading() as sql:
        parts = owner_parts(sql, asset, net, "2024-01-01")
    assert sum(parts.values()) == net
    assert all(abs(parts[p] - Fraction(net * w, whole)) < 1 for p, w, whole in held)


def _values(table: str, decision: str, draw: Any) -> dict[str, Any]:
    """Values that a person might type with a step, some of them wrong."""
    day = draw(st.sampled_from(DAYS))
    name = draw(st.sampled_from(("李拟", "王仿", "")))
    return {
        "finding": {"responsible": name, "due_date": day, "done_date": day, "done_text": "修好", "rechecked_by": name,
                    "rechecked_date": day, "recheck_result": "好"},
        "disposal": {"appraiser": "评估所", "appraised_fen": draw(st.integers(0, 10**8)), "appraised_date": day,
                     "decision_id": decision, "approval_level": draw(st.sampled_from(("village", "town", "county"))),
                     "approval_doc_no": "1 号", "buyer": name, "proceeds_fen": draw(st.integers(-1, 10**8)),
                     "proceeds_date": day, "write_off_date": day, "voucher_no": "记 1"},
        "notice": {"places": [["村口"]], "start_date": day, "end_date": draw(st.sampled_from(DAYS)), "result": "无",
                   "contact_address": "镇政府"},
    }[table]  # fmt: skip


@FEW
@given(data=st.data(), table=st.sampled_from(("finding", "disposal", "notice")))
def test_no_order_of_steps_leaves_anything_broken(
    ws: Workspace, parties: list[str], data: st.DataObject, table: str
) -> None:
    """Steps, edits and destinations at random: what is refused changes nothing, what is taken keeps every rule."""
    asset = add_asset(ws, "设备")
    add_right(ws, asset, "ownership", [(parties[0], 2, 3), (parties[1], 1, 3)])
    add_right(ws, asset, "income", [(parties[2], 1, 1)])
    days = dict.fromkeys((*STEPS, PUBLICATIONS[0]), "2024-01-05")
    decision = new_record(ws, "decision", {"title": "会", "kind": "disposal", "division_code": VILLAGE, **days,
                                           "should_attend": 30, "attended": 27, "agreed": 25})  # fmt: skip
    if table == "finding":
        case = new_record(ws, "finding", {"asset_id": asset, "what": "坏", "found_date": "2024-01-08"})
    elif table == "disposal":
        kind = data.draw(st.sampled_from(("transfer", "scrap", "convert")))
        case = begin_disposal(ws, asset, {"kind": kind, "reason": "market", "applied_date": "2024-01-06"})
    else:
        subject = new_record(ws, "registration", {"title": "确权", "division_code": VILLAGE, "assets": [[asset]]})
        case = make_notice(ws, "registration", subject, start="2024-01-10")
    procedure = PROCEDURES[table]
    for _ in range(data.draw(st.integers(1, 10))):
        row = ws.register.row(table, case)
        assert row is not None
        here = procedure.from_state(row.get("state"))
        step = data.draw(st.sampled_from([s.name for s in here or procedure.steps]))
        known = procedure.step(step)
        assert known is not None
        typed = {k: v for k, v in _values(table, decision, data.draw).items() if k in (*known.needs, *known.offers)}
        try:
            if table == "disposal" and row.get("state") == "traded":
                fee = [["费用", data.draw(st.integers(1, 100)), None]]
                save_destinations(ws, case, fee, propose_destinations(ws, case, deductions=fee))
            take_step(ws, table, case, step, typed, on=data.draw(st.sampled_from(DAYS)), note="因为")
            edited = data.draw(st.sampled_from(sorted(procedure.frozen_after)))
            save_record(ws, open_record(ws, table, case), {edited: None})
        except XiangceError:
            continue
    after = ws.register.row(table, case)
    assert after is not None and (after.get("state") or procedure.initial) in procedure.states
    with ws.register.reading() as sql:
        problems = [p for p in invariant_problems(sql) if p.row_id == case or p.table in ("right", "asset")]
    assert problems == []


def test_a_photo_of_the_board_is_asked_for_by_default(tmp_path: Path) -> None:
    with town_register(tmp_path) as own:
        case = mark_checked(own, new_record(own, "registration", {"title": "确权", "division_code": VILLAGE}))
        notice = make_notice(own, "registration", case, start="2024-01-10",
                             values={"places": [["村口"]], "contact_address": "镇政府"})  # fmt: skip
        take_step(own, "notice", notice, "post", on="2024-01-10")
        with pytest.raises(XiangceError, match="缺张贴照"):
            take_step(own, "notice", notice, "end", {"result": "无"}, on="2024-02-01")
        add_photo(own, tmp_path, "notice", notice, "photo_expired")
        take_step(own, "notice", notice, "end", {"result": "无"}, on="2024-02-01")
