"""处置, 检查整改 and 公示公告 on a real register: lists, tracks, steps taken by dialogs, exact sums, scanned labels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app.cases import inspections
from desktop.app.cases.disposals import begin_disposal
from desktop.app.cases.notices import make_notice
from desktop.app.cases.procedures import StepView, take_step
from desktop.app.records.editing import new_record
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.registry.notice_procedure import last_day
from desktop.registry.procedures import PROCEDURES
from desktop.reports.preview import Preview
from desktop.ui.dialogs.step_dialog import StepDialog
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.page_list import Surroundings, page_specs
from desktop.ui.pages.asset import AssetPage
from desktop.ui.pages.asset_words import current_right
from desktop.ui.pages.disposal import DisposalPage
from desktop.ui.pages.edit_pane import EditPane
from desktop.ui.pages.inspection import InspectionPage
from desktop.ui.pages.notice import NoticePage
from desktop.ui.widgets.share_editor import ShareRow
from desktop.ui.workers import Gates
from tests.app.cases.assets_for_cases import (
    COLLECTIVE,
    TOWN_COMPANY,
    VILLAGE,
    add_asset,
    add_party,
    add_photo,
    add_right,
    mark_checked,
    town_register,
)
from tests.ui.conftest import held_back, settled


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with town_register(tmp_path) as made:
        yield made


@pytest.fixture
def asset(ws: Workspace) -> str:
    collective, company = add_party(ws, COLLECTIVE), add_party(ws, TOWN_COMPANY, "enterprise", "state_town")
    made = add_asset(ws, "帮扶车间缝纫设备", number="FX-JY-0008", quantity="42", unit="台")
    add_right(ws, made, "ownership", [(collective, 2, 3), (company, 1, 3)])
    add_right(ws, made, "income", [(collective, 1, 1)])
    return made


@pytest.fixture
def window(qtbot: QtBot, ws: Workspace, asset: str, tmp_path: Path) -> Iterator[MainWindow]:
    gates = Gates()
    ws.register.listeners.append(gates.notify)
    kept = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    made = MainWindow(
        page_specs(Surroundings(ws, [(VILLAGE, "双水村")], kept)), gates, place=ws.unit_name, settings=kept
    )
    qtbot.addWidget(made)
    made.resize(1366, 698)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    qtbot.waitUntil(lambda: not gates.busy())
    ws.register.listeners.clear()
    assert gates.close()


def _scan(qtbot: QtBot, window: MainWindow, code: str, page: str = "inspection") -> None:
    """As a keyboard scanner does: faster than anybody types, into whatever has the focus, Enter at the end."""
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
    window.activateWindow()
    window.page(page).list.table.setFocus()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    for character in code:
        QTest.keyClicks(QApplication.focusWidget(), character)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)


def test_a_new_record_nobody_typed_in_is_left_without_a_question(qtbot: QtBot, window: MainWindow) -> None:
    window.open(Address("asset"))
    page = window.page("asset")
    settled(qtbot, window)
    page.begin_new()
    pane = next(p for p in page.findChildren(EditPane) if p.isVisible())
    assert pane.form.changes() == {"status": "normal"} and not pane.is_dirty()
    pane.form.editors["name"].line.setText("样例冷库")
    assert pane.is_dirty()
    pane.form.editors["name"].line.setText("")
    pane.give_up()


def test_every_step_of_every_procedure_has_a_dialog_also_one_without_fields(
    qtbot: QtBot, window: MainWindow, ws: Workspace, asset: str
) -> None:
    shell, without = window.page("disposal").shell, set()
    for table, procedure in PROCEDURES.items():
        for step in procedure.steps:
            view = StepView(step.name, step.name, "", "", (), step.needs, step.offers, step.reason_needed)
            dialog = StepDialog(shell, ws, table, asset, view, {})
            qtbot.addWidget(dialog)
            dialog.note.setPlainText("样例")
            if not dialog.form.editors:
                without.add((table, step.name))
                assert dialog.go.isEnabled()
    assert {("disposal", "stop"), ("notice", "cancel")} <= without, without


def test_a_disposal_is_taken_on_and_its_proceeds_placed(
    qtbot: QtBot, window: MainWindow, ws: Workspace, asset: str, tmp_path: Path
) -> None:
    case = begin_disposal(ws, asset, {"kind": "transfer", "reason": "market", "applied_date": "2024-09-02"})
    window.open(Address("disposal", case))
    page = window.page("disposal")
    assert isinstance(page, DisposalPage)
    settled(qtbot, window)
    pane, steps = page.detail, page.detail.tab("steps")
    assert [n.status for n in pane.track.nodes] == ["current", *["future"] * 7]
    assert "缺评估报告" in pane.shown.steps[0].bars and set(steps.buttons) == {"appraise", "meet", "stop"}

    add_photo(ws, tmp_path, "disposal", case, "appraisal", "评估.pdf")
    pane.take("appraise")
    qtbot.waitUntil(lambda: pane.dialog is not None)
    dialog = pane.dialog
    assert not dialog.go.isEnabled() and "评估机构" in dialog.hint.text()
    dialog.form.editors["appraiser"].line.setText("例诚评估所")
    dialog.form.editors["appraised_fen"].field.set_value(18_240_000)
    dialog.form.editors["appraised_date"].field.set_value("2024-09-16", "day")
    dialog.on.set_value("2024-09-16", "day")
    dialog.form.changed.emit()
    assert dialog.go.isEnabled()
    dialog.record()
    settled(qtbot, window)
    assert pane.shown.state == "appraised" and [n.status for n in pane.track.nodes][:2] == ["done", "current"]

    pane.add_decision()
    editors = pane.meeting.form.editors
    for column, day in (("proposed_date", "08"), ("consulted_date", "10"), ("party_date", "18"),
                        ("resolved_date", "22"), ("resolution_public_date", "22")):  # fmt: skip
        editors[column].field.set_value(f"2024-09-{day}", "day")
    for column, people in (("should_attend", 32), ("attended", 28), ("agreed", 27)):
        editors[column].line.setText(str(people))
    pane.meeting.form.changed.emit()
    pane.meeting.record()
    settled(qtbot, window)
    with ws.register.reading() as sql:
        decision = str(sql.scalar("SELECT id FROM decision WHERE kind='disposal'"))
    with ws.write("县里定", right="admin") as scope:
        scope.insert("setting", {"key": "disposal.without_notice", "value": '["transfer"]'})
    take_step(ws, "disposal", case, "meet", {"decision_id": decision}, on="2024-09-22")
    settled(qtbot, window)
    pane.show_tab("steps")
    ws.register.role = "asset-manager"
    pane.show_record(case)
    settled(qtbot, window)
    assert not steps.buttons["approve"].isEnabled() and steps.buttons["back"].isEnabled()
    ws.register.role = "county-admin"
    approval = {"approval_level": "town", "approval_doc_no": "4 号"}
    take_step(ws, "disposal", case, "approve", approval, on="2024-10-13")
    take_step(ws, "disposal", case, "notice", on="2024-10-22")
    sale = {"buyer": "虚安公司", "proceeds_fen": 18_650_000, "proceeds_date": "2024-11-06"}
    take_step(ws, "disposal", case, "trade", sale, on="2024-11-06")
    pane.show_tab("destinations")
    settled(qtbot, window)
    tab = pane.tab("destinations")
    assert tab.bar.status() == "还差 186,500.00 元" and pane.track.nodes[6].tone == "danger"
    tab.add_off.click()
    tab.deductions[0].what.setText("交易服务费")
    tab.deductions[0].amount.set_value(777_748)
    tab._edited()
    pane.show_record(case)  # as after any write to what the page shows
    settled(qtbot, window)
    assert tab.deductions[0].amount.value() == 777_748, "what is being written is newer than what was loaded"
    tab.split_by_share()
    settled(qtbot, window)
    assert [line.row()[2] for line in tab.destinations] == [11_914_835, 5_957_417]
    assert tab.bar.status() == "去向合计等于成交价" and "未定 0.00" in tab.bar.equation()
    tab.destinations[0].amount.set_value(11_914_834)
    tab._edited()
    assert tab.bar.status() == "还差 0.01 元"
    tab.destinations[0].amount.set_value(11_914_835)
    tab._edited()
    tab.save()
    settled(qtbot, window)
    assert not tab._dirty
    take_step(ws, "disposal", case, "settle", on="2024-11-13")
    settled(qtbot, window)
    assert pane.shown.state == "settled" and not tab.save_button.isVisible()


def test_a_scanned_label_shows_its_asset_in_the_ledger(
    qtbot: QtBot, window: MainWindow, ws: Workspace, asset: str
) -> None:
    other = new_record(ws, "asset", {"name": "样例水泵", "division_code": "440705104201", "category": "public"})
    window.open(Address("asset"))
    page = window.page("asset")
    assert isinstance(page, AssetPage)
    page.category.set_value("operating")
    settled(qtbot, window)
    for wanted in (other, asset):
        _scan(qtbot, window, wanted, "asset")
        settled(qtbot, window)
        assert page.list.table.current_id() == wanted and page.category.value() == ""


def test_a_scanned_label_opens_the_check_of_its_asset(
    qtbot: QtBot, window: MainWindow, ws: Workspace, asset: str, tmp_path: Path
) -> None:
    plan = new_record(ws, "inspection_plan", {"title": "下半年检查", "division_code": "440705104",
                                              "start_date": "2024-10-01", "due_date": "2024-11-30"})  # fmt: skip
    inspections.make_due_list(ws, plan)
    loose = new_record(ws, "finding", {"what": "标识牌脱落", "division_code": "440705104"})  # of no plan
    settled(qtbot, window)
    with held_back(window.gates, "plans-") as late:
        window.open(Address("inspection"))
    page = window.page("inspection")
    assert isinstance(page, InspectionPage)
    qtbot.waitUntil(lambda: page.record == loose)
    late.set()  # the plans come after the list: the newest is chosen all the same
    settled(qtbot, window)
    assert page.plan.value() == plan and page.share.text() == "0 / 1"
    assert page.list.table.model().rowCount() == 0 and page.stage._buttons[0].text() == "未销号 0"
    assert page.figures.figures[0].value == "1 项" and "双水村 1" in page.waiting.text()

    _scan(qtbot, window, asset)
    dialog = page.dialog
    assert dialog is not None and dialog.windowTitle() == "登记检查" and page.filters.search.text() == ""
    dialog.form.editors["found"].box.set_value("partly")
    dialog.form.editors["quantity_found"].line.setText("41")
    dialog.form.changed.emit()
    assert [p.what.text() for p in dialog.problems] == ["现场只找到一部分", "账上 42台，实有 41台"]
    dialog.problems[0].tick.setChecked(False)
    dialog.record()
    settled(qtbot, window)
    assert page.share.text() == "1 / 1" and page.figures.figures[2].value == "1 条"
    assert page.stage._buttons[0].text() == "未销号 1"  # as many as the list shows, not those of other plans
    assert page.detail.reading.title() == "账上 42台，实有 41台"
    words = [n.word for n in page.detail.track.nodes]
    assert words == ["发现", "责任人", "期限", "佐证", "复查", "销号"]
    assert page.detail.tab("steps").photos.places[0].place.kind == "photo_problem"

    finding = page.record
    order = {"responsible": "单样平", "due_date": "2024-11-20"}
    take_step(ws, "finding", finding, "assign", {**order, "due_date": "2099-11-20"})
    settled(qtbot, window)
    assert page.detail.track.nodes[1].below == "单样平" and page.detail.track.nodes[3].status == "current"
    add_photo(ws, tmp_path, "finding", finding, "photo_mended")
    page.detail.take("report")
    qtbot.waitUntil(lambda: page.detail.dialog is not None)
    page.detail.dialog.reject()
    settled(qtbot, window)
    _scan(qtbot, window, "FX-JY-0008")
    assert page.dialog is not None and page.dialog._row == ""  # looked at already: another look is a row of its own
    page.dialog.reject()


def test_a_sheet_frames_what_may_not_hang_and_posts_when_clean(
    qtbot: QtBot, window: MainWindow, ws: Workspace, asset: str, tmp_path: Path
) -> None:
    case = new_record(ws, "registration", {"title": "确权", "division_code": VILLAGE, "assets": [[asset]]})
    mark_checked(ws, case)
    notice = make_notice(
        ws, "registration", case, start=today(),
        values={"body": "拟确权。\n林模华户因尿毒症，优先。", "contact_address": "镇政府二楼"},
    )  # fmt: skip
    window.open(Address("notice", notice, "sheet"))
    page = window.page("notice")
    assert isinstance(page, NoticePage)
    settled(qtbot, window)
    sheet = page.sheet
    assert sheet.isVisible() and not page.splitter.isVisible()
    assert [d.word for d in sheet.doubts] == ["因尿毒症"] and not sheet.post_button.isEnabled()
    assert not sheet.print_button.isEnabled() and "7 天" in sheet.words.enough.text()
    assert len(sheet.words.strip.days) == 7
    sheet.jump()
    assert sheet.words.body.textCursor().selectedText() == "因尿毒症"
    sheet.words.places.setText("村公示栏、祠堂旁")
    sheet.words.places.textEdited.emit("")
    with held_back(window.gates, "采用建议") as late:
        sheet.take_proposal(sheet.doubts[0])
    sheet.take_proposal(sheet.doubts[0])  # clicked twice
    assert not sheet.words.body.isEnabled()  # what is typed now would go with the words that stand there
    late.set()
    settled(qtbot, window)
    assert sheet.doubts == [] and "林模华户，优先" in sheet.words.body.toPlainText()
    assert sheet.words.places.text() == "村公示栏、祠堂旁" and sheet.post_button.isEnabled()
    sheet.draw_again()
    settled(qtbot, window)
    assert sheet.words.places.text() == "村公示栏、祠堂旁" and sheet.post_button.isEnabled()
    sheet.words.days.setText("6")
    sheet.words.days.textEdited.emit("6")
    assert not sheet.post_button.isEnabled() and sheet.words.enough.text() == "少于 7 天"
    sheet.words.days.setText("8")
    sheet.words.days.textEdited.emit("8")
    sheet.save()
    sheet.save_to(tmp_path / "公示.pdf")  # before the save has come back: both hold the same words
    settled(qtbot, window)
    with ws.register.reading() as sql:
        assert not sql.scalar("SELECT COUNT(*) FROM conflict WHERE row_id=?", (notice,))
    with Preview(tmp_path / "公示.pdf") as printed:
        assert "公示期：8 天" in printed.text(0).replace("\n", "")
    sheet.post()
    settled(qtbot, window)
    row = ws.register.row("notice", notice)
    assert row is not None and (row["state"], row["end_date"]) == ("running", last_day(today(), 8))
    assert not sheet.post_button.isVisible() and sheet.words.body.isReadOnly()
    page.show_sheet(notice)
    settled(qtbot, window)
    assert sheet.words.enough.text() == "不少于县定 7 天"  # a notice that hangs is measured by its kind as well
    sheet.leave()
    settled(qtbot, window)
    qtbot.waitUntil(lambda: page.splitter.isVisible() and page.detail.shown.state == "running")
    page.detail.show_tab("objections")
    settled(qtbot, window)
    tab = page.detail.tab("objections")
    tab.receive()
    tab.dialog.form.editors["what"].box.setPlainText("面积写大了")
    tab.dialog.form.editors["received_date"].field.set_value(today(), "day")
    tab.dialog.form.changed.emit()
    tab.dialog.record()
    settled(qtbot, window)
    assert tab.about.text() == "1 条异议，1 条没有处理" and "1 条异议" in page.detail.shown.steps[0].bars[-2]


def test_an_asset_shows_its_rights_on_any_day_and_its_cases(
    qtbot: QtBot, window: MainWindow, ws: Workspace, asset: str, tmp_path: Path
) -> None:
    committee = add_party(ws, "样例村民委员会", "village_committee")
    add_right(ws, asset, "operation", [(committee, 1, 1)], "2022-01-01")
    window.open(Address("asset", asset, "rights"))
    page = window.page("asset")
    assert isinstance(page, AssetPage)
    settled(qtbot, window)
    tab = page.detail.tab("rights")
    kinds = lambda: [tab.rights.rows.index(i, 0).data() for i in range(tab.rights.rows.rowCount())]  # noqa: E731
    assert kinds() == ["所有权", "经营权/使用权", "收益权"]
    tab.day.set_value("2021-12-31", "day")
    tab._show_rights()
    assert kinds() == ["所有权", "收益权"]
    tab.day.set_value(None)
    tab._show_rights()
    yesterday = (date.today() - timedelta(days=1)).isoformat()
    tab.known.set_value(yesterday, "day")
    tab._ask_known()
    settled(qtbot, window)
    assert tab.then.text().startswith(f"权利清单是本册到 {yesterday} 为止记下的")
    assert kinds() == [] and not tab.act.isEnabled()  # nothing of it was written down then
    tab.known.set_value(date.today().isoformat(), "day")
    tab._ask_known()
    qtbot.waitUntil(lambda: kinds() == ["所有权", "经营权/使用权", "收益权"])
    tab.rights.selectRow(2)
    before = tab.dialog
    tab.change_chosen()
    assert tab.dialog is before  # what stood then is not changed
    tab.known.set_value(None)
    tab._ask_known()
    assert tab.act.isEnabled()
    tab.rights.selectRow(2)
    tab.change_chosen()
    dialog = tab.dialog
    settled(qtbot, window)
    assert "收益权" in dialog.windowTitle()
    dialog.correct.click()
    assert dialog.start.value().iso() == "2021-12-20" and dialog.go.text() == "记为更正"
    dialog.editor.set_rows([ShareRow("", "双水村股份经济合作社", Fraction(1))])
    assert dialog.strip.isHidden()  # one interval: nothing to compare with
    dialog.change.click()
    dialog.start.set_value("2024-01-01", "day")
    dialog._tell()
    assert [i.new for i in dialog.strip.intervals] == [False, True]
    assert dialog.strip.intervals[0].days == "2021-12-20 至 2023-12-31"
    dialog.correct.click()
    dialog.source.setText("原始协议")
    dialog.source.textEdited.emit("")
    dialog.record()
    settled(qtbot, window)
    tab.past.setChecked(True)
    assert kinds() == ["所有权", "经营权/使用权", "收益权（已更正）", "收益权"]
    tab.rights.selectRow(1)
    tab.end_chosen()
    tab.asking.form.editors["valid_to"].field.set_value("2024-01-01", "day")
    tab.asking.form.editors["source_doc"].line.setText("解除协议")
    tab.asking.record()
    settled(qtbot, window)
    assert [r.valid_to for r in page.detail.shown.rights if r.kind == "operation"] == ["2024-01-01"]

    add_right(ws, add_asset(ws, "水塘"), "ownership", [(committee, 1, 1)])
    window.open(Address("asset", ws.register.row("right", _last_right(ws))["asset_id"], "rights"))  # type: ignore[index,arg-type]
    settled(qtbot, window)
    assert tab.question.isVisible() and "村委会" in tab.question.text()
    tab.ask_committee()
    tab.asking.moves.click()
    tab.asking.collective.setEditText("样例村股份经济合作联合社")
    tab.asking.start.set_value("2024-06-01", "day")
    tab.asking.paper.setText("移交协议")
    tab.asking._tell()
    tab.asking.record()
    settled(qtbot, window)
    assert not tab.question.isVisible()
    assert [h.name for h in current_right(page.detail.shown, "ownership").holders] == [COLLECTIVE]  # type: ignore[union-attr]

    tab.open_case("registration")
    tab.asking.form.editors["title"].line.setText("水塘确权")
    tab.asking.form.changed.emit()
    tab.asking.record()
    settled(qtbot, window)
    case = tab.asking.pane
    assert case.shown.state == "applied" and "收益权还没有写明" in case.shown.steps[0].bars[0]
    case.take_asset(asset, "")
    settled(qtbot, window)
    assert len(case.shown.values["assets"]) == 2
    tab.asking.accept()
    settled(qtbot, window)
    assert tab.register_button.text() == "确权登记：申请"

    page.detail.show_tab("inspection")
    settled(qtbot, window)
    looks = page.detail.tab("inspection")
    looks.begin_complaint()
    looks.dialog.form.editors["what"].box.setPlainText("水浑")
    looks.dialog.form.changed.emit()
    looks.dialog.record()
    settled(qtbot, window)
    assert looks.problems.rows.rowCount() == 1 and looks.problems.rows.index(0, 0).data() == "水浑"
    assert looks.complaints.rows.rowCount() == 1
    looks.open_complaint(looks.complaints.rows.id_at(0))
    settled(qtbot, window)
    assert looks.case is not None and "转办的问题还没有销号" in looks.case.pane.shown.steps[0].bars
    looks.case.accept()
    page.detail.show_tab("disposal")
    settled(qtbot, window)
    leaving = page.detail.tab("disposal")
    leaving.begin_disposal()
    for column, code in (("kind", "scrap"), ("reason", "life_end")):
        leaving.dialog.form.editors[column].box.set_value(code)
    leaving.dialog.form.editors["applied_date"].field.set_value("2024-09-02", "day")
    leaving.dialog.form.changed.emit()
    leaving.dialog.record()
    settled(qtbot, window)
    current = window.current_page()
    assert isinstance(current, DisposalPage) and current.detail.shown.asset["name"] == "水塘"


def _last_right(ws: Workspace) -> str:
    with ws.register.reading() as sql:
        return str(sql.scalar('SELECT MAX(id) FROM "right"'))


def test_an_ended_notice_opens_by_its_address_though_open_ones_are_listed(
    window: MainWindow, ws: Workspace, qtbot: QtBot
) -> None:
    with ws.write("公示", right="edit-assets") as scope:
        ended = scope.insert("notice", {"kind": "asset_year", "title": "年度公告", "state": "ended"})
        scope.insert("notice", {"kind": "asset_year", "title": "另一份"})
    window.open(Address("notice", str(ended)))
    page = window.page("notice")
    assert isinstance(page, NoticePage)
    qtbot.waitUntil(lambda: page.record == ended)
    assert page.stage is not None and page.stage.value() == "closed"
