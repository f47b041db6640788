"""The list to take along: one sheet per village, numbers masked, no cell a formula."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import openpyxl
import pytest

from desktop.common.idnumber import mask_text
from desktop.exchange.workbook.findings import Finding
from desktop.exchange.workbook.plan import ImportPlan, PlannedRecord
from desktop.exchange.workbook.reader import read_workbook
from desktop.exchange.workbook.roster.followup import follow_ups, write_follow_ups
from desktop.exchange.workbook.roster.rules import plan_roster

SAMPLE = Path(__file__).parent / "samples" / "住户花名册样表.xlsx"
NUMBER = re.compile(r"[36]\d{13,16}[\dXx]")


@pytest.fixture(scope="module")
def plan() -> ImportPlan:
    return plan_roster(read_workbook(SAMPLE), today=dt.date(2026, 1, 15))


def cells(path: Path) -> list[str]:
    book = openpyxl.load_workbook(path)
    return [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]


def test_each_village_has_its_sheet_and_all_open_questions(plan: ImportPlan, tmp_path: Path) -> None:
    path = tmp_path / "补采单.xlsx"
    count = write_follow_ups(plan, path)
    book = openpyxl.load_workbook(path)
    assert set(book.sheetnames) == {"江联村", "余家村", "丰田村", "港南村", "留阳村", "岭头村", "沙蓢村", "全表"}
    asked = [f for f in plan.findings if f.severity in ("error", "warning")]
    assert count == len(asked) == sum(sheet.max_row - 3 for sheet in book)
    first = [c.value for c in book["留阳村"][4]]
    assert first[0] == 1 and first[3] == "鲇鱼山镇留阳村 F11" and first[4] == "错误"


def test_id_numbers_are_masked_unless_asked_for(plan: ImportPlan, tmp_path: Path) -> None:
    masked, open_ = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    write_follow_ups(plan, masked)
    write_follow_ups(plan, open_, with_id=True)
    assert not [c for c in cells(masked) if NUMBER.search(re.sub(r"[\s\-]", "", c))]
    assert [c for c in cells(open_) if NUMBER.search(c)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("360299199001010028", "360299********0028"),
        ("按 360299 19900101 0028 登记", "按 360299********0028 登记"),
        ("36029919900101002x。", "360299********002x。"),
        ("电话 10000001001", "电话 10000001001"),
    ],
)
def test_whatever_looks_like_a_number_is_masked(text: str, shown: str) -> None:
    assert mask_text(text) == shown


def test_no_cell_becomes_a_formula(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://example.invalid","x")'
    finding = Finding("表", 2, "A", "name_question_mark", "error", evil, raw=evil, proposed="@SUM(1)")
    member = {"name": evil, "source_sheet": "表", "source_row": 2}
    record = PlannedRecord("表", 2, {"village_name": "=样村", "head_name": evil, "members": [member]})
    plan = ImportPlan("roster", "a.xlsx", "", [record], [finding])
    path = tmp_path / "f.xlsx"
    assert write_follow_ups(plan, path) == 1
    book = openpyxl.load_workbook(path)
    assert all(c.data_type != "f" for sheet in book for row in sheet.iter_rows() for c in row)
    assert evil in cells(path)


def test_decided_findings_are_not_asked_again(plan: ImportPlan) -> None:
    before = len(list(follow_ups(plan)))
    asked = next(f for f in plan.findings if f.severity == "error")
    asked.take = "proposed"
    try:
        assert len(list(follow_ups(plan))) == before - 1
    finally:
        asked.take = None
