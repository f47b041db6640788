"""Fields: exact amounts, identification numbers, partial dates and shares, driven by real key presses."""

from __future__ import annotations

from fractions import Fraction

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.common.idnumber import check_digit
from desktop.ui.widgets.share_editor import PartyChoice, ShareEditor, ShareRow, percent_text, read_share
from desktop.ui.widgets.value_fields import IdField, MoneyField, PartialDateField

GOOD = "44079919900101001" + check_digit("44079919900101001")
WRONG = GOOD[:17] + ("0" if GOOD[17] != "0" else "1")


def beside(qtbot: QtBot, field: QWidget) -> QLineEdit:
    """Show the field in an active window with another field to leave to."""
    window = QWidget()
    lines = QVBoxLayout(window)
    other = QLineEdit()
    lines.addWidget(field)
    lines.addWidget(other)
    qtbot.addWidget(window)
    field.kept_window = window  # type: ignore[attr-defined]  # qtbot keeps no reference of its own
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return other


def type_in(qtbot: QtBot, line: QLineEdit, text: str) -> None:
    """Key presses for ASCII; other characters arrive as an input method commits them."""
    for letter in text:
        if letter.isascii():
            qtbot.keyClicks(line, letter)
        else:
            event = QInputMethodEvent()
            event.setCommitString(letter)
            QApplication.sendEvent(line, event)


@pytest.mark.parametrize(
    ("typed", "fen", "shown"),
    [
        ("8200", 820_000, "8,200.00"),
        ("0.82w", 820_000, "8,200.00"),
        ("0.82万", 820_000, "8,200.00"),
        ("８２００．５", 820_050, "8,200.50"),
        ("12,345.67", 1_234_567, "12,345.67"),
        ("-3", -300, "-3.00"),
        ("0", 0, "0.00"),
    ],
)
def test_money_is_typed_plain_and_shown_in_full(qtbot: QtBot, typed: str, fen: int, shown: str) -> None:
    field = MoneyField()
    other = beside(qtbot, field)
    field.setFocus()
    type_in(qtbot, field, typed)
    assert field.value() == fen
    other.setFocus()
    assert field.text() == shown and field.problem() == ""
    field.setFocus()
    assert "," not in field.text()


def test_money_refuses_what_it_cannot_keep_and_doubts_what_is_far_off(qtbot: QtBot) -> None:
    field = MoneyField(usual_fen=800_000)
    said: list[tuple[str, str]] = []
    field.message_changed.connect(lambda text, tone: said.append((text, tone)))
    other = beside(qtbot, field)
    field.setFocus()
    qtbot.keyClicks(field, "1.005")
    assert field.value() is None and "两位小数" in field.problem()
    other.setFocus()
    assert field.text() == "1.005"  # what was typed stays to be mended
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "820000")
    assert field.value() == 82_000_000 and field.problem() == "" and said[-1][1] == "warning"
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    assert field.value() is None and field.problem() == "" and said[-1] == ("", "")


def test_an_id_number_is_grouped_counted_checked_and_masked(qtbot: QtBot) -> None:
    field = IdField()
    read: list[tuple[str, str]] = []
    field.read_out.connect(lambda born, sex: read.append((born, sex)))
    other = beside(qtbot, field)
    field.setFocus()
    qtbot.keyClicks(field, GOOD[:16])
    assert field.text() == f"{GOOD[:6]} {GOOD[6:14]} {GOOD[14:16]}"
    assert field._side == "16 / 18" and field.problem()
    qtbot.keyClicks(field, GOOD[16:].lower())
    assert field.value() == GOOD and field.problem() == "" and read == [("1990-01-01", "1")]
    other.setFocus()
    assert field.text() == GOOD[:6] + "********" + GOOD[-4:]
    field.reveal(True)
    assert field.text().replace(" ", "") == GOOD
    field.reveal(False)
    assert "*" in field.text()


def test_a_wrong_id_number_is_named_and_never_changed(qtbot: QtBot) -> None:
    field = IdField()
    said: list[str] = []
    field.message_changed.connect(lambda text, tone: said.append(text))
    beside(qtbot, field)
    field.setFocus()
    qtbot.keyClicks(field, WRONG)
    assert field.value() == WRONG
    assert said[-1] == f"末位不对，按前 17 位应为 {GOOD[17]}。请对照证件。" == field.problem()
    field.set_citizen(False)
    assert field.problem() == "" and field.value() == WRONG


def test_an_id_number_takes_edits_in_the_middle(qtbot: QtBot) -> None:
    field = IdField()
    beside(qtbot, field)
    field.setFocus()
    qtbot.keyClicks(field, GOOD[:5] + GOOD[6:])
    field.setCursorPosition(5)
    qtbot.keyClicks(field, GOOD[5])
    assert field.value() == GOOD and field.cursorPosition() == 6


@pytest.mark.parametrize(
    ("typed", "iso", "precision"),
    [
        ("2111", "2021-11", "month"),
        ("2021.11", "2021-11", "month"),
        ("21年11月", "2021-11", "month"),
        ("二〇二一年", "2021", "year"),
        ("20211105", "2021-11-05", "day"),
        ("2021年底", "2021", "year_end"),
    ],
)
def test_a_date_is_as_precise_as_it_was_typed(qtbot: QtBot, typed: str, iso: str, precision: str) -> None:
    field = PartialDateField()
    other = beside(qtbot, field)
    field.field.setFocus()
    type_in(qtbot, field.field, typed)
    other.setFocus()
    value = field.value()
    assert value is not None and (value.iso(), value.precision) == (iso, precision)
    assert field.problem() == ""


def test_a_date_that_is_none_is_said_so_and_can_be_left_unknown(qtbot: QtBot) -> None:
    field = PartialDateField()
    other = beside(qtbot, field)
    field.field.setFocus()
    qtbot.keyClicks(field.field, "2021-13")
    other.setFocus()
    assert field.value() is None and "2021-11" in field.problem()
    qtbot.mouseClick(field.precision._buttons[3], Qt.MouseButton.LeftButton)
    assert field.problem() == "" and field.field.text() == ""
    field.set_value("2021-11-05", "day")
    qtbot.mouseClick(field.precision._buttons[2], Qt.MouseButton.LeftButton)
    value = field.value()
    assert value is not None and (value.iso(), value.precision) == ("2021", "year")


PARTIES = [
    PartyChoice("a" * 32, "样坪村股份经济合作联合社", "村级集体"),
    PartyChoice("b" * 32, "仿溪镇联合农业公司", "国有（镇）"),
]


def test_shares_are_exact_and_must_add_to_one(qtbot: QtBot) -> None:
    editor = ShareEditor(PARTIES)
    beside(qtbot, editor)
    editor.set_rows([ShareRow("a" * 32, "", Fraction(493, 643))])
    assert editor.problem() == "合计 493/643，还差 150/643"
    qtbot.mouseClick(editor.add_button, Qt.MouseButton.LeftButton)
    second = editor._rows[1]
    second.party.set_value("b" * 32)
    second.fraction.setFocus()
    qtbot.keyClicks(second.fraction, "120/643")
    assert "还差 30/643" in editor.problem()
    qtbot.keyClick(second.fraction, Qt.Key.Key_B, Qt.KeyboardModifier.AltModifier)
    assert second.fraction.text() == "150/643" and editor.problem() == ""
    assert editor.sum.text() == "493/643 + 150/643 = 1"
    assert second.level.text() == "国有（镇）" and second.percent.text() == "约 23.33%"
    assert [(row.party, row.share) for row in editor.rows()] == [
        ("a" * 32, Fraction(493, 643)),
        ("b" * 32, Fraction(150, 643)),
    ]


def test_three_thirds_are_one_and_a_doubled_holder_is_not_taken(qtbot: QtBot) -> None:
    editor = ShareEditor(PARTIES)
    beside(qtbot, editor)
    editor.set_rows([ShareRow("", name, Fraction(1, 3)) for name in ("甲村", "乙村", "丙镇")])
    assert editor.problem() == "" and editor.total() == 1
    editor._rows[2].party.setEditText("乙村")
    assert "两行" in editor.problem()
    qtbot.mouseClick(editor._rows[2].remove, Qt.MouseButton.LeftButton)
    assert len(editor.rows()) == 2 and "还差 1/3" in editor.problem()


@pytest.mark.parametrize(
    ("typed", "share"),
    [("1/3", Fraction(1, 3)), ("3 成", Fraction(3, 10)), ("三成", Fraction(3, 10)), ("1:2", Fraction(1, 3)),
     ("25%", Fraction(1, 4)), ("2/6", Fraction(1, 3)), ("1", Fraction(1))],
)  # fmt: skip
def test_spellings_of_a_share(typed: str, share: Fraction) -> None:
    assert read_share(typed) == share


@pytest.mark.parametrize("typed", ["", "0", "4/3", "1/0", "许多", "0:3"])
def test_what_is_no_share(typed: str) -> None:
    with pytest.raises(ValueError, match="share"):
        read_share(typed)


def test_a_percentage_is_a_caption() -> None:
    assert percent_text(Fraction(1, 3)) == "约 33.33%" and percent_text(Fraction(1, 4)) == "25%"
