"""The boxes of a question page that are no question: notes, soft warnings, headings, heads of tables, another row."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.survey.session.nodes import FormNode
from desktop.survey.xform.model import Control
from desktop.ui.runner.choice_editors import TableHead, label_of
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.options import ChoiceButton, FlowLayout, cap_of
from desktop.ui.runner.page_box import NUMBER_W, TABLE_LABEL_W, PageBox, RichLabel
from desktop.ui.runner.words import plain
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.labels import Icon, Label

WARNING_REASONS = ("核对过，数字没错", "情况有变化", "上次填错")
"""Reasons offered for a soft warning; anything else is written."""


class TableHeadBox(PageBox):
    """The heads of a table list, above its rows."""

    stops = False

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(16 + NUMBER_W + 4 + TABLE_LABEL_W + 10, 8, 16, 6)
        row.addWidget(TableHead([label_of(choice) for choice in filling.session.view(node).choices]))


class NoteBox(PageBox):
    """Words of the form."""

    stops = False

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(8)
        spot = QWidget()
        spot.setFixedWidth(NUMBER_W - 4)
        inner = QHBoxLayout(spot)
        inner.setContentsMargins(0, 2, 0, 0)
        inner.addStretch(1)
        inner.addWidget(Icon("info", "accent"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(spot)
        self.label = RichLabel(points=10)
        self.label.set_look(10, role="text_2")
        row.addWidget(self.label, 10)
        row.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        self.label.set_words(self.filling.session.view(self.node).label or "")


class WarningBox(PageBox):
    """A soft warning: what is doubtful, and reasons to choose from; any lets on, none is needed to go on."""

    reason_asked = Signal()

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(16 + NUMBER_W + 4, 8, 16, 10)
        frame = QFrame()
        frame.setProperty("note", "warning")
        inner = QHBoxLayout(frame)
        inner.setContentsMargins(10, 8, 10, 8)
        inner.setSpacing(8)
        inner.addWidget(Icon("alert", "warning"), 0, Qt.AlignmentFlag.AlignTop)
        lines = QVBoxLayout()
        lines.setSpacing(6)
        self.label = RichLabel(points=10)
        lines.addWidget(self.label)
        self.second = Label(self.tr("没错就选一个原因，可以继续。"), "second", wrap=True)
        lines.addWidget(self.second)
        body = QWidget()
        flow = FlowLayout(gap=6)
        self.buttons: list[ChoiceButton] = []
        for place, word in enumerate((*WARNING_REASONS, self.tr("其他，写明"))):
            button = ChoiceButton(word, cap_of(place))
            button.clicked.connect(lambda _=False, place=place: self.choose(place + 1))
            flow.addWidget(button)
            self.buttons.append(button)
        body.setLayout(flow)
        lines.addWidget(body)
        inner.addLayout(lines, 1)
        row.addWidget(frame)
        self.refresh()

    def refresh(self) -> None:
        self.label.set_words(self.filling.session.view(self.node).label or "")
        self.setAccessibleName(self.label.words())
        reason = self.filling.session.reasons.get(self.node.path(), "")
        for word, button in zip(WARNING_REASONS, self.buttons, strict=False):
            button.set_on(word == reason)
        other = bool(reason) and reason not in WARNING_REASONS
        self.buttons[-1].set_on(other)
        self.second.setText(
            self.tr("原因：{reason}").format(reason=reason) if other else self.tr("没错就选一个原因，可以继续。")
        )

    def take_focus(self) -> None:
        on = next((button for button in self.buttons if button.on), self.buttons[0])
        on.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self, number: int) -> bool:
        """A reason by its number; the last opens a field for one's own words."""
        if not 1 <= number <= len(self.buttons):
            return False
        if number == len(self.buttons):
            self.reason_asked.emit()
            return True
        word = WARNING_REASONS[number - 1]
        path = self.node.path()
        self.filling.set_reason(self.node, "" if self.filling.session.reasons.get(path) == word else word)
        return True

    def arrow(self, step: int) -> bool:
        """← → between the reasons."""
        here = next((i for i, button in enumerate(self.buttons) if button.hasFocus()), None)
        if here is None or not 0 <= here + step < len(self.buttons):
            return False
        self.buttons[here + step].setFocus()
        return True


class HeadingBox(PageBox):
    """The heading of an inner group or row."""

    stops = False
    remove_asked = Signal()

    def __init__(self, filling: Filling, node: FormNode, control: Control, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 4)
        self.label = Label("", "strong")
        row.addWidget(self.label, 1)
        if control.kind == "repeat" and filling.outline.may_add(control):
            remove = Button(self.tr("删掉这一条"), "quiet", small=True)
            remove.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            remove.clicked.connect(self.remove_asked)
            row.addWidget(remove)
        self.refresh()

    def refresh(self) -> None:
        self.label.setText(plain(self.filling.outline.heading(self.node)))


class AddBox(PageBox):
    """The offer of another row: 1 adds one, Enter goes on."""

    add_asked = Signal()

    def __init__(self, filling: Filling, node: FormNode, control: Control, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.control = control
        row = QHBoxLayout(self)
        row.setContentsMargins(16 + NUMBER_W + 4, 12, 16, 14)
        lines = QVBoxLayout()
        lines.setSpacing(8)
        self.label = RichLabel()
        lines.addWidget(self.label)
        self.button = ChoiceButton(self.tr("加一条"), "1")
        self.button.clicked.connect(self.add_asked)
        holder = QHBoxLayout()
        holder.addWidget(self.button)
        holder.addWidget(Label(self.tr("不加就按 Enter 继续"), "caption"))
        holder.addStretch(1)
        lines.addLayout(holder)
        row.addLayout(lines, 1)
        self.refresh()
        self.dress()

    def dress(self) -> None:
        self.label.set_look(13 if self.current else 11, bold=self.current)

    def title(self) -> str:
        """The label of the repeat without a row's own part."""
        return self.filling.session.texts.literal(self.control.label, self.filling.session.root)

    def refresh(self) -> None:
        assert self.control.path is not None
        there = len(self.node.instances(self.control.path[-1]))
        name = self.title()
        if there:
            self.label.set_words(self.tr("还有{name}吗？已有 {n} 条").format(name=name, n=there))
        else:
            self.label.set_words(self.tr("有{name}吗？").format(name=name))

    def wanted(self) -> bool:
        return self.node.alive and self.node.relevant

    def choose(self, number: int) -> bool:
        """1 adds a row."""
        if number == 1:
            self.add_asked.emit()
        return number == 1

    def take_focus(self) -> None:
        self.button.setFocus(Qt.FocusReason.OtherFocusReason)
