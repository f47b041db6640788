"""村委会 or 农村集体经济组织: asked, and answered by a paper; nothing is merged by the program."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QDialog, QGridLayout, QHBoxLayout, QWidget

from desktop.app.assets.right_questions import CommitteeQuestion, confirm_committee, hand_to_collective
from desktop.app.records.records import today
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button, Option
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import ElidedLabel, Label, rule
from desktop.ui.widgets.value_fields import PartialDateField


class CommitteeDialog(QDialog):
    """`CommitteeDialog(shell, ws, question, parent)`: 1 it is the committee, 2 its collective takes over from a day."""

    def __init__(
        self, shell: Shell, ws: Workspace, question: CommitteeQuestion, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._question = shell, ws, question
        lines, head = begin_dialog(self, self.tr("村委会还是集体经济组织"))
        lines.addLayout(head)
        asked = self.tr("{name} 名下有 {n} 项资产的所有权或收益权。村民委员会和农村集体经济组织是两个主体，由您核对。")
        lines.addWidget(Label(asked.format(name=question.name, n=question.assets), "second", wrap=True))
        self.stays = Option(self.tr("确是村委会"), self.tr("以后不再问，权利不动"), "1")
        self.moves = Option(self.tr("是集体经济组织"), self.tr("从一天起改到它名下，原来的到前一天为止"), "2")
        group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(12)
        for option in (self.stays, self.moves):
            group.addButton(option)
            row.addWidget(option)
        self.stays.setChecked(True)
        lines.addLayout(row)
        self.collective = Select([(name, party) for party, name in question.collectives], editable=True,
                                 placeholder=self.tr("集体经济组织的全称"))  # fmt: skip
        if not question.collectives:
            self.collective.setCurrentIndex(-1)
        self.start = PartialDateField(whole_days=True)
        self.start.set_value(today(), "day")
        self.paper = TextField(placeholder=self.tr("移交协议、决议或登记证的名称和文号"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        for at, (word, widget) in enumerate((
            (self.tr("集体经济组织"), self.collective), (self.tr("从哪天起"), self.start),
            (self.tr("依据文件"), self.paper),
        )):  # fmt: skip
            grid.addWidget(Label(word, "second"), at, 0)
            grid.addWidget(widget, at, 1)
            widget.setAccessibleName(word)
        grid.setColumnStretch(1, 1)
        self.collective.setSizePolicy(self.paper.sizePolicy())
        lines.addLayout(grid)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        stay = Button(self.tr("先不答"), key="Esc")
        self.go = Button(self.tr("记下"), "primary", key="Ctrl+Enter")
        stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.record)
        foot.addWidget(self.hint, 1)
        foot.addWidget(stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        group.buttonClicked.connect(lambda _b: self._tell())
        self.paper.textEdited.connect(lambda _t: self._tell())
        self.collective.editTextChanged.connect(lambda _t: self._tell())
        self.start.value_changed.connect(self._tell)
        self._tell()
        self.paper.setFocus(Qt.FocusReason.OtherFocusReason)

    def problem(self) -> str:
        """Why it cannot be written down yet."""
        date = self.start.value()
        if self.moves.isChecked():
            if not self.collective.currentText().strip():
                return self.tr("还没有写集体经济组织的名称")
            if date is None or date.precision != "day":
                return self.tr("从哪天起，要写到日")
        return "" if self.paper.text().strip() else self.tr("还没有写依据文件，写了才能记")

    def _tell(self) -> None:
        moving = self.moves.isChecked()
        self.collective.setEnabled(moving)
        self.start.setEnabled(moving)
        problem = self.problem()
        self.hint.setText(problem)
        self.go.setEnabled(not problem)
        self.go.setText(self.tr("改到集体名下") if moving else self.tr("确认是村委会"))

    def record(self) -> None:
        """Ctrl+Enter."""
        if self.problem():
            return
        ws, party, paper = self._ws, self._question.party, self.paper.text().strip()
        moving, date = self.moves.isChecked(), self.start.value()
        name = self.collective.currentText().strip()
        known = {n: p for p, n in self._question.collectives}.get(name, "")

        def write(_work: object) -> object:
            if not moving:
                return confirm_committee(ws, party, paper)
            assert date is not None
            return hand_to_collective(ws, party, collective=known, name=name, start=date.iso(), source_doc=paper)

        write_once(self, self._shell.gates, write, self._recorded, title=self.go.text())

    def _recorded(self, done: object) -> None:
        ws, gates, unit = self._ws, self._shell.gates, done.unit_id  # type: ignore[attr-defined]
        title = self.tr("撤回")
        self._shell.toast(self.tr("已记下"), lambda: gates.write(lambda _w: take_back_unit(ws, unit), title=title))
        self.accept()

    def keyPressEvent(self, event: object) -> None:
        key = event.key()  # type: ignore[attr-defined]
        if key == Qt.Key.Key_1:
            self.stays.click()
        elif key == Qt.Key.Key_2:
            self.moves.click()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]
