"""A new contract, or a draft's: parties, term and rent rule at the left, the schedule it makes at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.money.contracts import (
    ContractChoices,
    change_draft,
    interest_words,
    new_contract_with_parties,
    preview_schedule,
)
from desktop.app.workspace import Workspace
from desktop.common.errors import InputRefused
from desktop.common.money import format_yuan
from desktop.registry import codelists
from desktop.registry.labels import label
from desktop.registry.rent_schedule import PERIOD_WORDS, RentRule, rule_from
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import ElidedLabel, Label, StatusWord, rule
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.widgets.value_fields import MoneyField, PartialDateField

_SIDE_BY_SIDE = 6
"""So many modes of operation stand beside one another."""


class ContractDialog(QDialog):
    """`ContractDialog(shell, ws, choices, values=None, rent=None, …)`: Ctrl+Enter registers a draft, Esc leaves.

    With `record` it changes that draft. A party that is not in the register is typed as it is called and made with the
    contract. `made(id)` afterwards.
    """

    made = Signal(str)

    def __init__(
        self,
        shell: Shell,
        ws: Workspace,
        choices: ContractChoices,
        values: Mapping[str, Any] | None = None,
        rent: RentRule | None = None,
        *,
        about: str = "",
        title: str = "",
        record: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._choices = shell, ws, choices
        self._given, self._record = dict(values or {}), record
        self._interest = ""
        self._title = title or self.tr("登记合同")
        self.setWindowTitle(self._title)
        self.setFixedWidth(theme().px("dialog_wide_w") + 120)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(18, 12, 18, 10)
        head.setSpacing(10)
        head.addWidget(Label(self._title, "question"))
        head.addWidget(ElidedLabel(about, "second"), 1)
        lines.addLayout(head)
        lines.addWidget(rule())
        middle = QHBoxLayout()
        middle.setContentsMargins(18, 12, 18, 12)
        middle.setSpacing(18)
        middle.addLayout(self._make_fields(), 5)
        middle.addWidget(rule("v"))
        middle.addLayout(self._make_schedule(), 3)
        lines.addLayout(middle)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setContentsMargins(18, 12, 18, 12)
        foot.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        self.stay = Button(self.tr("先不登记"), key="Esc")
        self.go = Button(self.tr("保存") if record else self.tr("登记为草拟"), "primary", key="Ctrl+Enter")
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.record)
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self._load(rent)
        self._connect()
        self._tell()
        self.number.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- parts -------------------------------------------------------------------------------------------------

    def _mode_box(self) -> Segments | Select:
        """The modes with a contract that are in use, and the contract's own; more than six do not fit side by side."""
        own = self._given.get("mode")
        modes = [
            item for item in codelists.whole("operation_mode")
            if item.code == own or (item.more.get("needs_contract") == "1" and item.in_use(codelists.today()))
        ]  # fmt: skip
        if len(modes) > _SIDE_BY_SIDE:
            return Select([(item.name, item.code) for item in modes])
        return Segments([(i.code, i.name.split("/")[0].removesuffix("经营")) for i in modes], "lease")

    def _make_fields(self) -> QGridLayout:
        self.number = TextField(placeholder=self.tr("例如 双租〔2026〕3号"))
        self.mode = self._mode_box()
        self.lessor = self._party_box(self.tr("出租、发包或投资方"))
        self.operator = self._party_box(self.tr("承租、承包或被投资方"))
        self.asset = Select([(name, i) for i, name in self._choices.assets], editable=True,
                            placeholder=self.tr("资产名称或编号"))  # fmt: skip
        self.part = TextField(placeholder=self.tr("整项不填；如 3 号铺面、除 3 号铺面外"))
        self.signed, self.start, self.end = (PartialDateField(whole_days=True) for _ in range(3))
        self.amount, self.deposit = MoneyField(), MoneyField()
        self.purpose = TextField()
        self.period = Select([(word, code) for code, word in PERIOD_WORDS.items()])
        self.first_due = PartialDateField(whole_days=True)
        self.basis = Segments([("amount", self.tr("每期")), ("total", self.tr("总额"))], "amount", small=True)
        self.rent = MoneyField()
        self.growth = TextField("0")
        self.every = TextField("1")
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        name = {c: label("contract", c).removesuffix("（元）") for c in (
            "contract_no", "mode", "lessor_party_id", "operator_party_id", "signed_date", "purpose", "deposit_fen",
        )}  # fmt: skip
        wide: list[tuple[str, QWidget]] = [
            (name["contract_no"], self.number), (name["mode"], self.mode), (name["lessor_party_id"], self.lessor),
            (name["operator_party_id"], self.operator), (self.tr("资产"), self.asset),
        ]  # fmt: skip
        row = 0
        for caption, widget in wide:
            self._caption(grid, caption, row, 0)
            grid.addWidget(widget, row, 1, 1, 3)
            widget.setAccessibleName(caption)
            row += 1
        rent = QWidget()
        both = QHBoxLayout(rent)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(6)
        both.addWidget(self.basis)
        both.addWidget(self.rent, 1)
        for part in (Label(self.tr("每"), "second"), self.every, Label(self.tr("期递增"), "second"), self.growth,
                     Label("%", "second")):  # fmt: skip
            both.addWidget(part)
        self.every.setFixedWidth(44)
        self.growth.setFixedWidth(56)
        self.every.setAccessibleName(self.tr("几期递增一次"))
        self.growth.setAccessibleName(self.tr("递增百分比"))
        pairs: list[tuple[tuple[str, QWidget], tuple[str, QWidget]]] = [
            ((self.tr("部分"), self.part), (name["purpose"], self.purpose)),
            ((self.tr("合同期 自"), self.start), (self.tr("至（含）"), self.end)),
            ((name["signed_date"], self.signed), (name["deposit_fen"], self.deposit)),
            ((self.tr("付款周期"), self.period), (self.tr("首次应付"), self.first_due)),
        ]
        for left, right in pairs:
            for column, (caption, widget) in ((0, left), (2, right)):
                self._caption(grid, caption, row, column)
                grid.addWidget(widget, row, column + 1)
                widget.setAccessibleName(caption)
            row += 1
        self._caption(grid, self.tr("租金"), row, 0)
        grid.addWidget(rent, row, 1, 1, 3)
        row += 1
        self.amount_caption = self._caption(grid, self.tr("合同金额"), row, 0)
        grid.addWidget(self.amount, row, 1)
        self.amount_hint = ElidedLabel("", "second")
        grid.addWidget(self.amount_hint, row, 2, 1, 2)
        for box in (self.lessor, self.operator, self.asset, self.period):
            box.setSizePolicy(self.number.sizePolicy())
        grid.setRowStretch(row + 1, 1)
        return grid

    def _caption(self, grid: QGridLayout, text: str, row: int, column: int) -> Label:
        caption = Label(text, "second")
        caption.setFixedWidth(round((96 if column == 0 else 62) * max(theme().scale, 1.0)))
        caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(caption, row, column)
        return caption

    def _party_box(self, placeholder: str) -> Select:
        return Select([(name, i) for i, name in self._choices.parties], editable=True, placeholder=placeholder)

    def _make_schedule(self) -> QVBoxLayout:
        lines = QVBoxLayout()
        lines.setSpacing(6)
        lines.addWidget(Label(self.tr("应收计划"), "strong"))
        self.schedule = SmallTable(
            [
                Column("n", self.tr("期"), 44, "number"),
                Column("on", self.tr("应收日期"), 104, "date", stretch=True),
                Column("amount", self.tr("金额 元"), 124, "money"),
            ],
            fill=True,
        )
        self.schedule.setMinimumHeight(280)
        lines.addWidget(self.schedule, 1)
        self.sum = StatusWord()
        lines.addWidget(self.sum)
        return lines

    def _load(self, rent: RentRule | None) -> None:
        given = self._given
        self.number.setText(str(given.get("contract_no") or ""))
        if given.get("mode"):
            self.mode.set_value(str(given["mode"]))
        for box, column in ((self.lessor, "lessor_party_id"), (self.operator, "operator_party_id")):
            box.set_value(given.get(column))
            if not given.get(column):
                box.setCurrentIndex(-1)
                box.setEditText("")
        assets = given.get("assets") or []
        first = assets[0] if assets else None
        chosen = (first.get("asset_id") if isinstance(first, Mapping) else first[0]) if first else None
        self.asset.set_value(chosen)
        self.part.setText(str((first.get("part") if isinstance(first, Mapping) else None) or ""))
        if not chosen:
            self.asset.setCurrentIndex(-1)
            self.asset.setEditText("")
        for field, column in ((self.signed, "signed_date"), (self.start, "term_start"), (self.end, "term_end")):
            field.set_value(given.get(column))
        self.amount.set_value(given.get("amount_fen"))
        self.deposit.set_value(given.get("deposit_fen"))
        self.purpose.setText(str(given.get("purpose") or ""))
        self.period.set_value("year")
        self.first_due.set_value(given.get("term_start"))
        if rent is not None:
            self.period.set_value(rent.period)
            self.first_due.set_value(rent.first_due)
            self.basis.set_value("amount" if rent.amount_fen is not None else "total")
            self.rent.set_value(rent.amount_fen if rent.amount_fen is not None else rent.total_fen)
            self.growth.setText(rent.growth_percent)
            self.every.setText(str(rent.growth_every))

    def _connect(self) -> None:
        for field in (self.number, self.part, self.purpose, self.growth, self.every):
            field.textEdited.connect(lambda _t: self._tell())
        self.operator.picked.connect(lambda _v: self._ask_interest())
        for box in (self.lessor, self.operator, self.asset):
            box.line().textEdited.connect(lambda _t: self._tell())
            box.picked.connect(lambda _v: self._tell())
        self.period.picked.connect(lambda _v: self._tell())
        for chosen in (self.mode.changed if isinstance(self.mode, Segments) else self.mode.picked, self.basis.changed):
            chosen.connect(lambda _v: self._tell())
        for date in (self.signed, self.end, self.first_due):
            date.value_changed.connect(self._tell)
        self.start.value_changed.connect(self._started)
        for money in (self.amount, self.deposit, self.rent):
            money.value_changed.connect(self._tell)

    def _started(self) -> None:
        """The first due follows the beginning of the term until it is set otherwise."""
        day = _day(self.start)
        if day and (not _day(self.first_due) or not self.rent.value()):
            self.first_due.set_value(day)
        self._tell()

    def _ask_interest(self) -> None:
        """Whether the operator is an official or lives with one: said beside the buttons, never barred."""
        ws, (party, _name) = self._ws, _party(self.operator)
        self._interest = ""
        if party is None:
            return
        self._shell.gates.read(
            lambda _w: interest_words(ws, party), self._say_interest, owner=self, key=f"interest-{id(self)}"
        )

    def _say_interest(self, words: str) -> None:
        self._interest = words
        self._tell()

    # -- what it says ------------------------------------------------------------------------------------------

    def rent_rule(self) -> RentRule | None:
        """The rule as typed; None while no rent is written. Raises InputRefused for what is wrong with it."""
        if self.rent.value() is None:
            return None
        return rule_from({
            "period": self.period.value(), "first_due": _day(self.first_due) or "",
            f"{self.basis.value()}_fen": self.rent.value(), "growth_percent": self.growth.text().strip() or "0",
            "growth_every": self.every.text().strip() or 1,
        })  # fmt: skip

    def _tell(self) -> None:
        """The schedule, its sum, and what still bars registering."""
        problem = next((f.problem() for f in (self.start, self.end, self.signed, self.first_due, self.rent,
                                              self.amount, self.deposit) if f.problem()), "")  # fmt: skip
        start, end = _day(self.start), _day(self.end)
        rows: Sequence[tuple[str, int]] = ()
        self.sum.show_status(self.tr("填了期限和租金，这里列出各期"), "", "neutral")
        try:
            rent = self.rent_rule()
            if rent is not None and start and end and not problem:
                made = preview_schedule(rent, start, end, str(self.mode.value()), self.amount.value())
                rows = made.dues
                words = self.tr("{n} 期，合计 {v} 元").format(n=len(rows), v=format_yuan(made.total_fen))
                if made.difference_fen:
                    words += self.tr("，与合同金额差 {d} 元").format(d=format_yuan(abs(made.difference_fen)))
                tone = ("alert", "warning") if made.difference_fen else ("ok", "success")
                self.sum.show_status(words, tone[0], tone[1])  # type: ignore[arg-type]
        except InputRefused as error:
            problem = problem or error.message.removesuffix("没有生成计划。").removesuffix("没有生成。").rstrip("；。")
        self.schedule.set_rows([(str(i), (i + 1, on, fen)) for i, (on, fen) in enumerate(rows)])
        fixed = self.mode.value() in ("lease", "contract")
        self.amount_caption.setText(self.tr("合同金额") if fixed else self.tr("本金"))
        self.amount_hint.setText(self.tr("不填就取应收计划的合计") if fixed else "")
        new = [box.value() for box in (self.lessor, self.operator) if _typed_new(box)]
        if not problem and not self.number.text().strip():
            problem = self.tr("还没有填合同编号")
        if not problem and start and end and start > end:
            problem = self.tr("合同到期日早于开始日")
        if not problem and _typed_new(self.asset):
            problem = self.tr("资产要从台账里选")
        self.go.setEnabled(not problem)
        said = self.tr("册中没有“{name}”，登记时一并建立").format(name="”“".join(map(str, new))) if new else ""
        self.hint.setText(problem or self._interest or said)
        self.hint.set_tone("warning" if not problem and self._interest else "")
        self.hint.setToolTip(self._interest)
        self.hint.update()

    def values(self) -> dict[str, Any]:
        """The contract as it is typed, without the parties."""
        asset = None if self.asset.currentIndex() < 0 else self.asset.value()
        lines = [[asset, self.part.text().strip() or None]] if asset else []
        kept = self._given.get("assets") or []
        if len(kept) > 1 and asset:
            lines += [list(line.values()) if isinstance(line, Mapping) else list(line) for line in kept[1:]]
        return {
            **{k: v for k, v in self._given.items() if k in ("renewal_of", "division_code", "note")},
            "contract_no": self.number.text().strip(), "mode": self.mode.value(), "assets": lines,
            "signed_date": _day(self.signed), "term_start": _day(self.start), "term_end": _day(self.end),
            "amount_fen": self.amount.value(), "deposit_fen": self.deposit.value(),
            "purpose": self.purpose.text().strip(),
        }  # fmt: skip

    def record(self) -> None:
        """Ctrl+Enter: the draft stands, with parties that were new."""
        self._tell()
        if not self.go.isEnabled():
            return
        ws, values, rent = self._ws, self.values(), self.rent_rule()
        parties = {"lessor_party_id": _party(self.lessor), "operator_party_id": _party(self.operator)}
        record = self._record
        write_once(
            self,
            self._shell.gates,
            lambda _w: (
                change_draft(ws, record, values, parties, rent)
                if record
                else new_contract_with_parties(ws, values, parties, rent)
            ),
            self._made,
            title=self._title,
            fail=self._failed,
        )

    def _made(self, record: str) -> None:
        said = self.tr("合同已保存") if self._record else self.tr("合同已登记，办理“生效”后开始计应收")
        self._shell.toast(said)
        self.made.emit(record)
        self.accept()

    def _failed(self, error: BaseException) -> None:
        self.go.setEnabled(True)
        self._shell.show_error(error, self._title)


def _day(field: PartialDateField) -> str | None:
    date = field.value()
    return date.iso() if date is not None and date.precision == "day" else None


def _typed_new(box: Select) -> bool:
    """Whether something stands in the box that is none of its choices."""
    return bool(box.currentText().strip()) and box.findText(box.currentText()) < 0


def _party(box: Select) -> tuple[str | None, str]:
    """(id, "") of a chosen party, (None, name) of a new one, (None, "") when there is none."""
    text = box.currentText().strip()
    index = box.findText(box.currentText())
    if not text:
        return None, ""
    return (str(box.itemData(index)), "") if index >= 0 else (None, text)
