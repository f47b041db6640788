"""入户调查: who is to be visited with a form, drafts to go on with, past visits; and the runner that fills it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.app.visits.forms import FormInfo, list_forms
from desktop.app.visits.surveying import DraftInfo, begin_visit, continue_visit, correct_visit, drop_visit, list_drafts
from desktop.app.visits.visit import Visit
from desktop.app.workspace import Workspace
from desktop.insight.lists import ListQuery
from desktop.insight.visit_tasks import Subject, period_start, task_counts, task_ids, task_rows
from desktop.ui.dialogs.message import MessageDialog
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.models.record_table import Column, Query, RecordTableModel
from desktop.ui.navigation import Address
from desktop.ui.pages.list_page import APART_BELOW
from desktop.ui.pages.page import Page, Shell
from desktop.ui.pages.survey_subject import SubjectPane
from desktop.ui.pages.survey_visit import VisitPane
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import rule
from desktop.ui.widgets.page_rows import FilterBar, TitleRow
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_list import RecordList
from desktop.ui.workers import Task

FIRST_FORM = "household_visit"
"""The form shown until a person chooses another."""
UNITS = {"household": "户", "asset": "项", "division": "村"}


@dataclass(frozen=True)
class Choice:
    """What the list shows: a form, whom it is about, since when a visit counts."""

    form: FormInfo
    since: str

    @property
    def subject(self) -> Subject:
        """Table of the form's subject; forms without one are listed by household."""
        return self.form.subject_table or "household"  # type: ignore[return-value]


class TaskSource:
    """Rows of the task list; the ids carry what they are about, because the list changes its kind with the form."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self.choice: Choice | None = None

    def count_and_ids(self, query: Query) -> Sequence[str]:
        """Ids of those that match, the unvisited first."""
        choice = self.choice
        if choice is None:
            return ()
        asked = ListQuery(text=query.text, division=str(query.filters.get("village") or ""))
        with self._ws.register.reading() as sql:
            ids = task_ids(
                sql, choice.subject, choice.form.form_id, choice.since, asked,
                only_open=query.filters.get("which") == "open",
            )  # fmt: skip
        return [f"{choice.subject}:{i}" for i in ids]

    def rows(self, ids: Sequence[str]) -> Sequence[tuple[Any, ...] | None]:
        """Cells of a page."""
        choice = self.choice
        if choice is None or not ids:
            return [None] * len(ids)
        subject: Subject = ids[0].partition(":")[0]  # type: ignore[assignment]
        plain = [i.partition(":")[2] for i in ids]
        with self._ws.register.reading() as sql:
            found = {t.id: t for t in task_rows(sql, subject, choice.form.form_id, choice.since, plain)}
        cells: list[tuple[Any, ...] | None] = []
        for i in plain:
            task = found.get(i)
            if task is None:
                cells.append(None)
                continue
            state = Chip("已走访", "success", "ok") if task.done else Chip("待走访", "neutral", "circle")
            cells.append((task.name or "（未填）", task.place, task.members, task.kind, task.visited_at or None, state))
        return cells


class SurveyPage(Page):
    """`SurveyPage(shell, ws, villages)`: Enter begins with the chosen subject, F5 goes on with the last draft.

    `Address("survey", id, part=table)` chooses a subject; `part="draft"` with a key goes on with that draft.
    """

    shows = frozenset({"household", "person", "asset", "visit", "division", "survey_form"})

    def __init__(self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]]) -> None:
        super().__init__(shell)
        self._ws, self._villages = ws, list(villages)
        self.forms: list[FormInfo] = []
        self.drafts: list[DraftInfo] = []
        self.visit_pane: VisitPane | None = None
        self.dialog: QWidget | None = None
        self._opening: Task | None = None
        self._asked_for = ""
        self._detail_open = False
        self.stack = QStackedWidget()
        self.lines.addWidget(self.stack)
        self.desk = QWidget()
        self.stack.addWidget(self.desk)
        self._make_desk()
        self.bind("F5", self.go_on)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(60)
        self._settle.timeout.connect(self._show_current)

    # -- the desk: list and chosen subject ---------------------------------------------------------------------

    def _make_desk(self) -> None:
        lines = QVBoxLayout(self.desk)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.title = TitleRow(self.tr("入户调查"))
        self.go_on_button = Button(self.tr("继续上次"), icon="edit", key="F5", bind=False)
        self.go_on_button.clicked.connect(self.go_on)
        self.new_button = Button(self.tr("登记册里没有的户"), icon="plus")
        self.new_button.clicked.connect(lambda: self.begin(None))
        self.begin_button = Button(self.tr("开始入户"), "primary", key="Enter")
        self.begin_button.clicked.connect(lambda: self.begin(self.list.table.current_id()))
        for button in (self.go_on_button, self.new_button, self.begin_button):
            self.title.add_action(button)
        self.filters = FilterBar(self.tr("姓名、首字母、村或证件尾号"), self.desk)
        self.form_select = self.filters.add_select("form", Select((), self.tr("调查表")), divides=True)
        self.village_select = self.filters.add_select(
            "village",
            Select([(self.tr("全部"), ""), *((name, code) for code, name in self._villages)], self.tr("村")),
        )
        self.which = self.filters.add_select(
            "which", Select([(self.tr("待走访在前"), ""), (self.tr("只看待走访"), "open")], self.tr("范围"))
        )
        self.period = self.filters.add_select(
            "period", Select([(self.tr("今年"), "year"), (self.tr("本半年"), "half")], self.tr("期间"))
        )
        columns = [
            Column("name", self.tr("户主、名称"), 104, "name"),
            Column("place", self.tr("村、组"), 120, stretch=True),
            Column("members", self.tr("人口"), 46, "number", sort=""),
            Column("kind", self.tr("类别"), 122, sort=""),
            Column("visited", self.tr("上次走访"), 92, "date", empty=self.tr("没有"), sort=""),
            Column("state", self.tr("状态"), 84, "status", sort=""),
        ]
        self.source = TaskSource(self._ws)
        self.model = RecordTableModel(columns, self.source, self.shell.gates, self)
        self.list: RecordList = RecordList(self.model)
        self.list.setMinimumWidth(260)
        self.list.set_filtering(self._is_searching)
        clear = Button(self.tr("清除筛选"), "primary", small=True)
        clear.clicked.connect(self.filters.clear)
        other = Button(self.tr("选其他村"), small=True)
        other.clicked.connect(lambda: self.village_select.setFocus())
        self.list.set_empty(
            EmptyState("survey", self.tr("这里没有要入户的"), self.tr("可以选其他村，或登记册里没有的户"), [other]),
            EmptyState("search", self.tr("没有符合的"), self.tr("换个说法，或放宽条件"), [clear]),
        )
        self.subject = SubjectPane(self.shell, self._ws)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.list)
        self.splitter.addWidget(self.subject)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([600, 600])
        for widget in (self.title, self.filters, rule()):
            lines.addWidget(widget)
        lines.addWidget(self.splitter, 1)
        self.filters.changed.connect(self.ask)
        self.filters.left_down.connect(lambda: self.list.setFocus(Qt.FocusReason.OtherFocusReason))
        self.list.current_changed.connect(lambda _r: self._settle.start())
        self.list.opened.connect(self.begin)
        self.list.typed.connect(self._typed)
        self.model.loaded.connect(self._loaded)
        self.model.failed.connect(lambda error: self.shell.show_error(error, self.tr("取数")))
        self.subject.draft_chosen.connect(self.continue_draft)
        self.subject.draft_dropped.connect(self.drop_draft)
        self.subject.correct_asked.connect(self.correct)
        self.subject.begin_asked.connect(lambda: self.begin(self.list.table.current_id()))

    def ask(self) -> None:
        """Ask for the rows of the present choice."""
        choice = self.choice()
        self.source.choice = choice
        may = choice is not None
        self.begin_button.setEnabled(may)
        self.new_button.setVisible(may and choice is not None and choice.subject == "household")
        values = self.filters.values()
        text = str(values.pop("text"))
        self.model.ask(Query(text=text, filters=values))
        if choice is None:
            return
        ws, division = self._ws, str(values.get("village") or "")

        def count(_work: object) -> tuple[int, int]:
            with ws.register.reading() as sql:
                return task_counts(sql, choice.subject, choice.form.form_id, choice.since, division)

        self.shell.gates.read(count, self._show_counts, owner=self, key=f"visit-counts-{id(self)}")

    def _is_searching(self) -> bool:
        """Whether something besides form, village and period leaves households out: those are what one asks for."""
        values = self.filters.values()
        return bool(values["text"] or values["which"])

    def choice(self) -> Choice | None:
        """The form chosen, and since when a visit counts."""
        form = next((f for f in self.forms if f.form_id == self.form_select.value()), None)
        if form is None:
            return None
        today = dt.date.today()  # noqa: DTZ011 the person's calendar
        return Choice(form, period_start(today, half_year=self.period.value() == "half"))

    def _show_counts(self, counts: tuple[int, int]) -> None:
        choice = self.choice()
        if choice is None:
            return
        done, total = counts
        period = self.tr("本半年") if self.period.value() == "half" else self.tr("今年")
        self.title.set_fact(
            self.tr("{period}已走访 {done:,} {unit}，共 {total:,} {unit}").format(
                period=period, done=done, total=total, unit=UNITS[choice.subject]
            )
        )

    def refresh(self) -> None:
        """Forms, drafts and rows anew."""
        ws = self._ws
        self.shell.gates.read(
            lambda _w: (list_forms(ws), list_drafts(ws)), self._take_forms, owner=self, key=f"survey-{id(self)}"
        )

    def _take_forms(self, found: tuple[list[FormInfo], list[DraftInfo]]) -> None:
        forms, self.drafts = found
        if forms != self.forms:
            self.forms = forms
            chosen = self.form_select.value() if self.form_select.count() else FIRST_FORM
            self.form_select.set_items([(f.title, f.form_id) for f in forms], chosen)
            if self.form_select.currentIndex() < 0 and forms:
                self.form_select.setCurrentIndex(0)
            self.form_select.updateGeometry()
        self.go_on_button.setVisible(bool(self.drafts))
        if self.drafts:
            self.go_on_button.setToolTip(f"{self.drafts[0].title} {self.drafts[0].subject_label}")
        self.subject.show_drafts(self.drafts)
        self.ask()

    def _loaded(self, _count: int) -> None:
        wanted, self._asked_for = self._asked_for, ""
        if wanted and not self.list.table.go_to(wanted) and self.filters.is_filtering():
            self._asked_for = wanted
            self.filters.clear()

    def _typed(self, text: str) -> None:
        self.filters.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.filters.search.setText(text)

    def _show_current(self) -> None:
        table, _, record = self.list.table.current_id().partition(":")
        self.subject.show_subject(table, record)

    # -- beginning, going on -----------------------------------------------------------------------------------

    def begin(self, task: str | None) -> None:
        """Begin a visit with the form chosen: about a task of the list, or about nobody yet."""
        choice = self.choice()
        if choice is None or self._in_a_form():
            return
        table, _, record = (task or "").partition(":")
        mine = next(
            (d for d in self.drafts if record and d.subject_id == record and d.form_id == choice.form.form_id
             and not d.correction_of), None,
        )  # fmt: skip
        if mine is not None:
            self.continue_draft(mine.key)  # begun before: nobody is to answer twice
            return
        ws, form_id = self._ws, choice.form.form_id
        self._open_visit(lambda: begin_visit(ws, form_id, table or None, record or None), self.tr("打开调查表"))

    def go_on(self) -> None:
        """F5: the draft last worked at; without one, the chosen subject."""
        if self._in_a_form():
            return
        if self.drafts:
            self.continue_draft(self.drafts[0].key)
        else:
            self.begin(self.list.table.current_id())

    def continue_draft(self, key: str) -> None:
        """Go on with a draft, at the same question."""
        ws = self._ws
        self._open_visit(lambda: continue_visit(ws, key), self.tr("打开草稿"))

    def drop_draft(self, key: str) -> None:
        """Give up a draft after asking."""
        draft = next((d for d in self.drafts if d.key == key), None)
        if draft is None:
            return
        name = draft.subject_label or draft.title
        dialog = MessageDialog(
            self.tr("删掉“{name}”的草稿").format(name=name),
            self.tr("已填的内容找不回来。登记册没有受影响。"),
            [("stay", self.tr("先不删"), "plain"), ("go", self.tr("删掉草稿"), "danger")],
            parent=self.window(),
        )
        dialog.finished.connect(lambda _r: self._drop(key) if dialog.chosen == "go" else None)
        self.dialog = dialog
        dialog.open()

    def _drop(self, key: str) -> None:
        ws = self._ws
        self.shell.gates.write(lambda _w: drop_visit(ws, key), lambda _r: self.refresh(), owner=self)

    def correct(self, visit_id: str) -> None:
        """Correct a finished visit: the reason first."""
        if self.visit_pane is not None and not self.visit_pane.finished:
            return
        dialog = ReasonDialog(
            self.tr("更正这次走访"),
            self.tr("原来的答案留着，改了哪些、谁改的、为什么，都记在经过里。"),
            self.tr("开始更正"),
            self.tr("先不改"),
            self.window(),
        )
        dialog.accepted.connect(lambda: self._correct(visit_id, dialog.reason()))
        self.dialog = dialog
        dialog.open()

    def _correct(self, visit_id: str, reason: str) -> None:
        ws = self._ws
        self._leave_visit()
        self._open_visit(lambda: correct_visit(ws, visit_id, reason), self.tr("打开更正"))

    def _in_a_form(self) -> bool:
        """Whether a form is open or being opened: pressed twice, Enter would begin two drafts of the same visit."""
        return self.visit_pane is not None or self._opening is not None

    def _open_visit(self, opening: Any, doing: str) -> None:
        if self._in_a_form():
            return
        task = self.shell.gates.read(lambda _w: opening(), self._show_visit, owner=self, title=doing)
        self._opening = task
        task.finished.connect(self._no_more_opening)
        self.shell.show_task(task, doing)

    def _no_more_opening(self) -> None:
        self._opening = None

    def _show_visit(self, visit: Visit) -> None:
        if self.visit_pane is not None:
            return
        pane = VisitPane(self.shell, self._ws, visit, self._villages)
        self.visit_pane = pane
        pane.left.connect(self._leave_visit)
        pane.correct_asked.connect(self.correct)
        self.stack.addWidget(pane)
        self.stack.setCurrentWidget(pane)
        self.wants_rail = True
        self.shell.fit_navigation()
        pane.begin()

    @property
    def foot(self) -> int:
        return self.visit_pane.runner.actions_bar.height() if self.visit_pane is not None else 0

    def _leave_visit(self) -> None:
        pane, self.visit_pane = self.visit_pane, None
        if pane is None:
            return
        self.wants_rail = False
        self.stack.setCurrentWidget(self.desk)
        self.stack.removeWidget(pane)
        pane.deleteLater()
        self.shell.fit_navigation()
        self.refresh()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- the page ----------------------------------------------------------------------------------------------

    def show_address(self, address: Address) -> None:
        if address.part == "draft" and address.record:
            if self.visit_pane is None:
                self.continue_draft(address.record)
        elif address.record:
            self._asked_for = f"{address.part or 'household'}:{address.record}"
            if self.list.table.go_to(self._asked_for):
                self._asked_for = ""

    def explain(self) -> bool:
        """In a form F1 speaks of the question."""
        if self.visit_pane is None or self.visit_pane.finished:
            return False
        self.visit_pane.runner.explain()
        return True

    def entered(self) -> None:
        if self.visit_pane is not None:
            self.visit_pane.take_focus()
            return
        if not self.forms:
            self.refresh()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def committed(self, kinds: frozenset[str]) -> None:
        if self.visit_pane is None:
            super().committed(kinds)

    def may_leave(self) -> bool:
        return self.visit_pane is None or self.visit_pane.keep()

    def state(self) -> dict[str, Any]:
        return {"filters": self.filters.values(), "sizes": self.splitter.sizes()}

    def restore(self, state: dict[str, Any]) -> None:
        kept = state.get("filters")
        if isinstance(kept, dict):
            self.form_select.set_items([("", kept.get("form"))] if kept.get("form") else [])
            self.filters.set_values({k: v for k, v in kept.items() if k != "text"})
        if isinstance(state.get("sizes"), list) and len(state["sizes"]) == 2 and all(state["sizes"]):
            self.splitter.setSizes([int(size) for size in state["sizes"]])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        apart = self.width() < APART_BELOW * max(theme().scale, 1.0)
        self.splitter.setOrientation(Qt.Orientation.Vertical if apart else Qt.Orientation.Horizontal)
        self.subject.setMinimumHeight(round(180 * max(theme().scale, 1.0)) if apart else 0)
