"""The detail of a case beside its list: its track under the head, next steps with what bars them, the way it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.app.cases.case_documents import MAKERS, print_case
from desktop.app.cases.cases import CaseDetail, case_detail, case_facts, decision_choices, party_choices
from desktop.app.cases.procedures import StepView
from desktop.app.records.undoing import take_back_unit
from desktop.app.rights import RIGHT_WORDS
from desktop.insight.case_lists import FindingRow
from desktop.registry.labels import label
from desktop.registry.procedures import PROCEDURES
from desktop.ui.case_fields import ELSEWHERE
from desktop.ui.dialogs.step_dialog import StepDialog
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import ElidedLabel, Icon, Label
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.state_track import StateTrack, TrackNode

STATE_CHIPS = {
    "found": ("neutral", "circle"), "assigned": ("accent", "half"), "done": ("accent", "half"),
    "closed": ("success", "ok"), "void": ("neutral", "minus"),
    "draft": ("neutral", "circle"), "running": ("accent", "half"), "ended": ("success", "ok"),
    "cancelled": ("neutral", "minus"), "written_off": ("success", "ok"), "rejected": ("neutral", "minus"),
    "stopped": ("neutral", "minus"), "certified": ("success", "ok"), "answered": ("success", "ok"),
    "dropped": ("neutral", "minus"), "handed_on": ("success", "ok"), "open": ("neutral", "circle"),
    "applied": ("neutral", "circle"),
}  # fmt: skip
"""State → tone and icon (DESIGN §2.4); any other state is under way."""


def state_chip(state: str, word: str) -> Chip:
    """The chip of a case's state."""
    tone, icon = STATE_CHIPS.get(state, ("accent", "half"))
    return Chip(word, tone, icon)  # type: ignore[arg-type]


def finding_chip(row: FindingRow) -> Chip:
    """The state with what presses: 已逾期 4 天, 3 天后到期, else the state's own word."""
    if row.late:
        return Chip.of("overdue", f"已逾期 {row.late} 天")
    if row.state == "assigned" and row.days_left is not None and row.days_left <= 7:
        return Chip.of("due_soon", f"{row.days_left} 天后到期" if row.days_left else "今天到期")
    return state_chip(row.state, row.state_word)


class CasePane(RecordPane):
    """Base of panes for cases; a subclass names `table`, gives tabs, head, sections. `shown` is a `CaseDetail`."""

    edit_right = "edit-assets"

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.dialog: StepDialog | None = None
        self.track = StateTrack()
        self.track.hide()
        layout = self.reading.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, self.track)

    def load(self, record: str) -> CaseDetail | None:
        return case_detail(self.ws, self.table, record)

    def show_head(self, detail: CaseDetail) -> None:
        title, chips, facts = self.head_words(detail)
        self.reading.set_head(title, [state_chip(detail.state, detail.state_word), *chips], facts)
        self.track.show_nodes(self.nodes(detail))

    def head_words(self, detail: CaseDetail) -> tuple[str, Sequence[Chip], str]:
        """Title, chips besides the state, and the line of facts."""
        raise NotImplementedError

    def nodes(self, detail: CaseDetail) -> list[TrackNode]:
        """The track: the procedure's states with the day each was reached."""
        last = len(detail.track) - 1
        out = []
        for i, t in enumerate(detail.track):
            status = "done" if t.status == "current" and i == last and len(detail.steps) == 0 else t.status
            out.append(TrackNode(t.word, t.on_date[5:] if t.on_date else "", status))
        return out

    def write_paper(self, record: str, target: Path) -> int:
        kind = next(kind for kind, maker in MAKERS.items() if maker[0] == self.table)
        return print_case(self.ws, kind, record, target)

    def choices(self, detail: CaseDetail, step: StepView) -> Mapping[str, Sequence[tuple[str, str]]]:
        """References a step's fields may take; on a worker thread, which must not ask what is shown by now."""
        code = str(detail.values.get("division_code") or detail.asset.get("division_code") or "")
        found: dict[str, Sequence[tuple[str, str]]] = {"decision_id": decision_choices(self.ws, code)}
        if self.table == "handover":
            found |= dict.fromkeys(("from_party_id", "to_party_id"), party_choices(self.ws))
        return found

    def step_values(self, step: StepView) -> dict[str, Any]:
        """What the fields of a step show at first."""
        return dict(self.shown.values)

    def remark(self, step: StepView) -> str:
        """What one should know before a step, said above its buttons; "" for most."""
        return ""

    def take(self, name: str) -> None:
        """Open the dialog of a step that begins in the present state."""
        detail = self.shown
        step = next((s for s in detail.steps if s.name == name), None) if detail is not None else None
        if step is None or not self.may_edit:
            return

        def show(choices: Mapping[str, Sequence[tuple[str, str]]]) -> None:
            if self.shown is None or self.shown.id != detail.id or self.shown.state != detail.state:
                return
            about, *_ = self.head_words(detail)
            self.dialog = StepDialog(
                self.shell, self.ws, self.table, detail.id, step, self.step_values(step), choices=choices,
                villages=self.villages, about=about, parent=self,
            )  # fmt: skip
            self.dialog.set_remark(self.remark(step))
            self.dialog.saved.connect(lambda done: self._taken(step, done))
            self.dialog.open()

        self.shell.gates.read(
            lambda _w: self.choices(detail, step), show, owner=self, key=f"step-{id(self)}", title=step.word
        )

    def _taken(self, step: StepView, done: Any) -> None:
        self.show_record(self.record)  # in a dialog nobody else tells that it changed
        ws, gates, title = self.ws, self.shell.gates, self.tr("撤回")
        unit = done.unit_id
        self.shell.toast(
            self.tr("已办理：{step}").format(step=step.word),
            lambda: gates.write(lambda _w: take_back_unit(ws, unit), title=title),
        )


class StepsTab(RecordTab):
    """办理: what may come next and what still bars it, the facts of the case, the way it went."""

    key = "steps"
    facts: tuple[str, ...] = ()

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.buttons: dict[str, Button] = {}
        self._next = QVBoxLayout()
        self._next.setSpacing(6)
        holder = QWidget()
        holder.setLayout(self._next)
        self._next.setContentsMargins(0, 0, 0, 0)
        self.lines.addWidget(Titled(self.tr("下一步"), holder))
        self.grid = FactGrid()
        self.about = Titled(self.tr("事项"), self.grid)
        self.lines.addWidget(self.about)
        self._way = QVBoxLayout()
        self._way.setSpacing(4)
        self._way.setContentsMargins(0, 0, 0, 0)
        way = QWidget()
        way.setLayout(self._way)
        self.lines.addWidget(Titled(self.tr("经过"), way))
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "办理"

    def load(self, record: str) -> Any:
        detail = self.pane.shown
        return case_facts(self.ws, detail, self.facts) if isinstance(detail, CaseDetail) else []

    def show_data(self, detail: CaseDetail, data: Any) -> None:
        _empty(self._next)
        self.buttons = {}
        first = True
        for step in detail.steps:
            self._next.addWidget(self._step_row(detail, step, first and not step.reason_needed))
            first = first and step.reason_needed
        if not detail.steps:
            self._next.addWidget(Label(self.tr("已办完，没有后续步骤"), "second"))
        self.grid.show_facts(data)
        self.about.setVisible(bool(data))
        _empty(self._way)
        for line in reversed(detail.taken):
            words = "　".join(w for w in (line.by, line.source_doc, line.note) if w)
            self._way.addWidget(_way_row(line.on_date, line.word, words))
        if not detail.taken:
            self._way.addWidget(Label(self.tr("还没有办过步骤"), "second"))

    def _step_row(self, detail: CaseDetail, step: StepView, main: bool) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        pane = self.pane
        assert isinstance(pane, CasePane)
        elsewhere = [label(detail.table, c) for c in step.needs if c in ELSEWHERE]
        bars = [*step.bars, *(self.tr("没有填{what}").format(what=w) for w in elsewhere)]
        known = PROCEDURES[detail.table].step(step.name)
        allowed = known is not None and self.ws.may(known.right)
        if not allowed and known is not None:
            bars.append(self.tr("要由能{what}的人办").format(what=RIGHT_WORDS[known.right]))
        button = Button(step.word, "primary" if main and not bars else "plain", small=True)
        button.setMinimumWidth(104)
        button.setEnabled(self.may_edit and allowed)
        button.clicked.connect(lambda: pane.take(step.name))
        self.buttons[step.name] = button
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        if bars:
            row.addWidget(Icon("circle", "warning"), 0, Qt.AlignmentFlag.AlignVCenter)
            words = Label(self.tr("还差：{what}").format(what="；".join(bars)), "second", wrap=True)
            words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            row.addWidget(words, 1)
        else:
            row.addWidget(ElidedLabel(self.tr("要写原因") if step.reason_needed else self.tr("可以办理"), "caption"), 1)
        return line


def _way_row(day: str, word: str, words: str) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(Icon("ok", "success"))
    when = Label(day, "second")
    when.setFixedWidth(86)
    name = Label(word)
    name.setFixedWidth(120)
    row.addWidget(when)
    row.addWidget(name)
    row.addWidget(ElidedLabel(words, "second"), 1)
    return line


def _empty(layout: QVBoxLayout) -> None:
    while layout.count():
        widget = layout.takeAt(0).widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
