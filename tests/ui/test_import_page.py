"""The import wizard on a real register: a workbook read, columns chosen, findings decided by keys, written, undone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app.exchange import import_review
from desktop.app.exchange.importing import load_decisions
from desktop.app.workspace import Workspace
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.pages import import_page as wizard
from desktop.ui.pages import import_writing
from desktop.ui.pages.import_page import ImportPage
from desktop.ui.pages.page import PageSpec
from desktop.ui.widgets.labels import Label
from desktop.ui.workers import Gates
from tests.ui.conftest import held_back

SAMPLES = Path(__file__).parents[1] / "exchange" / "workbook" / "samples"
LEDGER, ROSTER = SAMPLES / "资产台账样表.xlsx", SAMPLES / "住户花名册样表.xlsx"
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier

SMALL = """帮扶项目资产台账,,,,,,,,
单位：万元,,,,,,,,
资产编号,资产名称,资产大类,坐落地点,购建时间,资产原值,所有权人,资产状态,经手人
A-01,样例冷链仓,经营性资产,虚岭村,2021.11,90,虚岭村经济联合社,正常,仿平
A-02,样例水渠,公益性资产,拟塘村,2020.5,12.5万元,拟塘村经济联合社,正常,试水
A-03,样例路灯,公益性资产,虚领村,2022.3,8.25,虚岭村经济联合社,正常,仿平
"""


@pytest.fixture
def page(qtbot: QtBot, ws: Workspace) -> Iterator[ImportPage]:
    """The wizard in the real window."""
    gates = Gates()
    ws.register.listeners.append(gates.notify)
    window = MainWindow([PageSpec("import", lambda shell: ImportPage(shell, ws))], gates)
    qtbot.addWidget(window)
    window.resize(1366, 698)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.open(Address("import"))
    made = window.current_page()
    assert isinstance(made, ImportPage)
    yield made
    qtbot.waitUntil(lambda: not gates.busy())
    assert gates.close()


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key press on whatever has the focus."""
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClick(widget, key, modifier)


def at_step(qtbot: QtBot, page: ImportPage, step: int) -> None:
    """Wait until the wizard stands at a step and nothing runs."""
    qtbot.waitUntil(lambda: page.step() == step and not page.shell.gates.busy(), timeout=20_000)


def planned(qtbot: QtBot, page: ImportPage) -> None:
    """Wait until the rules have run over the last decisions."""
    qtbot.waitUntil(
        lambda: not page._wait.isActive() and page._planning is None and not page.shell.gates.busy(), timeout=20_000
    )


def small_ledger(folder: Path) -> Path:
    """A ledger of three assets with one amount to confirm and one village misspelt."""
    path = folder / "样例台账.csv"
    path.write_text(SMALL, encoding="gb18030")
    return path


def to_findings(qtbot: QtBot, page: ImportPage, path: Path, kind: str = "assets") -> None:
    """Steps 1 and 2 as they stand."""
    page.file.kinds.set_value(kind)
    page.take_file(path)
    at_step(qtbot, page, wizard.COLUMNS)
    press(Qt.Key.Key_Return, CTRL)
    at_step(qtbot, page, wizard.FINDINGS)


def assets(ws: Workspace) -> tuple[int, int]:
    """How many assets stand in the register, and their sum in 分."""
    with ws.register.reading() as sql:
        row = sql.one("SELECT COUNT(*),SUM(original_value_fen) FROM asset WHERE removed=0 AND canonical_id IS NULL")
    assert row is not None
    return int(row[0]), int(row[1])


def test_a_refused_file_is_answered_by_its_sentence_and_a_dropped_one_is_read(
    qtbot: QtBot, page: ImportPage, tmp_path: Path
) -> None:
    wrong = tmp_path / "说明.et"
    wrong.write_bytes(b"not a workbook")
    page.take_file(wrong)
    qtbot.waitUntil(page.file.note.isVisible)
    assert "另存为 xlsx" in page.file.note.text() and page.step() == wizard.FILE
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(small_ledger(tmp_path)))])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    event = QDropEvent(QPointF(40, 40), action, data, button, Qt.KeyboardModifier.NoModifier)
    page.file.drop.dropEvent(event)
    at_step(qtbot, page, wizard.COLUMNS)
    assert page.title.fact().endswith("样例台账.csv") and not page.file.note.isVisible()


def test_a_table_of_the_other_kind_is_told_how_it_was_read(qtbot: QtBot, page: ImportPage) -> None:
    page.take_file(ROSTER)  # with 资产台账 still chosen
    at_step(qtbot, page, wizard.COLUMNS)
    unknown = page.columns.unknown
    said = [label.text() for label in unknown.findChildren(Label)]
    assert unknown.isVisible() and any("按“资产台账”读的" in text and "上一步改选" in text for text in said)
    assert not page.next_button.isEnabled()


def test_columns_show_what_matched_and_a_choice_is_remembered_for_the_next_file(
    qtbot: QtBot, page: ImportPage, tmp_path: Path
) -> None:
    path = small_ledger(tmp_path)
    page.take_file(path)
    at_step(qtbot, page, wizard.COLUMNS)
    views = {row.view.letter: row.view for row in page.columns.rows}
    assert views["B"].field == "name" and views["B"].matched == "same" and views["F"].conversion == "万元换成元"
    assert views["I"].field == "" and page.next_button.isEnabled()  # a column without a field blocks nothing
    press(Qt.Key.Key_F8)
    focused = QApplication.focusWidget()
    row = next(r for r in page.columns.rows if r.view.letter == "I")
    assert focused is row.field
    row.field.setCurrentIndex(row.field.findData("keeper"))
    row.field.activated.emit(row.field.currentIndex())
    assert row.view.matched == "chosen"
    press(Qt.Key.Key_Return, CTRL)
    at_step(qtbot, page, wizard.FINDINGS)
    page.begin_again()
    page.take_file(path)
    at_step(qtbot, page, wizard.COLUMNS)
    again = {row.view.letter: row.view for row in page.columns.rows}
    assert again["I"].field == "keeper" and again["I"].matched == "remembered"


def test_without_the_name_column_the_wizard_says_what_is_missing(qtbot: QtBot, page: ImportPage) -> None:
    page.take_file(LEDGER)
    at_step(qtbot, page, wizard.COLUMNS)
    row = next(r for r in page.columns.rows if r.view.field == "name")
    row.field.setCurrentIndex(row.field.findData(""))
    row.field.activated.emit(row.field.currentIndex())
    assert not page.next_button.isEnabled() and "资产名称" in page.bar.hint()
    page.columns.set_header(3, 5)  # recognised anew
    assert page.next_button.isEnabled()
    assert {s.name for s in page.sheets if not s.taken} == {"汇总表", "Sheet1"}


def test_findings_are_decided_by_keys_counts_follow_and_ctrl_z_takes_back(
    qtbot: QtBot, page: ImportPage, tmp_path: Path
) -> None:
    to_findings(qtbot, page, small_ledger(tmp_path))
    step = page.findings
    errors = step.open_errors()
    assert errors and step.current() is errors[0]
    amount = next(f for f in errors if f.code == "unit_text_in_number")
    assert step.source.framed_text() != ""
    before = import_review.outcome_of(page.plan) if page.plan else None
    assert before is not None and before.records < 3
    step.go_to(amount)
    assert step.source.framed_text() == "12.5万元"
    press(Qt.Key.Key_1)
    assert amount.key in page.review.decisions and not page.next_button.isEnabled()  # figures are not stale
    planned(qtbot, page)
    after = import_review.outcome_of(page.plan) if page.plan else None
    assert after is not None and after.records == before.records + 1
    assert "可写入" in page.bar.hint() and after.words in page.bar.hint()
    press(Qt.Key.Key_Z, CTRL)
    planned(qtbot, page)
    assert amount.key not in page.review.decisions
    assert page.plan is not None and import_review.outcome_of(page.plan) == before
    step.go_to(amount)
    press(Qt.Key.Key_2)
    line = step.pane.value.line()
    assert QApplication.focusWidget() is step.pane.value
    line.selectAll()
    QTest.keyClicks(step.pane.value, "12.75")  # digits are typed here, not choices
    press(Qt.Key.Key_Return)
    planned(qtbot, page)
    assert page.review.decisions[amount.key].value == "12.75"
    assert import_review.outcome_of(page.plan).sum_fen == (before.sum_fen or 0) + 12_750_000


def test_a_value_that_cannot_be_read_changes_nothing_and_is_said(
    qtbot: QtBot, page: ImportPage, tmp_path: Path
) -> None:
    to_findings(qtbot, page, small_ledger(tmp_path))
    step, window = page.findings, page.window()
    assert isinstance(window, MainWindow)
    step.go_to(next(f for f in step.open_errors() if f.code == "unit_text_in_number"))
    press(Qt.Key.Key_2)
    step.pane.value.line().setText("很多")
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.message is not None and window.message.isVisible())
    assert window.message is not None and "无法识别" in window.message.body.text()
    window.message.accept()
    assert page.review.decisions == {}


def test_the_sample_roster_reads_as_decided_and_its_open_questions_go_to_a_list(
    qtbot: QtBot, page: ImportPage, tmp_path: Path
) -> None:
    to_findings(qtbot, page, ROSTER, "roster")
    step = page.findings
    rows = step.table.rows
    assert rows.row_of("fold") == rows.rowCount() - 1  # 已规范 is one row
    step.table.go_to("fold")
    press(Qt.Key.Key_Return)
    assert page.plan is not None
    assert rows.rowCount() == len(page.plan.findings) + 1
    masked = next(f for f in page.plan.findings if f.code == "id_number_check_digit_wrong")
    step.go_to(masked)
    assert "*" in step.source.framed_text()
    QTest.keyPress(step.table, Qt.Key.Key_I, ALT)
    assert "*" not in step.source.framed_text()
    QTest.keyRelease(step.table, Qt.Key.Key_Alt)
    assert "*" in step.source.framed_text()
    alike = [f for f in page.plan.findings if f.code == "id_number_length"]
    step.go_to(alike[0])
    press(Qt.Key.Key_A, ALT)
    qtbot.waitUntil(lambda: all(f.key in page.review.decisions for f in alike))
    planned(qtbot, page)
    page.save_list(tmp_path / "补采单.xlsx")
    qtbot.waitUntil(lambda: (tmp_path / "补采单.xlsx").exists() and not page.shell.gates.busy())
    page.review.decisions.update(load_decisions(SAMPLES / "roster_decisions.json"))
    page.replan()
    planned(qtbot, page)
    outcome = import_review.outcome_of(page.plan)
    assert (outcome.records, outcome.persons) == (301, 1002)


def test_a_stopped_check_never_lets_old_figures_through(qtbot: QtBot, page: ImportPage, tmp_path: Path) -> None:
    to_findings(qtbot, page, small_ledger(tmp_path))
    press(Qt.Key.Key_1)
    page.replan()
    press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page._planning is None and not page.shell.gates.busy())
    if page._stale:  # the check may have ended before Esc
        assert page.next_button.text() == "接着重算"
        press(Qt.Key.Key_Return, CTRL)
        planned(qtbot, page)
    assert page.step() == wizard.FINDINGS and page.next_button.text() == "下一步：写入"
    assert page._good == page.review.decisions


def test_nothing_is_written_before_the_last_step_and_the_import_can_be_taken_back(
    qtbot: QtBot, page: ImportPage, ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_ledger(tmp_path)
    had = assets(ws)
    to_findings(qtbot, page, path)
    for finding in list(page.findings.open_errors()):
        page.findings.go_to(finding)
        press(Qt.Key.Key_1)
    planned(qtbot, page)
    with held_back(page.shell.gates, "before-") as late:
        press(Qt.Key.Key_Return, CTRL)
    assert page.step() == wizard.WRITE and not page.next_button.isEnabled()
    page.commit()  # whether this file was imported before is not known yet
    late.set()
    at_step(qtbot, page, wizard.WRITE)
    assert page.plan is not None and page.next_button.hasFocus()
    outcome = import_review.outcome_of(page.plan)
    assert assets(ws) == had and page.next_button.text() == f"写入 {outcome.records} 项"
    press(Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page.write.stack.currentIndex() == 1, timeout=20_000)
    assert assets(ws) == (had[0] + outcome.records, had[1] + (outcome.sum_fen or 0))
    assert page.write.done_title.text() == f"已写入 {outcome.words}"
    page.begin_again()
    to_findings(qtbot, page, path)
    for finding in list(page.findings.open_errors()):
        page.findings.go_to(finding)
        press(Qt.Key.Key_1)
    planned(qtbot, page)
    press(Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(page.write.note.isVisible)  # imported already
    asked: list[str] = []
    monkeypatch.setattr(import_writing, "confirm", lambda title, *_a, **_k: asked.append(title))  # a person says no
    press(Qt.Key.Key_Return, CTRL)
    assert asked and assets(ws)[0] == had[0] + outcome.records
    page.take_back_before()
    qtbot.waitUntil(lambda: not page.write.note.isVisible() and not page.shell.gates.busy())
    assert assets(ws) == had
    press(Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page.write.stack.currentIndex() == 1, timeout=20_000)
    press(Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: "已撤回" in page.write.done_title.text(), timeout=20_000)
    assert assets(ws) == had


def test_esc_stops_the_writing_and_nothing_is_written(
    qtbot: QtBot, page: ImportPage, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    had = assets(ws)
    to_findings(qtbot, page, LEDGER)
    for finding in list(page.findings.open_errors()):
        page.review.decide([finding], "proposed")
    page.replan()
    planned(qtbot, page)
    press(Qt.Key.Key_Return, CTRL)
    at_step(qtbot, page, wizard.WRITE)
    real = wizard.importing.commit_import

    pressed = threading.Event()

    def begun(*args: object, **more: object) -> object:
        pressed.wait(30)  # the real writing begins when Esc was pressed
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(wizard.importing, "commit_import", begun)
    press(Qt.Key.Key_Return, CTRL)
    press(Qt.Key.Key_Escape)
    pressed.set()
    qtbot.waitUntil(lambda: page._busy is None and not page.shell.gates.busy(), timeout=20_000)
    assert assets(ws) == had and page.step() == wizard.WRITE and page.next_button.isEnabled()
