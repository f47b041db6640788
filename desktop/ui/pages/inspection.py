"""检查整改: problems by deadline beside the progress of a plan; a scanned label opens the check of its asset."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.cases.cases import CaseDetail, plan_choices
from desktop.app.cases.inspections import Checked, asset_of_code, due_row, find_assets, make_due_list, progress_of
from desktop.app.records.editing import new_record
from desktop.app.records.records import today
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.insight.case_lists import FindingRow, finding_counts, finding_ids, finding_rows
from desktop.insight.inspection_lists import VillageProgress
from desktop.insight.lists import ListQuery
from desktop.store.database import Sql
from desktop.ui.case_fields import finding_sections, plan_sections
from desktop.ui.dialogs.assessment_dialog import AssessmentDialog
from desktop.ui.dialogs.asset_picker import AssetPicker
from desktop.ui.dialogs.care_dialog import CareDialog
from desktop.ui.dialogs.inspect_dialog import InspectDialog
from desktop.ui.dialogs.record_dialog import RecordDialog
from desktop.ui.dialogs.sample_dialog import SampleDialog
from desktop.ui.models.list_source import ListSource
from desktop.ui.models.record_table import Column, Summary
from desktop.ui.navigation import Address
from desktop.ui.pages.case_pane import CasePane, finding_chip
from desktop.ui.pages.finding_tabs import finding_tabs
from desktop.ui.pages.list_page import ListPage, ListWords
from desktop.ui.pages.record_tab import RecordTab
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.code_scanner import CodeScanner
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.figures import Bar, Figure, KeyFigures
from desktop.ui.widgets.labels import ElidedLabel, Label, rule
from desktop.ui.widgets.page_rows import FilterBar, TitleRow
from desktop.ui.widgets.painting import Chip
from desktop.ui.widgets.record_form import Section
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.widgets.state_track import TrackNode


class FindingPane(CasePane):
    """One problem with its track 发现 → 责任人 → 期限 → 佐证 → 复查 → 销号."""

    table = "finding"
    icon = "inspect"

    def none_chosen(self) -> str:
        return self.tr("在左边选一个问题")

    def tab_types(self) -> Sequence[type[RecordTab]]:
        return finding_tabs()

    def sections(self, table: str) -> Sequence[Section]:
        return finding_sections()

    def fill_menu(self) -> None:
        self.more.add(self.tr("打开资产"), self.open_asset, "asset")
        self.add_paper(self.tr("打印整改通知"))
        if self.may_edit:
            self.more.add(self.tr("延期，写原因"), lambda: self.take("put_off"), "clock")

    def head_words(self, detail: CaseDetail) -> tuple[str, Sequence[Chip], str]:
        values = detail.values
        serious = detail.words.get("seriousness", "")
        found = self.tr("{day} {who}发现").format(day=values.get("found_date") or "", who=values.get("found_by") or "")
        facts = " · ".join(str(w) for w in (detail.village, detail.asset.get("name"), found.strip()) if w)
        chips = [Chip(serious, "danger" if serious == "严重" else "neutral")] if serious else []
        return str(values.get("what") or ""), chips, facts

    def nodes(self, detail: CaseDetail) -> list[TrackNode]:
        v, state = detail.values, detail.state
        at = {"found": 1, "assigned": 3, "done": 4, "closed": 6, "void": 1}.get(state, 1)
        late = bool(v.get("due_date")) and str(v["due_date"]) < today() and state not in ("closed", "void")
        closed = str(v.get("closed_date") or "")[5:] or self.tr("未开始")
        below = (
            (self.tr("发现"), str(v.get("found_date") or "")[5:], ""),
            (self.tr("责任人"), str(v.get("responsible") or self.tr("没有定")), ""),
            (self.tr("期限"), str(v.get("due_date") or "")[5:], "danger" if late else ""),
            (self.tr("佐证"), str(v.get("done_date") or "")[5:], ""),
            (self.tr("复查"), str(v.get("rechecked_date") or "")[5:] if at > 4 else "", ""),
            (self.tr("销号"), closed, ""),
        )
        return [
            TrackNode(word, text, "done" if i < at else "current" if i == at else "future", tone)
            for i, (word, text, tone) in enumerate(below)
        ]

    def step_values(self, step: Any) -> dict[str, Any]:
        values = super().step_values(step)
        if step.name in ("close", "send_back"):
            if values.get("rechecked_by") == values.get("responsible"):
                values["rechecked_by"] = None
            values = {**values, "rechecked_by": values.get("rechecked_by") or self.ws.user,
                      "rechecked_date": today()}  # fmt: skip
        if step.name == "report":
            values["done_date"] = values.get("done_date") or today()
        return values

    def open_asset(self) -> None:
        """The asset in 资产台账."""
        if self.shown is not None and self.shown.asset:
            self.shell.open(Address("asset", str(self.shown.asset["id"]), "inspection"))


class InspectionPage(ListPage):
    """`InspectionPage(shell, ws, villages)`: problems at the left over the plan's progress by village."""

    page_name = "inspection"
    icon = "inspect"
    shows = frozenset({"finding", "inspection", "inspection_plan", "step_taken", "asset", "attachment"})
    edit_right = "edit-assets"
    list_width = 560
    search_width = 190

    def __init__(
        self, shell: Any, ws: Workspace, villages: Sequence[tuple[str, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(shell, ws, villages, parent)
        self.dialog: RecordDialog | AssetPicker | None = None
        self._plans: dict[str, str] = {}
        self.figures = KeyFigures()
        self.by_village = SmallTable([
            Column("village", self.tr("村"), 110, "name", stretch=True),
            Column("done", self.tr("已查 / 应查"), 110),
            Column("found", self.tr("问题"), 70, "number"),
            Column("closed", self.tr("已销号"), 70, "number"),
            Column("overdue", self.tr("逾期"), 70, "number"),
        ], fill=True)  # fmt: skip
        self.by_village.setFixedHeight(160)
        self.waiting = ElidedLabel("", "second")
        self.bar = Bar(0.0)
        self.share = Label("", "second")
        self.left = self._left_side()
        self.scanner = CodeScanner(self)
        self.scanner.scanned.connect(self.scanned)
        self.plan.currentIndexChanged.connect(lambda _i: self._ask_progress())
        self._load_plans()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)
        self.scanner.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self.scanner.stop()
        super().hideEvent(event)

    def _left_side(self) -> QWidget:
        """The list between the plan's figures and its villages."""
        side = QWidget()
        lines = QVBoxLayout(side)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.figures)
        self.splitter.insertWidget(0, side)
        lines.addWidget(self.list, 1)
        self.progress = QWidget()
        below = QVBoxLayout(self.progress)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 6)
        head.setSpacing(10)
        head.addWidget(Label(self.tr("按村"), "strong"))
        head.addWidget(self.waiting, 1)
        below.addWidget(rule())
        below.addLayout(head)
        below.addWidget(self.by_village)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 8, 12, 8)
        foot.setSpacing(10)
        foot.addWidget(Label(self.tr("检查进度"), "second"))
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.share)
        below.addWidget(rule("grid"))
        below.addLayout(foot)
        self.progress.hide()
        lines.addWidget(self.progress)
        self.splitter.setSizes([self.list_width, 640])
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        return side

    def _arrange(self) -> None:
        super()._arrange()
        if hasattr(self, "left"):
            self.left.setVisible(not self.list.isHidden())

    def words(self) -> ListWords:
        return ListWords(
            title=self.tr("检查整改"), search=self.tr("资产、问题、责任人"), none_yet=self.tr("没有未销号的问题"),
            how=self.tr("扫资产二维码就能登记检查"), new=self.tr("登记检查"), unit=self.tr("个问题"),
        )  # fmt: skip

    def columns(self) -> Sequence[Column]:
        return (
            Column("what", self.tr("问题"), 180, "name", stretch=True),
            Column("asset", self.tr("资产"), 130),
            Column("responsible", self.tr("责任人"), 68),
            Column("due", self.tr("期限"), 56, "date"),
            Column("state", self.tr("状态"), 112, "status"),
            Column("kind", self.tr("类型"), 96, optional=True),
            Column("village", self.tr("村"), 80, optional=True),
            Column("found", self.tr("发现日期"), 96, "date", optional=True),
            Column("unit", self.tr("责任单位"), 110, sort="", optional=True),
        )

    def source(self) -> ListSource:
        return ListSource(
            self.ws, lambda sql, q: finding_ids(sql, q, today()), lambda sql, ids: finding_rows(sql, ids, today()),
            finding_cells, finding_summary,
        )  # fmt: skip

    def make_detail(self) -> FindingPane:
        return FindingPane(self.shell, self.ws, self.villages)

    def fill_title(self, title: TitleRow) -> None:
        yearly = title.add_action(Button(self.tr("年度评估"), icon="check"))
        yearly.clicked.connect(self.show_assessments)
        if self.may_edit():
            care = title.add_action(Button(self.tr("管护"), icon="clock"))
            care.clicked.connect(self.show_care)
            sample = title.add_action(Button(self.tr("抽样"), icon="sample"))
            sample.clicked.connect(self.show_sample)
            plans = title.add_action(Button(self.tr("检查计划"), icon="survey"))
            plans.clicked.connect(self.new_plan)

    def fill_filters(self, filters: FilterBar) -> None:
        self.plan = filters.add_select("plan", Select([(self.tr("全部"), "")], self.tr("计划")))
        self.stage: Segments = Segments([("open", self.tr("未销号")), ("closed", self.tr("已销号"))], "open")
        filters.add_segments("stage", self.stage)
        self.late = filters.add_chip("late", self.tr("已逾期"))
        self.soon = filters.add_chip("soon", self.tr("7 天内到期"))
        self.recheck = filters.add_chip("recheck", self.tr("待复查"))

    def show_summary(self, summary: Summary) -> None:
        counts: Mapping[str, int] = summary.facts["counts"]
        self.stage.set_choices([
            ("open", self.tr("未销号 {n:,}").format(n=counts["open"])),
            ("closed", self.tr("已销号 {n:,}").format(n=counts["closed"])),
        ])  # fmt: skip
        self.late.setText(self.tr("已逾期 {n:,}").format(n=counts["late"]))
        self.soon.setText(self.tr("7 天内到期 {n:,}").format(n=counts["soon"]))
        self.recheck.setText(self.tr("待复查 {n:,}").format(n=counts["recheck"]))
        if not self.plan.value():
            self.figures.show_figures([
                Figure(self.tr("未销号"), self.tr("{n:,} 条").format(n=counts["open"])),
                Figure(self.tr("已逾期"), self.tr("{n:,} 条").format(n=counts["late"])),
                Figure(self.tr("待复查"), self.tr("{n:,} 条").format(n=counts["recheck"])),
                Figure(self.tr("已销号"), self.tr("{n:,} 条").format(n=counts["closed"])),
            ])  # fmt: skip
            self.figures.show()
            self.title.set_fact("")

    # -- plans -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        super().refresh()
        self._load_plans()

    def _load_plans(self) -> None:
        self.shell.gates.read(
            lambda _w: plan_choices(self.ws), self._show_plans, owner=self, key=f"plans-{id(self)}",
        )  # fmt: skip

    def _show_plans(self, plans: Sequence[tuple[str, str]]) -> None:
        known = {value: word for word, value in plans}
        if known != self._plans:
            # a link shows its problem first, and what a person has filtered by stands, however late the plans come
            first = not self._plans and not self._must_show and self.filters.values() == self.filters.defaults()
            chosen = self.plan.value() or (plans[0][1] if first and plans else "")
            self._plans = known
            self.plan.blockSignals(True)
            self.plan.set_items([(self.tr("全部"), ""), *plans], chosen if chosen in known else "")
            self.plan.blockSignals(False)
            if self.plan.value():
                self.ask()
        self._ask_progress()

    def _ask_progress(self) -> None:
        plan = str(self.plan.value() or "")
        self.progress.setVisible(bool(plan))
        if not plan:
            return
        self.shell.gates.read(
            lambda _w: progress_of(self.ws, plan, today()), lambda lines: self._show_progress(plan, lines),
            owner=self, key=f"progress-{id(self)}",
        )  # fmt: skip

    def _show_progress(self, plan: str, lines: Sequence[VillageProgress]) -> None:
        if plan != self.plan.value():
            return
        due, done = sum(line.due for line in lines), sum(line.done for line in lines)
        found, closed = sum(line.found for line in lines), sum(line.closed for line in lines)
        self.figures.show_figures([
            Figure(self.tr("应查"), self.tr("{n:,} 项").format(n=due)),
            Figure(self.tr("已查"), self.tr("{n:,} 项").format(n=done)),
            Figure(self.tr("发现问题"), self.tr("{n:,} 条").format(n=found)),
            Figure(self.tr("已销号"), self.tr("{n:,} 条").format(n=closed)),
        ])  # fmt: skip
        self.figures.show()
        self.by_village.set_rows([
            (line.code, (line.village, f"{line.done} / {line.due}", line.found, line.closed, line.overdue))
            for line in lines
        ])  # fmt: skip
        rest = [f"{line.village} {line.due - line.done}" for line in lines if line.due > line.done]
        where = self.tr("，在 {n} 个村").format(n=len(rest)) if len(rest) > 3 else "：" + "，".join(rest)
        self.waiting.setText(self.tr("还有 {n} 项没查").format(n=due - done) + where if rest else "")
        self.bar.set_value(done / due if due else 0.0)
        self.share.setText(f"{done:,} / {due:,}")
        self.title.set_fact(self._plans.get(plan, ""))

    def show_sample(self) -> None:
        """The sample of the plan that is chosen."""
        plan = str(self.plan.value() or "")
        if not plan:
            self.shell.toast(self.tr("先在“计划”里选一个检查计划"))
            return
        self.sample = SampleDialog(self.shell, self.ws, plan, self)
        self.sample.open()

    def show_care(self) -> None:
        """Public assets whose round of care is due."""
        self.care = CareDialog(self.shell, self.ws, self)
        self.care.open()

    def show_assessments(self) -> None:
        """The places that are assessed in a year (一年一评估、五年总结)."""
        self.assessments = AssessmentDialog(self.shell, self.ws, self.villages, self)
        self.assessments.open()

    def new_plan(self) -> None:
        """A new plan with its list of due assets, made from what the form says."""
        ws = self.ws

        def save(values: dict[str, Any]) -> str:
            return begin_plan(ws, values)

        self.dialog = RecordDialog(
            self.shell, self.tr("新建检查计划"), "inspection_plan", plan_sections(), save,
            go=self.tr("建立并列出应查清单"), villages=self.villages, parent=self,
            values={"kind": "asset_regular", "start_date": today(), "division_code": None},
        )  # fmt: skip  # fmt: skip
        self.dialog.saved.connect(self._planned)
        self.dialog.open()

    def _planned(self, plan: object) -> None:
        self._plans = {}
        self.plan.set_value("")
        self.shell.toast(self.tr("检查计划已建立，应查清单已列出"))
        self._load_plans()

    # -- checking ----------------------------------------------------------------------------------------------

    def begin_new(self) -> None:
        """Ctrl+N: an asset is chosen (or scanned), then its check is written down."""
        self.dialog = AssetPicker(self.shell, self.ws, self.tr("检查哪项资产"), self)
        self.dialog.chosen.connect(self.check)
        self.dialog.open()

    def scanned(self, code: str) -> None:
        """A scanner read a label: its asset's check opens at once."""
        self.filters.search.clear()
        self.filters.search.flush()
        asset = asset_of_code(self.ws, code)
        if not asset:
            self.shell.toast(self.tr("这个码不是本册的资产"))
            return
        rows = find_assets(self.ws, asset)
        self.check(asset, rows[0].name if rows else "")

    def check(self, asset: str, name: str) -> None:
        """Write down the check of an asset, on the chosen plan's list when it stands there."""
        if not self.may_edit():
            self.shell.open(Address("asset", asset, "inspection"))
            return
        plan = str(self.plan.value() or "")
        row = due_row(self.ws, plan, asset) if plan else ""
        done = self.ws.register.row("inspection", row) if row else None
        if done is not None and done.get("on_date"):
            row = ""  # looked at already: another look is a row of its own
        self.dialog = InspectDialog(self.shell, self.ws, asset, name, row, self)
        self.dialog.checked.connect(self._checked)
        self.dialog.open()

    def _checked(self, done: Checked) -> None:
        ws, gates, title = self.ws, self.shell.gates, self.tr("撤回检查")
        words = self.tr("检查已存，{n} 个问题").format(n=len(done.findings)) if done.findings else self.tr("检查已存")
        self.shell.toast(words, lambda: gates.write(lambda _w: take_back_unit(ws, done.unit_id), title=title))
        if done.findings:
            self.go_to(done.findings[0])


def begin_plan(ws: Workspace, values: Mapping[str, Any]) -> str:
    """A plan whose form names a category of assets (None: all), and its due list; the plan's id."""
    criteria = {"category": values["criteria"]} if values.get("criteria") else None
    row = dict(values)
    if not row.get("division_code"):
        row["division_code"] = ws.division_code
    row["criteria"] = json.dumps(criteria, ensure_ascii=False) if criteria else None
    plan = new_record(ws, "inspection_plan", row, "新建检查计划")
    make_due_list(ws, plan)
    return plan


def finding_cells(row: FindingRow) -> tuple[Any, ...]:
    """The cells of a row."""
    return (
        row.what, row.asset, row.responsible, row.due[5:], finding_chip(row), row.kind, row.village, row.found,
        row.unit,
    )  # fmt: skip


def finding_summary(sql: Sql, query: ListQuery) -> Summary:
    """How many are open, closed, late, due soon, waiting for a re-check, of the plan that the list is of."""
    everything = finding_counts(sql, today())
    plan = str(query.equal.get("plan") or "")
    counts = finding_counts(sql, today(), plan) if plan else everything
    return Summary(everything["open"] + everything["closed"], {}, {"counts": counts})
