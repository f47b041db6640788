"""Options of a choice: buttons with key cap and tick, and the ways they lie on the page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMargins, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QLayout, QLayoutItem, QSizePolicy, QWidget

from desktop.ui.icons import paint_icon
from desktop.ui.theme import theme
from desktop.ui.widgets.painting import key_cap_size, paint_box, paint_key_cap

CAPS = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Key caps of options in order: digits, then letters."""


def cap_of(place: int) -> str:
    """Key cap of an option by its place from 0; '' beyond the letters."""
    return CAPS[place] if place < len(CAPS) else ""


class ChoiceButton(QAbstractButton):
    """`ChoiceButton(text, cap="", multiple=False, image=None)`: one option; `set_on(bool)`. Clicking only tells.

    It never keeps a state of its own: the session says what is chosen. Long words wrap. Arrow keys belong to the page.
    """

    def __init__(
        self, text: str, cap: str = "", *, multiple: bool = False, image: QPixmap | None = None,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._cap, self._multiple, self._image = cap, multiple, image
        self._on = False
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def on(self) -> bool:
        """Whether it is chosen."""
        return self._on

    def set_on(self, on: bool) -> None:
        """Show it as chosen or not."""
        if on != self._on:
            self._on = on
            self.setAccessibleDescription(self.tr("已选") if on else "")
            self.update()

    # -- geometry ----------------------------------------------------------------------------------------------

    def _before(self) -> int:
        return 12 + (key_cap_size(self._cap).width() + 9 if self._cap else 0)

    def _after(self) -> int:
        return 34

    def _height(self) -> int:
        return theme().px("control_touch") if theme().density == "touch" else theme().px("option_row") - 6

    def natural_width(self) -> int:
        """Width at which the words stand on one line."""
        words = QFontMetrics(theme().font()).horizontalAdvance(self.text())
        picture = self._image.width() if self._image is not None else 0
        return max(self._before() + words + self._after(), picture + 24, 72)

    def sizeHint(self) -> QSize:
        width = min(self.natural_width(), 620)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(72, self._height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        room = max(40, width - self._before() - self._after() + 4)
        box = QFontMetrics(theme().font()).boundingRect(
            0, 0, room, 2000, int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere), self.text()
        )
        height = max(self._height(), box.height() + 14)
        return height + (self._image.height() + 8 if self._image is not None else 0)

    # -- keys and painting ---------------------------------------------------------------------------------------

    def keyPressEvent(self, event: object) -> None:
        if event.key() == Qt.Key.Key_Space:  # type: ignore[attr-defined]
            self.click()
        else:
            event.ignore()  # type: ignore[attr-defined]  # Enter, digits and arrows are the runner's

    def keyReleaseEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        enabled, focused = self.isEnabled(), self.hasFocus()
        fill = c("surface_alt") if not enabled else c("accent_soft") if self._on else c("surface")
        if enabled and self.underMouse() and not self._on:
            fill = c("hover")
        line = c("border") if not enabled else c("accent") if self._on or focused else c("border_strong")
        paint_box(painter, QRectF(self.rect()), fill, line, 2 if self._on or focused else 1, theme().radius("control"))
        if focused and self._on:
            inner = QRectF(self.rect()).adjusted(3.5, 3.5, -3.5, -3.5)
            painter.setPen(c("focus"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(inner, 2, 2)
        top = 0
        if self._image is not None:
            painter.drawPixmap(QPoint((self.width() - self._image.width()) // 2, 7), self._image)
            top = self._image.height() + 8
        left = 12
        height = self.height() - top
        if self._cap:
            size = key_cap_size(self._cap)
            box = QRectF(left, top + (height - size.height()) / 2, size.width(), size.height())
            paint_key_cap(painter, box, self._cap, c("text_3"), c("surface_alt"))
            left += size.width() + 9
        font = theme().font()
        if self._on:
            font.setWeight(font.Weight.Medium)
        painter.setFont(font)
        painter.setPen(c("text") if enabled else c("text_disabled"))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere)
        painter.drawText(QRect(left, top, self.width() - left - self._after() + 4, height), flags, self.text())
        if self._on:
            box = QRectF(self.width() - 26, top + (height - 16) / 2, 16, 16)
            paint_icon(painter, box, "check", c("accent"))


class FlowLayout(QLayout):
    """Items side by side, on further rows when the width is used up; `columns` > 0 makes equal columns.

    `columns` = -1 fits as many equal columns as the widest item allows.
    """

    def __init__(self, columns: int = 0, gap: int = 8) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._columns, self._gap = columns, gap
        self.setContentsMargins(QMargins())

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), test=True)

    def minimumSize(self) -> QSize:
        widest = max((item.minimumSize().width() for item in self._items), default=0)
        return QSize(widest, 0)

    def sizeHint(self) -> QSize:
        widths = [item.sizeHint().width() for item in self._items]
        total = min(sum(widths) + self._gap * max(0, len(widths) - 1), 760) if self._columns == 0 else 640
        return QSize(total, self.heightForWidth(max(total, 80)))

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect)

    def _arrange(self, rect: QRect, *, test: bool = False) -> int:
        if not self._items:
            return 0
        width, gap = max(rect.width(), 80), self._gap
        if self._columns:
            widest = max(item.sizeHint().width() for item in self._items)
            many = self._columns if self._columns > 0 else max(1, (width + gap) // (widest + gap))
            many = min(many, len(self._items)) if self._columns < 0 else many
            # a few wide columns fill the line; many narrow ones keep the width of their words
            each = min((width - gap * (many - 1)) // many, max(widest, 160) if many > 1 else 640)
            rows: list[list[tuple[QLayoutItem, int]]] = []
            for start in range(0, len(self._items), many):
                rows.append([(item, each) for item in self._items[start : start + many]])
        else:
            rows, used = [[]], 0
            for item in self._items:
                size = min(item.sizeHint().width(), width)
                if rows[-1] and used + size > width:
                    rows.append([])
                    used = 0
                rows[-1].append((item, size))
                used += size + gap
        top = rect.y()
        for row in rows:
            height = max(_height_of(item, size) for item, size in row)
            left = rect.x()
            for item, size in row:
                if not test:
                    item.setGeometry(QRect(left, top, size, height))
                left += size + gap
            top += height + gap
        return top - gap - rect.y()


def _height_of(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


def columns_for(appearance: Sequence[str], labels: Sequence[str]) -> int:
    """Columns of a FlowLayout for an appearance: 0 flows in natural widths, 1 is a list, -1 as many as fit."""
    for word in appearance:
        if word.startswith("columns-") and word[8:].isdigit():
            return max(1, int(word[8:]))
    if "columns" in appearance:
        return -1
    if {"columns-pack", "horizontal", "horizontal-compact", "quickcompact", "compact"} & set(appearance):
        return 0
    long = max((len(label) for label in labels), default=0)
    if len(labels) <= 4 and long <= 10:
        return 0
    if sum(len(label) * 14 + 70 for label in labels) <= 700:  # all on one line
        return 0
    return 1 if len(labels) <= 6 else -1
