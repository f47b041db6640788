"""The page before finishing: every open point with its place, each a way back; what bars, what does not."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.survey.session.hidden_answers import HiddenAnswer
from desktop.survey.session.nodes import FormNode
from desktop.survey.session.open_points import COLLECT, REQUIRED, WARNING, WRONG, OpenPoint
from desktop.ui.icons import paint_icon
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.hidden_part import HiddenWords
from desktop.ui.runner.words import plain
from desktop.ui.theme import theme
from desktop.ui.widgets.labels import Card, Icon, Label, rule
from desktop.ui.widgets.painting import paint_focus_ring

_GROUPS = (
    (WRONG, "不符合要求", "error", "danger", "改好才能结束"),
    (REQUIRED, "还没有填", "circle", "danger", "填上，或用 F7 写明不知道、不愿答、不适用，或用 F6 列入待补"),
    (WARNING, "有疑问，没有写原因", "alert", "warning", "可以结束；写个原因，审核的人就不用再问"),
    (COLLECT, "待补", "flag", "warning", "可以结束；会留在待补清单里"),
)


class PointRow(QAbstractButton):
    """One open point: where, what; Enter or click goes there."""

    def __init__(self, place: str, question: str, message: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place, self._question, self._message = place, question, message
        self.setText(question)
        self.setAccessibleName(f"{place} {question} {message}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        row = theme().px("control_touch") if theme().density == "touch" else theme().px("row")
        return QSize(400, row + 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self.click()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        if self.underMouse():
            painter.fillRect(self.rect(), c("hover"))
        height = self.height()
        flags = int(Qt.AlignmentFlag.AlignVCenter)
        painter.setFont(theme().font("caption"))
        metrics = QFontMetrics(theme().font("caption"))
        painter.setPen(c("text_3"))
        painter.drawText(
            12, 0, 168, height, flags, metrics.elidedText(self._place, Qt.TextElideMode.ElideRight, 168)
        )
        font = theme().font()
        font.setWeight(QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(c("text"))
        room = max(160, (self.width() - 230) * 55 // 100) if self._message else self.width() - 230
        text = QFontMetrics(font).elidedText(self._question, Qt.TextElideMode.ElideRight, room)
        painter.drawText(190, 0, room + 2, height, flags, text)
        painter.setFont(theme().font())
        painter.setPen(c("text_2"))
        left = 190 + room + 12
        rest = max(40, self.width() - left - 30)
        text = QFontMetrics(theme().font()).elidedText(self._message, Qt.TextElideMode.ElideRight, rest)
        painter.drawText(left, 0, rest + 2, height, flags, text)
        if self.isEnabled():
            paint_icon(painter, self.rect().adjusted(self.width() - 24, 0, -8, 0), "right", c("text_3"))
        if self.hasFocus():
            paint_focus_ring(painter, self.rect(), 3)


class KeylessArea(QScrollArea):
    """A scrolling area that leaves all keys to the runner."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()


class ReviewPage(QWidget):
    """`ReviewPage(filling)`: `show_points()`; `chosen(node)`, `finish_asked()`, `back_asked()`."""

    chosen = Signal(object)
    finish_asked = Signal()
    back_asked = Signal()

    def __init__(self, filling: Filling, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filling = filling
        self.points: list[OpenPoint] = []
        self.rows: list[PointRow] = []
        lines = QVBoxLayout(self)
        lines.setContentsMargins(20, 14, 10, 0)
        lines.setSpacing(8)
        self.title = Label(self.tr("结束前检查"), "section")
        self.fact = Label("", "second", wrap=True)
        lines.addWidget(self.title)
        lines.addWidget(self.fact)
        self.area = KeylessArea()
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        lines.addWidget(self.area, 1)

    def show_points(self) -> None:
        """Look through the whole form."""
        self.points = self.filling.open_points()
        holder = QWidget()
        lines = QVBoxLayout(holder)
        lines.setContentsMargins(0, 0, 10, 16)
        lines.setSpacing(12)
        self.rows = []
        for kind, title, icon, tone, help_words in _GROUPS:
            points = [point for point in self.points if point.kind == kind]
            if points:
                lines.addWidget(self._group(points, title, icon, tone, help_words))
        hidden = self.filling.hidden_answers()
        if not self.points:
            card = Card(margins=(16, 14, 16, 14))
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(Icon("ok", "success", 20))
            row.addWidget(Label(self.tr("该问的都问了，没有不符合要求的，也没有待补。"), "strong"), 1)
            card.body.addLayout(row)
            lines.addWidget(card)
        if hidden:
            lines.addWidget(self._hidden_part(hidden))
        lines.addStretch(1)
        self.area.setWidget(holder)
        bars = sum(point.bars for point in self.points)
        rest = len(self.points) - bars
        words = self.tr("有 {n} 处要先处理。").format(n=bars) if bars else self.tr("可以结束。")
        if rest:
            words += self.tr("另有 {n} 处不拦结束。").format(n=rest)
        self.fact.setText(words + self.tr("选一行按 Enter 就到那一题。") if self.points else words)

    def bars(self) -> int:
        """How many points finishing waits for."""
        return sum(point.bars for point in self.points)

    def take_focus(self) -> None:
        """The first point, else the page."""
        if self.points:
            self.rows[0].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def arrow(self, step: int) -> bool:
        """↑ ↓ between the points."""
        here = next((i for i, row in enumerate(self.rows) if row.hasFocus()), None)
        if here is None and step > 0 and self.rows:
            here = -1  # from the page itself to the first line
        if here is None or not 0 <= here + step < len(self.rows):
            return False
        self.rows[here + step].setFocus()
        self.area.ensureWidgetVisible(self.rows[here + step])
        return True

    def _group(self, points: list[OpenPoint], title: str, icon: str, tone: str, help_words: str) -> QWidget:
        card = self._card(self.tr("{title} {n} 处").format(title=title, n=len(points)), icon, tone, help_words)
        for point in points:
            self._add_row(card, PointRow(*self._words(point)), point.node)
        return card

    def _hidden_part(self, hidden: list[HiddenAnswer]) -> QWidget:
        words = HiddenWords(self.filling)
        card = self._card(words.title(len(hidden)), "minus", "text_3", words.what_becomes())
        for answer in hidden:
            self._add_row(card, PointRow(self._place(answer.node), *words.line(answer)), answer.because)
        return card

    def _card(self, title: str, icon: str, tone: str, help_words: str) -> Card:
        card = Card()
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(8)
        head.addWidget(Icon(icon, tone))
        head.addWidget(Label(title, "strong"))
        head.addSpacing(6)
        head.addWidget(Label(help_words, "caption"))
        head.addStretch(1)
        card.body.addLayout(head)
        return card

    def _add_row(self, card: Card, row: PointRow, target: FormNode | None) -> None:
        """A line that leads to a question; without one it is only read."""
        card.body.addWidget(rule("grid"))
        card.body.addWidget(row)
        if target is None:
            row.setEnabled(False)
            return
        row.clicked.connect(lambda: self.chosen.emit(target))
        self.rows.append(row)

    def _place(self, node: FormNode) -> str:
        """Section and row of a question."""
        outline = self.filling.outline
        page = outline.page_of(node)
        if page is None:
            return ""
        place = plain(outline.title(page.section))
        if page.chapter is None:
            return place
        row = plain(outline.heading(page.chapter))
        return row if page.section.is_repeat else f"{place} · {row}"

    def _words(self, point: OpenPoint) -> tuple[str, str, str]:
        outline, session = self.filling.outline, self.filling.session
        place = self._place(point.node)
        label = plain(session.view(point.node).label or "")
        control = session.form.questions[point.node.definition.path]
        number = outline.numbers.get(control.order)
        message = "" if point.kind == WARNING else point.message
        return place, f"{number} {label}" if number else label, plain(message)

