"""Editors of choices: options with key caps, likert, long lists with search, ranking, rows of a table list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.survey.session.choices import ChoiceView, exclusive_values
from desktop.survey.session.nodes import FormNode
from desktop.ui.icons import paint_icon
from desktop.ui.runner.editors import AnswerEditor
from desktop.ui.runner.filling import Filling
from desktop.ui.runner.options import ChoiceButton, FlowLayout, cap_of, columns_for
from desktop.ui.runner.search_list import Item, SearchList
from desktop.ui.runner.words import plain
from desktop.ui.theme import theme
from desktop.ui.widgets.chips import FilterChip
from desktop.ui.widgets.labels import Label
from desktop.ui.widgets.painting import key_cap_size, paint_box, paint_key_cap

SEARCH_FROM = 24
"""Options from which a list is searched instead of laid out."""


def label_of(choice: ChoiceView) -> str:
    """The words of a choice on one line."""
    return plain(choice.label) or choice.value


class OptionsEditor(AnswerEditor):
    """One or several options laid out, each with its key cap."""

    wants_digits = False

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.multiple = filling.session.form.questions[node.definition.path].kind == "select"
        self.buttons: list[ChoiceButton] = []
        self.choices: list[ChoiceView] = []
        self._labels: tuple[tuple[str, str], ...] = ()
        self._language = ""
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._body: QWidget | None = None
        self.refresh()

    def _build(self) -> None:
        old = self._body
        body = QWidget()
        labels = [text for _value, text in self._labels]
        likert = "likert" in self.view.appearance and not self.multiple
        layout = FlowLayout(len(labels) if likert and labels else columns_for(self.view.appearance, labels))
        self.buttons = []
        bare = "no-buttons" in self.view.appearance
        for place, (choice, (_value, text)) in enumerate(zip(self.choices, self._labels, strict=True)):
            button = ChoiceButton(
                text, "" if bare else cap_of(place), multiple=self.multiple, image=self._picture(choice.image)
            )
            button.clicked.connect(lambda _=False, place=place: self.pick(place))
            layout.addWidget(button)
            self.buttons.append(button)
        if not self.buttons:
            layout.addWidget(Label(self.tr("现在没有可选的。先填前面的题。"), "muted"))
        body.setLayout(layout)
        self._lines.addWidget(body)
        self._body = body
        if old is not None:
            held = old.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
            self._lines.removeWidget(old)
            old.hide()
            old.deleteLater()
            if held:
                self.target().setFocus()

    def _picture(self, name: str | None) -> QPixmap | None:
        if not name or self.filling.media is None:
            return None
        data = self.filling.media.get(name.removeprefix("jr://images/"))
        picture = QPixmap()
        if data is None or not picture.loadFromData(data):
            return None
        return picture.scaledToHeight(88, Qt.TransformationMode.SmoothTransformation)

    def refresh(self) -> None:
        choices = self.view.choices
        labels = tuple((choice.value, label_of(choice)) for choice in choices)
        if labels != self._labels or self._body is None:
            self.choices, self._labels = choices, labels
            self._build()
        chosen = set(self.node.text.split()) if self.multiple else {self.node.text}
        for choice, button in zip(self.choices, self.buttons, strict=False):
            button.set_on(choice.value in chosen and bool(self.node.text))
            button.setEnabled(not self.node.readonly)

    def target(self) -> QWidget:
        on = next((button for button in self.buttons if button.on), None)
        return on or (self.buttons[0] if self.buttons else self)

    def choose(self, number: int) -> bool:
        if not 1 <= number <= len(self.buttons) or self.node.readonly:
            return False
        self.buttons[number - 1].setFocus()
        if self.multiple:
            self.pick(number - 1)
        else:  # the digit of what is chosen already keeps it: only Space and a click take a choice back
            self.give(self.choices[number - 1].value)
            self.stepped.emit("quick" in self.view.appearance)
        return True

    def pick(self, place: int) -> None:
        """Choose or take back one option."""
        if self.node.readonly or place >= len(self.choices):
            return
        value = self.choices[place].value
        if not self.multiple:
            self.give(value if value != self.node.text else "" if not self.node.required else value)
            return
        chosen = self.node.text.split()
        if value in chosen:
            chosen.remove(value)
            self.give(" ".join(chosen))
            return
        alone = exclusive_values(self.node)
        dropped = [v for v in chosen if value in alone or v in alone]
        kept = [v for v in chosen if v not in dropped]
        self.give(" ".join([*kept, value]))
        if dropped:
            words = {choice.value: label_of(choice) for choice in self.choices}
            self.said.emit(
                self.tr("选了“{one}”，去掉了“{others}”").format(
                    one=words[value], others="”“".join(words.get(v, v) for v in dropped)
                ),
                "toast",
            )

    def arrow(self, step: int) -> bool:
        here = next((i for i, button in enumerate(self.buttons) if button.hasFocus()), None)
        if here is None or not 0 <= here + step < len(self.buttons):
            return False
        self.buttons[here + step].setFocus()
        return True

    def words_of(self, text: str) -> str:
        return choice_words(self.choices, text, self.multiple)


def choice_words(choices: Sequence[ChoiceView], text: str, multiple: bool) -> str:
    """Chosen values in words."""
    words = {choice.value: label_of(choice) for choice in choices}
    values = text.split() if multiple else [text]
    return "、".join(words.get(value, value) for value in values)


class SearchEditor(AnswerEditor):
    """One option out of a long list: typing searches by characters, pinyin initials or numbers."""

    opens_list = True

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.field = SearchList()
        self.field.setFixedWidth(360)
        self.field.setAccessibleName(self.view.label or self.view.name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.field)
        row.addStretch(1)
        self.field.picked.connect(self._picked)
        self.setFocusProxy(self.field)
        self._labels: tuple[tuple[str, str], ...] | None = None
        self.refresh()

    def items(self) -> list[Item]:
        """What can be chosen now."""
        return [Item(choice.value, label_of(choice)) for choice in self.view.choices]

    def refresh(self) -> None:
        self.field.setReadOnly(self.node.readonly)
        self.field.set_source(self.items)
        if not (self.field.hasFocus() and self.field.is_open()):
            self.field.set_value(self.node.text)

    def target(self) -> QWidget:
        return self.field

    def _picked(self, value: str) -> None:
        self.give(value)
        self.stepped.emit("quick" in self.view.appearance)

    def commit(self) -> None:
        self.field.settle()

    def problem(self) -> str:
        if self.field.is_unfinished():
            return self.tr("“{text}”不在列表里，没有存入").format(text=self.field.text().strip())
        return ""

    def words_of(self, text: str) -> str:
        return next((item.text for item in self.items() if item.value == text), text)


class SearchManyEditor(OptionsEditor):
    """Several options out of a long list: those chosen as chips, a field to add more."""

    wants_digits = True

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        self.field = SearchList()
        self.field.setFixedWidth(360)
        self.chips: dict[str, FilterChip] = {}
        super().__init__(filling, node, parent)
        self.field.setAccessibleName(self.view.label or self.view.name)
        self.field.setPlaceholderText(self.tr("输入首字母或字，回车加入"))
        self.field.picked.connect(self._add)
        self._lines.insertWidget(0, self.field)
        self.setFocusProxy(self.field)

    def _build(self) -> None:
        if self._body is None:
            self._body = QWidget()
            self._flow = FlowLayout()
            self._body.setLayout(self._flow)
            self._lines.addWidget(self._body)

    def refresh(self) -> None:
        self.choices = self.view.choices
        self._build()
        self.field.setReadOnly(self.node.readonly)
        self.field.set_source(lambda: [Item(c.value, label_of(c)) for c in self.view.choices])
        words = {choice.value: label_of(choice) for choice in self.choices}
        chosen = self.node.text.split()
        for value in [v for v in self.chips if v not in chosen]:
            chip = self.chips.pop(value)
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for value in chosen:
            if value not in self.chips:
                chip = FilterChip(words.get(value, value))
                chip.setChecked(True)
                chip.clicked.connect(lambda _=False, value=value: self._add(value))
                self._flow.addWidget(chip)
                self.chips[value] = chip

    def _add(self, value: str) -> None:
        place = next((i for i, choice in enumerate(self.choices) if choice.value == value), None)
        if place is not None:
            self.pick(place)
            self.field.set_value("")

    def choose(self, number: int) -> bool:
        return False

    def arrow(self, step: int) -> bool:
        return False

    def target(self) -> QWidget:
        return self.field


class _RankRow(QAbstractButton):
    """One thing to be ranked."""

    def __init__(self, owner: RankEditor) -> None:
        super().__init__()
        self._owner = owner
        self.place = 0
        self.ranked = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_row(self, text: str, place: int, ranked: bool) -> None:
        """Show a choice at a place."""
        self.setText(text)
        self.place, self.ranked = place, ranked
        self.setAccessibleName(f"{place + 1} {text}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, theme().px("control_touch") if theme().density == "touch" else theme().px("option_row") - 6)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier)
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and alt:
            self._owner.shift(self.place, step)
        elif event.key() == Qt.Key.Key_Space:
            self._owner.confirm()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = theme().color
        line = c("focus") if self.hasFocus() else c("border_strong")
        fill = c("accent_soft") if self.ranked else c("surface")
        paint_box(painter, QRectF(self.rect()), fill, line, 2 if self.hasFocus() else 1, theme().radius("control"))
        cap = str(self.place + 1)
        size = key_cap_size(cap)
        top = (self.height() - size.height()) / 2
        paint_key_cap(painter, QRectF(12, top, size.width(), size.height()), cap, c("text_3"), c("surface_alt"))
        painter.setPen(c("text"))
        painter.setFont(theme().font())
        room = QRectF(12 + size.width() + 9, 0, self.width() - 90, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.text())
        for i, name in enumerate(("up", "down")):
            box = QRectF(self.width() - 48 + 22 * i, (self.height() - 14) / 2, 14, 14)
            paint_icon(painter, box, name, c("text_3"))

    def mouseReleaseEvent(self, event: object) -> None:
        x = event.position().x()  # type: ignore[attr-defined]
        self.setFocus()
        if x > self.width() - 52:
            self._owner.shift(self.place, -1 if x < self.width() - 29 else 1)


class RankEditor(AnswerEditor):
    """All options in an order: ↑↓ to a row, Alt+↑↓ moves it, a digit puts it at that place, Space keeps the order."""

    wants_digits = False

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.rows: list[_RankRow] = []
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(6)
        self._hint = Label(self.tr("Alt+↑↓ 移动；数字键排到第几；顺序对了按空格"), "caption")
        self._lines.addWidget(self._hint)
        self.refresh()

    def _order(self) -> list[str]:
        offered = [choice.value for choice in self.view.choices]
        given = [value for value in self.node.text.split() if value in offered]
        return given + [value for value in offered if value not in given]

    def refresh(self) -> None:
        words = {choice.value: label_of(choice) for choice in self.view.choices}
        order = self._order()
        while len(self.rows) < len(order):
            row = _RankRow(self)
            self.rows.append(row)
            self._lines.insertWidget(len(self.rows) - 1, row)
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(order))
            if place < len(order):
                row.show_row(words[order[place]], place, bool(self.node.text))
            row.setMaximumWidth(520)

    def target(self) -> QWidget:
        return self.rows[0] if self.rows else self

    def _here(self) -> int:
        return next((row.place for row in self.rows if row.hasFocus()), 0)

    def shift(self, place: int, step: int) -> None:
        """Move a row up or down."""
        order = self._order()
        there = place + step
        if not 0 <= there < len(order) or self.node.readonly:
            return
        order.insert(there, order.pop(place))
        self.give(" ".join(order))
        self.rows[there].setFocus()

    def confirm(self) -> None:
        """The order as it stands is the answer."""
        if not self.node.readonly:
            self.give(" ".join(self._order()))

    def choose(self, number: int) -> bool:
        place = self._here()
        if not 1 <= number <= len(self._order()):
            return False
        self.shift(place, number - 1 - place) if number - 1 != place else self.confirm()
        return True

    def arrow(self, step: int) -> bool:
        there = self._here() + step
        if not 0 <= there < len(self._order()):
            return False
        self.rows[there].setFocus()
        return True

    def words_of(self, text: str) -> str:
        return choice_words(self.view.choices, text, multiple=True).replace("、", " → ")


class _Cell(QAbstractButton):
    """One cell of a table list: a mark without words."""

    def __init__(self, multiple: bool) -> None:
        super().__init__()
        self._multiple = multiple
        self._on = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_on(self, on: bool) -> None:
        """Show the mark."""
        self._on = on
        self.setAccessibleDescription(self.tr("已选") if on else "")
        self.update()

    @property
    def on(self) -> bool:
        """Whether it is chosen."""
        return self._on

    def sizeHint(self) -> QSize:
        return QSize(TABLE_CELL, theme().px("control_touch") if theme().density == "touch" else theme().px("control"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.click()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        from desktop.ui.widgets.painting import paint_focus_ring, paint_radio, paint_tick_box

        painter = QPainter(self)
        paint = paint_tick_box if self._multiple else paint_radio
        paint(painter, QRectF(self.rect()), self._on, self.isEnabled())
        if self.hasFocus():
            paint_focus_ring(painter, self.rect(), 3)


TABLE_CELL = 92
"""Width of a cell of a table list."""


class TableRowEditor(AnswerEditor):
    """One row of a table list: the options as marks under the heads that the row `label` shows."""

    wants_digits = False

    def __init__(self, filling: Filling, node: FormNode, parent: QWidget | None = None) -> None:
        super().__init__(filling, node, parent)
        self.multiple = filling.session.form.questions[node.definition.path].kind == "select"
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.cells: list[_Cell] = []
        self.choices = self.view.choices
        for place, choice in enumerate(self.choices):
            cell = _Cell(self.multiple)
            cell.setAccessibleName(label_of(choice))
            cell.setToolTip(label_of(choice))
            cell.clicked.connect(lambda _=False, place=place: self.choose(place + 1))
            self._row.addWidget(cell)
            self.cells.append(cell)
        self._row.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        chosen = self.node.text.split()
        for choice, cell in zip(self.choices, self.cells, strict=True):
            cell.set_on(choice.value in chosen)
            cell.setEnabled(not self.node.readonly)

    def target(self) -> QWidget:
        return next((cell for cell in self.cells if cell.on), self.cells[0] if self.cells else self)

    def choose(self, number: int) -> bool:
        if not 1 <= number <= len(self.choices) or self.node.readonly:
            return False
        value = self.choices[number - 1].value
        chosen = self.node.text.split()
        if not self.multiple:
            self.give(value)
            self.stepped.emit(False)
            return True
        self.give(" ".join(v for v in chosen if v != value) if value in chosen else " ".join([*chosen, value]))
        return True

    def words_of(self, text: str) -> str:
        return choice_words(self.choices, text, self.multiple)


class TableHead(QWidget):
    """The heads of a table list."""

    def __init__(self, labels: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for place, text in enumerate(labels):
            head = Label(f"{cap_of(place)} {text}", "caption_strong", wrap=True)
            head.setAlignment(Qt.AlignmentFlag.AlignCenter)
            head.setFixedWidth(TABLE_CELL)
            row.addWidget(head)
        row.addStretch(1)
