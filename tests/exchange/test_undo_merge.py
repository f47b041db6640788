"""A whole merge is taken back: what it brought stops counting, what rests on it is named first, and it comes again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.app.exchange import exchanging
from desktop.app.records import undoing
from desktop.app.records.records import list_records
from desktop.common.errors import NotAllowed, UsageError
from tests.app.conftest import Said
from tests.app.conftest import xiangce as xiangce
from tests.exchange.laptops import TOWN, Make, change, enrol, household, send


def test_a_merge_is_taken_back_and_comes_again(make: Make, tmp_path: Path) -> None:
    county, a = make("county", level="county", division="440705"), make("a")
    enrol(county, a, tmp_path, TOWN)
    kept = household(a, f"{TOWN}201", "王样")
    send(a, county, tmp_path / "1.xcp")
    before = county.register.digest()
    change(a, "household", kept, phone="10000000001")
    brought = household(a, f"{TOWN}202", "李例")
    send(a, county, tmp_path / "2.xcp")
    after = county.register.digest()

    latest, first = undoing.merges(county)
    assert (latest.device, latest.file_name, latest.operations, latest.standing) == ("a", "2.xcp", 2, 2)
    assert first.operations > 30 and first.units == 2
    units = undoing.units_of_merge(county, latest.arrival)
    assert {(u.who, u.device, u.kinds) for u in units} == {("a样", "a", ("住户",))}
    assert undoing.resting_on_merge(county, latest.arrival) == []
    assert {r.title for r in undoing.resting_on_merge(county, first.arrival)} == {"王样"}

    change(county, "household", brought, phone="10000000002")
    (resting,) = undoing.resting_on_merge(county, latest.arrival)
    assert (resting.row_id, resting.title, resting.what, resting.who) == (brought, "李例", "联系电话", "county样")
    edit = county.register.units(1)[0].unit_id.hex()
    undoing.take_back_unit(county, edit)
    done = undoing.take_back_merge(county, latest.arrival)
    assert county.register.digest() == before
    assert undoing.merge_of(county, latest.arrival).taken_back
    with pytest.raises(UsageError, match="已经撤回过"):
        undoing.take_back_merge(county, latest.arrival)
    assert exchanging.merge(county, tmp_path / "2.xcp").already
    assert county.register.digest() == before

    # the laptop hears of it, and what it said is not lost: taking back the taking back brings it again
    send(county, a, tmp_path / "down.xcp")
    assert [h["id"] for h in list_records(a, "household")] == [kept]
    undoing.take_back_unit(county, done.unit_id)
    assert county.register.digest() == after
    send(county, a, tmp_path / "down2.xcp")
    assert {h["id"] for h in list_records(a, "household")} == {kept, brought}


def test_who_may_not_take_a_merge_back(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    county, a = make("county", level="county", division="440705"), make("a")
    enrol(county, a, tmp_path, TOWN)
    row = household(county, f"{TOWN}201", "王样")
    send(county, a, tmp_path / "1.xcp")
    (down,) = undoing.merges(a)
    digest = a.register.digest()
    with pytest.raises(NotAllowed, match="县级"):
        undoing.take_back_merge(a, down.arrival)
    monkeypatch.setattr(a.register, "role", "surveyor")
    with pytest.raises(NotAllowed, match="处理冲突"):
        undoing.take_back_merge(a, down.arrival)
    with pytest.raises(UsageError, match="没有编号"):
        undoing.merge_of(a, down.arrival + 1)
    assert a.register.digest() == digest
    assert [h["id"] for h in list_records(a, "household")] == [row]


def test_a_merge_is_taken_back_from_the_command_line(
    xiangce: Callable[..., Said], make: Make, tmp_path: Path
) -> None:
    county, a = make("county", level="county", division="440705"), make("a")
    enrol(county, a, tmp_path, TOWN)
    brought = household(a, f"{TOWN}202", "李例")
    send(a, county, tmp_path / "1.xcp")
    change(county, "household", brought, phone="10000000002")
    place = county.place
    county.close()
    number = xiangce("merges", place, "--json").json[0]["arrival"]
    assert "1.xcp" in xiangce("merges", place).out
    assert "a样" in xiangce("merges", place, number).out
    said = xiangce("undo", place, "--merge", number, code=1).out
    assert "1 处后来的修改" in said and "李例\t联系电话\tcounty样" in said
    assert "住户" in xiangce("undo", place, "--merge", number, "--yes").out
    assert xiangce("show", place, "household", "--json").json == []
    assert "已经撤回过" in xiangce("undo", place, "--merge", number, "--yes", code=2).err
    assert "没有编号" in xiangce("undo", place, "--merge", "9", code=2).err
    assert "--merge" in xiangce("undo", place, code=2).err
