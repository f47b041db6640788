"""县里的规定: every rule with its value now, default, meaning, source, history; who may set it edits it here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.app.county import county_rules
from desktop.app.county.configuring import set_setting
from desktop.app.county.county_rules import CountyVersion, RuleDetail, RuleLine
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.registry.policy_forms import FORMS, meaning_of
from desktop.store.unit_of_work import Committed
from desktop.ui.dialogs.message import confirm
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.page import Shell
from desktop.ui.pages.settings_parts.rule_editors import make_rule_editor
from desktop.ui.pages.settings_parts.rule_value_editors import RuleEditor
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import SearchField
from desktop.ui.widgets.labels import ElidedLabel, Label, Note, Panel, rule
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable

_NOW = 2
NARROW = 1000
"""Width below which the value now stands beside the list alone."""


class RulesPart(QWidget):
    """`RulesPart(shell, ws)`: `refresh()`, `open_rule(key)`, `may_leave()`; one save is one unit of work with undo."""

    def __init__(self, shell: Shell, ws: Workspace) -> None:
        super().__init__()
        self.shell, self.ws = shell, ws
        self.key = ""
        self.shown: RuleDetail | None = None
        self.version: CountyVersion | None = None
        self.editor: RuleEditor | None = None
        self._lines: list[RuleLine] = []
        self._dirty = False
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(14, 8, 14, 8)
        head.setSpacing(10)
        self.search = SearchField(self.tr("找规定：用途、天数、审批"))
        self.search.setFixedWidth(round(240 * max(theme().scale, 1.0)))
        self.state = ElidedLabel("", "second")
        head.addWidget(self.search)
        head.addWidget(self.state, 1)
        lines.addLayout(head)
        lines.addWidget(rule())
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        self.table = SmallTable(
            [
                Column("group", self.tr("类别"), 92, "quiet"),
                Column("title", self.tr("规定"), 180, "name", stretch=True),
                Column("now", self.tr("现在"), 240),
                Column("own", self.tr("来自"), 96, "status"),
            ],
            fill=True,
        )
        body.addWidget(self.table, 1)
        body.addWidget(rule("v"))
        self.side = self._make_side()
        body.addWidget(self.side)
        lines.addLayout(body, 1)
        self.search.searched.connect(lambda _t: self._fill())
        self.search.left_down.connect(self.table.setFocus)
        self.table.current_changed.connect(self._chosen)
        self.table.opened.connect(lambda _k: self.focus_editor())

    def _make_side(self) -> QWidget:
        side = Panel("surface")
        lines = QVBoxLayout(side)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        self._inner = QVBoxLayout(inner)
        self._inner.setContentsMargins(16, 12, 16, 14)
        self._inner.setSpacing(10)
        self.title = Label("", "question")
        self.meaning = Label("", "second", wrap=True)
        self.locked = Note("info", "")
        self.here = Note("warning", self.tr("本机登记到县里之前自己定过这一项"), "", self.tr("改用县里的"))
        self.here.link_clicked.connect(self.use_the_countys)
        self.facts = FactGrid(1)
        self.holder = QWidget()
        holder = QVBoxLayout(self.holder)
        holder.setContentsMargins(0, 0, 0, 0)
        self.setting = Titled(self.tr("改成"), self.holder)
        self.problem = Label("", "caption", wrap=True)
        self.problem.set_tone("danger")
        self.changes = SmallTable([
            Column("when", self.tr("时间"), 136, "date"),
            Column("who", self.tr("谁"), 78),
            Column("what", self.tr("改成"), 160, "name", stretch=True),
        ])  # fmt: skip
        self.history = Titled(self.tr("改过几次"), self.changes)
        for widget in (self.title, self.meaning, self.locked, self.here, self.facts, self.setting, self.problem,
                       self.history):  # fmt: skip
            self._inner.addWidget(widget)
        self._inner.addStretch(1)
        self.area.setWidget(inner)
        inner.setAutoFillBackground(False)
        self.area.viewport().setAutoFillBackground(False)
        lines.addWidget(self.area, 1)
        lines.addWidget(rule())
        self.bar = ActionBar()
        self.default_button = Button(self.tr("恢复默认"))
        self.stay_button = Button(self.tr("不改了"), key="Esc")
        self.save_button = Button(self.tr("保存"), "primary", key="Ctrl+S")
        self.bar.add_left(self.default_button)
        self.bar.add_right(self.stay_button)
        self.bar.add_right(self.save_button)
        self.default_button.clicked.connect(self.restore_default)
        self.stay_button.clicked.connect(self.give_up)
        self.save_button.clicked.connect(self.save)
        lines.addWidget(self.bar)
        side.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        return side

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW * max(theme().scale, 1.0)
        self.table.setColumnHidden(_NOW, narrow)
        self.side.setFixedWidth(round(self.width() * (0.54 if narrow else 0.45)))

    # -- showing -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask again for the list and the rule that is shown."""
        ws = self.ws

        def function(_work: object) -> tuple[list[RuleLine], CountyVersion]:
            return county_rules.rules(ws), county_rules.version(ws)

        self.shell.gates.read(
            function, lambda found: self._show(*found), owner=self, key=f"rules-{id(self)}", title=self.tr("取规定")
        )

    def _show(self, found: list[RuleLine], version: CountyVersion) -> None:
        self._lines, self.version = found, version
        self.state.setText(county_rules.version_sentence(version))
        self.state.update()
        self._fill()
        if not self.key and found:
            self.open_rule(found[0].key)
        elif self.key:
            self._ask()

    def _fill(self) -> None:
        text = self.search.text().strip()
        rows: list[tuple[str, tuple[Any, ...]]] = []
        group = ""
        county, default = Chip(self.tr("县里定的"), "accent", "ok"), Chip(self.tr("默认"), "neutral", "circle")
        here = Chip(self.tr("本机定的"), "warning", "alert")
        for line in self._lines:
            words = f"{line.group}{line.title}{line.now}{meaning_of(line.key)}{FORMS[line.key].source}"
            if text and text not in words:
                continue
            chip = here if line.set_here else county if line.own else default
            chip = Chip.of("conflict") if line.in_conflict and not line.set_here else chip
            rows.append((line.key, (line.group if line.group != group else "", line.title, line.now, chip)))
            group = line.group
        self.table.blockSignals(True)
        self.table.set_rows(rows)
        self.table.go_to(self.key)
        self.table.blockSignals(False)

    def open_rule(self, key: str) -> None:
        """Show a rule."""
        if key in FORMS and key != self.key:
            self.key = key
            for part in (self.setting, self.bar):
                part.setEnabled(False)  # the editor that stands there is the other rule's until this one has come
            self.table.go_to(key)
            self._ask()

    def _chosen(self, key: str) -> None:
        if not key or key == self.key:
            return
        if not self.may_leave():
            self.table.blockSignals(True)
            self.table.go_to(self.key)
            self.table.blockSignals(False)
            return
        self.open_rule(key)

    def _ask(self) -> None:
        ws, key = self.ws, self.key
        self.shell.gates.read(
            lambda _w: county_rules.rule(ws, key), self._show_rule, owner=self, key=f"rule-{id(self)}",
            title=self.tr("取规定"),
        )  # fmt: skip

    def _show_rule(self, found: RuleDetail) -> None:
        if found.line.key != self.key or (self._dirty and self.shown and self.shown.line.key == self.key):
            return  # what is being typed is newer than what was loaded
        self.shown, self._dirty = found, False
        for part in (self.setting, self.bar):
            part.setEnabled(True)
        line, form = found.line, found.form
        self.title.setText(form.title)
        self.meaning.setText(found.meaning)
        facts = [(self.tr("现在"), line.now if line.own else self.tr("{now}（默认）").format(now=line.now))]
        if line.own:
            facts.append((self.tr("默认"), found.default_word))
        facts.append((self.tr("依据"), form.source))
        if line.set_by:
            facts.append((self.tr("谁定的"), f"{line.set_by} {line.set_at}"))
        self.facts.show_facts(facts)
        reason = self.version.why_not if self.version else ""
        self.locked.show_words(reason, link="")
        self.locked.setVisible(bool(reason))
        said = self.tr("县里发来的不会改它。改用县里的，这一项就按县里的办。")
        link = self.tr("改用县里的") if self.ws.may("admin") else ""
        self.here.show_words(self.tr("本机登记到县里之前自己定过这一项"), said, link)
        self.here.setVisible(line.set_here)
        self._show_editor(found, not reason)
        self.changes.set_rows([
            (str(n), (c.when, c.who, self.tr("{what}（已撤回）").format(what=c.after) if c.taken_back else c.after))
            for n, c in enumerate(found.history)
        ])  # fmt: skip
        self.history.setVisible(bool(found.history))
        self.bar.setVisible(not reason)
        self._judge()

    def _show_editor(self, found: RuleDetail, may: bool) -> None:
        layout = self.holder.layout()
        if self.editor is not None and layout is not None:
            layout.removeWidget(self.editor)
            self.editor.hide()
            self.editor.deleteLater()
        self.editor = None
        self.setting.setVisible(may)
        if may and layout is not None:
            self.editor = make_rule_editor(found.form.shape)
            self.editor.set_value(found.value)
            self.editor.changed.connect(self._edited)
            layout.addWidget(self.editor)

    # -- editing -----------------------------------------------------------------------------------------------

    def focus_editor(self) -> None:
        """To the first field."""
        if self.editor is not None:
            self.editor.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.editor.setFocus(Qt.FocusReason.TabFocusReason)
            self.editor.focusNextChild()

    def typed(self) -> tuple[Any, str]:
        """What is typed, and why it cannot be set ("" when it can)."""
        if self.editor is None or self.shown is None:
            return None, ""
        try:
            value = self.editor.value()
            self.shown.form.shape.check(value)
        except ValueError as error:
            return None, str(error)
        except TypeError:
            return None, self.tr("还没有填")
        return value, ""

    def _edited(self) -> None:
        self._dirty = True
        self._judge()

    def _judge(self) -> None:
        value, why = self.typed()
        shown = self.shown
        changed = self._dirty and shown is not None and (bool(why) or value != shown.value)
        self._dirty = changed
        self.problem.setText(why if changed else "")
        self.problem.setVisible(bool(why) and changed)
        self.save_button.setEnabled(changed and not why)
        self.stay_button.setEnabled(changed)
        self.default_button.setEnabled(shown is not None and shown.line.own)
        said = ""
        if changed and not why and shown is not None:
            said = self.tr("改成：{now}").format(now=shown.form.shape.show(value))
        self.bar.set_hint(said)
        self.shell.say_unsaved(self, self.tr("规定改了还没有保存") if changed else "")

    def give_up(self) -> None:
        """Esc: as it is stored."""
        self._dirty = False
        if self.shown is not None:
            self._show_rule(self.shown)

    def may_leave(self) -> bool:
        """Ask before what was typed is given up."""
        if self._dirty and not confirm(
            self.tr("放下修改"), self.tr("“{title}”改了还没有保存。").format(title=self.title.text()),
            self.tr("放下"), self.tr("接着改"), parent=self,
        ):  # fmt: skip
            return False
        self.give_up()
        return True

    def save(self) -> None:
        """Ctrl+S: one unit of work."""
        value, why = self.typed()
        if self.shown is None or why or not self._dirty:
            return
        ws, key = self.ws, self.shown.line.key
        words = self.tr("已保存：{title} {now}").format(
            title=self.shown.form.title, now=self.shown.form.shape.show(value)
        )
        self._write(lambda _w: set_setting(ws, key, value), words, self.tr("保存规定"))

    def use_the_countys(self) -> None:
        """What this machine set on its own before it was enrolled is taken back."""
        ws, key = self.ws, self.key

        def done(_count: int) -> None:
            self.shell.toast(self.tr("已改用县里的"))
            self.refresh()

        self.shell.gates.write(
            lambda _w: county_rules.use_the_countys(ws, key), done, owner=self, title=self.tr("改用县里的")
        )

    def restore_default(self) -> None:
        """The county's value is taken away; undo brings it back."""
        if self.shown is None:
            return
        ws, key = self.ws, self.shown.line.key
        words = self.tr("已恢复默认：{title} {now}").format(title=self.shown.form.title, now=self.shown.default_word)
        self._write(lambda _w: set_setting(ws, key, None), words, self.tr("恢复默认"))

    def _write(self, function: Callable[[Any], Committed], words: str, title: str) -> None:
        def done(result: Committed) -> None:
            self._dirty = False
            self.shell.toast(words, lambda: self._undo(result.unit_id))
            self.refresh()

        def fail(error: BaseException) -> None:
            self.shell.show_error(error, title)
            self._judge()

        write_once(self, self.shell.gates, function, done, title=title, fail=fail)

    def _undo(self, unit: str) -> None:
        self.shell.gates.write(
            lambda _w: take_back_unit(self.ws, unit), lambda _r: self.refresh(), owner=self, title=self.tr("撤回")
        )
