"""Edits one record: a form over what was seen when it was opened, a draft kept while one types, save and give up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.editing import OpenRecord, draft_of, drop_draft, keep_draft, new_record, open_record, save_record
from desktop.app.record_names import record_title
from desktop.app.workspace import Workspace
from desktop.registry.labels import table_label
from desktop.store.unit_of_work import Committed
from desktop.ui.dialogs.message import confirm
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import ElidedLabel, Note, Panel
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.record_form import RecordForm, Section


class EditPane(Panel):
    """`EditPane(shell, ws, table, sections, villages, parent=None)`: `edit(id)` or `begin_new(defaults)`.

    Ctrl+S saves, Esc gives up (asks when something was typed). `saved(id)` after the record stands in the register,
    `left()` when the pane should go. An unfinished edit is kept as a draft with what was seen, so that a change merged
    meanwhile becomes a conflict, not a loss.
    """

    saved = Signal(str)
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
        self._saving = False
        self._fixed: dict[str, Any] = {}
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
        """Open a record for editing; an unfinished edit of it is taken up."""
        self._new, self._record, self._saving = False, None, False
        ws, table = self._ws, self.table

        def function(_work: object) -> tuple[str, OpenRecord, dict[str, Any] | None]:
            kept = draft_of(ws, table, record)
            opened, draft = kept if kept is not None else (open_record(ws, table, record), None)
            return record_title(ws, table, record), opened, draft

        self._shell.gates.read(function, lambda found: self._opened(*found), owner=self, title=self.tr("打开修改"))

    def _opened(self, name: str, record: OpenRecord, draft: dict[str, Any] | None) -> None:
        self._record = record
        self.title.setText(f"{self.tr('修改')} {name}")
        self.form.load(record.values)
        self.note.setVisible(bool(draft))
        if draft:
            self.form.take(draft)
            self.note.show_words(
                self.tr("接着上次没保存的修改"), "", self.tr("不要草稿，从现在的内容改起"), "info"
            )
        self._tell()
        self.form.focus_first()

    def begin_new(self, defaults: Mapping[str, Any] | None = None, fixed: Mapping[str, Any] | None = None) -> None:
        """An empty form; `fixed` columns are stored with the new record but not shown (a member's household)."""
        self._new, self._record, self._saving = True, None, False
        self._fixed = dict(fixed or {})
        self.title.setText(self.tr("新建{what}").format(what=table_label(self.table)))
        self.note.hide()
        self.form.load({})
        self.form.take(dict(defaults or {}))
        self._tell()
        self.form.focus_first()

    # -- editing -----------------------------------------------------------------------------------------------

    def is_dirty(self) -> bool:
        """Whether something was typed that is not saved."""
        return (self._record is not None or self._new) and bool(self.form.changes())

    def _edited(self) -> None:
        self._tell()
        self._keep.start()

    def _tell(self) -> None:
        problems = self.form.problems()
        changed = len(self.form.changes())
        self.save_button.setEnabled(not problems and bool(changed) and not self._saving)
        if problems:
            more = self.tr("，共 {n} 处").format(n=len(problems)) if len(problems) > 1 else ""
            self.bar.set_hint(problems[0] + more, "danger")
        elif changed:
            self.bar.set_hint(self.tr("改了 {n} 项").format(n=changed))
        else:
            self.bar.set_hint("")

    def _keep_draft(self) -> None:
        record, ws = self._record, self._ws
        if record is None or self._saving:
            return
        changes = self.form.changes()

        def act(_work: object) -> None:
            if changes:
                keep_draft(ws, record, changes)
            else:
                drop_draft(ws, record.table, record.id)

        self._shell.gates.read(act, key=f"draft-{id(self)}", owner=self, title=self.tr("存草稿"))

    def _forget_draft(self) -> None:
        record = self._record
        if record is not None:
            ws = self._ws
            self._shell.gates.read(
                lambda _w: drop_draft(ws, record.table, record.id), lambda _r: self.edit(record.id), owner=self
            )

    # -- ending ------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Commit what was changed; nothing happens while a field is wrong."""
        problems = self.form.problems()
        if problems:
            self.form.focus_first()
            return
        changes, ws, table, record = self.form.changes(), self._ws, self.table, self._record
        if self._saving or not changes:
            if not changes and not self._new:
                self.left.emit()
            return
        self._saving = True
        self._keep.stop()
        self._tell()
        if self._new:
            values = {**self._fixed, **{k: v for k, v in self.form.values().items() if v is not None}}
            self._shell.gates.write(
                lambda _w: new_record(ws, table, values),
                self._added,
                owner=self,
                title=self.tr("保存"),
                fail=self._failed,
            )
        elif record is not None:

            def function(_work: object) -> Committed:
                done = save_record(ws, record, changes)
                drop_draft(ws, record.table, record.id)
                return done

            self._shell.gates.write(
                function, lambda done: self._saved(record, done, len(changes)), owner=self, title=self.tr("保存"),
                fail=self._failed,
            )  # fmt: skip

    def _added(self, record: str) -> None:
        self._saving, self._new = False, False
        self._shell.toast(self.tr("已新建"))
        self.saved.emit(record)
        self.left.emit()

    def _saved(self, record: OpenRecord, done: Committed, count: int) -> None:
        self._saving, self._record = False, None
        ws, gates = self._ws, self._shell.gates
        undo = self.tr("撤回修改")
        self._shell.toast(
            self.tr("已保存 {n} 项").format(n=count),
            lambda: gates.write(lambda _w: ws.register.undo(done.unit_id), title=undo),
        )
        self.saved.emit(record.id)
        self.left.emit()

    def _failed(self, error: BaseException) -> None:
        self._saving = False
        self._tell()
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
        self._keep.stop()
        record, ws = self._record, self._ws
        if record is not None:
            self._shell.gates.read(lambda _w: drop_draft(ws, record.table, record.id), key=f"draft-{id(self)}")
        self._record, self._new = None, False
        self.left.emit()

    def ask_before_leaving(self) -> bool:
        """For the page: True when the pane may be left (nothing typed, or what was typed is kept as a draft)."""
        if not self.is_dirty():
            return True
        if self._record is not None:
            self._keep.stop()
            self._keep_draft()
            self._shell.toast(self.tr("没保存的修改已存为草稿"))
            return True
        self.give_up()
        return not self.is_dirty()
