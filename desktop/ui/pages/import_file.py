"""数据导入 step 1, 选文件: what kind of table it is, and the file; a refused file is answered by its own sentence."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.exchange.importing import KIND_WORDS
from desktop.common.errors import XiangceError
from desktop.ui.theme import theme
from desktop.ui.widgets.drop_area import DropArea
from desktop.ui.widgets.labels import Card, Label, Note, rule
from desktop.ui.widgets.segments import Segment, Segments

FILTER = "Excel、CSV (*.xlsx *.xlsm *.xls *.csv *.txt *.tsv *.et);;* (*)"


class FileStep(QWidget):
    """`FileStep(parent=None)`: `chosen(path)`; `kind()`; `refuse(error)` shows why a file was not taken."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 4, 16, 16)
        lines.setSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Label(self.tr("要导入的是"), "strong"))
        icons = {"assets": "asset", "roster": "household"}
        self.kinds = Segments([Segment(kind, word, icons[kind]) for kind, word in KIND_WORDS.items()], "assets")
        row.addWidget(self.kinds)
        row.addWidget(Label(self.tr("原文件只读不改；第 4 步确认之前，登记册里什么也不写"), "caption"), 1)
        lines.addLayout(row)
        self.note = Note("danger", "")
        self.note.hide()
        lines.addWidget(self.note)
        columns = QHBoxLayout()
        columns.setSpacing(12)
        self.drop = DropArea(
            "import",
            self.tr("把文件拖到这里"),
            self.tr("一次一个文件；里面的工作表可以在下一步挑"),
            self.tr("选文件"),
            FILTER,
        )
        self.drop.chosen.connect(lambda paths: self.chosen.emit(paths[0]))
        columns.addWidget(self.drop, 1)
        columns.addWidget(self._types())
        lines.addLayout(columns, 1)
        self.setFocusProxy(self.drop)

    def _types(self) -> Card:
        card = Card(margins=(14, 12, 14, 12))
        card.setFixedWidth(round(340 * max(theme().scale, 1.0)))
        card.body.setSpacing(6)
        card.body.addWidget(Label(self.tr("能读的文件"), "strong"))
        for name, said in (
            (self.tr("xlsx、xlsm"), self.tr("Excel、WPS 存的工作簿；合并单元格、批注、隐藏行列和公式都看")),
            (self.tr("xls"), self.tr("旧版工作簿")),
            (self.tr("csv、txt、tsv"), self.tr("GBK、GB 18030、UTF-8 都认")),
        ):
            card.body.addWidget(rule("grid"))
            card.body.addWidget(Label(name, "bold"))
            card.body.addWidget(Label(said, "second", wrap=True))
        card.body.addWidget(rule("grid"))
        card.body.addWidget(Label(self.tr("要先另存的"), "bold"))
        card.body.addWidget(
            Label(self.tr("WPS 的 et 先另存为 xlsx；有打开密码的先去掉密码；图片和 PDF 读不了"), "second", wrap=True)
        )
        card.body.addStretch(1)
        return card

    def kind(self) -> str:
        """`assets` or `roster`."""
        return self.kinds.value()

    def refuse(self, path: Path, error: XiangceError) -> None:
        """Say why the file was not taken."""
        self.note.show_words(f"{path.name}：{error.message}", error.hint)
        self.note.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        """Nothing refused."""
        self.note.hide()
