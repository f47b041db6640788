"""内容 of a contract: parties, term, sums, its assets, what it renews, the decision that carries it."""

from __future__ import annotations

from typing import Any

from desktop.app.contracts import contract_hints
from desktop.common.money import format_yuan
from desktop.insight.interest_conflicts import HOWS, InterestHint
from desktop.registry.labels import label
from desktop.registry.rent_schedule import rule_words
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.labels import Note
from desktop.ui.widgets.small_table import SmallTable


class TermsTab(RecordTab):
    """Facts as they were agreed; Enter on an asset opens it."""

    key = "terms"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.hint = Note("warning", "", "")
        self.hint.hide()
        self.lines.addWidget(self.hint)
        self.facts = FactGrid()
        self.lines.addWidget(Titled(self.tr("合同约定"), self.facts))
        self.assets = SmallTable(
            [
                Column("name", self.tr("资产"), 240, "name", stretch=True),
                Column("part", self.tr("部分"), 160, empty=self.tr("整项")),
            ]
        )
        self.assets.opened.connect(lambda asset: self.shell.open(Address("asset", asset, "running")))
        self.lines.addWidget(Titled(self.tr("合同资产"), self.assets))
        self.renewals = SmallTable(
            [Column("what", self.tr("关系"), 90), Column("no", self.tr("合同编号"), 240, "name", stretch=True)]
        )
        self.renewals.opened.connect(lambda contract: self.shell.open(Address("contract", contract)))
        self.renewals_part = Titled(self.tr("续签"), self.renewals)
        self.lines.addWidget(self.renewals_part)
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "内容"

    def load(self, record: str) -> list[InterestHint]:
        return contract_hints(self.ws, record)

    def show_data(self, detail: Any, data: list[InterestHint]) -> None:
        self.hint.setVisible(bool(data))
        if data:
            said = "；".join(f"{h.name}：{HOWS[h.how]}（{h.official}）" for h in data)
            self.hint.show_words(
                self.tr("利益关系提示：承租（承包）方和镇村干部有关系，请核实"), said, kind="warning"
            )
        found, values = detail.contract, detail.contract.values
        line = found.line

        def yuan(column: str) -> str:
            fen = values.get(column)
            return "" if fen is None else self.tr("{v} 元").format(v=format_yuan(fen))

        term = self.tr("{a} 至 {b}").format(a=line.term_start or "…", b=line.term_end or "…")
        facts = [
            (label("contract", "contract_no"), line.contract_no),
            (label("contract", "mode"), line.mode),
            (label("contract", "lessor_party_id"), line.lessor),
            (label("contract", "operator_party_id"), line.operator),
            (label("contract", "signed_date"), values.get("signed_date")),
            (label("contract", "term"), term if line.term_start or line.term_end else ""),
            (self.tr("合同金额"), yuan("amount_fen")),
            (self.tr("押金"), yuan("deposit_fen")),
            (self.tr("租金规则"), rule_words(str(values.get("rent_rule") or ""))),
            (label("contract", "purpose"), values.get("purpose")),
            (label("contract", "decision_id"), found.decision),
            (label("contract", "ended_date"), values.get("ended_date")),
            (label("contract", "end_reason"), values.get("end_reason")),
            (label("contract", "note"), values.get("note")),
        ]
        self.facts.show_facts([(caption, str(value)) for caption, value in facts if value])
        self.assets.set_rows([(asset, (name, part or None)) for asset, name, part in found.assets if asset])
        rows = [(str(values["renewal_of"]), (self.tr("续签自"), found.renewal_of_no))] if found.renewal_of_no else []
        rows += [(i, (self.tr("续签为"), no or self.tr("（未编号）"))) for i, no in found.renewed_by]
        self.renewals.set_rows(rows)
        self.renewals_part.setVisible(bool(rows))
