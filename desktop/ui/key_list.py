"""The list of keys, read from the actions themselves: shortcuts and buttons of living widgets, keys of the runner.

A shortcut says what it does in its `whatsThis`, a button by its words, a list by `answered_keys()`: what is listed is
what is bound.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from desktop.ui.runner.runner_keys import RUNNER_HABITS, RUNNER_KEYS
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.record_list import RecordTable

_CAPS = {
    "Return": "Enter", "PgDown": "PgDn", "Left": "←", "Right": "→", "Up": "↑", "Down": "↓",
}  # fmt: skip


@dataclass(frozen=True)
class KeyLine:
    """One key as it is written on a key cap, and what it does."""

    cap: str
    word: str


def cap_of(keys: QKeySequence | str) -> str:
    """A key as key caps write it."""
    text = QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText) or str(keys)
    if text.endswith("+"):
        return text
    parts = text.split("+")
    return "+".join([*parts[:-1], _CAPS.get(parts[-1], parts[-1])])


def _once(lines: list[KeyLine]) -> list[KeyLine]:
    """Each key and word once, the first time they are met."""
    return list(dict.fromkeys(lines))


def window_keys(window: QWidget) -> list[KeyLine]:
    """Keys that work on every page: the window's own shortcuts."""
    return _once([
        KeyLine(cap_of(s.key()), s.whatsThis())
        for s in window.children() if isinstance(s, QShortcut) and s.whatsThis()
    ])  # fmt: skip


def list_keys() -> list[KeyLine]:
    """Keys of every list."""
    return [KeyLine(cap, word) for cap, word in RecordTable.answered_keys()]


def page_keys(page: QWidget) -> list[KeyLine]:
    """Keys of a page as it is now: its shortcuts and the caps on its buttons (those of dialogs stand on them)."""
    lines = [KeyLine(cap_of(s.key()), s.whatsThis()) for s in page.findChildren(QShortcut) if s.whatsThis()]
    lines += [
        KeyLine(button.key(), button.text() or button.accessibleName())
        for button in page.findChildren(Button)
        if button.key() and (button.text() or button.accessibleName())
    ]
    lines += [
        KeyLine(cap_of(action.shortcut()), action.text())
        for action in page.findChildren(QAction)
        if not action.shortcut().isEmpty() and action.text()
    ]
    return _once(lines)


def runner_keys() -> list[KeyLine]:
    """Keys while a form is filled."""
    lines = [(k.cap, k.word) for k in RUNNER_KEYS] + list(RUNNER_HABITS)
    return _once([KeyLine(cap, QCoreApplication.translate("runner_keys", word)) for cap, word in lines])
