"""内容 of a contract: parties, term, sums, its assets, what it renews, the decision that carries it."""

from __future__ import annotations

from typing import Any

from desktop.app.cases.cases import party_choices
from desktop.app.money.contracts import contract_hints
from desktop.app.money.lessors import change_lessor
from desktop.common.money import format_yuan
from desktop.insight.interest_conflicts import HOWS, InterestHint
from desktop.registry.labels import label
from desktop.registry.rent_schedule import rule_words
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.editors import FieldSpec
from desktop.ui.widgets.labels import Note
from desktop.ui.widgets.record_form import Section
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
        self.dialog: RecordDialog | None = None
        self.lessor_button = Button(self.tr("换出租方"), small=True)
        self.lessor_button.clicked.connect(self.change_lessor)
        self.lines.addWidget(Titled(self.tr("合同约定"), self.facts, [self.lessor_button] if self.may_edit else []))
        self.lessors = SmallTable(
            [
                Column("since", self.tr("从哪天起"), 110, "date"),
                Column("name", self.tr("出租（发包）方"), 220, "name", stretch=True),
                Column("paper", self.tr("依据"), 160),
            ]
        )
        self.lessors_part = Titled(self.tr("换过的出租（发包）方"), self.lessors)
        self.lines.addWidget(self.lessors_part)
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
        several = len(line.lessors) > 1
        self.lessors.set_rows([
            (str(n), (since or self.tr("签订时"), name, paper)) for n, (since, name, paper) in enumerate(line.lessors)
        ])  # fmt: skip
        self.lessors_part.setVisible(several)
        self.lessor_button.setEnabled(line.state in ("active", "ended", "terminated"))
        rows = [(str(values["renewal_of"]), (self.tr("续签自"), found.renewal_of_no))] if found.renewal_of_no else []
        rows += [(i, (self.tr("续签为"), no or self.tr("（未编号）"))) for i, no in found.renewed_by]
        self.renewals.set_rows(rows)
        self.renewals_part.setVisible(bool(rows))

    def change_lessor(self) -> None:
        """换出租方: who lets it from a day on; the owner of that day unless another one is chosen."""
        detail, ws = self.pane.shown, self.ws
        if detail is None or not self.may_edit:
            return
        contract = detail.contract.line.id

        def show(parties: list[tuple[str, str]]) -> None:
            if self.pane.shown is not detail:
                return
            fields = (
                FieldSpec("signed_date", "date", required=True, caption=self.tr("从哪天起")),
                FieldSpec("purpose", required=True, caption=self.tr("依据")),
                FieldSpec("lessor_party_id", "choice", True, choices=tuple(parties), caption=self.tr("接任的")),
            )
            seen = ws.register.seen("contract", contract)

            def save(values: dict[str, Any]) -> object:
                return change_lessor(ws, contract, values["signed_date"] or "", values["purpose"] or "",
                                     values["lessor_party_id"] or "", seen=seen)  # fmt: skip

            self.dialog = RecordDialog(
                self.shell, self.tr("换出租方"), "contract", [Section("", fields)], save, go=self.tr("存下"),
                about=detail.contract.line.operator, parent=self,
            )  # fmt: skip
            self.dialog.set_remark(self.tr("接任的不选，就是那天拥有合同资产的单位。这一天以前到期的归原来的，以后的归接任的。"))
            self.dialog.open()

        self.shell.gates.read(lambda _w: party_choices(ws), show, owner=self, title=self.tr("换出租方"))
