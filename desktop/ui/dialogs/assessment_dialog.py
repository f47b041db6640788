"""年度评估: the places that are assessed in a year with how far each has come; those without one can be begun here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QWidget

from desktop.app.annual.annual_pack import PlacePacks, write_packs
from desktop.app.annual.assessing import SPAN, assessments, begin_assessment
from desktop.app.workspace import Workspace
from desktop.insight.assessment_lists import AssessmentLine
from desktop.ui.dialogs.case_dialog import CaseDialog
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.case_pane import state_chip
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import ElidedLabel
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable

YEARS = 10
"""How many years back can be chosen."""


class AssessmentDialog(QDialog):
    """`AssessmentDialog(shell, ws, villages, parent)`: Enter opens a place's assessment, or begins it."""

    def __init__(
        self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._villages = shell, ws, villages
        self._lines: dict[str, AssessmentLine] = {}
        self._place = ""
        self.case: CaseDialog | None = None
        lines, head = begin_dialog(self, self.tr("年度评估"), 520)
        this = date.today().year  # noqa: DTZ011  (the calendar on the wall)
        self.year = Select([(self.tr("{year} 年").format(year=y), y) for y in range(this, this - YEARS, -1)])
        self.year.setAccessibleName(self.tr("评估年度"))
        self.year.set_value(this - 1)
        head.addWidget(self.year)
        self.about = ElidedLabel("", "second")
        head.addWidget(self.about, 1)
        self.kind = Segments([("annual", self.tr("一年一评")), ("five_year", self.tr("五年总结"))], "annual")
        head.addWidget(self.kind)
        lines.addLayout(head)
        self.table = SmallTable([
            Column("place", self.tr("地区"), 150, "name", stretch=True),
            Column("state", self.tr("办理"), 120, "status"),
            Column("self", self.tr("自评"), 70),
            Column("review", self.tr("镇评"), 70),
            Column("score", self.tr("县评"), 70),
            Column("grade", self.tr("等次"), 80),
            Column("findings", self.tr("问题"), 70, "number"),
            Column("open", self.tr("未销号"), 80, "number"),
        ], fill=True)  # fmt: skip
        lines.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.paper = Button(self.tr("打印评估材料"), icon="print", small=True)
        self.paper.clicked.connect(self.print_pack)
        row.addWidget(self.paper)
        self.every = Button(self.tr("各地各存一份"), icon="file", small=True)
        self.every.clicked.connect(self.ask_folder)
        row.addWidget(self.every)
        row.addStretch(1)
        close = Button(self.tr("关上"), key="Esc", small=True)
        self.go = Button(self.tr("打开"), "primary", key="Enter", small=True, bind=False)
        close.clicked.connect(self.reject)
        self.go.clicked.connect(self.open_or_begin)
        row.addWidget(close)
        row.addWidget(self.go)
        lines.addLayout(row)
        self.table.opened.connect(lambda _id: self.open_or_begin())
        self.table.current_changed.connect(lambda _id: self._tell())
        self.year.picked.connect(lambda _y: self.ask())
        self.kind.changed.connect(lambda _k: self.ask())
        self.ask()

    def ask(self) -> None:
        """Fetch the year's places again."""
        ws, year, kind = self._ws, int(self.year.value()), str(self.kind.value())
        self._shell.gates.read(
            lambda _w: assessments(ws, year, kind=kind), self._fill, owner=self, key=f"assessments-{id(self)}"
        )

    def _fill(self, lines: Sequence[AssessmentLine]) -> None:
        place = self._place
        self._lines = {line.id or line.code: line for line in lines}
        self.table.set_rows([
            (key, (
                x.place, Chip(x.state_word, "warning", "circle") if x.lacks else state_chip(x.state, x.state_word),
                x.self_score or None, x.review_score or None, x.score or None, x.grade, x.findings or None,
                x.open_findings or None,
            ))
            for key, x in self._lines.items()
        ])  # fmt: skip
        again = next((key for key, x in self._lines.items() if x.code == place), None)
        if self._lines:  # beginning one gives its row another key: the cursor stays on the place
            self.table.go_to(again or next(iter(self._lines)))
            if not place:
                self.table.setFocus()  # Enter begins or opens at once
        lacking = sum(1 for x in lines if x.lacks)
        begun = self.tr("{n:,} 个地区，都已开始").format(n=len(lines))
        some = self.tr("{n:,} 个地区，{lacking:,} 个没有开始").format(n=len(lines), lacking=lacking)
        words = some if lacking else begun
        self.about.setText(words if lines else self.tr("按县里定的办法，这里没有要评估的地区"))
        self._tell()

    def current(self) -> AssessmentLine | None:
        """The place the cursor is on."""
        return self._lines.get(str(self.table.current_id() or ""))

    def _tell(self) -> None:
        line = self.current()
        self._place = line.code if line is not None else self._place
        may = self._ws.may("edit-assets")
        self.go.setText(self.tr("开始评估") if line is not None and line.lacks else self.tr("打开"))
        self.go.setEnabled(line is not None and (may or not line.lacks))
        self.paper.setEnabled(line is not None)
        self.every.setVisible(len(self._lines) > 1)

    def open_or_begin(self) -> None:
        """Enter: the assessment of the place; where there is none it is begun first."""
        line, ws = self.current(), self._ws
        if line is None or not self.go.isEnabled():
            return
        if not line.lacks:
            self.open_case(line.id)
            return
        self._shell.gates.write(
            lambda _w: begin_assessment(ws, line.code, line.year, line.kind), self._begun, owner=self,
            title=self.tr("开始评估"),
        )  # fmt: skip

    def _begun(self, made: object) -> None:
        self.ask()
        self.open_case(str(made))

    def open_case(self, record: str) -> None:
        """One assessment with its steps; afterwards the list is fetched again."""
        self.case = CaseDialog(self._shell, self._ws, "assessment", record, self._villages, self)
        self.case.finished.connect(lambda _r: self.ask())
        self.case.open()

    def ask_folder(self) -> None:
        """Where the papers of every place go: plain files, logged."""
        name = QFileDialog.getExistingDirectory(self, self.tr("各地各存一份"))
        if name:
            self.save_all(Path(name))

    def save_all(self, folder: Path) -> None:
        """The papers of the year for every place below, a PDF each."""
        ws, last = self._ws, int(self.year.value())
        first, to = (last, None) if self.kind.value() == "annual" else (last - SPAN + 1, last)

        def told(done: PlacePacks) -> None:
            words = self.tr("已存 {n} 份").format(n=len(done.files))
            more = self.tr("，{n} 个地区没有记录").format(n=len(done.empty)) if done.empty else ""
            self._shell.toast(words + more)

        task = self._shell.gates.write(
            lambda work: write_packs(ws, "", first, to, folder, lambda done, total: work.progress(done, total)), told,
            owner=self, title=self.tr("各地各存一份"),
        )  # fmt: skip
        self._shell.show_task(task)

    def print_pack(self) -> None:
        """The papers of the place and year in 打印中心."""
        line = self.current()
        if line is None:
            return
        key = "annual" if line.kind == "annual" else "annual-sum"
        self.reject()
        self._shell.open(Address("print", line.code, f"{key}?year={line.year}"))
