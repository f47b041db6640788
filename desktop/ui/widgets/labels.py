"""Words and quiet frames: labels by role, cards, rules and notes."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.ui.icons import paint_icon
from desktop.ui.theme import repolish, theme
from desktop.ui.widgets.painting import Tone

Role = Literal[
    "", "caption", "caption_strong", "muted", "second", "strong", "bold", "section", "question", "title", "figure",
    "hero",
]


class Label(QLabel):
    """`Label(text, role="", tone="", wrap=False, parent=None)`: plain text in one of the type roles of DESIGN §2.2.

    `role`: caption, caption_strong, muted (text_3), second (text_2), strong, bold, section, question, title, figure,
    hero; `tone`: danger, warning, success, accent. The text is never read as rich text.
    """

    def __init__(
        self, text: str = "", role: Role = "", tone: str = "", wrap: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        self.setText(text)

    def set_tone(self, tone: str) -> None:
        """Change the colour tone."""
        if self.property("tone") != tone:
            repolish(self, tone=tone)


class ElidedLabel(Label):
    """A `Label` of one line that is cut with … when there is no room and then shows its full text as a tool tip."""

    def __init__(self, text: str = "", role: Role = "", tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, role, tone, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(24)

    def setFixedWidth(self, w: int) -> None:
        """A fixed width; a layout would give an ignored size hint none."""
        super().setFixedWidth(w)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        self.ensurePolished()
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics = QFontMetrics(self.font())
        room = self.contentsRect()
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        self.setToolTip(self.text() if text != self.text() else "")
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)


class Icon(QWidget):
    """`Icon(name, role="text_2", size=16)`: one line icon in a colour role."""

    def __init__(self, name: str, role: str = "text_2", size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._role, self._size = name, role, size
        self.setFixedSize(size, size)

    def show_icon(self, name: str, role: str) -> None:
        """Show another icon."""
        self._name, self._role = name, role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._name:
            paint_icon(QPainter(self), self.rect(), self._name, theme().color(self._role))


class StatusWord(QWidget):
    """`StatusWord(text, icon, tone, role="")`: icon and word in one colour, without background."""

    def __init__(
        self, text: str = "", icon: str = "", tone: Tone = "neutral", role: Role = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._icon = Icon(icon, "text_2", theme().px("icon_small"))
        self._label = Label("", role)
        row.addWidget(self._icon)
        row.addWidget(self._label)
        self.show_status(text, icon, tone)

    def show_status(self, text: str, icon: str, tone: Tone = "neutral") -> None:
        """Show another word."""
        self._label.setText(text)
        self._label.set_tone("" if tone == "neutral" else tone)
        self._icon.setVisible(bool(icon))
        self._icon.show_icon(icon, "text_3" if tone == "neutral" else tone)
        self.setAccessibleName(text)

    def text(self) -> str:
        """The word shown."""
        return self._label.text()


class Card(QFrame):
    """`Card(parent=None)`: a white frame with hairline and round corners; fill `card.body` (QVBoxLayout)."""

    def __init__(self, parent: QWidget | None = None, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(*(m + 1 for m in margins))
        self.body.setSpacing(0)


class Panel(QFrame):
    """`Panel(kind)`: a flat area: surface, nav, window, sums, foot, action, status."""

    def __init__(self, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", kind)


def rule(kind: Literal["h", "v", "grid"] = "h", parent: QWidget | None = None) -> QFrame:
    """A hairline: horizontal, vertical, or the lighter one between rows."""
    line = QFrame(parent)
    line.setProperty("rule", kind)
    return line


class Link(QLabel):
    """`Link(text, parent=None)`: an accent word that acts like a button (`clicked`); Enter and Space press it."""

    clicked = Signal()

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("tone", "accent")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: object) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):  # type: ignore[attr-defined]
            self.clicked.emit()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            from desktop.ui.widgets.painting import paint_focus_ring

            paint_focus_ring(QPainter(self), self.rect(), 3)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()


_NOTE_ICONS = {"info": "info", "warning": "alert", "danger": "error", "success": "ok"}
_NOTE_ROLES = {"info": "accent", "warning": "warning", "danger": "danger", "success": "success"}


class Note(QFrame):
    """`Note(kind, title, text="", link="", parent=None)`: a soft box with icon, a title line, a second line and a link.

    `kind`: info, warning, danger, success. `link_clicked` is emitted by the link.
    """

    link_clicked = Signal()

    def __init__(self, kind: str, title: str, text: str = "", link: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 8, 10, 8)
        row.setSpacing(8)
        self._icon = Icon(_NOTE_ICONS[kind], _NOTE_ROLES[kind])
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        self._title = Label(title, wrap=True)
        self._text = Label(text, "second", wrap=True)
        self._link = Link(link)
        self._link.clicked.connect(self.link_clicked)
        for part in (self._title, self._text):
            words.addWidget(part)
        words.addWidget(self._link, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(words, 1)
        self.setProperty("note", kind)
        self.show_words(title, text, link)

    def show_words(self, title: str, text: str = "", link: str = "", kind: str = "") -> None:
        """Show other words (and another kind, when given)."""
        for label, words in ((self._title, title), (self._text, text), (self._link, link)):
            label.setText(words)
            label.setVisible(bool(words))
        if kind:
            self._icon.show_icon(_NOTE_ICONS[kind], _NOTE_ROLES[kind])
            repolish(self, note=kind)

    def text(self) -> str:
        """Title and text as one string."""
        return "\n".join(part for part in (self._title.text(), self._text.text()) if part)
