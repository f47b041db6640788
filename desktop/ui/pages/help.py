"""帮助: topics at the left, found as one types; the text at the right, with links to topics and pages; all offline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QStandardItem,
    QStandardItemModel,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTextBrowser,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.app.figures_explained import formulas_text, rules_text
from desktop.app.help_topics import Topic, TopicHit, search, topic, topic_of_page, topics
from desktop.app.keeping.diagnosing import diagnosis, save_diagnosis
from desktop.app.workspace import Workspace
from desktop.common.version import product_version
from desktop.ui.help_html import to_html
from desktop.ui.key_list import KeyLine, list_keys, page_keys, runner_keys, window_keys
from desktop.ui.navigation import Address, page_word
from desktop.ui.pages.page import Page, Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import SearchField
from desktop.ui.widgets.labels import Panel, rule
from desktop.ui.widgets.page_rows import TitleRow
from desktop.ui.widgets.painting import paint_focus_ring

_HitRole = Qt.ItemDataRole.UserRole + 1
TEXT_WIDTH = 820
"""Longest line of text in px; beyond it reading gets tiring."""
SHARED_FROM = 5
"""A key that as many pages have stands once, for all lists."""


@runtime_checkable
class PagesOwner(Protocol):
    """The window, as far as the list of keys asks it: its pages by name, made when they are not there yet."""

    def page_names(self) -> Sequence[str]:
        """Every page the role may use."""

    def page(self, name: str) -> Page:
        """One of them."""


class _TopicDelegate(QStyledItemDelegate):
    """A heading of a group, or a topic with the line that was found below it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hit = index.data(_HitRole)
        row = theme().px("row")
        return QSize(160, row + round(row * 0.55) if isinstance(hit, TopicHit) and hit.line else row)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        hit, c = index.data(_HitRole), theme().color
        box = QRectF(option.rect)  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        on = bool(state & QStyle.StateFlag.State_Selected)
        if not isinstance(hit, TopicHit):
            painter.setFont(theme().font("caption"))
            painter.setPen(c("text_3"))
            painter.drawText(box.adjusted(12, 4, -8, 0), Qt.AlignmentFlag.AlignVCenter, str(index.data()))
            return
        if on:
            painter.fillRect(box, c("selection"))
        painter.setFont(theme().font(bold=on))
        painter.setPen(c("selection_text") if on else c("text"))
        first = QRectF(box.left() + 12, box.top(), box.width() - 20, theme().px("row"))
        words = QFontMetrics(painter.font()).elidedText(
            hit.topic.title, Qt.TextElideMode.ElideRight, int(first.width())
        )
        painter.drawText(first, Qt.AlignmentFlag.AlignVCenter, words)
        if hit.line:
            painter.setFont(theme().font("caption"))
            painter.setPen(c("text_2"))
            below = QRectF(first.left(), first.bottom() - 6, first.width(), box.bottom() - first.bottom() + 2)
            words = QFontMetrics(painter.font()).elidedText(hit.line, Qt.TextElideMode.ElideRight, int(below.width()))
            painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, words)
        if on and state & QStyle.StateFlag.State_HasFocus:
            paint_focus_ring(painter, box.adjusted(1, 1, -1, -1), 3)


class HelpPage(Page):
    """`HelpPage(shell, ws)`: an address's `part` is a topic's key, or `page:NAME` for the topic of a page (F1)."""

    shows = frozenset({"setting", "code_item"})

    def __init__(self, shell: Shell, ws: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(shell, parent)
        self.ws = ws
        self.shown: Topic | None = None
        self._asked_from = self._place = ""
        self._formulas, self._rules = formulas_text(), ""
        self._diagnosis = ""
        self._keys: dict[str, list[KeyLine]] = {}
        self.title = TitleRow(self.tr("帮助"))
        self.title.set_fact(self.tr("都在本机，不用联网 · 乡册 {v}").format(v=product_version()))
        self.save_button = Button(self.tr("存为文件"), icon="save")
        self.save_button.clicked.connect(self.save_diagnosis)
        self.title.add_action(self.save_button)
        self.lines.addWidget(self.title)
        self.lines.addWidget(rule())
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._make_side())
        row.addWidget(rule("v"))
        row.addWidget(self._make_text(), 1)
        self.lines.addLayout(row, 1)
        self.bind("Ctrl+F", self._to_search, self.tr("到搜索框"))
        self.bind("F6", self._to_the_other_side, self.tr("在目录和正文之间来回"))
        self._making = QTimer(self)
        self._making.setInterval(0)
        self._making.timeout.connect(self._next_page_keys)
        theme().changed.connect(self._dress)
        self._dress()
        self._search("")
        self.refresh()

    # -- parts -------------------------------------------------------------------------------------------------

    def _make_side(self) -> QWidget:
        side = Panel("surface")
        lines = QVBoxLayout(side)
        lines.setContentsMargins(10, 10, 10, 8)
        lines.setSpacing(8)
        self.field = SearchField(self.tr("搜索：汉字、拼音首字母"))
        self.field.searched.connect(self._search)
        self.field.installEventFilter(self)
        lines.addWidget(self.field)
        self.list = QListView()
        self.field.left_down.connect(lambda: self.list.setFocus(Qt.FocusReason.OtherFocusReason))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setItemDelegate(_TopicDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(self.tr("目录"))
        self.list.installEventFilter(self)
        self._model = QStandardItemModel(self)
        self.list.setModel(self._model)
        self.list.selectionModel().currentChanged.connect(self._chosen)
        lines.addWidget(self.list, 1)
        self._side = side
        return side

    def _make_text(self) -> QWidget:
        holder = Panel("surface")
        row = QHBoxLayout(holder)
        row.setContentsMargins(18, 12, 0, 0)
        self.text = QTextBrowser()
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setObjectName("helpText")
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(self.tr("正文"))
        self.text.anchorClicked.connect(self._follow)
        self.text.installEventFilter(self)
        row.addWidget(self.text, 100)
        row.addStretch(1)
        return holder

    def _dress(self) -> None:
        self._side.setFixedWidth(round(250 * max(theme().scale, 1.0)))
        self.text.setMaximumWidth(round(TEXT_WIDTH * max(theme().scale, 1.0)))
        self.text.document().setDefaultFont(theme().font())
        if self.shown is not None:
            self._show(self.shown)

    # -- topics ------------------------------------------------------------------------------------------------

    def hits(self) -> list[TopicHit]:
        """The topics listed now."""
        rows = (self._model.item(row).data(_HitRole) for row in range(self._model.rowCount()))
        return [hit for hit in rows if isinstance(hit, TopicHit)]

    def _search(self, text: str) -> None:
        found = search(text, topics(), {"figures": self._figures_text()} if text.strip() else None)
        self.list.selectionModel().blockSignals(True)
        self._model.clear()
        group = ""
        for hit in found:
            if hit.topic.group != group and not text.strip():
                group = hit.topic.group
                heading = QStandardItem(group)
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                self._model.appendRow(heading)
            item = QStandardItem(hit.topic.title)
            item.setData(hit, _HitRole)
            item.setAccessibleText(f"{hit.topic.title}，{hit.line}" if hit.line else hit.topic.title)
            self._model.appendRow(item)
        if not found:
            nothing = QStandardItem(self.tr("没有找到，换个说法试试"))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self._model.appendRow(nothing)
        self.list.selectionModel().blockSignals(False)
        here = self.shown if self.shown in [hit.topic for hit in found] and not text.strip() else None
        wanted = here or (found[0].topic if found else None)
        if wanted is not None:
            self._mark(wanted)
            self._show(wanted)

    def _mark(self, wanted: Topic) -> None:
        """Make a topic's row current without opening it again."""
        for row in range(self._model.rowCount()):
            hit = self._model.item(row).data(_HitRole)
            if isinstance(hit, TopicHit) and hit.topic is wanted:
                self.list.selectionModel().blockSignals(True)
                self.list.setCurrentIndex(self._model.index(row, 0))
                self.list.selectionModel().blockSignals(False)
                self.list.scrollTo(self._model.index(row, 0))
                self.list.viewport().update()
                return

    def _chosen(self, index: QModelIndex) -> None:
        hit = index.data(_HitRole)
        if isinstance(hit, TopicHit):
            self._asked_from = ""
            self._show(hit.topic)
            self.list.viewport().update()
            self.shell.place_changed(Address("help", part=hit.topic.key))

    def show_topic(self, part: str) -> None:
        """Open a topic (`KEY`, or `KEY#HEADING` at a place in it), or `page:NAME` the topic of a page.

        An unknown one leaves what is shown.
        """
        key, _, place = part.partition("#")
        self._asked_from = key.removeprefix("page:") if key.startswith("page:") else ""
        found = topic_of_page(self._asked_from) if self._asked_from else topic(key)
        if found is None:
            return
        place = dict(found.places).get(self._asked_from, place)
        if self.field.text():
            self.field.blockSignals(True)
            self.field.clear()
            self.field.blockSignals(False)
            self.field.flush()
        self._mark(found)
        self._show(found, place)

    def _show(self, wanted: Topic, place: str = "") -> None:
        self.shown, self._place = wanted, place
        self.save_button.setVisible(wanted.content == "diagnosis")
        self.text.setHtml(to_html(self.text_of(wanted)))
        self._mark_words()
        if place:
            self.text.scrollToAnchor(place)
        if wanted.content == "keys" and not self._making.isActive():
            self._making.start()
        if wanted.content == "diagnosis" and not self._diagnosis:
            screen = self._screen()
            self.shell.gates.read(
                lambda _w: diagnosis(self.ws, screen), self._take_diagnosis, owner=self, key="diagnosis"
            )

    def text_of(self, wanted: Topic) -> str:
        """A topic's whole text: its file, and what the program adds."""
        parts = [f"# {wanted.title}", wanted.text]
        if wanted.content == "keys":
            parts.append(self._keys_text())
        elif wanted.content == "figures":
            parts.append(self._figures_text())
        elif wanted.content == "diagnosis":
            parts.append(f"```\n{self._diagnosis or self.tr('正在取')}\n```")
        if self._asked_from:
            own = self._page_lines(self._asked_from)
            if own:
                parts.append(f"## {self.tr('本页的键')}\n\n{_table(own)}")
            word = page_word(self._asked_from)
            parts.append(f"[{self.tr('回到{page}').format(page=word)}](page:{self._asked_from})")
        return "\n\n".join(parts)

    def _mark_words(self) -> None:
        """Frame what was searched for, and bring the first place into view."""
        marks: list[QTextEdit.ExtraSelection] = []
        form = QTextCharFormat()
        form.setBackground(theme().color("warning_soft"))
        for word in self.field.text().split():
            cursor = self.text.document().find(word)
            while not cursor.isNull() and len(marks) < 400:
                mark = QTextEdit.ExtraSelection()
                mark.cursor, mark.format = cursor, form  # type: ignore[attr-defined]
                marks.append(mark)
                cursor = self.text.document().find(word, cursor)
        self.text.setExtraSelections(marks)
        if marks:
            first = QTextCursor(marks[0].cursor)  # type: ignore[attr-defined]
            first.clearSelection()
            self.text.setTextCursor(first)
            self.text.ensureCursorVisible()

    # -- what the program adds ---------------------------------------------------------------------------------

    def _figures_text(self) -> str:
        return f"{self._formulas}\n\n{self._rules or self.tr('正在取县里的规定')}"

    def _take_rules(self, text: str) -> None:
        self._rules = text
        if self.shown is not None and self.shown.content == "figures":
            self._show(self.shown, self._place)

    def _page_lines(self, name: str) -> list[KeyLine]:
        """A page's keys, of a page that has been made."""
        if name not in self._keys and isinstance(self.shell, PagesOwner) and name in self.shell.page_names():
            self._keys[name] = page_keys(self.shell.page(name))
        return self._keys.get(name, [])

    def _next_page_keys(self) -> None:
        """One more page's keys in each turn of the event loop: pages not opened yet are made for it."""
        names = self.shell.page_names() if isinstance(self.shell, PagesOwner) else ()
        name = next((n for n in names if n not in self._keys), "")
        if name and self.shown is not None and self.shown.content == "keys":
            self._page_lines(name)
            return
        self._making.stop()
        if not name and self.shown is not None and self.shown.content == "keys":
            bar = self.text.verticalScrollBar()
            at = bar.value()
            self.text.setHtml(to_html(self.text_of(self.shown)))
            self._mark_words()
            bar.setValue(at)

    def _keys_text(self) -> str:
        counts: dict[KeyLine, int] = {}
        for lines in self._keys.values():
            for line in lines:
                counts[line] = counts.get(line, 0) + 1
        shared = [line for line, count in counts.items() if count >= SHARED_FROM]
        window = self.window()
        parts = [
            f"## {self.tr('每一页')}\n\n{_table(window_keys(window))}",
            f"## {self.tr('清单和右边的内容')}\n\n{_table([*list_keys(), *shared])}",
        ]
        for name, lines in self._keys.items():
            own = [line for line in lines if line not in shared]
            if own:
                parts.append(f"## {page_word(name)}\n\n{_table(own)}")
        parts.append(f"## {self.tr('填调查表的时候')}\n\n{_table(runner_keys())}")
        return "\n\n".join(parts)

    def _screen(self) -> str:
        screen = QGuiApplication.primaryScreen()
        size = screen.size()
        return self.tr("{w}×{h}，缩放 {s:.0%}，窗口 {a}×{b}").format(
            w=size.width(), h=size.height(), s=screen.devicePixelRatio(), a=self.window().width(),
            b=self.window().height(),
        )  # fmt: skip

    def _take_diagnosis(self, text: str) -> None:
        self._diagnosis = text
        if self.shown is not None and self.shown.content == "diagnosis":
            self._show(self.shown)

    def save_diagnosis(self) -> None:
        """Ask where, write what is shown; it is logged."""
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("存为文件"), self.tr("乡册诊断.txt"), self.tr("文本 (*.txt)")
        )
        if name:
            self.save_to(Path(name if name.lower().endswith(".txt") else f"{name}.txt"))

    def save_to(self, target: Path) -> None:
        """Write the diagnosis that is shown to a file."""
        text, ws = self._diagnosis, self.ws
        if text:
            self.shell.gates.write(
                lambda _w: save_diagnosis(ws, target, text),
                lambda _r: self.shell.toast(self.tr("已存 {name}").format(name=target.name)),
                owner=self, title=self.tr("存为文件"),
            )  # fmt: skip

    # -- ways --------------------------------------------------------------------------------------------------

    def _follow(self, url: QUrl) -> None:
        if url.scheme() == "page":
            self.shell.open(Address(url.path()))
        elif url.scheme() == "topic":
            place = url.fragment(QUrl.ComponentFormattingOption.FullyDecoded)
            self.shell.open(Address("help", part=f"{url.path()}#{place}" if place else url.path()))

    def show_address(self, address: Address) -> None:
        self._diagnosis = ""
        if address.part:
            self.show_topic(address.part)

    def entered(self) -> None:
        (self.text if self._asked_from else self.field).setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        ws = self.ws
        self.shell.gates.read(lambda _w: rules_text(ws), self._take_rules, owner=self, key="rules")

    def _to_search(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def _to_the_other_side(self) -> None:
        other = self.list if self.text.hasFocus() else self.text
        other.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if watched is not self.text and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.field.flush()
                self.text.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
            if watched is self.list and event.text().strip() and event.text().isprintable():
                self.field.setFocus(Qt.FocusReason.OtherFocusReason)
                self.field.setText(event.text())
                return True
            if watched is self.text and event.key() == Qt.Key.Key_Escape:
                self.list.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return super().eventFilter(watched, event)


def _table(lines: Sequence[KeyLine]) -> str:
    """Keys as a table; one key that does several things, each in its place, stands once."""
    words: dict[str, list[str]] = {}
    for line in lines:
        words.setdefault(line.cap, []).append(line.word)
    rows = "\n".join(f"| `{cap}` | {'；'.join(said)} |" for cap, said in words.items())
    return f"| 键 | 做什么 |\n|---|---|\n{rows}"
