"""数据导入 step 4, 写入: what goes in by group, what stays out and why; afterwards what was written, and 撤回."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.app.exchange.import_review import LeftOut, Outcome, PreviewLine
from desktop.common.money import format_wan
from desktop.ui.models.record_table import Column
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.figures import Figure, KeyFigures
from desktop.ui.widgets.labels import Card, Icon, Label, Note, rule
from desktop.ui.widgets.small_table import SmallTable


class WriteStep(QWidget):
    """`WriteStep(parent=None)`: `preview(…)` before, `show_written(…)` after; `undo_asked()`, `undo_before_asked()`.

    `open_asked()` goes to the list, `again_asked()` to another file.
    """

    undo_asked = Signal()
    undo_before_asked = Signal()
    open_asked = Signal()
    again_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 4, 16, 12)
        lines.setSpacing(12)
        self.note = Note("warning", "", link=self.tr("撤回上次的导入"))
        self.note.link_clicked.connect(self.undo_before_asked)
        self.note.hide()
        lines.addWidget(self.note)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._before())
        self.stack.addWidget(self._after())
        lines.addWidget(self.stack, 1)

    def _before(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.goes_in = Card()
        self.figures = KeyFigures()
        self.goes_in.body.addWidget(self.figures)
        self.groups: SmallTable | None = None
        row.addWidget(self.goes_in, 5)
        card = Card()
        head = QHBoxLayout()
        head.setContentsMargins(12, 9, 12, 9)
        head.setSpacing(10)
        self.left_title = Label("", "strong")
        head.addWidget(self.left_title)
        head.addWidget(Label(self.tr("不会丢：原文件还在，补采后再导入"), "caption"), 1)
        card.body.addLayout(head)
        card.body.addWidget(rule())
        self.left = SmallTable(
            [
                Column("place", self.tr("位置"), 150),
                Column("name", self.tr("对象"), 130, "name"),
                Column("why", self.tr("为什么不写入"), 200, stretch=True),
            ],
            fill=True,
        )
        card.body.addWidget(self.left, 1)
        row.addWidget(card, 6)
        return page

    def _after(self) -> QWidget:
        page = Card(margins=(24, 24, 24, 24))
        page.body.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(10)
        self._done_icon = Icon("ok", "success", 24)
        row.addWidget(self._done_icon)
        self.done_title = Label("", "figure")
        row.addWidget(self.done_title, 1)
        page.body.addLayout(row)
        self.done_said = Label("", "second", wrap=True)
        page.body.addWidget(self.done_said)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        self.open_button = Button(self.tr("去看"), "primary", "right")
        self.again_button = Button(self.tr("再导入一份"), icon="import")
        self.undo_button = Button(self.tr("撤回这次导入"), icon="undo", key="Ctrl+Z", bind=False)
        self.open_button.clicked.connect(self.open_asked)
        self.again_button.clicked.connect(self.again_asked)
        self.undo_button.clicked.connect(self.undo_asked)
        for button in (self.open_button, self.again_button, self.undo_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        page.body.addSpacing(8)
        page.body.addLayout(buttons)
        page.body.addStretch(1)
        return page

    # -- before ------------------------------------------------------------------------------------------------

    def preview(self, outcome: Outcome, groups: Sequence[PreviewLine], left: Sequence[LeftOut]) -> None:
        """Show what would be written."""
        self.stack.setCurrentIndex(0)
        people = outcome.kind == "roster"
        if people:
            figures = [
                Figure(self.tr("写入住户"), self.tr("{n:,} 户").format(n=outcome.records)),
                Figure(self.tr("写入人口"), self.tr("{n:,} 人").format(n=outcome.persons)),
            ]
        else:
            figures = [
                Figure(self.tr("写入资产"), self.tr("{n:,} 项").format(n=outcome.records)),
                Figure(self.tr("原值合计"), self.tr("{v} 万元").format(v=format_wan(outcome.sum_fen or 0))),
            ]
        tone = "warning" if outcome.left_out else ""
        figures.append(Figure(self.tr("不写入"), outcome.left_words, "", tone))
        self.figures.show_figures(figures)
        if self.groups is not None:
            self.goes_in.body.removeWidget(self.groups)
            self.groups.deleteLater()
        if people:
            columns = [
                Column("group", self.tr("行政村"), 160, "name", stretch=True),
                Column("records", self.tr("户数"), 90, "number"),
                Column("persons", self.tr("人数"), 90, "number"),
            ]
        else:
            columns = [
                Column("group", self.tr("资产大类"), 160, "name", stretch=True),
                Column("records", self.tr("项数"), 90, "number"),
                Column("sum", self.tr("原值 万元"), 150, "wan"),
            ]
        self.groups = SmallTable(columns, fill=True)
        self.groups.set_rows(
            [(str(i), (g.group, g.records, g.persons if people else g.sum_fen)) for i, g in enumerate(groups)]
        )
        self.goes_in.body.addWidget(self.groups, 1)
        more = len(left) < outcome.left_out
        said = self.tr("不写入 {n}").format(n=outcome.left_words) + (self.tr("（先列前面的）") if more else "")
        self.left_title.setText(said)
        self.left.set_rows([(str(i), (line.place, line.name, line.why)) for i, line in enumerate(left)])

    def warn_imported(self, imported: bool) -> None:
        """Say that this very file was imported already."""
        self.note.setVisible(imported)
        if imported:
            self.note.show_words(
                self.tr("这个文件已经导入过，而且没有撤回。"),
                self.tr("再写入会把同样的记录登记两遍。要改上次导入的内容，先撤回再导入。"),
                self.tr("撤回上次的导入"),
            )

    # -- after -------------------------------------------------------------------------------------------------

    def show_written(self, outcome: Outcome, kind_word: str) -> None:
        """Say what was written."""
        self.note.hide()
        self.stack.setCurrentIndex(1)
        self._done_icon.show_icon("ok", "success")
        self.done_title.setText(self.tr("已写入 {what}").format(what=outcome.words))
        said = self.tr("整批是一次变更，可以整批撤回；写入之前存过一份备份。")
        if outcome.left_out:
            said += self.tr("还有 {n}没有写入，补采后再导入。").format(n=outcome.left_words)
        self.done_said.setText(said)
        self.open_button.setText(self.tr("去看{what}").format(what=kind_word))
        self.undo_button.show()
        self.open_button.setFocus()

    def show_undone(self) -> None:
        """Say that it was taken back."""
        self._done_icon.show_icon("undo", "accent")
        self.done_title.setText(self.tr("已撤回，登记册和导入之前一样"))
        self.done_said.setText(self.tr("这次导入和撤回都留在变更记录里。"))
        self.undo_button.hide()
        self.again_button.setFocus()
