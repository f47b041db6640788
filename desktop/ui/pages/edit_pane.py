"""Edits one record: a form over what was seen when it was opened, a draft kept while one types, save and give up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.records.editing import (
    STATUS_SAID,
    DraftsInOrder,
    OpenRecord,
    draft_of,
    new_record,
    open_record,
    remove_record,
    save_record,
)
from desktop.app.records.name_offers import HELPER_COLUMNS, name_offers, shown_values
from desktop.app.records.record_names import record_title
from desktop.app.records.survey_records import VisitMark, visit_marks
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.registry import codelists
from desktop.registry.labels import table_label
from desktop.registry.survey_identity import KEYS, SURVEY_RECORDS
from desktop.store.unit_of_work import Committed
from desktop.ui.dialogs.message import confirm
from desktop.ui.dialogs.write_once import is_writing, write_once
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import ElidedLabel, Label, Note, Panel
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.record_form import RecordForm, Section
from desktop.ui.widgets.since_row import SinceRow


class EditPane(Panel):
    """`EditPane(shell, ws, table, sections, villages, parent=None)`: `edit(id)` or `begin_new(defaults)`.

    Ctrl+S saves, Esc gives up (asks when something was typed). `opened()` when the record stands in the form,
    `added(id)` after a new one stands in the register, `left()` when the pane should go. An unfinished edit is kept as
    a draft with what was seen, so that a change merged meanwhile becomes a conflict, not a loss.
    """

    opened = Signal()
    added = Signal(str)
    left = Signal()

    def __init__(
        self,
        shell: Shell,
        ws: Workspace,
        table: str,
        sections: Sequence[Section],
        villages: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("surface", parent)
        self._shell, self._ws, self.table = shell, ws, table
        self._record: OpenRecord | None = None
        self._new = False
        self._sitting = object()
        """What is edited now: an answer or a write of an earlier sitting changes nothing of this one."""
        self._drafts = DraftsInOrder(ws)
        self._fixed: dict[str, Any] = {}
        self._marks: Mapping[str, VisitMark] = {}
        """Columns that hold what a visit wrote: changing them is a correction, with a reason."""
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(14, 12, 14, 4)
        self.title = ElidedLabel("", "question")
        head.addWidget(self.title, 1)
        lines.addLayout(head)
        self.note = Note("info", "", link=self.tr("不要草稿，从现在的内容改起"))
        self.note.setContentsMargins(0, 0, 0, 0)
        self.note.link_clicked.connect(self._forget_draft)
        self.note.hide()
        lines.addWidget(self.note)
        self.form = RecordForm(table, sections, villages)
        lines.addWidget(self.form, 1)
        self.why_part = QWidget()
        why = QVBoxLayout(self.why_part)
        why.setContentsMargins(14, 6, 14, 6)
        why.setSpacing(3)
        self.why_label = Label("", "second")
        self.why = TextField()
        self.why.setAccessibleName(self.tr("为什么更正"))
        self.why.setPlaceholderText(self.tr("如：与工资单核对"))
        self.why.textEdited.connect(lambda _t: self._tell())
        why.addWidget(self.why_label)
        why.addWidget(self.why)
        self.why_part.hide()
        lines.addWidget(self.why_part)
        self.since = SinceRow()
        self.since.hide()
        self.since.changed.connect(self._tell)
        lines.addWidget(self.since)
        self.bar = ActionBar()
        self.cancel_button = Button(self.tr("不改了"), key="Esc")
        self.save_button = Button(self.tr("保存"), "primary", key="Ctrl+S", bind=False)
        self.bar.add_right(self.cancel_button)
        self.bar.add_right(self.save_button)
        lines.addWidget(self.bar)
        self.save_button.clicked.connect(self.save)
        self.cancel_button.clicked.connect(self.give_up)
        for keys, act in (("Ctrl+S", self.save), ("Esc", self.give_up)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(400)
        self._keep.timeout.connect(self._keep_draft)
        self.form.changed.connect(self._edited)
        self.setFocusProxy(self.form)

    # -- opening -----------------------------------------------------------------------------------------------

    def edit(self, record: str) -> None:
        """Open a record for editing; an unfinished edit of it is taken up. `opened` when it stands in the form."""
        sitting = self._begin(new=False)
        ws, table, drafts = self._ws, self.table, self._drafts

        def function(_work: object) -> tuple[Any, ...]:
            drafts.write()
            kept = draft_of(ws, table, record)
            opened, draft = kept if kept is not None else (open_record(ws, table, record), None)
            shown = shown_values(ws, table, opened.values)
            return record_title(ws, table, record), opened, shown, draft, visit_marks(ws, table, record)

        self._shell.gates.read(
            function, lambda found: self._opened(*found) if sitting is self._sitting else None, owner=self,
            key=f"edit-{id(self)}", title=self.tr("打开修改"),
        )  # fmt: skip

    def _begin(self, *, new: bool) -> object:
        """Another sitting begins (or none)."""
        self._keep.stop()
        self._new, self._record, self._sitting = new, None, object()
        self._begun: dict[str, Any] = {}  # what a new record begins with is not typed by anybody
        return self._sitting

    def forget(self) -> None:
        """A record that is being fetched is not wanted any more."""
        self._begin(new=False)

    def _opened(
        self,
        name: str,
        record: OpenRecord,
        shown: Mapping[str, Any],
        draft: dict[str, Any] | None,
        marks: Mapping[str, VisitMark],
    ) -> None:
        self._record, self._marks = record, marks
        self.title.setText(f"{self.tr('修改')} {name}")
        self.form.load(shown)
        self._ask_names({**record.values, "id": record.id})
        self.form.lock(KEYS.get(self.table, ()))
        self.why.clear()
        self.since.reset()
        self.note.setVisible(bool(draft))
        self._tell_origin(record.values, marks)
        if draft:
            self.form.take(draft)
            self.note.show_words(
                self.tr("接着上次没保存的修改"), "", self.tr("不要草稿，从现在的内容改起"), "info"
            )
        self._tell()
        self.opened.emit()
        self.form.focus_first()

    def _tell_origin(self, values: Mapping[str, Any], marks: Mapping[str, VisitMark]) -> None:
        """Once above the form where everything comes from one visit, else under each field."""
        filled = [column for column in self.form.editors if values.get(column) is not None]
        visits = {marks[column].words if column in marks else "" for column in filled}
        if len(visits) == 1 and "" not in visits:
            self.form.tell_origin({})
            words = self.tr("填的内容来自 {visit}；改它们要写为什么更正").format(visit=visits.pop())
            self.note.show_words(words, "", "", "info")
            self.note.show()
            return
        said = self.tr("来自 {visit}")
        self.form.tell_origin({c: said.format(visit=marks[c].words) for c in filled if c in marks})

    def begin_new(self, defaults: Mapping[str, Any] | None = None, fixed: Mapping[str, Any] | None = None) -> None:
        """An empty form; `fixed` columns are stored with the new record but not shown (a member's household)."""
        self._begin(new=True)
        self._fixed = dict(fixed or {})
        self.title.setText(self.tr("新建{what}").format(what=table_label(self.table)))
        self.note.hide()
        self._marks = {}
        self.form.lock(())
        self.form.tell_origin({})
        self.form.load({})
        self.form.take(dict(defaults or {}))
        self._begun = self.form.changes()
        self._ask_names({**(defaults or {}), **self._fixed})
        self._tell()
        self.form.focus_first()

    def _ask_names(self, values: Mapping[str, Any]) -> None:
        """Names that may be meant come while one types already."""
        ws, table = self._ws, self.table
        if table in HELPER_COLUMNS:
            self._shell.gates.read(
                lambda _w: name_offers(ws, table, values), self.form.offer, owner=self, key=f"names-{id(self)}",
                fail=lambda _error: None,
            )  # fmt: skip

    # -- editing -----------------------------------------------------------------------------------------------

    def is_dirty(self) -> bool:
        """Whether something was typed that is not saved."""
        changes = self.form.changes() if self._record is not None or self._new else {}
        return bool(changes) and not (self._new and changes == self._begun)

    def _edited(self) -> None:
        self._tell()
        self._keep.start()

    def _tell(self) -> None:
        problems = self.form.problems()
        changes = self.form.changes()
        changed = len(changes)
        corrected = [self._marks[column] for column in changes if column in self._marks]
        self.why_part.setVisible(bool(corrected))
        if corrected:
            self.why_label.setText(self.tr("改的是 {visit}填的，为什么更正").format(visit=corrected[0].words))
        asked = self._asks_since(changes)
        self.since.setVisible(asked)
        if asked:
            self.since.ask(codelists.word("asset_status", changes["status"]))
            problems = [*problems, *(p for p in (self.since.problem(),) if p)]
        lacking = bool(corrected) and not self.why.text().strip()
        self.save_button.setEnabled(not problems and bool(changed) and not lacking)
        if lacking and not problems:
            self.bar.set_hint(self.tr("写明为什么更正，就可以保存"))
        elif problems:
            more = self.tr("，共 {n} 处").format(n=len(problems)) if len(problems) > 1 else ""
            untouched = self._new and changes == self._begun  # an empty form has done nothing wrong yet
            self.bar.set_hint(problems[0] + more, "" if untouched else "danger")
        elif changed:
            self.bar.set_hint(self.tr("改了 {n} 项").format(n=changed))
        else:
            self.bar.set_hint("")

    def _asks_since(self, changes: Mapping[str, Any]) -> bool:
        """Whether an asset gets another status: then from which day on is asked."""
        return self.table == "asset" and not self._new and bool(changes.get("status"))

    def _keep_draft(self) -> None:
        if self._record is not None and not is_writing(self):
            self._drafts.keep(self._record, self.form.changes())
            self._write_drafts()

    def _write_drafts(self) -> None:
        self._shell.gates.read(lambda _w: self._drafts.write(), title=self.tr("存草稿"))

    def _forget_draft(self) -> None:
        record = self._record
        if record is not None:
            self._drafts.drop(record)
            self.edit(record.id)

    # -- ending ------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Commit what was changed; nothing happens while a field is wrong."""
        problems = self.form.problems()
        if problems:
            self.form.focus_first()
            return
        changes, ws, table, record = self.form.changes(), self._ws, self.table, self._record
        reason = self.why.text().strip() if not self.why_part.isHidden() else ""
        if not self.why_part.isHidden() and not reason:
            self.why.setFocus()
            return
        typed = dict(changes)
        if self._asks_since(changes):
            if self.since.problem():
                self.since.day.setFocus()
                return
            changes |= {"status_since": self.since.since(), "status_doc": self.since.paper()}
        if not changes:
            if not self._new:
                self.left.emit()
            return
        self._keep.stop()
        sitting, drafts, gates, title = self._sitting, self._drafts, self._shell.gates, self.tr("保存")
        if self._new:
            values = {**self._fixed, **{k: v for k, v in self.form.values().items() if v is not None}}
            write_once(
                self, gates, lambda _w: new_record(ws, table, values), self._added, title=title,
                fail=lambda error: self._shell.show_error(error, title),
            )  # fmt: skip
        elif record is not None:

            def function(_work: object) -> Committed:
                done = save_record(ws, record, changes, reason)
                drafts.drop(record)
                drafts.write()
                return done

            count = len(set(changes) - set(STATUS_SAID))
            write_once(
                self, gates, function, lambda done: self._saved(sitting, record, done, count), title=title,
                fail=lambda error: self._failed(record, typed, error),
            )  # fmt: skip

    def _added(self, record: str) -> None:
        self._begin(new=False)
        self._shell.toast(self.tr("已新建"), self._taking_back(record) if self.table in SURVEY_RECORDS else None)
        self.added.emit(record)
        self.left.emit()

    def _taking_back(self, record: str) -> Callable[[], object]:
        """Undo of a new record that nothing else rests on."""
        ws, gates, table = self._ws, self._shell.gates, self.table
        title = self.tr("撤销新建")
        return lambda: gates.write(lambda _w: remove_record(ws, open_record(ws, table, record)), title=title)

    def _saved(self, sitting: object, record: OpenRecord, done: Committed, count: int) -> None:
        ws, gates = self._ws, self._shell.gates
        undo = self.tr("撤回修改")
        self._shell.toast(
            self.tr("已保存 {n} 项").format(n=count),
            lambda: gates.write(lambda _w: take_back_unit(ws, done.unit_id), title=undo),
        )
        if sitting is self._sitting:  # else one has gone on to another record meanwhile
            self._begin(new=False)
            self.left.emit()

    def _failed(self, record: OpenRecord, changes: Mapping[str, Any], error: BaseException) -> None:
        """What could not be saved stays in the form, and as a draft for whoever has left it."""
        self._drafts.keep(record, changes)
        self._write_drafts()
        self._shell.show_error(error, self.tr("保存"))

    def give_up(self) -> None:
        """Leave without saving; asks when something was typed."""
        if self.is_dirty() and not confirm(
            self.tr("有 {n} 项没有保存").format(n=len(self.form.changes())),
            self.tr("丢掉后，这些改动找不回来；登记册里的内容不变。"),
            self.tr("丢掉改动"),
            self.tr("接着改"),
            danger=True,
            parent=self,
        ):
            return
        if self._record is not None:
            self._drafts.drop(self._record)
            self._write_drafts()
        self._begin(new=False)
        self.left.emit()

    def ask_before_leaving(self) -> bool:
        """For the page: True when the pane may be left (nothing typed, or what was typed is kept as a draft)."""
        if is_writing(self):  # a new record that could not be saved would be lost; a changed one is kept as a draft
            if self._new:
                self._shell.toast(self.tr("正在保存，存好就可以离开"))
            return not self._new
        if not self.is_dirty():
            return True
        if self._record is not None:
            self._keep.stop()
            self._drafts.keep(self._record, self.form.changes())
            self._drafts.write()  # at once: the window may be closing, and drops what waits for a thread
            self._shell.toast(self.tr("没保存的修改已存为草稿"))
            return True
        self.give_up()
        return not self.is_dirty()
