"""资产总览: cards on ownership, values, income, arrears and terms; each line and figure opens the list it counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.app.assets.asset_overview import Overview, overview
from desktop.app.workspace import Workspace
from desktop.common.money import format_wan, format_yuan
from desktop.registry.receivables import AGE_WORDS
from desktop.ui.navigation import Address
from desktop.ui.pages.page import Page, Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.empty_state import EmptyState
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.figures import Bar, Figure, KeyFigures
from desktop.ui.widgets.labels import Card, ElidedLabel, Label, Link
from desktop.ui.widgets.page_rows import TitleRow
from desktop.ui.widgets.year_bars import YearBars, YearPair

MOST_LINES = 6


class AssetOverviewPage(Page):
    """`AssetOverviewPage(shell, ws, villages)`: 范围 narrows everything to a village; nothing is edited here."""

    shows = frozenset({"asset", "right", "value_change", "contract", "receipt", "step_taken", "disposal"})

    def __init__(
        self, shell: Shell, ws: Workspace, villages: Sequence[tuple[str, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(shell, parent)
        self.ws = ws
        self.shown: Overview | None = None
        self.title = TitleRow(self.tr("资产总览"))
        everything = self.tr("全镇") if ws.level == "town" else self.tr("全部")
        self.scope = Select([(everything, ""), *((name, code) for code, name in villages)], self.tr("范围"))
        self.scope.picked.connect(lambda _v: self.refresh())
        self.title.add_widget(self.scope)
        to_list = self.title.add_action(Button(self.tr("资产台账"), icon="asset"))
        to_list.clicked.connect(lambda: self._open("asset"))
        self.lines.addWidget(self.title)
        self.figures = KeyFigures()
        self.lines.addWidget(self.figures)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._body = QWidget()
        grid = QGridLayout(self._body)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setSpacing(12)
        self.cards = {key: _OverviewCard() for key in ("category", "owned", "income", "arrears", "state", "terms")}
        for i, card in enumerate(self.cards.values()):
            grid.addWidget(card, i // 2, i % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        area.setWidget(self._body)
        self._body.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        self._area = area
        to_import = Button(self.tr("导入台账"), "primary", small=True)
        to_import.clicked.connect(lambda: self.shell.open(Address("import", part="assets")))
        self.empty = EmptyState(
            "asset", self.tr("还没有资产"), self.tr("导入台账或登记一项，这里就有总览"),
            [to_import] if ws.may("import") else [],
        )  # fmt: skip
        self.empty.hide()
        self.lines.addWidget(area, 1)
        self.lines.addWidget(self.empty, 1)

    def entered(self) -> None:
        if self.shown is None:
            self.refresh()
        self.scope.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        ws, division = self.ws, str(self.scope.value() or "")
        self.shell.gates.read(
            lambda _work: overview(ws, division), self._show, owner=self, key=f"overview-{id(self)}",
            title=self.tr("算资产总览"),
        )  # fmt: skip

    # -- showing -----------------------------------------------------------------------------------------------

    def _show(self, found: Overview) -> None:
        self.shown = found
        total = found.ledger.total
        self._area.setVisible(bool(total.count))
        self.figures.setVisible(bool(total.count))
        self.empty.setVisible(not total.count)
        self.title.set_fact(self.tr("截至 {on}，在账 {n:,} 项").format(on=found.as_of, n=total.count))
        owned = sum(v.owned for v in found.owned)
        owed = found.arrears
        share = f"{owned / total.count:.0%}" if total.count else ""
        self.figures.show_figures([
            Figure(self.tr("原值 万元"), format_wan(total.original_fen), self.tr("{n:,} 项").format(n=total.count)),
            Figure(self.tr("净值 万元"), format_wan(total.net_fen),
                   self.tr("已折旧 {v}").format(v=format_wan(total.depreciation_fen))),
            Figure(self.tr("已确权"), self.tr("{a:,} / {b:,} 项").format(a=owned, b=total.count), share,
                   "success" if owned == total.count else "warning"),
            Figure(self.tr("欠款 元"), format_yuan(owed.arrears_fen),
                   self.tr("{n} 份合同").format(n=owed.contracts) if owed.contracts else self.tr("没有欠款"),
                   "danger" if owed.arrears_fen else "success"),
            Figure(self.tr("即将到期"), self.tr("{n} 份").format(n=len(found.expiring)),
                   self.tr("到期未办结 {n} 份").format(n=found.over) if found.over else "",
                   "danger" if found.over else ""),
        ])  # fmt: skip
        self._show_categories(found)
        self._show_owned(found)
        self._show_income(found)
        self._show_arrears(found)
        self._show_states(found)
        self._show_terms(found)

    def _show_categories(self, found: Overview) -> None:
        total = found.ledger.total
        card = self.cards["category"]
        card.head(self.tr("按类别"), self.tr("原值 {v} 万元").format(v=format_wan(total.original_fen)),
                  self.tr("项数、原值 万元"))  # fmt: skip
        for line in found.categories:
            share = line.original_fen / total.original_fen if total.original_fen else 0.0
            card.bar(
                line.name.removesuffix("资产"), share, self.tr("{n:,} 项").format(n=line.count),
                format_wan(line.original_fen), self._to("asset", f"category={line.code}"),
            )  # fmt: skip
        card.end()

    def _show_owned(self, found: Overview) -> None:
        card = self.cards["owned"]
        rest = sum(v.count - v.owned for v in found.owned)
        slow = found.owned[0].name if rest and found.owned else ""
        words = self.tr("还有 {n:,} 项，{place}最慢").format(n=rest, place=slow) if rest else self.tr("全部已确权")
        target = self._to("asset", "unowned=1") if rest else None
        card.head(self.tr("确权进度"), words, self.tr("已确权 / 在账，项"), target)
        for line in found.owned[:MOST_LINES]:
            share = line.owned / line.count
            part = f"village={line.code}&unowned=1" if line.owned < line.count else f"village={line.code}"
            card.bar(line.name, share, f"{share:.0%}", f"{line.owned:,} / {line.count:,}", self._to("asset", part))
        card.end()

    def _show_income(self, found: Overview) -> None:
        card = self.cards["income"]
        this = found.years[-1]
        short = this.expected_fen - this.received_fen
        words = (
            self.tr("{y} 年还差 {v} 万元未收").format(y=this.year, v=format_wan(short))
            if short > 0
            else self.tr("{y} 年到今天已收齐").format(y=this.year)
        )
        card.head(self.tr("经营收益"), words, self.tr("浅：应收　深：实收　万元"), self._to("contract", "owing"))
        bars = YearBars()
        bars.setMinimumHeight(150)
        bars.show_years([
            YearPair(str(y.year), y.expected_fen, y.received_fen, *map(_short_wan, (y.expected_fen, y.received_fen)))
            for y in found.years
        ])  # fmt: skip
        card.body.addWidget(bars, 1)

    def _show_arrears(self, found: Overview) -> None:
        card, owed = self.cards["arrears"], found.arrears
        words = (
            self.tr("{n} 份合同欠 {v} 元").format(n=owed.contracts, v=format_yuan(owed.arrears_fen))
            if owed.arrears_fen
            else self.tr("没有欠款")
        )
        target = self._to("contract", "owing") if owed.arrears_fen else None
        card.head(self.tr("欠款账龄"), words, self.tr("元"), target)
        for word, fen in zip(AGE_WORDS, owed.ages, strict=True):
            share = fen / owed.arrears_fen if owed.arrears_fen else 0.0
            card.bar(word, share, "", format_yuan(fen), self._to("contract", "owing") if fen else None, "warning")
        card.end()

    def _show_states(self, found: Overview) -> None:
        card = self.cards["state"]
        bad = sum(n for line in found.categories for _word, n in line.bad)
        words = self.tr("{n:,} 项，{b:,} 项不正常").format(n=found.ledger.total.count, b=bad)
        card.head(self.tr("资产状态"), words, self.tr("项"), self._to("asset", "not_normal=1") if bad else None)
        for line in found.categories:
            worse = sum(n for _word, n in line.bad)
            said = "　".join(f"{word} {n}" for word, n in line.bad) or self.tr("都正常")
            part = f"category={line.code}&not_normal=1" if worse else f"category={line.code}"
            well = self.tr("正常 {n:,}").format(n=line.count - worse)
            share = 1 - worse / line.count
            card.bar(line.name.removesuffix("资产"), share, well, said, self._to("asset", part))
        card.end()

    def _show_terms(self, found: Overview) -> None:
        card = self.cards["terms"]
        words = self.tr("{n} 份快到期").format(n=len(found.expiring)) if found.expiring else self.tr("近期没有到期")
        if found.over:
            words += self.tr("，{n} 份到期未办结").format(n=found.over)
        view = "over" if found.over and not found.expiring else "expiring"
        target = self._to("contract", view) if found.expiring or found.over else None
        card.head(self.tr("合同到期"), words, self.tr("最后一天"), target)
        for line in found.expiring[:MOST_LINES]:
            left = self.tr("剩 {n} 天").format(n=line.left)
            card.line(line.operator or line.contract_no, left, line.term_end or "", self._open_contract(line.id))
        card.end()

    # -- opening lists -----------------------------------------------------------------------------------------

    def _to(self, page: str, part: str) -> Callable[[], None]:
        """Open a list with a filter, within the scope shown."""
        scope = str(self.scope.value() or "")
        if page == "asset" and scope and "village=" not in part:
            part += f"&village={scope}"
        return lambda: self.shell.open(Address(page, part=part))

    def _open_contract(self, record: str) -> Callable[[], None]:
        return lambda: self.shell.open(Address("contract", record))

    def _open(self, page: str) -> None:
        self.shell.open(Address(page))


def _short_wan(fen: int) -> str:
    """万元 with one decimal, for a figure over a bar; a statistic, so it is rounded."""
    tenths = (abs(fen) * 2 + 100_000) // 200_000
    return f"{'-' if fen < 0 else ''}{tenths // 10:,}.{tenths % 10}"


class _OverviewCard(Card):
    """A card with a heading, one sentence, a unit, and lines that open lists."""

    def __init__(self) -> None:
        super().__init__(margins=(14, 10, 14, 12))
        outer = QVBoxLayout()
        outer.setSpacing(8)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addLayout(outer)
        self._head = QHBoxLayout()
        self._head.setSpacing(10)
        outer.addLayout(self._head)
        self.body = QVBoxLayout()
        self.body.setSpacing(6)
        outer.addLayout(self.body, 1)
        self.setMinimumHeight(196)

    def head(self, title: str, sentence: str, unit: str, go: Callable[[], None] | None = None) -> None:
        """Begin anew."""
        _clear(self._head)
        _clear(self.body)
        self._far: list[Label] = []
        self._head.addWidget(Label(title, "strong"))
        if go is None:
            self._head.addWidget(ElidedLabel(sentence, "second"), 1)
        else:
            link = Link(sentence)
            link.clicked.connect(go)
            self._head.addWidget(link)
            self._head.addStretch(1)
        self._head.addWidget(Label(unit, "caption"))

    def bar(
        self, name: str, share: float, middle: str, right: str, go: Callable[[], None] | None, role: str = "accent"
    ) -> None:
        """A name, a bar and two figures."""
        row = self._row(name, go)
        row.addWidget(Bar(share, role, 14), 1)
        if middle:
            near = Label(middle)
            near.setFixedWidth(66)
            near.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(near)
        far = Label(right, "second")
        far.setMinimumWidth(96)
        far.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(far)
        self._far.append(far)

    def line(self, name: str, middle: str, right: str, go: Callable[[], None] | None) -> None:
        """A name and two figures without a bar."""
        row = self._row(name, go, wide=True)
        row.addWidget(Label(middle, "", "warning"))
        row.addWidget(Label(right, "second"))

    def end(self) -> None:
        """No more lines; the last figures take one width, so that all bars of a card are drawn to one scale."""
        widest = max((far.sizeHint().width() for far in self._far), default=0)
        for far in self._far:
            far.setMinimumWidth(max(96, widest))
        self.body.addStretch(1)
        layout = self.layout()
        assert layout is not None  # a least height of its own hides what the lines need in large type
        self.setMinimumHeight(max(round(196 * max(theme().scale, 1.0)), layout.totalMinimumSize().height()))

    def _row(self, name: str, go: Callable[[], None] | None, *, wide: bool = False) -> QHBoxLayout:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        if go is None:
            word: QWidget = ElidedLabel(name)
        else:
            word = Link(name)
            word.clicked.connect(go)
        if wide:
            row.addWidget(word, 1)
        else:
            word.setFixedWidth(92)
            row.addWidget(word)
        self.body.addWidget(holder)
        return row


def _clear(layout: QHBoxLayout | QVBoxLayout) -> None:
    while layout.count():
        widget = layout.takeAt(0).widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
