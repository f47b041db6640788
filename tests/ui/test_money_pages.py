"""Funds, contracts, projects and the overview in the window, on a real register, driven as a person would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot

from desktop.app.assets.asset_overview import overview
from desktop.app.keeping.self_check import check_register
from desktop.app.money.contracts import contract_detail
from desktop.app.money.money_books import contracts, today
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.ui.main_window import MainWindow
from desktop.ui.pages.asset import AssetPage
from desktop.ui.pages.asset_overview import AssetOverviewPage
from desktop.ui.pages.contract import ContractPage
from desktop.ui.pages.project import ProjectPage
from tests.ui.conftest import held_back, settled


def test_a_receipt_shows_what_it_settles_and_is_reversed(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    owing = contracts(ws, view="owing")
    assert owing
    page = go("contract", part="owing")
    assert isinstance(page, ContractPage) and page.model.rowCount() == len(owing)
    assert page.list._sum_right.text() == f"{format_yuan(sum(c.arrears_fen for c in owing))} 元"
    contract = owing[0]
    page.filters.clear()
    page = go("contract", contract.id, part="receipts")
    tab = page.detail.tab("receipts")
    qtbot.waitUntil(lambda: page.detail.shown is not None and page.detail.shown.id == contract.id)
    qtbot.waitUntil(lambda: tab.receipts.rows.rowCount() > 0 and not window.gates.busy())
    before = tab.receipts.rows.rowCount()
    tab.add_receipt()
    dialog = tab.dialog
    assert dialog.problem() == "还没有填金额" and not dialog.go.isEnabled()
    dialog.amount.set_value(contract.arrears_fen)
    dialog.amount.value_changed.emit()
    qtbot.waitUntil(lambda: dialog.preview is not None and not window.gates.busy())
    assert sum(fen for _on, fen, _s in dialog.preview.parts) == contract.arrears_fen
    assert "一分不剩" in dialog.rest.text()
    dialog.record()
    qtbot.waitUntil(lambda: tab.receipts.rows.rowCount() == before + 1 and not window.gates.busy())
    after = contract_detail(ws, contract.id, today())
    assert after is not None and after.account.arrears == 0
    assert [f.value for f in page.detail.reading.figures.figures][3] == "0.00"

    tab.receipts.go_to(after.receipts[0].id)
    assert tab.reverse_button.isEnabled()
    tab.reverse()
    tab.dialog.field.setPlainText("记错了户头")
    tab.dialog.accept()
    qtbot.waitUntil(lambda: tab.receipts.rows.rowCount() == before + 2 and not window.gates.busy())
    again = contract_detail(ws, contract.id, today())
    assert again is not None and again.account.arrears == contract.arrears_fen
    assert {p.rule for p in check_register(ws)} <= {"idle_without_plan"}


def test_a_contract_is_drafted_with_its_schedule_and_comes_into_force(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    page = go("contract")
    page.begin_new()
    qtbot.waitUntil(lambda: getattr(page, "dialog", None) is not None and not window.gates.busy())
    dialog = page.dialog
    assert dialog.hint.text() == "还没有填合同编号"
    dialog.number.setText("FX租〔2025〕088号")
    dialog.lessor.set_value(contracts(ws)[0] and _lessor(ws))
    dialog.operator.setEditText("样例县虚新公司")
    dialog.asset.setCurrentIndex(0)
    dialog.signed.set_value("2025-01-05")
    dialog.start.set_value("2025-01-01")
    dialog._started()
    dialog.end.set_value("2027-06-30")
    dialog.rent.set_value(1_000_000)
    dialog.growth.setText("10")
    dialog._tell()
    rows = [[dialog.schedule.rows.index(r, c).data() for c in (1, 2)] for r in range(dialog.schedule.rows.rowCount())]
    assert rows == [["2025-01-01", "10,000.00"], ["2026-01-01", "11,000.00"], ["2027-01-01", "6,050.00"]]
    assert "合计 27,050.00 元" in dialog.sum.text() and "样例县虚新公司" in dialog.hint.text()
    dialog.growth.setText("很多")
    dialog._tell()
    assert "递增比例" in dialog.hint.text() and not dialog.go.isEnabled()
    dialog.growth.setText("10")
    with held_back(window.gates, "登记合同") as late:
        dialog.record()
    dialog._say_interest("")  # an answer that comes now turns no button on
    dialog.record()
    late.set()
    qtbot.waitUntil(lambda: page.detail.shown is not None and page.detail.reading.title() == "样例县虚新公司")
    settled(qtbot, window)
    detail = page.detail.shown
    assert detail.state == "draft" and detail.contract.values["amount_fen"] == 2_705_000
    page.detail.show_tab("steps")
    settled(qtbot, window)
    tab = page.detail.tab("steps")
    tab.buttons["activate"].click()
    qtbot.waitUntil(lambda: page.detail.dialog is not None and not window.gates.busy())
    page.detail.dialog.record()
    qtbot.waitUntil(lambda: page.detail.shown is not None and page.detail.shown.state == "active")
    settled(qtbot, window)
    assert page.detail.shown.contract.account.arrears == 2_100_000
    assert sum(line.contract_no == "FX租〔2025〕088号" for line in contracts(ws)) == 1


def _lessor(ws: Workspace) -> str:
    with ws.register.reading() as sql:
        return str(sql.scalar("SELECT lessor_party_id FROM contract LIMIT 1"))


def test_funds_of_a_day_and_a_change_of_value(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    with ws.register.reading() as sql:
        asset = str(sql.scalar("SELECT asset_id FROM contract_asset ORDER BY contract_id LIMIT 1"))
    rule = {"depreciation_method": "straight_line", "useful_life_months": 100, "residual_rate": "0",
            "original_value_fen": 10_000_000, "built_date": "2020-01-15", "depreciation_fen": None}  # fmt: skip
    save_record(ws, open_record(ws, "asset", asset), rule)
    page = go("asset", asset, part="money")
    assert isinstance(page, AssetPage)
    tab = page.detail.tab("money")
    qtbot.waitUntil(lambda: bool(tab.net.text()) and not window.gates.busy())
    tab.on.set_value("2020-12-31")
    tab.on.value_changed.emit()
    qtbot.waitUntil(lambda: tab.net.text() == "净值 89,000.00 元")
    assert tab.equation.text() == "= 原值 100,000.00 − 累计折旧 11,000.00 − 减值准备 0.00"
    assert tab.rule.text() == "折旧：平均年限法，100 个月，残值率 0%" and tab.years_part.isVisible()
    tab.add_change()
    form = tab.dialog.form
    for column, value in (("on_date", "2020-12-01"), ("kind", "impairment"), ("amount_fen", 500_000)):
        form.editors[column].load({column: value})
        form.editors[column].changed.emit()
    tab.dialog.record()
    qtbot.waitUntil(lambda: tab.equation.text().endswith("减值准备 5,000.00") and not window.gates.busy())
    assert tab.changes.rows.rowCount() == 1
    save_record(ws, open_record(ws, "asset", asset), {"depreciation_method": None, "depreciation_fen": 700_000})
    qtbot.waitUntil(lambda: tab.rule.text().startswith("累计折旧是台账填报的数") and not window.gates.busy())
    assert not tab.years_part.isVisible(), "what was stated once is no charge of a year"


def test_what_the_ledger_says_becomes_a_contract(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    with ws.register.reading() as sql:
        code = sql.scalar("SELECT division_code FROM asset WHERE category='operating' LIMIT 1")
    asset = new_record(ws, "asset", {"name": "仿街铺面", "category": "operating", "division_code": code,
                                     "contract_no": "旧-3", "contract_start": "2024-01-01",
                                     "contract_end": "2026-12-31", "linked_households": 2})  # fmt: skip
    page = go("asset", asset, part="running")
    tab = page.detail.tab("running")
    qtbot.waitUntil(tab.offer.isVisible)
    assert "旧-3" in tab.offer.text() and tab.link_words.text() == "台账写 2 户，没有名单"
    tab.offer.link_clicked.emit()
    qtbot.waitUntil(lambda: isinstance(window.current_page(), ContractPage))
    qtbot.waitUntil(lambda: not window.gates.busy() and window.current_page().detail.shown is not None)
    assert window.current_page().detail.shown.contract.line.contract_no == "旧-3"


def test_the_overview_opens_the_lists_it_counts(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    page = go("books")
    assert isinstance(page, AssetOverviewPage)
    found = overview(ws)
    assert page.shown is not None and page.shown.ledger.total.sums() == found.ledger.total.sums()
    operating = found.categories[0]
    page._to("asset", f"category={operating.code}")()
    settled(qtbot, window)
    assets = window.current_page()
    assert isinstance(assets, AssetPage) and assets.model.rowCount() == operating.count
    page._to("asset", "not_normal=1")()
    settled(qtbot, window)
    assert assets.model.rowCount() == sum(n for line in found.categories for _word, n in line.bad)
    page._to("contract", "owing")()
    settled(qtbot, window)
    assert window.current_page().model.rowCount() == found.arrears.contracts


def test_a_project_against_its_assets(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    with ws.register.reading() as sql:
        asset, code = sql.one("SELECT id,division_code FROM asset WHERE category='public' ORDER BY asset_no LIMIT 1")
    save_record(ws, open_record(ws, "asset", asset), {"original_value_fen": 500, "fund_parts": [["central", 500]]})
    project = new_record(ws, "project", {"name": "产业路项目", "year": 2023, "state": "accepted", "division_code": code,
                                         "fund_parts": [["central", 700]]})  # fmt: skip
    page = go("project", project)
    assert isinstance(page, ProjectPage)
    tab = page.detail.tab("funds")
    qtbot.waitUntil(lambda: tab.sum.text() == "还没有归入资产")
    tab.add_asset()
    qtbot.waitUntil(lambda: tab.dialog is not None and not window.gates.busy())
    editor = tab.dialog.form.editors["project_id"]
    editor.load({"project_id": asset})
    editor.changed.emit()
    tab.dialog.record()
    qtbot.waitUntil(lambda: tab.sum.text() == "1 个来源不相等")
    page.filters.set_values({**page.filters.defaults(), "different": True})
    page.ask()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    page.filters.clear()
    settled(qtbot, window)
    tab.edit_funds()
    qtbot.waitUntil(lambda: bool(tab.dialog.parts) and not window.gates.busy())
    tab.dialog.parts[0].amount.set_value(500)
    tab.dialog.tell()
    tab.dialog.record()
    qtbot.waitUntil(lambda: tab.sum.text() == "项目资金等于资产资金")


def test_a_decision_says_what_is_wrong_and_what_rests_on_it(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    decision = new_record(ws, "decision", {
        "title": "出租圩镇商铺", "kind": "lease", "proposed_date": "2025-04-01", "consulted_date": "2025-04-10",
        "party_date": "2025-04-05", "resolved_date": "2025-04-20", "should_attend": 30, "attended": 19, "agreed": 15,
    })  # fmt: skip
    contract = contracts(ws)[0].id
    with ws.write("引用", table="contract") as scope:
        scope.change("contract", contract, {"decision_id": decision})
    page = go("decision", decision)
    tab = page.detail.tab("decision")
    qtbot.waitUntil(lambda: bool(tab.track.nodes) and not window.gates.busy())
    assert [n.status for n in tab.track.nodes] == ["done"] * 4 + ["current", "future"]
    said = tab.note.text()
    assert "早于两委商议" in said and "不足应到 30 人的 2/3" in said and "决议公开" in said
    assert tab.cited.rows.rowCount() == 1
    tab.cited.opened.emit(tab.cited.rows.id_at(0))
    assert isinstance(window.current_page(), ContractPage)
    settled(qtbot, window)


def test_the_first_page_reminds_of_arrears_and_terms(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    owing = contracts(ws, view="owing")
    with ws.write("快到期", table="contract") as scope:
        scope.change("contract", owing[0].id, {"term_start": "2020-01-01", "term_end": today()})
    page = go("home")
    words = f"{len(owing)} 份合同有欠款"
    wanted = {words, "1 份合同快到期"}
    qtbot.waitUntil(lambda: wanted <= {row.todo.what for row in page.rows} and not window.gates.busy())
    said = {row.todo.what: row.todo.detail for row in page.rows}
    assert said[words] == f"共欠 {format_yuan(sum(c.arrears_fen for c in owing))} 元"
    assert said["1 份合同快到期"] == "最早的剩 0 天"
    next(row for row in page.rows if row.todo.what == words).click()
    qtbot.waitUntil(lambda: isinstance(window.current_page(), ContractPage))
    settled(qtbot, window)
    assert window.current_page().model.rowCount() == len(owing)


def test_a_lessee_who_lives_with_an_official_is_hinted_at(
    qtbot: QtBot, window: MainWindow, ws: Workspace, go: Callable[..., Any]
) -> None:
    with ws.register.reading() as sql:
        home, official = sql.one("SELECT household_id,name FROM person WHERE relation='head' LIMIT 1")
        person = sql.scalar("SELECT id FROM person WHERE household_id=? AND relation='head'", (home,))
    save_record(ws, open_record(ws, "person", person), {"category": "村干部"})
    kin = new_record(ws, "party", {"name": "虚拟承租户", "kind": "household", "household_id": home})
    page = go("contract")
    page.begin_new()
    qtbot.waitUntil(lambda: getattr(page, "dialog", None) is not None and not window.gates.busy())
    dialog = page.dialog
    dialog.number.setText("一号")
    dialog.operator.set_value(kin)
    dialog.operator.picked.emit(kin)
    qtbot.waitUntil(lambda: dialog.hint.text() == f"经营方与镇村干部{official}同户，请核实是否回避")
    assert dialog.go.isEnabled()
    dialog.reject()
