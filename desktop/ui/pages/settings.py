"""设置: 本机 (单位, 用户, 设备, 备份, 显示与输入), 县里的规定, 代码表; what one may not do is not offered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from desktop.app.exchange.exchanging import devices_of
from desktop.app.keeping.safekeeping import (
    back_up,
    back_up_drafts,
    back_up_here,
    bring_back_drafts,
    change_role,
    drafts_place,
    kept_drafts,
    new_recovery_code,
    on_server,
    stop_user,
    users,
)
from desktop.app.rights import ROLE_WORDS
from desktop.app.workspace import Workspace
from desktop.common.version import product_version
from desktop.exchange.devices import KnownDevice
from desktop.exchange.package.device_keys import fingerprint
from desktop.store import backup
from desktop.store.backup_plan import KeptBackup
from desktop.store.keys import ROLES, Role, User
from desktop.store.register_folder import RegisterFolder
from desktop.store.server_drafts import SUFFIX as DRAFTS_SUFFIX
from desktop.ui import preferences
from desktop.ui.dialogs.message import confirm
from desktop.ui.dialogs.recovery_dialog import RecoveryDialog
from desktop.ui.dialogs.user_dialog import PassphraseDialog, UserDialog
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.facts import FactGrid
from desktop.ui.pages.page import Page, Shell
from desktop.ui.pages.settings_parts.code_lists import CodeListsPart
from desktop.ui.pages.settings_parts.rules import RulesPart
from desktop.ui.theme import repolish, theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.detail_pane import TabBar
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import Card, Label, Link, Note, Panel, rule
from desktop.ui.widgets.page_rows import TitleRow
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable

NARROW = 900
"""Width (px) below which the cards stand below one another."""


class SettingsCard(Card):
    """A titled card with a line of explanation, a button at the right, and a body."""

    def __init__(self, title: str, fact: str, body: QWidget, buttons: Sequence[Button] = ()) -> None:
        super().__init__()
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(8)
        head.addWidget(Label(title, "strong"))
        self.fact = Label(fact, "caption")
        head.addWidget(self.fact, 1)
        for button in buttons:
            head.addWidget(button)
        self.body.addLayout(head)
        self.body.addWidget(rule())
        self.body.addWidget(body)


class SettingsPage(Page):
    """`SettingsPage(shell, ws, kept)`: three tabs; on the first all cards of this machine on one scrolling page, the
    list at the left jumps to one. An address's `part` names a card, `rules` or `codes`, its `record` a rule or a list.
    """

    shows = frozenset({"setting", "code_item"})

    def __init__(self, shell: Shell, ws: Workspace, kept: QSettings) -> None:
        super().__init__(shell)
        self._ws, self._kept = ws, kept
        self._admin = ws.may("admin")
        title = TitleRow(self.tr("设置"), low=True)
        title.set_fact(self.tr("乡册 {v} · {unit}").format(v=product_version(), unit=ws.unit_name))
        self.lines.addWidget(title)
        self.tabs = TabBar()
        self.tabs.set_tabs([
            ("here", self.tr("本机"), ""), ("rules", self.tr("县里的规定"), ""), ("codes", self.tr("代码表"), ""),
        ])  # fmt: skip
        self.tabs.changed.connect(self.show_tab)
        self.lines.addWidget(self.tabs)
        self.stack = QStackedWidget()
        self.lines.addWidget(self.stack, 1)
        here = QWidget()
        row = QHBoxLayout(here)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._nav = QVBoxLayout()
        self._nav.setContentsMargins(8, 10, 8, 10)
        self._nav.setSpacing(0)
        side, edge = Panel("surface"), rule("v")
        side.setFixedWidth(164)
        side.setLayout(self._nav)
        row.addWidget(side)
        row.addWidget(edge)
        self._index = (side, edge)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        inner = QWidget()
        columns = self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, inner)
        columns.setContentsMargins(14, 12, 16, 12)
        columns.setSpacing(14)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(12)
        columns.addLayout(left, 1)
        columns.addLayout(right, 1)
        self.cards: dict[str, SettingsCard] = {}
        for key, word, card, column in (
            ("unit", self.tr("单位"), self._unit_card(), left),
            ("users", self.tr("用户"), self._user_card(), left),
            ("devices", self.tr("设备"), self._device_card(), left),
            ("backup", self.tr("备份"), self._backup_card(), right),
            ("display", self.tr("显示与输入"), self._display_card(), right),
        ):
            self.cards[key] = card
            column.addWidget(card)
            link = Link(word)
            link.setMinimumHeight(34)
            link.setContentsMargins(10, 0, 10, 0)
            repolish(link, tone="")
            link.clicked.connect(lambda key=key: self.jump(key))
            self._nav.addWidget(link)
        self._nav.addStretch(1)
        left.addStretch(1)
        right.addStretch(1)
        self.area.setWidget(inner)
        inner.setAutoFillBackground(False)
        self.area.viewport().setAutoFillBackground(False)
        row.addWidget(self.area, 1)
        self.stack.addWidget(here)
        self.rules, self.codes = RulesPart(shell, ws), CodeListsPart(shell, ws)
        self.stack.addWidget(self.rules)
        self.stack.addWidget(self.codes)
        self.bind("Ctrl+Tab", lambda: self.tabs.step(1), self.tr("下一个标签"))
        self.bind("Ctrl+Shift+Tab", lambda: self.tabs.step(-1), self.tr("上一个标签"))
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a narrow window the cards stand below one another and their index gives way to them."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW * max(theme().scale, 1.0)
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._columns.setDirection(way)
        for part in self._index:
            part.setVisible(not narrow)

    def show_tab(self, key: str) -> None:
        """本机 (`here`), `rules` or `codes`."""
        if self.stack.currentWidget() is self.rules and key != "rules" and not self.rules.may_leave():
            self.tabs.set_value("rules")
            return
        self.tabs.set_value(key)
        self.stack.setCurrentIndex(("here", "rules", "codes").index(key))
        self.refresh()

    def jump(self, key: str) -> None:
        """Bring a card into view."""
        if key in self.cards:
            self.area.ensureWidgetVisible(self.cards[key], 0, 20)

    def show_address(self, address: Address) -> None:
        if address.part in ("rules", "codes"):
            self.show_tab(address.part)
            if address.part == "rules":
                if address.record not in ("", self.rules.key) and self.rules.may_leave():
                    self.rules.open_rule(address.record)
            else:
                self.codes.open_list(address.record)
        elif address.part:
            self.show_tab("here")
            self.jump(address.part)

    def may_leave(self) -> bool:
        return self.rules.may_leave()

    def may_close(self) -> bool:
        return True  # a rule half changed does not keep the window from locking

    # -- cards -------------------------------------------------------------------------------------------------

    def _unit_card(self) -> SettingsCard:
        ws = self._ws
        levels = {"county": self.tr("县级"), "town": self.tr("镇级"), "village": self.tr("村级")}
        facts = FactGrid(1)
        facts.setContentsMargins(12, 8, 12, 10)
        facts.show_facts(
            [
                (self.tr("单位"), ws.unit_name),
                (self.tr("级别"), levels.get(ws.level, ws.level)),
                (self.tr("区划代码"), ws.division_code),
                (self.tr("登记册"), ws.place),
            ]
        )
        return SettingsCard(self.tr("单位"), "", facts)

    def _user_card(self) -> SettingsCard:
        self.users = SmallTable(
            [
                Column("name", self.tr("姓名"), 100, "name"),
                Column("role", self.tr("岗位"), 110, stretch=True),
                Column("state", self.tr("状态"), 92, "status"),
            ]
        )
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.users)
        row = QHBoxLayout()
        row.setContentsMargins(12, 8, 12, 10)
        row.setSpacing(8)
        row.addWidget(Label(self.tr("停用的人不删，记录上的名字照旧"), "caption"), 1)
        self.passphrase_button = Button(self.tr("换口令"), icon="key", small=True)
        self.passphrase_button.clicked.connect(self.change_passphrase)
        row.addWidget(self.passphrase_button)
        buttons = []
        if self._admin:
            self.role = Select([(ROLE_WORDS[role], role) for role in ROLES], self.tr("岗位"))
            self.stop_button = Button(self.tr("停用"), "danger", small=True)
            self.stop_button.clicked.connect(self.stop_person)
            self.recovery_button = Button(self.tr("换恢复卡"), small=True)
            self.recovery_button.clicked.connect(self.renew_recovery)
            for button in (self.recovery_button, self.stop_button):
                row.addWidget(button)
            self.add_user_button = Button(self.tr("加用户"), icon="plus", small=True)
            self.add_user_button.clicked.connect(self.add_person)
            buttons.append(self.add_user_button)
        lines.addLayout(row)
        self.users.current_changed.connect(lambda _n: self._tell_user())
        return SettingsCard(self.tr("用户"), self.tr("本机可登录的人"), body, buttons)

    def _device_card(self) -> SettingsCard:
        self.devices = SmallTable(
            [
                Column("name", self.tr("设备"), 120, "name", stretch=True),
                Column("key", self.tr("指纹"), 270, "quiet"),  # whole: it is compared digit by digit
                Column("state", self.tr("状态"), 92, "status"),
            ]
        )
        return SettingsCard(self.tr("设备"), self.tr("县证书签过才能交换数据"), self.devices)

    def _backup_card(self) -> SettingsCard:
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.backups = SmallTable(
            [
                Column("when", self.tr("时间"), 150, "name", stretch=True),
                Column("size", self.tr("大小"), 90, "quiet"),
            ]
        )
        lines.addWidget(self.backups)
        note = Note(
            "info",
            self.tr("备份是加密的，和登记册同一把钥匙。"),
            self.tr("本机的备份在登记册文件夹里；U 盘或另一块硬盘上再存一份才稳妥。"),
        )
        if on_server(self._ws):
            note.show_words(
                self.tr("册里的记录在服务器上，由数据库服务器备份；这里备份的是本机没有办完的草稿。"),
                self.tr("草稿是加密的，在 {place}；关闭时自动留一份。").format(place=drafts_place(self._ws)),
            )
        inset = QVBoxLayout()
        inset.setContentsMargins(12, 10, 12, 10)
        inset.addWidget(note)
        lines.addLayout(inset)
        self.backup_button = Button(self.tr("现在备份"), "primary", "save", small=True)
        self.backup_button.clicked.connect(self.back_up_now)
        self.backup_elsewhere = Button(self.tr("存到别处"), small=True)
        self.backup_elsewhere.clicked.connect(self.choose_backup)
        self.bring_back = Button(self.tr("取回草稿"), small=True)
        self.bring_back.clicked.connect(self.choose_drafts)
        buttons = [self.backup_elsewhere, self.backup_button]
        return SettingsCard(
            self.tr("备份"), "", body, [self.bring_back, *buttons] if on_server(self._ws) else buttons
        )

    def _display_card(self) -> SettingsCard:
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.setContentsMargins(12, 10, 12, 12)
        lines.setSpacing(8)
        stored = str(self._kept.value("mode", ""))
        looks = (
            ("", self.tr("随系统")),
            ("light", self.tr("浅色")),
            ("dark", self.tr("深色")),
            ("contrast", self.tr("高对比")),
        )
        self.mode = Segments(looks, stored)
        self.text_size = Segments(
            [("small", self.tr("小")), ("medium", self.tr("中")), ("large", self.tr("大"))], theme().text_size
        )
        self.density = Segments(
            [("compact", self.tr("紧凑")), ("standard", self.tr("标准")), ("touch", self.tr("触屏"))], theme().density
        )
        for word, segments in (
            (self.tr("颜色"), self.mode),
            (self.tr("字号"), self.text_size),
            (self.tr("疏密"), self.density),
        ):
            row = QHBoxLayout()
            caption = Label(word, "second")
            caption.setFixedWidth(48)
            row.addWidget(caption)
            row.addWidget(segments)
            row.addStretch(1)
            lines.addLayout(row)
            segments.changed.connect(lambda _k: self._dress())
        return SettingsCard(self.tr("显示与输入"), self.tr("只影响本机"), body)

    # -- what is there -----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        if self.stack.currentWidget() is self.rules:
            self.rules.refresh()
            return
        if self.stack.currentWidget() is self.codes:
            self.codes.refresh()
            return
        ws = self._ws

        def function(_work: object) -> tuple[list[User], list[KnownDevice], list[KeptBackup]]:
            folder = ws.register.facts.get("folder")
            if isinstance(folder, RegisterFolder):
                kept = backup.kept(folder)
            else:
                kept = [KeptBackup(p.name, _made_at(p), p.stat().st_size) for p in kept_drafts(ws)]
            return users(ws), devices_of(ws), kept

        self.shell.gates.read(
            function, lambda found: self._show(*found), owner=self, key=f"settings-{id(self)}", title=self.tr("设置")
        )

    def _show(self, people: list[User], devices: list[KnownDevice], kept: list[KeptBackup]) -> None:
        rows = []
        active, stopped = Chip(self.tr("在用"), "success", "ok"), Chip(self.tr("已停用"), "neutral", "lock")
        for person in people:
            state = active if person.active else stopped
            rows.append((person.name, (person.name, ROLE_WORDS[person.role], state)))
        self.users.set_rows(rows)
        self._people = {person.name: person for person in people}
        self.devices.set_rows(
            [
                (
                    d.device.hex(),
                    (_device_name(self, d), fingerprint(d.device), _device_chip(self, d)),
                )
                for d in devices
            ]
        )
        newest = sorted(kept, key=lambda k: k.made_at, reverse=True)[:6]
        self.backups.set_rows(
            [
                (k.name, (k.made_at.astimezone().strftime("%Y-%m-%d %H:%M"), f"{k.size / 1_048_576:,.1f} MB"))
                for k in newest
            ]
        )
        count = self.tr("本机留着 {n} 份").format(n=len(kept)) if kept else self.tr("还没有备份")
        self.cards["backup"].fact.setText(count)
        self.cards["backup"].fact.set_tone("" if kept else "warning")
        self._tell_user()

    def _tell_user(self) -> None:
        chosen = self._people.get(self.users.current_id()) if hasattr(self, "_people") else None
        if self._admin:
            self.stop_button.setEnabled(bool(chosen and chosen.active and chosen.name != self._ws.user))
        self.passphrase_button.setEnabled(chosen is None or chosen.name == self._ws.user or self._admin)

    # -- acts --------------------------------------------------------------------------------------------------

    def _dress(self) -> None:
        mode = self.mode.value()
        theme().configure(text_size=self.text_size.value(), density=self.density.value())  # type: ignore[arg-type]
        preferences.keep_dress(self._kept, mode=mode)
        preferences.dress(self._kept)

    def back_up_now(self) -> None:
        """Into the register's own folder."""
        ws = self._ws
        task = self.shell.gates.write(
            lambda _w: back_up_here(ws, "manual"), self._backed_up, owner=self, title=self.tr("备份")
        )
        self.shell.show_task(task, self.tr("正在备份"))

    def _backed_up(self, _done: object) -> None:
        self.shell.toast(self.tr("已备份，并回读核对过"))
        self.refresh()

    def choose_backup(self) -> None:
        """Ask where, write there."""
        suffix = DRAFTS_SUFFIX if on_server(self._ws) else backup.SUFFIX
        proposed = f"{self._ws.unit_name}{suffix}"
        kinds = self.tr("乡册备份 (*{suffix})").format(suffix=suffix)
        name, _kind = QFileDialog.getSaveFileName(self, self.tr("备份存到"), proposed, kinds)
        if name:
            self.back_up_to(Path(name if name.endswith(suffix) else f"{name}{suffix}"))

    def choose_drafts(self) -> None:
        """Ask for a copy of the drafts."""
        kinds = self.tr("草稿备份 (*{suffix})").format(suffix=DRAFTS_SUFFIX)
        name, _kind = QFileDialog.getOpenFileName(self, self.tr("取回草稿"), str(drafts_place(self._ws)), kinds)
        if name:
            self.take_drafts(Path(name))

    def take_drafts(self, source: Path) -> None:
        """Bring drafts back from a copy; newer ones of this machine stay."""
        ws = self._ws

        def said(found: tuple[int, int]) -> None:
            taken, left = found
            newer = self.tr("；{n} 份本机已有更新的，没有动").format(n=left) if left else ""
            self.shell.toast(self.tr("取回了 {n} 份草稿").format(n=taken) + newer)

        self.shell.gates.write(
            lambda _w: bring_back_drafts(ws, source), said, owner=self, title=self.tr("取回草稿")
        )

    def back_up_to(self, target: Path) -> None:
        """Write one backup file."""
        ws = self._ws
        task = self.shell.gates.write(
            lambda work: (
                back_up_drafts(ws, target) if on_server(ws)
                else back_up(ws, target, lambda done, total: work.progress(done, total))
            ),
            self._backed_up,
            owner=self,
            title=self.tr("备份"),
        )
        self.shell.show_task(task, self.tr("正在备份"))

    def add_person(self) -> None:
        """A new user."""
        self.dialog = UserDialog(self.shell, self._ws, self)
        self.dialog.accepted.connect(self.refresh)
        self.dialog.open()

    def change_passphrase(self) -> None:
        """One's own passphrase, or by an administrator that of the chosen user."""
        name = self.users.current_id() or self._ws.user
        self.passphrases = PassphraseDialog(self.shell, self._ws, name, self)
        self.passphrases.open()

    def stop_person(self) -> None:
        """Take the chosen user's access away."""
        name, ws = self.users.current_id(), self._ws
        if not name or not confirm(
            self.tr("停用 {name}").format(name=name),
            self.tr("停用后不能再登录本机；记录上的名字照旧。以后可以再启用。"),
            self.tr("停用"),
            self.tr("先不停用"),
            danger=True,
            parent=self,
        ):
            return
        self.shell.gates.write(
            lambda _w: stop_user(ws, name), lambda _d: self.refresh(), owner=self, title=self.tr("停用")
        )

    def change_role_of(self, name: str, role: Role) -> None:
        """Another role for a user."""
        ws = self._ws
        self.shell.gates.write(
            lambda _w: change_role(ws, name, role),
            lambda _d: self.refresh(),
            owner=self,
            title=self.tr("改岗位"),
        )

    def renew_recovery(self) -> None:
        """A new recovery card; the old one opens nothing any more."""
        if not confirm(
            self.tr("换恢复卡"),
            self.tr("新卡一出，旧卡就作废。新卡要打印或抄好，锁进单位档案柜。"),
            self.tr("换新卡"),
            self.tr("先不换"),
            parent=self,
        ):
            return
        ws = self._ws
        write_once(  # asked twice, the card on the screen would be void before it is printed
            self, self.shell.gates, lambda _w: new_recovery_code(ws), self._show_recovery, title=self.tr("换恢复卡")
        )

    def _show_recovery(self, code: str) -> None:
        self.recovery = RecoveryDialog(code, self._ws.unit_name, self)
        self.recovery.open()

    def entered(self) -> None:
        self.refresh()
        first = {"rules": self.rules.table, "codes": self.codes.lists}.get(self.tabs.value(), self.users)
        first.setFocus(Qt.FocusReason.OtherFocusReason)


def _made_at(copy: Path) -> datetime:
    """When a copy of the drafts was made."""
    return datetime.fromtimestamp(copy.stat().st_mtime, UTC)


def _device_name(owner: QWidget, device: KnownDevice) -> str:
    name, here = device.name or fingerprint(device.device), owner.tr("本机")
    return owner.tr("{name}（本机）").format(name=name) if device.is_self and name != here else name


def _device_chip(owner: QWidget, device: KnownDevice) -> Chip:
    if device.revoked:
        return Chip(owner.tr("已作废"), "danger", "error")
    if device.valid_until:
        return Chip(owner.tr("已登记"), "success", "ok")
    return Chip(owner.tr("等证书"), "warning", "half")
