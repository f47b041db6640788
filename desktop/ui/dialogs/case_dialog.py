"""A case that has no page of its own (确权登记, 移交, 年度评估) in a dialog: track, steps, files, changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop.app.cases.cases import CaseDetail
from desktop.app.cases.notices import make_notice
from desktop.app.records.editing import open_record, save_record
from desktop.app.workspace import Workspace
from desktop.registry.labels import table_label
from desktop.ui.case_fields import handover_sections, registration_sections
from desktop.ui.dialogs.asset_picker import AssetPicker
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.navigation import Address
from desktop.ui.pages.assessment_pane import AssessmentPane, close_dialogs
from desktop.ui.pages.attachments_tab import AttachmentsTab
from desktop.ui.pages.case_pane import CasePane, StepsTab
from desktop.ui.pages.history_tab import HistoryTab
from desktop.ui.pages.page import Shell
from desktop.ui.pages.record_pane import RecordPane
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section


class RegistrationSteps(StepsTab):
    """办理 of a registration, with its notice."""

    facts = ("assets", "applicant", "basis", "checked_by", "checked_date", "decision_id", "doc_no", "doc_date",
             "cert_no", "note")  # fmt: skip

    def __init__(self, pane: RecordPane) -> None:
        super().__init__(pane)
        self.notice_button = Button(self.tr("拟确权公示"), icon="notice", small=True)
        self.notice_button.clicked.connect(self.draft_notice)
        self.lines.insertWidget(1, self.notice_button)

    def show_data(self, detail: CaseDetail, data: Any) -> None:
        super().show_data(detail, data)
        self.notice_button.setVisible(self.may_edit and detail.state == "checked")

    def draft_notice(self) -> None:
        """A draft notice from this registration, opened as a sheet."""
        ws, record = self.ws, self.pane.record

        def show(made: object) -> None:
            dialog = self.window()
            if isinstance(dialog, QDialog):
                dialog.accept()
            self.shell.open(Address("notice", str(made), "sheet"))

        write_once(
            self.notice_button, self.shell.gates, lambda _w: make_notice(ws, "registration", record), show,
            title=self.notice_button.text(),
        )  # fmt: skip


class HandoverSteps(StepsTab):
    """办理 of a handover."""

    facts = ("assets", "from_party_id", "to_party_id", "keeper", "on_date", "signed_from", "signed_to",
             "signed_witness", "source_doc", "note")  # fmt: skip


class _SeveralAssets(CasePane):
    """A case over several assets: more are added while it is still being prepared."""

    first_state = ""

    def add_asset(self) -> None:
        """An asset is chosen (or scanned) and put at the end of the list."""
        if self.shown is None or self.shown.state != self.first_state:
            self.shell.toast(self.tr("已经办过一步，清单不能再改；要改先退回"))
            return
        self.picker = AssetPicker(self.shell, self.ws, self.tr("加哪项资产"), self)
        self.picker.chosen.connect(self.take_asset)
        self.picker.open()

    def take_asset(self, asset: str, _name: str) -> None:
        """Put an asset on the list, once."""
        ws, table, record = self.ws, self.table, self.record

        def add(_work: object) -> bool:
            opened = open_record(ws, table, record)  # the list as it is now: one put there just before stays on it
            rows = [list(r.values()) for r in opened.values.get("assets") or []]
            if any(r[0] == asset for r in rows):
                return False
            blank: list[Any] = [None] * (len(rows[0]) - 1 if rows else 0)
            save_record(ws, opened, {"assets": [*rows, [asset, *blank]]})
            return True

        def added(new: bool) -> None:
            if not new:
                self.shell.toast(self.tr("清单里已有这项资产"))
            self.show_record(record)

        self.shell.gates.write(add, added, owner=self, title=self.tr("加资产"))


class RegistrationPane(_SeveralAssets):
    """One registration."""

    first_state = "applied"

    table = "registration"
    icon = "asset"

    def fill_menu(self) -> None:
        if self.may_edit:
            self.more.add(self.tr("加一项资产"), self.add_asset, "plus")
        self.add_paper(self.tr("打印证书"))

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return (RegistrationSteps, AttachmentsTab, HistoryTab)

    def sections(self, table: str) -> Sequence[Section]:
        return registration_sections()

    def head_words(self, detail: CaseDetail) -> tuple[str, Sequence[Chip], str]:
        count = len(detail.values.get("assets") or [])
        facts = " · ".join(w for w in (detail.village, self.tr("{n} 项资产").format(n=count)) if w)
        return str(detail.values.get("title") or self.tr("确权登记")), [], facts


class HandoverPane(_SeveralAssets):
    """One handover."""

    first_state = "draft"

    table = "handover"
    icon = "share"

    def fill_menu(self) -> None:
        if self.may_edit:
            self.more.add(self.tr("加一项资产"), self.add_asset, "plus")
        self.add_paper(self.tr("打印移交清单"))

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return (HandoverSteps, AttachmentsTab, HistoryTab)

    def sections(self, table: str) -> Sequence[Section]:
        return handover_sections()

    def head_words(self, detail: CaseDetail) -> tuple[str, Sequence[Chip], str]:
        count = len(detail.values.get("assets") or [])
        facts = " · ".join(w for w in (detail.village, self.tr("{n} 项资产").format(n=count)) if w)
        return str(detail.values.get("title") or self.tr("移交")), [], facts


class ComplaintSteps(StepsTab):
    """办理 of a complaint."""

    facts = ("what", "received_date", "channel", "caller", "answer", "answered_date", "note")


class ComplaintPane(CasePane):
    """One complaint; the problem it became is put right in 检查整改."""

    table = "complaint"
    icon = "flag"

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return (ComplaintSteps, AttachmentsTab, HistoryTab)

    def head_words(self, detail: CaseDetail) -> tuple[str, Sequence[Chip], str]:
        facts = " · ".join(str(w) for w in (detail.village, detail.asset.get("name")) if w)
        return str(detail.values.get("what") or self.tr("投诉")), [], facts


class CaseDialog(QDialog):
    """`CaseDialog(shell, ws, table, record, villages, parent)`: shows one registration, handover, complaint or
    assessment."""

    def __init__(
        self, shell: Shell, ws: Workspace, table: str, record: str, villages: Sequence[tuple[str, str]] = (),
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        panes: dict[str, type[CasePane]] = {"registration": RegistrationPane, "handover": HandoverPane,
                                            "complaint": ComplaintPane, "assessment": AssessmentPane}  # fmt: skip
        self.pane = panes[table](shell, ws, villages)
        self.setWindowTitle(table_label(table))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self.pane)
        self.resize(theme().px("dialog_wide_w"), 600)
        self.pane.closed.connect(self.reject)
        if isinstance(self.pane, AssessmentPane):
            self.pane.left.connect(lambda: close_dialogs(self))
        self.pane.show_record(record)
