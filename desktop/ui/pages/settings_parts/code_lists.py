"""代码表: every list with its items, from when to when they may be chosen and where they are used; a county adds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.county import code_items, county_rules
from desktop.app.county.code_items import ItemLine, ListLine
from desktop.app.county.county_rules import CountyVersion
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.registry.codelists import FIRST
from desktop.registry.county_items import LISTS
from desktop.store.unit_of_work import Committed
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.editors import FieldSpec
from desktop.ui.widgets.labels import ElidedLabel, Label, Note, Panel, rule
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section
from desktop.ui.widgets.small_table import SmallTable

_STATES = {"在用": ("success", "ok"), "未到日子": ("accent", "clock"), "已停用": ("neutral", "lock")}
NARROW = 1000


class CodeListsPart(QWidget):
    """`CodeListsPart(shell, ws)`: lists at the left, the items of one at the right; add, change, end, use again."""

    def __init__(self, shell: Shell, ws: Workspace) -> None:
        super().__init__()
        self.shell, self.ws = shell, ws
        self.name = ""
        self.version: CountyVersion | None = None
        self._lists: dict[str, ListLine] = {}
        self._items: dict[str, ItemLine] = {}
        self._dialog: RecordDialog | None = None
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.state = ElidedLabel("", "second")
        state = QHBoxLayout()
        state.setContentsMargins(14, 10, 14, 10)
        state.addWidget(self.state)
        lines.addLayout(state)
        lines.addWidget(rule())
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        self.lists = SmallTable(
            [
                Column("word", self.tr("代码表"), 140, "name", stretch=True),
                Column("count", self.tr("可选"), 56, "number"),
                Column("added", self.tr("县里加的"), 76, "number"),
            ],
            fill=True,
        )
        self._left = QWidget()
        left = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.addWidget(self.lists)
        body.addWidget(self._left)
        body.addWidget(rule("v"))
        right = Panel("surface")
        side = QVBoxLayout(right)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(14, 8, 14, 8)
        head.setSpacing(8)
        self.title = Label("", "strong")
        self.fact = ElidedLabel("", "caption")
        self.add_button = Button(self.tr("加一项"), "primary", "plus", "Ctrl+N", small=True)
        self.add_button.clicked.connect(self.add)
        head.addWidget(self.title)
        head.addWidget(self.fact, 1)
        head.addWidget(self.add_button)
        side.addLayout(head)
        side.addWidget(rule())
        self.items = SmallTable(
            [
                Column("name", self.tr("名称"), 200, "name", stretch=True),
                Column("state", self.tr("状态"), 96, "status"),
                Column("from", self.tr("启用"), 92, "date"),
                Column("to", self.tr("停用"), 92, "date"),
                Column("used", self.tr("用到"), 64, "number"),
                Column("own", self.tr("来自"), 80, "quiet"),
            ],
            fill=True,
        )
        side.addWidget(self.items, 1)
        side.addWidget(rule())
        foot = QHBoxLayout()
        foot.setContentsMargins(14, 8, 14, 8)
        foot.setSpacing(8)
        self.where = Label("", "second", wrap=True)
        self.change_button = Button(self.tr("改"), icon="edit", small=True)
        self.end_button = Button(self.tr("停用"), small=True)
        self.change_button.clicked.connect(self.change)
        self.end_button.clicked.connect(self.end)
        foot.addWidget(self.where, 1)
        foot.addWidget(self.change_button)
        foot.addWidget(self.end_button)
        side.addLayout(foot)
        self.locked = Note("info", "")
        inset = QVBoxLayout()
        inset.setContentsMargins(14, 0, 14, 10)
        inset.addWidget(self.locked)
        side.addLayout(inset)
        self.locked.hide()
        body.addWidget(right, 1)
        lines.addLayout(body, 1)
        self.lists.current_changed.connect(self.open_list)
        self.items.current_changed.connect(lambda _c: self._tell())
        self.items.opened.connect(lambda _c: self.change())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW * max(theme().scale, 1.0)
        self._left.setFixedWidth(round((250 if narrow else 320) * max(theme().scale, 1.0)))
        self.lists.setColumnHidden(2, narrow)
        self.items.setColumnHidden(5, narrow)

    # -- showing -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask again for the lists and the items of the one shown."""
        ws = self.ws

        def function(_work: object) -> tuple[list[ListLine], CountyVersion]:
            return code_items.lists(ws), county_rules.version(ws)

        self.shell.gates.read(
            function, lambda found: self._show(*found), owner=self, key=f"lists-{id(self)}", title=self.tr("取代码表")
        )

    def _show(self, found: list[ListLine], version: CountyVersion) -> None:
        self.version, self._lists = version, {line.name: line for line in found}
        self.state.setText(county_rules.version_sentence(version))
        self.state.update()
        self.lists.blockSignals(True)
        self.lists.set_rows([(line.name, (line.word, line.in_use, line.added or None)) for line in found])
        self.name = self.name or found[0].name
        self.lists.go_to(self.name)
        self.lists.blockSignals(False)
        self._ask()

    def open_list(self, name: str) -> None:
        """Show the items of a list."""
        if name in LISTS and name != self.name:
            self.name = name
            self._items = {}  # of the other list: the same code names another item there
            self.items.set_rows([])
            self._tell()
            self.lists.go_to(name)
            self._ask()

    def _ask(self) -> None:
        ws, name = self.ws, self.name
        self.shell.gates.read(
            lambda _w: code_items.items_of(ws, name), lambda found: self._show_items(name, found), owner=self,
            key=f"items-{id(self)}", title=self.tr("取代码表"),
        )  # fmt: skip

    def _show_items(self, name: str, found: list[ItemLine]) -> None:
        if name != self.name:
            return
        self._items = {line.code: line for line in found}
        spec, reason = LISTS[name], self.version.why_not if self.version else ""
        self.title.setText(spec.name)
        fixed = self.tr("由国家或省里的表式定下，县里不增减")
        self.fact.setText(self.tr("共 {n} 项；停用的旧记录照样显示").format(n=len(found)) if spec.extendable else fixed)
        self.fact.update()
        self.items.set_rows([(line.code, self._cells(line)) for line in found])
        self.add_button.setVisible(self._may())
        self.locked.show_words(reason)
        self.locked.setVisible(bool(reason) and spec.extendable)
        self._tell()

    def _cells(self, line: ItemLine) -> tuple[Any, ...]:
        tone, icon = _STATES[line.state]
        own = self.tr("县里加的") if line.added else self.tr("县里改过") if line.county else ""
        chip = Chip(line.state, tone, icon)  # type: ignore[arg-type]
        return line.name, chip, line.valid_from, line.valid_to, line.used or None, own

    def _may(self) -> bool:
        return self.name in LISTS and LISTS[self.name].extendable and bool(self.version and not self.version.why_not)

    def _tell(self) -> None:
        line = self._items.get(self.items.current_id())
        may = self._may() and line is not None
        self.change_button.setVisible(may)
        self.end_button.setVisible(may)
        if line is None:
            self.where.setText(self.tr("选一项，看它用在哪里"))
            return
        used = self.tr("用在：{where}").format(where=line.where)
        self.where.setText(used if line.where else self.tr("还没有记录用到它"))
        self.end_button.setText(self.tr("再用起来") if line.valid_to else self.tr("停用"))

    # -- changing ----------------------------------------------------------------------------------------------

    def _sections(self, line: ItemLine | None) -> list[Section]:
        spec = LISTS[self.name]
        others = [(i.name, i.code) for i in self._items.values() if line is None or i.code != line.code]
        places = ((self.tr("最前"), FIRST), *((self.tr("{name}之后").format(name=w), c) for w, c in others))
        fields = [FieldSpec("name", wide=True, required=True)]
        if line is None or line.added:
            if spec.like:
                fields.append(FieldSpec("parent", "choice", True, choices=tuple(others), required=True))
            fields.append(FieldSpec("stands_after", "choice", True, choices=places))
        fields += [FieldSpec("valid_from", "date"), FieldSpec("valid_to", "date")]
        if line is None:
            fields += [FieldSpec("code"), FieldSpec("note")]
        return [Section("", tuple(fields))]

    def add(self) -> None:
        """Ctrl+N: a new item of the list."""
        if not self._may():
            return
        ws, name, spec = self.ws, self.name, LISTS[self.name]

        def save(values: dict[str, Any]) -> Committed:
            words = {key: str(value or "") for key, value in values.items()}
            like, after, word = words.pop("parent", ""), words.pop("stands_after", ""), words.pop("name")
            return code_items.add_item(ws, name, word, like=like, after=after, **words)[1]

        about = self.tr("{why}，和哪一项一样").format(why=spec.like) if spec.like else self.tr("代码不填由程序编")
        last = [code for code in self._items if code != "other"][-1:]
        first = {"stands_after": last[0] if last else None}
        self._open(self.tr("{list}加一项").format(list=spec.name), save, first, None, about)

    def change(self) -> None:
        """Another word, other days, another place."""
        line = self._items.get(self.items.current_id())
        if line is None or not self._may():
            return
        ws, name, code = self.ws, self.name, line.code
        first = {"name": line.name, "valid_from": line.valid_from or None, "valid_to": line.valid_to or None,
                 "stands_after": line.after or None, "parent": line.like or None}  # fmt: skip

        def save(values: dict[str, Any]) -> Committed:
            changed = {key: str(v or "") for key, v in values.items() if v != first.get(key)}
            return code_items.change_item(ws, name, code, **changed)

        self._open(self.tr("改“{name}”").format(name=line.name), save, first, line, "")

    def _open(
        self, title: str, save: Callable[[dict[str, Any]], Committed], values: dict[str, Any], line: ItemLine | None,
        about: str,
    ) -> None:  # fmt: skip
        self._dialog = RecordDialog(
            self.shell, title, "code_item", self._sections(line), save, go=self.tr("保存"), values=values, about=about,
            parent=self,
        )  # fmt: skip
        self._dialog.saved.connect(lambda done: self._saved(done, self.tr("代码表已保存")))
        self._dialog.open()

    def end(self) -> None:
        """End the item from today on, or use an ended one again; undo takes it back."""
        line = self._items.get(self.items.current_id())
        if line is None or not self._may():
            return
        ws, name, code = self.ws, self.name, line.code
        if line.valid_to:
            self._write(lambda _w: code_items.change_item(ws, name, code, valid_to=""),
                        self.tr("“{name}”再用起来").format(name=line.name))  # fmt: skip
        else:
            self._write(lambda _w: code_items.end_item(ws, name, code),
                        self.tr("已停用“{name}”，旧记录照样显示").format(name=line.name))  # fmt: skip

    def _write(self, function: Callable[[Any], Committed], words: str) -> None:
        self.shell.gates.write(
            function, lambda done: self._saved(done, words), owner=self, title=self.tr("改代码表")
        )

    def _saved(self, done: object, words: str) -> None:
        unit = done.unit_id if isinstance(done, Committed) and done.operations else ""
        self.shell.toast(words, (lambda: self._undo(unit)) if unit else None)
        self.refresh()

    def _undo(self, unit: str) -> None:
        self.shell.gates.write(
            lambda _w: take_back_unit(self.ws, unit), lambda _r: self.refresh(), owner=self, title=self.tr("撤回")
        )
