"""收入去向 of a disposal: what is taken off first, then each owner's part and its uses, equal to the 分."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.app.cases.cases import CaseDetail, party_choices
from desktop.app.cases.disposals import DisposalSums, disposal_sums, propose_destinations, save_destinations
from desktop.common.money import format_yuan
from desktop.registry import codelists
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.balance_bar import BalanceBar, BarPart
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.code_select import CodeSelect
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.labels import ElidedLabel, Label, rule
from desktop.ui.widgets.value_fields import MoneyField


class _Line(QWidget):
    """One line: what (or for whom and which use), how much, the paper."""

    changed = Signal()
    dropped = Signal()

    def __init__(self, parties: Sequence[tuple[str, str]] | None) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        self.what = TextField(placeholder=self.tr("费用名称"))
        self.party = Select(list(parties or ()), placeholder=self.tr("归谁"))
        self.party.setCurrentIndex(-1)
        self.use = CodeSelect("income_use", placeholder=self.tr("用途"))
        self.use.setCurrentIndex(-1)
        self.amount = MoneyField(self.tr("元"))
        self.paper = TextField(placeholder=self.tr("凭证"))
        self.paper.setMinimumWidth(84)
        self.remove = Button(icon="x", kind="quiet", tip=self.tr("去掉这一行"), small=True)
        self.deduction = parties is None
        if self.deduction:
            row.addWidget(self.what, 5)
        else:
            for box in (self.party, self.use):
                box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            row.addWidget(self.party, 4)
            row.addWidget(self.use, 3)
        self.amount.setFixedWidth(140)
        row.addWidget(self.amount)
        row.addWidget(self.paper, 2)
        row.addWidget(self.remove)
        self.what.textEdited.connect(lambda _t: self.changed.emit())
        self.paper.textEdited.connect(lambda _t: self.changed.emit())
        self.party.currentIndexChanged.connect(lambda _i: self.changed.emit())
        self.use.currentIndexChanged.connect(lambda _i: self.changed.emit())
        self.amount.value_changed.connect(self.changed)
        self.remove.clicked.connect(self.dropped)

    def show_row(self, row: Sequence[Any]) -> None:
        """As stored: (kind, 分, note) or (party, use, 分, note)."""
        if self.deduction:
            self.what.setText(str(row[0] or ""))
        else:
            self.party.set_value(row[0] or "")
            self.use.set_value(row[1] or "")
        self.amount.set_value(row[-2])
        self.paper.setText(str(row[-1] or ""))
        self.paper.setCursorPosition(0)

    def row(self) -> list[Any]:
        """As it is stored."""
        note = self.paper.text().strip() or None
        if self.deduction:
            return [self.what.text().strip() or None, self.amount.value(), note]
        party, use = self.party.value(), self.use.value()
        return [party or None, use or None, self.amount.value(), note]

    def set_editable(self, on: bool) -> None:
        """Whether it may be changed."""
        for field in (self.what, self.amount, self.paper):
            field.setReadOnly(not on)
        for box in (self.party, self.use):
            box.setEnabled(on)
        self.remove.setVisible(on)


class DestinationsTab(RecordTab):
    """Deductions and destinations with their equation; 按份额分 proposes what closes."""

    key = "destinations"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self._record = ""
        self._parties: list[tuple[str, str]] = []
        self._owners: DisposalSums | None = None
        self._proceeds = 0
        self._editable = False
        self._dirty = False
        self.deductions: list[_Line] = []
        self.destinations: list[_Line] = []
        self.lines.setSpacing(6)
        self.none = Label(self.tr("还没有成交，没有收入要安排"), "second")
        self.lines.addWidget(self.none)
        self.body = QWidget()
        rows = QVBoxLayout(self.body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        self.off_sum = ElidedLabel("", "second")
        self.add_off = Button(self.tr("加一项费用"), icon="plus", small=True)
        rows.addLayout(_head(self.tr("先扣费用"), self.off_sum, self.add_off))
        self._off = QVBoxLayout()
        self._off.setSpacing(0)
        rows.addLayout(self._off)
        rows.addWidget(rule("grid"))
        self.net_words = ElidedLabel("", "second")
        self.split = Button(self.tr("按份额分"), small=True)
        self.add_to = Button(self.tr("加一行"), icon="plus", key="Alt+A", small=True)
        self.save_button = Button(self.tr("存下去向"), "primary", small=True)
        rows.addLayout(_head(self.tr("归所有权人"), self.net_words, self.split, self.add_to, self.save_button))
        self._to = QVBoxLayout()
        self._to.setSpacing(0)
        rows.addLayout(self._to)
        self.owners = Label("", "caption", wrap=True)
        rows.addWidget(self.owners)
        self.bar = BalanceBar()
        rows.addWidget(self.bar)
        self.lines.addWidget(self.body)
        self.lines.addStretch(1)
        self.add_off.clicked.connect(lambda: self._add(None))
        self.add_to.clicked.connect(lambda: self._add(self._parties))
        self.split.clicked.connect(self.split_by_share)
        self.save_button.clicked.connect(self.save)

    @classmethod
    def word(cls) -> str:
        return "收入去向"

    def load(self, record: str) -> Any:
        return record, party_choices(self.ws), disposal_sums(self.ws, record)

    def show_data(self, detail: CaseDetail, data: Any) -> None:
        record, self._parties, self._owners = data
        values = detail.values
        traded = values.get("proceeds_fen") is not None
        self.none.setVisible(not traded)
        self.body.setVisible(traded)
        self._editable = self.may_edit and detail.state == "traded"
        self._proceeds = int(values.get("proceeds_fen") or 0)
        if self._dirty and self._editable and record == self._record:
            self._tell()
            return  # what is being written is newer than what was loaded
        self._record = record
        for line in [*self.deductions, *self.destinations]:
            self._drop(line, tell=False)
        for row in values.get("deductions") or []:
            self._add(None, list(row.values()))
        for row in values.get("destinations") or []:
            self._add(self._parties, list(row.values()))
        for button in (self.add_off, self.add_to, self.split, self.save_button):
            button.setVisible(self._editable)
        self._dirty = False
        self._tell()

    # -- rows --------------------------------------------------------------------------------------------------

    def _add(self, parties: Sequence[tuple[str, str]] | None, row: Sequence[Any] | None = None) -> None:
        line = _Line(parties)
        if row is not None:
            line.show_row(row)
        line.set_editable(self._editable)
        (self.deductions if parties is None else self.destinations).append(line)
        (self._off if parties is None else self._to).addWidget(line)
        line.changed.connect(self._edited)
        line.dropped.connect(lambda: self._drop(line))
        if row is None:
            (line.what if parties is None else line.party).setFocus(Qt.FocusReason.OtherFocusReason)
            self._edited()

    def _drop(self, line: _Line, *, tell: bool = True) -> None:
        for group, layout in ((self.deductions, self._off), (self.destinations, self._to)):
            if line in group:
                group.remove(line)
                layout.removeWidget(line)
        line.hide()
        line.deleteLater()
        if tell:
            self._edited()

    def rows(self) -> tuple[list[list[Any]], list[list[Any]]]:
        """Deductions and destinations as they stand."""
        return [line.row() for line in self.deductions], [line.row() for line in self.destinations]

    def split_by_share(self) -> None:
        """Each owner's part by his fraction, as one line each; the uses can then be divided."""
        deductions, _ = self.rows()
        ws, record = self.ws, self._record
        self.shell.gates.read(
            lambda _w: propose_destinations(ws, record, deductions=deductions),
            lambda rows: self._show_proposed(rows) if record == self._record else None, owner=self,
            key=f"destinations-{id(self)}", title=self.split.text(),
        )  # fmt: skip

    def _show_proposed(self, rows: list[list[Any]]) -> None:
        for line in list(self.destinations):
            self._drop(line, tell=False)
        for row in rows:
            self._add(self._parties, row)
        self._edited()

    def _edited(self) -> None:
        self._dirty = True
        self._tell()

    def _tell(self) -> None:
        deductions, destinations = self.rows()
        off = sum(int(r[1] or 0) for r in deductions)
        placed = sum(int(r[2] or 0) for r in destinations)
        rest = self._proceeds - off - placed
        self.off_sum.setText(self.tr("{sum} 元").format(sum=format_yuan(off)))
        self.net_words.setText(self.tr("净收入 {sum} 元").format(sum=format_yuan(self._proceeds - off)))
        parts = [BarPart("off", self.tr("费用"), off)]
        parts += [
            BarPart(str(n), codelists.word("income_use", r[1]) or self.tr("未写用途"), int(r[2] or 0))
            for n, r in enumerate(destinations)
        ]
        parts.append(BarPart("open", self.tr("未定") if rest > 0 else self.tr("多出"), abs(rest), "open"))
        said = self.tr("还差 {n} 元") if rest > 0 else self.tr("多出 {n} 元")
        said = said.format(n=format_yuan(abs(rest))) if rest else self.tr("去向合计等于成交价")
        equation = self.tr("成交 {sum} = 已安排 {placed} + 未定 {rest}").format(
            sum=format_yuan(self._proceeds), placed=format_yuan(off + placed), rest=format_yuan(rest)
        )
        self.bar.show_balance(parts, said, not rest, "", equation)
        owners = self._owners.owners if self._owners is not None else ()
        self.owners.setText(
            self.tr("按所有权份额，除不尽的分按最大余数法给到：{parts}").format(
                parts="；".join(f"{o.name} {format_yuan(o.part_fen)} 元" for o in owners)
            )
            if owners and not self._dirty
            else ""
        )
        self.owners.setVisible(bool(self.owners.text()))
        self.save_button.setEnabled(self._dirty)

    def save(self) -> None:
        """Keep what stands there; it need not close yet."""
        deductions, destinations = self.rows()
        ws, record = self.ws, self._record

        def saved(_done: object) -> None:
            self.shell.toast(self.tr("去向已存"))
            if record == self._record and (deductions, destinations) == self.rows():
                self._dirty = False
                self._tell()

        self.shell.gates.write(
            lambda _w: save_destinations(ws, record, deductions, destinations), saved, owner=self,
            title=self.save_button.text(),
        )  # fmt: skip


def _head(title: str, words: ElidedLabel, *buttons: Button) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(Label(title, "strong"))
    row.addWidget(words, 1)
    for button in buttons:
        row.addWidget(button)
    return row
