"""首次使用: where it is used, the unit, who and which passphrase, the recovery card, what to do next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.app.rights import ROLE_WORDS
from desktop.app.workspace import Workspace, create_workspace
from desktop.common.resources import resource_path
from desktop.registry.divisions import Place, read_divisions
from desktop.store.keys import ROLES
from desktop.ui.dialogs.message import error_dialog
from desktop.ui.pages.unlock import Mark
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button, Option
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import Label, Note, Panel, rule
from desktop.ui.widgets.page_rows import ActionBar
from desktop.ui.widgets.passphrase import NewPassphrase
from desktop.ui.widgets.recovery_card import RecoveryCardView
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.wizard_steps import WizardSteps
from desktop.ui.workers import Gates


@dataclass(frozen=True)
class Made:
    """A register made by the wizard, and what the person wants to do next: "", import or exchange."""

    workspace: Workspace
    next_page: str


class FirstRunPage(QWidget):
    """`FirstRunPage(gates, home, parent=None)`: `made(Made)` at the end, `open_asked()` for an existing register.

    `home` is the folder proposed for registers. Nothing is written before step 3 is left; from then on the register
    stands, and the recovery card must be printed or copied before one goes on.
    """

    made = Signal(object)
    open_asked = Signal()
    quit_asked = Signal()

    def __init__(self, gates: Gates, home: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gates, self._home = gates, home
        self._places: list[Place] = []
        self._file: Path | None = None
        self._workspace: Workspace | None = None
        self._making = False
        self.card: RecoveryCardView | None = None
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._left())
        row.addWidget(rule("v"))
        right = QVBoxLayout()
        right.setSpacing(0)
        self.stack = QStackedWidget()
        for page in (self._level_page(), self._unit_page(), self._user_page(), self._card_page(), self._next_page()):
            self.stack.addWidget(page)
        right.addWidget(self.stack, 1)
        self.bar = ActionBar()
        self.back = Button(self.tr("上一步"), icon="left")
        self.leave = Button(self.tr("退出，下次再来"), "quiet", key="Esc")
        self.go = Button(self.tr("下一步"), "primary", key="Ctrl+Enter")
        self.bar.add_left(self.back)
        self.bar.add_left(self.leave)
        self.bar.add_right(self.go)
        right.addWidget(self.bar)
        row.addLayout(right, 1)
        self.back.clicked.connect(lambda: self.show_step(self.step() - 1))
        self.leave.clicked.connect(self.quit_asked)
        self.go.clicked.connect(self.forward)
        gates.read(
            lambda _w: read_divisions(None, ""), self._take_places, owner=self, key="divisions",
            title=self.tr("取区划表"),
        )  # fmt: skip
        self.show_step(0)

    # -- parts -------------------------------------------------------------------------------------------------

    def _left(self) -> Panel:
        panel = Panel("nav")
        panel.setFixedWidth(round(252 * max(theme().scale, 1.0)))
        lines = QVBoxLayout(panel)
        lines.setContentsMargins(14, 22, 14, 14)
        lines.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(14, 0, 14, 18)
        head.setSpacing(12)
        head.addWidget(Mark(38))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Label(self.tr("乡册"), "title"))
        words.addWidget(Label(self.tr("数据只在这台电脑上"), "caption"))
        head.addLayout(words, 1)
        lines.addLayout(head)
        self.steps = WizardSteps(
            [
                (self.tr("用在哪里"), self.tr("县、镇还是村")),
                (self.tr("单位"), self.tr("名称、区划、放在哪里")),
                (self.tr("使用人和口令"), self.tr("谁来用，怎么开锁")),
                (self.tr("恢复卡"), self.tr("打印或抄好")),
                (self.tr("带入旧数据"), self.tr("可以以后再做")),
            ]
        )
        lines.addWidget(self.steps)
        lines.addSpacing(18)
        words_below = Label(self.tr("全部不用联网。第 3 步之前随时可以退出，什么也不会留下。"), "caption", wrap=True)
        words_below.setContentsMargins(14, 0, 14, 0)
        lines.addWidget(words_below)
        lines.addStretch(1)
        return panel

    def _page(self, title: str, text: str, width: int = 560) -> tuple[QWidget, QVBoxLayout]:
        page = QWidget()
        outer = QHBoxLayout(page)
        outer.setContentsMargins(40, 30, 40, 0)
        box = QWidget()
        box.setMaximumWidth(round(width * max(theme().scale, 1.0)))
        lines = QVBoxLayout(box)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(8)
        lines.addWidget(Label(title, "figure"))
        lines.addWidget(Label(text, "second", wrap=True))
        lines.addSpacing(10)
        outer.addWidget(box, 1)
        outer.addStretch(0)
        return page, lines

    def _level_page(self) -> QWidget:
        page, lines = self._page(self.tr("用在哪里"), self.tr("三级用的是同一个程序；县里收镇里的包，镇里收村里的包。"))
        self._levels = QButtonGroup(self)
        self.level_options: dict[str, Option] = {}
        for number, (key, word, detail) in enumerate(
            (
                ("county", self.tr("县"), self.tr("收各镇的包，合并，处理冲突，下发证书")),
                ("town", self.tr("镇"), self.tr("住户和资产都在这里登记、导入、打印")),
                ("village", self.tr("村"), self.tr("只登记本村，导出包交镇里")),
            ),
            1,
        ):
            option = Option(word, detail, str(number))
            self._levels.addButton(option)
            self.level_options[key] = option
            option.clicked.connect(self._tell)
            lines.addWidget(option)
        self.level_options["town"].setChecked(True)
        lines.addSpacing(12)
        note = Note("info", self.tr("已经有登记册？"), "", self.tr("打开已有的登记册"))
        note.link_clicked.connect(self.open_asked)
        lines.addWidget(note)
        lines.addStretch(1)
        return page

    def _unit_page(self) -> QWidget:
        about = self.tr("区划决定村名单。自带的名单里没有的县，选本县的区划文件。")
        page, lines = self._page(self.tr("哪个单位"), about)
        self.county, self.town, self.village = Select(), Select(), Select()
        self.unit = TextField(placeholder=self.tr("如 仿溪镇人民政府"))
        self.folder = TextField()
        self.browse = Button(self.tr("换地方"))
        self.browse.clicked.connect(self._choose_folder)
        self.other_list = Button(self.tr("选本县的区划文件"), "quiet")
        self.other_list.clicked.connect(self._choose_list)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        holder = QHBoxLayout()
        holder.setSpacing(8)
        holder.addWidget(self.folder, 1)
        holder.addWidget(self.browse)
        self._rows: dict[str, tuple[Label, QWidget]] = {}
        for row, (key, word, widget) in enumerate(
            (
                ("county", self.tr("县（区）"), self.county),
                ("town", self.tr("镇（街道）"), self.town),
                ("village", self.tr("村（居）"), self.village),
                ("unit", self.tr("单位名称"), self.unit),
            )
        ):
            label = self._caption(word)
            grid.addWidget(label, row, 0)
            if isinstance(widget, Select):
                widget.setSizePolicy(self.unit.sizePolicy())
                widget.setAccessibleName(word)
            grid.addWidget(widget, row, 1)
            self._rows[key] = (label, widget)
        grid.addWidget(self._caption(self.tr("登记册放在")), 4, 0)
        grid.addLayout(holder, 4, 1)
        grid.addWidget(self.other_list, 5, 1)
        lines.addLayout(grid)
        lines.addStretch(1)
        self.county.picked.connect(lambda _v: self._fill_towns())
        self.town.picked.connect(lambda _v: self._fill_villages())
        self.village.picked.connect(lambda _v: self._propose_unit())
        self.unit.textEdited.connect(lambda _t: self._unit_typed())
        self.folder.textEdited.connect(lambda _t: self._tell())
        return page

    def _user_page(self) -> QWidget:
        page, lines = self._page(
            self.tr("设一个开锁口令"), self.tr("每次打开乡册都要用它。数据用它加密，电脑丢了别人也打不开。"), 540
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        self.name = TextField()
        self.name.setAccessibleName(self.tr("姓名"))
        self.role = Segments([(role, ROLE_WORDS[role]) for role in ROLES], "county-admin", stretched=True)
        grid.addWidget(self._caption(self.tr("姓名")), 0, 0)
        grid.addWidget(self.name, 0, 1)
        grid.addWidget(self._caption(self.tr("岗位")), 1, 0)
        grid.addWidget(self.role, 1, 1)
        lines.addLayout(grid)
        self.passphrase = NewPassphrase()
        lines.addWidget(self.passphrase)
        lines.addSpacing(10)
        lines.addWidget(
            Note(
                "warning",
                self.tr("忘了口令，只有恢复卡能打开"),
                self.tr("没有后台可以重置。下一步会给出恢复卡，打印出来，锁进单位档案柜。"),
            )
        )
        lines.addStretch(1)
        self.name.textEdited.connect(lambda _t: self._tell())
        self.passphrase.changed.connect(self._tell)
        return page

    def _card_page(self) -> QWidget:
        about = self.tr("口令忘了，只有它能打开登记册。它不存在电脑里，离开这一页就再也看不到。")
        page, self._card_lines = self._page(self.tr("收好恢复卡"), about, 460)
        self._card_lines.addStretch(1)
        return page

    def _next_page(self) -> QWidget:
        page, lines = self._page(self.tr("登记册建好了"), self.tr("可以带入旧数据，也可以直接开始。"))
        self._nexts = QButtonGroup(self)
        self.next_options: dict[str, Option] = {}
        for number, (key, word, detail) in enumerate(
            (
                ("import", self.tr("导入台账和花名册"), self.tr("Excel、WPS 表格都行，先看疑点再写入")),
                ("exchange", self.tr("和县里交换数据"), self.tr("出申请，导入县里给的证书")),
                ("", self.tr("直接开始"), self.tr("先看一看，以后再带入")),
            ),
            1,
        ):
            option = Option(word, detail, str(number))
            self._nexts.addButton(option)
            self.next_options[key] = option
            lines.addWidget(option)
        self.next_options["import"].setChecked(True)
        lines.addStretch(1)
        return page

    def _caption(self, word: str) -> Label:
        label = Label(word, "second")
        label.setFixedWidth(76)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return label

    # -- divisions ---------------------------------------------------------------------------------------------

    def _take_places(self, places: list[Place]) -> None:
        self._places = places
        counties = [(p.name, p.code) for p in places if p.level == "county"]
        self.county.set_items(counties)
        self._fill_towns()

    def _fill_towns(self) -> None:
        county = self.county.value()
        self.town.set_items([(p.name, p.code) for p in self._places if p.level == "town" and p.parent_code == county])
        self.town.setCurrentIndex(0)
        self._fill_villages()

    def _fill_villages(self) -> None:
        town = self.town.value()
        self.village.set_items(
            [(p.name, p.code) for p in self._places if p.level == "village" and p.parent_code == town]
        )
        self.village.setCurrentIndex(0)
        self._propose_unit()

    def _propose_unit(self) -> None:
        word = {"county": self.county, "town": self.town, "village": self.village}[self.level()].currentText()
        endings = {"county": self.tr("农业农村局"), "town": self.tr("人民政府"), "village": ""}
        self.unit.setText(f"{word}{endings[self.level()]}" if word else "")
        self._propose_folder()
        self._tell()

    def _unit_typed(self) -> None:
        self._propose_folder()
        self._tell()

    def _propose_folder(self) -> None:
        safe = re.sub(r'[\\/:*?"<>|\s]+', "", self.unit.text()) or self.tr("登记册")
        self.folder.setText(str(self._home / f"{safe}.xcr"))

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("登记册放在"), str(self._home))
        if folder:
            self._home = Path(folder)
            self._propose_folder()
            self._tell()

    def _choose_list(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, self.tr("本县的区划文件"), "", self.tr("区划文件 (*.csv)"))
        if name:
            self.use_divisions(Path(name))

    def use_divisions(self, file: Path) -> None:
        """Take the divisions from a county's own file."""
        self._file = file
        self._gates.read(
            lambda _w: read_divisions(file, ""), self._take_places, owner=self, fail=self._refused, key="divisions"
        )

    def level(self) -> str:
        """county, town or village."""
        return next(key for key, option in self.level_options.items() if option.isChecked())

    def division(self) -> str:
        """Code of the division chosen for the level."""
        return str({"county": self.county, "town": self.town, "village": self.village}[self.level()].value() or "")

    # -- steps -------------------------------------------------------------------------------------------------

    def step(self) -> int:
        """Number of the current step, from 0."""
        return self.stack.currentIndex()

    def show_step(self, step: int) -> None:
        """Show a step."""
        self.stack.setCurrentIndex(step)
        self.steps.set_current(step)
        for key, (label, widget) in self._rows.items():
            needed = key in ("unit", "county") or (key == "town" and self.level() != "county")
            shown = needed or (key == "village" and self.level() == "village")
            label.setVisible(shown)
            widget.setVisible(shown)
        if step == 0:
            self.level_options[self.level()].setFocus(Qt.FocusReason.OtherFocusReason)
        elif step == 1:
            self._propose_unit()
            self.county.setFocus(Qt.FocusReason.OtherFocusReason)
        elif step == 2:
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if self.step() == 0:
            self.level_options[self.level()].setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The digits choose among the options of the first and the last step."""
        options = {0: self.level_options, 4: self.next_options}.get(self.step(), {})
        number = event.key() - Qt.Key.Key_1
        if 0 <= number < len(options):
            list(options.values())[number].click()
            self._tell()
        else:
            super().keyPressEvent(event)

    def problem(self) -> str:
        """What blocks the next step."""
        if self.step() == 1:
            if not self.division():
                return self.tr("还没有选区划")
            if not self.unit.text().strip():
                return self.tr("还没有写单位名称")
            if Path(self.folder.text()).exists():
                return self.tr("这个文件夹已经有了，换个地方或名称")
        if self.step() == 2:
            return self.tr("还没有写姓名") if not self.name.text().strip() else self.passphrase.problem()
        if self.step() == 3 and (self.card is None or not self.card.done):
            return self.tr("打印或抄好恢复卡后可以继续")
        return ""

    def _tell(self) -> None:
        if not hasattr(self, "bar"):
            return
        step, problem = self.step(), self.problem()
        words = [
            self.tr("下一步：单位"),
            self.tr("下一步：使用人和口令"),
            self.tr("建立登记册"),
            self.tr("下一步：带入旧数据"),
            self.tr("开始使用"),
        ]
        self.go.setText(self.tr("正在建立") if self._making else words[step])
        self.go.setEnabled(not problem and not self._making)
        self.bar.set_hint(problem)
        self.back.setVisible(step in (1, 2))
        self.leave.setVisible(step < 3)

    def forward(self) -> None:
        """Ctrl+Enter."""
        if self.problem() or self._making:
            return
        step = self.step()
        if step == 2:
            self._make()
        elif step == 4 and self._workspace is not None:
            chosen = next(key for key, option in self.next_options.items() if option.isChecked())
            ws, self._workspace = self._workspace, None
            self.made.emit(Made(ws, chosen))
        else:
            self.show_step(step + 1)

    def _make(self) -> None:
        self._making = True
        self._tell()
        place = Path(self.folder.text())
        unit, level, division = self.unit.text().strip(), self.level(), self.division()
        user, role, passphrase = self.name.text().strip(), self.role.value(), self.passphrase.value()
        source = self._file or resource_path("codelists", "divisions_village.csv")

        def function(_work: object) -> tuple[Workspace, str]:
            place.parent.mkdir(parents=True, exist_ok=True)
            return create_workspace(
                place, unit_name=unit, level=level, division_code=division, user=user, passphrase=passphrase,  # type: ignore[arg-type]
                role=role, divisions=source,  # type: ignore[arg-type]
            )  # fmt: skip

        self._gates.write(function, self._stands, owner=self, title=self.tr("建立登记册"), fail=self._refused)

    def _stands(self, made: tuple[Workspace, str]) -> None:
        self._making = False
        self._workspace, code = made
        self.card = RecoveryCardView(code, f"{self.unit.text().strip()} · {self.name.text().strip()}")
        self.card.secured.connect(self._tell)
        self._card_lines.insertWidget(self._card_lines.count() - 1, self.card)
        for step, detail in enumerate((self.level_options[self.level()].text(), self.unit.text(), self.name.text())):
            self.steps.set_detail(step, detail)
        self.show_step(3)

    def abandon(self) -> str:
        """The window goes before the end: close a register that already stands; its place, "" when there is none."""
        ws, self._workspace = self._workspace, None
        if ws is None:
            return ""
        ws.close()
        return ws.place

    def _refused(self, error: BaseException) -> None:
        self._making = False
        self._tell()
        self.message = error_dialog(error, self.tr("建立登记册") if self.step() == 2 else "", self)
        self.message.open()
