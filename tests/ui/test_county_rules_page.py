"""县里的规定 and 代码表 in the window: set, refused, undone, sent down, offered; who may not set only reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from desktop.app.county import code_items, county_rules
from desktop.app.county.configuring import set_setting
from desktop.app.exchange import exchanging
from desktop.app.money.contracts import contract_choices
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace
from desktop.insight.lists import villages
from desktop.registry.policies import policy
from desktop.registry.policy_forms import FORMS
from desktop.ui.dialogs.contract_dialog import ContractDialog
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.page_list import Surroundings, page_specs
from desktop.ui.pages.settings import SettingsPage
from desktop.ui.pages.settings_parts import rule_editors as editors
from desktop.ui.pages.settings_parts import rule_value_editors as value_editors
from desktop.ui.pages.settings_parts.code_lists import CodeListsPart
from desktop.ui.pages.settings_parts.rules import RulesPart
from desktop.ui.widgets.code_select import CodeSelect
from desktop.ui.widgets.fields import Select
from desktop.ui.workers import Gates
from tests.exchange.conftest import make as make
from tests.exchange.laptops import TOWN, Make, enrol

Open = Callable[[Workspace], MainWindow]


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Opens windows on registers; all are at rest and closed afterwards."""
    made: list[tuple[MainWindow, Gates]] = []

    def build(ws: Workspace) -> MainWindow:
        gates = Gates()
        ws.register.listeners.append(gates.notify)
        with ws.register.reading() as sql:
            known = villages(sql)
        kept = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
        window = MainWindow(page_specs(Surroundings(ws, known, kept)), gates, place=ws.unit_name, settings=kept)
        qtbot.addWidget(window)
        window.resize(1366, 698)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(lambda: not gates.busy())
        made.append((window, gates))
        return window

    yield build
    for _window, gates in made:
        qtbot.waitUntil(lambda gates=gates: not gates.busy())  # type: ignore[misc]
        assert gates.close()


def part(qtbot: QtBot, window: MainWindow, name: str, record: str = "") -> SettingsPage:
    window.open(Address("settings", record, name))
    page = window.current_page()
    assert isinstance(page, SettingsPage)
    rest(qtbot, window)
    return page


def rest(qtbot: QtBot, window: MainWindow, ready: Callable[[], object] = lambda: True) -> None:
    qtbot.waitUntil(lambda: bool(ready()) and not window.gates.busy())


def now(ws: Workspace, key: str) -> object:
    with ws.register.reading() as sql:
        return policy(sql, key)


def rule(qtbot: QtBot, window: MainWindow, rules: RulesPart, key: str) -> value_editors.RuleEditor:
    rules.open_rule(key)
    rest(qtbot, window, lambda: rules.shown is not None and rules.shown.line.key == key)
    assert rules.editor is not None
    return rules.editor


def test_every_rule_shows_its_stored_value_unchanged(qtbot: QtBot, make: Make, opened: Open) -> None:
    ws = make("county", level="county", division="440705")
    window = opened(ws)
    rules = part(qtbot, window, "rules").rules
    assert rules.table.rows.rowCount() == len(FORMS)
    for key in FORMS:
        editor = rule(qtbot, window, rules, key)
        shown = rules.shown
        assert shown is not None and editor.value() == shown.default, key
        assert not rules.save_button.isEnabled() and not rules.problem.isVisible()
    rules.search.setText("审批")
    rules.search.flush()
    assert [rules.table.rows.id_at(n) for n in range(rules.table.rows.rowCount())] == ["disposal.limits"]


def test_a_rule_is_set_checked_undone_and_restored(qtbot: QtBot, make: Make, opened: Open) -> None:
    ws = make("county", level="county", division="440705")
    window = opened(ws)
    rules = part(qtbot, window, "rules", "disposal.limits").rules
    editor = rule(qtbot, window, rules, "disposal.limits")
    assert isinstance(editor, editors.GroupEditor)
    town = editor.parts["town"]
    assert isinstance(town, value_editors.MoneyRuleEditor)
    town.field.setFocus()
    town.field.selectAll()
    qtbot.keyClicks(town.field, "5x")
    assert not rules.save_button.isEnabled() and rules.problem.text() == "镇里能批：不是金额"
    town.field.selectAll()
    qtbot.keyClicks(town.field, "50w")
    assert rules.save_button.isEnabled() and "500,000.00 元" in rules.bar.hint()
    assert window.status.saved_text() == "未保存：规定改了还没有保存"
    qtbot.keyClick(rules, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    rest(qtbot, window, lambda: now(ws, "disposal.limits") == {"village": 0, "town": 50_000_000})
    rest(qtbot, window, lambda: rules.changes.rows.rowCount() == 1)
    assert "已保存" in window.status.saved_text() and "county样" in rules.state.text()
    assert rules.shown is not None and rules.shown.line.own and rules.default_button.isEnabled()
    window._toast._undo.click()
    rest(qtbot, window, lambda: rules.shown is not None and not rules.shown.line.own)
    assert now(ws, "disposal.limits") == {"village": 0, "town": 20_000_000}
    days = rule(qtbot, window, rules, "contract.remind_days")
    assert isinstance(days, value_editors.LineEditor)
    days.line.setText("45，10、 30")
    days.line.textEdited.emit("")
    rules.save()
    rest(qtbot, window, lambda: now(ws, "contract.remind_days") == [45, 30, 10])
    rest(qtbot, window, lambda: rules.default_button.isEnabled())
    rules.restore_default()
    rest(qtbot, window, lambda: now(ws, "contract.remind_days") == [90, 60, 30, 7])
    limits = rule(qtbot, window, rules, "distribution.use_limits")
    assert isinstance(limits, editors.ItemsEditor)
    low, high = (limits.cells["maintenance"][k] for k in ("min_percent", "max_percent"))
    assert isinstance(low, value_editors.LineEditor) and isinstance(high, value_editors.LineEditor)
    low.line.setText("20")
    high.line.setText("10")
    limits.changed.emit()
    assert rules.problem.text() == "项目运营管护：最低不能高于最高" and not rules.save_button.isEnabled()
    rules.give_up()
    assert not rules.problem.isVisible() and window.status.saved_text().startswith("已保存")
    order = rule(qtbot, window, rules, "distribution.use_order")
    assert isinstance(order, editors.OrderEditor)
    assert (order.up.key(), order.up.shortcut().toString()) == ("Alt+↑", "Alt+Up")
    order.table.selectRow(1)
    order.up.click()
    rules.save()
    rest(qtbot, window, lambda: (now(ws, "distribution.use_order") or [""])[0] == "maintenance")  # type: ignore[index]
    set_setting(ws, "interest.officials", [{"name": "样外人", "household_id": "ab"}])
    rest(qtbot, window)
    names = rule(qtbot, window, rules, "interest.officials")
    assert isinstance(names, editors.WordsEditor)
    names.box.setPlainText(names.box.toPlainText() + "\n例内人")
    rules.save()
    rest(qtbot, window, lambda: len(now(ws, "interest.officials")) == 2)  # type: ignore[arg-type]
    assert now(ws, "interest.officials") == [{"name": "样外人", "household_id": "ab"}, "例内人"]


def test_those_who_may_not_set_read_who_may(qtbot: QtBot, make: Make, opened: Open, tmp_path: Path) -> None:
    county, laptop = make("county", level="county", division="440705"), make("a")
    set_setting(laptop, "finding.max_put_off", 5)
    enrol(county, laptop, tmp_path, TOWN)
    set_setting(county, "finding.max_put_off", 1)
    code_items.add_item(county, "income_use", "村内道路养护", code="road", after="maintenance")
    exchanging.export(county, tmp_path / "down.xcp", to=["a"])
    exchanging.merge(laptop, tmp_path / "down.xcp")
    window = opened(laptop)
    page = part(qtbot, window, "rules", "finding.max_put_off")
    rest(qtbot, window, lambda: page.rules.shown is not None and page.rules.shown.line.key == "finding.max_put_off")
    assert page.rules.editor is None and not page.rules.bar.isVisible() and not page.rules.setting.isVisible()
    assert "由县里设定，随县里的数据包下发" in page.rules.locked.text()
    assert "county样" in page.rules.state.text() and "随包收到" in page.rules.state.text()
    assert page.rules.here.isVisible() and "自己定过" in page.rules.here.text()
    page.rules.here.link_clicked.emit()
    rest(qtbot, window, lambda: not page.rules.here.isVisible())
    assert now(laptop, "finding.max_put_off") == 1 and not exchanging.conflict_views(laptop)
    part(qtbot, window, "codes", "income_use")
    rest(qtbot, window, lambda: page.codes.items.rows.rowCount() == 11)
    assert not page.codes.add_button.isVisible() and page.codes.locked.isVisible()
    assert page.codes.items.rows.id_at(2) == "road"
    assert ("村内道路养护", "road") in [(n, c) for n, c in CodeSelect("income_use")._choices()]
    county.register.role = "town-reviewer"
    assert "镇级审核，只能看" in county_rules.version(county).why_not


def test_an_item_is_added_offered_ended_and_its_word_stays(qtbot: QtBot, make: Make, opened: Open) -> None:
    ws = make("county", level="county", division="440705")
    finding = new_record(ws, "finding", {"what": "屋顶漏水", "found_date": "2026-03-01", "division_code": f"{TOWN}201"})
    window = opened(ws)
    codes: CodeListsPart = part(qtbot, window, "codes", "finding_kind").codes
    before = codes.items.rows.rowCount()
    select = CodeSelect("finding_kind", first=[("全部", "")])
    qtbot.addWidget(select)
    codes.add()
    dialog = codes._dialog
    assert dialog is not None and not dialog.go.isEnabled() and "名称" in dialog.hint.text()
    dialog.form.editors["name"].line.setText("设备带病运行")  # type: ignore[attr-defined]
    dialog.form.editors["stands_after"].box.set_value("ledger")  # type: ignore[attr-defined]
    dialog.form.changed.emit()
    dialog.record()
    rest(qtbot, window, lambda: codes.items.rows.rowCount() == before + 1)
    made = next(i for i in codes._items.values() if i.name == "设备带病运行")
    assert made.state == "在用" and made.added
    select.renew()
    assert select.findData(made.code) >= 0, "a list that was made before offers it when it opens"
    with ws.write("定种类", table="finding") as scope:
        scope.change("finding", finding, {"kind": made.code})
    rest(qtbot, window)
    codes.items.go_to(made.code)
    codes.refresh()
    rest(qtbot, window, lambda: "检查" in codes.where.text() or "问题" in codes.where.text())
    codes.end()
    rest(qtbot, window, lambda: codes._items[made.code].state == "已停用")
    assert "旧记录照样显示" in window.toast_text()
    select.set_value("")
    select.renew()
    assert select.findData(made.code) < 0
    select.set_value(made.code)
    assert select.currentText() == "设备带病运行", "the word of an old value"
    window._toast._undo.click()
    rest(qtbot, window, lambda: codes._items[made.code].state == "在用")
    codes.items.go_to(made.code)
    codes.change()
    dialog = codes._dialog
    assert dialog is not None
    dialog.form.editors["name"].line.setText("台账不符")  # type: ignore[attr-defined]
    dialog.form.changed.emit()
    dialog.record()
    qtbot.waitUntil(lambda: getattr(window, "message", None) is not None or not window.gates.busy())
    rest(qtbot, window)
    assert codes._items[made.code].name == "设备带病运行", "another item has this word: refused"
    dialog.reject()
    codes.open_list("household_type")
    rest(qtbot, window, lambda: "户类型" in codes.title.text())
    assert not codes.add_button.isVisible() and "县里不增减" in codes.fact.text()


def test_a_contract_keeps_its_mode_though_the_county_ended_it(qtbot: QtBot, make: Make, opened: Open) -> None:
    ws = make("county", level="county", division="440705")
    window = opened(ws)
    code, _ = code_items.add_item(ws, "operation_mode", "认养经营", like="lease")
    choices = contract_choices(ws)
    offered = ContractDialog(window, ws, choices, parent=window)
    offered.mode.set_value(code)
    assert offered.mode.value() == code, "the county's mode needs a contract like the one it is like"
    code_items.end_item(ws, "operation_mode", code, "2026-01-01")
    fresh = ContractDialog(window, ws, choices, parent=window)
    fresh.mode.set_value(code)
    assert fresh.mode.value() == "lease"
    kept = ContractDialog(window, ws, choices, {"mode": code}, parent=window)
    assert kept.mode.value() == code, "what was agreed is not changed by opening it"
    for word in ("托管经营", "代耕代种"):
        code_items.add_item(ws, "operation_mode", word, like="lease")
    many = ContractDialog(window, ws, choices, {"mode": code}, parent=window)
    assert isinstance(many.mode, Select) and many.mode.value() == code
