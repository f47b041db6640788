"""The survey page on a real register: a family of five filled by keys alone, killed, gone on with, finished."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app.visits.past_visits import past_visits, visit_audit
from desktop.app.visits.surveying import add_form, begin_visit, finish_visit, list_drafts
from desktop.app.workspace import open_workspace
from desktop.ui.application import palette_hits
from desktop.ui.navigation import Address
from desktop.ui.pages.survey import SurveyPage
from desktop.ui.pages.survey_visit import VisitFiles, VisitPane, WhereDialog
from desktop.ui.runner.note_boxes import WarningBox
from desktop.ui.runner.question_box import QuestionBox
from desktop.ui.runner.search_list import SearchList
from tests.app.visits.surveys import BABY, FAMILY, PASSPHRASE, add_family, make_register
from tests.app.visits.surveys import fill as filled_by_hand
from tests.survey.test_xlsform import workbook
from tests.ui.conftest import shown_window
from tests.ui.test_runner import write

ENTER = Qt.Key.Key_Return
CTRL = Qt.KeyboardModifier.ControlModifier
ROOT = Path(__file__).resolve().parents[2]
FIVE = {**FAMILY, "stated_size": "5", "new_members": "1", "household_ok": "1", "member": [*FAMILY["member"], BABY]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register of two families, made once."""
    place = tmp_path_factory.mktemp("survey") / "册"
    ws = make_register(place)
    add_family(ws)
    add_family(ws, "仿老")
    ws.close()
    return place


class Desk:
    """The window on the register, and hands on its keyboard."""

    def __init__(self, qtbot: QtBot, place: Path, settings: Path) -> None:
        self.qtbot = qtbot
        self.ws = open_workspace(place, passphrase=PASSPHRASE)
        self.window = shown_window(qtbot, self.ws, QSettings(str(settings), QSettings.Format.IniFormat))
        self.gates = self.window.gates
        self.window.open(Address("survey"))
        page = self.window.current_page()
        assert isinstance(page, SurveyPage)
        self.page = page
        self.wait(lambda: page.model.rowCount() == 2)

    def wait(self, ready: Callable[[], object]) -> None:
        """Until something is so and nothing runs any more."""
        self.qtbot.waitUntil(lambda: bool(ready()) and not self.gates.busy(), timeout=20_000)

    def press(self, *keys: Qt.Key | str, mod: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Keys on whatever has the focus."""
        for key in keys:
            widget = QApplication.focusWidget()
            assert widget is not None, "nothing has the focus"
            if isinstance(key, str):
                write(widget, key)
            else:
                QTest.keyClick(widget, key, mod)

    @property
    def pane(self) -> VisitPane:
        """The visit on the screen."""
        assert self.page.visit_pane is not None
        return self.page.visit_pane

    def begin(self, name: str) -> None:
        """Search a household by its initials and begin."""
        self.press(Qt.Key.Key_F, mod=CTRL)
        self.press(name)
        self.wait(lambda: self.page.model.rowCount() == 1)
        self.press(Qt.Key.Key_Down, ENTER)
        self.wait(lambda: self.page.visit_pane is not None)

    def close(self) -> None:
        """Close the window and the register."""
        self.window.close()
        self.wait(lambda: True)
        assert self.gates.close()
        self.ws.close()


@pytest.fixture
def desk(qtbot: QtBot, folder: Path, tmp_path: Path) -> Iterator[Desk]:
    """The window on a copy of the register."""
    shutil.copytree(folder, tmp_path / "册")
    made = Desk(qtbot, tmp_path / "册", tmp_path / "window.ini")
    yield made
    made.close()


def key_of(box: QuestionBox) -> str:
    """`name`, in rows `member[2].name`."""
    node, current = box.node, box.node.parent
    while current is not None and current.parent is not None:
        if current.definition.repeat is not None:
            return f"{current.definition.name}[{current.position}].{node.definition.name}"
        current = current.parent
    return node.definition.name


def answers() -> dict[str, str]:
    """The answers of the five-person family by key."""
    found: dict[str, str] = {}
    for name, value in FIVE.items():
        if isinstance(value, str):
            found[name] = value
        else:
            for at, row in enumerate(value, 1):
                found.update({f"{name}[{at}].{inner}": text for inner, text in row.items()})
    return found


def fill(desk: Desk, given: dict[str, str], until: str = "") -> list[str]:
    """Go through the form as a person would: at each question its answer by keys, then Enter. The way taken."""
    way: list[str] = []
    runner = desk.pane.runner
    for _ in range(600):
        if runner.reviewing:
            break
        box = runner.box()
        if isinstance(box, WarningBox):
            desk.press("1")
        if isinstance(box, QuestionBox):
            key = key_of(box)
            way.append(key)
            if key == until:
                return way
            answer = given.pop(key, None)
            if answer is not None:
                give(desk, box, answer)
                if runner.box() is not box:
                    continue  # a choice led on
        desk.press(ENTER)
    return way


def give(desk: Desk, box: QuestionBox, answer: str) -> None:
    """One answer with the keys its question wants."""
    editor = box.editor
    field = editor.target()
    if isinstance(field, SearchList):
        text = next(item.text for item in field.items() if item.value == answer)
        desk.press(Qt.Key.Key_A, mod=CTRL)
        desk.press(text, ENTER)
    elif hasattr(editor, "buttons"):  # options have key caps
        values = [choice.value for choice in editor.choices]
        for value in answer.split():
            place = values.index(value)
            if not editor.buttons[place].on:
                desk.press("123456789ABCDEFGHIJ"[place])
    elif answer == "OK":
        desk.press("1")
    elif editor.several_lines:
        desk.press(answer)
        desk.press(ENTER, mod=CTRL)
    else:
        desk.press(Qt.Key.Key_A, mod=CTRL)
        desk.press(answer)


def test_a_family_of_five_by_the_keyboard_alone_is_finished_corrected_and_taken_back(desk: Desk) -> None:
    desk.begin("yd")
    runner = desk.pane.runner
    assert runner.head.title.text().startswith("样大") and desk.window.nav.width() < 60
    given = answers()
    way = fill(desk, given)
    assert given == {} and len(way) > 120, given
    assert runner.reviewing and runner.review.bars() == 0 and "可以结束" in runner.review.fact.text()
    assert [p.kind for p in runner.review.points] == []
    desk.press(ENTER, mod=CTRL)
    desk.wait(lambda: desk.pane.finished is not None)
    assert desk.pane.finished is not None and desk.pane.result is not None
    made = [(r.table, r.action) for r in desk.pane.finished.records]
    assert ("person", "create") in made and ("household", "update") in made and ("visit", "create") in made
    with desk.ws.register.reading() as sql:
        household = sql.one("SELECT id,per_capita_income_fen,stated_size FROM household WHERE head_name='样大'")
        assert sql.scalar("SELECT COUNT(*) FROM person WHERE household_id=?", (household[0],)) == 5
    assert tuple(household[1:]) == (940_005, 5)
    desk.press(ENTER)
    desk.wait(lambda: desk.page.visit_pane is None)
    assert desk.page.title.fact() == "今年已走访 1 户，共 2 户"
    _correct(desk, str(household[0]))


def _correct(desk: Desk, household: str) -> None:
    visit = past_visits(desk.ws, "household", household)[0]
    desk.page.correct(visit.id)
    assert desk.page.dialog is not None
    write(desk.page.dialog.field, "电话记错了")  # type: ignore[attr-defined]
    desk.page.dialog.go_button.click()  # type: ignore[attr-defined]
    desk.wait(lambda: desk.page.visit_pane is not None)
    runner = desk.pane.runner
    assert runner.head.title.text().startswith("更正：样大") and "电话记错了" in runner.head.fact.text()
    runner.jump(runner.filling.session.node("/data/basics/contact/phone"))
    desk.window.activateWindow()  # no window manager here gives it back after a dialog
    desk.qtbot.waitUntil(desk.window.isActiveWindow)
    desk.press(Qt.Key.Key_A, mod=CTRL)
    desk.press("10099998888", ENTER)
    desk.press(ENTER, mod=CTRL)
    assert runner.reviewing
    desk.press(ENTER, mod=CTRL)
    desk.wait(lambda: desk.pane.finished is not None)
    audit = [(line.field, line.reason) for line in visit_audit(desk.ws, visit.id) if "更正" in line.reason]
    assert ("联系电话", "更正走访：电话记错了") in audit
    assert desk.pane.result is not None
    desk.pane.result.undo.click()
    desk.wait(lambda: desk.page.visit_pane is None)
    with desk.ws.register.reading() as sql:
        assert sql.scalar("SELECT phone FROM household WHERE id=?", (household,)) == "10012345678"
    desk.page.subject.show_subject("household", household)
    desk.wait(lambda: bool(desk.page.subject.visits))
    desk.page.subject.show_audit()
    desk.wait(lambda: desk.page.subject.dialog is not None)


KILLED = """
import os, sys
from io import BytesIO
from pathlib import Path
os.environ["QT_QPA_PLATFORM"] = "offscreen"
sys.path.insert(0, {root!r})
from pytestqt.qtbot import QtBot
from PySide6.QtWidgets import QApplication
app = QApplication([])
from desktop.ui.theme import theme
theme().configure(mode="light")
from tests.ui.test_survey_page import Desk, answers, fill

class Bot:
    def addWidget(self, widget): self.widget = widget
    def waitUntil(self, ready, timeout=20000):
        import time
        end = time.monotonic() + timeout / 1000
        while not ready():
            app.processEvents()
            time.sleep(0.002)
            assert time.monotonic() < end

desk = Desk(Bot(), Path({place!r}), Path({settings!r}))
desk.begin("yd")
fill(desk, answers(), until="member[3].name")
app.processEvents()
print("at", desk.pane.runner.head.saved.text(), flush=True)
import time
time.sleep(60)
"""


def test_killed_in_the_middle_the_draft_is_back_at_the_same_question(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    place = tmp_path / "册"
    shutil.copytree(folder, place)
    script = textwrap.dedent(KILLED).format(root=str(ROOT), place=str(place), settings=str(tmp_path / "a.ini"))
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    assert line.startswith("at 已保存"), line
    process.send_signal(signal.SIGKILL)
    process.wait()
    desk = Desk(qtbot, place, tmp_path / "b.ini")
    try:
        drafts = list_drafts(desk.ws)
        assert len(drafts) == 1 and drafts[0].subject_label.startswith("样大")
        desk.wait(lambda: desk.page.go_on_button.isVisible())
        desk.press(Qt.Key.Key_F5)
        desk.wait(lambda: desk.page.visit_pane is not None)
        runner = desk.pane.runner
        box = runner.box()
        assert isinstance(box, QuestionBox) and key_of(box) == "member[3].name"
        session = runner.filling.session
        assert session.node("/data/member[1]/work/work_income_month").text == "3200.5"
        assert session.node("/data/basics/size/stated_size").text == "5"
        desk.press(Qt.Key.Key_Escape)
        desk.wait(lambda: desk.page.visit_pane is None)
        assert len(list_drafts(desk.ws)) == 1
    finally:
        desk.close()


def test_a_draft_is_gone_on_with_not_begun_twice_and_dropped_only_after_asking(desk: Desk) -> None:
    desk.begin("fl")
    assert not desk.window.current_page() or desk.page.may_leave()
    desk.press(Qt.Key.Key_Escape)
    desk.wait(lambda: desk.page.visit_pane is None and len(desk.page.drafts) == 1)
    desk.press(ENTER)
    desk.wait(lambda: desk.page.visit_pane is not None)
    assert len(list_drafts(desk.ws)) == 1
    desk.press(Qt.Key.Key_Escape)
    desk.wait(lambda: desk.page.visit_pane is None)
    desk.page.filters.clear()
    desk.wait(lambda: desk.page.model.rowCount() == 2)  # nothing is filtered, the form stays chosen
    other = next(i for i in desk.page.model.ids() if not i.endswith(desk.page.drafts[0].subject_id))
    for _ in range(2):
        desk.page.begin(other)  # Enter pressed twice before the form is there
    desk.wait(lambda: desk.page.visit_pane is not None)
    assert len(list_drafts(desk.ws)) == 2
    desk.press(Qt.Key.Key_Escape)
    desk.wait(lambda: desk.page.visit_pane is None and len(desk.page.drafts) == 2)
    desk.page._drop(next(d.key for d in desk.page.drafts if other.endswith(d.subject_id)))
    desk.wait(lambda: len(desk.page.drafts) == 1)
    desk.page.go_on()
    desk.wait(lambda: desk.page.visit_pane is not None)
    hits = palette_hits(desk.ws, "fl") + palette_hits(desk.ws, "仿老")
    address = Address("survey", list_drafts(desk.ws)[0].key, "draft")
    assert [hit.address for hit in hits if hit.address and hit.address.part == "draft"] == [address, address]
    desk.press(Qt.Key.Key_Escape)
    desk.wait(lambda: desk.page.visit_pane is None)
    desk.page.drop_draft(desk.page.drafts[0].key)
    assert desk.page.dialog is not None
    desk.page.dialog.buttons["stay"].click()  # type: ignore[attr-defined]
    assert len(list_drafts(desk.ws)) == 1
    desk.page.drop_draft(desk.page.drafts[0].key)
    desk.page.dialog.buttons["go"].click()  # type: ignore[attr-defined]
    desk.wait(lambda: not desk.page.drafts)
    assert list_drafts(desk.ws) == []


def test_forms_about_assets_and_villages_list_those(desk: Desk) -> None:
    desk.page.form_select.set_value("village_profile")
    desk.page.ask()
    desk.wait(lambda: desk.page.model.rowCount() > 2)
    assert desk.page.list.table.current_id().startswith("division:")
    assert "村" in desk.page.title.fact() and not desk.page.new_button.isVisible()
    desk.page.filters.search.setText("shuangshui")
    desk.page.form_select.set_value("asset_check")
    desk.page.ask()
    desk.wait(lambda: desk.page.model.rowCount() == 0)


def test_a_toast_leaves_the_row_of_commands_free(desk: Desk) -> None:
    desk.begin("fl")
    desk.window.toast("已撤销")
    bar = desk.pane.runner.actions_bar
    top = bar.mapTo(desk.window, bar.rect().topLeft()).y()
    toast = desk.window._toast
    assert toast.isVisible() and toast.mapTo(desk.window, toast.rect().bottomLeft()).y() < top


def test_the_visit_before_stands_beside_each_question(desk: Desk) -> None:
    with desk.ws.register.reading() as sql:
        household = str(sql.scalar("SELECT id FROM household WHERE head_name='仿老'"))
    first = begin_visit(desk.ws, "household_visit", "household", household)
    four = {**FAMILY, "household_ok": "1", "stated_size": "4", "new_members": "0", "signed_by": "仿老"}
    filled_by_hand(first, four)
    assert finish_visit(desk.ws, first).done
    desk.begin("fl")
    runner = desk.pane.runner
    runner.jump(runner.filling.session.node("/data/visit/visitors"))
    box = runner.box()
    assert isinstance(box, QuestionBox) and box.last is not None and box.last.text() == "上次：试员　F9 沿用"
    assert runner.help.before.text() == "试员" and "试员" in runner.help.when.text()
    desk.press(Qt.Key.Key_F9)
    assert runner.filling.session.node("/data/visit/visitors").text == "试员"
    runner.jump(runner.filling.session.node("/data/member[1]/work/work_income_month"))
    box = runner.box()
    assert isinstance(box, QuestionBox) and box.last is None  # the register brought the same amount


def test_the_pictures_of_a_countys_form_are_shown(desk: Desk) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 30), (200, 40, 40)).save(picture, "PNG")
    book = workbook(
        [["type", "name", "label", "image"], ["text", "crop", "种了什么", "crop.png"]],
        settings=[["form_title", "form_id", "version"], ["看图表", "pictures", "1"]],
    )
    add_form(desk.ws, book, {"crop.png": picture.getvalue()})
    visit = begin_visit(desk.ws, "pictures")
    files = VisitFiles(desk.ws, visit)
    assert files.get("crop.png") == picture.getvalue() and files.get("other.png") is None


def test_a_form_changed_meanwhile_and_a_person_who_left(desk: Desk) -> None:
    book = workbook(
        [
            ["type", "name", "label", "choice_filter", "appearance", "save_to"],
            ["select_one_from_file household.csv", "household", "哪一户", "", "minimal", ""],
            ["begin repeat", "row", "人 ${who}", "", "", ""],
            ["select_one_from_file person.csv", "who", "谁", "household_id = ${household}", "minimal", ""],
            ["text", "person_phone", "本人电话", "", "", "person#phone"],
            ["end repeat", "", "", "", "", ""],
        ],
        entities=[["list_name", "label", "entity_id", "update_if"], ["person", "${who}", "${who}", "true()"]],
        settings=[["form_title", "form_id", "version"], ["人员表", "people", "1"]],
    )
    add_form(desk.ws, book)
    with desk.ws.register.reading() as sql:
        household, person = sql.one(
            "SELECT h.id,p.id FROM household h JOIN person p ON p.household_id=h.id WHERE h.head_name='样大' "
            "AND p.name='仿二'"
        )
    desk.page.refresh()
    desk.wait(lambda: any(form.form_id == "people" for form in desk.page.forms))
    desk.page.form_select.set_value("people")
    desk.page.begin(None)
    desk.wait(lambda: desk.page.visit_pane is not None)
    runner = desk.pane.runner
    session = runner.filling.session
    runner.filling.answer(session.node("/data/household"), str(household))
    runner.filling.answer(session.node("/data/row[1]/who"), str(person))
    runner.jump(session.node("/data/row[1]/person_phone"))
    desk.press(Qt.Key.Key_Minus, mod=CTRL)
    dialog = desk.pane.dialog
    assert isinstance(dialog, WhereDialog)
    QTest.keyClick(dialog, Qt.Key.Key_3)
    QTest.keyClick(dialog, ENTER)
    assert desk.pane.visit.gone == {str(person): ("迁出", dialog.day.value().date.isoformat())}  # type: ignore[union-attr]
    assert not session.root.instances("row")
