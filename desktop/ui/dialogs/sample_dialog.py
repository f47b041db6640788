"""抽样 of an inspection plan: the list is sealed first, the seed said later, then lots are drawn that all can check."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QWidget

from desktop.app.cases.inspections import SampleState, draw_sample, make_due_list, sample_state, seal_list
from desktop.app.workspace import Workspace
from desktop.common.errors import UsageError
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.page import Shell
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.labels import ElidedLabel, Label, StatusWord, rule
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable

SHOWN_OF_LOT = 12


class SampleDialog(QDialog):
    """`SampleDialog(shell, ws, plan, parent=None)`: 封存名单, then 抽取 by a seed; Enter on a line opens the asset.

    What was drawn stays; the same list and seed give the same assets on any machine.
    """

    def __init__(self, shell: Shell, ws: Workspace, plan: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._plan = shell, ws, plan
        self.state: SampleState | None = None
        lines, head = begin_dialog(self, self.tr("抽样"))
        self.about = ElidedLabel("", "second")
        head.addWidget(self.about, 1)
        lines.addLayout(head)
        lines.addWidget(rule())
        first = QHBoxLayout()
        first.addWidget(Label(self.tr("1　先封存名单"), "strong"))
        self.sealed = StatusWord()
        first.addWidget(self.sealed, 1)
        self.seal_button = Button(self.tr("封存名单"), icon="lock", small=True)
        self.seal_button.clicked.connect(self.seal)
        first.addWidget(self.seal_button)
        lines.addLayout(first)
        self.mark = Label("", "second", wrap=True)
        self.mark.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        lines.addWidget(self.mark)
        lines.addWidget(Label(self.tr("2　再当众说定种子，抽取"), "strong"))
        lines.addLayout(self._fields())
        self.table = SmallTable(
            [
                Column("number", self.tr("序"), 64), Column("name", self.tr("资产"), 220, "name", stretch=True),
                Column("village", self.tr("村"), 120), Column("lot", self.tr("抽签码"), 130, "quiet"),
            ],
            fill=True,
        )  # fmt: skip
        self.table.setMinimumHeight(220)
        self.table.opened.connect(self._open)
        lines.addWidget(self.table, 1)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        self.close_button = Button(self.tr("关上"), key="Esc")
        self.due_button = Button(self.tr("按样本列应查清单"), icon="survey")
        self.go = Button(self.tr("抽取"), "primary", key="Ctrl+Enter")
        self.close_button.clicked.connect(self.reject)
        self.due_button.clicked.connect(self.list_due)
        self.go.clicked.connect(self.draw)
        foot.addWidget(self.hint, 1)
        for button in (self.close_button, self.due_button, self.go):
            foot.addWidget(button)
        lines.addLayout(foot)
        self._tell()
        self.load()

    def _fields(self) -> QGridLayout:
        self.seed = TextField(placeholder=self.tr("批次号加骰子的点数，如 2026-02-416253"))
        self.number = TextField(placeholder=self.tr("项数，如 20；或比例，如 1/5"))
        self.reserves = TextField("0")
        self.strata = Segments(
            [("", self.tr("不分层")), ("village", self.tr("按村")), ("category", self.tr("按大类"))], ""
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        cells: list[tuple[str, QWidget]] = [
            (self.tr("种子"), self.seed), (self.tr("抽多少"), self.number), (self.tr("备选几项"), self.reserves),
            (self.tr("分层"), self.strata),
        ]  # fmt: skip
        for i, (word, widget) in enumerate(cells):
            caption = Label(word, "second")
            caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(caption, i // 2, i % 2 * 2)
            grid.addWidget(widget, i // 2, i % 2 * 2 + 1)
            widget.setAccessibleName(word)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        for field in (self.seed, self.number, self.reserves):
            field.textEdited.connect(lambda _t: self._tell())
        return grid

    # -- showing -----------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Fetch how far the sample is."""
        ws, plan = self._ws, self._plan
        self._shell.gates.read(
            lambda _w: sample_state(ws, plan), self._show, owner=self, key=f"sample-{id(self)}", title=self.tr("抽样"),
            fail=lambda error: self._shell.show_error(error, self.tr("抽样")),
        )  # fmt: skip

    def _show(self, found: SampleState) -> None:
        self.state = found
        self.about.setText(self.tr("{title} · 名单 {n:,} 项").format(title=found.title, n=found.population))
        if not found.sealed:
            self.sealed.show_status(self.tr("还没有封存"), "circle", "neutral")
        elif found.sealed != found.fingerprint and not found.chosen:
            self.sealed.show_status(self.tr("名单和封存时不一样，要查明后重新封存"), "alert", "warning")
        else:
            self.sealed.show_status(self.tr("已封存"), "ok", "success")
        mark = found.sealed or found.fingerprint
        grouped = " ".join(mark[i : i + 8] for i in range(0, len(mark), 8))
        caption = self.tr("封存的指纹") if found.sealed else self.tr("现在的指纹")
        self.mark.setText(f"{caption}　{grouped}")
        drawn = bool(found.chosen)
        if drawn:
            self.seed.setText(found.seed)
            self.number.setText(str(len(found.chosen)))
            self.reserves.setText(str(len(found.reserves)))
            self.strata.set_value(found.strata)
        rows = [
            (a.id, (word.format(n=n), a.name, a.village, a.lot[:SHOWN_OF_LOT]))
            for word, lines in (("{n}", found.chosen), (self.tr("备 {n}"), found.reserves))
            for n, a in enumerate(lines, 1)
        ]
        self.table.set_rows(rows)
        for widget in (self.seed, self.number, self.reserves):
            widget.setReadOnly(drawn)
        self.strata.setEnabled(not drawn)
        self._tell()

    def wanted(self) -> tuple[int | None, Fraction | None, int]:
        """Number or share, and reserves. UsageError in words when they cannot be read."""
        text, spare = self.number.text().strip(), self.reserves.text().strip() or "0"
        if not spare.isdecimal():
            raise UsageError(self.tr("备选几项要写整数，不要的写 0"))
        if text.isdecimal():
            return int(text), None, int(spare)
        try:
            return None, Fraction(text), int(spare)
        except (ValueError, ZeroDivisionError):
            raise UsageError(self.tr("抽多少写项数，如 20；或比例，如 1/5、0.2")) from None

    def problem(self) -> str:
        """Why nothing can be drawn yet."""
        if self.state is None:
            return ""
        if self.state.chosen:
            return self.tr("已抽取，结果不能改；要另抽的，另建一个计划")
        if not self.state.population:
            return self.tr("这个计划的范围内没有资产")
        if not self.state.sealed:
            return self.tr("先封存名单，再说种子")
        if not self.seed.text().strip():
            return self.tr("还没有写种子")
        try:
            self.wanted()
        except UsageError as error:
            return error.message
        return ""

    def _tell(self) -> None:
        state, problem = self.state, self.problem()
        self.seal_button.setEnabled(state is not None and bool(state.population) and not state.chosen)
        self.due_button.setVisible(state is not None and bool(state.chosen))
        self.go.setEnabled(state is not None and not problem)
        self.hint.setText(problem)
        self.hint.update()

    # -- doing -------------------------------------------------------------------------------------------------

    def seal(self) -> None:
        """封存名单."""
        self._write(lambda: seal_list(self._ws, self._plan), self.tr("封存名单"), self.tr("名单已封存"))

    def draw(self) -> None:
        """Ctrl+Enter."""
        if self.problem():
            return
        count, rate, spare = self.wanted()
        seed, strata = self.seed.text().strip(), str(self.strata.value())
        self._write(
            lambda: draw_sample(self._ws, self._plan, seed=seed, count=count, rate=rate, strata=strata, reserves=spare),
            self.tr("抽取"), self.tr("已抽取，谁用这个种子抽都是这些"),
        )  # fmt: skip

    def list_due(self) -> None:
        """The assets drawn become the list that is due."""
        self._write(
            lambda: make_due_list(self._ws, self._plan), self.tr("列应查清单"), self.tr("应查清单已按样本列出")
        )

    def _write(self, function: Callable[[], object], title: str, done: str) -> None:
        def written(_result: object) -> None:
            self._shell.toast(done)
            self.load()

        write_once(
            self, self._shell.gates, lambda _w: function(), written, title=title,
            fail=lambda error: self._shell.show_error(error, title),
        )  # fmt: skip

    def _open(self, asset: str) -> None:
        self.accept()
        self._shell.open(Address("asset", asset, "inspection"))
