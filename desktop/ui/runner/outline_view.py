"""The outline at the left of the runner: sections with state and n/m, parts of the current one, running figure."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.survey.session.nodes import FormNode
from desktop.survey.session.outline import Page, Progress, Section
from desktop.ui.icons import paint_icon
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.words import plain
from desktop.ui.theme import theme
from desktop.ui.widgets.labels import Card, ElidedLabel, Label, Panel

NUMERALS = "一二三四五六七八九十"
_LOOKS = {
    "done": ("ok", "success"),
    "active": ("half", "accent"),
    "todo": ("circle", "text_3"),
    "flag": ("flag", "warning"),
    "error": ("error", "danger"),
}
_STATE_WORDS = {"done": "已完成", "active": "进行中", "todo": "未开始", "flag": "有待补", "error": "有不符"}


def numeral(number: int) -> str:
    """一 to 九十九."""
    if number <= 10:
        return NUMERALS[number - 1]
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else NUMERALS[tens - 1]) + "十" + (NUMERALS[ones - 1] if ones else "")


@dataclass(frozen=True)
class Row:
    """One line of the outline."""

    level: int
    number: str
    text: str
    count: str
    state: str
    page: Page | None
    current: bool


class _Rows(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []

    def show_rows(self, rows: list[Row]) -> None:
        """Replace the rows; when only their content changed, the view keeps its place."""
        if len(rows) == len(self.rows):
            for i, (old, new) in enumerate(zip(self.rows, rows, strict=True)):
                if old != new:
                    self.rows[i] = new
                    index = self.index(i, 0)
                    self.dataChanged.emit(index, index)
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.number} {row.text} {row.count} {_STATE_WORDS[row.state]}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.text
        return None


class _RowPainter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        row = index.model().rows[index.row()]  # type: ignore[attr-defined]
        if theme().density == "touch":
            return QSize(200, theme().px("control_touch"))
        return QSize(200, theme().px("control_small") + (6 if row.level == 0 else 0))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: Row = index.model().rows[index.row()]  # type: ignore[attr-defined]
        rect: QRect = option.rect  # type: ignore[attr-defined]
        c = theme().color
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.current:
            painter.fillRect(rect, c("selection"))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), c("accent"))
        icon, role = _LOOKS[row.state]
        side = 16 if row.level == 0 else 13
        left = rect.left() + (12 if row.level == 0 else 36)
        paint_icon(painter, QRectF(left, rect.center().y() - side / 2 + 0.5, side, side), icon, c(role))
        left += side + 8
        font = theme().font(points=10 if row.level == 0 else 9.5)
        if row.current:
            font.setWeight(QFont.Weight.Bold)
        painter.setFont(font)
        color = c("selection_text") if row.current else c("text" if row.level == 0 else "text_2")
        painter.setPen(color)
        caption = theme().font("caption")
        count_w = QFontMetrics(caption).horizontalAdvance(row.count) + 2 if row.count else 0
        if row.number:
            painter.drawText(QRectF(left, rect.top(), 40, rect.height()), Qt.AlignmentFlag.AlignVCenter, row.number)
            left += QFontMetrics(font).horizontalAdvance(row.number) + 13
        room = rect.right() - 12 - count_w - 6 - left
        text = QFontMetrics(font).elidedText(row.text, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QRectF(left, rect.top(), room + 2, rect.height()), Qt.AlignmentFlag.AlignVCenter, text)
        if row.count:
            painter.setFont(caption)
            painter.setPen(c("text_2") if row.current else c("text_3"))
            box = QRectF(rect.right() - 12 - count_w, rect.top(), count_w, rect.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, row.count)
        painter.restore()


class OutlineView(Panel):
    """`OutlineView(filling)`: `refresh(page)`; `chosen(page)` when a person points at a line."""

    chosen = Signal(object)

    def __init__(self, filling: Filling, parent: QWidget | None = None) -> None:
        super().__init__("window", parent)
        self.filling = filling
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 8, 0, 0)
        lines.setSpacing(0)
        self.view = QListView()
        self.view.setFrameShape(QListView.Shape.NoFrame)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setStyleSheet("background: transparent;")
        self.view.setAccessibleName(self.tr("提纲"))
        self._model = _Rows(self)
        self.view.setModel(self._model)
        self.view.setItemDelegate(_RowPainter(self.view))
        self.view.clicked.connect(self._clicked)
        lines.addWidget(self.view, 1)
        self.figure = Card(margins=(12, 10, 12, 10))
        self.caption = Label("", "caption")
        self.value = ElidedLabel("", "title")
        self.below = Label("", "caption", wrap=True)
        for widget in (self.caption, self.value, self.below):
            self.figure.body.addWidget(widget)
        holder = QVBoxLayout()
        holder.setContentsMargins(12, 8, 12, 12)
        holder.addWidget(self.figure)
        lines.addLayout(holder)
        self._figure_node = _figure_node(filling)
        self.figure.hide()
        self.setFixedWidth(232)

    @property
    def rows(self) -> list[Row]:
        """The lines shown."""
        return self._model.rows

    def refresh(self, page: Page | None) -> None:
        """Show the state of the sections; `page` is where the person stands."""
        outline = self.filling.outline
        rows: list[Row] = []
        number = 0
        for section in outline.sections:
            if not outline.is_shown(section):
                continue
            number += 1
            here = page is not None and page.section is section
            chapters = outline.chapters(section) if here else []
            progress = outline.progress(section)
            first = next((p for p in outline.pages(section) if outline.is_asked(p)), None)
            words, count = plain(outline.title(section)), self._count(section, progress)
            state = self._state(progress, outline.pages(section))
            inside = page is not None and page.chapter is not None and bool(chapters)
            rows.append(Row(0, numeral(number), words, count, state, first, here and not inside))
            for chapter, target in chapters:
                part = outline.chapter_progress(section, chapter)
                count = f"{part.answered} / {part.asked}" if section.is_repeat else ""
                pages = [p for p in outline.pages(section) if p.chapter is chapter]
                rows.append(
                    Row(1, "", plain(outline.heading(chapter)), count, self._state(part, pages), target,
                        page is not None and page.chapter is chapter)
                )  # fmt: skip
        self._model.show_rows(rows)
        current = next((i for i, row in enumerate(rows) if row.current), -1)
        if current >= 0:
            self.view.scrollTo(self._model.index(current, 0))
        self._show_figure()

    def _state(self, progress: Progress, pages: list[Page]) -> str:
        """Done is also what was gone through without answering what need not be answered; not what only begins so."""
        if progress.state != "done" or progress.answered >= progress.asked:
            return progress.state
        for page in reversed(pages):
            for node in reversed(page.questions()):
                if not node.readonly and not self.filling.is_note(node):
                    return "done" if node in self.filling.seen else "active"
        return progress.state

    def _count(self, section: Section, progress: Progress) -> str:
        if section.is_repeat and section.control is not None and section.control.path is not None:
            rows = len(self.filling.session.root.instances(section.control.path[-1]))
            return self.tr("{n} 条").format(n=rows)
        return f"{progress.answered} / {progress.asked}" if progress.asked else ""

    def _clicked(self, index: QModelIndex) -> None:
        row = self._model.rows[index.row()]
        if row.page is not None:
            self.chosen.emit(row.page)

    # -- running figure ----------------------------------------------------------------------------------------

    def _show_figure(self) -> None:
        node = self._figure_node
        if node is None or not node.relevant:
            self.figure.hide()
            return
        from desktop.common.money import format_yuan
        from desktop.registry.labels import label

        name = label("household", "per_capita_income_fen").removesuffix("（元）")
        self.caption.setText(self.tr("暂计 {name}").format(name=name))
        fen = int(float(node.text)) if node.text else None
        before = self.filling.previous_text(node)
        if fen is None:
            self.value.setText(self.tr("还算不出"))
            self.below.setText(self.tr("还有金额或人口没有填"))
        else:
            self.value.setText(self.tr("{yuan} 元").format(yuan=format_yuan(fen)))
            change = fen - int(float(before)) if before else None
            sign = "+" if change is not None and change >= 0 else "−"
            self.below.setText(
                "" if change is None
                else self.tr("比上次 {sign}{yuan}").format(sign=sign, yuan=format_yuan(abs(change)))
            )  # fmt: skip
        self.below.setVisible(bool(self.below.text()))
        self.figure.show()


def _figure_node(filling: Filling) -> FormNode | None:
    """The computed answer that is written to the income per head, where the form has one."""
    for node in filling.session.root.subtree():
        bind = node.definition.bind
        if bind.saveto == "per_capita_income_fen" and bind.calculate is not None:
            return node
    return None
