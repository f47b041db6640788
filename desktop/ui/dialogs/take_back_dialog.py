"""Before a whole merge is taken back: what goes, which later changes rest on it, and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from desktop.app.records.undoing import Merge, Resting
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.models.record_table import Column
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import Label, Note, rule
from desktop.ui.widgets.small_table import SmallTable

MOST_SHOWN = 500


class TakeBackDialog(QDialog):
    """`TakeBackDialog(merge, resting, parent=None)`: `reason()` once accepted; the focus is on the safe button."""

    def __init__(self, merge: Merge, resting: Sequence[Resting], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines, head = begin_dialog(self, self.tr("撤回整次合并"), least=theme().px("dialog_w") + 160)
        lines.addLayout(head)
        words = self.tr("{when} 合并的 {device} 的包，{n:,} 处改动不再计入；旧的都留在变更记录里，撤回本身也能再撤回。")
        lines.addWidget(
            Label(
                words.format(when=f"{merge.when:%Y-%m-%d %H:%M}", device=merge.device, n=merge.standing),
                "second",
                wrap=True,
            )
        )
        self.table = SmallTable(
            [
                Column("title", self.tr("记录"), 170, "name"),
                Column("what", self.tr("后来改的"), 150, stretch=True),
                Column("who", self.tr("谁"), 80),
                Column("when", self.tr("时间"), 130, "quiet"),
            ],
            fill=True,
        )
        if resting:
            title = self.tr("{n:,} 处后来的改动建在它上面").format(n=len(resting))
            lines.addWidget(Note("warning", title, self.tr("这些改动会留着，但失去依据，撤回后请核对。")))
            self.table.set_rows(
                [
                    (str(i), (f"{r.record_word} {r.title}", r.what, r.who, f"{r.when:%Y-%m-%d %H:%M}"))
                    for i, r in enumerate(resting[:MOST_SHOWN])
                ]
            )
            self.table.setMinimumHeight(180)
            lines.addWidget(self.table, 1)
        else:
            lines.addWidget(Note("success", self.tr("没有后来的改动建在它上面")))
            self.table.hide()
        self.field = TextField(placeholder=self.tr("原因，如 收错了包"))
        self.field.setAccessibleName(self.tr("原因"))
        lines.addWidget(self.field)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.stay = Button(self.tr("先不撤回"), key="Esc")
        self.go = Button(self.tr("撤回 {n:,} 处改动").format(n=merge.standing), "danger", key="Ctrl+Enter")
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.go.setEnabled(False)
        self.field.textChanged.connect(lambda _t: self.go.setEnabled(bool(self.reason())))
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.accept)
        self.stay.setFocus(Qt.FocusReason.OtherFocusReason)

    def reason(self) -> str:
        """What was written."""
        return self.field.text().strip()
