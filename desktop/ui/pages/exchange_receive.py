"""数据交换 · 收包: packages dropped or chosen, looked at, merged one after another; each says its own sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.app.exchange.exchanging import COUNT_WORDS, merge, merge_sentence, peek
from desktop.app.workspace import Workspace
from desktop.common.errors import XiangceError
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.drop_area import DropArea
from desktop.ui.widgets.labels import Note
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.workers import Task, Work

State = Literal["ready", "merged", "already", "refused", "waiting"]


@dataclass
class PackageRow:
    """One file: what can be seen of it and how it stands."""

    path: Path
    state: State
    sender: str = ""
    made: str = ""
    inside: str = ""
    said: str = ""


class ReceivePane(QWidget):
    """`ReceivePane(shell, ws)`: `take(paths)` looks at files, `merge_all()` (Ctrl+Enter) merges those that can be.

    `merged()` after packages were merged; `conflicts_asked()` from the note's link.
    """

    merged = Signal()
    conflicts_asked = Signal()

    def __init__(self, shell: Shell, ws: Workspace) -> None:
        super().__init__()
        self._shell, self._ws = shell, ws
        self._task: Task | None = None
        self._looking: set[Path] = set()
        self.rows: list[PackageRow] = []
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        body = QVBoxLayout()
        body.setContentsMargins(16, 12, 16, 12)
        body.setSpacing(12)
        self.drop = DropArea(
            "exchange",
            self.tr("把收到的数据包拖到这里"),
            self.tr("扩展名 .xcp，一次可以放多个；先看一眼，再合并"),
            self.tr("选文件"),
            self.tr("乡册数据包 (*.xcp);;所有文件 (*)"),
            several=True,
        )
        self.drop.chosen.connect(self.take)
        body.addWidget(self.drop, 1)
        self.note = Note("info", "")
        self.note.link_clicked.connect(self.conflicts_asked)
        self.note.hide()
        body.addWidget(self.note)
        self.table = SmallTable(
            [
                Column("file", self.tr("数据包"), 210, "name"),
                Column("sender", self.tr("来自"), 150),
                Column("made", self.tr("制作时间"), 130, "date"),
                Column("inside", self.tr("里面有"), 190, "quiet"),
                Column("state", self.tr("状态"), 104, "status"),
                Column("said", self.tr("结果"), 200, stretch=True),
            ],
            fill=True,
        )
        self.table.current_changed.connect(lambda _id: self._show_said())
        body.addWidget(self.table, 3)
        self.table.hide()
        lines.addLayout(body, 1)
        self.bar = ActionBar()
        self.clear_button = Button(self.tr("清空列表"))
        self.go_button = Button("", "primary", "exchange", "Ctrl+Enter", bind=False)
        self.bar.add_left(self.clear_button)
        self.bar.add_right(self.go_button)
        self.clear_button.clicked.connect(self.clear)
        self.go_button.clicked.connect(self.merge_all)
        lines.addWidget(self.bar)
        self.bar.hide()
        self.setFocusProxy(self.drop)

    # -- looking -----------------------------------------------------------------------------------------------

    def take(self, paths: Sequence[Path]) -> None:
        """Look at files without merging anything; while others are merged they are put below them."""
        known = {row.path for row in self.rows if row.state in ("ready", "waiting")} | self._looking
        wanted = [path for path in paths if path not in known]
        if not wanted:
            return
        ws = self._ws
        self._looking.update(wanted)

        def function(work: Work) -> list[PackageRow]:
            found = []
            for number, path in enumerate(wanted):
                work.progress(number, len(wanted), path.name)
                found.append(look_at(ws, path))
            return found

        task = self._shell.gates.read(function, self._looked, owner=self, title=self.tr("看数据包"))
        task.finished.connect(lambda: self._looking.difference_update(wanted))
        if self._task is None:
            self._shell.show_task(task)

    def _looked(self, rows: list[PackageRow]) -> None:
        self.rows += rows
        self._show()
        if self.ready():
            self.go_button.setFocus()

    def ready(self) -> list[PackageRow]:
        """Files that can be merged."""
        return [row for row in self.rows if row.state == "ready"]

    def clear(self) -> None:
        """Forget the list; nothing in the register changes."""
        if self._task is None:
            self.rows = []
            self.note.hide()
            self._show()

    def _show(self) -> None:
        chips: dict[State, Chip] = {
            "ready": Chip(self.tr("可以合并"), "accent", "half"),
            "waiting": Chip(self.tr("在合并"), "accent", "half"),
            "merged": Chip(self.tr("已合并"), "success", "ok"),
            "already": Chip(self.tr("合并过"), "neutral", "ok"),
            "refused": Chip(self.tr("没有合并"), "danger", "error"),
        }
        self.table.set_rows(
            [
                (str(i), (row.path.name, row.sender, row.made, row.inside, chips[row.state], row.said))
                for i, row in enumerate(self.rows)
            ]
        )
        listed = bool(self.rows)
        self.table.setVisible(listed)
        self.bar.setVisible(listed)
        self.drop.setMaximumHeight(round(150 * max(theme().scale, 1.0)) if listed else 16_777_215)
        count = len(self.ready())
        self.go_button.setText(self.tr("合并 {n} 个包").format(n=count) if count else self.tr("合并"))
        self.go_button.setEnabled(count > 0 and self._task is None)
        refused = sum(1 for row in self.rows if row.state == "refused")
        said = self.tr("合并之前会自动备份；每个包要么全部合并，要么完全不变")
        if refused:
            said = self.tr("{n} 个没有合并，登记册没有受影响；别的照常").format(n=refused)
        self.bar.set_hint(said)

    def _show_said(self) -> None:
        """The whole sentence of the current row stands in the note: cells are cut."""
        number = self.table.current_id()
        if not number or self._task is not None:
            return
        row = self.rows[int(number)]
        if row.state == "refused":
            self.note.show_words(f"{row.path.name}：{row.said}", kind="danger")
            self.note.show()

    # -- merging -----------------------------------------------------------------------------------------------

    def merge_all(self) -> None:
        """Ctrl+Enter: merge one after another; stopping keeps what was merged and leaves the rest."""
        wanted = self.ready()
        if not wanted or self._task is not None or not self.isVisible():
            return
        ws = self._ws
        for row in wanted:
            row.state = "waiting"

        def function(work: Work) -> None:
            for number, row in enumerate(wanted):
                work.progress(number, len(wanted), row.path.name)
                merge_row(ws, row, work)

        self.note.hide()
        task = self._shell.gates.write(function, owner=self, title=self.tr("合并数据包"), fail=self._failed)
        self._task = task
        task.progressed.connect(lambda *_a: self._show())
        task.finished.connect(lambda: self._ended(wanted))
        self._show()
        self._shell.show_task(task, self.tr("正在合并 {n} 个包").format(n=len(wanted)))

    def stop(self) -> None:
        """Esc: stop after the present package."""
        if self._task is not None:
            self._task.stop()

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, XiangceError) and error.exit_code == 1:  # stopped
            return
        self._shell.show_error(error, self.tr("合并数据包"))

    def _ended(self, wanted: Sequence[PackageRow]) -> None:
        self._task = None
        for row in wanted:
            if row.state == "waiting":
                row.state = "ready"
        self._show()
        self.table.setFocus()  # the button that had it is off now
        if any(row.state == "merged" for row in wanted):
            self._tell_merged(0)
            self.merged.emit()

    def told(self, waiting: int) -> None:
        """How much waits for a person now, as the conflict pane counts it."""
        if self._task is None and any(row.state == "merged" for row in self.rows):
            self._tell_merged(waiting)

    def _tell_merged(self, waiting: int) -> None:
        done = sum(1 for row in self.rows if row.state == "merged")
        said = self.tr("合并了 {n} 个包").format(n=done)
        if waiting:
            said += self.tr("；有 {n} 处要您定").format(n=waiting)
            self.note.show_words(said, "", self.tr("去处理"), "warning")
        else:
            self.note.show_words(said, kind="success")
        self.note.show()


def look_at(ws: Workspace, path: Path) -> PackageRow:
    """What can be seen of a file; a file that is no package says so."""
    try:
        seen = peek(ws, path)
    except XiangceError as error:
        return PackageRow(path, "refused", said=str(error))
    inside = "，".join(
        f"{COUNT_WORDS.get(name, name)} {n:,}"
        for name, n in seen.counts.items()
        if name in ("operations", "attachments") and n
    )
    made = datetime.fromisoformat(seen.made_at).strftime("%Y-%m-%d %H:%M")
    state: State = "already" if seen.already else "refused" if seen.problem else "ready"
    said = "此包已合并，再合并也不会变" if seen.already else seen.problem
    return PackageRow(path, state, seen.sender, made, inside, said)


def merge_row(ws: Workspace, row: PackageRow, work: Work) -> None:
    """Merge one file; what went wrong is written on its row and the next may go on."""
    try:
        report = merge(ws, row.path)
    except XiangceError as error:
        row.state, row.said = "refused", str(error)
        return
    row.state = "already" if report.already else "merged"
    row.sender = report.sender or row.sender
    sentence = merge_sentence({"file": row.path.name, "merged": True, **vars(report)})
    row.said = sentence.removeprefix(f"{row.path.name}：")
    work.changed(*report.kinds)
