"""资金 of an asset: what it is worth on a day, where its money came from, what changed its value, its depreciation."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.app.money.money_books import AssetValues, asset_values, today
from desktop.app.records.details import AssetDetail
from desktop.app.records.editing import new_record, open_record, remove_record
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.ui.case_fields import section
from desktop.ui.dialogs.funds_dialog import FundsDialog
from desktop.ui.dialogs.message import confirm
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import ElidedLabel, Label, StatusWord
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.widgets.value_fields import PartialDateField

CHANGE_FIELDS = ("on_date", "kind", "amount_fen", "depreciation_fen", "remaining_months", "source_doc", "reason",
                 "note")  # fmt: skip


class FundsTab(RecordTab):
    """The day at the top governs the figures; fund parts are one list, because they are one cell."""

    key = "money"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: FundsDialog | RecordDialog | None = None
        self._make_values()
        self.funds = SmallTable(
            [
                Column("source", self.tr("资金来源"), 200, "name", stretch=True),
                Column("amount", self.tr("金额 元"), 140, "money"),
                Column("wan", self.tr("金额 万元"), 120, "wan"),
            ]
        )
        self.fund_sum = StatusWord()
        self.funds_button = Button(self.tr("改资金来源"), icon="edit", small=True)
        self.funds_button.clicked.connect(self.edit_funds)
        side: list[QWidget] = [self.fund_sum, self.funds_button] if self.may_edit else [self.fund_sum]
        self.lines.addWidget(Titled(self.tr("资金来源"), self.funds, side))
        self.changes = SmallTable(
            [
                Column("on", self.tr("日期"), 92, "date"),
                Column("kind", self.tr("变动"), 108, "name"),
                Column("amount", self.tr("金额 元"), 112, "money"),
                Column("net", self.tr("变动后净值"), 112, "money"),
                Column("reason", self.tr("原因和依据"), 120, "quiet", stretch=True),
            ]
        )
        self.changes.opened.connect(self.drop_change)
        self.change_button = Button(self.tr("登记变动"), icon="plus", small=True)
        self.change_button.clicked.connect(self.add_change)
        self.changes_part = Titled(
            self.tr("价值变动"), self.changes, [self.change_button] if self.may_edit else []
        )
        self.lines.addWidget(self.changes_part)
        self.no_changes = Label(self.tr("没有登记过改扩建、减值或盘盈盘亏"), "second")
        self.lines.addWidget(self.no_changes)
        self.years = SmallTable(
            [
                Column("year", self.tr("年度"), 70, "name", stretch=True),
                Column("charged", self.tr("本年折旧 元"), 120, "money"),
                Column("worn", self.tr("累计折旧 元"), 120, "money"),
                Column("net", self.tr("年末净值 元"), 130, "money"),
            ]
        )
        self.years_part = Titled(self.tr("各年折旧"), self.years)
        self.lines.addWidget(self.years_part)
        self.lines.addStretch(1)

    def _make_values(self) -> None:
        self.on = PartialDateField(whole_days=True)
        self.on.setFixedWidth(128)
        self.on.set_value(today())
        self.on.setAccessibleName(self.tr("截至哪一天"))
        self.on.value_changed.connect(self._day_changed)
        self.net = Label("", "section")
        self.equation = ElidedLabel("", "second")
        self.rule = ElidedLabel("", "caption")
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(Label(self.tr("截至"), "muted"))
        row.addWidget(self.on)
        self.known = PartialDateField(whole_days=True)
        self.known.setFixedWidth(128)
        self.known.field.setPlaceholderText(self.tr("按记录日期"))
        self.known.setAccessibleName(self.tr("按记录日期"))
        self.known.setToolTip(self.tr("只看本册到这一天为止记下的内容，后来的更正不算"))
        self.known.value_changed.connect(self._day_changed)
        row.addWidget(self.known)
        row.addWidget(self.net)
        row.addStretch(1)
        self.lines.addWidget(head)
        self.lines.addWidget(self.equation)
        self.lines.addWidget(self.rule)

    @classmethod
    def word(cls) -> str:
        return "资金"

    @staticmethod
    def count(ws: Workspace, record: str) -> str:
        row = ws.register.row("asset", record)
        return str(len((row or {}).get("fund_parts") or ()) or "")

    # -- showing -----------------------------------------------------------------------------------------------

    def day(self) -> str:
        """The day asked for, ISO; today while none is written."""
        date = self.on.value()
        return date.iso() if date is not None and date.precision == "day" else today()

    def _day_changed(self) -> None:
        date = self.on.value()
        if date is not None and date.precision == "day" and not (self.on.problem() or self.known.problem()):
            self.reload()

    def known_at(self) -> str | None:
        """The day up to which what was recorded counts, ISO; None for everything known now."""
        date = self.known.value()
        return date.iso() if date is not None and date.precision == "day" else None

    def load(self, record: str) -> AssetValues | None:
        return asset_values(self.ws, record, self.day(), self.known_at())

    def show_data(self, detail: AssetDetail, data: AssetValues | None) -> None:
        self._show_funds(detail)
        if data is None:
            self.net.setText(self.tr("那时还没有记下这项资产"))
            for part in (self.equation, self.rule):
                part.setText("")
            self.changes.set_rows([])
            self.years.set_rows([])
            return
        self._show_values(data)
        self.changes.set_rows([
            (c.id, (c.on, c.kind, c.amount_fen, c.after.net, "，".join(w for w in (c.reason, c.source_doc) if w)))
            for c in data.changes
        ])  # fmt: skip
        self.changes.setVisible(bool(data.changes))
        self.no_changes.setVisible(not data.changes)
        shown = [y for y in data.years if y.charged or y.year == int(self.day()[:4])]
        self.years.set_rows([
            (str(y.year), (str(y.year), y.charged, y.values.depreciation, y.values.net)) for y in shown
        ])  # fmt: skip
        self.years_part.setVisible(data.basis.rule is not None and any(y.charged for y in data.years))

    def _show_values(self, data: AssetValues) -> None:
        """The value of the day in one statement: the net, what it is made of, and how depreciation is counted."""
        values = data.values
        if values.net is None:
            self.net.setText(self.tr("净值未知"))
            self.equation.setText(self.tr("没有填原始价值"))
        else:
            self.net.setText(self.tr("净值 {v} 元").format(v=format_yuan(values.net)))
            words = self.tr("= 原值 {original} − 累计折旧 {worn} − 减值准备 {impaired}")
            self.equation.setText(
                words.format(
                    original=format_yuan(values.original or 0), worn=format_yuan(values.depreciation or 0),
                    impaired=format_yuan(values.impairment or 0),
                )
            )  # fmt: skip
        stated = self.tr("累计折旧是台账填报的数，没有定折旧办法，不逐月计")
        self.rule.setText(stated if data.basis.rule is None else self.tr("折旧：{rule}").format(rule=data.rule_words))

    def _show_funds(self, detail: AssetDetail) -> None:
        self.funds.set_rows([(str(i), (name, fen, fen)) for i, (name, fen) in enumerate(detail.fund_parts)])
        total, value = sum(fen for _name, fen in detail.fund_parts), detail.values.get("original_value_fen")
        if not detail.fund_parts:
            self.fund_sum.show_status(self.tr("还没有登记资金来源"), "", "neutral")
        elif value is None:
            self.fund_sum.show_status(self.tr("合计 {v} 元").format(v=format_yuan(total)), "", "neutral")
        elif total == value:
            self.fund_sum.show_status(self.tr("合计 {v} 元，等于原值").format(v=format_yuan(total)), "ok", "success")
        else:
            words = self.tr("合计 {v} 元，与原值差 {d} 元")
            self.fund_sum.show_status(
                words.format(v=format_yuan(total), d=format_yuan(abs(total - value))), "alert", "warning"
            )

    # -- changing ----------------------------------------------------------------------------------------------

    def edit_funds(self) -> None:
        """The fund parts, in their own dialog."""
        detail = self.pane.shown
        if self.may_edit and detail is not None:
            self.dialog = FundsDialog(self.shell, self.ws, detail, self)
            self.dialog.open()

    def add_change(self) -> None:
        """登记变动: one change of the original value or of its impairment."""
        detail, ws = self.pane.shown, self.ws
        if not self.may_edit or detail is None:
            return
        asset = detail.id

        def save(values: dict[str, Any]) -> object:
            return new_record(ws, "value_change", {**values, "asset_id": asset})

        self.dialog = RecordDialog(
            self.shell, self.tr("登记价值变动"), "value_change",
            [section("value_change", CHANGE_FIELDS, required=("on_date", "kind", "amount_fen"))], save,
            go=self.tr("登记"), values={"on_date": today()}, about=detail.name, parent=self,
        )  # fmt: skip
        self.dialog.saved.connect(lambda _id: self.shell.toast(self.tr("已登记价值变动")))
        self.dialog.open()

    def drop_change(self, record: str) -> None:
        """Take a wrong change out again; it stays in the history."""
        ws = self.ws
        if not self.may_edit or not confirm(
            self.tr("移除这次变动"),
            self.tr("移除后各日的价值重新计算，变更记录留着，可以恢复。"),
            self.tr("移除"),
            self.tr("先不移除"),
            danger=True,
            parent=self,
        ):
            return
        self.shell.gates.write(
            lambda _w: remove_record(ws, open_record(ws, "value_change", record)),
            lambda _done: self.shell.toast(self.tr("已移除")),
            owner=self,
            title=self.tr("移除"),
        )
