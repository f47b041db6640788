"""Before a list leaves as a workbook: which rows, numbers of people masked or not, what for; then where to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QWidget

from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button, CheckBox, RadioButton
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import ElidedLabel, Label, Note, rule


class SaveTableDialog(QDialog):
    """`SaveTableDialog(name, rows, ticked, columns, people, parent=None)`: once accepted, `ask_place(write)`.

    `people`: whether a column holds numbers of people, which are masked unless asked, and then a purpose is needed.
    """

    def __init__(
        self, name: str, rows: int, ticked: int, columns: int, people: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name = name
        lines, head = begin_dialog(self, self.tr("存为 Excel：{name}").format(name=name), least=theme().px("dialog_w"))
        lines.addLayout(head)
        lines.addWidget(Label(self.tr("列表里显示的 {n} 列，顺序一样。").format(n=columns), "second"))
        self.all = RadioButton(self.tr("现在列出的 {n:,} 行").format(n=rows), not ticked)
        self.some = RadioButton(self.tr("勾选的 {n:,} 行").format(n=ticked), bool(ticked))
        lines.addWidget(self.all)
        lines.addWidget(self.some)
        self.some.setVisible(bool(ticked))
        self.whole = CheckBox(self.tr("证件号、电话写完整（要写用途）"))
        self.whole.setVisible(people)
        lines.addWidget(self.whole)
        self.purpose = TextField(placeholder=self.tr("用途，如 报县局核对"))
        self.purpose.setAccessibleName(self.tr("用途"))
        lines.addWidget(self.purpose)
        lines.addWidget(
            Note(
                "info",
                self.tr("存出去的文件不加密，也不设口令"),
                self.tr("谁、什么时候、做什么用、哪些列，会记在导出记录里。要保密传递，用数据交换的加密包。"),
            )
        )
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        self.stay = Button(self.tr("先不存"), key="Esc")
        self.go = Button(self.tr("选位置"), "primary", key="Ctrl+Enter")
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.whole.toggled.connect(lambda _on: self._tell())
        self.purpose.textChanged.connect(lambda _t: self._tell())
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.accept)
        self._tell()

    def _tell(self) -> None:
        lacking = self.whole.isChecked() and not self.purpose.text().strip()
        self.hint.setText(self.tr("还差用途") if lacking else "")
        self.go.setEnabled(not lacking)

    def ask_place(self, write: Callable[..., object]) -> None:
        """Ask where to, then `write(target, ticked=…, with_id=…, purpose=…)`."""
        proposed = f"{self._name} {dt.date.today().isoformat()}.xlsx"  # noqa: DTZ011  (as the clock on the wall)
        name, _kind = QFileDialog.getSaveFileName(self.parentWidget(), self.windowTitle(), proposed, "Excel (*.xlsx)")
        if name:
            target = Path(name if name.lower().endswith(".xlsx") else name + ".xlsx")
            write(target, ticked=self.ticked(), with_id=self.whole.isChecked(), purpose=self.purpose.text().strip())

    def ticked(self) -> bool:
        """Whether only the ticked rows are wanted."""
        return not self.some.isHidden() and self.some.isChecked()
