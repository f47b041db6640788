"""状态经过 of an asset: which status from when to when, why and by which paper; changed, filled in, corrected."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.app.assets.ownership import day_before
from desktop.app.assets.status_history import add_past_status, change_status, correct_status, withdraw_status
from desktop.app.records.details import AssetDetail
from desktop.app.records.records import today
from desktop.registry import codelists
from desktop.registry.asset_status import BY_STEPS, StatusPeriod
from desktop.ui.case_fields import section
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.models.record_table import Column
from desktop.ui.pages.asset_words import status_chip
from desktop.ui.pages.facts import Titled
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import CheckBox
from desktop.ui.widgets.menu_button import MenuButton
from desktop.ui.widgets.small_table import SmallTable

FIELDS = ("status", "from_date", "reason", "measure", "due_date", "source_doc")


class StatusPart(QWidget):
    """`StatusPart(tab)`: `titled` goes into the tab, `show_detail(detail)` fills it; Enter on a line corrects it."""

    def __init__(self, tab: RecordTab) -> None:
        super().__init__(tab)
        self.hide()
        self._tab = tab
        self._detail: AssetDetail | None = None
        self.dialog: RecordDialog | None = None
        self.table = SmallTable(
            [
                Column("interval", self.tr("起止"), 188),
                Column("status", self.tr("状态"), 92, "status"),
                Column("reason", self.tr("原因和措施"), 190, stretch=True),
                Column("source", self.tr("依据"), 150),
            ]
        )
        self.table.opened.connect(lambda _id: self.correct())
        self.past = CheckBox(self.tr("也列出已更正的"))
        self.past.toggled.connect(lambda _on: self._show())
        self.act = MenuButton(self.tr("办理"), tip=self.tr("改状态、补记、更正"))
        self.act.add(self.tr("改状态"), self.change, "edit")
        self.act.add(self.tr("补记过去的状态"), self.add, "plus")
        self.act.add(self.tr("更正这一条"), self.correct, "edit")
        self.act.add(self.tr("撤掉这一条"), self.withdraw, "minus")
        side: list[QWidget] = [self.past] + ([self.act] if tab.may_edit else [])
        self.titled = Titled(self.tr("状态经过"), self.table, side)

    def show_detail(self, detail: AssetDetail) -> None:
        """The periods of this asset, the newest first."""
        self._detail = detail
        self.past.setVisible(any(p.withdrawn for p in detail.periods))
        self._show()

    def _show(self) -> None:
        periods = self._detail.periods if self._detail is not None else ()
        rows: list[tuple[str, tuple[Any, ...]]] = []
        held = [p for p in periods if not p.withdrawn]
        gone = [p for p in periods if p.withdrawn] if self.past.isChecked() else []
        for n, period in enumerate([*reversed(held), *reversed(gone)]):
            word = codelists.word("asset_status", period.status) or self.tr("未填")
            why = "；".join(
                w for w in (
                    period.reason or "", period.measure or "",
                    self.tr("{day} 前完成").format(day=period.due_date) if period.due_date else "",
                    (period.note or "") if period.withdrawn else "",
                ) if w
            )  # fmt: skip
            chip = status_chip(str(period.status or "-"), word)
            rows.append((period.id or str(n), (self._interval(period), chip, why, period.source_doc)))
        self.table.set_rows(rows)

    def _interval(self, period: StatusPeriod) -> str:
        if period.withdrawn:
            return self.tr("{a} 起（已更正）").format(a=period.start or self.tr("最早"))
        if period.start and period.end:
            return self.tr("{a} 至 {b}").format(a=period.start, b=day_before(period.end))
        if period.end:
            return self.tr("至 {b}").format(b=day_before(period.end))
        return self.tr("{a} 起").format(a=period.start) if period.start else self.tr("一直")

    def _chosen(self) -> StatusPeriod | None:
        record = self.table.current_id()
        periods = self._detail.periods if self._detail is not None else ()
        return next((p for p in periods if p.id and p.id == record), None)

    # -- changing ----------------------------------------------------------------------------------------------

    def change(self) -> None:
        """事情变了: another status from a day on."""
        self._ask_new(self.tr("改状态"), today(), past=False)

    def add(self) -> None:
        """补记: what held in the past, until the next entry."""
        self._ask_new(self.tr("补记过去的状态"), "", past=True)

    def _ask_new(self, title: str, first: str, *, past: bool) -> None:
        detail, ws = self._detail, self._tab.ws
        if detail is None or not self._tab.may_edit:
            return
        seen = None if past else ws.register.seen("asset", detail.id)

        def save(v: dict[str, Any]) -> object:
            common = {"reason": v["reason"], "measure": v["measure"], "due": v["due_date"],
                      "source_doc": v["source_doc"] or ""}  # fmt: skip
            if past:
                return add_past_status(ws, detail.id, v["status"], since=v["from_date"], **common)
            return change_status(ws, detail.id, v["status"], since=v["from_date"], seen=seen, **common)

        form = section("status_change", FIELDS, required=("status", "from_date"))
        self._open(title, form, save, self.tr("存下"), {"from_date": first})
        if past and self.dialog is not None:
            self.dialog.set_remark(self.tr("到后面一条开始为止；现在的状态不变。"))

    def correct(self) -> None:
        """原来记错了: the line that is current is written anew."""
        period, ws = self._correctable(), self._tab.ws
        if period is None:
            return
        values = {"status": period.status, "from_date": period.start or None, "reason": period.reason,
                  "measure": period.measure, "due_date": period.due_date}  # fmt: skip
        seen = ws.register.seen("status_change", period.id)

        def save(v: dict[str, Any]) -> object:
            return correct_status(
                ws, period.id, source_doc=v["source_doc"] or "", status=v["status"], since=v.get("from_date"),
                reason=v["reason"] or "", measure=v["measure"] or "", due=v["due_date"] or "", seen=seen,
            )  # fmt: skip

        columns = FIELDS if period.start else tuple(c for c in FIELDS if c != "from_date")
        form = section("status_change", columns, required=tuple(c for c in ("status", "from_date", "source_doc")
                                                                if c in columns))  # fmt: skip
        self._open(self.tr("更正状态"), form, save, self.tr("更正"), values)
        if self.dialog is not None:
            self.dialog.set_remark(self.tr("记错的那一条留着备查；真的变了，用“改状态”。"))

    def withdraw(self) -> None:
        """没有这回事: the line that is current does not count."""
        period, ws = self._correctable(), self._tab.ws
        if period is None:
            return
        seen = ws.register.seen("status_change", period.id)
        form = section("status_change", ("note",), required=("note",))
        self._open(
            self.tr("撤掉这一条状态"), form, lambda v: withdraw_status(ws, period.id, v["note"] or "", seen=seen),
            self.tr("撤掉"), {},
        )  # fmt: skip
        if self.dialog is not None:
            self.dialog.set_remark(self.tr("备注里写为什么撤掉；前一条接着算，撤掉的留着备查。"))

    def _correctable(self) -> StatusPeriod | None:
        period = self._chosen()
        if not self._tab.may_edit:
            return None
        if period is None:
            self._tab.shell.toast(self.tr("这一条没有单独登记过；先用“改状态”或在右边修改资产"))
        elif period.withdrawn:
            self._tab.shell.toast(self.tr("这一条已更正过，请选现在有效的那一条"))
        elif period.status in BY_STEPS:
            self._tab.shell.toast(self.tr("这一条由处置的步骤写入，办错的一步在处置里撤回"))
        else:
            return period
        return None

    def _open(self, title: str, form: Any, save: Any, go: str, values: dict[str, Any]) -> None:
        about = self._detail.name if self._detail is not None else ""
        self.dialog = RecordDialog(
            self._tab.shell, title, "status_change", [form], save, go=go, values=values, about=about, parent=self._tab
        )
        self.dialog.open()
