"""One household beside the list: head and key figures; its tabs lie in `household_tabs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.app.papers.household_paper import print_household
from desktop.app.records.details import HouseholdDetail, household_detail
from desktop.app.records.editing import restore_record
from desktop.common.money import format_yuan
from desktop.registry.survey_identity import SURVEY_RECORDS
from desktop.ui.pages.household_tabs import household_tabs
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.record_fields import household_sections, person_sections
from desktop.ui.survey_fields import survey_sections
from desktop.ui.widgets.figures import Figure
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section


class HouseholdPane(RecordPane):
    """The detail pane of 住户; `shown` is a `HouseholdDetail`. Members are edited here too."""

    table = "household"
    icon = "household"
    edit_right = "edit-people"

    def none_chosen(self) -> str:
        return self.tr("在左边选一户")

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return household_tabs()

    def sections(self, table: str) -> Sequence[Section]:
        if table in SURVEY_RECORDS:
            return survey_sections(table)
        return person_sections() if table == "person" else household_sections()

    def load(self, record: str) -> HouseholdDetail | None:
        return household_detail(self.ws, record)

    def show_head(self, detail: HouseholdDetail) -> None:
        values, words = detail.values, detail.words
        chips = []
        if values.get("monitored_type"):
            chips.append(Chip(words["monitored_type"], "warning", "alert"))
        if values.get("household_type"):
            chips.append(Chip(words["household_type"]))
        if detail.in_conflict:
            chips.append(Chip.of("conflict"))
        place = f"{detail.village}{values.get('group_name') or ''}"
        facts = [place, self.tr("{n} 口人").format(n=len(detail.members))]
        if values.get("helper_name"):
            facts.append(self.tr("帮扶责任人 {name}").format(name=values["helper_name"]))
        self.reading.set_head(detail.head_name or self.tr("（未填户主）"), chips, " · ".join(facts))
        self.show_figures(self._figures(detail))

    def fill_menu(self) -> None:
        self.add_paper(self.tr("打印一户一档"))

    def write_paper(self, record: str, target: Path) -> int:
        return print_household(self.ws, record, target)

    def remove_words(self, detail: HouseholdDetail) -> tuple[str, str]:
        sentence = self.tr("连同 {n} 名成员一起移出登记册，变更记录留着，可以撤销。").format(n=len(detail.members))
        return self.tr("移除这一户"), sentence

    def bring_back(self, detail: HouseholdDetail) -> None:
        restore_record(self.ws, "household", detail.id)
        for member in detail.members:
            restore_record(self.ws, "person", member.id)

    def begin_edit(self) -> None:
        """F2: edit the household, or the member that is current in the table."""
        members = self.tab("overview").members
        shown = self.reading.tabs.value()
        hands = getattr(self.tab(shown), "hands", ()) if shown else ()
        here = next((hand for hand in hands if hand.table.hasFocus()), None)
        if here is not None:
            here.edit()
        elif members.hasFocus() and members.current_id() and self.currentWidget() is self.reading:
            self.edit_row("person", members.current_id())
        else:
            super().begin_edit()

    def focus_reading(self) -> None:
        if self.reading.tabs.value() == "overview":
            self.tab("overview").members.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().focus_reading()

    def _figures(self, detail: HouseholdDetail) -> list[Figure]:
        values = detail.values
        unknown = self.tr("未填")

        def yuan(column: str) -> str:
            return unknown if values.get(column) is None else self.tr("{v} 元").format(v=format_yuan(values[column]))

        stated, counted = values.get("stated_size"), len(detail.members)
        differs = stated is not None and stated != counted
        below = self.tr("登记为 {n} 口，对不上").format(n=stated) if differs else self.tr("与登记一致")
        per_head = self.tr("人均纯收入 {year}").format(year=values.get("income_period") or "").strip()
        return [
            Figure(per_head, yuan("per_capita_income_fen")),
            Figure(self.tr("家庭纯收入"), yuan("net_income_fen")),
            Figure(
                self.tr("成员"),
                self.tr("{n} 口").format(n=counted),
                below if stated is not None else self.tr("人口数未填"),
                "warning" if differs else "",
            ),
            Figure(self.tr("住房等级"), detail.words.get("house_grade") or unknown, _safe_water(self, values)),
        ]


def _safe_water(owner: QWidget, values: Mapping[str, Any]) -> str:
    safe = values.get("water_safe")
    if safe is None:
        return owner.tr("饮水未填")
    return owner.tr("饮水安全") if safe else owner.tr("饮水不安全")
