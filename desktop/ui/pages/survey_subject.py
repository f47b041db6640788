"""Beside the task list: drafts to go on with, and the chosen subject with its past visits and their course."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.app.records.record_names import record_title
from desktop.app.visits.past_visits import AuditLine, PastVisit, past_visits, visit_audit
from desktop.app.visits.surveying import DraftInfo
from desktop.app.workspace import Workspace
from desktop.registry.codelists import word
from desktop.registry.labels import table_label
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.labels import Label, Panel
from desktop.ui.widgets.masking import masked
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class SubjectPane(Panel):
    """`SubjectPane(shell, ws)`: `show_drafts(drafts)`, `show_subject(table, id)`.

    Signals: `draft_chosen(key)`, `draft_dropped(key)`, `correct_asked(visit)`, `begin_asked()`.
    """

    draft_chosen = Signal(str)
    draft_dropped = Signal(str)
    correct_asked = Signal(str)
    begin_asked = Signal()

    def __init__(self, shell: Shell, ws: Workspace, parent: QWidget | None = None) -> None:
        super().__init__("surface", parent)
        self._shell, self._ws = shell, ws
        self.setMinimumWidth(theme().px("detail_min_w"))
        self.visits: list[PastVisit] = []
        self.dialog: QDialog | None = None
        self._record = ("", "")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.viewport().setAutoFillBackground(False)
        body = QWidget()
        area.setWidget(body)
        body.setAutoFillBackground(False)
        outer.addWidget(area)
        lines = QVBoxLayout(body)
        lines.setContentsMargins(14, 12, 14, 14)
        lines.setSpacing(14)
        self.drafts = SmallTable(
            [
                Column("name", self.tr("谁家、哪里"), 150, "name", stretch=True),
                Column("form", self.tr("调查表"), 150),
                Column("who", self.tr("谁填"), 64),
                Column("kept", self.tr("保存于"), 112),
            ]
        )
        self.drafts.opened.connect(self.draft_chosen)
        self.continue_button = Button(self.tr("继续填"), small=True)
        self.continue_button.clicked.connect(lambda: self._draft(self.draft_chosen.emit))
        self.drop_button = Button(self.tr("删掉草稿"), "quiet", small=True)
        self.drop_button.clicked.connect(lambda: self._draft(self.draft_dropped.emit))
        self.draft_part = Titled(self.tr("没做完的"), self.drafts, [self.drop_button, self.continue_button])
        lines.addWidget(self.draft_part)
        head = QHBoxLayout()
        self.name = Label("", "question")
        head.addWidget(self.name)
        head.addStretch(1)
        self.begin_button = Button(self.tr("开始入户"), small=True)
        self.begin_button.clicked.connect(self.begin_asked)
        head.addWidget(self.begin_button)
        self.head = QWidget()
        self.head.setLayout(head)
        head.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self.head)
        self.table = SmallTable(
            [
                Column("day", self.tr("走访日期"), 92, "date"),
                Column("form", self.tr("调查表"), 140, "name", stretch=True),
                Column("mode", self.tr("方式"), 52),
                Column("who", self.tr("走访人"), 90),
                Column("state", self.tr("状态"), 104, "status"),
            ]
        )
        self.audit_button = Button(self.tr("看经过"), small=True)
        self.correct_button = Button(self.tr("更正，写原因"), icon="edit", small=True)
        self.audit_button.clicked.connect(self.show_audit)
        self.correct_button.clicked.connect(self._correct)
        self.table.opened.connect(lambda _v: self.show_audit())
        side: list[QWidget] = [self.audit_button]
        if ws.may("edit-people"):
            side.append(self.correct_button)
        self.visit_part = Titled(self.tr("走访过"), self.table, side)
        lines.addWidget(self.visit_part)
        self.none = Label(self.tr("还没有走访过"), "muted")
        lines.addWidget(self.none)
        lines.addStretch(1)
        self.empty = EmptyState("survey", self.tr("在左边选一户"), self.tr("Enter 开始入户"))
        lines.addWidget(self.empty)
        lines.addStretch(2)
        self.show_drafts([])
        self.show_subject("", "")

    def show_drafts(self, drafts: Sequence[DraftInfo]) -> None:
        """The visits in work, the latest first."""
        rows = []
        for d in drafts:
            form = self.tr("{form}（更正）").format(form=d.title) if d.correction_of else d.title
            rows.append((d.key, (d.subject_label or self.tr("还没选户"), form, d.user, f"{d.kept_at:%m-%d %H:%M}")))
        self.drafts.set_rows(rows)
        self.drafts.setCurrentIndex(self.drafts.rows.index(0, 0))
        self.draft_part.setVisible(bool(drafts))

    def _draft(self, tell: Callable[[str], object]) -> None:
        key = self.drafts.current_id()
        if key:
            tell(key)

    def show_subject(self, table: str, record: str) -> None:
        """The subject chosen in the list; "" for none."""
        self._record = (table, record)
        chosen = bool(record)
        self.empty.setVisible(not chosen)
        self.head.setVisible(chosen)
        if not chosen:
            for part in (self.visit_part, self.none):
                part.hide()
            return
        ws = self._ws

        def look(_work: object) -> tuple[str, list[PastVisit]]:
            return record_title(ws, table, record), past_visits(ws, table, record)

        self._shell.gates.read(
            look, lambda found: self._show(table, record, *found), owner=self, key=f"visit-subject-{id(self)}"
        )

    def _show(self, table: str, record: str, title: str, visits: list[PastVisit]) -> None:
        if (table, record) != self._record:
            return
        self.visits = visits
        self.name.setText(title)
        rows = []
        for v in visits:
            state = Chip.of("conflict") if v.in_conflict else Chip("已完成", "success", "ok")
            if v.corrections and not v.in_conflict:
                state = Chip(self.tr("更正过 {n} 次").format(n=v.corrections), "accent", "edit")
            rows.append((v.id, (v.visited_at, v.title, word("visit_mode", v.mode), v.visitors or v.who, state)))
        self.table.set_rows(rows)
        self.table.setCurrentIndex(self.table.rows.index(0, 0))  # the buttons beside it speak of the latest
        self.visit_part.setVisible(bool(visits))
        self.none.setVisible(not visits)

    def _correct(self) -> None:
        visit = self.table.current_id()
        if visit:
            self.correct_asked.emit(visit)

    def show_audit(self) -> None:
        """Who changed what in the chosen visit."""
        visit, ws = self.table.current_id(), self._ws
        if visit:
            self._shell.gates.read(
                lambda _w: visit_audit(ws, visit), self._open_audit, owner=self, title=self.tr("取走访经过")
            )

    def _open_audit(self, lines: list[AuditLine]) -> None:
        self.dialog = AuditDialog(lines, self.window())
        self.dialog.open()


class AuditDialog(QDialog):
    """`AuditDialog(lines, parent)`: everything a visit and its corrections wrote; personal numbers masked."""

    def __init__(self, lines: Sequence[AuditLine], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("走访经过"))
        self.resize(980, 520)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(14, 12, 14, 12)
        outer.setSpacing(8)
        head = self.tr("走访经过：共 {n} 处，谁、什么时候、为什么").format(n=len(lines))
        outer.addWidget(Label(head, "strong"))
        self.table = SmallTable(
            [
                Column("when", self.tr("时间"), 132),
                Column("who", self.tr("谁"), 72),
                Column("record", self.tr("记录"), 120, "name"),
                Column("field", self.tr("项目"), 150),
                Column("before", self.tr("原值"), 130, "quiet"),
                Column("after", self.tr("新值"), 150, stretch=True),
                Column("reason", self.tr("原因"), 170),
            ],
            fill=True,
        )
        self.table.set_rows(
            [
                (str(i), (f"{line.when:%Y-%m-%d %H:%M}", line.who, _record_words(line), line.field,
                          masked(line.before), masked(line.after), line.reason))
                for i, line in enumerate(lines)
            ]
        )  # fmt: skip
        outer.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        close = Button(self.tr("看完了"), "primary", key="Esc", small=True)
        close.clicked.connect(self.accept)
        row.addWidget(close)
        outer.addLayout(row)


def _record_words(line: AuditLine) -> str:
    kind = "答案" if line.table == "answer" else table_label(line.table)
    return f"{kind} {line.record}".strip()
