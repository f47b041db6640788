"""The detail of one record beside its list: head, figures, tabs that load when they are shown; reading until F2."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QGraphicsOpacityEffect,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.app.records.editing import open_record, remove_record, restore_record
from desktop.app.rights import Right
from desktop.app.workspace import Workspace
from desktop.ui.dialogs.message import confirm
from desktop.ui.pages.edit_pane import EditPane
from desktop.ui.pages.page import Shell
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.detail_pane import DetailPane
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.labels import Note
from desktop.ui.widgets.menu_button import MenuButton
from desktop.ui.widgets.record_form import Section


class RecordPane(QStackedWidget):
    """`RecordPane(shell, ws, villages=())`: `show_record(id)`, `begin_edit()` (F2), `begin_new(defaults)`.

    A subclass names its `table` and `edit_right`, and overrides

    - `none_chosen()`: the line shown while no record is chosen, with `icon`;
    - `tab_types()`: the tabs in order (see `RecordTab`);
    - `load(record)`: the record's head from a service in `app`, on a worker thread; None when it is not there;
    - `show_head(detail)`: `self.reading.set_head(title, chips, facts)` and `self.show_figures([...])`;
    - `sections(table)`: the form of F2 and Ctrl+N; without it the pane cannot edit and shows no 修改;
    - `remove_words(detail)`: title and sentence of the question before 移除; without it nothing is removed.

    `self.more.add(word, function, icon)` puts further actions into the ⋯ menu. Signals: `added(id)` after a new record
    stands; `closed()` when Esc leaves the pane on a narrow window; `head_shown(detail)`. `shown` is the present head.
    """

    added = Signal(str)
    closed = Signal()
    head_shown = Signal(object)

    table = ""
    icon = "file"
    edit_right: Right | None = None

    def __init__(
        self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.shell, self.ws, self.villages = shell, ws, list(villages)
        self.record = ""
        self.shown: Any = None
        self.may_edit = self.edit_right is None or ws.may(self.edit_right)
        self.reading = DetailPane()
        self.empty = EmptyState(self.icon, self.none_chosen())
        for part in (self.empty, self.reading):
            self.addWidget(part)
        self.setMinimumWidth(self.reading.minimumWidth())
        self._forms: dict[str, EditPane] = {}
        self._opening: EditPane | None = None
        self._types = {kind.key: kind for kind in self.tab_types() if kind.may_show(ws)}
        self._slots: dict[str, _Slot] = {}
        for key, kind in self._types.items():
            self._slots[key] = _Slot(self.tr("再试"))
            self._slots[key].note.link_clicked.connect(lambda key=key: self.reload_tab(key))
            self.reading.add_tab(key, kind.word(), self._slots[key], scroll=False)
        self.reading.tab_changed.connect(self._tab_shown)
        self.edit_button = Button(self.tr("修改"), icon="edit", key="F2", bind=False)
        self.edit_button.clicked.connect(self.begin_edit)
        self.more = MenuButton(tip=self.tr("更多"))
        editable = self.may_edit and bool(self.sections(self.table))
        if editable:
            self.reading.add_button(self.edit_button)
        self.reading.add_button(self.more)
        self.fill_menu()
        if self.may_edit and type(self).remove_words is not RecordPane.remove_words:
            self.more.add(self.tr("移除"), self.remove, "minus")
        self.more.setVisible(bool(self.more.entries()))
        escape = QShortcut(QKeySequence("Esc"), self.reading)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.closed)

    # -- for subclasses ----------------------------------------------------------------------------------------

    def none_chosen(self) -> str:
        """What stands there while no record is chosen."""
        return self.tr("在左边选一条")

    def tab_types(self) -> Sequence[type[RecordTab]]:
        """The tabs in order."""
        return ()

    def fill_menu(self) -> None:
        """Add what belongs into the ⋯ menu; 移除 comes after."""

    def add_paper(self, word: str) -> None:
        """The record's paper in the ⋯ menu, for those who may print; `write_paper` makes it."""
        if self.ws.may("print"):
            self.more.add(word, self.print_paper, "print")

    def print_paper(self) -> None:
        """Ask where, write the paper there."""
        if self.shown is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("存为 PDF"), f"{self.reading.title()}.pdf", "PDF (*.pdf)"
        )
        if name:
            self.print_to(Path(name if name.lower().endswith(".pdf") else f"{name}.pdf"))

    def print_to(self, target: Path) -> None:
        """Write the paper to a file."""
        record = self.record
        self.shell.gates.write(
            lambda _w: self.write_paper(record, target),
            lambda n: self.shell.toast(self.tr("已存 {name}，{n} 页").format(name=target.name, n=n)),
            owner=self, title=self.tr("存为 PDF"),
        )  # fmt: skip

    def write_paper(self, record: str, target: Path) -> int:
        """Make the record's paper; how many pages. On the writing thread; it is logged."""
        raise NotImplementedError

    def load(self, record: str) -> Any:
        """The record's head; on a worker thread."""
        raise NotImplementedError

    def show_head(self, detail: Any) -> None:
        """Title, chips, facts, figures."""

    def sections(self, table: str) -> Sequence[Section]:
        """The form of a table; () when it is not edited here."""
        return ()

    def remove_words(self, detail: Any) -> tuple[str, str]:
        """Title and sentence of the question before the record is removed."""
        raise NotImplementedError

    def bring_back(self, detail: Any) -> None:
        """Undo of 移除, on the writing thread."""
        restore_record(self.ws, self.table, detail.id)

    # -- reading -----------------------------------------------------------------------------------------------

    def show_record(self, record: str) -> None:
        """Load a record; "" shows that none is chosen."""
        if record != self.record:
            self.shown = None  # until the head has come nothing acts on the record before
            self._forget_opening()
        self.record = record
        if not record:
            self.setCurrentWidget(self.empty)
            return
        self.shell.gates.read(
            lambda _work: self.load(record),
            lambda detail: self._show(record, detail),
            owner=self,
            key=f"head-{id(self)}",
            title=self.tr("取这条记录"),
        )

    def _show(self, record: str, detail: Any) -> None:
        if record != self.record:
            return
        self.shown = detail
        if detail is None:
            self.setCurrentWidget(self.empty)
            return
        self.show_head(detail)
        for slot in self._slots.values():
            slot.stale = True
        self._tab_shown(self.reading.tabs.value())
        self._count(record)
        if self.currentWidget() in (self.empty, self.reading):
            self.setCurrentWidget(self.reading)
        self.head_shown.emit(detail)

    def show_figures(self, figures: Sequence[Any]) -> None:
        """The strip of key figures under the tabs."""
        self.reading.figures.show_figures(list(figures))
        self.reading.figures.show()

    def _count(self, record: str) -> None:
        ws, types = self.ws, self._types
        counting = [key for key, kind in types.items() if kind.count is not RecordTab.count]
        if not counting:
            return

        def show(found: Mapping[str, str]) -> None:
            if record == self.record:
                for key, text in found.items():
                    self.reading.set_count(key, text)

        self.shell.gates.read(
            lambda _work: {key: types[key].count(ws, record) for key in counting},
            show,
            owner=self,
            key=f"counts-{id(self)}",
            fail=lambda _error: None,  # the tab itself says what failed when it is opened
        )

    # -- tabs --------------------------------------------------------------------------------------------------

    def tab(self, key: str) -> Any:
        """A tab, made when it is first asked for."""
        slot = self._slots[key]
        if slot.tab is None:
            slot.fill(self._types[key](self))
        return slot.tab

    def show_tab(self, key: str) -> None:
        """Make a tab current; a link's `part` comes here. Unknown keys are ignored."""
        if key in self._slots:
            self.reading.show_tab(key)

    def reload_tab(self, key: str) -> None:
        """Fetch a tab's content again."""
        self._slots[key].stale = True
        if self.record:
            self._count(self.record)
        if self.reading.tabs.value() == key:
            self._tab_shown(key)

    def _tab_shown(self, key: str) -> None:
        slot = self._slots.get(key)
        if slot is None or not slot.stale or self.shown is None:
            return
        slot.stale = False
        tab, record, detail = self.tab(key), self.record, self.shown
        if type(tab).load is RecordTab.load:
            slot.note.hide()
            tab.show_data(detail, None)
            return

        def show(data: Any) -> None:
            if record == self.record:
                slot.note.hide()
                slot.dim(False)
                tab.show_data(detail, data)

        def fail(_error: BaseException) -> None:
            if record == self.record:
                slot.dim(True)
                slot.note.show_words(self.tr("没取到，数据还在"), "", self.tr("再试"), "warning")
                slot.note.show()

        slot.dim(True)
        self.shell.gates.read(
            lambda _work: tab.load(record), show, owner=tab, key=f"tab-{key}-{id(self)}", fail=fail
        )

    # -- editing -----------------------------------------------------------------------------------------------

    def form(self, table: str = "") -> EditPane:
        """The form of a table, made at its first use: a page opens without building forms nobody asked for."""
        table = table or self.table
        if table not in self._forms:
            pane = EditPane(self.shell, self.ws, table, self.sections(table), self.villages)
            pane.opened.connect(lambda pane=pane: self._edit_opened(pane))
            pane.left.connect(lambda pane=pane: self._edit_left(pane))
            if table == self.table:
                pane.added.connect(self.added)
            self._forms[table] = pane
            self.addWidget(pane)
        return self._forms[table]

    def begin_edit(self) -> None:
        """F2."""
        if self.may_edit and self.record and self.currentWidget() is self.reading and self.sections(self.table):
            self.edit_row(self.table, self.record)

    def begin_new(self, defaults: Mapping[str, Any] | None = None) -> None:
        """An empty record of the pane's own table."""
        if self.may_leave():
            self.add_row(self.table, defaults or {})

    def edit_row(self, table: str, record: str) -> None:
        """Edit a record of this or of a dependent table (a member of the household)."""
        if self.may_edit:
            self._forget_opening()
            self._opening = self.form(table)
            self._opening.edit(record)

    def _edit_opened(self, pane: EditPane) -> None:
        """The record stands in the form: it is shown unless one has gone on since."""
        if pane is self._opening:
            self._opening = None
            self.setCurrentWidget(pane)

    def _forget_opening(self) -> None:
        pane, self._opening = self._opening, None
        if pane is not None:
            pane.forget()

    def add_row(self, table: str, defaults: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> None:
        """An empty form; `fixed` columns are stored but not shown (a member's household)."""
        if self.may_edit:
            self._forget_opening()
            pane = self.form(table)
            self.setCurrentWidget(pane)
            pane.begin_new(defaults, fixed)

    def remove(self) -> None:
        """Take the record out of the register, after a question; undo brings it back."""
        detail, ws, gates = self.shown, self.ws, self.shell.gates
        if detail is None:
            return
        title, sentence = self.remove_words(detail)
        if not confirm(title, sentence, self.tr("移除"), self.tr("先不移除"), danger=True, parent=self):
            return
        back: Callable[[], object] = lambda: gates.write(  # noqa: E731
            lambda _work: self.bring_back(detail), title=self.tr("恢复")
        )
        gates.write(
            lambda _work: remove_record(ws, open_record(ws, self.table, detail.id)),
            lambda _done: self.shell.toast(self.tr("已移除"), back),
            owner=self,
            title=self.tr("移除"),
        )

    def may_leave(self) -> bool:
        """Whether another record may be shown; an unfinished edit is kept as a draft or asked about."""
        pane = self.currentWidget()
        if isinstance(pane, EditPane):
            if not pane.ask_before_leaving():
                return False
            self.setCurrentWidget(self.reading if self.record else self.empty)
        return True

    def _edit_left(self, pane: EditPane) -> None:
        if self.currentWidget() is pane:
            self.setCurrentWidget(self.reading if self.record else self.empty)
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        if self.currentWidget() is self.reading:
            self.focus_reading()

    def focus_reading(self) -> None:
        """Where the focus goes when the pane gets it."""
        self.reading.tabs.setFocus(Qt.FocusReason.OtherFocusReason)


class _Slot(QWidget):
    """The place of a tab: empty until it is made, with a note when loading failed."""

    def __init__(self, again: str) -> None:
        super().__init__()
        self.tab: RecordTab | None = None
        self.stale = True
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self.note = Note("warning", "", link=again)
        self.note.hide()
        self._lines.addWidget(self.note)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(400)
        self._slow.timeout.connect(self._fade)

    def fill(self, tab: RecordTab) -> None:
        """Put the tab in."""
        self.tab = tab
        if not tab.scrolls:
            self._lines.addWidget(tab, 1)
            return
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(tab)
        area.viewport().setAutoFillBackground(False)
        tab.setAutoFillBackground(False)
        self._lines.addWidget(area, 1)

    def dim(self, on: bool) -> None:
        """Pale when loading takes more than 0.4 s: what is shown may be the record before."""
        if self.tab is None:
            return
        if on:
            self._slow.start()
        else:
            self._slow.stop()
            self.tab.setGraphicsEffect(None)  # type: ignore[arg-type]

    def _fade(self) -> None:
        if self.tab is not None:
            effect = QGraphicsOpacityEffect(self.tab)
            effect.setOpacity(0.45)
            self.tab.setGraphicsEffect(effect)
