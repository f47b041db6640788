"""Rights with history: shares of exactly 1 on every day, whatever is changed, corrected and ended; nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.app.assets.ownership import ShareOf, affected_distributions, change_shares, correct_shares, end_right
from desktop.app.records.details import RightLine, rights_of
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.registry.invariants import invariant_problems
from tests.app.cases.assets_for_cases import (
    COLLECTIVE,
    TOWN_COMPANY,
    VILLAGE,
    add_asset,
    add_party,
    add_right,
    register_place,
    town_register,
)
from tests.app.conftest import Said


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with town_register(tmp_path_factory.mktemp("册")) as made:
        yield made


def _lines(ws: Workspace, asset: str, **more: str) -> tuple[RightLine, ...]:
    with ws.register.reading() as sql:
        return rights_of(sql, asset, **more)


def _one(ws: Workspace, asset: str, kind: str = "ownership") -> RightLine:
    (line,) = (r for r in _lines(ws, asset) if r.kind == kind and not r.withdrawn and not r.valid_to)
    return line


def test_a_change_ends_the_old_interval_the_day_before(ws: Workspace) -> None:
    collective, company = add_party(ws, COLLECTIVE), add_party(ws, TOWN_COMPANY, "enterprise", "state_town")
    asset = add_asset(ws, "保鲜冷库")
    add_right(ws, asset, "ownership", [(collective, 493, 643), (company, 150, 643)])
    thirds = [ShareOf(collective, "", Fraction(1, 3)), ShareOf(company, "", Fraction(1, 3)),
              ShareOf("", "模山村经济联合社", Fraction(1, 3))]  # fmt: skip
    with pytest.raises(InputRefused, match="不能重叠"):
        change_shares(ws, asset, "ownership", thirds, start="2024-12-01", source_doc="协议")
    with pytest.raises(InputRefused, match="没有依据文件"):
        change_shares(ws, asset, "ownership", thirds, start="2024-12-01", source_doc=" ", old=_one(ws, asset))
    with pytest.raises(InputRefused, match="还差 1/3"):
        change_shares(ws, asset, "ownership", thirds[:2], start="2024-12-01", source_doc="协议", old=_one(ws, asset))
    change_shares(ws, asset, "ownership", thirds, start="2024-12-01", source_doc="协议 3 号", old=_one(ws, asset))
    (before,), (after,) = _lines(ws, asset, as_of="2024-11-30"), _lines(ws, asset, as_of="2024-12-01")
    assert [h.fraction for h in before.holders] == ["493/643", "150/643"] and len(after.holders) == 3
    with pytest.raises(InputRefused, match="不能空着"):
        end_right(ws, _one(ws, asset), on="2025-01-01", source_doc="协议")
    # a change within an interval that has ended keeps its end
    change_shares(ws, asset, "ownership", thirds[:1] + [ShareOf(company, "", Fraction(2, 3))], start="2023-01-01",
                  source_doc="补记", old=before)  # fmt: skip
    assert [(r.valid_from, r.valid_to) for r in _lines(ws, asset)] == [
        ("2021-12-20", "2023-01-01"), ("2023-01-01", "2024-12-01"), ("2024-12-01", ""),
    ]  # fmt: skip


def test_a_correction_keeps_the_wrong_entry_and_names_what_was_distributed(ws: Workspace) -> None:
    collective, company = add_party(ws, COLLECTIVE), add_party(ws, TOWN_COMPANY, "enterprise", "state_town")
    asset = add_asset(ws, "光伏电站")
    add_right(ws, asset, "income", [(company, 1, 1)], "2022-01-01")
    receipt = new_record(ws, "receipt", {"asset_id": asset, "on_date": "2023-06-30", "amount_fen": 100, "kind": "rent",
                                         "division_code": VILLAGE})  # fmt: skip
    new_record(ws, "distribution", {"title": "2023 年分配", "year": 2023, "division_code": VILLAGE,
                                    "receipts": [[receipt, 100]]})  # fmt: skip
    wrong = _one(ws, asset, "income")
    assert [a.title for a in affected_distributions(ws, asset, wrong)] == ["2023 年分配"]
    correct_shares(ws, asset, wrong, [ShareOf(collective, "", Fraction(1))], source_doc="原始协议", start="2022-02-01")
    lines = _lines(ws, asset)
    assert [(r.withdrawn, r.valid_from, r.holders[0].name) for r in lines] == [
        (True, "2022-01-01", TOWN_COMPANY), (False, "2022-02-01", COLLECTIVE),
    ]  # fmt: skip
    assert _lines(ws, asset, as_of="2022-01-15") == () and len(_lines(ws, asset, as_of="2022-02-01")) == 1
    with pytest.raises(InputRefused, match="已更正过"):
        correct_shares(ws, asset, lines[0], [ShareOf(collective, "", Fraction(1))], source_doc="又来")


def test_other_rights_end_with_a_paper(ws: Workspace) -> None:
    collective = add_party(ws, COLLECTIVE)
    asset = add_asset(ws, "加工车间")
    add_right(ws, asset, "operation", [(collective, 1, 1)], "2022-01-01")
    line = _one(ws, asset, "operation")
    with pytest.raises(InputRefused, match="要在 2022-01-01 之后"):
        end_right(ws, line, on="2022-01-01", source_doc="解除合同")
    end_right(ws, line, on="2024-01-01", source_doc="解除合同")
    assert _lines(ws, asset, as_of="2023-12-31") and not _lines(ws, asset, as_of="2024-01-01")


_DAY_ZERO = date(2020, 1, 1)
_days = st.integers(0, 2000).map(lambda n: (_DAY_ZERO + timedelta(days=n)).isoformat())
_weights = st.lists(st.integers(1, 9), min_size=1, max_size=4)
_moves = st.lists(st.tuples(st.sampled_from(("change", "correct", "end", "first")), st.integers(0, 9), _days, _weights),
                  min_size=1, max_size=9)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(("ownership", "income")), first=_days, moves=_moves)
def test_shares_add_to_one_on_every_day(ws: Workspace, kind: str, first: str, moves: list[Any]) -> None:
    """After any changes and corrections, refused or not: one interval a day, from the first one on, summing to 1."""
    parties = [add_party(ws, name) for name in ("甲社", "乙社", "丙社", "丁社")]
    asset = add_asset(ws, "冷库")

    def shares(weights: list[int]) -> list[ShareOf]:
        return [ShareOf(p, "", Fraction(w, sum(weights))) for p, w in zip(parties, weights, strict=False)]

    change_shares(ws, asset, kind, shares([1, 2]), start=first, source_doc="协议")
    withdrawn = 0
    for what, which, day, weights in moves:
        lines = [r for r in _lines(ws, asset) if not r.withdrawn]
        line = lines[which % len(lines)]
        try:
            if what == "change":
                change_shares(ws, asset, kind, shares(weights), start=day, source_doc="协议", old=line)
            elif what == "first":
                change_shares(ws, asset, kind, shares(weights), start=day, source_doc="协议")
            elif what == "end":
                end_right(ws, line, on=day, source_doc="协议")
            else:
                moved = day if which % 2 else None
                correct_shares(ws, asset, line, shares(weights), source_doc="更正", start=moved)
                withdrawn += 1
        except InputRefused:
            continue
    lines = list(_lines(ws, asset))
    live = [r for r in lines if not r.withdrawn]
    start = min(r.valid_from for r in live)
    edges = {start} | {d for r in lines for d in (r.valid_from, r.valid_to) if d}
    probes = {(date.fromisoformat(d) + timedelta(days=n)).isoformat() for d in edges for n in (-1, 0, 1)}
    for probe in sorted(p for p in probes if p >= start):
        held = _lines(ws, asset, as_of=probe)
        assert len(held) == 1, (probe, [(r.valid_from, r.valid_to) for r in live])
        assert sum(Fraction(h.numerator, h.denominator) for h in held[0].holders) == 1
    assert sum(r.withdrawn for r in lines) == withdrawn
    with ws.register.reading() as sql:
        assert [p for p in invariant_problems(sql) if p.rule in ("shares_sum", "rights_overlap")] == []


def test_the_command_tells_who_held_what(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = register_place(tmp_path)
    asset = xiangce("add", place, "asset", "name=冷库", "asset_no=FX-1", f"division_code={VILLAGE}").out.strip()
    party = xiangce("add", place, "party", "kind=village_committee", "name=样例村民委员会").out.strip()
    xiangce("add", place, "right", f"asset_id={asset}", "kind=ownership", "valid_from=2022-01-01",
            f'shares=[["{party}",1,1]]', "source_doc=移交表")  # fmt: skip
    said = xiangce("rights", place, "FX-1").out
    assert "所有权\t样例村民委员会\t2022-01-01 起，长期\t移交表" in said and "请确认：样例村民委员会是村委会" in said
    assert "没有登记在册的权利" in xiangce("rights", place, asset, "--as-of", "2021-12-31").out
    (line,) = xiangce("rights", place, "FX-1", "--as-of", "2022-01-01", "--json").json
    assert line["shares"] == [{"party": party, "name": "样例村民委员会", "share": "1"}]
    assert xiangce("rights", place, "FX-9", code=2).err


def test_a_second_owner_of_the_same_days_is_refused(
    xiangce: Callable[..., Said], tmp_path: Path
) -> None:
    place = register_place(tmp_path)
    asset = xiangce("add", place, "asset", "name=样例泵站", f"division_code={VILLAGE}", "asset_no=SX-9").out.strip()
    unknown = xiangce("add", place, "party", "name=样例村委会", "type=committee", code=2).err
    assert "没有字段 type" in unknown and "uscc（" in unknown and "name（" in unknown, "the fields there are, are named"
    assert "不在可选的之中" in xiangce("add", place, "party", "name=样例村委会", "kind=committee", code=3).err
    committee = xiangce("add", place, "party", "name=样例村委会", "kind=村民委员会").out.strip()
    xiangce("shares", "change", place, "SX-9", f"{committee}=1", "--from", "2022-01-01", "--doc", "仿确1号")
    assert "请确认" in xiangce("rights", place, "SX-9").out, "村委会 or 集体经济组织 is asked"
    whole = ("right", f"asset_id={asset}", "kind=ownership", f'shares=[["{committee}",1,1]]')
    assert "两段不能重叠" in xiangce("add", place, *whole, "valid_from=2024-01-01", code=3).err
    before = xiangce("add", place, *whole, "valid_from=2020-01-01", "valid_to=2022-01-01").out.strip()
    assert "两段不能重叠" in xiangce("set", place, "right", before, "valid_to=2023-01-01", code=3).err
    xiangce("remove", place, "right", before, "--reason", "记错")
    xiangce("add", place, *whole, "valid_from=2021-01-01", "valid_to=2022-01-01")
    assert "两段不能重叠" in xiangce("restore-row", place, "right", before, code=3).err, "nor put back over another"

    assert not [w for w in xiangce("check", place, code=None).out.splitlines() if "重叠" in w or "份额" in w]
