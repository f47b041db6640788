"""One household beside the list: 概况, 成员, 变更; reading until F2, then a form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from desktop.app.details import HouseholdDetail, MemberLine, household_detail
from desktop.app.editing import open_record, remove_record, restore_record
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan
from desktop.registry.labels import label
from desktop.ui.dialogs.message import confirm
from desktop.ui.models.record_table import Column
from desktop.ui.pages.edit_pane import EditPane
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.history_view import HistoryView
from desktop.ui.pages.page import Shell
from desktop.ui.record_fields import household_sections, person_sections
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.detail_pane import DetailPane
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.figures import Figure
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.masking import masked, masked_account
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.small_table import SmallTable

MASKED_FIELDS = {"phone": masked, "bank_account": masked_account}
HIDDEN_FIELDS = {"head_name", "head_person_id", "division_id", "division_code", "group_name", "missing_reasons",
                 "household_type", "monitored_type", "per_capita_income_fen", "net_income_fen",
                 "stated_size", "house_grade", "water_safe", "helper_name", "income_period",
                 "source_file", "source_sheet", "source_row"}  # fmt: skip
YES_NO = {"water_safe", "toilet_ok", "power_life", "power_prod", "tv", "in_coop", "all_no_labor"}


class HouseholdDetailPane(QStackedWidget):
    """`HouseholdDetailPane(shell, ws, villages)`: `show_record(id)`, `begin_edit()` (F2), `begin_new(defaults)`.

    `added(id)` after a new household stands; `closed()` when Esc leaves the pane on a narrow window.
    """

    added = Signal(str)
    closed = Signal()

    def __init__(
        self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shell, self._ws, self._villages = shell, ws, list(villages)
        self.record = ""
        self.shown: HouseholdDetail | None = None
        self._revealed = False
        self.reading = DetailPane()
        self.empty = EmptyState("household", self.tr("在左边选一户"))
        self._panes: dict[str, EditPane] = {}
        for page in (self.empty, self.reading):
            self.addWidget(page)
        self.setMinimumWidth(self.reading.minimumWidth())
        self._make_reading()
        self._hold = QShortcut(QKeySequence("Alt+I"), self)
        self._hold.activated.connect(lambda: self._reveal(True))
        escape = QShortcut(QKeySequence("Esc"), self.reading)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.closed)

    @property
    def household_edit(self) -> EditPane:
        """The household's form, made at its first use: a page opens without building forms nobody asked for."""
        return self._pane("household")

    @property
    def person_edit(self) -> EditPane:
        """The member's form, made at its first use."""
        return self._pane("person")

    def _pane(self, table: str) -> EditPane:
        if table not in self._panes:
            sections = household_sections() if table == "household" else person_sections()
            pane = EditPane(self._shell, self._ws, table, sections, self._villages)
            pane.left.connect(self._edit_left)
            pane.saved.connect(self._edit_saved)
            self._panes[table] = pane
            self.addWidget(pane)
        return self._panes[table]

    # -- parts -------------------------------------------------------------------------------------------------

    def _make_reading(self) -> None:
        may = self._ws.may("edit-people")
        self.edit_button = Button(self.tr("修改"), icon="edit", key="F2", bind=False)
        self.edit_button.clicked.connect(self.begin_edit)
        self.remove_button = Button(icon="minus", tip=self.tr("移除这一户"))
        self.remove_button.clicked.connect(self.remove_household)
        if may:
            self.reading.add_button(self.edit_button)
            self.reading.add_button(self.remove_button)
        self.members = SmallTable(
            [
                Column("name", self.tr("姓名"), 84, "name"),
                Column("relation", self.tr("关系"), 64),
                Column("age", self.tr("年龄"), 50, "number"),
                Column("id_no", self.tr("证件号码"), 162),
                Column("labor", self.tr("劳动技能"), 104, "text"),
                Column("health", self.tr("健康"), 90, stretch=True),
                Column("conflict", "", 66, "status"),
            ]
        )
        self.members.opened.connect(self.edit_member)
        overview = QWidget()
        lines = QVBoxLayout(overview)
        lines.setContentsMargins(14, 10, 14, 14)
        lines.setSpacing(12)
        self.hint = Label(self.tr("证件号已隐去，按住 Alt+I 显示"), "caption")
        self.add_member_button = Button(self.tr("加成员"), icon="plus", small=True)
        self.add_member_button.clicked.connect(self.add_member)
        side: list[QWidget] = [self.hint] + ([self.add_member_button] if may else [])
        lines.addWidget(Titled(self.tr("家庭成员"), self.members, side))
        self.facts = FactGrid()
        lines.addWidget(Titled(self.tr("户情"), self.facts))
        lines.addStretch(1)
        self.reading.add_tab("overview", self.tr("概况"), overview)
        self.history = HistoryView(self._shell, self._ws, "household")
        self.reading.add_tab("history", self.tr("变更记录"), self.history, scroll=False)

    # -- reading -----------------------------------------------------------------------------------------------

    def show_record(self, record: str) -> None:
        """Load a household; "" shows that none is chosen."""
        self.record = record
        if not record:
            self.setCurrentWidget(self.empty)
            return
        ws = self._ws
        self._shell.gates.read(
            lambda work: household_detail(ws, record),
            lambda detail: self._show(record, detail),
            owner=self,
            key=f"household-detail-{id(self)}",
            title=self.tr("取这一户"),
        )

    def _show(self, record: str, detail: HouseholdDetail | None) -> None:
        if record != self.record:
            return
        if detail is None:
            self.setCurrentWidget(self.empty)
            return
        self.shown = detail
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
        self.reading.figures.show_figures(self._figures(detail))
        self.reading.figures.show()
        self._show_members()
        self.facts.show_facts(_filled(detail))
        self.history.show_record(record)
        if self.currentWidget() in (self.empty, self.reading):
            self.setCurrentWidget(self.reading)

    def _figures(self, detail: HouseholdDetail) -> list[Figure]:
        values = detail.values
        unknown = self.tr("未填")

        def yuan(column: str) -> str:
            return unknown if values.get(column) is None else format_yuan(values[column])

        stated, counted = values.get("stated_size"), len(detail.members)
        differs = stated is not None and stated != counted
        below = self.tr("登记为 {n} 口，对不上").format(n=stated) if differs else self.tr("与登记一致")
        per_head = self.tr("人均纯收入 {year}").format(year=values.get("income_period") or "").strip()
        return [
            Figure(per_head, yuan("per_capita_income_fen"), self.tr("元")),
            Figure(self.tr("家庭纯收入"), yuan("net_income_fen"), self.tr("元")),
            Figure(
                self.tr("成员"),
                self.tr("{n} 口").format(n=counted),
                below if stated is not None else self.tr("人口数未填"),
                "warning" if differs else "",
            ),
            Figure(self.tr("住房等级"), detail.words.get("house_grade") or unknown, _safe_water(self, values)),
        ]

    def _show_members(self) -> None:
        if self.shown is None:
            return
        rows = []
        for member in self.shown.members:
            number = member.id_no if self._revealed else masked(member.id_no)
            conflict = Chip.of("conflict") if member.in_conflict else None
            cells = (member.name, member.relation, _age(member), number, member.labor_skill, member.health, conflict)
            rows.append((member.id, cells))
        self.members.set_rows(rows)

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

    # -- editing -----------------------------------------------------------------------------------------------

    def begin_edit(self) -> None:
        """F2: edit the household, or the member that is current in the table."""
        if not self._ws.may("edit-people") or not self.record or self.currentWidget() is not self.reading:
            return
        if self.members.hasFocus() and self.members.current_id():
            self.edit_member(self.members.current_id())
            return
        self.setCurrentWidget(self.household_edit)
        self.household_edit.edit(self.record)

    def begin_new(self, defaults: Mapping[str, Any]) -> None:
        """An empty household."""
        if self.may_leave():
            self.setCurrentWidget(self.household_edit)
            self.household_edit.begin_new(defaults)

    def edit_member(self, member: str) -> None:
        """Edit a member."""
        if self._ws.may("edit-people"):
            self.setCurrentWidget(self.person_edit)
            self.person_edit.edit(member)

    def add_member(self) -> None:
        """A new member of this household."""
        if self.record:
            self.setCurrentWidget(self.person_edit)
            self.person_edit.begin_new({"cert_type": "id_card_18"}, {"household_id": self.record})

    def remove_household(self) -> None:
        """Take the household out of the register; undo brings it back."""
        if self.shown is None or not self.record:
            return
        count = len(self.shown.members)
        if not confirm(
            self.tr("移除这一户"),
            self.tr("连同 {n} 名成员一起移出登记册，变更记录留着，可以撤销。").format(n=count),
            self.tr("移除"),
            self.tr("先不移除"),
            danger=True,
            parent=self,
        ):
            return
        record, ws = self.record, self._ws
        gates, again = self._shell.gates, [member.id for member in self.shown.members]

        def bring_back(_work: object) -> None:
            restore_record(ws, "household", record)
            for member in again:
                restore_record(ws, "person", member)

        self._shell.gates.write(
            lambda _w: remove_record(ws, open_record(ws, "household", record)),
            lambda _done: self._shell.toast(
                self.tr("已移除"), lambda: gates.write(bring_back, title=self.tr("恢复"))
            ),
            owner=self,
            title=self.tr("移除"),
        )

    def may_leave(self) -> bool:
        """Whether another household may be shown."""
        pane = self.currentWidget()
        if isinstance(pane, EditPane):
            if not pane.ask_before_leaving():
                return False
            self.setCurrentWidget(self.reading if self.record else self.empty)
        return True

    def _edit_left(self) -> None:
        if isinstance(self.currentWidget(), EditPane):
            self.setCurrentWidget(self.reading if self.record else self.empty)
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _edit_saved(self, record: str) -> None:
        if self.sender() is self._panes.get("household") and record != self.record:
            self.added.emit(record)

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        if self.currentWidget() is self.reading:
            self.members.setFocus(Qt.FocusReason.OtherFocusReason)


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
        words = ("是" if value else "否") if column in YES_NO else detail.words[column]
        words = MASKED_FIELDS.get(column, str)(words)
        found.append((label("household", column), words))
    return found


def _safe_water(owner: QWidget, values: Mapping[str, Any]) -> str:
    safe = values.get("water_safe")
    if safe is None:
        return owner.tr("饮水未填")
    return owner.tr("饮水安全") if safe else owner.tr("饮水不安全")
