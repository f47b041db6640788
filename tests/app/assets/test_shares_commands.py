"""Who holds a right, changed and put right from the command line as in the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.conftest import Said
from tests.app.money.books import asset, party, register_at


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A register with a shop owned by a village committee."""
    with register_at(tmp_path) as ws:
        committee = party(ws, "样例村民委员会", "village_committee", division_code="440705104201")
        asset(ws, "样例铺面", asset_no="YL-1", owner=committee)
        party(ws, "双水镇人民政府", "government", ownership_level="state_town")
    return tmp_path / "册.xcr"


def test_a_change_and_a_correction(xiangce: Callable[..., Said], place: Path) -> None:
    doc = ("--doc", "转让协议 1 号")
    half = ("样例村民委员会=2/3", "双水镇人民政府=1/3")
    assert "批次" in xiangce("shares", "change", place, "YL-1", *half, "--from", "2024-07-01", *doc).out
    shown = {r["valid_from"]: r for r in xiangce("rights", place, "YL-1", "--all", "--json").json}
    assert shown["2020-01-01"]["valid_to"] == "2024-07-01"
    assert [s["share"] for s in shown["2024-07-01"]["shares"]] == ["2/3", "1/3"]
    said = xiangce("shares", "change", place, "YL-1", *half, "--from", "2020-01-01", *doc, code=3).err
    assert "之后的一天起" in said
    assert "1/3" in xiangce("shares", "correct", place, "YL-1", "双水镇人民政府=1/3", *doc, code=3).err
    assert "没有依据文件" in xiangce("shares", "correct", place, "YL-1", *half, "--doc", " ", code=3).err
    xiangce("shares", "correct", place, "YL-1", "双水镇人民政府=1", "--doc", "更正说明")
    assert "双水镇人民政府\t2024-07-01 起" in xiangce("rights", place, "YL-1").out
    for wrong, words in (("双水镇人民政府", "权利人=份额"), ("双水镇人民政府=三", "不是份额")):
        assert words in xiangce("shares", "correct", place, "YL-1", wrong, *doc, code=2).err


def test_a_right_of_use_is_registered_and_ended(xiangce: Callable[..., Said], place: Path) -> None:
    doc = ("--doc", "租赁合同 1 号")
    xiangce("shares", "change", place, "YL-1", "仿例公司=1", "--from", "2024-01-01", "--kind", "operation", *doc)
    assert "仿例公司" in xiangce("rights", place, "YL-1").out
    end = ("shares", "end", place, "YL-1", *doc, "--on", "2025-01-01", "--kind")
    assert "不能空着" in xiangce(*end, "所有权", code=3).err
    xiangce(*end, "operation")
    assert "仿例公司" not in xiangce("rights", place, "YL-1").out
    assert "没有登记" in xiangce(*end, "operation", code=2).err
    assert "没有权利" in xiangce(*end, "颜色", code=2).err


def test_the_committee_is_asked_and_answered(xiangce: Callable[..., Said], place: Path) -> None:
    listed = xiangce("shares", "committees", place, code=1).out
    committee = listed.split("\t")[0]
    assert "样例村民委员会" in listed and "1 项资产" in listed
    move = ("shares", "to-collective", place, committee, "--from", "2024-07-01", "--doc", "登记证 1 号")
    assert "--collective" in xiangce(*move, code=2).err
    xiangce(*move, "--name", "样例村经济联合社")
    assert "样例村经济联合社\t2024-07-01 起" in xiangce("rights", place, "YL-1").out
    assert "共 0 个" in xiangce("shares", "committees", place).out
    assert "没有现行的权利" in xiangce(*move, "--name", "样例村经济联合社", code=3).err
    xiangce("shares", "confirm", place, committee, "--doc", "会议记录")
    town = xiangce("show", place, "party", "--where", "kind=government", "--json").json[0]["id"]
    assert "不是册中的村委会" in xiangce("shares", "confirm", place, town, "--doc", "x", code=2).err
