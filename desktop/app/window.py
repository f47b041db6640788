"""Starts the window from the command line without the layers below knowing it: found by name at run time."""

from __future__ import annotations

import importlib
from pathlib import Path

from desktop.common.errors import XiangceError


def open_window(place: Path | str | None) -> int:
    """Open the window on a register (or on the first-run wizard); the exit code when it closes.

    Raises XiangceError when Qt or a library it needs is missing.
    """
    try:
        application = importlib.import_module("desktop.ui.application")  # by name: ui imports app, never the reverse
    except ImportError as error:
        raise XiangceError(
            f"窗口打不开：缺少系统库（{error.name or error}）；命令行仍可使用，数据未受影响。",
            hint="请用 python3 desktop/bootstrap.py run 补齐，或参阅 README。",
        ) from error
    return int(application.run(place))
