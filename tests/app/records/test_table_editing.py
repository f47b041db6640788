"""A table goes out, is edited and comes back: every difference is seen first, nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.records.table_editing import apply_edits, plan_edits, write_editable
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace, create_workspace
from desktop.common.errors import InputRefused, NotAllowed
from desktop.exchange.workbook.edited_table import CLEAR, HIDDEN, ID_TITLE
from desktop.store.key_slot import FAST_FOR_TESTS
from tests.app.conftest import PASSPHRASE, Said

VILLAGE = "440705104201"


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    made, _ = create_workspace(
        tmp_path / "册.xcr", unit_name="双水镇人民政府", level="town", division_code="440705104", user="镇样例",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with made:
        yield made


@pytest.fixture
def assets(ws: Workspace) -> list[str]:
    return [
        new_record(ws, "asset", {
            "asset_no": f"SX-{n}", "name": f"样例水渠{n}", "division_code": VILLAGE, "status": "正常",
            "original_value_fen": 10000001 + n, "built_date": "2021-10", "jobs": n, "keeper": "=1+1", "noticed": "yes",
        })
        for n in range(1, 4)
    ]  # fmt: skip


def edited(path: Path, *changes: tuple[str, str, object]) -> Path:
    """Set cells by asset number and column title, as a person does in a spreadsheet program, and save."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    titles = {str(c.value): c.column for c in sheet[1]}
    rows = {str(r[titles["资产编号"] - 1].value): r[0].row for r in sheet.iter_rows(min_row=2)}
    for number, title, value in changes:
        sheet.cell(rows[number], titles[title]).value = value  # type: ignore[assignment]
    out = path.with_name("改好.xlsx")
    book.save(out)
    return out


def test_only_what_was_changed_is_written_and_it_can_be_taken_back(
    ws: Workspace, assets: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "资产.xlsx"
    assert write_editable(ws, "asset", path) == 3
    assert plan_edits(ws, path).rows == []  # as it went out, whatever the reader makes of its cells
    back = edited(
        path, ("SX-1", "资产状态", "闲置"), ("SX-2", "原始价值（元）", 200000.05), ("SX-3", "管护责任人", CLEAR),
        ("SX-3", "就业人数", None), ("SX-2", "购建时间", "2022-03"), ("SX-3", "是否公示", "否"),
    )  # fmt: skip
    plan = plan_edits(ws, back)
    said = {(r.name, e.title, e.old, e.new) for r in plan.rows for e in r.edits}
    assert said == {
        ("SX-1 样例水渠1", "资产状态", "正常", "闲置"),
        ("SX-2 样例水渠2", "原始价值（元）", "100,000.03 元", "200,000.05 元"),
        ("SX-2 样例水渠2", "购建时间", "2021-10", "2022-03"),
        ("SX-3 样例水渠3", "管护责任人", "=1+1", CLEAR),
        ("SX-3 样例水渠3", "是否公示", "是", "否"),
    }
    assert plan.changes == 5 and not plan.problems and not plan.conflicts and not plan.notes
    done = apply_edits(ws, plan)
    rows = [ws.register.row("asset", a) for a in assets]
    assert [r and r["status"] for r in rows] == ["idle", "normal", "normal"]
    assert [r and r["original_value_fen"] for r in rows] == [10000002, 20000005, 10000004]
    assert [r and r["keeper"] for r in rows] == ["=1+1", "=1+1", None] and [r and r["jobs"] for r in rows] == [1, 2, 3]
    assert rows[2] and rows[2]["noticed"] == "no" and rows[1] and rows[1]["built_precision"] == "month"
    take_back_unit(ws, done.unit_id)
    assert plan_edits(ws, back).changes == 5


def test_what_the_register_learned_meanwhile_becomes_a_conflict(
    ws: Workspace, assets: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "资产.xlsx"
    write_editable(ws, "asset", path)
    save_record(ws, open_record(ws, "asset", assets[0]), {"status": "damaged"})
    save_record(ws, open_record(ws, "asset", assets[1]), {"status": "idle"})
    plan = plan_edits(ws, edited(path, ("SX-1", "资产状态", "闲置"), ("SX-2", "资产状态", "闲置")))
    (conflict,) = plan.conflicts  # the second asset says already what the sheet says
    assert (conflict.old, conflict.new) == ("损毁", "闲置") and plan.changes == 1
    apply_edits(ws, plan)
    (found,) = ws.register.conflicts()
    assert found.row_id == assets[0]


def test_what_cannot_be_stored_is_named_at_its_cell_and_the_rest_goes_in(
    ws: Workspace, assets: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "资产.xlsx"
    write_editable(ws, "asset", path)
    back = edited(
        path, ("SX-1", "资产状态", "很好"), ("SX-1", "原始价值（元）", "约十万"), ("SX-2", "就业人数", "五人"),
        ("SX-3", "资产名称", "改名水渠"),
    )  # fmt: skip
    plan = plan_edits(ws, back)
    assert {(e.row, e.title) for e in plan.problems} == {(2, "资产状态"), (2, "原始价值（元）"), (3, "就业人数")}
    assert "不在代码表中" in next(e.problem for e in plan.problems if e.title == "资产状态")
    apply_edits(ws, plan)
    assert ws.register.row("asset", assets[2])["name"] == "改名水渠"  # type: ignore[index]


def test_what_a_record_needs_is_not_emptied(ws: Workspace, assets: list[str], tmp_path: Path) -> None:
    path = tmp_path / "资产.xlsx"
    write_editable(ws, "asset", path)
    plan = plan_edits(ws, edited(path, ("SX-1", "资产名称", CLEAR)))
    assert plan.changes == 0 and [e.title for e in plan.problems] == ["资产名称"]


def test_rows_and_columns_may_move_but_strangers_are_told(ws: Workspace, assets: list[str], tmp_path: Path) -> None:
    path = tmp_path / "资产.xlsx"
    write_editable(ws, "asset", path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    titles = [str(c.value) for c in sheet[1]]
    lines = [[c.value for c in r] for r in sheet.iter_rows(min_row=2)]
    lines[0][titles.index("资产状态")] = "低效"
    sheet.delete_rows(2, 3)
    for line in (lines[2], lines[0], lines[0], ["x", "新的一行"]):  # sorted, one deleted, one twice, one new
        sheet.append(line)
    sheet.cell(1, len(titles) + 1).value = "我的备注"
    sheet.delete_cols(titles.index("就业人数") + 1)
    book.save(path)
    plan = plan_edits(ws, path)
    assert [(r.name, e.new) for r in plan.rows for e in r.edits] == [("SX-1 样例水渠1", "低效")]
    assert len(plan.notes) == 5 and "我的备注" in "".join(plan.notes) and "就业人数" in "".join(plan.notes)


def test_other_files_are_refused(ws: Workspace, assets: list[str], tmp_path: Path) -> None:
    other = tmp_path / "别的.xlsx"
    with pytest.raises(InputRefused, match="没有找到 别的.xlsx"):
        plan_edits(ws, other)
    openpyxl.Workbook().save(other)
    with pytest.raises(InputRefused, match="不是从乡册导出的可改的表"):
        plan_edits(ws, other)
    other.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(InputRefused):
        plan_edits(ws, other)
    path = tmp_path / "资产.xlsx"
    write_editable(ws, "asset", path)
    book = openpyxl.load_workbook(path)
    assert book[HIDDEN].sheet_state == "veryHidden" and book.worksheets[0].cell(1, 1).value == ID_TITLE
    book.worksheets[0].delete_cols(1)
    book.save(path)
    with pytest.raises(InputRefused, match="分不清各行是谁"):
        plan_edits(ws, path)
    ws.register.role = "surveyor"
    with pytest.raises(NotAllowed):
        write_editable(ws, "asset", tmp_path / "无.xlsx")


def test_numbers_of_people_do_not_go_out_unasked(ws: Workspace, tmp_path: Path) -> None:
    household = new_record(ws, "household", {"head_name": "样例", "division_code": VILLAGE, "phone": "10012345678"})
    path = tmp_path / "户.xlsx"
    write_editable(ws, "household", path)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert "联系电话" not in [c.value for c in sheet[1]] and household == sheet.cell(2, 1).value
    write_editable(ws, "household", path, with_id=True, purpose="核对")
    assert "10012345678" in [c.value for c in openpyxl.load_workbook(path).worksheets[0][2]]


def test_the_commands(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place, path = tmp_path / "册", tmp_path / "资产.xlsx"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", "440705104", "--level", "town", "--user", "镇样例")
    asset = xiangce(
        "add", place, "asset", "asset_no=SX-1", "name=水渠", f"division_code={VILLAGE}", "status=正常"
    ).out.strip()
    xiangce("table", place, "asset", "-o", path, "--editable")
    back = edited(path, ("SX-1", "资产状态", "闲置"))
    assert "正常 → 闲置" in xiangce("import", "table", place, back, "--dry-run", code=1).out
    assert "没有写入" in xiangce("import", "table", place, back, code=1).out
    assert xiangce("import", "table", place, back, "--yes", "--json").json["changes"] == 1
    assert xiangce("show", place, "asset", asset, "--json").json[0]["status"] == "idle"
    assert "共 0 处改动" in xiangce("import", "table", place, back, "--yes").out


def test_a_key_pasted_over_anothers_writes_neither_row(ws: Workspace, assets: list[str], tmp_path: Path) -> None:
    """The row whose key was overwritten came first and its words would have gone into the other asset."""
    path = tmp_path / "资产.xlsx"
    write_editable(ws, "asset", path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet["A2"].value = sheet["A3"].value
    book.save(path)
    plan = plan_edits(ws, path)
    assert not plan.rows
    same, gone = plan.notes
    assert same == "第 2、3 行标识相同而内容不同，分不清是哪一条，都没有处理" and "少了 1 行" in gone


def test_dates_are_read_as_people_write_them(ws: Workspace, assets: list[str], tmp_path: Path) -> None:
    path = tmp_path / "资产.xlsx"
    write_editable(ws, "asset", path, columns=["built_date"])
    typed = {"SX-1": "2020年5月1日", "SX-2": "2019/7", "SX-3": "前年"}
    out = edited(path, *((asset, "购建时间", words) for asset, words in typed.items()))
    plan = plan_edits(ws, out)
    apply_edits(ws, plan)
    got = [(ws.register.row("asset", a) or {}).get("built_date") for a in assets]
    assert got[:2] == ["2020-05-01", "2019-07"] and got[2] == "2021-10"
    (bad,) = [e for row in plan.rows for e in row.edits if e.problem]
    assert "前年" in bad.problem and "没有保存" not in bad.problem
