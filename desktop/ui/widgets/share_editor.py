"""Shares of one right as exact fractions: rows of holder, level, bar and fraction; the sum must be exactly 1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.common.shares import parse_share
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import Select, TextField
from desktop.ui.widgets.figures import Bar
from desktop.ui.widgets.labels import Label, StatusWord

_RATIO = re.compile(r"(\d+)\s*[:：∶]\s*(\d+)")
_TENTHS = re.compile(r"(\d)\s*成")
BAR_ROLES = ("accent", "chart_2", "chart_4", "chart_5", "chart_3")


@dataclass(frozen=True)
class PartyChoice:
    """A holder that can be chosen: its id, name and ownership level in words."""

    id: str
    name: str
    level: str = ""


@dataclass(frozen=True)
class ShareRow:
    """One row: the holder's id ("" when only a name was typed), the name, and the fraction (None = not filled in)."""

    party: str
    name: str
    share: Fraction | None


def read_share(text: str) -> Fraction:
    """The fraction typed: 1/3, 25%, 三成, 3 成, 1:2 (this one against the rest), 1. ValueError when it is none."""
    typed = text.strip()
    if typed == "1":
        return Fraction(1)
    if (ratio := _RATIO.fullmatch(typed)) and int(ratio[1]) and int(ratio[1]) + int(ratio[2]):
        return Fraction(int(ratio[1]), int(ratio[1]) + int(ratio[2]))
    if (tenths := _TENTHS.fullmatch(typed)) and int(tenths[1]):
        return Fraction(int(tenths[1]), 10)
    return parse_share(typed)


def share_text(share: Fraction) -> str:
    """How a share is shown: 493/643, or 1."""
    return str(share)


def percent_text(share: Fraction) -> str:
    """The caption beside a share: 约 76.67%, or 25% when exact; never calculated with."""
    hundredths = share * 10_000
    whole = int(hundredths + Fraction(1, 2))
    text = f"{whole // 100}.{whole % 100:02d}".rstrip("0").rstrip(".") if hundredths.denominator == 1 else ""
    return f"{text}%" if text else f"约 {whole // 100}.{whole % 100:02d}%"


class _Row(QWidget):
    """The widgets of one holder."""

    changed = Signal()

    def __init__(self, parties: Sequence[PartyChoice], role: str, editor: ShareEditor) -> None:
        super().__init__(editor)
        self.share: Fraction | None = None
        self.problem = ""
        self._levels = {party.id: party.level for party in parties}
        self.party = Select([(p.name, p.id) for p in parties], editable=True, placeholder=self.tr("权利人"))
        self.party.setCurrentIndex(-1)
        self.level = TextField()
        self.level.setReadOnly(True)
        self.level.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.bar = Bar(0.0, role, 10)
        self.fraction = TextField(placeholder="1/3")
        self.fraction.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.percent = Label("", "caption")
        self.remove = Button(icon="x", kind="quiet", tip=self.tr("去掉这一行（Del）"), small=True)
        for widget, width in ((self.level, 210), (self.fraction, 88), (self.percent, 70)):
            widget.setFixedWidth(width)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        for i, part in enumerate((self.party, self.level, self.bar, self.fraction, self.percent, self.remove)):
            grid.addWidget(part, 0, i)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(2, 2)
        self.party.setSizePolicy(self.fraction.sizePolicy())
        self.setFixedHeight(self.party.sizeHint().height() + 6)
        self.party.currentIndexChanged.connect(lambda _i: self._party_changed())
        self.party.editTextChanged.connect(lambda _t: self._party_changed())
        self.fraction.textEdited.connect(lambda _t: self._read(final=False))
        self.fraction.editingFinished.connect(lambda: self._read(final=True))

    def _party_changed(self) -> None:
        self._show_level(str(self.party.value()))
        self.changed.emit()

    def _show_level(self, party: str) -> None:
        self.level.setText(self._levels.get(party, ""))
        self.level.setToolTip(self.level.text())
        self.level.setCursorPosition(0)

    def set_row(self, row: ShareRow) -> None:
        self.party.set_value(row.party or row.name)
        self._show_level(row.party)
        self.set_share(row.share)

    def set_share(self, share: Fraction | None) -> None:
        self.share, self.problem = share, ""
        self.fraction.setText("" if share is None else share_text(share))
        self.fraction.mark("")
        self._show()

    def _read(self, *, final: bool) -> None:
        typed = self.fraction.text()
        self.problem = ""
        if not typed.strip():
            self.share = None
        else:
            try:
                self.share = read_share(typed)
            except ValueError:
                self.share = None
                self.problem = self.tr("份额写成分数，如 1/3；也可写 3 成、1:2")
            else:
                if final:
                    self.fraction.setText(share_text(self.share))
        self.fraction.mark("error" if self.problem and final else "")
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.bar.set_value(float(self.share or 0))
        self.percent.setText("" if self.share is None else percent_text(self.share))

    def row(self) -> ShareRow:
        value, name = self.party.value(), self.party.currentText().strip()
        known = str(value) if str(value) in self._levels else ""
        return ShareRow(known, name, self.share)


class ShareEditor(QWidget):
    """`ShareEditor(parties=(), parent=None)`: edits the holders of one right; `changed()`.

    `set_parties([PartyChoice…])`, `set_rows([ShareRow…])`, `rows()`. `problem()` says why the group cannot be saved:
    missing holder, wrong fraction, or the fraction missing to 1. Alt+A adds a row, Alt+B gives the rest to the row in
    which the cursor is (the last one otherwise), Del in an empty fraction removes its row.
    """

    changed = Signal()
    contributions_asked = Signal()
    """按出资算: whoever owns the editor proposes the rows."""

    def __init__(self, parties: Sequence[PartyChoice] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parties = list(parties)
        self._rows: list[_Row] = []
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(0)
        lines.addLayout(self._lines)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 4, 0, 0)
        foot.setSpacing(8)
        self.add_button = Button(self.tr("加一个权利人"), icon="plus", key="Alt+A", small=True, bind=False)
        self.fill_button = Button(self.tr("剩下的给这一行"), "quiet", key="Alt+B", small=True, bind=False)
        self.contribution_button = Button(self.tr("按出资算"), "quiet", small=True)
        self.contribution_button.clicked.connect(self.contributions_asked)
        self.sum = StatusWord()
        foot.addWidget(self.add_button)
        foot.addWidget(self.fill_button)
        foot.addWidget(self.contribution_button)
        foot.addStretch(1)
        foot.addWidget(self.sum)
        lines.addLayout(foot)
        self.add_button.clicked.connect(self.add_row)
        self.fill_button.clicked.connect(self.fill_rest)
        for keys, act in (("Alt+A", self.add_row), ("Alt+B", self.fill_rest)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        self._tell()

    def set_parties(self, parties: Sequence[PartyChoice]) -> None:
        """Holders that can be chosen; rows made from now on offer them."""
        self._parties = list(parties)

    def set_rows(self, rows: Sequence[ShareRow]) -> None:
        """Show these holders."""
        for row in list(self._rows):
            self._drop(row)
        for given in rows:
            self._make().set_row(given)
        self._tell()

    def rows(self) -> list[ShareRow]:
        """The holders as they stand."""
        return [row.row() for row in self._rows]

    def total(self) -> Fraction:
        """Sum of the fractions filled in."""
        return sum((row.share for row in self._rows if row.share is not None), Fraction(0))

    def problem(self) -> str:
        """Why the group cannot be saved, "" when it can."""
        if not self._rows:
            return self.tr("还没有权利人")
        wrong = next((row.problem for row in self._rows if row.problem), "")
        if wrong:
            return wrong
        names = [row.row().name for row in self._rows]
        if not all(names):
            return self.tr("有一行没有写权利人")
        if len(set(names)) < len(names):
            return self.tr("同一权利人写了两行，合成一行")
        if any(row.share is None for row in self._rows):
            return self.tr("有一行没有写份额")
        total = self.total()
        if total == 1:
            return ""
        words = self.tr("合计 {sum}，还差 {rest}") if total < 1 else self.tr("合计 {sum}，多出 {rest}")
        return words.format(sum=total, rest=abs(1 - total))

    def add_row(self) -> None:
        """A new empty row with the cursor in it."""
        row = self._make()
        row.party.setFocus(Qt.FocusReason.TabFocusReason)
        self._tell()

    def fill_rest(self) -> None:
        """What is missing to 1 goes to the row with the cursor, else to an empty one, else to the last."""
        if not self._rows:
            return
        here: QWidget | None = self.focusWidget()  # None when nothing has the focus, whatever the stubs say
        focused = next((row for row in self._rows if here is not None and row.isAncestorOf(here)), None)
        empty = next((row for row in self._rows if row.share is None), None)
        chosen = focused or empty or self._rows[-1]
        others = sum((row.share for row in self._rows if row is not chosen and row.share is not None), Fraction(0))
        if others < 1:
            chosen.set_share(1 - others)
            self._tell()

    def _make(self) -> _Row:
        row = _Row(self._parties, BAR_ROLES[len(self._rows) % len(BAR_ROLES)], self)
        self._rows.append(row)
        self._lines.addWidget(row)
        row.changed.connect(self._tell)
        row.remove.clicked.connect(lambda: self._remove(row))
        return row

    def _remove(self, row: _Row) -> None:
        self._drop(row)
        self._tell()

    def _drop(self, row: _Row) -> None:
        self._rows.remove(row)
        self._lines.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _tell(self) -> None:
        problem = self.problem()
        if not self._rows:
            self.sum.show_status("", "")
        elif problem:
            self.sum.show_status(problem, "error", "danger")
        else:
            words = " + ".join(share_text(row.share) for row in self._rows if row.share is not None)
            self.sum.show_status(f"{words} = 1" if len(self._rows) > 1 else "1", "ok", "success")
        self.changed.emit()
