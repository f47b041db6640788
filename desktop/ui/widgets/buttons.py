"""Buttons: primary, plain, quiet and danger, with icon and key cap; check box, radio button and option."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QPushButton, QRadioButton, QSizePolicy, QWidget

from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme
from desktop.ui.widgets.painting import (
    key_cap_size,
    paint_box,
    paint_focus_ring,
    paint_key_cap,
    paint_radio,
    paint_tick_box,
)

Kind = Literal["primary", "plain", "quiet", "danger"]

_UNBOUND = {"Enter", "Esc", "Space", "空格", "↓", "↑", "↑↓", "PgUp", "PgDn", "Del", "Home", "End"}
"""Caps that only tell the key; whoever owns the focus handles it."""


class Button(QPushButton):
    """`Button(text, kind="plain", icon="", key="", small=False, bind=True, parent=None)`.

    `kind`: primary, plain, quiet (accent word without frame), danger. `key` is printed as a key cap and, with `bind`,
    pressed by that shortcut while the button is visible and enabled. An icon-only button needs `tip`.
    """

    def __init__(
        self,
        text: str = "",
        kind: Kind = "plain",
        icon: str = "",
        key: str = "",
        *,
        small: bool = False,
        tip: str = "",
        bind: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.kind: Kind = kind
        self._icon_name, self._key, self._small, self._bind = icon, key, small, bind
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setText(text)
        if tip or not text:
            hint = tip or text
            self.setToolTip(f"{hint}（{key}）" if key else hint)
            self.setAccessibleName(hint)
        theme().changed.connect(self.updateGeometry)

    # -- words -------------------------------------------------------------------------------------------------

    def text(self) -> str:
        return self._words

    def setText(self, text: str) -> None:
        self._words = text
        # Qt takes the shortcut from the text's mnemonic each time: keep its text free of one and bind ours again
        super().setText(text.replace("&", "&&"))
        if self._bind and self._key and self._key not in _UNBOUND:
            words = self._key.replace("↑", "Up").replace("↓", "Down")  # caps show arrows, Qt wants their names
            self.setShortcut(QKeySequence(words.replace("+Enter", "+Return")))  # Qt's Enter is the keypad's
        if text:
            self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def key(self) -> str:
        """The key cap printed on the button, "" for none."""
        return self._key

    def set_icon_name(self, name: str) -> None:
        """Change the icon."""
        self._icon_name = name
        self.update()

    def set_kind(self, kind: Kind) -> None:
        """Change the kind."""
        self.kind = kind
        self.update()

    # -- geometry ----------------------------------------------------------------------------------------------

    def _font_metrics(self) -> QFontMetrics:
        return QFontMetrics(theme().font("caption" if self._small else "body"))

    def _pad(self) -> int:
        if not self._words:
            return 8 if not self._small else 5
        return 8 if self._small else 12

    def sizeHint(self) -> QSize:
        width = 2 * self._pad()
        parts = []
        if self._icon_name:
            parts.append(theme().px("icon_small") if self._small else theme().px("icon"))
        if self._words:
            parts.append(self._font_metrics().horizontalAdvance(self._words) + 1)
        if self._key and self._words:
            parts.append(key_cap_size(self._key).width())
        width += sum(parts) + 6 * (len(parts) - 1)
        return QSize(width, theme().px("control_small" if self._small else "control"))

    minimumSizeHint = sizeHint

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: object) -> None:
        self.update()
        super().leaveEvent(event)  # type: ignore[arg-type]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    # -- painting ----------------------------------------------------------------------------------------------

    def _colors(self) -> tuple[QColor, QColor, QColor]:
        """Text, fill and outline of the present state."""
        c = theme().color
        if not self.isEnabled():
            return c("text_disabled"), c("surface_alt"), c("border")
        over, down = self.underMouse(), self.isDown() or self.isChecked()
        if self.kind == "primary":
            fill = c("accent_pressed") if down else c("accent_hover") if over else c("accent")
            return c("on_accent"), fill, fill
        if self.kind == "quiet":
            clear = QColor(Qt.GlobalColor.transparent)
            return c("accent"), c("hover") if over or down else clear, clear
        fill = c("accent_soft") if down else c("hover") if over else c("surface")
        if self.kind == "danger":
            return c("danger"), fill, c("danger")
        return c("text"), fill, c("border_strong")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color, fill, line = self._colors()
        radius = theme().radius("control")
        if fill.alpha() or line.alpha():
            paint_box(painter, QRectF(self.rect()), fill, line, 1, radius)
        if self.hasFocus():
            if self.kind == "primary":
                inner = QRectF(self.rect()).adjusted(2, 2, -2, -2)
                painter.setPen(color)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(inner.adjusted(0.5, 0.5, -0.5, -0.5), radius - 1, radius - 1)
            else:
                paint_focus_ring(painter, self.rect(), radius)
        font = theme().font("caption" if self._small else "body")
        metrics = QFontMetrics(font)
        free = self.width() - self.sizeHint().width()
        left = float(self._pad() + max(0, free // 2))
        middle = self.height() / 2
        if self._icon_name:
            side = theme().px("icon_small") if self._small else theme().px("icon")
            tint = color if self.kind != "plain" or not self.isEnabled() else theme().color("text_2")
            tint = theme().color("text") if self.kind == "plain" and self.isEnabled() and self._words else tint
            paint_icon(painter, QRectF(left, middle - side / 2, side, side), self._icon_name, tint)
            left += side + 6
        if self._words:
            painter.setFont(font)
            painter.setPen(color)
            width = metrics.horizontalAdvance(self._words) + 1
            painter.drawText(QRectF(left, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, self._words)
            left += width + 6
            if self._key:
                size = key_cap_size(self._key)
                box = QRectF(left, round(middle - size.height() / 2), size.width(), size.height())
                if self.kind == "primary" or not self.isEnabled():
                    paint_key_cap(painter, box, self._key, color)
                else:
                    c = theme().color
                    paint_key_cap(painter, box, self._key, c("text_3"), c("surface_alt"))


class CheckBox(QCheckBox):
    """`CheckBox(text, checked=False, parent=None)`: a check box drawn from the tokens."""

    def __init__(self, text: str = "", checked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setChecked(checked)

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(16 + (9 + width + 4 if self.text() else 2), theme().px("control_small"))

    def hitButton(self, pos: object) -> bool:
        return self.rect().contains(pos)  # type: ignore[call-overload]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint_mark(painter, QRectF(1, 0, 16, self.height()))
        c = theme().color
        painter.setPen(c("text") if self.isEnabled() else c("text_disabled"))
        painter.setFont(self.font())
        box = QRectF(25, 0, self.width() - 25, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            paint_focus_ring(painter, self.rect(), 3)

    def _paint_mark(self, painter: QPainter, box: QRectF) -> None:
        paint_tick_box(painter, box, self.isChecked(), self.isEnabled())


class RadioButton(QRadioButton):
    """`RadioButton(text, checked=False, parent=None)`: a radio button drawn from the tokens."""

    def __init__(self, text: str = "", checked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setChecked(checked)

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(16 + (9 + width + 4 if self.text() else 2), theme().px("control_small"))

    def hitButton(self, pos: object) -> bool:
        return self.rect().contains(pos)  # type: ignore[call-overload]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_radio(painter, QRectF(1, 0, 16, self.height()), self.isChecked(), self.isEnabled())
        c = theme().color
        painter.setPen(c("text") if self.isEnabled() else c("text_disabled"))
        painter.setFont(self.font())
        box = QRectF(25, 0, self.width() - 25, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            paint_focus_ring(painter, self.rect(), 3)


class Option(QAbstractButton):
    """`Option(text, detail="", key="", parent=None)`: one choice of a decision, with key cap, detail and tick.

    Put several into a QButtonGroup; the digit in `key` is handled by the page.
    """

    def __init__(self, text: str, detail: str = "", key: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._detail, self._key = detail, key
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        body = QFontMetrics(theme().font()).height()
        caption = QFontMetrics(theme().font("caption")).height()
        height = body + caption + 16 if self._detail else theme().px("option_row") - 4
        return QSize(240, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        on, enabled = self.isChecked(), self.isEnabled()
        fill = c("surface_alt") if not enabled else c("accent_soft") if on else c("surface")
        if enabled and self.underMouse() and not on:
            fill = c("hover")
        line = c("border") if not enabled else c("accent") if on or self.hasFocus() else c("border_strong")
        width = 2 if on or self.hasFocus() else 1
        paint_box(painter, QRectF(self.rect()), fill, line, width, theme().radius("control"))
        left = 11.0
        body = theme().font("body", bold=on and bool(self._detail))
        first = QFontMetrics(body).height()
        top = 7.0 if self._detail else (self.height() - first) / 2
        if self._key:
            size = key_cap_size(self._key)
            box = QRectF(left, top + (first - size.height()) / 2, size.width(), size.height())
            paint_key_cap(painter, box, self._key, c("text_3"), c("surface_alt"))
            left += size.width() + 9
        painter.setFont(body)
        painter.setPen(c("text") if enabled else c("text_disabled"))
        room = self.width() - left - 34
        painter.drawText(QRectF(left, top, room, first), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self._detail:
            painter.setFont(theme().font("caption"))
            painter.setPen(c("text_2") if on else c("text_3"))
            low = QRectF(left, top + first + 1, self.width() - left - 12, self.height())
            painter.drawText(low, Qt.AlignmentFlag.AlignTop, self._detail)
        elif on:
            box = QRectF(self.width() - 27, (self.height() - 16) / 2, 16, 16)
            paint_icon(painter, box, "check", c("accent"))
