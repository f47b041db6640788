"""Ctrl+Z and Ctrl+Y in the runner: answers, rows, reasons; one stands where it happened; the draft follows."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.app.visits import surveying
from desktop.survey.session import drafts
from desktop.survey.session.session import Session
from desktop.ui.pages.survey_visit import VisitPane, WhereDialog
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.runner import Runner
from desktop.ui.runner.runner_frame import RunnerActions
from tests.app.visits.surveys import add_family, make_register
from tests.app.visits.test_visit_records import free_rows_form
from tests.survey.test_undo import form
from tests.ui.test_runner import CTRL, ENTER, SHIFT, Hand, Shell, hand

__all__ = ["form", "hand"]  # fixtures

Z, Y = Qt.Key.Key_Z, Qt.Key.Key_Y


def test_the_last_answers_go_one_by_one_and_come_again(hand: Hand) -> None:
    hand.press("一行", ENTER, ENTER)
    assert hand.here() == "phone"
    hand.press("138", ENTER, ENTER)  # pointed out as wrong, then let on
    assert hand.here() == "whole" and hand.value("/data/typed/phone") == "138"
    hand.press("45", ENTER)
    assert hand.value("/data/typed/twice") == "90" and hand.here() == "part"
    hand.press(Z, mod=CTRL)
    assert hand.here() == "whole" and hand.value("/data/typed/whole") == "" == hand.value("/data/typed/twice")
    assert "整数" in hand.shell.said[-1] and hand.at("/data/typed/whole").editor.target().text() == ""  # type: ignore[attr-defined]
    hand.press(Z, mod=CTRL)
    assert hand.here() == "phone" and hand.value("/data/typed/phone") == ""
    hand.press(Z, mod=CTRL)
    assert hand.here() == "short" and hand.value("/data/typed/short") == ""
    hand.press(Z, mod=CTRL)
    assert hand.shell.said[-1] == "没有可以撤销的了"
    for _ in range(3):
        hand.press(Y, mod=CTRL)
    assert hand.value("/data/typed/whole") == "45" and hand.value("/data/typed/twice") == "90"
    hand.press(Z, mod=CTRL)
    hand.press(Z, mod=CTRL | SHIFT)
    assert hand.value("/data/typed/whole") == "45" and hand.here() == "whole"


def test_what_is_being_typed_goes_first_even_where_it_is_no_answer(hand: Hand) -> None:
    hand.at("/data/typed/whole")
    hand.press("45", ENTER)
    box = hand.at("/data/typed/whole")
    field: Any = box.editor.target()
    field.setText("")
    hand.press("4x")
    hand.press(Z, mod=CTRL)  # 4x is no number: it goes, the answer stays
    assert field.text() == "45" and hand.value("/data/typed/whole") == "45" and not box.editor.problem()
    field.setText("")
    hand.press("77")
    hand.press(Z, mod=CTRL)  # not kept yet: one step with what was typed
    assert hand.value("/data/typed/whole") == "45" and field.text() == "45"
    hand.press(Y, mod=CTRL)
    assert hand.value("/data/typed/whole") == "77" and field.text() == "77"
    day = hand.at("/data/when/day")
    hand.press("2026-11-28", ENTER)
    hand.at("/data/when/day")
    hand.press(Z, mod=CTRL)
    assert hand.value("/data/when/day") == "" and day.editor.field.field.text() == ""  # type: ignore[attr-defined]


def test_choices_reasons_and_another_section(hand: Hand) -> None:
    hand.at("/data/chosen/several")
    hand.press("1", "2")
    assert hand.value("/data/chosen/several") == "a b"
    hand.press(Z, mod=CTRL)
    assert hand.value("/data/chosen/several") == "a"
    hand.at("/data/typed/whole")
    hand.press("7", ENTER)
    hand.press(Qt.Key.Key_F6)  # 待补 at the decimal
    assert hand.session.reasons == {"/data/typed/part": "to_collect"}
    hand.at("/data/when/day")
    hand.press(Z, mod=CTRL)
    assert hand.here() == "part" and not hand.session.reasons
    hand.press(Z, mod=CTRL)
    assert hand.here() == "whole"
    hand.press(Z, mod=CTRL)
    assert hand.here() == "several" and hand.value("/data/chosen/several") == ""
    hand.runner.show_review()
    hand.press(Y, mod=CTRL)
    assert not hand.runner.reviewing and hand.here() == "several" and hand.value("/data/chosen/several") == "a"


def test_rows_added_and_removed(hand: Hand) -> None:
    hand.at("/data/plot[1]/plot_name")
    hand.press("门前田", ENTER, "稻", ENTER, "1", "豆", ENTER)
    assert hand.value("/data/plot[1]/crop[2]/crop_name") == "豆"
    hand.press(Z, mod=CTRL)
    hand.press(Z, mod=CTRL)  # the row that was added
    assert len(hand.session.node("/data/plot[1]").instances("crop")) == 1
    hand.press(Y, mod=CTRL)
    hand.press(Y, mod=CTRL)
    assert hand.value("/data/plot[1]/crop[2]/crop_name") == "豆" and hand.here() == "crop_name"
    hand.at("/data/plot[1]/crop[1]/crop_name")
    hand.press(Qt.Key.Key_Minus, mod=CTRL)
    hand.runner.dialog.buttons["go"].click()  # type: ignore[union-attr, attr-defined]
    hand.qtbot.waitUntil(hand.runner.isActiveWindow)
    assert hand.value("/data/plot[1]/crop[1]/crop_name") == "豆"
    assert hand.shell.said[-1] == "已删掉一条" and hand.shell.undo is not None
    hand.press(Z, mod=CTRL)
    assert hand.value("/data/plot[1]/crop[1]/crop_name") == "稻" and hand.here() == "crop_name"
    assert hand.value("/data/plot[1]/crop[2]/crop_name") == "豆"


def test_an_answer_that_hid_others_and_the_draft(qtbot: QtBot, form: Any) -> None:
    session = Session(form)
    kept: list[dict[str, Any]] = []

    def keep(place: str) -> dt.datetime:
        kept.append(drafts.save(session, place))
        return dt.datetime.now(dt.UTC)

    runner = Runner(Filling(session, keep), Shell(), "样例户")
    qtbot.addWidget(runner)
    runner.resize(1318, 672)
    runner.show()
    runner.activateWindow()
    qtbot.waitUntil(runner.isActiveWindow)
    runner.begin("/data/works")
    hand = Hand(qtbot, runner, Shell())
    hand.press("1", ENTER)
    assert hand.here() == "where"
    hand.press("县城", ENTER)
    hand.at("/data/works")
    hand.press("2", ENTER)
    assert not session.node("/data/job/where").relevant
    qtbot.waitUntil(lambda: not runner.filling.unsaved)
    hand.press(Z, mod=CTRL)
    assert session.node("/data/works").text == "yes" and session.node("/data/job/where").relevant
    assert hand.here() == "works" and runner.actions_bar.redo.isEnabled()
    qtbot.waitUntil(lambda: not runner.filling.unsaved)
    again, lost = drafts.restore(form, kept[-1])  # as after a crash
    assert again.node("/data/works").text == "yes" and again.node("/data/job/where").text == "县城" and not lost
    assert kept[-1]["at"] == "/data/works"


def test_the_buttons_say_whether_there_is_a_step(hand: Hand) -> None:
    bar = hand.runner.actions_bar
    assert not bar.undo.isEnabled() and not bar.redo.isEnabled()
    hand.press("一行", ENTER)
    hand.qtbot.waitUntil(bar.undo.isEnabled)
    bar.undo.click()
    assert hand.here() == "short" and hand.value("/data/typed/short") == ""
    hand.qtbot.waitUntil(bar.redo.isEnabled)


@pytest.mark.parametrize("width", [1318, 900])
def test_the_buttons_have_room(hand: Hand, width: int) -> None:
    hand.runner.resize(width, 672)
    hand.qtbot.wait(1)
    bar = hand.runner.actions_bar
    shown = [b for b in (bar.back, bar.undo, bar.redo, bar.skip, bar.missing, bar.remark, bar.next) if b.isVisible()]
    places = [(b.x(), b.x() + b.width()) for b in shown]
    assert all(left[1] <= right[0] for left, right in pairwise(places))


def test_a_member_who_left_comes_back_with_ctrl_z(qtbot: QtBot, tmp_path: Path) -> None:
    with make_register(tmp_path / "册") as ws:
        household, people = add_family(ws)
        surveying.add_form(ws, free_rows_form(tmp_path))
        visit = surveying.begin_visit(ws, "skills", "household", household)
        session = visit.session
        for at, person in enumerate(people[:2], 1):
            if len(session.root.instances("member")) < at:
                session.add_repeat("/data/member")
            session.answer(f"/data/member[{at}]/person", person)
        shell = Shell()
        pane = VisitPane(shell, ws, visit, [])
        qtbot.addWidget(pane)
        pane.show()
        pane.begin()
        row = session.node("/data/member[1]")
        pane.runner.remove_row(row)  # the register knows this person: asked where he went
        assert isinstance(pane.dialog, WhereDialog)
        pane.dialog.taken.emit("死亡", "2026-10-01")
        pane.dialog.reject()
        assert visit.gone == {people[0]: ("死亡", "2026-10-01")} and len(session.root.instances("member")) == 1
        pane.runner.undo()
        assert not visit.gone and session.node("/data/member[1]") is row
        assert pane.filling.keep_now()
        again = surveying.continue_visit(ws, visit.key)
        assert len(again.session.root.instances("member")) == 2 and not again.gone
        pane.runner.redo()
        assert visit.gone and pane.filling.keep_now()
        assert surveying.finish_visit(ws, visit).done
        person = ws.register.row("person", people[0])
        assert person is not None and person["change_kind"] == "死亡" and not person["removed"]


@pytest.mark.parametrize("wide", [True, False])
def test_the_row_of_commands_never_needs_more_than_its_room(qtbot: QtBot, wide: bool) -> None:
    bar = RunnerActions()
    qtbot.addWidget(bar)
    for room in range(660, 1000, 10):  # from a window of 1024 px on
        bar.fit(room, wide=wide)
        layout = bar.layout()
        assert layout is not None and layout.minimumSize().width() <= room
    assert bar.back.text() == "上一题" and bar.remark.text() == "备注"
