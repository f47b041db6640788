"""收益分配 in the window on a real register: from receipts to signatures, driven by keys and buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app.cases.procedures import steps_taken
from desktop.app.county.configuring import set_setting
from desktop.app.distribution import paying
from desktop.app.distribution.distributing import new_plan
from desktop.app.distribution.distribution_view import plan_view
from desktop.app.records.editing import open_record, save_record
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.registry.invariants import invariant_problems
from desktop.ui.dialogs.recipients_dialog import RecipientsDialog
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.pages.asset import AssetPage
from desktop.ui.pages.distribution import DistributionPage
from desktop.ui.pages.distribution_wizard import ARCHIVE, LINES, MEETING, PAYING, RECEIPTS, USES
from desktop.ui.pages.plan_steps.archive import ArchiveStep
from desktop.ui.pages.plan_steps.lines import LinesStep
from desktop.ui.pages.plan_steps.meeting import MeetingStep
from desktop.ui.pages.plan_steps.paying import PayingStep
from desktop.ui.pages.plan_steps.receipts import ReceiptsStep
from desktop.ui.pages.plan_steps.uses import UsesStep
from desktop.ui.widgets.editors import TextEditor
from desktop.ui.widgets.labels import Label, Link
from tests.app.distribution.distribution_cases import (
    VILLAGE,
    Case,
    balanced,
    decide,
    hang_notice,
    receive,
    step,
    to_paying,
    village,
)
from tests.ui.conftest import held_back


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = village(tmp_path)
    receive(made, 60_000, 40_000)
    yield made
    made.ws.close()


@pytest.fixture
def ws(case: Case) -> Workspace:
    """The register of the village."""
    return case.ws


def open_page(qtbot: QtBot, window: MainWindow, plan: str = "") -> DistributionPage:
    window.open(Address("distribution", plan, "plan" if plan else ""))
    page = window.current_page()
    assert isinstance(page, DistributionPage)
    settle(qtbot, window, lambda: not plan or page.wizard.case is not None)
    return page


def settle(qtbot: QtBot, window: MainWindow, ready: Callable[[], object] = lambda: True) -> None:
    qtbot.waitUntil(lambda: bool(ready()) and not window.gates.busy())


def test_a_plan_is_made_by_keys_until_the_bar_lets_go(qtbot: QtBot, window: MainWindow, case: Case) -> None:
    plan = new_plan(case.ws, year=2026, division_code=VILLAGE)
    page = open_page(qtbot, window, plan)
    wizard = page.wizard
    assert wizard.stack.currentIndex() == RECEIPTS and not wizard.next_button.isEnabled()
    receipts = wizard.steps[RECEIPTS]
    assert isinstance(receipts, ReceiptsStep)
    receipts.table.setFocus()
    qtbot.keyClick(receipts.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window, lambda: wizard.case and wizard.case.view.balance.total_fen == 100_000)
    assert wizard.bar.status() == "还差 1,000.00 元没有安排"
    wizard.next_button.click()

    uses = wizard.steps[USES]
    assert isinstance(uses, UsesStep) and wizard.stack.currentIndex() == USES
    field = uses.amounts["risk_people"]
    field.setFocus()
    qtbot.keyClicks(field, "520")
    assert wizard.bar.status() == "还差 480.00 元没有安排", "sums move while one types"
    uses._rest_buttons[-1].click()
    settle(qtbot, window, lambda: plan_view(case.ws, plan).balance.balanced)
    assert plan_view(case.ws, plan).balance.kept_fen == 48_000
    settle(qtbot, window, wizard.next_button.isEnabled)
    wizard.next_button.click()

    lines = wizard.steps[LINES]
    assert isinstance(lines, LinesStep) and lines.empty.isVisible()

    def accept() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, RecipientsDialog)
        qtbot.waitUntil(lambda: dialog.count.text() == "符合 4 户（人），14 人")
        dialog.go.click()

    QTimer.singleShot(0, accept)
    lines.choose()
    settle(qtbot, window, lambda: len(lines.lines_shown()) == 4)
    assert wizard.bar.status() == "相差 0.00 元" and wizard.next_button.isEnabled()
    assert lines.sum.text() == "520.00 / 520.00"

    lines.table.selectRow(0)
    lines.table.begin()
    lines.table.field.selectAll()
    qtbot.keyClicks(lines.table.field, "1")
    assert wizard.bar.status().startswith("还差") and not wizard.next_button.isEnabled()
    qtbot.keyClick(lines.table.field, Qt.Key.Key_Down)
    lines.flush()
    settle(qtbot, window, lambda: not plan_view(case.ws, plan).balance.balanced)
    window._toast._undo.click()
    settle(qtbot, window, lambda: plan_view(case.ws, plan).balance.balanced)
    settle(qtbot, window, wizard.next_button.isEnabled)
    lines.methods.set_value("equal")
    lines._method("equal")
    settle(qtbot, window, lambda: {ln.amount_fen for ln in plan_view(case.ws, plan).lines} == {13_000})


def test_an_amount_is_saved_when_its_cell_is_left_and_the_state_line_is_never_wrong(
    qtbot: QtBot, window: MainWindow, case: Case
) -> None:
    balanced(case)
    page = open_page(qtbot, window, case.plan)
    wizard = page.wizard
    lines = wizard.steps[LINES]
    assert isinstance(lines, LinesStep)
    settle(qtbot, window, lambda: wizard.stack.currentIndex() == LINES and lines.table.rows.rowCount() == 4)
    lines._later.setInterval(600_000)  # what is saved here is saved because the cell was left
    table, field, state = lines.table, lines.table.field, window.status.saved_text

    def stored(row: int) -> int:
        return {ln.recipient.id: ln.amount_fen for ln in plan_view(case.ws, case.plan).lines}[table.rows.id_at(row)]

    def type_in(row: int, text: str) -> None:
        table.selectRow(row)
        table.begin()
        field.selectAll()
        qtbot.keyClicks(field, text)

    type_in(0, "11")
    assert state() == "未保存：正在填金额" and stored(0) != 1_100
    wizard.reload()  # another write or merge: the rows come anew while one types
    settle(qtbot, window)
    assert field.text() == "11"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot, window, lambda: stored(0) == 1_100)
    qtbot.waitUntil(lambda: state().startswith("已保存"))
    assert table.currentIndex().row() == 1 and field.hasFocus()
    type_in(1, "12")
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    settle(qtbot, window, lambda: stored(1) == 1_200)
    type_in(2, "13x")
    assert state() == "未保存：不是金额"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert table.currentIndex().row() == 2, "what is no amount is not left by Enter"
    before = stored(2)
    assert not page.may_leave() and "不是金额" in wizard.action_bar.hint()
    table.selectRow(0)
    table.setFocus()
    settle(qtbot, window)
    assert stored(2) == before and window.toast_text() == "没有记下：不是金额" and state().startswith("已保存")
    type_in(3, "14")
    window.open(Address("asset"))
    settle(qtbot, window, lambda: stored(3) == 1_400)
    open_page(qtbot, window, case.plan)
    type_in(3, "15")
    assert page.may_close()
    settle(qtbot, window, lambda: stored(3) == 1_500)

    wizard.show_step(USES)
    uses = wizard.steps[USES]
    assert isinstance(uses, UsesStep)
    uses._later.setInterval(600_000)
    amount = uses.amounts["risk_people"]
    amount.setFocus()
    amount.selectAll()
    qtbot.keyClicks(amount, "999999")
    assert state().startswith("未保存：比可分配收益多")
    wizard.show_step(LINES)
    assert wizard.stack.currentIndex() == USES and "还没有保存" in wizard.action_bar.hint()
    amount.selectAll()
    qtbot.keyClicks(amount, "500")
    assert state() == "未保存：正在填金额"
    qtbot.keyClick(amount, Qt.Key.Key_Tab)
    settle(qtbot, window, lambda: plan_view(case.ws, case.plan).balance.uses[0].amount_fen == 50_000)
    qtbot.waitUntil(lambda: state().startswith("已保存"))


def test_a_case_loaded_before_a_write_puts_nothing_back(qtbot: QtBot, window: MainWindow, case: Case) -> None:
    """What is typed into one use while that of another is still being stored was lost with the next flush."""
    plan = balanced(case)
    page = open_page(qtbot, window, plan)
    wizard = page.wizard
    wizard.show_step(USES)
    uses = wizard.steps[USES]
    assert isinstance(uses, UsesStep)
    risk, upkeep = uses.amounts["risk_people"], uses.amounts["maintenance"]
    with held_back(window.gates, "plan-case") as loaded:
        wizard.reload()
    assert loaded.came.wait(20)
    risk.setFocus()
    risk.selectAll()
    qtbot.keyClicks(risk, "510")
    with held_back(window.gates, "用途已保存") as written:
        upkeep.setFocus()
    assert written.came.wait(20)
    loaded.set()
    qtbot.waitUntil(lambda: not wizard.shell.gates._newest)  # the case of before came, and was no news
    assert risk.value() == 51_000
    written.set()
    settle(qtbot, window)
    assert risk.value() == 51_000 and not wizard._writing[plan]
    assert {u.use: u.amount_fen for u in plan_view(case.ws, plan).balance.uses}["risk_people"] == 51_000


def test_f8_goes_to_the_row_that_is_wrong_and_the_step_says_what_is_lacking(
    qtbot: QtBot, window: MainWindow, case: Case
) -> None:
    balanced(case)
    dead = list(case.homes)[2]
    save_record(case.ws, open_record(case.ws, "person", case.heads[dead]), {"change_kind": "死亡"})
    page = open_page(qtbot, window, case.plan)
    wizard = page.wizard
    settle(qtbot, window, lambda: wizard.stack.currentIndex() == LINES)
    assert wizard.bar.status() == "相差 0.00 元" and not wizard.next_button.isEnabled()
    wizard.problem_button.click()
    lines, meeting = wizard.steps[LINES], wizard.steps[MEETING]
    assert isinstance(lines, LinesStep) and isinstance(meeting, MeetingStep)
    assert lines.table.current_id() == case.homes[dead]
    lines.drop()
    settle(qtbot, window, lambda: len(lines.lines_shown()) == 3)
    assert wizard.bar.status() == "还差 185.71 元没有分到户"
    lines._method("people")
    settle(qtbot, window, wizard.next_button.isEnabled)

    wizard.next_button.click()
    assert meeting.left.text() == "可以办理"
    case.as_user("村样例")
    assert meeting.day() == today()
    meeting.on.set_value("2026-02-20", "day")  # what happened in February is written down today
    meeting.take_next()
    settle(qtbot, window, lambda: case.row()["state"] == "village_meeting")
    assert steps_taken(case.ws, "distribution", case.plan)[-1].on_date == "2026-02-20"
    settle(qtbot, window, lambda: meeting.day() == today())
    settle(qtbot, window, lambda: meeting.left.text() == "还差 1 项")
    qtbot.waitUntil(lambda: "没有填决策记录" in [x.text() for x in meeting.findChildren(Label) if x.isVisible()])
    assert "去补" in [link.text() for link in meeting.findChildren(Link) if link.isVisible()]
    meeting.add_decision()
    form = meeting.meeting.form
    assert form.editors["title"].read() == {"title": case.row()["title"]} and "结果公开" not in form.problems()
    form.editors["resolved_date"].field.set_value("2026-02-18", "day")
    form.changed.emit()
    meeting.meeting.record()
    settle(qtbot, window, lambda: case.row()["decision_id"])
    qtbot.waitUntil(lambda: "还差 1 项" in meeting.left.text())
    meeting.edit_decision()
    assert meeting.meeting.form.editors["resolved_date"].read() == {"resolved_date": "2026-02-18"}
    meeting.meeting.reject()
    made = decide(case)
    settle(qtbot, window, lambda: made in [i for i, _ in wizard.case.decisions])  # type: ignore[union-attr]
    meeting._cite(made)
    settle(qtbot, window, lambda: meeting.left.text() == "可以办理")
    meeting.take_next()
    settle(qtbot, window, lambda: case.row()["state"] == "town_review")
    settle(qtbot, window, lambda: meeting.left.text() == "还差 1 项")
    case.as_user("镇样例")
    wizard.reload()
    settle(qtbot, window, lambda: meeting.left.text() == "可以办理")
    meeting.take_next()
    settle(qtbot, window, lambda: case.row()["state"] == "noticing")
    meeting.draft_notice()
    settle(qtbot, window, lambda: wizard.case and len(wizard.case.notices) == 1)
    assert wizard.case is not None
    notice = case.ws.register.row("notice", wizard.case.notices[0].id)
    assert notice is not None and "结余" in str(notice["body_columns"])


def test_officials_among_the_recipients_are_shown_and_bar_nothing(
    qtbot: QtBot, window: MainWindow, case: Case
) -> None:
    balanced(case)
    head = list(case.homes)[1]
    set_setting(case.ws, "interest.officials", [head])
    page = open_page(qtbot, window, case.plan)
    wizard = page.wizard
    wizard.show_step(LINES)
    lines = wizard.steps[LINES]
    assert isinstance(lines, LinesStep)
    qtbot.waitUntil(lambda: lines.interest.isVisible())
    assert lines.interest.text().startswith("名单里有 1 户（人）与村镇干部")
    lines.interest.link_clicked.emit()
    assert lines.table.current_id() == case.homes[head]
    wizard.show_step(MEETING)
    meeting = wizard.steps[MEETING]
    assert isinstance(meeting, MeetingStep)
    said = [label.text() for label in meeting.findChildren(Label)]
    assert any(text.startswith("1 户（人）与村镇干部") for text in said)
    assert meeting.left.text() == "可以办理" and meeting.go_button.isEnabled()
    link = next(link for link in meeting.findChildren(Link) if link.text() == "看是谁")
    link.clicked.emit()
    assert wizard.stack.currentIndex() == LINES and lines.table.current_id() == case.homes[head]


def test_payments_are_ticked_returned_and_the_case_closes(qtbot: QtBot, window: MainWindow, case: Case) -> None:
    balanced(case)
    to_paying(case)
    page = open_page(qtbot, window, case.plan)
    wizard = page.wizard
    pay, archive = wizard.steps[PAYING], wizard.steps[ARCHIVE]
    assert isinstance(pay, PayingStep) and isinstance(archive, ArchiveStep)
    settle(qtbot, window, lambda: wizard.stack.currentIndex() == PAYING and pay.table.rows.rowCount() == 5)
    pay.table.setFocus()
    pay.table.selectRow(0)
    qtbot.keyClick(pay.table, Qt.Key.Key_Space)
    assert pay.pay_button.text() == "登记已发 1 笔" and not pay.back_button.isEnabled()
    qtbot.keyClick(pay.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert pay.ticked.text() == "勾选 5 笔，620.00 元"
    assert pay.day() == today()
    pay.on.set_value("2026-03-11", "day")  # handed over then, written down now
    pay.pay_button.click()
    settle(qtbot, window, lambda: pay.fact.text() == "已发 620.00 / 620.00 元")
    first = paying.payments_of(case.ws, case.plan)[0]
    assert first.paid_date == "2026-03-11"
    paying.return_payments(case.ws, {first.id: "销户"})
    settle(qtbot, window, lambda: "退回 1" in [b.text() for b in pay.filter._buttons])

    account_of_first = str((case.ws.register.row("payment", first.id) or {})["bank_account"])

    def new_account() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, RecordDialog)
        account = dialog.form.editors["bank_account"]
        assert isinstance(account, TextEditor)
        shown.append(account.line.text())
        account.line.setText("6217 0000 0000 0999")
        dialog.record()

    shown: list[str] = []

    pay.on.set_value(today(), "day")  # it came back today: what follows is not dated before that
    pay.table.set_ticks([first.id])
    pay._tell()
    QTimer.singleShot(0, new_account)
    pay.pay_again()
    settle(qtbot, window, lambda: [p.account_tail for p in paying.payments_of(case.ws, case.plan) if p.repays])
    assert shown == [account_of_first]
    (second,) = [p for p in paying.payments_of(case.ws, case.plan) if p.repays]
    assert second.account_tail == "0999", "what came back for a closed account goes to another"
    paying.pay_batch(case.ws, [second.id])
    wizard.show_step(ARCHIVE)
    settle(qtbot, window, archive.close_button.isEnabled)
    archive.close_case()
    settle(qtbot, window, lambda: case.row()["state"] == "closed")
    wizard.leave()
    settle(qtbot, window, lambda: page.list.isVisible() and page.model.rowCount() == 1)
    with case.ws.register.reading() as sql:
        assert not invariant_problems(sql)


def test_the_list_shows_states_and_the_asset_its_income(qtbot: QtBot, window: MainWindow, case: Case) -> None:
    balanced(case)
    step(case, "submit")
    hang_notice(case, state="draft")
    page = open_page(qtbot, window)
    settle(qtbot, window, lambda: page.model.rowCount() == 1)
    page.go_to(case.plan)
    settle(qtbot, window, lambda: page.detail.shown is not None)
    assert page.detail.reading.title().endswith("第1次收益分配")
    income = plan_view(case.ws, case.plan).balance
    assert income.kept_fen  # the foot is the sum of the column, which holds what is kept too
    assert page.list.sums()[1] == f"收益 {format_yuan(income.total_fen)} 元"
    window.open(Address("asset"))
    assets = window.current_page()
    assert isinstance(assets, AssetPage)
    settle(qtbot, window, lambda: assets.model.rowCount() == 2)
    assets.list.table.selectRow(0)
    settle(qtbot, window, lambda: assets.detail.shown is not None)
    assets.detail.show_tab("income")
    tab = assets.detail.tab("income")
    settle(qtbot, window, lambda: tab.plans.rows.rowCount() == 1)
    assert tab.receipts.rows.rowCount() == 1 and "已列入分配" in tab.sum.text()
