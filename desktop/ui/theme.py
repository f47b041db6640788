"""The one source of colours, sizes, fonts and the style sheet: everything visible is read from the design tokens.

`theme()` is the application's theme. Widgets that paint themselves ask it for `color`, `px` and `font`; all others are
dressed by the style sheet made from `resources/design/window.qss`. Modes: `light`, `dark`, and `contrast`, which takes
its colours from the system palette (Windows high contrast) and keeps the sizes.
"""

from __future__ import annotations

import json
import string
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import zstandard
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from desktop.common.resources import ResourceMissing, resource_path

Mode = Literal["light", "dark", "contrast"]
Density = Literal["compact", "standard", "touch"]
TextSize = Literal["small", "medium", "large"]

TEXT_POINTS: dict[TextSize, float] = {"small": 9.5, "medium": 10.0, "large": 12.0}
"""Body size in pt of the three text sizes (DESIGN §7); other sizes follow in proportion."""

FONT_ORDER = ("NotoSansSC-Regular", "NotoSansSC-Bold", "NotoSerifSC-Bold", "LXGWWenKai")
"""Beginnings of the names of the shipped fonts (ARCHITECTURE §10) the window uses, in the order they are asked for a
glyph. A font that is absent is left out and the system's fonts step in."""
RARE_FONT, RARE_FAMILY = "XiangceRare.ttf.zst", "Xiangce Rare"
"""The last fallback for rare characters in names: packed, 24 MB, loaded when the window already stands."""

TABULAR = QFont.Tag("tnum")


@lru_cache(maxsize=1)
def tokens() -> dict[str, Any]:
    """The design tokens as read from `resources/design/tokens.json`."""
    loaded: dict[str, Any] = json.loads(resource_path("design", "tokens.json").read_text(encoding="utf-8"))
    return loaded


@dataclass(frozen=True)
class Status:
    """One status of DESIGN §2.4: its word (Chinese source), icon name and colour role."""

    word: str
    icon: str
    color: str


@lru_cache(maxsize=1)
def statuses() -> dict[str, Status]:
    """All statuses by key: done, active, todo, overdue, due_soon, error, warning, info, conflict, locked, saved…"""
    return {key: Status(s["word"], s["icon"], s["color"]) for key, s in tokens()["status"].items()}


def _mixed(low: QColor, high: QColor, share: float) -> QColor:
    """`share` of `high` over `low`."""
    keep = 1.0 - share
    return QColor(
        round(low.red() * keep + high.red() * share),
        round(low.green() * keep + high.green() * share),
        round(low.blue() * keep + high.blue() * share),
    )


def _system_colors(palette: QPalette) -> dict[str, QColor]:
    """Every role from the system palette alone, for Windows high contrast."""
    base, text = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
    mark, on_mark = palette.color(QPalette.ColorRole.Highlight), palette.color(QPalette.ColorRole.HighlightedText)
    roles: dict[str, QColor] = {}
    for role in tokens()["color"]["light"]:
        if role in ("window", "nav", "surface", "surface_alt", "sunken", "hover") or role.endswith("_soft"):
            roles[role] = base
        elif role in ("accent", "accent_hover", "accent_pressed", "selection", "focus"):
            roles[role] = mark
        elif role in ("on_accent", "selection_text"):
            roles[role] = on_mark
        elif role in ("grid",):
            roles[role] = _mixed(base, text, 0.35)
        else:
            roles[role] = text
    return roles


class Theme(QObject):
    """Current colours, sizes and fonts. `changed` is emitted after the application has been dressed anew."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.mode: Mode = "light"
        self.density: Density = "standard"
        self.text_size: TextSize = "medium"
        self.families: list[str] = []
        self._colors: dict[str, QColor] = {}
        self._load_colors()

    # -- values ------------------------------------------------------------------------------------------------

    @property
    def scale(self) -> float:
        """Text size relative to the tokens (1.0 = medium)."""
        return TEXT_POINTS[self.text_size] / TEXT_POINTS["medium"]

    def color(self, role: str) -> QColor:
        """Colour of a role of DESIGN §2.1; KeyError for an unknown role."""
        return self._colors[role]

    def px(self, name: str) -> int:
        """A size of `size_px`, `space_px` or `border_px` in device-independent pixels.

        Heights that hold text grow with the text size; `row` and `control` follow the density.
        """
        known = tokens()
        if name in known["density"][self.density]:
            return round(known["density"][self.density][name] * max(self.scale, 1.0))
        for group in ("size_px", "space_px", "border_px"):
            if name in known[group]:
                value = known[group][name]
                grows = group == "size_px" and not name.startswith(("window", "client", "progress", "toast_ms"))
                return round(value * max(self.scale, 1.0)) if grows else int(value)
        raise KeyError(name)

    def radius(self, name: str) -> int:
        """Corner radius of a chip, control, card or dialog in device-independent pixels."""
        return int(tokens()["radius_px"][name])

    def pt(self, name: str) -> float:
        """Font size in pt of a type token (caption, body, …), scaled by the text size."""
        return float(tokens()["font"]["size_pt"][name] * self.scale)

    def font(self, name: str = "body", *, bold: bool = False, points: float | None = None) -> QFont:
        """A font of the stack at a type token's size (or at `points`, scaled), with tabular figures."""
        font = QFont()
        font.setFamilies(self.families)
        font.setPointSizeF(points * self.scale if points is not None else self.pt(name))
        font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
        font.setFeature(TABULAR, 1)
        return font

    # -- dressing ----------------------------------------------------------------------------------------------

    def configure(
        self, *, mode: Mode | None = None, density: Density | None = None, text_size: TextSize | None = None
    ) -> None:
        """Change what is given and dress the application anew."""
        self.mode = mode or self.mode
        self.density = density or self.density
        self.text_size = text_size or self.text_size
        self.apply()

    def apply(self) -> None:
        """Set style, fonts, palette and style sheet of the running QApplication."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        if not self.families:
            self.families = load_fonts()
            style = QStyleFactory.create("Fusion")
            if style is not None:
                app.setStyle(style)
        self._load_colors()
        app.setFont(self.font())
        app.setPalette(self.palette())
        app.setStyleSheet(self.style_sheet())
        self.changed.emit()

    def palette(self) -> QPalette:
        """The QPalette of the current mode."""
        c = self.color
        palette = QPalette()
        roles = QPalette.ColorRole
        for role, name in (
            (roles.Window, "window"),
            (roles.WindowText, "text"),
            (roles.Base, "surface"),
            (roles.AlternateBase, "surface_alt"),
            (roles.Text, "text"),
            (roles.PlaceholderText, "text_3"),
            (roles.Button, "surface"),
            (roles.ButtonText, "text"),
            (roles.BrightText, "danger"),
            (roles.Highlight, "selection"),
            (roles.HighlightedText, "selection_text"),
            (roles.Link, "accent"),
            (roles.LinkVisited, "accent"),
            (roles.ToolTipBase, "surface"),
            (roles.ToolTipText, "text"),
            (roles.Light, "surface"),
            (roles.Midlight, "border"),
            (roles.Mid, "border"),
            (roles.Dark, "border_strong"),
            (roles.Shadow, "border_strong"),
            (roles.Accent, "accent"),
        ):
            palette.setColor(role, c(name))
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, c("text_disabled"))
        return palette

    def style_sheet(self) -> str:
        """The style sheet: the template with every `${name}` replaced by a colour or size of the tokens."""
        template = resource_path("design", "window.qss").read_text(encoding="utf-8")
        values = {name: color.name() for name, color in self._colors.items()}
        values.update({f"radius_{name}_px": str(self.radius(name)) for name in tokens()["radius_px"]})
        values.update({f"{name}_pt": f"{self.pt(name):g}" for name in tokens()["font"]["size_pt"]})
        values["header_pt"] = f"{9.5 * self.scale:g}"
        return string.Template(template).substitute(values)

    def _load_colors(self) -> None:
        if self.mode == "contrast" and QGuiApplication.instance() is not None:
            self._colors = _system_colors(QGuiApplication.palette())
        else:
            chosen = "light" if self.mode == "contrast" else self.mode
            self._colors = {role: QColor(value) for role, value in tokens()["color"][chosen].items()}


def load_fonts() -> list[str]:
    """Register the shipped fonts with Qt and return the family stack: shipped first, then what systems usually have."""
    shipped: list[str] = []
    try:
        files = sorted(resource_path("fonts").glob("*.ttf"))
    except ResourceMissing:
        files = []
    for start in FONT_ORDER:
        for path in (file for file in files if file.name.startswith(start)):
            number = QFontDatabase.addApplicationFont(str(path))
            shipped += [f for f in QFontDatabase.applicationFontFamilies(number) if f not in shipped]
    stack = [name for name in tokens()["font"]["ui"] if name != "sans-serif"]
    rare = list(tokens()["font"]["fallback_rare"])
    sans = [name for name in shipped if "Sans" in name]
    present = set(QFontDatabase.families())
    ordered = [*sans, *(n for n in stack if n not in sans and n in present)]
    ordered += [n for n in shipped if n not in ordered]
    ordered += [n for n in rare if n not in ordered and n in present]
    ordered = ordered or [QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()]
    return [*ordered, RARE_FAMILY]


def load_rare_font() -> bool:
    """Unpack and register the font for rare characters (about 0.1 s); False when it is absent or already there."""
    if RARE_FAMILY in QFontDatabase.families():
        return False
    try:
        packed = resource_path("fonts", RARE_FONT).read_bytes()
    except ResourceMissing:
        return False
    return QFontDatabase.addApplicationFontFromData(zstandard.ZstdDecompressor().decompress(packed)) >= 0


def repolish(widget: Any, **properties: object) -> None:
    """Set dynamic properties that the style sheet selects on, and dress the widget again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def system_mode() -> Mode:
    """Light or dark as the system asks; light when it says nothing."""
    hints = QGuiApplication.styleHints()
    return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"


_theme: Theme | None = None


def theme() -> Theme:
    """The application's one theme."""
    global _theme
    if _theme is None:
        _theme = Theme()
    return _theme
