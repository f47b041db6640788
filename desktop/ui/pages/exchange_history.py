"""数据交换 · 历史: each merge with what came, a whole one can be taken back; and the packages that were sent."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.app.exchange.package_files import PackageLine, packages_of
from desktop.app.records.undoing import (
    Merge,
    MergedUnit,
    Resting,
    merges,
    resting_on_merge,
    take_back_merge,
    take_back_unit,
    units_of_merge,
)
from desktop.app.workspace import Workspace
from desktop.store.unit_of_work import Committed
from desktop.ui.dialogs.take_back_dialog import TakeBackDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.labels import ElidedLabel, Label
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable


class ExchangeHistoryPane(QWidget):
    """`ExchangeHistoryPane(shell, ws)`: `refresh()` fetches; `taken_back()` after a merge was taken back."""

    taken_back = Signal()

    def __init__(self, shell: Shell, ws: Workspace) -> None:
        super().__init__()
        self._shell, self._ws = shell, ws
        self.merges: list[Merge] = []
        self.dialog: TakeBackDialog | None = None
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(16, 10, 16, 10)
        self.side = Segments([("in", self.tr("收到并合并的")), ("out", self.tr("发出的"))], "in", small=True)
        row.addWidget(self.side)
        row.addStretch(1)
        lines.addLayout(row)
        self.stack = QStackedWidget()
        hint = self.tr("收到的包合并以后，在这里看来了什么")
        self.nothing = EmptyState("exchange", self.tr("还没有合并过数据包"), hint)
        self.nothing_sent = EmptyState("exchange", self.tr("还没有发出过数据包"))
        self.sent = SmallTable(
            [
                Column("when", self.tr("制作时间"), 140),
                Column("peer", self.tr("发给"), 190, "name"),
                Column("operations", self.tr("改动"), 90, "number"),
                Column("file", self.tr("文件"), 300, "quiet", stretch=True),
            ],
            fill=True,
        )
        for part in (self.nothing, self._make_merges(), self.nothing_sent, self.sent):
            self.stack.addWidget(part)
        lines.addWidget(self.stack, 1)
        self.bar = ActionBar()
        self.chosen = ElidedLabel("", "second")
        self.chosen.setMinimumWidth(240)
        self.undo_button = Button(self.tr("撤回整次合并"), icon="undo")
        self.undo_button.clicked.connect(self.ask)
        self.bar.add_left(self.chosen)
        if ws.may("resolve"):
            self.bar.add_right(self.undo_button)
        lines.addWidget(self.bar)
        self.side.changed.connect(lambda _k: self._show_side())
        self.setFocusProxy(self.table)
        self._tell()

    def _make_merges(self) -> QWidget:
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.table = SmallTable(
            [
                Column("when", self.tr("合并时间"), 130),
                Column("device", self.tr("来自"), 130, "name", stretch=True),
                Column("operations", self.tr("改动"), 66, "number"),
                Column("state", self.tr("状态"), 92, "status"),
            ],
            fill=True,
        )
        self.table.current_changed.connect(self._chosen)
        self.splitter.addWidget(self.table)
        side = QWidget()
        lines = QVBoxLayout(side)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.about = Label("", "strong")
        self.about.setContentsMargins(14, 8, 14, 8)
        lines.addWidget(self.about)
        self.units = SmallTable(
            [
                Column("when", self.tr("记录时间"), 124),
                Column("who", self.tr("谁"), 62),
                Column("reason", self.tr("做了什么"), 200, "name", stretch=True),
                Column("kinds", self.tr("涉及"), 90, "quiet"),
                Column("operations", self.tr("改动"), 52, "number"),
                Column("state", "", 76, "status"),
            ],
            fill=True,
        )
        lines.addWidget(self.units, 1)
        self.splitter.addWidget(side)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([400, 800])
        return self.splitter

    # -- showing -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Fetch what came and went."""
        ws = self._ws
        self._shell.gates.read(
            lambda _w: (merges(ws), packages_of(ws, "out")),
            lambda found: self._show(*found),
            owner=self,
            key=f"merges-{id(self)}",
            title=self.tr("取交换历史"),
        )

    def _show(self, found: Sequence[Merge], sent: Sequence[PackageLine]) -> None:
        self.merges = list(found)
        rows = []
        for merge in found:
            state = Chip(self.tr("已撤回"), "neutral", "undo") if merge.taken_back else None
            if not merge.taken_back and merge.standing < merge.operations:
                state = Chip(self.tr("撤回了一部分"), "neutral", "half")
            rows.append((str(merge.arrival), (f"{merge.when:%Y-%m-%d %H:%M}", merge.device, merge.operations, state)))
        self.table.set_rows(rows)
        if rows and not self.table.current_id():
            self.table.go_to(rows[0][0])
        self.sent.set_rows(
            [
                (str(i), (f"{line.when:%Y-%m-%d %H:%M}", line.peer, line.operations, line.file_name))
                for i, line in enumerate(sent)
            ]
        )
        self._chosen(self.table.current_id())
        self._show_side()

    def _show_side(self) -> None:
        incoming = self.side.value() == "in"
        if incoming:
            self.stack.setCurrentWidget(self.splitter if self.merges else self.nothing)
        else:
            self.stack.setCurrentWidget(self.sent if self.sent.rows.rowCount() else self.nothing_sent)
        self.bar.setVisible(incoming and bool(self.merges))

    def current(self) -> Merge | None:
        """The merge that is chosen."""
        key = self.table.current_id()
        return next((merge for merge in self.merges if str(merge.arrival) == key), None)

    def _chosen(self, key: str) -> None:
        self._tell()
        merge, ws = self.current(), self._ws
        if merge is None:
            self.units.set_rows([])
            return
        self._shell.gates.read(
            lambda _w: units_of_merge(ws, merge.arrival),
            lambda found: self._show_units(key, found),
            owner=self,
            key=f"merged-units-{id(self)}",
        )

    def _show_units(self, key: str, found: Sequence[MergedUnit]) -> None:
        if key != self.table.current_id():
            return
        rows = []
        for unit in found:
            state = Chip(self.tr("已撤回"), "neutral", "undo") if not unit.standing else None
            cells = (
                f"{unit.when:%Y-%m-%d %H:%M}", unit.who, unit.reason, "、".join(unit.kinds), unit.operations, state,
            )  # fmt: skip
            rows.append((unit.unit_id, cells))
        self.units.set_rows(rows)

    def _tell(self) -> None:
        merge = self.current()
        self.undo_button.setEnabled(merge is not None and not merge.taken_back)
        if merge is None:
            self.about.setText("")
            self.chosen.setText("")
            return
        words = self.tr("来了 {n:,} 批，{m:,} 处改动").format(n=merge.units, m=merge.operations)
        self.about.setText(words)
        self.chosen.setText("  ".join(part for part in (merge.device, merge.file_name) if part))
        self.bar.set_hint("" if not merge.taken_back else self.tr("这次合并已经撤回"))

    # -- taking back -------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Look up what rests on the merge, then ask."""
        merge, ws = self.current(), self._ws
        if merge is None or merge.taken_back:
            return
        self._shell.gates.read(
            lambda _w: resting_on_merge(ws, merge.arrival),
            lambda resting: self._ask(merge, resting),
            owner=self,
            key=f"resting-{id(self)}",
            title=self.tr("查后来的改动"),
        )

    def _ask(self, merge: Merge, resting: Sequence[Resting]) -> None:
        self.dialog = TakeBackDialog(merge, resting, self)
        dialog = self.dialog
        dialog.accepted.connect(lambda: self.take_back(merge, dialog.reason()))
        dialog.open()

    def take_back(self, merge: Merge, reason: str) -> None:
        """Take it back in one unit of work, which the toast can take back in turn."""
        ws, gates, again = self._ws, self._shell.gates, self.tr("恢复合并")

        def done(made: Committed) -> None:
            self._shell.toast(
                self.tr("已撤回 {device} 的合并").format(device=merge.device),
                lambda: gates.write(lambda _w: take_back_unit(ws, made.unit_id, again), title=again),
            )
            self.taken_back.emit()

        task = gates.write(
            lambda _w: take_back_merge(ws, merge.arrival, reason), done, owner=self, title=self.tr("撤回合并")
        )
        self._shell.show_task(task)
