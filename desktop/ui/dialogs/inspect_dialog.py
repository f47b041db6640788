"""登记检查: one asset looked at; what the answers say is wrong is proposed as problems, a person ticks which stand."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.cases.inspections import Checked, findings_proposed, record_inspection
from desktop.app.records.records import today
from desktop.app.workspace import Workspace
from desktop.ui.case_fields import section
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button, CheckBox
from desktop.ui.widgets.code_select import CodeSelect
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import Label

ASKED = ("on_date", "inspectors", "method", "found", "condition", "use_state", "quantity_found", "keeper_ok",
         "sign_ok", "result")  # fmt: skip


class InspectDialog(RecordDialog):
    """`InspectDialog(shell, ws, asset, name, row, parent)`: `row` is the asset's row on a plan's list, or ""."""

    checked = Signal(object)

    def __init__(
        self, shell: Shell, ws: Workspace, asset: str, name: str, row: str = "", parent: QWidget | None = None
    ) -> None:
        self._ws, self._asset, self._row = ws, asset, row
        self.problems: list[_Problem] = []
        form = section("inspection", ASKED, required=("on_date", "found"))
        super().__init__(
            shell, "登记检查", "inspection", [form], self._write, go="存下检查", about=name, parent=parent,
            values={"on_date": today(), "inspectors": ws.user, "method": "site"},
        )  # fmt: skip
        lines = self.form.widget().layout()
        assert isinstance(lines, QVBoxLayout)
        head = QHBoxLayout()
        head.addWidget(Label(self.tr("发现的问题"), "strong"))
        self.none = Label(self.tr("没有看出问题"), "second")
        head.addWidget(self.none)
        head.addStretch(1)
        add = Button(self.tr("加一个问题"), icon="plus", small=True)
        add.clicked.connect(lambda: self._add("other", "", ticked=True).what.setFocus())
        head.addWidget(add)
        lines.insertLayout(lines.count() - 1, head)
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        lines.insertLayout(lines.count() - 1, self._list)
        self.form.setMinimumHeight(440)
        self.form.changed.connect(self._propose)
        self.saved.connect(self.checked)

    def _propose(self) -> None:
        """What the answers say; lines a person has written stay."""
        proposed = findings_proposed(self._ws, self._asset, self.form.values())
        for line in [p for p in self.problems if p.proposed]:
            if (line.kind.value(), line.what.text()) not in proposed:
                self._drop(line)
        there = {(p.kind.value(), p.what.text()) for p in self.problems}
        for kind, what in proposed:
            if (kind, what) not in there:
                self._add(kind, what, ticked=True, proposed=True)
        self.none.setVisible(not self.problems)

    def _add(self, kind: str, what: str, *, ticked: bool, proposed: bool = False) -> _Problem:
        line = _Problem(kind, what, ticked, proposed)
        line.what.textEdited.connect(lambda _t: setattr(line, "proposed", False))
        self.problems.append(line)
        self._list.addWidget(line)
        self.none.hide()
        return line

    def _drop(self, line: _Problem) -> None:
        self.problems.remove(line)
        self._list.removeWidget(line)
        line.hide()
        line.deleteLater()

    def _write(self, values: dict[str, Any]) -> Checked:
        found = [
            {"kind": p.kind.value(), "what": p.what.text().strip(), "seriousness": p.serious.value() or None}
            for p in self.problems
            if p.tick.isChecked() and p.what.text().strip()
        ]
        return record_inspection(self._ws, {**values, "asset_id": self._asset}, found, inspection=self._row or None)


class _Problem(QWidget):
    """One problem: ticked or not, its kind, its words, how serious."""

    def __init__(self, kind: str, what: str, ticked: bool, proposed: bool) -> None:
        super().__init__()
        self.proposed = proposed
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.tick = CheckBox("", ticked)
        self.kind = CodeSelect("finding_kind")
        self.kind.set_value(kind)
        self.what = TextField(what, self.tr("问题写清楚：什么、在哪里、多少"))
        self.what.setCursorPosition(0)
        self.serious = Select([("较轻", "minor"), ("一般", "general"), ("严重", "serious")])
        self.serious.set_value("general")
        row.addWidget(self.tick)
        row.addWidget(self.kind)
        row.addWidget(self.what, 1)
        row.addWidget(self.serious)
