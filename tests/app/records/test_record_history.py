"""What a record looked like on a day: by when things happened, and by what this register knew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from desktop.app.records.editing import new_record, open_record, remove_record, save_record
from desktop.app.records.record_history import Comparison, compare, record_history
from desktop.app.records.record_names import record_title
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace, create_workspace
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.conftest import Said

VILLAGE = "440705104201"


def at(ws: Workspace, day: str) -> None:
    """From now on it is nine o'clock on this day."""
    moment = int(datetime.fromisoformat(f"{day}T09:00").astimezone().timestamp() * 1000)
    ws.register.now = lambda: moment


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    """A register that began in 2024."""
    made, _code = create_workspace(
        tmp_path / "册", unit_name="样例镇", level="town", division_code="440705104", user="样管",
        passphrase="样例口令一二三四五", profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with made:
        yield made


def facts(found: Comparison) -> dict[str, tuple[str, str]]:
    """Name → (then, now) of what differs."""
    return {f"{f.about}{f.name}": (f.then, f.now) for f in found.facts if f.differs}


def test_a_household_with_its_members_on_any_day(ws: Workspace) -> None:
    at(ws, "2024-01-10")
    home = new_record(ws, "household", {"head_name": "陈样生", "division_code": VILLAGE, "phone": "10012345678"})
    head = new_record(ws, "person", {"household_id": home, "name": "陈样生", "relation": "head"})
    gone = new_record(ws, "person", {"household_id": home, "name": "陈拟福", "birth_date": "1940-05-01"})
    at(ws, "2024-06-01")
    save_record(ws, open_record(ws, "household", home), {"phone": "10087654321", "helper_name": "林例芳"})
    at(ws, "2024-09-01")  # written down in September, died in July
    save_record(ws, open_record(ws, "person", gone), {"change_kind": "死亡", "change_date": "2024-07-20"})
    save_record(ws, open_record(ws, "person", head), {"health": "健康"})
    history = record_history(ws, "household", home)
    assert history.days["happened"] == ("2024-01-10", "2024-06-01", "2024-07-20", "2024-09-01")
    assert history.days["recorded"] == ("2024-01-10", "2024-06-01", "2024-09-01")
    assert history.title == record_title(ws, "household", home)
    by = {(change.about, change.what) for change in history.changes}
    assert ("", "联系电话") in by and any("陈拟福" in about for about, _what in by)
    assert not any("10012345678" in change.old for change in history.changes)

    before = facts(compare(ws, "household", home, "2024-05-31", "happened"))
    assert "联系电话" in before and "10012345678" not in str(before)
    assert before["帮扶责任人"] == ("未填", "林例芳") and before["成员人口"] == ("2 人", "1 人")
    july = facts(compare(ws, "household", home, "2024-07-21", "happened"))
    assert "成员人口" not in july and "联系电话" not in july  # by then he had died
    known = facts(compare(ws, "household", home, "2024-07-21", "recorded"))
    assert known["成员人口"] == ("2 人", "1 人")  # but nobody here knew
    early = compare(ws, "household", home, "2023-12-31", "happened")
    assert not early.existed and early.differences > 3


def test_an_asset_with_its_rights_on_any_day(ws: Workspace) -> None:
    at(ws, "2024-03-01")
    asset = new_record(ws, "asset", {"name": "样例渠", "division_code": VILLAGE, "original_value_fen": 4_200_000_00})
    village = new_record(ws, "party", {"kind": "collective", "name": "样坪村经济联合社"})
    town = new_record(ws, "party", {"kind": "collective", "name": "仿溪镇农业公司"})
    first = new_record(ws, "right", {"asset_id": asset, "kind": "ownership", "valid_from": "2021-12-20",
                                     "shares": [[village, 1, 1]]})  # fmt: skip
    at(ws, "2024-08-01")  # written down in August, agreed in May
    save_record(ws, open_record(ws, "right", first), {"valid_to": "2024-05-01"})
    new_record(ws, "right", {"asset_id": asset, "kind": "ownership", "valid_from": "2024-05-01",
                             "shares": [[village, 1, 3], [town, 2, 3]]})  # fmt: skip
    assert "2021-12-20" in record_history(ws, "asset", asset).days["happened"]
    halves = "样坪村经济联合社 1/3、仿溪镇农业公司 2/3（2024-05-01 起）"
    may = compare(ws, "asset", asset, "2024-05-02", "happened")
    assert not any(f.differs for f in may.facts if f.about == "权属")
    assert [f.then for f in may.facts if f.about == "权属"] == [halves]
    april = facts(compare(ws, "asset", asset, "2024-04-30", "happened"))
    assert april["权属所有权"] == ("样坪村经济联合社（2021-12-20 起）", halves)
    known = facts(compare(ws, "asset", asset, "2024-05-02", "recorded"))
    assert known["权属所有权"][0] == "样坪村经济联合社（2021-12-20 起）"


def test_what_was_withdrawn_was_known_until_then(ws: Workspace) -> None:
    at(ws, "2024-01-10")
    asset = new_record(ws, "asset", {"name": "样例渠", "division_code": VILLAGE, "keeper": "样甲"})
    at(ws, "2024-02-01")
    done = save_record(ws, open_record(ws, "asset", asset), {"keeper": "样乙"})
    at(ws, "2024-03-01")
    take_back_unit(ws, done.unit_id, "记错了")
    at(ws, "2024-04-01")
    remove_record(ws, open_record(ws, "asset", asset))
    keeper = [c for c in record_history(ws, "asset", asset).changes if c.old == "样甲"]
    assert [c.void for c in keeper] == [True]

    def shown(day: str, mode: str) -> str:
        found = compare(ws, "asset", asset, day, mode)  # type: ignore[arg-type]
        return {f.name: f.then for f in found.facts}["管护责任人"]

    assert shown("2024-02-15", "recorded") == "样乙"
    assert shown("2024-02-15", "happened") == "样甲"  # with today's knowledge it never was so
    assert shown("2024-03-15", "recorded") == "样甲"
    after = compare(ws, "asset", asset, "2024-04-02", "recorded")
    assert not after.existed


def test_the_command_sets_a_day_beside_today(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    register = tmp_path / "册"
    xiangce("new", register, "--unit", "样例镇", "--division", "440705104")
    asset = xiangce("add", register, "asset", "name=样例渠", f"division_code={VILLAGE}", "keeper=样甲").out.strip()
    xiangce("set", register, "asset", asset, "keeper=样乙")
    said = xiangce("history", register, "asset", asset, "--day", "2020-01-01")
    assert "还没有这条记录" in said.err and "管护责任人\t未填\t样乙\t不同" in said.out
    today = xiangce("history", register, "asset", asset, "--day", date.today().isoformat(), "--recorded", "--json").json
    assert today["existed"] and today["differences"] == 0
    assert "不是日期" in xiangce("history", register, "asset", asset, "--day", "昨天", code=2).err
