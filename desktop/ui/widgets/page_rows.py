"""The rows a page is made of: title row, filter bar, action bar."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QWidget

from desktop.ui.theme import theme
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.chips import FilterChip
from desktop.ui.widgets.fields import SearchField, Select
from desktop.ui.widgets.labels import ElidedLabel, Label, Panel


class TitleRow(QWidget):
    """`TitleRow(title, parent=None)`: page title, one grey fact beside it, actions at the right.

    `set_fact(text)`; `add_action(Button)` and `add_widget(widget)` append at the right, primary last.
    `set_back(text, callback)` puts a link before the title.
    """

    def __init__(self, title: str, parent: QWidget | None = None, *, low: bool = False) -> None:
        super().__init__(parent)
        self._low = low
        self._buttons: list[Button] = []
        self.row = QHBoxLayout(self)
        margin = theme().px("l")
        self.row.setContentsMargins(margin, 0, margin, 0)
        self.row.setSpacing(8)
        self._title = Label(title, "title")
        self._fact = ElidedLabel("", "muted")
        self.row.addWidget(self._title)
        self.row.addSpacing(4)
        self.row.addWidget(self._fact, 1)
        self._fit()
        theme().changed.connect(self._fit)

    def _fit(self) -> None:
        self.setFixedHeight(theme().px("page_header_h") - (4 if self._low else 0))

    def set_title(self, title: str) -> None:
        """Change the title."""
        self._title.setText(title)

    def title(self) -> str:
        """The title shown."""
        return self._title.text()

    def set_fact(self, text: str) -> None:
        """The grey fact beside the title, e.g. 共 1,284 户，筛选后 86 户."""
        self._fact.setText(text)
        self._fact.updateGeometry()
        self._fact.update()

    def fact(self) -> str:
        """The fact shown."""
        return self._fact.text()

    def set_back(self, text: str, action: Callable[[], object]) -> Button:
        """A quiet button before the title that leads back."""
        button = Button(text, "quiet", "left")
        button.clicked.connect(lambda: action())
        self.row.insertWidget(0, button)
        return button

    def add_action(self, button: Button) -> Button:
        """Append a button at the right end."""
        self.row.addWidget(button)
        self._buttons.append(button)
        return button

    def buttons(self) -> list[Button]:
        """The actions in order."""
        return list(self._buttons)

    def add_widget(self, widget: QWidget) -> None:
        """Append any widget at the right end (segments, step bar)."""
        self.row.addWidget(widget)


class _SidewaysArea(QScrollArea):
    """Holds a row that may be wider than the window: the wheel and Tab bring its end into view, nothing is squeezed."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        bar = self.horizontalScrollBar()
        if not bar.maximum():
            event.ignore()
            return
        bar.setValue(bar.value() - event.angleDelta().y() - event.angleDelta().x())


class FilterBar(QWidget):
    """`FilterBar(placeholder, parent=None)`: search field, selects, segments, quick chips, 清除筛选.

    `search` is the `SearchField`; `add_select(key, Select)`, `add_segments(key, Segments)`, `add_chip(key, text)` add
    what is filtered. `changed` is emitted once per change; `values()` gives {"text": …, key: value…} with chips as
    bools; `set_values()` restores without telling. Ctrl+F goes to the field; Esc clears the field, then the rest.
    """

    changed = Signal()
    left_down = Signal()

    def __init__(self, placeholder: str, parent: QWidget | None = None, *, search_width: int = 224) -> None:
        super().__init__(parent)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._area = _SidewaysArea()
        outer.addWidget(self._area)
        inner = QWidget()
        self._row = QHBoxLayout(inner)
        margin = theme().px("l")
        self._row.setContentsMargins(margin, 0, margin, theme().px("m"))
        self._area.setWidget(inner)
        inner.setAutoFillBackground(False)  # after setWidget, which turns it on
        self._row.setSpacing(8)
        self.search = SearchField(placeholder)
        self.search.setMaximumWidth(search_width)
        self.search.setMinimumWidth(search_width // 2)  # on a narrow window it gives way to the filters
        self._row.addWidget(self.search, 2)
        self._row.addStretch(1)
        self.clear_button = Button(self.tr("清除筛选"), "quiet", key="Esc")
        self._row.addWidget(self.clear_button)
        self._selects: dict[str, Select] = {}
        self._segments: dict[str, QWidget] = {}
        self._chips: dict[str, FilterChip] = {}
        self._defaults: dict[str, object] = {}
        self._dividing: set[str] = set()
        self._quiet = False
        self.search.searched.connect(self._tell)
        self.search.left_down.connect(self.left_down)
        self.clear_button.clicked.connect(self.clear)
        self._show_clear()
        for keys, owner, act, word in (
            ("Ctrl+F", self.parentWidget() or self, self._to_search, self.tr("到搜索框")),
            ("Esc", self, self.escape, ""),
        ):
            shortcut = QShortcut(QKeySequence(keys), owner)
            shortcut.setWhatsThis(word)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        theme().changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(theme().px("filter_bar_h"))

    def _add(self, widget: QWidget) -> None:
        self._row.insertWidget(self._row.count() - 2, widget)

    def add_select(self, key: str, select: Select, default: object = None, *, divides: bool = False) -> Select:
        """Filter by a select box; its first item is the default unless given.

        One that `divides` (which form is visited with) leaves nothing out: 清除筛选 keeps it.
        """
        self._add(select)
        if divides:
            self._dividing.add(key)
        self._selects[key] = select
        self._defaults[key] = select.value() if default is None else default
        select.currentIndexChanged.connect(lambda _i: select.updateGeometry())
        select.currentIndexChanged.connect(lambda _i: self._tell())
        return select

    def add_segments(self, key: str, segments: QWidget) -> QWidget:
        """Filter by `Segments`; its present choice is the default."""
        self._add(segments)
        self._segments[key] = segments
        self._defaults[key] = segments.value()  # type: ignore[attr-defined]
        segments.changed.connect(lambda _k: self._tell())  # type: ignore[attr-defined]
        return segments

    def add_chip(self, key: str, text: str) -> FilterChip:
        """A quick filter."""
        chip = FilterChip(text)
        self._add(chip)
        self._chips[key] = chip
        self._defaults[key] = False
        chip.toggled.connect(lambda _on: self._tell())
        return chip

    def values(self) -> dict[str, object]:
        """What is asked for now."""
        found: dict[str, object] = {"text": self.search.text().strip()}
        found.update({key: select.value() for key, select in self._selects.items()})
        found.update({key: seg.value() for key, seg in self._segments.items()})  # type: ignore[attr-defined]
        found.update({key: chip.isChecked() for key, chip in self._chips.items()})
        return found

    def set_values(self, values: dict[str, object]) -> None:
        """Restore what `values` gave, without telling."""
        self._quiet = True
        self.search.setText(str(values.get("text", "")))
        self.search.flush()
        for key, select in self._selects.items():
            if key in values:
                select.set_value(values[key])
                if select.currentIndex() < 0:  # a village that is gone: everything, rather than nothing
                    select.set_value(self._defaults[key])
        for key, segments in self._segments.items():
            if key in values:
                segments.set_value(values[key])  # type: ignore[attr-defined]
        for key, chip in self._chips.items():
            chip.setChecked(bool(values.get(key, False)))
        self._quiet = False
        self._show_clear()

    def defaults(self) -> dict[str, object]:
        """What stands there when nothing is filtered."""
        return {"text": "", **self._defaults}

    def words(self) -> str:
        """What is filtered by, in words: “陈”，村 虚岭村，有冲突."""
        found = [f"“{self.search.text().strip()}”"] if self.search.text().strip() else []
        for key, select in self._selects.items():
            if select.value() != self._defaults[key]:
                found.append(f"{select.accessibleName()} {select.currentText()}".strip())
        for key, segments in self._segments.items():
            if segments.value() != self._defaults[key]:  # type: ignore[attr-defined]
                word = str(segments.word())  # type: ignore[attr-defined]
                found.append(re.sub(r" [\d,]+$", "", word))  # without its count
        found += [chip.text() for chip in self._chips.values() if chip.isChecked()]
        return "，".join(found)

    def clear(self) -> None:
        """Back to everything."""
        before = self.values()
        self.set_values({**self.defaults(), **{key: before[key] for key in self._dividing}})
        if self.values() != before:
            self.changed.emit()

    def is_filtering(self) -> bool:
        """Whether anything is left out (segments divide, they do not filter)."""
        now = self.values()
        dividing = self._dividing.union(self._segments)
        plain = {key: value for key, value in self._defaults.items() if key not in dividing}
        return bool(now["text"]) or any(now[key] != value for key, value in plain.items())

    def _show_clear(self) -> None:
        self.clear_button.setVisible(self.is_filtering())

    def _tell(self) -> None:
        if not self._quiet:
            self._show_clear()
            self.changed.emit()

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def escape(self) -> None:
        """Esc in the bar or the list: empty the field, then clear the filters."""
        if self.search.text():
            self.search.clear()
            self.search.flush()
        elif self.is_filtering():
            self.clear()


class ActionBar(Panel):
    """`ActionBar(parent=None)`: the row below a wizard or form: `add_left(w)`, hint, `add_right(w)`, primary last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("action", parent)
        self._row = QHBoxLayout(self)
        margin = theme().px("l")
        self._row.setContentsMargins(margin, 0, margin, 0)
        self._row.setSpacing(8)
        self._hint = ElidedLabel("", "muted")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._row.addWidget(self._hint, 1)
        self._lefts = 0
        theme().changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(theme().px("action_bar_h"))

    def add_left(self, widget: QWidget, stretch: int = 0) -> None:
        """Append at the left; with `stretch` it takes that much of the room beside the hint's 1."""
        self._row.insertWidget(self._lefts, widget, stretch)
        self._lefts += 1

    def add_right(self, widget: QWidget) -> None:
        """Append at the right; the primary button comes last."""
        self._row.addWidget(widget)

    def set_hint(self, text: str, tone: str = "") -> None:
        """What blocks the primary button, or what it will do; stands beside it."""
        self._hint.setText(text)
        self._hint.set_tone(tone)
        self._hint.update()

    def hint(self) -> str:
        """The hint shown."""
        return self._hint.text()
