"""按出资算: who each source of an asset's money counts for, and the exact fractions that follow; a person confirms."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QWidget

from desktop.app.assets.contributions import Contributions, shares_of
from desktop.app.assets.ownership import ShareOf
from desktop.common.errors import InputRefused
from desktop.common.money import format_wan
from desktop.ui.dialogs.dialog_head import begin_dialog
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.fields import Select
from desktop.ui.widgets.labels import ElidedLabel, Label, Note, StatusWord, rule
from desktop.ui.widgets.share_editor import PartyChoice

COMMITTEE_WORDS = ("村委会", "村民委员会")


class ContributionDialog(QDialog):
    """`ContributionDialog(found, parties, about, parent)`: `chosen([ShareOf…])`; nothing is saved here.

    A source without a proposal waits for an answer. Choosing a village committee that nobody confirmed is said as a
    question: it and the collective are different owners.
    """

    chosen = Signal(object)

    def __init__(
        self, found: Contributions, parties: Sequence[PartyChoice], about: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.found = found
        lines, head = begin_dialog(self, self.tr("按出资算份额"))
        head.addWidget(ElidedLabel(about, "second"), 1)
        lines.addLayout(head)
        lines.addWidget(Label(self.tr("核对每笔资金算谁的出资；份额由金额约分得出，合计正好是 1"), "second", wrap=True))
        lines.addWidget(rule())
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        for column, word in enumerate((self.tr("资金来源"), self.tr("金额 万元"), self.tr("算谁的出资"))):
            grid.addWidget(Label(word, "caption"), 0, column)
        self.owners: list[Select] = []
        for at, line in enumerate(found.lines):
            amount = Label(format_wan(line.amount_fen))
            amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            owner = Select([(p.name, p.id) for p in parties], editable=True, placeholder=self.tr("请选择"))
            owner.setCurrentIndex(-1)
            owner.setAccessibleName(self.tr("{source}算谁的出资").format(source=line.name))
            owner.setSizePolicy(owner.line().sizePolicy())
            if line.party:
                owner.set_value(line.party)
            owner.currentIndexChanged.connect(lambda _i: self._tell())
            owner.editTextChanged.connect(lambda _t: self._tell())
            self.owners.append(owner)
            for column, widget in enumerate((Label(line.name), amount, owner)):
                grid.addWidget(widget, at + 1, column)
        self._known = {p.id for p in parties}
        lines.addLayout(grid)
        row = QHBoxLayout()
        self.all_button = Button(self.tr("没选的都归第一行的权利人"), "quiet", small=True)
        self.all_button.clicked.connect(self.same_for_all)
        self.sum = StatusWord()
        row.addWidget(self.all_button)
        row.addStretch(1)
        row.addWidget(self.sum)
        lines.addLayout(row)
        self.ask = Note("warning", "", "")
        self.ask.hide()
        lines.addWidget(self.ask)
        if found.remark:
            lines.addWidget(Label(found.remark, "second", "warning", wrap=True))
        lines.addWidget(rule())
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.hint = ElidedLabel("", "second")
        self.stay = Button(self.tr("先不用"), key="Esc")
        self.go = Button(self.tr("用这些份额"), "primary", key="Ctrl+Enter")
        self.stay.clicked.connect(self.reject)
        self.go.clicked.connect(self.take)
        foot.addWidget(self.hint, 1)
        foot.addWidget(self.stay)
        foot.addWidget(self.go)
        lines.addLayout(foot)
        self._tell()
        first = next((o for o in self.owners if not o.currentText().strip()), None)
        (first or self.go).setFocus(Qt.FocusReason.OtherFocusReason)

    def owner_of(self, at: int) -> tuple[str, str]:
        """The party of a line: its id ("" for a name that was typed) and its name."""
        value, name = self.owners[at].value(), self.owners[at].currentText().strip()
        return (str(value) if str(value) in self._known and name else "", name)

    def shares(self) -> list[ShareOf]:
        """The fractions as they stand. InputRefused while a source has no owner."""
        return shares_of(self.found, {at: self.owner_of(at) for at in range(len(self.owners))})

    def same_for_all(self) -> None:
        """Every source without an owner counts for the owner of the first line."""
        party, name = self.owner_of(0)
        if not name:
            return
        for owner in self.owners:
            if not owner.currentText().strip():
                owner.set_value(party or name)
        self._tell()

    def _tell(self) -> None:
        committees = [
            name
            for party, name in map(self.owner_of, range(len(self.owners)))
            if party in self.found.committees or (not party and any(w in name for w in COMMITTEE_WORDS))
        ]
        self.ask.setVisible(bool(committees))
        if committees:
            self.ask.show_words(
                self.tr("{name}是村委会，还是农村集体经济组织？").format(name=committees[0]),
                self.tr("两者是不同的权利人，不会自动合并。核对确权文件后再选。"), kind="warning",
            )  # fmt: skip
        try:
            shares = self.shares()
        except InputRefused as error:
            self.go.setEnabled(False)
            self.hint.setText(error.message)
            self.sum.show_status("", "")
            self.hint.update()
            return
        self.go.setEnabled(True)
        self.hint.setText("")
        self.hint.update()
        words = " + ".join(str(s.share) for s in shares)
        self.sum.show_status(f"{words} = 1" if len(shares) > 1 else "1", "ok", "success")

    def take(self) -> None:
        """Ctrl+Enter: hand the fractions to whoever asked."""
        if self.go.isEnabled():
            self.chosen.emit(self.shares())
            self.accept()
