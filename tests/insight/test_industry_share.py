"""产业资金占比: exact shares by year and place, falls however small, every 分 counted once, the county's own choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import openpyxl
import pypdfium2
import pytest

from desktop.app.county.configuring import set_setting
from desktop.app.papers.list_papers import print_standard_list, save_standard_list
from desktop.app.papers.list_rows import ListChoice, list_rows
from desktop.app.papers.standard_lists import LISTS
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.insight.industry_share import industry_shares, percent
from tests.app.conftest import Said
from tests.app.conftest import xiangce as xiangce
from tests.app.money.books import register_at

TOWN, VILLAGE, OTHER = "440705104", "440705104201", "440705104202"
LIST = LISTS["industry-share"]


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        yield made


def project(ws: Workspace, year: int | None, kind: str, parts: list[list[object]], code: str = VILLAGE) -> str:
    values = {"name": f"样例项目{year}", "year": year, "kind": kind, "fund_parts": parts, "division_code": code}
    return new_record(ws, "project", values)


def fill(ws: Workspace) -> None:
    """2022: 50 %; 2023: a third of a 分 less than half; 2024: nothing; 2025: two thirds."""
    project(ws, 2022, "industry", [["central", 100], ["loan", 999]])
    project(ws, 2022, "water", [["county", 100]])
    project(ws, 2023, "industry", [["central", 49_999_99]])
    project(ws, 2023, "infrastructure", [["central", 50_000_01]], OTHER)
    project(ws, 2025, "industry", [["province", 2]])
    project(ws, 2025, "water", [["province", 1]])


def test_shares_are_exact_and_falls_are_marked(ws: Workspace) -> None:
    fill(ws)
    with ws.register.reading() as sql:
        lines = [line for line in industry_shares(sql, TOWN).lines if not line.code]
        below = [line for line in industry_shares(sql, TOWN).lines if line.code]
    assert [(x.year, x.total_fen, x.industry_fen) for x in lines] == [
        (2022, 200, 100), (2023, 100_000_00, 49_999_99), (2024, 0, 0), (2025, 3, 2)
    ]  # fmt: skip
    assert [x.share for x in lines] == [Fraction(1, 2), Fraction(4999999, 10000000), None, Fraction(2, 3)]
    assert [x.fell for x in lines] == [False, True, False, False]
    assert lines[1].change == Fraction(-1, 10_000_000) and lines[3].before is None
    assert [percent(x.share) for x in lines] == ["50.00%", "50.00%", "", "66.67%"]
    assert percent(lines[1].change, signed=True) == "-0.00"
    for column in ("total_fen", "industry_fen"):  # the villages add up to the town
        assert sum(getattr(x, column) for x in below) == sum(getattr(x, column) for x in lines)
    assert {x.code for x in below} == {VILLAGE, OTHER}


def test_every_fen_counts_once(ws: Workspace) -> None:
    """A project's own sources stand for its assets; without them its assets do; assets alone by their category."""
    stated = project(ws, 2023, "industry", [["central", 1000]])
    silent = project(ws, 2023, "water", [])
    plain = {"division_code": VILLAGE, "category": "operating", "subcategory": "shop"}
    new_record(ws, "asset", {**plain, "name": "样例甲", "project_id": stated, "fund_parts": [["central", 1000]]})
    new_record(ws, "asset", {**plain, "name": "样例乙", "project_id": silent, "fund_parts": [["county", 500],
                                                                                         ["self", 7]]})  # fmt: skip
    new_record(ws, "asset", {**plain, "name": "样例丙", "built_date": "2023-05", "fund_parts": [["social", 250]]})
    new_record(ws, "asset", {**plain, "name": "样例丁", "fund_parts": [["social", 3]]})  # nobody knows when
    no_source = project(ws, 2023, "industry", [])
    with ws.write("批复") as scope:
        scope.change("project", no_source, {"approved_fen": 5})
    with ws.register.reading() as sql:
        found = industry_shares(sql, TOWN)
    assert [(x.total_fen, x.industry_fen) for x in found.lines if not x.code] == [(1750, 1250)]
    assert (found.without_source, found.without_year) == (1, 1)


def test_what_counts_is_configuration(ws: Workspace) -> None:
    fill(ws)
    set_setting(ws, "industry_share.project_kinds", ["industry", "water"])
    set_setting(ws, "industry_share.sources", ["province", "county"])
    with ws.register.reading() as sql:
        lines = [x for x in industry_shares(sql, TOWN).lines if not x.code]
    assert [(x.year, x.total_fen, x.industry_fen) for x in lines if x.total_fen] == [(2022, 100, 100), (2025, 3, 3)]


def test_the_list_on_paper_and_as_a_workbook(ws: Workspace, tmp_path: Path) -> None:
    fill(ws)
    rows = list_rows(ws, LIST, ListChoice(division=TOWN, as_of="2023-12-31"), "2026-11-28")
    assert [r.cells[1] for r in rows if r.cells[0] == "双水镇"] == ["2022", "2023"]
    assert rows[1].cells[2:] == (100_000_00, 49_999_99, "50.00%", "50.00%", "-0.00", "下降")
    count, pages = print_standard_list(ws, LIST, ListChoice(division=TOWN), tmp_path / "占比.pdf")
    text = "".join("".join(p.get_textpage().get_text_range().split()) for p in
                   pypdfium2.PdfDocument(tmp_path / "占比.pdf"))  # fmt: skip
    assert pages == 1 and "66.67%" in text and "下降" in text and "100,000.00" in text and "合计" not in text
    assert "增减按没有舍入的占比计算" in text
    assert save_standard_list(ws, LIST, ListChoice(division=TOWN), tmp_path / "占比.xlsx") == count
    sheet = openpyxl.load_workbook(tmp_path / "占比.xlsx").worksheets[0]
    assert [c.value for c in sheet[1]][:4] == ["地区", "年度", "帮扶（衔接）资金（元）", "其中产业资金（元）"]
    assert sheet["C3"].value == 100000 and sheet["H3"].value == "下降"
    with pytest.raises(UsageError):
        list_rows(ws, LIST, ListChoice(where={"kind": "industry"}), "2026-11-28")
    assert list_rows(ws, LIST, ListChoice(known_at="2025-01-01"), "2026-11-28") == []  # nothing was known then


def test_the_command(xiangce: Callable[..., Said], tmp_path: Path) -> None:
    place = tmp_path / "册"
    xiangce("new", place, "--unit", "双水镇人民政府", "--division", TOWN, "--level", "town", "--user", "镇样例")
    for year, kind, fen in ((2023, "产业发展", 60), (2023, "饮水安全", 40), (2024, "产业发展", 50), (2024, "其他", 50)):
        xiangce("add", place, "project", "name=样例", f"year={year}", f"kind={kind}", f"division_code={VILLAGE}",
                f'fund_parts=[["central",{fen}]]')  # fmt: skip
    assert "4 行" in xiangce("print", place, "list", "industry-share", "-o", tmp_path / "a.pdf").out
    text = "".join("".join(p.get_textpage().get_text_range().split()) for p in
                   pypdfium2.PdfDocument(tmp_path / "a.pdf"))  # fmt: skip
    assert "60.00%" in text and "-10.00下降" in text
