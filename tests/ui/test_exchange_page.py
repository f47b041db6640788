"""The exchange page on real registers: enrolling, sending, receiving, and conflicts decided by keys and taken back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app.exchange import exchanging
from desktop.app.exchange.exchanging import conflict_views, decide_scope, export, merge, outside_scope
from desktop.app.workspace import Workspace, create_workspace, open_workspace
from desktop.store.key_slot import FAST_FOR_TESTS
from desktop.store.keys import Level, Role
from desktop.ui.dialogs.approve_dialog import ApproveDialog
from desktop.ui.dialogs.message import MessageDialog
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.main_window import MainWindow
from desktop.ui.navigation import Address
from desktop.ui.pages.exchange import ExchangePage
from desktop.ui.pages.page import PageSpec
from desktop.ui.workers import Gates
from tests.ui.conftest import held_back

PASSPHRASE = "correct horse battery staple"
COUNTY, TOWN, VILLAGE = "440705", "440705104", "440705104201"
CTRL = Qt.KeyboardModifier.ControlModifier
Show = Callable[[Workspace], ExchangePage]


@dataclass
class Programme:
    """A county and two laptops that edited the same household and asset, with the packages they made."""

    folder: Path
    household: str
    asset: str

    def open(self, name: str) -> Workspace:
        """Open one of the three registers."""
        return open_workspace(self.folder / name, passphrase=PASSPHRASE)


def make(folder: Path, unit: str, level: Level, division: str, user: str, role: Role = "county-admin") -> Workspace:
    """A new register with quick keys."""
    made, _code = create_workspace(
        folder, unit_name=unit, level=level, division_code=division, user=user, passphrase=PASSPHRASE, role=role,
        profile=FAST_FOR_TESTS,
    )  # fmt: skip
    return made


def enrol(county: Workspace, laptop: Workspace, folder: Path, name: str) -> None:
    """Request, certificate, acceptance."""
    exchanging.write_request(laptop, folder / f"{name}.xcreq", name)
    exchanging.approve_request(
        county, folder / f"{name}.xcreq", folder / f"{name}.xccert", divisions=[TOWN], role="town-reviewer"
    )
    exchanging.accept_certificate(laptop, folder / f"{name}.xccert")


def change(ws: Workspace, table: str, row: str, **values: object) -> None:
    """One edit."""
    with ws.register.write("入户核实") as scope:
        scope.change(table, row, values)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    """The programme, made once; tests work on copies."""
    folder = tmp_path_factory.mktemp("programme")
    county = make(folder / "county", "样例县农业农村局", "county", COUNTY, "县样")
    a = make(folder / "a", "双水镇人民政府", "town", TOWN, "何试秀")
    b = make(folder / "b", "双水镇人民政府", "town", TOWN, "谢拟民")
    enrol(county, a, folder, "一号机")
    enrol(county, b, folder, "二号机")
    with a.register.write("登记") as scope:
        place = {"division_code": VILLAGE}
        household = scope.insert("household", {"head_name": "黄仿明", "phone": "10000000001", **place})
        asset = scope.insert("asset", {"name": "样例冷链仓", "status": "normal", **place})
    export(a, folder / "a1.xcp")
    merge(county, folder / "a1.xcp")
    export(county, folder / "b0.xcp", to=["二号机"])
    merge(b, folder / "b0.xcp")
    change(a, "household", household, phone="10000000002", house_grade="C", address="祠堂边")
    change(b, "household", household, phone="10000000003", house_grade="B")
    change(a, "asset", asset, status="idle")
    change(b, "asset", asset, status="inefficient")
    export(a, folder / "a2.xcp")
    export(b, folder / "b2.xcp")
    for ws in (county, a, b):
        ws.close()
    return Programme(folder, household, asset)


@pytest.fixture
def programme(made: Programme, tmp_path: Path) -> Programme:
    """A copy of the programme."""
    shutil.copytree(made.folder, tmp_path / "册")
    return Programme(tmp_path / "册", made.household, made.asset)


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """Opens the exchange page of a register in a real window; closes everything after the test."""
    opened: list[tuple[Gates, Workspace]] = []

    def function(ws: Workspace) -> ExchangePage:
        gates = Gates()
        ws.register.listeners.append(gates.notify)
        window = MainWindow([PageSpec("exchange", lambda shell: ExchangePage(shell, ws))], gates)
        opened.append((gates, ws))
        qtbot.addWidget(window)
        window.resize(1366, 698)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        window.open(Address("exchange"))
        page = window.current_page()
        assert isinstance(page, ExchangePage)
        page.kept_window = window  # type: ignore[attr-defined]  # qtbot keeps no reference of its own
        qtbot.waitUntil(lambda: not gates.busy())
        return page

    yield function
    for gates, ws in opened:
        qtbot.waitUntil(lambda gates=gates: not gates.busy())
        assert gates.close()
        ws.close()


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key press on whatever has the focus."""
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClick(widget, key, modifier)


def quiet(qtbot: QtBot, page: ExchangePage, ready: Callable[[], object] = lambda: True) -> None:
    """Wait until something is so and nothing runs."""
    qtbot.waitUntil(lambda: bool(ready()) and not page.shell.gates.busy(), timeout=20_000)


def receive(qtbot: QtBot, page: ExchangePage, *paths: Path) -> None:
    """Look at packages and merge those that can be, by key."""
    page.show_tab("receive")
    page.receive.take(paths)
    quiet(qtbot, page, lambda: len(page.receive.rows) >= len(paths))
    press(Qt.Key.Key_Return, CTRL)
    quiet(qtbot, page, lambda: not page.receive.ready())


def test_packages_are_looked_at_then_merged_each_with_its_own_sentence(
    qtbot: QtBot, show: Show, programme: Programme
) -> None:
    county = programme.open("county")
    page = show(county)
    damaged = programme.folder / "坏包.xcp"
    raw = bytearray((programme.folder / "b2.xcp").read_bytes())
    raw[-40] ^= 1
    damaged.write_bytes(bytes(raw))
    page.show_tab("receive")
    page.receive.take([programme.folder / "a2.xcp", damaged, programme.folder / "a1.xcp"])
    quiet(qtbot, page, lambda: len(page.receive.rows) == 3)
    first, broken, before = page.receive.rows
    assert (first.state, first.sender) == ("ready", "一号机") and "变更" in first.inside
    assert broken.state == "refused" and "没有合并任何内容" in broken.said
    assert before.state == "already" and "此包已合并" in before.said
    assert page.receive.go_button.text() == "合并 1 个包"
    assert county.register.row("household", programme.household)["phone"] == "10000000001"  # type: ignore[index]
    with held_back(page.shell.gates, "合并数据包") as late:
        press(Qt.Key.Key_Return, CTRL)
    page.receive.take([programme.folder / "b0.xcp"])  # dropped while another is merged: looked at all the same
    qtbot.waitUntil(lambda: len(page.receive.rows) == 4)
    late.set()
    quiet(qtbot, page, lambda: first.state == "merged")
    assert "来自 一号机，新变更" in first.said
    assert county.register.row("household", programme.household)["phone"] == "10000000002"  # type: ignore[index]
    receive(qtbot, page, programme.folder / "b2.xcp")
    quiet(qtbot, page, lambda: "3 处要您定" in page.receive.note.text())
    page.receive.note.link_clicked.emit()
    assert page.tab() == "conflicts"


def test_conflicts_are_decided_by_keys_as_one_unit_and_taken_back_whole(
    qtbot: QtBot, show: Show, programme: Programme
) -> None:
    county = programme.open("county")
    page = show(county)
    receive(qtbot, page, programme.folder / "a2.xcp", programme.folder / "b2.xcp")
    page.show_tab("conflicts")
    pane = page.conflicts
    assert pane is not None
    quiet(qtbot, page, lambda: pane.list.count() == 2)
    pane.list.go_to(f"household|{programme.household}")
    card = pane.card
    card.setFocus()
    assert card.title.text() == "黄仿明" and card.record is not None
    assert [view.field for view in card.record.views] == ["phone", "house_grade"]
    sides = [cell.text() for _column, cell in sorted(card.cells[1].items())]
    assert {text[0] for text in sides} == {"B", "C"}
    assert all("*" in cell.text() for cell in card.cells[0].values())  # telephone numbers are masked
    assert not pane.go_button.isEnabled() and "还差 2 项" in pane.go_button.text()
    press(Qt.Key.Key_1)
    assert card.current() == 1  # on to the field that waits
    press(Qt.Key.Key_2)
    assert pane.go_button.isEnabled()
    wanted = [view.choices[(card.record.decision(view).take or 0) - 1].raw for view in card.record.views]
    press(Qt.Key.Key_Return, CTRL)
    quiet(qtbot, page, lambda: len(conflict_views(county)) == 1)
    row = county.register.row("household", programme.household)
    assert row is not None and [row["phone"], row["house_grade"]] == wanted
    assert card.title.text() == "样例冷链仓"  # the next one
    assert pane.progress_word.text() == "2 条，已定 1 条"
    page.window().activateWindow()
    press(Qt.Key.Key_Z, CTRL)
    quiet(qtbot, page, lambda: len(conflict_views(county)) == 3 and pane.list.count() == 2)
    assert pane.progress_word.text() == "2 条，已定 0 条"


def test_f2_writes_a_value_of_ones_own_esc_leaves_it_and_the_decision_goes_down(
    qtbot: QtBot, show: Show, programme: Programme
) -> None:
    county = programme.open("county")
    page = show(county)
    receive(qtbot, page, programme.folder / "a2.xcp", programme.folder / "b2.xcp")
    page.show_tab("conflicts")
    pane = page.conflicts
    assert pane is not None
    quiet(qtbot, page, lambda: pane.list.count() == 2)
    press(Qt.Key.Key_PageDown)
    press(Qt.Key.Key_PageUp)
    pane.list.go_to(f"household|{programme.household}")
    card = pane.card
    card.setFocus()
    press(Qt.Key.Key_F2)
    focused = QApplication.focusWidget()
    assert focused is not None and card.isAncestorOf(focused)
    press(Qt.Key.Key_Escape)
    assert card.record is not None and card.record.open_count() == 2 and QApplication.focusWidget() is card
    press(Qt.Key.Key_F2)
    line = QApplication.focusWidget()
    assert line is not None
    line.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(line, "10000000123")  # digits are typed, they take no side
    card.take_all(2)
    card.go(0)
    press(Qt.Key.Key_F2)
    line = QApplication.focusWidget()
    line.selectAll()  # type: ignore[union-attr]
    QTest.keyClicks(line, "10000000123")
    assert card.record.decisions[card.record.views[0].case].value == "10000000123"
    press(Qt.Key.Key_Return, CTRL)
    quiet(qtbot, page, lambda: len(conflict_views(county)) == 1)
    assert county.register.row("household", programme.household)["phone"] == "10000000123"  # type: ignore[index]
    page.show_tab("send")
    quiet(qtbot, page, lambda: page.send.go_button.isEnabled())
    page.send.to.setCurrentIndex(page.send.to.findText("双水镇人民政府 一号机"))
    page.send.count()
    quiet(qtbot, page, lambda: page.send.go_button.isEnabled())
    assert {name for name, _n in page.send._content.by_table} >= {"household"}  # type: ignore[union-attr]
    target = programme.folder / "down.xcp"
    page.send.save_to(target)
    quiet(qtbot, page, lambda: page.send.result.isVisible() and target.exists())
    assert "已存 down.xcp" in page.send.result.text() and "校验值" in page.send.result.text()
    quiet(qtbot, page, lambda: page.send.past.rows.rowCount() >= 1)
    laptop = programme.open("a")
    merge(laptop, target)
    assert laptop.register.row("household", programme.household)["phone"] == "10000000123"  # type: ignore[index]
    laptop.close()
    page.send.save_to(target)  # never over a file that is there
    quiet(qtbot, page, lambda: "没有覆盖" in page.send.result.text())


def test_a_new_laptop_enrols_through_the_page_and_can_be_stopped(
    qtbot: QtBot, show: Show, programme: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = programme.open("county")
    page = show(county)
    laptop = make(tmp_path / "c", "双水镇人民政府", "town", TOWN, "林例芳")
    there = show(laptop)
    assert there.send.none.isVisible() and not there.send.bar.isVisible()
    there.show_tab("devices")
    there.devices.write_request(tmp_path / "c.xcreq")
    quiet(qtbot, there, there.devices.note.isVisible)
    own = there.devices.own_print.text()
    assert len(own.split()) == 6 and own in there.devices.note.text()

    page.show_tab("devices")
    page.devices.look_at_request(tmp_path / "c.xcreq")
    quiet(qtbot, page, lambda: isinstance(page.devices.dialog, ApproveDialog))
    dialog = page.devices.dialog
    assert isinstance(dialog, ApproveDialog)
    assert dialog.fingerprint.text() == own and dialog.codes() == [TOWN]
    dialog.scope.setText("999999")
    assert not dialog.go_button.isEnabled() and "999999" in dialog.said.text()
    dialog.scope.setText(TOWN)
    target = str(tmp_path / "c.xccert")
    monkeypatch.setattr("desktop.ui.pages.exchange_devices.QFileDialog.getSaveFileName", lambda *_a, **_k: (target, ""))
    dialog.go_button.click()
    quiet(qtbot, page, lambda: "证书已存" in page.devices.note.text())

    there.devices.look_at_certificate(Path(target))
    quiet(qtbot, there, lambda: isinstance(there.devices.dialog, MessageDialog))
    asked = there.devices.dialog
    assert isinstance(asked, MessageDialog) and page.devices.root_print.text() in asked.body.text()
    asked.buttons["go"].click()
    quiet(qtbot, there, lambda: there.devices.state.text() == "已加入项目" and not there.send.none.isVisible())
    there.show_tab("send")
    quiet(qtbot, there, lambda: there.send.go_button.isEnabled())
    assert there.send.to.currentText().startswith("县级")

    key = laptop.register.device.hex()
    page.devices.table.go_to(key)
    assert page.devices.revoke_button.isEnabled()
    page.devices.ask_revoke()
    reason = page.devices.dialog
    assert isinstance(reason, ReasonDialog)
    reason.field.setPlainText("电脑丢失")
    reason.go_button.click()
    quiet(qtbot, page, lambda: page.devices._devices[key].revoked)
    page.send.refresh()
    quiet(qtbot, page)
    assert page.send.to.findData(key) < 0


def test_changes_outside_a_laptops_divisions_wait_for_the_county(
    qtbot: QtBot, show: Show, programme: Programme
) -> None:
    laptop = programme.open("a")
    with laptop.register.write("登记") as scope:
        scope.insert("household", {"head_name": "陈样生", "division_code": "440705199201"})
    export(laptop, programme.folder / "a3.xcp")
    laptop.close()
    county = programme.open("county")
    page = show(county)
    receive(qtbot, page, programme.folder / "a3.xcp")
    pane = page.conflicts
    assert pane is not None
    waiting = outside_scope(county)
    assert waiting
    quiet(qtbot, page, lambda: pane.outside.rows.rowCount() == len(waiting))
    page.show_tab("conflicts")
    page.show_address(Address("exchange", part="scope"))
    assert pane.all_button.isVisible() and QApplication.focusWidget() is pane.outside
    pane.all_button.click()
    quiet(qtbot, page, lambda: pane.outside.rows.rowCount() == 0 and not outside_scope(county))


def test_cases_name_the_record_and_lead_there(qtbot: QtBot, show: Show, programme: Programme) -> None:
    county = programme.open("county")
    with county.register.write("登记") as scope:
        household = scope.insert("household", {"head_name": "例户", "division_code": VILLAGE})
        scope.insert("person", {"household_id": household, "name": "仿拟", "relation": "spouse"})
    page = show(county)
    pane = page.conflicts
    assert pane is not None
    quiet(qtbot, page, lambda: pane.cases.rows.rowCount() == 1)
    opened: list[Address] = []
    with replaced(page.shell, "open", opened.append):
        pane._open_case("0")
    assert opened == [Address("household", household)] and "没有户主" in pane._found.cases[0].message


def test_what_the_role_may_not_do_is_not_there(qtbot: QtBot, show: Show, tmp_path: Path) -> None:
    surveyor = make(tmp_path / "s", "双水镇人民政府", "town", TOWN, "区虚远", role="surveyor")
    page = show(surveyor)
    assert page.conflicts is None and page.tabs.keys() == ["send", "receive", "history", "devices"]
    page.show_tab("devices")
    assert not page.devices.approve_button.isVisible() and not page.devices.revoke_button.isVisible()
    with pytest.raises(Exception, match="不能"):
        decide_scope(surveyor, ["all"], admit=True)


@contextmanager
def replaced(owner: object, name: str, value: object) -> Iterator[None]:
    """An attribute replaced for a while."""
    old = getattr(owner, name)
    setattr(owner, name, value)
    yield
    setattr(owner, name, old)


def test_a_whole_merge_is_taken_back_from_the_history_and_comes_again(
    qtbot: QtBot, show: Show, programme: Programme
) -> None:
    county = programme.open("county")
    page = show(county)
    receive(qtbot, page, programme.folder / "a2.xcp")
    after = county.register.digest()
    page.show_tab("history")
    history = page.history
    quiet(qtbot, page, lambda: len(history.merges) == 2)
    history.table.go_to(str(history.merges[0].arrival))
    quiet(qtbot, page, lambda: history.units.rows.rowCount() == 2)
    assert history.about.text() == "来了 2 批，4 处改动" and "a2.xcp" in history.chosen.text()
    assert {history.units.rows.index(i, 2).data() for i in range(2)} == {"入户核实"}
    qtbot.mouseClick(history.undo_button, Qt.MouseButton.LeftButton)
    quiet(qtbot, page, lambda: history.dialog is not None)
    dialog = history.dialog
    assert dialog is not None and dialog.go.text() == "撤回 4 处改动" and not dialog.go.isEnabled()
    assert dialog.stay.hasFocus() or not dialog.isActiveWindow()
    dialog.field.setText("收错了包")
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    quiet(qtbot, page, lambda: history.merges[0].taken_back)
    row = county.register.row("household", programme.household)
    assert row is not None and row["phone"] == "10000000001" and not history.undo_button.isEnabled()
    assert history.table.rows.index(0, 3).data() == "已撤回"
    window = page.kept_window  # type: ignore[attr-defined]
    assert window.toast_text() == "已撤回 一号机 的合并"
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    quiet(qtbot, page, lambda: county.register.digest() == after)


def test_a_package_that_came_down_is_the_countys_to_take_back(
    qtbot: QtBot, show: Show, programme: Programme
) -> None:
    page = show(programme.open("b"))
    page.show_tab("history")
    quiet(qtbot, page, lambda: page.history.merges and page.history.units.rows.rowCount())
    page.history.take_back(page.history.merges[0], "试试")
    window = page.kept_window  # type: ignore[attr-defined]
    quiet(qtbot, page, lambda: window.message is not None and window.message.isVisible())
    assert "县级下发" in window.message.body.text()
    window.message.accept()
    qtbot.mouseClick(page.history.side._buttons[1], Qt.MouseButton.LeftButton)
    assert page.history.sent.isVisible() and page.history.sent.rows.rowCount() == 1
