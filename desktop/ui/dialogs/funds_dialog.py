"""Fund parts of an asset or project: one row per source, with the sum beside what it must be, to the 分."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.records.editing import OpenRecord, open_record, save_record
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.registry.labels import label
from desktop.store.unit_of_work import Committed
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.code_select import CodeSelect
from desktop.ui.widgets.labels import ElidedLabel, StatusWord, rule
from desktop.ui.widgets.value_fields import MoneyField


class _Part(QWidget):
    """One source with its amount."""

    def __init__(self, dialog: FundsDialog) -> None:
        super().__init__(dialog)
        self.source = CodeSelect("fund_source", placeholder=self.tr("资金来源"))
        self.source.setCurrentIndex(-1)
        self.amount = MoneyField()
        self.source.setSizePolicy(self.amount.sizePolicy())
        self.amount.setFixedWidth(200)
        self.remove = Button(icon="x", kind="quiet", tip=self.tr("去掉这一行"), small=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.source, 1)
        row.addWidget(self.amount)
        row.addWidget(self.remove)
        self.source.picked.connect(lambda _v: dialog.tell())
        self.amount.value_changed.connect(dialog.tell)
        self.amount.message_changed.connect(lambda _t, _tone: dialog.tell())
        self.remove.clicked.connect(lambda: dialog.drop(self))

    def value(self) -> tuple[str, int | None]:
        """Code of the source ("" when none is chosen) and the amount."""
        return (str(self.source.value()) if self.source.currentIndex() >= 0 else "", self.amount.value())


class FundsDialog(QDialog):
    """`FundsDialog(shell, ws, detail, parent=None, table="asset", against=…)`: Alt+A adds a row, Ctrl+Enter saves.

    A sum that differs from the original value is said as a figure and does not bar saving: the difference is a finding.
    """

    def __init__(
        self,
        shell: Shell,
        ws: Workspace,
        asset: Any,
        parent: QWidget | None = None,
        *,
        table: str = "asset",
        against: str = "original_value_fen",
    ) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._asset = shell, ws, asset
        self._whole = label(table, against).removesuffix("（元）") if table != "asset" else self.tr("原值")
        self._against = against
        self._record: OpenRecord | None = None
        self.parts: list[_Part] = []
        lines, head = begin_dialog(self, self.tr("资金来源"), least=theme().px("dialog_w") + 80)
        head.addWidget(ElidedLabel(str(asset.values.get("name") or ""), "second"), 1)
        lines.addLayout(head)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        lines.addLayout(self._rows)
        row = QHBoxLayout()
        self.add_button = Button(self.tr("加一个来源"), icon="plus", key="Alt+A", small=True, bind=False)
        self.sum = StatusWord()
        row.addWidget(self.add_button)
        row.addStretch(1)
        row.addWidget(self.sum)
        lines.addLayout(row)
        lines.addStretch(1)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        self.stay = Button(self.tr("先不改"), key="Esc")
        self.go = Button(self.tr("保存"), "primary", key="Ctrl+Enter")
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.add_button.clicked.connect(lambda: self.add())
        shortcut = QShortcut(QKeySequence("Alt+A"), self)
        shortcut.activated.connect(lambda: self.add())
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.record)
        self.tell()
        shell.gates.read(lambda _w: open_record(ws, table, asset.id), self._fill, owner=self)

    def _fill(self, record: OpenRecord) -> None:
        self._record = record
        for part in record.values.get("fund_parts") or []:
            self.add(str(part["source"]), part["amount_fen"])
        if not self.parts:
            self.add()
        self.tell()

    def add(self, source: str = "", amount: int | None = None) -> None:
        """A row; the cursor goes there when it is empty."""
        part = _Part(self)
        if source:
            part.source.set_value(source)
        part.amount.set_value(amount)
        self.parts.append(part)
        self._rows.addWidget(part)
        if not source:
            part.source.setFocus(Qt.FocusReason.OtherFocusReason)
        self.tell()

    def drop(self, part: _Part) -> None:
        """Take a row away."""
        self.parts.remove(part)
        self._rows.removeWidget(part)
        part.hide()
        part.deleteLater()
        self.tell()

    def values(self) -> list[list[object]]:
        """The cell as it is stored: (source, 分) in the order of the rows."""
        return [list(part.value()) for part in self.parts]

    def problem(self) -> str:
        """Why it cannot be saved."""
        pairs = [part.value() for part in self.parts]
        wrong = next((part.amount.problem() for part in self.parts if part.amount.problem()), "")
        if wrong:
            return wrong
        if any(not source for source, _fen in pairs):
            return self.tr("有一行没有选来源")
        if any(fen is None for _source, fen in pairs):
            return self.tr("有一行没有写金额")
        if len({source for source, _fen in pairs}) < len(pairs):
            return self.tr("同一来源写了两行，合成一行")
        return ""

    def tell(self) -> None:
        """Sum, difference and what bars saving."""
        total = sum(fen or 0 for _source, fen in (part.value() for part in self.parts))
        value = self._asset.values.get(self._against)
        shown = format_yuan(total)
        if value is None:
            self.sum.show_status(self.tr("合计 {v} 元，{w}未填").format(v=shown, w=self._whole), "", "neutral")
        elif total == value:
            self.sum.show_status(self.tr("合计 {v} 元，等于{w}").format(v=shown, w=self._whole), "ok", "success")
        else:
            less, more = self.tr("合计 {v} 元，比{w}少 {d} 元"), self.tr("合计 {v} 元，比{w}多 {d} 元")
            words = less if total < value else more
            rest = format_yuan(abs(total - value))
            self.sum.show_status(words.format(v=shown, w=self._whole, d=rest), "alert", "warning")
        problem = self.problem()
        self.hint.setText(problem)
        self.hint.update()
        self.go.setEnabled(not problem and self._record is not None)

    def record(self) -> None:
        """Ctrl+Enter: the whole list is one cell."""
        record, ws, values = self._record, self._ws, self.values()
        if record is None or self.problem():
            return
        write_once(
            self, self._shell.gates, lambda _w: save_record(ws, record, {"fund_parts": values}), self._saved,
            title=self.tr("保存资金来源"), fail=self._failed,
        )  # fmt: skip

    def _saved(self, done: Committed) -> None:
        ws, gates, title = self._ws, self._shell.gates, self.tr("撤回")
        self._shell.toast(
            self.tr("资金来源已保存"), lambda: gates.write(lambda _w: take_back_unit(ws, done.unit_id), title=title)
        )
        self.accept()

    def _failed(self, error: BaseException) -> None:
        self.tell()
        self._shell.show_error(error, self.tr("保存资金来源"))
