"""权属 of an asset: ownership as exact fractions, all rights with their intervals, confirmation and handover."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.details import AssetDetail
from desktop.ui.dialogs.shares_dialog import SharesDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.asset_words import current_right, filled_facts, interval_words
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.chips import ChipLabel
from desktop.ui.widgets.figures import Bar
from desktop.ui.widgets.labels import ElidedLabel, Label, StatusWord
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.share_editor import BAR_ROLES
from desktop.ui.widgets.small_table import SmallTable

CONFIRMATION = ("confirm_doc_no", "confirm_date", "cert_no", "noticed", "ledger_system")


class RightsTab(RecordTab):
    """Who owns, uses and earns; 变更或更正 (Alt+H) opens the shares."""

    key = "rights"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: SharesDialog | None = None
        self.lines.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Label(self.tr("所有权份额"), "strong"))
        self.joint = ChipLabel(Chip(self.tr("按份共有")))
        head.addWidget(self.joint)
        head.addStretch(1)
        self.share_sum = StatusWord()
        head.addWidget(self.share_sum)
        self.lines.addLayout(head)
        self._holders = QVBoxLayout()
        self._holders.setSpacing(0)
        self.lines.addLayout(self._holders)
        row = QHBoxLayout()
        self.since = Label("", "caption")
        row.addWidget(self.since)
        row.addStretch(1)
        self.shares_button = Button(self.tr("变更或更正"), "quiet", key="Alt+H", small=True, bind=False)
        self.shares_button.clicked.connect(self.change_shares)
        if self.may_edit:
            row.addWidget(self.shares_button)
        self.lines.addLayout(row)
        self.rights = SmallTable(
            [
                Column("kind", self.tr("权利"), 126, "name"),
                Column("holders", self.tr("权利人"), 184, stretch=True),
                Column("interval", self.tr("起止"), 188),
                Column("source", self.tr("依据"), 150),
            ]
        )
        self.lines.addSpacing(6)
        self.lines.addWidget(Titled(self.tr("权利清单"), self.rights))
        self.lines.addSpacing(8)
        self.confirmation = FactGrid()
        self.lines.addWidget(Titled(self.tr("确权和移交"), self.confirmation))
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "权属"

    def show_data(self, detail: AssetDetail, _data: Any) -> None:
        self._show_holders(detail)
        current = current_right(detail, "ownership")
        rows = []
        for right in detail.rights:
            if right is current or right.withdrawn:
                continue
            names = "、".join(h.name if len(right.holders) == 1 else f"{h.name} {h.fraction}" for h in right.holders)
            rows.append((right.id, (right.kind_word, names, interval_words(self, right), right.source_doc)))
        self.rights.set_rows(rows)
        self.confirmation.show_facts(filled_facts(detail, CONFIRMATION))

    def _show_holders(self, detail: AssetDetail) -> None:
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

    def change_shares(self) -> None:
        """Alt+H: 变更 or 更正 of the ownership shares."""
        detail = self.pane.shown
        if self.may_edit and detail is not None:
            self.dialog = SharesDialog(self.shell, self.ws, detail, current_right(detail, "ownership"), self)
            self.dialog.open()
