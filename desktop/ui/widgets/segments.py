"""Segment buttons: one of a few choices side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme


@dataclass(frozen=True)
class Segment:
    """One choice: its key, word, and an optional icon with a colour role."""

    key: str
    text: str
    icon: str = ""
    icon_role: str = "text_2"


class _SegmentButton(QAbstractButton):
    def __init__(self, segment: Segment, first: bool, last: bool, owner: Segments) -> None:
        super().__init__(owner)
        self.segment, self._first, self._last, self._owner = segment, first, last, owner
        self.setCheckable(True)
        self.say(segment)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy.Policy.Expanding if owner.stretched else QSizePolicy.Policy.Fixed
        self.setSizePolicy(policy, QSizePolicy.Policy.Fixed)

    def say(self, segment: Segment) -> None:
        """Another word for the same key."""
        self.segment = segment
        self.setText(segment.text)
        self.setAccessibleName(segment.text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme().font())
        width = metrics.horizontalAdvance(self.text()) + 24 + (21 if self.segment.icon else 0)
        return QSize(width, theme().px("control") - (2 if self._owner.small else 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self._owner.move_choice(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c = theme().color
        radius = theme().radius("control")
        box = QRectF(self.rect())
        outer = QRectF(box)
        # the rounded outline belongs to the row: the ends draw their side, the middle only top and bottom
        outer.setLeft(box.left() if self._first else box.left() - 2 * radius)
        outer.setRight(box.right() if self._last else box.right() + 2 * radius)
        path = QPainterPath()
        path.addRoundedRect(outer.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setClipRect(box)
        on = self.isChecked()
        fill = c("accent") if on else c("hover") if self.underMouse() and self.isEnabled() else c("surface")
        painter.fillPath(path, fill)
        painter.setPen(QPen(c("border_strong"), 1))
        painter.drawPath(path)
        if not self._first and not on:
            painter.setPen(QPen(c("border"), 1))
            painter.drawLine(0, 1, 0, self.height() - 2)
        color = c("on_accent") if on else c("text") if self.isEnabled() else c("text_disabled")
        font = theme().font()
        painter.setFont(font)
        width = QFontMetrics(font).horizontalAdvance(self.text()) + (21 if self.segment.icon else 0)
        left = (self.width() - width) / 2
        if self.segment.icon:
            tint = color if on else c(self.segment.icon_role)
            paint_icon(painter, QRectF(left, (self.height() - 16) / 2, 16, 16), self.segment.icon, tint)
            left += 21
        painter.setPen(color)
        painter.drawText(QRectF(left, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            painter.setPen(QPen(c("on_accent") if on else c("focus"), 1.5 if on else 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            inset = 2.5 if on else 1
            painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius - 1, radius - 1)


class Segments(QWidget):
    """`Segments(choices, chosen=None, stretched=False, small=False, parent=None)`: one of a few; signal `changed(key)`.

    `choices`: a sequence of `Segment` or (key, word). ← and → move the choice. `value()` is the key chosen, or "".
    """

    changed = Signal(str)

    def __init__(
        self,
        choices: Sequence[Segment | tuple[str, str]],
        chosen: str | None = None,
        *,
        stretched: bool = False,
        small: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.stretched, self.small = stretched, small
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: list[_SegmentButton] = []
        width = QSizePolicy.Policy.Expanding if stretched else QSizePolicy.Policy.Fixed
        self.setSizePolicy(width, QSizePolicy.Policy.Fixed)
        self.set_choices(choices, chosen)
        self._group.buttonClicked.connect(self._clicked)

    def set_choices(self, choices: Sequence[Segment | tuple[str, str]], chosen: str | None = None) -> None:
        """Replace the choices (their words often carry counts).

        Buttons whose keys stay are the same ones with other words: a count that comes late must not take away the
        button a person is pressing, or the focus from one that is moved through with the arrow keys.
        """
        made = [c if isinstance(c, Segment) else Segment(*c) for c in choices]
        if [s.key for s in made] == [button.segment.key for button in self._buttons]:
            for button, segment in zip(self._buttons, made, strict=True):
                if button.segment != segment:
                    button.say(segment)
            if chosen is not None:
                self.set_value(chosen)
            return
        keep = chosen if chosen is not None else self.value()
        for button in self._buttons:
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [_SegmentButton(s, i == 0, i == len(made) - 1, self) for i, s in enumerate(made)]
        for button in self._buttons:
            self._group.addButton(button)
            self._row.addWidget(button)
        self.set_value(keep)

    def value(self) -> str:
        """Key of the choice made, "" when none is."""
        checked = self._group.checkedButton()
        return checked.segment.key if isinstance(checked, _SegmentButton) else ""

    def word(self) -> str:
        """The word of the choice as it is shown."""
        checked = self._group.checkedButton()
        return checked.segment.text if isinstance(checked, _SegmentButton) else ""

    def set_value(self, key: str) -> None:
        """Choose without telling."""
        for button in self._buttons:
            if button.segment.key == key:
                button.setChecked(True)

    def move_choice(self, step: int) -> None:
        """Choose the neighbour; used by the arrow keys."""
        keys = [button.segment.key for button in self._buttons]
        if not keys:
            return
        here = keys.index(self.value()) if self.value() in keys else 0
        there = min(max(here + step, 0), len(keys) - 1)
        self._buttons[there].setFocus(Qt.FocusReason.TabFocusReason)
        self._buttons[there].click()

    def _clicked(self, _button: QAbstractButton) -> None:
        self.changed.emit(self.value())
