"""合同与收款: contracts by what is owed and when they run out; beside the list the contract with dues and receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QDialog

from desktop.app.cases.cases import CaseDetail, case_detail
from desktop.app.cases.procedures import StepView
from desktop.app.money.contracts import ContractDetail, contract_choices, contract_detail, renewal_values
from desktop.app.money.money_books import today
from desktop.common.money import format_yuan
from desktop.insight.contract_book import VIEWS, ContractLine
from desktop.insight.contract_lists import ContractBook
from desktop.insight.lists import ListQuery
from desktop.registry.rent_schedule import add_months, rule_from
from desktop.store.database import Sql
from desktop.ui.case_fields import section
from desktop.ui.dialogs.asset_receipt import pick_asset_receipt
from desktop.ui.dialogs.contract_dialog import ContractDialog
from desktop.ui.models.list_source import ListSource
from desktop.ui.models.record_table import Column, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.case_pane import CasePane
from desktop.ui.pages.contract_tabs import contract_tabs
from desktop.ui.pages.list_page import ListPage, ListWords
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.figures import Figure
from desktop.ui.widgets.page_rows import FilterBar, TitleRow
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section
from desktop.ui.widgets.segments import Segments

STATE_CHIPS = {
    "draft": ("neutral", "circle"), "active": ("success", "ok"), "ended": ("neutral", "lock"),
    "terminated": ("neutral", "x"), "cancelled": ("neutral", "minus"),
}  # fmt: skip


def contract_chip(line: ContractLine, tr: Any) -> Chip:
    """How a contract stands today: what is owed first, then how soon it runs out, else its state."""
    if line.arrears_fen:
        return Chip(tr("欠 {n} 天").format(n=line.oldest_days), "danger", "alert")
    if line.remind == 0:
        return Chip(tr("到期未办结"), "danger", "clock")
    if line.remind:
        return Chip(tr("剩 {n} 天").format(n=line.left), "warning", "clock")
    tone, icon = STATE_CHIPS.get(line.state, ("neutral", "circle"))
    return Chip(line.state_word, tone, icon)  # type: ignore[arg-type]


@dataclass(frozen=True)
class ContractCase(CaseDetail):
    """A case with the contract in full."""

    contract: ContractDetail


class ContractPane(CasePane):
    """The detail of 合同与收款; `shown` is a `ContractCase`."""

    table = "contract"
    icon = "file"
    contract_dialog: ContractDialog | None = None

    def none_chosen(self) -> str:
        return self.tr("在左边选一份合同")

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return contract_tabs()

    def fill_menu(self) -> None:
        if self.may_edit:
            self.more.add(self.tr("登记收款"), self.add_receipt, "plus")
            self.more.add(self.tr("续签"), self.renew, "turn")

    def load(self, record: str) -> ContractCase | None:
        case, found = case_detail(self.ws, "contract", record), contract_detail(self.ws, record, today())
        if case is None or found is None:
            return None
        return ContractCase(**{name: getattr(case, name) for name in case.__dataclass_fields__}, contract=found)

    def head_words(self, detail: Any) -> tuple[str, Sequence[Chip], str]:
        line = detail.contract.line
        chips = []
        if line.arrears_fen or line.remind is not None:
            chips.append(contract_chip(line, self.tr))
        if line.in_conflict:
            chips.append(Chip.of("conflict"))
        term = self.tr("{a} 至 {b}").format(a=line.term_start or "…", b=line.term_end or "…")
        facts = " · ".join(w for w in (line.contract_no, line.mode, line.village, term) if w)
        return line.operator or line.contract_no or self.tr("（未写经营方）"), chips, facts

    def show_head(self, detail: Any) -> None:
        super().show_head(detail)
        self.show_figures(self._figures(detail.contract))
        self.reading.set_count("receipts", str(len(detail.contract.receipts) or ""))
        self.reading.set_count("dues", str(len(detail.contract.account.dues) or ""))

    def _figures(self, found: ContractDetail) -> list[Figure]:
        line, day = found.line, today()

        def yuan(fen: int | None) -> str:
            return self.tr("未填") if fen is None else format_yuan(fen)

        coming = next((d for d in found.account.dues if d.on >= day and d.owed), None)
        soon = self.tr("下一期 {on}").format(on=coming.on) if coming else ""
        left = "" if line.left is None or line.state != "active" else self.tr("剩 {n} 天").format(n=max(line.left, 0))
        owed = self.tr("最早的欠 {n} 天").format(n=line.oldest_days) if line.arrears_fen else self.tr("没有欠款")
        return [
            Figure(self.tr("合同金额 元"), yuan(line.amount_fen), left),
            Figure(self.tr("到今天应收 元"), yuan(line.due_fen), soon),
            Figure(self.tr("已收 元"), yuan(line.received_fen), ""),
            Figure(self.tr("欠款 元"), yuan(line.arrears_fen), owed, "danger" if line.arrears_fen else "success"),
            Figure(self.tr("押金现存 元"), yuan(line.deposit_fen),
                   self.tr("约定 {v}").format(v=yuan(found.values.get("deposit_fen")))),
        ]  # fmt: skip

    def step_values(self, step: StepView) -> dict[str, Any]:
        values = dict(self.shown.values)
        return {**values, "ended_date": values.get("ended_date") or today()} if step.name == "terminate" else values

    def choices(self, detail: CaseDetail, step: StepView) -> Mapping[str, Sequence[tuple[str, str]]]:
        found = dict(super().choices(detail, step))
        names = [(name, i) for i, name in contract_choices(self.ws).parties]
        return {**found, "lessor_party_id": names, "operator_party_id": names}

    def sections(self, table: str) -> Sequence[Section]:
        """What may still be noted once it is in force; a draft is edited in its own dialog."""
        return [section("contract", ("note",), title=self.tr("合同已生效，这里只改备注；改别的，先在“办理”退回修改"))]

    def begin_edit(self) -> None:
        """F2: a draft as a whole, with its schedule; later the remark alone."""
        detail, ws = self.shown, self.ws
        if detail is None or not self.may_edit or detail.state != "draft":
            super().begin_edit()
            return

        def show(choices: Any) -> None:
            now = self.shown  # it may have been fetched anew since
            if now is None or now.id != detail.id or now.state != "draft":
                return
            values = now.contract.values
            rent = rule_from(str(values["rent_rule"])) if values.get("rent_rule") else None
            self.contract_dialog = ContractDialog(
                self.shell, ws, choices, values, rent, title=self.tr("修改合同"), record=detail.id, parent=self
            )
            self.contract_dialog.open()

        self.shell.gates.read(
            lambda _w: contract_choices(ws), show, owner=self, key=f"dialog-{id(self)}", title=self.tr("修改合同")
        )

    def add_receipt(self) -> None:
        """登记收款, on its tab."""
        if self.shown is not None:
            self.show_tab("receipts")
            self.tab("receipts").add_receipt()

    def renew(self) -> None:
        """续签: the dialog filled with what goes on, for as long as the old term was."""
        detail, ws = self.shown, self.ws
        if detail is None:
            return
        line = detail.contract.line

        def prepare(_work: object) -> Any:
            values, rent = renewal_values(ws, detail.id, until(line))
            return contract_choices(ws), values, rent

        def show(found: Any) -> None:
            choices, values, rent = found
            self.contract_dialog = ContractDialog(
                self.shell, ws, choices, values, rent, about=line.contract_no, title=self.tr("续签"), parent=self
            )
            self.contract_dialog.made.connect(lambda made: self.shell.open(Address("contract", made)))
            self.contract_dialog.open()

        self.shell.gates.read(prepare, show, owner=self, key=f"dialog-{id(self)}", title=self.tr("续签"))


def until(line: ContractLine) -> str:
    """The last day of a renewal as long as the old term, ISO."""
    from datetime import date, timedelta

    if not line.term_start or not line.term_end:
        return line.term_end or today()
    start, after = date.fromisoformat(line.term_start), date.fromisoformat(line.term_end) + timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    return (add_months(after, max(months, 1)) - timedelta(days=1)).isoformat()


class ContractPage(ListPage):
    """`ContractPage(shell, ws, villages)`: contracts, what is owed and what runs out; Ctrl+N a new one."""

    page_name = "contract"
    icon = "file"
    shows = frozenset({"contract", "receipt", "step_taken", "party", "asset", "attachment", "decision"})
    edit_right = "edit-assets"
    list_width = 500
    search_width = 190
    dialog: QDialog | None = None

    def words(self) -> ListWords:
        return ListWords(
            title=self.tr("合同与收款"),
            search=self.tr("编号、经营方、资产、首字母"),
            none_yet=self.tr("还没有合同"),
            how=self.tr("登记一份，或在资产的“经营”页签由台账登记"),
            new=self.tr("登记合同"),
            unit=self.tr("份"),
        )

    def columns(self) -> Sequence[Column]:
        return (
            Column("operator", self.tr("经营方"), 150, "name", stretch=True),
            Column("term_end", self.tr("到期"), 92, "date"),
            Column("arrears", self.tr("欠款 元"), 108, "money"),
            Column("state", self.tr("状态"), 108, "status"),
            Column("contract_no", self.tr("合同编号"), 130, "quiet", optional=True),
            Column("assets", self.tr("资产"), 160, sort="", optional=True),
            Column("village", self.tr("村"), 80, optional=True),
            Column("lessor", self.tr("出租方"), 150, sort="", optional=True),
            Column("mode", self.tr("方式"), 80, sort="", optional=True),
            Column("amount", self.tr("合同金额 元"), 120, "money", sort="", optional=True),
            Column("due", self.tr("到今天应收 元"), 120, "money", sort="", optional=True),
            Column("received", self.tr("已收 元"), 112, "money", sort="", optional=True),
            Column("deposit", self.tr("押金 元"), 100, "money", sort="", optional=True),
        )

    def source(self) -> ListSource:
        book = ContractBook.of(self.ws.register)

        def summary(sql: Sql, query: ListQuery) -> Summary:
            found = book.totals(sql, query)
            facts = {"by_view": found.by_view, "arrears": found.arrears_fen, "shown": found.shown_arrears_fen}
            return Summary(found.count, {"arrears": found.shown_arrears_fen}, facts)

        return ListSource(self.ws, book.ids, book.rows, self._cells, summary)

    def _cells(self, line: ContractLine) -> tuple[Any, ...]:
        chip = Chip.of("conflict") if line.in_conflict else contract_chip(line, self.tr)
        return (
            line.operator or line.contract_no, line.term_end or "", line.arrears_fen or None, chip, line.contract_no,
            line.assets, line.village, line.lessor, line.mode, line.amount_fen, line.due_fen, line.received_fen,
            line.deposit_fen or None,
        )  # fmt: skip

    def make_detail(self) -> ContractPane:
        return ContractPane(self.shell, self.ws, self.villages)

    def fill_title(self, title: TitleRow) -> None:
        self.bind("Alt+R", self._add_receipt, self.tr("登记收款"))
        if self.may_edit():
            button = title.add_action(Button(self.tr("无合同收款"), icon="plus"))
            button.setToolTip(self.tr("分红、补助、出售等没有合同的收款：先选资产"))
            button.clicked.connect(self.add_asset_receipt)

    def add_asset_receipt(self) -> None:
        """A receipt that no contract brings: the asset is asked first."""
        self.picker = pick_asset_receipt(self)
        self.picker.open()

    def _add_receipt(self) -> None:
        if isinstance(self.detail, ContractPane):
            self.detail.add_receipt()

    def fill_filters(self, filters: FilterBar) -> None:
        self.view = Segments(list(VIEWS.items()), "")
        filters.add_segments("view", self.view)
        self.add_village_filter(filters)

    def begin_new(self) -> None:
        """登记合同, in its dialog: the schedule is seen before it stands."""
        ws = self.ws
        if not self.may_edit():
            return

        def show(choices: Any) -> None:
            made = ContractDialog(self.shell, ws, choices, parent=self)
            made.made.connect(self.go_to)
            self.dialog = made
            made.open()

        self.shell.gates.read(
            lambda _w: contract_choices(ws), show, owner=self, key=f"dialog-{id(self)}", title=self.tr("登记合同")
        )

    def show_address(self, address: Address) -> None:
        """`part` may name a view (what the dashboard's figures open) or a tab."""
        if address.part in VIEWS and not address.record:
            self.filters.set_values({**self.filters.defaults(), "view": address.part})
            self.ask()
            return
        super().show_address(address)

    def show_summary(self, summary: Summary) -> None:
        counts = summary.facts["by_view"]
        self.view.set_choices([(key, f"{word} {counts.get(key, 0):,}" if key else word) for key, word in VIEWS.items()])
        fact = self.tr("{n:,} 份，欠款 {v} 元").format(n=summary.total, v=format_yuan(summary.facts["arrears"]))
        self.title.set_fact(fact)
        shown = summary.facts["shown"]
        left = self.tr("这里欠款合计") if shown else ""
        self.list.set_sums(left, self.tr("{v} 元").format(v=format_yuan(shown)) if shown else "")
