"""What this machine remembers of a user's habits: where registers lie, theme, density, text size. Never a record."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from platformdirs import user_config_path
from PySide6.QtCore import QSettings

from desktop.ui.theme import Density, Mode, TextSize, system_mode, theme

MOST_PLACES = 8


def settings() -> QSettings:
    """The settings file of this machine's user (an INI file, so that it can be read and carried)."""
    path = user_config_path("xiangce", appauthor=False, ensure_exists=True) / "window.ini"
    return QSettings(str(path), QSettings.Format.IniFormat)


def places(kept: QSettings) -> list[str]:
    """Registers opened before, the last first; folders that are gone are left out."""
    stored = kept.value("places", [])
    found = [stored] if isinstance(stored, str) else list(stored) if isinstance(stored, list) else []
    return [place for place in found if place.startswith("postgresql") or Path(place).is_dir()]


def remember_place(kept: QSettings, place: str) -> None:
    """Put a register first among those opened before."""
    kept.setValue("places", [place, *(p for p in places(kept) if p != place)][:MOST_PLACES])
    kept.sync()


def dress(kept: QSettings) -> None:
    """Dress the application as it was left; the first time as the system asks."""
    mode, density, text = str(kept.value("mode", "")), str(kept.value("density", "")), str(kept.value("text", ""))
    theme().configure(
        mode=mode if mode in get_args(Mode) else system_mode(),  # type: ignore[arg-type]
        density=density if density in get_args(Density) else "standard",  # type: ignore[arg-type]
        text_size=text if text in get_args(TextSize) else "medium",  # type: ignore[arg-type]
    )


def keep_dress(kept: QSettings, *, mode: str) -> None:
    """Remember the present look; `mode` "" follows the system."""
    kept.setValue("mode", mode)
    kept.setValue("density", theme().density)
    kept.setValue("text", theme().text_size)
    kept.sync()
