"""数据交换: 报送, 收包, 冲突, 历史 and 设备 as tabs; what the role may not do is not there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget

from desktop.app.workspace import Workspace
from desktop.registry.tables import SCHEMA
from desktop.ui.navigation import Address
from desktop.ui.pages.conflict_pane import ConflictPane
from desktop.ui.pages.exchange_devices import DevicesPane
from desktop.ui.pages.exchange_history import ExchangeHistoryPane
from desktop.ui.pages.exchange_receive import ReceivePane
from desktop.ui.pages.exchange_send import SendPane
from desktop.ui.pages.page import Page, Shell
from desktop.ui.widgets.detail_pane import TabBar
from desktop.ui.widgets.page_rows import TitleRow


class ExchangePage(Page):
    """`ExchangePage(shell, ws, villages=())`: an address's `part` names the tab.

    Parts: send (export), receive, conflicts, cases, scope, history, devices.
    """

    shows = frozenset(spec.name for spec in SCHEMA.tables)

    def __init__(self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(shell)
        self._ws = ws
        self.title = TitleRow(self.tr("数据交换"), low=True)
        self.title.set_fact(self.tr("县、镇、村的电脑之间用加密签名的数据包来往，不联网"))
        self.lines.addWidget(self.title)
        self.tabs = TabBar()
        self.lines.addWidget(self.tabs)
        self.stack = QStackedWidget()
        self.lines.addWidget(self.stack, 1)
        self.send, self.receive = SendPane(shell, ws), ReceivePane(shell, ws)
        self.devices = DevicesPane(shell, ws)
        self.history = ExchangeHistoryPane(shell, ws)
        self.conflicts = ConflictPane(shell, ws, villages) if ws.may("resolve") else None
        self._panes: dict[str, SendPane | ReceivePane | ConflictPane | DevicesPane | ExchangeHistoryPane] = {
            "send": self.send, "receive": self.receive,
        }  # fmt: skip
        tabs = [("send", self.tr("报送"), ""), ("receive", self.tr("收包"), "")]
        if self.conflicts is not None:
            self._panes["conflicts"] = self.conflicts
            tabs.append(("conflicts", self.tr("冲突"), ""))
            self.conflicts.counted.connect(self._counted)
        self._panes["history"] = self.history
        tabs.append(("history", self.tr("历史"), ""))
        self._panes["devices"] = self.devices
        tabs.append(("devices", self.tr("设备"), ""))
        for pane in self._panes.values():
            self.stack.addWidget(pane)
        self.tabs.set_tabs(tabs)
        self.tabs.changed.connect(self.show_tab)
        self.send.enrol_asked.connect(lambda: self.show_tab("devices"))
        self.devices.enrolled.connect(self.send.refresh)
        self.receive.merged.connect(self.refresh)
        self.history.taken_back.connect(self.refresh)
        self.receive.conflicts_asked.connect(lambda: self.show_tab("conflicts"))
        self._keys()
        self._asked = False

    def _keys(self) -> None:
        for keys, act, word in (
            ("Ctrl+Return", self._forward, self.tr("办这一步：生成、合并或定下冲突")),
            ("Esc", self._escape, self.tr("停下正在做的")),
            ("F2", self._own, self.tr("冲突里自己写一个值")),
            ("PgUp", lambda: self._step(-1), ""),
            ("PgDown", lambda: self._step(1), ""),
            ("Ctrl+Tab", lambda: self.tabs.step(1), self.tr("下一个标签")),
            ("Ctrl+Shift+Tab", lambda: self.tabs.step(-1), self.tr("上一个标签")),
        ):
            self.bind(keys, act, word)
        for number in range(1, 10):
            word = self.tr("冲突里取第几方的值") if number == 1 else ""
            self.bind(str(number), partial(self._take, number), word)

    # -- places ------------------------------------------------------------------------------------------------

    def tab(self) -> str:
        """Key of the tab shown."""
        return self.tabs.value()

    def show_tab(self, key: str) -> None:
        """Show a tab."""
        if key not in self._panes:
            return
        self.tabs.set_value(key)
        self.stack.setCurrentWidget(self._panes[key])
        self._panes[key].setFocus(Qt.FocusReason.OtherFocusReason)
        self.shell.place_changed(Address("exchange", part=key))

    def show_address(self, address: Address) -> None:
        part = {"scope": "conflicts", "cases": "conflicts", "export": "send"}.get(address.part, address.part)
        if part:
            self.show_tab(part)
        if self.conflicts is not None and part == "conflicts":
            kinds = {"scope": "outside", "cases": "case"}
            self.conflicts.show_kind(kinds.get(address.part, "conflict"))

    def entered(self) -> None:
        if not self._asked:
            self._asked = True
            self.refresh()
        self._panes[self.tab()].setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        self.send.refresh()
        self.devices.refresh()
        self.history.refresh()
        if self.conflicts is not None:
            self.conflicts.refresh()

    def _counted(self, count: int) -> None:
        self.tabs.set_count("conflicts", str(count) if count else "")
        self.receive.told(count)

    # -- keys --------------------------------------------------------------------------------------------------

    def _forward(self) -> None:
        """Ctrl+Enter on the tab shown."""
        if self.tab() == "send":
            self.send.send()
        elif self.tab() == "receive":
            self.receive.merge_all()
        elif self.tab() == "conflicts" and self.conflicts is not None:
            self.conflicts.decide()

    def _escape(self) -> None:
        if self.tab() == "conflicts" and self.conflicts is not None and self.conflicts.card.leave_own():
            return
        self.send.stop()
        self.receive.stop()

    def _own(self) -> None:
        if self.tab() == "conflicts" and self.conflicts is not None:
            self.conflicts.own()

    def _step(self, by: int) -> None:
        if self.tab() == "conflicts" and self.conflicts is not None:
            self.conflicts.step(by)

    def _take(self, number: int) -> None:
        if self.tab() == "conflicts" and self.conflicts is not None:
            self.conflicts.take(number)
