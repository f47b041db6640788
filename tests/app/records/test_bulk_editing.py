"""One value for many records: previewed, refused where it does not fit, written as one unit, taken back whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.app.demo.register import PASSPHRASE, make_demo
from desktop.app.records.bulk_editing import plan_bulk, write_bulk
from desktop.app.records.editing import open_record, remove_record, save_record
from desktop.app.workspace import Workspace, open_workspace
from desktop.common.errors import InputRefused, NotAllowed, UsageError
from desktop.insight.lists import ListQuery, asset_ids, household_ids
from desktop.registry.labels import label
from tests.app.conftest import Said


def ids_of(ws: Workspace, of: Callable[..., list[str]], **equal: str) -> list[str]:
    """Ids of a list."""
    with ws.register.reading() as sql:
        return of(sql, ListQuery(equal=equal))


def test_each_record_says_what_happens_to_it(demo: Workspace) -> None:
    assets = ids_of(demo, asset_ids)
    before = demo.register.digest()
    save_record(demo, open_record(demo, "asset", assets[0]), {"keeper": "样守"})
    with pytest.raises(InputRefused, match="由处置核销时写入"):
        save_record(demo, open_record(demo, "asset", assets[1]), {"status": "disposed"})
    with demo.write("已处置", table="asset") as scope:
        scope.change("asset", assets[1], {"status": "disposed"})
    remove_record(demo, open_record(demo, "asset", assets[2]))
    plan = plan_bulk(demo, "asset", assets[:5], {"keeper": "样守"})
    assert [line.why for line in plan.lines] == ["已经是这样", "", "这条记录已移除", "", ""]
    assert plan.changing == 3 and plan.field == label("asset", "keeper")
    assert {line.after for line in plan.lines} == {"样守"} and all(line.title for line in plan.lines if not line.why)
    plan = plan_bulk(demo, "asset", assets[:2], {"status": "闲置"})
    assert [(line.after, line.why) for line in plan.lines] == [("闲置", ""), ("闲置", "已处置，状态不再改")]
    unit, count = write_bulk(demo, plan, "清查")
    assert count == 1 and (demo.register.row("asset", assets[0]) or {})["status"] == "idle"
    assert before != demo.register.digest()
    with demo.register.reading() as sql:
        assert sql.scalar("SELECT reason FROM unit WHERE unit_id=?", (bytes.fromhex(unit),)) == "清查"


def test_it_is_one_unit_and_undo_takes_all_back(demo: Workspace) -> None:
    households = ids_of(demo, household_ids)
    before = demo.register.digest()
    unit, count = write_bulk(demo, plan_bulk(demo, "household", households, {"helper_name": "样帮"}))
    assert count == len(households)
    assert {(demo.register.row("household", i) or {})["helper_name"] for i in households} == {"样帮"}
    demo.register.undo(unit)
    assert demo.register.digest() == before


def test_a_change_in_between_is_a_conflict_not_a_loss(demo: Workspace) -> None:
    households = ids_of(demo, household_ids)[:3]
    plan = plan_bulk(demo, "household", households, {"helper_name": "样帮"})
    save_record(demo, open_record(demo, "household", households[1]), {"helper_name": "别人写的样"})
    write_bulk(demo, plan)
    assert [c.row_id for c in demo.register.conflicts() if c.cell == "helper_name"] == [households[1]]
    again = plan_bulk(demo, "household", households, {"helper_name": "样三"})
    assert [line.why for line in again.lines] == ["", "这一项有冲突，先处理冲突", ""]


def test_a_village_is_shown_by_its_name_and_stored_whole(demo: Workspace) -> None:
    households = ids_of(demo, household_ids)[:2]
    with demo.register.reading() as sql:
        code, name = sql.one("SELECT code,short_name FROM division WHERE level='village' ORDER BY code DESC LIMIT 1")
    plan = plan_bulk(demo, "household", households, {"division_code": code})
    assert {line.after for line in plan.lines} == {name} and code not in plan.lines[0].before
    write_bulk(demo, plan)
    with demo.register.reading() as sql:
        rows = sql.rows("SELECT h.division_code,d.code FROM household h JOIN division d ON d.id=h.division_id "
                        "WHERE h.id IN (?,?)", tuple(households))  # fmt: skip
    assert [tuple(r) for r in rows] == [(code, code)] * 2


def test_a_subcategory_must_belong_to_the_category(demo: Workspace) -> None:
    operating = ids_of(demo, asset_ids, category="operating")[:1]
    welfare = ids_of(demo, asset_ids, category="public_welfare")[:1] or ids_of(demo, asset_ids)[:1]
    plan = plan_bulk(demo, "asset", operating + welfare, {"subcategory": "processing"})
    assert "不属于" in plan.lines[1].why and not plan.lines[0].why.startswith("小类")


def test_what_cannot_be_stored_or_done_is_refused(demo: Workspace) -> None:
    assets = ids_of(demo, asset_ids)[:2]
    with pytest.raises(InputRefused, match="合同"):
        plan_bulk(demo, "asset", assets, {"contract_end": "明年"})
    with pytest.raises(UsageError, match="没有字段"):
        plan_bulk(demo, "asset", assets, {"no_such": "1"})
    with pytest.raises(UsageError, match="不能批量改"):
        plan_bulk(demo, "asset", assets, {"fund_parts": []})
    with pytest.raises(UsageError, match="一次最多"):
        plan_bulk(demo, "asset", assets * 10_001, {"keeper": "样"})
    for table, values, said in (
        ("distribution", {"state": "confirmed"}, "不能批量改"),
        ("payment", {"bank_account": "6200000001"}, "不能批量修改"),
        ("setting", {"value": "0"}, "不能批量修改"), ("step_taken", {"taken_by": "样"}, "不能批量修改"),
        ("contract", {"term_end": "2099-01-01"}, "不能批量改"), ("right", {"valid_to": "2020-01-01"}, "不能批量改"),
        ("income_record", {"period": "2020"}, "不能批量改"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):  # no way past the steps, one at a time or many at once
            plan_bulk(demo, table, [], values)
    plan = plan_bulk(demo, "asset", assets, {"division_code": ""})
    assert plan.changing == 0 and "不能清空" in plan.lines[0].why
    plan = plan_bulk(demo, "asset", assets, {"keeper": "样守"})
    demo.register.role = "surveyor"
    with pytest.raises(NotAllowed):
        write_bulk(demo, plan)


def test_hundreds_of_records_are_quick(tmp_path: Path) -> None:
    make_demo(tmp_path / "册", households=400).close()
    with open_workspace(tmp_path / "册", passphrase=PASSPHRASE) as demo:
        households = ids_of(demo, household_ids)
        start = time.process_time()
        plan = plan_bulk(demo, "household", households, {"helper_name": "样帮"})
        planned = time.process_time() - start
        write_bulk(demo, plan)
        took = time.process_time() - start
    print(f"400 households: preview {planned:.2f} s, written after {took:.2f} s")
    assert len(households) == 400 and took < 5


def test_the_command_previews_and_writes(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    register = tmp_path / "册"
    xiangce("new", register, "--unit", "样例镇", "--division", "440705104")
    for name in ("样例渠", "样例站", "样例路"):
        xiangce("add", register, "asset", f"name={name}", "division_code=440705104201", "status=normal")
    said = xiangce("set", register, "asset", "--where", "division_code=440705104*", "status=闲置", "--dry-run").out
    assert "状态：将改 3 条，0 条不变。" in said and "样例渠" in said and "正常\t→ 闲置" in said
    assert {r["status"] for r in xiangce("show", register, "asset", "--json").json} == {"normal"}
    done = xiangce("set", register, "asset", "--where", "name=样例渠", "status=idle", "--json", "--reason", "清查").json
    assert done["changing"] == 1 and len(done["rows"]) == 1
    again = xiangce("set", register, "asset", "--where", "division_code=440705104*", "status=idle").out
    assert "已改 2 条，1 条不变" in again and "不变：已经是这样" in again
    xiangce("undo", register, done["unit"])
    assert "没有字段" in xiangce("set", register, "asset", "--where", "nope=1", "status=idle", code=2).err
    assert "--where" in xiangce("set", register, "asset", "f" * 32, "status=idle", "--dry-run", code=2).err
