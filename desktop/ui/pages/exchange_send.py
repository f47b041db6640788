"""数据交换 · 报送: for whom, what is inside, where the file goes; afterwards its name, size and check value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.exchange.exchanging import devices_of, export
from desktop.app.exchange.package_files import PackageLine, Standing, content_of, packages_of, standing_of
from desktop.app.workspace import Workspace
from desktop.common.errors import Cancelled, XiangceError
from desktop.exchange.devices import COUNTY_ROLE, KnownDevice
from desktop.exchange.packaging import Exported, PackageContent
from desktop.registry.labels import table_label
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button, CheckBox
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.figures import Figure, KeyFigures
from desktop.ui.widgets.labels import Card, Label, Note, rule
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.workers import Task, Work

State = tuple[Standing, list[KnownDevice], list[PackageLine]]


class SendPane(QWidget):
    """`SendPane(shell, ws)`: `refresh()`, `send()` (Ctrl+Enter), `save_to(path)`; `enrol_asked()` when not enrolled."""

    enrol_asked = Signal()

    def __init__(self, shell: Shell, ws: Workspace) -> None:
        super().__init__()
        self._shell, self._ws = shell, ws
        self._task: Task | None = None
        self._content: PackageContent | None = None
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self.body = QWidget()
        row = QHBoxLayout(self.body)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(12)
        row.addWidget(self._form(), 5)
        row.addWidget(self._sent(), 6)
        lines.addWidget(self.body, 1)
        button = Button(self.tr("去登记设备"), "primary", "device")
        button.clicked.connect(self.enrol_asked)
        self.none = EmptyState(
            "device", self.tr("本机还没有登记"), self.tr("先出申请、送县级签发证书，再接受证书，就能报送"), [button]
        )
        self.none.hide()
        lines.addWidget(self.none, 1)
        self.bar = ActionBar()
        self.go_button = Button(self.tr("存成数据包"), "primary", "save", "Ctrl+Enter", bind=False)
        self.bar.add_right(self.go_button)
        self.go_button.clicked.connect(self.send)
        lines.addWidget(self.bar)
        self.setFocusProxy(self.to)

    def _form(self) -> Card:
        card = Card()
        head = QHBoxLayout()
        head.setContentsMargins(14, 10, 14, 10)
        head.addWidget(Label(self.tr("这一包"), "strong"), 1)
        card.body.addLayout(head)
        card.body.addWidget(rule())
        form = QVBoxLayout()
        form.setContentsMargins(14, 10, 14, 10)
        form.setSpacing(8)
        self.to = Select([], self.tr("发给"), placeholder=self.tr("选一台设备"))
        self.to.setSizePolicy(self.sizePolicy().horizontalPolicy(), self.to.sizePolicy().verticalPolicy())
        self.to.picked.connect(lambda _v: self.count())
        self.full = CheckBox(self.tr("全部内容重发一遍（对方丢了数据时用）"))
        self.full.toggled.connect(lambda _on: self.count())
        form.addWidget(self.to)
        form.addWidget(self.full)
        card.body.addLayout(form)
        card.body.addWidget(rule("grid"))
        self.figures = KeyFigures()
        card.body.addWidget(self.figures)
        self.tables = SmallTable(
            [
                Column("table", self.tr("内容"), 160, "name", stretch=True),
                Column("count", self.tr("变更"), 100, "number"),
            ],
            fill=True,
        )
        card.body.addWidget(self.tables, 1)
        said = QVBoxLayout()
        said.setContentsMargins(14, 8, 14, 10)
        said.addWidget(
            Label(self.tr("整包加密，只有收件的设备能打开；带本机签名，路上改一个字都能查出来。"), "caption", wrap=True)
        )
        card.body.addLayout(said)
        return card

    def _sent(self) -> Card:
        card = Card()
        inset = QVBoxLayout()
        inset.setContentsMargins(14, 12, 14, 6)
        inset.setSpacing(10)
        self.result = Note("success", "")
        self.result.hide()
        inset.addWidget(self.result)
        inset.addWidget(Label(self.tr("发出过的包"), "strong"))
        card.body.addLayout(inset)
        self.past = SmallTable(
            [
                Column("when", self.tr("时间"), 130, "date"),
                Column("peer", self.tr("发给"), 140, "name"),
                Column("count", self.tr("变更"), 80, "number"),
                Column("file", self.tr("文件"), 160, "quiet", stretch=True),
            ],
            fill=True,
        )
        card.body.addWidget(self.past, 1)
        return card

    # -- what is shown -----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Fetch devices and past packages, then count."""
        ws = self._ws

        def function(_work: Work) -> State:
            return standing_of(ws), devices_of(ws), packages_of(ws, "out")

        self._shell.gates.read(
            function, lambda found: self._show(*found), owner=self, key=f"send-{id(self)}", title=self.tr("取设备")
        )

    def _show(self, standing: Standing, devices: Sequence[KnownDevice], past: Sequence[PackageLine]) -> None:
        others = [d for d in devices if not d.is_self and not d.revoked]
        others.sort(key=lambda d: d.role != COUNTY_ROLE)
        items = [
            (
                self.tr("县级 {unit}").format(unit=d.unit_name)
                if d.role == COUNTY_ROLE and d.relay
                else f"{d.unit_name} {d.name}",
                d.device.hex(),
            )
            for d in others
        ]
        keep = self.to.value() if self.to.count() and self.to.currentIndex() >= 0 else None
        self.to.set_items(items, keep)
        if self.to.currentIndex() < 0 and items:
            self.to.setCurrentIndex(0)
        ready = standing.enrolled and bool(items)
        self.body.setVisible(ready)
        self.bar.setVisible(ready)
        self.none.setVisible(not ready)
        if standing.enrolled and not items:
            self.none.show_words(self.tr("还没有可发的设备"), self.tr("先给一台设备签发证书"))
        self.past.set_rows(
            [
                (str(i), (f"{line.when:%Y-%m-%d %H:%M}", line.peer, line.operations, line.file_name))
                for i, line in enumerate(past)
            ]
        )
        if ready:
            self.count()

    def count(self) -> None:
        """Count what the package would hold now."""
        ws, to, full = self._ws, self._to(), self.full.isChecked()
        if not to:
            return
        self.go_button.setEnabled(False)
        self._shell.gates.read(
            lambda _w: content_of(ws, to=to, full=full),
            self._counted,
            owner=self,
            key=f"count-{id(self)}",
            title=self.tr("点数"),
            fail=self._not_counted,
        )

    def _to(self) -> list[str]:
        return [str(self.to.value())] if self.to.currentIndex() >= 0 else []

    def _counted(self, content: PackageContent) -> None:
        self._content = content
        since = self.tr("全部内容") if content.full else self.tr("对方还没有的")
        scope = self.tr("{n} 个区划").format(n=len(content.scope)) if content.scope else self.tr("本机录入的")
        self.figures.show_figures(
            [
                Figure(self.tr("变更"), self.tr("{n:,} 条").format(n=content.operations), since),
                Figure(self.tr("范围"), scope),
                Figure(self.tr("收件"), content.recipient),
            ]
        )
        self.tables.set_rows([(name, (table_label(name), n)) for name, n in content.by_table])
        self.go_button.setEnabled(True)
        if content.operations:
            self.bar.set_hint(self.tr("存到 U 盘或网盘交给对方；本机内容不变"))
        else:
            self.bar.set_hint(self.tr("没有新的变更；仍可发一包，把证书和收讫带给对方"))

    def _not_counted(self, error: BaseException) -> None:
        self._content = None
        self.bar.set_hint(error.message if isinstance(error, XiangceError) else self.tr("没点出来"), "danger")
        if not isinstance(error, XiangceError):
            self._shell.show_error(error, self.tr("点数"))

    # -- out ---------------------------------------------------------------------------------------------------

    def send(self) -> None:
        """Ctrl+Enter: ask where, write there."""
        if not self.go_button.isEnabled() or self._task is not None or not self.isVisible():
            return
        today = dt.datetime.now().astimezone()
        proposed = f"{self._ws.unit_name}_{today:%Y%m%d_%H%M}.xcp"
        name, _kind = QFileDialog.getSaveFileName(self, self.tr("数据包存到"), proposed, self.tr("乡册数据包 (*.xcp)"))
        if name:
            self.save_to(Path(name if name.lower().endswith(".xcp") else f"{name}.xcp"))

    def save_to(self, target: Path) -> None:
        """Write the package; Esc stops it and no file is left."""
        ws, to, full = self._ws, self._to(), self.full.isChecked()
        task = self._shell.gates.write(
            lambda work: export(ws, target, to=to, full=full, progress=lambda at, total: work.progress(at, total)),
            self._written,
            owner=self,
            title=self.tr("存成数据包"),
            fail=self._not_written,
        )
        self._task = task
        self.go_button.setEnabled(False)
        self._shell.show_task(task, self.tr("正在打包加密"))

    def stop(self) -> None:
        """Esc."""
        if self._task is not None:
            self._task.stop()

    def _written(self, made: Exported) -> None:
        self._task = None
        size = f"{made.size / 1_048_576:,.1f} MB" if made.size > 1_048_576 else f"{made.size / 1024:,.1f} KB"
        self.result.show_words(
            self.tr("已存 {name}，{size}，{n:,} 条变更，发给 {to}").format(
                name=made.path.name, size=size, n=made.operations, to=made.recipient
            ),
            self.tr("位置 {place}；校验值 {digest}").format(place=made.path.parent, digest=grouped(made.digest[:16])),
            kind="success",
        )
        self.result.show()
        self.full.setChecked(False)
        self.refresh()

    def _not_written(self, error: BaseException) -> None:
        self._task = None
        self.go_button.setEnabled(True)
        if isinstance(error, Cancelled):
            self._shell.toast(self.tr("已停下，没有留下文件"))
        elif isinstance(error, XiangceError):
            self.result.show_words(error.message, error.hint, kind="danger")
            self.result.show()
        else:
            self._shell.show_error(error, self.tr("存成数据包"))


def grouped(digits: str) -> str:
    """Groups of four, to read aloud."""
    return " ".join(digits[i : i + 4].upper() for i in range(0, len(digits), 4))
