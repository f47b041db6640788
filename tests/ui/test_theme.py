"""Theme: every colour comes from the tokens, every pair can be read, sizes follow text size and density."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFontDatabase, QFontMetrics, QFontMetricsF, QRawFont
from PySide6.QtWidgets import QApplication

from desktop.common.resources import resource_path
from desktop.ui.icons import icon_pixmap, window_icon
from desktop.ui.theme import load_rare_font, statuses, theme, tokens
from desktop.ui.widgets.painting import fitted_figure

UI = Path(__file__).parents[2] / "desktop" / "ui"


def luminance(color: QColor) -> float:
    """WCAG 2 relative luminance."""

    def part(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * part(color.redF()) + 0.7152 * part(color.greenF()) + 0.0722 * part(color.blueF())


def contrast(first: QColor, second: QColor) -> float:
    """WCAG 2 contrast ratio."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_pair_of_the_design_can_be_read(mode: str) -> None:
    theme().configure(mode=mode)  # type: ignore[arg-type]
    for text, ground in tokens()["contrast_pairs"]:
        ratio = contrast(theme().color(text), theme().color(ground))
        assert ratio >= 4.5, f"{text} on {ground} in {mode}: {ratio:.2f}"


def test_no_colour_is_written_in_code() -> None:
    written = re.compile(r"#[0-9A-Fa-f]{3,8}\b|QColor\(\s*\d|\brgba\(\d")
    for path in [*UI.rglob("*.py"), resource_path("design", "window.qss")]:
        found = written.findall(path.read_text(encoding="utf-8"))
        assert not found, f"{path.name}: {found}"


def test_the_style_sheet_has_no_open_places() -> None:
    for mode in ("light", "dark", "contrast"):
        theme().configure(mode=mode)  # type: ignore[arg-type]
        assert "$" not in theme().style_sheet()


def test_sizes_follow_text_size_and_density() -> None:
    assert (theme().px("row"), theme().px("control"), theme().pt("body")) == (32, 32, 10)
    theme().configure(density="touch")
    assert (theme().px("row"), theme().px("control")) == (44, 44)
    theme().configure(density="compact", text_size="large")
    assert theme().pt("body") == pytest.approx(12) and theme().px("row") == round(28 * 1.2)


def test_icons_are_tinted_and_every_status_has_one() -> None:
    for status in statuses().values():
        image = icon_pixmap(status.icon, 16, theme().color(status.color)).toImage()
        painted = [image.pixelColor(x, y) for x in range(16) for y in range(16) if image.pixelColor(x, y).alpha() > 200]
        assert painted and all(abs(c.red() - theme().color(status.color).red()) < 12 for c in painted)
    assert not window_icon().isNull()


def test_rare_characters_of_names_have_a_glyph() -> None:
    load_rare_font()
    shown = set(theme().families) & set(QFontDatabase.families())
    assert {"Noto Sans SC", "Xiangce Rare"} <= shown
    fonts = [QRawFont.fromFont(theme().font()), *(_raw(family) for family in theme().families if family in shown)]
    for letter in "㛃𬭊𫖯䶮蓢𠅤":
        assert any(font.supportsCharacter(ord(letter)) for font in fonts), f"U+{ord(letter):X}"
    assert QFontMetrics(theme().font()).horizontalAdvance("𬭊") > 0


def _raw(family: str) -> QRawFont:
    font = theme().font()
    font.setFamilies([family])
    return QRawFont.fromFont(font)


def test_a_figure_is_never_cut(qapp: QApplication) -> None:
    font = theme().font()
    whole = "99,999,999.990001"
    needed = QFontMetricsF(font).horizontalAdvance(whole)
    assert fitted_figure(whole, font, needed) == (font, whole)
    smaller, shown = fitted_figure(whole, font, needed * 0.8)
    assert shown == whole and QFontMetricsF(smaller).horizontalAdvance(whole) <= needed * 0.8 + 1
    assert fitted_figure(whole, font, needed * 0.5)[1] == "…"
