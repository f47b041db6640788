"""What a table that came back would change: every difference with what the register says now, before it is written."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from desktop.app.records.table_editing import EditPlan, apply_edits
from desktop.app.workspace import Workspace
from desktop.store.unit_of_work import Committed
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button, CheckBox
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import ElidedLabel, Label, Note, rule
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable

MOST_SHOWN = 2000
"""Lines on the screen; the counts above them are of all."""


class ReturnedTableDialog(QDialog):
    """`ReturnedTableDialog(shell, ws, plan, parent=None)`: `written(unit_id, count)`; Ctrl+Enter writes, Esc leaves."""

    written = Signal(str, int)

    def __init__(self, shell: Shell, ws: Workspace, plan: EditPlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell, self._ws, self.plan = shell, ws, plan
        self._writing = False
        lines, head = begin_dialog(self, self.tr("带回改好的表"), 560)
        lines.addLayout(head)
        lines.addWidget(ElidedLabel(plan.file_name, "second"))
        row = QHBoxLayout()
        self.counts = Label(self._count_words(), "bold")
        self.only_doubtful = CheckBox(self.tr("只看不能写入的和要由人决定的"))
        row.addWidget(self.counts)
        row.addStretch(1)
        row.addWidget(self.only_doubtful)
        lines.addLayout(row)
        self.table = SmallTable(
            [
                Column("row", self.tr("格"), 50, "quiet"),
                Column("name", self.tr("对象"), 170, "name"),
                Column("field", self.tr("字段"), 110),
                Column("old", self.tr("册中现在"), 125, "quiet"),
                Column("new", self.tr("表中改为"), 125),
                Column("why", self.tr("说明"), 180, "status", stretch=True),
            ],
            fill=True,
        )
        lines.addWidget(self.table, 1)
        if plan.notes:
            lines.addWidget(Note("warning", self.tr("另外"), "；".join(plan.notes)))
        self.reason = TextField(placeholder=self.tr("原因，记入变更记录"))
        self.reason.setAccessibleName(self.tr("原因"))
        lines.addWidget(self.reason)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(ElidedLabel(self.tr("确认之前一处也不写入；写入后可以整批撤回。"), "second"), 1)
        self.stay = Button(self.tr("先不写"), key="Esc")
        self.go = Button(self.tr("写入 {n:,} 处").format(n=plan.changes), "primary", key="Ctrl+Enter")
        self.go.setEnabled(bool(plan.changes))
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.only_doubtful.toggled.connect(lambda _on: self._show_lines())
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.write)
        self._show_lines()

    def _count_words(self) -> str:
        plan = self.plan
        words = [self.tr("将改 {n:,} 处").format(n=plan.changes)]
        if plan.conflicts:
            words.append(self.tr("其中 {n:,} 处要由人决定").format(n=len(plan.conflicts)))
        if plan.problems:
            words.append(self.tr("{n:,} 处不能写入").format(n=len(plan.problems)))
        return "，".join(words)

    def _show_lines(self) -> None:
        rows: list[tuple[str, tuple[Any, ...]]] = []
        for line in self.plan.rows:
            for edit in line.edits:
                if self.only_doubtful.isChecked() and not (edit.problem or edit.met):
                    continue
                if len(rows) >= MOST_SHOWN:
                    break
                why = None
                if edit.problem:
                    why = Chip(edit.problem, "danger", "error")
                elif edit.met:
                    why = Chip(self.tr("导出后册中改过，写入后待决定"), "warning", "fork")
                rows.append((line.id, (f"{edit.col}{edit.row}", line.name, edit.title, edit.old, edit.new, why)))
        self.table.set_rows(rows)

    def write(self) -> None:
        """Write the differences in one unit of work."""
        if self._writing or not self.plan.changes:
            return
        self._writing = True
        self.go.setEnabled(False)
        ws, plan, reason = self._ws, self.plan, self.reason.text().strip()
        task = self._shell.gates.write(
            lambda _work: apply_edits(ws, plan, reason),
            self._done,
            owner=self,
            kinds=(plan.table,),
            title=self.tr("带回改好的表"),
            fail=self._failed,
        )
        self._shell.show_task(task)

    def _done(self, done: Committed) -> None:
        self.accept()
        self.written.emit(done.unit_id, self.plan.changes)

    def _failed(self, error: BaseException) -> None:
        self._writing = False
        self.go.setEnabled(True)
        self._shell.show_error(error, self.tr("带回改好的表"))
