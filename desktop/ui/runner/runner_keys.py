"""Which key does what while a form is filled (DESIGN §5): commands, Enter and its kin, key caps, arrows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from desktop.ui.runner.note_boxes import WarningBox
from desktop.ui.runner.options import CAPS
from desktop.ui.runner.question_box import QuestionBox

if TYPE_CHECKING:
    from desktop.ui.runner.runner import Runner


def handle_key(runner: Runner, event: QKeyEvent) -> bool:
    """Do what a key asks for; False when it asks for nothing here."""
    key, mods = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    none, shift, ctrl = (
        Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
    )  # fmt: skip
    enter = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    commands: dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], object]] = {
        (Qt.Key.Key_F1, none): runner.explain, (Qt.Key.Key_Tab, ctrl): runner.switch_view,
        (Qt.Key.Key_F3, none): runner.helper, (Qt.Key.Key_F6, none): runner.skip, (Qt.Key.Key_F7, none): runner.missing,
        (Qt.Key.Key_F8, none): runner.next_open, (Qt.Key.Key_F9, none): runner.as_last_time,
        (Qt.Key.Key_F10, none): runner.photo, (Qt.Key.Key_F2, shift): runner.remark,
        (Qt.Key.Key_Escape, none): runner.pause,
        (Qt.Key.Key_Up, ctrl): lambda: runner.section_step(-1),
        (Qt.Key.Key_Down, ctrl): lambda: runner.section_step(1),
        (Qt.Key.Key_PageUp, ctrl): lambda: runner.chapter_step(-1),
        (Qt.Key.Key_PageDown, ctrl): lambda: runner.chapter_step(1),
        (Qt.Key.Key_Minus, ctrl): runner.remove_here, (Qt.Key.Key_S, ctrl): runner.save_now,
        (Qt.Key.Key_Z, ctrl): runner.undo, (Qt.Key.Key_Y, ctrl): runner.redo,
        (Qt.Key.Key_Z, ctrl | shift): runner.redo,
    }  # fmt: skip
    command = commands.get((key, mods))
    if command is not None:
        command()
    elif enter and mods == none:
        runner.next()
    elif enter and mods == shift:
        runner.back()
    elif enter and mods == ctrl:
        runner.finish()
    elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right) and mods == none:
        return _arrow(runner, key)
    elif mods == none and len(event.text()) == 1 and event.text().upper() in CAPS:
        chosen = runner.choose(CAPS.index(event.text().upper()) + 1)
        runner.question_page.show_focus()
        return chosen
    else:
        return False
    return True


def _arrow(runner: Runner, key: Qt.Key) -> bool:
    step = -1 if key in (Qt.Key.Key_Up, Qt.Key.Key_Left) else 1
    if runner.reviewing:
        return runner.review.arrow(step)
    box = runner.box()
    if isinstance(box, QuestionBox) and box.editor.arrow(step):
        runner.question_page.show_focus()
        return True
    if isinstance(box, WarningBox) and box.arrow(step):
        return True
    if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        return False
    if box is None:
        bar = runner.question_page.area.verticalScrollBar()
        bar.setValue(bar.value() + step * 60)
        return True
    stops = runner.question_page.stopping()
    there = stops.index(box) + step if box in stops else -1
    if 0 <= there < len(stops):
        runner.question_page.step(step)
    return True
