"""One asset beside the list: head and key figures; its tabs lie in `asset_tabs`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from desktop.app.assets.asset_papers import AssetChoice, write_cards, write_label_sheets
from desktop.app.money.money_books import asset_income
from desktop.app.records.details import AssetDetail, asset_detail
from desktop.common.money import format_wan, format_yuan, wan_decimals
from desktop.ui.pages.asset_tabs import asset_tabs
from desktop.ui.pages.asset_words import built_words, contract_chip, status_chip
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.record_fields import asset_sections
from desktop.ui.widgets.figures import Figure
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section


class AssetPane(RecordPane):
    """The detail pane of 资产台账; `shown` is an `AssetDetail`."""

    table = "asset"
    icon = "asset"
    edit_right = "edit-assets"

    def none_chosen(self) -> str:
        return self.tr("在左边选一项资产")

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return asset_tabs()

    def sections(self, table: str) -> Sequence[Section]:
        return asset_sections()

    def show_head(self, detail: AssetDetail) -> None:
        values, words = detail.values, detail.words
        chips = [status_chip(str(values.get("status") or ""), words.get("status", "")), contract_chip(self, values)]
        if detail.in_conflict:
            chips.append(Chip.of("conflict"))
        kind = "，".join(w for w in (words.get("category", ""), words.get("subcategory", "")) if w)
        facts = [values.get("asset_no"), kind, detail.village, built_words(self, values)]
        self.reading.set_head(
            detail.name, [chip for chip in chips if chip is not None], " · ".join(str(f) for f in facts if f)
        )
        self.show_figures(self._figures(detail))

    def remove_words(self, detail: AssetDetail) -> tuple[str, str]:
        sentence = self.tr("“{name}”移出台账，变更记录留着，可以撤销。").format(name=detail.name)
        return self.tr("移除这项资产"), sentence

    def fill_menu(self) -> None:
        self.add_paper(self.tr("打印资产卡片"))
        if self.ws.may("print"):
            self.more.add(self.tr("打印标签"), self.print_label, "print")

    def print_label(self) -> None:
        """One label for the plate of this asset; asks where."""
        if self.shown is None:
            return
        usual = self.tr("{name} 标签.pdf").format(name=self.reading.title())
        name, _ = QFileDialog.getSaveFileName(self, self.tr("存为 PDF"), usual, "PDF (*.pdf)")
        if name:
            self.label_to(Path(name if name.lower().endswith(".pdf") else f"{name}.pdf"))

    def label_to(self, target: Path) -> None:
        """Write the label to a file; it is logged."""
        ws, record = self.ws, self.record
        self.shell.gates.write(
            lambda _w: write_label_sheets(ws, target, AssetChoice((record,))),
            lambda _n: self.shell.toast(self.tr("已存 {name}").format(name=target.name)),
            owner=self, title=self.tr("打印标签"),
        )  # fmt: skip

    def write_paper(self, record: str, target: Path) -> int:
        _cards, pages = write_cards(self.ws, target, AssetChoice((record,)))
        return pages

    def change_shares(self) -> None:
        """Alt+H: 变更 or 更正 of the ownership shares."""
        if self.currentWidget() is self.reading and self.shown is not None:
            self.tab("rights").change_shares()

    def load(self, record: str) -> AssetDetail | None:
        self._income = asset_income(self.ws, record)
        return asset_detail(self.ws, record)

    def _figures(self, detail: AssetDetail) -> list[Figure]:
        """Values of today; what came in this year beside what was expected, stated or from the contracts."""
        values, worth = detail.values, detail.worth
        unknown = self.tr("未填")

        def wan(fen: int | None) -> str:
            return unknown if fen is None else self.tr("{v} 万元").format(v=format_wan(fen))

        def income(fen: int | None) -> str:
            """万元 like the values beside it, 元 where that would take more than four decimals."""
            return wan(fen) if fen is None or wan_decimals([fen]) <= 4 else self.tr("{v} 元").format(v=format_yuan(fen))

        linked = values.get("linked_households")
        sources = self.tr("{n} 个资金来源").format(n=len(detail.fund_parts))
        worn = (worth.depreciation or 0) if worth else 0
        below = self.tr("折旧 {v} 万元").format(v=format_wan(worn)) if worn else self.tr("截至今天")
        year = self._income[0] if self._income else None
        expected = year.expected_fen if year and year.expected_fen is not None else values.get("expected_income_fen")
        came = year.received_fen if year else values.get("actual_income_fen")
        named = str(year.year if year else values.get("actual_income_year") or "")
        whole = year is not None and expected is not None and year.received_fen >= expected
        return [
            Figure(self.tr("原始价值"), wan(worth.original if worth else None), sources),
            Figure(self.tr("净值"), wan(worth.net if worth else None), below),
            Figure(self.tr("{year} 应收").format(year=named).strip(), income(expected),
                   detail.words.get("operation_mode", "")),
            Figure(self.tr("{year} 实收").format(year=named).strip(), income(came), self.tr("已收齐") if whole else "",
                   "success" if whole else ""),
            Figure(self.tr("带动"), unknown if linked is None else self.tr("{n} 户").format(n=linked), ""),
        ]  # fmt: skip
