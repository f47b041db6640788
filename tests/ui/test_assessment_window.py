"""年度评估 in the window: a place that lacks one is begun, goes its way by dialogs, has problems, and is printed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from desktop.app.annual.assessing import assessments
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace, create_workspace
from desktop.reports.preview import Preview
from desktop.store.key_slot import FAST_FOR_TESTS
from desktop.ui.dialogs.assessment_dialog import AssessmentDialog
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.page_list import Surroundings, page_specs
from desktop.ui.pages.inspection import InspectionPage
from desktop.ui.pages.print_preview import PrintPage
from desktop.ui.pages.project import ProjectPage
from desktop.ui.workers import Gates
from tests.app.conftest import PASSPHRASE
from tests.app.money.books import TOWN, VILLAGE, asset, register_at
from tests.ui.conftest import settled

LAST = date.today().year - 1


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with register_at(tmp_path) as made:
        asset(made, "样例厂房", original_value_fen=1234_56, built_date="2020-01-01")
        yield made


def opened(qtbot: QtBot, window: MainWindow) -> AssessmentDialog:
    window.open(Address("inspection"))
    page = window.page("inspection")
    assert isinstance(page, InspectionPage)
    page.show_assessments()
    settled(qtbot, window)
    return page.assessments


def test_an_assessment_is_begun_stepped_and_printed(qtbot: QtBot, window: MainWindow, ws: Workspace) -> None:
    dialog = opened(qtbot, window)
    assert "1 个地区，1 个没有开始" in dialog.about.text()
    dialog.table.selectRow(0)
    assert dialog.go.text() == "开始评估" and dialog.current().lacks  # type: ignore[union-attr]
    dialog.open_or_begin()
    qtbot.waitUntil(lambda: dialog.case is not None)
    settled(qtbot, window)
    pane = dialog.case.pane  # type: ignore[union-attr]
    assert pane.shown.state == "draft" and "双水镇" in pane.head_words(pane.shown)[0]
    pane.take("submit")
    qtbot.waitUntil(lambda: pane.dialog is not None)
    step = pane.dialog
    assert not step.go.isEnabled()
    step.form.editors["self_score"].line.setText("91")
    step.form.editors["self_text"].box.setPlainText("按计划完成")
    step.form.changed.emit()
    assert step.form.values()["self_by"] == "镇样例" and step.go.isEnabled()
    step.record()
    settled(qtbot, window)
    assert pane.shown.state == "reviewing"

    pane.show_tab("findings")
    settled(qtbot, window)
    tab = pane.tab("findings")
    tab.add_finding()
    assert tab.dialog.form.editors["division_code"].box.currentText() == "双水镇"
    tab.dialog.form.editors["what"].box.setPlainText("台账不全")
    tab.dialog.form.changed.emit()
    tab.dialog.record()
    settled(qtbot, window)
    (line,) = assessments(ws, LAST)
    assert (line.state, line.self_score, line.findings) == ("reviewing", "91", 1)
    dialog.ask()
    settled(qtbot, window)
    row = [str(dialog.table.rows.index(0, column).data()) for column in range(8)]
    assert row[:3] == ["双水镇", "待镇评", "91"] and row[6:] == ["1", "1"] and dialog.go.text() == "打开"
    pane.print_pack()
    settled(qtbot, window)
    assert not dialog.isVisible()
    page = window.page("print")
    assert isinstance(page, PrintPage)
    qtbot.waitUntil(lambda: page.pages() > 0 and not window.gates.busy())
    assert page.template.key == "annual" and page.year.value() == LAST and page.place.value() == TOWN
    assert "1,234.56" in Preview(page._pdf).text(2)  # type: ignore[arg-type]
    assert f"没有评定结果的年度：{LAST} 年" in page.note.text()


def test_five_years_are_a_choice_of_their_own(qtbot: QtBot, window: MainWindow, ws: Workspace) -> None:
    dialog = opened(qtbot, window)
    dialog.kind.set_value("five_year")
    dialog.ask()
    settled(qtbot, window)
    dialog.table.selectRow(0)
    dialog.print_pack()
    settled(qtbot, window)
    page = window.page("print")
    assert isinstance(page, PrintPage)
    qtbot.waitUntil(lambda: page.pages() > 0 and not window.gates.busy())
    assert page.template.key == "annual-sum"
    assert page.wanted().year == LAST and f"{LAST - 4} 年至 {LAST} 年" in Preview(page._pdf).text(0)  # type: ignore[arg-type]


def test_the_share_of_industry_by_year(qtbot: QtBot, window: MainWindow, ws: Workspace) -> None:
    for year, kind, fen in ((2023, "industry", 60), (2023, "water", 40), (2024, "industry", 50), (2024, "water", 50)):
        new_record(ws, "project", {"name": "样例项目", "year": year, "kind": kind, "division_code": VILLAGE,
                                   "fund_parts": [["central", fen]]})  # fmt: skip
    window.open(Address("project"))
    page = window.page("project")
    assert isinstance(page, ProjectPage)
    page.show_industry()
    settled(qtbot, window)
    dialog = page.industry
    assert "2 年里 1 年下降" in dialog.about.text()
    shown = [str(dialog.table.rows.index(0, column).data()) for column in range(6)]
    assert shown[0] == "2024 年" and shown[3:] == ["50.00%", "60.00%", "-10.00"]
    dialog.print_list()
    settled(qtbot, window)
    paper = window.page("print")
    assert isinstance(paper, PrintPage)
    qtbot.waitUntil(lambda: paper.pages() > 0 and not window.gates.busy())
    assert paper.template.key == "list:industry-share" and "下降" in Preview(paper._pdf).text(0)  # type: ignore[arg-type]


def test_the_papers_of_every_place_of_a_county(qtbot: QtBot, tmp_path: Path) -> None:
    county, _ = create_workspace(
        tmp_path / "县.xcr", unit_name="新会区农业农村局", level="county", division_code=TOWN[:6], user="县样例",
        passphrase=PASSPHRASE, profile=FAST_FOR_TESTS,
    )  # fmt: skip
    with county:
        asset(county, "样例厂房", original_value_fen=1234_56, built_date="2020-01-01")
        gates = Gates()
        kept = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
        made = MainWindow(page_specs(Surroundings(county, [], kept)), gates, place="新会区", settings=kept)
        qtbot.addWidget(made)
        made.show()
        dialog = opened(qtbot, made)
        assert "16 个地区，16 个没有开始" in dialog.about.text() and dialog.every.isVisible()
        dialog.save_all(tmp_path)
        qtbot.waitUntil(lambda: not gates.busy(), timeout=20_000)
        (file,) = tmp_path.glob("*.pdf")
        assert file.name == f"{TOWN} 双水镇{LAST}年度帮扶项目资产评估材料.pdf"
        with county.register.reading() as sql:
            assert sql.scalar("SELECT COUNT(*) FROM plain_export WHERE what='print annual'") == 1
        assert gates.close()
