"""One asset beside the list: 权属, 资金, 经营, 附件, 变更记录; reading until F2, then a form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.app.details import AssetDetail, RightLine, asset_detail
from desktop.app.editing import open_record, remove_record, restore_record
from desktop.app.ownership import day_before
from desktop.app.workspace import Workspace
from desktop.common.dates import PartialDate
from desktop.common.money import format_wan, format_yuan
from desktop.registry.labels import label
from desktop.ui.dialogs.funds_dialog import FundsDialog
from desktop.ui.dialogs.message import confirm
from desktop.ui.dialogs.shares_dialog import SharesDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.edit_pane import EditPane
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.history_view import HistoryView
from desktop.ui.pages.page import Shell
from desktop.ui.record_fields import asset_sections
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.chips import ChipLabel
from desktop.ui.widgets.detail_pane import DetailPane
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.figures import Bar, Figure
from desktop.ui.widgets.labels import ElidedLabel, Label, StatusWord
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.share_editor import BAR_ROLES
from desktop.ui.widgets.small_table import SmallTable

CONFIRMATION = ("confirm_doc_no", "confirm_date", "cert_no", "noticed", "ledger_system")
RUNNING = ("operation_mode", "contract_no", "contract_start", "contract_end", "contract_text", "keeper",
           "linked_households", "jobs", "status_reason")  # fmt: skip
ABOUT = ("asset_no", "category", "subcategory", "spec", "quantity", "unit", "address", "project_name", "project_year",
         "fund_doc_no", "competent_dept", "note")  # fmt: skip


class AssetDetailPane(QStackedWidget):
    """`AssetDetailPane(shell, ws, villages)`: `show_record(id)`, `begin_edit()` (F2), `begin_new(defaults)`.

    `added(id)` after a new asset stands; `closed()` when Esc leaves the pane on a narrow window.
    """

    added = Signal(str)
    closed = Signal()

    def __init__(
        self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._villages = shell, ws, list(villages)
        self.record = ""
        self.shown: AssetDetail | None = None
        self.dialog: SharesDialog | None = None
        self.reading = DetailPane()
        self.empty = EmptyState("asset", self.tr("在左边选一项资产"))
        self._edit: EditPane | None = None
        for part in (self.empty, self.reading):
            self.addWidget(part)
        self.setMinimumWidth(self.reading.minimumWidth())
        self._may = ws.may("edit-assets")
        self._make_head()
        self._make_rights()
        self._make_money()
        self.running = FactGrid()
        self.about = FactGrid()
        page = QWidget()
        lines = QVBoxLayout(page)
        lines.setContentsMargins(14, 10, 14, 14)
        lines.setSpacing(12)
        lines.addWidget(Titled(self.tr("经营和管护"), self.running))
        lines.addWidget(Titled(self.tr("资产和项目"), self.about))
        lines.addStretch(1)
        self.reading.add_tab("running", self.tr("经营"), page)
        self.attachments = SmallTable(
            [
                Column("name", self.tr("名称"), 200, "name", stretch=True),
                Column("kind", self.tr("种类"), 110),
                Column("size", self.tr("大小"), 90, "quiet"),
            ],
            fill=True,
        )
        self.reading.add_tab("attachments", self.tr("附件"), self.attachments, scroll=False)
        self.history = HistoryView(shell, ws, "asset")
        self.reading.add_tab("history", self.tr("变更记录"), self.history, scroll=False)
        escape = QShortcut(QKeySequence("Esc"), self.reading)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.closed)

    @property
    def edit(self) -> EditPane:
        """The form, made at its first use: a page opens without building a form nobody asked for."""
        if self._edit is None:
            self._edit = EditPane(self._shell, self._ws, "asset", asset_sections(), self._villages)
            self._edit.left.connect(self._edit_left)
            self._edit.saved.connect(self._edit_saved)
            self.addWidget(self._edit)
        return self._edit

    def _edit_saved(self, record: str) -> None:
        if record != self.record:
            self.added.emit(record)

    # -- parts -------------------------------------------------------------------------------------------------

    def _make_head(self) -> None:
        self.edit_button = Button(self.tr("修改"), icon="edit", key="F2", bind=False)
        self.edit_button.clicked.connect(self.begin_edit)
        self.remove_button = Button(icon="minus", tip=self.tr("移除这项资产"))
        self.remove_button.clicked.connect(self.remove_asset)
        if self._may:
            self.reading.add_button(self.edit_button)
            self.reading.add_button(self.remove_button)

    def _make_rights(self) -> None:
        page = QWidget()
        lines = QVBoxLayout(page)
        lines.setContentsMargins(14, 10, 14, 14)
        lines.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Label(self.tr("所有权份额"), "strong"))
        self.joint = ChipLabel(Chip(self.tr("按份共有")))
        head.addWidget(self.joint)
        head.addStretch(1)
        self.share_sum = StatusWord()
        head.addWidget(self.share_sum)
        lines.addLayout(head)
        self._holders = QVBoxLayout()
        self._holders.setSpacing(0)
        lines.addLayout(self._holders)
        row = QHBoxLayout()
        self.since = Label("", "caption")
        row.addWidget(self.since)
        row.addStretch(1)
        self.shares_button = Button(self.tr("变更或更正"), "quiet", key="Alt+H", small=True, bind=False)
        self.shares_button.clicked.connect(self.change_shares)
        if self._may:
            row.addWidget(self.shares_button)
        lines.addLayout(row)
        self.rights = SmallTable(
            [
                Column("kind", self.tr("权利"), 126, "name"),
                Column("holders", self.tr("权利人"), 184, stretch=True),
                Column("interval", self.tr("起止"), 188),
                Column("source", self.tr("依据"), 150),
            ]
        )
        lines.addSpacing(6)
        lines.addWidget(Titled(self.tr("权利清单"), self.rights))
        lines.addSpacing(8)
        self.confirmation = FactGrid()
        lines.addWidget(Titled(self.tr("确权和移交"), self.confirmation))
        lines.addStretch(1)
        self.reading.add_tab("rights", self.tr("权属"), page)

    def _make_money(self) -> None:
        page = QWidget()
        lines = QVBoxLayout(page)
        lines.setContentsMargins(14, 10, 14, 14)
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
        side: list[QWidget] = [self.fund_sum, self.funds_button] if self._may else [self.fund_sum]
        lines.addWidget(Titled(self.tr("资金来源"), self.funds, side))
        lines.addStretch(1)
        self.reading.add_tab("money", self.tr("资金"), page)

    # -- reading -----------------------------------------------------------------------------------------------

    def show_record(self, record: str) -> None:
        """Load an asset; "" shows that none is chosen."""
        self.record = record
        if not record:
            self.setCurrentWidget(self.empty)
            return
        ws = self._ws
        self._shell.gates.read(
            lambda work: asset_detail(ws, record),
            lambda detail: self._show(record, detail),
            owner=self,
            key=f"asset-detail-{id(self)}",
            title=self.tr("取这项资产"),
        )

    def _show(self, record: str, detail: AssetDetail | None) -> None:
        if record != self.record:
            return
        if detail is None:
            self.setCurrentWidget(self.empty)
            return
        from desktop.ui.pages.asset import status_chip

        self.shown = detail
        values, words = detail.values, detail.words
        chips = [status_chip(str(values.get("status") or ""), words.get("status", "")), _contract_chip(self, values)]
        if detail.in_conflict:
            chips.append(Chip.of("conflict"))
        kind = "，".join(w for w in (words.get("category", ""), words.get("subcategory", "")) if w)
        built = _built_words(self, values)
        facts = [values.get("asset_no"), kind, detail.village, built]
        self.reading.set_head(
            detail.name, [chip for chip in chips if chip is not None], " · ".join(str(f) for f in facts if f)
        )
        self.reading.figures.show_figures(self._figures(detail))
        self.reading.figures.show()
        self._show_rights(detail)
        self.confirmation.show_facts(_facts(detail, CONFIRMATION))
        self.running.show_facts(_facts(detail, RUNNING))
        self.about.show_facts(_facts(detail, ABOUT))
        self._show_funds(detail)
        self.attachments.set_rows([(a.id, (a.name, a.kind, f"{a.size / 1024:,.0f} KB")) for a in detail.attachments])
        self.reading.set_count("money", str(len(detail.fund_parts) or ""))
        self.reading.set_count("attachments", str(len(detail.attachments) or ""))
        self.history.show_record(record)
        if self.currentWidget() in (self.empty, self.reading):
            self.setCurrentWidget(self.reading)

    def _figures(self, detail: AssetDetail) -> list[Figure]:
        values = detail.values
        unknown = self.tr("未填")

        def wan(column: str) -> str:
            fen = values.get(column)
            return unknown if fen is None else self.tr("{v} 万元").format(v=format_wan(fen))

        year = values.get("actual_income_year") or ""
        linked = values.get("linked_households")
        return [
            Figure(
                self.tr("原始价值"),
                wan("original_value_fen"),
                self.tr("{n} 个资金来源").format(n=len(detail.fund_parts)),
            ),
            Figure(self.tr("净值"), wan("net_value_fen"), self.tr("原值减累计折旧")),
            Figure(self.tr("年预期收益"), wan("expected_income_fen"), detail.words.get("operation_mode", "")),
            Figure(self.tr("{year} 实收").format(year=year).strip(), wan("actual_income_fen"), ""),
            Figure(self.tr("带动"), unknown if linked is None else self.tr("{n} 户").format(n=linked), ""),
        ]

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

    def _show_rights(self, detail: AssetDetail) -> None:
        current = current_right(detail, "ownership")
        while self._holders.count():
            widget = self._holders.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        holders = current.holders if current is not None else ()
        for i, holder in enumerate(holders):
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(8)
            name, level = ElidedLabel(holder.name), ElidedLabel(holder.level, "second")
            level.setFixedWidth(150)
            bar = Bar(holder.numerator / holder.denominator, BAR_ROLES[i % len(BAR_ROLES)], 10)
            bar.setFixedWidth(150)
            fraction, percent = Label(holder.fraction), Label(holder.percent, "caption")
            for word, width in ((fraction, 84), (percent, 70)):
                word.setFixedWidth(width)
                word.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(name, 1)
            for part in (level, bar, fraction, percent):
                row.addWidget(part)
            line.setFixedHeight(30)
            self._holders.addWidget(line)
        self.joint.setVisible(len(holders) > 1)
        if holders:
            sum_words = " + ".join(holder.fraction for holder in holders)
            self.share_sum.show_status(f"{sum_words} = 1" if len(holders) > 1 else "1", "ok", "success")
        else:
            self.share_sum.show_status(self.tr("还没有登记所有权"), "flag", "warning")
        self.since.setText(interval_words(self, current) if current is not None else "")
        rows = []
        for right in detail.rights:
            if right is current or right.withdrawn:
                continue
            names = "、".join(
                h.name if len(right.holders) == 1 else f"{h.name} {h.fraction}" for h in right.holders
            )
            rows.append((right.id, (right.kind_word, names, interval_words(self, right), right.source_doc)))
        self.rights.set_rows(rows)

    # -- editing -----------------------------------------------------------------------------------------------

    def begin_edit(self) -> None:
        """F2."""
        if self._may and self.record and self.currentWidget() is self.reading:
            self.setCurrentWidget(self.edit)
            self.edit.edit(self.record)

    def begin_new(self, defaults: Mapping[str, Any]) -> None:
        """An empty asset."""
        if self.may_leave():
            self.setCurrentWidget(self.edit)
            self.edit.begin_new(defaults)

    def change_shares(self) -> None:
        """Alt+H: 变更 or 更正 of the ownership shares."""
        if not self._may or self.shown is None or self.currentWidget() is not self.reading:
            return
        self.dialog = SharesDialog(self._shell, self._ws, self.shown, current_right(self.shown, "ownership"), self)
        self.dialog.open()

    def edit_funds(self) -> None:
        """The fund parts, in their own dialog: they are one cell."""
        if self._may and self.shown is not None:
            self.funds_dialog = FundsDialog(self._shell, self._ws, self.shown, self)
            self.funds_dialog.open()

    def remove_asset(self) -> None:
        """Take the asset out of the register; undo brings it back."""
        if self.shown is None or not confirm(
            self.tr("移除这项资产"),
            self.tr("“{name}”移出台账，变更记录留着，可以撤销。").format(name=self.shown.name),
            self.tr("移除"),
            self.tr("先不移除"),
            danger=True,
            parent=self,
        ):
            return
        record, ws, gates = self.record, self._ws, self._shell.gates
        title = self.tr("恢复")
        self._shell.gates.write(
            lambda _w: remove_record(ws, open_record(ws, "asset", record)),
            lambda _done: self._shell.toast(
                self.tr("已移除"), lambda: gates.write(lambda _w: restore_record(ws, "asset", record), title=title)
            ),
            owner=self,
            title=self.tr("移除"),
        )

    def may_leave(self) -> bool:
        """Whether another asset may be shown."""
        if self._edit is not None and self.currentWidget() is self._edit:
            if not self._edit.ask_before_leaving():
                return False
            self.setCurrentWidget(self.reading if self.record else self.empty)
        return True

    def _edit_left(self) -> None:
        if self.currentWidget() is self._edit:
            self.setCurrentWidget(self.reading if self.record else self.empty)

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        if self.currentWidget() is self.reading:
            self.reading.tabs.setFocus(Qt.FocusReason.OtherFocusReason)


def current_right(detail: AssetDetail, kind: str) -> RightLine | None:
    """The right of this kind in force today; else the latest one."""
    today = dt.date.today().isoformat()  # noqa: DTZ011
    lines = [right for right in detail.rights if right.kind == kind and not right.withdrawn]
    held = [r for r in lines if (r.valid_from or "") <= today and (not r.valid_to or today < r.valid_to)]
    found = held or lines
    return found[-1] if found else None


def interval_words(owner: QWidget, right: RightLine) -> str:
    """From when to when, the last day included: 2021-12-20 至 2026-11-30, or 2021-12-20 起，长期."""
    if right.valid_from and right.valid_to:
        return owner.tr("{a} 至 {b}").format(a=right.valid_from, b=day_before(right.valid_to))
    if right.valid_to:
        return owner.tr("至 {b}").format(b=day_before(right.valid_to))
    return owner.tr("{a} 起，长期").format(a=right.valid_from) if right.valid_from else owner.tr("长期")


def _built_words(owner: QWidget, values: Mapping[str, Any]) -> str:
    iso, precision = values.get("built_date"), values.get("built_precision")
    if not iso:
        return ""
    parts = [int(part) for part in str(iso).split("-")]
    date = PartialDate(dt.date(*(parts + [1, 1])[:3]), precision or "day")
    if date.precision in ("year", "year_end"):
        return owner.tr("{y} 年{end}建成").format(y=date.date.year, end="底" if date.precision == "year_end" else "")
    return owner.tr("{y} 年 {m} 月建成").format(y=date.date.year, m=date.date.month)


def _contract_chip(owner: QWidget, values: Mapping[str, Any]) -> Chip | None:
    """合同剩 n 天 within 90 days, 合同已到期 after."""
    end = values.get("contract_end")
    if not end or len(str(end)) != 10:
        return None
    left = (dt.date.fromisoformat(str(end)) - dt.date.today()).days  # noqa: DTZ011
    if left < 0:
        return Chip(owner.tr("合同已到期"), "danger", "clock")
    return Chip(owner.tr("合同剩 {n} 天").format(n=left), "warning", "clock") if left <= 90 else None


def _facts(detail: AssetDetail, columns: Sequence[str]) -> list[tuple[str, str]]:
    """The named fields that are filled in."""
    found = []
    for column in columns:
        words = detail.words.get(column)
        if words:
            shown = {"yes": "已公示", "no": "未公示"}.get(words, words) if column == "noticed" else words
            found.append((label("asset", column), shown))
    return found
