"""经营 of an asset: its contracts with what is owed, its income by year, the households linked with it, its keeping."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.app.money.contracts import (
    AssetOperation,
    asset_operation,
    contract_choices,
    contract_from_ledger,
    household_choices,
)
from desktop.app.money.money_books import expect_income, expected_of, today
from desktop.app.records.details import AssetDetail
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.insight.contract_book import ContractLine
from desktop.ui.case_fields import section
from desktop.ui.dialogs.contract_dialog import ContractDialog
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.asset_tabs.status_part import StatusPart
from desktop.ui.pages.asset_words import filled_facts
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label, Note, StatusWord
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable

RUNNING = ("operation_mode", "contract_text", "linkage_mode", "industry_model", "linked_households", "jobs", "keeper",
           "status_reason", "status_measure", "status_due")  # fmt: skip
ABOUT = ("asset_no", "category", "subcategory", "spec", "quantity", "unit", "address", "project_name", "project_year",
         "fund_doc_no", "fund_mode", "competent_dept", "supervisor", "admin_unit", "admin_person", "ledger_account",
         "fund_account", "collective_ledger_ref", "note")  # fmt: skip
LINK_FIELDS = ("household_id", "mode", "since_date", "until_date", "jobs", "yearly_fen", "note")


class OperationTab(RecordTab):
    """Enter on a contract opens it in 合同与收款; what the ledger says of a contract can be made one."""

    key = "running"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: ContractDialog | RecordDialog | None = None
        self.offer = Note("info", "", "", self.tr("登记成合同"))
        self.offer.link_clicked.connect(self.make_from_ledger)
        self.offer.hide()
        self.lines.addWidget(self.offer)
        self.contracts = SmallTable(
            [
                Column("operator", self.tr("经营方"), 150, "name", stretch=True),
                Column("term", self.tr("合同期限"), 176, "date"),
                Column("owed", self.tr("欠款 元"), 104, "money"),
                Column("state", self.tr("状态"), 112, "status"),
            ]
        )
        self.contracts.opened.connect(lambda record: self.shell.open(Address("contract", record)))
        self.contract_button = Button(self.tr("登记合同"), icon="plus", small=True)
        self.contract_button.clicked.connect(self.add_contract)
        self.lines.addWidget(Titled(self.tr("合同"), self.contracts, [self.contract_button] if self.may_edit else []))
        self.no_contract = Label(self.tr("没有登记合同"), "second")
        self.lines.addWidget(self.no_contract)
        self.income = SmallTable(
            [
                Column("year", self.tr("年度"), 64, "name", stretch=True),
                Column("expected", self.tr("应收 元"), 120, "money", empty=self.tr("未填")),
                Column("received", self.tr("实收 元"), 120, "money"),
                Column("short", self.tr("差额 元"), 120, "money"),
                Column("state", "", 92, "status"),
            ]
        )
        self.income.opened.connect(self.expect)
        self.expect_button = Button(self.tr("填年预期收益"), icon="plus", small=True)
        self.expect_button.clicked.connect(lambda: self.expect(""))
        self.income_part = Titled(self.tr("各年收益"), self.income, [self.expect_button] if self.may_edit else [])
        self.lines.addWidget(self.income_part)
        self.links = SmallTable(
            [
                Column("head", self.tr("户主"), 90, "name", stretch=True),
                Column("village", self.tr("村"), 80),
                Column("mode", self.tr("联结方式"), 96),
                Column("jobs", self.tr("就业"), 52, "number"),
                Column("yearly", self.tr("年增收 元"), 104, "money"),
                Column("term", self.tr("起止"), 150, "quiet"),
            ]
        )
        self.links.opened.connect(self.end_link)
        self.link_words = StatusWord()
        self.link_button = Button(self.tr("加联结户"), icon="plus", small=True)
        self.link_button.clicked.connect(self.add_link)
        side: list[QWidget] = [self.link_words] + ([self.link_button] if self.may_edit else [])
        self.lines.addWidget(Titled(self.tr("带动农户"), self.links, side))
        self.running = FactGrid()
        self.about = FactGrid()
        self.lines.addWidget(Titled(self.tr("经营和管护"), self.running))
        self.status_part = StatusPart(self)
        self.lines.addWidget(self.status_part.titled)
        self.lines.addWidget(Titled(self.tr("资产和项目"), self.about))
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "经营"

    # -- showing -----------------------------------------------------------------------------------------------

    def load(self, record: str) -> AssetOperation:
        return asset_operation(self.ws, record, today())

    def show_data(self, detail: AssetDetail, data: AssetOperation) -> None:
        self.running.show_facts(filled_facts(detail, RUNNING))
        self.status_part.show_detail(detail)
        self.about.show_facts(filled_facts(detail, ABOUT))
        self._show_contracts(data)
        self.income.set_rows([
            (str(y.year), (str(y.year), y.expected_fen, y.received_fen, y.short_fen or None, self._year_chip(y)))
            for y in data.income
        ])  # fmt: skip
        self.income.setVisible(bool(data.income))
        self.income_part.setVisible(bool(data.income) or self.may_edit)
        self._show_links(detail, data)

    def _show_contracts(self, data: AssetOperation) -> None:
        from desktop.ui.pages.contract import contract_chip

        def cells(line: ContractLine) -> tuple[Any, ...]:
            term = self.tr("{a} 至 {b}").format(a=line.term_start or "…", b=line.term_end or "…")
            return line.operator or line.contract_no, term, line.arrears_fen or None, contract_chip(line, self.tr)

        self.contracts.set_rows([(line.id, cells(line)) for line in data.contracts])
        self.contracts.setVisible(bool(data.contracts))
        self.no_contract.setVisible(not data.contracts)
        offer = data.offer if self.may_edit else None
        self.offer.setVisible(offer is not None)
        if offer is not None:
            no = str(offer.values.get("contract_no") or self.tr("（未编号）"))
            lacking = self.tr("还要补：{what}").format(what="、".join(offer.missing)) if offer.missing else ""
            self.offer.show_words(
                self.tr("台账填了合同 {no}，还没有登记成合同").format(no=no), lacking, self.tr("登记成合同")
            )

    def _year_chip(self, year: Any) -> Chip | None:
        if year.short_fen is None:
            return None
        if year.short_fen <= 0:
            return Chip(self.tr("已收齐"), "success", "ok")
        return Chip(self.tr("没收齐"), "warning", "alert")

    def _show_links(self, detail: AssetDetail, data: AssetOperation) -> None:
        self.links.set_rows([
            (x.id, (x.head, x.village, x.mode, x.jobs or None, x.yearly_fen,
                    "—".join(w for w in (x.since, x.until or self.tr("至今")) if w) if x.since or x.until else ""))
            for x in data.links
        ])  # fmt: skip
        self.links.setVisible(bool(data.links))
        stated, found = detail.values.get("linked_households"), data.linked_households
        if not data.links:
            words = self.tr("台账写 {n} 户，没有名单").format(n=stated) if stated else self.tr("没有联结户")
            self.link_words.show_status(words, "", "neutral")
        elif stated is not None and int(stated) != found:
            words = self.tr("名单 {n} 户，台账写 {m} 户").format(n=found, m=stated)
            self.link_words.show_status(words, "alert", "warning")
        else:
            words = self.tr("带动 {n} 户，就业 {j} 人").format(n=found, j=data.linked_jobs)
            self.link_words.show_status(words, "ok", "success")

    # -- changing ----------------------------------------------------------------------------------------------

    def make_from_ledger(self) -> None:
        """A draft from what the ledger says, opened in its page."""
        detail, ws = self.pane.shown, self.ws
        if detail is None or not self.may_edit:
            return

        def made(found: tuple[str, tuple[str, ...]]) -> None:
            self.shell.toast(self.tr("已登记为草拟，补齐后办理“生效”"))
            self.shell.open(Address("contract", found[0], "terms"))

        self.shell.gates.write(
            lambda _w: contract_from_ledger(ws, detail.id), made, owner=self, title=self.tr("由台账登记合同")
        )

    def add_contract(self) -> None:
        """登记合同 of this asset."""
        detail, ws = self.pane.shown, self.ws
        if detail is None or not self.may_edit:
            return

        def show(choices: Any) -> None:
            if self.pane.record != detail.id:
                return
            values = {"assets": [[detail.id, None]], "division_code": detail.values.get("division_code"),
                      "lessor_party_id": owner_of(detail)}  # fmt: skip
            self.dialog = ContractDialog(self.shell, ws, choices, values, about=detail.name, parent=self)
            self.dialog.made.connect(lambda made: self.shell.open(Address("contract", made)))
            self.dialog.open()

        self.shell.gates.read(
            lambda _w: contract_choices(ws), show, owner=self, key=f"dialog-{id(self)}", title=self.tr("登记合同")
        )

    def expect(self, year: str) -> None:
        """What a year is expected to bring: a new line, or the one of the year that is current (Enter)."""
        detail, ws = self.pane.shown, self.ws
        if detail is None or not self.may_edit:
            return

        def save(values: dict[str, Any]) -> object:
            return expect_income(ws, detail.id, values)

        def show(found: dict[str, Any]) -> None:
            if self.pane.record != detail.id:
                return
            form = section("asset_income", ("year", "expected_fen", "note"), required=("year", "expected_fen"))
            self.dialog = RecordDialog(
                self.shell, self.tr("年预期收益"), "asset_income", [form], save, go=self.tr("存下"),
                values={"year": int(year or today()[:4]), **found}, about=detail.name, parent=self,
            )  # fmt: skip
            self.dialog.set_remark(self.tr("有履行中合同的年度，应收按合同计划算；这里填没有合同的部分或合同以外的预期。"))
            self.dialog.open()

        wanted = int(year or today()[:4])
        self.shell.gates.read(
            lambda _w: expected_of(ws, detail.id, wanted), show, owner=self, key=f"dialog-{id(self)}",
            title=self.tr("年预期收益"),
        )  # fmt: skip

    def add_link(self) -> None:
        """加联结户: a household of the asset's town."""
        detail, ws = self.pane.shown, self.ws
        if detail is None or not self.may_edit:
            return
        town = str(detail.values.get("division_code") or "")[:9]

        def save(values: dict[str, Any]) -> object:
            return new_record(ws, "linkage", {**values, "asset_id": detail.id})

        def show(found: list[tuple[str, str]]) -> None:
            if self.pane.record != detail.id:
                return
            form = section("linkage", LINK_FIELDS, {"household_id": found}, required=("household_id", "mode"))
            first = {"since_date": today(), "mode": detail.values.get("linkage_mode")}
            self.dialog = RecordDialog(
                self.shell, self.tr("加联结户"), "linkage", [form], save, go=self.tr("加入"), values=first,
                about=detail.name, parent=self,
            )  # fmt: skip
            self.dialog.saved.connect(lambda _id: self.shell.toast(self.tr("已加入联结名单")))
            self.dialog.open()

        self.shell.gates.read(
            lambda _w: household_choices(ws, town), show, owner=self, key=f"dialog-{id(self)}", title=self.tr("取住户")
        )

    def end_link(self, record: str) -> None:
        """Enter on a household: how it is linked, and until when."""
        ws = self.ws
        if not self.may_edit:
            return

        def show(opened: Any) -> None:
            form = section("linkage", LINK_FIELDS[1:])
            self.dialog = RecordDialog(
                self.shell, self.tr("联结"), "linkage", [form], lambda values: save_record(ws, opened, values),
                go=self.tr("保存"), values=opened.values, parent=self,
            )  # fmt: skip
            self.dialog.open()

        self.shell.gates.read(
            lambda _w: open_record(ws, "linkage", record), show, owner=self, key=f"dialog-{id(self)}",
            title=self.tr("取联结"),
        )  # fmt: skip


def owner_of(detail: AssetDetail) -> str | None:
    """The first owner of today."""
    from desktop.ui.pages.asset_words import current_right

    right = current_right(detail, "ownership")
    return right.holders[0].party_id if right is not None and right.holders else None
