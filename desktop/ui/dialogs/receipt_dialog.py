"""A receipt under a contract: kind, day, amount; below, which dues it settles, before it is recorded."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QWidget

from desktop.app.money.contracts import ContractDetail
from desktop.app.money.money_books import today
from desktop.app.money.receipts import AllocationPreview, preview_allocation
from desktop.app.records.editing import new_record
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.registry import codelists
from desktop.registry.receivables import SETTLING
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.models.record_table import Column
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import ElidedLabel, Label, StatusWord, rule
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.widgets.value_fields import MoneyField, PartialDateField


class ReceiptDialog(QDialog):
    """`ReceiptDialog(shell, ws, contract, parent=None)`: Ctrl+Enter books it, Esc leaves. `saved(id)` afterwards."""

    saved = Signal(str)

    def __init__(self, shell: Shell, ws: Workspace, contract: ContractDetail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._contract = shell, ws, contract
        self.preview: AllocationPreview | None = None
        lines, head = begin_dialog(self, self.tr("登记收款"), width=theme().px("dialog_w") + 100)
        line = contract.line
        about = " · ".join(w for w in (line.contract_no, line.operator) if w)
        head.addWidget(ElidedLabel(about, "second"), 1)
        lines.addLayout(head)
        lines.addLayout(self._make_fields())
        lines.addWidget(rule())
        row = QHBoxLayout()
        self.caption = Label(self.tr("这笔款先抵最早的一期"), "strong")
        self.rest = StatusWord()
        row.addWidget(self.caption)
        row.addStretch(1)
        row.addWidget(self.rest)
        lines.addLayout(row)
        self.parts = SmallTable(
            [
                Column("on", self.tr("应收日期"), 100, "date", stretch=True),
                Column("due", self.tr("应收 元"), 110, "money"),
                Column("before", self.tr("已收 元"), 110, "money"),
                Column("part", self.tr("这次抵 元"), 110, "money"),
                Column("owed", self.tr("还差 元"), 110, "money"),
            ],
            fill=True,
        )
        self.parts.setFixedHeight(theme().px("table_header") + round(28 * max(theme().scale, 1.0)) * 5)
        lines.addWidget(self.parts)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        self.stay = Button(self.tr("先不登记"), key="Esc")
        self.go = Button(self.tr("登记并记账"), "primary", key="Ctrl+Enter")
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.record)
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self._ask()
        self.amount.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_fields(self) -> QGridLayout:
        kinds = [(i.name, i.code) for i in codelists.items("receipt_kind") if i.code != "disposal"]
        self.kind = Select(kinds)
        equity = self._contract.values.get("mode") == "equity"
        self.kind.set_value("dividend" if equity else "rent")
        self.amount = MoneyField()
        self.on = PartialDateField(whole_days=True)
        self.on.set_value(today())
        self.year = TextField(today()[:4])
        self.voucher = TextField(placeholder=self.tr("可不填"))
        self.note = TextField()
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        cells: list[tuple[str, QWidget]] = [
            (self.tr("款项"), self.kind), (self.tr("金额"), self.amount), (self.tr("收款日期"), self.on),
            (self.tr("所属年度"), self.year), (self.tr("凭证号"), self.voucher), (self.tr("备注"), self.note),
        ]  # fmt: skip
        for i, (word, widget) in enumerate(cells):
            caption = Label(word, "second")
            caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(caption, i // 2, i % 2 * 2)
            grid.addWidget(widget, i // 2, i % 2 * 2 + 1)
            widget.setAccessibleName(word)
        self.kind.setSizePolicy(self.voucher.sizePolicy())
        self.kind.picked.connect(lambda _v: self._ask())
        self.amount.value_changed.connect(self._ask)
        self.on.value_changed.connect(self._ask)
        self.year.textEdited.connect(lambda _t: self._tell())
        return grid

    def day(self) -> str | None:
        """The day of the receipt, ISO."""
        date = self.on.value()
        return date.iso() if date is not None and date.precision == "day" else None

    def problem(self) -> str:
        """Why it cannot be recorded."""
        for field in (self.amount, self.on):
            if field.problem():
                return str(field.problem())
        if not self.amount.value():
            return self.tr("还没有填金额")
        if (self.amount.value() or 0) < 0:
            return self.tr("金额填正数；记错的收款用冲销")
        if self.day() is None:
            return self.tr("收款日期要写到日")
        if not (self.year.text().strip().isdigit() and len(self.year.text().strip()) == 4):
            return self.tr("所属年度应是四位年份")
        return ""

    def _ask(self) -> None:
        """Fetch what this receipt would settle."""
        ws, contract = self._ws, self._contract.line.id
        kind, fen, on = str(self.kind.value()), self.amount.value() or 0, self.day() or today()
        self._shell.gates.read(
            lambda _w: preview_allocation(ws, contract, kind, fen, on) if fen > 0 else None,
            self._show,
            owner=self,
            key=f"allocation-{id(self)}",
            title=self.tr("算这笔款抵哪几期"),
        )
        self._tell()

    def _show(self, found: AllocationPreview | None) -> None:
        self.preview = found
        settling = self.kind.value() in SETTLING
        self.caption.setText(
            self.tr("这笔款先抵最早的一期") if settling else self.tr("这种款项不抵应收计划")
        )
        rows: list[tuple[str, tuple[Any, ...]]] = []
        if found is not None:
            mine = {on: fen for on, fen, _settled in found.parts}
            for i, due in enumerate(found.after.dues):
                part = mine.get(due.on, 0)
                if part or (due.owed and len(rows) < 5):
                    rows.append((str(i), (due.on, due.amount, due.paid - part, part or None, due.owed)))
        self.parts.set_rows(rows)
        if found is None or not settling:
            self.rest.show_status("", "", "neutral")
        elif found.advance_fen:
            words = self.tr("多出 {v} 元，作预收").format(v=format_yuan(found.advance_fen))
            self.rest.show_status(words, "alert", "warning")
        else:
            words = self.tr("抵 {n} 期，一分不剩").format(n=len(found.parts))
            self.rest.show_status(words, "ok", "success")

    def _tell(self) -> None:
        problem = self.problem()
        self.go.setEnabled(not problem)
        self.hint.setText(problem)
        self.hint.update()

    def record(self) -> None:
        """Ctrl+Enter: the receipt and its voucher in one unit of work."""
        if self.problem():
            return
        ws = self._ws
        values = {
            "contract_id": self._contract.line.id, "kind": self.kind.value(), "amount_fen": self.amount.value(),
            "on_date": self.day(), "income_year": int(self.year.text()), "voucher_no": self.voucher.text().strip(),
            "note": self.note.text().strip(),
        }  # fmt: skip
        write_once(
            self, self._shell.gates, lambda _w: new_record(ws, "receipt", values), self._saved,
            title=self.tr("登记收款"), fail=self._failed,
        )  # fmt: skip

    def _saved(self, record: str) -> None:
        self._shell.toast(self.tr("收款已登记并记账"))
        self.saved.emit(record)
        self.accept()

    def _failed(self, error: BaseException) -> None:
        self._tell()
        self._shell.show_error(error, self.tr("登记收款"))
