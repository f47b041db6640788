"""权属 of an asset: ownership as exact fractions, all rights with their intervals, confirmation and handover."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.assets.ownership import end_right
from desktop.app.assets.right_questions import CommitteeQuestion, committee_questions, keeper_history
from desktop.app.cases.cases import CaseLine, cases_about, party_choices
from desktop.app.records.details import AssetDetail, RightLine, rights_known
from desktop.app.records.editing import OpenRecord, new_record, open_record, save_record
from desktop.common.errors import Cancelled, XiangceError
from desktop.registry import codelists
from desktop.ui.case_fields import handover_sections, registration_sections, section
from desktop.ui.dialogs.case_dialog import CaseDialog
from desktop.ui.dialogs.committee_dialog import CommitteeDialog
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.dialogs.shares_dialog import SharesDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.asset_words import current_right, filled_facts, interval_words
from desktop.ui.pages.facts import FactGrid, Titled
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button, CheckBox
from desktop.ui.widgets.chips import ChipLabel
from desktop.ui.widgets.figures import Bar
from desktop.ui.widgets.labels import ElidedLabel, Label, Note, StatusWord
from desktop.ui.widgets.menu_button import MenuButton
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.share_editor import BAR_ROLES
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.widgets.value_fields import PartialDateField

ENDED = ("certified", "rejected", "done", "cancelled")
CONFIRMATION = ("confirm_doc_no", "confirm_date", "cert_no", "noticed", "ledger_system")


class RightsTab(RecordTab):
    """Who owns, uses and earns; 变更或更正 (Alt+H) opens the shares."""

    key = "rights"

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.dialog: SharesDialog | None = None
        self.asking: Any = None
        self._question: CommitteeQuestion | None = None
        self._then: tuple[RightLine, ...] = ()
        """The rights as they were known on the day that `known` names."""
        self._cases: dict[str, list[CaseLine]] = {}
        self.lines.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Label(self.tr("所有权份额"), "strong"))
        self.joint = ChipLabel(Chip(self.tr("按份共有")))
        head.addWidget(self.joint)
        head.addStretch(1)
        self.share_sum = StatusWord()
        head.addWidget(self.share_sum)
        self.lines.addLayout(head)
        self._holders = QVBoxLayout()
        self._holders.setSpacing(0)
        self.lines.addLayout(self._holders)
        row = QHBoxLayout()
        self.since = Label("", "caption")
        row.addWidget(self.since)
        row.addStretch(1)
        self.shares_button = Button(self.tr("变更或更正"), "quiet", key="Alt+H", small=True, bind=False)
        self.shares_button.clicked.connect(self.change_shares)
        if self.may_edit:
            row.addWidget(self.shares_button)
        self.lines.addLayout(row)
        self.question = Note("warning", "", link=self.tr("核对"))
        self.question.link_clicked.connect(self.ask_committee)
        self.question.hide()
        self.lines.addWidget(self.question)
        self.rights = SmallTable(
            [
                Column("kind", self.tr("权利"), 126, "name"),
                Column("holders", self.tr("权利人"), 184, stretch=True),
                Column("interval", self.tr("起止"), 188),
                Column("source", self.tr("依据"), 150),
            ]
        )
        self.rights.opened.connect(lambda _id: self.change_chosen())
        self.past = CheckBox(self.tr("也列出已终止和已更正的"))
        self.past.toggled.connect(lambda _on: self._show_rights())
        self.day, self.known = PartialDateField(whole_days=True), PartialDateField(whole_days=True)
        self.day.field.setPlaceholderText(self.tr("今天"))
        self.known.field.setPlaceholderText(self.tr("到现在"))
        self.day.setToolTip(self.tr("某日谁持有"))
        self.known.setToolTip(self.tr("只看本册到这一天为止记下的内容，后来的更正不算"))
        days = QHBoxLayout()
        days.setSpacing(8)
        for word, field in ((self.tr("按发生日期"), self.day), (self.tr("按记录日期"), self.known)):
            caption = Label(word, "second")
            caption.setFixedHeight(theme().px("control"))
            field.setAccessibleName(word)
            field.setFixedWidth(round(130 * max(theme().scale, 1.0)))
            days.addWidget(caption, 0, Qt.AlignmentFlag.AlignTop)
            days.addWidget(field, 0, Qt.AlignmentFlag.AlignTop)
        days.addStretch(1)
        days.addWidget(self.past, 0, Qt.AlignmentFlag.AlignTop)
        self.day.value_changed.connect(self._show_rights)
        self.known.value_changed.connect(self._ask_known)
        self.known.message_changed.connect(lambda _text, _tone: self._show_rights())
        self.act = MenuButton(self.tr("办理"))
        self.act.add(self.tr("变更或更正这一条"), self.change_chosen, "edit")
        self.act.add(self.tr("终止这一条"), self.end_chosen, "minus")
        for code in ("income", "operation", "distribution", "disposal", "supervision"):
            kind = codelists.word("rights", code)
            self.act.add(self.tr("登记{kind}").format(kind=kind), partial(self.first, code), "plus")
        self.parties = MenuButton(self.tr("权利人资料"), "user")
        self.parties.about_to_show = self._fill_parties
        self.lines.addSpacing(6)
        self.lines.addWidget(
            Titled(self.tr("权利清单"), self.rights, [self.parties, self.act] if self.may_edit else [])
        )
        self.lines.addLayout(days)
        self.then = Label("", "caption", wrap=True)
        self.then.hide()
        self.lines.addWidget(self.then)
        self.lines.addSpacing(8)
        self.confirmation = FactGrid()
        self.register_button = Button(self.tr("确权登记"), small=True)
        self.hand_button = Button(self.tr("移交"), small=True)
        self.register_button.clicked.connect(lambda: self.open_case("registration"))
        self.hand_button.clicked.connect(lambda: self.open_case("handover"))
        self.lines.addWidget(Titled(self.tr("确权和移交"), self.confirmation, [self.register_button, self.hand_button]))
        self.keepers = Label("", "second", wrap=True)
        self.lines.addWidget(self.keepers)
        self.lines.addStretch(1)

    @classmethod
    def word(cls) -> str:
        return "权属"

    def load(self, record: str) -> Any:
        ws = self.ws
        return (
            committee_questions(ws, record), keeper_history(ws, record), cases_about(ws, "registration", record),
            cases_about(ws, "handover", record),
        )  # fmt: skip

    def show_data(self, detail: AssetDetail, data: Any) -> None:
        questions, keepers, registrations, handovers = data
        self._cases = {"registration": registrations, "handover": handovers}
        self._question = questions[0] if questions else None
        self.question.setVisible(self._question is not None and self.may_edit)
        if self._question is not None:
            words = self.tr("{name}是村委会，还是农村集体经济组织？")
            self.question.show_words(words.format(name=self._question.name), "", self.tr("核对"), "warning")
        self._show_holders(detail)
        self._then = ()
        self._ask_known()
        self.confirmation.show_facts(filled_facts(detail, CONFIRMATION))
        for button, table, word in (
            (self.register_button, "registration", self.tr("确权登记")),
            (self.hand_button, "handover", self.tr("移交")),
        ):  # fmt: skip
            open_one = next((c for c in self._cases[table] if c.state not in ENDED), None)
            button.setText(f"{word}：{open_one.state_word}" if open_one is not None else word)
            button.setVisible(self.may_edit or bool(self._cases[table]))
        said = [self.tr("{day} 起 {who}").format(day=k.since, who=k.keeper) for k in keepers]
        self.keepers.setText(self.tr("管护人：{list}").format(list="；".join(said)) if len(said) > 1 else "")

    def _show_rights(self) -> None:
        detail = self.pane.shown
        if detail is None:
            return
        day, known = _iso(self.day), _iso(self.known)
        # an unfinished or wrong day shows nothing rather than the rights of another
        unread = any(field.problem() or field.unfinished() for field in (self.day, self.known))
        rows = []
        for right in () if unread else self._then if known else detail.rights:
            held = not right.withdrawn and not right.valid_to
            if day:
                held = (
                    not right.withdrawn and right.valid_from <= day and (not right.valid_to or day < right.valid_to)
                )
            if not held and not (self.past.isChecked() and not day):
                continue
            names = "、".join(h.name if len(right.holders) == 1 else f"{h.name} {h.fraction}" for h in right.holders)
            kind = self.tr("{kind}（已更正）").format(kind=right.kind_word) if right.withdrawn else right.kind_word
            rows.append((right.id, (kind, names, interval_words(self, right), right.source_doc)))
        self.rights.set_rows(rows)
        self.act.setEnabled(not known)
        words = self.tr("权利清单是本册到 {day} 为止记下的；上面的所有权份额是现在的")
        self.then.setText(words.format(day=known) if known else "")
        self.then.setVisible(bool(known))

    def _ask_known(self) -> None:
        """The rights as this register knew them at the end of a day."""
        detail, known, ws = self.pane.shown, _iso(self.known), self.ws
        self._then = ()
        self._show_rights()
        if detail is None or not known:
            return
        record = detail.id
        task = self.shell.gates.read(
            lambda _w: rights_known(ws, record, known),
            lambda found: self._show_known(record, known, found),
            owner=self, key=f"rights-known-{id(self)}", title=self.tr("取当时记下的权利"), fail=self._not_known,
        )  # fmt: skip
        self.shell.show_task(task)

    def _show_known(self, record: str, known: str, found: tuple[RightLine, ...]) -> None:
        if self.pane.shown is not None and self.pane.shown.id == record and _iso(self.known) == known:
            self._then = found
            self._show_rights()

    def _not_known(self, error: BaseException) -> None:
        self._then = ()
        self._show_rights()
        if isinstance(error, XiangceError) and not isinstance(error, Cancelled):
            self.shell.toast(error.message)
        elif not isinstance(error, Cancelled):
            self.shell.show_error(error, self.tr("取当时记下的权利"))

    def _chosen(self) -> RightLine | None:
        detail, record = self.pane.shown, self.rights.current_id()
        return next((r for r in detail.rights if r.id == record), None) if detail is not None else None

    def change_chosen(self) -> None:
        """变更 or 更正 of the right that is current in the list."""
        right, detail = self._chosen(), self.pane.shown
        if _iso(self.known):
            self.shell.toast(self.tr("列的是当时记下的权利，清空“按记录日期”再改"))
        elif right is None:
            self.shell.toast(self.tr("先在权利清单里选一条"))
        elif right.withdrawn:
            self.shell.toast(self.tr("这一条已更正过，请选现在有效的那一条"))
        elif self.may_edit:
            self.dialog = SharesDialog(self.shell, self.ws, detail, right, self)
            self.dialog.open()

    def first(self, kind: str) -> None:
        """A right that was not registered yet."""
        detail = self.pane.shown
        if detail is not None and self.may_edit:
            self.dialog = SharesDialog(self.shell, self.ws, detail, None, self, kind)
            self.dialog.open()

    def end_chosen(self) -> None:
        """The right that is current in the list ends."""
        right, ws = self._chosen(), self.ws
        if right is None:
            self.shell.toast(self.tr("先在权利清单里选一条"))
            return
        seen = ws.register.seen("right", right.id)
        self.asking = RecordDialog(
            self.shell, self.tr("终止{kind}").format(kind=right.kind_word), "right",
            [section("right", ("valid_to", "source_doc"), required=("valid_to", "source_doc"))],
            lambda v: end_right(ws, right, on=v["valid_to"], source_doc=v["source_doc"] or "", seen=seen),
            go=self.tr("终止"), about=self.tr("写从哪天起不再持有"), parent=self,
        )  # fmt: skip
        self.asking.open()

    def ask_committee(self) -> None:
        """村委会 or 集体经济组织."""
        if self._question is not None:
            self.asking = CommitteeDialog(self.shell, self.ws, self._question, self)
            self.asking.open()

    def open_case(self, table: str) -> None:
        """The registration or handover under way, the last one, or a new one begun for this asset."""
        cases = self._cases.get(table, [])
        going = next((c for c in cases if c.state not in ENDED), None) or (
            cases[0] if cases and not self.may_edit else None
        )
        if going is not None:
            self._open_case(table, going.id)
        else:
            self._begin_case(table)

    def _open_case(self, table: str, record: str) -> None:
        self.asking = CaseDialog(self.shell, self.ws, table, record, self.pane.villages, self)
        self.asking.finished.connect(lambda _r: self.pane.show_record(self.pane.record))
        self.asking.open()

    def _begin_case(self, table: str) -> None:
        detail, ws = self.pane.shown, self.ws
        place = {c: detail.values.get(c) for c in ("division_id", "division_code")}
        lists = {"registration": [[detail.id]], "handover": [[detail.id, detail.words.get("status") or None, None]]}

        def save(values: dict[str, Any]) -> str:
            return new_record(ws, table, {**place, **values, "assets": lists[table]})

        title = self.tr("确权登记") if table == "registration" else self.tr("移交")
        form = registration_sections() if table == "registration" else handover_sections(party_choices(ws))
        self.asking = RecordDialog(
            self.shell, title, table, form, save, go=self.tr("开始办理"), villages=self.pane.villages, parent=self,
            about=detail.name, values={"title": f"{detail.name}{title}", "applicant": ws.unit_name,
                                       "division_code": place["division_code"], "keeper": detail.values.get("keeper")},
        )  # fmt: skip
        self.asking.saved.connect(lambda made: self._open_case(table, str(made)))
        self.asking.open()

    def _show_holders(self, detail: AssetDetail) -> None:
        current = current_right(detail, "ownership")
        while self._holders.count():
            widget = self._holders.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        holders = current.holders if current is not None else ()
        for i, holder in enumerate(holders):
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(8)
            name, level = ElidedLabel(holder.name), ElidedLabel(holder.level, "second")
            level.setFixedWidth(round(204 * max(theme().scale, 1.0)))
            bar = Bar(holder.numerator / holder.denominator, BAR_ROLES[i % len(BAR_ROLES)], 10)
            bar.setFixedWidth(150)
            fraction, percent = Label(holder.fraction), Label(holder.percent, "caption")
            for word, width in ((fraction, 84), (percent, 70)):
                word.setFixedWidth(width)
                word.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(name, 1)
            for part in (level, bar, fraction, percent):
                row.addWidget(part)
            line.setFixedHeight(30)
            self._holders.addWidget(line)
        self.joint.setVisible(len(holders) > 1)
        if holders:
            sum_words = " + ".join(holder.fraction for holder in holders)
            self.share_sum.show_status(f"{sum_words} = 1" if len(holders) > 1 else "1", "ok", "success")
        else:
            self.share_sum.show_status(self.tr("还没有登记所有权"), "flag", "warning")
        self.since.setText(interval_words(self, current) if current is not None else "")

    def _fill_parties(self) -> None:
        """Everybody who holds a right on this asset."""
        detail = self.pane.shown
        self.parties.clear()
        held = {h.party_id: h.name for r in (detail.rights if detail is not None else ()) for h in r.holders}
        for party, name in held.items():
            if party:
                self.parties.add(name, partial(self.edit_party, party), "user")

    def edit_party(self, party: str) -> None:
        """Name, kind, level, credit code and telephone of a holder, as they stand on every asset."""
        ws = self.ws

        def show(opened: OpenRecord) -> None:
            form = section("party", ("name", "kind", "ownership_level", "uscc", "phone", "division_code", "note"),
                           required=("name", "kind"))  # fmt: skip
            self.asking = RecordDialog(
                self.shell, self.tr("权利人资料"), "party", [form], lambda values: save_record(ws, opened, values),
                go=self.tr("存下"), values=opened.values, villages=self.pane.villages, parent=self,
            )  # fmt: skip
            self.asking.set_remark(self.tr("改的是这个权利人本身，册中所有资产一起变；换了权利人的用“变更或更正”。"))
            self.asking.open()

        self.shell.gates.read(
            lambda _w: open_record(ws, "party", party), show, owner=self, key=f"dialog-{id(self)}",
            title=self.tr("权利人资料"),
        )  # fmt: skip

    def change_shares(self) -> None:
        """Alt+H: 变更 or 更正 of the ownership shares."""
        detail = self.pane.shown
        if self.may_edit and detail is not None:
            self.dialog = SharesDialog(self.shell, self.ws, detail, current_right(detail, "ownership"), self)
            self.dialog.open()


def _iso(field: PartialDateField) -> str:
    """The whole day in a field, ISO; "" while there is none."""
    date = field.value()
    return date.iso() if date is not None and date.precision == "day" and not field.problem() else ""
