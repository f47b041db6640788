"""One value for many records: field and value above, below each record before and after, and why some stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedLayout, QWidget

from desktop.app.records.bulk_editing import BULK_FIELDS, BulkPlan, plan_bulk, write_bulk
from desktop.app.workspace import Workspace
from desktop.registry import codelists
from desktop.registry.labels import label
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button, CheckBox
from desktop.ui.widgets.editors import Editor, FieldSpec, make_editor
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import ElidedLabel, Label, rule
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section
from desktop.ui.widgets.since_row import SinceRow
from desktop.ui.widgets.small_table import SmallTable

MOST_SHOWN = 2000
"""Lines of the preview on the screen; the counts above it are of all."""


class BulkDialog(QDialog):
    """`BulkDialog(shell, ws, table, sections, ids, villages, unit, parent=None)`: `written(unit_id, count)`.

    Fields are those of the record's own form that many records may share. Ctrl+Enter writes, Esc leaves.
    """

    written = Signal(str, int)

    def __init__(
        self,
        shell: Shell,
        ws: Workspace,
        table: str,
        sections: Sequence[Section],
        ids: Sequence[str],
        villages: Sequence[tuple[str, str]],
        unit: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._table, self._ids = shell, ws, table, list(ids)
        self._villages, self._unit = villages, unit
        self.plan: BulkPlan | None = None
        self._asked = 0
        self._writing = False
        known = {spec.column: spec for section in sections for spec in section.fields}
        self._specs: dict[str, FieldSpec] = {c: known[c] for c in BULK_FIELDS.get(table, ()) if c in known}
        self._editors: dict[str, Editor] = {}
        lines, head = begin_dialog(self, self.tr("批量修改"), 560)
        head.addWidget(Label(self.tr("{n:,} {unit}").format(n=len(ids), unit=unit), "second"), 1)
        lines.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(10)
        self.field = Select([(self._word(c), c) for c in self._specs], self.tr("改哪一项"))
        self.field.setFixedWidth(240)
        holder = QWidget()
        self._values = QStackedLayout(holder)
        row.addWidget(self.field)
        row.addWidget(Label(self.tr("改成"), "second"))
        row.addWidget(holder, 1)
        lines.addLayout(row)
        self.reason = TextField(placeholder=self.tr("原因，记入变更记录"))
        self.reason.setAccessibleName(self.tr("原因"))
        lines.addWidget(self.reason)
        self.since = SinceRow(paper=False, margin=0)
        self.since.changed.connect(self._tell)
        lines.addWidget(self.since)
        row = QHBoxLayout()
        self.counts = Label("", "bold")
        self.stay_only = CheckBox(self.tr("只看不变的"))
        row.addWidget(self.counts)
        row.addStretch(1)
        row.addWidget(self.stay_only)
        lines.addLayout(row)
        self.preview = SmallTable(
            [
                Column("title", self.tr("名称"), 190, "name"),
                Column("place", self.tr("村"), 80),
                Column("before", self.tr("现在"), 160, "quiet"),
                Column("after", self.tr("改成"), 160),
                Column("why", self.tr("说明"), 200, "status", stretch=True),
            ],
            fill=True,
        )
        lines.addWidget(self.preview, 1)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        self.stay = Button(self.tr("先不改"), key="Esc")
        self.go = Button(self.tr("修改"), "primary", key="Ctrl+Enter")
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(200)
        self._soon.timeout.connect(self._ask)
        self.reason.textChanged.connect(lambda _t: self._changed() if self.field.value() == "status" else None)
        self.field.currentIndexChanged.connect(lambda _i: self._field_chosen())
        self.stay_only.toggled.connect(lambda _on: self._show_lines())
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.write)
        self._field_chosen()

    def _word(self, column: str) -> str:
        return label(self._table, "division" if self._specs[column].kind == "village" else column)

    # -- value -------------------------------------------------------------------------------------------------

    def editor(self) -> Editor:
        """The editor of the field that is chosen, made at its first use."""
        column = str(self.field.value())
        if column not in self._editors:
            editor = make_editor(self._table, self._specs[column], self._villages)
            editor.load({})
            editor.changed.connect(self._changed)
            editor.widget.setAccessibleName(self._word(column))
            self._editors[column] = editor
            self._values.addWidget(editor.widget)
        return self._editors[column]

    def _field_chosen(self) -> None:
        self._values.setCurrentWidget(self.editor().widget)
        self._changed()

    def _changed(self) -> None:
        self.plan = None
        self._asked += 1  # a preview of what stood there before is no preview of what would be written now
        self._soon.start()
        self._tell()

    def _ask(self) -> None:
        """Work the preview out anew."""
        editor = self.editor()
        if editor.problem():
            self._tell()
            return
        ws, table, ids, values, asked = self._ws, self._table, self._ids, editor.read(), self._asked
        reason = self.reason.text().strip()
        if "status" in values and reason:  # a changed state is kept with its reason (DESIGN §8: 状态变更写原因)
            values = {**values, "status_reason": reason}
        self._shell.gates.read(
            lambda _w: plan_bulk(ws, table, ids, values),
            lambda plan: self._planned(plan) if asked == self._asked else None,
            owner=self,
            key=f"bulk-{id(self)}",
            fail=self._refused,
        )

    def _planned(self, plan: BulkPlan) -> None:
        self.plan = plan
        self._show_lines()
        self._tell()

    def _refused(self, error: BaseException) -> None:
        self.hint.setText(str(getattr(error, "message", "")) or self.tr("没取到，数据还在"))
        self.hint.set_tone("danger")

    def _show_lines(self) -> None:
        if self.plan is None:
            return
        rows: list[tuple[str, tuple[Any, ...]]] = []
        for line in self.plan.lines:
            if (line.why or not self.stay_only.isChecked()) and len(rows) < MOST_SHOWN:
                why = Chip(line.why, "neutral", "minus") if line.why else None
                after = line.before if line.why else line.after
                rows.append((line.id, (line.title, line.place, line.before, after, why)))
        self.preview.set_rows(rows)

    def _tell(self) -> None:
        plan, problem = self.plan, self.editor().problem()
        self.since.setVisible(self._asks_since())
        if self._asks_since():
            self.since.ask(codelists.word("asset_status", self.editor().read().get("status")))
            problem = problem or self.since.problem()
        self.hint.set_tone("danger" if problem else "")
        self.hint.setText(problem)
        lacking = self._lacking()
        if lacking and not problem:
            self.hint.setText(lacking)
        blocked = bool(problem or lacking or self._writing)
        self.go.setEnabled(plan is not None and bool(plan.changing) and not blocked)
        if plan is None:
            self.counts.setText(self.tr("正在比对"))
            return
        stay = len(plan.lines) - plan.changing
        words = self.tr("将改 {n:,} {unit}").format(n=plan.changing, unit=self._unit)
        self.counts.setText(words + (self.tr("，{n:,} {unit}不变").format(n=stay, unit=self._unit) if stay else ""))
        self.go.setText(self.tr("改 {n:,} {unit}").format(n=plan.changing, unit=self._unit))
        empty = all(value is None for value in plan.values.values())
        if not problem and empty and plan.changing:
            self.hint.setText(self.tr("没有填新值，会把这一项清空"))
            self.hint.set_tone("warning")

    def _asks_since(self) -> bool:
        """Whether assets get another status: then from which day on is asked."""
        return self._table == "asset" and self.field.value() == "status"

    def _lacking(self) -> str:
        """A state that asks for more than its word (闲置: 原因、盘活措施、期限) wants a reason."""
        if self.field.value() != "status" or self.reason.text().strip():
            return ""
        code = self.editor().read().get("status")
        item = codelists.find("asset_status", code)
        asked = str(item.more.get("ask") or "") if item is not None else ""
        return self.tr("改成{word}要写原因：{ask}").format(word=item.name, ask=asked) if item and asked else ""

    # -- writing -----------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write the preview as it stands, in one unit of work."""
        plan, ws, reason = self.plan, self._ws, self.reason.text()
        if plan is None or self._writing:
            return
        since = self.since.since() if self._asks_since() else None
        self._writing = True
        self._tell()
        task = self._shell.gates.write(
            lambda work: write_bulk(ws, plan, reason, work.progress, since),
            lambda done: self._done(*done),
            owner=self,
            kinds=(self._table,),
            title=self.tr("批量修改"),
            fail=self._failed,
        )
        self._shell.show_task(task)

    def _done(self, unit: str, count: int) -> None:
        self.accept()
        self.written.emit(unit, count)

    def _failed(self, error: BaseException) -> None:
        self._writing = False
        self._tell()
        self._shell.show_error(error, self.tr("批量修改"))

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

