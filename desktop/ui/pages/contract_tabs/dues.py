"""应收 of a contract: every due with what was received of it, and since when the rest is owed."""

from __future__ import annotations

from typing import Any

from desktop.common.money import format_yuan
from desktop.registry.receivables import AGE_WORDS
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.labels import Label, Note, StatusWord
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable


class DuesTab(RecordTab):
    """The schedule as of today; the ages of what is owed beside its heading."""

    key = "dues"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.hint = Note("warning", "")
        self.hint.hide()
        self.lines.addWidget(self.hint)
        self.dues = SmallTable(
            [
                Column("n", self.tr("期"), 40, "number"),
                Column("on", self.tr("应收日期"), 100, "name", stretch=True),
                Column("amount", self.tr("应收 元"), 98, "money"),
                Column("paid", self.tr("已收 元"), 98, "money"),
                Column("owed", self.tr("还差 元"), 98, "money"),
                Column("lessor", self.tr("归谁"), 110, "quiet"),
                Column("state", self.tr("状态"), 112, "status"),
            ]
        )
        self.ages = StatusWord()
        self.part = Titled(self.tr("应收计划"), self.dues, [self.ages])
        self.lines.addWidget(self.part)
        self.none = Label(self.tr("没有应收计划；草拟的合同可以按规则生成"), "second")
        self.lines.addWidget(self.none)
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "应收"

    def show_data(self, detail: Any, _data: Any) -> None:
        found = detail.contract
        account = found.account
        draft = found.line.state == "draft"
        rows = []
        shown = account.dues
        if draft:  # nothing is owed yet, but the schedule is to be seen
            lines = found.values.get("rent_dues") or []
            rows = [
                (str(i), (i + 1, line["due_date"], line["amount_fen"], None, None, "", Chip(self.tr("未生效"))))
                for i, line in enumerate(lines)
            ]
        for i, due in enumerate(shown):
            whose = next((name for since, name, _paper in reversed(found.line.lessors) if since <= due.on), "")
            cells = (i + 1, due.on, due.amount, due.paid or None, due.owed or None, whose, self._chip(due))
            rows.append((str(i), cells))
        self.dues.setColumnHidden(5, len(found.line.lessors) < 2)  # one lessor is said in 内容
        self.dues.set_rows(rows)
        self.part.setVisible(bool(rows))
        self.none.setVisible(not rows)
        if account.arrears:
            said = "，".join(
                f"{word} {format_yuan(fen)} 元" for word, fen in zip(AGE_WORDS, account.ages, strict=True) if fen
            )
            self.ages.show_status(self.tr("欠款 {said}").format(said=said), "alert", "danger")
        elif rows and not draft:
            self.ages.show_status(self.tr("没有欠款"), "ok", "success")
        else:
            self.ages.show_status("", "", "neutral")
        self.hint.setVisible(bool(found.hint))
        self.hint.show_words(self.tr("利益关系提示"), found.hint)

    def _chip(self, due: Any) -> Chip:
        if due.settled:
            return Chip(self.tr("已收齐"), "success", "ok")
        if due.overdue_days:
            return Chip(self.tr("欠 {n} 天").format(n=due.overdue_days), "danger", "alert")
        if due.paid:
            return Chip(self.tr("收了一部分"), "accent", "half")
        return Chip(self.tr("未到期"), "neutral", "circle")
