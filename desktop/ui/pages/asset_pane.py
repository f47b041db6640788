"""One asset beside the list: head and key figures; its tabs lie in `asset_tabs`."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.app.details import AssetDetail, asset_detail
from desktop.common.money import format_wan
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

    def load(self, record: str) -> AssetDetail | None:
        return asset_detail(self.ws, record)

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

    def change_shares(self) -> None:
        """Alt+H: 变更 or 更正 of the ownership shares."""
        if self.currentWidget() is self.reading and self.shown is not None:
            self.tab("rights").change_shares()

    def _figures(self, detail: AssetDetail) -> list[Figure]:
        values = detail.values
        unknown = self.tr("未填")

        def wan(column: str) -> str:
            fen = values.get(column)
            return unknown if fen is None else self.tr("{v} 万元").format(v=format_wan(fen))

        year = values.get("actual_income_year") or ""
        linked = values.get("linked_households")
        sources = self.tr("{n} 个资金来源").format(n=len(detail.fund_parts))
        return [
            Figure(self.tr("原始价值"), wan("original_value_fen"), sources),
            Figure(self.tr("净值"), wan("net_value_fen"), self.tr("原值减累计折旧")),
            Figure(self.tr("年预期收益"), wan("expected_income_fen"), detail.words.get("operation_mode", "")),
            Figure(self.tr("{year} 实收").format(year=year).strip(), wan("actual_income_fen"), ""),
            Figure(self.tr("带动"), unknown if linked is None else self.tr("{n} 户").format(n=linked), ""),
        ]
