"""One distribution beside the list: sums, what the next step needs, the way it went; the wizard opens from here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal

from desktop.app.distribution.distribution_case import PlanCase, plan_case
from desktop.app.distribution.paying import payment_totals
from desktop.common.money import format_yuan
from desktop.registry.distribution_steps import DISTRIBUTION
from desktop.ui.models.record_table import Column
from desktop.ui.pages.attachments_tab import AttachmentsTab
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.figures import Figure
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable

STATE_CHIPS = {
    "draft": ("neutral", "edit"), "village_meeting": ("accent", "half"), "town_review": ("accent", "half"),
    "noticing": ("accent", "notice"), "confirmed": ("success", "ok"), "paying": ("warning", "half"),
    "closed": ("neutral", "lock"), "reversed": ("danger", "turn"), "reversal": ("neutral", "turn"),
    "dropped": ("neutral", "minus"),
}  # fmt: skip


def state_chip(state: str) -> Chip:
    """The state of a distribution as icon, word and colour."""
    tone, icon = STATE_CHIPS.get(state, ("neutral", "circle"))
    return Chip(DISTRIBUTION.states.get(state, state), tone, icon)  # type: ignore[arg-type]


class OverviewTab(RecordTab):
    """Uses with 结余, and what the next step still needs."""

    key = "overview"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.next = Label("", wrap=True)
        self.lines.addWidget(Titled(self.tr("下一步"), self.next))
        self.uses = SmallTable([
            Column("use", self.tr("用途"), 200, "name", stretch=True),
            Column("count", self.tr("户（人）"), 80, "number"),
            Column("fen", self.tr("金额 元"), 120, "money"),
        ])  # fmt: skip
        self.lines.addWidget(Titled(self.tr("用途和结余"), self.uses))
        self.way = SmallTable([
            Column("day", self.tr("日期"), 96, "date"), Column("word", self.tr("步骤"), 150, "name"),
            Column("by", self.tr("办理人"), 90), Column("note", self.tr("说明"), 120, stretch=True),
        ])  # fmt: skip
        self.lines.addWidget(Titled(self.tr("办理经过"), self.way))
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "概况"

    def show_data(self, detail: PlanCase, _data: Any) -> None:
        step = next((s for s in detail.steps if not s.reason_needed), None)
        if step is None:
            self.next.setText(self.tr("没有后续步骤"))
        else:
            said = "；".join(step.bars) or self.tr("可以办理")
            self.next.setText(f"{step.word}：{said}")
        rows: list[tuple[str, tuple[Any, ...]]] = [
            (u.use, (u.word, u.lines or None, u.amount_fen)) for u in detail.view.balance.uses
        ]
        rows.append(("kept", (self.tr("结余，转下次"), None, detail.view.balance.kept_fen)))
        self.uses.set_rows(rows)
        self.way.set_rows([(str(n), (t.on_date, t.word, t.by, t.note)) for n, t in enumerate(detail.taken)])


class DistributionPane(RecordPane):
    """The detail pane of 收益分配; `shown` is a `PlanCase`. `wizard_asked(id)`: open it in the wizard."""

    table = "distribution"
    icon = "share"
    edit_right = "edit-assets"
    wizard_asked = Signal(str)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.open_button = Button(self.tr("打开方案"), "primary", key="Enter", bind=False)
        self.open_button.clicked.connect(lambda: self.wizard_asked.emit(self.record))
        self.reading.add_button(self.open_button)

    def none_chosen(self) -> str:
        return self.tr("在左边选一个方案")

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return (OverviewTab, AttachmentsTab, HistoryTab)

    def load(self, record: str) -> PlanCase | None:
        return plan_case(self.ws, record)

    def show_head(self, detail: PlanCase) -> None:
        view = detail.view
        chips = [state_chip(view.state)]
        facts = [view.village, self.tr("{y} 年").format(y=view.row.get("year")) if view.row.get("year") else ""]
        self.reading.set_head(str(view.row.get("title") or ""), chips, " · ".join(f for f in facts if f))
        totals = payment_totals(detail.payments)
        balance = view.balance
        yuan = self.tr("{v} 元")
        open_fen = balance.open_fen + balance.unlined_fen
        self.show_figures([
            Figure(self.tr("收益"), yuan.format(v=format_yuan(balance.received_fen)),
                   self.tr("上期结余 {v}").format(v=format_yuan(balance.carried_over_fen))),
            Figure(self.tr("已安排"), yuan.format(v=format_yuan(balance.arranged_fen)),
                   self.tr("还差 {v}").format(v=format_yuan(open_fen)) if open_fen else self.tr("相差 0.00")),
            Figure(self.tr("结余"), yuan.format(v=format_yuan(balance.kept_fen)), ""),
            Figure(self.tr("已发"), yuan.format(v=format_yuan(totals.fen("paid"))),
                   self.tr("待发 {n} 笔").format(n=totals.count("waiting"))),
        ])  # fmt: skip
