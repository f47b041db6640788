"""Who a use goes to: conditions with the number they give, one household by name, amounts by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QWidget

from desktop.app.distribution.distribution_case import PlanCase, find_households, preview_recipients
from desktop.app.distribution.distribution_recipients import METHODS
from desktop.app.records.records import today
from desktop.insight.recipients import Recipient
from desktop.registry import codelists
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.models.record_table import Column
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button, CheckBox
from desktop.ui.widgets.code_select import CodeSelect
from desktop.ui.widgets.fields import SearchField, Select, TextField
from desktop.ui.widgets.labels import ElidedLabel, Label, rule
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.widgets.value_fields import MoneyField

if TYPE_CHECKING:
    from desktop.ui.pages.distribution_wizard import PlanWizard


class RecipientsDialog(QDialog):
    """`RecipientsDialog(wizard, case, use, parent)`: `criteria()`, `method()`, `amounts()` once accepted."""

    def __init__(self, wizard: PlanWizard, case: PlanCase, use: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wizard, self._case = wizard, case
        self._found: list[Recipient] = []
        entry = case.view.criteria.get(use)
        kept: dict[str, Any] = entry if isinstance(entry, dict) else {}
        where: dict[str, Any] = kept.get("where") or {}
        word = codelists.word("income_use", use)
        lines, head = begin_dialog(self, self.tr("选名单"), least=theme().px("dialog_w") + 60)
        head.addWidget(ElidedLabel(word, "second"), 1)
        lines.addLayout(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        place = str(case.view.row.get("division_code") or "")
        villages = [(name, code) for code, name in wizard.villages if code.startswith(place)]
        self.village = Select([(self.tr("全部"), ""), *villages])
        self.group = TextField(placeholder=self.tr("如 一组，几个组用逗号隔开"))
        self.fields: dict[str, Select] = {
            "household_type": _codes(self.tr("不限"), "household_type"),
            "monitored_type": _codes(self.tr("不限"), "monitored_type", self.tr("各类监测对象")),
            "category": _codes(self.tr("不限"), "low_income_category", self.tr("各类低收入人口")),
        }
        self.age_from, self.age_to = TextField(), TextField()
        self.linked = CheckBox(self.tr("只要与本次收益的资产挂钩的户"))
        ages = QHBoxLayout()
        ages.setSpacing(8)
        ages.addWidget(self.age_from)
        ages.addWidget(Label(self.tr("至")))
        ages.addWidget(self.age_to)
        ages.addWidget(Label(self.tr("周岁，户里有一人即可")), 1)
        rows: list[tuple[str, QWidget | QHBoxLayout]] = [
            (self.tr("组"), self.group), (self.tr("户类型"), self.fields["household_type"]),
            (self.tr("监测对象"), self.fields["monitored_type"]), (self.tr("低收入类别"), self.fields["category"]),
            (self.tr("年龄"), ages), ("", self.linked),
        ]  # fmt: skip
        if len(villages) > 1:
            rows.insert(0, (self.tr("村"), self.village))
        for at, (caption, widget) in enumerate(rows):
            grid.addWidget(Label(caption, "second"), at, 0)
            if isinstance(widget, QHBoxLayout):
                grid.addLayout(widget, at, 1)
            else:
                grid.addWidget(widget, at, 1)
        grid.setColumnStretch(1, 1)
        lines.addLayout(grid)
        split = QHBoxLayout()
        split.addWidget(Label(self.tr("分法"), "second"))
        self.methods = Segments([(k, w) for k, w in METHODS.items()], str(kept.get("method") or "people"), small=True)
        split.addWidget(self.methods)
        split.addStretch(1)
        lines.addLayout(split)
        self.count = Label("", "bold")
        lines.addWidget(self.count)
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.stay = Button(self.tr("先不选"), key="Esc")
        self.go = Button(self.tr("用这个名单"), "primary", key="Ctrl+Enter")
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self._take)
        self._amounts: dict[str, int] | None = None
        self._fill(where)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(200)
        self._wait.timeout.connect(self._ask)
        for select in (self.village, *self.fields.values()):
            select.currentIndexChanged.connect(lambda _i: self._changed())
        for field in (self.group, self.age_from, self.age_to):
            field.textEdited.connect(lambda _t: self._changed())
        self.linked.toggled.connect(lambda _on: self._changed())
        self._ask()

    def _fill(self, where: dict[str, Any]) -> None:
        for name, select in self.fields.items():
            if where.get(name):
                select.set_value(where[name][0])
        if where.get("village"):
            self.village.set_value(where["village"][0])
        self.group.setText("，".join(where.get("group", ())))
        self.age_from.setText("".join(where.get("age_from", ())))
        self.age_to.setText("".join(where.get("age_to", ())))
        self.linked.setChecked(bool(where.get("asset")))

    def criteria(self) -> dict[str, Any]:
        """The conditions that are set."""
        found: dict[str, Any] = {name: [select.value()] for name, select in self.fields.items() if select.value()}
        if self.village.value():
            found["village"] = [self.village.value()]
        groups = [g.strip() for g in self.group.text().replace("，", ",").replace("、", ",").split(",") if g.strip()]
        if groups:
            found["group"] = groups
        for name, field in (("age_from", self.age_from), ("age_to", self.age_to)):
            if field.text().strip():
                found[name] = [field.text().strip()]
        if self.linked.isChecked():
            found["asset"] = self._wizard.assets_of_plan()
        return found

    def method(self) -> str:
        """How the amount is split."""
        return self.methods.value()

    def amounts(self) -> dict[str, int] | None:
        """Amounts by class, when that is the method."""
        return self._amounts

    def _changed(self) -> None:
        """How many answer these conditions, and of which classes, is not known until the answer has come."""
        self.go.setEnabled(False)
        self._wait.start()

    def _ask(self) -> None:
        ws, plan, wanted = self._wizard.ws, self._wizard.plan, self.criteria()

        def failed(error: BaseException) -> None:
            self._found = []
            self.count.setText(str(getattr(error, "message", "")) or self.tr("条件有误"))

        self.go.setEnabled(False)
        self._wizard.shell.gates.read(
            lambda _w: preview_recipients(ws, plan, wanted, today()), self._show, owner=self, key="recipients",
            fail=failed,
        )  # fmt: skip

    def _show(self, found: list[Recipient]) -> None:
        self._found = found
        people = sum(r.people for r in found)
        self.count.setText(self.tr("符合 {n:,} 户（人），{p:,} 人").format(n=len(found), p=people))
        self.go.setEnabled(bool(found))

    def _take(self) -> None:
        if self.method() == "class":
            dialog = ClassAmountsDialog(sorted({r.basis for r in self._found}), self)
            if not dialog.exec():
                return
            self._amounts = dialog.values()
        self.accept()


class AddRecipientDialog(QDialog):
    """`AddRecipientDialog(wizard, division, parent)`: find one household by name or initials; `chosen()`."""

    def __init__(self, wizard: PlanWizard, division: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wizard, self._division = wizard, division
        self._listed: str | None = None
        lines, head = begin_dialog(self, self.tr("加户"), least=theme().px("dialog_w"))
        self.setMinimumHeight(360)
        lines.addLayout(head)
        self.search = SearchField(self.tr("户主姓名或首字母"))
        self.search.searched.connect(self._ask)
        self.search.textChanged.connect(lambda _text: self._tell())
        lines.addWidget(self.search)
        self.table = SmallTable(
            [Column("name", self.tr("户主"), 120, "name"), Column("place", self.tr("村组"), 140),
             Column("people", self.tr("人口"), 60, "number"), Column("basis", self.tr("依据"), 120, stretch=True)],
            fill=True,
        )  # fmt: skip
        self.search.left_down.connect(self.table.setFocus)
        self.table.opened.connect(lambda _i: self.accept())
        lines.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.stay = Button(self.tr("先不加"), key="Esc")
        self.go = Button(self.tr("加这一户"), "primary", key="Ctrl+Enter")
        self.go.setEnabled(False)
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.table.current_changed.connect(lambda _record: self._tell())
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.accept)
        self._ask("")

    def chosen(self) -> str:
        """The household's id."""
        return self.table.current_id()

    def _tell(self) -> None:
        """Until the households of what is typed are there, the row that is current answers an earlier text."""
        self.go.setEnabled(self._listed == self.search.text() and bool(self.table.current_id()))

    def _ask(self, text: str) -> None:
        ws, division = self._wizard.ws, self._division
        self._wizard.shell.gates.read(
            lambda _w: find_households(ws, text, division), lambda found: self._show(text, found), owner=self,
            key="add-household",
        )  # fmt: skip

    def _show(self, text: str, found: Sequence[Recipient]) -> None:
        self._listed = text
        self.table.set_rows([(r.id, (r.name, f"{r.village}{r.group}", r.people, r.basis)) for r in found])
        self._tell()


class ClassAmountsDialog(QDialog):
    """`ClassAmountsDialog(classes, parent)`: one amount for each class; `values()` once accepted."""

    def __init__(self, classes: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines, head = begin_dialog(self, self.tr("每户（人）多少，按类定"), least=theme().px("dialog_w"))
        lines.addLayout(head)
        grid = QGridLayout()
        self.fields: dict[str, MoneyField] = {}
        for at, name in enumerate(classes):
            field = MoneyField()
            field.setAccessibleName(name or self.tr("未分类"))
            field.value_changed.connect(self._tell)
            grid.addWidget(Label(name or self.tr("未分类"), "second"), at, 0)
            grid.addWidget(field, at, 1)
            self.fields[name] = field
        lines.addLayout(grid)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.stay = Button(self.tr("先不分"), key="Esc")
        self.go = Button(self.tr("照此分"), "primary", key="Ctrl+Enter")
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.accept)
        self._tell()

    def values(self) -> dict[str, int]:
        """分 by class."""
        return {name: field.value() or 0 for name, field in self.fields.items()}

    def _tell(self) -> None:
        self.go.setEnabled(all(field.value() is not None and not field.problem() for field in self.fields.values()))


def _codes(nothing: str, list_name: str, anything: str = "") -> Select:
    first: list[tuple[str, Any]] = [(nothing, "")]
    if anything:
        first.append((anything, "*"))
    return CodeSelect(list_name, first=first, filters=True)
