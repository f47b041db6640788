"""变更 or 更正 of the shares of a right on an asset: the choice first, then from when, the source, the fractions."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.app.assets.contributions import Contributions, contributions
from desktop.app.assets.ownership import (
    AffectedDistribution,
    PartyOption,
    ShareOf,
    affected_distributions,
    change_shares,
    correct_shares,
    day_before,
    party_options,
)
from desktop.app.records.details import AssetDetail, RightLine
from desktop.app.records.undoing import take_back_unit
from desktop.app.workspace import Workspace
from desktop.common.money import format_yuan, largest_remainder
from desktop.registry import codelists
from desktop.registry.right_intervals import WHOLE
from desktop.store.unit_of_work import Seen
from desktop.ui.dialogs.contribution_dialog import ContributionDialog
from desktop.ui.dialogs.write_once import write_once
from desktop.ui.pages.page import Shell
from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button, Option
from desktop.ui.widgets.fields import TextField
from desktop.ui.widgets.interval_strip import Interval, IntervalStrip
from desktop.ui.widgets.labels import ElidedLabel, Label, Note, rule
from desktop.ui.widgets.share_editor import PartyChoice, ShareEditor, ShareRow
from desktop.ui.widgets.value_fields import PartialDateField


class SharesDialog(QDialog):
    """`SharesDialog(shell, ws, asset, right, parent, kind)`: edits the holders of `right` (None: a first registration).

    `kind` is the code of the right when it is not known from `right`. 1 and 2 choose 变更 or 更正, Ctrl+Enter records,
    Esc leaves. What was seen when it opened travels with the edit.
    """

    def __init__(
        self, shell: Shell, ws: Workspace, asset: AssetDetail, right: RightLine | None, parent: QWidget | None = None,
        kind: str = "ownership",
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._shell, self._ws, self._asset, self._right = shell, ws, asset, right
        self._kind = right.kind if right is not None else kind
        self._kind_word = codelists.word("rights", self._kind)
        self._affected: list[AffectedDistribution] = []
        self._seen: Seen | None = ws.register.seen("right", right.id) if right is not None else None
        self.setWindowTitle(self.tr("{kind}份额").format(kind=self._kind_word))
        self.setFixedWidth(theme().px("dialog_wide_w"))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addLayout(self._head())
        lines.addWidget(rule())
        body = QVBoxLayout()
        body.setContentsMargins(18, 12, 18, 12)
        body.setSpacing(8)
        happened = self.tr("转让、增资、合并。旧份额到前一天为止，已分的收益不动")
        self.change = Option(self.tr("变更：事情真的变了"), happened, "1")
        mended = self.tr("另记一条，记错的留着备查，受影响的分配列在下面")
        self.correct = Option(self.tr("更正：原来记错了"), mended, "2")
        group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(12)
        for option in (self.change, self.correct):
            group.addButton(option)
            row.addWidget(option)
        self.change.setChecked(True)
        self.correct.setEnabled(right is not None)
        body.addLayout(row)
        body.addLayout(self._when())
        self.strip = IntervalStrip()
        body.addWidget(self.strip)
        body.addWidget(Label(self.tr("份额"), "strong"))
        self.editor = ShareEditor()
        self.editor.contribution_button.setVisible(self._kind in WHOLE)
        self.editor.contributions_asked.connect(self.by_contribution)
        self.proposal: ContributionDialog | None = None
        self._parties: list[PartyChoice] = []
        body.addWidget(self.editor)
        how = self.tr("填分数，如 1/3；也可填 3 成、1:2。合计必须正好是 1。")
        body.addWidget(Note("info", self.tr("百分比只供看，不存、不参加计算。"), how))
        self.trial = ElidedLabel("", "second")
        body.addWidget(self.trial)
        self.affected = Label("", "second", wrap=True)
        self.affected.hide()
        body.addWidget(self.affected)
        lines.addLayout(body, 1)
        lines.addWidget(rule())
        lines.addLayout(self._foot())
        group.buttonClicked.connect(lambda _b: self._tell())
        self.start.value_changed.connect(self._tell)
        self.source.textEdited.connect(lambda _t: self._tell())
        self.editor.changed.connect(self._tell)
        shell.gates.read(lambda _w: party_options(ws), self._fill, owner=self)
        if right is not None:
            shell.gates.read(
                lambda _w: affected_distributions(ws, asset.id, right), self._show_affected, owner=self, key="affected"
            )
        self._date_of_choice()
        group.buttonClicked.connect(lambda _b: self._date_of_choice())

    # -- parts -------------------------------------------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(18, 10, 12, 10)
        row.setSpacing(10)
        row.addWidget(Label(self.tr("变更或更正{kind}份额").format(kind=self._kind_word), "question"))
        number = self._asset.values.get("asset_no") or ""
        row.addWidget(ElidedLabel(" · ".join(w for w in (self._asset.name, str(number)) if w), "second"), 1)
        close = Button(icon="x", kind="quiet", tip=self.tr("先不变更"))
        close.clicked.connect(self.reject)
        row.addWidget(close)
        return row

    def _when(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        self.start = PartialDateField()
        self.start.setFixedWidth(320)
        today = dt.date.today()  # noqa: DTZ011
        self.start.set_value(today.isoformat(), "day")
        self.until = Label("", "caption")
        self.source = TextField(placeholder=self.tr("协议、决议或确权文件的名称和文号"))
        grid.addWidget(Label(self.tr("从哪天起"), "second"), 0, 0)
        grid.addWidget(self.start, 0, 1)
        grid.addWidget(self.until, 0, 2)
        grid.addWidget(Label(self.tr("依据文件"), "second"), 1, 0)
        grid.addWidget(self.source, 1, 1, 1, 2)
        grid.setColumnStretch(2, 1)
        return grid

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(18, 12, 18, 12)
        row.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        self.stay = Button(self.tr("先不变更"), key="Esc")
        self.go = Button(self.tr("记为变更"), "primary", key="Ctrl+Enter")
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.record)
        row.addWidget(self.hint, 1)
        row.addWidget(self.stay)
        row.addWidget(self.go)
        return row

    def _fill(self, parties: list[PartyOption]) -> None:
        self._parties = [PartyChoice(p.id, p.name, p.level) for p in parties]
        self.editor.set_parties(self._parties)
        if self._right is not None:
            self.editor.set_rows(
                [ShareRow(h.party_id, h.name, Fraction(h.numerator, h.denominator)) for h in self._right.holders]
            )
            self.source.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.editor.add_row()
        self._tell()

    def _show_affected(self, found: list[AffectedDistribution]) -> None:
        self._affected = found
        self._tell()

    def _date_of_choice(self) -> None:
        """A change begins today at first; a correction keeps the day the interval began."""
        if self._right is not None and self._right.valid_from:
            began = self._right.valid_from
            today = dt.date.today().isoformat()  # noqa: DTZ011
            self.start.set_value(today if self.change.isChecked() else began, "day")
            self._tell()

    def by_contribution(self) -> None:
        """按出资算: the sources of the asset's money are asked for their owners; the rows then hold the fractions."""
        ws, asset = self._ws, self._asset.id
        date = self.start.value()
        day = date.iso() if date is not None else dt.date.today().isoformat()  # noqa: DTZ011

        def ask(found: Contributions) -> None:
            self.proposal = ContributionDialog(found, self._parties, self._asset.name, self)
            self.proposal.chosen.connect(
                lambda shares: self.editor.set_rows([ShareRow(s.party, s.name, s.share) for s in shares])
            )
            self.proposal.open()

        title = self.tr("按出资算份额")
        self._shell.gates.read(
            lambda _w: contributions(ws, asset, day), ask, owner=self, key=f"contributions-{id(self)}", title=title,
            fail=lambda error: self._shell.show_error(error, title),
        )  # fmt: skip

    # -- judging -----------------------------------------------------------------------------------------------

    def problem(self) -> str:
        """Why it cannot be recorded yet."""
        date = self.start.value()
        if self.change.isChecked():
            if date is None or date.precision != "day":
                return self.start.problem() or self.tr("从哪天起，要写到日")
            if self._right is not None and self._right.valid_from and date.iso() <= self._right.valid_from:
                return self.tr("要在 {day} 之后；原来记错了的用更正").format(day=self._right.valid_from)
        elif self._right is not None and self._right.valid_from and (date is None or date.precision != "day"):
            return self.start.problem() or self.tr("从哪天起，要写到日")
        if self.editor.problem():
            return self.editor.problem()
        return "" if self.source.text().strip() else self.tr("还没有写依据文件，写了才能记")

    def _tell(self) -> None:
        changing = self.change.isChecked()
        self.start.setEnabled(changing or bool(self._right is not None and self._right.valid_from))
        several = not changing and bool(self._affected)
        self.affected.setVisible(several)
        if several:
            names = "；".join(f"{a.title}（{a.state}）" if a.state else a.title for a in self._affected[:6])
            words = self.tr("按原来的份额分过 {n} 次，都不动：{names}")
            self.affected.setText(words.format(n=len(self._affected), names=names))
        date = self.start.value()
        old = self._right is not None and changing and date is not None and date.precision == "day"
        self.until.setText(
            self.tr("旧的一段自动到 {day} 为止").format(day=day_before(date.iso())) if old and date is not None else ""
        )
        self.go.setText(self.tr("记为变更") if changing else self.tr("记为更正"))
        problem = self.problem()
        self.go.setEnabled(not problem)
        self.hint.setText(problem)
        self.hint.set_tone("danger" if problem else "")
        self.hint.update()
        self._try_out()
        self.strip.show_intervals(self._intervals())

    def _intervals(self) -> list[Interval]:
        """The intervals of this right as they would stand: end to end, without overlap, the edited one marked."""
        old, date = self._right, self.start.value()
        start = date.iso() if date is not None and date.precision == "day" else ""
        typed = "，".join(f"{r.name} {r.share}" if r.share != 1 else r.name for r in self.editor.rows() if r.share)
        changing = self.change.isChecked() or old is None
        out = []
        for right in self._asset.rights:
            if right.kind != self._kind or right.withdrawn or (old is not None and right.id == old.id and not changing):
                continue
            end = right.valid_to
            if old is not None and right.id == old.id:
                end = start or end
            elif old is not None and not changing and start and right.valid_to == old.valid_from:
                end = start
            names = "，".join(h.name if h.fraction == "1" else f"{h.name} {h.fraction}" for h in right.holders)
            out.append((right.valid_from, Interval(names, _days(self, right.valid_from, end))))
        if typed or start:
            until = old.valid_to if old is not None else ""
            out.append((start or "9999", Interval(typed or self.tr("还没有填"), _days(self, start, until), new=True)))
        return [interval for _, interval in sorted(out, key=lambda pair: pair[0])] if len(out) > 1 else []

    def _try_out(self) -> None:
        """How the yearly income would be split, to the 分."""
        income = self._asset.values.get("expected_income_fen")
        shares = [row.share for row in self.editor.rows()]
        if self.editor.problem() or not income or len(shares) < 2:
            self.trial.setText("")
            return
        parts = largest_remainder(int(income), {i: share for i, share in enumerate(shares) if share is not None})
        words = " + ".join(format_yuan(parts[i]) for i in sorted(parts))
        self.trial.setText(self.tr("试算：年收益 {sum} 元 = {parts}").format(sum=format_yuan(int(income)), parts=words))

    # -- recording ---------------------------------------------------------------------------------------------

    def record(self) -> None:
        """Ctrl+Enter."""
        if self.problem():
            return
        ws, asset, right, seen = self._ws, self._asset.id, self._right, self._seen
        shares = [ShareOf(r.party, r.name, r.share) for r in self.editor.rows() if r.share is not None]
        source, date = self.source.text().strip(), self.start.value()
        changing, kind = self.change.isChecked(), self._kind
        start = date.iso() if date is not None else ""

        def function(_work: object) -> object:
            if changing or right is None:
                return change_shares(ws, asset, kind, shares, start=start, source_doc=source, old=right, seen=seen)
            moved = start if right.valid_from and start != right.valid_from else None
            return correct_shares(ws, asset, right, shares, source_doc=source, start=moved, seen=seen)

        write_once(self, self._shell.gates, function, self._recorded, title=self.go.text(), fail=self._failed)

    def _recorded(self, done: object) -> None:
        ws, gates, unit = self._ws, self._shell.gates, done.unit_id  # type: ignore[attr-defined]
        title = self.tr("撤回")
        self._shell.toast(self.tr("份额已记"), lambda: gates.write(lambda _w: take_back_unit(ws, unit), title=title))
        self.accept()

    def _failed(self, error: BaseException) -> None:
        self._tell()
        self._shell.show_error(error, self.go.text())

    def keyPressEvent(self, event: object) -> None:
        key = event.key()  # type: ignore[attr-defined]
        if key == Qt.Key.Key_1:
            self.change.click()
        elif key == Qt.Key.Key_2:
            self.correct.click()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]


def _days(owner: QWidget, start: str, end: str) -> str:
    """From when to when, the last day included."""
    begin = start or owner.tr("起始不详")
    words = owner.tr("{a} 至 {b}") if end else owner.tr("{a} 起，长期")
    return words.format(a=begin, b=day_before(end) if end else "")
