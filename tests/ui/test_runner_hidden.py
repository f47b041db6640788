"""不再适用 on the review page: what is listed, where its lines lead, and that it comes back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.survey.session.session import Session
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.runner import Runner
from desktop.ui.widgets.labels import Label
from tests.survey.test_undo import form
from tests.ui.test_runner import CTRL, ENTER, Hand, Shell

__all__ = ["form"]  # a fixture


def test_hidden_answers_are_listed_and_lead_to_what_hid_them(qtbot: QtBot, form: Any) -> None:
    session = Session(form)
    runner = Runner(Filling(session, lambda _p: dt.datetime.now(dt.UTC)), Shell(), "样例户")
    qtbot.addWidget(runner)
    runner.resize(1318, 672)
    runner.show()
    runner.activateWindow()
    qtbot.waitUntil(runner.isActiveWindow)
    runner.begin("/data/works")
    hand = Hand(qtbot, runner, Shell())
    hand.press("1", ENTER, "县城", ENTER)
    hand.press(ENTER, mod=CTRL)
    assert runner.reviewing and not runner.review.rows
    hand.at("/data/works")
    hand.press("2")
    hand.press(ENTER, mod=CTRL)
    (row,) = runner.review.rows
    assert row.accessibleName().endswith("在哪里：县城 因为“有人务工”答的是“没有”")
    heads = [label.text() for label in runner.review.findChildren(Label)]
    assert "不再适用（1）" in heads and any("不写入登记册" in text for text in heads)
    assert runner.review.bars() == 0 and not row.hasFocus()  # Ctrl+Enter still finishes
    hand.press(Qt.Key.Key_Down)
    assert row.hasFocus()
    hand.press(ENTER)
    assert hand.here() == "works"
    hand.press("1")
    assert session.node("/data/job/where").relevant and session.node("/data/job/where").text == "县城"
    hand.press(ENTER, mod=CTRL)
    assert runner.reviewing and not runner.review.rows
    hand.press(Qt.Key.Key_Z, mod=CTRL)
    runner.show_review()
    assert len(runner.review.rows) == 1  # taking the answer back hides it again


def test_a_correction_says_that_what_was_written_is_taken_back(qtbot: QtBot, form: Any) -> None:
    session = Session(form)
    session.answer("/data/works", "yes")
    session.answer("/data/job/where", "县城")
    session.answer("/data/works", "no")
    filling = Filling(session, lambda _p: dt.datetime.now(dt.UTC), correcting=True)
    runner = Runner(filling, Shell(), "更正：样例户")
    qtbot.addWidget(runner)
    runner.show()
    runner.begin()
    runner.show_review()
    assert any("撤下" in label.text() for label in runner.review.findChildren(Label))
