"""Step 4 会议和公示: how far the plan is, what still bars the next step, the decision, the notice, steps back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.cases.notices import make_notice
from desktop.app.cases.procedures import StepView, TrackState, take_step
from desktop.app.distribution.distribution_case import NoticeLine, PlanCase, new_decision
from desktop.app.records.editing import open_record, save_record
from desktop.app.records.records import today
from desktop.registry.labels import label
from desktop.ui.case_fields import decision_sections
from desktop.ui.dialogs.reason import ReasonDialog
from desktop.ui.dialogs.record_dialog import RecordDialog, Save
from desktop.ui.navigation import Address
from desktop.ui.pages.plan_steps.step import PlanStep
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import Card, ElidedLabel, Icon, Label, Link, StatusWord, rule
from desktop.ui.widgets.value_fields import PartialDateField

FORWARD = ("submit", "report", "approve", "confirm", "start_paying", "close")
NOTICE_WORDS = {"draft": "草稿", "running": "公示中", "ended": "已结束", "cancelled": "已撤下"}


class MeetingStep(PlanStep):
    """The track at the left; at the right the next step with its guards, each a link to what mends it."""

    def __init__(self, wizard: object) -> None:
        super().__init__(wizard)  # type: ignore[arg-type]
        self._case: PlanCase | None = None
        columns = QHBoxLayout()
        columns.setSpacing(12)
        self.lines.addLayout(columns, 1)
        track = Card(margins=(14, 10, 14, 10))
        track.setFixedWidth(round(300 * max(theme().scale, 1.0)))
        track.body.addWidget(Label(self.tr("办理经过"), "strong"))
        self._track = QVBoxLayout()
        self._track.setSpacing(8)
        track.body.addSpacing(8)
        track.body.addLayout(self._track)
        track.body.addStretch(1)
        columns.addWidget(track)
        right = QVBoxLayout()
        right.setSpacing(12)
        columns.addLayout(right, 1)
        card = Card(margins=(14, 10, 14, 12))
        head = QHBoxLayout()
        self.next_word = Label("", "strong")
        self.left = StatusWord()
        head.addWidget(self.next_word)
        head.addStretch(1)
        head.addWidget(self.left)
        card.body.addLayout(head)
        self._bars = QVBoxLayout()
        self._bars.setSpacing(6)
        card.body.addSpacing(6)
        card.body.addLayout(self._bars)
        card.body.addSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.go_button = Button("", "primary", key="Ctrl+Enter")
        self.go_button.clicked.connect(self.take_next)
        self._backs = QHBoxLayout()
        self._backs.setSpacing(8)
        row.addLayout(self._backs)
        row.addStretch(1)
        self.on = PartialDateField(whole_days=True)
        self.on.setAccessibleName(self.tr("办理日期"))
        self.on.value_changed.connect(self._judge)
        self._day_word = Label(self.tr("办理日期"), "second")
        row.addWidget(self._day_word)
        row.addWidget(self.on)
        row.addWidget(self.go_button)
        card.body.addLayout(row)
        right.addWidget(card)
        papers = Card(margins=(14, 10, 14, 12))
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(Label(self.tr("决策记录"), "strong"))
        self.decisions = Select()
        self.decisions.picked.connect(self._cite)
        self.decision_button = Button(self.tr("登记决策记录"), icon="plus", small=True)
        self.decision_button.clicked.connect(self.add_decision)
        line.addWidget(self.decisions, 1)
        line.addStretch(1)
        line.addWidget(self.decision_button)
        papers.body.addLayout(line)
        papers.body.addSpacing(10)
        papers.body.addWidget(rule("grid"))
        papers.body.addSpacing(8)
        notice = QHBoxLayout()
        notice.setSpacing(8)
        notice.addWidget(Label(self.tr("公示"), "strong"))
        self.notice_word = ElidedLabel("", "second")
        self.notice_open = Button(self.tr("打开公示"), small=True)
        self.notice_open.clicked.connect(self.open_notice)
        self.notice_button = Button(self.tr("拟公示稿"), icon="notice", small=True)
        self.notice_button.clicked.connect(self.draft_notice)
        notice.addWidget(self.notice_word, 1)
        notice.addWidget(self.notice_open)
        notice.addWidget(self.notice_button)
        papers.body.addLayout(notice)
        right.addWidget(papers)
        right.addStretch(1)

    # -- showing -----------------------------------------------------------------------------------------------

    def show_case(self, case: PlanCase) -> None:
        before = self._case.view if self._case else None
        if before is None or (before.id, before.state) != (case.view.id, case.view.state):
            self.on.set_value(today(), "day")
        self._case = case
        self._show_track(case)
        self._show_next(case)
        cited = str(case.view.row.get("decision_id") or "")
        none = self.tr("还没有引用") if not cited else ""
        self.decisions.set_items([*([(none, "")] if none else []), *((w, i) for i, w in case.decisions)], cited)
        self.decisions.set_value(cited)
        may = self.ws.may("edit-assets") and case.view.state in ("draft", "village_meeting", "town_review")
        self.decisions.setEnabled(may)
        self.decision_button.setVisible(may)
        hanging = self._notice()
        if hanging is None:
            self.notice_word.setText(self.tr("还没有公示稿；公示稿会印出结余"))
        else:
            period = f"{hanging.start} — {hanging.end}" if hanging.end else hanging.start
            self.notice_word.setText(f"{NOTICE_WORDS.get(hanging.state, '')}　{period}")
        self.notice_word.update()
        self.notice_open.setVisible(hanging is not None)
        wanted = case.view.state in ("town_review", "noticing") and (hanging is None or hanging.state == "cancelled")
        self.notice_button.setVisible(wanted and self.ws.may("edit-assets"))

    def _show_track(self, case: PlanCase) -> None:
        _empty(self._track)
        for state in case.track:
            self._track.addWidget(_TrackRow(state))
        for taken in case.taken:
            if taken.note:
                self._track.addWidget(ElidedLabel(f"{taken.on_date} {taken.word}：{taken.note}", "caption"))

    def next_step(self) -> StepView | None:
        """The step on the track that comes next."""
        steps = self._case.steps if self._case else ()
        return next((s for s in steps if s.name in FORWARD), None)

    def _show_next(self, case: PlanCase) -> None:
        _empty(self._bars)
        _empty(self._backs)
        step = self.next_step()
        for widget in (self.go_button, self.on, self._day_word):
            widget.setVisible(step is not None)
        bars = list(step.bars) if step else []
        if step is not None:
            bars += [self.tr("没有填{name}").format(name=label("distribution", n)) for n in step.needs]
            self.next_word.setText(self.tr("下一步：{word}").format(word=step.word))
            self.go_button.setText(step.word)
            self._judge()
        else:
            state = next((t.word for t in case.track if t.status == "current"), "")
            self.next_word.setText(self.tr("现在是“{word}”，没有后续步骤").format(word=state))
        if bars:
            self.left.show_status(self.tr("还差 {n} 项").format(n=len(bars)), "alert", "warning")
        else:
            self.left.show_status(self.tr("可以办理") if step else "", "ok" if step else "", "success")
        for bar in bars:
            self._bars.addWidget(_clause("circle", "text_3", bar, self._mends(bar)))
        hints = len(case.view.interests)
        if hints and step is not None:
            words = self.tr("{n} 户（人）与村镇干部同名、同户或是其家人，请核实；不影响办理，不写进公示")
            words = words.format(n=hints)
            way = (self.tr("看是谁"), self.wizard.go_to_interest)
            self._bars.addWidget(_clause("alert", "warning", words, way))
        for back in case.steps:
            if back.name in FORWARD:
                continue
            button = Button(back.word, small=True)
            button.setEnabled(back.allowed)
            button.setToolTip("；".join(back.bars))
            button.clicked.connect(lambda _=False, back=back: self.take_back_step(back))
            self._backs.addWidget(button)

    def _mends(self, bar: str) -> tuple[str, object] | None:
        """Where a guard's clause leads: (word of the link, what it does)."""
        if "决策" in bar or "到会" in bar or "同意" in bar or "决议" in bar:
            return self.tr("去补"), self.add_decision if "没有填" in bar else self.edit_decision
        if "公示" in bar or "异议" in bar:
            if self._notice() is None:
                return self.tr("拟公示稿"), self.draft_notice
            return self.tr("打开公示"), self.open_notice
        if "发放" in bar:
            return self.tr("去发放"), lambda: self.wizard.show_step(4)
        if "期初" in bar:
            return self.tr("去选收益"), lambda: self.wizard.show_step(0)
        if "审核人" in bar:
            return None
        return self.tr("去改"), self.wizard.go_to_problem

    # -- acting ------------------------------------------------------------------------------------------------

    def day(self) -> str | None:
        """The day on which the step happened, ISO: what was done earlier is written down with its own day."""
        date = self.on.value()
        return date.iso() if date is not None and date.precision == "day" else None

    def _judge(self) -> None:
        step = self.next_step()
        self.go_button.setEnabled(step is not None and not step.bars and not step.needs and self.day() is not None)

    def take_next(self) -> None:
        """The primary step."""
        step, plan, on = self.next_step(), self.wizard.plan, self.day()
        if step is not None and not step.bars and not step.needs and on is not None:
            self.wizard.write(
                lambda: take_step(self.ws, "distribution", plan, step.name, on=on), step.word, moved=True, once=True
            )

    def take_back_step(self, step: StepView) -> None:
        """A step back or away, with its reason."""
        dialog = ReasonDialog(
            step.word, self.tr("原因会写进办理经过。"), step.word, self.tr("先不办"), self
        )
        if dialog.exec():
            plan, reason, on = self.wizard.plan, dialog.reason(), self.day()
            self.wizard.write(
                lambda: take_step(self.ws, "distribution", plan, step.name, on=on, note=reason), step.word, moved=True
            )

    def _cite(self, decision: object) -> None:
        plan = self.wizard.plan
        self.wizard.write(
            lambda: save_record(self.ws, open_record(self.ws, "distribution", plan), {"decision_id": decision or None}),
            self.tr("已引用决策记录"),
        )

    def add_decision(self) -> None:
        """Write down the decision and cite it."""
        plan, row = self.wizard.plan, self._case.view.row if self._case else {}

        def work(values: dict[str, Any]) -> object:
            made = new_decision(self.ws, plan, values)
            return save_record(self.ws, open_record(self.ws, "distribution", plan), {"decision_id": made})

        first = {"title": row.get("title"), "kind": "distribution", "division_code": row.get("division_code")}
        self._ask_decision(first, work, self.tr("登记并引用"), self.tr("决策记录已登记并引用"))

    def edit_decision(self) -> None:
        """Complete the decision that is cited."""
        cited = str(self._case.view.row.get("decision_id") or "") if self._case else ""
        if not cited:
            self.add_decision()
            return
        record = open_record(self.ws, "decision", cited)
        self._ask_decision(
            record.values, lambda values: save_record(self.ws, record, values), self.tr("保存"),
            self.tr("决策记录已保存"),
        )  # fmt: skip

    def _ask_decision(self, values: Mapping[str, Any], save: Save, go: str, done: str) -> None:
        """The form of a decision record, as it stands on its own page."""
        self.meeting = RecordDialog(
            self.shell, self.tr("决策记录"), "decision", decision_sections(), save, go=go, values=values,
            villages=self.wizard.villages, about=self.tr("四议两公开"), parent=self,
        )  # fmt: skip
        self.meeting.saved.connect(lambda result: self.wizard.wrote(result, done))
        self.meeting.open()

    def draft_notice(self) -> None:
        """Make the notice from the plan, with its uses, lines and 结余."""
        plan = self.wizard.plan
        self.wizard.write(
            lambda: make_notice(self.ws, "distribution", plan), self.tr("公示稿已拟"), moved=True, once=True
        )

    def open_notice(self) -> None:
        """To the notice's own page."""
        hanging = self._notice()
        if hanging is not None:
            self.shell.open(Address("notice", hanging.id))

    def _notice(self) -> NoticeLine | None:
        notices = self._case.notices if self._case else ()
        standing = [n for n in notices if n.state != "cancelled"]
        return standing[0] if standing else None


class _TrackRow(QWidget):
    """One state of the track: icon, word, day and who."""

    def __init__(self, state: TrackState) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        icon, role = {
            "done": ("ok", "success"), "current": ("half", "accent"), "future": ("circle", "text_3"),
        }[state.status]  # fmt: skip
        row.addWidget(Icon(icon, role))
        row.addWidget(Label(state.word, "bold" if state.status == "current" else ""))
        said = "　".join(w for w in (state.on_date, state.by) if w)
        row.addWidget(ElidedLabel(said, "muted"), 1)


def _clause(icon: str, role: str, words: str, way: tuple[str, object] | None) -> QWidget:
    """What stands in the way or is to be looked at, with the link to it."""
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    line.addWidget(Icon(icon, role), 0, Qt.AlignmentFlag.AlignTop)
    line.addWidget(Label(words, wrap=True), 1)
    if way is not None:
        link = Link(way[0])
        link.clicked.connect(way[1])
        line.addWidget(link)
    return row


def _empty(layout: QVBoxLayout | QHBoxLayout) -> None:
    while layout.count():
        widget = layout.takeAt(0).widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
