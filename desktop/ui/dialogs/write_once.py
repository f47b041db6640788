"""The one write of a form: while it is under way the form takes nothing, so nothing is recorded twice or typed in vain.

Writes wait for each other, behind a merge even for minutes. A form that still took keys meanwhile would turn its button
on again with the next letter: a second Ctrl+Enter recorded a receipt twice, and what was typed went with the form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from desktop.ui.workers import Function, Gates, Task

_UNDER_WAY = "writeUnderWay"


def is_writing(form: QWidget) -> bool:
    """Whether a write of the form waits or runs."""
    return bool(form.property(_UNDER_WAY))


def write_once(
    form: QWidget,
    gates: Gates,
    function: Function,
    done: Callable[[Any], object],
    *,
    title: str,
    fail: Callable[[BaseException], object] | None = None,
    kinds: tuple[str, ...] = (),
) -> Task | None:
    """Write what the form holds; None when a write of it is under way already.

    The form is off until the answer, and on again (the cursor where it was) when `done` or `fail` is called.
    """
    if is_writing(form):
        return None
    focus: Any = form.focusWidget()
    form.setProperty(_UNDER_WAY, True)
    form.setEnabled(False)

    def on_again() -> None:
        form.setProperty(_UNDER_WAY, False)
        form.setEnabled(True)
        if focus is not None and isValid(focus) and form.isVisible():
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def succeeded(result: Any) -> None:
        on_again()
        done(result)

    def failed(error: BaseException) -> None:
        on_again()
        if fail is not None:
            fail(error)
        else:
            gates.unhandled.emit(error, title)

    return gates.write(function, succeeded, kinds=kinds, owner=form, title=title, fail=failed)
