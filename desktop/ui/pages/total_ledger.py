"""总台账: what the assets of a place are worth on any day, as known on any day, cut four ways; lines open their list.

The sums are those of `xiangce ledger`; 打印 opens the same ledger in the print centre with both days.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.app.money.money_books import total_ledger
from desktop.app.workspace import Workspace
from desktop.common.errors import Cancelled, XiangceError
from desktop.common.money import format_wan
from desktop.insight.value_ledger import Ledger, LedgerLine
from desktop.registry import codelists
from desktop.ui.models.record_table import Column
from desktop.ui.navigation import Address
from desktop.ui.pages.page import Page, Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import ElidedLabel, Label, rule
from desktop.ui.widgets.page_rows import TitleRow
from desktop.ui.widgets.segments import Segments
from desktop.ui.widgets.small_table import SmallTable
from desktop.ui.widgets.value_fields import PartialDateField


class TotalLedgerPage(Page):
    """`TotalLedgerPage(shell, ws, villages)`: 按发生日期 is the day, 按记录日期 what this register knew by then.

    An address's part may name what to look at: `by=level&as_of=2025-06-30`. Enter opens the assets of a line.
    """

    shows = frozenset({"asset", "status_change", "value_change", "right", "party", "disposal", "setting"})

    def __init__(
        self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(shell, parent)
        self.ws = ws
        self.shown: Ledger | None = None
        self._targets: dict[str, str] = {}
        self.title = TitleRow(self.tr("总台账"))
        self.print_button = Button(self.tr("打印台账"), icon="print", key="Ctrl+P")
        if ws.may("print"):
            self.title.add_action(self.print_button)
        self.print_button.clicked.connect(self.print_ledger)
        self.lines.addWidget(self.title)
        self.lines.addLayout(self._choices(villages))
        self.lines.addWidget(rule())
        self.table = SmallTable(
            [
                Column("name", self.tr("项目"), 240, "name", stretch=True),
                Column("count", self.tr("项数"), 90, "number"),
                Column("original", self.tr("原值 万元"), 150, "wan"),
                Column("depreciation", self.tr("累计折旧 万元"), 150, "wan"),
                Column("impairment", self.tr("减值准备 万元"), 140, "wan"),
                Column("net", self.tr("净值 万元"), 150, "wan"),
            ],
            fill=True,
        )
        self.table.opened.connect(self.open_line)
        self.empty = EmptyState("asset", self.tr("这一天没有在账的资产"), self.tr("换一天、换一个范围"))
        self.empty.hide()
        self.lines.addWidget(self.table, 1)
        self.lines.addWidget(self.empty, 1)
        self._said = self._fact = ""
        self.note = ElidedLabel("", "second")
        self.note.setContentsMargins(theme().px("l"), 6, theme().px("l"), 6)
        self.lines.addWidget(self.note)

    def _choices(self, villages: Sequence[tuple[str, str]]) -> QHBoxLayout:
        row = QHBoxLayout()
        margin = theme().px("l")
        row.setContentsMargins(margin, 0, margin, theme().px("m"))
        row.setSpacing(8)
        self.by = Segments(
            [
                ("category", self.tr("按类别")), ("level", self.tr("按层级")), ("source", self.tr("按来源")),
                ("division", self.tr("按区划")), ("status", self.tr("按状态")),
            ],
            "category",
        )  # fmt: skip
        self.category = Select(
            [(self.tr("全部资产"), ""), *((i.name, i.code) for i in codelists.items("asset_category"))],
            self.tr("大类"),
        )
        everything = self.tr("全镇") if self.ws.level == "town" else self.tr("全部")
        self.scope = Select([(everything, ""), *((name, code) for code, name in villages)], self.tr("范围"))
        self.as_of, self.known_at = PartialDateField(whole_days=True), PartialDateField(whole_days=True)
        self.as_of.field.setPlaceholderText(self.tr("今天"))
        self.known_at.field.setPlaceholderText(self.tr("到现在"))
        self.as_of.setToolTip(self.tr("这一天在账的资产和当天的价值"))
        self.known_at.setToolTip(self.tr("只看本册到这一天为止记下的内容，后来的更正不算"))
        row.addWidget(self.by)
        row.addWidget(self.category)
        row.addWidget(self.scope)
        row.addStretch(1)
        for word, field in ((self.tr("按发生日期"), self.as_of), (self.tr("按记录日期"), self.known_at)):
            row.addWidget(Label(word, "second"))
            field.field.setMinimumWidth(round(96 * max(theme().scale, 1.0)))
            field.setMaximumWidth(round(150 * max(theme().scale, 1.0)))
            field.setAccessibleName(word)
            row.addWidget(field)
            field.value_changed.connect(self.refresh)
            field.message_changed.connect(lambda _text, _tone: self._tell())
        self.by.changed.connect(lambda _k: self.refresh())
        for select in (self.category, self.scope):
            select.picked.connect(lambda _v: self.refresh())
        self.bind("Ctrl+P", self.print_ledger)
        return row

    # -- asking ------------------------------------------------------------------------------------------------

    def wanted(self) -> dict[str, str]:
        """What is looked at: cut, category, division, both days (those that are chosen)."""
        found = {
            "by": str(self.by.value()), "category": str(self.category.value() or ""),
            "division": str(self.scope.value() or ""), "as_of": _iso(self.as_of), "known_at": _iso(self.known_at),
        }  # fmt: skip
        return {key: value for key, value in found.items() if value}

    def problem(self) -> str:
        """What is wrong with a day that was typed."""
        for word, field in ((self.tr("按发生日期"), self.as_of), (self.tr("按记录日期"), self.known_at)):
            if field.problem():
                return f"{word}：{field.problem()}"
        return ""

    def entered(self) -> None:
        if self.shown is None:
            self.refresh()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_address(self, address: Address) -> None:
        given = dict(parse_qsl(address.part))
        if not given:
            return
        self.by.set_value(given.get("by", "category"))
        self.category.set_value(given.get("category", ""))
        self.scope.set_value(given.get("division", ""))
        self.as_of.set_value(given.get("as_of"))
        self.known_at.set_value(given.get("known_at"))
        self.refresh()

    def refresh(self) -> None:
        if self.problem() or self.as_of.unfinished() or self.known_at.unfinished():
            self._tell()  # while one types the figures stay those of the day the title names
            return
        ws, wanted = self.ws, self.wanted()
        task = self.shell.gates.read(
            lambda _w: total_ledger(
                ws, wanted["by"], wanted.get("as_of"), wanted.get("division", ""), wanted.get("category", ""),
                wanted.get("known_at"),
            ),
            lambda found: self._show(found, wanted.get("known_at", "")), owner=self, key=f"ledger-{id(self)}",
            title=self.tr("算总台账"), fail=self._failed,
        )  # fmt: skip
        self.shell.show_task(task)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            return
        if not isinstance(error, XiangceError):
            self.shell.show_error(error, self.tr("算总台账"))
            return
        self.shown = None
        self.table.hide()
        self.empty.show_words(error.message, error.hint)
        self.empty.show()
        self._say("", "")

    def _show(self, found: Ledger, known: str) -> None:
        """Show figures as they were known on the day they were asked for, whatever stands in the field by now."""
        self.shown = found
        self._targets = {}
        rows: list[tuple[str, tuple[Any, ...]]] = []

        def add(line: LedgerLine, depth: int, path: str) -> None:
            key = f"{path}/{line.key}"
            worn = (line.depreciation_fen, line.impairment_fen, line.net_fen)
            money = (None, None, None) if found.by == "source" else worn  # by source they are not told apart
            rows.append((key, ("　" * depth + line.name, line.count, line.original_fen, *money)))
            self._targets[key] = self._target(found.by, path, line.key)
            for child in line.children:
                add(child, depth + 1, key)

        for line in found.lines:
            add(line, 0, "")
        total = found.total
        rows.append(("", (self.tr("合计"), total.count, total.original_fen, total.depreciation_fen,
                          total.impairment_fen, total.net_fen)))  # fmt: skip
        self.table.set_rows(rows)
        fact = self.tr("截至 {on}，在账 {n:,} 项，原值 {v} 万元").format(
            on=found.as_of, n=total.count, v=format_wan(total.original_fen)
        )
        self._fact = fact + (self.tr("；按 {on} 已记下的内容").format(on=known) if known else "")
        said = []
        if found.by == "source":
            said.append(self.tr("一项资产有几个来源的，在各来源都计一项"))
        if total.unknown:
            said.append(self.tr("{n:,} 项没有原值，未计入金额").format(n=total.unknown))
        if found.not_dated:
            said.append(self.tr("{n:,} 项没有购建时间，按已建成计入").format(n=found.not_dated))
        self._said = "；".join(said)
        self._tell()

    def _tell(self) -> None:
        """What is wrong with a day as long as it stands there, else the figures and what is to be known of them.

        Figures of another day never stand beside a day that cannot be read, and are not printed for it.
        """
        problem, found = self.problem(), self.shown
        self._say(problem or self._said, "danger" if problem else "")
        self.print_button.setEnabled(not problem)
        if found is None and not problem:
            return
        shown = found is not None and bool(found.total.count) and not problem
        if problem:
            self.empty.show_words(self.tr("日期没有写对，数字先不显示"), self.tr("改好日期就重新算；清空就是今天"))
        elif not shown:
            self.empty.show_words(self.tr("这一天没有在账的资产"), self.tr("换一天、换一个范围"))
        self.title.set_fact("" if problem else self._fact)
        self.table.setVisible(shown)
        self.empty.setVisible(not shown)

    def _say(self, words: str, tone: str) -> None:
        self.note.setText(words)
        self.note.set_tone(tone)
        self.note.setVisible(bool(words))
        self.note.update()

    # -- ways on -----------------------------------------------------------------------------------------------

    def _target(self, by: str, path: str, key: str) -> str:
        """The filter of the asset list that a line stands for; "" when the list cannot show it."""
        scope, kind = str(self.scope.value() or ""), str(self.category.value() or "")
        if by == "category" and (key or path):
            kind = path.split("/")[1] if path else key
        elif by == "division" and len(key) >= 12:
            scope = key
        elif by == "status" and (not key or _iso(self.as_of)):
            return ""  # the list shows the status of today
        elif by not in ("category", "status"):
            return ""
        status = key if by == "status" else ""
        return urlencode({k: v for k, v in (("category", kind), ("village", scope), ("status", status)) if v})

    def open_line(self, key: str) -> None:
        """The assets of a line in the asset list, as they are today."""
        target = self._targets.get(key, "")
        if target:
            self.shell.open(Address("asset", part=target))

    def print_ledger(self) -> None:
        """The print centre with this ledger, its part and both days."""
        wanted = self.wanted()
        if not self.ws.may("print") or self.problem() or self.as_of.unfinished() or self.known_at.unfinished():
            return
        by, scope = wanted.pop("by"), wanted.pop("division", "")
        days = {"as_of": wanted.get("as_of", ""), "known_at": wanted.get("known_at", ""), "division": scope,
                "category": wanted.get("category", "")}  # fmt: skip
        self.shell.open(Address("print", part=f"ledger:{by}?{urlencode(days)}"))


def _iso(field: PartialDateField) -> str:
    date = field.value()
    return date.iso() if date is not None and date.precision == "day" else ""
