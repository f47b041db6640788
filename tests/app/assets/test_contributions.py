"""Shares by contribution: exact fractions from the fund parts, owners asked where they are not plain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.app.assets.contributions import Contribution, Contributions, contributions, shares_of
from desktop.app.assets.ownership import change_shares
from desktop.app.records.details import asset_detail
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused, UsageError
from tests.app.conftest import Said
from tests.app.money.books import VILLAGE, asset, party, register_at


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        yield made


def test_two_owners_by_what_they_put_in(ws: Workspace) -> None:
    """The cold store of design 04: 98.6 : 30, reduced 493 : 150."""
    village = party(ws, "样坪村股份经济合作联合社", "collective", division_code=VILLAGE)
    firm = party(ws, "仿溪镇联合农业发展公司")
    committee = party(ws, "样坪村民委员会", "village_committee", division_code=VILLAGE)
    store = asset(ws, "样坪村保鲜冷库", original_value_fen=1_286_000_00, built_date="2021-11-01",
                  fund_parts=[["central", 600_000_00], ["county", 386_000_00], ["self", 300_000_00]])  # fmt: skip
    found = contributions(ws, store, "2021-12-20")
    assert [(c.source, c.party_name) for c in found.lines] == [
        ("central", "样坪村股份经济合作联合社"), ("county", "样坪村股份经济合作联合社"), ("self", ""),
    ]  # fmt: skip
    assert found.committees == (committee,) and not found.remark
    with pytest.raises(InputRefused, match="自筹.*还没有写归谁"):
        shares_of(found, {0: (village, ""), 1: (village, "")})
    shares = shares_of(found, {0: (village, ""), 1: (village, ""), 2: (firm, "")})
    assert [(s.party, s.share) for s in shares] == [(village, Fraction(493, 643)), (firm, Fraction(150, 643))]
    change_shares(ws, store, "ownership", shares, start="2021-12-20", source_doc="确权移交表")
    detail = asset_detail(ws, store)
    assert detail is not None
    assert [h.fraction for h in detail.rights[0].holders] == ["493/643", "150/643"]
    # an addition with its source counts from its day on
    new_record(ws, "value_change", {"asset_id": store, "on_date": "2023-05-01", "kind": "addition",
                                    "amount_fen": 100_00, "fund_parts": [["town", 100_00]]})  # fmt: skip
    assert [c.source for c in contributions(ws, store, "2022-12-31").lines] == ["central", "county", "self"]
    later = contributions(ws, store, "2023-05-01")
    assert later.total_fen == 1_286_100_00 and later.lines[-1].party == ""  # the town's own money is asked


def test_what_is_not_plain_is_asked(ws: Workspace) -> None:
    party(ws, "样坪村民委员会", "village_committee", division_code=VILLAGE)
    shop = asset(ws, "样例铺面", original_value_fen=500_00, fund_parts=[["central", 300_00]])
    (line,) = contributions(ws, shop, "2026-01-01").lines
    assert line.party == ""  # a committee is never proposed
    assert "比原值少 200.00 元" in contributions(ws, shop, "2026-01-01").remark
    for number in (1, 2):
        party(ws, f"样坪{number}经联社", "collective", division_code=VILLAGE)
    (line,) = contributions(ws, shop, "2026-01-01").lines
    assert line.party == ""  # nor one of two collectives
    with pytest.raises(InputRefused, match="没有填资金来源"):
        contributions(ws, asset(ws, "无来源", original_value_fen=1), "2026-01-01")
    with pytest.raises(UsageError, match="没有这项资产"):
        contributions(ws, "0" * 32, "2026-01-01")


@given(st.lists(st.integers(1, 10**14), min_size=1, max_size=8), st.integers(1, 4))
def test_the_sum_is_exactly_one_and_fits_its_columns(parts: list[int], owners: int) -> None:
    lines = tuple(Contribution(str(i), str(i), fen, "", "") for i, fen in enumerate(parts))
    shares = shares_of(
        Contributions(lines, sum(parts), "", ()), {i: (f"{i % owners:032x}", "") for i in range(len(parts))}
    )
    assert sum(s.share for s in shares) == 1
    assert all(0 < s.share.numerator <= s.share.denominator < 2**31 for s in shares)
    if sum(parts) < 2**31:
        wanted = {f"{o:032x}": Fraction(sum(parts[o::owners]), sum(parts)) for o in range(min(owners, len(parts)))}
        assert {s.party: s.share for s in shares} == wanted


def test_the_command(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    with register_at(tmp_path) as made:
        party(made, "样坪村经联社", "collective", division_code=VILLAGE)
        asset(made, "样例铺面", asset_no="YL-1", original_value_fen=300, fund_parts=[["central", 200], ["self", 100]])
    place = tmp_path / "册.xcr"
    said = xiangce("rights", place, "YL-1", "--contributions").out
    assert "中央财政\t2.00 元\t2/3\t样坪村经联社" in said and "1/3\t（要问归谁）" in said
    assert xiangce("rights", place, "YL-1", "--contributions", "--json").json[0]["share"] == "2/3"
