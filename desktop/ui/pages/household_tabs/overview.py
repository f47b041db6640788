"""概况 of a household: its members with numbers masked until Alt+I is held, and what is known of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from desktop.app.records.details import HouseholdDetail, MemberLine
from desktop.registry.labels import YES_NO, label
from desktop.ui.models.record_table import Column
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.masking import masked, masked_account
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable

MASKED_FIELDS = {"phone": masked, "bank_account": masked_account}
HIDDEN_FIELDS = {"head_name", "head_person_id", "division_id", "division_code", "group_name", "missing_reasons",
                 "household_type", "monitored_type", "per_capita_income_fen", "net_income_fen",
                 "stated_size", "house_grade", "water_safe", "helper_name", "income_period",
                 "source_file", "source_sheet", "source_row"}  # fmt: skip


class OverviewTab(RecordTab):
    """Members (Enter opens one) and facts."""

    key = "overview"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self._revealed = False
        self._shown: HouseholdDetail | None = None
        self.members = SmallTable(
            [
                Column("name", self.tr("姓名"), 72, "name"),
                Column("relation", self.tr("关系"), 58),
                Column("age", self.tr("年龄"), 44, "number"),
                Column("id_no", self.tr("证件号码"), 152),
                Column("labor", self.tr("劳动技能"), 136, "text"),
                Column("health", self.tr("健康"), 90, stretch=True),
                Column("conflict", "", 60, "status"),
            ]
        )
        self.members.opened.connect(lambda member: pane.edit_row("person", member))
        self.hint = Label(self.tr("证件号已隐去，按住 Alt+I 显示"), "caption")
        self.add_member_button = Button(self.tr("加成员"), icon="plus", small=True)
        self.add_member_button.clicked.connect(self.add_member)
        side: list[QWidget] = [self.hint] + ([self.add_member_button] if self.may_edit else [])
        self.lines.addWidget(Titled(self.tr("家庭成员"), self.members, side))
        self.facts = FactGrid()
        self.lines.addWidget(Titled(self.tr("户情"), self.facts))
        self.lines.addStretch(1)
        self._hold = QShortcut(QKeySequence("Alt+I"), pane)
        self._hold.setWhatsThis(self.tr("按住看证件号码全文（会记下）"))
        self._hold.activated.connect(lambda: self._reveal(True))

    @classmethod
    def word(cls) -> str:
        return "概况"

    def show_data(self, detail: HouseholdDetail, _data: Any) -> None:
        self._shown = detail
        self._show_members()
        self.facts.show_facts(_filled(detail))

    def add_member(self) -> None:
        """A new member of this household."""
        if self.pane.record:
            self.pane.add_row("person", {"cert_type": "id_card_18"}, {"household_id": self.pane.record})

    def _show_members(self) -> None:
        if self._shown is None:
            return
        rows = []
        for member in self._shown.members:
            number = member.id_no if self._revealed else masked(member.id_no)
            conflict = Chip.of("conflict") if member.in_conflict else None
            cells = (member.name, member.relation, _age(member), number, member.labor_skill, member.health, conflict)
            rows.append((member.id, cells))
        self.members.set_rows(rows)
        last = len(self.members.rows.columns) - 1  # the room of a conflict, which few households have, is health's
        self.members.setColumnHidden(last, not any(member.in_conflict for member in self._shown.members))

    def _reveal(self, on: bool) -> None:
        """Show numbers while Alt+I is held."""
        if on != self._revealed:
            self._revealed = on
            app = QApplication.instance()
            assert app is not None
            (app.installEventFilter if on else app.removeEventFilter)(self)
            self._show_members()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        ends = (QEvent.Type.KeyRelease, QEvent.Type.ApplicationDeactivate, QEvent.Type.WindowDeactivate)
        if event.type() in ends:
            auto = event.type() == QEvent.Type.KeyRelease and event.isAutoRepeat()  # type: ignore[attr-defined]
            if not auto:
                self._reveal(False)
        return super().eventFilter(watched, event)


def _age(member: MemberLine) -> int | None:
    parts = [int(part) for part in member.birth_date.split("-") if part.isdigit()]
    if not parts:
        return None
    today = dt.date.today()  # noqa: DTZ011
    month, day = (parts + [1, 1])[1:3]
    return today.year - parts[0] - ((today.month, today.day) < (month, day))


def _filled(detail: HouseholdDetail) -> list[tuple[str, str]]:
    """Fields that are filled in and not shown above, in the order of the table."""
    found = []
    for column, value in detail.values.items():
        known = label("household", column) != column and column not in ("removed", "canonical_id", "in_conflict")
        if value is None or not known or column in HIDDEN_FIELDS or not detail.words.get(column):
            continue
        words = ("是" if value else "否") if ("household", column) in YES_NO else detail.words[column]
        words = MASKED_FIELDS.get(column, str)(words)
        found.append((label("household", column), words))
    return found
