"""Starts the window from the command line without the layers below knowing it: found by name at run time."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from desktop.common.errors import XiangceError

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""Without any of these Qt on Linux ends the process instead of raising."""


def open_window(place: Path | str | None) -> int:
    """Open the window on a register (or on the first-run wizard); the exit code when it closes.

    Raises XiangceError when there is no screen to show it on, or Qt or a library it needs is missing.
    """
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in _SCREENS):
        raise XiangceError(
            "窗口打不开：这里没有图形桌面；数据未受影响。",
            hint="请在图形桌面中打开，或使用命令行（xiangce --help）。",
        )
    try:
        application = importlib.import_module("desktop.ui.application")  # by name: ui imports app, never the reverse
    except ImportError as error:
        raise XiangceError(
            f"窗口打不开：缺少系统库（{error.name or error}）；命令行仍可使用，数据未受影响。",
            hint="请用 python3 desktop/bootstrap.py run 补齐，或参阅 README。",
        ) from error
    return int(application.run(place))
