"""Step 6 归档: what became of the money, the papers of the whole case, closing, and another plan after a reversal."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout

from desktop.app.cases.notices import make_result_announcement
from desktop.app.cases.procedures import take_step
from desktop.app.distribution import paying
from desktop.app.distribution.distributing import copy_as_draft
from desktop.app.distribution.distribution_case import PlanCase
from desktop.common.money import format_yuan
from desktop.ui.models.record_table import Column
from desktop.ui.pages.plan_steps.step import PlanStep
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.figures import Figure, KeyFigures
from desktop.ui.widgets.labels import Card, ElidedLabel, Label, rule
from desktop.ui.widgets.small_table import SmallTable


class ArchiveStep(PlanStep):
    """Figures, papers, the way the case went."""

    def __init__(self, wizard: object) -> None:
        super().__init__(wizard)  # type: ignore[arg-type]
        self._case: PlanCase | None = None
        self.lines.setSpacing(12)
        card = Card()
        self.figures = KeyFigures()
        card.body.addWidget(self.figures)
        self.lines.addWidget(card)
        papers = Card(margins=(14, 10, 14, 12))
        papers.body.addWidget(Label(self.tr("材料"), "strong"))
        papers.body.addSpacing(8)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        self.papers: dict[str, Button] = {}
        kinds = (("distribution", self.tr("分配方案和明细表")), ("sign-off", self.tr("签领表")),
                 ("distribution-result", self.tr("结果公告")))  # fmt: skip
        for at, (kind, word) in enumerate(kinds):
            button = Button(word, icon="print", small=True)
            button.clicked.connect(lambda _=False, kind=kind: self.wizard.print_paper(kind))
            grid.addWidget(button, 0, at)
            self.papers[kind] = button
        self.notice_button = Button(self.tr("拟结果公告"), icon="notice", small=True)
        self.notice_button.clicked.connect(self.announce)
        grid.addWidget(self.notice_button, 0, len(kinds))
        grid.setColumnStretch(len(kinds) + 1, 1)
        papers.body.addLayout(grid)
        self.lines.addWidget(papers)
        way = Card()
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 8)
        head.setSpacing(8)
        head.addWidget(Label(self.tr("办理经过"), "strong"))
        self.hint = ElidedLabel("", "muted")
        head.addWidget(self.hint, 1)
        self.copy_button = Button(self.tr("照此另拟"), icon="plus", small=True)
        self.copy_button.clicked.connect(self.copy)
        self.close_button = Button(self.tr("归档"), "primary", key="Ctrl+Enter", small=True)
        self.close_button.clicked.connect(self.close_case)
        head.addWidget(self.copy_button)
        head.addWidget(self.close_button)
        way.body.addLayout(head)
        way.body.addWidget(rule())
        self.table = SmallTable([
            Column("day", self.tr("日期"), 100, "date"), Column("word", self.tr("步骤"), 150, "name"),
            Column("to", self.tr("之后"), 96), Column("by", self.tr("办理人"), 96),
            Column("note", self.tr("说明"), 200, stretch=True),
        ], fill=True)  # fmt: skip
        way.body.addWidget(self.table, 1)
        self.lines.addWidget(way, 1)

    def show_case(self, case: PlanCase) -> None:
        self._case = case
        balance, totals = case.view.balance, paying.payment_totals(case.payments)
        self.figures.show_figures([
            Figure(self.tr("已安排"), self.tr("{v} 元").format(v=format_yuan(balance.arranged_fen)), ""),
            Figure(self.tr("已发"), self.tr("{v} 元").format(v=format_yuan(totals.fen("paid"))),
                   self.tr("{n} 笔").format(n=totals.count("paid"))),
            Figure(self.tr("待发"), self.tr("{v} 元").format(v=format_yuan(totals.fen("waiting"))),
                   self.tr("{n} 笔").format(n=totals.count("waiting"))),
            Figure(self.tr("退回未补"), self.tr("{v} 元").format(v=format_yuan(totals.fen("returned"))),
                   self.tr("{n} 笔").format(n=totals.count("returned"))),
            Figure(self.tr("结余"), self.tr("{v} 元").format(v=format_yuan(balance.kept_fen)), self.tr("转下次")),
        ])  # fmt: skip
        self.table.set_rows([
            (str(n), (t.on_date, t.word, t.to_word, t.by, t.note or t.source_doc)) for n, t in enumerate(case.taken)
        ])  # fmt: skip
        step = next((s for s in case.steps if s.name == "close"), None)
        self.close_button.setVisible(step is not None)
        self.close_button.setEnabled(step is not None and step.allowed)
        self.hint.setText("；".join(step.bars) if step else "")
        self.hint.update()
        self.copy_button.setVisible(case.view.state in ("reversed", "closed", "dropped") and self.ws.may("edit-assets"))
        ended = next((n for n in case.notices if n.state == "ended"), None)
        self.notice_button.setVisible(ended is not None and bool(case.payments))
        self.papers["distribution-result"].setEnabled(bool(case.payments))
        self.papers["sign-off"].setEnabled(bool(case.view.lines))

    def close_case(self) -> None:
        """Ctrl+Enter."""
        plan = self.wizard.plan
        self.wizard.write(
            lambda: take_step(self.ws, "distribution", plan, "close"), self.tr("已归档"), moved=True, once=True
        )

    def announce(self) -> None:
        """Draft the announcement of the result from the notice that ended."""
        ended = next((n for n in self._case.notices if n.state == "ended"), None) if self._case else None
        if ended is not None:
            self.wizard.write(
                lambda: make_result_announcement(self.ws, ended.id), self.tr("结果公告已拟"), once=True
            )

    def copy(self) -> None:
        """Another draft with the same content."""
        plan, title = self.wizard.plan, self.tr("照此另拟")
        self.copy_button.setEnabled(False)  # clicked twice it would make two drafts
        task = self.shell.gates.write(
            lambda _w: copy_as_draft(self.ws, plan), self.wizard.open_plan, owner=self, title=title
        )
        task.finished.connect(lambda: self.copy_button.setEnabled(True))
