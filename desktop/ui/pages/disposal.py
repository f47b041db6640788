"""处置: assets on their way out, by state; beside the list the case with its track, steps and where the money went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from desktop.app.cases.cases import CaseDetail, party_choices
from desktop.app.cases.disposals import begin_disposal, disposal_sums, receive_asset, received_values
from desktop.app.cases.procedures import StepView
from desktop.app.records.editing import new_record, open_record, save_record
from desktop.app.records.records import today
from desktop.common.money import format_yuan
from desktop.insight.case_lists import DisposalRow, disposal_ids, disposal_rows, stage_counts
from desktop.insight.lists import ListQuery
from desktop.store.database import Sql
from desktop.ui.case_fields import decision_sections, disposal_sections, section
from desktop.ui.dialogs.asset_picker import AssetPicker
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.list_source import ListSource
from desktop.ui.models.record_table import Column, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.case_pane import CasePane, state_chip
from desktop.ui.pages.disposal_tabs import disposal_tabs
from desktop.ui.pages.list_page import ListPage, ListWords
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.page_rows import FilterBar
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.state_track import TrackNode


class DisposalPane(CasePane):
    """One disposal; its destinations show what is missing in the track."""

    table = "disposal"
    icon = "dispose"

    def none_chosen(self) -> str:
        return self.tr("在左边选一件处置")

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return disposal_tabs()

    def sections(self, table: str) -> Sequence[Section]:
        return disposal_sections()

    def fill_menu(self) -> None:
        self.more.add(self.tr("打开资产"), self.open_asset, "asset")
        if self.may_edit:
            self.more.add(self.tr("登记会议决议"), self.add_decision, "survey")
            self.more.add(self.tr("登记对方单位"), self.add_party, "user")
        self.add_paper(self.tr("打印审批表"))

    def head_words(self, detail: CaseDetail) -> tuple[str, Sequence[Chip], str]:
        asset = detail.asset
        chips = [Chip(w) for w in (detail.words.get("kind", ""), detail.words.get("reason", "")) if w]
        facts = " · ".join(str(w) for w in (detail.village, asset.get("asset_no")) if w)
        return str(asset.get("name") or self.tr("没有写明资产")), chips, facts

    def load(self, record: str) -> Any:
        detail = super().load(record)
        self._sums = disposal_sums(self.ws, record) if detail is not None else None
        return detail

    def nodes(self, detail: CaseDetail) -> list[TrackNode]:
        found = super().nodes(detail)
        applied = str(detail.values.get("applied_date") or "")[5:]
        found[0] = TrackNode(found[0].word, applied, found[0].status)
        rest = self._sums.open_fen if self._sums is not None else 0
        if detail.state == "traded" and rest:
            missing = self.tr("差 {n}").format(n=format_yuan(rest))
            found = [
                TrackNode(n.word, missing, n.status, "danger") if t.state == "settled" else n
                for n, t in zip(found, detail.track, strict=True)
            ]
        return found

    def add_decision(self) -> None:
        """A meeting's decision on this disposal, so that the step 登记会议 can cite it."""
        detail, ws = self.shown, self.ws
        if detail is None:
            return
        place = {c: detail.asset.get(c) for c in ("division_id", "division_code")}
        self.meeting = RecordDialog(
            self.shell, self.tr("登记会议决议"), "decision", decision_sections(),
            lambda values: new_record(ws, "decision", {**place, **values}, "登记会议决议"), go=self.tr("存下决议"),
            values={"kind": "disposal", "title": self.tr("处置{name}").format(name=detail.asset.get("name") or ""),
                    "division_code": place["division_code"]},
            villages=self.villages, parent=self,
        )  # fmt: skip
        self.meeting.saved.connect(lambda _made: self.shell.toast(self.tr("决议已存，登记会议时可以选它")))
        self.meeting.open()

    def choices(self, detail: CaseDetail, step: StepView) -> Mapping[str, Sequence[tuple[str, str]]]:
        return {**super().choices(detail, step), "receiver_party_id": party_choices(self.ws)}

    def remark(self, step: StepView) -> str:
        kind = self.shown.values.get("kind") if self.shown is not None else None
        if step.name == "trade" and kind == "swap":
            return self.tr("处置收入填收到的差价，补付的填在“补付差价”；没有差价的，处置收入填 0。")
        if step.name == "hand_on":
            return self.tr("从办理日期起，原所有权人名下的权利都归接收方；资产仍在本册。不再留在本册的，办“核销”。")
        if step.name == "write_off" and kind == "donate":
            return self.tr("核销的资产离开本册，权利全部终止；仍在本册、只换权利人的，办“划转办结”。")
        return ""

    def add_party(self) -> None:
        """The other side, when it stands in no list of holders yet: so that a step can name it."""
        detail, ws = self.shown, self.ws
        if detail is None:
            return
        form = [section("party", ("name", "kind", "ownership_level", "uscc", "division_code", "note"),
                        required=("name", "kind"))]  # fmt: skip
        self.meeting = RecordDialog(
            self.shell, self.tr("登记对方单位"), "party", form,
            lambda values: new_record(ws, "party", values, "登记处置的对方单位"), go=self.tr("存下单位"),
            villages=self.villages, parent=self,
        )  # fmt: skip
        self.meeting.saved.connect(lambda _made: self.shell.toast(self.tr("单位已存，办步骤时可以选它")))
        self.meeting.open()

    def receive(self) -> None:
        """The asset that comes in by a swap is registered and named in the case."""
        detail, ws = self.shown, self.ws
        if detail is None:
            return
        form = [
            section("asset", ("name", "asset_no", "category", "subcategory", "division_code", "address", "built_date",
                              "original_value_fen", "quantity", "unit", "spec", "keeper", "note"),
                    required=("name", "category", "original_value_fen")),
        ]  # fmt: skip

        def show(values: dict[str, Any]) -> None:
            self.receiving = RecordDialog(
                self.shell, self.tr("登记换入资产"), "asset", form,
                lambda typed: receive_asset(ws, detail.id, typed), go=self.tr("登记换入资产"), values=values,
                villages=self.villages, about=str(detail.asset.get("name") or ""), parent=self,
            )  # fmt: skip
            self.receiving.set_remark(
                self.tr("资金来源记为“转投”；核销那天起，权利按换出资产的份额登记。对价要和评估、差价一致。")
            )
            self.receiving.saved.connect(lambda _made: self.show_record(self.record))
            self.receiving.open()

        self.shell.gates.read(
            lambda _w: received_values(ws, detail.id), show, owner=self, key=f"dialog-{id(self)}",
            title=self.tr("登记换入资产"),
        )  # fmt: skip

    def pick_received(self) -> None:
        """The asset that came in stands in the register already."""
        detail, ws, shell = self.shown, self.ws, self.shell
        if detail is None:
            return
        self.picker = AssetPicker(shell, ws, self.tr("换入的是哪项资产"), self)

        def take(asset: str, _name: str) -> None:
            shell.gates.write(
                lambda _w: save_record(
                    ws, open_record(ws, "disposal", detail.id), {"received_asset_id": asset}, "登记换入资产"
                ),
                lambda _done: self.show_record(self.record), owner=self, title=self.tr("登记换入资产"),
            )  # fmt: skip

        self.picker.chosen.connect(take)
        self.picker.open()

    def open_asset(self) -> None:
        """The asset in 资产台账."""
        if self.shown is not None and self.shown.asset:
            self.shell.open(Address("asset", str(self.shown.asset["id"])))


class DisposalPage(ListPage):
    """`DisposalPage(shell, ws, villages)`: disposals by state; a new one begins at its asset."""

    page_name = "disposal"
    icon = "dispose"
    shows = frozenset({"disposal", "asset", "right", "step_taken", "notice", "attachment", "objection"})
    edit_right = "edit-assets"
    list_width = 470

    def words(self) -> ListWords:
        return ListWords(
            title=self.tr("处置"), search=self.tr("资产、编号、受让人、文号"), none_yet=self.tr("还没有处置"),
            how=self.tr("在资产台账选一项资产，从“处置”页签发起"), unit=self.tr("件"),
        )  # fmt: skip

    def columns(self) -> Sequence[Column]:
        return (
            Column("asset", self.tr("资产"), 170, "name", stretch=True),
            Column("kind", self.tr("方式"), 84),
            Column("value", self.tr("价值 元"), 108, "money", empty=self.tr("未填")),
            Column("state", self.tr("状态"), 92, "status"),
            Column("village", self.tr("村"), 80, optional=True),
            Column("applied", self.tr("申请日期"), 96, "date", optional=True),
            Column("proceeds", self.tr("成交 元"), 110, "money", optional=True),
            Column("reason", self.tr("原因"), 130, sort="", optional=True),
            Column("asset_no", self.tr("编号"), 100, "quiet", sort="", optional=True),
        )

    def source(self) -> ListSource:
        return ListSource(self.ws, disposal_ids, disposal_rows, disposal_cells, disposal_summary)

    def make_detail(self) -> DisposalPane:
        return DisposalPane(self.shell, self.ws, self.villages)

    def fill_filters(self, filters: FilterBar) -> None:
        self.stage: Segments = Segments([("open", self.tr("办理中")), ("closed", self.tr("已办结"))], "open")
        filters.add_segments("stage", self.stage)
        self.add_village_filter(filters)
        self.add_code_filter(filters, "kind", self.tr("方式"), "disposal_type")

    def empty_buttons(self) -> Sequence[Button]:
        button = Button(self.tr("去资产台账"), "primary", small=True)
        button.clicked.connect(lambda: self.shell.open(Address("asset")))
        return (button,)

    def show_summary(self, summary: Summary) -> None:
        counts: Mapping[str, int] = summary.facts["counts"]
        self.stage.set_choices([
            ("open", self.tr("办理中 {n:,}").format(n=counts["open"])),
            ("closed", self.tr("已办结 {n:,}").format(n=counts["closed"])),
        ])  # fmt: skip
        super().show_summary(summary)


def disposal_cells(row: DisposalRow) -> tuple[Any, ...]:
    """The cells of a row."""
    return (
        row.asset, row.kind, row.value_fen, state_chip(row.state, row.state_word), row.village, row.applied,
        row.proceeds_fen, row.reason, row.asset_no,
    )  # fmt: skip


def disposal_summary(sql: Sql, _query: ListQuery) -> Summary:
    """How many are under way and done."""
    counts = stage_counts(sql, "disposal")
    return Summary(counts["all"], {}, {"counts": counts})


def disposal_dialog(owner: Any, asset: str, name: str) -> RecordDialog:
    """Begins a disposal of an asset; afterwards its page is opened."""
    shell, ws = owner.shell, owner.ws
    form = [section("disposal", ("kind", "reason", "reason_text", "applicant", "applied_date"),
                    required=("kind", "reason", "applied_date"))]  # fmt: skip
    dialog = RecordDialog(
        shell, owner.tr("发起处置"), "disposal", form, lambda values: begin_disposal(ws, asset, values),
        go=owner.tr("发起处置"), values={"applicant": ws.unit_name, "applied_date": today()}, about=name,
        parent=owner,
    )  # fmt: skip
    dialog.saved.connect(lambda made: shell.open(Address("disposal", str(made))))
    return dialog
