"""数据导入 step 3, 核对疑点: findings by severity with what to do about each; below, the source's cell framed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.exchange import import_review as review_words
from desktop.app.exchange.import_review import Review
from desktop.app.exchange.importing import Kind, Reading
from desktop.exchange.workbook.findings import Finding
from desktop.exchange.workbook.mapping import SheetMapping
from desktop.exchange.workbook.plan import ImportPlan
from desktop.exchange.workbook.reader import column_number
from desktop.ui.models.record_table import Column
from desktop.ui.pages.import_finding_rows import FindingRows, finding_id
from desktop.ui.pages.import_ways import WaysPane
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.chips import FilterChip
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import Label, rule
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segment, Segments
from desktop.ui.widgets.sheet_view import RowsView
from desktop.ui.widgets.small_table import SmallTable

FOLD = "fold"
"""Id of the row that stands for all 已规范."""
_AROUND = 2
_NARROW = 1050
"""Below this width the column's name gives way to the problem's words."""
_ORDER = {"error": 0, "warning": 1, "info": 2}


class FindingsStep(QWidget):
    """`FindingsStep(parent=None)`: `begin(kind, reading, mappings, review)`, `show_plan(plan)`; `decided()` after each.

    1–3 choose for the current finding, Space goes round, F8 to the next open error, Alt+A takes all proposals of the
    same problem, Ctrl+Z takes the last step back. `reveal(on)` shows numbers of people in full.
    """

    decided = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind: Kind = "assets"
        self.plan: ImportPlan | None = None
        self.review = Review()
        self.rows: FindingRows | None = None
        self._by_id: dict[str, Finding] = {}
        self._ordered: list[Finding] = []
        self._unfolded = self._filling = False
        self._shown_id = ""
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self._filter_row())
        lines.addWidget(rule())
        self.table = SmallTable(self._columns(), fill=True)
        self.table.setAccessibleName(self.tr("疑点"))
        self.table.current_changed.connect(lambda _id: self._show_current())
        self.table.opened.connect(self._opened)
        lines.addWidget(self.table, 1)
        lines.addWidget(rule())
        low = QHBoxLayout()
        low.setSpacing(0)
        low.addWidget(self._source_pane(), 1)
        self.pane = WaysPane()
        self.pane.chosen.connect(self.choose)
        self.pane.typed.connect(self.take_own)
        low.addWidget(self.pane)
        lines.addLayout(low)
        self.setFocusProxy(self.table)

    # -- parts -------------------------------------------------------------------------------------------------

    def _filter_row(self) -> QWidget:
        bar = QWidget()
        bar.setFixedHeight(theme().px("filter_bar_h") - 4)
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 0, 16, 8)
        row.setSpacing(8)
        self.severity = Segments([("all", self.tr("全部"))], "all")
        self.severity.changed.connect(lambda _k: self.fill())
        self.problem = Select([(self.tr("全部"), "")], self.tr("问题"))
        self.problem.picked.connect(lambda _v: self.fill())
        self.only_open = FilterChip(self.tr("只看没处理的"))
        self.only_open.toggled.connect(lambda _on: self.fill())
        self.alike_button = Button("", key="Alt+A")
        self.alike_button.clicked.connect(self.take_alike)
        self.list_button = Button(self.tr("存补采单"), icon="file", key="Ctrl+P", bind=False)
        for widget in (self.severity, self.problem, self.only_open):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.alike_button)
        row.addWidget(self.list_button)
        return bar

    def _columns(self) -> list[Column]:
        return [
            Column("level", self.tr("级别"), 92, "status"),
            Column("place", self.tr("位置"), 150),
            Column("object", self.tr("对象"), 120, "name"),
            Column("field", self.tr("列"), 100, "quiet"),
            Column("problem", self.tr("问题"), 200, stretch=True),
            Column("values", self.tr("原值 → 建议"), 250),
            Column("taken", self.tr("处理"), 136, "status"),
        ]

    def _source_pane(self) -> QWidget:
        pane = QWidget()
        pane.setFixedHeight(round(212 * max(theme().scale, 1.0)))
        lines = QVBoxLayout(pane)
        lines.setContentsMargins(16, 8, 12, 8)
        lines.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(10)
        self.source_title = Label("", "strong")
        row.addWidget(self.source_title)
        row.addWidget(Label(self.tr("只看不改，原文件不会动；证件号已隐去，按住 Alt+I 显示"), "caption"), 1)
        lines.addLayout(row)
        self.source = RowsView()
        lines.addWidget(self.source, 1)
        return pane

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < _NARROW * max(theme().scale, 1.0)
        self.table.setColumnHidden(3, narrow)
        self.table.setColumnWidth(5, round((190 if narrow else 250) * max(theme().scale, 1.0)))

    # -- what is shown -----------------------------------------------------------------------------------------

    def begin(self, kind: Kind, reading: Reading, mappings: Mapping[str, SheetMapping], review: Review) -> None:
        """Another workbook, or other columns of it."""
        self.kind, self.review = kind, review
        self.plan = None
        self._unfolded = False
        several = len([s for s in reading.workbook.sheets if s.name in mappings]) > 1
        self.table.setColumnWidth(1, round((150 if several else 92) * max(theme().scale, 1.0)))
        self.severity.set_value("all")
        self.only_open.setChecked(False)
        self.rows = FindingRows(kind, reading, mappings, several)

    def show_plan(self, plan: ImportPlan) -> None:
        """Show the findings of a plan; the current one stays current."""
        first = self.plan is None
        self.plan = plan
        self._rows().forget()
        self._ordered = sorted(plan.findings, key=lambda f: _ORDER[f.severity])
        self._by_id = {finding_id(f): f for f in reversed(self._ordered)}
        self._fill_filters()
        self.fill()
        if first:
            open_error = self.open_errors()
            self.go_to(open_error[0] if open_error else None)

    def _fill_filters(self) -> None:
        assert self.plan is not None
        found = self.plan.counts()
        self.severity.set_choices(
            [
                Segment("all", self.tr("全部 {n}").format(n=len(self._ordered))),
                Segment("error", self.tr("错误 {n}").format(n=found["error"]), "error", "danger"),
                Segment("warning", self.tr("提醒 {n}").format(n=found["warning"]), "alert", "warning"),
                Segment("info", self.tr("已规范 {n}").format(n=found["info"]), "info", "accent"),
            ]
        )
        counts: dict[str, int] = {}
        words: dict[str, str] = {}
        for f in self._ordered:
            if f.severity != "info":
                counts[f.code] = counts.get(f.code, 0) + 1
                words.setdefault(f.code, review_words.safe_text(review_words.problem_of(f)))
        items = [(f"{words[code]}（{n}）", code) for code, n in counts.items()]
        self.problem.set_items([(self.tr("全部"), ""), *items])
        if self.problem.currentIndex() < 0:
            self.problem.set_value("")

    def fill(self) -> None:
        """Fill the table for what the filters ask."""
        if self.plan is None:
            return
        counts = self.plan.counts()
        wanted, problem = self.severity.value(), str(self.problem.value() or "")
        only_open = self.only_open.isChecked()
        here = self.table.currentIndex().row()
        rows: list[tuple[str, tuple[Any, ...]]] = []
        folded = 0
        for f in self._ordered:
            if wanted not in ("all", f.severity) or (problem and f.code != problem):
                continue
            if only_open and (f.key in self.review.decisions or f.severity == "info"):
                continue
            if f.severity == "info" and wanted == "all" and not problem and not self._unfolded:
                folded += 1
                continue
            rows.append(self._rows().row(f, self.review))
        if wanted == "all" and not problem and counts["info"] and not only_open:
            word = self.tr("收起") if self._unfolded else self.tr("展开")
            said = self.tr("已照表中的意思统一写法，不用处理")
            at = len(rows) - (counts["info"] if self._unfolded else 0)
            chip = Chip(self.tr("已规范 {n}").format(n=counts["info"]), "accent", "info")
            rows.insert(at, (FOLD, (chip, "", "", "", said, "", Chip(word, "accent", "down"))))
        self._filling = True
        self.table.set_rows(rows)
        self._filling = False
        if self.table.currentIndex().row() < 0 and rows:
            self.table.selectRow(min(max(here, 0), len(rows) - 1))
        self._show_current()

    def _rows(self) -> FindingRows:
        assert self.rows is not None  # begin() came before
        return self.rows

    def current(self) -> Finding | None:
        """The finding of the current row."""
        return self._by_id.get(self.table.current_id())

    def open_errors(self) -> list[Finding]:
        """Errors nobody has decided."""
        return review_words.open_findings(self._ordered, self.review.decisions)

    def _show_current(self) -> None:
        if self._filling:
            return
        f = self.current()
        if self.table.current_id() != self._shown_id:  # a new plan may come while a value is being typed
            self.pane.leave_own()
        self._shown_id = self.table.current_id()
        self._tell_alike(f)
        if f is None:
            folded = self.table.current_id() == FOLD
            self.pane.show_fold(self.tr("已规范") if folded else "", self.tr("Enter 展开看每一处") if folded else "")
            self.source.clear()
            self.source_title.setText("")
            return
        rows = self._rows()
        title = rows.said(review_words.problem_of(f))
        why = rows.said(f.message) if f.message.strip("。") != title else ""
        decision = self.review.decisions.get(f.key)
        self.pane.show_finding(self.kind, f, title, why, decision, masked=not rows.revealed)
        self._show_source(f)

    def _show_source(self, f: Finding) -> None:
        rows = self._rows()
        grid = rows.reading.workbook.sheet(f.sheet)
        row, column = f.row or 1, column_number(f.col) if f.col else 1
        first = max(1, min(row - _AROUND, grid.n_rows - 2 * _AROUND))
        shown_rows = range(first, min(grid.n_rows, first + 2 * _AROUND) + 1)
        mapping = rows.mappings.get(f.sheet)
        titles = {c: t.rpartition("/")[2] for c, t in mapping.headers.items()} if mapping else {}
        lead = [c for name in ("village", "head_name", "name") if mapping and (c := mapping.columns.get(name))]
        self.source.show_cell(
            [(r, grid.rows[r - 1]) for r in shown_rows], titles, row, column, rows.cell_text, lead=lead,
            tinted=f.rows or (),
        )  # fmt: skip
        self.source_title.setText(self.tr("{sheet} 第 {row} 行").format(sheet=f.sheet, row=row))

    def _tell_alike(self, f: Finding | None) -> None:
        found = review_words.alike(self._ordered, f, self.review.decisions) if f and f.severity != "info" else []
        self.alike_button.setVisible(len(found) > 1)
        self.alike_button.setText(self.tr("同类 {n} 处全部采用建议").format(n=len(found)))

    # -- acts --------------------------------------------------------------------------------------------------

    def go_to(self, finding: Finding | None) -> None:
        """Make a finding current."""
        if finding is None:
            return
        if self.table.rows.row_of(finding_id(finding)) < 0:
            self.severity.set_value("all")
            self.problem.set_value("")
            self.fill()
        self.table.go_to(finding_id(finding))
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def next_open(self) -> bool:
        """F8: the next open error after the current row, round the end; False when there is none."""
        open_errors = self.open_errors()
        if not open_errors:
            return False
        order = {id(f): i for i, f in enumerate(self._ordered)}
        now = self.current()
        here = order.get(id(now), -1) if now else -1
        self.go_to(next((f for f in open_errors if order[id(f)] > here), open_errors[0]))
        return True

    def choose(self, number: int) -> None:
        """Way 1, 2 or 3 for the current finding."""
        f = self.current()
        if f is None or not self.pane.ways[number - 1].isEnabled():
            return
        if number == 2:
            self._ask_value(f)
            return
        self._decide([f], "proposed" if number == 1 else "skip")

    def _ask_value(self, f: Finding) -> None:
        decision = self.review.decisions.get(f.key)
        proposed = decision.value if decision is not None and decision.take == "value" else f.proposed
        start = proposed if proposed is not None else f.raw
        self.pane.ask_value(review_words.options_of(self.kind, f), start)

    def take_own(self) -> None:
        """Use the value typed or picked."""
        f, text = self.current(), self.pane.own_text()
        if f is None or text is None:
            return
        offered = dict(review_words.options_of(self.kind, f))
        self._decide([f], "value", offered.get(text, text))

    def give_up_own(self) -> bool:
        """Esc while typing a value: back to the ways; False when nothing was typed."""
        if not self.pane.leave_own():
            return False
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def take_alike(self) -> None:
        """Alt+A: take the proposals of all open findings of the same problem."""
        f = self.current()
        if f is not None:
            self._decide(review_words.alike(self._ordered, f, self.review.decisions), "proposed")

    def cycle(self) -> None:
        """Space: proposal, skipped, open again; on the folded row it unfolds."""
        f = self.current()
        if f is None:
            self._opened(self.table.current_id())
            return
        decision = self.review.decisions.get(f.key)
        if decision is None and self.pane.ways[0].isEnabled():
            self._decide([f], "proposed", stay=True)
        elif decision is None or decision.take == "proposed":
            self._decide([f], "skip", stay=True)
        else:
            self.review.clear(f)
            self._changed()

    def undo(self) -> None:
        """Ctrl+Z: take the last step back and show what it concerned."""
        keys = self.review.undo()
        if keys:
            self._changed()
            known = {f.key: f for f in self._ordered}
            self.go_to(known.get(keys[0]))

    def _decide(self, findings: Sequence[Finding], take: Any, value: Any = None, *, stay: bool = False) -> None:
        after = None if stay else self._next_undecided(findings)
        self._shown_id = ""
        if not self.review.decide(findings, take, value):
            return
        self._changed()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        if after is not None:
            self.table.go_to(finding_id(after))

    def _next_undecided(self, done: Sequence[Finding]) -> Finding | None:
        """The next row below that waits; errors and reminders alike."""
        gone = {id(f) for f in done}
        rows = self.table.rows
        for row in range(self.table.currentIndex().row() + 1, rows.rowCount()):
            f = self._by_id.get(rows.id_at(row))
            if f and f.severity != "info" and id(f) not in gone and f.key not in self.review.decisions:
                return f
        return None

    def _changed(self) -> None:
        self.fill()
        self.decided.emit()

    def _opened(self, record: str) -> None:
        if record == FOLD:
            self._unfolded = not self._unfolded
            self.fill()
            self.table.go_to(FOLD)
        elif record:
            self.pane.ways[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def reveal(self, on: bool) -> None:
        """Show numbers of people in full while Alt+I is held."""
        if self.rows is not None and on != self.rows.revealed:
            self.rows.revealed = on
            self.rows.forget()
            self.fill()
