"""Ledgers of other shapes and with other errors than the sample's: each rule sees its error and asks nothing else."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import pytest

from desktop.common.errors import Cancelled, InputRefused
from desktop.exchange.workbook.findings import DecisionRefused, as_json, decisions_from
from desktop.exchange.workbook.formula import Recalculation
from desktop.exchange.workbook.ledger.operation import read_term
from desktop.exchange.workbook.ledger.rules import plan_assets
from desktop.exchange.workbook.mapping import MappingRefused, apply_mapping, mapping_json, read_mapping, recognise
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.reader import SheetGrid, Workbook, read_workbook

SAMPLES = Path(__file__).parent / "samples"
HEAD = [
    "资产编号", "资产名称", "项目年度", "资产小类", "购建时间", "坐落地点", "资产原值", "中央", "省级", "累计折旧",
    "净值", "所有权人", "使用权人", "收益权人", "运营方式", "经营主体", "合同期限", "年预期收益", "年实际收益",
    "资产状态", "是否公示",
]  # fmt: skip
VILLAGES = ["岭头村", "木江村", "龙头村", "富美村", "塔岭村", "田心村", "南岸村", "豪山村"]


def sound(n: int) -> list[Any]:
    """A row without a fault."""
    village, value = VILLAGES[n % 8], 20.0 + n
    owner = f"{village}经济联合社"
    return [
        f"BM-{n:03}", f"{village}样例加工车间{n}", 2019.0, "生产加工设施", "2019-05-06", village,
        value, value - 5, 5.0, 2.0, value - 2,
        owner, "江门市虚拟农业有限公司", owner, "租赁", "江门市虚拟农业有限公司", "2020年1月至2034年12月", 2.0, 1.5,
        "正常", "是",
    ]  # fmt: skip


def ledger(changes: dict[tuple[int, str], Any], *, unit: str = "万元", rows: int = 12, typed: bool = True) -> Workbook:
    """A one-row-header ledger of sound rows with the given cells (row counted from 1, header text) changed."""
    body = [sound(n) for n in range(1, rows + 1)]
    for (row, name), value in changes.items():
        body[row - 1][HEAD.index(name)] = value
    if unit == "元":
        for line in body:
            for name in ("资产原值", "中央", "省级", "累计折旧", "净值", "年预期收益", "年实际收益"):
                at = HEAD.index(name)
                if isinstance(line[at], float):
                    line[at] *= 10000
    top = [["双水镇扶贫项目资产台账（经营性资产）"], ["填报日期：2025年6月30日", "", "", f"单位：{unit}"]]
    return Workbook([SheetGrid("台账", [*top, list(HEAD), *body], typed=typed)], "台账.xlsx", "0" * 64)


def codes(plan: ImportPlan, *, spelling: bool = False) -> list[tuple[int | None, str | None, str]]:
    return [(f.row, f.col, f.code) for f in plan.findings if spelling or f.code != "date_format_variant"]


def letter(name: str) -> str:
    return chr(65 + HEAD.index(name))


def test_a_sound_ledger_is_asked_nothing() -> None:
    for unit in ("万元", "元"):
        plan = plan_assets(ledger({}, unit=unit))
        assert codes(plan) == []
        assert plan.totals["original_value_fen"] == sum(20 + n for n in range(1, 13)) * 1_000_000
        assert plan.totals["set_aside"] == 0


@pytest.mark.parametrize(
    ("changes", "name", "code", "severity", "proposed"),
    [
        ({(3, "资产原值"): 230000.0, (3, "中央"): 180000.0, (3, "省级"): 50000.0, (3, "累计折旧"): 20000.0,
          (3, "净值"): 210000.0}, "资产原值", "unit_yuan_in_wan_table", "error", 23),
        ({(3, "资产原值"): "23.00元"}, "资产原值", "unit_text_in_number", "error", 0.0023),
        ({(3, "资产原值"): "待核"}, "资产原值", "amount_not_number", "error", None),
        ({(3, "资产原值"): ""}, "资产原值", "original_value_missing", "error", 23),
        ({(3, "资产原值"): 32.0}, "资产原值", "sources_do_not_add_up", "error", 23),
        ({(3, "资产原值"): 20.0, (3, "中央"): 15.0, (3, "省级"): 6.5, (3, "净值"): 18.0},
         "省级", "sources_do_not_add_up", "error", 5),
        ({(3, "净值"): 12.0}, "净值", "net_not_original_minus_depreciation", "error", 21),
        ({(3, "净值"): -21.0}, "净值", "negative_net_value", "error", 21),
        ({(3, "累计折旧"): 200.0}, "累计折旧", "depreciation_over_original", "error", 2),
        ({(3, "累计折旧"): ""}, "累计折旧", "depreciation_missing", "warning", 2),
        ({(3, "资产编号"): ""}, "资产编号", "asset_number_missing", "warning", "BM-003"),
        ({(3, "资产编号"): "bm3"}, "资产编号", "asset_number_format", "warning", "BM-003"),
        ({(3, "资产编号"): "BM-009"}, "资产编号", "asset_number_duplicate", "error", "BM-003"),
        ({(3, "坐落地点"): "富镁村"}, "坐落地点", "village_name_typo", "warning", "富美村"),
        ({(3, "坐落地点"): "天边村"}, "坐落地点", "village_not_in_town", "error", None),
        ({(3, "坐落地点"): "双水镇富美村委会"}, "坐落地点", "village_name_with_prefix", "info", "富美村"),
        ({(3, "坐落地点"): ""}, "坐落地点", "village_missing", "warning", None),
        ({(3, "购建时间"): "2019-02-30"}, "购建时间", "date_invalid", "warning", None),
        ({(3, "购建时间"): 43591.0}, "购建时间", "date_serial_number", "warning", "2019-05-06"),
        ({(3, "购建时间"): 2019.1}, "购建时间", "date_ambiguous_number", "warning", "2019"),
        ({(3, "购建时间"): "2027.5"}, "购建时间", "date_in_future", "warning", None),
        ({(3, "所有权人"): "权属有争议"}, "所有权人", "owner_undetermined", "error", None),
        ({(3, "所有权人"): "镇政府和富美村共同所有"}, "所有权人", "owner_joint_without_share", "error", None),
        ({(3, "所有权人"): "木江村经济联合社"}, "所有权人", "owner_of_other_village", "warning", None),
        ({(3, "所有权人"): "富美村委会"}, "所有权人", "owner_name_variant", "info", "富美村经济联合社"),
        ({(3, "收益权人"): ""}, "收益权人", "income_right_missing", "error", "富美村经济联合社"),
        ({(3, "合同期限"): ""}, "合同期限", "contract_missing", "error", None),
        ({(3, "合同期限"): "2019.1-2024.12"}, "合同期限", "contract_expired_status_normal", "warning", None),
        ({(3, "合同期限"): "长期"}, "合同期限", "contract_period_without_dates", "warning", None),
        ({(3, "运营方式"): "自营"}, "运营方式", "mode_conflicts_with_operator", "warning", "租赁"),
        ({(3, "年实际收益"): ""}, "年实际收益", "actual_income_missing", "warning", None),
        ({(3, "资产状态"): "空置"}, "资产状态", "idle_with_income", "warning", "闲置"),
        ({(3, "资产状态"): "报废"}, "资产状态", "disposed_without_record", "error", "已处置"),
        ({(3, "资产状态"): "完好"}, "资产状态", "status_not_in_list", "info", "正常"),
        ({(3, "资产状态"): "不好说"}, "资产状态", "status_unknown", "warning", None),
        ({(3, "资产小类"): "道路交通"}, "资产名称", "category_mismatch", "error", "公益性资产"),
        ({(3, "是否公示"): "×"}, "是否公示", "notice_missing", "warning", None),
        ({(3, "资产名称"): " 富美村样例加工车间3"}, "资产名称", "spaces_around_text", "info", "富美村样例加工车间3"),
    ],
)  # fmt: skip
def test_one_fault_is_found_where_it_stands(
    changes: dict[tuple[int, str], Any], name: str, code: str, severity: str, proposed: Any
) -> None:
    book = ledger(changes)
    plan = plan_assets(book)
    found = [f for f in plan.findings if (f.row, f.col, f.code) == (6, letter(name), code)]
    assert len(found) == 1
    assert found[0].severity == severity
    assert as_json(found[0])["proposed"] == proposed
    others = {c for row, _, c in codes(plan) if row != 6 or c != code}
    assert others <= {"status_not_in_list", "owner_name_variant", "income_right_missing", "sources_do_not_add_up"}
    out = [r.row for r in plan.left_out()]
    assert out == ([6] if any(f.severity == "error" for f in plan.findings) else [])
    taken = plan_assets(book, decisions=decisions_from([as_json(f) | {"take": "proposed"} for f in plan.findings]))
    assert taken.totals["assets"] == 12


def test_rows_in_wan_in_a_ledger_in_yuan() -> None:
    changes = {(3, "资产原值"): "23", (3, "中央"): "", (3, "省级"): "", (3, "累计折旧"): "", (3, "净值"): ""}
    book = ledger(changes, unit="元")
    book.sheets[0].rows[5][HEAD.index("资产原值")] = 23.0
    plan = plan_assets(book)
    assert (6, letter("资产原值"), "unit_wan_in_yuan_table") in codes(plan)
    decided = plan_assets(book, decisions=decisions_from([as_json(f) | {"take": "proposed"} for f in plan.findings]))
    assert decided.totals["original_value_fen"] == sum(20 + n for n in range(1, 13)) * 1_000_000


def test_joint_owners_with_shares_are_read() -> None:
    plan = plan_assets(ledger({(3, "所有权人"): "双水镇人民政府60%、富美村经济联合社40%"}))
    record = next(r for r in plan.records if r.row == 6)
    assert record.values["holders"]["ownership"] == [
        ("双水镇人民政府", "government", 3, 5, ""), ("富美村经济联合社", "collective", 2, 5, "440705104223"),
    ]  # fmt: skip
    assert codes(plan) == []


def test_a_fault_in_most_rows_is_one_finding() -> None:
    changes: dict[tuple[int, str], Any] = {(row, "合同期限"): "" for row in range(1, 41)}
    changes |= {(row, "是否公示"): "否" for row in range(1, 41)}
    plan = plan_assets(ledger(changes, rows=60))
    found = [f for f in plan.findings if f.code in ("contract_missing", "notice_missing")]
    assert [(f.code, len(f.rows or ())) for f in found] == [("contract_missing", 40), ("notice_missing", 40)]
    assert plan.totals["set_aside"] == 40
    decided = plan_assets(
        ledger(changes, rows=60), decisions=decisions_from([as_json(f) | {"take": "proposed"} for f in found])
    )
    assert decided.totals["set_aside"] == 0


def test_a_ledger_as_text_file(tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    lines = [",".join(str(v) for v in line) for line in ledger({(3, "坐落地点"): "富镁村"}).sheets[0].rows]
    path.write_bytes("\r\n".join(lines).encode("gbk"))
    plan = plan_assets(read_workbook(path))
    assert codes(plan) == [(6, letter("坐落地点"), "village_name_typo")]
    assert plan.totals["original_value_fen"] == sum(20 + n for n in range(1, 13)) * 1_000_000


def test_an_old_binary_ledger() -> None:
    plan = plan_assets(read_workbook(SAMPLES / "旧格式台账.xls"))
    assert [(f.row, f.col, f.code) for f in plan.findings] == [
        (5, "C", "village_name_typo"), (5, "E", "unit_text_in_number"), (5, "F", "owner_name_variant"),
        (5, "G", "status_not_in_list"),
    ]  # fmt: skip
    assert plan.totals["original_value_fen"] == 42_340_000


def test_subtotals_totals_and_old_values() -> None:
    book = ledger({})
    grid = book.sheets[0]
    at = HEAD.index("资产原值")
    blank = [""] * len(HEAD)
    for place, label in ((7, "小计"), (13, "小计"), (17, "合计")):
        line = list(blank)
        line[0] = label
        grid.rows.insert(place, line)
    grid.rows[7][at], grid.formulas[(8, at + 1)] = 90.0, "=SUM(G4:G7)"
    grid.rows[13][at], grid.formulas[(14, at + 1)] = 106.0, "=SUM(G9:G12)"
    grid.rows[17][at], grid.formulas[(18, at + 1)] = 196.0, "=SUM(G8,G14)"
    plan = plan_assets(book)
    assert codes(plan) == [
        (14, "G", "subtotal_range_too_short"), (18, "G", "total_leaves_out_rows"),
    ]  # fmt: skip
    grid.formulas[(14, at + 1)] = "=SUM(G9:G13)"
    grid.rows[13][at] = 1.0
    grid.formulas.pop((18, at + 1))
    plan = plan_assets(book)
    assert codes(plan) == [(14, "G", "stale_cached_value"), (18, "G", "total_hard_coded_wrong")]


def test_stored_values_of_record_cells_are_worked_out_again() -> None:
    book = ledger({})
    book.sheets[0].formulas[(6, HEAD.index("净值") + 1)] = "=G6-J6"
    assert codes(plan_assets(book)) == []
    book.sheets[0].rows[5][HEAD.index("净值")] = 1.0
    assert codes(plan_assets(book)) == [(6, letter("净值"), "stale_cached_value")]


def test_duplicates_need_village_amount_year_and_name() -> None:
    same = sound(3)
    book = ledger({})
    book.sheets[0].rows.append(["", *same[1:]])
    plan = plan_assets(book)
    assert (16, "B", "duplicate_exact") in codes(plan)
    assert [r.set_aside for r in plan.left_out()] == ["与本表第 6 行重复"]
    other_year = list(same)
    other_year[0], other_year[2], other_year[4] = "BM-013", 2015.0, "2015-01-01"
    book.sheets[0].rows[-1] = other_year
    assert plan_assets(book).totals["assets"] == 13


def test_hidden_sheets_come_in_only_when_asked_for() -> None:
    book = ledger({})
    hidden = SheetGrid("旧", [list(r) for r in book.sheets[0].rows], state="hidden")
    book.sheets.append(hidden)
    plan = plan_assets(book)
    assert [f.code for f in plan.findings if f.sheet == "旧"] == ["leftover_hidden_sheet"]
    assert plan.totals["assets"] == 12
    assert plan_assets(book, sheets=["旧"]).totals["assets"] == 12


def test_decisions_that_cannot_be_read_are_refused() -> None:
    book = ledger({(3, "资产原值"): "待核"})
    finding = as_json(next(f for f in plan_assets(book).findings if f.severity == "error"))
    with pytest.raises(DecisionRefused):
        plan_assets(book, decisions=decisions_from([finding | {"take": "value", "value": "很多"}]))
    with pytest.raises(DecisionRefused):
        decisions_from([finding | {"take": "later"}])
    with pytest.raises(DecisionRefused):
        decisions_from({"not": "a list"})
    decided = plan_assets(book, decisions=decisions_from([finding | {"take": "value", "value": 23}]))
    assert decided.totals["original_value_fen"] == sum(20 + n for n in range(1, 13)) * 1_000_000


def test_no_ledger_and_cancelling() -> None:
    with pytest.raises(InputRefused, match="资产台账"):
        plan_assets(Workbook([SheetGrid("a", [["姓名", "年龄"], ["样例", 3.0]])], "a.xlsx", ""))

    def stop(done: int, total: int) -> None:
        raise Cancelled("已停止")

    with pytest.raises(Cancelled):
        plan_assets(ledger({}), progress=stop)


def test_a_mapping_is_saved_changed_and_used_again(tmp_path: Path) -> None:
    book = ledger({})
    grid = book.sheets[0]
    found = recognise(grid, "assets")
    assert found is not None
    assert (found.header_rows, found.first_row, found.unit) == ([3], 4, "wan")
    path = tmp_path / "列对应.json"
    path.write_text(json.dumps(mapping_json([found]), ensure_ascii=False), encoding="utf-8")
    grid.rows[2][HEAD.index("资产原值")] = "本表自造的列名"
    saved = read_mapping(path, "assets")
    assert apply_mapping(grid, "assets", saved["台账"]).columns == found.columns
    assert plan_assets(book, mapping=saved).totals["assets"] == 12
    saved["台账"]["columns"]["original_value"] = "ZZ"
    with pytest.raises(MappingRefused):
        apply_mapping(grid, "assets", saved["台账"])
    with pytest.raises(MappingRefused):
        read_mapping(path, "roster")


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("2019.1-2023.12", ("2019-01-01", "2023-12-31")),
        ("2019-03-01～2029-02-28", ("2019-03-01", "2029-02-28")),
        ("2022年7月至2027年6月", ("2022-07-01", "2027-06-30")),
        ("2019-03-01-2029-02-28", ("2019-03-01", "2029-02-28")),
        ("2020年3月1日起5年", ("2020-03-01", "2025-02-28")),
        ("五年", None),
        ("2027.1-2020.1", None),
    ],
)
def test_contract_terms(text: str, term: tuple[str, str] | None) -> None:
    assert read_term(text) == term


ODD: list[Any] = [
    "", " ", "\n", "/", "#REF!", "=1+1", True, 0.0, -1.0, 1e18, 1e308, float("inf"), 3.6029919530414e17,
    dt.date(2020, 1, 1), dt.datetime(1900, 1, 1, 3), dt.time(3, 4), dt.timedelta(days=3), "（3）", "农历正月",
    "2020-13-45", "1/0", "50%、60%", "甲/乙", "村委会", "x" * 3000, "\ue863", "\ud7ff", "约", "万", "nan", "2020起五年",
    "9" * 40, "合计",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_any_cells_and_any_decisions_give_a_plan_or_a_sentence(seed: int) -> None:
    draw = random.Random(seed)
    book = ledger({})
    rows = book.sheets[0].rows
    for _ in range(draw.choice([1, 10, 80])):
        row = rows[draw.randrange(len(rows))]
        row[draw.randrange(len(row))] = draw.choice(ODD)
    if seed % 4 == 0:
        book.sheets[0].rows = [row[: draw.randrange(1, 22)] if draw.random() < 0.2 else row for row in rows]
    try:
        plan = plan_assets(book)
    except InputRefused:
        return
    assert len(list(plan.ready())) + len(list(plan.left_out())) == len(plan.records)
    taken = [as_json(f) | {"take": draw.choice(["proposed", "skip"])} for f in plan.findings]
    json.dumps(taken)
    decided = plan_assets(book, decisions=decisions_from(taken))
    assert decided.totals["assets"] == len(list(decided.ready()))
    assert all(isinstance(r.values.get("original_value_fen", 0), int) for r in decided.records)


def test_formulas_of_a_column_are_looked_at_together_as_one_by_one() -> None:
    rows: list[list[object]] = [[5.0, 2.0, 3.0], [1.0, 1.0, 0.0], ["x", 1.0, 0.0], [4.0, 1.0, 2.0], [7.0, "", 7.0]]
    grid = SheetGrid("表", [list(r) for r in rows])
    grid.formulas = {(n, 3): f"=A{n}-B{n}" for n in range(1, 6)} | {(2, 2): "=A2"}
    together = Recalculation(grid)
    single = Recalculation(grid)
    right = together.plainly_right_rows(3, [1, 2, 3, 4, 5])
    assert right == {n for n in range(1, 6) if single.plainly_right(n, 3)} == {1}  # B2 is a formula not yet looked at
    grid.rows.append(["", "", 6.0])
    grid.formulas[6, 3] = "=SUM(A1:A2)"
    assert Recalculation(grid).plainly_right(6, 3)
    grid.formulas[6, 3] = "=SUM(C1:C2)"  # over formulas that were not looked at
    assert not Recalculation(grid).plainly_right(6, 3)
    grid.formulas[6, 3] = "=SUM(A1:A3)"  # over a text
    assert not Recalculation(grid).plainly_right(6, 3)
