"""Which key does what while a form is filled (DESIGN §5): commands, Enter and its kin, key caps, arrows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from desktop.ui.runner.note_boxes import WarningBox
from desktop.ui.runner.options import CAPS
from desktop.ui.runner.question_box import QuestionBox

if TYPE_CHECKING:
    from desktop.ui.runner.runner import Runner


_NONE, _SHIFT, _CTRL = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
)  # fmt: skip


@dataclass(frozen=True)
class RunnerKey:
    """One key of the runner: as it is pressed, as it is written, what it does in words, and what does it."""

    key: Qt.Key
    mods: Qt.KeyboardModifier
    cap: str
    word: str
    act: Callable[[Runner], object]


def _n(source: str) -> str:
    """Marks a word for translation; it is translated where it is shown."""
    return source


RUNNER_KEYS: tuple[RunnerKey, ...] = (
    RunnerKey(Qt.Key.Key_Return, _NONE, "Enter", _n("下一题"), lambda r: r.next()),
    RunnerKey(Qt.Key.Key_Return, _SHIFT, "Shift+Enter", _n("上一题"), lambda r: r.back()),
    RunnerKey(Qt.Key.Key_F1, _NONE, "F1", _n("这一题的说明"), lambda r: r.explain()),
    RunnerKey(Qt.Key.Key_F3, _NONE, "F3", _n("这一题的小帮手（算月数、挑日期等）"), lambda r: r.helper()),
    RunnerKey(Qt.Key.Key_F6, _NONE, "F6", _n("先跳过，记为待补"), lambda r: r.skip()),
    RunnerKey(Qt.Key.Key_F7, _NONE, "F7", _n("不知道、不愿答、不适用"), lambda r: r.missing()),
    RunnerKey(Qt.Key.Key_F8, _NONE, "F8", _n("到下一处没答完的"), lambda r: r.next_open()),
    RunnerKey(Qt.Key.Key_F9, _NONE, "F9", _n("沿用上次的答案"), lambda r: r.as_last_time()),
    RunnerKey(Qt.Key.Key_F10, _NONE, "F10", _n("拍照"), lambda r: r.photo()),
    RunnerKey(Qt.Key.Key_F2, _SHIFT, "Shift+F2", _n("给这一题写备注"), lambda r: r.remark()),
    RunnerKey(Qt.Key.Key_Tab, _CTRL, "Ctrl+Tab", _n("一题一屏和一节一屏之间换"), lambda r: r.switch_view()),
    RunnerKey(Qt.Key.Key_Up, _CTRL, "Ctrl+↑", _n("上一节"), lambda r: r.section_step(-1)),
    RunnerKey(Qt.Key.Key_Down, _CTRL, "Ctrl+↓", _n("下一节"), lambda r: r.section_step(1)),
    RunnerKey(Qt.Key.Key_PageUp, _CTRL, "Ctrl+PgUp", _n("上一章"), lambda r: r.chapter_step(-1)),
    RunnerKey(Qt.Key.Key_PageDown, _CTRL, "Ctrl+PgDn", _n("下一章"), lambda r: r.chapter_step(1)),
    RunnerKey(Qt.Key.Key_Minus, _CTRL, "Ctrl+-", _n("去掉这一行（例如一名成员）"), lambda r: r.remove_here()),
    RunnerKey(Qt.Key.Key_S, _CTRL, "Ctrl+S", _n("现在就存（每答一题本来就存了）"), lambda r: r.save_now()),
    RunnerKey(Qt.Key.Key_Z, _CTRL, "Ctrl+Z", _n("撤销上一步"), lambda r: r.undo()),
    RunnerKey(Qt.Key.Key_Y, _CTRL, "Ctrl+Y", _n("重做"), lambda r: r.redo()),
    RunnerKey(Qt.Key.Key_Z, _CTRL | _SHIFT, "Ctrl+Shift+Z", _n("重做"), lambda r: r.redo()),
    RunnerKey(Qt.Key.Key_Return, _CTRL, "Ctrl+Enter", _n("结束前检查；检查完再按一次就结束"), lambda r: r.finish()),
    RunnerKey(Qt.Key.Key_Escape, _NONE, "Esc", _n("暂停离开，答过的都在"), lambda r: r.pause()),
)
"""The commands of the runner, as the list of keys shows them."""
RUNNER_HABITS: tuple[tuple[str, str], ...] = (
    (f"{CAPS[0]}…{CAPS[-1]}", _n("选键帽上写着这个数字或字母的答案")),
    ("↑ ↓", _n("换一个答案；没有可换的就换一题")),
)
"""Keys that act on what one stands at: caps and arrows."""
_ACTS = {(k.key, k.mods): k.act for k in RUNNER_KEYS}


def handle_key(runner: Runner, event: QKeyEvent) -> bool:
    """Do what a key asks for; False when it asks for nothing here."""
    key, mods = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if key == Qt.Key.Key_Enter:
        key = Qt.Key.Key_Return
    act = _ACTS.get((key, mods))
    if act is not None:
        act(runner)
    elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right) and mods == _NONE:
        return _arrow(runner, key)
    elif mods == _NONE and len(event.text()) == 1 and event.text().upper() in CAPS:
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
